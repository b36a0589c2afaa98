//! What is told of jobs that ended: those of the history, page by page, and before them those that the history could
//! not take yet, which are still in the database of the living.

use std::path::Path;

use bgcopy_core::{FileStage, JobId, JobRecord, JobState, Owner};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use crate::column::{Column as _, word};
use crate::error::{HistoryError, Trouble};
use crate::rows;
use crate::schema;

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

/// Where jobs are that ended.
pub(crate) struct Places<'p> {
    /// Where they go.
    pub(crate) history: &'p Path,
    /// Where they are as long as the history cannot take them.
    pub(crate) living: &'p Path,
}

impl Places<'_> {
    /// One page. Jobs whose rows are damaged are left out, and the log says so.
    pub(crate) fn page(&self, query: HistoryQuery) -> Result<Vec<JobRecord>, HistoryError> {
        // Looked at first: what is not among these any more is in the history by then.
        let mut waiting = self.waiting(query.owner);
        let read = || -> Result<Vec<JobRecord>, Trouble> {
            let Some(conn) = open_to_read(self.history)? else { return Ok(part(waiting, query).0) };
            // One transaction: a job that is forgotten between the two reads is still seen.
            let tx = conn.unchecked_transaction()?;
            waiting.retain(|job| !matches!(rows::count_of_files(&tx, job.id), Ok(Some(_))));
            let (mut jobs, rest) = part(waiting, query);
            let ids = page_ids(&tx, rest)?;
            jobs.extend(ids.into_iter().filter_map(|id| readable(&tx, id)));
            Ok(jobs)
        };
        read().map_err(|trouble| trouble.on_history(self.history))
    }

    /// One ended job.
    pub(crate) fn job(&self, id: JobId) -> Result<Option<JobRecord>, HistoryError> {
        // As above: the living first.
        let waiting = self.among_the_living(|conn| Ok(readable(conn, id)));
        let waiting = waiting.flatten().filter(rows::has_ended);
        let read = || -> Result<Option<JobRecord>, Trouble> {
            let Some(conn) = open_to_read(self.history)? else { return Ok(None) };
            Ok(readable(&conn, id))
        };
        let kept = read().map_err(|trouble| trouble.on_history(self.history));
        if waiting.is_some() { Ok(kept.ok().flatten().or(waiting)) } else { kept }
    }

    /// Jobs that the history has yet to take, the last one first.
    fn waiting(&self, owner: Option<Owner>) -> Vec<JobRecord> {
        let waiting = self.among_the_living(|conn| {
            let ended: Vec<_> = waiting_ids(conn)?.into_iter().filter_map(|id| readable(conn, id)).collect();
            Ok(ended)
        });
        let mut waiting = waiting.unwrap_or_default();
        waiting.retain(|job| owner.is_none_or(|owner| job.owner == owner));
        waiting
    }

    /// Asks the database of the living. That it cannot be read is told where its jobs are asked for.
    fn among_the_living<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Trouble>) -> Option<T> {
        let asked = open_to_read(self.living).and_then(|conn| conn.map(|conn| ask(&conn)).transpose());
        asked.unwrap_or_else(|trouble| {
            tracing::debug!(%trouble, "jobs that wait for their history are not told");
            None
        })
    }
}

/// The part of those that wait which belongs to a page, and what is left to ask the history for.
fn part(mut waiting: Vec<JobRecord>, query: HistoryQuery) -> (Vec<JobRecord>, HistoryQuery) {
    let last_told = query.before.map(|last| waiting.iter().position(|job| job.id == last));
    let before = match last_told {
        None => None,
        Some(Some(told)) => {
            waiting.drain(..=told);
            None
        }
        Some(None) => {
            waiting.clear();
            query.before
        }
    };
    let limit = query.limit.min(PAGE_MAX);
    waiting.truncate(limit as usize);
    let taken = u32::try_from(waiting.len()).unwrap_or(limit);
    (waiting, HistoryQuery { limit: limit - taken, before, ..query })
}

fn waiting_ids(conn: &Connection) -> Result<Vec<JobId>, Trouble> {
    let ended = [word(&JobState::Acknowledged)?, word(&JobState::Cancelled)?];
    let sql = "SELECT id FROM jobs WHERE ending IS NULL AND state IN (?1, ?2) ORDER BY number DESC";
    ids(conn, sql, ended.into())
}

/// A connection of its own for each question: they are rare, and the writer may have begun a new file.
/// `None` while no job has ended.
pub(crate) fn open_to_read(path: &Path) -> Result<Option<Connection>, Trouble> {
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
    let bounds = [before.to_value(), query.limit.to_value()];
    match query.owner {
        None => {
            let sql = "SELECT id FROM jobs WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
            ids(conn, sql, bounds.into())
        }
        Some(owner) => {
            let sql = "SELECT id FROM jobs WHERE number < ?1 AND owner = ?3 ORDER BY number DESC LIMIT ?2";
            ids(conn, sql, bounds.into_iter().chain([owner.to_value()]).collect())
        }
    }
}

fn ids(conn: &Connection, sql: &str, values: Vec<Value>) -> Result<Vec<JobId>, Trouble> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::open;
    use crate::samples::{self, id};
    use crate::store::{Change, Store};

    fn save(store: &Store, changes: Vec<Change>) {
        let (done, answer) = samples::answer();
        store.save(changes, done);
        answer.recv().unwrap().unwrap();
    }

    /// A job that is created and ends at once.
    fn end(store: &Store, number: u64, owner: u32) -> JobRecord {
        let job = JobRecord { owner: Owner(owner), ..samples::job(number) };
        save(store, vec![Change::Create(Box::new(job.clone()))]);
        let ended = JobRecord { state: JobState::Acknowledged, ..job };
        save(store, vec![Change::Head(Box::new(ended.clone()))]);
        ended
    }

    fn told(store: &Store, limit: u32, before: Option<u64>, owner: Option<u32>) -> Vec<JobId> {
        let query = HistoryQuery { limit, before: before.map(id), owner: owner.map(Owner) };
        store.history(query).unwrap().into_iter().map(|job| job.id).collect()
    }

    #[test]
    fn a_job_that_the_history_cannot_take_yet_is_told_before_those_that_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let store = open::open(dir.path(), None, Duration::ZERO).unwrap().store;
        (0..3).for_each(|number| drop(end(&store, number, 1000)));
        // Somebody else writes to it.
        let history = Connection::open(dir.path().join("history.db")).unwrap();
        history.execute_batch("BEGIN IMMEDIATE").unwrap();
        end(&store, 3, 1000);
        let last = end(&store, 4, 1001);
        assert_eq!(store.ended_job(id(4)).unwrap(), Some(last));
        assert_eq!(store.ended_job(id(0)).unwrap().map(|job| job.id), Some(id(0)));
        let all_is_told = || {
            assert_eq!(told(&store, 10, None, None), [4, 3, 2, 1, 0].map(id));
            assert_eq!(told(&store, 10, None, Some(1000)), [3, 2, 1, 0].map(id));
            assert_eq!(told(&store, 1, None, None), [id(4)]);
            assert_eq!(told(&store, 2, Some(4), None), [id(3), id(2)]);
            assert_eq!(told(&store, 2, Some(3), None), [id(2), id(1)]);
            assert_eq!(told(&store, 2, Some(2), None), [id(1), id(0)]);
        };
        all_is_told();
        // With what is saved next they go there.
        history.execute_batch("ROLLBACK").unwrap();
        save(&store, vec![Change::Create(Box::new(samples::job(5)))]);
        all_is_told();
        let kept: i64 = history.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 5);
        assert_eq!(store.ended_job(id(5)).unwrap(), None, "it lives");
    }
}
