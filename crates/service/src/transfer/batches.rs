//! The way from the connections of a run to who writes what they bring.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bgcopy_core::{ByteRange, Fault};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::yield_now;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::line::{Limit, Voice};

/// As much as one reading of a socket brings at most.
pub(super) const BATCH_BYTES: usize = 256 << 10;
/// More chunks than this are not waited for, however small they are.
pub(super) const BATCH_CHUNKS: usize = 64;
/// What a chunk takes of memory beside its bytes, and of time: a server that sends single bytes must not fill the
/// one or the other.
const CHUNK_COST: usize = 4 << 10;
/// How far the socket may be ahead of the disk: enough for both to work all the time, and as little as a
/// service may lose with every kill.
pub(super) const AHEAD_BYTES: usize = 8 * BATCH_BYTES;

/// What a writer is told.
pub(super) enum Message {
    /// The lead's body, to be read between the other messages.
    Read(Reading),
    /// Bytes to be written one after the other, from `output` of the file on, and their claim to room.
    Batch { voice: Voice, limit: Limit, output: u64, chunks: Vec<Bytes>, room: Option<OwnedSemaphorePermit> },
    /// Bytes are not to be trusted, though nobody knows that they are wrong.
    Forget(ByteRange),
    /// No more comes of one connection.
    End { voice: Voice, limit: Limit, outcome: Result<(), Fault> },
}

/// The reading of a body, by the thread that writes it.
pub(super) type Reading = BoxFuture<'static, ()>;

/// The way to a writer; the writer ends when all of them are dropped.
#[derive(Clone)]
pub(super) struct Batches {
    sender: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
    waited_micros: Arc<AtomicU64>,
    /// Goes with the last of them that is not the writer's own.
    left: Option<Arc<DropGuard>>,
}

impl Batches {
    /// The way to a writer, what comes out of it, and what is cancelled when nobody is at its beginning any more.
    pub(super) fn channel() -> (Self, mpsc::UnboundedReceiver<Message>, CancellationToken) {
        let (sender, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(AHEAD_BYTES));
        let left = CancellationToken::new();
        let guard = Some(Arc::new(left.clone().drop_guard()));
        (Self { sender, room, waited_micros: Arc::default(), left: guard }, messages, left)
    }

    /// Hands bytes on, as soon as there is room for them. Lost when nobody writes any more.
    pub(super) async fn hand_on(&self, voice: Voice, limit: &Limit, output: u64, chunks: Vec<Bytes>) {
        let bytes: usize = chunks.iter().map(|chunk| chunk.len().max(CHUNK_COST)).sum();
        let bytes = bytes.min(AHEAD_BYTES);
        let claim = self.room.clone().acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            room = claim => {
                // A writer that is gone has said why.
                let limit = limit.clone();
                let _ = self.sender.send(Message::Batch { voice, limit, output, chunks, room: room.ok() });
            }
            () = self.closed() => {}
        }
        if self.left.is_none() {
            // It is the writer who reads: now he is to write.
            yield_now().await;
        }
    }

    /// Lets the writer read a body itself: the bytes are written while they are in the cache of the processor that
    /// read them, and no thread wakes another one for them. Another reading takes the place of one that is not over.
    pub(super) fn read(&self, reading: Reading) {
        // A writer that is gone has said why.
        let _ = self.sender.send(Message::Read(reading));
    }

    /// The way for who is read by the writer itself: nobody else is left when only such ways are.
    pub(super) fn of_the_writer(&self) -> Self {
        Self { left: None, ..self.clone() }
    }

    /// Says how a connection ended, behind its last bytes.
    pub(super) fn end(&self, voice: Voice, limit: Limit, outcome: Result<(), Fault>) {
        let _ = self.sender.send(Message::End { voice, limit, outcome });
    }

    /// Throws bytes away, behind those that were handed on.
    pub(super) fn forget(&self, range: ByteRange) {
        let _ = self.sender.send(Message::Forget(range));
    }

    /// A connection waited so long for its source.
    pub(super) fn note_wait(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.waited_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What the connections waited for their sources since this was last asked.
    pub(super) fn waits(&self) -> Arc<AtomicU64> {
        self.waited_micros.clone()
    }

    /// Whether nobody writes any more.
    pub(super) fn are_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Waits until nobody writes any more.
    pub(super) async fn closed(&self) {
        self.sender.closed().await;
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::SourceKind;
    use bgcopy_engine::TransferId;

    use super::*;

    const LEAD: Voice = Voice { transfer: TransferId(1), who: None, kind: SourceKind::Origin };

    fn batch() -> Vec<Bytes> {
        vec![Bytes::from(vec![7; BATCH_BYTES])]
    }

    #[tokio::test(start_paused = true)]
    async fn e21_the_socket_waits_for_a_disk_that_is_slow() {
        let (batches, mut written, _left) = Batches::channel();
        for _ in 0..AHEAD_BYTES / BATCH_BYTES {
            batches.hand_on(LEAD, &Limit::none(), 0, batch()).await;
        }
        let patience = Duration::from_secs(3_600);
        assert!(
            tokio::time::timeout(patience, batches.hand_on(LEAD, &Limit::none(), 0, batch())).await.is_err()
        );
        drop(written.recv().await);
        assert!(
            tokio::time::timeout(patience, batches.hand_on(LEAD, &Limit::none(), 0, batch())).await.is_ok()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_disk_that_failed() {
        let (batches, written, _left) = Batches::channel();
        drop(written);
        for _ in 0..=AHEAD_BYTES / BATCH_BYTES {
            batches.hand_on(LEAD, &Limit::none(), 0, batch()).await;
        }
        batches.closed().await;
    }

    #[tokio::test(start_paused = true)]
    async fn single_bytes_take_room_as_if_they_were_more() {
        let (batches, _written, _left) = Batches::channel();
        let bytes = || vec![Bytes::from_static(b"x"); BATCH_CHUNKS];
        for _ in 0..AHEAD_BYTES / CHUNK_COST / BATCH_CHUNKS {
            batches.hand_on(LEAD, &Limit::none(), 0, bytes()).await;
        }
        let patience = Duration::from_secs(3_600);
        assert!(
            tokio::time::timeout(patience, batches.hand_on(LEAD, &Limit::none(), 0, bytes())).await.is_err()
        );
    }

    #[tokio::test]
    async fn a_chunk_larger_than_the_room_is_handed_on_all_the_same() {
        let (batches, mut written, _left) = Batches::channel();
        batches.hand_on(LEAD, &Limit::none(), 0, vec![Bytes::from(vec![7; AHEAD_BYTES + 1])]).await;
        let Some(Message::Batch { chunks, .. }) = written.recv().await else { panic!("no batch") };
        assert_eq!(chunks[0].len(), AHEAD_BYTES + 1);
    }

    #[test]
    fn pieces_are_judged_as_long_as_anybody_has_bytes_to_hand_on() {
        let (batches, _written, left) = Batches::channel();
        let other = batches.clone();
        drop(batches);
        assert!(!left.is_cancelled());
        drop(other);
        assert!(left.is_cancelled());
    }
}
