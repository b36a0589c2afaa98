//! The system calls that can fail under a file, gathered in one trait so that tests can make the n-th of
//! them fail (spec/faults.md, 4, "Syscalls"). The provided methods are the real thing: [`Os`] overrides
//! none, and calls through it are static.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use bgcopy_core::ByteRange;
use rustix::fs::{AtFlags, FallocateFlags, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, Result, retry_on_intr};

use crate::space::Volume;

/// What an open file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The temporary file.
    Data,
    /// The piece log.
    Log,
    /// A folder, opened only to name what is in it.
    Folder,
}

/// An open file or folder that knows its role.
#[derive(Debug)]
pub struct Handle {
    fd: OwnedFd,
    role: Role,
}

impl Handle {
    /// A descriptor in this role.
    pub const fn new(fd: OwnedFd, role: Role) -> Self {
        Self { fd, role }
    }

    /// What it is to us.
    pub const fn role(&self) -> Role {
        self.role
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// The system calls. Every method does what its name says on the real system unless it is overridden.
pub trait FileSystem {
    /// Creates a file that did not exist, mode 0600.
    fn create(&self, folder: &Handle, name: &OsStr) -> Result<Handle> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = retry_on_intr(|| rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR))?;
        Ok(Handle::new(fd, Role::Data))
    }

    /// Writes some of the bytes; says how many.
    fn write_at(&self, file: &Handle, bytes: &[u8], offset: u64) -> Result<usize> {
        rustix::io::pwrite(file, bytes, offset)
    }

    /// Reads some bytes; none at the end of the file.
    fn read_at(&self, file: &Handle, buffer: &mut [u8], offset: u64) -> Result<usize> {
        rustix::io::pread(file, buffer, offset)
    }

    /// Puts content, and what is needed to find it, on the disk.
    fn sync(&self, file: &Handle) -> Result<()> {
        retry_on_intr(|| rustix::fs::fdatasync(file))
    }

    /// Puts the names in a folder on the disk. `file` is open in the same file system.
    fn sync_names(&self, folder: &Handle, file: &Handle) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let synced = match rustix::fs::openat(folder, ".", flags, Mode::empty()) {
            Ok(readable) => retry_on_intr(|| rustix::fs::fsync(&readable)),
            // A folder that may be written but not read (mode 0300) cannot be synced by itself.
            Err(Errno::ACCESS) => rustix::fs::syncfs(file),
            Err(errno) => Err(errno),
        };
        // Some file systems have no such operation on folders (CIFS, FUSE), and then no need of it.
        match synced {
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => Ok(()),
            other => other,
        }
    }

    /// Reserves space for the first `length` bytes without changing the size of the file.
    fn reserve(&self, file: &Handle, length: u64) -> Result<()> {
        retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, length))
    }

    /// Sets the size of a file.
    fn truncate(&self, file: &Handle, length: u64) -> Result<()> {
        retry_on_intr(|| rustix::fs::ftruncate(file, length))
    }

    /// Copies some of these bytes to the same place of another file, in the system and, where the file system can,
    /// by sharing them; says how many, none at the end of the file.
    fn copy(&self, from: &Handle, to: &Handle, range: ByteRange) -> Result<usize> {
        let (mut source, mut target) = (range.start, range.start);
        let count = usize::try_from(range.len()).unwrap_or(usize::MAX);
        rustix::fs::copy_file_range(from, Some(&mut source), to, Some(&mut target), count)
    }

    /// Renames within a folder; what has the new name is replaced in one step, or stays (`EEXIST`).
    fn rename(&self, folder: &Handle, from: &OsStr, to: &OsStr, replace: Replace) -> Result<()> {
        match replace {
            Replace::Yes => rustix::fs::renameat(folder, from, folder, to),
            Replace::No => {
                match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
                    // NFS and others do not know the flag; a hard link never replaces anything either.
                    Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                        rustix::fs::linkat(folder, from, folder, to, AtFlags::empty())?;
                        rustix::fs::unlinkat(folder, from, AtFlags::empty())
                    }
                    other => other,
                }
            }
        }
    }

    /// Removes a file.
    fn unlink(&self, folder: &Handle, name: &OsStr) -> Result<()> {
        rustix::fs::unlinkat(folder, name, AtFlags::empty())
    }

    /// How full the volume is that a file or folder lies on.
    fn volume(&self, file: &Handle) -> Result<Volume> {
        rustix::fs::fstatfs(file).map(|figures| Volume::of(&figures))
    }
}

/// What a rename does to a file that has the new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Replaces it in one step.
    Yes,
    /// Fails with `EEXIST`.
    No,
}

/// The real system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Os;

impl FileSystem for Os {}

/// Writes all bytes, however often the system takes only some of them (E20). On failure, says also how many
/// were written.
pub(crate) fn write_all<F: FileSystem>(
    fs: &F,
    file: &Handle,
    bytes: &[u8],
    offset: u64,
) -> std::result::Result<(), (usize, Errno)> {
    let mut done = 0;
    while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
        match fs.write_at(file, rest, offset + done as u64) {
            // A regular file takes at least one byte or says why not; anything else would be a loop.
            Ok(0) => return Err((done, Errno::IO)),
            Ok(count) => done += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err((done, errno)),
        }
    }
    Ok(())
}

/// Fills the buffer as far as the file reaches; says how far.
pub(crate) fn read_full<F: FileSystem>(
    fs: &F,
    file: &Handle,
    buffer: &mut [u8],
    offset: u64,
) -> Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match fs.read_at(file, rest, offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(done)
}
