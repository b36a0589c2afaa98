//! A server over a real Unix socket in a folder of its own, and a client that writes bytes as it likes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_api::{Client, Language};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::super::{Access, Options, serve};
use super::fake::Fake;

/// Longer than anything here takes; a test that reaches it fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(super) struct Rig {
    pub(super) fake: Arc<Fake>,
    pub(super) socket: PathBuf,
    pub(super) shutdown: CancellationToken,
    pub(super) served: JoinHandle<()>,
    _folder: TempDir,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(Fake { queue: 16, ..Fake::default() }, Options::new(Access::Everybody))
    }

    pub(super) fn with(fake: Fake, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let (fake, shutdown) = (Arc::new(fake), CancellationToken::new());
        let served = tokio::spawn(serve(listener, fake.clone(), options, shutdown.clone()));
        Self { fake, socket, shutdown, served, _folder: folder }
    }

    pub(super) async fn client(&self) -> Client {
        let client = Client::connect(&self.socket, Language::English).await.unwrap();
        self.fake.asked();
        client
    }

    /// Sends these bytes and reads until the server closes or an answer with a length is whole.
    pub(super) async fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        let mut stream = UnixStream::connect(&self.socket).await.unwrap();
        // A server that refuses does not read on, so writing may fail; the answer tells.
        let _ = stream.write_all(request.as_ref()).await;
        read_answer(&mut stream).await
    }

    /// Sends a request with a body of JSON.
    pub(super) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let length = body.len();
        let head = "host: x\r\nconnection: close\r\ncontent-type: application/json";
        self.raw(format!("{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}"))
            .await
    }
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, code and field of a problem document.
    pub(super) fn problem(&self) -> (u16, String, Option<String>) {
        assert!(self.head.contains("content-type: application/problem+json"), "{self:?}");
        let problem: bgcopy_api::Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        (self.status, problem.code, problem.field)
    }
}

pub(super) async fn read_answer(stream: &mut UnixStream) -> Answer {
    let mut bytes = Vec::new();
    let whole = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.to_ascii_lowercase();
        let length = length.split("content-length: ").nth(1)?.split("\r\n").next()?.parse::<usize>().ok()?;
        (body.len() >= length).then_some(())
    };
    let reading = async {
        let mut part = [0; 4096];
        while whole(&bytes).is_none() {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(count) => bytes.extend_from_slice(&part[..count]),
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("an answer in time");
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}
