//! `cargo xtask nightly network`: rows of the fault catalogue that need a network of two hosts, whose cable can be
//! pulled, whose weather is bad and whose addresses change (faults, section 4: "Namespaces").
//!
//! Each row is a function with its ids in its name, and everything of its own: namespaces, link, nginx, service.
//! They run one after the other in real time, since what they wait for are real timeouts.

mod job;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::rig::content::write_random;
use crate::rig::link::{Link, Shape};
use crate::rig::scratch::Scratch;
use crate::rig::service::Service;
use crate::rig::site::Site;
use crate::rig::size::Size;
use crate::rig::{release_binary, say};

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only rows whose names have this in them, like b04
    #[arg(long, default_value = "")]
    only: String,
    /// What decides which packets get lost
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The bgcopy to try, and not the release build of this tree
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// Plays the rows and tells each; fails when one failed, or when none was meant.
pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("joining network namespaces needs root: run `cargo xtask nightly network` as root");
    }
    let binary = match &args.binary {
        Some(binary) => {
            binary.canonicalize().with_context(|| format!("no bgcopy at {}", binary.display()))?
        }
        None => release_binary(root)?,
    };
    let meant: Vec<_> = rows::ROWS.iter().filter(|row| row.name.contains(&args.only)).collect();
    if meant.is_empty() {
        bail!("no row has {:?} in its name", args.only);
    }
    let mut failed = Vec::new();
    for row in meant {
        let began = Instant::now();
        let played = Stage::build(&binary, row.shape, args.seed).and_then(|stage| (row.play)(&stage));
        match played {
            Ok(()) => say(format_args!("{} passes, in {:.1?}", row.name, began.elapsed())),
            Err(error) => {
                say(format_args!("{} FAILS with seed {}: {error:#}", row.name, args.seed));
                failed.push(row.name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("{} of the rows failed: {}", failed.len(), failed.join(", "));
    }
    Ok(())
}

/// A row of the catalogue, and the link on which it is played.
struct Row {
    name: &'static str,
    shape: Shape,
    play: fn(&Stage) -> anyhow::Result<()>,
}

/// A service at one end of a link, and a server with files at the other.
#[derive(Debug)]
struct Stage {
    // What is declared first goes first.
    service: Service,
    site: Site,
    link: Link,
    digest: String,
    scratch: Scratch,
}

impl Stage {
    fn build(binary: &Path, shape: Shape, seed: u64) -> anyhow::Result<Self> {
        let scratch = Scratch::on_disk()?;
        let link = Link::seeded(shape, seed)?;
        let size = Size((shape.bits_per_second / 8.0 * LASTS.as_secs_f64()) as u64);
        let mut digest = String::new();
        let site = Site::start(&link, &scratch.folder("site")?, |data| {
            digest = write_random(&data.join(WHOLE), size)?;
            write_random(&data.join(SMALL), SMALL_SIZE)?;
            for index in 0..NAMES {
                fs::hard_link(data.join(SMALL), data.join(small(index)))?;
            }
            Ok(())
        })?;
        let service = Service::start_by(link.client.command(binary), binary, &scratch.folder("service")?)?;
        Ok(Self { service, site, link, digest, scratch })
    }

    /// A folder where files come to.
    fn desk(&self) -> anyhow::Result<PathBuf> {
        self.scratch.folder("desk")
    }

    /// Bytes of a file of the server.
    fn served(&self, file: &str) -> PathBuf {
        self.scratch.path().join("site/data").join(file)
    }
}

/// The large file.
const WHOLE: &str = "whole.bin";
/// How long it lasts at the rate of the link: long enough for something to happen meanwhile.
const LASTS: Duration = Duration::from_secs(8);
/// The small file, which comes over a bad link too.
const SMALL: &str = "small.bin";
const SMALL_SIZE: Size = Size(1 << 20);
/// How many names the small file has besides: as many as a job fetches at once by default.
const NAMES: usize = 8;

/// One of those names.
fn small(index: usize) -> String {
    format!("small-{index}.bin")
}
