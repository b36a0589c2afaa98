//! The last word on the certificates of servers (spec 7.7, `SetServerCertificateValidationInterface`).
//!
//! The service asks in its event stream, and nothing is sent to the server before the object answered. Each question has a
//! thread of its own, so that a notification that takes its time holds none up; the service asks no more than a few at a
//! time. What is not answered, because the object went or the program did, the service takes for a no.

use std::collections::BTreeSet;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use bgcopy_api::core::catalogue::codes::{E_NOINTERFACE, E_UNEXPECTED};
use bgcopy_api::core::{Hresult, JobId};
use bgcopy_api::{CertificateQuestion, QuestionId};
use windows_core::{ComObject, HRESULT, IUnknown, Interface as _};

use super::{desk, enter, leave, pkcs7};
use crate::abi::interfaces::{
    IBackgroundCopyFile6, IBackgroundCopyJob5, IBackgroundCopyServerCertificateValidationCallback,
};
use crate::guard::{Answer, Fail, guard_or};
use crate::objects::file::File;
use crate::objects::job as objects;
use crate::service::Service;

/// `X509_ASN_ENCODING`.
const X509_ASN_ENCODING: u32 = 1;

/// A job, and who has the last word for it.
pub(super) struct Examiner {
    service: Arc<Service>,
    job: JobId,
    callback: IBackgroundCopyServerCertificateValidationCallback,
    /// What it is being asked: a stream that breaks and is opened again brings what is open once more.
    asked: Mutex<BTreeSet<QuestionId>>,
}

// SAFETY: as for `Listener`: who hands an object to this library agrees that it is called from other threads.
unsafe impl Send for Examiner {}
// SAFETY: as above.
unsafe impl Sync for Examiner {}

/// The object of a client that is asked, with the one interface it must have.
///
/// # Safety
///
/// The pointer must be NULL or an object.
pub(crate) unsafe fn callback_of(
    object: *mut c_void,
) -> Answer<Option<IBackgroundCopyServerCertificateValidationCallback>> {
    // SAFETY: as the caller promises.
    let Some(unknown) = (unsafe { IUnknown::from_raw_borrowed(&object) }) else { return Ok(None) };
    unknown.cast().map(Some).map_err(|_| Fail(E_NOINTERFACE))
}

/// Has an object asked about the servers of a job, in place of the one before.
pub(crate) fn register(
    service: &Arc<Service>,
    job: JobId,
    callback: IBackgroundCopyServerCertificateValidationCallback,
) -> Answer {
    let examiner = Examiner { service: service.clone(), job, callback, asked: Mutex::default() };
    enter(service, job, Arc::new(examiner), |desk| &mut desk.examiners)
}

/// Forgets who is asked.
pub(crate) fn remove(job: JobId) {
    leave(job, |desk| &mut desk.examiners);
}

/// Whether somebody is asked about the servers of this job.
pub(super) fn is_registered(job: JobId) -> bool {
    desk().examiners.contains_key(&job)
}

/// Asks, unless that is being done.
pub(super) fn ask(job: JobId, question: QuestionId) {
    let Some(examiner) = desk().examiners.get(&job).cloned() else { return };
    if !examiner.asked().insert(question) {
        return;
    }
    let asked = examiner.clone();
    let work = move || {
        guard_or((), || asked.answer(question));
        asked.asked().remove(&question);
    };
    let spawned = std::thread::Builder::new().name("bgcopy-certificate".to_owned()).spawn(work);
    if spawned.is_err() {
        // Unanswered it is a no.
        examiner.asked().remove(&question);
    }
}

impl Examiner {
    fn asked(&self) -> std::sync::MutexGuard<'_, BTreeSet<QuestionId>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_current(&self) -> bool {
        desk().examiners.get(&self.job).is_some_and(|current| std::ptr::eq(&raw const **current, self))
    }

    /// Has the object answer, and tells the service.
    fn answer(&self, question: QuestionId) {
        let asked = self.service.ask(async |client| client.certificate_questions(self.job).await);
        let asked = asked.ok().and_then(|asked| asked.into_iter().find(|asked| asked.question == question));
        // Withdrawn meanwhile, or for somebody else to answer.
        let Some(asked) = asked.filter(|_| self.is_current()) else { return };
        let said = verdict(self.examine(&asked));
        // A question that is gone is refused; there is nobody to tell.
        let _ = self.service.ask(async |client| client.answer_certificate(self.job, question, said).await);
    }

    fn examine(&self, asked: &CertificateQuestion) -> HRESULT {
        let job: IBackgroundCopyJob5 =
            ComObject::new(objects::Job::new(self.service.clone(), self.job)).into_interface();
        let file: IBackgroundCopyFile6 =
            ComObject::new(File::new(self.service.clone(), self.job, asked.file)).into_interface();
        let certificates: Vec<&[u8]> = asked.chain.iter().map(|certificate| &certificate.0[..]).collect();
        let own = certificates.first().copied().unwrap_or_default();
        let store = pkcs7::certificates_only(&certificates);
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or_default();
        // SAFETY: the client's object is alive, and ours and the bytes are until the call returns.
        unsafe {
            self.callback.ValidateServerCertificate(
                job.as_raw(),
                file.as_raw(),
                length(own),
                own.as_ptr(),
                X509_ASN_ENCODING,
                length(&store),
                store.as_ptr(),
            )
        }
    }
}

/// "S_OK accepts; any failure rejects" (spec 7.7). What is neither is no acceptance.
const fn verdict(said: HRESULT) -> Hresult {
    match said.0 {
        0 => Hresult::S_OK,
        code if code < 0 => Hresult(code.cast_unsigned()),
        _ => E_UNEXPECTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_s_ok_accepts() {
        for (said, code) in [(0, 0), (-2_147_467_259, 0x8000_4005), (1, 0x8000_FFFF)] {
            assert_eq!(verdict(HRESULT(said)), Hresult(code));
        }
    }
}
