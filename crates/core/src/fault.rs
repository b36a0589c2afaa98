//! What an effect reports when it failed: the raw material of an error record.

use std::fmt;
use std::time::Duration;

use crate::code::{Code, ErrorClass};
use crate::context::ErrorContext;
use crate::name::RemoteName;
use crate::range::ByteRange;

/// A failure as `http` or `disk` saw it. It says what happened and where; what the job does about it is
/// decided by `engine`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub code: Code,
    /// Where.
    pub context: ErrorContext,
    /// Who served, without secrets.
    pub source: Option<String>,
    /// The system's error number.
    pub errno: Option<i32>,
    /// Which bytes were asked for or written.
    pub range: Option<ByteRange>,
    /// One plain sentence for the operator, without secrets: the innermost cause in words.
    pub detail: String,
    /// What the server asked us to wait (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// The complete size of the remote file, where the failure told it (416 with `*/N`).
    pub remote_size: Option<u64>,
    /// Where a redirect that was not followed points (spec 9.6: under Disallow the stored remote name
    /// becomes the target).
    pub location: Option<RemoteName>,
    /// For `DiskFull`: how many bytes were needed and how many are free.
    pub space: Option<Space>,
    /// It is tried again by the service, whatever the class of the code: of failures that share a code some pass
    /// (a sync that failed, E18) and some do not (a write that failed, E19).
    pub passing: bool,
}

/// Why a volume cannot take a file now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes still needed on the volume, with the free-space floor.
    pub needed: u64,
    /// Bytes free now.
    pub free: u64,
}

impl Fault {
    /// A failure without further facts.
    pub fn new(code: Code, context: ErrorContext, detail: impl Into<String>) -> Self {
        Self {
            code,
            context,
            source: None,
            errno: None,
            range: None,
            detail: detail.into(),
            retry_after: None,
            remote_size: None,
            location: None,
            space: None,
            passing: false,
        }
    }

    /// What the failure means for the transfer.
    pub const fn class(&self) -> ErrorClass {
        if self.passing { ErrorClass::Transient } else { self.code.class() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}
