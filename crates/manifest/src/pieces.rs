//! Piece hashes: a flat list of SHA-256, one per piece of a file.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use bgcopy_core::{ByteRange, limits::PIECE_BYTES};

use crate::limits::{PIECE_BYTES_MAX, PIECE_BYTES_MIN, PIECES_MAX};

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

    /// `HashOfHashes`: the SHA-256 of all hashes one behind the other (`spec/do-download.md` 8.2, the
    /// natural reading).
    pub fn root(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        self.hashes.iter().for_each(|hash| context.update(hash));
        let mut root = [0; 32];
        root.copy_from_slice(context.finish().as_ref());
        root
    }
}

/// Short: a list may have a million lines.
impl fmt::Debug for PieceHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = crate::text::to_hex(&self.root());
        f.debug_struct("PieceHashes")
            .field("piece_size", &self.piece_size)
            .field("count", &self.hashes.len())
            .field("root", &root)
            .finish()
    }
}

fn check_piece_size(piece_size: u64) -> Result<(), PieceError> {
    if (PIECE_BYTES_MIN..=PIECE_BYTES_MAX).contains(&piece_size) {
        Ok(())
    } else {
        Err(PieceError::Size { piece_size })
    }
}

/// The piece size to publish a file of this size with: that of DO, doubled until the list has at most
/// 65,536 lines, which as a piece hash file are 3 MiB. `None` for a file that even the largest pieces
/// cannot describe.
pub fn piece_size_for(size: u64) -> Option<u64> {
    const LINES: u64 = 1 << 16;
    let mut piece_size = PIECE_BYTES;
    while piece_size < PIECE_BYTES_MAX && size.div_ceil(piece_size) > LINES {
        piece_size *= 2;
    }
    (size.div_ceil(piece_size) <= PIECES_MAX as u64).then_some(piece_size)
}

/// A piece list in the making. Pieces may be hashed in any order, on several threads.
#[derive(Clone, Debug)]
pub struct PieceHashesBuilder {
    piece_size: u64,
    hashes: Vec<Option<[u8; 32]>>,
}

impl PieceHashesBuilder {
    /// An empty list for a file of this size.
    pub fn new(size: u64, piece_size: u64) -> Result<Self, PieceError> {
        check_piece_size(piece_size)?;
        let wanted = size.div_ceil(piece_size);
        let count = usize::try_from(wanted).ok().filter(|&count| count <= PIECES_MAX);
        let count = count.ok_or(PieceError::TooMany { wanted })?;
        Ok(Self { piece_size, hashes: vec![None; count] })
    }

    /// Writes down the hash of a piece.
    pub fn put(&mut self, index: usize, hash: [u8; 32]) -> Result<(), PieceError> {
        let last = self.hashes.len().checked_sub(1);
        let slot = self.hashes.get_mut(index).ok_or(PieceError::Outside { index, last })?;
        *slot = Some(hash);
        Ok(())
    }

    /// The list, when no piece is missing.
    pub fn finish(self) -> Result<PieceHashes, PieceError> {
        let hashes: Vec<[u8; 32]> = self
            .hashes
            .iter()
            .enumerate()
            .map(|(index, hash)| hash.ok_or(PieceError::Missing { index }))
            .collect::<Result<_, _>>()?;
        PieceHashes::new(self.piece_size, hashes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::to_hex;

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
            assert!(PieceHashesBuilder::new(1, piece_size).is_err());
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
    fn the_root_is_the_hash_of_the_hashes() {
        // SHA-256 of nothing, and of 64 zero bytes, as `sha256sum` says.
        let root = |hashes| to_hex(&PieceHashes::new(1 << 20, hashes).unwrap().root());
        assert_eq!(root(vec![]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(
            root(vec![[0; 32]; 2]),
            "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
        );
    }

    #[test]
    fn a_list_is_made_in_any_order_and_only_when_whole() {
        let mut builder = PieceHashesBuilder::new(2_100, 1_024).unwrap();
        builder.put(2, [2; 32]).unwrap();
        builder.put(0, [0; 32]).unwrap();
        assert_eq!(builder.clone().finish(), Err(PieceError::Missing { index: 1 }));
        assert_eq!(builder.put(3, [3; 32]), Err(PieceError::Outside { index: 3, last: Some(2) }));
        builder.put(1, [1; 32]).unwrap();
        assert_eq!(builder.finish().unwrap().hashes(), [[0; 32], [1; 32], [2; 32]]);
        assert!(PieceHashesBuilder::new(u64::MAX, 1_024).is_err());
    }

    #[test]
    fn published_pieces_grow_with_the_file() {
        assert_eq!(piece_size_for(0), Some(1 << 20));
        assert_eq!(piece_size_for(64 << 30), Some(1 << 20));
        assert_eq!(piece_size_for((64 << 30) + 1), Some(2 << 20));
        assert_eq!(piece_size_for(1 << 50), Some(1 << 30));
        assert_eq!(piece_size_for(u64::MAX), None);
    }
}
