//! `IDODownload` (do-download 4, 6.2): a job of one file, seen as a download. What a client says before Start is kept by this
//! process ([`draft`]), for a job takes its file whole.

mod draft;
mod list;
mod properties;
pub(crate) mod sinks;
mod start;
mod stream;
pub(crate) mod streams;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bgcopy_api::core::catalogue::codes::{DO_E_INTEGRITYCHECKINFO_UNAVAILABLE, DO_E_INVALID_STATE};
use bgcopy_api::core::{Existing, Family, Hresult, JobId, RemoteName};
use bgcopy_api::download::{Download as Seen, DownloadMethod, DownloadStep};
use bgcopy_api::{CreateJob, ErrorInfo, FileIndex, Job, Patch, SetSettings};
use uuid::Uuid;
use windows_core::{HRESULT, Interface as _, implement};

pub(crate) use list::list;
pub(crate) use properties::{integrity, json};

use super::manager::preconfigured;
use crate::abi::interfaces::{IDODownload, IDODownload_Impl};
use crate::abi::types::{DO_DOWNLOAD_RANGES_INFO, DO_DOWNLOAD_STATUS, VARIANT};
use crate::exports::guid::to_uuid;
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::service::Service;
use draft::Draft;

/// What marks the job of a download among other jobs: its class for notifications is the class of downloads, which nobody
/// else names, since nothing can be created from it.
fn mark() -> Uuid {
    to_uuid(crate::abi::classes::DELIVERY_OPTIMIZATION)
}

/// The file of a download.
const FILE: FileIndex = FileIndex(0);

/// The name of a download that nobody named.
const UNNAMED: &str = "Delivery Optimization download";

/// A download: its job, and what its client said.
#[implement(IDODownload)]
pub(crate) struct Download {
    service: Arc<Service>,
    id: JobId,
    draft: Arc<Mutex<Draft>>,
}

impl Download {
    /// The download of a job.
    pub(crate) fn new(service: Arc<Service>, id: JobId) -> Self {
        Self { service, id, draft: draft::of(id) }
    }

    /// A new one (`CreateDownload`). It replaces nothing that is there (do-download 7.1).
    pub(crate) fn create(service: &Arc<Service>) -> Answer<Self> {
        let proxies = preconfigured();
        let wanted = CreateJob {
            family: Family::Do,
            settings: SetSettings {
                proxy: Some(proxies.settings()),
                notification_clsid: Patch::Set(mark()),
                existing: Some(Existing::Refuse),
                ..SetSettings::default()
            },
            credentials: proxies.new_credentials().collect(),
            ..CreateJob::named(UNNAMED)
        };
        let made = service.ask(async |client| client.create_job(&wanted, None).await)?;
        Ok(Self::new(service.clone(), made.id))
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> Answer<Job> {
        self.service.ask(async |client| client.job(self.id).await)
    }

    /// What a method asks of the job now.
    fn step(&self, method: DownloadMethod) -> Answer<DownloadStep> {
        look(&self.view()?, &self.draft()).0.step(method).ok_or(Fail(DO_E_INVALID_STATE))
    }

    /// Pauses it; a stream is not written to any more when this returns, but for a call that is under way.
    fn pause(&self) -> Answer {
        let step = self.step(DownloadMethod::Pause)?;
        if step == DownloadStep::Suspend {
            let mut draft = self.draft();
            draft.flow.as_mut().into_iter().for_each(stream::Flow::pause);
            draft.tell();
        }
        self.perform(step)
    }

    /// The status now.
    fn status(&self, job: &Job) -> Answer<DO_DOWNLOAD_STATUS> {
        // Whether the check could be made is known of the file; it stays so.
        let asks = {
            let draft = self.draft();
            draft.integrity.is_some() && !draft.is_mandatory && !draft.is_unchecked
        };
        if asks && job.progress.files_total > 0 {
            let file = self.service.ask(async |client| client.file(self.id, FILE).await)?;
            self.draft().is_unchecked = file.manifest.is_some_and(|manifest| manifest.forgone);
        }
        Ok(status(job, &self.draft()))
    }

    fn perform(&self, step: DownloadStep) -> Answer {
        match step {
            DownloadStep::Nothing => {}
            DownloadStep::Begin | DownloadStep::Resume => {
                self.service.ask(async |client| client.resume(self.id).await)?;
            }
            DownloadStep::Suspend => {
                self.service.ask(async |client| client.suspend(self.id).await)?;
            }
            DownloadStep::Complete => {
                self.service.ask(async |client| client.complete(self.id).await)?;
                self.end();
            }
            DownloadStep::Cancel => {
                self.service.ask(async |client| client.cancel(self.id).await)?;
                self.end();
            }
        }
        OK
    }

    /// Lets go of what was said, of the client's stream, and of what was kept for it.
    fn end(&self) {
        draft::forget(self.id);
        let mut draft = self.draft();
        let flow = draft.flow.take();
        draft.taken = flow.as_ref().map(stream::Flow::taken).or(draft.taken);
        draft.tell();
        drop(draft);
        if flow.is_some() {
            streams::remove(self.id);
        }
        // Releasing the client's object runs its code, which may come back here.
        drop(flow);
    }
}

/// How a download looks, and the code of its stream where that failed.
fn look<'a>(job: &'a Job, draft: &Draft) -> (Seen<'a>, Option<Hresult>) {
    let seen = Seen::of(job);
    match &draft.flow {
        Some(flow) => flow.look(job, seen),
        None => (Seen { bytes_transferred: draft.taken.unwrap_or(seen.bytes_transferred), ..seen }, None),
    }
}

/// `Error` and `ExtendedError`. Where it is the list to check against that cannot be had, the first says so, and the
/// second why ("Mandatory ⇒ `DO_E_INTEGRITYCHECKINFO_UNAVAILABLE`", do-download 8.3).
fn codes(seen: &Seen<'_>, draft: &Draft) -> (Hresult, Hresult) {
    let (error, extended) = seen.codes();
    let list = draft.integrity.as_ref().filter(|_| draft.is_mandatory);
    match seen.error.zip(list).is_some_and(|(error, list)| is_about_list(error, &list.url)) {
        true => (DO_E_INTEGRITYCHECKINFO_UNAVAILABLE, error),
        false => (error, extended),
    }
}

/// Whether it is the document at this address that could not be had.
pub(crate) fn is_about_list(error: &ErrorInfo, url: &str) -> bool {
    let list = url.parse::<RemoteName>().ok();
    list.is_some_and(|list| error.source.as_deref() == Some(list.redacted().as_str()))
}

/// The status of a download as the headers have it.
fn status(job: &Job, draft: &Draft) -> DO_DOWNLOAD_STATUS {
    let (seen, failed) = look(job, draft);
    let (error, extended) = codes(&seen, draft);
    let is_good = error == Hresult::S_OK && extended == Hresult::S_OK;
    // It goes on without the check that was asked for, and says so (do-download 8.3, "not mandatory").
    let extended = if draft.is_unchecked && is_good { DO_E_INTEGRITYCHECKINFO_UNAVAILABLE } else { extended };
    let code = |code: Hresult| HRESULT(code.0.cast_signed());
    DO_DOWNLOAD_STATUS {
        BytesTotal: seen.bytes_total.saturating_sub(draft.before),
        BytesTransferred: seen.bytes_transferred.saturating_sub(draft.before),
        State: seen.state.number(),
        Error: code(failed.unwrap_or(error)),
        ExtendedError: code(extended),
    }
}

impl IDODownload_Impl for Download_Impl {
    unsafe fn Start(&self, ranges: *const DO_DOWNLOAD_RANGES_INFO) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.start(unsafe { start::ranges(ranges) }?))
    }

    unsafe fn Pause(&self) -> HRESULT {
        guard(|| self.pause())
    }

    unsafe fn Abort(&self) -> HRESULT {
        guard(|| self.perform(self.step(DownloadMethod::Abort)?))
    }

    unsafe fn Finalize(&self) -> HRESULT {
        guard(|| self.perform(self.step(DownloadMethod::Finalize)?))
    }

    unsafe fn GetStatus(&self, place: *mut DO_DOWNLOAD_STATUS) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(place) }?;
            place.set(self.status(&self.view()?)?)
        })
    }

    unsafe fn GetProperty(&self, id: u32, value: *mut VARIANT) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says; zeros are an empty variant.
        guard(|| unsafe { Out::new(value) }?.set(self.property(id)?))
    }

    unsafe fn SetProperty(&self, id: u32, value: *const VARIANT) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { self.set_property(id, value) })
    }
}

/// The object of a client that is told, as any thread may use it.
struct Told(crate::abi::interfaces::IDODownloadStatusCallback);

// SAFETY: there are no apartments here: a client that hands an object to this library agrees that it is called from other
// threads, as an object in the multithreaded apartment is.
unsafe impl Send for Told {}

impl Clone for Told {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Told {
    /// The object of a client, where it is one that can be told.
    ///
    /// # Safety
    ///
    /// The pointer must be NULL or an object.
    unsafe fn of(raw: *mut std::ffi::c_void) -> Answer<Option<Self>> {
        // SAFETY: as the caller promises.
        let Some(unknown) = (unsafe { windows_core::IUnknown::from_raw_borrowed(&raw) }) else {
            return Ok(None);
        };
        let no_interface = Fail(bgcopy_api::core::catalogue::codes::E_NOINTERFACE);
        unknown.cast().map(|callback| Some(Self(callback))).map_err(|_| no_interface)
    }
}
