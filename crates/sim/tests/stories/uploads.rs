//! Uploads: whatever goes wrong, the server has the file once, and all of it is of one version.

use bgcopy_core::{Code, FileIndex, JobType, SessionHost, UploadStage};
use bgcopy_engine::Notice;
use bgcopy_engine::plan::Restart;
use bgcopy_sim::Mishap;

use super::*;

const URL: &str = "https://uploads.example/in/f";

/// An upload of a file of this size, resumed.
fn sending(world: &mut World, kind: JobType, size: u64) -> JobId {
    let name = World::local("f");
    world.uploads.write(&name, size, 1);
    let file = World::file(URL, "f");
    world.create(NewJob { kind, resume: true, ..World::new_job(vec![file]) })
}

fn finished(world: &World) -> u32 {
    world.uploads.finished.get(URL).copied().unwrap_or(0)
}

fn code(world: &World, job: JobId) -> Option<Code> {
    world.job(job).error.as_ref().map(|error| error.code)
}

#[test]
fn a_file_goes_in_growing_fragments_and_its_session_is_closed() {
    let mut world = World::new(1);
    let job = sending(&mut world, JobType::Upload, 20 * MIB);
    world.until_state(job, JobState::Transferred);
    assert_eq!((finished(&world), world.uploads.open_sessions()), (1, 0));
    // Create, 1 + 2 + 4 + 8 + 5 MiB, Close.
    assert_eq!(world.uploads.packets, 7);
    assert_eq!(world.job(job).upload.as_ref().unwrap().stage, UploadStage::Closed);
    assert_eq!(
        world.told_of(job),
        [&Notice::Created, &Notice::FileTransferred(FileIndex(0)), &Notice::Transferred]
    );
    world.complete(job).unwrap();
    assert_eq!(world.state(job), JobState::Acknowledged);
}

#[test]
fn an_empty_file_is_one_empty_fragment() {
    let mut world = World::new(2);
    let job = sending(&mut world, JobType::Upload, 0);
    world.until_state(job, JobState::Transferred);
    assert_eq!((finished(&world), world.uploads.packets), (1, 3));
}

#[test]
fn a_reply_is_fetched_before_the_session_is_closed() {
    let mut world = World::new(3);
    world.uploads.reply = Some(world.serve("reply", Origin::of(MIB)));
    let job = sending(&mut world, JobType::UploadReply, 3 * MIB);
    world.until("the reply is being fetched", |world| world.job(job).files.len() == 2);
    assert_eq!(finished(&world), 0);
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 1);
    let progress = world.job(job).progress();
    assert_eq!((progress.files_total, progress.bytes_total), (1, Some(3 * MIB)));
    let reply = world.job(job).reply().unwrap().spec.local_name.clone();
    assert!(!world.disk.has(&reply), "it appears when the job is completed");
    world.complete(job).unwrap();
    assert!(world.disk.has(&reply));
}

#[test]
fn a_reply_that_was_not_named_is_asked_for_once_more() {
    for (seed, mishaps) in [
        // The answer that named it is lost; the server has everything.
        (4, vec![Mishap::Good, Mishap::Unanswered]),
        (5, vec![Mishap::Good, Mishap::Good]),
    ] {
        let mut world = World::new(seed);
        world.uploads.reply = Some(world.serve("reply", Origin::of(MIB)));
        world.uploads.mishaps = mishaps.into();
        let job = sending(&mut world, JobType::UploadReply, MIB);
        world.until_state(job, JobState::Transferred);
        assert!(world.job(job).reply().is_some());
    }
    // None is none.
    let mut world = World::new(6);
    let job = sending(&mut world, JobType::UploadReply, MIB);
    world.until_state(job, JobState::Transferred);
    assert!(world.job(job).reply().is_none());
    assert_eq!(finished(&world), 1);
}

#[test]
fn a_session_that_was_forgotten_is_begun_again_at_once() {
    let mut world = World::new(7);
    world.uploads.mishaps = [Mishap::Good, Mishap::Good, Mishap::Forgotten].into();
    let job = sending(&mut world, JobType::Upload, 8 * MIB);
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 1);
    assert_eq!(world.job(job).error_count, 0);
    let restarted = Notice::FileRestarted(FileIndex(0), Restart::SessionLost);
    assert!(world.told_of(job).contains(&&restarted));
}

#[test]
fn a_server_that_always_forgets_is_tried_with_patience() {
    let mut world = World::new(8);
    world.uploads.mishaps =
        (0..12).map(|nth| if nth % 2 == 0 { Mishap::Good } else { Mishap::Forgotten }).collect();
    let job = sending(&mut world, JobType::Upload, MIB);
    world.until_state(job, JobState::TransientError);
    assert_eq!(code(&world, job), Some(Code::SessionNotFound));
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 1);
}

#[test]
fn a_close_that_nobody_answered_is_taken_for_none() {
    let mut world = World::new(9);
    world.uploads.mishaps = [Mishap::Good, Mishap::Good, Mishap::Unanswered].into();
    let job = sending(&mut world, JobType::Upload, MIB);
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 2, "twice is better than never");
}

#[test]
fn bytes_that_the_server_lost_are_sent_again() {
    let mut world = World::new(10);
    world.uploads.mishaps = [Mishap::Good, Mishap::Good, Mishap::Rewound(MIB / 2)].into();
    let job = sending(&mut world, JobType::Upload, 8 * MIB);
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 1);
}

#[test]
fn a_server_that_takes_nothing_is_given_up() {
    let mut world = World::new(11);
    world.uploads.ceiling = Some(MIB);
    world.uploads.mishaps = std::iter::repeat_n(Mishap::Rewound(64 * MIB), 60).collect();
    world.uploads.mishaps.push_front(Mishap::Good);
    world.uploads.mishaps.push_front(Mishap::Good);
    let job = sending(&mut world, JobType::Upload, 8 * MIB);
    world.until_state(job, JobState::Error);
    assert_eq!(code(&world, job), Some(Code::BadResponse));
}

#[test]
fn fragments_shrink_until_the_server_takes_them() {
    let mut world = World::new(12);
    world.uploads.ceiling = Some(100_000);
    let job = sending(&mut world, JobType::Upload, MIB);
    world.until_state(job, JobState::Transferred);
    assert_eq!((finished(&world), world.job(job).error_count), (1, 0));
    let mut world = World::new(13);
    world.uploads.ceiling = Some(10);
    let job = sending(&mut world, JobType::Upload, MIB);
    world.until_state(job, JobState::Error);
    assert_eq!(code(&world, job), Some(Code::Http(413)));
}

#[test]
fn a_refusal_is_final_and_resume_tries_again() {
    let mut world = World::new(14);
    world.uploads.mishaps = [Mishap::Status(403)].into();
    let job = sending(&mut world, JobType::Upload, MIB);
    world.until_state(job, JobState::Error);
    assert_eq!((code(&world, job), world.uploads.packets), (Some(Code::Http(403)), 1));
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
}

#[test]
fn a_source_that_changed_needs_another_job() {
    let mut world = World::new(15);
    world.uploads.mishaps = [Mishap::Good, Mishap::Good, Mishap::Lost].into();
    let job = sending(&mut world, JobType::Upload, 8 * MIB);
    world.until_state(job, JobState::TransientError);
    world.uploads.write(&World::local("f"), 8 * MIB, 2);
    world.until_state(job, JobState::Error);
    assert_eq!(code(&world, job), Some(Code::LocalFileChanged));
    assert_eq!(finished(&world), 0);
    world.cancel(job).unwrap();
}

#[test]
fn an_unreachable_host_is_left_after_its_time() {
    let mut world = World::new(16);
    let url = "https://node7.example/in/f".parse().unwrap();
    world.uploads.host = Some(SessionHost { url, fallback: Some(10 * SECOND), offered: false });
    world.uploads.mishaps = [Mishap::Good, Mishap::Good].into();
    world.uploads.mishaps.extend(std::iter::repeat_n(Mishap::Lost, 30));
    let job = sending(&mut world, JobType::Upload, 8 * MIB);
    world.until_state(job, JobState::TransientError);
    world.until("the session is given up", |world| {
        world.job(job).upload.as_ref().is_some_and(|upload| upload.session.is_none())
    });
    (world.uploads.host, world.uploads.mishaps) = (None, [].into());
    world.until_state(job, JobState::Transferred);
    assert_eq!(finished(&world), 1);
}

/// Faults, crashes and requests at random; then they stop, and the server must have the file once.
#[test]
fn whatever_goes_wrong_the_server_has_the_file_once() {
    for seed in 0..300_u64 {
        let mut choice = seed * 2 + 1;
        let mut of = |count: u64| {
            choice = choice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (choice >> 33) % count
        };
        let mut world = World::new(seed);
        let kind = if of(2) == 0 { JobType::Upload } else { JobType::UploadReply };
        if of(2) == 0 {
            world.uploads.reply = Some(world.serve("reply", Origin::of(3 * MIB)));
        }
        let mishaps = (0..of(40)).map(|_| match of(9) {
            0 => Mishap::Lost,
            1 => Mishap::Cut,
            2 => Mishap::Unanswered,
            3 => Mishap::Forgotten,
            4 => Mishap::Rewound(of(2 * MIB)),
            5 => Mishap::Status(503),
            _ => Mishap::Good,
        });
        world.uploads.mishaps = mishaps.collect();
        let size = of(30 * MIB);
        let job = sending(&mut world, kind, size);
        for _ in 0..of(12) {
            for _ in 0..of(40) {
                // A job that rests is left alone: after a month it would go.
                if world.quiet_for().is_some_and(|quiet| quiet < DAY) {
                    world.step();
                }
            }
            match of(4) {
                0 => world.crash(),
                1 => drop(world.suspend(job)),
                _ => drop(world.resume(job)),
            }
        }
        world.uploads.mishaps.clear();
        let _ = world.resume(job);
        world.until("it is through, or has been told why not", |world| {
            matches!(world.state(job), JobState::Transferred | JobState::Error)
        });
        let _ = world.resume(job);
        world.until_state(job, JobState::Transferred);
        assert!(finished(&world) >= 1, "seed {seed}");
        world.complete(job).unwrap();
        let record = world.job(job);
        assert_eq!(
            record.reply().is_some_and(|reply| world.disk.has(&reply.spec.local_name)),
            record.reply().is_some()
        );
    }
}
