//! The life-cycle table applied to a job: the state changes, and its duties are done.

use bgcopy_core::{JobId, JobState, Now};

use super::Engine;
use super::failures::Failure;
use super::job::Block;
use super::transfers::Transfer;
use crate::action::{Notice, Order, Saved};
use crate::lifecycle::{Duties, Happening, Input, Step, step};
use crate::timers::Timer;

impl Engine {
    /// Lets something happen to a job; says whether the state changed.
    pub(super) fn happen(
        &mut self,
        now: Now,
        id: JobId,
        happening: Happening,
        failure: Option<Failure>,
    ) -> Option<Step> {
        let state = self.state(id)?;
        // An event is never refused; `step` says so by staying.
        let step = step(state, Input::Happening(happening)).ok()?;
        self.apply(now, id, step, failure);
        Some(step)
    }

    /// Carries a step out.
    pub(super) fn apply(&mut self, now: Now, id: JobId, step: Step, failure: Option<Failure>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let from = job.record.state;
        let had_error = job.record.error.is_some();
        let duties = step.duties;
        if duties.contains(Duties::RECORD_ERROR)
            && let Some(failure) = failure
        {
            job.block = failure.block;
            job.record.error = Some(failure.record(now.wall, job.record.error.as_ref()));
        }
        if duties.contains(Duties::COUNT_ERROR) {
            job.record.error_count = job.record.error_count.saturating_add(1);
        }
        if duties.contains(Duties::CLEAR_ERROR) {
            job.record.error = None;
            job.record.unconfirmed.error = false;
        }
        if duties.contains(Duties::RESET_CLOCKS) {
            job.record.running_millis = 0;
            job.record.resumed = true;
            job.record.last_activity = now.wall;
            self.forget_troubles(id);
        }
        if duties.contains(Duties::TRY_ALL) {
            self.try_all(id);
        }
        if duties.contains(Duties::COMMIT_NAMES) {
            self.commit_names(now, id);
        }
        if step.to != from {
            self.change_state(now, id, from, step.to);
        }
        let changed_error = had_error != self.jobs[&id].record.error.is_some()
            || duties.intersects(Duties::RECORD_ERROR | Duties::COUNT_ERROR);
        // Queued, Connecting and Transferring are the same to a restart, so moving among them costs no commit.
        let class = |state: JobState| {
            if state.is_running() { JobState::Queued } else { state }
        };
        if class(from) != class(step.to) || changed_error || duties.contains(Duties::RESET_CLOCKS) {
            self.save(id, Saved::Head);
        }
        if duties.contains(Duties::STOP) {
            if duties.contains(Duties::DISCARD) {
                self.stop_transfers(id);
            } else {
                self.stop_fetching(id);
            }
        }
        if duties.contains(Duties::NOTIFY_TRANSFERRED) {
            self.tell_transferred(now, id);
        }
        if duties.contains(Duties::NOTIFY_ERROR) {
            self.tell_error(id);
        }
    }

    fn change_state(&mut self, now: Now, id: JobId, from: JobState, to: JobState) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.state = to;
        self.waiting.remove(&(job.record.priority, job.turn, id));
        self.reschedule = true;
        if from == JobState::Transferred {
            // Whoever resumed it knows.
            job.record.unconfirmed.transferred = false;
        }
        if from.is_running() && !to.is_running() {
            self.running.remove(&id);
            let time = job.running_time(now.mono).as_millis();
            job.record.running_millis = u64::try_from(time).unwrap_or(u64::MAX);
            job.slot_since = None;
            self.timers.clear(id, Timer::Slice);
            self.timers.clear(id, Timer::MaxTime);
        }
        if from == JobState::TransientError {
            self.timers.clear(id, Timer::Space);
        }
        match to {
            JobState::Queued => self.queue_up(id),
            JobState::Connecting | JobState::Transferring => {
                if self.running.insert(id) {
                    job.slot_since = Some(now.mono);
                    job.slice_over = false;
                }
            }
            // It is not through before its files have their names: how often that failed counts on.
            JobState::Transferred if job.record.settings.auto_complete => {}
            JobState::Suspended | JobState::Error | JobState::Transferred => {
                job.block = Block::Retry;
                self.forget_troubles(id);
            }
            JobState::TransientError | JobState::Acknowledged | JobState::Cancelled => {}
        }
        if to == JobState::Transferred
            && let Some(job) = self.jobs.get_mut(&id)
        {
            job.record.times.transfer_completion = Some(now.wall);
        }
        self.tell_state(now, id, to);
    }

    /// Puts a job at the end of the queue.
    pub(super) fn queue_up(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.turn = self.next_turn;
        self.next_turn += 1;
        self.waiting.insert((job.record.priority, job.turn, id));
        self.fresh.push(id);
        self.reschedule = true;
    }

    /// A change of state is told at once; the throttle is for bytes.
    fn tell_state(&mut self, now: Now, id: JobId, to: JobState) {
        self.tell_ranges(id);
        let Some(job) = self.jobs.get_mut(&id) else { return };
        self.timers.clear(id, Timer::Modification);
        match to {
            // `JobModification` is "not sent for the change to ERROR or TRANSFERRED" (spec 8.2), which are
            // told by notifications of their own.
            JobState::Error | JobState::Transferred => {
                job.record.times.modification = now.wall;
                job.told_at = Some(now.mono);
            }
            JobState::Queued
            | JobState::Connecting
            | JobState::Transferring
            | JobState::Suspended
            | JobState::TransientError
            | JobState::Acknowledged
            | JobState::Cancelled => {
                job.told_at = None;
                self.touch(now, id);
            }
        }
    }

    /// Stops every run of a job.
    pub(super) fn stop_transfers(&mut self, id: JobId) {
        self.stop_runs(id, |_| true);
    }

    /// Stops the runs of a job that still fetch. One that has every byte ends by itself, soon, and keeps what
    /// it has: the failure of another file is no reason to throw it away.
    pub(super) fn stop_fetching(&mut self, id: JobId) {
        self.stop_runs(id, |run| !run.finishing);
    }

    fn stop_runs(&mut self, id: JobId, which: impl Fn(&Transfer) -> bool) {
        let runs = self.transfers.iter().filter(|(_, run)| run.job == id && !run.stopping && which(run));
        let runs: Vec<_> = runs.map(|(transfer, _)| *transfer).collect();
        runs.into_iter().for_each(|transfer| self.stop_transfer(transfer));
    }

    pub(super) fn order(&mut self, transfer: crate::TransferId, order: Order) {
        self.act(crate::Action::Order(transfer, order));
    }

    fn tell_transferred(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.unconfirmed.transferred = true;
        self.notify(id, Notice::Transferred);
        if self.jobs[&id].record.settings.auto_complete {
            self.complete_by_itself(now, id);
        }
    }

    fn tell_error(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.unconfirmed.error = true;
        self.notify(id, Notice::Error);
    }

    /// Adopts remote names that were set since (spec 7.9: "not persisted until Resume").
    fn commit_names(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let mut committed = Vec::new();
        for (index, file) in (0..).map(bgcopy_core::FileIndex).zip(&mut job.record.files) {
            if let Some(name) = file.next_remote_name.take() {
                file.spec.remote_name = *name;
                file.spec.supply.offered = false;
                committed.push(index);
            }
        }
        for index in committed {
            self.save(id, Saved::File(index));
            self.begin_anew(now, id, index);
        }
    }
}
