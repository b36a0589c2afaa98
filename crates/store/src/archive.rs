//! The history as it is written: jobs that ended, in a database of their own.
//!
//! Jobs are put in when they have ended and only then leave the database of living jobs; a crash between
//! leaves them in both, and the next start puts them in again, which changes nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::JobId;
use rusqlite::{Connection, TransactionBehavior};

use crate::ended::open_to_read;
use crate::error::Trouble;
use crate::place;
use crate::rows::{self, JobRow};
use crate::schema::{self, HISTORY};

/// Ended jobs that are remembered; K09 asks for 100,000, the oldest go first.
const REMEMBERED_MAX: i64 = 100_000;
/// How many jobs are put in between two looks at the bound.
const FORGET_EVERY: usize = 1_000;

/// The writer's side of the history: opened when the first job ends.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    busy_timeout: Duration,
    conn: Option<Connection>,
    put_since_forgetting: usize,
}

impl Archive {
    pub(crate) const fn new(path: PathBuf, busy_timeout: Duration) -> Self {
        // The first job that ends after a start looks at the bound.
        Self { path, busy_timeout, conn: None, put_since_forgetting: FORGET_EVERY }
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
                let mut conn = schema::connect(&self.path, self.busy_timeout)?;
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
