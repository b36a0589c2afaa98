//! HTTP/1 as a script wants it, right or wrong.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::origin::Seen;
use crate::reply::{Head, Reply, Step};
use crate::request::RequestHead;

/// A connection of a client.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What is left of a connection after a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Keep,
    Gone,
}

/// Serves the requests of one connection until one of its replies ends it, or the client leaves.
pub(crate) async fn serve(mut wire: Wire, seen: &Seen, connection: usize) {
    let mut buffer = Vec::new();
    while let Ok(Some(request)) = read_head(&mut wire, &mut buffer).await {
        let reply = seen.reply(request, connection);
        if !matches!(perform(&mut wire, &reply, seen).await, Ok(After::Keep)) {
            return;
        }
    }
}

/// Does the steps of a reply.
pub(crate) async fn perform(wire: &mut Wire, reply: &Reply, seen: &Seen) -> io::Result<After> {
    let chunked = reply.head.as_ref().is_some_and(|head| head.chunked);
    if let Some(head) = &reply.head {
        wire.write(head_text(head).as_bytes()).await?;
    }
    for step in &reply.steps {
        match step {
            Step::Send(bytes) => send(wire, bytes, chunked, seen).await?,
            Step::Content(content, range) => {
                for piece in content.pieces(range.clone()) {
                    send(wire, &piece, chunked, seen).await?;
                }
            }
            Step::Wait(gate) => {
                wire.flush().await?;
                gate.wait().await;
            }
            Step::Pause(time) => {
                wire.flush().await?;
                tokio::time::sleep(*time).await;
            }
            Step::Stall => {
                wire.flush().await?;
                wire.until_client_leaves().await;
            }
            Step::Cut => {
                wire.flush().await?;
                return Ok(After::Gone);
            }
            Step::Reset | Step::StreamReset(_) => {
                wire.flush().await?;
                wire.reset();
                return Ok(After::Gone);
            }
            Step::Close => {
                wire.close().await?;
                return Ok(After::Gone);
            }
        }
    }
    if chunked {
        wire.write(b"0\r\n\r\n").await?;
    }
    wire.flush().await?;
    Ok(After::Keep)
}

async fn send(wire: &mut Wire, bytes: &Bytes, chunked: bool, seen: &Seen) -> io::Result<()> {
    seen.count_sent(bytes.len());
    if !chunked {
        return wire.write(bytes).await;
    }
    if bytes.is_empty() {
        // An empty chunk would be the last one.
        return Ok(());
    }
    wire.write(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
    wire.write(bytes).await?;
    wire.write(b"\r\n").await
}

fn head_text(head: &Head) -> String {
    let reason = http::StatusCode::from_u16(head.status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown");
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", head.status);
    for (name, value) in &head.fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if head.chunked {
        text.push_str("transfer-encoding: chunked\r\n");
    }
    text.push_str("\r\n");
    text
}

/// The next request; `None` when the client has left or speaks no HTTP.
pub(crate) async fn read_head(wire: &mut Wire, buffer: &mut Vec<u8>) -> io::Result<Option<RequestHead>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = buffer.drain(..end + 4).collect();
            return Ok(RequestHead::parse(&String::from_utf8_lossy(&head)));
        }
        if wire.read_some(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

impl Wire {
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => stream.write_all(bytes).await,
        }
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush().await,
            Self::Tls(stream) => stream.flush().await,
        }
    }

    pub(crate) async fn read_some(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read_buf(buffer).await,
            Self::Tls(stream) => stream.read_buf(buffer).await,
        }
    }

    async fn until_client_leaves(&mut self) {
        let mut rest = Vec::new();
        while matches!(self.read_some(&mut rest).await, Ok(1..)) {
            rest.clear();
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }

    /// Closing with this option set sends RST instead of FIN.
    fn reset(&self) {
        let _ = SockRef::from(self.tcp()).set_linger(Some(Duration::ZERO));
    }

    async fn close(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.shutdown().await,
            Self::Tls(stream) => stream.shutdown().await,
        }
    }
}
