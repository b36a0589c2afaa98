//! The two files that say which cache host to ask and who may call (agent-rest 9): one is the administrator's, one
//! the client library's. Both are flat JSON objects whose values may be strings or bare.
//!
//! They are looked at when somebody calls, at most once a second, and read when they changed; the original waits up
//! to a minute. A file that does not parse keeps the former values, one that is gone clears them.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bgcopy_api::core::CacheHost;
use serde_json::{Map, Value};

use crate::door::Folders;

/// How old what is known of the files may be.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Bytes of a file: it holds a few settings.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// "-1 = never" (agent-rest 9): longer than any download may take.
const NEVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// What the files say of cache hosts. What they do not say is as the service has it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CacheChoice {
    /// The hosts; an empty list is none at all.
    pub hosts: Option<Vec<CacheHost>>,
    /// How long to keep to them before the origin is asked.
    pub fallback: Option<Duration>,
}

/// What the files say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) caches: CacheChoice,
    /// Only this machine may call.
    pub(crate) loopback_only: bool,
}

/// The files, and what was read of them.
#[derive(Clone, Debug)]
pub struct Configuration(Arc<Mutex<Known>>);

#[derive(Debug)]
struct Known {
    admin: Source,
    sdk: Source,
    looked: Option<Instant>,
}

/// One file.
#[derive(Debug)]
struct Source {
    path: PathBuf,
    /// How it looked when it was read.
    seen: Option<Stamp>,
    values: Map<String, Value>,
}

/// Device, inode, size and time of change: another file, or the same with other content.
type Stamp = (u64, u64, u64, i64, i64);

impl Configuration {
    /// The files in these folders; nothing is read yet.
    pub fn new(folders: &Folders) -> Self {
        let source = |path| Source { path, seen: None, values: Map::new() };
        let (admin, sdk) = (source(folders.admin_config()), source(folders.sdk_config()));
        Self(Arc::new(Mutex::new(Known { admin, sdk, looked: None })))
    }

    /// `SIGHUP`: the files are looked at again with the next call.
    pub fn reload(&self) {
        let mut known = self.known();
        known.looked = None;
        known.admin.seen = None;
        known.sdk.seen = None;
    }

    /// What the files say now. Blocks for two small files.
    pub(crate) fn settings(&self, now: Instant) -> Settings {
        let mut known = self.known();
        if known.looked.is_none_or(|looked| now.saturating_duration_since(looked) >= LOOK_AGAIN_AFTER) {
            known.looked = Some(now);
            known.admin.look();
            known.sdk.look();
        }
        known.settings()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Whoever panicked while it was held left at worst old values.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn settings(&self) -> Settings {
        let admin = |key: &str| self.admin.text(key);
        // "Wins over the connection string even when it is the empty string (= none)."
        let host = admin("DOCacheHost").or_else(|| gateway(&self.sdk.text("ADUC_IoTConnectionString")?));
        let delay = admin("DODelayCacheServerFallbackBackground")
            .or_else(|| admin("DODelayCacheServerFallbackForeground"));
        let loopback_only = match admin("RestControllerValidateRemoteAddr") {
            Some(text) => !matches!(text.trim().to_ascii_lowercase().as_str(), "false" | "0"),
            None => true,
        };
        let caches = CacheChoice {
            hosts: host.map(|text| hosts(&text)),
            fallback: delay.as_deref().and_then(fallback),
        };
        Settings { caches, loopback_only }
    }
}

impl Source {
    fn look(&mut self) {
        let read = || -> io::Result<(Stamp, Vec<u8>)> {
            let file = File::open(&self.path)?;
            let found = file.metadata()?;
            let stamp = (found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec());
            if self.seen == Some(stamp) {
                return Ok((stamp, Vec::new()));
            }
            let mut text = Vec::new();
            file.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
            Ok((stamp, text))
        };
        match read() {
            Ok((stamp, _)) if self.seen == Some(stamp) => {}
            Ok((stamp, text)) => {
                self.seen = Some(stamp);
                match serde_json::from_slice(&text) {
                    Ok(values) => self.values = values,
                    // The connection string holds a key: what the parser says names a line, and no text.
                    Err(error) => {
                        tracing::warn!(path = %self.path.display(), %error, "not a JSON object; nothing changes");
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.seen = None;
                self.values.clear();
            }
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "cannot be read; nothing changes");
            }
        }
    }

    /// "`\"30\"` and `30`, `\"true\"` and `true` mean the same" (agent-rest 9).
    fn text(&self, key: &str) -> Option<String> {
        match self.values.get(key)? {
            Value::String(text) => Some(text.clone()),
            value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// "The value after `GatewayHostName=` (any case) up to `;`" (agent-rest 9).
fn gateway(connection_string: &str) -> Option<String> {
    let pairs = connection_string.split(';').filter_map(|pair| pair.split_once('='));
    let mut found = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case("GatewayHostName"));
    found.next().map(|(_, host)| host.trim().to_owned()).filter(|host| !host.is_empty())
}

/// A host that is none is as good as none: the origin is asked, as it would be after the first failure.
fn hosts(text: &str) -> Vec<CacheHost> {
    let hosts = CacheHost::list(text).unwrap_or_else(|error| {
        tracing::warn!(%error, "the cache host is not used");
        Vec::new()
    });
    hosts.into_iter().map(CacheHost::on_the_origins_port).collect()
}

fn fallback(text: &str) -> Option<Duration> {
    match text.trim().parse::<i64>() {
        Ok(-1) => Some(NEVER),
        Ok(seconds) => u64::try_from(seconds).ok().map(|seconds| Duration::from_secs(seconds).min(NEVER)),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct House {
        folder: tempfile::TempDir,
        configuration: Configuration,
        now: Instant,
    }

    impl House {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let folders = Folders::find(Some(folder.path()));
            fs::create_dir(&folders.config).unwrap();
            Self { configuration: Configuration::new(&folders), folder, now: Instant::now() }
        }

        fn write(&self, name: &str, text: &str) {
            // Another file each time: a clock of coarse ticks must not hide a change of the same size.
            let path = self.folder.path().join("etc").join(name);
            fs::write(path.with_extension("new"), text).unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }

        /// What is in force when the files are looked at again.
        fn later(&mut self) -> (Option<String>, Option<u64>, bool) {
            self.now += LOOK_AGAIN_AFTER;
            self.at_once()
        }

        fn at_once(&self) -> (Option<String>, Option<u64>, bool) {
            let Settings { caches, loopback_only } = self.configuration.settings(self.now);
            let shown =
                |hosts: Vec<CacheHost>| hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            (caches.hosts.map(shown), caches.fallback.map(|delay| delay.as_secs()), loopback_only)
        }
    }

    #[test]
    fn the_gateway_of_the_connection_string_is_a_cache_host_unless_the_administrator_says_otherwise() {
        let mut house = House::new();
        assert_eq!(house.later(), (None, None, true));
        let string = "HostName=h;DeviceId=d;SharedAccessKey=k=;gatewayhostname=10.1.0.70;x";
        house.write("sdk-config.json", &format!("{{\"ADUC_IoTConnectionString\":\"{string}\"}}"));
        assert_eq!(house.later().0.as_deref(), Some("10.1.0.70"));
        house.write("admin-config.json", "{\"DOCacheHost\":\"cache.example\"}");
        assert_eq!(house.later().0.as_deref(), Some("cache.example"));
        house.write("admin-config.json", "{\"DOCacheHost\":\"\"}");
        assert_eq!(house.later().0.as_deref(), Some(""), "an empty text is none at all");
        house.write("admin-config.json", "{}");
        assert_eq!(house.later().0.as_deref(), Some("10.1.0.70"));
        fs::remove_file(house.folder.path().join("etc/sdk-config.json")).unwrap();
        assert_eq!(house.later().0, None, "a file that is gone clears its values");
    }

    #[test]
    fn values_may_be_bare_or_in_quotes() {
        let mut house = House::new();
        for (text, expected) in [
            ("{\"DODelayCacheServerFallbackBackground\":30}", (None, Some(30), true)),
            ("{\"DODelayCacheServerFallbackBackground\":\"-1\"}", (None, Some(NEVER.as_secs()), true)),
            (
                "{\"DODelayCacheServerFallbackForeground\":7,\"DODelayCacheServerFallbackBackground\":\"5\"}",
                (None, Some(5), true),
            ),
            ("{\"DODelayCacheServerFallbackForeground\":\"7\"}", (None, Some(7), true)),
            ("{\"DODelayCacheServerFallbackForeground\":-2}", (None, None, true)),
            ("{\"RestControllerValidateRemoteAddr\":false}", (None, None, false)),
            ("{\"RestControllerValidateRemoteAddr\":\"false\"}", (None, None, false)),
            ("{\"RestControllerValidateRemoteAddr\":\"true\"}", (None, None, true)),
            ("{\"DOCacheHost\":\"not a host\"}", (Some(String::new()), None, true)),
            ("{\"DOCacheHost\":[1]}", (None, None, true)),
        ] {
            house.write("admin-config.json", text);
            assert_eq!(house.later(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_that_does_not_parse_keeps_the_former_values_and_a_signal_reads_at_once() {
        let mut house = House::new();
        house.write("admin-config.json", "{\"DOCacheHost\":\"a\"}");
        assert_eq!(house.later().0.as_deref(), Some("a"));
        for broken in ["", "{", "[1]", "{\"DOCacheHost\":\"b\"", &"x".repeat(100_000)] {
            house.write("admin-config.json", broken);
            assert_eq!(house.later().0.as_deref(), Some("a"), "{broken:.10}");
        }
        house.write("admin-config.json", "{\"DOCacheHost\":\"c\"}");
        assert_eq!(house.at_once().0.as_deref(), Some("a"));
        house.configuration.reload();
        assert_eq!(house.at_once().0.as_deref(), Some("c"));
    }
}
