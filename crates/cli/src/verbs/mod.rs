//! The job verbs: one file per group.

pub(crate) mod act;
pub(crate) mod certificates;
pub(crate) mod change;
pub(crate) mod look;
pub(crate) mod make;
pub(crate) mod manifest;
pub(crate) mod manual;
pub(crate) mod repair;
pub(crate) mod upload;
pub(crate) mod watch;

use bgcopy_api::request::LIST_LIMIT_MAX;
use bgcopy_api::{Client, ClientError, Job, JobFilter};

use crate::failure::Failure;
use crate::remedies::short;
use crate::text::{Charset, printable};

/// The one unfinished job that goes by this name; what ended cannot be changed any more.
pub(crate) async fn find(client: &Client, name: &str) -> Result<Job, Failure> {
    let job = find_or_remember(client, name).await?;
    if job.state.is_final() {
        let (name, id) = (printable(&job.display_name, Charset::Utf8), short(job.id));
        return Err(Failure::Refused(format!("the job {name} ({id}) has ended; it is {}", job.state)));
    }
    Ok(job)
}

/// The one job that goes by this name, ended ones included.
pub(crate) async fn find_or_remember(client: &Client, name: &str) -> Result<Job, Failure> {
    match client.find_job(name).await {
        Err(ClientError::NoSuchJob { name }) => remembered(client, name).await,
        other => other.map_err(in_words),
    }
}

/// The job that ended last of those that bore this name: the history is looked through, part by part, the newest
/// first.
async fn remembered(client: &Client, name: String) -> Result<Job, Failure> {
    let mut filter = JobFilter { limit: Some(LIST_LIMIT_MAX), ..JobFilter::named(name.clone()) };
    loop {
        let part = client.history(&filter).await?;
        if let Some(job) = part.jobs.into_iter().next() {
            return Ok(job);
        }
        filter.after =
            Some(part.next.ok_or_else(|| in_words(ClientError::NoSuchJob { name: name.clone() }))?);
    }
}

/// What to type instead, where a name does not do.
fn in_words(error: ClientError) -> Failure {
    match error {
        ClientError::Ambiguous { name, jobs } => {
            let jobs: Vec<String> = jobs
                .iter()
                .map(|(id, name)| format!("\n  {id}  {}", printable(name, Charset::Utf8)))
                .collect();
            let count = jobs.len();
            Failure::Refused(format!("{name:?} names {count} jobs; give more of the id:{}", jobs.concat()))
        }
        ClientError::NoSuchJob { name } if name.len() < bgcopy_api::view::ID_PREFIX_CHARS => {
            let least = bgcopy_api::view::ID_PREFIX_CHARS;
            Failure::Refused(format!(
                "there is no job {name:?}; give its name or {least} digits of its id, as 'bgcopy list' shows them"
            ))
        }
        ClientError::NoSuchJob { name } => {
            Failure::Refused(format!("there is no job {name:?}; 'bgcopy list' shows the jobs there are"))
        }
        error => Failure::Service(error),
    }
}
