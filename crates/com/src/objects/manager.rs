//! The manager: where every program begins (spec 7.1).

use std::ffi::c_void;
use std::sync::Arc;

use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, E_NOTIMPL};
use bgcopy_api::core::{Hresult, JobId, JobType, Refusal, limits};
use bgcopy_api::env_proxy::EnvProxy;
use bgcopy_api::request::LIST_LIMIT_MAX;
use bgcopy_api::{CreateJob, JobFilter, SetSettings};
use windows_core::{GUID, HRESULT, implement};

use super::download::{self, Download};
use super::enumerate::Jobs;
use super::error::give_description;
use super::give;
use super::job::Job;
use crate::abi::interfaces::{
    IBackgroundCopyJob5, IBackgroundCopyManager, IBackgroundCopyManager_Impl, IDODownload, IDOManager,
    IDOManager_Impl, IEnumBackgroundCopyJobs,
};
use crate::abi::types::DO_DOWNLOAD_ENUM_CATEGORY;
use crate::exports::guid::{from_uuid, to_uuid};
use crate::guard::{Fail, Out, guard};
use crate::service::Service;
use crate::text;

/// `BG_JOB_ENUM_ALL_USERS`.
const ALL_USERS: u32 = 1;

/// The manager of the DO class, which makes downloads, too (spec 1.1).
#[implement(IDOManager, IBackgroundCopyManager)]
pub(crate) struct DeliveryManager {
    service: Arc<Service>,
}

impl DeliveryManager {
    /// The manager of a service.
    pub(crate) const fn new(service: Arc<Service>) -> Self {
        Self { service }
    }
}

/// The manager of the BITS class.
#[implement(IBackgroundCopyManager)]
pub(crate) struct Manager {
    service: Arc<Service>,
}

impl Manager {
    /// The manager of a service.
    pub(crate) const fn new(service: Arc<Service>) -> Self {
        Self { service }
    }
}

/// The proxies of the environment of this process, which are those of `BG_JOB_PROXY_USAGE_PRECONFIG` (spec 9.8). A variable
/// that is wrong is nobody's argument here, so it counts as unset.
pub(super) fn preconfigured() -> EnvProxy {
    EnvProxy::from_environment(|name| std::env::var(name).ok()).unwrap_or_default()
}

/// The methods of `IBackgroundCopyManager`, which both classes have.
macro_rules! background {
    ($object:ident) => {
        impl IBackgroundCopyManager_Impl for $object {
            unsafe fn CreateJob(
                &self,
                display_name: *const u16,
                kind: u32,
                job_id: *mut GUID,
                job: *mut *mut c_void,
            ) -> HRESULT {
                guard(|| {
                    // SAFETY: the caller's pointers are as COM says.
                    let (id, place) = unsafe { (Out::new(job_id)?, Out::new(job)?) };
                    // SAFETY: the caller's pointer is as COM says.
                    let name = unsafe { text::required(display_name) }?;
                    // A name that is too long is E_INVALIDARG here and BG_E_STRING_TOO_LONG in SetDisplayName (spec 7.1, 7.2).
                    if name.is_empty() || name.chars().count() > limits::DISPLAY_NAME_CHARS {
                        return Err(Fail(E_INVALIDARG));
                    }
                    let kind = JobType::from_number(kind).ok_or(Fail(E_NOTIMPL))?;
                    let proxies = preconfigured();
                    let wanted = CreateJob {
                        kind,
                        family: self.service.family(),
                        settings: SetSettings { proxy: Some(proxies.settings()), ..SetSettings::default() },
                        credentials: proxies.new_credentials().collect(),
                        ..CreateJob::named(name)
                    };
                    let made = self.service.ask(async |client| client.create_job(&wanted, None).await)?;
                    id.set(from_uuid(made.id.uuid()))?;
                    give::<IBackgroundCopyJob5, _>(place, Job::new(self.service.clone(), made.id))
                })
            }

            unsafe fn GetJob(&self, job_id: *const GUID, job: *mut *mut c_void) -> HRESULT {
                guard(|| {
                    // SAFETY: the caller's pointers are as COM says.
                    let place = unsafe { Out::new(job) }?;
                    if job_id.is_null() {
                        return Err(Fail(E_INVALIDARG));
                    }
                    // SAFETY: it is not NULL.
                    let id = JobId::from_uuid(to_uuid(unsafe { job_id.read() }));
                    let found = self.service.ask(async |client| client.job(id).await)?;
                    // "Final jobs are out of the queue" (spec 7.1), though who holds one may still look at it.
                    if found.state.is_final() {
                        return Err(self.service.fail(&Refusal::JobNotFound { job: id.to_string() }));
                    }
                    give::<IBackgroundCopyJob5, _>(place, Job::new(self.service.clone(), id))
                })
            }

            unsafe fn EnumJobs(&self, flags: u32, list: *mut *mut c_void) -> HRESULT {
                guard(|| {
                    // SAFETY: the caller's pointer is as COM says.
                    let place = unsafe { Out::new(list) }?;
                    if flags & !ALL_USERS != 0 {
                        return Err(Fail(E_NOTIMPL));
                    }
                    let filter = JobFilter {
                        all_users: flags & ALL_USERS != 0,
                        limit: Some(LIST_LIMIT_MAX),
                        ..JobFilter::default()
                    };
                    let jobs = self.service.ask(async |client| client.all_jobs(&filter).await)?;
                    let ids = jobs.iter().filter(|job| !job.state.is_final()).map(|job| job.id).collect();
                    give::<IEnumBackgroundCopyJobs, _>(place, Jobs::new(self.service.clone(), ids))
                })
            }

            unsafe fn GetErrorDescription(
                &self,
                hresult: HRESULT,
                language_id: u32,
                description: *mut *mut u16,
            ) -> HRESULT {
                // SAFETY: the caller's pointer is as COM says.
                guard(|| unsafe {
                    give_description(Hresult(hresult.0.cast_unsigned()), language_id, description)
                })
            }
        }
    };
}

background!(Manager_Impl);
background!(DeliveryManager_Impl);

impl IDOManager_Impl for DeliveryManager_Impl {
    unsafe fn CreateDownload(&self, download: *mut *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(download) }?;
            give::<IDODownload, _>(place, Download::create(&self.service)?)
        })
    }

    unsafe fn EnumDownloads(
        &self,
        category: *const DO_DOWNLOAD_ENUM_CATEGORY,
        list: *mut *mut c_void,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(list) }?;
            if category.is_null() {
                return download::list(&self.service, None, place);
            }
            // SAFETY: it is not NULL.
            let category = unsafe { category.read() };
            // SAFETY: the caller's pointer is as COM says; NULL is E_INVALIDARG (do-download 6.1).
            let value = unsafe { text::required(category.Value) }?;
            download::list(&self.service, Some(&(category.Property, value)), place)
        })
    }
}
