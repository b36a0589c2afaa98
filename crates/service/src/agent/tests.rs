//! The protocol on raw sockets, with a real service behind it: every row of agent-rest 1 and 4 to 8 that clients see.

mod calls;
mod content;
mod rig;
mod states;

use std::time::Duration;

use bgcopy_core::CacheHost;

use crate::agent::*;

fn called(words: &[&str]) -> Option<Called> {
    Called::of(words.iter().map(OsString::from))
}

#[test]
fn a_program_of_the_originals_name_takes_its_words() {
    assert_eq!(called(&["/usr/bin/bgcopy", "--version"]), None);
    assert_eq!(called(&[]), None);
    assert_eq!(called(&["/usr/bin/deliveryoptimization-agent"]), Some(Called::Run));
    for flag in ["--version", "-v", "--version-extra"] {
        let Some(Called::Version(line)) = called(&["deliveryoptimization-agent", flag]) else {
            panic!("{flag}");
        };
        assert!(line.ends_with(";deliveryoptimization-agent/v1.1.0") && !line.contains('\n'), "{line}");
    }
    let unknown = called(&["deliveryoptimization-agent", "--what"]);
    assert_eq!(unknown, Some(Called::Unknown("--what".to_owned())));
}

#[test]
fn cache_hosts_of_the_agent_stand_in_front_of_those_of_the_service() {
    let host = |text: &str| Some(CacheHost::list(text).unwrap());
    let config = |text| Config { cache_host: host(text), ..Config::default() };
    let caches = Caches(Arc::new(Mutex::new((config("own"), CacheChoice::default()))));
    let fallback = Some(Duration::from_secs(7));
    let chosen = caches.choose(CacheChoice { hosts: host("theirs"), fallback });
    assert_eq!((chosen.cache_host, Some(chosen.cache_fallback_background)), (host("theirs"), fallback));
    // A reload of the service's own configuration does not undo it.
    assert_eq!(caches.rebase(config("other")).cache_host, host("theirs"));
    let none = CacheChoice { hosts: Some(Vec::new()), fallback: None };
    assert_eq!(caches.choose(none).cache_host, Some(Vec::new()), "none at all is a choice");
    let back = caches.choose(CacheChoice::default());
    assert_eq!(back, config("other"));
}

#[test]
fn what_is_preset_can_be_set() {
    let sources = crate::config::Sources {
        files: crate::config::Files::Usual { machine: "/nowhere".into(), user: None },
        environment: Vec::new(),
        flags: Vec::new(),
        preset: PRESET,
    };
    let settings = crate::config::Settings::load(sources).unwrap();
    assert_eq!((settings.config().background_jobs, settings.config().connections_per_host), (64, 1));
    assert_eq!(settings.config().free_space_floor.bytes, 0);
}
