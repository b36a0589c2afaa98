//! The place of a download's file. The original makes its file at `start`, and fails there and then where it cannot;
//! clients rely on that (agent-rest 7). Here an empty file claims the name, and the finished file replaces it in one
//! step, so that nobody ever reads a part for the whole.

use std::ffi::OsStr;
use std::fs::{Metadata, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use bgcopy_api::name::Base64;
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Where files may be put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grounds {
    /// What a relative path is relative to.
    pub(crate) directory: PathBuf,
    /// The agent's own folders: any user of the machine could leave it a configuration or a record there.
    pub(crate) closed: Vec<PathBuf>,
}

/// The empty file that claims a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// Where, without links in its folder.
    path: Base64,
    device: u64,
    inode: u64,
}

impl Claim {
    /// Makes the file: "exclusive create, mode 0664 less the umask; the directory must exist; a relative path is
    /// relative to the agent's directory" (agent-rest 7).
    pub(crate) fn make(grounds: &Grounds, path: &[u8]) -> io::Result<Self> {
        let path = resolve(&grounds.directory, path)?;
        if grounds.are_closed_at(&path) {
            return Err(Errno::ACCESS.into());
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o664).open(&path)?;
        let found = file.metadata()?;
        let path = Base64(path.as_os_str().as_bytes().to_vec());
        Ok(Self { path, device: found.dev(), inode: found.ino() })
    }

    /// Where the file shall appear.
    pub(crate) fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path.0))
    }

    /// Whether the claim still stands: "deleted while paused: resume gives `ENOENT`" (agent-rest 7).
    pub(crate) fn check(&self) -> io::Result<()> {
        let found = self.path().symlink_metadata()?;
        if self.is(&found) { Ok(()) } else { Err(Errno::EXIST.into()) }
    }

    /// Gives the name back. What somebody else put there stays, and a file that is gone already is no error.
    pub(crate) fn release(&self) -> io::Result<()> {
        self.remove_if(|found| self.is(found) && found.len() == 0)
    }

    /// Removes the finished file, which had so many bytes: "`abort` deletes it only if this download made it".
    pub(crate) fn remove_finished(&self, size: u64) -> io::Result<()> {
        self.remove_if(|found| found.is_file() && found.len() == size)
    }

    fn remove_if(&self, ours: impl Fn(&Metadata) -> bool) -> io::Result<()> {
        let gone = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        };
        match self.path().symlink_metadata() {
            Ok(found) if ours(&found) => std::fs::remove_file(self.path()).or_else(gone),
            Ok(_) => Ok(()),
            Err(error) => gone(error),
        }
    }

    fn is(&self, found: &Metadata) -> bool {
        found.is_file() && (found.dev(), found.ino()) == (self.device, self.inode)
    }
}

impl Grounds {
    /// Whether a path without links is in a folder of the agent's own.
    fn are_closed_at(&self, path: &Path) -> bool {
        // What is not there has no files in it.
        self.closed.iter().filter_map(|folder| folder.canonicalize().ok()).any(|own| path.starts_with(own))
    }
}

/// The plain path that a job can have: the folder without links and dots, and the name of a file in it.
fn resolve(directory: &Path, path: &[u8]) -> io::Result<PathBuf> {
    if path.contains(&0) {
        return Err(Errno::INVAL.into());
    }
    // What open(2) says of a name that can only be a folder's.
    if path.is_empty() || [&b"/"[..], b"/.", b"/.."].iter().any(|end| path.ends_with(end)) {
        return Err(Errno::ISDIR.into());
    }
    let path = directory.join(OsStr::from_bytes(path));
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Errno::ISDIR.into());
    };
    Ok(folder.canonicalize()?.join(name))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn claim(folder: &Path, path: &str) -> Result<Claim, Option<i32>> {
        let closed = vec![folder.join("own"), folder.join("missing")];
        let grounds = Grounds { directory: folder.to_owned(), closed };
        Claim::make(&grounds, path.as_bytes()).map_err(|error| error.raw_os_error())
    }

    #[test]
    fn a_name_is_claimed_once_and_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let first = claim(folder.path(), "f").unwrap();
        assert_eq!(claim(folder.path(), path.to_str().unwrap()), Err(Some(17)), "EEXIST, whoever made it");
        let found = path.metadata().unwrap();
        assert_eq!((found.len(), found.permissions().mode() & 0o111), (0, 0));
        first.check().unwrap();
        first.release().unwrap();
        assert!(!path.exists());
        first.release().unwrap();
        assert_eq!(first.check().unwrap_err().raw_os_error(), Some(2), "ENOENT");
    }

    #[test]
    fn what_others_put_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let claim = claim(folder.path(), "f").unwrap();
        fs::write(folder.path().join("theirs"), "x").unwrap();
        fs::rename(folder.path().join("theirs"), &path).unwrap();
        assert_eq!(claim.check().unwrap_err().raw_os_error(), Some(17));
        claim.release().unwrap();
        claim.remove_finished(2).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
        claim.remove_finished(1).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn nothing_is_put_into_the_folders_of_the_agent_itself() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("own/deep")).unwrap();
        fs::create_dir(folder.path().join("owner")).unwrap();
        symlink("own/deep", folder.path().join("l")).unwrap();
        for path in ["own/f", "own/deep/f", "owner/../own/f", "l/f", "l/../f"] {
            assert_eq!(claim(folder.path(), path), Err(Some(13)), "EACCES: {path}");
        }
        assert!(fs::read_dir(folder.path().join("own/deep")).unwrap().next().is_none());
        assert!(claim(folder.path(), "owner/f").is_ok());
    }

    #[test]
    fn paths_are_plain_or_refused_as_open_refuses_them() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        symlink("d", folder.path().join("l")).unwrap();
        for (path, is) in [("l/f", "d/f"), ("./d/../g", "g"), ("d//h", "d/h")] {
            assert_eq!(claim(folder.path(), path).unwrap().path(), real.join(is), "{path}");
        }
        for (path, errno) in [
            ("missing/f", 2),
            ("?f309adfasdf///dfasdfj39fjasldfjasdf///           ///.1", 2),
            ("d/f/x", 20),
            ("d/", 21),
            ("d/..", 21),
            ("", 21),
            ("a\0b", 22),
            (&"n".repeat(300), 36),
        ] {
            assert_eq!(claim(folder.path(), path), Err(Some(errno)), "{path}");
        }
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        assert_eq!(claim(folder.path(), "dangling"), Err(Some(17)), "a link is not followed");
    }
}
