//! Leaving nothing behind: no temporary file, no piece log (invariant 10), and nothing removed that is not
//! ours (invariant 4).

use std::path::Path;

use bgcopy_core::Fault;
use rustix::fs::CWD;
use rustix::io::Errno;

use crate::destination::act;
use crate::fault;
use crate::file_system::{FileSystem, Handle, Os};
use crate::folder;
use crate::identity::Meta;
use crate::log::{History, PieceLog};
use crate::rights::Rights;

/// Removes a temporary file and its piece log. Without a path, the one that the log names: what a crash left
/// between making a file and recording that it was made. Removes only what we created; a file that somebody
/// put in its place stays. Doing it twice is no error.
pub fn discard(rights: &Rights, temporary: Option<&Path>, log: &Path) -> Result<(), Fault> {
    discard_on(&Os, rights, temporary, log)
}

/// Removes the piece log of a file whose publishing the service has recorded: from then on nobody asks
/// whether it was published. Doing it twice is no error.
pub fn forget(log: &Path) -> Result<(), Fault> {
    match rustix::fs::unlinkat(CWD, log, rustix::fs::AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(fault::log(errno, "remove", log)),
    }
}

pub(crate) fn discard_on<F: FileSystem>(
    fs: &F,
    rights: &Rights,
    temporary: Option<&Path>,
    log: &Path,
) -> Result<(), Fault> {
    let history = PieceLog::open(fs, log)?.map(|(_, history)| history);
    if let Some(path) = temporary.or(history.as_ref().map(|history| history.temporary.as_path())) {
        remove(fs, rights, path, history.as_ref())?;
    }
    forget(log)
}

fn remove<F: FileSystem>(
    fs: &F,
    rights: &Rights,
    path: &Path,
    history: Option<&History>,
) -> Result<(), Fault> {
    let fail = |errno| fault::local(errno, "remove", path);
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let _acting = act(rights, path)?;
    let folder = match folder::open_plain(parent) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(Errno::LOOP) => {
            tracing::warn!(path = %path.display(), "a link is where the folder was; nothing is removed");
            return Ok(());
        }
        Err(errno) => return Err(fail(errno)),
    };
    match Meta::at(&folder, name) {
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(fail(errno)),
        Ok(meta) if is_ours(path, &meta, history, rights) => remove_name(fs, &folder, path, fail),
        Ok(_) => {
            tracing::warn!(path = %path.display(), "not the file that was created here; it stays");
            Ok(())
        }
    }
}

fn remove_name<F: FileSystem>(
    fs: &F,
    folder: &Handle,
    path: &Path,
    fail: impl Fn(Errno) -> Fault,
) -> Result<(), Fault> {
    match fs.unlink(folder, path.file_name().unwrap_or_default()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(fail(errno)),
    }
}

/// Whether a file is the one that we created at this path.
fn is_ours(path: &Path, meta: &Meta, history: Option<&History>, rights: &Rights) -> bool {
    match history {
        Some(History { identity: Some(identity), .. }) => identity.is(&meta.identity),
        // We died between naming the file and knowing it: it cannot have content yet.
        Some(_) => looks_ours(path, meta, rights) && meta.size == 0,
        // The log is lost; what is left is a name that nobody else gives.
        None => looks_ours(path, meta, rights),
    }
}

/// Whether a file could be ours, as far as its name and owner tell.
pub(crate) fn looks_ours(path: &Path, meta: &Meta, rights: &Rights) -> bool {
    path.file_name().is_some_and(folder::is_temporary_name)
        && meta.kind.is_file()
        && meta.links == 1
        && meta.identity.owner == rights.uid()
}
