//! Checksums of what is written, made while it passes: one per *extent*, a run of bytes that ends at a piece
//! border or at a checkpoint, whichever comes first.

use bgcopy_core::ByteRange;
use bgcopy_core::limits::PIECE_BYTES;
use xxhash_rust::xxh3::Xxh3Default;

/// Runs of bytes that may grow at the same time. More than that is writing without order: the run that was
/// begun first ends early, which costs an entry in the piece log and nothing else.
const OPEN_MAX: usize = 16;

/// A run of bytes and its checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) range: ByteRange,
    /// XXH3-64 of the bytes.
    pub(crate) sum: u64,
}

struct Growing {
    range: ByteRange,
    hasher: Xxh3Default,
}

impl Growing {
    fn end(&self) -> Extent {
        Extent { range: self.range, sum: self.hasher.digest() }
    }
}

/// The extents that are not in the piece log yet.
#[derive(Default)]
pub(crate) struct Extents {
    growing: Vec<Growing>,
    ended: Vec<Extent>,
}

impl Extents {
    /// Takes note of bytes that were written where no extent is.
    pub(crate) fn add(&mut self, mut offset: u64, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let to_border = piece_end(offset) - offset;
            let count = usize::try_from(to_border).map_or(bytes.len(), |border| border.min(bytes.len()));
            let (now, rest) = bytes.split_at(count);
            self.add_within_piece(offset, now);
            offset += count as u64;
            bytes = rest;
        }
    }

    fn add_within_piece(&mut self, offset: u64, bytes: &[u8]) {
        let at = match self.growing.iter().position(|growing| growing.range.end == offset) {
            Some(at) => at,
            None => {
                if self.growing.len() == OPEN_MAX {
                    self.ended.push(self.growing.remove(0).end());
                }
                let range = ByteRange::new(offset, offset);
                self.growing.push(Growing { range, hasher: Xxh3Default::new() });
                self.growing.len() - 1
            }
        };
        let growing = &mut self.growing[at];
        growing.hasher.update(bytes);
        growing.range.end += bytes.len() as u64;
        if growing.range.end.is_multiple_of(PIECE_BYTES) {
            self.ended.push(self.growing.remove(at).end());
        }
    }

    /// Ends every extent and hands out all that ended since they were last cleared.
    pub(crate) fn end_all(&mut self) -> &[Extent] {
        self.ended.extend(self.growing.drain(..).map(|growing| growing.end()));
        &self.ended
    }

    /// An extent whose checksum was made elsewhere.
    pub(crate) fn push(&mut self, extent: Extent) {
        self.ended.push(extent);
    }

    /// The ended extents are in the piece log.
    pub(crate) fn clear_ended(&mut self) {
        self.ended.clear();
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.growing.clear();
        self.ended.clear();
    }

    /// Forgets the extents in these pieces: bytes below them change.
    pub(crate) fn forget(&mut self, pieces: ByteRange) {
        let outside = |range: ByteRange| range.intersection(pieces).is_empty();
        self.growing.retain(|growing| outside(growing.range));
        self.ended.retain(|extent| outside(extent.range));
    }
}

/// The border behind the piece that this byte is in.
pub(crate) const fn piece_end(offset: u64) -> u64 {
    (offset / PIECE_BYTES + 1).saturating_mul(PIECE_BYTES)
}

/// The pieces that a range touches, whole.
pub(crate) const fn whole_pieces(range: ByteRange) -> ByteRange {
    let start = range.start / PIECE_BYTES * PIECE_BYTES;
    let end = if range.is_empty() { start } else { piece_end(range.end - 1) };
    ByteRange::new(start, end)
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn ranges(extents: &mut Extents) -> Vec<(u64, u64)> {
        let mut ranges: Vec<_> = extents.end_all().iter().map(|e| (e.range.start, e.range.end)).collect();
        ranges.sort_unstable();
        ranges
    }

    #[test]
    fn extents_end_at_piece_borders_and_at_checkpoints() {
        let mut extents = Extents::default();
        let bytes = vec![7; 2 * PIECE_BYTES as usize];
        extents.add(10, &bytes);
        let piece = PIECE_BYTES;
        assert_eq!(ranges(&mut extents), [(10, piece), (piece, 2 * piece), (2 * piece, 2 * piece + 10)]);
        extents.clear_ended();
        extents.add(2 * piece + 10, b"more");
        assert_eq!(ranges(&mut extents), [(2 * piece + 10, 2 * piece + 14)]);
        assert_eq!(extents.end_all()[0].sum, xxh3_64(b"more"));
    }

    #[test]
    fn several_streams_grow_side_by_side_with_the_sums_of_their_own_bytes() {
        let mut extents = Extents::default();
        for (offset, bytes) in [(0, "ab"), (500, "xy"), (2, "cd"), (502, "z")] {
            extents.add(offset, bytes.as_bytes());
        }
        let ended = extents.end_all();
        assert_eq!(ended[0], Extent { range: ByteRange::new(0, 4), sum: xxh3_64(b"abcd") });
        assert_eq!(ended[1], Extent { range: ByteRange::new(500, 503), sum: xxh3_64(b"xyz") });
    }

    #[test]
    fn writing_without_order_is_bounded() {
        let mut extents = Extents::default();
        for at in 0..100 {
            extents.add(at * 10, b"x");
        }
        assert_eq!(extents.growing.len(), OPEN_MAX);
        assert_eq!(ranges(&mut extents).len(), 100);
    }

    #[test]
    fn pieces_are_whole_and_the_last_one_does_not_overflow() {
        let piece = PIECE_BYTES;
        assert_eq!(whole_pieces(ByteRange::new(1, 2)), ByteRange::new(0, piece));
        assert_eq!(whole_pieces(ByteRange::new(piece, piece + 1)), ByteRange::new(piece, 2 * piece));
        assert_eq!(whole_pieces(ByteRange::new(0, piece)), ByteRange::new(0, piece));
        assert_eq!(whole_pieces(ByteRange::new(u64::MAX - 1, u64::MAX)).end, u64::MAX);
    }
}
