//! The one binary: `bgcopy daemon` is the service, every other word a command for a person.

use std::process::ExitCode;

use bgcopy_cli::{AgentArgs, DaemonArgs, DaemonTask, IdleExit, Launch};
use bgcopy_service::agent::{AgentOptions, Called};
use bgcopy_service::config::Flag;
use bgcopy_service::daemon::{self, Options, Task};
use bgcopy_service::places::{Chosen, Scope};

fn main() -> ExitCode {
    match Called::of(std::env::args_os()) {
        None => bgcopy_cli::main_with(|args| daemon::run(options(args))),
        Some(Called::Run) => daemon::run(options(as_agent())),
        Some(Called::Version(line)) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Some(Called::Unknown(word)) => {
            eprintln!("{word:?} is not known; the agent takes no words but --version");
            ExitCode::from(2)
        }
    }
}

/// Under the name of Microsoft's Linux agent the program is `bgcopy daemon --agent`.
fn as_agent() -> DaemonArgs {
    DaemonArgs {
        system: false,
        socket: None,
        state_dir: None,
        config: None,
        idle_exit: None,
        log_level: None,
        agent: Some(AgentArgs::default()),
        launch: Launch::Foreground,
        task: DaemonTask::Run,
    }
}

/// What was typed, in the words of the service.
fn options(args: DaemonArgs) -> Options {
    let idle_exit = args.idle_exit.map(|idle_exit| Flag {
        flag: "--idle-exit",
        setting: "idle_exit_seconds",
        value: match idle_exit {
            IdleExit::After(time) => time.as_secs().to_string(),
            IdleExit::Never => "never".to_owned(),
        },
    });
    let log_level = args.log_level.map(|value| Flag { flag: "--log-level", setting: "log_level", value });
    Options {
        scope: if args.system { Scope::Machine } else { Scope::User },
        chosen: Chosen { state: args.state_dir, socket: args.socket, config: args.config },
        flags: idle_exit.into_iter().chain(log_level).collect(),
        agent: args.agent.map(|AgentArgs { user }| AgentOptions { user }),
        by_client: args.launch == Launch::ByClient,
        task: match args.task {
            DaemonTask::Run => Task::Run,
            DaemonTask::Install => Task::Install,
            DaemonTask::Uninstall => Task::Uninstall,
        },
    }
}
