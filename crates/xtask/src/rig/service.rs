//! Our service, in a state folder and on a socket of its own.

use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use super::process::{self, Process};
use super::wait_until;

/// A running service.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    binary: PathBuf,
    folder: PathBuf,
}

impl Service {
    /// Starts `binary` as a service that keeps its state in `folder`, and waits until it answers.
    pub(crate) fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        Self::start_by(Command::new(binary), binary, folder)
    }

    /// The same, where `command` is what runs `binary`: in a namespace, for example.
    pub(crate) fn start_by(mut command: Command, binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let log = File::create(folder.join("service.log"))?;
        keep_private(&mut command, folder);
        command.args(["daemon", "--idle-exit", "never"]);
        command.arg("--socket").arg(folder.join(SOCKET)).arg("--state-dir").arg(folder.join("state"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        let mut service = Self { child, binary: binary.to_owned(), folder: folder.to_owned() };
        if !wait_until(START_LIMIT, || UnixStream::connect(service.socket()).is_ok()) {
            let _ = service.child.kill();
            let log = fs::read_to_string(service.folder.join("service.log")).unwrap_or_default();
            bail!("{} daemon does not serve: {log}", service.binary.display());
        }
        Ok(service)
    }

    /// A command of the client, to which only its own words have to be added.
    pub(crate) fn client(&self, verb: &str) -> Command {
        let mut command = private(&self.binary, &self.folder);
        command.arg(verb).arg("--socket").arg(self.socket());
        command
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(SOCKET)
    }

    /// Its process.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// As a power cut would: no farewell.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = process::stop(&mut self.child, Signal::TERM);
    }
}

const SOCKET: &str = "bgcopy.sock";
/// What a client waits for a service it started (design.md "Running"), and some more for a busy machine.
const START_LIMIT: Duration = Duration::from_secs(10);

/// The program with no settings but its own defaults.
fn private(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    keep_private(&mut command, folder);
    command
}

fn keep_private(command: &mut Command, folder: &Path) {
    for (variable, name) in
        [("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"), ("XDG_RUNTIME_DIR", "runtime")]
    {
        command.env(variable, folder.join(name));
    }
}
