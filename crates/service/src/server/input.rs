//! Reading requests strictly: bounded in size, time and nesting; unknown and repeated fields are refused,
//! naming them (J04).

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;

use std::str::FromStr;

use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use bgcopy_api::draft::Rejected;
use bgcopy_api::question::QuestionId;
use bgcopy_api::routes::Route;
use bgcopy_api::{
    Caller, FAMILY_HEADER, IDEMPOTENCY_HEADER, JobId, Language, PREFER_HEADER, Problem, RETURN_MINIMAL,
};
use bgcopy_core::limits::SHOWN_CHARS;
use bgcopy_core::{Family, FileIndex, Refusal};
use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::Limits;
use super::connections::Peer;
use super::output::{Refused, refused, wrong};

/// Characters of an idempotency key: a UUID with room to spare.
const KEY_CHARS: usize = 255;

/// A request, read whole.
pub(super) struct Call {
    pub(super) caller: Caller,
    parameters: Vec<(String, String)>,
    query: String,
    headers: HeaderMap,
    body: Bytes,
    nesting: usize,
}

impl Call {
    /// Reads a request to a route.
    pub(super) async fn read(
        route: &Route,
        parameters: &RawPathParams,
        request: Request,
        limits: &Limits,
    ) -> Result<Self, Refused> {
        let (head, body) = request.into_parts();
        let peer = head.extensions.get::<Peer>().copied();
        // Every connection puts its peer into its requests; without one the request is nobody's.
        let peer = peer.ok_or_else(|| wrong(403, "access-denied", "nobody is known behind this request"))?;
        let body = match route.body {
            Some(_) => read_body(&head.headers, body, limits).await?,
            None => Bytes::new(),
        };
        Ok(Self {
            caller: caller(peer, &head.headers)?,
            parameters: parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            nesting: limits.nesting,
        })
    }

    /// A parameter of the path.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The job of the path: a full id.
    pub(super) fn job(&self) -> Result<JobId, Refused> {
        let text = self.parameter("job");
        let refusal = || Refusal::JobNotFound { job: text.chars().take(SHOWN_CHARS).collect() };
        text.parse().map_err(|_| refused(&refusal(), &self.caller))
    }

    /// The file of the path.
    pub(super) fn file(&self) -> Result<FileIndex, Refused> {
        let reason = "is the number of a file in its job, from 0".to_owned();
        let refusal = || Refusal::InvalidArgument { argument: "file", reason };
        self.parameter("file").parse().map(FileIndex).map_err(|_| refused(&refusal(), &self.caller))
    }

    /// The question of the path.
    pub(super) fn question(&self) -> Result<QuestionId, Refused> {
        let text = self.parameter("question");
        let refusal = || Refusal::QuestionNotFound { question: text.chars().take(SHOWN_CHARS).collect() };
        text.parse().map_err(|_| refused(&refusal(), &self.caller))
    }

    /// The property of the path, by its number.
    pub(super) fn property<P: FromStr<Err = Refusal>>(&self) -> Result<P, Refused> {
        self.parameter("property").parse().map_err(|refusal| refused(&refusal, &self.caller))
    }

    /// The key by which the client may repeat the request (J10).
    pub(super) fn idempotency_key(&self) -> Result<Option<String>, Refused> {
        let Some(value) = self.headers.get(IDEMPOTENCY_HEADER) else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| (1..=KEY_CHARS).contains(&key.len()));
        let detail = || format!("{IDEMPOTENCY_HEADER} is 1 to {KEY_CHARS} visible ASCII characters");
        key.map(|key| Some(key.to_owned())).ok_or_else(|| wrong(400, "invalid-header", detail()))
    }

    /// Whether the client would rather not see what it made (RFC 7240, 4.2). Other preferences are passed over, as that
    /// says.
    pub(super) fn prefers_minimal(&self) -> bool {
        let values = self.headers.get_all(PREFER_HEADER).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|preference| preference.trim() == RETURN_MINIMAL)
    }

    /// The last event that the client has seen.
    pub(super) fn last_event(&self) -> Result<Option<bgcopy_api::EventId>, Refused> {
        let Some(value) = self.headers.get("last-event-id") else { return Ok(None) };
        let id = value.to_str().ok().and_then(|text| text.parse().ok());
        id.map(Some).ok_or_else(|| wrong(400, "invalid-header", "Last-Event-ID is the number of an event"))
    }

    /// The query.
    pub(super) fn query<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        let parser = serde_urlencoded::Deserializer::new(form_urlencoded::parse(self.query.as_bytes()));
        serde_path_to_error::deserialize(parser).map_err(|error| {
            let field = field(&error.path().to_string(), &error.inner().to_string());
            at(wrong(400, "invalid-query", brief(&error.into_inner().to_string())), field)
        })
    }

    /// The body.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        let depth = nesting(&self.body);
        if depth > self.nesting {
            let detail = format!("the body is nested {depth} deep; at most {} is allowed", self.nesting);
            return Err(wrong(400, "too-deep", detail));
        }
        // A derived structure would also take an array of its fields in order.
        if self.body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(wrong(400, "invalid-body", "the body must be a JSON object"));
        }
        let mut parser = serde_json::Deserializer::from_slice(&self.body);
        let parsed = serde_path_to_error::deserialize(&mut parser).map_err(|error| {
            let field = field(&error.path().to_string(), &error.inner().to_string());
            at(wrong(400, "invalid-body", brief(&error.into_inner().to_string())), field)
        })?;
        parser.end().map_err(|error| wrong(400, "invalid-body", brief(&error.to_string())))?;
        Ok(parsed)
    }

    /// The body, after a look whether it means anything: the service would refuse what `Draft` refuses, but
    /// here the field is known.
    pub(super) fn checked_body<T, Draft>(&self) -> Result<T, Refused>
    where
        T: DeserializeOwned + Clone,
        Draft: TryFrom<T, Error = Rejected>,
    {
        let body: T = self.body()?;
        Draft::try_from(body.clone()).map_err(|rejected| self.rejected(&rejected))?;
        Ok(body)
    }

    /// A field that cannot be what it is.
    pub(super) fn rejected(&self, rejected: &Rejected) -> Refused {
        Box::new(Problem::of(&rejected.refusal, &self.caller).in_field(&rejected.field))
    }
}

fn caller(peer: Peer, headers: &HeaderMap) -> Result<Caller, Refused> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let family = match headers.get(FAMILY_HEADER).map(HeaderValue::as_bytes) {
        None => Family::default(),
        Some(b"do") => Family::Do,
        Some(b"bits") => Family::Bits,
        Some(_) => return Err(wrong(400, "invalid-header", format!("{FAMILY_HEADER} is do or bits"))),
    };
    let language =
        text(ACCEPT_LANGUAGE.as_str()).and_then(Language::from_accept_language).unwrap_or_default();
    // Root sees all; other users see their own jobs (spec 9.9).
    Ok(Caller { uid: peer.uid, gid: peer.gid, pid: peer.pid, admin: peer.uid == 0, family, language })
}

/// Reads a body of JSON within its bounds of size and time.
async fn read_body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Refused> {
    check_kind(headers)?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits.body_bytes as u64) {
        return Err(too_large(limits));
    }
    match timeout(limits.body_time, Limited::new(body, limits.body_bytes).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limits)),
        Ok(Err(error)) => Err(wrong(400, "invalid-body", format!("the body broke off: {error}"))),
        Err(_) => {
            let detail = format!("the body was not here within {} s", limits.body_time.as_secs());
            Err(wrong(408, "request-timeout", detail))
        }
    }
}

fn too_large(limits: &Limits) -> Refused {
    wrong(413, "body-too-large", format!("a body may have {} bytes", limits.body_bytes))
}

/// Only JSON is read: what a web page can send without being asked is something else (J01).
fn check_kind(headers: &HeaderMap) -> Result<(), Refused> {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if ["application/json", "application/merge-patch+json"].iter().any(|json| kind.eq_ignore_ascii_case(json))
    {
        return Ok(());
    }
    Err(wrong(415, "unsupported-media-type", "send JSON, as application/json (curl: --json)"))
}

/// How deep objects and arrays lie in each other. Looks at brackets outside of texts only: whether the whole
/// is JSON is for the parser to say.
fn nesting(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The field that an error of serde is about: its path, and the field that does not belong there.
fn field(path: &str, message: &str) -> Option<String> {
    let strange = ["unknown field `", "duplicate field `", "missing field `"].iter();
    let strange = strange.filter_map(|start| message.strip_prefix(start)?.split('`').next()).next();
    // "?" stands for a place that serde did not get to.
    let path = path.trim_end_matches('?').trim_end_matches('.');
    let path = Some(path).filter(|path| !path.is_empty());
    match (path, strange) {
        (None, None) => None,
        (Some(path), Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => {
            Some(format!("{path}.{name}"))
        }
        (Some(path), _) => Some(path.to_owned()),
        (None, Some(name)) => Some(name.to_owned()),
    }
    .map(|field| brief(&field))
}

fn at(problem: Refused, field: Option<String>) -> Refused {
    match field {
        Some(field) => Box::new(problem.in_field(&field)),
        None => problem,
    }
}

/// As much of a message as is shown: it may repeat what the client sent.
fn brief(message: &str) -> String {
    let mut shown: String = message.chars().take(2 * SHOWN_CHARS).collect();
    if shown.len() < message.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_outside_of_texts_only() {
        for (json, depth) in [
            ("", 0),
            ("{}", 1),
            (r#"{"a":[{}],"b":[]}"#, 3),
            (r#"{"a":"[[[[{{{{"}"#, 1),
            (r#"{"a":"\"[[","b":"\\"}"#, 1),
            ("]]]][[", 2),
        ] {
            assert_eq!(nesting(json.as_bytes()), depth, "{json}");
        }
        assert_eq!(nesting("[".repeat(10_000).as_bytes()), 10_000);
    }

    #[test]
    fn the_field_is_named_once() {
        for (path, message, expected) in [
            (".", "EOF while parsing", None),
            ("?", "EOF while parsing", None),
            ("settings.?", "EOF while parsing", Some("settings")),
            ("files[2].digest", "invalid type: integer", Some("files[2].digest")),
            (".", "unknown field `x`, expected `y`", Some("x")),
            ("settings", "unknown field `x`, expected `y`", Some("settings.x")),
            ("settings.x", "unknown field `x`, expected `y`", Some("settings.x")),
            ("files[0]", "missing field `remote_name`", Some("files[0].remote_name")),
        ] {
            assert_eq!(field(path, message).as_deref(), expected);
        }
    }
}
