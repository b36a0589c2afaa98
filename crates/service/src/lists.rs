//! The lists of piece hashes that jobs were given or found: one file for each, named by its hash of hashes, in a
//! folder of the service's own. A record names its list and does not hold it: a list may be larger than all records
//! together.
//!
//! A list is written whole or not at all, and believed only while its hash of hashes is right. One that is lost or
//! damaged is missed by nobody but the files it is of, which come without being proved piece by piece.
//!
//! A list is kept before a job names it, and stays behind when none does: a request is refused, a document is only
//! looked at, a job ends. Such lists are swept away when the service starts, when it comes to rest, and every hour in
//! between. Lists that somebody kept or named within the last hour are spared, because their job may be on its way.
//! How much each user may have kept in that time is bounded, so that nobody fills the disk of all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bgcopy_core::{HashOfHashes, JobRecord, Owner, PieceHashes, PieceList};
use bgcopy_manifest::limits::DOCUMENT_BYTES_MAX;
use bgcopy_manifest::phf::{self, Expected};
use tokio::time::Instant;

/// How the names of lists end.
const SUFFIX: &str = ".phf";
/// How those end that are being written.
const UNFINISHED: &str = ".unfinished";
/// How those of damaged ones end, which are kept for the operator as long as a job misses them.
const DAMAGED: &str = ".phf.damaged";

/// A list that nobody names is spared for so long: enough for a person who looks at a document to make a job of it.
pub(crate) const SPARED: Duration = Duration::from_secs(3_600);
/// Bytes of lists that one user may have kept or named within that time: 32 of the largest documents, or the lists of
/// 100,000 small files.
const BYTES_PER_USER: u64 = 32 * DOCUMENT_BYTES_MAX as u64;
/// What a hash takes in a list: base64 of 32 bytes, quoted, and a comma.
const HASH_BYTES: u64 = 48;
/// What a list takes beside its hashes: the least that a file takes on a disk.
const LIST_BYTES: u64 = 4 << 10;

/// The folder of the lists.
#[derive(Debug)]
pub(crate) struct Lists {
    folder: PathBuf,
    /// Numbers the lists that are being written.
    next: AtomicU64,
    /// What is spared.
    spared: Mutex<BTreeMap<Owner, Spared>>,
}

/// What one user has kept or named a short while ago.
#[derive(Debug, Default)]
struct Spared {
    bytes: u64,
    lists: BTreeMap<HashOfHashes, (Instant, u64)>,
}

impl Spared {
    fn forget_old(&mut self, now: Instant) {
        self.lists.retain(|_, (since, _)| now.duration_since(*since) < SPARED);
        self.bytes = self.lists.values().map(|(_, bytes)| bytes).sum();
    }
}

/// The lists that a job names.
pub(crate) fn named_by(job: &JobRecord) -> impl Iterator<Item = HashOfHashes> + '_ {
    let of_files = job.files.iter().flat_map(|file| [file.spec.supply.pieces, file.promise.pieces]);
    of_files.flatten().map(|list| list.hash_of_hashes)
}

impl Lists {
    /// The lists in a folder, which is made if it is not there.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Ok(Self { folder, next: AtomicU64::new(0), spared: Mutex::default() }),
        }
    }

    /// Keeps a list for a user, durably, and gives its name. A list that is here already is not written again.
    pub(crate) fn keep(
        &self,
        owner: Owner,
        pieces: &PieceHashes,
        size: u64,
        trusted: bool,
    ) -> io::Result<PieceList> {
        let hash_of_hashes = HashOfHashes(bgcopy_manifest::hash_of_hashes(pieces));
        let list = PieceList { size, piece_size: pieces.piece_size(), hash_of_hashes, trusted };
        // First, so that nobody sweeps away what is found below.
        self.spare(owner, hash_of_hashes, pieces)?;
        if self.load(&list)?.is_none() {
            let text = phf::write(size, pieces).map_err(io::Error::other)?;
            self.write(&self.path(hash_of_hashes), text.as_bytes())?;
        }
        Ok(list)
    }

    /// The list of this name, for a user whose job is about to name it; `None` where it is not here.
    pub(crate) fn claim(&self, owner: Owner, list: &PieceList) -> io::Result<Option<PieceHashes>> {
        let Some(pieces) = self.load(list)? else { return Ok(None) };
        self.spare(owner, list.hash_of_hashes, &pieces)?;
        // Or somebody swept in between.
        self.load(list)
    }

    /// Spares a list for a while, unless its user has too many.
    fn spare(&self, owner: Owner, list: HashOfHashes, pieces: &PieceHashes) -> io::Result<()> {
        let bytes = LIST_BYTES + HASH_BYTES * pieces.hashes().len() as u64;
        let now = Instant::now();
        let mut spared = self.spared();
        let of_owner = spared.entry(owner).or_default();
        if of_owner.bytes + bytes > BYTES_PER_USER {
            of_owner.forget_old(now);
        }
        let known = of_owner.lists.get(&list).map_or(0, |(_, bytes)| *bytes);
        let total = of_owner.bytes - known + bytes;
        if total > BYTES_PER_USER {
            let minutes = SPARED.as_secs() / 60;
            let why = format!(
                "within {minutes} minutes one user may bring {BYTES_PER_USER} bytes of them, and these would be {total}"
            );
            return Err(io::Error::other(why));
        }
        of_owner.bytes = total;
        of_owner.lists.insert(list, (now, bytes));
        Ok(())
    }

    fn spared(&self) -> MutexGuard<'_, BTreeMap<Owner, Spared>> {
        // Nothing is done under it that could break.
        self.spared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether lists are spared that may have to be swept away later.
    pub(crate) fn spares_any(&self) -> bool {
        !self.spared().is_empty()
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

    /// Removes the lists that nobody names and that are not spared, and what a service left that was killed while it
    /// wrote one.
    pub(crate) fn sweep(&self, named: &BTreeSet<HashOfHashes>) -> io::Result<()> {
        let now = Instant::now();
        self.spared().retain(|_, of_owner| {
            of_owner.forget_old(now);
            !of_owner.lists.is_empty()
        });
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            let hash = name.strip_suffix(SUFFIX).or_else(|| name.strip_suffix(DAMAGED));
            let hash = hash.and_then(HashOfHashes::parse);
            if self.is_being_written(name) || hash.is_some_and(|hash| named.contains(&hash)) {
                continue;
            }
            // Held until the file is gone: who keeps the same list meanwhile finds it gone, and writes it.
            let spared = self.spared();
            let wanted = |hash| spared.values().any(|of_owner| of_owner.lists.contains_key(&hash));
            if !hash.is_some_and(wanted) {
                remove_if_there(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Whether a file of this name is one that is being written now.
    fn is_being_written(&self, name: &str) -> bool {
        let number = name.strip_suffix(UNFINISHED).and_then(|number| number.parse::<u64>().ok());
        number.is_some_and(|number| number < self.next.load(Ordering::Relaxed))
    }

    fn path(&self, hash: HashOfHashes) -> PathBuf {
        self.folder.join(format!("{hash}{SUFFIX}"))
    }

    /// Writes a file that is there whole or not at all, also after a power cut.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.folder.join(format!("{number}{UNFINISHED}"));
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

/// Removes a file that somebody else may have renamed or removed meanwhile.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
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
    const ADA: Owner = Owner(1_000);
    const BOB: Owner = Owner(1_001);

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
        let list = lists.keep(ADA, &pieces(1), 2_000, true).unwrap();
        assert_eq!((list.size, list.piece_size, list.trusted), (2_000, PIECE, true));
        assert_eq!(lists.load(&list).unwrap(), Some(pieces(1)));
        assert_eq!(lists.keep(ADA, &pieces(1), 2_000, false).unwrap(), PieceList { trusted: false, ..list });
        assert_eq!(names(&lists), [format!("{}.phf", list.hash_of_hashes)]);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&lists.folder), mode(&lists.path(list.hash_of_hashes))), (0o700, 0o600));
        // The service starts again.
        assert_eq!(Lists::open(lists.folder).unwrap().load(&list).unwrap(), Some(pieces(1)));
    }

    #[test]
    fn the_same_hashes_may_be_those_of_another_file_but_not_of_every_one() {
        let (lists, _state) = lists();
        let list = lists.keep(ADA, &pieces(1), 2_000, true).unwrap();
        let longer = PieceList { size: 3_000, piece_size: 2 * PIECE, ..list };
        assert_eq!(lists.load(&longer).unwrap().unwrap().piece_size(), 2 * PIECE);
        assert_eq!(lists.load(&PieceList { size: 1, ..list }).unwrap(), None);
        assert_eq!(lists.load(&PieceList { piece_size: 0, ..list }).unwrap(), None);
    }

    #[test]
    fn a_damaged_list_is_set_aside_and_a_lost_one_is_none() {
        let (lists, _state) = lists();
        let list = lists.keep(ADA, &pieces(1), 2_000, true).unwrap();
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
        lists.keep(ADA, &pieces(1), 2_000, true).unwrap();
        assert_eq!(lists.load(&list).unwrap(), Some(pieces(1)));
        // What cannot be read is not the same as what is not there.
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(lists.load(&list).is_err());
    }

    #[test]
    fn lists_that_no_job_names_are_removed() {
        let (lists, _state) = lists();
        let [kept, lost] = [1, 3].map(|first| lists.keep(ADA, &pieces(first), 2_000, true).unwrap());
        // The service starts again.
        let lists = Lists::open(lists.folder).unwrap();
        for name in ["7.unfinished", "a.phf", &format!("{}.phf.damaged", lost.hash_of_hashes)] {
            std::fs::write(lists.folder.join(name), "").unwrap();
        }
        lists.sweep(&[kept.hash_of_hashes].into_iter().collect()).unwrap();
        assert_eq!(names(&lists), [format!("{}.phf", kept.hash_of_hashes)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_whose_job_may_be_on_its_way_is_spared_for_an_hour() {
        let (lists, _state) = lists();
        let list = lists.keep(ADA, &pieces(1), 2_000, true).unwrap();
        let nobody = BTreeSet::new();
        let is_here = |lists: &Lists| lists.load(&list).unwrap().is_some();
        tokio::time::advance(SPARED / 2).await;
        lists.sweep(&nobody).unwrap();
        assert!(is_here(&lists) && lists.spares_any());
        // Somebody else names it meanwhile.
        lists.claim(BOB, &list).unwrap().unwrap();
        tokio::time::advance(SPARED / 2).await;
        lists.sweep(&nobody).unwrap();
        assert!(is_here(&lists));
        tokio::time::advance(SPARED / 2).await;
        std::fs::write(lists.folder.join("0.unfinished"), "").unwrap();
        lists.sweep(&nobody).unwrap();
        assert!(!is_here(&lists) && !lists.spares_any());
        assert_eq!(names(&lists), ["0.unfinished"], "it may be on its way");
        assert_eq!(lists.claim(BOB, &list).unwrap(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_fills_the_disk_with_lists_and_nobody_else_pays_for_who_tries() {
        let (lists, _state) = lists();
        let many = |first: u8| {
            let mut hashes = vec![[first; 32]; bgcopy_core::limits::PIECES_MAX / 64];
            hashes.push([first; 32]);
            PieceHashes::new(PIECE, hashes).unwrap()
        };
        let size = many(0).hashes().len() as u64 * PIECE;
        // She has brought all but a MiB of what she may.
        lists
            .spared()
            .entry(ADA)
            .or_default()
            .lists
            .insert(HashOfHashes([9; 32]), (Instant::now(), BYTES_PER_USER - (1 << 20)));
        lists.spared().entry(ADA).or_default().bytes = BYTES_PER_USER - (1 << 20);
        lists.keep(ADA, &many(1), size, true).unwrap();
        let again = lists.keep(ADA, &many(1), size, true);
        assert!(again.is_ok(), "the same list costs nothing more: {again:?}");
        let refused = lists.keep(ADA, &many(2), size, true).unwrap_err();
        assert!(refused.to_string().starts_with("within 60 minutes one user may bring"), "{refused}");
        assert_eq!(names(&lists).len(), 1);
        lists.keep(BOB, &many(2), size, true).unwrap();
        tokio::time::advance(SPARED).await;
        lists.keep(ADA, &many(3), size, true).unwrap();
    }
}
