//! A job of one file as a download of the newer generation (`IDODownload`): its states, its pair of codes and what
//! its methods ask of the job. One mapping for every face that speaks of downloads; decides, performs nothing.
//!
//! The tables are those of do-download 4.1, 4.2, 5 and 10. Where 10 and 4.2 differ, 4.2 rules: a failure that is
//! tried again leaves the download Transferring, and only a job that waits for a condition is Paused. So an error
//! never appears while Transferring (5.1, 5.3): what failed last is the extended error until bytes move again.

use bgcopy_core::catalogue::codes::DO_E_UNEXPECTED_HTTP_STATUS_2XX;
use bgcopy_core::{Hresult, JobState};

use crate::error::{ErrorInfo, Waiting};
use crate::job::Job;

/// `DODownloadState` (do-download 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DownloadState {
    /// Made, never started.
    Created,
    /// Running, or about to.
    Transferring,
    /// Every byte is here.
    Transferred,
    /// Final: the file is under its name.
    Finalized,
    /// Final: nothing is left.
    Aborted,
    /// Stopped by the client, by a condition, or for good.
    Paused,
}

impl DownloadState {
    /// Every state, in the order of its number.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::Transferring, Self::Transferred, Self::Finalized, Self::Aborted, Self::Paused];

    /// The number that the Windows headers give it.
    pub const fn number(self) -> u32 {
        match self {
            Self::Created => 0,
            Self::Transferring => 1,
            Self::Transferred => 2,
            Self::Finalized => 3,
            Self::Aborted => 4,
            Self::Paused => 5,
        }
    }

    /// The word that the Linux agent says (agent-rest 5).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Transferring => "Transferring",
            Self::Transferred => "Transferred",
            Self::Finalized => "Finalized",
            Self::Aborted => "Aborted",
            Self::Paused => "Paused",
        }
    }
}

/// A job, seen as a download: `DO_DOWNLOAD_STATUS` with the whole errors in place of their codes, since faces
/// number some of them differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Download<'a> {
    /// Where it stands.
    pub state: DownloadState,
    /// 0 while the size is not known (do-download 7.2).
    pub bytes_total: u64,
    /// Bytes that are here.
    pub bytes_transferred: u64,
    /// Why it stopped for good until the client acts.
    pub error: Option<&'a ErrorInfo>,
    /// What it waits for or tries again after; with `error`, what was behind that.
    pub extended_error: Option<&'a ErrorInfo>,
}

impl<'a> Download<'a> {
    /// How a job looks.
    pub fn of(job: &'a Job) -> Self {
        let error = job.error.as_ref();
        let stopped = |error: &'a ErrorInfo| (Some(error), error.cause.as_deref());
        let (state, (error, extended_error)) = match job.state {
            JobState::Suspended if !job.resumed => (DownloadState::Created, (None, None)),
            // "Client paused it": both codes are 0 (do-download 5.1).
            JobState::Suspended => (DownloadState::Paused, (None, None)),
            // What an earlier start met is over with this one.
            JobState::Queued => (
                DownloadState::Transferring,
                (None, error.filter(|error| error.waiting_for == Waiting::Retry)),
            ),
            // "Cleared when a new request is sent" (do-download 5.3).
            JobState::Connecting | JobState::Transferring => (DownloadState::Transferring, (None, None)),
            JobState::TransientError => match error.map(|error| error.waiting_for) {
                Some(Waiting::Network | Waiting::Space | Waiting::Policy | Waiting::Client) => {
                    (DownloadState::Paused, (None, error))
                }
                // Its own code lies in the transient zone, and that pauses (do-download 4.2, 7.3).
                Some(Waiting::Retry) if error.is_some_and(is_odd_success) => {
                    (DownloadState::Paused, (None, error))
                }
                Some(Waiting::Retry) | None => (DownloadState::Transferring, (None, error)),
            },
            JobState::Error => (DownloadState::Paused, error.map_or((None, None), stopped)),
            JobState::Transferred => (DownloadState::Transferred, (None, None)),
            JobState::Acknowledged => (DownloadState::Finalized, (None, None)),
            JobState::Cancelled => (DownloadState::Aborted, error.map_or((None, None), stopped)),
        };
        let progress = job.progress;
        Self {
            state,
            bytes_total: progress.bytes_total.unwrap_or_default(),
            bytes_transferred: progress.bytes_transferred,
            error,
            extended_error,
        }
    }

    /// Whether the service goes on by itself when a condition is met: "Paused, error 0, extended error not 0"
    /// (do-download 5.1).
    pub const fn is_waiting(&self) -> bool {
        matches!(self.state, DownloadState::Paused) && self.error.is_none() && self.extended_error.is_some()
    }

    /// `Error` and `ExtendedError` as the Windows service numbers them.
    pub fn codes(&self) -> (Hresult, Hresult) {
        let code = |error: Option<&ErrorInfo>| match error {
            Some(error) if is_odd_success(error) => DO_E_UNEXPECTED_HTTP_STATUS_2XX,
            Some(error) => error.hresult,
            None => Hresult::S_OK,
        };
        (code(self.error), code(self.extended_error))
    }

    /// What a method asks of the job now; `None` is `DO_E_INVALID_STATE`.
    pub const fn step(&self, method: DownloadMethod) -> Option<DownloadStep> {
        step(self.state, self.is_waiting(), method)
    }
}

/// "Unusable 2xx such as 204" (do-download 7.3).
fn is_odd_success(error: &ErrorInfo) -> bool {
    let odd = error.http_status.filter(|status| (200..300).contains(status));
    odd.is_some_and(|status| error.hresult == Hresult::from_http_status(status))
}

/// A method of `IDODownload` that changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DownloadMethod {
    /// Begins, or resumes.
    Start,
    /// Stops and keeps what is here.
    Pause,
    /// Ends it well.
    Finalize,
    /// Drops it.
    Abort,
}

impl DownloadMethod {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Start, Self::Pause, Self::Finalize, Self::Abort];
}

/// What is to be done to the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DownloadStep {
    /// Give it its file, then Resume.
    Begin,
    /// Resume.
    Resume,
    /// Suspend.
    Suspend,
    /// Complete.
    Complete,
    /// Cancel.
    Cancel,
    /// Nothing: it is so already.
    Nothing,
}

/// The table of do-download 4.1. A pause while the service waits for a condition becomes a pause of the client
/// (4.1, "Choice"), or it could not be stopped.
const fn step(state: DownloadState, waiting: bool, method: DownloadMethod) -> Option<DownloadStep> {
    use DownloadMethod::{Abort, Finalize, Pause, Start};
    use DownloadState::{Aborted, Created, Finalized, Paused, Transferred, Transferring};
    Some(match (method, state) {
        (Start, Created) => DownloadStep::Begin,
        (Start, Paused) => DownloadStep::Resume,
        (Pause, Paused) if waiting => DownloadStep::Suspend,
        (Pause, Transferring) => DownloadStep::Suspend,
        (Finalize, Transferred) => DownloadStep::Complete,
        (Abort, Created | Transferring | Transferred | Paused) => DownloadStep::Cancel,
        (Start, Transferring | Transferred)
        | (Pause, Created | Transferred | Paused)
        | (Finalize, Finalized)
        | (Abort, Aborted) => DownloadStep::Nothing,
        (Start | Pause, Finalized | Aborted)
        | (Finalize, Created | Transferring | Paused | Aborted)
        | (Abort, Finalized) => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::json;

    use super::*;

    fn error(code: u32, waiting: &str, cause: Option<u32>) -> serde_json::Value {
        json!({
            "code": "x", "symbol": null, "hresult": Hresult(code), "context": "general-transport",
            "class": "transient", "file": null, "protocol": null, "source": null, "http_status": null,
            "errno": null, "range": null, "space_needed": null, "space_free": null, "detail": "", "text": "",
            "context_text": "", "happened": "", "means": "", "first_seen": "1970-01-01T00:00:00Z",
            "last_seen": "1970-01-01T00:00:00Z", "count": 1, "waiting_for": waiting, "retry_at": null,
            "remedies": [], "cause": cause.map(|code| error(code, "retry", None)),
        })
    }

    fn job(state: JobState, resumed: bool, error: Option<&serde_json::Value>) -> Job {
        let time = "1970-01-01T00:00:00Z";
        let job = json!({
            "id": "00000000-0000-4000-8000-000000000000", "owner": "ada", "owner_uid": 1000, "kind": "download",
            "family": "do", "display_name": "f", "description": "", "priority": "normal", "state": state,
            "progress": {"bytes_total": null, "bytes_transferred": 7, "files_total": 1, "files_transferred": 0},
            "times": {"creation": time, "modification": time, "transfer_completion": null},
            "error": error, "error_count": 0, "resumed": resumed, "unconfirmed": [],
            "settings": crate::Settings::from(&bgcopy_core::JobSettings::default()),
        });
        serde_json::from_value(job).unwrap()
    }

    #[test]
    fn every_job_looks_like_a_download() {
        let refused = || Some(error(0x8019_0194, "client", None));
        let stalled = || Some(error(0x80D0_2002, "client", Some(0x8007_2EFD)));
        let retry = || Some(error(0x8007_2EFD, "retry", None));
        let odd = || {
            let mut odd = error(0x8019_00CC, "retry", None);
            odd["http_status"] = 204.into();
            Some(odd)
        };
        let waits = |word| Some(error(0x80D0_3805, word, None));
        let mut table = String::new();
        for &state in JobState::ALL {
            let errors = [
                ("-", None),
                ("refused", refused()),
                ("stalled", stalled()),
                ("retry", retry()),
                ("network", waits("network")),
                ("space", waits("space")),
                ("policy", waits("policy")),
                ("204", odd()),
            ];
            for (name, error) in errors {
                let job = job(state, true, error.as_ref());
                let download = Download::of(&job);
                let (error, extended) = download.codes();
                // What clients rely on: do-download 5.1 and 5.3.
                assert!(download.state != DownloadState::Transferring || error == Hresult::S_OK);
                let waits = if download.is_waiting() { " waits" } else { "" };
                let (state, seen) = (state.word(), download.state.word());
                let _ = writeln!(table, "{state:<16} {name:<8} {seen:<13} {error} {extended}{waits}");
            }
        }
        let new = job(JobState::Suspended, false, None);
        assert_eq!(Download::of(&new).state, DownloadState::Created, "never resumed");
        insta::assert_snapshot!(table);
    }

    #[test]
    fn every_method_in_every_state() {
        let mut table = String::new();
        for method in DownloadMethod::ALL {
            for state in DownloadState::ALL {
                let step =
                    step(state, false, method).map_or("invalid state".to_owned(), |s| format!("{s:?}"));
                let _ = writeln!(table, "{method:?} {state:?}: {step}");
            }
        }
        insta::assert_snapshot!(table);
        let waiting = step(DownloadState::Paused, true, DownloadMethod::Pause);
        assert_eq!(waiting, Some(DownloadStep::Suspend), "a pause of the client ends the waiting");
    }

    #[test]
    fn numbers_are_those_of_the_headers_and_a_size_that_is_not_known_is_0() {
        assert!(DownloadState::ALL.iter().map(|state| state.number()).eq(0..6));
        let job = job(JobState::Transferring, true, None);
        let download = Download::of(&job);
        assert_eq!((download.bytes_total, download.bytes_transferred), (0, 7));
    }
}
