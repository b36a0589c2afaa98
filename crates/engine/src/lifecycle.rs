//! The life of a job as one pure table: a state and an input give the next state and the duties that come
//! with it, or a refusal (spec 5.1, 5.2, with the choices of 5.4). It decides and performs nothing.
//!
//! The whole table, every state by every input, is a reviewed snapshot, so a change of a rule shows as a
//! diff.

use std::fmt;

use bgcopy_core::JobState;
use bitflags::bitflags;

/// What a client asks (spec 5.1, rows "Methods").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `Resume`.
    Resume(Files),
    /// `Suspend`.
    Suspend,
    /// `Cancel`.
    Cancel,
    /// `Complete`.
    Complete(Files),
    /// `Complete` of an upload, of which there is nothing partial.
    CompleteUpload,
    /// Any form of adding a file.
    AddFile,
    /// Any setter.
    Set,
    /// `TakeOwnership`.
    TakeOwnership,
    /// Any getter.
    Read,
}

/// How much a job still has to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Files {
    /// The job has no files.
    None,
    /// Every file is transferred.
    AllTransferred,
    /// Some file is not transferred.
    SomeWanted,
}

/// What happened (spec 5.2), in the order of that table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The scheduler grants a slot.
    SlotGranted,
    /// The first byte of a body came (design.md: "Transferring starts with the first body byte").
    Connected,
    /// The time slice is over, and others wait.
    SliceEnded,
    /// A job of higher priority needs the slot.
    Preempted,
    /// The last file is here.
    AllFilesDone,
    /// A file is here, others are not.
    FileDone,
    /// A failure that the service retries.
    TransientFailure,
    /// A failure that needs the client.
    FatalFailure,
    /// A failure of any kind, with `NoProgressTimeout` 0 or a retry delay beyond the timeout.
    FailureWithoutPatience,
    /// The retry delay is over.
    RetryDue,
    /// Nothing came for the no-progress timeout.
    NoProgressTimeout,
    /// There is no network any more.
    NetworkLost,
    /// There is a network again.
    NetworkBack,
    /// A policy or condition forbids the transfer: bandwidth 0, cost, cellular, VPN, power, memory, space.
    Blocked,
    /// The condition that the job waits for is met.
    BlockLifted,
    /// The owner logged off, and the job needs a session.
    OwnerLoggedOff,
    /// The job was in transfer for as long as it may.
    MaxTimeUsedUp,
    /// A helper token is configured and absent.
    TokenMissing,
    /// The client's own check refused the certificate.
    CertificateRejected,
    /// The client's own check is configured and cannot be called.
    CertificateCallbackMissing,
    /// The client found the content wrong, and it came from the origin.
    OriginContentRejected,
    /// The client found the content wrong, and it came from a peer.
    PeerContentRejected,
    /// The remote file is another one than before.
    RemoteChanged,
    /// Every range that was asked for on demand is here, and the file is whole.
    DemandMetWhole,
    /// Every range that was asked for on demand is here, and the file is not whole.
    DemandMetPartly,
    /// The records can never take the job as it is.
    Unrecordable,
    /// Nobody touched the job for the age limit.
    AgeLimit,
    /// The service or the machine started again.
    Restarted,
}

/// Either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A request of a client.
    Method(Method),
    /// An event of the transfer or its surroundings.
    Happening(Happening),
}

bitflags! {
    /// What a step obliges the engine to do besides changing the state.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Duties: u32 {
        /// Stop the transfers of the job; progress is kept.
        const STOP = 1 << 0;
        /// Drop the error record: bytes move, or the job is through (spec 6.1).
        const CLEAR_ERROR = 1 << 1;
        /// Record the failure (spec 6.1).
        const RECORD_ERROR = 1 << 2;
        /// Count the failure (`GetErrorCount`, spec 6.8).
        const COUNT_ERROR = 1 << 3;
        /// Tell the client of the error (`JobError`; only for Error, spec 8.1).
        const NOTIFY_ERROR = 1 << 4;
        /// Tell the client that all files are here (`JobTransferred`).
        const NOTIFY_TRANSFERRED = 1 << 5;
        /// Tell the client that a file is here (`FileTransferred`).
        const NOTIFY_FILE = 1 << 6;
        /// Publish what is whole, then discard the rest.
        const PUBLISH = 1 << 7;
        /// Discard every byte.
        const DISCARD = 1 << 8;
        /// The answer of Complete is `BG_S_PARTIAL_COMPLETE` rather than `S_OK`.
        const PARTIAL = 1 << 9;
        /// The retry delay and the maximum download time start afresh.
        const RESET_CLOCKS = 1 << 10;
        /// The file in question starts again from byte 0.
        const RESTART_FILE = 1 << 11;
        /// Adopt remote names that were set (spec 7.2: Resume "also commits pending SetRemoteName changes").
        const COMMIT_NAMES = 1 << 12;
        /// Files that rest after a failure may be tried at once.
        const TRY_ALL = 1 << 13;
    }
}

/// The next state and what comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state from now on.
    pub to: JobState,
    /// What else is to be done.
    pub duties: Duties,
}

/// Why an input does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The state forbids it: `INVALID_STATE`.
    InvalidState,
    /// There is no file to transfer: `JOB_EMPTY`, `BG_E_EMPTY`.
    Empty,
}

/// The table.
pub fn step(state: JobState, input: Input) -> Result<Step, Denied> {
    match input {
        Input::Method(method) => on_method(state, method),
        Input::Happening(happening) => Ok(on_happening(state, happening)),
    }
}

fn stay(state: JobState) -> Step {
    Step { to: state, duties: Duties::empty() }
}

fn go(to: JobState, duties: Duties) -> Step {
    Step { to, duties }
}

/// Spec 5.1.
fn on_method(state: JobState, method: Method) -> Result<Step, Denied> {
    use JobState as S;
    use Method as M;

    let requeued = go(S::Queued, Duties::RESET_CLOCKS.union(Duties::COMMIT_NAMES));
    Ok(match (method, state) {
        // A final job can be read while somebody holds it, and nothing else.
        (M::Read, _) => stay(state),
        (_, S::Acknowledged | S::Cancelled) => return Err(Denied::InvalidState),

        (M::Resume(Files::None), _) => return Err(Denied::Empty),
        (
            M::Resume(Files::AllTransferred | Files::SomeWanted),
            S::Suspended | S::TransientError | S::Error,
        ) => requeued,
        (M::Resume(_), S::Queued | S::Connecting | S::Transferring) => go(state, Duties::COMMIT_NAMES),
        // 5.4 (a): a file was added since; otherwise nothing changes, and nobody is told twice.
        (M::Resume(Files::SomeWanted), S::Transferred) => requeued,
        (M::Resume(Files::AllTransferred), S::Transferred) => stay(state),

        (M::Suspend, S::Queued | S::Connecting | S::Transferring | S::TransientError) => {
            go(S::Suspended, Duties::STOP)
        }
        // 5.4 (b): such jobs rest already, and the error object survives.
        (M::Suspend, S::Suspended | S::Error | S::Transferred) => stay(state),

        (
            M::Cancel,
            S::Suspended
            | S::Queued
            | S::Connecting
            | S::Transferring
            | S::TransientError
            | S::Error
            | S::Transferred,
        ) => go(S::Cancelled, Duties::STOP | Duties::DISCARD | Duties::CLEAR_ERROR),

        // The state changes only once everything is published (9.5: a rename that fails leaves the job as
        // it is), so these duties come before the new state holds.
        (M::Complete(Files::None | Files::AllTransferred), _) => {
            go(S::Acknowledged, Duties::STOP | Duties::PUBLISH | Duties::CLEAR_ERROR)
        }
        // 5.4 (c), (f).
        (M::Complete(Files::SomeWanted), _) => {
            go(S::Acknowledged, Duties::STOP | Duties::PUBLISH | Duties::CLEAR_ERROR | Duties::PARTIAL)
        }

        // "Complete (upload)": INVALID_STATE everywhere else. What came as a reply is published.
        (M::CompleteUpload, S::Transferred) => {
            go(S::Acknowledged, Duties::STOP | Duties::PUBLISH | Duties::CLEAR_ERROR)
        }
        (
            M::CompleteUpload,
            S::Suspended | S::Queued | S::Connecting | S::Transferring | S::TransientError | S::Error,
        ) => return Err(Denied::InvalidState),

        (
            M::AddFile | M::Set | M::TakeOwnership,
            S::Suspended
            | S::Queued
            | S::Connecting
            | S::Transferring
            | S::TransientError
            | S::Error
            | S::Transferred,
        ) => stay(state),
    })
}

/// Spec 5.2. An event that says nothing to a state leaves it alone: it was under way when the state changed.
fn on_happening(state: JobState, happening: Happening) -> Step {
    use Happening as H;
    use JobState as S;

    let failed = Duties::STOP | Duties::RECORD_ERROR;
    let to_error = go(S::Error, failed | Duties::COUNT_ERROR | Duties::NOTIFY_ERROR);
    let to_transient = go(S::TransientError, failed | Duties::COUNT_ERROR);
    // "Error count unchanged": network, policy and disk conditions are nobody's failure (6.8).
    let to_blocked = go(S::TransientError, failed);
    let requeued = go(S::Queued, Duties::empty());
    let all_done = go(S::Transferred, Duties::STOP | Duties::CLEAR_ERROR | Duties::NOTIFY_TRANSFERRED);

    match (happening, state) {
        (_, S::Acknowledged | S::Cancelled) => stay(state),
        (H::AgeLimit, _) => go(S::Cancelled, Duties::STOP | Duties::DISCARD | Duties::CLEAR_ERROR),

        (H::SlotGranted, S::Queued) => go(S::Connecting, Duties::empty()),
        (H::Connected, S::Connecting | S::Transferring) => go(S::Transferring, Duties::CLEAR_ERROR),
        (H::SliceEnded, S::Transferring) => go(S::Queued, Duties::STOP),
        (H::Preempted | H::OwnerLoggedOff, S::Connecting | S::Transferring) => go(S::Queued, Duties::STOP),

        // From Connecting too: an empty file has no body, and a file found whole needs none.
        (H::AllFilesDone, S::Connecting | S::Transferring) => all_done,
        (H::FileDone, S::Connecting | S::Transferring) => go(state, Duties::NOTIFY_FILE),

        (H::TransientFailure | H::CertificateRejected, S::Connecting | S::Transferring) => to_transient,
        (H::FatalFailure, S::Connecting | S::Transferring | S::TransientError) => to_error,
        (
            H::FailureWithoutPatience | H::MaxTimeUsedUp | H::TokenMissing | H::CertificateCallbackMissing,
            S::Connecting | S::Transferring,
        ) => to_error,
        // Ours: a job that completes by itself has no caller to tell of a failed rename, so that is a failure like
        // those of its transfer, and what passes is waited for.
        (H::TransientFailure, S::Transferred) => to_transient,
        (H::FatalFailure | H::FailureWithoutPatience, S::Transferred) => to_error,
        // Nothing was tried, so nothing is counted: "+1 on X→TE, X→E and on every failed retry" (6.8).
        (H::NoProgressTimeout, S::TransientError) => go(S::Error, failed | Duties::NOTIFY_ERROR),
        // Ours: what goes on without a record would be lost with the service; what rests loses nothing.
        (H::Unrecordable, S::Queued | S::Connecting | S::Transferring | S::TransientError) => to_error,

        (H::RetryDue, S::TransientError) => requeued,
        (H::NetworkBack | H::BlockLifted, S::TransientError) => go(S::Queued, Duties::TRY_ALL),
        (H::NetworkLost | H::Blocked, S::Queued | S::Connecting | S::Transferring) => to_blocked,
        (H::Blocked, S::Transferred) => to_blocked,

        (H::OriginContentRejected, S::Transferring | S::Transferred) => {
            go(S::Error, to_error.duties | Duties::RESTART_FILE)
        }
        (H::PeerContentRejected, S::Transferring | S::Transferred) => {
            go(S::Queued, Duties::STOP | Duties::RESTART_FILE)
        }
        (H::RemoteChanged, S::Connecting | S::Transferring) => go(state, Duties::RESTART_FILE),
        (H::DemandMetWhole, S::Transferring) => all_done,
        // From Connecting too: what is asked for may all be here, or nothing be asked for.
        (H::DemandMetPartly, S::Connecting | S::Transferring) => go(S::Suspended, Duties::STOP),
        (H::Restarted, S::Connecting | S::Transferring) => requeued,

        (
            H::SlotGranted | H::Connected | H::SliceEnded | H::Preempted | H::OwnerLoggedOff,
            S::Suspended | S::Error | S::TransientError | S::Transferred,
        )
        | (H::SlotGranted, S::Connecting | S::Transferring)
        | (H::Connected | H::SliceEnded | H::Preempted | H::OwnerLoggedOff, S::Queued)
        | (H::SliceEnded, S::Connecting)
        | (
            H::TransientFailure | H::FatalFailure | H::FailureWithoutPatience,
            S::Suspended | S::Queued | S::Error,
        )
        | (H::TransientFailure | H::FailureWithoutPatience, S::TransientError)
        | (
            H::AllFilesDone
            | H::FileDone
            | H::CertificateRejected
            | H::MaxTimeUsedUp
            | H::TokenMissing
            | H::CertificateCallbackMissing
            | H::RemoteChanged,
            S::Suspended | S::Queued | S::Error | S::TransientError | S::Transferred,
        )
        | (
            H::NoProgressTimeout | H::RetryDue | H::NetworkBack | H::BlockLifted,
            S::Suspended | S::Queued | S::Connecting | S::Transferring | S::Error | S::Transferred,
        )
        | (H::NetworkLost | H::Blocked, S::Suspended | S::Error | S::TransientError)
        | (H::NetworkLost, S::Transferred)
        | (H::Unrecordable, S::Suspended | S::Error | S::Transferred)
        | (
            H::OriginContentRejected | H::PeerContentRejected,
            S::Suspended | S::Queued | S::Connecting | S::Error | S::TransientError,
        )
        | (
            H::DemandMetWhole | H::DemandMetPartly,
            S::Suspended | S::Queued | S::Connecting | S::Error | S::TransientError | S::Transferred,
        )
        | (H::Restarted, S::Suspended | S::Queued | S::Error | S::TransientError | S::Transferred) => {
            stay(state)
        }
    }
}

impl Input {
    /// Every input, for the table.
    pub const ALL: &[Self] = {
        use Happening as H;
        use Method as M;
        &[
            Self::Method(M::Resume(Files::None)),
            Self::Method(M::Resume(Files::AllTransferred)),
            Self::Method(M::Resume(Files::SomeWanted)),
            Self::Method(M::Suspend),
            Self::Method(M::Cancel),
            Self::Method(M::Complete(Files::None)),
            Self::Method(M::Complete(Files::AllTransferred)),
            Self::Method(M::Complete(Files::SomeWanted)),
            Self::Method(M::CompleteUpload),
            Self::Method(M::AddFile),
            Self::Method(M::Set),
            Self::Method(M::TakeOwnership),
            Self::Method(M::Read),
            Self::Happening(H::SlotGranted),
            Self::Happening(H::Connected),
            Self::Happening(H::SliceEnded),
            Self::Happening(H::Preempted),
            Self::Happening(H::AllFilesDone),
            Self::Happening(H::FileDone),
            Self::Happening(H::TransientFailure),
            Self::Happening(H::FatalFailure),
            Self::Happening(H::FailureWithoutPatience),
            Self::Happening(H::RetryDue),
            Self::Happening(H::NoProgressTimeout),
            Self::Happening(H::NetworkLost),
            Self::Happening(H::NetworkBack),
            Self::Happening(H::Blocked),
            Self::Happening(H::BlockLifted),
            Self::Happening(H::OwnerLoggedOff),
            Self::Happening(H::MaxTimeUsedUp),
            Self::Happening(H::TokenMissing),
            Self::Happening(H::CertificateRejected),
            Self::Happening(H::CertificateCallbackMissing),
            Self::Happening(H::OriginContentRejected),
            Self::Happening(H::PeerContentRejected),
            Self::Happening(H::RemoteChanged),
            Self::Happening(H::DemandMetWhole),
            Self::Happening(H::DemandMetPartly),
            Self::Happening(H::Unrecordable),
            Self::Happening(H::AgeLimit),
            Self::Happening(H::Restarted),
        ]
    };
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method) => write!(f, "{method:?}"),
            Self::Happening(happening) => write!(f, "{happening:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for &input in Input::ALL {
            writeln!(table, "{input}").unwrap();
            for &state in JobState::ALL {
                let cell = match step(state, input) {
                    Ok(step) if step == stay(state) => "=".to_owned(),
                    Ok(step) => {
                        let names: Vec<_> = step.duties.iter_names().map(|(name, _)| name).collect();
                        let to = if step.to == state { "=".to_owned() } else { step.to.to_string() };
                        format!("{to} {}", names.join(" ").to_lowercase()).trim_end().to_owned()
                    }
                    Err(denied) => format!("refused: {denied:?}"),
                };
                writeln!(table, "    {state:<16}{cell}").unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn final_states_never_change() {
        for &input in Input::ALL {
            for state in [JobState::Acknowledged, JobState::Cancelled] {
                match step(state, input) {
                    Ok(step) => assert_eq!(step, stay(state), "{input}"),
                    Err(denied) => assert_eq!(denied, Denied::InvalidState, "{input}"),
                }
            }
        }
    }

    #[test]
    fn an_error_is_told_only_on_entering_error_and_always_recorded() {
        for &input in Input::ALL {
            for &state in JobState::ALL {
                let Ok(step) = step(state, input) else { continue };
                let enters = |to| step.to == to && state != to;
                assert_eq!(
                    step.duties.contains(Duties::NOTIFY_ERROR),
                    enters(JobState::Error),
                    "{state} {input}"
                );
                assert_eq!(
                    step.duties.contains(Duties::RECORD_ERROR),
                    enters(JobState::Error) || enters(JobState::TransientError),
                    "{state} {input}"
                );
            }
        }
    }
}
