//! Jobs of many files, which are settled after the answers and move to the history row by row.

use bgcopy_core::{FileIndex, FileRecord, FileStage, JobRecord, JobState, Kept};
use bgcopy_store::{Change, MANY_FILES, Store};

use crate::{abandon, create, open, samples, save};

const FILES: u64 = MANY_FILES as u64 + 36;

fn job(number: u64) -> JobRecord {
    JobRecord { files: (0..FILES).map(samples::file).collect(), ..samples::job(number) }
}

fn whole(number: u64) -> FileRecord {
    FileRecord {
        stage: FileStage::Transferred,
        temporary: Some("/home/ada/.f.bgcopy".into()),
        kept: Some(Kept { device: 1, inode: number, born: None, owner: 2, size: 3, modified: 4 }),
        ..samples::file(number)
    }
}

#[test]
fn changes_and_further_files_come_back_as_they_were_saved() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut kept = job(1);
    create(&store, [kept.clone()]);
    kept.files[70] = whole(70);
    kept.files.extend((FILES..FILES + 50).map(samples::file));
    kept.files[FILES as usize - 1] = whole(FILES - 1);
    let index = FileIndex(70);
    let changed = Change::File { job: kept.id, index, file: Box::new(kept.files[70].clone()) };
    // The last of those that are there, and those behind it.
    let first = FileIndex(u32::try_from(FILES).unwrap() - 1);
    let added = Change::Files { job: kept.id, first, files: kept.files[first.as_usize()..].to_vec() };
    save(&store, vec![changed, added]).unwrap();
    abandon(store);
    assert_eq!(open(dir.path()).1, [kept]);
}

#[test]
fn a_file_behind_a_gap_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    create(&store, [job(1)]);
    let end = u32::try_from(FILES).unwrap();
    let file =
        |index| Change::File { job: samples::id(1), index: FileIndex(index), file: Box::new(whole(7)) };
    assert!(save(&store, vec![file(end), file(end + 2)]).is_err());
    save(&store, vec![file(end)]).unwrap();
    drop(store);
    assert_eq!(open(dir.path()).1[0].files.len(), end as usize + 1);
}

#[test]
fn a_completed_job_is_in_the_history_with_its_files_published() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut done = JobRecord { files: (0..FILES).map(whole).collect(), ..samples::job(1) };
    done.files[3].stage = FileStage::Discarded;
    create(&store, [done.clone(), job(2)]);
    done.state = JobState::Acknowledged;
    save(&store, vec![Change::Head(Box::new(done.clone()))]).unwrap();
    let ended = store.ended_job(done.id).unwrap().unwrap();
    for (index, file) in done.files.iter_mut().enumerate().filter(|(index, _)| *index != 3) {
        (file.stage, file.temporary) = (FileStage::Published, None);
        assert_eq!(ended.files[index], *file);
    }
    assert_eq!(ended, done);
    // It is among the living no more, whether or not there was time to remove it.
    abandon(store);
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [samples::id(2)]);
    assert_eq!(store.ended_job(done.id).unwrap().as_ref(), Some(&done));
}

#[test]
fn what_a_kill_leaves_between_end_and_history_is_in_the_history_after_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let done = JobRecord { files: (0..FILES).map(whole).collect(), ..samples::job(1) };
    create(&store, [done.clone()]);
    // Answered before its rows are copied.
    save(&store, vec![Change::Head(Box::new(JobRecord { state: JobState::Acknowledged, ..done }))]).unwrap();
    abandon(store);
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, []);
    let ended = store.ended_job(samples::id(1)).unwrap().unwrap();
    assert!(ended.files.iter().all(|file| file.stage == FileStage::Published));
}

#[test]
fn its_record_is_there_when_the_store_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut kept = job(1);
    create(&store, [kept.clone()]);
    kept.files[5] = whole(5);
    let changed = Change::File { job: kept.id, index: FileIndex(5), file: Box::new(kept.files[5].clone()) };
    save(&store, vec![changed]).unwrap();
    store.close();
    std::fs::remove_file(dir.path().join("bgcopy.db")).unwrap();
    let opened = Store::open(dir.path()).unwrap();
    assert!(opened.recovery.is_some());
    assert_eq!(opened.jobs, [kept]);
}
