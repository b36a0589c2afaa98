//! Why a client got no answer, or not the one it wanted.

use std::io;
use std::path::PathBuf;

use bgcopy_core::{Hresult, JobId};

use crate::problem::Problem;

/// What went wrong between a client and the service.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers at the socket.
    #[error("no service answers at {}", socket.display())]
    NoService {
        /// Where it was asked for.
        socket: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The connection broke before the answer was here: whether the request was carried out is not known.
    #[error("the service went away before it answered")]
    Interrupted {
        /// What the connection says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service takes connections and gives no answer: it is stopped, or hangs.
    #[error(
        "the service at {} takes connections and has not answered for {} s; it is stopped, or hangs",
        socket.display(),
        super::LOOK_TIMEOUT.as_secs()
    )]
    Silent {
        /// Where it was asked.
        socket: PathBuf,
    },
    /// The service refused the request.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// More than one job goes by the name.
    #[error("{name:?} names {} jobs; give more of the id", .jobs.len())]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Which jobs go by it.
        jobs: Vec<(JobId, String)>,
    },
    /// No job goes by the name.
    #[error("there is no job {name:?}")]
    NoSuchJob {
        /// What was asked for.
        name: String,
    },
    /// The answer is none of a bgcopy service.
    #[error("the answer is not one of a bgcopy service: {reason}")]
    Protocol {
        /// What is wrong with it.
        reason: String,
    },
    /// The service speaks a later version of the API.
    #[error(
        "this program is older than the service (it speaks version {ours}, the service {theirs}); upgrade this program"
    )]
    TooOld {
        /// The version of this client.
        ours: u32,
        /// The version of the service.
        theirs: u32,
    },
    /// The service speaks an earlier version of the API.
    #[error(
        "the service is older than this program (it speaks version {theirs}, this program {ours}); upgrade or restart the service"
    )]
    TooNew {
        /// The version of this client.
        ours: u32,
        /// The version of the service.
        theirs: u32,
    },
}

impl ClientError {
    /// The stable name of the reason.
    pub fn code(&self) -> &str {
        match self {
            Self::NoService { .. } | Self::Interrupted { .. } | Self::Silent { .. } => "no-service",
            Self::Problem(problem) => &problem.code,
            Self::Ambiguous { .. } => "ambiguous",
            Self::NoSuchJob { .. } => "not-found",
            Self::Protocol { .. } => "protocol",
            Self::TooOld { .. } | Self::TooNew { .. } => "version",
        }
    }

    /// The number, as the DO class says it; `DO_E_NO_SERVICE` where nobody answered.
    pub fn hresult(&self) -> Hresult {
        match self {
            Self::NoService { .. } | Self::Interrupted { .. } | Self::Silent { .. } => Hresult(0x80D0_1001),
            Self::Problem(problem) => problem.hresult,
            Self::Ambiguous { .. } => Hresult(0x8007_0057),
            Self::NoSuchJob { .. } => Hresult(0x80D0_2003),
            Self::Protocol { .. } => Hresult(0x8007_000D),
            Self::TooOld { .. } | Self::TooNew { .. } => Hresult(0x8007_051A),
        }
    }

    /// Starting the service, or waiting for it, may help.
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::NoService { .. } | Self::Interrupted { .. })
    }
}
