//! Errors as problem documents (RFC 9457).

use bgcopy_core::{Hresult, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::schema;
use crate::text::symbol;

/// Its media type.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused. A refusal changes no job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, as a URN of its `code`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words, always the same.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with this request, and what would be right.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The stable name of the reason, such as `invalid-state`.
    pub code: String,
    /// The symbol that the Windows headers give the number; null for a number without one.
    pub symbol: Option<String>,
    /// The number, in the family of the client.
    #[schema(value_type = schema::HresultText)]
    pub hresult: Hresult,
    /// The field of the request that is wrong, as a path such as `files[2].remote_name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    /// The document for a reason.
    pub fn new(status: u16, code: &str, hresult: Hresult, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:bgcopy:problem:{code}"),
            title: title(code),
            status,
            detail: detail.into(),
            instance: String::new(),
            code: code.to_owned(),
            symbol: symbol(hresult).map(str::to_owned),
            hresult,
            field: None,
        }
    }

    /// The document for a refusal of the service.
    pub fn of(refusal: &Refusal, caller: &Caller) -> Self {
        let detail = refusal.to_string();
        let problem = Self::new(status(refusal), refusal.word(), refusal.hresult(caller.family), detail);
        match refusal {
            Refusal::InvalidArgument { argument, .. } | Refusal::StringTooLong { argument, .. } => {
                Self { field: Some((*argument).to_owned()), ..problem }
            }
            _ => problem,
        }
    }

    /// The same for a request to this path.
    #[must_use]
    pub fn at(self, instance: &str) -> Self {
        Self { instance: instance.to_owned(), ..self }
    }

    /// The same, naming the field that is wrong.
    #[must_use]
    pub fn in_field(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }
}

/// The code as words: the title is the same for every problem of its type (RFC 9457, 3.1.3).
fn title(code: &str) -> String {
    let mut words = code.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The HTTP status of a refusal. 400: the request is wrong by itself. 403: not for this caller. 404: there is
/// no such thing, or none the caller may see. 409: the job, or something else, stands against it now. 429: a
/// limit is reached. 501: Windows has it and Linux does not. 503, 507: the service cannot.
pub const fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Name(_)
        | Refusal::InvalidArgument { .. }
        | Refusal::StringTooLong { .. }
        | Refusal::ProxyListTooLarge { .. }
        | Refusal::ProxyBypassListTooLarge { .. }
        | Refusal::UserNameTooLarge { .. }
        | Refusal::PasswordTooLarge { .. }
        | Refusal::BadHeader { .. }
        | Refusal::InvalidAuthTarget { .. }
        | Refusal::InvalidAuthScheme { .. }
        | Refusal::InvalidRange { .. }
        | Refusal::OverlappingRanges { .. }
        | Refusal::MaxDownloadSizeZero
        | Refusal::StoredCredentialsForServer
        | Refusal::DownloadsOnly { .. }
        | Refusal::Destination { .. } => 400,
        Refusal::AccessDenied { .. } | Refusal::ReadOnlyProperty { .. } => 403,
        Refusal::JobNotFound { .. }
        | Refusal::FileNotFound { .. }
        | Refusal::QuestionNotFound { .. }
        | Refusal::NoError { .. }
        | Refusal::NoFileInError
        | Refusal::NoProtocolInError
        | Refusal::UnknownProperty { .. } => 404,
        Refusal::AmbiguousJob { .. }
        | Refusal::InvalidState { .. }
        | Refusal::Empty
        | Refusal::FrozenAfterAddFile { .. }
        | Refusal::FrozenAfterResume { .. }
        | Refusal::FrozenWhileActive { .. }
        | Refusal::CustomMethod { .. }
        | Refusal::Pending
        | Refusal::RandomAccess
        | Refusal::SecondFileOfUpload
        | Refusal::NoDestination { .. }
        | Refusal::NoManifest { .. }
        | Refusal::ReplyTooLarge { .. }
        | Refusal::DestinationExists { .. } => 409,
        Refusal::TooManyJobsPerUser { .. }
        | Refusal::TooManyJobsPerMachine { .. }
        | Refusal::TooManyFiles { .. }
        | Refusal::TooManyRanges { .. } => 429,
        Refusal::NotImplemented { .. } => 501,
        Refusal::ShuttingDown => 503,
        Refusal::StoreFailed { .. } => 507,
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::{Family, FileIndex, JobState, Language};

    use super::*;

    #[test]
    fn a_refusal_is_told_with_its_status_code_symbol_and_field() {
        let caller = Caller {
            uid: 1,
            gid: 1,
            pid: None,
            admin: false,
            family: Family::Do,
            language: Language::English,
        };
        let no_error = Problem::of(&Refusal::NoError { state: JobState::Queued }, &caller).at("/v1/x");
        assert_eq!(
            serde_json::to_value(no_error).unwrap(),
            serde_json::json!({
                "type": "urn:bgcopy:problem:no-error",
                "title": "No error",
                "status": 404,
                "detail": "the job has no error to tell of; it is queued",
                "instance": "/v1/x",
                "code": "no-error",
                "symbol": "DO_E_ERROR_INFORMATION_UNAVAILABLE",
                "hresult": "0x80D02014",
            })
        );
        let long = Refusal::StringTooLong { argument: "description", length: 2_000, max: 1_024 };
        assert_eq!(Problem::of(&long, &caller).field.as_deref(), Some("description"));
        let missing = Problem::of(&Refusal::FileNotFound { index: FileIndex(3) }, &caller);
        assert_eq!((missing.status, missing.field), (404, None));
    }
}
