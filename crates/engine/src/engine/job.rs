//! A job in memory: its record, and what matters only while the service runs.

use std::collections::BTreeMap;
use std::time::Duration;

use bgcopy_core::{Code, FileIndex, JobRecord, Mono, Priority, hresult::Family, limits};

use super::endings::EndingRun;
use super::failures::Failure;
use crate::lifecycle::Files;

/// A job and its run-time side.
#[derive(Debug)]
pub(super) struct Job {
    /// What is kept.
    pub(super) record: JobRecord,
    /// An earlier run of the service had it: bytes may be here that no record tells of.
    pub(super) restored: bool,
    /// Its place among the waiting.
    pub(super) turn: u64,
    /// Since when it holds a slot.
    pub(super) slot_since: Option<Mono>,
    /// Its time slice is over.
    pub(super) slice_over: bool,
    /// Since when nothing came (spec 6.8: "counted from the first transient error").
    pub(super) stalled_since: Option<Mono>,
    /// What TransientError waits for.
    pub(super) block: Block,
    /// Files that failed, and how often since their bytes last moved.
    pub(super) troubles: BTreeMap<FileIndex, Trouble>,
    /// A Complete or Cancel under way.
    pub(super) ending: Option<EndingRun>,
    /// When a change was last told.
    pub(super) told_at: Option<Mono>,
}

/// What a job in TransientError waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Block {
    /// The retry delay.
    #[default]
    Retry,
    /// A network.
    Network,
    /// Space for this file.
    Space(FileIndex),
    /// That the condition behind this code is met.
    Policy(Code),
}

/// How a file has been failing.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    /// Failures since bytes last moved.
    pub(super) attempts: u32,
    /// Why the file rests until its retry is due.
    pub(super) parked: Option<Box<Failure>>,
    /// Since when its name cannot be resolved.
    pub(super) nameless_since: Option<Mono>,
}

impl Job {
    pub(super) fn new(record: JobRecord) -> Self {
        Self {
            record,
            restored: false,
            turn: 0,
            slot_since: None,
            slice_over: false,
            stalled_since: None,
            block: Block::Retry,
            troubles: BTreeMap::new(),
            ending: None,
            told_at: None,
        }
    }

    /// Whether a file rests after a failure.
    pub(super) fn rests(&self, file: FileIndex) -> bool {
        self.troubles.get(&file).is_some_and(|trouble| trouble.parked.is_some())
    }

    /// How much there still is to bring.
    pub(super) fn files(&self) -> Files {
        if self.record.files.is_empty() {
            Files::None
        } else if self.record.files.iter().all(bgcopy_core::FileRecord::is_transferred) {
            Files::AllTransferred
        } else {
            Files::SomeWanted
        }
    }

    /// `NoProgressTimeout` in effect (design.md, "no-progress timeout").
    pub(super) fn no_progress_timeout(&self) -> Duration {
        self.record.settings.no_progress_timeout.unwrap_or(
            match (self.record.settings.family, self.record.priority) {
                (Family::Bits, _) => limits::NO_PROGRESS_BITS,
                (Family::Do, Priority::Foreground) => limits::NO_PROGRESS_FOREGROUND,
                (Family::Do, Priority::High | Priority::Normal | Priority::Low) => {
                    limits::NO_PROGRESS_BACKGROUND
                }
            },
        )
    }

    /// `MaximumDownloadTime` in effect; `None` is no limit.
    pub(super) fn max_download_time(&self) -> Option<Duration> {
        let time = self.record.settings.max_download_time.unwrap_or(limits::MAX_DOWNLOAD_TIME);
        (!time.is_zero()).then_some(time)
    }
}
