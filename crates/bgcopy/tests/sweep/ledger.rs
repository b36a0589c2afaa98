//! What the client knows for sure: what was acknowledged, what was asked, what was seen.

use std::collections::{BTreeMap, BTreeSet};

use bgcopy_api::{EventBody, FileIndex, JobId, JobState};

use crate::mix::Name;

/// What can be asked for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Create,
    Add,
    Resume,
    Suspend,
    Complete,
    Cancel,
}

/// A job, as its client knows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) id: Option<JobId>,
    /// What was answered, in order.
    pub(crate) acknowledged: Vec<Request>,
    /// What was asked and not answered: it may have happened, or not.
    pub(crate) asked: Option<Request>,
    /// Its last state that was told.
    pub(crate) state: Option<JobState>,
    /// Files that were told to be whole.
    pub(crate) whole: BTreeSet<FileIndex>,
    pub(crate) transferred: bool,
    /// It was told to have ended.
    pub(crate) ended: bool,
}

impl Known {
    pub(crate) fn has_acknowledged(&self, request: Request) -> bool {
        self.acknowledged.contains(&request)
    }

    pub(crate) fn may_have(&self, request: Request) -> bool {
        self.has_acknowledged(request) || self.asked == Some(request)
    }

    /// Whether it must have ended, and how.
    pub(crate) fn has_ended(&self) -> Option<JobState> {
        if self.has_acknowledged(Request::Cancel) {
            return Some(JobState::Cancelled);
        }
        (self.ended || self.has_acknowledged(Request::Complete)).then_some(JobState::Acknowledged)
    }

    /// Whether it can be found in this state by who looks after a restart.
    pub(crate) fn can_be(&self, name: Name, state: JobState) -> bool {
        let mut may = self.acknowledged.last().is_some_and(|last| follows(*last, name, state));
        may |= self.asked.is_some_and(|asked| follows(asked, name, state));
        if self.transferred {
            let ending = matches!(self.asked, Some(Request::Complete | Request::Cancel));
            may &= state == JobState::Transferred || (ending && state.is_final()) || name == Name::Auto;
        }
        may
    }
}

/// The states that a job can be in after a request and a restart, nothing else being asked.
fn follows(request: Request, name: Name, state: JobState) -> bool {
    let goes_on = !state.is_final() && !matches!(state, JobState::Suspended | JobState::Error);
    match request {
        Request::Create | Request::Add if name == Name::Three => state == JobState::Suspended,
        Request::Create | Request::Add | Request::Resume => {
            goes_on || (name == Name::Auto && state.is_final())
        }
        Request::Suspend => matches!(state, JobState::Suspended | JobState::Transferred),
        // Under way, or done.
        Request::Complete => goes_on || state == JobState::Acknowledged,
        Request::Cancel => goes_on || state == JobState::Cancelled,
    }
}

/// Everything that the client knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) jobs: BTreeMap<Name, Known>,
    /// What went wrong without any kill.
    pub(crate) faults: Vec<String>,
}

impl Ledger {
    pub(crate) fn known(&mut self, name: Name) -> &mut Known {
        self.jobs.entry(name).or_default()
    }

    /// Takes note of what happened.
    pub(crate) fn note(&mut self, event: &EventBody) {
        let Some(id) = event.job() else { return };
        if let EventBody::JobCreated { display_name, .. } = event {
            let name = Name::ALL.into_iter().find(|name| name.word() == display_name);
            name.into_iter().for_each(|name| self.known(name).id = Some(id));
        }
        let Some(known) = self.jobs.values_mut().find(|known| known.id == Some(id)) else { return };
        match event {
            EventBody::JobModification { state, .. } | EventBody::Progress { state, .. } => {
                known.state = Some(*state);
            }
            EventBody::FileTransferred { file, .. } => {
                known.whole.insert(*file);
            }
            EventBody::JobTransferred { .. } => known.transferred = true,
            EventBody::JobEnded { state, .. } => (known.ended, known.state) = (true, Some(*state)),
            EventBody::JobError { error, .. } => self.faults.push(format!("{id} is in error: {error:?}")),
            EventBody::JobCreated { .. }
            | EventBody::FileRangesTransferred { .. }
            | EventBody::FileRestarted { .. }
            | EventBody::CertificateQuestion { .. }
            | EventBody::Lagged { .. } => {}
        }
    }
}
