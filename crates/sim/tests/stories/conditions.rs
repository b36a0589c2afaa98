//! What a job waits for without being at fault: network, cost, bandwidth, its owner, space (spec 2.4, 5.2; faults
//! B10, E01, E10, K02, K05).

use std::collections::BTreeSet;

use bgcopy_core::{Code, CostFlags, ErrorContext, JobState, Priority, Remedy, WaitingFor};
use bgcopy_engine::{Conditions, Setting};
use bgcopy_sim::{BOB, Behaviour, Origin, World};

use super::{DAY, HOUR, MIB, SECOND, one};

fn offline() -> Conditions {
    Conditions { network: false, ..Conditions::default() }
}

#[test]
fn b10_nothing_is_tried_without_a_network_and_everything_once_it_is_back() {
    let mut world = World::new(1);
    let hour = Behaviour::Status(503, Some(HOUR));
    let waiting = one(&mut world, Origin::scripted(MIB, [hour]), |_| {});
    let running = one(&mut world, Origin::of(50 * MIB), |_| {});
    let broken = one(&mut world, Origin::scripted(MIB, [Behaviour::Fails(Code::Connect)]), |new| {
        new.settings.min_retry_delay = Some(10 * SECOND);
    });
    world.until_state(waiting, JobState::TransientError);
    world.until_state(broken, JobState::TransientError);
    world.until_state(running, JobState::Transferring);
    world.conditions(offline());
    let requests: Vec<u32> = ["0", "1", "2"].map(|name| world.origin(name).requests).into();
    world.pass(600 * SECOND);
    assert_eq!(["0", "1", "2"].map(|name| world.origin(name).requests).to_vec(), requests);
    let codes =
        [waiting, running, broken].map(|job| world.job(job).error.as_ref().map(|error| error.code).unwrap());
    // The retry that came due found no network; the other one is not due yet.
    assert_eq!(codes, [Code::Http(503), Code::NoNetwork, Code::NoNetwork]);
    world.conditions(Conditions::default());
    // "TE, whatever its code: Q" (spec 5.2), and not to wait on.
    world.pass(5 * SECOND);
    for job in [waiting, running, broken] {
        assert_eq!(world.state(job), JobState::Transferred);
    }
    assert_eq!(world.job(waiting).error_count, 1);
}

#[test]
fn a23_a_job_that_met_a_login_page_is_tried_again_when_the_network_changes() {
    let mut world = World::new(3);
    let script = [Behaviour::CutAfter(2 * MIB), Behaviour::LoginPage];
    let job = one(&mut world, Origin::scripted(9 * MIB, script), |new| {
        new.settings.min_retry_delay = Some(HOUR);
    });
    world.until_state(job, JobState::TransientError);
    let error = world.job(job).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::CaptivePortal, ErrorContext::GeneralTransport));
    let here = world.job(job).files[0].bytes_here;
    assert_eq!(here, 2 * MIB, "nothing of the page was written");
    // Another network, for which the old one had to go.
    world.conditions(offline());
    world.conditions(Conditions::default());
    world.until_state(job, JobState::Transferred);
    assert!(world.now.mono.since_start() < HOUR);
}

#[test]
fn b19_where_the_clock_is_suspect_the_job_waits_and_says_what_to_set() {
    let mut world = World::new(4);
    let script = [Behaviour::Fails(Code::ClockSuspect), Behaviour::Fails(Code::ClockSuspect)];
    let job = one(&mut world, Origin::scripted(MIB, script), |_| {});
    world.until_state(job, JobState::TransientError);
    let record = world.job(job);
    let error = record.error.as_ref().unwrap();
    assert_eq!((error.code, error.context), (Code::ClockSuspect, ErrorContext::GeneralTransport));
    assert!(matches!(error.waiting_for, WaitingFor::RetryAt(_)), "{error:?}");
    assert!(Remedy::of(record, error).contains(&Remedy::SetClock));
    // Somebody sets it: the next try goes well.
    world.leap(30 * 365 * 86_400_000);
    world.until_state(job, JobState::Transferred);
}

#[test]
fn a_machine_without_a_network_still_reaches_itself() {
    let mut world = World::new(2);
    for host in ["127.0.0.1:8080", "[::1]:8080", "localhost:8080"] {
        let url = format!("http://{host}/f");
        world.origins.insert(url.clone(), Origin::of(MIB));
        world.conditions(Conditions { cost: CostFlags::ROAMING, ..offline() });
        let job = world.start(vec![World::file(&url, host)]);
        world.until_state(job, JobState::Transferred);
    }
}

#[test]
fn a_job_runs_on_the_links_that_its_flags_name() {
    let costs = [
        (CostFlags::UNRESTRICTED, true, true),
        (CostFlags::NEAR_CAP, false, true),
        (CostFlags::OVERCAP_CHARGED, false, true),
        (CostFlags::USAGE_BASED, true, true),
        (CostFlags::ROAMING, false, true),
    ];
    for (cost, standard, always) in costs {
        for (flags, runs) in [(CostFlags::STANDARD, standard), (CostFlags::ALWAYS, always)] {
            let mut world = World::new(3);
            world.conditions(Conditions { cost, ..Conditions::default() });
            let job = one(&mut world, Origin::of(MIB), |new| new.settings.cost_flags = flags);
            world.pass(SECOND);
            let expected = if runs { JobState::Transferred } else { JobState::TransientError };
            assert_eq!(world.state(job), expected, "{cost:?} {flags:?}");
        }
    }
}

#[test]
fn wider_cost_flags_let_a_job_go_on_at_once() {
    let mut world = World::new(4);
    world.conditions(Conditions { cost: CostFlags::ROAMING, ..Conditions::default() });
    let job = one(&mut world, Origin::of(50 * MIB), |_| {});
    world.pass(DAY);
    assert_eq!(world.state(job), JobState::TransientError, "and the wait is no stall");
    world.set(job, Setting::CostFlags(CostFlags::ALWAYS)).unwrap();
    world.until_state(job, JobState::Transferring);
    world.set(job, Setting::CostFlags(CostFlags::STANDARD)).unwrap();
    assert_eq!(world.state(job), JobState::TransientError);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::BlockedCost);
}

#[test]
fn k02_a_bandwidth_of_nothing_stops_the_background_and_spares_the_foreground() {
    let mut world = World::new(5);
    let background = one(&mut world, Origin::of(50 * MIB), |_| {});
    let foreground = one(&mut world, Origin::of(50 * MIB), |new| new.priority = Priority::Foreground);
    world.until_state(background, JobState::Transferring);
    world.conditions(Conditions { background_bandwidth_zero: true, ..Conditions::default() });
    let error = world.job(background).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::BlockedPolicy, ErrorContext::GeneralQueueManager));
    assert_eq!(error.waiting_for, WaitingFor::Policy);
    world.until_state(foreground, JobState::Transferred);
    assert_eq!(world.state(background), JobState::TransientError);
    // "None, or FOREGROUND (the bandwidth policy spares foreground jobs)" (spec 6.7).
    world.set(background, Setting::Priority(Priority::Foreground)).unwrap();
    world.until_state(background, JobState::Transferred);
    world.conditions(Conditions { foreground_bandwidth_zero: true, ..Conditions::default() });
    let job = one(&mut world, Origin::of(MIB), |new| new.priority = Priority::Foreground);
    world.pass(SECOND);
    assert_eq!(world.state(job), JobState::TransientError);
}

#[test]
fn a_job_that_needs_its_owner_waits_for_him() {
    let mut world = World::new(6);
    let hers = one(&mut world, Origin::of(50 * MIB), |_| {});
    world.until_state(hers, JobState::Transferring);
    let away = Conditions { absent_owners: BTreeSet::from([bgcopy_sim::ADA.owner]), ..Conditions::default() };
    world.conditions(away);
    // "Owner logs off: C, X: Q; files keep their progress" (spec 5.2).
    assert_eq!((world.state(hers), world.job(hers).error.as_ref()), (JobState::Queued, None));
    let file = world.offer("his", Origin::of(MIB));
    let new = bgcopy_engine::NewJob { resume: true, ..World::new_job(vec![file]) };
    let his = world.create_for(BOB, new);
    world.until_state(his, JobState::Transferred);
    let here = world.job(hers).files[0].bytes_here;
    world.pass(DAY);
    assert_eq!((world.state(hers), world.job(hers).files[0].bytes_here), (JobState::Queued, here));
    world.conditions(Conditions::default());
    world.until_state(hers, JobState::Transferred);
    assert_eq!(world.origin("0").served, 50 * MIB);
}

#[test]
fn a_wait_for_a_condition_is_no_stall() {
    let mut world = World::new(11);
    let busy = Origin::always(MIB, Behaviour::Status(503, None));
    let job = one(&mut world, busy, |new| {
        new.settings.no_progress_timeout = Some(100 * SECOND);
        new.settings.min_retry_delay = Some(10 * SECOND);
    });
    world.pass(50 * SECOND);
    world.conditions(offline());
    world.pass(HOUR);
    world.conditions(Conditions::default());
    let back = world.now.mono;
    world.until_state(job, JobState::Error);
    assert_eq!(world.now.mono.since(back).as_secs(), 100, "patience began anew with the network");
}

#[test]
fn e01_a_full_disk_is_waited_for_and_nothing_is_thrown_away() {
    let mut world = World::new(7);
    let job = one(&mut world, Origin::of(50 * MIB), |_| {});
    world.until("some of it is here", |world| world.job(job).files[0].bytes_here > 10 * MIB);
    world.disk.full = true;
    world.until_state(job, JobState::TransientError);
    let error = world.job(job).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::DiskFull, ErrorContext::LocalFile));
    assert_eq!((error.waiting_for, error.space_free), (WaitingFor::Space, Some(0)));
    let requests = world.origin("0").requests;
    world.pass(2 * DAY);
    assert_eq!((world.state(job), world.origin("0").requests), (JobState::TransientError, requests));
    // "A full disk is no fuller" for a network that comes and goes.
    world.conditions(offline());
    world.conditions(Conditions::default());
    world.pass(SECOND);
    assert_eq!(world.origin("0").requests, requests);
    world.disk.full = false;
    world.pass(10 * SECOND);
    assert_eq!(world.state(job), JobState::Transferred);
    assert_eq!(world.origin("0").served, 50 * MIB);
    assert_eq!(world.job(job).error_count, 0);
}

#[test]
fn e10_a_folder_that_comes_back_needs_resume_and_no_download() {
    let mut world = World::new(8);
    let job = one(&mut world, Origin::of(50 * MIB), |_| {});
    world.until("some of it is here", |world| world.job(job).files[0].bytes_here > 10 * MIB);
    world.disk.folder_gone = true;
    world.until_state(job, JobState::Error);
    world.disk.folder_gone = false;
    world.pass(DAY);
    assert_eq!(world.state(job), JobState::Error, "this one needs its client");
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.origin("0").served, 50 * MIB);
}

#[test]
fn a_block_that_nobody_will_lift_is_tried_again() {
    // An effect says that there is no network, the machine says that there is one.
    let mut world = World::new(9);
    let job = one(&mut world, Origin::scripted(MIB, [Behaviour::Fails(Code::NoNetwork)]), |_| {});
    world.until_state(job, JobState::TransientError);
    assert!(matches!(world.job(job).error.as_ref().unwrap().waiting_for, WaitingFor::RetryAt(_)));
    world.until_state(job, JobState::Transferred);
}

#[test]
fn what_comes_into_the_queue_while_it_is_blocked_takes_no_slot() {
    let mut world = World::new(10);
    world.conditions(Conditions { background_bandwidth_zero: true, ..Conditions::default() });
    let blocked: Vec<_> = (0..10).map(|_| one(&mut world, Origin::of(MIB), |_| {})).collect();
    world.pass(SECOND);
    for job in &blocked {
        assert_eq!(world.state(*job), JobState::TransientError);
        assert_eq!(world.job(*job).error.as_ref().unwrap().code, Code::BlockedPolicy);
    }
    world.conditions(Conditions::default());
    for job in blocked {
        world.until_state(job, JobState::Transferred);
    }
}
