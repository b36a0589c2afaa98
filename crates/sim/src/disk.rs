//! A pretend disk: which version of which remote file stands where.

use std::collections::{BTreeMap, BTreeSet};

use bgcopy_core::{ByteRange, FileIndex, JobId, LocalName, PieceList, RangeSet};

/// Bytes of a temporary file: where they stand, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Where, in the finished file.
    pub(crate) output: ByteRange,
    /// The byte of the remote file that stands at the start of `output`.
    pub(crate) remote: u64,
    /// Of which version.
    pub(crate) version: u32,
}

/// A temporary file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Temporary {
    pub(crate) extents: Vec<Extent>,
    /// What a crash now would leave: bytes whose checksums are in the piece log.
    pub(crate) proved: RangeSet,
}

impl Temporary {
    pub(crate) fn have(&self) -> RangeSet {
        self.extents.iter().map(|extent| extent.output).collect()
    }

    /// Whether every byte of a range that is here is of this version.
    pub(crate) fn is_of(&self, version: u32, range: ByteRange) -> bool {
        let inside = |extent: &&Extent| !extent.output.intersection(range).is_empty();
        self.extents.iter().filter(inside).all(|extent| extent.version == version)
    }

    /// Throws the bytes of a range away.
    pub(crate) fn remove(&mut self, range: ByteRange) {
        let around = [ByteRange::new(0, range.start), ByteRange::new(range.end, u64::MAX)];
        let kept = self.extents.iter().flat_map(|extent| {
            around.into_iter().filter_map(|side| {
                let output = extent.output.intersection(side);
                let remote = extent.remote + (output.start.max(extent.output.start) - extent.output.start);
                (!output.is_empty()).then_some(Extent { output, remote, ..*extent })
            })
        });
        self.extents = kept.collect();
        self.proved.remove(range);
    }
}

/// Which file of which job.
pub(crate) type Key = (JobId, FileIndex);

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub(crate) temporaries: BTreeMap<Key, Temporary>,
    /// Those that were written at once: no piece log tells of them.
    pub(crate) at_once: BTreeSet<Key>,
    /// Files under their names, with what is in them.
    pub(crate) published: BTreeMap<LocalName, Vec<Extent>>,
    /// Which files were renamed, ever, and to what: the piece log says so before it is done (F03).
    pub(crate) renamed: BTreeMap<Key, LocalName>,
    /// No more bytes can be written.
    pub full: bool,
    /// The folder cannot be found.
    pub folder_gone: bool,
    /// Names that exist already.
    pub taken: BTreeSet<LocalName>,
    /// Files cannot be removed.
    pub stuck: bool,
}

impl Disk {
    /// Whether anything is left of a job but its published files.
    pub fn has_litter(&self, job: JobId) -> bool {
        self.temporaries.range((job, FileIndex(0))..=(job, FileIndex(u32::MAX))).next().is_some()
    }

    /// Whether a file is there under its name.
    pub fn has(&self, name: &LocalName) -> bool {
        self.published.contains_key(name)
    }

    /// The stretches of the remote file that a published file is made of, in order.
    pub fn content(&self, name: &LocalName) -> Vec<ByteRange> {
        let mut extents = self.published.get(name).cloned().unwrap_or_default();
        extents.sort_by_key(|extent| extent.output);
        let mut stretches: Vec<ByteRange> = Vec::new();
        for extent in extents {
            let bytes = ByteRange::new(extent.remote, extent.remote + extent.output.len());
            match stretches.last_mut() {
                Some(last) if last.end == bytes.start => last.end = bytes.end,
                _ => stretches.push(bytes),
            }
        }
        stretches
    }

    /// Bytes of a temporary file, as they are now.
    pub fn bytes(&self, job: JobId, file: u32) -> u64 {
        self.temporaries.get(&(job, FileIndex(file))).map_or(0, |temporary| temporary.have().len())
    }

    /// A cleaner takes the temporary file away.
    pub fn lose(&mut self, job: JobId, file: u32) -> bool {
        self.temporaries.remove(&(job, FileIndex(file))).is_some()
    }

    pub(crate) fn write(&mut self, key: Key, extent: Extent) {
        let file = self.temporaries.entry(key).or_default();
        for old in &file.extents {
            let overlap = old.output.intersection(extent.output);
            assert!(overlap.is_empty(), "{overlap} of {key:?} written twice");
        }
        file.extents.push(extent);
    }

    /// The pieces that are whole since these bytes came, and wrong. They are thrown away.
    pub(crate) fn spoiled(&mut self, key: Key, list: Option<PieceList>, came: ByteRange) -> Vec<ByteRange> {
        let Some((temporary, list)) = self.temporaries.get_mut(&key).zip(list) else { return Vec::new() };
        let version = u32::from(list.hash_of_hashes.0[0]);
        let touched = came.start / list.piece_size..came.end.div_ceil(list.piece_size);
        let pieces = touched.map(|piece| {
            let start = piece * list.piece_size;
            ByteRange::new(start, (start + list.piece_size).min(list.size))
        });
        let here = temporary.have();
        let wrong: Vec<ByteRange> =
            pieces.filter(|piece| here.contains(*piece) && !temporary.is_of(version, *piece)).collect();
        wrong.iter().for_each(|piece| temporary.remove(*piece));
        wrong
    }

    pub(crate) fn checkpoint(&mut self, key: Key) {
        if let Some(file) = self.temporaries.get_mut(&key) {
            file.proved = file.have();
        }
    }

    /// The machine goes down: what no checksum proves is gone. Gives how many bytes each file lost.
    pub(crate) fn crash(&mut self) -> Vec<(Key, u64)> {
        let lose = |file: &mut Temporary| {
            let before = file.have().len();
            let proved = file.proved.clone();
            file.extents.retain(|extent| proved.contains(extent.output));
            before - file.have().len()
        };
        self.temporaries.iter_mut().map(|(key, file)| (*key, lose(file))).collect()
    }

    /// A new temporary file; what stood there before is gone.
    pub(crate) fn restart(&mut self, key: Key) {
        self.at_once.remove(&key);
        self.temporaries.insert(key, Temporary::default());
    }
}
