//! The folder that the last file was in, kept open for the next: thousands of small files are mostly in one.

use std::path::{Path, PathBuf};

use bgcopy_core::Fault;

use crate::destination;
use crate::fault;
use crate::file_system::{FileSystem, Handle};
use crate::identity::{Identity, Meta};
use crate::rights::Rights;

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Its path as it was asked for.
    pub(crate) path: PathBuf,
    rights: Rights,
    /// Its path without links.
    pub(crate) plain: PathBuf,
    pub(crate) handle: Handle,
    identity: Identity,
    /// A power cut takes what is in it whole, and there is nothing to sync.
    pub(crate) in_memory: bool,
}

/// The folder of the last file.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    last: Option<Folder>,
}

impl Folders {
    /// A folder by its path, opened with the rights of now, which are `rights`. One that is open is asked for again
    /// whether its path still leads to it: nothing must be put into a folder that was moved away (E10, E14).
    pub(crate) fn open<F: FileSystem>(
        &mut self,
        fs: &F,
        rights: &Rights,
        path: &Path,
    ) -> Result<&Folder, Fault> {
        let known = self.last.take().filter(|last| last.is(rights, path));
        let folder = match known {
            Some(last) if last.is_still_there() => last,
            _ => {
                let (plain, handle) = destination::open(path)?;
                let fail = |errno| fault::local(errno, "look at", path);
                let identity = Meta::of(&handle).map_err(fail)?.identity;
                let in_memory = fs.volume(&handle).map_err(fail)?.in_memory;
                Folder { path: path.to_owned(), rights: rights.clone(), plain, handle, identity, in_memory }
            }
        };
        Ok(self.last.insert(folder))
    }

    /// The folder of the last file, if that was this one, and nobody need ask where it is: what is renamed in it stays
    /// in it, wherever it is moved meanwhile.
    pub(crate) fn same(&self, rights: &Rights, path: &Path) -> Option<&Folder> {
        self.last.as_ref().filter(|last| last.is(rights, path))
    }

    /// The folder of the last file.
    pub(crate) fn last(&self) -> Option<&Folder> {
        self.last.as_ref()
    }
}

impl Folder {
    fn is(&self, rights: &Rights, path: &Path) -> bool {
        self.path == path && self.rights == *rights
    }

    /// Whether its path leads to it: the path as it was asked for, links and all, by one system call.
    fn is_still_there(&self) -> bool {
        Meta::of_path(&self.path).is_ok_and(|meta| self.identity.is(&meta.identity))
    }
}
