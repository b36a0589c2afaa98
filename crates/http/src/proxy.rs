//! Proxy lists (spec 9.8): `[protocol=][protocol://]server[:port]`, and who is reached without one.

use bgcopy_core::{Credentials, ProxySettings, ProxyUsage, Secret};
use url::{Host, Url};

use crate::address::AddressBlock;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// HTTP: absolute-form requests for http, CONNECT for https.
    Http,
    /// The same inside TLS.
    Https,
    /// SOCKS 5; the proxy resolves the names.
    Socks5,
}

/// One proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its name or address.
    pub host: Host,
    /// Its port.
    pub port: u16,
    /// User and password written into the entry.
    pub credentials: Option<Credentials>,
}

impl Proxy {
    /// The proxy as an error names it, without its password.
    pub fn shown(&self) -> String {
        format!("proxy {}:{}", self.host, self.port)
    }
}

/// Why a proxy list was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyListError {
    /// An entry that names no server.
    #[error("{entry:?} names no proxy; write it like http://server:8080 or https=server:8080")]
    Entry {
        /// The entry, without its password.
        entry: String,
    },
    /// A protocol that proxies are not spoken to in.
    #[error("proxies are not spoken to by {protocol:?}; use http, https or socks5")]
    Protocol {
        /// The protocol given.
        protocol: String,
    },
    /// `Override` without a list.
    #[error("the proxy settings say \"override\" and name no proxy")]
    Empty,
}

/// Which proxy serves which URL.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ProxyList {
    entries: Vec<(For, Proxy)>,
    bypass: Vec<Bypass>,
}

/// The protocols that an entry serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Http,
    Https,
    /// "A bare name serves protocols without their own entry" (spec 9.8).
    Others,
}

impl ProxyList {
    /// Reads the settings of a job. `Preconfig` and `AutoDetect` use the list that the client captured from its
    /// environment; without one the way is direct.
    pub fn parse(settings: &ProxySettings) -> Result<Self, ProxyListError> {
        let list = settings.list.as_deref().unwrap_or_default();
        let entries = match settings.usage {
            ProxyUsage::NoProxy => Vec::new(),
            ProxyUsage::Preconfig | ProxyUsage::Override | ProxyUsage::AutoDetect => {
                words(list).map(entry).collect::<Result<Vec<_>, _>>()?
            }
        };
        if settings.usage == ProxyUsage::Override && entries.is_empty() {
            return Err(ProxyListError::Empty);
        }
        let bypass = words(settings.bypass.as_deref().unwrap_or_default()).map(Bypass::parse).collect();
        Ok(Self { entries, bypass })
    }

    /// The proxy for a URL; `None` is the direct way.
    pub fn proxy_for(&self, url: &Url) -> Option<&Proxy> {
        let own = if url.scheme() == "https" { For::Https } else { For::Http };
        let entry = |wanted| self.entries.iter().find(|(serves, _)| *serves == wanted);
        let (_, proxy) = entry(own).or_else(|| entry(For::Others))?;
        (!self.bypass.iter().any(|bypass| bypass.matches(url))).then_some(proxy)
    }
}

/// Lists are separated by blanks (spec 9.8); semicolons and commas are what other programs write.
fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c.is_whitespace() || c == ';' || c == ',').filter(|word| !word.is_empty())
}

fn entry(text: &str) -> Result<(For, Proxy), ProxyListError> {
    // An "=" behind anything but a word belongs to a password.
    let (serves, server) = match text.split_once('=') {
        Some((serves, server)) if is_word(serves) => (serves, server),
        _ => ("", text),
    };
    let (serves, default_kind) = match serves.to_ascii_lowercase().as_str() {
        "http" => (For::Http, "http"),
        "https" => (For::Https, "http"),
        "" | "all" => (For::Others, "http"),
        "socks" | "socks5" => (For::Others, "socks5"),
        other => return Err(ProxyListError::Protocol { protocol: other.to_owned() }),
    };
    let (kind, server) = match server.split_once("://") {
        Some((kind, server)) if is_word(kind) => (kind, server),
        _ => (default_kind, server),
    };
    Ok((serves, proxy(kind, server)?))
}

/// Whether a protocol may be called so; only such a text is repeated in an error.
fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn proxy(kind: &str, server: &str) -> Result<Proxy, ProxyListError> {
    let (kind, default_port) = match kind.to_ascii_lowercase().as_str() {
        "http" => (ProxyKind::Http, 80),
        "https" => (ProxyKind::Https, 443),
        // The proxy resolves the names in either case: a name must not leak to another resolver.
        "socks5" | "socks5h" | "socks" => (ProxyKind::Socks5, 1080),
        other => return Err(ProxyListError::Protocol { protocol: other.to_owned() }),
    };
    let refused =
        || ProxyListError::Entry { entry: server.rsplit('@').next().unwrap_or_default().to_owned() };
    // With a scheme unknown to the parser an explicit port is never taken for the default one.
    let url = Url::parse(&format!("proxy://{server}")).map_err(|_| refused())?;
    let host = Host::parse(url.host_str().unwrap_or_default()).map_err(|_| refused())?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(refused());
    }
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let credentials = (!url.username().is_empty()).then(|| Credentials {
        user: decode(url.username()),
        password: Secret::new(decode(url.password().unwrap_or_default())),
    });
    Ok(Proxy { kind, host, port: url.port().unwrap_or(default_port), credentials })
}

/// One entry of the bypass list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bypass {
    /// `*`: nobody is reached by proxy.
    All,
    /// `<local>`: "names without a dot" (spec 9.8).
    Local,
    /// `*suffix` or `.suffix`: names that end so.
    Suffix(String),
    /// This host, at this port if one is given.
    Host(String, Option<u16>),
    /// These addresses, when the URL names an address.
    Block(AddressBlock),
}

impl Bypass {
    fn parse(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        match text.as_str() {
            "*" => return Self::All,
            "<local>" => return Self::Local,
            _ => {}
        }
        if let Ok(block) = text.trim_start_matches('[').trim_end_matches(']').parse() {
            return Self::Block(block);
        }
        if let Some(suffix) = text.strip_prefix('*') {
            return Self::Suffix(suffix.to_owned());
        }
        if text.starts_with('.') {
            return Self::Suffix(text);
        }
        match text.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?))) {
            Some((host, port)) => Self::Host(host, Some(port)),
            None => Self::Host(text, None),
        }
    }

    fn matches(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        match self {
            Self::All => true,
            Self::Local => matches!(url.host(), Some(Host::Domain(_))) && !host.contains('.'),
            Self::Suffix(suffix) => host.ends_with(suffix.as_str()),
            Self::Host(name, port) => {
                name == host && port.is_none_or(|port| url.port_or_known_default() == Some(port))
            }
            Self::Block(block) => match url.host() {
                Some(Host::Ipv4(address)) => block.contains(address.into()),
                Some(Host::Ipv6(address)) => block.contains(address.into()),
                Some(Host::Domain(_)) | None => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(list: &str, bypass: &str) -> Result<ProxyList, ProxyListError> {
        ProxyList::parse(&ProxySettings {
            usage: ProxyUsage::Override,
            list: Some(list.to_owned()),
            bypass: Some(bypass.to_owned()),
        })
    }

    fn way(proxies: &ProxyList, url: &str) -> String {
        match proxies.proxy_for(&url.parse().unwrap()) {
            Some(proxy) => format!("{:?} {}:{}", proxy.kind, proxy.host, proxy.port),
            None => "direct".to_owned(),
        }
    }

    #[test]
    fn a_bare_name_serves_protocols_without_their_own_entry() {
        let proxies = list("http=web:3128 other", "").unwrap();
        assert_eq!(way(&proxies, "http://h/"), "Http web:3128");
        assert_eq!(way(&proxies, "https://h/"), "Http other:80");
        let proxies = list("https=https://sec:8443;http=socks5h://[::1]", "").unwrap();
        assert_eq!(way(&proxies, "https://h/"), "Https sec:8443");
        assert_eq!(way(&proxies, "http://h/"), "Socks5 [::1]:1080");
        assert_eq!(way(&list("http=web", "").unwrap(), "https://h/"), "direct");
        assert_eq!(way(&list("http://web:80/", "").unwrap(), "https://h/"), "Http web:80");
        assert_eq!(way(&list("socks=s:80", "").unwrap(), "https://h/"), "Socks5 s:80");
    }

    #[test]
    fn the_bypass_list_is_obeyed() {
        for (bypass, url, expected) in [
            ("<local>", "http://intranet/", "direct"),
            ("<local>", "http://host.example/", "Http p:80"),
            ("<local>", "http://[::1]/", "Http p:80"),
            ("*.example.com", "http://a.example.com/", "direct"),
            ("*.example.com", "http://example.com/", "Http p:80"),
            ("*example.com", "http://badexample.com/", "direct"),
            (".example.com", "http://a.example.com/", "direct"),
            ("example.com", "http://EXAMPLE.com/", "direct"),
            ("example.com:81", "http://example.com/", "Http p:80"),
            ("example.com:80", "http://example.com/", "direct"),
            ("10.0.0.0/8", "http://10.9.8.7/", "direct"),
            ("[::1]", "http://[::1]/", "direct"),
            ("*", "http://anything/", "direct"),
            ("a b c", "http://b/", "direct"),
        ] {
            assert_eq!(way(&list("p", bypass).unwrap(), url), expected, "{bypass} {url}");
        }
    }

    #[test]
    fn usage_decides_whether_the_list_counts() {
        let settings =
            |usage, list: Option<&str>| ProxySettings { usage, list: list.map(str::to_owned), bypass: None };
        let way = |settings| ProxyList::parse(&settings).map(|proxies| way(&proxies, "http://h/"));
        assert_eq!(way(settings(ProxyUsage::NoProxy, Some("p"))).unwrap(), "direct");
        assert_eq!(way(settings(ProxyUsage::Preconfig, Some("p"))).unwrap(), "Http p:80");
        assert_eq!(way(settings(ProxyUsage::Preconfig, None)).unwrap(), "direct");
        assert_eq!(way(settings(ProxyUsage::AutoDetect, None)).unwrap(), "direct");
        assert_eq!(way(settings(ProxyUsage::Override, None)).unwrap_err(), ProxyListError::Empty);
    }

    #[test]
    fn refusals_say_what_would_be_right_and_keep_the_password() {
        for (bad, message) in [
            ("socks4://p", "proxies are not spoken to by \"socks4\"; use http, https or socks5"),
            ("ftp=p", "proxies are not spoken to by \"ftp\"; use http, https or socks5"),
            (
                "http://ada:pw@p:99999",
                "\"p:99999\" names no proxy; write it like http://server:8080 or https=server:8080",
            ),
            (
                "ada:pw=pw@p/path",
                "\"p/path\" names no proxy; write it like http://server:8080 or https=server:8080",
            ),
            ("p/path", "\"p/path\" names no proxy; write it like http://server:8080 or https=server:8080"),
        ] {
            assert_eq!(list(bad, "").unwrap_err().to_string(), message);
        }
        let proxies = list("http://ada:s%40cret=@p", "").unwrap();
        let proxy = proxies.proxy_for(&"http://h/".parse().unwrap()).unwrap();
        let credentials = proxy.credentials.clone().unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.reveal()), ("ada", "s@cret="));
        assert!(!format!("{proxies:?}{}", proxy.shown()).contains("s@cret"));
    }

    proptest! {
        #[test]
        fn no_list_panics(text in "\\PC{0,60}", bypass in "\\PC{0,60}") {
            if let Ok(proxies) = list(&text, &bypass) {
                let _ = way(&proxies, "https://host.example:8443/");
            }
        }
    }
}
