//! Leave to take all of a small file at once, and what comes of it.

use std::path::PathBuf;

use bgcopy_core::{
    Answer, Ask, ByteRange, Digest, FileRange, FileStage, Framing, JobId, JobState, Kept, Promise, RangeSet,
    Trust, limits,
};

use super::*;
use crate::action::Permit;
use crate::event::Brought;
use crate::plan::{self, Take, Verdict, Whose};

const MANY: usize = 20;
const SIZE: u64 = 4_096;

/// The permit that the run at a file was given.
fn permit(desk: &Desk, id: JobId, file: u32) -> Option<Permit> {
    let run = desk.run(id, file);
    desk.orders(run).into_iter().find_map(|order| match order {
        Order::Fetch(Fetch { permit, .. }) => permit.map(|permit| *permit),
        _ => None,
    })
}

/// A file that came with its answer.
fn brought(size: u64) -> Box<Brought> {
    Box::new(Brought {
        temporary: PathBuf::from("/home/ada/.0.bgcopy"),
        kept: Kept { device: 1, inode: 2, born: None, owner: 1000, size, modified: 3 },
        finished: Finished { digest_matched: false, pieces_matched: false },
        answer: Some(Box::new(whole(size))),
    })
}

#[test]
fn a_small_file_comes_by_its_permit_without_another_order() {
    let mut desk = Desk::new();
    let id = desk.start(MANY);
    assert_eq!(permit(&desk, id, 0).unwrap().local_name, desk.file(id, 0).spec.local_name);
    let run = desk.run(id, 0);
    desk.event(Event::Brought(run, brought(SIZE)));
    let file = desk.file(id, 0);
    assert_eq!((file.stage, file.trust), (FileStage::Transferred, Trust::Consistent));
    assert_eq!((file.remote_size, file.bytes_here, file.bytes_from_origin), (Some(SIZE), SIZE, SIZE));
    assert_eq!(file.validator, Some(version(1)));
    assert!(file.response_headers.is_some() && file.last_modified.is_some() && file.kept.is_some());
    assert_eq!(desk.state(id), JobState::Transferring);
    assert!(desk.orders(run).is_empty() && !desk.engine.is_open(run));
    assert!(desk.is_busy(id, 8), "the next file begins");
}

#[test]
fn files_that_come_by_their_permits_are_begun_ahead_and_called_back_when_one_does_not() {
    let mut desk = Desk::new();
    desk.prompt = false;
    let id = desk.start(200);
    let busy = |desk: &Desk| (0..200).filter(|file| desk.is_busy(id, *file)).count();
    let at_once = desk.engine.files_at_once(id);
    assert_eq!(busy(&desk), at_once, "nobody knows yet that they are small");
    for file in 0..100 {
        let run = desk.run(id, file);
        desk.event(Event::Brought(run, brought(SIZE)));
        assert!((at_once..=8 * at_once).contains(&busy(&desk)), "{}", busy(&desk));
    }
    assert!(busy(&desk) > 6 * at_once, "{}", busy(&desk));

    let large = desk.run(id, 100);
    desk.answers(large, 1 << 30);
    assert_eq!(busy(&desk), at_once, "the others may be as large");
    assert!(desk.is_busy(id, 100) && desk.is_busy(id, 107), "the first of them may be under way");
    // What is called back begins again in its turn.
    let last = desk.actions.iter().find_map(|action| match action {
        Action::Order(run, Order::Stop) => Some(*run),
        _ => None,
    });
    desk.event(Event::Closed(last.unwrap()));
    assert_eq!((desk.state(id), busy(&desk)), (JobState::Transferring, at_once));
}

#[test]
fn a_file_that_comes_too_late_is_kept_for_who_goes_on_and_ends_its_run() {
    let mut desk = Desk::new();
    desk.prompt = false;
    let id = desk.start(MANY);
    let run = desk.run(id, 0);
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    assert!(desk.engine.is_open(run));
    desk.event(Event::Brought(run, brought(SIZE)));
    assert!(!desk.engine.is_open(run), "nothing more will be heard of it");
    let file = desk.file(id, 0);
    assert_eq!((file.stage, file.kept), (FileStage::Wanted, None));
    assert!(file.temporary.is_some(), "it has to be found");
}

#[test]
fn no_leave_is_given_where_the_answer_decides_something() {
    let with = |change: fn(&mut NewJob)| {
        let mut desk = Desk::new();
        let mut new = NewJob { resume: true, ..job(MANY) };
        change(&mut new);
        let id = desk.create(new);
        permit(&desk, id, 0)
    };
    assert!(with(|_| {}).is_some());
    assert_eq!(with(|job| job.files.truncate(8)), None, "each of a few is seen to come");
    let permit = with(|job| job.files[0].pending_name = true).unwrap();
    assert_eq!(permit.covers(&whole(SIZE)), Some(SIZE));
    assert_eq!(permit.covers(&Answer { proposed_name: Some("better".to_owned()), ..whole(SIZE) }), None);
    assert_eq!(with(|job| job.settings.max_download_size = Some(1 << 20)), None, "it may be too much");
    const PART: FileRange = FileRange { offset: 0, length: Some(1) };
    assert_eq!(with(|job| job.files[0].ranges = vec![PART]), None, "it is put together");
}

#[test]
fn a_file_of_which_something_is_here_gets_no_leave() {
    let mut desk = Desk::new();
    let id = desk.start(MANY);
    let run = desk.run(id, 0);
    desk.engine.set_temporary(run, PathBuf::from("/home/ada/.0.bgcopy"));
    desk.ask(ADA, Request::Suspend(id)).unwrap();
    desk.ask(ADA, Request::Resume(id)).unwrap();
    let run = desk.run(id, 0);
    desk.event(Event::Opened(run, RangeSet::new()));
    assert_eq!(desk.orders(run).len(), 1);
    assert_eq!(permit(&desk, id, 0), None, "its bytes have to go first");
}

#[test]
fn whatever_is_covered_would_be_taken_whole_by_the_rules() {
    let mut desk = Desk::new();
    let id = desk.start(MANY);
    let settings = bgcopy_core::JobSettings { require_size: true, ..Default::default() };
    let mut covered = 0;
    for size in [0, 1, SIZE, limits::SMALL_FILE_BYTES, limits::SMALL_FILE_BYTES + 1] {
        for expected in [None, Some(SIZE)] {
            for answer in answers(size) {
                let mut file = desk.file(id, 0).clone();
                file.spec.expected_size = expected;
                let permit = Permit {
                    local_name: file.spec.local_name.clone(),
                    pending_name: false,
                    digest: None,
                    expected_size: file.expected_size(),
                };
                let Some(all) = permit.covers(&answer) else { continue };
                covered += 1;
                for ask in [Ask::From(0), Ask::Whole] {
                    if ask == Ask::Whole && answer.partial {
                        continue; // No client of ours is given such an answer.
                    }
                    let judged = plan::judge(&file, &settings, &RangeSet::new(), ask, &answer, Whose::Same);
                    let take = Take { afresh: None, output: 0, skip: 0, limit: Some(all) };
                    assert_eq!(judged, Verdict::Take(take), "{answer:?}");
                }
            }
        }
    }
    assert_eq!(covered, 8, "two answers of each of three sizes, and of one the expected size");
}

/// Answers to a request for all of a file.
fn answers(size: u64) -> Vec<Answer> {
    let digest = Promise { digest: Some(Digest::Sha256([1; 32])), ..Promise::default() };
    vec![
        whole(size),
        Answer { partial: true, ..whole(size) },
        Answer { promise: digest, ..whole(size) },
        Answer { framing: Framing::UntilClose, ..whole(size) },
        Answer { framing: Framing::Marked, ..whole(size) },
        Answer { range: ByteRange::new(0, size / 2), partial: true, ..whole(size) },
        Answer { size: None, ..whole(size) },
    ]
}
