//! Words that act on a job, by the start of its id or by its name.

use bgcopy_api::{FileIndex, QuestionId};
use clap::Args;

use super::transfer::Certificates;
use super::values::{HeaderArg, User};
use crate::complete;

/// One job.
#[derive(Clone, Debug, Args)]
pub(crate) struct Job {
    /// The job: the start of its id, or its name
    #[arg(value_name = "JOB", add = complete::jobs())]
    pub(crate) job: String,
}

/// One job or more.
#[derive(Clone, Debug, Args)]
pub(crate) struct Jobs {
    /// The jobs: the start of the id, or the name
    #[arg(value_name = "JOB", required = true, add = complete::jobs())]
    pub(crate) jobs: Vec<String>,
}

/// `bgcopy certificates`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Questions {
    /// The job: the start of its id, or its name
    #[arg(value_name = "JOB", add = complete::jobs())]
    pub(crate) job: String,
    /// Accept the certificate of this question, for this job and this server
    #[arg(long, value_name = "QUESTION")]
    pub(crate) accept: Option<QuestionId>,
    /// Refuse it; the job tries again later, and asks again
    #[arg(long, value_name = "QUESTION", conflicts_with = "accept")]
    pub(crate) refuse: Option<QuestionId>,
}

/// `bgcopy set`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = crate::set::keys_help())]
pub(crate) struct Set {
    /// The job: the start of its id, or its name
    #[arg(value_name = "JOB", add = complete::jobs())]
    pub(crate) job: String,
    /// What to set, like priority=low; an empty value sets back
    #[arg(value_name = "KEY=VALUE", add = complete::assignments())]
    pub(crate) assignments: Vec<String>,
    /// The file that file keys speak of, as 'bgcopy files' numbers it
    #[arg(long, value_name = "NUMBER", value_parser = parse_index)]
    pub(crate) file: Option<FileIndex>,
    /// Log in at the server; the password is asked for when it is left out; 'none' forgets it
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub(crate) user: Option<User>,
    /// Log in at the proxy; 'none' forgets it
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub(crate) proxy_user: Option<User>,
    /// Send these headers with every request, instead of those set before; @FILE reads them from a file
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(crate) header: Vec<HeaderArg>,
    /// Send these headers once the server asks for a login; --header and this replace all that were set before
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) auth_header: Vec<HeaderArg>,
    /// Send no more headers of your own
    #[arg(long, conflicts_with_all = ["header", "auth_header"])]
    pub(crate) no_headers: bool,
    /// Whom to trust, and who we are.
    #[command(flatten)]
    pub(crate) certificates: Certificates,
    /// Replace the start of every remote name that begins with OLD
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(crate) replace_prefix: Vec<String>,
    /// Become the owner of the job
    #[arg(long)]
    pub(crate) take_ownership: bool,
}

fn parse_index(text: &str) -> Result<FileIndex, String> {
    text.parse()
        .map(FileIndex)
        .map_err(|_| format!("{text:?} is not the number of a file; 'bgcopy files JOB' lists them"))
}
