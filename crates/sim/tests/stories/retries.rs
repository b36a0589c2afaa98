//! When a failure is tried again, when it is counted, and when patience ends (spec 6.7, 6.8; faults A28, A29, B12,
//! G01, K06, K10).

use std::time::Duration;

use bgcopy_core::{Code, ErrorContext, Family, JobId, JobState, Priority, WaitingFor, limits};
use bgcopy_engine::{Conditions, NewJob, Setting};
use bgcopy_sim::{Behaviour, Origin, World};

use super::{DAY, HOUR, MIB, SECOND, one};

/// How long from now until a job is asked for again.
fn until_next_request(world: &mut World, name: &str) -> Duration {
    let (began, before) = (world.now.mono, world.origin(name).requests);
    let url = format!("https://origin.example/{name}");
    world.until("another request", |world| world.origins[&url].requests > before);
    world.now.mono.since(began)
}

/// What is said of a job when it is made.
type Change = fn(&mut NewJob);

fn busy() -> Origin {
    Origin::always(MIB, Behaviour::Status(503, None))
}

fn error(world: &World, job: JobId) -> (Code, ErrorContext) {
    let error = world.job(job).error.as_ref().expect("an error");
    (error.code, error.context)
}

#[test]
fn a_delay_that_the_client_set_is_the_floor() {
    let mut world = World::new(1);
    let job = one(&mut world, busy(), |new| new.settings.min_retry_delay = Some(60 * SECOND));
    for _ in 0..5 {
        world.until_state(job, JobState::TransientError);
        let WaitingFor::RetryAt(at) = world.job(job).error.as_ref().unwrap().waiting_for else {
            panic!("waits for a time")
        };
        assert!(at.since(world.now.wall) >= 60 * SECOND);
        assert!(until_next_request(&mut world, "0") >= 60 * SECOND);
    }
}

#[test]
fn delays_grow_and_end_at_ten_minutes() {
    let mut world = World::new(2);
    let job = one(&mut world, busy(), |_| {});
    let mut delays = Vec::new();
    for _ in 0..60 {
        world.until_state(job, JobState::TransientError);
        delays.push(until_next_request(&mut world, "0"));
    }
    assert!(delays[0] <= SECOND + SECOND / 10 && delays[3] <= 9 * SECOND, "{delays:?}");
    let longest = delays.iter().max().unwrap();
    assert!((300..=600).contains(&longest.as_secs()), "{longest:?}");
}

#[test]
fn a28_the_server_says_when_and_is_believed_up_to_an_hour() {
    for (asked, waited) in [(30, 30), (3_000, 3_000), (400_000_000, 3_600)] {
        let mut world = World::new(3);
        let asked = Duration::from_secs(asked);
        let job = one(&mut world, Origin::scripted(MIB, [Behaviour::Status(429, Some(asked))]), |_| {});
        world.until_state(job, JobState::TransientError);
        let error = world.job(job).error.as_ref().unwrap();
        assert_eq!(error.waiting_for, WaitingFor::RetryAt(world.now.wall + Duration::from_secs(waited)));
        assert_eq!(until_next_request(&mut world, "0").as_secs(), waited);
        world.until_state(job, JobState::Transferred);
    }
}

#[test]
fn k06_a_hundred_jobs_that_fail_together_do_not_retry_in_step() {
    let mut world = World::new(4);
    let jobs: Vec<_> =
        (0..100).map(|_| one(&mut world, busy(), |new| new.priority = Priority::Foreground)).collect();
    // The sixth delay is up to 32 s.
    world.pass(40 * SECOND);
    let seconds: std::collections::BTreeSet<_> = jobs
        .iter()
        .filter_map(|job| match world.job(*job).error.as_ref()?.waiting_for {
            WaitingFor::RetryAt(at) => Some(at.unix_millis() / 1_000),
            _ => None,
        })
        .collect();
    assert!(seconds.len() > 20, "{seconds:?}");
}

#[test]
fn patience_is_that_of_class_and_priority_or_the_clients() {
    let table: [(Change, u64); 5] = [
        (|new| new.priority = Priority::Foreground, 3_600),
        (|new| new.priority = Priority::High, 86_400),
        (|new| new.priority = Priority::Low, 86_400),
        (|new| new.settings.family = Family::Bits, 1_209_600),
        (|new| new.settings.no_progress_timeout = Some(90 * SECOND), 90),
    ];
    for (change, seconds) in table {
        let mut world = World::new(5);
        let job = one(&mut world, busy(), change);
        world.until_state(job, JobState::TransientError);
        let began = world.now.mono;
        world.until_state(job, JobState::Error);
        assert_eq!(world.now.mono.since(began).as_secs(), seconds);
        assert_eq!(error(&world, job), (Code::NoProgress, ErrorContext::GeneralQueueManager));
        let cause = world.job(job).error.as_ref().unwrap().cause.clone().unwrap();
        assert_eq!(cause.code, Code::Http(503));
    }
}

#[test]
fn any_progress_resets_the_patience() {
    let mut world = World::new(6);
    let script = || [Behaviour::CutAfter(MIB), Behaviour::Fails(Code::Connect)].into();
    let origin = Origin { script: script(), ..Origin::of(33 * MIB) };
    let job = one(&mut world, origin, |new| {
        new.settings.no_progress_timeout = Some(100 * SECOND);
        new.settings.min_retry_delay = Some(60 * SECOND);
    });
    for round in 1..20 {
        world.until("another failure", |world| world.job(job).error_count == round);
        world.origin("0").script = script();
    }
    assert!(world.now.mono.since_start() > 1_000 * SECOND);
    world.origin("0").script.clear();
    world.until_state(job, JobState::Transferred);
}

#[test]
fn bytes_that_come_again_and_again_are_no_progress() {
    // A11: the server never lets anybody continue, and never gets to the end.
    let mut world = World::new(7);
    let origin = Origin::always(33 * MIB, Behaviour::CutAfter(2 * MIB));
    let job = one(&mut world, origin.tagged(bgcopy_sim::Tag::Nothing), |_| {});
    world.until_state(job, JobState::Error);
    assert_eq!(error(&world, job).0, Code::NoProgress);
    let requests = world.origin("0").requests;
    assert!((50..2_000).contains(&requests), "{requests} requests in a day");
}

#[test]
fn a_delay_beyond_the_patience_is_none() {
    // Spec 6.8: "delay > timeout: no retry, straight to ERROR".
    let mut world = World::new(8);
    let job = one(&mut world, busy(), |new| {
        new.settings.min_retry_delay = Some(101 * SECOND);
        new.settings.no_progress_timeout = Some(100 * SECOND);
    });
    world.until_state(job, JobState::Error);
    assert_eq!(error(&world, job), (Code::Http(503), ErrorContext::RemoteFile));
    assert_eq!((world.origin("0").requests, world.job(job).error_count), (1, 1));
    let patient = one(&mut world, busy(), |new| {
        new.settings.min_retry_delay = Some(100 * SECOND);
        new.settings.no_progress_timeout = Some(100 * SECOND);
    });
    world.until_state(patient, JobState::TransientError);
}

#[test]
fn failures_are_counted_as_the_job_leaves_its_transfer() {
    let mut world = World::new(9);
    let script =
        [Behaviour::Status(503, None), Behaviour::Fails(Code::Connect), Behaviour::Status(404, None)];
    let job = one(&mut world, Origin::scripted(MIB, script), |_| {});
    for count in [1, 2] {
        world.until("a failure", |world| world.job(job).error_count == count);
        assert_eq!(world.state(job), JobState::TransientError);
    }
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).error_count, 3);
    // "Never reset".
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error_count, 3);
}

#[test]
fn the_end_of_patience_is_no_failure_of_its_own() {
    let mut world = World::new(10);
    let job = one(&mut world, busy(), |new| {
        new.settings.min_retry_delay = Some(60 * SECOND);
        new.settings.no_progress_timeout = Some(90 * SECOND);
    });
    world.until_state(job, JobState::Error);
    // Tried at 0 s and 60 s; time ran out at 90 s, while nothing was tried.
    assert_eq!((world.origin("0").requests, world.job(job).error_count), (2, 2));
}

#[test]
fn conditions_are_no_failures() {
    // "Not counted: network disconnect, disk check, bandwidth policy" (spec 6.8).
    let mut world = World::new(11);
    let job = one(&mut world, Origin::of(500 * MIB), |_| {});
    let conditions = [
        Conditions { network: false, ..Conditions::default() },
        Conditions { background_bandwidth_zero: true, ..Conditions::default() },
        Conditions { cost: bgcopy_core::CostFlags::ROAMING, ..Conditions::default() },
    ];
    for condition in conditions {
        world.until_state(job, JobState::Transferring);
        world.conditions(condition);
        world.pass(10 * SECOND);
        assert_eq!(world.state(job), JobState::TransientError);
        world.conditions(Conditions::default());
    }
    world.until_state(job, JobState::Transferring);
    world.disk.full = true;
    world.until_state(job, JobState::TransientError);
    world.disk.full = false;
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error_count, 0);
}

#[test]
fn a_file_that_rests_does_not_keep_the_others() {
    let mut world = World::new(12);
    let hour = Behaviour::Status(503, Some(HOUR));
    let files =
        vec![world.offer("bad", Origin::scripted(MIB, [hour])), world.offer("good", Origin::of(20 * MIB))];
    let job = world.start(files);
    world.until("the good one is here", |world| world.job(job).files[1].is_transferred());
    assert!(world.now.mono.since_start() < 10 * SECOND);
    // Now the job waits with the file that rests, and says why; that was one failure.
    world.until_state(job, JobState::TransientError);
    assert_eq!(error(&world, job).0, Code::Http(503));
    assert_eq!((world.job(job).error_count, world.origin("good").requests), (1, 1));
    world.until_state(job, JobState::Transferred);
    assert!(world.now.mono.since_start() >= HOUR);
    assert_eq!(world.origin("bad").requests, 2);
}

#[test]
fn g01_a_clock_that_leaps_moves_no_timer() {
    for leap in [365 * 86_400_000i64, -365 * 86_400_000] {
        let mut world = World::new(13);
        let retried =
            one(&mut world, Origin::scripted(MIB, [Behaviour::Status(503, Some(60 * SECOND))]), |_| {});
        let stalled = one(&mut world, busy(), |new| new.settings.no_progress_timeout = Some(600 * SECOND));
        let resting = world.create(World::new_job(Vec::new()));
        world.until_state(retried, JobState::TransientError);
        world.until_state(stalled, JobState::TransientError);
        let began = world.now.mono;
        world.leap(leap);
        world.until_state(retried, JobState::Transferred);
        assert_eq!(world.now.mono.since(began).as_secs(), 60, "{leap}");
        world.until_state(stalled, JobState::Error);
        assert_eq!(world.now.mono.since(began).as_secs(), 600, "{leap}");
        // "No mass expiry of jobs: age needs two clocks to agree".
        world.pass(5 * DAY);
        for job in [retried, stalled, resting] {
            assert!(world.engine.job(job).is_some(), "{leap}");
        }
    }
}

#[test]
fn b12_a_name_that_does_not_exist_for_an_hour_does_not_exist() {
    let mut world = World::new(14);
    let file = World::file("https://nowhere.example/f", "f");
    let job = world.start(vec![file]);
    world.until_state(job, JobState::TransientError);
    assert_eq!(error(&world, job), (Code::Dns, ErrorContext::GeneralTransport));
    let began = world.now.mono;
    world.until_state(job, JobState::Error);
    assert_eq!(error(&world, job), (Code::Dns, ErrorContext::GeneralTransport));
    // The first retry after the hour.
    let waited = world.now.mono.since(began).as_secs();
    assert!((3_600..4_200).contains(&waited), "{waited}");
}

#[test]
fn b12_a_name_service_that_does_not_answer_says_nothing_about_a_name() {
    let mut world = World::new(17);
    let job = one(&mut world, Origin::always(MIB, Behaviour::Fails(Code::DnsUnavailable)), |_| {});
    world.until_state(job, JobState::TransientError);
    let began = world.now.mono;
    while world.now.mono.since(began) < 5 * limits::NAME_PATIENCE {
        world.pass(600 * SECOND);
        assert_ne!(world.state(job), JobState::Error);
    }
    assert_eq!(error(&world, job), (Code::DnsUnavailable, ErrorContext::GeneralTransport));
}

#[test]
fn b12_an_hour_without_a_network_says_nothing_about_a_name() {
    let mut world = World::new(15);
    let file = World::file("https://nowhere.example/f", "f");
    let job = world.start(vec![file]);
    for _ in 0..3 {
        world.pass(1_800 * SECOND);
        world.conditions(Conditions { network: false, ..Conditions::default() });
        world.pass(1_800 * SECOND);
        world.conditions(Conditions::default());
        world.pass(SECOND);
        assert_eq!(world.state(job), JobState::TransientError);
    }
}

#[test]
fn three_answers_in_a_row_that_mean_nothing_are_no_accident() {
    let mut world = World::new(16);
    let nonsense = Behaviour::Fails(Code::BadResponse);
    let job = one(&mut world, Origin::always(MIB, nonsense.clone()), |_| {});
    world.until_state(job, JobState::Error);
    assert_eq!((error(&world, job).0, world.origin("0").requests), (Code::BadResponse, 3));
    // In a row: what comes between breaks it.
    let busy = Behaviour::Status(503, None);
    let script =
        [busy.clone(), busy.clone(), nonsense.clone(), nonsense.clone(), busy, nonsense.clone(), nonsense];
    let job = one(&mut world, Origin::scripted(MIB, script), |_| {});
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.job(job).error_count, 7);
}

#[test]
fn resume_tries_at_once() {
    // "Retry now, ignoring the retry delay" (spec 5.1).
    let mut world = World::new(17);
    let script = [Behaviour::Status(503, Some(HOUR)), Behaviour::Status(503, Some(HOUR))];
    let job = one(&mut world, Origin::scripted(MIB, script), |_| {});
    for requests in [1, 2] {
        world.until_state(job, JobState::TransientError);
        assert_eq!(world.origin("0").requests, requests);
        world.resume(job).unwrap();
    }
    world.until_state(job, JobState::Transferred);
    assert!(world.now.mono.since_start() < SECOND);
}

#[test]
fn a_retry_of_before_does_not_come_early_for_the_next_failure() {
    let mut world = World::new(18);
    let files = vec![
        world.offer("a", Origin::always(MIB, Behaviour::Status(503, Some(100 * SECOND)))),
        world.offer("b", Origin::always(MIB, Behaviour::Status(503, Some(200 * SECOND)))),
    ];
    let job = world.start(files);
    world.pass(50 * SECOND);
    world.resume(job).unwrap();
    world.pass(99 * SECOND);
    assert_eq!((world.origin("a").requests, world.origin("b").requests), (2, 2));
    world.pass(10 * SECOND);
    assert_eq!((world.origin("a").requests, world.origin("b").requests), (3, 2));
}

#[test]
fn setters_move_the_clocks_they_set() {
    let mut world = World::new(19);
    let job = one(&mut world, busy(), |new| new.settings.no_progress_timeout = Some(100 * SECOND));
    world.until_state(job, JobState::TransientError);
    let began = world.now.mono;
    world.pass(50 * SECOND);
    world.set(job, Setting::NoProgressTimeout(500 * SECOND)).unwrap();
    world.until_state(job, JobState::Error);
    assert_eq!(world.now.mono.since(began).as_secs(), 500);
    // And to a time that is over already.
    let job = one(&mut world, busy(), |_| {});
    world.until_state(job, JobState::TransientError);
    world.pass(100 * SECOND);
    world.set(job, Setting::NoProgressTimeout(10 * SECOND)).unwrap();
    world.pass(SECOND);
    assert_eq!(world.state(job), JobState::Error);
    // "0: every error is fatal".
    let job = one(&mut world, busy(), |_| {});
    world.until_state(job, JobState::TransientError);
    world.set(job, Setting::NoProgressTimeout(Duration::ZERO)).unwrap();
    world.pass(SECOND);
    assert_eq!(world.state(job), JobState::Error);
}

#[test]
fn patience_and_delay_outlast_the_service() {
    let mut world = World::new(20);
    let wait = Behaviour::Status(503, Some(1_000 * SECOND));
    let job = one(&mut world, Origin::always(MIB, wait), |new| {
        new.settings.no_progress_timeout = Some(2_500 * SECOND);
    });
    world.until_state(job, JobState::TransientError);
    let began = world.now.mono;
    for _ in 0..3 {
        world.pass(300 * SECOND);
        world.crash();
        assert_eq!(world.state(job), JobState::TransientError, "all other states are preserved (spec 5.2)");
    }
    assert_eq!(world.origin("0").requests, 1, "no burst of requests because the service came back (F15)");
    world.until_state(job, JobState::Error);
    assert_eq!(world.now.mono.since(began).as_secs(), 2_500);
    assert_eq!(error(&world, job).0, Code::NoProgress);
}

#[test]
fn k10_a_job_is_in_transfer_for_no_longer_than_it_may() {
    let mut world = World::new(21);
    let job = one(&mut world, Origin::always(MIB, Behaviour::Silent), |new| {
        new.settings.max_download_time = Some(45 * SECOND);
    });
    // Thirty silent seconds, a wait that does not count, and fifteen more.
    world.until_state(job, JobState::Error);
    assert_eq!(error(&world, job), (Code::MaxTime, ErrorContext::GeneralQueueManager));
    assert_eq!(world.origin("0").requests, 2);
    // "Resume restarts it" (spec 6.8).
    world.resume(job).unwrap();
    world.until_state(job, JobState::TransientError);
    world.until_state(job, JobState::Connecting);
    // A longer time counts at once, and so does none at all.
    world.set(job, Setting::MaxDownloadTime(100 * SECOND)).unwrap();
    world.until_state(job, JobState::TransientError);
    world.until_state(job, JobState::Connecting);
    world.set(job, Setting::MaxDownloadTime(Duration::ZERO)).unwrap();
    for _ in 0..5 {
        world.until_state(job, JobState::TransientError);
        world.until_state(job, JobState::Connecting);
    }
    world.set(job, Setting::MaxDownloadTime(SECOND)).unwrap();
    world.pass(SECOND);
    assert_eq!(error(&world, job).0, Code::MaxTime);
}
