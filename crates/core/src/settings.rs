//! What a job is told to do: the properties of spec 4.1 and the setters of spec 7, with their defaults.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::flags::{AclFlags, CostFlags, NotifyFlags, PeerCachingFlags, SecurityFlags};
use crate::hresult::Family;
use crate::limits;
use crate::secret::{AuthTarget, JobSecrets};
use crate::setting::Setting;
use crate::state::words;

words! {
    /// `BG_JOB_PROXY_USAGE`.
    ProxyUsage {
        /// The owner's environment, as the client sent it along.
        Preconfig = 0, "preconfig";
        /// Straight to the server.
        NoProxy = 1, "no-proxy";
        /// The list given.
        Override = 2, "override";
        /// Web proxy discovery; treated as the environment.
        AutoDetect = 3, "auto-detect";
    }
}

/// `SetProxySettings` (spec 7.2, format in 9.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxySettings {
    /// Which proxy.
    pub usage: ProxyUsage,
    /// `[protocol=][protocol://]server[:port]`, space separated; with `Preconfig`, what the environment of
    /// the client said.
    pub list: Option<String>,
    /// Hosts reached without a proxy, space separated.
    pub bypass: Option<String>,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self { usage: ProxyUsage::Preconfig, list: None, bypass: None }
    }
}

words! {
    /// What Complete does when the destination exists (design.md, "existing destination").
    Existing {
        /// Replace it in one step.
        Replace = 0, "replace";
        /// Fail with `destination-exists`.
        Refuse = 1, "refuse";
        /// Publish under a name with a number.
        KeepBoth = 2, "keep-both";
    }
}

/// A whole-file digest that a caller gives.
#[derive(Clone, PartialEq, Eq)]
pub enum Digest {
    /// 32 bytes.
    Sha256([u8; 32]),
    /// 64 bytes.
    Sha512([u8; 64]),
}

/// Why a digest was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No algorithm before the value.
    #[error("{0:?} is not a checksum; write it like sha-256=HEX")]
    NoAlgorithm(String),
    /// Not an algorithm that is computed.
    #[error("checksum algorithm {0:?} is not supported; use sha-256 or sha-512")]
    Algorithm(String),
    /// The value is not hex of the right length.
    #[error("{value:?} is not the {digits} hex digits of a {algorithm} checksum")]
    Value {
        /// The algorithm given.
        algorithm: &'static str,
        /// The value given.
        value: String,
        /// How many hex digits it should have.
        digits: usize,
    },
}

impl Digest {
    /// The name of the algorithm as in RFC 9530.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Sha256(_) => "sha-256",
            Self::Sha512(_) => "sha-512",
        }
    }

    /// The value.
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (algorithm, value) =
            text.split_once(['=', ':']).ok_or_else(|| DigestError::NoAlgorithm(text.to_owned()))?;
        match algorithm.to_ascii_lowercase().as_str() {
            "sha-256" | "sha256" => hex(value, "sha-256").map(Self::Sha256),
            "sha-512" | "sha512" => hex(value, "sha-512").map(Self::Sha512),
            _ => Err(DigestError::Algorithm(algorithm.to_owned())),
        }
    }
}

fn hex<const N: usize>(value: &str, algorithm: &'static str) -> Result<[u8; N], DigestError> {
    let refused = || DigestError::Value { algorithm, value: value.to_owned(), digits: 2 * N };
    let digits: Option<Vec<u8>> =
        value.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 2 * N).ok_or_else(refused)?;
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Ok(bytes)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.algorithm())?;
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A client certificate and the authorities a job trusts besides the system's, as files the owner named;
/// their content is captured when the job is made (the key goes to the secrets).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TlsSettings {
    /// PEM of additional authorities.
    pub extra_roots: Option<String>,
    /// PEM of the client certificate chain.
    pub client_certificate: Option<String>,
}

/// `SetServerCertificateValidationInterface`. The program that is asked is not kept, it may be gone by the next start of
/// the service; that it has to be asked is: a job never goes on unchecked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerCertificateCallback {
    /// The owner's program is asked.
    pub wanted: bool,
    /// How often this was set or cleared: what was accepted before counts no more (spec 7.7, "clears the job's
    /// certificate cache").
    pub times_set: u32,
}

impl ServerCertificateCallback {
    /// Says anew whether it is wanted.
    pub fn set(&mut self, wanted: bool) {
        *self = Self { wanted, times_set: self.times_set.wrapping_add(1) };
    }
}

/// Everything a client can set on a job, with the defaults of the specification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobSettings {
    /// Which class of object made the job; decides defaults where DO and BITS differ.
    pub family: Family,
    /// `SetNotifyFlags`.
    pub notify_flags: NotifyFlags,
    /// `SetNotifyCmdLine`: program and parameters.
    pub notify_cmd_line: Option<(PathBuf, String)>,
    /// `SetMinimumRetryDelay`: the floor of the retry delay, once a client set it.
    pub min_retry_delay: Option<Duration>,
    /// `SetNoProgressTimeout`; `None` is the default of the class and priority.
    pub no_progress_timeout: Option<Duration>,
    /// `SetMaximumDownloadTime`; zero is no limit.
    pub max_download_time: Option<Duration>,
    /// `SetProxySettings`.
    pub proxy: ProxySettings,
    /// `SetSecurityFlags`.
    pub security_flags: SecurityFlags,
    /// `SetHttpMethod`; `None` is GET.
    pub http_method: Option<String>,
    /// `MakeCustomHeadersWriteOnly`.
    pub headers_write_only: bool,
    /// `SetPeerCachingFlags`.
    pub peer_caching_flags: PeerCachingFlags,
    /// `SetFileACLFlags`.
    pub acl_flags: AclFlags,
    /// Property 1.
    pub cost_flags: CostFlags,
    /// Nothing goes over a cellular link, whatever it costs (do-download 2.2, `NoCellular`; 3.1,
    /// `DisallowOnCellular`).
    pub no_cellular: bool,
    /// Property 2.
    pub notification_clsid: Option<uuid::Uuid>,
    /// Property 3.
    pub dynamic_content: bool,
    /// Property 4: four times as many files at once.
    pub high_performance: bool,
    /// Property 5.
    pub max_download_size: Option<u64>,
    /// Property 7.
    pub use_stored_credentials: Option<AuthTarget>,
    /// Property 9.
    pub min_notification_interval: Duration,
    /// Property 10.
    pub on_demand: bool,
    /// Ours: the service completes the job by itself (design.md "Running").
    pub auto_complete: bool,
    /// Ours: what Complete does when the destination exists.
    pub existing: Existing,
    /// Ours: a 200 to a ranged request is an error, not a restart (A01).
    pub forbid_restart: bool,
    /// Ours: a file without a size is refused (A14).
    pub require_size: bool,
    /// Ours: accept a body that ends with the connection, marked unverified (A19).
    pub allow_unverified: bool,
    /// Ours: bytes per second, all files of the job together.
    pub max_rate: Option<u64>,
    /// Certificates.
    pub tls: TlsSettings,
    /// `SetServerCertificateValidationInterface`.
    pub server_certificate_callback: ServerCertificateCallback,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            family: Family::Do,
            notify_flags: NotifyFlags::default(),
            notify_cmd_line: None,
            min_retry_delay: None,
            no_progress_timeout: None,
            max_download_time: None,
            proxy: ProxySettings::default(),
            security_flags: SecurityFlags::default(),
            http_method: None,
            headers_write_only: false,
            peer_caching_flags: PeerCachingFlags::empty(),
            acl_flags: AclFlags::empty(),
            cost_flags: CostFlags::default(),
            no_cellular: false,
            notification_clsid: None,
            dynamic_content: false,
            high_performance: false,
            max_download_size: None,
            use_stored_credentials: None,
            min_notification_interval: Duration::from_millis(500),
            on_demand: false,
            auto_complete: false,
            existing: Existing::Replace,
            forbid_restart: false,
            require_size: false,
            allow_unverified: false,
            max_rate: None,
            tls: TlsSettings::default(),
            server_certificate_callback: ServerCertificateCallback::default(),
        }
    }
}

impl JobSettings {
    /// Does what a setter does to the settings of a job, and to the key of its client certificate; whether it may is
    /// for others to say. Gives back what is no part of the settings: what a job is called, how urgent it is, its
    /// headers and credentials, its files, where a reply goes.
    pub fn apply(&mut self, setting: Setting, secrets: &mut JobSecrets) -> Option<Setting> {
        match setting {
            Setting::NotifyFlags(flags) => self.notify_flags = flags,
            Setting::NotifyCmdLine(line) => self.notify_cmd_line = line,
            // "Smaller values are raised to 5" (spec 6.8).
            Setting::MinRetryDelay(delay) => {
                self.min_retry_delay = Some(delay.max(limits::MIN_RETRY_DELAY_FLOOR));
            }
            Setting::NoProgressTimeout(timeout) => self.no_progress_timeout = Some(timeout),
            Setting::MaxDownloadTime(time) => self.max_download_time = Some(time),
            Setting::Proxy(proxy) => self.proxy = proxy,
            Setting::SecurityFlags(flags) => self.security_flags = flags,
            Setting::HttpMethod(method) => self.http_method = Some(method).filter(|method| method != "GET"),
            Setting::HeadersWriteOnly => self.headers_write_only = true,
            Setting::PeerCachingFlags(flags) => self.peer_caching_flags = flags,
            Setting::AclFlags(flags) => self.acl_flags = flags,
            Setting::CostFlags(flags) => self.cost_flags = flags,
            Setting::NoCellular(forbid) => self.no_cellular = forbid,
            Setting::NotificationClsid(clsid) => self.notification_clsid = clsid,
            Setting::DynamicContent(enable) => self.dynamic_content = enable,
            Setting::HighPerformance(enable) => self.high_performance = enable,
            Setting::MaxDownloadSize(bytes) => self.max_download_size = Some(bytes),
            Setting::UseStoredCredentials(target) => self.use_stored_credentials = target,
            Setting::MinNotificationInterval(interval) => self.min_notification_interval = interval,
            Setting::OnDemand(enable) => self.on_demand = enable,
            Setting::AutoComplete(enable) => self.auto_complete = enable,
            Setting::Existing(existing) => self.existing = existing,
            Setting::ForbidRestart(forbid) => self.forbid_restart = forbid,
            Setting::RequireSize(require) => self.require_size = require,
            Setting::AllowUnverified(allow) => self.allow_unverified = allow,
            Setting::MaxRate(rate) => self.max_rate = rate,
            Setting::ExtraRoots(pem) => self.tls.extra_roots = pem,
            Setting::ClientCertificate(pair) => {
                (self.tls.client_certificate, secrets.client_key) = pair.unzip();
            }
            Setting::ServerCertificateCallback(wanted) => self.server_certificate_callback.set(wanted),
            other @ (Setting::DisplayName(_)
            | Setting::Description(_)
            | Setting::Priority(_)
            | Setting::Headers(_)
            | Setting::AuthHeaders(_)
            | Setting::Credentials(..)
            | Setting::RemoveCredentials(..)
            | Setting::ReplyName(_)
            | Setting::RemoteName(..)
            | Setting::ValidationState(..)
            | Setting::FileRanges(..)
            | Setting::DownloadPosition(..)
            | Setting::ExpectedSize(..)
            | Setting::Manifest(..)
            | Setting::RequireManifest(..)
            | Setting::LocalName(..)
            | Setting::MoreRanges(..)) => return Some(other),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_parsed_and_shown() {
        let text = format!("sha-256={}", "0f".repeat(32));
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
        for (bad, message) in [
            ("abc", "\"abc\" is not a checksum; write it like sha-256=HEX"),
            ("md5=00", "checksum algorithm \"md5\" is not supported; use sha-256 or sha-512"),
            ("sha-256=xyz", "\"xyz\" is not the 64 hex digits of a sha-256 checksum"),
        ] {
            assert_eq!(bad.parse::<Digest>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn settings_of_an_older_version_are_filled_up_with_defaults() {
        assert_eq!(serde_json::from_str::<JobSettings>("{}").unwrap(), JobSettings::default());
    }
}
