//! The error object: why a job is stuck, and what can make it proceed (spec 6).

use bgcopy_core::{AuthTarget, ByteRange, ErrorClass, ErrorContext, FileIndex, Hresult};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::name::Base64;
use crate::schema;

/// Why a job is stuck. It exists from the failure until bytes move again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorInfo {
    /// The stable name of what went wrong, such as `http-404` or `disk-full`.
    pub code: String,
    /// The symbol that the Windows headers give the number, such as `BG_E_HTTP_ERROR_404`; null for a number
    /// without one.
    pub symbol: Option<String>,
    /// The number.
    #[schema(value_type = schema::HresultText)]
    pub hresult: Hresult,
    /// Where it struck.
    #[schema(value_type = schema::ErrorContextWord)]
    pub context: ErrorContext,
    /// What it means for the transfer.
    #[schema(value_type = schema::ErrorClassWord)]
    pub class: ErrorClass,
    /// The file being processed when it struck.
    pub file: Option<ErrorFile>,
    /// `GetProtocol`: `http` where the error is about the transfer protocol.
    pub protocol: Option<String>,
    /// Who served, without secrets.
    pub source: Option<String>,
    /// The HTTP status.
    pub http_status: Option<u16>,
    /// The system's error number.
    pub errno: Option<i32>,
    /// Which bytes were asked for or written.
    pub range: Option<Span>,
    /// Bytes that the volume had to have, where it was full.
    pub space_needed: Option<u64>,
    /// Bytes that the volume had.
    pub space_free: Option<u64>,
    /// What happened, in one plain English sentence for the operator, without secrets.
    pub detail: String,
    /// `GetErrorDescription`, in the language of the request.
    pub text: String,
    /// `GetErrorContextDescription`, in the language of the request.
    pub context_text: String,
    /// What happened, for the person whose transfer it is, in the language of the request. It says more than
    /// `text` where several failures share a number.
    pub happened: String,
    /// What it means for the transfer, in the language of the request, without clock times.
    pub means: String,
    /// When this failure struck first since bytes last moved.
    #[schema(value_type = schema::Time)]
    pub first_seen: Timestamp,
    /// When it struck last.
    #[schema(value_type = schema::Time)]
    pub last_seen: Timestamp,
    /// How often, since bytes last moved.
    pub count: u32,
    /// What has to happen before the transfer goes on.
    pub waiting_for: Waiting,
    /// When the service tries again by itself.
    #[schema(value_type = Option<schema::Time>)]
    pub retry_at: Option<Timestamp>,
    /// What can make the transfer proceed, the most promising first.
    pub remedies: Vec<Remedy>,
    /// What kept failing, when the error is that time ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub cause: Option<Box<ErrorInfo>>,
}

/// Which file an error is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorFile {
    /// Its place in the job.
    #[schema(value_type = u32)]
    pub index: FileIndex,
    /// Where it comes from, without secrets.
    pub remote_name: String,
    /// Where it goes.
    pub local_name: String,
    /// The same, where it is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
}

/// Bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last one; null where the end is not known.
    pub end: Option<u64>,
}

impl From<ByteRange> for Span {
    fn from(range: ByteRange) -> Self {
        // The end of a range to an unknown end is kept as the largest number, which no double holds.
        Self { start: range.start, end: Some(range.end).filter(|end| *end != u64::MAX) }
    }
}

/// What has to happen before a transfer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// Time: the service tries again at `retry_at`.
    Retry,
    /// A network.
    Network,
    /// Space on the volume.
    Space,
    /// The condition that the code names: cost, power, VPN, memory, hours.
    Policy,
    /// The client: repair and Resume, Complete, or Cancel.
    Client,
}

/// One action that can make a stuck transfer proceed (spec 6.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Remedy {
    /// Its stable name, such as `set-remote-name` or `resume`.
    pub action: String,
    /// Whom credentials are for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AuthTargetWord>)]
    pub target: Option<AuthTarget>,
    /// What to do, in the language of the request.
    pub text: String,
}

/// The part of a remedy that `core` has a word for.
#[derive(Serialize, Deserialize)]
struct Action {
    action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<AuthTarget>,
}

impl Remedy {
    /// The wire form of a remedy.
    pub fn of(remedy: bgcopy_core::Remedy, text: &str) -> Self {
        // The names are those that `core` gives; a test converts every one of them.
        let Action { action, target } = serde_json::to_value(remedy)
            .and_then(serde_json::from_value)
            .unwrap_or_else(|_| Action { action: "resume".to_owned(), target: None });
        Self { action, target, text: text.to_owned() }
    }

    /// The remedy as a word of this version; none for one of a later version.
    pub fn word(&self) -> Option<bgcopy_core::Remedy> {
        let action = Action { action: self.action.clone(), target: self.target };
        serde_json::to_value(action).and_then(serde_json::from_value).ok()
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Remedy as Word;

    use super::*;

    #[test]
    fn remedies_keep_their_names_both_ways() {
        for (word, action) in [
            (Word::Wait, "wait"),
            (Word::SetCredentials(AuthTarget::Proxy), "set-credentials"),
            (Word::SetRemoteName, "set-remote-name"),
            (Word::Resume, "resume"),
        ] {
            let remedy = Remedy::of(word, "Do it.");
            assert_eq!((remedy.action.as_str(), remedy.word()), (action, Some(word)));
        }
        let later = Remedy { action: "pray".to_owned(), target: None, text: String::new() };
        assert_eq!(later.word(), None);
    }

    #[test]
    fn a_range_to_an_unknown_end_has_none_on_the_wire() {
        assert_eq!(Span::from(ByteRange::new(5, u64::MAX)), Span { start: 5, end: None });
        assert_eq!(Span::from(ByteRange::new(5, 9)), Span { start: 5, end: Some(9) });
    }
}
