//! Lives and deaths of service and client in the middle of a job: nothing is lost, little is fetched twice.

use std::fs;
use std::time::{Duration, Instant};

use bgcopy_testkit::{Content, FileServer, Gate, Origin, RequestHead};
use rustix::process::Signal;
use serde_json::Value;

use crate::house::{House, assert_content, large, proposed, until};

/// "Nothing acknowledged, and no more than 8 MiB per open file plus pieces in flight" (design.md "Running").
const REFETCHED_MAX: u64 = 8 << 20;

/// Where each request of the file began.
fn starts(requests: &[RequestHead], size: u64) -> Vec<u64> {
    requests.iter().map(|request| request.range(size).map_or(0, |range| range.start)).collect()
}

#[tokio::test]
async fn a_killed_service_goes_on_where_it_was() {
    let content = large(3, 64);
    let (first, second) = ((23 << 20) + 12_345, (51 << 20) + 1);
    let never = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"v1\"").gate_at(first, &never);
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    let client = house.start(&["get", &origin.url("/big.iso")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    let arrived =
        |bytes: u64| move |job: &Value| job["progress"]["bytes_transferred"].as_u64() == Some(bytes);
    for (at, next) in [(first, Some(second)), (second, None)] {
        house.until_job(&id, "everything sent so far is here", arrived(at)).await;
        server.change(|settings| settings.gate = next.map(|next| (next, never.clone())));
        house.kill_service().await;
        // The client that waits starts the service again.
    }
    client.done().await.exits(0).tells(&["starting it again", "saved"]);
    assert_content(&house.desk("big.iso"), &content);
    assert_eq!(house.on_the_desk(), ["big.iso"]);
    house.until_nothing_is_kept().await;
    let requests = origin.requests();
    let starts = starts(&requests, content.len());
    assert_eq!((starts.len(), starts[0]), (3, 0));
    for (delivered, start) in [(first, starts[1]), (second, starts[2])] {
        assert!(start <= delivered && delivered - start <= REFETCHED_MAX, "{delivered} came, {start} asked");
    }
    assert!(requests[1..].iter().all(|request| request.header("if-range") == Some("\"v1\"")));
}

#[tokio::test]
async fn f10_a_service_told_to_stop_fetches_nothing_twice() {
    let content = large(4, 24);
    let at = (13 << 20) + 77;
    let server = FileServer::new(content.clone()).etag("\"v1\"").gate_at(at, &Gate::new());
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    let pid = house.service_pid().await;
    house.until_job(&id, "half of it is here", |job| job["progress"]["bytes_transferred"] == at).await;
    server.change(|settings| settings.gate = None);
    let told = Instant::now();
    house.signal_service(Signal::TERM).await;
    house.until_gone(pid).await;
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    assert!(!house.socket().exists(), "a service that leaves in order takes its socket along");
    house.run(&["watch", "f"]).await.exits(0);
    assert_content(&house.desk("f"), &content);
    assert_eq!(starts(&origin.requests(), content.len()), [0, at], "F10: it stops with a checkpoint");
}

#[tokio::test]
async fn a_job_comes_to_its_end_though_its_client_was_killed() {
    let content = large(5, 64);
    let gate = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"v1\"").gate_at(40 << 20, &gate);
    let origin = Origin::start(server).await;
    let house = House::new();
    let client = house.start(&["get", &origin.url("/big.iso")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"].as_u64() > Some(0)).await;
    client.signal(Signal::KILL);
    client.done().await.exits(-1);
    gate.open();
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("big.iso"), &content);
    assert_eq!(house.on_the_desk(), ["big.iso"]);
}

#[tokio::test]
async fn j11_ctrl_c_leaves_the_job_and_names_the_way_back() {
    let gate = Gate::new();
    let content = Content::new(6, 500_000);
    let origin = Origin::start(FileServer::new(content.clone()).gate_at(100_000, &gate)).await;
    let house = House::new();
    let client = house.start(&["get", &origin.url("/a.bin")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_state(&id, "transferring").await;
    until_listening(&house).await;
    client.signal(Signal::INT);
    let short = &id[..8];
    let done = client.done().await.exits(130);
    let done = done.tells(&[
        &format!("bgcopy watch {short}"),
        &format!("bgcopy cancel {short}"),
        "in the background",
    ]);
    let watch = house.start_shell(&proposed(&done.err, "bgcopy watch"));
    gate.open();
    watch.done().await.exits(0);
    assert_content(&house.desk("a.bin"), &content);
}

/// Waits until the client of a house follows its job: a signal before that would only end it.
async fn until_listening(house: &House) {
    until("the client follows", async || {
        let metrics = house.try_ask("GET", "/metrics", None).await?.body;
        metrics.lines().any(|line| line.contains("/v1/jobs/{job}/files")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_that_cancels_on_interrupt_leaves_nothing() {
    let origin =
        Origin::start(FileServer::new(Content::new(7, 500_000)).gate_at(100_000, &Gate::new())).await;
    let house = House::new();
    let client = house.start(&["get", "--cancel-on-interrupt", &origin.url("/a.bin")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"].as_u64() > Some(0)).await;
    assert_eq!(house.on_the_desk().len(), 1, "a temporary file beside the destination");
    until_listening(&house).await;
    client.signal(Signal::INT);
    client.done().await.exits(130).tells(&["cancelled"]);
    assert_eq!(house.job(&id).await["state"], "cancelled");
    assert!(house.on_the_desk().is_empty());
    house.until_nothing_is_kept().await;
}

#[tokio::test]
async fn clients_that_start_the_service_at_once_find_one_service() {
    let content = Content::new(13, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let names: Vec<String> = (0..6).map(|number| format!("copy{number}")).collect();
    let url = origin.url("/a");
    let clients: Vec<_> = names.iter().map(|name| house.start(&["get", "-o", name, &url])).collect();
    for client in clients {
        client.done().await.exits(0);
    }
    for name in &names {
        assert_content(&house.desk(name), &content);
    }
    let serving = fs::read_to_string(house.state("bgcopy.log")).unwrap().matches(" serving ").count();
    assert_eq!(serving, 1);
}

#[tokio::test]
async fn an_idle_service_leaves_and_a_suspended_job_does_not_hold_it() {
    let content = Content::new(14, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::with("idle_exit_seconds = 1");
    let id = house.run(&["create", &origin.url("/a.bin")]).await.exits(0).out;
    let pid = house.service_pid().await;
    house.until_gone(pid).await;
    assert!(!house.socket().exists());
    // It comes back with the next client, and knows its jobs.
    house.run(&["show", id.trim()]).await.exits(0).prints(&["suspended"]);
    assert_ne!(house.service_pid().await, pid);
    house.run(&["resume", id.trim()]).await.exits(0);
    house.until_state(id.trim(), "transferred").await;
    house.run(&["complete", id.trim()]).await.exits(0);
    assert_content(&house.desk("a.bin"), &content);
}

#[tokio::test]
async fn a_job_that_will_be_tried_again_holds_the_service() {
    let content = Content::new(15, 50_000);
    let server = FileServer::new(content.clone()).failing(503, 1);
    server.change(|settings| settings.fail_fields.push(("retry-after".to_owned(), "3".to_owned())));
    let origin = Origin::start(server).await;
    let house = House::with("idle_exit_seconds = 1");
    house.run(&["get", "--no-wait", &origin.url("/a.bin")]).await.exits(0);
    let pid = house.service_pid().await;
    // No client is here for three times as long as an idle service stays.
    until("the file is there", async || house.desk("a.bin").exists().then_some(())).await;
    assert_eq!(house.lock_holder(), Some(pid));
    assert_content(&house.desk("a.bin"), &content);
    house.until_gone(pid).await;
}

#[tokio::test]
async fn a_service_can_be_wanted_and_absent() {
    let house = House::new();
    let done = house.run(&["--no-start", "list"]).await.exits(8);
    done.tells(&["no service answers", "bgcopy daemon"]);
    let socket = house.at("elsewhere.sock");
    let done = house.run(&["--no-start", "--socket", socket.to_str().unwrap(), "list"]).await.exits(8);
    done.tells(&[&format!("start it with: bgcopy daemon --socket {}", socket.display())]);
    assert_eq!(house.lock_holder(), None);
}

#[tokio::test]
async fn who_comes_back_after_the_end_is_told_of_it() {
    let content = Content::new(18, 50_000);
    let origin = Origin::start(FileServer::new(content)).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    house.until_state(&id, "acknowledged").await;
    house.run(&["watch", &id[..8]]).await.exits(0).tells(&["saved", "desk/f"]);
    house.run(&["resume", "f"]).await.exits(9).tells(&["has ended", "acknowledged"]);
}
