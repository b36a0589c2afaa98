//! The driver: performs what the engine wants, lets time pass, crashes and comes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bgcopy_core::{
    Ask, ByteRange, Code, ErrorContext, Fault, FileIndex, FileSpec, JobId, JobRecord, JobSecrets,
    JobSettings, JobState, JobType, LocalName, Now, Owner, Priority, Refusal, RemoteName, Wall,
};
use bgcopy_engine::action::Receive;
use bgcopy_engine::event::Finished;
use bgcopy_engine::{
    Action, Caller, Conditions, Engine, EngineConfig, Event, NewJob, Notice, Order, Outcome, Reply, Request,
    Saved, Setting, Ticket, TransferId,
};

use crate::disk::{Disk, Extent};
use crate::invariants;
use crate::origin::{Origin, Response};

/// A notification that was delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// About which job.
    pub job: JobId,
    /// What.
    pub notice: Notice,
}

/// A run at a file, as the effects see it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) job: JobId,
    pub(crate) file: FileIndex,
    answer: Option<Pending>,
    body: Option<Body>,
}

#[derive(Debug)]
struct Pending {
    start: u64,
    end: u64,
    version: u32,
    cut: Option<u64>,
}

/// A body that is being taken.
#[derive(Debug)]
struct Body {
    /// The next byte of the remote file.
    remote: u64,
    /// Where it goes.
    output: u64,
    /// The end of what is kept.
    end: u64,
    version: u32,
    /// The connection breaks here.
    cut: Option<u64>,
}

#[derive(Debug)]
enum Due {
    Event(Event),
    Chunk(TransferId),
}

/// Bytes that come at once.
const CHUNK: u64 = 1 << 20;
/// How long an effect takes.
const LATENCY: Duration = Duration::from_millis(5);

/// The whole world.
pub struct World {
    /// The engine.
    pub engine: Engine,
    /// What time it is.
    pub now: Now,
    /// The disk.
    pub disk: Disk,
    /// The remote files.
    pub origins: BTreeMap<String, Origin>,
    /// What was told to clients, oldest first.
    pub told: Vec<Told>,
    /// Jobs whose creation was acknowledged and whose end was not.
    pub acknowledged: BTreeSet<JobId>,
    /// Records as they would be read after a crash now.
    pub(crate) stored: BTreeMap<JobId, JobRecord>,
    /// Records of jobs that ended.
    pub ended: BTreeMap<JobId, JobRecord>,
    pub(crate) runs: BTreeMap<TransferId, Run>,
    replies: BTreeMap<Ticket, Result<Reply, Refusal>>,
    agenda: BTreeMap<(Now0, u64), Due>,
    todo: VecDeque<Action>,
    config: EngineConfig,
    seed: u64,
    next: u64,
    pub(crate) witness: invariants::Witness,
}

type Now0 = bgcopy_core::Mono;

/// Whose jobs they are.
pub const ADA: Caller = Caller { owner: Owner(1000), admin: false };

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self::with_config(seed, EngineConfig::default())
    }

    /// An empty world under these settings.
    pub fn with_config(seed: u64, config: EngineConfig) -> Self {
        let now = Now { mono: Now0::default(), wall: Wall::from_unix_millis(1_790_000_000_000) };
        Self {
            engine: Engine::new(config.clone(), seed, now),
            now,
            disk: Disk::default(),
            origins: BTreeMap::new(),
            told: Vec::new(),
            acknowledged: BTreeSet::new(),
            stored: BTreeMap::new(),
            ended: BTreeMap::new(),
            runs: BTreeMap::new(),
            replies: BTreeMap::new(),
            agenda: BTreeMap::new(),
            todo: VecDeque::new(),
            config,
            seed,
            next: 0,
            witness: invariants::Witness::default(),
        }
    }

    /// Puts a remote file there; gives its URL.
    pub fn serve(&mut self, name: &str, origin: Origin) -> String {
        let url = format!("https://origin.example/{name}");
        self.origins.insert(url.clone(), origin);
        url
    }

    /// A file to be fetched from `url` to `/home/ada/NAME`.
    pub fn file(url: &str, name: &str) -> FileSpec {
        FileSpec {
            remote_name: url.parse().expect("tests give good URLs"),
            local_name: LocalName::new(format!("/home/ada/{name}")).expect("tests give good names"),
            pending_name: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
        }
    }

    /// A new job with these files.
    pub fn new_job(files: Vec<FileSpec>) -> NewJob {
        NewJob {
            display_name: "job".to_owned(),
            description: String::new(),
            kind: JobType::Download,
            priority: Priority::Normal,
            settings: JobSettings::default(),
            secrets: JobSecrets::default(),
            files,
            resume: false,
            idempotency_key: None,
        }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, caller: Caller, request: Request) -> Result<Reply, Refusal> {
        let ticket = self.send(caller, request);
        for _ in 0..10_000 {
            if let Some(reply) = self.replies.remove(&ticket) {
                return reply;
            }
            assert!(self.step(), "seed {}: request {ticket:?} is never answered", self.seed);
        }
        panic!("seed {}: request {ticket:?} is not answered in 10,000 steps", self.seed)
    }

    /// Asks without waiting.
    pub fn send(&mut self, caller: Caller, request: Request) -> Ticket {
        let ticket = Ticket(self.number());
        self.engine.handle_request(self.now, ticket, caller, request);
        self.collect();
        ticket
    }

    /// Creates a job with these files and resumes it.
    pub fn start(&mut self, files: Vec<FileSpec>) -> JobId {
        let job = NewJob { resume: true, ..Self::new_job(files) };
        self.create(job)
    }

    /// Creates a job.
    pub fn create(&mut self, job: NewJob) -> JobId {
        match self.ask(ADA, Request::Create(Box::new(job))) {
            Ok(Reply::Created(id)) => id,
            other => panic!("seed {}: not created: {other:?}", self.seed),
        }
    }

    /// Completes a job.
    pub fn complete(&mut self, job: JobId) -> Result<Outcome, Refusal> {
        self.ask(ADA, Request::Complete(job)).map(done)
    }

    /// Cancels a job.
    pub fn cancel(&mut self, job: JobId) -> Result<Outcome, Refusal> {
        self.ask(ADA, Request::Cancel(job)).map(done)
    }

    /// Changes a setting.
    pub fn set(&mut self, job: JobId, setting: Setting) -> Result<Outcome, Refusal> {
        self.ask(ADA, Request::Set(job, vec![setting])).map(done)
    }

    /// The record of a job, also after its end.
    pub fn job(&self, id: JobId) -> &JobRecord {
        self.engine.job(id).or_else(|| self.ended.get(&id)).expect("the job is known")
    }

    /// Where a job stands.
    pub fn state(&self, id: JobId) -> JobState {
        self.job(id).state
    }

    /// Lets the world go on until this holds.
    pub fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        for _ in 0..1_000_000 {
            if self.todo.is_empty() && condition(self) {
                return;
            }
            assert!(self.step(), "seed {}: the world came to rest, but not to: {what}", self.seed);
        }
        panic!("seed {}: a million steps did not lead to: {what}", self.seed);
    }

    /// Lets the world go on until a job is in this state.
    pub fn until_state(&mut self, job: JobId, state: JobState) {
        self.until(&state.to_string(), |world| world.state(job) == state);
    }

    /// Lets this much time pass.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.due().is_some_and(|due| due <= end.mono) || !self.todo.is_empty() {
            self.step();
        }
        self.now = end;
        self.engine.handle_time(self.now);
        self.collect();
    }

    /// The surroundings change.
    pub fn conditions(&mut self, conditions: Conditions) {
        self.event(Event::Conditions(conditions));
    }

    /// Power goes: everything that is not on the disk is gone; then the service comes back.
    pub fn crash(&mut self) {
        let restarts = self.number();
        self.runs.clear();
        self.agenda.clear();
        self.todo.clear();
        self.replies.clear();
        self.engine = Engine::new(self.config.clone(), self.seed.wrapping_add(restarts), self.now);
        invariants::after_crash(self);
        self.engine.restore(self.now, self.stored.values().cloned().collect());
        self.collect();
    }

    /// One thing happens; `false` when nothing is left to happen.
    pub fn step(&mut self) -> bool {
        if let Some(action) = self.todo.pop_front() {
            self.perform(action);
        } else {
            let Some(due) = self.due() else { return false };
            let wait = due.since(self.now.mono);
            self.now = self.now + wait;
            match self.agenda.first_entry() {
                Some(entry) if entry.key().0 <= self.now.mono => match entry.remove() {
                    Due::Event(event) => self.event(event),
                    Due::Chunk(transfer) => self.chunk(transfer),
                },
                _ => {
                    self.engine.handle_time(self.now);
                    self.collect();
                }
            }
        }
        // In the middle of a batch the world has not heard everything yet.
        if self.todo.is_empty() {
            invariants::check(self);
        }
        true
    }

    /// What tells this story from others, in a failing test.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    fn due(&self) -> Option<Now0> {
        let agenda = self.agenda.first_key_value().map(|((at, _), _)| *at);
        [agenda, self.engine.deadline()].into_iter().flatten().min()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn event(&mut self, event: Event) {
        if let Event::Closed(transfer) = &event {
            self.runs.remove(transfer);
        }
        self.engine.handle_event(self.now, event);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            self.todo.push_back(action);
        }
    }

    fn later(&mut self, due: Due) {
        self.after(LATENCY, due);
    }

    fn after(&mut self, delay: Duration, due: Due) {
        let number = self.number();
        self.agenda.insert((self.now.mono + delay, number), due);
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Save(job, saved) | Action::Note(job, saved) => self.store(job, saved),
            Action::End(record) => {
                self.stored.remove(&record.id);
                self.acknowledged.remove(&record.id);
                self.ended.insert(record.id, *record);
            }
            Action::Reply(ticket, reply) => {
                if let Ok(Reply::Created(id)) = reply {
                    self.acknowledged.insert(id);
                }
                self.replies.insert(ticket, reply);
            }
            Action::Notify(notification) => {
                invariants::heard(self, &notification);
                self.told.push(Told { job: notification.job, notice: notification.notice });
            }
            Action::Begin { transfer, job, file } => {
                self.runs.insert(transfer, Run { job, file, answer: None, body: None });
            }
            Action::Order(transfer, order) => self.order(transfer, order),
            Action::Publish(job, file) => {
                let result = self.publish(job, file);
                self.later(Due::Event(Event::Published(job, file, result)));
            }
            Action::Discard(job, file) => {
                self.disk.temporaries.remove(&(job, file));
                self.later(Due::Event(Event::Discarded(job, file, Ok(()))));
            }
            Action::CheckSpace { job, .. } => {
                let enough = !self.disk.full;
                self.later(Due::Event(Event::Space { job, enough }));
            }
        }
    }

    fn store(&mut self, id: JobId, saved: Saved) {
        let Some(now) = self.engine.job(id) else { return };
        let Some(kept) = self.stored.get_mut(&id) else {
            assert_eq!(saved, Saved::Created, "seed {}: {id} is kept in parts before the whole", self.seed);
            self.stored.insert(id, now.clone());
            return;
        };
        match saved {
            Saved::Created => *kept = now.clone(),
            Saved::Head => {
                let files = std::mem::take(&mut kept.files);
                *kept = JobRecord { files, ..now.clone() };
            }
            Saved::FilesFrom(first) => {
                kept.files.truncate(first.as_usize());
                kept.files.extend(now.files.iter().skip(first.as_usize()).cloned());
            }
            Saved::File(index) => kept.files[index.as_usize()] = now.files[index.as_usize()].clone(),
        }
    }

    fn order(&mut self, transfer: TransferId, order: Order) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let key = (run.job, run.file);
        match order {
            Order::Open => {
                let have = self.disk.reopen(key);
                self.later(Due::Event(Event::Opened(transfer, have)));
            }
            Order::Fetch { url, ask, if_range } => self.fetch(transfer, &url, ask, if_range.as_ref()),
            Order::Receive(receive) => self.receive(transfer, &receive),
            Order::Finish { size } => self.finish(transfer, size),
            Order::Stop => {
                run.body = None;
                self.disk.checkpoint(key);
                self.later(Due::Event(Event::Closed(transfer)));
            }
        }
    }

    fn fetch(
        &mut self,
        transfer: TransferId,
        url: &RemoteName,
        ask: Ask,
        if_range: Option<&bgcopy_core::Validator>,
    ) {
        let Some(origin) = self.origins.get_mut(url.as_str()) else {
            let mut fault = Fault::new(Code::Dns, ErrorContext::GeneralTransport, "no such host");
            fault.source = Some(url.redacted());
            return self.later(Due::Event(Event::FetchFailed(transfer, fault)));
        };
        let (version, size) = (origin.version, origin.size);
        match origin.respond(url, ask, if_range) {
            Response::Nothing => {}
            Response::Failure(fault) => self.later(Due::Event(Event::FetchFailed(transfer, fault))),
            Response::Body(answer, cut) => {
                if let Some(run) = self.runs.get_mut(&transfer) {
                    let (start, end) = (answer.range.start, answer.range.end.min(size));
                    run.answer = Some(Pending { start, end, version, cut });
                }
                self.later(Due::Event(Event::Answered(transfer, answer)));
            }
        }
    }

    fn receive(&mut self, transfer: TransferId, receive: &Receive) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let key = (run.job, run.file);
        let Some(pending) = run.answer.take() else {
            panic!("seed {}: a body is taken that never came", self.seed)
        };
        if self.disk.folder_gone {
            let fault = Fault::new(Code::PathNotFound, ErrorContext::LocalFile, "the folder is gone");
            return self.later(Due::Event(Event::DiskFailed(transfer, fault)));
        }
        let remote = pending.start + receive.skip;
        let limit = receive.limit.map_or(u64::MAX, |limit| remote.saturating_add(limit));
        run.body = Some(Body {
            remote,
            output: receive.output,
            end: pending.end.min(limit),
            version: pending.version,
            cut: pending.cut.map(|bytes| pending.start + bytes),
        });
        self.disk.temporaries.entry(key).or_default();
        if receive.afresh {
            self.disk.restart(key);
        }
        self.engine.set_temporary(transfer, format!("/home/ada/.{}.{}", key.0, key.1).into());
        self.later(Due::Chunk(transfer));
    }

    /// A piece of a body comes.
    fn chunk(&mut self, transfer: TransferId) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let key = (run.job, run.file);
        let Some(body) = &mut run.body else { return };
        if self.disk.full {
            run.body = None;
            self.disk.checkpoint(key);
            let mut fault = Fault::new(Code::DiskFull, ErrorContext::LocalFile, "no space left");
            fault.space = Some(bgcopy_core::fault::Space { needed: CHUNK, free: 0 });
            return self.event(Event::DiskFailed(transfer, fault));
        }
        if self.disk.folder_gone {
            run.body = None;
            let fault = Fault::new(Code::PathNotFound, ErrorContext::LocalFile, "the folder is gone");
            return self.event(Event::DiskFailed(transfer, fault));
        }
        let end = body.end.min(body.remote.saturating_add(CHUNK)).min(body.cut.unwrap_or(u64::MAX));
        let length = end.saturating_sub(body.remote);
        if length == 0 {
            let cut = body.cut.is_some_and(|cut| cut < body.end);
            run.body = None;
            self.disk.checkpoint(key);
            let event = if cut {
                let fault = Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the body was cut");
                Event::FetchFailed(transfer, fault)
            } else {
                Event::BodyEnded(transfer)
            };
            return self.event(event);
        }
        let output = ByteRange::new(body.output, body.output + length);
        let extent = Extent { output, remote: body.remote, version: body.version };
        body.remote += length;
        body.output += length;
        self.disk.write(key, extent);
        if output.end.is_multiple_of(8 * CHUNK) {
            self.disk.checkpoint(key);
        }
        self.event(Event::Received(transfer, output));
        self.later(Due::Chunk(transfer));
    }

    fn finish(&mut self, transfer: TransferId, size: u64) {
        let Some(run) = self.runs.get(&transfer) else { return };
        let key = (run.job, run.file);
        self.disk.temporaries.entry(key).or_default();
        self.disk.checkpoint(key);
        let have = self.disk.reopen(key).len();
        assert_eq!(have, size, "seed {}: {key:?} is finished with other bytes than it has", self.seed);
        // A digest in this world stands for version 1 of the remote file.
        let file = self.engine.job(key.0).and_then(|job| job.file(key.1));
        let digest = file.is_some_and(|file| file.spec.digest.is_some());
        let right = self.disk.temporaries[&key].extents.iter().all(|extent| extent.version == 1);
        let event = if digest && !right {
            let fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, "the digest is wrong");
            Event::DiskFailed(transfer, fault)
        } else {
            Event::Finished(transfer, Finished { digest_matched: digest })
        };
        self.later(Due::Event(event));
    }

    fn publish(&mut self, job: JobId, file: FileIndex) -> Result<LocalName, Fault> {
        let record = self.engine.job(job).and_then(|job| job.file(file)).expect("the engine knows its files");
        let name = record.spec.local_name.clone();
        if self.disk.folder_gone {
            return Err(Fault::new(Code::PathNotFound, ErrorContext::LocalFile, "the folder is gone"));
        }
        if self.disk.taken.contains(&name) {
            return Err(Fault::new(Code::DestinationExists, ErrorContext::LocalFile, "the file exists"));
        }
        // Done already before a crash: the name is there, the temporary file is not (F03).
        if let Some(temporary) = self.disk.temporaries.remove(&(job, file)) {
            invariants::published(self, job, file, &temporary.extents);
            self.disk.published.insert(name.clone(), temporary.extents);
        }
        Ok(name)
    }
}

fn done(reply: Reply) -> Outcome {
    match reply {
        Reply::Done(outcome) => outcome,
        other => panic!("not an outcome: {other:?}"),
    }
}
