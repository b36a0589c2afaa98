//! Files so small that they are written when all of them is there: nothing of them is on the disk before, so
//! nothing has to be known of them by a restart, and one report tells everything. A job of thousands of them costs
//! little more than their requests.

use bgcopy_core::{Answer, Ask, ByteRange, FileRecord, JobId, JobRecord, JobState, Now, SourceKind, limits};

use super::Engine;
use crate::action::{Permit, TransferId};
use crate::event::Brought;
use crate::lifecycle::Happening;
use crate::plan::Take;

/// A job of so few files gains nothing, and whoever follows it wants to see each of them come, byte by byte.
const FEW_FILES: usize = 8;

impl Engine {
    /// Whether an answer brings a whole file that is small.
    pub(super) fn comes_at_once(&self, transfer: TransferId, answer: &Answer, take: Take) -> bool {
        let small = answer.size.is_some_and(|size| (1..=limits::SMALL_FILE_BYTES).contains(&size));
        let all =
            take.output == 0 && take.skip == 0 && take.limit.is_none_or(|limit| Some(limit) == answer.size);
        small && all && take.afresh.is_none() && self.could_come_at_once(transfer).is_some()
    }

    /// A file that may be written when all of it is there. Where there is a temporary file its bytes have to go
    /// first.
    fn could_come_at_once(&self, transfer: TransferId) -> Option<(&JobRecord, &FileRecord)> {
        let run = self.transfers.get(&transfer).filter(|run| run.have.is_empty() && !run.afresh)?;
        let record = &self.jobs.get(&run.job)?.record;
        let file = record.file(run.file).filter(|file| file.temporary.is_none())?;
        let whole = file.spec.ranges.is_empty() && file.pieces().is_none();
        (whole && record.files.len() > FEW_FILES).then_some((record, file))
    }

    /// Leave to take all of a file at once, where no answer that is covered leaves anything to be decided: `judge` takes
    /// each of them, and none of them settles the name or is too much for the job.
    pub(super) fn permit(&self, transfer: TransferId, ask: Ask) -> Option<Permit> {
        let (record, file) = self.could_come_at_once(transfer)?;
        let bounded = record.settings.max_download_size.is_some();
        (!bounded && matches!(ask, Ask::Whole | Ask::From(0))).then(|| Permit {
            local_name: file.spec.local_name.clone(),
            pending_name: file.spec.pending_name,
            digest: file.digest().cloned(),
            expected_size: file.expected_size(),
        })
    }

    /// "Transferring starts with the first body byte" (design.md "state names").
    pub(super) fn on_coming(&mut self, now: Now, transfer: TransferId) {
        let Some(id) = self.live(transfer).map(|run| run.job) else { return };
        if self.state(id) == Some(JobState::Connecting) {
            self.happen(now, id, Happening::Connected, None);
        }
    }

    /// All of a small file is there.
    pub(super) fn on_brought(&mut self, now: Now, transfer: TransferId, brought: Brought) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index, stopping) = (run.job, run.file, run.stopping);
        let Brought { temporary, kept, finished, answer } = brought;
        if stopping {
            // It came too late to count; whoever goes on with the file, or throws it away, finds it.
            if let Some(file) = self.file_mut(id, index) {
                file.temporary = Some(temporary);
            }
            if answer.is_some() {
                self.on_closed(now, transfer);
            }
            return;
        }
        let by_permit = answer.is_some();
        let giver = run.places.lead().map_or(SourceKind::Origin, |place| place.source.kind);
        if let Some(answer) = answer {
            self.learn(transfer, &answer);
        }
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        run.have = std::iter::once(ByteRange::new(0, kept.size)).collect();
        self.remember(transfer);
        self.keep_count(id, index, transfer);
        if let Some(file) = self.file_mut(id, index) {
            file.temporary = Some(temporary);
            file.kept = Some(kept);
            file.count(giver, kept.size);
        }
        if self.state(id) == Some(JobState::Connecting) {
            self.happen(now, id, Happening::Connected, None);
        }
        self.transfers.remove(&transfer);
        if let Some(job) = self.jobs.get_mut(&id).filter(|_| by_permit) {
            job.came_by_permit += 1;
        }
        // Of a job that goes on nobody waits for the end of a run.
        self.reschedule |= !self.is_at_work(id);
        self.whole(now, id, index, finished);
        if self.jobs.get(&id).is_some_and(|job| job.ending.is_some()) {
            self.go_on_ending(now, id);
        }
    }
    /// A source has something to say that its permit does not cover. Other files may be large as well, and no more of
    /// those are under way than may be at once: the latest, which hardly were asked for, go back.
    pub(super) fn call_back(&mut self, id: JobId) {
        let at_once = self.config.files_at_once;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if std::mem::take(&mut job.came_by_permit) == 0 {
            return;
        }
        let at_once = job.files_at_once(at_once);
        let active: Vec<TransferId> =
            self.active_transfers(id).filter(|(.., stopping)| !stopping).map(|(run, ..)| run).collect();
        active.into_iter().skip(at_once).for_each(|run| self.stop_transfer(run));
    }
}
