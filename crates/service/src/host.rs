//! What the machine does to transfers: the network comes and goes, with its caches, the machine sleeps,
//! somebody sets the clock.
//!
//! Everything here is told by the kernel or seen when the service wakes anyway; nothing looks again and
//! again. What a condition means for a job is decided by `engine`.

mod caches;
mod clock;
mod netlink;
mod network;
mod session;

use std::collections::BTreeSet;
use std::time::Duration;

use bgcopy_core::{CacheHost, Owner};

pub use caches::CacheWatch;
pub use clock::{ClockWatch, Reading, read_clock};
pub use network::NetworkWatch;
pub use session::{SessionWatch, is_absent};

/// A change of the conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// Interfaces, addresses or default routes are others than before.
    Network {
        /// Some interface besides loopback runs and has an address. While there is none, only hosts on
        /// loopback can be reached.
        up: bool,
        /// Every one of those that is a device and no tunnel or bridge is a modem.
        cellular: bool,
    },
    /// These users are logged on.
    Sessions(BTreeSet<Owner>),
    /// These cache hosts offer themselves.
    CacheHosts(Vec<CacheHost>),
    /// The machine slept this long: connections are dead, addresses may be others.
    Slept(Duration),
    /// Somebody set the wall clock, by this many milliseconds; dates have to be worked out again.
    WallMoved {
        /// Forward is positive.
        by_millis: i64,
    },
}
