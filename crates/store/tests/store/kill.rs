//! F01: the service is killed while it writes. A child process, which is this test again, works without
//! end; the parent kills it at random moments and looks at what is left.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use bgcopy_core::job::Ending;
use bgcopy_core::{FileIndex, JobId, JobRecord, JobSecrets, JobState, Secret};
use bgcopy_store::{Change, HistoryQuery, SaveError};

use crate::{open, samples};

/// How often the service is killed: this often in each of some folders.
const ROUNDS: u64 = 16;
/// Fresh ones, so that looking at everything after each round stays quick.
const FOLDERS: u64 = 3;
/// Saves that the child has on their way.
const IN_FLIGHT: usize = 48;
/// At most this many are acknowledged before the kill.
const ACKNOWLEDGED_MAX: u64 = 150;
/// What the child says of each save.
const ACKNOWLEDGED: &[u8] = b"acknowledged\n";
/// The folder and the seed of a child.
const FOLDER: &str = "BGCOPY_STORE_TEST_FOLDER";
const SEED: &str = "BGCOPY_STORE_TEST_SEED";

#[test]
fn f01_kill_9_loses_nothing_acknowledged_and_leaves_nothing_half() {
    if let (Ok(folder), Ok(seed)) = (std::env::var(FOLDER), std::env::var(SEED)) {
        work(Path::new(&folder), seed.parse().unwrap());
    }
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let mut acknowledged = 0;
    for _ in 0..FOLDERS {
        let dir = tempfile::tempdir().unwrap();
        for round in 0..ROUNDS {
            acknowledged += kill_and_compare(dir.path(), &mut dice, round);
        }
    }
    assert!(acknowledged > ROUNDS * FOLDERS, "the child hardly worked: {acknowledged} saves");
}

/// One round; tells how many saves were acknowledged in it.
fn kill_and_compare(dir: &Path, dice: &mut Dice, round: u64) -> u64 {
    let mut model = look(dir);
    let seed = dice.roll();
    let count = run_and_kill(dir, seed, dice.below(ACKNOWLEDGED_MAX));
    let after = look(dir);
    let mut dice = Dice(seed);
    for _ in 0..count {
        model.step(&mut dice);
    }
    // What was queued and not acknowledged may be there or not, but only in order and only whole.
    let is_whole = (0..=IN_FLIGHT).any(|_| {
        let same = model == after;
        model.step(&mut dice);
        same
    });
    assert!(is_whole, "round {round}: {count} saves were acknowledged, and something else is there");
    count
}

/// Everything that is kept.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    living: BTreeMap<JobId, JobRecord>,
    ended: BTreeMap<JobId, JobRecord>,
}

fn look(dir: &Path) -> Model {
    let (store, living) = open(dir);
    let mut ended: Vec<JobRecord> = Vec::new();
    loop {
        let before = ended.last().map(|job| job.id);
        let page = store.history(HistoryQuery { limit: 500, before, owner: None }).unwrap();
        if page.is_empty() {
            return Model { living: samples::by_id(living), ended: samples::by_id(ended) };
        }
        ended.extend(page);
    }
}

impl Model {
    /// Does something to a job, and says what changes that makes.
    fn step(&mut self, dice: &mut Dice) -> Vec<Change> {
        let count = self.living.len() as u64;
        let nth = dice.below(count.max(1)) as usize;
        match dice.below(8) {
            0 | 1 if count < 20 => self.create(dice),
            0 | 1 => self.end(nth),
            kind => match self.living.values_mut().nth(nth) {
                Some(job) => change(job, kind, dice),
                None => self.create(dice),
            },
        }
    }

    fn create(&mut self, dice: &mut Dice) -> Vec<Change> {
        let mut job = samples::job(dice.roll() >> 16);
        job.files = (0..=dice.below(5)).map(samples::file).collect();
        self.living.insert(job.id, job.clone());
        vec![Change::Create(Box::new(job))]
    }

    fn end(&mut self, nth: usize) -> Vec<Change> {
        let Some(&id) = self.living.keys().nth(nth) else { return Vec::new() };
        let Some(mut job) = self.living.remove(&id) else { return Vec::new() };
        job.state = JobState::Cancelled;
        job.ending = None;
        job.secrets = JobSecrets::default();
        self.ended.insert(id, job.clone());
        vec![Change::Head(Box::new(job))]
    }
}

fn change(job: &mut JobRecord, kind: u64, dice: &mut Dice) -> Vec<Change> {
    let last = FileIndex(job.files.len() as u32 - 1);
    match kind {
        2 => job.display_name = format!("name {}", dice.roll()),
        3 => job.state = if job.state == JobState::Queued { JobState::Suspended } else { JobState::Queued },
        4 if job.secrets.is_empty() || dice.below(3) > 0 => {
            job.secrets.headers = vec![("X-Token".to_owned(), Secret::new(dice.roll().to_string()))];
        }
        4 => job.secrets.headers.clear(),
        5 => job.ending = Some(Ending::Complete),
        6 => {
            // Head and file change together: they must never be seen apart.
            job.running_millis += 1;
            job.files[last.as_usize()].bytes_here = job.running_millis;
            let file = Box::new(job.files[last.as_usize()].clone());
            return vec![
                Change::Head(Box::new(job.clone())),
                Change::File { job: job.id, index: last, file },
            ];
        }
        _ => {
            let first = FileIndex(last.0 + 1);
            let files: Vec<_> = (0..2).map(|_| samples::file(dice.below(100))).collect();
            job.files.extend(files.clone());
            return vec![Change::Files { job: job.id, first, files }];
        }
    }
    vec![Change::Head(Box::new(job.clone()))]
}

/// The child: works until it is killed, and says on standard error which saves were acknowledged.
fn work(dir: &Path, seed: u64) -> ! {
    let (store, living) = open(dir);
    let mut model = Model { living: samples::by_id(living), ended: BTreeMap::new() };
    let mut dice = Dice(seed);
    let (give, tokens) = mpsc::channel();
    (0..IN_FLIGHT).for_each(|_| give.send(()).unwrap());
    loop {
        tokens.recv().unwrap();
        let give = give.clone();
        let done = move |result: Result<(), SaveError>| {
            result.unwrap();
            // One write, which a kill cannot split. Nobody reads it when the test is gone.
            if std::io::stderr().write_all(ACKNOWLEDGED).is_err() {
                std::process::exit(1);
            }
            give.send(()).unwrap();
        };
        store.save(model.step(&mut dice), Box::new(done));
    }
}

/// Runs a child until enough is acknowledged, kills it, and tells how much was.
fn run_and_kill(dir: &Path, seed: u64, enough: u64) -> u64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::f01_kill_9_loses_nothing_acknowledged_and_leaves_nothing_half",
            "--nocapture",
        ])
        .env(FOLDER, dir)
        .env(SEED, seed.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Guard(child);
    let mut said = BufReader::new(child.0.stderr.take().unwrap());
    let (mut count, mut line) = (0, Vec::new());
    while said.read_until(b'\n', &mut line).unwrap() > 0 {
        assert_eq!(line, ACKNOWLEDGED, "the child says {}", String::from_utf8_lossy(&line));
        line.clear();
        count += 1;
        if count == enough + 1 {
            child.0.kill().unwrap();
        }
    }
    assert_eq!(child.0.wait().unwrap().signal(), Some(9), "the child ended by itself");
    count
}

/// Leaves no child behind when the test fails.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A small generator of numbers (splitmix64), so that a seed repeats a run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound
    }
}
