//! Space kept back, so that a full volume does not keep a job from being ended: Cancel gives space back
//! (E04: "a reserved block of space lets Cancel and Complete commit").

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

/// Room for ending hundreds of jobs: a commit of one takes some pages of 4 KiB in the log.
pub(crate) const RESERVE_BYTES: usize = 1 << 20;
/// The reserve is made again when this many times its size is free, so that it is not given and taken back
/// in turns at the edge.
const SLACK: u64 = 4;

/// The block of space.
#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    is_held: bool,
}

impl Reserve {
    /// Nothing is held yet.
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path, is_held: false }
    }

    /// Takes the space if it is not taken and there is plenty.
    pub(crate) fn hold(&mut self) {
        if self.is_held || !has_slack(&self.path) {
            return;
        }
        match allocate(&self.path) {
            Ok(()) => self.is_held = true,
            Err(error) => {
                tracing::debug!(path = %self.path.display(), %error, "no space kept in reserve");
                self.release();
            }
        }
    }

    /// Takes the space where it has not got it any more.
    pub(crate) fn hold_again(&mut self) {
        self.is_held = false;
        self.hold();
    }

    /// Gives the space back.
    pub(crate) fn release(&mut self) {
        self.is_held = false;
        crate::place::remove(&self.path);
    }
}

fn has_slack(path: &Path) -> bool {
    let Some(Ok(volume)) = path.parent().map(statvfs) else { return false };
    volume.f_bavail.saturating_mul(volume.f_frsize) >= SLACK * RESERVE_BYTES as u64
}

fn allocate(path: &Path) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() == RESERVE_BYTES as u64) {
        return Ok(());
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    match fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES as u64) {
        // File systems without fallocate take written zeros for space as well.
        Err(Errno::OPNOTSUPP) => file.write_all(&vec![0; RESERVE_BYTES]),
        other => Ok(other?),
    }
}
