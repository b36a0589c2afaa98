//! Complete, Cancel and old age (spec 5.1, 5.4, 9.5; faults E13, J05, K10, invariant "no litter").

use bgcopy_core::{Code, ErrorContext, Existing, FileStage, JobId, JobState};
use bgcopy_engine::{Conditions, EngineConfig, NewJob, Notice, Outcome, Reply, Request, Setting};
use bgcopy_sim::{ADA, Behaviour, Origin, World};

use super::{DAY, HOUR, MIB, SECOND, in_error, one};

/// A job with one file that is here and one that is not, in this state.
fn half_way(world: &mut World, state: JobState) -> JobId {
    let here = world.offer("here", Origin::of(MIB));
    let job = world.start(vec![here]);
    world.until_state(job, JobState::Transferred);
    let origin = match state {
        JobState::TransientError => Origin::always(MIB, Behaviour::Status(503, Some(HOUR))),
        JobState::Error => Origin::always(MIB, Behaviour::Status(404, None)),
        JobState::Transferring => Origin::of(5_000 * MIB),
        _ => Origin::always(MIB, Behaviour::Silent),
    };
    let not = world.offer("not", origin);
    world.add(job, not).unwrap();
    if state == JobState::Queued {
        let absent_owners = [ADA.owner].into();
        world.conditions(Conditions { absent_owners, ..Conditions::default() });
    }
    world.resume(job).unwrap();
    if state == JobState::Suspended {
        world.suspend(job).unwrap();
    }
    world.until_state(job, state);
    job
}

const STATES: [JobState; 6] = [
    JobState::Suspended,
    JobState::Queued,
    JobState::Connecting,
    JobState::Transferring,
    JobState::Error,
    JobState::TransientError,
];

#[test]
fn complete_keeps_what_is_whole_in_every_state() {
    for state in STATES {
        let mut world = World::new(1);
        let job = half_way(&mut world, state);
        assert_eq!(world.complete(job), Ok(Outcome::Partial), "{state}");
        let record = world.job(job);
        assert_eq!((record.state, record.error.as_ref()), (JobState::Acknowledged, None), "{state}");
        let stages = record.files.iter().map(|file| file.stage).collect::<Vec<_>>();
        assert_eq!(stages, [FileStage::Published, FileStage::Discarded], "{state}");
        assert!(world.disk.has(&World::local("here")) && !world.disk.has(&World::local("not")));
        // "Also on second Complete" (spec 5.1): it is out of the queue.
        assert_eq!(world.complete(job).unwrap_err().word(), "not-found");
    }
}

#[test]
fn complete_of_nothing_is_no_failure() {
    // 5.4 (c): "with no files at all: A, S_OK"; "in S with nothing transferred: BG_S_PARTIAL_COMPLETE".
    let mut world = World::new(2);
    let empty = world.create(World::new_job(Vec::new()));
    assert_eq!(world.complete(empty), Ok(Outcome::Ok));
    let file = world.offer("f", Origin::of(MIB));
    let untouched = world.create(World::new_job(vec![file]));
    assert_eq!(world.complete(untouched), Ok(Outcome::Partial));
    let whole = one(&mut world, Origin::of(MIB), |_| {});
    world.until_state(whole, JobState::Transferred);
    assert_eq!(world.complete(whole), Ok(Outcome::Ok));
}

#[test]
fn cancel_keeps_nothing_in_every_state() {
    for state in STATES {
        let mut world = World::new(3);
        let job = half_way(&mut world, state);
        assert_eq!(world.cancel(job), Ok(Outcome::Ok), "{state}");
        assert_eq!(world.state(job), JobState::Cancelled);
        assert!(!world.disk.has(&World::local("here")) && !world.disk.has_litter(job), "{state}");
        assert_eq!(world.cancel(job).unwrap_err().word(), "not-found");
    }
}

#[test]
fn what_cannot_be_removed_is_told() {
    for (end, state) in
        [(Request::Cancel as fn(JobId) -> Request, JobState::Suspended), (Request::Complete, JobState::Error)]
    {
        let mut world = World::new(4);
        let job = half_way(&mut world, state);
        world.disk.stuck = true;
        assert_eq!(world.ask(ADA, end(job)), Ok(Reply::Done(Outcome::UnableToDelete)));
        assert!(world.job(job).state.is_final());
    }
}

/// A job that is through but for a name that somebody else has.
fn two_with_one_taken(world: &mut World, change: impl FnOnce(&mut NewJob)) -> JobId {
    let files = vec![world.offer("free", Origin::of(MIB)), world.offer("taken", Origin::of(MIB))];
    world.disk.taken.insert(World::local("taken"));
    let mut new = NewJob { resume: true, ..World::new_job(files) };
    new.settings.existing = Existing::Refuse;
    change(&mut new);
    world.create(new)
}

#[test]
fn e13_a_rename_that_fails_leaves_the_job_transferred() {
    // Spec 9.5: "the call returns the failure, the job stays TRANSFERRED, already renamed files stay usable".
    let mut world = World::new(5);
    let job = two_with_one_taken(&mut world, |_| {});
    world.until_state(job, JobState::Transferred);
    for _ in 0..2 {
        assert_eq!(world.complete(job).unwrap_err().word(), "destination-exists");
        assert_eq!((world.state(job), world.job(job).error.as_ref()), (JobState::Transferred, None));
        assert!(
            world.job(job).files[0].progress().completed && !world.job(job).files[1].progress().completed
        );
    }
    // Repaired, the rest is renamed; the first is not renamed again.
    world.disk.taken.clear();
    assert_eq!(world.complete(job), Ok(Outcome::Ok));
    assert!(world.disk.has(&World::local("taken")));
    assert_eq!(world.origin("taken").requests, 1);
}

#[test]
fn cancel_after_half_a_complete_leaves_what_has_its_name() {
    let mut world = World::new(6);
    let job = two_with_one_taken(&mut world, |_| {});
    world.until_state(job, JobState::Transferred);
    world.complete(job).unwrap_err();
    assert_eq!(world.cancel(job), Ok(Outcome::Ok));
    assert!(world.disk.has(&World::local("free")) && !world.disk.has_litter(job));
}

#[test]
fn an_existing_file_is_replaced_or_left_beside_as_the_job_says() {
    for (existing, name) in [(Existing::Replace, "taken"), (Existing::KeepBoth, "taken (1)")] {
        let mut world = World::new(7);
        let job = two_with_one_taken(&mut world, |new| new.settings.existing = existing);
        world.until_state(job, JobState::Transferred);
        assert_eq!(world.complete(job), Ok(Outcome::Ok));
        assert!(world.disk.has(&World::local(name)));
        assert_eq!(world.job(job).files[1].spec.local_name, World::local(name));
    }
}

#[test]
fn a_complete_that_fails_in_mid_transfer_lets_the_job_go_on() {
    for state in [JobState::Transferring, JobState::TransientError, JobState::Queued] {
        let mut world = World::new(8);
        let job = half_way(&mut world, state);
        world.disk.folder_gone = true;
        assert_eq!(world.complete(job).unwrap_err().word(), "path-not-found", "{state}");
        world.disk.folder_gone = false;
        world.origin("not").otherwise = Behaviour::Good;
        world.conditions(Conditions::default());
        world.until_state(job, JobState::Transferred);
        assert_eq!(world.complete(job), Ok(Outcome::Ok), "{state}");
    }
}

#[test]
fn a_complete_that_fails_changes_neither_rest_nor_error() {
    for state in [JobState::Suspended, JobState::Error] {
        let mut world = World::new(9);
        let job = half_way(&mut world, state);
        let error = world.job(job).error.clone();
        world.disk.folder_gone = true;
        world.complete(job).unwrap_err();
        assert_eq!((world.state(job), &world.job(job).error), (state, &error));
        world.disk.folder_gone = false;
        assert_eq!(world.complete(job), Ok(Outcome::Partial));
    }
}

#[test]
fn j05_of_many_who_end_a_job_one_wins() {
    let mut world = World::new(10);
    let job = half_way(&mut world, JobState::Transferring);
    let completes: Vec<_> = (0..100).map(|_| world.send(ADA, Request::Complete(job))).collect();
    let cancel = world.send(ADA, Request::Cancel(job));
    for ticket in completes {
        assert_eq!(world.answer(ticket), Ok(Reply::Done(Outcome::Partial)));
    }
    assert_eq!(world.answer(cancel).unwrap_err().word(), "invalid-state");
    world.until("everything is told", |world| world.runs_of(job) == 0);
    let ends = world.told_of(job).into_iter().filter(|notice| matches!(notice, Notice::Ended(_))).count();
    assert_eq!(ends, 1);
}

#[test]
fn a_job_that_completes_by_itself_needs_nobody() {
    let mut world = World::new(11);
    let job = one(&mut world, Origin::of(MIB), |new| new.settings.auto_complete = true);
    world.until("the job has ended", |world| world.engine.job(job).is_none());
    assert_eq!(world.state(job), JobState::Acknowledged);
    assert!(world.disk.has(&World::local("0")));
    assert_eq!(world.now.mono.since_start().as_secs(), 0);
}

#[test]
fn a_job_that_completes_by_itself_says_so_when_it_cannot() {
    let mut world = World::new(12);
    let job = two_with_one_taken(&mut world, |new| new.settings.auto_complete = true);
    world.until_state(job, JobState::Error);
    let error = world.job(job).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::DestinationExists, ErrorContext::LocalFile));
    assert_eq!(error.file.map(|file| file.0), Some(1));
    assert!(world.told_of(job).contains(&&Notice::Error));
    // "A clash then is error destination-exists, bytes kept" (design.md): nothing is fetched for the repair.
    world.pass(HOUR);
    assert_eq!(world.state(job), JobState::Error);
    world.disk.taken.clear();
    world.resume(job).unwrap();
    world.until("the job has ended", |world| world.engine.job(job).is_none());
    assert_eq!(world.state(job), JobState::Acknowledged);
    assert_eq!(world.origin("taken").requests, 1);
}

#[test]
fn a_pending_name_that_clashes_is_told() {
    let mut world = World::new(13);
    let origin = Origin { proposes: Some("report.pdf".to_owned()), ..Origin::of(MIB) };
    let file = world.offer("unknown", origin);
    world.disk.taken.insert(World::local("report.pdf"));
    let file = bgcopy_core::FileSpec { pending_name: true, ..file };
    let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
    new.settings.existing = Existing::Refuse;
    new.settings.auto_complete = true;
    let job = world.create(new);
    world.until_state(job, JobState::Error);
    assert_eq!(world.job(job).error.as_ref().unwrap().code, Code::DestinationExists);
    assert_eq!(world.job(job).files[0].spec.local_name, World::local("report.pdf"));
    world.set(job, Setting::Existing(Existing::KeepBoth)).unwrap();
    world.resume(job).unwrap();
    world.until("the job has ended", |world| world.engine.job(job).is_none());
    assert!(world.disk.has(&World::local("report.pdf (1)")));
}

#[test]
fn k10_a_job_that_nobody_touches_for_thirty_days_goes() {
    let mut world = World::new(14);
    let file = world.offer("f", Origin::of(MIB));
    let suspended = world.create(World::new_job(vec![file]));
    let stuck = in_error(&mut world);
    let through = one(&mut world, Origin::of(MIB), |_| {});
    world.until_state(through, JobState::Transferred);
    world.pass(29 * DAY);
    world.set(suspended, Setting::Description("still mine".to_owned())).unwrap();
    world.pass(DAY + HOUR);
    assert_eq!(world.state(stuck), JobState::Cancelled);
    assert_eq!(world.state(through), JobState::Cancelled);
    assert!(!world.disk.has_litter(through));
    let told = world.told_of(through);
    assert!(matches!(told.last(), Some(Notice::Ended(_))), "removed with an event");
    assert_eq!(world.state(suspended), JobState::Suspended, "it was touched");
    world.pass(30 * DAY);
    assert_eq!(world.state(suspended), JobState::Cancelled);
}

#[test]
fn a_job_at_work_has_no_age() {
    let mut world = World::with_config(15, EngineConfig { job_age_limit: HOUR, ..EngineConfig::default() });
    let job = one(&mut world, Origin::always(MIB, Behaviour::Status(503, Some(HOUR / 2))), |new| {
        new.settings.no_progress_timeout = Some(100 * DAY);
    });
    world.pass(50 * SECOND);
    assert_eq!(world.state(job), JobState::TransientError);
    // Trying is no activity, so patience has an end even here (spec 7.2: "also capped in effect by the age limit").
    world.pass(3 * HOUR);
    assert_eq!(world.state(job), JobState::Cancelled);
}

#[test]
fn age_goes_on_while_the_service_is_away() {
    let mut world = World::new(16);
    let job = in_error(&mut world);
    for _ in 0..29 {
        world.crash_for(DAY);
    }
    world.pass(DAY - HOUR);
    assert_eq!(world.state(job), JobState::Error);
    world.pass(2 * HOUR);
    assert_eq!(world.state(job), JobState::Cancelled);
    let job = in_error(&mut world);
    world.crash_for(31 * DAY);
    // A clock that was wrong at the start gets an hour to be set right (faults G02).
    world.pass(HOUR / 2);
    assert_eq!(world.state(job), JobState::Error);
    world.pass(HOUR);
    assert_eq!(world.state(job), JobState::Cancelled);
}

#[test]
fn g01_a_leap_of_the_clock_makes_nobody_old() {
    let mut world = World::new(20);
    let job = in_error(&mut world);
    world.pass(10 * DAY);
    world.set(job, Setting::Description("still mine".to_owned())).unwrap();
    world.pass(10 * DAY);
    world.leap(365 * 86_400_000);
    world.pass(19 * DAY);
    assert_eq!(world.state(job), JobState::Error, "29 days by the clock that does not leap");
    world.pass(2 * DAY);
    assert_eq!(world.state(job), JobState::Cancelled);
}

#[test]
fn g02_a_clock_that_is_set_right_after_the_start_ages_nobody() {
    let mut world = World::new(17);
    let job = in_error(&mut world);
    world.leap(400 * 86_400_000);
    world.crash();
    world.pass(HOUR / 2);
    world.leap(-400 * 86_400_000);
    world.pass(20 * DAY);
    assert_eq!(world.state(job), JobState::Error);
}

#[test]
fn an_age_limit_that_is_changed_counts_at_once() {
    let mut world = World::new(18);
    let job = in_error(&mut world);
    world.pass(2 * DAY);
    let config = EngineConfig { job_age_limit: DAY, ..EngineConfig::default() };
    world.engine.configure(world.now, config);
    world.pass(HOUR);
    assert_eq!(world.state(job), JobState::Cancelled);
}

#[test]
fn a_job_whose_own_complete_failed_grows_old_like_any_other() {
    let mut world = World::new(19);
    let job = two_with_one_taken(&mut world, |new| new.settings.auto_complete = true);
    world.until_state(job, JobState::Error);
    world.pass(31 * DAY);
    assert_eq!(world.state(job), JobState::Cancelled);
}

#[test]
fn a_job_of_very_many_files_is_completed_and_cancelled_like_any_other() {
    const MANY: usize = 1_100;
    for complete in [true, false] {
        let mut world = World::new(1);
        let files = (0..MANY).map(|number| world.offer(&format!("f{number}"), Origin::of(100))).collect();
        let job = world.start(files);
        world.until_state(job, JobState::Transferred);
        let ended = if complete { world.complete(job) } else { world.cancel(job) };
        assert_eq!(ended, Ok(Outcome::Ok));
        let there = (0..MANY).filter(|number| world.disk.has(&World::local(&format!("f{number}")))).count();
        assert_eq!(there, if complete { MANY } else { 0 });
        assert!(!world.disk.has_litter(job));
    }
}
