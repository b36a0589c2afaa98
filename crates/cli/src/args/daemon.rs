//! `bgcopy daemon`: its options are read here, and handed to the service as plain data.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::Global;
use crate::complete;

/// `bgcopy daemon`, as typed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Daemon {
    /// Keep jobs and records in this folder
    #[arg(long, value_name = "PATH", value_hint = ValueHint::DirPath)]
    state_dir: Option<PathBuf>,
    /// Read this configuration file instead of the usual ones
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    config: Option<PathBuf>,
    /// Leave after so long without client and work, or never
    #[arg(long, value_name = "SECONDS|never", add = complete::words(&["never"]))]
    idle_exit: Option<IdleExit>,
    /// error, warn, info, debug or trace; or a filter as of Rust's tracing
    #[arg(long, value_name = "LEVEL", add = complete::words(&["error", "warn", "info", "debug", "trace"]))]
    log_level: Option<String>,
    /// Stand in for Microsoft's Delivery Optimization agent: root starts it, and it becomes the user do
    #[arg(long)]
    agent: bool,
    /// Become this user instead of do
    #[arg(long, value_name = "USER", requires = "agent")]
    agent_user: Option<String>,
    /// Install units of systemd that run the service, say how to enable them, and leave
    #[arg(long)]
    install: bool,
    /// Remove the units that --install wrote, and leave
    #[arg(long, conflicts_with = "install")]
    uninstall: bool,
    /// A client started this service, and no terminal belongs to it
    #[arg(long, hide = true)]
    detached: bool,
}

/// When a service without work leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleExit {
    /// After so long.
    After(Duration),
    /// Not by itself.
    Never,
}

impl std::str::FromStr for IdleExit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Never),
            span => crate::units::parse_span(span)
                .map(Self::After)
                .map_err(|reason| format!("{reason}, or never")),
        }
    }
}

/// What `bgcopy daemon` is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonTask {
    /// Serve.
    Run,
    /// Write the systemd units.
    Install,
    /// Remove them.
    Uninstall,
}

/// Who started the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launch {
    /// A person, a unit or a container: it logs where it was started.
    Foreground,
    /// A client that needed it: it has no terminal, logs to its own file, and leaves when idle.
    ByClient,
}

/// How to stand in for Microsoft's Linux agent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AgentArgs {
    /// Whom to become; none is `do`.
    pub user: Option<String>,
}

/// The options of `bgcopy daemon`, for the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonArgs {
    /// Serve the whole machine.
    pub system: bool,
    /// Listen here.
    pub socket: Option<PathBuf>,
    /// Keep everything here.
    pub state_dir: Option<PathBuf>,
    /// Read this file instead of the usual ones.
    pub config: Option<PathBuf>,
    /// When to leave; `None` is what the configuration says.
    pub idle_exit: Option<IdleExit>,
    /// What to log; `None` is what the configuration says.
    pub log_level: Option<String>,
    /// Stand in for the Linux agent.
    pub agent: Option<AgentArgs>,
    /// Who started it.
    pub launch: Launch,
    /// What to do.
    pub task: DaemonTask,
}

impl DaemonArgs {
    /// Puts together what was typed behind `daemon` and what was typed for every word.
    pub(crate) fn new(daemon: Daemon, global: Global) -> Self {
        Self {
            system: global.system,
            socket: global.socket,
            state_dir: daemon.state_dir,
            config: daemon.config,
            idle_exit: daemon.idle_exit,
            log_level: daemon.log_level,
            agent: daemon.agent.then_some(AgentArgs { user: daemon.agent_user }),
            launch: if daemon.detached { Launch::ByClient } else { Launch::Foreground },
            task: match (daemon.install, daemon.uninstall) {
                (true, _) => DaemonTask::Install,
                (false, true) => DaemonTask::Uninstall,
                (false, false) => DaemonTask::Run,
            },
        }
    }
}
