//! What must hold for any bytes of a client.

use bgcopy_api::Problem;
use bgcopy_api::draft::JobDraft;
use bgcopy_api::request::{CreateJob, JobFilter};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Call, Refused, caller, check_kind};
use crate::server::Limits;
use crate::server::connections::Peer;

/// A request to make a job: header fields line by line, the query as the last of these lines, an empty line, and
/// the body. It is understood, or refused with a client's status in few words.
pub fn request(bytes: &[u8]) {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (&[][..], bytes),
    };
    let call = match call(head, body) {
        Ok(call) => call,
        Err(refused) => return fair(&refused),
    };
    let answers = [
        call.idempotency_key().map(drop),
        call.last_event().map(drop),
        call.query::<JobFilter>().map(drop),
        call.checked_body::<CreateJob, JobDraft>().map(drop),
    ];
    answers.iter().filter_map(|answer| answer.as_ref().err()).for_each(|refused| fair(refused));
}

fn call(head: &[u8], body: &[u8]) -> Result<Call, Refused> {
    let mut headers = HeaderMap::new();
    let mut query = String::new();
    for line in head.split(|byte| *byte == b'\n') {
        let field = line.iter().position(|byte| *byte == b':').map(|at| (&line[..at], &line[at + 1..]));
        let field = field.and_then(|(name, value)| {
            let value = HeaderValue::from_bytes(value.trim_ascii()).ok()?;
            Some((HeaderName::from_bytes(name).ok()?, value))
        });
        match field {
            Some((name, value)) => drop(headers.append(name, value)),
            None => query = String::from_utf8_lossy(line).into_owned(),
        }
    }
    check_kind(&headers)?;
    let limits = Limits::default();
    let caller = caller(Peer { uid: 1000, gid: 1000, pid: None }, &headers)?;
    let body = Bytes::copy_from_slice(body);
    Ok(Call { caller, parameters: Vec::new(), query, headers, body, nesting: limits.nesting })
}

fn fair(refused: &Problem) {
    assert!((400..500).contains(&refused.status), "{refused:?}");
    let told = serde_json::to_string(refused).expect("a problem can be written");
    assert!(told.len() <= REFUSAL_BYTES, "{} bytes of refusal", told.len());
}

/// What was sent is repeated in part only, here with room for a path of a file.
const REFUSAL_BYTES: usize = 64 << 10;
