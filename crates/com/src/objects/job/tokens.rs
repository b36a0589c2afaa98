//! `IBitsTokenOptions` (spec 7.8): "a Linux build may answer E_NOTIMPL throughout". A service acts for the user whom the
//! kernel names, and for nobody else.

use bgcopy_api::core::catalogue::codes::E_NOTIMPL;
use windows_core::HRESULT;

use super::Job_Impl;
use crate::abi::interfaces::IBitsTokenOptions_Impl;
use crate::guard::{Fail, Out, guard};

impl IBitsTokenOptions_Impl for Job_Impl {
    unsafe fn SetHelperTokenFlags(&self, _usage_flags: u32) -> HRESULT {
        guard(|| Err(Fail(E_NOTIMPL)))
    }

    unsafe fn GetHelperTokenFlags(&self, flags: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(flags) }.and(Err(Fail(E_NOTIMPL))))
    }

    unsafe fn SetHelperToken(&self) -> HRESULT {
        guard(|| Err(Fail(E_NOTIMPL)))
    }

    unsafe fn ClearHelperToken(&self) -> HRESULT {
        guard(|| Err(Fail(E_NOTIMPL)))
    }

    unsafe fn GetHelperTokenSid(&self, sid: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(sid) }.and(Err(Fail(E_NOTIMPL))))
    }
}
