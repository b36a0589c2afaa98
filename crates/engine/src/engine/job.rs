//! A job in memory: its record, and what matters only while the service runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bgcopy_core::{
    ByteRange, Code, Fault, FileIndex, FileRecord, FileStage, JobRecord, Mono, Priority, RangeSet,
    RemoteName, Validator, hresult::Family, limits,
};

use super::endings::EndingRun;
use super::failures::Failure;
use super::uploads::has_turn;
use crate::action::AHEAD_TIMES;
use crate::lifecycle::Files;
use crate::sources::Standing;

/// A job and its run-time side.
#[derive(Debug)]
pub(super) struct Job {
    /// What is kept.
    pub(super) record: JobRecord,
    /// Every file before this one is whole: of twenty thousand files, those are not looked at again with each event.
    pub(super) whole_below: usize,
    /// An earlier run of the service had it: bytes may be here that no record tells of.
    pub(super) restored: bool,
    /// Its place among the waiting.
    pub(super) turn: u64,
    /// Since when it holds a slot.
    pub(super) slot_since: Option<Mono>,
    /// Its time slice is over.
    pub(super) slice_over: bool,
    /// How long nothing came (spec 6.8: "counted from the first transient error").
    pub(super) stall: Option<Stall>,
    /// What TransientError waits for.
    pub(super) block: Block,
    /// Files that failed, and how often since their bytes last moved.
    pub(super) troubles: BTreeMap<FileIndex, Trouble>,
    /// The most bytes of a file that were ever here, of this version: only more than that is progress.
    pub(super) most_here: BTreeMap<FileIndex, u64>,
    /// Files whose content is being thrown away while the job lives on; they must not begin yet.
    pub(super) discarding: BTreeSet<FileIndex>,
    /// How its sources stand.
    pub(super) standing: Standing,
    /// What the sources of a file brought that was not what was promised.
    pub(super) lies: BTreeMap<(FileIndex, RemoteName), Lies>,
    /// Versions of a file that were given up for another one since the client last acted (A13).
    pub(super) former_versions: BTreeMap<FileIndex, Vec<Validator>>,
    /// Files whose sources are asked one at a time: together they brought what is not right.
    pub(super) alone: BTreeSet<FileIndex>,
    /// How often all of a file was wrong since the client acted last.
    pub(super) wrong: BTreeMap<FileIndex, u32>,
    /// When it was first in transfer, in this run of the service.
    pub(super) began: Option<Mono>,
    /// A Complete or Cancel under way.
    pub(super) ending: Option<EndingRun>,
    /// When a change was last told.
    pub(super) told_at: Option<Mono>,
    /// Bytes that came since, where a client wants to hear which.
    pub(super) fresh_ranges: BTreeMap<FileIndex, RangeSet>,
    /// How many files came by their permits since it began, or since a source had something else to say.
    pub(super) came_by_permit: usize,
}

/// What a source brought that was not what was promised.
#[derive(Clone, Debug, Default)]
pub(super) struct Lies {
    /// Which pieces.
    pub(super) pieces: BTreeSet<ByteRange>,
    /// How often.
    pub(super) times: u32,
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
    /// Answers in a row that cannot be understood.
    bad_responses: u32,
    /// Since when its name is said not to exist.
    pub(super) nameless_since: Option<Mono>,
}

/// A time without progress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stall {
    /// Since when, in this run of the service.
    pub(super) since: Mono,
    /// How long already, in earlier runs.
    pub(super) before: Duration,
}

/// How many times as many files a job of high performance may have under way.
const HIGH_PERFORMANCE_TIMES: usize = 4;
/// How many answers in a row that cannot be understood are taken for an accident.
const BAD_RESPONSES: u32 = 3;

impl Trouble {
    /// Counts a failure; says whether failures of its kind went on for too long to be an accident. One that is known
    /// to pass is none of those, such as that of a cache host that a job keeps to for a while.
    pub(super) fn count(&mut self, fault: &Fault, now: Mono) -> bool {
        let code = Some(fault.code).filter(|_| !fault.passing);
        self.attempts = self.attempts.saturating_add(1);
        let bad = code == Some(Code::BadResponse);
        self.bad_responses = if bad { self.bad_responses.saturating_add(1) } else { 0 };
        let nameless = code == Some(Code::Dns);
        self.nameless_since = nameless.then(|| self.nameless_since.unwrap_or(now));
        // "bad-response: transient, then fatal" (faults "Codes"); B12: "NXDOMAIN is transient for an hour, then
        // fatal", and a name service that does not answer says nothing about the name.
        let nameless = self.nameless_since.map_or(Duration::ZERO, |since| now.since(since));
        self.bad_responses >= BAD_RESPONSES || nameless >= limits::NAME_PATIENCE
    }
}

impl Stall {
    /// How long nothing came by now.
    pub(super) fn lasts(self, now: Mono) -> Duration {
        self.before.saturating_add(now.since(self.since))
    }

    /// When nothing will have come for this long; now at the earliest.
    pub(super) fn reaches(self, timeout: Duration, now: Mono) -> Mono {
        now + timeout.saturating_sub(self.lasts(now))
    }
}

impl Job {
    pub(super) fn new(record: JobRecord) -> Self {
        Self {
            record,
            whole_below: 0,
            restored: false,
            turn: 0,
            slot_since: None,
            slice_over: false,
            stall: None,
            block: Block::Retry,
            troubles: BTreeMap::new(),
            most_here: BTreeMap::new(),
            discarding: BTreeSet::new(),
            standing: Standing::default(),
            lies: BTreeMap::new(),
            former_versions: BTreeMap::new(),
            alone: BTreeSet::new(),
            wrong: BTreeMap::new(),
            began: None,
            ending: None,
            told_at: None,
            fresh_ranges: BTreeMap::new(),
            came_by_permit: 0,
        }
    }

    /// A file, to be changed.
    pub(super) fn file_mut(&mut self, index: FileIndex) -> Option<&mut FileRecord> {
        self.whole_below = self.whole_below.min(index.as_usize());
        self.record.files.get_mut(index.as_usize())
    }

    /// Passes over the files that are whole by now.
    pub(super) fn pass_whole_files(&mut self) {
        let rest = self.record.files.get(self.whole_below..).unwrap_or_default();
        self.whole_below += rest.iter().take_while(|file| file.is_transferred()).count();
    }

    /// How many files are fetched at once. "High performance" (spec 4.1, `BITS_JOB_PROPERTY_HIGH_PERFORMANCE`) is
    /// for jobs of many files whose client wants them soon.
    pub(super) fn files_at_once(&self, configured: usize) -> usize {
        let times = if self.record.settings.high_performance { HIGH_PERFORMANCE_TIMES } else { 1 };
        match configured {
            // Strict BITS was asked for.
            0 | 1 => 1,
            more => more * times,
        }
    }

    /// How many files have a run. Where each comes by its permit there are some that wait for their turn.
    pub(super) fn files_begun(&self, configured: usize) -> usize {
        match self.files_at_once(configured) {
            1 => 1,
            at_once => at_once + self.came_by_permit.min(at_once * (AHEAD_TIMES - 1)),
        }
    }

    /// The files that could begin now, in add order.
    pub(super) fn startable(&self) -> impl Iterator<Item = FileIndex> {
        let open = self.record.files.get(self.whole_below..).unwrap_or_default();
        // Not by skipping: that would count all that are whole each time.
        let first = u32::try_from(self.whole_below).unwrap_or(u32::MAX);
        let wanted = (first..).map(FileIndex).zip(open).filter(|(_, file)| file.stage == FileStage::Wanted);
        let wanted = wanted.filter(|(index, file)| !self.is_met(file) && has_turn(&self.record, *index));
        wanted.map(|(index, _)| index).filter(|index| !self.rests(*index) && !self.discarding.contains(index))
    }

    /// Whether a file rests after a failure.
    fn rests(&self, file: FileIndex) -> bool {
        self.troubles.get(&file).is_some_and(|trouble| trouble.parked.is_some())
    }

    /// Lets every file that rests begin again.
    pub(super) fn unpark(&mut self) {
        self.troubles.values_mut().for_each(|trouble| trouble.parked = None);
    }

    /// The most bytes of a file that were ever here, of this version.
    pub(super) fn most_here(&self, file: FileIndex) -> u64 {
        self.most_here.get(&file).copied().unwrap_or(0)
    }

    /// So many bytes of a file are here.
    pub(super) fn reach(&mut self, file: FileIndex, here: u64) {
        let most = self.most_here.entry(file).or_default();
        *most = here.max(*most);
    }

    /// How much there still is to bring.
    pub(super) fn files(&self) -> Files {
        if self.record.files.is_empty() {
            Files::None
        } else if self.record.files.iter().skip(self.whole_below).all(FileRecord::is_transferred) {
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

    /// The longest that a retry can lie ahead.
    pub(super) fn longest_delay(&self) -> Duration {
        let floor = self.record.settings.min_retry_delay.unwrap_or_default();
        floor.max(limits::RETRY_AFTER_MAX).max(limits::RETRY_DELAY_MAX)
    }

    /// How long it was in transfer since the last Resume.
    pub(super) fn running_time(&self, now: Mono) -> Duration {
        let held = self.slot_since.map_or(Duration::ZERO, |since| now.since(since));
        Duration::from_millis(self.record.running_millis).saturating_add(held)
    }
}
