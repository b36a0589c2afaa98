//! Start (do-download 4.3): the first gives the job its file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use bgcopy_api::core::LocalName;
use bgcopy_api::core::catalogue::codes::{
    DO_E_DOWNLOAD_NO_URI, DO_E_DOWNLOAD_RANGES_UNEXPECTED, DO_E_FILE_DOWNLOADSINK_UNSPECIFIED,
    DO_E_INTEGRITYCHECKINFO_UNSPECIFIED, DO_E_INVALID_RANGE, DO_E_INVALID_STATE, E_ACCESSDENIED,
    ERROR_FILE_EXISTS, ERROR_INVALID_NAME,
};
use bgcopy_api::download::{DownloadMethod, DownloadState, DownloadStep};
use bgcopy_api::{AddFile, EventFilter, FileRange, NewManifest, SetFile};

use super::{Download, FILE, codes, list, look, stream, streams};
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
    let read: Vec<FileRange> = read.collect::<Answer<_>>()?;
    // From the first byte to the end is the whole file, and that can be checked piece by piece.
    Ok(if read == [FileRange { offset: 0, length: None }] { Vec::new() } else { read })
}

/// The right to give one place to a download: those that are started at once on several threads get it one after the
/// other, or each would abort the others, and a download begin twice.
struct Turn(String);

/// The places that are being given.
static TURNS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static FREED: Condvar = Condvar::new();

impl Turn {
    fn take(place: String) -> Self {
        let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
        while !turns.insert(place.clone()) {
            turns = FREED.wait(turns).unwrap_or_else(PoisonError::into_inner);
        }
        Self(place)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TURNS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        FREED.notify_all();
    }
}

impl Download {
    pub(super) fn start(&self, ranges: Vec<FileRange>) -> Answer {
        let job = self.view()?;
        let (state, step) = {
            let (seen, _) = look(&job, &self.draft());
            (seen.state, seen.step(DownloadMethod::Start).ok_or(Fail(DO_E_INVALID_STATE))?)
        };
        if step == DownloadStep::Begin {
            self.begin(ranges)?;
        } else if ranges.is_empty() || self.has_asked_for(&ranges)? {
            self.perform(step)?;
        } else if state == DownloadState::Transferred {
            self.extend(ranges)?;
        } else {
            return Err(Fail(DO_E_DOWNLOAD_RANGES_UNEXPECTED));
        }
        stream::start(&self.service, self.id, FILE, &self.draft)?;
        if self.draft().blocking { self.until_rest() } else { OK }
    }

    /// Whether "nothing new is asked" (do-download 4.1): these ranges are among those of the download.
    fn has_asked_for(&self, ranges: &[FileRange]) -> Answer<bool> {
        let file = self.service.ask(async |client| client.file(self.id, FILE).await)?;
        Ok(ranges.iter().all(|range| file.ranges.contains(range)))
    }

    /// "From Transferred: those ranges", behind those that are here (do-download 4.3, 7.2). Where the whole file came, no
    /// ranges are expected.
    fn extend(&self, ranges: Vec<FileRange>) -> Answer<()> {
        let file = self.service.ask(async |client| client.file(self.id, FILE).await)?;
        if file.ranges.is_empty() {
            return Err(Fail(DO_E_DOWNLOAD_RANGES_UNEXPECTED));
        }
        // What cannot come must not spoil what is here.
        let end = |range: &FileRange| range.offset.checked_add(range.length.unwrap_or(1));
        let is_inside = |range| end(range).zip(file.remote_size).is_none_or(|(end, size)| end <= size);
        if !ranges.iter().all(|range| end(range).is_some() && is_inside(range)) {
            return Err(Fail(DO_E_INVALID_RANGE));
        }
        let before = file.progress.bytes_transferred;
        let changes = SetFile { add_ranges: ranges, ..SetFile::default() };
        self.service.ask(async |client| {
            client.set_file(self.id, FILE, &changes).await?;
            client.resume(self.id).await
        })?;
        self.draft().before = before;
        Ok(())
    }

    /// Gives the job its file and lets it run.
    fn begin(&self, ranges: Vec<FileRange>) -> Answer<()> {
        let file = self.described(ranges)?;
        let local_path = self.draft().local_path.clone();
        let turn = Turn::take(local_path.clone().unwrap_or_else(|| self.id.to_string()));
        // Whoever had the turn before may have started this download, or another one in its place.
        match self.step(DownloadMethod::Start)? {
            DownloadStep::Begin => {}
            step => return self.perform(step).map(drop),
        }
        let (file, others) = match local_path {
            Some(local_path) => {
                (file.at(self.sink(&local_path)?), list::others_at(&self.service, self.id, &local_path)?)
            }
            None => (file.at(&streams::make(&self.service, self.id, FILE)?), Vec::new()),
        };
        let others: Vec<_> = others.into_iter().map(|other| Self::new(self.service.clone(), other)).collect();
        // "The later Start wins, the earlier becomes Aborted" (do-download 7.5).
        for other in &others {
            let step = other.step(DownloadMethod::Abort);
            match step.and_then(|step| other.perform(step)) {
                // It ended by itself meanwhile.
                Ok(_) | Err(Fail(DO_E_INVALID_STATE)) => {}
                Err(fail) => return Err(fail),
            }
        }
        self.service.ask(async |client| {
            // A Start that failed behind this may be made again.
            if client.files(self.id).await?.is_empty() {
                client.add_files(self.id, vec![file.clone()]).await?;
            }
            Ok(())
        })?;
        drop(turn);
        // With the others go objects of the client, whose code may come back here.
        drop(others);
        self.service.ask(async |client| client.resume(self.id).await)?;
        Ok(())
    }

    /// Prepares the place of a file.
    fn sink<'a>(&self, local_path: &'a str) -> Answer<&'a Path> {
        let path = Path::new(local_path);
        LocalName::new(path).map_err(|_| Fail(ERROR_INVALID_NAME))?;
        // Missing folders are made "with the caller's rights" (do-download 3.1, LocalPath), which are ours.
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|_| Fail(E_ACCESSDENIED))?;
        }
        // The service refuses it at the end, too; here it is known at once (do-download 7.1).
        if path.symlink_metadata().is_ok() {
            return Err(Fail(ERROR_FILE_EXISTS));
        }
        Ok(path)
    }

    /// The file that the client described, without its place.
    fn described(&self, ranges: Vec<FileRange>) -> Answer<AddFile> {
        let draft = self.draft();
        let remote_name = draft.uri.clone().ok_or(Fail(DO_E_DOWNLOAD_NO_URI))?;
        if draft.local_path.is_none() && draft.flow.is_none() {
            return Err(Fail(DO_E_FILE_DOWNLOADSINK_UNSPECIFIED));
        }
        if draft.is_mandatory && draft.integrity.is_none() {
            return Err(Fail(DO_E_INTEGRITYCHECKINFO_UNSPECIFIED));
        }
        // A list is one of the pieces of the whole file; where it need not be there, parts come without.
        let is_of_use = draft.is_mandatory || ranges.is_empty();
        let manifest = draft.integrity.clone().filter(|_| is_of_use);
        Ok(AddFile {
            remote_name,
            ranges,
            content_id: draft.content_id.clone(),
            expected_size: draft.size,
            manifest: manifest
                .map(|manifest| Box::new(NewManifest { optional: !draft.is_mandatory, ..manifest })),
            ..AddFile::default()
        })
    }

    /// "TRUE: Start returns only when done or failed" (do-download 3.1, BlockingMode); "the result is the failure code"
    /// (4.3).
    fn until_rest(&self) -> Answer {
        let filter = EventFilter { job: vec![self.id], ..EventFilter::default() };
        let news = self.draft().news();
        let code = self.service.follow(async |client| {
            let (mut events, mut news) = (client.events(filter.clone()).await?, news.clone());
            loop {
                let job = client.job(self.id).await?;
                {
                    let draft = self.draft();
                    let (seen, failed) = look(&job, &draft);
                    if seen.state != DownloadState::Transferring && !seen.is_waiting() {
                        return Ok(failed.unwrap_or(codes(&seen, &draft).0));
                    }
                }
                tokio::select! {
                    event = events.next() => drop(event?),
                    // What happens to a stream happens here.
                    _ = news.changed() => {}
                }
            }
        })?;
        if code.is_failure() { Err(Fail(code)) } else { OK }
    }
}
