//! What only root can arrange.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether root runs the tests.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A small volume of its own; gone with the value.
pub(crate) struct Tmpfs {
    path: PathBuf,
}

impl Tmpfs {
    /// A volume of this size; none where the tests may not mount: only root may.
    pub(crate) fn mount(path: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(path).expect("a new folder");
        let options = format!("size={size},mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(path).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { path: path.to_owned() });
        }
        eprintln!("no volume can be mounted here, so nothing is shown; it takes root");
        None
    }

    /// Makes it larger or smaller.
    pub(crate) fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        let status = Command::new("mount").args(["-o", &options]).arg(&self.path).status();
        assert!(status.is_ok_and(|status| status.success()), "remount");
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a service that is ending may still have a file open.
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}
