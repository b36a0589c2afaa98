//! Every setting, once: its name, type, way of writing, default and description. The struct that the service
//! works with, `bgcopy config` and `docs/configuration.md` all come from this table.
//!
//! Names follow DO's policies in snake case where DO has one (product 2, 2.4).

use std::time::Duration;

use bgcopy_core::policy::{LimitHours, Percent};
use bgcopy_core::{CacheHost, limits};
use tracing::level_filters::LevelFilter;

use super::cache::{CacheHostSource, CacheHosts, ForeignText, SourceWord};
use super::hours::Hours;
use super::value::{
    Bytes, Count, Floor, HeaderText, KilobytesPerSecond, Kind, LogFilter, LogLevels, Or, Rate, Raw, Share,
    SpaceFloor, Switch, Wrong, days, seconds,
};

/// Why a value was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No such setting.
    Unknown,
    /// The value is wrong.
    Wrong(Wrong),
}

/// A setting as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) name: &'static str,
    /// As it is written in a file.
    pub(super) value: String,
    /// What may be written.
    pub(super) expected: String,
    /// Lines of the description.
    pub(super) doc: &'static str,
}

macro_rules! options {
    ($($(#[doc = $doc:literal])+ $field:ident = $name:literal: $type:ty, $kind:expr, $default:expr;)+) => {
        /// Everything that can be set, in types that cannot be wrong.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        /// The names of all settings.
        pub(super) const NAMES: &[&str] = &[$($name,)+];

        impl Config {
            /// Sets what has this name.
            pub(super) fn set(&mut self, name: &str, raw: Raw<'_>) -> Result<(), Refused> {
                match name {
                    $($name => {
                        self.$field = $kind.check(raw).map_err(Refused::Wrong)?;
                    })+
                    _ => return Err(Refused::Unknown),
                }
                Ok(())
            }

            /// Every setting as it is now, in the order of the table.
            pub(super) fn shown(&self) -> Vec<Shown> {
                vec![$(Shown {
                    name: $name,
                    value: $kind.show(&self.$field),
                    expected: $kind.expected(),
                    doc: concat!($($doc, "\n",)+),
                },)+]
            }
        }
    };
}

/// Bounds that only keep a slip of the finger out; nothing in the service depends on them.
const COUNT_MAX: u64 = 1_000_000;
/// A week: longer waits are no timeouts any more.
const SECONDS_MAX: u64 = 7 * 86_400;
/// The range of the policy (product 2.5).
const CACHE_FALLBACK_MAX: u64 = 2_592_000;

options! {
    /// How long a service that was started on demand stays when no client is connected and no job could run
    /// or retry. It comes back with the next client.
    idle_exit = "idle_exit_seconds": Option<Duration>,
        Or { kind: seconds(1, SECONDS_MAX), none: "never" }, Some(Duration::from_secs(60));

    /// How many background jobs of the highest level that has work run at once. Jobs of priority foreground
    /// are not counted. 1 is the strict order of BITS.
    background_jobs = "background_jobs": usize, Count { min: 1, max: 64 }, 4;

    /// How many files of one job are fetched at once, in the order in which they were added. 1 is the
    /// strict order of BITS; a job of high performance has four times as many otherwise.
    files_at_once = "files_at_once": usize, Count { min: 1, max: 64 }, 8;

    /// Up to how many connections to one host a file is given more than one: it starts with one, and gets more
    /// while that brings more. The first connection of each file counts, and is never refused.
    connections_per_host = "connections_per_host": usize, Count { min: 1, max: 64 }, 8;

    /// Treat the background priorities high, normal and low alike, as Delivery Optimization does.
    do_scheduling = "do_scheduling": bool, Switch, false;

    /// How long a background job runs before another one of the same priority has its turn.
    time_slice = "time_slice_seconds": Duration, seconds(1, 86_400), Duration::from_secs(300);

    /// Tell clients of the Delivery Optimization class only the error contexts that Windows tells them:
    /// remote file for status 403, none for everything else.
    strict_do_contexts = "strict_do_contexts": bool, Switch, false;

    /// Run the jobs of a user only while that user is logged on, as BITS does.
    require_session = "require_session": bool, Switch, false;

    /// Jobs without activity for this long are cancelled.
    job_age_limit = "job_age_limit_days": Duration, days(1, 36_500), limits::JOB_AGE;

    /// Jobs that one ordinary user of a machine-wide service may have. Root and the user of a service of
    /// their own have no limit.
    max_jobs_per_user = "max_jobs_per_user": usize, Count { min: 1, max: COUNT_MAX }, limits::JOBS_PER_USER;

    /// Jobs that all ordinary users of a machine-wide service may have together.
    max_jobs_per_machine = "max_jobs_per_machine": usize,
        Count { min: 1, max: COUNT_MAX }, limits::JOBS_PER_MACHINE;

    /// Files that one job of an ordinary user of a machine-wide service may have.
    max_files_per_job = "max_files_per_job": usize, Count { min: 1, max: COUNT_MAX }, limits::FILES_PER_JOB;

    /// Ranges that one file of an ordinary user of a machine-wide service may have.
    max_ranges_per_file = "max_ranges_per_file": usize,
        Count { min: 1, max: COUNT_MAX }, limits::RANGES_PER_FILE;

    /// Let ordinary users of a machine-wide service fetch from servers on this machine and its link: loopback and
    /// link-local addresses. Such servers often trust whoever reaches them, and the service would reach them for
    /// everybody. Root, and the user of a service of their own, may always.
    allow_local_servers = "allow_local_servers": bool, Switch, false;

    /// How much of a volume is left free: bytes, a percentage of the volume, or the larger of both. A job
    /// that would go below it waits for space.
    free_space_floor = "free_space_floor": SpaceFloor, Floor, SpaceFloor { bytes: 1 << 30, percent: 5 };

    /// Let background jobs take only what nobody else on the line wants: they watch how long packets wait, and
    /// ask servers for less as soon as others come. Jobs of priority foreground take their share.
    yielding = "yielding": bool, Switch, true;

    /// The rate of all background jobs together, in KB/s of 1,024 bytes. 0 stops them.
    max_background_download_bandwidth = "max_background_download_bandwidth": Option<Rate>,
        Or { kind: KilobytesPerSecond, none: "unlimited" }, None;

    /// The rate of all foreground jobs together, in KB/s of 1,024 bytes. 0 stops them.
    max_foreground_download_bandwidth = "max_foreground_download_bandwidth": Option<Rate>,
        Or { kind: KilobytesPerSecond, none: "unlimited" }, None;

    /// The rate of all background jobs together, in percent of what the line carries. That is the largest
    /// rate that transfers have shown; until they have, in the first seconds, nothing is limited. What comes
    /// from the local network is neither limited nor measured. 0 stops background jobs altogether.
    percentage_max_background_bandwidth = "percentage_max_background_bandwidth": Option<Percent>,
        Or { kind: Share, none: "unlimited" }, None;

    /// The same for all foreground jobs together.
    percentage_max_foreground_bandwidth = "percentage_max_foreground_bandwidth": Option<Percent>,
        Or { kind: Share, none: "unlimited" }, None;

    /// Hours of the day in which background jobs have another percentage of what the line carries, by the
    /// clocks of the place. `to` is the hour at which they end, on the next day when it is not after `from`;
    /// `days` are those on which they begin, and every day if there are none. Outside of these hours
    /// `percentage_outside` holds. Of several limits the smallest binds. 0 stops background jobs.
    hours_to_limit_background_download_bandwidth = "hours_to_limit_background_download_bandwidth": Vec<LimitHours>,
        Hours, Vec::new();

    /// The same for foreground jobs.
    hours_to_limit_foreground_download_bandwidth = "hours_to_limit_foreground_download_bandwidth": Vec<LimitHours>,
        Hours, Vec::new();

    /// Servers of the network that keep what they fetched for others (Microsoft Connected Cache, or any
    /// caching proxy that is told by `cacheHostOrigin` whom to ask), in the order in which they are tried:
    /// host or address, with a port where it is not the usual one. Without a protocol a host is asked by that
    /// of the file; `http://` asks it over plain http for https files, too, of which it may then serve only those
    /// that are proved by a digest or piece hashes. Hosts named here are trusted: they see the whole URL of a file
    /// and may serve what nothing proves. An empty text counts as set, and keeps others from being found.
    /// Nothing that carries headers or credentials of a job is asked of a cache host. Whether a VPN carries the
    /// traffic is not known here: there is no setting that keeps from cache hosts on a VPN, as DO has one.
    cache_host = "cache_host": Option<Vec<CacheHost>>, Or { kind: CacheHosts, none: "unset" }, None;

    /// Who names the cache hosts: `setting`, nobody but `cache_host`; `dhcp`, the DHCP server where `cache_host`
    /// is not set; `dhcp-first`, the DHCP server, and `cache_host` where it says nothing; `dns-sd`, where
    /// `cache_host` is not set, whoever offers `_microsoft_mcc._tcp` on the link. It is asked for only while jobs
    /// run. Hosts that the network tells of are not trusted: they serve only what a trusted list of piece hashes
    /// proves, and see no query of a URL. By default nothing is asked of the network, other than on Windows: what
    /// anybody can answer should be asked only where somebody decided so.
    cache_host_source = "cache_host_source": CacheHostSource, SourceWord, CacheHostSource::Setting;

    /// What the DHCP server says in option 235, a list as in `cache_host`. Whoever hears it, such as a hook of the
    /// DHCP client, writes it here or into the environment. A malformed text counts as none.
    dhcp_option_235 = "dhcp_option_235": Option<String>,
        Or { kind: ForeignText { max_chars: 4096 }, none: "unset" }, None;

    /// How many seconds a foreground job keeps to cache hosts, trying one after the other, before it turns to
    /// the origin; 0 turns to it after the first failure.
    cache_fallback_foreground = "delay_cache_server_fallback_foreground": Duration,
        seconds(0, CACHE_FALLBACK_MAX), Duration::ZERO;

    /// The same for background jobs.
    cache_fallback_background = "delay_cache_server_fallback_background": Duration,
        seconds(0, CACHE_FALLBACK_MAX), Duration::ZERO;

    /// How long one attempt to connect may take.
    connect_timeout = "connect_timeout_seconds": Duration, seconds(1, 600), limits::CONNECT_TIMEOUT;

    /// How long the program of a job's owner may take to say whether the certificate of a server is accepted, where
    /// the job wants it asked. Without an answer the job is in error then.
    owner_answer_time = "owner_answer_seconds": Duration, seconds(1, 3600), Duration::from_secs(60);

    /// A transfer that is slower than this many bytes a second for `low_speed_seconds` is a stall and is
    /// tried again. 0 never is.
    low_speed = "low_speed_bytes_per_second": u64, Bytes, limits::LOW_SPEED_BYTES_PER_SECOND;

    /// How long a transfer may be slower than `low_speed_bytes_per_second`.
    low_speed_time = "low_speed_seconds": Duration, seconds(1, SECONDS_MAX), limits::LOW_SPEED_TIME;

    /// What servers are told of the program that asks.
    user_agent = "user_agent": String,
        HeaderText { max_chars: 256 }, concat!("bgcopy/", env!("CARGO_PKG_VERSION")).to_owned();

    /// Which events are logged.
    log_level = "log_level": LogFilter, LogLevels, LogFilter::level(LevelFilter::INFO);
}

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::super::value::raw;
    use super::*;

    #[test]
    fn what_is_shown_can_be_written_into_a_file() {
        let mut config = Config::default();
        for shown in Config::default().shown() {
            let value = DeValue::parse(&shown.value).expect(&shown.value);
            assert_eq!(config.set(shown.name, raw(value.get_ref())), Ok(()), "{shown:?}");
        }
        assert_eq!(config, Config::default());
    }

    /// For each setting a value that is not the default, as a word, and as it is shown.
    const CHANGED: &[(&str, &str, &str)] = &[
        ("idle_exit_seconds", "never", "\"never\""),
        ("background_jobs", "1", "1"),
        ("files_at_once", "1", "1"),
        ("connections_per_host", "1", "1"),
        ("do_scheduling", "true", "true"),
        ("time_slice_seconds", "60", "60"),
        ("strict_do_contexts", "true", "true"),
        ("require_session", "true", "true"),
        ("job_age_limit_days", "90", "90"),
        ("max_jobs_per_user", "61", "61"),
        ("max_jobs_per_machine", "301", "301"),
        ("max_files_per_job", "201", "201"),
        ("max_ranges_per_file", "501", "501"),
        ("allow_local_servers", "true", "true"),
        ("free_space_floor", "2GiB", "\"2 GiB\""),
        ("yielding", "false", "false"),
        ("max_background_download_bandwidth", "0", "0"),
        ("max_foreground_download_bandwidth", "1000", "1000"),
        ("percentage_max_background_bandwidth", "45", "45"),
        ("percentage_max_foreground_bandwidth", "0", "0"),
        (
            "hours_to_limit_background_download_bandwidth",
            "{from=8,to=17,percentage=10}",
            "{ from = 8, to = 17, percentage = 10 }",
        ),
        (
            "hours_to_limit_foreground_download_bandwidth",
            "[{from=8,to=17,percentage=10}]",
            "{ from = 8, to = 17, percentage = 10 }",
        ),
        ("cache_host", "", "\"\""),
        ("cache_host_source", "dns-sd", "\"dns-sd\""),
        ("dhcp_option_235", "10.0.0.7", "\"10.0.0.7\""),
        ("delay_cache_server_fallback_foreground", "30", "30"),
        ("delay_cache_server_fallback_background", "60", "60"),
        ("connect_timeout_seconds", "3", "3"),
        ("owner_answer_seconds", "5", "5"),
        ("low_speed_bytes_per_second", "0", "0"),
        ("low_speed_seconds", "5", "5"),
        ("user_agent", "tester/1", "\"tester/1\""),
        ("log_level", "debug", "\"debug\""),
    ];

    #[test]
    fn every_setting_can_be_changed_alone() {
        assert_eq!(CHANGED.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), NAMES);
        for (name, word, shown) in CHANGED {
            let mut config = Config::default();
            assert_eq!(config.set(name, Raw::Word(word)), Ok(()), "{name}");
            for (now, default) in config.shown().iter().zip(Config::default().shown()) {
                if now.name == *name {
                    assert_eq!(now.value, *shown);
                    assert_ne!(now.value, default.value, "{name}");
                } else {
                    assert_eq!(now.value, default.value, "{name} changed {}", now.name);
                }
            }
        }
    }

    #[test]
    fn no_setting_takes_every_type() {
        // Of an empty list of hosts, and of what somebody else wrote.
        const MAY_BE_EMPTY: [&str; 2] = ["cache_host", "dhcp_option_235"];
        for name in NAMES {
            let mut config = Config::default();
            let texts = [Raw::String("\n"), Raw::Word("")];
            let texts = texts.into_iter().filter(|_| !MAY_BE_EMPTY.contains(name));
            for raw in [Raw::Other("an array"), Raw::Integer(-1)].into_iter().chain(texts) {
                assert!(matches!(config.set(name, raw), Err(Refused::Wrong(_))), "{name} took {raw:?}");
            }
            assert_eq!(config, Config::default());
        }
        assert_eq!(Config::default().set("no_such_setting", Raw::Integer(1)), Err(Refused::Unknown));
    }

    #[test]
    fn defaults_are_those_of_the_design() {
        let shown: Vec<String> = Config::default()
            .shown()
            .iter()
            .map(|shown| format!("{} = {}", shown.name, shown.value))
            .collect();
        insta::assert_snapshot!(shown.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}
