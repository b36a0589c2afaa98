//! Jobs, errors and surroundings to test on.

use std::path::Path;

use bgcopy_api::core::{JobId, JobState};
use bgcopy_api::error::Waiting;
use bgcopy_api::{File, Job};

use crate::progress::model::{Trouble, View};
use crate::request::Surroundings;

/// A job in the form in which the service sends it.
pub(crate) fn job() -> Job {
    serde_json::from_str(include_str!("fixture/job.json")).expect("a job")
}

/// Its file.
pub(crate) fn file() -> File {
    serde_json::from_str(include_str!("fixture/file.json")).expect("a file")
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
        trouble: None,
        current: None,
    }
}

/// A trouble that passes.
pub(crate) fn trouble() -> Trouble {
    Trouble {
        text: "The server is busy (example.org)".to_owned(),
        waiting: Waiting::Retry,
        retry_at: Some(jiff::Timestamp::from_second(8).expect("a time")),
    }
}

/// The id of every job here.
pub(crate) fn job_id() -> JobId {
    "3f2a1b4c-0000-4000-8000-000000000001".parse().expect("an id")
}

/// A folder and an environment; whoever is asked for a password answers with the question.
pub(crate) fn surroundings(cwd: &Path, environment: &'static [(&'static str, &'static str)]) -> Surroundings {
    Surroundings {
        cwd: cwd.to_owned(),
        variable: Box::new(|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        }),
        ask: |question| Ok(format!("asked for {question}")),
    }
}
