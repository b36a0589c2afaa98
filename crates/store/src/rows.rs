//! Jobs and files as rows.
//!
//! Every function works on the connection it is given, so that one transaction can hold many of them, and
//! the history, which has the same tables, shares them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bgcopy_core::job::Unconfirmed;
use bgcopy_core::{
    Demand, FileIndex, FileRecord, FileSpec, JobId, JobRecord, JobSecrets, JobTimes, Promised, RangeSet,
    RemoteName, Supply,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};
use serde::{Deserialize, Serialize};

use crate::column::{Column as _, Reader, checksum, json, text, word};
use crate::error::Trouble;

/// A job as it is kept, with what the store itself notes of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JobRow {
    /// The job; its secrets are elsewhere.
    pub(crate) job: JobRecord,
    /// Counts lasting changes.
    pub(crate) revision: u64,
    /// The number of its secrets file; 0 is none.
    pub(crate) secrets: u64,
}

impl JobRow {
    /// The job changes no more and nothing is left to be done for it.
    pub(crate) fn has_ended(&self) -> bool {
        has_ended(&self.job)
    }
}

/// See [`JobRow::has_ended`].
pub(crate) fn has_ended(job: &JobRecord) -> bool {
    job.state.is_final() && job.ending.is_none()
}

/// In the order of [`job_values`] and [`read_job`].
pub(crate) const JOB_COLUMNS: &[&str] = &[
    "id",
    "owner",
    "kind",
    "display_name",
    "description",
    "priority",
    "settings",
    "state",
    "ending",
    "resumed",
    "error",
    "error_count",
    "created",
    "modified",
    "transferred",
    "last_activity",
    "stalled_since",
    "running_millis",
    "idempotency_key",
    "owes_transferred",
    "owes_error",
    "upload",
];

/// In the order of [`file_values`] and [`read_file`].
pub(crate) const FILE_COLUMNS: &[&str] = &[
    "job",
    "position",
    "remote_name",
    "local_name",
    "pending_name",
    "ranges",
    "digest",
    "content_id",
    "expected_size",
    "next_remote_name",
    "stage",
    "temporary",
    "remote_size",
    "validator",
    "last_modified",
    "bytes_here",
    "bytes_from_origin",
    "trust",
    "validation_state",
    "response_headers",
    "remote_changes",
    "sources",
    "kept",
];

/// What a file has beside its remote name, in one column: most have nothing.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sources {
    supply: Supply,
    promise: Promised,
    version_of: Option<Box<RemoteName>>,
    bytes_from_mirrors: u64,
    bytes_from_cache_hosts: u64,
    transfer_millis: u64,
    #[serde(skip_serializing_if = "RangeSet::is_empty")]
    filled: RangeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    demand: Option<Box<Demand>>,
    /// Of what the client gave, and no source; with the others because a column is for what most files have.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unplaced: bool,
}

impl Sources {
    fn of(file: &FileRecord) -> Option<Self> {
        let sources = Self {
            supply: file.spec.supply.clone(),
            promise: file.promise.clone(),
            version_of: file.version_of.clone(),
            bytes_from_mirrors: file.bytes_from_mirrors,
            bytes_from_cache_hosts: file.bytes_from_cache_hosts,
            transfer_millis: file.transfer_millis,
            filled: file.filled.clone(),
            demand: file.demand.clone(),
            unplaced: file.spec.unplaced,
        };
        (sources != Self::default()).then_some(sources)
    }
}

static SELECT_JOB: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {}, checksum, revision, secrets, files FROM jobs WHERE id = ?1", JOB_COLUMNS.join(", "))
});
static SELECT_JOBS: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {}, checksum, revision, secrets, files FROM jobs ORDER BY number", JOB_COLUMNS.join(", "))
});
static INSERT_JOB: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO jobs ({}, checksum, revision, secrets, files) VALUES ({})",
        JOB_COLUMNS.join(", "),
        question_marks(JOB_COLUMNS.len() + 4)
    )
});
static UPDATE_JOB: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE jobs SET ({}, checksum, secrets) = ({}) WHERE id = ?1",
        JOB_COLUMNS.join(", "),
        question_marks(JOB_COLUMNS.len() + 2)
    )
});
static SELECT_FILE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {}, checksum FROM files WHERE job = ?1 AND position = ?2", FILE_COLUMNS.join(", "))
});
static SELECT_FILES: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {}, checksum FROM files WHERE job = ?1 ORDER BY position", FILE_COLUMNS.join(", "))
});
static SELECT_ALL_FILES: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {}, checksum FROM files ORDER BY job, position", FILE_COLUMNS.join(", "))
});
static INSERT_FILE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO files ({}, checksum) VALUES ({})",
        FILE_COLUMNS.join(", "),
        question_marks(FILE_COLUMNS.len() + 1)
    )
});
static UPDATE_FILE: LazyLock<String> = LazyLock::new(|| {
    // Not the key: without it a row changes where it is.
    let columns = FILE_COLUMNS.iter().skip(2).chain(&["checksum"]);
    let set: Vec<String> = columns.zip(3..).map(|(column, number)| format!("{column} = ?{number}")).collect();
    format!("UPDATE files SET {} WHERE job = ?1 AND position = ?2", set.join(", "))
});

fn question_marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// Every job with its files, in the order of creation. Secrets are empty.
pub(crate) fn all(conn: &Connection) -> Result<Vec<JobRow>, Trouble> {
    // One look at both tables, whoever may still write: files without their job would be damage.
    let _snapshot = conn.unchecked_transaction()?;
    let mut files = BTreeMap::<JobId, Vec<FileRecord>>::new();
    let mut statement = conn.prepare(&SELECT_ALL_FILES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (job, index, file) = read_file(row)?;
        let files = files.entry(job).or_default();
        check_next(files.len(), index)?;
        files.push(file);
    }
    let mut statement = conn.prepare(&SELECT_JOBS)?;
    let mut rows = statement.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        let (mut job, count) = read_job(row)?;
        job.job.files = files.remove(&job.job.id).unwrap_or_default();
        check_count(job.job.id, job.job.files.len(), count)?;
        jobs.push(job);
    }
    match files.first_key_value() {
        Some((job, _)) => Err(Trouble::Damaged(format!("there are files of job {job}, but not the job"))),
        None => Ok(jobs),
    }
}

/// One job with its files.
pub(crate) fn whole(conn: &Connection, id: JobId) -> Result<Option<JobRow>, Trouble> {
    let Some((mut job, count)) = head_and_count(conn, id)? else { return Ok(None) };
    each_file(conn, id, count, |file| job.job.files.push(file))?;
    Ok(Some(job))
}

/// The files of a job, which must be so many, in their order.
pub(crate) fn each_file(
    conn: &Connection,
    id: JobId,
    count: u32,
    mut each: impl FnMut(FileRecord),
) -> Result<(), Trouble> {
    let mut statement = conn.prepare_cached(&SELECT_FILES)?;
    let mut rows = statement.query(params_from_iter([id.to_value()]))?;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        let (_, index, file) = read_file(row)?;
        check_next(seen, index)?;
        each(file);
        seen += 1;
    }
    check_count(id, seen, count)
}

/// One job without its files.
pub(crate) fn head(conn: &Connection, id: JobId) -> Result<Option<JobRow>, Trouble> {
    Ok(head_and_count(conn, id)?.map(|(job, _)| job))
}

/// One job without its files, and how many it has.
pub(crate) fn head_and_count(conn: &Connection, id: JobId) -> Result<Option<(JobRow, u32)>, Trouble> {
    let mut statement = conn.prepare_cached(&SELECT_JOB)?;
    let mut rows = statement.query(params_from_iter([id.to_value()]))?;
    rows.next()?.map(read_job).transpose()
}

/// Whether there is a job, and how many files it has.
pub(crate) fn count_of_files(conn: &Connection, id: JobId) -> Result<Option<u32>, Trouble> {
    let mut statement = conn.prepare_cached("SELECT files FROM jobs WHERE id = ?1")?;
    Ok(statement.query_row(params_from_iter([id.to_value()]), |row| row.get(0)).optional()?)
}

/// Puts a job in with its files, in the place of what was known of it.
pub(crate) fn put_whole(
    conn: &Connection,
    job: &JobRecord,
    revision: u64,
    secrets: u64,
) -> Result<(), Trouble> {
    delete(conn, job.id)?;
    let mut values = job_values(job)?;
    let count = u32::try_from(job.files.len()).unwrap_or(u32::MAX);
    values.extend([revision.to_value(), secrets.to_value(), count.to_value()]);
    conn.prepare_cached(&INSERT_JOB)?.execute(params_from_iter(values))?;
    job.indexed_files().try_for_each(|(index, file)| add_file(conn, job.id, index, file))
}

/// Replaces everything of a job that is there but its files.
pub(crate) fn put_head(conn: &Connection, job: &JobRecord, secrets: u64) -> Result<(), Trouble> {
    let mut values = job_values(job)?;
    values.push(secrets.to_value());
    conn.prepare_cached(&UPDATE_JOB)?.execute(params_from_iter(values))?;
    Ok(())
}

/// Notes that something changed which the record file must tell.
pub(crate) fn raise_revision(conn: &Connection, id: JobId) -> Result<(), Trouble> {
    let mut statement = conn.prepare_cached("UPDATE jobs SET revision = revision + 1 WHERE id = ?1")?;
    statement.execute(params_from_iter([id.to_value()]))?;
    Ok(())
}

/// One file.
pub(crate) fn file(conn: &Connection, job: JobId, index: FileIndex) -> Result<Option<FileRecord>, Trouble> {
    let mut statement = conn.prepare_cached(&SELECT_FILE)?;
    let mut rows = statement.query(params_from_iter([job.to_value(), index.0.to_value()]))?;
    Ok(rows.next()?.map(read_file).transpose()?.map(|(.., file)| file))
}

/// Adds a file that is not there yet.
pub(crate) fn add_file(
    conn: &Connection,
    job: JobId,
    index: FileIndex,
    file: &FileRecord,
) -> Result<(), Trouble> {
    conn.prepare_cached(&INSERT_FILE)?.execute(params_from_iter(file_values(job, index, file)?))?;
    Ok(())
}

/// Replaces a file that is there.
pub(crate) fn put_file(
    conn: &Connection,
    job: JobId,
    index: FileIndex,
    file: &FileRecord,
) -> Result<(), Trouble> {
    match conn.prepare_cached(&UPDATE_FILE)?.execute(params_from_iter(file_values(job, index, file)?))? {
        0 => Err(Trouble::Damaged(format!("file {index} of job {job} is missing"))),
        _ => Ok(()),
    }
}

/// Says how many files a job has.
pub(crate) fn set_count_of_files(conn: &Connection, job: JobId, count: u32) -> Result<(), Trouble> {
    let mut statement = conn.prepare_cached("UPDATE jobs SET files = ?2 WHERE id = ?1")?;
    statement.execute(params_from_iter([job.to_value(), count.to_value()]))?;
    Ok(())
}

/// Copies a job as it is into this database from the one that is attached as `living`, row by row, without reading
/// what is in the rows: of many files that takes a tenth of the time, and none of the memory.
pub(crate) fn copy_whole(conn: &Connection, id: JobId) -> Result<(), Trouble> {
    let notes = ["checksum", "revision", "secrets", "files"];
    let columns: Vec<&str> = JOB_COLUMNS.iter().chain(&notes).copied().collect();
    let columns = columns.join(", ");
    let jobs = format!("INSERT INTO jobs ({columns}) SELECT {columns} FROM living.jobs WHERE id = ?1");
    conn.prepare_cached(&jobs)?.execute(params_from_iter([id.to_value()]))?;
    let columns = FILE_COLUMNS.iter().chain(&["checksum"]).copied().collect::<Vec<_>>().join(", ");
    let files = format!("INSERT INTO files ({columns}) SELECT {columns} FROM living.files WHERE job = ?1");
    conn.prepare_cached(&files)?.execute(params_from_iter([id.to_value()]))?;
    Ok(())
}

/// Files that one statement removes: less than a MiB of pages.
const DELETED_AT_ONCE: u32 = 1_024;

/// Removes a job and its files, if it is there.
pub(crate) fn delete(conn: &Connection, id: JobId) -> Result<(), Trouble> {
    // In slices: what a single statement would have to take back is kept in memory until its end.
    let count = count_of_files(conn, id)?.unwrap_or(0);
    let mut statement =
        conn.prepare_cached("DELETE FROM files WHERE job = ?1 AND position >= ?2 AND position < ?3")?;
    for first in (0..count).step_by(DELETED_AT_ONCE as usize) {
        let end = first.saturating_add(DELETED_AT_ONCE);
        statement.execute(params_from_iter([id.to_value(), first.to_value(), end.to_value()]))?;
    }
    conn.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute(params_from_iter([id.to_value()]))?;
    Ok(())
}

fn check_next(seen: usize, index: FileIndex) -> Result<(), Trouble> {
    if index.as_usize() != seen {
        return Err(Trouble::Damaged(format!("file {seen} of a job is missing")));
    }
    Ok(())
}

fn check_count(id: JobId, seen: usize, count: u32) -> Result<(), Trouble> {
    if u32::try_from(seen) == Ok(count) {
        return Ok(());
    }
    Err(Trouble::Damaged(format!("job {id} has {seen} of its {count} files")))
}

/// The values of a job with their checksum.
fn job_values(job: &JobRecord) -> Result<Vec<Value>, Trouble> {
    Ok(with_checksum(vec![
        job.id.to_value(),
        job.owner.to_value(),
        word(&job.kind)?,
        job.display_name.to_value(),
        job.description.to_value(),
        word(&job.priority)?,
        json(&job.settings)?,
        word(&job.state)?,
        word(&job.ending)?,
        job.resumed.to_value(),
        json(&job.error)?,
        job.error_count.to_value(),
        job.times.creation.to_value(),
        job.times.modification.to_value(),
        job.times.transfer_completion.to_value(),
        job.last_activity.to_value(),
        job.stalled_since.to_value(),
        job.running_millis.to_value(),
        job.idempotency_key.to_value(),
        job.unconfirmed.transferred.to_value(),
        job.unconfirmed.error.to_value(),
        json(&job.upload)?,
    ]))
}

/// A job without files and secrets, and how many files it has.
fn read_job(row: &Row<'_>) -> Result<(JobRow, u32), Trouble> {
    let mut columns = Reader::new(row, JOB_COLUMNS)?;
    let job = JobRecord {
        id: columns.take()?,
        owner: columns.take()?,
        kind: columns.word()?,
        display_name: columns.take()?,
        description: columns.take()?,
        priority: columns.word()?,
        settings: columns.json()?,
        state: columns.word()?,
        ending: columns.optional_word()?,
        resumed: columns.take()?,
        error: columns.json()?,
        error_count: columns.take()?,
        times: JobTimes {
            creation: columns.take()?,
            modification: columns.take()?,
            transfer_completion: columns.take()?,
        },
        last_activity: columns.take()?,
        stalled_since: columns.take()?,
        running_millis: columns.take()?,
        idempotency_key: columns.take()?,
        unconfirmed: Unconfirmed { transferred: columns.take()?, error: columns.take()? },
        upload: columns.json()?,
        secrets: JobSecrets::default(),
        files: Vec::new(),
    };
    // Not in the checksum, because they change by statements of their own. A wrong revision costs a
    // rewritten record file at worst, a wrong count is seen when the files are counted.
    let note = |nth| row.get::<_, i64>(JOB_COLUMNS.len() + nth).map(i64::cast_unsigned);
    let (revision, secrets, count) = (note(1)?, note(2)?, row.get(JOB_COLUMNS.len() + 3)?);
    Ok((JobRow { job, revision, secrets }, count))
}

/// The values of a file with their checksum.
fn file_values(job: JobId, index: FileIndex, file: &FileRecord) -> Result<Vec<Value>, Trouble> {
    let spec = &file.spec;
    Ok(with_checksum(vec![
        job.to_value(),
        index.0.to_value(),
        Value::Text(spec.remote_name.as_str().to_owned()),
        spec.local_name.to_value(),
        spec.pending_name.to_value(),
        json(&spec.ranges)?,
        text(spec.digest.as_ref()),
        spec.content_id.to_value(),
        spec.expected_size.to_value(),
        text(file.next_remote_name.as_ref().map(|name| name.as_str().to_owned()).as_ref()),
        word(&file.stage)?,
        file.temporary.to_value(),
        file.remote_size.to_value(),
        json(&file.validator)?,
        file.last_modified.to_value(),
        file.bytes_here.to_value(),
        file.bytes_from_origin.to_value(),
        word(&file.trust)?,
        file.validation_state.to_value(),
        file.response_headers.to_value(),
        json(&file.remote_changes)?,
        json(&Sources::of(file))?,
        text(file.kept.as_ref()),
    ]))
}

fn read_file(row: &Row<'_>) -> Result<(JobId, FileIndex, FileRecord), Trouble> {
    let mut columns = Reader::new(row, FILE_COLUMNS)?;
    let (job, index) = (columns.take()?, FileIndex(columns.take()?));
    let spec = FileSpec {
        remote_name: columns.text()?,
        local_name: columns.take()?,
        pending_name: columns.take()?,
        unplaced: false,
        ranges: columns.json()?,
        digest: columns.optional_text()?,
        content_id: columns.take()?,
        expected_size: columns.take()?,
        supply: Supply::default(),
    };
    let mut file = FileRecord {
        next_remote_name: columns.optional_text()?.map(Box::new),
        stage: columns.word()?,
        temporary: columns.take()?,
        remote_size: columns.take()?,
        validator: columns.json()?,
        last_modified: columns.take()?,
        bytes_here: columns.take()?,
        bytes_from_origin: columns.take()?,
        trust: columns.word()?,
        validation_state: columns.take()?,
        response_headers: columns.take()?,
        remote_changes: columns.json()?,
        ..FileRecord::new(spec)
    };
    let sources = columns.json::<Option<Sources>>()?.unwrap_or_default();
    file.spec.supply = sources.supply;
    file.spec.unplaced = sources.unplaced;
    file.promise = sources.promise;
    file.version_of = sources.version_of;
    file.bytes_from_mirrors = sources.bytes_from_mirrors;
    file.bytes_from_cache_hosts = sources.bytes_from_cache_hosts;
    file.transfer_millis = sources.transfer_millis;
    file.filled = sources.filled;
    file.demand = sources.demand;
    file.kept = columns.optional_text()?;
    Ok((job, index, file))
}

fn with_checksum(mut values: Vec<Value>) -> Vec<Value> {
    let sum = checksum(values.iter().map(Into::into));
    values.push(Value::Integer(sum));
    values
}
