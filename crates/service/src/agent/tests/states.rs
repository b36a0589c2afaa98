//! The table of states, what a status says, and the file (agent-rest 5, 6, 7).

use std::fs;
use std::time::Duration;

use bgcopy_api::{Caller, Contract as _, JobId, Language};
use bgcopy_core::Family;
use bgcopy_testkit::{Content, FileServer, Gate, Origin};

use super::rig::{AgentHouse, Client};

const INVALID_STATE: u32 = 0x80D0_2013;
const NOT_FOUND: u32 = 0x8007_0490;
const ENOENT: u32 = 0xC0D0_0002;
const EEXIST: u32 = 0xC0D0_0011;

/// The one who runs the tests, past the agent.
fn person() -> Caller {
    let uid = rustix::process::geteuid().as_raw();
    Caller { uid, gid: uid, pid: None, admin: true, family: Family::Do, language: Language::English }
}

fn job(id: &str) -> JobId {
    id.parse().unwrap()
}

/// A server that stops in the middle of every body until the gate opens.
fn gated(gate: &Gate) -> FileServer {
    FileServer::new(Content::new(1, 4 << 20)).etag("\"1\"").gate_at(2 << 20, gate)
}

#[tokio::test]
async fn every_call_in_every_state() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(gated(&gate)).await;
    let mut client = house.connect().await;

    // Created.
    let id = client.create(&origin.url("/f"), &house.desk("f")).await;
    assert_eq!((client.act("pause", &id).await, client.act("finalize", &id).await), (0, INVALID_STATE));
    assert_eq!(client.status(&id).await.seen(), ("Created", 0, 0));
    assert!(house.on_the_desk().is_empty() && origin.requests().is_empty(), "neither disk nor network");
    assert_eq!((client.act("abort", &id).await, client.act("start", &id).await), (0, NOT_FOUND));

    // Transferring.
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    assert_eq!((client.act("start", &id).await, client.act("finalize", &id).await), (0, INVALID_STATE));
    client.until_it(&id, "bytes", |status| status.bytes > 0).await;
    assert_eq!(client.status(&id).await.seen(), ("Transferring", 0, 0));

    // Paused.
    assert_eq!(client.act("pause", &id).await, 0);
    assert_eq!(client.status(&id).await.seen(), ("Paused", 0, 0), "at once");
    assert_eq!((client.act("pause", &id).await, client.act("finalize", &id).await), (0, INVALID_STATE));
    assert!(house.desk("f").exists());

    // Transferred.
    gate.open();
    assert_eq!(client.act("start", &id).await, 0);
    let status = client.until(&id, "Transferred").await;
    assert_eq!((status.seen(), status.total, status.bytes), (("Transferred", 0, 0), 4 << 20, 4 << 20));
    assert_eq!(
        fs::read(house.desk("f")).unwrap(),
        Content::new(1, 4 << 20).bytes(),
        "before it is finalized"
    );
    assert_eq!((client.act("start", &id).await, client.act("pause", &id).await), (0, 0));
    assert_eq!(client.status(&id).await.state, "Transferred");
    assert_eq!(client.act("finalize", &id).await, 0);
    for verb in ["start", "pause", "finalize", "abort"] {
        assert_eq!(client.act(verb, &id).await, NOT_FOUND, "{verb}");
    }
    assert_eq!(client.call("GET", &format!("download/getstatus?Id={id}")).await.code(), NOT_FOUND);
    assert_eq!(house.on_the_desk(), ["f"], "the file stays");
}

#[tokio::test]
async fn abort_leaves_nothing_in_any_state() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(gated(&gate)).await;
    let mut client = house.connect().await;
    for state in ["Transferring", "Paused", "Transferred"] {
        let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
        match state {
            "Paused" => assert_eq!(client.act("pause", &id).await, 0),
            "Transferred" => gate.open(),
            _ => {}
        }
        client.until(&id, state).await;
        assert!(house.on_the_desk().contains(&"f".to_owned()), "{state}");
        assert_eq!(client.act("abort", &id).await, 0, "{state}");
        assert!(house.on_the_desk().is_empty(), "{state}: {:?}", house.on_the_desk());
        assert_eq!(client.act("abort", &id).await, NOT_FOUND);
    }
}

#[tokio::test]
async fn a_start_that_is_refused_leaves_the_download_to_be_mended() {
    let house = AgentHouse::new().await;
    let origin = Origin::start(FileServer::new(Content::new(2, 1_000))).await;
    let mut client = house.connect().await;
    let id = client.call("POST", "download/create").await.body["Id"].as_str().unwrap().to_owned();
    let set = async |client: &mut Client, what: String| {
        client.call("POST", &format!("download/setproperty?Id={id}&{what}")).await.code()
    };
    assert_eq!(client.act("start", &id).await, 0x80D0_2200, "no URI");
    assert_eq!(set(&mut client, format!("Uri={}", origin.url("/f"))).await, 0);
    assert_eq!(client.act("start", &id).await, 0x80D0_2018, "no path");
    assert_eq!(set(&mut client, format!("DownloadFilePath={}", house.desk("no/f").display())).await, 0);
    assert_eq!(client.act("start", &id).await, ENOENT);
    // Where it would be the configuration of everybody.
    let own = house.folder.path().join("snap/etc/sdk-config.json");
    assert_eq!(set(&mut client, format!("DownloadFilePath={}", own.display())).await, 0);
    assert_eq!((client.act("start", &id).await, own.exists()), (0xC0D0_000D, false), "EACCES");
    fs::write(house.desk("theirs"), "x").unwrap();
    assert_eq!(set(&mut client, format!("DownloadFilePath={}", house.desk("theirs").display())).await, 0);
    assert_eq!(client.act("start", &id).await, EEXIST);
    assert_eq!(client.status(&id).await.seen(), ("Created", 0, 0));
    assert_eq!(set(&mut client, format!("DownloadFilePath={}", house.desk("f").display())).await, 0);
    assert_eq!(client.act("start", &id).await, 0);
    client.until(&id, "Transferred").await;
    assert_eq!(set(&mut client, "DownloadFilePath=/x/y".to_owned()).await, INVALID_STATE);
    assert_eq!(set(&mut client, "Uri=http://h/f".to_owned()).await, INVALID_STATE);
    assert_eq!(set(&mut client, "NoProgressTimeoutSeconds=60".to_owned()).await, 0, "any state");
    assert_eq!(client.act("finalize", &id).await, 0);
    assert_eq!((fs::read(house.desk("theirs")).unwrap(), house.on_the_desk().len()), (b"x".to_vec(), 2));
}

#[tokio::test]
async fn two_downloads_of_one_path_do_not_harm_each_other() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(gated(&gate)).await;
    let mut client = house.connect().await;
    let first = client.begin(&origin.url("/f"), &house.desk("f")).await;
    assert_eq!(client.act("pause", &first).await, 0);
    let second = client.create(&origin.url("/f"), &house.desk("f")).await;
    assert_eq!(client.act("start", &second).await, EEXIST);
    assert_eq!(client.act("abort", &second).await, 0);
    assert!(house.desk("f").exists(), "it is the first one's");
    assert_eq!(client.act("abort", &first).await, 0);
    assert!(!house.desk("f").exists());
    gate.open();
    let third = client.begin(&origin.url("/f"), &house.desk("f")).await;
    client.until(&third, "Transferred").await;
    assert_eq!(fs::metadata(house.desk("f")).unwrap().len(), 4 << 20);
}

#[tokio::test]
async fn a_file_that_was_deleted_while_paused_cannot_be_resumed() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(gated(&gate)).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    assert_eq!(client.act("pause", &id).await, 0);
    fs::remove_file(house.desk("f")).unwrap();
    assert_eq!(client.act("start", &id).await, ENOENT);
    assert_eq!(client.status(&id).await.seen(), ("Paused", 0, 0), "still, with its former errors");
    assert_eq!(client.act("abort", &id).await, 0);
    assert!(house.on_the_desk().is_empty());
}

#[tokio::test]
async fn a_fatal_failure_is_told_and_another_uri_helps() {
    let house = AgentHouse::new().await;
    let content = Content::new(3, 100_000);
    let good = Origin::start(FileServer::new(content.clone())).await;
    let mut client = house.connect().await;
    for (status, code) in [(404, 0x8019_0194), (410, 0x8019_0194), (403, 0x8019_0193), (418, 0x8019_0001)] {
        let bad = Origin::start(FileServer::new(Content::new(3, 1)).failing(status, usize::MAX)).await;
        let name = format!("f{status}");
        let id = client.begin(&bad.url("/f"), &house.desk(&name)).await;
        assert_eq!(client.until(&id, "Paused").await.seen(), ("Paused", code, 0));
        assert!(house.desk(&name).exists(), "the file stays until abort");
        let change = format!("download/setproperty?Id={id}&Uri={}", good.url("/f"));
        assert_eq!(client.call("POST", &change).await.code(), 0);
        assert_eq!(client.act("start", &id).await, 0);
        client.until(&id, "Transferred").await;
        assert_eq!(fs::read(house.desk(&name)).unwrap(), content.bytes());
    }
}

#[tokio::test]
async fn a_failure_that_is_tried_again_is_no_error_while_transferring() {
    let house = AgentHouse::new().await;
    let server = FileServer::new(Content::new(4, 50_000)).failing(503, usize::MAX);
    let origin = Origin::start(server.clone()).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    let status = client.until_it(&id, "a failure", |status| status.extended != 0).await;
    assert_eq!(status.seen(), ("Transferring", 0, 0x8019_01F4));
    // "The next `start` tries at once, without waiting out the delay" (agent-rest 6).
    assert_eq!(client.act("pause", &id).await, 0);
    assert_eq!(client.status(&id).await.seen(), ("Paused", 0, 0));
    server.change(|settings| settings.fail = None);
    assert_eq!(client.act("start", &id).await, 0);
    client.until(&id, "Transferred").await;
}

#[tokio::test]
async fn an_empty_file_is_transferred() {
    let house = AgentHouse::new().await;
    let origin = Origin::start(FileServer::new(Content::new(5, 0))).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    let status = client.until(&id, "Transferred").await;
    assert_eq!((status.total, status.bytes), (0, 0));
    assert_eq!(client.act("finalize", &id).await, 0);
    assert_eq!(fs::metadata(house.desk("f")).unwrap().len(), 0);
}

#[tokio::test]
async fn what_a_person_does_past_the_agent_is_never_taken_for_success() {
    let house = AgentHouse::new().await;
    let gate = Gate::new();
    let origin = Origin::start(gated(&gate)).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    house.face.suspend(&person(), job(&id)).await.unwrap();
    // "Paused, 0, 0" would end the client's call as success (agent-rest 14).
    assert_eq!(client.status(&id).await.seen(), ("Paused", 0, 0x80D0_3806));
    house.face.resume(&person(), job(&id)).await.unwrap();
    client.until(&id, "Transferring").await;
    house.face.complete(&person(), job(&id)).await.unwrap();
    assert_eq!(client.act("finalize", &id).await, NOT_FOUND, "not all of it was there");
    assert!(house.on_the_desk().is_empty());
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    house.face.cancel(&person(), job(&id)).await.unwrap();
    assert_eq!(client.act("start", &id).await, NOT_FOUND);
    assert!(house.on_the_desk().is_empty());
}

#[tokio::test]
async fn pausing_and_aborting_does_not_wait_for_a_silent_server() {
    let house = AgentHouse::new().await;
    let origin = Origin::start(gated(&Gate::new())).await;
    let mut client = house.connect().await;
    let id = client.begin(&origin.url("/f"), &house.desk("f")).await;
    client.until_it(&id, "bytes", |status| status.bytes > 0).await;
    let at_once = async {
        assert_eq!(client.act("pause", &id).await, 0);
        assert_eq!(client.act("abort", &id).await, 0);
    };
    tokio::time::timeout(Duration::from_secs(2), at_once).await.expect("the original takes up to 2 s");
}
