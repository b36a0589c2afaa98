//! The error record: why a job is stuck and whether it can go on (spec 6; design.md "Error record").
//!
//! A record exists from the moment the job enters Error or TransientError until bytes move again (spec
//! 6.1). It is a property of the job, not of a failed call.

use serde::{Deserialize, Serialize};

use crate::code::{Code, ErrorClass};
use crate::context::ErrorContext;
use crate::fault::Fault;
use crate::id::FileIndex;
use crate::range::ByteRange;
use crate::time::Wall;

/// One shape in engine, store, API, CLI, COM and log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// What went wrong.
    pub code: Code,
    /// Where.
    pub context: ErrorContext,
    /// What it means for the transfer now: a transient failure becomes fatal when its time is up.
    pub class: ErrorClass,
    /// The file being processed when the failure struck.
    pub file: Option<FileIndex>,
    /// Who served, without secrets.
    pub source: Option<String>,
    /// The status inside the code, where it is one.
    pub http_status: Option<u16>,
    /// The system's error number.
    pub errno: Option<i32>,
    /// Which bytes were asked for or written.
    pub range: Option<ByteRange>,
    /// One plain sentence for the operator.
    pub detail: String,
    /// For `DiskFull`: bytes needed and bytes free when it struck.
    pub space_needed: Option<u64>,
    /// See `space_needed`.
    pub space_free: Option<u64>,
    /// When this failure struck first since bytes last moved.
    pub first_seen: Wall,
    /// When it struck last.
    pub last_seen: Wall,
    /// How often, since bytes last moved.
    pub count: u32,
    /// What has to happen before the transfer goes on.
    pub waiting_for: WaitingFor,
    /// What kept failing, when the code is that time ran out (design.md: at the no-progress timeout "the last
    /// transient record is its cause").
    pub cause: Option<Box<ErrorRecord>>,
}

/// What has to happen before the transfer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitingFor {
    /// The service tries again at this time.
    RetryAt(Wall),
    /// A network.
    Network,
    /// Space on the volume.
    Space,
    /// The condition that the policy code names: cost, power, VPN, memory, hours.
    Policy,
    /// The client: repair and Resume, Complete, or Cancel.
    Client,
}

impl ErrorRecord {
    /// The record of a failure. The same code at the same place as in `before` is the same failure seen
    /// again: its history goes on.
    pub fn of(
        fault: &Fault,
        file: Option<FileIndex>,
        class: ErrorClass,
        waiting_for: WaitingFor,
        now: Wall,
        before: Option<&Self>,
    ) -> Self {
        let again = before.filter(|before| before.code == fault.code && before.context == fault.context);
        Self {
            code: fault.code,
            context: fault.context,
            class,
            file: file.filter(|_| fault.context.has_file()),
            source: fault.source.clone(),
            http_status: fault.code.http_status(),
            errno: fault.errno,
            range: fault.range,
            detail: fault.detail.clone(),
            space_needed: fault.space.map(|space| space.needed),
            space_free: fault.space.map(|space| space.free),
            first_seen: again.map_or(now, |again| again.first_seen),
            last_seen: now,
            count: again.map_or(1, |again| again.count.saturating_add(1)),
            waiting_for,
            cause: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_failure_seen_again_keeps_its_history() {
        let fault = Fault::new(Code::Http(503), ErrorContext::RemoteFile, "busy");
        let record = |before, at| {
            let retry = WaitingFor::RetryAt(Wall::from_unix_millis(at + 1));
            let at = Wall::from_unix_millis(at);
            ErrorRecord::of(&fault, Some(FileIndex(0)), ErrorClass::Transient, retry, at, before)
        };
        let first = record(None, 10);
        let second = record(Some(&first), 20);
        assert_eq!(
            (second.first_seen, second.last_seen, second.count),
            (first.first_seen, Wall::from_unix_millis(20), 2)
        );
    }

    #[test]
    fn a_file_is_kept_only_where_the_context_has_one() {
        let file = Some(FileIndex(3));
        for &context in ErrorContext::ALL {
            let fault = Fault::new(Code::Timeout, context, "");
            let record =
                ErrorRecord::of(&fault, file, ErrorClass::Fatal, WaitingFor::Client, Wall::default(), None);
            assert_eq!(record.file.is_some(), context.has_file(), "{context}");
        }
    }
}
