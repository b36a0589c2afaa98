//! A remote file and how its server behaves.

use std::collections::VecDeque;
use std::time::Duration;

use bgcopy_core::{
    Answer, Ask, ByteRange, Code, ErrorContext, Fault, Framing, ManifestRef, Promise, Protocol, RemoteName,
    Validator, Wall,
};

/// What a server does to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Behaviour {
    /// Serves what was asked for.
    Good,
    /// Answers with this status, perhaps with `Retry-After`.
    Status(u16, Option<Duration>),
    /// Fails on the way.
    Fails(Code),
    /// Closes after this many bytes of the body.
    CutAfter(u64),
    /// Serves at most this many bytes of what was asked for, and says so (A05).
    ShortPart(u64),
    /// Sends the whole file whatever was asked.
    IgnoresRange,
    /// Sends the whole file without telling its size, and marks its end.
    NoSize,
    /// The same, and the end of the connection is the end of the file.
    UntilClose,
    /// Sends a body that never ends.
    Endless,
    /// Answers with the login page of a network (A23).
    LoginPage,
    /// Says 416, whatever was asked.
    Unsatisfiable,
    /// Points elsewhere, to a client that does not follow (spec 9.6).
    Redirects(String),
    /// Never answers; the client gives up after a while.
    Silent,
}

/// How a remote file says which version it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// By a strong entity tag.
    ETag,
    /// By `Last-Modified`, which a 206 to a conditional request leaves out (RFC 9110, 15.3.7).
    LastModified,
    /// Not at all.
    Nothing,
}

/// A remote file.
#[derive(Clone, Debug)]
pub struct Origin {
    /// How many bytes it has.
    pub size: u64,
    /// Which version it is: the same for as long as the bytes are the same.
    pub version: u32,
    /// How it says so.
    pub tag: Tag,
    /// Which server it is on: each makes its own tags.
    pub server: u32,
    /// Where it serves other bytes than its version has, without a word.
    pub lies: Vec<ByteRange>,
    /// What its answers promise of the file.
    pub promise: Promise,
    /// The document that its answers name.
    pub described_by: Option<ManifestRef>,
    /// The name that its answers propose.
    pub proposes: Option<String>,
    /// Where requests really end up.
    pub moved_to: Option<String>,
    /// What it does to the next requests.
    pub script: VecDeque<Behaviour>,
    /// What it does to all others.
    pub otherwise: Behaviour,
    /// How often it was asked.
    pub requests: u32,
    /// Bytes that it sent.
    pub served: u64,
}

/// The version of bytes that no version has.
pub(crate) const LIE: u32 = u8::MAX as u32;

/// What a request leads to.
#[derive(Clone, Debug)]
pub(crate) enum Response {
    Body(Box<Answer>, Body),
    Failure(Box<Fault>),
    Nothing,
}

/// A body under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    /// Its bytes, of the remote file.
    pub(crate) bytes: ByteRange,
    /// The connection breaks after this many bytes.
    pub(crate) cut: Option<u64>,
}

impl Origin {
    /// A well-behaved file of this size.
    pub fn of(size: u64) -> Self {
        Self {
            size,
            version: 1,
            tag: Tag::ETag,
            server: 0,
            lies: Vec::new(),
            promise: Promise::default(),
            described_by: None,
            proposes: None,
            moved_to: None,
            script: VecDeque::new(),
            otherwise: Behaviour::Good,
            requests: 0,
            served: 0,
        }
    }

    /// The same with a script for its first requests.
    pub fn scripted(size: u64, script: impl IntoIterator<Item = Behaviour>) -> Self {
        Self { script: script.into_iter().collect(), ..Self::of(size) }
    }

    /// A file that always behaves like this.
    pub fn always(size: u64, otherwise: Behaviour) -> Self {
        Self { otherwise, ..Self::of(size) }
    }

    /// The same file on another server.
    pub fn on(self, server: u32) -> Self {
        Self { server, ..self }
    }

    /// Whether some bytes of a range are not those of its version.
    pub(crate) fn lies_about(&self, remote: ByteRange) -> bool {
        self.lies.iter().any(|lie| !lie.intersection(remote).is_empty())
    }

    /// The same file, saying its version in another way.
    pub fn tagged(self, tag: Tag) -> Self {
        Self { tag, ..self }
    }

    pub(crate) fn respond(&mut self, url: &RemoteName, ask: Ask, if_range: Option<&Validator>) -> Response {
        self.requests += 1;
        let behaviour = self.script.pop_front().unwrap_or_else(|| self.otherwise.clone());
        let fault = |code, context| {
            let mut fault = Fault::new(code, context, "as the script says");
            fault.source = Some(url.redacted());
            fault
        };
        let failure = |fault| Response::Failure(Box::new(fault));
        match behaviour {
            Behaviour::Silent => Response::Nothing,
            Behaviour::Fails(code @ (Code::Other(_) | Code::CertificateCallbackMissing)) => {
                failure(fault(code, ErrorContext::ServerCertificateCallback))
            }
            Behaviour::Fails(code) => failure(fault(code, ErrorContext::GeneralTransport)),
            Behaviour::Status(status, retry_after) => {
                let fault = fault(Code::Http(status), ErrorContext::RemoteFile);
                failure(Fault { retry_after, ..fault })
            }
            Behaviour::Redirects(to) => {
                let fault = fault(Code::Http(302), ErrorContext::RemoteFile);
                failure(Fault { location: to.parse().ok(), ..fault })
            }
            Behaviour::Unsatisfiable => failure(self.unsatisfiable()),
            Behaviour::Good => self.serve(url, ask, if_range),
            Behaviour::CutAfter(bytes) => match self.serve(url, ask, if_range) {
                Response::Body(answer, body) => Response::Body(answer, Body { cut: Some(bytes), ..body }),
                other => other,
            },
            Behaviour::ShortPart(bytes) => match self.serve(url, ask, if_range) {
                Response::Body(mut answer, mut body) if answer.partial => {
                    body.bytes.end = body.bytes.end.min(body.bytes.start + bytes);
                    answer.range = body.bytes;
                    answer.framing = Framing::Length(body.bytes.len());
                    Response::Body(answer, body)
                }
                other => other,
            },
            Behaviour::IgnoresRange => self.serve(url, Ask::Whole, None),
            Behaviour::NoSize => self.unsized_body(url, Framing::Marked, self.size),
            Behaviour::UntilClose => self.unsized_body(url, Framing::UntilClose, self.size),
            Behaviour::Endless => self.unsized_body(url, Framing::Marked, u64::MAX),
            Behaviour::LoginPage => {
                let answer = Answer {
                    size: Some(700),
                    validator: None,
                    media_type: Some("text/html".to_owned()),
                    framing: Framing::Length(700),
                    ..self.answer(url, ByteRange::new(0, 700), false)
                };
                Response::Body(Box::new(answer), Body { bytes: ByteRange::new(0, 700), cut: None })
            }
        }
    }

    fn validator(&self) -> Option<Validator> {
        match self.tag {
            Tag::ETag => Some(Validator::ETag(format!("\"v{}@{}\"", self.version, self.server))),
            Tag::LastModified => {
                Some(Validator::LastModified(format!("day {} {}", self.version, self.server)))
            }
            Tag::Nothing => None,
        }
    }

    fn answer(&self, url: &RemoteName, range: ByteRange, partial: bool) -> Answer {
        let final_url = self.moved_to.as_deref().and_then(|to| to.parse().ok());
        Answer {
            range,
            partial,
            size: Some(self.size),
            validator: self.validator(),
            last_modified: Some(Wall::from_unix_millis(i64::from(self.version) * 86_400_000)),
            proposed_name: self.proposes.clone(),
            media_type: Some("application/octet-stream".to_owned()),
            framing: Framing::Length(range.len()),
            final_url: final_url.unwrap_or_else(|| url.clone()),
            peer: None,
            protocol: Protocol::Http11,
            headers: "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\r\n".to_owned(),
            promise: self.promise.clone(),
            described_by: self.described_by.clone(),
        }
    }

    fn serve(&self, url: &RemoteName, ask: Ask, if_range: Option<&Validator>) -> Response {
        let other_version = if_range.is_some() && if_range != self.validator().as_ref();
        let whole = matches!(ask, Ask::Whole) || other_version;
        let range = match ask {
            _ if whole => ByteRange::new(0, self.size),
            Ask::Whole => ByteRange::new(0, self.size),
            Ask::From(start) => ByteRange::new(start, self.size),
            Ask::Exactly(range) => ByteRange::new(range.start, range.end.min(self.size)),
        };
        if !whole && range.start >= self.size {
            return Response::Failure(Box::new(self.unsatisfiable()));
        }
        let mut answer = self.answer(url, range, !whole);
        if answer.partial && if_range.is_some() && self.tag == Tag::LastModified {
            answer.validator = None;
        }
        Response::Body(Box::new(answer), Body { bytes: range, cut: None })
    }

    fn unsized_body(&self, url: &RemoteName, framing: Framing, end: u64) -> Response {
        let answer = self.answer(url, ByteRange::new(0, u64::MAX), false);
        let answer = Answer { size: None, framing, ..answer };
        Response::Body(Box::new(answer), Body { bytes: ByteRange::new(0, end), cut: None })
    }

    fn unsatisfiable(&self) -> Fault {
        let mut fault = Fault::new(Code::Http(416), ErrorContext::RemoteFile, "range not satisfiable");
        fault.remote_size = Some(self.size);
        fault
    }
}
