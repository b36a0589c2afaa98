//! An upload on its way: session, fragments, reply, end (MC-BUP 3.1.5). Which packet comes next is decided here, from
//! what the record knows of the server; each acknowledgement moves the record on, so that a cut, a crash or a server
//! that forgot costs what was not acknowledged, and no more.
//!
//! The file is looked at first: what is sent must be one file from the first byte to the last. A reply is an ordinary
//! file, which is fetched between the last fragment and the end of the session: "you must download the reply before
//! sending Close-Session" (Close-Session).

use std::time::Duration;

use bgcopy_core::upload::{FRAGMENT_FIRST, FRAGMENT_MAX, FRAGMENT_MIN, REPLY, SOURCE};
use bgcopy_core::{
    Ack, ByteRange, Code, ErrorContext, Fault, FileIndex, FileRecord, FileSpec, JobId, JobState, JobType,
    Kept, Mono, Now, Packet, Supply, UploadRecord, UploadSession, UploadStage,
};

use super::Engine;
use crate::action::{Notice, Order, Posting, Saved, TransferId};
use crate::event::Finished;
use crate::lifecycle::Happening;
use crate::plan::Restart;

/// A run at the source file of an upload.
#[derive(Debug, Default)]
pub(super) struct Sending {
    /// How the file looked when the run began; not asked for once all of it is sent.
    look: Option<Kept>,
    /// Bytes of the next fragment.
    fragment: u64,
    /// What the server takes at once.
    ceiling: Option<u64>,
    /// The packet that is out, and since when.
    posted: Option<(Packet, Mono)>,
    /// Acknowledgements in a row that told of nothing new.
    idle: u32,
    /// The server was asked once more for a reply that it had not named.
    asked_for_reply: bool,
    /// The server forgot the session once.
    forgotten: bool,
}

/// A fragment that took less time than this may be larger next time, and one that took longer than
/// [`SLOW_FRAGMENT`] smaller: a few seconds are what a cut costs.
const QUICK_FRAGMENT: Duration = Duration::from_secs(2);
/// See [`QUICK_FRAGMENT`].
const SLOW_FRAGMENT: Duration = Duration::from_secs(8);
/// A server that takes nothing so often in a row goes in circles.
const IDLE_MAX: u32 = 3;
/// Each failure since bytes moved last halves the first fragment, up to here: on a bad line little gets through whole.
const HALVINGS_MAX: u32 = 4;

impl Engine {
    /// Whether a run sends the file of an upload.
    pub(super) fn is_sending(&self, transfer: TransferId) -> bool {
        self.transfers.get(&transfer).is_some_and(|run| run.sending.is_some())
    }

    /// The source file of an upload has its turn.
    pub(super) fn begin_sending(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let id = run.job;
        let attempts = self
            .jobs
            .get(&id)
            .and_then(|job| job.troubles.get(&SOURCE))
            .map_or(0, |trouble| trouble.attempts);
        let fragment = FRAGMENT_FIRST >> attempts.min(HALVINGS_MAX);
        run.sending = Some(Box::new(Sending { fragment, ..Sending::default() }));
        let Some(upload) = self.upload(id) else { return };
        match upload.stage {
            UploadStage::Sending => {
                let known = upload.source;
                self.order(transfer, Order::Look(known));
            }
            // Nobody needs the file any more.
            UploadStage::Sent | UploadStage::Closed => self.post_next(now, transfer),
        }
    }

    /// The file is the one that it was, or the upload begins with it.
    pub(super) fn on_looked(&mut self, now: Now, transfer: TransferId, look: Kept) {
        let Some(id) = self.live(transfer).map(|run| run.job) else { return };
        if let Some(sending) = self.sending_mut(transfer) {
            sending.look = Some(look);
        }
        let Some(upload) = self.upload_mut(id) else { return };
        if upload.source.is_none() {
            upload.source = Some(look);
            self.note(id, Saved::Head);
        }
        if let Some(file) = self.file_mut(id, SOURCE) {
            file.remote_size = Some(look.size);
        }
        self.note(id, Saved::File(SOURCE));
        self.post_next(now, transfer);
    }

    /// Posts what comes next, if there is leave to.
    fn post_next(&mut self, now: Now, transfer: TransferId) {
        let Some(id) = self.live(transfer).map(|run| run.job) else { return };
        if !self.is_at_work(id) {
            return self.stop_transfer(transfer);
        }
        let Some(upload) = self.upload(id) else { return };
        match upload.stage {
            UploadStage::Sending => match self.next_packet(transfer) {
                Some(packet) => self.post(now, transfer, packet),
                None => self.all_sent(now, transfer, None),
            },
            UploadStage::Sent if self.waits_for_reply(id) => self.stop_transfer(transfer),
            UploadStage::Sent => self.close_session(now, transfer),
            UploadStage::Closed => self.all_done(now, transfer),
        }
    }

    /// What is sent next; none where the server has everything.
    fn next_packet(&self, transfer: TransferId) -> Option<Packet> {
        let run = self.transfers.get(&transfer)?;
        let (upload, sending) = (self.upload(run.job)?, run.sending.as_ref()?);
        let Some(session) = &upload.session else { return Some(Packet::Create) };
        let total = sending.look?.size;
        // An empty file is one empty fragment: it is by its last fragment that a server knows a file whole.
        let is_out = matches!(sending.posted, Some((Packet::Fragment { .. }, _)));
        if upload.sent >= total && (total > 0 || is_out) {
            return None;
        }
        let length = sending.ceiling.unwrap_or(FRAGMENT_MAX).min(sending.fragment).max(1);
        let range = ByteRange::new(upload.sent, upload.sent.saturating_add(length).min(total));
        Some(Packet::Fragment { session: session.id.clone(), range, total })
    }

    fn post(&mut self, now: Now, transfer: TransferId, packet: Packet) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let id = run.job;
        let Some(sending) = &mut run.sending else { return };
        sending.posted = Some((packet.clone(), now.mono));
        let source = sending.look;
        let host = self.upload(id).and_then(|upload| upload.session.as_ref()?.host.as_ref());
        let (url, offered) = match (host, self.file(id, SOURCE)) {
            (Some(host), _) => (host.url.clone(), host.offered),
            (None, Some(file)) => (file.spec.remote_name.clone(), false),
            (None, None) => return,
        };
        self.order(transfer, Order::Post(Box::new(Posting { url, offered, packet, source })));
    }

    /// Bytes of a fragment left. They count when the server says that it has them.
    pub(super) fn on_sent(&mut self, now: Now, transfer: TransferId) {
        let Some(id) = self.live(transfer).map(|run| run.job) else { return };
        if let Some(job) = self.jobs.get_mut(&id) {
            job.record.last_activity = now.wall;
        }
        if self.state(id) == Some(JobState::Connecting) {
            self.happen(now, id, Happening::Connected, None);
        }
        self.touch(now, id);
    }

    /// The server has so many bytes. What is sent a second time is no progress: an upload that goes in circles runs out of
    /// patience like one that never begins.
    fn keep_sent_count(&mut self, id: JobId, sent: u64) {
        let most = self.jobs.get(&id).map_or(0, |job| job.most_here(SOURCE));
        if let Some(file) = self.file_mut(id, SOURCE) {
            file.bytes_here = sent;
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.reach(SOURCE, sent);
        }
        if sent > most {
            self.on_progress(id, SOURCE);
        }
    }

    /// The server took a packet, or says from where on it would.
    pub(super) fn on_acknowledged(&mut self, now: Now, transfer: TransferId, ack: Ack) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let id = run.job;
        let Some((packet, since)) = run.sending.as_ref().and_then(|sending| sending.posted.clone()) else {
            return;
        };
        if let Some(session) = self.upload_mut(id).and_then(|upload| upload.session.as_mut()) {
            session.unreachable_since = None;
        }
        match packet {
            Packet::Create => self.on_opened_session(now, transfer, ack),
            Packet::Fragment { range, total, .. } => {
                self.adapt(transfer, range.len(), now.mono.since(since));
                self.on_fragment(now, transfer, range, total, ack);
            }
            Packet::Close(_) => self.all_done(now, transfer),
            // Nobody asks for it in a run.
            Packet::Cancel(_) => {}
        }
    }

    fn on_opened_session(&mut self, now: Now, transfer: TransferId, ack: Ack) {
        let Some(id) = self.transfers.get(&transfer).map(|run| run.job) else { return };
        let Some(upload) = self.upload_mut(id) else { return };
        // It is asked for again where it was lost with the answer.
        let Some(session) = ack.session else { return };
        upload.session = Some(UploadSession { id: session, host: ack.host, unreachable_since: None });
        upload.sent = 0;
        // Before the first byte: whoever comes back after a crash goes on with it.
        self.save(id, Saved::Head);
        self.post_next(now, transfer);
    }

    fn on_fragment(&mut self, now: Now, transfer: TransferId, range: ByteRange, total: u64, ack: Ack) {
        let Some(id) = self.transfers.get(&transfer).map(|run| run.job) else { return };
        let received = ack.received.unwrap_or(range.end);
        let Some(upload) = self.upload_mut(id) else { return };
        let before = std::mem::replace(&mut upload.sent, received);
        let news = received > self.jobs.get(&id).map_or(0, |job| job.most_here(SOURCE));
        self.keep_sent_count(id, received);
        self.note(id, Saved::Head);
        self.note(id, Saved::File(SOURCE));
        if received < before {
            self.notify(id, Notice::FileRestarted(SOURCE, Restart::SessionLost));
        }
        if received >= total {
            let is_last = !ack.out_of_step && range.end >= total;
            return self.all_sent(now, transfer, Some((ack, is_last)));
        }
        let Some(sending) = self.sending_mut(transfer) else { return };
        sending.idle = if news { 0 } else { sending.idle + 1 };
        if sending.idle > IDLE_MAX {
            let detail = "the server asks for the same bytes again and again";
            let mut fault = Fault::new(Code::BadResponse, ErrorContext::RemoteFile, detail);
            fault.source = self.file(id, SOURCE).map(|file| file.spec.remote_name.redacted());
            return self.sending_failed(now, transfer, &fault);
        }
        self.post_next(now, transfer);
    }

    /// The next fragment is larger where this one went quickly.
    fn adapt(&mut self, transfer: TransferId, length: u64, took: Duration) {
        let Some(sending) = self.sending_mut(transfer) else { return };
        // The last one of a file may be small for another reason.
        if length >= sending.fragment && took < QUICK_FRAGMENT {
            sending.fragment = sending.fragment.saturating_mul(2).min(FRAGMENT_MAX);
        } else if took > SLOW_FRAGMENT {
            sending.fragment = (sending.fragment / 2).max(FRAGMENT_MIN);
        }
    }

    /// The server has every byte.
    fn all_sent(&mut self, now: Now, transfer: TransferId, answer: Option<(Ack, bool)>) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let id = run.job;
        let Some(sending) = &mut run.sending else { return };
        let with_reply = self.jobs.get(&id).is_some_and(|job| job.record.kind == JobType::UploadReply);
        // Whether the server answered to the last bytes, which is when it names a reply.
        let (ack, said) = answer.unzip();
        let said = said.unwrap_or(false);
        let reply = ack.as_ref().and_then(|ack| ack.reply.clone());
        // It names the reply to who sends the last bytes; whose answer was lost, or who came too late for it, sends them
        // once more: "if the upload is complete, notify" (MC-BUP 3.2.5.1.2).
        let total = sending.look.map_or(0, |look| look.size);
        if with_reply && reply.is_none() && !said && !std::mem::replace(&mut sending.asked_for_reply, true) {
            let session =
                self.upload(id).and_then(|upload| upload.session.as_ref()).map(|session| session.id.clone());
            let range = ByteRange::new(total.saturating_sub(1), total);
            if let Some(session) = session {
                return self.post(now, transfer, Packet::Fragment { session, range, total });
            }
        }
        if let Some(upload) = self.upload_mut(id) {
            upload.stage = UploadStage::Sent;
        }
        self.save(id, Saved::Head);
        if let (Some(url), true, Some(ack)) = (reply, with_reply, ack) {
            self.expect_reply(id, url, ack.private);
        }
        if self.live(transfer).is_some() {
            self.post_next(now, transfer);
        }
    }

    /// The server named a reply: from here on it is a file of the job like any other.
    fn expect_reply(&mut self, id: JobId, url: bgcopy_core::RemoteName, private: bool) {
        self.name_reply(id);
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let Some(name) = job.record.upload.as_ref().and_then(|upload| upload.reply_name.clone()) else {
            return;
        };
        let home = job.record.file(SOURCE).map(|file| file.spec.remote_name.origin());
        // Its own server is one that the client named.
        let offered = !private && home != Some(url.origin());
        let supply = Supply { offered, ..Supply::default() };
        let spec = FileSpec {
            remote_name: url,
            local_name: name,
            pending_name: false,
            unplaced: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
            supply,
        };
        let again = match job.file_mut(REPLY) {
            // The upload began again, and with it the reply.
            Some(reply) => {
                reply.spec = spec;
                reply.start_again();
                true
            }
            None => {
                job.record.files.push(FileRecord::new(spec));
                false
            }
        };
        self.save(id, Saved::FilesFrom(REPLY));
        if again {
            self.notify(id, Notice::FileRestarted(REPLY, Restart::SessionLost));
        }
    }

    /// Whether a reply still has to be fetched.
    fn waits_for_reply(&self, id: JobId) -> bool {
        let reply = self.jobs.get(&id).and_then(|job| job.record.reply());
        reply.is_some_and(|reply| !reply.is_transferred())
    }

    fn close_session(&mut self, now: Now, transfer: TransferId) {
        let Some(id) = self.transfers.get(&transfer).map(|run| run.job) else { return };
        let session = self.upload(id).and_then(|upload| upload.session.as_ref());
        match session.map(|session| session.id.clone()) {
            Some(session) => self.post(now, transfer, Packet::Close(session)),
            // Without a session nothing was ever sent in it.
            None => {
                self.start_upload_again(id);
                self.look_again(id, transfer);
            }
        }
    }

    /// The file is the server's.
    fn all_done(&mut self, now: Now, transfer: TransferId) {
        let Some(id) = self.transfers.get(&transfer).map(|run| run.job) else { return };
        if let Some(upload) = self.upload_mut(id) {
            upload.stage = UploadStage::Closed;
        }
        self.save(id, Saved::Head);
        if self.live(transfer).is_none() {
            return;
        }
        self.stop_transfer(transfer);
        self.whole(now, id, SOURCE, Finished { digest_matched: false, pieces_matched: false });
    }

    /// A packet failed, or the way to the server.
    pub(super) fn on_post_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let id = run.job;
        let Some(sending) = &run.sending else { return };
        let packet = sending.posted.as_ref().map(|(packet, _)| packet.clone());
        match (fault.code, packet) {
            (Code::SessionNotFound, _) => self.session_lost(now, transfer, fault),
            // "The client SHOULD send fragments of smaller sizes until 413 error is not returned" (MC-BUP 3.1.5.2.4).
            (Code::Http(413), Some(Packet::Fragment { range, .. })) if range.len() > FRAGMENT_MIN => {
                if let Some(sending) = self.sending_mut(transfer) {
                    sending.ceiling = Some((range.len() / 2).max(FRAGMENT_MIN));
                }
                self.post_next(now, transfer);
            }
            (code, _) => {
                self.miss_host(now, id, code);
                self.sending_failed(now, transfer, fault);
            }
        }
    }

    /// "The client MUST restart the upload with a CREATE-SESSION message" (MC-BUP 3.1.5.2.1): at once, and with the
    /// patience of every failure where it happens again. So, too, where the answer to Close was lost: a server that
    /// restarted meanwhile knows the session no more than one that closed it, and a file that comes twice is better
    /// than one that never came.
    fn session_lost(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(id) = self.transfers.get(&transfer).map(|run| run.job) else { return };
        self.start_upload_again(id);
        let again = self.sending_mut(transfer).is_some_and(|sending| {
            sending.asked_for_reply = false;
            sending.posted = None;
            std::mem::replace(&mut sending.forgotten, true)
        });
        // A session that was lost after all was sent has to be sent from a file that nobody looked at in this run.
        let unseen = self.sending_mut(transfer).is_some_and(|sending| sending.look.is_none());
        match (again, unseen) {
            (true, _) => self.sending_failed(now, transfer, fault),
            (false, true) => self.look_again(id, transfer),
            (false, false) => self.post_next(now, transfer),
        }
    }

    fn look_again(&mut self, id: JobId, transfer: TransferId) {
        let known = self.upload(id).and_then(|upload| upload.source);
        self.order(transfer, Order::Look(known));
    }

    fn start_upload_again(&mut self, id: JobId) {
        if let Some(upload) = self.upload_mut(id) {
            upload.start_again();
        }
        if let Some(file) = self.file_mut(id, SOURCE) {
            file.bytes_here = 0;
        }
        self.save(id, Saved::Head);
        self.note(id, Saved::File(SOURCE));
        self.notify(id, Notice::FileRestarted(SOURCE, Restart::SessionLost));
    }

    /// Whoever serves the session cannot be reached; after the time that the server gave, the upload begins again at
    /// the remote name (`BITS-Host-Id-Fallback-Timeout`).
    fn miss_host(&mut self, now: Now, id: JobId, code: Code) {
        let session = self.upload_mut(id).and_then(|upload| upload.session.as_mut());
        let Some(session) = session.filter(|session| session.host.is_some() && is_unreachable(code)) else {
            return;
        };
        let since = *session.unreachable_since.get_or_insert(now.wall);
        let fallback = session.host.as_ref().and_then(|host| host.fallback);
        if fallback.is_some_and(|fallback| now.wall.since(since) >= fallback) {
            self.start_upload_again(id);
        } else {
            self.note(id, Saved::Head);
        }
    }

    fn sending_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        if let Some(id) = self.transfers.get(&transfer).map(|run| run.job) {
            self.fail(now, id, Some(SOURCE), fault);
        }
    }

    /// The source file cannot be read, or is not what it was (`BG_E_LOCAL_FILE_CHANGED`: another job has to be made).
    pub(super) fn on_source_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        if self.live(transfer).is_some() {
            self.sending_failed(now, transfer, fault);
        }
    }

    fn upload(&self, id: JobId) -> Option<&UploadRecord> {
        self.jobs.get(&id)?.record.upload.as_deref()
    }

    fn upload_mut(&mut self, id: JobId) -> Option<&mut UploadRecord> {
        self.jobs.get_mut(&id)?.record.upload.as_deref_mut()
    }

    fn sending_mut(&mut self, transfer: TransferId) -> Option<&mut Sending> {
        self.transfers.get_mut(&transfer)?.sending.as_deref_mut()
    }
}

/// Whether a file of an upload may begin now: what is sent first, and its reply between the last fragment and the end.
pub(super) fn has_turn(record: &bgcopy_core::JobRecord, index: FileIndex) -> bool {
    let Some(upload) = record.upload.as_ref().filter(|_| record.is_upload()) else { return true };
    match index {
        SOURCE => upload.stage != UploadStage::Sent || record.reply().is_none_or(FileRecord::is_transferred),
        _ => upload.stage >= UploadStage::Sent,
    }
}

const fn is_unreachable(code: Code) -> bool {
    matches!(
        code,
        Code::Connect | Code::Dns | Code::DnsUnavailable | Code::Timeout | Code::ClosedEarly | Code::Reset
    )
}
