//! `watch`: the progress of `get`, for jobs that are there already.

use bgcopy_api::{Job, JobFilter};

use super::find_or_remember;
use crate::args::look::Watch;
use crate::console::Console;
use crate::failure::Failure;
use crate::follow::follow;
use crate::get::report;
use crate::interrupt::{Waited, or_interrupt};
use crate::progress::Progress;
use crate::request::Surroundings;
use crate::say::Say;
use crate::session::Session;

/// Follows the jobs until each has ended. The first that failed decides the exit code.
pub(crate) async fn run(
    args: &Watch,
    session: &mut Session<'_>,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let jobs = chosen(args, session).await?;
    if jobs.is_empty() {
        return console.say(Say::NothingToWatch);
    }
    let mut progress = Progress::new(console);
    let work = follow(jobs, session, &mut progress, console);
    let waited = or_interrupt(work, (around.interrupt)()).await;
    progress.clear();
    match waited {
        Waited::Interrupted => Err(Failure::Interrupted),
        Waited::Done(followed) => {
            let mut first = Ok(());
            for job in followed? {
                match report(&job, None, console) {
                    Ok(()) => {}
                    Err(failure @ Failure::Job(_)) => first = first.and(Err(failure)),
                    Err(failure) => return Err(failure),
                }
            }
            first
        }
    }
}

async fn chosen(args: &Watch, session: &Session<'_>) -> Result<Vec<Job>, Failure> {
    if args.jobs.is_empty() {
        return Ok(session.client().all_jobs(&JobFilter::default()).await?);
    }
    let mut jobs: Vec<Job> = Vec::new();
    for name in &args.jobs {
        let job = find_or_remember(session.client(), name).await?;
        if jobs.iter().all(|known| known.id != job.id) {
            jobs.push(job);
        }
    }
    Ok(jobs)
}
