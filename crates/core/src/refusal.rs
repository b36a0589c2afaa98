//! Why a request was refused. A refusal changes no job, and leaves no error object (spec 6.1); its code is
//! the whole report.

use crate::catalogue::{codes as c, to_family};
use crate::hresult::{Family, Hresult};
use crate::id::FileIndex;
use crate::limits;
use crate::name::NameError;
use crate::range::{ByteRange, FileRange};
use crate::state::JobState;

/// A typed reason; the text names the input and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such job, or none that the caller may see.
    #[error("there is no job {job}")]
    JobNotFound {
        /// What was asked for.
        job: String,
    },
    /// More than one job goes by the name given.
    #[error("{name:?} names {count} jobs; give more of the id")]
    AmbiguousJob {
        /// What was asked for.
        name: String,
        /// How many.
        count: usize,
    },
    /// The job has no such file.
    #[error("the job has no file {index}")]
    FileNotFound {
        /// What was asked for.
        index: FileIndex,
    },
    /// The job's state forbids it.
    #[error("a job that is {state} cannot {request}")]
    InvalidState {
        /// Where the job stands.
        state: JobState,
        /// What was asked, as a verb: "resume".
        request: &'static str,
    },
    /// Resume without files.
    #[error("the job has no files; add one before resuming it")]
    Empty,
    /// There is no error object now.
    #[error("the job has no error to tell of; it is {state}")]
    NoError {
        /// Where the job stands.
        state: JobState,
    },
    /// The error is not tied to a file.
    #[error("the error is not tied to a file")]
    NoFileInError,
    /// The error is not about the transfer protocol.
    #[error("the error is not about the transfer protocol")]
    NoProtocolInError,
    /// The caller may see the job but not do this.
    #[error("{what} is for {who} only")]
    AccessDenied {
        /// What was asked.
        what: &'static str,
        /// Who may.
        who: &'static str,
    },
    /// A URL or path that cannot be.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Any other bad argument.
    #[error("{argument} {reason}")]
    InvalidArgument {
        /// Which.
        argument: &'static str,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// A number that is no value of its enumeration, or something that does not exist here.
    #[error("{what} is not supported")]
    NotImplemented {
        /// What was asked.
        what: String,
    },
    /// A text beyond its bound.
    #[error("{argument} has {length} characters; at most {max} are allowed")]
    StringTooLong {
        /// Which.
        argument: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        max: usize,
    },
    /// A proxy list beyond its bound.
    #[error("the proxy list has {length} characters; at most {} are allowed", limits::PROXY_LIST_CHARS)]
    ProxyListTooLarge {
        /// How long it is.
        length: usize,
    },
    /// A proxy bypass list beyond its bound.
    #[error(
        "the proxy bypass list has {length} characters; at most {} are allowed",
        limits::PROXY_LIST_CHARS
    )]
    ProxyBypassListTooLarge {
        /// How long it is.
        length: usize,
    },
    /// A user name beyond its bound.
    #[error("the user name has {length} characters; at most {} are allowed", limits::USER_NAME_CHARS)]
    UserNameTooLarge {
        /// How long it is.
        length: usize,
    },
    /// A password beyond its bound.
    #[error("the password has {length} characters; at most {} are allowed", limits::PASSWORD_CHARS)]
    PasswordTooLarge {
        /// How long it is.
        length: usize,
    },
    /// A header that a client must not set or that is malformed.
    #[error("header {name:?} {reason}")]
    BadHeader {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An authentication target that does not exist.
    #[error("authentication target {value} does not exist; use server or proxy")]
    InvalidAuthTarget {
        /// What was given.
        value: String,
    },
    /// An authentication scheme that does not exist or is not spoken here.
    #[error("authentication scheme {value} is not supported; use basic or digest")]
    InvalidAuthScheme {
        /// What was given.
        value: String,
    },
    /// A range that cannot be.
    #[error("range at {} {}", range.offset, match range.length {
        Some(0) => "has length 0".to_owned(),
        Some(length) => format!("of {length} bytes is impossible"),
        None => "starts at the end-of-file mark".to_owned(),
    })]
    InvalidRange {
        /// Which.
        range: FileRange,
    },
    /// Two ranges share bytes.
    #[error("ranges {first} and {second} overlap")]
    OverlappingRanges {
        /// The one that starts first.
        first: ByteRange,
        /// The other.
        second: ByteRange,
    },
    /// The user's limit.
    #[error("you have {limit} jobs already, which is the limit; complete or cancel one")]
    TooManyJobsPerUser {
        /// The limit.
        limit: usize,
    },
    /// The machine's limit.
    #[error("this machine has {limit} jobs already, which is the limit; complete or cancel one")]
    TooManyJobsPerMachine {
        /// The limit.
        limit: usize,
    },
    /// The job's limit.
    #[error("a job may have {limit} files")]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// The file's limit.
    #[error("a file may have {limit} ranges")]
    TooManyRanges {
        /// The limit.
        limit: usize,
    },
    /// An undefined property.
    #[error("there is no property {id}")]
    UnknownProperty {
        /// What was given.
        id: String,
    },
    /// A property that cannot be written.
    #[error("property {name} can only be read")]
    ReadOnlyProperty {
        /// Which.
        name: &'static str,
    },
    /// A property that is frozen once a file was added.
    #[error("property {name} can only be set before the first file is added")]
    FrozenAfterAddFile {
        /// Which.
        name: &'static str,
    },
    /// A property that is frozen once the job was resumed.
    #[error("property {name} can only be set before the first resume")]
    FrozenAfterResume {
        /// Which.
        name: &'static str,
    },
    /// Something that only a resting job can take.
    #[error("{what} can only be set while the job is suspended, in error or transferred")]
    FrozenWhileActive {
        /// What was asked.
        what: &'static str,
    },
    /// Property 5 with value 0.
    #[error("the maximum download size must be at least 1")]
    MaxDownloadSizeZero,
    /// Property 7 with another target than the proxy.
    #[error("stored credentials can only be used for the proxy")]
    StoredCredentialsForServer,
    /// Together with a custom HTTP method.
    #[error("{what} is not possible with a custom HTTP method")]
    CustomMethod {
        /// What was asked.
        what: &'static str,
    },
    /// `SetValidationState` before the file is here.
    #[error("the file is not here yet")]
    Pending,
    /// Ranges on demand of a job that has none.
    #[error("the job was not made for ranges on demand")]
    RandomAccess,
    /// The destination exists, and the job must not replace it.
    #[error("{path} exists; use another name, or say that it may be replaced")]
    DestinationExists {
        /// Where.
        path: String,
    },
    /// The destination cannot be written, seen when the file was added.
    #[error("{reason}")]
    Destination {
        /// What the system says, with the path.
        reason: String,
        /// The code for it.
        code: crate::code::Code,
    },
    /// The service's own records cannot be written.
    #[error("the request could not be recorded: {reason}")]
    StoreFailed {
        /// What the store says.
        reason: String,
    },
    /// The service is shutting down.
    #[error("the service is shutting down")]
    ShuttingDown,
}

impl Refusal {
    /// The stable name of the reason; where it has a [`Code`](crate::Code), the name of that.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Destination { code, .. } => match code.named_word() {
                Some(word) => word,
                None => self.entry().0,
            },
            _ => self.entry().0,
        }
    }

    /// The number that a client of this family is told (spec 7, 11).
    pub const fn hresult(&self, family: Family) -> Hresult {
        match self {
            Self::Destination { code, .. } => code.hresult(family),
            _ => to_family(self.entry().1, family),
        }
    }

    /// Name and number; that of the BITS class where the families differ.
    const fn entry(&self) -> (&'static str, Hresult) {
        match self {
            Self::JobNotFound { .. } => ("not-found", c::BG_E_NOT_FOUND),
            Self::AmbiguousJob { .. } => ("ambiguous", c::E_INVALIDARG),
            Self::FileNotFound { .. } => ("file-not-found", c::BG_E_FILE_NOT_FOUND),
            Self::InvalidState { .. } => ("invalid-state", c::BG_E_INVALID_STATE),
            Self::Empty => ("empty", c::BG_E_EMPTY),
            Self::NoError { .. } => ("no-error", c::BG_E_ERROR_INFORMATION_UNAVAILABLE),
            Self::NoFileInError => ("no-file-in-error", c::BG_E_FILE_NOT_AVAILABLE),
            Self::NoProtocolInError => ("no-protocol-in-error", c::BG_E_PROTOCOL_NOT_AVAILABLE),
            Self::AccessDenied { .. } => ("access-denied", c::E_ACCESSDENIED),
            Self::Name(_) => ("invalid-name", c::E_INVALIDARG),
            Self::InvalidArgument { .. } => ("invalid-argument", c::E_INVALIDARG),
            Self::NotImplemented { .. } => ("not-implemented", c::E_NOTIMPL),
            Self::StringTooLong { .. } => ("string-too-long", c::BG_E_STRING_TOO_LONG),
            Self::ProxyListTooLarge { .. } => ("proxy-list-too-large", c::BG_E_PROXY_LIST_TOO_LARGE),
            Self::ProxyBypassListTooLarge { .. } => {
                ("proxy-bypass-list-too-large", c::BG_E_PROXY_BYPASS_LIST_TOO_LARGE)
            }
            Self::UserNameTooLarge { .. } => ("user-name-too-large", c::BG_E_USERNAME_TOO_LARGE),
            Self::PasswordTooLarge { .. } => ("password-too-large", c::BG_E_PASSWORD_TOO_LARGE),
            Self::BadHeader { .. } => ("bad-header", c::E_INVALIDARG),
            Self::InvalidAuthTarget { .. } => ("invalid-auth-target", c::BG_E_INVALID_AUTH_TARGET),
            Self::InvalidAuthScheme { .. } => ("invalid-auth-scheme", c::BG_E_INVALID_AUTH_SCHEME),
            Self::InvalidRange { .. } => ("invalid-range", c::BG_E_INVALID_RANGE),
            Self::OverlappingRanges { .. } => ("overlapping-ranges", c::BG_E_OVERLAPPING_RANGES),
            Self::TooManyJobsPerUser { .. } => ("too-many-jobs", c::BG_E_TOO_MANY_JOBS_PER_USER),
            Self::TooManyJobsPerMachine { .. } => ("too-many-jobs", c::BG_E_TOO_MANY_JOBS_PER_MACHINE),
            Self::TooManyFiles { .. } => ("too-many-files", c::BG_E_TOO_MANY_FILES_IN_JOB),
            Self::TooManyRanges { .. } => ("too-many-ranges", c::BG_E_TOO_MANY_RANGES_IN_FILE),
            Self::UnknownProperty { .. } => ("unknown-property", c::BG_E_UNKNOWN_PROPERTY_ID),
            Self::ReadOnlyProperty { .. } => ("read-only-property", c::BG_E_READ_ONLY_PROPERTY),
            Self::FrozenAfterAddFile { .. } => {
                ("frozen-after-add-file", c::BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE)
            }
            Self::FrozenAfterResume { .. } => {
                ("frozen-after-resume", c::BG_E_READ_ONLY_PROPERTY_AFTER_RESUME)
            }
            Self::FrozenWhileActive { .. } => ("frozen-while-active", c::BG_E_READ_ONLY_WHEN_JOB_ACTIVE),
            Self::MaxDownloadSizeZero => ("max-download-size-zero", c::BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE),
            Self::StoredCredentialsForServer => {
                ("stored-credentials-for-server", c::BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED)
            }
            Self::CustomMethod { .. } => ("custom-method", c::BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD),
            Self::Pending => ("pending", c::E_PENDING),
            Self::RandomAccess => ("random-access", c::BG_E_RANDOM_ACCESS_NOT_SUPPORTED),
            Self::DestinationExists { .. } => ("destination-exists", c::ERROR_FILE_EXISTS),
            Self::Destination { .. } => ("destination", c::E_ACCESSDENIED),
            Self::StoreFailed { .. } => ("store-failed", c::DO_E_FATAL_CORE_ERROR),
            Self::ShuttingDown => ("no-service", c::DO_E_NO_SERVICE),
        }
    }
}
