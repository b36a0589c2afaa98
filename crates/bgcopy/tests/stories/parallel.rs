//! Several connections for one file (design.md "HTTP").

use bgcopy_testkit::{FileServer, Origin, RequestHead};

use crate::house::{House, assert_content, large, sha256};

const MIB: u64 = 1 << 20;

/// A server that gives each connection little, so that one takes 4 s for 8 MiB.
fn slow_server() -> FileServer {
    FileServer::new(large(7, 8)).etag("\"v1\"").slow(2 * MIB)
}

/// The bytes that requests behind the first one asked for.
fn helped(requests: &[RequestHead]) -> Vec<(u64, u64)> {
    let range = |request: &RequestHead| {
        assert_eq!(request.header("if-range"), Some("\"v1\""), "a part of this version, or nothing");
        let (start, end) = request.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, end.parse().ok()?))
    };
    requests.iter().skip(1).map(|request| range(request).expect("a closed range")).collect()
}

#[tokio::test]
async fn a_server_that_limits_each_connection_is_asked_over_several() {
    let origin = Origin::start(slow_server()).await;
    let house = House::new();
    // The digest is of the whole, in whatever order its parts came.
    let checksum = format!("sha-256={}", sha256(&large(7, 8)));
    house.run(&["get", "-o", "file", "--checksum", &checksum, &origin.url("/file")]).await.exits(0);
    assert_content(&house.desk("file"), &large(7, 8));
    let helped = helped(&origin.requests());
    assert!(!helped.is_empty(), "one connection brought it all");
    assert!(helped.iter().all(|(start, _)| start.is_multiple_of(MIB)), "{helped:?}");
}

#[tokio::test]
async fn the_number_of_connections_can_be_bounded() {
    let origin = Origin::start(slow_server()).await;
    let house = House::with("connections_per_host = 1");
    house.run(&["get", "-o", "file", &origin.url("/file")]).await.exits(0);
    assert_content(&house.desk("file"), &large(7, 8));
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn what_several_connections_brought_survives_a_kill() {
    let origin = Origin::start(slow_server()).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/file"), "file", serde_json::json!({"auto_complete": true})).await;
    house.until_job(&id, "more connections", |_| origin.requests().len() > 1).await;
    house.kill_service().await;
    let before = origin.requests().len();
    house.run(&["watch", &id]).await.exits(0);
    assert_content(&house.desk("file"), &large(7, 8));
    assert!(origin.requests().len() > before);
}

#[tokio::test]
async fn a41_a_version_that_changes_under_several_connections_is_fetched_as_one() {
    let server = slow_server();
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/file"), "file", serde_json::json!({"auto_complete": true})).await;
    house.until_job(&id, "more connections", |_| origin.requests().len() > 1).await;
    server.change(|settings| {
        settings.content = large(8, 8);
        settings.etag = Some("\"v2\"".to_owned());
        settings.bytes_per_second = None;
    });
    house.run(&["watch", &id]).await.exits(0);
    let file = std::fs::read(house.desk("file")).unwrap();
    assert!(
        [7, 8].iter().any(|seed| file == large(*seed, 8).bytes()),
        "the file is of one version, whichever came whole"
    );
}
