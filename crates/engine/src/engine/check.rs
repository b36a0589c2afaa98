//! What a client says of a job, checked: every refusal of spec 4.1 and 7 that needs no state.

use std::path::PathBuf;

use bgcopy_core::{
    AclFlags, AuthScheme, AuthTarget, Credentials, FileIndex, FileSpec, JobRecord, JobSecrets, JobSettings,
    NotifyFlags, PeerCachingFlags, ProxySettings, ProxyUsage, Refusal, Secret, SecurityFlags, header, limits,
};

use crate::request::Caller;

/// Everything a new job says of itself, checked and raised as the setters would.
pub(super) fn settings(settings: &mut JobSettings) -> Result<(), Refusal> {
    settings.min_retry_delay = settings.min_retry_delay.map(|delay| delay.max(limits::MIN_RETRY_DELAY_FLOOR));
    proxy(&settings.proxy)?;
    notify_flags(settings.notify_flags)?;
    cmd_line(settings.notify_cmd_line.as_ref())?;
    security_flags(settings.security_flags)?;
    peer_caching_flags(settings.peer_caching_flags)?;
    acl_flags(settings.acl_flags)?;
    on_demand(settings)?;
    method(settings)?;
    if settings.max_download_size == Some(0) {
        return Err(Refusal::MaxDownloadSizeZero);
    }
    if settings.use_stored_credentials == Some(AuthTarget::Server) {
        return Err(Refusal::StoredCredentialsForServer);
    }
    Ok(())
}

/// Whether all is said that must be said of files before they begin: "no sink at Resume" (spec 7.12), "mandatory set
/// without info" (spec 10).
pub(super) fn ready<'a>(files: impl Iterator<Item = (FileIndex, &'a FileSpec)>) -> Result<(), Refusal> {
    for (index, file) in files {
        if file.unplaced {
            return Err(Refusal::NoDestination { index });
        }
        if file.supply.manifest_required && file.supply.manifest.is_none() {
            return Err(Refusal::NoManifest { index });
        }
    }
    Ok(())
}

/// Everything a new job keeps secret.
pub(super) fn secrets(secrets: &JobSecrets) -> Result<(), Refusal> {
    headers(&secrets.headers)?;
    headers(&secrets.auth_headers)?;
    let mut all = secrets.credentials.iter();
    all.try_for_each(|(_, scheme, given)| credentials(*scheme, given))
}

/// What only the owner of a job may do, for it is done with what the owner knows or is (spec 7.3).
pub(super) fn owner_only(record: &JobRecord, caller: Caller, what: &'static str) -> Result<(), Refusal> {
    if caller.owner == record.owner { Ok(()) } else { Err(Refusal::AccessDenied { what, who: "the owner" }) }
}

/// `CreateJob`: "name too long or NULL: `E_INVALIDARG`" (spec 7.1).
pub(super) fn display_name(name: &str) -> Result<(), Refusal> {
    let reason = match name.chars().count() {
        0 => "must not be empty".to_owned(),
        1..=limits::DISPLAY_NAME_CHARS => return Ok(()),
        count => format!("has {count} characters; at most {} are allowed", limits::DISPLAY_NAME_CHARS),
    };
    Err(Refusal::InvalidArgument { argument: "display name", reason })
}

/// `SetDisplayName`: "long: `BG_E_STRING_TOO_LONG`" (spec 7.2).
pub(super) fn new_display_name(name: &str) -> Result<(), Refusal> {
    length("display name", name, limits::DISPLAY_NAME_CHARS)?;
    display_name(name)
}

/// `SetDescription` (spec 7.2).
pub(super) fn description(text: &str) -> Result<(), Refusal> {
    length("description", text, limits::DESCRIPTION_CHARS)
}

fn length(argument: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length > max { Err(Refusal::StringTooLong { argument, length, max }) } else { Ok(()) }
}

/// `SetNotifyFlags`: "undefined bit: `E_NOTIMPL`" (spec 7.2).
pub(super) fn notify_flags(flags: NotifyFlags) -> Result<(), Refusal> {
    if NotifyFlags::all().contains(flags) {
        return Ok(());
    }
    Err(Refusal::NotImplemented { what: format!("notification flags {:#x}", flags.bits()) })
}

/// `SetSecurityFlags`: "unsupported bit: `E_NOTIMPL`" (spec 7.7).
pub(super) fn security_flags(flags: SecurityFlags) -> Result<(), Refusal> {
    if SecurityFlags::all().contains(flags) && flags.redirect_policy().is_some() {
        return Ok(());
    }
    Err(Refusal::NotImplemented { what: format!("security flags {:#x}", flags.bits()) })
}

/// `SetPeerCachingFlags` (spec 7.5).
pub(super) fn peer_caching_flags(flags: PeerCachingFlags) -> Result<(), Refusal> {
    bits("peer caching flags", flags.bits(), PeerCachingFlags::all().bits())
}

/// `SetFileACLFlags`: "undefined bit: `E_INVALIDARG`" (spec 7.4).
pub(super) fn acl_flags(flags: AclFlags) -> Result<(), Refusal> {
    bits("file ACL flags", flags.bits(), AclFlags::all().bits())
}

fn bits(argument: &'static str, given: u32, known: u32) -> Result<(), Refusal> {
    let unknown = given & !known;
    if unknown == 0 {
        return Ok(());
    }
    Err(Refusal::InvalidArgument { argument, reason: format!("hold {unknown:#x}, which is not defined") })
}

/// `SetNotifyCmdLine`: "Program ≤ 260, full path, no search" (spec 7.3).
pub(super) fn cmd_line(line: Option<&(PathBuf, String)>) -> Result<(), Refusal> {
    let Some((program, parameters)) = line else { return Ok(()) };
    length("program", &program.to_string_lossy(), limits::CMD_PROGRAM_CHARS)?;
    length("parameters", parameters, limits::CMD_PARAMETERS_CHARS)?;
    if program.is_absolute() {
        return Ok(());
    }
    let reason = "is looked for nowhere; give its full path".to_owned();
    Err(Refusal::InvalidArgument { argument: "program", reason })
}

/// `SetHttpMethod` "excludes DYNAMIC_CONTENT and ON_DEMAND_MODE" (spec 7.7), and they it (spec 4.1).
pub(super) fn method(settings: &JobSettings) -> Result<(), Refusal> {
    let Some(method) = &settings.http_method else { return Ok(()) };
    is_method(method)?;
    if settings.dynamic_content {
        return Err(Refusal::CustomMethod { what: "dynamic content" });
    }
    if settings.on_demand {
        return Err(Refusal::CustomMethod { what: "on-demand mode" });
    }
    Ok(())
}

/// Whether a text is a method (RFC 9110, 9.1).
pub(super) fn is_method(method: &str) -> Result<(), Refusal> {
    if method.len() <= METHOD_CHARS && header::is_token(method) {
        return Ok(());
    }
    let reason = "is not a method; write it like POST".to_owned();
    Err(Refusal::InvalidArgument { argument: "HTTP method", reason })
}

/// Longer than any method that is registered.
const METHOD_CHARS: usize = 32;

/// Dynamic content comes without ranges (spec 4.1, property 3), and only GET has them (RFC 9110, 14.2).
pub(super) fn with_ranges(settings: &JobSettings, has_ranges: bool) -> Result<(), Refusal> {
    if has_ranges && settings.http_method.is_some() {
        return Err(Refusal::CustomMethod { what: "a range" });
    }
    if has_ranges && settings.dynamic_content {
        let reason = "is not possible with ranges".to_owned();
        return Err(Refusal::InvalidArgument { argument: "dynamic content", reason });
    }
    Ok(())
}

/// On-demand mode asks for ranges (spec 4.1, property 10: "not dynamic").
pub(super) fn on_demand(settings: &JobSettings) -> Result<(), Refusal> {
    if !settings.on_demand || !settings.dynamic_content {
        return Ok(());
    }
    let reason = "is not possible with dynamic content".to_owned();
    Err(Refusal::InvalidArgument { argument: "on-demand mode", reason })
}

/// `SetCustomHeaders` (spec 7.7).
pub(super) fn headers(headers: &[(String, Secret)]) -> Result<(), Refusal> {
    let length: usize = headers.iter().map(|(name, value)| name.len() + value.reveal().len() + 4).sum();
    if length > limits::CUSTOM_HEADERS_CHARS {
        let max = limits::CUSTOM_HEADERS_CHARS;
        return Err(Refusal::StringTooLong { argument: "custom headers", length, max });
    }
    headers.iter().try_for_each(|(name, value)| {
        // C11: "CRLF in a caller's header value; caller sets Host, Range, Content-Length: refused at submission".
        header::check(name, value.reveal())
            .map_err(|reason| Refusal::BadHeader { name: name.clone(), reason })
    })
}

/// `SetCredentials` (spec 7.3).
pub(super) fn credentials(scheme: AuthScheme, credentials: &Credentials) -> Result<(), Refusal> {
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

/// `SetProxySettings`: "lists must be NULL unless OVERRIDE; OVERRIDE needs a proxy list" (spec 7.2).
/// `Preconfig` carries what the client's environment said, which on Windows the service reads itself.
pub(super) fn proxy(proxy: &ProxySettings) -> Result<(), Refusal> {
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
