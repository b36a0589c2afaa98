//! Ranges on demand (spec 4.1 property 10, 7.9 `IBackgroundCopyFile6`), over the socket and the command line.

use std::fs;
use std::path::Path;

use bgcopy_testkit::{Content, FileServer, Origin};
use serde_json::{Value, json};

use crate::house::{House, assert_content, large};

const MIB: u64 = 1 << 20;

/// The ranges that were asked for over the network.
fn asked(origin: &Origin) -> Vec<String> {
    origin.requests().iter().filter_map(|request| request.header("range").map(str::to_owned)).collect()
}

/// A suspended job, which may fetch only what it is asked for.
async fn suspended(house: &House, url: &str, name: &str, on_demand: bool) -> String {
    let files = json!([{ "remote_name": url, "local_name": house.desk(name) }]);
    house
        .create(&json!({ "display_name": name, "files": files, "settings": { "on_demand": on_demand } }))
        .await
}

fn filled(file: &Value) -> Vec<(u64, u64)> {
    let ranges = file["filled_ranges"].as_array().expect("something is here");
    let number = |range: &Value, name: &str| range[name].as_u64().expect("a number");
    ranges.iter().map(|range| (number(range, "offset"), number(range, "length"))).collect()
}

/// What is said to be here is here.
fn assert_filled(file: &Value, content: &Content) {
    let temporary = file["temporary_name"].as_str().expect("there is one");
    let bytes = fs::read(Path::new(temporary)).expect("it can be read while the job lives");
    for (offset, length) in filled(file) {
        let end = offset + length;
        assert_eq!(bytes[offset as usize..end as usize], content.part(offset..end), "{offset}..{end}");
    }
}

#[tokio::test]
async fn what_was_asked_for_survives_a_kill_and_nothing_else_is_fetched() {
    let content = large(31, 24);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = suspended(&house, &origin.url("/film"), "film", true).await;
    let ranges = format!("request-ranges={}:{},100:50", 9 * MIB, 5 * MIB);
    house.run(&["set", &id, "--file", "0", &ranges]).await.exits(0);
    house.run(&["resume", &id]).await.exits(0);
    house.until_state(&id, "suspended").await;
    let here = [(100, 50), (9 * MIB, 5 * MIB)];
    assert_eq!(filled(&house.files(&id).await[0]), here);
    // In steps of 4 MiB, and not a byte more.
    let steps = [(100, 150), (9 * MIB, 13 * MIB), (13 * MIB, 14 * MIB)];
    let expected: Vec<String> = steps.map(|(start, end)| format!("bytes={start}-{}", end - 1)).to_vec();
    assert_eq!(asked(&origin), expected);

    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    let file = &house.files(&id).await[0];
    assert_eq!(filled(file), here);
    assert_filled(file, &content);
    house.run(&["set", &id, "--file", "0", "request-ranges=1000:1000"]).await.exits(0);
    house.run(&["resume", &id]).await.exits(0);
    house.until_state(&id, "suspended").await;
    let file = &house.files(&id).await[0];
    assert_eq!(filled(file), [(100, 50), (1000, 1000), (9 * MIB, 5 * MIB)]);
    assert_filled(file, &content);
    assert_eq!(asked(&origin)[3..], ["bytes=1000-1999"]);

    house.run(&["set", &id, "--file", "0", "request-ranges=0:"]).await.exits(0);
    house.run(&["resume", &id]).await.exits(0);
    house.until_state(&id, "transferred").await;
    house.run(&["complete", &id]).await.exits(0);
    assert_content(&house.desk("film"), &content);
}

#[tokio::test]
async fn an_ordinary_job_brings_first_what_is_asked_for() {
    let content = large(32, 16);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = suspended(&house, &origin.url("/film"), "film", false).await;
    let set = ["set", &id, "--file", "0", "request-ranges=15M:1000", "download-position=15M"];
    house.run(&set).await.exits(2).tells(&["OFFSET:LENGTH"]);
    let ranges = format!("request-ranges={}:1000", 15 * MIB);
    house.run(&["set", &id, "--file", "0", &ranges, "download-position=15M"]).await.exits(0);
    house.run(&["resume", &id]).await.exits(0);
    house.until_state(&id, "transferred").await;
    assert_eq!(asked(&origin)[0], format!("bytes={}-{}", 15 * MIB, 15 * MIB + 999));
    house.run(&["complete", &id]).await.exits(0);
    assert_content(&house.desk("film"), &content);
}
