//! Records on their way to the store, and what happens when it cannot take them.

use std::collections::BTreeSet;

use bgcopy_core::{FileIndex, JobId, JobRecord, Refusal};
use bgcopy_engine::{Action, Engine, Reply, Saved};
use bgcopy_store::{Change, SaveError};
use tokio::time::Instant;

use super::{Committed, Manager, SAVE_AGAIN};
use crate::outbox::Commit;

/// Jobs whose records could not be saved, to be tried again.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    jobs: BTreeSet<JobId>,
    retry_at: Option<Instant>,
}

impl Unsaved {
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }
}

impl Manager {
    /// Takes everything that the engine wants done, and lets out what may leave.
    pub(super) fn drain(&mut self) {
        loop {
            let mut changes = Vec::new();
            let mut held = Vec::new();
            let mut gates = false;
            while let Some(action) = self.engine.poll_action() {
                gates |= matches!(action, Action::Save(..) | Action::End(_));
                match action {
                    Action::Save(job, saved) | Action::Note(job, saved) => {
                        changes.extend(change(&self.engine, job, saved));
                    }
                    Action::End(record) => {
                        changes.extend(last_record(&record));
                        self.ended.insert(record.id, record.clone());
                        held.push(Action::End(record));
                    }
                    other => held.push(other),
                }
            }
            if gates {
                let commit = self.outbox.hold(held);
                self.save(changes, Some(commit));
            } else {
                if !changes.is_empty() {
                    self.save(changes, None);
                }
                self.outbox.push(held);
            }
            if !self.let_out() {
                return;
            }
        }
    }

    /// Dispatches what may leave; says whether the engine may have more to say.
    fn let_out(&mut self) -> bool {
        let mut any = false;
        while let Some(actions) = self.outbox.pop() {
            any = true;
            actions.into_iter().for_each(|action| self.dispatch(action));
        }
        any
    }

    fn save(&self, changes: Vec<Change>, commit: Option<Commit>) {
        let ended = self.commits.0.clone();
        let started = Instant::now();
        self.parts.store.save(
            changes,
            Box::new(move |result| {
                // Without a reader the service has ended.
                let _ = ended.send(Committed { commit, started, result });
            }),
        );
    }

    pub(super) fn on_committed(&mut self, committed: Committed) {
        let Committed { commit, started, result } = committed;
        self.parts.metrics.observe_commit(started.elapsed());
        let mut withdrawn = Vec::new();
        if let Some(actions) = commit.and_then(|commit| self.outbox.committed(commit))
            && let Err(error) = &result
        {
            withdrawn = refuse(actions, error);
        }
        for job in withdrawn {
            self.engine.withdraw(job);
        }
        if let Err(error) = result {
            self.on_save_failed(error);
        }
    }

    fn on_save_failed(&mut self, error: SaveError) {
        self.parts.metrics.count_commit_failure();
        tracing::error!(error = &error as &dyn std::error::Error, "records could not be saved");
        if matches!(error, SaveError::Damaged { .. } | SaveError::Closed) {
            self.broken = Some(error);
            return;
        }
        // Which of them does not matter: a whole record puts a job right.
        let all = bgcopy_engine::Caller { owner: bgcopy_core::Owner::ROOT, admin: true };
        self.unsaved.jobs.extend(self.engine.jobs(all).map(|job| job.id));
        self.unsaved.retry_at = Some(Instant::now() + SAVE_AGAIN);
    }

    /// Tries again to save what could not be saved.
    pub(super) fn save_unsaved(&mut self) {
        if self.unsaved.retry_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.unsaved.retry_at = None;
        let jobs = std::mem::take(&mut self.unsaved.jobs);
        let changes: Vec<_> =
            jobs.into_iter().filter_map(|job| change(&self.engine, job, Saved::Created)).collect();
        if !changes.is_empty() {
            self.save(changes, None);
        }
    }
}

/// The record as it is now; `None` for a job that has ended meanwhile, whose last record is on its way.
fn change(engine: &Engine, id: JobId, saved: Saved) -> Option<Change> {
    let job = engine.job(id)?;
    Some(match saved {
        Saved::Created => Change::Create(Box::new(job.clone())),
        Saved::Head => Change::Head(Box::new(job.head())),
        Saved::File(index) => Change::File { job: id, index, file: Box::new(job.file(index)?.clone()) },
        Saved::FilesFrom(first) => {
            Change::Files { job: id, first, files: job.files.get(first.as_usize()..)?.to_vec() }
        }
    })
}

/// The files first: with its final head a job moves to the history as it then is.
fn last_record(record: &JobRecord) -> impl Iterator<Item = Change> + use<> {
    let files = (!record.files.is_empty()).then(|| Change::Files {
        job: record.id,
        first: FileIndex(0),
        files: record.files.clone(),
    });
    files.into_iter().chain([Change::Head(Box::new(record.head()))])
}

/// "A request is acknowledged after its commit": without one it is refused. Gives the jobs that must not be.
fn refuse(actions: &mut [Action], error: &SaveError) -> Vec<JobId> {
    let mut withdrawn = Vec::new();
    for action in actions {
        if let Action::Reply(_, reply @ Ok(_)) = action {
            if let Ok(Reply::Created(job)) = reply {
                withdrawn.push(*job);
            }
            *reply = Err(Refusal::StoreFailed { reason: error.to_string() });
        }
    }
    withdrawn
}
