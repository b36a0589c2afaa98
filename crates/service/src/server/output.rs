//! Answers.

use axum::body::Body;
use axum::response::Response;
use bgcopy_api::problem::PROBLEM_JSON;
use bgcopy_api::{API_VERSION, Caller, Problem, VERSION_HEADER};
use bgcopy_core::{Hresult, Refusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

pub(super) const E_ACCESSDENIED: Hresult = Hresult(0x8007_0005);
pub(super) const E_INVALIDARG: Hresult = Hresult(0x8007_0057);
const E_UNEXPECTED: Hresult = Hresult(0x8000_FFFF);

/// Why a request is not carried out; boxed, since it is rare and large.
pub(super) type Refused = Box<Problem>;

/// A refusal of the contract, as a problem.
pub(super) fn refused(refusal: &Refusal, caller: &Caller) -> Refused {
    Box::new(Problem::of(refusal, caller))
}

/// A request that is wrong by itself.
pub(super) fn wrong(status: u16, code: &str, detail: impl Into<String>) -> Refused {
    Box::new(Problem::new(status, code, E_INVALIDARG, detail))
}

/// An answer with this status and JSON.
pub(super) fn json(status: u16, body: &impl Serialize) -> Result<Response, Refused> {
    let text = serde_json::to_vec(body).map_err(|error| {
        Box::new(Problem::new(
            500,
            "internal",
            E_UNEXPECTED,
            format!("the answer cannot be written: {error}"),
        ))
    })?;
    Ok(respond(status, "application/json", text.into()))
}

/// An answer without body.
pub(super) fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status_code(status);
    response
}

/// An answer with a text of this kind.
pub(super) fn text(kind: &'static str, text: String) -> Response {
    respond(200, kind, text.into())
}

/// A problem document.
pub(super) fn problem(problem: &Problem) -> Response {
    // A problem is made of texts and numbers, and its keys are texts: it can always be written.
    respond(problem.status, PROBLEM_JSON, serde_json::to_vec(problem).unwrap_or_default().into())
}

/// A problem document as bytes, for a connection that is refused before HTTP begins.
pub(super) fn raw_refusal(problem: &Problem) -> String {
    let body = serde_json::to_string(problem).unwrap_or_default();
    let reason = status_code(problem.status).canonical_reason().unwrap_or_default();
    format!(
        "HTTP/1.1 {} {reason}\r\n{VERSION_HEADER}: {API_VERSION}\r\ncontent-type: {PROBLEM_JSON}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        problem.status,
        body.len(),
    )
}

/// Every answer names the version of the API (J12), whoever made it.
pub(super) fn versioned(answer: Result<Response, std::convert::Infallible>) -> Response {
    let Ok(mut response) = answer;
    response.headers_mut().insert(VERSION_HEADER, HeaderValue::from(API_VERSION));
    response
}

fn respond(status: u16, kind: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status_code(status);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
