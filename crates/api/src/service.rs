//! The service itself, and the outcomes of operations.

use bgcopy_core::{Hresult, JobState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ErrorInfo;
use crate::request::Header;
use crate::schema;

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// Always `bgcopy`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of this API.
    pub api: u32,
    /// Its process id.
    pub pid: u32,
    /// The user it runs as.
    pub uid: u32,
    /// It serves the whole machine, not one user.
    pub system: bool,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub started: Timestamp,
    /// Where it keeps its records.
    pub state_folder: String,
    /// How many jobs of the caller it has that are not final.
    pub jobs: u32,
    /// How many of them run or will go on by themselves.
    pub jobs_active: u32,
    /// What the operator should know, such as a database that was set aside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

/// One setting of the service's configuration, with who said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Setting {
    /// Its name, such as `background_jobs`.
    pub name: String,
    /// Its value in force, as TOML would write it.
    pub value: String,
    /// Who said so: a file and line, `environment`, a flag, or `default`.
    pub provider: String,
    /// What it does.
    pub doc: String,
}

/// The configuration in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Configuration {
    /// Every setting.
    pub settings: Vec<Setting>,
}

/// How Complete or Cancel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndOutcome {
    /// `S_OK`.
    Ok,
    /// `BG_S_PARTIAL_COMPLETE`: the whole files are under their names, the others were dropped.
    PartialComplete,
    /// `BG_S_UNABLE_TO_DELETE_FILES`: the job ended, and temporary files remain.
    UnableToDeleteFiles,
}

impl EndOutcome {
    /// The number that a client of the Windows interfaces is told (spec 11.1).
    pub const fn hresult(self) -> Hresult {
        match self {
            Self::Ok => Hresult::S_OK,
            Self::PartialComplete => Hresult(0x0020_0017),
            Self::UnableToDeleteFiles => Hresult(0x0020_001A),
        }
    }
}

/// What Complete or Cancel did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// How it ended.
    pub outcome: EndOutcome,
    /// The same as a number.
    #[schema(value_type = schema::HresultText)]
    pub hresult: Hresult,
    /// Acknowledged or cancelled.
    #[schema(value_type = schema::JobStateWord)]
    pub state: JobState,
    /// Temporary files that could not be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<String>,
}

impl Outcome {
    /// An end that left nothing behind.
    pub const fn of(outcome: EndOutcome, state: JobState) -> Self {
        Self { outcome, hresult: outcome.hresult(), state, left_behind: Vec::new() }
    }
}

/// The media type of the measurements: OpenMetrics, which Prometheus reads.
pub const METRICS_TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What `ReplaceRemotePrefix` did; 0 is `S_FALSE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replaced {
    /// How many files got another remote name.
    pub files: u32,
}

/// What a removal did; false is `S_FALSE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Removed {
    /// There was something to remove.
    pub removed: bool,
}

/// The custom request headers of a job. An answer for its owner only; no `Debug` of it shows a value.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Headers {
    /// Sent with each request.
    pub headers: Vec<Header>,
}

/// What a result code means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Description {
    /// The code.
    #[schema(value_type = schema::HresultText)]
    pub hresult: Hresult,
    /// Its symbol, where it has one.
    pub symbol: Option<String>,
    /// A sentence, in the language asked for.
    pub text: String,
}

/// `DOJobPropertyId_ExtendedErrorInfo` (spec 4.4). The field names are those of the property's JSON.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct ExtendedErrorInfo {
    /// The code.
    #[serde(rename = "HResult")]
    pub hresult: String,
    /// `BG_ERROR_CONTEXT`.
    pub context: u32,
    /// The URL, without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
}

impl ExtendedErrorInfo {
    /// The summary of an error, or of its absence.
    pub fn of(error: Option<&ErrorInfo>) -> Self {
        let Some(error) = error else {
            return Self { hresult: Hresult::S_OK.to_string(), ..Self::default() };
        };
        let file = error.file.as_ref();
        Self {
            hresult: error.hresult.to_string(),
            context: error.context.number(),
            url: file.map(|file| file.remote_name.clone()),
            http_status: error.http_status,
        }
    }
}
