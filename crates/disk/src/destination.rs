//! The place where a file shall appear: looked at when it is named, again when the transfer begins, and
//! again when it is published.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use bgcopy_core::{Code, Existing, Fault, LocalName};
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::fault;
use crate::file_system::{Handle, Os};
use crate::folder;
use crate::folders::Folders;
use crate::identity::Meta;
use crate::rights::{Acting, Rights};

/// Says when a file is added whether it could be published: the folder exists and its owner may write to it,
/// and what has the name, if anything, is a file that may be replaced (E09, E13, E14, E16, E24).
pub fn check_destination(rights: &Rights, local_name: &LocalName, existing: Existing) -> Result<(), Fault> {
    Destinations::default().check(rights, local_name, existing)
}

/// Looks at many destinations, most of them in the folder of the one before.
#[derive(Debug, Default)]
pub struct Destinations {
    folders: Folders,
    /// The folder of the last one was looked at with these rights, and may be written to.
    writable: Option<(Rights, PathBuf)>,
}

impl Destinations {
    /// [`check_destination`].
    pub fn check(
        &mut self,
        rights: &Rights,
        local_name: &LocalName,
        existing: Existing,
    ) -> Result<(), Fault> {
        let _acting = act(rights, local_name.path())?;
        let looked_at = |(of, at): &(Rights, PathBuf)| of == rights && at == local_name.folder();
        let folder = match self.folders.last().filter(|_| self.writable.as_ref().is_some_and(looked_at)) {
            // What becomes of it meanwhile is found out when a file is put there.
            Some(folder) => &folder.handle,
            None => {
                self.writable = None;
                let folder = &self.folders.open(&Os, rights, local_name.folder())?.handle;
                folder::check_writable(folder)
                    .map_err(|errno| fault::local(errno, "write to the folder", local_name.folder()))?;
                self.writable = Some((rights.clone(), local_name.folder().to_owned()));
                folder
            }
        };
        let taken = is_taken(folder, local_name.base(), local_name.path())?;
        if taken && existing == Existing::Refuse {
            return Err(exists(local_name.path()));
        }
        Ok(())
    }
}

/// Takes the owner's rights.
pub(crate) fn act(rights: &Rights, path: &Path) -> Result<Acting, Fault> {
    rights.act().map_err(|errno| fault::local(errno, "act for the owner of", path))
}

/// The folder of a destination, and its path without links.
pub(crate) fn open(path: &Path) -> Result<(PathBuf, Handle), Fault> {
    folder::resolve(path).map_err(|errno| fault::local(errno, "open the folder", path))
}

/// Whether a file has the name; a fault when something has it that is no file and must stay (E14, E16).
pub(crate) fn is_taken(folder: &Handle, base: &OsStr, path: &Path) -> Result<bool, Fault> {
    let kind = match Meta::at(folder, base) {
        Ok(meta) => meta.kind,
        Err(Errno::NOENT) => return Ok(false),
        Err(errno) => return Err(fault::local(errno, "look at", path)),
    };
    let what = match kind {
        FileType::RegularFile => return Ok(true),
        FileType::Directory => "a folder",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "not a file",
    };
    Err(fault::here(Code::AccessDenied, format!("{} is {what} and is not replaced", path.display())))
}

/// The destination exists, and shall stay.
pub(crate) fn exists(path: &Path) -> Fault {
    fault::here(Code::DestinationExists, format!("{} exists", path.display()))
}
