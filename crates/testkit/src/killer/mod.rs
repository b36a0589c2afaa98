//! Kills a process at a chosen moment: on entry of, or right after, its n-th call that changes something.
//!
//! The real binary runs under ptrace(2). A seccomp filter lets all its threads stop at the calls of
//! [`calls`] only, so that it runs at nearly its own speed; the tracer counts them over all threads and kills
//! the whole process (faults F01). Nothing has to be installed, and the binary is the one that ships.
//!
//! Which call is the n-th depends on how the threads happen to run: the same number is the same kind of moment
//! of the same story, not always the very same call. What was struck is in the [`Death`].

mod calls;
mod platter;

use std::collections::HashSet;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::thread;

use nix::errno::Errno;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use seccompiler::BpfProgram;
use tokio::sync::oneshot;

pub use platter::Platter;

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// Not by us.
    Never,
    /// On entry of this call, counted from 1: the call never happens.
    Before(u64),
    /// When this call, counted from 1, has just been made: its caller does not learn that.
    After(u64),
}

/// The end of a process.
#[derive(Clone, Debug)]
pub struct Death {
    /// How many calls that change something were begun.
    pub calls: u64,
    /// The call that it was killed at; none when it ended before.
    pub struck: Option<String>,
    /// How it ended.
    pub status: ExitStatus,
    /// What it had synced, where that was watched.
    pub platter: Option<Platter>,
}

/// A process that runs under the tracer. It dies with the process that traces it.
#[derive(Debug)]
pub struct Traced {
    death: oneshot::Receiver<io::Result<Death>>,
}

impl Traced {
    /// Starts a program that is killed when `strike` says.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or may not be traced: a machine or container that forbids ptrace or seccomp
    /// cannot show what a kill leaves behind, and whoever asks must not believe that it did.
    pub fn start(command: Command, strike: Strike) -> io::Result<Self> {
        Self::start_on(command, strike, None)
    }

    /// The same, and what it syncs is kept: its death tells what a power cut would have left.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_on(command: Command, strike: Strike, platter: Option<Platter>) -> io::Result<Self> {
        let (started, starts) = mpsc::channel();
        let (dies, death) = oneshot::channel();
        // One thread starts it and waits for it: ptrace belongs to a thread, not to a process.
        thread::Builder::new().name("killer".to_owned()).spawn(move || match spawn(command) {
            Ok(process) => {
                let _ = started.send(Ok(()));
                // Who started it may have lost interest.
                let _ = dies.send(Tracer::new(process, strike, platter).watch());
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        })?;
        starts.recv().map_err(io::Error::other)??;
        Ok(Self { death })
    }

    /// Waits for its end. To be called until it gives the end, once.
    ///
    /// # Panics
    ///
    /// When tracing failed.
    pub async fn death(&mut self) -> Death {
        let death = (&mut self.death).await.expect("the tracer tells how it ended, once");
        death.expect("a process that was started under ptrace can be traced")
    }
}

/// Starts the program, stopped at its first instruction, under the filter.
fn spawn(mut command: Command) -> io::Result<Pid> {
    check_program(&command)?;
    let filter = calls::filter().map_err(io::Error::other)?;
    let under_watch = move || {
        ptrace::traceme()?;
        apply(&filter)
    };
    // SAFETY: between fork and exec only async-signal-safe functions may run. Both are system calls, prctl(2)
    // and seccomp(2) on a program that was made before, and no error that is made here allocates.
    #[expect(unsafe_code, reason = "there is no safe way to ask for a tracer before exec")]
    unsafe {
        command.pre_exec(under_watch);
    }
    let child = command.spawn().map_err(|error| {
        let says =
            format!("{:?} cannot be run under ptrace and seccomp here: {error}", command.get_program());
        io::Error::new(error.kind(), says)
    })?;
    Ok(Pid::from_raw(child.id().cast_signed()))
}

/// A failed exec could not be told of: the filter holds the call that would.
fn check_program(command: &Command) -> io::Result<()> {
    let program = Path::new(command.get_program());
    let says = |why: String| io::Error::other(format!("{} cannot be run: {why}", program.display()));
    let meta = program.metadata().map_err(|error| says(error.to_string()))?;
    if program.is_absolute() && meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
        return Ok(());
    }
    Err(says("it takes the absolute path of a program".to_owned()))
}

fn apply(filter: &BpfProgram) -> io::Result<()> {
    seccompiler::apply_filter(filter).map_err(|_| io::Error::last_os_error())
}

/// The loop over the stops of one process and its threads.
struct Tracer {
    process: Pid,
    strike: Strike,
    calls: u64,
    struck: Option<String>,
    status: Option<ExitStatus>,
    platter: Option<Platter>,
    /// Threads and children that live and have stopped at least once: each begins with a stop that is no signal.
    known: HashSet<Pid>,
}

/// Threads that stop are ours to let go on; whatever else this process waits for is not.
const OURS: WaitPidFlag = WaitPidFlag::__WALL.union(WaitPidFlag::__WNOTHREAD);

impl Tracer {
    fn new(process: Pid, strike: Strike, platter: Option<Platter>) -> Self {
        Self { process, strike, calls: 0, struck: None, status: None, platter, known: HashSet::new() }
    }

    fn watch(mut self) -> io::Result<Death> {
        loop {
            let stop = match waitpid(None, Some(OURS)) {
                Ok(stop) => stop,
                Err(Errno::ECHILD) => break,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            match stop {
                WaitStatus::Exited(pid, code) => self.on_end(pid, ExitStatus::from_raw(code << 8)),
                WaitStatus::Signaled(pid, signal, _) => {
                    self.on_end(pid, ExitStatus::from_raw(signal as i32));
                }
                stop => self.on_stop(stop)?,
            }
        }
        let status = self.status.ok_or_else(|| io::Error::other("the process vanished"))?;
        Ok(Death { calls: self.calls, struck: self.struck, status, platter: self.platter })
    }

    fn on_end(&mut self, pid: Pid, status: ExitStatus) {
        self.known.remove(&pid);
        if pid == self.process {
            self.status = Some(status);
        }
    }

    fn on_stop(&mut self, stop: WaitStatus) -> io::Result<()> {
        if let WaitStatus::PtraceEvent(pid, _, event) = stop
            && event == Event::PTRACE_EVENT_SECCOMP as i32
        {
            self.note_sync(pid)?;
        }
        let done = match stop {
            WaitStatus::Stopped(pid, signal) => self.on_signal(pid, signal),
            WaitStatus::PtraceEvent(pid, _, event) if event == Event::PTRACE_EVENT_SECCOMP as i32 => {
                self.on_call(pid)
            }
            WaitStatus::PtraceEvent(pid, ..) => ptrace::cont(pid, None),
            // The end of the call that was to be made.
            WaitStatus::PtraceSyscall(_) => self.kill(),
            _ => Ok(()),
        };
        match done {
            // It was killed in the meantime; its end is going to be reported.
            Err(Errno::ESRCH) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn on_signal(&mut self, pid: Pid, signal: Signal) -> nix::Result<()> {
        let is_new = self.known.insert(pid);
        match signal {
            Signal::SIGTRAP if is_new && pid == self.process => {
                ptrace::setoptions(
                    pid,
                    Options::PTRACE_O_TRACESECCOMP
                        | Options::PTRACE_O_TRACESYSGOOD
                        | Options::PTRACE_O_TRACECLONE
                        | Options::PTRACE_O_TRACEEXEC
                        | Options::PTRACE_O_TRACEFORK
                        | Options::PTRACE_O_TRACEVFORK
                        | Options::PTRACE_O_EXITKILL,
                )?;
                ptrace::cont(pid, None)
            }
            Signal::SIGSTOP if is_new => ptrace::cont(pid, None),
            signal => ptrace::cont(pid, signal),
        }
    }

    /// What is about to be synced is kept from now on, unless the sync is what never happens.
    fn note_sync(&mut self, pid: Pid) -> io::Result<()> {
        let never = self.struck.is_some() || self.strike == Strike::Before(self.calls + 1);
        match (&mut self.platter, calls::synced(pid)) {
            (Some(platter), Some(descriptor)) if !never => platter.on_sync(pid, descriptor),
            _ => Ok(()),
        }
    }

    fn on_call(&mut self, pid: Pid) -> nix::Result<()> {
        if self.struck.is_some() || !calls::changes_something(pid) {
            return ptrace::cont(pid, None);
        }
        self.calls += 1;
        match self.strike {
            Strike::Before(n) if n == self.calls => {
                self.struck = Some(format!("before {}", calls::describe(pid)));
                self.kill()
            }
            Strike::After(n) if n == self.calls => {
                self.struck = Some(format!("after {}", calls::describe(pid)));
                ptrace::syscall(pid, None)
            }
            Strike::Never | Strike::Before(_) | Strike::After(_) => ptrace::cont(pid, None),
        }
    }

    /// Kills everything that is traced: a child of the process would be stopped for ever.
    fn kill(&self) -> nix::Result<()> {
        let killed = self.known.iter().map(|pid| kill(*pid, Signal::SIGKILL));
        killed.filter(|done| *done != Err(Errno::ESRCH)).collect()
    }
}

#[cfg(test)]
mod tests;
