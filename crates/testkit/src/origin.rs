//! The server: accepts, remembers, and does what its script says.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::server::WebPkiClientVerifier;
use rustls::{HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::certificates::{Authority, Issued};
use crate::http1::{self, Wire};
use crate::http2;
use crate::reply::Reply;
use crate::request::RequestHead;

/// What a server answers. Closures from a request to a reply are scripts.
pub trait Script: Send + Sync + 'static {
    /// The answer to one request.
    fn reply(&self, request: &RequestHead) -> Reply;
}

impl<F: Fn(&RequestHead) -> Reply + Send + Sync + 'static> Script for F {
    fn reply(&self, request: &RequestHead) -> Reply {
        self(request)
    }
}

/// A server on this machine, up to its end as a value.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Seen>,
    _accepting: AbortOnDropHandle<()>,
}

/// What a server has seen.
pub(crate) struct Seen {
    script: Mutex<Arc<dyn Script>>,
    requests: Mutex<Vec<RequestHead>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    sent: AtomicU64,
    resumed: AtomicUsize,
}

impl Seen {
    /// Counts bytes on their way to a client.
    pub(crate) fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::SeqCst);
    }

    /// Remembers a request and says what to answer.
    pub(crate) fn reply(&self, mut request: RequestHead, connection: usize) -> Reply {
        let request = {
            let mut requests = self.requests.lock().expect("no test panics with the lock");
            request.connection = connection;
            request.number = requests.len() + 1;
            requests.push(request.clone());
            request
        };
        let script = self.script.lock().expect("no test panics with the lock").clone();
        script.reply(&request)
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl Origin {
    /// A plain HTTP server.
    pub async fn start(script: impl Script) -> Self {
        Self::builder().start(script).await
    }

    /// An HTTPS server.
    pub async fn start_tls(script: impl Script, tls: TlsServer) -> Self {
        Self::builder().tls(tls).start(script).await
    }

    /// A server with other settings.
    pub fn builder() -> OriginBuilder {
        OriginBuilder { address: (Ipv4Addr::LOCALHOST, 0).into(), tls: None, speaks_first: None }
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path, by address.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The URL of a path, by a name that a test's resolver knows.
    pub fn url_as(&self, host: &str, path: &str) -> String {
        format!("{}://{host}:{}{path}", self.scheme, self.address.port())
    }

    /// Answers by another script from the next request on: a fault is over, or begins.
    pub fn becomes(&self, script: impl Script) {
        *self.seen.script.lock().expect("no test panics with the lock") = Arc::new(script);
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<RequestHead> {
        self.seen.requests.lock().expect("no test panics with the lock").clone()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many connections are open now.
    pub fn open_connections(&self) -> usize {
        self.seen.open.load(Ordering::SeqCst)
    }

    /// How many connections went on with the TLS session of an earlier one.
    pub fn resumed_sessions(&self) -> usize {
        self.seen.resumed.load(Ordering::SeqCst)
    }

    /// How many bytes of answers were handed to the system so far: what repeated requests cost.
    pub fn bytes_sent(&self) -> u64 {
        self.seen.sent.load(Ordering::SeqCst)
    }

    /// Goes away: every connection is cut, the port is free for another one started there.
    pub async fn stop(self) -> SocketAddr {
        let Self { address, _accepting: accepting, .. } = self;
        accepting.abort();
        let _ = accepting.await;
        address
    }
}

/// Settings of a server before it starts.
#[derive(Debug)]
pub struct OriginBuilder {
    address: SocketAddr,
    tls: Option<TlsServer>,
    speaks_first: Option<Reply>,
}

impl OriginBuilder {
    /// Another address of this machine, such as 127.0.0.2 or ::1, on a free port.
    pub fn ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.address.set_ip(ip.into());
        self
    }

    /// This very address: where another server was before.
    pub const fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// With TLS.
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Does these steps as soon as somebody connects, before TLS and without reading: garbage, silence, a cut.
    pub fn speaks_first(mut self, reply: Reply) -> Self {
        self.speaks_first = Some(reply);
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// When the address cannot be listened on.
    pub async fn start(self, script: impl Script) -> Origin {
        let listener = TcpListener::bind(self.address).await.expect("the address is free");
        let address = listener.local_addr().expect("a listener has an address");
        let seen = Arc::new(Seen {
            script: Mutex::new(Arc::new(script)),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            resumed: AtomicUsize::new(0),
        });
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let acceptor = self.tls.map(TlsServer::acceptor);
        let server = Server { seen: seen.clone(), acceptor, speaks_first: self.speaks_first.map(Arc::new) };
        let accepting = tokio::spawn(server.accept(listener));
        Origin { address, scheme, seen, _accepting: AbortOnDropHandle::new(accepting) }
    }
}

#[derive(Clone)]
struct Server {
    seen: Arc<Seen>,
    acceptor: Option<TlsAcceptor>,
    speaks_first: Option<Arc<Reply>>,
}

impl Server {
    async fn accept(self, listener: TcpListener) {
        // The connections end with this task.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    let number = self.seen.connections.fetch_add(1, Ordering::SeqCst) + 1;
                    connections.spawn(self.clone().serve(stream, number));
                },
                Some(_) = connections.join_next() => {}
            }
        }
    }

    async fn serve(self, stream: TcpStream, number: usize) {
        let _open = Open::new(&self.seen.open);
        // A test's client may leave at any time, so no error here is news.
        let _ = stream.set_nodelay(true);
        if let Some(reply) = &self.speaks_first {
            let mut wire = Wire::Plain(stream);
            let _ = http1::perform(&mut wire, reply, &self.seen).await;
            return;
        }
        let Some(acceptor) = &self.acceptor else {
            return http1::serve(Wire::Plain(stream), &self.seen, number).await;
        };
        let Ok(stream) = acceptor.accept(stream).await else { return };
        if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
            self.seen.resumed.fetch_add(1, Ordering::SeqCst);
        }
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            http2::serve(stream, &self.seen, number).await;
        } else {
            http1::serve(Wire::Tls(Box::new(stream)), &self.seen, number).await;
        }
    }
}

/// Counts a connection for as long as it is served.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How a server does TLS.
#[derive(Clone, Debug)]
pub struct TlsServer {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
    clients: Option<CertificateDer<'static>>,
    versions: Vec<&'static SupportedProtocolVersion>,
    alpn: Vec<Vec<u8>>,
}

impl TlsServer {
    /// With this certificate; speaks HTTP/1.1 only.
    pub fn new(issued: &Issued) -> Self {
        Self {
            chain: issued.chain(),
            key: Arc::new(issued.key()),
            clients: None,
            versions: rustls::ALL_VERSIONS.to_vec(),
            alpn: vec![b"http/1.1".to_vec()],
        }
    }

    /// Wants a certificate of this authority from its clients.
    pub fn with_client_certificates(issued: &Issued, authority: &Authority) -> Self {
        Self { clients: Some(authority.der().clone()), ..Self::new(issued) }
    }

    /// Speaks HTTP/2 to who likes it.
    pub fn http2(mut self) -> Self {
        self.alpn.insert(0, b"h2".to_vec());
        self
    }

    /// Knows TLS 1.2 at most.
    pub fn at_most_tls12(mut self) -> Self {
        self.versions = vec![&rustls::version::TLS12];
        self
    }

    pub(crate) fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&self.versions)
            .expect("the provider knows these versions");
        let builder = match self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority).expect("an authority is a root");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.expect("there is a root"))
            }
        };
        let mut config = builder
            .with_single_cert(self.chain, self.key.clone_key())
            .expect("certificate and key belong together");
        config.alpn_protocols = self.alpn;
        TlsAcceptor::from(Arc::new(config))
    }
}
