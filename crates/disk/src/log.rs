//! The piece log: what can be proved of a temporary file after a crash. It lies in the service's state
//! folder, is written with the service's own rights, and lives until the service has recorded the end of the
//! file ([`forget`](crate::forget)).
//!
//! Format, version 1, little-endian. A header:
//!
//! | Bytes | What |
//! |---|---|
//! | 8 | `bgcopy\0L` |
//! | 4 | version, 1 |
//! | 4 | length of the path |
//! | 8 | nonce: random, so that no entry of an older log can pass for one of this |
//! | 8 | XXH3-64 of the 24 bytes before and the path |
//! | … | path of the temporary file, without links |
//!
//! and entries of 40 bytes, only ever appended: kind (4), the low half of the XXH3-64 of the entry's other
//! fields seeded with the nonce (4), four numbers (8 each):
//!
//! | Kind | Numbers |
//! |---|---|
//! | 1 identity | device, inode, birth in ns (`i64::MIN`: not known), owner |
//! | 2 extent | first byte, bytes, XXH3-64 of the bytes, 0 |
//! | 3 synced | 0: the data of all entries above is on the disk |
//! | 4 sealed | size, mtime in ns of the finished file, 0, 0 |
//! | 5 forgotten | first byte, bytes, 0, 0: extents above that touch them claim nothing any more |
//!
//! Reading stops at the first entry that is not whole: a torn tail is as if it had not been written. A log
//! without a whole header proves nothing. Extents claim, they do not prove: whoever resumes reads the bytes
//! back and compares.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use bgcopy_core::limits::PATH_BYTES;
use bgcopy_core::{ByteRange, Fault};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64_with_seed};

use crate::extents::Extent;
use crate::fault;
use crate::file_system::{FileSystem, Handle, Os, Role, read_full, write_all};
use crate::folder;
use crate::identity::{Identity, Meta};

const MAGIC: [u8; 8] = *b"bgcopy\0L";
const VERSION: u32 = 1;
const HEADER_BYTES: usize = 32;
pub(crate) const ENTRY_BYTES: usize = 40;
/// A log larger than this is not ours: an entry every two seconds for 90 days (`MAX_DOWNLOAD_TIME`), and one
/// for each of a million pieces, are 200 MB. The log of 4 GiB that come at 10 MB/s has 200 kB.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// One line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Identity(Identity),
    Extent(Extent),
    Synced,
    Sealed(Seal),
    Forgotten(ByteRange),
}

/// What the temporary file looked like when it was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) size: u64,
    pub(crate) modified: i64,
}

impl Entry {
    pub(crate) fn encode(self, nonce: u64) -> [u8; ENTRY_BYTES] {
        let (kind, numbers): (u32, [u64; 4]) = match self {
            Self::Identity(Identity { device, inode, born, owner }) => {
                (1, [device, inode, born.unwrap_or(i64::MIN).cast_unsigned(), owner.into()])
            }
            Self::Extent(Extent { range, sum }) => (2, [range.start, range.len(), sum, 0]),
            Self::Synced => (3, [0; 4]),
            Self::Sealed(Seal { size, modified }) => (4, [size, modified.cast_unsigned(), 0, 0]),
            Self::Forgotten(range) => (5, [range.start, range.len(), 0, 0]),
        };
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..4].copy_from_slice(&kind.to_le_bytes());
        for (slot, number) in bytes[8..].chunks_exact_mut(8).zip(numbers) {
            slot.copy_from_slice(&number.to_le_bytes());
        }
        let check = check_of(&bytes, nonce);
        bytes[4..8].copy_from_slice(&check);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; ENTRY_BYTES], nonce: u64) -> Option<Self> {
        if bytes[4..8] != check_of(bytes, nonce) {
            return None;
        }
        let number = |at: usize| u64_at(bytes, 8 + 8 * at);
        match u32_at(bytes, 0) {
            1 => Some(Self::Identity(Identity {
                device: number(0),
                inode: number(1),
                born: Some(number(2).cast_signed()).filter(|&born| born != i64::MIN),
                owner: u32::try_from(number(3)).ok()?,
            })),
            kind @ (2 | 5) => {
                let range = ByteRange::new(number(0), number(0).checked_add(number(1))?);
                let extent = Extent { range, sum: number(2) };
                Some(if kind == 2 { Self::Extent(extent) } else { Self::Forgotten(range) })
            }
            3 => Some(Self::Synced),
            4 => Some(Self::Sealed(Seal { size: number(0), modified: number(1).cast_signed() })),
            _ => None,
        }
    }
}

pub(crate) fn check_of(entry: &[u8; ENTRY_BYTES], nonce: u64) -> [u8; 4] {
    let mut unchecked = *entry;
    unchecked[4..8].fill(0);
    let sum = xxh3_64_with_seed(&unchecked, nonce).to_le_bytes();
    [sum[0], sum[1], sum[2], sum[3]]
}

/// The number at an offset that lies inside, by the constants of this module.
fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|slot| slot.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|slot| slot.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// What a log tells of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// Where the temporary file is, or was about to be made.
    pub(crate) temporary: PathBuf,
    /// What it is; absent when we died between naming it and making it.
    pub(crate) identity: Option<Identity>,
    /// What was written, oldest first.
    pub(crate) extents: Vec<Extent>,
    /// What was found to be wrong and forgotten, oldest first, each with the number of extents that were written
    /// before it.
    pub(crate) forgotten: Vec<(usize, ByteRange)>,
    /// How many of the extents, from the first, had their data synced.
    pub(crate) synced: usize,
    /// Present when the file was finished and nothing was written afterwards.
    pub(crate) seal: Option<Seal>,
}

/// The temporary file that a piece log speaks of, if it was really made: for a service that died before it
/// could record where [`Part::temporary`](crate::Part::temporary) is.
pub fn temporary_of(log: &Path) -> Option<PathBuf> {
    let (_, history) = PieceLog::open(&Os, log).ok()??;
    history.identity.is_some().then_some(history.temporary)
}

/// An open piece log.
pub(crate) struct PieceLog {
    path: PathBuf,
    file: Handle,
    nonce: u64,
    /// End of the entries.
    len: u64,
    /// End of the entries that say who the temporary file is.
    base_len: u64,
    /// End of the entries whose data is on the disk.
    synced_len: u64,
    /// What was taken back since then.
    forgotten: Vec<ByteRange>,
    /// Encoded entries on their way; kept for its memory.
    buffer: Vec<u8>,
}

impl PieceLog {
    /// Begins a log for a temporary file that is about to be made; one that was at the path is overwritten.
    pub(crate) fn create<F: FileSystem>(fs: &F, path: &Path, temporary: &Path) -> Result<Self, Fault> {
        let fail = |errno| fault::log(errno, "begin", path);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(CWD, path, flags, Mode::RUSR | Mode::WUSR);
        let fd = match open() {
            Err(Errno::NOENT) => {
                // Somebody removed the state folder under the running service.
                make_folder(path.parent().unwrap_or(Path::new("/"))).map_err(fail)?;
                open()
            }
            other => other,
        };
        let file = Handle::new(fd.map_err(fail)?, Role::Log);
        let nonce = nonce();
        let header = header(temporary, nonce);
        write_all(fs, &file, &header, 0).map_err(|(_, errno)| {
            // A log without a whole header says nothing: better none.
            let _ = rustix::fs::unlinkat(CWD, path, AtFlags::empty());
            fail(errno)
        })?;
        let len = header.len() as u64;
        Ok(Self {
            path: path.to_owned(),
            file,
            nonce,
            len,
            base_len: len,
            synced_len: len,
            forgotten: Vec::new(),
            buffer: Vec::new(),
        })
    }

    /// Reads a log and goes on with it; `None` when there is none, or what is there is no log.
    pub(crate) fn open<F: FileSystem>(fs: &F, path: &Path) -> Result<Option<(Self, History)>, Fault> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(CWD, path, flags, Mode::empty()) {
            Ok(fd) => Handle::new(fd, Role::Log),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(fault::log(errno, "open", path)),
        };
        let fail = |errno| fault::log(errno, "read", path);
        let meta = Meta::of(&file).map_err(fail)?;
        if !meta.kind.is_file() || meta.size > LOG_BYTES_MAX {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(meta.size).unwrap_or(0)];
        let read = read_full(fs, &file, &mut bytes, 0).map_err(fail)?;
        bytes.truncate(read);
        let Some((nonce, temporary)) = parse_header(&bytes) else { return Ok(None) };
        let header_len = HEADER_BYTES + temporary.as_os_str().len();
        let mut history = History {
            temporary,
            identity: None,
            extents: Vec::new(),
            forgotten: Vec::new(),
            synced: 0,
            seal: None,
        };
        let lengths = replay(bytes.get(header_len..).unwrap_or_default(), nonce, &mut history);
        let [len, base_len, synced_len] = lengths.map(|length| (header_len + length) as u64);
        let (path, buffer) = (path.to_owned(), Vec::new());
        let forgotten = history.forgotten.iter().map(|(_, range)| *range).collect();
        let log = Self { path, file, nonce, len, base_len, synced_len, forgotten, buffer };
        Ok(Some((log, history)))
    }

    /// What the log tells now.
    pub(crate) fn history<F: FileSystem>(&self, fs: &F) -> Result<Option<History>, Fault> {
        Ok(Self::open(fs, &self.path)?.map(|(_, history)| history))
    }

    /// Says who the temporary file is, once it was made.
    pub(crate) fn identify<F: FileSystem>(&mut self, fs: &F, identity: Identity) -> Result<(), Fault> {
        self.append(fs, [Entry::Identity(identity)])?;
        self.base_len = self.len;
        self.synced_len = self.len;
        Ok(())
    }

    /// Appends entries: all, or none.
    pub(crate) fn append<F: FileSystem>(
        &mut self,
        fs: &F,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<(), Fault> {
        self.buffer.clear();
        for entry in entries {
            self.buffer.extend_from_slice(&entry.encode(self.nonce));
        }
        match write_all(fs, &self.file, &self.buffer, self.len) {
            Ok(()) => {
                self.len += self.buffer.len() as u64;
                Ok(())
            }
            Err((_, errno)) => {
                // Half a batch: what is whole of it is true, but the next append starts where this one did.
                let _ = fs.truncate(&self.file, self.len);
                Err(fault::log(errno, "write", &self.path))
            }
        }
    }

    /// Records that the data of every entry is on the disk, and that the file is finished where it is; puts
    /// the log on the disk too.
    pub(crate) fn mark_synced<F: FileSystem>(&mut self, fs: &F, seal: Option<Seal>) -> Result<(), Fault> {
        self.append(fs, [Entry::Synced].into_iter().chain(seal.map(Entry::Sealed)))?;
        fs.sync(&self.file).map_err(|errno| fault::log(errno, "sync", &self.path))?;
        self.synced_len = self.len;
        self.forgotten.clear();
        Ok(())
    }

    /// Puts the name of the log on the disk: needed once.
    pub(crate) fn sync_name<F: FileSystem>(&self, fs: &F) -> Result<(), Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        folder::open_following(folder)
            .and_then(|folder| fs.sync_names(&folder, &self.file))
            .map_err(|errno| fault::log(errno, "sync", &self.path))
    }

    /// Takes back claims to bytes that turned out to be wrong, and claims what is left of those around them
    /// (`instead`). It is on the disk when this returns, so that no power cut brings them back.
    pub(crate) fn take_back<F: FileSystem>(
        &mut self,
        fs: &F,
        range: ByteRange,
        instead: &[Extent],
    ) -> Result<(), Fault> {
        self.forgotten.push(range);
        let instead = instead.iter().copied().map(Entry::Extent);
        self.append(fs, [Entry::Forgotten(range)].into_iter().chain(instead))?;
        fs.sync(&self.file).map_err(|errno| fault::log(errno, "sync", &self.path))
    }

    /// Takes back everything since the last sync (E18), but not what was taken back itself.
    pub(crate) fn roll_back<F: FileSystem>(&mut self, fs: &F) -> Result<(), Fault> {
        self.cut(fs, self.synced_len)?;
        let forgotten = std::mem::take(&mut self.forgotten);
        let outcome = self.append(fs, forgotten.iter().copied().map(Entry::Forgotten));
        self.forgotten = forgotten;
        outcome
    }

    /// Takes back every extent: what was written is no longer wanted.
    pub(crate) fn clear<F: FileSystem>(&mut self, fs: &F) -> Result<(), Fault> {
        self.cut(fs, self.base_len)?;
        self.synced_len = self.base_len;
        self.forgotten.clear();
        Ok(())
    }

    fn cut<F: FileSystem>(&mut self, fs: &F, len: u64) -> Result<(), Fault> {
        fs.truncate(&self.file, len).map_err(|errno| fault::log(errno, "cut", &self.path))?;
        self.len = len;
        Ok(())
    }
}

/// Makes a folder that only we can enter, and the missing ones above it.
fn make_folder(path: &Path) -> rustix::io::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| fault::errno_of(&error))
}

fn nonce() -> u64 {
    let mut random = [0; 8];
    // Without randomness the nonce still differs from that of a log which had it.
    let _ = aws_lc_rs::rand::fill(&mut random);
    u64::from_le_bytes(random)
}

pub(crate) fn header(temporary: &Path, nonce: u64) -> Vec<u8> {
    let path = temporary.as_os_str().as_bytes();
    let mut header = Vec::with_capacity(HEADER_BYTES + path.len());
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&VERSION.to_le_bytes());
    // A path that the system accepted is far shorter than u32::MAX.
    header.extend_from_slice(&u32::try_from(path.len()).unwrap_or(0).to_le_bytes());
    header.extend_from_slice(&nonce.to_le_bytes());
    let check = header_check(&header, path);
    header.extend_from_slice(&check.to_le_bytes());
    header.extend_from_slice(path);
    header
}

fn header_check(start: &[u8], path: &[u8]) -> u64 {
    let mut hasher = Xxh3Default::new();
    hasher.update(start);
    hasher.update(path);
    hasher.digest()
}

pub(crate) fn parse_header(bytes: &[u8]) -> Option<(u64, PathBuf)> {
    let (start, rest) = bytes.split_at_checked(HEADER_BYTES)?;
    let path_len = usize::try_from(u32_at(start, 12)).ok().filter(|&len| len <= PATH_BYTES)?;
    let path = rest.get(..path_len)?;
    let whole = start.starts_with(&MAGIC)
        && u32_at(start, 8) == VERSION
        && u64_at(start, 24) == header_check(start.get(..24)?, path);
    whole.then(|| (u64_at(start, 16), PathBuf::from(OsString::from_vec(path.to_vec()))))
}

/// Reads entries until one is not whole. Returns how far the entries, the identity and the last sync reach.
pub(crate) fn replay(bytes: &[u8], nonce: u64, history: &mut History) -> [usize; 3] {
    let (mut len, mut base_len, mut synced_len) = (0, 0, 0);
    for chunk in bytes.as_chunks::<ENTRY_BYTES>().0 {
        let Some(entry) = Entry::decode(chunk, nonce) else { break };
        len += ENTRY_BYTES;
        match entry {
            Entry::Identity(identity) => {
                history.identity = Some(identity);
                (base_len, synced_len) = (len, len);
            }
            Entry::Extent(extent) => {
                history.extents.push(extent);
                history.seal = None;
            }
            Entry::Synced => {
                history.synced = history.extents.len();
                synced_len = len;
            }
            Entry::Sealed(seal) => history.seal = Some(seal),
            Entry::Forgotten(range) => {
                history.forgotten.push((history.extents.len(), range));
                history.seal = None;
            }
        }
    }
    [len, base_len, synced_len]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IDENTITY: Identity = Identity { device: 1, inode: 2, born: Some(-3), owner: 4 };

    fn extent(start: u64, len: u64) -> Extent {
        Extent { range: ByteRange::new(start, start + len), sum: start ^ 0xABCD }
    }

    fn reopened(path: &Path) -> Option<History> {
        PieceLog::open(&Os, path).unwrap().map(|(_, history)| history)
    }

    fn log_with_three_extents(path: &Path) -> PieceLog {
        let mut log = PieceLog::create(&Os, path, Path::new("/d/.f.bgcopy")).unwrap();
        log.identify(&Os, IDENTITY).unwrap();
        log.append(&Os, [Entry::Extent(extent(0, 10))]).unwrap();
        log.mark_synced(&Os, None).unwrap();
        log.append(&Os, [extent(10, 5), extent(50, 7)].map(Entry::Extent)).unwrap();
        log
    }

    #[test]
    fn what_was_appended_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = log_with_three_extents(&path);
        let history = reopened(&path).unwrap();
        assert_eq!(history.temporary, Path::new("/d/.f.bgcopy"));
        assert_eq!(history.identity, Some(IDENTITY));
        assert_eq!(history.extents, [extent(0, 10), extent(10, 5), extent(50, 7)]);
        assert_eq!((history.synced, history.seal), (1, None));

        let seal = Seal { size: 99, modified: -1 };
        log.append(&Os, [Entry::Sealed(seal)]).unwrap();
        assert_eq!(reopened(&path).unwrap().seal, Some(seal));
        log.append(&Os, [Entry::Extent(extent(0, 1))]).unwrap();
        assert_eq!(reopened(&path).unwrap().seal, None, "a write breaks the seal");
    }

    #[test]
    fn rolling_back_keeps_what_was_synced_and_clearing_only_the_identity() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = log_with_three_extents(&path);
        log.roll_back(&Os).unwrap();
        assert_eq!(reopened(&path).unwrap().extents, [extent(0, 10)]);
        let (mut log, _) = PieceLog::open(&Os, &path).unwrap().unwrap();
        log.append(&Os, [Entry::Extent(extent(20, 1))]).unwrap();
        log.roll_back(&Os).unwrap();
        assert_eq!(reopened(&path).unwrap().extents, [extent(0, 10)], "also after a restart");
        log.clear(&Os).unwrap();
        let history = reopened(&path).unwrap();
        assert_eq!((history.extents, history.identity), (vec![], Some(IDENTITY)));
    }

    #[test]
    fn what_was_taken_back_stays_so_when_the_rest_is_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = log_with_three_extents(&path);
        let wrong = ByteRange::new(4, 12);
        log.take_back(&Os, wrong, &[extent(12, 3)]).unwrap();
        let history = reopened(&path).unwrap();
        assert_eq!((history.forgotten, history.extents.len()), (vec![(3, wrong)], 4));
        log.roll_back(&Os).unwrap();
        let history = reopened(&path).unwrap();
        assert_eq!((history.forgotten, history.extents), (vec![(1, wrong)], vec![extent(0, 10)]));
        let (mut log, _) = PieceLog::open(&Os, &path).unwrap().unwrap();
        log.roll_back(&Os).unwrap();
        assert_eq!(reopened(&path).unwrap().forgotten, [(1, wrong)], "also after a restart");
        log.clear(&Os).unwrap();
        log.roll_back(&Os).unwrap();
        assert_eq!(reopened(&path).unwrap().forgotten, []);
    }

    #[test]
    fn what_is_no_log_proves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(reopened(&path), None);
        for content in [&b""[..], b"bgcopy\0L", &[0; 4096], &[0xFF; 4096]] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(reopened(&path), None);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(PieceLog::open(&Os, &path).is_err());
    }

    #[test]
    fn entries_of_an_older_log_at_the_same_place_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        log_with_three_extents(&path);
        let old = std::fs::read(&path).unwrap();
        let log = PieceLog::create(&Os, &path, Path::new("/d/.f.bgcopy")).unwrap();
        let mut new = std::fs::read(&path).unwrap();
        new.extend_from_slice(&old[usize::try_from(log.len).unwrap()..]);
        std::fs::write(&path, new).unwrap();
        let history = reopened(&path).unwrap();
        assert_eq!((history.identity, history.extents), (None, vec![]));
    }

    proptest! {
        /// F05 for the piece log: whatever a crash or a decaying disk leaves of it, only entries that were
        /// appended are read, in order from the first.
        #[test]
        fn a_damaged_log_tells_a_prefix_of_the_truth(at in 0usize..400, cut: bool, flip in 1u8..) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log");
            log_with_three_extents(&path);
            let whole = reopened(&path).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at % bytes.len();
            if cut { bytes.truncate(at) } else { bytes[at] ^= flip }
            std::fs::write(&path, bytes).unwrap();
            if let Some(history) = reopened(&path) {
                prop_assert!(whole.extents.starts_with(&history.extents));
                prop_assert!(history.extents.len() < 3);
                prop_assert!(history.identity.is_none() || history.identity == whole.identity);
            }
        }
    }
}
