//! How full a volume is, and how full we may make it (E01–E03, E05, E06).

use std::io;
use std::path::Path;

use bgcopy_core::fault::Space;
use bgcopy_core::limits::PIECE_BYTES;
use rustix::fs::{FallocateFlags, Mode, OFlags, StatFs};
use rustix::io::Errno;

use crate::file_system::{FileSystem, Handle, Os};
use crate::folder;
use crate::rights::Rights;

/// How much of a volume stays free for everybody else: the larger of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// At least this many bytes.
    pub bytes: u64,
    /// At least this part of the volume, in percent.
    pub percent: u8,
}

impl Floor {
    /// A volume may be filled to the last byte.
    pub const NONE: Self = Self { bytes: 0, percent: 0 };

    /// What stays free on a volume of this size.
    pub fn on(self, volume: Volume) -> u64 {
        self.bytes.max(volume.total / 100 * u64::from(self.percent))
    }
}

impl Default for Floor {
    /// "Larger of 1 GiB and 5 % of the volume" (spec/faults.md, "Bounds").
    fn default() -> Self {
        Self { bytes: 1 << 30, percent: 5 }
    }
}

/// How full a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// Bytes in all; 0 where the file system does not say.
    pub total: u64,
    /// Bytes free for ordinary users; `u64::MAX` where the file system does not say.
    pub free: u64,
    /// Whether another file can be created, as far as the file system says.
    pub has_inodes: bool,
    /// Whether the content lives in memory.
    pub in_memory: bool,
    /// The longest name a file may have.
    pub name_bytes_max: usize,
}

impl Volume {
    pub(crate) fn of(figures: &StatFs) -> Self {
        const TMPFS: i64 = 0x0102_1994;
        const RAMFS: i64 = 0x8584_58f6;
        let unit = if figures.f_frsize > 0 { figures.f_frsize } else { figures.f_bsize };
        let unit = u64::try_from(unit).unwrap_or(1);
        // No blocks at all is how a tmpfs without limit, and some FUSE file systems, say that they cannot say.
        let says = figures.f_blocks > 0;
        Self {
            total: figures.f_blocks.saturating_mul(unit),
            free: if says { figures.f_bavail.saturating_mul(unit) } else { u64::MAX },
            has_inodes: figures.f_files == 0 || figures.f_ffree > 0,
            in_memory: matches!(figures.f_type, TMPFS | RAMFS),
            name_bytes_max: usize::try_from(figures.f_namelen).unwrap_or(0),
        }
    }

    /// What is missing for `needed` more bytes above the floor; `None` when nothing is.
    pub(crate) fn lacks(self, needed: u64, floor: Floor) -> Option<Space> {
        let needed = needed.saturating_add(floor.on(self));
        (self.free < needed).then_some(Space { needed, free: self.free })
    }
}

/// How full the volume of a folder is.
pub fn free_space(folder: &Path) -> io::Result<Volume> {
    Ok(Os.volume(&folder::open_following(folder)?)?)
}

/// Whether a transfer that stopped with [`Space`] can go on: `needed` bytes are free above the floor, which may
/// be another one than it was then, and so is an inode; and the owner can really have some of it, which under
/// a quota the figures of the volume do not tell.
pub fn space_is_back(rights: &Rights, folder: &Path, needed: u64, floor: Floor) -> bool {
    let Ok(_acting) = rights.act() else { return false };
    let Ok(folder) = folder::open_following(folder) else { return false };
    let Ok(volume) = Os.volume(&folder) else { return false };
    volume.lacks(needed, floor).is_none() && volume.has_inodes && takes_a_piece(&folder)
}

/// Whether one piece can be reserved, in a file without a name.
fn takes_a_piece(folder: &Handle) -> bool {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let taken = rustix::fs::openat(folder, ".", flags, Mode::RUSR | Mode::WUSR)
        .and_then(|file| rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, PIECE_BYTES));
    // Any other failure is not about space: the transfer shall go on and report it.
    !matches!(taken, Err(Errno::NOSPC | Errno::DQUOT))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: Volume =
        Volume { total: 1000, free: 300, has_inodes: true, in_memory: false, name_bytes_max: 255 };

    #[test]
    fn the_floor_is_the_larger_of_bytes_and_percent() {
        assert_eq!(Floor { bytes: 100, percent: 5 }.on(VOLUME), 100);
        assert_eq!(Floor { bytes: 10, percent: 5 }.on(VOLUME), 50);
        assert_eq!(Floor::NONE.on(VOLUME), 0);
    }

    #[test]
    fn what_is_needed_counts_the_floor() {
        let floor = Floor { bytes: 100, percent: 0 };
        assert_eq!(VOLUME.lacks(200, floor), None);
        assert_eq!(VOLUME.lacks(201, floor), Some(Space { needed: 301, free: 300 }));
        assert_eq!(VOLUME.lacks(u64::MAX, floor), Some(Space { needed: u64::MAX, free: 300 }));
    }

    #[test]
    fn space_is_back_when_the_figures_and_the_volume_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let free = free_space(folder.path()).unwrap().free;
        assert!(space_is_back(&Rights::Own, folder.path(), free / 2, Floor::NONE));
        assert!(!space_is_back(&Rights::Own, folder.path(), u64::MAX, Floor::NONE));
        let everything = Floor { bytes: u64::MAX, percent: 0 };
        assert!(!space_is_back(&Rights::Own, folder.path(), 0, everything));
        assert!(!space_is_back(&Rights::Own, &folder.path().join("gone"), 0, Floor::NONE));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the trial leaves nothing");
    }
}
