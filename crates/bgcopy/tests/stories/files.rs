//! What happens to files under the service's hands (faults E): links, foreign writers, other jobs, odd names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use bgcopy_testkit::{Content, FileServer, Gate, Origin};
use serde_json::{Value, json};

use crate::house::published::{described, metalink_of};
use crate::house::{House, assert_content, large};

/// A job whose server waits in the middle, and its temporary file.
async fn halfway(house: &House, origin: &Origin) -> (String, PathBuf) {
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    let half = |job: &Value| job["progress"]["bytes_transferred"] == 1_500_000;
    house.until_job(&id, "half is here", half).await;
    let file = house.files(&id).await.remove(0);
    let temporary = PathBuf::from(file["temporary_name"].as_str().expect("there is a temporary file"));
    assert!(temporary.exists() && temporary.parent() == Some(&house.at("desk")));
    (id, temporary)
}

fn server(content: &Content, gate: &Gate) -> FileServer {
    FileServer::new(content.clone()).etag("\"1\"").gate_at(1_500_000, gate)
}

#[tokio::test]
async fn e11_a_temporary_file_that_is_deleted_under_a_transfer_is_made_anew() {
    // Large enough for several checkpoints behind the loss.
    let (content, gate) = (large(3, 40), Gate::new());
    let server = FileServer::new(content.clone()).etag("\"v1\"").gate_at(12 << 20, &gate);
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    house
        .until_job(&id, "a part", |job: &Value| {
            job["progress"]["bytes_transferred"].as_u64() > Some(10 << 20)
        })
        .await;
    let temporary = house.files(&id).await[0]["temporary_name"].as_str().unwrap().to_owned();
    fs::remove_file(temporary).unwrap();
    gate.open();
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
    assert_eq!(house.on_the_desk(), ["f"]);
}

/// Something happens to the temporary file of a job that rests; what the job is told when it goes on.
async fn touched(fault: impl FnOnce(&Path)) -> Value {
    let (content, gate) = (Content::new(1, 3_000_000), Gate::new());
    let origin = Origin::start(server(&content, &gate)).await;
    let house = House::new();
    let (id, temporary) = halfway(&house, &origin).await;
    house.act(&id, "suspend").await;
    let mut events = house.listen(&format!("?job={id}&kind=file-restarted"), "").await;
    fault(&temporary);
    gate.open();
    house.act(&id, "resume").await;
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
    assert_eq!(house.on_the_desk(), ["f"]);
    events.next().await.unwrap().data["reason"].clone()
}

#[tokio::test]
async fn e11_a_temporary_file_that_a_cleaner_took_is_told_of_and_fetched_again() {
    let reason = touched(|temporary| fs::remove_file(temporary).unwrap()).await;
    assert_eq!(reason, "local-file-changed");
}

#[tokio::test]
async fn e12_a_temporary_file_that_somebody_cut_or_edited_is_not_trusted() {
    let cut = touched(|temporary| {
        fs::OpenOptions::new().write(true).open(temporary).unwrap().set_len(10).unwrap();
    });
    let edited = touched(|temporary| {
        let mut bytes = fs::read(temporary).unwrap();
        bytes[700_000] ^= 0x40;
        fs::write(temporary, bytes).unwrap();
    });
    for reason in [cut.await, edited.await] {
        assert!(["local-file-changed", "unproved"].map(Value::from).contains(&reason), "{reason}");
    }
}

#[tokio::test]
async fn e10_a_folder_that_is_renamed_before_complete_is_told_and_nothing_is_fetched_again() {
    let (content, gate) = (Content::new(2, 3_000_000), Gate::new());
    gate.open();
    let origin = Origin::start(server(&content, &gate)).await;
    let house = House::new();
    fs::create_dir(house.desk("folder")).unwrap();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/f"), "folder/f", json!({})).await;
    house.until_state(&id, "transferred").await;
    fs::rename(house.desk("folder"), house.desk("elsewhere")).unwrap();
    // "The call fails, the job stays Transferred" (design.md "Where the sources disagree").
    let refused = house.ask("POST", &format!("/v1/jobs/{id}/complete"), None).await;
    refused.refuses(400, "path-not-found", &["folder"]);
    assert_eq!(house.job(&id).await["state"], "transferred");
    fs::rename(house.desk("elsewhere"), house.desk("folder")).unwrap();
    house.act(&id, "complete").await;
    assert_content(&house.desk("folder/f"), &content);
    assert_eq!((house.on_the_desk(), origin.requests().len()), (vec!["folder".to_owned()], 1));
}

#[tokio::test]
async fn e28_a_finished_file_that_is_gone_before_complete_is_told_and_can_be_fetched_again() {
    let (content, gate) = (Content::new(2, 3_000_000), Gate::new());
    gate.open();
    let origin = Origin::start(server(&content, &gate)).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "transferred").await;
    let temporary = house.files(&id).await[0]["temporary_name"].as_str().unwrap().to_owned();
    fs::remove_file(&temporary).unwrap();
    let answer = house.ask("POST", &format!("/v1/jobs/{id}/complete"), None).await;
    answer.refuses(400, "path-not-found", &["is gone", "temporary file"]);
    let refused = house.run(&["complete", &id]).await;
    assert_ne!(refused.code, 0, "{refused}");
    assert_eq!(house.job(&id).await["state"], "transferred");
    assert!(!house.desk("f").exists());
    // Starting again is another job: this one has nothing any more that could be completed.
    house.run(&["cancel", &id]).await.exits(0);
    assert!(house.on_the_desk().is_empty());
    house.run(&["get", &origin.url("/f")]).await.exits(0);
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn what_exists_is_kept_beside_what_comes_on_request() {
    let content = Content::new(9, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    fs::write(house.desk("f"), "precious").unwrap();
    let url = origin.url("/f");
    let get = ["get", "-o", "f", &url];
    house.run(&get).await.exits(9).tells(&["--force", "--existing keep-both"]);
    house.run(&[&get[..], &["--existing", "keep-both"]].concat()).await.exits(0).tells(&["f (1)"]);
    assert_content(&house.desk("f (1)"), &content);
    assert_eq!(fs::read(house.desk("f")).unwrap(), b"precious");
    house.run(&[&get[..], &["--existing", "replace"]].concat()).await.exits(0);
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn d02_what_does_not_match_its_checksum_lies_hidden_until_the_job_is_cancelled() {
    let origin = Origin::start(FileServer::new(Content::new(9, 5_000))).await;
    let house = House::new();
    let wrong = format!("sha-256={}", "0".repeat(64));
    let done = house.run(&["get", "-o", "f", "--checksum", &wrong, &origin.url("/f")]).await.exits(6);
    let done = done.tells(&["lies in a hidden file beside the destination", "bgcopy cancel"]);
    let left = house.on_the_desk();
    assert!(left.len() == 1 && left[0].starts_with(".f."), "{left:?}");
    let error = house.run(&["--json", "show", "f"]).await.exits(0).json().remove(0)["error"].clone();
    assert_eq!(
        (&error["code"], &error["context"], &error["class"]),
        (&json!("validation-failed"), &json!("remote-file"), &json!("fatal")),
        "{error:#}"
    );
    house.shell(&crate::house::proposed(&done.err, "bgcopy cancel")).await.exits(0);
    assert!(house.on_the_desk().is_empty());
}

#[tokio::test]
async fn e14_nothing_is_written_through_a_link() {
    let origin = Origin::start(FileServer::new(Content::new(3, 5_000))).await;
    let house = House::new();
    fs::write(house.desk("target"), "precious").unwrap();
    symlink(house.desk("target"), house.desk("f")).unwrap();
    symlink(house.desk("nowhere"), house.desk("g")).unwrap();
    // A link is something that exists; not even --force follows or replaces it.
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(9).tells(&["f exists"]);
    house.run(&["get", "-o", "g", &origin.url("/f")]).await.exits(9).tells(&["g exists"]);
    let forced = house.run(&["get", "--force", "-o", "f", &origin.url("/f")]).await;
    forced.exits(5).tells(&["is a symbolic link"]);
    assert!(origin.requests().is_empty());
    assert_eq!(fs::read(house.desk("target")).unwrap(), b"precious");
    assert!(!house.desk("nowhere").exists());
}

#[tokio::test]
async fn e16_a_destination_that_is_no_file_is_refused_at_once() {
    let origin = Origin::start(FileServer::new(Content::new(4, 5_000))).await;
    let house = House::new();
    fs::create_dir(house.desk("folder")).unwrap();
    house.shell("mkfifo pipe").await.exits(0);
    house.run(&["get", "--force", "-o", "folder", &origin.url("/f")]).await.exits(5).tells(&["folder"]);
    let refused = house.run(&["get", "--force", "-o", "pipe", &origin.url("/f")]).await;
    assert_ne!(refused.code, 0, "{refused}");
    assert_eq!(house.on_the_desk(), ["folder", "pipe"]);
    assert!(origin.requests().is_empty());
}

#[tokio::test]
async fn e24_names_are_bytes() {
    let content = Content::new(5, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let name = OsStr::from_bytes(b"caf\xe9 \n \"quoted\" $(touch x) -rf");
    let url = origin.url("/f");
    let get = [OsStr::new("get"), OsStr::new("-o"), name, OsStr::new(&url)];
    let done = house.start_os(&get).done().await.exits(0);
    assert!(!done.err.contains("\n \"quoted\""), "J16: a name stays on its line: {done}");
    assert_content(&house.at("desk").join(name), &content);
    let longest = "é".repeat(127);
    house.run(&["get", "-o", &longest, &url]).await.exits(0);
    assert_content(&house.desk(&longest), &content);
    // Limits are those of the system, and refused before anything is made.
    let (asked, desk) = (origin.requests().len(), house.on_the_desk());
    let deep = format!("{}/f", "d/".repeat(2_100));
    for (name, word) in [("é".repeat(128), "255"), (deep, "4095")] {
        let files = json!([{ "remote_name": url, "local_name": house.desk(&name) }]);
        let job = json!({ "display_name": "long", "files": files, "resume": true });
        house.ask("POST", "/v1/jobs", Some(&job)).await.refuses(400, "invalid-name", &[word]);
        house.run(&["get", "-o", &name, &url]).await.exits(2).tells(&[word]);
    }
    assert_eq!((origin.requests().len(), house.on_the_desk()), (asked, desk));
}

#[tokio::test]
async fn e26_the_mode_of_a_file_is_that_of_the_umask_and_of_a_folder_never_open_to_others() {
    let content = Content::new(6, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    for (umask, file_mode) in [("027", 0o640), ("000", 0o666), ("077", 0o600)] {
        let house = House::new();
        let line = format!("umask {umask}; bgcopy get -o f {}", origin.url("/f"));
        house.shell(&line).await.exits(0);
        let file = fs::metadata(house.desk("f")).unwrap();
        assert_eq!(file.permissions().mode() & 0o7777, file_mode, "never executable");
        assert_eq!(file.uid(), fs::metadata(house.at("desk")).unwrap().uid());
        let text = metalink_of(vec![described("doc/deep/f", &content, &[origin.url("/f")])]);
        fs::write(house.desk("f.meta4"), text).unwrap();
        house.shell(&format!("umask {umask}; bgcopy get f.meta4")).await.exits(0);
        assert_content(&house.desk("doc/deep/f"), &content);
        for folder in ["doc", "doc/deep"] {
            let mode = fs::metadata(house.desk(folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o022, 0, "{folder} under {umask}: {mode:o}");
        }
    }
}

#[tokio::test]
async fn e27_two_jobs_of_one_destination_never_mix() {
    let (first, second) = (Content::new(7, 3_000_000), Content::new(8, 3_000_000));
    let gate = Gate::new();
    let origins = [Origin::start(server(&first, &gate)).await, Origin::start(server(&second, &gate)).await];
    let house = House::new();
    let clients = [
        house.start(&["get", "-o", "f", &origins[0].url("/f")]),
        house.start(&["get", "-o", "f", &origins[1].url("/f")]),
    ];
    for origin in &origins {
        crate::house::until("both transfer", async || (origin.open_connections() > 0).then_some(())).await;
    }
    gate.open();
    let [one, two] = clients;
    let mut ends = [one.done().await, two.done().await];
    ends.sort_by_key(|done| done.code);
    // One wins; to the other the file exists.
    assert_eq!((ends[0].code, ends[1].code), (0, 9), "{}{}", ends[0], ends[1]);
    let published = fs::read(house.desk("f")).unwrap();
    assert!(published == first.bytes() || published == second.bytes());
    house.run(&["cancel", "f"]).await.exits(0);
    assert_eq!(house.on_the_desk(), ["f"]);
}
