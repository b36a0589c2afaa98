//! Streams of files of jobs (`DOFilePropertyId_DownloadSinkInterface`; spec 4.3): as those of downloads, with the job's own
//! methods. They are known to the process that set them. The job is Transferred when its files are here, and Complete
//! waits until the streams took them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bgcopy_api::core::{FileIndex, FileStage, JobId};
use bgcopy_api::{EventFilter, SetFile};

use super::draft::Draft;
use super::stream::{self, Flow, Stream};
use super::streams;
use crate::abi::types::VARIANT;
use crate::guard::{Answer, Fail};
use crate::service::Service;

type Sinks = BTreeMap<(JobId, FileIndex), Arc<Mutex<Draft>>>;

static SINKS: Mutex<Sinks> = Mutex::new(BTreeMap::new());

fn sinks() -> MutexGuard<'static, Sinks> {
    SINKS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(draft: &Mutex<Draft>) -> MutexGuard<'_, Draft> {
    draft.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The streams of a job.
fn of_job(id: JobId) -> Vec<(FileIndex, Arc<Mutex<Draft>>)> {
    let all = sinks();
    all.iter().filter(|((job, _), _)| *job == id).map(|((_, index), draft)| (*index, draft.clone())).collect()
}

/// Whether a file has one.
pub(crate) fn has(id: JobId, index: FileIndex) -> bool {
    sinks().contains_key(&(id, index))
}

/// The stream of a file, for the client that set it.
pub(crate) fn get(id: JobId, index: FileIndex) -> Option<VARIANT> {
    let draft = sinks().get(&(id, index)).cloned()?;
    let draft = lock(&draft);
    draft.flow.as_ref().map(|flow| VARIANT::object(&flow.stream().0))
}

/// Gives a file a stream in place of a path, or of the stream before.
///
/// # Safety
///
/// The pointer must be NULL or an object.
pub(crate) unsafe fn set(
    service: &Arc<Service>,
    id: JobId,
    index: FileIndex,
    raw: *mut std::ffi::c_void,
) -> Answer<()> {
    // SAFETY: as the caller promises.
    let stream = unsafe { Stream::of(raw) }?.ok_or(super::properties::INVALID)?;
    let known = sinks().get(&(id, index)).cloned();
    if let Some(draft) = known {
        let before = lock(&draft).flow.as_mut().map(|flow| flow.replace(stream));
        // Releasing the client's object runs its code, which may come back here.
        drop(before);
        return Ok(());
    }
    let place = streams::make(service, id, index)?;
    let (local_name, local_name_bytes) = bgcopy_api::name::path_to_wire(&place);
    let changes = SetFile { local_name: Some(local_name), local_name_bytes, ..SetFile::default() };
    service.ask(async |client| client.set_file(id, index, &changes).await)?;
    let draft = Draft::into_stream(Flow::new(stream));
    sinks().insert((id, index), Arc::new(Mutex::new(draft)));
    Ok(())
}

/// The job runs: what comes is written.
pub(crate) fn flow(service: &Arc<Service>, id: JobId) -> Answer<()> {
    of_job(id).iter().try_for_each(|(index, draft)| stream::start(service, id, *index, draft))
}

/// The job rests; no stream is written to any more when this returns, but for a call that is under way.
pub(crate) fn pause(id: JobId) {
    for (_, draft) in of_job(id) {
        let mut draft = lock(&draft);
        draft.flow.as_mut().into_iter().for_each(Flow::pause);
        draft.tell();
    }
}

/// Until the streams of a job took what is here, or one refused: the code that it did so with.
pub(crate) fn drain(service: &Arc<Service>, id: JobId) -> Answer<()> {
    of_job(id).iter().try_for_each(|(index, draft)| {
        // What is not whole is not kept (`Complete`).
        let file = service.ask(async |client| client.file(id, *index).await)?;
        if file.stage != FileStage::Transferred {
            return Ok(());
        }
        let news = lock(draft).news();
        stream::start(service, id, *index, draft)?;
        let filter = EventFilter { job: vec![id], ..EventFilter::default() };
        service.follow(async |client| {
            // Who waits hears of it when the service goes: the thread that writes waits for the next one.
            let (mut events, mut news) = (client.events(filter.clone()).await?, news.clone());
            loop {
                {
                    let draft = lock(draft);
                    let Some(flow) = &draft.flow else { return Ok(Ok(())) };
                    if let Some(code) = flow.refused() {
                        return Ok(Err(Fail(code)));
                    }
                    if file.progress.bytes_total == Some(flow.taken()) {
                        return Ok(Ok(()));
                    }
                }
                tokio::select! {
                    event = events.next() => drop(event?),
                    _ = news.changed() => {}
                }
            }
        })?
    })
}

/// The job ended: its streams are let go of, and what was kept for them goes.
pub(crate) fn end(id: JobId) {
    let gone = of_job(id);
    if gone.is_empty() {
        return;
    }
    sinks().retain(|(job, _), _| *job != id);
    for (_, draft) in gone {
        let mut draft = lock(&draft);
        let flow = draft.flow.take();
        draft.tell();
        drop(draft);
        // Releasing the client's object runs its code, which may come back here.
        drop(flow);
    }
    streams::remove(id);
}
