//! `bgcopy set`: every setter of a job and its files under a key, in one table from which the help is made
//! too.

use bgcopy_api::core::flags::{CostFlags, SecurityFlags};
use bgcopy_api::core::{JobId, LocalName, RemoteName};
use bgcopy_api::env_proxy::{EnvProxy, ProxyUser};
use bgcopy_api::settings::{CommandLine, Proxy};
use bgcopy_api::{AuthTarget, Existing, FileRange, Job, Patch, Priority, ProxyUsage, SetFile, SetJob};

use crate::args::values::{ProxyArg, RangeArg};
use crate::failure::Failure;
use crate::units::{parse_bytes, parse_rate, parse_span};

/// What the keys of one command line ask for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    /// Of the job.
    pub(crate) job: SetJob,
    /// Of the file that `--file` names.
    pub(crate) file: SetFile,
    /// The custom headers are never shown again.
    pub(crate) headers_write_only: bool,
    /// User and password that came with a proxy URL.
    pub(crate) proxy_user: Option<ProxyUser>,
}

impl Changes {
    /// Whether the job itself is to be changed.
    pub(crate) fn of_job(&self) -> bool {
        self.job != SetJob::default()
    }

    /// Whether a file is to be changed.
    pub(crate) fn of_file(&self) -> bool {
        self.file != SetFile::default()
    }
}

/// What keys may look at: values that are part of a larger one keep the rest of it as it is.
pub(crate) struct Present<'a> {
    /// The job as it is.
    pub(crate) job: &'a Job,
    /// What the environment says of proxies.
    pub(crate) environment: &'a dyn Fn() -> Result<EnvProxy, Failure>,
}

/// A key: its name, what its value looks like, what it does.
struct Key {
    name: &'static str,
    value: &'static str,
    doc: &'static str,
    apply: fn(&str, &mut Changes, &Present<'_>) -> Result<(), String>,
}

macro_rules! key {
    ($name:literal, $value:literal, $doc:literal, $apply:expr) => {
        Key { name: $name, value: $value, doc: $doc, apply: $apply }
    };
}

/// Every key, in the order of the help.
const KEYS: &[Key] = &[
    key!("display-name", "TEXT", "the name of the job", |v, c, _| put(&mut c.job.display_name, v.to_owned())),
    key!("description", "TEXT", "a longer text", |v, c, _| put(&mut c.job.description, v.to_owned())),
    key!("priority", "LEVEL", "foreground, high, normal or low", |v, c, _| {
        put(&mut c.job.priority, word::<Priority>(v)?)
    }),
    key!("limit-rate", "RATE", "bytes per second, like 1M; empty for no limit", |v, c, _| {
        c.job.settings.max_bytes_per_second = or_clear(v, parse_rate)?;
        Ok(())
    }),
    key!(
        "no-progress-timeout",
        "SPAN",
        "give up when nothing came for so long, like 600, 10m or 1d",
        |v, c, _| { put(&mut c.job.settings.no_progress_timeout_seconds, seconds(v)?) }
    ),
    key!("max-download-time", "SPAN", "give up after so long in transfer; 0 for no limit", |v, c, _| {
        put(&mut c.job.settings.maximum_download_time_seconds, seconds(v)?)
    }),
    key!("min-retry-delay", "SPAN", "wait at least so long before trying again; 5 s or more", |v, c, _| {
        put(&mut c.job.settings.minimum_retry_delay_seconds, seconds(v)?)
    }),
    key!("max-download-size", "BYTES", "cap on all files together; before the first resume", |v, c, _| {
        put(&mut c.job.settings.max_download_size, parse_bytes(v)?)
    }),
    key!(
        "existing",
        "CHOICE",
        "what to do with a destination that exists: replace, refuse or keep-both",
        |v, c, _| { put(&mut c.job.settings.existing, word::<Existing>(v)?) }
    ),
    key!("auto-complete", "yes|no", "complete by itself once all files are here", |v, c, _| {
        put(&mut c.job.settings.auto_complete, yes_or_no(v)?)
    }),
    key!("proxy", "URL", "use this proxy; none: straight; environment: what this command's says", set_proxy),
    key!("proxy-bypass", "HOSTS", "hosts reached without the proxy, space separated", |v, c, present| {
        let proxy = c.job.settings.proxy.get_or_insert_with(|| present.job.settings.proxy.clone());
        proxy.bypass = Some(v.to_owned()).filter(|hosts| !hosts.is_empty());
        Ok(())
    }),
    key!(
        "cost",
        "POLICY",
        "always, not-roaming, no-surcharge, standard, unrestricted, or flags as a number",
        |v, c, _| { put(&mut c.job.settings.cost_flags, cost(v)?) }
    ),
    key!("cellular", "yes|no", "whether it may go over cellular links", |v, c, _| {
        put(&mut c.job.settings.no_cellular, !yes_or_no(v)?)
    }),
    key!("redirect", "POLICY", "allow-silent, allow-report or disallow", |v, c, present| {
        let policy = match v {
            "allow-silent" => SecurityFlags::empty(),
            "allow-report" => SecurityFlags::REDIRECT_ALLOW_REPORT,
            "disallow" => SecurityFlags::REDIRECT_DISALLOW,
            _ => return Err(none_of(v, &REDIRECT_WORDS.join(", "))),
        };
        let mask = SecurityFlags::REDIRECT_ALLOW_REPORT | SecurityFlags::REDIRECT_DISALLOW;
        change_security(c, present, mask, policy);
        Ok(())
    }),
    key!("https-to-http", "yes|no", "follow redirects from https to http", |v, c, present| {
        security_flag(v, c, present, SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP)
    }),
    key!(
        "certificate-callback",
        "yes|no",
        "have the owner asked about each server's certificate; while the job rests",
        |v, c, _| { put(&mut c.job.settings.server_certificate_callback, yes_or_no(v)?) }
    ),
    key!(
        "check-revocation",
        "yes|no",
        "check whether the server's certificate was revoked",
        |v, c, present| { security_flag(v, c, present, SecurityFlags::ENABLE_CRL_CHECK) }
    ),
    key!(
        "tls-ignore",
        "LIST",
        "faults of certificates to overlook: name, date, authority, usage; empty for none",
        set_tls_ignore
    ),
    key!("security-flags", "NUMBER", "all flags of SetSecurityFlags at once", |v, c, _| {
        put(&mut c.job.settings.security_flags, number(v)?)
    }),
    key!("http-method", "METHOD", "instead of GET; before the first resume", |v, c, _| {
        put(&mut c.job.settings.http_method, v.to_owned())
    }),
    key!("headers-write-only", "yes", "never show the headers of --header again", |v, c, _| {
        c.headers_write_only = yes_or_no(v)?;
        if c.headers_write_only {
            Ok(())
        } else {
            Err("it cannot be undone; only yes is possible".to_owned())
        }
    }),
    key!(
        "allow-unverified",
        "yes|no",
        "accept a body whose end only the closing connection tells",
        |v, c, _| { put(&mut c.job.settings.allow_unverified, yes_or_no(v)?) }
    ),
    key!("require-size", "yes|no", "refuse a file whose size is not told", |v, c, _| {
        put(&mut c.job.settings.require_size, yes_or_no(v)?)
    }),
    key!("forbid-restart", "yes|no", "fail rather than fetch a file from its start again", |v, c, _| {
        put(&mut c.job.settings.forbid_restart, yes_or_no(v)?)
    }),
    key!(
        "dynamic-content",
        "yes|no",
        "accept content without size and ranges; before the first resume",
        |v, c, _| { put(&mut c.job.settings.dynamic_content, yes_or_no(v)?) }
    ),
    key!("high-performance", "yes|no", "speed before safety; before the first file", |v, c, _| {
        put(&mut c.job.settings.high_performance, yes_or_no(v)?)
    }),
    key!("on-demand", "yes|no", "fetch only what the client asks for", |v, c, _| {
        put(&mut c.job.settings.on_demand, yes_or_no(v)?)
    }),
    key!(
        "notify-flags",
        "NUMBER",
        "1 transferred, 2 error, 4 disable, 8 modification, 16 file, 32 ranges; added up",
        |v, c, _| { put(&mut c.job.settings.notify_flags, number(v)?) }
    ),
    key!(
        "notify-cmd-line",
        "COMMAND",
        "run this program when the job is transferred or in error; empty for none",
        |v, c, _| {
            c.job.settings.notify_cmd_line = command_line(v)?;
            Ok(())
        }
    ),
    key!("notification-clsid", "GUID", "the class to create for notifications; empty for none", |v, c, _| {
        let guid = |text: &str| {
            let id: Result<JobId, _> = text.trim_matches(['{', '}']).parse();
            id.map(JobId::uuid).map_err(|_| format!("{text:?} is not a GUID"))
        };
        c.job.settings.notification_clsid = or_clear(v, guid)?;
        Ok(())
    }),
    key!("min-notification-interval", "MILLISECONDS", "spacing of modification notifications", |v, c, _| {
        put(&mut c.job.settings.minimum_notification_interval_ms, number(v)?)
    }),
    key!(
        "use-stored-credentials",
        "proxy",
        "show the owner's stored credentials to the proxy; empty for not",
        |v, c, _| {
            c.job.settings.use_stored_credentials = or_clear(v, word::<AuthTarget>)?;
            Ok(())
        }
    ),
    key!("peer-caching-flags", "NUMBER", "flags of SetPeerCachingFlags", |v, c, _| {
        put(&mut c.job.settings.peer_caching_flags, number(v)?)
    }),
    key!("acl-flags", "NUMBER", "flags of SetFileACLFlags", |v, c, _| put(
        &mut c.job.settings.acl_flags,
        number(v)?
    )),
    key!(
        "reply-name",
        "PATH",
        "where the answer to an upload goes, until it comes; empty for a name beside what is sent",
        |v, c, _| {
            (c.job.reply_name, c.job.reply_name_bytes) = (or_clear(v, plain_path)?, None);
            Ok(())
        }
    ),
    key!(
        "remote-name",
        "URL",
        "with --file: fetch the file from here, from the next resume on",
        |v, c, _| {
            RemoteName::parse(v).map_err(|error| error.to_string())?;
            put(&mut c.file.remote_name, v.to_owned())
        }
    ),
    key!(
        "request-ranges",
        "RANGES",
        "with --file: bring these bytes first, or at all where the job is on-demand: OFFSET:LENGTH,OFFSET:",
        |v, c, _| {
            let range = |text: &str| {
                let RangeArg { offset, length } = text.parse()?;
                Ok(FileRange { offset, length })
            };
            c.file.request_ranges = v.split(',').map(range).collect::<Result<_, String>>()?;
            Ok(())
        }
    ),
    key!(
        "download-position",
        "BYTES",
        "with --file: of the requested ranges bring first what lies behind this byte",
        |v, c, _| put(&mut c.file.download_position, parse_bytes(v)?)
    ),
    key!(
        "validation",
        "ok|bad",
        "with --file: what you found the content to be; bad throws it away",
        |v, c, _| {
            put(
                &mut c.file.validation_state,
                match v {
                    "ok" => true,
                    "bad" => false,
                    _ => return Err(none_of(v, "ok, bad")),
                },
            )
        }
    ),
    key!("expected-size", "BYTES", "with --file: its size; until it begins, empty for any", |v, c, _| {
        c.file.expected_size = or_clear(v, parse_bytes)?;
        Ok(())
    }),
    key!("local-name", "PATH", "with --file: where it goes, until it begins", |v, c, _| {
        put(&mut c.file.local_name, plain_path(v)?)
    }),
    key!(
        "manifest-required",
        "yes|no",
        "with --file: whether it must not come without a manifest, until it begins",
        |v, c, _| put(&mut c.file.manifest_required, yes_or_no(v)?)
    ),
    key!(
        "add-range",
        "OFFSET:LENGTH",
        "with --file: one more part of a file of which parts are fetched; resume brings it",
        |v, c, _| {
            let RangeArg { offset, length } = v.parse()?;
            c.file.add_ranges.push(FileRange { offset, length });
            Ok(())
        }
    ),
];

/// Refuses what is no assignment, or of no key: for that nobody has to be asked.
pub(crate) fn check_keys(assignments: &[String]) -> Result<(), Failure> {
    assignments.iter().try_for_each(|assignment| key_and_value(assignment).map(drop))
}

/// Reads the assignments; each is refused with its text and what would be right.
pub(crate) fn read(assignments: &[String], present: &Present<'_>) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    for assignment in assignments {
        let (key, value) = key_and_value(assignment)?;
        (key.apply)(value, &mut changes, present)
            .map_err(|reason| Failure::Usage(format!("{}: {reason}", key.name)))?;
    }
    Ok(changes)
}

fn key_and_value(assignment: &str) -> Result<(&'static Key, &str), Failure> {
    let (name, value) = assignment
        .split_once('=')
        .ok_or_else(|| Failure::Usage(format!("{assignment:?} has no =; write it like priority=low")))?;
    let key = KEYS.iter().find(|key| key.name == name).ok_or_else(|| unknown_key(name))?;
    Ok((key, value))
}

fn unknown_key(name: &str) -> Failure {
    // Likeness by what is shared at either end: typing errors are mostly in the middle.
    let likeness = |key: &&Key| {
        let shared = |a: &mut dyn Iterator<Item = char>, b: &mut dyn Iterator<Item = char>| {
            a.zip(b).take_while(|(a, b)| a == b).count()
        };
        shared(&mut key.name.chars(), &mut name.chars())
            .max(shared(&mut key.name.chars().rev(), &mut name.chars().rev()))
    };
    let near = KEYS.iter().max_by_key(likeness).filter(|key| likeness(key) >= 3);
    let near = near.map(|key| format!(" (perhaps {}?)", key.name)).unwrap_or_default();
    Failure::Usage(format!("there is no key {name:?}{near}; 'bgcopy set --help' lists the keys"))
}

/// Name and meaning of every key.
pub(crate) fn keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.iter().map(|key| (key.name, key.doc))
}

/// The words that a key takes, where they can be counted.
pub(crate) fn values(name: &str) -> Vec<String> {
    fn all<T: std::fmt::Display>(all: &[T]) -> Vec<String> {
        all.iter().map(T::to_string).collect()
    }
    let Some(key) = KEYS.iter().find(|key| key.name == name) else { return Vec::new() };
    match (key.name, key.value) {
        ("priority", _) => all(Priority::ALL),
        ("existing", _) => all(Existing::ALL),
        ("cost", _) => all(COST_WORDS),
        ("redirect", _) => all(REDIRECT_WORDS),
        ("tls-ignore", _) => all(TLS_WORDS),
        ("proxy", _) => all(&["none", "environment"]),
        (_, "yes|no" | "ok|bad" | "yes" | "proxy") => all(&key.value.split('|').collect::<Vec<_>>()),
        _ => Vec::new(),
    }
}

const COST_WORDS: &[&str] = &["always", "not-roaming", "no-surcharge", "standard", "unrestricted"];
const REDIRECT_WORDS: &[&str] = &["allow-silent", "allow-report", "disallow"];
const TLS_WORDS: &[&str] = &["name", "date", "authority", "usage"];

/// The table for `--help` and the manual.
pub(crate) fn keys_help() -> String {
    KEYS.iter().fold("Keys:\n".to_owned(), |help, key| {
        format!("{help}  {}={}\n          {}\n", key.name, key.value, key.doc)
    })
}

fn put<T>(field: &mut Option<T>, value: T) -> Result<(), String> {
    *field = Some(value);
    Ok(())
}

fn plain_path(text: &str) -> Result<String, String> {
    LocalName::new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn or_clear<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Patch<T>, String> {
    if text.is_empty() { Ok(Patch::Clear) } else { parse(text).map(Patch::Set) }
}

fn word<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn none_of(text: &str, known: &str) -> String {
    format!("{text:?} is none of: {known}")
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(none_of(text, "yes, no")),
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    parse_span(text).map(|span| span.as_secs())
}

fn number(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("{text:?} is not a number of 32 bits, like 3 or 0x80000067"))
}

fn cost(text: &str) -> Result<u32, String> {
    let flags = match text {
        "always" => CostFlags::ALWAYS,
        "not-roaming" => CostFlags::NOT_ROAMING,
        "no-surcharge" => CostFlags::NO_SURCHARGE,
        "standard" => CostFlags::STANDARD,
        "unrestricted" => CostFlags::POLICY_UNRESTRICTED,
        _ => {
            return number(text).map_err(|_| none_of(text, &format!("{}, a number", COST_WORDS.join(", "))));
        }
    };
    Ok(flags.bits())
}

fn change_security(changes: &mut Changes, present: &Present<'_>, mask: SecurityFlags, flags: SecurityFlags) {
    let word = changes.job.settings.security_flags.get_or_insert(present.job.settings.security_flags);
    *word = (*word & !mask.bits()) | flags.bits();
}

fn security_flag(
    text: &str,
    changes: &mut Changes,
    present: &Present<'_>,
    flag: SecurityFlags,
) -> Result<(), String> {
    let flags = if yes_or_no(text)? { flag } else { SecurityFlags::empty() };
    change_security(changes, present, flag, flags);
    Ok(())
}

fn set_tls_ignore(text: &str, changes: &mut Changes, present: &Present<'_>) -> Result<(), String> {
    let mut flags = SecurityFlags::empty();
    for fault in text.split(',').map(str::trim).filter(|fault| !fault.is_empty()) {
        flags |= match fault {
            "name" => SecurityFlags::IGNORE_CERT_CN_INVALID,
            "date" => SecurityFlags::IGNORE_CERT_DATE_INVALID,
            "authority" => SecurityFlags::IGNORE_UNKNOWN_CA,
            "usage" => SecurityFlags::IGNORE_CERT_WRONG_USAGE,
            _ => return Err(none_of(fault, &TLS_WORDS.join(", "))),
        };
    }
    let mask = SecurityFlags::IGNORE_CERT_CN_INVALID
        | SecurityFlags::IGNORE_CERT_DATE_INVALID
        | SecurityFlags::IGNORE_UNKNOWN_CA
        | SecurityFlags::IGNORE_CERT_WRONG_USAGE;
    change_security(changes, present, mask, flags);
    Ok(())
}

fn set_proxy(text: &str, changes: &mut Changes, present: &Present<'_>) -> Result<(), String> {
    let bypass = || present.job.settings.proxy.bypass.clone();
    let proxy = match text.parse()? {
        ProxyArg::None => Proxy { usage: ProxyUsage::NoProxy, list: None, bypass: None },
        ProxyArg::Environment => {
            let environment = (present.environment)().map_err(|failure| failure.to_string())?;
            changes.proxy_user = environment.credentials;
            Proxy { usage: ProxyUsage::Preconfig, list: environment.list, bypass: environment.bypass }
        }
        ProxyArg::Url(proxy) => {
            changes.proxy_user = proxy.user;
            Proxy { usage: ProxyUsage::Override, list: Some(proxy.server), bypass: bypass() }
        }
    };
    put(&mut changes.job.settings.proxy, proxy)
}

/// Reads a program and its parameters. The parameters begin with the program, as `SetNotifyCmdLine` wants it
/// (spec 7.3).
fn command_line(text: &str) -> Result<Patch<CommandLine>, String> {
    let Some(program) = text.split_whitespace().next() else { return Ok(Patch::Clear) };
    if !program.starts_with('/') {
        return Err(format!("{program:?} is not a full path; write it like /usr/bin/notify-send done"));
    }
    Ok(Patch::Set(CommandLine { program: program.to_owned(), parameters: text.trim().to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn changes(assignments: &[&str]) -> Result<Changes, Failure> {
        let job = fixture::job();
        let environment = || {
            EnvProxy::from_environment(|name| (name == "https_proxy").then(|| "http://ada:pw@p:1".to_owned()))
                .map_err(Failure::Usage)
        };
        let assignments: Vec<String> = assignments.iter().map(|text| (*text).to_owned()).collect();
        read(&assignments, &Present { job: &job, environment: &environment })
    }

    #[test]
    fn every_key_takes_a_good_value_and_changes_something() {
        let good = |value: &str| match value {
            "LEVEL" => "low",
            "RATE" | "BYTES" => "1M",
            "SPAN" => "10m",
            "CHOICE" => "keep-both",
            "yes|no" | "yes" => "yes",
            "URL" => "http://host:8080",
            "POLICY" => "0",
            "LIST" => "name,date",
            "NUMBER" | "MILLISECONDS" => "16",
            "COMMAND" => "/bin/true done",
            "GUID" => "{659cdea7-489e-11d9-a9cd-000d56965251}",
            "proxy" => "proxy",
            "ok|bad" => "bad",
            "PATH" => "/srv/answer",
            "RANGES" => "5:10,20:",
            "OFFSET:LENGTH" => "5:10",
            _ => "text",
        };
        for key in KEYS {
            let value = if key.name == "redirect" { "disallow" } else { good(key.value) };
            let changed = changes(&[&format!("{}={value}", key.name)]).unwrap();
            assert_ne!(changed, Changes::default(), "{}", key.name);
        }
    }

    #[test]
    fn every_value_that_is_offered_is_taken() {
        for key in KEYS {
            for value in values(key.name) {
                assert!(changes(&[&format!("{}={value}", key.name)]).is_ok(), "{}={value}", key.name);
            }
        }
        assert_eq!(values("auto-complete"), ["yes", "no"]);
        assert_eq!(values("display-name"), [""; 0]);
    }

    #[test]
    fn a_place_is_a_whole_path_and_a_check_is_wanted_or_not() {
        let file = changes(&["local-name=/srv/f", "manifest-required=yes"]).unwrap().file;
        assert_eq!((file.local_name.as_deref(), file.manifest_required), (Some("/srv/f"), Some(true)));
        assert!(changes(&["local-name=f"]).is_err() && changes(&["manifest-required=perhaps"]).is_err());
    }

    #[test]
    fn flags_of_one_word_leave_the_others_as_they_are() {
        let flags = |assignments: &[&str]| changes(assignments).unwrap().job.settings.security_flags;
        assert_eq!(flags(&["redirect=disallow", "https-to-http=yes"]), Some(0xA00));
        assert_eq!(flags(&["security-flags=0xB1F", "redirect=allow-report", "tls-ignore="]), Some(0x901));
        assert_eq!(flags(&["tls-ignore=name, authority", "check-revocation=yes"]), Some(0x0B));
    }

    #[test]
    fn proxies_are_taken_apart() {
        let changed = changes(&["proxy=socks5://ada:s3cret@h:1", "proxy-bypass=a b"]).unwrap();
        let proxy = changed.job.settings.proxy.clone().unwrap();
        assert_eq!((proxy.usage, proxy.list.as_deref()), (ProxyUsage::Override, Some("socks5://h:1")));
        assert_eq!(proxy.bypass.as_deref(), Some("a b"));
        assert_eq!(changed.proxy_user.unwrap().user, "ada");
        let changed = changes(&["proxy=environment"]).unwrap();
        assert_eq!(changed.job.settings.proxy.unwrap().list.as_deref(), Some("https=http://p:1"));
    }

    #[test]
    fn refusals_name_the_key_the_value_and_what_would_be_right() {
        let mut refusals = String::new();
        for bad in [
            "priority",
            "priority=urgent",
            "prority=low",
            "wibble=1",
            "limit-rate=fast",
            "limit-rate=0",
            "cost=cheap",
            "redirect=maybe",
            "auto-complete=perhaps",
            "tls-ignore=everything",
            "headers-write-only=no",
            "notify-cmd-line=notify-send done",
            "notification-clsid=1234",
            "remote-name=ftp://h/x",
            "validation=perhaps",
            "proxy=ftp://p",
            "max-download-size=-1",
            "notify-flags=0x1FFFFFFFF",
        ] {
            let refused = changes(&[bad]).unwrap_err();
            assert_eq!(refused.exit(), crate::exit::Exit::Usage);
            refusals.push_str(&format!("{bad}\n    {refused}\n"));
        }
        insta::assert_snapshot!(refusals);
    }

    #[test]
    fn an_empty_value_sets_back() {
        let settings = changes(&["limit-rate=", "notify-cmd-line="]).unwrap().job.settings;
        assert_eq!((settings.max_bytes_per_second, settings.notify_cmd_line), (Patch::Clear, Patch::Clear));
    }
}
