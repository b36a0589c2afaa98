//! Who is logged on, told when it changes and not otherwise (`require_session`; spec 9.9: "Jobs run only
//! while the owner is logged on interactively").
//!
//! The fact is the folder that logind keeps for a user while a session of theirs exists: `/run/user/UID`.
//! A machine without logind has no such folder at all; there everybody counts as logged on.

use std::collections::BTreeSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use bgcopy_core::Owner;
use rustix::fs::inotify;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::HostEvent;

/// System users always count as logged on (spec 9.9); ordinary users begin here (systemd, "UID ranges").
const ORDINARY_UID_MIN: u32 = 1_000;
/// Room for some notes; what does not fit comes with the next read.
const NOTE_BYTES: usize = 4_096;

/// Watches the folder of sessions.
#[derive(Debug)]
pub struct SessionWatch {
    folder: PathBuf,
    notes: AsyncFd<OwnedFd>,
    told: bool,
}

impl SessionWatch {
    /// Starts watching `folder`, usually `/run/user`. To be called inside the runtime.
    ///
    /// # Errors
    /// There is no such folder, or it cannot be watched.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let notes = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        let changes = inotify::WatchFlags::CREATE
            | inotify::WatchFlags::DELETE
            | inotify::WatchFlags::MOVE
            | inotify::WatchFlags::ONLYDIR;
        inotify::add_watch(&notes, folder, changes)?;
        // SAFETY: an `OwnedFd` owns its descriptor; this one is given to nobody and never replaced or closed
        // before the watch is dropped.
        #[expect(unsafe_code, reason = "tokio cannot know that a descriptor stays what it is")]
        let notes = unsafe { AsyncFd::register_with_interest(notes, Interest::READABLE)? };
        Ok(Self { folder: folder.to_owned(), notes, told: false })
    }

    /// Who is logged on at the start, then after each change. May be dropped and called again without
    /// losing anything.
    ///
    /// # Errors
    /// The folder cannot be read any more; nothing more will be told.
    pub async fn next(&mut self) -> io::Result<HostEvent> {
        if !self.told {
            self.told = true;
            return self.present();
        }
        let mut ready = self.notes.readable().await?;
        let mut room = [MaybeUninit::uninit(); NOTE_BYTES];
        let mut reader = inotify::Reader::new(self.notes.get_ref(), &mut room);
        // What exactly changed does not matter: the folder is looked at anew.
        while reader.next().is_ok() {}
        ready.clear_ready();
        self.present()
    }

    fn present(&self) -> io::Result<HostEvent> {
        let mut users = BTreeSet::new();
        for entry in std::fs::read_dir(&self.folder)? {
            users.extend(entry?.file_name().to_str().and_then(|name| name.parse().ok()).map(Owner));
        }
        Ok(HostEvent::Sessions(users))
    }
}

/// Whether this owner's jobs must wait for a session, given who has one.
pub fn is_absent(owner: Owner, present: &BTreeSet<Owner>) -> bool {
    owner.0 >= ORDINARY_UID_MIN && !present.contains(&owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(uids: &[u32]) -> HostEvent {
        HostEvent::Sessions(uids.iter().copied().map(Owner).collect())
    }

    #[tokio::test]
    async fn who_comes_and_goes_is_told() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("1000")).unwrap();
        let mut watch = SessionWatch::start(folder.path()).unwrap();
        assert_eq!(watch.next().await.unwrap(), sessions(&[1000]));
        std::fs::create_dir(folder.path().join("1001")).unwrap();
        assert_eq!(watch.next().await.unwrap(), sessions(&[1000, 1001]));
        std::fs::remove_dir(folder.path().join("1000")).unwrap();
        assert_eq!(watch.next().await.unwrap(), sessions(&[1001]));
        assert!(SessionWatch::start(&folder.path().join("none")).is_err());
    }

    #[test]
    fn system_users_are_always_there() {
        let nobody = BTreeSet::new();
        assert!(is_absent(Owner(1000), &nobody));
        assert!(!is_absent(Owner(0), &nobody));
        assert!(!is_absent(Owner(1000), &BTreeSet::from([Owner(1000)])));
    }
}
