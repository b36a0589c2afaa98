//! Applying changes: what a save does to rows and secrets inside its transaction, and what it leaves to be
//! done once that is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bgcopy_core::{FileIndex, FileRecord, JobId, JobRecord};
use rusqlite::{Connection, Savepoint};

use crate::archive::EndedJobs;
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
    /// Secrets files that some row named before.
    superseded: BTreeSet<(JobId, u64)>,
    /// Secrets files that rows name now.
    named: BTreeMap<JobId, u64>,
}

impl Aftermath {
    /// What another save of the same transaction leaves, which was applied later.
    pub(crate) fn extend(&mut self, later: Self) {
        self.unsettled.extend(later.unsettled);
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
}

impl Keeper<'_> {
    /// All changes of a save, or none.
    pub(crate) fn apply(&self, part: Savepoint<'_>, changes: &[Change]) -> Result<Aftermath, Trouble> {
        let mut aftermath = Aftermath::default();
        for change in changes {
            self.apply_one(&part, change, &mut aftermath).map_err(|trouble| trouble.of_job(change.job()))?;
        }
        for job in &aftermath.unsettled {
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
            Change::Files { job, first, files } => (first.0..)
                .map(FileIndex)
                .zip(files)
                .try_for_each(|(index, file)| self.file(conn, *job, index, file, after)),
        }
    }

    fn create(&self, conn: &Connection, job: &JobRecord, after: &mut Aftermath) -> Result<(), Trouble> {
        // A create that is repeated, because its answer was lost, replaces the job.
        let (revision, current) =
            rows::head(conn, job.id)?.map_or((0, secrets::NONE), |old| (old.revision, old.secrets));
        let secrets = self.keep_secrets(job, current, revision, after)?;
        rows::put_whole(conn, job, revision, secrets)?;
        after.unsettled.insert(job.id);
        Ok(())
    }

    fn head(&self, conn: &Connection, job: &JobRecord, after: &mut Aftermath) -> Result<(), Trouble> {
        let Some(old) = rows::head(conn, job.id)? else { return self.missing(job.id) };
        let secrets = self.keep_secrets(job, old.secrets, old.revision, after)?;
        rows::put_head(conn, job, secrets)?;
        if secrets != old.secrets || lasting::head_differs(&old.job, job) {
            after.unsettled.insert(job.id);
        }
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
        if let Some(old) = rows::file(conn, job, index)? {
            rows::put_file(conn, job, index, file)?;
            if lasting::file_differs(&old, file) {
                after.unsettled.insert(job);
            }
            return Ok(());
        }
        match rows::count_of_files(conn, job)? {
            Some(count) if count == index.0 => rows::append_file(conn, job, index, file)?,
            Some(_) => return Err(Trouble::UnknownFile(job, index)),
            None => return self.missing(job),
        }
        after.unsettled.insert(job);
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
