//! Random stories: jobs, faults, requests and crashes from a seed. First everything goes wrong, then the
//! faults stop and everything must come to its end (`spec/faults.md`, section 4, "Discipline").

use std::time::Duration;

use bgcopy_core::{Code, JobId, JobState, Priority};
use bgcopy_engine::{Conditions, NewJob, Request};

use crate::origin::{Behaviour, Origin};
use crate::world::{ADA, World};

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

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        (!list.is_empty()).then(|| &list[self.of(list.len() as u64) as usize])
    }
}

/// Plays the story of a seed to its end; panics, naming the seed, where an invariant breaks. Gives a digest
/// of the story, equal whenever the same story was told.
pub fn play(seed: u64) -> u64 {
    let mut choice = Choice(seed ^ 0x5DEE_CE66);
    let mut world = World::new(seed);
    let mut jobs = Vec::new();
    for round in 0..40 {
        disturb(&mut world, &mut choice, &mut jobs, round);
        for _ in 0..choice.of(60) {
            if !world.step() {
                break;
            }
        }
    }
    calm(&mut world);
    for job in &jobs {
        bring_to_an_end(&mut world, *job);
    }
    digest(&world)
}

fn disturb(world: &mut World, choice: &mut Choice, jobs: &mut Vec<JobId>, round: u32) {
    match choice.of(12) {
        0..=2 => jobs.push(create(world, choice, round)),
        3 => world.crash(),
        4 => world.disk.full = !world.disk.full,
        5 => {
            let network = choice.of(3) != 0;
            world.conditions(Conditions { network, ..Conditions::default() });
        }
        6 => {
            let urls: Vec<String> = world.origins.keys().cloned().collect();
            if let Some(origin) = choice.pick(&urls).and_then(|url| world.origins.get_mut(url)) {
                origin.version += 1;
            }
        }
        7 => world.pass(Duration::from_secs(choice.of(1_000))),
        8 => drop(request(world, choice, jobs, Request::Suspend)),
        9 => drop(request(world, choice, jobs, Request::Cancel)),
        10 => drop(request(world, choice, jobs, Request::Complete)),
        _ => drop(request(world, choice, jobs, Request::Resume)),
    }
}

fn request(world: &mut World, choice: &mut Choice, jobs: &[JobId], make: fn(JobId) -> Request) -> Option<()> {
    let job = *choice.pick(jobs)?;
    world.send(ADA, make(job));
    Some(())
}

fn create(world: &mut World, choice: &mut Choice, round: u32) -> JobId {
    const SIZES: &[u64] = &[0, 1, 1 << 20, (1 << 20) + 1, 20 << 20, 33 << 20];
    let files = (0..=choice.of(4)).map(|file| {
        let script: Vec<Behaviour> = (0..choice.of(4)).map(|_| behaviour(choice)).collect();
        let size = choice.pick(SIZES).copied().unwrap_or(1);
        let origin = Origin { tagged: choice.of(4) != 0, ..Origin::scripted(size, script) };
        let name = format!("{round}-{file}");
        let url = world.serve(&name, origin);
        World::file(&url, &name)
    });
    let files = files.collect();
    let priority = choice.pick(Priority::ALL).copied().unwrap_or(Priority::Normal);
    let mut job = NewJob { priority, resume: choice.of(5) != 0, ..World::new_job(files) };
    job.settings.auto_complete = choice.of(3) == 0;
    world.create(job)
}

fn behaviour(choice: &mut Choice) -> Behaviour {
    match choice.of(9) {
        0 => Behaviour::Status(503, Some(Duration::from_secs(choice.of(100)))),
        1 => Behaviour::Status(404, None),
        2 => Behaviour::Status(500, None),
        3 => Behaviour::Fails(Code::Connect),
        4 => Behaviour::Fails(Code::Reset),
        5 | 6 => Behaviour::CutAfter(choice.of(5) << 20),
        7 => Behaviour::IgnoresRange,
        _ => Behaviour::NoSize,
    }
}

/// The faults stop.
fn calm(world: &mut World) {
    world.disk.full = false;
    world.conditions(Conditions::default());
    for origin in world.origins.values_mut() {
        origin.script.clear();
        origin.otherwise = Behaviour::Good;
    }
}

/// Whatever a job went through, it can be brought to a good end now.
fn bring_to_an_end(world: &mut World, job: JobId) {
    for _ in 0..3 {
        if world.engine.job(job).is_none() {
            break;
        }
        // A refusal means that the job is ending by itself.
        let _ = world.ask(ADA, Request::Resume(job));
        world.until("the job is through", |world| {
            world
                .engine
                .job(job)
                .is_none_or(|record| matches!(record.state, JobState::Transferred | JobState::Error))
        });
        if world.engine.job(job).is_some_and(|record| record.state == JobState::Transferred) {
            let _ = world.complete(job);
        }
    }
    world.until("the job has ended", |world| world.engine.job(job).is_none());
    let record = world.job(job);
    let published = record.files.iter().filter(|file| world.disk.has(&file.spec.local_name)).count();
    if record.state == JobState::Acknowledged
        && record.files.iter().all(bgcopy_core::FileRecord::is_transferred)
    {
        assert_eq!(published, record.files.len(), "seed {}: completed without its files", world.seed());
    }
}

fn digest(world: &World) -> u64 {
    let story = format!("{:?}{:?}", world.told, world.now);
    story
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}
