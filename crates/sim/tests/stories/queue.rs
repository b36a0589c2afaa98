//! Who runs when (spec 9.1 as design.md settles it; faults K01).

use std::time::Duration;

use bgcopy_core::{FileRecord, JobId, JobState, Priority};
use bgcopy_engine::{EngineConfig, Request, Setting, queue};
use bgcopy_sim::{ADA, Behaviour, Origin, World};

use super::{MIB, SECOND, one};

/// One background job at a time, in turns of 100 ms: twenty MiB of this world.
fn strict(seed: u64) -> World {
    World::with_config(
        seed,
        EngineConfig {
            queue: queue::Rules { background_jobs: 1, do_scheduling: false },
            time_slice: Duration::from_millis(100),
            connections_per_host: 1,
            ..EngineConfig::default()
        },
    )
}

fn of(world: &mut World, size: u64, priority: Priority) -> JobId {
    one(world, Origin::of(size), |new| new.priority = priority)
}

fn running(world: &World, jobs: &[JobId]) -> Vec<usize> {
    let running = |job: &JobId| world.state(*job).is_running();
    jobs.iter().enumerate().filter(|(_, job)| running(job)).map(|(at, _)| at).collect()
}

#[test]
fn k01_jobs_of_one_level_take_turns_and_the_small_one_gets_through() {
    let mut world = strict(1);
    let huge = of(&mut world, 2_000 * MIB, Priority::Normal);
    let small = of(&mut world, 30 * MIB, Priority::Normal);
    world.until_state(small, JobState::Transferred);
    let here = world.job(huge).files[0].bytes_here;
    assert!((MIB..200 * MIB).contains(&here), "{here}");
    assert_eq!(world.job(huge).error_count, 0);
    world.until_state(huge, JobState::Transferred);
    assert_eq!(world.origin("0").served, 2_000 * MIB, "a turn that ends costs nothing");
}

#[test]
fn three_jobs_share_one_slot_evenly() {
    let mut world = strict(2);
    let jobs = [(); 3].map(|()| of(&mut world, 500 * MIB, Priority::Low));
    world.pass(3 * SECOND);
    let here = jobs.map(|job| world.job(job).files[0].bytes_here / MIB);
    assert!(here.iter().all(|here| (150..250).contains(here)), "{here:?}");
}

#[test]
fn a_job_alone_keeps_its_slot() {
    let mut world = strict(3);
    let job = of(&mut world, 500 * MIB, Priority::Normal);
    of(&mut world, 10 * MIB, Priority::Low);
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.origin("0").requests, 1);
}

#[test]
fn a_turn_does_not_end_while_the_job_connects_and_nobody_slips_in() {
    let mut world = strict(4);
    let silent = one(&mut world, Origin::scripted(MIB, [Behaviour::Silent]), |_| {});
    let others = [(); 3].map(|()| of(&mut world, MIB, Priority::Normal));
    // The witness of the world counts the slots at every step.
    world.pass(20 * SECOND);
    assert_eq!(world.state(silent), JobState::Connecting);
    assert_eq!(running(&world, &others), []);
    world.pass(20 * SECOND);
    for job in others {
        assert_eq!(world.state(job), JobState::Transferred);
    }
}

#[test]
fn all_foreground_jobs_run_beside_one_of_the_background() {
    let mut world = strict(5);
    let jobs = [
        of(&mut world, 100 * MIB, Priority::Normal),
        of(&mut world, 100 * MIB, Priority::Foreground),
        of(&mut world, 100 * MIB, Priority::Foreground),
        of(&mut world, 100 * MIB, Priority::Normal),
    ];
    assert_eq!(running(&world, &jobs), [0, 1, 2]);
}

#[test]
fn a_higher_level_preempts_and_the_lower_waits_until_it_is_through_or_stuck() {
    let mut world = strict(6);
    let low = of(&mut world, 100 * MIB, Priority::Low);
    world.until_state(low, JobState::Transferring);
    let high = of(&mut world, 100 * MIB, Priority::High);
    world.pass(SECOND / 20);
    assert_eq!((world.state(low), world.state(high)), (JobState::Queued, JobState::Transferring));
    assert_eq!(world.job(low).error, None);
    world.until_state(high, JobState::Transferred);
    world.until_state(low, JobState::Transferring);
    // In error counts as through (spec 9.1: "until all higher ones are transferred or in error").
    let stuck = one(&mut world, Origin::always(MIB, Behaviour::Status(404, None)), |new| {
        new.priority = Priority::High;
    });
    world.until_state(stuck, JobState::Error);
    world.until_state(low, JobState::Transferred);
    assert_eq!(world.origin("0").served, 100 * MIB);
}

#[test]
fn a_new_priority_counts_at_the_next_look() {
    let mut world = strict(7);
    let jobs = [(); 3].map(|()| of(&mut world, 100 * MIB, Priority::Normal));
    world.pass(SECOND / 50);
    assert_eq!(running(&world, &jobs), [0]);
    world.set(jobs[2], Setting::Priority(Priority::High)).unwrap();
    world.pass(SECOND / 50);
    assert_eq!(running(&world, &jobs), [2]);
    // Out of the Foreground a job takes turns with its equals like any other.
    world.set(jobs[2], Setting::Priority(Priority::Foreground)).unwrap();
    world.pass(SECOND / 50);
    assert_eq!(running(&world, &jobs).len(), 2);
    world.set(jobs[2], Setting::Priority(Priority::Normal)).unwrap();
    world.pass(SECOND / 50);
    assert_eq!(running(&world, &jobs).len(), 1);
    world.pass(SECOND);
    let here = jobs.map(|job| world.job(job).files[0].bytes_here / MIB);
    assert!(here.iter().all(|here| *here > 20), "{here:?}");
}

#[test]
fn several_jobs_of_the_highest_level_run_at_once() {
    // Design.md: "up to 4 jobs of it at once".
    let mut world = World::new(8);
    let jobs = [(); 6].map(|()| of(&mut world, 100 * MIB, Priority::Normal));
    assert_eq!(running(&world, &jobs), [0, 1, 2, 3]);
    world.suspend(jobs[1]).unwrap();
    world.pass(SECOND / 50);
    assert_eq!(running(&world, &jobs), [0, 2, 3, 4]);
}

#[test]
fn fewer_slots_take_effect_on_what_runs() {
    let mut world = World::new(9);
    let jobs = [(); 6].map(|()| of(&mut world, 100 * MIB, Priority::Normal));
    let config = EngineConfig {
        queue: queue::Rules { background_jobs: 2, do_scheduling: false },
        ..EngineConfig::default()
    };
    world.engine.configure(world.now, config);
    assert_eq!(running(&world, &jobs).len(), 2);
    for job in jobs {
        world.until_state(job, JobState::Transferred);
    }
}

#[test]
fn what_waited_for_its_turn_does_so_after_a_restart() {
    let mut world = strict(10);
    let jobs = [(); 4].map(|()| of(&mut world, 30 * MIB, Priority::Normal));
    world.pass(SECOND / 100);
    world.crash();
    assert_eq!(running(&world, &jobs).len(), 1);
    for job in jobs {
        world.until_state(job, JobState::Transferred);
    }
}

#[test]
fn a_job_of_many_files_brings_them_in_add_order() {
    let config = EngineConfig { files_at_once: 1, ..EngineConfig::default() };
    let mut world = World::with_config(11, config);
    let names: Vec<String> = (0..20).map(|file| format!("f{file:02}")).collect();
    let files = names.iter().map(|name| world.offer(name, Origin::of(MIB))).collect();
    let job = world.start(files);
    world.until_state(job, JobState::Transferred);
    let told: Vec<String> = world.told_of(job).into_iter().map(|notice| format!("{notice:?}")).collect();
    let expected: Vec<String> = (0..20).map(|file| format!("FileTransferred(FileIndex({file}))")).collect();
    assert_eq!(told[1..21], expected);
}

#[test]
fn files_added_to_a_running_job_begin_at_once() {
    let mut world = World::new(12);
    let job = of(&mut world, 100 * MIB, Priority::Normal);
    world.until_state(job, JobState::Transferring);
    let more = world.offer("more", Origin::of(MIB));
    world.add(job, more).unwrap();
    world.until("the new one is here", |world| world.job(job).files[1].is_transferred());
    assert_eq!(world.state(job), JobState::Transferring);
    // To a transferred job it is added without a change of state (spec 5.1), until Resume.
    world.until_state(job, JobState::Transferred);
    let late = world.offer("late", Origin::of(MIB));
    world.add(job, late).unwrap();
    world.pass(SECOND);
    assert_eq!((world.state(job), world.origin("late").requests), (JobState::Transferred, 0));
    world.ask(ADA, Request::Resume(job)).unwrap();
    world.until("all is here", |world| world.job(job).files.iter().all(FileRecord::is_transferred));
    world.until_state(job, JobState::Transferred);
}
