//! Who asks.

use bgcopy_core::{Family, Owner};

use crate::text::Language;

/// The person and program behind a request, as the kernel tells (`SO_PEERCRED`), and how they want to be
/// answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user id of the peer of the socket.
    pub uid: u32,
    /// Its group id.
    pub gid: u32,
    /// Its process id, where the kernel knows one.
    pub pid: Option<i32>,
    /// May see and change everybody's jobs (spec 9.9: an administrator).
    pub admin: bool,
    /// Which family of codes it is told.
    pub family: Family,
    /// In which language it is answered.
    pub language: Language,
}

impl Caller {
    /// The user, as an owner of jobs.
    pub const fn owner(&self) -> Owner {
        Owner(self.uid)
    }

    /// May see and change this owner's jobs.
    pub fn may_act_for(&self, owner: Owner) -> bool {
        self.admin || self.owner() == owner
    }
}
