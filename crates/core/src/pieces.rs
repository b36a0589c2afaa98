//! Pieces: the parts of a file that are proved each by itself.

use std::fmt;

use crate::limits::{PIECE_BYTES_MAX, PIECE_BYTES_MIN, PIECES_MAX};
use crate::range::ByteRange;

/// Why a piece list was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PieceError {
    /// No sensible piece size.
    #[error("a piece of {piece_size} bytes; pieces have {PIECE_BYTES_MIN} to {PIECE_BYTES_MAX} bytes")]
    Size {
        /// What was given.
        piece_size: u64,
    },
    /// The list is not as long as the size of the file demands.
    #[error("{found} piece hashes; {size} bytes in pieces of {piece_size} have {wanted}")]
    Count {
        /// Size of the file.
        size: u64,
        /// Size of a piece.
        piece_size: u64,
        /// How many there should be.
        wanted: u64,
        /// How many there are.
        found: u64,
    },
    /// More than are kept.
    #[error("{wanted} pieces; at most {PIECES_MAX} are taken, so make the pieces larger")]
    TooMany {
        /// How many there would be.
        wanted: u64,
    },
    /// A piece behind the end of the file.
    #[error("piece {index} is behind the end; the last one is {last:?}")]
    Outside {
        /// Which one.
        index: usize,
        /// The last one there is.
        last: Option<usize>,
    },
    /// A list that is not finished.
    #[error("the hash of piece {index} is missing")]
    Missing {
        /// The first one.
        index: usize,
    },
}

/// The SHA-256 of every piece of a file, in order. Nothing weaker and nothing else is kept, because
/// nothing else is verified (design.md "The swarm").
#[derive(Clone, PartialEq, Eq)]
pub struct PieceHashes {
    piece_size: u64,
    hashes: Vec<[u8; 32]>,
}

impl PieceHashes {
    /// A list whose piece size and length are in bounds. Whether it fits the file is
    /// [`check_size`](Self::check_size)'s question.
    pub fn new(piece_size: u64, hashes: Vec<[u8; 32]>) -> Result<Self, PieceError> {
        check_piece_size(piece_size)?;
        if hashes.len() > PIECES_MAX {
            return Err(PieceError::TooMany { wanted: hashes.len() as u64 });
        }
        Ok(Self { piece_size, hashes })
    }

    /// Bytes of every piece but the last, which may be shorter.
    pub const fn piece_size(&self) -> u64 {
        self.piece_size
    }

    /// The hashes.
    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.hashes
    }

    /// Whether the list covers a file of this size, no piece less and no piece more.
    pub fn check_size(&self, size: u64) -> Result<(), PieceError> {
        let (wanted, found) = (size.div_ceil(self.piece_size), self.hashes.len() as u64);
        if wanted == found {
            Ok(())
        } else {
            Err(PieceError::Count { size, piece_size: self.piece_size, wanted, found })
        }
    }

    /// The bytes of a piece of a file of this size; `None` for a piece that it does not have.
    pub fn range(&self, index: usize, size: u64) -> Option<ByteRange> {
        self.hashes.get(index)?;
        let start = self.piece_size.checked_mul(index as u64).filter(|&start| start < size)?;
        Some(ByteRange::new(start, start.saturating_add(self.piece_size).min(size)))
    }

    /// Every piece of a file of this size, with the hash that it must have.
    pub fn of_size(&self, size: u64) -> impl Iterator<Item = (ByteRange, [u8; 32])> + '_ {
        let ranges = (0..).map_while(move |index| self.range(index, size));
        ranges.zip(self.hashes.iter().copied())
    }
}

/// Short: a list may have a million lines.
impl fmt::Debug for PieceHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} SHA-256 of pieces of {}", self.hashes.len(), self.piece_size)
    }
}

fn check_piece_size(piece_size: u64) -> Result<(), PieceError> {
    if (PIECE_BYTES_MIN..=PIECE_BYTES_MAX).contains(&piece_size) {
        Ok(())
    } else {
        Err(PieceError::Size { piece_size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_fits_exactly_one_number_of_pieces() {
        let pieces = PieceHashes::new(1 << 20, vec![[1; 32]; 3]).unwrap();
        for size in [(2 << 20) + 1, 3 << 20] {
            assert_eq!(pieces.check_size(size), Ok(()));
        }
        for (size, wanted) in [(0, 0), (2 << 20, 2), ((3 << 20) + 1, 4), (u64::MAX, 1 << 44)] {
            let error = PieceError::Count { size, piece_size: 1 << 20, wanted, found: 3 };
            assert_eq!(pieces.check_size(size), Err(error));
        }
        let error = pieces.check_size(1).unwrap_err();
        assert_eq!(error.to_string(), "3 piece hashes; 1 bytes in pieces of 1048576 have 1");
        assert_eq!(PieceHashes::new(1 << 20, vec![]).unwrap().check_size(0), Ok(()));
    }

    #[test]
    fn piece_sizes_without_sense_are_refused() {
        for piece_size in [0, 1, PIECE_BYTES_MIN - 1, 1 << 31, u64::MAX] {
            assert_eq!(PieceHashes::new(piece_size, vec![]), Err(PieceError::Size { piece_size }));
        }
        let wanted = PIECES_MAX as u64 + 1;
        assert_eq!(
            PieceHashes::new(1 << 20, vec![[0; 32]; PIECES_MAX + 1]),
            Err(PieceError::TooMany { wanted })
        );
    }

    #[test]
    fn the_last_piece_may_be_short() {
        let pieces = PieceHashes::new(1 << 10, vec![[0; 32]; 3]).unwrap();
        let size = 2 * 1024 + 7;
        assert_eq!(pieces.range(0, size), Some(ByteRange::new(0, 1024)));
        assert_eq!(pieces.range(2, size), Some(ByteRange::new(2048, 2055)));
        assert_eq!(pieces.range(3, size), None);
        assert_eq!(pieces.range(2, 5), None);
        assert_eq!(pieces.range(usize::MAX, u64::MAX), None);
    }

    #[test]
    fn pieces_of_a_file_cover_it_and_nothing_else() {
        let pieces = PieceHashes::new(1 << 10, vec![[1; 32], [2; 32], [3; 32]]).unwrap();
        let covered: Vec<_> = pieces.of_size(2_055).collect();
        assert_eq!(
            covered,
            [
                (ByteRange::new(0, 1_024), [1; 32]),
                (ByteRange::new(1_024, 2_048), [2; 32]),
                (ByteRange::new(2_048, 2_055), [3; 32]),
            ]
        );
        // A list that does not fit says what it can.
        assert_eq!(pieces.of_size(1_024).count(), 1);
        assert_eq!(pieces.of_size(u64::MAX).count(), 3);
        assert_eq!(format!("{pieces:?}"), "3 SHA-256 of pieces of 1024");
    }
}
