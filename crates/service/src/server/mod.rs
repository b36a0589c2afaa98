//! The HTTP face of the service: the contract of [`bgcopy_api`] over HTTP/1.1 on a Unix socket.
//!
//! - `connections` takes connections, knows who is behind each (`SO_PEERCRED`), and bounds how many there
//!   are and how long they may be silent;
//! - `router` is made from the one table of routes and calls the contract;
//! - `input` reads requests strictly: size, time, nesting, unknown and repeated fields are bounded;
//! - `output` makes answers, every refusal a problem document (RFC 9457);
//! - `events` is the event stream.
//!
//! Guaranteed: whatever a client sends, no job changes unless the contract accepted the request, and the
//! memory it costs is bounded. The face knows nothing but the contract: no engine, no store.
//!
//! Not guaranteed: a problem document for what is no HTTP request at all; hyper answers that with a bare 400,
//! or 431 where the head is too long.

mod connections;
mod events;
pub(crate) mod input;
mod output;
mod router;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::limits;
use tokio::sync::watch;

pub use connections::serve;

/// What a client may cost (`spec/faults.md` "Bounds the tests assert").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections of one user.
    pub connections_per_user: usize,
    /// Open connections of all users: half of the descriptors that a process has by default, since the
    /// transfers need some too.
    pub connections: usize,
    /// For the head of a request; also how long a connection may be idle between requests.
    pub head_time: Duration,
    /// For the body of a request.
    pub body_time: Duration,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Nesting of a body.
    pub nesting: usize,
    /// A comment is sent on a silent event stream this often, so that a dead reader is noticed.
    pub keep_alive: Duration,
    /// How long answers may take to leave when the service ends.
    pub farewell: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_per_user: limits::API_CONNECTIONS_PER_USER,
            connections: 512,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            body_bytes: limits::API_BODY_BYTES,
            nesting: limits::API_NESTING,
            keep_alive: Duration::from_secs(30),
            farewell: Duration::from_secs(2),
        }
    }
}

/// Who may talk to the service at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// This user, and root: a per-user service.
    Only(u32),
    /// Everybody the kernel has an id for: a machine-wide service, where each sees their own jobs.
    Everybody,
}

/// The user id that the kernel shows for one that has no number here, such as one of a container (J15).
const OVERFLOW_UID: u32 = 65_534;

impl Access {
    /// Whether this user may talk to the service.
    fn admits(self, uid: u32) -> bool {
        match self {
            Self::Only(own) => uid == own || uid == 0,
            Self::Everybody => uid != OVERFLOW_UID,
        }
    }
}

/// Told of every answer: the path of its route as the table has it, and its status.
pub type Observer = Arc<dyn Fn(&'static str, u16) + Send + Sync>;

/// What the server is told besides the contract.
#[derive(Clone)]
pub struct Options {
    /// What a client may cost.
    pub limits: Limits,
    /// Who may talk to the service.
    pub access: Access,
    /// Told how many clients are connected, whenever that changes.
    pub clients: watch::Sender<usize>,
    /// Told of every answer.
    pub observe: Observer,
}

impl Options {
    /// The usual limits, nobody told.
    pub fn new(access: Access) -> Self {
        let (clients, _) = watch::channel(0);
        Self { limits: Limits::default(), access, clients, observe: Arc::new(|_, _| {}) }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
