//! The word for publishers: `manifest`.

use std::path::PathBuf;

use bgcopy_api::ManifestFormat;
use clap::{Args, ValueHint};

use super::values::{one_of, parse_url};
use crate::units::parse_bytes;

/// `bgcopy manifest`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Manifest {
    /// The file to describe
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// metalink (RFC 5854), or phf: a piece hash file of Delivery Optimization
    #[arg(long, value_name = "FORMAT", default_value = "metalink",
        value_parser = one_of(ManifestFormat::ALL, ManifestFormat::word), hide_possible_values = true)]
    pub(crate) format: ManifestFormat,
    /// Bytes of a piece, like 1M; by default 1M, and more for files above 64G
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub(crate) piece_size: Option<u64>,
    /// Where the file can be fetched; several times for several sources, the best first
    #[arg(long, value_name = "URL", value_parser = parse_url, value_hint = ValueHint::Url)]
    pub(crate) url: Vec<String>,
    /// Write to this file instead of the standard output
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Replace that file if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}
