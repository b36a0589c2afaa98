//! Why a request was refused. A refusal changes no job, and leaves no error object (spec 6.1); its code is
//! the whole report.

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
    /// The stable name of the reason.
    pub const fn word(&self) -> &'static str {
        self.entry().0
    }

    /// The number that a client of this family is told (spec 7, 11).
    pub const fn hresult(&self, family: Family) -> Hresult {
        if let Self::Destination { code, .. } = self {
            return code.hresult(family);
        }
        let (_, bits, r#do) = self.entry();
        Hresult(match family {
            Family::Bits => bits,
            Family::Do => r#do,
        })
    }

    /// Name, BITS number, DO number.
    const fn entry(&self) -> (&'static str, u32, u32) {
        /// A code of BITS without a partner in DO.
        const fn bits(word: &'static str, number: u32) -> (&'static str, u32, u32) {
            (word, number, number)
        }
        const E_NOTIMPL: u32 = 0x8000_4001;
        const E_ACCESSDENIED: u32 = 0x8007_0005;
        const E_INVALIDARG: u32 = 0x8007_0057;
        const E_PENDING: u32 = 0x8000_000A;
        match self {
            Self::JobNotFound { .. } => ("not-found", 0x8020_0001, 0x80D0_2003),
            Self::AmbiguousJob { .. } => bits("ambiguous", E_INVALIDARG),
            Self::FileNotFound { .. } => bits("file-not-found", 0x8020_0029),
            Self::InvalidState { .. } => ("invalid-state", 0x8020_0002, 0x80D0_2013),
            Self::Empty => ("empty", 0x8020_0003, 0x80D0_2004),
            Self::NoError { .. } => ("no-error", 0x8020_000F, 0x80D0_2014),
            Self::NoFileInError => ("no-file-in-error", 0x8020_0004, 0x80D0_2010),
            Self::NoProtocolInError => bits("no-protocol-in-error", 0x8020_0005),
            Self::AccessDenied { .. } => bits("access-denied", E_ACCESSDENIED),
            Self::Name(_) => bits("invalid-name", E_INVALIDARG),
            Self::InvalidArgument { .. } => bits("invalid-argument", E_INVALIDARG),
            Self::NotImplemented { .. } => bits("not-implemented", E_NOTIMPL),
            Self::StringTooLong { .. } => bits("string-too-long", 0x8020_0021),
            Self::ProxyListTooLarge { .. } => bits("proxy-list-too-large", 0x8020_0018),
            Self::ProxyBypassListTooLarge { .. } => bits("proxy-bypass-list-too-large", 0x8020_0019),
            Self::UserNameTooLarge { .. } => bits("user-name-too-large", 0x8020_0025),
            Self::PasswordTooLarge { .. } => bits("password-too-large", 0x8020_0026),
            Self::BadHeader { .. } => bits("bad-header", E_INVALIDARG),
            Self::InvalidAuthTarget { .. } => bits("invalid-auth-target", 0x8020_0027),
            Self::InvalidAuthScheme { .. } => bits("invalid-auth-scheme", 0x8020_0028),
            Self::InvalidRange { .. } => ("invalid-range", 0x8020_002B, 0x80D0_5010),
            Self::OverlappingRanges { .. } => ("overlapping-ranges", 0x8020_002C, 0x80D0_5012),
            Self::TooManyJobsPerUser { .. } => bits("too-many-jobs", 0x8020_0049),
            Self::TooManyJobsPerMachine { .. } => bits("too-many-jobs", 0x8020_0050),
            Self::TooManyFiles { .. } => bits("too-many-files", 0x8020_0051),
            Self::TooManyRanges { .. } => bits("too-many-ranges", 0x8020_0052),
            Self::UnknownProperty { .. } => ("unknown-property", 0x8020_0057, 0x80D0_2011),
            Self::ReadOnlyProperty { .. } => ("read-only-property", 0x8020_0058, 0x80D0_2012),
            Self::FrozenAfterAddFile { .. } => bits("frozen-after-add-file", 0x8020_0061),
            Self::FrozenAfterResume { .. } => bits("frozen-after-resume", 0x8020_0062),
            Self::FrozenWhileActive { .. } => bits("frozen-while-active", 0x8020_0075),
            Self::MaxDownloadSizeZero => bits("max-download-size-zero", 0x8020_0063),
            Self::StoredCredentialsForServer => bits("stored-credentials-for-server", 0x8020_0066),
            Self::CustomMethod { .. } => bits("custom-method", 0x8020_0071),
            Self::Pending => bits("pending", E_PENDING),
            Self::RandomAccess => bits("random-access", 0x8020_006D),
            Self::DestinationExists { .. } => bits("destination-exists", 0x8007_0050),
            Self::Destination { .. } => bits("destination", E_ACCESSDENIED),
            Self::StoreFailed { .. } => bits("store-failed", 0x80D0_6802),
            Self::ShuttingDown => bits("no-service", 0x80D0_1001),
        }
    }
}
