//! `IDeliveryOptimizationFile` and `2` (spec 3, 4.3, 7.13).

use std::ffi::c_void;

use bgcopy_api::core::catalogue::codes::{
    DISP_E_TYPEMISMATCH, DO_E_FILE_DOWNLOADSINK_ALREADY_SET, DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED,
    DO_E_WRITE_ONLY_PROPERTY, E_INVALIDARG, E_NOT_SET, E_NOTIMPL,
};
use bgcopy_api::core::{FileStage, JobState, Priority, Refusal};
use bgcopy_api::{NewManifest, Patch, SetFile};
use windows_core::HRESULT;

use super::File_Impl;
use crate::abi::enums::{
    DOFilePropertyId_DecryptionInfo, DOFilePropertyId_DownloadSinkFilePath,
    DOFilePropertyId_DownloadSinkInterface, DOFilePropertyId_DownloadSinkMemoryStream,
    DOFilePropertyId_IntegrityCheckInfo, DOFilePropertyId_IntegrityCheckMandatory,
    DOFilePropertyId_TotalSizeBytes, DownloadMode_CdnOnly, SwarmStatus_Complete, SwarmStatus_Downloading,
    SwarmStatus_Paused,
};
use crate::abi::interfaces::{IDeliveryOptimizationFile_Impl, IDeliveryOptimizationFile2_Impl};
use crate::abi::types::{DOSwarmStats, VARIANT};
use crate::exports::bstr;
use crate::exports::variant::{VT_BOOL, VT_BSTR, VT_UI8, VT_UNKNOWN};
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::objects::download::{integrity, json, sinks, streams};
use crate::text;

impl super::File {
    fn unknown(&self, id: u32) -> Fail {
        self.service.fail(&Refusal::UnknownProperty { id: id.to_string() })
    }

    /// What the swarm of a file did; there are no peers yet, so its bytes come over HTTP and from cache hosts.
    fn stats(&self) -> Answer<DOSwarmStats> {
        let (job, file) = self.service.ask(async |client| {
            Ok((client.job(self.job).await?, client.file(self.job, self.index).await?))
        })?;
        let status = match (job.state, file.stage) {
            (_, FileStage::Transferred | FileStage::Published) => SwarmStatus_Complete,
            (JobState::Queued | JobState::Connecting | JobState::Transferring, _) => SwarmStatus_Downloading,
            _ => SwarmStatus_Paused,
        };
        Ok(DOSwarmStats {
            fileId: text::copy(file.content_id.as_deref().unwrap_or_default())?,
            sourceURL: text::copy(&file.remote_name)?,
            fileSize: file.remote_size.or(file.expected_size).unwrap_or(u64::MAX),
            totalBytesDownloaded: file.bytes_fetched(),
            bytesFromLanPeers: file.bytes_from_peers,
            bytesFromGroupPeers: 0,
            bytesFromInternetPeers: 0,
            bytesFromHttp: file.bytes_from_origin.saturating_add(file.bytes_from_mirrors),
            bytesFromDoinc: file.bytes_from_cache_hosts,
            bytesToLanPeers: 0,
            bytesToGroupPeers: 0,
            bytesToInternetPeers: 0,
            httpConnectionCount: file.connections.http,
            doincConnectionCount: file.connections.cache_hosts,
            lanConnectionCount: 0,
            groupConnectionCount: 0,
            internetConnectionCount: 0,
            downloadDuration: u32::try_from(file.transfer_millis).unwrap_or(u32::MAX),
            downloadMode: DownloadMode_CdnOnly,
            status,
            isBackground: (job.priority != Priority::Foreground).into(),
        })
    }

    fn property(&self, id: u32) -> Answer<VARIANT> {
        let not_set = Fail(E_NOT_SET);
        match id {
            DOFilePropertyId_DecryptionInfo | DOFilePropertyId_IntegrityCheckInfo => {
                Err(Fail(DO_E_WRITE_ONLY_PROPERTY))
            }
            DOFilePropertyId_IntegrityCheckMandatory => Ok(VARIANT::bool(self.view()?.manifest_required)),
            DOFilePropertyId_DownloadSinkInterface => {
                // A file that is not there has none.
                self.view()?;
                sinks::get(self.job, self.index).ok_or(not_set)
            }
            DOFilePropertyId_DownloadSinkFilePath => {
                let file = self.view()?;
                // Where the bytes of a stream are kept is nobody's business.
                let is_path = !file.unplaced && !streams::is_private(&file.local_path());
                if is_path { VARIANT::text(&file.local_name) } else { Err(not_set) }
            }
            DOFilePropertyId_DownloadSinkMemoryStream => Err(Fail(DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED)),
            DOFilePropertyId_TotalSizeBytes => {
                let file = self.view()?;
                file.remote_size.or(file.expected_size).map(VARIANT::large).ok_or(not_set)
            }
            _ => Err(self.unknown(id)),
        }
    }

    /// Sets a property of a file that has not begun, or says with the first code of the specification that applies why
    /// not (spec 5.3, 7.13).
    fn set_property(&self, id: u32, value: &VARIANT) -> Answer {
        let wanted = match id {
            DOFilePropertyId_DecryptionInfo
            | DOFilePropertyId_IntegrityCheckInfo
            | DOFilePropertyId_DownloadSinkFilePath => VT_BSTR,
            DOFilePropertyId_IntegrityCheckMandatory => VT_BOOL,
            DOFilePropertyId_DownloadSinkInterface => VT_UNKNOWN,
            DOFilePropertyId_TotalSizeBytes => VT_UI8,
            DOFilePropertyId_DownloadSinkMemoryStream => {
                return Err(Fail(DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED));
            }
            _ => return Err(self.unknown(id)),
        };
        if value.vt != wanted {
            return Err(Fail(DISP_E_TYPEMISMATCH));
        }
        let state = self.service.ask(async |client| client.job(self.job).await)?.state;
        if state != JobState::Suspended {
            return Err(self.service.fail(&Refusal::InvalidState { state, request: "take a property" }));
        }
        // SAFETY: the type says what the value is.
        unsafe {
            match wanted {
                VT_BSTR => {
                    self.set_text(id, &bstr::read(value.value.bstrVal).map_err(|_| Fail(E_INVALIDARG))?)
                }
                VT_UNKNOWN => self.set_stream(value.value.punkVal),
                VT_UI8 => {
                    let size = Patch::Set(value.value.ullVal);
                    self.change(&SetFile { expected_size: size, ..SetFile::default() })
                }
                _ => {
                    let manifest_required = Some(value.value.boolVal != 0);
                    self.change(&SetFile { manifest_required, ..SetFile::default() })
                }
            }
        }
    }

    fn set_text(&self, id: u32, text: &str) -> Answer {
        match id {
            DOFilePropertyId_IntegrityCheckInfo => {
                // "Default FALSE" (spec 4.3, IntegrityCheckMandatory), which has its own say.
                let manifest = NewManifest { optional: true, ..integrity(text)? };
                self.change(&SetFile { manifest: Patch::Set(manifest), ..SetFile::default() })
            }
            DOFilePropertyId_DownloadSinkFilePath if sinks::has(self.job, self.index) => Err(OTHER_SINK),
            DOFilePropertyId_DownloadSinkFilePath => {
                self.change(&SetFile { local_name: Some(text.to_owned()), ..SetFile::default() })
            }
            // What cannot be read is told first; how its values are written is nowhere documented (spec 10).
            _ => json(text).and(Err(Fail(E_NOTIMPL))),
        }
    }

    /// # Safety
    ///
    /// The pointer must be NULL or an object.
    unsafe fn set_stream(&self, stream: *mut c_void) -> Answer {
        let file = self.view()?;
        if !file.unplaced && !sinks::has(self.job, self.index) {
            return Err(OTHER_SINK);
        }
        // Another stream would begin in the middle.
        if file.stage != FileStage::Wanted || file.progress.bytes_transferred > 0 {
            let state = JobState::Suspended;
            return Err(self.service.fail(&Refusal::InvalidState { state, request: "take another stream" }));
        }
        // SAFETY: as the caller promises.
        unsafe { sinks::set(&self.service, self.job, self.index, stream) }?;
        OK
    }
}

/// "A sink of another kind is already set."
const OTHER_SINK: Fail = Fail(DO_E_FILE_DOWNLOADSINK_ALREADY_SET);

impl IDeliveryOptimizationFile_Impl for File_Impl {
    unsafe fn GetStats(&self, swarm_stats: *mut DOSwarmStats) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(swarm_stats) }?.set(self.stats()?))
    }
}

impl IDeliveryOptimizationFile2_Impl for File_Impl {
    unsafe fn GetProperty(&self, id: u32, value: *mut VARIANT) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says; zeros are an empty variant.
        guard(|| unsafe { Out::new(value) }?.set(self.property(id)?))
    }

    unsafe fn SetProperty(&self, id: u32, value: *const VARIANT) -> HRESULT {
        guard(|| {
            if value.is_null() {
                return Err(Fail(E_INVALIDARG));
            }
            // SAFETY: it is not NULL.
            self.set_property(id, &unsafe { value.read() })
        })
    }
}
