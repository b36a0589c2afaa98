//! The proxies that the environment names, read as curl reads them (curl's manual, "Environment"): captured
//! when a job is made, since the service has another environment.

use bgcopy_core::{AuthScheme, AuthTarget, ProxyUsage, Secret};

use crate::request::NewCredentials;
use crate::settings::Proxy as ProxySetting;

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EnvProxy {
    /// `[protocol=][protocol://]server[:port]`, space separated (spec 9.8).
    pub list: Option<String>,
    /// Hosts reached without a proxy, space separated (spec 9.8).
    pub bypass: Option<String>,
    /// User and password that one of the proxy URLs held: they belong into a header, and with the secrets.
    pub credentials: Option<ProxyUser>,
}

/// User and password for a proxy. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUser {
    /// The user name.
    pub user: String,
    /// The password; empty when none was given.
    pub password: String,
}

impl std::fmt::Debug for ProxyUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProxyUser").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The variables and the protocol each speaks for; the first that is set in a row wins. `HTTP_PROXY` in
/// capitals is not read: a web server sets it from a header of the request ("httpoxy", CVE-2016-5385), and
/// curl does not read it either.
const VARIABLES: [(&str, &[&str]); 3] = [
    ("http=", &["http_proxy"]),
    ("https=", &["https_proxy", "HTTPS_PROXY"]),
    ("", &["all_proxy", "ALL_PROXY"]),
];

impl EnvProxy {
    /// Reads the variables.
    ///
    /// # Errors
    /// The variable that is wrong, and why.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let mut entries = Vec::new();
        let mut credentials = None;
        for (prefix, names) in VARIABLES {
            let Some((name, text)) = names.iter().find_map(|name| Some((name, set(name)?))) else { continue };
            let proxy = parse_proxy(text.trim()).map_err(|reason| format!("{name}: {reason}"))?;
            entries.push(format!("{prefix}{}", proxy.server));
            credentials = credentials.or(proxy.user);
        }
        if entries.is_empty() {
            return Ok(Self::default());
        }
        let bypass = set("no_proxy").or_else(|| set("NO_PROXY"));
        Ok(Self {
            list: Some(entries.join(" ")),
            bypass: bypass.map(|text| bypass_list(&text)).filter(|list| !list.is_empty()),
            credentials,
        })
    }

    /// For the settings of a job.
    pub fn settings(&self) -> ProxySetting {
        let Self { list, bypass, .. } = self.clone();
        ProxySetting { usage: ProxyUsage::Preconfig, list, bypass }
    }

    /// For the credentials of a job.
    pub fn new_credentials(&self) -> impl Iterator<Item = NewCredentials> + use<> {
        self.credentials.clone().into_iter().flat_map(|user| user.new_credentials(AuthTarget::Proxy))
    }
}

impl ProxyUser {
    /// The same user and password under every scheme: which one a server wants is not known before it was asked
    /// (spec 6.7, "all schemes").
    pub fn new_credentials(self, target: AuthTarget) -> impl Iterator<Item = NewCredentials> {
        [AuthScheme::Basic, AuthScheme::Digest].into_iter().map(move |scheme| NewCredentials {
            target: target.word().to_owned(),
            scheme: scheme.word().to_owned(),
            user: self.user.clone(),
            password: Secret::new(self.password.clone()),
        })
    }
}

/// One proxy, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// `protocol://server:port`.
    pub server: String,
    /// Whom to log in as there.
    pub user: Option<ProxyUser>,
}

/// Reads the URL of a proxy; without a protocol it is an HTTP proxy, as for curl.
///
/// # Errors
/// What is wrong with it, and what would be right; without the password that it may hold.
pub fn parse_proxy(text: &str) -> Result<Proxy, String> {
    const RIGHT: &str = "write it like http://host:3128 or socks5://host:1080";
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    // The text may hold a password, so only what stands behind it is repeated.
    let shown = text.rsplit_once('@').map_or(text, |(_, server)| server);
    let mut url =
        url::Url::parse(&with_scheme).map_err(|error| format!("{shown:?} is no proxy ({error}); {RIGHT}"))?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
        return Err(format!("{}: proxies are not supported in {shown:?}; {RIGHT}", url.scheme()));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).map(str::to_owned);
    let host = host.ok_or_else(|| format!("{shown:?} names no proxy host; {RIGHT}"))?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{shown:?} has more than a proxy needs; {RIGHT}"));
    }
    let user = (!url.username().is_empty() || url.password().is_some()).then(|| ProxyUser {
        user: percent_decoded(url.username()),
        password: percent_decoded(url.password().unwrap_or_default()),
    });
    // Both setters fail only for URLs without a host, which were refused before.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    // curl's default port is 1080 for every kind of proxy but https; the parser drops an explicit 80.
    let explicit_80 = shown.trim_end_matches('/').ends_with(":80");
    let port = match (url.port(), url.scheme()) {
        (Some(port), _) => format!(":{port}"),
        (None, "https") => String::new(),
        (None, "http") if explicit_80 => ":80".to_owned(),
        (None, _) => ":1080".to_owned(),
    };
    Ok(Proxy { server: format!("{}://{host}{port}", url.scheme()), user })
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digit = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `no_proxy` in the words of a bypass list: there a name stands for itself and all names below it, here
/// `*.name` has to say so.
fn bypass_list(no_proxy: &str) -> String {
    no_proxy
        .split([',', ' ', '\t'])
        .map(str::trim)
        // What names a user is no host, and may hold a password that was meant for another variable.
        .filter(|host| !host.is_empty() && !host.contains('@'))
        .flat_map(|host| {
            let name = host.trim_start_matches('.');
            let is_address = name.parse::<std::net::IpAddr>().is_ok() || name.contains(['/', ':', '[', '*']);
            match is_address {
                true => vec![name.to_owned()],
                false => vec![name.to_owned(), format!("*.{name}")],
            }
        })
        .filter(|host| !host.is_empty() && host != "*.")
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<EnvProxy, String> {
        EnvProxy::from_environment(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn each_variable_speaks_for_its_protocol() {
        let proxy = environment(&[
            ("http_proxy", "proxy:3128"),
            ("HTTPS_PROXY", "https://secure.example:8443/"),
            ("all_proxy", "socks5h://[::1]:1080"),
            ("NO_PROXY", "localhost, .corp.example,10.0.0.0/8 ,192.168.1.1,*"),
        ])
        .unwrap();
        assert_eq!(
            proxy.list.as_deref(),
            Some("http=http://proxy:3128 https=https://secure.example:8443 socks5h://[::1]:1080")
        );
        assert_eq!(
            proxy.bypass.as_deref(),
            Some("localhost *.localhost corp.example *.corp.example 10.0.0.0/8 192.168.1.1 *")
        );
    }

    #[test]
    fn lower_case_wins_and_capital_http_proxy_is_not_read() {
        let both = [("https_proxy", "one:1"), ("HTTPS_PROXY", "two:2"), ("HTTP_PROXY", "evil:3")];
        assert_eq!(environment(&both).unwrap().list.as_deref(), Some("https=http://one:1"));
        assert_eq!(environment(&[("HTTP_PROXY", "evil:3")]).unwrap(), EnvProxy::default());
        assert_eq!(environment(&[("http_proxy", " ")]).unwrap(), EnvProxy::default());
    }

    #[test]
    fn a_password_leaves_the_list_and_is_never_shown() {
        let proxy = environment(&[("https_proxy", "http://ada:s%40cret@proxy:3128")]).unwrap();
        assert_eq!(proxy.list.as_deref(), Some("https=http://proxy:3128"));
        let user = proxy.credentials.clone().unwrap();
        assert_eq!((user.user.as_str(), user.password.as_str()), ("ada", "s@cret"));
        assert!(!format!("{proxy:?}").contains("s@cret"));
        let refused = environment(&[("all_proxy", "ftp://ada:s3cret@proxy")]).unwrap_err();
        assert_eq!(
            refused,
            "all_proxy: ftp: proxies are not supported in \"proxy\"; write it like http://host:3128 or \
             socks5://host:1080"
        );
    }

    #[test]
    fn a_proxy_without_a_port_listens_where_curl_expects_it() {
        for (text, server) in [
            ("proxy", "http://proxy:1080"),
            ("http://proxy:80", "http://proxy:80"),
            ("https://proxy", "https://proxy"),
            ("http://ada:80@proxy/", "http://proxy:1080"),
            ("socks5://proxy", "socks5://proxy:1080"),
        ] {
            assert_eq!(parse_proxy(text).unwrap().server, server);
        }
        for bad in ["", "http://", "http://proxy/path", "http://pro xy", "proxy:99999"] {
            assert!(parse_proxy(bad).unwrap_err().contains("write it like"), "{bad:?}");
        }
    }
}
