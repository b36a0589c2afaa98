//! The bytes of the protocol, hand-written: the reader of the client library is a few hundred lines of its own, and
//! an answer that it does not expect ends its process (agent-rest 1).
//!
//! Requests are read like the original reads them, but for what would only hurt: they may be longer, have the
//! target in any form, and follow each other without waiting.

use std::borrow::Cow;

/// Bytes of a request in all. The original takes 2,048, which no pre-signed URL fits in (agent-rest 3).
pub(crate) const REQUEST_BYTES_MAX: usize = 64 << 10;

/// Bytes of an answer in all: "status line + headers + body over 2,048 bytes together" aborts the client.
pub(crate) const ANSWER_BYTES_MAX: usize = 2_048;

/// Which agent's protocol is spoken; in answers and where a version is asked for.
pub(crate) const PROTOCOL_VERSION: &str = "1.1.0";

/// Characters of a target besides letters and digits (agent-rest 3).
const TARGET_MARKS: &[u8] = b"-_.!~*'()%:@&=+$,/?";

/// The field by which browsers name the page that a request is of; nobody else sends it.
const PAGE_FIELD: &str = "origin";

/// A request, of which little more than the line counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// As it came.
    pub(crate) target: String,
    /// Bytes of the buffer that it takes, its body included.
    pub(crate) length: usize,
    /// A web page made it: any page can have the browser of this machine send a `POST` here.
    pub(crate) of_a_page: bool,
}

/// Not a request: answered with a bare 400, and the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Request {
    /// Reads the request that the buffer begins with; `None` while it is not all there.
    pub(crate) fn read(buffer: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            // The original waits for ever for the CR of a bare line feed; nobody is kept waiting here.
            let bare = buffer.iter().enumerate().any(|(at, &byte)| {
                byte == b'\n' && at.checked_sub(1).and_then(|before| buffer.get(before)) != Some(&b'\r')
            });
            let full = buffer.len() >= REQUEST_BYTES_MAX;
            return if bare || full { Err(Malformed) } else { Ok(None) };
        };
        let head = buffer.get(..end).unwrap_or_default();
        let head = std::str::from_utf8(head).map_err(|_| Malformed)?;
        let mut lines = head.split("\r\n");
        let (method, target) = request_line(lines.next().unwrap_or_default())?;
        let Fields { length, of_a_page } = Fields::read(lines)?;
        let length = (end + 4).checked_add(length).ok_or(Malformed)?;
        match length {
            _ if length > REQUEST_BYTES_MAX => Err(Malformed),
            _ if length > buffer.len() => Ok(None),
            _ => {
                let (method, target) = (method.to_owned(), target.to_owned());
                Ok(Some(Self { method, target, length, of_a_page }))
            }
        }
    }

    /// Path and query, without what stands before the path: "accept it with and without the slash, and in absolute
    /// form" (agent-rest 1).
    pub(crate) fn path_and_query(&self) -> (&str, &str) {
        let target = self.target.as_str();
        let absolute = ["http://", "https://"].iter().find_map(|scheme| {
            let start = target.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| target.get(scheme.len()..)).flatten()
        });
        let target = match absolute {
            Some(rest) => rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or_default(),
            None => target,
        };
        target.split_once('?').unwrap_or((target, ""))
    }
}

/// "method, one space, target, one space, a version made of the letters of `HTTP`, `/`, `1`, `.`" (agent-rest 3).
fn request_line(line: &str) -> Result<(&str, &str), Malformed> {
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Malformed);
    };
    let plain = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
    let marks = |byte: u8| byte.is_ascii_alphanumeric() || TARGET_MARKS.contains(&byte);
    let clean = !target.is_empty() && target.bytes().all(marks);
    if plain && clean { Ok((method, target)) } else { Err(Malformed) }
}

/// What counts of the fields; all others are ignored (agent-rest 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Fields {
    /// Of the body: it says where the next request begins.
    length: usize,
    of_a_page: bool,
}

impl Fields {
    fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Self, Malformed> {
        let mut fields = Self::default();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(Malformed)?;
            let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            if !plain || value.contains(['\r', '\n']) {
                return Err(Malformed);
            }
            if name.eq_ignore_ascii_case("content-length") {
                fields.length = value.trim().parse().map_err(|_| Malformed)?;
            }
            fields.of_a_page |= name.eq_ignore_ascii_case(PAGE_FIELD);
        }
        Ok(fields)
    }
}

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200, with these members, whose values are all strings.
    Done(Vec<(Cow<'static, str>, Vec<u8>)>),
    /// An error with its number.
    Refused(crate::codes::Refusal),
    /// What is no request.
    Malformed,
}

impl Answer {
    /// 200 with nothing to say.
    pub(crate) const fn done() -> Self {
        Self::Done(Vec::new())
    }

    /// The bytes on the wire: "`HTTP/1.1 <code> <Phrase>`, then `Content-Length: <n>` spelled so, then the JSON body,
    /// nothing after it" (agent-rest 1).
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (status, body) = match self {
            Self::Done(members) => ((200, "OK"), object(members)),
            Self::Refused(refusal) => {
                (refusal.status(), format!("{{ \"ErrorCode\": {} }}", refusal.number()).into_bytes())
            }
            Self::Malformed => ((400, "BadRequest"), Vec::new()),
        };
        let whole = assemble(status, &body);
        if whole.len() <= ANSWER_BYTES_MAX {
            return whole;
        }
        // Only a property that somebody set can be that long. Its client aborts at more bytes; an error it takes.
        let refusal = crate::codes::Refusal::OUT_OF_MEMORY;
        let body = format!("{{ \"ErrorCode\": {} }}", refusal.number());
        assemble(refusal.status(), body.as_bytes())
    }
}

fn assemble((code, phrase): (u16, &str), body: &[u8]) -> Vec<u8> {
    let length = match body.len() {
        // A bare 400 has neither (agent-rest 3).
        0 => String::new(),
        length => format!("Content-Length: {length}\r\n"),
    };
    let head = format!(
        "HTTP/1.1 {code} {phrase}\r\n{length}Server: Delivery-Optimization-Agent/{PROTOCOL_VERSION}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// "Bodies end in a newline; values are JSON strings; `/` is written `\/`" (agent-rest 4).
fn object(members: &[(Cow<'static, str>, Vec<u8>)]) -> Vec<u8> {
    let mut json = vec![b'{'];
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            json.push(b',');
        }
        string(&mut json, name.as_bytes());
        json.push(b':');
        string(&mut json, value);
    }
    json.extend(b"}\n");
    json
}

/// A JSON string as the original's library writes it. Paths need not be UTF-8; their bytes go out as they are.
fn string(json: &mut Vec<u8>, text: &[u8]) {
    json.push(b'"');
    for &byte in text {
        match byte {
            b'"' => json.extend(br#"\""#),
            b'\\' => json.extend(br"\\"),
            b'/' => json.extend(br"\/"),
            0x08 => json.extend(br"\b"),
            0x0C => json.extend(br"\f"),
            b'\n' => json.extend(br"\n"),
            b'\r' => json.extend(br"\r"),
            b'\t' => json.extend(br"\t"),
            0..0x20 => json.extend(format!("\\u{byte:04X}").bytes()),
            _ => json.push(byte),
        }
    }
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::codes::Refusal;

    fn read(text: &str) -> Result<Option<Request>, Malformed> {
        Request::read(text.as_bytes())
    }

    fn target(line: &str) -> Result<(String, String), Malformed> {
        let request = read(&format!("{line}\r\nHost: 127.0.0.1\r\n\r\n"))?.unwrap();
        let (path, query) = request.path_and_query();
        Ok((path.to_owned(), query.to_owned()))
    }

    #[test]
    fn the_target_may_have_any_form() {
        // agent-rest 1, rule 1.
        for line in [
            "POST download/create?Uri=http://h/p?x%3D1 HTTP/1.1",
            "POST /download/create?Uri=http://h/p?x%3D1 HTTP/1.1",
            "POST http://127.0.0.1:50000/download/create?Uri=http://h/p?x%3D1 HTTP/1.1",
            "POST HTTPS://localhost/download/create?Uri=http://h/p?x%3D1 HTTP/1.1",
        ] {
            let (path, query) = target(line).unwrap();
            assert_eq!((path.trim_start_matches('/'), &*query), ("download/create", "Uri=http://h/p?x%3D1"));
        }
        assert_eq!(target("GET http://h?a=b HTTP/1.1"), Ok((String::new(), "a=b".to_owned())));
    }

    #[test]
    fn what_is_malformed_is_what_the_original_refuses() {
        for line in [
            "POST download/create HTTP/1.0",
            "POST download/create",
            "POST  download/create HTTP/1.1",
            "POST download/create  HTTP/1.1",
            " download/create HTTP/1.1",
            "PO-ST download/create HTTP/1.1",
            "POST download/create;a HTTP/1.1",
            "POST download/create#a HTTP/1.1",
            "POST download/\"create HTTP/1.1",
            "POST download/[create] HTTP/1.1",
            "POST download/cr\u{e9}ate HTTP/1.1",
            "",
        ] {
            assert_eq!(target(line), Err(Malformed), "{line:?}");
        }
        for head in ["GET a HTTP/1.1\r\nno colon\r\n\r\n", "GET a HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
            assert_eq!(read(head), Err(Malformed), "{head:?}");
        }
        // The original waits for ever (agent-rest 3).
        assert_eq!(read("GET a HTTP/1.1\n\n"), Err(Malformed));
    }

    #[test]
    fn a_request_of_a_web_page_is_known_by_its_origin() {
        for (field, of_a_page) in [("Origin: null", true), ("oRIGIN: http://h", true), ("X-Origin: h", false)]
        {
            let request = read(&format!("POST a HTTP/1.1\r\n{field}\r\n\r\n")).unwrap().unwrap();
            assert_eq!(request.of_a_page, of_a_page, "{field}");
        }
    }

    #[test]
    fn a_body_is_framed_and_ignored_and_the_next_request_follows() {
        let text = "POST a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET b HTTP/1.1\r\n\r\n";
        let first = read(text).unwrap().unwrap();
        assert_eq!(read(&text[first.length..]).unwrap().unwrap().target, "b");
        for cut in 0..first.length {
            assert_eq!(read(&text[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn long_requests_are_taken_and_endless_ones_refused() {
        let uri = "x".repeat(60_000);
        assert!(read(&format!("GET {uri} HTTP/1.1\r\n\r\n")).unwrap().is_some());
        assert_eq!(read(&"x".repeat(REQUEST_BYTES_MAX - 1)), Ok(None));
        assert_eq!(read(&"x".repeat(REQUEST_BYTES_MAX)), Err(Malformed));
        assert_eq!(read("GET a HTTP/1.1\r\nContent-Length: 65536\r\n\r\n"), Err(Malformed));
        let huge = format!("GET a HTTP/1.1\r\nContent-Length: {}\r\n\r\n", usize::MAX);
        assert_eq!(read(&huge), Err(Malformed));
    }

    #[test]
    fn answers_are_the_originals_bytes() {
        let text = |answer: &Answer| String::from_utf8(answer.bytes()).unwrap();
        let id = Answer::Done(vec![("Id".into(), b"a-b".to_vec())]);
        assert_eq!(
            text(&id),
            "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nServer: Delivery-Optimization-Agent/1.1.0\r\n\r\n\
             {\"Id\":\"a-b\"}\n"
        );
        assert_eq!(
            text(&Answer::done()),
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nServer: Delivery-Optimization-Agent/1.1.0\r\n\r\n{}\n"
        );
        assert_eq!(
            text(&Answer::Refused(Refusal::INVALID_ARGUMENT)),
            "HTTP/1.1 400 BadRequest\r\nContent-Length: 28\r\nServer: Delivery-Optimization-Agent/1.1.0\r\n\r\n\
             { \"ErrorCode\": -2147024809 }"
        );
        assert_eq!(
            text(&Answer::Malformed),
            "HTTP/1.1 400 BadRequest\r\nServer: Delivery-Optimization-Agent/1.1.0\r\n\r\n"
        );
    }

    #[test]
    fn strings_are_escaped_as_the_original_does() {
        let value = Answer::Done(vec![("k".into(), b"a/\"\\\x01\n\t\x7f\xff".to_vec())]).bytes();
        assert!(value.ends_with(b"{\"k\":\"a\\/\\\"\\\\\\u0001\\n\\t\x7f\xff\"}\n"), "{value:?}");
    }

    #[test]
    fn no_answer_is_longer_than_the_client_can_bear() {
        for length in [0, 1_900, 2_000, 10_000] {
            let answer = Answer::Done(vec![("Uri".into(), vec![b'x'; length])]).bytes();
            assert!(answer.len() <= ANSWER_BYTES_MAX, "{length}");
            let fits = length <= 1_900;
            assert_eq!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), fits, "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), tail in "(\r\n){0,3}") {
            let bytes = [&bytes[..], tail.as_bytes()].concat();
            if let Ok(Some(request)) = Request::read(&bytes) {
                prop_assert!(request.length <= bytes.len());
                let _ = request.path_and_query();
            }
        }

        #[test]
        fn any_target_is_taken_apart(target in "[a-zA-Z0-9:/?&=%.]{1,60}") {
            if let Ok(Some(request)) = read(&format!("GET {target} HTTP/1.1\r\n\r\n")) {
                let (path, query) = request.path_and_query();
                prop_assert!(target.contains(path) && target.contains(query));
            }
        }
    }
}
