//! What makes a file the same file: so that we resume, publish and remove only what we created (F03, F16).

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, StatxTimestamp};
use rustix::io::Result;

/// The identity of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The device number. Not stable: btrfs, device mapper and network file systems number anew when they
    /// are mounted.
    pub(crate) device: u64,
    /// The inode number, which a new file may inherit from a removed one.
    pub(crate) inode: u64,
    /// When the inode was made, in nanoseconds since 1970, where the file system keeps it.
    pub(crate) born: Option<i64>,
    /// Whose it is.
    pub(crate) owner: u32,
}

impl Identity {
    /// Whether both are one file: the time of birth tells a reused inode from the old one, and survives a
    /// reboot as the device number does not.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let same_birth = match (self.born, other.born) {
            (Some(mine), Some(other)) => mine == other,
            _ => self.device == other.device,
        };
        self.inode == other.inode && same_birth && self.owner == other.owner
    }
}

/// What the system says about a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    pub(crate) identity: Identity,
    pub(crate) kind: FileType,
    /// Its permissions.
    pub(crate) mode: u32,
    pub(crate) links: u32,
    pub(crate) size: u64,
    /// Last change of the content, in nanoseconds since 1970.
    pub(crate) modified: i64,
    /// Bytes of the volume that the file holds.
    pub(crate) allocated: u64,
}

impl Meta {
    /// Of an open file.
    pub(crate) fn of(file: impl AsFd) -> Result<Self> {
        Self::read(file, OsStr::new(""), AtFlags::EMPTY_PATH)
    }

    /// Of where a path leads, links and all.
    pub(crate) fn of_path(path: &Path) -> Result<Self> {
        Self::read(CWD, path.as_os_str(), AtFlags::NO_AUTOMOUNT)
    }

    /// Of what has this name in a folder, be it a link.
    pub(crate) fn at(folder: impl AsFd, name: &OsStr) -> Result<Self> {
        Self::read(folder, name, AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT)
    }

    fn read(base: impl AsFd, name: &OsStr, flags: AtFlags) -> Result<Self> {
        let stat = rustix::fs::statx(base, name, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)?;
        let has_birth = stat.stx_mask & StatxFlags::BTIME.bits() != 0;
        let identity = Identity {
            device: rustix::fs::makedev(stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            born: has_birth.then(|| nanoseconds(stat.stx_btime)),
            owner: stat.stx_uid,
        };
        Ok(Self {
            identity,
            kind: FileType::from_raw_mode(stat.stx_mode.into()),
            mode: u32::from(stat.stx_mode) & 0o7777,
            links: stat.stx_nlink,
            size: stat.stx_size,
            modified: nanoseconds(stat.stx_mtime),
            allocated: stat.stx_blocks.saturating_mul(512),
        })
    }
}

fn nanoseconds(time: StatxTimestamp) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_itself_through_a_rename_and_a_reboot() {
        let file = Identity { device: 1, inode: 2, born: Some(3), owner: 4 };
        assert!(file.is(&Identity { device: 9, ..file }), "device numbers change");
        assert!(!file.is(&Identity { born: Some(4), ..file }), "the inode number was used again");
        assert!(!file.is(&Identity { inode: 3, ..file }));
        assert!(!file.is(&Identity { owner: 0, ..file }));
        let unborn = Identity { born: None, ..file };
        assert!(unborn.is(&file));
        assert!(!unborn.is(&Identity { device: 9, ..file }), "without a birth only the device is left");
    }
}
