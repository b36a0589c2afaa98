//! Opening: check, migrate, rebuild what is damaged, load.
//!
//! The database and the record files are compared at every start. The database is right unless it is
//! damaged or behind: a record that carries a higher revision, or tells of a job that neither the database
//! nor the history knows, means that commits were lost (a truncated log, a restored backup), and is taken
//! instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use bgcopy_core::{JobId, JobRecord};
use rusqlite::{Connection, TransactionBehavior};

use crate::ended::EndedJobs;
use crate::error::{OpenError, Trouble};
use crate::lasting;
use crate::place::{self, Place};
use crate::records::Records;
use crate::rows::{self, JobRow};
use crate::schema::{self, HISTORY, JOBS};
use crate::sealing::SecretKey;
use crate::secrets::{NONE, SecretFiles};
use crate::store::Store;
use crate::writer::{Shared, Writer};

/// Records that are open, and what was found in them.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub store: Store,
    /// Every job that is not final or whose ending is unfinished, in the order of creation.
    pub jobs: Vec<JobRecord>,
    /// What had to be rebuilt, if anything.
    pub recovery: Option<Recovery>,
    /// Jobs whose secrets are lost: they were loaded without.
    pub without_secrets: Vec<JobId>,
}

/// The list of jobs was rebuilt, in part or whole, from the record files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// What was found, for the operator.
    pub reason: String,
    /// What the damaged database is called now; `None` when it was missing or only behind.
    pub set_aside: Option<PathBuf>,
    /// How many jobs were rebuilt.
    pub restored: usize,
    /// Records of jobs that nothing else knows and that cannot be read: these jobs are lost.
    pub lost: Vec<LostRecord>,
}

/// A job that could not be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostRecord {
    /// The job.
    pub job: JobId,
    /// Where its record is now.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

/// See [`Store::open`].
pub(crate) fn open(dir: &Path, key: Option<SecretKey>, busy_timeout: Duration) -> Result<Opened, OpenError> {
    let place = Place::prepare(dir)?;
    let secrets = SecretFiles::new(place.secrets(), key);
    refuse_newer(&place)?;
    let database = place.database();
    let failed = |trouble: Trouble| trouble.on_open(&database);

    let mut found = find(&place, busy_timeout)?;
    let compared = compare(&place, &found.jobs).map_err(failed)?;
    if compared.is_the_database_behind() {
        catch_up(&mut found.conn, &compared).map_err(failed)?;
        found.jobs = rows::all(&found.conn).map_err(failed)?;
    }
    let recovery = recovery(&mut found, &compared);

    let (jobs, ended): (Vec<_>, Vec<_>) = found.jobs.into_iter().partition(|row| !row.has_ended());
    refuse_locked(&secrets, &jobs)?;
    let (jobs, without_secrets) = with_secrets(&secrets, jobs).map_err(failed)?;

    let shared = Arc::new(Shared::default());
    let (queue, commands) = mpsc::channel();
    let mut writer =
        Writer::new(found.conn, place.clone(), busy_timeout, secrets, Arc::clone(&shared), compared.chores);
    // Jobs that ended and did not get to the history: whoever asks for it next must see them.
    writer.retire(&ended);
    let writer = thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || writer.run(&commands))
        .map_err(|error| Trouble::Io(None, Arc::new(error)).on_open(&database))?;
    let store = Store::start(queue, writer, shared, (place.database(), place.history()));
    Ok(Opened { store, jobs, recovery, without_secrets })
}

/// F07: "newer: refuse to start, nothing touched". Damage is for the next step to find.
fn refuse_newer(place: &Place) -> Result<(), OpenError> {
    for (path, schema) in [(place.database(), &JOBS), (place.history(), &HISTORY)] {
        if let Err(trouble @ Trouble::Newer { .. }) = schema.refuse_newer(&path) {
            return Err(trouble.on_open(&path));
        }
    }
    Ok(())
}

/// A database that can be used, and what is in it.
struct Found {
    conn: Connection,
    jobs: Vec<JobRow>,
    /// Why it is not the one that was there.
    damage: Option<String>,
    set_aside: Option<PathBuf>,
}

fn find(place: &Place, busy_timeout: Duration) -> Result<Found, OpenError> {
    let path = place.database();
    let failed = |trouble: Trouble| trouble.on_open(&path);
    let was_missing = !path.exists();
    if was_missing && place::is_there(&path) {
        // A log without its database: SQLite would throw it away.
        let set_aside = place::set_aside(&path).map_err(failed)?;
        let (conn, jobs) = load(&path, busy_timeout).map_err(failed)?;
        let damage = Some("the database is missing, and its log is there".to_owned());
        return Ok(Found { conn, jobs, damage, set_aside: Some(set_aside) });
    }
    match load(&path, busy_timeout) {
        Ok((conn, jobs)) => {
            let damage = was_missing.then(|| "the database is missing".to_owned());
            Ok(Found { conn, jobs, damage, set_aside: None })
        }
        Err(Trouble::Damaged(reason)) => {
            let set_aside = place::set_aside(&path).map_err(failed)?;
            let (conn, jobs) = load(&path, busy_timeout).map_err(failed)?;
            Ok(Found { conn, jobs, damage: Some(reason), set_aside: Some(set_aside) })
        }
        Err(other) => Err(failed(other)),
    }
}

fn load(path: &Path, busy_timeout: Duration) -> Result<(Connection, Vec<JobRow>), Trouble> {
    let mut conn = schema::connect(path, busy_timeout)?;
    JOBS.migrate(&mut conn)?;
    schema::check_pages(&conn)?;
    schema::check_header(&conn)?;
    let jobs = rows::all(&conn)?;
    Ok((conn, jobs))
}

/// How the record files differ from the database.
#[derive(Debug, Default)]
struct Compared {
    /// Jobs as their records tell of them, which the database does not know, or only as they were before.
    restored: Vec<JobRow>,
    /// Jobs that ended, of which the database does not know it.
    gone: Vec<JobId>,
    /// Jobs whose record must be written again.
    chores: Vec<JobId>,
    lost: Vec<LostRecord>,
}

impl Compared {
    fn is_the_database_behind(&self) -> bool {
        !self.restored.is_empty() || !self.gone.is_empty()
    }
}

fn compare(place: &Place, jobs: &[JobRow]) -> Result<Compared, Trouble> {
    let (records, ended) = (Records::new(place.records()), EndedJobs::open(&place.history()));
    let mut compared = Compared::default();
    let mut without_record: BTreeMap<JobId, u64> =
        jobs.iter().map(|row| (row.job.id, row.revision)).collect();
    for (id, recorded) in records.revisions()? {
        match (without_record.remove(&id), recorded) {
            (Some(kept), Some(recorded)) if kept == recorded => {}
            (Some(kept), Some(recorded)) if kept < recorded => match records.read(id) {
                Ok(row) => compared.restored.push(rebuilt(row)),
                Err(reason) => {
                    tracing::error!(job = %id, reason, "a job is as it was some changes ago: its record is damaged");
                    compared.chores.push(id);
                }
            },
            (Some(_), _) => compared.chores.push(id),
            (None, _) if ended.know(id) => records.remove(id),
            (None, _) => match records.read(id) {
                Ok(row) => compared.restored.push(rebuilt(row)),
                Err(reason) => compared.lost.push(LostRecord { job: id, path: records.condemn(id), reason }),
            },
        }
    }
    // Living, and without a record: it was removed because the job ended, and the commit that says so is
    // lost; or the service ended before it was written.
    for id in without_record.into_keys() {
        if ended.know(id) {
            compared.gone.push(id);
        } else {
            compared.chores.push(id);
        }
    }
    compared.restored.sort_by_key(|row| row.job.times.creation);
    Ok(compared)
}

fn rebuilt(row: JobRow) -> JobRow {
    JobRow { job: lasting::rebuilt(row.job), ..row }
}

/// Brings the database to where the records are, in one step.
fn catch_up(conn: &mut Connection, compared: &Compared) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for id in &compared.gone {
        rows::delete(&tx, *id)?;
    }
    for row in &compared.restored {
        rows::put_whole(&tx, &row.job, row.revision, row.secrets)?;
    }
    Ok(tx.commit()?)
}

/// What there is to report; a folder that is used for the first time is no recovery.
fn recovery(found: &mut Found, compared: &Compared) -> Option<Recovery> {
    let set_aside = found.set_aside.take();
    if set_aside.is_none() && compared.restored.is_empty() && compared.lost.is_empty() {
        return None;
    }
    let behind = || "the database is behind the record files".to_owned();
    let reason = found.damage.take().unwrap_or_else(behind);
    let recovery =
        Recovery { reason, set_aside, restored: compared.restored.len(), lost: compared.lost.clone() };
    tracing::error!(?recovery, "the list of jobs was rebuilt from the record files");
    Some(recovery)
}

/// Without their key secrets would be lost: a service that was started without it must not go on.
fn refuse_locked(files: &SecretFiles, jobs: &[JobRow]) -> Result<(), OpenError> {
    let with_secrets = jobs.iter().filter(|row| row.secrets != NONE);
    match with_secrets.filter_map(|row| files.locked(row.job.id, row.secrets)).next() {
        Some(path) => Err(OpenError::Locked { path }),
        None => Ok(()),
    }
}

/// Gives each job its secrets; the jobs whose secrets are lost are named.
fn with_secrets(files: &SecretFiles, jobs: Vec<JobRow>) -> Result<(Vec<JobRecord>, Vec<JobId>), Trouble> {
    let numbers = files.numbers()?;
    let (mut in_use, mut without) = (BTreeMap::new(), Vec::new());
    let jobs = jobs.into_iter().map(|row| {
        let mut job = row.job;
        if row.secrets != NONE {
            match files.find(job.id, row.secrets, &numbers) {
                Some((number, secrets)) => {
                    in_use.insert(job.id, number);
                    if let Err(trouble) = files.protect(job.id, number, &secrets) {
                        tracing::error!(job = %job.id, ?trouble, "secrets stay as they were: they cannot be sealed");
                    }
                    job.secrets = secrets;
                }
                None => without.push(job.id),
            }
        }
        job
    });
    let jobs = jobs.collect();
    files.sweep(&numbers, &in_use);
    if !without.is_empty() {
        tracing::error!(jobs = ?without, "the secrets of jobs are lost; they were loaded without");
    }
    Ok((jobs, without))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::samples;

    #[test]
    fn f08_a_database_that_another_program_locks_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let wait = Duration::from_millis(20);
        drop(open(dir.path(), None, wait).unwrap());
        let path = dir.path().join("bgcopy.db");
        let backup = Connection::open(&path).unwrap();
        backup.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = open(dir.path(), None, wait).unwrap_err();
        assert!(matches!(&refused, OpenError::Busy { path: found } if *found == path), "{refused:?}");
        backup.execute_batch("ROLLBACK").unwrap();
        assert_eq!(open(dir.path(), None, wait).unwrap().jobs, []);
    }

    #[test]
    fn every_commit_is_synced() {
        // What a power cut needs and kill -9 cannot show (F05: "test that we sync"); 2 is FULL.
        let dir = tempfile::tempdir().unwrap();
        for name in ["bgcopy.db", "history.db"] {
            let conn = schema::connect(&dir.path().join(name), Duration::ZERO).unwrap();
            let pragma =
                |name| conn.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
            assert_eq!(pragma("synchronous").unwrap(), 2.into());
            assert_eq!(pragma("journal_mode").unwrap(), "wal".to_owned().into());
            assert_eq!(pragma("foreign_keys").unwrap(), 1.into());
        }
    }

    #[test]
    fn a_record_of_a_job_that_ended_does_not_bring_it_back() {
        let dir = tempfile::tempdir().unwrap();
        let opened = open(dir.path(), None, Duration::ZERO).unwrap();
        let save = |change| {
            let (done, answer) = samples::answer();
            opened.store.save(vec![change], done);
            answer.recv().unwrap().unwrap();
        };
        let job = samples::job(1);
        save(crate::Change::Create(Box::new(job.clone())));
        let record = dir.path().join(format!("records/{}.json", job.id));
        let content = std::fs::read(&record).unwrap();
        let state = bgcopy_core::JobState::Cancelled;
        save(crate::Change::Head(Box::new(JobRecord { state, ..job })));
        drop(opened);
        // As if the service had been killed between putting the job into the history and removing this.
        std::fs::write(&record, content).unwrap();
        let opened = open(dir.path(), None, Duration::ZERO).unwrap();
        assert_eq!((opened.jobs, opened.recovery), (Vec::new(), None));
        assert!(!record.exists());
    }
}
