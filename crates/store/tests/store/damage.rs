//! Damage: found, set aside, reported, and the list rebuilt; never an empty list without a word.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use bgcopy_core::{FileStage, JobRecord, JobState, JobType, LocalName, Trust};
use bgcopy_store::{Change, OpenError, Opened, Recovery, Store};

use crate::{abandon, create, open, samples, save};

/// Bytes of a page, as SQLite makes them.
const PAGE_BYTES: u64 = 4096;
/// Flips tried in each page, besides every byte of the file header.
const FLIPS_PER_PAGE: u64 = 6;
/// Bytes of SQLite's file header.
const HEADER_BYTES: u64 = 100;

/// Jobs of every kind, at rest: rebuilt they are what they were.
fn resting_jobs() -> Vec<JobRecord> {
    let mut jobs: Vec<_> = (1..12).map(samples::job).collect();
    jobs[0].files = (0..40).map(samples::file).collect();
    jobs[1].files.clear();
    jobs[2].state = JobState::Transferred;
    jobs[2].files[0].stage = FileStage::Transferred;
    jobs[2].files[0].trust = Trust::Digest;
    jobs[3].state = JobState::Queued;
    jobs[4].secrets = samples::secrets("token");
    jobs[5].description = "long ".repeat(2_000);
    jobs.push(samples::full_job(90));
    jobs
}

/// A folder with jobs in it, and an ended one; closed.
fn folder_with_jobs() -> (tempfile::TempDir, Vec<JobRecord>) {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let jobs = resting_jobs();
    create(&store, jobs.clone());
    create(&store, [samples::job(50)]);
    let ended = JobRecord { state: JobState::Cancelled, ..samples::job(50) };
    save(&store, vec![Change::Head(Box::new(ended))]).unwrap();
    store.close();
    (dir, jobs)
}

fn copy_of(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    samples::copy_folder(dir, copy.path());
    copy
}

/// Opens, and expects all jobs whatever happened.
fn expect_all(dir: &Path, jobs: &[JobRecord], what: &str) -> Option<Recovery> {
    let Opened { jobs: found, recovery, without_secrets, store } =
        Store::open(dir).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(samples::by_id(found), samples::by_id(jobs.to_vec()), "{what}");
    assert_eq!(without_secrets, [], "{what}");
    // It works, and stays repaired.
    create(&store, [samples::job(1_000)]);
    store.close();
    let (_, again) = open(dir);
    assert_eq!(again.len(), jobs.len() + 1, "{what}");
    recovery
}

#[test]
fn f06_a_flipped_bit_anywhere_is_found_and_the_list_is_rebuilt() {
    let (dir, jobs) = folder_with_jobs();
    let pages = fs::metadata(dir.path().join("bgcopy.db")).unwrap().len() / PAGE_BYTES;
    assert!(pages > 8, "{pages} pages are too few to tell");
    let in_pages = (0..pages).flat_map(|page| {
        // Spread over the page, and not the same in each: header, pointers, free space, cells.
        (0..FLIPS_PER_PAGE).map(move |nth| {
            let step = PAGE_BYTES / FLIPS_PER_PAGE;
            page * PAGE_BYTES + nth * step + (page * 131 + nth * 17) % step
        })
    });
    let mut recovered = 0;
    let mut tried = 0;
    for offset in (0..HEADER_BYTES).chain(in_pages) {
        let copy = copy_of(dir.path());
        let flipped = flip(&copy.path().join("bgcopy.db"), offset);
        let what = format!("byte {offset} flipped to {flipped:#04x}");
        if let Some(recovery) = expect_all(copy.path(), &jobs, &what) {
            assert_eq!(recovery.restored, jobs.len(), "{what}");
            assert_eq!(recovery.lost, [], "{what}");
            let set_aside = recovery.set_aside.expect(&what);
            assert_eq!(fs::read(set_aside).unwrap().len() as u64, pages * PAGE_BYTES, "{what}");
            recovered += 1;
        }
        tried += 1;
    }
    // The rest lies in unused space, or says what SQLite does not believe, like the change counter.
    assert!(recovered * 2 > tried, "only {recovered} of {tried} flips were found");
}

/// Flips a bit that the offset chooses.
fn flip(path: &Path, offset: u64) -> u8 {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    byte[0] ^= 1 << (offset % 8);
    file.write_all_at(&byte, offset).unwrap();
    byte[0]
}

#[test]
fn f06_a_flipped_bit_inside_any_value_is_found() {
    let (dir, jobs) = folder_with_jobs();
    let content = fs::read(dir.path().join("bgcopy.db")).unwrap();
    for (needle, what) in [
        (b"example/pool/file-33?sig".as_slice(), "a URL"),
        (b"/home/ada/file-34", "a local name"),
        (b"foreground", "a word"),
        (b"http://proxy:3128", "a setting"),
        (b"long long", "a text in an overflow page"),
    ] {
        let offset = content.windows(needle.len()).position(|window| window == needle).expect(what) as u64;
        let copy = copy_of(dir.path());
        flip(&copy.path().join("bgcopy.db"), offset + 2);
        let recovery = expect_all(copy.path(), &jobs, what).expect(what);
        assert!(recovery.set_aside.is_some(), "{what}");
    }
}

/// A folder as a killed service leaves it: commits are in the log alone. Its ended job ended in the log.
fn folder_with_a_log() -> (tempfile::TempDir, Vec<JobRecord>) {
    let (dir, mut jobs) = folder_with_jobs();
    let (store, _) = open(dir.path());
    jobs[6].display_name = "renamed".to_owned();
    jobs[7].secrets = samples::secrets("changed");
    jobs.push(samples::job(91));
    let ended = JobRecord { state: JobState::Acknowledged, ..jobs.remove(0) };
    for change in [
        Change::Head(Box::new(jobs[5].clone())),
        Change::Head(Box::new(jobs[6].clone())),
        Change::Create(Box::new(samples::job(91))),
        Change::Head(Box::new(ended)),
    ] {
        save(&store, vec![change]).unwrap();
    }
    // Another commit, so that the ended job is gone from the database and not only marked.
    save(&store, Vec::new()).unwrap();
    let copy = copy_of(dir.path());
    abandon(store);
    fs::remove_file(copy.path().join("bgcopy.db-shm")).unwrap();
    (copy, jobs)
}

#[test]
fn f05_commits_lost_with_a_torn_log_are_found_in_the_records() {
    let (dir, jobs) = folder_with_a_log();
    let log = "bgcopy.db-wal";
    let length = fs::metadata(dir.path().join(log)).unwrap().len();
    assert!(expect_all(copy_of(dir.path()).path(), &jobs, "nothing lost").is_none());
    let mut behind = 0;
    for cut in (0..length).step_by(1_500) {
        let copy = copy_of(dir.path());
        let file = OpenOptions::new().write(true).open(copy.path().join(log)).unwrap();
        file.set_len(cut).unwrap();
        if let Some(recovery) = expect_all(copy.path(), &jobs, &format!("log cut at {cut}")) {
            assert_eq!(recovery.set_aside, None, "a whole commit stands");
            behind += 1;
        }
    }
    assert!(behind > 0);
    for offset in (0..length).step_by(2_111) {
        let copy = copy_of(dir.path());
        flip(&copy.path().join(log), offset);
        expect_all(copy.path(), &jobs, &format!("log flipped at {offset}"));
    }
    let copy = copy_of(dir.path());
    fs::remove_file(copy.path().join(log)).unwrap();
    assert!(expect_all(copy.path(), &jobs, "log missing").is_some());
}

#[test]
fn f07_a_missing_or_empty_database_is_rebuilt() {
    let (dir, jobs) = folder_with_a_log();
    let restored = |recovery: Option<Recovery>| recovery.map(|recovery| recovery.restored);
    let copy = copy_of(dir.path());
    fs::remove_file(copy.path().join("bgcopy.db")).unwrap();
    let recovery = expect_all(copy.path(), &jobs, "missing, with a log").unwrap();
    assert_eq!(recovery.reason, "the database is missing, and its log is there");
    assert!(copy.path().join("bgcopy.db.damaged-1-wal").exists());

    fs::remove_file(copy.path().join("bgcopy.db")).unwrap();
    fs::remove_file(copy.path().join(format!("records/{}.json", samples::id(1_000)))).unwrap();
    assert_eq!(restored(expect_all(copy.path(), &jobs, "missing")), Some(jobs.len()));

    let copy = copy_of(dir.path());
    fs::write(copy.path().join("bgcopy.db"), "").unwrap();
    fs::remove_file(copy.path().join("bgcopy.db-wal")).unwrap();
    assert_eq!(restored(expect_all(copy.path(), &jobs, "empty")), Some(jobs.len()));

    let copy = copy_of(dir.path());
    fs::write(copy.path().join("bgcopy.db"), "this is no database at all\n".repeat(999)).unwrap();
    let recovery = expect_all(copy.path(), &jobs, "something else").unwrap();
    assert_eq!(recovery.set_aside, Some(copy.path().join("bgcopy.db.damaged-1")));
}

#[test]
fn f07_somebody_elses_database_is_set_aside_whole() {
    let (dir, jobs) = folder_with_jobs();
    let path = dir.path().join("bgcopy.db");
    fs::remove_file(&path).unwrap();
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE jobs (id); INSERT INTO jobs VALUES (1);").unwrap();
    drop(theirs);
    let recovery = expect_all(dir.path(), &jobs, "another program's database").unwrap();
    assert_eq!(recovery.reason, "it is not a database of bgcopy");
    let theirs = rusqlite::Connection::open(recovery.set_aside.unwrap()).unwrap();
    assert_eq!(theirs.query_row("SELECT id FROM jobs", [], |row| row.get::<_, i64>(0)), Ok(1));
}

#[test]
fn a_rebuilt_job_rests_where_it_rested_else_it_is_queued() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let failed = samples::full_job(0).error;
    let with = |(number, &state): (u64, &JobState)| {
        let error = failed.clone().filter(|_| matches!(state, JobState::Error | JobState::TransientError));
        let stalled_since = error.as_ref().map(|error| error.first_seen);
        JobRecord { state, error, stalled_since, ending: samples::full_job(0).ending, ..samples::job(number) }
    };
    let jobs: Vec<_> = (0..).zip(JobState::ALL).map(with).collect();
    create(&store, jobs.clone());
    store.close();
    fs::remove_file(dir.path().join("bgcopy.db")).unwrap();
    let found = samples::by_id(Store::open(dir.path()).unwrap().jobs);
    assert_eq!(found.len(), jobs.len());
    for job in jobs {
        let found = &found[&job.id];
        if job.state.is_active() {
            assert_eq!((found.state, &found.error, found.stalled_since), (JobState::Queued, &None, None));
        } else {
            assert_eq!(found, &job);
        }
    }
}

#[test]
fn finished_files_of_a_rebuilt_job_stay_finished() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut job = samples::job(1);
    job.state = JobState::Transferring;
    job.files = (0..3).map(samples::file).collect();
    create(&store, [job.clone()]);
    for (index, stage) in [(0, FileStage::Published), (1, FileStage::Transferred)] {
        job.files[index].stage = stage;
        job.files[index].bytes_here = 7;
        let (index, file) = (bgcopy_core::FileIndex(index as u32), Box::new(job.files[index].clone()));
        save(&store, vec![Change::File { job: job.id, index, file }]).unwrap();
    }
    store.close();
    fs::write(dir.path().join("bgcopy.db"), [0xFF; 9_000]).unwrap();
    let found = Store::open(dir.path()).unwrap().jobs;
    assert_eq!(found[0].files, job.files);
    assert_eq!(found[0].kind, JobType::Download);
}

#[test]
fn a_record_that_cannot_be_read_is_named_as_lost_once() {
    let (dir, jobs) = folder_with_jobs();
    let record = |job: &JobRecord| dir.path().join(format!("records/{}.json", job.id));
    // With its row the record is only written again.
    flip(&record(&jobs[0]), 300);
    fs::write(record(&jobs[1]), "").unwrap();
    let (store, _) = open(dir.path());
    store.close();
    fs::remove_file(dir.path().join("bgcopy.db")).unwrap();
    flip(&record(&jobs[0]), 301);
    let opened = Store::open(dir.path()).unwrap();
    let recovery = opened.recovery.unwrap();
    assert_eq!(recovery.restored, jobs.len() - 1);
    assert_eq!(recovery.lost.len(), 1);
    assert_eq!(recovery.lost[0].job, jobs[0].id);
    assert!(recovery.lost[0].path.exists());
    assert_eq!(samples::by_id(opened.jobs), samples::by_id(jobs[1..].to_vec()));
    drop(opened.store);
    assert_eq!(open(dir.path()).1.len(), jobs.len() - 1);
}

#[test]
fn f07_what_is_no_file_is_named_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bgcopy.db");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("precious"), "").unwrap();
    let refused = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&refused, OpenError::NotAFile { path: found } if *found == path), "{refused:?}");
    let expected =
        format!("{} must be a plain file, and is not; move it away and start again", path.display());
    assert_eq!(refused.to_string(), expected);
    assert!(path.join("precious").exists());

    let refused = Store::open(&path.join("precious")).unwrap_err();
    assert!(matches!(refused, OpenError::NotAFolder { .. }), "{refused:?}");
}

/// Runs as an ordinary user, in a thread of its own when the tests were started by root: on Linux each
/// thread has its own credentials.
fn as_ordinary_user(folder: &Path, check: impl FnOnce() + Send) {
    use rustix::process::{Gid, Uid, geteuid};
    let nobody = 65_534;
    if geteuid().is_root() {
        std::os::unix::fs::chown(folder, Some(nobody), Some(nobody)).unwrap();
    }
    let run = || {
        if geteuid().is_root() {
            let (uid, gid) = (Uid::from_raw(nobody), Gid::from_raw(nobody));
            rustix::thread::set_thread_groups(&[]).unwrap();
            rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        }
        assert!(!geteuid().is_root());
        check();
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap());
}

#[test]
fn f07_a_folder_of_another_user_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    as_ordinary_user(dir.path(), || {
        let refused = Store::open(Path::new("/usr")).unwrap_err();
        assert!(matches!(refused, OpenError::NotOurs { owner: 0, .. }), "{refused:?}");
        assert!(refused.to_string().starts_with("/usr belongs to user 0, but the service runs as user "));
    });
}

#[test]
fn f07_a_database_without_rights_is_refused_and_stays() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    as_ordinary_user(dir.path(), || {
        let (store, _) = open(dir.path());
        create(&store, [samples::job(1)]);
        store.close();
        let path = dir.path().join("bgcopy.db");
        fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
        let refused = Store::open(dir.path()).unwrap_err();
        assert!(matches!(&refused, OpenError::Denied { path: found, .. } if *found == path), "{refused:?}");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(open(dir.path()).1, [samples::job(1)]);
    });
}

#[test]
fn a_path_is_compared_by_its_bytes() {
    // The record of a job whose paths are not UTF-8 is whole: the samples must have one.
    let name: &LocalName = &samples::full_file(1).spec.local_name;
    assert!(name.path().to_str().is_none());
}

#[test]
fn f07_records_that_are_removed_under_the_running_service_are_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("state");
    let (store, _) = open(&root);
    create(&store, (1..4).map(samples::job));
    fs::remove_dir_all(&root).unwrap();
    let with_secrets = JobRecord { secrets: samples::secrets("token"), ..samples::job(4) };
    create(&store, [with_secrets.clone()]);
    // Only the database, and its log stays, which belongs to it no more.
    fs::remove_file(root.join("bgcopy.db")).unwrap();
    create(&store, [samples::job(5)]);
    // Only the folder of the copies, into which the rest may still be on its way.
    while let Err(error) = fs::remove_dir_all(root.join("records")) {
        assert_eq!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty);
    }
    create(&store, [samples::job(6)]);
    let ended = JobRecord { state: JobState::Cancelled, ..samples::job(1) };
    save(&store, vec![Change::Head(Box::new(ended))]).unwrap();
    assert!(store.ended_job(samples::id(1)).unwrap().is_some());
    store.close();

    let opened = Store::open(&root).unwrap();
    let expected = [2, 3].map(samples::job).into_iter().chain([with_secrets]).chain([5, 6].map(samples::job));
    assert_eq!(samples::by_id(opened.jobs), samples::by_id(expected));
    assert_eq!((opened.recovery, opened.without_secrets), (None, vec![]), "nothing had to be rebuilt");
}

#[test]
fn f07_nothing_is_acknowledged_that_has_no_place() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("state");
    let (store, _) = open(&root);
    create(&store, [samples::job(1)]);
    fs::remove_dir_all(&root).unwrap();
    fs::write(&root, "in the way").unwrap();
    save(&store, vec![Change::Create(Box::new(samples::job(2)))]).unwrap_err();
    fs::remove_file(&root).unwrap();
    create(&store, [samples::job(3)]);
    store.close();
    assert_eq!(samples::by_id(open(&root).1), samples::by_id([1, 3].map(samples::job)));
}
