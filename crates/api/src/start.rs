//! Finding the service, and starting it where nobody answers (design.md "Running").

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{getuid, setsid};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout_at};

use crate::client::{Client, ClientError};
use crate::text::Language;

/// A service that was started serves within this time, or something is wrong.
pub const START_TIMEOUT: Duration = Duration::from_secs(3);

/// How often the socket of a service that starts is tried.
const START_POLL: Duration = Duration::from_millis(10);

/// The socket of the machine-wide service.
pub const SYSTEM_SOCKET: &str = "/run/bgcopy/bgcopy.sock";

/// What a person said about where the service is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wish {
    /// `--socket`.
    pub socket: Option<PathBuf>,
    /// `--system`.
    pub system: bool,
}

/// Where a service is, and whether the client may start it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its socket.
    pub socket: PathBuf,
    /// It is the user's own, so that the client starts it where nobody answers.
    pub is_own: bool,
}

/// Neither the socket was named nor is there a place for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no place for the service's socket: set XDG_RUNTIME_DIR or HOME, or give --socket")]
pub struct NoPlace;

impl Wish {
    /// Where the service is for this process.
    pub fn place(&self) -> Result<Place, NoPlace> {
        let runtime = PathBuf::from(format!("/run/user/{}", getuid().as_raw()));
        self.place_in(|name| std::env::var_os(name), runtime.is_dir().then_some(runtime.as_path()))
    }

    /// Where the service is in this environment: `--socket` or `BGCOPY_SOCKET`; with `--system` the
    /// machine's; else the user's, in `$XDG_RUNTIME_DIR`, else in the folder `/run/user/UID` where there is
    /// one, else in the state folder. A relative path in an XDG variable counts as unset (XDG Base Directory
    /// Specification).
    fn place_in(
        &self,
        env: impl Fn(&str) -> Option<OsString>,
        runtime: Option<&Path>,
    ) -> Result<Place, NoPlace> {
        let named = self.socket.clone().or_else(|| {
            env("BGCOPY_SOCKET").filter(|path| !path.is_empty() && !self.system).map(PathBuf::from)
        });
        if let Some(socket) = named {
            return Ok(Place { socket, is_own: !self.system });
        }
        if self.system {
            return Ok(Place { socket: PathBuf::from(SYSTEM_SOCKET), is_own: false });
        }
        let folder = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = folder("XDG_RUNTIME_DIR")
            .or_else(|| runtime.map(Path::to_owned))
            .or_else(|| folder("XDG_STATE_HOME"))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state")))
            .ok_or(NoPlace)?;
        Ok(Place { socket: base.join("bgcopy/bgcopy.sock"), is_own: true })
    }
}

/// Why there is no service to talk to.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Asking failed, otherwise than by nobody answering.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody answers, and the service is not the user's to start.
    #[error("no service answers at {}; it is not this user's to start", socket.display())]
    NotOurs {
        /// Where it was asked for.
        socket: PathBuf,
    },
    /// The program cannot be run.
    #[error("the service cannot be started")]
    Spawn {
        /// What the system says.
        source: io::Error,
    },
    /// It ran, ended, and nobody answers.
    #[error("the service cannot start: {said}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its last words.
        said: String,
    },
    /// It runs, and does not serve.
    #[error("the service was started and does not answer at {} within {} s", socket.display(), START_TIMEOUT.as_secs())]
    Silent {
        /// Where it was asked for.
        socket: PathBuf,
    },
}

/// Connects to the service; where nobody answers and it is the user's own, starts it with `start` and waits
/// until it serves, 3 s at most.
pub async fn connect_or_start(
    place: &Place,
    language: Language,
    start: impl FnOnce() -> io::Result<Child>,
) -> Result<Client, StartError> {
    match Client::connect(&place.socket, language).await {
        Err(error) if error.is_absence() => {}
        other => return Ok(other?),
    }
    if !place.is_own {
        return Err(StartError::NotOurs { socket: place.socket.clone() });
    }
    let child = start().map_err(|source| StartError::Spawn { source })?;
    await_service(&place.socket, language, child).await
}

/// Tries the socket until somebody answers. A child that ends may have lost the race for the state folder
/// against another, so an end that was orderly is no reason to give up.
async fn await_service(socket: &Path, language: Language, mut child: Child) -> Result<Client, StartError> {
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        match timeout_at(deadline, Client::connect(socket, language)).await {
            Ok(Err(error)) if error.is_absence() => {}
            Ok(answer) => return Ok(answer?),
            Err(_) => return Err(silent(socket, &mut child).await),
        }
        if let Ok(Some(status)) = child.try_wait()
            && !status.success()
        {
            let said = last_words(&mut child).await.unwrap_or_else(|| status.to_string());
            return Err(StartError::Ended { status, said });
        }
        if Instant::now() >= deadline {
            return Err(silent(socket, &mut child).await);
        }
        sleep(START_POLL).await;
    }
}

/// Nobody answers in time: a child that has left says why, such as that another service has the records.
async fn silent(socket: &Path, child: &mut Child) -> StartError {
    if let Ok(Some(status)) = child.try_wait()
        && let Some(said) = last_words(child).await
    {
        return StartError::Ended { status, said };
    }
    StartError::Silent { socket: socket.to_owned() }
}

/// What a service that did not come up wrote to its standard error, on one line.
async fn last_words(child: &mut Child) -> Option<String> {
    let mut said = Vec::new();
    let stderr = child.stderr.take()?.take(LAST_WORDS_BYTES);
    // A grandchild may hold the other end open.
    let _ = timeout_at(Instant::now() + START_POLL, { stderr }.read_to_end(&mut said)).await;
    let text = String::from_utf8_lossy(&said);
    let text = text.trim().trim_start_matches("bgcopy daemon: ");
    (!text.is_empty()).then(|| text.lines().collect::<Vec<_>>().join("; "))
}

/// As much as a terminal shows at a glance.
const LAST_WORDS_BYTES: u64 = 4_096;

/// Starts a program that outlives its terminal: in a session of its own, in `/`, without input and output.
/// What it writes to its standard error before it serves can be read; then it lets go of it.
pub fn spawn_detached(program: &OsStr, arguments: &[&OsStr]) -> io::Result<Child> {
    let mut command = std::process::Command::new(program);
    command
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let in_own_session = || setsid().map(drop).map_err(io::Error::from);
    // SAFETY: between fork and exec only async-signal-safe functions may run; setsid(2) is one, and neither
    // it nor the conversion of its error number allocates or locks.
    #[expect(unsafe_code, reason = "there is no safe way to leave the session before exec")]
    unsafe {
        command.pre_exec(in_own_session);
    }
    // tokio reaps the child if it ends while this process still runs.
    Command::from(command).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(wish: &Wish, env: &[(&str, &str)], runtime: Option<&str>) -> Result<(String, bool), NoPlace> {
        let look_up =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        let place = wish.place_in(look_up, runtime.map(Path::new))?;
        Ok((place.socket.to_str().unwrap().to_owned(), place.is_own))
    }

    #[test]
    fn the_socket_is_where_it_was_named_else_in_the_first_folder_there_is() {
        let own = Wish::default();
        let named = Wish { socket: Some(PathBuf::from("/s")), system: false };
        let system = Wish { socket: None, system: true };
        let found = |socket: &str, is_own| Ok((socket.to_owned(), is_own));
        let all = [("BGCOPY_SOCKET", "/e"), ("XDG_RUNTIME_DIR", "/run/x"), ("HOME", "/home/a")];
        assert_eq!(place(&named, &all, None), found("/s", true));
        assert_eq!(place(&own, &all, None), found("/e", true));
        assert_eq!(place(&system, &all, None), found(SYSTEM_SOCKET, false));
        assert_eq!(place(&own, &all[1..], Some("/run/user/1")), found("/run/x/bgcopy/bgcopy.sock", true));
        assert_eq!(
            place(&own, &all[2..], Some("/run/user/1")),
            found("/run/user/1/bgcopy/bgcopy.sock", true)
        );
        let state = [("XDG_STATE_HOME", "/st"), ("HOME", "/home/a")];
        assert_eq!(place(&own, &state, None), found("/st/bgcopy/bgcopy.sock", true));
        assert_eq!(place(&own, &state[1..], None), found("/home/a/.local/state/bgcopy/bgcopy.sock", true));
        assert_eq!(place(&own, &[("XDG_RUNTIME_DIR", "relative")], None), Err(NoPlace));
    }

    #[tokio::test]
    async fn a_service_that_is_not_ours_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { socket: folder.path().join("none"), is_own: false };
        let never = || -> io::Result<Child> { panic!("started") };
        let error = connect_or_start(&place, Language::English, never).await.unwrap_err();
        assert!(matches!(error, StartError::NotOurs { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_service_that_ends_at_once_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { socket: folder.path().join("none"), is_own: true };
        let start = || {
            spawn_detached(OsStr::new("/bin/sh"), &[OsStr::new("-c"), OsStr::new("echo no room >&2; exit 7")])
        };
        let error = connect_or_start(&place, Language::English, start).await.unwrap_err();
        assert_eq!(error.to_string(), "the service cannot start: no room");
        assert!(matches!(error, StartError::Ended { status, .. } if status.code() == Some(7)), "{error}");
    }

    #[tokio::test]
    async fn a_service_that_left_in_order_is_heard_when_nobody_else_answers() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { socket: folder.path().join("none"), is_own: true };
        let start =
            || spawn_detached(OsStr::new("/bin/sh"), &[OsStr::new("-c"), OsStr::new("echo taken >&2")]);
        let error = connect_or_start(&place, Language::English, start).await.unwrap_err();
        assert_eq!(error.to_string(), "the service cannot start: taken");
    }

    #[tokio::test]
    async fn a_detached_program_has_a_session_of_its_own_and_the_root_as_folder() {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        let script =
            format!("ps -o sid= -p $$ > {0}.tmp; pwd >> {0}.tmp; echo $$ >> {0}.tmp", told.display());
        let mut child =
            spawn_detached(OsStr::new("/bin/sh"), &[OsStr::new("-c"), OsStr::new(&script)]).unwrap();
        assert!(child.wait().await.unwrap().success());
        let text = std::fs::read_to_string(told.with_extension("tmp")).unwrap();
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!((words[0], words[1]), (words[2], "/"));
    }
}
