//! Taking over what is good of a file that is already here: what a repair need not fetch.

use bgcopy_core::{ByteRange, Fault, LocalName};
use rustix::io::Errno;

use super::{Part, PartSpec};
use crate::fault;
use crate::file_system::{FileSystem, read_full, write_all};
use crate::pieces::LocalFile;
use crate::prove::Reader;
use crate::rights::Rights;

/// How much the system copies between two looks at the free space.
const COPY_BYTES: u64 = 64 << 20;
/// How much is copied at a time where the system cannot.
const BUFFER_BYTES: usize = 256 << 10;

impl<F: FileSystem> Part<F> {
    /// Copies a damaged or partial file into this one and keeps what proves itself: the pieces that have their
    /// hash, else all of it where all of it has its digest, else nothing.
    ///
    /// The bytes are proved where they are now, so nobody can change them between the proof and the use. What does
    /// not prove itself is not among those written, though it lies in the file until better bytes come.
    pub(super) fn take_over(&mut self, spec: &PartSpec, basis: &LocalName) -> Result<(), Fault> {
        if self.checks.is_none() && self.frontier.is_none() {
            return Ok(());
        }
        let basis = LocalFile::open(&spec.rights, basis)?;
        let size = spec.size.unwrap_or(basis.size());
        if self.checks.is_none() && size != basis.size() {
            return Ok(());
        }
        let copied = ByteRange::new(0, self.copy_from(&spec.rights, &basis, size.min(basis.size()))?);
        if self.checks.is_some() {
            self.take_over_pieces(copied)?;
        } else {
            self.take_over_all(copied)?;
        }
        // From here on a crash does not lose it.
        self.checkpoint(false).map(drop)
    }

    /// Keeps the pieces that are right. They are hashed in the same pass that makes their checksums.
    fn take_over_pieces(&mut self, copied: ByteRange) -> Result<(), Fault> {
        let Some(checks) = &mut self.checks else { return Ok(()) };
        let mut reader = Reader::new(&self.fs, &self.data, &self.temporary);
        for piece in checks.pieces_in(copied).filter(|piece| piece.end <= copied.end) {
            let extents = reader.sum_with(piece, |offset, bytes| checks.feed(offset, bytes))?;
            if checks.right().contains(piece) {
                self.written.insert(piece);
                extents.into_iter().for_each(|extent| self.extents.push(extent));
            } else {
                checks.forget(piece);
            }
        }
        Ok(())
    }

    /// Keeps the file if it is the one that was promised.
    fn take_over_all(&mut self, copied: ByteRange) -> Result<(), Fault> {
        let Some(frontier) = &mut self.frontier else { return Ok(()) };
        let mut reader = Reader::new(&self.fs, &self.data, &self.temporary);
        let extents = reader.sum_with(copied, |offset, bytes| frontier.feed(offset, bytes))?;
        if frontier.value() == *frontier.wanted() {
            self.written.insert(copied);
            extents.into_iter().for_each(|extent| self.extents.push(extent));
        } else {
            frontier.start_again();
        }
        Ok(())
    }

    /// Copies the first bytes of another file into this one; says how many it had.
    fn copy_from(&self, rights: &Rights, basis: &LocalFile, size: u64) -> Result<u64, Fault> {
        let _acting = crate::destination::act(rights, basis.path())?;
        let mut done = 0;
        while done < size {
            let range = ByteRange::new(done, size.min(done + COPY_BYTES));
            match self.fs.copy(basis.handle(), &self.data, range) {
                Ok(0) => break,
                Ok(count) => done += count as u64,
                Err(Errno::INTR) => {}
                // Between two file systems, or on one that does not know it; or a part of the old file cannot be
                // read any more, and then the rest of it may still be good.
                Err(Errno::XDEV | Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::PERM | Errno::IO) => {
                    return self.copy_by_hand(basis, ByteRange::new(done, size));
                }
                Err(errno) => return Err(self.no_copy(errno, basis)),
            }
        }
        Ok(done)
    }

    fn copy_by_hand(&self, basis: &LocalFile, range: ByteRange) -> Result<u64, Fault> {
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut done = range.start;
        while done < range.end {
            let wanted =
                usize::try_from(range.end - done).map_or(BUFFER_BYTES, |rest| rest.min(BUFFER_BYTES));
            let buffer = buffer.get_mut(..wanted).unwrap_or_default();
            let read = match read_full(&self.fs, basis.handle(), buffer, done) {
                Ok(read) => read,
                // What cannot be read is as bad as what is wrong.
                Err(Errno::IO) => {
                    done += wanted as u64;
                    continue;
                }
                Err(errno) => return Err(self.no_copy(errno, basis)),
            };
            let bytes = buffer.get(..read).unwrap_or_default();
            write_all(&self.fs, &self.data, bytes, done).map_err(|(_, errno)| self.explain(errno))?;
            done += read as u64;
            if read < wanted {
                break;
            }
        }
        // What could not be read at the end is a hole.
        self.cut(done)?;
        Ok(done)
    }

    /// Both files take part: a volume that is full is the new one's, everything else is said of the old one.
    fn no_copy(&self, errno: Errno, basis: &LocalFile) -> Fault {
        match errno {
            Errno::NOSPC | Errno::DQUOT | Errno::FBIG => self.explain(errno),
            errno => fault::local(errno, "copy", basis.path()),
        }
    }
}
