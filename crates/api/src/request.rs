//! What clients send. A field that is not known is refused; in a patch (RFC 7396) an absent field leaves a
//! property as it is, and null unsets a property that may be unset.

use bgcopy_core::{Existing, Family, JobId, JobState, JobType, Priority, Secret};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::event::{EventId, EventKind};
use crate::file::FileRange;
use crate::name::{Base64, path_to_wire};
use crate::patch::Patch;
use crate::schema;
use crate::settings::{CommandLine, Proxy};
use crate::supply::{NewManifest, NewMirror, NewPieces};

/// A job to be made (`CreateJob`). It starts suspended, unless `resume` says otherwise. All or nothing: a
/// refused file or setting makes no job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateJob {
    /// 1 to 256 characters; need not be unique.
    pub display_name: String,
    /// Up to 1,024 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What kind.
    #[serde(default = "download")]
    #[schema(value_type = schema::JobTypeWord, default = "download")]
    pub kind: JobType,
    /// Through which class of object it is made; decides defaults where DO and BITS differ.
    #[serde(default)]
    #[schema(value_type = schema::FamilyWord, default = "do")]
    pub family: Family,
    /// How urgent; `normal` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::PriorityWord>)]
    pub priority: Option<Priority>,
    /// What the job is told besides.
    #[serde(default)]
    pub settings: SetSettings,
    /// Its first files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<AddFile>,
    /// Where the reply to an upload goes (`SetReplyFileName`); left out, a name beside the file that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_name: Option<String>,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub reply_name_bytes: Option<Base64>,
    /// Credentials for servers and proxies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<NewCredentials>,
    /// Custom request headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Resume it at once.
    #[serde(default)]
    pub resume: bool,
}

const fn download() -> JobType {
    JobType::Download
}

impl CreateJob {
    /// The same, whose reply appears at `path`.
    #[must_use]
    pub fn replying_at(self, path: &std::path::Path) -> Self {
        let (reply_name, reply_name_bytes) = path_to_wire(path);
        Self { reply_name: Some(reply_name), reply_name_bytes, ..self }
    }

    /// A job of this name, without files.
    pub fn named(display_name: impl Into<String>) -> Self {
        Self {
            display_name: display_name.into(),
            description: String::new(),
            kind: JobType::Download,
            family: Family::Do,
            priority: None,
            settings: SetSettings::default(),
            files: Vec::new(),
            reply_name: None,
            reply_name_bytes: None,
            credentials: Vec::new(),
            headers: Vec::new(),
            resume: false,
        }
    }
}

/// A file to be added to a job; to one that uploads, the file that is sent, with nothing but its two names.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFile {
    /// Where it comes from, or goes to: an http or https URL of at most 2,200 characters. A user part moves into the job's credentials.
    pub remote_name: String,
    /// An absolute, plain path; its folder exists, and that of an upload itself. Leave it out where `local_name_bytes` or
    /// `unplaced` is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub local_name: String,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
    /// The last part of the local name is only a guess: the name that the server proposes
    /// (`Content-Disposition`) is better.
    #[serde(default)]
    pub pending_name: bool,
    /// Where it goes is said later, by a change of the file: the job cannot be resumed before
    /// (`IDeliveryOptimizationJob2::AddFile`).
    #[serde(default, skip_serializing_if = "crate::supply::is_no")]
    pub unplaced: bool,
    /// Parts of the remote file, put together in this order; none is the whole file. They must not overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<FileRange>,
    /// The digest of the finished file: `sha-256=` or `sha-512=` and hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The id of published content, else any text that is unique in the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// The size that is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_size: Option<u64>,
    /// Other places of the same file, at most 256. Their bytes are mixed with those of the remote name where
    /// `digest`, `pieces` or a manifest proves the content; else they are asked only where the remote name fails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<NewMirror>,
    /// The hashes of its pieces: each is verified as it comes. For whole files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Box<NewPieces>>,
    /// A document that says what the file must be; the file does not come without it. For whole files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Box<NewManifest>>,
    /// The absolute path of a damaged or partial copy: its good pieces are taken and not fetched, and it stays as
    /// it is. Needs `pieces`, `manifest` or `digest`. It may be the local name itself: then the file is mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub basis_bytes: Option<Base64>,
    /// As `offered` of a mirror, of `remote_name`.
    #[serde(default, skip_serializing_if = "crate::supply::is_no")]
    pub offered: bool,
}

impl AddFile {
    /// The whole of `remote_name`, to appear at `local_name`.
    pub fn whole(remote_name: impl Into<String>, local_name: &std::path::Path) -> Self {
        let (local_name, local_name_bytes) = path_to_wire(local_name);
        Self { remote_name: remote_name.into(), local_name, local_name_bytes, ..Self::default() }
    }

    /// The whole of `remote_name`, whose place is said later.
    pub fn unplaced(remote_name: impl Into<String>) -> Self {
        Self { remote_name: remote_name.into(), unplaced: true, ..Self::default() }
    }

    /// The same, to appear at another place.
    pub fn at(self, local_name: &std::path::Path) -> Self {
        let (local_name, local_name_bytes) = path_to_wire(local_name);
        Self { local_name, local_name_bytes, ..self }
    }

    /// The same file, of which a damaged or partial copy is here.
    pub fn on_basis(self, basis: &std::path::Path) -> Self {
        let (text, basis_bytes) = path_to_wire(basis);
        Self { basis: Some(text), basis_bytes, ..self }
    }
}

/// Files to be added, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddFiles {
    /// At least one.
    pub files: Vec<AddFile>,
}

/// Changes to a job, all or none.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetJob {
    /// `SetDisplayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `SetDescription`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `SetPriority`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::PriorityWord>)]
    pub priority: Option<Priority>,
    /// `SetReplyFileName`, until the reply begins; null is a name beside the file that is sent.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<String>)]
    pub reply_name: Patch<String>,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub reply_name_bytes: Option<Base64>,
    /// Everything else.
    #[serde(default)]
    pub settings: SetSettings,
}

/// Changes to what a job is told. The fields mean what they mean in [`Settings`](crate::Settings).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// `SetNotifyFlags`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_flags: Option<u32>,
    /// `SetNotifyCmdLine`.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<CommandLine>)]
    pub notify_cmd_line: Patch<CommandLine>,
    /// `SetMinimumRetryDelay`: at least 5, smaller values are raised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_retry_delay_seconds: Option<u64>,
    /// `SetNoProgressTimeout`; 0 makes every failure final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_progress_timeout_seconds: Option<u64>,
    /// `SetMaximumDownloadTime`; 0 is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_download_time_seconds: Option<u64>,
    /// `SetProxySettings`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// `SetSecurityFlags`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_flags: Option<u32>,
    /// `SetHttpMethod`, before the first Resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_method: Option<String>,
    /// `SetPeerCachingFlags`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_caching_flags: Option<u32>,
    /// `SetFileACLFlags`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl_flags: Option<u32>,
    /// Property 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_flags: Option<u32>,
    /// Nothing goes over a cellular link (`DisallowOnCellular` of a download).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_cellular: Option<bool>,
    /// Property 2.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<schema::Guid>)]
    pub notification_clsid: Patch<Uuid>,
    /// Property 3, before the first Resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic_content: Option<bool>,
    /// Property 4, before the first file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_performance: Option<bool>,
    /// Property 5, before the first Resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_download_size: Option<u64>,
    /// Property 7; only `proxy`.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<schema::AuthTargetWord>)]
    pub use_stored_credentials: Patch<bgcopy_core::AuthTarget>,
    /// Property 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_notification_interval_ms: Option<u32>,
    /// Property 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_demand: Option<bool>,
    /// Complete by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_complete: Option<bool>,
    /// What Complete does when the destination exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExistingWord>)]
    pub existing: Option<Existing>,
    /// An answer that can only be used from its start is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbid_restart: Option<bool>,
    /// A file whose size is not told is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_size: Option<bool>,
    /// A body whose end is only known by the closing of the connection is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_unverified: Option<bool>,
    /// Bytes per second.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<u64>)]
    pub max_bytes_per_second: Patch<u64>,
    /// PEM of the authorities trusted besides the system's.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<String>)]
    pub extra_roots: Patch<String>,
    /// The client certificate and its key.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<ClientCertificate>)]
    pub client_certificate: Patch<ClientCertificate>,
    /// `SetServerCertificateValidationInterface`, while the job is suspended, in error or transferred: no server is asked
    /// for anything before the owner accepted its certificate. What was accepted before counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_certificate_callback: Option<bool>,
}

/// What the job proves itself with to servers that ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// PEM of the certificate and its chain.
    pub certificate: String,
    /// PEM of its key; never shown again.
    #[schema(value_type = schema::SecretText)]
    pub key: Secret,
}

/// Changes to a file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFile {
    /// `SetRemoteName`: in force from the next Resume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_name: Option<String>,
    /// `SetValidationState`, once the file is here: false throws the content away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_state: Option<bool>,
    /// `RequestFileRanges`: bytes that are wanted before all others, or at all where the job is on demand. They may
    /// overlap those asked for before. For whole files, of jobs that are not dynamic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_ranges: Vec<FileRange>,
    /// `UpdateDownloadPosition`: from where on what was asked for comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub download_position: Option<u64>,
    /// The size that is expected, until the file begins.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<u64>)]
    pub expected_size: Patch<u64>,
    /// A document that says what the file must be, until it begins. For whole files.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    #[schema(value_type = Option<NewManifest>)]
    pub manifest: Patch<NewManifest>,
    /// The file must not come without such a document, until the file begins: the job cannot be resumed while there is
    /// none, and `optional` of it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_required: Option<bool>,
    /// Where it goes, until the file begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_name: Option<String>,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
    /// Further parts of a file of which parts were asked for: they come behind those with the next Resume, also where
    /// those are here already. While the job is suspended, in error or transferred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_ranges: Vec<FileRange>,
}

/// `ReplaceRemotePrefix`: on every file whose remote name starts with `old_prefix`, case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplacePrefix {
    /// Not empty.
    pub old_prefix: String,
    /// What comes in its place.
    pub new_prefix: String,
}

/// User name and password (`SetCredentials`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// At most 300 characters.
    pub user: String,
    /// At most 65,535 characters; never shown again.
    #[schema(value_type = schema::SecretText)]
    pub password: Secret,
}

/// Credentials, with whom they are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredentials {
    /// `server` or `proxy`. A word that is none is refused with its own code (spec 7.3), hence the text.
    #[schema(value_type = schema::AuthTargetWord)]
    pub target: String,
    /// `basic` or `digest`; as with `target`.
    #[schema(value_type = schema::AuthSchemeWord)]
    pub scheme: String,
    /// At most 300 characters.
    pub user: String,
    /// At most 65,535 characters; never shown again.
    #[schema(value_type = schema::SecretText)]
    pub password: Secret,
}

/// A custom request header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name; `Host`, `Range`, `Content-Length` and their like are refused.
    pub name: String,
    /// Its value: it may hold a token, so no log shows it.
    #[schema(value_type = schema::SecretText)]
    pub value: Secret,
    /// A server is shown it only once it answered 401 (`HttpCustomAuthHeaders` of a download).
    #[serde(default, skip_serializing_if = "crate::supply::is_no")]
    pub when_challenged: bool,
}

impl Header {
    /// A header of every request.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Secret::new(value), when_challenged: false }
    }
}

/// Custom request headers in place of those before (`SetCustomHeaders`); none removes them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetHeaders {
    /// At most 16,383 characters together.
    pub headers: Vec<Header>,
}

/// A notification that is repeated until a client confirms it (spec 8.2, at least once).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Notification {
    /// The job is transferred.
    JobTransferred,
    /// The job is in error.
    JobError,
}

/// The client has seen a notification and acted on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// Which.
    pub notification: Notification,
}

/// Which jobs a list holds.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct JobFilter {
    /// Everybody's jobs (`BG_JOB_ENUM_ALL_USERS`); for administrators.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_users: bool,
    /// Only jobs in these states, comma separated.
    #[serde(default, with = "comma", skip_serializing_if = "Vec::is_empty")]
    #[param(value_type = Option<String>, example = "transferred,error")]
    pub state: Vec<JobState>,
    /// Only jobs that go by this name: the id, the start of the id (4 digits or more), or the display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// At most this many, 1 to 1,000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// Only jobs behind this one, whether it is still there or not: `next` of the part before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<String>)]
    pub after: Option<JobId>,
}

/// Jobs of a list that does not say how many it wants.
pub const LIST_LIMIT_DEFAULT: u32 = 100;
/// Jobs of one part of a list: keeps an answer below a few MiB.
pub const LIST_LIMIT_MAX: u32 = 1_000;

impl JobFilter {
    /// Jobs that go by this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// How many jobs at most, within what is allowed.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(LIST_LIMIT_DEFAULT).clamp(1, LIST_LIMIT_MAX) as usize
    }
}

/// Which events a client wants to hear of.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    /// Only events of these jobs, comma separated; all the caller's jobs when absent.
    #[serde(default, with = "comma", skip_serializing_if = "Vec::is_empty")]
    #[param(value_type = Option<String>)]
    pub job: Vec<JobId>,
    /// Only these kinds, comma separated; all kinds when absent.
    #[serde(default, with = "comma", skip_serializing_if = "Vec::is_empty")]
    #[param(value_type = Option<String>, example = "job-transferred,job-error")]
    pub kind: Vec<EventKind>,
    /// Everybody's jobs; for administrators.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_users: bool,
    /// Only events behind this one; the header `Last-Event-ID` beats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<u64>)]
    pub after: Option<EventId>,
}

/// A number that is looked up, and in which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DescribeQuery {
    /// A Windows LANGID, as a decimal number; without it the language of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_id: Option<u32>,
}

/// Lists in a query string, where serde has only texts.
mod comma {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(list: &[T], serializer: S) -> Result<S::Ok, S::Error> {
        let words: Vec<String> = list.iter().map(T::to_string).collect();
        serializer.serialize_str(&words.join(","))
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        let text = String::deserialize(deserializer)?;
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| word.parse().map_err(serde::de::Error::custom)).collect()
    }
}
