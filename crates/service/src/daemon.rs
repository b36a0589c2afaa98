//! The life of a service process: places, lock, records, socket; work; and the way out, in stages.

mod records;
mod watch;

use std::io;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bgcopy_core::CacheHost;
use bgcopy_engine::{Engine, EngineConfig, Limits, queue};
use bgcopy_http::{Http, HttpConfig};
use bgcopy_store::{LockError, SaveError, StateLock};
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::sync::watch::Sender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::agent::{self, Agent, AgentOptions, Entrance, OwnFolders};
use crate::config::{Config, ConfigError, Effective, Flag, Settings, Sources};
use crate::destinations::Destinations;
use crate::face::Face;
use crate::host::read_clock;
use crate::install;
use crate::listen::{self, Listening, SocketFile};
use crate::logging::{Logging, Target};
use crate::manager::{Command, Manager, ManagerHandle, Parts};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::places::{Chosen, Places, Scope, Surroundings};
use crate::server;
use records::Records;
use watch::Watch;

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
    /// Stand in for Microsoft's Linux agent as well.
    pub agent: Option<AgentOptions>,
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
            // A wrong setting is wrong usage, as on the command line.
            if error.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn install_units(options: &Options, install: bool) -> anyhow::Result<()> {
    let config_home =
        std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let config_home = config_home
        .or_else(|| std::env::home_dir().map(|home| home.join(".config")))
        .context("there is no home folder: set HOME or XDG_CONFIG_HOME")?;
    let set = match options.agent {
        Some(_) => install::Set::Agent,
        None => install::Set::Of(options.scope),
    };
    let folder = install::unit_folder(set, &config_home);
    let report = if install {
        install::install(set, &std::env::current_exe()?, &folder)?
    } else {
        install::uninstall(set, &folder)?
    };
    print!("{report}");
    Ok(())
}

/// Threads that may block at most. Every file that is being written holds one, and names are looked up on them too;
/// they exist only while they are needed.
const BLOCKING_THREADS: usize = 4_096;

/// Threads that read sockets: one does for every two processors, the other being busy with writing; more than
/// four have nothing to do.
fn transfer_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| (processors.get() / 2).clamp(1, 4))
}

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
    let entrance = match &options.agent {
        Some(_) if options.scope == Scope::Machine => {
            anyhow::bail!("the agent is a service of its own user: leave out --system");
        }
        Some(agent) => Some(Entrance::open(agent, &mut options.chosen)?),
        None => None,
    };
    // Who is somebody else now has left the folders of root behind.
    let own = entrance.as_ref().is_none_or(|entrance| !entrance.became_another());
    let around = Surroundings {
        variable: &|name| std::env::var_os(name).filter(|_| own),
        home: std::env::home_dir().filter(|_| own),
        uid: rustix::process::geteuid().as_raw(),
        run_user: RUN_USER.as_ref(),
    };
    let places = Places::find(options.scope, options.chosen.clone(), &around)?;
    let settings = Settings::load(Sources {
        files: places.config.clone(),
        environment: std::env::vars_os().collect(),
        flags: options.flags.clone(),
        preset: if entrance.is_some() { agent::PRESET } else { &[] },
    })?;
    places.prepare()?;
    let lock = match StateLock::acquire(&places.state) {
        // Two clients started a service at once: the loser leaves, its client finds the winner; where it does
        // not, because the winner listens elsewhere or where nobody can look for it, these words tell why.
        Err(held @ LockError::Held { .. }) if options.by_client => {
            eprintln!(
                "{held}; it listens on another socket than {}, or that one was removed: end the process then, its jobs go on",
                places.socket.display()
            );
            return Ok(());
        }
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
        .worker_threads(transfer_workers())
        .max_blocking_threads(BLOCKING_THREADS)
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
        metrics,
        logging,
        transfers: transfers.handle().clone(),
        idle_exit,
        by_client: options.by_client,
        entrance,
    };
    let done = main.block_on(house.live(activated, &lock));
    // The lock goes last: nothing of ours may still write when the next service takes over.
    end_all([main, transfers]);
    drop(lock);
    done
}

/// Threads get this long to come to their end.
const THREADS_LIMIT: Duration = Duration::from_millis(500);

/// Ends runtimes without waiting for a thread that a disk, a network drive or a name server holds up.
fn end_all(runtimes: [Runtime; 2]) {
    let until = Instant::now() + THREADS_LIMIT;
    for runtime in runtimes {
        runtime.shutdown_timeout(until.saturating_duration_since(Instant::now()));
    }
}

/// "Stops within 5 s" (faults F10): each stage has a limit of its own, and this one is for all that have none,
/// such as the writer of the records when the disk hangs.
const STOP_LIMIT: Duration = Duration::from_millis(4_800);

/// Lets something happen after this long, if the process still lives by then.
fn at_the_latest(limit: Duration, act: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let wait = move || {
        std::thread::sleep(limit);
        act();
    };
    std::thread::Builder::new().name("bgcopy-stop".to_owned()).spawn(wait).map(drop)
}

/// Leaves whatever holds up the end. Nothing that was acknowledged is lost, and the lock goes with the process, so
/// that the next service begins when this one writes no more.
fn leave_behind() {
    tracing::error!("something does not come to its end; it is left behind, as after a kill");
    // For that line to be written.
    std::thread::sleep(Duration::from_millis(100));
    std::process::exit(1);
}

/// What a service is made of before it runs.
struct House {
    places: Places,
    settings: Settings,
    metrics: Arc<Metrics>,
    logging: Logging,
    transfers: tokio::runtime::Handle,
    /// When to leave, for a service that was started on demand.
    idle_exit: Option<Option<Duration>>,
    by_client: bool,
    /// Where clients of the Linux agent come in.
    entrance: Option<Entrance>,
}

/// A service at work.
struct Running {
    manager: ManagerHandle,
    working: JoinHandle<Option<SaveError>>,
    serving: JoinHandle<()>,
    agent: Option<Agent>,
    socket: Option<SocketFile>,
    shutdown: CancellationToken,
    /// The settings as clients are shown them.
    shown: Sender<Vec<Effective>>,
    watch: Watch,
}

impl House {
    async fn live(mut self, activated: Option<UnixListener>, lock: &StateLock) -> anyhow::Result<()> {
        let records = Records::open(&self.places)?;
        let jobs = records.jobs.len();
        let mut running = self.start(records, activated, lock)?;
        tracing::info!(socket = %self.places.socket.display(), jobs, "serving");
        if self.by_client {
            let_go_of_stderr();
        }
        listen::notify_ready();
        let agent = running.agent.as_ref();
        let reload = || {
            agent.into_iter().for_each(Agent::reload);
            let config = reload(&mut self.settings, &self.logging, &running.shown)?;
            Some(agent.map_or_else(|| config.clone(), |agent| agent.completed(config.clone())))
        };
        running.watch.until_the_end(&running.shutdown, reload).await?;
        tracing::info!("stopping");
        at_the_latest(STOP_LIMIT, leave_behind).context("cannot start the thread that bounds the stop")?;
        listen::notify_stopping();
        running.stop().await
    }

    fn start(
        &mut self,
        records: Records,
        activated: Option<UnixListener>,
        lock: &StateLock,
    ) -> anyhow::Result<Running> {
        let scope = self.places.scope;
        let config = self.settings.config().clone();
        let Records { store, jobs, pieces, lists, notices } = records;
        let mut engine = Engine::new(engine_config(&config, scope, &[]), seed(), read_clock());
        engine.restore(read_clock(), jobs);
        let manager = Manager::new(
            engine,
            Parts {
                store: store.clone(),
                http: Http::new(http_config(&config)),
                transfers: self.transfers.clone(),
                metrics: self.metrics.clone(),
                config,
                scope,
                pieces,
                lists: lists.clone(),
                notices,
            },
        );
        let (handle, inbox) = ManagerHandle::new();
        let (shown, settings) = tokio::sync::watch::channel(self.settings.effective());
        let shutdown = CancellationToken::new();
        let face = Arc::new(Face {
            manager: handle.clone(),
            history: store,
            scope,
            destinations: Destinations::default(),
            manifests: Manifests::default(),
            lists: lists.clone(),
            started: Timestamp::now(),
            state_folder: self.places.state.clone(),
            settings,
            shutdown: shutdown.clone(),
        });
        let Listening { listener, file } = match activated {
            Some(listener) => Listening::adopt(listener)?,
            None => Listening::bind(&self.places.socket, self.places.socket_mode(), lock)?,
        };
        let options = self.server_options();
        let watch = Watch::new(
            options.clients.subscribe(),
            manager.busy(),
            handle.clone(),
            self.idle_exit,
            self.settings.config().looks_for_cache_hosts(),
            lists,
        );
        let agent = match self.entrance.take() {
            Some(entrance) => {
                let (state, cache) = (self.places.state.clone(), self.places.cache.clone());
                let own = OwnFolders { records: state.join("agent"), closed: vec![state, cache] };
                let config = self.settings.config();
                Some(entrance.serve(face.clone(), handle.clone(), config, own, shutdown.clone())?)
            }
            None => None,
        };
        let serving = tokio::spawn(server::serve(listener, face, options, shutdown.clone()));
        let working = tokio::spawn(manager.work(inbox));
        Ok(Running { manager: handle, working, serving, agent, socket: file, shutdown, shown, watch })
    }

    fn server_options(&self) -> server::Options {
        let mut options = server::Options::new(match self.places.scope {
            Scope::User => server::Access::Only(rustix::process::geteuid().as_raw()),
            Scope::Machine => server::Access::Everybody,
        });
        let metrics = self.metrics.clone();
        options.observe = Arc::new(move |route, status| metrics.count_request(route, status));
        options
    }
}

impl Running {
    /// First nobody new comes in, then the work stops, then the socket goes.
    async fn stop(self) -> anyhow::Result<()> {
        self.shutdown.cancel();
        self.manager.send(Command::Shutdown).await;
        let broken = self.working.await.context("the manager broke")?;
        self.serving.await.context("the server broke")?;
        if let Some(agent) = self.agent {
            agent.ended().await?;
        }
        drop(self.socket);
        match broken {
            None => Ok(()),
            Some(error) => Err(anyhow::Error::new(error).context("the records are broken")),
        }
    }
}

/// Reads the configuration again; gives it where it is good.
fn reload(settings: &mut Settings, logging: &Logging, shown: &Sender<Vec<Effective>>) -> Option<Config> {
    let changes = match settings.reload() {
        Ok(changes) => changes,
        Err(error) => {
            tracing::error!(%error, "the new configuration is wrong; the old one stays in force");
            return None;
        }
    };
    for change in changes {
        tracing::info!(setting = change.name, before = change.before, after = change.after, "reload");
    }
    logging.set_filter(&settings.config().log_level);
    shown.send_replace(settings.effective());
    Some(settings.config().clone())
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

/// The settings of the engine: BITS's numbers bind ordinary users of a machine-wide service only (design.md
/// "Bounds").
pub(crate) fn engine_config(config: &Config, scope: Scope, found: &[CacheHost]) -> EngineConfig {
    EngineConfig {
        queue: queue::Rules { background_jobs: config.background_jobs, do_scheduling: config.do_scheduling },
        time_slice: config.time_slice,
        files_at_once: config.files_at_once,
        connections_per_host: config.connections_per_host,
        cache_hosts: config.cache_hosts(found),
        cache_fallback_foreground: config.cache_fallback_foreground,
        cache_fallback_background: config.cache_fallback_background,
        job_age_limit: config.job_age_limit,
        limits: (scope == Scope::Machine).then_some(Limits {
            jobs_per_user: config.max_jobs_per_user,
            jobs_per_machine: config.max_jobs_per_machine,
            files_per_job: config.max_files_per_job,
            ranges_per_file: config.max_ranges_per_file,
            local_servers: config.allow_local_servers,
        }),
    }
}

/// The settings of who fetches.
pub(crate) fn http_config(config: &Config) -> HttpConfig {
    HttpConfig {
        user_agent: config.user_agent.clone(),
        connect_timeout: config.connect_timeout,
        low_speed: (config.low_speed, config.low_speed_time),
        local_servers: config.allow_local_servers,
        ..HttpConfig::default()
    }
}

/// Where chance comes in: everything random in the engine follows from this.
fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    /// Longer than any stop may take.
    const FOR_EVER: Duration = Duration::from_secs(30);

    #[test]
    fn f10_a_thread_that_hangs_does_not_keep_the_service_from_ending() {
        let (repair, hung) = channel::<()>();
        let (told, ended) = channel();
        let [main, transfers] =
            [(); 2].map(|()| tokio::runtime::Builder::new_current_thread().build().unwrap());
        main.spawn_blocking(move || hung.recv());
        std::thread::spawn(move || {
            end_all([main, transfers]);
            told.send(())
        });
        let ended = ended.recv_timeout(FOR_EVER);
        drop(repair);
        assert_eq!(ended, Ok(()), "it waits for a thread that does not return");
    }

    #[test]
    fn f10_what_has_no_limit_of_its_own_is_left_in_time() {
        assert!(STOP_LIMIT < Duration::from_secs(5));
        let (told, left) = channel();
        at_the_latest(Duration::from_millis(1), move || told.send(()).unwrap()).unwrap();
        assert_eq!(left.recv_timeout(FOR_EVER), Ok(()));
    }
}
