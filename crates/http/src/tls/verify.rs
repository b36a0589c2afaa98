//! Checking a server's certificate, with the relaxations that a job may ask for (spec 2.3, 9.6).
//!
//! Each `BG_SSL_IGNORE_*` flag forgives exactly its own kind of mistake: the check is made again with that one
//! question answered differently, so that everything else about the chain is still proved.

use std::fmt;
use std::sync::Arc;

use bgcopy_core::SecurityFlags;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateProblem {
    #[error("its certificate has expired")]
    Expired,
    #[error("its certificate is not valid yet")]
    NotYetValid,
    #[error("its certificate is not valid yet, and the clock of this machine is behind the making of bgcopy")]
    ClockSuspect,
    #[error("its certificate comes from an authority that is not trusted")]
    UnknownAuthority,
    #[error("its certificate is for another name")]
    WrongName,
    #[error("its certificate was made for another use")]
    WrongUsage,
    #[error("its certificate was revoked")]
    Revoked,
    #[error("whether its certificate was revoked cannot be found out")]
    NoRevocationList,
    #[error("its certificate cannot be accepted ({0})")]
    Other(String),
}

impl CertificateProblem {
    /// The problem inside an error of the TLS library.
    pub(crate) fn of(error: &Error) -> Option<&Self> {
        match error {
            Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.downcast_ref(),
            _ => None,
        }
    }
}

/// The check of one kind of job.
pub(crate) struct Verifier {
    roots: Arc<RootCertStore>,
    /// Authorities that the job named itself. A server certificate among them is trusted as it is, though it
    /// says that it is an authority: that is what `openssl req -x509` makes, and what people pass to `--cacert`.
    own_roots: Vec<CertificateDer<'static>>,
    flags: SecurityFlags,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(crate) fn new(
        roots: Arc<RootCertStore>,
        own_roots: Vec<CertificateDer<'static>>,
        flags: SecurityFlags,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        Self { roots, own_roots, flags, provider }
    }

    fn check(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), CertificateProblem> {
        // No list of revoked certificates is fetched, and a check that was asked for and cannot be made is fatal
        // (spec 9.6).
        if self.flags.contains(SecurityFlags::ENABLE_CRL_CHECK) {
            return Err(CertificateProblem::NoRevocationList);
        }
        let certificate = EndEntityCert::try_from(leaf).map_err(|error| other(&error))?;
        match self.check_chain(&certificate, chain, now) {
            Ok(()) => {}
            Err(webpki::Error::UnknownIssuer) if self.forgives(SecurityFlags::IGNORE_UNKNOWN_CA) => {}
            // Dates are looked at before the kind of the certificate, so they were right.
            Err(webpki::Error::CaUsedAsEndEntity)
                if self.own_roots.contains(leaf) || self.forgives(SecurityFlags::IGNORE_UNKNOWN_CA) => {}
            Err(error) => return Err(problem(&error, now)),
        }
        if self.forgives(SecurityFlags::IGNORE_CERT_CN_INVALID) {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(leaf).map_err(|error| other(&error))?;
        verify_server_name(&parsed, name).map_err(|_| CertificateProblem::WrongName)
    }

    /// The chain up to a trusted authority, with dates and use forgiven where the job says so.
    fn check_chain(
        &self,
        leaf: &EndEntityCert<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let usage = match self.forgives(SecurityFlags::IGNORE_CERT_WRONG_USAGE) {
            true => Usage::Any,
            false => Usage::ServerAuthentication(KeyUsage::server_auth()),
        };
        let mut at = now;
        // Each certificate of a chain may be out of its dates; after that many moves of the time the chain has
        // no common moment and is refused.
        for _ in 0..DATES_FORGIVEN_MAX {
            let checked = leaf.verify_for_usage(
                self.provider.signature_verification_algorithms.all,
                &self.roots.roots,
                chain,
                at,
                &usage,
                None,
                None,
            );
            at = match checked.map(|_| ()) {
                Err(webpki::Error::CertExpired { not_after, .. }) if self.forgives_dates() => not_after,
                Err(webpki::Error::CertNotValidYet { not_before, .. }) if self.forgives_dates() => not_before,
                settled => return settled,
            };
        }
        Err(webpki::Error::InvalidCertValidity)
    }

    fn forgives(&self, flag: SecurityFlags) -> bool {
        self.flags.contains(flag)
    }

    fn forgives_dates(&self) -> bool {
        self.forgives(SecurityFlags::IGNORE_CERT_DATE_INVALID)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.check(end_entity, intermediates, server_name, now) {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(problem) => {
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(problem)))))
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// What a certificate must have been made for.
enum Usage {
    ServerAuthentication(KeyUsage),
    Any,
}

impl ExtendedKeyUsageValidator for &Usage {
    fn validate(&self, iter: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Usage::ServerAuthentication(usage) => usage.validate(iter),
            Usage::Any => Ok(()),
        }
    }
}

fn problem(error: &webpki::Error, now: UnixTime) -> CertificateProblem {
    use webpki::Error as E;
    match error {
        E::CertExpired { .. } => CertificateProblem::Expired,
        // Faults B19: with the clock before bgcopy was made, the clock is wrong, not the certificate.
        E::CertNotValidYet { .. } if now.as_secs() < MADE_AFTER_SECONDS => CertificateProblem::ClockSuspect,
        E::CertNotValidYet { .. } => CertificateProblem::NotYetValid,
        E::UnknownIssuer | E::CaUsedAsEndEntity => CertificateProblem::UnknownAuthority,
        E::RequiredEkuNotFoundContext(_) => CertificateProblem::WrongUsage,
        E::CertRevoked => CertificateProblem::Revoked,
        error => other(error),
    }
}

fn other(error: &dyn std::error::Error) -> CertificateProblem {
    CertificateProblem::Other(error.to_string())
}

/// Longer than any chain in use.
const DATES_FORGIVEN_MAX: usize = 8;
/// 2026-08-01: no copy of this code is older, so no clock before it is right.
const MADE_AFTER_SECONDS: u64 = 1_785_542_400;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn b19_a_clock_before_our_making_is_suspected_first() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let early = |now| webpki::Error::CertNotValidYet { time: now, not_before: at(4_000_000_000) };
        let (wrong, right) = (at(86_400), at(MADE_AFTER_SECONDS));
        assert_eq!(problem(&early(wrong), wrong), CertificateProblem::ClockSuspect);
        assert_eq!(problem(&early(right), right), CertificateProblem::NotYetValid);
    }
}
