//! A download into a stream of the client's (do-download 7.1, "Stream"). The service fetches into a file in a private
//! folder, in whatever order is fastest; a thread of this library hands over what is here from the first byte on without
//! a gap, a buffer at a time, and so in the order of the ranges. A write that fails pauses the download with its code, and
//! the next Start goes on behind the last byte that was taken. The client's code is called with no lock held.

use std::ffi::c_void;
use std::fs::File as LocalFile;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bgcopy_api::client::Events;
use bgcopy_api::core::catalogue::codes::{
    BG_E_REMOTE_FILE_CHANGED, E_NOINTERFACE, E_OUTOFMEMORY, E_UNEXPECTED,
};
use bgcopy_api::core::{FileStage, Hresult, JobId};
use bgcopy_api::download::{Download as Seen, DownloadState};
use bgcopy_api::{Client, ClientError, EventFilter, File, FileIndex, Job};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch::Receiver;
use windows_core::{IUnknown, Interface as _};

use super::draft::Draft;
use super::sinks;
use crate::abi::interfaces::{ISequentialStream, IStream};
use crate::guard::{Answer, Fail, guard_or};
use crate::quiet::block_on;
use crate::service::Service;

/// As much as one call of `Write` brings at most: enough that the calls cost nothing, and all the memory that a stream takes.
const BUFFER_BYTES: usize = 256 << 10;

/// A service that is gone is asked for again this often.
const RECONNECT: Duration = Duration::from_millis(500);

/// A client with a callback hears of what its stream took at most this often, as it does of files.
const NEWS: Duration = Duration::from_millis(500);

/// `STG_E_MEDIUMFULL`: what a write that took less, and gave no reason, is told as.
const STG_E_MEDIUMFULL: Hresult = Hresult(0x8003_0070);

/// The object of a client that is written to, as any thread may use it.
#[derive(Clone)]
pub(super) struct Stream(pub(super) ISequentialStream);

// SAFETY: there are no apartments here: a client that hands an object to this library agrees that it is called from other
// threads, as an object in the multithreaded apartment is.
unsafe impl Send for Stream {}

impl Stream {
    /// The object of a client, where it is a stream; NULL is none.
    ///
    /// # Safety
    ///
    /// The pointer must be NULL or an object.
    pub(super) unsafe fn of(raw: *mut c_void) -> Answer<Option<Self>> {
        // SAFETY: as the caller promises.
        let Some(unknown) = (unsafe { IUnknown::from_raw_borrowed(&raw) }) else { return Ok(None) };
        // "The service queries IStream, calls Write only" (do-download 7.1); what can only be written to will do.
        let stream = unknown.cast::<IStream>().map(|stream| (*stream).clone());
        let stream = stream.or_else(|_| unknown.cast::<ISequentialStream>());
        stream.map(|stream| Some(Self(stream))).map_err(|_| Fail(E_NOINTERFACE))
    }

    /// Hands bytes over; they are taken all, or the code says why not.
    fn write(&self, bytes: &[u8]) -> Result<(), Hresult> {
        let length = u32::try_from(bytes.len()).map_err(|_| E_UNEXPECTED)?;
        // "The written-count pointer may be ignored by the client" (do-download 7.1).
        let mut written = length;
        // SAFETY: the client's object is alive, and the buffer and the number are until the call returns.
        let answer = unsafe { self.0.Write(bytes.as_ptr().cast(), length, &raw mut written) };
        match answer.0 {
            code if code < 0 => Err(Hresult(code.cast_unsigned())),
            _ if written < length => Err(STG_E_MEDIUMFULL),
            _ => Ok(()),
        }
    }
}

/// What became of a stream.
pub(super) struct Flow {
    stream: Stream,
    /// Bytes that it took.
    taken: u64,
    /// Of which version of the remote file they are.
    version: Option<Version>,
    phase: Phase,
    /// How often it was started: what was seen before a Start says nothing of what comes after it.
    starts: u64,
    /// A thread writes, or is about to.
    is_pumped: bool,
}

/// What proves a version of a file, and its size.
type Version = (Option<String>, Option<u64>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It was not started, or all there is was taken.
    Resting,
    /// It is written to as bytes come.
    Flowing,
    /// The client paused it.
    Paused,
    /// It refused to be written to.
    Failed(Hresult),
}

impl Flow {
    pub(super) const fn new(stream: Stream) -> Self {
        Self { stream, taken: 0, version: None, phase: Phase::Resting, starts: 0, is_pumped: false }
    }

    pub(super) const fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The client pauses the download.
    pub(super) const fn pause(&mut self) {
        self.phase = Phase::Paused;
    }

    /// How much the stream took.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// The code that it refused to be written to with.
    pub(super) const fn refused(&self) -> Option<Hresult> {
        match self.phase {
            Phase::Failed(code) => Some(code),
            Phase::Resting | Phase::Flowing | Phase::Paused => None,
        }
    }

    /// Another stream in its place, before anything was written.
    pub(super) fn replace(&mut self, stream: Stream) -> Stream {
        std::mem::replace(&mut self.stream, stream)
    }

    /// How a download looks whose stream this is: it is Transferred when the stream took everything, and a stream that
    /// failed has paused it, with its code.
    pub(super) fn look<'a>(&self, job: &Job, seen: Seen<'a>) -> (Seen<'a>, Option<Hresult>) {
        let seen = Seen { bytes_transferred: self.taken, ..seen };
        let stopped = Seen { state: DownloadState::Paused, error: None, extended_error: None, ..seen };
        match (seen.state, self.phase) {
            // The end is the job's.
            (DownloadState::Created | DownloadState::Finalized | DownloadState::Aborted, _) => (seen, None),
            (_, Phase::Failed(code)) => (stopped, Some(code)),
            (DownloadState::Transferred, _) if job.progress.bytes_total == Some(self.taken) => (seen, None),
            (DownloadState::Transferred, Phase::Paused) => (stopped, None),
            (DownloadState::Transferred, Phase::Resting | Phase::Flowing) => {
                (Seen { state: DownloadState::Transferring, ..seen }, None)
            }
            _ => (seen, None),
        }
    }
}

/// Has what comes of a file written into its stream, if it has one.
pub(super) fn start(
    service: &Arc<Service>,
    id: JobId,
    index: FileIndex,
    draft: &Arc<Mutex<Draft>>,
) -> Answer<()> {
    let mut said = lock(draft);
    let Some(flow) = &mut said.flow else { return Ok(()) };
    flow.phase = Phase::Flowing;
    flow.starts += 1;
    if std::mem::replace(&mut flow.is_pumped, true) {
        said.tell();
        return Ok(());
    }
    let news = said.news();
    drop(said);
    let no_thread = |_| {
        if let Some(flow) = &mut lock(draft).flow {
            (flow.phase, flow.is_pumped) = (Phase::Paused, false);
        }
        Fail(E_OUTOFMEMORY)
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(no_thread)?;
    let pump = Pump {
        runtime,
        client: service.client(),
        id,
        index,
        draft: draft.clone(),
        file: None,
        buffer: vec![0; BUFFER_BYTES],
        told: None,
        news,
    };
    let body = move || {
        let draft = pump.draft.clone();
        let is_done = guard_or(false, || {
            pump.run();
            true
        });
        // A bug of ours must not leave the next Start without a thread.
        if let Some(flow) = lock(&draft).flow.as_mut().filter(|_| !is_done) {
            (flow.phase, flow.is_pumped) = (Phase::Failed(E_UNEXPECTED), false);
        }
    };
    // It ends when the stream took everything, or with the download, so nobody waits for it.
    std::thread::Builder::new().name("bgcopy-stream".to_owned()).spawn(body).map_err(no_thread)?;
    Ok(())
}

fn lock(draft: &Mutex<Draft>) -> MutexGuard<'_, Draft> {
    draft.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the thread works with.
struct Pump {
    runtime: Runtime,
    client: Client,
    id: JobId,
    index: FileIndex,
    draft: Arc<Mutex<Draft>>,
    /// The temporary file, and its name.
    file: Option<(PathBuf, LocalFile)>,
    buffer: Vec<u8>,
    told: Option<Instant>,
    /// What the client says.
    news: Receiver<()>,
}

/// Whose turn it is.
struct Turn {
    stream: Stream,
    taken: u64,
    starts: u64,
}

/// What came of a look at what is here.
enum Step {
    /// Something changed: look again.
    Moved,
    /// There is nothing to be taken yet.
    Waits,
    /// The thread is not needed any more.
    Ends,
}

impl Pump {
    fn run(mut self) {
        let filter = EventFilter { job: vec![self.id], ..EventFilter::default() };
        let mut events: Option<Events> = None;
        while let Some(turn) = self.turn() {
            // The stream of events is open before the look, so that nothing happens unseen between them.
            let looked = block_on(&self.runtime, async {
                if events.is_none() {
                    events = self.client.events(filter.clone()).await.ok();
                }
                Ok((self.client.job(self.id).await?, self.client.file(self.id, self.index).await?))
            });
            let step = match looked {
                Ok((job, file)) => self.step(&job, &file, &turn),
                Err(error) if is_gone(&error) => Step::Ends,
                Err(_) => Step::Waits,
            };
            match step {
                Step::Moved => {}
                Step::Waits => self.wait(&mut events),
                Step::Ends if self.ends(&turn) => return,
                Step::Ends => {}
            }
        }
    }

    /// The stream, and how much it took, if it is still to be written to. Where not, the thread ends, and the next Start
    /// begins another one: both are decided under one lock.
    fn turn(&self) -> Option<Turn> {
        let mut said = lock(&self.draft);
        let flow = said.flow.as_mut()?;
        if flow.phase == Phase::Flowing {
            return Some(Turn { stream: flow.stream.clone(), taken: flow.taken, starts: flow.starts });
        }
        flow.is_pumped = false;
        None
    }

    /// The stream took everything: the thread ends, unless the client wants more by now.
    fn ends(&self, turn: &Turn) -> bool {
        let mut said = lock(&self.draft);
        let Some(flow) = &mut said.flow else { return true };
        if flow.starts != turn.starts {
            return false;
        }
        if flow.phase == Phase::Flowing {
            flow.phase = Phase::Resting;
        }
        flow.is_pumped = false;
        said.tell();
        true
    }

    fn step(&mut self, job: &Job, file: &File, turn: &Turn) -> Step {
        if job.state.is_final() {
            // Somebody else ended it; downloads let go by themselves.
            sinks::end(self.id);
            return Step::Ends;
        }
        let is_all = file.stage == FileStage::Transferred && file.progress.bytes_total == Some(turn.taken);
        match self.hand_over(file, &turn.stream, turn.taken) {
            Ok(0) if is_all => Step::Ends,
            Ok(0) => Step::Waits,
            Ok(bytes) => {
                self.took(bytes, file);
                Step::Moved
            }
            Err(code) => {
                self.fail(code);
                Step::Moved
            }
        }
    }

    /// Writes what is here and was not taken yet, at most a buffer of it; says how much that was.
    fn hand_over(&mut self, file: &File, stream: &Stream, taken: u64) -> Result<usize, Hresult> {
        if file.bytes_in_order > 0 && !self.is_same(file, taken) {
            return Err(BG_E_REMOTE_FILE_CHANGED);
        }
        let here = file.bytes_in_order.saturating_sub(taken);
        let length = usize::try_from(here).unwrap_or(usize::MAX).min(BUFFER_BYTES);
        if length == 0 {
            return Ok(0);
        }
        let Ok(read) = self.read(file, taken, length) else {
            self.file = None;
            return Ok(0);
        };
        // What was read counts only if nobody gave it up meanwhile: a file can begin again, a piece turn out to be wrong.
        let again = block_on(&self.runtime, self.client.file(self.id, self.index));
        let end = taken + read as u64;
        let holds = |now: &File| {
            now.bytes_in_order >= end
                && now.temporary_name == file.temporary_name
                && version(now) == version(file)
        };
        if read == 0 || !again.is_ok_and(|now| holds(&now)) {
            return Ok(0);
        }
        stream.write(&self.buffer[..read])?;
        Ok(read)
    }

    /// Whether the bytes that are here continue those that were taken. Where nothing proves a version, a file that begins
    /// again may be another one.
    fn is_same(&self, file: &File, taken: u64) -> bool {
        let known = lock(&self.draft).flow.as_ref().and_then(|flow| flow.version.clone());
        match known {
            _ if taken == 0 || file.pieces.is_some() => true,
            Some((None, size)) => file.bytes_in_order >= taken && file.remote_size == size,
            Some(known) => known == version(file),
            None => true,
        }
    }

    fn read(&mut self, file: &File, from: u64, length: usize) -> io::Result<usize> {
        let path = file.temporary_path().ok_or(io::ErrorKind::NotFound)?;
        let (_, open) = match self.file.take().filter(|(name, _)| *name == path) {
            Some(open) => self.file.insert(open),
            None => self.file.insert((path.clone(), LocalFile::open(path)?)),
        };
        open.read_at(&mut self.buffer[..length], from)
    }

    fn took(&mut self, bytes: usize, file: &File) {
        let mut said = lock(&self.draft);
        if let Some(flow) = &mut said.flow {
            flow.taken += bytes as u64;
            flow.version.get_or_insert_with(|| version(file));
        }
        if self.told.is_none_or(|at| at.elapsed() >= NEWS) {
            self.told = Some(Instant::now());
            said.tell();
        }
    }

    /// The stream is not written to any more, unless the client paused it already.
    fn fail(&self, code: Hresult) {
        let mut said = lock(&self.draft);
        if let Some(flow) = said.flow.as_mut().filter(|flow| flow.phase == Phase::Flowing) {
            flow.phase = Phase::Failed(code);
        }
        drop(said);
        // What the client does not take need not be fetched. One that is Transferred already stays so.
        let _ = block_on(&self.runtime, self.client.suspend(self.id));
        lock(&self.draft).tell();
    }

    /// Until something happens to the download, or the client says something of it.
    fn wait(&mut self, events: &mut Option<Events>) {
        let news = &mut self.news;
        block_on(&self.runtime, async {
            let has_event = match events {
                Some(events) => tokio::select! {
                    event = events.next() => event.is_ok(),
                    _ = news.changed() => true,
                },
                None => false,
            };
            if !has_event {
                *events = None;
                tokio::time::sleep(RECONNECT).await;
            }
        });
    }
}

fn version(file: &File) -> Version {
    (file.validator.clone(), file.remote_size)
}

/// Whether the service knows the job no more: it ended, long ago.
fn is_gone(error: &ClientError) -> bool {
    error.hresult() == bgcopy_api::core::catalogue::codes::DO_E_JOB_NOT_FOUND
}
