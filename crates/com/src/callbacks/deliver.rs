//! The calls: one after the other for each job, for up to four jobs at a time (spec 8.2).

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bgcopy_api::core::{FileIndex, FileStage, JobState, NotifyFlags};
use bgcopy_api::{Job, Notification};
use windows_core::{ComObject, HRESULT, Interface as _};

use super::{Notice, Registration, Wake, desk, is_current};
use crate::abi::interfaces::{IBackgroundCopyError, IBackgroundCopyFile6, IBackgroundCopyJob5};
use crate::guard::guard_or;
use crate::objects::error::JobError;
use crate::objects::file::File;
use crate::objects::job::{self as objects, ranges::to_abi};

/// "At most 4 notifications in flight per user" (spec 8.2).
const WORKERS_MAX: usize = 4;

/// A callback that failed is called again after this time, then after twice as long, and so on (spec 8.2, "at arbitrary
/// intervals").
const AGAIN_FIRST: Duration = Duration::from_secs(1);

/// And at least this often: one wake-up a minute for a client that keeps failing.
const AGAIN_MAX: Duration = Duration::from_secs(60);

/// What is to be told of a job, in order.
#[derive(Default)]
pub(super) struct Queue {
    notices: VecDeque<Notice>,
    /// A thread is at it, or will be.
    is_taken: bool,
    /// How long the last failure was waited for.
    again: Option<Duration>,
    /// The files that were told.
    told: BTreeSet<FileIndex>,
    /// What this object acted on. One that acted on nothing may stand for one that died after it had: "setting a new
    /// pointer delivers again" (spec 8.2).
    acted_on: Vec<Notification>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is through, or not wanted any more.
    Done,
    /// It is to be made again.
    Again,
}

/// Has something told; what is to be told anyhow is not told twice.
pub(super) fn enqueue(registration: &Arc<Registration>, notice: Notice) {
    let mut queue = registration.queue.lock().unwrap_or_else(PoisonError::into_inner);
    if queue.notices.contains(&notice) {
        return;
    }
    queue.notices.push_back(notice);
    let is_taken = std::mem::replace(&mut queue.is_taken, true);
    drop(queue);
    if !is_taken {
        work(registration.clone());
    }
}

/// A file starts again, and will be told again.
pub(super) fn forget(registration: &Registration, file: FileIndex) {
    registration.queue.lock().unwrap_or_else(PoisonError::into_inner).told.remove(&file);
}

/// Gives a job with something to tell to a thread.
pub(super) fn work(registration: Arc<Registration>) {
    let mut desk = desk();
    desk.ready.push_back(registration);
    if desk.workers < WORKERS_MAX {
        let spawned = std::thread::Builder::new().name("bgcopy-callback".to_owned()).spawn(worker);
        // Without a thread it waits for one of the others, or for the next notice.
        desk.workers += usize::from(spawned.is_ok());
    }
}

/// Tells until there is nothing to tell.
fn worker() {
    loop {
        let mut desk = desk();
        let Some(registration) = desk.ready.pop_front() else {
            desk.workers -= 1;
            return;
        };
        drop(desk);
        guard_or((), || tell_all(&registration));
    }
}

fn tell_all(registration: &Arc<Registration>) {
    loop {
        let mut queue = registration.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(notice) = queue.notices.front().cloned() else {
            queue.is_taken = false;
            return;
        };
        drop(queue);
        let told = if is_current(registration) { tell(registration, notice) } else { Told::Done };
        let mut queue = registration.queue.lock().unwrap_or_else(PoisonError::into_inner);
        match told {
            Told::Done => {
                queue.notices.pop_front();
                queue.again = None;
            }
            Told::Again => {
                let delay = queue.again.map_or(AGAIN_FIRST, |before| (before * 2).min(AGAIN_MAX));
                queue.again = Some(delay);
                drop(queue);
                desk().tell(Wake::Again(registration.clone(), delay));
                return;
            }
        }
    }
}

/// Makes one call, if it is still wanted.
fn tell(registration: &Registration, notice: Notice) -> Told {
    let Registration { service, job: id, listener, .. } = registration;
    let Ok(job) = service.ask(async |client| client.job(*id).await) else { return Told::Again };
    // "All come before JobTransferred and JobError" (spec 8.2, `FileTransferred`).
    let comes_after_files = matches!(notice, Notice::Files | Notice::Transferred | Notice::Error);
    if comes_after_files && tell_files(registration, &job) == Told::Again {
        return Told::Again;
    }
    let is_owed = |notification| {
        let queue = registration.queue.lock().unwrap_or_else(PoisonError::into_inner);
        job.unconfirmed.contains(&notification) || !queue.acted_on.contains(&notification)
    };
    let object: IBackgroundCopyJob5 =
        ComObject::new(objects::Job::new(service.clone(), *id)).into_interface();
    let is_wanted = |flag| wants(&job, flag);
    match notice {
        Notice::Transferred => {
            let is_due = job.state == JobState::Transferred && is_owed(Notification::JobTransferred);
            if !is_due || !is_wanted(NotifyFlags::JOB_TRANSFERRED) {
                return Told::Done;
            }
            // SAFETY: the client's object is alive, and ours is until the call returns.
            let answer = unsafe { listener.callback.JobTransferred(object.as_raw()) };
            settle(registration, answer, Notification::JobTransferred)
        }
        Notice::Error => {
            let is_due = job.state == JobState::Error && is_owed(Notification::JobError);
            let Some(info) = job.error.clone().filter(|_| is_due && is_wanted(NotifyFlags::JOB_ERROR)) else {
                return Told::Done;
            };
            let error: IBackgroundCopyError =
                ComObject::new(JobError::new(service.clone(), *id, info)).into_interface();
            // SAFETY: the client's object is alive, and ours are until the call returns.
            let answer = unsafe { listener.callback.JobError(object.as_raw(), error.as_raw()) };
            settle(registration, answer, Notification::JobError)
        }
        Notice::Modification => {
            if is_wanted(NotifyFlags::JOB_MODIFICATION) {
                // "Result ignored" (spec 8.2).
                // SAFETY: the client's object is alive, and ours is until the call returns.
                let _ = unsafe { listener.callback.JobModification(object.as_raw(), 0) };
            }
            Told::Done
        }
        Notice::File(index) => tell_file(registration, &job, index),
        Notice::Files => Told::Done,
        Notice::Ranges(index, ranges) => {
            let wanted =
                listener.of_ranges.as_ref().filter(|_| is_wanted(NotifyFlags::FILE_RANGES_TRANSFERRED));
            if let Some(of_ranges) = wanted {
                let file: IBackgroundCopyFile6 =
                    ComObject::new(File::new(service.clone(), *id, index)).into_interface();
                let ranges: Vec<_> = ranges.into_iter().map(to_abi).collect();
                let count = u32::try_from(ranges.len()).unwrap_or(u32::MAX);
                // What a client says to it is not documented; what is here it can ask for at any time.
                // SAFETY: the client's object is alive, and ours and the ranges are until the call returns.
                let _ = unsafe {
                    of_ranges.FileRangesTransferred(object.as_raw(), file.as_raw(), count, ranges.as_ptr())
                };
            }
            Told::Done
        }
    }
}

/// Tells of every file that is here and was not told to this object: of one that was registered late all of them (spec
/// 8.2, "an event that happened before registration is delivered after it").
fn tell_files(registration: &Registration, job: &Job) -> Told {
    let Registration { service, job: id, listener, .. } = registration;
    let is_any = job.progress.files_transferred > 0 && !job.state.is_final();
    if listener.of_files.is_none() || !is_any || !wants(job, NotifyFlags::FILE_TRANSFERRED) {
        return Told::Done;
    }
    let Ok(files) = service.ask(async |client| client.files(*id).await) else { return Told::Again };
    let mut here = files.iter().filter(|file| file.stage == FileStage::Transferred);
    let is_held_up = here.any(|file| tell_file(registration, job, file.index) == Told::Again);
    if is_held_up { Told::Again } else { Told::Done }
}

/// Tells of one file, if that is still to be done.
fn tell_file(registration: &Registration, job: &Job, index: FileIndex) -> Told {
    let Registration { service, job: id, listener, queue } = registration;
    let told = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    let of_files = listener.of_files.as_ref().filter(|_| wants(job, NotifyFlags::FILE_TRANSFERRED));
    let Some(of_files) = of_files.filter(|_| !told().told.contains(&index)) else { return Told::Done };
    let object: IBackgroundCopyJob5 =
        ComObject::new(objects::Job::new(service.clone(), *id)).into_interface();
    let file: IBackgroundCopyFile6 = ComObject::new(File::new(service.clone(), *id, index)).into_interface();
    // Before the call: what happens to the file in it counts.
    told().told.insert(index);
    // SAFETY: the client's object is alive, and ours are until the call returns.
    let answer = unsafe { of_files.FileTransferred(object.as_raw(), file.as_raw()) };
    // "A negative result means repeat", and until then the next file waits (spec 8.2).
    if answer.0 >= 0 {
        return Told::Done;
    }
    told().told.remove(&index);
    Told::Again
}

/// Whether the flags of a job ask for a notification (spec 8.1).
fn wants(job: &Job, flag: NotifyFlags) -> bool {
    let flags = NotifyFlags::from_bits_truncate(job.settings.notify_flags);
    flags.contains(flag) && !flags.contains(NotifyFlags::DISABLE)
}

/// "Any return other than S_OK means repeat" (spec 8.2); what was acted on is confirmed.
fn settle(registration: &Registration, answer: HRESULT, notification: Notification) -> Told {
    if answer != HRESULT(0) {
        return Told::Again;
    }
    registration.queue.lock().unwrap_or_else(PoisonError::into_inner).acted_on.push(notification);
    // A callback that ended the job leaves nothing to confirm; a service that went away tells it again.
    let _ = registration.service.ask(async |client| client.confirm(registration.job, notification).await);
    Told::Done
}
