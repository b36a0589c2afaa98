//! Questions to the owner of a job: whether the certificate of a server is accepted (spec 7.7,
//! `SetServerCertificateValidationInterface`).

use std::fmt;
use std::str::FromStr;

use bgcopy_core::{FileIndex, Hresult};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::name::Base64;
use crate::schema;

/// The number of a question. Numbers grow, also over restarts of the service: an answer that comes late is for nothing
/// that is asked later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct QuestionId(pub u64);

impl fmt::Display for QuestionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for QuestionId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A server whose certificate the system trusts, and that is asked for nothing before the owner accepts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateQuestion {
    /// Its number.
    pub question: QuestionId,
    /// For which file.
    #[schema(value_type = u32)]
    pub file: FileIndex,
    /// The server, as name and port.
    pub server: String,
    /// The SHA-256 of its certificate, in hexadecimal.
    pub sha256: String,
    /// Its certificate, and those that it sent along, as DER.
    #[schema(value_type = Vec<schema::Base64Text>)]
    pub chain: Vec<Base64>,
    /// Since when the answer is waited for.
    #[schema(value_type = schema::Time)]
    pub asked: Timestamp,
    /// Until when. Without an answer the job is in error then.
    #[schema(value_type = schema::Time)]
    pub until: Timestamp,
}

/// What the owner of a job is asked now.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct CertificateQuestions {
    /// The oldest first.
    pub questions: Vec<CertificateQuestion>,
}

/// What the owner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateAnswer {
    /// `S_OK` (`0x00000000`) accepts this certificate of this server for this job. Any failure refuses it, and is the code
    /// of the job's error.
    #[schema(value_type = schema::HresultText)]
    pub hresult: Hresult,
}
