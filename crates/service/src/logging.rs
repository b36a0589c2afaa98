//! The log: events of `tracing` as lines, to the terminal, to systemd's journal, or to a file.
//!
//! A log target may be full or stuck; transfers never wait for it (F17). Whoever logs puts the finished
//! line into a bounded queue, or counts it as dropped; one thread, asleep while there is nothing to write,
//! takes lines out and writes them. How many lines were dropped is logged as soon as lines can be written
//! again.
//!
//! Lines are made harmless before they are queued: names of jobs and files come from others and may hold line
//! ends, terminal escapes and marks that turn the direction of text (J16).

mod event;
mod file;
mod harmless;
mod queue;

use std::io;
use std::path::PathBuf;

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

use crate::config::LogFilter;
use event::EventFormat;
use file::CappedFile;
use queue::{Queue, Sink};

/// Where the log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard error, for a person: with the time.
    Terminal,
    /// Standard error, read by systemd's journal: with the priority in front, which the journal takes away
    /// (sd-daemon(3)), and without the time, which the journal adds.
    Journal,
    /// A file of bounded size, for a service that was started detached.
    File(PathBuf),
}

impl Target {
    /// Standard error as it is: the journal, if `JOURNAL_STREAM` names the device and inode of it
    /// (systemd.exec(5)), else a terminal or whatever a person put there.
    pub fn of_stderr(journal_stream: Option<&str>) -> Self {
        let ours = rustix::fs::fstat(io::stderr()).ok();
        let ours = ours.map(|found| format!("{}:{}", found.st_dev, found.st_ino));
        if ours.is_some() && ours.as_deref() == journal_stream { Self::Journal } else { Self::Terminal }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The file cannot be opened.
    #[error("cannot write the log {}", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The thread cannot be started.
    #[error("cannot start the thread that writes the log")]
    Thread {
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else logs already.
    #[error("the log of this process was set up before")]
    Twice,
}

/// The running log. Dropping it writes what is queued, for a short time.
#[derive(Debug)]
pub struct Logging {
    filter: reload::Handle<Targets, Registry>,
    /// Held for its end.
    _queue: Queue,
}

impl Logging {
    /// Starts logging for the whole process, panics included. `dropped` counts the lines that were dropped.
    ///
    /// # Errors
    /// A file that cannot be opened, or a log that was set up before.
    pub fn start(target: &Target, filter: &LogFilter, dropped: Counter) -> Result<Self, LoggingError> {
        let queue = Queue::start(sink(target)?, dropped).map_err(|source| LoggingError::Thread { source })?;
        let (filter, handle) = reload::Layer::new(filter.targets());
        let lines = fmt::layer()
            .event_format(EventFormat::for_target(target))
            .with_ansi(false)
            .with_writer(queue.writer())
            .with_filter(filter);
        tracing_subscriber::registry().with(lines).try_init().map_err(|_| LoggingError::Twice)?;
        log_panics();
        Ok(Self { filter: handle, _queue: queue })
    }

    /// Logs other events from now on.
    pub fn set_filter(&self, filter: &LogFilter) {
        if let Err(error) = self.filter.reload(filter.targets()) {
            tracing::warn!(%error, "the log level stays as it was");
        }
    }
}

fn sink(target: &Target) -> Result<Box<dyn Sink>, LoggingError> {
    Ok(match target {
        Target::Terminal | Target::Journal => Box::new(io::stderr()),
        Target::File(path) => {
            let opened = CappedFile::open(path, file::BYTES_MAX);
            Box::new(opened.map_err(|source| LoggingError::Open { path: path.clone(), source })?)
        }
    })
}

/// A detached service has nowhere else to say that a task panicked (F11).
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, thread = std::thread::current().name(), "panic: {message}");
    }));
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::MetadataExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn standard_error_is_the_journal_only_if_it_is_that_very_stream() {
        let ours = std::fs::metadata(format!("/proc/self/fd/{}", io::stderr().as_raw_fd())).unwrap();
        let named = |dev: u64, ino: u64| Target::of_stderr(Some(&format!("{dev}:{ino}")));
        assert_eq!(named(ours.dev(), ours.ino()), Target::Journal);
        assert_eq!(named(ours.dev(), ours.ino() + 1), Target::Terminal);
        assert_eq!(Target::of_stderr(None), Target::Terminal);
        assert_eq!(Target::of_stderr(Some("")), Target::Terminal);
    }

    /// Set in the process that logs, to the name of the file or to nothing for the journal.
    const CHILD: &str = "BGCOPY_TEST_LOG";

    /// Logging is for a whole process, so it gets one of its own.
    #[test]
    fn a_process_logs_filtered_harmless_lines_and_its_panics() {
        if let Some(file) = std::env::var_os(CHILD) {
            return log_a_little(&if file.is_empty() { Target::Journal } else { Target::File(file.into()) });
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bgcopy.log");
        let journal = run_child("");
        let written = run_child(file.to_str().unwrap());
        assert_eq!(String::from_utf8_lossy(&written.stderr), "", "a detached service has no standard error");

        insta::assert_snapshot!(without_place(&String::from_utf8_lossy(&journal.stderr)), @r#"
        <6>bgcopy_service::logging::tests: it began job="a\nb"
        <4>bgcopy_service::logging::tests: named by others name=x\n<0>fake\u{1b}[2J\u{202e}y
        <7>bgcopy_service::logging::tests: now in detail
        <3>bgcopy_service::logging: panic: on purpose place="PLACE" thread="worker"
        "#);
        let text = std::fs::read_to_string(&file).unwrap();
        let without_time: Vec<_> =
            text.lines().map(|line| line.split_once(' ').unwrap().1.trim_start()).collect();
        insta::assert_snapshot!(without_place(&without_time.join("\n")), @r#"
        INFO bgcopy_service::logging::tests: it began job="a\nb"
        WARN bgcopy_service::logging::tests: named by others name=x\n<0>fake\u{1b}[2J\u{202e}y
        DEBUG bgcopy_service::logging::tests: now in detail
        ERROR bgcopy_service::logging: panic: on purpose place="PLACE" thread="worker"
        "#);
        let first_time = text.split(' ').next().unwrap();
        assert!(first_time.parse::<jiff::Timestamp>().is_ok(), "{first_time:?} is no time");
    }

    /// The text without the line of this file where the panic is.
    fn without_place(text: &str) -> String {
        let (before, place) = text.split_once("place=\"").unwrap();
        format!("{before}place=\"PLACE{}", &place[place.find('"').unwrap()..])
    }

    fn run_child(file: &str) -> std::process::Output {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("logging::tests::a_process_logs_filtered_harmless_lines_and_its_panics")
            .env(CHILD, file)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        output
    }

    fn log_a_little(target: &Target) {
        let info = crate::config::LogFilter::level(tracing::level_filters::LevelFilter::INFO);
        let logging = Logging::start(target, &info, Counter::default()).unwrap();
        tracing::info!(job = "a\nb", "it began");
        tracing::debug!("not to be seen");
        tracing::warn!(name = %"x\n<0>fake\u{1b}[2J\u{202e}y", "named by others");
        logging.set_filter(&crate::config::LogFilter::level(tracing::level_filters::LevelFilter::DEBUG));
        tracing::debug!("now in detail");
        let worker = std::thread::Builder::new().name("worker".to_owned());
        worker.spawn(|| panic!("on purpose")).unwrap().join().unwrap_err();
        assert!(matches!(Logging::start(target, &info, Counter::default()), Err(LoggingError::Twice)));
    }
}
