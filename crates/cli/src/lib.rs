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
mod complete;
mod console;
mod described;
mod destination;
mod exit;
mod explain;
mod failure;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod fixture;
mod follow;
mod get;
mod inputs;
mod interrupt;
mod progress;
mod reason;
mod remedies;
mod request;
mod say;
mod session;
mod set;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod units;
mod verbs;

use std::process::ExitCode;

pub use args::command;
pub use args::daemon::{AgentArgs, DaemonArgs, DaemonTask, IdleExit, Launch};

use args::{Ask, Cli, Global, Verb};
use console::Console;
use exit::Exit;
use failure::Failure;
use request::Surroundings;
use session::Door;
use verbs::act::{self, Act};
use verbs::look;

/// Does what the command line of this process says. `bgcopy daemon` is handed to `daemon`, before any thread
/// or runtime of ours exists.
pub fn main_with(daemon: impl FnOnce(DaemonArgs) -> ExitCode) -> ExitCode {
    match complete::answered() {
        Ok(false) => {}
        Ok(true) => return Exit::Ok.into(),
        Err(error) => return not_understood(&error, false),
    }
    let Cli { global, verb } = match args::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, args::asks_for_json(std::env::args_os())),
    };
    let mut console = Console::of_process(global.json, global.quiet);
    let done = match verb {
        Verb::Daemon(args) => return daemon(DaemonArgs::new(args, global)),
        Verb::Completions { shell } => verbs::manual::completions(shell, &mut console),
        Verb::Man { dir } => verbs::manual::man(dir.as_deref(), &mut console),
        Verb::Ask(ask) => run(&global, ask, &mut console),
    };
    let Err(failure) = done else { return Exit::Ok.into() };
    if !failure.is_silent() {
        // A failure that cannot be told still is the exit code.
        let _ = tell(&failure, &mut console);
    }
    failure.exit().into()
}

/// A line that cannot be understood, or one that asks for help. With `--json` a refusal is told as every other is.
fn not_understood(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        // Nobody reads it when this fails.
        let _ = error.print();
        return Exit::Ok.into();
    }
    if json {
        let failure = Failure::Usage(args::reason(error));
        let _ = Console::of_process(true, false).print_json(&get::refused_json(&failure));
    }
    let _ = error.print();
    Exit::Usage.into()
}

fn tell(failure: &Failure, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        console.print_json(&get::refused_json(failure))?;
    }
    console.tell_text(&format!("bgcopy: {failure}"))
}

fn run(global: &Global, ask: Ask, console: &mut Console) -> Result<(), Failure> {
    let around = Surroundings::of_process()?;
    let door = Door::of(global, console.language, &around.cwd)?;
    // One thread: the command waits for the service and the person, and computes nothing.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(serve(ask, &door, console, &around))
}

async fn serve(ask: Ask, door: &Door, console: &mut Console, around: &Surroundings) -> Result<(), Failure> {
    match ask {
        // These read what they can before they reach for the service.
        Ask::Get(args) => get::run(&args, door, console, around).await,
        Ask::Put(args) => verbs::upload::run(&args, door, console, around).await,
        Ask::Repair(args) => verbs::repair::run(&args, door, console, around).await,
        Ask::Create(args) => verbs::make::create(&args, door, console, around).await,
        Ask::Add(args) => verbs::make::add(&args, door, console, around).await,
        Ask::Resume(jobs) => act::run(Act::Resume, &jobs, door.open().await?.client(), console).await,
        Ask::Suspend(jobs) => act::run(Act::Suspend, &jobs, door.open().await?.client(), console).await,
        Ask::Complete(jobs) => act::run(Act::Complete, &jobs, door.open().await?.client(), console).await,
        Ask::Cancel(jobs) => act::run(Act::Cancel, &jobs, door.open().await?.client(), console).await,
        Ask::List(args) => look::list(&args, door.open().await?.client(), console).await,
        Ask::Show(jobs) => look::show(&jobs, door.open().await?.client(), console).await,
        Ask::Files(job) => look::files(&job, door.open().await?.client(), console).await,
        Ask::Error(jobs) => look::error(&jobs, door.open().await?.client(), console).await,
        Ask::Certificates(args) => {
            verbs::certificates::run(&args, door.open().await?.client(), console).await
        }
        Ask::Set(args) => verbs::change::run(&args, door, console, around).await,
        Ask::Watch(args) => verbs::watch::run(&args, &mut door.open().await?, console, around).await,
        Ask::Config(args) => look::config(&args, door.open().await?.client(), console).await,
        Ask::Manifest(args) => verbs::manifest::run(&args, door, console, around).await,
    }
}
