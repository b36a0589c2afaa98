//! Bytes that stop coming (faults A32, A33, B03, B07, B25): what came is kept, another connection or source goes on,
//! and nothing hangs.

use std::time::{Duration, Instant};

use bgcopy_testkit::{Content, FileServer, Origin, Reply, RequestHead, Script, Turns};
use serde_json::{Value, json};

use crate::house::fault::{QUEUE, WAY, good, last_start};
use crate::house::{House, large, sha256, until};
use crate::servers::answers;

const LEN: u64 = 900_000;
const THIRD: u64 = 300_000;

fn file(seed: u64) -> Content {
    Content::new(seed, LEN)
}

/// A house where a stall is seen after a second, and not after half a minute.
fn impatient() -> House {
    House::with("low_speed_seconds = 1\nconnect_timeout_seconds = 1")
}

fn mirrored(mirror: &Origin, content: &Content) -> Value {
    json!({ "mirrors": [{ "url": mirror.url("/f") }], "digest": format!("sha-256={}", sha256(content)) })
}

/// Some of a body, and then a byte now and then.
fn drips(content: &Content, from: u64) -> impl Script {
    let content = content.clone();
    move |_: &RequestHead| {
        Reply::status(200)
            .header("content-length", LEN.to_string())
            .header("etag", "\"1\"")
            .send_content(&content, 0..from)
            .drip(content.part(from..from + 100), Duration::from_millis(100))
            .stall()
    }
}

#[tokio::test]
async fn a32_a_body_that_drips_is_a_stall_and_its_rest_is_asked_for_anew() {
    let content = file(1);
    let origin = Origin::start(Turns::first(drips(&content, THIRD)).then(good(&content))).await;
    let house = impatient();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert!(last_start(&origin, LEN) >= THIRD, "what came is kept");
}

#[tokio::test]
async fn a32_a_source_that_drips_is_left_for_another() {
    let content = file(2);
    let origin = Origin::start(drips(&content, 0)).await;
    let mirror = Origin::start(good(&content)).await;
    let house = impatient();
    let id = house.begin_with(&origin.url("/f"), "f", mirrored(&mirror, &content), json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
}

#[tokio::test]
async fn a32_headers_that_drip_or_never_come_are_a_timeout() {
    let content = file(3);
    let head = "HTTP/1.1 200 OK\r\nx-long: 0123456789012345678901234567890123456789\r\n";
    let dripping = move |_: &RequestHead| Reply::new().drip(head, Duration::from_millis(100)).stall();
    let silent = |_: &RequestHead| Reply::new().stall();
    let house = impatient();
    for (name, origin) in [("drips", Origin::start(dripping).await), ("silent", Origin::start(silent).await)]
    {
        let id = house.begin(&origin.url("/f"), name).await;
        house.rests(&id, "timeout", WAY).await;
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
    }
}

#[tokio::test]
async fn a32_a_job_without_progress_ends_at_its_time_and_says_what_kept_failing() {
    let content = file(4);
    let origin = Origin::start(answers(503)).await;
    let house = House::new();
    let settings = json!({ "no_progress_timeout_seconds": 1, "minimum_retry_delay_seconds": null });
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), settings).await;
    let error = house.fails(&id, "no-progress", QUEUE, "allow-more-time").await;
    assert_eq!((&error["cause"]["code"], &error["file"]), (&json!("http-503"), &Value::Null), "{error:#}");
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
}

/// "No total deadline on a transfer": one that takes longer than every time limit there is.
#[tokio::test]
async fn a32_who_is_slow_and_steady_has_all_the_time_there_is() {
    let content = Content::new(5, 600_000);
    let origin = Origin::start(good(&content).slow(200_000)).await;
    let house = impatient();
    let settings = json!({ "no_progress_timeout_seconds": 2 });
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), settings).await;
    let began = Instant::now();
    house.arrives_unharmed(&id, "f", &content).await;
    assert!(began.elapsed() > Duration::from_millis(2_100), "{:?}: that was not slow", began.elapsed());
}

#[tokio::test]
async fn a33_the_last_bytes_of_a_source_that_stalls_come_from_another() {
    let content = large(6, 8);
    let len = content.len();
    let stuck = len - 200_000;
    let all = content.clone();
    // Whoever comes to the last bytes waits for ever.
    let stalling = move |request: &RequestHead| {
        let range = request.range(len).unwrap_or(0..len);
        let end = range.end.min(stuck.max(range.start));
        Reply::status(206)
            .header("content-range", format!("bytes {}-{}/{len}", range.start, range.end - 1))
            .header("content-length", (range.end - range.start).to_string())
            .header("etag", "\"1\"")
            .send_content(&all, range.start..end)
            .stall()
    };
    let origin = Origin::start(stalling).await;
    let mirror = Origin::start(good(&content)).await;
    // The rule for slow bodies would take half a minute.
    let house = House::new();
    let began = Instant::now();
    let id = house.begin_with(&origin.url("/f"), "f", mirrored(&mirror, &content), json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn b03_a_reset_in_the_body_is_gone_on_with_at_once_and_else_rests() {
    let content = file(7);
    let resets = |at: u64| {
        let content = content.clone();
        move |_: &RequestHead| {
            Reply::status(200)
                .header("content-length", LEN.to_string())
                .header("etag", "\"1\"")
                .send_content(&content, 0..at)
                .pause(Duration::from_millis(300))
                .reset()
        }
    };
    let nothing = |_: &RequestHead| Reply::new().reset();
    let house = House::new();
    let once = Origin::start(Turns::first(resets(THIRD)).then(good(&content))).await;
    let id = house.begin(&once.url("/f"), "once").await;
    house.arrives_unharmed(&id, "once", &content).await;
    assert_eq!(last_start(&once, LEN), THIRD);
    let always = Origin::start(Turns::first(resets(THIRD)).then(nothing)).await;
    let id = house.begin(&always.url("/f"), "always").await;
    house.rests(&id, "reset", WAY).await;
    assert_eq!(house.bytes_of(&id).await, THIRD);
    always.becomes(good(&content));
    house.goes_on(&id, "always", &content).await;
}

#[tokio::test]
async fn b07_a_middle_box_that_cuts_every_body_costs_one_request_for_each_part() {
    let content = Content::new(8, 1_000_000);
    let origin = Origin::start(good(&content).cut_after(THIRD)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(origin.requests().len(), 4, "progress by what comes, asked again at once");
}

#[tokio::test]
async fn b07_a_middle_box_that_lets_nothing_through_is_no_loop() {
    let content = file(9);
    let origin = Origin::start(good(&content).cut_after(0)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.rests(&id, "closed-early", WAY).await;
    assert_eq!(origin.requests().len(), 1);
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
}

#[tokio::test]
async fn b25_late_bytes_of_a_request_that_was_given_up_are_not_written() {
    let (old, new) = (file(10), file(11));
    let gate = bgcopy_testkit::Gate::new();
    // A server that stops for longer than anybody waits, and goes on where it was.
    let stopped = FileServer::new(old.clone()).etag("\"1\"").gate_at(THIRD, &gate);
    let origin = Origin::start(Turns::first(stopped).then(good(&new))).await;
    let house = impatient();
    let id = house.begin(&origin.url("/f"), "f").await;
    until("it was asked again", async || (origin.requests().len() > 1).then_some(())).await;
    gate.open();
    house.until_state(&id, "acknowledged").await;
    // The tag stayed, so a third is of the old file; but nothing behind it is.
    let mixed = Content::given([old.part(0..THIRD), new.part(THIRD..LEN)].concat());
    house.has_arrived(&id, "f", &mixed).await;
}
