//! What a power cut leaves of a folder: whatever was synced, and of the rest any part (faults F04).
//!
//! The model is as strict as the standard (fsync(2)): the bytes of a file are kept by a sync of that file, the names
//! in a folder by a sync of that folder, and by nothing else. Of bytes that were not synced each page may have reached
//! the disk or not, what never did reads as zeros, and the size may be the old or the new one. Of the names of a folder
//! all changes since its last sync have happened, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix::unistd::Pid;

/// What disks write at once, at least.
const PAGE: usize = 4_096;

/// A file, whatever its name: its number, which comes again when the file is gone, and when it was made.
type Inode = (u64, Option<SystemTime>);

fn inode(meta: &fs::Metadata) -> Inode {
    (meta.ino(), meta.created().ok())
}

/// A file as it is kept, with its mode.
#[derive(Clone, Debug)]
struct Kept {
    bytes: Vec<u8>,
    mode: u32,
}

/// What of a folder, and of the folders in it, would survive if the power failed now.
#[derive(Clone, Debug)]
pub struct Platter {
    folder: PathBuf,
    files: BTreeMap<Inode, Kept>,
    /// The names of files, by folder.
    names: BTreeMap<PathBuf, BTreeMap<PathBuf, Inode>>,
    syncs: usize,
}

impl Platter {
    /// Everything that is in this folder now is kept.
    ///
    /// # Errors
    ///
    /// What cannot be read.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut platter =
            Self { folder: folder.to_owned(), files: BTreeMap::new(), names: BTreeMap::new(), syncs: 0 };
        for folder in folders_below(folder)? {
            for (path, inode) in files_in(&folder)? {
                platter.keep_file(inode, &File::open(path)?)?;
            }
            platter.names.insert(folder.clone(), files_in(&folder)?);
        }
        Ok(platter)
    }

    /// How often something in the folder was synced.
    pub const fn syncs(&self) -> usize {
        self.syncs
    }

    /// A thread begins to sync what it has open under this number.
    pub(super) fn on_sync(&mut self, thread: Pid, descriptor: u64) -> io::Result<()> {
        let link = PathBuf::from(format!("/proc/{thread}/fd/{descriptor}"));
        let target = fs::read_link(&link)?;
        if !target.starts_with(&self.folder) {
            return Ok(());
        }
        self.syncs += 1;
        // Through the link, so that a file without a name is found too.
        let meta = fs::metadata(&link)?;
        if meta.is_dir() {
            self.names.insert(target.clone(), files_in(&target)?);
        } else if meta.is_file() {
            self.keep_file(inode(&meta), &File::open(&link)?)?;
        }
        Ok(())
    }

    fn keep_file(&mut self, inode: Inode, file: &File) -> io::Result<()> {
        let meta = file.metadata()?;
        let kept = Kept { bytes: read(file, meta.len())?, mode: meta.mode() };
        self.files.insert(inode, kept);
        Ok(())
    }

    /// The power fails, and comes back: the folder is now as it might be found. `random` chooses among what might be.
    ///
    /// # Errors
    ///
    /// What cannot be read or written.
    pub fn cut(&self, mut random: impl FnMut() -> u64) -> io::Result<()> {
        // What comes back by its name is made anew from the bytes that were kept.
        let mut anew = BTreeSet::new();
        for folder in folders_below(&self.folder)? {
            if random().is_multiple_of(2) {
                self.take_names_back(&folder, &mut anew)?;
            }
        }
        for folder in folders_below(&self.folder)? {
            for (path, inode) in files_in(&folder)?.into_iter().filter(|(path, _)| !anew.contains(path)) {
                self.lose_bytes(&path, inode, &mut random)?;
            }
        }
        Ok(())
    }

    /// None of the changes since the last sync of a folder has happened. What was renamed has its old name again, and
    /// what was removed is there again, as it was kept.
    fn take_names_back(&self, folder: &Path, anew: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        let kept = self.names.get(folder).cloned().unwrap_or_default();
        let now = files_in(folder)?;
        let changed = |path: &&PathBuf| kept.get(*path) != now.get(*path);
        // By a detour, since two may have changed places.
        let mut aside = BTreeMap::new();
        for path in now.keys().filter(changed) {
            let away = folder.join(format!(".power-cut-{}", aside.len()));
            fs::rename(path, &away)?;
            aside.insert(now[path], away);
        }
        for path in kept.keys().filter(changed) {
            match aside.remove(&kept[path]) {
                Some(away) => fs::rename(away, path)?,
                None => {
                    let Some(file) = self.files.get(&kept[path]) else { continue };
                    fs::write(path, &file.bytes)?;
                    fs::set_permissions(path, fs::Permissions::from_mode(file.mode))?;
                    anew.insert(path.clone());
                }
            }
        }
        aside.values().try_for_each(fs::remove_file)
    }

    fn lose_bytes(&self, path: &Path, inode: Inode, random: &mut impl FnMut() -> u64) -> io::Result<()> {
        let file = File::options().read(true).write(true).open(path)?;
        let now = read(&file, file.metadata()?.len())?;
        let nothing = Vec::new();
        let kept = self.files.get(&inode).map_or(&nothing, |kept| &kept.bytes);
        if *kept == now {
            return Ok(());
        }
        let size = if random().is_multiple_of(2) { kept.len() } else { now.len() };
        // All, nothing, or some.
        let some = random() % 4;
        let page = |of: &[u8], at: usize| {
            let mut page = [0; PAGE];
            let part = of.get(at..).map_or(&[][..], |rest| &rest[..rest.len().min(PAGE)]);
            page[..part.len()].copy_from_slice(part);
            page
        };
        for at in (0..size).step_by(PAGE) {
            let came = match some {
                0 => false,
                1 => true,
                _ => random().is_multiple_of(2),
            };
            let bytes = if came { page(&now, at) } else { page(kept, at) };
            file.write_all_at(&bytes[..(size - at).min(PAGE)], at as u64)?;
        }
        file.set_len(size as u64)
    }
}

fn read(file: &File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], done as u64)? {
            0 => break,
            count => done += count,
        }
    }
    // Somebody may have cut it in the meantime.
    bytes.truncate(done);
    Ok(bytes)
}

/// A folder and all below it.
fn folders_below(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                waiting.push(entry.path());
            }
        }
        found.insert(folder);
    }
    Ok(found)
}

/// The names of the files in a folder. A name that goes away meanwhile is none.
fn files_in(folder: &Path) -> io::Result<BTreeMap<PathBuf, Inode>> {
    let entries = fs::read_dir(folder)?.filter_map(|entry| {
        let entry = entry.ok()?;
        let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((entry.path(), inode(&meta)))
    });
    Ok(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a cut leaves of the files of a folder, over many cuts.
    fn outcomes(
        begin: impl Fn(&Path),
        then: impl Fn(&Path, &mut Platter),
    ) -> BTreeSet<Vec<(String, Vec<u8>)>> {
        let outcome = |seed: u64| {
            let folder = tempfile::tempdir().unwrap();
            begin(folder.path());
            let mut platter = Platter::of(folder.path()).unwrap();
            then(folder.path(), &mut platter);
            let mut state = seed;
            let random = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            };
            platter.cut(random).unwrap();
            let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
            let files = files_in(folder.path()).unwrap().into_keys();
            files.map(|path| (name(path.clone()), fs::read(path).unwrap())).collect::<Vec<_>>()
        };
        (0..200).map(|seed| outcome(seed * 7_919)).collect()
    }

    fn synced(platter: &mut Platter, path: &Path) {
        use std::os::fd::AsRawFd as _;
        let file = File::open(path).unwrap();
        let descriptor = u64::try_from(file.as_raw_fd()).unwrap();
        platter.on_sync(Pid::this(), descriptor).unwrap();
    }

    #[test]
    fn what_was_synced_stays_and_of_the_rest_any_page() {
        let before = |folder: &Path| fs::write(folder.join("f"), vec![1; 3 * PAGE]).unwrap();
        let found = outcomes(before, |folder, platter| {
            fs::write(folder.join("f"), vec![2; 3 * PAGE]).unwrap();
            synced(platter, &folder.join("f"));
            fs::write(folder.join("f"), vec![3; 4 * PAGE]).unwrap();
        });
        assert!(found.len() > 8, "{} ways to lose", found.len());
        for files in &found {
            let pages: Vec<u8> = files[0].1.chunks(PAGE).map(|page| page[0]).collect();
            assert!(pages[..3].iter().all(|page| [2, 3].contains(page)), "{pages:?}");
            assert!(pages.get(3).is_none_or(|page| [0, 3].contains(page)), "what never came reads as zeros");
        }
        let all = outcomes(before, |folder, platter| {
            fs::write(folder.join("f"), vec![2; PAGE]).unwrap();
            synced(platter, &folder.join("f"));
        });
        assert_eq!(all.len(), 1, "what was synced is not lost");
    }

    #[test]
    fn names_stay_by_a_sync_of_their_folder_alone() {
        let before = |folder: &Path| {
            fs::write(folder.join("old"), "old").unwrap();
            fs::write(folder.join("gone"), "gone").unwrap();
        };
        let change = |folder: &Path, platter: &mut Platter| {
            fs::write(folder.join("new"), "new").unwrap();
            synced(platter, &folder.join("new"));
            fs::rename(folder.join("new"), folder.join("old")).unwrap();
            fs::remove_file(folder.join("gone")).unwrap();
        };
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let (kept, changed) = (vec![file("gone", "gone"), file("old", "old")], vec![file("old", "new")]);
        assert_eq!(outcomes(before, change), BTreeSet::from([kept, changed.clone()]));
        let found = outcomes(before, |folder, platter| {
            change(folder, platter);
            synced(platter, folder);
        });
        assert_eq!(found, BTreeSet::from([changed]));
    }
}
