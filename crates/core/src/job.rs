//! A job and its files as they are kept: what survives the service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::answer::Validator;
use crate::demand::Demand;
use crate::id::{FileIndex, JobId, Owner};
use crate::kept::Kept;
use crate::name::{LocalName, RemoteName};
use crate::progress::{FileProgress, JobProgress, JobTimes, ReplyProgress};
use crate::range::{ByteRange, FileRange, RangeSet};
use crate::record::ErrorRecord;
use crate::secret::JobSecrets;
use crate::settings::{Digest, JobSettings};
use crate::state::{JobState, JobType, Priority};
use crate::supply::{Mirror, PieceList, Promised, SourceKind, Supply};
use crate::time::Wall;
use crate::upload::{self, UploadRecord, UploadStage};

/// A job, whole. Its serialised form, which the store keeps beside its database, is without the secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its GUID.
    pub id: JobId,
    /// Whose it is.
    pub owner: Owner,
    /// What kind.
    pub kind: JobType,
    /// 1 to 256 characters, need not be unique.
    pub display_name: String,
    /// Up to 1,024 characters.
    pub description: String,
    /// How urgent.
    pub priority: Priority,
    /// Everything a client can set.
    pub settings: JobSettings,
    /// What is kept apart.
    #[serde(skip)]
    pub secrets: JobSecrets,
    /// Where it stands.
    pub state: JobState,
    /// A Complete or Cancel that was accepted and whose effects are not all done yet: the recorded intent
    /// that lets a restart finish it (F02, F03).
    pub ending: Option<Ending>,
    /// Resume was called at least once; freezes some properties (spec 4.1).
    pub resumed: bool,
    /// Why it is stuck, from the failure until bytes move again.
    pub error: Option<ErrorRecord>,
    /// `GetErrorCount` (spec 6.8): never reset.
    pub error_count: u32,
    /// When things happened.
    pub times: JobTimes,
    /// When bytes last moved or the job was last touched; the age limit counts from here.
    pub last_activity: Wall,
    /// When the first failure since bytes last moved struck; the no-progress timeout counts from here.
    pub stalled_since: Option<Wall>,
    /// Milliseconds spent in Connecting and Transferring since the last Resume (`MaximumDownloadTime`).
    pub running_millis: u64,
    /// The client that created the job may repeat its request: the key it gave (J10).
    pub idempotency_key: Option<String>,
    /// Notifications that a client has not yet confirmed (spec 8.2, at least once).
    pub unconfirmed: Unconfirmed,
    /// How far it got with the server, of an upload.
    #[serde(default)]
    pub upload: Option<Box<UploadRecord>>,
    /// In add order. A reply that the server of an upload named is the second; its client never added it
    /// ([`JobRecord::own_files`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRecord>,
}

/// What is still owed to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unconfirmed {
    /// `JobTransferred` was due and no client confirmed it.
    pub transferred: bool,
    /// `JobError` was due and no client confirmed it.
    pub error: bool,
}

/// How an accepted end of a job is going to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Publish what is whole, discard the rest.
    Complete,
    /// Discard everything.
    Cancel,
}

/// What a client gives when it adds a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileSpec {
    /// Where it comes from.
    pub remote_name: RemoteName,
    /// Where it goes.
    pub local_name: LocalName,
    /// The base name is only pending: the first answer's `Content-Disposition` may propose a better one
    /// (design.md "Running").
    #[serde(default)]
    pub pending_name: bool,
    /// Nobody has said yet where it goes: the local name stands in for that ([`LocalName::stand_in`]), and the job waits
    /// for it (spec 7.12, `IDeliveryOptimizationJob2::AddFile`).
    #[serde(default)]
    pub unplaced: bool,
    /// Parts of the remote file, in the order in which they are put together; none is the whole file.
    #[serde(default)]
    pub ranges: Vec<FileRange>,
    /// The digest of the finished file.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// The id of published content (DO), else any string unique in the job.
    #[serde(default)]
    pub content_id: Option<String>,
    /// The size the client expects.
    #[serde(default)]
    pub expected_size: Option<u64>,
    /// Where else it comes from, and what proves it.
    #[serde(default)]
    pub supply: Supply,
}

impl FileSpec {
    /// The size of the finished file, given that of the remote file: the same, or the sum of the requested
    /// ranges (spec 3).
    pub fn bytes_total(&self, remote_size: Option<u64>) -> Option<u64> {
        if self.ranges.is_empty() {
            return remote_size.or(self.expected_size);
        }
        self.ranges.iter().try_fold(0u64, |sum, range| {
            let length = match (range.length, remote_size) {
                (Some(length), _) => length,
                (None, size) => size?.saturating_sub(range.offset),
            };
            sum.checked_add(length)
        })
    }
}

/// How far a file got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStage {
    /// Not every byte is here.
    Wanted,
    /// Every byte is here and proved as well as it can be.
    Transferred,
    /// Renamed to its destination: the user can use it.
    Published,
    /// Thrown away by Cancel, or by Complete because it was not whole.
    Discarded,
}

/// How sure we are of a file's bytes (design.md "Trust").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Nobody can tell.
    #[default]
    Unverified,
    /// One strong validator throughout.
    Consistent,
    /// A digest of the whole, or piece hashes that nobody vouches for.
    Digest,
    /// Every piece against a list whose root came over a trusted way.
    Pieces,
}

/// A file of a job, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRecord {
    /// What the client gave; the remote name as it is now.
    pub spec: FileSpec,
    /// A remote name set but not yet committed by Resume (spec 7.9, `SetRemoteName`).
    pub next_remote_name: Option<Box<RemoteName>>,
    /// How far it got.
    pub stage: FileStage,
    /// The temporary file, once there is one.
    #[serde(default, with = "crate::name::optional_path")]
    pub temporary: Option<PathBuf>,
    /// How the temporary file looked when it was whole, where it has no piece log.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// The complete size of the remote file, once told.
    pub remote_size: Option<u64>,
    /// What proves the version of the bytes that are here.
    pub validator: Option<Validator>,
    /// For the time stamp of the published file.
    pub last_modified: Option<Wall>,
    /// Bytes that are here, as of the last checkpoint known to the record.
    pub bytes_here: u64,
    /// Which those are, of a file that is not whole.
    #[serde(default, skip_serializing_if = "RangeSet::is_empty")]
    pub filled: RangeSet,
    /// What its client wants first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<Box<Demand>>,
    /// Bytes that came from origins.
    pub bytes_from_origin: u64,
    /// Bytes that came from mirrors.
    #[serde(default)]
    pub bytes_from_mirrors: u64,
    /// Bytes that came from cache hosts.
    #[serde(default)]
    pub bytes_from_cache_hosts: u64,
    /// Milliseconds that runs at it took.
    #[serde(default)]
    pub transfer_millis: u64,
    /// What was promised of it by others than the client, since it began.
    #[serde(default)]
    pub promise: Promised,
    /// Whose version the validator and the size are of; none is the remote name.
    #[serde(default)]
    pub version_of: Option<Box<RemoteName>>,
    /// How sure we are.
    pub trust: Trust,
    /// `SetValidationState` (spec 7.9).
    pub validation_state: Option<bool>,
    /// The header block of the last answer (spec 4.2).
    pub response_headers: Option<String>,
    /// Times when the remote file was seen to have changed, of the last hour (A10).
    pub remote_changes: Vec<Wall>,
}

impl FileRecord {
    /// A file that was just added.
    pub fn new(spec: FileSpec) -> Self {
        Self {
            spec,
            next_remote_name: None,
            stage: FileStage::Wanted,
            temporary: None,
            kept: None,
            remote_size: None,
            validator: None,
            last_modified: None,
            bytes_here: 0,
            filled: RangeSet::new(),
            demand: None,
            bytes_from_origin: 0,
            bytes_from_mirrors: 0,
            bytes_from_cache_hosts: 0,
            transfer_millis: 0,
            promise: Promised::default(),
            version_of: None,
            trust: Trust::Unverified,
            validation_state: None,
            response_headers: None,
            remote_changes: Vec::new(),
        }
    }

    /// The size of the finished file: that of the remote file, or the sum of the requested ranges (spec 3).
    pub fn bytes_total(&self) -> Option<u64> {
        self.spec.bytes_total(self.remote_size.or(self.promise.size))
    }

    /// The size that the remote file must have: as the client says, else as others promise.
    pub fn expected_size(&self) -> Option<u64> {
        let listed = self.pieces().map(|pieces| pieces.size);
        self.spec.expected_size.or(self.promise.size).or(listed)
    }

    /// The digest that the finished file must have.
    pub fn digest(&self) -> Option<&Digest> {
        // What others promise, they promise of the remote file.
        let promised = self.promise.digest.as_ref().filter(|_| self.spec.ranges.is_empty());
        self.spec.digest.as_ref().or(promised)
    }

    /// The hashes that its pieces must have. Parts of a file have none: they are pieces of no list.
    pub fn pieces(&self) -> Option<&PieceList> {
        let given = self.spec.supply.pieces.as_ref().or(self.promise.pieces.as_ref());
        given.filter(|_| self.spec.ranges.is_empty())
    }

    /// Counts bytes by whom they came from.
    pub fn count(&mut self, from: SourceKind, bytes: u64) {
        let count = match from {
            SourceKind::Origin => &mut self.bytes_from_origin,
            SourceKind::Mirror => &mut self.bytes_from_mirrors,
            SourceKind::CacheHost => &mut self.bytes_from_cache_hosts,
        };
        *count = count.saturating_add(bytes);
    }

    /// Whether the content proves itself in the end, whoever brings it.
    pub fn is_provable(&self) -> bool {
        self.digest().is_some() || self.pieces().is_some()
    }

    /// The other places of it, the best first.
    pub fn mirrors(&self) -> Vec<&Mirror> {
        let mut mirrors: Vec<&Mirror> =
            self.spec.supply.mirrors.iter().chain(&self.promise.mirrors).collect();
        mirrors.sort_by_key(|mirror| mirror.priority);
        mirrors
    }

    /// `BG_FILE_PROGRESS`.
    pub fn progress(&self) -> FileProgress {
        FileProgress {
            bytes_total: self.bytes_total(),
            bytes_transferred: self.bytes_here,
            completed: self.stage == FileStage::Published,
        }
    }

    /// Whether its bytes can be asked for in any order: the requirements "for `BITS_JOB_PROPERTY_ON_DEMAND_MODE` jobs"
    /// (spec 4.1), as far as they are no matter of the server. Ranges that were given with the file have theirs.
    pub fn has_random_access(&self, settings: &JobSettings) -> bool {
        self.spec.ranges.is_empty() && !settings.dynamic_content && settings.http_method.is_none()
    }

    /// Whether nothing of it is fetched but what its client asked for.
    pub fn is_on_demand(&self, settings: &JobSettings) -> bool {
        settings.on_demand && self.has_random_access(settings)
    }

    /// What its client asked for and does not have yet, given what is here.
    pub fn wanted_first(&self, settings: &JobSettings, have: &RangeSet) -> Option<ByteRange> {
        let demand = self.demand.as_ref().filter(|_| self.has_random_access(settings))?;
        demand.first_gap(have, self.remote_size)
    }

    /// Every byte is here.
    pub fn is_transferred(&self) -> bool {
        matches!(self.stage, FileStage::Transferred | FileStage::Published)
    }

    /// Forgets every byte and what was known of the remote file.
    pub fn start_again(&mut self) {
        self.stage = FileStage::Wanted;
        self.kept = None;
        self.remote_size = None;
        self.validator = None;
        self.last_modified = None;
        self.version_of = None;
        self.bytes_here = 0;
        self.filled = RangeSet::new();
        self.trust = Trust::Unverified;
        self.validation_state = None;
    }
}

impl JobRecord {
    /// Everything but the files.
    pub fn head(&self) -> Self {
        Self {
            id: self.id,
            owner: self.owner,
            kind: self.kind,
            display_name: self.display_name.clone(),
            description: self.description.clone(),
            priority: self.priority,
            settings: self.settings.clone(),
            secrets: self.secrets.clone(),
            state: self.state,
            ending: self.ending,
            resumed: self.resumed,
            error: self.error.clone(),
            error_count: self.error_count,
            times: self.times,
            last_activity: self.last_activity,
            stalled_since: self.stalled_since,
            running_millis: self.running_millis,
            idempotency_key: self.idempotency_key.clone(),
            unconfirmed: self.unconfirmed,
            upload: self.upload.clone(),
            files: Vec::new(),
        }
    }

    /// The file at this place.
    pub fn file(&self, index: FileIndex) -> Option<&FileRecord> {
        self.files.get(index.as_usize())
    }

    /// The files that its client added.
    pub fn own_files(&self) -> &[FileRecord] {
        let own =
            if self.is_upload() { self.files.len().min(upload::REPLY.as_usize()) } else { self.files.len() };
        self.files.get(..own).unwrap_or_default()
    }

    /// The reply to an upload, once the server named it.
    pub fn reply(&self) -> Option<&FileRecord> {
        self.file(upload::REPLY).filter(|_| self.is_upload())
    }

    /// Whether its file goes to a server.
    pub const fn is_upload(&self) -> bool {
        matches!(self.kind, JobType::Upload | JobType::UploadReply)
    }

    /// The files with their places.
    pub fn indexed_files(&self) -> impl Iterator<Item = (FileIndex, &FileRecord)> {
        (0..).map(FileIndex).zip(&self.files)
    }

    /// `BG_FILE_PROGRESS` of one of its files. What was uploaded is of use to its owner all along: "Upload: TRUE when
    /// upload is done" (spec 3).
    pub fn file_progress(&self, index: FileIndex) -> Option<FileProgress> {
        let file = self.file(index)?;
        let progress = file.progress();
        let sent = self.is_upload() && index == upload::SOURCE && file.is_transferred();
        Some(FileProgress { completed: progress.completed || sent, ..progress })
    }

    /// `BG_JOB_REPLY_PROGRESS`: "BG_SIZE_UNKNOWN until the reply begins; 0 if the job has no reply" (spec 3), which is
    /// known once the server has all that it replies to.
    pub fn reply_progress(&self) -> ReplyProgress {
        let sent = self.upload.as_ref().is_some_and(|upload| upload.stage > UploadStage::Sending);
        match self.reply() {
            Some(file) => {
                ReplyProgress { bytes_total: file.bytes_total(), bytes_transferred: file.bytes_here }
            }
            None => ReplyProgress { bytes_total: sent.then_some(0), bytes_transferred: 0 },
        }
    }

    /// `BG_JOB_PROGRESS`. That of a reply is told apart from it (`BG_JOB_REPLY_PROGRESS`).
    pub fn progress(&self) -> JobProgress {
        let files = self.own_files();
        JobProgress {
            bytes_total: files.iter().try_fold(0u64, |sum, file| sum.checked_add(file.bytes_total()?)),
            bytes_transferred: files.iter().fold(0u64, |sum, file| sum.saturating_add(file.bytes_here)),
            files_total: u32::try_from(files.len()).unwrap_or(u32::MAX),
            files_transferred: files.iter().map(|file| u32::from(file.is_transferred())).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn a_temporary_file_need_not_be_named_in_utf_8() {
        let spec = FileSpec {
            remote_name: "http://h/f".parse().unwrap(),
            local_name: LocalName::new("/f").unwrap(),
            pending_name: false,
            unplaced: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
            supply: Supply::default(),
        };
        let temporary = Some(PathBuf::from(OsString::from_vec(b"/\xff".to_vec())));
        let file = FileRecord { temporary, ..FileRecord::new(spec) };
        let text = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<FileRecord>(&text).unwrap(), file);
    }
}
