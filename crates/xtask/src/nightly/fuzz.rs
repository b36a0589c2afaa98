//! `cargo xtask nightly fuzz`: the targets of `fuzz/`, each for a given time.
//!
//! What the fuzzer grows stays in `fuzz/grown`, for the next night; what fails is in `fuzz/artifacts`, and belongs into
//! `fuzz/corpus` once it is mended. Without a sanitizer: the decoders are safe Rust, so panics, overflows and broken
//! rules are what there is to be found, and that is twice as fast.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

/// How long, and what.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long each target is run, in seconds
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Only this target
    #[arg(long)]
    target: Option<String>,
}

/// Runs every target, and then tells which failed.
pub(super) fn run(root: &Path, args: &Args) -> anyhow::Result<()> {
    let installed = cargo(root).args(["fuzz", "--version"]).output().context("cannot start cargo")?;
    if !installed.status.success() {
        bail!(
            "fuzzing needs a nightly compiler and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz"
        );
    }
    let mut failed = Vec::new();
    for target in targets(root)? {
        if args.target.as_ref().is_some_and(|wanted| *wanted != target) {
            continue;
        }
        println!("{target}: {} s", args.seconds);
        let grown = root.join("fuzz/grown").join(&target);
        fs::create_dir_all(&grown).with_context(|| format!("cannot make {}", grown.display()))?;
        let status = cargo(root)
            .args(["fuzz", "run", "--sanitizer", "none", &target])
            .arg(&grown)
            .arg(root.join("fuzz/corpus").join(&target))
            .arg("--")
            .args([format!("-max_total_time={}", args.seconds), format!("-max_len={INPUT_BYTES_MAX}")])
            .args(["-timeout=10", "-rss_limit_mb=1024", "-verbosity=0"])
            .status()
            .context("cannot start cargo")?;
        if !status.success() {
            failed.push(target);
        }
    }
    if !failed.is_empty() {
        bail!("these targets failed; the inputs are in fuzz/artifacts: {}", failed.join(", "));
    }
    Ok(())
}

/// The names of all targets, in order.
fn targets(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The nightly cargo, whichever one runs us.
fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).env_remove("RUSTUP_TOOLCHAIN").arg("+nightly");
    cargo
}

/// Larger inputs are slow to grow and find nothing that smaller ones do not: the bounds of documents have tests of
/// their own.
const INPUT_BYTES_MAX: u32 = 16 << 10;
