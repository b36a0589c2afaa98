//! A job, as its owner sees it through the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::Stage;

/// A job that was begun.
#[derive(Debug)]
pub(super) struct Job<'a> {
    stage: &'a Stage,
    id: String,
}

impl<'a> Job<'a> {
    /// Begins a job that completes by itself; `words` are what the client is told besides.
    pub(super) fn begin<'w>(
        stage: &'a Stage,
        words: impl IntoIterator<Item = &'w str>,
    ) -> anyhow::Result<Self> {
        let mut create = stage.service.client("create");
        create.args(["--quiet", "--resume", "--auto-complete", "--proxy", "none"]).args(words);
        let id = told(&mut create)?.trim().to_owned();
        ensure!(!id.is_empty(), "no job was made");
        Ok(Self { stage, id })
    }

    /// Everything about it.
    pub(super) fn shown(&self) -> anyhow::Result<Value> {
        let mut show = self.stage.service.client("show");
        let text = told(show.args(["--json", &self.id]))?;
        serde_json::from_str(text.trim()).with_context(|| format!("no job in {text}"))
    }

    /// Waits until something is so.
    pub(super) fn until(
        &self,
        what: &str,
        limit: Duration,
        is_so: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let began = Instant::now();
        loop {
            let job = self.shown()?;
            if is_so(&job) {
                return Ok(job);
            }
            if began.elapsed() > limit {
                bail!("not {what} after {limit:?}: {job:#}");
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until so many bytes are here.
    pub(super) fn until_bytes(&self, bytes: u64) -> anyhow::Result<Value> {
        self.until("under way", Duration::from_secs(30), |job| transferred(job) >= bytes)
    }

    /// Waits until it rests after a failure on the way to the server, and will try again by itself.
    pub(super) fn rests(&self, limit: Duration, codes: &[&str]) -> anyhow::Result<Value> {
        let job = self.until("resting", limit, |job| job["state"] == "transient-error")?;
        let error = &job["error"];
        ensure!(codes.iter().any(|code| error["code"] == *code), "none of {codes:?}: {error:#}");
        ensure!(error["context"] == "general-transport", "{error:#}");
        ensure!(error["class"] == "transient" && error["waiting_for"] == "retry", "{error:#}");
        ensure!(error["retry_at"].is_string(), "{error:#}");
        Ok(job)
    }

    /// Waits until all its files are in their places.
    pub(super) fn arrives(&self, limit: Duration) -> anyhow::Result<Value> {
        let job = self.until("done", limit, |job| {
            ["acknowledged", "error", "cancelled"].iter().any(|end| job["state"] == *end)
        })?;
        ensure!(job["state"] == "acknowledged" && job["error"].is_null(), "{job:#}");
        Ok(job)
    }
}

/// How many bytes of a job are here.
pub(super) fn transferred(job: &Value) -> u64 {
    job["progress"]["bytes_transferred"].as_u64().unwrap_or(0)
}

/// Whether a file came as the server has it.
pub(super) fn is_same(came: &Path, served: &PathBuf) -> anyhow::Result<()> {
    let bytes = fs::read(came).with_context(|| format!("{} did not come", came.display()))?;
    ensure!(bytes == fs::read(served)?, "{} is not what the server has", came.display());
    Ok(())
}

/// What a command that has to succeed prints.
pub(super) fn told(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A client is a process, and costs some.
const LOOK_EVERY: Duration = Duration::from_millis(100);
