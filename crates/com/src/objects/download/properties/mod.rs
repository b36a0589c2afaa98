//! The properties of a download (do-download 3): how each is got and set.

mod table;
mod values;

use bgcopy_api::core::catalogue::codes::{
    CRYPT_E_FILE_ERROR, DISP_E_TYPEMISMATCH, DO_E_FILE_DOWNLOADSINK_ALREADY_SET, DO_E_INVALID_STATE,
    DO_E_JOB_NOT_FOUND, DO_E_READ_ONLY_PROPERTY, DO_E_WRITE_ONLY_PROPERTY, E_INVALIDARG, E_NOT_SET,
    E_NOTIMPL, INET_E_INVALID_URL,
};
use bgcopy_api::core::{CostFlags, Priority, SecurityFlags, limits};
use bgcopy_api::{FileProperty, Header, SetFile, SetJob, SetSettings};

pub(crate) use values::{integrity, json};

use self::table::{Access, Property};
use self::values::{NO_CELLULAR, content_id, cost, security};
use super::stream::{Flow, Stream};
use super::{Download, FILE, Seen, Told, UNNAMED, look, streams, watch};
use crate::abi::types::VARIANT;
use crate::exports::bstr;
use crate::exports::variant::{VT_BOOL, VT_BSTR, VT_UI4, VT_UI8, VT_UNKNOWN};
use crate::guard::{Answer, Fail, OK};
use crate::objects::job::headers;

const NOT_SET: Fail = Fail(E_NOT_SET);
const OTHER_SINK: Fail = Fail(DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
pub(super) const INVALID: Fail = Fail(E_INVALIDARG);

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
        let value = self.service.ask(async |client| client.file_property(self.id, FILE, property).await)?;
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
            Property::ContentId => self.draft().content_id = content_id(text)?,
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
        let headers = self.service.ask(async |client| client.headers(self.id).await);
        // They may be secrets, and go with the job; "Get of any readable id: yes" (do-download 3.2).
        let mut headers = match headers {
            Err(Fail(DO_E_JOB_NOT_FOUND)) if self.view()?.state.is_final() => return Err(NOT_SET),
            headers => headers?,
        };
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
            self.service.ask(async |client| client.set_file(self.id, FILE, &changes).await)?;
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
