//! Servers that refuse, for now or for good (faults A23, A25 to A29): who is asked instead, when it is tried again,
//! and what is asked of the owner.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use bgcopy_testkit::{Content, FileServer, Login, Origin, Reply, RequestHead, Script, http_date};
use serde_json::{Value, json};

use crate::house::fault::{REMOTE, WAY, cut_first, good, last_start, offers};
use crate::house::{House, sha256};
use crate::servers::{answers, seconds_of};

const LEN: u64 = 900_000;
const THIRD: u64 = 300_000;

fn file(seed: u64) -> Content {
    Content::new(seed, LEN)
}

fn digest(content: &Content) -> Value {
    json!({ "digest": format!("sha-256={}", sha256(content)) })
}

fn mirrored(mirror: &Origin, content: &Content) -> Value {
    let mut file = digest(content);
    file["mirrors"] = json!([{ "url": mirror.url("/f") }]);
    file
}

/// What a network says to who has not logged in.
fn login_page() -> impl Script {
    |_: &RequestHead| {
        Reply::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .body("<html>Log in, please</html>")
    }
}

#[tokio::test]
async fn a23_the_login_page_of_a_network_is_not_the_file() {
    let content = file(1);
    let house = House::new();
    // A page in place of the rest, in place of a file of known size, and at the end of a redirect to a stranger.
    let rest = Origin::start(cut_first(&content, THIRD, login_page())).await;
    let sized = Origin::start(login_page()).await;
    let portal = Origin::start(login_page()).await;
    let away = FileServer::new(file(2)).redirect(302, portal.url_as("localhost", "/login"));
    let redirected = Origin::start(cut_first(&content, THIRD, away)).await;
    let size = json!({ "expected_size": LEN });
    for (name, origin, said, here) in [
        ("rest", &rest, json!({}), THIRD),
        ("sized", &sized, size, 0),
        ("redirected", &redirected, json!({}), THIRD),
    ] {
        let id = house.begin_with(&origin.url("/f.bin"), name, said, json!({})).await;
        let error = house.rests(&id, "captive-portal", WAY).await;
        assert!(offers(&error, "restore-network"), "{error:#}");
        assert_eq!(house.bytes_of(&id).await, here, "{name}: nothing of it is written");
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
        assert_eq!(last_start(origin, LEN), here);
    }
}

#[tokio::test]
async fn a23_a_page_that_is_not_the_file_by_its_digest_is_taken_for_a_login() {
    let content = file(3);
    let origin = Origin::start(login_page()).await;
    let house = House::new();
    let id = house.begin_with(&origin.url("/f.bin"), "f", digest(&content), json!({})).await;
    house.rests(&id, "captive-portal", WAY).await;
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
}

#[tokio::test]
async fn a25_who_has_no_such_file_is_left_for_another_source() {
    let content = file(4);
    let house = House::new();
    for status in [404, 410] {
        let origin = Origin::start(answers(status)).await;
        let mirror = Origin::start(good(&content)).await;
        let name = status.to_string();
        let id = house.begin_with(&origin.url("/f"), &name, mirrored(&mirror, &content), json!({})).await;
        house.arrives_unharmed(&id, &name, &content).await;
        assert_eq!(origin.requests().len(), 1);
    }
}

#[tokio::test]
async fn a25_where_nobody_has_it_any_more_the_owner_is_asked_and_what_came_is_kept() {
    let content = file(5);
    let house = House::new();
    for status in [404, 410] {
        let origin = Origin::start(cut_first(&content, THIRD, answers(status))).await;
        let gone = Origin::start(answers(status)).await;
        let name = status.to_string();
        let id = house.begin_with(&origin.url("/f"), &name, mirrored(&gone, &content), json!({})).await;
        let error = house.fails(&id, &format!("http-{status}"), REMOTE, "set-remote-name").await;
        assert_eq!(error["http_status"], status);
        assert_eq!(house.bytes_of(&id).await, THIRD);
        let elsewhere = Origin::start(good(&content)).await;
        house.asks_at(&id, &elsewhere.url("/f")).await;
        house.goes_on(&id, &name, &content).await;
    }
}

#[tokio::test]
async fn a26_a_redirect_that_expired_is_asked_for_anew_at_the_original_url() {
    let content = file(6);
    // Each signed place is good for one request; the original URL gives out the next one.
    let served = content.clone();
    let script = move |request: &RequestHead| {
        let signed = format!("/signed/{}", request.number);
        match request.path() {
            "/f" => FileServer::new(served.clone())
                .redirect(302, format!("/signed/{}", request.number + 1))
                .reply(request),
            path if path == signed => good(&served).cut_after(THIRD).reply(request),
            _ => Reply::status(403).body("expired\n"),
        }
    };
    let origin = Origin::start(script).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    let asked: Vec<String> = origin.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(asked, ["/f", "/signed/2", "/f", "/signed/4", "/f", "/signed/6"]);
}

#[tokio::test]
async fn a27_a_login_that_is_wanted_or_wrong_is_asked_for_and_not_tried_over_and_over() {
    let content = file(7);
    let login = || Login::Basic("ada".to_owned(), "right".to_owned());
    let house = House::new();
    for (name, user) in [("none", None), ("wrong", Some("ada:wrong"))] {
        let origin = Origin::start(good(&content).login(login())).await;
        let words = user.map_or(vec![], |user| vec!["--user", user]);
        let url = origin.url("/f");
        let get = [&["get", "--no-wait", "-o", name][..], &words, &[&url]].concat();
        let id = house.run(&get).await.exits(0).out.trim().to_owned();
        let error = house.fails(&id, "http-401", REMOTE, "set-credentials").await;
        assert_eq!(error["http_status"], 401);
        assert!(origin.requests().len() <= 2, "an account would be locked: {}", origin.requests().len());
        house.run(&["set", &id, "--user", "ada:right"]).await.exits(0);
        house.goes_on(&id, name, &content).await;
    }
}

#[tokio::test]
async fn a27_a_407_is_the_way_and_asked_once() {
    let content = file(8);
    let origin = Origin::start(answers(407)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "http-407", WAY, "set-credentials").await;
    assert_eq!(origin.requests().len(), 1);
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
}

/// Seconds between two times of an error, which lie within a day.
fn seconds_between(error: &Value, from: &str, to: &str) -> i64 {
    let time =
        |name: &str| seconds_of(error[name].as_str().unwrap_or_else(|| panic!("no {name} in {error:#}")));
    time(to) - time(from)
}

#[tokio::test]
async fn a28_the_server_says_when_and_is_believed_within_reason() {
    let content = file(9);
    let house = House::new();
    let date = |ahead: u64| http_date(Duration::from_secs(ahead));
    let table: &[(&str, u16, String, RangeInclusive<i64>)] = &[
        ("seconds", 503, "300".to_owned(), 300..=301),
        ("seconds-429", 429, "300".to_owned(), 300..=301),
        ("date", 503, date(300), 290..=301),
        ("past-date", 503, "Sun, 06 Nov 1994 08:49:37 GMT".to_owned(), 0..=2),
        ("ten-years", 503, "315360000".to_owned(), 3_600..=3_601),
        ("date-in-ten-years", 503, date(315_360_000), 3_600..=3_601),
        ("text", 503, "soon".to_owned(), 0..=2),
        ("negative", 503, "-5".to_owned(), 0..=2),
    ];
    for (name, status, said, expected) in table {
        let (status, said) = (*status, said.clone());
        let busy =
            move |_: &RequestHead| Reply::status(status).header("retry-after", said.clone()).body("busy\n");
        let origin = Origin::start(busy).await;
        let settings = json!({ "minimum_retry_delay_seconds": null });
        let id = house.begin_with(&origin.url("/f"), name, json!({}), settings).await;
        let failed = |job: &Value| job["error"]["code"] == format!("http-{status}");
        let error = house.until_job(&id, "a failure is told", failed).await["error"].clone();
        let waits = (error["count"] == 1).then(|| seconds_between(&error, "last_seen", "retry_at"));
        // One that is due at once may be over before anybody looks.
        assert!(waits.is_none_or(|waits| expected.contains(&waits)), "{name}: {waits:?} s");
        assert!(waits.is_some() || *expected.start() == 0, "{name}");
        origin.becomes(good(&content));
        house.act(&id, "resume").await;
        house.has_arrived(&id, name, &content).await;
    }
}

#[tokio::test]
async fn a28_other_sources_go_on_while_one_is_to_be_left_alone() {
    let content = file(10);
    let busy = |_: &RequestHead| Reply::status(503).header("retry-after", "3600").body("busy\n");
    let origin = Origin::start(busy).await;
    let mirror = Origin::start(good(&content)).await;
    let house = House::new();
    let id = house.begin_with(&origin.url("/f"), "f", mirrored(&mirror, &content), json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a29_bursts_of_server_errors_are_waited_out_without_help() {
    let content = file(11);
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    for status in [500, 502, 504] {
        let origin = Origin::start(good(&content).failing(status, 2)).await;
        let name = status.to_string();
        let id = house.fetch_later(&origin.url("/f"), &name).await;
        house.has_arrived(&id, &name, &content).await;
        assert_eq!(house.job(&id).await["error_count"], 2);
        assert_eq!(origin.requests().len(), 3);
    }
}

#[tokio::test]
async fn a29_many_jobs_that_meet_one_burst_do_not_retry_in_step() {
    const JOBS: usize = 30;
    let origin = Origin::start(answers(502)).await;
    let house = House::with("background_jobs = 64");
    house.run(&["list"]).await.exits(0);
    let mut ids = Vec::new();
    for number in 0..JOBS {
        let settings = json!({ "minimum_retry_delay_seconds": null });
        ids.push(house.fetch(&origin.url("/f"), &number.to_string(), settings).await);
    }
    // Behind its fifth failure a job waits for up to 16 s.
    let mut times = BTreeSet::new();
    for id in &ids {
        let job = house.until_job(id, "five failures", |job| job["error"]["count"].as_u64() >= Some(4)).await;
        times.insert(job["error"]["retry_at"].as_str().unwrap_or_default()[..19].to_owned());
    }
    assert!(times.len() > 4, "{times:?}");
}
