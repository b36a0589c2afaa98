//! Small files: written whole, at once, without a piece log.
//!
//! A piece log names a temporary file before it is made, tells which one it is, and proves its bytes. Of a file that
//! is here whole before the first byte is written there is nothing to prove piece by piece; the caller records what
//! it looks like ([`Kept`]); and its temporary name is none that has to be remembered: it follows from the folder
//! and a *mark*, a text that no other file has. So what a crash leaves behind is found by [`discard_stray`], or
//! replaced when the file is written again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bgcopy_core::{Code, Digest, ErrorContext, Existing, Fault, Kept, LocalName, Wall};
use rustix::io::Errno;

use crate::destination::{self, act};
use crate::digest::Frontier;
use crate::discard::looks_ours;
use crate::fault;
use crate::file_system::{FileSystem, Handle, Os, write_all};
use crate::folder;
use crate::folders::{Folder, Folders};
use crate::identity::{Identity, Meta};
use crate::publish;
use crate::reservation::Reservation;
use crate::rights::{self, Rights};
use crate::space::Floor;

/// What a small file is made for.
#[derive(Clone, Debug)]
pub struct SmallSpec {
    /// Where the file shall appear; the temporary file is made beside it.
    pub local_name: LocalName,
    /// What no other file has: letters, digits and hyphens, at most 64 of them.
    pub mark: String,
    /// Whose rights the temporary file is made with.
    pub rights: Rights,
    /// What becomes of a file that has the name.
    pub existing: Existing,
    /// The digest that the file must have.
    pub digest: Option<Digest>,
    /// What stays free on the volume.
    pub floor: Floor,
    /// How it is to look when it is published, as far as that is known: then it need not be opened again.
    pub look: Option<Look>,
}

/// What a published file looks like beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Permissions, as [`mode_by_umask`](crate::mode_by_umask) says; executable bits are taken out.
    pub mode: u32,
    /// `Last-Modified`, for the time stamp (spec 9.5).
    pub last_modified: Option<Wall>,
}

/// A small file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Small {
    /// The temporary file, by a path without links.
    pub temporary: PathBuf,
    /// What it looks like.
    pub kept: Kept,
    /// A digest was asked for, and is right.
    pub digest_matched: bool,
}

/// Writes small files, and remembers the folder of the last one. Belongs to one thread.
#[derive(Debug)]
pub struct SmallFiles<F: FileSystem = Os> {
    fs: F,
    folders: Folders,
    /// The last file, where names are still to be put on the disk.
    last: Option<Handle>,
    /// Bytes since the floor was last looked at.
    unchecked: u64,
}

/// The floor is looked at after this many bytes: "overshoot at most one piece per connection" (E03).
const RECHECK_BYTES: u64 = bgcopy_core::limits::PIECE_BYTES;
/// What a file takes of a volume besides its bytes, about.
const FILE_BYTES: u64 = 4 << 10;

impl Default for SmallFiles {
    fn default() -> Self {
        Self::on(Os)
    }
}

impl<F: FileSystem> SmallFiles<F> {
    /// A writer on this file system.
    pub fn on(fs: F) -> Self {
        rights::ignore_size_signal();
        Self { fs, folders: Folders::default(), last: None, unchecked: u64::MAX }
    }

    /// Writes a file and puts its content on the disk; its name is there after [`SmallFiles::sync_names`]. On failure
    /// nothing is left of it.
    pub fn put(&mut self, spec: &SmallSpec, bytes: &[u8]) -> Result<Small, Fault> {
        let digest_matched = check_digest(spec, bytes)?;
        let path = spec.local_name.path();
        let _acting = act(&spec.rights, path)?;
        let folder = self.folders.open(&self.fs, &spec.rights, spec.local_name.folder())?;
        // What may be replaced, or gets another name beside it, is looked at when this one gets its own.
        if spec.existing == Existing::Refuse
            && destination::is_taken(&folder.handle, spec.local_name.base(), path)?
        {
            return Err(destination::exists(path));
        }
        self.unchecked = self.unchecked.saturating_add(bytes.len() as u64 + FILE_BYTES);
        let reservation = Reservation::new(spec.floor);
        if self.unchecked >= RECHECK_BYTES {
            let volume =
                self.fs.volume(&folder.handle).map_err(|errno| fault::local(errno, "look at", path))?;
            reservation.check_new(volume, Some(bytes.len() as u64), path)?;
            self.unchecked = 0;
        }
        let name = name_of(&spec.mark);
        let data = create(&self.fs, &spec.rights, folder, &name).map_err(|errno| {
            reservation.explain(&self.fs, &folder.handle, errno, "create a file beside", path, 0)
        })?;
        let temporary = folder.plain.join(&name);
        let written = write_all(&self.fs, &data, bytes, 0).map_err(|(_, errno)| errno);
        if let Some(look) = &spec.look {
            publish::dress(&data, look, &temporary);
        }
        let synced = written.and_then(|()| if folder.in_memory { Ok(()) } else { self.fs.sync(&data) });
        let kept = synced.and_then(|()| Meta::of(&data)).map_err(|errno| {
            // What cannot be removed now is found by its name.
            let _ = self.fs.unlink(&folder.handle, &name);
            reservation.explain(&self.fs, &data, errno, "write", &temporary, 0)
        })?;
        self.last = (!folder.in_memory).then_some(data);
        Ok(Small { temporary, kept: kept_of(&kept), digest_matched })
    }

    /// Whether the last file went into this folder, and the folder lives in memory: then nothing is waited for while
    /// another is put there.
    pub fn is_in_memory(&self, folder: &Path) -> bool {
        self.folders.last().is_some_and(|last| last.in_memory && last.path == folder)
    }

    /// Puts the names of the files that were made since on the disk.
    pub fn sync_names(&mut self, path: &Path) -> Result<(), Fault> {
        let (Some(folder), Some(data)) = (self.folders.last(), self.last.take()) else { return Ok(()) };
        self.fs
            .sync_names(&folder.handle, &data)
            .map_err(|errno| fault::local(errno, "sync the folder of", path))
    }
}

/// Removes what a crash left of a small file: what its name says is there, if it is ours.
pub fn discard_stray(rights: &Rights, folder: &Path, mark: &str) -> Result<(), Fault> {
    let _acting = act(rights, folder)?;
    // Without the folder there is nothing in it.
    let Ok((plain, handle)) = folder::resolve(folder) else { return Ok(()) };
    let name = name_of(mark);
    let path = plain.join(&name);
    match Meta::at(&handle, &name) {
        Ok(meta) if looks_ours(&path, &meta, rights) => match Os.unlink(&handle, &name) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(fault::local(errno, "remove", &path)),
        },
        Ok(_) | Err(_) => Ok(()),
    }
}

fn check_digest(spec: &SmallSpec, bytes: &[u8]) -> Result<bool, Fault> {
    let Some(wanted) = &spec.digest else { return Ok(false) };
    let mut frontier = Frontier::new(wanted);
    frontier.feed(0, bytes);
    let value = frontier.value();
    if value == *wanted {
        return Ok(true);
    }
    let detail = format!("the file has {value}, and {wanted} was promised");
    Err(Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail))
}

fn name_of(mark: &str) -> OsString {
    format!(".{mark}.bgcopy").into()
}

/// Makes the file; one of the same mark that a crash left gives way.
fn create<F: FileSystem>(
    fs: &F,
    rights: &Rights,
    folder: &Folder,
    name: &OsString,
) -> rustix::io::Result<Handle> {
    match fs.create(&folder.handle, name) {
        Err(Errno::EXIST) => {
            let meta = Meta::at(&folder.handle, name)?;
            if !looks_ours(Path::new(name), &meta, rights) {
                return Err(Errno::EXIST);
            }
            fs.unlink(&folder.handle, name)?;
            fs.create(&folder.handle, name)
        }
        other => other,
    }
}

pub(crate) fn kept_of(meta: &Meta) -> Kept {
    let Identity { device, inode, born, owner } = meta.identity;
    Kept { device, inode, born, owner, size: meta.size, modified: meta.modified }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::publish::{Publish, Publisher};

    struct Rig {
        folder: tempfile::TempDir,
        files: SmallFiles,
    }

    impl Rig {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), files: SmallFiles::default() }
        }

        fn spec(&self) -> SmallSpec {
            SmallSpec {
                local_name: LocalName::new(self.folder.path().join("f")).unwrap(),
                mark: "a-1".to_owned(),
                rights: Rights::Own,
                existing: Existing::Replace,
                digest: None,
                floor: Floor::NONE,
                look: None,
            }
        }

        fn publish(&self, small: &Small) -> Result<crate::Published, Fault> {
            Publisher::default().publish(&self.of(small))
        }

        fn of(&self, small: &Small) -> Publish {
            Publish {
                rights: Rights::Own,
                temporary: small.temporary.clone(),
                local_name: self.spec().local_name,
                existing: Existing::Replace,
                last_modified: None,
                log: self.folder.path().join("no-log"),
                kept: Some(small.kept),
                mode: 0o644,
            }
        }

        fn names(&self) -> Vec<String> {
            let entries = std::fs::read_dir(self.folder.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    #[test]
    fn a_small_file_is_written_and_gets_its_name_without_a_log() {
        let mut rig = Rig::new();
        let small = rig.files.put(&rig.spec(), b"content").unwrap();
        rig.files.sync_names(Path::new("/")).unwrap();
        assert!(!rig.files.is_in_memory(Path::new("/")), "another folder");
        assert_eq!(rig.names(), [".a-1.bgcopy"]);
        assert!(!rig.publish(&small).unwrap().already);
        assert_eq!(std::fs::read(rig.folder.path().join("f")).unwrap(), b"content");
        assert_eq!(rig.names(), ["f"]);
        assert!(rig.publish(&small).unwrap().already, "F03: also after a crash that forgot it");
    }

    #[test]
    fn a_file_that_has_its_look_already_is_published_as_it_is() {
        let mut rig = Rig::new();
        let at = Wall::from_unix_millis(1_000_000_000_000);
        let look = Look { mode: 0o777, last_modified: Some(at) };
        for look in [look, Look { last_modified: None, ..look }] {
            let small = rig.files.put(&SmallSpec { look: Some(look), ..rig.spec() }, b"content").unwrap();
            let spec = Publish { last_modified: look.last_modified, mode: 0o666, ..rig.of(&small) };
            assert_eq!(small.kept.modified == 1_000_000_000_000_000_000, look.last_modified.is_some());
            assert!(!Publisher::default().publish(&spec).unwrap().already);
            let meta = std::fs::metadata(rig.folder.path().join("f")).unwrap();
            assert_eq!(meta.permissions().mode() & 0o7777, 0o666, "E26: never executable");
        }
    }

    #[test]
    fn a_second_name_is_noticed_though_the_file_is_not_opened() {
        let mut rig = Rig::new();
        let look = Some(Look { mode: 0o644, last_modified: None });
        let small = rig.files.put(&SmallSpec { look, ..rig.spec() }, b"content").unwrap();
        std::fs::hard_link(&small.temporary, rig.folder.path().join("other")).unwrap();
        assert_eq!(rig.publish(&small).unwrap_err().code, Code::LocalFileChanged);
    }

    #[test]
    fn what_was_touched_or_replaced_since_is_not_published() {
        let mut rig = Rig::new();
        let small = rig.files.put(&rig.spec(), b"content").unwrap();
        std::fs::write(&small.temporary, b"longer content").unwrap();
        assert_eq!(rig.publish(&small).unwrap_err().code, Code::LocalFileChanged);
        std::fs::remove_file(&small.temporary).unwrap();
        assert_eq!(rig.publish(&small).unwrap_err().code, Code::PathNotFound);
        let other = rig.files.put(&rig.spec(), b"content").unwrap();
        if other.kept.born.is_some() && other.kept.born != small.kept.born {
            assert_eq!(rig.publish(&small).unwrap_err().code, Code::LocalFileChanged);
        }
        assert!(rig.publish(&other).is_ok());
    }

    #[test]
    fn what_a_crash_left_gives_way_and_what_is_not_ours_stays() {
        let mut rig = Rig::new();
        rig.files.put(&rig.spec(), b"before the crash").unwrap();
        let again = rig.files.put(&rig.spec(), b"after").unwrap();
        assert_eq!(std::fs::read(&again.temporary).unwrap(), b"after");
        discard_stray(&Rights::Own, rig.folder.path(), "a-1").unwrap();
        discard_stray(&Rights::Own, rig.folder.path(), "a-1").unwrap();
        discard_stray(&Rights::Own, Path::new("/gone"), "a-1").unwrap();
        assert_eq!(rig.names(), [""; 0]);

        std::os::unix::fs::symlink("elsewhere", &again.temporary).unwrap();
        assert_eq!(rig.files.put(&rig.spec(), b"x").unwrap_err().code, Code::DestinationExists);
        discard_stray(&Rights::Own, rig.folder.path(), "a-1").unwrap();
        assert_eq!(rig.names(), [".a-1.bgcopy"]);
    }

    #[test]
    fn a_wrong_digest_and_a_destination_that_stays_leave_nothing() {
        let mut rig = Rig::new();
        let digest = format!("sha-256={}", "0".repeat(64)).parse().unwrap();
        let spec = SmallSpec { digest: Some(digest), ..rig.spec() };
        assert_eq!(rig.files.put(&spec, b"content").unwrap_err().code, Code::ValidationFailed);
        std::fs::write(rig.folder.path().join("f"), "old").unwrap();
        let spec = SmallSpec { existing: Existing::Refuse, ..rig.spec() };
        assert_eq!(rig.files.put(&spec, b"content").unwrap_err().code, Code::DestinationExists);
        let floor = Floor { bytes: u64::MAX, percent: 0 };
        let spec = SmallSpec { floor, ..rig.spec() };
        let fault = SmallFiles::default().put(&spec, b"content").unwrap_err();
        assert_eq!(fault.code, Code::DiskFull);
        assert_eq!(rig.names(), ["f"]);
    }

    #[test]
    fn a_folder_that_was_replaced_is_noticed() {
        let mut rig = Rig::new();
        let folder = rig.folder.path().join("sub");
        std::fs::create_dir(&folder).unwrap();
        let spec = SmallSpec { local_name: LocalName::new(folder.join("f")).unwrap(), ..rig.spec() };
        rig.files.put(&spec, b"content").unwrap();
        std::fs::rename(&folder, rig.folder.path().join("moved")).unwrap();
        assert_eq!(rig.files.put(&spec, b"content").unwrap_err().code, Code::PathNotFound);
        std::fs::create_dir(&folder).unwrap();
        rig.files.put(&spec, b"content").unwrap();
        assert!(folder.join(".a-1.bgcopy").exists());
    }
}
