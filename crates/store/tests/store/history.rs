//! Jobs that ended.

use std::fs;

use bgcopy_core::{JobId, JobRecord, JobState, Owner};
use bgcopy_store::{Change, HistoryError, HistoryQuery, SaveError, Store};

use crate::{abandon, create, open, samples, save};

/// A job that is created and ends at once.
fn end(store: &Store, number: u64, owner: u32) -> JobRecord {
    let job = JobRecord { owner: Owner(owner), ..samples::job(number) };
    create(store, [job.clone()]);
    let ended = JobRecord { state: JobState::Acknowledged, ..job };
    save(store, vec![Change::Head(Box::new(ended.clone()))]).unwrap();
    ended
}

fn ids(store: &Store, limit: u32, before: Option<JobId>, owner: Option<Owner>) -> Vec<JobId> {
    let page = store.history(HistoryQuery { limit, before, owner }).unwrap();
    page.into_iter().map(|job| job.id).collect()
}

#[test]
fn the_history_is_told_in_pages_from_the_last_ending_back() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    assert_eq!(ids(&store, 10, None, None), []);
    for number in 0..7 {
        end(&store, number, 1000 + (number % 2) as u32);
    }
    let id = samples::id;
    assert_eq!(ids(&store, 3, None, None), [id(6), id(5), id(4)]);
    assert_eq!(ids(&store, 3, Some(id(4)), None), [id(3), id(2), id(1)]);
    assert_eq!(ids(&store, 3, Some(id(1)), None), [id(0)]);
    assert_eq!(ids(&store, 9, None, Some(Owner(1001))), [id(5), id(3), id(1)]);
    assert_eq!(ids(&store, 9, Some(id(3)), Some(Owner(1001))), [id(1)]);
    assert_eq!(ids(&store, 9, Some(id(99)), None), []);
}

#[test]
fn an_ended_job_is_in_the_history_when_its_end_is_acknowledged_and_never_again_in_the_list() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let ended = end(&store, 1, 1000);
    assert_eq!(store.ended_job(ended.id).unwrap(), Some(ended.clone()));
    // Killed before the list forgot it: the next start does.
    abandon(store);
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, []);
    assert_eq!(ids(&store, 10, None, None), [ended.id]);
    // What comes late for it is no error, and changes nothing (spec 5, "final").
    let late = JobRecord { display_name: "late".to_owned(), ..ended.clone() };
    create(&store, [samples::job(2)]);
    save(&store, vec![Change::Head(Box::new(late))]).unwrap();
    assert_eq!(store.ended_job(ended.id).unwrap(), Some(ended));
    assert_eq!(store.ended_job(samples::id(2)).unwrap(), None);
}

#[test]
fn a_damaged_history_is_set_aside_and_touches_no_living_job() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    end(&store, 1, 1000);
    create(&store, [samples::job(2)]);
    drop(store);
    fs::write(dir.path().join("history.db"), vec![0xA5; 64 << 10]).unwrap();

    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, [samples::job(2)]);
    let damaged = store.history(HistoryQuery { limit: 1, before: None, owner: None });
    assert!(matches!(damaged, Err(HistoryError::Damaged { .. })), "{damaged:?}");
    // Asked twice, it is set aside once.
    let _ = store.ended_job(samples::id(1));
    end(&store, 3, 1000);
    assert_eq!(ids(&store, 10, None, None), [samples::id(3)]);
    assert_eq!(fs::metadata(dir.path().join("history.db.damaged-1")).unwrap().len(), 64 << 10);
    assert!(!dir.path().join("history.db.damaged-2").exists());
}

#[test]
fn a_job_that_nobody_ever_created_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    end(&store, 1, 1000);
    let unknown = save(&store, vec![Change::Head(Box::new(samples::job(2)))]);
    assert!(matches!(unknown, Err(SaveError::UnknownJob { .. })), "{unknown:?}");
}
