//! `bgcopy error`: the error object as a person reads it (spec 6; design.md "Error record"). The service
//! says what happened and what can help, in the person's language; here it gets its order, its times and its
//! commands.

use bgcopy_api::core::Language;
use bgcopy_api::error::Waiting;
use bgcopy_api::{ErrorInfo, Job};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::remedies::{commands, short};
use crate::text::{Charset, printable};
use crate::units;

/// What an explanation is made for.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// The language of our own sentences.
    pub(crate) language: Language,
    /// The characters that can be shown.
    pub(crate) charset: Charset,
    /// The zone of the times shown.
    pub(crate) zone: TimeZone,
    /// The time now, for "in 8 s".
    pub(crate) now: Timestamp,
}

/// Our own words, in one language.
struct Words {
    context: &'static str,
    file: &'static str,
    saved_as: &'static str,
    source: &'static str,
    bytes: &'static str,
    detail: &'static str,
    code: &'static str,
    since: &'static str,
    cause: &'static str,
    helps: &'static str,
}

const ENGLISH: Words = Words {
    context: "Where",
    file: "File",
    saved_as: "Saved as",
    source: "Source",
    bytes: "Bytes",
    detail: "Detail",
    code: "Code",
    since: "Since",
    cause: "Cause",
    helps: "What can help:",
};

const FRENCH: Words = Words {
    context: "Où",
    file: "Fichier",
    saved_as: "Vers",
    source: "Source",
    bytes: "Octets",
    detail: "Détail",
    code: "Code",
    since: "Depuis",
    cause: "Cause",
    helps: "Ce qui peut aider :",
};

/// The explanation, in printable lines.
pub(crate) fn explain(job: &Job, title: &str, error: &ErrorInfo, reader: &Reader) -> String {
    let words = match reader.language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    let mut lines =
        vec![format!("{title} ({}): {}", short(job.id), error.happened), means(error, reader), String::new()];
    for (label, value) in facts(error, words, reader) {
        let pad = " ".repeat(10usize.saturating_sub(label.chars().count()));
        lines.push(format!("  {label}{pad}{value}"));
    }
    if !error.remedies.is_empty() {
        lines.extend([String::new(), words.helps.to_owned()]);
    }
    for (number, remedy) in (1..).zip(&error.remedies) {
        lines.push(format!("  {number}. {}", remedy.text));
        lines.extend(commands(remedy, job, error).into_iter().map(|command| format!("       {command}")));
    }
    // File names and details are other people's: each stays on its line.
    lines.iter().fold(String::new(), |text, line| text + &printable(line, reader.charset) + "\n")
}

/// What it means for the transfer, with the time of the next try where there is one.
pub(crate) fn means(error: &ErrorInfo, reader: &Reader) -> String {
    let Some(at) = error.retry_at.filter(|_| error.waiting_for == Waiting::Retry) else {
        return error.means.clone();
    };
    let (time, left) = (local(at, reader), units::span(until(at, reader.now)));
    let when = match reader.language {
        Language::English => format!("Next try at {time}, in {left}."),
        Language::French => format!("Prochain essai le {time}, dans {left}."),
    };
    format!("{} {when}", error.means)
}

fn facts(error: &ErrorInfo, words: &Words, reader: &Reader) -> Vec<(&'static str, String)> {
    let mut facts = vec![(words.context, error.context_text.clone())];
    if let Some(file) = &error.file {
        facts.push((words.file, format!("{} {}", file.index, file.remote_name)));
        facts.push((words.saved_as, file.local_name.clone()));
    }
    facts.extend(error.source.clone().map(|source| (words.source, source)));
    facts.extend(error.range.map(|range| {
        let end = range.end.map(|end| end.to_string()).unwrap_or_default();
        (words.bytes, format!("{}..{end}", range.start))
    }));
    if !error.detail.is_empty() {
        facts.push((words.detail, error.detail.clone()));
    }
    facts.push((words.code, code_line(error)));
    facts.push((words.since, since_line(error, reader)));
    if let Some(cause) = &error.cause {
        facts.push((words.cause, format!("{} ({}, {})", cause.text, cause.code, since_line(cause, reader))));
        // Which host, which proxy, which number of the system: what the error itself no longer says.
        if !cause.detail.is_empty() {
            facts.push(("", cause.detail.clone()));
        }
    }
    facts
}

fn code_line(error: &ErrorInfo) -> String {
    let mut parts = vec![error.code.clone()];
    parts.extend(error.symbol.clone());
    parts.push(error.hresult.to_string());
    parts.extend(error.errno.map(|errno| {
        // The system's own text for its number; "(os error N)" is part of it.
        std::io::Error::from_raw_os_error(errno).to_string()
    }));
    parts.join(", ")
}

fn since_line(error: &ErrorInfo, reader: &Reader) -> String {
    let first = local(error.first_seen, reader);
    let last = local(error.last_seen, reader);
    match (reader.language, error.count) {
        (_, 0 | 1) => first,
        (Language::English, count) => format!("{first}, {count} times, last at {last}"),
        (Language::French, count) => format!("{first}, {count} fois, la dernière le {last}"),
    }
}

/// A moment on the reader's clock.
pub(crate) fn local(at: Timestamp, reader: &Reader) -> String {
    at.to_zoned(reader.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn until(at: Timestamp, now: Timestamp) -> std::time::Duration {
    std::time::Duration::try_from(at.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bgcopy_api::core::fault::Space;
    use bgcopy_api::core::settings::Digest;
    use bgcopy_api::core::{
        AuthScheme, AuthTarget, ByteRange, Code, Credentials, ErrorContext, Fault, Hresult, JobRecord,
        Mirror, Secret, SecurityFlags, WaitingFor,
    };
    use bgcopy_api::{ErrorClass, Existing};

    use super::*;
    use crate::fixture::{error_of, failed, not_found, reader, retry, seen};

    fn explained(record: &JobRecord, language: Language) -> String {
        let (job, files) = seen(record, language);
        let title = crate::progress::model::title(&job, &files);
        let text = explain(&job, &title, &error_of(record, language), &reader(language));
        assert!(!text.contains("s3cret"), "{text}");
        text
    }

    /// A failure with what its reporter knew: context, detail, source.
    fn fault(code: Code, context: ErrorContext, detail: &str) -> Fault {
        let mut fault = Fault::new(code, context, detail);
        if context != ErrorContext::LocalFile {
            fault.source = Some("https://example.org".to_owned());
        }
        fault
    }

    fn all(cases: Vec<(&str, JobRecord)>) -> String {
        let chapters = cases
            .into_iter()
            .map(|(name, record)| format!("=== {name}\n{}", explained(&record, Language::English)));
        chapters.collect::<Vec<_>>().join("\n")
    }

    fn stopped(code: Code, context: ErrorContext, detail: &str) -> JobRecord {
        failed(&fault(code, context, detail), ErrorClass::Fatal, WaitingFor::Client)
    }

    fn retries(code: Code, context: ErrorContext, detail: &str) -> JobRecord {
        failed(&fault(code, context, detail), ErrorClass::Transient, retry())
    }

    #[test]
    fn answers_of_servers() {
        use ErrorContext::RemoteFile;
        let status = |status, text: &str| {
            let detail = format!("example.org answered {status} {text}");
            (Code::Http(status), RemoteFile, detail)
        };
        let stop = |number, text| {
            let (code, context, detail) = status(number, text);
            stopped(code, context, &detail)
        };
        let again = |number, text| {
            let (code, context, detail) = status(number, text);
            retries(code, context, &detail)
        };
        let redirected = |why| stopped(Code::Redirect, RemoteFile, why);
        let mut forbidden = stop(302, "Found");
        forbidden.settings.security_flags = SecurityFlags::REDIRECT_DISALLOW;
        let mut whole_wanted = stopped(Code::SizeUnknown, RemoteFile, "neither length nor chunks");
        whole_wanted.settings.require_size = true;
        let unverified = stopped(Code::SizeUnknown, RemoteFile, "the body ends with the connection");
        let mut dynamic = unverified.clone();
        dynamic.settings.allow_unverified = true;
        let mut checksum = stopped(Code::ValidationFailed, RemoteFile, "the content has another sha-256");
        checksum.files[0].spec.digest = Some(Digest::Sha256([0xAB; 32]));
        let mut checksum_of_a_new_file = checksum.clone();
        checksum_of_a_new_file.settings.existing = Existing::Refuse;
        let mut ranged = stopped(Code::RangeUnsupported, RemoteFile, "the server sends only the whole");
        ranged.files[0].remote_size = Some(1 << 20);
        let text = all(vec![
            ("404", not_found()),
            ("403, an expired link", stop(403, "Forbidden")),
            ("401", stop(401, "Unauthorized")),
            ("416", stop(416, "Range Not Satisfiable")),
            ("429, retried", again(429, "Too Many Requests")),
            ("503, retried", again(503, "Service Unavailable")),
            (
                "redirect from https to http",
                redirected("it leads from https to http, and the job forbids it"),
            ),
            ("redirects without end", redirected("after 10 redirects there is still another")),
            ("redirect, forbidden", forbidden),
            ("range unsupported", ranged),
            ("size unknown, and required", whole_wanted),
            ("size unknown, and unverified", unverified),
            ("size unknown, whatever is allowed", dynamic),
            ("more than the cap", stopped(Code::MaxSize, RemoteFile, "4.0 GiB, 1.0 GiB allowed")),
            ("checksum mismatch", checksum),
            ("checksum mismatch, where nothing is replaced", checksum_of_a_new_file),
            (
                "remote file changed",
                stopped(Code::RemoteChanged, RemoteFile, "it changed 3 times in an hour"),
            ),
        ]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_way_to_the_server() {
        use ErrorContext::GeneralTransport as Way;
        let proxy_login = stopped(Code::Proxy(407), Way, "the proxy proxy:3128 answered 407 to CONNECT");
        let text = all(vec![
            ("name not resolved", retries(Code::Dns, Way, "example.org: Name or service not known")),
            ("refused", retries(Code::Connect, Way, "192.0.2.1:443: Connection refused")),
            ("reset", retries(Code::Reset, Way, "Connection reset by peer")),
            ("closed early", retries(Code::ClosedEarly, Way, "the body ended 1,000 bytes early")),
            ("timeout", retries(Code::Timeout, Way, "no byte for 30 s")),
            ("unknown issuer", stopped(Code::Tls, Way, "invalid peer certificate: UnknownIssuer")),
            ("expired", stopped(Code::Tls, Way, "invalid peer certificate: Expired")),
            ("wrong name", stopped(Code::Tls, Way, "invalid peer certificate: NotValidForName")),
            (
                "client certificate",
                stopped(Code::TlsClientCertificate, Way, "the server wants a certificate"),
            ),
            ("proxy wants a login", proxy_login),
            ("proxy failed", retries(Code::Proxy(502), Way, "the proxy proxy:3128 answered 502 to CONNECT")),
            ("proxy settings", stopped(Code::InvalidProxy, Way, "\"proxy:x\" is no proxy")),
            ("captive portal", retries(Code::CaptivePortal, Way, "the answer is a login page")),
            (
                "certificate refused by the owner's program",
                retries(
                    Code::Other(Hresult(0x800B_0109)),
                    ErrorContext::ServerCertificateCallback,
                    "the owner's program refuses the certificate of example.org:443 with 0x800B0109",
                ),
            ),
            (
                "nobody there to be asked about a certificate",
                stopped(
                    Code::CertificateCallbackMissing,
                    ErrorContext::ServerCertificateCallback,
                    "the owner's program does not answer",
                ),
            ),
        ]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_local_file() {
        use ErrorContext::LocalFile;
        let local = |code, errno, detail: &str| {
            let mut fault = fault(code, LocalFile, detail);
            fault.errno = Some(errno);
            failed(&fault, ErrorClass::Fatal, WaitingFor::Client)
        };
        let mut full = fault(Code::DiskFull, LocalFile, "/home/ada/big.iso");
        (full.errno, full.space) = (Some(28), Some(Space { needed: 5 << 30, free: 1 << 30 }));
        full.range = Some(ByteRange::new(1_700 << 20, 4 << 30));
        let mut floor = full.clone();
        floor.errno = None;
        floor.space = Some(Space { needed: 12 << 30, free: 11 << 30 });
        let [full, floor] = [full, floor].map(|fault| failed(&fault, ErrorClass::Policy, WaitingFor::Space));
        let text = all(vec![
            ("disk full", full),
            ("down to the floor", floor),
            ("access denied", local(Code::AccessDenied, 13, "/home/ada/big.iso")),
            ("read-only", local(Code::WriteProtected, 30, "/home/ada/big.iso")),
            ("folder gone", local(Code::PathNotFound, 2, "/home/ada")),
            ("name too long", local(Code::NameTooLong, 36, "/home/ada/big.iso")),
            ("device failed", local(Code::Io, 5, "/home/ada/big.iso")),
            ("destination exists", local(Code::DestinationExists, 17, "/home/ada/big.iso")),
            ("temporary file touched", stopped(Code::LocalFileChanged, LocalFile, "its size is 0")),
        ]);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn the_queue() {
        use ErrorContext::GeneralQueueManager as Queue;
        let waits = |code, waiting| failed(&Fault::new(code, Queue, ""), ErrorClass::Policy, waiting);
        let mut no_progress = failed(
            &Fault::new(Code::NoProgress, Queue, "nothing came for 600 s"),
            ErrorClass::Fatal,
            WaitingFor::Client,
        );
        let cause =
            retries(Code::Connect, ErrorContext::GeneralTransport, "192.0.2.1:443: Connection refused");
        if let Some(error) = &mut no_progress.error {
            error.cause = cause.error.map(Box::new);
        }
        let text = all(vec![
            ("no network", waits(Code::NoNetwork, WaitingFor::Network)),
            ("no progress", no_progress),
            ("cost", waits(Code::BlockedCost, WaitingFor::Policy)),
            ("store failed", stopped(Code::StoreFailed, Queue, "jobs.db: disk I/O error")),
        ]);
        insta::assert_snapshot!(text);
    }

    /// Every failure that has a name, and what servers, proxies and strangers bring.
    fn codes() -> impl Iterator<Item = Code> {
        let statuses = (300..600).step_by(7).flat_map(|status| [Code::Http(status), Code::Proxy(status)]);
        let others = [Code::Other(Hresult(0x8765_4321)), Code::Http(407), Code::Proxy(407)];
        Code::NAMED.iter().copied().chain(statuses).chain(others)
    }

    /// A job that holds a secret wherever a job can hold one.
    fn full_of_secrets(code: Code, context: ErrorContext) -> JobRecord {
        let (class, waiting) = match code.class() {
            ErrorClass::Fatal => (ErrorClass::Fatal, WaitingFor::Client),
            ErrorClass::Transient => (ErrorClass::Transient, retry()),
            ErrorClass::Policy => (ErrorClass::Policy, WaitingFor::Policy),
        };
        let mut job = failed(&fault(code, context, "example.org says no"), class, waiting);
        let secret = || Secret::new("s3cret");
        job.secrets.headers = vec![("Authorization".to_owned(), secret())];
        for target in [AuthTarget::Server, AuthTarget::Proxy] {
            let credentials = Credentials { user: "ada".to_owned(), password: secret() };
            job.secrets.credentials.push((target, AuthScheme::Basic, credentials));
        }
        job.settings.proxy.list = Some("http://ada:s3cret@proxy:3128".to_owned());
        let mirror = "https://mirror.example/big.iso?sig=s3cret".parse().expect("a URL");
        job.files[0].spec.supply.mirrors = vec![Mirror { url: mirror, priority: 1, offered: false }];
        job
    }

    #[test]
    fn every_failure_in_every_place_is_told_in_both_languages_and_shows_no_secret() {
        for code in codes() {
            for &context in ErrorContext::ALL {
                let record = full_of_secrets(code, context);
                let [english, french] = [Language::English, Language::French].map(|language| {
                    let error = error_of(&record, language);
                    let json = serde_json::to_string(&error).expect("an error is JSON");
                    assert!(!json.contains("s3cret"), "{json}");
                    for text in [&error.happened, &error.means, &error.context_text] {
                        assert!(text.ends_with('.'), "{code} {context}: {text:?}");
                    }
                    assert!(!error.remedies.is_empty(), "{code} {context}");
                    (explained(&record, language), error)
                });
                assert_ne!(english.1.happened, french.1.happened, "{code}");
                assert_ne!(english.1.means, french.1.means, "{code}");
                if context != ErrorContext::None {
                    assert_ne!(english.1.context_text, french.1.context_text, "{context}");
                }
                for (text, error) in [english, french] {
                    assert!(text.contains(&error.happened) && text.contains(&error.means), "{text}");
                    assert!(text.contains(&code.to_string()), "{text}");
                    assert!(error.remedies.iter().all(|remedy| text.contains(&remedy.text)), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_readers_language_is_spoken() {
        let busy = retries(Code::Http(503), ErrorContext::RemoteFile, "example.org answered 503");
        let texts = [not_found(), busy].map(|record| explained(&record, Language::French));
        let text = texts.join("\n");
        insta::assert_snapshot!(text);
    }
}
