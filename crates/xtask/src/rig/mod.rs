//! What whole processes are measured and tried with: places, programs, and a network of two hosts.

pub(crate) mod content;
pub(crate) mod link;
pub(crate) mod process;
pub(crate) mod scratch;
pub(crate) mod service;
pub(crate) mod site;
pub(crate) mod size;
pub(crate) mod weather;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// The release build of this tree, built first.
pub(crate) fn release_binary(root: &Path) -> anyhow::Result<PathBuf> {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(root).args(["build", "--quiet", "--release", "--package", "bgcopy"]);
    if !build.status().context("cannot start cargo")?.success() {
        bail!("bgcopy does not build");
    }
    let target = cargo_metadata::MetadataCommand::new().current_dir(root).no_deps().exec()?.target_directory;
    Ok(target.join("release/bgcopy").into_std_path_buf())
}

/// Says on standard error what is going on; the report alone goes to standard output.
pub(crate) fn say(text: impl std::fmt::Display) {
    eprintln!("xtask: {text}");
}

/// Looks every 5 ms whether `ready`, at most for `limit`.
pub(crate) fn wait_until(limit: Duration, mut ready: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !ready() {
        if started.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}
