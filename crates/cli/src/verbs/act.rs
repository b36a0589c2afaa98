//! `resume`, `suspend`, `complete`, `cancel`.

use bgcopy_api::{Client, EndOutcome, Job, Outcome};
use serde_json::json;

use super::find;
use crate::args::job::Jobs;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::get::refused_json;
use crate::remedies::short;
use crate::say::Say;

/// What is done to each job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// `Resume`.
    Resume,
    /// `Suspend`.
    Suspend,
    /// `Complete`.
    Complete,
    /// `Cancel`.
    Cancel,
}

/// Does it to each job in turn. One that is refused does not spare the others; its failure is told, and is
/// the exit code.
pub(crate) async fn run(
    act: Act,
    jobs: &Jobs,
    client: &Client,
    console: &mut Console,
) -> Result<(), Failure> {
    let mut failed = None;
    for name in &jobs.jobs {
        match one(act, name, client, console).await {
            Ok(()) => {}
            Err(failure @ Failure::Output(_)) => return Err(failure),
            Err(failure) if jobs.jobs.len() == 1 => return Err(failure),
            Err(failure) => {
                if console.json {
                    console.print_json(&refused_json(&failure))?;
                }
                console.tell(&format!("{name}: {failure}"))?;
                failed = failed.or(Some(failure.exit()));
            }
        }
    }
    failed.map_or(Ok(()), |exit: Exit| Err(Failure::Job(exit)))
}

async fn one(act: Act, name: &str, client: &Client, console: &mut Console) -> Result<(), Failure> {
    let job = find(client, name).await?;
    match act {
        Act::Resume => told_job(&client.resume(job.id).await?, console),
        Act::Suspend => told_job(&client.suspend(job.id).await?, console),
        Act::Complete => told_end(&job, &client.complete(job.id).await?, console),
        Act::Cancel => told_end(&job, &client.cancel(job.id).await?, console),
    }
}

fn told_job(job: &Job, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        return console.print_json(job);
    }
    console.note(&format!("{} {}: {}", short(job.id), job.display_name, job.state))
}

fn told_end(job: &Job, outcome: &Outcome, console: &mut Console) -> Result<(), Failure> {
    if console.json {
        return console.print_json(&json!({ "job": job.id, "outcome": outcome }));
    }
    let language = console.language;
    let how = match outcome.outcome {
        EndOutcome::Ok => String::new(),
        EndOutcome::PartialComplete => Say::AndDropped.text(language),
        EndOutcome::UnableToDeleteFiles => Say::AndNotDeleted.text(language),
    };
    console.note(&format!("{} {}: {}{how}", short(job.id), job.display_name, outcome.state))?;
    outcome.left_behind.iter().try_for_each(|path| console.say(Say::LeftBehind { path }))
}
