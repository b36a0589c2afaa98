//! The word for files that go to a server: `put`.

use std::path::PathBuf;

use bgcopy_api::Existing;
use clap::{Args, ValueHint};

use super::transfer::{Transfer, Waiting};
use super::values::{one_of, parse_url};

/// `bgcopy put`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = super::exit_codes())]
pub(crate) struct Put {
    /// The file to send
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Where it goes, at a server that speaks the BITS upload protocol; behind a final / it keeps its name
    #[arg(value_name = "URL", value_parser = parse_url, value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// Wait for the answer of the server's application, and save it as this name
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) reply: Option<PathBuf>,
    /// What to do where the file for the answer exists: refuse, replace it, or keep-both, under a number
    #[arg(long, value_name = "CHOICE", default_value = "refuse", value_parser = one_of(Existing::ALL, Existing::word),
        hide_possible_values = true)]
    pub(crate) existing: Existing,
    /// Replace the file for the answer if it exists, as --existing replace
    #[arg(long, conflicts_with = "existing")]
    pub(crate) force: bool,
    /// How.
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    /// How it is waited for.
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}
