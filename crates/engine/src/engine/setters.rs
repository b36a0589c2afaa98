//! Every setter of spec 7 and property of spec 4.1: what it checks and what it changes.

use bgcopy_core::{
    AuthScheme, FileStage, JobId, JobRecord, JobSecrets, JobSettings, JobState, Now, Priority, ProxySettings,
    ProxyUsage, Refusal, Setting, limits,
};

use super::Engine;
use crate::action::Saved;
use crate::lifecycle::Method;
use crate::request::{Caller, Outcome};

/// What a setting does besides changing the record.
enum Effect {
    /// The head changed.
    Head,
    /// There was nothing to change: `S_FALSE`.
    Nothing,
    /// The scheduler must look again.
    Priority,
    /// This file changed.
    File(bgcopy_core::FileIndex),
    /// The client found this file wrong.
    Reject(bgcopy_core::FileIndex),
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
        check_proxy(&record.settings.proxy)?;
        self.apply(now, id, step, None);
        let Some(job) = self.jobs.get_mut(&id) else { return Ok(Outcome::Nothing) };
        let (old_priority, turn) = (job.record.priority, job.turn);
        record.last_activity = now.wall;
        job.record = record;
        let priority = job.record.priority;
        if self.waiting.remove(&(old_priority, turn, id)) {
            self.waiting.insert((priority, turn, id));
        }
        let nothing = !effects.is_empty() && effects.iter().all(|effect| matches!(effect, Effect::Nothing));
        for effect in effects {
            match effect {
                Effect::Nothing => {}
                Effect::Head | Effect::Priority => self.save(id, Saved::Head),
                Effect::File(index) => self.save(id, Saved::File(index)),
                Effect::Reject(index) => self.reject_content(now, id, index),
            }
        }
        self.touch(now, id);
        // What a job may use and may cost can have changed.
        self.on_conditions(now, self.conditions.clone());
        Ok(if nothing { Outcome::Nothing } else { Outcome::Ok })
    }
}

fn set(record: &mut JobRecord, caller: Caller, setting: Setting) -> Result<Effect, Refusal> {
    let resumed = record.resumed;
    let settings = &mut record.settings;
    match setting {
        Setting::DisplayName(name) => {
            check_length("display name", &name, limits::DISPLAY_NAME_CHARS)?;
            if name.is_empty() {
                let reason = "must not be empty".to_owned();
                return Err(Refusal::InvalidArgument { argument: "display name", reason });
            }
            record.display_name = name;
        }
        Setting::Description(text) => {
            check_description(&text)?;
            record.description = text;
        }
        Setting::Priority(priority) => {
            // Spec 7.2: "refused after a custom HTTP method (priority locked to FOREGROUND)".
            if settings.http_method.is_some() && priority != Priority::Foreground {
                return Err(Refusal::CustomMethod { what: "another priority than foreground" });
            }
            record.priority = priority;
            return Ok(Effect::Priority);
        }
        Setting::NotifyFlags(flags) => settings.notify_flags = flags,
        Setting::NotifyCmdLine(line) => {
            if let Some((program, parameters)) = &line {
                check_length("program", &program.to_string_lossy(), limits::CMD_PROGRAM_CHARS)?;
                check_length("parameters", parameters, limits::CMD_PARAMETERS_CHARS)?;
            }
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
            if flags.redirect_policy().is_none() {
                return Err(Refusal::NotImplemented { what: format!("security flags {:#x}", flags.bits()) });
            }
            settings.security_flags = flags;
        }
        Setting::HttpMethod(method) => {
            freeze_after_resume(resumed, "http-method")?;
            if method == "GET" {
                settings.http_method = None;
            } else {
                check_method(&method)?;
                if settings.dynamic_content || settings.on_demand {
                    return Err(Refusal::CustomMethod { what: "dynamic content or on-demand mode" });
                }
                settings.http_method = Some(method);
                record.priority = Priority::Foreground;
                return Ok(Effect::Priority);
            }
        }
        Setting::Headers(headers) => {
            owner_only(record, caller, "setting custom headers")?;
            check_headers(&headers)?;
            record.secrets.headers = headers;
        }
        Setting::HeadersWriteOnly => settings.headers_write_only = true,
        Setting::PeerCachingFlags(flags) => settings.peer_caching_flags = flags,
        Setting::AclFlags(flags) => {
            if record.state == JobState::Transferred {
                return Err(Refusal::InvalidState { state: record.state, request: "take file ACL flags" });
            }
            settings.acl_flags = flags;
        }
        Setting::Credentials(target, scheme, credentials) => {
            owner_only(record, caller, "setting credentials")?;
            check_credentials(scheme, &credentials)?;
            record.secrets.credentials.retain(|(t, s, _)| (*t, *s) != (target, scheme));
            record.secrets.credentials.push((target, scheme, credentials));
        }
        Setting::RemoveCredentials(target, scheme) => {
            let before = record.secrets.credentials.len();
            record.secrets.credentials.retain(|(t, s, _)| (*t, *s) != (target, scheme));
            if record.secrets.credentials.len() == before {
                return Ok(Effect::Nothing);
            }
        }
        Setting::CostFlags(flags) => settings.cost_flags = flags,
        Setting::NotificationClsid(clsid) => settings.notification_clsid = clsid,
        Setting::DynamicContent(enable) => {
            freeze_after_resume(resumed, "dynamic-content")?;
            no_custom_method(settings, enable, "dynamic content")?;
            if enable && record.files.iter().any(|file| !file.spec.ranges.is_empty()) {
                let reason = "is not possible with ranges".to_owned();
                return Err(Refusal::InvalidArgument { argument: "dynamic content", reason });
            }
            settings.dynamic_content = enable;
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
            if target == Some(bgcopy_core::AuthTarget::Server) {
                return Err(Refusal::StoredCredentialsForServer);
            }
            settings.use_stored_credentials = target;
        }
        Setting::MinNotificationInterval(interval) => settings.min_notification_interval = interval,
        Setting::OnDemand(enable) => {
            freeze_after_resume(resumed, "on-demand-mode")?;
            no_custom_method(settings, enable, "on-demand mode")?;
            settings.on_demand = enable;
        }
        Setting::AutoComplete(enable) => settings.auto_complete = enable,
        Setting::Existing(existing) => settings.existing = existing,
        Setting::ForbidRestart(forbid) => settings.forbid_restart = forbid,
        Setting::RequireSize(require) => settings.require_size = require,
        Setting::AllowUnverified(allow) => settings.allow_unverified = allow,
        Setting::MaxRate(rate) => settings.max_rate = rate,
        Setting::ExtraRoots(pem) => settings.tls.extra_roots = pem,
        Setting::ClientCertificate(pair) => {
            owner_only(record, caller, "setting a client certificate")?;
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
            file.validation_state = Some(valid);
            return Ok(if valid { Effect::File(index) } else { Effect::Reject(index) });
        }
    }
    Ok(Effect::Head)
}

fn owner_only(record: &JobRecord, caller: Caller, what: &'static str) -> Result<(), Refusal> {
    if caller.owner == record.owner { Ok(()) } else { Err(Refusal::AccessDenied { what, who: "the owner" }) }
}

const fn freeze_after_resume(resumed: bool, name: &'static str) -> Result<(), Refusal> {
    if resumed { Err(Refusal::FrozenAfterResume { name }) } else { Ok(()) }
}

const fn no_custom_method(settings: &JobSettings, enable: bool, what: &'static str) -> Result<(), Refusal> {
    if enable && settings.http_method.is_some() { Err(Refusal::CustomMethod { what }) } else { Ok(()) }
}

fn check_length(argument: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > max { Err(Refusal::StringTooLong { argument, length, max }) } else { Ok(()) }
}

pub(super) fn check_description(text: &str) -> Result<(), Refusal> {
    check_length("description", text, limits::DESCRIPTION_CHARS)
}

fn check_method(method: &str) -> Result<(), Refusal> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !method.is_empty() && method.len() <= 32 && method.chars().all(token) {
        return Ok(());
    }
    let reason = "is not a method; write it like POST".to_owned();
    Err(Refusal::InvalidArgument { argument: "HTTP method", reason })
}

/// Everything a new job says of itself, checked as the setters would.
pub(super) fn check_settings(settings: &JobSettings) -> Result<(), Refusal> {
    check_proxy(&settings.proxy)?;
    if settings.max_download_size == Some(0) {
        return Err(Refusal::MaxDownloadSizeZero);
    }
    if settings.use_stored_credentials == Some(bgcopy_core::AuthTarget::Server) {
        return Err(Refusal::StoredCredentialsForServer);
    }
    if settings.security_flags.redirect_policy().is_none() {
        let what = format!("security flags {:#x}", settings.security_flags.bits());
        return Err(Refusal::NotImplemented { what });
    }
    if let Some(method) = &settings.http_method {
        check_method(method)?;
        no_custom_method(settings, settings.dynamic_content, "dynamic content")?;
        no_custom_method(settings, settings.on_demand, "on-demand mode")?;
    }
    Ok(())
}

pub(super) fn check_secrets(secrets: &JobSecrets) -> Result<(), Refusal> {
    check_headers(&secrets.headers)?;
    secrets
        .credentials
        .iter()
        .try_for_each(|(_, scheme, credentials)| check_credentials(*scheme, credentials))
}

fn check_headers(headers: &[(String, bgcopy_core::Secret)]) -> Result<(), Refusal> {
    let length: usize = headers.iter().map(|(name, value)| name.len() + value.reveal().len() + 4).sum();
    if length > limits::CUSTOM_HEADERS_CHARS {
        let max = limits::CUSTOM_HEADERS_CHARS;
        return Err(Refusal::StringTooLong { argument: "custom headers", length, max });
    }
    Ok(())
}

fn check_credentials(scheme: AuthScheme, credentials: &bgcopy_core::Credentials) -> Result<(), Refusal> {
    if !matches!(scheme, AuthScheme::Basic | AuthScheme::Digest) {
        return Err(Refusal::InvalidAuthScheme { value: scheme.to_string() });
    }
    let user = credentials.user.chars().count();
    if user > limits::USER_NAME_CHARS {
        return Err(Refusal::UserNameTooLarge { length: user });
    }
    let password = credentials.password.reveal().chars().count();
    if password > limits::PASSWORD_CHARS {
        return Err(Refusal::PasswordTooLarge { length: password });
    }
    Ok(())
}

/// Spec 7.2: "lists must be NULL unless OVERRIDE; OVERRIDE needs a proxy list". `Preconfig` carries what the
/// client's environment said, which on Windows the service reads itself.
fn check_proxy(proxy: &ProxySettings) -> Result<(), Refusal> {
    let length = |list: &Option<String>| list.as_ref().map_or(0, |list| list.chars().count());
    if length(&proxy.list) > limits::PROXY_LIST_CHARS {
        return Err(Refusal::ProxyListTooLarge { length: length(&proxy.list) });
    }
    if length(&proxy.bypass) > limits::PROXY_LIST_CHARS {
        return Err(Refusal::ProxyBypassListTooLarge { length: length(&proxy.bypass) });
    }
    let invalid =
        |reason: &str| Err(Refusal::InvalidArgument { argument: "proxy", reason: reason.to_owned() });
    match (proxy.usage, proxy.list.is_some(), proxy.bypass.is_some()) {
        (ProxyUsage::Override, false, _) => invalid("override needs a proxy list"),
        (ProxyUsage::NoProxy, true, _) | (ProxyUsage::NoProxy, _, true) => {
            invalid("lists are for override only")
        }
        _ => Ok(()),
    }
}
