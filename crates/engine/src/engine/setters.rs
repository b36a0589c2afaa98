//! Every setter of spec 7 and property of spec 4.1: what it checks and what it changes.

use bgcopy_core::{
    AuthTarget, FileIndex, FileRange, FileRecord, FileStage, JobId, JobRecord, JobState, Now, Priority,
    Refusal, Setting,
};

use super::Engine;
use super::check;
use super::upload_jobs;
use crate::action::Saved;
use crate::lifecycle::Method;
use crate::request::{Caller, Outcome};

/// What a setting does besides changing the record.
enum Effect {
    /// The head changed.
    Head,
    /// There was nothing to change: `S_FALSE`.
    Nothing,
    /// This file changed.
    File(FileIndex),
    /// The client found this file wrong.
    Reject(FileIndex),
    /// More of this file is wanted.
    Extend(FileIndex),
    /// Other bytes of this file are wanted first.
    Demand(FileIndex),
}

impl Engine {
    /// Applies settings, all or nothing.
    pub(super) fn set_all(
        &mut self,
        now: Now,
        caller: Caller,
        id: JobId,
        settings: Vec<Setting>,
    ) -> Result<Outcome, Refusal> {
        let step = self.method(caller, id, Method::Set, "be changed")?;
        let mut record = self.visible(caller, id)?.record.clone();
        let mut effects = Vec::new();
        for setting in settings {
            effects.push(set(&mut record, caller, setting)?);
        }
        check::proxy(&record.settings.proxy)?;
        self.apply(now, id, step, None);
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(Outcome::Nothing) };
        let (old_priority, turn) = (job.record.priority, job.turn);
        record.last_activity = now.wall;
        job.record = record;
        let priority = job.record.priority;
        if self.waiting.remove(&(old_priority, turn, id)) {
            self.waiting.insert((priority, turn, id));
        }
        if priority != old_priority {
            self.reschedule = true;
            self.arm_slice(now, id);
        }
        let nothing = !effects.is_empty() && effects.iter().all(|effect| matches!(effect, Effect::Nothing));
        for effect in effects {
            match effect {
                Effect::Nothing => {}
                Effect::Head => self.save(id, Saved::Head),
                Effect::File(index) => self.save(id, Saved::File(index)),
                Effect::Reject(index) => self.reject_content(now, id, index),
                Effect::Demand(index) => self.heed_demand(now, id, index),
                Effect::Extend(index) => {
                    // Its files are looked through anew from this one on.
                    let _ = self.file_mut(id, index);
                    self.save(id, Saved::File(index));
                }
            }
        }
        if self.jobs.get(&id).is_some_and(|job| job.record.resumed) {
            self.name_reply(id);
        }
        self.touch(now, id);
        self.rearm(now, id);
        // What a job may use and may cost can have changed.
        self.condition(now, id, false);
        let through = |job: &super::job::Job| {
            job.record.state == JobState::Transferred && job.record.settings.auto_complete
        };
        if self.jobs.get(&id).is_some_and(through) {
            self.complete_by_itself(now, id);
        }
        Ok(if nothing { Outcome::Nothing } else { Outcome::Ok })
    }
}

/// Takes a setting in, if it may be.
fn set(record: &mut JobRecord, caller: Caller, setting: Setting) -> Result<Effect, Refusal> {
    upload_jobs::check_setting(record, &setting)?;
    check_setting(record, caller, &setting)?;
    match setting {
        Setting::DisplayName(name) => record.display_name = name,
        Setting::Description(text) => record.description = text,
        Setting::Priority(priority) => record.priority = priority,
        Setting::Headers(headers) => record.secrets.headers = headers,
        Setting::Credentials(target, scheme, credentials) => {
            record.secrets.put(target, scheme, credentials);
        }
        Setting::RemoveCredentials(target, scheme) => {
            if !record.secrets.remove(target, scheme) {
                return Ok(Effect::Nothing);
            }
        }
        Setting::ClientCertificate(None) if record.settings.tls.client_certificate.is_none() => {
            record.secrets.client_key = None;
            return Ok(Effect::Nothing);
        }
        Setting::ReplyName(name) => {
            record.upload.as_mut().into_iter().for_each(|upload| upload.reply_name = name.clone());
        }
        // There is only one (`upload_jobs`).
        Setting::HttpMethod(_) if record.is_upload() => {}
        Setting::RemoteName(index, name) => {
            // "Finished files are not repeated" (spec 7.9).
            if let Some(file) = file_mut(record, index).filter(|file| file.stage == FileStage::Wanted) {
                file.next_remote_name = Some(Box::new(name));
            }
            return Ok(Effect::File(index));
        }
        Setting::FileRanges(index, ranges) => {
            if let Some(file) = file_mut(record, index) {
                let size = file.remote_size.or(file.expected_size());
                file.demand.get_or_insert_default().ask(&ranges, size)?;
            }
            return Ok(Effect::Demand(index));
        }
        Setting::DownloadPosition(index, position) => {
            if let Some(file) = file_mut(record, index) {
                file.demand.get_or_insert_default().position = position;
            }
            return Ok(Effect::Demand(index));
        }
        Setting::ValidationState(index, valid) => {
            if let Some(file) = file_mut(record, index) {
                file.validation_state = Some(valid);
            }
            return Ok(if valid { Effect::File(index) } else { Effect::Reject(index) });
        }
        Setting::AuthHeaders(headers) => record.secrets.auth_headers = headers,
        Setting::ExpectedSize(index, size) => {
            if let Some(file) = file_mut(record, index) {
                file.spec.expected_size = size;
            }
            return Ok(Effect::File(index));
        }
        Setting::Manifest(index, manifest) => {
            if let Some(file) = file_mut(record, index) {
                file.spec.supply.manifest = manifest;
            }
            return Ok(Effect::File(index));
        }
        Setting::RequireManifest(index, required) => {
            if let Some(file) = file_mut(record, index) {
                file.spec.supply.manifest_required = required;
            }
            return Ok(Effect::File(index));
        }
        Setting::LocalName(index, name) => {
            if let Some(file) = file_mut(record, index) {
                file.spec.local_name = name;
                (file.spec.unplaced, file.spec.pending_name) = (false, false);
            }
            return Ok(Effect::File(index));
        }
        Setting::MoreRanges(index, ranges) => {
            if let Some(file) = file_mut(record, index) {
                file.spec.ranges.extend(ranges);
                file.stage = FileStage::Wanted;
                file.validation_state = None;
            }
            return Ok(Effect::Extend(index));
        }
        setting => return set_setting(record, setting),
    }
    Ok(Effect::Head)
}

/// Takes a setting in that is one of the settings.
fn set_setting(record: &mut JobRecord, setting: Setting) -> Result<Effect, Refusal> {
    // These exclude one another.
    let excludes =
        matches!(setting, Setting::HttpMethod(_) | Setting::DynamicContent(_) | Setting::OnDemand(_));
    record.settings.apply(setting, &mut record.secrets);
    if excludes {
        let has_ranges = record.files.iter().any(|file| !file.spec.ranges.is_empty());
        check::method(&record.settings)?;
        check::with_ranges(&record.settings, has_ranges)?;
        check::on_demand(&record.settings)?;
    }
    if record.settings.http_method.is_some() {
        record.priority = Priority::Foreground;
    }
    Ok(Effect::Head)
}

/// Whether a setting may be, by itself and by how the job stands.
fn check_setting(record: &JobRecord, caller: Caller, setting: &Setting) -> Result<(), Refusal> {
    match setting {
        Setting::DisplayName(name) => check::new_display_name(name),
        Setting::Description(text) => check::description(text),
        // Spec 7.2: "refused after a custom HTTP method (priority locked to FOREGROUND)".
        Setting::Priority(priority)
            if record.settings.http_method.is_some() && *priority != Priority::Foreground =>
        {
            Err(Refusal::CustomMethod { what: "another priority than foreground" })
        }
        Setting::NotifyFlags(flags) => check::notify_flags(*flags),
        Setting::NotifyCmdLine(line) => check::cmd_line(line.as_ref()),
        Setting::SecurityFlags(flags) => check::security_flags(*flags),
        Setting::HttpMethod(_) => freeze_after_resume(record, "http-method"),
        Setting::Headers(headers) => {
            check::owner_only(record, caller, "setting custom headers")?;
            check::headers(headers)
        }
        Setting::PeerCachingFlags(flags) => check::peer_caching_flags(*flags),
        Setting::AclFlags(flags) => {
            check::acl_flags(*flags)?;
            if record.state == JobState::Transferred {
                return Err(Refusal::InvalidState { state: record.state, request: "take file ACL flags" });
            }
            Ok(())
        }
        Setting::Credentials(_, scheme, credentials) => {
            check::owner_only(record, caller, "setting credentials")?;
            check::credentials(*scheme, credentials)
        }
        Setting::DynamicContent(_) => freeze_after_resume(record, "dynamic-content"),
        Setting::HighPerformance(_) if !record.files.is_empty() => {
            Err(Refusal::FrozenAfterAddFile { name: "high-performance" })
        }
        Setting::MaxDownloadSize(bytes) => {
            freeze_after_resume(record, "max-download-size")?;
            if *bytes == 0 { Err(Refusal::MaxDownloadSizeZero) } else { Ok(()) }
        }
        Setting::UseStoredCredentials(Some(AuthTarget::Server)) => Err(Refusal::StoredCredentialsForServer),
        Setting::OnDemand(_) => freeze_after_resume(record, "on-demand-mode"),
        Setting::ClientCertificate(_) => check::owner_only(record, caller, "setting a client certificate"),
        Setting::ServerCertificateCallback(_) => {
            check::owner_only(record, caller, "setting who is asked about server certificates")?;
            while_resting(record.state, "who is asked about server certificates")
        }
        Setting::RemoteName(index, _) => {
            record.file(*index).map(drop).ok_or(Refusal::FileNotFound { index: *index })
        }
        Setting::AuthHeaders(headers) => {
            check::owner_only(record, caller, "setting custom headers")?;
            check::headers(headers)
        }
        Setting::FileRanges(index, _) | Setting::DownloadPosition(index, _) => check_random_access(record, *index),
        Setting::ValidationState(index, valid) => check_validation(record, *index, *valid),
        Setting::ExpectedSize(index, _)
        | Setting::RequireManifest(index, _)
        | Setting::LocalName(index, _) => check_new(record, *index).map(drop),
        Setting::Manifest(index, manifest) => {
            let file = check_new(record, *index)?;
            let whole = manifest.is_none() || file.spec.ranges.is_empty();
            let reason = "says what whole files are; parts of one were asked for".to_owned();
            if whole { Ok(()) } else { Err(Refusal::InvalidArgument { argument: "manifest", reason }) }
        }
        Setting::MoreRanges(index, ranges) => check_more(record, *index, ranges),
        Setting::Priority(_)
        | Setting::MinRetryDelay(_)
        | Setting::NoProgressTimeout(_)
        | Setting::MaxDownloadTime(_)
        // Looked at once all settings of a request are in.
        | Setting::Proxy(_)
        | Setting::HeadersWriteOnly
        | Setting::RemoveCredentials(..)
        | Setting::ReplyName(_)
        | Setting::CostFlags(_)
        | Setting::NoCellular(_)
        | Setting::NotificationClsid(_)
        | Setting::HighPerformance(_)
        | Setting::UseStoredCredentials(_)
        | Setting::MinNotificationInterval(_)
        | Setting::AutoComplete(_)
        | Setting::Existing(_)
        | Setting::ForbidRestart(_)
        | Setting::RequireSize(_)
        | Setting::AllowUnverified(_)
        | Setting::MaxRate(_)
        | Setting::ExtraRoots(_) => Ok(()),
    }
}

/// A file of a job that was never started, of which more can be said.
fn check_new(record: &JobRecord, index: FileIndex) -> Result<&FileRecord, Refusal> {
    let file = record.file(index).ok_or(Refusal::FileNotFound { index })?;
    let state = record.state;
    let untouched = state == JobState::Suspended && file.bytes_here == 0 && file.stage == FileStage::Wanted;
    let request = "say more of a file that has begun";
    if untouched { Ok(file) } else { Err(Refusal::InvalidState { state, request }) }
}

/// "A download that is Transferred can be started with further ranges" (do-download 7.2): while nobody works at the
/// file, and only where parts of it were asked for in the first place. What proves the parts that are here does
/// not prove more.
fn check_more(record: &JobRecord, index: FileIndex, ranges: &[FileRange]) -> Result<(), Refusal> {
    let file = record.file(index).ok_or(Refusal::FileNotFound { index })?;
    let rests = matches!(record.state, JobState::Suspended | JobState::Error | JobState::Transferred);
    let state = record.state;
    if !rests || !matches!(file.stage, FileStage::Wanted | FileStage::Transferred) {
        return Err(Refusal::InvalidState { state, request: "take further ranges" });
    }
    let refused = |reason: &str| Refusal::InvalidArgument { argument: "ranges", reason: reason.to_owned() };
    if ranges.is_empty() {
        return Err(refused("are none; give at least one"));
    }
    if file.spec.ranges.is_empty() {
        return Err(refused("are further ones, and all of the file was asked for"));
    }
    if file.spec.digest.is_some() {
        return Err(refused("are further ones, and the digest is that of the ranges before"));
    }
    FileRange::check_all(&[&file.spec.ranges, ranges].concat())
}

/// "The transfer must be a download job, must not be dynamic" (`RequestFileRanges`); whether the server sends ranges shows
/// when it is asked.
fn check_random_access(record: &JobRecord, index: FileIndex) -> Result<(), Refusal> {
    let file = record.file(index).ok_or(Refusal::FileNotFound { index })?;
    let is_download = !record.is_upload();
    if is_download && file.has_random_access(&record.settings) { Ok(()) } else { Err(Refusal::RandomAccess) }
}

fn check_validation(record: &JobRecord, index: FileIndex, valid: bool) -> Result<(), Refusal> {
    let file = record.file(index).ok_or(Refusal::FileNotFound { index })?;
    if !file.is_transferred() {
        return Err(Refusal::Pending);
    }
    // "Complete validates implicitly" (spec 7.9), also one that stopped half-way.
    if !valid && file.stage == FileStage::Published {
        let request = "give back a file that has its name already";
        return Err(Refusal::InvalidState { state: record.state, request });
    }
    Ok(())
}

fn file_mut(record: &mut JobRecord, index: FileIndex) -> Option<&mut FileRecord> {
    record.files.get_mut(index.as_usize())
}

/// "Only SUSPENDED, ERROR or TRANSFERRED" (spec 5.3, `BG_E_READ_ONLY_WHEN_JOB_ACTIVE`).
const fn while_resting(state: JobState, what: &'static str) -> Result<(), Refusal> {
    match state {
        JobState::Suspended | JobState::Error | JobState::Transferred => Ok(()),
        JobState::Queued
        | JobState::Connecting
        | JobState::Transferring
        | JobState::TransientError
        | JobState::Acknowledged
        | JobState::Cancelled => Err(Refusal::FrozenWhileActive { what }),
    }
}

const fn freeze_after_resume(record: &JobRecord, name: &'static str) -> Result<(), Refusal> {
    if record.resumed { Err(Refusal::FrozenAfterResume { name }) } else { Ok(()) }
}
