//! Servers that fail for a while, cut, change, redirect or say nothing: what the service makes of them over time.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use bgcopy_testkit::{Content, FileServer, Framing, Gate, Origin, Reply, RequestHead, Script};
use serde_json::{Value, json};

use crate::house::{House, assert_content, proposed, until};

/// Answers everything with this status.
pub(crate) fn answers(number: u16) -> impl Script {
    move |_: &RequestHead| Reply::status(number).body("no\n")
}

/// A port that nobody listens on any more.
pub(crate) async fn vacant() -> SocketAddr {
    Origin::start(answers(200)).await.stop().await
}

#[tokio::test]
async fn a28_b01_transient_failures_wait_and_say_for_what() {
    let slow_answers = |number: u16| {
        move |_: &RequestHead| Reply::status(number).header("retry-after", "600").body("later\n")
    };
    let busy = Origin::start(slow_answers(503)).await;
    let gone = vacant().await;
    let house = House::new();
    let waits = house.fetch_later(&busy.url("/a"), "a").await;
    let refused = house.fetch_later(&format!("http://{gone}/b"), "b").await;
    for (id, code, context) in
        [(&waits, "http-503", "remote-file"), (&refused, "connect", "general-transport")]
    {
        let job = house.until_state(id, "transient-error").await;
        let error = &job["error"];
        assert_eq!((&error["code"], &error["context"]), (&json!(code), &json!(context)), "{error:#}");
        assert_eq!((&error["class"], &error["waiting_for"]), (&json!("transient"), &json!("retry")));
        assert!(error["retry_at"].is_string() && job["error_count"].as_u64() >= Some(1), "{job:#}");
        assert_eq!(error["remedies"][0]["action"], "wait");
    }
    let told = house.run(&["error", "a"]).await.exits(0);
    told.prints(&["503", "tries again by itself", "Next try at", "bgcopy watch", "bgcopy resume"]);
    let list = house.run(&["list", "--state", "transient-error"]).await.exits(0);
    list.prints(&["a", "transient-error"]);
}

#[tokio::test]
async fn b01_a_server_that_comes_back_is_found_without_help() {
    let address = vacant().await;
    let content = Content::new(9, 400_000);
    let house = House::new();
    let client = house.start(&["get", &format!("http://{address}/a.bin")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_state(&id, "transient-error").await;
    let _origin = Origin::builder().at(address).start(FileServer::new(content.clone())).await;
    client.done().await.exits(0).tells(&["trying again", "saved"]);
    assert_content(&house.desk("a.bin"), &content);
}

#[tokio::test]
async fn a29_a_burst_of_failures_is_waited_out() {
    let content = Content::new(10, 400_000);
    let origin = Origin::start(FileServer::new(content.clone()).failing(500, 2)).await;
    let house = House::new();
    house.run(&["get", &origin.url("/a.bin")]).await.exits(0).tells(&["500"]);
    assert_content(&house.desk("a.bin"), &content);
    assert_eq!(origin.requests().len(), 3);
    let job = house.run(&["--json", "show", "a.bin"]).await.json().remove(0);
    assert_eq!((&job["error_count"], &job["error"]), (&json!(2), &Value::Null));
}

#[tokio::test]
async fn a28_retry_after_is_honoured_up_to_an_hour_and_resume_does_not_wait_for_it() {
    let content = Content::new(11, 4_000);
    let server = FileServer::new(content.clone()).failing(503, 1);
    server.change(|settings| settings.fail_fields.push(("retry-after".to_owned(), "86400".to_owned())));
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/a"), "a").await;
    let error = house.until_state(&id, "transient-error").await["error"].clone();
    let seconds = |moment: &Value| seconds_of(moment.as_str().unwrap());
    let wait = seconds(&error["retry_at"]) - seconds(&error["last_seen"]);
    assert!((3_599..=3_601).contains(&wait), "{wait} s");
    house.run(&["resume", "a"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("a"), &content);
}

/// The seconds of a time like 2026-01-02T03:04:05.6Z within its day; good for differences below a day.
pub(crate) fn seconds_of(text: &str) -> i64 {
    let time = text.split_once('T').unwrap().1;
    let number = |at: usize| time[at..at + 2].parse::<i64>().unwrap();
    let day: i64 = text[8..10].parse().unwrap();
    ((day * 24 + number(0)) * 60 + number(3)) * 60 + number(6)
}

#[tokio::test]
async fn a14_a19_bodies_of_unknown_length_come_whole() {
    let content = Content::new(14, 700_001);
    let house = House::new();
    let chunked = Origin::start(FileServer::new(content.clone()).framing(Framing::Chunked)).await;
    house.run(&["get", "-o", "chunked", &chunked.url("/f")]).await.exits(0);
    let closing = Origin::start(FileServer::new(content.clone()).framing(Framing::UntilClose)).await;
    house.run(&["get", "-o", "closing", "--allow-unverified", &closing.url("/f")]).await.exits(0);
    let old = content.bytes();
    let http10 = move |_: &RequestHead| Reply::raw("HTTP/1.0 200 OK\r\n\r\n").send(old.clone()).close();
    let http10 = Origin::start(http10).await;
    house.run(&["get", "-o", "refused", &http10.url("/f")]).await.exits(3).tells(&["size-unknown"]);
    house.run(&["get", "-o", "old", "--allow-unverified", &http10.url("/f")]).await.exits(0);
    for name in ["chunked", "closing", "old"] {
        assert_content(&house.desk(name), &content);
    }
    let old = house.run(&["--json", "files", "old"]).await.json().remove(0);
    assert_eq!(old["trust"], "unverified");
}

#[tokio::test]
async fn a10_a_file_that_changes_meanwhile_is_one_version_in_the_end() {
    let (old, new) = (Content::new(15, 900_000), Content::new(16, 800_000));
    let gate = Gate::new();
    let server = FileServer::new(old).etag("\"old\"").gate_at(300_000, &gate).cut_after(500_000);
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    let client = house.start(&["get", "-o", "f", &origin.url("/f")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    let mut events = house.listen(&format!("?job={id}&kind=file-restarted"), "").await;
    house.until_job(&id, "a third is here", |job| job["progress"]["bytes_transferred"] == 300_000).await;
    server.change(|settings| {
        settings.content = new.clone();
        settings.etag = Some("\"new\"".to_owned());
        (settings.gate, settings.cut_after) = (None, None);
    });
    gate.open();
    client.done().await.exits(0);
    assert_content(&house.desk("f"), &new);
    assert_eq!(events.next_of("file-restarted").await.data["reason"], "remote-changed");
    assert_eq!(origin.requests()[1].header("if-range"), Some("\"old\""));
}

#[tokio::test]
async fn a10_a_file_that_keeps_changing_is_given_up() {
    let version = AtomicUsize::new(0);
    let script = move |request: &RequestHead| {
        let number = version.fetch_add(1, Ordering::SeqCst);
        let server = FileServer::new(Content::new(17, 500_000)).etag(&format!("\"{number}\""));
        server.cut_after(100_000).reply(request)
    };
    let origin = Origin::start(script).await;
    let house = House::new();
    let done = house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(6);
    done.tells(&["validation-failed", "3 times", "from the start", "bgcopy resume"]);
    assert!(!house.desk("f").exists());
}

#[tokio::test]
async fn a_range_outside_of_the_file_needs_a_new_job() {
    let origin = Origin::start(FileServer::new(Content::new(18, 1_000)).etag("\"1\"")).await;
    let house = House::new();
    let id = house.run(&["create", "--name", "parts"]).await.exits(0).out.trim().to_owned();
    let add = ["add", "parts", "-o", "f", "--range", "0:10", "--range", "5000:10", &origin.url("/f")];
    house.run(&add).await.exits(0);
    house.run(&["resume", "parts"]).await.exits(0);
    let error = house.until_state(&id, "error").await["error"].clone();
    assert_eq!(
        (&error["code"], &error["context"]),
        (&json!("invalid-range"), &json!("remote-file")),
        "{error:#}"
    );
    let told = house.run(&["error", "parts"]).await.exits(0).prints(&["cannot go on", "bgcopy get"]);
    assert!(!told.out.contains("bgcopy resume"), "{told}");
}

#[tokio::test]
async fn c03_c04_redirects_are_followed_and_forbidden_as_the_job_says() {
    let content = Content::new(19, 5_000);
    let target = Origin::start(FileServer::new(content.clone())).await;
    let away = Origin::start(FileServer::new(content.clone()).redirect(307, target.url("/there"))).await;
    let house = House::new();
    house.run(&["get", "-o", "followed", &away.url("/here")]).await.exits(0);
    assert_content(&house.desk("followed"), &content);
    // Another port is another origin: what the job tells the one is no business of the other (C03, C04).
    let secret = ["get", "-o", "x", "-H", "X-Token: t0ken", "--user", "ada:pw", &away.url("/here")];
    house.run(&secret).await.exits(0);
    let told = target.requests().pop().unwrap();
    assert_eq!((told.header("x-token"), told.header("authorization")), (None, None));
    assert_eq!(away.requests().pop().unwrap().header("x-token"), Some("t0ken"));

    let id =
        house.run(&["create", "-o", "forbidden", &away.url("/here")]).await.exits(0).out.trim().to_owned();
    house.run(&["set", "forbidden", "redirect=disallow"]).await.exits(0);
    house.run(&["resume", "forbidden"]).await.exits(0);
    let error = house.until_state(&id, "error").await["error"].clone();
    assert_eq!((&error["code"], &error["context"]), (&json!("http-307"), &json!("remote-file")), "{error:#}");
    // "Stored name becomes the redirect target" (spec 9.6).
    assert_eq!(house.files(&id).await[0]["remote_name"], target.url("/there"));
    house.shell(&proposed(&house.run(&["error", &id]).await.out, "bgcopy resume")).await.exits(0);
    house.until_state(&id, "transferred").await;
}

#[tokio::test]
async fn a32_nothing_but_silence_ends_at_the_timeout_with_its_cause() {
    let origin = Origin::start(answers(503)).await;
    let house = House::new();
    let done = house.run(&["get", "-o", "f", "--timeout", "1", &origin.url("/f")]).await.exits(7);
    done.tells(&["no-progress", "503", "no-progress-timeout=1d"]);
    let error = house.run(&["--json", "error", "f"]).await.json().remove(0);
    assert_eq!((&error["code"], &error["context"]), (&json!("no-progress"), &json!("general-queue-manager")));
    assert_eq!((&error["cause"]["code"], &error["file"]), (&json!("http-503"), &Value::Null));
}

#[tokio::test]
async fn a_folder_that_is_removed_meanwhile_is_told_and_mended() {
    let content = Content::new(22, 800_000);
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"").gate_at(300_000, &gate)).await;
    let house = House::new();
    fs::create_dir(house.desk("deep")).unwrap();
    let client = house.start(&["get", "-o", "deep/f", &origin.url("/f")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"] == 300_000).await;
    fs::remove_dir_all(house.desk("deep")).unwrap();
    gate.open();
    let done = client.done().await.exits(5);
    let done = done.tells(&["path-not-found", "needs you"]);
    let error = house.job(&id).await["error"].clone();
    assert_eq!(
        (&error["code"], &error["context"]),
        (&json!("path-not-found"), &json!("local-file")),
        "{error:#}"
    );
    assert_eq!(error["file"]["local_name"], json!(house.desk("deep/f")));
    house.shell(&proposed(&done.err, "mkdir -p")).await.exits(0);
    house.shell(&proposed(&done.err, "bgcopy resume")).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("deep/f"), &content);
}

/// A listening socket whose connections are accepted by nobody is refused by nobody either.
#[tokio::test]
async fn a32_a_server_that_accepts_and_says_nothing_is_given_up_in_time() {
    let silent = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/f", silent.local_addr().unwrap());
    let house = House::with("low_speed_seconds = 1\nconnect_timeout_seconds = 1");
    let id = house.fetch_later(&url, "f").await;
    let error = house.until_state(&id, "transient-error").await["error"].clone();
    assert_eq!(
        (&error["code"], &error["context"]),
        (&json!("timeout"), &json!("general-transport")),
        "{error:#}"
    );
    until("it is tried again", async || {
        (house.job(&id).await["error_count"].as_u64() > Some(1)).then_some(())
    })
    .await;
}
