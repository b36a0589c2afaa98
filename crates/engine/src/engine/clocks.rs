//! Deadlines and conditions: what happens because time passed or the surroundings changed.

use bgcopy_core::{Code, JobId, JobState, Now, job::Ending};

use super::Engine;
use super::failures::Failure;
use super::job::Block;
use crate::action::{Action, Notice};
use crate::gate::Conditions;
use crate::lifecycle::Happening;
use crate::timers::Timer;

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
                }
            }
            Timer::MaxTime => self.max_time_due(now, id),
            Timer::Space => self.check_space(id),
            Timer::Modification => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.told_at = Some(now.mono);
                    self.notify(id, Notice::Changed);
                }
            }
            Timer::Age => self.age_due(now, id),
        }
    }

    /// Starts the clocks of a job that rests or waits, after it was created or taken over.
    pub(super) fn adopt_clocks(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        self.timers.set(id, Timer::Age, now.mono + self.config.job_age_limit);
        if job.record.state != JobState::TransientError {
            return;
        }
        // What it waited for is not known to this run: it finds out by trying, and the stall it was in goes on.
        if let Some(since) = job.record.stalled_since {
            let stalled = now.wall.since(since).min(job.no_progress_timeout());
            job.stalled_since = Some(now.mono - stalled);
        }
        self.happen(now, id, Happening::BlockLifted, None);
    }

    fn no_progress_due(&mut self, now: Now, id: JobId) {
        let waits = self
            .jobs
            .get(&id)
            .is_some_and(|job| job.record.state == JobState::TransientError && job.block == Block::Retry);
        // A retry that is under way may still bring something; its failure ends the patience.
        if waits {
            self.no_progress(now, id, None);
        }
    }

    fn max_time_due(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let seconds = job.max_download_time().map_or(0, |time| time.as_secs());
        let fault = bgcopy_core::Fault::new(
            Code::MaxTime,
            bgcopy_core::ErrorContext::GeneralQueueManager,
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
            return self.timers.set(
                id,
                Timer::Age,
                now.mono + left.max(std::time::Duration::from_secs(3_600)),
            );
        }
        self.happen(now, id, Happening::AgeLimit, None);
        self.begin_ending(now, id, Ending::Cancel, None);
    }

    fn check_space(&mut self, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        if let Block::Space(file) = job.block {
            let needed = job.record.error.as_ref().and_then(|error| error.space_needed).unwrap_or(0);
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
        let ids: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in ids {
            self.condition(now, id, network_back);
        }
    }

    fn condition(&mut self, now: Now, id: JobId, network_back: bool) {
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
