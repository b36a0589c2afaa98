//! The whole-file digest, as a frontier: it takes bytes while they come in order from the first, and what
//! came out of order is read back later (design.md "Trust").
//!
//! A digest costs more than writing the bytes does, so that of a large file is made on a thread of its own
//! while the next bytes are written.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use aws_lc_rs::digest::{Algorithm, Context, SHA256, SHA512};
use bgcopy_core::Digest;
use bytes::Bytes;

/// From this byte on a file is worth a thread.
const LARGE: u64 = 4 << 20;
/// Chunks that may wait for the digest: as far as writing may be ahead of it.
const AHEAD: usize = 4;

/// A digest that has reached some byte.
pub(crate) struct Frontier {
    wanted: Digest,
    work: Work,
    reached: u64,
}

/// A digest as it was at some byte.
pub(crate) struct Mark {
    context: Context,
    reached: u64,
}

/// The making of a digest.
struct Work {
    /// As it was when the thread was given it.
    context: Context,
    away: Option<(SyncSender<Bytes>, JoinHandle<Context>)>,
}

impl Work {
    const fn here(context: Context) -> Self {
        Self { context, away: None }
    }

    /// Waits for what was handed over.
    fn context(&mut self) -> &mut Context {
        if let Some((chunks, maker)) = self.away.take() {
            drop(chunks);
            match maker.join() {
                Ok(context) => self.context = context,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        &mut self.context
    }

    /// Takes a chunk without waiting for it to be done, unless too many wait already.
    fn take(&mut self, chunk: Bytes) {
        if self.away.is_none() {
            self.away = Self::start(self.context.clone());
        }
        let unsent = match &self.away {
            Some((chunks, _)) => chunks.send(chunk).err().map(|unsent| unsent.0),
            // A machine without threads makes it here.
            None => Some(chunk),
        };
        if let Some(chunk) = unsent {
            self.context().update(&chunk);
        }
    }

    fn start(mut context: Context) -> Option<(SyncSender<Bytes>, JoinHandle<Context>)> {
        let (chunks, waiting) = sync_channel::<Bytes>(AHEAD);
        let maker = thread::Builder::new().name("bgcopy-digest".to_owned()).spawn(move || {
            waiting.iter().for_each(|chunk| context.update(&chunk));
            context
        });
        Some((chunks, maker.ok()?))
    }
}

impl Frontier {
    /// Nothing was taken yet.
    pub(crate) fn new(wanted: &Digest) -> Self {
        let work = Work::here(Context::new(algorithm_of(wanted)));
        Self { wanted: wanted.clone(), work, reached: 0 }
    }

    /// How far the digest reaches.
    pub(crate) const fn reached(&self) -> u64 {
        self.reached
    }

    /// Takes bytes that were written, when they are the next ones.
    pub(crate) fn feed(&mut self, offset: u64, bytes: &[u8]) {
        if self.is_next(offset, bytes) {
            self.work.context().update(bytes);
            self.reached += bytes.len() as u64;
        }
    }

    /// The same for bytes that can be kept for a while.
    pub(crate) fn feed_shared(&mut self, offset: u64, bytes: &Bytes) {
        if self.reached < LARGE {
            self.feed(offset, bytes);
        } else if self.is_next(offset, bytes) {
            self.work.take(bytes.clone());
            self.reached += bytes.len() as u64;
        }
    }

    fn is_next(&mut self, offset: u64, bytes: &[u8]) -> bool {
        if offset < self.reached && !bytes.is_empty() {
            // Bytes behind the frontier were written again: what was taken is no longer what is there.
            self.start_again();
            return false;
        }
        offset == self.reached
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

    /// The digest as it is now, to come back to.
    pub(crate) fn mark(&mut self) -> Mark {
        Mark { context: self.work.context().clone(), reached: self.reached }
    }

    /// Forgets what was taken since.
    pub(crate) fn go_back(&mut self, mark: Mark) {
        self.work = Work::here(mark.context);
        self.reached = mark.reached;
    }

    /// The digest of what was taken.
    pub(crate) fn value(&mut self) -> Digest {
        let value = self.mark().context.finish();
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

fn algorithm_of(digest: &Digest) -> &'static Algorithm {
    match digest {
        Digest::Sha256(_) => &SHA256,
        Digest::Sha512(_) => &SHA512,
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

    #[test]
    fn a_large_file_is_digested_beside_and_the_value_is_the_same() {
        let chunk = Bytes::from(vec![7; 1 << 20]);
        let mut context = Context::new(&SHA256);
        let mut frontier = Frontier::new(&SHA_256.parse().unwrap());
        for number in 0..20 {
            context.update(&chunk);
            frontier.feed_shared(number << 20, &chunk);
            assert_eq!(frontier.work.away.is_some(), number >= 4, "chunk {number}");
        }
        context.update(b"end");
        frontier.feed(20 << 20, b"end");
        let value = frontier.value().to_string();
        let expected: String = context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(value, format!("sha-256={expected}"));
    }

    #[test]
    fn a_mark_brings_back_what_was_there() {
        let mut frontier = Frontier::new(&SHA_256.parse().unwrap());
        frontier.feed(0, b"a");
        let mark = frontier.mark();
        frontier.feed(1, b"wrong");
        frontier.go_back(mark);
        frontier.feed(1, b"bc");
        assert_eq!(frontier.value().to_string(), SHA_256);
    }
}
