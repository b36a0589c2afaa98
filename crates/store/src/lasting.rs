//! What of a job is told by its record file, and what a job is when it is rebuilt from one.
//!
//! The file is rewritten when this part changes, not at every checkpoint: progress is found again beside
//! the temporary files, and why a job waits is found out again by trying.

use bgcopy_core::{FileRecord, JobRecord, JobState};

/// What a job is after its record was all that was left: at rest where it rested, else waiting for its
/// turn.
pub(crate) fn rebuilt(job: JobRecord) -> JobRecord {
    match job.state {
        JobState::Suspended
        | JobState::Error
        | JobState::Transferred
        | JobState::Acknowledged
        | JobState::Cancelled => job,
        JobState::Queued | JobState::Connecting | JobState::Transferring | JobState::TransientError => {
            JobRecord { state: JobState::Queued, error: None, stalled_since: None, ..job }
        }
    }
}

/// The state in which a job is rebuilt.
fn resting(state: JobState) -> JobState {
    if state.is_active() { JobState::Queued } else { state }
}

/// Whether two states of a job, their files aside, are rebuilt differently.
pub(crate) fn head_differs(old: &JobRecord, new: &JobRecord) -> bool {
    // By name and without `..`: who adds a field decides here whether it lasts.
    let JobRecord {
        id,
        owner,
        kind,
        display_name,
        description,
        priority,
        settings,
        secrets: _, // Kept apart, and compared there.
        state,
        ending,
        resumed,
        error,
        error_count: _,
        times,
        last_activity: _,
        stalled_since: _,
        running_millis: _,
        idempotency_key,
        unconfirmed: _, // It rises with the state; if its fall is lost the client hears twice (spec 8.2).
        upload,
        files: _,
    } = old;
    // An error that the client must mend is part of the rest, one that is retried is not.
    let error_differs = *state == JobState::Error && *error != new.error;
    *id != new.id
        || *owner != new.owner
        || *kind != new.kind
        || *display_name != new.display_name
        || *description != new.description
        || *priority != new.priority
        || *settings != new.settings
        || resting(*state) != resting(new.state)
        || *ending != new.ending
        || *resumed != new.resumed
        || error_differs
        || times.creation != new.times.creation
        || times.transfer_completion != new.times.transfer_completion
        || *idempotency_key != new.idempotency_key
        || *upload != new.upload
}

/// Whether two states of a file are rebuilt differently.
pub(crate) fn file_differs(old: &FileRecord, new: &FileRecord) -> bool {
    let FileRecord {
        spec,
        next_remote_name,
        stage,
        temporary,
        kept,
        remote_size,
        validator,
        last_modified,
        bytes_here: _,
        bytes_from_origin: _,
        trust,
        validation_state,
        response_headers: _,
        remote_changes: _,
        bytes_from_mirrors: _,
        bytes_from_cache_hosts: _,
        transfer_millis: _,
        filled: _,
        demand,
        promise,
        version_of,
    } = old;
    *spec != new.spec
        || *next_remote_name != new.next_remote_name
        || *stage != new.stage
        || *temporary != new.temporary
        || *kept != new.kept
        || *remote_size != new.remote_size
        || *validator != new.validator
        || *last_modified != new.last_modified
        || *trust != new.trust
        || *validation_state != new.validation_state
        || *promise != new.promise
        || *demand != new.demand
        || *version_of != new.version_of
}
