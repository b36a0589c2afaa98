//! What can go wrong with the records, in the words of the caller; and how SQLite's codes are read.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bgcopy_core::{FileIndex, JobId};
use rusqlite::{ErrorCode, ffi};

/// A cause that several callers of one transaction are told.
pub(crate) type Cause = Arc<dyn Error + Send + Sync>;

/// Why the records cannot be used. Every message names the path and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer version of the program; nothing was touched.
    #[error(
        "{} was written by a newer bgcopy (schema {found}; this one knows up to {supported}) and was not \
         touched; upgrade bgcopy, or choose another state folder",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema this program knows.
        supported: i64,
    },
    /// It belongs to somebody else.
    #[error(
        "{} belongs to user {owner}, but the service runs as user {us}; give it back with chown, or choose \
         another state folder",
        path.display()
    )]
    NotOurs {
        /// What belongs to somebody else.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// Secrets of jobs that were encrypted with a key which is not here; nothing was touched.
    #[error(
        "{} is encrypted with a key that was not given; start the service with that credential, or \
         remove the file and set the secrets of its job again",
        path.display()
    )]
    Locked {
        /// The first of the files.
        path: PathBuf,
    },
    /// A folder, socket or link where a file must be.
    #[error("{} must be a plain file, and is not; move it away and start again", path.display())]
    NotAFile {
        /// What is in the way.
        path: PathBuf,
    },
    /// A file where a folder must be.
    #[error("{} must be a folder, and is not; move it away and start again", path.display())]
    NotAFolder {
        /// What is in the way.
        path: PathBuf,
    },
    /// No right to read and write it.
    #[error(
        "{} cannot be read and written by user {us}; correct its rights, or choose another state folder",
        path.display()
    )]
    Denied {
        /// What cannot be used.
        path: PathBuf,
        /// Who we are.
        us: u32,
        /// Why.
        source: Cause,
    },
    /// No space on its volume.
    #[error("no space left on the volume of {}; free some and start again", path.display())]
    Full {
        /// What cannot be written.
        path: PathBuf,
    },
    /// Another program locks it.
    #[error(
        "{} is locked by another program (a backup, a database browser?); end it and start again",
        path.display()
    )]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The device failed.
    #[error("{} cannot be read or written; look for disk errors in the system log", path.display())]
    Io {
        /// What cannot be used.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
}

/// Why changes were not kept. None of the changes of the save was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SaveError {
    /// No space; a later save may succeed (E04).
    #[error("no space left on the volume of {}", path.display())]
    Full {
        /// What could not be written.
        path: PathBuf,
    },
    /// The device failed; a later save may succeed.
    #[error("{} cannot be written", path.display())]
    Io {
        /// What could not be written.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// Another program holds the database, or too many changes wait.
    #[error("{} is busy; try again", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The database was found damaged. Nothing more is written to it; the next open repairs it.
    #[error("{} is damaged ({reason}); it is repaired when the service starts again", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A change of a job that was never created.
    #[error("job {job} is not among the records")]
    UnknownJob {
        /// The job.
        job: JobId,
    },
    /// A file that would leave a gap in its job.
    #[error("job {job} has no file {index}, nor is that its next one")]
    UnknownFile {
        /// The job.
        job: JobId,
        /// The file.
        index: FileIndex,
    },
    /// A record with a value that has no stored form: no later save of it can succeed.
    #[error("the record of job {job} cannot be stored")]
    Unstorable {
        /// The job.
        job: JobId,
        /// Why.
        source: Arc<serde_json::Error>,
    },
    /// The writer is gone.
    #[error("the records are closed")]
    Closed,
}

/// Why the history cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Found damaged; it is being set aside, and the history starts again.
    #[error("{} is damaged ({reason}) and is set aside", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It cannot be read now.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The database.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
}

/// What went wrong with a database, sorted by what is to be done about it.
#[derive(Debug)]
pub(crate) enum Trouble {
    Damaged(String),
    Newer { found: i64, supported: i64 },
    Full(Option<PathBuf>),
    Busy,
    Denied(Option<PathBuf>, Cause),
    Io(Option<PathBuf>, Cause),
    UnknownJob(JobId),
    UnknownFile(JobId, FileIndex),
    Unstorable(Option<JobId>, serde_json::Error),
}

impl Trouble {
    /// The same, of this job.
    pub(crate) fn of_job(self, job: JobId) -> Self {
        match self {
            Self::Unstorable(_, error) => Self::Unstorable(Some(job), error),
            other => other,
        }
    }

    /// A failure of a file other than the database.
    pub(crate) fn file(path: &Path, error: io::Error) -> Self {
        let path = Some(path.to_owned());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(path),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied(path, Arc::new(error))
            }
            _ => Self::Io(path, Arc::new(error)),
        }
    }

    /// Concerns one save, not the database: the other saves of the transaction are kept.
    pub(crate) const fn is_of_the_save(&self) -> bool {
        matches!(self, Self::UnknownJob(_) | Self::UnknownFile(..) | Self::Unstorable(..))
    }

    pub(crate) fn on_open(self, database: &Path) -> OpenError {
        let or_database = |path: Option<PathBuf>| path.unwrap_or_else(|| database.to_owned());
        let us = rustix::process::geteuid().as_raw();
        match self {
            Self::Newer { found, supported } => {
                OpenError::Newer { path: database.to_owned(), found, supported }
            }
            Self::Full(path) => OpenError::Full { path: or_database(path) },
            Self::Busy => OpenError::Busy { path: database.to_owned() },
            Self::Denied(path, source) => OpenError::Denied { path: or_database(path), us, source },
            Self::Io(path, source) => OpenError::Io { path: or_database(path), source },
            // A database that is damaged as soon as it was made: the disk does not keep what is written.
            Self::Damaged(reason) => OpenError::Io { path: database.to_owned(), source: said(reason) },
            Self::UnknownJob(_) | Self::UnknownFile(..) | Self::Unstorable(..) => {
                OpenError::Io { path: database.to_owned(), source: said(format!("{self:?}")) }
            }
        }
    }

    pub(crate) fn on_save(self, database: &Path) -> SaveError {
        let or_database = |path: Option<PathBuf>| path.unwrap_or_else(|| database.to_owned());
        let path = database.to_owned();
        match self {
            Self::Full(path) => SaveError::Full { path: or_database(path) },
            Self::Busy => SaveError::Busy { path },
            Self::Denied(path, source) | Self::Io(path, source) => {
                SaveError::Io { path: or_database(path), source }
            }
            Self::Damaged(reason) => SaveError::Damaged { path, reason },
            Self::Newer { .. } => SaveError::Damaged { path, reason: "its version changed".to_owned() },
            Self::UnknownJob(job) => SaveError::UnknownJob { job },
            Self::UnknownFile(job, index) => SaveError::UnknownFile { job, index },
            Self::Unstorable(Some(job), source) => SaveError::Unstorable { job, source: Arc::new(source) },
            Self::Unstorable(None, source) => SaveError::Io { path, source: Arc::new(source) },
        }
    }

    pub(crate) fn on_history(self, database: &Path) -> HistoryError {
        let path = database.to_owned();
        match self {
            Self::Damaged(reason) => HistoryError::Damaged { path, reason },
            Self::Denied(_, source) | Self::Io(_, source) => HistoryError::Io { path, source },
            other => HistoryError::Io { path, source: said(other.to_string()) },
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged(reason) => write!(f, "damaged: {reason}"),
            Self::Newer { found, supported } => write!(f, "schema {found} is newer than {supported}"),
            Self::Full(_) => f.write_str("no space left"),
            Self::Busy => f.write_str("locked by another program"),
            Self::Denied(_, cause) | Self::Io(_, cause) => cause.fmt(f),
            Self::UnknownJob(job) => write!(f, "job {job} is not among the records"),
            Self::UnknownFile(job, index) => write!(f, "job {job} has no file {index}"),
            Self::Unstorable(_, error) => error.fmt(f),
        }
    }
}

fn said(text: String) -> Cause {
    Arc::from(Box::<dyn Error + Send + Sync>::from(text))
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let Some(sqlite) = error.sqlite_error() else {
            // A value of another kind than was written: somebody else wrote it, or the disk did.
            return Self::Damaged(error.to_string());
        };
        match (sqlite.code, sqlite.extended_code) {
            (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Self::Full(None),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            (ErrorCode::FileLockingProtocolFailed, _) => Self::Busy,
            (ErrorCode::PermissionDenied, _) => Self::Denied(None, Arc::new(error)),
            (_, ffi::SQLITE_IOERR_CORRUPTFS) => Self::Damaged(error.to_string()),
            (ErrorCode::CannotOpen | ErrorCode::SystemIoFailure, _)
            | (ErrorCode::OutOfMemory | ErrorCode::NoLargeFileSupport, _) => Self::Io(None, Arc::new(error)),
            // Our statements fit our schema and our files can be written (`place`): whatever else SQLite
            // says is said of a schema or a header that is not the one we wrote.
            _ => Self::Damaged(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Unstorable(None, error)
    }
}
