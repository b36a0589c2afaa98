//! Random stories: jobs, faults, requests and crashes from a seed. First everything goes wrong, then the
//! faults stop and everything must come to its end (`spec/faults.md`, section 4, "Discipline").

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bgcopy_core::{
    ByteRange, Code, CostFlags, Existing, FileIndex, FileSpec, FileStage, JobId, JobState, Mirror, Owner,
    Priority,
};
use bgcopy_engine::{Caller, Conditions, EngineConfig, NewJob, Request, Setting, queue};

use crate::effects::{digest_of, list_of};
use crate::origin::{Behaviour, Origin, Tag};
use crate::world::{ADA, BOB, ROOT, World};

/// A sequence of choices from a seed.
struct Choice(u64);

impl Choice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn of(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    fn once_in(&mut self, count: u64) -> bool {
        self.of(count) == 0
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.of(list.len() as u64) as usize]
    }
}

/// A story under way.
struct Story {
    world: World,
    choice: Choice,
    jobs: Vec<(JobId, Caller)>,
    /// Jobs that somebody wanted to end: what becomes of their files is open.
    doomed: BTreeSet<JobId>,
    /// Files with a digest: the version that is right, by their URL.
    promised: BTreeMap<String, u32>,
}

/// Names the seed of a story that breaks, wherever it breaks.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let seed = self.0;
            eprintln!("The story of seed {seed} broke; BGCOPY_SIM_SEED={seed} plays it again.");
        }
    }
}

/// Plays the story of a seed to its end; panics, naming the seed, where an invariant breaks. Gives a digest
/// of the story, equal whenever the same story was told.
pub fn play(seed: u64) -> u64 {
    let _told = Told(seed);
    let mut choice = Choice(seed ^ 0x5DEE_CE66);
    let config = EngineConfig {
        files_at_once: *choice.pick(&[1, 2, 8]),
        connections_per_host: *choice.pick(&[1, 3, 8]),
        queue: queue::Rules { background_jobs: *choice.pick(&[1, 4]), do_scheduling: choice.once_in(4) },
        ..EngineConfig::default()
    };
    let world = World::with_config(seed, config);
    let mut story =
        Story { world, choice, jobs: Vec::new(), doomed: BTreeSet::new(), promised: BTreeMap::new() };
    for round in 0..40 {
        story.disturb(round);
        for _ in 0..story.choice.of(60) {
            if story.world.quiet_for().is_none_or(|quiet| quiet > PATIENCE) || !story.world.step() {
                break;
            }
        }
    }
    story.calm();
    for (job, owner) in story.jobs.clone() {
        story.bring_to_an_end(job, owner);
    }
    digest(&story.world)
}

impl Story {
    fn disturb(&mut self, round: u32) {
        match self.choice.of(20) {
            0..=3 => self.create(round),
            4 => self.world.crash(),
            5 => self.change_disk(),
            6 => self.change_conditions(),
            7 => self.change_origin(),
            8 => self.world.pass(Duration::from_secs(self.choice.of(1_000))),
            9 => self.request(Request::Suspend),
            10 => self.end(Request::Cancel),
            11 => self.end(Request::Complete),
            12 => self.race(),
            13 => self.set(),
            14 => self.add(round),
            15 => self.lose_a_file(),
            16 => self.world.leap(self.choice.of(800 * 86_400_000) as i64 - 400 * 86_400_000),
            17 => self.go_elsewhere(),
            _ => self.request(Request::Resume),
        }
    }

    fn job(&mut self) -> Option<(JobId, Caller)> {
        if self.jobs.is_empty() {
            return None;
        }
        let &(job, owner) = self.choice.pick(&self.jobs);
        // Now and then it is the administrator who asks, or somebody who must not.
        Some((job, *self.choice.pick(&[owner, owner, owner, ROOT, BOB])))
    }

    fn request(&mut self, make: fn(JobId) -> Request) {
        if let Some((job, caller)) = self.job() {
            self.world.send(caller, make(job));
        }
    }

    fn end(&mut self, make: fn(JobId) -> Request) {
        if let Some((job, caller)) = self.job() {
            self.doomed.insert(job);
            self.world.send(caller, make(job));
        }
    }

    /// Two clients want the same job at once (J05).
    fn race(&mut self) {
        let Some((job, caller)) = self.job() else { return };
        let requests = [Request::Complete, Request::Complete, Request::Cancel, Request::Resume];
        for _ in 0..2 {
            let request = self.choice.pick(&requests)(job);
            if !matches!(request, Request::Resume(_)) {
                self.doomed.insert(job);
            }
            self.world.send(caller, request);
        }
    }

    fn create(&mut self, round: u32) {
        let files = (0..=self.choice.of(4)).map(|file| self.file(&format!("{round}-{file}"))).collect();
        let priority = *self.choice.pick(Priority::ALL);
        let mut job = NewJob { priority, resume: !self.choice.once_in(5), ..World::new_job(files) };
        job.settings.auto_complete = self.choice.once_in(3);
        job.settings.existing = *self.choice.pick(Existing::ALL);
        job.settings.allow_unverified = self.choice.once_in(2);
        job.settings.forbid_restart = self.choice.once_in(8);
        if job.files.iter().all(|file| file.ranges.is_empty()) {
            job.settings.dynamic_content = self.choice.once_in(8);
        }
        let owner = *self.choice.pick(&[ADA, ADA, BOB]);
        let id = self.world.create_for(owner, job);
        self.jobs.push((id, owner));
    }

    fn add(&mut self, round: u32) {
        let file = self.file(&format!("{round}-more"));
        if let Some((job, caller)) = self.job() {
            self.world.send(caller, Request::add_files(job, vec![file]));
        }
    }

    fn file(&mut self, name: &str) -> FileSpec {
        const SIZES: &[u64] =
            &[0, 1, 4 << 10, 64 << 10, 1 << 20, (1 << 20) + 1, 20 << 20, 33 << 20, 400 << 20];
        let size = *self.choice.pick(SIZES);
        let script: Vec<Behaviour> = (0..self.choice.of(4)).map(|_| self.behaviour()).collect();
        let tag = *self.choice.pick(&[Tag::ETag, Tag::ETag, Tag::LastModified, Tag::Nothing]);
        let mut origin = Origin::scripted(size, script).tagged(tag);
        let mirror = Origin { script: [self.behaviour()].into(), ..origin.clone() };
        self.world.serve(&format!("mirror/{name}"), mirror);
        let mut pending_name = false;
        if self.choice.once_in(6) {
            origin.proposes = Some(format!("{name}.proposed"));
            pending_name = true;
        }
        let mut file = FileSpec { pending_name, ..self.world.offer(name, origin) };
        match self.choice.of(8) {
            0 if size >= 1 << 20 => {
                file.ranges = vec![
                    World::range(size - 100, None),
                    World::range(0, Some(10)),
                    World::range(1_000, Some(size / 2)),
                ];
            }
            1 => {
                file.digest = Some(digest_of(1));
                self.promised.insert(file.remote_name.as_str().to_owned(), 1);
            }
            2 => file.expected_size = Some(size),
            _ => {}
        }
        if self.choice.once_in(3) && file.ranges.is_empty() {
            self.supply(&mut file, size);
        }
        if self.choice.once_in(8) {
            self.world.disk.taken.insert(file.local_name.clone());
        }
        file
    }

    /// Mirrors, good and bad; cache hosts are those of the world. Often something proves what they bring.
    fn supply(&mut self, file: &mut FileSpec, size: u64) {
        let path = file.remote_name.url().path().to_owned();
        if self.choice.once_in(2) {
            file.supply.pieces = Some(list_of(1, size, *self.choice.pick(&[1 << 20, 4 << 20, 64 << 20])));
            self.promised.insert(file.remote_name.as_str().to_owned(), 1);
        }
        for number in 1..=1 + u32::try_from(self.choice.of(3)).unwrap_or_default() {
            let url = format!("https://mirror-{number}.example{path}");
            let mut mirror = Origin::scripted(size, [self.behaviour()]).on(number);
            // What nothing proves, nobody can know to be a lie; another version is none.
            if file.digest.is_some() || file.supply.pieces.is_some() {
                let at = self.choice.of(40) << 20;
                mirror.lies = [ByteRange::new(at, at + (3 << 20))]
                    .into_iter()
                    .filter(|_| self.choice.once_in(2))
                    .collect();
            } else {
                mirror.version = 1 + number;
            }
            file.supply.mirrors.push(Mirror {
                url: url.parse().unwrap_or_else(|_| unreachable!("{url}")),
                priority: number,
                offered: false,
            });
            self.world.origins.insert(url, mirror);
        }
    }

    fn behaviour(&mut self) -> Behaviour {
        match self.choice.of(14) {
            0 => Behaviour::Status(503, Some(Duration::from_secs(self.choice.of(100)))),
            1 => Behaviour::Status(404, None),
            2 => Behaviour::Status(500, None),
            3 => Behaviour::Fails(Code::Connect),
            4 => Behaviour::Fails(Code::Reset),
            5 => Behaviour::Fails(Code::BadResponse),
            6 | 7 => Behaviour::CutAfter(self.choice.of(5) << 20),
            8 => Behaviour::IgnoresRange,
            9 => Behaviour::NoSize,
            10 => Behaviour::UntilClose,
            11 => Behaviour::ShortPart(1 + self.choice.of(3 << 20)),
            12 => Behaviour::LoginPage,
            _ => Behaviour::Silent,
        }
    }

    fn change_disk(&mut self) {
        let disk = &mut self.world.disk;
        if self.choice.once_in(2) {
            disk.full = !disk.full;
        } else {
            disk.folder_gone = !disk.folder_gone;
        }
    }

    fn change_conditions(&mut self) {
        let absent = [ADA.owner, BOB.owner].into_iter().filter(|_| self.choice.once_in(6)).collect();
        let conditions = Conditions {
            network: !self.choice.once_in(3),
            cost: if self.choice.once_in(4) { CostFlags::ROAMING } else { CostFlags::UNRESTRICTED },
            cellular: false,
            background_bandwidth_zero: self.choice.once_in(5),
            foreground_bandwidth_zero: self.choice.once_in(8),
            absent_owners: absent,
        };
        self.world.conditions(conditions);
    }

    fn change_origin(&mut self) {
        let urls: Vec<String> = self.world.origins.keys().cloned().collect();
        if urls.is_empty() {
            return;
        }
        let url = self.choice.pick(&urls).clone();
        let behaviour = self.behaviour();
        if let Some(origin) = self.world.origins.get_mut(&url) {
            // Without a tag nobody could tell, and the story would be about that only (A11).
            if origin.tag != Tag::Nothing {
                origin.version += 1;
            }
            origin.script.push_back(behaviour);
        }
    }

    fn lose_a_file(&mut self) {
        if let Some((job, _)) = self.job()
            && self.world.engine.job(job).is_some_and(|job| job.state == JobState::Suspended)
        {
            let index = FileIndex(u32::try_from(self.choice.of(5)).unwrap_or_default());
            let wanted = |job: &bgcopy_core::JobRecord| {
                job.file(index).is_some_and(|file| file.stage == FileStage::Wanted)
            };
            if self.world.runs_of(job) == 0 && self.world.engine.job(job).is_some_and(wanted) {
                self.world.disk.lose(job, index.0);
            }
        }
    }

    fn set(&mut self) {
        let Some((job, caller)) = self.job() else { return };
        let index = FileIndex(u32::try_from(self.choice.of(3)).unwrap_or_default());
        let seconds = Duration::from_secs(self.choice.of(5_000));
        let setting = match self.choice.of(8) {
            0 => Setting::Priority(*self.choice.pick(Priority::ALL)),
            1 => Setting::MinRetryDelay(seconds),
            2 => Setting::NoProgressTimeout(seconds),
            3 => Setting::MaxDownloadTime(seconds),
            4 => Setting::CostFlags(*self.choice.pick(&[CostFlags::STANDARD, CostFlags::ALWAYS])),
            5 => Setting::ValidationState(index, self.choice.once_in(2)),
            6 => Setting::MinNotificationInterval(seconds / 1_000),
            _ => Setting::Existing(*self.choice.pick(Existing::ALL)),
        };
        self.world.send(caller, Request::Set(job, vec![setting]));
    }

    /// The same file stands elsewhere too.
    fn go_elsewhere(&mut self) {
        let Some((job, caller)) = self.job() else { return };
        if self.choice.once_in(2) {
            let (old, new) = ("https://origin.example/", "https://origin.example/mirror/");
            let (old, new) = (old.to_owned(), new.to_owned());
            let elsewhere = self.world.engine.job(job).is_some_and(|job| {
                job.files.iter().any(|file| file.spec.remote_name.as_str().starts_with(&new))
            });
            if !elsewhere {
                self.world.send(caller, Request::ReplaceRemotePrefix { job, old, new });
            }
        } else {
            let file = self.world.engine.job(job).and_then(|job| job.files.first());
            let name = file.map(|file| file.spec.remote_name.as_str().replace("/mirror/", "/"));
            let mirror = name.and_then(|name| name.replace(".example/", ".example/mirror/").parse().ok());
            if let Some(mirror) = mirror {
                let setting = Setting::RemoteName(FileIndex(0), mirror);
                self.world.send(caller, Request::Set(job, vec![setting]));
            }
        }
    }

    /// The faults stop.
    fn calm(&mut self) {
        let disk = &mut self.world.disk;
        (disk.full, disk.folder_gone) = (false, false);
        disk.taken.clear();
        self.world.conditions(Conditions::default());
        for (url, origin) in &mut self.world.origins {
            origin.script.clear();
            origin.otherwise = Behaviour::Good;
            origin.lies.clear();
            if let Some(version) = self.promised.get(&at_origin(url)) {
                origin.version = *version;
            }
        }
    }

    /// Whatever a job went through, it can be brought to a good end now.
    fn bring_to_an_end(&mut self, job: JobId, owner: Caller) {
        let world = &mut self.world;
        for _ in 0..4 {
            world.until("nothing ends any more", |world| {
                world.engine.job(job).is_none_or(|record| record.ending.is_none())
            });
            if world.engine.job(job).is_none() {
                break;
            }
            for setting in [Setting::MaxDownloadTime(Duration::ZERO), Setting::CostFlags(CostFlags::ALWAYS)] {
                let _ = world.ask(owner, Request::Set(job, vec![setting]));
            }
            // A refusal means that the job is ending by itself.
            let _ = world.ask(owner, Request::Resume(job));
            let began = world.now.mono;
            world.until("the job is through", |world| {
                let through = |state| matches!(state, JobState::Transferred | JobState::Error);
                let job = world.engine.job(job);
                let waited = world.now.mono.since(began);
                assert!(waited < PATIENCE, "seed {}: waits for nothing: {job:?}", world.seed());
                job.is_none_or(|record| through(record.state))
            });
            if world.engine.job(job).is_some_and(|record| record.state == JobState::Transferred) {
                let _ = world.ask(owner, Request::Complete(job));
            }
        }
        let began = world.now.mono;
        world.until("the job has ended", |world| {
            let waited = world.now.mono.since(began);
            assert!(waited < PATIENCE, "seed {}: never ends: {:?}", world.seed(), world.engine.job(job));
            world.engine.job(job).is_none()
        });
        self.judge(job);
    }

    fn judge(&self, job: JobId) {
        let (world, seed) = (&self.world, self.world.seed());
        let record = world.job(job);
        let published: Vec<_> =
            record.files.iter().filter(|file| world.disk.has(&file.spec.local_name)).collect();
        if !self.doomed.contains(&job) {
            assert_eq!(
                record.state,
                JobState::Acknowledged,
                "seed {seed}: {job} did not end well: {record:?}"
            );
            assert_eq!(published.len(), record.files.len(), "seed {seed}: {job} completed without its files");
        }
        for file in &record.files {
            let there = world.disk.has(&file.spec.local_name);
            assert_eq!(there, file.stage == FileStage::Published, "seed {seed}: {job} {file:?}");
        }
        assert!(record.owner == Owner(1000) || record.owner == Owner(1001));
    }
}

/// The URL of the file that a mirror has.
fn at_origin(url: &str) -> String {
    let path = url.split(".example").nth(1).unwrap_or_default().replace("/mirror/", "/");
    format!("https://origin.example{path}")
}

/// Longer than any delay and timeout of a job that nothing is wrong with any more.
const PATIENCE: Duration = Duration::from_secs(2 * 86_400);

fn digest(world: &World) -> u64 {
    let story = format!("{:?}{:?}", world.told, world.now);
    story
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}
