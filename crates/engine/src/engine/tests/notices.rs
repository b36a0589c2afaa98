//! What clients are told, when, and what stays owed to them (spec 8.1, 8.2; faults, invariant "one story").

use std::time::Duration;

use bgcopy_core::{Code, FileIndex, JobState, Setting};

use super::{ADA, Desk, job};
use crate::action::{Action, Notice, Saved};
use crate::request::{Confirm, NewJob, Request};

const MILLISECOND: Duration = Duration::from_millis(1);

fn changes(desk: &Desk) -> usize {
    let changed = |action: &&Action| matches!(action, Action::Notify(notification) if notification.notice == Notice::Changed);
    desk.actions.iter().filter(changed).count()
}

#[test]
fn bytes_are_told_once_in_an_interval_and_the_last_of_them_in_the_end() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 1_000);
    desk.brings(run, 0, 1);
    assert_eq!(changes(&desk), 1, "the job is transferring now");
    let mut told = 0;
    for byte in 1..100 {
        desk.pass(10 * MILLISECOND);
        told += changes(&desk);
        desk.brings(run, byte, byte + 1);
        told += changes(&desk);
    }
    // 990 ms at most one each 500 ms.
    assert_eq!(told, 1);
    desk.pass(500 * MILLISECOND);
    assert_eq!(changes(&desk), 1, "what was held back is told");
    desk.pass(Duration::from_secs(60));
    assert_eq!(changes(&desk), 0, "and nothing without a reason");
}

#[test]
fn the_interval_is_the_clients() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.set(id, Setting::MinNotificationInterval(Duration::from_secs(5))).unwrap();
    let run = desk.run(id, 0);
    desk.answers(run, 1_000);
    desk.brings(run, 0, 1);
    desk.brings(run, 1, 2);
    desk.pass(4_999 * MILLISECOND);
    assert_eq!(changes(&desk), 0);
    desk.pass(MILLISECOND);
    assert_eq!(changes(&desk), 1);
}

#[test]
fn a_change_of_state_is_told_at_once() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    for request in [Request::Suspend(id), Request::Resume(id), Request::Suspend(id)] {
        desk.ask(ADA, request.clone()).unwrap();
        assert!(changes(&desk) >= 1, "{request:?}");
    }
}

#[test]
fn a_change_into_error_or_transferred_is_no_modification() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 10);
    desk.brings(run, 0, 1);
    desk.fails(run, Code::Http(404));
    assert_eq!((desk.state(id), changes(&desk)), (JobState::Error, 0));
    assert_eq!(desk.job(id).times.modification, desk.now.wall, "the job is dated all the same");
    desk.pass(Duration::from_secs(60));
    assert_eq!(changes(&desk), 0, "nor is it told later");
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(changes(&desk) >= 1);
    desk.bring_whole(id, 0, 10);
    assert_eq!((desk.state(id), changes(&desk)), (JobState::Transferred, 0));
    // "Causes: … property changed": that is told in these states, too.
    desk.pass(Duration::from_secs(60));
    desk.set(id, Setting::ForbidRestart(true)).unwrap();
    assert_eq!(changes(&desk), 1);
}

#[test]
fn files_are_told_before_their_job() {
    let mut desk = Desk::new();
    let id = desk.start(2);
    desk.bring_whole(id, 1, 10);
    assert_eq!(desk.notices(), [Notice::FileTransferred(FileIndex(1))]);
    desk.bring_whole(id, 0, 10);
    assert_eq!(desk.notices(), [Notice::FileTransferred(FileIndex(0)), Notice::Transferred]);
    // 5.4 (a): "state kept, no second JobTransferred".
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert_eq!((desk.notices(), desk.state(id)), (Vec::new(), JobState::Transferred));
}

#[test]
fn an_error_is_told_and_a_failure_that_is_retried_is_not() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.fails(desk.run(id, 0), Code::Http(503));
    assert_eq!((desk.state(id), desk.notices()), (JobState::TransientError, Vec::new()));
    assert!(!desk.job(id).unconfirmed.error);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    desk.fails(desk.run(id, 0), Code::Http(404));
    assert_eq!((desk.state(id), desk.notices()), (JobState::Error, vec![Notice::Error]));
    assert!(desk.job(id).unconfirmed.error);
}

#[test]
fn what_was_told_stays_owed_until_it_is_confirmed_or_past() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.fails(desk.run(id, 0), Code::Http(404));
    desk.ask(ADA, Request::Confirm(id, Confirm::Transferred)).unwrap();
    assert!(desk.job(id).unconfirmed.error, "another one was confirmed");
    desk.ask(ADA, Request::Confirm(id, Confirm::Error)).unwrap();
    assert!(!desk.job(id).unconfirmed.error);
    assert!(desk.actions.contains(&Action::Note(id, Saved::Head)), "and that is worth keeping");
    // The next error is another one.
    desk.ask(ADA, Request::Resume(id)).unwrap();
    desk.fails(desk.run(id, 0), Code::Http(404));
    assert!(desk.job(id).unconfirmed.error);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(desk.job(id).unconfirmed.error, "a client that comes late can still be told");
    let run = desk.run(id, 0);
    desk.answers(run, 10);
    desk.brings(run, 0, 1);
    assert!(!desk.job(id).unconfirmed.error, "bytes move: there is nothing to tell any more");
}

#[test]
fn a_transferred_job_that_goes_on_is_owed_to_nobody() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    assert!(desk.job(id).unconfirmed.transferred);
    desk.ask(ADA, Request::add_files(id, vec![super::spec("more")])).unwrap();
    assert_eq!(desk.state(id), JobState::Transferred, "until Resume (spec 5.1)");
    assert!(desk.job(id).unconfirmed.transferred);
    desk.ask(ADA, Request::Resume(id)).unwrap();
    assert!(!desk.job(id).unconfirmed.transferred);
    desk.bring_whole(id, 1, 10);
    assert_eq!(desk.notices(), [Notice::FileTransferred(FileIndex(1)), Notice::Transferred]);
    assert!(desk.job(id).unconfirmed.transferred);
}

#[test]
fn the_end_of_a_job_is_told_with_its_last_record() {
    let mut desk = Desk::new();
    let id = desk.create(NewJob { resume: true, ..job(1) });
    desk.ask(ADA, Request::Cancel(id)).unwrap();
    let [Notice::Ended(record)] = &desk.notices()[..] else { panic!("{:?}", desk.notices()) };
    assert_eq!((record.id, record.state, record.ending), (id, JobState::Cancelled, None));
    assert_eq!(record.error, None);
}

#[test]
fn every_change_dates_the_job_and_bytes_are_activity() {
    // "Updated on: bytes transferred, file added, any setter, any state change" (spec 3).
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 100);
    let changes: [fn(&mut Desk, bgcopy_core::JobId); 4] = [
        |desk, id| desk.brings(desk.run(id, 0), 0, 10),
        |desk, id| drop(desk.set(id, Setting::AutoComplete(false))),
        |desk, id| drop(desk.ask(ADA, Request::add_files(id, vec![super::spec("more")]))),
        |desk, id| drop(desk.ask(ADA, Request::Suspend(id))),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        desk.pass(Duration::from_secs(1));
        change(&mut desk, id);
        assert_eq!(desk.job(id).times.modification, desk.now.wall, "change {number}");
        let active = desk.job(id).last_activity == desk.now.wall;
        assert_eq!(active, number < 3, "change {number}");
    }
}
