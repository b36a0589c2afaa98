//! What comes back from a source: the answer judged, its body counted, its failure understood.

use std::time::Duration;

use bgcopy_core::{
    Answer, ByteRange, Code, ErrorClass, ErrorContext, Fault, FileIndex, Framing, JobId, JobState, Now,
    RedirectPolicy, RemoteName, SourceKind, Trust, Validator, Wall, limits,
};

use super::Engine;
use super::helpers::Who;
use super::transfers::Asked;
use crate::action::{Order, Receive, Saved, TransferId};
use crate::lifecycle::Happening;
use crate::plan::{self, Next, Restart, Take, Verdict, Whose};

/// What an answer says of the version of a file: what its bytes will be continued by.
#[derive(Clone, Debug)]
pub(super) struct Learned {
    size: Option<u64>,
    validator: Option<Validator>,
    last_modified: Option<Wall>,
    /// Whose version it is, where it is not the origin's.
    version_of: Option<Box<RemoteName>>,
}

impl Engine {
    pub(super) fn on_answered(&mut self, now: Now, transfer: TransferId, answer: &Answer) {
        if self.live(transfer).is_none() || self.holds(transfer, answer) {
            return;
        }
        if let Some(id) = self.live(transfer).map(|run| run.job) {
            self.call_back(id);
        }
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(Asked { ask, .. }) = run.asked else { return };
        let Some(job) = self.jobs.get(&id) else { return };
        let Some(file) = job.record.file(index) else { return };
        let whose = Self::whose(run, file, run.places.lead_id());
        let verdict = plan::judge(file, &job.record.settings, &run.have, ask, answer, whose);
        if whose == Whose::Same && verdict.is_change() && self.is_back_again(id, index, answer) {
            let detail =
                "the server names two versions by turns, and nothing proves which bytes belong together";
            let mut fault = Fault::new(Code::HttpInvalid, ErrorContext::RemoteFile, detail);
            fault.source = Some(answer.final_url.redacted());
            return self.source_failed(now, transfer, &fault);
        }
        match verdict {
            Verdict::Refuse(fault) => self.source_failed(now, transfer, &fault),
            Verdict::StartAgain(why) => {
                self.start_again(now, transfer, why);
                if !self.gives_up_on_changes(now, transfer, why) {
                    self.ask_next(now, transfer);
                }
            }
            Verdict::Take(Take { afresh: None, .. }) if self.is_overtaken(transfer) => {
                self.yield_lead(transfer);
                self.ask_next(now, transfer);
            }
            Verdict::Take(take) => self.take(now, transfer, answer, take),
        }
    }

    /// A13: whether a version that was given up for another one comes again, as from servers that share a name and make
    /// their own tags: each answer would begin the file again.
    fn is_back_again(&mut self, id: JobId, index: FileIndex, answer: &Answer) -> bool {
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        let before = job.record.file(index).and_then(|file| file.validator.clone());
        let former = job.former_versions.entry(index).or_default();
        let back = answer.validator.as_ref().is_some_and(|now| former.contains(now));
        // At most as many as changes are borne with (A10).
        former.extend(before);
        back
    }

    /// A10: three times in one hour is enough.
    fn gives_up_on_changes(&mut self, now: Now, transfer: TransferId, why: Restart) -> bool {
        let Some((id, index)) = self.transfers.get(&transfer).map(|run| (run.job, run.file)) else {
            return false;
        };
        let changes = self.file(id, index).map_or(0, |file| file.remote_changes.len());
        if why != Restart::RemoteChanged || changes < limits::REMOTE_CHANGES_MAX {
            return false;
        }
        let detail = format!("the remote file changed {changes} times within an hour");
        let mut fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail);
        fault.source = self.file(id, index).map(|file| file.spec.remote_name.redacted());
        self.source_failed(now, transfer, &fault);
        true
    }

    fn take(&mut self, now: Now, transfer: TransferId, answer: &Answer, take: Take) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        if let Some(why) = take.afresh {
            self.start_again(now, transfer, why);
            if self.gives_up_on_changes(now, transfer, why) {
                return;
            }
            // What the publisher says of the new version has to be read before it is taken.
            if self.file(id, index).is_some_and(|file| file.spec.supply.manifest.is_some()) {
                return self.ask_next(now, transfer);
            }
        }
        self.heed(transfer, answer);
        let Some(size) = self.learn(transfer, answer) else { return };
        if let Some(fault) = self.beyond_max_size(id) {
            return self.fail(now, id, Some(index), &fault);
        }
        let most = self.jobs.get(&id).map_or(0, |job| job.most_here(index));
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        if let Some(asked) = &mut run.asked {
            let end_is_told = matches!(answer.framing, Framing::Marked | Framing::UntilClose);
            asked.had = run.have.len();
            asked.most = most;
            asked.from = if take.afresh.is_some() { 0 } else { asked.ask.start() };
            asked.ends_file = end_is_told && !answer.partial && take.limit.is_none();
        }
        let afresh = std::mem::take(&mut run.afresh);
        let way = take.limit.map(|limit| ByteRange::new(take.output, take.output.saturating_add(limit)));
        let place = run.places.lead_id();
        run.crew.lead_takes(place, answer.partial, way, now.mono);
        let Some(file) = self.file(id, index) else { return };
        let receive = Receive {
            afresh,
            output: take.output,
            skip: take.skip,
            limit: take.limit,
            size: file.spec.bytes_total(size),
            local_name: file.spec.local_name.clone(),
            digest: file.digest().cloned(),
            pieces: file.pieces().copied(),
            at_once: self.comes_at_once(transfer, answer, take),
        };
        if receive.at_once {
            // Until all of it is there nothing is on the disk that a restart would have to know of.
            self.noted.remove(&(id, Saved::File(index)));
        } else {
            self.note(id, Saved::File(index));
        }
        self.take_over(transfer, Who::Lead);
        self.order(transfer, Order::Receive(Box::new(receive)));
    }

    /// Keeps what an answer says of the file; gives the size of the remote file as far as it is known.
    pub(super) fn learn(&mut self, transfer: TransferId, answer: &Answer) -> Option<Option<u64>> {
        let run = self.transfers.get(&transfer)?;
        let (id, index, afresh) = (run.job, run.file, run.afresh);
        let job = self.jobs.get(&id)?;
        let report =
            job.record.settings.security_flags.redirect_policy() == Some(RedirectPolicy::AllowReport);
        let file = job.record.file(index)?;
        let place = run.places.lead_id();
        let source = &run.places.lead()?.source;
        let (of_origin, is_origin) = (source.is_of_origin(), source.kind == SourceKind::Origin);
        let whose = Self::whose(run, file, place);
        let learned = Learned {
            size: plan::size_of(file, answer),
            validator: plan::validator_of(file, &run.have, answer, whose),
            version_of: (!of_origin).then(|| Box::new(source.url.clone())),
            last_modified: answer.last_modified.or(file.last_modified.filter(|_| !run.have.is_empty())),
        };
        let size = learned.size;
        let file = self.file_mut(id, index)?;
        file.response_headers = Some(answer.headers.clone());
        // `BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT`: the stored name becomes the final URL (spec 9.6).
        if report && is_origin {
            file.spec.remote_name = answer.final_url.clone();
        }
        if of_origin
            && std::mem::take(&mut file.spec.pending_name)
            && let Some(name) = &answer.proposed_name
            && let Ok(settled) = file.spec.local_name.with_base(name.as_ref())
        {
            file.spec.local_name = settled;
        }
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.places.learn(place, learned.validator.clone());
            run.learned = Some(learned);
        }
        // While the bytes of an earlier version are on the disk the record must not know the new one: after a
        // crash in between, they would be continued by it.
        if !afresh {
            self.remember(transfer);
        }
        Some(size)
    }

    /// What was learned holds for the bytes that are here.
    pub(super) fn remember(&mut self, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let Some(learned) = run.learned.take() else { return };
        let (id, index, first) = (run.job, run.file, run.have.is_empty());
        let Some(file) = self.file_mut(id, index) else { return };
        // Two sources have no validator in common.
        let one = first || file.version_of == learned.version_of;
        let proved = learned.validator.is_some() && one;
        let trust = if proved { Trust::Consistent } else { Trust::Unverified };
        file.trust = if first { trust } else { file.trust.min(trust) };
        file.version_of = learned.version_of;
        file.remote_size = learned.size;
        file.validator = learned.validator;
        file.last_modified = learned.last_modified;
        self.note(id, Saved::File(index));
    }

    /// `BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE`: the sum of what is known or here.
    fn beyond_max_size(&self, id: JobId) -> Option<Fault> {
        let job = self.jobs.get(&id)?;
        let cap = job.record.settings.max_download_size?;
        let sum: u64 = job
            .record
            .files
            .iter()
            .map(|file| file.bytes_total().unwrap_or(0).max(file.bytes_here))
            .fold(0, u64::saturating_add);
        let detail = format!("the job has {sum} bytes; at most {cap} are allowed");
        (sum > cap).then(|| Fault::new(Code::MaxSize, ErrorContext::GeneralQueueManager, detail))
    }

    /// A31: a body without an end of its own goes on beyond the size that was agreed.
    fn beyond_expected_size(&self, id: JobId, index: FileIndex) -> Option<Fault> {
        let file = self.file(id, index)?;
        let expected = file.expected_size().filter(|_| file.spec.ranges.is_empty())?;
        let detail = format!("more than the {expected} bytes came that were expected");
        let mut fault = Fault::new(Code::TooLarge, ErrorContext::RemoteFile, detail);
        fault.source = Some(file.spec.remote_name.redacted());
        (file.bytes_here > expected).then_some(fault)
    }

    pub(super) fn on_waited(&mut self, transfer: TransferId, time: Duration) {
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.waited = run.waited.saturating_add(time);
        }
    }

    /// Bytes are here, by the lead or by a helper.
    pub(super) fn received(&mut self, now: Now, transfer: TransferId, who: Who, range: ByteRange) {
        self.remember_first(transfer);
        self.count_brought(now, transfer, who, range);
        let giver = self.note_giver(now, transfer, who, range);
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index, stopping) = (run.job, run.file, run.stopping);
        let before = run.have.len();
        run.have.insert(range);
        let (here, gained) = (run.have.len(), run.have.len() - before);
        let most = self.jobs.get(&id).map_or(0, |job| job.most_here(index));
        self.keep_count(id, index, transfer);
        self.note_range(id, index, range);
        if let Some(file) = self.file_mut(id, index) {
            file.count(giver, gained);
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
        // Bytes that were here before and were thrown away are no progress: a file that starts again for ever
        // runs out of patience like one that never starts.
        if here > most {
            self.on_progress(id, index);
        }
        if self.state(id) == Some(JobState::Connecting) {
            self.happen(now, id, Happening::Connected, None);
        }
        self.touch(now, id);
        if let Some(fault) = self.beyond_max_size(id) {
            return self.fail(now, id, Some(index), &fault);
        }
        if let Some(fault) = self.beyond_expected_size(id, index) {
            return self.mismatched(now, transfer, &fault);
        }
        self.turn_lead(transfer);
        self.steer(now, transfer);
    }

    /// The first bytes of a new version are here, so nothing is left of the old one.
    fn remember_first(&mut self, transfer: TransferId) {
        if self.transfers.get(&transfer).is_some_and(|run| run.learned.is_some()) {
            self.remember(transfer);
        }
    }

    pub(super) fn on_body_ended(&mut self, now: Now, transfer: TransferId) {
        if self.live(transfer).is_none() {
            return;
        }
        self.remember_first(transfer);
        let Some(run) = self.live(transfer) else { return };
        let (id, index, here) = (run.job, run.file, run.have.len());
        let lead_moved = run.crew.has_lead_moved();
        let Some(Asked { from, had, most, ends_file, spoiled, .. }) = run.asked else { return };
        let reached = self.jobs.get(&id).map_or(0, |job| job.most_here(index));
        let next = self.next_of(transfer);
        let Some(file) = self.file_mut(id, index) else { return };
        if ends_file && file.remote_size.is_none() {
            file.remote_size = Some(from.saturating_add(here.saturating_sub(had)));
            self.note(id, Saved::File(index));
            return self.ask_next(now, transfer);
        }
        let nothing_new = match next {
            // Who spoils pieces is counted by them.
            _ if spoiled => false,
            Some(Next::Whole { .. } | Next::Met | Next::Outside(_) | Next::Impossible(_)) => false,
            // A11, A05: what cannot be continued is fetched again from the start, once for what was gained.
            Some(Next::StartAgain(_)) => reached <= most,
            // What helpers brought is none of its merits.
            Some(Next::Ask(_)) | None => here == had || lead_moved == Some(false),
        };
        if nothing_new {
            // B07: no loop without progress.
            let fault =
                Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the body brought nothing");
            return self.fetch_failed(now, transfer, &fault);
        }
        self.ask_next(now, transfer);
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
        let Some(size) = fault.remote_size else { return false };
        let Some(file) = self.file_mut(id, index) else { return true };
        let before = file.remote_size.replace(size);
        // "Equal and verified means done"; a range that lies outside is impossible.
        let settled = matches!(self.next_of(transfer), Some(Next::Whole { .. } | Next::Impossible(_)));
        if settled && (have.is_empty() || before.is_none_or(|before| before == size)) {
            if let Some(file) = self.file_mut(id, index).filter(|_| have.is_empty()) {
                // The file that has no bytes has none to prove.
                file.trust = Trust::Consistent;
            }
            self.note(id, Saved::File(index));
            self.ask_next(now, transfer);
            return true;
        }
        if let Some(file) = self.file_mut(id, index) {
            file.remote_size = before;
        }
        if have.is_empty() || before == Some(size) {
            return false;
        }
        self.start_again(now, transfer, Restart::RemoteChanged);
        if !self.gives_up_on_changes(now, transfer, Restart::RemoteChanged) {
            self.ask_next(now, transfer);
        }
        true
    }

    fn fetch_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(job) = self.jobs.get(&id) else { return };
        let moved = run.crew.has_lead_moved() != Some(false);
        let progressed = moved && run.asked.is_some_and(|asked| job.most_here(index) > asked.most);
        let helped = run.crew.is_helped();
        // "Keep what came, the rest is a hole: T" (A17, B03, B07): ask again at once while bytes come.
        let cut = matches!(fault.code, Code::ClosedEarly | Code::Reset | Code::Timeout);
        let settings = &job.record.settings;
        let resumable = !settings.dynamic_content && settings.http_method.is_none();
        // Who stalls is asked again only where nobody else could go on.
        let lead = run.places.lead_id();
        if fault.code == Code::Timeout && self.others_are_good(transfer, lead, now.mono) {
            self.source_failed(now, transfer, fault);
        } else if progressed && cut && resumable {
            self.ask_next(now, transfer);
        } else if helped && fault.class() == ErrorClass::Transient {
            self.rest_lead(now, transfer);
        } else {
            self.adopt_redirect_target(transfer, fault);
            self.source_failed(now, transfer, fault);
        }
    }

    /// `BG_HTTP_REDIRECT_POLICY_DISALLOW`: "stored name becomes the redirect target" (spec 9.6).
    fn adopt_redirect_target(&mut self, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        let of_origin = run.places.lead().is_some_and(|place| place.source.kind == SourceKind::Origin);
        if of_origin
            && let Some(location) = &fault.location
            && let Some(file) = self.file_mut(id, index)
        {
            file.spec.remote_name = location.clone();
            self.note(id, Saved::File(index));
        }
    }
}
