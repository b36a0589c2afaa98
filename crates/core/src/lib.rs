//! The words of bgcopy.
//!
//! Ids, states, codes, the error record, ranges, progress, settings and limits: what every other crate
//! speaks in. The words are those of Delivery Optimization and BITS (`spec/background-copy.md`).
//!
//! Nothing here does I/O, awaits, or reads a clock; times and ids are held, never made.

pub mod answer;
pub mod cache_host;
pub mod catalogue;
pub mod code;
pub mod context;
pub mod demand;
pub mod explain;
pub mod fault;
#[cfg(test)]
mod fixture;
pub mod flags;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod header;
pub mod hresult;
pub mod id;
pub mod job;
pub mod kept;
pub mod language;
pub mod limits;
pub mod name;
pub mod pieces;
pub mod policy;
pub mod progress;
pub mod range;
pub mod record;
pub mod refusal;
pub mod remedy;
pub mod secret;
pub mod setting;
pub mod settings;
pub mod state;
pub mod supply;
pub mod time;
pub mod upload;

pub use answer::{Answer, Ask, Framing, Protocol, Validator};
pub use cache_host::{CacheHost, CacheHostError};
pub use code::{Code, ErrorClass};
pub use context::ErrorContext;
pub use demand::Demand;
pub use explain::Explanation;
pub use fault::Fault;
pub use flags::{AclFlags, CostFlags, NotifyFlags, PeerCachingFlags, RedirectPolicy, SecurityFlags};
pub use hresult::{Family, Hresult};
pub use id::{FileIndex, JobId, Owner};
pub use job::{FileRecord, FileSpec, FileStage, JobRecord, Trust};
pub use kept::Kept;
pub use language::Language;
pub use name::{LocalName, NameError, RemoteName};
pub use pieces::{PieceError, PieceHashes};
pub use progress::{FileProgress, JobProgress, JobTimes};
pub use range::{ByteRange, FileRange, RangeSet};
pub use record::{ErrorRecord, WaitingFor};
pub use refusal::Refusal;
pub use remedy::Remedy;
pub use secret::{AuthScheme, AuthTarget, Credentials, JobSecrets, Secret};
pub use setting::Setting;
pub use settings::{Digest, Existing, JobSettings, ProxySettings, ProxyUsage, ServerCertificateCallback};
pub use state::{JobState, JobType, Priority};
pub use supply::{
    HashOfHashes, ManifestKind, ManifestRef, Mirror, PieceList, Promise, Promised, SourceKind, Supply,
};
pub use time::{Mono, Now, Wall};
pub use upload::{Ack, Packet, SessionHost, SessionId, UploadRecord, UploadSession, UploadStage};
