//! The whole-file digest, as a frontier: it takes bytes while they come in order from the first, and what
//! came out of order is read back later (design.md "Trust"). Where the file has a list of pieces, the frontier can
//! go back to where the good ones end, so that a bad piece does not cost reading all that came before it.

use aws_lc_rs::digest::{Context, SHA256, SHA512};
use bgcopy_core::Digest;
use bgcopy_core::limits::PIECE_BYTES;

/// Bytes between two anchors, at least: what is read again for a bad piece, beside the piece.
const ANCHOR_BYTES: u64 = PIECE_BYTES;

/// A digest that has reached some byte.
#[derive(Clone)]
pub(crate) struct Frontier {
    wanted: Digest,
    context: Context,
    reached: u64,
    anchoring: Option<Anchoring>,
}

/// A place to go back to: the context as it was at a border of pieces.
#[derive(Clone)]
struct Anchoring {
    piece_size: u64,
    context: Context,
    reached: u64,
}

impl Frontier {
    /// Nothing was taken yet.
    pub(crate) fn new(wanted: &Digest) -> Self {
        Self { wanted: wanted.clone(), context: begin(wanted), reached: 0, anchoring: None }
    }

    /// Another value is wanted. What was taken stays, where it can serve for that one.
    pub(crate) fn want(&mut self, wanted: &Digest) {
        if std::mem::discriminant(wanted) == std::mem::discriminant(&self.wanted) {
            self.wanted = wanted.clone();
        } else {
            let piece_size = self.anchoring.as_ref().map(|anchoring| anchoring.piece_size);
            *self = Self::new(wanted);
            self.anchor(piece_size);
        }
    }

    /// From now on it can go back to borders of pieces. Whoever feeds it must know that the pieces up to such a
    /// border are right.
    pub(crate) fn anchor(&mut self, piece_size: Option<u64>) {
        self.anchoring =
            piece_size.map(|piece_size| Anchoring { piece_size, context: begin(&self.wanted), reached: 0 });
    }

    /// Whether it can go back to borders of pieces.
    pub(crate) const fn is_anchored(&self) -> bool {
        self.anchoring.is_some()
    }

    /// How far the digest reaches.
    pub(crate) const fn reached(&self) -> u64 {
        self.reached
    }

    /// Takes bytes that were written, when they are the next ones.
    pub(crate) fn feed(&mut self, offset: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            // Bytes behind the frontier were written again: what was taken is no longer what is there.
            self.lose(offset);
        }
        if offset == self.reached {
            self.take(bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let end = self.reached + bytes.len() as u64;
        let Some(anchoring) = &mut self.anchoring else {
            self.context.update(bytes);
            self.reached = end;
            return;
        };
        let border = end / anchoring.piece_size * anchoring.piece_size;
        let to_border = border.checked_sub(self.reached).and_then(|count| usize::try_from(count).ok());
        let (before, behind) = bytes.split_at(to_border.unwrap_or(0).min(bytes.len()));
        self.context.update(before);
        if to_border.is_some() && border - anchoring.reached >= ANCHOR_BYTES {
            anchoring.context = self.context.clone();
            anchoring.reached = border;
        }
        self.context.update(behind);
        self.reached = end;
    }

    /// Forgets what was taken from this byte on; when it cannot go back just there, what was taken before, too.
    pub(crate) fn lose(&mut self, from: u64) {
        if from >= self.reached {
            return;
        }
        match &self.anchoring {
            Some(anchoring) if anchoring.reached <= from => {
                self.context = anchoring.context.clone();
                self.reached = anchoring.reached;
            }
            Some(_) | None => self.start_again(),
        }
    }

    /// Forgets everything.
    pub(crate) fn start_again(&mut self) {
        let piece_size = self.anchoring.as_ref().map(|anchoring| anchoring.piece_size);
        *self = Self::new(&self.wanted);
        self.anchor(piece_size);
    }

    /// The digest of what was taken.
    pub(crate) fn value(&self) -> Digest {
        let value = self.context.clone().finish();
        let mut digest = self.wanted.clone();
        let room: &mut [u8] = match &mut digest {
            Digest::Sha256(bytes) => bytes,
            Digest::Sha512(bytes) => bytes,
        };
        room.copy_from_slice(value.as_ref());
        digest
    }

    /// What the value should be.
    pub(crate) const fn wanted(&self) -> &Digest {
        &self.wanted
    }
}

fn begin(wanted: &Digest) -> Context {
    Context::new(match wanted {
        Digest::Sha256(_) => &SHA256,
        Digest::Sha512(_) => &SHA512,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 example values of "abc".
    const SHA_256: &str = "sha-256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const SHA_512: &str = "sha-512=ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                           2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    #[test]
    fn bytes_in_order_make_the_digest() {
        for text in [SHA_256, SHA_512] {
            let wanted: Digest = text.parse().unwrap();
            let mut frontier = Frontier::new(&wanted);
            frontier.feed(0, b"a");
            frontier.feed(5, b"out of order");
            frontier.feed(1, b"bc");
            assert_eq!((frontier.reached(), frontier.value()), (3, wanted));
        }
    }

    #[test]
    fn bytes_written_again_send_it_back_to_the_start() {
        let mut frontier = Frontier::new(&SHA_256.parse().unwrap());
        frontier.feed(0, b"xyz");
        frontier.feed(1, b"b");
        assert_eq!(frontier.reached(), 0);
        frontier.feed(0, b"abc");
        assert_eq!(frontier.value().to_string(), SHA_256);
        frontier.lose(3);
        assert_eq!(frontier.reached(), 3);
        frontier.lose(2);
        assert_eq!(frontier.reached(), 0);
    }

    #[test]
    fn with_a_list_it_goes_back_to_where_the_good_pieces_end() {
        let bytes = crate::testing::content(5 << 20);
        let piece = 3 << 19;
        let wanted = "sha-256=".to_owned() + &"0".repeat(64);
        let digest = |bytes: &[u8]| {
            let mut frontier = Frontier::new(&wanted.parse().unwrap());
            frontier.feed(0, bytes);
            frontier.value()
        };
        let mut frontier = Frontier::new(&wanted.parse().unwrap());
        frontier.anchor(Some(piece));
        let at = bytes.len() - 7;
        frontier.feed(0, &bytes[..at]);
        assert_eq!(frontier.value(), digest(&bytes[..at]));
        frontier.lose(at as u64 - 1);
        assert_eq!(frontier.reached(), 3 * piece);
        frontier.feed(3 * piece, &bytes[3 * piece as usize..]);
        assert_eq!(frontier.value(), digest(&bytes));
        frontier.lose(piece);
        assert_eq!(frontier.reached(), 0, "only the last good border is kept");
        // The other algorithm has other contexts, at the anchor too.
        frontier.feed(0, &bytes);
        frontier.want(&SHA_512.parse().unwrap());
        frontier.feed(0, b"ab");
        frontier.lose(1);
        frontier.feed(0, b"abc");
        assert_eq!(frontier.value().to_string(), SHA_512);
    }
}
