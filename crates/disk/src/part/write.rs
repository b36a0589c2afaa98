//! Writing into a part, and making sure of what was written.

use bgcopy_core::{ByteRange, Code, Fault, RangeSet};
use rustix::io::Errno;

use super::Part;
use crate::destination::act;
use crate::extents::whole_pieces;
use crate::fault;
use crate::file_system::{FileSystem, write_all};
use crate::folder;
use crate::identity::Meta;
use crate::log::{Entry, Seal};
use crate::prove::Reader;

impl<F: FileSystem> Part<F> {
    /// Writes bytes at an offset, and judges the pieces that are whole then ([`Part::take_spoiled`]). When it fails,
    /// [`Part::written`] says how far it came.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        let end = offset.checked_add(bytes.len() as u64).filter(|&end| i64::try_from(end).is_ok());
        let Some(end) = end else {
            return Err(fault::here(Code::TooLarge, format!("no file reaches beyond byte {offset}")));
        };
        // What is proved stays: nothing better can come.
        let mut start = offset;
        while let Some(range) = self.unproved(ByteRange::new(start, end)) {
            let [from, to] =
                [range.start, range.end].map(|at| usize::try_from(at - offset).unwrap_or(usize::MAX));
            self.write_unproved(range, bytes.get(from..to).unwrap_or_default())?;
            start = range.end;
        }
        Ok(())
    }

    fn write_unproved(&mut self, range: ByteRange, bytes: &[u8]) -> Result<(), Fault> {
        let offset = range.start;
        let again = self.written.first_gap(range) != Some(range);
        let outcome = {
            let _acting = act(&self.rights, &self.temporary)?;
            self.strangers.look(self.look()?.modified);
            self.reservation.check(&self.fs, &self.data, &self.temporary, range, self.written.len())?;
            if again {
                self.unprove(range);
            }
            write_all(&self.fs, &self.data, bytes, offset)
        };
        self.strangers.note(self.look()?.modified);
        let count = outcome.as_ref().map_or_else(|(count, _)| *count, |()| bytes.len());
        self.note(offset, bytes.get(..count).unwrap_or_default(), again)?;
        outcome.map_err(|(count, errno)| {
            let rest = ByteRange::new(offset + count as u64, range.end);
            Fault { range: Some(rest), ..self.explain(errno) }
        })
    }

    /// Lets the digest take what came out of order and is in order now, at most so many bytes, so that not all of
    /// it is left to [`Part::finish`].
    pub fn catch_up_digest(&mut self, at_most: u64) -> Result<(), Fault> {
        let Some(frontier) = &mut self.frontier else { return Ok(()) };
        let from = frontier.reached();
        let end = self.written.first_gap(ByteRange::new(from, u64::MAX)).map_or(from, |gap| gap.start);
        if end > from {
            let mut reader = Reader::new(&self.fs, &self.data, &self.temporary);
            reader.catch_up(frontier, end.min(from.saturating_add(at_most)))?;
        }
        Ok(())
    }

    pub(super) fn explain(&self, errno: Errno) -> Fault {
        let written = self.written.len();
        self.reservation.explain(&self.fs, &self.data, errno, "write", &self.temporary, written)
    }

    /// Takes note of bytes that are in the file now.
    fn note(&mut self, offset: u64, bytes: &[u8], again: bool) -> Result<(), Fault> {
        let range = ByteRange::new(offset, offset + bytes.len() as u64);
        self.written.insert(range);
        if again {
            self.sum_again(range)?;
        } else {
            self.extents.add(offset, bytes);
        }
        self.check(offset, bytes)
    }

    /// Forgets the checksums of the pieces that bytes are written into again.
    pub(super) fn unprove(&mut self, range: ByteRange) {
        let pieces = whole_pieces(range);
        self.extents.forget(pieces);
        self.logged.remove(pieces);
        self.synced.remove(pieces);
    }

    /// Makes the checksums of these pieces from what is in the file: bytes written over others belong to no
    /// run whose checksum was made in passing. It costs a reading, and only repairs come here.
    pub(super) fn sum_again(&mut self, range: ByteRange) -> Result<(), Fault> {
        let pieces = whole_pieces(range);
        let mut reader = Reader::new(&self.fs, &self.data, &self.temporary);
        for have in self.written.iter().map(|have| have.intersection(pieces)) {
            for extent in reader.sum(have)? {
                self.extents.push(extent);
            }
        }
        Ok(())
    }

    /// Forgets bytes behind the end of the file, which were cut off.
    pub(super) fn forget_behind(&mut self, size: u64) -> Result<(), Fault> {
        let behind = ByteRange::new(size, u64::MAX);
        if self.written.first_gap(behind) == Some(behind) {
            return Ok(());
        }
        // The piece that the end is in has a checksum of bytes that are gone.
        self.unprove(ByteRange::new(size.saturating_sub(1), u64::MAX));
        self.written.remove(behind);
        self.sum_again(ByteRange::new(size.saturating_sub(1), size))
    }

    /// Makes what was written survive: a crash if not `sync`, a power cut too if so. Says what a crash now
    /// would leave. Trouble with the piece log alone does not stop the transfer (E04); less survives then.
    ///
    /// When the disk fails to sync, everything since the last good sync is given up, because a second sync
    /// would prove nothing (E18): the fault is `Io`, one that may pass, and [`Part::written`]
    /// says what is left.
    pub fn checkpoint(&mut self, sync: bool) -> Result<RangeSet, Fault> {
        let mut logged = self.log_extents();
        if sync && !self.in_memory {
            self.sync_data()?;
            logged = logged.and_then(|()| self.mark_synced(None));
        }
        if let Err(fault) = logged
            && !std::mem::replace(&mut self.log_complained, true)
        {
            tracing::warn!(%fault, "progress cannot be recorded");
        }
        self.check_uncut()?;
        self.check_place()?;
        Ok(self.logged.clone())
    }

    /// Claims in the log what was written since it was last done.
    pub(super) fn log_extents(&mut self) -> Result<(), Fault> {
        let ended = self.extents.end_all();
        if ended.is_empty() {
            return Ok(());
        }
        self.log.append(&self.fs, ended.iter().copied().map(Entry::Extent))?;
        for extent in ended {
            self.logged.insert(extent.range);
        }
        self.extents.clear_ended();
        Ok(())
    }

    /// Puts the bytes on the disk.
    pub(super) fn sync_data(&mut self) -> Result<(), Fault> {
        let synced = {
            let _acting = act(&self.rights, &self.temporary)?;
            self.fs.sync(&self.data).and_then(|()| self.sync_names())
        };
        synced.map_err(|errno| {
            let fault = self.explain(errno);
            match self.lose_unsynced() {
                // What is lost is fetched again by the service itself: E18 says `TE~`, where a write that fails
                // is for the client to mend (E19).
                Ok(()) => Fault { passing: fault.code == Code::Io, ..fault },
                // The log still claims bytes that may not be on the disk; the service must not go on as if.
                Err(log_fault) => log_fault,
            }
        })
    }

    fn sync_names(&self) -> rustix::io::Result<()> {
        match self.temporary.parent().filter(|_| !self.names_synced).map(folder::open_plain) {
            None => Ok(()),
            Some(Ok(folder)) => self.fs.sync_names(&folder, &self.data),
            // The folder was moved away; `check_place` says so, and the data is on the disk all the same.
            Some(Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => Ok(()),
            Some(Err(errno)) => Err(errno),
        }
    }

    fn lose_unsynced(&mut self) -> Result<(), Fault> {
        self.extents.clear();
        self.written = self.synced.clone();
        self.logged = self.synced.clone();
        if let Some(frontier) = &mut self.frontier {
            frontier.lose(self.synced.frontier());
        }
        if let Some(checks) = &mut self.checks {
            checks.keep_only(&self.written);
        }
        self.log.roll_back(&self.fs)
    }

    /// Records that what the log claims is on the disk.
    pub(super) fn mark_synced(&mut self, seal: Option<Seal>) -> Result<(), Fault> {
        self.log.mark_synced(&self.fs, seal)?;
        if !self.names_synced {
            self.log.sync_name(&self.fs)?;
            self.names_synced = true;
        }
        self.synced = self.logged.clone();
        Ok(())
    }

    pub(super) fn look(&self) -> Result<Meta, Fault> {
        Meta::of(&self.data).map_err(|errno| fault::local(errno, "look at", &self.temporary))
    }

    /// Makes sure that nobody cut the file while it is written (E12): setting its size would fill it up with zeros.
    pub(super) fn check_uncut(&self) -> Result<(), Fault> {
        let size = self.look()?.size;
        match self.written.iter().last() {
            Some(last) if size < last.end => Err(fault::too_short(&self.temporary)),
            Some(_) | None => Ok(()),
        }
    }

    /// A file that was cut and then written on has a hole, which reads as zeros (E12). Only the blocks tell of that, and
    /// a file system that compresses has fewer of them, too: where some are missing, the bytes have to show that they
    /// are the ones that were written. So they have to where somebody else wrote to it.
    pub(super) fn check_written(&self, meta: &Meta) -> Result<(), Fault> {
        if meta.allocated >= meta.size && !self.strangers.were_seen() {
            return Ok(());
        }
        let reader = || Reader::new(&self.fs, &self.data, &self.temporary);
        let proved = match self.log.history(&self.fs)? {
            Some(history) => reader().prove(&history, None, None)?.proved,
            None => RangeSet::new(),
        };
        match proved.contains(ByteRange::new(0, meta.size)) {
            true => Ok(()),
            false => Err(fault::changed(&self.temporary, "is not what was written to it")),
        }
    }

    /// Makes sure that the file still is where it can be published from: that nobody removed it (E11), moved
    /// its folder away (E10) or put something in its place.
    pub fn check_place(&self) -> Result<(), Fault> {
        let _acting = act(&self.rights, &self.temporary)?;
        let fail = |errno| fault::local(errno, "find", &self.temporary);
        let (Some(parent), Some(name)) = (self.temporary.parent(), self.temporary.file_name()) else {
            return Err(fail(Errno::NOENT));
        };
        let folder =
            folder::open_plain(parent).map_err(|errno| fault::local(errno, "open the folder", parent))?;
        match Meta::at(&folder, name) {
            Ok(meta) if meta.identity.is(&self.identity) => super::check_links(&meta, &self.temporary),
            Ok(_) => Err(fault::changed(&self.temporary, "was replaced by another file")),
            Err(Errno::NOENT) => Err(super::missing(&folder, &self.temporary, Some(self.identity))),
            Err(errno) => Err(fail(errno)),
        }
    }
}
