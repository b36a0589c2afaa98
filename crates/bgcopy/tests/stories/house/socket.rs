//! The API as any program sees it: bytes on a Unix socket. HTTP/1.0, so that an answer ends with its connection.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::House;

/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer of the service.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The head, as it came.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Answer {
    /// Insists on a status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}{}", self.head, self.body);
        self
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Insists that it is a problem document with this code, whose detail has these words.
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: &str, words: &[&str]) -> Value {
        let Self { head, body, .. } = self.clone();
        let problem = self.is(status).json();
        assert!(head.to_ascii_lowercase().contains("content-type: application/problem+json"), "{head}");
        assert_eq!(problem["code"], code, "{body}");
        assert_eq!(problem["status"], status, "{body}");
        assert!(problem["hresult"].as_str().is_some_and(|number| number.starts_with("0x8")), "{body}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        for word in words {
            assert!(detail.contains(word), "no {word:?} in {body}");
        }
        problem
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_owned() + "\r\n", body: body.to_owned() })
    }
}

impl House {
    /// Where the service of this house listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.at("run/bgcopy/bgcopy.sock")
    }

    /// Asks the service.
    pub(crate) async fn ask(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.ask_with(method, target, "", body.as_bytes()).await
    }

    /// Asks with more header lines and any bytes as body.
    pub(crate) async fn ask_with(&self, method: &str, target: &str, lines: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{lines}\r\n"
        );
        let answer = self.exchange(&[head.as_bytes(), body].concat()).await;
        answer.unwrap_or_else(|| panic!("{method} {target}: the service does not answer"))
    }

    /// Asks a service that may not be there.
    pub(crate) async fn try_ask(&self, method: &str, target: &str, body: Option<&Value>) -> Option<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        self.exchange(&[head.as_bytes(), body.as_bytes()].concat()).await
    }

    /// Sends bytes, and reads what comes until the end.
    pub(crate) async fn exchange(&self, request: &[u8]) -> Option<Answer> {
        let exchange = async {
            let mut stream = UnixStream::connect(self.socket()).await.ok()?;
            // A service that refuses need not read everything.
            let _ = stream.write_all(request).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            Answer::parse(&answer)
        };
        timeout(PATIENCE, exchange).await.expect("an answer in time")
    }

    /// Listens to events.
    pub(crate) async fn listen(&self, query: &str, lines: &str) -> EventStream {
        let mut stream = UnixStream::connect(self.socket()).await.expect("the service serves");
        let request = format!("GET /v1/events{query} HTTP/1.0\r\n{lines}\r\n");
        stream.write_all(request.as_bytes()).await.expect("the service reads");
        let mut stream = EventStream { lines: BufReader::new(stream) };
        let mut head = Vec::new();
        while let Some(line) = stream.line().await.filter(|line| !line.is_empty()) {
            head.push(line);
        }
        assert!(head.first().is_some_and(|line| line.contains(" 200 ")), "{head:?}");
        stream
    }
}

/// One event of a stream (WHATWG HTML, 9.2).
#[derive(Clone, Debug, Default)]
pub(crate) struct TestEvent {
    /// Its number.
    pub(crate) id: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Its data.
    pub(crate) data: Value,
}

/// A stream of events.
pub(crate) struct EventStream {
    lines: BufReader<UnixStream>,
}

impl EventStream {
    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(PATIENCE, self.lines.read_line(&mut line)).await;
        let length = read.expect("a line in time").expect("a stream that is open");
        (length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The next event; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<TestEvent> {
        let mut event = TestEvent::default();
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", kind)) => event.kind = kind.to_owned(),
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("data is JSON"),
                // An empty line ends an event; one that says nothing is a comment that keeps the stream alive.
                None if line.is_empty() && !event.kind.is_empty() => return Some(event),
                _ => {}
            }
        }
    }

    /// The next event of this kind; others are passed over.
    pub(crate) async fn next_of(&mut self, kind: &str) -> TestEvent {
        loop {
            let event = self.next().await.unwrap_or_else(|| panic!("the stream ended without {kind}"));
            if event.kind == kind {
                return event;
            }
        }
    }
}
