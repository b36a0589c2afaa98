//! Deadlines and conditions: what happens because time passed or the surroundings changed.

use std::time::Duration;

use bgcopy_core::{Code, ErrorContext, Fault, FileIndex, JobId, JobState, Now, WaitingFor, job::Ending};

use super::Engine;
use super::failures::Failure;
use super::job::{Block, Stall};
use crate::action::{Action, Notice};
use crate::gate::Conditions;
use crate::lifecycle::Happening;
use crate::timers::Timer;

/// A job that seems too old, or runs, is looked at again after this long: time for a wrong clock to be set
/// right (faults G02).
const AGE_RECHECK: Duration = Duration::from_secs(3_600);

impl Engine {
    pub(super) fn on_timer(&mut self, now: Now, id: JobId, timer: Timer) {
        match timer {
            Timer::Retry(file) => {
                if let Some(trouble) = self.jobs.get_mut(&id).and_then(|job| job.troubles.get_mut(&file)) {
                    trouble.parked = None;
                }
                if self.jobs.get(&id).is_some_and(|job| job.block == Block::Retry) {
                    self.happen(now, id, Happening::RetryDue, None);
                }
                self.fill(now, id);
            }
            Timer::NoProgress => self.no_progress_due(now, id),
            Timer::Slice => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.slice_over = true;
                    self.reschedule = true;
                }
            }
            Timer::MaxTime => self.max_time_due(now, id),
            Timer::Space => self.check_space(id),
            Timer::Modification => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.told_at = Some(now.mono);
                    self.tell_ranges(id);
                    self.notify(id, Notice::Changed);
                }
            }
            Timer::Age => self.age_due(now, id),
        }
    }

    /// Starts the clocks of a job that rests or waits, after it was created or taken over.
    pub(super) fn adopt_clocks(&mut self, now: Now, id: JobId) {
        self.arm_age(now, id);
        let Some(job) = self.jobs.get_mut(&id) else { return };
        // The stall that it was in goes on.
        job.stall =
            job.record.stalled_since.map(|since| Stall { since: now.mono, before: now.wall.since(since) });
        if job.record.state != JobState::TransientError {
            return;
        }
        let retry_at = match job.record.error.as_ref().map(|error| error.waiting_for) {
            Some(WaitingFor::RetryAt(at)) => at.since(now.wall).min(job.longest_delay()),
            _ => Duration::ZERO,
        };
        if retry_at.is_zero() {
            // Whatever it waited for, it finds out by trying.
            self.happen(now, id, Happening::BlockLifted, None);
        } else {
            // A hundred jobs must not try at once because the service came back (faults F15, K06).
            self.timers.set(id, Timer::Retry(FileIndex(0)), now.mono + retry_at);
            self.arm_no_progress(now, id);
        }
    }

    /// Sets the age limit: what the wall clock says now may be wrong, so a job that seems old is looked at
    /// again before it goes.
    pub(super) fn arm_age(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let age = now.wall.since(job.record.last_activity);
        let left = self.config.job_age_limit.saturating_sub(age);
        self.timers.set(id, Timer::Age, now.mono + left.max(AGE_RECHECK));
    }

    /// Sets the no-progress timeout of a job that makes none.
    fn arm_no_progress(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        if let Some(stall) = job.stall {
            let at = stall.reaches(job.no_progress_timeout(), now.mono);
            self.timers.set(id, Timer::NoProgress, at);
        }
    }

    /// Sets the maximum download time of a job in transfer.
    pub(super) fn arm_max_time(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.record.state.is_running()) else { return };
        match job.max_download_time() {
            Some(max) => {
                let left = max.saturating_sub(job.running_time(now.mono));
                self.timers.set(id, Timer::MaxTime, now.mono + left);
            }
            None => self.timers.clear(id, Timer::MaxTime),
        }
    }

    /// Sets the end of the time slice of a job in transfer; the queue asks for it at background levels only.
    pub(super) fn arm_slice(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.record.state.is_running()) else { return };
        job.slice_over = false;
        self.timers.set(id, Timer::Slice, now.mono + self.config.time_slice);
    }

    /// Settings changed that clocks run by.
    pub(super) fn rearm(&mut self, now: Now, id: JobId) {
        self.arm_max_time(now, id);
        self.arm_no_progress(now, id);
    }

    fn no_progress_due(&mut self, now: Now, id: JobId) {
        let waits = self
            .jobs
            .get(&id)
            .is_some_and(|job| job.record.state == JobState::TransientError && job.block == Block::Retry);
        // A retry that is under way may still bring something; its failure ends the patience.
        if waits {
            self.no_progress(now, id);
        }
    }

    fn max_time_due(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let seconds = job.max_download_time().map_or(0, |time| time.as_secs());
        let fault = Fault::new(
            Code::MaxTime,
            ErrorContext::GeneralQueueManager,
            format!("the job was in transfer for {seconds} s, as long as it may"),
        );
        self.fail_for_good(now, id, Failure::fatal(&fault, None), Happening::MaxTimeUsedUp);
    }

    /// Age counts from the last activity, and two clocks must agree on it (faults G01).
    fn age_due(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let age = self.vouched_wall(now).since(job.record.last_activity);
        let left = self.config.job_age_limit.saturating_sub(age);
        if !left.is_zero() || job.record.state.is_running() {
            return self.timers.set(id, Timer::Age, now.mono + left.max(AGE_RECHECK));
        }
        self.happen(now, id, Happening::AgeLimit, None);
        self.begin_ending(now, id, Ending::Cancel, None);
    }

    fn check_space(&mut self, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        if let Block::Space(file) = job.block {
            // The rest of the file: the floor, which the figures in the error include, may be another one by now.
            let needed = job.record.file(file).map_or(0, |file| {
                file.bytes_total().map_or(0, |total| total.saturating_sub(file.bytes_here))
            });
            self.act(Action::CheckSpace { job: id, file, needed });
        }
    }

    pub(super) fn on_space(&mut self, now: Now, id: JobId, enough: bool) {
        let waits = self.jobs.get(&id).is_some_and(|job| {
            job.record.state == JobState::TransientError && matches!(job.block, Block::Space(_))
        });
        if waits && enough {
            self.happen(now, id, Happening::BlockLifted, None);
        } else if waits {
            self.timers.set(id, Timer::Space, now.mono + bgcopy_core::limits::SPACE_RECHECK);
        }
    }

    pub(super) fn on_conditions(&mut self, now: Now, conditions: Conditions) {
        let network_back = conditions.network && !self.conditions.network;
        self.conditions = conditions;
        self.reschedule = true;
        let ids: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in ids {
            self.condition(now, id, network_back);
        }
    }

    /// What may run and what it may cost changed, for everybody or for this job.
    pub(super) fn condition(&mut self, now: Now, id: JobId, network_back: bool) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.ending.is_none()) else { return };
        let block = self.conditions.block(&job.record);
        match (job.record.state, block) {
            (JobState::Queued | JobState::Connecting | JobState::Transferring, Some(fault)) => {
                self.block(now, id, None, &fault);
            }
            (JobState::Connecting | JobState::Transferring, None)
                if self.conditions.absent_owners.contains(&job.record.owner) =>
            {
                self.happen(now, id, Happening::OwnerLoggedOff, None);
            }
            // "Network back: TE, whatever its code" (spec 5.2), but a full disk is no fuller for it.
            (JobState::TransientError, None) if network_back && !matches!(job.block, Block::Space(_)) => {
                self.happen(now, id, Happening::NetworkBack, None);
            }
            (JobState::TransientError, None) if matches!(job.block, Block::Policy(_) | Block::Network) => {
                self.happen(now, id, Happening::BlockLifted, None);
            }
            _ => {}
        }
    }
}
