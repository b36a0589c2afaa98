//! A file of a job (spec 7.9).

mod delivery;

use std::sync::Arc;

use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, E_PENDING, S_FALSE};
use bgcopy_api::core::{FileIndex, JobId, JobType, Refusal};
use bgcopy_api::{FileProperty, SetFile};
use windows_core::{HRESULT, implement};

use super::download::streams;
use super::job::ranges;
use crate::abi::interfaces::{
    IBackgroundCopyFile_Impl, IBackgroundCopyFile2_Impl, IBackgroundCopyFile3_Impl,
    IBackgroundCopyFile4_Impl, IBackgroundCopyFile5_Impl, IBackgroundCopyFile6, IBackgroundCopyFile6_Impl,
    IDeliveryOptimizationFile, IDeliveryOptimizationFile2,
};
use crate::abi::types::{BG_FILE_PROGRESS, BG_FILE_RANGE, BITS_FILE_PROPERTY_VALUE};
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::service::Service;
use crate::text;

/// A file: its place in a job.
#[implement(IBackgroundCopyFile6, IDeliveryOptimizationFile, IDeliveryOptimizationFile2)]
pub(crate) struct File {
    service: Arc<Service>,
    job: JobId,
    index: FileIndex,
}

impl File {
    /// The file at this place.
    pub(crate) const fn new(service: Arc<Service>, job: JobId, index: FileIndex) -> Self {
        Self { service, job, index }
    }

    /// The file as it is now.
    fn view(&self) -> Answer<bgcopy_api::File> {
        self.service.ask(async |client| client.file(self.job, self.index).await)
    }

    fn change(&self, changes: &SetFile) -> Answer {
        self.service.ask(async |client| client.set_file(self.job, self.index, changes).await)?;
        OK
    }

    /// "`BG_E_RANDOM_ACCESS_NOT_SUPPORTED` if the job is not a download job" (`GetFilledFileRanges`), or one whose files
    /// come in one piece. Whoever asks for ranges is told so by the service.
    fn check_random_access(&self, file: &bgcopy_api::File) -> Answer<()> {
        let job = self.service.ask(async |client| client.job(self.job).await)?;
        let in_one_piece = job.settings.dynamic_content || job.settings.http_method.is_some();
        if job.kind == JobType::Download && !in_one_piece && file.ranges.is_empty() {
            return Ok(());
        }
        Err(self.service.fail(&Refusal::RandomAccess))
    }
}

/// The size, or that it is not known.
pub(super) fn size(bytes: Option<u64>) -> u64 {
    bytes.unwrap_or(u64::MAX)
}

impl IBackgroundCopyFile_Impl for File_Impl {
    unsafe fn GetRemoteName(&self, value: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let file = self.view()?;
            // A name that was set shows at once, though only Resume puts it in force.
            text::give(place, file.next_remote_name.as_deref().unwrap_or(&file.remote_name))
        })
    }

    unsafe fn GetLocalName(&self, value: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        let place = || unsafe { Out::new(value) };
        guard(|| {
            let place = place()?;
            let file = self.view()?;
            // Where the bytes of a stream are kept is nobody's business.
            let is_stream = streams::is_private(&file.local_path());
            text::give(place, if is_stream { "" } else { &file.local_name })
        })
    }

    unsafe fn GetProgress(&self, value: *mut BG_FILE_PROGRESS) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let progress = self.view()?.progress;
            place.set(BG_FILE_PROGRESS {
                BytesTotal: size(progress.bytes_total),
                BytesTransferred: progress.bytes_transferred,
                Completed: progress.completed.into(),
            })
        })
    }
}

impl IBackgroundCopyFile2_Impl for File_Impl {
    unsafe fn GetFileRanges(&self, range_count: *mut u32, ranges: *mut *mut BG_FILE_RANGE) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (count, place) = unsafe { (Out::new(range_count)?, Out::new(ranges)?) };
            let given: Vec<_> = self.view()?.ranges.into_iter().map(ranges::to_abi).collect();
            if given.is_empty() {
                return Ok(S_FALSE);
            }
            place.set(text::copy_of(&given)?)?;
            count.set(u32::try_from(given.len()).unwrap_or(u32::MAX))
        })
    }

    unsafe fn SetRemoteName(&self, value: *const u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let remote_name = Some(unsafe { text::required(value) }?);
            self.change(&SetFile { remote_name, ..SetFile::default() })
        })
    }
}

impl IBackgroundCopyFile3_Impl for File_Impl {
    unsafe fn GetTemporaryName(&self, filename: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(filename) }?;
            // Before the transfer starts there is no such file (spec 7.9: not documented): the data is not here yet.
            text::give(place, &self.view()?.temporary_name.ok_or(Fail(E_PENDING))?)
        })
    }

    unsafe fn SetValidationState(&self, state: i32) -> HRESULT {
        guard(|| self.change(&SetFile { validation_state: Some(state != 0), ..SetFile::default() }))
    }

    unsafe fn GetValidationState(&self, state: *mut i32) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(state) }?;
            place.set(self.view()?.validation_state.unwrap_or(false).into())
        })
    }

    unsafe fn IsDownloadedFromPeer(&self, value: *mut i32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(value) }?.set((self.view()?.bytes_from_peers > 0).into()))
    }
}

impl IBackgroundCopyFile4_Impl for File_Impl {
    unsafe fn GetPeerDownloadStats(&self, from_origin: *mut u64, from_peers: *mut u64) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (origin, peers) = unsafe { (Out::new(from_origin)?, Out::new(from_peers)?) };
            let file = self.view()?;
            origin.set(file.bytes_fetched().saturating_sub(file.bytes_from_peers))?;
            peers.set(file.bytes_from_peers)
        })
    }
}

impl IBackgroundCopyFile5_Impl for File_Impl {
    unsafe fn SetProperty(&self, id: u32, _value: BITS_FILE_PROPERTY_VALUE) -> HRESULT {
        guard(|| {
            FileProperty::from_id(id).map_err(|refusal| self.service.fail(&refusal))?;
            // Spec 4.2: "writing is ND, return READ_ONLY_PROPERTY".
            Err(self.service.fail(&Refusal::ReadOnlyProperty { name: "http-response-headers" }))
        })
    }

    unsafe fn GetProperty(&self, id: u32, value: *mut BITS_FILE_PROPERTY_VALUE) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(value) }?;
            let property = FileProperty::from_id(id).map_err(|refusal| self.service.fail(&refusal))?;
            let answer = self
                .service
                .ask(async |client| client.file_property(self.job, self.index, property).await)?;
            // NULL before any answer (spec 4.2).
            let string = answer.string.map_or(Ok(std::ptr::null_mut()), |text| text::copy(&text))?;
            place.set(BITS_FILE_PROPERTY_VALUE { String: string })
        })
    }
}

impl IBackgroundCopyFile6_Impl for File_Impl {
    unsafe fn UpdateDownloadPosition(&self, offset: u64) -> HRESULT {
        guard(|| self.change(&SetFile { download_position: Some(offset), ..SetFile::default() }))
    }

    unsafe fn RequestFileRanges(&self, range_count: u32, ranges: *const BG_FILE_RANGE) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let request_ranges = unsafe { ranges::read(&self.service, range_count, ranges) }?;
            if request_ranges.is_empty() {
                return Err(Fail(E_INVALIDARG));
            }
            self.change(&SetFile { request_ranges, ..SetFile::default() })
        })
    }

    unsafe fn GetFilledFileRanges(&self, range_count: *mut u32, ranges: *mut *mut BG_FILE_RANGE) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (count, place) = unsafe { (Out::new(range_count)?, Out::new(ranges)?) };
            let file = self.view()?;
            self.check_random_access(&file)?;
            let filled: Vec<_> = file.filled_ranges.into_iter().map(ranges::to_abi).collect();
            if filled.is_empty() {
                return OK;
            }
            place.set(text::copy_of(&filled)?)?;
            count.set(u32::try_from(filled.len()).unwrap_or(u32::MAX))
        })
    }
}
