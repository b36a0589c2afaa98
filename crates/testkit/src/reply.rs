//! What a server does with one request: steps, in order.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::content::Content;
use crate::gate::Gate;

/// Steps. Without a cut, a reset or a close at the end the connection is kept for the next request.
///
/// A reply either begins with a structured head ([`Reply::status`]), which also works over HTTP/2, or is written
/// out ([`Reply::raw`]).
#[derive(Clone, Debug, Default)]
pub struct Reply {
    pub(crate) head: Option<Head>,
    pub(crate) steps: Vec<Step>,
}

/// A head that is not written out.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) chunked: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(Bytes),
    Content(Content, Range<u64>),
    Wait(Gate),
    Pause(Duration),
    /// Goes on only when the client has left.
    Stall,
    /// Ends the connection without a word: no TLS goodbye.
    Cut,
    /// Ends it with a reset.
    Reset,
    /// Ends it properly.
    Close,
    /// Ends an HTTP/2 stream with this error code; on HTTP/1 a reset.
    StreamReset(u32),
}

impl Reply {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Exactly these bytes.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self::new().send(bytes)
    }

    /// A head with this status, to be given fields and a body.
    pub fn status(status: u16) -> Self {
        Self { head: Some(Head { status, fields: Vec::new(), chunked: false }), steps: Vec::new() }
    }

    /// Adds a field to the head.
    ///
    /// # Panics
    ///
    /// When the reply has no structured head.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        let head = self.head.as_mut().expect("a reply that began with `status`");
        head.fields.push((name.to_owned(), value.into()));
        self
    }

    /// The body, with its length in the head.
    pub fn body(self, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        self.header("content-length", bytes.len().to_string()).send(bytes)
    }

    /// A part of a content as body, with its length in the head.
    pub fn content(self, content: &Content, range: Range<u64>) -> Self {
        let length = range.end - range.start;
        self.header("content-length", length.to_string()).send_content(content, range)
    }

    /// Every following step with bytes is a chunk (`Transfer-Encoding: chunked`), with the last chunk at the end;
    /// over HTTP/2 the body has no length.
    pub fn chunked(mut self) -> Self {
        let head = self.head.as_mut().expect("a reply that began with `status`");
        head.chunked = true;
        self
    }

    /// Sends bytes.
    pub fn send(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    /// Sends a part of a content, made on the fly.
    pub fn send_content(self, content: &Content, range: Range<u64>) -> Self {
        self.step(Step::Content(content.clone(), range))
    }

    /// Sends bytes one at a time with a pause before each.
    pub fn drip(self, bytes: impl Into<Bytes>, every: Duration) -> Self {
        let bytes: Bytes = bytes.into();
        (0..bytes.len()).fold(self, |reply, at| reply.pause(every).send(bytes.slice(at..at + 1)))
    }

    /// Waits until a gate is open.
    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Pauses, by tokio's clock.
    pub fn pause(self, time: Duration) -> Self {
        self.step(Step::Pause(time))
    }

    /// Says nothing more until the client leaves.
    pub fn stall(self) -> Self {
        self.step(Step::Stall)
    }

    /// Ends the connection without a word, as when a process dies; TLS has no close_notify then.
    pub fn cut(self) -> Self {
        self.step(Step::Cut)
    }

    /// Ends the connection with a TCP reset.
    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    /// Ends the connection properly.
    pub fn close(self) -> Self {
        self.step(Step::Close)
    }

    /// Ends the HTTP/2 stream with this error code.
    pub fn stream_reset(self, code: u32) -> Self {
        self.step(Step::StreamReset(code))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
