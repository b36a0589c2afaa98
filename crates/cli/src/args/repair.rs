//! The word for damaged files: `repair`.

use std::path::PathBuf;
use std::time::Duration;

use bgcopy_api::core::settings::Digest;
use clap::{Args, ValueHint};

use super::transfer::Transfer;
use super::values::{RepairFrom, parse_digest, parse_from};
use crate::units::parse_span;

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
    /// Give up when nothing came for so long, like 600, 10m or 2h; 0 gives up at the first failure
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = parse_span, help_heading = "Transfer")]
    pub(crate) timeout: Duration,
    /// Print the id of the job and leave it to the service
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Cancel the job on Ctrl-C instead of leaving it to the service
    #[arg(long, conflicts_with = "no_wait")]
    pub(crate) cancel_on_interrupt: bool,
}
