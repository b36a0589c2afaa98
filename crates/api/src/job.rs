//! A job, as an answer shows it.

use bgcopy_core::{Family, JobId, JobState, JobType, Priority, Trust};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ErrorInfo;
use crate::reply::UploadReply;
use crate::request::Notification;
use crate::schema;
use crate::settings::Settings;

/// A job: everything but its files and its secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Its GUID.
    #[schema(value_type = schema::Guid)]
    pub id: JobId,
    /// Whose it is, as text (`GetOwner`).
    pub owner: String,
    /// Whose it is, as user id.
    pub owner_uid: u32,
    /// What kind.
    #[schema(value_type = schema::JobTypeWord)]
    pub kind: JobType,
    /// Through which class it was made.
    #[schema(value_type = schema::FamilyWord)]
    pub family: Family,
    /// Its name, which need not be unique.
    pub display_name: String,
    /// Its description; empty when there is none.
    pub description: String,
    /// How urgent.
    #[schema(value_type = schema::PriorityWord)]
    pub priority: Priority,
    /// Where it stands.
    #[schema(value_type = schema::JobStateWord)]
    pub state: JobState,
    /// How far it is.
    pub progress: JobProgress,
    /// Bytes per second now, while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
    /// When it will be done at this rate, while it runs and its size is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<u64>,
    /// Who serves now, without secrets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// How sure the bytes are: as sure as those of the file that is proved least.
    #[serde(default)]
    #[schema(value_type = schema::TrustWord)]
    pub trust: Trust,
    /// From where its bytes came.
    #[serde(default)]
    pub bytes_from: BytesFrom,
    /// The reply to it, of an upload that asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<UploadReply>,
    /// When things happened.
    pub times: JobTimes,
    /// Why it is stuck, from the failure until bytes move again (spec 6.1).
    pub error: Option<ErrorInfo>,
    /// `GetErrorCount`: never reset.
    pub error_count: u32,
    /// Resume was called at least once; some settings are frozen then.
    pub resumed: bool,
    /// Notifications that no client has confirmed yet.
    pub unconfirmed: Vec<Notification>,
    /// Everything a client can set.
    pub settings: Settings,
}

/// `BG_JOB_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct JobProgress {
    /// Sum over files; null while the size of any file is unknown; 0 for a job without files.
    pub bytes_total: Option<u64>,
    /// Sum over files; falls when a file has to start again.
    pub bytes_transferred: u64,
    /// How many files the job has.
    pub files_total: u32,
    /// Files fully transferred.
    pub files_transferred: u32,
}

/// Bytes by the kind of their source, those that had to be fetched again included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct BytesFrom {
    /// From the servers of the remote names.
    pub origin: u64,
    /// From mirrors.
    pub mirrors: u64,
    /// From cache hosts.
    pub cache_hosts: u64,
}

/// `BG_JOB_TIMES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobTimes {
    /// When the job was created.
    #[schema(value_type = schema::Time)]
    pub creation: Timestamp,
    /// Last change: bytes, files, setters, states.
    #[schema(value_type = schema::Time)]
    pub modification: Timestamp,
    /// When it became transferred.
    #[schema(value_type = Option<schema::Time>)]
    pub transfer_completion: Option<Timestamp>,
}

/// A part of a list of jobs, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// What to give as `after` for the next part; null at the end.
    #[schema(value_type = Option<schema::Guid>)]
    pub next: Option<JobId>,
}
