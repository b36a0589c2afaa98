//! Folders for one run: on a memory file system for what is fetched, on a disk for what must last.

use std::env;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;

use super::say;
use super::size::Size;

/// A folder that goes away with the value.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A folder with room for `bytes` in memory, or, where there is none, on the disk, and says so.
    pub(crate) fn in_memory(bytes: u64) -> anyhow::Result<Self> {
        let memory = Path::new("/dev/shm");
        clear_leftovers(memory);
        match refusal(memory, bytes) {
            None => Self::below(memory),
            Some(reason) => {
                say(format_args!("{}: {reason}; using {}", memory.display(), env::temp_dir().display()));
                Self::on_disk()
            }
        }
    }

    /// A folder where files survive, as a service's state does.
    pub(crate) fn on_disk() -> anyhow::Result<Self> {
        let folder = env::temp_dir();
        clear_leftovers(&folder);
        Self::below(&folder)
    }

    fn below(folder: &Path) -> anyhow::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{PREFIX}{}-{number}", std::process::id()));
        fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(&path)
            .with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder of that name inside.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The number of the process that made it follows, and one of its own, so that a run that was interrupted can be cleared away.
const PREFIX: &str = "bgcopy-bench-";

/// Why `folder` will not do for `bytes` in memory.
fn refusal(folder: &Path, bytes: u64) -> Option<String> {
    const TMPFS_MAGIC: i64 = 0x0102_1994;
    match rustix::fs::statfs(folder) {
        Err(error) => Some(error.to_string()),
        Ok(found) if found.f_type != TMPFS_MAGIC => Some("no memory file system".to_owned()),
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(u64::try_from(found.f_bsize).unwrap_or(0));
            let short = free < bytes;
            short.then(|| format!("{} free, {} needed", Size(free), Size(bytes)))
        }
    }
}

/// An interrupted run leaves gigabytes of memory in use; the next one frees them.
fn clear_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        let running = owner.map(|pid| Path::new("/proc").join(pid).exists());
        if running == Some(false) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_no_memory_and_a_small_memory_is_refused() {
        assert_eq!(refusal(Path::new("/proc"), 0).as_deref(), Some("no memory file system"));
        let found = refusal(Path::new("/dev/shm"), u64::MAX).unwrap();
        assert!(found.contains("needed") || found.contains("no memory"), "{found}");
    }

    #[test]
    fn what_a_dead_run_left_is_cleared_away_and_what_a_living_one_has_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join(format!("{PREFIX}{}-0", u32::MAX));
        let living = folder.path().join(format!("{PREFIX}{}-0", std::process::id()));
        let other = folder.path().join("other");
        for path in [&dead, &living, &other] {
            fs::create_dir(path).unwrap();
        }
        clear_leftovers(folder.path());
        assert_eq!((dead.exists(), living.exists(), other.exists()), (false, true, true));
    }
}
