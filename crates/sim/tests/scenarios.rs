//! The scenarios that pin the behaviour down, as spec 6.9 numbers them. A scenario is the row of that table: state,
//! `GetError`, `GetFile`, whether `JobError` is delivered.

use std::time::Duration;

use bgcopy_core::explain::describe_code;
use bgcopy_core::{
    Code, CostFlags, ErrorClass, ErrorContext, ErrorRecord, Family, FileIndex, FileStage, Hresult, JobId,
    JobState, Language, Refusal, WaitingFor, catalogue,
};
use bgcopy_engine::request::Confirm;
use bgcopy_engine::{Conditions, NewJob, Notice, Outcome, Request, Setting};
use bgcopy_sim::{ADA, BOB, Behaviour, Origin, World};

const MIB: u64 = 1 << 20;

/// `GetError`: number and context; `None` is "unavail".
fn get_error(world: &World, job: JobId) -> Option<(u32, ErrorContext)> {
    let error = world.job(job).error.as_ref()?;
    Some((error.code.hresult(Family::Do).0, error.context))
}

/// `GetFile`; `None` is "nofile".
fn get_file(world: &World, job: JobId) -> Option<u32> {
    world.job(job).error.as_ref()?.file.map(|file| file.0)
}

/// How often `JobError` was due.
fn job_errors(world: &World, job: JobId) -> usize {
    world.told_of(job).into_iter().filter(|notice| matches!(notice, Notice::Error)).count()
}

fn no_network() -> Conditions {
    Conditions { network: false, ..Conditions::default() }
}

/// Three files, the second of which is not there.
fn three_files_one_missing(world: &mut World, size_of_third: u64) -> JobId {
    let files = vec![
        world.offer("first", Origin::of(MIB)),
        world.offer("second", Origin::always(MIB, Behaviour::Status(404, None))),
        world.offer("third", Origin::of(size_of_third)),
    ];
    let job = world.start(files);
    world.until_state(job, JobState::Error);
    job
}

/// One file at a time, as BITS does.
fn strict(seed: u64) -> World {
    let config = bgcopy_engine::EngineConfig { files_at_once: 1, ..Default::default() };
    World::with_config(seed, config)
}

#[test]
fn s01_a_new_job_has_no_error() {
    let mut world = World::new(1);
    let job = world.create(World::new_job(Vec::new()));
    assert_eq!(world.state(job), JobState::Suspended);
    assert_eq!(get_error(&world, job), None);
    assert_eq!(job_errors(&world, job), 0);
}

#[test]
fn s02_a_failing_call_leaves_no_error_object() {
    let mut world = World::new(2);
    let job = world.create(World::new_job(Vec::new()));
    let refusal = world.resume(job).unwrap_err();
    assert_eq!(refusal, Refusal::Empty);
    assert_eq!(refusal.hresult(Family::Do), Hresult(0x80D0_2004));
    assert_eq!((world.state(job), get_error(&world, job)), (JobState::Suspended, None));
    assert_eq!(job_errors(&world, job), 0);
}

#[test]
fn s03_a_404_stops_the_job() {
    let mut world = World::new(3);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(404, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    assert_eq!(get_error(&world, job), Some((0x8019_0194, ErrorContext::RemoteFile)));
    // "strict DO: NONE".
    let strict = ErrorContext::RemoteFile.strict_do(Hresult(0x8019_0194));
    assert_eq!((strict, strict.has_file()), (ErrorContext::None, false));
    assert_eq!(get_file(&world, job), Some(0));
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s04_a_403_stops_the_job_and_is_the_remote_files_in_every_mode() {
    let mut world = World::new(4);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(403, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    assert_eq!(get_error(&world, job), Some((0x8019_0193, ErrorContext::RemoteFile)));
    assert_eq!(ErrorContext::RemoteFile.strict_do(Hresult(0x8019_0193)), ErrorContext::RemoteFile);
    assert_eq!(get_file(&world, job), Some(0));
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s05_a_503_is_tried_again_and_forgotten_once_bytes_move() {
    let mut world = World::new(5);
    let file = world.offer("f", Origin::scripted(MIB, [Behaviour::Status(503, None)]));
    let job = world.start(vec![file]);
    let error = Some((0x8019_01F7, ErrorContext::RemoteFile));
    for state in [JobState::TransientError, JobState::Connecting] {
        world.until_state(job, state);
        assert_eq!((get_error(&world, job), get_file(&world, job)), (error, Some(0)), "{state}");
    }
    for state in [JobState::Transferring, JobState::Transferred] {
        world.until_state(job, state);
        assert_eq!(get_error(&world, job), None, "{state}");
    }
    assert_eq!(job_errors(&world, job), 0);
    assert_eq!(world.job(job).error_count, 1);
}

#[test]
fn s06_a_503_for_ever_ends_at_the_no_progress_timeout() {
    let mut world = World::new(6);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(503, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::TransientError);
    let began = world.now;
    world.until_state(job, JobState::Error);
    // A background job of the DO class: one day (design.md).
    assert_eq!(world.now.mono.since(began.mono).as_secs(), 86_400);
    let error = world.job(job).error.clone().unwrap();
    // Design.md: the code is that time ran out, and its cause "the last code" of the specification.
    assert_eq!((error.code, error.context), (Code::NoProgress, ErrorContext::GeneralQueueManager));
    let cause = error.cause.unwrap();
    assert_eq!((cause.code, cause.file), (Code::Http(503), Some(FileIndex(0))));
    assert!(cause.count > 100, "{}", cause.count);
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s07_without_a_network_the_job_waits_and_nothing_is_counted() {
    let mut world = World::new(7);
    let file = world.offer("f", Origin::of(50 * MIB));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Transferring);
    world.conditions(no_network());
    world.until_state(job, JobState::TransientError);
    assert_eq!(get_error(&world, job), Some((0x80D0_3805, ErrorContext::GeneralQueueManager)));
    let error = world.job(job).error.as_ref().unwrap();
    assert_eq!((error.waiting_for, error.class), (WaitingFor::Network, ErrorClass::Policy));
    assert_eq!(error.code.hresult(Family::Bits), Hresult(0x8020_0010));
    assert_eq!((world.job(job).error_count, get_file(&world, job)), (0, None));
    assert_eq!(job_errors(&world, job), 0);
}

#[test]
fn s08_the_record_lasts_from_the_networks_return_until_bytes_move() {
    let mut world = World::new(8);
    let file = world.offer("f", Origin::of(50 * MIB));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Transferring);
    world.conditions(no_network());
    world.pass(Duration::from_secs(300));
    world.conditions(Conditions::default());
    world.until_state(job, JobState::Connecting);
    assert_eq!(get_error(&world, job), Some((0x80D0_3805, ErrorContext::GeneralQueueManager)));
    assert_eq!(get_file(&world, job), None);
    world.until_state(job, JobState::Transferring);
    assert_eq!(get_error(&world, job), None);
    assert_eq!(job_errors(&world, job), 0);
}

#[test]
fn s09_a_fatal_failure_names_its_file_and_leaves_the_next_untouched() {
    let mut world = strict(9);
    let job = three_files_one_missing(&mut world, MIB);
    assert_eq!(get_error(&world, job), Some((0x8019_0194, ErrorContext::RemoteFile)));
    assert_eq!(get_file(&world, job), Some(1));
    assert_eq!(world.origin("third").requests, 0);
    assert_eq!(world.job(job).files[0].stage, FileStage::Transferred);
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s10_complete_keeps_the_finished_files() {
    let mut world = strict(10);
    let job = three_files_one_missing(&mut world, MIB);
    assert_eq!(world.complete(job), Ok(Outcome::Partial));
    assert_eq!((world.state(job), get_error(&world, job)), (JobState::Acknowledged, None));
    let there = ["first", "second", "third"].map(|name| world.disk.has(&World::local(name)));
    assert_eq!(there, [true, false, false]);
}

#[test]
fn s11_cancel_keeps_nothing() {
    let mut world = strict(11);
    let job = three_files_one_missing(&mut world, MIB);
    assert_eq!(world.cancel(job), Ok(Outcome::Ok));
    assert_eq!((world.state(job), get_error(&world, job)), (JobState::Cancelled, None));
    assert!(["first", "second", "third"].iter().all(|name| !world.disk.has(&World::local(name))));
    assert!(!world.disk.has_litter(job));
}

#[test]
fn s12_another_remote_name_and_resume_mend_the_job() {
    let mut world = strict(12);
    let job = three_files_one_missing(&mut world, MIB);
    let mirror = world.serve("mirror", Origin::of(MIB));
    let file = world.job(job).error.as_ref().unwrap().file.unwrap();
    world.set(job, Setting::RemoteName(file, mirror.parse().unwrap())).unwrap();
    world.resume(job).unwrap();
    // "Record until X".
    assert!(world.job(job).error.is_some());
    assert_eq!(world.job(job).file(file).unwrap().spec.remote_name.as_str(), mirror);
    world.until_state(job, JobState::Transferring);
    assert_eq!(get_error(&world, job), None);
    world.until_state(job, JobState::Transferred);
    assert_eq!(world.origin("mirror").requests, 1);
}

#[test]
fn s13_an_error_outlives_the_client_that_did_not_look() {
    let mut world = World::new(13);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(404, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    // The client is gone, and the machine as well.
    world.crash();
    assert_eq!(world.state(job), JobState::Error);
    assert_eq!(get_error(&world, job), Some((0x8019_0194, ErrorContext::RemoteFile)));
    assert_eq!(get_file(&world, job), Some(0));
    assert!(world.job(job).unconfirmed.error, "owed to whoever registers now");
}

#[test]
fn s14_an_error_stays_owed_until_a_client_confirms_it() {
    let mut world = World::new(14);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(404, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    // Twice somebody failed to take it; a stranger's word does not count either.
    for _ in 0..2 {
        world.crash();
        assert!(world.job(job).unconfirmed.error);
    }
    let stranger = world.ask(BOB, Request::Confirm(job, Confirm::Error));
    assert_eq!(stranger, Err(Refusal::JobNotFound { job: job.to_string() }));
    assert!(world.job(job).unconfirmed.error);
    world.ask(ADA, Request::Confirm(job, Confirm::Error)).unwrap();
    assert!(!world.job(job).unconfirmed.error);
    assert_eq!(world.state(job), JobState::Error);
    world.pass(Duration::from_secs(1));
    world.crash();
    assert!(!world.job(job).unconfirmed.error, "confirmed once, and for good");
}

#[test]
fn s15_a_folder_that_goes_away_stops_the_job() {
    let mut world = World::new(15);
    let file = world.offer("f", Origin::of(50 * MIB));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Transferring);
    world.disk.folder_gone = true;
    world.until_state(job, JobState::Error);
    // HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND).
    assert_eq!(get_error(&world, job), Some((0x8007_0003, ErrorContext::LocalFile)));
    assert_eq!(get_file(&world, job), Some(0));
    assert_eq!(ErrorContext::LocalFile.strict_do(Hresult(0x8007_0003)), ErrorContext::None);
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s16_without_patience_the_first_failure_is_the_last() {
    let mut world = World::new(16);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Fails(Code::Connect)));
    let mut new = NewJob { resume: true, ..World::new_job(vec![file]) };
    new.settings.no_progress_timeout = Some(Duration::ZERO);
    let job = world.create(new);
    world.until_state(job, JobState::Error);
    assert_eq!(get_error(&world, job), Some((0x8007_2EFD, ErrorContext::GeneralTransport)));
    assert_eq!(get_file(&world, job), None);
    assert_eq!((world.origin("f").requests, world.job(job).error_count), (1, 1));
    assert_eq!(job_errors(&world, job), 1);
}

#[test]
fn s17_suspending_a_failing_job_keeps_its_record() {
    let mut world = World::new(17);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(503, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::TransientError);
    let before = (get_error(&world, job), get_file(&world, job));
    world.suspend(job).unwrap();
    assert_eq!(world.state(job), JobState::Suspended);
    assert_eq!((get_error(&world, job), get_file(&world, job)), before);
    let requests = world.origin("f").requests;
    world.pass(Duration::from_secs(86_400));
    assert_eq!((world.state(job), world.origin("f").requests), (JobState::Suspended, requests));
    assert_eq!(job_errors(&world, job), 0);
}

#[test]
fn s18_an_error_that_was_looked_at_keeps_answering_after_the_job_moved_on() {
    let mut world = World::new(18);
    let file = world.offer("f", Origin::scripted(MIB, [Behaviour::Status(404, None)]));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    let snapshot: ErrorRecord = world.job(job).error.clone().unwrap();
    world.resume(job).unwrap();
    world.until_state(job, JobState::Transferred);
    assert_eq!(get_error(&world, job), None, "a new GetError has nothing to tell");
    assert_eq!(snapshot.code.hresult(Family::Do), Hresult(0x8019_0194));
    let file = world.job(job).file(snapshot.file.unwrap()).unwrap();
    assert!(file.is_transferred(), "the file of the old error is the live one");
}

#[test]
fn s19_an_error_is_described_in_languages_that_exist() {
    let mut world = World::new(19);
    let file = world.offer("f", Origin::always(MIB, Behaviour::Status(404, None)));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Error);
    let code = world.job(job).error.as_ref().unwrap().code;
    // `E_INVALIDARG` for 0, 0x80070717 for German: neither is a language of ours.
    assert_eq!((Language::from_langid(0), Language::from_langid(0x0407)), (None, None));
    assert_eq!(catalogue::codes::ERROR_RESOURCE_LANG_NOT_FOUND, Hresult(0x8007_0717));
    for langid in [0x0409, 0x0809, 0x040C] {
        let language = Language::from_langid(langid).unwrap();
        assert!(!describe_code(code, language).is_empty(), "{langid:#x}");
    }
}

#[test]
fn s20_a_link_that_costs_too_much_makes_the_job_wait() {
    let mut world = World::new(20);
    let file = world.offer("f", Origin::of(50 * MIB));
    let job = world.start(vec![file]);
    world.until_state(job, JobState::Transferring);
    world.conditions(Conditions { cost: CostFlags::ROAMING, ..Conditions::default() });
    world.until_state(job, JobState::TransientError);
    assert_eq!(get_error(&world, job), Some((0x80D0_3801, ErrorContext::GeneralQueueManager)));
    assert_eq!(world.job(job).error.as_ref().unwrap().waiting_for, WaitingFor::Policy);
    assert_eq!((get_file(&world, job), world.job(job).error_count), (None, 0));
    assert_eq!(job_errors(&world, job), 0);
}
