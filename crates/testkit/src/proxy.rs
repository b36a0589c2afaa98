//! An HTTP proxy: CONNECT, and requests with a whole URL.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::file_server::Login;
use crate::origin::TlsServer;
use crate::request::RequestHead;

/// A proxy that brings everybody to one server, whatever name they asked for.
#[derive(Debug)]
pub struct HttpProxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<RequestHead>>>,
    hangs_up: Arc<Notify>,
    _accepting: AbortOnDropHandle<()>,
}

#[derive(Clone)]
struct Settings {
    to: SocketAddr,
    tls: Option<TlsAcceptor>,
    login: Option<Login>,
    /// Says this instead of opening a way, and closes.
    instead: Option<Vec<u8>>,
    seen: Arc<Mutex<Vec<RequestHead>>>,
}

impl HttpProxy {
    /// A proxy to `to` for everybody.
    pub async fn start(to: SocketAddr) -> Self {
        Self::run(to, None, None, None).await
    }

    /// A proxy that is itself spoken to by TLS.
    pub async fn with_tls(to: SocketAddr, tls: TlsServer) -> Self {
        Self::run(to, Some(tls), None, None).await
    }

    /// A proxy that wants a login.
    pub async fn with_login(to: SocketAddr, login: Login) -> Self {
        Self::run(to, None, Some(login), None).await
    }

    /// A proxy that answers every request with these bytes and closes; with none it just closes.
    pub async fn refusing(answer: &str) -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        Self::run(nowhere, None, None, Some(answer.as_bytes().to_vec())).await
    }

    async fn run(
        to: SocketAddr,
        tls: Option<TlsServer>,
        login: Option<Login>,
        instead: Option<Vec<u8>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let seen = Arc::<Mutex<Vec<RequestHead>>>::default();
        let tls = tls.map(TlsServer::acceptor);
        let settings = Settings { to, tls, login, instead, seen: seen.clone() };
        let hangs_up = Arc::new(Notify::new());
        let hung_up = hangs_up.clone();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(accepted_by(stream, settings.clone()));
                    },
                    Some(_) = connections.join_next() => {}
                    () = hung_up.notified() => connections.abort_all(),
                }
            }
        });
        Self { address, seen, hangs_up, _accepting: AbortOnDropHandle::new(accepting) }
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection; new ones are taken as before.
    pub fn hang_up(&self) {
        self.hangs_up.notify_one();
    }

    /// Every request to the proxy itself so far.
    pub fn requests(&self) -> Vec<RequestHead> {
        self.seen.lock().expect("no test panics with the lock").clone()
    }
}

async fn accepted_by(client: TcpStream, settings: Settings) -> io::Result<()> {
    match settings.tls.clone() {
        Some(acceptor) => serve(acceptor.accept(client).await?, settings).await,
        None => serve(client, settings).await,
    }
}

async fn serve(mut client: impl AsyncRead + AsyncWrite + Unpin, settings: Settings) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let Some(head) = read_head(&mut client, &mut buffer).await? else { return Ok(()) };
        let Some(request) = RequestHead::parse(&head) else { return Ok(()) };
        settings.seen.lock().expect("no test panics with the lock").push(request.clone());
        if let Some(instead) = &settings.instead {
            return client.write_all(instead).await;
        }
        let shown = request.header("proxy-authorization");
        let admitted = settings
            .login
            .as_ref()
            .is_none_or(|login| shown.is_some_and(|shown| login.is_shown(shown, &request.method)));
        if !admitted {
            let challenge = settings.login.as_ref().map(Login::challenge).unwrap_or_default();
            let answer = format!(
                "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: {challenge}\r\ncontent-length: 0\r\n\r\n"
            );
            client.write_all(answer.as_bytes()).await?;
            continue;
        }
        let mut server = TcpStream::connect(settings.to).await?;
        if request.method == "CONNECT" {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        } else {
            server.write_all(head_for_server(&request).as_bytes()).await?;
        }
        server.write_all(&buffer).await?;
        copy_bidirectional(&mut client, &mut server).await?;
        return Ok(());
    }
}

/// The request as the server gets it. The connection then stays with this server.
fn head_for_server(request: &RequestHead) -> String {
    let target = match request.target.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap_or(rest.len())..],
        None => &request.target,
    };
    let mut head = format!("{} {target} {}\r\n", request.method, request.version);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "proxy-authorization") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<Option<String>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}
