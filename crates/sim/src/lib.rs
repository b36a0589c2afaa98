//! A world for the engine: pretend servers, disk, store and clock in one thread under virtual time.
//!
//! Everything random comes from a seed, so a story that went wrong is told again by its seed. Bytes are not
//! moved; the world remembers which version of which remote file stands where, which is all that is needed
//! to tell a right file from a wrong one.
//!
//! - [`World`] drives the engine: performs its actions, lets time pass, crashes and comes back;
//! - [`Origin`] is a remote file and how its server behaves;
//! - [`invariants`] are checked after every step (`spec/faults.md`, section 2);
//! - [`chaos`] plays random stories.

pub mod chaos;
mod disk;
pub mod invariants;
mod origin;
mod world;

pub use disk::Disk;
pub use origin::{Behaviour, Origin};
pub use world::{Told, World};
