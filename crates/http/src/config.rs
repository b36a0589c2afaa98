//! How the client behaves, all jobs alike.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::limits;

use crate::address::AddressBlock;
use crate::connect::resolve::{Resolve, SystemResolver};

/// Settings of [`Http`](crate::Http). The defaults are the bounds of `core`.
#[derive(Clone)]
pub struct HttpConfig {
    /// The value of `User-Agent`.
    pub user_agent: String,
    /// Who turns names into addresses.
    pub resolver: Arc<dyn Resolve>,
    /// One attempt at one address, the TLS handshake included.
    pub connect_timeout: Duration,
    /// The next address is tried this long after the last (RFC 8305).
    pub next_address_after: Duration,
    /// Fewer bytes per second than this over that time is a stall; the time also bounds the wait for an answer.
    pub low_speed: (u64, Duration),
    /// How long a connection without work is kept.
    pub idle_timeout: Duration,
    /// Whether a redirect may lead to private addresses.
    pub private_targets: PrivateTargets,
    /// Whether even those may be led to this machine and its link whose requests keep off it: the administrator's
    /// exception from faults C07.
    pub local_servers: bool,
    /// Addresses that count as public whatever the registries say: the administrator's allow-list of faults
    /// C06.
    pub public_addresses: Vec<AddressBlock>,
}

/// Whether a redirect may lead to this machine, its link or a private network (faults C06).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateTargets {
    /// Always.
    Allow,
    /// Only when the URL of the job itself leads there: the owner then knows the network.
    OnlyWhenAskedFor,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            user_agent: concat!("bgcopy/", env!("CARGO_PKG_VERSION")).to_owned(),
            resolver: Arc::new(SystemResolver),
            connect_timeout: limits::CONNECT_TIMEOUT,
            next_address_after: limits::NEXT_ADDRESS_AFTER,
            low_speed: (limits::LOW_SPEED_BYTES_PER_SECOND, limits::LOW_SPEED_TIME),
            idle_timeout: IDLE_TIMEOUT,
            private_targets: PrivateTargets::OnlyWhenAskedFor,
            local_servers: false,
            public_addresses: Vec::new(),
        }
    }
}

impl fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpConfig")
            .field("user_agent", &self.user_agent)
            .field("connect_timeout", &self.connect_timeout)
            .field("low_speed", &self.low_speed)
            .field("idle_timeout", &self.idle_timeout)
            .field("private_targets", &self.private_targets)
            .finish_non_exhaustive()
    }
}

/// Servers commonly keep an idle connection for 15 to 75 s; half a minute reuses it between the files of a job
/// and is gone before most servers tire.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
