//! One process measured whole: wall time, CPU of all its threads, peak memory, wake-ups.
//!
//! Figures are read from `/proc`. Peak memory is `VmHWM`, not `ru_maxrss`: the latter counts what the
//! parent held when it forked.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// What a process cost from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_bytes: u64,
}

/// Runs `command` to its end; a failure is an error.
pub(crate) fn measure(command: &mut Command) -> anyhow::Result<Cost> {
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let process = Process(child.id());
    let ended = AtomicBool::new(false);
    let (wall, peak_bytes) = thread::scope(|scope| {
        let watcher = scope.spawn(|| process.watch(&ended));
        let waited = process.wait_for_end();
        let wall = started.elapsed();
        ended.store(true, Ordering::Relaxed);
        let peak_bytes = watcher.join().unwrap_or_default();
        waited.map(|()| (wall, peak_bytes))
    })?;
    // Its figures are still there as long as nobody has waited for it.
    let cpu = process.cpu()?;
    let status = child.wait()?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(Cost { wall, cpu, peak_bytes })
}

/// Ends a child by a signal and waits for it; kills it when it does not listen.
pub(crate) fn stop(child: &mut Child, signal: Signal) -> anyhow::Result<ExitStatus> {
    let process = Process(child.id());
    if child.try_wait()?.is_none() {
        process.signal(signal)?;
        if !super::wait_until(STOP_LIMIT, || matches!(child.try_wait(), Ok(Some(_)) | Err(_))) {
            child.kill()?;
        }
    }
    Ok(child.wait()?)
}

/// A running process, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// User and system time so far: of all its threads, and of children it has waited for.
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        let stat = self.read("stat")?;
        ticks(&stat)
            .map(|ticks| Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
            .with_context(|| format!("cannot read the times of process {}", self.0))
    }

    /// The most memory it has held since it started, or since the peak was forgotten.
    pub(crate) fn peak_bytes(self) -> Option<u64> {
        field(&self.read("status").ok()?, "VmHWM:").map(|kib| kib << 10)
    }

    /// The memory it holds.
    pub(crate) fn resident_bytes(self) -> Option<u64> {
        field(&self.read("status").ok()?, "VmRSS:").map(|kib| kib << 10)
    }

    /// Lets the peak begin anew.
    pub(crate) fn forget_peak(self) -> anyhow::Result<()> {
        fs::write(self.path("clear_refs"), "5").context("cannot reset the peak of a process")
    }

    /// How often its threads were put on a processor, willingly or not.
    pub(crate) fn context_switches(self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for task in fs::read_dir(self.path("task"))? {
            // A thread may end while we look.
            let Ok(status) = fs::read_to_string(task?.path().join("status")) else { continue };
            sum += field(&status, "voluntary_ctxt_switches:").unwrap_or(0);
            sum += field(&status, "nonvoluntary_ctxt_switches:").unwrap_or(0);
        }
        Ok(sum)
    }

    /// Sends a signal.
    pub(crate) fn signal(self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    fn pid(self) -> anyhow::Result<Pid> {
        i32::try_from(self.0).ok().and_then(Pid::from_raw).context("no process has that number")
    }

    fn wait_for_end(self) -> anyhow::Result<()> {
        loop {
            match waitid(WaitId::Pid(self.pid()?), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                waited => return waited.map(drop).context("cannot wait for a process"),
            }
        }
    }

    /// Follows the peak, and kills a process that does not come to an end.
    fn watch(self, ended: &AtomicBool) -> u64 {
        let started = Instant::now();
        let mut peak = 0;
        while !ended.load(Ordering::Relaxed) {
            peak = self.peak_bytes().unwrap_or(0).max(peak);
            if started.elapsed() > RUN_LIMIT {
                let _ = self.signal(Signal::KILL);
            }
            thread::sleep(WATCH_INTERVAL);
        }
        peak
    }

    fn path(self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.0))
    }

    fn read(self, file: &str) -> anyhow::Result<String> {
        let path = self.path(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// What `/proc` counts times in on every architecture that we build for (USER_HZ).
const TICKS_PER_SECOND: u64 = 100;
/// A peak only grows, so what is missed is what was added within the last interval before the end.
const WATCH_INTERVAL: Duration = Duration::from_millis(10);
/// Longer than the slowest program takes for the largest file anybody measures with.
const RUN_LIMIT: Duration = Duration::from_secs(900);
/// A service has this long to put its things away.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// utime, stime, cutime and cstime of `/proc/PID/stat`: the 14th to 17th field, counted behind the name,
/// which may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let times = fields.split_ascii_whitespace().skip(11).take(4).map(str::parse::<u64>);
    times.sum::<Result<_, _>>().ok()
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_a_name_with_brackets() {
        let stat = "1 (a) b) S 0 1 1 0 -1 4194560 9 8 7 6 21 300 5 4 20 0 1 0 9";
        assert_eq!(ticks(stat), Some(330));
        assert_eq!(ticks("1 (a"), None);
        assert_eq!(ticks("1 (a) S 0 1 1 0 -1 4194560 9 8 7 6 x"), None);
    }

    #[test]
    fn a_busy_child_is_measured() {
        let script = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
        let cost = measure(Command::new("sh").args(["-c", script])).unwrap();
        assert!(cost.cpu >= Duration::from_millis(10), "{cost:?}");
        assert!(cost.cpu <= cost.wall + Duration::from_millis(20), "{cost:?}");
        assert!((200 << 10..200 << 20).contains(&cost.peak_bytes), "{cost:?}");
    }

    #[test]
    fn a_child_that_fails_is_an_error() {
        assert!(measure(Command::new("sh").args(["-c", "exit 3"])).is_err());
        assert!(measure(&mut Command::new("no-such-program-here")).is_err());
    }

    #[test]
    fn our_own_figures_are_read() {
        let own = Process(std::process::id());
        assert!(own.resident_bytes().unwrap() > 1 << 20);
        assert!(own.peak_bytes() >= own.resident_bytes());
        assert!(own.context_switches().unwrap() > 0);
    }
}
