//! Making piece lists, and the one hash that stands for a list. The lists themselves are a word of `core`.

use aws_lc_rs::digest::{Context, SHA256};
use bgcopy_core::limits::PIECE_BYTES;
use bgcopy_core::{PieceError, PieceHashes};

use crate::limits::{PIECE_BYTES_MAX, PIECES_MAX};

/// `HashOfHashes`: the SHA-256 of all hashes one behind the other (`spec/do-download.md` 8.2, the natural
/// reading).
pub fn hash_of_hashes(pieces: &PieceHashes) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    pieces.hashes().iter().for_each(|hash| context.update(hash));
    let mut root = [0; 32];
    root.copy_from_slice(context.finish().as_ref());
    root
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
        // The bounds of a piece are those of a list.
        PieceHashes::new(piece_size, Vec::new())?;
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
    fn the_root_is_the_hash_of_the_hashes() {
        // SHA-256 of nothing, and of 64 zero bytes, as `sha256sum` says.
        let root = |hashes| to_hex(&hash_of_hashes(&PieceHashes::new(1 << 20, hashes).unwrap()));
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
        assert_eq!(PieceHashesBuilder::new(1, 0).unwrap_err(), PieceError::Size { piece_size: 0 });
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
