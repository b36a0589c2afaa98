//! `IBackgroundCopyJob` (spec 7.2).

use std::ffi::c_void;

use bgcopy_api::core::catalogue::codes::{DO_E_INTEGRITYCHECKINFO_UNAVAILABLE, E_INVALIDARG, E_NOTIMPL};
use bgcopy_api::core::{Family, JobState, NotifyFlags, Priority, Refusal};
use bgcopy_api::{ErrorInfo, SetJob};
use windows_core::{GUID, HRESULT};

use super::Job_Impl;
use crate::abi::interfaces::{IBackgroundCopyError, IBackgroundCopyJob_Impl, IEnumBackgroundCopyFiles};
use crate::abi::types::{BG_FILE_INFO, BG_JOB_PROGRESS, BG_JOB_TIMES};
use crate::callbacks;
use crate::exports::guid::from_uuid;
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::objects::download::{is_about_list, sinks};
use crate::objects::enumerate::Files;
use crate::objects::error::JobError;
use crate::objects::file::size;
use crate::objects::give;
use crate::objects::times::filetime;
use crate::text;

impl IBackgroundCopyJob_Impl for Job_Impl {
    unsafe fn AddFileSet(&self, file_count: u32, file_set: *mut BG_FILE_INFO) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.add_set(file_count, file_set) })
    }

    unsafe fn AddFile(&self, remote_url: *const u16, local_name: *const u16) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.add_file(remote_url, local_name) })
    }

    unsafe fn EnumFiles(&self, list: *mut *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(list) }?;
            let files = self.service.ask(async |client| client.files(self.id).await)?;
            let indices = files.iter().map(|file| file.index).collect();
            give::<IEnumBackgroundCopyFiles, _>(place, Files::new(self.service.clone(), self.id, indices))
        })
    }

    unsafe fn Suspend(&self) -> HRESULT {
        guard(|| {
            self.service.ask(async |client| client.suspend(self.id).await)?;
            sinks::pause(self.id);
            OK
        })
    }

    unsafe fn Resume(&self) -> HRESULT {
        guard(|| {
            self.service.ask(async |client| client.resume(self.id).await)?;
            sinks::flow(&self.service, self.id)?;
            OK
        })
    }

    unsafe fn Cancel(&self) -> HRESULT {
        guard(|| {
            let outcome = self.service.ask(async |client| client.cancel(self.id).await)?;
            sinks::end(self.id);
            callbacks::end(self.id);
            Ok(outcome.hresult)
        })
    }

    unsafe fn Complete(&self) -> HRESULT {
        guard(|| {
            sinks::drain(&self.service, self.id)?;
            let outcome = self.service.ask(async |client| client.complete(self.id).await)?;
            sinks::end(self.id);
            callbacks::end(self.id);
            Ok(outcome.hresult)
        })
    }

    unsafe fn GetId(&self, value: *mut GUID) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set(from_uuid(self.id.uuid())))
    }

    unsafe fn GetType(&self, value: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set(self.view()?.kind.number()))
    }

    unsafe fn GetProgress(&self, value: *mut BG_JOB_PROGRESS) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let progress = self.view()?.progress;
            place.set(BG_JOB_PROGRESS {
                BytesTotal: size(progress.bytes_total),
                BytesTransferred: progress.bytes_transferred,
                FilesTotal: progress.files_total,
                FilesTransferred: progress.files_transferred,
            })
        })
    }

    unsafe fn GetTimes(&self, value: *mut BG_JOB_TIMES) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let times = self.view()?.times;
            place.set(BG_JOB_TIMES {
                CreationTime: filetime(Some(times.creation)),
                ModificationTime: filetime(Some(times.modification)),
                TransferCompletionTime: filetime(times.transfer_completion),
            })
        })
    }

    unsafe fn GetState(&self, value: *mut u32) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let state = match (self.view()?.state, self.service.family()) {
                // DO does not know Connecting (spec 5.4 e).
                (JobState::Connecting, Family::Do) => JobState::Transferring,
                (state, _) => state,
            };
            place.set(state.number())
        })
    }

    unsafe fn GetError(&self, error: *mut *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(error) }?;
            let job = self.view()?;
            // One answer for a job that ended, too: there is no error to tell of (spec 6.1).
            let info = job.error.filter(|_| !job.state.is_final());
            let info = info.ok_or_else(|| self.service.fail(&Refusal::NoError { state: job.state }))?;
            let info = self.of_list(info)?;
            give::<IBackgroundCopyError, _>(place, JobError::new(self.service.clone(), self.id, info))
        })
    }

    unsafe fn GetOwner(&self, value: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| text::give(unsafe { Out::new(value) }?, &self.view()?.owner))
    }

    unsafe fn SetDisplayName(&self, value: *const u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let display_name = Some(unsafe { text::required(value) }?);
            self.change(&SetJob { display_name, ..SetJob::default() })
        })
    }

    unsafe fn GetDisplayName(&self, value: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| text::give(unsafe { Out::new(value) }?, &self.view()?.display_name))
    }

    unsafe fn SetDescription(&self, value: *const u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let description = Some(unsafe { text::required(value) }?);
            self.change(&SetJob { description, ..SetJob::default() })
        })
    }

    unsafe fn GetDescription(&self, value: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| text::give(unsafe { Out::new(value) }?, &self.view()?.description))
    }

    unsafe fn SetPriority(&self, value: u32) -> HRESULT {
        guard(|| {
            let priority = Some(Priority::from_number(value).ok_or(Fail(E_NOTIMPL))?);
            self.change(&SetJob { priority, ..SetJob::default() })
        })
    }

    unsafe fn GetPriority(&self, value: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set(self.view()?.priority.number()))
    }

    unsafe fn SetNotifyFlags(&self, value: u32) -> HRESULT {
        guard(|| {
            NotifyFlags::from_bits(value).ok_or(Fail(E_NOTIMPL))?;
            self.set_notify_flags(value)
        })
    }

    unsafe fn GetNotifyFlags(&self, value: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set(self.view()?.settings.notify_flags))
    }

    unsafe fn SetNotifyInterface(&self, value: *mut c_void) -> HRESULT {
        guard(|| {
            let state = self.view()?.state;
            if state.is_final() {
                return Err(self.service.fail(&Refusal::InvalidState { state, request: "be listened to" }));
            }
            // SAFETY: the caller's pointer is NULL or an object.
            unsafe { callbacks::register(&self.service, self.id, value) }
        })
    }

    unsafe fn GetNotifyInterface(&self, value: *mut *mut c_void) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set(callbacks::registered(self.id)))
    }

    unsafe fn SetMinimumRetryDelay(&self, seconds: u32) -> HRESULT {
        guard(|| self.set_minimum_retry_delay(seconds))
    }

    unsafe fn GetMinimumRetryDelay(&self, seconds: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(seconds) }?.set(self.minimum_retry_delay()?))
    }

    unsafe fn SetNoProgressTimeout(&self, seconds: u32) -> HRESULT {
        guard(|| self.set_no_progress_timeout(seconds))
    }

    unsafe fn GetNoProgressTimeout(&self, seconds: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(seconds) }?.set(self.no_progress_timeout()?))
    }

    unsafe fn GetErrorCount(&self, errors: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(errors) }?.set(self.view()?.error_count))
    }

    unsafe fn SetProxySettings(&self, usage: u32, list: *const u16, bypass: *const u16) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| self.set_proxy(usage, unsafe { text::optional(list) }?, unsafe { text::optional(bypass) }?))
    }

    unsafe fn GetProxySettings(
        &self,
        usage: *mut u32,
        list: *mut *mut u16,
        bypass: *mut *mut u16,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let places = unsafe { (Out::new(usage)?, Out::new(list)?, Out::new(bypass)?) };
            self.give_proxy(places)
        })
    }

    unsafe fn TakeOwnership(&self) -> HRESULT {
        guard(|| self.service.ask(async |client| client.take_ownership(self.id).await).and(OK))
    }
}

impl super::Job {
    /// The error as the class tells it: where it is the list to check a file against that cannot be had, it says so
    /// ("info not retrievable ⇒ `DO_E_INTEGRITYCHECKINFO_UNAVAILABLE`", spec 10).
    fn of_list(&self, info: ErrorInfo) -> Answer<ErrorInfo> {
        let Some(file) = info.file.as_ref().filter(|_| self.service.family() == Family::Do) else {
            return Ok(info);
        };
        let index = file.index;
        let file = self.service.ask(async |client| client.file(self.id, index).await)?;
        let list = file.manifest.filter(|list| !list.optional);
        let hresult = match list.is_some_and(|list| is_about_list(&info, &list.url)) {
            true => DO_E_INTEGRITYCHECKINFO_UNAVAILABLE,
            false => info.hresult,
        };
        Ok(ErrorInfo { hresult, ..info })
    }
}

/// What a NULL or empty argument is told.
pub(super) const INVALID: Fail = Fail(E_INVALIDARG);
