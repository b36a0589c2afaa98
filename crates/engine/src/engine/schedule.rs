//! Who runs: the queue's moves made.

use bgcopy_core::{JobId, JobState, Now};

use super::Engine;
use crate::lifecycle::Happening;
use crate::queue::{self, Move, Running, Waiting};

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
                // From Connecting a slice does not end (spec 5.2).
                slice_over: job.slice_over && job.record.state == JobState::Transferring,
            })
            .collect();
        let waiting = self.candidates(running.len());
        for step in queue::moves(self.config.queue, &running, &waiting) {
            match step {
                Move::Start(id) => self.start(now, id),
                Move::EndSlice(id) => {
                    self.happen(now, id, Happening::SliceEnded, None);
                }
                Move::Preempt(id) => {
                    self.happen(now, id, Happening::Preempted, None);
                }
            }
        }
    }

    /// The waiting jobs that the rules could pick, in the order of turns: of ten thousand they look at the
    /// Foreground jobs and as many others as there are slots and slices to end.
    fn candidates(&self, running: usize) -> Vec<Waiting> {
        let mut background = self.config.queue.background_jobs.max(1) + running;
        let mut candidates = Vec::new();
        for &(priority, _, job) in &self.waiting {
            if background == 0 {
                break;
            }
            if self.may_start(job) {
                background -= usize::from(priority.is_background());
                candidates.push(Waiting { job, priority });
            }
        }
        candidates
    }

    /// A job that comes into the queue while a condition forbids it waits for the condition, not for a slot.
    fn block_what_must_wait(&mut self, now: Now) {
        for id in std::mem::take(&mut self.fresh) {
            let queued = self.jobs.get(&id).filter(|job| job.record.state == JobState::Queued);
            if let Some(fault) = queued.and_then(|job| self.conditions.block(&job.record)) {
                self.block(now, id, None, &fault);
            }
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
        if self.state(id) != Some(JobState::Connecting) {
            return;
        }
        self.arm_max_time(now, id);
        self.arm_slice(now, id);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.came_by_permit = 0;
        }
        self.fill(now, id);
    }
}
