//! The service dies at every moment of a story, and comes back (faults F01, F02, F03, invariants 1 to 3).

use bgcopy_core::{FileStage, JobState, Priority};
use bgcopy_engine::{EngineConfig, NewJob, Notice, Request, Setting};
use bgcopy_sim::{ADA, Behaviour, Origin, Tag, World, digest_of};

use super::{HOUR, MIB, in_error, one};

/// Plays a story, dies after so many steps of it, and says whether there were so many.
fn dies_after(world: &mut World, steps: usize) -> bool {
    for _ in 0..steps {
        if world.quiet_for().is_none_or(|quiet| quiet > HOUR) {
            return false;
        }
        world.step();
    }
    world.crash();
    true
}

/// Dies at every moment of a story; each time the rest of it is told by `then`.
fn at_every_moment(begin: impl Fn(&mut World), then: impl Fn(&mut World, usize)) {
    for steps in 0.. {
        let mut world = World::new(steps as u64);
        begin(&mut world);
        if !dies_after(&mut world, steps) {
            assert!(steps > 5, "the story is too short to die in");
            return;
        }
        then(&mut world, steps);
    }
}

#[test]
fn f02_f03_a_complete_that_was_begun_is_finished_once() {
    at_every_moment(
        |world| {
            let files = ["a", "b", "c"].map(|name| world.offer(name, Origin::of(MIB))).to_vec();
            let job = world.start(files);
            world.until_state(job, JobState::Transferred);
            world.send(ADA, Request::Complete(job));
        },
        |world, steps| {
            let jobs: Vec<_> = world.engine.jobs(ADA).map(|job| job.id).collect();
            for job in jobs {
                // A Complete whose intent was not durable yet was never answered; it is asked for again.
                if world.job(job).ending.is_none() {
                    world.complete(job).unwrap();
                }
                world.until("the job has ended", |world| world.engine.job(job).is_none());
                assert_eq!(world.state(job), JobState::Acknowledged, "after {steps} steps");
            }
            for name in ["a", "b", "c"] {
                assert!(world.disk.has(&World::local(name)), "{name} after {steps} steps");
                assert_eq!(world.origin(name).requests, 1, "after {steps} steps");
            }
        },
    );
}

#[test]
fn a_cancel_that_was_begun_is_finished() {
    at_every_moment(
        |world| {
            let files = ["a", "b"].map(|name| world.offer(name, Origin::of(20 * MIB))).to_vec();
            let job = world.start(files);
            world.until_state(job, JobState::Transferring);
            world.send(ADA, Request::Cancel(job));
        },
        |world, steps| {
            let jobs: Vec<_> = world.engine.jobs(ADA).map(|job| job.id).collect();
            for job in jobs {
                if world.job(job).ending.is_none() {
                    world.cancel(job).unwrap();
                }
                world.until("the job has ended", |world| world.engine.job(job).is_none());
                assert_eq!(world.state(job), JobState::Cancelled, "after {steps} steps");
                assert!(!world.disk.has_litter(job));
            }
        },
    );
}

#[test]
fn a_job_that_completes_by_itself_does_so_whenever_the_service_died() {
    at_every_moment(
        |world| {
            let file = world.offer("f", Origin::of(20 * MIB));
            let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
            new.settings.auto_complete = true;
            world.create(new);
        },
        |world, steps| {
            world.until("all jobs have ended", |world| world.engine.jobs(ADA).next().is_none());
            assert!(world.disk.has(&World::local("f")), "after {steps} steps");
        },
    );
}

#[test]
fn no_more_than_a_checkpoint_interval_is_fetched_again() {
    at_every_moment(
        |world| {
            one(world, Origin::of(33 * MIB), |_| {});
        },
        |world, steps| {
            let job = world.engine.jobs(ADA).next().unwrap().id;
            world.until_state(job, JobState::Transferred);
            let again = world.origin("0").served - 33 * MIB;
            // Eight MiB of checkpoint interval; the world writes a MiB at once.
            assert!(again <= 8 * MIB, "{again} bytes after {steps} steps");
        },
    );
}

#[test]
fn a_version_that_comes_while_the_service_dies_is_never_mixed_with_the_old_one() {
    // The server changes the file while half of it is here. What is published is checked byte by byte.
    for tag in [Tag::ETag, Tag::LastModified] {
        for digest in [None, Some(digest_of(2))] {
            at_every_moment(
                |world| {
                    let origin = Origin::scripted(33 * MIB, [Behaviour::CutAfter(20 * MIB)]).tagged(tag);
                    let mut file = world.offer("f", origin);
                    file.digest = digest.clone();
                    let job = world.start(vec![file]);
                    world.until("half is here", |world| world.job(job).files[0].bytes_here >= 16 * MIB);
                    world.origin("f").version = 2;
                },
                |world, steps| {
                    let job = world.engine.jobs(ADA).next().unwrap().id;
                    world.until_state(job, JobState::Transferred);
                    world.complete(job).unwrap();
                    assert!(world.disk.has(&World::local("f")), "after {steps} steps");
                },
            );
        }
    }
}

#[test]
fn ranges_are_put_together_right_whenever_the_service_died() {
    at_every_moment(
        |world| {
            let mut file = world.offer("f", Origin::of(40 * MIB));
            file.ranges = vec![
                World::range(30 * MIB, Some(5 * MIB)),
                World::range(38 * MIB, None),
                World::range(0, Some(12 * MIB)),
            ];
            world.start(vec![file]);
        },
        |world, _| {
            let job = world.engine.jobs(ADA).next().unwrap().id;
            world.until_state(job, JobState::Transferred);
            assert_eq!(world.job(job).progress().bytes_total, Some(19 * MIB));
            world.complete(job).unwrap();
            let content: Vec<_> =
                world.disk.content(&World::local("f")).iter().map(ToString::to_string).collect();
            let mib = |from: u64, to: u64| format!("{}..{}", from * MIB, to * MIB);
            assert_eq!(content, [mib(30, 35), mib(38, 40), mib(0, 12)]);
        },
    );
}

#[test]
fn resting_jobs_rest_where_they_rested() {
    let mut world = World::with_config(1, EngineConfig::default());
    let stuck = in_error(&mut world);
    let through = one(&mut world, Origin::of(MIB), |_| {});
    world.until_state(through, JobState::Transferred);
    let suspended = one(&mut world, Origin::of(50 * MIB), |_| {});
    world.until_state(suspended, JobState::Transferring);
    world.suspend(suspended).unwrap();
    let error = world.job(stuck).error.clone();
    world.pass(HOUR);
    world.crash();
    world.pass(HOUR);
    assert_eq!((world.state(stuck), &world.job(stuck).error), (JobState::Error, &error));
    assert_eq!(world.state(through), JobState::Transferred);
    assert!(world.job(through).unconfirmed.transferred, "owed until somebody confirms it");
    assert_eq!(world.state(suspended), JobState::Suspended);
    // Everything that was set is there too.
    world.set(suspended, Setting::Priority(Priority::Low)).unwrap();
    world.crash();
    assert_eq!(world.job(suspended).priority, Priority::Low);
}

#[test]
fn a_lost_temporary_file_is_seen_and_said() {
    let mut world = World::new(2);
    let job = one(&mut world, Origin::of(33 * MIB), |_| {});
    world.until("some of it is here", |world| world.job(job).files[0].bytes_here > 10 * MIB);
    world.suspend(job).unwrap();
    world.until("the run has closed", |world| world.runs_of(job) == 0);
    assert!(world.disk.lose(job, 0));
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
    let restarted = |notice: &&Notice| matches!(notice, Notice::FileRestarted(..));
    assert_eq!(world.told_of(job).into_iter().filter(restarted).count(), 1);
    assert_eq!(world.job(job).files[0].stage, FileStage::Transferred);
    assert_eq!(world.job(job).error_count, 0);
}

#[test]
fn small_files_that_are_written_at_once_survive_a_death_at_any_moment() {
    const SMALL: u64 = 4 << 10;
    // A job of fewer files does not take them at once.
    const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    at_every_moment(
        |world| {
            let files = NAMES.map(|name| world.offer(name, Origin::of(SMALL))).to_vec();
            let mut new = NewJob { resume: true, ..World::new_job(files) };
            new.settings.auto_complete = true;
            world.send(ADA, Request::Create(Box::new(new)));
        },
        |world, steps| {
            let Some(job) = world.engine.jobs(ADA).map(|job| job.id).next() else { return };
            world.until("the job has ended", |world| world.engine.job(job).is_none());
            assert_eq!(world.state(job), JobState::Acknowledged, "after {steps} steps");
            for name in NAMES {
                assert!(world.disk.has(&World::local(name)), "{name} after {steps} steps");
                assert!(world.origin(name).served <= 2 * SMALL, "{name} after {steps} steps");
            }
            assert!(!world.disk.has_litter(job), "after {steps} steps");
        },
    );
}
