//! What is acknowledged is there again.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;

use bgcopy_core::job::Ending;
use bgcopy_core::{
    FileIndex, FileRecord, FileStage, JobId, JobRecord, JobSecrets, JobState, LocalName, Secret, Wall,
};
use bgcopy_store::{Change, SaveError, Store};
use proptest::prelude::*;

use crate::{abandon, create, open, samples, save};

#[test]
fn every_field_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, []);
    let expected = vec![samples::full_job(2), samples::job(1)];
    create(&store, expected.clone());
    store.close();
    assert_eq!(open(dir.path()).1, expected);
}

#[test]
fn what_is_acknowledged_needs_no_closing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    create(&store, [samples::full_job(1)]);
    abandon(store);
    assert_eq!(open(dir.path()).1, [samples::full_job(1)]);
}

#[test]
fn a_head_leaves_the_files_alone_and_a_file_the_head() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut job = JobRecord { files: (0..3).map(samples::file).collect(), ..samples::job(1) };
    create(&store, [job.clone()]);

    job.display_name = "renamed".to_owned();
    let head = JobRecord { files: Vec::new(), ..job.clone() };
    job.files[1].bytes_here = 9;
    let file = Box::new(job.files[1].clone());
    let more: Vec<FileRecord> = (3..5).map(samples::file).collect();
    job.files.extend(more.clone());
    save(
        &store,
        vec![
            Change::Head(Box::new(head)),
            Change::File { job: job.id, index: FileIndex(1), file },
            Change::Files { job: job.id, first: FileIndex(3), files: more },
        ],
    )
    .unwrap();
    abandon(store);
    assert_eq!(open(dir.path()).1, [job]);
}

#[test]
fn a_save_that_makes_no_sense_changes_nothing_and_harms_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    create(&store, [samples::job(1)]);
    let renamed = |name: &str| {
        let job = JobRecord { display_name: name.to_owned(), ..samples::job(1) };
        Change::Head(Box::new(job))
    };
    let gap = Change::File { job: samples::id(1), index: FileIndex(2), file: Box::new(samples::file(1)) };
    let unknown = Change::Head(Box::new(samples::job(7)));

    // The writer is kept busy, so that all three wait and share a transaction.
    let (hold, held) = mpsc::channel::<()>();
    let (release, released) = mpsc::channel::<()>();
    store.save(
        Vec::new(),
        Box::new(move |_| {
            hold.send(()).unwrap();
            released.recv().unwrap();
        }),
    );
    held.recv().unwrap();
    let before = store.commits();
    let saves = [vec![renamed("a"), gap], vec![renamed("b")], vec![renamed("c"), unknown]];
    let answers = saves.map(|changes| {
        let (done, answer) = samples::answer();
        store.save(changes, done);
        answer
    });
    release.send(()).unwrap();
    let [gap, good, unknown] = answers.map(|answer| answer.recv().unwrap());
    assert!(matches!(gap, Err(SaveError::UnknownFile { index: FileIndex(2), .. })), "{gap:?}");
    assert!(good.is_ok());
    assert!(matches!(unknown, Err(SaveError::UnknownJob { job }) if job == samples::id(7)), "{unknown:?}");
    assert_eq!(store.commits() - before, 1);
    drop(store);
    assert_eq!(open(dir.path()).1[0].display_name, "b");
}

#[test]
fn a_record_without_a_stored_form_is_named_and_harms_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    create(&store, [samples::job(1)]);
    let mut odd = samples::job(2);
    // JSON has no form for a path that is not UTF-8.
    odd.settings.notify_cmd_line = Some((OsString::from_vec(b"/\xff".to_vec()).into(), String::new()));
    let both = vec![Change::Head(Box::new(samples::job(1))), Change::Create(Box::new(odd))];
    let refused = save(&store, both);
    assert!(
        matches!(refused, Err(SaveError::Unstorable { job, .. }) if job == samples::id(2)),
        "{refused:?}"
    );
    create(&store, [samples::job(3)]);
    drop(store);
    assert_eq!(open(dir.path()).1, [samples::job(1), samples::job(3)]);
}

#[test]
fn saves_that_wait_share_a_transaction() {
    const SAVES: u64 = 5_000;
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let (done, last) = samples::answer();
    let mut done = Some(done);
    for number in 0..SAVES {
        let changes = vec![Change::Create(Box::new(samples::job(number)))];
        let done = if number + 1 == SAVES { done.take() } else { None };
        store.save(changes, done.unwrap_or_else(|| Box::new(Result::unwrap)));
    }
    last.recv().unwrap().unwrap();
    assert!(store.commits() < SAVES / 5, "{} transactions for {SAVES} saves", store.commits());
    store.close();
    assert_eq!(open(dir.path()).1.len() as u64, SAVES);
}

#[test]
fn closing_answers_everything_that_was_queued() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let answers: Vec<_> = (0..100)
        .map(|number| {
            let (done, answer) = samples::answer();
            store.save(vec![Change::Create(Box::new(samples::job(number)))], done);
            answer
        })
        .collect();
    store.close();
    assert!(answers.iter().all(|answer| answer.try_recv().unwrap().is_ok()));
    // Closed is checkpointed: one file can be copied.
    assert!(!dir.path().join("bgcopy.db-wal").exists());
    assert_eq!(open(dir.path()).1.len(), 100);
}

#[test]
fn the_last_handle_may_be_dropped_by_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let (hand_over, handed) = mpsc::channel::<Store>();
    let (done, answer) = samples::answer();
    store.save(
        vec![Change::Create(Box::new(samples::job(1)))],
        Box::new(move |result| {
            drop(handed.recv().unwrap());
            done(result);
        }),
    );
    hand_over.send(store).unwrap();
    answer.recv().unwrap().unwrap();
    assert_eq!(Store::open(dir.path()).unwrap().jobs.len(), 1);
}

#[test]
fn c14_secrets_are_nowhere_but_in_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let job = JobRecord { secrets: samples::secrets("s3cr3t"), ..samples::job(1) };
    create(&store, [job.clone()]);
    assert!(!format!("{store:?}").contains("s3cr3t"));
    abandon(store);

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path()), 0o700);
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        let files = if path.is_dir() { fs::read_dir(&path).unwrap().count() } else { 0 };
        assert!(files <= 1, "no litter in {}", path.display());
    }
    let holders = [dir.path().to_owned(), dir.path().join("records"), dir.path().join("secrets")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && contains(&fs::read(path).unwrap(), b"s3cr3t"))
        .collect::<Vec<_>>();
    assert_eq!(holders, [dir.path().join(format!("secrets/{}.1.json", job.id))]);
    assert_eq!(open(dir.path()).1, [job]);
}

#[test]
fn secrets_change_with_the_commit_and_go_with_the_job() {
    let dir = tempfile::tempdir().unwrap();
    let count = || fs::read_dir(dir.path().join("secrets")).unwrap().count();
    let (store, _) = open(dir.path());
    let mut job = JobRecord { secrets: samples::secrets("one"), ..samples::job(1) };
    create(&store, [job.clone()]);
    job.secrets.headers.push(("X-More".to_owned(), Secret::new("two")));
    save(&store, vec![Change::Head(Box::new(job.clone()))]).unwrap();
    assert_eq!(count(), 1);
    drop(store);
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, [job.clone()]);

    // Cancelled, and its files not yet discarded: still needed to be whole after a restart.
    job.state = JobState::Cancelled;
    job.ending = Some(Ending::Cancel);
    save(&store, vec![Change::Head(Box::new(job.clone()))]).unwrap();
    assert_eq!(count(), 1);
    job.ending = None;
    save(&store, vec![Change::Head(Box::new(job))]).unwrap();
    assert_eq!(count(), 0);
    assert_eq!(fs::read_dir(dir.path().join("records")).unwrap().count(), 0);
    drop(store);
    assert_eq!(open(dir.path()).1, []);
}

#[test]
fn secrets_given_up_and_taken_again_in_one_commit_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let with = |token: &str| JobRecord { secrets: samples::secrets(token), ..samples::job(1) };
    let head = |job: JobRecord| Change::Head(Box::new(job));
    create(&store, [with("one")]);
    // In one save, and in several that share a transaction.
    save(&store, vec![head(samples::job(1)), head(with("two"))]).unwrap();
    save(&store, vec![head(with("one")), head(samples::job(1)), head(with("three"))]).unwrap();
    let (hold, held) = mpsc::channel::<()>();
    store.save(Vec::new(), Box::new(move |_| held.recv().unwrap()));
    for job in [samples::job(1), with("four"), samples::job(1)] {
        store.save(vec![head(job)], Box::new(Result::unwrap));
    }
    hold.send(()).unwrap();
    save(&store, vec![head(with("five"))]).unwrap();
    abandon(store);
    assert_eq!(fs::read_dir(dir.path().join("secrets")).unwrap().count(), 1);
    assert_eq!(open(dir.path()).1, [with("five")]);
}

#[test]
fn a_job_whose_secrets_are_lost_is_loaded_without_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let job = JobRecord { secrets: samples::secrets("one"), ..samples::job(1) };
    create(&store, [job.clone(), samples::job(2)]);
    drop(store);
    fs::remove_file(dir.path().join(format!("secrets/{}.1.json", job.id))).unwrap();
    let opened = Store::open(dir.path()).unwrap();
    assert_eq!(opened.without_secrets, [job.id]);
    assert_eq!(opened.jobs, [JobRecord { secrets: JobSecrets::default(), ..job }, samples::job(2)]);
}

#[test]
fn progress_alone_does_not_rewrite_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = open(dir.path());
    let mut job = samples::job(1);
    create(&store, [job.clone()]);
    let record = dir.path().join(format!("records/{}.json", job.id));
    let written = || fs::read_to_string(&record).unwrap();
    let first = written();

    job.state = JobState::Queued;
    save(&store, vec![Change::Head(Box::new(job.clone()))]).unwrap();
    let second = written();
    assert_ne!(first, second);

    job.state = JobState::Transferring;
    job.running_millis = 2_000;
    job.times.modification = Wall::from_unix_millis(1);
    job.files[0].bytes_here = 8 << 20;
    let file = Change::File { job: job.id, index: FileIndex(0), file: Box::new(job.files[0].clone()) };
    save(&store, vec![Change::Head(Box::new(job.clone())), file]).unwrap();
    assert_eq!(written(), second);

    job.files[0].stage = FileStage::Transferred;
    let file = Change::File { job: job.id, index: FileIndex(0), file: Box::new(job.files[0].clone()) };
    save(&store, vec![file]).unwrap();
    assert_ne!(written(), second);
    drop(store);
    assert_eq!(open(dir.path()).1, [job]);
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

fn any_wall() -> impl Strategy<Value = Wall> {
    any::<i64>().prop_map(Wall::from_unix_millis)
}

fn any_file() -> impl Strategy<Value = FileRecord> {
    let name =
        prop::collection::vec(any::<u8>().prop_filter("no separator", |b| !b"/\0".contains(b)), 1..200)
            .prop_filter("plain", |name| !matches!(name.as_slice(), b"." | b".."));
    let sizes = (any::<Option<u64>>(), any::<Option<u64>>(), any::<u64>(), any::<u64>());
    let texts = (any::<Option<String>>(), any::<Option<String>>(), "[a-zA-Z0-9/?&=%._-]{0,300}");
    (name, sizes, texts, any::<Option<bool>>(), prop::collection::vec(any_wall(), 0..4)).prop_map(
        |(
            name,
            (expected_size, remote_size, bytes_here, origin),
            (headers, content_id, path),
            valid,
            seen,
        )| {
            use std::os::unix::ffi::OsStringExt as _;
            let mut file = samples::full_file(1);
            let name = std::ffi::OsString::from_vec([b"/", name.as_slice()].concat());
            file.spec.local_name = LocalName::new(name.clone()).unwrap();
            file.spec.remote_name = format!("http://host/{path}").parse().unwrap();
            file.spec.content_id = content_id;
            file.spec.expected_size = expected_size;
            file.temporary = Some(name.into());
            file.remote_size = remote_size;
            file.bytes_here = bytes_here;
            file.bytes_from_origin = origin;
            file.response_headers = headers;
            file.validation_state = valid;
            file.remote_changes = seen;
            file
        },
    )
}

fn any_job() -> impl Strategy<Value = JobRecord> {
    let states = prop::sample::select(JobState::ALL.to_vec());
    let endings = prop::sample::select(vec![Ending::Complete, Ending::Cancel]);
    let texts = (any::<String>(), any::<String>(), any::<Option<String>>());
    let numbers = (any::<u32>(), any::<u64>(), any_wall(), prop::option::of(any_wall()));
    let files = prop::collection::vec(any_file(), 0..4);
    (any::<[u8; 16]>(), states, endings, texts, numbers, files, any::<String>()).prop_map(
        |(id, state, ending, (name, description, key), (count, millis, at, stalled), files, token)| {
            let mut job = samples::full_job(1);
            job.id = JobId::from_random_bytes(id);
            job.state = state;
            job.ending = Some(ending);
            (job.display_name, job.description, job.idempotency_key) = (name, description, key);
            (job.error_count, job.running_millis, job.last_activity) = (count, millis, at);
            job.stalled_since = stalled;
            job.secrets = samples::secrets(&token);
            job.files = files;
            job
        },
    )
}

proptest! {
    // Each case opens a database twice and syncs it.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_job_comes_back_from_the_database_and_from_its_record(
        jobs in prop::collection::vec(any_job(), 1..8)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let expected = samples::by_id(jobs.clone());
        let (store, _) = open(dir.path());
        create(&store, jobs);
        drop(store);
        prop_assert_eq!(&samples::by_id(open(dir.path()).1), &expected);
        fs::remove_file(dir.path().join("bgcopy.db")).unwrap();
        let opened = Store::open(dir.path()).unwrap();
        prop_assert_eq!(opened.recovery.map(|recovery| recovery.restored), Some(expected.len()));
        let rebuilt = expected.into_values().map(|job| if job.state.is_active() {
            JobRecord { state: JobState::Queued, error: None, stalled_since: None, ..job }
        } else {
            job
        });
        prop_assert_eq!(samples::by_id(opened.jobs), samples::by_id(rebuilt));
    }
}
