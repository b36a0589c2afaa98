//! Whom the process becomes: it starts as root, to make what only root may make, and drops to the user of the agent
//! (agent-rest 2, "Order at start").

use std::ffi::CString;

use nix::errno::Errno;
use nix::unistd::{Gid, Uid, initgroups, setgid, setuid};

/// Why the process cannot become a user.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The system does not know the name.
    #[error(
        "there is no user {name:?} that the agent could run as; make one with: \
         useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {name}"
    )]
    Unknown {
        /// Which.
        name: String,
    },
    /// The databases of users do not answer, or the system refuses.
    #[error("cannot run as user {name:?}")]
    Refused {
        /// Which.
        name: String,
        /// What the system says.
        source: Errno,
    },
}

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    name: String,
    uid: Uid,
    gid: Gid,
}

impl User {
    /// The user and group of the original.
    pub const USUAL: &str = "do";

    /// Looks a name up.
    ///
    /// # Errors
    /// Nobody has the name.
    pub fn named(name: &str) -> Result<Self, UserError> {
        match nix::unistd::User::from_name(name) {
            Ok(Some(user)) => Ok(Self { name: user.name, uid: user.uid, gid: user.gid }),
            Ok(None) => Err(UserError::Unknown { name: name.to_owned() }),
            Err(source) => Err(UserError::Refused { name: name.to_owned(), source }),
        }
    }

    /// The number of the user.
    pub const fn uid(&self) -> u32 {
        self.uid.as_raw()
    }

    /// The number of the user's group.
    pub const fn gid(&self) -> u32 {
        self.gid.as_raw()
    }

    /// Becomes the user, with all groups, for good. To be called before any thread is started.
    ///
    /// # Errors
    /// The system refuses.
    pub fn become_for_good(&self) -> Result<(), UserError> {
        let refused = |source| UserError::Refused { name: self.name.clone(), source };
        let name = CString::new(self.name.as_str()).map_err(|_| refused(Errno::EINVAL))?;
        initgroups(&name, self.gid).and_then(|()| setgid(self.gid)).map_err(refused)?;
        setuid(self.uid).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_known_by_name_and_strangers_are_told_how_to_be_made() {
        let root = User::named("root").unwrap();
        assert_eq!((root.uid(), root.gid()), (0, 0));
        let unknown = User::named("no such user").unwrap_err().to_string();
        assert!(unknown.contains("useradd --system"), "{unknown}");
    }
}
