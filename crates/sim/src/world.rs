//! The driver: performs what the engine wants, lets time pass, crashes and comes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bgcopy_core::{
    Fault, FileIndex, FileRange, FileSpec, JobId, JobRecord, JobSecrets, JobSettings, JobState, JobType,
    LocalName, Mono, Now, Owner, Priority, Promise, Refusal, Wall,
};
use bgcopy_engine::{
    Action, Caller, Conditions, Engine, EngineConfig, Event, NewJob, Notice, Outcome, Reply, Request, Saved,
    Setting, Ticket, TransferId,
};

use crate::disk::Disk;
use crate::effects::{Run, Who, Work, is_last_word};
use crate::invariants;
use crate::origin::Origin;
use crate::records::{Keep, Records};
use crate::uploads::UploadServer;

/// A notification that was delivered.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// About which job.
    pub job: JobId,
    /// Whose.
    pub owner: Owner,
    /// What.
    pub notice: Notice,
}

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Due {
    Event(Box<Event>),
    Chunk(TransferId, Who),
    Work(Work),
    Commit,
}

/// Something to do at once.
#[derive(Debug)]
enum Step {
    Save(Keep),
    Note(Keep),
    Do(Box<Action>),
}

/// Bytes that come at once.
pub(crate) const CHUNK: u64 = 1 << 20;
/// How long an effect takes.
pub(crate) const LATENCY: Duration = Duration::from_millis(5);

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
    /// What publishers say, by the URL of the document.
    pub manifests: BTreeMap<String, Result<Promise, Fault>>,
    /// The server that takes uploads.
    pub uploads: UploadServer,
    /// What was told to clients, oldest first.
    pub told: Vec<Told>,
    /// Jobs whose creation was acknowledged and whose end was not.
    pub acknowledged: BTreeSet<JobId>,
    /// Records of jobs that ended.
    pub ended: BTreeMap<JobId, JobRecord>,
    pub(crate) records: Records,
    pub(crate) runs: BTreeMap<TransferId, Run>,
    pub(crate) config: EngineConfig,
    pub(crate) witness: invariants::Witness,
    replies: BTreeMap<Ticket, Result<Reply, Refusal>>,
    agenda: BTreeMap<(Mono, u64), Due>,
    todo: VecDeque<Step>,
    seed: u64,
    next: u64,
}

/// An ordinary user.
pub const ADA: Caller = Caller { owner: Owner(1000), admin: false };
/// Another one.
pub const BOB: Caller = Caller { owner: Owner(1001), admin: false };
/// The administrator.
pub const ROOT: Caller = Caller { owner: Owner::ROOT, admin: true };

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self::with_config(seed, EngineConfig::default())
    }

    /// An empty world under these settings.
    pub fn with_config(seed: u64, config: EngineConfig) -> Self {
        let now = Now { mono: Mono::default(), wall: Wall::from_unix_millis(1_790_000_000_000) };
        Self {
            engine: Engine::new(config.clone(), seed, now),
            now,
            disk: Disk::default(),
            origins: BTreeMap::new(),
            manifests: BTreeMap::new(),
            uploads: UploadServer::default(),
            told: Vec::new(),
            acknowledged: BTreeSet::new(),
            ended: BTreeMap::new(),
            records: Records::default(),
            runs: BTreeMap::new(),
            config,
            witness: invariants::Witness::default(),
            replies: BTreeMap::new(),
            agenda: BTreeMap::new(),
            todo: VecDeque::new(),
            seed,
            next: 0,
        }
    }

    /// The connections of the run that has most of them.
    pub fn connections(&self) -> usize {
        self.runs.values().map(Run::connections).max().unwrap_or(0)
    }

    /// Puts a remote file there; gives its URL.
    pub fn serve(&mut self, name: &str, origin: Origin) -> String {
        let url = format!("https://origin.example/{name}");
        self.origins.insert(url.clone(), origin);
        url
    }

    /// Puts a remote file there; gives the file of the same name that is to be fetched from it.
    pub fn offer(&mut self, name: &str, origin: Origin) -> FileSpec {
        let url = self.serve(name, origin);
        Self::file(&url, name)
    }

    /// The remote file that was put there under this name.
    pub fn origin(&mut self, name: &str) -> &mut Origin {
        let url = format!("https://origin.example/{name}");
        self.origins.get_mut(&url).expect("tests name what they serve")
    }

    /// A file to be fetched from `url` to `/home/ada/NAME`.
    pub fn file(url: &str, name: &str) -> FileSpec {
        FileSpec {
            remote_name: url.parse().expect("tests give good URLs"),
            local_name: Self::local(name),
            pending_name: false,
            unplaced: false,
            ranges: Vec::new(),
            digest: None,
            content_id: None,
            expected_size: None,
            supply: bgcopy_core::Supply::default(),
        }
    }

    /// `/home/ada/NAME`.
    pub fn local(name: &str) -> LocalName {
        LocalName::new(format!("/home/ada/{name}")).expect("tests give good names")
    }

    /// A range of a remote file.
    pub fn range(offset: u64, length: Option<u64>) -> FileRange {
        FileRange { offset, length }
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
            reply_name: None,
            idempotency_key: None,
        }
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, caller: Caller, request: Request) -> Result<Reply, Refusal> {
        let ticket = self.send(caller, request);
        self.answer(ticket)
    }

    /// Waits for the answer to what was asked.
    pub fn answer(&mut self, ticket: Ticket) -> Result<Reply, Refusal> {
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

    /// Creates a job of Ada's.
    pub fn create(&mut self, job: NewJob) -> JobId {
        self.create_for(ADA, job)
    }

    /// Creates a job.
    pub fn create_for(&mut self, caller: Caller, job: NewJob) -> JobId {
        match self.ask(caller, Request::Create(Box::new(job))) {
            Ok(Reply::Created(id)) => id,
            other => panic!("seed {}: not created: {other:?}", self.seed),
        }
    }

    /// Adds a file.
    pub fn add(&mut self, job: JobId, file: FileSpec) -> Result<FileIndex, Refusal> {
        match self.ask(ADA, Request::add_files(job, vec![file]))? {
            Reply::Added(index) => Ok(index),
            other => panic!("not an index: {other:?}"),
        }
    }

    /// Resumes a job.
    pub fn resume(&mut self, job: JobId) -> Result<Outcome, Refusal> {
        self.ask(ADA, Request::Resume(job)).map(done)
    }

    /// Suspends a job.
    pub fn suspend(&mut self, job: JobId) -> Result<Outcome, Refusal> {
        self.ask(ADA, Request::Suspend(job)).map(done)
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

    /// How many runs a job has now.
    pub fn runs_of(&self, id: JobId) -> usize {
        self.runs.values().filter(|run| run.job == id).count()
    }

    /// What was told of a job, oldest first, without the changes.
    pub fn told_of(&self, id: JobId) -> Vec<&Notice> {
        let of_job = self.told.iter().filter(|told| told.job == id).map(|told| &told.notice);
        of_job.filter(|notice| !matches!(notice, Notice::Changed)).collect()
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
        while !self.todo.is_empty() || self.due().is_some_and(|due| due <= end.mono) {
            self.step();
        }
        self.now = end;
        self.engine.handle_time(self.now);
        self.collect();
        while !self.todo.is_empty() {
            self.step();
        }
    }

    /// Somebody sets the wall clock; the monotonic one does not care.
    pub fn leap(&mut self, millis: i64) {
        self.now.wall = Wall::from_unix_millis(self.now.wall.unix_millis() + millis);
        self.witness.clock_was_set();
    }

    /// The surroundings change.
    pub fn conditions(&mut self, conditions: Conditions) {
        self.event(Event::Conditions(conditions));
    }

    /// Power goes: everything that is not on the disk is gone; then the service comes back.
    pub fn crash(&mut self) {
        self.crash_for(Duration::ZERO);
    }

    /// The same, and it takes this long until the service comes back.
    pub fn crash_for(&mut self, time: Duration) {
        let restarts = self.number();
        self.runs.clear();
        self.agenda.clear();
        self.todo.clear();
        self.replies.clear();
        self.disk.crash();
        let records = self.records.after_crash();
        invariants::after_crash(self);
        self.now = self.now + time;
        self.engine = Engine::new(self.config.clone(), self.seed.wrapping_add(restarts), self.now);
        self.engine.restore(self.now, records);
        self.collect();
    }

    /// One thing happens; `false` when nothing is left to happen.
    pub fn step(&mut self) -> bool {
        if let Some(step) = self.todo.pop_front() {
            self.perform(step);
        } else {
            let Some(due) = self.due() else { return false };
            self.now = self.now + due.since(self.now.mono);
            match self.agenda.first_entry() {
                Some(entry) if entry.key().0 <= self.now.mono => {
                    let due = entry.remove();
                    self.happen(due);
                }
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

    /// How long nothing will happen; `None` when nothing ever will.
    pub fn quiet_for(&self) -> Option<Duration> {
        let due = if self.todo.is_empty() { self.due() } else { Some(self.now.mono) };
        due.map(|due| due.since(self.now.mono))
    }

    fn due(&self) -> Option<Mono> {
        let agenda = self.agenda.first_key_value().map(|((at, _), _)| *at);
        [agenda, self.engine.deadline()].into_iter().flatten().min()
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Event(event) => self.event(*event),
            Due::Chunk(transfer, who) => self.chunk(transfer, who),
            Due::Work(work) => self.work(work),
            Due::Commit => self.records.commit(),
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        if let Event::Closed(transfer) | Event::Brought(transfer, _) = &event
            && is_last_word(&event)
        {
            self.runs.remove(transfer);
        }
        self.engine.handle_event(self.now, event);
        self.collect();
    }

    /// Takes what the engine wants done. Records are kept as they are now, whenever that will be.
    fn collect(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            let step = match action {
                Action::Save(id, saved) => self.keep(id, saved).map(Step::Save),
                Action::Note(id, saved) => self.keep(id, saved).map(Step::Note),
                action => {
                    if let Action::Notify(notification) = &action {
                        invariants::told(self, notification);
                    }
                    Some(Step::Do(Box::new(action)))
                }
            };
            self.todo.extend(step);
        }
    }

    fn keep(&self, id: JobId, saved: Saved) -> Option<Keep> {
        Some(Keep { id, saved, record: Box::new(self.engine.job(id)?.clone()) })
    }

    pub(crate) fn report(&mut self, event: Event) {
        self.later(Due::Event(Box::new(event)));
    }

    pub(crate) fn later(&mut self, due: Due) {
        self.after(LATENCY, due);
    }

    pub(crate) fn after(&mut self, delay: Duration, due: Due) {
        let number = self.number();
        self.agenda.insert((self.now.mono + delay, number), due);
    }

    fn perform(&mut self, step: Step) {
        match step {
            Step::Save(keep) => self.records.save(keep),
            Step::Note(keep) => {
                self.records.note(keep);
                // "Soon": before whatever comes next, or after it.
                if self.number() % 3 == self.seed % 3 {
                    self.records.commit();
                } else {
                    self.later(Due::Commit);
                }
            }
            Step::Do(action) => self.act(*action),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Save(..) | Action::Note(..) => unreachable!("kept when they were collected"),
            Action::End(record) => {
                self.records.end(record.id);
                self.acknowledged.remove(&record.id);
                self.ended.insert(record.id, JobRecord::clone(&record));
            }
            Action::Reply(ticket, reply) => {
                if let Ok(Reply::Created(id)) = reply {
                    self.acknowledged.insert(id);
                }
                self.replies.insert(ticket, reply);
            }
            Action::Notify(notification) => {
                invariants::heard(self, &notification);
                let bgcopy_engine::Notification { job, owner, notice } = notification;
                self.told.push(Told { job, owner, notice });
            }
            Action::Begin { transfer, job, file } => self.begin(transfer, job, file),
            Action::Order(transfer, order) => self.order(transfer, order),
            Action::Publish(job, file) => self.later(Due::Work(Work::Publish(job, file))),
            Action::Discard(job, file) => self.later(Due::Work(Work::Discard(job, file))),
            Action::CheckSpace { job, .. } => {
                let enough = !self.disk.full;
                self.report(Event::Space { job, enough });
            }
        }
    }
}

pub(crate) fn done(reply: Reply) -> Outcome {
    match reply {
        Reply::Done(outcome) => outcome,
        other => panic!("not an outcome: {other:?}"),
    }
}
