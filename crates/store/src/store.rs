//! The handle: what the service calls.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use bgcopy_core::{FileIndex, FileRecord, JobId, JobRecord};

use crate::ended::{HistoryQuery, Places};
use crate::error::{HistoryError, OpenError, SaveError};
use crate::open::{self, Opened};
use crate::schema::BUSY_TIMEOUT;
use crate::sealing::SecretKey;
use crate::writer::{Command, Done, Save, Shared};

/// Changes that may wait for the writer: ten for each of 10,000 jobs (the number that design.md section 5
/// measures with). More means a disk that stands still, and memory must not pay for it.
pub(crate) const QUEUED_MAX: usize = 100_000;

/// A change of the records.
#[derive(Clone, Debug)]
pub enum Change {
    /// A job with its files; replaces whatever was known under its id.
    Create(Box<JobRecord>),
    /// Everything of a job but its files, which are ignored. When the job has ended (a final state, and no
    /// ending left to carry out) its secrets go, and it moves to the history.
    Head(Box<JobRecord>),
    /// One file: one that is there, or the next one.
    File {
        /// Whose it is.
        job: JobId,
        /// Its place.
        index: FileIndex,
        /// The file.
        file: Box<FileRecord>,
    },
    /// Several files in a row, as [`Change::File`].
    Files {
        /// Whose they are.
        job: JobId,
        /// The place of the first.
        first: FileIndex,
        /// The files.
        files: Vec<FileRecord>,
    },
}

impl Change {
    /// Whose record changes.
    pub const fn job(&self) -> JobId {
        match self {
            Self::Create(record) | Self::Head(record) => record.id,
            Self::File { job, .. } | Self::Files { job, .. } => *job,
        }
    }
}

/// The records of one state folder. Dropping it is closing it.
pub struct Store {
    queue: Sender<Command>,
    writer: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    database: PathBuf,
    history: PathBuf,
}

impl Store {
    /// Opens the records in `dir`, which is made when it is missing: checks and migrates the database,
    /// rebuilds what is damaged, and loads every job that is not final or whose ending is unfinished.
    ///
    /// Whoever opens holds the [`StateLock`](crate::StateLock) of the folder.
    pub fn open(dir: &Path) -> Result<Opened, OpenError> {
        Self::open_with_key(dir, None)
    }

    /// The same; secrets are sealed with the key, if there is one. Where they were sealed with another, it is refused.
    pub fn open_with_key(dir: &Path, key: Option<SecretKey>) -> Result<Opened, OpenError> {
        open::open(dir, key, BUSY_TIMEOUT)
    }

    /// Queues changes; returns at once. All of them are durable together, or none is; then `done` is called
    /// on the writer's thread, which it must not keep. Whatever was queued meanwhile shares the commit.
    pub fn save(&self, changes: Vec<Change>, done: Done) {
        let save = Save { changes, done };
        let weight = save.weight();
        if self.shared.queued.fetch_add(weight, Ordering::Relaxed) >= QUEUED_MAX {
            self.shared.queued.fetch_sub(weight, Ordering::Relaxed);
            (save.done)(Err(SaveError::Busy { path: self.database.clone() }));
            return;
        }
        if let Err(unsent) = self.queue.send(Command::Save(save))
            && let Command::Save(save) = unsent.0
        {
            (save.done)(Err(SaveError::Closed));
        }
    }

    /// Jobs that ended, the last one first. Reads the disk: not for the engine's loop.
    pub fn history(&self, query: HistoryQuery) -> Result<Vec<JobRecord>, HistoryError> {
        self.ended().page(query).inspect_err(|error| self.report(error))
    }

    /// One job that ended. Reads the disk: not for the engine's loop.
    pub fn ended_job(&self, id: JobId) -> Result<Option<JobRecord>, HistoryError> {
        self.ended().job(id).inspect_err(|error| self.report(error))
    }

    /// How many transactions were committed since the records were opened.
    pub fn commits(&self) -> u64 {
        self.shared.commits.load(Ordering::Relaxed)
    }

    /// Finishes what is queued, puts the log into the database, and waits for the writer to end.
    pub fn close(self) {
        drop(self);
    }

    pub(crate) fn start(
        queue: Sender<Command>,
        writer: JoinHandle<()>,
        shared: Arc<Shared>,
        (database, history): (PathBuf, PathBuf),
    ) -> Self {
        Self { queue, writer: Some(writer), shared, database, history }
    }

    fn ended(&self) -> Places<'_> {
        Places { history: &self.history, living: &self.database }
    }

    fn report(&self, error: &HistoryError) {
        if let HistoryError::Damaged { reason, .. } = error {
            // A writer that has ended sets nothing aside; the next run will.
            let _ = self.queue.send(Command::HistoryDamaged(reason.clone()));
        }
    }

    #[cfg(test)]
    pub(crate) fn limit_pages(&self, pages: u32) {
        self.queue.send(Command::LimitPages(pages)).unwrap();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("database", &self.database).finish_non_exhaustive()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // A writer that has ended already needs no telling.
        let _ = self.queue.send(Command::Close);
        // The last handle may be dropped by a `done`, on the writer's own thread, which cannot wait for
        // itself.
        let Some(writer) = self.writer.take().filter(|writer| writer.thread().id() != thread::current().id())
        else {
            return;
        };
        if writer.join().is_err() {
            tracing::error!("the writer of the records panicked");
        }
    }
}
