//! Files whose pieces are proved one by one, whoever brings them.

use std::fs;

use bgcopy_testkit::{Content, FileServer, Framing, Gate, Login, Origin};
use serde_json::{Value, json};

use crate::house::published::{PIECE, phf_of, pieces};
use crate::house::{House, assert_content, large, sha256, until};

const MIB: u64 = 1 << 20;

/// The file of these stories.
fn whole() -> Content {
    large(7, 8)
}

/// The same with a wrong bit in one piece.
fn with_a_lie_in(piece: u64) -> Content {
    let mut bytes = whole().bytes();
    bytes[usize::try_from(piece * PIECE + 77).unwrap()] ^= 1;
    Content::given(bytes)
}

/// A server that gives each connection little, so that others are asked too.
fn slow(content: Content) -> FileServer {
    FileServer::new(content).etag("\"v1\"").slow(2 * MIB)
}

/// The list, as a request holds it.
fn list() -> Value {
    let text: Value = serde_json::from_str(&phf_of(&whole())).unwrap();
    json!({ "size": text["ContentLength"], "piece_size": text["PieceSize"], "hashes": text["Pieces"] })
}

/// A job for the file from these places, the origin first, with its list of pieces and whatever else.
async fn begin(house: &House, places: &[&Origin], more: Value) -> String {
    house.run(&["list"]).await.exits(0);
    let (origin, mirrors) = places.split_first().unwrap();
    let mirrors: Vec<Value> = mirrors.iter().map(|mirror| json!({ "url": mirror.url("/file") })).collect();
    let mut file = json!({
        "remote_name": origin.url("/file"),
        "local_name": house.desk("file"),
        "mirrors": mirrors,
        "pieces": list(),
    });
    file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let settings = json!({ "auto_complete": true });
    house
        .create(&json!({ "display_name": "file", "files": [file], "settings": settings, "resume": true }))
        .await
}

/// The only file of a job that has ended well.
async fn file_of(house: &House, id: &str) -> Value {
    house.until_state(id, "acknowledged").await;
    assert_content(&house.desk("file"), &whole());
    house.files(id).await.remove(0)
}

fn bytes(file: &Value, from: &str) -> u64 {
    file[from].as_u64().unwrap_or_else(|| panic!("no {from} in {file:#}"))
}

#[tokio::test]
async fn a_file_of_one_honest_source_is_proved_piece_by_piece() {
    let origin = Origin::start(FileServer::new(whole()).etag("\"v1\"")).await;
    let house = House::new();
    let id = begin(&house, &[&origin], json!({})).await;
    let file = file_of(&house, &id).await;
    assert_eq!((&file["trust"], &file["pieces"]["trusted"]), (&"pieces".into(), &true.into()), "{file:#}");
    assert_eq!(bytes(&file, "bytes_from_origin"), 8 * MIB);
    let hashes = pieces(&whole());
    assert_eq!(file["pieces"]["piece_size"].as_u64(), Some(hashes.piece_size()));
}

#[tokio::test]
async fn a_mirror_that_lies_about_one_piece_is_struck_and_the_file_is_right() {
    // The origin gives little and the mirror a lot, so that the mirror is asked for the piece as long as it may be.
    for piece in [3, 7] {
        let origin = Origin::start(slow(whole())).await;
        let liar = Origin::start(FileServer::new(with_a_lie_in(piece)).etag("\"m\"")).await;
        let house = House::new();
        let id = begin(&house, &[&origin, &liar], json!({})).await;
        let file = file_of(&house, &id).await;
        assert_eq!(file["trust"], "pieces", "{file:#}");
        let asked = liar.requests().len();
        assert!(asked < 16, "{asked} times a liar was asked");
    }
}

#[tokio::test]
async fn a_mirror_sees_nothing_of_what_is_meant_for_the_origin() {
    let login = Login::Basic("ada".to_owned(), "pw".to_owned());
    let origin = Origin::start(slow(whole()).login(login)).await;
    let mirror = Origin::start(slow(whole())).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let words = [
        "get",
        "-o",
        "file",
        "--user",
        "ada:pw",
        "--header",
        "X-Key: of the origin",
        "--mirror",
        &mirror.url("/file"),
        "--checksum",
        &format!("sha-256={}", sha256(&whole())),
        &origin.url("/file"),
    ];
    house.run(&words).await.exits(0);
    assert_content(&house.desk("file"), &whole());
    let (to_origin, to_mirror) = (origin.requests(), mirror.requests());
    assert!(to_origin.iter().any(|request| request.header("x-key").is_some()), "{to_origin:?}");
    assert!(!to_mirror.is_empty());
    for request in to_mirror {
        let told = ["x-key", "authorization", "cookie"].map(|name| request.header(name));
        assert_eq!(told, [None; 3], "{request:?}");
    }
}

#[tokio::test]
async fn an_origin_that_lies_is_left_for_a_mirror() {
    let liar = Origin::start(slow(with_a_lie_in(0))).await;
    let mirror = Origin::start(FileServer::new(whole()).etag("\"m\"")).await;
    let house = House::new();
    let id = begin(&house, &[&liar, &mirror], json!({})).await;
    let file = file_of(&house, &id).await;
    assert_eq!(file["trust"], "pieces");
    assert!(bytes(&file, "bytes_from_mirrors") >= PIECE, "{file:#}");
}

#[tokio::test]
async fn d01_the_only_source_that_lies_fails_the_job_and_nothing_is_published() {
    let server = FileServer::new(with_a_lie_in(3)).etag("\"v1\"");
    let liar = Origin::start(server.clone()).await;
    let house = House::new();
    let id = begin(&house, &[&liar], json!({})).await;
    let job = house.until_job(&id, "an error", |job| job["state"] == "error").await;
    let error = &job["error"];
    assert_eq!(
        (&error["code"], &error["context"], &error["class"]),
        (&"validation-failed".into(), &"remote-file".into(), &"fatal".into()),
        "{job:#}"
    );
    assert!(error["detail"].as_str().unwrap().contains("3145728..4194304"), "{error:#}");
    assert!(!house.desk("file").exists());
    // It was asked again, not without end, and what is right of it was not fetched again for each time.
    assert!(liar.requests().len() > 1 && liar.bytes_sent() < 24 * MIB, "{}", liar.bytes_sent());
    // The good pieces are kept: once the server tells the truth, only what was wrong is missing.
    let sent = liar.bytes_sent();
    server.change(|settings| settings.content = whole());
    house.act(&id, "resume").await;
    file_of(&house, &id).await;
    let more = liar.bytes_sent() - sent;
    assert!((MIB..=3 * MIB).contains(&more), "{more} bytes for one wrong piece");
}

#[tokio::test]
async fn what_was_proved_survives_a_kill_and_a_lie_does_not() {
    let gate = Gate::new();
    let origin = Origin::start(slow(whole())).await;
    let liar = Origin::start(slow(with_a_lie_in(2)).gate_at(6 * MIB, &gate)).await;
    let house = House::new();
    let id = begin(&house, &[&origin, &liar], json!({})).await;
    house
        .until_job(&id, "half of it", |job| job["progress"]["bytes_transferred"].as_u64() > Some(3 * MIB))
        .await;
    house.kill_service().await;
    gate.open();
    house.run(&["list"]).await.exits(0);
    let file = file_of(&house, &id).await;
    assert_eq!(file["trust"], "pieces", "{file:#}");
}

#[tokio::test]
async fn what_a_repair_kept_survives_a_kill() {
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(whole()).etag("\"v1\"").gate_at(6 * MIB + 10, &gate)).await;
    let house = House::new();
    fs::write(house.desk("old"), with_a_lie_in(6).bytes()).unwrap();
    let id = begin(&house, &[&origin], json!({ "basis": house.desk("old") })).await;
    until("the wrong piece is on its way", async || (origin.bytes_sent() > 0).then_some(())).await;
    house.kill_service().await;
    // Nothing of the old file is needed any more.
    fs::remove_file(house.desk("old")).unwrap();
    gate.open();
    house.run(&["list"]).await.exits(0);
    let file = file_of(&house, &id).await;
    assert_eq!(file["trust"], "pieces", "{file:#}");
    let sent = origin.bytes_sent();
    assert!(sent < 3 * MIB, "{sent} bytes were sent for one wrong piece");
}

#[tokio::test]
async fn a_basis_that_is_not_there_is_an_error_that_names_it() {
    let origin = Origin::start(FileServer::new(whole()).etag("\"v1\"")).await;
    let house = House::new();
    let id = begin(&house, &[&origin], json!({ "basis": house.desk("gone") })).await;
    let job = house.until_job(&id, "an error", |job| job["state"] == "error").await;
    let error = &job["error"];
    assert_eq!(
        (&error["code"], &error["context"]),
        (&"path-not-found".into(), &"local-file".into()),
        "{job:#}"
    );
    assert!(error["detail"].as_str().unwrap().contains("desk/gone"), "{error:#}");
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn a_list_of_another_file_is_an_error_that_says_both_sizes() {
    let origin = Origin::start(FileServer::new(large(7, 9)).etag("\"v1\"")).await;
    let house = House::new();
    let id = begin(&house, &[&origin], json!({})).await;
    let job = house.until_job(&id, "an error", |job| job["state"] == "error").await;
    let error = &job["error"];
    assert_eq!(
        (&error["code"], &error["context"]),
        (&"validation-failed".into(), &"remote-file".into()),
        "{job:#}"
    );
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("9437184") && detail.contains("8388608"), "{detail}");
}

#[tokio::test]
async fn without_its_list_a_file_still_comes_and_claims_no_proof() {
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(whole()).etag("\"v1\"").gate_at(2 * MIB, &gate)).await;
    let house = House::new();
    let id = begin(&house, &[&origin], json!({})).await;
    let some = |job: &Value| job["progress"]["bytes_transferred"].as_u64() > Some(0);
    house.until_job(&id, "some of it", some).await;
    house.kill_service().await;
    for list in fs::read_dir(house.state("lists")).unwrap() {
        fs::write(list.unwrap().path(), "damaged").unwrap();
    }
    gate.open();
    house.run(&["list"]).await.exits(0);
    let file = file_of(&house, &id).await;
    assert_eq!(file["trust"], "consistent", "{file:#}");
}

#[tokio::test]
async fn a_lie_in_a_body_whose_length_is_not_told_is_found_like_any_other() {
    for framing in [Framing::Chunked, Framing::UntilClose] {
        for piece in [3, 7] {
            let liar = FileServer::new(with_a_lie_in(piece)).etag("\"v1\"").framing(framing).without_ranges();
            let liar = Origin::start(liar).await;
            let mirror = Origin::start(FileServer::new(whole()).etag("\"m\"")).await;
            let house = House::new();
            let id = begin(&house, &[&liar, &mirror], json!({})).await;
            let file = file_of(&house, &id).await;
            assert_eq!(file["trust"], "pieces", "{file:#}");
        }
    }
}
#[tokio::test]
async fn two_liars_that_lie_about_different_pieces_make_a_right_file() {
    let one = Origin::start(slow(with_a_lie_in(1))).await;
    let other = Origin::start(slow(with_a_lie_in(6))).await;
    let house = House::new();
    let id = begin(&house, &[&one, &other], json!({})).await;
    let file = file_of(&house, &id).await;
    assert_eq!(file["trust"], "pieces", "{file:#}");
}
