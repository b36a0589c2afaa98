//! What a job and its record look like to a client of the agent; decides, performs nothing (agent-rest 5).

use bgcopy_api::core::Hresult;
use bgcopy_api::error::Waiting;
use bgcopy_api::{Download, DownloadState, Job, JobState};

use crate::call::Property;
use crate::codes::{self, Refusal, signed};
use crate::record::Record;
use crate::wire::Answer;

/// The whole file is under its name.
pub(super) fn is_finished(job: &Job) -> bool {
    let progress = job.progress;
    job.state == JobState::Acknowledged
        && progress.files_total > 0
        && progress.files_transferred == progress.files_total
}

/// Nothing will ever come of it: somebody cancelled the job past the agent, or completed it before all was there.
pub(super) fn is_lost(job: &Job) -> bool {
    job.state.is_final() && !is_finished(job)
}

/// What may be set now (agent-rest 4).
pub(super) struct Settable {
    pub(super) uri: bool,
    pub(super) path: bool,
}

impl Settable {
    pub(super) fn of(job: &Job) -> Self {
        let state = Download::of(job).state;
        let created = state == DownloadState::Created;
        // A job that has its file keeps it: only its Resume failed.
        Self {
            uri: created || state == DownloadState::Paused,
            path: created && job.progress.files_total == 0,
        }
    }
}

/// The answer to `getstatus`.
pub(super) fn status(record: &mut Record, job: &Job) -> Answer {
    let download = Download::of(job);
    let (state, error, extended) = seen(&download, job, record.paused);
    record.bytes_told = match download.bytes_total {
        0 => download.bytes_transferred.max(record.bytes_told),
        total => download.bytes_transferred.max(record.bytes_told).min(total),
    };
    let number = |number: u64| number.to_string().into_bytes();
    let code = |code: Hresult| signed(code).to_string().into_bytes();
    Answer::Done(vec![
        ("Status".into(), state.word().into()),
        ("BytesTotal".into(), number(download.bytes_total)),
        ("BytesTransferred".into(), number(record.bytes_told)),
        ("ErrorCode".into(), code(error)),
        ("ExtendedErrorCode".into(), code(extended)),
    ])
}

/// State and codes. Where they are not those of every download:
fn seen(download: &Download<'_>, job: &Job, paused: bool) -> (DownloadState, Hresult, Hresult) {
    const NONE: Hresult = Hresult::S_OK;
    let code = |error: Option<_>| error.map_or(NONE, codes::of_error);
    let (error, extended) = (code(download.error), code(download.extended_error));
    match download.state {
        // The client has not finalized it yet, but the whole file is there to be used.
        DownloadState::Finalized => (DownloadState::Transferred, NONE, NONE),
        // It is being given its name: not there yet.
        DownloadState::Transferred => (DownloadState::Transferring, NONE, NONE),
        DownloadState::Paused => {
            let space = job.error.as_ref().is_some_and(|error| error.waiting_for == Waiting::Space);
            match (error, extended) {
                // "Report `ENOSPC`" (agent-rest 13): the client is told at once and not after a day, though the job
                // goes on by itself where there is space again.
                (NONE, full) if space => (DownloadState::Paused, full, NONE),
                // "Paused, 0, 0 that the caller did not ask for ends the call as success with the file deleted:
                // never produce it" (agent-rest 14).
                (NONE, NONE) if !paused => (DownloadState::Paused, NONE, codes::STOPPED_BY_OTHERS),
                (error, extended) => (DownloadState::Paused, error, extended),
            }
        }
        state => (state, error, extended),
    }
}

/// The answer to `getproperty`: the key as it was sent, and its value.
pub(super) fn property(record: &Record, key: Option<Vec<u8>>) -> Result<Answer, Refusal> {
    let key = key.filter(|key| !key.is_empty()).ok_or(Refusal::INVALID_ARGUMENT)?;
    let property = Property::named(&key).ok_or(Refusal::UNKNOWN_PROPERTY)?;
    let value = match property {
        Property::Id => record.id.to_string().into_bytes(),
        Property::Uri => record.uri.clone().unwrap_or_default().into_bytes(),
        Property::DownloadFilePath => record.path.as_ref().map(|path| path.0.clone()).unwrap_or_default(),
        // "`\"0\"` when unset".
        Property::NoProgressTimeoutSeconds => {
            record.no_progress_seconds.unwrap_or_default().to_string().into_bytes()
        }
    };
    let name = String::from_utf8_lossy(&key).into_owned();
    Ok(Answer::Done(vec![(name.into(), value)]))
}
