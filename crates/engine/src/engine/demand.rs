//! Ranges that a client asks for while its job runs, and jobs that fetch nothing else (spec 4.1 property 10, 7.9
//! `IBackgroundCopyFile6`).

use bgcopy_core::{ByteRange, FileIndex, FileRecord, FileStage, JobId, NotifyFlags, Now};

use super::Engine;
use super::job::Job;
use crate::action::{Notice, Order, Saved, TransferId};

impl Job {
    /// Whether a file has all that its client asked for. One whose bytes are all here is to be finished yet.
    pub(super) fn is_met(&self, file: &FileRecord) -> bool {
        let settings = &self.record.settings;
        let all = file.remote_size.is_some_and(|size| file.filled.contains(ByteRange::new(0, size)));
        file.is_on_demand(settings) && !all && file.wanted_first(settings, &file.filled).is_none()
    }

    /// Whether nothing is left to be fetched though not every file is whole.
    pub(super) fn are_demands_met(&self) -> bool {
        let open = self.record.files.get(self.whole_below..).unwrap_or_default();
        let mut wanted = open.iter().filter(|file| file.stage == FileStage::Wanted);
        self.record.settings.on_demand && wanted.all(|file| self.is_met(file))
    }
}

impl Engine {
    /// A client asked for ranges of a file, or named another position. Who brings other bytes of it makes way.
    pub(super) fn heed_demand(&mut self, now: Now, id: JobId, index: FileIndex) {
        self.save(id, Saved::File(index));
        let run = self.active_transfers(id).find(|(_, file, stopping)| *file == index && !stopping);
        if let Some((transfer, ..)) = run {
            self.dismiss_all(transfer);
            if let Some(run) = self.transfers.get_mut(&transfer) {
                run.turns = true;
            }
            self.turn_lead(transfer);
        }
        self.fill(now, id);
    }

    /// Lets the body of the lead end here, so that what is wanted first is asked for next. A request that is not answered
    /// yet cannot be told from one that never will be: its body ends with its first bytes.
    pub(super) fn turn_lead(&mut self, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer).filter(|run| run.turns) else { return };
        if let Some(until) = run.crew.cut_lead() {
            run.turns = false;
            self.order(transfer, Order::Limit { until });
        }
    }

    /// Bytes are here of which a client may want to hear.
    pub(super) fn note_range(&mut self, id: JobId, index: FileIndex, range: ByteRange) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let settings = &job.record.settings;
        let flags = settings.notify_flags;
        let wanted =
            flags.contains(NotifyFlags::FILE_RANGES_TRANSFERRED) && !flags.contains(NotifyFlags::DISABLE);
        // "Fires only for on-demand capable jobs" (spec 8.1).
        if wanted && job.record.file(index).is_some_and(|file| file.has_random_access(settings)) {
            job.fresh_ranges.entry(index).or_default().insert(range);
        }
    }

    /// Tells what came since the last time (`FileRangesTransferred`, spaced like `JobModification`: property 9).
    pub(super) fn tell_ranges(&mut self, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        for (index, ranges) in std::mem::take(&mut job.fresh_ranges) {
            self.notify(id, Notice::FileRanges(index, ranges));
        }
    }
}
