//! Reading back: what the piece log claims is compared with what is in the file (D11, E12, F04).

use bgcopy_core::{ByteRange, Fault, RangeSet};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3Default;

use crate::checklist::Checklist;
use crate::digest::Frontier;
use crate::extents::{Extent, piece_end};
use crate::fault;
use crate::file_system::{FileSystem, Handle, read_full};
use crate::log::History;

/// How much is read at a time: as much as is written at a time.
const READ_BYTES: usize = 256 << 10;

/// What reading back has shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// The bytes that have the checksum they were written with.
    pub(crate) proved: RangeSet,
    /// Those of them that were synced.
    pub(crate) synced: RangeSet,
}

/// An open file that is read back, with the memory for it.
pub(crate) struct Reader<'a, F> {
    fs: &'a F,
    file: &'a Handle,
    path: &'a Path,
    buffer: Vec<u8>,
}

impl<'a, F: FileSystem> Reader<'a, F> {
    pub(crate) fn new(fs: &'a F, file: &'a Handle, path: &'a Path) -> Self {
        Self { fs, file, path, buffer: vec![0; READ_BYTES] }
    }

    /// Reads back every extent that the log claims and keeps those that are true. The digest takes in the
    /// same pass what is in order, and the pieces are hashed.
    pub(crate) fn prove(
        &mut self,
        history: &History,
        mut frontier: Option<&mut Frontier>,
        mut checks: Option<&mut Checklist>,
    ) -> Result<Proof, Fault> {
        let mut proof = Proof::default();
        for Claim { extent, synced } in claims(history) {
            // The digest must not keep bytes that turn out to be wrong.
            let before = frontier.as_deref().filter(|frontier| frontier.reached() == extent.range.start);
            let before = before.cloned();
            let feeds = before.is_some();
            let mut hasher = Xxh3Default::new();
            let read = self.read(extent.range, |offset, bytes| {
                hasher.update(bytes);
                if let Some(checks) = checks.as_deref_mut() {
                    checks.feed(offset, bytes);
                }
                if let Some(frontier) = frontier.as_deref_mut().filter(|_| feeds) {
                    frontier.feed(offset, bytes);
                }
            })?;
            if read == extent.range.len() && hasher.digest() == extent.sum {
                proof.proved.insert(extent.range);
                if synced {
                    proof.synced.insert(extent.range);
                }
                continue;
            }
            if let (Some(frontier), Some(before)) = (frontier.as_deref_mut(), before) {
                *frontier = before;
            }
            if let Some(checks) = checks.as_deref_mut() {
                checks.forget(extent.range);
            }
        }
        Ok(proof)
    }

    /// Makes the checksums of bytes that were written in pieces and out of step.
    pub(crate) fn sum(&mut self, range: ByteRange) -> Result<Vec<Extent>, Fault> {
        self.sum_with(range, |_, _| {})
    }

    /// The same, and hands the bytes to somebody else, too.
    pub(crate) fn sum_with(
        &mut self,
        range: ByteRange,
        mut each: impl FnMut(u64, &[u8]),
    ) -> Result<Vec<Extent>, Fault> {
        let mut extents = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let range = ByteRange::new(start, piece_end(start).min(range.end));
            let mut hasher = Xxh3Default::new();
            let read = self.read(range, |offset, bytes| {
                hasher.update(bytes);
                each(offset, bytes);
            })?;
            if read < range.len() {
                return Err(fault::too_short(self.path));
            }
            extents.push(Extent { range, sum: hasher.digest() });
            start = range.end;
        }
        Ok(extents)
    }

    /// Lets the digest take what it has not seen, up to `end`.
    pub(crate) fn catch_up(&mut self, frontier: &mut Frontier, end: u64) -> Result<(), Fault> {
        let rest = ByteRange::new(frontier.reached(), end);
        let read = self.read(rest, |offset, bytes| frontier.feed(offset, bytes))?;
        if read < rest.len() {
            return Err(fault::too_short(self.path));
        }
        Ok(())
    }

    /// Hands out the bytes of a range in order; says how many the file had.
    pub(crate) fn read(&mut self, range: ByteRange, mut each: impl FnMut(u64, &[u8])) -> Result<u64, Fault> {
        let mut offset = range.start;
        while offset < range.end {
            let wanted = usize::try_from(range.end - offset).map_or(READ_BYTES, |rest| rest.min(READ_BYTES));
            let buffer = self.buffer.get_mut(..wanted).unwrap_or_default();
            let read = read_full(self.fs, self.file, buffer, offset).map_err(|errno| Fault {
                range: Some(ByteRange::new(offset, range.end)),
                ..fault::local(errno, "read", self.path)
            })?;
            each(offset, buffer.get(..read).unwrap_or_default());
            offset += read as u64;
            if read < wanted {
                break;
            }
        }
        Ok(offset - range.start)
    }
}

struct Claim {
    extent: Extent,
    synced: bool,
}

/// The extents that count, in the order of the file: of two that overlap the later one, because it is the
/// one that was written last; and none that claims what was forgotten after it.
fn claims(history: &History) -> Vec<Claim> {
    let mut taken = RangeSet::new();
    let mut claims = Vec::with_capacity(history.extents.len());
    let mut forgotten = history.forgotten.iter().rev().peekable();
    for (index, &extent) in history.extents.iter().enumerate().rev() {
        while let Some((_, range)) = forgotten.next_if(|(extents, _)| *extents > index) {
            taken.insert(*range);
        }
        if taken.first_gap(extent.range) == Some(extent.range) {
            taken.insert(extent.range);
            claims.push(Claim { extent, synced: index < history.synced });
        }
    }
    claims.sort_unstable_by_key(|claim| claim.extent.range.start);
    claims
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn nothing() -> History {
        let (extents, forgotten) = (Vec::new(), Vec::new());
        History { temporary: PathBuf::new(), identity: None, extents, forgotten, synced: 0, seal: None }
    }

    #[test]
    fn what_was_forgotten_is_claimed_only_by_what_came_later() {
        let extent = |start, end| Extent { range: ByteRange::new(start, end), sum: start };
        let extents = vec![extent(0, 10), extent(10, 20), extent(20, 30), extent(8, 12)];
        let forgotten = vec![(0, ByteRange::new(20, 21)), (3, ByteRange::new(9, 11))];
        let history = History { extents, forgotten, ..nothing() };
        let claims: Vec<_> = claims(&history).into_iter().map(|claim| claim.extent.range.start).collect();
        assert_eq!(claims, [8, 20]);
    }

    #[test]
    fn of_overlapping_extents_the_later_one_counts() {
        let extent = |start, end| Extent { range: ByteRange::new(start, end), sum: start };
        let extents = vec![extent(0, 10), extent(20, 30), extent(5, 15), extent(40, 50)];
        let history = History { extents, synced: 2, ..nothing() };
        let claims: Vec<_> =
            claims(&history).into_iter().map(|claim| (claim.extent.range.start, claim.synced)).collect();
        assert_eq!(claims, [(5, false), (20, true), (40, false)]);
    }
}
