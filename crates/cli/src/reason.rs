//! Why a job does not move, in as few words as a column of a table has.

use std::time::Duration;

use bgcopy_api::core::{Language, Remedy};
use bgcopy_api::error::Waiting;
use bgcopy_api::{ErrorInfo, Job, JobState};
use jiff::Timestamp;

use crate::say::Say;
use crate::units;

/// The reason, and when it ends where that is known; none where the job moves, or rests because it was told to.
pub(crate) fn reason(job: &Job, language: Language, now: Timestamp) -> Option<String> {
    match (job.state, &job.error) {
        (JobState::Transferred, _) if !job.settings.auto_complete => Some(Say::CompleteIt.text(language)),
        (_, None) => None,
        (JobState::Suspended, Some(error)) => Some(what(error)),
        (state, Some(error)) => {
            let next = next(error.waiting_for, error.retry_at, state, now);
            Some(Say::Because { next: &next(language), reason: &what(error) }.text(language))
        }
    }
}

/// What happens next to a job with an error.
pub(crate) fn next(
    waiting: Waiting,
    retry_at: Option<Timestamp>,
    state: JobState,
    now: Timestamp,
) -> impl Fn(Language) -> String {
    let left = retry_at.map(|at| u64::try_from(at.as_second().saturating_sub(now.as_second())).unwrap_or(0));
    move |language| {
        let say = match (waiting, left) {
            // The record of the failure stays until bytes come; the wait it tells of is over.
            _ if state.is_running() => Say::TryingAgain,
            (Waiting::Retry, Some(0)) => Say::TryingAgain,
            (Waiting::Retry, Some(left)) => {
                let span = units::span(Duration::from_secs(left));
                return Say::TriesIn { span: &span }.text(language);
            }
            (Waiting::Retry, None) => Say::TriesSoon,
            (Waiting::Network, _) => Say::WaitsNetwork,
            (Waiting::Space, _) => Say::WaitsSpace,
            (Waiting::Policy, _) => Say::WaitsPolicy,
            (Waiting::Client, _) => Say::NeedsYou,
        };
        say.text(language)
    }
}

/// The failure by its code, and by what the system says where that says more; at the end of patience by what kept
/// failing.
fn what(error: &ErrorInfo) -> String {
    let floor = error.remedies.iter().any(|remedy| remedy.word() == Some(Remedy::LowerSpaceFloor));
    match (&error.cause, error.errno) {
        _ if floor => "free_space_floor".to_owned(),
        (Some(cause), _) => format!("{} ({})", error.code, what(cause)),
        (None, Some(errno)) => system_text(errno),
        (None, None) => error.code.clone(),
    }
}

/// The system's own text for its number, without the number.
fn system_text(errno: i32) -> String {
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bgcopy_api::ErrorClass;
    use bgcopy_api::core::fault::Space;
    use bgcopy_api::core::{Code, ErrorContext, Fault, JobRecord, WaitingFor};

    use super::*;
    use crate::fixture::{failed, not_found, reader, record, retry, seen};

    fn told(record: &JobRecord) -> Option<String> {
        reason(&seen(record, Language::English).0, Language::English, reader(Language::English).now)
    }

    #[test]
    fn the_reason_says_what_is_next_and_why() {
        let fault = |code, context| Fault::new(code, context, "");
        let mut refused = fault(Code::Connect, ErrorContext::GeneralTransport);
        refused.errno = Some(111);
        let refused = failed(&refused, ErrorClass::Transient, retry());
        let mut patience = failed(
            &fault(Code::NoProgress, ErrorContext::GeneralQueueManager),
            ErrorClass::Fatal,
            WaitingFor::Client,
        );
        if let Some(error) = &mut patience.error {
            error.cause = refused.error.clone().map(Box::new);
        }
        let mut floor = fault(Code::DiskFull, ErrorContext::LocalFile);
        floor.space = Some(Space { needed: 9 << 30, free: 8 << 30 });
        let mut full = floor.clone();
        full.errno = Some(28);
        let space = |fault: &Fault| failed(fault, ErrorClass::Policy, WaitingFor::Space);
        let cost = fault(Code::BlockedCost, ErrorContext::GeneralQueueManager);
        let cost = failed(&cost, ErrorClass::Policy, WaitingFor::Policy);
        let of = |state, record: &JobRecord| JobRecord { state, ..record.clone() };
        let mut waits = of(JobState::Transferred, &record());
        waits.settings.auto_complete = false;
        for (record, reason) in [
            (record(), None),
            (not_found(), Some("needs you: http-404")),
            (of(JobState::Suspended, &not_found()), Some("http-404")),
            (of(JobState::Connecting, &refused), Some("trying again: connection refused")),
            (refused, Some("tries again in 8 s: connection refused")),
            (patience, Some("needs you: no-progress (connection refused)")),
            (space(&floor), Some("waits for space on the disk: free_space_floor")),
            (space(&full), Some("waits for space on the disk: no space left on device")),
            (cost, Some("waits until a policy allows it: blocked-cost")),
            (waits, Some("complete it")),
        ] {
            assert_eq!(told(&record).as_deref(), reason);
        }
    }
}
