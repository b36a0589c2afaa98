//! Temporary files, reservation, writing, hashing, publishing by rename, discarding: what happens to a file
//! on this machine, under its owner's rights.
//!
//! A file arrives as a [`Part`]: a hidden temporary file beside its destination, and a *piece log* in the
//! service's state folder that can prove, after a crash, which bytes of it are right. [`publish`] gives a
//! finished part its name; [`discard`] leaves nothing behind.
//!
//! Guarantees, after kill -9 at any point:
//! - under the destination name there is nothing, the old file, or the whole new file;
//! - [`Part::reopen`] reports only bytes that were read back and have the checksum they were written with;
//! - nothing was created, changed or removed outside the destination folder and the state folder.
//!
//! What an upload sends is a [`SourceFile`], which is only read.
//!
//! After a power cut the same holds for what was synced. Nothing here is asynchronous, knows of jobs or
//! speaks to a network; a [`Part`] belongs to one task at a time and holds no lock.

#![expect(
    clippy::result_large_err,
    reason = "a fault is made once in a while, and a success does not write the room that its Result has for it"
)]

mod checklist;
mod destination;
mod digest;
mod discard;
mod extents;
mod fault;
mod file_system;
mod folder;
mod folders;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod identity;
mod log;
mod part;
mod pieces;
mod prove;
mod publish;
mod reservation;
mod rights;
mod small;
mod source;
mod space;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use destination::{Destinations, check_destination};
pub use discard::{discard, forget};
pub use file_system::{FileSystem, Handle, Os, Replace, Role};
pub use log::temporary_of;
pub use part::{Finished, Leaving, Part, PartSpec};
pub use pieces::{Described, LocalFile};
pub use publish::{Publish, Published, Publisher, mode_by_umask, publish, publish_on};
pub use rights::{Rights, User};
pub use small::{Look, Small, SmallFiles, SmallSpec, discard_stray};
pub use source::SourceFile;
pub use space::{Floor, Volume, free_space, space_is_back};
