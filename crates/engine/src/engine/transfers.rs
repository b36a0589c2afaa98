//! Runs at files: begin, open, ask, finish, stop. What comes back from a source is [`super::answers`]' subject.

use std::collections::BTreeSet;
use std::time::Duration;

use bgcopy_core::{
    Answer, Ask, ByteRange, Code, ErrorContext, Fault, FileIndex, FileRecord, FileStage, JobId, Mono, Now,
    Promised, RangeSet, SourceKind, Trust, limits, upload,
};

use super::Engine;
use super::answers::Learned;
use super::helpers::Crew;
use super::places::Places;
use super::uploads::Sending;
use crate::action::{Action, Fetch, Notice, Order, Saved, TransferId};
use crate::event::Finished;
use crate::lifecycle::{Files, Happening};
use crate::plan::{self, Next, Restart};
use crate::sources::Source;

/// A run at a file.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) job: JobId,
    pub(super) file: FileIndex,
    /// Bytes of the finished file that are here.
    pub(super) have: RangeSet,
    /// The request that is out.
    pub(super) asked: Option<Asked>,
    /// Who works at it.
    pub(super) crew: Crew,
    /// Whom they ask.
    pub(super) places: Places,
    /// The lead asked somebody in this run, and stays with him as long as he is good.
    pub(super) asked_before: bool,
    /// There was no temporary file when it began.
    pub(super) from_nothing: bool,
    /// A publisher is being read.
    pub(super) consulting: bool,
    /// The answer whose body waits for that.
    pub(super) held: Option<Box<Answer>>,
    /// How long they waited for the source since bytes came last.
    pub(super) waited: Duration,
    /// What is here is to be forgotten before the next byte is written.
    pub(super) afresh: bool,
    /// What the answer says of the file, while the bytes of an earlier version may still be on the disk.
    pub(super) learned: Option<Learned>,
    /// Every byte is here, and is being made durable.
    pub(super) finishing: bool,
    /// It sends the file of an upload.
    pub(super) sending: Option<Box<Sending>>,
    /// Nothing but the end of it is waited for.
    pub(super) stopping: bool,
    /// Other bytes are wanted first than those that the lead brings.
    pub(super) turns: bool,
    /// When it began.
    pub(super) since: Mono,
}

/// A request that is out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) ask: Ask,
    /// The first byte of the remote file that its body brings for us.
    pub(super) from: u64,
    /// How many bytes were here when the body began.
    pub(super) had: u64,
    /// The most bytes of this version that were ever here, when it was made and when the body began.
    pub(super) most: u64,
    /// The end of the body is the end of the remote file.
    pub(super) ends_file: bool,
    /// Pieces that came meanwhile were thrown away again.
    pub(super) spoiled: bool,
}

impl Engine {
    /// Starts as many files of a running job as it may have at once, in add order (design.md, "files of a
    /// job"); when none is left to start and none runs, the job is through or has to wait.
    pub(super) fn fill(&mut self, now: Now, id: JobId) {
        if !self.is_at_work(id) {
            return;
        }
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.pass_whole_files();
        let at_once = job.files_at_once(self.config.files_at_once);
        let begun = job.files_begun(self.config.files_at_once);
        let Some(job) = self.jobs.get(&id) else { return };
        let runs = || self.active_transfers(id);
        let active = runs().filter(|(.., stopping)| !stopping).count();
        // Where some wait for their turn, the next ones are handed out together.
        if active > at_once.max(begun - at_once) {
            return;
        }
        let busy: BTreeSet<FileIndex> = runs().map(|(_, file, _)| file).collect();
        // A run that only closes leaves its place to the next, but there are never more of them than places.
        let startable: Vec<FileIndex> = job
            .startable()
            .filter(|index| !busy.contains(index))
            .take(begun.saturating_sub(active).min((2 * begun).saturating_sub(runs().count())))
            .collect();
        let idle = busy.is_empty() && startable.is_empty() && job.discarding.is_empty();
        startable.into_iter().for_each(|file| self.begin(now, id, file));
        if idle {
            self.nothing_to_start(now, id);
        }
    }

    fn nothing_to_start(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        match job.files() {
            Files::SomeWanted if job.are_demands_met() => {
                self.happen(now, id, Happening::DemandMetPartly, None);
            }
            Files::SomeWanted => self.wait_for_retries(now, id),
            Files::None | Files::AllTransferred => {
                self.happen(now, id, Happening::AllFilesDone, None);
            }
        }
    }

    fn begin(&mut self, now: Now, id: JobId, file: FileIndex) {
        let transfer = TransferId(self.next_transfer);
        self.next_transfer += 1;
        let places = Places::new(self.places_of(id, file));
        if let Some(job) = self.jobs.get_mut(&id) {
            job.began.get_or_insert(now.mono);
        }
        let run = Transfer {
            job: id,
            file,
            have: RangeSet::new(),
            asked: None,
            crew: Crew::new(self.config.connections_per_host, now.mono),
            places,
            asked_before: false,
            from_nothing: self.file(id, file).is_none_or(|file| file.temporary.is_none()),
            consulting: false,
            held: None,
            waited: Duration::ZERO,
            afresh: false,
            learned: None,
            finishing: false,
            sending: None,
            stopping: false,
            turns: false,
            since: now.mono,
        };
        self.transfers.insert(transfer, run);
        self.act(Action::Begin { transfer, job: id, file });
        if file == upload::SOURCE && self.jobs.get(&id).is_some_and(|job| job.record.is_upload()) {
            return self.begin_sending(now, transfer);
        }
        let restored = self.jobs.get(&id).is_some_and(|job| job.restored);
        let left = |file: &FileRecord| file.temporary.is_some() || file.spec.supply.basis.is_some();
        if restored || self.file(id, file).is_some_and(left) {
            self.order(transfer, Order::Open);
        } else {
            self.start_from_nothing(id, file);
            self.ask_next(now, transfer);
        }
    }

    /// Nothing is here of a file, so nothing of what was known of it binds the next answer.
    fn start_from_nothing(&mut self, id: JobId, index: FileIndex) {
        if let Some(file) = self.file_mut(id, index) {
            file.remote_size = None;
            file.validator = None;
            file.version_of = None;
        }
    }

    /// Whether a job is in transfer, and not on its way out.
    pub(super) fn is_at_work(&self, id: JobId) -> bool {
        self.jobs.get(&id).is_some_and(|job| job.record.state.is_running() && job.ending.is_none())
    }

    pub(super) fn file(&self, id: JobId, index: FileIndex) -> Option<&FileRecord> {
        self.jobs.get(&id)?.record.file(index)
    }

    pub(super) fn file_mut(&mut self, id: JobId, index: FileIndex) -> Option<&mut FileRecord> {
        self.jobs.get_mut(&id)?.file_mut(index)
    }

    /// The run, unless it is stopping: then whatever it still reports is too late.
    pub(super) fn live(&self, transfer: TransferId) -> Option<&Transfer> {
        self.transfers.get(&transfer).filter(|run| !run.stopping)
    }

    pub(super) fn stop_transfer(&mut self, transfer: TransferId) {
        if let Some(run) = self.transfers.get_mut(&transfer)
            && !run.stopping
        {
            run.stopping = true;
            self.order(transfer, Order::Stop);
        }
    }

    /// A run at a file begins anew: its remote name changed, or whose rights it has.
    pub(super) fn begin_anew(&mut self, now: Now, id: JobId, index: FileIndex) {
        let run =
            self.active_transfers(id).find(|(_, file, _)| *file == index).map(|(transfer, ..)| transfer);
        if let Some(transfer) = run {
            self.stop_transfer(transfer);
        }
        self.fill(now, id);
    }

    pub(super) fn on_opened(&mut self, now: Now, transfer: TransferId, have: RangeSet) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(file) = self.file(id, index) else { return };
        // Bytes of which the record knows nothing are of no use: what was known of them was withdrawn before
        // they could be thrown away, or lost with the last moments before a crash.
        let taken_over = run.from_nothing && file.spec.supply.basis.is_some();
        let known = file.validator.is_some()
            || file.remote_size.is_some()
            || file.pieces().is_some()
            || (taken_over && file.digest().is_some());
        let expected = file.bytes_here;
        let (have, afresh) = if known { (have, false) } else { (RangeSet::new(), !have.is_empty()) };
        if afresh || have.len() < expected {
            self.notify(id, Notice::FileRestarted(index, Restart::Unproved));
        }
        let here = have.len();
        if here == 0 {
            self.start_from_nothing(id, index);
        } else if let Some(file) = self.file_mut(id, index) {
            // What was taken over by its digest alone is all of it.
            let all = Some(here).filter(|_| taken_over && file.pieces().is_none());
            file.remote_size = file.remote_size.or(file.expected_size()).or(all);
        }
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.have = have;
            run.afresh = afresh;
        }
        self.keep_count(id, index, transfer);
        self.ask_next(now, transfer);
    }

    pub(super) fn keep_count(&mut self, id: JobId, index: FileIndex, transfer: TransferId) {
        let run = self.transfers.get(&transfer);
        let here = run.map_or(0, |run| run.have.len());
        if let Some(job) = self.jobs.get_mut(&id)
            && let Some(file) = job.file_mut(index)
        {
            file.bytes_here = here;
            match run {
                Some(run) => file.filled.clone_from(&run.have),
                None => file.filled = RangeSet::new(),
            }
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.reach(index, here);
        }
    }

    pub(super) fn next_of(&self, transfer: TransferId) -> Option<Next> {
        let run = self.transfers.get(&transfer)?;
        let job = self.jobs.get(&run.job)?;
        let covered = run.crew.covered(&run.have);
        Some(plan::next(job.record.file(run.file)?, &job.record.settings, &covered))
    }

    pub(super) fn ask_next(&mut self, now: Now, transfer: TransferId) {
        if self.live(transfer).is_none() {
            return;
        }
        let Some(next) = self.next_of(transfer) else { return };
        // A run may outlive the running of its job only to finish a file that is whole.
        if !self.transfers.get(&transfer).is_some_and(|run| self.is_at_work(run.job)) {
            return self.stop_transfer(transfer);
        }
        if self.consults(transfer) {
            return;
        }
        match next {
            Next::Ask(ask) => self.ask(now, transfer, ask),
            Next::StartAgain(why) => {
                self.start_again(now, transfer, why);
                self.ask_next(now, transfer);
            }
            Next::Met => self.stop_transfer(transfer),
            Next::Outside(fault) => {
                let Some((id, index)) = self.transfers.get(&transfer).map(|run| (run.job, run.file)) else {
                    return;
                };
                // What is here stays, and what is not there is not asked for again.
                if let Some(file) = self.file_mut(id, index)
                    && let Some((demand, size)) = file.demand.as_mut().zip(file.remote_size)
                {
                    demand.clip(size);
                }
                self.save(id, Saved::File(index));
                self.fail(now, id, Some(index), &fault);
            }
            Next::Whole { .. } if self.are_helpers_needed(transfer) => self.relieve(now, transfer),
            Next::Whole { size } => {
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.finishing = true;
                    run.crew.lead_rests();
                }
                self.order(transfer, Order::Finish { size });
            }
            Next::Impossible(fault) => {
                // Kept, it would be in the way of the better file that another source has, or that Resume hopes for.
                if self.transfers.get(&transfer).is_some_and(|run| !run.have.is_empty()) {
                    self.start_again(now, transfer, Restart::Invalid);
                } else if let Some((id, index)) = self.transfers.get(&transfer).map(|run| (run.job, run.file))
                {
                    self.start_from_nothing(id, index);
                }
                self.source_failed(now, transfer, &fault);
            }
        }
    }

    pub(super) fn ask(&mut self, now: Now, transfer: TransferId, ask: Ask) {
        let Some(place) = self.choose_lead(now, transfer, ask.start()) else {
            return self.nobody_serves(now, transfer);
        };
        if self.must_begin_again_at(transfer, place) {
            self.start_again(now, transfer, Restart::OtherSource);
            return self.ask_next(now, transfer);
        }
        if self.forget_parts_of_others(transfer, place) {
            return self.ask_next(now, transfer);
        }
        // A10: If-Range on every request that continues something.
        let validator = self.validator_at(transfer, place);
        let Some(run) = self.transfers.get(&transfer) else { return };
        let Some(job) = self.jobs.get(&run.job) else { return };
        let Some(file) = job.record.file(run.file) else { return };
        let Some(source) = run.places.get(place).map(|place| place.source.clone()) else { return };
        let (had, most) = (run.have.len(), job.most_here(run.file));
        let if_range = validator.filter(|_| had > 0);
        let way = match ask {
            Ask::Exactly(range) => Some(range),
            Ask::From(start) => file.remote_size.map(|size| ByteRange::new(start, size)),
            Ask::Whole => None,
        };
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.turns = false;
            run.asked = Some(Asked { ask, from: ask.start(), had, most, ends_file: false, spoiled: false });
            run.crew.lead_asks(place, way, now.mono);
        }
        let permit = self.permit(transfer, ask).map(Box::new);
        let fresh = self.must_be_fresh(transfer, source.kind);
        let Source { url, kind, offered, .. } = source;
        self.order(transfer, Order::Fetch(Fetch { url, kind, offered, ask, if_range, fresh, permit }));
    }

    /// Two versions of a file were seen lately: one of them may be the stale copy of a box on the way (B09). What a
    /// cache host has is for its own rules.
    pub(super) fn must_be_fresh(&self, transfer: TransferId, kind: SourceKind) -> bool {
        let file = self.transfers.get(&transfer).and_then(|run| self.file(run.job, run.file));
        kind != SourceKind::CacheHost && file.is_some_and(|file| !file.remote_changes.is_empty())
    }

    /// Forgets what is here of a file. The bytes themselves go with the next order to receive.
    pub(super) fn start_again(&mut self, now: Now, transfer: TransferId, why: Restart) {
        self.dismiss_all(transfer);
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        run.have = RangeSet::new();
        run.places.forget_bytes();
        run.finishing = false;
        run.afresh = true;
        run.learned = None;
        self.forget_bytes(now, id, index, why);
        if why == Restart::RemoteChanged {
            self.happen(now, id, Happening::RemoteChanged, None);
        }
    }

    /// The record of a file knows no bytes any more, and says why. Durable before the bytes are thrown away:
    /// a crash in between must not leave them to be taken for bytes of the next version.
    pub(super) fn forget_bytes(&mut self, now: Now, id: JobId, index: FileIndex, why: Restart) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.fresh_ranges.remove(&index);
        }
        if let Some(file) = self.file_mut(id, index) {
            file.start_again();
            // Where parts cannot be put together there is only all of it, from its start.
            if matches!(why, Restart::NoValidator | Restart::RangeUnsupported) {
                file.demand = None;
            }
            if why == Restart::RemoteChanged {
                file.remote_changes.retain(|at| now.wall.since(*at) < limits::REMOTE_CHANGES_WINDOW);
                file.remote_changes.push(now.wall);
            }
        }
        let another_content = matches!(
            why,
            Restart::RemoteChanged | Restart::LocalFileChanged | Restart::Rejected | Restart::Invalid
        );
        if another_content {
            if let Some(file) = self.file_mut(id, index) {
                file.promise = Promised::default();
            }
            if let Some(job) = self.jobs.get_mut(&id) {
                job.most_here.remove(&index);
            }
        }
        self.save(id, Saved::File(index));
        self.notify(id, Notice::FileRestarted(index, why));
    }

    pub(super) fn on_disk_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index, opening) = (run.job, run.file, run.asked.is_none());
        let Some(file) = self.file_mut(id, index) else { return };
        match fault.code {
            // E11, E12: what is here cannot be trusted, and everything can be fetched again.
            Code::LocalFileChanged if opening || file.bytes_here > 0 || file.temporary.is_some() => {
                file.temporary = None;
                self.start_again(now, transfer, Restart::LocalFileChanged);
                self.ask_next(now, transfer);
            }
            Code::ValidationFailed => {
                self.mismatched(now, transfer, fault);
            }
            _ => self.fail(now, id, Some(index), fault),
        }
    }

    pub(super) fn on_finished(&mut self, now: Now, transfer: TransferId, finished: Finished) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        self.stop_transfer(transfer);
        self.whole(now, id, index, finished);
    }

    /// A file is whole, durable, and proved as far as it can be.
    pub(super) fn whole(&mut self, now: Now, id: JobId, index: FileIndex, finished: Finished) {
        let Some(file) = self.file_mut(id, index) else { return };
        file.stage = FileStage::Transferred;
        file.filled = RangeSet::new();
        // Nobody can propose a better name any more.
        file.spec.pending_name = false;
        // A list that anybody may have sent proves that nothing was damaged on the way, as a digest does.
        let trusted = file.pieces().is_some_and(|pieces| pieces.trusted);
        if finished.pieces_matched && trusted {
            file.trust = Trust::Pieces;
        } else if finished.digest_matched || finished.pieces_matched {
            file.trust = Trust::Digest;
        }
        self.note(id, Saved::File(index));
        self.on_progress(id, index);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.record.last_activity = now.wall;
            job.pass_whole_files();
        }
        self.tell_ranges(id);
        // Of a reply its job tells.
        if !self.jobs.get(&id).is_some_and(|job| job.record.is_upload() && index == upload::REPLY) {
            self.notify(id, Notice::FileTransferred(index));
        }
        if !self.is_at_work(id) {
            self.touch(now, id);
        } else if self.jobs.get(&id).is_some_and(|job| job.files() == Files::AllTransferred) {
            self.happen(now, id, Happening::AllFilesDone, None);
        } else {
            self.happen(now, id, Happening::FileDone, None);
            self.touch(now, id);
            self.fill(now, id);
        }
    }

    pub(super) fn on_closed(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.transfers.remove(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        self.reschedule = true;
        if let Some(file) = self.file_mut(id, index) {
            file.transfer_millis = file.transfer_millis.saturating_add(millis(now.mono.since(run.since)));
        }
        self.note(id, Saved::File(index));
        let Some(job) = self.jobs.get(&id) else { return };
        let ending = job.ending.is_some();
        if job.discarding.contains(&index) {
            self.act(Action::Discard(id, index));
        }
        if ending {
            self.go_on_ending(now, id);
        } else if run.stopping {
            self.fill(now, id);
        } else {
            // A run that ends without being told to has lost its task.
            let fault =
                Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, "the transfer broke off");
            self.fail(now, id, Some(index), &fault);
        }
    }

    /// The temporary file has a name now; worth keeping for who asks (spec 7.9, `GetTemporaryName`).
    pub fn set_temporary(&mut self, transfer: TransferId, path: std::path::PathBuf) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        if let Some(file) = self.file_mut(id, index).filter(|file| file.temporary.as_ref() != Some(&path)) {
            file.temporary = Some(path);
            self.note(id, Saved::File(index));
            self.hand_out();
        }
    }

    /// `SetValidationState(FALSE)` (spec 5.2, 7.9).
    pub(super) fn reject_content(&mut self, now: Now, id: JobId, index: FileIndex) {
        self.forget_bytes(now, id, index, Restart::Rejected);
        if let Some(file) = self.file_mut(id, index) {
            file.validation_state = Some(false);
            file.temporary = None;
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.discarding.insert(index);
        }
        // A run that is still closing would leave its last checkpoint behind.
        if self.active_transfers(id).all(|(_, file, _)| file != index) {
            self.act(Action::Discard(id, index));
        }
        let fault = Fault::new(
            Code::ValidationFailed,
            ErrorContext::RemoteFile,
            "the client found the content wrong",
        );
        let failure = super::failures::Failure::fatal(&fault, Some(index));
        self.happen(now, id, Happening::OriginContentRejected, Some(failure));
    }
}

/// A time as records have it.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
