//! Complete and Cancel: accepted, recorded, carried out, answered (spec 9.5; faults F02, F03).
//!
//! The intent is in the record before the first rename or removal, so a service that dies in between
//! finishes the work when it comes back.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bgcopy_core::{
    ErrorContext, Fault, FileIndex, FileStage, JobId, JobState, LocalName, Now, Refusal, job::Ending, upload,
};

use super::Engine;
use crate::action::{Action, Notice, Notification, Saved};
use crate::lifecycle::{Files, Happening};
use crate::request::{Outcome, Reply, Ticket};

/// An ending under way.
#[derive(Debug, Default)]
pub(super) struct EndingRun {
    /// Whom to answer.
    tickets: Vec<Ticket>,
    /// What is being done.
    phase: Phase,
    /// Files that are not done yet.
    pending: BTreeSet<FileIndex>,
    /// Those of them that nobody was asked about yet: of twenty thousand not all are asked for in one batch.
    queued: VecDeque<FileIndex>,
    /// The first publication that failed.
    failed: Option<(FileIndex, Fault)>,
    /// Something could not be removed.
    leftovers: bool,
    /// Some files were not whole.
    partial: bool,
}

/// Files that are being published or thrown away at most: what those who do it take in one go, some times over.
const OUT_MAX: usize = 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Phase {
    /// The transfers are still stopping.
    #[default]
    Stopping,
    Publishing,
    Discarding,
}

impl Engine {
    /// Begins to end a job; the state is for the caller to set where it changes at once (Cancel).
    pub(super) fn begin_ending(&mut self, now: Now, id: JobId, ending: Ending, ticket: Option<Ticket>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.ending = Some(ending);
        job.ending = Some(EndingRun { tickets: ticket.into_iter().collect(), ..EndingRun::default() });
        self.timers.clear_job(id);
        self.try_all(id);
        self.save(id, Saved::Head);
        match ending {
            Ending::Complete => self.stop_fetching(id),
            Ending::Cancel => self.stop_transfers(id),
        }
        self.go_on_ending(now, id);
    }

    /// A second caller wants the same: both get the same answer (faults J05).
    pub(super) fn join_ending(&mut self, id: JobId, ticket: Ticket) {
        if let Some(run) = self.jobs.get_mut(&id).and_then(|job| job.ending.as_mut()) {
            run.tickets.push(ticket);
        }
    }

    /// `auto_complete`: the service completes the job though no client is there (design.md "Running").
    pub(super) fn complete_by_itself(&mut self, now: Now, id: JobId) {
        if self.jobs.get(&id).is_some_and(|job| job.ending.is_none()) {
            self.begin_ending(now, id, Ending::Complete, None);
        }
    }

    /// Takes up what a restart interrupted.
    pub(super) fn adopt(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        let auto = job.record.settings.auto_complete && job.record.state == JobState::Transferred;
        match job.record.ending {
            Some(ending) => self.begin_ending(now, id, ending, None),
            None if auto => self.complete_by_itself(now, id),
            None => self.adopt_clocks(now, id),
        }
    }

    pub(super) fn go_on_ending(&mut self, now: Now, id: JobId) {
        if self.active_transfers(id).next().is_some() {
            return;
        }
        let Some(job) = self.jobs.get(&id) else { return };
        let (Some(ending), Some(run)) = (job.record.ending, &job.ending) else { return };
        if !run.pending.is_empty() {
            return;
        }
        match (run.phase, ending) {
            (Phase::Stopping, Ending::Complete) => self.publish_all(now, id),
            (Phase::Publishing, Ending::Complete) if run.failed.is_some() => self.ending_failed(now, id),
            (Phase::Publishing, Ending::Complete) | (Phase::Stopping, Ending::Cancel) => {
                self.discard_all(now, id);
            }
            (Phase::Discarding, _) => self.ended(now, id),
            (Phase::Publishing, Ending::Cancel) => {}
        }
    }

    fn publish_all(&mut self, now: Now, id: JobId) {
        // Only now: a file that was whole already may have become durable since.
        if let Some(job) = self.jobs.get_mut(&id) {
            let partial = job.files() == Files::SomeWanted;
            job.ending.as_mut().into_iter().for_each(|run| run.partial = partial);
        }
        let whole = self.files_with(id, |stage| stage == FileStage::Transferred);
        self.enter_phase(id, Phase::Publishing, whole);
        self.go_on_ending(now, id);
    }

    fn discard_all(&mut self, now: Now, id: JobId) {
        let left = self.files_with(id, |stage| matches!(stage, FileStage::Wanted | FileStage::Transferred));
        self.enter_phase(id, Phase::Discarding, left);
        self.go_on_ending(now, id);
    }

    fn files_with(&self, id: JobId, stage: impl Fn(FileStage) -> bool) -> Vec<FileIndex> {
        let Some(record) = self.jobs.get(&id).map(|job| &job.record) else { return Vec::new() };
        // What an upload sends is its owner's, and stays as and where it is.
        let files =
            record.indexed_files().filter(|(index, _)| !(record.is_upload() && *index == upload::SOURCE));
        files.filter(|(_, file)| stage(file.stage)).map(|(index, _)| index).collect()
    }

    fn enter_phase(&mut self, id: JobId, phase: Phase, files: Vec<FileIndex>) {
        if let Some(run) = self.jobs.get_mut(&id).and_then(|job| job.ending.as_mut()) {
            run.phase = phase;
            run.pending = files.iter().copied().collect();
            run.queued = files.into();
        }
        self.send_out(id);
    }

    /// Asks for as many files of an ending as may be out at once.
    fn send_out(&mut self, id: JobId) {
        while let Some(run) = self.jobs.get_mut(&id).and_then(|job| job.ending.as_mut())
            && run.pending.len().saturating_sub(run.queued.len()) < OUT_MAX
            && let Some(file) = run.queued.pop_front()
        {
            // Content that the client refused may have been thrown away meanwhile.
            if !run.pending.contains(&file) {
                continue;
            }
            let action = match run.phase {
                Phase::Discarding => Action::Discard(id, file),
                Phase::Publishing | Phase::Stopping => Action::Publish(id, file),
            };
            self.act(action);
        }
    }

    pub(super) fn on_published(
        &mut self,
        now: Now,
        id: JobId,
        index: FileIndex,
        result: Result<LocalName, Fault>,
    ) {
        if let Ok(name) = &result
            && let Some(file) = self.file_mut(id, index)
        {
            file.stage = FileStage::Published;
            file.temporary = None;
            // That a whole file of a job that is being completed has its name needs no record of its own: after a crash
            // it is found out again (F03), and a completed job has given all of them theirs.
            if file.spec.local_name != *name {
                file.spec.local_name = name.clone();
                self.note(id, Saved::File(index));
            }
        }
        let Some(run) = self.jobs.get_mut(&id).and_then(|job| job.ending.as_mut()) else { return };
        run.pending.remove(&index);
        if let Err(fault) = result {
            run.failed.get_or_insert((index, fault));
        }
        self.send_out(id);
        self.go_on_ending(now, id);
    }

    pub(super) fn on_discarded(&mut self, now: Now, id: JobId, index: FileIndex, result: &Result<(), Fault>) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        // Content that the client refused is discarded while the job lives on.
        job.discarding.remove(&index);
        let Some(run) = job.ending.as_mut() else { return self.fill(now, id) };
        if !run.pending.remove(&index) {
            return;
        }
        run.leftovers |= result.is_err();
        if result.is_ok()
            && let Some(file) = self.file_mut(id, index)
        {
            file.stage = FileStage::Discarded;
            file.temporary = None;
        }
        self.note(id, Saved::File(index));
        self.send_out(id);
        self.go_on_ending(now, id);
    }

    /// A rename failed: "the call returns the failure, the job stays TRANSFERRED, already renamed files stay"
    /// (spec 9.5).
    fn ending_failed(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.ending = None;
        let Some((index, fault)) = job.ending.as_mut().and_then(|run| run.failed.take()) else { return };
        let tickets = job.ending.take().map(|run| run.tickets).unwrap_or_default();
        let by_itself = job.record.settings.auto_complete && tickets.is_empty();
        // "Already renamed files stay."
        for published in self.files_with(id, |stage| stage == FileStage::Published) {
            self.note(id, Saved::File(published));
        }
        self.save(id, Saved::Head);
        for ticket in tickets {
            let refusal = Refusal::Destination { reason: fault.detail.clone(), code: fault.code };
            self.act(Action::Reply(ticket, Err(refusal)));
        }
        // A job that was stopped in mid-transfer for this goes on, one that waited waits on.
        self.reschedule = true;
        self.happen(now, id, Happening::Preempted, None);
        self.adopt_clocks(now, id);
        if by_itself {
            self.count_failure(now, id, Some(index), &as_local(fault));
        }
    }

    fn ended(&mut self, now: Now, id: JobId) {
        let Some(mut job) = self.jobs.remove(&id) else { return };
        let run = job.ending.take().unwrap_or_default();
        let record = &mut job.record;
        self.waiting.remove(&(record.priority, job.turn, id));
        self.running.remove(&id);
        self.timers.clear_job(id);
        self.reschedule = true;
        let completed = record.ending.take() == Some(Ending::Complete);
        if completed {
            record.state = JobState::Acknowledged;
            record.error = None;
        }
        record.times.modification = now.wall;
        let outcome = match (run.leftovers, completed && run.partial) {
            (true, _) => Outcome::UnableToDelete,
            (false, true) => Outcome::Partial,
            (false, false) => Outcome::Ok,
        };
        let owner = record.owner;
        // What is noted of files goes before the end: where they are many, it tells of the job alone.
        let last = self.noted.extract_if(.., |(saved, _)| *saved == id);
        let of_files = last.filter(|(_, saved)| matches!(saved, Saved::File(_)));
        self.actions.extend(of_files.map(|(id, saved)| Action::Note(id, saved)));
        self.dirty.retain(|(saved, _)| *saved != id);
        let record = Arc::new(job.record);
        self.actions.push_back(Action::End(record.clone()));
        for ticket in run.tickets {
            self.act(Action::Reply(ticket, Ok(Reply::Done(outcome))));
        }
        let notice = Notice::Ended(record);
        self.act(Action::Notify(Notification { job: id, owner, notice }));
    }
}

/// A failed rename concerns the local file, whatever the cause.
fn as_local(fault: Fault) -> Fault {
    match fault.context {
        ErrorContext::LocalFile => fault,
        _ => Fault { context: ErrorContext::LocalFile, ..fault },
    }
}
