//! Folders: opened once as a handle, so that what is done in one is done in that very folder, whatever
//! becomes of the path meanwhile (E14).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags};
use rustix::io::{Errno, Result};

use crate::fault::errno_of;
use crate::file_system::{Handle, Role};
use crate::identity::Meta;

/// How the names of our temporary files end.
const SUFFIX: &[u8] = b".bgcopy";
/// Random characters in the name of a temporary file.
const RANDOM_CHARS: usize = 6;

const FLAGS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Opens a folder by a path that may hold links.
pub(crate) fn open_following(path: &Path) -> Result<Handle> {
    rustix::fs::openat(CWD, path, FLAGS, Mode::empty()).map(|fd| Handle::new(fd, Role::Folder))
}

/// Opens a folder by a path in which no part may be a link: `ELOOP`.
pub(crate) fn open_plain(path: &Path) -> Result<Handle> {
    match rustix::fs::openat2(CWD, path, FLAGS, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
        Ok(fd) => Ok(Handle::new(fd, Role::Folder)),
        // Kernels before 5.6 and some sandboxes.
        Err(Errno::NOSYS) => walk(path),
        Err(errno) => Err(errno),
    }
}

/// [`open_plain`] one step at a time.
fn walk(path: &Path) -> Result<Handle> {
    let mut folder = open_following(Path::new("/"))?;
    for part in path.components().filter(|part| *part != Component::RootDir) {
        let Component::Normal(name) = part else { return Err(Errno::INVAL) };
        let next = match rustix::fs::openat(&folder, name, FLAGS | OFlags::NOFOLLOW, Mode::empty()) {
            Err(Errno::NOTDIR) if Meta::at(&folder, name)?.kind.is_symlink() => Err(Errno::LOOP),
            other => other,
        };
        folder = Handle::new(next?, Role::Folder);
    }
    Ok(folder)
}

/// The folder's path without links, and the folder itself.
pub(crate) fn resolve(path: &Path) -> Result<(PathBuf, Handle)> {
    let plain = std::fs::canonicalize(path).map_err(|error| errno_of(&error))?;
    let folder = open_plain(&plain)?;
    Ok((plain, folder))
}

/// Opens a file of a folder for reading and writing. A name without a slash leaves nothing to resolve but
/// itself, so `O_NOFOLLOW` is as good as `RESOLVE_NO_SYMLINKS`; never blocks on a FIFO (E16).
pub(crate) fn open_file(folder: &Handle, name: &OsStr) -> Result<Handle> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::openat(folder, name, flags, Mode::empty()).map(|fd| Handle::new(fd, Role::Data))
}

/// Whether a new file can be made in the folder with the rights of now.
pub(crate) fn check_writable(folder: &Handle) -> Result<()> {
    use rustix::fs::Access;
    // EACCESS: the rights this thread acts with, not those the process was started with.
    rustix::fs::accessat(folder, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
}

/// A fresh name for a temporary file, `.NAME.XXXXXX.bgcopy`: hidden, and cut so that any name has room.
pub(crate) fn temporary_name(base: &OsStr, name_bytes_max: usize) -> OsString {
    let overhead = 2 + RANDOM_CHARS + SUFFIX.len();
    let room = name_bytes_max.saturating_sub(overhead);
    let mut name = vec![b'.'];
    name.extend_from_slice(cut(base.as_bytes(), room));
    name.push(b'.');
    name.extend_from_slice(&random_chars());
    name.extend_from_slice(SUFFIX);
    OsString::from_vec(name)
}

/// Whether a name is one that [`temporary_name`] makes.
pub(crate) fn is_temporary_name(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(SUFFIX)
}

/// At most this many bytes of a name, without cutting a character of UTF-8 in two.
pub(crate) fn cut(name: &[u8], bytes_max: usize) -> &[u8] {
    let mut end = name.len().min(bytes_max);
    while end > 0 && name.get(end).is_some_and(|byte| byte & 0xC0 == 0x80) {
        end -= 1;
    }
    name.get(..end).unwrap_or_default()
}

fn random_chars() -> [u8; RANDOM_CHARS] {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0; RANDOM_CHARS];
    // Names need not be secret: without randomness the exclusive create still finds a clash.
    let _ = aws_lc_rs::rand::fill(&mut random);
    random.map(|byte| ALPHABET[usize::from(byte % 32)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_temporary_files_are_hidden_and_fit() {
        let name = temporary_name(OsStr::new("report.pdf"), 255);
        let text = name.to_str().unwrap();
        assert!(text.starts_with(".report.pdf.") && text.ends_with(".bgcopy"), "{text}");
        assert!(is_temporary_name(&name));
        assert_ne!(name, temporary_name(OsStr::new("report.pdf"), 255));
        let long = temporary_name(OsStr::new(&"é".repeat(127)), 255);
        assert!(long.len() <= 255 && long.to_str().is_some(), "{long:?}");
        assert!(temporary_name(OsStr::from_bytes(&[0xFF; 255]), 255).len() <= 255);
        assert!(!is_temporary_name(OsStr::new("report.pdf")));
    }

    #[test]
    fn a_plain_path_holds_no_link_anywhere() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(root.path()).unwrap();
        std::fs::create_dir_all(root.join("real/inner")).unwrap();
        std::fs::write(root.join("file"), "").unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link")).unwrap();
        for open in [open_plain, walk] {
            assert!(open(&root.join("real/inner")).is_ok());
            assert_eq!(open(&root.join("link/inner")).unwrap_err(), Errno::LOOP);
            assert_eq!(open(&root.join("link")).unwrap_err(), Errno::LOOP);
            assert_eq!(open(&root.join("gone")).unwrap_err(), Errno::NOENT);
            assert_eq!(open(&root.join("file")).unwrap_err(), Errno::NOTDIR);
        }
        let (plain, _) = resolve(&root.join("link/inner")).unwrap();
        assert_eq!(plain, root.join("real/inner"));
    }
}
