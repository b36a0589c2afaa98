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
    /// Nobody waits for the answer to this question about a certificate: it was answered or withdrawn, or its time was up.
    #[error("nobody waits for an answer to question {question} any more")]
    QuestionNotFound {
        /// Which.
        question: String,
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
    /// Resume of a file that nobody gave a place.
    #[error("nobody has said where file {index} goes; set its local name before resuming the job")]
    NoDestination {
        /// Which.
        index: FileIndex,
    },
    /// Resume of a file that must be checked against nothing.
    #[error("file {index} must not come unchecked; name its manifest before resuming the job")]
    NoManifest {
        /// Which.
        index: FileIndex,
    },
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
    /// An upload has one file.
    #[error("an upload takes one file; make a job for each")]
    SecondFileOfUpload,
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
    /// A property of downloads, of an upload.
    #[error("property {name} is for downloads only")]
    DownloadsOnly {
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
    /// `GetReplyData` of more than fits into an answer.
    #[error(
        "the reply has {length} bytes; more than {max} are read from its file, once the job is completed"
    )]
    ReplyTooLarge {
        /// How long it is.
        length: u64,
        /// What an answer takes.
        max: u64,
    },
    /// Ranges on demand of a job that has none.
    #[error("the job was not made for ranges on demand")]
    RandomAccess,
    /// The destination exists, and the job must not replace it.
    #[error("{path} exists; use another name, or say that it may be replaced")]
    DestinationExists {
        /// Where.
        path: String,
    },
    /// The destination cannot be written, seen when the file was added; or another file that a request names
    /// cannot be used.
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
            Self::QuestionNotFound { .. } => ("question-not-found", c::BG_E_NOT_FOUND),
            Self::InvalidState { .. } => ("invalid-state", c::BG_E_INVALID_STATE),
            Self::Empty => ("empty", c::BG_E_EMPTY),
            Self::NoDestination { .. } => ("no-destination", c::DO_E_FILE_DOWNLOADSINK_UNSPECIFIED),
            Self::NoManifest { .. } => ("no-manifest", c::DO_E_INTEGRITYCHECKINFO_UNSPECIFIED),
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
            Self::SecondFileOfUpload => ("second-file-of-upload", c::BG_E_TOO_MANY_FILES),
            Self::TooManyRanges { .. } => ("too-many-ranges", c::BG_E_TOO_MANY_RANGES_IN_FILE),
            Self::UnknownProperty { .. } => ("unknown-property", c::BG_E_UNKNOWN_PROPERTY_ID),
            Self::ReadOnlyProperty { .. } => ("read-only-property", c::BG_E_READ_ONLY_PROPERTY),
            Self::FrozenAfterAddFile { .. } => {
                ("frozen-after-add-file", c::BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE)
            }
            Self::FrozenAfterResume { .. } => {
                ("frozen-after-resume", c::BG_E_READ_ONLY_PROPERTY_AFTER_RESUME)
            }
            Self::DownloadsOnly { .. } => {
                ("downloads-only", c::BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY)
            }
            Self::FrozenWhileActive { .. } => ("frozen-while-active", c::BG_E_READ_ONLY_WHEN_JOB_ACTIVE),
            Self::MaxDownloadSizeZero => ("max-download-size-zero", c::BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE),
            Self::StoredCredentialsForServer => {
                ("stored-credentials-for-server", c::BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED)
            }
            Self::CustomMethod { .. } => ("custom-method", c::BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD),
            Self::Pending => ("pending", c::E_PENDING),
            Self::ReplyTooLarge { .. } => ("reply-too-large", c::BG_E_TOO_LARGE),
            Self::RandomAccess => ("random-access", c::BG_E_RANDOM_ACCESS_NOT_SUPPORTED),
            Self::DestinationExists { .. } => ("destination-exists", c::ERROR_FILE_EXISTS),
            Self::Destination { .. } => ("destination", c::E_ACCESSDENIED),
            Self::StoreFailed { .. } => ("store-failed", c::DO_E_FATAL_CORE_ERROR),
            Self::ShuttingDown => ("no-service", c::DO_E_NO_SERVICE),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{self, Role};
    use crate::code::Code;

    /// Every reason, made of the given text, number and state.
    fn all(text: &str, number: u64, state: JobState, code: Code) -> Vec<Refusal> {
        let owned = || text.to_owned();
        let count = usize::try_from(number).unwrap_or(usize::MAX);
        let index = FileIndex(u32::try_from(number).unwrap_or(u32::MAX));
        let bytes = ByteRange::new(number, u64::MAX);
        let range = FileRange { offset: number, length: number.checked_sub(1) };
        vec![
            Refusal::JobNotFound { job: owned() },
            Refusal::AmbiguousJob { name: owned(), count },
            Refusal::FileNotFound { index },
            Refusal::QuestionNotFound { question: owned() },
            Refusal::InvalidState { state, request: "resume" },
            Refusal::Empty,
            Refusal::NoDestination { index },
            Refusal::NoManifest { index },
            Refusal::NoError { state },
            Refusal::NoFileInError,
            Refusal::NoProtocolInError,
            Refusal::AccessDenied { what: "the list of all jobs", who: "the superuser" },
            Refusal::Name(NameError::NoHost { text: owned() }),
            Refusal::InvalidArgument { argument: "priority", reason: owned() },
            Refusal::NotImplemented { what: owned() },
            Refusal::StringTooLong { argument: "display name", length: count, max: 256 },
            Refusal::ProxyListTooLarge { length: count },
            Refusal::ProxyBypassListTooLarge { length: count },
            Refusal::UserNameTooLarge { length: count },
            Refusal::PasswordTooLarge { length: count },
            Refusal::BadHeader { name: owned(), reason: "is set by the service" },
            Refusal::InvalidAuthTarget { value: owned() },
            Refusal::InvalidAuthScheme { value: owned() },
            Refusal::InvalidRange { range },
            Refusal::OverlappingRanges { first: bytes, second: bytes },
            Refusal::TooManyJobsPerUser { limit: count },
            Refusal::TooManyJobsPerMachine { limit: count },
            Refusal::TooManyFiles { limit: count },
            Refusal::SecondFileOfUpload,
            Refusal::TooManyRanges { limit: count },
            Refusal::UnknownProperty { id: owned() },
            Refusal::ReadOnlyProperty { name: "id" },
            Refusal::FrozenAfterAddFile { name: "id" },
            Refusal::FrozenAfterResume { name: "id" },
            Refusal::DownloadsOnly { name: "id" },
            Refusal::FrozenWhileActive { what: "a header" },
            Refusal::MaxDownloadSizeZero,
            Refusal::StoredCredentialsForServer,
            Refusal::CustomMethod { what: "dynamic content" },
            Refusal::Pending,
            Refusal::ReplyTooLarge { length: number, max: number },
            Refusal::RandomAccess,
            Refusal::DestinationExists { path: owned() },
            Refusal::Destination { reason: owned(), code },
            Refusal::StoreFailed { reason: owned() },
            Refusal::ShuttingDown,
        ]
    }

    fn some() -> Vec<Refusal> {
        all("text", 7, JobState::Queued, Code::PathNotFound)
    }

    /// The name of the variant, as `Debug` begins.
    fn variant(refusal: &Refusal) -> String {
        format!("{refusal:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
    }

    #[test]
    fn no_two_reasons_share_a_word_by_accident() {
        let mut by_word = BTreeMap::<_, BTreeSet<String>>::new();
        for refusal in some() {
            by_word.entry(refusal.word()).or_default().insert(variant(&refusal));
        }
        let shared: Vec<_> = by_word.iter().filter(|(_, variants)| variants.len() > 1).collect();
        let both: BTreeSet<_> = ["TooManyJobsPerMachine", "TooManyJobsPerUser"].map(str::to_owned).into();
        assert_eq!(shared, [(&"too-many-jobs", &both)]);
    }

    #[test]
    fn a_word_shared_with_a_failure_of_a_transfer_means_the_same() {
        let words: BTreeSet<_> = Code::NAMED.iter().map(ToString::to_string).collect();
        let shared: Vec<_> = some().iter().map(Refusal::word).filter(|word| words.contains(*word)).collect();
        assert_eq!(
            shared,
            ["access-denied", "invalid-range", "destination-exists", "path-not-found", "store-failed"]
        );
    }

    #[test]
    fn words_are_plain() {
        for word in some().iter().map(Refusal::word) {
            assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{word:?}");
        }
    }

    #[test]
    fn every_reason_is_told_by_a_code_that_refuses() {
        for refusal in some() {
            for family in [Family::Bits, Family::Do] {
                let code = refusal.hresult(family);
                let entry = catalogue::entry(code).expect("in the catalogue");
                assert!(matches!(entry.role, Role::Answer | Role::Fatal), "{refusal:?}: {}", entry.name);
            }
        }
    }

    #[test]
    fn a_destination_is_refused_under_the_name_and_number_of_its_failure() {
        for &code in Code::NAMED {
            let refusal = Refusal::Destination { reason: "no".to_owned(), code };
            assert_eq!(refusal.word(), code.to_string());
            assert_eq!(refusal.hresult(Family::Do), code.hresult(Family::Do));
        }
        let refusal =
            Refusal::Destination { reason: "no".to_owned(), code: Code::Other(Hresult(0x8000_4005)) };
        assert_eq!((refusal.word(), refusal.hresult(Family::Do)), ("destination", Hresult(0x8000_4005)));
    }

    #[test]
    fn the_families_differ_where_the_specification_pairs_their_codes() {
        // The words of spec 7.14, and the codes on both classes.
        for (refusal, bits, delivery) in [
            (Refusal::JobNotFound { job: String::new() }, 0x8020_0001, 0x80D0_2003),
            (
                Refusal::InvalidState { state: JobState::Cancelled, request: "resume" },
                0x8020_0002,
                0x80D0_2013,
            ),
            (Refusal::Empty, 0x8020_0003, 0x80D0_2004),
            (Refusal::NoError { state: JobState::Queued }, 0x8020_000F, 0x80D0_2014),
            (Refusal::NoFileInError, 0x8020_0004, 0x80D0_2010),
            (Refusal::NoProtocolInError, 0x8020_0005, 0x8020_0005),
            (Refusal::UnknownProperty { id: String::new() }, 0x8020_0057, 0x80D0_2011),
            (Refusal::ReadOnlyProperty { name: "" }, 0x8020_0058, 0x80D0_2012),
            (Refusal::TooManyFiles { limit: 200 }, 0x8020_0051, 0x8020_0051),
            (Refusal::SecondFileOfUpload, 0x8020_001C, 0x8020_001C),
            (Refusal::ShuttingDown, 0x80D0_1001, 0x80D0_1001),
        ] {
            assert_eq!(refusal.hresult(Family::Bits), Hresult(bits), "{refusal:?}");
            assert_eq!(refusal.hresult(Family::Do), Hresult(delivery), "{refusal:?}");
        }
    }

    proptest! {
        #[test]
        fn any_reason_has_a_text_a_word_and_a_failing_code(
            text in "\\PC{1,40}",
            number in any::<u64>(),
            state in prop::sample::select(JobState::ALL),
            code in prop::sample::select(Code::NAMED),
        ) {
            let refusals = all(&text, number, state, code);
            let variants: BTreeSet<_> = refusals.iter().map(variant).collect();
            prop_assert_eq!(variants.len(), refusals.len());
            for refusal in refusals {
                prop_assert!(!refusal.to_string().is_empty());
                prop_assert!(!refusal.word().is_empty());
                prop_assert!(refusal.hresult(Family::Bits).is_failure());
                prop_assert!(refusal.hresult(Family::Do).is_failure());
            }
        }
    }
}
