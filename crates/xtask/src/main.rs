//! What developers and CI run: `cargo xtask check`, `cargo xtask bench`, `cargo xtask nightly`.
//!
//! Nothing here ships. `check` holds the tree to the rules that the compiler cannot see, `bench` measures
//! the product as a whole process beside its neighbours, `nightly` runs the long forms of the tests.

mod bench;
mod check;
mod nightly;
mod rig;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What developers and CI run")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Hold the tree to the rules of the house
    Check,
    /// Measure bgcopy beside curl and aria2
    Bench(bench::Args),
    /// The long forms of the tests
    #[command(subcommand)]
    Nightly(nightly::Night),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let root = root()?;
    match Args::parse().task {
        Task::Check => check::run(&root),
        Task::Bench(args) => bench::run(&root, &args),
        Task::Nightly(night) => nightly::run(&root, &night),
    }
}

/// The workspace that this crate was built from, wherever the command was typed.
fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).context("xtask lies at crates/xtask of its workspace")?;
    Ok(root.to_owned())
}
