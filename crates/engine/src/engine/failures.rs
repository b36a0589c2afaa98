//! What a failure means for a job: its record, when it is tried again, when patience ends (spec 6.7, 6.8).

use std::time::Duration;

use bgcopy_core::{
    Code, ErrorClass, ErrorContext, ErrorRecord, Fault, FileIndex, JobId, Now, WaitingFor, Wall, limits,
};

use super::Engine;
use super::job::{Block, Stall};
use crate::lifecycle::Happening;
use crate::retry;
use crate::timers::Timer;

/// A failure on its way into a record.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    fault: Fault,
    file: Option<FileIndex>,
    class: ErrorClass,
    waiting_for: WaitingFor,
    pub(super) block: Block,
    cause: Option<Box<ErrorRecord>>,
}

impl Failure {
    pub(super) fn fatal(fault: &Fault, file: Option<FileIndex>) -> Self {
        Self {
            fault: fault.clone(),
            file,
            class: ErrorClass::Fatal,
            waiting_for: WaitingFor::Client,
            block: Block::Retry,
            cause: None,
        }
    }

    pub(super) fn record(self, now: Wall, before: Option<&ErrorRecord>) -> ErrorRecord {
        let record = ErrorRecord::of(&self.fault, self.file, self.class, self.waiting_for, now, before);
        ErrorRecord { cause: self.cause, ..record }
    }
}

impl Engine {
    /// A file of a job failed, or the job as a whole.
    pub(super) fn fail(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault) {
        self.stop_file(id, file);
        if self.is_at_work(id) {
            self.count_failure(now, id, file, fault);
        }
    }

    /// Counts a failure of what a job is at, and lets it wait or end in Error.
    pub(super) fn count_failure(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let trouble = job.troubles.entry(file.unwrap_or(FileIndex(0))).or_default();
        let given_up = trouble.count(fault, now.mono);
        let attempts = trouble.attempts;
        // What waits for a condition must be one whose end will be heard of.
        let waits = fault.code == Code::DiskFull || self.conditions.block(&job.record).is_some();
        match fault.class() {
            ErrorClass::Transient | ErrorClass::Policy if given_up => self.fail_fatally(now, id, file, fault),
            ErrorClass::Fatal => self.fail_fatally(now, id, file, fault),
            ErrorClass::Policy if waits => self.block(now, id, file, fault),
            ErrorClass::Transient | ErrorClass::Policy => self.fail_for_now(now, id, file, fault, attempts),
        }
    }

    fn fail_fatally(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault) {
        self.fail_for_good(now, id, Failure::fatal(fault, file), Happening::FatalFailure);
    }

    fn stop_file(&mut self, id: JobId, file: Option<FileIndex>) {
        let run =
            self.active_transfers(id).find(|(_, at, _)| Some(*at) == file).map(|(transfer, ..)| transfer);
        if let Some(transfer) = run {
            self.stop_transfer(transfer);
        }
    }

    pub(super) fn fail_for_good(&mut self, now: Now, id: JobId, failure: Failure, happening: Happening) {
        self.happen(now, id, happening, Some(failure));
    }

    fn fail_for_now(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault, attempts: u32) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let timeout = job.no_progress_timeout();
        let floor = job.record.settings.min_retry_delay;
        let custom_method = job.record.settings.http_method.is_some();
        // Spec 6.8: "0: every error is fatal", "delay > timeout: no retry, straight to ERROR"; 7.7: a custom
        // method "turns resumable failures into ERROR".
        if timeout.is_zero() || floor.is_some_and(|floor| floor > timeout) || custom_method {
            let failure = Failure::fatal(fault, file);
            return self.fail_for_good(now, id, failure, Happening::FailureWithoutPatience);
        }
        let stall = *job.stall.get_or_insert(Stall { since: now.mono, before: Duration::ZERO });
        job.record.stalled_since.get_or_insert(now.wall);
        // A timeout that is over ends the patience as soon as the job waits again.
        let delay = retry::delay(attempts, floor, fault.retry_after, &mut self.dice);
        self.timers.set(id, Timer::NoProgress, stall.reaches(timeout, now.mono));
        self.park(now, id, file, fault, delay);
    }

    /// Lets a file rest; when nothing else of the job moves, the job waits with it.
    fn park(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault, delay: Duration) {
        let index = file.unwrap_or(FileIndex(0));
        self.timers.set(id, Timer::Retry(index), now.mono + delay);
        let failure = Failure {
            fault: fault.clone(),
            file,
            class: ErrorClass::Transient,
            waiting_for: WaitingFor::RetryAt(now.wall + delay),
            block: Block::Retry,
            cause: None,
        };
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.troubles.entry(index).or_default().parked = Some(Box::new(failure.clone()));
        if self.others_move(id) {
            self.fill(now, id);
        } else {
            self.happen(now, id, Happening::TransientFailure, Some(failure));
        }
    }

    /// Whether a run of the job goes on, or a file of it could begin.
    fn others_move(&self, id: JobId) -> bool {
        let Some(job) = self.jobs.get(&id) else { return false };
        let runs: Vec<_> = self.active_transfers(id).collect();
        let startable = job.startable().any(|index| runs.iter().all(|(_, busy, _)| *busy != index));
        startable || !job.discarding.is_empty() || runs.iter().any(|(.., stopping)| !stopping)
    }

    /// Every file that is left rests after a failure, and the job rests with the one whose turn is next.
    pub(super) fn wait_for_retries(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let parked =
            job.troubles.iter().filter_map(|(index, trouble)| Some((index, trouble.parked.as_deref()?)));
        let next = parked.min_by_key(|(index, _)| self.timers.at(id, Timer::Retry(**index)));
        if let Some(failure) = next.map(|(_, failure)| failure.clone()) {
            self.happen(now, id, Happening::TransientFailure, Some(failure));
        }
    }

    /// A condition forbids the job to go on; it waits for the condition, and nothing is counted.
    pub(super) fn block(&mut self, now: Now, id: JobId, file: Option<FileIndex>, fault: &Fault) {
        let (waiting_for, block, happening) = match fault.code {
            Code::NoNetwork => (WaitingFor::Network, Block::Network, Happening::NetworkLost),
            Code::DiskFull => {
                (WaitingFor::Space, Block::Space(file.unwrap_or(FileIndex(0))), Happening::Blocked)
            }
            code => (WaitingFor::Policy, Block::Policy(code), Happening::Blocked),
        };
        let failure = Failure {
            fault: fault.clone(),
            file,
            class: ErrorClass::Policy,
            waiting_for,
            block,
            cause: None,
        };
        // A wait for a condition is no stall: its clock stops, and so does that of a missing name.
        self.forget_stall(id);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.troubles.values_mut().for_each(|trouble| trouble.nameless_since = None);
        }
        self.try_all(id);
        self.happen(now, id, happening, Some(failure));
        if matches!(block, Block::Space(_)) {
            self.timers.set(id, Timer::Space, now.mono + limits::SPACE_RECHECK);
        }
    }

    /// The no-progress timeout: the code says so, and what kept failing is its cause (design.md).
    pub(super) fn no_progress(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let cause = job.record.error.clone();
        let seconds = job.no_progress_timeout().as_secs();
        let mut fault = Fault::new(
            Code::NoProgress,
            ErrorContext::GeneralQueueManager,
            format!("nothing came for {seconds} s"),
        );
        fault.source = cause.as_ref().and_then(|cause| cause.source.clone());
        let mut failure = Failure::fatal(&fault, None);
        failure.cause = cause.map(Box::new);
        self.fail_for_good(now, id, failure, Happening::NoProgressTimeout);
    }

    /// The records can never take this job as it is, so trying again is no way out: the client has to make it anew.
    pub fn cannot_record(&mut self, now: Now, id: JobId, reason: &str) {
        // One that is being ended is left to its end.
        if self.jobs.get(&id).is_some_and(|job| job.ending.is_none()) {
            let fault = Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, reason);
            self.fail_for_good(now, id, Failure::fatal(&fault, None), Happening::Unrecordable);
        }
        self.settle(now);
    }

    /// Bytes moved: what failed before is past.
    pub(super) fn on_progress(&mut self, id: JobId, file: FileIndex) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.troubles.remove(&file);
        }
        self.forget_stall(id);
    }

    fn forget_stall(&mut self, id: JobId) {
        if let Some(job) = self.jobs.get_mut(&id)
            && job.stall.take().is_some()
        {
            job.record.stalled_since = None;
            self.timers.clear(id, Timer::NoProgress);
        }
    }

    /// No file rests any more.
    pub(super) fn try_all(&mut self, id: JobId) {
        self.timers.clear_retries(id);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.unpark();
        }
    }

    /// What failed is past: the client acts, or the job came to rest.
    pub(super) fn forget_troubles(&mut self, id: JobId) {
        self.timers.clear_retries(id);
        self.forget_stall(id);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.troubles.clear();
            job.standing.forget();
            job.lies.clear();
            job.former_versions.clear();
            job.wrong.clear();
        }
    }
}
