//! The bounded queue between those who log and the thread that writes.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::fmt::MakeWriter;

use super::harmless::harmless;

/// Lines that wait to be written: a second of the busiest log, and at most 4 MiB.
const LINES_MAX: usize = 1024;

/// How long the end of the process waits for a target that may be stuck.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Something that takes lines.
pub(super) trait Sink: Send {
    /// Writes one line, its end included; all of it or an error.
    fn write_line(&mut self, line: &[u8]) -> io::Result<()>;
}

impl Sink for io::Stderr {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.write_all(line)
    }
}

/// The queue and the thread behind it.
#[derive(Debug)]
pub(super) struct Queue {
    lines: SyncSender<Message>,
    dropped: Counter,
    /// Says that the thread is done.
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    End,
}

impl Queue {
    /// Starts the thread.
    pub(super) fn start(sink: Box<dyn Sink>, dropped: Counter) -> io::Result<Self> {
        let (lines, queued) = mpsc::sync_channel(LINES_MAX);
        let (say_done, done) = mpsc::sync_channel(1);
        let counter = dropped.clone();
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
            write_lines(sink, &queued, &counter);
            // Nobody listens any more when the end of the process did not wait.
            let _ = say_done.send(());
        })?;
        Ok(Self { lines, dropped, done, thread: Some(thread) })
    }

    /// Where events are written to.
    pub(super) fn writer(&self) -> QueueWriter {
        QueueWriter { lines: self.lines.clone(), dropped: self.dropped.clone() }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // A full queue in front of a stuck target takes no last word; then there is nothing to wait for.
        let told = self.lines.try_send(Message::End).is_ok();
        let finished = told && self.done.recv_timeout(LAST_WORDS).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| finished) {
            let _ = thread.join();
        }
    }
}

/// Writes until the end is told. Lines that the target refuses are dropped: a full disk stays full for a
/// while, and newer lines are worth more than old ones.
fn write_lines(mut sink: Box<dyn Sink>, queued: &Receiver<Message>, dropped: &Counter) {
    let mut told = dropped.get();
    while let Ok(Message::Line(line)) = queued.recv() {
        let missing = dropped.get() - told;
        if missing > 0
            && sink.write_line(format!("{missing} lines of this log were dropped here\n").as_bytes()).is_ok()
        {
            told += missing;
        }
        if sink.write_line(&line).is_err() {
            dropped.inc();
        }
    }
}

/// Puts lines into the queue; never waits.
#[derive(Clone)]
pub(super) struct QueueWriter {
    lines: SyncSender<Message>,
    dropped: Counter,
}

impl<'a> MakeWriter<'a> for QueueWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Write for &QueueWriter {
    /// `tracing_subscriber` writes each event in one call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        match self.lines.try_send(Message::Line(harmless(event))) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.inc();
            }
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Condvar, Mutex};

    use super::*;

    /// A target that the test can block and make fail.
    #[derive(Clone, Default)]
    struct Scripted(Arc<(Mutex<Script>, Condvar)>);

    #[derive(Default)]
    struct Script {
        stuck: bool,
        full: bool,
        /// A writer is inside.
        busy: bool,
        text: String,
    }

    impl Scripted {
        fn set(&self, change: impl FnOnce(&mut Script)) {
            change(&mut self.0.0.lock().unwrap());
            self.0.1.notify_all();
        }

        fn wait_until(&self, condition: impl Fn(&Script) -> bool) {
            let (script, changed) = &*self.0;
            let waited =
                changed.wait_timeout_while(script.lock().unwrap(), Duration::from_secs(10), |script| {
                    !condition(script)
                });
            assert!(!waited.unwrap().1.timed_out(), "it never happened");
        }

        fn text(&self) -> String {
            self.0.0.lock().unwrap().text.clone()
        }
    }

    impl Sink for Scripted {
        fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
            let (script, changed) = &*self.0;
            let mut script = script.lock().unwrap();
            script.busy = true;
            changed.notify_all();
            let mut script = changed.wait_while(script, |script| script.stuck).unwrap();
            script.busy = false;
            changed.notify_all();
            if script.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            script.text.push_str(std::str::from_utf8(line).unwrap());
            Ok(())
        }
    }

    fn start(target: &Scripted) -> (Queue, Counter) {
        let dropped = Counter::default();
        (Queue::start(Box::new(target.clone()), dropped.clone()).unwrap(), dropped)
    }

    fn log(queue: &Queue, line: &str) {
        (&queue.writer()).write_all(line.as_bytes()).unwrap();
    }

    #[test]
    fn lines_come_in_order_and_the_end_waits_for_them() {
        let target = Scripted::default();
        let (queue, dropped) = start(&target);
        for number in 0..100 {
            log(&queue, &format!("{number}\n"));
        }
        drop(queue);
        let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!((target.text(), dropped.get()), (expected, 0));
    }

    #[test]
    fn f17_a_stuck_target_drops_lines_but_stops_nobody() {
        let target = Scripted::default();
        target.set(|script| script.stuck = true);
        let (queue, dropped) = start(&target);
        log(&queue, "first\n");
        target.wait_until(|script| script.busy);
        // One line is with the writer, the queue takes its number, the rest is dropped.
        for _ in 0..LINES_MAX + 7 {
            log(&queue, "more\n");
        }
        assert_eq!(dropped.get(), 7);
        target.set(|script| script.stuck = false);
        target.wait_until(|script| script.text.lines().count() == LINES_MAX + 2);
        let text = target.text();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("first"));
        assert_eq!(lines.next(), Some("7 lines of this log were dropped here"));
        assert!(lines.all(|line| line == "more"));
    }

    #[test]
    fn a_stuck_target_does_not_hold_up_the_end() {
        let target = Scripted::default();
        target.set(|script| script.stuck = true);
        let (queue, _) = start(&target);
        log(&queue, "never seen\n");
        target.wait_until(|script| script.busy);
        drop(queue);
        assert_eq!(target.text(), "");
        target.set(|script| script.stuck = false);
    }

    #[test]
    fn f17_a_full_target_drops_lines_and_tells_so_when_there_is_room_again() {
        let target = Scripted::default();
        target.set(|script| script.full = true);
        let (queue, dropped) = start(&target);
        log(&queue, "lost\n");
        log(&queue, "lost too\n");
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while dropped.get() < 2 {
            assert!(std::time::Instant::now() < deadline, "lines were not dropped");
            std::thread::yield_now();
        }
        target.set(|script| script.full = false);
        log(&queue, "kept\n");
        drop(queue);
        assert_eq!(target.text(), "2 lines of this log were dropped here\nkept\n");
    }
}
