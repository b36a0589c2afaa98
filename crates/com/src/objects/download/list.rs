//! `EnumDownloads` (do-download 6.1): a snapshot, as the standard enumerator of objects.

use std::ffi::c_void;
use std::sync::{Arc, PoisonError};

use bgcopy_api::core::catalogue::codes::{DO_E_NO_DOWNLOADS, E_INVALIDARG};
use bgcopy_api::core::{Family, JobId, JobState};
use bgcopy_api::request::LIST_LIMIT_MAX;
use bgcopy_api::{Job, JobFilter};
use windows_core::{HRESULT, implement};

use super::{Download, draft, mark, streams};
use crate::abi::enums::{
    DODownloadProperty_ContentId, DODownloadProperty_DisplayName, DODownloadProperty_Id,
    DODownloadProperty_LocalPath, DODownloadProperty_Uri,
};
use crate::abi::interfaces::{IDODownload, IEnumUnknown, IEnumUnknown_Impl};
use crate::guard::{Answer, Fail, Out, guard};
use crate::objects::enumerate::Snapshot;
use crate::objects::{give, pointer};
use crate::service::Service;

/// Which downloads are looked for.
pub(crate) type Category = (u32, String);

/// The downloads of the caller that have not ended; none is `DO_E_NO_DOWNLOADS`.
pub(crate) fn list(service: &Arc<Service>, category: Option<&Category>, place: Out<*mut c_void>) -> Answer {
    if category.is_some_and(|(property, _)| !is_known(*property)) {
        return Err(Fail(E_INVALIDARG));
    }
    let found = find(service, category)?;
    if found.is_empty() {
        return Err(Fail(DO_E_NO_DOWNLOADS));
    }
    let list = Snapshot::new(found.into(), 0);
    give::<IEnumUnknown, _>(place, Downloads { service: service.clone(), list })
}

/// The other downloads of the caller, of whatever process, that go to the same place.
pub(super) fn others_at(service: &Service, id: JobId, local_path: &str) -> Answer<Vec<JobId>> {
    let mut found = find(service, Some(&(DODownloadProperty_LocalPath, local_path.to_owned())))?;
    found.retain(|other| *other != id);
    Ok(found)
}

fn find(service: &Service, category: Option<&Category>) -> Answer<Vec<JobId>> {
    let filter = JobFilter { limit: Some(LIST_LIMIT_MAX), ..JobFilter::default() };
    let jobs = service.ask(async |client| client.all_jobs(&filter).await)?;
    let mut found = Vec::new();
    for job in jobs.iter().filter(|job| is_download(job)) {
        if matches(service, job, category)? {
            found.push(job.id);
        }
    }
    Ok(found)
}

fn is_download(job: &Job) -> bool {
    !job.state.is_final() && job.family == Family::Do && job.settings.notification_clsid == Some(mark())
}

const fn is_known(property: u32) -> bool {
    matches!(
        property,
        DODownloadProperty_Id
            | DODownloadProperty_Uri
            | DODownloadProperty_ContentId
            | DODownloadProperty_DisplayName
            | DODownloadProperty_LocalPath
    )
}

/// Whether a download is of a category: what was said of it, or what its file says once it has one.
fn matches(service: &Service, job: &Job, category: Option<&Category>) -> Answer<bool> {
    let Some((property, value)) = category else { return Ok(true) };
    match *property {
        DODownloadProperty_Id => return Ok(job.id.to_string().eq_ignore_ascii_case(value)),
        DODownloadProperty_DisplayName => return Ok(job.display_name == *value),
        _ => {}
    }
    let said = draft::of(job.id);
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let said = match *property {
        DODownloadProperty_Uri => said.uri.clone(),
        DODownloadProperty_ContentId => said.content_id.clone(),
        _ => said.local_path.clone(),
    };
    // One that was never started has no file; one of another process has said nothing here.
    if said.is_some() || (job.state == JobState::Suspended && !job.resumed) {
        return Ok(said.as_ref() == Some(value));
    }
    let files = service.ask(async |client| client.files(job.id).await)?;
    Ok(files.first().is_some_and(|file| match *property {
        DODownloadProperty_Uri => file.remote_name == *value,
        DODownloadProperty_ContentId => file.content_id.as_ref() == Some(value),
        // Where the bytes of a stream are kept is nobody's business.
        _ => file.local_name == *value && !streams::is_private(&file.local_path()),
    }))
}

/// The downloads that there were.
#[implement(IEnumUnknown)]
struct Downloads {
    service: Arc<Service>,
    list: Snapshot<JobId>,
}

impl IEnumUnknown_Impl for Downloads_Impl {
    unsafe fn Next(&self, count: u32, elements: *mut *mut c_void, fetched: *mut u32) -> HRESULT {
        let make = |id| pointer::<IDODownload, _>(Download::new(self.service.clone(), id));
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.list.next(count, elements, fetched, make) })
    }

    unsafe fn Skip(&self, count: u32) -> HRESULT {
        guard(|| self.list.skip(count))
    }

    unsafe fn Reset(&self) -> HRESULT {
        guard(|| self.list.reset())
    }

    unsafe fn Clone(&self, copy: *mut *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(copy) }?;
            give::<IEnumUnknown, _>(
                place,
                Downloads { service: self.service.clone(), list: self.list.again() },
            )
        })
    }
}
