//! The properties of a download (do-download 3): which type each has, when it can be set, and where it is kept.

use bgcopy_api::core::catalogue::codes::{
    CRYPT_E_FILE_ERROR, DISP_E_TYPEMISMATCH, DO_E_FILE_DOWNLOADSINK_ALREADY_SET, DO_E_INVALID_STATE,
    DO_E_READ_ONLY_PROPERTY, DO_E_UNKNOWN_PROPERTY_ID, DO_E_WRITE_ONLY_PROPERTY, E_INVALIDARG, E_NOT_SET,
    E_NOTIMPL, INET_E_INVALID_URL,
};
use bgcopy_api::core::{CostFlags, ManifestKind, Priority, SecurityFlags, limits};
use bgcopy_api::download::DownloadState;
use bgcopy_api::{Base64, FileIndex, FileProperty, Header, NewManifest, SetFile, SetJob, SetSettings};

use super::stream::{Flow, Stream};
use super::{Download, Seen, Told, UNNAMED, look, streams, watch};
use crate::abi::types::VARIANT;
use crate::exports::bstr;
use crate::exports::variant::{VT_BOOL, VT_BSTR, VT_BYTES, VT_UI4, VT_UI8, VT_UNKNOWN};
use crate::guard::{Answer, Fail, OK};
use crate::objects::job::headers;

/// The ids, as a type: an id that is none of them is `DO_E_UNKNOWN_PROPERTY_ID`.
macro_rules! properties {
    ($($name:ident = $id:ident: $vt:ident, $access:ident, $states:ident;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Property { $($name,)+ }

        impl Property {
            fn from_id(id: u32) -> Answer<Self> {
                match id {
                    $(crate::abi::enums::$id => Ok(Self::$name),)+
                    _ => Err(Fail(DO_E_UNKNOWN_PROPERTY_ID)),
                }
            }

            /// Its type, who may do what with it, and when it can be set (do-download 3.1, 3.2).
            const fn rules(self) -> (u16, Access, When) {
                match self { $(Self::$name => ($vt, Access::$access, When::$states),)+ }
            }
        }
    };
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    Both,
}

/// In which states a property can be set: the rows of do-download 3.2, "Choice".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// Before the first Start.
    New,
    /// Before it, and while paused.
    Paused,
    /// While nothing moves.
    Still,
    /// Until the end.
    Alive,
}

impl When {
    const fn allows(self, state: DownloadState) -> bool {
        match (self, state) {
            (_, DownloadState::Created) => true,
            (_, DownloadState::Finalized | DownloadState::Aborted) | (Self::New, _) => false,
            (Self::Paused, state) => matches!(state, DownloadState::Paused),
            (Self::Still, state) => !matches!(state, DownloadState::Transferring),
            (Self::Alive, _) => true,
        }
    }
}

properties! {
    Id = DODownloadProperty_Id: VT_BSTR, Read, New;
    Uri = DODownloadProperty_Uri: VT_BSTR, Both, Paused;
    ContentId = DODownloadProperty_ContentId: VT_BSTR, Both, New;
    DisplayName = DODownloadProperty_DisplayName: VT_BSTR, Both, Still;
    LocalPath = DODownloadProperty_LocalPath: VT_BSTR, Both, New;
    CustomHeaders = DODownloadProperty_HttpCustomHeaders: VT_BSTR, Both, Still;
    CostPolicy = DODownloadProperty_CostPolicy: VT_UI4, Both, Alive;
    Security = DODownloadProperty_SecurityFlags: VT_UI4, Write, Still;
    Percent = DODownloadProperty_CallbackFreqPercent: VT_UI4, Both, Alive;
    Seconds = DODownloadProperty_CallbackFreqSeconds: VT_UI4, Both, Alive;
    NoProgress = DODownloadProperty_NoProgressTimeoutSeconds: VT_UI4, Both, Still;
    Foreground = DODownloadProperty_ForegroundPriority: VT_BOOL, Both, Alive;
    Blocking = DODownloadProperty_BlockingMode: VT_BOOL, Both, Still;
    Callback = DODownloadProperty_CallbackInterface: VT_UNKNOWN, Both, Alive;
    Stream = DODownloadProperty_StreamInterface: VT_UNKNOWN, Both, New;
    SecurityContext = DODownloadProperty_SecurityContext: VT_BYTES, Write, New;
    NetworkToken = DODownloadProperty_NetworkToken: VT_BOOL, Write, Still;
    Correlation = DODownloadProperty_CorrelationVector: VT_BSTR, Both, Still;
    Decryption = DODownloadProperty_DecryptionInfo: VT_BSTR, Write, New;
    Integrity = DODownloadProperty_IntegrityCheckInfo: VT_BSTR, Write, New;
    Mandatory = DODownloadProperty_IntegrityCheckMandatory: VT_BOOL, Both, New;
    Size = DODownloadProperty_TotalSizeBytes: VT_UI8, Both, New;
    Cellular = DODownloadProperty_DisallowOnCellular: VT_BOOL, Both, Alive;
    AuthHeaders = DODownloadProperty_HttpCustomAuthHeaders: VT_BSTR, Both, Still;
    Insecure = DODownloadProperty_HttpAllowSecureToNonSecureRedirect: VT_BOOL, Both, Still;
    Lasting = DODownloadProperty_NonVolatile: VT_BOOL, Both, New;
    Redirection = DODownloadProperty_HttpRedirectionTarget: VT_BSTR, Read, New;
    ResponseHeaders = DODownloadProperty_HttpResponseHeaders: VT_BSTR, Read, New;
    Address = DODownloadProperty_HttpServerIPAddress: VT_BSTR, Read, New;
    Status = DODownloadProperty_HttpStatusCode: VT_UI4, Read, New;
}

const NOT_SET: Fail = Fail(E_NOT_SET);
const OTHER_SINK: Fail = Fail(DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
const INVALID: Fail = Fail(E_INVALIDARG);

impl Download {
    /// `GetProperty`.
    pub(super) fn property(&self, id: u32) -> Answer<VARIANT> {
        let property = Property::from_id(id)?;
        if property.rules().1 == Access::Write {
            return Err(Fail(DO_E_WRITE_ONLY_PROPERTY));
        }
        let text = |text: Option<&String>| text.map_or(Err(NOT_SET), |text| VARIANT::text(text));
        let draft = self.draft();
        match property {
            Property::Id => VARIANT::text(&self.id.to_string().to_uppercase()),
            Property::Uri => {
                text(draft.uri.as_ref()).or_else(|_| self.of_file(|file| Some(file.remote_name)))
            }
            Property::ContentId => {
                text(draft.content_id.as_ref()).or_else(|_| self.of_file(|file| file.content_id))
            }
            // Where the bytes of a stream are kept is nobody's business.
            Property::LocalPath => text(draft.local_path.as_ref()).or_else(|_| {
                self.of_file(|file| {
                    Some(file)
                        .filter(|file| !streams::is_private(&file.local_path()))
                        .map(|file| file.local_name)
                })
            }),
            Property::Correlation => text(draft.correlation.as_ref()),
            Property::DisplayName => {
                text(Some(self.view()?.display_name).filter(|name| name != UNNAMED).as_ref())
            }
            Property::CustomHeaders => self.headers(false),
            Property::AuthHeaders => self.headers(true),
            Property::CostPolicy => {
                let foreground = self.view()?.priority == Priority::Foreground;
                // Always for foreground, Standard for background (do-download 2.2).
                Ok(VARIANT::number(draft.cost_policy.unwrap_or(if foreground { 0 } else { 2 })))
            }
            Property::Percent => draft.percent.map(VARIANT::number).ok_or(NOT_SET),
            Property::Seconds => Ok(VARIANT::number(draft.seconds.unwrap_or(watch::SECONDS))),
            Property::NoProgress => {
                let job = self.view()?;
                let default = match job.priority {
                    Priority::Foreground => limits::NO_PROGRESS_FOREGROUND,
                    Priority::High | Priority::Normal | Priority::Low => limits::NO_PROGRESS_BACKGROUND,
                };
                let seconds = job.settings.no_progress_timeout_seconds.unwrap_or(default.as_secs());
                Ok(VARIANT::number(u32::try_from(seconds).unwrap_or(u32::MAX)))
            }
            Property::Foreground => Ok(VARIANT::bool(self.view()?.priority == Priority::Foreground)),
            Property::Blocking => Ok(VARIANT::bool(draft.blocking)),
            Property::Callback => draft.callback.as_ref().map(|told| VARIANT::object(&told.0)).ok_or(NOT_SET),
            Property::Mandatory => Ok(VARIANT::bool(draft.is_mandatory)),
            Property::Size => {
                let said = draft.size;
                let told = self.file()?.and_then(|file| file.remote_size).or(said);
                told.map(VARIANT::large).ok_or(NOT_SET)
            }
            Property::Insecure => {
                let flags = SecurityFlags::from_bits_truncate(self.view()?.settings.security_flags);
                Ok(VARIANT::bool(flags.contains(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP)))
            }
            Property::Lasting => Ok(VARIANT::bool(draft.is_lasting)),
            Property::ResponseHeaders => VARIANT::text(&self.response_headers()?),
            Property::Status => self.http_status().map(VARIANT::number),
            Property::Stream => {
                draft.flow.as_ref().map(|flow| VARIANT::object(&flow.stream().0)).ok_or(NOT_SET)
            }
            Property::Cellular => Ok(VARIANT::bool(draft.is_wired)),
            Property::Redirection | Property::Address => Err(NOT_SET),
            Property::Security
            | Property::SecurityContext
            | Property::NetworkToken
            | Property::Decryption
            | Property::Integrity => Err(Fail(DO_E_WRITE_ONLY_PROPERTY)),
        }
    }

    fn file(&self) -> Answer<Option<bgcopy_api::File>> {
        Ok(self.service.ask(async |client| client.files(self.id).await)?.into_iter().next())
    }

    /// A text of the file, once there is one.
    fn of_file(&self, text: impl FnOnce(bgcopy_api::File) -> Option<String>) -> Answer<VARIANT> {
        VARIANT::text(&self.file()?.and_then(text).ok_or(NOT_SET)?)
    }

    /// The status of the last answer: of the one that stopped it, or of the one that brings the file.
    fn http_status(&self) -> Answer<u32> {
        if let Some(status) = Seen::of(&self.view()?).error.and_then(|error| error.http_status) {
            return Ok(status.into());
        }
        let headers = self.response_headers()?;
        headers.split_whitespace().nth(1).and_then(|status| status.parse().ok()).ok_or(NOT_SET)
    }

    fn response_headers(&self) -> Answer<String> {
        self.file()?.ok_or(NOT_SET)?;
        let property = FileProperty::HttpResponseHeaders;
        let value =
            self.service.ask(async |client| client.file_property(self.id, FileIndex(0), property).await)?;
        value.string.ok_or(NOT_SET)
    }

    /// `SetProperty`.
    ///
    /// # Safety
    ///
    /// Unless it is NULL, the pointer must lead to a variant.
    pub(super) unsafe fn set_property(&self, id: u32, value: *const VARIANT) -> Answer {
        let property = Property::from_id(id)?;
        let (vt, access, when) = property.rules();
        if access == Access::Read {
            return Err(Fail(DO_E_READ_ONLY_PROPERTY));
        }
        if value.is_null() {
            return Err(INVALID);
        }
        // SAFETY: it is not NULL.
        let value = unsafe { value.read() };
        if value.vt != vt {
            return Err(Fail(DISP_E_TYPEMISMATCH));
        }
        if !when.allows(look(&self.view()?, &self.draft()).0.state) {
            return Err(Fail(DO_E_INVALID_STATE));
        }
        // SAFETY: the type says what the value is.
        unsafe {
            match vt {
                VT_BSTR => self.set_text(property, bstr::read(value.value.bstrVal).map_err(|_| INVALID)?),
                VT_UI4 => self.set_number(property, value.value.ulVal),
                VT_UI8 => {
                    self.draft().size = Some(value.value.ullVal);
                    OK
                }
                VT_BOOL => self.set_bool(property, value.value.boolVal != 0),
                VT_UNKNOWN => match property {
                    Property::Callback => self.set_callback(Told::of(value.value.punkVal)?),
                    _ => self.set_stream(Stream::of(value.value.punkVal)?),
                },
                // A certificate without its key is of no use here, and this is one (do-download 3.1, SecurityContext).
                _ => Err(Fail(CRYPT_E_FILE_ERROR)),
            }
        }
    }

    fn set_text(&self, property: Property, text: String) -> Answer {
        match property {
            Property::Uri => return self.set_uri(text),
            Property::ContentId => self.draft().content_id = Some(text).filter(|text| !text.is_empty()),
            Property::LocalPath if text.is_empty() => return Err(INVALID),
            Property::LocalPath if self.draft().flow.is_some() => return Err(OTHER_SINK),
            Property::LocalPath => self.draft().local_path = Some(text),
            Property::Correlation => self.draft().correlation = Some(text),
            Property::DisplayName => {
                return self.change(&SetJob { display_name: Some(text), ..SetJob::default() });
            }
            Property::CustomHeaders => return self.set_headers(&text, false),
            Property::AuthHeaders => return self.set_headers(&text, true),
            Property::Integrity => self.draft().integrity = Some(integrity(&text)?),
            // What cannot be read is told first (do-download 3.1). How the values are written and what is encrypted how is
            // nowhere documented (8.1), so nothing can be decrypted; "a property that it lacks" (9.3).
            Property::Decryption => {
                json(&text)?;
                return Err(Fail(E_NOTIMPL));
            }
            _ => return Err(INVALID),
        }
        OK
    }

    /// Headers of every request, or those for a server that asked who we are.
    fn headers(&self, when_challenged: bool) -> Answer<VARIANT> {
        let mut headers = self.service.ask(async |client| client.headers(self.id).await)?;
        headers.retain(|header| header.when_challenged == when_challenged);
        if headers.is_empty() { Err(NOT_SET) } else { VARIANT::text(&headers::to_text(&headers)) }
    }

    /// Sets the ones and leaves the others alone.
    fn set_headers(&self, text: &str, when_challenged: bool) -> Answer {
        let given = headers::from_text(text)?.into_iter();
        let given: Vec<Header> = given.map(|header| Header { when_challenged, ..header }).collect();
        self.service.ask(async |client| {
            let mut all = client.headers(self.id).await?;
            all.retain(|header| header.when_challenged != when_challenged);
            all.extend(given.iter().cloned());
            client.set_headers(self.id, all).await
        })?;
        OK
    }

    /// A sink in place of a local path, or of the stream before; NULL takes it away.
    fn set_stream(&self, stream: Option<Stream>) -> Answer {
        let mut draft = self.draft();
        if stream.is_some() && draft.local_path.is_some() {
            return Err(OTHER_SINK);
        }
        let before = std::mem::replace(&mut draft.flow, stream.map(Flow::new));
        drop(draft);
        // Releasing the client's object runs its code, which may come back here.
        drop(before);
        OK
    }

    /// Before the first Start it is only kept; later the file of the job is redirected, which the next Start puts in force.
    fn set_uri(&self, uri: String) -> Answer {
        if uri.is_empty() {
            return Err(INVALID);
        }
        if bgcopy_api::core::RemoteName::parse(&uri).is_err() {
            return Err(Fail(INET_E_INVALID_URL));
        }
        if self.file()?.is_some() {
            let changes = SetFile { remote_name: Some(uri.clone()), ..SetFile::default() };
            self.service.ask(async |client| client.set_file(self.id, FileIndex(0), &changes).await)?;
        }
        self.draft().uri = Some(uri);
        OK
    }

    fn set_number(&self, property: Property, number: u32) -> Answer {
        match property {
            Property::CostPolicy => {
                let cost_flags = Some(cost(number)?.bits());
                let no_cellular = Some(number == NO_CELLULAR || self.draft().is_wired);
                self.set(SetSettings { cost_flags, no_cellular, ..SetSettings::default() })?;
                self.draft().cost_policy = Some(number);
            }
            Property::Security => {
                let kept =
                    self.view()?.settings.security_flags & SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP.bits();
                let security_flags = Some(security(number)?.bits() | kept);
                return self.set(SetSettings { security_flags, ..SetSettings::default() });
            }
            Property::Percent => self.draft().percent = Some(number),
            Property::Seconds => self.draft().seconds = Some(number),
            // "Minimum 60 … 0 accepted": the default of the service (do-download 3.1).
            Property::NoProgress if (1..60).contains(&number) => return Err(INVALID),
            Property::NoProgress if number > 0 => {
                let timeout = Some(number.into());
                return self
                    .set(SetSettings { no_progress_timeout_seconds: timeout, ..SetSettings::default() });
            }
            _ => {}
        }
        OK
    }

    fn set_bool(&self, property: Property, value: bool) -> Answer {
        match property {
            Property::Foreground => return self.set_foreground(value),
            Property::Blocking => self.draft().blocking = value,
            Property::Mandatory => self.draft().is_mandatory = value,
            // Every job is kept over a restart of the service; who asks for less gets more.
            Property::Lasting => self.draft().is_lasting = value,
            Property::Insecure => {
                let mut flags = SecurityFlags::from_bits_truncate(self.view()?.settings.security_flags);
                flags.set(SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP, value);
                return self
                    .set(SetSettings { security_flags: Some(flags.bits()), ..SetSettings::default() });
            }
            Property::Cellular => {
                let no_cellular = Some(value || self.draft().cost_policy == Some(NO_CELLULAR));
                self.set(SetSettings { no_cellular, ..SetSettings::default() })?;
                self.draft().is_wired = value;
            }
            // The service acts for the caller, as the kernel names it, in any case.
            Property::NetworkToken => {}
            _ => return Err(INVALID),
        }
        OK
    }

    /// The priority, and with it the default of the cost policy (do-download 2.2).
    fn set_foreground(&self, foreground: bool) -> Answer {
        let (priority, cost) = match foreground {
            true => (Priority::Foreground, CostFlags::ALWAYS),
            false => (Priority::Normal, CostFlags::STANDARD),
        };
        let cost_flags = self.draft().cost_policy.is_none().then_some(cost.bits());
        let settings = SetSettings { cost_flags, ..SetSettings::default() };
        self.change(&SetJob { priority: Some(priority), settings, ..SetJob::default() })
    }

    /// "A later set replaces the earlier; NULL clears" (do-download 3.1).
    fn set_callback(&self, callback: Option<Told>) -> Answer {
        let mut draft = self.draft();
        let starts = callback.is_some() && !std::mem::replace(&mut draft.is_watched, true);
        if callback.is_none() && !starts {
            // Whoever follows it goes on, and finds nobody to tell.
            let before = draft.callback.take();
            drop(draft);
            drop(before);
            return OK;
        }
        let before = std::mem::replace(&mut draft.callback, callback);
        drop(draft);
        // Releasing the client's object runs its code, which may come back here.
        drop(before);
        if starts {
            watch::start(self.service.clone(), self.id, self.draft.clone())
                .inspect_err(|_| self.draft().is_watched = false)?;
        }
        OK
    }

    fn change(&self, changes: &SetJob) -> Answer {
        self.service.ask(async |client| client.set_job(self.id, changes).await)?;
        OK
    }

    fn set(&self, settings: SetSettings) -> Answer {
        self.change(&SetJob { settings, ..SetJob::default() })
    }
}

/// `DODownloadCostPolicy_NoCellular`.
const NO_CELLULAR: u32 = 5;

/// The links of a cost policy (do-download 2.2, "Nearest job policy"). The policy against cellular links says nothing of
/// what they cost.
fn cost(policy: u32) -> Answer<CostFlags> {
    Ok(match policy {
        0 | NO_CELLULAR => CostFlags::ALWAYS,
        1 => CostFlags::POLICY_UNRESTRICTED,
        2 => CostFlags::STANDARD,
        3 => CostFlags::NOT_ROAMING,
        4 => CostFlags::NO_SURCHARGE,
        _ => return Err(INVALID),
    })
}

/// The flags of a job for those of WinHTTP (do-download 3.3): where revocation is checked, nothing is forgiven.
fn security(flags: u32) -> Answer<SecurityFlags> {
    const REVOCATION: u32 = 0x0000_0001;
    const FORGIVEN: [(u32, SecurityFlags); 4] = [
        (0x0000_0100, SecurityFlags::IGNORE_UNKNOWN_CA),
        (0x0000_0200, SecurityFlags::IGNORE_CERT_WRONG_USAGE),
        (0x0000_1000, SecurityFlags::IGNORE_CERT_CN_INVALID),
        (0x0000_2000, SecurityFlags::IGNORE_CERT_DATE_INVALID),
    ];
    let known = FORGIVEN.iter().fold(REVOCATION, |known, (bit, _)| known | bit);
    if flags & !known != 0 {
        return Err(INVALID);
    }
    if flags & REVOCATION != 0 {
        return Ok(SecurityFlags::ENABLE_CRL_CHECK);
    }
    let forgiven = FORGIVEN.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, flag)| *flag);
    Ok(forgiven.fold(SecurityFlags::empty(), SecurityFlags::union))
}

/// "Not a JSON object ⇒ E_INVALIDARG" (do-download 8.1).
fn json(text: &str) -> Answer<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_str(text).map_err(|_| INVALID)
}

/// The piece hash file of an `IntegrityCheckInfo`: "require the URL and at least one of HashOfHashes and
/// PiecesHashFileDigest" (do-download 8.1).
pub(crate) fn integrity(text: &str) -> Answer<NewManifest> {
    let info = json(text)?;
    let field = |name| info.get(name).and_then(serde_json::Value::as_str);
    let url = field("PiecesHashFileUrl").ok_or(INVALID)?.to_owned();
    let hash_of_hashes = field("HashOfHashes").map(str::to_owned);
    let digest = match (field("PiecesHashFileDigest"), field("PiecesHashFileDigestAlgorithm")) {
        (Some(digest), None | Some("SHA256" | "sha256" | "SHA-256")) => Some(sha256(digest)?),
        (Some(_), Some(_)) => return Err(INVALID),
        (None, _) => None,
    };
    if hash_of_hashes.is_none() && digest.is_none() {
        return Err(INVALID);
    }
    Ok(NewManifest { kind: ManifestKind::Phf, url, digest, hash_of_hashes, optional: false })
}

/// A digest in base64 as the service takes it.
fn sha256(base64: &str) -> Answer<String> {
    let bytes: Base64 = serde_json::from_value(base64.into()).map_err(|_| INVALID)?;
    let hex: String = bytes.0.iter().map(|byte| format!("{byte:02x}")).collect();
    if bytes.0.len() == 32 { Ok(format!("sha-256={hex}")) } else { Err(INVALID) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_winhttp_are_those_of_jobs() {
        assert_eq!(security(0), Ok(SecurityFlags::empty()));
        assert_eq!(
            security(0x1100),
            Ok(SecurityFlags::IGNORE_UNKNOWN_CA | SecurityFlags::IGNORE_CERT_CN_INVALID)
        );
        assert_eq!(security(0x3301), Ok(SecurityFlags::ENABLE_CRL_CHECK), "revocation forgives nothing");
        assert_eq!(security(0x4000), Err(INVALID));
        assert_eq!(cost(6), Err(INVALID));
    }

    #[test]
    fn integrity_info_needs_an_address_and_something_that_proves_it() {
        let hash = "A".repeat(43) + "=";
        let given = format!(r#"{{"PiecesHashFileUrl":"http://a/b","HashOfHashes":"{hash}"}}"#);
        assert_eq!(integrity(&given).unwrap().hash_of_hashes, Some(hash.clone()));
        let digest = format!(r#"{{"PiecesHashFileUrl":"http://a/b","PiecesHashFileDigest":"{hash}"}}"#);
        assert_eq!(integrity(&digest).unwrap().digest, Some(format!("sha-256={}", "00".repeat(32))));
        for bad in ["", "[]", "{}", r#"{"PiecesHashFileUrl":"http://a/b"}"#] {
            assert_eq!(integrity(bad), Err(INVALID), "{bad}");
        }
    }

    #[test]
    fn properties_can_be_set_when_the_specification_says() {
        let states = |when: When| DownloadState::ALL.map(|state| when.allows(state));
        // Created, Transferring, Transferred, Finalized, Aborted, Paused
        assert_eq!(states(When::New), [true, false, false, false, false, false]);
        assert_eq!(states(When::Paused), [true, false, false, false, false, true]);
        assert_eq!(states(When::Still), [true, false, true, false, false, true]);
        assert_eq!(states(When::Alive), [true, true, true, false, false, true]);
    }
}
