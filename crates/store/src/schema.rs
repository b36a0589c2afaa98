//! The databases: how they are opened, and the numbered steps from nothing to today's tables.
//!
//! Steps are only ever appended. All steps that a database lacks are one transaction with its version
//! number, so that a crash leaves the old schema or the new one (F09).

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::Trouble;
use crate::place;

/// How long a statement waits for another program that reads or copies the database (F08, "short busy
/// waits otherwise").
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The statements of `rows`, each prepared once.
const STATEMENTS_MAX: usize = 32;
/// The log is cut back to this after a checkpoint; SQLite checkpoints at 1,000 pages of 4 KiB.
const LOG_BYTES_MAX: u32 = 4 << 20;

/// What a database is, and how it came to be.
pub(crate) struct Schema {
    /// `PRAGMA application_id`: tells our file from somebody else's.
    application_id: i32,
    steps: &'static [&'static str],
}

/// The jobs that live: "bgcj".
pub(crate) const JOBS: Schema =
    Schema { application_id: 0x6267_636A, steps: &[TABLES_1, SOURCES, KEPT, UPLOAD] };
/// The jobs that ended: "bgch".
pub(crate) const HISTORY: Schema =
    Schema { application_id: 0x6267_6368, steps: &[TABLES_1, OWNERS_2, SOURCES, KEPT, UPLOAD] };

/// Words are those of the API; times are milliseconds since 1970 UTC, 64 bits (G05); paths are BLOB where
/// they are not UTF-8. `schema_steps` repeats the version, so that a flipped bit in the header is not
/// taken for a newer program.
const TABLES_1: &str = "
CREATE TABLE schema_steps (version INTEGER PRIMARY KEY) STRICT;

CREATE TABLE jobs (
    number           INTEGER PRIMARY KEY,  -- grows: the order of creation, in the history that of ending
    id               TEXT NOT NULL UNIQUE,
    owner            INTEGER NOT NULL,
    kind             TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    description      TEXT NOT NULL,
    priority         TEXT NOT NULL,
    settings         TEXT NOT NULL,        -- JSON
    state            TEXT NOT NULL,
    ending           TEXT,                 -- accepted, and not yet carried out
    resumed          INTEGER NOT NULL,
    error            TEXT,                 -- JSON
    error_count      INTEGER NOT NULL,
    created          INTEGER NOT NULL,
    modified         INTEGER NOT NULL,
    transferred      INTEGER,
    last_activity    INTEGER NOT NULL,
    stalled_since    INTEGER,
    running_millis   INTEGER NOT NULL,
    idempotency_key  TEXT,
    owes_transferred INTEGER NOT NULL,
    owes_error       INTEGER NOT NULL,
    checksum         INTEGER NOT NULL,     -- of the columns above, without number
    revision         INTEGER NOT NULL,     -- counts lasting changes; the record file carries it too
    secrets          INTEGER NOT NULL,     -- secrets/ID.N.json; 0 is none
    files            INTEGER NOT NULL      -- how many
) STRICT;

CREATE TABLE files (
    job               TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position          INTEGER NOT NULL,
    remote_name       TEXT NOT NULL,
    local_name        ANY NOT NULL,
    pending_name      INTEGER NOT NULL,
    ranges            TEXT NOT NULL,       -- JSON
    digest            TEXT,
    content_id        TEXT,
    expected_size     INTEGER,
    next_remote_name  TEXT,
    stage             TEXT NOT NULL,
    temporary         ANY,
    remote_size       INTEGER,
    validator         TEXT,                -- JSON
    last_modified     INTEGER,
    bytes_here        INTEGER NOT NULL,
    bytes_from_origin INTEGER NOT NULL,
    trust             TEXT NOT NULL,
    validation_state  INTEGER,
    response_headers  TEXT,
    remote_changes    TEXT NOT NULL,       -- JSON
    checksum          INTEGER NOT NULL,
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
";

/// Pages of one owner's history without reading everybody's.
const OWNERS_2: &str = "CREATE INDEX jobs_by_owner ON jobs (owner);";

/// Where a file comes from beside its remote name, and what is promised of it: NULL for most.
const SOURCES: &str = "ALTER TABLE files ADD COLUMN sources TEXT;  -- JSON";

/// What a small file looked like when it was written; see the record. NULL for the others.
const KEPT: &str = "ALTER TABLE files ADD COLUMN kept TEXT;";

/// How far an upload got, and where its reply goes. NULL for downloads.
const UPLOAD: &str = "ALTER TABLE jobs ADD COLUMN upload TEXT;  -- JSON";

/// Opens a database for writing, and makes an empty one where there is none.
pub(crate) fn connect(path: &Path, busy_timeout: Duration) -> Result<Connection, Trouble> {
    place::make_private_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        // Some file systems cannot share memory. Commits are as safe without, only slower.
        tracing::warn!(path = %path.display(), mode, "the file system takes no write-ahead log");
    }
    // A request is acknowledged after its commit (design.md "State on disk"): each commit is synced.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    // What a savepoint would take back: without this every page that a save changes is written to a temporary file first.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
    Ok(conn)
}

/// Opens a database for reading beside its writer.
pub(crate) fn connect_to_read(path: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    Ok(conn)
}

/// Moves the log of a database into it, and gives its space back.
pub(crate) fn empty_log(conn: &Connection) -> Result<(), Trouble> {
    Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Whether the database was made and has no tables yet.
pub(crate) fn is_empty(conn: &Connection) -> Result<bool, Trouble> {
    Ok(conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))? == 0)
}

/// Checks every page and every index against its table: `quick_check` leaves the latter out, and a job
/// that an index does not lead to is lost to it.
pub(crate) fn check_pages(conn: &Connection) -> Result<(), Trouble> {
    let found: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(()) } else { Err(Trouble::Damaged(found)) }
}

/// Checks that the database takes commits.
pub(crate) fn check_header(conn: &Connection) -> Result<(), Trouble> {
    // The file can be written (`place`), so it is a flipped bit in its header that says otherwise.
    if conn.is_readonly("main")? {
        return Err(Trouble::Damaged("its header forbids writing".to_owned()));
    }
    Ok(())
}

impl Schema {
    /// The newest version this program knows.
    pub(crate) fn supported(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }

    /// Brings a database to the newest version; refuses a newer one and one that is not ours.
    pub(crate) fn migrate(&self, conn: &mut Connection) -> Result<(), Trouble> {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = self.version(&tx)?;
        if version == self.supported() {
            return Ok(());
        }
        for (number, step) in (1..).zip(self.steps).filter(|(number, _)| *number > version) {
            tx.execute_batch(step)?;
            tx.execute("INSERT INTO schema_steps VALUES (?1)", [number])?;
        }
        tx.pragma_update(None, "application_id", self.application_id)?;
        tx.pragma_update(None, "user_version", self.supported())?;
        tx.commit()?;
        Ok(())
    }

    /// Refuses a database of a newer version without touching it: not even its log is moved into it.
    pub(crate) fn refuse_newer(&self, path: &Path) -> Result<(), Trouble> {
        if !path.exists() {
            return Ok(());
        }
        let mut conn = connect_to_read(path)?;
        let tx = conn.transaction()?;
        self.version(&tx).map(drop)
    }

    /// The version, 0 for an empty database.
    fn version(&self, tx: &Transaction<'_>) -> Result<i64, Trouble> {
        let pragma = |name| tx.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let version = pragma("user_version")?;
        if version == 0 && is_empty(tx)? {
            return Ok(0);
        }
        if pragma("application_id")? != i64::from(self.application_id) {
            return Err(Trouble::Damaged("it is not a database of bgcopy".to_owned()));
        }
        let steps: i64 = tx.query_row("SELECT max(version) FROM schema_steps", [], |row| row.get(0))?;
        match version {
            _ if version != steps => Err(Trouble::Damaged(format!("version {version} after {steps} steps"))),
            _ if version > self.supported() => {
                Err(Trouble::Newer { found: version, supported: self.supported() })
            }
            _ => Ok(version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        Connection::open_in_memory().unwrap()
    }

    #[test]
    fn f09_a_step_that_fails_leaves_the_old_schema() {
        let mut conn = memory();
        Schema { application_id: 7, steps: &[TABLES_1] }.migrate(&mut conn).unwrap();
        let next = Schema {
            application_id: 7,
            steps: &[TABLES_1, "CREATE TABLE more (id) STRICT;", "CREATE TABLE more (id INTEGER);"],
        };
        assert!(next.migrate(&mut conn).is_err());
        let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let steps: i64 = conn.query_row("SELECT count(*) FROM schema_steps", [], |row| row.get(0)).unwrap();
        let more: i64 = conn
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'more'", [], |row| row.get(0))
            .unwrap();
        assert_eq!((version, steps, more), (1, 1, 0));
    }

    #[test]
    fn f09_only_the_missing_steps_are_made() {
        let mut conn = memory();
        Schema { application_id: 7, steps: &[TABLES_1] }.migrate(&mut conn).unwrap();
        let next = Schema { application_id: 7, steps: &[TABLES_1, "CREATE TABLE more (id INTEGER) STRICT;"] };
        next.migrate(&mut conn).unwrap();
        next.migrate(&mut conn).unwrap();
        conn.execute("INSERT INTO more VALUES (1)", []).unwrap();
    }

    #[test]
    fn a_flipped_version_is_damage_and_not_a_newer_program() {
        let mut conn = memory();
        JOBS.migrate(&mut conn).unwrap();
        for version in [0, 1, 2, 99, -1, 1 << 30] {
            conn.pragma_update(None, "user_version", version).unwrap();
            assert!(matches!(JOBS.migrate(&mut conn), Err(Trouble::Damaged(_))), "{version}");
        }
    }
}
