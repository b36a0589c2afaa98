//! `bgcopy error`: the error object as a person reads it (spec 6; design.md "Error record"). The service
//! says what happened and what can help, in the person's language; here it gets its order, its times and its
//! commands.

use bgcopy_api::core::Language;
use bgcopy_api::error::Waiting;
use bgcopy_api::{ErrorInfo, Job};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::remedies::{commands, short};
use crate::units;

/// What an explanation is made for.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    /// The language of our own sentences.
    pub(crate) language: Language,
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

/// The explanation, ready to be made printable.
pub(crate) fn explain(job: &Job, title: &str, error: &ErrorInfo, reader: &Reader) -> String {
    let words = match reader.language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    };
    let mut text = format!("{title} ({}): {}\n{}\n\n", short(job.id), error.happened, means(error, reader));
    for (label, value) in facts(error, words, reader) {
        let pad = " ".repeat(10usize.saturating_sub(label.chars().count()));
        text.push_str(&format!("  {label}{pad}{value}\n"));
    }
    if !error.remedies.is_empty() {
        text.push_str(&format!("\n{}\n", words.helps));
        for (number, remedy) in (1..).zip(&error.remedies) {
            text.push_str(&format!("  {number}. {}\n", remedy.text));
            for command in commands(remedy, job, error) {
                text.push_str(&format!("       {command}\n"));
            }
        }
    }
    text
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
        (Language::French, count) => format!("{first}, {count} fois, la dernière à {last}"),
    }
}

/// A moment on the reader's clock.
pub(crate) fn local(at: Timestamp, reader: &Reader) -> String {
    at.to_zoned(reader.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn until(at: Timestamp, now: Timestamp) -> std::time::Duration {
    std::time::Duration::try_from(at.duration_since(now)).unwrap_or_default()
}
