//! The same scripts over HTTP/2. Heads that are written out byte by byte do not exist there; such replies reset
//! their stream.

use std::sync::Arc;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;

use crate::origin::Seen;
use crate::reply::{Reply, Step};
use crate::request::RequestHead;

/// Serves the streams of one connection, each by a task that ends with it.
pub(crate) async fn serve(stream: TlsStream<TcpStream>, seen: &Arc<Seen>, connection: usize) {
    let Ok(mut streams) = h2::server::handshake(stream).await else { return };
    let mut tasks = JoinSet::new();
    while let Some(Ok((request, respond))) = streams.accept().await {
        let reply = seen.reply(head(&request), connection);
        if reply.steps.iter().any(|step| matches!(step, Step::Close)) {
            streams.graceful_shutdown();
        }
        tasks.spawn(perform(reply, respond, seen.clone()));
    }
}

fn head(request: &http::Request<RecvStream>) -> RequestHead {
    let target = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let authority = request.uri().authority().map(|host| ("host".to_owned(), host.to_string()));
    let fields = request.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    RequestHead {
        method: request.method().to_string(),
        target: target.to_owned(),
        version: "HTTP/2".to_owned(),
        headers: authority.into_iter().chain(fields).collect(),
        connection: 0,
        number: 0,
    }
}

async fn perform(reply: Reply, mut respond: SendResponse<Bytes>, seen: Arc<Seen>) {
    if let (None, [Step::StreamReset(code), ..]) = (&reply.head, reply.steps.as_slice()) {
        return respond.send_reset(Reason::from(*code));
    }
    let Some(head) = &reply.head else { return respond.send_reset(Reason::INTERNAL_ERROR) };
    let mut response = http::Response::builder().status(head.status);
    for (name, value) in &head.fields {
        response = response.header(name, value);
    }
    let response = response.body(()).expect("a script's fields are fields");
    let Ok(mut body) = respond.send_response(response, false) else { return };
    for step in reply.steps {
        let sent = match step {
            Step::Send(bytes) => send(&mut body, bytes, &seen).await,
            Step::Content(content, range) => {
                let mut sent = Ok(());
                for piece in content.pieces(range) {
                    sent = send(&mut body, piece, &seen).await;
                    if sent.is_err() {
                        break;
                    }
                }
                sent
            }
            Step::Wait(gate) => {
                gate.wait().await;
                Ok(())
            }
            Step::Pause(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Step::Stall => {
                let _ = std::future::poll_fn(|cx| body.poll_reset(cx)).await;
                return;
            }
            Step::Cut | Step::Reset => return body.send_reset(Reason::INTERNAL_ERROR),
            Step::StreamReset(code) => return body.send_reset(Reason::from(code)),
            Step::Close => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
    let _ = body.send_data(Bytes::new(), true);
}

/// Sends as the client's window allows.
async fn send(body: &mut SendStream<Bytes>, mut bytes: Bytes, seen: &Seen) -> Result<(), h2::Error> {
    while !bytes.is_empty() {
        body.reserve_capacity(bytes.len());
        let capacity = std::future::poll_fn(|cx| body.poll_capacity(cx)).await;
        let now = capacity.transpose()?.unwrap_or(0).min(bytes.len());
        if now == 0 {
            return Err(Reason::CANCEL.into());
        }
        seen.count_sent(now);
        body.send_data(bytes.split_to(now), false)?;
    }
    Ok(())
}
