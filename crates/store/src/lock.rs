//! One service per state folder: an advisory lock on a file there (F08).
//!
//! The lock belongs to the open file, not to the number written in it: the kernel drops it with the
//! process, so a stale file or a reused process id never keeps a service from starting (F14). The file is
//! never removed: whoever removes a lock file can remove the one that a third process has just locked.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::place;

/// The name of the lock file in the state folder.
const NAME: &str = "lock";
/// A process id has at most 7 digits (`PID_MAX_LIMIT` is 2^22); more is not ours.
const PID_BYTES_MAX: u64 = 16;

/// The right to use a state folder, until it is dropped or the process ends.
#[derive(Debug)]
pub struct StateLock {
    file: File,
}

/// Why a state folder cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another service uses it.
    #[error("{} is in use by another service{}", dir.display(), process(*pid))]
    Held {
        /// The state folder.
        dir: PathBuf,
        /// Its process id, where it has already written it.
        pid: Option<u32>,
    },
    /// The lock file cannot be made or read.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file, or its folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn process(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl StateLock {
    /// Takes the lock of the state folder, which is made when it is missing. Does not wait.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        place::make_folder(dir).map_err(|source| LockError::Io { path: dir.to_owned(), source })?;
        let path = dir.join(NAME);
        let failed = |source| LockError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(LockError::Held { dir: dir.to_owned(), pid: written_pid(&mut file) });
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        write_pid(&mut file).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for StateLock {
    fn drop(&mut self) {
        // Closing the file would do, were it not for a child process that inherited it before its exec.
        if let Err(errno) = flock(&self.file, FlockOperation::Unlock) {
            tracing::warn!(%errno, "the state folder stays locked until the process ends");
        }
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// The number is for people; a winner that has not written it yet is told apart by nothing but `None`.
fn written_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f08_the_second_service_is_told_who_holds_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = StateLock::acquire(dir.path()).unwrap();
        let pid = std::process::id();
        match StateLock::acquire(dir.path()) {
            Err(refused @ LockError::Held { pid: Some(found), .. }) => {
                assert_eq!(found, pid);
                let expected =
                    format!("{} is in use by another service (process {pid})", dir.path().display());
                assert_eq!(refused.to_string(), expected);
            }
            other => panic!("{other:?}"),
        }
        drop(first);
        StateLock::acquire(dir.path()).unwrap();
    }

    #[test]
    fn f14_a_stale_lock_file_keeps_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        for stale in ["1\n", "", "99999999999999999999 and more", "\u{0}\u{0}"] {
            std::fs::write(dir.path().join(NAME), stale).unwrap();
            let lock = StateLock::acquire(dir.path()).unwrap();
            let written = std::fs::read_to_string(dir.path().join(NAME)).unwrap();
            assert_eq!(written, format!("{}\n", std::process::id()));
            drop(lock);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(StateLock::acquire(&file), Err(LockError::Io { path, .. }) if path == file));
    }
}
