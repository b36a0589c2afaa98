//! The lists of piece hashes that jobs were given or found: one file for each, named by its hash of hashes, in a
//! folder of the service's own. A record names its list and does not hold it: a list may be larger than all records
//! together.
//!
//! A list is written whole or not at all, and believed only while its hash of hashes is right. One that is lost or
//! damaged is missed by nobody but the files it is of, which come without being proved piece by piece.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bgcopy_core::{HashOfHashes, PieceHashes, PieceList};
use bgcopy_manifest::limits::DOCUMENT_BYTES_MAX;
use bgcopy_manifest::phf::{self, Expected};

/// How the names of lists end.
const SUFFIX: &str = ".phf";
/// How those of damaged ones end, which are kept for the operator as long as a job misses them.
const DAMAGED: &str = ".phf.damaged";

/// The folder of the lists.
#[derive(Debug)]
pub(crate) struct Lists {
    folder: PathBuf,
    /// Numbers the lists that are being written.
    next: AtomicU64,
}

impl Lists {
    /// The lists in a folder, which is made if it is not there.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(Self { folder, next: AtomicU64::new(0) }),
        }
    }

    /// Keeps a list, durably, and gives its name. A list that is here already is not written again.
    pub(crate) fn keep(&self, pieces: &PieceHashes, size: u64, trusted: bool) -> io::Result<PieceList> {
        let hash_of_hashes = HashOfHashes(bgcopy_manifest::hash_of_hashes(pieces));
        let list = PieceList { size, piece_size: pieces.piece_size(), hash_of_hashes, trusted };
        if self.load(&list)?.is_none() {
            let text = phf::write(size, pieces).map_err(io::Error::other)?;
            self.write(&self.path(hash_of_hashes), text.as_bytes())?;
        }
        Ok(list)
    }

    /// The list of this name; `None` where it is lost. A damaged one is set aside.
    pub(crate) fn load(&self, list: &PieceList) -> io::Result<Option<PieceHashes>> {
        let path = self.path(list.hash_of_hashes);
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let expected = Expected { hash_of_hashes: Some(list.hash_of_hashes.0), ..Expected::default() };
        match phf::read(&text, &expected) {
            // The name proves the hashes, not what file they are of: two files of one piece may have the same list
            // in pieces of two sizes.
            Ok(kept) => {
                let pieces = PieceHashes::new(list.piece_size, kept.pieces.hashes().to_vec());
                Ok(pieces.ok().filter(|pieces| pieces.check_size(list.size).is_ok()))
            }
            Err(error) => {
                tracing::error!(%error, path = %path.display(), "a list of piece hashes is damaged and set aside");
                std::fs::rename(&path, path.with_extension("phf.damaged"))?;
                Ok(None)
            }
        }
    }

    /// Removes the lists that nobody names, and what a service left that was killed while it wrote one. Only for a
    /// service that has just started: whoever keeps a list names it later.
    pub(crate) fn sweep(&self, named: &BTreeSet<HashOfHashes>) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            let hash = name.strip_suffix(SUFFIX).or_else(|| name.strip_suffix(DAMAGED));
            if hash.and_then(HashOfHashes::parse).is_none_or(|hash| !named.contains(&hash)) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn path(&self, hash: HashOfHashes) -> PathBuf {
        self.folder.join(format!("{hash}{SUFFIX}"))
    }

    /// Writes a file that is there whole or not at all, also after a power cut.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{number}.unfinished"));
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&unfinished, path))
            .and_then(|()| File::open(&self.folder)?.sync_all());
        if written.is_err() {
            // What stays behind goes with the next start.
            let _ = std::fs::remove_file(&unfinished);
        }
        written
    }
}

/// Reads a list, and no more than a list can have.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let mut text = Vec::new();
    File::open(path)?.take(DOCUMENT_BYTES_MAX as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const PIECE: u64 = 1 << 10;

    fn lists() -> (Lists, tempfile::TempDir) {
        let state = tempfile::tempdir().unwrap();
        (Lists::open(state.path().join("lists")).unwrap(), state)
    }

    fn pieces(first: u8) -> PieceHashes {
        PieceHashes::new(PIECE, vec![[first; 32], [2; 32]]).unwrap()
    }

    fn names(lists: &Lists) -> Vec<String> {
        let entries = std::fs::read_dir(&lists.folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_list_that_was_kept_is_found_by_its_name_and_only_its_owner_may_read_it() {
        let (lists, _state) = lists();
        let list = lists.keep(&pieces(1), 2_000, true).unwrap();
        assert_eq!((list.size, list.piece_size, list.trusted), (2_000, PIECE, true));
        assert_eq!(lists.load(&list).unwrap(), Some(pieces(1)));
        assert_eq!(lists.keep(&pieces(1), 2_000, false).unwrap(), PieceList { trusted: false, ..list });
        assert_eq!(names(&lists), [format!("{}.phf", list.hash_of_hashes)]);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&lists.folder), mode(&lists.path(list.hash_of_hashes))), (0o700, 0o600));
        // The service starts again.
        assert_eq!(Lists::open(lists.folder).unwrap().load(&list).unwrap(), Some(pieces(1)));
    }

    #[test]
    fn the_same_hashes_may_be_those_of_another_file_but_not_of_every_one() {
        let (lists, _state) = lists();
        let list = lists.keep(&pieces(1), 2_000, true).unwrap();
        let longer = PieceList { size: 3_000, piece_size: 2 * PIECE, ..list };
        assert_eq!(lists.load(&longer).unwrap().unwrap().piece_size(), 2 * PIECE);
        assert_eq!(lists.load(&PieceList { size: 1, ..list }).unwrap(), None);
        assert_eq!(lists.load(&PieceList { piece_size: 0, ..list }).unwrap(), None);
    }

    #[test]
    fn a_damaged_list_is_set_aside_and_a_lost_one_is_none() {
        let (lists, _state) = lists();
        let list = lists.keep(&pieces(1), 2_000, true).unwrap();
        let path = lists.path(list.hash_of_hashes);
        let mut text = std::fs::read(&path).unwrap();
        // Still JSON, and another list.
        let at = text.windows(8).position(|word| word == b"Pieces\":").unwrap() + 10;
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        for damaged in [&text[..], b"", &[b' '; 100]] {
            std::fs::write(&path, damaged).unwrap();
            assert_eq!(lists.load(&list).unwrap(), None);
            assert_eq!(names(&lists), [format!("{}.phf.damaged", list.hash_of_hashes)]);
            assert_eq!(lists.load(&list).unwrap(), None);
        }
        // Whoever brings it again is welcome.
        lists.keep(&pieces(1), 2_000, true).unwrap();
        assert_eq!(lists.load(&list).unwrap(), Some(pieces(1)));
        // What cannot be read is not the same as what is not there.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(lists.load(&list).is_err());
    }

    #[test]
    fn lists_that_no_job_names_are_removed() {
        let (lists, _state) = lists();
        let [kept, lost] = [1, 3].map(|first| lists.keep(&pieces(first), 2_000, true).unwrap());
        for name in ["7.unfinished", "a.phf", &format!("{}.phf.damaged", lost.hash_of_hashes)] {
            std::fs::write(lists.folder.join(name), "").unwrap();
        }
        lists.sweep(&[kept.hash_of_hashes].into_iter().collect()).unwrap();
        assert_eq!(names(&lists), [format!("{}.phf", kept.hash_of_hashes)]);
    }
}
