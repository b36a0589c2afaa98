//! The word for damaged files: `repair`.

use std::path::PathBuf;

use bgcopy_api::core::settings::Digest;
use clap::{Args, ValueHint};

use super::transfer::{Transfer, Waiting};
use super::values::{RepairFrom, parse_digest, parse_from};

/// `bgcopy repair`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = super::exit_codes())]
pub(crate) struct Repair {
    /// The file to mend
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// What says how the file must be, or where it is: a Metalink (.meta4, .metalink) or piece hash file (.phf),
    /// here or at a URL, or a URL of the file itself; several times for several
    #[arg(long, value_name = "PATH|URL", required = true, value_parser = parse_from,
        value_hint = ValueHint::FilePath)]
    pub(crate) from: Vec<RepairFrom>,
    /// What the mended file must hash to, like sha-256=HEX
    #[arg(long, value_name = "ALGORITHM=HEX", value_parser = parse_digest)]
    pub(crate) checksum: Option<Digest>,
    /// How the rest is fetched.
    #[command(flatten)]
    pub(crate) transfer: Transfer,
    /// How it is waited for.
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}
