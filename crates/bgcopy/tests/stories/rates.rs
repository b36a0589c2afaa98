//! Caps on rates: they hold, they can be changed while bytes flow, and 0 is a stop that says why.
//!
//! Rates are measured, so these stories take seconds. A machine under load makes a transfer slower, never faster
//! than its cap; the caps are far below what any machine brings.

use std::time::Duration;

use bgcopy_testkit::{Content, FileServer, Origin, Reply, RequestHead};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::house::{House, assert_content, large, until};

const KB: f64 = 1_024.0;

async fn house_with(config: &str) -> House {
    let house = House::with(config);
    house.run(&["list"]).await.exits(0);
    house
}

impl House {
    /// Other settings, read by the service.
    async fn reconfigure(&self, config: &str) {
        self.configure(config);
        self.signal_service(Signal::HUP).await;
    }

    async fn set(&self, id: &str, setting: &str) {
        self.run(&["set", id, setting]).await.exits(0);
    }

    /// What a job has once that is more than so many bytes, and when that was seen.
    async fn more_than(&self, id: &str, bytes: u64) -> (u64, Instant) {
        until(&format!("more than {bytes} bytes of {id}"), async || {
            let job = self.job(id).await;
            let now = job["progress"]["bytes_transferred"].as_u64().expect("a number");
            assert_ne!(job["state"], "transferred", "it is through too early");
            (now > bytes).then(|| (now, Instant::now()))
        })
        .await
    }

    /// The rate at which the next bytes come, in KB/s: from one report of progress to another.
    async fn rate_over(&self, id: &str, bytes: u64) -> f64 {
        let (now, _) = self.more_than(id, 0).await;
        let (first, start) = self.more_than(id, now).await;
        let (last, end) = self.more_than(id, first + bytes).await;
        let rate = (last - first) as f64 / KB / (end - start).as_secs_f64();
        eprintln!("{id}: {} bytes at {rate:.0} KB/s", last - first);
        rate
    }
}

#[track_caller]
fn assert_about(rate: f64, expected: f64) {
    assert!((0.7 * expected..1.15 * expected).contains(&rate), "{rate:.0} KB/s, not {expected} KB/s");
}

#[tokio::test]
async fn k02_a_cap_holds_and_is_changed_and_lifted_while_bytes_flow() {
    let content = large(1, 48);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = house_with("max_background_download_bandwidth = 1000").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    // A second's worth may come at once.
    house.more_than(&id, 1_500 << 10).await;
    assert_about(house.rate_over(&id, 3 << 20).await, 1_000.0);
    house.reconfigure("max_background_download_bandwidth = 3000").await;
    house.more_than(&id, 8 << 20).await;
    assert_about(house.rate_over(&id, 9 << 20).await, 3_000.0);
    let (now, lifted) = house.more_than(&id, 0).await;
    house.reconfigure("").await;
    house.until_state(&id, "transferred").await;
    let (took, capped) = (lifted.elapsed().as_secs_f64(), (content.len() - now) as f64 / KB / 3_000.0);
    eprintln!("lifted: the rest in {took:.2} s, and not in {capped:.2} s");
    assert!(took < capped / 2.0, "{took} s");
    house.act(&id, "complete").await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn the_caps_of_jobs_and_of_their_class_hold_together() {
    let origin = Origin::start(FileServer::new(large(2, 48)).etag("\"1\"")).await;
    let house = house_with("max_background_download_bandwidth = 2000").await;
    let slow = house.fetch(&origin.url("/s"), "s", json!({ "max_bytes_per_second": 500 << 10 })).await;
    let fast = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.more_than(&slow, 1 << 20).await;
    let (slow_rate, fast_rate) =
        tokio::join!(house.rate_over(&slow, 3 << 19), house.rate_over(&fast, 9 << 19));
    assert_about(slow_rate, 500.0);
    assert_about(slow_rate + fast_rate, 2_000.0);
    // Foreground jobs have a cap of their own, and here none.
    let foreground = json!([{ "remote_name": origin.url("/g"), "local_name": house.desk("g") }]);
    let job = json!({ "display_name": "g", "files": foreground, "priority": "foreground", "resume": true });
    let start = Instant::now();
    let id = house.create(&job).await;
    house.until_state(&id, "transferred").await;
    assert!(start.elapsed() < Duration::from_secs(12), "as slow as under the cap of others");
    // The job's own cap is lifted; that of the class stays.
    house.set(&slow, "limit-rate=").await;
    let (slow_rate, fast_rate) =
        tokio::join!(house.rate_over(&slow, 3 << 20), house.rate_over(&fast, 3 << 20));
    assert!(slow_rate > 600.0, "{slow_rate} KB/s");
    assert_about(slow_rate + fast_rate, 2_000.0);
}

#[tokio::test]
async fn k05_hours_of_nothing_stop_the_background_and_say_why() {
    let content = Content::new(3, 50_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let hours = "hours_to_limit_background_download_bandwidth = { from = 0, to = 0, percentage = 0 }";
    let house = house_with(hours).await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    let job = house.until_state(&id, "transient-error").await;
    let error = &job["error"];
    assert_eq!(
        (&error["code"], &error["waiting_for"], &error["class"]),
        (&json!("blocked-policy"), &json!("policy"), &json!("policy")),
        "{job:#}"
    );
    house.run(&["error", &id]).await.exits(0).prints(&["bandwidth policy", "foreground"]);
    house.run(&["config"]).await.exits(0).prints(&[
        "{ from = 0, to = 0, percentage = 0 }",
        "config.toml:2",
        "percentage_max_background_bandwidth",
    ]);
    house.reconfigure("percentage_max_background_bandwidth = 50").await;
    house.until_state(&id, "transferred").await;
    house.act(&id, "complete").await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a_share_is_one_of_what_the_line_was_seen_to_carry() {
    const STEP: u64 = 100 << 10;
    let content = large(4, 24);
    // A line of 2,000 KB/s.
    let paced = move |_: &RequestHead| {
        let reply = Reply::status(200).header("content-length", content.len().to_string());
        (0..content.len()).step_by(STEP as usize).fold(reply, |reply, at| {
            let part = at..(at + STEP).min(content.len());
            reply.pause(Duration::from_millis(50)).send_content(&content, part)
        })
    };
    let origin = Origin::start(paced).await;
    let house = house_with("percentage_max_background_bandwidth = 25").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    let unlimited = house.rate_over(&id, 3 << 20).await;
    assert!((1_000.0..2_300.0).contains(&unlimited), "{unlimited} KB/s before anything was measured");
    // Two windows of two seconds, and what was in the buffers.
    house.more_than(&id, 10 << 20).await;
    let share = house.rate_over(&id, 2 << 20).await;
    assert!((0.15..0.32).contains(&(share / unlimited)), "{share} KB/s of {unlimited} KB/s");
    house.reconfigure("").await;
    house.until_job(&id, "transferred", |job: &Value| job["state"] == "transferred").await;
}

#[tokio::test]
async fn k02_a_job_with_a_limit_of_nothing_waits_and_goes_on_with_another() {
    let content = large(5, 8);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = house_with("").await;
    let id = house.fetch(&origin.url("/f"), "f", json!({ "max_bytes_per_second": 1 << 20 })).await;
    house.more_than(&id, 0).await;
    let limit = |rate: u64| json!({ "settings": { "max_bytes_per_second": rate } });
    let job = format!("/v1/jobs/{id}");
    house.ask("PATCH", &job, Some(&limit(0))).await.is(200);
    let stopped = house.until_state(&id, "transient-error").await;
    assert_eq!(stopped["error"]["code"], "blocked-policy", "{stopped:#}");
    let said = house.run(&["error", &id]).await.exits(0).prints(&["own limit on its rate is 0"]);
    assert!(!said.out.contains("foreground"), "it would be as limited there: {said}");
    house.ask("PATCH", &job, Some(&limit(1 << 30))).await.is(200);
    house.until_state(&id, "transferred").await;
    house.act(&id, "complete").await;
    assert_content(&house.desk("f"), &content);
}
