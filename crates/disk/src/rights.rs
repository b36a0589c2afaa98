//! Whose rights a file operation is done with (spec 9.9: "work is done with the owner's rights").
//!
//! A per-user service has only its own. A machine-wide service acts as the owner of the job: the calling
//! *thread* takes the owner's file-system uid and gid and groups, and gives up its capabilities, for the
//! length of one operation. `setfsuid` rather than `seteuid`, because the latter would let the owner change
//! the scheduling of the thread meanwhile; the capabilities too, because the kernel drops only those over
//! files by itself, and `CAP_SYS_RESOURCE` walks through quotas and reserved blocks.

use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use rustix::process::{Gid, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_thread_groups};

/// Whose rights.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Rights {
    /// Those of the service itself.
    #[default]
    Own,
    /// Those of this user; the service must be the superuser.
    Of(User),
}

/// A user as the kernel knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    uid: Uid,
    gid: Gid,
    groups: Arc<[Gid]>,
}

impl User {
    /// The user with these ids, such as the peer of a socket has.
    pub fn new(uid: u32, gid: u32, groups: &[u32]) -> Self {
        Self {
            uid: Uid::from_raw(uid),
            gid: Gid::from_raw(gid),
            groups: groups.iter().map(|&group| Gid::from_raw(group)).collect(),
        }
    }

    /// The user's number.
    pub const fn uid(&self) -> u32 {
        self.uid.as_raw()
    }
}

impl Rights {
    /// The rights of a user of this machine, with all the groups the system's databases give; our own where
    /// that is who we are.
    pub fn of_user(uid: u32) -> io::Result<Self> {
        if rustix::process::geteuid().as_raw() == uid {
            return Ok(Self::Own);
        }
        let (name, gid) = sys::user(uid)?;
        let groups = sys::groups(&name, gid)?;
        Ok(Self::Of(User::new(uid, gid, &groups)))
    }

    /// Who owns the files made with these rights.
    pub(crate) fn uid(&self) -> u32 {
        match self {
            Self::Own => rustix::process::geteuid().as_raw(),
            Self::Of(user) => user.uid(),
        }
    }

    /// Takes these rights, for this thread, until the guard goes.
    pub(crate) fn act(&self) -> rustix::io::Result<Acting> {
        match self {
            Self::Own => Ok(Acting { own: None, _thread_bound: PhantomData }),
            Self::Of(user) => Acting::become_user(user),
        }
    }
}

/// The time during which a thread has somebody's rights. Must not leave its thread.
#[must_use]
pub(crate) struct Acting {
    own: Option<&'static Own>,
    _thread_bound: PhantomData<*const ()>,
}

/// What a thread of the service is when it acts for nobody.
struct Own {
    uid: Uid,
    gid: Gid,
    groups: Vec<Gid>,
    capabilities: CapabilitySets,
}

impl Own {
    /// Read once: the service never changes who it is.
    fn known() -> rustix::io::Result<&'static Self> {
        static OWN: OnceLock<Own> = OnceLock::new();
        if let Some(own) = OWN.get() {
            return Ok(own);
        }
        let own = Self {
            uid: rustix::process::geteuid(),
            gid: rustix::process::getegid(),
            groups: rustix::process::getgroups()?,
            capabilities: capabilities(None)?,
        };
        Ok(OWN.get_or_init(|| own))
    }

    fn restore(&self) -> rustix::io::Result<()> {
        // The capabilities first: they are what allows the rest.
        set_capabilities(None, self.capabilities)?;
        sys::set_fs_uid(self.uid)?;
        sys::set_fs_gid(self.gid)?;
        set_thread_groups(&self.groups)
    }
}

impl Acting {
    fn become_user(user: &User) -> rustix::io::Result<Self> {
        let own = Own::known()?;
        set_thread_groups(&user.groups)?;
        // From here on the guard gives everything back, whatever fails.
        let acting = Self { own: Some(own), _thread_bound: PhantomData };
        sys::set_fs_gid(user.gid)?;
        sys::set_fs_uid(user.uid)?;
        set_capabilities(None, CapabilitySets { effective: CapabilitySet::empty(), ..own.capabilities })?;
        Ok(acting)
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        if let Some(own) = self.own
            && own.restore().is_err()
        {
            // A thread with one user's rights must not go on to work for another.
            std::process::abort();
        }
    }
}

/// The calls that no safe crate offers.
#[expect(unsafe_code, reason = "a thin wrapper of system calls")]
mod sys {
    use std::ffi::{CStr, CString};
    use std::io;
    use std::ptr;

    use rustix::io::Errno;
    use rustix::process::{Gid, Uid};

    /// An entry of the user database is far smaller; a larger one is refused.
    const ENTRY_BYTES_MAX: usize = 1 << 20;
    /// NGROUPS_MAX of Linux.
    const GROUPS_MAX: usize = 65_536;

    pub(super) fn set_fs_uid(uid: Uid) -> rustix::io::Result<()> {
        // SAFETY: `setfsuid` takes a number, touches no memory of ours, and acts on this thread alone. It
        // reports no failure; the second call, which asks for an impossible id, tells the one in force.
        let now = unsafe {
            libc::setfsuid(uid.as_raw());
            libc::setfsuid(u32::MAX)
        };
        if now.cast_unsigned() == uid.as_raw() { Ok(()) } else { Err(Errno::PERM) }
    }

    pub(super) fn set_fs_gid(gid: Gid) -> rustix::io::Result<()> {
        // SAFETY: as for `setfsuid`.
        let now = unsafe {
            libc::setfsgid(gid.as_raw());
            libc::setfsgid(u32::MAX)
        };
        if now.cast_unsigned() == gid.as_raw() { Ok(()) } else { Err(Errno::PERM) }
    }

    /// Name and primary group of a user.
    pub(super) fn user(uid: u32) -> io::Result<(CString, u32)> {
        let mut buffer = vec![0; 1024];
        loop {
            // SAFETY: `passwd` is a plain C struct of numbers and pointers, for which zeros are valid.
            let mut entry: libc::passwd = unsafe { std::mem::zeroed() };
            let mut found = ptr::null_mut();
            // SAFETY: every pointer is to a live local, and the length is that of the buffer.
            let status =
                unsafe { libc::getpwuid_r(uid, &mut entry, buffer.as_mut_ptr(), buffer.len(), &mut found) };
            match status {
                0 if found.is_null() => {
                    return Err(io::Error::new(io::ErrorKind::NotFound, format!("no user has the id {uid}")));
                }
                0 => {
                    // SAFETY: the call succeeded, so `pw_name` is a C string inside `buffer`, which lives.
                    let name = unsafe { CStr::from_ptr(entry.pw_name) };
                    return Ok((name.to_owned(), entry.pw_gid));
                }
                libc::ERANGE if buffer.len() < ENTRY_BYTES_MAX => buffer.resize(buffer.len() * 4, 0),
                errno => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
    }

    /// All groups of a user.
    pub(super) fn groups(name: &CStr, gid: u32) -> io::Result<Vec<u32>> {
        let mut groups = vec![0; 64];
        loop {
            let mut count = libc::c_int::try_from(groups.len()).unwrap_or(libc::c_int::MAX);
            // SAFETY: the name is a C string, and `groups` has room for `count` ids.
            let status = unsafe { libc::getgrouplist(name.as_ptr(), gid, groups.as_mut_ptr(), &mut count) };
            if status >= 0 {
                groups.truncate(usize::try_from(count).unwrap_or(0));
                return Ok(groups);
            }
            if groups.len() >= GROUPS_MAX {
                return Err(io::Error::other("the user is in more groups than the system allows"));
            }
            groups.resize(groups.len() * 4, 0);
        }
    }

    /// Makes a write beyond the file-size limit an error instead of the death of the process (E07).
    pub(crate) fn ignore_size_signal() {
        // SAFETY: ignoring a signal installs no handler of ours; nothing can run in signal context.
        unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        }
    }
}

/// Makes a write beyond the file-size limit fail with `EFBIG` instead of killing the service (E07), once for
/// the process.
pub(crate) fn ignore_size_signal() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(sys::ignore_size_signal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ordinary_user;

    #[test]
    fn acting_takes_ids_groups_and_capabilities_and_gives_all_back() {
        let Some(user) = ordinary_user() else { return };
        let before = state_of_thread();
        {
            let _acting = Rights::Of(user.clone()).act().unwrap();
            let during = state_of_thread();
            assert_eq!(during.fs_uid, user.uid());
            assert_eq!(during.groups, user.groups.to_vec());
            assert_eq!(during.effective, CapabilitySet::empty());
            assert_eq!(
                std::fs::read("/proc/1/environ").unwrap_err().kind(),
                io::ErrorKind::PermissionDenied,
                "a file of root's is out of reach"
            );
        }
        assert_eq!(state_of_thread(), before);
    }

    #[test]
    fn the_superuser_is_found_in_the_user_database() {
        let (name, gid) = sys::user(0).unwrap();
        assert_eq!((name.to_str(), gid), (Ok("root"), 0));
        assert!(sys::groups(&name, gid).unwrap().contains(&0));
        assert_eq!(sys::user(u32::MAX - 7).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(Rights::of_user(rustix::process::geteuid().as_raw()).unwrap(), Rights::Own);
    }

    #[derive(Debug, PartialEq)]
    struct ThreadState {
        fs_uid: u32,
        fs_gid: u32,
        groups: Vec<Gid>,
        effective: CapabilitySet,
    }

    fn state_of_thread() -> ThreadState {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        // The fourth number is the file-system id (proc_pid_status(5)).
        let fs_id = |key| {
            let line = status.lines().find(|line| line.starts_with(key)).unwrap();
            line.split_whitespace().nth(4).unwrap().parse().unwrap()
        };
        ThreadState {
            fs_uid: fs_id("Uid:"),
            fs_gid: fs_id("Gid:"),
            groups: rustix::process::getgroups().unwrap(),
            effective: capabilities(None).unwrap().effective,
        }
    }
}
