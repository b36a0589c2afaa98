//! Adding files (spec 7.2, 7.4, 7.12).

use std::path::Path;

use bgcopy_api::AddFile;
use bgcopy_api::core::FileIndex;
use bgcopy_api::core::catalogue::codes::{DO_E_DOWNLOAD_NO_URI, E_UNEXPECTED};

use super::Job;
use super::background::INVALID;
use super::ranges;
use crate::abi::types::{BG_FILE_INFO, BG_FILE_RANGE};
use crate::guard::{Answer, Fail, OK};
use crate::text;

impl Job {
    fn add(&self, files: &[AddFile]) -> Answer {
        self.service.ask(async |client| client.add_files(self.id, files.to_vec()).await)?;
        OK
    }

    /// # Safety
    ///
    /// The texts must be NULL or end with a NUL.
    pub(super) unsafe fn add_file(&self, remote_url: *const u16, local_name: *const u16) -> Answer {
        // SAFETY: as the caller promises.
        self.add(&[unsafe { file(remote_url, local_name) }?])
    }

    /// `AddFileSet`: all or nothing.
    ///
    /// # Safety
    ///
    /// Unless the pointer is NULL, there must be that many files, each with two texts.
    pub(super) unsafe fn add_set(&self, count: u32, files: *const BG_FILE_INFO) -> Answer {
        if files.is_null() || count == 0 {
            return Err(INVALID);
        }
        // SAFETY: as the caller promises.
        let files = unsafe { std::slice::from_raw_parts(files, count as usize) };
        // SAFETY: as the caller promises.
        let files = files.iter().map(|info| unsafe { file(info.RemoteName, info.LocalName) });
        self.add(&files.collect::<Answer<Vec<_>>>()?)
    }

    /// `IBackgroundCopyJob3::AddFileWithRanges`: here a count of 0 is refused (spec 7.4, 13 #10).
    ///
    /// # Safety
    ///
    /// The texts must be NULL or end with a NUL; unless the pointer is NULL, there must be that many ranges.
    pub(super) unsafe fn add_with_ranges(
        &self,
        remote_url: *const u16,
        local_name: *const u16,
        count: u32,
        ranges: *const BG_FILE_RANGE,
    ) -> Answer {
        if count == 0 {
            return Err(INVALID);
        }
        // SAFETY: as the caller promises.
        let (file, ranges) =
            unsafe { (file(remote_url, local_name)?, ranges::read(&self.service, count, ranges)?) };
        self.add(&[AddFile { ranges, ..file }])
    }

    /// `IDeliveryOptimizationJob::AddFileWithRanges`: no ranges is the whole file, and the file has an id.
    ///
    /// # Safety
    ///
    /// As [`add_with_ranges`](Self::add_with_ranges).
    pub(super) unsafe fn add_content(
        &self,
        file_id: *const u16,
        remote_url: *const u16,
        local_name: *const u16,
        (count, ranges): (u32, *const BG_FILE_RANGE),
        file_size: u64,
    ) -> Answer {
        // SAFETY: as the caller promises.
        let (id, file) = unsafe { (text::required(file_id)?, file(remote_url, local_name)?) };
        if id.is_empty() || file.local_name.is_empty() || file.remote_name.is_empty() {
            return Err(INVALID);
        }
        // SAFETY: as the caller promises.
        let ranges = unsafe { ranges::read(&self.service, count, ranges) }?;
        // DO_UNKNOWN_FILE_SIZE is the largest number (spec 2.5).
        let expected_size = (file_size != u64::MAX).then_some(file_size);
        self.add(&[AddFile { ranges, content_id: Some(id), expected_size, ..file }])
    }

    /// `IDeliveryOptimizationJob2::AddFile`: the sink is set afterwards. "remoteUrl NULL: the content is located by fileId";
    /// nobody is there who could, so it is refused at once rather than at Resume.
    ///
    /// # Safety
    ///
    /// As [`add_with_ranges`](Self::add_with_ranges).
    pub(super) unsafe fn add_unplaced(
        &self,
        file_id: *const u16,
        remote_url: *const u16,
        (count, ranges): (u32, *const BG_FILE_RANGE),
    ) -> Answer<FileIndex> {
        // SAFETY: as the caller promises.
        let id = unsafe { text::required(file_id) }?;
        if remote_url.is_null() {
            return Err(Fail(DO_E_DOWNLOAD_NO_URI));
        }
        // SAFETY: as the caller promises.
        let (url, ranges) =
            unsafe { (text::required(remote_url)?, ranges::read(&self.service, count, ranges)?) };
        if id.is_empty() || url.is_empty() {
            return Err(INVALID);
        }
        let file = AddFile { ranges, content_id: Some(id), ..AddFile::unplaced(url) };
        let added = self.service.ask(async |client| client.add_files(self.id, vec![file.clone()]).await)?;
        added.first().map(|file| file.index).ok_or(Fail(E_UNEXPECTED))
    }
}

/// # Safety
///
/// The texts must be NULL or end with a NUL.
unsafe fn file(remote_url: *const u16, local_name: *const u16) -> Answer<AddFile> {
    // SAFETY: as the caller promises.
    let (remote, local) = unsafe { (text::required(remote_url)?, text::required(local_name)?) };
    Ok(AddFile::whole(remote, Path::new(&local)))
}
