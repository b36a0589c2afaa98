//! `IBackgroundCopyJobHttpOptions`, `2` and `3` (spec 7.7).

use std::ffi::c_void;

use bgcopy_api::certificates::{StoreError, StoreLocation, Stores, Thumbprint, Wanted};
use bgcopy_api::core::catalogue::codes::{E_ACCESSDENIED, E_INVALIDARG, E_NOTIMPL, S_FALSE};
use bgcopy_api::core::{Hresult, JobType, Refusal, SecurityFlags, limits};
use bgcopy_api::{Patch, SetSettings};
use windows_core::HRESULT;

use super::{Job, Job_Impl, headers};
use crate::abi::interfaces::{
    IBackgroundCopyJobHttpOptions_Impl, IBackgroundCopyJobHttpOptions2_Impl,
    IBackgroundCopyJobHttpOptions3_Impl,
};
use crate::callbacks::examine;
use crate::guard::{Answer, Fail, OK, Out, guard};
use crate::objects::NULL_REF;
use crate::text;

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`: there is no such certificate store (spec 7.7).
const NO_SUCH_STORE: Fail = Fail(Hresult(0x8007_0002));
/// `CRYPT_E_NOT_FOUND`: the store has no such certificate (spec 7.7).
const NO_SUCH_CERTIFICATE: Fail = Fail(Hresult(0x8009_2004));
/// `RPC_X_BAD_STUB_DATA`: there is no client certificate to tell of (spec 7.7).
const NO_CERTIFICATE: Fail = Fail(Hresult(0x8007_06F7));
/// `BG_CERT_STORE_LOCATION` has eight values.
const STORE_LOCATIONS: u32 = 8;
/// A store or subject name, its NUL included (spec 7.7).
const CERTIFICATE_NAME_CHARS: usize = 256;

impl Job {
    /// Shows a certificate of a store of this user, or of the machine (`BG_CERT_STORE_LOCATION`); other locations are of
    /// Windows services and domains.
    fn set_certificate(&self, location: u32, store: &str, wanted: Wanted<'_>) -> Answer {
        self.changeable()?;
        let names = [Some(store), if let Wanted::Name(name) = wanted { Some(name) } else { None }];
        for name in names.into_iter().flatten() {
            let length = name.chars().count();
            if length >= CERTIFICATE_NAME_CHARS {
                let max = CERTIFICATE_NAME_CHARS - 1;
                return Err(self.service.fail(&Refusal::StringTooLong { argument: "the name", length, max }));
            }
        }
        let location = match location {
            0 => StoreLocation::User,
            1 => StoreLocation::Machine,
            2..STORE_LOCATIONS => return Err(NO_SUCH_STORE),
            _ => return Err(Fail(E_NOTIMPL)),
        };
        if matches!(wanted, Wanted::Name("")) {
            return Err(Fail(E_INVALIDARG));
        }
        let found = stores().find(location, store, wanted).map_err(|error| match error {
            StoreError::NoStore => NO_SUCH_STORE,
            StoreError::Denied => Fail(E_ACCESSDENIED),
            StoreError::NotFound => NO_SUCH_CERTIFICATE,
        })?;
        self.set(SetSettings { client_certificate: Patch::Set(found.pair), ..SetSettings::default() })
    }

    /// Where the certificate is that the job shows, and which it is.
    fn give_certificate(
        &self,
        (location, store, hash, subject): (Out<u32>, Out<*mut u16>, Out<*mut u8>, Out<*mut u16>),
    ) -> Answer {
        let shown = self.view()?.settings.client_certificate.ok_or(NO_CERTIFICATE)?;
        // One that was given as PEM is in no store and has no place there.
        let found = stores().locate(&shown).ok_or(NO_CERTIFICATE)?;
        text::give(store, &found.store)?;
        text::give(subject, &found.subject)?;
        hash.set(text::copy_of(&found.thumbprint)?)?;
        location.set(match found.location {
            StoreLocation::User => 0,
            StoreLocation::Machine => 1,
        })
    }

    /// The job, if anything of it can be set: that it has ended is told before what is wrong with what is set.
    fn changeable(&self) -> Answer<bgcopy_api::Job> {
        let job = self.view()?;
        if job.state.is_final() {
            let refusal = Refusal::InvalidState { state: job.state, request: "change its certificate" };
            return Err(self.service.fail(&refusal));
        }
        Ok(job)
    }

    fn remove_certificate(&self) -> Answer {
        if self.changeable()?.settings.client_certificate.is_none() {
            return Ok(S_FALSE);
        }
        self.set(SetSettings { client_certificate: Patch::Clear, ..SetSettings::default() })
    }

    fn set_headers(&self, text: Option<&str>) -> Answer {
        let text = text.unwrap_or_default();
        let length = text.chars().count();
        if length > limits::CUSTOM_HEADERS_CHARS {
            let max = limits::CUSTOM_HEADERS_CHARS;
            return Err(self.service.fail(&Refusal::StringTooLong { argument: "the headers", length, max }));
        }
        let headers = headers::from_text(text)?;
        self.service.ask(async |client| client.set_headers(self.id, headers.clone()).await).and(OK)
    }

    fn give_headers(&self, place: Out<*mut u16>) -> Answer {
        let headers = self.service.ask(async |client| client.headers(self.id).await)?;
        if headers.is_empty() {
            return Ok(S_FALSE);
        }
        text::give(place, &headers::to_text(&headers))
    }
}

/// The stores of whoever runs this program.
fn stores() -> Stores {
    Stores::of_environment(|name| std::env::var_os(name))
}

impl IBackgroundCopyJobHttpOptions_Impl for Job_Impl {
    unsafe fn SetClientCertificateByID(
        &self,
        store_location: u32,
        store_name: *const u16,
        cert_hash_blob: *mut u8,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let store = unsafe { text::optional(store_name) }?.ok_or(NULL_REF)?;
            // "0x800706F4 (NULL argument)" (spec 7.7).
            // SAFETY: 20 bytes, as the method says.
            let id = unsafe { cert_hash_blob.cast::<Thumbprint>().as_ref() }.ok_or(NULL_REF)?;
            self.set_certificate(store_location, &store, Wanted::Id(id))
        })
    }

    unsafe fn SetClientCertificateByName(
        &self,
        store_location: u32,
        store_name: *const u16,
        subject_name: *const u16,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let (store, subject) = unsafe { (text::optional(store_name)?, text::optional(subject_name)?) };
            let (store, subject) = (store.ok_or(NULL_REF)?, subject.ok_or(NULL_REF)?);
            self.set_certificate(store_location, &store, Wanted::Name(&subject))
        })
    }

    unsafe fn RemoveClientCertificate(&self) -> HRESULT {
        guard(|| self.remove_certificate())
    }

    unsafe fn GetClientCertificate(
        &self,
        store_location: *mut u32,
        store_name: *mut *mut u16,
        cert_hash_blob: *mut *mut u8,
        subject_name: *mut *mut u16,
    ) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointers are as COM says.
            let places = unsafe {
                (
                    Out::optional(store_location),
                    Out::optional(store_name),
                    Out::optional(cert_hash_blob),
                    Out::optional(subject_name),
                )
            };
            let (Some(location), Some(store), Some(hash), Some(subject)) = places else {
                return Err(NULL_REF);
            };
            self.give_certificate((location, store, hash, subject))
        })
    }

    unsafe fn SetCustomHeaders(&self, request_headers: *const u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.set_headers(unsafe { text::optional(request_headers) }?.as_deref()))
    }

    unsafe fn GetCustomHeaders(&self, request_headers: *mut *mut u16) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| self.give_headers(unsafe { Out::optional(request_headers) }.ok_or(NULL_REF)?))
    }

    unsafe fn SetSecurityFlags(&self, flags: u32) -> HRESULT {
        guard(|| {
            // "Unsupported bit: E_NOTIMPL" (spec 7.7); of the policies of redirects only one at a time.
            let known = SecurityFlags::from_bits(flags).filter(|flags| flags.redirect_policy().is_some());
            known.ok_or(Fail(E_NOTIMPL))?;
            self.set(SetSettings { security_flags: Some(flags), ..SetSettings::default() })
        })
    }

    unsafe fn GetSecurityFlags(&self, flags: *mut u32) -> HRESULT {
        // SAFETY: the caller's pointer is as COM says.
        guard(|| unsafe { Out::new(flags) }?.set(self.view()?.settings.security_flags))
    }
}

impl IBackgroundCopyJobHttpOptions2_Impl for Job_Impl {
    unsafe fn SetHttpMethod(&self, method: *const u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let method = Some(unsafe { text::required(method) }?);
            self.set(SetSettings { http_method: method, ..SetSettings::default() })
        })
    }

    unsafe fn GetHttpMethod(&self, method: *mut *mut u16) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let place = unsafe { Out::new(method) }?;
            let job = self.view()?;
            let usual = if job.kind == JobType::Download { "GET" } else { "BITS_POST" };
            text::give(place, job.settings.http_method.as_deref().unwrap_or(usual))
        })
    }
}

impl IBackgroundCopyJobHttpOptions3_Impl for Job_Impl {
    unsafe fn SetServerCertificateValidationInterface(&self, callback: *mut c_void) -> HRESULT {
        guard(|| {
            // SAFETY: the caller's pointer is as COM says.
            let callback = unsafe { examine::callback_of(callback) }?;
            let server_certificate_callback = Some(callback.is_some());
            self.set(SetSettings { server_certificate_callback, ..SetSettings::default() })?;
            // The job rests, so nobody is asked before this.
            match callback {
                Some(callback) => examine::register(&self.service, self.id, callback),
                None => {
                    examine::remove(self.id);
                    OK
                }
            }
        })
    }

    unsafe fn MakeCustomHeadersWriteOnly(&self) -> HRESULT {
        guard(|| self.service.ask(async |client| client.make_headers_write_only(self.id).await).and(OK))
    }
}
