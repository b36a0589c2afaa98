//! What publishers say of files, used by those who fetch them: Metalinks, lists of checksums, piece hash files.

use std::fs;
use std::path::Path;

use bgcopy_testkit::{FileServer, Origin, Reply, RequestHead, Site};
use serde_json::Value;

use crate::house::published::{described, metalink_of, phf_of, pieces};
use crate::house::{Done, House, assert_content, large, sha256};

/// What the last line of `--json` says of the only file.
fn file_of(done: &Done) -> Value {
    let last = done.json().pop().expect("a last line");
    assert_eq!(last["event"], "done", "{done}");
    last["files"][0].clone()
}

#[tokio::test]
async fn the_files_of_a_metalink_come_as_one_job_and_are_proved_piece_by_piece() {
    let (iso, notes) = (large(1, 3), large(2, 2));
    let site = Site::new()
        .file("/big.iso", FileServer::new(iso.clone()).etag("\"i\""))
        .file("/notes.txt", FileServer::new(notes.clone()).etag("\"n\""));
    let origin = Origin::start(site).await;
    let house = House::new();
    let text = metalink_of(vec![
        described("big.iso", &iso, &[origin.url("/big.iso")]),
        described("doc/notes.txt", &notes, &[origin.url("/notes.txt")]),
    ]);
    fs::write(house.desk("all.meta4"), text).unwrap();
    let done = house.run(&["--json", "get", "all.meta4"]).await.exits(0);
    assert_content(&house.desk("big.iso"), &iso);
    assert_content(&house.desk("doc/notes.txt"), &notes);
    let last = done.json().pop().unwrap();
    assert_eq!(last["job"]["display_name"], "big.iso and 1 more");
    for file in last["files"].as_array().unwrap() {
        assert_eq!((&file["trust"], &file["pieces"]["trusted"]), (&"pieces".into(), &true.into()), "{file}");
    }
    house.run(&["list", "--finished"]).await.exits(0).prints(&[
        "TRUST",
        "every piece right",
        "big.iso and 1 more",
    ]);
}

#[tokio::test]
async fn a_metalink_over_plain_http_proves_no_more_than_its_digest() {
    let iso = large(1, 2);
    let mirror = Origin::start(FileServer::new(iso.clone()).etag("\"i\"")).await;
    let text = metalink_of(vec![described("big.iso", &iso, &[mirror.url("/big.iso")])]);
    let publisher = Origin::start(Site::new().file("/big.iso.meta4", move |_: &RequestHead| {
        Reply::status(200).header("content-type", "application/metalink4+xml").body(text.clone())
    }))
    .await;
    let house = House::new();
    let done = house.run(&["--json", "get", &publisher.url("/big.iso.meta4")]).await.exits(0);
    assert_content(&house.desk("big.iso"), &iso);
    let file = file_of(&done);
    assert_eq!((&file["trust"], &file["pieces"]["trusted"]), (&"digest".into(), &false.into()), "{file}");

    // The document itself, for who wants that.
    house.run(&["get", "--no-metalink", &publisher.url("/big.iso.meta4")]).await.exits(0);
    assert!(fs::read_to_string(house.desk("big.iso.meta4")).unwrap().contains("<metalink"));
}

#[tokio::test]
async fn what_is_wrong_with_a_metalink_is_said_and_nothing_is_fetched() {
    let origin = Origin::start(FileServer::new(large(1, 1))).await;
    let house = House::new();
    let url = origin.url("/f");
    let good = metalink_of(vec![described("f", &large(1, 1), std::slice::from_ref(&url))]);
    // Larger than is read: it takes no room, and is not read to find that out.
    fs::File::create(house.desk("huge.meta4")).unwrap().set_len(300 << 20).unwrap();
    let bomb = good.replacen(
        "<metalink",
        "<!DOCTYPE metalink [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\n<metalink",
        1,
    );
    for (name, text) in [
        ("entities.meta4", bomb),
        ("scheme.meta4", good.replace(&url, "ftp://h/f")),
        ("pieces.meta4", good.replace("<size>1048576</size>", "<size>9999999</size>")),
        ("climbs.meta4", good.replace("name=\"f\"", "name=\"../f\"")),
        ("cut.meta4", good[..good.len() / 2].to_owned()),
        ("nowhere.meta4", metalink_of(vec![described("f", &large(1, 1), &[])])),
    ] {
        fs::write(house.desk(name), text).unwrap();
    }
    let before = house.on_the_desk();
    for (name, told) in [
        ("huge.meta4", &["huge.meta4", "at most"][..]),
        ("entities.meta4", &["entities.meta4", "refused"]),
        ("scheme.meta4", &["\"f\" has no source that can be used", "ftp"]),
        ("pieces.meta4", &["pieces.meta4", "1 piece hashes", "9999999 bytes in pieces of 1048576 have 10"]),
        ("climbs.meta4", &["../f"]),
        ("cut.meta4", &["cut.meta4"]),
        ("nowhere.meta4", &["nowhere \"f\" can be fetched", "--mirror"]),
        ("missing.meta4", &["missing.meta4", "No such file"]),
    ] {
        let refused = house.run(&["get", "-o", "out", name]).await.tells(told);
        assert_ne!(refused.code, 0, "{refused}");
    }
    assert_eq!(house.on_the_desk(), before);
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn a_metalink_that_is_announced_too_large_is_left_at_its_server() {
    let publisher = Origin::start(|_: &RequestHead| {
        Reply::status(200).header("content-length", (300_u64 << 20).to_string()).stall()
    })
    .await;
    let house = House::new();
    let url = publisher.url("/all.meta4");
    let refused = house.run(&["get", &url]).await.tells(&["314572800 bytes", "33554432"]);
    assert_ne!(refused.code, 0, "{refused}");
    // One that is not there fails as any file would.
    let gone = Origin::start(Site::new()).await;
    house.run(&["get", &gone.url("/all.meta4")]).await.exits(3).tells(&["404"]);
    assert_eq!(house.on_the_desk(), [""; 0]);
}

#[tokio::test]
async fn a_mirror_of_a_foreign_scheme_is_refused_by_name() {
    let house = House::new();
    let words = ["get", "--mirror", "ftp://mirror.example/f", "http://127.0.0.1:9/f"];
    house.run(&words).await.exits(2).tells(&["ftp: is not supported", "ftp://mirror.example/f"]);
    house.run(&["list"]).await.exits(0);
    let path = house.desk("f");
    let asked = |fields: Value| {
        let mut file = serde_json::json!({ "remote_name": "http://127.0.0.1:9/f", "local_name": path });
        file.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        serde_json::json!({ "display_name": "job", "files": [file] })
    };
    let hash = "A".repeat(43) + "=";
    for (fields, field, words) in [
        (
            serde_json::json!({ "mirrors": [{ "url": "rsync://m/f" }] }),
            "files[0].mirrors[0].url",
            &["rsync: is not supported"][..],
        ),
        (
            serde_json::json!({ "pieces": { "size": 5_000, "piece_size": 1_024, "hashes": [hash] } }),
            "files[0].pieces",
            &["1 piece hashes", "have 5"],
        ),
        (
            serde_json::json!({ "manifest": { "kind": "phf", "url": "file:///etc/passwd" } }),
            "files[0].manifest.url",
            &["file: is not supported"],
        ),
        (
            serde_json::json!({ "basis": path }),
            "files[0].basis",
            &["nothing says which of its bytes are right"],
        ),
        (
            serde_json::json!({ "ranges": [{ "offset": 0, "length": 10 }, { "offset": 9, "length": 1 }] }),
            "files[0].ranges",
            &["overlap"],
        ),
        (
            serde_json::json!({ "ranges": [{ "offset": u64::MAX - 1, "length": 10 }] }),
            "files[0].ranges",
            &["18446744073709551614"],
        ),
    ] {
        let answer = house.ask("POST", "/v1/jobs", Some(&asked(fields))).await;
        let problem = answer.json();
        assert_eq!((answer.status, problem["field"].as_str()), (400, Some(field)), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(words.iter().all(|word| detail.contains(word)), "{detail}");
    }
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], serde_json::json!([]));
}

#[tokio::test]
async fn a_list_of_checksums_speaks_for_its_files_and_for_no_other() {
    let (one, other) = (large(1, 1), large(2, 1));
    let sums = format!("{}  one\n{} *other\n", sha256(&one), sha256(&other));
    let site = Site::new()
        .file("/one", FileServer::new(one.clone()).etag("\"1\""))
        .file("/other", FileServer::new(other.clone()).etag("\"2\""))
        .file("/third", FileServer::new(other.clone()).etag("\"3\""))
        .file("/SHA256SUMS", move |_: &RequestHead| Reply::status(200).body(sums.clone()))
        .file("/WRONG", move |_: &RequestHead| Reply::status(200).body(format!("{}  one\n", "0".repeat(64))));
    let origin = Origin::start(site).await;
    let house = House::new();
    let url = |path| origin.url(path);
    let words = ["--json", "get", "--checksum-from", &url("/SHA256SUMS"), &url("/one"), &url("/other")];
    let done = house.run(&words).await.exits(0);
    for file in done.json().pop().unwrap()["files"].as_array().unwrap() {
        assert_eq!(file["trust"], "digest", "{file}");
        assert_eq!(file["manifest"]["consulted"], true, "{file}");
    }
    assert_content(&house.desk("one"), &one);
    assert_content(&house.desk("other"), &other);
    let words = ["get", "--timeout", "0", "--checksum-from", &url("/SHA256SUMS"), &url("/third")];
    house.run(&words).await.exits(6).tells(&["third"]);
    let words = ["get", "--timeout", "0", "--force", "--checksum-from", &url("/WRONG"), &url("/one")];
    house.run(&words).await.exits(6);
    assert_content(&house.desk("one"), &one);
}

#[tokio::test]
async fn a_piece_hash_file_binds_the_pieces_when_its_hash_is_known() {
    let iso = large(1, 3);
    let text = phf_of(&iso);
    let site = Site::new()
        .file("/big.iso", FileServer::new(iso.clone()).etag("\"i\""))
        .file("/big.iso.phf", move |_: &RequestHead| Reply::status(200).body(text.clone()));
    let origin = Origin::start(site).await;
    let house = House::new();
    let (url, phf) = (origin.url("/big.iso"), origin.url("/big.iso.phf"));
    let hash: String =
        bgcopy_manifest::hash_of_hashes(&pieces(&iso)).iter().map(|byte| format!("{byte:02x}")).collect();
    let words = ["--json", "get", "--pieces-from", &phf, "--hash-of-hashes", &hash, &url];
    assert_eq!(file_of(&house.run(&words).await.exits(0))["trust"], "pieces");
    assert_content(&house.desk("big.iso"), &iso);
    // Over plain http and unbound it proves less.
    let words = ["--json", "get", "--force", "--pieces-from", &phf, &url];
    assert_ne!(file_of(&house.run(&words).await.exits(0))["trust"], "pieces");
    let wrong = "a5".repeat(32);
    let words =
        ["get", "--timeout", "0", "-o", "other", "--pieces-from", &phf, "--hash-of-hashes", &wrong, &url];
    house.run(&words).await.exits(6).tells(&["HashOfHashes"]);
    assert!(!Path::new(&house.desk("other")).exists());
}

#[tokio::test]
async fn a_mirror_brings_what_the_origin_does_not() {
    let iso = large(1, 3);
    let origin = Origin::start(FileServer::new(iso.clone()).etag("\"i\"").failing(404, usize::MAX)).await;
    let mirror = Origin::start(FileServer::new(iso.clone()).etag("\"m\"")).await;
    let house = House::new();
    let checksum = format!("sha-256={}", sha256(&iso));
    let (url, other) = (origin.url("/big.iso"), mirror.url("/big.iso?sig=s3cret"));
    let words =
        ["--json", "get", "--checksum", &checksum, "--mirror", &other, "-H", "X-Token: s3cret2", &url];
    let file = file_of(&house.run(&words).await.exits(0));
    assert_content(&house.desk("big.iso"), &iso);
    assert_eq!(
        (&file["trust"], &file["bytes_from_mirrors"]),
        (&"digest".into(), &(3_u64 << 20).into()),
        "{file}"
    );
    assert!(
        mirror.requests().iter().all(|request| request.header("x-token").is_none()),
        "headers are the origin's"
    );
    let shown = house.run(&["show", "big.iso"]).await.exits(0);
    let shown = shown.prints(&["3.00 MiB mirrors", "digest: the whole has the checksum", "mirror "]);
    assert!(!shown.out.contains("s3cret"), "{shown}");
    house.run(&["files", "big.iso"]).await.exits(0).prints(&[
        "checksum right",
        "(+1 mirror)",
        "3.00 MiB mirrors",
    ]);
}
