//! Giving a finished file its name (spec 9.5: "the destination name appears only on Complete, by rename").

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bgcopy_core::limits::NAME_BYTES;
use bgcopy_core::{ByteRange, Code, Existing, Fault, Kept, LocalName, Wall};
use rustix::fs::{Mode, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use crate::destination::{self, act};
use crate::fault;
use crate::file_system::{FileSystem, Handle, Os, Replace};
use crate::folder;
use crate::folders::{Folder, Folders};
use crate::identity::{Identity, Meta};
use crate::log::{History, PieceLog, Seal};
use crate::part::{check_links, open_known};
use crate::prove::Reader;
use crate::rights::Rights;
use crate::small::Look;

/// Numbers tried for a second file of a name. Who has a thousand of them wants to know.
const NUMBERS_MAX: u32 = 999;
/// Permissions that a published file can have at most: never executable (E26).
const MODE_MAX: u32 = 0o666;

/// What to publish.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Whose rights the file is renamed with.
    pub rights: Rights,
    /// The temporary file, as [`Part::temporary`](crate::Part::temporary) named it.
    pub temporary: PathBuf,
    /// The name it gets; in the same folder.
    pub local_name: LocalName,
    /// What becomes of a file that has the name.
    pub existing: Existing,
    /// `Last-Modified`, for the time stamp (spec 9.5).
    pub last_modified: Option<Wall>,
    /// The piece log. It stays, so that a service which dies before it has recorded the publishing finds out
    /// that it happened (F03); [`forget`](crate::forget) it afterwards.
    pub log: PathBuf,
    /// What it looked like when it was written at once: then it has no piece log, and needs none.
    pub kept: Option<Kept>,
    /// Permissions, as [`mode_by_umask`] says; executable bits are taken out.
    pub mode: u32,
}

/// A file has its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The name it got: with [`Existing::KeepBoth`] perhaps with a number.
    pub local_name: LocalName,
    /// It had been published before: by a service that died before it could say so (F03).
    pub already: bool,
}

/// The permissions that the umask of this process gives a new file: what it was when this was asked first.
pub fn mode_by_umask() -> u32 {
    static MODE: LazyLock<u32> = LazyLock::new(|| {
        // Not umask(2): it can only be read by changing it, for all threads.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
        MODE_MAX & !umask.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o022)
    });
    *MODE
}

/// Gives a finished file its name, in one step, with its time stamp and permissions. On failure nothing has
/// changed and it can be tried again; after a crash, trying again finishes it, once (F02, F03).
pub fn publish(spec: &Publish) -> Result<Published, Fault> {
    publish_on(&Os, spec)
}

/// [`publish`] on another file system.
pub fn publish_on<F: FileSystem>(fs: &F, spec: &Publish) -> Result<Published, Fault> {
    let mut folders = Folders::default();
    let (published, data) = give_name(fs, &mut folders, spec, Ask::Again)?;
    sync_names(fs, &folders, data, &published, spec)?;
    Ok(published)
}

/// Gives many files their names: as [`publish`] for each, but the names of a folder go to the disk together.
#[derive(Debug, Default)]
pub struct Publisher {
    folders: Folders,
}

impl Publisher {
    /// Gives one file its name.
    pub fn publish(&mut self, spec: &Publish) -> Result<Published, Fault> {
        self.publish_all(std::slice::from_ref(spec)).pop().unwrap_or_else(|| Err(gone(spec)))
    }

    /// Gives these files their names; what became of each, in their order.
    pub fn publish_all(&mut self, specs: &[Publish]) -> Vec<Result<Published, Fault>> {
        let mut done = Vec::with_capacity(specs.len());
        for of_one_folder in specs.chunk_by(in_one_folder) {
            let (mut last, from) = (None, done.len());
            for (nth, spec) in of_one_folder.iter().enumerate() {
                let folder = if nth == 0 { Ask::Again } else { Ask::Once };
                done.push(give_name(&Os, &mut self.folders, spec, folder).map(|(published, data)| {
                    last = Some((spec, data, published.clone()));
                    published
                }));
            }
            if let Some((spec, data, published)) = last
                && let Err(fault) = sync_names(&Os, &self.folders, data, &published, spec)
            {
                // They can all be tried again, and are found to have their names then.
                let named = done.iter_mut().skip(from).filter(|published| published.is_ok());
                named.for_each(|published| *published = Err(fault.clone()));
            }
        }
        done
    }
}

/// How often the path of a folder is asked where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// For this file.
    Again,
    /// For the first of some files that are named one after the other.
    Once,
}

fn in_one_folder(one: &Publish, other: &Publish) -> bool {
    one.rights == other.rights && one.local_name.folder() == other.local_name.folder()
}

/// Gives a file its name; what was done to the folder is still to be synced. Gives the file where it was opened.
fn give_name<F: FileSystem>(
    fs: &F,
    folders: &mut Folders,
    spec: &Publish,
    ask: Ask,
) -> Result<(Published, Option<Handle>), Fault> {
    let history = match &spec.kept {
        Some(kept) => Some(history_of(kept, &spec.temporary)),
        None => PieceLog::open(fs, &spec.log)?.map(|(_, history)| history),
    };
    let identity = history.as_ref().and_then(|history| history.identity);
    if spec.temporary.file_name().is_none() {
        return Err(gone(spec));
    }
    let _acting = act(&spec.rights, spec.local_name.path())?;
    let Folder { handle: folder, in_memory, .. } = open_folder(fs, folders, spec, ask)?;
    if let Some(kept) = &spec.kept
        && is_ready(folder, kept, spec)
    {
        let base = rename(fs, folder, spec)?;
        return Ok((published(spec, &base, false)?, None));
    }
    let Some((data, meta)) = open_known(folder, &spec.temporary, identity)? else {
        return find_published(folder, spec, identity);
    };
    let (Some(history), Some(identity)) = (history, identity) else {
        return Err(fault::changed(&spec.temporary, "has no piece log that proves it"));
    };
    if meta.links == 2
        && let Some(base) = published_name(folder, spec, identity)
    {
        // A file system without an exclusive rename: we died between the link and the removal.
        remove_temporary(fs, folder, spec)?;
        return finish(data, spec, &base, true);
    }
    check_links(&meta, &spec.temporary)?;
    check_content(fs, &data, &meta, &history, spec)?;
    let look = Look { mode: spec.mode, last_modified: spec.last_modified };
    dress(&data, &look, &spec.temporary);
    if !in_memory {
        fs.sync(&data).map_err(|errno| fault::local(errno, "sync", &spec.temporary))?;
    }
    let base = rename(fs, folder, spec)?;
    finish(data, spec, &base, false)
}

/// Whether a file that was written at once is as it was then, and already looks as it shall: then it is synced, too,
/// and only lacks its name.
fn is_ready(folder: &Handle, kept: &Kept, spec: &Publish) -> bool {
    let Kept { device, inode, born, owner, size, modified } = *kept;
    let identity = Identity { device, inode, born, owner };
    let name = spec.temporary.file_name().unwrap_or_default();
    let Ok(meta) = Meta::at(folder, name) else { return false };
    let same = meta.kind.is_file() && identity.is(&meta.identity) && meta.links == 1;
    let dated = spec.last_modified.is_none_or(|at| nanoseconds(at) == modified);
    let dressed = dated && meta.mode == spec.mode & MODE_MAX;
    same && dressed && (meta.size, meta.modified) == (size, modified)
}

/// What a piece log would tell of a file that was written at once.
fn history_of(kept: &Kept, temporary: &Path) -> History {
    let Kept { device, inode, born, owner, size, modified } = *kept;
    History {
        temporary: temporary.to_owned(),
        identity: Some(Identity { device, inode, born, owner }),
        extents: Vec::new(),
        forgotten: Vec::new(),
        synced: 0,
        seal: Some(Seal { size, modified }),
    }
}

/// The folder that holds the temporary file, which must still be the one that the local name leads to: a
/// link that was put into the path meanwhile must not lead the file elsewhere (E14).
fn open_folder<'f, F: FileSystem>(
    fs: &F,
    folders: &'f mut Folders,
    spec: &Publish,
    ask: Ask,
) -> Result<&'f Folder, Fault> {
    let path = spec.local_name.folder();
    if ask == Ask::Again || folders.same(&spec.rights, path).is_none() {
        folders.open(fs, &spec.rights, path)?;
    }
    let Some(folder) = folders.last() else { return Err(gone(spec)) };
    let plain = &folder.plain;
    if Some(plain.as_path()) == spec.temporary.parent() {
        return Ok(folder);
    }
    let detail = format!(
        "{} leads to {} now, and the file is in {}",
        spec.local_name.folder().display(),
        plain.display(),
        spec.temporary.parent().unwrap_or(Path::new("/")).display()
    );
    Err(fault::here(Code::AccessDenied, detail))
}

/// The temporary file is gone: because it was published before, or because somebody removed it (E28).
fn find_published(
    folder: &Handle,
    spec: &Publish,
    identity: Option<Identity>,
) -> Result<(Published, Option<Handle>), Fault> {
    let Some(base) = identity.and_then(|identity| published_name(folder, spec, identity)) else {
        return Err(gone(spec));
    };
    let data = folder::open_file(folder, &base)
        .map_err(|errno| fault::local(errno, "open", spec.local_name.path()))?;
    finish(data, spec, &base, true)
}

/// Nothing is left to publish (E28).
fn gone(spec: &Publish) -> Fault {
    let detail = format!(
        "what was to become {} is gone: the temporary file {} does not exist",
        spec.local_name,
        spec.temporary.display()
    );
    fault::here(Code::PathNotFound, detail)
}

/// The name that the file already has besides the temporary one.
fn published_name(folder: &Handle, spec: &Publish, identity: Identity) -> Option<OsString> {
    names(spec).find(|name| Meta::at(folder, name).is_ok_and(|meta| identity.is(&meta.identity)))
}

/// The names that the file may get, best first.
fn names(spec: &Publish) -> impl Iterator<Item = OsString> {
    let last = match spec.existing {
        Existing::Replace | Existing::Refuse => 0,
        Existing::KeepBoth => NUMBERS_MAX,
    };
    let base = spec.local_name.base().to_owned();
    (0..=last).map(move |number| numbered(&base, number))
}

/// Makes sure that nobody wrote to the file since it was finished: it looks as it did then, or else all of
/// it still has the checksums it was written with (D11).
fn check_content<F: FileSystem>(
    fs: &F,
    data: &Handle,
    meta: &Meta,
    history: &History,
    spec: &Publish,
) -> Result<(), Fault> {
    let Some(seal) = history.seal else {
        return Err(fault::changed(&spec.temporary, "is not finished"));
    };
    // An attempt that failed at the rename has set the time already.
    let dressed = spec.last_modified.is_some_and(|at| nanoseconds(at) == meta.modified);
    if seal.size == meta.size && (seal.modified == meta.modified || dressed) {
        return Ok(());
    }
    let proof = Reader::new(fs, data, &spec.temporary).prove(history, None, None)?;
    if seal.size == meta.size && proof.proved.contains(ByteRange::new(0, seal.size)) {
        return Ok(());
    }
    Err(fault::changed(&spec.temporary, "was changed after it was finished"))
}

/// Sets time stamp and permissions. A file system that has none (FAT) is no reason to fail.
pub(crate) fn dress(data: &Handle, look: &Look, path: &Path) {
    let moded = rustix::fs::fchmod(data, Mode::from_raw_mode(look.mode & MODE_MAX));
    let timed = look.last_modified.map_or(Ok(()), |at| {
        let omit = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        rustix::fs::futimens(data, &Timestamps { last_access: omit, last_modification: timespec(at) })
    });
    for (what, done) in [("permissions", moded), ("time stamp", timed)] {
        if let Err(errno) = done {
            tracing::debug!(path = %path.display(), %errno, "cannot set the {what}");
        }
    }
}

fn rename<F: FileSystem>(fs: &F, folder: &Handle, spec: &Publish) -> Result<OsString, Fault> {
    let path = spec.local_name.path();
    let temporary = spec.temporary.file_name().unwrap_or_default();
    // Mostly nothing has the name, and then nothing needs to be known of it.
    match fs.rename(folder, temporary, spec.local_name.base(), Replace::No) {
        Ok(()) => return Ok(spec.local_name.base().to_owned()),
        Err(Errno::EXIST) => {}
        Err(errno) => return Err(fault::local(errno, "rename the finished file to", path)),
    }
    let taken = destination::is_taken(folder, spec.local_name.base(), path)?;
    if taken && spec.existing == Existing::Refuse {
        return Err(destination::exists(path));
    }
    let replace = match spec.existing {
        Existing::Replace => Replace::Yes,
        Existing::Refuse | Existing::KeepBoth => Replace::No,
    };
    for base in names(spec) {
        match fs.rename(folder, temporary, &base, replace) {
            Ok(()) => return Ok(base),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(fault::local(errno, "rename the finished file to", path)),
        }
    }
    Err(destination::exists(path))
}

fn remove_temporary<F: FileSystem>(fs: &F, folder: &Handle, spec: &Publish) -> Result<(), Fault> {
    fs.unlink(folder, spec.temporary.file_name().unwrap_or_default())
        .map_err(|errno| fault::local(errno, "remove", &spec.temporary))
}

fn finish(
    data: Handle,
    spec: &Publish,
    base: &OsStr,
    already: bool,
) -> Result<(Published, Option<Handle>), Fault> {
    Ok((published(spec, base, already)?, Some(data)))
}

fn published(spec: &Publish, base: &OsStr, already: bool) -> Result<Published, Fault> {
    let local_name = match base == spec.local_name.base() {
        true => Ok(spec.local_name.clone()),
        false => spec.local_name.with_base(base),
    };
    let local_name = local_name.map_err(|error| fault::here(Code::NameTooLong, error.to_string()))?;
    Ok(Published { local_name, already })
}

/// Puts names on the disk: `data` is the last file that got one, where that is open.
fn sync_names<F: FileSystem>(
    fs: &F,
    folders: &Folders,
    data: Option<Handle>,
    published: &Published,
    spec: &Publish,
) -> Result<(), Fault> {
    let Some(folder) = folders.last().filter(|folder| !folder.in_memory) else { return Ok(()) };
    let _acting = act(&spec.rights, spec.local_name.path())?;
    let opened = match data {
        Some(data) => Ok(data),
        None => folder::open_file(&folder.handle, published.local_name.base()),
    };
    opened
        .and_then(|data| fs.sync_names(&folder.handle, &data))
        .map_err(|errno| fault::local(errno, "sync the folder of", spec.local_name.path()))
}

/// `name (1).ext`, cut to what a name may have.
fn numbered(base: &OsStr, number: u32) -> OsString {
    if number == 0 {
        return base.to_owned();
    }
    let bytes = base.as_bytes();
    let dot = bytes.iter().rposition(|&byte| byte == b'.').filter(|&at| at > 0).unwrap_or(bytes.len());
    let (stem, extension) = bytes.split_at(dot);
    let number = format!(" ({number})");
    let room = NAME_BYTES.saturating_sub(number.len() + extension.len());
    let name = [folder::cut(stem, room), number.as_bytes(), extension].concat();
    OsString::from_vec(name)
}

fn timespec(at: Wall) -> Timespec {
    let millis = at.unix_millis();
    Timespec { tv_sec: millis.div_euclid(1000), tv_nsec: millis.rem_euclid(1000) * 1_000_000 }
}

fn nanoseconds(at: Wall) -> i64 {
    at.unix_millis().saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_before_the_extension_and_names_stay_short_enough() {
        for (base, number, expected) in [
            ("a.txt", 0, "a.txt"),
            ("a.txt", 1, "a (1).txt"),
            ("a.tar.gz", 2, "a.tar (2).gz"),
            ("a", 10, "a (10)"),
            (".hidden", 1, ".hidden (1)"),
        ] {
            assert_eq!(numbered(OsStr::new(base), number), expected);
        }
        let long = format!("{}.txt", "é".repeat(125));
        let numbered = numbered(OsStr::new(&long), 7);
        assert!(numbered.len() <= NAME_BYTES && numbered.to_str().unwrap().ends_with(" (7).txt"));
    }

    #[test]
    fn times_before_1970_are_times_too() {
        let at = Wall::from_unix_millis(-1);
        assert_eq!((timespec(at).tv_sec, timespec(at).tv_nsec), (-1, 999_000_000));
        assert_eq!(nanoseconds(at), -1_000_000);
    }

    #[test]
    fn no_mode_is_executable() {
        assert_eq!(mode_by_umask() & !MODE_MAX, 0);
        assert_ne!(mode_by_umask() & 0o400, 0, "the owner can read what arrives");
    }
}
