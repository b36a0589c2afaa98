//! Secrets files: credentials and headers, apart from everything that is shown or copied (C14).
//!
//! A job's row names the number of its file. A change writes a new number, synced, before the commit that
//! needs it, and removes the old one after: whichever moment a crash chooses, the row finds the secrets it
//! was committed with. Numbers that no row names are swept at the next start.
//!
//! Where the service was given a key, every file is sealed with it (`sealing`); one that was written before is
//! sealed at the next start.
//!
//! No message tells what is in a file, not even that of a failed parse.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use bgcopy_core::{JobId, JobSecrets};
use zeroize::Zeroizing;

use crate::error::Trouble;
use crate::place::{self, Durable};
use crate::sealing::{self, SecretKey};

/// How the name of a secrets file ends.
const SUFFIX: &str = ".json";
/// No number of a file: the job has no secrets.
pub(crate) const NONE: u64 = 0;

/// The folder of the secrets.
#[derive(Clone, Debug)]
pub(crate) struct SecretFiles {
    dir: PathBuf,
    key: Option<SecretKey>,
}

/// Every number in use, of every job.
pub(crate) type Numbers = BTreeMap<JobId, Vec<u64>>;

impl SecretFiles {
    pub(crate) const fn new(dir: PathBuf, key: Option<SecretKey>) -> Self {
        Self { dir, key }
    }

    /// Makes sure that the secrets of a job are on the disk, and tells under which number: `current`, which
    /// has what was committed last, or `next`, which no commit has named.
    pub(crate) fn keep(
        &self,
        id: JobId,
        current: u64,
        next: u64,
        secrets: &JobSecrets,
    ) -> Result<u64, Trouble> {
        if secrets.is_empty() {
            return Ok(NONE);
        }
        // Compared with the file, not with a copy in memory: the fewer copies the better.
        if current != NONE && self.read(id, current).as_ref() == Some(secrets) {
            return Ok(current);
        }
        self.write(id, next, secrets)?;
        Ok(next)
    }

    /// Seals a file that was written before there was a key.
    pub(crate) fn protect(&self, id: JobId, number: u64, secrets: &JobSecrets) -> Result<(), Trouble> {
        let is_open = || self.content(id, number).is_ok_and(|content| !sealing::is_sealed(&content));
        if self.key.is_some() && is_open() { self.write(id, number, secrets) } else { Ok(()) }
    }

    /// The file of a job that cannot be opened without another key than we have.
    pub(crate) fn locked(&self, id: JobId, number: u64) -> Option<PathBuf> {
        let content = self.content(id, number).ok()?;
        sealing::is_locked(&content, self.key.as_ref()).then(|| self.path(id, number))
    }

    fn write(&self, id: JobId, number: u64, secrets: &JobSecrets) -> Result<(), Trouble> {
        let path = self.path(id, number);
        let failed = |error| Trouble::file(&path, error);
        let content = Zeroizing::new(serde_json::to_vec(secrets)?);
        match &self.key {
            None => place::write_whole(&path, &content, Durable::Now).map_err(failed),
            Some(key) => {
                let sealed = key.seal(&name(id, number), &content);
                let sealed =
                    sealed.ok_or_else(|| failed(io::Error::other("the content cannot be encrypted")))?;
                place::write_whole(&path, &sealed, Durable::Now).map_err(failed)
            }
        }
    }

    /// The secrets of a job with their number: those the row names, else the newest that can be read.
    pub(crate) fn find(&self, id: JobId, named: u64, numbers: &Numbers) -> Option<(u64, JobSecrets)> {
        let mut others = numbers.get(&id).cloned().unwrap_or_default();
        others.sort_unstable_by(|a, b| b.cmp(a));
        std::iter::once(named).chain(others).find_map(|number| Some((number, self.read(id, number)?)))
    }

    /// The numbers of all files.
    pub(crate) fn numbers(&self) -> Result<Numbers, Trouble> {
        let mut numbers = Numbers::new();
        for name in place::names(&self.dir)? {
            let parsed = name.strip_suffix(SUFFIX).and_then(|stem| stem.split_once('.'));
            let Some((id, number)) = parsed else { continue };
            if let (Ok(id), Ok(number)) = (id.parse(), number.parse()) {
                numbers.entry(id).or_default().push(number);
            }
        }
        Ok(numbers)
    }

    /// Removes every file but those in use.
    pub(crate) fn sweep(&self, numbers: &Numbers, in_use: &BTreeMap<JobId, u64>) {
        for (id, numbers) in numbers {
            let unused = numbers.iter().filter(|number| in_use.get(id) != Some(number));
            unused.for_each(|number| self.remove(*id, *number));
        }
    }

    /// Removes a file that a row names no more.
    pub(crate) fn remove(&self, id: JobId, number: u64) {
        if number != NONE {
            place::remove(&self.path(id, number));
        }
    }

    fn read(&self, id: JobId, number: u64) -> Option<JobSecrets> {
        let content = self.content(id, number).ok()?;
        match &self.key {
            Some(key) if sealing::is_sealed(&content) => {
                serde_json::from_slice(&key.open(&name(id, number), &content)?).ok()
            }
            _ => serde_json::from_slice(&content).ok(),
        }
    }

    fn content(&self, id: JobId, number: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut file = File::open(self.path(id, number))?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        // Room for all of it and one more, so that no reallocation leaves a copy behind.
        let mut content = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
        file.read_to_end(&mut content)?;
        Ok(content)
    }

    fn path(&self, id: JobId, number: u64) -> PathBuf {
        self.dir.join(name(id, number))
    }
}

fn name(id: JobId, number: u64) -> String {
    format!("{id}.{number}{SUFFIX}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use bgcopy_core::Secret;

    use super::*;

    fn secrets(token: &str) -> JobSecrets {
        let headers = vec![("Authorization".to_owned(), Secret::new(token))];
        JobSecrets { headers, ..JobSecrets::default() }
    }

    #[test]
    fn a_change_gets_a_new_number_and_the_same_again_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let files = SecretFiles::new(dir.path().to_owned(), None);
        let id = JobId::from_random_bytes([1; 16]);
        let first = files.keep(id, NONE, 1, &secrets("a")).unwrap();
        assert_eq!(files.keep(id, first, 2, &secrets("a")).unwrap(), first);
        let second = files.keep(id, first, 5, &secrets("b")).unwrap();
        assert_ne!(first, second);
        let numbers = files.numbers().unwrap();
        assert_eq!(files.find(id, first, &numbers), Some((first, secrets("a"))));
        assert_eq!(files.find(id, second, &numbers), Some((second, secrets("b"))));
        assert_eq!(files.keep(id, second, 6, &JobSecrets::default()).unwrap(), NONE);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_replaced_by_the_newest_that_can() {
        let dir = tempfile::tempdir().unwrap();
        let files = SecretFiles::new(dir.path().to_owned(), None);
        let id = JobId::from_random_bytes([1; 16]);
        files.keep(id, 3, 4, &secrets("d")).unwrap();
        std::fs::write(files.path(id, 7), "{\"credentials\":").unwrap();
        let numbers = files.numbers().unwrap();
        assert_eq!(files.find(id, 5, &numbers), Some((4, secrets("d"))));
        files.sweep(&numbers, &BTreeMap::from([(id, 4)]));
        assert_eq!(files.numbers().unwrap(), Numbers::from([(id, vec![4])]));
    }

    #[test]
    fn c14_secrets_are_readable_by_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let files = SecretFiles::new(dir.path().to_owned(), None);
        let id = JobId::from_random_bytes([1; 16]);
        let number = files.keep(id, NONE, 1, &secrets("a")).unwrap();
        let mode = std::fs::metadata(files.path(id, number)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn c14_with_a_key_files_are_sealed_and_those_of_before_too() {
        let dir = tempfile::tempdir().unwrap();
        let id = JobId::from_random_bytes([1; 16]);
        let [open, sealing] =
            [None, SecretKey::of_material(&[7; 32])].map(|key| SecretFiles::new(dir.path().to_owned(), key));
        let holds = |number| {
            let content = std::fs::read(open.path(id, number)).unwrap();
            content.windows(6).any(|part| part == b"s3cret")
        };
        let number = open.keep(id, NONE, 1, &secrets("s3cret")).unwrap();
        assert!(holds(number) && open.locked(id, number).is_none());
        sealing.protect(id, number, &secrets("s3cret")).unwrap();
        assert!(!holds(number));
        assert_eq!(sealing.read(id, number), Some(secrets("s3cret")));
        assert!(open.locked(id, number).is_some() && sealing.locked(id, number).is_none());
        let next = sealing.keep(id, number, 2, &secrets("s3cret, too")).unwrap();
        assert!(next == 2 && !holds(next));
    }
}
