//! What the tests of this crate share: a place to work in, and a file system that fails when told to.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bgcopy_core::{ByteRange, Digest, Existing, Fault, LocalName, PieceHashes};
use rustix::io::{Errno, Result};

use crate::file_system::{FileSystem, Handle, Os, Replace, Role};
use crate::part::{Part, PartSpec};
use crate::publish::Publish;
use crate::rights::{Rights, User};
use crate::space::{Floor, Volume};

/// An ordinary user to act as; `None` where the tests are not run by the superuser and so are one already.
pub(crate) fn ordinary_user() -> Option<User> {
    rustix::process::geteuid().is_root().then(|| User::new(65_534, 65_534, &[65_534]))
}

/// The rights of an ordinary user, whoever runs the tests.
pub(crate) fn ordinary_rights() -> Rights {
    ordinary_user().map_or(Rights::Own, Rights::Of)
}

pub(crate) fn sha_256(bytes: &[u8]) -> Digest {
    let value = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    Digest::Sha256(value.as_ref().try_into().unwrap())
}

/// Bytes that differ from place to place, also between pieces.
pub(crate) fn content(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut word = 0u64;
    for slot in bytes.chunks_mut(8) {
        word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
        slot.copy_from_slice(&word.rotate_left(29).to_le_bytes()[..slot.len()]);
    }
    bytes
}

/// The list of a file's pieces.
pub(crate) fn pieces_of(bytes: &[u8], piece_size: u64) -> PieceHashes {
    let hash = |piece: &[u8]| {
        let value = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, piece);
        value.as_ref().try_into().unwrap()
    };
    let hashes = bytes.chunks(usize::try_from(piece_size).unwrap()).map(hash).collect();
    PieceHashes::new(piece_size, hashes).unwrap()
}

/// A destination folder, and a state folder for piece logs.
pub(crate) struct Site {
    root: tempfile::TempDir,
    pub(crate) folder: PathBuf,
    pub(crate) fs: Faulty,
}

impl Site {
    pub(crate) fn new() -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let everybody = std::fs::Permissions::from_mode(0o755);
        let root = tempfile::Builder::new().permissions(everybody).tempdir().unwrap();
        let folder = std::fs::canonicalize(root.path()).unwrap().join("folder");
        std::fs::create_dir(&folder).unwrap();
        Self { root, folder, fs: Faulty::default() }
    }

    /// The same, but the destination folder belongs to the ordinary user.
    pub(crate) fn of_ordinary_user() -> Self {
        let site = Self::new();
        if let Some(user) = ordinary_user() {
            std::os::unix::fs::chown(&site.folder, Some(user.uid()), Some(user.uid())).unwrap();
        }
        site
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.path().join("log")
    }

    pub(crate) fn name(&self) -> LocalName {
        LocalName::new(self.folder.join("file.bin")).unwrap()
    }

    pub(crate) fn spec(&self) -> PartSpec {
        PartSpec {
            local_name: self.name(),
            log: self.log(),
            rights: Rights::Own,
            size: None,
            digest: None,
            pieces: None,
            basis: None,
            floor: Floor::NONE,
        }
    }

    pub(crate) fn create(&self, spec: &PartSpec) -> std::result::Result<Part<Faulty>, Fault> {
        Part::create_on(self.fs.clone(), spec)
    }

    /// A part with this content, finished and let go: its temporary file.
    pub(crate) fn finished(&self, bytes: &[u8]) -> PathBuf {
        let mut part = self.create(&self.spec()).unwrap();
        part.write(0, bytes).unwrap();
        part.finish(bytes.len() as u64).unwrap();
        part.temporary().to_owned()
    }

    pub(crate) fn publish(&self, temporary: &Path, existing: Existing) -> Publish {
        Publish {
            rights: Rights::Own,
            temporary: temporary.to_owned(),
            local_name: self.name(),
            existing,
            last_modified: None,
            log: self.log(),
            kept: None,
            mode: 0o644,
        }
    }

    /// The names in the destination folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Nothing is left of a transfer: no temporary file, no log.
    pub(crate) fn is_clean(&self) -> bool {
        self.names().is_empty() && !self.log().exists()
    }
}

/// Which call shall fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Create,
    Write,
    Read,
    Sync,
    SyncNames,
    Reserve,
    Truncate,
    Copy,
    Rename,
    Unlink,
}

/// What a failing call does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    Fails(Errno),
    /// Takes only so many bytes.
    Short(usize),
}

struct Rule {
    op: Op,
    role: Role,
    /// Calls that still succeed.
    spared: usize,
    /// Calls that still fail.
    times: usize,
    effect: Effect,
}

/// What a write or a cut did that is not synced yet: the bytes that were there before.
struct Undo {
    file: OwnedFd,
    role: Role,
    offset: u64,
    before: Vec<u8>,
}

#[derive(Default)]
struct Plan {
    rules: Vec<Rule>,
    fired: usize,
    /// Calls after which none succeeds any more.
    life: Option<usize>,
    volume: Option<Volume>,
    /// Kept while a power cut is going to be played.
    journal: Option<Vec<Undo>>,
}

/// The real file system, with faults at the calls that a test names.
#[derive(Clone, Default)]
pub(crate) struct Faulty(Arc<Mutex<Plan>>);

impl Faulty {
    /// The call of this kind after `spared` good ones does this, once. Rules for one kind take turns in the
    /// order in which they were given.
    pub(crate) fn once(&self, op: Op, role: Role, spared: usize, effect: Effect) {
        self.times(op, role, spared, 1, effect);
    }

    pub(crate) fn times(&self, op: Op, role: Role, spared: usize, times: usize, effect: Effect) {
        self.0.lock().unwrap().rules.push(Rule { op, role, spared, times, effect });
    }

    /// After so many calls nothing happens any more: the process is as good as killed.
    pub(crate) fn die_after(&self, calls: usize) {
        self.0.lock().unwrap().life = Some(calls);
    }

    /// No call fails any more.
    pub(crate) fn mend(&self) {
        let mut plan = self.0.lock().unwrap();
        plan.rules.clear();
        plan.volume = None;
    }

    /// How many faults struck.
    pub(crate) fn fired(&self) -> usize {
        self.0.lock().unwrap().fired
    }

    /// Every volume looks like this.
    pub(crate) fn set_volume(&self, volume: Volume) {
        self.0.lock().unwrap().volume = Some(volume);
    }

    /// From now on it is remembered what a power cut would undo.
    pub(crate) fn keep_journal(&self) {
        self.0.lock().unwrap().journal = Some(Vec::new());
    }

    /// The power fails: of the writes that were not synced those are undone that `lost` says, the last
    /// first. What was never there reads as zeros (F04).
    pub(crate) fn cut_power(&self, mut lost: impl FnMut() -> bool) {
        let journal = self.0.lock().unwrap().journal.take().unwrap();
        for undo in journal.into_iter().rev() {
            if lost() {
                rustix::io::pwrite(&undo.file, &undo.before, undo.offset).unwrap();
            }
        }
    }

    fn strike(&self, op: Op, role: Role) -> Option<Effect> {
        let mut plan = self.0.lock().unwrap();
        match &mut plan.life {
            Some(0) => return Some(Effect::Fails(Errno::IO)),
            Some(calls) => *calls -= 1,
            None => {}
        }
        let rule = plan.rules.iter_mut().find(|rule| rule.op == op && rule.role == role && rule.times > 0)?;
        if rule.spared > 0 {
            rule.spared -= 1;
            return None;
        }
        rule.times -= 1;
        let effect = rule.effect;
        plan.fired += 1;
        Some(effect)
    }

    fn pass(&self, op: Op, role: Role) -> Result<()> {
        match self.strike(op, role) {
            Some(Effect::Fails(errno)) => Err(errno),
            Some(Effect::Short(_)) | None => Ok(()),
        }
    }

    fn remember(&self, file: &Handle, offset: u64, len: usize) {
        let mut plan = self.0.lock().unwrap();
        let Some(journal) = &mut plan.journal else { return };
        let mut before = vec![0; len];
        Os.read_at(file, &mut before, offset).unwrap();
        let copy = file.as_fd().try_clone_to_owned().unwrap();
        journal.push(Undo { file: copy, role: file.role(), offset, before });
    }
}

impl FileSystem for Faulty {
    fn create(&self, folder: &Handle, name: &OsStr) -> Result<Handle> {
        self.pass(Op::Create, Role::Folder)?;
        Os.create(folder, name)
    }

    fn write_at(&self, file: &Handle, bytes: &[u8], offset: u64) -> Result<usize> {
        let bytes = match self.strike(Op::Write, file.role()) {
            Some(Effect::Fails(errno)) => return Err(errno),
            Some(Effect::Short(count)) => &bytes[..count.min(bytes.len())],
            None => bytes,
        };
        self.remember(file, offset, bytes.len());
        Os.write_at(file, bytes, offset)
    }

    fn read_at(&self, file: &Handle, buffer: &mut [u8], offset: u64) -> Result<usize> {
        match self.strike(Op::Read, file.role()) {
            Some(Effect::Fails(errno)) => Err(errno),
            Some(Effect::Short(count)) => {
                let count = count.min(buffer.len());
                Os.read_at(file, &mut buffer[..count], offset)
            }
            None => Os.read_at(file, buffer, offset),
        }
    }

    fn sync(&self, file: &Handle) -> Result<()> {
        self.pass(Op::Sync, file.role())?;
        if let Some(journal) = &mut self.0.lock().unwrap().journal {
            journal.retain(|undo| undo.role != file.role());
        }
        // The tests ask what is recorded, not how fast the disk is.
        Ok(())
    }

    fn sync_names(&self, folder: &Handle, file: &Handle) -> Result<()> {
        self.pass(Op::SyncNames, folder.role())?;
        Os.sync_names(folder, file)
    }

    fn reserve(&self, file: &Handle, length: u64) -> Result<()> {
        self.pass(Op::Reserve, file.role())?;
        Os.reserve(file, length)
    }

    fn truncate(&self, file: &Handle, length: u64) -> Result<()> {
        self.pass(Op::Truncate, file.role())?;
        let size = rustix::fs::fstat(file).unwrap().st_size.cast_unsigned();
        self.remember(file, length, usize::try_from(size.saturating_sub(length)).unwrap());
        Os.truncate(file, length)
    }

    fn copy(&self, from: &Handle, to: &Handle, range: ByteRange) -> Result<usize> {
        self.pass(Op::Copy, to.role())?;
        self.remember(to, range.start, usize::try_from(range.len()).unwrap());
        Os.copy(from, to, range)
    }

    fn rename(&self, folder: &Handle, from: &OsStr, to: &OsStr, replace: Replace) -> Result<()> {
        self.pass(Op::Rename, folder.role())?;
        Os.rename(folder, from, to, replace)
    }

    fn unlink(&self, folder: &Handle, name: &OsStr) -> Result<()> {
        self.pass(Op::Unlink, folder.role())?;
        Os.unlink(folder, name)
    }

    fn volume(&self, file: &Handle) -> Result<Volume> {
        let volume = self.0.lock().unwrap().volume;
        // A played disk syncs like a disk, though the tests may run in memory.
        let real = || Os.volume(file).map(|volume| Volume { in_memory: false, ..volume });
        volume.map_or_else(real, Ok)
    }
}
