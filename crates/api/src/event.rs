//! What happens, as it happens (spec 8): the events that a client can follow.

use std::fmt;
use std::str::FromStr;

use bgcopy_core::{FileIndex, JobId, JobState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ErrorInfo;
use crate::file::FileRange;
use crate::job::JobProgress;
use crate::question::QuestionId;
use crate::schema;

/// The number of an event. Numbers grow, also over restarts of the service: the first one of a run is the
/// time in microseconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct EventId(pub u64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for EventId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its number: the `id` of the event stream.
    pub id: EventId,
    /// When.
    #[schema(value_type = schema::Time)]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub body: EventBody,
}

macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident = $word:literal { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* })+) => {
        /// What happened. A client passes over kinds that it does not know, by their names in the stream.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(tag = "event")]
        pub enum EventBody {
            $($(#[$meta])* #[serde(rename = $word)] $variant { $($(#[$fmeta])* $field: $type,)* },)+
        }

        /// The kinds of events: the names in the event stream.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum EventKind {
            $($(#[$meta])* #[serde(rename = $word)] $variant,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in the event stream.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl EventBody {
            /// Which kind it is.
            pub const fn kind(&self) -> EventKind {
                match self {
                    $(Self::$variant { .. } => EventKind::$variant,)+
                }
            }
        }
    };
}

events! {
    /// A job was made.
    JobCreated = "job-created" {
        /// Which.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Its name.
        display_name: String,
    }
    /// `JobModification`: files, settings or state changed. May be left out under load, and comes no more
    /// often than the job's notification interval; the changes to error and transferred have their own kinds.
    JobModification = "job-modification" {
        /// Which.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Where it stands.
        #[schema(value_type = schema::JobStateWord)]
        state: JobState,
        /// Why it is stuck, where it is.
        error: Option<Box<ErrorInfo>>,
    }
    /// Bytes moved. At most one a second and job.
    Progress = "progress" {
        /// Of which job.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Where it stands.
        #[schema(value_type = schema::JobStateWord)]
        state: JobState,
        /// How far it is.
        progress: JobProgress,
        /// Bytes per second now.
        bytes_per_second: u64,
        /// When it will be done at this rate.
        eta_seconds: Option<u64>,
        /// Who serves, without secrets.
        sources: Vec<String>,
    }
    /// `FileTransferred`: every byte of a file is here.
    FileTransferred = "file-transferred" {
        /// Of which job.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Which.
        #[schema(value_type = u32)]
        file: FileIndex,
    }
    /// `FileRangesTransferred`: bytes of a file are here since the last time. For who asked for it with the flag 0x20.
    FileRangesTransferred = "file-ranges-transferred" {
        /// Of which job.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Which.
        #[schema(value_type = u32)]
        file: FileIndex,
        /// Merged and in order.
        ranges: Vec<FileRange>,
    }
    /// A file lost bytes and starts again, and why: `bytes_transferred` falls only with this.
    FileRestarted = "file-restarted" {
        /// Of which job.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Which.
        #[schema(value_type = u32)]
        file: FileIndex,
        /// One plain sentence.
        reason: String,
    }
    /// `JobTransferred`: all files are here. Comes again until it is confirmed.
    JobTransferred = "job-transferred" {
        /// Which.
        #[schema(value_type = schema::Guid)]
        job: JobId,
    }
    /// `JobError`: the job is stuck until the client acts. Comes again until it is confirmed.
    JobError = "job-error" {
        /// Which.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Why.
        error: Box<ErrorInfo>,
    }
    /// The owner is asked whether the certificate of a server is accepted (`ValidateServerCertificate`), and the file
    /// waits. Comes again to who listens late, as long as there is no answer.
    CertificateQuestion = "certificate-question" {
        /// Of which job.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// For which file.
        #[schema(value_type = u32)]
        file: FileIndex,
        /// The number of the question, which the answer names.
        question: QuestionId,
        /// The server, as name and port.
        server: String,
        /// The SHA-256 of its certificate, in hexadecimal.
        sha256: String,
    }
    /// The job ended, by Complete or Cancel.
    JobEnded = "job-ended" {
        /// Which.
        #[schema(value_type = schema::Guid)]
        job: JobId,
        /// Acknowledged or cancelled.
        #[schema(value_type = schema::JobStateWord)]
        state: JobState,
        /// How far it was.
        progress: JobProgress,
    }
    /// The client read too slowly, or asked for events that are no longer kept: some are lost. Look at the
    /// jobs; the stream ends where it was too slow.
    Lagged = "lagged" {
        /// How many at least.
        missed: u64,
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A text that names no kind of event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no kind of event; there are: {}", known(EventKind::ALL))]
pub struct UnknownEventKind {
    word: String,
}

fn known(kinds: &[EventKind]) -> String {
    let words: Vec<_> = kinds.iter().map(|kind| kind.word()).collect();
    words.join(", ")
}

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(word: &str) -> Result<Self, UnknownEventKind> {
        let found = Self::ALL.iter().copied().find(|kind| kind.word() == word);
        found.ok_or_else(|| UnknownEventKind { word: word.to_owned() })
    }
}

impl EventBody {
    /// The job that it is about.
    pub const fn job(&self) -> Option<JobId> {
        match self {
            Self::JobCreated { job, .. }
            | Self::JobModification { job, .. }
            | Self::Progress { job, .. }
            | Self::FileTransferred { job, .. }
            | Self::FileRangesTransferred { job, .. }
            | Self::FileRestarted { job, .. }
            | Self::JobTransferred { job }
            | Self::JobError { job, .. }
            | Self::CertificateQuestion { job, .. }
            | Self::JobEnded { job, .. } => Some(*job),
            Self::Lagged { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_the_stream_is_the_tag_of_the_body() {
        let body = EventBody::Lagged { missed: 3 };
        let event = Event { id: EventId(1), at: Timestamp::UNIX_EPOCH, body: body.clone() };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(text, r#"{"id":1,"at":"1970-01-01T00:00:00Z","event":"lagged","missed":3}"#);
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        for kind in EventKind::ALL {
            assert_eq!(kind.word().parse(), Ok(*kind));
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("{:?}", kind.word()));
        }
    }
}
