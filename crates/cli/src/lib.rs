//! The commands a person types.
//!
//! - [`main_with`] is the whole of `bgcopy` but for the service itself: it reads the command line, hands
//!   `bgcopy daemon` to whoever runs the service, and does everything else by asking the service.
//! - [`command`] is the command tree, from which help, manual and completions are made.
//!
//! Results go to the standard output; progress, notes and errors to the standard error. A job is the
//! service's from the moment it was made: whatever happens to a command, its job goes on.
//!
//! Deliberately absent: knowledge of how a transfer works, and any look into the service's files. What is
//! known of jobs is what the API says.

mod args;
mod ask;
mod console;
mod destination;
mod env_proxy;
mod exit;
mod explain;
mod failure;
#[cfg(test)]
mod fixture;
mod follow;
mod get;
mod inputs;
mod interrupt;
mod progress;
mod remedies;
mod request;
mod session;
mod set;
mod table;
mod text;
mod units;
mod verbs;

use std::process::ExitCode;

use clap::FromArgMatches as _;

pub use args::command;
pub use args::daemon::{DaemonArgs, DaemonTask, IdleExit, Launch};

use args::{Cli, Global, Verb};
use console::Console;
use exit::Exit;
use failure::Failure;
use request::Surroundings;
use session::Door;
use verbs::act::Act;

/// Does what the command line of this process says. `bgcopy daemon` is handed to `daemon`, before any thread
/// or runtime of ours exists.
pub fn main_with(daemon: impl FnOnce(DaemonArgs) -> ExitCode) -> ExitCode {
    let parsed = command().try_get_matches().and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let Cli { global, verb } = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody reads it when this fails; the exit code still says it.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    match verb {
        Verb::Daemon(args) => daemon(DaemonArgs::new(args, global)),
        verb => run(&global, verb).into(),
    }
}

fn run(global: &Global, verb: Verb) -> Exit {
    let mut console = Console::of_process(global.json, global.quiet);
    // One thread: the command waits for the service and the person, and computes nothing.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(global, verb, &mut console)),
        Err(error) => Err(Failure::Output(error)),
    };
    let Err(failure) = done else { return Exit::Ok };
    if !failure.is_silent() {
        // A failure that cannot be told still is the exit code.
        let _ = tell(&failure, &mut console);
    }
    failure.exit()
}

fn tell(failure: &Failure, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        console.print_json(&get::refused_json(failure))?;
    }
    console.tell(&format!("bgcopy: {failure}"))
}

async fn dispatch(global: &Global, verb: Verb, console: &mut Console) -> Result<(), Failure> {
    match verb {
        // The command tree alone answers these: no service, no folder.
        Verb::Completions { shell } => return verbs::manual::completions(shell, console),
        Verb::Man { dir } => return verbs::manual::man(dir.as_deref(), console),
        verb => {
            let around = Surroundings::of_process()?;
            let door = Door::of(global, console.language, &around.cwd)?;
            serve(verb, &door, console, &around).await
        }
    }
}

async fn serve(verb: Verb, door: &Door, console: &mut Console, around: &Surroundings) -> Result<(), Failure> {
    match verb {
        Verb::Get(args) => return get::run(&args, door, console, around).await,
        Verb::Create(args) => return verbs::make::create(&args, door, console, around).await,
        _ => {}
    }
    let mut session = door.open().await?;
    let client = session.client().clone();
    match verb {
        Verb::Add(args) => verbs::make::add(&args, &client, console, around).await,
        Verb::Resume(jobs) => verbs::act::run(Act::Resume, &jobs, &client, console).await,
        Verb::Suspend(jobs) => verbs::act::run(Act::Suspend, &jobs, &client, console).await,
        Verb::Complete(jobs) => verbs::act::run(Act::Complete, &jobs, &client, console).await,
        Verb::Cancel(jobs) => verbs::act::run(Act::Cancel, &jobs, &client, console).await,
        Verb::List(args) => verbs::look::list(&args, &client, console).await,
        Verb::Show(jobs) => verbs::look::show(&jobs, &client, console).await,
        Verb::Files(job) => verbs::look::files(&job, &client, console).await,
        Verb::Error(jobs) => verbs::look::error(&jobs, &client, console).await,
        Verb::Set(args) => verbs::change::run(&args, &client, console, around).await,
        Verb::Watch(args) => verbs::watch::run(&args, &mut session, console).await,
        Verb::Config(args) => verbs::look::config(&args, &client, console).await,
        // Handled above, or by `main_with`.
        Verb::Get(_) | Verb::Create(_) | Verb::Daemon(_) | Verb::Completions { .. } | Verb::Man { .. } => {
            Ok(())
        }
    }
}
