//! `IDeliveryOptimizationJob` and `2` (spec 4.4, 7.12).

use std::ffi::c_void;

use bgcopy_api::core::Refusal;
use bgcopy_api::core::catalogue::codes::{E_NOINTERFACE, E_UNEXPECTED};
use windows_core::{GUID, HRESULT, Interface as _};

use super::Job_Impl;
use super::background::INVALID;
use crate::abi::enums::DOJobPropertyId_ExtendedErrorInfo;
use crate::abi::interfaces::{
    IDeliveryOptimizationFile, IDeliveryOptimizationJob_Impl, IDeliveryOptimizationJob2_Impl,
};
use crate::abi::types::{BG_FILE_RANGE, VARIANT};
use crate::guard::{Fail, Out, guard};
use crate::objects::file::File;
use crate::objects::give;

impl IDeliveryOptimizationJob_Impl for Job_Impl {
    unsafe fn AddFileWithRanges(
        &self,
        file_id: *const u16,
        remote_url: *const u16,
        local_name: *const u16,
        range_count: u32,
        ranges: *mut BG_FILE_RANGE,
        file_size: u64,
    ) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe {
            self.add_content(file_id, remote_url, local_name, (range_count, ranges), file_size)
        })
    }
}

impl IDeliveryOptimizationJob2_Impl for Job_Impl {
    unsafe fn AddFile(
        &self,
        file_id: *const u16,
        remote_url: *const u16,
        range_count: u32,
        ranges: *mut BG_FILE_RANGE,
        riid: *const GUID,
        object: *mut *mut c_void,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(object) }?;
            if riid.is_null() {
                return Err(INVALID);
            }
            // SAFETY: it is not NULL.
            if unsafe { riid.read() } != IDeliveryOptimizationFile::IID {
                return Err(Fail(E_NOINTERFACE));
            }
            // SAFETY: the caller's pointers are as COM says.
            let index = unsafe { self.add_unplaced(file_id, remote_url, (range_count, ranges)) }?;
            give::<IDeliveryOptimizationFile, _>(place, File::new(self.service.clone(), self.id, index))
        })
    }

    unsafe fn GetProperty(&self, id: u32, value: *mut VARIANT) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says; zeros are an empty variant.
            let place = unsafe { Out::new(value) }?;
            if id != DOJobPropertyId_ExtendedErrorInfo {
                return Err(self.service.fail(&Refusal::UnknownProperty { id: id.to_string() }));
            }
            let info = self.service.ask(async |client| client.extended_error_info(self.id).await)?;
            let text = serde_json::to_string(&info).map_err(|_| Fail(E_UNEXPECTED))?;
            place.set(VARIANT::text(&text)?)
        })
    }

    unsafe fn SetProperty(&self, id: u32, _value: *const VARIANT) -> HRESULT {
        guard(|| {
            Err(self.service.fail(&match id {
                DOJobPropertyId_ExtendedErrorInfo => {
                    Refusal::ReadOnlyProperty { name: "extended-error-info" }
                }
                _ => Refusal::UnknownProperty { id: id.to_string() },
            }))
        })
    }
}
