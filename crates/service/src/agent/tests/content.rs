//! Whatever servers do, what is Transferred is the server's file byte for byte (agent-rest 8, 11, 13).

use std::fs;

use bgcopy_testkit::{Content, FileServer, Framing, Gate, Origin, Reply, RequestHead, Script, eventually};

use super::rig::AgentHouse;

const SIZE: u64 = 4 << 20;

/// Fetches half, pauses, lets something happen to the server, and resumes; gives what was said at the end.
async fn resumed(server: FileServer, happens: impl FnOnce(&FileServer)) -> (Vec<u8>, String) {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let server = server.gate_at(SIZE / 2, &gate);
    let origin = Origin::start(server.clone()).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    client.until_it(&id, "some bytes", |status| status.bytes >= 1 << 20).await;
    assert_eq!(client.act("pause", &id).await, 0);
    happens(&server);
    gate.open();
    assert_eq!(client.act("start", &id).await, 0);
    let status = client.until_it(&id, "the end", |status| status.state != "Transferring").await;
    (fs::read(house.desk("f")).unwrap(), status.state)
}

fn server(seed: u64) -> FileServer {
    FileServer::new(Content::new(seed, SIZE)).etag("\"1\"")
}

#[track_caller]
fn assert_whole((found, state): &(Vec<u8>, String), seed: u64, size: u64) {
    assert_eq!(state, "Transferred");
    assert!(*found == Content::new(seed, size).bytes(), "{} bytes that are not the server's", found.len());
}

#[tokio::test]
async fn a_server_that_honours_no_range_is_begun_again() {
    assert_whole(&resumed(server(1), |server| server.change(|it| it.ranges = false)).await, 1, SIZE);
}

#[tokio::test]
async fn a_file_that_changed_while_paused_is_begun_again() {
    let change = |server: &FileServer| {
        server.change(|it| {
            it.content = Content::new(3, SIZE);
            it.etag = Some("\"2\"".to_owned());
        });
    };
    assert_whole(&resumed(server(2), change).await, 3, SIZE);
}

#[tokio::test]
async fn a_file_that_shrank_while_paused_is_begun_again() {
    let change = |server: &FileServer| {
        server.change(|it| {
            it.content = Content::new(4, SIZE / 2 + 1);
            it.etag = Some("\"2\"".to_owned());
        });
    };
    assert_whole(&resumed(server(2), change).await, 4, SIZE / 2 + 1);
}

#[tokio::test]
async fn a_file_that_changed_without_a_word_but_its_size_is_begun_again() {
    let silent = || FileServer::new(Content::new(5, SIZE)).last_modified(None);
    let change = |server: &FileServer| server.change(|it| it.content = Content::new(6, SIZE + 7));
    assert_whole(&resumed(silent(), change).await, 6, SIZE + 7);
}

#[tokio::test]
async fn resuming_asks_for_the_rest_once_and_with_one_range() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(server(7).gate_at(SIZE / 2, &gate)).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    for _ in 0..3 {
        client.until_it(&id, "some bytes", |status| status.bytes >= 1 << 20).await;
        assert_eq!(client.act("pause", &id).await, 0);
        assert_eq!(client.act("start", &id).await, 0);
    }
    gate.open();
    client.until(&id, "Transferred").await;
    let ranges = |request: &RequestHead| request.headers.iter().filter(|(name, _)| name == "range").count();
    assert!(origin.requests().iter().all(|request| ranges(request) <= 1));
    assert!(origin.requests().iter().skip(1).all(|request| request.header("if-range").is_some()));
    assert!(fs::read(house.desk("f")).unwrap() == Content::new(7, SIZE).bytes());
}

#[tokio::test]
async fn bodies_of_unknown_length_are_transferred_whole() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    for (name, framing) in [("chunked", Framing::Chunked), ("until-close", Framing::UntilClose)] {
        let content = Content::new(8, 300_000);
        let origin = Origin::start(FileServer::new(content.clone()).framing(framing)).await;
        let id = client.begin(&origin.url("/f"), &house.desk(name)).await;
        assert_eq!(client.until(&id, "Transferred").await.bytes, 300_000, "{name}");
        assert!(fs::read(house.desk(name)).unwrap() == content.bytes(), "{name}");
    }
}

#[tokio::test]
async fn a_cut_body_is_fetched_to_its_end_whatever_its_framing() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    for (name, framing, ranges) in [
        ("chunked", Framing::Chunked, true),
        ("length", Framing::Length, true),
        ("whole", Framing::Chunked, false),
    ] {
        let content = Content::new(9, 300_000);
        let server = FileServer::new(content.clone()).framing(framing).cut_after(100_000);
        server.change(|it| it.ranges = ranges);
        let origin = Origin::start(server.clone()).await;
        let id = client.begin(&origin.url("/f"), &house.desk(name)).await;
        eventually("it is cut", || origin.requests().len() > 1).await;
        server.change(|it| it.cut_after = None);
        client.until(&id, "Transferred").await;
        assert!(fs::read(house.desk(name)).unwrap() == content.bytes(), "{name}");
    }
}

#[tokio::test]
async fn answers_that_bring_no_file_are_never_success() {
    let house = AgentHouse::new().await;
    let mut client = house.connect().await;
    for status in [201, 202, 203, 204] {
        let origin = Origin::start(move |_: &RequestHead| Reply::status(status).body("no file")).await;
        let id = client.begin(&origin.url("/f"), &house.desk(&format!("f{status}"))).await;
        let seen = client.until_it(&id, "a failure", |seen| seen.error != 0 || seen.extended != 0).await;
        assert_ne!(seen.state, "Transferred", "{status}");
        assert_eq!(client.act("abort", &id).await, 0);
    }
    let wrong = |_: &RequestHead| Reply::status(206).header("Content-Range", "bytes 5-9/10").body("wrong");
    let origin = Origin::start(wrong).await;
    let id = client.begin(&origin.url("/f"), &house.desk("range")).await;
    let seen = client.until_it(&id, "a failure", |seen| seen.error != 0 || seen.extended != 0).await;
    assert_ne!(seen.state, "Transferred");
    let elsewhere =
        Origin::start(FileServer::new(Content::new(1, 1)).redirect(302, "ftp://127.0.0.1/f")).await;
    let id = client.begin(&elsewhere.url("/f"), &house.desk("ftp")).await;
    assert_eq!(client.until(&id, "Paused").await.seen(), ("Paused", 0xC0D0_002F, 0));
}

#[tokio::test]
async fn a_hundred_clients_at_once_get_their_own_files() {
    let house = AgentHouse::new().await;
    let origin = Origin::start(|request: &RequestHead| {
        let seed: u64 = request.path().trim_start_matches("/f").parse().unwrap();
        Script::reply(&FileServer::new(Content::new(seed, 20_000 + seed)), request)
    })
    .await;
    let download = async |seed: u64| {
        let mut client = house.connect().await;
        let path = house.desk(&format!("f{seed}"));
        let id = client.begin(&origin.url(&format!("/f{seed}")), &path).await;
        client.until(&id, "Transferred").await;
        assert_eq!(client.act("finalize", &id).await, 0);
        assert!(fs::read(path).unwrap() == Content::new(seed, 20_000 + seed).bytes(), "{seed}");
    };
    let all = (0..100).map(download);
    futures_util::future::join_all(all).await;
    assert_eq!(house.on_the_desk().len(), 100);
}

#[tokio::test]
async fn the_cache_host_is_asked_as_the_original_asks_and_the_origin_when_it_fails() {
    let house = AgentHouse::new().await;
    let content = Content::new(10, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let at = ([127, 0, 0, 2], origin.addr().port()).into();
    let cache = Origin::builder().at(at).start(FileServer::new(content.clone())).await;
    let mut client = house.connect().await;
    let asked = |cache: &Origin| cache.requests().last().map(|request| request.target.clone());
    let string = "HostName=h;SharedAccessKey=k=;GatewayHostName=127.0.0.2";
    house.configure("sdk-config.json", &format!("{{\"ADUC_IoTConnectionString\":\"{string}\"}}"));
    let id = client.begin(&origin.url("/f?a%3Db"), &house.desk("gateway")).await;
    client.until(&id, "Transferred").await;
    assert_eq!(asked(&cache).as_deref(), Some("/f?a=b&cacheHostOrigin=127.0.0.1"));
    assert!(origin.requests().is_empty());
    // The administrator's word wins, also for none.
    house.configure("admin-config.json", "{\"DOCacheHost\":\"\"}");
    let id = client.begin(&origin.url("/g"), &house.desk("none")).await;
    client.until(&id, "Transferred").await;
    assert_eq!((cache.requests().len(), origin.requests().len()), (1, 1));
    // Where the cache does not answer the origin does.
    house.configure("admin-config.json", "{\"DOCacheHost\":\"127.0.0.3\"}");
    let id = client.begin(&origin.url("/h"), &house.desk("origin")).await;
    client.until(&id, "Transferred").await;
    assert!(fs::read(house.desk("origin")).unwrap() == content.bytes());
    assert_eq!(asked(&origin).as_deref(), Some("/h"));
}
