//! Holding the bytes of a part against what was promised of them.

use std::sync::Arc;

use bgcopy_core::{ByteRange, Code, Digest, ErrorContext, Fault, PieceHashes, RangeSet};

use super::{Leaving, Part};
use crate::checklist::{Checklist, Verdict};
use crate::digest::Frontier;
use crate::fault;
use crate::file_system::FileSystem;
use crate::prove::Reader;

/// Bytes that are read back between two looks at whether somebody waits: some milliseconds of hashing.
const WATCH_BYTES: u64 = 8 << 20;

/// Why a piece is not judged.
enum Unjudged {
    /// Somebody waits for the part.
    Leaving,
    /// It cannot be read.
    Failed(Box<Fault>),
}

impl Unjudged {
    fn failed(fault: Fault) -> Self {
        Self::Failed(Box::new(fault))
    }
}

impl<F: FileSystem> Part<F> {
    /// What is promised of the finished file, as far as is known by now; what was promised before no longer counts.
    /// Pieces that are whole already are held against the list at once. A list that does not fit a size which is
    /// known is a fault of the remote file.
    pub fn expect(&mut self, digest: Option<&Digest>, pieces: Option<Arc<PieceHashes>>) -> Result<(), Fault> {
        match (digest, &mut self.frontier) {
            (Some(digest), Some(frontier)) => frontier.want(digest),
            (Some(digest), none) => *none = Some(Frontier::new(digest)),
            (None, frontier) => *frontier = None,
        }
        let known = match (&pieces, &self.checks) {
            (Some(list), Some(checks)) => checks.is_of(list),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !known {
            self.checks = pieces.map(Checklist::new);
            if let (Some(checks), Some(size)) = (&mut self.checks, self.reservation.size()) {
                checks.set_size(size)?;
            }
        }
        self.anchor_digest(!known);
        self.check_pieces(ByteRange::new(0, u64::MAX))
    }

    /// Lets the digest go back to borders of pieces. What it took before it knew of them it may have taken from
    /// pieces that are wrong.
    pub(super) fn anchor_digest(&mut self, anew: bool) {
        let piece_size = self.checks.as_ref().map(Checklist::piece_size);
        if let Some(frontier) = &mut self.frontier
            && (anew || frontier.is_anchored() != piece_size.is_some())
        {
            frontier.anchor(piece_size);
        }
    }

    /// Pieces that were whole and wrong since this was last asked. Their bytes are no longer among those
    /// [`written`](Self::written), and have to come again.
    pub fn take_spoiled(&mut self) -> Vec<ByteRange> {
        std::mem::take(&mut self.spoiled)
    }

    /// Whether a piece was found to be wrong that [`take_spoiled`](Self::take_spoiled) has not told of.
    pub const fn has_spoiled(&self) -> bool {
        !self.spoiled.is_empty()
    }

    /// The bytes of pieces that are right.
    pub fn proved(&self) -> RangeSet {
        self.checks.as_ref().map(|checks| checks.right().clone()).unwrap_or_default()
    }

    /// The first bytes of a range that are not proved: what is proved is not written over.
    pub(super) fn unproved(&self, range: ByteRange) -> Option<ByteRange> {
        match &self.checks {
            Some(checks) => checks.right().first_gap(range),
            None => Some(range).filter(|range| !range.is_empty()),
        }
    }

    /// Holds bytes that were just written against the list, piece by piece, and lets the digest take what is not
    /// wrong.
    pub(super) fn check(&mut self, mut offset: u64, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let piece = self.checks.as_ref().and_then(|checks| checks.piece_at(offset));
            let end = piece.map_or(u64::MAX, |piece| piece.end);
            let count = usize::try_from(end - offset).map_or(bytes.len(), |end| end.min(bytes.len()));
            let (now, rest) = bytes.split_at(count);
            let kept = match (&mut self.checks, piece) {
                (Some(checks), Some(piece)) => {
                    checks.feed(offset, now);
                    self.settle(piece)?
                }
                (Some(_), None) | (None, _) => true,
            };
            // The digest takes nothing of a piece that was thrown away.
            if let Some(frontier) = self.frontier.as_mut().filter(|_| kept) {
                frontier.feed(offset, now);
            }
            offset += count as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Judges every piece in this range that is whole.
    pub(super) fn check_pieces(&mut self, range: ByteRange) -> Result<(), Fault> {
        let Some(checks) = &self.checks else { return Ok(()) };
        for piece in checks.pieces_in(range) {
            self.settle(piece)?;
        }
        Ok(())
    }

    /// Judges a piece, if it is whole; says whether its bytes are still here, and not forgotten as wrong.
    fn settle(&mut self, piece: ByteRange) -> Result<bool, Fault> {
        let Some(checks) = self.checks.as_mut().filter(|_| self.written.contains(piece)) else {
            return Ok(true);
        };
        let (fs, data, path) = (&self.fs, &self.data, &self.temporary);
        let leaving = || self.leaving.as_ref().is_some_and(|leaving| leaving());
        let verdict = checks.judge(piece, |rest, context| {
            let mut reader = Reader::new(fs, data, path);
            let mut start = rest.start;
            while start < rest.end {
                if leaving() {
                    return Err(Unjudged::Leaving);
                }
                let range = ByteRange::new(start, rest.end.min(start.saturating_add(WATCH_BYTES)));
                let read = reader.read(range, |_, bytes| context.update(bytes)).map_err(Unjudged::failed)?;
                if read < range.len() {
                    return Err(Unjudged::failed(fault::too_short(path)));
                }
                start = range.end;
            }
            Ok(())
        });
        match verdict {
            Ok(Verdict::Right) | Err(Unjudged::Leaving) => Ok(true),
            Ok(Verdict::Wrong) => {
                self.spoiled.push(piece);
                self.forget(piece).map(|()| false)
            }
            Err(Unjudged::Failed(fault)) => Err(*fault),
        }
    }

    /// From here on pieces that would have to be read back wait while `leaving` says that somebody waits for this part
    /// to be let go: a piece may have a GiB. Whoever opens the part again, or [expects](Self::expect) the list of it,
    /// has them judged; so does the end of it, which needs `None` here.
    pub fn judge_unless(&mut self, leaving: Option<Leaving>) {
        self.leaving = leaving;
    }

    /// Forgets bytes that are wrong or not to be trusted, so thoroughly that no crash brings them back.
    pub fn forget(&mut self, range: ByteRange) -> Result<(), Fault> {
        if let Some(checks) = &mut self.checks {
            checks.forget(range);
        }
        self.written.remove(range);
        if let Some(frontier) = &mut self.frontier {
            frontier.lose(range.start);
        }
        self.unprove(range);
        // What is good beside it in the same extents is claimed again.
        let summed = self.sum_again(range);
        // Whatever `logged` says: bytes that were written over the same bytes are unproved, and claimed by the log.
        self.take_back(range);
        summed
    }

    /// Takes back what the log claims of a range. Without the log less survives a crash, and the transfer goes on
    /// all the same (E04).
    fn take_back(&mut self, range: ByteRange) {
        let instead = self.extents.end_all();
        let taken_back = self.log.take_back(&self.fs, range, instead);
        let fault = match taken_back {
            Ok(()) => {
                for extent in instead {
                    self.logged.insert(extent.range);
                }
                self.extents.clear_ended();
                return;
            }
            Err(fault) => fault,
        };
        tracing::warn!(%fault, "progress is given up, for it cannot be recorded that bytes were wrong");
        // Rather nothing than something wrong.
        if let Err(fault) = self.log.clear(&self.fs) {
            tracing::warn!(%fault, "the piece log claims bytes that are wrong");
        }
        self.extents.clear();
        self.logged = RangeSet::new();
        self.synced = RangeSet::new();
    }

    /// What of the promise can be told only when the file is whole: the pieces that are still to be looked at,
    /// and whether there are as many as there should be. Says whether there was a list.
    pub(super) fn finish_pieces(&mut self, size: u64) -> Result<bool, Fault> {
        let Some(checks) = &mut self.checks else { return Ok(false) };
        checks.set_size(size)?;
        let told = self.spoiled.len();
        self.check_pieces(ByteRange::new(0, size))?;
        let Some(&piece) = self.spoiled.get(told) else { return Ok(true) };
        let detail = format!("bytes {piece} of the file do not have the hash that was promised");
        let fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail);
        Err(Fault { range: Some(piece), ..fault })
    }
}
