//! Complete and Cancel: what is durable before what, and what a name that cannot be given means (spec 9.5; faults E13,
//! F02, J05).

use std::time::Duration;

use bgcopy_core::{
    Code, ErrorClass, ErrorContext, Fault, FileIndex, FileStage, JobId, JobState, LocalName, Setting,
    WaitingFor, limits,
};

use super::{ADA, Desk, job, spec};
use crate::action::{Action, Notice, Saved};
use crate::event::{Event, Finished};
use crate::request::{NewJob, Outcome, Reply, Request};

#[test]
fn f02_the_intent_is_durable_before_the_first_rename() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    desk.prompt = false;
    let ticket = desk.send(ADA, Request::Complete(id));
    let saved = desk.place("save", |action| *action == Action::Save(id, Saved::Head));
    let published = desk.place("rename", |action| *action == Action::Publish(id, FileIndex(0)));
    assert!(saved < published);
    assert!(desk.job(id).ending.is_some());
    let name = LocalName::new("/home/ada/0 (1)").unwrap();
    desk.event(Event::Published(id, FileIndex(0), Ok(name.clone())));
    // Nothing is left to be thrown away, so the job ends; its last record is durable before anybody hears.
    let ended = desk.place("end", |action| matches!(action, Action::End(_)));
    let answered = desk.place("answer", |action| matches!(action, Action::Reply(of, _) if *of == ticket));
    assert!(ended < answered);
    let Action::End(record) = &desk.actions[ended] else { unreachable!("its place") };
    assert_eq!((record.state, &record.files[0].spec.local_name), (JobState::Acknowledged, &name));
    assert_eq!(record.files[0].stage, FileStage::Published);
}

#[test]
fn f02_the_intent_is_durable_before_the_first_removal() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    desk.prompt = false;
    desk.send(ADA, Request::Cancel(id));
    let saved = desk.place("save", |action| *action == Action::Save(id, Saved::Head));
    let discarded = desk.place("removal", |action| *action == Action::Discard(id, FileIndex(0)));
    assert!(saved < discarded);
}

#[test]
fn j05_two_who_complete_get_the_same_answer_and_one_who_cancels_comes_too_late() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    desk.prompt = false;
    let first = desk.send(ADA, Request::Complete(id));
    let second = desk.send(ADA, Request::Complete(id));
    let cancel = desk.send(ADA, Request::Cancel(id));
    assert_eq!(desk.answer_to(cancel).unwrap().unwrap_err().word(), "invalid-state");
    desk.event(Event::Published(id, FileIndex(0), Ok(spec("0").local_name)));
    for ticket in [first, second] {
        assert_eq!(desk.answer_to(ticket), Some(Ok(Reply::Done(Outcome::Ok))));
    }
    let ends = desk.actions.iter().filter(|action| matches!(action, Action::End(_))).count();
    assert_eq!(ends, 1);
}

#[test]
fn a_file_that_becomes_durable_during_complete_is_kept_and_counted() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.brings_all(run, 4);
    let ticket = desk.send(ADA, Request::Complete(id));
    assert_eq!((desk.orders(run), desk.answer_to(ticket)), (vec![], None));
    desk.event(Event::Finished(run, Finished { digest_matched: false, pieces_matched: false }));
    // Nothing but the file and the end are told: whoever completes knows that the job was through.
    let notices = desk.notices();
    assert!(matches!(&notices[..], [Notice::FileTransferred(FileIndex(0)), Notice::Ended(_)]), "{notices:?}");
    assert_eq!(desk.answer_to(ticket), Some(Ok(Reply::Done(Outcome::Ok))));
}

#[test]
fn a_file_that_fails_during_complete_is_left_out_without_an_error() {
    for code in [Code::LocalFileChanged, Code::Io, Code::ValidationFailed, Code::DiskFull] {
        let mut desk = Desk::new();
        let id = desk.start(1);
        let run = desk.run(id, 0);
        desk.answers(run, 4);
        desk.brings(run, 0, 4);
        desk.event(Event::BodyEnded(run));
        let ticket = desk.send(ADA, Request::Complete(id));
        desk.event(Event::DiskFailed(run, Fault::new(code, ErrorContext::LocalFile, "as the test says")));
        assert_eq!(desk.answer_to(ticket), Some(Ok(Reply::Done(Outcome::Partial))), "{code}");
        assert!(!desk.notices().contains(&Notice::Error), "{code}");
    }
}

/// A job of two files that completes by itself and has both, and whose second file cannot be given its name.
fn unnamed(desk: &mut Desk, fault: &Fault) -> JobId {
    let mut new = NewJob { resume: true, ..job(2) };
    new.settings.auto_complete = true;
    let id = desk.create(new);
    desk.prompt = false;
    for file in 0..2 {
        let run = desk.run(id, file);
        desk.bring_whole(id, file, 10);
        desk.event(Event::Closed(run));
    }
    desk.event(Event::Published(id, FileIndex(0), Ok(spec("0").local_name)));
    desk.event(Event::Published(id, FileIndex(1), Err(fault.clone())));
    id
}

fn here(code: Code, passing: bool) -> Fault {
    Fault { passing, ..Fault::new(code, ErrorContext::LocalFile, "cannot rename") }
}

/// Lets the second file fail once more, as soon as it is asked for; tells after how long that was.
fn fails_again(desk: &mut Desk, id: JobId, fault: &Fault) -> Duration {
    let began = desk.now.mono;
    let asked = Action::Publish(id, FileIndex(1));
    while !desk.actions.contains(&asked) {
        desk.pass(Duration::from_secs(1));
        assert!(
            desk.now.mono.since(began) < limits::RETRY_DELAY_MAX * 2,
            "not tried again: {:?}",
            desk.job(id)
        );
    }
    let waited = desk.now.mono.since(began);
    assert!(!desk.actions.contains(&Action::Publish(id, FileIndex(0))), "it has its name");
    desk.event(Event::Published(id, FileIndex(1), Err(fault.clone())));
    waited
}

#[test]
fn e13_a_job_that_completes_by_itself_tries_a_name_again_that_it_may_get_yet() {
    let fault = here(Code::Io, true);
    let mut desk = Desk::new();
    let id = unnamed(&mut desk, &fault);
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((desk.state(id), error.class), (JobState::TransientError, ErrorClass::Transient));
    assert_eq!((error.file, error.context), (Some(FileIndex(1)), ErrorContext::LocalFile));
    let waits: Vec<_> = (0..8).map(|_| fails_again(&mut desk, id, &fault)).collect();
    assert!(waits[7] > waits[0] * 4, "the delay grows: {waits:?}");
    assert_eq!(desk.job(id).error_count, 9);
    desk.prompt = true;
    desk.pass(limits::RETRY_DELAY_MAX * 2);
    assert!(desk.notices().iter().any(|notice| matches!(notice, Notice::Ended(_))));
}

#[test]
fn e13_patience_with_a_name_ends_as_that_with_a_server() {
    let fault = here(Code::Io, true);
    let mut desk = Desk::new();
    let id = unnamed(&mut desk, &fault);
    let patience = Duration::from_secs(3_600);
    desk.set(id, Setting::NoProgressTimeout(patience)).unwrap();
    let began = desk.now.mono;
    while desk.state(id) != JobState::Error {
        desk.pass(Duration::from_secs(1));
        if desk.actions.contains(&Action::Publish(id, FileIndex(1))) {
            desk.event(Event::Published(id, FileIndex(1), Err(fault.clone())));
        }
        assert!(desk.now.mono.since(began) < patience * 2, "{:?}", desk.job(id).error);
    }
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((error.code, error.cause.unwrap().code), (Code::NoProgress, Code::Io));
    // What the client then asks for is tried at once.
    desk.prompt = true;
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(desk.notices().iter().any(|notice| matches!(notice, Notice::Ended(_))));
}

#[test]
fn e01_a_job_that_completes_by_itself_waits_for_space_for_its_names() {
    let mut desk = Desk::new();
    let id = unnamed(&mut desk, &here(Code::DiskFull, false));
    let error = desk.job(id).error.clone().unwrap();
    assert_eq!((desk.state(id), error.waiting_for), (JobState::TransientError, WaitingFor::Space));
    assert_eq!(desk.job(id).error_count, 0, "it is nobody's failure");
    desk.pass(limits::SPACE_RECHECK);
    let check = Action::CheckSpace { job: id, file: FileIndex(1), needed: 0 };
    assert!(desk.actions.contains(&check));
    desk.prompt = true;
    desk.event(Event::Space { job: id, enough: true });
    assert!(desk.notices().iter().any(|notice| matches!(notice, Notice::Ended(_))));
}

#[test]
fn e13_a_name_that_somebody_has_is_for_the_client_to_settle() {
    let mut desk = Desk::new();
    let id = unnamed(&mut desk, &here(Code::DestinationExists, false));
    assert_eq!((desk.state(id), desk.job(id).error_count), (JobState::Error, 1));
    assert!(desk.notices().contains(&Notice::Error));
}
