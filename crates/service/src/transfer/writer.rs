//! The side of the disk: writes what comes, keeps its progress, and tells of it.

use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::{ByteRange, Fault, limits};
use bgcopy_disk::Part;
use bgcopy_engine::{Event, TransferId};
use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

use super::Report;

/// As much as one reading of a socket brings at most.
pub(super) const BATCH_BYTES: usize = 256 << 10;
/// How far the socket may be ahead of the disk: enough for both to work all the time, and as little as a
/// service may lose with every kill.
const AHEAD_BYTES: usize = 4 * BATCH_BYTES;
/// Progress is reported after this many bytes, or this much time: often enough for a person, seldom enough to
/// cost nothing.
const REPORT_BYTES: u64 = 8 << 20;
/// See [`REPORT_BYTES`].
const REPORT_INTERVAL: Duration = Duration::from_millis(200);

/// Bytes to be written one after the other, and their claim to room.
struct Batch {
    chunks: Vec<Bytes>,
    _room: Option<OwnedSemaphorePermit>,
}

/// The way to a writer; it ends when this is dropped.
pub(super) struct Batches {
    sender: mpsc::UnboundedSender<Batch>,
    room: Arc<Semaphore>,
}

impl Batches {
    /// Hands bytes on, as soon as there is room for them. Lost when nobody writes any more.
    pub(super) async fn hand_on(&self, chunks: Vec<Bytes>) {
        let bytes = chunks.iter().map(Bytes::len).sum::<usize>().min(AHEAD_BYTES);
        let claim = self.room.clone().acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            room = claim => {
                // A writer that is gone has said why.
                let _ = self.sender.send(Batch { chunks, _room: room.ok() });
            }
            () = self.closed() => {}
        }
    }

    /// Waits until nobody writes any more.
    pub(super) async fn closed(&self) {
        self.sender.closed().await;
    }
}

/// Who is told of the progress.
pub(super) struct Account {
    transfer: TransferId,
    reports: mpsc::Sender<Report>,
    downloaded: Counter,
}

impl Account {
    pub(super) const fn new(
        transfer: TransferId,
        reports: mpsc::Sender<Report>,
        downloaded: Counter,
    ) -> Self {
        Self { transfer, reports, downloaded }
    }
}

/// A file on its way. Works on a thread that may block.
pub(super) struct Writer {
    part: Part,
    batches: mpsc::UnboundedReceiver<Batch>,
    account: Account,
    /// Written, and not reported yet.
    unreported: ByteRange,
    /// Bytes since the last checkpoint.
    unsaved: u64,
    /// Bytes since the last sync.
    unsynced: u64,
    reported_at: Option<Instant>,
    saved_at: Instant,
    synced_at: Instant,
}

impl Writer {
    /// A writer of bytes that begin at `output` of the file.
    pub(super) fn new(part: Part, output: u64, account: Account) -> (Batches, Self) {
        let (sender, batches) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(AHEAD_BYTES));
        let now = Instant::now();
        let writer = Self {
            part,
            batches,
            account,
            unreported: ByteRange::new(output, output),
            unsaved: 0,
            unsynced: 0,
            reported_at: None,
            saved_at: now,
            synced_at: now,
        };
        (Batches { sender, room }, writer)
    }

    /// Writes until nothing more comes, or the disk fails.
    pub(super) fn work(mut self, runtime: &Handle) -> (Part, Result<(), Fault>) {
        let done = self.write_all(runtime);
        self.tell_progress();
        (self.part, done)
    }

    fn write_all(&mut self, runtime: &Handle) -> Result<(), Fault> {
        loop {
            let due = self.due();
            match runtime.block_on(before(due, self.batches.recv())) {
                Some(Some(batch)) => batch.chunks.iter().try_for_each(|bytes| self.keep(bytes))?,
                Some(None) => return Ok(()),
                None => self.on_due()?,
            }
        }
    }

    /// When there is something to do though no byte comes: a slow source must neither hide what it has brought
    /// nor leave more than two seconds of it unproved.
    fn due(&self) -> Option<Instant> {
        let report = self.reported_at.filter(|_| !self.unreported.is_empty()).map(|at| at + REPORT_INTERVAL);
        let checkpoint = (self.unsaved > 0).then(|| self.saved_at + limits::CHECKPOINT_INTERVAL);
        [report, checkpoint].into_iter().flatten().min()
    }

    fn on_due(&mut self) -> Result<(), Fault> {
        self.tell_progress();
        if self.unsaved > 0 && self.saved_at + limits::CHECKPOINT_INTERVAL <= Instant::now() {
            self.checkpoint()?;
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len() as u64;
        self.part.write(self.unreported.end, bytes)?;
        self.unreported.end += length;
        self.unsaved += length;
        self.unsynced += length;
        self.account.downloaded.inc_by(length);
        let now = Instant::now();
        if self.unsaved >= limits::CHECKPOINT_BYTES || now - self.saved_at >= limits::CHECKPOINT_INTERVAL {
            self.checkpoint()?;
        }
        // The first bytes are news at once.
        let news = self.reported_at.is_none_or(|at| now - at >= REPORT_INTERVAL);
        if news || self.unreported.len() >= REPORT_BYTES {
            self.tell_progress();
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        let sync = self.unsynced >= limits::SYNC_BYTES || now - self.synced_at >= limits::SYNC_INTERVAL;
        self.part.checkpoint(sync)?;
        self.unsaved = 0;
        self.saved_at = Instant::now();
        if sync {
            self.unsynced = 0;
            self.synced_at = self.saved_at;
        }
        Ok(())
    }

    fn tell_progress(&mut self) {
        if self.unreported.is_empty() {
            return;
        }
        let event = Event::Received(self.account.transfer, self.unreported);
        // Without a reader the service is ending, and so is this run.
        let _ = self.account.reports.blocking_send(Report::Event(event));
        self.unreported.start = self.unreported.end;
        self.reported_at = Some(Instant::now());
    }
}

/// What is awaited, unless something else is due before it comes.
async fn before<T>(due: Option<Instant>, awaited: impl Future<Output = T>) -> Option<T> {
    match due {
        Some(due) => timeout_at(due, awaited).await.ok(),
        None => Some(awaited.await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Vec<Bytes> {
        vec![Bytes::from(vec![7; BATCH_BYTES])]
    }

    fn batches() -> (Batches, mpsc::UnboundedReceiver<Batch>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Batches { sender, room: Arc::new(Semaphore::new(AHEAD_BYTES)) }, receiver)
    }

    #[tokio::test(start_paused = true)]
    async fn the_socket_waits_for_a_disk_that_is_slow() {
        let (batches, mut written) = batches();
        for _ in 0..AHEAD_BYTES / BATCH_BYTES {
            batches.hand_on(batch()).await;
        }
        let patience = Duration::from_secs(3_600);
        assert!(tokio::time::timeout(patience, batches.hand_on(batch())).await.is_err());
        drop(written.recv().await);
        assert!(tokio::time::timeout(patience, batches.hand_on(batch())).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_disk_that_failed() {
        let (batches, written) = batches();
        drop(written);
        for _ in 0..=AHEAD_BYTES / BATCH_BYTES {
            batches.hand_on(batch()).await;
        }
        batches.closed().await;
    }

    #[tokio::test]
    async fn a_chunk_larger_than_the_room_is_handed_on_all_the_same() {
        let (batches, mut written) = batches();
        batches.hand_on(vec![Bytes::from(vec![7; AHEAD_BYTES + 1])]).await;
        assert_eq!(written.recv().await.unwrap().chunks[0].len(), AHEAD_BYTES + 1);
    }
}
