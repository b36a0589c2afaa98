//! `cargo xtask nightly`: the long forms of tests whose short forms run with all the others.

mod fuzz;
mod network;

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};
use clap::Subcommand;

/// A long test.
#[derive(Debug, Subcommand)]
pub(crate) enum Night {
    /// Kill the service, and cut the power, at many points of a small job mix, and check that nothing was lost
    Sweep {
        /// How many points of each
        #[arg(long, default_value_t = 2_000)]
        points: u32,
    },
    /// Run very many small jobs, and check that neither memory nor descriptors grow
    Soak {
        /// How many jobs
        #[arg(long, default_value_t = 100_000)]
        jobs: u32,
    },
    /// Run the engine in a pretend world under many seeds
    Sim {
        /// How many seeds
        #[arg(long, default_value_t = 100_000)]
        seeds: u32,
    },
    /// Give damaged and made-up documents to the readers of manifests
    Manifests {
        /// How many of each kind
        #[arg(long, default_value_t = 100_000)]
        cases: u32,
    },
    /// Give every decoder bytes that a fuzzer grows from the corpus
    Fuzz(fuzz::Args),
    /// Play the rows of the fault catalogue that need a network of two hosts; needs root
    Network(network::Args),
}

/// What a long test is: the tests of a target of a package, made long by a variable.
struct LongTest {
    package: &'static str,
    /// How cargo is told the target.
    target: &'static [&'static str],
    variable: &'static str,
    count: u32,
}

/// How the long form of something is run.
enum LongForm<'a> {
    Test(LongTest),
    Fuzz(&'a fuzz::Args),
    Network(&'a network::Args),
}

impl Night {
    fn long_form(&self) -> LongForm<'_> {
        LongForm::Test(match *self {
            Self::Fuzz(ref args) => return LongForm::Fuzz(args),
            Self::Network(ref args) => return LongForm::Network(args),
            Self::Sweep { points } => LongTest {
                package: "bgcopy",
                target: &["--test", "sweep"],
                variable: "BGCOPY_SWEEP_POINTS",
                count: points,
            },
            Self::Soak { jobs } => LongTest {
                package: "bgcopy",
                target: &["--test", "stories", "f19_"],
                variable: "BGCOPY_SOAK_JOBS",
                count: jobs,
            },
            Self::Sim { seeds } => LongTest {
                package: "bgcopy-sim",
                target: &["--test", "seeds"],
                variable: "BGCOPY_SIM_SEEDS",
                count: seeds,
            },
            Self::Manifests { cases } => LongTest {
                package: "bgcopy-manifest",
                target: &["--lib"],
                // The name is proptest's own.
                variable: "PROPTEST_CASES",
                count: cases,
            },
        })
    }
}

/// Runs it.
pub(crate) fn run(root: &Path, night: &Night) -> anyhow::Result<()> {
    match night.long_form() {
        LongForm::Test(test) => run_test(root, &test),
        LongForm::Fuzz(args) => fuzz::run(root, args),
        LongForm::Network(args) => network::run(root, args),
    }
}

/// Optimised, with its output shown: it prints the seed that found something.
fn run_test(root: &Path, test: &LongTest) -> anyhow::Result<()> {
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(root)
        .args(["test", "--release", "--package", test.package])
        .args(test.target)
        .args(["--", "--nocapture"])
        .env(test.variable, test.count.to_string())
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!(
            "the test of {} ({}) failed with {}={}",
            test.package,
            test.target.join(" "),
            test.variable,
            test.count
        );
    }
    Ok(())
}
