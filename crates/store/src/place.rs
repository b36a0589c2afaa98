//! The state folder: what is where, whose it is, and how files in it are replaced whole.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::error::{OpenError, Trouble};

/// Databases found damaged are kept for whoever wants to look, but not for ever: disks that flip bits do
/// so again.
const SET_ASIDE_MAX: u32 = 8;
/// What SQLite adds to the name of a database.
const COMPANIONS: [&str; 3] = ["", "-wal", "-shm"];
/// How the name of an unfinished file ends.
const UNFINISHED: &str = ".tmp";

/// The paths in a state folder.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    dir: PathBuf,
}

/// When a file that was written must be on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durable {
    /// The caller needs it after a power cut.
    Now,
    /// Whenever the system likes.
    Later,
}

impl Place {
    /// Makes the folder and its subfolders, and refuses what the databases must not be (F07).
    pub(crate) fn prepare(dir: &Path) -> Result<Self, OpenError> {
        let place = Self { dir: dir.to_owned() };
        for folder in place.folders() {
            own_folder(&folder)?;
        }
        for database in [place.database(), place.history()] {
            own_file(&database)?;
        }
        Ok(place)
    }

    /// Makes the folders again that somebody removed.
    pub(crate) fn make_folders(&self) -> io::Result<()> {
        self.folders().iter().try_for_each(|folder| make_folder(folder))
    }

    fn folders(&self) -> [PathBuf; 3] {
        [self.dir.clone(), self.records(), self.secrets()]
    }

    /// The jobs that live.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("bgcopy.db")
    }

    /// The copy of the jobs that live, while it is made.
    pub(crate) fn unfinished_database(&self) -> PathBuf {
        self.dir.join(".bgcopy.db.tmp")
    }

    /// The jobs that ended.
    pub(crate) fn history(&self) -> PathBuf {
        self.dir.join("history.db")
    }

    /// The folder of the record files.
    pub(crate) fn records(&self) -> PathBuf {
        self.dir.join("records")
    }

    /// The folder of the secrets.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.dir.join("secrets")
    }

    /// The space kept for hard times.
    pub(crate) fn reserve(&self) -> PathBuf {
        self.dir.join("reserve")
    }
}

/// Makes a folder that only we can enter, and the missing ones above it.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn own_folder(path: &Path) -> Result<(), OpenError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            OpenError::NotAFolder { path: path.to_owned() }
        }
        _ => Trouble::file(path, error).on_open(path),
    };
    make_folder(path).map_err(failed)?;
    let found = fs::metadata(path).map_err(failed)?;
    refuse_others(path, found.uid())?;
    // C14: "State directory 0700".
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).map_err(|errno| failed(errno.into()))
}

fn own_file(path: &Path) -> Result<(), OpenError> {
    let failed = |error| Trouble::file(path, error).on_open(path);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !found.is_file() {
        return Err(OpenError::NotAFile { path: path.to_owned() });
    }
    refuse_others(path, found.uid())?;
    // Asked, not tried: closing a file drops every lock of this process on it, SQLite's too.
    access(path, Access::READ_OK | Access::WRITE_OK).map_err(|errno| failed(errno.into()))?;
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(())
}

fn refuse_others(path: &Path, owner: u32) -> Result<(), OpenError> {
    let us = rustix::process::geteuid().as_raw();
    if owner == us { Ok(()) } else { Err(OpenError::NotOurs { path: path.to_owned(), owner, us }) }
}

/// Makes an empty file with mode 0600 where there is none: SQLite gives the rights of a database to its
/// log, and would give it more.
pub(crate) fn make_private_file(path: &Path) -> Result<(), Trouble> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => sync_folder(path).map_err(|error| Trouble::file(path, error)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Trouble::file(path, error)),
    }
}

/// Replaces a file in one step: whoever opens it finds the old content or the new.
pub(crate) fn write_whole(path: &Path, content: &[u8], durable: Durable) -> io::Result<()> {
    write_by(path, durable, |file| file.write_all(content))
}

/// The same, where the content is not at hand as a whole.
pub(crate) fn write_by(
    path: &Path,
    durable: Durable,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut unfinished = OsString::from(".");
    unfinished.push(path.file_name().unwrap_or_default());
    unfinished.push(UNFINISHED);
    let unfinished = path.with_file_name(unfinished);
    let written = write_new(&unfinished, durable, write).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // Nothing to add to the first failure; leftovers are swept at the next start.
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    if durable == Durable::Now { sync_folder(path) } else { Ok(()) }
}

fn write_new(
    path: &Path,
    durable: Durable,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    let mut buffered = BufWriter::new(file);
    write(&mut buffered)?;
    let file = buffered.into_inner()?;
    if durable == Durable::Now { file.sync_all() } else { Ok(()) }
}

/// Puts the names of a file's folder on the disk.
pub(crate) fn sync_folder(of: &Path) -> io::Result<()> {
    match of.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Removes a file that may be gone already; a failure is logged, since what is left over is swept later.
pub(crate) fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "cannot remove a file that is not needed any more");
        }
        _ => {}
    }
}

/// The names in a folder, without those of unfinished files, which are removed.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, Trouble> {
    let failed = |error| Trouble::file(folder, error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        // Our names are ASCII; what is not is not ours.
        let Ok(name) = entry.map_err(failed)?.file_name().into_string() else { continue };
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            remove(&folder.join(name));
        } else {
            names.push(name);
        }
    }
    Ok(names)
}

/// Whether a database, or what SQLite puts beside it, is there.
pub(crate) fn is_there(database: &Path) -> bool {
    companions(database).iter().any(|path| path.symlink_metadata().is_ok())
}

/// Renames a damaged database, with its log, to `NAME.damaged-N`, and says to what.
pub(crate) fn set_aside(database: &Path) -> Result<PathBuf, Trouble> {
    let aside = |number: u32| {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        PathBuf::from(name)
    };
    // The numbers in use are dense at the end, so the first free one above the highest is found upwards.
    let number =
        (1..).find(|&number| !is_there(&aside(number)) && !is_there(&aside(number + 1))).unwrap_or(1);
    for (from, to) in companions(database).into_iter().zip(companions(&aside(number))) {
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Trouble::file(&from, error)),
            _ => {}
        }
    }
    if number > SET_ASIDE_MAX {
        companions(&aside(number - SET_ASIDE_MAX)).iter().for_each(|path| remove(path));
    }
    Ok(aside(number))
}

fn companions(database: &Path) -> [PathBuf; 3] {
    COMPANIONS.map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}
