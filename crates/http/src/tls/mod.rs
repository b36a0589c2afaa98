//! TLS 1.2 and 1.3 by rustls: one configuration per kind of job, so that neither session tickets nor client
//! certificates ever cross between jobs that must not know of each other (faults C13).

pub(crate) mod verify;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use self::verify::Verifier;
use crate::connect::Io;
use crate::failure::Failure;
use crate::request::Identity;

/// The configurations made so far, and the system's authorities, read when first needed.
#[derive(Default)]
pub(crate) struct Tls {
    system_roots: OnceLock<Arc<RootCertStore>>,
    configurations: Mutex<Vec<(Arc<Identity>, Configuration)>>,
}

#[derive(Clone)]
struct Configuration {
    client: Arc<ClientConfig>,
    key: Option<Arc<CertifiedKey>>,
}

/// What may be agreed on inside TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alpn {
    /// HTTP/2 or HTTP/1.1, as the server likes.
    Both,
    /// HTTP/1.1: the server said that it cannot do otherwise, or it is a proxy.
    Http1,
}

impl Tls {
    /// Makes `io` a TLS connection to `host`.
    pub(crate) async fn secure(
        &self,
        io: Box<dyn Io>,
        host: &url::Host,
        identity: &Arc<Identity>,
        alpn: Alpn,
    ) -> Result<TlsStream<Box<dyn Io>>, Failure> {
        let shown = host.to_string();
        let configuration = self.configuration(identity)?;
        let asked = Arc::new(ClientCertificate { key: configuration.key, asked: AtomicBool::new(false) });
        // A copy is a handful of reference counts; the session store stays shared inside the kind of job.
        let mut client = (*configuration.client).clone();
        client.client_auth_cert_resolver = asked.clone();
        client.alpn_protocols = match alpn {
            Alpn::Both => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Alpn::Http1 => vec![b"http/1.1".to_vec()],
        };
        let connected = TlsConnector::from(Arc::new(client)).connect(server_name(host)?, io).await;
        // "Server asks for an optional client certificate and none is set: fails" (spec 9.6); under TLS 1.3 one
        // that is not optional would otherwise show only as an alert in place of the answer.
        if asked.in_vain() {
            return Err(Failure::ClientCertificate { host: shown });
        }
        connected.map_err(|source| Failure::from_handshake(shown, source))
    }

    fn configuration(&self, identity: &Arc<Identity>) -> Result<Configuration, Failure> {
        // A poisoned list is still a list of whole configurations.
        let mut known = self.configurations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.iter().position(|(for_whom, _)| for_whom == identity) {
            let found = known.remove(at);
            let configuration = found.1.clone();
            known.push(found);
            return Ok(configuration);
        }
        let configuration = build(identity, self.system_roots())?;
        if known.len() >= CONFIGURATIONS_MAX {
            known.remove(0);
        }
        known.push((identity.clone(), configuration.clone()));
        Ok(configuration)
    }

    /// What the system trusts. Authorities that cannot be read are left out: without them a server is refused,
    /// never accepted.
    fn system_roots(&self) -> &Arc<RootCertStore> {
        self.system_roots.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "an authority of the system cannot be read");
            }
            let mut roots = RootCertStore::empty();
            let (added, ignored) = roots.add_parsable_certificates(found.certs);
            tracing::debug!(added, ignored, "the system's authorities");
            Arc::new(roots)
        })
    }
}

/// Whether the peer chose HTTP/2.
pub(crate) fn chose_http2(connection: &ClientConnection) -> bool {
    connection.alpn_protocol() == Some(b"h2")
}

/// Looks at certificates and key as a job gives them, when it gives them.
pub fn check_tls(
    settings: &bgcopy_core::settings::TlsSettings,
    client_key: Option<&bgcopy_core::Secret>,
) -> Result<(), String> {
    let refused = |failure: Failure| failure.to_string();
    own_roots(settings.extra_roots.as_deref()).map_err(refused)?;
    client_certificate(settings.client_certificate.as_deref(), client_key, &aws_lc_rs::default_provider())
        .map_err(refused)?;
    Ok(())
}

fn build(identity: &Identity, system_roots: &Arc<RootCertStore>) -> Result<Configuration, Failure> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let own_roots = own_roots(identity.tls.extra_roots.as_deref())?;
    let mut roots = system_roots.clone();
    if !own_roots.is_empty() {
        let all = Arc::make_mut(&mut roots);
        for root in &own_roots {
            all.add(root.clone())
                .map_err(|error| settings(format!("an authority cannot be used: {error}")))?;
        }
    }
    let key = client_certificate(
        identity.tls.client_certificate.as_deref(),
        identity.client_key.as_ref(),
        &provider,
    )?;
    let verifier = Verifier::new(roots, own_roots, identity.security_flags, provider.clone());
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| settings(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Configuration { client: Arc::new(client), key })
}

fn own_roots(pem: Option<&str>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let Some(pem) = pem else { return Ok(Vec::new()) };
    let roots = certificates(pem, "authorities")?;
    let mut store = RootCertStore::empty();
    for root in &roots {
        store.add(root.clone()).map_err(|error| settings(format!("an authority cannot be used: {error}")))?;
    }
    Ok(roots)
}

fn client_certificate(
    chain: Option<&str>,
    key: Option<&bgcopy_core::Secret>,
    provider: &CryptoProvider,
) -> Result<Option<Arc<CertifiedKey>>, Failure> {
    let Some(chain) = chain else { return Ok(None) };
    // curl's habit: one file with both.
    let key = key.map_or(chain, bgcopy_core::Secret::reveal);
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| {
        settings(
            "the client certificate has no readable key; give it as PEM without a pass phrase".to_owned(),
        )
    })?;
    let chain = certificates(chain, "the client certificate")?;
    CertifiedKey::from_der(chain, key, provider)
        .map(|certified| Some(Arc::new(certified)))
        .map_err(|error| settings(format!("client certificate and key cannot be used: {error}")))
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(settings(format!("{what}: no certificate found; give PEM"))),
        Err(error) => Err(settings(format!("{what}: {error}"))),
    }
}

fn settings(reason: String) -> Failure {
    Failure::TlsSettings { reason }
}

fn server_name(host: &url::Host) -> Result<ServerName<'static>, Failure> {
    match host {
        url::Host::Domain(name) => ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| settings(format!("{name:?} cannot be the name of a TLS server"))),
        url::Host::Ipv4(address) => Ok(ServerName::IpAddress(std::net::IpAddr::V4(*address).into())),
        url::Host::Ipv6(address) => Ok(ServerName::IpAddress(std::net::IpAddr::V6(*address).into())),
    }
}

/// The client certificate of one connection, and whether the server asked for it.
struct ClientCertificate {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl ClientCertificate {
    fn in_vain(&self) -> bool {
        self.key.is_none() && self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for ClientCertificate {
    fn resolve(&self, _hints: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("asked", &self.asked).finish_non_exhaustive()
    }
}

/// Kinds of jobs remembered: the users of one machine times a few settings each.
const CONFIGURATIONS_MAX: usize = 32;
