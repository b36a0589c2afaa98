//! `IBackgroundCopyJob2`, `3` and `4` (spec 7.3 to 7.5).

use bgcopy_api::core::catalogue::codes::{E_NOTIMPL, S_FALSE};
use bgcopy_api::core::{AclFlags, AuthScheme, AuthTarget, PeerCachingFlags, Secret};
use bgcopy_api::{CommandLine, NewCredentials, Patch, ReplacePrefix, SetSettings};
use windows_core::HRESULT;

use super::background::INVALID;
use super::settings::seconds;
use super::{Job, Job_Impl};
use crate::abi::interfaces::{IBackgroundCopyJob2_Impl, IBackgroundCopyJob3_Impl, IBackgroundCopyJob4_Impl};
use crate::abi::types::{BG_AUTH_CREDENTIALS, BG_FILE_RANGE, BG_JOB_REPLY_PROGRESS};
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::text;

/// `BG_AUTH_SCHEME_BASIC`, `_DIGEST`: those that need a name (spec 7.3).
const NAMED_SCHEMES: [u32; 2] = [1, 2];

/// The words of a target and a scheme; a number that has none goes as it is, and is refused with its code.
fn words(target: u32, scheme: u32) -> (String, String) {
    (
        AuthTarget::from_number(target).map_or_else(|| target.to_string(), |target| target.word().to_owned()),
        AuthScheme::from_number(scheme).map_or_else(|| scheme.to_string(), |scheme| scheme.word().to_owned()),
    )
}

impl Job {
    /// # Safety
    ///
    /// The pointer must be NULL or lead to credentials whose texts are NULL or end with a NUL.
    unsafe fn set_credentials(&self, credentials: *const BG_AUTH_CREDENTIALS) -> Answer {
        if credentials.is_null() {
            return Err(INVALID);
        }
        // SAFETY: as the caller promises; every scheme has the same fields.
        let (given, user, password) = unsafe {
            let given = credentials.read();
            let basic = given.Credentials.Basic;
            (given, text::optional(basic.UserName)?, text::optional(basic.Password)?.map(Secret::new))
        };
        if NAMED_SCHEMES.contains(&given.Scheme) && (user.is_none() || password.is_none()) {
            return Err(INVALID);
        }
        let (target, scheme) = words(given.Target, given.Scheme);
        let credentials = NewCredentials {
            target,
            scheme,
            user: user.unwrap_or_default(),
            password: password.unwrap_or_else(|| Secret::new("")),
        };
        self.service.ask(async |client| client.set_credentials(self.id, credentials.clone()).await).and(OK)
    }

    fn remove_credentials(&self, target: u32, scheme: u32) -> Answer {
        let (target, scheme) = words(target, scheme);
        let removed =
            self.service.ask(async |client| client.remove_credentials(self.id, &target, &scheme).await)?;
        if removed { OK } else { Ok(S_FALSE) }
    }

    /// A program of NULL with parameters fails; both NULL clear (spec 7.3).
    fn set_command_line(&self, program: Option<String>, parameters: Option<String>) -> Answer {
        let notify_cmd_line = match (program, parameters) {
            (None, Some(_)) => return Err(INVALID),
            (None, None) => Patch::Clear,
            (Some(program), parameters) => {
                Patch::Set(CommandLine { program, parameters: parameters.unwrap_or_default() })
            }
        };
        self.set(SetSettings { notify_cmd_line, ..SetSettings::default() })
    }
}

impl IBackgroundCopyJob2_Impl for Job_Impl {
    unsafe fn SetNotifyCmdLine(&self, program: *const u16, parameters: *const u16) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.set_command_line(text::optional(program)?, text::optional(parameters)?) })
    }

    unsafe fn GetNotifyCmdLine(&self, program: *mut *mut u16, parameters: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let places = unsafe { (Out::new(program)?, Out::new(parameters)?) };
            // "Both strings, empty string when unset" (spec 7.3).
            let line = self.view()?.settings.notify_cmd_line;
            let line = line.unwrap_or(CommandLine { program: String::new(), parameters: String::new() });
            text::give(places.0, &line.program)?;
            text::give(places.1, &line.parameters)
        })
    }

    unsafe fn GetReplyProgress(&self, progress: *mut BG_JOB_REPLY_PROGRESS) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.reply_progress(unsafe { Out::new(progress) }?))
    }

    unsafe fn GetReplyData(&self, buffer: *mut *mut u8, length: *mut u64) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (buffer, length) = unsafe { (Out::new(buffer), Out::new(length)) };
            self.reply_data(buffer?, length?)
        })
    }

    unsafe fn SetReplyFileName(&self, reply_file_name: *const u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.set_reply_name(unsafe { text::optional(reply_file_name) }?))
    }

    unsafe fn GetReplyFileName(&self, reply_file_name: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.reply_name(unsafe { Out::new(reply_file_name) }?))
    }

    unsafe fn SetCredentials(&self, credentials: *mut BG_AUTH_CREDENTIALS) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { self.set_credentials(credentials) })
    }

    unsafe fn RemoveCredentials(&self, target: u32, scheme: u32) -> HRESULT {
        guard(|| self.remove_credentials(target, scheme))
    }
}

impl IBackgroundCopyJob3_Impl for Job_Impl {
    unsafe fn ReplaceRemotePrefix(&self, old_prefix: *const u16, new_prefix: *const u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (old_prefix, new_prefix) =
                unsafe { (text::required(old_prefix)?, text::required(new_prefix)?) };
            // "Empty prefix: E_INVALIDARG" (spec 7.4).
            if old_prefix.is_empty() || new_prefix.is_empty() {
                return Err(INVALID);
            }
            let prefixes = ReplacePrefix { old_prefix, new_prefix };
            let replaced =
                self.service.ask(async |client| client.replace_remote_prefix(self.id, &prefixes).await)?;
            if replaced.files > 0 { OK } else { Ok(S_FALSE) }
        })
    }

    unsafe fn AddFileWithRanges(
        &self,
        remote_url: *const u16,
        local_name: *const u16,
        range_count: u32,
        ranges: *mut BG_FILE_RANGE,
    ) -> HRESULT {
        // SAFETY: the caller's pointers are as COM says.
        guard(|| unsafe { self.add_with_ranges(remote_url, local_name, range_count, ranges) })
    }

    unsafe fn SetFileACLFlags(&self, flags: u32) -> HRESULT {
        guard(|| {
            AclFlags::from_bits(flags).ok_or(INVALID)?;
            self.set(SetSettings { acl_flags: Some(flags), ..SetSettings::default() })
        })
    }

    unsafe fn GetFileACLFlags(&self, flags: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(flags) }?.set(self.view()?.settings.acl_flags))
    }
}

/// `SECURITY_MANDATORY_MEDIUM_RID` and `_HIGH_RID` (spec 7.5).
const INTEGRITY: [u32; 2] = [0x2000, 0x3000];

impl IBackgroundCopyJob4_Impl for Job_Impl {
    unsafe fn SetPeerCachingFlags(&self, flags: u32) -> HRESULT {
        guard(|| {
            PeerCachingFlags::from_bits(flags).ok_or(Fail(E_NOTIMPL))?;
            self.set(SetSettings { peer_caching_flags: Some(flags), ..SetSettings::default() })
        })
    }

    unsafe fn GetPeerCachingFlags(&self, flags: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(flags) }?.set(self.view()?.settings.peer_caching_flags))
    }

    unsafe fn GetOwnerIntegrityLevel(&self, level: *mut u32) -> HRESULT {
        // Root is who runs elevated here.
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(level) }?.set(INTEGRITY[usize::from(self.view()?.owner_uid == 0)]))
    }

    unsafe fn GetOwnerElevationState(&self, elevated: *mut i32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(elevated) }?.set((self.view()?.owner_uid == 0).into()))
    }

    unsafe fn SetMaximumDownloadTime(&self, timeout: u32) -> HRESULT {
        guard(|| {
            let timeout = Some(timeout.into());
            self.set(SetSettings { maximum_download_time_seconds: timeout, ..SetSettings::default() })
        })
    }

    unsafe fn GetMaximumDownloadTime(&self, timeout: *mut u32) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(timeout) }?;
            let default = bgcopy_api::core::limits::MAX_DOWNLOAD_TIME.as_secs();
            place.set(seconds(self.view()?.settings.maximum_download_time_seconds.unwrap_or(default)))
        })
    }
}
