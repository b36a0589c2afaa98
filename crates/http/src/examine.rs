//! The second look at a server's certificate: somebody is asked after the system's own check, before any request is
//! written (spec 7.7, `SetServerCertificateValidationInterface`). What the system's check refuses is shown to nobody.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_core::Hresult;
use rustls::pki_types::CertificateDer;

use crate::connect::resolve::BoxFuture;

/// Who has the last word on the certificates of servers.
pub trait Examine: Send + Sync {
    /// Whether requests may go to who showed these certificates. May take its time: nothing is written meanwhile, and
    /// the limits of connecting do not count it.
    fn examine(&self, shown: Shown) -> BoxFuture<'_, Result<(), Rejection>>;
}

/// What a server showed of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name and port. Behind a proxy it is the server that counts.
    pub server: String,
    /// Which thing of who asks the request is for, as [`Examiner::about`] says.
    pub about: u32,
    /// The SHA-256 of its own certificate.
    pub sha256: [u8; 32],
    /// Its own certificate and what it sent along, as DER.
    pub chain: Vec<Vec<u8>>,
}

/// Why no request may go to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It was refused, with this code.
    Refused(Hresult),
    /// Nobody was there to say.
    Unanswered,
}

/// Who is asked, and about what of theirs.
#[derive(Clone)]
pub struct Examiner {
    who: Arc<dyn Examine>,
    about: u32,
}

impl Examiner {
    /// Somebody who is asked.
    pub fn new(who: Arc<dyn Examine>) -> Self {
        Self { who, about: 0 }
    }

    /// The same, about this thing of theirs. Connections are shared between all of one examiner.
    #[must_use]
    pub fn about(&self, about: u32) -> Self {
        Self { who: self.who.clone(), about }
    }

    /// Whether what one accepted the other did, too.
    pub(crate) fn is_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(&one.who, &other.who),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Asks about a server that showed these certificates.
    pub(crate) async fn examine(
        &self,
        server: String,
        certificates: &[CertificateDer<'_>],
    ) -> Result<(), Rejection> {
        // Without a certificate there is nothing that could be accepted.
        let own = certificates.first().ok_or(Rejection::Unanswered)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, own).as_ref());
        let chain = certificates.iter().map(|certificate| certificate.to_vec()).collect();
        self.who.examine(Shown { server, about: self.about, sha256, chain }).await
    }
}

impl PartialEq for Examiner {
    fn eq(&self, other: &Self) -> bool {
        Self::is_same(Some(self), Some(other)) && self.about == other.about
    }
}

impl fmt::Debug for Examiner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examiner").field("about", &self.about).finish_non_exhaustive()
    }
}
