//! A good server of one file, with a switch for each way of being less good.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::content::Content;
use crate::gate::Gate;
use crate::origin::Script;
use crate::reply::Reply;
use crate::request::RequestHead;

/// Serves one file on every path: ranges, validators, conditions, all as RFC 9110 says. Clones are the same
/// server, so a test can keep one and [`change`](Self::change) it while it runs.
#[derive(Clone, Debug)]
pub struct FileServer {
    settings: Arc<Mutex<Settings>>,
}

/// The switches.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is served.
    pub content: Content,
    /// The entity tag, with quotes.
    pub etag: Option<String>,
    /// The value of `Last-Modified`.
    pub last_modified: Option<String>,
    /// Whether ranges are known.
    pub ranges: bool,
    /// How the end of a body is told.
    pub framing: Framing,
    /// More fields for every answer that brings bytes.
    pub fields: Vec<(String, String)>,
    /// Answers this status so many more times before it serves.
    pub fail: Option<(u16, usize)>,
    /// More fields for the failures, such as `Retry-After`.
    pub fail_fields: Vec<(String, String)>,
    /// Every body is cut after so many bytes.
    pub cut_after: Option<u64>,
    /// Never more than so many bytes in a 206.
    pub part_max: Option<u64>,
    /// Every body waits at this offset of the file until the gate opens.
    pub gate: Option<(u64, Gate)>,
    /// Every body comes at so many bytes a second.
    pub bytes_per_second: Option<u64>,
    /// Who may have it.
    pub login: Option<Login>,
    /// Everybody is sent there instead.
    pub redirect: Option<(u16, String)>,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`.
    Length,
    /// Chunks.
    Chunked,
    /// HTTP/1.0: the connection closes.
    UntilClose,
}

/// A login.
#[derive(Clone, Debug)]
pub enum Login {
    /// Basic, with user and password.
    Basic(String, String),
    /// Digest with SHA-256, with user and password.
    Digest(String, String),
}

impl FileServer {
    /// A server without a fault: lengths, ranges, a date a year old, no entity tag.
    pub fn new(content: Content) -> Self {
        let settings = Settings {
            content,
            etag: None,
            last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
            ranges: true,
            framing: Framing::Length,
            fields: Vec::new(),
            fail: None,
            fail_fields: Vec::new(),
            cut_after: None,
            part_max: None,
            gate: None,
            bytes_per_second: None,
            login: None,
            redirect: None,
        };
        Self { settings: Arc::new(Mutex::new(settings)) }
    }

    /// Changes the switches, also while it serves.
    pub fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().expect("no test panics with the lock"));
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        self.change(change);
        self
    }

    /// With an entity tag.
    pub fn etag(self, tag: &str) -> Self {
        self.with(|settings| settings.etag = Some(tag.to_owned()))
    }

    /// With this date of change, or none.
    pub fn last_modified(self, date: Option<&str>) -> Self {
        self.with(|settings| settings.last_modified = date.map(str::to_owned))
    }

    /// Without ranges.
    pub fn without_ranges(self) -> Self {
        self.with(|settings| settings.ranges = false)
    }

    /// With another framing.
    pub fn framing(self, framing: Framing) -> Self {
        self.with(|settings| settings.framing = framing)
    }

    /// With one more field.
    pub fn field(self, name: &str, value: &str) -> Self {
        self.with(|settings| settings.fields.push((name.to_owned(), value.to_owned())))
    }

    /// Fails so many times first.
    pub fn failing(self, status: u16, times: usize) -> Self {
        self.with(|settings| settings.fail = Some((status, times)))
    }

    /// Cuts every body after so many bytes.
    pub fn cut_after(self, bytes: u64) -> Self {
        self.with(|settings| settings.cut_after = Some(bytes))
    }

    /// Every body waits at this offset of the file until the gate opens.
    pub fn gate_at(self, offset: u64, gate: &Gate) -> Self {
        self.with(|settings| settings.gate = Some((offset, gate.clone())))
    }

    /// Every body comes at so many bytes a second, however many there are.
    pub fn slow(self, bytes_per_second: u64) -> Self {
        self.with(|settings| settings.bytes_per_second = Some(bytes_per_second))
    }

    /// Only for who knows the password.
    pub fn login(self, login: Login) -> Self {
        self.with(|settings| settings.login = Some(login))
    }

    /// Sends everybody to another place.
    pub fn redirect(self, status: u16, to: impl Into<String>) -> Self {
        self.with(|settings| settings.redirect = Some((status, to.into())))
    }
}

impl Script for FileServer {
    fn reply(&self, request: &RequestHead) -> Reply {
        self.settings.lock().expect("no test panics with the lock").reply(request)
    }
}

impl Settings {
    fn reply(&mut self, request: &RequestHead) -> Reply {
        if let Some((status, times @ 1..)) = &mut self.fail {
            *times -= 1;
            let failed = Reply::status(*status);
            return self.fail_fields.iter().fold(failed, |reply, (n, v)| reply.header(n, v)).body("failed\n");
        }
        if let Some(login) = &self.login
            && !login.admits(request)
        {
            return Reply::status(401).header("www-authenticate", login.challenge()).body("log in\n");
        }
        if let Some((status, to)) = &self.redirect {
            return Reply::status(*status).header("location", to).body("elsewhere\n");
        }
        let len = self.content.len();
        match request.range(len).filter(|_| self.ranges && self.is_current(request)) {
            None => self.bytes(self.fields(Reply::status(200)), 0..len, request),
            Some(range) if range.is_empty() => {
                Reply::status(416).header("content-range", format!("bytes */{len}")).body("")
            }
            Some(range) => {
                let end = range.end.min(range.start.saturating_add(self.part_max.unwrap_or(u64::MAX)));
                let part = format!("bytes {}-{}/{len}", range.start, end - 1);
                let reply = self.fields(Reply::status(206)).header("content-range", part);
                self.bytes(reply, range.start..end, request)
            }
        }
    }

    /// `If-Range` (RFC 9110, 13.1.5): a range only of the version that the client has.
    fn is_current(&self, request: &RequestHead) -> bool {
        request.header("if-range").is_none_or(|wanted| {
            [&self.etag, &self.last_modified].into_iter().flatten().any(|current| current == wanted)
        })
    }

    fn fields(&self, mut reply: Reply) -> Reply {
        reply = reply.header("date", http_date(Duration::ZERO));
        if self.ranges {
            reply = reply.header("accept-ranges", "bytes");
        }
        for (name, value) in [("etag", &self.etag), ("last-modified", &self.last_modified)] {
            if let Some(value) = value {
                reply = reply.header(name, value);
            }
        }
        self.fields.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }

    fn bytes(&self, reply: Reply, range: Range<u64>, request: &RequestHead) -> Reply {
        let reply = match self.framing {
            Framing::Length => reply.header("content-length", (range.end - range.start).to_string()),
            Framing::Chunked => reply.chunked(),
            Framing::UntilClose => reply.header("connection", "close"),
        };
        if request.method == "HEAD" {
            return reply;
        }
        let cut = self.cut_after.map(|after| range.start.saturating_add(after)).filter(|at| *at < range.end);
        let end = cut.unwrap_or(range.end);
        let reply = match &self.gate {
            Some((at, gate)) if range.contains(at) && *at < end => reply
                .send_content(&self.content, range.start..*at)
                .wait(gate)
                .send_content(&self.content, *at..end),
            _ => self.paced(reply, range.start..end),
        };
        match (cut, self.framing) {
            (Some(_), _) => reply.cut(),
            (None, Framing::UntilClose) => reply.close(),
            (None, Framing::Length | Framing::Chunked) => reply,
        }
    }
}

impl Settings {
    fn paced(&self, reply: Reply, range: Range<u64>) -> Reply {
        let Some(rate) = self.bytes_per_second else { return reply.send_content(&self.content, range) };
        let time = Duration::from_secs_f64(PACED_BYTES as f64 / rate as f64);
        let starts = range.clone().step_by(PACED_BYTES);
        starts.fold(reply, |reply, start| {
            let end = range.end.min(start + PACED_BYTES as u64);
            reply.send_content(&self.content, start..end).pause(time)
        })
    }
}

/// A slow body comes in pieces of this size.
const PACED_BYTES: usize = 64 << 10;

impl Login {
    pub(crate) fn challenge(&self) -> String {
        match self {
            Self::Basic(..) => "Basic realm=\"test\"".to_owned(),
            Self::Digest(..) => {
                format!("Digest realm=\"test\", nonce=\"{NONCE}\", qop=\"auth\", algorithm=SHA-256")
            }
        }
    }

    /// Whether the request proves to know the password.
    pub(crate) fn admits(&self, request: &RequestHead) -> bool {
        let Some(shown) = request.header("authorization") else { return false };
        self.is_shown(shown, &request.method)
    }

    /// Whether a value of `Authorization` or `Proxy-Authorization` proves to know the password.
    pub(crate) fn is_shown(&self, shown: &str, method: &str) -> bool {
        match self {
            Self::Basic(user, password) => {
                shown == format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
            }
            Self::Digest(user, password) => {
                let fields = digest_fields(shown);
                let field = |name: &str| fields.get(name).map_or("", String::as_str);
                let a1 = sha256(&format!("{user}:test:{password}"));
                let a2 = sha256(&format!("{method}:{}", field("uri")));
                let expected = format!("{a1}:{NONCE}:{}:{}:auth:{a2}", field("nc"), field("cnonce"));
                field("nonce") == NONCE && field("username") == user && field("response") == sha256(&expected)
            }
        }
    }
}

fn digest_fields(shown: &str) -> HashMap<String, String> {
    let pairs = shown.strip_prefix("Digest ").unwrap_or_default().split(", ");
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
        .collect()
}

fn sha256(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Always the same: a test's server forgets nothing.
const NONCE: &str = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

/// The date of this much later, as header fields say it (RFC 9110, 5.6.7).
pub fn http_date(later: Duration) -> String {
    httpdate::fmt_http_date(std::time::SystemTime::now() + later)
}

/// Several files, each on its path; anything else is 404.
#[derive(Clone, Default)]
pub struct Site {
    files: HashMap<String, Arc<dyn Script>>,
}

impl Site {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file, or any script, on this path.
    pub fn file(mut self, path: &str, script: impl Script) -> Self {
        self.files.insert(path.to_owned(), Arc::new(script));
        self
    }
}

impl Script for Site {
    fn reply(&self, request: &RequestHead) -> Reply {
        match self.files.get(request.path()) {
            Some(script) => script.reply(request),
            None => Reply::status(404).body("no such file\n"),
        }
    }
}
