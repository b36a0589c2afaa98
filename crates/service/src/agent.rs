//! `bgcopy daemon --agent`: the service in the place of Microsoft's Linux agent.
//!
//! Such a service is one of its own user, `do`: it starts as root, opens the door that clients of the agent look
//! for, and gives its rights up for good before anything else happens (agent-rest 2). From then on it is a service
//! like any other, with one more face.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use bgcopy_agent::{CacheChoice, Configuration, Door, Downloads, Folders, PROGRAM, Parts, User, serve};
use bgcopy_api::env_proxy::EnvProxy;
use bgcopy_api::{Caller, Language};
use bgcopy_core::Family;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{CacheHostSource, Config, Preset};
use crate::face::Face;
use crate::manager::{Command, ManagerHandle};
use crate::places::Chosen;

/// What the command line says of the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentOptions {
    /// Whom to become, where root starts it; none is the user of the original.
    pub user: Option<String>,
}

/// What such a service has where nobody says otherwise: what the original has (agent-rest 8).
pub(crate) const PRESET: Preset = &[
    // "No limit, no queue": as many as a service can run at once.
    ("background_jobs", "64"),
    // Servers of the original see one connection per file, and what waits for it counts on that pace.
    ("connections_per_host", "1"),
    ("connect_timeout_seconds", "15"),
    // The original keeps nothing free, and the devices that it runs on have little.
    ("free_space_floor", "0"),
    // Servers of its content know it by this name.
    ("user_agent", "Microsoft-Delivery-Optimization-Lite/10.0.0.1"),
];

/// How a program that goes by the name of the original was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// Print this line, and nothing else: the client library joins it to its own version (agent-rest 9).
    Version(String),
    /// Run as `bgcopy daemon --agent`.
    Run,
    /// With words that the original does not know.
    Unknown(String),
}

impl Called {
    /// What these arguments, the program first, ask of the original; `None` where the program has another name.
    pub fn of(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let program = arguments.next()?;
        if Path::new(&program).file_name() != Some(OsStr::new(PROGRAM)) {
            return None;
        }
        let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Some(match words[..] {
            [] => Self::Run,
            ["--version" | "-v" | "--version-extra"] => {
                Self::Version(bgcopy_agent::version_line(concat!("bgcopy-", env!("CARGO_PKG_VERSION"))))
            }
            [word, ..] => Self::Unknown(word.to_owned()),
        })
    }
}

/// The folders of the service itself.
#[derive(Debug)]
pub(crate) struct OwnFolders {
    /// Where the agent keeps what it knows of downloads.
    pub(crate) records: PathBuf,
    /// Where no download may put its file.
    pub(crate) closed: Vec<PathBuf>,
}

/// An open door, before the service behind it runs.
#[derive(Debug)]
pub(crate) struct Entrance {
    door: Door,
    folders: Folders,
    /// Root started it, and it is somebody else now.
    became: bool,
}

impl Entrance {
    /// Opens the door and becomes the user. To be called before any thread is started. Places that were not chosen
    /// are chosen here, where the user has none.
    pub(crate) fn open(options: &AgentOptions, chosen: &mut Chosen) -> anyhow::Result<Self> {
        let snap = std::env::var_os("SNAP_DATA").map(PathBuf::from).filter(|path| path.is_absolute());
        let folders = Folders::find(snap.as_deref());
        let root = rustix::process::geteuid().is_root();
        let user = match (root, &options.user) {
            (true, user) => Some(User::named(user.as_deref().unwrap_or(User::USUAL))?),
            (false, Some(_)) => anyhow::bail!("only root can start the agent as somebody else"),
            (false, None) => None,
        };
        let door = Door::open(&folders, user.as_ref())?;
        let Some(user) = user else { return Ok(Self { door, folders, became: false }) };
        let own = Own::find(snap.as_deref());
        let state = chosen.state.get_or_insert(own.state);
        let socket = chosen.socket.get_or_insert(own.socket);
        for folder in [Some(state.as_path()), socket.parent()].into_iter().flatten() {
            make_over(folder, &user)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        user.become_for_good()?;
        Ok(Self { door, folders, became: true })
    }

    /// Whether the environment is somebody else's than the user's.
    pub(crate) const fn became_another(&self) -> bool {
        self.became
    }

    /// Lets clients in.
    pub(crate) fn serve(
        self,
        face: Arc<Face>,
        manager: ManagerHandle,
        config: &Config,
        own: OwnFolders,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Agent> {
        let configuration = Configuration::new(&self.folders);
        let mut closed = own.closed;
        closed.push(self.folders.config.clone());
        let caches = Caches(Arc::new(Mutex::new((config.clone(), CacheChoice::default()))));
        let proxy = EnvProxy::from_environment(|name| std::env::var(name).ok());
        let downloads = Downloads::open(Parts {
            contract: face,
            caller: Caller {
                uid: rustix::process::geteuid().as_raw(),
                gid: rustix::process::getegid().as_raw(),
                pid: None,
                admin: false,
                family: Family::Do,
                language: Language::English,
            },
            surroundings: Surroundings { caches: caches.clone(), manager },
            configuration: configuration.clone(),
            records: own.records,
            closed,
            directory: std::env::current_dir().unwrap_or_else(|_| "/".into()),
            proxy: proxy.unwrap_or_else(|reason| {
                tracing::warn!(reason, "the environment names no usable proxy");
                EnvProxy::default()
            }),
        })
        .context("cannot read what is kept of downloads")?;
        tracing::info!(port = self.door.port(), "serving clients of the Linux agent");
        let serving = tokio::spawn(serve(self.door, Arc::new(downloads), shutdown));
        Ok(Agent { caches, configuration, serving })
    }
}

/// Where a service keeps its things whose user has no home.
struct Own {
    state: PathBuf,
    socket: PathBuf,
}

impl Own {
    fn find(snap: Option<&Path>) -> Self {
        match snap {
            Some(snap) => Self { state: snap.join("bgcopy"), socket: snap.join("bgcopy/bgcopy.sock") },
            None => {
                Self { state: "/var/lib/bgcopy-agent".into(), socket: "/run/bgcopy-agent/bgcopy.sock".into() }
            }
        }
    }
}

/// Makes a folder that belongs to the user; one that is there stays as it is.
fn make_over(folder: &Path, user: &User) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, chown};
    if folder.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(folder.parent().unwrap_or(folder))?;
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    chown(folder, Some(user.uid()), Some(user.gid()))
}

/// The face at work.
#[derive(Debug)]
pub(crate) struct Agent {
    caches: Caches,
    configuration: Configuration,
    serving: JoinHandle<io::Result<()>>,
}

impl Agent {
    /// `SIGHUP`: the files of the agent are read anew, too.
    pub(crate) fn reload(&self) {
        self.configuration.reload();
    }

    /// A new configuration, with the cache hosts that the files of the agent name.
    pub(crate) fn completed(&self, config: Config) -> Config {
        self.caches.rebase(config)
    }

    /// Waits until the last client has its answer.
    pub(crate) async fn ended(self) -> anyhow::Result<()> {
        self.serving.await.context("the agent broke")?.context("the agent cannot be reached")
    }
}

/// The configuration of the service, and the cache hosts that take the place of its own.
#[derive(Clone, Debug)]
struct Caches(Arc<Mutex<(Config, CacheChoice)>>);

impl Caches {
    fn rebase(&self, config: Config) -> Config {
        self.change(|(base, _)| *base = config)
    }

    fn choose(&self, choice: CacheChoice) -> Config {
        self.change(|(_, chosen)| *chosen = choice)
    }

    fn change(&self, change: impl FnOnce(&mut (Config, CacheChoice))) -> Config {
        // Both halves are whole at any time.
        let mut pair = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut pair);
        let (config, CacheChoice { hosts, fallback }) = pair.clone();
        let source = if hosts.is_some() { CacheHostSource::Setting } else { config.cache_host_source };
        Config {
            cache_host: hosts.or(config.cache_host),
            cache_host_source: source,
            cache_fallback_foreground: fallback.unwrap_or(config.cache_fallback_foreground),
            cache_fallback_background: fallback.unwrap_or(config.cache_fallback_background),
            ..config
        }
    }
}

/// What the agent asks of this process.
#[derive(Clone)]
struct Surroundings {
    caches: Caches,
    manager: ManagerHandle,
}

impl bgcopy_agent::Surroundings for Surroundings {
    async fn use_caches(&self, caches: CacheChoice) {
        tracing::info!(?caches, "cache hosts of the agent");
        let config = self.caches.choose(caches);
        // Requests that come after it find it in force: they take the same way.
        self.manager.send(Command::Configure(Box::new(config))).await;
    }
}

#[cfg(test)]
mod tests;
