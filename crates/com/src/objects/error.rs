//! The error object: why a job is stuck, as it was when it was asked for (spec 6).

use std::ffi::c_void;
use std::sync::Arc;

use bgcopy_api::ErrorInfo;
use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, ERROR_RESOURCE_LANG_NOT_FOUND};
use bgcopy_api::core::catalogue::{describe, describe_context};
use bgcopy_api::core::{Hresult, JobId, Language, Refusal};
use windows_core::{HRESULT, implement};

use super::file::File;
use super::give;
use crate::abi::interfaces::{IBackgroundCopyError, IBackgroundCopyError_Impl, IBackgroundCopyFile6};
use crate::guard::{Answer, Fail, Out, guard};
use crate::service::Service;
use crate::text;

/// An error of a job.
#[implement(IBackgroundCopyError)]
pub(crate) struct JobError {
    service: Arc<Service>,
    job: JobId,
    info: ErrorInfo,
}

impl JobError {
    /// The error that a job had.
    pub(crate) const fn new(service: Arc<Service>, job: JobId, info: ErrorInfo) -> Self {
        Self { service, job, info }
    }
}

/// The language of a LANGID (spec 6.5): 0 is `E_INVALIDARG`, one without texts 0x80070717.
fn language(id: u32) -> Answer<Language> {
    if id == 0 {
        return Err(Fail(E_INVALIDARG));
    }
    Language::from_langid(id).ok_or(Fail(ERROR_RESOURCE_LANG_NOT_FOUND))
}

/// Gives the text of a code (`GetErrorDescription`).
///
/// # Safety
///
/// The place must be NULL or good for writing.
pub(super) unsafe fn give_description(code: Hresult, language_id: u32, place: *mut *mut u16) -> Answer {
    // SAFETY: as the caller promises.
    let place = unsafe { Out::new(place) }?;
    text::give(place, &describe(code, language(language_id)?))
}

impl IBackgroundCopyError_Impl for JobError_Impl {
    unsafe fn GetError(&self, context: *mut u32, code: *mut HRESULT) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe {
            let (context, code) = (Out::new(context)?, Out::new(code)?);
            context.set(self.info.context.number())?;
            code.set(HRESULT(self.info.hresult.0.cast_signed()))
        })
    }

    unsafe fn GetFile(&self, file: *mut *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(file) }?;
            let Some(file) = &self.info.file else { return Err(self.service.fail(&Refusal::NoFileInError)) };
            give::<IBackgroundCopyFile6, _>(place, File::new(self.service.clone(), self.job, file.index))
        })
    }

    unsafe fn GetErrorDescription(&self, language_id: u32, description: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { give_description(self.info.hresult, language_id, description) })
    }

    unsafe fn GetErrorContextDescription(&self, language_id: u32, description: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(description) }?;
            text::give(place, describe_context(self.info.context, language(language_id)?))
        })
    }

    unsafe fn GetProtocol(&self, protocol: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(protocol) }?;
            match &self.info.protocol {
                Some(protocol) => text::give(place, protocol),
                None => Err(self.service.fail(&Refusal::NoProtocolInError)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_without_texts_and_none_are_told_apart() {
        assert_eq!(language(0), Err(Fail(E_INVALIDARG)));
        assert_eq!(language(0x0407), Err(Fail(ERROR_RESOURCE_LANG_NOT_FOUND)));
        assert_eq!(language(0x0409), Ok(Language::English));
        assert_eq!(language(0x0C0C), Ok(Language::French));
    }
}
