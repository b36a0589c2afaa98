//! Progress for programs: JSON, one object per line, untouched by terminal and locale (faults J11).

use std::time::Duration;

use bgcopy_api::error::Waiting;
use bgcopy_api::{JobId, JobState};
use jiff::Timestamp;
use serde::Serialize;

use super::model::View;

/// One line of `--json`. Fields that are not known are null.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Line<'a> {
    /// The job was made.
    Created {
        /// The job.
        job: JobId,
        /// Its name.
        name: &'a str,
    },
    /// How far it is.
    Progress {
        /// The job.
        job: JobId,
        /// Where it stands.
        state: JobState,
        /// Bytes that are here.
        bytes_transferred: u64,
        /// Bytes in all.
        bytes_total: Option<u64>,
        /// Files that are here.
        files_transferred: u32,
        /// Files in all.
        files_total: u32,
        /// Bytes per second.
        rate: Option<u64>,
        /// Seconds still needed.
        eta_seconds: Option<u64>,
        /// Who serves.
        source: Option<&'a str>,
        /// Why it is stuck.
        #[serde(skip_serializing_if = "Option::is_none")]
        trouble: Option<TroubleLine<'a>>,
    },
    /// Something about the following itself, such as a service that went away.
    Note {
        /// What.
        message: &'a str,
    },
}

/// Why a job is stuck.
#[derive(Debug, Serialize)]
pub(crate) struct TroubleLine<'a> {
    text: &'a str,
    waiting_for: Waiting,
    retry_at: Option<Timestamp>,
}

impl<'a> From<&'a View> for Line<'a> {
    fn from(view: &'a View) -> Self {
        Self::Progress {
            job: view.id,
            state: view.state,
            bytes_transferred: view.bytes,
            bytes_total: view.total,
            files_transferred: view.files_here,
            files_total: view.files_total,
            rate: view.rate,
            eta_seconds: view.eta.as_ref().map(Duration::as_secs),
            source: view.source.as_deref(),
            trouble: view.trouble.as_ref().map(|trouble| TroubleLine {
                text: &trouble.text,
                waiting_for: trouble.waiting,
                retry_at: trouble.retry_at,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{job_id, trouble, view};

    #[test]
    fn lines_are_objects_with_stable_fields() {
        let waiting = View {
            state: JobState::TransientError,
            rate: None,
            eta: None,
            total: None,
            trouble: Some(trouble()),
            ..view()
        };
        let moving = view();
        let lines = [
            Line::Created { job: job_id(), name: "a \"quoted\"\nname" },
            Line::from(&moving),
            Line::from(&waiting),
            Line::Note { message: "the service went away; starting it again" },
        ];
        let text: Vec<_> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
        let text = text.join("\n");
        insta::assert_snapshot!(text);
    }
}
