//! A file of a job, as an answer shows it.

use std::path::PathBuf;

use bgcopy_core::{FileIndex, FileStage, Trust};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::name::{Base64, path_from_wire};
use crate::schema;
use crate::supply::{Mirror, NamedManifest, Pieces};

/// A file of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct File {
    /// Its place in the job, in the order in which files were added.
    #[schema(value_type = u32)]
    pub index: FileIndex,
    /// Where it comes from: complete for the owner of the job, without query for others.
    pub remote_name: String,
    /// A remote name that the next Resume puts in force (`SetRemoteName`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_remote_name: Option<String>,
    /// Where it appears on Complete; empty while nobody has said.
    pub local_name: String,
    /// The same, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
    /// The last part of the local name is only a guess until the server has answered.
    pub pending_name: bool,
    /// Nobody has said yet where it goes.
    #[serde(default, skip_serializing_if = "crate::supply::is_no")]
    pub unplaced: bool,
    /// The file the bytes are in until Complete; null before the transfer starts.
    pub temporary_name: Option<String>,
    /// The same, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub temporary_name_bytes: Option<Base64>,
    /// How far it got.
    #[schema(value_type = schema::FileStageWord)]
    pub stage: FileStage,
    /// How far it is.
    pub progress: FileProgress,
    /// The parts of the remote file that are fetched, in the order in which they are put together; none is
    /// the whole file.
    pub ranges: Vec<FileRange>,
    /// The parts of the remote file that the client asked for first, or at all (`RequestFileRanges`), merged and in
    /// order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requested_ranges: Vec<FileRange>,
    /// The bytes that are here (`GetFilledFileRanges`), merged and in order; in the finished file, where parts are put
    /// together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled_ranges: Vec<FileRange>,
    /// The size of the remote file, once told.
    pub remote_size: Option<u64>,
    /// What proves the version: a strong entity tag, or a strong date.
    pub validator: Option<String>,
    /// When the remote file was last changed.
    #[schema(value_type = Option<schema::Time>)]
    pub last_modified: Option<Timestamp>,
    /// How sure the bytes are.
    #[schema(value_type = schema::TrustWord)]
    pub trust: Trust,
    /// What the client said of the content; null when it said nothing.
    pub validation_state: Option<bool>,
    /// Bytes that came from origins.
    pub bytes_from_origin: u64,
    /// Bytes that came from mirrors.
    #[serde(default)]
    pub bytes_from_mirrors: u64,
    /// Bytes that came from cache hosts.
    #[serde(default)]
    pub bytes_from_cache_hosts: u64,
    /// Bytes that came from peers.
    pub bytes_from_peers: u64,
    /// Bytes that can be read from the temporary file now: from the first one on without a gap, and right as far as there
    /// are hashes of its pieces. 0 while nobody works at a file that is not whole, and once it has its name.
    #[serde(default)]
    pub bytes_in_order: u64,
    /// Who is asked for it just now.
    #[serde(default)]
    pub connections: Connections,
    /// Milliseconds that its transfer took so far.
    #[serde(default)]
    pub transfer_millis: u64,
    /// The digest that the client gave, such as `sha-256=…`.
    pub digest: Option<String>,
    /// The digest that the finished file must have: the client's, else the one that its publisher promised.
    #[serde(default)]
    pub expected_digest: Option<String>,
    /// The content id that the client gave.
    pub content_id: Option<String>,
    /// The size that the client expects.
    pub expected_size: Option<u64>,
    /// The hashes that its pieces must have, the client's or promised ones.
    #[serde(default)]
    pub pieces: Option<Pieces>,
    /// The document that the client named, which says what the file must be.
    #[serde(default)]
    pub manifest: Option<NamedManifest>,
    /// It must not come without such a document.
    #[serde(default, skip_serializing_if = "crate::supply::is_no")]
    pub manifest_required: bool,
    /// Other places of it, given or promised, the best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<Mirror>,
    /// Where `remote_size` and `validator` were learned, where that was not the remote name: complete for the
    /// owner of the job, without query for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_of: Option<String>,
    /// The damaged or partial copy whose good pieces are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The same, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub basis_bytes: Option<Base64>,
}

impl File {
    /// Where the file appears on Complete.
    pub fn local_path(&self) -> PathBuf {
        path_from_wire(&self.local_name, self.local_name_bytes.as_ref())
    }

    /// The file the bytes are in until Complete.
    pub fn temporary_path(&self) -> Option<PathBuf> {
        self.temporary_name.as_ref().map(|text| path_from_wire(text, self.temporary_name_bytes.as_ref()))
    }

    /// Bytes that came from anywhere; what was here already did not.
    pub fn bytes_fetched(&self) -> u64 {
        let kinds = [
            self.bytes_from_origin,
            self.bytes_from_mirrors,
            self.bytes_from_cache_hosts,
            self.bytes_from_peers,
        ];
        kinds.into_iter().fold(0, u64::saturating_add)
    }
}

/// Connections by whom they ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Connections {
    /// The origin and mirrors.
    pub http: u32,
    /// Cache hosts.
    pub cache_hosts: u32,
}

/// `BG_FILE_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct FileProgress {
    /// Size, or the sum of the requested ranges; null while unknown.
    pub bytes_total: Option<u64>,
    /// Bytes that are here.
    pub bytes_transferred: u64,
    /// The file is under its name: Complete renamed it.
    pub completed: bool,
}

/// `BG_FILE_RANGE`: a part of the remote file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRange {
    /// The first byte wanted, in the remote file.
    pub offset: u64,
    /// How many bytes; null is to the end of the file (`BG_LENGTH_TO_EOF`).
    #[serde(default)]
    pub length: Option<u64>,
}

/// All files of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileList {
    /// In the order in which they were added.
    pub files: Vec<File>,
}
