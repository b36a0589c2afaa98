//! The main job: a file from a server, in the background, under its name.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant, SystemTime};

use bgcopy_testkit::{Authority, Content, FileServer, Origin, Site, TlsServer, content};
use serde_json::json;

use crate::house::{House, assert_content, large, sha256};

/// The date that the scripted server gives its file: 1994-11-06 08:49:37 UTC.
const LAST_MODIFIED: u64 = 784_111_777;

#[tokio::test]
async fn a_file_comes_under_its_name_with_its_date_and_nothing_else_stays() {
    let content = Content::new(1, 3_000_001);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
    let house = House::new();
    let done = house.run(&["get", &origin.url("/pictures/moon.tar?size=large")]).await;
    done.exits(0).tells(&["moon.tar", "saved"]);
    assert_content(&house.desk("moon.tar"), &content);
    let file = fs::metadata(house.desk("moon.tar")).unwrap();
    assert_eq!(file.modified().unwrap(), SystemTime::UNIX_EPOCH + Duration::from_secs(LAST_MODIFIED));
    assert_eq!(file.mode() & 0o111, 0, "never executable (E26)");
    assert_eq!(house.on_the_desk(), ["moon.tar"]);
    house.until_nothing_is_kept().await;
    assert_eq!(origin.requests().len(), 1, "the first ranged GET decides; HEAD is never needed");
    house.run(&["list"]).await.exits(0).tells(&["there are no jobs"]);
    house.run(&["list", "--finished"]).await.exits(0).prints(&["acknowledged", "moon.tar"]);
    house.run(&["show", "moon.tar"]).await.exits(0).prints(&["acknowledged", "1 of 1 here"]);
}

#[tokio::test]
async fn https_takes_the_authority_by_name_and_speaks_both_versions() {
    let authority = Authority::new("The house");
    let content = large(2, 9);
    let house = House::new();
    fs::write(house.desk("ca.pem"), authority.pem()).unwrap();
    for (name, tls) in [
        ("one", TlsServer::new(&authority.server(&["127.0.0.1", "localhost"]))),
        ("two", TlsServer::new(&authority.server(&["127.0.0.1", "localhost"])).http2()),
    ] {
        let origin = Origin::start_tls(FileServer::new(content.clone()).etag("\"v1\""), tls).await;
        let url = origin.url("/file");
        house.run(&["get", "--cacert", "ca.pem", "-o", name, &url]).await.exits(0);
        assert_content(&house.desk(name), &content);
    }
}

#[tokio::test]
async fn no_wait_prints_the_id_and_the_job_completes_by_itself() {
    let content = Content::new(8, 100_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let done = house.run(&["get", "--no-wait", &origin.url("/a.bin")]).await.exits(0);
    house.until_state(done.out.trim(), "acknowledged").await;
    assert_content(&house.desk("a.bin"), &content);
}

#[tokio::test]
async fn json_is_an_object_per_line_from_created_to_done() {
    let content = Content::new(9, 2_000_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::new();
    let done = house.run(&["--json", "get", &origin.url("/a.bin")]).await.exits(0);
    let lines = done.json();
    let (first, last) = (lines.first().unwrap(), lines.last().unwrap());
    assert_eq!((&first["event"], &first["name"]), (&json!("created"), &json!("a.bin")));
    assert!(lines.iter().all(|line| line["event"].is_string()), "{done}");
    assert_eq!(last["event"], "done", "{done}");
    assert_eq!((&last["job"]["id"], &last["job"]["state"]), (&first["job"], &json!("acknowledged")));
    let file = &last["files"][0];
    assert_eq!((&file["stage"], &file["trust"]), (&json!("published"), &json!("consistent")));
    assert_eq!(file["local_name"], house.desk("a.bin").to_str().unwrap());
    assert_eq!(file["progress"]["bytes_transferred"], content.len());
    let forward = lines.iter().filter_map(|line| line["bytes_transferred"].as_u64()).is_sorted();
    assert!(forward, "forward only: {done}");

    let failed =
        house.run(&["--json", "get", "-o", "b", &origin.url("/a.bin"), "--checksum", &wrong()]).await;
    let last = failed.exits(6).json().pop().unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&json!("failed"), &json!(6)));
    assert_eq!(last["job"]["error"]["code"], "validation-failed");
    let refused = house.run(&["--json", "get", &origin.url("/a.bin")]).await;
    let last = refused.exits(9).json().pop().unwrap();
    assert_eq!((&last["event"], &last["exit_code"]), (&json!("refused"), &json!(9)));
}

/// A checksum that no content has.
fn wrong() -> String {
    format!("sha-256={}", "0".repeat(64))
}

#[tokio::test]
async fn files_go_where_output_folder_and_list_say() {
    let contents: Vec<Content> = (0..4).map(|seed| Content::new(seed, 10_000 + seed)).collect();
    let file = |index: usize| FileServer::new(contents[index].clone());
    let site = Site::new().file("/a", file(0)).file("/b", file(1)).file("/c", file(2)).file("/d", file(3));
    let origin = Origin::start(site).await;
    let house = House::new();
    for folder in ["in", "in/deep"] {
        fs::create_dir(house.desk(folder)).unwrap();
    }
    house.run(&["get", "-o", "in/renamed", &origin.url("/a")]).await.exits(0);
    assert_content(&house.desk("in/renamed"), &contents[0]);
    house.run(&["get", "-d", "in/deep", "-o", "x", &origin.url("/b")]).await.exits(0);
    assert_content(&house.desk("in/deep/x"), &contents[1]);
    let list = format!("# two more\n{}\n\n{}\n", origin.url("/c"), origin.url("/d"));
    fs::write(house.desk("list"), list).unwrap();
    let all = house.run(&["get", "-d", "in", "-i", "list", &origin.url("/a"), &origin.url("/b")]).await;
    all.exits(0).tells(&["saved", "in/a", "in/d"]);
    for (name, content) in ["in/a", "in/b", "in/c", "in/d"].iter().zip(&contents) {
        assert_content(&house.desk(name), content);
    }
    let two = [&origin.url("/a"), &origin.url("/b")];
    house.run(&["get", "-o", "x", two[0], two[1]]).await.exits(2).tells(&["-o x", "2 URLs"]);
    house.run(&["get", "-d", "missing", two[0]]).await.exits(5).tells(&["missing"]);
    assert!(!house.desk("x").exists() && !house.desk("missing").exists());
}

#[tokio::test]
async fn the_server_proposes_a_name_and_cannot_leave_the_folder() {
    let content = Content::new(10, 5_000);
    let named = |value| FileServer::new(content.clone()).field("content-disposition", value);
    let site = Site::new()
        .file("/download", named("attachment; filename=\"moon.tar\""))
        .file("/out", named("attachment; filename=\"../../../escaped\""))
        .file("/star", named("attachment; filename=x; filename*=UTF-8''caf%C3%A9.txt"))
        .file("/fixed", named("attachment; filename=other"));
    let origin = Origin::start(site).await;
    let house = House::new();
    for (path, name) in [("/download", "moon.tar"), ("/out", "escaped"), ("/star", "café.txt")] {
        house.run(&["get", &origin.url(path)]).await.exits(0).tells(&[name]);
        assert_content(&house.desk(name), &content);
    }
    house.run(&["get", "-o", "mine", &origin.url("/fixed")]).await.exits(0);
    assert_eq!(house.on_the_desk(), ["café.txt", "escaped", "mine", "moon.tar"]);
}

#[tokio::test]
async fn what_exists_is_replaced_only_by_force() {
    let content = Content::new(11, 5_000);
    let proposed = FileServer::new(content.clone()).field("content-disposition", "attachment; filename=kept");
    let site = Site::new().file("/kept", FileServer::new(content.clone())).file("/proposed", proposed);
    let origin = Origin::start(site).await;
    let house = House::new();
    fs::write(house.desk("kept"), "precious").unwrap();
    house.run(&["get", &origin.url("/kept")]).await.exits(9).tells(&["kept exists", "--force", "-o"]);
    assert!(origin.requests().is_empty(), "refused before anything was fetched");
    // The proposed name is known only once the server has answered.
    let clash = house.run(&["get", &origin.url("/proposed")]).await.exits(9);
    clash.tells(&["destination-exists", "existing=replace"]);
    assert_eq!(fs::read(house.desk("kept")).unwrap(), b"precious");
    house.run(&["cancel", "proposed"]).await.exits(0);
    house.run(&["get", "--force", &origin.url("/kept")]).await.exits(0);
    assert_content(&house.desk("kept"), &content);
    assert_eq!(house.on_the_desk(), ["kept"]);
}

#[tokio::test]
async fn a_checksum_decides_what_is_published() {
    let content = Content::new(12, 3_000_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let (house, url) = (House::new(), origin.url("/a.bin"));
    let right = format!("sha-256={}", sha256(&content));
    let done = house.run(&["--json", "get", "--checksum", &right, &url]).await.exits(0);
    assert_eq!(done.json().pop().unwrap()["files"][0]["trust"], "digest");
    let done = house.run(&["get", "-o", "b", "--checksum", &wrong(), &url]).await.exits(6);
    done.tells(&["validation-failed", "checksum", "bgcopy cancel"]);
    assert!(!house.desk("b").exists());
    house.run(&["cancel", "b"]).await.exits(0);
    assert_eq!(house.on_the_desk(), ["a.bin"]);
    let bad = ["get", "-o", "c", "--checksum", "sha-256=xyz", &url];
    house.run(&bad).await.exits(2).tells(&["xyz", "64 hex digits"]);
    let bad = ["get", "-o", "c", "--checksum", "md5=00", &url];
    house.run(&bad).await.exits(2).tells(&["md5", "sha-256 or sha-512"]);
}

#[tokio::test]
async fn a_person_reads_progress_in_plain_lines_and_quiet_says_nothing() {
    let origin = Origin::start(FileServer::new(Content::given(content(16, 300_000)))).await;
    let house = House::new();
    let done = house.run(&["get", &origin.url("/a.bin")]).await.exits(0);
    assert!(done.out.is_empty() && !done.err.contains('\x1b'), "{done}");
    assert!(done.err.lines().all(|line| line.starts_with("a.bin: ") || line.starts_with("saved ")), "{done}");
    let done = house.run(&["-q", "get", "-o", "b", &origin.url("/a.bin")]).await.exits(0);
    assert_eq!(done.said(), "");
    assert!(house.desk("b").exists());
}

#[tokio::test]
async fn k03_a_rate_that_is_asked_for_is_kept() {
    let content = Content::new(17, 1_500_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let start = Instant::now();
    house.run(&["get", "--limit-rate", "500k", &origin.url("/a.bin")]).await.exits(0);
    let took = start.elapsed();
    assert_content(&house.desk("a.bin"), &content);
    // Three seconds' worth, of which one may come at once (K03: no credit beyond one second).
    assert!(took >= Duration::from_millis(1_900), "{took:?}");
}

#[tokio::test]
async fn a_list_longer_than_a_request_becomes_one_job() {
    const FILES: usize = 3_000;
    let house = House::new();
    let url = |number: usize| format!("http://127.0.0.1:1/{}/{number:04}\n", "long-folder-name-".repeat(10));
    let list: String = (0..FILES).map(url).collect();
    assert!(list.len() > 512 << 10, "more than what one request takes of it");
    fs::write(house.desk("list"), list).unwrap();
    let id = house.run(&["create", "--name", "many", "-i", "list"]).await.exits(0).out;
    let job = house.job(id.trim()).await;
    assert_eq!((&job["progress"]["files_total"], &job["state"]), (&json!(FILES), &json!("suspended")));
    let files = house.files(id.trim()).await;
    let in_order = files.iter().enumerate().all(|(number, file)| {
        file["local_name"].as_str().is_some_and(|name| name.ends_with(&format!("/{number:04}")))
    });
    assert!(in_order);
}
