//! The protocol of Microsoft's Linux agent (`deliveryoptimization-agent`) as a face of the service, so that programs
//! linked to `libdeliveryoptimization` work against it unchanged. "agent-rest N" cites the protocol's description.
//!
//! - [`Door`] is where clients find it: folders, port, port file; [`User`] is whom the process becomes behind it;
//! - `wire` and `call` read and write the exact bytes, `codes` are the numbers that clients know;
//! - [`Downloads`] answers calls through the [`Contract`](bgcopy_api::Contract): each download is a job of the
//!   service. What a job does not say of a download is kept in its record, a small file (`record`), and its
//!   destination is claimed by an empty file (`claim`), as the original makes it at `start`;
//! - [`Configuration`] reads the two files that administrators and the client library write;
//! - [`serve`] takes connections, in bounded number.
//!
//! The face knows the contract and nothing else of the service. What a download is in the states of a job is said by
//! [`bgcopy_api::download`].
//!
//! Guaranteed: a download is Transferred only when its whole file is under its name; every call is answered; no
//! client keeps another from being served. Not guaranteed: who calls. As with the original, any local user may
//! drive a download whose id they know.

mod call;
mod claim;
mod codes;
mod config;
mod door;
mod downloads;
mod record;
mod server;
mod user;
mod wire;

pub use config::{CacheChoice, Configuration};
pub use door::{Door, DoorError, Folders};
pub use downloads::{Downloads, Parts, Surroundings};
pub use server::serve;
pub use user::{User, UserError};

/// The program that the protocol is known by, and the name of its unit.
pub const PROGRAM: &str = "deliveryoptimization-agent";

/// What the program says when it is asked for its version; the client library joins that to its own (agent-rest 9).
pub fn version_line(builder: &str) -> String {
    format!("{builder};{PROGRAM}/v{}", wire::PROTOCOL_VERSION)
}
