//! A file that is already here, read through against hashes or for them: what repair keeps of a damaged
//! file, and what a publisher says of a whole one.

use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use bgcopy_core::{ByteRange, Code, Digest, Fault, LocalName, RangeSet};
use rustix::fd::OwnedFd;
use rustix::fs::{Advice, CWD, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::destination::act;
use crate::fault::{self, errno_of};
use crate::file_system::{FileSystem, Handle, Os, Role};
use crate::identity::Meta;
use crate::prove::Reader;
use crate::rights::Rights;

/// Bytes between two looks at whether the reader is still wanted: some milliseconds of hashing.
const WATCH_BYTES: u64 = 8 << 20;

/// A finished or damaged file of the owner, open for reading.
#[derive(Debug)]
pub struct LocalFile<F: FileSystem = Os> {
    fs: F,
    file: Handle,
    path: PathBuf,
    /// When it was opened.
    meta: Meta,
}

/// What a publisher says of a file: everything that a manifest needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its size.
    pub size: u64,
    /// The SHA-256 of all of it.
    pub digest: Digest,
    /// The SHA-256 of each piece.
    pub pieces: Vec<[u8; 32]>,
}

impl LocalFile {
    /// Opens a file with its owner's rights. Links are followed: whoever may read the file may also have it
    /// read by a name of his own. Those of `/proc` are not: they lead to what the service has open, past folders
    /// that the owner may not enter.
    pub fn open(rights: &Rights, name: &LocalName) -> Result<Self, Fault> {
        Self::open_on(Os, rights, name)
    }
}

impl<F: FileSystem> LocalFile<F> {
    /// [`LocalFile::open`] on a file system of the caller's.
    pub fn open_on(fs: F, rights: &Rights, name: &LocalName) -> Result<Self, Fault> {
        let path = name.path();
        let opened = {
            let _acting = act(rights, path)?;
            open_without_magic(path)
        };
        let file = Handle::new(opened.map_err(|errno| fault::local(errno, "open", path))?, Role::Data);
        let meta = look_at(&file, path)?;
        if meta.kind != FileType::RegularFile {
            return Err(fault::here(Code::AccessDenied, format!("{} is not a file", path.display())));
        }
        // A wish, and no more: it is read once and in order.
        let _ = rustix::fs::fadvise(&file, 0, None, Advice::Sequential);
        Ok(Self { fs, file, path: path.to_owned(), meta })
    }

    /// The size it had when it was opened.
    pub const fn size(&self) -> u64 {
        self.meta.size
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What reads it.
    pub(crate) const fn fs(&self) -> &F {
        &self.fs
    }

    /// What it looked like when it was opened.
    pub(crate) const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The open file.
    pub(crate) const fn handle(&self) -> &Handle {
        &self.file
    }

    /// Reads these pieces, as [`PieceHashes::of_size`](bgcopy_core::PieceHashes::of_size) gives them, and says
    /// which bytes have the SHA-256 they should. A piece behind the end of the file, or one that the disk
    /// cannot read any more, is as bad as one with wrong bytes.
    ///
    /// `watch` is told how many bytes were read so far, and may end it all: then the answer is `None`.
    pub fn verify(
        &self,
        pieces: impl IntoIterator<Item = (ByteRange, [u8; 32])>,
        mut watch: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<RangeSet>, Fault> {
        let mut right = RangeSet::new();
        let mut scan = Scan::new(self);
        for (range, hash) in pieces {
            if range.end > self.size() {
                continue;
            }
            let mut context = Context::new(&SHA256);
            match scan.read(range, &mut watch, |bytes| context.update(bytes)) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(None),
                Err(fault) if fault.errno == Some(Errno::IO.raw_os_error()) => continue,
                Err(fault) => return Err(fault),
            }
            if context.finish().as_ref() == hash {
                right.insert(range);
            }
        }
        self.check_unchanged()?;
        Ok(Some(right))
    }

    /// Reads the file once, from one end to the other, and says what there is to say of it. `watch` as in
    /// [`verify`](Self::verify).
    pub fn describe(
        &self,
        piece_size: NonZeroU64,
        mut watch: impl FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<Described>, Fault> {
        let size = self.size();
        let mut pieces = Vec::new();
        let mut whole = Context::new(&SHA256);
        let mut scan = Scan::new(self);
        let mut start = 0;
        while start < size {
            let range = ByteRange::new(start, start.saturating_add(piece_size.get()).min(size));
            let mut piece = Context::new(&SHA256);
            let read = scan.read(range, &mut watch, |bytes| {
                piece.update(bytes);
                whole.update(bytes);
            })?;
            if read.is_break() {
                return Ok(None);
            }
            pieces.push(value(piece));
            start = range.end;
        }
        self.check_unchanged()?;
        Ok(Some(Described { size, digest: Digest::Sha256(value(whole)), pieces }))
    }

    /// Reads all of a file that is small enough to be held in memory, which the caller asks of its
    /// [`size`](Self::size) before. `watch` as in [`verify`](Self::verify).
    pub fn read(&self, mut watch: impl FnMut(u64) -> ControlFlow<()>) -> Result<Option<Vec<u8>>, Fault> {
        let mut content = Vec::new();
        let all = ByteRange::new(0, self.size());
        let read = Scan::new(self).read(all, &mut watch, |bytes| content.extend_from_slice(bytes))?;
        self.check_unchanged()?;
        Ok(read.is_continue().then_some(content))
    }

    /// What was read in one go must have been one file: not one that somebody wrote to meanwhile.
    fn check_unchanged(&self) -> Result<(), Fault> {
        let now = look_at(&self.file, &self.path)?;
        if (now.size, now.modified) == (self.meta.size, self.meta.modified) {
            Ok(())
        } else {
            Err(self.changed())
        }
    }

    fn changed(&self) -> Fault {
        let detail = format!("{} was changed while it was read", self.path.display());
        fault::here(Code::LocalFileChanged, detail)
    }
}

/// One reading of a file, with the memory for it.
struct Scan<'a, F: FileSystem> {
    file: &'a LocalFile<F>,
    reader: Reader<'a, F>,
    done: u64,
}

impl<'a, F: FileSystem> Scan<'a, F> {
    fn new(file: &'a LocalFile<F>) -> Self {
        Self { file, reader: Reader::new(&file.fs, &file.file, &file.path), done: 0 }
    }

    /// Hands out the bytes of a range, which lies in the file, unless it is told to stop.
    fn read(
        &mut self,
        range: ByteRange,
        watch: &mut impl FnMut(u64) -> ControlFlow<()>,
        mut each: impl FnMut(&[u8]),
    ) -> Result<ControlFlow<()>, Fault> {
        let mut start = range.start;
        while start < range.end {
            let part = ByteRange::new(start, start.saturating_add(WATCH_BYTES).min(range.end));
            let read = self.reader.read(part, |_, bytes| each(bytes))?;
            if read < part.len() {
                return Err(self.file.changed());
            }
            self.done += read;
            if watch(self.done).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            start = part.end;
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// Opens a file by a path that may hold links, but none of `/proc`.
fn open_without_magic(path: &Path) -> rustix::io::Result<OwnedFd> {
    // Never blocks on a FIFO (E16).
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    match rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_MAGICLINKS) {
        // Kernels before 5.6 and some sandboxes.
        Err(Errno::NOSYS) => open_plainly(path, flags),
        opened => opened,
    }
}

/// The same: the place that the links lead to is gone to by its own name, which takes the rights for every folder.
fn open_plainly(path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let plain = std::fs::canonicalize(path).map_err(|error| errno_of(&error))?;
    rustix::fs::open(plain, flags | OFlags::NOFOLLOW, Mode::empty())
}

fn look_at(file: &Handle, path: &Path) -> Result<Meta, Fault> {
    Meta::of(file).map_err(|errno| fault::local(errno, "look at", path))
}

fn value(context: Context) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use bgcopy_core::ErrorContext;

    use super::*;
    use crate::testing::{Effect, Faulty, Op, Site, content, ordinary_rights, ordinary_user};

    const PIECE: NonZeroU64 = NonZeroU64::new(100_000).unwrap();

    fn go_on(_: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A file of two and a half pieces.
    fn site() -> (Site, Vec<u8>) {
        let (site, bytes) = (Site::new(), content(250_000));
        std::fs::write(site.name().path(), &bytes).unwrap();
        (site, bytes)
    }

    fn open(site: &Site) -> LocalFile<Faulty> {
        LocalFile::open_on(site.fs.clone(), &Rights::Own, &site.name()).unwrap()
    }

    /// The pieces with their hashes, as a manifest would give them.
    fn pieces(bytes: &[u8]) -> Vec<(ByteRange, [u8; 32])> {
        let size = PIECE.get() as usize;
        let hash = |piece: &[u8]| {
            let mut context = Context::new(&SHA256);
            context.update(piece);
            value(context)
        };
        let ranges = (0..).map(|index| index * PIECE.get());
        let with_hash = bytes.chunks(size).zip(ranges);
        with_hash
            .map(|(piece, start)| (ByteRange::new(start, start + piece.len() as u64), hash(piece)))
            .collect()
    }

    fn right(site: &Site, bytes: &[u8]) -> Vec<ByteRange> {
        open(site).verify(pieces(bytes), go_on).unwrap().unwrap().iter().collect()
    }

    #[test]
    fn a_file_is_read_whole_or_not_at_all() {
        let (site, bytes) = site();
        let file = LocalFile::open(&Rights::Own, &site.name()).unwrap();
        assert_eq!(file.read(go_on).unwrap(), Some(bytes));
        assert_eq!(file.read(|_| ControlFlow::Break(())).unwrap(), None);
        std::fs::write(site.name().path(), "shorter").unwrap();
        assert_eq!(file.read(go_on).unwrap_err().code, Code::LocalFileChanged);
    }

    #[test]
    fn a_whole_file_is_right_and_a_wrong_bit_costs_its_piece() {
        let (site, bytes) = site();
        assert_eq!(right(&site, &bytes), [ByteRange::new(0, 250_000)]);
        let mut damaged = bytes.clone();
        damaged[150_000] ^= 1;
        std::fs::write(site.name().path(), &damaged).unwrap();
        assert_eq!(right(&site, &bytes), [ByteRange::new(0, 100_000), ByteRange::new(200_000, 250_000)]);
    }

    #[test]
    fn of_a_file_cut_short_the_rest_is_missing_and_of_a_longer_one_nothing() {
        let (site, bytes) = site();
        std::fs::write(site.name().path(), &bytes[..249_999]).unwrap();
        assert_eq!(right(&site, &bytes), [ByteRange::new(0, 200_000)]);
        std::fs::write(site.name().path(), [&bytes[..], b"more"].concat()).unwrap();
        assert_eq!(right(&site, &bytes), [ByteRange::new(0, 250_000)]);
        std::fs::write(site.name().path(), b"").unwrap();
        assert_eq!(right(&site, &bytes), []);
    }

    #[test]
    fn a_piece_that_the_disk_cannot_read_is_a_bad_piece() {
        let (site, bytes) = site();
        site.fs.once(Op::Read, Role::Data, 1, Effect::Fails(Errno::IO));
        assert_eq!(right(&site, &bytes), [ByteRange::new(0, 100_000), ByteRange::new(200_000, 250_000)]);
        assert_eq!(site.fs.fired(), 1);
        // What is described must be readable all of it; and other failures are not the file's.
        site.fs.once(Op::Read, Role::Data, 1, Effect::Fails(Errno::IO));
        let fault = open(&site).describe(PIECE, go_on).unwrap_err();
        assert_eq!((fault.code, fault.range), (Code::Io, Some(ByteRange::new(100_000, 200_000))));
        site.fs.once(Op::Read, Role::Data, 0, Effect::Fails(Errno::STALE));
        let fault = open(&site).verify(pieces(&bytes), go_on).unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::VolumeChanged, ErrorContext::LocalFile));
        assert_eq!(site.fs.fired(), 3);
    }

    #[test]
    fn a_file_is_described_in_one_pass() {
        let (site, bytes) = site();
        // However little the system gives at a time.
        site.fs.times(Op::Read, Role::Data, 0, 5, Effect::Short(7));
        let mut seen = Vec::new();
        let watch = |done| {
            seen.push(done);
            ControlFlow::Continue(())
        };
        let described = open(&site).describe(PIECE, watch).unwrap().unwrap();
        assert_eq!(described.size, 250_000);
        assert_eq!(described.pieces, pieces(&bytes).into_iter().map(|(_, hash)| hash).collect::<Vec<_>>());
        let mut whole = Context::new(&SHA256);
        whole.update(&bytes);
        assert_eq!(described.digest, Digest::Sha256(value(whole)));
        assert_eq!(seen, [100_000, 200_000, 250_000]);
        assert_eq!(site.fs.fired(), 5);
        std::fs::write(site.name().path(), b"").unwrap();
        let empty = open(&site).describe(PIECE, go_on).unwrap().unwrap();
        assert_eq!((empty.size, empty.pieces.len()), (0, 0));
        // SHA-256 of nothing.
        assert!(empty.digest.to_string().starts_with("sha-256=e3b0c44298fc1c149afbf4c8996fb924"));
    }

    #[test]
    fn a_large_piece_is_watched_too_and_who_is_not_wanted_stops() {
        let site = Site::new();
        let file = std::fs::File::create(site.name().path()).unwrap();
        file.set_len(20 << 20).unwrap();
        let whole = NonZeroU64::new(1 << 30).unwrap();
        let mut looks = 0;
        let stopped = open(&site).describe(whole, |done| {
            looks += 1;
            if done > 8 << 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((stopped, looks), (Ok(None), 2));
        let all = [(ByteRange::new(0, 20 << 20), [0; 32])];
        assert_eq!(open(&site).verify(all, |_| ControlFlow::Break(())), Ok(None));
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_nothing_to_speak_of() {
        for change in [b"longer, by a bit".as_slice(), b""] {
            let (site, bytes) = site();
            let path = site.name().path().to_owned();
            let mut once = Some(());
            let write = |_| {
                if once.take().is_some() {
                    std::fs::write(&path, change).unwrap();
                }
                ControlFlow::Continue(())
            };
            let fault = open(&site).verify(pieces(&bytes), write).unwrap_err();
            assert_eq!(fault.code, Code::LocalFileChanged);
            assert!(fault.detail.ends_with("was changed while it was read"), "{}", fault.detail);
        }
    }

    #[test]
    fn only_files_that_the_owner_may_read_are_read() {
        let site = Site::of_ordinary_user();
        let opens = |rights: &Rights| LocalFile::open(rights, &site.name()).map(|file| file.size());
        let code = |opened: Result<u64, Fault>| opened.unwrap_err().code;
        assert_eq!(code(opens(&Rights::Own)), Code::PathNotFound);
        std::fs::write(site.name().path(), "secret").unwrap();
        std::fs::set_permissions(site.name().path(), std::fs::Permissions::from_mode(0o000)).unwrap();
        assert_eq!(code(opens(&ordinary_rights())), Code::AccessDenied);
        std::fs::set_permissions(site.name().path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(opens(&ordinary_rights()), Ok(6));
        std::fs::remove_file(site.name().path()).unwrap();
        std::fs::create_dir(site.name().path()).unwrap();
        assert_eq!(code(opens(&Rights::Own)), Code::AccessDenied);
        std::fs::remove_dir(site.name().path()).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, site.name().path(), FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(code(opens(&Rights::Own)), Code::AccessDenied);
    }

    #[test]
    fn nobody_reads_what_the_service_has_open_past_a_folder_that_is_closed_to_him() {
        // A service that is no superuser works for nobody but itself.
        let Some(rights) = ordinary_user().map(Rights::Of) else { return };
        let (site, _) = site();
        let path = site.name().path().to_owned();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        // The folder is the superuser's, and only his.
        std::fs::set_permissions(path.parent().unwrap(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let open = std::fs::File::open(&path).unwrap();
        let magic = PathBuf::from(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open)));
        let acting = rights.act().unwrap();
        assert!(
            rustix::fs::open(&magic, OFlags::RDONLY, Mode::empty()).is_ok(),
            "the kernel itself allows it"
        );
        assert!(open_plainly(&magic, OFlags::RDONLY).is_err());
        drop(acting);
        let fault = LocalFile::open(&rights, &LocalName::new(&magic).unwrap()).unwrap_err();
        assert_eq!(fault.errno, Some(Errno::LOOP.raw_os_error()), "{fault}");
    }
}
