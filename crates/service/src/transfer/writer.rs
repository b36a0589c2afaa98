//! The side of the disk: writes what comes, keeps its progress, and tells of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bgcopy_core::{ByteRange, Fault, limits};
use bgcopy_disk::Part;
use bgcopy_engine::{Event, TransferId};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Report;
use super::line::{Limit, Voice};
use crate::metrics::Downloaded;

/// As much as one reading of a socket brings at most.
pub(super) const BATCH_BYTES: usize = 256 << 10;
/// More chunks than this are not waited for, however small they are.
pub(super) const BATCH_CHUNKS: usize = 64;
/// What a chunk takes of memory beside its bytes, and of time: a server that sends single bytes must not fill the
/// one or the other.
const CHUNK_COST: usize = 4 << 10;
/// How far the socket may be ahead of the disk: enough for both to work all the time, and as little as a
/// service may lose with every kill.
const AHEAD_BYTES: usize = 8 * BATCH_BYTES;
/// How much a digest reads back at most for each write, of what came out of order: faster than it comes.
const CATCH_UP_BYTES: u64 = 4 * BATCH_BYTES as u64;
/// Progress is reported after this many bytes, or this much time: often enough for a person, seldom enough to
/// cost nothing.
const REPORT_BYTES: u64 = 8 << 20;
/// See [`REPORT_BYTES`].
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// What a writer is told.
enum Message {
    /// Bytes to be written one after the other, from `output` of the file on, and their claim to room.
    Batch { voice: Voice, limit: Limit, output: u64, chunks: Vec<Bytes>, room: Option<OwnedSemaphorePermit> },
    /// Bytes are not to be trusted, though nobody knows that they are wrong.
    Forget(ByteRange),
    /// No more comes of one connection.
    End { voice: Voice, limit: Limit, outcome: Result<(), Fault> },
}

/// The way to a writer; the writer ends when all of them are dropped.
#[derive(Clone)]
pub(super) struct Batches {
    sender: mpsc::UnboundedSender<Message>,
    room: Arc<Semaphore>,
    waited_micros: Arc<AtomicU64>,
    /// Goes with the last of them.
    _left: Arc<DropGuard>,
}

impl Batches {
    /// The way to a writer, what comes out of it, and what is cancelled when nobody is at its beginning any more.
    fn channel() -> (Self, mpsc::UnboundedReceiver<Message>, CancellationToken) {
        let (sender, messages) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(AHEAD_BYTES));
        let left = CancellationToken::new();
        let _left = Arc::new(left.clone().drop_guard());
        (Self { sender, room, waited_micros: Arc::default(), _left }, messages, left)
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

    /// Whether nobody writes any more.
    pub(super) fn are_closed(&self) -> bool {
        self.sender.is_closed()
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
    downloaded: Downloaded,
}

impl Account {
    pub(super) const fn new(
        transfer: TransferId,
        reports: mpsc::Sender<Report>,
        downloaded: Downloaded,
    ) -> Self {
        Self { transfer, reports, downloaded }
    }

    fn tell(&self, event: Event) {
        // Without a reader the service is ending, and so is this run.
        let _ = self.reports.blocking_send(Report::Event(event));
    }
}

/// A file on its way. Works on a thread that may block.
pub(super) struct Writer {
    part: Part,
    messages: mpsc::UnboundedReceiver<Message>,
    /// Room that is free again and not given back yet.
    spare: Option<OwnedSemaphorePermit>,
    waited_micros: Arc<AtomicU64>,
    account: Account,
    /// Written, and not reported yet: a stretch for each connection.
    unreported: Vec<(Voice, ByteRange)>,
    /// Bytes since the last checkpoint.
    unsaved: u64,
    /// Bytes since the last sync.
    unsynced: u64,
    reported_at: Option<Instant>,
    saved_at: Instant,
    synced_at: Instant,
}

impl Writer {
    /// A writer, and the way to it.
    pub(super) fn new(mut part: Part, account: Account) -> (Batches, Self) {
        let (batches, messages, left) = Batches::channel();
        // Who ends the writing waits for it, and a piece that is read back may have a GiB.
        part.judge_unless(Some(Box::new(move || left.is_cancelled())));
        let now = Instant::now();
        let writer = Self {
            part,
            messages,
            spare: None,
            waited_micros: batches.waited_micros.clone(),
            account,
            unreported: Vec::new(),
            unsaved: 0,
            unsynced: 0,
            reported_at: None,
            saved_at: now,
            synced_at: now,
        };
        (batches, writer)
    }

    /// Writes until nothing more comes, or the disk fails, which is reported.
    pub(super) fn work(mut self, runtime: &Handle) -> Part {
        if self.part.has_spoiled() {
            // The list came after the bytes.
            self.tell_progress();
        }
        let done = self.write_all(runtime);
        self.tell_progress();
        if let Err(fault) = done {
            self.account.tell(Event::DiskFailed(self.account.transfer, fault));
        }
        self.part.judge_unless(None);
        self.part
    }

    fn write_all(&mut self, runtime: &Handle) -> Result<(), Fault> {
        loop {
            let due = self.due();
            match self.next(due, runtime) {
                Some(Some(Message::Batch { voice, limit, mut output, chunks, room })) => {
                    for bytes in &chunks {
                        // The engine has asked somebody else for them, perhaps because these are wrong.
                        if limit.is_dismissed() {
                            break;
                        }
                        self.keep(voice, output, bytes)?;
                        output += bytes.len() as u64;
                    }
                    self.make_room(room);
                }
                Some(Some(Message::Forget(range))) => {
                    // What is told of later is here.
                    self.tell_progress();
                    self.part.forget(range)?;
                }
                Some(Some(Message::End { voice, limit, outcome })) => {
                    self.tell_progress();
                    // Who was sent away before has nothing to say, and his voice may be another one's by now.
                    if !limit.is_dismissed() {
                        self.account.tell(voice.ended(outcome));
                    }
                }
                Some(None) => return Ok(()),
                None => self.on_due()?,
            }
        }
    }

    /// The next message, unless something else is due before it comes.
    fn next(&mut self, due: Option<Instant>, runtime: &Handle) -> Option<Option<Message>> {
        match self.messages.try_recv() {
            Ok(message) => Some(Some(message)),
            Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => {
                // Whoever waits for room has to have it now.
                self.spare = None;
                runtime.block_on(before(due, self.messages.recv()))
            }
        }
    }

    /// Gives room back, but not for every batch: waking a connection costs as much as reading a little.
    fn make_room(&mut self, room: Option<OwnedSemaphorePermit>) {
        match (&mut self.spare, room) {
            (Some(spare), Some(room)) => spare.merge(room),
            (spare, room) => *spare = room,
        }
        if self.spare.as_ref().is_some_and(|spare| spare.num_permits() >= AHEAD_BYTES / 2) {
            self.spare = None;
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

    fn keep(&mut self, voice: Voice, output: u64, bytes: &[u8]) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len() as u64;
        let range = ByteRange::new(output, output + length);
        // Two connections may both bring what one took over from the other; it is the same version.
        if !self.part.written().contains(range) {
            self.part.write(output, bytes)?;
            self.part.catch_up_digest(CATCH_UP_BYTES)?;
        }
        self.note(voice, range);
        self.unsaved += length;
        self.unsynced += length;
        self.account.downloaded.count(voice.kind, length);
        let now = Instant::now();
        if self.unsaved >= limits::CHECKPOINT_BYTES || now - self.saved_at >= limits::CHECKPOINT_INTERVAL {
            self.checkpoint()?;
        }
        // The first bytes are news at once.
        let news = self.reported_at.is_none_or(|at| now - at >= REPORT_INTERVAL);
        let unreported: u64 = self.unreported.iter().map(|(_, range)| range.len()).sum();
        if news || unreported >= REPORT_BYTES || self.part.has_spoiled() {
            self.tell_progress();
        }
        Ok(())
    }

    fn note(&mut self, voice: Voice, range: ByteRange) {
        let continued =
            self.unreported.iter_mut().find(|(of, before)| of.who == voice.who && before.end == range.start);
        match continued {
            Some((_, before)) => before.end = range.end,
            None => self.unreported.push((voice, range)),
        }
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
        if self.unreported.is_empty() && !self.part.has_spoiled() {
            return;
        }
        let waited = Duration::from_micros(self.waited_micros.swap(0, Ordering::Relaxed));
        if !waited.is_zero() {
            self.account.tell(Event::Waited(self.account.transfer, waited));
        }
        for (voice, range) in std::mem::take(&mut self.unreported) {
            self.account.tell(voice.received(range));
        }
        // Behind the bytes of the piece, so that it is known who brought them.
        for piece in self.part.take_spoiled() {
            self.account.tell(Event::Spoiled(self.account.transfer, piece));
        }
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
    use bgcopy_core::{PieceHashes, SourceKind};
    use bgcopy_disk::{Floor, LocalFile, PartSpec, Rights};
    use bgcopy_engine::HelperId;

    use super::*;
    use crate::metrics::Metrics;

    const LEAD: Voice = Voice { transfer: TransferId(1), who: None, kind: SourceKind::Origin };
    const HELPER: Voice = Voice { transfer: TransferId(1), who: Some(HelperId(7)), kind: SourceKind::Mirror };

    /// A file of three pieces, and what is told while these messages are worked off.
    struct Desk {
        runtime: tokio::runtime::Runtime,
        batches: Option<Batches>,
        writer: Writer,
        told: mpsc::Receiver<Report>,
        metrics: Metrics,
        _folder: tempfile::TempDir,
    }

    const PIECE: u64 = 1 << 10;

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let name = |name: &str| bgcopy_core::LocalName::new(folder.path().join(name)).unwrap();
            std::fs::write(name("right").path(), [1; 3 * PIECE as usize]).unwrap();
            let right = LocalFile::open(&Rights::Own, &name("right")).unwrap();
            let piece_size = std::num::NonZeroU64::new(PIECE).unwrap();
            let described =
                right.describe(piece_size, |_| std::ops::ControlFlow::Continue(())).unwrap().unwrap();
            let part = Part::create(&PartSpec {
                local_name: name("f"),
                log: folder.path().join("log"),
                rights: Rights::Own,
                size: Some(3 * PIECE),
                digest: None,
                pieces: Some(Arc::new(PieceHashes::new(PIECE, described.pieces).unwrap())),
                basis: None,
                floor: Floor::NONE,
            });
            let (reports, told) = mpsc::channel(100);
            let metrics = Metrics::new();
            let account = Account::new(TransferId(1), reports, metrics.downloaded());
            let (batches, writer) = Writer::new(part.unwrap(), account);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            Self { runtime, batches: Some(batches), writer, told, metrics, _folder: folder }
        }

        /// A connection hands on a piece of these bytes.
        fn bring(&self, voice: Voice, limit: &Limit, piece: u64, byte: u8) {
            let chunk = vec![Bytes::from(vec![byte; PIECE as usize])];
            let batches = self.batches.as_ref().unwrap();
            self.runtime.block_on(batches.hand_on(voice, limit, piece * PIECE, chunk));
        }

        /// Works everything off; gives what was told, and what is here at the end.
        fn end(mut self) -> (Vec<Event>, Vec<ByteRange>, String) {
            self.batches = None;
            let part = self.writer.work(self.runtime.handle());
            let mut told = Vec::new();
            while let Ok(report) = self.told.try_recv() {
                match report {
                    Report::Event(event) => told.push(event),
                    other => panic!("{other:?}"),
                }
            }
            (told, part.written().iter().collect(), self.metrics.encode())
        }
    }

    fn pieces(range: std::ops::Range<u64>) -> ByteRange {
        ByteRange::new(range.start * PIECE, range.end * PIECE)
    }

    #[test]
    fn a_wrong_piece_is_told_of_behind_its_bytes_and_before_the_end() {
        let desk = Desk::new();
        let limit = Limit::none();
        desk.bring(LEAD, &limit, 0, 1);
        desk.bring(HELPER, &limit, 1, 2);
        desk.bring(LEAD, &limit, 2, 1);
        desk.batches.as_ref().unwrap().end(HELPER, limit.clone(), Ok(()));
        let (told, here, metrics) = desk.end();
        assert_eq!(
            told,
            [
                LEAD.received(pieces(0..1)),
                HELPER.received(pieces(1..2)),
                Event::Spoiled(TransferId(1), pieces(1..2)),
                LEAD.received(pieces(2..3)),
                HELPER.ended(Ok(())),
            ]
        );
        assert_eq!(here, [pieces(0..1), pieces(2..3)]);
        for line in ["{source=\"origin\"} 2048", "{source=\"mirror\"} 1024", "{source=\"cache-host\"} 0"] {
            assert!(
                metrics.contains(&format!("bgcopy_bytes_downloaded_total{line}")),
                "no {line} in {metrics}"
            );
        }
    }

    #[test]
    fn nothing_of_who_was_sent_away_is_written_any_more() {
        let desk = Desk::new();
        let [stays, leaves] = [Limit::none(), Limit::none()];
        desk.bring(HELPER, &leaves, 0, 1);
        desk.bring(LEAD, &stays, 1, 1);
        desk.batches.as_ref().unwrap().end(HELPER, leaves.clone(), Ok(()));
        leaves.dismiss();
        let (told, here, _) = desk.end();
        assert_eq!((told, here), (vec![LEAD.received(pieces(1..2))], vec![pieces(1..2)]));
    }

    #[test]
    fn bytes_are_thrown_away_behind_those_that_came_before() {
        let desk = Desk::new();
        desk.bring(LEAD, &Limit::none(), 0, 1);
        desk.batches.as_ref().unwrap().forget(ByteRange::new(512, 600));
        desk.bring(LEAD, &Limit::none(), 2, 1);
        let (told, here, _) = desk.end();
        assert_eq!(told, [LEAD.received(pieces(0..1)), LEAD.received(pieces(2..3))]);
        assert_eq!(here, [ByteRange::new(0, 512), ByteRange::new(600, PIECE), pieces(2..3)]);
    }

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
