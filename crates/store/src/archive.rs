//! The history: jobs that ended, in a database of their own, told page by page.
//!
//! Jobs are put in when they have ended and only then leave the database of living jobs; a crash between
//! leaves them in both, and the next start puts them in again, which changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bgcopy_core::{FileStage, JobId, JobRecord, JobState, Owner};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params_from_iter};

use crate::column::Column as _;
use crate::error::{HistoryError, Trouble};
use crate::place;
use crate::rows::{self, JobRow};
use crate::schema::{self, HISTORY};

/// Ended jobs that are remembered; K09 asks for 100,000, the oldest go first.
const REMEMBERED_MAX: i64 = 100_000;
/// How many jobs are put in between two looks at the bound.
const FORGET_EVERY: usize = 1_000;
/// Jobs of one page.
const PAGE_MAX: u32 = 1_000;

/// Which part of the history is asked for: the jobs that ended last come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// At most this many jobs, and at most 1,000.
    pub limit: u32,
    /// Only jobs that ended before this one: the last job of the page before. A job that is not in the
    /// history any more has nothing behind it.
    pub before: Option<JobId>,
    /// Only jobs of this owner.
    pub owner: Option<Owner>,
}

/// The writer's side of the history: opened when the first job ends.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    conn: Option<Connection>,
    put_since_forgetting: usize,
}

impl Archive {
    pub(crate) const fn new(path: PathBuf) -> Self {
        // The first job that ends after a start looks at the bound.
        Self { path, conn: None, put_since_forgetting: FORGET_EVERY }
    }

    /// Puts ended jobs in, all or none. A history found damaged is set aside, and a new one begun.
    pub(crate) fn put(&mut self, jobs: &[JobRow]) -> Result<(), Trouble> {
        match self.try_put(jobs) {
            Err(Trouble::Damaged(reason)) => {
                self.set_aside(&reason)?;
                self.try_put(jobs)
            }
            other => other,
        }
    }

    fn open(&mut self) -> Result<&mut Connection, Trouble> {
        match &mut self.conn {
            Some(conn) => Ok(conn),
            closed => {
                let mut conn = schema::connect(&self.path, schema::BUSY_TIMEOUT)?;
                HISTORY.migrate(&mut conn)?;
                Ok(closed.insert(conn))
            }
        }
    }

    fn try_put(&mut self, jobs: &[JobRow]) -> Result<(), Trouble> {
        self.open()?;
        let Some(conn) = &mut self.conn else { return Ok(()) };
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in jobs {
            // An ended job changes no more (spec 5, "final"): one that is in is in as it is.
            if rows::count_of_files(&tx, job.job.id)?.is_none() {
                rows::put_whole(&tx, &job.job, job.revision, job.secrets)?;
                self.put_since_forgetting += 1;
            }
        }
        if self.put_since_forgetting >= FORGET_EVERY {
            // Numbers are given in the order of ending.
            tx.execute(
                "DELETE FROM jobs WHERE number <= (SELECT max(number) FROM jobs) - ?1",
                [REMEMBERED_MAX],
            )?;
            self.put_since_forgetting = 0;
        }
        Ok(tx.commit()?)
    }

    /// Puts an ended job of many files in, as it is in the database of the living.
    pub(crate) fn take_over(&mut self, id: JobId, living: &Path) -> Result<(), Trouble> {
        let tried = self.try_take_over(id, living);
        match tried {
            Err(Trouble::Damaged(reason)) => {
                self.set_aside(&reason)?;
                self.try_take_over(id, living)
            }
            other => other,
        }
    }

    fn try_take_over(&mut self, id: JobId, living: &Path) -> Result<(), Trouble> {
        let conn = self.open()?;
        let Some(path) = living.to_str() else {
            return Err(Trouble::Io(
                Some(living.to_owned()),
                Arc::new(io::Error::from(io::ErrorKind::InvalidFilename)),
            ));
        };
        conn.execute("ATTACH ?1 AS living", [path])?;
        let copied = copy(conn, id);
        // Whatever became of it: the next attempt attaches it again.
        conn.execute("DETACH living", [])?;
        self.put_since_forgetting += usize::from(copied?);
        Ok(())
    }

    /// Gives the space of the log back.
    pub(crate) fn empty_log(&self) -> Result<(), Trouble> {
        self.conn.as_ref().map_or(Ok(()), schema::empty_log)
    }

    /// Looks for itself at what a reader found: by now the history may be another one.
    pub(crate) fn set_aside_if_damaged(&mut self, reason: &str) -> Result<(), Trouble> {
        let check = || match open_to_read(&self.path)? {
            Some(conn) => schema::check_pages(&conn),
            None => Ok(()),
        };
        match check() {
            Err(Trouble::Damaged(_)) => self.set_aside(reason),
            other => other,
        }
    }

    /// Begins a new history beside the damaged one.
    fn set_aside(&mut self, reason: &str) -> Result<(), Trouble> {
        self.conn = None;
        let set_aside = place::set_aside(&self.path)?;
        tracing::error!(reason, set_aside = %set_aside.display(), "the history is damaged; a new one begins");
        Ok(())
    }
}

/// Copies a job from the living; says whether it was not in yet.
fn copy(conn: &mut Connection, id: JobId) -> Result<bool, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let new = rows::count_of_files(&tx, id)?.is_none();
    if new {
        rows::copy_whole(&tx, id)?;
    }
    tx.commit()?;
    Ok(new)
}

/// The question whether jobs are among the ended ones.
pub(crate) struct EndedJobs(Option<Connection>);

impl EndedJobs {
    /// A history that cannot be read knows nobody.
    pub(crate) fn open(path: &Path) -> Self {
        Self(open_to_read(path).ok().flatten())
    }

    pub(crate) fn know(&self, id: JobId) -> bool {
        self.0.as_ref().is_some_and(|conn| matches!(rows::count_of_files(conn, id), Ok(Some(_))))
    }
}

/// One page. Jobs whose rows are damaged are left out, and the log says so.
pub(crate) fn page(path: &Path, query: HistoryQuery) -> Result<Vec<JobRecord>, HistoryError> {
    let read = || -> Result<Vec<JobRecord>, Trouble> {
        let Some(conn) = open_to_read(path)? else { return Ok(Vec::new()) };
        // One transaction: a job that is forgotten between the two reads is still seen.
        let tx = conn.unchecked_transaction()?;
        let ids = page_ids(&tx, query)?;
        Ok(ids.into_iter().filter_map(|id| readable(&tx, id)).collect())
    };
    read().map_err(|trouble| trouble.on_history(path))
}

/// One ended job.
pub(crate) fn job(path: &Path, id: JobId) -> Result<Option<JobRecord>, HistoryError> {
    let read = || -> Result<Option<JobRecord>, Trouble> {
        let Some(conn) = open_to_read(path)? else { return Ok(None) };
        Ok(readable(&conn, id))
    };
    read().map_err(|trouble| trouble.on_history(path))
}

/// A connection of its own for each question: they are rare, and the writer may have begun a new file.
/// `None` while no job has ended.
fn open_to_read(path: &Path) -> Result<Option<Connection>, Trouble> {
    if !path.exists() {
        return Ok(None);
    }
    let conn = schema::connect_to_read(path)?;
    Ok(if schema::is_empty(&conn)? { None } else { Some(conn) })
}

fn page_ids(conn: &Connection, query: HistoryQuery) -> Result<Vec<JobId>, Trouble> {
    let before: i64 = match query.before {
        None => i64::MAX,
        Some(id) => conn
            .query_row("SELECT number FROM jobs WHERE id = ?1", params_from_iter([id.to_value()]), |row| {
                row.get(0)
            })
            .optional()?
            .unwrap_or(0),
    };
    let bounds = [before.to_value(), query.limit.min(PAGE_MAX).to_value()];
    let (sql, values): (_, Vec<Value>) = match query.owner {
        None => ("SELECT id FROM jobs WHERE number < ?1 ORDER BY number DESC LIMIT ?2", bounds.into()),
        Some(owner) => (
            "SELECT id FROM jobs WHERE number < ?1 AND owner = ?3 ORDER BY number DESC LIMIT ?2",
            bounds.into_iter().chain([owner.to_value()]).collect(),
        ),
    };
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.extend(JobId::from_value(row.get_ref(0)?));
    }
    Ok(ids)
}

/// A job as it ended. That the whole files of a completed one have their names is not told of each again.
fn as_ended(mut job: JobRecord) -> JobRecord {
    if job.state == JobState::Acknowledged {
        let whole = job.files.iter_mut().filter(|file| file.stage == FileStage::Transferred);
        whole.for_each(|file| {
            file.stage = FileStage::Published;
            file.temporary = None;
        });
    }
    job
}

fn readable(conn: &Connection, id: JobId) -> Option<JobRecord> {
    match rows::whole(conn, id) {
        Ok(row) => Some(as_ended(row?.job)),
        Err(trouble) => {
            tracing::warn!(job = %id, %trouble, "a job of the history cannot be read");
            None
        }
    }
}
