//! From what clients send to the words of `core`: parsed once, into what cannot be wrong by itself. Whether a
//! job's state, its owner or a limit stands against it is for the service to say.

use std::path::PathBuf;
use std::time::Duration;

use bgcopy_core::{
    AclFlags, AuthScheme, AuthTarget, CostFlags, Credentials, Existing, FileRange, FileSpec, JobSecrets,
    JobSettings, JobType, LocalName, NotifyFlags, PeerCachingFlags, Priority, ProxySettings, Refusal,
    RemoteName, Secret, SecurityFlags,
};
use uuid::Uuid;

use crate::name::path_from_wire;
use crate::request::{AddFile, AddFiles, CreateJob, Header, NewCredentials, SetFile, SetJob, SetSettings};

/// A field that cannot be what it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refusal}")]
pub struct Rejected {
    /// Its path in the request, such as `files[2].remote_name`.
    pub field: String,
    /// What is wrong with it.
    pub refusal: Refusal,
}

impl Rejected {
    fn new(field: impl Into<String>, refusal: impl Into<Refusal>) -> Self {
        Self { field: field.into(), refusal: refusal.into() }
    }

    fn within(self, parent: &str) -> Self {
        Self { field: format!("{parent}.{}", self.field), ..self }
    }
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        rejected.refusal
    }
}

/// A job to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDraft {
    /// Its name.
    pub display_name: String,
    /// Its description.
    pub description: String,
    /// What kind.
    pub kind: JobType,
    /// How urgent.
    pub priority: Priority,
    /// What it is told.
    pub settings: JobSettings,
    /// What is kept apart.
    pub secrets: JobSecrets,
    /// Its first files.
    pub files: Vec<FileSpec>,
    /// Resume it at once.
    pub resume: bool,
}

impl TryFrom<CreateJob> for JobDraft {
    type Error = Rejected;

    fn try_from(job: CreateJob) -> Result<Self, Rejected> {
        let mut settings = JobSettings { family: job.family, ..JobSettings::default() };
        let mut secrets = JobSecrets::default();
        for change in changes(job.settings).map_err(|rejected| rejected.within("settings"))? {
            change.apply(&mut settings, &mut secrets);
        }
        for (at, credentials) in job.credentials.into_iter().enumerate() {
            let entry =
                credentials.parse().map_err(|rejected| rejected.within(&format!("credentials[{at}]")))?;
            secrets.credentials.retain(|(target, scheme, _)| (*target, *scheme) != (entry.0, entry.1));
            secrets.credentials.push(entry);
        }
        secrets.headers = header_pairs(job.headers);
        let files = FilesDraft::try_from(AddFiles { files: job.files })?;
        // What the client says by name beats what stands in a URL.
        if let Some(credentials) = files.credentials
            && secrets.credentials(AuthTarget::Server, AuthScheme::Basic).is_none()
        {
            secrets.credentials.push((AuthTarget::Server, AuthScheme::Basic, credentials));
        }
        Ok(Self {
            display_name: job.display_name,
            description: job.description,
            kind: job.kind,
            priority: job.priority.unwrap_or(Priority::Normal),
            settings,
            secrets,
            files: files.files,
            resume: job.resume,
        })
    }
}

/// Files to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct FilesDraft {
    /// The files.
    pub files: Vec<FileSpec>,
    /// User and password that stood in a URL: they belong to the job, for the server (C09).
    pub credentials: Option<Credentials>,
}

impl TryFrom<AddFiles> for FilesDraft {
    type Error = Rejected;

    fn try_from(request: AddFiles) -> Result<Self, Rejected> {
        let mut draft = Self { files: Vec::with_capacity(request.files.len()), credentials: None };
        for (at, file) in request.files.into_iter().enumerate() {
            let (spec, credentials) =
                file.parse().map_err(|rejected: Rejected| rejected.within(&format!("files[{at}]")))?;
            draft.files.push(spec);
            let Some(credentials) = credentials else { continue };
            if draft.credentials.as_ref().is_some_and(|others| *others != credentials) {
                let reason = "names another user than the file before; a job has one per server".to_owned();
                let refusal = Refusal::InvalidArgument { argument: "remote_name", reason };
                return Err(Rejected::new(format!("files[{at}].remote_name"), refusal));
            }
            draft.credentials = Some(credentials);
        }
        Ok(draft)
    }
}

impl AddFile {
    /// The file, and the credentials that stood in its URL.
    pub fn parse(self) -> Result<(FileSpec, Option<Credentials>), Rejected> {
        let (remote_name, credentials) =
            RemoteName::parse(&self.remote_name).map_err(|error| Rejected::new("remote_name", error))?;
        let path = path_from_wire(&self.local_name, self.local_name_bytes.as_ref());
        let local_name = LocalName::new(path).map_err(|error| Rejected::new("local_name", error))?;
        let ranges: Vec<FileRange> = self
            .ranges
            .iter()
            .map(|range| FileRange { offset: range.offset, length: range.length })
            .collect();
        FileRange::check_all(&ranges).map_err(|refusal| Rejected::new("ranges", refusal))?;
        let digest = self.digest.as_deref().map(str::parse).transpose();
        let digest = digest.map_err(|error: bgcopy_core::settings::DigestError| {
            let refusal = Refusal::InvalidArgument { argument: "digest:", reason: error.to_string() };
            Rejected::new("digest", refusal)
        })?;
        let spec = FileSpec {
            remote_name,
            local_name,
            pending_name: self.pending_name,
            ranges,
            digest,
            content_id: self.content_id,
            expected_size: self.expected_size,
        };
        Ok((spec, credentials))
    }
}

impl NewCredentials {
    /// Whom they are for, and what they are. A word that names no target or scheme has its own code (spec
    /// 7.3).
    pub fn parse(self) -> Result<(AuthTarget, AuthScheme, Credentials), Rejected> {
        let (target, scheme) = parse_credentials_address(&self.target, &self.scheme)?;
        Ok((target, scheme, Credentials { user: self.user, password: self.password }))
    }
}

/// The target and scheme that words name (spec 7.3).
pub fn parse_credentials_address(target: &str, scheme: &str) -> Result<(AuthTarget, AuthScheme), Rejected> {
    let target = target
        .parse()
        .map_err(|_| Rejected::new("target", Refusal::InvalidAuthTarget { value: shown(target) }))?;
    let scheme = scheme
        .parse()
        .map_err(|_| Rejected::new("scheme", Refusal::InvalidAuthScheme { value: shown(scheme) }))?;
    Ok((target, scheme))
}

/// As much of somebody's input as a message repeats.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(bgcopy_core::limits::SHOWN_CHARS).collect::<String>())
}

/// Custom headers as `core` keeps them.
pub fn header_pairs(headers: Vec<Header>) -> Vec<(String, Secret)> {
    headers.into_iter().map(|header| (header.name, header.value)).collect()
}

/// Changes to a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobChanges {
    /// `SetDisplayName`.
    pub display_name: Option<String>,
    /// `SetDescription`.
    pub description: Option<String>,
    /// `SetPriority`.
    pub priority: Option<Priority>,
    /// The others.
    pub settings: Vec<Change>,
}

impl TryFrom<SetJob> for JobChanges {
    type Error = Rejected;

    fn try_from(request: SetJob) -> Result<Self, Rejected> {
        Ok(Self {
            display_name: request.display_name,
            description: request.description,
            priority: request.priority,
            settings: changes(request.settings).map_err(|rejected| rejected.within("settings"))?,
        })
    }
}

/// Changes to a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileChanges {
    /// `SetRemoteName`.
    pub remote_name: Option<RemoteName>,
    /// User and password that stood in the URL.
    pub credentials: Option<Credentials>,
    /// `SetValidationState`.
    pub validation_state: Option<bool>,
}

impl TryFrom<SetFile> for FileChanges {
    type Error = Rejected;

    fn try_from(request: SetFile) -> Result<Self, Rejected> {
        let name = request.remote_name.as_deref().map(RemoteName::parse).transpose();
        let (remote_name, credentials) = name.map_err(|error| Rejected::new("remote_name", error))?.unzip();
        let validation_state = request.validation_state;
        Ok(Self { remote_name, credentials: credentials.flatten(), validation_state })
    }
}

/// One setter of a job (spec 4.1, 7), parsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `SetNotifyFlags`.
    NotifyFlags(NotifyFlags),
    /// `SetNotifyCmdLine`.
    NotifyCmdLine(Option<(PathBuf, String)>),
    /// `SetMinimumRetryDelay`.
    MinRetryDelay(Duration),
    /// `SetNoProgressTimeout`.
    NoProgressTimeout(Duration),
    /// `SetMaximumDownloadTime`.
    MaxDownloadTime(Duration),
    /// `SetProxySettings`.
    Proxy(ProxySettings),
    /// `SetSecurityFlags`.
    SecurityFlags(SecurityFlags),
    /// `SetHttpMethod`.
    HttpMethod(String),
    /// `SetPeerCachingFlags`.
    PeerCachingFlags(PeerCachingFlags),
    /// `SetFileACLFlags`.
    AclFlags(AclFlags),
    /// Property 1.
    CostFlags(CostFlags),
    /// Property 2.
    NotificationClsid(Option<Uuid>),
    /// Property 3.
    DynamicContent(bool),
    /// Property 4.
    HighPerformance(bool),
    /// Property 5.
    MaxDownloadSize(u64),
    /// Property 7.
    UseStoredCredentials(Option<AuthTarget>),
    /// Property 9.
    MinNotificationInterval(Duration),
    /// Property 10.
    OnDemand(bool),
    /// Complete by itself.
    AutoComplete(bool),
    /// What Complete does when the destination exists.
    Existing(Existing),
    /// An answer that can only be used from its start is an error.
    ForbidRestart(bool),
    /// A file whose size is not told is an error.
    RequireSize(bool),
    /// A body whose end is only known by the closing of the connection is accepted.
    AllowUnverified(bool),
    /// Bytes per second.
    MaxRate(Option<u64>),
    /// Additional authorities, as PEM.
    ExtraRoots(Option<String>),
    /// Client certificate and key, as PEM.
    ClientCertificate(Option<(String, Secret)>),
}

impl Change {
    /// Makes the change in the settings of a job that is being made.
    pub fn apply(self, settings: &mut JobSettings, secrets: &mut JobSecrets) {
        match self {
            Self::NotifyFlags(flags) => settings.notify_flags = flags,
            Self::NotifyCmdLine(line) => settings.notify_cmd_line = line,
            Self::MinRetryDelay(delay) => settings.min_retry_delay = Some(delay),
            Self::NoProgressTimeout(timeout) => settings.no_progress_timeout = Some(timeout),
            Self::MaxDownloadTime(time) => settings.max_download_time = Some(time),
            Self::Proxy(proxy) => settings.proxy = proxy,
            Self::SecurityFlags(flags) => settings.security_flags = flags,
            Self::HttpMethod(method) => settings.http_method = Some(method),
            Self::PeerCachingFlags(flags) => settings.peer_caching_flags = flags,
            Self::AclFlags(flags) => settings.acl_flags = flags,
            Self::CostFlags(flags) => settings.cost_flags = flags,
            Self::NotificationClsid(clsid) => settings.notification_clsid = clsid,
            Self::DynamicContent(enable) => settings.dynamic_content = enable,
            Self::HighPerformance(enable) => settings.high_performance = enable,
            Self::MaxDownloadSize(bytes) => settings.max_download_size = Some(bytes),
            Self::UseStoredCredentials(target) => settings.use_stored_credentials = target,
            Self::MinNotificationInterval(interval) => settings.min_notification_interval = interval,
            Self::OnDemand(enable) => settings.on_demand = enable,
            Self::AutoComplete(enable) => settings.auto_complete = enable,
            Self::Existing(existing) => settings.existing = existing,
            Self::ForbidRestart(forbid) => settings.forbid_restart = forbid,
            Self::RequireSize(require) => settings.require_size = require,
            Self::AllowUnverified(allow) => settings.allow_unverified = allow,
            Self::MaxRate(rate) => settings.max_rate = rate,
            Self::ExtraRoots(pem) => settings.tls.extra_roots = pem,
            Self::ClientCertificate(pair) => {
                (settings.tls.client_certificate, secrets.client_key) = pair.unzip();
            }
        }
    }
}

/// The changes that a patch asks for, in the order of its fields.
fn changes(patch: SetSettings) -> Result<Vec<Change>, Rejected> {
    let seconds = Duration::from_secs;
    let flags = |patch: &SetSettings| -> Result<[Option<Change>; 5], Rejected> {
        Ok([
            parse_flags("notify_flags", patch.notify_flags, NotifyFlags::from_bits)?.map(Change::NotifyFlags),
            parse_flags("security_flags", patch.security_flags, SecurityFlags::from_bits)?
                .map(Change::SecurityFlags),
            parse_flags("peer_caching_flags", patch.peer_caching_flags, PeerCachingFlags::from_bits)?
                .map(Change::PeerCachingFlags),
            parse_acl_flags(patch.acl_flags)?.map(Change::AclFlags),
            parse_flags("cost_flags", patch.cost_flags, CostFlags::from_bits)?.map(Change::CostFlags),
        ])
    };
    let flags = flags(&patch)?;
    let command_line = patch
        .notify_cmd_line
        .into_change()
        .map(|line| Change::NotifyCmdLine(line.map(|line| (PathBuf::from(line.program), line.parameters))));
    let proxy = patch.proxy.map(|proxy| {
        Change::Proxy(ProxySettings { usage: proxy.usage, list: proxy.list, bypass: proxy.bypass })
    });
    let certificate = patch.client_certificate.into_change();
    let millis = |value: u32| Duration::from_millis(u64::from(value));
    let others = [
        command_line,
        patch.minimum_retry_delay_seconds.map(seconds).map(Change::MinRetryDelay),
        patch.no_progress_timeout_seconds.map(seconds).map(Change::NoProgressTimeout),
        patch.maximum_download_time_seconds.map(seconds).map(Change::MaxDownloadTime),
        proxy,
        patch.http_method.map(Change::HttpMethod),
        patch.notification_clsid.into_change().map(Change::NotificationClsid),
        patch.dynamic_content.map(Change::DynamicContent),
        patch.high_performance.map(Change::HighPerformance),
        patch.max_download_size.map(Change::MaxDownloadSize),
        patch.use_stored_credentials.into_change().map(Change::UseStoredCredentials),
        patch.minimum_notification_interval_ms.map(millis).map(Change::MinNotificationInterval),
        patch.on_demand.map(Change::OnDemand),
        patch.auto_complete.map(Change::AutoComplete),
        patch.existing.map(Change::Existing),
        patch.forbid_restart.map(Change::ForbidRestart),
        patch.require_size.map(Change::RequireSize),
        patch.allow_unverified.map(Change::AllowUnverified),
        patch.max_bytes_per_second.into_change().map(Change::MaxRate),
        patch.extra_roots.into_change().map(Change::ExtraRoots),
        certificate.map(|pair| Change::ClientCertificate(pair.map(|pair| (pair.certificate, pair.key)))),
    ];
    Ok(flags.into_iter().chain(others).flatten().collect())
}

/// Undefined bits: `E_NOTIMPL` (spec 7.2, `SetNotifyFlags`; 7.7, `SetSecurityFlags`).
fn parse_flags<T>(
    field: &'static str,
    bits: Option<u32>,
    from_bits: fn(u32) -> Option<T>,
) -> Result<Option<T>, Rejected> {
    let Some(bits) = bits else { return Ok(None) };
    let refused = || Rejected::new(field, Refusal::NotImplemented { what: format!("{field} {bits:#x}") });
    from_bits(bits).ok_or_else(refused).map(Some)
}

/// Undefined bits: `E_INVALIDARG` (spec 7.4, `SetFileACLFlags`).
fn parse_acl_flags(bits: Option<u32>) -> Result<Option<AclFlags>, Rejected> {
    let Some(bits) = bits else { return Ok(None) };
    let reason = format!("{bits:#x} has undefined bits; 0xf are all there are");
    let refused = || Rejected::new("acl_flags", Refusal::InvalidArgument { argument: "acl_flags", reason });
    AclFlags::from_bits(bits).ok_or_else(refused).map(Some)
}
