//! What the agent keeps of a download besides its job: names as they were given, before there is a file, and the
//! claim of its place. One small file each, so that ids stay valid over a restart.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bgcopy_api::name::Base64;
use bgcopy_api::{Job, JobId};
use serde::{Deserialize, Serialize};

use crate::claim::Claim;

/// Downloads that are neither finalized nor aborted, at most: their calls are cheap for whoever makes them, and each
/// costs a job here.
pub(crate) const DOWNLOADS_MAX: usize = 10_000;

/// Bytes of a record's file: a request is the most that it can hold, as base64, and some fields.
const RECORD_BYTES_MAX: u64 = 128 << 10;

/// A download that lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Its id, which is that of its job.
    pub(crate) id: JobId,
    /// As it was given.
    #[serde(default)]
    pub(crate) uri: Option<String>,
    /// As it was given.
    #[serde(default)]
    pub(crate) path: Option<Base64>,
    /// As it was set.
    #[serde(default)]
    pub(crate) no_progress_seconds: Option<u64>,
    /// Since `start`.
    #[serde(default)]
    pub(crate) claim: Option<Claim>,
    /// The client paused it, and nobody else did.
    #[serde(default)]
    pub(crate) paused: bool,
    /// The most bytes that a client was told of: "it never goes back" (agent-rest 5).
    #[serde(skip)]
    pub(crate) bytes_told: u64,
    /// Its job, once that cannot change any more.
    #[serde(skip)]
    pub(crate) finished: Option<Box<Job>>,
}

impl Record {
    pub(crate) const fn new(id: JobId) -> Self {
        Self {
            id,
            uri: None,
            path: None,
            no_progress_seconds: None,
            claim: None,
            paused: false,
            bytes_told: 0,
            finished: None,
        }
    }
}

/// One download; whoever calls holds it for the time of the call.
pub(crate) type Slot = Arc<tokio::sync::Mutex<Record>>;

/// All downloads that live.
#[derive(Debug)]
pub(crate) struct Records {
    folder: PathBuf,
    known: Mutex<HashMap<JobId, Slot>>,
}

impl Records {
    /// Reads what is in the folder, which is made where it is missing. A file that cannot be read is left where it
    /// is and its download is not known.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let mut known = HashMap::new();
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match read(&path) {
                Ok(record) => {
                    known.insert(record.id, Slot::new(record.into()));
                }
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "a download is not known any more");
                }
            }
        }
        Ok(Self { folder, known: Mutex::new(known) })
    }

    /// The download of this id. Ids are compared exactly (agent-rest 4): upper case is another one.
    pub(crate) fn find(&self, id: &[u8]) -> Option<Slot> {
        let text = std::str::from_utf8(id).ok()?;
        let id = text.parse::<JobId>().ok().filter(|id| id.to_string() == text)?;
        self.lock().get(&id).cloned()
    }

    /// Whether a download lives still.
    pub(crate) fn holds(&self, id: JobId) -> bool {
        self.lock().contains_key(&id)
    }

    /// Whether there is room for another one.
    pub(crate) fn has_room(&self) -> bool {
        self.lock().len() < DOWNLOADS_MAX
    }

    /// Every download.
    pub(crate) fn all(&self) -> Vec<Slot> {
        self.lock().values().cloned().collect()
    }

    /// Keeps a new download. Blocks.
    pub(crate) fn add(&self, record: Record) -> io::Result<()> {
        // That there is a new file goes to the disk with its content.
        write(&self.path(record.id), &record)?;
        self.lock().insert(record.id, Slot::new(record.into()));
        Ok(())
    }

    /// Keeps what changed. Blocks. After a power cut it may be as it was before: then the client is told that
    /// others paused it, or an empty file stays behind.
    pub(crate) fn save(&self, record: &Record) -> io::Result<()> {
        let draft = self.folder.join(format!("{}.new", record.id));
        write(&draft, record)?;
        std::fs::rename(&draft, self.path(record.id))
    }

    /// Forgets a download. Blocks.
    pub(crate) fn forget(&self, id: JobId) {
        self.lock().remove(&id);
        if let Err(error) = std::fs::remove_file(self.path(id))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%id, %error, "the record of a download stays behind");
        }
    }

    fn path(&self, id: JobId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Slot>> {
        // A panic while it was held cannot have left it half changed: each use is one call of the map.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(path: &Path, record: &Record) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    file.sync_data()
}

fn read(path: &Path) -> io::Result<Record> {
    let mut text = Vec::new();
    File::open(path)?.take(RECORD_BYTES_MAX).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(byte: u8) -> Record {
        Record::new(JobId::from_random_bytes([byte; 16]))
    }

    #[tokio::test]
    async fn downloads_are_known_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [record(1), record(2)];
        let records = Records::open(folder.path().join("agent")).unwrap();
        let path = Some(Base64(b"/\xff".to_vec()));
        let changed = Record { uri: Some("http://h/f".to_owned()), path, paused: true, ..one.clone() };
        records.add(one.clone()).unwrap();
        records.add(two.clone()).unwrap();
        records.save(&changed).unwrap();
        records.forget(two.id);
        assert!(records.holds(one.id) && !records.holds(two.id));
        std::fs::write(folder.path().join("agent/broken.json"), "{").unwrap();
        let again = Records::open(folder.path().join("agent")).unwrap();
        let found = again.find(one.id.to_string().as_bytes()).unwrap();
        assert_eq!(*found.lock().await, changed);
        assert_eq!(again.all().len(), 1);
    }

    #[test]
    fn ids_are_compared_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path().to_owned()).unwrap();
        let id = JobId::from_random_bytes([0xAB; 16]);
        records.add(Record::new(id)).unwrap();
        let text = id.to_string();
        assert!(text.len() == 36 && text == text.to_lowercase());
        assert!(records.find(text.as_bytes()).is_some());
        for other in [text.to_uppercase(), format!("{{{text}}}"), format!("{text} "), String::new()] {
            assert!(records.find(other.as_bytes()).is_none(), "{other:?}");
        }
        assert!(records.find(b"\xff").is_none());
    }
}
