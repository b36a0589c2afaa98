//! Start (do-download 4.3): the first gives the job its file.

use std::path::Path;

use bgcopy_api::core::catalogue::codes::{
    DO_E_DOWNLOAD_NO_URI, DO_E_DOWNLOAD_RANGES_UNEXPECTED, DO_E_FILE_DOWNLOADSINK_UNSPECIFIED,
    DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, DO_E_INVALID_RANGE, E_ACCESSDENIED, ERROR_FILE_EXISTS,
};
use bgcopy_api::download::{Download as Seen, DownloadMethod, DownloadState, DownloadStep};
use bgcopy_api::{AddFile, EventFilter, FileRange};

use super::{Download, draft};
use crate::abi::types::{DO_DOWNLOAD_RANGE, DO_DOWNLOAD_RANGES_INFO};
use crate::guard::{Answer, Fail, OK};

/// `DO_LENGTH_TO_EOF`.
const TO_EOF: u64 = u64::MAX;

/// Reads the ranges; NULL and an empty list are the whole file (do-download 4.3, "Choice").
///
/// # Safety
///
/// Unless it is NULL, the pointer must lead to a count and that many ranges.
pub(super) unsafe fn ranges(info: *const DO_DOWNLOAD_RANGES_INFO) -> Answer<Vec<FileRange>> {
    if info.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the count is there, and behind it that many ranges, of which the type shows only the first; with a count of
    // 0 none is read.
    let given = unsafe {
        let count = (&raw const (*info).RangeCount).read() as usize;
        std::slice::from_raw_parts((&raw const (*info).Ranges).cast::<DO_DOWNLOAD_RANGE>(), count)
    };
    let read = given.iter().map(|range| {
        // "Length 0 ⇒ DO_E_INVALID_RANGE" (do-download 7.2).
        if range.Offset == TO_EOF || range.Length == 0 {
            return Err(Fail(DO_E_INVALID_RANGE));
        }
        Ok(FileRange { offset: range.Offset, length: (range.Length != TO_EOF).then_some(range.Length) })
    });
    read.collect()
}

impl Download {
    pub(super) fn start(&self, ranges: Vec<FileRange>) -> Answer {
        match self.step(DownloadMethod::Start)? {
            DownloadStep::Begin => self.begin(ranges)?,
            // A job's ranges are fixed when its file is added.
            _ if !ranges.is_empty() => return Err(Fail(DO_E_DOWNLOAD_RANGES_UNEXPECTED)),
            step => {
                self.perform(step)?;
            }
        }
        if self.draft().blocking { self.until_rest() } else { OK }
    }

    /// Gives the job its file and lets it run.
    fn begin(&self, ranges: Vec<FileRange>) -> Answer<()> {
        let (file, local_path) = self.described(ranges)?;
        // Missing folders are made "with the caller's rights" (do-download 3.1, LocalPath), which are ours.
        if let Some(folder) = Path::new(&local_path).parent() {
            std::fs::create_dir_all(folder).map_err(|_| Fail(E_ACCESSDENIED))?;
        }
        // The service refuses it at the end, too; here it is known at once (do-download 7.1).
        if Path::new(&local_path).symlink_metadata().is_ok() {
            return Err(Fail(ERROR_FILE_EXISTS));
        }
        // "The later Start wins, the earlier becomes Aborted" (do-download 7.5).
        for other in draft::others_at(self.id, &local_path) {
            let other = Self::new(self.service.clone(), other);
            let step = other.step(DownloadMethod::Abort);
            step.and_then(|step| other.perform(step))?;
        }
        self.service.ask(async |client| {
            // A Start that failed behind this may be made again.
            if client.files(self.id).await?.is_empty() {
                client.add_files(self.id, vec![file.clone()]).await?;
            }
            client.resume(self.id).await
        })?;
        Ok(())
    }

    /// The file that the client described.
    fn described(&self, ranges: Vec<FileRange>) -> Answer<(AddFile, String)> {
        let draft = self.draft();
        let uri = draft.uri.clone().ok_or(Fail(DO_E_DOWNLOAD_NO_URI))?;
        let local_path = draft.local_path.clone().ok_or(Fail(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED))?;
        if draft.is_mandatory && draft.integrity.is_none() {
            return Err(Fail(DO_E_INTEGRITYCHECKINFO_UNSPECIFIED));
        }
        let file = AddFile {
            ranges,
            content_id: draft.content_id.clone(),
            expected_size: draft.size,
            // A list that need not be there is not asked for: "not mandatory ⇒ simple mode" (do-download 8.3).
            manifest: draft.integrity.clone().filter(|_| draft.is_mandatory),
            ..AddFile::whole(uri, Path::new(&local_path))
        };
        Ok((file, local_path))
    }

    /// "TRUE: Start returns only when done or failed" (do-download 3.1, BlockingMode); "the result is the failure code"
    /// (4.3).
    fn until_rest(&self) -> Answer {
        let filter = EventFilter { job: vec![self.id], ..EventFilter::default() };
        let job = self.service.follow(async |client| {
            let mut events = client.events(filter.clone()).await?;
            loop {
                let job = client.job(self.id).await?;
                let seen = Seen::of(&job);
                if seen.state != DownloadState::Transferring && !seen.is_waiting() {
                    return Ok(job);
                }
                events.next().await?;
            }
        })?;
        match Seen::of(&job).codes() {
            (error, _) if error.is_failure() => Err(Fail(error)),
            _ => OK,
        }
    }
}
