//! Notifications (spec 8): which object is told of which job, and how it is told.
//!
//! The service knows what is owed to whom and tells it in its event stream, what was missed first; the objects live in this
//! process. One thread, for as long as anything is registered, follows the stream ([`listen`]); calls are made by up to four
//! threads ([`deliver`]), no two of them for one job, with no lock held: a callback may do anything, registering included.
//! A notification is confirmed to the service when the callback returned `S_OK`, so what a client has not acted on is told
//! again, to whatever client registers next (spec 8.2, "at least once").
//!
//! Who has the last word on certificates ([`examine`]) is registered here, too, and hears of questions by the same stream.

mod deliver;
pub(crate) mod examine;
mod listen;
mod pkcs7;

use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bgcopy_api::FileRange;
use bgcopy_api::core::catalogue::codes::{E_NOINTERFACE, E_OUTOFMEMORY};
use bgcopy_api::core::{FileIndex, JobId};
use tokio::sync::mpsc::UnboundedSender;
use windows_core::{IUnknown, Interface as _};

use crate::abi::interfaces::{IBackgroundCopyCallback, IBackgroundCopyCallback2, IBackgroundCopyCallback3};
use crate::guard::{Answer, Fail, OK};
use crate::service::Service;
use examine::Examiner;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Notice {
    /// `FileTransferred`.
    File(FileIndex),
    /// `FileTransferred` of every file that was there before the object.
    Files,
    /// `FileRangesTransferred`.
    Ranges(FileIndex, Vec<FileRange>),
    /// `JobTransferred`.
    Transferred,
    /// `JobError`.
    Error,
    /// `JobModification`.
    Modification,
}

/// The client's object, with the interfaces it has.
struct Listener {
    unknown: IUnknown,
    callback: IBackgroundCopyCallback,
    of_files: Option<IBackgroundCopyCallback2>,
    of_ranges: Option<IBackgroundCopyCallback3>,
}

// SAFETY: there are no apartments here: a client that hands an object to this library agrees that it is called from other
// threads, as an object in the multithreaded apartment is.
unsafe impl Send for Listener {}
// SAFETY: as above.
unsafe impl Sync for Listener {}

/// A job, and who is told of it.
struct Registration {
    service: Arc<Service>,
    job: JobId,
    listener: Listener,
    queue: Mutex<deliver::Queue>,
}

/// What the stream's thread is told.
enum Wake {
    /// Look at what is owed for this job: it was just registered.
    Look(JobId),
    /// Tell this one again later.
    Again(Arc<Registration>, std::time::Duration),
    /// Something was removed: it may be time to leave.
    Removed,
}

/// Everything that is registered in this process.
#[derive(Default)]
struct Desk {
    jobs: HashMap<JobId, Arc<Registration>>,
    examiners: HashMap<JobId, Arc<Examiner>>,
    wake: Option<UnboundedSender<Wake>>,
    ready: VecDeque<Arc<Registration>>,
    workers: usize,
}

static DESK: LazyLock<Mutex<Desk>> = LazyLock::new(Mutex::default);

fn desk() -> MutexGuard<'static, Desk> {
    DESK.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Nothing is left to be told of.
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.examiners.is_empty()
    }

    /// Has the stream followed.
    fn ensure_listening(&mut self, service: &Service) -> std::io::Result<()> {
        if self.wake.is_none() {
            let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
            listen::start(service.client(), receiver)?;
            self.wake = Some(sender);
        }
        Ok(())
    }

    /// Tells the stream's thread, where there is one.
    fn tell(&self, wake: Wake) {
        if let Some(sender) = &self.wake {
            // A thread that has left took the sender along before.
            let _ = sender.send(wake);
        }
    }
}

/// Registers an object for a job, in place of the one before; NULL removes (`SetNotifyInterface`, spec 7.2, 8.2).
///
/// # Safety
///
/// The pointer must be NULL or an object.
pub(crate) unsafe fn register(service: &Arc<Service>, job: JobId, object: *mut c_void) -> Answer {
    // SAFETY: as the caller promises.
    let Some(unknown) = (unsafe { IUnknown::from_raw_borrowed(&object) }) else {
        remove(job);
        return OK;
    };
    let callback = unknown.cast::<IBackgroundCopyCallback>().map_err(|_| Fail(E_NOINTERFACE))?;
    let listener = Listener {
        unknown: unknown.clone(),
        callback,
        of_files: unknown.cast().ok(),
        of_ranges: unknown.cast().ok(),
    };
    let queue = Mutex::default();
    let registration = Registration { service: service.clone(), job, listener, queue };
    enter(service, job, Arc::new(registration), |desk| &mut desk.jobs)
}

/// Who is registered for jobs in one of the lists of the desk.
type Those<T> = fn(&mut Desk) -> &mut HashMap<JobId, Arc<T>>;

/// Puts somebody into a list, in place of the one before.
fn enter<T>(service: &Service, job: JobId, somebody: Arc<T>, those: Those<T>) -> Answer {
    let mut desk = desk();
    let before = those(&mut desk).insert(job, somebody);
    if desk.ensure_listening(service).is_err() {
        let failed = those(&mut desk).remove(&job);
        drop(desk);
        drop((before, failed));
        return Err(Fail(E_OUTOFMEMORY));
    }
    desk.tell(Wake::Look(job));
    drop(desk);
    // Releasing the client's object runs its code, which may come back here.
    drop(before);
    OK
}

/// Takes whoever is there out of a list.
fn leave<T>(job: JobId, those: Those<T>) {
    let mut desk = desk();
    let removed = those(&mut desk).remove(&job);
    if removed.is_some() {
        desk.tell(Wake::Removed);
    }
    drop(desk);
    // As above.
    drop(removed);
}

/// The object of a job, with a reference for the caller; NULL where there is none.
pub(crate) fn registered(job: JobId) -> *mut c_void {
    let unknown = desk().jobs.get(&job).map(|registration| registration.listener.unknown.clone());
    unknown.map_or(std::ptr::null_mut(), IUnknown::into_raw)
}

/// A job ended: its objects are let go of.
pub(crate) fn end(job: JobId) {
    remove(job);
    examine::remove(job);
}

/// Forgets the object of a job.
fn remove(job: JobId) {
    leave(job, |desk| &mut desk.jobs);
}

/// Whether this is still who is told of its job.
fn is_current(registration: &Arc<Registration>) -> bool {
    desk().jobs.get(&registration.job).is_some_and(|current| Arc::ptr_eq(current, registration))
}
