//! `cargo xtask bench`: bgcopy as a whole process beside its neighbours, on this machine.
//!
//! Everything is local: an nginx of our own serves a file of random bytes from a memory file system, and
//! every contender writes to the same memory file system, in turn, round by round, so that a machine whose
//! speed drifts does so for all. The figures to quote are medians and the ratios within a round.

mod idle;
mod origin;
mod parallel;
mod queue;
mod report;
mod resume;
mod rival;
mod rss;
mod single;
mod small;
mod yielding;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;

use report::Report;
use rival::Rival;

use crate::rig::{
    self, process, say,
    size::{self, Size},
    wait_until,
};

/// What to measure, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to measure
    #[arg(value_enum, default_value_t = What::Single)]
    what: What,
    /// Bytes of a file that is fetched, like 512M; 4K of small files, else 4G
    #[arg(long)]
    size: Option<Size>,
    /// How many small files are fetched in one job
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    files: u32,
    /// Rounds that count, after one that does not
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Only these, and not every program that is installed
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Rival>,
    /// Only this scheme
    #[arg(long, value_enum)]
    scheme: Option<Scheme>,
    /// Where the one large file goes
    #[arg(long, value_enum, default_value_t = To::Memory)]
    to: To,
    /// How long the idle service is watched
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many jobs are queued before adding is measured
    #[arg(long, default_value_t = 10_000)]
    queued: u32,
    /// The bgcopy to measure, and not the release build of this tree
    #[arg(long)]
    binary: Option<PathBuf>,
    #[command(flatten)]
    yielding: yielding::Options,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Wall time, CPU and peak memory of fetching one large file
    Single,
    /// Wall time of one large file from a server that limits each connection
    Parallel,
    /// Bytes fetched twice when everything is killed half-way
    Resume,
    /// Memory and wake-ups of a service with nothing to do
    Idle,
    /// Peak memory for one file and for eight at once
    Rss,
    /// Time to add a job, durably, beside many queued ones
    Queue,
    /// Files per second of one job of many small files
    Small,
    /// What a foreground download keeps beside background ones, over a narrow link; needs root
    Yield,
}

/// How the file is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scheme {
    /// In the clear
    Http,
    /// With TLS and an authority of our own
    Https,
}

/// Where a file is fetched to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// A memory file system: what the programs cost
    Memory,
    /// A disk, and done when the data is synced
    Disk,
}

impl To {
    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "a disk, synced",
        }
    }
}

impl Args {
    /// Bytes of a large file.
    fn size(&self) -> Size {
        self.size.unwrap_or(Size(4 * size::GIB))
    }

    fn schemes(&self) -> Vec<Scheme> {
        self.scheme.map_or_else(|| vec![Scheme::Http, Scheme::Https], |scheme| vec![scheme])
    }

    /// Who takes part: those asked for, else those installed.
    fn rivals(&self) -> Vec<Rival> {
        if self.only.is_empty() { Rival::installed() } else { self.only.clone() }
    }

    /// The bgcopy to measure; built first unless one was named.
    fn binary(&self, root: &Path) -> anyhow::Result<PathBuf> {
        if let Some(binary) = &self.binary {
            return binary.canonicalize().with_context(|| format!("no bgcopy at {}", binary.display()));
        }
        rig::release_binary(root)
    }
}

/// Measures what was asked for and prints it.
pub(crate) fn run(root: &Path, args: &Args) -> anyhow::Result<()> {
    let report = match args.what {
        What::Single => single::run(root, args),
        What::Parallel => parallel::run(root, args),
        What::Resume => resume::run(root, args),
        What::Idle => idle::run(root, args),
        What::Rss => rss::run(root, args),
        What::Queue => queue::run(root, args),
        What::Small => small::run(root, args),
        What::Yield => yielding::run(root, args),
    }?;
    print(&report, args.json)
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        println!("{report}");
    }
    Ok(())
}
