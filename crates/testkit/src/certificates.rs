//! Certificates for tests, made on the spot: good ones, and each kind of bad one.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A private certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Issued {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    certificate_pem: String,
    key_pem: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Now.
    Now,
    /// It was.
    Expired,
    /// It will be.
    NotYet,
}

impl Authority {
    /// A new authority with a name of its own.
    pub fn new(name: &str) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("keys can be made");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("the parameters are right") }
    }

    /// Its certificate, for `--cacert`.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn der(&self) -> &CertificateDer<'static> {
        self.issuer.der()
    }

    /// A certificate for a server with these names or addresses.
    pub fn server(&self, names: &[&str]) -> Issued {
        self.issue(names, Validity::Now, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a server, valid at another time.
    pub fn server_at(&self, names: &[&str], validity: Validity) -> Issued {
        self.issue(names, validity, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// A certificate for a client.
    pub fn client(&self, name: &str) -> Issued {
        self.issue(&[name], Validity::Now, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn issue(&self, names: &[&str], validity: Validity, usage: ExtendedKeyUsagePurpose) -> Issued {
        let mut params = params(names.first().copied().unwrap_or("nobody"), names);
        params.extended_key_usages = vec![usage];
        (params.not_before, params.not_after) = match validity {
            Validity::Now => (date_time_ymd(2000, 1, 1), date_time_ymd(2200, 1, 1)),
            Validity::Expired => (date_time_ymd(2000, 1, 1), date_time_ymd(2001, 1, 1)),
            Validity::NotYet => (date_time_ymd(2190, 1, 1), date_time_ymd(2200, 1, 1)),
        };
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are right");
        Issued::new(certificate.der().clone(), &certificate.pem(), &key)
    }
}

impl Issued {
    /// A certificate that vouches for itself, as `openssl req -x509` makes it: it even says that it is an
    /// authority.
    pub fn self_signed(names: &[&str]) -> Self {
        let mut params = params(names.first().copied().unwrap_or("nobody"), names);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.self_signed(&key).expect("the parameters are right");
        Self::new(certificate.der().clone(), &certificate.pem(), &key)
    }

    fn new(certificate: CertificateDer<'static>, pem: &str, key: &KeyPair) -> Self {
        Self {
            chain: vec![certificate],
            key: key.serialize_der(),
            certificate_pem: pem.to_owned(),
            key_pem: key.serialize_pem(),
        }
    }

    /// The certificate as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its key as PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }
}

fn params(name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names are names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
