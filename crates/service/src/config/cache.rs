//! Which cache hosts there are (product 2.6): named by an administrator, or told by the network.

use std::fmt;

use bgcopy_core::{CacheHost, CacheHostError, cache_host};

use super::options::Config;
use super::value::{Kind, Raw, Wrong};

/// Who names the cache hosts, as `DOCacheHostSource` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheHostSource {
    /// The administrator alone.
    Setting,
    /// The administrator, else the DHCP server.
    Dhcp,
    /// The DHCP server, else the administrator.
    DhcpFirst,
    /// The administrator, else whoever offers a cache on the link.
    DnsSd,
}

impl CacheHostSource {
    const ALL: [Self; 4] = [Self::Setting, Self::Dhcp, Self::DhcpFirst, Self::DnsSd];

    const fn word(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Dhcp => "dhcp",
            Self::DhcpFirst => "dhcp-first",
            Self::DnsSd => "dns-sd",
        }
    }
}

impl fmt::Display for CacheHostSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Config {
    /// The cache hosts in force, the best first; `found` are those that offer themselves on the link.
    pub fn cache_hosts(&self, found: &[CacheHost]) -> Vec<CacheHost> {
        let set = || self.cache_host.clone();
        let told = || self.dhcp_option_235.as_deref().and_then(told_by_dhcp);
        let hosts = match self.cache_host_source {
            CacheHostSource::Setting => set(),
            CacheHostSource::Dhcp => set().or_else(told),
            CacheHostSource::DhcpFirst => told().or_else(set),
            CacheHostSource::DnsSd => set().or_else(|| Some(found.to_vec())),
        };
        hosts.unwrap_or_default()
    }

    /// Whether cache hosts that offer themselves are of any use.
    pub fn looks_for_cache_hosts(&self) -> bool {
        // "An empty string counts as set (disables discovery)" (product 2.6).
        self.cache_host_source == CacheHostSource::DnsSd && self.cache_host.is_none()
    }
}

/// What option 235 says. A malformed one says nothing (product 2.6: "Malformed option → DOCacheHost"), and of one
/// with hundreds of hosts the first few are kept (faults I05).
fn told_by_dhcp(option: &str) -> Option<Vec<CacheHost>> {
    // Servers end the text with a NUL, and hooks that write it down with a line feed.
    let text = option.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let mut entries: Vec<&str> = text.split(',').collect();
    entries.truncate(cache_host::CACHE_HOSTS_MAX);
    match CacheHost::list(&entries.join(",")) {
        Ok(hosts) if hosts.is_empty() => None,
        Ok(hosts) => Some(hosts.into_iter().map(CacheHost::discovered).collect()),
        Err(error) => {
            tracing::warn!(%error, "DHCP option 235 is malformed, and not used");
            None
        }
    }
}

/// A list of cache hosts, which may be empty.
pub(super) struct CacheHosts;

impl Kind for CacheHosts {
    type Value = Vec<CacheHost>;

    fn expected(&self) -> String {
        "hosts separated by commas, such as \"cache.example, 10.0.0.7:8080\", or \"\" for none".to_owned()
    }

    fn read(&self, raw: Raw<'_>) -> Option<Vec<CacheHost>> {
        self.check(raw).ok()
    }

    fn check(&self, raw: Raw<'_>) -> Result<Vec<CacheHost>, Wrong> {
        let (Raw::String(text) | Raw::Word(text)) = raw else { return Err(self.wrong(raw)) };
        CacheHost::list(text).map_err(|error: CacheHostError| {
            let expected = format!("{} ({error})", self.expected());
            Wrong::new(expected, raw)
        })
    }

    fn show(&self, value: &Vec<CacheHost>) -> String {
        let hosts: Vec<String> = value.iter().map(ToString::to_string).collect();
        toml::Value::String(hosts.join(", ")).to_string()
    }
}

/// One of the words for a source.
pub(super) struct SourceWord;

impl Kind for SourceWord {
    type Value = CacheHostSource;

    fn expected(&self) -> String {
        let words = CacheHostSource::ALL.map(|source| format!("{:?}", source.word()));
        format!("one of {}", words.join(", "))
    }

    fn read(&self, raw: Raw<'_>) -> Option<CacheHostSource> {
        let (Raw::String(text) | Raw::Word(text)) = raw else { return None };
        CacheHostSource::ALL.into_iter().find(|source| source.word() == text.trim())
    }

    fn show(&self, value: &CacheHostSource) -> String {
        format!("{:?}", value.word())
    }
}

/// A text from somewhere else, taken as it is: what is wrong with it must not keep the service from starting.
pub(super) struct ForeignText {
    pub(super) max_chars: usize,
}

impl Kind for ForeignText {
    type Value = String;

    fn expected(&self) -> String {
        format!("a text of at most {} characters", self.max_chars)
    }

    fn read(&self, raw: Raw<'_>) -> Option<String> {
        let (Raw::String(text) | Raw::Word(text)) = raw else { return None };
        (text.chars().count() <= self.max_chars).then(|| text.to_owned())
    }

    fn show(&self, value: &String) -> String {
        toml::Value::String(value.clone()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(source: CacheHostSource, set: Option<&str>, dhcp: Option<&str>) -> Config {
        Config {
            cache_host: set.map(|text| CacheHost::list(text).unwrap()),
            cache_host_source: source,
            dhcp_option_235: dhcp.map(str::to_owned),
            ..Config::default()
        }
    }

    /// The hosts in force; those that are not trusted in brackets.
    fn in_force(config: &Config) -> String {
        let found = ["found".parse::<CacheHost>().unwrap().discovered()];
        let shown = |host: CacheHost| if host.trusted { host.to_string() } else { format!("({host})") };
        config.cache_hosts(&found).into_iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_source_decides_whom_to_believe() {
        use CacheHostSource::{Dhcp, DhcpFirst, DnsSd, Setting};
        for (source, set, dhcp, expected) in [
            (Setting, Some("a,b:81"), Some("d"), "a b:81"),
            (Setting, None, Some("d"), ""),
            (Dhcp, Some("a"), Some("d"), "a"),
            (Dhcp, None, Some("d,e"), "(d) (e)"),
            (Dhcp, Some(""), Some("d"), ""),
            (Dhcp, None, None, ""),
            (DhcpFirst, Some("a"), Some(" d\0"), "(d)"),
            (DhcpFirst, Some("a"), Some("no host"), "a"),
            (DhcpFirst, Some("a"), Some("\n"), "a"),
            (DhcpFirst, Some("a"), None, "a"),
            (DnsSd, Some("a"), Some("d"), "a"),
            (DnsSd, Some(""), Some("d"), ""),
            (DnsSd, None, Some("d"), "(found)"),
        ] {
            assert_eq!(in_force(&config(source, set, dhcp)), expected, "{source} {set:?} {dhcp:?}");
        }
        assert!(config(DnsSd, None, None).looks_for_cache_hosts());
        assert!(!config(DnsSd, Some(""), None).looks_for_cache_hosts());
        assert!(!config(Dhcp, None, None).looks_for_cache_hosts());
        // Nothing is asked of the network unless somebody says so (faults I05: "Opt-in").
        assert!(!Config::default().looks_for_cache_hosts());
    }

    #[test]
    fn i05_of_500_hosts_that_dhcp_tells_of_ten_are_kept() {
        let many: Vec<String> = (0..500).map(|number| format!("h{number}")).collect();
        let config = config(CacheHostSource::Dhcp, None, Some(&many.join(",")));
        assert_eq!(config.cache_hosts(&[]).len(), 10);
    }

    #[test]
    fn a_list_that_is_wrong_says_where() {
        let Err(wrong) = CacheHosts.check(Raw::String("a, http://b/c")) else { panic!("it was taken") };
        assert!(wrong.expected.contains("\"http://b/c\" is no cache host (it has a path"), "{wrong:?}");
        assert_eq!(CacheHosts.read(Raw::Word("")), Some(vec![]));
        assert_eq!(CacheHosts.show(&CacheHost::list("A:81,http://[::1]").unwrap()), "\"a:81, http://[::1]\"");
        assert_eq!(CacheHosts.read(Raw::Integer(1)), None);
    }
}
