//! Uploads on bad ways: what was acknowledged is not sent again, the server has the file whole and once, and what
//! cannot go on says why.

use std::fs;

use bgcopy_testkit::{BitsFault, BitsPacket, BitsServer, Content, Gate};
use serde_json::{Value, json};

use crate::house::{House, assert_content, large, until};

const MIB: u64 = 1 << 20;

impl House {
    /// A file on the desk is sent, and its job completes by itself.
    async fn upload(&self, url: &str, content: &Content, kind: &str) -> String {
        fs::write(self.desk("f"), content.bytes()).expect("our own folder");
        self.run(&["list"]).await.exits(0);
        let file = json!({ "remote_name": url, "local_name": self.desk("f") });
        let settings = json!({ "auto_complete": true, "minimum_retry_delay_seconds": 5 });
        let mut job = json!({ "display_name": "f", "kind": kind, "files": [file], "settings": settings, "resume": true });
        if kind == "upload-reply" {
            job["reply_name"] = json!(self.desk("answer"));
        }
        self.create(&job).await
    }
}

fn is_fragment(packet: &BitsPacket) -> bool {
    packet.kind == "fragment"
}

/// The server has the file, once, and nothing else is left of it.
fn has_arrived(server: &BitsServer, content: &Content) {
    assert!(server.file("/in/f").is_some_and(|file| file == content.bytes()), "the file is another one");
    assert_eq!((server.finished("/in/f"), server.open_sessions()), (1, 0));
}

#[tokio::test]
async fn a_large_file_goes_in_fragments_and_is_never_held_in_memory() {
    let content = large(1, 20);
    let server = BitsServer::start().await;
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    let job = house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert_eq!((&job["error"], &job["error_count"]), (&Value::Null, &json!(0)));
    assert_eq!(job["progress"]["bytes_transferred"], 20 * MIB);
    assert_eq!(server.bytes_taken(), 20 * MIB, "no byte is sent twice");
    assert!(server.count("fragment") <= 8, "fragments grow");
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a_cut_in_mid_fragment_costs_that_fragment() {
    let content = large(2, 8);
    let server = BitsServer::start().await;
    // Twice, because a kept connection that died is not waited for.
    server.fails({
        let cuts = std::sync::atomic::AtomicUsize::new(0);
        move |packet| {
            let late = is_fragment(packet) && packet.range.start >= 3 * MIB;
            let cut = late && cuts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2;
            cut.then_some(BitsFault::CutAfter(100_000))
        }
    });
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    let job = house.until_state(&id, "transient-error").await;
    assert_eq!(job["progress"]["bytes_transferred"], 3 * MIB, "what was acknowledged counts");
    house.act(&id, "resume").await;
    house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert!(server.bytes_taken() <= 9 * MIB, "{} bytes were sent", server.bytes_taken());
}

#[tokio::test]
async fn kill_9_of_the_service_costs_what_was_not_acknowledged() {
    let content = large(3, 20);
    let server = BitsServer::start().await;
    let gate = Gate::new();
    let held = gate.clone();
    server.fails(move |packet| {
        (is_fragment(packet) && packet.range.start >= 7 * MIB).then(|| BitsFault::Hold(held.clone()))
    });
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    let sent = async || (server.packets().iter().any(|packet| packet.range.start >= 7 * MIB)).then_some(());
    until("the fragment is held", sent).await;
    house.kill_service().await;
    gate.open();
    house.run(&["list"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert_eq!(server.count("create-session"), 1, "the session goes on");
    // The fragment in flight, and what was acknowledged in the moment before.
    assert!(server.bytes_taken() <= (20 + 8 + 4) * MIB, "{} bytes were sent", server.bytes_taken());
}

#[tokio::test]
async fn a_server_that_forgot_the_session_gets_the_file_from_the_start() {
    let content = large(4, 8);
    let server = BitsServer::start().await;
    server.fails_once(|packet| {
        (is_fragment(packet) && packet.range.start >= 3 * MIB).then_some(BitsFault::Forget)
    });
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    let job = house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert_eq!((server.count("create-session"), &job["error_count"]), (2, &json!(0)));
    assert_eq!(house.restarts(&id).await, ["session-lost"]);
}

#[tokio::test]
async fn bytes_that_the_server_lost_are_sent_again() {
    let content = large(5, 8);
    let server = BitsServer::start().await;
    server.fails_once(|packet| {
        (is_fragment(packet) && packet.range.start >= 3 * MIB).then_some(BitsFault::Lose(MIB))
    });
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
}

#[tokio::test]
async fn a_source_that_changed_is_not_mixed_and_needs_another_job() {
    let content = large(6, 8);
    let server = BitsServer::start().await;
    server
        .fails(|packet| (is_fragment(packet) && packet.range.start >= MIB).then_some(BitsFault::CutAfter(0)));
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    house.until_state(&id, "transient-error").await;
    fs::write(house.desk("f"), large(7, 8).bytes()).expect("our own folder");
    server.fails(|_| None);
    house.act(&id, "resume").await;
    let error = house.until_state(&id, "error").await["error"].clone();
    assert_eq!((&error["code"], &error["context"]), (&json!("local-file-changed"), &json!("local-file")));
    assert_eq!(error["remedies"][0]["action"], "recreate", "{error:#}");
    assert_eq!(server.finished("/in/f"), 0);
    house.act(&id, "cancel").await;
    until("the server hears of it", async || (server.cancelled() == 1).then_some(())).await;
    assert!(house.desk("f").exists(), "what was to be sent stays");
}

#[tokio::test]
async fn refusals_are_told_as_what_they_are() {
    let refused = |status: u16, error: &str, context: &str| {
        let fields = vec![
            ("BITS-Packet-Type", "Ack".to_owned()),
            ("BITS-Error", error.to_owned()),
            ("BITS-Error-Context", context.to_owned()),
        ];
        BitsFault::Answer(status, fields)
    };
    for (fault, code, context) in [
        (refused(403, "0x80070005", "0x5"), "http-403", "remote-file"),
        (refused(500, "0x80200020", "0x5"), "too-large", "remote-file"),
        (refused(500, "0x80200022", "0x5"), "protocol-mismatch", "remote-file"),
        (refused(500, "0x80190193", "0x7"), "http-403", "remote-application"),
    ] {
        let server = BitsServer::start().await;
        server.fails(move |packet| is_fragment(packet).then(|| fault.clone()));
        let house = House::new();
        let id = house.upload(&server.url("/in/f"), &large(8, 2), "upload").await;
        let error = house.until_state(&id, "error").await["error"].clone();
        assert_eq!((&error["code"], &error["context"]), (&json!(code), &json!(context)), "{error:#}");
        assert_eq!(error["class"], "fatal");
        assert_eq!(server.count("fragment"), 1, "nothing is posted again");
    }
}

#[tokio::test]
async fn a_server_that_takes_little_at_once_gets_little() {
    let content = large(9, 1);
    let server = BitsServer::start().await;
    server.fails(|packet| {
        let large = packet.range.end - packet.range.start > 300_000;
        large.then(|| BitsFault::Answer(413, Vec::new()))
    });
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload").await;
    let job = house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert_eq!(job["error_count"], 0);
}

#[tokio::test]
async fn a_reply_survives_kill_9_and_appears_with_complete() {
    let content = large(10, 2);
    let server = BitsServer::builder().reply("accepted").start().await;
    let gate = Gate::new();
    let held = gate.clone();
    server.fails(move |packet| (packet.kind == "get").then(|| BitsFault::Hold(held.clone())));
    let house = House::new();
    let id = house.upload(&server.url("/in/f"), &content, "upload-reply").await;
    until("the reply is asked for", async || (server.count("get") > 0).then_some(())).await;
    assert_eq!(server.count("close-session"), 0, "with its session the reply would be gone");
    house.kill_service().await;
    gate.open();
    house.run(&["list"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    has_arrived(&server, &content);
    assert_eq!(fs::read_to_string(house.desk("answer")).expect("it is there"), "accepted");
    assert_eq!(server.bytes_taken(), 2 * MIB, "nothing is sent again for it");
}
