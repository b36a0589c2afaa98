//! A digest that is taken on a thread of its own, while the bytes it is of come in order.
//!
//! Hashing costs about as much as reading and writing together. On the thread that does those it would set the pace;
//! here it goes on beside them. Bytes that come out of order have to be read back from the file, so the digest comes
//! back to its part then.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use bgcopy_core::Digest;
use bytes::Bytes;

use crate::digest::Frontier;

/// How many chunks may wait: as few as keep both threads at work, for old ones are in no cache any more.
const CHUNKS_WAITING: usize = 3;
/// Whoever brings less at once does not bring it faster than it is hashed in passing.
const CHUNK_BYTES: usize = 64 << 10;

/// Where the digest of a part is taken.
#[derive(Debug, Default)]
pub(crate) enum Place {
    /// In passing, by whoever writes, up to now.
    #[default]
    Here,
    /// On its own thread.
    Aside(Aside),
    /// In passing: bytes came out of order, and more will.
    HereForGood,
}

/// A digest on its own thread.
#[derive(Debug)]
pub(crate) struct Aside {
    chunks: SyncSender<Bytes>,
    wanted: Digest,
    /// The byte that has to come next.
    next: u64,
    thread: JoinHandle<Frontier>,
}

impl Aside {
    /// Whether it is worth while for a digest that bytes are brought to.
    pub(crate) fn is_for(frontier: &Frontier, offset: u64, bytes: &Bytes) -> bool {
        // Where pieces are judged, it has to wait for the judgment.
        frontier.reached() == offset && !frontier.is_anchored() && bytes.len() >= CHUNK_BYTES
    }

    /// Goes on with a digest from where it has got to.
    pub(crate) fn start(frontier: &Frontier) -> io::Result<Self> {
        let (chunks, waiting) = sync_channel::<Bytes>(CHUNKS_WAITING);
        let (next, wanted, mut frontier) = (frontier.reached(), frontier.wanted().clone(), frontier.clone());
        let work = move || {
            for bytes in waiting {
                frontier.feed(frontier.reached(), &bytes);
            }
            frontier
        };
        let thread = thread::Builder::new().name("bgcopy-digest".to_owned()).spawn(work)?;
        Ok(Self { chunks, wanted, next, thread })
    }

    /// The byte that has to come next.
    pub(crate) const fn next(&self) -> u64 {
        self.next
    }

    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, bytes: &Bytes) {
        self.next += bytes.len() as u64;
        // The thread ends only when it is told to; were it broken, `end` would begin again.
        let _ = self.chunks.send(bytes.clone());
    }

    /// What came of it.
    pub(crate) fn end(self) -> Frontier {
        drop(self.chunks);
        self.thread.join().unwrap_or_else(|_| Frontier::new(&self.wanted))
    }
}
