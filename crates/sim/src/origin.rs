//! A remote file and how its server behaves.

use std::collections::VecDeque;
use std::time::Duration;

use bgcopy_core::{
    Answer, Ask, ByteRange, Code, ErrorContext, Fault, Framing, Protocol, RemoteName, Validator,
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
    /// Sends the whole file whatever was asked.
    IgnoresRange,
    /// Sends the whole file without telling its size.
    NoSize,
    /// Never answers.
    Silent,
}

/// A remote file.
#[derive(Clone, Debug)]
pub struct Origin {
    /// How many bytes it has.
    pub size: u64,
    /// Which version it is: the same for as long as the bytes are the same.
    pub version: u32,
    /// Whether it says so by a strong entity tag.
    pub tagged: bool,
    /// What it does to the next requests.
    pub script: VecDeque<Behaviour>,
    /// What it does to all others.
    pub otherwise: Behaviour,
    /// How often it was asked.
    pub requests: u32,
}

/// What a request leads to.
#[derive(Clone, Debug)]
pub(crate) enum Response {
    Body(Box<Answer>, Option<u64>),
    Failure(Fault),
    Nothing,
}

impl Origin {
    /// A well-behaved file of this size.
    pub fn of(size: u64) -> Self {
        Self {
            size,
            version: 1,
            tagged: true,
            script: VecDeque::new(),
            otherwise: Behaviour::Good,
            requests: 0,
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

    pub(crate) fn respond(&mut self, url: &RemoteName, ask: Ask, if_range: Option<&Validator>) -> Response {
        self.requests += 1;
        let behaviour = self.script.pop_front().unwrap_or_else(|| self.otherwise.clone());
        let fault = |code, context| {
            let mut fault = Fault::new(code, context, "as the script says");
            fault.source = Some(url.redacted());
            fault
        };
        match behaviour {
            Behaviour::Silent => Response::Nothing,
            Behaviour::Fails(code) => Response::Failure(fault(code, ErrorContext::GeneralTransport)),
            Behaviour::Status(status, retry_after) => {
                let fault = fault(Code::Http(status), ErrorContext::RemoteFile);
                Response::Failure(Fault { retry_after, ..fault })
            }
            Behaviour::Good => self.serve(url, ask, if_range, None, true),
            Behaviour::CutAfter(bytes) => self.serve(url, ask, if_range, Some(bytes), true),
            Behaviour::IgnoresRange => self.serve(url, Ask::Whole, None, None, true),
            Behaviour::NoSize => self.serve(url, Ask::Whole, None, None, false),
        }
    }

    fn tag(&self) -> Option<Validator> {
        self.tagged.then(|| Validator::ETag(format!("\"v{}\"", self.version)))
    }

    fn serve(
        &self,
        url: &RemoteName,
        ask: Ask,
        if_range: Option<&Validator>,
        cut: Option<u64>,
        sized: bool,
    ) -> Response {
        let other_version = if_range.is_some() && if_range != self.tag().as_ref();
        let whole = matches!(ask, Ask::Whole) || other_version;
        let range = match ask {
            _ if whole => ByteRange::new(0, self.size),
            Ask::Whole => ByteRange::new(0, self.size),
            Ask::From(start) => ByteRange::new(start, self.size),
            Ask::Exactly(range) => ByteRange::new(range.start, range.end.min(self.size)),
        };
        if !whole && range.start >= self.size {
            let mut fault = Fault::new(Code::Http(416), ErrorContext::RemoteFile, "range not satisfiable");
            fault.remote_size = Some(self.size);
            return Response::Failure(fault);
        }
        let answer = Answer {
            range: if sized { range } else { ByteRange::new(0, u64::MAX) },
            partial: !whole,
            size: sized.then_some(self.size),
            validator: self.tag(),
            last_modified: None,
            proposed_name: None,
            media_type: Some("application/octet-stream".to_owned()),
            framing: if sized { Framing::Length(range.len()) } else { Framing::Marked },
            final_url: url.clone(),
            peer: None,
            protocol: Protocol::Http11,
            headers: String::new(),
        };
        Response::Body(Box::new(answer), cut)
    }
}
