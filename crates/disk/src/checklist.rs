//! The pieces of a file and the list of their hashes: hashed while their bytes pass, and judged when they are
//! whole (design.md "Pieces").
//!
//! A piece whose bytes come in order, on whichever of many connections, costs no reading. Where a run of bytes
//! began in the middle of a piece, or came twice, the rest is read back once the piece is whole.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256, digest};
use bgcopy_core::{ByteRange, Code, ErrorContext, Fault, PieceHashes, RangeSet};

/// Pieces that are hashed in passing at the same time: one for each of many connections. Of more than that the
/// piece that was begun first is read back when it is whole, and nothing else is lost.
const OPEN_MAX: usize = 32;

/// What is known of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is as it should be.
    Right,
    /// It is not.
    Wrong,
}

/// A piece of which the first bytes were hashed.
struct Growing {
    piece: ByteRange,
    reached: u64,
    context: Context,
}

/// The pieces of one file.
pub(crate) struct Checklist {
    list: Arc<PieceHashes>,
    /// Where the last piece ends, once it is known.
    size: Option<u64>,
    /// Pieces that are right.
    right: RangeSet,
    /// Pieces that turned out to be wrong in passing, and that nobody has heard of yet.
    wrong: RangeSet,
    growing: Vec<Growing>,
}

impl Checklist {
    /// Nothing is known yet.
    pub(crate) fn new(list: Arc<PieceHashes>) -> Self {
        let (right, wrong) = (RangeSet::new(), RangeSet::new());
        Self { list, size: None, right, wrong, growing: Vec::new() }
    }

    /// Whether these are the hashes.
    pub(crate) fn is_of(&self, list: &Arc<PieceHashes>) -> bool {
        Arc::ptr_eq(&self.list, list) || self.list == *list
    }

    /// Bytes of every piece but the last.
    pub(crate) fn piece_size(&self) -> u64 {
        self.list.piece_size()
    }

    /// The size of the file is known. A list that does not fit it can prove nothing (faults D03).
    pub(crate) fn set_size(&mut self, size: u64) -> Result<(), Fault> {
        self.list.check_size(size).map_err(|error| {
            let detail = format!("the list of pieces is not one of this file: {error}");
            Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail)
        })?;
        if self.size != Some(size) {
            // The piece that was the last one, or is it now, has another end.
            let end = self.size.unwrap_or(u64::MAX).min(size);
            self.forget(ByteRange::new(end.saturating_sub(1), u64::MAX));
            self.size = Some(size);
        }
        Ok(())
    }

    /// Forgets what is known of every piece, and the size.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.list.clone());
    }

    /// Pieces that are right.
    pub(crate) const fn right(&self) -> &RangeSet {
        &self.right
    }

    /// The piece that a byte is in; `None` behind the end.
    pub(crate) fn piece_at(&self, offset: u64) -> Option<ByteRange> {
        let index = usize::try_from(offset / self.list.piece_size()).ok()?;
        self.list.range(index, self.size.unwrap_or(u64::MAX)).filter(|piece| offset < piece.end)
    }

    /// The pieces of which a byte is in this range.
    pub(crate) fn pieces_in(&self, range: ByteRange) -> impl Iterator<Item = ByteRange> + use<> {
        let (list, size) = (self.list.clone(), self.size.unwrap_or(u64::MAX));
        let first = usize::try_from(range.start / list.piece_size()).unwrap_or(usize::MAX);
        let pieces = (first..).map_while(move |index| list.range(index, size));
        pieces.take_while(move |piece| piece.start < range.end)
    }

    /// Takes bytes that are in the file now.
    pub(crate) fn feed(&mut self, mut offset: u64, mut bytes: &[u8]) {
        while let Some(piece) = self.piece_at(offset).filter(|_| !bytes.is_empty()) {
            let count = usize::try_from(piece.end - offset).map_or(bytes.len(), |end| end.min(bytes.len()));
            let (now, rest) = bytes.split_at(count);
            self.feed_piece(piece, offset, now);
            offset += count as u64;
            bytes = rest;
        }
    }

    fn feed_piece(&mut self, piece: ByteRange, offset: u64, bytes: &[u8]) {
        let end = offset + bytes.len() as u64;
        if ByteRange::new(offset, end) == piece {
            // Nothing of what was known of it holds, and nothing has to be remembered: small pieces come so.
            self.growing.retain(|growing| growing.piece != piece);
            return self.note(piece, digest(&SHA256, bytes).as_ref());
        }
        let at = match self.growing.iter().position(|growing| growing.piece == piece) {
            Some(at) if self.growing[at].reached == offset => at,
            // Bytes that were taken already come again, and may differ.
            Some(at) if self.growing[at].reached > offset => {
                self.growing.remove(at);
                return;
            }
            None if offset == piece.start => {
                if self.growing.len() == OPEN_MAX {
                    self.growing.remove(0);
                }
                self.growing.push(Growing { piece, reached: offset, context: Context::new(&SHA256) });
                self.growing.len() - 1
            }
            Some(_) | None => return,
        };
        let growing = &mut self.growing[at];
        growing.context.update(bytes);
        growing.reached = end;
        if end == piece.end {
            let hash = self.growing.remove(at).context.finish();
            self.note(piece, hash.as_ref());
        }
    }

    /// Judges a piece that is whole. What has not passed is asked for: `read` hands it to the context.
    pub(crate) fn judge<E>(
        &mut self,
        piece: ByteRange,
        read: impl FnOnce(ByteRange, &mut Context) -> Result<(), E>,
    ) -> Result<Verdict, E> {
        if self.right.contains(piece) {
            return Ok(Verdict::Right);
        }
        if !self.wrong.contains(piece) {
            let begun = self.growing.iter().position(|growing| growing.piece == piece);
            let begun = begun.map(|at| self.growing.remove(at));
            let (mut context, reached) = begun.map_or_else(
                || (Context::new(&SHA256), piece.start),
                |growing| (growing.context, growing.reached),
            );
            read(ByteRange::new(reached, piece.end), &mut context)?;
            self.note(piece, context.finish().as_ref());
        }
        Ok(if self.right.contains(piece) { Verdict::Right } else { Verdict::Wrong })
    }

    fn note(&mut self, piece: ByteRange, hash: &[u8]) {
        let index = usize::try_from(piece.start / self.list.piece_size()).unwrap_or(usize::MAX);
        let is_right = self.list.hashes().get(index).is_some_and(|wanted| wanted == hash);
        let (to, from) =
            if is_right { (&mut self.right, &mut self.wrong) } else { (&mut self.wrong, &mut self.right) };
        to.insert(piece);
        from.remove(piece);
    }

    /// Forgets what is known of the pieces of which a byte is in this range.
    pub(crate) fn forget(&mut self, range: ByteRange) {
        if range.is_empty() {
            return;
        }
        let size = self.list.piece_size();
        let start = range.start / size * size;
        let end = range.end.div_ceil(size).saturating_mul(size);
        let touched = ByteRange::new(start, end);
        self.right.remove(touched);
        self.wrong.remove(touched);
        self.growing.retain(|growing| growing.piece.intersection(touched).is_empty());
    }

    /// Forgets what is known of pieces that are not all here.
    pub(crate) fn keep_only(&mut self, written: &RangeSet) {
        self.growing.clear();
        let (mut start, end) = (0, self.size.unwrap_or(u64::MAX));
        while let Some(gap) = written.first_gap(ByteRange::new(start, end)) {
            self.forget(gap);
            start = gap.end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: u64 = 1 << 10;

    fn bytes() -> Vec<u8> {
        crate::testing::content(PIECE as usize * 3 + 100)
    }

    fn checklist(bytes: &[u8]) -> Checklist {
        let mut checklist = Checklist::new(Arc::new(crate::testing::pieces_of(bytes, PIECE)));
        checklist.set_size(bytes.len() as u64).unwrap();
        checklist
    }

    /// No reading is needed.
    fn nothing(range: ByteRange, _: &mut Context) -> Result<(), Fault> {
        panic!("{range} is read back")
    }

    #[test]
    fn pieces_that_come_in_order_on_several_connections_are_judged_without_reading() {
        let bytes = bytes();
        let mut checklist = checklist(&bytes);
        for step in 0..PIECE as usize / 64 {
            for start in [0, 2 * PIECE as usize] {
                let at = start + step * 64;
                checklist.feed(at as u64, &bytes[at..at + 64]);
            }
        }
        let piece = checklist.piece_at(5).unwrap();
        assert_eq!(checklist.judge(piece, nothing), Ok(Verdict::Right));
        assert_eq!(checklist.right().len(), 2 * PIECE);
        // And the last one, which is short, at one go.
        checklist.feed(3 * PIECE, &bytes[3 * PIECE as usize..]);
        assert!(checklist.right().contains(ByteRange::new(3 * PIECE, bytes.len() as u64)));
        assert_eq!(checklist.piece_at(bytes.len() as u64), None);
    }

    #[test]
    fn of_a_piece_that_was_begun_in_the_middle_only_the_rest_is_read() {
        let bytes = bytes();
        let mut checklist = checklist(&bytes);
        checklist.feed(600, &bytes[600..1024]);
        checklist.feed(0, &bytes[..600]);
        let piece = ByteRange::new(0, PIECE);
        let verdict = checklist.judge(piece, |rest, context| {
            assert_eq!(rest, ByteRange::new(600, 1024));
            context.update(&bytes[600..1024]);
            Ok::<_, Fault>(())
        });
        assert_eq!(verdict, Ok(Verdict::Right));
    }

    #[test]
    fn bytes_that_come_twice_are_not_believed_to_be_the_same() {
        let bytes = bytes();
        let mut checklist = checklist(&bytes);
        checklist.feed(0, &bytes[..600]);
        checklist.feed(100, b"others");
        checklist.feed(600, &bytes[600..1024]);
        let mut read = false;
        let verdict = checklist.judge(ByteRange::new(0, PIECE), |rest, context| {
            assert_eq!(rest, ByteRange::new(0, PIECE));
            context.update(b"what is there now");
            read = true;
            Ok::<_, Fault>(())
        });
        assert_eq!((verdict, read), (Ok(Verdict::Wrong), true));
    }

    #[test]
    fn more_streams_than_are_kept_cost_reading_and_nothing_else() {
        let bytes = crate::testing::content(40 * PIECE as usize);
        let mut checklist = checklist(&bytes);
        for at in (0..40).map(|index| index * PIECE as usize) {
            checklist.feed(at as u64, &bytes[at..at + 10]);
        }
        assert_eq!(checklist.growing.len(), OPEN_MAX);
        let mut reads = 0;
        for piece in checklist.pieces_in(ByteRange::new(0, u64::MAX)) {
            let verdict = checklist.judge(piece, |rest, context| {
                reads += usize::from(rest == piece);
                context.update(&bytes[rest.start as usize..rest.end as usize]);
                Ok::<_, Fault>(())
            });
            assert_eq!(verdict, Ok(Verdict::Right));
        }
        assert_eq!(reads, 40 - OPEN_MAX);
    }

    #[test]
    fn a_list_of_another_file_is_refused_and_says_both_numbers() {
        let bytes = bytes();
        let mut checklist = checklist(&bytes);
        let fault = checklist.set_size(2 * PIECE).unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
        let both = "4 piece hashes; 2048 bytes in pieces of 1024 have 2";
        assert_eq!(fault.detail, format!("the list of pieces is not one of this file: {both}"));
    }

    #[test]
    fn pieces_that_are_not_all_here_any_more_are_not_right_any_more() {
        let bytes = bytes();
        let mut checklist = checklist(&bytes);
        checklist.feed(0, &bytes);
        let size = bytes.len() as u64;
        assert_eq!(checklist.right().len(), size);
        let written: RangeSet = [ByteRange::new(0, 1500), ByteRange::new(2048, size)].into_iter().collect();
        checklist.keep_only(&written);
        let right: Vec<_> = checklist.right().iter().collect();
        assert_eq!(right, [ByteRange::new(0, 1024), ByteRange::new(2048, size)]);
        checklist.set_size(size - 1).unwrap();
        assert_eq!(checklist.right().len(), 2 * PIECE, "the last piece is another one now");
    }
}
