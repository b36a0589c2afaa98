//! Commands as a person types them, and what they said.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::service::until_dead;
use super::{BGCOPY, House};

/// A command that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A command that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// The exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    /// Its standard output.
    pub(crate) out: String,
    /// Its standard error.
    pub(crate) err: String,
    line: String,
}

impl Done {
    /// Insists on an exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Insists on words in the standard error.
    #[track_caller]
    pub(crate) fn tells(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "no {word:?} in {self}");
        }
        self
    }

    /// Insists on words in the standard output.
    #[track_caller]
    pub(crate) fn prints(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.out.contains(word), "no {word:?} in {self}");
        }
        self
    }

    /// The standard output as JSON, one value per line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} of {self}"));
        self.out.lines().map(parse).collect()
    }

    /// Everything it said.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n--- exit {}, stdout:\n{}--- stderr:\n{}---", self.line, self.code, self.out, self.err)
    }
}

/// A command under way; it is killed when the story forgets it.
pub(crate) struct Running {
    child: Child,
    out: JoinHandle<String>,
    err: JoinHandle<String>,
    line: String,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        let mut line = String::new();
        let std = command.as_std();
        for word in std::iter::once(std.get_program()).chain(std.get_args()) {
            let _ = write!(line, "{} ", word.to_string_lossy());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{line}: {error}"));
        let out = collect(child.stdout.take().expect("it is piped"));
        let err = collect(child.stderr.take().expect("it is piped"));
        Self { child, out, err, line }
    }

    /// Its process id, while it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it still runs")
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("it still runs");
    }

    /// Waits for its end.
    pub(crate) async fn done(mut self) -> Done {
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.unwrap_or_else(|_| panic!("{} hangs", self.line)).expect("it can be waited for");
        // A service that it started holds neither of the pipes.
        let out = (&mut self.out).await.expect("reading does not panic");
        let err = (&mut self.err).await.expect("reading does not panic");
        Done { code: status.code().unwrap_or(-1), out, err, line: std::mem::take(&mut self.line) }
    }
}

impl Drop for Running {
    /// Waits for its end: what still runs would write into folders that are being removed.
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            let _ = self.child.start_kill();
            until_dead(pid);
        }
    }
}

fn collect(mut pipe: impl tokio::io::AsyncRead + Unpin + Send + 'static) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut said = Vec::new();
        // What came before a failure is what it said.
        let _ = pipe.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    })
}

impl House {
    /// `bgcopy` with these words, started.
    pub(crate) fn start(&self, words: &[&str]) -> Running {
        self.start_with(words, &[])
    }

    /// As [`start`](Self::start), with more environment.
    pub(crate) fn start_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Running {
        let mut command = self.command(BGCOPY, words);
        command.envs(environment.iter().copied());
        Running::start(command)
    }

    /// As [`start`](Self::start), with words that need not be text.
    pub(crate) fn start_os(&self, words: &[&OsStr]) -> Running {
        let mut command = self.command(BGCOPY, &[]);
        command.args(words);
        Running::start(command)
    }

    /// As [`start`](Self::start), by this user; for root.
    pub(crate) fn start_as(&self, user: u32, words: &[&str]) -> Running {
        let mut command = self.command(BGCOPY, words);
        command.uid(user).gid(user);
        Running::start(command)
    }

    /// `bgcopy` with these words.
    pub(crate) async fn run(&self, words: &[&str]) -> Done {
        self.start(words).done().await
    }

    /// A line for the shell, in which `bgcopy` is the program under test.
    pub(crate) async fn shell(&self, line: &str) -> Done {
        self.start_shell(line).done().await
    }

    /// As [`shell`](Self::shell), started.
    pub(crate) fn start_shell(&self, line: &str) -> Running {
        Running::start(self.command("/bin/sh", &["-c", line]))
    }

    /// As [`start_shell`](Self::start_shell), by this user; for root.
    pub(crate) fn start_shell_as(&self, user: u32, line: &str) -> Running {
        let mut command = self.command("/bin/sh", &["-c", line]);
        command.uid(user).gid(user);
        Running::start(command)
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words);
        self.furnish(&mut command);
        command
    }
}

/// The command that a text proposes and that begins with these words.
#[track_caller]
pub(crate) fn proposed(text: &str, start: &str) -> String {
    let found = text.lines().find_map(|line| line.find(start).map(|at| line[at..].trim().to_owned()));
    found.unwrap_or_else(|| panic!("no {start:?} is proposed in:\n{text}"))
}
