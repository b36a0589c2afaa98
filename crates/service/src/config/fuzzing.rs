//! What must hold for any bytes of a configuration, or of a network that says something for it.

use std::path::Path;

use bgcopy_core::cache_host::CACHE_HOSTS_MAX;

use super::options::{Config, Shown};
use super::{CacheHostSource, ConfigError, Draft};

/// A configuration is refused with the places that are wrong, or means the same when it is shown and read again.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(config) => {
            let line = |Shown { name, value, .. }| format!("{name} = {value}\n");
            let shown: String = config.shown().into_iter().map(line).collect();
            match read(&shown) {
                Ok(again) => assert_eq!(again, config, "{shown}"),
                Err(error) => panic!("what is shown cannot be read: {error}\n{shown}"),
            }
        }
        Err(error) => {
            assert!(error.problems.iter().all(|problem| problem.to_string().starts_with("f.toml:")));
        }
    }
}

fn read(text: &str) -> Result<Config, ConfigError> {
    let mut draft = Draft::default();
    draft.read_text(Path::new("f.toml"), text);
    draft.finish().map(|loaded| loaded.config)
}

/// Option 235 of DHCP: a few hosts that are not trusted, or none.
pub fn dhcp_option_235(bytes: &[u8]) {
    let told = Config {
        cache_host_source: CacheHostSource::Dhcp,
        dhcp_option_235: Some(String::from_utf8_lossy(bytes).into_owned()),
        ..Config::default()
    };
    let hosts = told.cache_hosts(&[]);
    assert!(hosts.len() <= CACHE_HOSTS_MAX && hosts.iter().all(|host| !host.trusted), "{hosts:?}");
}
