//! A file on its way: the temporary file, its piece log, and what is known of its bytes.
//!
//! Order of things, so that a kill at any point leaves the truth: the log names the temporary file before it
//! is made; bytes are written before the log claims them; the log is cut before bytes are given up; data is
//! synced before the log says so, and the log before the file counts as finished.

mod basis;
mod check;
mod strangers;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bgcopy_core::{ByteRange, Code, Digest, ErrorContext, Fault, LocalName, PieceHashes, RangeSet};
use rustix::io::Errno;

use crate::checklist::Checklist;
use crate::destination::{self, act};
use crate::digest::Frontier;
use crate::discard::{discard_on, looks_ours};
use crate::extents::Extents;
use crate::fault;
use crate::file_system::{FileSystem, Handle, Os};
use crate::folder;
use crate::identity::{Identity, Meta};
use crate::log::{PieceLog, Seal};
use crate::prove::{Proof, Reader};
use crate::reservation::Reservation;
use crate::rights::{self, Rights};
use crate::space::Floor;
use strangers::Strangers;

/// Names tried for a temporary file; each is one of a thousand million, so a second is already a surprise.
const NAMES_TRIED: usize = 8;

/// What a temporary file is made for.
#[derive(Clone, Debug)]
pub struct PartSpec {
    /// Where the file shall appear; the temporary file is made beside it.
    pub local_name: LocalName,
    /// The piece log: a path of its own for every file, in the service's state folder.
    pub log: PathBuf,
    /// Whose rights the temporary file is made and written with.
    pub rights: Rights,
    /// The size of the finished file, if known: reserved from the start.
    pub size: Option<u64>,
    /// The digest that the finished file must have.
    pub digest: Option<Digest>,
    /// The hashes that its pieces must have.
    pub pieces: Option<Arc<PieceHashes>>,
    /// A damaged or partial copy of it. What of it proves itself by `pieces` or `digest` is here from the start;
    /// where neither is known nothing of it is.
    pub basis: Option<LocalName>,
    /// What stays free on the volume.
    pub floor: Floor,
}

/// A finished file: every byte is here and on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its size.
    pub size: u64,
    /// Its digest, where one was asked for: computed, and equal to what was asked for.
    pub digest: Option<Digest>,
    /// There was a list of its pieces, and each of them is right.
    pub pieces_matched: bool,
}

/// Says whether somebody waits for a part to be let go.
pub type Leaving = Box<dyn Fn() -> bool + Send + Sync>;

/// A temporary file that is being written.
pub struct Part<F: FileSystem = Os> {
    fs: F,
    rights: Rights,
    temporary: PathBuf,
    data: Handle,
    identity: Identity,
    log: PieceLog,
    reservation: Reservation,
    extents: Extents,
    frontier: Option<Frontier>,
    checks: Option<Checklist>,
    /// Pieces that were wrong, and that nobody was told of yet.
    spoiled: Vec<ByteRange>,
    /// Whether pieces need not be judged now.
    leaving: Option<Leaving>,
    strangers: Strangers,
    /// The bytes that are in the file.
    written: RangeSet,
    /// Those of them that the piece log can prove: what a crash leaves.
    logged: RangeSet,
    /// Those of them that are on the disk: what a power cut leaves.
    synced: RangeSet,
    /// The file lives in memory: a power cut takes it whole, and there is nothing to sync on the way.
    in_memory: bool,
    /// Whether the names of the two files are on the disk.
    names_synced: bool,
    /// Whether trouble with the log was reported already.
    log_complained: bool,
}

impl Part {
    /// Makes a temporary file: exclusively, hidden, beside the destination, mode 0600, its space reserved.
    /// The volume is looked at first: where the file does not fit above the floor, nothing is made (E02).
    /// What an earlier, unrecorded attempt with the same piece log left behind is removed. A basis that cannot be
    /// read is a fault that names it.
    pub fn create(spec: &PartSpec) -> Result<Self, Fault> {
        Self::create_on(Os, spec)
    }

    /// Goes on with a temporary file, as [`Part::temporary`] named it. Says which of its bytes are right:
    /// those that the piece log claims and that are there, read back. A file that is missing, is another one
    /// or has a second name is `LocalFileChanged` (E11, E12, E15): discard it and create another.
    pub fn reopen(spec: &PartSpec, temporary: &Path) -> Result<(Self, RangeSet), Fault> {
        Self::reopen_on(Os, spec, temporary)
    }
}

impl<F: FileSystem> Part<F> {
    /// [`Part::create`] on another file system.
    pub fn create_on(fs: F, spec: &PartSpec) -> Result<Self, Fault> {
        rights::ignore_size_signal();
        discard_on(&fs, &spec.rights, None, &spec.log)?;
        let (temporary, data, identity, log) = Self::make(&fs, spec)?;
        let mut part = Self::assemble(fs, spec, temporary, data, identity, log);
        if let Err(fault) = part.begin(spec) {
            // The fault is what the caller must hear of; a file that cannot be removed now is named in the
            // log and goes with the next attempt.
            let _ = discard_on(&part.fs, &spec.rights, Some(&part.temporary), &spec.log);
            return Err(fault);
        }
        Ok(part)
    }

    /// Makes room, and takes over what there is.
    fn begin(&mut self, spec: &PartSpec) -> Result<(), Fault> {
        if let Some(size) = spec.size {
            self.set_size(size)?;
        }
        if let Some(basis) = &spec.basis {
            self.take_over(spec, basis)?;
        }
        Ok(())
    }

    /// Checks the place, names the temporary file in the log, and makes it.
    fn make(fs: &F, spec: &PartSpec) -> Result<(PathBuf, Handle, Identity, PieceLog), Fault> {
        let path = spec.local_name.path();
        let reservation = Reservation::new(spec.floor);
        let (plain, folder, volume) = {
            let _acting = act(&spec.rights, path)?;
            let (plain, folder) = destination::open(spec.local_name.folder())?;
            destination::is_taken(&folder, spec.local_name.base(), path)?;
            let volume = fs.volume(&folder).map_err(|errno| fault::local(errno, "look at", path))?;
            reservation.check_new(volume, spec.size, path)?;
            (plain, folder, volume)
        };
        for _ in 0..NAMES_TRIED {
            let name = folder::temporary_name(spec.local_name.base(), volume.name_bytes_max);
            let temporary = plain.join(&name);
            let mut log = PieceLog::create(fs, &spec.log, &temporary)?;
            let made = {
                let _acting = act(&spec.rights, path)?;
                fs.create(&folder, &name)
            };
            let identified = match made {
                Ok(data) => Meta::of(&data).map(|meta| (data, meta.identity)),
                Err(Errno::EXIST) => continue,
                Err(errno) => Err(errno),
            };
            let (data, identity) = identified.map_err(|errno| {
                let _ = crate::discard::forget(&spec.log);
                reservation.explain(fs, &folder, errno, "create a file beside", path, 0)
            })?;
            if let Err(fault) = log.identify(fs, identity) {
                let _ = discard_on(fs, &spec.rights, Some(&temporary), &spec.log);
                return Err(fault);
            }
            return Ok((temporary, data, identity, log));
        }
        Err(fault::local(Errno::EXIST, "find a free name for a file beside", path))
    }

    fn assemble(
        fs: F,
        spec: &PartSpec,
        temporary: PathBuf,
        data: Handle,
        identity: Identity,
        log: PieceLog,
    ) -> Self {
        let in_memory = fs.volume(&data).is_ok_and(|volume| volume.in_memory);
        let mut part = Self {
            fs,
            rights: spec.rights.clone(),
            temporary,
            data,
            identity,
            log,
            reservation: Reservation::new(spec.floor),
            extents: Extents::default(),
            frontier: spec.digest.as_ref().map(Frontier::new),
            checks: spec.pieces.clone().map(Checklist::new),
            spoiled: Vec::new(),
            strangers: Strangers::default(),
            leaving: None,
            written: RangeSet::new(),
            logged: RangeSet::new(),
            synced: RangeSet::new(),
            in_memory,
            names_synced: false,
            log_complained: false,
        };
        part.anchor_digest(true);
        part
    }

    /// [`Part::reopen`] on another file system.
    pub fn reopen_on(fs: F, spec: &PartSpec, temporary: &Path) -> Result<(Self, RangeSet), Fault> {
        rights::ignore_size_signal();
        let known = PieceLog::open(&fs, &spec.log)?
            .and_then(|(log, history)| Some((log, history.identity?, history)));
        let identity = known.as_ref().map(|(_, identity, _)| *identity);
        let (data, meta) = open_left(&spec.rights, temporary, identity)?;
        let Some((log, identity, history)) = known else {
            return Self::start_over(fs, spec, temporary, data, &meta);
        };
        let mut part = Self::assemble(fs, spec, temporary.to_owned(), data, identity, log);
        // Before the reading, which may take long and would be for nothing.
        if let Some(size) = spec.size {
            part.set_size(size)?;
        }
        let mut reader = Reader::new(&part.fs, &part.data, &part.temporary);
        let Proof { proved, synced } =
            reader.prove(&history, part.frontier.as_mut(), part.checks.as_mut())?;
        (part.written, part.logged, part.synced) = (proved.clone(), proved, synced);
        part.check_pieces(ByteRange::new(0, u64::MAX))?;
        // Whoever asks what is here need not hear what is not (faults D11).
        part.spoiled.clear();
        if let Some(basis) = spec.basis.as_ref().filter(|_| part.written.is_empty()) {
            part.take_over(spec, basis)?;
        }
        let here = part.written.clone();
        Ok((part, here))
    }

    /// The log is lost: nothing is proved, but the file can be used from its first byte on.
    fn start_over(
        fs: F,
        spec: &PartSpec,
        temporary: &Path,
        data: Handle,
        meta: &Meta,
    ) -> Result<(Self, RangeSet), Fault> {
        if !looks_ours(temporary, meta, &spec.rights) {
            return Err(fault::changed(temporary, "cannot be told from somebody else's"));
        }
        let mut log = PieceLog::create(&fs, &spec.log, temporary)?;
        log.identify(&fs, meta.identity)?;
        let mut part = Self::assemble(fs, spec, temporary.to_owned(), data, meta.identity, log);
        part.restart()?;
        part.begin(spec)?;
        let here = part.written.clone();
        Ok((part, here))
    }

    /// The temporary file, by a path without links: what [`Part::reopen`], [`publish`](crate::publish) and
    /// [`discard`](crate::discard) want to be given.
    pub fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// How far the digest reaches, where one is asked for.
    pub fn digested(&self) -> Option<u64> {
        self.frontier.as_ref().map(Frontier::reached)
    }

    /// The bytes that are here now.
    pub const fn written(&self) -> &RangeSet {
        &self.written
    }

    /// The size of the finished file is known now: reserves the space.
    pub fn set_size(&mut self, size: u64) -> Result<(), Fault> {
        self.strangers.look_away();
        {
            let _acting = act(&self.rights, &self.temporary)?;
            self.reservation.claim(&self.fs, &self.data, &self.temporary, size)?;
        }
        let Some(checks) = &mut self.checks else { return Ok(()) };
        checks.set_size(size)?;
        // It tells where the last piece ends, which may be here already.
        self.check_pieces(ByteRange::new(size.saturating_sub(1), size))
    }

    /// Forgets every byte, and the size: another version of the file is going to come.
    pub fn restart(&mut self) -> Result<(), Fault> {
        self.log.clear(&self.fs)?;
        self.extents.clear();
        for set in [&mut self.written, &mut self.logged, &mut self.synced] {
            *set = RangeSet::new();
        }
        if let Some(frontier) = &mut self.frontier {
            frontier.start_again();
        }
        if let Some(checks) = &mut self.checks {
            checks.clear();
        }
        self.spoiled.clear();
        self.strangers.forget();
        self.reservation.release();
        self.cut(0)
    }

    /// Ends a file whose bytes `0..size` are all here: cuts it to size, puts it on the disk, and checks its
    /// pieces and its digest. When the digest is wrong the bytes stay until they are discarded (D02). Afterwards nothing is
    /// left to be written when the file is closed, so closing it cannot lose anything (E20).
    pub fn finish(&mut self, size: u64) -> Result<Finished, Fault> {
        let pieces_matched = self.finish_pieces(size)?;
        if let Some(gap) = self.written.first_gap(ByteRange::new(0, size)) {
            let fault = fault::changed(&self.temporary, "is not whole");
            return Err(Fault { range: Some(gap), ..fault });
        }
        self.check_uncut()?;
        self.strangers.look(self.look()?.modified);
        self.cut(size)?;
        self.strangers.note(self.look()?.modified);
        self.forget_behind(size)?;
        self.log_extents()?;
        self.sync_data()?;
        let digest = self.check_digest(size, pieces_matched)?;
        let meta = self.look()?;
        self.strangers.look(meta.modified);
        self.check_written(&meta)?;
        self.mark_synced(Some(Seal { size, modified: meta.modified }))?;
        self.check_place()?;
        Ok(Finished { size, digest, pieces_matched })
    }

    fn check_digest(&mut self, size: u64, pieces_matched: bool) -> Result<Option<Digest>, Fault> {
        let Some(frontier) = &mut self.frontier else { return Ok(None) };
        // A digest that took more than the file now has took bytes that were cut off.
        frontier.lose(size);
        Reader::new(&self.fs, &self.data, &self.temporary).catch_up(frontier, size)?;
        let value = frontier.value();
        if value == *frontier.wanted() {
            return Ok(Some(value));
        }
        let although = if pieces_matched { ", though every piece is as listed" } else { "" };
        let detail = format!("the file has {value}, and {} was promised{although}", frontier.wanted());
        Err(Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail))
    }

    fn cut(&self, size: u64) -> Result<(), Fault> {
        let _acting = act(&self.rights, &self.temporary)?;
        self.fs
            .truncate(&self.data, size)
            .map_err(|errno| fault::local(errno, "set the size of", &self.temporary))
    }
}

/// Opens the temporary file that was left, if it is still that one.
fn open_left(rights: &Rights, temporary: &Path, identity: Option<Identity>) -> Result<(Handle, Meta), Fault> {
    let _acting = act(rights, temporary)?;
    let parent = temporary.parent().unwrap_or(Path::new("/"));
    let folder =
        folder::open_plain(parent).map_err(|errno| fault::local(errno, "open the folder", parent))?;
    let (data, meta) =
        open_known(&folder, temporary, identity)?.ok_or_else(|| missing(&folder, temporary, identity))?;
    check_links(&meta, temporary)?;
    Ok((data, meta))
}

/// Opens a temporary file in its folder and makes sure that it is the one with this identity (E11, E12);
/// `None` where there is none.
pub(crate) fn open_known(
    folder: &Handle,
    temporary: &Path,
    identity: Option<Identity>,
) -> Result<Option<(Handle, Meta)>, Fault> {
    let name = temporary.file_name().unwrap_or_default();
    let data = match folder::open_file(folder, name) {
        Ok(data) => data,
        Err(Errno::NOENT) => return Ok(None),
        // What is there has this name and is not even a file: a socket, a folder.
        Err(Errno::NXIO | Errno::ISDIR) => return Err(fault::changed(temporary, "is no file any more")),
        Err(errno) => return Err(fault::local(errno, "open", temporary)),
    };
    let meta = Meta::of(&data).map_err(|errno| fault::local(errno, "look at", temporary))?;
    if !meta.kind.is_file() {
        return Err(fault::changed(temporary, "is no file any more"));
    }
    if identity.is_some_and(|identity| !identity.is(&meta.identity)) {
        return Err(fault::changed(temporary, "was replaced by another file"));
    }
    Ok(Some((data, meta)))
}

/// Refuses a file that can be written to under another name (E15).
pub(crate) fn check_links(meta: &Meta, temporary: &Path) -> Result<(), Fault> {
    if meta.links == 1 {
        return Ok(());
    }
    Err(fault::changed(temporary, "has a second name (a hard link)"))
}

/// Why a temporary file is not in its folder: it was removed (E11), or this is the folder of another volume
/// (E23).
fn missing(folder: &Handle, temporary: &Path, identity: Option<Identity>) -> Fault {
    let device = Meta::of(folder).map(|meta| meta.identity.device).ok();
    if identity.is_some_and(|identity| device.is_some_and(|device| device != identity.device)) {
        let detail = format!("another volume is where {} was", temporary.display());
        return fault::here(Code::VolumeChanged, detail);
    }
    fault::changed(temporary, "is gone")
}
