//! The life of a service process: places, lock, records, socket; work; and the way out, in stages.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bgcopy_core::{JobId, JobRecord};
use bgcopy_engine::{Engine, EngineConfig, Limits, queue};
use bgcopy_http::{Http, HttpConfig};
use bgcopy_store::{LockError, Opened, StateLock, Store};
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Flag, Settings, Sources};
use crate::face::Face;
use crate::host::{HostEvent, NetworkWatch, SessionWatch, read_clock};
use crate::idle::IdleExit;
use crate::install;
use crate::listen::{self, Listening};
use crate::logging::{Logging, Target};
use crate::manager::{Command, Manager, ManagerHandle, Parts};
use crate::metrics::Metrics;
use crate::places::{Chosen, Places, Scope, Surroundings};
use crate::server;

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Options {
    /// For whom to work.
    pub scope: Scope,
    /// Places that were chosen.
    pub chosen: Chosen,
    /// Settings that were chosen.
    pub flags: Vec<Flag>,
    /// A client started it: it logs to its own file and leaves when idle.
    pub by_client: bool,
    /// What to do.
    pub task: Task,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Serve.
    Run,
    /// Write the systemd units.
    Install,
    /// Remove them.
    Uninstall,
}

/// Runs `bgcopy daemon`; says on standard error what went wrong.
pub fn run(options: Options) -> ExitCode {
    let done = match options.task {
        Task::Run => serve(options),
        Task::Install => install_units(&options, true),
        Task::Uninstall => install_units(&options, false),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bgcopy daemon: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn install_units(options: &Options, install: bool) -> anyhow::Result<()> {
    let config_home =
        std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config_home = config_home
        .or_else(|| std::env::home_dir().map(|home| home.join(".config")))
        .context("there is no home folder: set HOME or XDG_CONFIG_HOME")?;
    let folder = install::unit_folder(options.scope, &config_home);
    let report = if install {
        install::install(options.scope, &std::env::current_exe()?, &folder)?
    } else {
        install::uninstall(options.scope, &folder)?
    };
    print!("{report}");
    Ok(())
}

/// Workers of the transfer runtime: writing is done in line, so that one slow disk holds one of them up and
/// not the rest; more than four only compete for two cores.
const TRANSFER_WORKERS: usize = 4;

/// Where logind keeps a folder for each user who is logged on.
const RUN_USER: &str = "/run/user";

fn serve(mut options: Options) -> anyhow::Result<()> {
    // Clients look there too; `--system` is a place of its own.
    if options.scope == Scope::User && options.chosen.socket.is_none() {
        options.chosen.socket =
            std::env::var_os("BGCOPY_SOCKET").filter(|path| !path.is_empty()).map(PathBuf::from);
    }
    // Before any thread is started: the first changes how all of them allocate, the second the environment.
    crate::memory::keep_small();
    let activated = listen::activated()?;
    let around = Surroundings {
        variable: &|name| std::env::var_os(name),
        home: std::env::home_dir(),
        uid: rustix::process::geteuid().as_raw(),
        run_user: RUN_USER.as_ref(),
    };
    let places = Places::find(options.scope, options.chosen.clone(), &around)?;
    let settings = Settings::load(Sources {
        files: places.config.clone(),
        environment: std::env::vars_os().collect(),
        flags: options.flags.clone(),
    })?;
    places.prepare()?;
    let lock = match StateLock::acquire(&places.state) {
        // Two clients started a service at once: the loser leaves, its client finds the winner.
        Err(LockError::Held { .. }) if options.by_client => return Ok(()),
        lock => lock?,
    };
    let metrics = Arc::new(Metrics::new());
    let target = match options.by_client {
        true => Target::File(places.log()),
        false => Target::of_stderr(std::env::var("JOURNAL_STREAM").ok().as_deref()),
    };
    let logging = Logging::start(&target, &settings.config().log_level, metrics.log_lines_dropped())?;
    for warning in settings.warnings() {
        tracing::warn!(warning, "configuration");
    }
    let transfers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(TRANSFER_WORKERS)
        .thread_name("bgcopy-transfer")
        .enable_all()
        .build()
        .context("cannot start the threads of transfers")?;
    let main = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // A service that a person or a unit keeps running stays, unless a time was chosen.
    let chosen = options.flags.iter().any(|flag| flag.setting == "idle_exit_seconds");
    let on_demand = options.by_client || activated.is_some() || chosen;
    let idle_exit = on_demand.then(|| settings.config().idle_exit);
    let house = House {
        places,
        settings,
        lock,
        metrics,
        logging,
        transfers: transfers.handle().clone(),
        idle_exit,
        by_client: options.by_client,
    };
    let done = main.block_on(house.live(activated));
    transfers.shutdown_timeout(Duration::from_secs(1));
    done
}

/// Everything that a running service is made of.
struct House {
    places: Places,
    settings: Settings,
    lock: StateLock,
    metrics: Arc<Metrics>,
    logging: Logging,
    transfers: tokio::runtime::Handle,
    /// When to leave, for a service that was started on demand.
    idle_exit: Option<Option<Duration>>,
    by_client: bool,
}

impl House {
    async fn live(self, activated: Option<std::os::unix::net::UnixListener>) -> anyhow::Result<()> {
        let Self { places, mut settings, lock, metrics, logging, transfers, idle_exit, by_client } = self;
        let Opened { store, jobs, recovery, without_secrets } = Store::open(&places.state)?;
        let mut notices = Vec::new();
        if let Some(recovery) = &recovery {
            let notice = format!(
                "the records were damaged ({}); {} jobs were restored from their own records, {} were lost{}",
                recovery.reason,
                recovery.restored,
                recovery.lost.len(),
                recovery.set_aside.as_ref().map_or(String::new(), |path| {
                    format!("; the damaged database is kept as {}", path.display())
                }),
            );
            tracing::error!(notice, "recovered");
            notices.push(notice);
        }
        for job in &without_secrets {
            let notice = format!("job {job} lost its credentials and headers; set them again");
            tracing::warn!(notice, "recovered");
            notices.push(notice);
        }
        let pieces = places.state.join("pieces");
        make_private(&pieces)?;
        if recovery.is_none() {
            forget_ended(&pieces, &jobs);
        }

        let config = settings.config().clone();
        let mut engine = Engine::new(engine_config(&config, places.scope), seed(), read_clock());
        let count = jobs.len();
        engine.restore(read_clock(), jobs);
        let store = Arc::new(store);
        let manager = Manager::new(
            engine,
            Parts {
                store: store.clone(),
                http: Http::new(http_config(&config)),
                transfers,
                metrics: metrics.clone(),
                config,
                scope: places.scope,
                pieces,
                notices,
            },
        );
        let (handle, inbox) = ManagerHandle::new();
        let (shown, shown_to) = watch::channel(settings.effective());
        let shutdown = CancellationToken::new();
        let face = Face {
            manager: handle.clone(),
            history: store,
            scope: places.scope,
            started: Timestamp::now(),
            state_folder: places.state.clone(),
            settings: shown_to,
            shutdown: shutdown.clone(),
        };
        let Listening { listener, file } = match activated {
            Some(listener) => Listening::adopt(listener)?,
            None => Listening::bind(&places.socket, places.socket_mode(), &lock)?,
        };
        let mut options = server::Options::new(match places.scope {
            Scope::User => server::Access::Only(rustix::process::geteuid().as_raw()),
            Scope::Machine => server::Access::Everybody,
        });
        let counted = metrics.clone();
        options.observe = Arc::new(move |route, status| counted.count_request(route, status));
        let clients = options.clients.subscribe();
        let serving = tokio::spawn(server::serve(listener, Arc::new(face), options, shutdown.clone()));
        let busy = manager.busy();
        let working = tokio::spawn(manager.work(inbox));
        tracing::info!(socket = %places.socket.display(), jobs = count, "serving");
        if by_client {
            let_go_of_stderr();
        }
        listen::notify_ready();

        let mut watch = Watch {
            clients,
            busy,
            handle: handle.clone(),
            idle: IdleExit::new(idle_exit.unwrap_or_default()),
            leaves_when_idle: idle_exit.is_some(),
            rest: Rest::Awake,
        };
        let reload = |settings: &mut Settings| match settings.reload() {
            Ok(changes) => {
                for change in changes {
                    tracing::info!(
                        setting = change.name,
                        before = change.before,
                        after = change.after,
                        "reload"
                    );
                }
                logging.set_filter(&settings.config().log_level);
                shown.send_replace(settings.effective());
                Some(settings.config().clone())
            }
            Err(error) => {
                tracing::error!(%error, "the new configuration is wrong; the old one stays in force");
                None
            }
        };
        watch.until_the_end(&shutdown, || reload(&mut settings)).await?;

        tracing::info!("stopping");
        listen::notify_stopping();
        // First nobody new comes in, then the work stops, then the socket goes; the lock goes last.
        shutdown.cancel();
        handle.send(Command::Shutdown).await;
        let broken = working.await.context("the manager broke")?;
        serving.await.context("the server broke")?;
        drop(file);
        drop(lock);
        match broken {
            None => Ok(()),
            Some(error) => Err(anyhow::Error::new(error).context("the records are broken")),
        }
    }
}

/// The client that started us listens to our standard error until we serve, and may then be gone.
fn let_go_of_stderr() {
    let nowhere = std::fs::OpenOptions::new().write(true).open("/dev/null");
    if let Err(error) = nowhere
        .map_err(|error| error.to_string())
        .and_then(|nowhere| rustix::stdio::dup2_stderr(nowhere).map_err(|error| error.to_string()))
    {
        tracing::warn!(error, "standard error stays with the client");
    }
}

/// What keeps the service awake and what ends it.
struct Watch {
    clients: watch::Receiver<usize>,
    busy: watch::Receiver<bool>,
    handle: ManagerHandle,
    idle: IdleExit,
    /// It was started on demand.
    leaves_when_idle: bool,
    rest: Rest,
}

/// Whether a service without work has given back what it needed for it.
#[derive(Clone, Copy, Debug)]
enum Rest {
    /// There is work, or somebody is here.
    Awake,
    /// Quiet; gives back at this moment, once.
    At(Instant),
    /// Gave back.
    Resting,
}

/// Long enough that a client with several requests, and the idle connections of a transfer that has just ended,
/// are gone.
const REST_AFTER: Duration = Duration::from_secs(2);

impl Watch {
    /// Waits for the reason to leave: a signal, a client's wish, or nothing to do.
    async fn until_the_end(
        &mut self,
        shutdown: &CancellationToken,
        mut reload: impl FnMut() -> Option<Config>,
    ) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        // Where the kernel tells nothing the network is taken for up, and everybody for logged on.
        let mut network =
            NetworkWatch::start().inspect_err(|error| tracing::warn!(%error, "no news of the network"));
        let mut sessions = SessionWatch::start(RUN_USER.as_ref())
            .inspect_err(|error| tracing::debug!(%error, "no news of sessions"));
        loop {
            let leave_at = self.leave_at();
            let rest_at = self.rest_at();
            if leave_at.is_some_and(|at| at <= Instant::now()) {
                tracing::info!("nothing to do and nobody here");
                return Ok(());
            }
            tokio::select! {
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                () = shutdown.cancelled() => return Ok(()),
                _ = hang_up.recv() => if let Some(config) = reload() {
                    if self.leaves_when_idle {
                        self.idle.set_after(config.idle_exit);
                    }
                    self.handle.send(Command::Configure(Box::new(config))).await;
                },
                event = network_news(&mut network) => match event {
                    Ok(event) => self.handle.send(Command::Host(event)).await,
                    Err(error) => {
                        tracing::warn!(%error, "no more news of the network");
                        network = Err(error);
                    }
                },
                event = session_news(&mut sessions) => match event {
                    Ok(event) => self.handle.send(Command::Host(event)).await,
                    Err(error) => {
                        tracing::warn!(%error, "no more news of sessions");
                        sessions = Err(error);
                    }
                },
                changed = self.clients.changed() => if changed.is_err() { return Ok(()) },
                // The manager ends by itself when its records are broken.
                changed = self.busy.changed() => if changed.is_err() { return Ok(()) },
                () = sleep_until(leave_at) => {}
                () = sleep_until(rest_at) => self.rest(),
            }
        }
    }

    /// When a service that has just become quiet gives back what it needed only for its work.
    fn rest_at(&mut self) -> Option<Instant> {
        let quiet = *self.clients.borrow() == 0 && !*self.busy.borrow();
        self.rest = match (quiet, self.rest) {
            (false, _) => Rest::Awake,
            (true, Rest::Awake) => Rest::At(Instant::now() + REST_AFTER),
            (true, rest) => rest,
        };
        match self.rest {
            Rest::At(at) => Some(at),
            Rest::Awake | Rest::Resting => None,
        }
    }

    fn rest(&mut self) {
        self.rest = Rest::Resting;
        crate::memory::give_back();
    }

    /// When to leave if nothing happens until then.
    fn leave_at(&mut self) -> Option<Instant> {
        let now = read_clock().mono;
        let clients = *self.clients.borrow_and_update();
        let busy = *self.busy.borrow_and_update();
        let at = self.idle.observe(now, clients, usize::from(busy));
        at.map(|at| Instant::now() + at.since(now))
    }
}

async fn network_news(network: &mut std::io::Result<NetworkWatch>) -> std::io::Result<HostEvent> {
    match network {
        Ok(network) => network.next().await,
        Err(_) => std::future::pending().await,
    }
}

async fn session_news(sessions: &mut std::io::Result<SessionWatch>) -> std::io::Result<HostEvent> {
    match sessions {
        Ok(sessions) => sessions.next().await,
        Err(_) => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The settings of the engine: BITS's numbers bind ordinary users of a machine-wide service only (design.md
/// "Bounds").
pub(crate) fn engine_config(config: &Config, scope: Scope) -> EngineConfig {
    EngineConfig {
        queue: queue::Rules { background_jobs: config.background_jobs, do_scheduling: config.do_scheduling },
        time_slice: config.time_slice,
        files_at_once: config.files_at_once,
        job_age_limit: config.job_age_limit,
        limits: (scope == Scope::Machine).then_some(Limits {
            jobs_per_user: config.max_jobs_per_user,
            jobs_per_machine: config.max_jobs_per_machine,
            files_per_job: config.max_files_per_job,
            ranges_per_file: config.max_ranges_per_file,
        }),
    }
}

/// The settings of who fetches.
pub(crate) fn http_config(config: &Config) -> HttpConfig {
    HttpConfig {
        user_agent: config.user_agent.clone(),
        connect_timeout: config.connect_timeout,
        low_speed: (config.low_speed, config.low_speed_time),
        ..HttpConfig::default()
    }
}

/// Where chance comes in: everything random in the engine follows from this.
fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

/// Removes the piece logs of jobs that are no more: a service that was killed between the record of an end and
/// the clearing up behind it left them (faults F01, invariant 10). Not after damage, where a job may be missing
/// because its record is.
fn forget_ended(pieces: &std::path::Path, jobs: &[JobRecord]) {
    let Ok(logs) = std::fs::read_dir(pieces) else { return };
    for log in logs.flatten() {
        let name = log.file_name();
        let job = name.to_str().and_then(|name| name.split_once('.')?.0.parse::<JobId>().ok());
        if let Some(job) = job
            && jobs.iter().all(|living| living.id != job)
            && let Err(fault) = bgcopy_disk::forget(&log.path())
        {
            tracing::warn!(%fault, "a piece log stays behind");
        }
    }
}

fn make_private(folder: &std::path::Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make the folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}
