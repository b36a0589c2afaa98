//! From a URL to a connection that HTTP can be spoken on: names, addresses, proxies, TLS.

mod eager;
pub(crate) mod race;
pub(crate) mod resolve;
pub(crate) mod socks;
pub(crate) mod tunnel;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bgcopy_core::name::is_next_door;
use bgcopy_core::{AuthScheme, Credentials, RemoteName};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Host;

use self::eager::Eager;
use self::race::{DeadAddresses, Race};
use crate::address::is_private;
use crate::auth::Line;
use crate::config::HttpConfig;
use crate::failure::Failure;
use crate::memory::Memory;
use crate::proxy::{Proxy, ProxyKind};
use crate::request::Identity;
use crate::tls::{Alpn, Tls, chose_http2};
use crate::valve::{Valve, Valved};

/// A stream of bytes both ways, through however many layers.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Io for T {}

/// Whom to connect to, and through whom.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Way {
    pub(crate) https: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) proxy: Option<Proxy>,
}

impl Way {
    pub(crate) fn new(url: &RemoteName, proxy: Option<&Proxy>) -> Result<Self, Failure> {
        let https = url.url().scheme() == "https";
        match (url.url().host(), url.url().port_or_known_default()) {
            (Some(host), Some(port)) => {
                Ok(Self { https, host: host.to_owned(), port, proxy: proxy.cloned() })
            }
            _ => Err(Failure::Request { reason: "the URL names no host".to_owned() }),
        }
    }

    /// The server as errors name it, and as CONNECT does.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The HTTP proxy that reads the requests themselves, because there is no TLS to hide them.
    pub(crate) fn reading_proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| !self.https && proxy.kind != ProxyKind::Socks5)
    }

    /// Whether the server is private by its very name: what can be known when a proxy resolves it.
    pub(crate) fn names_private(&self, config: &HttpConfig) -> bool {
        match &self.host {
            Host::Domain(name) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            Host::Ipv4(address) => counts_as_private(config, (*address).into()),
            Host::Ipv6(address) => counts_as_private(config, (*address).into()),
        }
    }
}

/// Whether an address is private, by the registries and the administrator's exceptions.
pub(crate) fn counts_as_private(config: &HttpConfig, address: IpAddr) -> bool {
    is_private(address) && !config.public_addresses.iter().any(|block| block.contains(address))
}

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Anywhere,
    /// Faults C07: an ordinary user of a machine-wide service asks for it.
    OffThisMachine,
    /// Faults C06: a public server redirected here, or named this server.
    PublicOnly,
}

/// What a proxy may be shown.
pub(crate) struct ProxyAccess<'a> {
    pub(crate) proxy: &'a Proxy,
    pub(crate) credentials: &'a [(AuthScheme, Credentials)],
    pub(crate) memory: &'a Memory,
    pub(crate) identity: &'a Arc<Identity>,
}

impl ProxyAccess<'_> {
    /// The value of `Proxy-Authorization`, once it is known what the proxy wants.
    pub(crate) fn authorization(&self, method: &str, uri: &str) -> Option<String> {
        let line = Line { method, uri };
        self.memory.answer(self.identity, &self.proxy.shown(), None, self.credentials, line)
    }

    /// SOCKS knows one login, whatever the scheme is called.
    fn login(&self) -> Option<&Credentials> {
        self.credentials.first().map(|(_, credentials)| credentials)
    }
}

/// A connection that HTTP can be spoken on.
pub(crate) struct Connected {
    pub(crate) io: Box<dyn Io>,
    pub(crate) http2: bool,
    /// The address spoken to; the proxy's when there is one.
    pub(crate) peer: IpAddr,
    /// Of the socket beneath all layers.
    pub(crate) valve: Valve,
    /// What the server showed of itself, its own certificate first; nothing without TLS.
    pub(crate) certificates: Vec<CertificateDer<'static>>,
}

/// What the layers make of a TCP connection.
struct Layered {
    io: Box<dyn Io>,
    http2: bool,
    certificates: Vec<CertificateDer<'static>>,
}

/// Makes connections; remembers dead addresses and TLS sessions.
pub(crate) struct Connector {
    config: Arc<HttpConfig>,
    dead: DeadAddresses,
    tls: Tls,
}

impl Connector {
    pub(crate) fn new(config: Arc<HttpConfig>) -> Self {
        Self { config, dead: DeadAddresses::default(), tls: Tls::default() }
    }

    /// Connects. Addresses are looked up once, checked, and these very ones connected to (faults C08). When all
    /// fail, the failure that tells most is reported (faults B14).
    pub(crate) async fn connect(
        &self,
        way: &Way,
        identity: &Arc<Identity>,
        access: Option<&ProxyAccess<'_>>,
        alpn: Alpn,
        reach: Reach,
    ) -> Result<Connected, Failure> {
        let (whom, addresses) = self.addresses(way, reach).await?;
        let within = self.config.connect_timeout;
        let mut race = Race::new(&self.dead, addresses, self.config.next_address_after, within);
        let mut telling: Option<Failure> = None;
        while let Some((address, outcome)) = race.next().await {
            let too_late = || Failure::ConnectTimeout { whom: whom.clone(), within };
            let failure = match outcome {
                Ok(stream) => {
                    let (stream, valve) = Valved::new(stream);
                    let layered = self.layer(stream, way, identity, access, alpn);
                    match timeout(within, layered).await {
                        Ok(Ok(Layered { io, http2, certificates })) => {
                            return Ok(Connected { io, http2, peer: address.ip(), valve, certificates });
                        }
                        // What a proxy says about our login is not mended by another address.
                        Ok(Err(failure @ Failure::ProxyStatus { .. })) => return Err(failure),
                        Ok(Err(failure)) => failure,
                        Err(_) => too_late(),
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => too_late(),
                Err(source) => Failure::Connect { whom: format!("{whom} ({})", address.ip()), source },
            };
            tracing::debug!(%address, error = %failure, "an address was tried in vain");
            if telling.as_ref().is_none_or(|told| told.telling() <= failure.telling()) {
                telling = Some(failure);
            }
        }
        Err(telling.unwrap_or(Failure::Name { whom, source: resolve::ResolveError::NoAddress }))
    }

    /// The addresses of the first hop, and its name for errors.
    async fn addresses(&self, way: &Way, reach: Reach) -> Result<(String, Vec<SocketAddr>), Failure> {
        let (host, port, whom) = match &way.proxy {
            Some(proxy) => (&proxy.host, proxy.port, proxy.shown()),
            None => (&way.host, way.port, way.authority()),
        };
        let mut addresses = match host {
            Host::Ipv4(address) => vec![SocketAddr::new((*address).into(), port)],
            Host::Ipv6(address) => vec![SocketAddr::new((*address).into(), port)],
            Host::Domain(name) => self
                .config
                .resolver
                .resolve(name, port)
                .await
                .map_err(|source| Failure::Name { whom: whom.clone(), source })?,
        };
        if reach == Reach::PublicOnly {
            let private = |address: IpAddr| counts_as_private(&self.config, address);
            let refused = match &way.proxy {
                Some(_) => way.names_private(&self.config),
                None => {
                    let found = addresses.len();
                    addresses.retain(|address| !private(address.ip()));
                    found > 0 && addresses.is_empty()
                }
            };
            if refused {
                return Err(Failure::PrivateTarget { whom: way.authority() });
            }
        }
        if reach == Reach::OffThisMachine {
            let found = addresses.len();
            addresses.retain(|address| !is_next_door(address.ip()));
            if found > 0 && addresses.is_empty() {
                return Err(Failure::LocalTarget { whom: way.authority() });
            }
        }
        addresses.truncate(ADDRESSES_MAX);
        Ok((whom, addresses))
    }

    /// Puts the layers of the way onto a TCP connection.
    async fn layer(
        &self,
        stream: Valved<TcpStream>,
        way: &Way,
        identity: &Arc<Identity>,
        access: Option<&ProxyAccess<'_>>,
        alpn: Alpn,
    ) -> Result<Layered, Failure> {
        let mut io: Box<dyn Io> = Box::new(stream);
        if let Some(access) = access {
            let proxy = access.proxy;
            if proxy.kind == ProxyKind::Https {
                let secured = self.tls.secure(io, &proxy.host, &identity.for_proxy(), Alpn::Http1).await;
                io = Box::new(secured.map_err(|failure| failure.at_proxy(proxy))?);
            }
            if proxy.kind == ProxyKind::Socks5 {
                socks::open(&mut io, proxy, access.login(), &way.host, way.port).await?;
            } else if way.https {
                tunnel::open(&mut io, &way.authority(), &self.config.user_agent, access).await?;
            }
        }
        if !way.https {
            return Ok(Layered { io, http2: false, certificates: Vec::new() });
        }
        let io: Box<dyn Io> = Box::new(BufReader::with_capacity(TLS_READ_BYTES, io));
        let secured = self.tls.secure(io, &way.host, identity, alpn).await?;
        let (_, session) = secured.get_ref();
        let http2 = chose_http2(session);
        // Also of a session that is resumed: they are kept with it.
        let certificates = session.peer_certificates().unwrap_or_default().to_vec();
        Ok(Layered { io: Box::new(Eager::new(secured)), http2, certificates })
    }
}

/// One read of a socket below TLS: rustls asks for 4 KiB at a time, and a copy costs less than a system call.
const TLS_READ_BYTES: usize = 64 << 10;
/// More than any name has in earnest; the rest would only be waited for.
const ADDRESSES_MAX: usize = 64;
