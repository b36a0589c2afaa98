//! The writer: one thread that owns the database. It takes saves from a queue, makes everything that waits
//! one transaction, and answers each save after the commit.
//!
//! After a commit, and before its answers, the jobs that changed in a lasting way are *settled*: a living
//! job gets its record file, an ended one goes to the history. Settling may fail without harm, since the
//! database has it all; it is tried again with the next transaction, and by the next start.
//!
//! A job of many files is settled after the answers: its record file holds all of them, and is written once in a while
//! and not with each change; when it ends its rows are copied from one database to the other.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use bgcopy_core::JobId;
use rusqlite::{Connection, TransactionBehavior};

use crate::anew::{self, FileId};
use crate::apply::{Aftermath, Keeper};
use crate::archive::Archive;
use crate::error::{SaveError, Trouble};
use crate::place::Place;
use crate::records::Records;
use crate::reserve::Reserve;
use crate::rows::{self, JobRow};
use crate::schema;
use crate::secrets::SecretFiles;
use crate::store::Change;
use crate::told::Told;

/// Saves of one transaction: the first must not wait for ever for the last.
pub(crate) const GROUP_MAX: usize = 1_024;

/// The record file of a job of many files is written so long after the first change that it has to tell: what happens
/// in between is in the database, and is lost only if that is damaged within this time.
const SETTLE_MANY_AFTER: Duration = Duration::from_secs(10);
/// Writing such files takes at most one part in so many of the writer's time.
const SETTLE_MANY_REST: u32 = 20;

/// Called on the writer's thread with what became of a save.
pub(crate) type Done = Box<dyn FnOnce(Result<(), SaveError>) + Send>;

/// Changes that are durable together.
pub(crate) struct Save {
    pub(crate) changes: Vec<Change>,
    pub(crate) done: Done,
}

impl Save {
    /// What it counts for while it waits: an empty save takes room, too.
    pub(crate) fn weight(&self) -> usize {
        self.changes.len().max(1)
    }
}

/// What the writer is told.
pub(crate) enum Command {
    Save(Save),
    /// A reader found the history damaged.
    HistoryDamaged(String),
    /// Finish what is queued before, then end.
    Close,
    /// Let the database grow to this many pages only: a full volume, for tests.
    #[cfg(test)]
    LimitPages(u32),
}

/// What the handle and the writer both see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Transactions committed.
    pub(crate) commits: AtomicU64,
    /// Changes queued and not yet answered.
    pub(crate) queued: AtomicUsize,
}

/// Which saves a transaction takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Admit {
    All,
    /// Only what ends jobs: the volume is full.
    Endings,
}

pub(crate) struct Writer {
    conn: Connection,
    place: Place,
    database: PathBuf,
    /// Which file the database is that is open.
    file: Option<FileId>,
    busy_timeout: Duration,
    records: Records,
    secrets: SecretFiles,
    archive: Archive,
    history: PathBuf,
    reserve: Reserve,
    shared: Arc<Shared>,
    /// Jobs to settle while nothing else is to be done: left over from the last run.
    chores: Vec<JobId>,
    /// Jobs whose settling failed.
    overdue: BTreeSet<JobId>,
    /// Jobs of many files that are to be settled, and when.
    later: BTreeMap<JobId, Instant>,
    /// No job of many files is settled before this: all of its files are written down each time.
    rests_until: Option<Instant>,
    /// Ended jobs that are in the history and not yet out of the database.
    archived: Vec<JobId>,
    /// One of them has many files, which take their time.
    many_archived: bool,
    /// Why the database is not written any more.
    damage: Option<String>,
}

impl Writer {
    pub(crate) fn new(
        conn: Connection,
        place: Place,
        busy_timeout: Duration,
        secrets: SecretFiles,
        shared: Arc<Shared>,
        chores: Vec<JobId>,
    ) -> Self {
        Self {
            conn,
            database: place.database(),
            file: FileId::of(&place.database()),
            busy_timeout,
            records: Records::new(place.records()),
            secrets,
            archive: Archive::new(place.history(), busy_timeout),
            history: place.history(),
            reserve: Reserve::new(place.reserve()),
            place,
            shared,
            chores,
            overdue: BTreeSet::new(),
            later: BTreeMap::new(),
            rests_until: None,
            archived: Vec::new(),
            many_archived: false,
            damage: None,
        }
    }

    /// Works until told to end, or until nobody can tell it anything any more.
    pub(crate) fn run(mut self, queue: &Receiver<Command>) {
        self.reserve.hold();
        while let Some(command) = self.next(queue) {
            match command {
                Command::Save(first) => {
                    let (saves, then) = gather(first, queue);
                    self.save(saves);
                    match then {
                        Some(Command::Close) => break,
                        Some(other) => self.attend(other),
                        None => {}
                    }
                }
                Command::Close => break,
                other => self.attend(other),
            }
            self.settle_what_is_due();
        }
        self.finish();
    }

    /// The next command; does chores while there is none.
    fn next(&mut self, queue: &Receiver<Command>) -> Option<Command> {
        if std::mem::take(&mut self.many_archived) {
            match queue.try_recv() {
                Ok(command) => {
                    self.many_archived = true;
                    return Some(command);
                }
                Err(TryRecvError::Disconnected) => return None,
                // Now, so that the next job does not have to wait for it.
                Err(TryRecvError::Empty) => self.remove_archived(),
            }
        }
        loop {
            if self.chores.is_empty() {
                let Some(due) = self.later.values().min() else { return queue.recv().ok() };
                match queue.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Ok(command) => return Some(command),
                    Err(RecvTimeoutError::Disconnected) => return None,
                    Err(RecvTimeoutError::Timeout) => self.settle_what_is_due(),
                }
                continue;
            }
            match queue.try_recv() {
                Ok(command) => return Some(command),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {
                    let job = self.chores.pop();
                    self.settle(job.into_iter().collect());
                }
            }
        }
    }

    fn attend(&mut self, command: Command) {
        match command {
            Command::HistoryDamaged(reason) => {
                if let Err(trouble) = self.archive.set_aside_if_damaged(&reason) {
                    tracing::error!(%trouble, "the damaged history cannot be set aside");
                }
            }
            #[cfg(test)]
            Command::LimitPages(pages) => {
                self.conn.pragma_update(None, "max_page_count", pages).unwrap();
            }
            Command::Save(_) | Command::Close => unreachable!("handled by the loop"),
        }
    }

    fn save(&mut self, saves: Vec<Save>) {
        let (results, ended) = self.commit(&saves);
        for (save, result) in saves.into_iter().zip(results) {
            self.shared.queued.fetch_sub(save.weight(), Ordering::Relaxed);
            (save.done)(result);
        }
        ended.into_iter().for_each(|job| self.take_over(job));
    }

    /// Commits what can be, settles it, and tells what became of each save; gives the jobs of many files that ended.
    fn commit(&mut self, saves: &[Save]) -> (Vec<Result<(), SaveError>>, BTreeSet<JobId>) {
        if let Some(reason) = &self.damage {
            let refused = SaveError::Damaged { path: self.database.clone(), reason: reason.clone() };
            return (vec![Err(refused); saves.len()], BTreeSet::new());
        }
        if let Err(trouble) = self.keep_place() {
            return (vec![Err(trouble.on_save(&self.database)); saves.len()], BTreeSet::new());
        }
        let mut outcome = self.transact(saves, Admit::All);
        if let Err(Trouble::Full(_)) = outcome {
            // What the logs hold fits into the databases mostly, and leaves their room to us.
            self.checkpoint();
            outcome = self.transact(saves, Admit::All);
        }
        if let Err(Trouble::Full(path)) = &outcome
            && saves.iter().any(ends_a_job)
        {
            tracing::warn!(?path, "no space left for the records; only endings are kept");
            self.reserve.release();
            // Now, while there is room for it: emptied again and again, the log serves any number of endings.
            self.checkpoint();
            outcome = self.transact(saves, Admit::Endings);
        }
        match outcome {
            Ok((results, aftermath)) => {
                self.shared.commits.fetch_add(1, Ordering::Relaxed);
                (results, self.clear_up(aftermath))
            }
            Err(trouble) => {
                if let Trouble::Damaged(reason) = &trouble {
                    tracing::error!(reason, path = %self.database.display(), "the records are damaged");
                    self.damage = Some(reason.clone());
                }
                (vec![Err(trouble.on_save(&self.database)); saves.len()], BTreeSet::new())
            }
        }
    }

    /// Who removes the records of a running service takes from it what was, and nothing of what comes.
    fn keep_place(&mut self) -> Result<(), Trouble> {
        if self.file.is_some() && FileId::of(&self.database) == self.file {
            return Ok(());
        }
        tracing::error!(path = %self.database.display(), "the records were removed; they are written anew");
        anew::copy(&self.conn, &self.place)?;
        drop(std::mem::replace(&mut self.conn, Connection::open_in_memory()?));
        self.conn = anew::take_up(&self.place, self.busy_timeout).inspect_err(|trouble| {
            // What is open now is empty, and must not be taken for the records.
            self.damage = Some(trouble.to_string());
        })?;
        self.file = FileId::of(&self.database);
        self.archive = Archive::new(self.history.clone(), self.busy_timeout);
        self.reserve.hold_again();
        self.chores = rows::all(&self.conn)?.iter().map(|row| row.job.id).collect();
        Ok(())
    }

    /// One transaction over many saves. A save that makes no sense is left out of it; any other trouble
    /// undoes all of it.
    fn transact(
        &mut self,
        saves: &[Save],
        admit: Admit,
    ) -> Result<(Vec<Result<(), SaveError>>, Aftermath), Trouble> {
        let mut aftermath = Aftermath::default();
        let mut results = Vec::with_capacity(saves.len());
        let keeper = Keeper::new(&self.secrets, &self.history);
        let mut tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in &self.archived {
            rows::delete(&tx, *job)?;
        }
        for save in saves {
            if admit == Admit::Endings && !ends_a_job(save) {
                results.push(Err(SaveError::Full { path: self.database.clone() }));
                continue;
            }
            results.push(match keeper.apply(tx.savepoint()?, &save.changes) {
                Ok(more) => {
                    aftermath.extend(more);
                    Ok(())
                }
                Err(trouble) if trouble.is_of_the_save() => Err(trouble.on_save(&self.database)),
                Err(trouble) => return Err(trouble),
            });
        }
        tx.commit()?;
        self.archived.clear();
        Ok((results, aftermath))
    }

    fn clear_up(&mut self, aftermath: Aftermath) -> BTreeSet<JobId> {
        for (job, number) in aftermath.useless_secrets() {
            self.secrets.remove(job, number);
        }
        let mut unsettled = aftermath.unsettled;
        unsettled.append(&mut self.overdue);
        self.settle(unsettled);
        self.reserve.hold();
        let due = Instant::now() + SETTLE_MANY_AFTER;
        let due = self.rests_until.map_or(due, |until| until.max(due));
        for job in aftermath.unsettled_many {
            self.later.entry(job).or_insert(due);
        }
        self.later.retain(|job, _| !aftermath.ended_many.contains(job));
        aftermath.ended_many
    }

    /// Settles the jobs of many files whose time has come.
    fn settle_what_is_due(&mut self) {
        let started = Instant::now();
        let due: BTreeSet<JobId> =
            self.later.extract_if(.., |_, due| *due <= started).map(|(job, _)| job).collect();
        if due.is_empty() {
            return;
        }
        self.settle(due);
        self.rests_until = Some(Instant::now() + started.elapsed() * SETTLE_MANY_REST);
    }

    /// Moves an ended job of many files to the history.
    fn take_over(&mut self, id: JobId) {
        match self.archive.take_over(id, &self.database) {
            Ok(()) => {
                self.records.remove(id);
                self.archived.push(id);
                self.many_archived = true;
            }
            Err(trouble) => {
                tracing::warn!(job = %id, %trouble, "an ended job of many files is moved to the history with others");
                self.overdue.insert(id);
            }
        }
    }

    /// Writes the record of each living job, and moves the ended ones to the history.
    fn settle(&mut self, jobs: BTreeSet<JobId>) {
        let mut ended = Vec::new();
        for id in jobs {
            match self.settle_one(id) {
                Ok(row) => ended.extend(row),
                Err(trouble) => {
                    tracing::warn!(job = %id, %trouble, "a job that was saved cannot be read back");
                    self.overdue.insert(id);
                }
            }
        }
        self.retire(&ended);
    }

    /// Writes the record of a job that lives; gives one that has ended.
    fn settle_one(&mut self, id: JobId) -> Result<Option<JobRow>, Trouble> {
        match rows::head_and_count(&self.conn, id)? {
            Some((head, _)) if head.has_ended() => return rows::whole(&self.conn, id),
            Some((head, count)) => {
                let written = self.records.write(&head, &Told::new(&head.job, &self.conn, count));
                self.check_record(id, written);
            }
            None => self.records.remove(id),
        }
        Ok(None)
    }

    fn check_record(&mut self, id: JobId, written: io::Result<()>) {
        if let Err(error) = written {
            tracing::warn!(job = %id, %error, "the record file of a job cannot be written");
            self.overdue.insert(id);
        }
    }

    /// Moves ended jobs to the history.
    pub(crate) fn retire(&mut self, ended: &[JobRow]) {
        if ended.is_empty() {
            return;
        }
        match self.archive.put(ended) {
            Ok(()) => {
                for row in ended {
                    self.records.remove(row.job.id);
                    self.archived.push(row.job.id);
                }
            }
            Err(trouble) => {
                tracing::warn!(%trouble, path = %self.history.display(), "ended jobs wait for their history");
                // With a record they are rebuilt as ended, not as they were before.
                for row in ended {
                    let written = self.records.write(row, &row.job);
                    self.check_record(row.job.id, written);
                }
                self.overdue.extend(ended.iter().map(|row| row.job.id));
            }
        }
    }

    /// Leaves everything in the database file, as far as that goes: the log has it otherwise.
    fn finish(mut self) {
        let chores = std::mem::take(&mut self.chores);
        let mut rest = std::mem::take(&mut self.overdue);
        rest.extend(chores);
        rest.extend(std::mem::take(&mut self.later).into_keys());
        self.settle(rest);
        self.remove_archived();
        self.checkpoint();
        if let Err((_, error)) = self.conn.close() {
            tracing::warn!(%error, "the log of the records stays until the next start");
        }
    }

    /// Removes jobs that are in the history from among the living.
    fn remove_archived(&mut self) {
        if self.damage.is_none()
            && !self.archived.is_empty()
            && let Err(trouble) = self.transact(&[], Admit::All)
        {
            tracing::warn!(%trouble, "ended jobs stay among the living for now");
        }
    }

    /// Moves the logs into the databases, as far as that goes.
    fn checkpoint(&mut self) {
        let living = schema::empty_log(&self.conn);
        if let Err(trouble) = living.and_then(|()| self.archive.empty_log()) {
            tracing::debug!(%trouble, "a log cannot be emptied now");
        }
    }
}

/// The saves that wait behind the first, as far as they go into one transaction, and the command that came
/// instead of another.
fn gather(first: Save, queue: &Receiver<Command>) -> (Vec<Save>, Option<Command>) {
    let mut saves = vec![first];
    while saves.len() < GROUP_MAX {
        match queue.try_recv() {
            Ok(Command::Save(save)) => saves.push(save),
            Ok(other) => return (saves, Some(other)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    (saves, None)
}

/// Whether a save is what the reserve is for (E04).
fn ends_a_job(save: &Save) -> bool {
    save.changes.iter().any(|change| match change {
        Change::Head(job) => job.state.is_final() || job.ending.is_some(),
        Change::Create(_) | Change::File { .. } | Change::Files { .. } => false,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use bgcopy_core::{JobRecord, JobState};

    use super::*;
    use crate::samples;
    use crate::store::{Change, QUEUED_MAX, Store};

    fn save(store: &Store, changes: Vec<Change>) -> Result<(), SaveError> {
        let (done, answer) = samples::answer();
        store.save(changes, done);
        answer.recv().unwrap()
    }

    fn create(job: JobRecord) -> Vec<Change> {
        vec![Change::Create(Box::new(job))]
    }

    #[test]
    fn e04_when_the_volume_is_full_jobs_can_still_be_ended() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap().store;
        save(&store, create(samples::job(1))).unwrap();
        let reserve = || std::fs::metadata(dir.path().join("reserve")).unwrap();
        assert_eq!(reserve().len(), 1 << 20);
        let held_since = (reserve().ctime(), reserve().ctime_nsec());

        store.limit_pages(1);
        let big = JobRecord { description: "x".repeat(100_000), ..samples::job(2) };
        let refused = save(&store, create(big.clone()));
        assert!(matches!(refused, Err(SaveError::Full { .. })), "{refused:?}");
        // In one transaction with something that needs space.
        let ended = JobRecord { state: JobState::Cancelled, ..samples::job(1) };
        let (hold, held) = std::sync::mpsc::channel::<()>();
        store.save(Vec::new(), Box::new(move |_| held.recv().unwrap()));
        let (done, big_answer) = samples::answer();
        store.save(create(big.clone()), done);
        let (done, end_answer) = samples::answer();
        store.save(vec![Change::Head(Box::new(ended))], done);
        hold.send(()).unwrap();
        assert!(matches!(big_answer.recv().unwrap(), Err(SaveError::Full { .. })));
        end_answer.recv().unwrap().unwrap();
        assert!(store.ended_job(samples::id(1)).unwrap().is_some());
        // This volume is not full: what was given for the ending could be taken again at once.
        assert_ne!((reserve().ctime(), reserve().ctime_nsec()), held_since, "it was never given back");

        // Space is back: what was refused is taken, and space is kept back again.
        store.limit_pages(1 << 20);
        save(&store, create(big.clone())).unwrap();
        assert_eq!(reserve().len(), 1 << 20);
        drop(store);
        assert_eq!(Store::open(dir.path()).unwrap().jobs, [big]);
    }

    #[test]
    fn saves_beyond_the_bound_are_refused_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap().store;
        let (hold, held) = std::sync::mpsc::channel::<()>();
        store.save(Vec::new(), Box::new(move |_| held.recv().unwrap()));
        let (count, results) = std::sync::mpsc::channel();
        for _ in 0..QUEUED_MAX + 10 {
            let count = count.clone();
            store.save(Vec::new(), Box::new(move |result| count.send(result).unwrap()));
        }
        drop(count);
        let refused = results.try_iter().collect::<Vec<_>>();
        assert!(refused.iter().all(|result| matches!(result, Err(SaveError::Busy { .. }))));
        assert!((10..=11).contains(&refused.len()), "{} were refused", refused.len());
        hold.send(()).unwrap();
        assert!(results.iter().all(|result| result.is_ok()));
        save(&store, create(samples::job(1))).unwrap();
    }

    #[test]
    fn damage_found_while_running_stops_the_writing_and_is_repaired_by_the_next_start() {
        use std::os::unix::fs::FileExt as _;
        let dir = tempfile::tempdir().unwrap();
        // More than SQLite keeps in memory (2 MB).
        let big = |number| JobRecord { description: "x".repeat(30_000), ..samples::job(number) };
        let jobs: Vec<_> = (0..200).map(big).collect();
        let store = Store::open(dir.path()).unwrap().store;
        save(&store, jobs.iter().map(|job| Change::Create(Box::new(job.clone()))).collect()).unwrap();
        drop(store);
        let opened = Store::open(dir.path()).unwrap();
        let path = dir.path().join("bgcopy.db");
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let pages = file.metadata().unwrap().len() / 4096;
        (1..pages).for_each(|page| file.write_all_at(&[0xA5; 4096], page * 4096).unwrap());
        let mut store = Some(opened.store);
        let renamed = |nth: usize| JobRecord { display_name: "new".to_owned(), ..jobs[nth].clone() };
        let saves =
            (0..200).map(|nth| save(store.as_ref().unwrap(), vec![Change::Head(Box::new(renamed(nth)))]));
        let acknowledged = saves.take_while(Result::is_ok).count();
        assert!(acknowledged < 200, "no save came upon the damage");
        let refused = save(store.as_ref().unwrap(), create(samples::job(1_000)));
        assert!(matches!(refused, Err(SaveError::Damaged { .. })), "{refused:?}");
        store.take();

        let opened = Store::open(dir.path()).unwrap();
        assert_eq!(opened.recovery.map(|recovery| recovery.restored), Some(200));
        let expected = (0..200).map(|nth| if nth < acknowledged { renamed(nth) } else { jobs[nth].clone() });
        assert_eq!(samples::by_id(opened.jobs), samples::by_id(expected));
    }
}
