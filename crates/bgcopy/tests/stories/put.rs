//! Files that go to a server, from the command line to the bytes there.

use std::fs;

use bgcopy_testkit::{BitsFault, BitsServer, Content};
use serde_json::{Value, json};

use crate::house::{House, assert_content};

#[tokio::test]
async fn a_file_is_put_and_the_answer_saved() {
    let content = Content::new(31, 5_000_000);
    let server = BitsServer::builder().reply("accepted").start().await;
    let house = House::new();
    fs::write(house.desk("report.bin"), content.bytes()).expect("our own folder");
    let done = house.run(&["put", "report.bin", &server.url("/in/"), "--reply", "answer.txt"]).await;
    done.exits(0).tells(&["sent ", "report.bin", "saved the answer as ", "answer.txt (8 B)"]);
    assert!(server.file("/in/report.bin").is_some_and(|file| file == content.bytes()));
    assert_eq!((server.finished("/in/report.bin"), server.open_sessions()), (1, 0));
    assert_eq!(fs::read_to_string(house.desk("answer.txt")).expect("it is there"), "accepted");
    assert_content(&house.desk("report.bin"), &content);
    house.run(&["list"]).await.exits(0).tells(&["there are no jobs"]);

    // The answer of an earlier upload is not lost to a later one.
    let again = ["put", "report.bin", &server.url("/in/"), "--reply", "answer.txt"];
    house.run(&again).await.exits(9).tells(&["exists; --force replaces it"]);
    house.run(&[&again[..], &["--force", "--quiet"]].concat()).await.exits(0);
    assert_eq!(server.finished("/in/report.bin"), 2);
}

#[tokio::test]
async fn json_ends_with_the_job_and_a_refusal_with_its_exit_code() {
    let server = BitsServer::start().await;
    let house = House::new();
    fs::write(house.desk("f"), "content").expect("our own folder");
    let done = house.run(&["put", "--json", "f", &server.url("/in/f")]).await.exits(0);
    let last: Value = done.json().pop().expect("a line");
    assert_eq!((&last["event"], &last["job"]["kind"]), (&json!("done"), &json!("upload")));
    assert_eq!(last["job"]["progress"]["bytes_transferred"], 7);
    assert_eq!(last["files"][0]["progress"]["completed"], true);

    server.fails(|_| Some(BitsFault::Answer(403, Vec::new())));
    let done = house.run(&["put", "--json", "f", &server.url("/in/g")]).await.exits(3);
    let last: Value = done.json().pop().expect("a line");
    assert_eq!((&last["event"], &last["exit_code"]), (&json!("failed"), &json!(3)));
    assert_eq!(last["job"]["error"]["code"], "http-403");
    assert_eq!(server.file("/in/g"), None);
    house.run(&["put", "gone", &server.url("/in/h")]).await.exits(2).tells(&["cannot read"]);
}

#[tokio::test]
async fn the_api_gives_the_reply_out_before_complete_and_refuses_what_an_upload_cannot_be() {
    let server = BitsServer::builder().reply("accepted").start().await;
    let house = House::new();
    fs::write(house.desk("f"), "content").expect("our own folder");
    let _daemon = house.serve(&[]).await;
    let file = json!({ "remote_name": server.url("/in/f"), "local_name": house.desk("f") });
    let reply_name = house.desk("answer");
    let upload =
        json!({ "display_name": "up", "kind": "upload-reply", "files": [file], "reply_name": reply_name });
    let id = house.create(&upload).await;
    let (files, reply) = (format!("/v1/jobs/{id}/files"), format!("/v1/jobs/{id}/reply"));
    let second = house.ask("POST", &files, Some(&json!({ "files": [file] }))).await;
    second.refuses(409, "second-file-of-upload", &["one file"]);
    house.ask("GET", &reply, None).await.refuses(409, "invalid-state", &["suspended"]);
    house.act(&id, "resume").await;
    let job = house.until_state(&id, "transferred").await;
    assert_eq!(job["reply"]["progress"], json!({ "bytes_total": 8, "bytes_transferred": 8 }));
    let reply = house.ask("GET", &reply, None).await.is(200).json();
    assert_eq!(reply, json!({ "length": 8, "data": "YWNjZXB0ZWQ=" }));
    assert!(!reply_name.exists(), "before Complete it has no name");
    house.act(&id, "complete").await;
    assert_eq!(fs::read_to_string(&reply_name).expect("it is there"), "accepted");
}
