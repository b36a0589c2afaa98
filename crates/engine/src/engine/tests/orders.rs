//! Which orders a run gets, and what is durable before what (faults A10, A11, A21, A38, D02, E11, F02, F03).

use std::time::Duration;

use bgcopy_core::{
    Ask, ByteRange, Code, ErrorClass, ErrorContext, Fault, FileIndex, FileStage, Framing, JobState, RangeSet,
    SecurityFlags, Setting, Trust, Wall,
};

use super::{ADA, Desk, fetched, job, rest, spec, up_to, version, whole};
use crate::action::{Action, Fetch, Notice, Order, Saved};
use crate::engine::EngineConfig;
use crate::event::{Event, Finished};
use crate::plan::Restart;
use crate::request::{NewJob, Reply, Request};

const MIB: u64 = 1 << 20;

fn unsatisfiable(size: u64) -> Fault {
    let mut fault = Fault::new(Code::Http(416), ErrorContext::RemoteFile, "not satisfiable");
    fault.remote_size = Some(size);
    fault
}

/// A job of one file, suspended with this much of it here.
fn with_bytes_here(desk: &mut Desk, here: u64, size: u64) -> bgcopy_core::JobId {
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, "/home/ada/.tmp".into());
    desk.answers(run, size);
    desk.brings(run, 0, here);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    desk.ask(ADA, Request::Resume(id)).unwrap();
    id
}

#[test]
fn a_request_is_answered_after_its_record_is_durable() {
    let mut desk = Desk::new();
    let ticket = desk.send(ADA, Request::Create(Box::new(NewJob { resume: true, ..job(1) })));
    let saved = desk.place("save", |action| matches!(action, Action::Save(_, Saved::Created)));
    let answered = desk.place("answer", |action| matches!(action, Action::Reply(of, _) if *of == ticket));
    let begun = desk.place("run", |action| matches!(action, Action::Begin { .. }));
    assert!(saved < answered && saved < begun);
    assert!(
        !desk.actions.iter().any(|action| matches!(action, Action::Save(_, Saved::Head))),
        "the whole holds the head"
    );
    let Some(Ok(Reply::Created(id))) = desk.answer_to(ticket) else { panic!("not created") };
    let ticket = desk.send(ADA, Request::add_files(id, vec![spec("more")]));
    let saved = desk.place("save", |action| *action == Action::Save(id, Saved::FilesFrom(FileIndex(1))));
    let answered = desk.place("answer", |action| matches!(action, Action::Reply(of, _) if *of == ticket));
    assert!(saved < answered);
}

#[test]
fn a10_what_is_here_is_continued_only_under_its_validator() {
    let mut desk = Desk::new();
    let id = with_bytes_here(&mut desk, 4 * MIB, 9 * MIB);
    let run = desk.run(id, 0);
    assert_eq!(desk.orders(run), [Order::Open]);
    desk.event(Event::Opened(run, up_to(4 * MIB)));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(4 * MIB), Some(version(1)))));
    // A hole at the start is a continuation too.
    let id = with_bytes_here(&mut desk, 4 * MIB, 9 * MIB);
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, [ByteRange::new(MIB, 2 * MIB)].into_iter().collect()));
    let hole = Ask::Exactly(ByteRange::new(0, MIB));
    assert_eq!(fetched(&desk.orders(run)), Some((hole, Some(version(1)))));
    assert_eq!(desk.notices(), [Notice::FileRestarted(FileIndex(0), Restart::Unproved)]);
}

#[test]
fn a_new_version_is_believed_only_when_its_first_byte_is_here() {
    let mut desk = Desk::new();
    let id = with_bytes_here(&mut desk, 4 * MIB, 9 * MIB);
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, up_to(4 * MIB)));
    let other = bgcopy_core::Answer { validator: Some(version(2)), ..whole(8 * MIB) };
    desk.event(Event::Answered(run, Box::new(other)));
    // A crash now must not find the old bytes under the new validator.
    let file = desk.file(id, 0);
    assert_eq!((file.validator.clone(), file.remote_size, file.bytes_here), (None, None, 0));
    let forgotten = desk.place("save", |action| *action == Action::Save(id, Saved::File(FileIndex(0))));
    let ordered = desk.place("order", |action| matches!(action, Action::Order(_, Order::Receive(_))));
    assert!(forgotten < ordered);
    let Action::Order(_, Order::Receive(receive)) = &desk.actions[ordered] else { unreachable!("its place") };
    assert!(receive.afresh);
    assert_eq!((receive.size, receive.limit), (Some(8 * MIB), Some(8 * MIB)));
    assert_eq!(desk.notices(), [Notice::FileRestarted(FileIndex(0), Restart::RemoteChanged)]);
    desk.brings(run, 0, MIB);
    let file = desk.file(id, 0);
    assert_eq!((file.validator.clone(), file.remote_size), (Some(version(2)), Some(8 * MIB)));
    assert_eq!((file.trust, file.remote_changes.len()), (Trust::Consistent, 1));
    assert!(desk.actions.contains(&Action::Note(id, Saved::File(FileIndex(0)))));
}

#[test]
fn bytes_of_which_the_record_knows_nothing_are_not_continued() {
    // What a crash leaves between forgetting and learning: with a digest they would be, and be wrong.
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].digest = Some(bgcopy_core::Digest::Sha256([0; 32]));
    let id = desk.create(new);
    let record = desk.job(id).clone();
    let mut desk = Desk::new();
    desk.engine.restore(desk.now, vec![record]);
    desk.pass(Duration::ZERO);
    let run = desk.run(id, 0);
    assert_eq!(desk.orders(run), [Order::Open]);
    desk.event(Event::Opened(run, up_to(3 * MIB)));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(0), None)));
    desk.answers(run, 9 * MIB);
    assert!(matches!(&desk.orders(run)[..], [Order::Receive(receive)] if receive.afresh));
}

#[test]
fn a10_a_file_that_changes_three_times_in_an_hour_is_given_up() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 9 * MIB);
    for change in 2..=4 {
        assert_eq!(desk.state(id), if change == 2 { JobState::Connecting } else { JobState::Transferring });
        desk.brings(run, 0, 2 * MIB);
        desk.fails(run, Code::Reset);
        assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(2 * MIB), Some(version(change - 1)))));
        let changed = bgcopy_core::Answer { validator: Some(version(change)), ..whole(9 * MIB) };
        desk.event(Event::Answered(run, Box::new(changed)));
    }
    assert_eq!(desk.state(id), JobState::Error);
    let error = desk.job(id).error.as_ref().unwrap();
    assert_eq!((error.code, error.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
    // A restart for another reason is no change.
    desk.pass(Duration::from_secs(10));
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    desk.answers(run, 9 * MIB);
    desk.brings(run, 0, 2 * MIB);
    desk.fails(run, Code::Reset);
    desk.answers(run, 9 * MIB);
    assert_eq!(desk.state(id), JobState::Transferring, "a 200 of the same version");
}

#[test]
fn a10_changes_of_long_ago_are_forgotten() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 9 * MIB);
    for change in 2..9 {
        desk.brings(run, 0, 2 * MIB);
        desk.pass(Duration::from_secs(1_801));
        desk.fails(run, Code::Reset);
        let changed = bgcopy_core::Answer { validator: Some(version(change)), ..whole(9 * MIB) };
        desk.event(Event::Answered(run, Box::new(changed)));
        assert_eq!(desk.state(id), JobState::Transferring, "change {change}");
    }
}

#[test]
fn a21_a_416_settles_what_is_whole_and_starts_again_what_shrank() {
    // (here, size before, size told): settled, started again, or given up.
    for (here, before, told, outcome) in [
        (4 * MIB, None, 4 * MIB, "whole"),
        (4 * MIB, Some(9 * MIB), 3 * MIB, "again"),
        (4 * MIB, Some(9 * MIB), 4 * MIB, "again"),
        (4 * MIB, Some(9 * MIB), 9 * MIB, "error"),
        (0, Some(9 * MIB), 9 * MIB, "error"),
        (0, None, 0, "whole"),
    ] {
        let mut desk = Desk::new();
        let id = desk.start(1);
        let run = desk.run(id, 0);
        if here > 0 {
            let framing = before.map_or(Framing::Marked, Framing::Length);
            let answer = bgcopy_core::Answer { size: before, framing, ..whole(9 * MIB) };
            desk.event(Event::Answered(run, Box::new(answer)));
            desk.brings(run, 0, here);
            desk.fails(run, Code::Reset);
        }
        desk.event(Event::FetchFailed(run, unsatisfiable(told)));
        let orders = desk.orders(run);
        let seen = match &orders[..] {
            [Order::Finish { size }] if *size == told => "whole",
            [Order::Fetch(Fetch { ask: Ask::From(0), .. })] => "again",
            [Order::Stop] if desk.state(id) == JobState::Error => "error",
            other => panic!("{other:?}"),
        };
        assert_eq!(seen, outcome, "{here} here, {before:?} before, {told} told");
    }
}

#[test]
fn a21_a_range_inside_the_file_is_not_asked_for_for_ever() {
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].ranges = vec![bgcopy_core::FileRange { offset: 100, length: Some(100) }];
    let id = desk.create(new.clone());
    let run = desk.run(id, 0);
    desk.event(Event::FetchFailed(run, unsatisfiable(1_000)));
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::Http(416));
    let id = desk.create(new);
    let run = desk.run(id, 0);
    desk.event(Event::FetchFailed(run, unsatisfiable(150)));
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::InvalidRange);
}

#[test]
fn a38_an_empty_file_needs_no_body() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.event(Event::FetchFailed(run, unsatisfiable(0)));
    assert_eq!(desk.orders(run), [Order::Finish { size: 0 }]);
    desk.event(Event::Finished(run, Finished { digest_matched: false, pieces_matched: false }));
    assert_eq!(desk.state(id), JobState::Transferred);
    assert_eq!(desk.file(id, 0).trust, Trust::Consistent);
}

#[test]
fn the_end_of_a_marked_body_is_the_end_of_the_file() {
    let chunked = || bgcopy_core::Answer {
        size: None,
        range: ByteRange::new(0, u64::MAX),
        framing: Framing::Marked,
        ..whole(0)
    };
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.event(Event::Answered(run, Box::new(chunked())));
    assert_eq!(desk.file(id, 0).bytes_total(), None);
    desk.brings(run, 0, 5);
    desk.event(Event::BodyEnded(run));
    assert_eq!(desk.orders(run), [Order::Finish { size: 5 }]);
    // The end of a part of it is not.
    let id = desk.start(1);
    let run = desk.run(id, 0);
    let part = bgcopy_core::Answer { partial: true, range: ByteRange::new(0, 5), ..chunked() };
    desk.event(Event::Answered(run, Box::new(part)));
    desk.brings(run, 0, 5);
    desk.event(Event::BodyEnded(run));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(5), Some(version(1)))));
    // Nor is the end of what is kept of it.
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, "/tmp/t".into());
    desk.event(Event::Answered(run, Box::new(chunked())));
    desk.brings(run, 0, 10);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    let holed: RangeSet = [ByteRange::new(0, 2), ByteRange::new(4, 10)].into_iter().collect();
    desk.event(Event::Opened(run, holed));
    desk.event(Event::Answered(run, Box::new(chunked())));
    desk.brings(run, 2, 4);
    desk.event(Event::BodyEnded(run));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(10), Some(version(1)))));
}

#[test]
fn a17_what_came_before_a_cut_is_kept_and_the_rest_asked_for_at_once() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 9 * MIB);
    for (from, to) in [(0, MIB), (MIB, 2 * MIB)] {
        desk.brings(run, from, to);
        desk.fails(run, Code::ClosedEarly);
        assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(to), Some(version(1)))));
        desk.event(Event::Answered(run, Box::new(rest(to, 9 * MIB))));
    }
    assert_eq!((desk.state(id), desk.job(id).error_count), (JobState::Transferring, 0));
    // B07: no loop without progress.
    desk.fails(run, Code::ClosedEarly);
    assert_eq!(desk.state(id), JobState::TransientError);
    assert_eq!(desk.job(id).error_count, 1);
}

#[test]
fn b07_a_body_that_brings_nothing_is_a_failure() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 9 * MIB);
    desk.brings(run, 0, MIB);
    desk.event(Event::BodyEnded(run));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(MIB), Some(version(1)))), "A05: short is legal");
    desk.event(Event::Answered(run, Box::new(rest(MIB, 9 * MIB))));
    desk.event(Event::BodyEnded(run));
    assert_eq!(desk.state(id), JobState::TransientError);
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::ClosedEarly);
    // Short parts that nothing lets us continue: the second brings what the first brought.
    let part = || bgcopy_core::Answer { validator: None, range: ByteRange::new(0, MIB), ..rest(0, 9 * MIB) };
    let id = desk.start(1);
    let run = desk.run(id, 0);
    for seen in [Some((Ask::From(0), None)), None] {
        desk.event(Event::Answered(run, Box::new(part())));
        desk.brings(run, 0, MIB);
        desk.event(Event::BodyEnded(run));
        assert_eq!(fetched(&desk.orders(run)), seen);
    }
    assert_eq!(desk.state(id), JobState::TransientError);
}

#[test]
fn a11_a_file_that_cannot_be_continued_is_not_fetched_again_without_end() {
    let untagged = |size| bgcopy_core::Answer { validator: None, ..whole(size) };
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.event(Event::Answered(run, Box::new(untagged(9 * MIB))));
    desk.brings(run, 0, MIB);
    desk.fails(run, Code::ClosedEarly);
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(0), None)));
    assert_eq!(desk.notices(), [Notice::FileRestarted(FileIndex(0), Restart::NoValidator)]);
    desk.event(Event::Answered(run, Box::new(untagged(9 * MIB))));
    desk.brings(run, 0, MIB);
    // The same bytes again are no progress: now it rests like any other failure.
    desk.fails(run, Code::ClosedEarly);
    assert_eq!(desk.state(id), JobState::TransientError);
    assert_eq!(desk.file(id, 0).trust, Trust::Unverified);
}

#[test]
fn d02_a_wrong_digest_is_fatal_and_resume_fetches_everything_again() {
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].digest = Some(bgcopy_core::Digest::Sha256([0; 32]));
    let id = desk.create(new);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, "/tmp/t".into());
    desk.brings_all(run, 10);
    let wrong = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, "another digest");
    desk.event(Event::DiskFailed(run, wrong));
    assert_eq!((desk.state(id), desk.file(id, 0).bytes_here), (JobState::Error, 0));
    assert!(desk.notices().contains(&Notice::FileRestarted(FileIndex(0), Restart::Invalid)));
    // The bytes stay where they are until somebody decides (D02: quarantine).
    assert!(!desk.actions.iter().any(|action| matches!(action, Action::Discard(..))));
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, up_to(10)));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(0), None)));
    desk.answers(run, 10);
    assert!(matches!(&desk.orders(run)[..], [Order::Receive(receive)] if receive.afresh));
}

#[test]
fn e11_a_temporary_file_that_somebody_took_is_fetched_again() {
    let mut desk = Desk::new();
    let id = with_bytes_here(&mut desk, 4 * MIB, 9 * MIB);
    let run = desk.run(id, 0);
    let lost = Fault::new(Code::LocalFileChanged, ErrorContext::LocalFile, "it is not there");
    desk.event(Event::DiskFailed(run, lost.clone()));
    assert_eq!(desk.notices(), [Notice::FileRestarted(FileIndex(0), Restart::LocalFileChanged)]);
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(0), None)));
    // Whoever takes it before a byte is there again is not run after.
    desk.event(Event::DiskFailed(run, lost));
    assert_eq!(desk.state(id), JobState::Error);
}

#[test]
fn files_begin_in_order_and_no_more_than_may_at_once() {
    let config = EngineConfig { files_at_once: 2, ..EngineConfig::default() };
    let mut desk = Desk::with_config(config);
    let id = desk.start(4);
    let busy = |desk: &Desk| (0..4).map(|file| desk.is_busy(id, file)).collect::<Vec<_>>();
    assert_eq!(busy(&desk), [true, true, false, false]);
    desk.bring_whole(id, 1, 10);
    assert_eq!(busy(&desk), [true, false, true, false]);
    desk.bring_whole(id, 0, 10);
    assert_eq!(busy(&desk), [false, false, true, true]);
}

#[test]
fn the_first_fatal_failure_stops_the_other_files() {
    let mut desk = Desk::with_config(EngineConfig { files_at_once: 2, ..EngineConfig::default() });
    let id = desk.start(3);
    let (first, second) = (desk.run(id, 0), desk.run(id, 1));
    desk.fails(second, Code::Http(404));
    assert_eq!(desk.state(id), JobState::Error);
    assert_eq!((desk.orders(first), desk.orders(second)), (vec![Order::Stop], vec![Order::Stop]));
    assert!(!desk.actions.iter().any(|action| matches!(action, Action::Begin { .. })));
}

#[test]
fn a_run_that_is_stopping_does_nothing_more() {
    let mut desk = Desk::new();
    desk.prompt = false;
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 10);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    for event in [
        Event::Answered(run, Box::new(whole(10))),
        Event::BodyEnded(run),
        Event::Finished(run, Finished { digest_matched: false, pieces_matched: false }),
        Event::FetchFailed(run, unsatisfiable(3)),
    ] {
        desk.event(event.clone());
        assert_eq!(desk.orders(run), [], "{event:?}");
        assert_eq!(desk.state(id), JobState::Suspended, "{event:?}");
    }
    // What it wrote before it heard counts all the same.
    desk.brings(run, 0, 4);
    assert_eq!(desk.file(id, 0).bytes_here, 4);
    // Resumed before it closed, the job waits for that.
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert_eq!(desk.state(id), JobState::Queued);
    desk.event(Event::Closed(run));
    assert_eq!(desk.state(id), JobState::Connecting);
}

#[test]
fn f11_a_run_that_breaks_off_stops_its_job_at_once_and_no_other() {
    // Stricter than the row, which has it tried three times: what broke once does so again, and who looks after
    // the job decides.
    let mut desk = Desk::new();
    let (id, other) = (desk.start(2), desk.start(1));
    let run = desk.run(id, 0);
    desk.event(Event::Closed(run));
    assert_eq!(desk.state(id), JobState::Error);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::StoreFailed, ErrorContext::GeneralQueueManager));
    assert!(desk.is_busy(other, 0) && !desk.is_busy(id, 1));
    // It is not taken up again by itself, nor by a restart; Resume tries.
    desk.pass(Duration::from_secs(86_400));
    assert_eq!(desk.state(id), JobState::Error);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    desk.brings_all(run, 100);
    assert_eq!(desk.job(id).error, None);
}

#[test]
fn the_name_of_the_temporary_file_is_kept_at_once_and_once() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    for kept in [Some(Action::Note(id, Saved::File(FileIndex(0)))), None] {
        desk.engine.set_temporary(run, "/tmp/t".into());
        assert_eq!(desk.engine.poll_action(), kept);
    }
}

#[test]
fn a_pending_name_is_settled_by_the_first_answer() {
    for (pending, proposed, settled) in [
        (true, Some("report.pdf"), "/home/ada/report.pdf"),
        (true, None, "/home/ada/0"),
        (false, Some("report.pdf"), "/home/ada/0"),
    ] {
        let mut desk = Desk::new();
        let mut new = NewJob { resume: true, ..job(1) };
        new.files[0].pending_name = pending;
        let id = desk.create(new);
        let run = desk.run(id, 0);
        let answer = bgcopy_core::Answer { proposed_name: proposed.map(str::to_owned), ..whole(10) };
        desk.event(Event::Answered(run, Box::new(answer)));
        let file = &desk.file(id, 0).spec;
        assert_eq!((file.local_name.path().to_str(), file.pending_name), (Some(settled), false));
        assert!(matches!(
            &desk.orders(run)[..],
            [Order::Receive(receive)] if receive.local_name == file.local_name
        ));
    }
}

#[test]
fn redirects_are_adopted_as_the_flags_say() {
    // Spec 9.6.
    let moved: bgcopy_core::RemoteName = "https://cdn/x".parse().unwrap();
    for (flags, name) in
        [(SecurityFlags::empty(), "https://host/0"), (SecurityFlags::REDIRECT_ALLOW_REPORT, "https://cdn/x")]
    {
        let mut desk = Desk::new();
        let id = desk.start(1);
        desk.set(id, Setting::SecurityFlags(flags)).unwrap();
        let run = desk.run(id, 0);
        let answer = bgcopy_core::Answer { final_url: moved.clone(), ..whole(10) };
        desk.event(Event::Answered(run, Box::new(answer)));
        assert_eq!(desk.file(id, 0).spec.remote_name.as_str(), name);
    }
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    let mut fault = Fault::new(Code::Http(302), ErrorContext::RemoteFile, "found");
    fault.location = Some(moved.clone());
    desk.event(Event::FetchFailed(run, fault));
    assert_eq!((desk.state(id), &desk.file(id, 0).spec.remote_name), (JobState::Error, &moved));
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::Http(302));
}

#[test]
fn what_an_answer_says_of_the_file_is_kept() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 10);
    let file = desk.file(id, 0);
    assert_eq!((file.remote_size, file.validator.clone()), (Some(10), Some(version(1))));
    assert_eq!(file.last_modified, Some(Wall::from_unix_millis(1_000)));
    assert_eq!(file.response_headers.as_deref(), Some("HTTP/1.1 200 OK\r\n\r\n"));
    desk.brings(run, 0, 10);
    desk.event(Event::BodyEnded(run));
    desk.event(Event::Finished(run, Finished { digest_matched: true, pieces_matched: false }));
    assert_eq!((desk.file(id, 0).trust, desk.file(id, 0).bytes_from_origin), (Trust::Digest, 10));
}

#[test]
fn trust_is_that_of_the_least_sure_answer() {
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].digest = Some(bgcopy_core::Digest::Sha256([0; 32]));
    let id = desk.create(new);
    let run = desk.run(id, 0);
    let untagged = bgcopy_core::Answer { validator: None, ..whole(9 * MIB) };
    desk.event(Event::Answered(run, Box::new(untagged)));
    desk.brings(run, 0, MIB);
    desk.fails(run, Code::Reset);
    desk.event(Event::Answered(run, Box::new(rest(MIB, 9 * MIB))));
    assert_eq!(
        (desk.file(id, 0).trust, desk.file(id, 0).validator.clone()),
        (Trust::Unverified, Some(version(1)))
    );
}

#[test]
fn a31_more_than_was_expected_or_allowed_is_not_taken() {
    let chunked = || bgcopy_core::Answer {
        size: None,
        range: ByteRange::new(0, u64::MAX),
        framing: Framing::Marked,
        ..whole(0)
    };
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].expected_size = Some(10);
    let id = desk.create(new);
    let run = desk.run(id, 0);
    desk.event(Event::Answered(run, Box::new(chunked())));
    desk.brings(run, 0, 10);
    assert_eq!(desk.state(id), JobState::Transferring);
    desk.brings(run, 10, 11);
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::TooLarge);
    // BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE is the sum over the job, known or here.
    let mut new = NewJob { resume: true, ..job(2) };
    new.settings.max_download_size = Some(15);
    let id = desk.create(new);
    let (first, second) = (desk.run(id, 0), desk.run(id, 1));
    desk.answers(first, 10);
    desk.event(Event::Answered(second, Box::new(chunked())));
    desk.brings(second, 0, 5);
    assert_eq!(desk.state(id), JobState::Transferring);
    desk.brings(second, 5, 6);
    let error = desk.job(id).error.as_ref().unwrap();
    assert_eq!((error.code, error.context), (Code::MaxSize, ErrorContext::GeneralQueueManager));
}

#[test]
fn a_file_that_is_not_as_promised_is_asked_for_again_by_resume() {
    let mut desk = Desk::new();
    let mut new = NewJob { resume: true, ..job(1) };
    new.files[0].expected_size = Some(10);
    let id = desk.create(new);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, "/tmp/t".into());
    let chunked = bgcopy_core::Answer { size: None, framing: Framing::Marked, ..whole(0) };
    desk.event(Event::Answered(run, Box::new(chunked)));
    desk.brings(run, 0, 4);
    desk.event(Event::BodyEnded(run));
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::ValidationFailed);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, up_to(4)));
    assert_eq!(fetched(&desk.orders(run)), Some((Ask::From(0), None)));
}

#[test]
fn a_200_from_the_start_is_counted_from_the_start() {
    let mut desk = Desk::new();
    let id = with_bytes_here(&mut desk, 4 * MIB, 9 * MIB);
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, up_to(4 * MIB)));
    // A01, without a size.
    let chunked = bgcopy_core::Answer {
        size: None,
        range: ByteRange::new(0, u64::MAX),
        framing: Framing::Marked,
        ..whole(0)
    };
    desk.event(Event::Answered(run, Box::new(chunked)));
    assert_eq!(desk.notices(), [Notice::FileRestarted(FileIndex(0), Restart::RangeUnsupported)]);
    desk.brings(run, 0, 9 * MIB);
    desk.event(Event::BodyEnded(run));
    assert_eq!(desk.orders(run), [Order::Finish { size: 9 * MIB }]);
}

#[test]
fn a_file_that_is_whole_is_kept_though_another_one_fails() {
    let mut desk = Desk::new();
    let id = desk.start(2);
    let (whole, broken) = (desk.run(id, 0), desk.run(id, 1));
    desk.brings_all(whole, 4);
    assert_eq!(desk.orders(whole), [Order::Finish { size: 4 }]);
    desk.fails(broken, Code::Http(404));
    assert_eq!(desk.state(id), JobState::Error);
    assert_eq!((desk.orders(whole), desk.orders(broken)), (vec![], vec![Order::Stop]));
    desk.event(Event::Finished(whole, Finished { digest_matched: false, pieces_matched: false }));
    assert_eq!(desk.file(id, 0).stage, FileStage::Transferred);
    desk.event(Event::Closed(broken));
    desk.event(Event::Closed(whole));
    assert_eq!(desk.state(id), JobState::Error);
}

#[test]
fn a_file_that_turns_out_wrong_while_its_job_rests_is_not_asked_for_again() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.brings_all(run, 4);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    assert_eq!(desk.orders(run), []);
    let changed = Fault::new(Code::LocalFileChanged, ErrorContext::LocalFile, "somebody wrote to it");
    desk.event(Event::DiskFailed(run, changed));
    assert_eq!(desk.orders(run), [Order::Stop]);
    assert_eq!(desk.state(id), JobState::Suspended);
}

#[test]
fn a_job_that_cannot_be_recorded_stops_with_the_reason_unless_it_rests() {
    let mut desk = Desk::new();
    let (runs, rests) = (desk.start(1), desk.create(job(1)));
    for id in [runs, rests] {
        desk.engine.cannot_record(desk.now, id, "as the test says");
    }
    desk.pass(Duration::ZERO);
    let error = desk.job(runs).error.clone().unwrap();
    assert_eq!(
        (desk.state(runs), error.code, error.class),
        (JobState::Error, Code::StoreFailed, ErrorClass::Fatal)
    );
    assert_eq!(error.detail, "as the test says");
    assert_eq!((desk.state(rests), &desk.job(rests).error), (JobState::Suspended, &None));
    // Its end is left alone.
    desk.prompt = false;
    let id = desk.start(1);
    desk.send(ADA, Request::Cancel(id));
    desk.engine.cannot_record(desk.now, id, "as the test says");
    assert_eq!((desk.state(id), &desk.job(id).error), (JobState::Cancelled, &None));
}

/// The disk fails under the first of two jobs: how that job stands then, and that the other goes on.
fn under_a_failing_disk(passing: bool) -> (Desk, bgcopy_core::JobId) {
    let mut desk = Desk::new();
    let (id, other) = (desk.start(1), desk.start(1));
    let run = desk.run(id, 0);
    desk.answers(run, 4);
    desk.brings(run, 0, 2);
    let fault = Fault { passing, ..Fault::new(Code::Io, ErrorContext::LocalFile, "as the test says") };
    desk.event(Event::DiskFailed(run, fault));
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((error.code, error.context), (Code::Io, ErrorContext::LocalFile));
    let run = desk.run(other, 0);
    desk.brings_all(run, 4);
    assert_eq!(desk.job(other).error, None);
    (desk, id)
}

#[test]
fn e18_a_failure_that_may_pass_is_tried_again_whatever_others_of_its_code_are() {
    let (mut desk, id) = under_a_failing_disk(true);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((desk.state(id), error.class), (JobState::TransientError, ErrorClass::Transient));
    desk.pass(Duration::from_secs(600));
    assert!(desk.is_busy(id, 0), "it goes on by itself");
}

#[test]
fn e19_a_device_that_fails_stops_its_job_and_no_other() {
    let (mut desk, id) = under_a_failing_disk(false);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((desk.state(id), error.class), (JobState::Error, ErrorClass::Fatal));
    desk.pass(Duration::from_secs(600));
    assert!(!desk.is_busy(id, 0), "no silent move to another place");
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(desk.is_busy(id, 0), "Resume tries it at the same place");
}
