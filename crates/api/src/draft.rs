//! From what clients send to the words of `core`: parsed once, into what cannot be wrong by itself. Whether a
//! job's state, its owner or a limit stands against it is for the service to say.

use std::path::PathBuf;
use std::time::Duration;

use bgcopy_core::{
    AclFlags, AuthScheme, AuthTarget, CostFlags, Credentials, FileRange, FileSpec, JobSecrets, JobSettings,
    JobType, LocalName, ManifestRef, NotifyFlags, PeerCachingFlags, Priority, ProxySettings, Refusal,
    RemoteName, Secret, SecurityFlags, Setting, limits,
};

use crate::name::{Base64, path_from_wire};
use crate::request::{AddFile, AddFiles, CreateJob, Header, NewCredentials, SetFile, SetJob, SetSettings};
use crate::supply::{self, GivenPieces, Supplied, check_whole};

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
    pub(crate) fn new(field: impl Into<String>, refusal: impl Into<Refusal>) -> Self {
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
    /// Piece hashes of some of them, which are kept before the job is made.
    pub given: Vec<GivenPieces>,
    /// Where the reply to an upload goes.
    pub reply_name: Option<LocalName>,
    /// Resume it at once.
    pub resume: bool,
}

impl TryFrom<CreateJob> for JobDraft {
    type Error = Rejected;

    fn try_from(job: CreateJob) -> Result<Self, Rejected> {
        let mut settings = JobSettings { family: job.family, ..JobSettings::default() };
        let mut secrets = JobSecrets::default();
        for change in changes(job.settings).map_err(|rejected| rejected.within("settings"))? {
            // What is no setting stands in fields of its own.
            settings.apply(change, &mut secrets);
        }
        for (at, credentials) in job.credentials.into_iter().enumerate() {
            let entry =
                credentials.parse().map_err(|rejected| rejected.within(&format!("credentials[{at}]")))?;
            let (target, scheme, credentials) = entry;
            secrets.put(target, scheme, credentials);
        }
        let HeaderPairs { always, when_challenged } = header_pairs(job.headers);
        (secrets.headers, secrets.auth_headers) = (always, when_challenged);
        let reply_name = reply_name(job.reply_name, job.reply_name_bytes.as_ref())?;
        let files = FilesDraft::try_from(AddFiles { files: job.files })?;
        // What the client says by name beats what stands in a URL.
        if let Some(credentials) = files.credentials
            && secrets.credentials(AuthTarget::Server, AuthScheme::Basic).is_none()
        {
            secrets.put(AuthTarget::Server, AuthScheme::Basic, credentials);
        }
        Ok(Self {
            display_name: job.display_name,
            description: job.description,
            kind: job.kind,
            priority: job.priority.unwrap_or(Priority::Normal),
            settings,
            secrets,
            files: files.files,
            given: files.given,
            reply_name,
            resume: job.resume,
        })
    }
}

/// Files to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct FilesDraft {
    /// The files.
    pub files: Vec<FileSpec>,
    /// Piece hashes of some of them, which are kept before the files are added.
    pub given: Vec<GivenPieces>,
    /// User and password that stood in a URL: they belong to the job, for the server (C09).
    pub credentials: Option<Credentials>,
}

impl TryFrom<AddFiles> for FilesDraft {
    type Error = Rejected;

    fn try_from(request: AddFiles) -> Result<Self, Rejected> {
        let mut draft =
            Self { files: Vec::with_capacity(request.files.len()), given: Vec::new(), credentials: None };
        for (at, file) in request.files.into_iter().enumerate() {
            let FileDraft { spec, given, credentials } =
                file.parse().map_err(|rejected: Rejected| rejected.within(&format!("files[{at}]")))?;
            draft.files.push(spec);
            draft.given.extend(given.map(|given| GivenPieces { file: at, ..given }));
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

/// A file to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct FileDraft {
    /// The file.
    pub spec: FileSpec,
    /// The hashes of its pieces, where they stood in the request.
    pub given: Option<GivenPieces>,
    /// User and password that stood in its URL.
    pub credentials: Option<Credentials>,
}

impl AddFile {
    /// The file, and what came with it that is kept elsewhere.
    pub fn parse(self) -> Result<FileDraft, Rejected> {
        let (remote_name, credentials) =
            RemoteName::parse(&self.remote_name).map_err(|error| Rejected::new("remote_name", error))?;
        let local_name = self.place()?;
        let supplied = supply::parse(&self, &remote_name)?;
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
        let Supplied { supply, given } = supplied;
        let spec = FileSpec {
            remote_name,
            local_name,
            pending_name: self.pending_name,
            unplaced: self.unplaced,
            ranges,
            digest,
            content_id: self.content_id,
            expected_size: self.expected_size,
            supply,
        };
        check_whole(&spec, given.as_ref())?;
        Ok(FileDraft { spec, given, credentials })
    }

    /// Where it goes, or what stands for that until it is said.
    fn place(&self) -> Result<LocalName, Rejected> {
        if !self.unplaced {
            return local_name(&self.local_name, self.local_name_bytes.as_ref());
        }
        if self.local_name.is_empty() && self.local_name_bytes.is_none() && !self.pending_name {
            return Ok(LocalName::stand_in());
        }
        let reason =
            "says that the place comes later, and a place is given; leave one of them out".to_owned();
        Err(Rejected::new("unplaced", Refusal::InvalidArgument { argument: "unplaced", reason }))
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
    format!("{:?}", text.chars().take(limits::SHOWN_CHARS).collect::<String>())
}

/// Custom headers as `core` keeps them.
pub fn header_pairs(headers: Vec<Header>) -> HeaderPairs {
    let (challenged, always) = headers.into_iter().partition::<Vec<_>, _>(|header| header.when_challenged);
    let pairs =
        |headers: Vec<Header>| headers.into_iter().map(|header| (header.name, header.value)).collect();
    HeaderPairs { always: pairs(always), when_challenged: pairs(challenged) }
}

/// Headers by when they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HeaderPairs {
    /// Those of every request.
    pub always: Vec<(String, Secret)>,
    /// Those for a server that asked who we are.
    pub when_challenged: Vec<(String, Secret)>,
}

fn local_name(text: &str, bytes: Option<&Base64>) -> Result<LocalName, Rejected> {
    LocalName::new(path_from_wire(text, bytes)).map_err(|error| Rejected::new("local_name", error))
}

/// The name of a reply: "NULL or empty: generated" (spec 7.3, `SetReplyFileName`).
fn reply_name(text: Option<String>, bytes: Option<&Base64>) -> Result<Option<LocalName>, Rejected> {
    let text = text.unwrap_or_default();
    if text.is_empty() && bytes.is_none() {
        return Ok(None);
    }
    let name = LocalName::new(path_from_wire(&text, bytes));
    name.map(Some).map_err(|error| Rejected::new("reply_name", error))
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
    pub settings: Vec<Setting>,
}

impl TryFrom<SetJob> for JobChanges {
    type Error = Rejected;

    fn try_from(request: SetJob) -> Result<Self, Rejected> {
        let mut settings = changes(request.settings).map_err(|rejected| rejected.within("settings"))?;
        let bytes = request.reply_name_bytes.as_ref();
        if let Some(text) = request.reply_name.into_change().or(bytes.map(|_| None)) {
            settings.push(Setting::ReplyName(reply_name(text, bytes)?));
        }
        Ok(Self {
            display_name: request.display_name,
            description: request.description,
            priority: request.priority,
            settings,
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
    /// `RequestFileRanges`; none is no change.
    pub request_ranges: Vec<FileRange>,
    /// `UpdateDownloadPosition`.
    pub download_position: Option<u64>,
    /// The size that is expected.
    pub expected_size: Option<Option<u64>>,
    /// The document that says what the file must be.
    pub manifest: Option<Option<Box<ManifestRef>>>,
    /// Whether it must not come without one.
    pub manifest_required: Option<bool>,
    /// Where it goes.
    pub local_name: Option<LocalName>,
    /// Further parts.
    pub add_ranges: Vec<FileRange>,
}

impl TryFrom<SetFile> for FileChanges {
    type Error = Rejected;

    fn try_from(request: SetFile) -> Result<Self, Rejected> {
        let name = request.remote_name.as_deref().map(RemoteName::parse).transpose();
        let (remote_name, credentials) = name.map_err(|error| Rejected::new("remote_name", error))?.unzip();
        let manifest = match request.manifest.into_change() {
            Some(Some(given)) => Some(Some(Box::new(supply::manifest(&given)?))),
            Some(None) => Some(None),
            None => None,
        };
        let bytes = request.local_name_bytes.as_ref();
        let text = request.local_name.as_deref().or(bytes.map(|_| ""));
        let local_name = text.map(|text| local_name(text, bytes)).transpose()?;
        let ranges = |given: &[crate::file::FileRange]| -> Vec<FileRange> {
            given.iter().map(|range| FileRange { offset: range.offset, length: range.length }).collect()
        };
        Ok(Self {
            remote_name,
            credentials: credentials.flatten(),
            validation_state: request.validation_state,
            expected_size: request.expected_size.into_change(),
            manifest,
            manifest_required: request.manifest_required,
            local_name,
            request_ranges: ranges(&request.request_ranges),
            download_position: request.download_position,
            add_ranges: ranges(&request.add_ranges),
        })
    }
}

/// The changes that a patch asks for, in the order of its fields.
fn changes(patch: SetSettings) -> Result<Vec<Setting>, Rejected> {
    let seconds = Duration::from_secs;
    let flags = |patch: &SetSettings| -> Result<[Option<Setting>; 5], Rejected> {
        Ok([
            parse_flags("notify_flags", patch.notify_flags, NotifyFlags::from_bits)?
                .map(Setting::NotifyFlags),
            parse_flags("security_flags", patch.security_flags, SecurityFlags::from_bits)?
                .map(Setting::SecurityFlags),
            parse_flags("peer_caching_flags", patch.peer_caching_flags, PeerCachingFlags::from_bits)?
                .map(Setting::PeerCachingFlags),
            parse_acl_flags(patch.acl_flags)?.map(Setting::AclFlags),
            parse_flags("cost_flags", patch.cost_flags, CostFlags::from_bits)?.map(Setting::CostFlags),
        ])
    };
    let flags = flags(&patch)?;
    let command_line = patch
        .notify_cmd_line
        .into_change()
        .map(|line| Setting::NotifyCmdLine(line.map(|line| (PathBuf::from(line.program), line.parameters))));
    let proxy = patch.proxy.map(|proxy| {
        Setting::Proxy(ProxySettings { usage: proxy.usage, list: proxy.list, bypass: proxy.bypass })
    });
    let certificate = patch.client_certificate.into_change();
    let millis = |value: u32| Duration::from_millis(u64::from(value));
    let others = [
        command_line,
        patch.minimum_retry_delay_seconds.map(seconds).map(Setting::MinRetryDelay),
        patch.no_progress_timeout_seconds.map(seconds).map(Setting::NoProgressTimeout),
        patch.maximum_download_time_seconds.map(seconds).map(Setting::MaxDownloadTime),
        proxy,
        patch.http_method.map(Setting::HttpMethod),
        patch.no_cellular.map(Setting::NoCellular),
        patch.notification_clsid.into_change().map(Setting::NotificationClsid),
        patch.dynamic_content.map(Setting::DynamicContent),
        patch.high_performance.map(Setting::HighPerformance),
        patch.max_download_size.map(Setting::MaxDownloadSize),
        patch.use_stored_credentials.into_change().map(Setting::UseStoredCredentials),
        patch.minimum_notification_interval_ms.map(millis).map(Setting::MinNotificationInterval),
        patch.on_demand.map(Setting::OnDemand),
        patch.auto_complete.map(Setting::AutoComplete),
        patch.existing.map(Setting::Existing),
        patch.forbid_restart.map(Setting::ForbidRestart),
        patch.require_size.map(Setting::RequireSize),
        patch.allow_unverified.map(Setting::AllowUnverified),
        patch.max_bytes_per_second.into_change().map(Setting::MaxRate),
        patch.extra_roots.into_change().map(Setting::ExtraRoots),
        patch.server_certificate_callback.map(Setting::ServerCertificateCallback),
        certificate.map(|pair| Setting::ClientCertificate(pair.map(|pair| (pair.certificate, pair.key)))),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Patch;

    fn job() -> CreateJob {
        CreateJob::named("a job")
    }

    fn draft(json: &str) -> Result<JobDraft, Rejected> {
        JobDraft::try_from(serde_json::from_str::<CreateJob>(json).unwrap())
    }

    #[test]
    fn a_job_that_says_nothing_has_the_defaults() {
        let draft = JobDraft::try_from(job()).unwrap();
        assert_eq!((draft.settings, draft.secrets), (JobSettings::default(), JobSecrets::default()));
        assert_eq!((draft.priority, draft.kind, draft.resume), (Priority::Normal, JobType::Download, false));
    }

    #[test]
    fn every_setting_arrives_where_it_belongs() {
        let draft = draft(
            r#"{"display_name":"a","family":"bits","priority":"high","resume":true,"settings":{
                "notify_flags":9,"notify_cmd_line":{"program":"/bin/true","parameters":"true x"},
                "minimum_retry_delay_seconds":60,"no_progress_timeout_seconds":0,
                "maximum_download_time_seconds":7,"proxy":{"usage":"override","list":"p:8080"},
                "security_flags":264,"http_method":"POST","peer_caching_flags":3,"acl_flags":15,
                "cost_flags":1,"notification_clsid":"00000000-0000-0000-0000-000000000001",
                "dynamic_content":true,"high_performance":true,"server_certificate_callback":true,"max_download_size":100,
                "use_stored_credentials":"proxy","minimum_notification_interval_ms":750,"on_demand":true,
                "auto_complete":true,"existing":"refuse","forbid_restart":true,"require_size":true,
                "allow_unverified":true,"max_bytes_per_second":5,"extra_roots":"roots",
                "client_certificate":{"certificate":"chain","key":"secret key"}}}"#,
        )
        .unwrap();
        insta::assert_debug_snapshot!(draft);
        assert_eq!(draft.secrets.client_key.unwrap().reveal(), "secret key");
    }

    #[test]
    fn null_unsets_what_may_be_unset() {
        let patch = r#"{"settings":{"notify_cmd_line":null,"extra_roots":null,"client_certificate":null}}"#;
        let changes = JobChanges::try_from(serde_json::from_str::<SetJob>(patch).unwrap()).unwrap();
        assert_eq!(
            changes.settings,
            [Setting::NotifyCmdLine(None), Setting::ExtraRoots(None), Setting::ClientCertificate(None)]
        );
        assert_eq!(JobChanges::try_from(SetJob::default()).unwrap().settings, []);
    }

    #[test]
    fn the_name_of_a_reply_is_given_made_up_or_left_alone() {
        let changes = |json: &str| JobChanges::try_from(serde_json::from_str::<SetJob>(json).unwrap());
        let answer = || Some(LocalName::new("/srv/answer").unwrap());
        for (json, settings) in [
            ("{}", vec![]),
            (r#"{"reply_name":"/srv/answer"}"#, vec![Setting::ReplyName(answer())]),
            // "NULL or empty: generated" (spec 7.3).
            (r#"{"reply_name":null}"#, vec![Setting::ReplyName(None)]),
            (r#"{"reply_name":""}"#, vec![Setting::ReplyName(None)]),
            (r#"{"reply_name_bytes":"L3Nydi9hbnN3ZXI="}"#, vec![Setting::ReplyName(answer())]),
        ] {
            assert_eq!(changes(json).unwrap().settings, settings, "{json}");
        }
        assert_eq!(changes(r#"{"reply_name":"relative"}"#).unwrap_err().field, "reply_name");
        let job = CreateJob { kind: JobType::UploadReply, ..job() }.replying_at("/srv/answer".as_ref());
        assert_eq!(JobDraft::try_from(job).unwrap().reply_name, answer());
    }

    #[test]
    fn a_user_in_a_url_moves_into_the_credentials_of_the_job() {
        let file = |url: &str| AddFile::whole(url, "/tmp/f".as_ref());
        let files = vec![file("https://ada:pw@h/1"), file("https://h/2"), file("https://ada:pw@h/3")];
        let draft = JobDraft::try_from(CreateJob { files, ..job() }).unwrap();
        assert_eq!(draft.files[0].remote_name.as_str(), "https://h/1");
        let credentials = draft.secrets.credentials(AuthTarget::Server, AuthScheme::Basic).unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.reveal()), ("ada", "pw"));

        let files = vec![file("https://ada:pw@h/1"), file("https://eve:pw@h/2")];
        let rejected = JobDraft::try_from(CreateJob { files, ..job() }).unwrap_err();
        assert_eq!(rejected.field, "files[1].remote_name");
        assert!(!rejected.to_string().contains("pw"), "{rejected}");
    }

    #[test]
    fn credentials_given_by_name_beat_those_of_a_url() {
        let files = vec![AddFile::whole("https://ada:pw@h/1", "/tmp/f".as_ref())];
        let [target, scheme, user] = ["server", "basic", "eve"].map(str::to_owned);
        let credentials = vec![NewCredentials { target, scheme, user, password: Secret::new("x") }];
        let draft = JobDraft::try_from(CreateJob { files, credentials, ..job() }).unwrap();
        assert_eq!(draft.secrets.credentials(AuthTarget::Server, AuthScheme::Basic).unwrap().user, "eve");
        assert_eq!(draft.secrets.credentials.len(), 1);
    }

    #[test]
    fn a_path_that_is_not_text_is_taken_as_bytes() {
        let json = r#"{"display_name":"a","files":[{"remote_name":"http://h/","local_name_bytes":"L//+"}]}"#;
        let name = draft(json).unwrap().files.remove(0).local_name;
        assert_eq!(std::os::unix::ffi::OsStrExt::as_bytes(name.path().as_os_str()), b"/\xff\xfe");
    }

    #[test]
    fn undefined_bits_are_refused_as_the_specification_says() {
        let rejected = |settings| {
            let request = SetJob { settings, ..SetJob::default() };
            JobChanges::try_from(request).unwrap_err()
        };
        let notify = rejected(SetSettings { notify_flags: Some(0x40), ..SetSettings::default() });
        assert_eq!(notify.field, "settings.notify_flags");
        assert_eq!(notify.refusal, Refusal::NotImplemented { what: "notify_flags 0x40".to_owned() });
        let acl = rejected(SetSettings { acl_flags: Some(16), ..SetSettings::default() });
        assert!(matches!(acl.refusal, Refusal::InvalidArgument { argument: "acl_flags", .. }));
        let fine = SetSettings { max_bytes_per_second: Patch::Clear, ..SetSettings::default() };
        let fine = JobChanges::try_from(SetJob { settings: fine, ..SetJob::default() }).unwrap();
        assert_eq!(fine.settings, [Setting::MaxRate(None)]);
    }

    #[test]
    fn no_secret_shows_in_debug() {
        let json = r#"{"display_name":"a","headers":[{"name":"X","value":"s3cret"}],"credentials":[
            {"target":"server","scheme":"basic","user":"u","password":"s3cret"}],
            "settings":{"client_certificate":{"certificate":"c","key":"s3cret"}}}"#;
        let request: CreateJob = serde_json::from_str(json).unwrap();
        assert!(!format!("{request:?}{:?}", JobDraft::try_from(request.clone())).contains("s3cret"));
    }
}
