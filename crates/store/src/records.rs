//! Record files: one per living job, from which the list is rebuilt when the database is damaged or gone
//! (F06, F07).
//!
//! Two lines of JSON: a heading with the revision and a checksum, and the job without its secrets. Replaced
//! whole and not synced: they are the second copy, the database is the first.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bgcopy_core::{JobId, JobRecord};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::error::Trouble;
use crate::place::{self, Durable};
use crate::rows::JobRow;

/// A heading has three numbers of at most 20 digits and their names; spaces fill the rest of its line.
const HEADING_BYTES: usize = 128;
/// How the name of a record ends.
const SUFFIX: &str = ".json";

#[derive(Serialize, Deserialize)]
struct Heading {
    revision: u64,
    secrets: u64,
    checksum: u64,
}

/// Adds up what is written through it.
struct Summing<W> {
    file: W,
    sum: Xxh3Default,
}

impl<W: io::Write> io::Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The folder of the record files.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    dir: PathBuf,
}

impl Records {
    pub(crate) const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Writes what is known of a job now: its row, and what serialises as the job.
    pub(crate) fn write(&self, row: &JobRow, job: &impl Serialize) -> io::Result<()> {
        let path = self.path(row.job.id);
        match place::write_by(&path, Durable::Later, |file| encode(row, job, file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Somebody removed the folder.
                place::make_folder(&self.dir)?;
                place::write_by(&path, Durable::Later, |file| encode(row, job, file))
            }
            other => other,
        }
    }

    /// The job that a record tells of; its secrets are empty.
    pub(crate) fn read(&self, id: JobId) -> Result<JobRow, String> {
        decode(&fs::read_to_string(self.path(id)).map_err(|error| error.to_string())?, id)
    }

    /// The jobs that have a record, each with its revision where that can be read. Only the headings are
    /// read: this happens at every start.
    pub(crate) fn revisions(&self) -> Result<Vec<(JobId, Option<u64>)>, Trouble> {
        let ids = place::names(&self.dir)?
            .into_iter()
            .filter_map(|name| name.strip_suffix(SUFFIX)?.parse::<JobId>().ok());
        Ok(ids.map(|id| (id, revision(&self.path(id)))).collect())
    }

    /// Removes the record of a job that ended.
    pub(crate) fn remove(&self, id: JobId) {
        place::remove(&self.path(id));
    }

    /// Puts a record that cannot be read out of the way, for whoever wants to look, and says where to.
    pub(crate) fn condemn(&self, id: JobId) -> PathBuf {
        let (from, to) = (self.path(id), self.dir.join(format!("{id}{SUFFIX}.damaged")));
        if let Err(error) = fs::rename(&from, &to) {
            tracing::warn!(path = %from.display(), %error, "a damaged record stays in the way");
            return from;
        }
        to
    }

    fn path(&self, id: JobId) -> PathBuf {
        self.dir.join(format!("{id}{SUFFIX}"))
    }
}

/// Writes a record.
pub(crate) fn encode(row: &JobRow, job: &impl Serialize, file: impl io::Write + io::Seek) -> io::Result<()> {
    // The heading comes first and is known last: the text of a job of many files is never in memory.
    let mut summing = Summing { file, sum: Xxh3Default::new() };
    summing.file.write_all(&heading_line(&[])?)?;
    serde_json::to_writer(&mut summing, job)?;
    let Summing { mut file, sum } = summing;
    file.write_all(b"\n")?;
    let heading = Heading { revision: row.revision, secrets: row.secrets, checksum: sum.digest() };
    file.rewind()?;
    file.write_all(&heading_line(&serde_json::to_vec(&heading)?)?)
}

fn heading_line(heading: &[u8]) -> io::Result<[u8; HEADING_BYTES]> {
    let mut line = [b' '; HEADING_BYTES];
    line[HEADING_BYTES - 1] = b'\n';
    let room = line[..HEADING_BYTES - 1].get_mut(..heading.len());
    room.ok_or(io::ErrorKind::FileTooLarge)?.copy_from_slice(heading);
    Ok(line)
}

/// The job that the text of a record tells of, which must be this one; its secrets are empty.
pub(crate) fn decode(content: &str, id: JobId) -> Result<JobRow, String> {
    let (heading, job) = content.split_once('\n').ok_or("it is cut short")?;
    let heading: Heading = serde_json::from_str(heading).map_err(|error| error.to_string())?;
    let job = job.trim_end_matches('\n');
    if xxh3_64(job.as_bytes()) != heading.checksum {
        return Err("it does not match its checksum".to_owned());
    }
    let job: JobRecord = serde_json::from_str(job).map_err(|error| error.to_string())?;
    if job.id != id {
        return Err(format!("it is the record of job {}", job.id));
    }
    Ok(JobRow { job, revision: heading.revision, secrets: heading.secrets })
}

fn revision(path: &Path) -> Option<u64> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(HEADING_BYTES as u64).read_to_end(&mut start).ok()?;
    let heading = start.split(|byte| *byte == b'\n').next()?;
    Some(serde_json::from_slice::<Heading>(heading).ok()?.revision)
}
