//! From the records of `core` to what clients see.

use bgcopy_core::explain::explain;
use bgcopy_core::name::redact_text;
use bgcopy_core::range::TO_EOF;
use bgcopy_core::{
    ByteRange, ErrorRecord, Family, FileIndex, FileRecord, FileStage, JobId, JobRecord, JobSettings, JobType,
    RemoteName, WaitingFor, Wall,
};
use jiff::Timestamp;

use crate::caller::Caller;
use crate::error::{ErrorFile, ErrorInfo, Remedy, Span, Waiting};
use crate::file::{Connections, File, FileProgress, FileRange};
use crate::job::{BytesFrom, Job, JobProgress, JobTimes};
use crate::name::path_to_wire;
use crate::reply::{ReplyProgress, UploadReply};
use crate::request::Notification;
use crate::settings::{CommandLine, Proxy, Settings};
use crate::supply::{Mirror, NamedManifest, Pieces};
use crate::text;

/// Who looks, and what the record does not know.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// Who looks.
    pub caller: &'a Caller,
    /// Clients of the DO class are told the contexts that it tells on Windows (spec 6.3, "DO reduction").
    pub strict_do_contexts: bool,
    /// What moves just now.
    pub live: Live,
}

/// What a running job does just now.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Live {
    /// Its rate.
    pub bytes_per_second: Option<u64>,
    /// Who serves, without secrets.
    pub sources: Vec<String>,
    /// The files that somebody works at.
    pub files: Vec<(FileIndex, LiveFile)>,
}

/// What is done at a file just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LiveFile {
    /// Bytes that are here from the first one on without a gap, and right as far as there are hashes of pieces.
    pub in_order: u64,
    /// Who is asked.
    pub connections: Connections,
    /// Milliseconds that the work has been going on.
    pub millis: u64,
}

impl<'a> View<'a> {
    /// The view of a caller on a job that does not run.
    pub fn of(caller: &'a Caller) -> Self {
        Self { caller, strict_do_contexts: false, live: Live::default() }
    }

    /// A remote name: complete for the owner; without query, which may be a signature, for others.
    fn remote_name(&self, job: &JobRecord, name: &RemoteName) -> String {
        if self.caller.owner() == job.owner { name.as_str().to_owned() } else { name.redacted() }
    }
}

/// The wire form of a moment; one beyond the calendar is its end.
pub fn timestamp(wall: Wall) -> Timestamp {
    let end = if wall.unix_millis() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(wall.unix_millis()).unwrap_or(end)
}

/// The digits of an id that are enough to name a job by.
pub const ID_PREFIX_CHARS: usize = 4;

/// Whether a job goes by this name: its id, the start of its id, or its display name.
pub fn goes_by(id: JobId, display_name: &str, name: &str) -> bool {
    let is_prefix = || id.to_string().starts_with(&name.to_ascii_lowercase());
    display_name == name || (name.len() >= ID_PREFIX_CHARS && is_prefix())
}

impl Job {
    /// A job as a caller sees it.
    pub fn from_record(job: &JobRecord, view: &View<'_>) -> Self {
        let progress = JobProgress::from(job.progress());
        let rate = view.live.bytes_per_second.filter(|_| job.state.is_running());
        let mut unconfirmed = Vec::new();
        unconfirmed.extend(job.unconfirmed.transferred.then_some(Notification::JobTransferred));
        unconfirmed.extend(job.unconfirmed.error.then_some(Notification::JobError));
        Self {
            id: job.id,
            owner: job.owner.to_string(),
            owner_uid: job.owner.0,
            kind: job.kind,
            family: job.settings.family,
            display_name: job.display_name.clone(),
            description: job.description.clone(),
            priority: job.priority,
            state: job.state,
            progress,
            bytes_per_second: rate,
            eta_seconds: rate.and_then(|rate| progress.eta_seconds(rate)),
            sources: view.live.sources.clone(),
            trust: job.files.iter().map(|file| file.trust).min().unwrap_or_default(),
            bytes_from: BytesFrom::of(&job.files),
            reply: (job.kind == JobType::UploadReply).then(|| UploadReply::of(job)),
            times: JobTimes {
                creation: timestamp(job.times.creation),
                modification: timestamp(job.times.modification),
                transfer_completion: job.times.transfer_completion.map(timestamp),
            },
            error: job.error.as_ref().map(|error| ErrorInfo::from_record(job, error, view)),
            error_count: job.error_count,
            resumed: job.resumed,
            unconfirmed,
            settings: Settings::from(&job.settings),
        }
    }
}

impl UploadReply {
    fn of(job: &JobRecord) -> Self {
        let name = job.upload.as_ref().and_then(|upload| upload.reply_name.as_ref());
        // Complete may have found another name for it (`Existing::KeepBoth`).
        let name = job.reply().map(|file| &file.spec.local_name).or(name);
        let (local_name, local_name_bytes) = name.map(|name| path_to_wire(name.path())).unzip();
        let bgcopy_core::progress::ReplyProgress { bytes_total, bytes_transferred } = job.reply_progress();
        Self {
            local_name,
            local_name_bytes: local_name_bytes.flatten(),
            progress: ReplyProgress { bytes_total, bytes_transferred },
        }
    }
}

impl From<bgcopy_core::JobProgress> for JobProgress {
    fn from(progress: bgcopy_core::JobProgress) -> Self {
        Self {
            bytes_total: progress.bytes_total,
            bytes_transferred: progress.bytes_transferred,
            files_total: progress.files_total,
            files_transferred: progress.files_transferred,
        }
    }
}

impl BytesFrom {
    fn of(files: &[FileRecord]) -> Self {
        files.iter().fold(Self::default(), |sum, file| Self {
            origin: sum.origin.saturating_add(file.bytes_from_origin),
            mirrors: sum.mirrors.saturating_add(file.bytes_from_mirrors),
            cache_hosts: sum.cache_hosts.saturating_add(file.bytes_from_cache_hosts),
        })
    }
}

impl JobProgress {
    /// How long the rest takes at this rate; unknown while the size is, or while nothing moves.
    pub fn eta_seconds(&self, bytes_per_second: u64) -> Option<u64> {
        let rest = self.bytes_total?.saturating_sub(self.bytes_transferred);
        (bytes_per_second > 0).then(|| rest.div_ceil(bytes_per_second))
    }
}

impl File {
    /// A file of a job as a caller sees it; `None` where the job has no such file.
    pub fn from_record(job: &JobRecord, index: FileIndex, view: &View<'_>) -> Option<Self> {
        let file = job.file(index)?;
        let place = (!file.spec.unplaced).then(|| path_to_wire(file.spec.local_name.path()));
        let (local_name, local_name_bytes) = place.unwrap_or_default();
        let (temporary_name, temporary_name_bytes) = file.temporary.as_deref().map(path_to_wire).unzip();
        let progress = job.file_progress(index)?;
        let live = view.live.files.iter().find(|(of, _)| *of == index).map(|(_, live)| *live);
        let whole = file.bytes_total().filter(|_| file.stage == FileStage::Transferred);
        let live = live.unwrap_or_else(|| LiveFile { in_order: whole.unwrap_or(0), ..LiveFile::default() });
        let (basis, basis_bytes) =
            file.spec.supply.basis.as_ref().map(|basis| path_to_wire(basis.path())).unzip();
        let ranges = file.spec.ranges.iter();
        let mirrors = file.mirrors().into_iter().map(|mirror| Mirror {
            url: view.remote_name(job, &mirror.url),
            priority: mirror.priority,
            offered: mirror.offered,
        });
        Some(Self {
            index,
            remote_name: view.remote_name(job, &file.spec.remote_name),
            next_remote_name: file.next_remote_name.as_ref().map(|name| view.remote_name(job, name)),
            local_name,
            local_name_bytes,
            pending_name: file.spec.pending_name,
            unplaced: file.spec.unplaced,
            temporary_name,
            temporary_name_bytes: temporary_name_bytes.flatten(),
            stage: file.stage,
            progress: FileProgress {
                bytes_total: progress.bytes_total,
                bytes_transferred: progress.bytes_transferred,
                completed: progress.completed,
            },
            ranges: ranges.map(|range| FileRange { offset: range.offset, length: range.length }).collect(),
            requested_ranges: file.demand.iter().flat_map(|demand| demand.ranges.iter().map(span)).collect(),
            filled_ranges: filled(file),
            remote_size: file.remote_size,
            validator: file.validator.as_ref().map(|validator| validator.header_value().to_owned()),
            last_modified: file.last_modified.map(timestamp),
            trust: file.trust,
            validation_state: file.validation_state,
            bytes_from_origin: file.bytes_from_origin,
            bytes_from_mirrors: file.bytes_from_mirrors,
            bytes_from_cache_hosts: file.bytes_from_cache_hosts,
            bytes_from_peers: 0,
            bytes_in_order: live.in_order,
            connections: live.connections,
            transfer_millis: file.transfer_millis.saturating_add(live.millis),
            digest: file.spec.digest.as_ref().map(ToString::to_string),
            expected_digest: file.digest().map(ToString::to_string),
            content_id: file.spec.content_id.clone(),
            expected_size: file.spec.expected_size,
            pieces: file.pieces().map(Pieces::from),
            manifest: file.spec.supply.manifest.as_ref().map(|manifest| NamedManifest {
                kind: manifest.kind,
                url: view.remote_name(job, &manifest.url),
                consulted: file.promise.consulted && !file.promise.forgone,
                forgone: file.promise.forgone,
                optional: file.spec.supply.binding_manifest().is_none(),
            }),
            manifest_required: file.spec.supply.manifest_required,
            mirrors: mirrors.collect(),
            version_of: file.version_of.as_ref().map(|name| view.remote_name(job, name)),
            basis,
            basis_bytes: basis_bytes.flatten(),
        })
    }

    /// Every file that the client of a job added. A reply is shown with the job.
    pub fn all_of(job: &JobRecord, view: &View<'_>) -> Vec<Self> {
        let own = job.indexed_files().take(job.own_files().len());
        own.filter_map(|(index, _)| Self::from_record(job, index, view)).collect()
    }
}

/// What is here of a file: of one that is whole all of it, which its record does not list.
fn filled(file: &FileRecord) -> Vec<FileRange> {
    if file.is_transferred() {
        let whole = FileRange { offset: 0, length: Some(file.bytes_here) };
        return if file.bytes_here == 0 { Vec::new() } else { vec![whole] };
    }
    file.filled.iter().map(span).collect()
}

/// A range as clients give it.
fn span(range: ByteRange) -> FileRange {
    let length = (range.end != TO_EOF).then(|| range.len());
    FileRange { offset: range.start, length }
}

impl ErrorInfo {
    /// An error of a job as a caller sees it.
    pub fn from_record(job: &JobRecord, error: &ErrorRecord, view: &View<'_>) -> Self {
        let hresult = error.code.hresult(view.caller.family);
        // A client of the BITS class is told what BITS tells.
        let context = match view.caller.family {
            Family::Do if view.strict_do_contexts => error.context.strict_do(hresult),
            Family::Do | Family::Bits => error.context,
        };
        let language = view.caller.language;
        // "Under the switch GetFile follows the reported context" (spec 6.3).
        let file = error.file.filter(|_| context.has_file());
        let (waiting_for, retry_at) = waiting(error.waiting_for);
        let explanation = explain(job, error, language);
        Self {
            code: error.code.to_string(),
            symbol: text::symbol(hresult).map(str::to_owned),
            hresult,
            context,
            class: error.class,
            file: file.and_then(|index| Some(ErrorFile::of(index, job.file(index)?))),
            protocol: context.protocol().map(str::to_owned),
            source: error.source.clone(),
            http_status: error.http_status,
            errno: error.errno,
            range: error.range.map(Span::from),
            space_needed: error.space_needed,
            space_free: error.space_free,
            detail: error.detail.clone(),
            text: text::describe(hresult, language).text,
            context_text: text::describe_context(context, language).to_owned(),
            happened: explanation.happened,
            means: explanation.means,
            first_seen: timestamp(error.first_seen),
            last_seen: timestamp(error.last_seen),
            count: error.count,
            waiting_for,
            retry_at,
            remedies: explanation
                .remedies
                .into_iter()
                .map(|(remedy, text)| Remedy::of(remedy, text))
                .collect(),
            cause: error.cause.as_ref().map(|cause| Box::new(Self::from_record(job, cause, view))),
        }
    }
}

impl ErrorFile {
    fn of(index: FileIndex, file: &FileRecord) -> Self {
        let (local_name, local_name_bytes) = path_to_wire(file.spec.local_name.path());
        Self { index, remote_name: file.spec.remote_name.redacted(), local_name, local_name_bytes }
    }
}

fn waiting(waiting: WaitingFor) -> (Waiting, Option<Timestamp>) {
    match waiting {
        WaitingFor::RetryAt(at) => (Waiting::Retry, Some(timestamp(at))),
        WaitingFor::Network => (Waiting::Network, None),
        WaitingFor::Space => (Waiting::Space, None),
        WaitingFor::Policy => (Waiting::Policy, None),
        WaitingFor::Client => (Waiting::Client, None),
    }
}

impl From<&JobSettings> for Settings {
    fn from(settings: &JobSettings) -> Self {
        let seconds = |duration: Option<std::time::Duration>| duration.map(|duration| duration.as_secs());
        let interval = settings.min_notification_interval.as_millis();
        Self {
            notify_flags: settings.notify_flags.bits(),
            notify_cmd_line: settings.notify_cmd_line.as_ref().map(|(program, parameters)| CommandLine {
                program: program.to_string_lossy().into_owned(),
                parameters: parameters.clone(),
            }),
            minimum_retry_delay_seconds: seconds(settings.min_retry_delay),
            no_progress_timeout_seconds: seconds(settings.no_progress_timeout),
            maximum_download_time_seconds: seconds(settings.max_download_time),
            proxy: Proxy {
                usage: settings.proxy.usage,
                list: settings.proxy.list.as_deref().map(without_users),
                bypass: settings.proxy.bypass.clone(),
            },
            security_flags: settings.security_flags.bits(),
            http_method: settings.http_method.clone(),
            headers_write_only: settings.headers_write_only,
            peer_caching_flags: settings.peer_caching_flags.bits(),
            acl_flags: settings.acl_flags.bits(),
            cost_flags: settings.cost_flags.bits(),
            no_cellular: settings.no_cellular,
            notification_clsid: settings.notification_clsid,
            dynamic_content: settings.dynamic_content,
            high_performance: settings.high_performance,
            max_download_size: settings.max_download_size,
            use_stored_credentials: settings.use_stored_credentials,
            minimum_notification_interval_ms: u32::try_from(interval).unwrap_or(u32::MAX),
            on_demand: settings.on_demand,
            auto_complete: settings.auto_complete,
            existing: settings.existing,
            forbid_restart: settings.forbid_restart,
            require_size: settings.require_size,
            allow_unverified: settings.allow_unverified,
            max_bytes_per_second: settings.max_rate,
            extra_roots: settings.tls.extra_roots.clone(),
            client_certificate: settings.tls.client_certificate.clone(),
            server_certificate_callback: settings.server_certificate_callback.wanted,
        }
    }
}

/// A proxy list (spec 9.8) without the user parts that an environment may have put in (C09).
fn without_users(list: &str) -> String {
    let entry = |entry: &str| match entry.split_once('=') {
        Some((protocol, server)) if !protocol.contains([':', '@']) => {
            format!("{protocol}={}", redact_text(server))
        }
        _ => redact_text(entry),
    };
    list.split_whitespace().map(entry).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
