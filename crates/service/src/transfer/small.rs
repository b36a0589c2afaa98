//! The way of a small file: its connection takes all of it into memory, and a thread of its job writes the files that
//! are there, one after the other: the one that read the last of them, where the folder lives in memory. A file costs
//! no thread of its own to be woken, and no writing goes on beside its reading.
//!
//! A disk that hangs holds up the small files of one job. There are never more of them here than runs of the job.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bgcopy_core::{Answer, Code, ErrorContext, Fault};
use bgcopy_disk::{Look, Small, SmallFiles, SmallSpec};
use bgcopy_engine::Event;
use bgcopy_engine::event::{Brought, Finished};
use bgcopy_http::Body;
use bytes::{Bytes, BytesMut};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use super::Report;
use super::line::{Coming, Voice};
use crate::metrics::Downloaded;
use crate::pace::{self, Pace};
use crate::work::unless_broken;

/// Writes the small files of a job.
#[derive(Clone, Debug)]
pub(crate) struct Keeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queue: Mutex<Queue>,
    busy: watch::Sender<bool>,
    runtime: Handle,
    reports: mpsc::Sender<Report>,
    downloaded: Downloaded,
    /// The permissions of published files.
    mode: u32,
}

#[derive(Debug, Default)]
struct Queue {
    works: Vec<Work>,
    /// While nobody writes.
    files: Option<SmallFiles>,
    busy: bool,
}

/// A file that is to be written.
#[derive(Debug)]
struct Work {
    spec: SmallSpec,
    bytes: Bytes,
    asker: Asker,
}

/// Who hears what became of a file.
#[derive(Debug)]
enum Asker {
    /// The loop; and, heard of or dropped when that was told, who has the run.
    Loop(Voice, oneshot::Sender<Written>),
    /// Who waits, and tells of it.
    Hand(oneshot::Sender<Result<Small, Fault>>),
}

/// A file is written, and that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written;

/// How to take the whole of a small file.
#[derive(Debug)]
pub(super) struct AtOnce {
    pub(super) size: u64,
    pub(super) spec: SmallSpec,
    pub(super) keeper: Keeper,
    /// Heard of, or dropped, when nothing happens to the file any more.
    pub(super) done: oneshot::Sender<Written>,
}

impl AtOnce {
    /// Takes the body and hands it on; the fault is the source's.
    pub(super) async fn take(self, voice: Voice, body: Body, paces: &[Arc<Pace>]) -> Result<(), Fault> {
        let Self { size, spec, keeper, done } = self;
        let bytes = keeper.take(voice, body, size, paces).await?;
        keeper.put(Work { spec, bytes, asker: Asker::Loop(voice, done) });
        Ok(())
    }
}

/// A small file that came with its answer.
pub(super) struct Whole {
    voice: Voice,
    answer: Box<Answer>,
    bytes: Bytes,
}

impl Whole {
    /// All of the file; the fault is the source's.
    pub(super) async fn take(coming: Coming, size: u64, keeper: &Keeper) -> Result<Self, Fault> {
        let Coming { voice, answer, body, paces, _steered, .. } = coming;
        let bytes = keeper.take(voice, body, size, &paces).await?;
        Ok(Self { voice, answer: Box::new(answer), bytes })
    }

    /// Writes it.
    pub(super) async fn keep(self, spec: SmallSpec, keeper: &Keeper) -> Result<Brought, Fault> {
        let Self { voice, answer, bytes } = self;
        let look = Look { mode: keeper.0.mode, last_modified: answer.last_modified };
        let spec = SmallSpec { look: Some(look), ..spec };
        let size = bytes.len() as u64;
        let Small { temporary, kept, digest_matched } = keeper.keep(spec, bytes).await?;
        keeper.0.downloaded.count(voice.kind, size);
        let finished = Finished { digest_matched, pieces_matched: false };
        Ok(Brought { temporary, kept, finished, answer: Some(answer) })
    }
}

/// All bytes of a body that is known to have so many. One that ends sooner is a fault of its own; of one that does
/// not come in one go it is told that it comes.
async fn whole(
    mut body: Body,
    size: u64,
    paces: &[Arc<Pace>],
    tell: impl AsyncFnOnce(),
) -> Result<Bytes, Fault> {
    let mut tell = Some(tell);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut here = 0;
    while here < size {
        let Some(mut chunk) = body.chunk().await? else {
            let detail = format!("the body ended after {here} of {size} bytes");
            return Err(Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, detail));
        };
        chunk.truncate(usize::try_from(size - here).unwrap_or(usize::MAX));
        here += chunk.len() as u64;
        if here < size
            && let Some(tell) = tell.take()
        {
            tell().await;
        }
        let wait = pace::pay(paces, chunk.len() as u64);
        if !wait.is_zero() {
            pace::until_paid(paces, wait).await;
        }
        if first.is_empty() {
            first = chunk;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&chunk);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

impl Keeper {
    /// Nobody writes until there is something to write.
    pub(crate) fn new(runtime: Handle, reports: mpsc::Sender<Report>, downloaded: Downloaded) -> Self {
        let busy = watch::Sender::new(false);
        let (queue, mode) = (Mutex::default(), bgcopy_disk::mode_by_umask());
        Self(Arc::new(Inner { queue, busy, runtime, reports, downloaded, mode }))
    }

    /// All bytes of a body that is known to have so many.
    async fn take(&self, voice: Voice, body: Body, size: u64, paces: &[Arc<Pace>]) -> Result<Bytes, Fault> {
        let reports = &self.0.reports;
        let tell = async || drop(reports.send(Report::Event(Event::Coming(voice.transfer))).await);
        whole(body, size, paces, tell).await
    }

    /// Writes a file while it is waited for.
    async fn keep(&self, spec: SmallSpec, bytes: Bytes) -> Result<Small, Fault> {
        if let Some(files) = self.0.free_for(spec.local_name.folder()) {
            return self.0.write_here(files, &spec, &bytes);
        }
        let (asker, written) = oneshot::channel();
        self.put(Work { spec, bytes, asker: Asker::Hand(asker) });
        match written.await {
            Ok(written) => written,
            // The runtime is being shut down, and whoever waits here with it.
            Err(_) => std::future::pending().await,
        }
    }

    fn put(&self, work: Work) {
        let mut queue = self.0.lock();
        let folder = work.spec.local_name.folder();
        let in_memory = queue.files.as_ref().is_some_and(|files| files.is_in_memory(folder));
        queue.works.push(work);
        if mem::replace(&mut queue.busy, true) {
            return;
        }
        let files = queue.files.take().unwrap_or_default();
        drop(queue);
        self.0.busy.send_replace(true);
        if in_memory {
            // Nothing is waited for, so waking another thread would take longer than the writing.
            return self.0.write(files);
        }
        let inner = self.0.clone();
        self.0.runtime.spawn_blocking(move || inner.write(files));
    }

    /// Waits until everything is written.
    pub(crate) async fn rest(&self) {
        // The sender is in here.
        let _ = self.0.busy.subscribe().wait_for(|busy| !busy).await;
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing is done under it that could break.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who writes, if nobody does and the folder lives in memory.
    fn free_for(&self, folder: &Path) -> Option<SmallFiles> {
        let mut queue = self.lock();
        let free = !queue.busy && queue.files.as_ref().is_some_and(|files| files.is_in_memory(folder));
        queue.busy |= free;
        queue.files.take_if(|_| free)
    }

    /// Writes a file on this thread.
    fn write_here(&self, mut files: SmallFiles, spec: &SmallSpec, bytes: &[u8]) -> Result<Small, Fault> {
        let written = unless_broken(|| files.put(spec, bytes));
        // What came meanwhile waits for it.
        self.write(files);
        written
    }

    /// Writes until nothing waits any more.
    fn write(&self, mut files: SmallFiles) {
        loop {
            let works = {
                let mut queue = self.lock();
                if queue.works.is_empty() {
                    queue.busy = false;
                    queue.files = Some(files);
                    self.busy.send_if_modified(mem::take);
                    return;
                }
                mem::take(&mut queue.works)
            };
            self.write_all(&mut files, works);
        }
    }

    fn write_all(&self, files: &mut SmallFiles, works: Vec<Work>) {
        let mut put: Vec<(Work, Result<Small, Fault>)> = Vec::with_capacity(works.len());
        let mut unsynced: Option<PathBuf> = None;
        for work in works {
            let folder = work.spec.local_name.folder();
            if unsynced.as_ref().is_some_and(|last| last != folder) {
                sync_names(files, unsynced.take(), &mut put);
            }
            unsynced.get_or_insert_with(|| folder.to_owned());
            let written = unless_broken(|| files.put(&work.spec, &work.bytes));
            put.push((work, written));
        }
        sync_names(files, unsynced, &mut put);
        for (work, written) in put {
            self.tell(work, written);
        }
    }

    fn tell(&self, work: Work, written: Result<Small, Fault>) {
        let Work { bytes, asker, .. } = work;
        let (voice, done) = match asker {
            Asker::Loop(voice, done) => (voice, done),
            Asker::Hand(asker) => {
                // Whoever waited may be gone.
                let _ = asker.send(written);
                return;
            }
        };
        let is_written = written.is_ok();
        let event = match written {
            Ok(Small { temporary, kept, digest_matched }) => {
                self.downloaded.count(voice.kind, bytes.len() as u64);
                let finished = Finished { digest_matched, pieces_matched: false };
                Event::Brought(voice.transfer, Box::new(Brought { temporary, kept, finished, answer: None }))
            }
            Err(fault) => Event::DiskFailed(voice.transfer, fault),
        };
        if let Err(TrySendError::Full(report)) = self.reports.try_send(Report::Event(event)) {
            // The loop is behind, and nothing else may wait for it here.
            let reports = self.reports.clone();
            self.runtime.spawn(async move { reports.send(report).await });
        }
        if is_written {
            // Whoever waited may be gone.
            let _ = done.send(Written);
        }
    }
}

/// Puts the names of what was written on the disk; what is not there was not written.
fn sync_names(files: &mut SmallFiles, folder: Option<PathBuf>, put: &mut [(Work, Result<Small, Fault>)]) {
    let Some(folder) = folder else { return };
    if let Err(fault) = unless_broken(|| files.sync_names(&folder)) {
        let of_folder = put.iter_mut().filter(|(work, _)| work.spec.local_name.folder() == folder);
        of_folder.filter(|(_, written)| written.is_ok()).for_each(|(_, written)| {
            *written = Err(fault.clone());
        });
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::{Existing, LocalName, SourceKind};
    use bgcopy_disk::{Floor, Rights};
    use bgcopy_engine::TransferId;

    use super::*;
    use crate::metrics::Metrics;

    fn spec(folder: &std::path::Path, number: u64) -> SmallSpec {
        SmallSpec {
            local_name: LocalName::new(folder.join(format!("f{number}"))).unwrap(),
            mark: number.to_string(),
            rights: Rights::Own,
            existing: Existing::Replace,
            digest: None,
            floor: Floor::NONE,
            look: None,
        }
    }

    #[tokio::test]
    async fn every_file_is_told_of_once_and_those_that_fail_too() {
        let folder = tempfile::tempdir().unwrap();
        let (reports, mut told) = mpsc::channel(64);
        let keeper = Keeper::new(Handle::current(), reports, Metrics::new().downloaded());
        let mut done = Vec::new();
        for number in 0..20 {
            let place = if number == 7 { folder.path().join("gone") } else { folder.path().to_owned() };
            let (sender, receiver) = oneshot::channel();
            done.push(receiver);
            let bytes = Bytes::from(vec![7; 10]);
            let voice = Voice { transfer: TransferId(number), who: None, kind: SourceKind::Origin };
            let asker = Asker::Loop(voice, sender);
            keeper.put(Work { spec: spec(&place, number), bytes, asker });
        }
        keeper.rest().await;
        let (mut brought, mut failed) = (Vec::new(), Vec::new());
        while let Ok(Report::Event(event)) = told.try_recv() {
            match event {
                Event::Brought(transfer, brings) => {
                    assert_eq!(std::fs::read(brings.temporary).unwrap(), [7; 10]);
                    brought.push(transfer.0);
                }
                Event::DiskFailed(transfer, fault) => failed.push((transfer.0, fault.code)),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(brought, (0..20).filter(|number| *number != 7).collect::<Vec<_>>());
        assert_eq!(failed, [(7, Code::PathNotFound)]);
        for (number, receiver) in (0..).zip(done) {
            assert_eq!(receiver.await.ok(), (number != 7).then_some(Written));
        }
    }
}
