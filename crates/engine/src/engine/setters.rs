//! Every setter of spec 7 and property of spec 4.1: what it checks and what it changes.

use bgcopy_core::{
    AuthTarget, FileIndex, FileStage, JobId, JobRecord, JobState, Now, Priority, Refusal, Setting, limits,
};

use super::Engine;
use super::check;
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
            }
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

fn set(record: &mut JobRecord, caller: Caller, setting: Setting) -> Result<Effect, Refusal> {
    let resumed = record.resumed;
    let has_ranges = record.files.iter().any(|file| !file.spec.ranges.is_empty());
    let settings = &mut record.settings;
    match setting {
        Setting::DisplayName(name) => {
            check::new_display_name(&name)?;
            record.display_name = name;
        }
        Setting::Description(text) => {
            check::description(&text)?;
            record.description = text;
        }
        Setting::Priority(priority) => {
            // Spec 7.2: "refused after a custom HTTP method (priority locked to FOREGROUND)".
            if settings.http_method.is_some() && priority != Priority::Foreground {
                return Err(Refusal::CustomMethod { what: "another priority than foreground" });
            }
            record.priority = priority;
        }
        Setting::NotifyFlags(flags) => {
            check::notify_flags(flags)?;
            settings.notify_flags = flags;
        }
        Setting::NotifyCmdLine(line) => {
            check::cmd_line(line.as_ref())?;
            settings.notify_cmd_line = line;
        }
        // "Smaller values are raised to 5" (spec 6.8).
        Setting::MinRetryDelay(delay) => {
            settings.min_retry_delay = Some(delay.max(limits::MIN_RETRY_DELAY_FLOOR));
        }
        Setting::NoProgressTimeout(timeout) => settings.no_progress_timeout = Some(timeout),
        Setting::MaxDownloadTime(time) => settings.max_download_time = Some(time),
        Setting::Proxy(proxy) => settings.proxy = proxy,
        Setting::SecurityFlags(flags) => {
            check::security_flags(flags)?;
            settings.security_flags = flags;
        }
        Setting::HttpMethod(method) => {
            freeze_after_resume(resumed, "http-method")?;
            if method == "GET" {
                settings.http_method = None;
            } else {
                settings.http_method = Some(method);
                check::method(settings)?;
                check::with_ranges(settings, has_ranges)?;
                record.priority = Priority::Foreground;
            }
        }
        Setting::Headers(headers) => {
            check::owner_only(record, caller, "setting custom headers")?;
            check::headers(&headers)?;
            record.secrets.headers = headers;
        }
        Setting::HeadersWriteOnly => settings.headers_write_only = true,
        Setting::PeerCachingFlags(flags) => {
            check::peer_caching_flags(flags)?;
            settings.peer_caching_flags = flags;
        }
        Setting::AclFlags(flags) => {
            check::acl_flags(flags)?;
            if record.state == JobState::Transferred {
                return Err(Refusal::InvalidState { state: record.state, request: "take file ACL flags" });
            }
            settings.acl_flags = flags;
        }
        Setting::Credentials(target, scheme, credentials) => {
            check::owner_only(record, caller, "setting credentials")?;
            check::credentials(scheme, &credentials)?;
            record.secrets.put(target, scheme, credentials);
        }
        Setting::RemoveCredentials(target, scheme) => {
            if !record.secrets.remove(target, scheme) {
                return Ok(Effect::Nothing);
            }
        }
        Setting::CostFlags(flags) => settings.cost_flags = flags,
        Setting::NotificationClsid(clsid) => settings.notification_clsid = clsid,
        Setting::DynamicContent(enable) => {
            freeze_after_resume(resumed, "dynamic-content")?;
            settings.dynamic_content = enable;
            check::method(settings)?;
            check::with_ranges(settings, has_ranges)?;
            check::on_demand(settings)?;
        }
        Setting::HighPerformance(enable) => {
            if !record.files.is_empty() {
                return Err(Refusal::FrozenAfterAddFile { name: "high-performance" });
            }
            settings.high_performance = enable;
        }
        Setting::MaxDownloadSize(bytes) => {
            freeze_after_resume(resumed, "max-download-size")?;
            if bytes == 0 {
                return Err(Refusal::MaxDownloadSizeZero);
            }
            settings.max_download_size = Some(bytes);
        }
        Setting::UseStoredCredentials(target) => {
            if target == Some(AuthTarget::Server) {
                return Err(Refusal::StoredCredentialsForServer);
            }
            settings.use_stored_credentials = target;
        }
        Setting::MinNotificationInterval(interval) => settings.min_notification_interval = interval,
        Setting::OnDemand(enable) => {
            freeze_after_resume(resumed, "on-demand-mode")?;
            settings.on_demand = enable;
            check::method(settings)?;
            check::on_demand(settings)?;
        }
        Setting::AutoComplete(enable) => settings.auto_complete = enable,
        Setting::Existing(existing) => settings.existing = existing,
        Setting::ForbidRestart(forbid) => settings.forbid_restart = forbid,
        Setting::RequireSize(require) => settings.require_size = require,
        Setting::AllowUnverified(allow) => settings.allow_unverified = allow,
        Setting::MaxRate(rate) => settings.max_rate = rate,
        Setting::ExtraRoots(pem) => settings.tls.extra_roots = pem,
        Setting::ClientCertificate(pair) => {
            check::owner_only(record, caller, "setting a client certificate")?;
            let (certificate, key) = pair.unzip();
            let had = record.settings.tls.client_certificate.is_some();
            let nothing = certificate.is_none() && !had;
            record.settings.tls.client_certificate = certificate;
            record.secrets.client_key = key;
            if nothing {
                return Ok(Effect::Nothing);
            }
        }
        Setting::RemoteName(index, name) => {
            let file = record.files.get_mut(index.as_usize()).ok_or(Refusal::FileNotFound { index })?;
            // "Finished files are not repeated" (spec 7.9).
            if file.stage == FileStage::Wanted {
                file.next_remote_name = Some(name);
            }
            return Ok(Effect::File(index));
        }
        Setting::ValidationState(index, valid) => {
            let file = record.files.get_mut(index.as_usize()).ok_or(Refusal::FileNotFound { index })?;
            if !file.is_transferred() {
                return Err(Refusal::Pending);
            }
            // "Complete validates implicitly" (spec 7.9), also one that stopped half-way.
            if !valid && file.stage == FileStage::Published {
                let request = "give back a file that has its name already";
                return Err(Refusal::InvalidState { state: record.state, request });
            }
            file.validation_state = Some(valid);
            return Ok(if valid { Effect::File(index) } else { Effect::Reject(index) });
        }
    }
    Ok(Effect::Head)
}

const fn freeze_after_resume(resumed: bool, name: &'static str) -> Result<(), Refusal> {
    if resumed { Err(Refusal::FrozenAfterResume { name }) } else { Ok(()) }
}
