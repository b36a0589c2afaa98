//! The records of a service: damaged, newer, locked, left behind.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use bgcopy_testkit::{Content, FileServer, Gate, Origin};
use rustix::process::Signal;
use serde_json::json;

use crate::house::{House, assert_content, names};

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Ends the service in order, so that everything is in the database file.
async fn stop(house: &House) {
    let pid = house.service_pid().await;
    house.signal_service(Signal::TERM).await;
    house.until_gone(pid).await;
}

#[tokio::test]
async fn f06_a_damaged_database_is_set_aside_and_told_and_its_jobs_go_on() {
    let content = Content::new(1, 900_000);
    let gate = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"1\"").gate_at(500_000, &gate);
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    house.run(&["create", "--name", "sleeper"]).await.exits(0);
    house.until_job(&id, "half is here", |job| job["progress"]["bytes_transferred"] == 500_000).await;
    stop(&house).await;
    overwrite(&house.state("bgcopy.db"), 100, &[0xA5; 4_000]);
    gate.open();
    let told = house.run(&["list"]).await.exits(0);
    told.tells(&["records were damaged", "2 jobs were restored", "bgcopy.db.damaged-1"]);
    let service = house.ask("GET", "/v1/service", None).await.json();
    assert!(service["notices"][0].as_str().unwrap().contains("damaged"), "{service:#}");
    assert!(names(&house.state("")).contains(&"bgcopy.db.damaged-1".to_owned()));
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
    let resumed = origin.requests().pop().unwrap();
    assert_eq!(resumed.range(content.len()), Some(500_000..900_000), "finished bytes are kept");
    house.run(&["show", "sleeper"]).await.exits(0).prints(&["suspended"]);
    // It is told once, not for ever.
    stop(&house).await;
    let told = house.run(&["list"]).await.exits(0);
    assert!(!told.err.contains("damaged"), "{told}");
}

#[tokio::test]
async fn f07_a_newer_schema_is_refused_and_not_touched() {
    let house = House::new();
    house.run(&["create", "--name", "kept"]).await.exits(0);
    stop(&house).await;
    let database = house.state("bgcopy.db");
    let later = rusqlite::Connection::open(&database).unwrap();
    let step =
        "INSERT INTO schema_steps VALUES (9999); PRAGMA user_version = 9999; PRAGMA journal_mode = DELETE;";
    later.execute_batch(step).unwrap();
    drop(later);
    let before = fs::read(&database).unwrap();
    let told = ["bgcopy.db", "9999", "newer"];
    house.run(&["daemon"]).await.exits(1).tells(&told);
    house.run(&["list"]).await.exits(8).tells(&told);
    assert!(fs::read(&database).unwrap() == before, "nothing is touched");
    assert_eq!(house.lock_holder(), None);
}

#[tokio::test]
async fn f07_a_missing_database_is_rebuilt_from_the_records() {
    let house = House::new();
    let id = house.run(&["create", "--name", "kept", "--description", "a long story"]).await.exits(0).out;
    stop(&house).await;
    fs::remove_file(house.state("bgcopy.db")).unwrap();
    house.run(&["list"]).await.exits(0).prints(&["kept", "suspended"]);
    assert_eq!(house.job(id.trim()).await["description"], "a long story");
}

#[tokio::test]
async fn f08_a_second_service_is_refused_and_says_who_is_there() {
    let house = House::new();
    let first = house.serve(&[]).await;
    let told = ["in use by another service", &format!("process {}", first.pid())];
    house.run(&["daemon"]).await.exits(1).tells(&told);
    // Another folder, the same socket: the one that answers is never replaced.
    let other = house.at("other");
    let second = house.run(&["daemon", "--state-dir", other.to_str().unwrap()]).await;
    second.exits(1).tells(&["another service is serving on", "--socket"]);
    assert_eq!(house.ask("GET", "/v1/service", None).await.json()["pid"], first.pid());
    first.signal(Signal::INT);
    first.done().await.exits(0);
    assert!(!house.socket().exists());
}

#[tokio::test]
async fn f14_a_socket_left_behind_is_replaced_and_anything_else_is_not() {
    let house = House::new();
    house.run(&["create", "--name", "kept"]).await.exits(0);
    house.kill_service().await;
    assert!(house.socket().exists(), "the fault fires: it had no time to clear up");
    house.run(&["list"]).await.exits(0).prints(&["kept"]);
    stop(&house).await;
    drop(UnixListener::bind(house.socket()).unwrap());
    house.run(&["list"]).await.exits(0).prints(&["kept"]);
    stop(&house).await;
    fs::write(house.socket(), "no socket").unwrap();
    house.run(&["list"]).await.exits(8).tells(&["bgcopy.sock"]);
    assert_eq!(fs::read(house.socket()).unwrap(), b"no socket");
}

#[tokio::test]
async fn f07_a_state_folder_that_is_not_ours_alone_is_refused() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    stop(&house).await;
    house.shell(&format!("chmod 777 {}", house.state("").display())).await.exits(0);
    house.run(&["list"]).await.exits(8).tells(&["others may write", "chmod go-w"]);
    house.shell(&format!("chmod go-w {}", house.state("").display())).await.exits(0);
    house.run(&["list"]).await.exits(0);
}

#[tokio::test]
async fn acknowledged_jobs_survive_kill_9_at_once() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut made = Vec::new();
    for round in 0..5 {
        for number in 0..4 {
            made.push(house.create(&json!({ "display_name": format!("{round}-{number}") })).await);
        }
        house.kill_service().await;
        let jobs = house.run(&["--json", "list"]).await.exits(0).json();
        let mut found: Vec<_> = jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        let mut expected = made.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

/// The state folder, as a backup tool would copy it.
async fn back_up(house: &House, to: &str) {
    let line = format!("rm -rf {to} && cp -a {} {to}", house.at("state").display());
    house.shell(&line).await.exits(0);
}

#[tokio::test]
async fn f16_records_that_are_older_or_newer_than_the_files_prove_what_is_there_before_they_trust_it() {
    let content = Content::new(3, 3_000_000);
    let gate = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"1\"").gate_at(1_000_000, &gate);
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    house.until_job(&id, "a third is here", |job| job["progress"]["bytes_transferred"] == 1_000_000).await;
    stop(&house).await;
    back_up(&house, "../older").await;
    let temporary = house.on_the_desk().remove(0);
    fs::copy(house.desk(&temporary), house.at("of-then")).unwrap();
    server.change(|settings| settings.gate = Some((2_000_000, gate.clone())));
    house.run(&["list"]).await.exits(0);
    house.until_job(&id, "more is here", |job| job["progress"]["bytes_transferred"] == 2_000_000).await;
    stop(&house).await;
    // Records from before, and a file that has gone on without them.
    fs::remove_dir_all(house.at("state")).unwrap();
    fs::rename(house.at("older"), house.at("state")).unwrap();
    gate.open();
    house.run(&["list"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);

    // And the other way round: a file from before under records that have gone on.
    server.change(|settings| settings.gate = Some((2_000_000, Gate::new())));
    let id = house.fetch_later(&origin.url("/g"), "g").await;
    house
        .until_job(&id, "two thirds are here", |job| job["progress"]["bytes_transferred"] == 2_000_000)
        .await;
    stop(&house).await;
    let temporary = house.on_the_desk().into_iter().find(|name| name.starts_with(".g.")).unwrap();
    fs::write(house.desk(&temporary), fs::read(house.at("of-then")).unwrap()).unwrap();
    server.change(|settings| settings.gate = None);
    house.run(&["list"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("g"), &content);
    assert_eq!(house.on_the_desk(), ["f", "g"]);
}
