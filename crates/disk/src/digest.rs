//! The whole-file digest, as a frontier: it takes bytes while they come in order from the first, and what
//! came out of order is read back later (design.md "Trust").

use aws_lc_rs::digest::{Context, SHA256, SHA512};
use bgcopy_core::Digest;

/// A digest that has reached some byte.
#[derive(Clone)]
pub(crate) struct Frontier {
    wanted: Digest,
    context: Context,
    reached: u64,
}

impl Frontier {
    /// Nothing was taken yet.
    pub(crate) fn new(wanted: &Digest) -> Self {
        let algorithm = match wanted {
            Digest::Sha256(_) => &SHA256,
            Digest::Sha512(_) => &SHA512,
        };
        Self { wanted: wanted.clone(), context: Context::new(algorithm), reached: 0 }
    }

    /// How far the digest reaches.
    pub(crate) const fn reached(&self) -> u64 {
        self.reached
    }

    /// Takes bytes that were written, when they are the next ones.
    pub(crate) fn feed(&mut self, offset: u64, bytes: &[u8]) {
        if offset == self.reached {
            self.context.update(bytes);
            self.reached += bytes.len() as u64;
        } else if offset < self.reached && !bytes.is_empty() {
            // Bytes behind the frontier were written again: what was taken is no longer what is there.
            self.start_again();
        }
    }

    /// Forgets what was taken from this byte on: everything, when it lies behind the frontier.
    pub(crate) fn lose(&mut self, from: u64) {
        if from < self.reached {
            self.start_again();
        }
    }

    /// Forgets everything.
    pub(crate) fn start_again(&mut self) {
        *self = Self::new(&self.wanted);
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
}
