//! Cache hosts: servers of the network that keep what they fetched for others, asked in an origin's place
//! (product 7).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::name::{RemoteName, redact_text};

/// What a cache host is told the host by that it shall ask (product 7.1).
const ORIGIN_KEY: &str = "cacheHostOrigin";
/// Cache hosts that are kept (faults I05): they are tried one after the other, and a network that needs more
/// has one name for all of them.
pub const CACHE_HOSTS_MAX: usize = 10;

/// Why a text is no cache host, or no list of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheHostError {
    /// An entry that names no host, or more than a host.
    #[error(
        "{text:?} is no cache host ({reason}); write it like cache.example, 10.0.0.7:8080, [fd00::7]:80 or \
         http://cache.example"
    )]
    Entry {
        /// What was given, without secrets.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More than are tried.
    #[error("{count} cache hosts; at most {CACHE_HOSTS_MAX} are taken")]
    TooMany {
        /// How many there are.
        count: usize,
    },
}

/// One cache host, as a list names it: a host or address, with a port where it is not the usual one, and with
/// a protocol where it is not that of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheHost {
    scheme: Option<CacheScheme>,
    /// As it stands in a URL: lower case, an IPv6 address in brackets.
    host: String,
    port: Option<u16>,
    /// An administrator named it. One that the network told of (DHCP, DNS-SD) may be anybody's, so only what
    /// proves itself may be taken from it (design.md "Trust").
    pub trusted: bool,
    /// Asked as Microsoft's Linux agent asks.
    keeps_port: bool,
}

/// How a cache host is asked whatever the file's protocol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum CacheScheme {
    Http,
    Https,
}

impl CacheScheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl CacheHost {
    /// Reads a comma-separated list, as `DOCacheHost` and DHCP option 235 have it (product 2.6). An empty text
    /// is a list without entries; the hosts count as named by an administrator.
    ///
    /// # Errors
    /// An entry is no cache host, or there are more than [`CACHE_HOSTS_MAX`].
    pub fn list(text: &str) -> Result<Vec<Self>, CacheHostError> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let count = text.split(',').count();
        if count > CACHE_HOSTS_MAX {
            return Err(CacheHostError::TooMany { count });
        }
        let mut hosts: Vec<Self> = Vec::new();
        for entry in text.split(',') {
            let host = entry.parse()?;
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        Ok(hosts)
    }

    /// The same host, known from the network alone.
    #[must_use]
    pub fn discovered(self) -> Self {
        Self { trusted: false, ..self }
    }

    /// The same host, asked as Microsoft's Linux agent asks: on the port of the file where none is named, and told
    /// the name of the origin alone (agent-rest 11: "`http://origin.example:8090/f?a=b` →
    /// `http://cache.example:8090/f?a=b&cacheHostOrigin=origin.example`").
    #[must_use]
    pub fn on_the_origins_port(self) -> Self {
        Self { keeps_port: true, ..self }
    }

    /// The name under which the host has this file: its own host in place of the origin's, path and query as
    /// they are, and the origin's host added to the query (product 7.1: "replace the host with the cache host;
    /// keep path and query; add `cacheHostOrigin=<original host>`").
    ///
    /// `None` where the file is the host's own, or its name says already which origin a cache shall ask, or
    /// would become longer than a name may be; and of a host that is not trusted where the name has a query,
    /// which may be a signature (faults I06).
    pub fn rewrite(&self, file: &RemoteName) -> Option<RemoteName> {
        let original = file.url();
        let asked_of_a_cache = original.query_pairs().any(|(key, _)| key.eq_ignore_ascii_case(ORIGIN_KEY));
        let mut url = original.clone();
        // The file's own port is told to the host and means nothing there, but to one that stands in its place.
        let kept = original.port().filter(|_| self.keeps_port);
        url.set_port(None).ok()?;
        if let Some(scheme) = self.scheme {
            url.set_scheme(scheme.as_str()).ok()?;
        }
        url.set_host(Some(&self.host)).ok()?;
        url.set_port(self.port.or(kept)).ok()?;
        let itself = url.host_str() == original.host_str() && url.port() == original.port();
        let signed = !self.trusted && original.query().is_some_and(|query| !query.is_empty());
        if asked_of_a_cache || itself || signed {
            return None;
        }
        let origin = match (original.host_str()?, original.port()) {
            (host, Some(port)) if !self.keeps_port => format!("{host}:{port}"),
            (host, _) => host.to_owned(),
        };
        let query = match original.query().filter(|query| !query.is_empty()) {
            Some(query) => format!("{query}&{ORIGIN_KEY}={origin}"),
            None => format!("{ORIGIN_KEY}={origin}"),
        };
        url.set_query(Some(&query));
        RemoteName::from_url(url).ok()
    }

    /// Whether a file of this name is asked of the host over plain http though its origin speaks https: then
    /// nothing but a proof of its content shows that the origin's bytes come.
    pub fn strips_tls(&self, file: &RemoteName) -> bool {
        self.scheme == Some(CacheScheme::Http) && file.url().scheme() == "https"
    }
}

impl FromStr for CacheHost {
    type Err = CacheHostError;

    /// Reads one entry, as an administrator writes it.
    fn from_str(text: &str) -> Result<Self, CacheHostError> {
        let text = text.trim();
        parse(text).map_err(|reason| CacheHostError::Entry { text: redact_text(text), reason })
    }
}

fn parse(text: &str) -> Result<CacheHost, &'static str> {
    let (scheme, authority) = match text.split_once("://") {
        None => (None, text),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(CacheScheme::Http), rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(CacheScheme::Https), rest),
        Some(_) => return Err("the protocol can only be http or https"),
    };
    if authority.is_empty() {
        return Err("it is empty");
    }
    if authority.contains('@') {
        return Err("a cache host knows no user");
    }
    if authority.contains(['/', '?', '#', '\\']) {
        return Err("it has a path, and only a host is replaced");
    }
    // The parser forgets a port that is the protocol's own; one of the two keeps it.
    let [plain, tls] = ["http", "https"].map(|scheme| Url::parse(&format!("{scheme}://{authority}")));
    let (Ok(plain), Ok(tls)) = (plain, tls) else { return Err("no host is written like this") };
    let named = match plain.host() {
        // The parser lets through what no resolver takes, such as other separators than a comma.
        Some(Host::Domain(name)) => {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    let (Some(host), true) = (plain.host_str(), named) else {
        return Err("no host is written like this");
    };
    let port = plain.port().or(tls.port());
    if authority.ends_with(':') || port == Some(0) {
        return Err("a port is a number from 1 to 65535");
    }
    Ok(CacheHost { scheme, host: host.to_owned(), port, trusted: true, keeps_port: false })
}

/// As it is written in a list.
impl fmt::Display for CacheHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{}://", scheme.as_str())?;
        }
        f.write_str(&self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn host(text: &str) -> CacheHost {
        text.parse().unwrap()
    }

    fn rewritten(cache: &str, file: &str) -> Option<String> {
        host(cache).rewrite(&file.parse().unwrap()).map(|name| name.as_str().to_owned())
    }

    #[test]
    fn a_name_is_rewritten_as_the_windows_client_does() {
        // product 7.1, "Real query from an Intune app" and "Test object".
        for (cache, file, expected) in [
            (
                "10.0.0.7",
                "http://msedge.b.tlu.dl.delivery.mp.microsoft.com/filestreamingservice/files/0a?P1=1&P2=404&P3=2&P4=x%2b",
                "http://10.0.0.7/filestreamingservice/files/0a?P1=1&P2=404&P3=2&P4=x%2b\
                 &cacheHostOrigin=msedge.b.tlu.dl.delivery.mp.microsoft.com",
            ),
            (
                "cache.example",
                "http://au.download.windowsupdate.com/mscomtest/wuidt.gif",
                "http://cache.example/mscomtest/wuidt.gif?cacheHostOrigin=au.download.windowsupdate.com",
            ),
        ] {
            assert_eq!(rewritten(cache, file).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_protocol_is_that_of_the_file_unless_the_host_says_its_own() {
        for (cache, file, expected) in [
            ("c:8080", "https://h/f", "https://c:8080/f?cacheHostOrigin=h"),
            ("c", "https://h:444/f?", "https://c/f?cacheHostOrigin=h:444"),
            ("http://c", "https://h/f", "http://c/f?cacheHostOrigin=h"),
            ("http://c:80", "https://h:80/f", "http://c/f?cacheHostOrigin=h:80"),
            ("c:80", "https://h/f", "https://c:80/f?cacheHostOrigin=h"),
            ("https://c", "http://h:8080/f", "https://c/f?cacheHostOrigin=h:8080"),
            ("[FD00::7]:81", "http://[::1]:8080/f", "http://[fd00::7]:81/f?cacheHostOrigin=[::1]:8080"),
        ] {
            assert_eq!(rewritten(cache, file).as_deref(), Some(expected), "{cache} {file}");
        }
        assert!(host("http://c").strips_tls(&"https://h/f".parse().unwrap()));
        assert!(!host("http://c").strips_tls(&"http://h/f".parse().unwrap()));
        assert!(!host("c").strips_tls(&"https://h/f".parse().unwrap()));
    }

    #[test]
    fn the_linux_agent_keeps_the_port_and_tells_the_name_alone() {
        for (cache, file, expected) in [
            ("c", "http://o:8090/f?a=b", "http://c:8090/f?a=b&cacheHostOrigin=o"),
            ("c", "https://O.Example/f", "https://c/f?cacheHostOrigin=o.example"),
            ("c:81", "http://o/f", "http://c:81/f?cacheHostOrigin=o"),
        ] {
            let name = host(cache).on_the_origins_port().rewrite(&file.parse().unwrap());
            assert_eq!(
                name.map(|name| name.as_str().to_owned()).as_deref(),
                Some(expected),
                "{cache} {file}"
            );
        }
    }

    #[test]
    fn some_names_are_not_rewritten() {
        assert_eq!(rewritten("Cache.example", "http://CACHE.example/f"), None);
        assert_eq!(rewritten("http://c", "https://c/f"), None);
        assert_eq!(rewritten("10.0.0.7:8080", "http://10.0.0.7:8080/f"), None);
        assert_eq!(rewritten("d", "http://c/f?a=b&cachehostorigin=h"), None);
        assert!(rewritten("10.0.0.7:8080", "http://10.0.0.7/f").is_some());
        let discovered = host("d").discovered();
        assert_eq!(discovered.rewrite(&"http://h/f?P4=signature".parse().unwrap()), None);
        assert!(discovered.rewrite(&"http://h/f?".parse().unwrap()).is_some());
        // A name that grows beyond what a name may have.
        let long = format!("http://h/{}", "x".repeat(crate::limits::REMOTE_NAME_CHARS - 9));
        assert_eq!(rewritten("c", &long), None);
    }

    #[test]
    fn a_list_keeps_its_order_and_may_be_empty() {
        let list = CacheHost::list(" b.example:80, http://10.0.0.7 ,[::1]:8080,b.example:80").unwrap();
        let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["b.example:80", "http://10.0.0.7", "[::1]:8080"]);
        assert!(list.iter().all(|host| host.trusted));
        assert!(!list[0].clone().discovered().trusted);
        assert_eq!(CacheHost::list("  "), Ok(vec![]));
        assert_eq!(CacheHost::list(&"c,".repeat(11)), Err(CacheHostError::TooMany { count: 12 }));
    }

    #[test]
    fn i05_what_is_no_host_is_refused_with_what_would_be_right() {
        for (text, reason) in [
            ("", "it is empty"),
            ("a,,b", "it is empty"),
            ("http://", "it is empty"),
            ("ftp://cache", "the protocol can only be http or https"),
            ("ada:secret@cache", "a cache host knows no user"),
            ("cache/path", "it has a path, and only a host is replaced"),
            ("http://cache/", "it has a path, and only a host is replaced"),
            ("cache:0", "a port is a number from 1 to 65535"),
            ("cache:", "a port is a number from 1 to 65535"),
            ("cache:65536", "no host is written like this"),
            ("::1", "no host is written like this"),
            ("[::1", "no host is written like this"),
            ("a;b", "no host is written like this"),
            ("a b", "no host is written like this"),
        ] {
            let Err(CacheHostError::Entry { text: shown, reason: told }) =
                CacheHost::list(text).and_then(|_| text.parse::<CacheHost>())
            else {
                panic!("{text:?} is taken");
            };
            assert_eq!(told, reason, "{text:?}");
            assert!(!shown.contains("secret"));
        }
        assert_eq!(
            "a b".parse::<CacheHost>().unwrap_err().to_string(),
            "\"a b\" is no cache host (no host is written like this); write it like cache.example, \
             10.0.0.7:8080, [fd00::7]:80 or http://cache.example"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(text in "(https?://)?([a-z0-9.\\[\\]:-]{1,12})(:[0-9]{1,6})?") {
            if let Ok(host) = text.parse::<CacheHost>() {
                prop_assert_eq!(host.to_string().parse::<CacheHost>().unwrap(), host);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", file in "https?://[a-z0-9.:\\[\\]?&=/-]{1,30}") {
            let hosts = CacheHost::list(&text).unwrap_or_else(|_| vec![host("c:81")]);
            if let Ok(file) = file.parse::<RemoteName>() {
                for host in hosts {
                    if let Some(name) = host.rewrite(&file) {
                        prop_assert!(name.as_str().contains("cacheHostOrigin="));
                        prop_assert_eq!(name.url().path(), file.url().path());
                    }
                }
            }
        }
    }
}
