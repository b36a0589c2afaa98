//! A pretend disk: which version of which remote file stands where.

use std::collections::{BTreeMap, BTreeSet};

use bgcopy_core::{ByteRange, FileIndex, JobId, LocalName, RangeSet};

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
    fn have(&self) -> RangeSet {
        self.extents.iter().map(|extent| extent.output).collect()
    }
}

/// The disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub(crate) temporaries: BTreeMap<(JobId, FileIndex), Temporary>,
    /// Files under their names, with what is in them.
    pub(crate) published: BTreeMap<LocalName, Vec<Extent>>,
    /// No more bytes can be written.
    pub full: bool,
    /// The folder cannot be found.
    pub folder_gone: bool,
    /// Names that exist already.
    pub taken: BTreeSet<LocalName>,
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

    pub(crate) fn write(&mut self, key: (JobId, FileIndex), extent: Extent) {
        let file = self.temporaries.entry(key).or_default();
        file.extents.retain(|old| {
            let overlap = old.output.intersection(extent.output);
            assert!(overlap.is_empty(), "{overlap} of {key:?} written twice");
            true
        });
        file.extents.push(extent);
    }

    pub(crate) fn checkpoint(&mut self, key: (JobId, FileIndex)) {
        if let Some(file) = self.temporaries.get_mut(&key) {
            file.proved = file.have();
        }
    }

    /// What can be proved of a file after a crash or a stop.
    pub(crate) fn reopen(&mut self, key: (JobId, FileIndex)) -> RangeSet {
        let Some(file) = self.temporaries.get_mut(&key) else { return RangeSet::new() };
        let proved = file.proved.clone();
        file.extents.retain(|extent| proved.contains(extent.output));
        file.have()
    }

    pub(crate) fn restart(&mut self, key: (JobId, FileIndex)) {
        if let Some(file) = self.temporaries.get_mut(&key) {
            *file = Temporary::default();
        }
    }
}
