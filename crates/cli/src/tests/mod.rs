//! Whole commands against a service over a real socket ([`crate::fake`]).

mod described;
mod get;
mod manifest;
mod upload;
mod verbs;

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::timeout;

use crate::args::{Verb, parse};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fake::Fake;
use crate::fixture::surroundings;
use crate::request::Surroundings;
use crate::session::Door;

/// What a command printed.
#[derive(Clone, Default)]
struct Paper(Rc<RefCell<Vec<u8>>>);

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).expect("text")
    }

    /// Waits until this was printed.
    async fn shows(&self, text: &str) {
        let printed = async {
            while !self.text().contains(text) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let patience = Duration::from_secs(20);
        timeout(patience, printed).await.unwrap_or_else(|_| panic!("no {text:?} in {}", self.text()));
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader is gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A command that was run: what it printed, and how it ended.
struct Run {
    out: Paper,
    err: Paper,
    console: Console,
}

impl Run {
    fn new() -> Self {
        let (out, err) = (Paper::default(), Paper::default());
        let console = Console::with_streams(Box::new(out.clone()), Box::new(err.clone()));
        Self { out, err, console }
    }

    /// Another hold of what is printed.
    fn papers(&self) -> Self {
        Self { out: self.out.clone(), err: self.err.clone(), ..Self::new() }
    }

    /// Runs a command line. The words of a line are separated by spaces.
    async fn run(&mut self, line: &str, door: &Door, around: &Surroundings) -> Result<(), Failure> {
        let words = ["bgcopy"].into_iter().chain(line.split(' '));
        let cli = parse(words.map(Into::into)).expect("a command line");
        self.console.json = cli.global.json;
        self.console.quiet = cli.global.quiet;
        let Verb::Ask(ask) = cli.verb else { panic!("{line} asks nothing of a service") };
        crate::serve(ask, door, &mut self.console, around).await
    }

    /// Everything printed, with the folder of the test called FOLDER.
    fn printed(&self, folder: &Path) -> String {
        let folder = folder.display().to_string();
        format!("--- out\n{}--- err\n{}", self.out.text(), self.err.text()).replace(&folder, "FOLDER")
    }
}

/// A command that was run against a service while something happened there.
struct Played {
    fake: Fake,
    run: Run,
    ended: Result<(), Failure>,
    folder: tempfile::TempDir,
}

impl Played {
    /// Everything printed, with the folder of the command called FOLDER.
    fn printed(&self) -> String {
        self.run.printed(self.folder.path())
    }

    /// How it ended.
    fn exit(&self) -> Exit {
        self.ended.as_ref().map_or_else(Failure::exit, |()| Exit::Ok)
    }
}

/// Runs a line while a story happens at a service, which may begin absent. The story is told the service and what
/// the command prints.
fn play(service: fn() -> Fake, line: &str, story: impl AsyncFnOnce(&Fake, &Run)) -> Played {
    on_one_thread(async {
        let (folder, fake, mut run) = (tempfile::tempdir().expect("a folder"), service(), Run::new());
        let (door, around) = (fake.door(), surroundings(folder.path(), &[]));
        let papers = run.papers();
        let (ended, ()) = tokio::join!(run.run(line, &door, &around), story(&fake, &papers));
        Played { fake, run, ended, folder }
    })
}

/// Runs a test whose parts share one thread.
fn on_one_thread<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, test)
}
