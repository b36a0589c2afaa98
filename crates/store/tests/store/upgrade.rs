//! Schemas: every released one is upgraded, a newer one is refused (F07, F09).

use std::fs;
use std::path::Path;

use bgcopy_core::{JobRecord, JobSecrets, Promised, RangeSet, ServerCertificateCallback, Supply};
use bgcopy_store::{OpenError, Store};
use rusqlite::Connection;

use crate::{create, open, samples};

/// A database as the first schema wrote it, holding [`first_job`] and `samples::job(2)`: the output of
/// `sqlite3 bgcopy.db .dump`, and the two pragmas that it leaves out. Whoever adds a field to the records
/// leaves this as it is, and says in [`first_job`] what the field is when it is not there.
const SCHEMA_1: &str = include_str!("schema-1.sql");
/// The record file of [`first_job`].
const RECORD_1: &str = include_str!("record-1.json");

fn first_job() -> JobRecord {
    let mut job = JobRecord {
        display_name: "naïve \nname".to_owned(),
        description: "é".to_owned(),
        secrets: JobSecrets::default(),
        upload: None,
        ..samples::full_job(1)
    };
    job.settings.no_cellular = false;
    job.settings.server_certificate_callback = ServerCertificateCallback::default();
    for file in &mut job.files {
        (file.spec.supply, file.spec.unplaced) = (Supply::default(), false);
        file.promise = Promised::default();
        file.version_of = None;
        file.kept = None;
        file.filled = RangeSet::new();
        file.demand = None;
        file.transfer_millis = 0;
        file.bytes_from_mirrors = 0;
        file.bytes_from_cache_hosts = 0;
    }
    job
}

#[test]
fn f09_a_record_of_the_first_version_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("records")).unwrap();
    fs::write(dir.path().join(format!("records/{}.json", samples::id(1))), RECORD_1).unwrap();
    let opened = Store::open(dir.path()).unwrap();
    assert_eq!(opened.jobs, [first_job()]);
    assert_eq!(opened.recovery.map(|recovery| recovery.reason).as_deref(), Some("the database is missing"));
}

#[test]
fn f09_schema_1_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let database = Connection::open(dir.path().join("bgcopy.db")).unwrap();
    database.execute_batch(SCHEMA_1).unwrap();
    drop(database);
    let (store, jobs) = open(dir.path());
    assert_eq!(jobs, [first_job(), samples::job(2)]);
    // It is written, too.
    create(&store, [samples::job(3)]);
    drop(store);
    assert_eq!(open(dir.path()).1.len(), 3);
}

#[test]
fn f07_a_newer_schema_is_refused_and_nothing_is_touched() {
    for name in ["bgcopy.db", "history.db"] {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = open(dir.path());
        create(&store, [samples::full_job(1)]);
        store.close();
        if name == "history.db" {
            fs::copy(dir.path().join("bgcopy.db"), dir.path().join(name)).unwrap();
        }
        let path = dir.path().join(name);
        let database = Connection::open(&path).unwrap();
        database.execute("INSERT INTO schema_steps VALUES (99)", []).unwrap();
        database.pragma_update(None, "user_version", 99).unwrap();
        if name == "history.db" {
            database.pragma_update(None, "application_id", 0x6267_6368).unwrap();
        }
        drop(database);

        let before = content(dir.path());
        match Store::open(dir.path()) {
            Err(refused @ OpenError::Newer { found: 99, .. }) => {
                let message = refused.to_string();
                assert!(
                    message.starts_with(&format!(
                        "{} was written by a newer bgcopy (schema 99; ",
                        path.display()
                    ))
                );
                assert!(message.ends_with("upgrade bgcopy, or choose another state folder"), "{message}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(content(dir.path()), before);
    }
}

/// Every file below a folder, but for the shared memory of SQLite, which readers use.
fn content(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in [dir.to_owned(), dir.join("records"), dir.join("secrets")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            let is_empty_log = name.ends_with("-wal") && fs::metadata(&path).unwrap().len() == 0;
            if path.is_file() && !name.ends_with("-shm") && !is_empty_log {
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}
