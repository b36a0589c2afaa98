//! Jobs, errors and surroundings to test on, made as the service makes them: from the records of `core`.

use std::path::Path;

use bgcopy_api::core::job::Unconfirmed;
use bgcopy_api::core::{
    Code, ErrorContext, ErrorRecord, Family, Fault, FileIndex, FileRecord, FileSpec, JobId, JobRecord,
    JobSecrets, JobSettings, JobState, JobTimes, JobType, Language, LocalName, Owner, Priority, WaitingFor,
    Wall,
};
use bgcopy_api::error::Waiting;
use bgcopy_api::view::View as Seen;
use bgcopy_api::{Caller, ErrorClass, ErrorInfo, File, Job};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::explain::Reader;
use crate::progress::model::{Trouble, View};
use crate::request::Surroundings;
use crate::text::Charset;

/// 2026-01-02 03:04:05 UTC, in milliseconds: when the failures here struck first.
const THEN: i64 = 1_767_323_045_000;

/// A job of one file, of which 1,700 MiB of 4 GiB are here.
pub(crate) fn record() -> JobRecord {
    let mut file = FileRecord::new(FileSpec {
        remote_name: "https://example.org/pub/big.iso?sig=s3cret".parse().expect("a URL"),
        local_name: LocalName::new("/home/ada/big.iso").expect("a path"),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: None,
        supply: bgcopy_api::core::Supply::default(),
    });
    file.remote_size = Some(4 << 30);
    file.bytes_here = 1_700 << 20;
    JobRecord {
        id: job_id(),
        owner: Owner(1000),
        kind: JobType::Download,
        display_name: "big.iso".to_owned(),
        description: String::new(),
        priority: Priority::Foreground,
        settings: JobSettings { auto_complete: true, ..JobSettings::default() },
        secrets: JobSecrets::default(),
        state: JobState::Transferring,
        ending: None,
        resumed: true,
        error: None,
        error_count: 0,
        times: JobTimes::default(),
        last_activity: Wall::default(),
        stalled_since: None,
        running_millis: 0,
        idempotency_key: None,
        unconfirmed: Unconfirmed::default(),
        upload: None,
        files: vec![file],
    }
}

/// The id of every job here.
pub(crate) fn job_id() -> JobId {
    "3f2a1b4c-0000-4000-8000-000000000001".parse().expect("an id")
}

/// The owner of the jobs.
pub(crate) const fn caller(language: Language) -> Caller {
    Caller { uid: 1000, gid: 1000, pid: None, admin: false, family: Family::Do, language }
}

/// A job as the service shows it to its owner.
pub(crate) fn seen(record: &JobRecord, language: Language) -> (Job, Vec<File>) {
    let caller = caller(language);
    let seen = Seen::of(&caller);
    (Job::from_record(record, &seen), File::all_of(record, &seen))
}

/// The job of [`record`].
pub(crate) fn job() -> Job {
    seen(&record(), Language::English).0
}

/// The same job, failed like this: twice, a minute apart.
pub(crate) fn failed(fault: &Fault, class: ErrorClass, waiting: WaitingFor) -> JobRecord {
    let mut record = record();
    record.state = if class == ErrorClass::Fatal { JobState::Error } else { JobState::TransientError };
    let at = |seconds: i64, before| {
        let now = Wall::from_unix_millis(THEN + seconds * 1_000);
        ErrorRecord::of(fault, Some(FileIndex(0)), class, waiting, now, before)
    };
    record.error = Some(at(60, Some(&at(0, None))));
    record.error_count = 2;
    record
}

/// The job stopped by a 404.
pub(crate) fn not_found() -> JobRecord {
    let mut fault =
        Fault::new(Code::Http(404), ErrorContext::RemoteFile, "example.org answered 404 Not Found");
    fault.source = Some("https://example.org".to_owned());
    failed(&fault, ErrorClass::Fatal, WaitingFor::Client)
}

/// Its error.
pub(crate) fn error_of(record: &JobRecord, language: Language) -> ErrorInfo {
    seen(record, language).0.error.expect("the job failed")
}

/// Reads 72 seconds after the first failure, in UTC.
pub(crate) fn reader(language: Language) -> Reader {
    let now = Timestamp::from_millisecond(THEN + 72_000).expect("a time");
    Reader { language, charset: Charset::Utf8, zone: TimeZone::UTC, now }
}

/// When the failures here are tried again: 8 seconds after [`reader`] reads.
pub(crate) const fn retry() -> WaitingFor {
    WaitingFor::RetryAt(Wall::from_unix_millis(THEN + 80_000))
}

/// A job in the middle of its transfer.
pub(crate) fn view() -> View {
    View {
        id: job_id(),
        title: "big.iso".to_owned(),
        state: JobState::Transferring,
        bytes: 1_700 << 20,
        total: Some(4 << 30),
        files_here: 0,
        files_total: 1,
        rate: Some(52 << 20),
        eta: Some(std::time::Duration::from_secs(46)),
        source: Some("example.org".to_owned()),
        is_upload: false,
        trouble: None,
        current: None,
    }
}

/// A trouble that passes 8 seconds after 1970-01-01.
pub(crate) fn trouble() -> Trouble {
    Trouble {
        text: "The server is busy (example.org)".to_owned(),
        waiting: Waiting::Retry,
        retry_at: Some(Timestamp::from_second(8).expect("a time")),
    }
}

/// A folder and an environment; whoever is asked for a password answers with the question, and nobody
/// interrupts.
pub(crate) fn surroundings(cwd: &Path, environment: &'static [(&'static str, &'static str)]) -> Surroundings {
    Surroundings {
        cwd: cwd.to_owned(),
        variable: Box::new(|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }),
        ask: |question| Ok(format!("asked for {question}")),
        interrupt: Box::new(|| Box::pin(std::future::pending())),
    }
}
