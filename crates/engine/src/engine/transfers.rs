//! Runs at files: begin, ask, take, finish, stop.

use bgcopy_core::{
    Answer, ByteRange, Code, FileIndex, FileRecord, FileStage, Framing, JobId, Now, RangeSet, Trust, limits,
};
use bgcopy_core::{Ask, ErrorContext, Fault, JobState};

use super::Engine;
use crate::action::{Action, Notice, Order, Receive, Saved, TransferId};
use crate::event::Finished;
use crate::lifecycle::Happening;
use crate::plan::{self, Next, Restart, Take, Verdict};

/// A run at a file.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) job: JobId,
    pub(super) file: FileIndex,
    /// Bytes of the finished file that are here.
    pub(super) have: RangeSet,
    /// The request that is out.
    asked: Option<Asked>,
    /// What is here is to be forgotten before the next byte is written.
    afresh: bool,
    /// Nothing but the end of it is waited for.
    pub(super) stopping: bool,
}

/// A request that is out.
#[derive(Clone, Copy, Debug)]
struct Asked {
    ask: Ask,
    /// How many bytes were here when it was made.
    had: u64,
    /// How the end of the body is known, once answered.
    framing: Option<Framing>,
}

impl Engine {
    /// Starts as many files of a running job as it may have at once, in add order (design.md, "files of a
    /// job"); when none is left to start and none runs, the job is through or has to wait.
    pub(super) fn fill(&mut self, now: Now, id: JobId) {
        let Some(job) =
            self.jobs.get(&id).filter(|job| job.record.state.is_running() && job.ending.is_none())
        else {
            return;
        };
        let busy: Vec<_> = self.active_transfers(id).map(|(_, file, stopping)| (file, stopping)).collect();
        let active = busy.iter().filter(|(_, stopping)| !stopping).count();
        let startable: Vec<FileIndex> = job
            .record
            .indexed_files()
            .filter(|(index, file)| {
                file.stage == FileStage::Wanted
                    && !job.rests(*index)
                    && busy.iter().all(|(busy, _)| busy != index)
            })
            .map(|(index, _)| index)
            .take(self.config.files_at_once.max(1).saturating_sub(active))
            .collect();
        let idle = active == 0 && startable.is_empty() && busy.is_empty();
        startable.into_iter().for_each(|file| self.begin(now, id, file));
        if idle {
            self.nothing_to_start(now, id);
        }
    }

    fn nothing_to_start(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get(&id) else { return };
        match job.files() {
            crate::lifecycle::Files::SomeWanted => self.wait_for_retries(now, id),
            crate::lifecycle::Files::None | crate::lifecycle::Files::AllTransferred => {
                self.happen(now, id, Happening::AllFilesDone, None);
            }
        }
    }

    fn begin(&mut self, now: Now, id: JobId, file: FileIndex) {
        let transfer = TransferId(self.next_transfer);
        self.next_transfer += 1;
        let run =
            Transfer { job: id, file, have: RangeSet::new(), asked: None, afresh: false, stopping: false };
        self.transfers.insert(transfer, run);
        self.act(Action::Begin { transfer, job: id, file });
        let restored = self.jobs.get(&id).is_some_and(|job| job.restored);
        if restored || self.file(id, file).is_some_and(|file| file.temporary.is_some()) {
            self.order(transfer, Order::Open);
        } else {
            self.ask_next(now, transfer);
        }
    }

    pub(super) fn file(&self, id: JobId, index: FileIndex) -> Option<&FileRecord> {
        self.jobs.get(&id)?.record.file(index)
    }

    pub(super) fn file_mut(&mut self, id: JobId, index: FileIndex) -> Option<&mut FileRecord> {
        self.jobs.get_mut(&id)?.record.files.get_mut(index.as_usize())
    }

    /// The run, unless it is stopping: then whatever it still reports is too late.
    fn live(&self, transfer: TransferId) -> Option<&Transfer> {
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

    pub(super) fn on_opened(&mut self, now: Now, transfer: TransferId, have: RangeSet) {
        let Some(run) = self.transfers.get_mut(&transfer).filter(|run| !run.stopping) else { return };
        let (id, index) = (run.job, run.file);
        let proved = have.len();
        run.have = have;
        if self.file(id, index).is_some_and(|file| proved < file.bytes_here) {
            self.notify(id, Notice::FileRestarted(index, Restart::Unproved));
        }
        self.keep_count(id, index, transfer);
        self.ask_next(now, transfer);
    }

    fn keep_count(&mut self, id: JobId, index: FileIndex, transfer: TransferId) {
        let here = self.transfers.get(&transfer).map_or(0, |run| run.have.len());
        if let Some(file) = self.file_mut(id, index) {
            file.bytes_here = here;
        }
    }

    fn ask_next(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(job) = self.jobs.get(&id) else { return };
        let Some(file) = job.record.file(index) else { return };
        match plan::next(file, &job.record.settings, &run.have) {
            Next::Ask(ask) => {
                let if_range = (ask.start() > 0).then(|| file.validator.clone()).flatten();
                let url = file.spec.remote_name.clone();
                let had = run.have.len();
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.asked = Some(Asked { ask, had, framing: None });
                }
                self.order(transfer, Order::Fetch { url, ask, if_range });
            }
            Next::StartAgain(why) => {
                self.start_again(now, transfer, why);
                self.ask_next(now, transfer);
            }
            Next::Whole { size } => self.order(transfer, Order::Finish { size }),
            Next::Impossible(fault) => self.fail(now, id, Some(index), &fault),
        }
    }

    /// Forgets what is here of a file. The bytes themselves go with the next order to receive.
    fn start_again(&mut self, now: Now, transfer: TransferId, why: Restart) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        run.have = RangeSet::new();
        run.afresh = true;
        if let Some(file) = self.file_mut(id, index) {
            file.start_again();
            if why == Restart::RemoteChanged {
                file.remote_changes.retain(|at| now.wall.since(*at) < limits::REMOTE_CHANGES_WINDOW);
                file.remote_changes.push(now.wall);
            }
        }
        if why == Restart::RemoteChanged {
            self.happen(now, id, Happening::RemoteChanged, None);
        }
        self.note(id, Saved::File(index));
        self.notify(id, Notice::FileRestarted(index, why));
    }

    pub(super) fn on_answered(&mut self, now: Now, transfer: TransferId, answer: &Answer) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(Asked { ask, .. }) = run.asked else { return };
        let Some(job) = self.jobs.get(&id) else { return };
        let Some(file) = job.record.file(index) else { return };
        match plan::judge(file, &job.record.settings, &run.have, ask, answer) {
            Verdict::Refuse(fault) => self.fail(now, id, Some(index), &fault),
            Verdict::StartAgain(why) => {
                self.start_again(now, transfer, why);
                if !self.gives_up_on_changes(now, id, index) {
                    self.ask_next(now, transfer);
                }
            }
            Verdict::Take(take) => self.take(now, transfer, answer, take),
        }
    }

    /// A10: three times in one hour is enough.
    fn gives_up_on_changes(&mut self, now: Now, id: JobId, index: FileIndex) -> bool {
        let changes = self.file(id, index).map_or(0, |file| file.remote_changes.len());
        if changes < limits::REMOTE_CHANGES_MAX {
            return false;
        }
        let detail = format!("the remote file changed {changes} times within an hour");
        let mut fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail);
        fault.source = self.file(id, index).map(|file| file.spec.remote_name.redacted());
        self.fail(now, id, Some(index), &fault);
        true
    }

    fn take(&mut self, now: Now, transfer: TransferId, answer: &Answer, take: Take) {
        if let Some(why) = take.afresh {
            self.start_again(now, transfer, why);
        }
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        if take.afresh.is_some() && self.gives_up_on_changes(now, id, index) {
            return;
        }
        self.learn(id, index, answer);
        if let Some(fault) = self.beyond_max_size(id) {
            return self.fail(now, id, Some(index), &fault);
        }
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        if let Some(asked) = &mut run.asked {
            asked.framing = Some(answer.framing);
            asked.had = run.have.len();
        }
        let afresh = std::mem::take(&mut run.afresh);
        let Some(file) = self.file(id, index) else { return };
        let receive = Receive {
            afresh,
            output: take.output,
            skip: take.skip,
            limit: take.limit,
            size: file.bytes_total(),
            local_name: file.spec.local_name.clone(),
        };
        self.note(id, Saved::File(index));
        self.order(transfer, Order::Receive(Box::new(receive)));
    }

    /// Keeps what an answer says of the file.
    fn learn(&mut self, id: JobId, index: FileIndex, answer: &Answer) {
        let report = self.jobs.get(&id).is_some_and(|job| {
            job.record.settings.security_flags.redirect_policy()
                == Some(bgcopy_core::RedirectPolicy::AllowReport)
        });
        let Some(file) = self.file_mut(id, index) else { return };
        if answer.size.is_some() {
            file.remote_size = answer.size;
        }
        let first = file.bytes_here == 0;
        file.trust = match (first, plan::trust_of(answer)) {
            (true, trust) => trust,
            (false, trust) => file.trust.min(trust),
        };
        file.validator = answer.validator.clone();
        file.last_modified = answer.last_modified.or(file.last_modified.filter(|_| !first));
        file.response_headers = Some(answer.headers.clone());
        // `BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT`: the stored name becomes the final URL (spec 9.6).
        if report {
            file.spec.remote_name = answer.final_url.clone();
        }
        if std::mem::take(&mut file.spec.pending_name)
            && let Some(name) = &answer.proposed_name
            && let Ok(settled) = file.spec.local_name.with_base(name.as_ref())
        {
            file.spec.local_name = settled;
        }
    }

    /// `BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE`: the sum of what is known or here.
    fn beyond_max_size(&self, id: JobId) -> Option<Fault> {
        let job = self.jobs.get(&id)?;
        let cap = job.record.settings.max_download_size?;
        let sum: u64 = job
            .record
            .files
            .iter()
            .map(|file| file.bytes_total().unwrap_or(file.bytes_here))
            .fold(0, u64::saturating_add);
        let detail = format!("the job has {sum} bytes; at most {cap} are allowed");
        (sum > cap).then(|| Fault::new(Code::MaxSize, ErrorContext::GeneralQueueManager, detail))
    }

    pub(super) fn on_received(&mut self, now: Now, transfer: TransferId, range: ByteRange) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index, stopping) = (run.job, run.file, run.stopping);
        let before = run.have.len();
        run.have.insert(range);
        let gained = run.have.len() - before;
        self.keep_count(id, index, transfer);
        if let Some(file) = self.file_mut(id, index) {
            file.bytes_from_origin += gained;
        }
        if gained == 0 {
            return;
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.record.last_activity = now.wall;
        }
        if stopping {
            return;
        }
        self.on_progress(id, index);
        if self.state(id) == Some(JobState::Connecting) {
            self.happen(now, id, Happening::Connected, None);
        }
        self.touch(now, id);
        if let Some(fault) = self.beyond_max_size(id) {
            self.fail(now, id, Some(index), &fault);
        }
    }

    pub(super) fn on_body_ended(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index, have) = (run.job, run.file, run.have.len());
        let Some(asked) = run.asked else { return };
        let frontier = run.have.frontier();
        let Some(file) = self.file_mut(id, index) else { return };
        // The end of a body without a length is the end of the file.
        let unsized_end = matches!(asked.framing, Some(Framing::Marked | Framing::UntilClose));
        if file.remote_size.is_none() && unsized_end && file.spec.ranges.is_empty() {
            file.remote_size = Some(frontier);
            self.note(id, Saved::File(index));
        } else if have == asked.had && !matches!(self.next_of(transfer), Some(Next::Whole { .. })) {
            // B07: no loop without progress.
            let fault =
                Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the body brought nothing");
            return self.fetch_failed(now, transfer, &fault);
        }
        self.ask_next(now, transfer);
    }

    fn next_of(&self, transfer: TransferId) -> Option<Next> {
        let run = self.transfers.get(&transfer)?;
        let job = self.jobs.get(&run.job)?;
        Some(plan::next(job.record.file(run.file)?, &job.record.settings, &run.have))
    }

    pub(super) fn on_fetch_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        if self.live(transfer).is_none() {
            return;
        }
        if fault.code == Code::Http(416) && self.unsatisfiable(now, transfer, fault) {
            return;
        }
        self.fetch_failed(now, transfer, fault);
    }

    /// A21, A38: the range begins at or behind the end of the file. Says whether that settles it.
    fn unsatisfiable(&mut self, now: Now, transfer: TransferId, fault: &Fault) -> bool {
        let Some(run) = self.live(transfer) else { return true };
        let (id, index, have) = (run.job, run.file, run.have.clone());
        let Some(file) = self.file_mut(id, index) else { return true };
        match fault.remote_size {
            Some(size) if file.spec.ranges.is_empty() && have.frontier() == size && have.len() == size => {
                file.remote_size = Some(size);
                if size == 0 {
                    // The file that has no bytes has none to prove.
                    file.trust = Trust::Consistent;
                }
                self.note(id, Saved::File(index));
                self.ask_next(now, transfer);
                true
            }
            Some(_) if file.spec.ranges.is_empty() && !have.is_empty() => {
                self.start_again(now, transfer, Restart::RemoteChanged);
                if !self.gives_up_on_changes(now, id, index) {
                    self.ask_next(now, transfer);
                }
                true
            }
            Some(size) if !file.spec.ranges.is_empty() => {
                file.remote_size = Some(size);
                self.ask_next(now, transfer);
                true
            }
            _ => false,
        }
    }

    fn fetch_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let progressed = run.asked.is_some_and(|asked| run.have.len() > asked.had);
        // "Keep what came, the rest is a hole: T" (A17, B03, B07): ask again at once while bytes come.
        let cut = matches!(fault.code, Code::ClosedEarly | Code::Reset | Code::Timeout);
        let resumable = self.jobs.get(&id).is_some_and(|job| {
            !job.record.settings.dynamic_content && job.record.settings.http_method.is_none()
        });
        if progressed && cut && resumable {
            self.ask_next(now, transfer);
        } else {
            self.adopt_redirect_target(id, index, fault);
            self.fail(now, id, Some(index), fault);
        }
    }

    /// `BG_HTTP_REDIRECT_POLICY_DISALLOW`: "stored name becomes the redirect target" (spec 9.6).
    fn adopt_redirect_target(&mut self, id: JobId, index: FileIndex, fault: &Fault) {
        if let Some(location) = &fault.location
            && let Some(file) = self.file_mut(id, index)
        {
            file.spec.remote_name = location.clone();
            self.note(id, Saved::File(index));
        }
    }

    pub(super) fn on_disk_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(file) = self.file_mut(id, index) else { return };
        match fault.code {
            // E11, E12: what is here cannot be trusted, and everything can be fetched again.
            Code::LocalFileChanged if file.bytes_here > 0 || file.temporary.is_some() => {
                file.temporary = None;
                self.start_again(now, transfer, Restart::LocalFileChanged);
                self.ask_next(now, transfer);
            }
            // The whole is wrong, so every byte is suspect (D02); Resume downloads the file again (spec 6.7).
            Code::ValidationFailed => {
                file.start_again();
                self.save(id, Saved::File(index));
                self.fail(now, id, Some(index), fault);
            }
            _ => self.fail(now, id, Some(index), fault),
        }
    }

    pub(super) fn on_finished(&mut self, now: Now, transfer: TransferId, finished: Finished) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(file) = self.file_mut(id, index) else { return };
        file.stage = FileStage::Transferred;
        if finished.digest_matched {
            file.trust = Trust::Digest;
        }
        self.note(id, Saved::File(index));
        self.stop_transfer(transfer);
        self.on_progress(id, index);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.record.last_activity = now.wall;
        }
        self.notify(id, Notice::FileTransferred(index));
        if self.jobs.get(&id).is_some_and(|job| job.files() == crate::lifecycle::Files::AllTransferred) {
            self.happen(now, id, Happening::AllFilesDone, None);
        } else {
            self.happen(now, id, Happening::FileDone, None);
            self.touch(now, id);
            self.fill(now, id);
        }
    }

    pub(super) fn on_closed(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.transfers.remove(&transfer) else { return };
        self.note(run.job, Saved::File(run.file));
        if self.jobs.get(&run.job).is_some_and(|job| job.ending.is_some()) {
            self.go_on_ending(now, run.job);
        } else if run.stopping {
            self.fill(now, run.job);
        } else {
            // A run that ends without being told to has lost its task.
            let fault =
                Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, "the transfer broke off");
            self.fail(now, run.job, Some(run.file), &fault);
        }
    }

    /// The temporary file has a name now; worth keeping for who asks (spec 7.9, `GetTemporaryName`).
    pub fn set_temporary(&mut self, transfer: TransferId, path: std::path::PathBuf) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        if let Some(file) = self.file_mut(id, index) {
            file.temporary = Some(path);
        }
        self.note(id, Saved::File(index));
    }

    /// `SetValidationState(FALSE)` (spec 5.2, 7.9).
    pub(super) fn reject_content(&mut self, now: Now, id: JobId, index: FileIndex) {
        let Some(file) = self.file_mut(id, index) else { return };
        file.start_again();
        file.validation_state = Some(false);
        file.temporary = None;
        self.save(id, Saved::File(index));
        self.act(Action::Discard(id, index));
        self.notify(id, Notice::FileRestarted(index, Restart::Rejected));
        let fault = Fault::new(
            Code::ValidationFailed,
            ErrorContext::RemoteFile,
            "the client found the content wrong",
        );
        let failure = super::failures::Failure::fatal(&fault, Some(index));
        self.happen(now, id, Happening::OriginContentRejected, Some(failure));
    }
}
