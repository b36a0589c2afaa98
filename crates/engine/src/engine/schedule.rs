//! Who runs: the queue's moves made.

use bgcopy_core::{JobId, JobState, Now};

use super::Engine;
use crate::lifecycle::Happening;
use crate::queue::{self, Move, Running, Waiting};
use crate::timers::Timer;

impl Engine {
    /// Makes the rules of the queue hold again.
    pub(super) fn schedule(&mut self, now: Now) {
        self.block_what_must_wait(now);
        let running: Vec<Running> = self
            .running
            .iter()
            .filter_map(|id| self.jobs.get(id))
            .map(|job| Running {
                job: job.record.id,
                priority: job.record.priority,
                slice_over: job.slice_over,
            })
            .collect();
        let waiting: Vec<Waiting> = self
            .waiting
            .iter()
            .map(|(priority, _, job)| Waiting { job: *job, priority: *priority })
            .filter(|waiting| self.may_start(waiting.job))
            .collect();
        for step in queue::moves(self.config.queue, &running, &waiting) {
            match step {
                Move::Start(id) => self.start(now, id),
                // From Connecting a slice does not end (spec 5.2); the job keeps its slot until it moves bytes.
                Move::EndSlice(id) => {
                    self.happen(now, id, Happening::SliceEnded, None);
                }
                Move::Preempt(id) => {
                    self.happen(now, id, Happening::Preempted, None);
                }
            }
        }
    }

    /// A job that comes into the queue while a condition forbids it waits for the condition, not for a slot.
    fn block_what_must_wait(&mut self, now: Now) {
        let blocked: Vec<_> = self
            .waiting
            .iter()
            .filter_map(|(.., id)| Some((*id, self.conditions.block(&self.jobs.get(id)?.record)?)))
            .collect();
        for (id, fault) in blocked {
            self.block(now, id, None, &fault);
        }
    }

    fn may_start(&self, id: JobId) -> bool {
        self.active_transfers(id).next().is_none()
            && self.jobs.get(&id).is_some_and(|job| {
                job.ending.is_none() && !self.conditions.absent_owners.contains(&job.record.owner)
            })
    }

    fn start(&mut self, now: Now, id: JobId) {
        self.happen(now, id, Happening::SlotGranted, None);
        let Some(job) = self.jobs.get(&id).filter(|job| job.record.state == JobState::Connecting) else {
            return;
        };
        let spent = std::time::Duration::from_millis(job.record.running_millis);
        if let Some(max) = job.max_download_time() {
            self.timers.set(id, Timer::MaxTime, now.mono + max.saturating_sub(spent));
        }
        if job.record.priority.is_background() {
            self.timers.set(id, Timer::Slice, now.mono + self.config.time_slice);
        }
        self.fill(now, id);
    }
}
