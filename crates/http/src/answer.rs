//! Judging the head of an answer: which bytes it brings, or why it cannot be used. Pure.

use std::fmt::Write as _;
use std::time::SystemTime;

use bgcopy_core::{Ask, ByteRange, Framing, Protocol, Validator, Wall};
use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    RETRY_AFTER, TRANSFER_ENCODING,
};

use crate::content_range::{self, ContentRange};
use crate::failure::Failure;
use crate::{disposition, retry_after, validators};

/// The head of an answer, as far as it decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) status: u16,
    pub(crate) headers: &'a HeaderMap,
    /// How the end of the body is known.
    pub(crate) framing: Framing,
    /// Who answered, for errors.
    pub(crate) whom: &'a str,
}

/// An answer that brings bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usable {
    /// The bytes that the caller gets: never beyond what was asked.
    pub(crate) range: ByteRange,
    pub(crate) partial: bool,
    pub(crate) size: Option<u64>,
    pub(crate) validator: Option<Validator>,
    pub(crate) last_modified: Option<Wall>,
    pub(crate) proposed_name: Option<String>,
    pub(crate) media_type: Option<String>,
}

/// How the end of a body is known (RFC 9112, 6.3): `exact` is the length by which the library frames it.
pub(crate) fn framing(protocol: Protocol, headers: &HeaderMap, exact: Option<u64>) -> Framing {
    match exact {
        Some(length) => Framing::Length(length),
        None if protocol == Protocol::Http2 => Framing::Marked,
        None if is_chunked(headers) => Framing::Marked,
        None => Framing::UntilClose,
    }
}

fn is_chunked(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TRANSFER_ENCODING);
    let last = codings.iter().next_back().and_then(|value| value.to_str().ok());
    last.and_then(|value| value.rsplit(',').next())
        .is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"))
}

/// Judges an answer to `ask`; `now` is our clock, used where the server has none.
pub(crate) fn judge(head: Head<'_>, ask: Ask, now: SystemTime) -> Result<Usable, Failure> {
    let status = head.status;
    match status {
        200 | 206 => {}
        // An unconditional request cannot be answered "not modified" (faults A42).
        304 => return Err(head.unintelligible("304, though nothing was asked conditionally")),
        511 => return Err(Failure::CaptivePortal { retry_after: head.retry_after(now) }),
        _ => {
            return Err(Failure::Status {
                whom: head.whom.to_owned(),
                status,
                retry_after: head.retry_after(now),
                remote_size: if status == 416 { head.unsatisfied_size() } else { None },
            });
        }
    }
    head.refuse_encoding()?;
    let (range, size) = if status == 206 { head.part(ask)? } else { head.whole()? };
    let text = |name| head.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    Ok(Usable {
        range,
        partial: status == 206,
        size,
        validator: validators::validator(head.headers),
        last_modified: validators::last_modified(head.headers),
        proposed_name: disposition_text(head.headers).as_deref().and_then(disposition::file_name),
        media_type: text(CONTENT_TYPE).map(media_type),
    })
}

impl Head<'_> {
    /// A 200 must be the whole file (faults A02), whatever was asked.
    fn whole(&self) -> Result<(ByteRange, Option<u64>), Failure> {
        let length = self.length();
        if let Some(ContentRange::Part { range, size }) = self.content_range()? {
            let all_of_it = range.start == 0 && size == Some(range.end);
            if !(all_of_it || length.is_some() && length == size) {
                return Err(self.unintelligible("status 200 (the whole file) with the range of a part"));
            }
        }
        Ok((ByteRange::new(0, length.unwrap_or(u64::MAX)), length))
    }

    /// A 206 must bring one range that begins where it was asked to (faults A03 to A09).
    fn part(&self, ask: Ask) -> Result<(ByteRange, Option<u64>), Failure> {
        if self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(media_type).as_deref()
            == Some("multipart/byteranges")
        {
            return Err(self.unusable("several parts, though one range was asked for"));
        }
        let (range, size) = match self.content_range()? {
            Some(ContentRange::Part { range, size }) => (range, size),
            Some(ContentRange::Unsatisfied { .. }) => {
                return Err(self.unintelligible("status 206 without bytes"));
            }
            None => return Err(self.unusable("status 206 without Content-Range")),
        };
        let wanted = match ask {
            Ask::Whole => return Err(self.unusable("a part, though the whole was asked for")),
            Ask::From(start) => ByteRange::new(start, u64::MAX),
            Ask::Exactly(range) => range,
        };
        if range.start != wanted.start {
            let reason =
                format!("bytes from {} were asked for and bytes from {} sent", wanted.start, range.start);
            return Err(self.unusable(&reason));
        }
        if self.length().is_some_and(|length| length < range.len()) {
            return Err(self.unintelligible("a body shorter than its Content-Range"));
        }
        // Shorter than asked is legal (A05); longer is cut (A06).
        Ok((range.intersection(wanted), size))
    }

    fn length(&self) -> Option<u64> {
        match self.framing {
            Framing::Length(length) => Some(length),
            Framing::Marked | Framing::UntilClose => None,
        }
    }

    fn content_range(&self) -> Result<Option<ContentRange>, Failure> {
        let mut values = self.headers.get_all(CONTENT_RANGE).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(self.unintelligible("several Content-Range fields"));
        }
        let parsed = value.to_str().ok().and_then(content_range::parse);
        parsed.map(Some).ok_or_else(|| self.unintelligible("a Content-Range that means nothing"))
    }

    /// How long the file is, where a 416 says so (faults A21).
    fn unsatisfied_size(&self) -> Option<u64> {
        match self.content_range() {
            Ok(Some(ContentRange::Unsatisfied { size })) => Some(size),
            _ => None,
        }
    }

    /// Identity was asked for, and payload is never decoded (faults A34). The library takes chunks apart and hands
    /// on what any other transfer coding left in them: that is not the file either. Without `TE` in the request
    /// nobody may send one (RFC 9112, 6.1 and 7.4).
    fn refuse_encoding(&self) -> Result<(), Failure> {
        if !self.codings_are(&CONTENT_ENCODING, "identity") {
            return Err(self.unusable("an encoded body, though none was asked for"));
        }
        if !self.codings_are(&TRANSFER_ENCODING, "chunked") {
            return Err(self.unusable("a body under a transfer coding that nobody asked for"));
        }
        Ok(())
    }

    /// Whether a list of codings names no other than this one; their names know no case (RFC 9110, 8.4.1).
    fn codings_are(&self, field: &HeaderName, only: &str) -> bool {
        self.headers.get_all(field).iter().all(|value| {
            let codings = value.to_str().unwrap_or("unreadable");
            codings
                .split(',')
                .map(str::trim)
                .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(only))
        })
    }

    fn retry_after(&self, now: SystemTime) -> Option<std::time::Duration> {
        retry_after(self.headers, now)
    }

    fn unintelligible(&self, reason: &str) -> Failure {
        Failure::Unintelligible { whom: self.whom.to_owned(), reason: reason.to_owned() }
    }

    fn unusable(&self, reason: &str) -> Failure {
        Failure::Unusable { whom: self.whom.to_owned(), reason: reason.to_owned() }
    }
}

/// How long the server wants to be left alone; `now` is our clock, used where the server has none.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<std::time::Duration> {
    let value = validators::only(headers, &RETRY_AFTER)?;
    retry_after::parse(value, validators::date(headers, &DATE).unwrap_or(now))
}

/// The type without its parameters, in lower case.
fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Header bytes beyond ASCII are UTF-8 where they can be, as browsers read them, else ISO 8859-1.
fn disposition_text(headers: &HeaderMap) -> Option<String> {
    let bytes = headers.get(CONTENT_DISPOSITION)?.as_bytes();
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    })
}

/// The header block as `HTTP_RESPONSE_HEADERS` shows it (spec 4.2). Cookies and what belongs to a login are
/// nobody's business (design.md "Error record", faults invariant 8); a block is cut at [`BLOCK_BYTES`].
pub(crate) fn block(protocol: Protocol, status: http::StatusCode, headers: &HeaderMap) -> String {
    let version = match protocol {
        Protocol::Http10 => "HTTP/1.0",
        Protocol::Http11 => "HTTP/1.1",
        Protocol::Http2 => "HTTP/2",
    };
    let reason = status.canonical_reason().unwrap_or_default();
    // Kept with the file: room that is not used would be kept, too.
    let line = |(name, value): (&HeaderName, &http::HeaderValue)| name.as_str().len() + value.len() + 4;
    let length = version.len() + reason.len() + 9 + headers.iter().map(line).sum::<usize>();
    let mut block = String::with_capacity(length.min(BLOCK_BYTES));
    // A text takes whatever is written to it.
    let _ = write!(block, "{version} {} {reason}", status.as_u16());
    block.truncate(block.trim_end().len());
    block.push_str("\r\n");
    for (name, value) in headers {
        let line = name.as_str().len() + value.len() + 4;
        if PRIVATE_FIELDS.contains(&name.as_str()) || block.len() + line > BLOCK_BYTES {
            continue;
        }
        block.push_str(name.as_str());
        block.push_str(": ");
        block.push_str(&String::from_utf8_lossy(value.as_bytes()));
        block.push_str("\r\n");
    }
    block.push_str("\r\n");
    block
}

const PRIVATE_FIELDS: &[&str] = &[
    "set-cookie",
    "set-cookie2",
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "proxy-authentication-info",
];
/// Kept with every file of every job: a few KiB are what real servers send.
const BLOCK_BYTES: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use bgcopy_core::{Code, ErrorContext};

    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    /// The verdict on an answer with a body of `length` bytes, as "range/size" or as a code.
    fn verdict(status: u16, fields: &[(&'static str, &str)], length: Option<u64>, ask: Ask) -> String {
        let headers = headers(fields);
        let framing = length.map_or(Framing::Marked, Framing::Length);
        let head = Head { status, headers: &headers, framing, whom: "host" };
        match judge(head, ask, SystemTime::UNIX_EPOCH) {
            Ok(usable) => format!("{}/{:?}", usable.range, usable.size),
            Err(failure) => {
                let fault = failure.fault(&"http://host/".parse().unwrap());
                if !matches!(fault.code, Code::CaptivePortal) {
                    assert_eq!(fault.context, ErrorContext::RemoteFile);
                }
                fault.code.to_string()
            }
        }
    }

    const EXACTLY: Ask = Ask::Exactly(ByteRange { start: 10, end: 20 });

    #[test]
    fn a01_a_200_is_the_whole_file_whatever_was_asked() {
        assert_eq!(verdict(200, &[], Some(100), Ask::From(50)), "0..100/Some(100)");
        assert_eq!(verdict(200, &[], Some(100), EXACTLY), "0..100/Some(100)");
        assert_eq!(verdict(200, &[], None, Ask::Whole), format!("0..{}/None", u64::MAX));
        assert_eq!(verdict(200, &[], Some(0), Ask::Whole), "0..0/Some(0)");
    }

    #[test]
    fn a02_a_200_with_a_part_of_the_body_is_refused() {
        let range = [("content-range", "bytes 50-99/100")];
        assert_eq!(verdict(200, &range, Some(50), Ask::From(50)), "bad-response");
        assert_eq!(verdict(200, &range, None, Ask::From(50)), "bad-response");
        // The whole body with a thoughtless field is still the whole body.
        assert_eq!(verdict(200, &range, Some(100), Ask::From(50)), "0..100/Some(100)");
        let all = [("content-range", "bytes 0-99/100")];
        assert_eq!(verdict(200, &all, Some(100), Ask::From(0)), "0..100/Some(100)");
    }

    #[test]
    fn a03_a_206_for_another_range_is_refused() {
        for other in ["bytes 0-9/100", "bytes 11-20/100", "bytes 9-18/100"] {
            assert_eq!(verdict(206, &[("content-range", other)], Some(10), EXACTLY), "http-invalid");
        }
        assert_eq!(verdict(206, &[("content-range", "bytes 0-9/100")], Some(10), Ask::Whole), "http-invalid");
    }

    #[test]
    fn a05_a_short_206_is_accepted() {
        let part = [("content-range", "bytes 10-14/100")];
        assert_eq!(verdict(206, &part, Some(5), EXACTLY), "10..15/Some(100)");
        assert_eq!(verdict(206, &part, Some(5), Ask::From(10)), "10..15/Some(100)");
    }

    #[test]
    fn a06_a_long_206_is_cut_where_the_request_ends() {
        let part = [("content-range", "bytes 10-99/100")];
        assert_eq!(verdict(206, &part, Some(90), EXACTLY), "10..20/Some(100)");
        assert_eq!(
            verdict(206, &[("content-range", "bytes 10-19/100")], Some(90), EXACTLY),
            "10..20/Some(100)"
        );
    }

    #[test]
    fn a07_a08_parts_without_a_single_plain_range_are_refused() {
        let multipart =
            [("content-type", "Multipart/ByteRanges; boundary=x"), ("content-range", "bytes 10-19/100")];
        assert_eq!(verdict(206, &multipart, Some(10), EXACTLY), "http-invalid");
        assert_eq!(verdict(206, &[], Some(10), EXACTLY), "http-invalid");
    }

    #[test]
    fn a09_nonsense_is_no_answer() {
        for value in ["bytes */100", "bytes 19-10/100", "bytes 10-18446744073709551616/*", "nonsense"] {
            assert_eq!(
                verdict(206, &[("content-range", value)], Some(10), EXACTLY),
                "bad-response",
                "{value}"
            );
        }
        let two = [("content-range", "bytes 10-19/100"), ("content-range", "bytes 10-19/100")];
        assert_eq!(verdict(206, &two, Some(10), EXACTLY), "bad-response");
        let short = [("content-range", "bytes 10-19/100")];
        assert_eq!(verdict(206, &short, Some(3), EXACTLY), "bad-response");
    }

    #[test]
    fn a34_an_encoded_body_is_never_taken() {
        for value in ["gzip", "identity, gzip", "br"] {
            let fields = [("content-encoding", value)];
            assert_eq!(verdict(200, &fields, Some(10), Ask::Whole), "http-invalid");
            let part = [("content-encoding", value), ("content-range", "bytes 10-19/100")];
            assert_eq!(verdict(206, &part, Some(10), EXACTLY), "http-invalid");
        }
        assert_eq!(verdict(200, &[("content-encoding", "Identity")], Some(10), Ask::Whole), "0..10/Some(10)");
    }

    #[test]
    fn a34_chunks_of_something_encoded_are_not_the_file() {
        for value in ["gzip, chunked", "gzip", "chunked, gzip", "x-unknown, Chunked"] {
            let fields = [("transfer-encoding", value)];
            assert_eq!(verdict(200, &fields, None, Ask::Whole), "http-invalid", "{value}");
        }
        let chunked = [("transfer-encoding", "Chunked")];
        assert_eq!(verdict(200, &chunked, None, Ask::Whole), format!("0..{}/None", u64::MAX));
    }

    #[test]
    fn other_statuses_are_reported_as_they_are() {
        for (status, expected) in [
            (204, "http-204"),
            (304, "bad-response"),
            (403, "http-403"),
            (404, "http-404"),
            (416, "http-416"),
            (503, "http-503"),
            (511, "captive-portal"),
        ] {
            assert_eq!(verdict(status, &[], Some(0), Ask::Whole), expected);
        }
    }

    #[test]
    fn a21_a28_faults_carry_what_the_server_told() {
        let fault = |status, fields: &[(&'static str, &str)]| {
            let headers = headers(fields);
            let head = Head { status, headers: &headers, framing: Framing::Length(0), whom: "host" };
            judge(head, Ask::From(5), SystemTime::now()).unwrap_err().fault(&"http://host/".parse().unwrap())
        };
        assert_eq!(fault(416, &[("content-range", "bytes */5")]).remote_size, Some(5));
        assert_eq!(fault(416, &[("content-range", "bytes 0-1/5")]).remote_size, None);
        assert_eq!(fault(503, &[("content-range", "bytes */5")]).remote_size, None);
        let wait =
            |fields: &[(&'static str, &str)]| fault(503, fields).retry_after.map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT"), date]), Some(20));
        assert_eq!(wait(&[("retry-after", "tomorrow")]), None);
    }

    #[test]
    fn the_header_block_leaves_secrets_out_and_is_bounded() {
        let long = "x".repeat(BLOCK_BYTES);
        let fields =
            [("x-one", "1"), ("set-cookie", "secret"), ("www-authenticate", "Basic"), ("x-long", &long)];
        let block = block(Protocol::Http11, http::StatusCode::PARTIAL_CONTENT, &headers(&fields));
        assert_eq!(block, "HTTP/1.1 206 Partial Content\r\nx-one: 1\r\n\r\n");
    }

    #[test]
    fn framing_is_told_apart() {
        let chunked = headers(&[("transfer-encoding", "gzip, Chunked")]);
        assert_eq!(framing(Protocol::Http11, &chunked, None), Framing::Marked);
        assert_eq!(framing(Protocol::Http10, &HeaderMap::new(), None), Framing::UntilClose);
        assert_eq!(framing(Protocol::Http2, &HeaderMap::new(), None), Framing::Marked);
        assert_eq!(framing(Protocol::Http11, &HeaderMap::new(), Some(3)), Framing::Length(3));
    }

    #[test]
    fn the_rest_of_the_head_is_read() {
        let headers = headers(&[
            ("content-type", "Text/HTML; charset=utf-8"),
            ("content-disposition", "attachment; filename=\"a.bin\""),
            ("etag", "\"v1\""),
        ]);
        let head = Head { status: 200, headers: &headers, framing: Framing::Length(1), whom: "host" };
        let usable = judge(head, Ask::Whole, SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(usable.media_type.as_deref(), Some("text/html"));
        assert_eq!(usable.proposed_name.as_deref(), Some("a.bin"));
        assert_eq!(usable.validator, Some(Validator::ETag("\"v1\"".to_owned())));
    }
}
