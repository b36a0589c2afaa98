//! A world for the engine: pretend servers, disk, store and clock in one thread under virtual time.
//!
//! Everything random comes from a seed, so a story that went wrong is told again by its seed. Bytes are not
//! moved; the world remembers which version of which remote file stands where, which is all that is needed
//! to tell a right file from a wrong one.
//!
//! - [`World`] drives the engine: performs its actions, lets time pass, crashes and comes back;
//! - [`Origin`] is a remote file and how its server behaves;
//! - [`Disk`] is where files stand;
//! - [`UploadServer`] takes uploads, and what goes wrong there;
//! - [`invariants`] are checked after every step (`spec/faults.md`, section 2);
//! - [`chaos`] plays random stories;
//! - [`bottleneck`] is a link that downloads compete for.

pub mod bottleneck;
pub mod chaos;
mod disk;
mod effects;
pub mod invariants;
mod origin;
mod records;
mod sender;
mod small;
#[expect(clippy::result_large_err, reason = "its server answers as the real client reports")]
mod uploads;
mod world;

pub use disk::Disk;
pub use effects::{digest_of, list_of};
pub use origin::{Behaviour, Origin, Tag};
pub use uploads::{Mishap, UploadServer};
pub use world::{ADA, BOB, ROOT, Told, World};
