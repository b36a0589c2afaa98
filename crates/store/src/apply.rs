//! Applying changes: what a save does to rows and secrets inside its transaction, and what it leaves to be
//! done once that is committed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bgcopy_core::{FileIndex, FileRecord, JobId, JobRecord};
use rusqlite::{Connection, Savepoint};

use crate::ended::EndedJobs;
use crate::error::Trouble;
use crate::lasting;
use crate::rows;
use crate::secrets::{self, SecretFiles};
use crate::store::Change;

/// What a transaction leaves to be done once it is committed.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// Jobs that changed in a lasting way.
    pub(crate) unsettled: BTreeSet<JobId>,
    /// Jobs of many files that did: to be settled after the answers, and not with each change.
    pub(crate) unsettled_many: BTreeSet<JobId>,
    /// Jobs of many files that ended: to be settled after the answers.
    pub(crate) ended_many: BTreeSet<JobId>,
    /// Secrets files that some row named before.
    superseded: BTreeSet<(JobId, u64)>,
    /// Secrets files that rows name now.
    named: BTreeMap<JobId, u64>,
}

impl Aftermath {
    /// What another save of the same transaction leaves, which was applied later.
    pub(crate) fn extend(&mut self, later: Self) {
        self.unsettled.extend(later.unsettled);
        self.unsettled_many.extend(later.unsettled_many);
        self.ended_many.extend(later.ended_many);
        self.superseded.extend(later.superseded);
        self.named.extend(later.named);
    }

    /// Secrets files that no row names any more: a transaction may give secrets up and take them again.
    pub(crate) fn useless_secrets(&self) -> impl Iterator<Item = (JobId, u64)> {
        self.superseded.iter().copied().filter(|(job, number)| self.named.get(job) != Some(number))
    }
}

/// Applies changes to rows.
pub(crate) struct Keeper<'w> {
    pub(crate) secrets: &'w SecretFiles,
    /// The database of the jobs that ended.
    pub(crate) history: &'w Path,
    /// How many files the jobs have that were asked for in this transaction.
    counts: RefCell<BTreeMap<JobId, u32>>,
}

/// A job of more files than this has many: to write all of them down for the sake of one takes longer than the change.
/// That they are published when the job is acknowledged need not be saved for each.
pub const MANY_FILES: usize = 64;

const fn are_many(count: u32) -> bool {
    count as usize > MANY_FILES
}

impl<'w> Keeper<'w> {
    /// For one transaction.
    pub(crate) fn new(secrets: &'w SecretFiles, history: &'w Path) -> Self {
        Self { secrets, history, counts: RefCell::default() }
    }
}

impl Keeper<'_> {
    /// All changes of a save, or none.
    pub(crate) fn apply(&self, part: Savepoint<'_>, changes: &[Change]) -> Result<Aftermath, Trouble> {
        let mut aftermath = Aftermath::default();
        for change in changes {
            self.apply_one(&part, change, &mut aftermath).map_err(|trouble| {
                // What was counted is undone with the rest.
                self.counts.borrow_mut().clear();
                trouble.of_job(change.job())
            })?;
        }
        let Aftermath { unsettled, unsettled_many, ended_many, .. } = &aftermath;
        for job in unsettled.iter().chain(unsettled_many).chain(ended_many) {
            rows::raise_revision(&part, *job)?;
        }
        part.commit()?;
        Ok(aftermath)
    }

    fn apply_one(&self, conn: &Connection, change: &Change, after: &mut Aftermath) -> Result<(), Trouble> {
        match change {
            Change::Create(job) => self.create(conn, job, after),
            Change::Head(job) => self.head(conn, job, after),
            Change::File { job, index, file } => self.file(conn, *job, *index, file, after),
            Change::Files { job, first, files } => {
                let (known, new) = self.parted(conn, *job, *first, files)?;
                let known = (first.0..).map(FileIndex).zip(known);
                known.into_iter().try_for_each(|(index, file)| self.file(conn, *job, index, file, after))?;
                self.append(conn, *job, new, after)
            }
        }
    }

    fn create(&self, conn: &Connection, job: &JobRecord, after: &mut Aftermath) -> Result<(), Trouble> {
        // A create that is repeated, because its answer was lost, replaces the job.
        let (revision, current) =
            rows::head(conn, job.id)?.map_or((0, secrets::NONE), |old| (old.revision, old.secrets));
        let secrets = self.keep_secrets(job, current, revision, after)?;
        rows::put_whole(conn, job, revision, secrets)?;
        let count = u32::try_from(job.files.len()).unwrap_or(u32::MAX);
        self.counts.borrow_mut().insert(job.id, count);
        Self::changed(job.id, count, after);
        Ok(())
    }

    fn head(&self, conn: &Connection, job: &JobRecord, after: &mut Aftermath) -> Result<(), Trouble> {
        let Some(old) = rows::head(conn, job.id)? else { return self.missing(job.id) };
        let secrets = self.keep_secrets(job, old.secrets, old.revision, after)?;
        rows::put_head(conn, job, secrets)?;
        let count = self.count(conn, job.id)?.unwrap_or(0);
        if rows::has_ended(job) && are_many(count) {
            after.ended_many.insert(job.id);
        } else if secrets != old.secrets || lasting::head_differs(&old.job, job) {
            Self::changed(job.id, count, after);
        }
        Ok(())
    }

    fn changed(job: JobId, count: u32, after: &mut Aftermath) {
        let unsettled = if are_many(count) { &mut after.unsettled_many } else { &mut after.unsettled };
        unsettled.insert(job);
    }

    /// How many files a job has, if there is such a job.
    fn count(&self, conn: &Connection, job: JobId) -> Result<Option<u32>, Trouble> {
        if let Some(count) = self.counts.borrow().get(&job) {
            return Ok(Some(*count));
        }
        let count = rows::count_of_files(conn, job)?;
        self.counts.borrow_mut().extend(count.map(|count| (job, count)));
        Ok(count)
    }

    /// The files that are there, and those behind them.
    fn parted<'f>(
        &self,
        conn: &Connection,
        job: JobId,
        first: FileIndex,
        files: &'f [FileRecord],
    ) -> Result<(&'f [FileRecord], &'f [FileRecord]), Trouble> {
        let known = self.count(conn, job)?.unwrap_or(0).saturating_sub(first.0);
        Ok(files.split_at(files.len().min(known as usize)))
    }

    /// Adds files behind the last one.
    fn append(
        &self,
        conn: &Connection,
        job: JobId,
        files: &[FileRecord],
        after: &mut Aftermath,
    ) -> Result<(), Trouble> {
        if files.is_empty() {
            return Ok(());
        }
        let Some(count) = self.count(conn, job)? else { return self.missing(job) };
        for (index, file) in (count..).map(FileIndex).zip(files) {
            rows::add_file(conn, job, index, file)?;
        }
        let more = count.saturating_add(u32::try_from(files.len()).unwrap_or(u32::MAX));
        rows::set_count_of_files(conn, job, more)?;
        self.counts.borrow_mut().insert(job, more);
        Self::changed(job, more, after);
        Ok(())
    }

    fn file(
        &self,
        conn: &Connection,
        job: JobId,
        index: FileIndex,
        file: &FileRecord,
        after: &mut Aftermath,
    ) -> Result<(), Trouble> {
        match self.count(conn, job)? {
            Some(count) if index.0 < count && are_many(count) => {
                // Whether it lasts is asked for all of them together.
                rows::put_file(conn, job, index, file)?;
                after.unsettled_many.insert(job);
            }
            Some(count) if index.0 < count => {
                let old = rows::file(conn, job, index)?;
                rows::put_file(conn, job, index, file)?;
                if old.is_none_or(|old| lasting::file_differs(&old, file)) {
                    after.unsettled.insert(job);
                }
            }
            Some(count) if index.0 == count => {
                self.append(conn, job, std::slice::from_ref(file), after)?;
            }
            Some(_) => return Err(Trouble::UnknownFile(job, index)),
            None => return self.missing(job),
        }
        Ok(())
    }

    /// The secrets of an ended job are needed by nobody. A new file is numbered by the revision that this
    /// save will make, so that no number is used twice.
    fn keep_secrets(
        &self,
        job: &JobRecord,
        current: u64,
        revision: u64,
        after: &mut Aftermath,
    ) -> Result<u64, Trouble> {
        let number = if rows::has_ended(job) {
            secrets::NONE
        } else {
            self.secrets.keep(job.id, current, revision + 1, &job.secrets)?
        };
        after.superseded.insert((job.id, current));
        after.named.insert(job.id, number);
        Ok(number)
    }

    /// An ended job changes no more: what still comes for one that is in the history is late, not wrong.
    fn missing(&self, job: JobId) -> Result<(), Trouble> {
        if EndedJobs::open(self.history).know(job) { Ok(()) } else { Err(Trouble::UnknownJob(job)) }
    }
}
