//! Room on the volume for one temporary file: the floor is looked at before the first byte (E02) and while
//! writing (E03), and space is reserved where the file system can.

use std::path::Path;

use bgcopy_core::fault::Space;
use bgcopy_core::limits::PIECE_BYTES;
use bgcopy_core::{ByteRange, Code, Fault};
use rustix::io::Errno;

use crate::fault;
use crate::file_system::{FileSystem, Handle};
use crate::identity::Meta;
use crate::space::{Floor, Volume};

/// The floor is looked at after this many bytes: "overshoot at most one piece per connection" (E03).
const RECHECK_BYTES: u64 = PIECE_BYTES;

/// What is reserved for a file.
#[derive(Debug)]
pub(crate) struct Reservation {
    floor: Floor,
    size: Option<u64>,
    /// The whole size is reserved: the volume cannot run full under it.
    held: bool,
    /// Bytes written since the floor was last looked at.
    unchecked: u64,
}

impl Reservation {
    /// Nothing is reserved yet.
    pub(crate) const fn new(floor: Floor) -> Self {
        Self { floor, size: None, held: false, unchecked: 0 }
    }

    /// The size of the finished file, once it is known.
    pub(crate) const fn size(&self) -> Option<u64> {
        self.size
    }

    /// Whether a new file fits above the floor, asked before it is made.
    pub(crate) fn check_new(&self, volume: Volume, size: Option<u64>, path: &Path) -> Result<(), Fault> {
        volume.lacks(size.unwrap_or(0), self.floor).map_or(Ok(()), |space| Err(too_full(space, path)))
    }

    /// Reserves what the file does not have yet of its size.
    pub(crate) fn claim<F: FileSystem>(
        &mut self,
        fs: &F,
        file: &Handle,
        path: &Path,
        size: u64,
    ) -> Result<(), Fault> {
        let fail = |errno| fault::local(errno, "reserve space for", path);
        let volume = fs.volume(file).map_err(fail)?;
        let meta = Meta::of(file).map_err(fail)?;
        let outstanding = size.saturating_sub(meta.allocated);
        if let Some(space) = volume.lacks(outstanding, self.floor) {
            return Err(too_full(space, path));
        }
        self.size = Some(size);
        self.held = outstanding == 0;
        // In memory a reservation takes the memory now that its bytes need later, and 0.3 s per GiB.
        if self.held || volume.in_memory {
            return Ok(());
        }
        match fs.reserve(file, size) {
            Ok(()) => self.held = true,
            // A sparse file instead (E22).
            Err(Errno::NOTSUP | Errno::NOSYS | Errno::INVAL) => {}
            Err(errno) => {
                // What was reserved of it goes back to the others while we wait for space.
                let _ = fs.truncate(file, meta.size);
                return Err(self.explain(fs, file, errno, "reserve space for", path, 0));
            }
        }
        Ok(())
    }

    /// Forgets the size: another one is going to come.
    pub(crate) const fn release(&mut self) {
        self.size = None;
        self.held = false;
    }

    /// Looks at the floor now and then while bytes are written. It binds also a file whose space is
    /// reserved: E03 wants a pause at the floor, and copy-on-write file systems take space all the same.
    pub(crate) fn check<F: FileSystem>(
        &mut self,
        fs: &F,
        file: &Handle,
        path: &Path,
        range: ByteRange,
        written: u64,
    ) -> Result<(), Fault> {
        self.unchecked = self.unchecked.saturating_add(range.len());
        if self.unchecked < RECHECK_BYTES {
            return Ok(());
        }
        let volume = fs.volume(file).map_err(|errno| fault::local(errno, "write", path))?;
        if let Some(Space { needed, free }) = volume.lacks(0, self.floor) {
            let needed = needed.saturating_add(self.outstanding(written));
            return Err(Fault { range: Some(range), ..too_full(Space { needed, free }, path) });
        }
        self.unchecked = 0;
        Ok(())
    }

    /// The fault of a failed call; where the volume is full, with the figures.
    pub(crate) fn explain<F: FileSystem>(
        &self,
        fs: &F,
        file: &Handle,
        errno: Errno,
        doing: &str,
        path: &Path,
        written: u64,
    ) -> Fault {
        let fault = fault::local(errno, doing, path);
        match fs.volume(file) {
            Ok(volume) if fault.code == Code::DiskFull => {
                let needed = self.outstanding(written).max(1).saturating_add(self.floor.on(volume));
                let why = if volume.has_inodes { "" } else { " (no inodes are left)" };
                let detail = format!("{}{why}", fault.detail);
                Fault { space: Some(Space { needed, free: volume.free }), detail, ..fault }
            }
            _ => fault,
        }
    }

    /// Bytes that the volume still has to give.
    fn outstanding(&self, written: u64) -> u64 {
        if self.held { 0 } else { self.size.unwrap_or(0).saturating_sub(written) }
    }
}

fn too_full(space: Space, path: &Path) -> Fault {
    let Space { needed, free } = space;
    let detail = format!(
        "{} bytes are free for {}, and {} are needed, with those that stay free for others",
        free,
        path.display(),
        needed
    );
    Fault { space: Some(space), ..fault::here(Code::DiskFull, detail) }
}
