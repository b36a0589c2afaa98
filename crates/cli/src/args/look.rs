//! Words that look: `list`, `watch`, `config`.

use bgcopy_api::JobState;
use clap::Args;

use super::values::one_of;
use crate::complete;

/// `bgcopy list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct List {
    /// Jobs of every user; for the administrator
    #[arg(long)]
    pub(crate) all_users: bool,
    /// Only jobs in these states, like error or transferring
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = one_of(JobState::ALL, JobState::word),
        hide_possible_values = true)]
    pub(crate) state: Vec<JobState>,
    /// Jobs that ended, from the history
    #[arg(long, conflicts_with = "state")]
    pub(crate) finished: bool,
}

/// `bgcopy watch`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = super::exit_codes())]
pub(crate) struct Watch {
    /// The jobs: the start of the id, or the name; all that are not finished when left out
    #[arg(value_name = "JOB", add = complete::jobs())]
    pub(crate) jobs: Vec<String>,
}

/// `bgcopy config`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Config {
    /// Only these settings
    #[arg(value_name = "NAME", add = complete::settings())]
    pub(crate) names: Vec<String>,
}
