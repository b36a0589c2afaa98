//! No space left, and space again: the service waits, says so, and goes on by itself (faults E01 to E03).

use bgcopy_testkit::{Content, FileServer, Gate, Origin, Reply, RequestHead, Script as _};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::house::{House, Tmpfs, assert_content, large, until};

/// What is proposed to a job that waits for space.
fn assert_waits(error: &Value) -> Vec<String> {
    assert_eq!((&error["code"], &error["hresult"]), (&json!("disk-full"), &json!("0x80070070")), "{error:#}");
    assert_eq!((&error["context"], &error["class"]), (&json!("local-file"), &json!("policy")));
    assert_eq!((&error["waiting_for"], &error["retry_at"]), (&json!("space"), &Value::Null));
    let remedies = error["remedies"].as_array().unwrap().iter();
    remedies.map(|remedy| remedy["action"].as_str().unwrap().to_owned()).collect()
}

fn assert_waits_for_space(error: &Value) {
    assert_eq!(assert_waits(error)[..2], ["wait", "free-space"]);
}

#[tokio::test]
async fn e02_what_does_not_fit_waits_before_its_first_byte_and_fits_later() {
    let content = large(1, 12);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::new();
    let Some(volume) = Tmpfs::mount(&house.desk("small"), "8m") else { return };
    let id = house.fetch_later(&origin.url("/f"), "small/f").await;
    let job = house.until_state(&id, "transient-error").await;
    assert_waits_for_space(&job["error"]);
    assert_eq!(
        (&job["progress"]["bytes_transferred"], &job["error_count"]),
        (&json!(0), &json!(0)),
        "{job:#}"
    );
    let space = |field| job["error"][field].as_u64().unwrap();
    assert!(space("space_needed") >= 12 << 20 && space("space_free") <= 8 << 20, "{job:#}");
    let told = house.run(&["error", "f"]).await.exits(0);
    let told = told.prints(&["not enough space", "12.5 MB", "waits for space", "goes on by itself", "df -h"]);
    house.shell(&crate::house::proposed(&told.out, "df -h")).await.exits(0).prints(&["8.0M"]);
    volume.resize("64m");
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("small/f"), &content);
}

#[tokio::test]
async fn e01_a_volume_that_fills_up_keeps_what_came_and_is_gone_on_with() {
    let content = large(2, 12);
    let known = FileServer::new(content.clone()).etag("\"1\"");
    let served = {
        let content = content.clone();
        // At first nobody knows how long it is, so that no space can be reserved for it.
        move |request: &RequestHead| match request.number {
            1 => {
                Reply::status(200).chunked().header("etag", "\"1\"").send_content(&content, 0..content.len())
            }
            _ => known.reply(request),
        }
    };
    let origin = Origin::start(served).await;
    let house = House::new();
    let Some(volume) = Tmpfs::mount(&house.desk("small"), "8m") else { return };
    let id = house.fetch_later(&origin.url("/f"), "small/f").await;
    let job = house.until_state(&id, "transient-error").await;
    assert_waits_for_space(&job["error"]);
    let kept = job["progress"]["bytes_transferred"].as_u64().unwrap();
    assert!((1 << 20..=8 << 20).contains(&kept), "{job:#}");
    let requests = origin.requests().len();
    volume.resize("64m");
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("small/f"), &content);
    let again = origin.requests()[requests..].to_vec();
    assert!(
        again.iter().all(|request| request.header("range").is_some_and(|range| range != "bytes=0-")),
        "{again:?}"
    );
}

#[tokio::test]
async fn e03_a_job_waits_at_the_floor_until_it_is_lowered() {
    let content = Content::new(3, 500_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::with("free_space_floor = \"4096 TiB\"");
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    let job = house.until_state(&id, "transient-error").await;
    assert_eq!(assert_waits(&job["error"])[..3], ["wait", "lower-space-floor", "free-space"]);
    // There is room, so it is no use to say that there is none: the setting is named.
    let told = house.run(&["error", "f"]).await.exits(0);
    let told = told.prints(&["would fit", "free_space_floor", "waits for space", "SIGHUP"]);
    assert!(!told.out.contains("not enough space"), "{told}");
    house.run(&["list"]).await.exits(0).prints(&["waits for space on the disk: free_space_floor"]);
    // Other jobs would wait for the same; asking for the settings does not.
    let config = crate::house::proposed(&told.out, "bgcopy config");
    house.shell(&config).await.exits(0).prints(&["4096 TiB", "config.toml:"]);
    house.configure("free_space_floor = 0");
    house.signal_service(Signal::HUP).await;
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn k07_a_bad_reload_keeps_the_settings_that_were_good() {
    let house = House::with("free_space_floor = 12345");
    house.run(&["list"]).await.exits(0);
    house.configure("free_space_floor = 0\nfree_space_flor = 1");
    house.signal_service(Signal::HUP).await;
    let log = house.state("bgcopy.log");
    let told = || std::fs::read_to_string(&log).unwrap_or_default();
    until("the log tells of it", async || told().contains("free_space_flor").then_some(())).await;
    assert!(told().contains("did you mean free_space_floor?"), "{}", told());
    house.run(&["config", "free_space_floor"]).await.exits(0).prints(&["12345"]);
}

#[tokio::test]
async fn other_volumes_are_not_concerned() {
    let content = large(4, 12);
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"").gate_at(1 << 20, &gate)).await;
    let house = House::new();
    let Some(_volume) = Tmpfs::mount(&house.desk("small"), "8m") else { return };
    let blocked = house.fetch_later(&origin.url("/f"), "small/f").await;
    let fine = house.fetch_later(&origin.url("/f"), "fine").await;
    house.until_state(&blocked, "transient-error").await;
    gate.open();
    house.until_state(&fine, "acknowledged").await;
    assert_content(&house.desk("fine"), &content);
    assert_eq!(house.job(&blocked).await["state"], "transient-error");
    house.run(&["cancel", &blocked]).await.exits(0);
    assert!(crate::house::names(&house.desk("small")).is_empty());
}
