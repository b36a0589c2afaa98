//! The one task that owns the engine: the queue manager.
//!
//! Its loop selects on commands of clients, reports of effects, ends of commits and the engine's deadline
//! (which changes nothing), then lets the engine decide and hands out what it wants done (which awaits
//! nothing). Effects run in tasks and threads of their own; each is owned here, told to stop, and awaited.

mod caps;
mod changes;
mod effects;
mod errands;
mod notes;
mod notices;
mod programs;
#[cfg(test)]
pub(crate) mod rig;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::{CacheHost, FileIndex, JobId, JobRecord, Now, Owner, Refusal, Wall};
use bgcopy_engine::event::Help;
use bgcopy_engine::{Caller, Conditions, Engine, Event, Order, Reply, Request, Ticket, TransferId};
use bgcopy_http::{Http, Options};
use bgcopy_store::{SaveError, Store};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use crate::config::Config;
use crate::document::{Documents, Room};
use crate::host::{ClockWatch, HostEvent, Reading, is_absent, read_clock};
use crate::hub::Hub;
use crate::lists::Lists;
use crate::meter::Meter;
use crate::metrics::Metrics;
use crate::outbox::{Commit, Outbox};
use crate::pace::JobPaces;
use crate::places::Scope;
use crate::questions::{Inquirer, Questions};
use crate::transfer::crew::Crew;
use crate::transfer::{Keeper, Report};
use crate::work::sleep_until;
use caps::{CapKeeper, local};
use changes::Unsaved;
use effects::{Begun, Hired};
use errands::Files;
use notes::Notes;
use programs::Programs;
pub(crate) use view::Place;

/// What the manager needs besides the engine.
pub(crate) struct Parts {
    /// The records.
    pub(crate) store: Arc<Store>,
    /// Who fetches.
    pub(crate) http: Http,
    /// Where transfers run.
    pub(crate) transfers: tokio::runtime::Handle,
    /// The figures.
    pub(crate) metrics: Arc<Metrics>,
    /// The settings.
    pub(crate) config: Config,
    /// For whom the service works.
    pub(crate) scope: Scope,
    /// Where piece logs go.
    pub(crate) pieces: PathBuf,
    /// The lists of piece hashes.
    pub(crate) lists: Arc<Lists>,
    /// What the operator should know.
    pub(crate) notices: Vec<String>,
}

/// The owner of the engine.
pub(crate) struct Manager {
    engine: Engine,
    parts: Parts,
    /// Whether there is a network.
    network: bool,
    /// Whether it is a cellular one.
    cellular: bool,
    /// Who is logged on; `None` where nobody can tell.
    sessions: Option<BTreeSet<Owner>>,
    clock: ClockWatch,
    hub: Hub,
    outbox: Outbox,
    unsaved: Unsaved,
    runs: BTreeMap<TransferId, Run>,
    /// A run that begins, and whose first order says who carries it out.
    begun: Option<Begun>,
    tasks: JoinSet<()>,
    /// Servers that are told of uploads that were given up. Nothing waits for them.
    farewells: JoinSet<()>,
    errands: JoinSet<Vec<Event>>,
    /// Files that are to be published or thrown away, one errand of a job after the other.
    files: Files,
    /// What is worth keeping of files, and can wait for a moment.
    notes: Notes,
    programs: Programs,
    tickets: BTreeMap<Ticket, oneshot::Sender<Result<Reply, Refusal>>>,
    next_ticket: u64,
    live: BTreeMap<JobId, Live>,
    /// Jobs that have ended and whose last record is not durable yet: gone from the engine, and not to be found in
    /// the history.
    ended: BTreeMap<JobId, Arc<JobRecord>>,
    caps: CapKeeper,
    /// What owners are asked about the certificates of servers.
    questions: Arc<Questions>,
    /// Where large documents are held.
    room: Arc<Room>,
    /// Cache hosts that offer themselves on the link.
    caches_found: Vec<CacheHost>,
    reports: (mpsc::Sender<Report>, mpsc::Receiver<Report>),
    commits: (mpsc::UnboundedSender<Committed>, mpsc::UnboundedReceiver<Committed>),
    /// Set when the records are damaged: the service must leave and come back.
    broken: Option<SaveError>,
    /// Whether there is work, for who decides when to leave.
    busy: watch::Sender<bool>,
}

/// A run, from here.
struct Run {
    job: JobId,
    file: FileIndex,
    orders: Way,
    source: Option<String>,
    /// Who carries it out.
    task: tokio::task::Id,
}

/// The way to who carries a run out.
enum Way {
    /// A task of its own.
    Own(mpsc::UnboundedSender<Order>),
    /// Those who bring the small files of its job; what else it was ordered, for the task that it may need yet.
    Crew(Crew, Vec<Order>),
}

impl Run {
    fn order(&mut self, transfer: TransferId, order: Order) {
        match &mut self.orders {
            Way::Own(orders) => {
                // A task that broke is noticed by its end.
                let _ = orders.send(order);
            }
            Way::Crew(crew, orders) => {
                if order == Order::Stop {
                    crew.stop(transfer);
                }
                orders.push(order);
            }
        }
    }
}

/// What is known of a job only while it runs.
#[derive(Default)]
struct Live {
    meter: Meter,
    pace: JobPaces,
    told: Option<notices::Told>,
    /// Who writes its small files.
    keeper: Option<Keeper>,
    /// Who brings them.
    crew: Option<Hired>,
    /// What its files consult.
    documents: Option<Arc<Documents>>,
    /// Who asks its owner about the certificates of servers, and how often that had been set by then.
    inquirer: Option<(u32, Arc<Inquirer>)>,
    /// What it says about its requests, and how many requests of clients there had been when that was looked up.
    options: Option<(u64, Arc<Options>)>,
    /// Who served the last file that came with its answer.
    source: Option<String>,
}

/// A commit ended.
struct Committed {
    commit: Option<Commit>,
    /// Whose records.
    jobs: BTreeSet<JobId>,
    started: Instant,
    result: Result<(), SaveError>,
}

/// What is asked of the manager.
pub(crate) enum Command {
    /// A request to the engine.
    Request(Caller, Box<Request>, oneshot::Sender<Result<Reply, Refusal>>),
    /// Something that only looks, or subscribes.
    Look(Box<dyn FnOnce(&mut Manager) + Send>),
    /// The machine changed.
    Host(HostEvent),
    /// Other settings are in force.
    Configure(Box<Config>),
    /// Stop everything, keep everything, and end.
    Shutdown,
}

/// The way to the manager.
#[derive(Clone)]
pub(crate) struct ManagerHandle {
    commands: mpsc::Sender<Command>,
}

/// Commands that may wait: more than all connections of a service can have under way.
const COMMANDS_QUEUED: usize = 1_024;
/// Reports that may wait: a run awaits its place, so that a slow loop slows transfers and not memory.
const REPORTS_QUEUED: usize = 256;
/// Records that could not be saved are tried again after this long (faults E04).
const SAVE_AGAIN: Duration = Duration::from_secs(5);
/// A stop takes no longer (faults F10: "stops within 5 s with a checkpoint").
const STOP_TIMEOUT: Duration = Duration::from_secs(4);

impl ManagerHandle {
    /// A handle and the other end of it.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Command>) {
        let (commands, inbox) = mpsc::channel(COMMANDS_QUEUED);
        (Self { commands }, inbox)
    }

    /// Asks the engine, and waits for the answer.
    pub(crate) async fn request(&self, caller: Caller, request: Request) -> Result<Reply, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.send(Command::Request(caller, Box::new(request), sender)).await;
        answer.await.unwrap_or(Err(Refusal::ShuttingDown))
    }

    /// Looks at the manager.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Manager) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (sender, answer) = oneshot::channel();
        let look = move |manager: &mut Manager| {
            // Whoever asked may be gone.
            let _ = sender.send(look(manager));
        };
        self.send(Command::Look(Box::new(look))).await;
        answer.await.map_err(|_| Refusal::ShuttingDown)
    }

    /// Sends a command; lost when the manager has ended.
    pub(crate) async fn send(&self, command: Command) {
        let _ = self.commands.send(command).await;
    }
}

impl Manager {
    /// A manager of this engine.
    pub(crate) fn new(engine: Engine, parts: Parts) -> Self {
        Self {
            caps: CapKeeper::new(&parts.config, &local(now().wall)),
            engine,
            network: true,
            cellular: false,
            sessions: None,
            clock: ClockWatch::new(Reading::take()),
            hub: Hub::new(jiff::Timestamp::now()),
            outbox: Outbox::default(),
            unsaved: Unsaved::default(),
            runs: BTreeMap::new(),
            begun: None,
            tasks: JoinSet::new(),
            farewells: JoinSet::new(),
            errands: JoinSet::new(),
            files: Files::default(),
            notes: Notes::default(),
            programs: Programs::default(),
            tickets: BTreeMap::new(),
            next_ticket: 0,
            live: BTreeMap::new(),
            ended: BTreeMap::new(),
            questions: Arc::new(Questions::new(jiff::Timestamp::now())),
            room: Arc::default(),
            caches_found: Vec::new(),
            reports: mpsc::channel(REPORTS_QUEUED),
            commits: mpsc::unbounded_channel(),
            broken: None,
            busy: watch::Sender::new(true),
            parts,
        }
    }

    /// Who fetches, by the settings that are in force.
    pub(crate) fn http(&self) -> Http {
        self.parts.http.clone()
    }

    /// What owners are asked about the certificates of servers.
    pub(crate) const fn questions(&self) -> &Arc<Questions> {
        &self.questions
    }

    /// Where large documents are held.
    pub(crate) fn room(&self) -> Arc<Room> {
        self.room.clone()
    }

    /// Whether there is work, and when that changes; ends with the manager.
    pub(crate) fn busy(&self) -> watch::Receiver<bool> {
        self.busy.subscribe()
    }

    fn tell_busy(&self) {
        let now = self.is_busy();
        self.busy.send_if_modified(|busy| std::mem::replace(busy, now) != now);
    }

    /// Works until told to stop, or until the records break; gives the reason in that case.
    pub(crate) async fn work(mut self, mut inbox: mpsc::Receiver<Command>) -> Option<SaveError> {
        self.tell_conditions();
        self.run_owed_programs();
        self.drain();
        self.tell_busy();
        while self.broken.is_none() {
            let deadline = self.deadline();
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(Command::Shutdown) | None => break,
                    Some(command) => self.on_command(command),
                },
                Some(report) = self.reports.1.recv() => self.on_reports(report),
                Some(committed) = self.commits.1.recv() => self.on_committed(committed),
                Some(ended) = self.tasks.join_next_with_id() => self.on_task_ended(ended),
                Some(done) = self.errands.join_next() => self.on_errand(done),
                Some(_) = self.farewells.join_next() => {}
                Some(Ok(heard)) = self.programs.runs.join_next() => self.on_heard(&heard),
                Some(Ok(about)) = self.programs.waits.join_next() => self.on_program_due(about),
                () = sleep_until(deadline) => self.on_deadline(),
            }
            self.watch_clock();
            self.drain();
            self.tell_busy();
        }
        self.stop().await;
        self.broken
    }

    fn deadline(&self) -> Option<Instant> {
        let (time, now) = (Instant::now(), now());
        let engine = self.engine.deadline().map(|at| time + at.since(now.mono));
        let hours = self.hours_end().map(|at| time + at.since(now.wall));
        [engine, self.unsaved.retry_at(), self.notes.due(), hours].into_iter().flatten().min()
    }

    /// When to see to other hours. Without work nobody wakes for them: they are seen to when there is some.
    fn hours_end(&self) -> Option<Wall> {
        self.caps.until().filter(|_| self.is_busy())
    }

    fn on_deadline(&mut self) {
        self.keep_hours();
        self.engine.handle_time(now());
        self.save_unsaved();
        self.save_notes();
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Request(caller, request, answer) => {
                self.keep_hours();
                let ticket = Ticket(self.next_ticket);
                self.next_ticket += 1;
                self.tickets.insert(ticket, answer);
                let creates = matches!(*request, Request::Create(_));
                self.engine.handle_request(now(), ticket, caller, *request);
                if creates && self.parts.config.require_session {
                    self.tell_conditions();
                }
            }
            Command::Look(look) => look(self),
            Command::Host(event) => self.on_host(event),
            Command::Configure(config) => self.configure(*config),
            Command::Shutdown => {}
        }
    }

    fn on_host(&mut self, event: HostEvent) {
        match event {
            HostEvent::Network { up, cellular } => {
                tracing::info!(up, cellular, "the network changed");
                // Connections of the old network are as good as dead.
                self.parts.http.drop_idle();
                self.network = up;
                self.cellular = cellular;
                // Nor does another network carry what the old one did.
                self.caps.forget_line();
                self.set_paces();
                self.tell_conditions();
            }
            HostEvent::Sessions(present) => {
                self.sessions = Some(present);
                self.tell_conditions();
            }
            HostEvent::CacheHosts(found) => {
                tracing::info!(?found, "cache hosts offer themselves");
                self.caches_found = found;
                self.configure_engine();
            }
            HostEvent::Slept(time) => {
                tracing::info!(seconds = time.as_secs(), "the machine slept");
                self.parts.http.drop_idle();
                self.keep_hours();
            }
            HostEvent::WallMoved { by_millis } => {
                tracing::info!(by_millis, "the clock was set");
                self.set_paces();
                self.tell_conditions();
            }
        }
    }

    /// Sleep and a moved clock show when the loop wakes anyway.
    fn watch_clock(&mut self) {
        let events: Vec<_> = self.clock.observe(Reading::take()).collect();
        events.into_iter().for_each(|event| self.on_host(event));
    }

    fn configure_engine(&mut self) {
        let (config, scope) = (&self.parts.config, self.parts.scope);
        self.engine.configure(now(), crate::daemon::engine_config(config, scope, &self.caches_found));
    }

    fn configure(&mut self, config: Config) {
        if of_http(&config) != of_http(&self.parts.config) {
            // Runs under way keep theirs, and their connections, to the end.
            self.parts.http = Http::new(crate::daemon::http_config(&config));
        }
        self.caps.configure(&config, &local(now().wall));
        self.parts.config = config;
        self.configure_engine();
        self.tell_conditions();
    }

    /// Sets the caps for the present hour and line.
    fn set_paces(&mut self) {
        self.caps.keep(&local(now().wall));
    }

    /// Sets other caps when another hour has begun.
    fn keep_hours(&mut self) {
        if self.caps.is_due(now().wall) {
            tracing::info!("other hours begin, with other limits");
            self.set_paces();
            self.tell_conditions();
        }
    }

    /// "0 = stop, absent = unlimited": nothing at all is a condition, not a rate.
    fn tell_conditions(&mut self) {
        let stops = self.caps.stops();
        let conditions = Conditions {
            network: self.network,
            cellular: self.cellular,
            background_bandwidth_zero: stops.background,
            foreground_bandwidth_zero: stops.foreground,
            absent_owners: self.absent_owners(),
            ..Conditions::default()
        };
        self.engine.handle_event(now(), Event::Conditions(conditions));
    }

    /// Owners whose jobs wait for a session (`require_session`).
    fn absent_owners(&self) -> BTreeSet<Owner> {
        let Some(present) = self.sessions.as_ref().filter(|_| self.parts.config.require_session) else {
            return BTreeSet::new();
        };
        let all = Caller { owner: Owner::ROOT, admin: true };
        let owners = self.engine.jobs(all).map(|job| job.owner);
        owners.filter(|owner| is_absent(*owner, present)).collect()
    }

    /// What came meanwhile is taken along: the work behind it is the same for one report and for many.
    fn on_reports(&mut self, first: Report) {
        let mut next = Some(first);
        for _ in 0..REPORTS_QUEUED {
            let Some(report) = next else { return };
            self.on_report(report);
            next = self.reports.1.try_recv().ok();
        }
        if let Some(last) = next {
            self.on_report(last);
        }
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Event(event) => {
                self.meter(&event);
                self.note_source(&event);
                let ended = match event {
                    Event::Closed(transfer) | Event::Brought(transfer, _) => Some(transfer),
                    _ => None,
                };
                self.engine.handle_event(now(), event);
                if let Some(transfer) = ended.filter(|transfer| !self.engine.is_open(*transfer)) {
                    self.runs.remove(&transfer);
                }
            }
            Report::Asked(question) => self.tell_question(question),
            Report::Grown(grown) => self.grow(grown),
            Report::Many(reports) => reports.into_iter().for_each(|report| self.on_report(report)),
            Report::Temporary(transfer, path) => self.engine.set_temporary(transfer, path),
            Report::Source(transfer, source) => {
                if let Some(run) = self.runs.get_mut(&transfer) {
                    run.source = Some(source);
                }
            }
        }
    }

    /// Who serves, where nobody told before the file was here.
    fn note_source(&mut self, event: &Event) {
        if let Event::Brought(transfer, brought) = event
            && let Some(answer) = &brought.answer
            && let Some(live) = self.runs.get(transfer).and_then(|run| self.live.get_mut(&run.job))
        {
            let known =
                live.source.as_deref().and_then(|known| answer.final_url.as_str().strip_prefix(known));
            if !known.is_some_and(|path| path.starts_with('/')) {
                live.source = Some(answer.final_url.origin());
            }
        }
    }

    fn meter(&mut self, event: &Event) {
        let brought = match event {
            Event::Received(transfer, range)
            | Event::Sent(transfer, range)
            | Event::Help(transfer, _, Help::Received(range)) => Some((transfer, range.len())),
            Event::Brought(transfer, brought) => Some((transfer, brought.kept.size)),
            _ => None,
        };
        if let Some((transfer, bytes)) = brought
            && let Some(run) = self.runs.get(transfer)
        {
            self.live.entry(run.job).or_default().meter.add(bytes, now().mono);
            if self.caps.observe(now().mono) {
                self.set_paces();
            }
        }
    }

    /// A task that ended without its last word broke; the engine hears that the run is over (F11).
    fn on_task_ended(&mut self, ended: Result<(tokio::task::Id, ()), JoinError>) {
        let mut next = Some(ended);
        while let Some(ended) = next {
            self.on_end_of_task(ended);
            next = self.tasks.try_join_next_with_id();
        }
    }

    fn on_end_of_task(&mut self, ended: Result<(tokio::task::Id, ()), JoinError>) {
        if let Err(error) = ended {
            tracing::error!(%error, "a transfer broke");
            let gone: Vec<_> = self.runs.extract_if(.., |_, run| run.task == error.id()).collect();
            for (transfer, _) in gone {
                self.engine.handle_event(now(), Event::Closed(transfer));
            }
        }
    }

    /// Stops in order: transfers first, which checkpoint, with the errands; then programs; then who still waits
    /// for an answer is told. What a run or an errand says now is heard by nobody: it is in the piece logs. The
    /// store keeps what it was given.
    async fn stop(&mut self) {
        self.hub.close();
        self.notes.hasten();
        self.save_notes();
        for (transfer, run) in &mut self.runs {
            run.order(*transfer, Order::Stop);
        }
        // With the last way to it a crew ends.
        self.runs.clear();
        self.live.values_mut().for_each(|live| live.crew = None);
        let quiet = async {
            let keepers: Vec<Keeper> = self.live.values().filter_map(|live| live.keeper.clone()).collect();
            let rest = async {
                for keeper in &keepers {
                    keeper.rest().await;
                }
            };
            let mut rest = std::pin::pin!(rest);
            let mut resting = false;
            while !resting || !self.tasks.is_empty() || !self.errands.is_empty() {
                tokio::select! {
                    // The channel must not fill up.
                    Some(_) = self.reports.1.recv() => {}
                    Some(_) = self.tasks.join_next() => {}
                    Some(_) = self.errands.join_next() => {}
                    () = &mut rest, if !resting => resting = true,
                }
            }
        };
        if tokio::time::timeout(STOP_TIMEOUT, quiet).await.is_err() {
            tracing::warn!("some transfers did not stop in time; what they did not keep is fetched again");
        }
        // A task that a disk holds up hears of nothing (F10): it is not waited for any longer.
        self.tasks.abort_all();
        self.farewells.shutdown().await;
        self.programs.waits.shutdown().await;
        self.programs.runs.shutdown().await;
        for (_, answer) in std::mem::take(&mut self.tickets) {
            let _ = answer.send(Err(Refusal::ShuttingDown));
        }
    }
}

/// Settings that bind who fetches from the start.
fn of_http(config: &Config) -> impl PartialEq {
    let Config { user_agent, connect_timeout, low_speed, low_speed_time, .. } = config;
    (user_agent.clone(), *connect_timeout, *low_speed, *low_speed_time)
}

/// The time of both clocks.
fn now() -> Now {
    read_clock()
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Ask;
    use bgcopy_http::Request;
    use bgcopy_testkit::{Origin, Reply, RequestHead};

    use super::rig::Rig;
    use super::*;

    #[tokio::test]
    async fn the_run_of_a_task_that_broke_is_over_and_no_other() {
        let mut manager = Rig::new().manager;
        let broken = manager.tasks.spawn(async { panic!("a fault of ours") }).id();
        let lives = manager.tasks.spawn(std::future::pending()).id();
        for (transfer, task) in [(TransferId(1), broken), (TransferId(2), lives)] {
            // A run that has stopped takes no orders either, and its last word is still to be heard.
            let (orders, _) = mpsc::unbounded_channel();
            let job = JobId::from_random_bytes([1; 16]);
            let orders = Way::Own(orders);
            manager.runs.insert(transfer, Run { job, file: FileIndex(0), orders, source: None, task });
        }
        let ended = manager.tasks.join_next_with_id().await.unwrap();
        manager.on_task_ended(ended);
        assert_eq!(manager.runs.keys().collect::<Vec<_>>(), [&TransferId(2)]);
    }

    #[tokio::test]
    async fn other_settings_hold_for_the_next_request() {
        let origin = Origin::start(|_: &RequestHead| Reply::status(200).body("content")).await;
        let mut manager = Rig::new().manager;
        let config = Config { user_agent: "other/1".to_owned(), ..manager.parts.config.clone() };
        manager.configure(config);
        let request = Request {
            url: origin.url("/file").parse().unwrap(),
            ask: Ask::Whole,
            if_range: None,
            options: Arc::default(),
            no_cache: false,
            offered: false,
        };
        manager.parts.http.fetch(&request).await.unwrap();
        assert_eq!(origin.requests()[0].header("user-agent"), Some("other/1"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_disk_that_hangs_does_not_keep_the_service_from_stopping() {
        let disk = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (repair, hung) = std::sync::mpsc::channel::<()>();
        let mut manager = Rig::new().manager;
        manager.tasks.spawn_on(
            async move {
                let _ = hung.recv();
            },
            disk.handle(),
        );
        let stopped = tokio::time::timeout(2 * STOP_TIMEOUT, manager.stop()).await;
        drop(repair);
        disk.shutdown_background();
        assert!(stopped.is_ok(), "it waits for a write that does not return");
    }
}
