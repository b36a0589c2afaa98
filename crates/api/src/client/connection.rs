//! Requests over the Unix socket: a few connections are kept for requests to come, others are made as needed.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bgcopy_core::Family;
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use super::error::ClientError;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::{API_VERSION, FAMILY_HEADER, Language, VERSION_HEADER};

/// A service that is there takes a connection at once; the client fails within 1 s when it is not (J18).
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Whoever only looks waits for the head of an answer so long: nothing but a disk that hangs or a process that is stopped
/// takes as much. What changes something may have to wait for the disk, and is waited for.
pub const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// The largest answer that is read: a thousand jobs with certificates stay below.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A connection that was idle for longer is not used again: the service closes it after 10 s, and a request
/// that crosses the close would be lost.
const IDLE_MAX: Duration = Duration::from_secs(5);

/// Connections kept for requests to come: as many as ask at the same time in a program with threads; more would only
/// take from those that the service allows a user.
const IDLE_CONNECTIONS_MAX: usize = 8;

type Sender = SendRequest<Full<Bytes>>;

/// How to reach one service.
#[derive(Debug)]
pub(crate) struct Connector {
    socket: PathBuf,
    language: Language,
    family: Family,
    idle: Mutex<Vec<(Sender, Instant)>>,
}

impl Connector {
    pub(crate) const fn new(socket: PathBuf, language: Language, family: Family) -> Self {
        Self { socket, language, family, idle: Mutex::new(Vec::new()) }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn exchange(&self, request: Outgoing) -> Result<Bytes, ClientError> {
        let (response, sender) = self.send(request).await?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|source| ClientError::Interrupted { source })?.to_bytes();
        self.keep(sender);
        check(&head.headers, head.status, &body)?;
        Ok(body)
    }

    /// Sends a request and gives the body as it comes; the connection is not kept.
    pub(crate) async fn stream(&self, request: Outgoing) -> Result<Incoming, ClientError> {
        let (response, _sender) = self.send(request).await?;
        let (head, body) = response.into_parts();
        if head.status.is_success() {
            check(&head.headers, head.status, &[])?;
            return Ok(body);
        }
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|source| ClientError::Interrupted { source })?.to_bytes();
        Err(check(&head.headers, head.status, &body).err().unwrap_or_else(|| protocol("no reason is given")))
    }

    async fn send(&self, request: Outgoing) -> Result<(Response<Incoming>, Sender), ClientError> {
        if !request.method.is_safe() {
            return self.send_and_wait(request).await;
        }
        let answer = timeout(LOOK_TIMEOUT, self.send_and_wait(request)).await;
        answer.unwrap_or_else(|_| Err(ClientError::Silent { socket: self.socket.clone() }))
    }

    async fn send_and_wait(&self, request: Outgoing) -> Result<(Response<Incoming>, Sender), ClientError> {
        let mut request = request.into_http(self.language, self.family)?;
        // The service may have closed it meanwhile: a request that never left goes to a fresh connection, and
        // so does one that only looks and got no answer (RFC 9110, 9.2.2).
        if let Some(mut sender) = self.kept()
            && sender.ready().await.is_ok()
        {
            let again = request.method().is_safe().then(|| request.clone());
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, sender)),
                Err(mut error) => match error.take_message().or(again) {
                    Some(unsent) => request = unsent,
                    None => return Err(interrupted(error.into_error())),
                },
            }
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await.map_err(interrupted)?;
        Ok((response, sender))
    }

    /// Connects, within [`CONNECT_TIMEOUT`].
    pub(crate) async fn connect(&self) -> Result<Sender, ClientError> {
        let absent = |source| ClientError::NoService { socket: self.socket.clone(), source };
        let stream = timeout(CONNECT_TIMEOUT, UnixStream::connect(&self.socket)).await;
        let stream = stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(absent)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(interrupted)?;
        // The task ends with the connection: when the sender and the body that is being read are dropped.
        tokio::spawn(async move {
            // How it ended is told to whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(sender)
    }

    fn keep(&self, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() == IDLE_CONNECTIONS_MAX {
            idle.remove(0);
        }
        idle.push((sender, Instant::now()));
    }

    fn kept(&self) -> Option<Sender> {
        // The one that was used last is the freshest.
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let (sender, since) = kept?;
        (since.elapsed() < IDLE_MAX).then_some(sender)
    }
}

fn interrupted(source: hyper::Error) -> ClientError {
    ClientError::Interrupted { source: Box::new(source) }
}

pub(crate) fn protocol(reason: impl Into<String>) -> ClientError {
    ClientError::Protocol { reason: reason.into() }
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Outgoing {
    fn into_http(self, language: Language, family: Family) -> Result<Request<Full<Bytes>>, ClientError> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.target)
            .header(HOST, "bgcopy")
            .header(ACCEPT_LANGUAGE, language.word())
            .header(VERSION_HEADER, API_VERSION);
        if family == Family::Bits {
            request = request.header(FAMILY_HEADER, "bits");
        }
        if self.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(self.body.unwrap_or_default()));
        request.body(body).map_err(|error| protocol(format!("the request cannot be sent: {error}")))
    }
}

/// Refuses what is no success, or no answer of a service of our version.
fn check(headers: &HeaderMap, status: http::StatusCode, body: &[u8]) -> Result<(), ClientError> {
    let theirs =
        headers.get(VERSION_HEADER).and_then(version).ok_or_else(|| protocol("it names no version"))?;
    if theirs > API_VERSION {
        return Err(ClientError::TooOld { ours: API_VERSION, theirs });
    }
    if theirs < API_VERSION {
        return Err(ClientError::TooNew { ours: API_VERSION, theirs });
    }
    if status.is_success() {
        return Ok(());
    }
    let is_problem = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == PROBLEM_JSON.as_bytes());
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) if is_problem => Err(ClientError::Problem(Box::new(problem))),
        _ => Err(protocol(format!("status {status} without a reason"))),
    }
}

fn version(value: &HeaderValue) -> Option<u32> {
    value.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looking(method: Method) -> Outgoing {
        Outgoing { method, target: "/v1/service".to_owned(), headers: Vec::new(), body: None }
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_stopped_is_told_from_one_that_is_absent_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let connector = Connector::new(socket.clone(), Language::English, Family::default());
        let absent = connector.exchange(looking(Method::GET)).await.unwrap_err();
        assert!(matches!(absent, ClientError::NoService { .. }) && absent.is_absence(), "{absent}");

        // The kernel takes connections for it, and nobody reads them.
        let _stopped = tokio::net::UnixListener::bind(&socket).unwrap();
        let start = Instant::now();
        let silent = connector.exchange(looking(Method::GET)).await.unwrap_err();
        assert_eq!(start.elapsed(), LOOK_TIMEOUT);
        assert!(matches!(silent, ClientError::Silent { .. }), "{silent}");
        assert_eq!(
            (silent.code(), silent.is_absence()),
            ("no-service", false),
            "another one would not start"
        );
        // What changes something waits for its commit, as long as that takes.
        let waiting = timeout(10 * LOOK_TIMEOUT, connector.exchange(looking(Method::POST)));
        assert!(waiting.await.is_err());
    }
}
