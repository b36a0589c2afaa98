//! Records on their way to the store, and what happens when it cannot take them.
//!
//! When a commit fails, whoever waits for it is refused, and what the engine decided stays decided: effects
//! go on, and the jobs concerned are saved again, whole, until that succeeds. Three things cannot be left at
//! that: a job whose creation failed is withdrawn, one whose end failed has not ended, and one whose record can
//! never be stored stops with an error, since trying again would go on for ever.

use std::collections::BTreeSet;

use bgcopy_core::{FileIndex, JobId, JobRecord, Refusal};
use bgcopy_engine::{Action, Engine, Reply, Saved};
use bgcopy_store::{Change, SaveError};
use tokio::time::Instant;

use super::{Committed, Manager, SAVE_AGAIN, now};
use crate::chain::in_full;
use crate::outbox::Commit;

/// Jobs whose records could not be saved.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// To be tried again.
    jobs: BTreeSet<JobId>,
    retry_at: Option<Instant>,
    /// Those whose records have no stored form, as of the last save: not to be tried again before something about
    /// them changes.
    unstorable: BTreeSet<JobId>,
}

impl Unsaved {
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.retry_at
    }

    fn add(&mut self, jobs: BTreeSet<JobId>, now: Instant) {
        self.jobs.extend(jobs);
        // Not put off by the next failure: a busy service has one every second.
        self.retry_at.get_or_insert(now + SAVE_AGAIN);
    }

    /// The jobs whose time has come.
    fn take_due(&mut self, now: Instant) -> BTreeSet<JobId> {
        if self.retry_at.is_none_or(|at| at > now) {
            return BTreeSet::new();
        }
        self.retry_at = None;
        std::mem::take(&mut self.jobs)
    }
}

impl Manager {
    /// Takes everything that the engine wants done, and lets out what may leave.
    pub(super) fn drain(&mut self) {
        loop {
            let (mut notes, mut changes, mut held) = (Vec::new(), Vec::new(), Vec::new());
            let mut gates = false;
            while let Some(action) = self.engine.poll_action() {
                gates |= matches!(action, Action::Save(..) | Action::End(_));
                match action {
                    Action::Note(job, saved) if self.can_wait(job, saved) => self.notes.add(job, saved),
                    Action::Note(job, saved) => notes.push((job, saved)),
                    Action::Save(job, saved) => changes.extend(change(&self.engine, job, saved)),
                    Action::End(record) => {
                        let whole = self.unsaved.jobs.contains(&record.id);
                        changes.extend(last_record(&record, whole));
                        self.ended.insert(record.id, record.clone());
                        held.push(Action::End(record));
                    }
                    other => held.push(other),
                }
            }
            if gates || !notes.is_empty() || self.notes.are_due() {
                notes.extend(self.notes.take());
            }
            // Notes first: a job that is kept as Transferred has files that are kept as such.
            let noted = notes.into_iter().collect::<BTreeSet<_>>().into_iter();
            let noted = noted.filter_map(|(job, saved)| self.noted(job, saved));
            let changes = noted.chain(changes).collect();
            if gates {
                self.save_and_hold(changes, held);
            } else {
                self.save(changes, None);
                self.outbox.push(held);
            }
            if !self.let_out() {
                return;
            }
        }
    }

    /// What is noted, as it is now; of a job that has ended, as it is in its last record.
    pub(super) fn noted(&self, job: JobId, saved: Saved) -> Option<Change> {
        change(&self.engine, job, saved).or_else(|| {
            let Saved::File(index) = saved else { return None };
            let file = self.ended.get(&job)?.file(index)?.clone();
            Some(Change::File { job, index, file: Box::new(file) })
        })
    }

    /// Whether a note is of a file that is whole: nothing is done to it any more before something else is saved.
    fn can_wait(&self, job: JobId, saved: Saved) -> bool {
        let Saved::File(index) = saved else { return false };
        let file = self.engine.job(job).and_then(|job| job.file(index));
        file.is_some_and(|file| file.kept.is_some() && file.is_transferred())
    }

    /// Dispatches what may leave; says whether the engine may have more to say.
    fn let_out(&mut self) -> bool {
        let mut any = false;
        while let Some(actions) = self.outbox.pop() {
            any = true;
            actions.into_iter().for_each(|action| self.dispatch(action));
        }
        self.begin_what_is_left();
        self.see_to_files();
        any
    }

    fn save_and_hold(&mut self, changes: Vec<Change>, held: Vec<Action>) {
        let commit = self.outbox.hold(held);
        self.save(changes, Some(commit));
    }

    pub(super) fn save(&self, changes: Vec<Change>, commit: Option<Commit>) {
        if changes.is_empty() && commit.is_none() {
            return;
        }
        let ended = self.commits.0.clone();
        let started = Instant::now();
        let jobs = changes.iter().map(Change::job).collect();
        self.parts.store.save(
            changes,
            Box::new(move |result| {
                // Without a reader the service has ended.
                let _ = ended.send(Committed { commit, jobs, started, result });
            }),
        );
    }

    pub(super) fn on_committed(&mut self, committed: Committed) {
        let Committed { commit, mut jobs, started, result } = committed;
        self.parts.metrics.observe_commit(started.elapsed());
        let batch = commit.and_then(|commit| self.outbox.committed(commit));
        let Err(error) = result else {
            self.unsaved.unstorable.retain(|job| !jobs.contains(job));
            return;
        };
        let withdrawn = batch.map(|batch| refuse(batch, &error)).unwrap_or_default();
        self.withdraw(&withdrawn, &error);
        jobs.retain(|job| !withdrawn.contains(job));
        self.on_save_failed(jobs, error);
    }

    /// Takes back jobs that were never created, also from who repeated the request meanwhile (faults J10).
    fn withdraw(&mut self, jobs: &[JobId], error: &SaveError) {
        for job in jobs {
            self.engine.withdraw(*job);
            self.live.remove(job);
            self.ended.remove(job);
        }
        for action in self.outbox.actions_mut() {
            if let Action::Reply(_, reply @ Ok(Reply::Created(_))) = action
                && let Ok(Reply::Created(job)) = reply
                && jobs.contains(job)
            {
                *reply = Err(not_saved(error));
            }
        }
    }

    fn on_save_failed(&mut self, mut jobs: BTreeSet<JobId>, error: SaveError) {
        self.parts.metrics.count_commit_failure();
        tracing::error!(error = &error as &dyn std::error::Error, "records could not be saved");
        if matches!(error, SaveError::Damaged { .. } | SaveError::Closed) {
            self.broken = Some(error);
            return;
        }
        if let SaveError::Unstorable { job, .. } = error {
            jobs.remove(&job);
            // Told once: that it stopped is a change, too, and cannot be stored either.
            if self.unsaved.unstorable.insert(job) {
                self.engine.cannot_record(now(), job, &in_full(&error));
            }
        }
        if !jobs.is_empty() {
            self.unsaved.add(jobs, Instant::now());
        }
    }

    /// Tries again to save what could not be saved: a whole record puts a job right, whatever part was lost.
    pub(super) fn save_unsaved(&mut self) {
        let (mut changes, mut held) = (Vec::new(), Vec::new());
        for id in self.unsaved.take_due(Instant::now()) {
            if let Some(record) = self.ended.get(&id) {
                changes.push(Change::Create(Box::new(JobRecord::clone(record))));
                held.push(Action::End(record.clone()));
            } else {
                // One that is in neither place was withdrawn, or has its last record by now.
                changes.extend(change(&self.engine, id, Saved::Created));
            }
        }
        if held.is_empty() {
            self.save(changes, None);
        } else {
            self.save_and_hold(changes, held);
        }
    }
}

/// The record as it is now; `None` for a job that has ended meanwhile, whose last record is on its way.
pub(super) fn change(engine: &Engine, id: JobId, saved: Saved) -> Option<Change> {
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

/// The files first: with its final head a job moves to the history as it then is. Of many files each was noted when
/// it changed, so they are not all written again, unless something `whole` is missing.
fn last_record(record: &JobRecord, whole: bool) -> impl Iterator<Item = Change> + use<> {
    let few = !record.files.is_empty() && record.files.len() <= bgcopy_store::MANY_FILES;
    let files = (few || whole).then(|| Change::Files {
        job: record.id,
        first: FileIndex(0),
        files: record.files.clone(),
    });
    files.into_iter().chain([Change::Head(Box::new(record.head()))])
}

/// "A request is acknowledged after its commit": without one it is refused, and a job has not ended. Gives
/// the jobs that must not be.
fn refuse(actions: &mut Vec<Action>, error: &SaveError) -> Vec<JobId> {
    actions.retain(|action| !matches!(action, Action::End(_)));
    let mut withdrawn = Vec::new();
    for action in actions {
        if let Action::Reply(_, reply @ Ok(_)) = action {
            if let Ok(Reply::Created(job)) = reply {
                withdrawn.push(*job);
            }
            *reply = Err(not_saved(error));
        }
    }
    withdrawn
}

fn not_saved(error: &SaveError) -> Refusal {
    Refusal::StoreFailed { reason: in_full(error) }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    use std::path::PathBuf;
    use std::sync::Arc;

    use bgcopy_core::{Code, JobState, Setting};
    use bgcopy_engine::Request;

    use super::*;
    use crate::manager::rig::{ADA, Answer, Rig, disk_full};

    fn created_job(answer: &mut Answer) -> JobId {
        match answer.try_recv() {
            Ok(Ok(Reply::Created(id))) => id,
            other => panic!("not created: {other:?}"),
        }
    }

    fn refused(answer: &mut Answer) -> bool {
        matches!(answer.try_recv(), Ok(Err(Refusal::StoreFailed { .. })))
    }

    #[tokio::test]
    async fn a_job_whose_creation_is_not_saved_leaves_nothing_behind() {
        let mut rig = Rig::new();
        let mut answers = [rig.create(true), rig.create(true)];
        rig.settle(true).await;
        assert!(answers.iter_mut().all(refused), "also who repeated the request with its key");
        let manager = &rig.manager;
        assert_eq!(
            (manager.engine.jobs(Rig::asker()).count(), manager.live.len(), manager.runs.len()),
            (0, 0, 0)
        );
        assert!(!manager.is_busy(), "the engine waits for a run that never began");
    }

    #[tokio::test]
    async fn a_job_ends_when_its_end_is_saved_and_not_before() {
        let mut rig = Rig::new();
        let mut created = rig.create(false);
        rig.settle(false).await;
        let id = created_job(&mut created);

        let mut cancelled = rig.ask(Request::Cancel(id));
        rig.settle(true).await;
        assert!(refused(&mut cancelled));
        assert_eq!(rig.manager.record(&ADA, id).unwrap().state, JobState::Cancelled);
        assert!(rig.manager.is_busy(), "its record must not be lost by leaving");

        rig.manager.unsaved.retry_at = Some(Instant::now());
        rig.manager.save_unsaved();
        rig.settle(false).await;
        assert!(rig.manager.ended.is_empty() && !rig.manager.is_busy());
        let kept = rig.manager.parts.store.ended_job(id).unwrap().unwrap();
        assert_eq!(kept.state, JobState::Cancelled);
    }

    #[tokio::test]
    async fn whoever_waits_hears_the_whole_reason() {
        let mut rig = Rig::new();
        let mut answer = rig.create(false);
        let source = Arc::new(std::io::Error::other("the cable is loose"));
        rig.settle_with(|| Err(SaveError::Io { path: "/records".into(), source: source.clone() })).await;
        let refusal = answer.try_recv().unwrap().unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the request could not be recorded: /records cannot be written: the cable is loose"
        );
    }

    /// A program that no record can hold: JSON has no form for a path that is not UTF-8.
    fn unstorable() -> Setting {
        let program = PathBuf::from(OsString::from_vec(b"/\xff".to_vec()));
        Setting::NotifyCmdLine(Some((program, String::new())))
    }

    #[tokio::test]
    async fn a_job_that_can_never_be_stored_stops_with_an_error_and_is_not_tried_again() {
        let mut rig = Rig::new();
        let mut created = rig.create(true);
        rig.settle(false).await;
        let id = created_job(&mut created);

        let mut changed = rig.ask(Request::Set(id, vec![unstorable()]));
        rig.settle(false).await;
        assert!(refused(&mut changed), "who asked for it is told");
        let job = rig.manager.engine.job(id).unwrap();
        let error = job.error.as_ref().unwrap();
        assert_eq!((job.state, error.code), (JobState::Error, Code::StoreFailed));
        assert!(error.detail.contains("cannot be stored: path contains invalid UTF-8"), "{}", error.detail);
        assert_eq!(job.error_count, 1);
        assert_eq!(rig.manager.unsaved.retry_at(), None, "it would fail again, for ever");

        // What can be stored again is stored, and resumed like any other.
        let mut changed = rig.ask(Request::Set(id, vec![Setting::NotifyCmdLine(None)]));
        rig.settle(false).await;
        assert!(matches!(changed.try_recv(), Ok(Ok(_))));
        assert!(rig.manager.unsaved.unstorable.is_empty());
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_stored_keeps_no_other_from_it() {
        let mut rig = Rig::new();
        let mut created = rig.create(true);
        rig.settle(false).await;
        let id = created_job(&mut created);
        let other = JobId::from_random_bytes([7; 16]);
        let source = Arc::new(serde_json::from_str::<bool>("?").unwrap_err());
        let (jobs, started) = (BTreeSet::from([id, other]), Instant::now());
        let result = Err(SaveError::Unstorable { job: id, source });
        rig.manager.on_committed(Committed { commit: None, jobs, started, result });
        assert_eq!(rig.manager.unsaved.jobs, BTreeSet::from([other]));
        assert_eq!(
            rig.manager.engine.job(id).unwrap().state,
            JobState::Error,
            "nobody waited, so the job tells"
        );
    }

    #[tokio::test]
    async fn only_the_jobs_of_a_failed_save_are_saved_again() {
        let mut rig = Rig::new();
        let mut created = rig.create(false);
        rig.settle(false).await;
        let id = created_job(&mut created);
        let other = JobId::from_random_bytes([7; 16]);
        let (jobs, started) = (BTreeSet::from([id]), Instant::now());
        rig.manager.on_committed(Committed { commit: None, jobs, started, result: Err(disk_full()) });
        assert_eq!(rig.manager.unsaved.jobs, BTreeSet::from([id]));
        let first = rig.manager.unsaved.retry_at();
        rig.manager.unsaved.add(BTreeSet::from([other]), Instant::now() + SAVE_AGAIN);
        assert_eq!(rig.manager.unsaved.retry_at(), first, "failures that go on put nothing off");
    }
}
