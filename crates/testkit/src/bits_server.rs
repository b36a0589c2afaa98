//! A server that takes uploads by the BITS upload protocol (MC-BUP 3.2): small, strict, and with scripted faults.
//!
//! It keeps what it takes in memory. A file appears under its path when its session is closed and every byte of it is
//! here; how often that happened is counted, because once is what an upload promises.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use crate::gate::Gate;
use crate::http1::{self, Wire};
use crate::origin::TlsServer;
use crate::request::RequestHead;

/// A packet as the server saw it.
#[derive(Clone, Debug)]
pub struct BitsPacket {
    /// The head of the request.
    pub head: RequestHead,
    /// The value of `BITS-Packet-Type`, in lower case; `get` for a request of a reply.
    pub kind: String,
    /// The path.
    pub path: String,
    /// The bytes that a fragment brings.
    pub range: Range<u64>,
    /// The size of the file, as a fragment says.
    pub total: u64,
}

impl BitsPacket {
    /// Whether a fragment brings the last byte.
    pub fn is_last(&self) -> bool {
        self.kind == "fragment" && self.range.end == self.total
    }
}

/// What goes wrong with a packet.
#[derive(Clone, Debug)]
pub enum BitsFault {
    /// It is answered so, with these fields, and not looked at.
    Answer(u16, Vec<(&'static str, String)>),
    /// So many bytes of its body are taken, and the connection is cut.
    CutAfter(u64),
    /// It is taken, and the connection is cut in place of an answer.
    CutAnswer,
    /// The session is forgotten first.
    Forget,
    /// The last so many bytes of the session are lost first.
    Lose(u64),
    /// It is taken, and answered when the gate opens.
    Hold(Gate),
}

/// Says what goes wrong with a packet.
type Faults = dyn Fn(&BitsPacket) -> Option<BitsFault> + Send + Sync;

/// A server on this machine, up to its end as a value.
pub struct BitsServer {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    _accepting: AbortOnDropHandle<()>,
}

struct State {
    faults: Mutex<Arc<Faults>>,
    login: Option<String>,
    host: Option<String>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    packets: Vec<BitsPacket>,
    connections: usize,
    made: usize,
    sessions: BTreeMap<String, Session>,
    files: BTreeMap<String, Vec<u8>>,
    /// How often each file was finished.
    finished: BTreeMap<String, usize>,
    cancelled: usize,
    replies: BTreeMap<String, Vec<u8>>,
    answers: Option<Vec<u8>>,
    bytes: u64,
}

struct Session {
    path: String,
    data: Vec<u8>,
    total: Option<u64>,
}

/// An answer.
struct Said {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// Settings of a server before it starts.
#[derive(Default)]
pub struct BitsBuilder {
    login: Option<String>,
    host: Option<String>,
    address: Option<SocketAddr>,
    reply: Option<Vec<u8>>,
    tls: Option<TlsServer>,
}

impl BitsBuilder {
    /// Wants this user name and password (Basic).
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        self
    }

    /// Names itself so in `BITS-Host-Id`.
    pub fn host_id(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    /// Where another one was before.
    pub const fn at(mut self, address: SocketAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Answers every upload with this.
    pub fn reply(mut self, reply: impl Into<Vec<u8>>) -> Self {
        self.reply = Some(reply.into());
        self
    }

    /// With TLS.
    pub fn tls(mut self, tls: TlsServer) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// When the address cannot be listened on.
    pub async fn start(self) -> BitsServer {
        let address = self.address.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 0).into());
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let address = listener.local_addr().expect("a listener has an address");
        let inner = Inner { answers: self.reply, ..Inner::default() };
        let state = Arc::new(State {
            faults: Mutex::new(Arc::new(|_: &BitsPacket| None)),
            login: self.login,
            host: self.host,
            inner: Mutex::new(inner),
        });
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let acceptor = self.tls.map(TlsServer::acceptor);
        let accepting = AbortOnDropHandle::new(tokio::spawn(accept(listener, state.clone(), acceptor)));
        BitsServer { address, scheme, state, _accepting: accepting }
    }
}

impl BitsServer {
    /// A server without faults.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A server with other settings.
    pub fn builder() -> BitsBuilder {
        BitsBuilder::default()
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// What goes wrong from the next packet on.
    pub fn fails(&self, faults: impl Fn(&BitsPacket) -> Option<BitsFault> + Send + Sync + 'static) {
        *self.state.faults.lock().expect("no test panics with the lock") = Arc::new(faults);
    }

    /// What goes wrong with the first packet that it is said of, and never again.
    pub fn fails_once(&self, faults: impl Fn(&BitsPacket) -> Option<BitsFault> + Send + Sync + 'static) {
        let over = std::sync::atomic::AtomicBool::new(false);
        self.fails(move |packet| {
            let fault = faults(packet).filter(|_| !over.load(std::sync::atomic::Ordering::SeqCst));
            over.fetch_or(fault.is_some(), std::sync::atomic::Ordering::SeqCst);
            fault
        });
    }

    /// Every packet so far.
    pub fn packets(&self) -> Vec<BitsPacket> {
        self.state.lock().packets.clone()
    }

    /// How many packets of a kind came so far; kinds are in lower case.
    pub fn count(&self, kind: &str) -> usize {
        self.state.lock().packets.iter().filter(|packet| packet.kind == kind).count()
    }

    /// The file that was finished under a path.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.state.lock().files.get(path).cloned()
    }

    /// How often a file was finished under a path.
    pub fn finished(&self, path: &str) -> usize {
        self.state.lock().finished.get(path).copied().unwrap_or_default()
    }

    /// Sessions that are open.
    pub fn open_sessions(&self) -> usize {
        self.state.lock().sessions.len()
    }

    /// Sessions that were cancelled.
    pub fn cancelled(&self) -> usize {
        self.state.lock().cancelled
    }

    /// Bytes of fragments that were taken in, those that were here already among them: what repeated fragments cost.
    pub fn bytes_taken(&self) -> u64 {
        self.state.lock().bytes
    }

    /// Goes away: every connection is cut.
    pub async fn stop(self) -> SocketAddr {
        let Self { address, _accepting: accepting, .. } = self;
        accepting.abort();
        let _ = accepting.await;
        address
    }
}

impl fmt::Debug for BitsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BitsServer").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, state: Arc<State>, acceptor: Option<TlsAcceptor>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                let (state, acceptor) = (state.clone(), acceptor.clone());
                connections.spawn(async move {
                    // A test's client may leave at any time, so no error here is news.
                    let _ = serve(stream, &state, acceptor).await;
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: &State, acceptor: Option<TlsAcceptor>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = match acceptor {
        None => Wire::Plain(stream),
        Some(acceptor) => Wire::Tls(Box::new(acceptor.accept(stream).await?)),
    };
    let connection = {
        let mut inner = state.lock();
        inner.connections += 1;
        inner.connections
    };
    let mut buffer = Vec::new();
    while let Some(mut head) = http1::read_head(&mut wire, &mut buffer).await? {
        head.connection = connection;
        let Some(said) = state.answer(&mut wire, &mut buffer, head).await? else { return Ok(()) };
        wire.write(text(&said).as_bytes()).await?;
        wire.write(&said.body).await?;
        wire.flush().await?;
    }
    Ok(())
}

fn text(said: &Said) -> String {
    let status = http::StatusCode::from_u16(said.status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or("Unknown");
    let fields: String = said.fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {} {reason}\r\nContent-Length: {}\r\n{fields}\r\n", said.status, said.body.len())
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panics with the lock")
    }

    /// The answer to a request; none where the connection is cut.
    async fn answer(
        &self,
        wire: &mut Wire,
        buffer: &mut Vec<u8>,
        head: RequestHead,
    ) -> io::Result<Option<Said>> {
        let length: usize = head.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let packet = packet_of(head);
        self.lock().packets.push(packet.clone());
        if self.login.as_deref().is_some_and(|login| packet.head.header("authorization") != Some(login)) {
            skip(wire, buffer, length).await?;
            return Ok(Some(Said::new(401).with("WWW-Authenticate", "Basic realm=\"uploads\"".to_owned())));
        }
        let faults = self.faults.lock().expect("no test panics with the lock").clone();
        let fault = faults(&packet);
        match &fault {
            Some(BitsFault::Answer(status, fields)) => {
                skip(wire, buffer, length).await?;
                return Ok(Some(Said { fields: fields.clone(), ..Said::new(*status) }));
            }
            Some(BitsFault::CutAfter(bytes)) => {
                let part = usize::try_from(*bytes).unwrap_or(length).min(length);
                let body = body(wire, buffer, part).await?;
                self.lock().take(&packet, &body);
                return Ok(None);
            }
            Some(BitsFault::Forget) => self.lock().forget(&packet),
            Some(BitsFault::Lose(bytes)) => self.lock().lose(&packet, *bytes),
            Some(BitsFault::CutAnswer | BitsFault::Hold(_)) | None => {}
        }
        let body = body(wire, buffer, length).await?;
        let said = self.lock().handle(&packet, &body, self.host.as_deref());
        match fault {
            Some(BitsFault::CutAnswer) => return Ok(None),
            Some(BitsFault::Hold(gate)) => gate.wait().await,
            _ => {}
        }
        Ok(Some(said))
    }
}

fn packet_of(head: RequestHead) -> BitsPacket {
    let kind = match head.method.as_str() {
        "BITS_POST" => head.header("bits-packet-type").unwrap_or_default().to_ascii_lowercase(),
        other => other.to_ascii_lowercase(),
    };
    let (range, total) = head.header("content-range").and_then(content_range).unwrap_or((0..0, 0));
    BitsPacket { kind, path: head.path().to_owned(), range, total, head }
}

fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let total = total.parse().ok()?;
    if range == "*" {
        return Some((0..0, total));
    }
    let (first, last) = range.split_once('-')?;
    let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
    (first <= last && last < total).then(|| (first..last + 1, total))
}

async fn body(wire: &mut Wire, buffer: &mut Vec<u8>, length: usize) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if wire.read_some(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}

async fn skip(wire: &mut Wire, buffer: &mut Vec<u8>, length: usize) -> io::Result<()> {
    body(wire, buffer, length).await.map(drop)
}

impl Said {
    const fn new(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    fn ack(status: u16) -> Self {
        Self::new(status).with("BITS-Packet-Type", "Ack".to_owned())
    }

    fn error(status: u16, hresult: &str) -> Self {
        Self::ack(status).with("BITS-Error", hresult.to_owned()).with("BITS-Error-Context", "0x5".to_owned())
    }
}

impl Inner {
    fn handle(&mut self, packet: &BitsPacket, body: &[u8], host: Option<&str>) -> Said {
        match packet.kind.as_str() {
            "create-session" => self.create(packet, host),
            "fragment" => self.fragment(packet, body),
            "close-session" => self.close(packet),
            "cancel-session" => self.cancel(packet),
            "get" => self.get(packet),
            // E_INVALIDARG.
            _ => Said::error(400, "0x80070057"),
        }
    }

    fn create(&mut self, packet: &BitsPacket, host: Option<&str>) -> Said {
        let protocols = packet.head.header("bits-supported-protocols").unwrap_or_default();
        if !protocols.split(' ').any(|one| one.eq_ignore_ascii_case(PROTOCOL)) {
            return Said::error(400, "0x80200022");
        }
        self.made += 1;
        let id = format!("{{00000000-0000-4000-8000-{:012x}}}", self.made);
        let session = Session { path: packet.path.clone(), data: Vec::new(), total: None };
        self.sessions.insert(id.clone(), session);
        let said = Said::ack(200)
            .with("BITS-Protocol", PROTOCOL.to_owned())
            .with("BITS-Session-Id", id)
            .with("Accept-Encoding", "Identity".to_owned());
        match host {
            Some(host) => said
                .with("BITS-Host-Id", host.to_owned())
                .with("BITS-Host-Id-Fallback-Timeout", "60".to_owned()),
            None => said,
        }
    }

    fn fragment(&mut self, packet: &BitsPacket, body: &[u8]) -> Said {
        let id = session_of(packet);
        if packet.head.header("content-range").and_then(content_range).is_none() {
            return Said::error(400, "0x80070057");
        }
        let Some(session) = self.sessions.get(&id) else { return Said::error(500, LOST) };
        let here = session.data.len() as u64;
        if packet.range.start > here {
            return Said::ack(416)
                .with("BITS-Session-Id", id)
                .with("BITS-Received-Content-Range", here.to_string())
                .with("BITS-Error", "0x0".to_owned());
        }
        let received = self.take(packet, body);
        let said = Said::ack(200)
            .with("BITS-Session-Id", id.clone())
            .with("BITS-Received-Content-Range", received.to_string());
        match self.answers.clone().filter(|_| packet.is_last()) {
            Some(reply) => {
                let path = format!("/replies/{}", id.trim_matches(['{', '}']));
                self.replies.insert(path.clone(), reply);
                said.with("BITS-Reply-URL", path)
            }
            None => said,
        }
    }

    /// "BITS writes only the non-overlapping portion of the range" (Fragment).
    fn take(&mut self, packet: &BitsPacket, body: &[u8]) -> u64 {
        self.bytes += body.len() as u64;
        let Some(session) = self.sessions.get_mut(&session_of(packet)) else { return 0 };
        session.total = Some(packet.total);
        let here = session.data.len() as u64;
        let known = usize::try_from(here.saturating_sub(packet.range.start)).unwrap_or(usize::MAX);
        session.data.extend_from_slice(body.get(known..).unwrap_or_default());
        session.data.len() as u64
    }

    fn lose(&mut self, packet: &BitsPacket, bytes: u64) {
        if let Some(session) = self.sessions.get_mut(&session_of(packet)) {
            let left = (session.data.len() as u64).saturating_sub(bytes);
            session.data.truncate(usize::try_from(left).unwrap_or(0));
        }
    }

    fn forget(&mut self, packet: &BitsPacket) {
        self.sessions.remove(&session_of(packet));
    }

    /// "If you send this packet before uploading all fragments, the upload file is deleted" (Close-Session).
    fn close(&mut self, packet: &BitsPacket) -> Said {
        let id = session_of(packet);
        let Some(session) = self.sessions.remove(&id) else { return Said::error(500, LOST) };
        if session.total == Some(session.data.len() as u64) {
            *self.finished.entry(session.path.clone()).or_default() += 1;
            self.files.insert(session.path, session.data);
        }
        // The reply goes with its session.
        self.replies.remove(&format!("/replies/{}", id.trim_matches(['{', '}'])));
        Said::ack(200).with("BITS-Session-Id", id)
    }

    fn cancel(&mut self, packet: &BitsPacket) -> Said {
        let id = session_of(packet);
        if self.sessions.remove(&id).is_none() {
            return Said::error(500, LOST);
        }
        self.cancelled += 1;
        Said::ack(200).with("BITS-Session-Id", id)
    }

    fn get(&self, packet: &BitsPacket) -> Said {
        let Some(reply) = self.replies.get(&packet.path) else { return Said::new(404) };
        let size = reply.len() as u64;
        let said = match packet.head.range(size) {
            Some(range) if range.is_empty() && size > 0 => {
                return Said::new(416).with("Content-Range", format!("bytes */{size}"));
            }
            Some(range) if size > 0 => {
                let part = usize::try_from(range.start).unwrap_or(0)..usize::try_from(range.end).unwrap_or(0);
                let text = format!("bytes {}-{}/{size}", range.start, range.end - 1);
                Said { body: reply[part].to_vec(), ..Said::new(206) }.with("Content-Range", text)
            }
            _ => Said { body: reply.clone(), ..Said::new(200) },
        };
        said.with("ETag", "\"reply\"".to_owned())
    }
}

fn session_of(packet: &BitsPacket) -> String {
    packet.head.header("bits-session-id").unwrap_or_default().to_ascii_lowercase()
}

/// "BITS 1.5 Upload Protocol".
const PROTOCOL: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";
/// `BG_E_SESSION_NOT_FOUND`.
const LOST: &str = "0x8020001F";

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(kind: &str, session: &str, range: &str) -> BitsPacket {
        let text = format!(
            "BITS_POST /f HTTP/1.1\r\nBITS-Packet-Type: {kind}\r\nBITS-Session-Id: {session}\r\n\
             BITS-Supported-Protocols: {PROTOCOL}\r\nContent-Range: bytes {range}\r\n\r\n"
        );
        packet_of(RequestHead::parse(&text).unwrap())
    }

    fn field<'a>(said: &'a Said, name: &str) -> Option<&'a str> {
        said.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_file_appears_when_all_of_it_is_here_and_its_session_closed() {
        let mut server = Inner::default();
        let made = server.handle(&packet("Create-Session", "", "*/0"), b"", None);
        let id = field(&made, "BITS-Session-Id").unwrap().to_owned();
        let first = server.handle(&packet("Fragment", &id, "0-2/5"), b"abc", None);
        assert_eq!(field(&first, "BITS-Received-Content-Range"), Some("3"));
        let ahead = server.handle(&packet("Fragment", &id, "4-4/5"), b"e", None);
        assert_eq!((ahead.status, field(&ahead, "BITS-Received-Content-Range")), (416, Some("3")));
        let overlap = server.handle(&packet("Fragment", &id, "1-4/5"), b"bcde", None);
        assert_eq!((overlap.status, field(&overlap, "BITS-Received-Content-Range")), (200, Some("5")));
        assert!(server.files.is_empty());
        assert_eq!(server.handle(&packet("Close-Session", &id, "*/0"), b"", None).status, 200);
        assert_eq!(server.files["/f"], b"abcde");
        assert_eq!(server.handle(&packet("Fragment", &id, "0-2/5"), b"abc", None).status, 500);
    }

    #[test]
    fn what_is_closed_too_early_is_thrown_away() {
        let mut server = Inner::default();
        let made = server.handle(&packet("Create-Session", "", "*/0"), b"", None);
        let id = field(&made, "BITS-Session-Id").unwrap().to_owned();
        server.handle(&packet("Fragment", &id, "0-2/5"), b"abc", None);
        server.handle(&packet("Close-Session", &id, "*/0"), b"", None);
        assert!(server.files.is_empty() && server.finished.is_empty());
    }
}
