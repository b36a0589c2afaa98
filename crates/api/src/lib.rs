//! The face of the service to its clients: the wire types of the HTTP API, the contract that every face
//! serves, and the client.
//!
//! - [`Contract`] is what the service can do. The HTTP server, and every later face, talks to it.
//! - [`routes`] is the one table of operations, from which the server builds its router, the client its
//!   requests, and [`openapi`] the document.
//! - [`Client`] speaks to a service over its Unix socket; [`start`] finds that socket, and starts the service
//!   where nobody answers.
//!
//! Wire types are not domain types: a change of `core` changes the wire only where the conversions say so.
//! Requests refuse what they do not know. Answers may gain fields within one [`API_VERSION`], so a client
//! ignores what it does not know.
//!
//! Conventions: sizes and offsets are JSON integers (exact up to 2^53 in clients that keep numbers as
//! doubles); times are RFC 3339 in UTC; durations are whole seconds unless the name says otherwise; flag sets
//! are the numbers of the Windows headers (spec 2.3, 2.4); names that are not UTF-8 are also given as base64.

pub mod caller;
pub mod certificates;
pub mod client;
pub mod contract;
pub mod download;
pub mod draft;
pub mod env_proxy;
pub mod error;
pub mod event;
pub mod file;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod job;
pub mod manifest;
pub mod name;
pub mod openapi;
pub mod patch;
pub mod problem;
pub mod property;
pub mod question;
pub mod reply;
pub mod request;
pub mod routes;
pub mod schema;
pub mod service;
pub mod settings;
pub mod start;
pub mod subscription;
pub mod supply;
pub mod text;
pub mod view;

pub use bgcopy_core as core;
pub use bgcopy_core::{
    AuthScheme, AuthTarget, ErrorClass, ErrorContext, Existing, FileIndex, FileStage, Hresult, JobId,
    JobState, JobType, ManifestKind, Priority, ProxyUsage, Trust,
};

pub use caller::Caller;
pub use client::{Client, ClientError};
pub use contract::{Contract, Reply};
pub use download::{Download, DownloadMethod, DownloadState, DownloadStep};
pub use error::{ErrorInfo, Remedy};
pub use event::{Event, EventBody, EventId, EventKind};
pub use file::{Connections, File, FileProgress, FileRange};
pub use job::{BytesFrom, Job, JobPage, JobProgress, JobTimes};
pub use manifest::read::{DescribedFile, DescribedSource, ManifestContent, ReadManifest};
pub use manifest::{MakeManifest, Manifest, ManifestFormat};
pub use name::Base64;
pub use patch::Patch;
pub use problem::Problem;
pub use property::{FileProperty, JobProperty, PropertyValue};
pub use question::{CertificateAnswer, CertificateQuestion, CertificateQuestions, QuestionId};
pub use reply::{ReplyData, ReplyProgress, UploadReply};
pub use request::{
    AddFile, AddFiles, ClientCertificate, Confirm, CreateJob, Credentials, EventFilter, Header, JobFilter,
    NewCredentials, Notification, ReplacePrefix, SetFile, SetHeaders, SetJob, SetSettings,
};
pub use service::{Description, EndOutcome, Headers, Outcome, Replaced, Service, Setting};
pub use settings::{CommandLine, Proxy, Settings};
pub use subscription::{Feeder, Subscription, subscription};
pub use supply::{Mirror, NamedManifest, NewManifest, NewMirror, NewPieces, Pieces};
pub use text::Language;

/// The version of the API. A server says it in every answer, a client in every request (J12). It grows when
/// a client of the version before would be misled.
pub const API_VERSION: u32 = 1;

/// The header that carries [`API_VERSION`].
pub const VERSION_HEADER: &str = "bgcopy-api";

/// The header in which a client says which family of codes it wants to be told: `do`, or `bits`.
pub const FAMILY_HEADER: &str = "bgcopy-family";

/// The header by which a client may repeat a request that makes something (J10).
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// What a client would rather have (RFC 7240).
pub const PREFER_HEADER: &str = "prefer";
/// That an answer without a body will do.
pub const RETURN_MINIMAL: &str = "return=minimal";
