//! The engine at a desk: requests and reports go in by hand, and what it wants done lies on the table.
//!
//! Whole stories are played in the `sim` crate; here are the rules that are about one input: what is refused, what
//! is saved before what, which orders a run gets.

mod demand;
mod endings;
mod notices;
mod orders;
mod rights;
mod setters;
mod small;
mod upload_jobs;

use std::time::Duration;

use bgcopy_core::{
    Answer, Ask, ByteRange, Code, ErrorContext, Fault, FileIndex, FileRecord, FileSpec, Framing, JobId,
    JobRecord, JobSecrets, JobSettings, JobState, JobType, LocalName, Mono, Now, Owner, Priority, Protocol,
    RangeSet, Refusal, Setting, Validator, Wall,
};

use super::{Engine, EngineConfig};
use crate::action::{Action, Fetch, Notice, Order, TransferId};
use crate::event::{Event, Finished};
use crate::request::{Caller, NewJob, Outcome, Reply, Request, Ticket};

pub(super) const ADA: Caller = Caller { owner: Owner(1000), admin: false };
pub(super) const BOB: Caller = Caller { owner: Owner(1001), admin: false };
pub(super) const ROOT: Caller = Caller { owner: Owner::ROOT, admin: true };

/// The engine, and what it said since the last input.
pub(super) struct Desk {
    pub(super) engine: Engine,
    pub(super) now: Now,
    /// What the last input led to.
    pub(super) actions: Vec<Action>,
    /// Runs close, files are published and thrown away at once; else by hand.
    pub(super) prompt: bool,
    ticket: u64,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with_config(EngineConfig::default())
    }

    pub(super) fn with_config(config: EngineConfig) -> Self {
        let now = Now {
            mono: Mono::from_start(Duration::from_secs(1_000)),
            wall: Wall::from_unix_millis(1_790_000_000_000),
        };
        let engine = Engine::new(config, 7, now);
        Self { engine, now, actions: Vec::new(), prompt: true, ticket: 0 }
    }

    /// Takes what lies on the table, and does what needs no time.
    fn clear_table(&mut self) {
        self.actions.clear();
        let mut seen = 0;
        loop {
            while let Some(action) = self.engine.poll_action() {
                self.actions.push(action);
            }
            let Some(action) = self.actions.get(seen) else { return };
            seen += 1;
            let event = match action {
                _ if !self.prompt => continue,
                Action::Order(transfer, Order::Stop) => Event::Closed(*transfer),
                Action::Discard(job, file) => Event::Discarded(*job, *file, Ok(())),
                Action::Publish(job, file) => {
                    let name = self.engine.job(*job).unwrap().file(*file).unwrap().spec.local_name.clone();
                    Event::Published(*job, *file, Ok(name))
                }
                _ => continue,
            };
            self.engine.handle_event(self.now, event);
        }
    }

    pub(super) fn send(&mut self, caller: Caller, request: Request) -> Ticket {
        self.ticket += 1;
        let ticket = Ticket(self.ticket);
        self.engine.handle_request(self.now, ticket, caller, request);
        self.clear_table();
        ticket
    }

    /// The answer to a request, if it lies on the table.
    pub(super) fn answer_to(&self, ticket: Ticket) -> Option<Result<Reply, Refusal>> {
        self.actions.iter().find_map(|action| match action {
            Action::Reply(of, reply) if *of == ticket => Some(reply.clone()),
            _ => None,
        })
    }

    pub(super) fn ask(&mut self, caller: Caller, request: Request) -> Result<Reply, Refusal> {
        let ticket = self.send(caller, request);
        self.answer_to(ticket).expect("an answer at once")
    }

    pub(super) fn set(&mut self, job: JobId, setting: Setting) -> Result<Outcome, Refusal> {
        match self.ask(ADA, Request::Set(job, vec![setting]))? {
            Reply::Done(outcome) => Ok(outcome),
            other => panic!("not an outcome: {other:?}"),
        }
    }

    pub(super) fn create(&mut self, new: NewJob) -> JobId {
        match self.ask(ADA, Request::Create(Box::new(new))) {
            Ok(Reply::Created(id)) => id,
            other => panic!("not created: {other:?}"),
        }
    }

    /// A job of so many files, resumed.
    pub(super) fn start(&mut self, files: usize) -> JobId {
        self.create(NewJob { resume: true, ..job(files) })
    }

    pub(super) fn event(&mut self, event: Event) {
        self.engine.handle_event(self.now, event);
        self.clear_table();
    }

    /// Lets time pass, stopping at every deadline.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut actions = Vec::new();
        while let Some(due) = self.engine.deadline().filter(|due| *due <= end.mono) {
            self.now = self.now + due.since(self.now.mono);
            self.engine.handle_time(self.now);
            self.clear_table();
            actions.append(&mut self.actions);
        }
        self.now = end;
        self.engine.handle_time(self.now);
        self.clear_table();
        actions.append(&mut self.actions);
        self.actions = actions;
    }

    pub(super) fn job(&self, id: JobId) -> &JobRecord {
        self.engine.job(id).expect("the engine knows the job")
    }

    pub(super) fn file(&self, id: JobId, index: u32) -> &FileRecord {
        self.job(id).file(FileIndex(index)).expect("the job has the file")
    }

    pub(super) fn state(&self, id: JobId) -> JobState {
        self.job(id).state
    }

    /// The run at a file.
    pub(super) fn run(&self, id: JobId, file: u32) -> TransferId {
        let mut runs = self.engine.active_transfers(id);
        let run = runs.find(|(_, index, stopping)| *index == FileIndex(file) && !stopping);
        run.expect("the file is being worked at").0
    }

    /// Whether a file is being worked at.
    pub(super) fn is_busy(&self, id: JobId, file: u32) -> bool {
        let mut runs = self.engine.active_transfers(id);
        runs.any(|(_, index, stopping)| index == FileIndex(file) && !stopping)
    }

    /// The orders to a run that lie on the table.
    pub(super) fn orders(&self, transfer: TransferId) -> Vec<Order> {
        let orders = self.actions.iter().filter_map(|action| match action {
            Action::Order(of, order) if *of == transfer => Some(order.clone()),
            _ => None,
        });
        orders.collect()
    }

    /// What was told, without the changes.
    pub(super) fn notices(&self) -> Vec<Notice> {
        let notices = self.actions.iter().filter_map(|action| match action {
            Action::Notify(notification) => Some(notification.notice.clone()),
            _ => None,
        });
        notices.filter(|notice| !matches!(notice, Notice::Changed)).collect()
    }

    /// Where on the table an action lies.
    pub(super) fn place(&self, what: &str, is: impl Fn(&Action) -> bool) -> usize {
        let place = self.actions.iter().position(is);
        place.unwrap_or_else(|| panic!("no {what} on the table: {:#?}", self.actions))
    }

    /// A source answers with the whole file.
    pub(super) fn answers(&mut self, transfer: TransferId, size: u64) {
        self.event(Event::Answered(transfer, Box::new(whole(size))));
    }

    /// The whole file comes in one body.
    pub(super) fn brings_all(&mut self, run: TransferId, size: u64) {
        self.answers(run, size);
        self.brings(run, 0, size);
        self.event(Event::BodyEnded(run));
    }

    pub(super) fn brings(&mut self, transfer: TransferId, start: u64, end: u64) {
        self.event(Event::Received(transfer, ByteRange::new(start, end)));
    }

    pub(super) fn fails(&mut self, transfer: TransferId, code: Code) {
        let context = match code {
            Code::Http(_) | Code::BadResponse => ErrorContext::RemoteFile,
            Code::DiskFull => ErrorContext::LocalFile,
            Code::Other(_) | Code::CertificateCallbackMissing => ErrorContext::ServerCertificateCallback,
            _ => ErrorContext::GeneralTransport,
        };
        let fault = Fault::new(code, context, "as the test says");
        self.event(Event::FetchFailed(transfer, fault));
    }

    /// Brings a file of this size, from its request to its end.
    pub(super) fn bring_whole(&mut self, id: JobId, file: u32, size: u64) {
        let run = self.run(id, file);
        self.answers(run, size);
        self.brings(run, 0, size);
        self.event(Event::BodyEnded(run));
        assert_eq!(self.orders(run), [Order::Finish { size }]);
        self.event(Event::Finished(run, Finished { digest_matched: false, pieces_matched: false }));
    }
}

/// A job of so many files, as it comes from a client.
pub(super) fn job(files: usize) -> NewJob {
    NewJob {
        display_name: "job".to_owned(),
        description: String::new(),
        kind: JobType::Download,
        priority: Priority::Normal,
        settings: JobSettings::default(),
        secrets: JobSecrets::default(),
        files: (0..files).map(|number| spec(&number.to_string())).collect(),
        reply_name: None,
        resume: false,
        idempotency_key: None,
    }
}

pub(super) fn spec(name: &str) -> FileSpec {
    FileSpec {
        remote_name: format!("https://host/{name}").parse().unwrap(),
        local_name: LocalName::new(format!("/home/ada/{name}")).unwrap(),
        pending_name: false,
        unplaced: false,
        ranges: Vec::new(),
        digest: None,
        content_id: None,
        expected_size: None,
        supply: bgcopy_core::Supply::default(),
    }
}

/// The whole file, of version 1.
pub(super) fn whole(size: u64) -> Answer {
    Answer {
        range: ByteRange::new(0, size),
        partial: false,
        size: Some(size),
        validator: Some(version(1)),
        last_modified: Some(Wall::from_unix_millis(1_000)),
        proposed_name: None,
        media_type: None,
        framing: Framing::Length(size),
        final_url: "https://host/0".parse().unwrap(),
        peer: None,
        protocol: Protocol::Http11,
        headers: "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        promise: bgcopy_core::Promise::default(),
        described_by: None,
    }
}

pub(super) fn version(number: u32) -> Validator {
    Validator::ETag(format!("\"{number}\""))
}

/// The rest of a file of version 1.
pub(super) fn rest(start: u64, size: u64) -> Answer {
    let range = ByteRange::new(start, size);
    Answer { range, partial: true, framing: Framing::Length(range.len()), ..whole(size) }
}

/// The bytes `0..end`.
pub(super) fn up_to(end: u64) -> RangeSet {
    [ByteRange::new(0, end)].into_iter().collect()
}

/// What a run was ordered to fetch.
pub(super) fn fetched(orders: &[Order]) -> Option<(Ask, Option<Validator>)> {
    orders.iter().find_map(|order| match order {
        Order::Fetch(Fetch { ask, if_range, .. }) => Some((*ask, if_range.clone())),
        _ => None,
    })
}
