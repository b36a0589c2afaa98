//! `IBackgroundCopyJob5`: the properties by number (spec 4.1, 7.6).

use bgcopy_api::core::{AuthTarget, Refusal};
use bgcopy_api::{JobProperty, PropertyValue};
use windows_core::{GUID, HRESULT};

use super::Job_Impl;
use crate::abi::interfaces::IBackgroundCopyJob5_Impl;
use crate::abi::types::BITS_JOB_PROPERTY_VALUE;
use crate::exports::guid::{from_uuid, to_uuid};
use crate::guard::{Answer, OK, Out, guard};
use crate::service::Service;

impl IBackgroundCopyJob5_Impl for Job_Impl {
    unsafe fn SetProperty(&self, id: u32, value: BITS_JOB_PROPERTY_VALUE) -> HRESULT {
        guard(|| {
            let property = self.property(id)?;
            // SAFETY: every field is plain, so whatever the caller set is some value of the field that the id names.
            let value = unsafe { read(&self.service, property, value) }?;
            self.service.ask(async |client| client.set_property(self.id, property, value).await).and(OK)
        })
    }

    unsafe fn GetProperty(&self, id: u32, value: *mut BITS_JOB_PROPERTY_VALUE) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            place.set(write(self.property(id)?.of(&self.view()?.settings)))
        })
    }
}

impl super::Job {
    fn property(&self, id: u32) -> Answer<JobProperty> {
        JobProperty::from_id(id).map_err(|refusal| self.service.fail(&refusal))
    }
}

/// # Safety
///
/// The field that the property names must be set.
unsafe fn read(
    service: &Service,
    property: JobProperty,
    value: BITS_JOB_PROPERTY_VALUE,
) -> Answer<PropertyValue> {
    // SAFETY: as the caller promises.
    unsafe {
        Ok(match property {
            JobProperty::CostFlags | JobProperty::MinimumNotificationInterval => {
                PropertyValue::Dword(value.Dword)
            }
            JobProperty::NotificationClsid => PropertyValue::Clsid(to_uuid(value.ClsID)),
            JobProperty::DynamicContent | JobProperty::HighPerformance | JobProperty::OnDemandMode => {
                PropertyValue::Enable(value.Enable != 0)
            }
            JobProperty::MaxDownloadSize => PropertyValue::Uint64(value.Uint64),
            JobProperty::UseStoredCredentials => {
                let target = AuthTarget::from_number(value.Target)
                    .ok_or_else(|| service.fail(&Refusal::StoredCredentialsForServer))?;
                PropertyValue::Target(Some(target))
            }
        })
    }
}

fn write(value: PropertyValue) -> BITS_JOB_PROPERTY_VALUE {
    // The whole union is written, since callers may compare it whole.
    let mut union = BITS_JOB_PROPERTY_VALUE { ClsID: GUID::zeroed() };
    match value {
        PropertyValue::Dword(number) => union.Dword = number,
        PropertyValue::Clsid(clsid) => union.ClsID = from_uuid(clsid),
        PropertyValue::Enable(enable) => union.Enable = enable.into(),
        PropertyValue::Uint64(number) => union.Uint64 = number,
        PropertyValue::Target(target) => union.Target = target.map_or(0, AuthTarget::number),
    }
    union
}
