//! Ranges on demand (spec 4.1 property 10, 5.2, 7.9 `IBackgroundCopyFile6`).

use bgcopy_core::{
    Answer, Ask, ByteRange, Code, FileIndex, FileRange, Framing, JobId, JobSettings, JobState, NotifyFlags,
    RangeSet, Setting,
};

use super::{Desk, fetched, job, spec, version, whole};
use crate::action::{Notice, Order, TransferId};
use crate::event::{Event, Finished};
use crate::plan::Restart;
use crate::request::{NewJob, Request};

const MIB: u64 = 1 << 20;
const FILE: FileIndex = FileIndex(0);

fn range(offset: u64, length: u64) -> FileRange {
    FileRange { offset, length: Some(length) }
}

/// A job that fetches only what it is asked for, suspended.
fn on_demand(desk: &mut Desk) -> JobId {
    let notify_flags = NotifyFlags::default() | NotifyFlags::FILE_RANGES_TRANSFERRED;
    let settings = JobSettings { on_demand: true, notify_flags, ..JobSettings::default() };
    desk.create(NewJob { settings, ..job(1) })
}

fn wants(desk: &mut Desk, id: JobId, ranges: &[FileRange]) {
    desk.set(id, Setting::FileRanges(FILE, ranges.to_vec())).unwrap();
}

fn resumed(desk: &mut Desk, id: JobId) -> TransferId {
    desk.ask(super::ADA, Request::Resume(id)).unwrap();
    desk.run(id, 0)
}

/// What the run is asked to fetch, on the table.
fn asked(desk: &Desk, run: TransferId) -> Option<Ask> {
    fetched(&desk.orders(run)).map(|(ask, _)| ask)
}

/// The part of a file of version 1.
fn part(start: u64, end: u64, size: u64) -> Answer {
    let range = ByteRange::new(start, end);
    Answer { range, partial: true, framing: Framing::Length(range.len()), ..whole(size) }
}

/// Answers what was asked and brings all of it.
fn bring(desk: &mut Desk, run: TransferId, start: u64, end: u64, size: u64) {
    desk.event(Event::Answered(run, Box::new(part(start, end, size))));
    desk.brings(run, start, end);
    desk.event(Event::BodyEnded(run));
}

fn set(ranges: &[(u64, u64)]) -> RangeSet {
    ranges.iter().map(|&(start, end)| ByteRange::new(start, end)).collect()
}

#[test]
fn nothing_is_fetched_but_what_was_asked_for_and_then_the_job_is_suspended() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(100, 50), range(900, 10)]);
    let run = resumed(&mut desk, id);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(100, 150))));
    bring(&mut desk, run, 100, 150, 1_000);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(900, 910))));
    bring(&mut desk, run, 900, 910, 1_000);
    assert_eq!(desk.state(id), JobState::Suspended);
    assert_eq!(desk.file(id, 0).filled, set(&[(100, 150), (900, 910)]));
    assert_eq!((desk.file(id, 0).bytes_here, desk.file(id, 0).bytes_total()), (60, Some(1_000)));
}

#[test]
fn a_job_of_which_nothing_is_wanted_is_suspended_again() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    desk.ask(super::ADA, Request::Resume(id)).unwrap();
    assert_eq!(desk.state(id), JobState::Suspended);
    assert!(!desk.is_busy(id, 0));
}

#[test]
fn a_job_is_transferred_when_all_bytes_were_asked_for() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(60, 40)]);
    let run = resumed(&mut desk, id);
    desk.engine.set_temporary(run, "/home/ada/.tmp".into());
    bring(&mut desk, run, 60, 100, 100);
    assert_eq!(desk.state(id), JobState::Suspended);
    wants(&mut desk, id, &[range(0, 70)]);
    let run = resumed(&mut desk, id);
    desk.event(Event::Opened(run, set(&[(60, 100)])));
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(0, 60))));
    bring(&mut desk, run, 0, 60, 100);
    assert_eq!(desk.orders(run), [Order::Finish { size: 100 }]);
    desk.event(Event::Finished(run, Finished { digest_matched: false, pieces_matched: false }));
    assert_eq!(desk.state(id), JobState::Transferred);
}

#[test]
fn what_is_asked_for_meanwhile_is_brought_too() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(0, 10)]);
    let run = resumed(&mut desk, id);
    wants(&mut desk, id, &[range(50, 10)]);
    bring(&mut desk, run, 0, 10, 100);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(50, 60))));
    bring(&mut desk, run, 50, 60, 100);
    assert_eq!(desk.state(id), JobState::Suspended);
}

#[test]
fn long_ranges_are_asked_for_in_steps_from_the_position_on() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(0, 100 * MIB)]);
    let run = resumed(&mut desk, id);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(0, 4 * MIB))));
    desk.event(Event::Answered(run, Box::new(part(0, 4 * MIB, 200 * MIB))));
    desk.set(id, Setting::DownloadPosition(FILE, 50 * MIB)).unwrap();
    assert!(desk.orders(run).is_empty(), "until its first bytes nobody knows what came of the request");
    desk.brings(run, 0, MIB);
    assert_eq!(desk.orders(run), [Order::Limit { until: MIB }]);
    desk.event(Event::BodyEnded(run));
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(50 * MIB, 54 * MIB))));
}

#[test]
fn another_job_brings_first_what_is_wanted_and_then_the_rest() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    let run = desk.run(id, 0);
    desk.answers(run, 1_000);
    desk.brings(run, 0, 100);
    wants(&mut desk, id, &[range(700, 100)]);
    assert_eq!(desk.orders(run), [Order::Limit { until: 100 }]);
    desk.event(Event::BodyEnded(run));
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(700, 800))));
    bring(&mut desk, run, 700, 800, 1_000);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(100, 700))));
    bring(&mut desk, run, 100, 700, 1_000);
    assert_eq!(asked(&desk, run), Some(Ask::From(800)));
}

#[test]
fn a_file_whose_parts_nothing_binds_together_is_brought_from_its_start() {
    let mut desk = Desk::new();
    let id = desk.create(job(1));
    wants(&mut desk, id, &[range(700, 100)]);
    let run = resumed(&mut desk, id);
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(700, 800))));
    desk.event(Event::Answered(run, Box::new(Answer { validator: None, ..part(700, 800, 1_000) })));
    desk.brings(run, 700, 800);
    desk.event(Event::BodyEnded(run));
    assert!(desk.notices().contains(&Notice::FileRestarted(FILE, Restart::NoValidator)));
    assert_eq!(asked(&desk, run), Some(Ask::From(0)));
}

#[test]
fn parts_on_demand_need_nothing_that_binds_them_together() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(0, 10), range(20, 10)]);
    let run = resumed(&mut desk, id);
    for start in [0, 20] {
        let answer = Answer { validator: None, ..part(start, start + 10, 100) };
        desk.event(Event::Answered(run, Box::new(answer)));
        desk.brings(run, start, start + 10);
        desk.event(Event::BodyEnded(run));
    }
    assert_eq!(desk.state(id), JobState::Suspended);
}

#[test]
fn a_server_without_ranges_is_an_error_and_its_whole_file_is_not_taken() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(50 * MIB, 10)]);
    let run = resumed(&mut desk, id);
    desk.answers(run, 100 * MIB);
    assert_eq!(desk.state(id), JobState::Error);
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::RangeUnsupported);
}

#[test]
fn another_version_is_asked_for_in_the_same_parts() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(0, 10), range(50, 10)]);
    let run = resumed(&mut desk, id);
    bring(&mut desk, run, 0, 10, 100);
    desk.event(Event::Answered(run, Box::new(Answer { validator: Some(version(2)), ..whole(100) })));
    assert!(desk.notices().contains(&Notice::FileRestarted(FILE, Restart::RemoteChanged)));
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(0, 10))));
}

#[test]
fn a_range_outside_the_file_is_an_error_once_the_size_is_known_and_costs_nothing_that_is_here() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(0, 10), range(95, 10)]);
    let run = resumed(&mut desk, id);
    desk.engine.set_temporary(run, "/home/ada/.tmp".into());
    bring(&mut desk, run, 0, 10, 100);
    assert_eq!(desk.state(id), JobState::Error);
    assert_eq!(desk.job(id).error.as_ref().unwrap().code, Code::InvalidRange);
    let refused = desk.set(id, Setting::FileRanges(FILE, vec![range(95, 10)])).unwrap_err();
    assert_eq!(refused.word(), "invalid-range");
    // The rest of that range is in the file, and the next Resume brings it.
    let run = resumed(&mut desk, id);
    desk.event(Event::Opened(run, set(&[(0, 10)])));
    assert_eq!(asked(&desk, run), Some(Ask::Exactly(ByteRange::new(95, 100))));
}

#[test]
fn what_has_no_random_access_is_refused() {
    let mut desk = Desk::new();
    let dynamic = JobSettings { dynamic_content: true, ..JobSettings::default() };
    let method = JobSettings { http_method: Some("POST".to_owned()), ..JobSettings::default() };
    let mut parts = spec("parts");
    parts.ranges = vec![range(0, 5)];
    for new in [
        NewJob { settings: dynamic, ..job(1) },
        NewJob { settings: method, ..job(1) },
        NewJob { files: vec![parts], ..job(0) },
    ] {
        let id = desk.create(new);
        for setting in [Setting::FileRanges(FILE, vec![range(0, 1)]), Setting::DownloadPosition(FILE, 5)] {
            assert_eq!(desk.set(id, setting).unwrap_err().word(), "random-access");
        }
    }
    let id = desk.create(job(1));
    let missing = desk.set(id, Setting::DownloadPosition(FileIndex(7), 5)).unwrap_err();
    assert_eq!(missing.word(), "file-not-found");
}

#[test]
fn ranges_are_told_once_each_before_the_change_of_state() {
    let mut desk = Desk::new();
    let id = on_demand(&mut desk);
    wants(&mut desk, id, &[range(100, 50), range(900, 10)]);
    let run = resumed(&mut desk, id);
    let mut told = RangeSet::new();
    let mut listen = |desk: &Desk| {
        for notice in desk.notices() {
            if let Notice::FileRanges(FILE, ranges) = notice {
                for range in ranges.iter() {
                    assert_eq!(told.first_gap(range), Some(range), "told twice");
                    told.insert(range);
                }
            }
        }
    };
    for (start, end) in [(100, 150), (900, 910)] {
        desk.event(Event::Answered(run, Box::new(part(start, end, 1_000))));
        listen(&desk);
        desk.brings(run, start, end);
        listen(&desk);
        desk.event(Event::BodyEnded(run));
        listen(&desk);
    }
    assert_eq!(desk.state(id), JobState::Suspended);
    assert_eq!(told, set(&[(100, 150), (900, 910)]));
}

#[test]
fn ranges_are_told_to_nobody_who_did_not_ask() {
    let mut desk = Desk::new();
    let id = desk.start(1);
    desk.bring_whole(id, 0, 10);
    assert!(!desk.notices().iter().any(|notice| matches!(notice, Notice::FileRanges(..))));
}
