//! The scenarios that pin the error object down (spec 6.9), as far as a socket is involved, over the real service.
//! The others are played in `sim`.

use std::fs;

use bgcopy_testkit::{Content, FileServer, Gate, Origin, Site};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::house::{House, assert_content, until};

/// What GetError answers, or the code of its refusal.
async fn error(house: &House, id: &str) -> Value {
    let answer = house.ask("GET", &format!("/v1/jobs/{id}/error"), None).await;
    match answer.status {
        200 => answer.json(),
        _ => answer.refuses(404, "no-error", &[])["symbol"].clone(),
    }
}

/// "unavail" of the table: `ERROR_INFORMATION_UNAVAILABLE`, in the family of the client.
const UNAVAILABLE: &str = "DO_E_ERROR_INFORMATION_UNAVAILABLE";

/// A house whose service runs.
async fn house_with(config: &str) -> House {
    let house = House::with(config);
    house.run(&["list"]).await.exits(0);
    house
}

fn not_found() -> Site {
    Site::new()
}

/// JobError events that have come so far for a job, by what is still unconfirmed.
async fn owes_job_error(house: &House, id: &str) -> bool {
    house.job(id).await["unconfirmed"].as_array().unwrap().contains(&json!("job-error"))
}

#[tokio::test]
async fn s01_s02_a_call_that_fails_leaves_no_error_object() {
    let house = house_with("").await;
    let id = house.create(&json!({ "display_name": "new" })).await;
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    house.ask("POST", &format!("/v1/jobs/{id}/resume"), None).await.refuses(409, "empty", &["no files"]);
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    assert_eq!(house.job(&id).await["state"], "suspended");
}

#[tokio::test]
async fn s03_a_404_is_an_error_at_the_remote_file() {
    let origin = Origin::start(not_found()).await;
    for (config, context, has_file) in
        [("", "remote-file", true), ("strict_do_contexts = true", "none", false)]
    {
        let house = house_with(config).await;
        let mut events = house.listen("?kind=job-error", "").await;
        let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
        house.until_state(&id, "error").await;
        let error = error(&house, &id).await;
        assert_eq!(
            (&error["hresult"], &error["context"]),
            (&json!("0x80190194"), &json!(context)),
            "{error:#}"
        );
        assert_eq!(error["file"].is_object(), has_file);
        assert_eq!(events.next().await.unwrap().data["job"], *id);
    }
}

#[tokio::test]
async fn s04_a_403_is_at_the_remote_file_in_every_mode() {
    let server = FileServer::new(Content::new(1, 1)).failing(403, 100);
    let origin = Origin::start(server).await;
    for config in ["", "strict_do_contexts = true"] {
        let house = house_with(config).await;
        let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
        house.until_state(&id, "error").await;
        let error = error(&house, &id).await;
        assert_eq!((&error["hresult"], &error["context"]), (&json!("0x80190193"), &json!("remote-file")));
        assert_eq!(error["file"]["index"], 0);
        assert!(owes_job_error(&house, &id).await);
    }
}

#[tokio::test]
async fn s05_a_503_that_passes_is_told_until_bytes_move() {
    let gate = Gate::new();
    let server = FileServer::new(Content::new(2, 9_000)).failing(503, 1).gate_at(5_000, &gate);
    let origin = Origin::start(server).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    let job = house.until_state(&id, "transient-error").await;
    assert_eq!(job["error"]["hresult"], "0x801901F7");
    assert_eq!(job["error"]["file"]["index"], 0);
    house.until_state(&id, "transferring").await;
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    gate.open();
    house.until_state(&id, "transferred").await;
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    assert!(!owes_job_error(&house, &id).await, "JobError is not for transient errors");
    assert_eq!(house.job(&id).await["error_count"], 1);
}

#[tokio::test]
async fn s06_a_503_for_ever_ends_at_the_no_progress_timeout() {
    let server = FileServer::new(Content::new(3, 9)).failing(503, 1_000_000);
    let origin = Origin::start(server).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({ "no_progress_timeout_seconds": 2 })).await;
    house.until_state(&id, "transient-error").await;
    assert!(!owes_job_error(&house, &id).await);
    let job = house.until_state(&id, "error").await;
    // design.md: "at the timeout the code is no-progress, the last transient record is its cause".
    assert_eq!(
        (&job["error"]["code"], &job["error"]["cause"]["code"]),
        (&json!("no-progress"), &json!("http-503"))
    );
    assert!(owes_job_error(&house, &id).await);
}

/// A job of three files of which the second is not there, in the strict order of BITS.
async fn second_of_three(house: &House, origin: &Origin) -> String {
    let file = |name: &str| json!({ "remote_name": origin.url(&format!("/{name}")), "local_name": house.desk(name) });
    let files = json!([file("one"), file("two"), file("three")]);
    let id = house.create(&json!({ "display_name": "three files", "files": files, "resume": true })).await;
    let job = house.until_state(&id, "error").await;
    assert_eq!(job["error"]["file"]["index"], 1, "{job:#}");
    id
}

fn one_and_three(content: &Content) -> Site {
    let server = FileServer::new(content.clone());
    Site::new().file("/one", server.clone()).file("/three", server.clone()).file("/elsewhere", server)
}

#[tokio::test]
async fn s09_s10_the_second_of_three_files_fails_and_complete_keeps_the_first() {
    let content = Content::new(4, 50_000);
    let origin = Origin::start(one_and_three(&content)).await;
    let house = house_with("files_at_once = 1").await;
    let id = second_of_three(&house, &origin).await;
    let stages: Vec<Value> = house.files(&id).await.iter().map(|file| file["stage"].clone()).collect();
    assert_eq!(stages, ["transferred", "wanted", "wanted"]);
    assert!(origin.requests().iter().all(|request| request.target != "/three"), "the third is untouched");
    assert!(owes_job_error(&house, &id).await);
    let told = house.run(&["error", &id]).await.exits(0);
    told.prints(&["Whole files so far: 1 of 3", "bgcopy complete"]);

    let outcome = house.act(&id, "complete").await;
    assert_eq!(
        (&outcome["outcome"], &outcome["hresult"]),
        (&json!("partial-complete"), &json!("0x00200017"))
    );
    assert_eq!(house.on_the_desk(), ["one"]);
    assert_content(&house.desk("one"), &content);
    assert_eq!(house.job(&id).await["state"], "acknowledged");
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
}

#[tokio::test]
async fn s11_cancel_keeps_nothing() {
    let origin = Origin::start(one_and_three(&Content::new(5, 50_000))).await;
    let house = house_with("files_at_once = 1").await;
    let id = second_of_three(&house, &origin).await;
    assert!(!house.on_the_desk().is_empty(), "the first file is here under a temporary name");
    let outcome = house.act(&id, "cancel").await;
    assert_eq!((&outcome["outcome"], &outcome["state"]), (&json!("ok"), &json!("cancelled")));
    assert!(house.on_the_desk().is_empty());
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    house.until_nothing_is_kept().await;
}

#[tokio::test]
async fn s12_another_remote_name_and_resume() {
    let content = Content::new(6, 50_000);
    let gate = Gate::new();
    let site = one_and_three(&content).file("/slow", FileServer::new(content.clone()).gate_at(0, &gate));
    let origin = Origin::start(site).await;
    let house = house_with("files_at_once = 1").await;
    let id = second_of_three(&house, &origin).await;
    let before = error(&house, &id).await;
    let patch = json!({ "remote_name": origin.url("/slow") });
    house.ask("PATCH", &format!("/v1/jobs/{id}/files/1"), Some(&patch)).await.is(200);
    house.act(&id, "resume").await;
    until("the new URL is asked", async || {
        origin.requests().iter().any(|request| request.target == "/slow").then_some(())
    })
    .await;
    // "record until X"; the file object shows the new URL.
    let after = error(&house, &id).await;
    assert_eq!(after["hresult"], before["hresult"], "{after:#}");
    assert_eq!(house.files(&id).await[1]["remote_name"], origin.url("/slow"));
    gate.open();
    house.until_state(&id, "transferred").await;
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    assert_eq!(house.act(&id, "complete").await["outcome"], "ok");
    for name in ["one", "two", "three"] {
        assert_content(&house.desk(name), &content);
    }
}

#[tokio::test]
async fn s13_s14_job_error_reaches_a_client_that_comes_later_and_again_until_it_is_confirmed() {
    let origin = Origin::start(not_found()).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "error").await;
    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    for _ in 0..3 {
        let mut events = house.listen("?kind=job-error", "").await;
        let event = events.next().await.unwrap();
        assert_eq!((&event.data["job"], &event.data["error"]["hresult"]), (&json!(id), &json!("0x80190194")));
        assert_eq!(event.data["error"]["file"]["index"], 0);
    }
    let confirm = json!({ "notification": "job-error" });
    house.ask("POST", &format!("/v1/jobs/{id}/confirm"), Some(&confirm)).await.is(204);
    let mut events = house.listen("", "").await;
    house.act(&id, "cancel").await;
    assert_eq!(events.next_of("job-ended").await.data["state"], "cancelled");
    assert_eq!(house.job(&id).await["unconfirmed"], json!([]));
}

#[tokio::test]
async fn s15_the_destination_directory_is_removed_during_the_transfer() {
    for (config, context) in [("", "local-file"), ("strict_do_contexts = true", "none")] {
        let gate = Gate::new();
        let origin = Origin::start(FileServer::new(Content::new(7, 50_000)).gate_at(20_000, &gate)).await;
        let house = house_with(config).await;
        fs::create_dir(house.desk("deep")).unwrap();
        let id = house.fetch(&origin.url("/f"), "deep/f", json!({})).await;
        house.until_state(&id, "transferring").await;
        fs::remove_dir_all(house.desk("deep")).unwrap();
        gate.open();
        house.until_state(&id, "error").await;
        let error = error(&house, &id).await;
        // "Win32 code": ERROR_PATH_NOT_FOUND.
        assert_eq!(
            (&error["hresult"], &error["context"]),
            (&json!("0x80070003"), &json!(context)),
            "{error:#}"
        );
        assert_eq!(error["file"].is_object(), context == "local-file");
        assert!(owes_job_error(&house, &id).await);
    }
}

#[tokio::test]
async fn s16_without_patience_a_refused_connection_is_an_error_at_once() {
    let house = house_with("").await;
    let id = house.fetch("http://127.0.0.1:1/f", "f", json!({ "no_progress_timeout_seconds": 0 })).await;
    let job = house.until_state(&id, "error").await;
    let error = error(&house, &id).await;
    assert_eq!((&error["hresult"], &error["context"]), (&json!("0x80072EFD"), &json!("general-transport")));
    assert_eq!((&error["file"], &job["error_count"]), (&Value::Null, &json!(1)));
    assert!(owes_job_error(&house, &id).await);
}

#[tokio::test]
async fn s17_suspend_keeps_the_record() {
    let server = FileServer::new(Content::new(8, 9)).failing(503, 1_000_000);
    server.change(|settings| settings.fail_fields.push(("retry-after".to_owned(), "600".to_owned())));
    let origin = Origin::start(server).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    let before = house.until_state(&id, "transient-error").await["error"].clone();
    assert_eq!(house.act(&id, "suspend").await["state"], "suspended");
    let after = error(&house, &id).await;
    for field in ["hresult", "context", "file", "first_seen", "count"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert!(!owes_job_error(&house, &id).await);
}

#[tokio::test]
async fn s18_a_snapshot_keeps_answering_and_a_new_look_finds_nothing() {
    let content = Content::new(9, 50_000);
    let origin = Origin::start(FileServer::new(content.clone()).failing(404, 1)).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "error").await;
    let held = error(&house, &id).await;
    house.act(&id, "resume").await;
    house.until_state(&id, "transferred").await;
    assert_eq!(error(&house, &id).await, UNAVAILABLE);
    let file = held["file"]["index"].as_u64().unwrap();
    let live = house.ask("GET", &format!("/v1/jobs/{id}/files/{file}"), None).await.is(200).json();
    assert_eq!(live["progress"]["bytes_transferred"], content.len(), "the file is still valid, and current");
}

#[tokio::test]
async fn s19_a_description_in_no_language_and_in_one_that_is_not_spoken() {
    let house = house_with("").await;
    let describe = |id: u32| format!("/v1/codes/0x80190194?language_id={id}");
    house.ask("GET", &describe(0), None).await.refuses(400, "invalid-argument", &["0"]);
    let unknown = house.ask("GET", &describe(1_041), None).await.refuses(404, "no-such-language", &["1041"]);
    assert_eq!(unknown["hresult"], "0x80070717");
    let english = house.ask("GET", &describe(1_033), None).await.is(200).json();
    let french = house.ask("GET", &describe(1_036), None).await.is(200).json();
    assert_ne!(english["text"], french["text"]);
}

#[tokio::test]
async fn s20_a_policy_blocks_a_running_job_and_lets_it_go_on() {
    let content = Content::new(10, 50_000);
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"").gate_at(20_000, &gate)).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "transferring").await;
    // No link of this machine has a cost; "0 stops them" is a policy that every machine has.
    house.configure("max_background_download_bandwidth = 0");
    house.signal_service(Signal::HUP).await;
    house.until_state(&id, "transient-error").await;
    let record = error(&house, &id).await;
    assert_eq!(
        (&record["code"], &record["hresult"]),
        (&json!("blocked-policy"), &json!("0x8020003E")),
        "{record:#}"
    );
    assert_eq!((&record["context"], &record["file"]), (&json!("general-queue-manager"), &Value::Null));
    assert_eq!((&record["class"], &record["waiting_for"]), (&json!("policy"), &json!("policy")));
    let job = house.job(&id).await;
    assert_eq!(
        (&job["error_count"], owes_job_error(&house, &id).await),
        (&json!(0), false),
        "a wait is no failure"
    );
    gate.open();
    house.configure("");
    house.signal_service(Signal::HUP).await;
    house.until_state(&id, "transferred").await;
    house.act(&id, "complete").await;
    assert_content(&house.desk("f"), &content);
}
