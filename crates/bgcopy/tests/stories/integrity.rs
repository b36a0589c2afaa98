//! What content is called and what proves it (faults D): lists that lie or cannot be, names that servers propose,
//! digests that prove nothing.

use std::fs;
use std::os::unix::fs::symlink;

use bgcopy_manifest::ManifestFile;
use bgcopy_testkit::{Content, FileServer, Origin, Reply, RequestHead, Site};
use serde_json::{Value, json};

use crate::house::published::{described, metalink_of, phf_of};
use crate::house::{Done, House, assert_content, large, names};

/// What the last line of `--json` says of the only file.
fn file_of(done: &Done) -> Value {
    let last = done.json().pop().expect("a last line");
    assert_eq!(last["event"], "done", "{done}");
    last["files"][0].clone()
}

#[tokio::test]
async fn d03_a_piece_list_that_cannot_be_is_an_error_where_the_job_insists_on_it() {
    let content = large(1, 3);
    let good: Value = serde_json::from_str(&phf_of(&content)).unwrap();
    let with = |name: &str, value: Value| {
        let mut list = good.clone();
        assert!(list.get(name).is_some(), "{list:#}");
        list[name] = value;
        list.to_string()
    };
    let hashes = good["Pieces"].as_array().unwrap();
    let site = [
        ("cut", good.to_string()[..200].to_owned()),
        ("zero", with("PieceSize", json!(0))),
        ("huge", with("PieceSize", json!(1_u64 << 31))),
        ("few", with("Pieces", json!(hashes[1..]))),
        ("other", with("ContentLength", json!(9 << 20))),
        ("lies", with("Pieces", json!([hashes[1], hashes[0], hashes[2]]))),
    ];
    let served =
        site.iter().fold(Site::new().file("/f", FileServer::new(content.clone())), |served, list| {
            let text = list.1.clone();
            served.file(&format!("/{}", list.0), move |_: &RequestHead| Reply::status(200).body(text.clone()))
        });
    let origin = Origin::start(served).await;
    let house = House::new();
    for (name, _) in &site {
        let words = ["--json", "get", "-o", name, "--pieces-from", &origin.url(&format!("/{name}"))];
        let done = house.run(&[&words[..], &[&origin.url("/f")]].concat()).await.exits(6);
        let error = done.json().pop().unwrap()["job"]["error"].clone();
        assert_eq!(
            (&error["code"], &error["context"], &error["class"]),
            (&json!("validation-failed"), &json!("remote-file"), &json!("fatal")),
            "{name}: {error:#}"
        );
        assert!(!house.desk(name).exists());
    }
    let asked = origin.requests();
    assert!(asked.iter().all(|request| request.path() != "/f"), "no byte came for nothing: {asked:?}");
}

#[tokio::test]
async fn d04_a_digest_that_can_be_forged_proves_nothing() {
    // Stricter than the row: MD5 and SHA-1 are no check at all, and whoever names them is told so.
    let content = Content::new(2, 20_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::new();
    let file =
        ManifestFile { digests: Vec::new(), pieces: None, ..described("f", &content, &[origin.url("/f")]) };
    let hashes = format!(
        "<hash type=\"md5\">{}</hash><hash type=\"sha-1\">{}</hash></file>",
        "0".repeat(32),
        "0".repeat(40)
    );
    let text = metalink_of(vec![file]).replace("</file>", &hashes);
    assert!(text.contains("sha-1"), "{text}");
    fs::write(house.desk("f.meta4"), text).unwrap();
    let done = house.run(&["--json", "get", "f.meta4"]).await.exits(0);
    assert_content(&house.desk("f"), &content);
    assert_eq!(file_of(&done)["trust"], "consistent");
    assert!(done.said().contains("md5") && done.said().contains("sha-1"), "a remark: {done}");
    for weak in ["md5=d41d8cd98f00b204e9800998ecf8427e", "sha-1=da39a3ee5e6b4b0d3255bfef95601890afd80709"] {
        let files =
            json!([{ "remote_name": origin.url("/f"), "local_name": house.desk("g"), "digest": weak }]);
        let job = json!({ "display_name": "g", "files": files });
        house.ask("POST", "/v1/jobs", Some(&job)).await.refuses(400, "invalid-argument", &["sha-256"]);
    }
}

#[tokio::test]
async fn d06_a_name_that_a_server_proposes_is_cleaned_and_stays_in_the_folder() {
    let content = Content::new(3, 5_000);
    let long = format!("attachment; filename=\"{}\"", "a".repeat(300));
    let proposals = [
        ("climbs", "attachment; filename=\"../../.bashrc\"", "bashrc"),
        ("absolute", "attachment; filename=\"/etc/passwd\"", "passwd"),
        ("drive", "attachment; filename=\"C:\\\\tmp\\\\x.txt\"", "x.txt"),
        ("dash", "attachment; filename=\"-rf\"", "rf"),
        ("nul", "attachment; filename*=UTF-8''a%00b", "ab"),
        ("control", "attachment; filename*=UTF-8''a%1b%5b31mred%0a", "a[31mred"),
        ("direction", "attachment; filename*=UTF-8''evil%e2%80%aefdp.exe", "evilfdp.exe"),
        // What names nothing leaves the name to the URL.
        ("dot", "attachment; filename=\".\"", "dot"),
        ("dots", "attachment; filename=\"..\"", "dots"),
        ("empty", "attachment; filename=\"\"", "empty"),
        ("long", &long, ""),
    ];
    let site = proposals.iter().fold(Site::new(), |site, (path, value, _)| {
        site.file(&format!("/{path}"), FileServer::new(content.clone()).field("content-disposition", value))
    });
    let origin = Origin::start(site).await;
    let house = House::new();
    let before = (names(&house.at("")), names(&house.at("home")));
    for (path, _, name) in proposals {
        fs::create_dir(house.desk(path)).unwrap();
        house.run(&["get", "-d", path, &origin.url(&format!("/{path}"))]).await.exits(0);
        let got = names(&house.desk(path));
        assert_eq!(got.len(), 1, "{path}: {got:?}");
        assert_content(&house.desk(path).join(&got[0]), &content);
        match path {
            "long" => assert!(got[0].len() <= 255 && got[0].starts_with("aaa"), "{got:?}"),
            _ => assert_eq!(got[0], name, "{path}"),
        }
    }
    // Nothing is overwritten: nobody asked for that name.
    fs::write(house.desk("climbs/bashrc"), "precious").unwrap();
    house.run(&["get", "-d", "climbs", &origin.url("/climbs")]).await.exits(9).tells(&["destination-exists"]);
    assert_eq!(fs::read(house.desk("climbs/bashrc")).unwrap(), b"precious");
    assert_eq!((names(&house.at("")), names(&house.at("home"))), before, "nothing outside of the folder");
}

#[tokio::test]
async fn d07_a_list_with_a_name_that_leads_astray_is_refused_as_a_whole() {
    let origin = Origin::start(FileServer::new(large(1, 1))).await;
    let house = House::new();
    let both = |first: &str, second: &str| {
        let text = metalink_of(vec![
            described("first-name", &large(1, 1), &[origin.url("/a")]),
            described("second-name", &large(1, 1), &[origin.url("/b")]),
        ]);
        text.replace("\"first-name\"", &format!("{first:?}"))
            .replace("\"second-name\"", &format!("{second:?}"))
    };
    symlink(house.at("home"), house.desk("way")).unwrap();
    for (first, second, told) in [
        ("good", "../escaped", "../escaped"),
        ("good", "a/../../escaped", "a/../../escaped"),
        ("good", "/etc/escaped", "/etc/escaped"),
        ("same", "same", "same"),
        ("Readme", "README", "Readme"),
        ("part", "part/of", "part"),
        ("good", "way/escaped", "way"),
    ] {
        fs::write(house.desk("list.meta4"), both(first, second)).unwrap();
        let refused = house.run(&["get", "list.meta4"]).await.tells(&[told]);
        assert_ne!(refused.code, 0, "{refused}");
        assert_eq!(house.on_the_desk(), ["list.meta4", "way"], "{first} {second}");
    }
    assert!(origin.requests().is_empty() && names(&house.at("home")).is_empty());
    // Of programs that make jobs the same is asked.
    house.run(&["list"]).await.exits(0);
    let file = |name: &str| json!({ "remote_name": origin.url("/f"), "local_name": format!("/tmp/{name}") });
    for bad in ["a/../../etc/x", "a//b", "a/./b"] {
        let job = json!({ "display_name": "bad", "files": [file("good"), file(bad)], "resume": true });
        house.ask("POST", "/v1/jobs", Some(&job)).await.refuses(400, "invalid-name", &[bad]);
    }
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn d12_what_nobody_gave_a_digest_for_claims_no_proof() {
    let content = Content::new(4, 20_000);
    let bare = FileServer::new(content.clone()).last_modified(None);
    let site =
        Site::new().file("/bare", bare).file("/tagged", FileServer::new(content.clone()).etag("\"1\""));
    let origin = Origin::start(site).await;
    let house = House::new();
    for (name, trust) in [("bare", "unverified"), ("tagged", "consistent")] {
        let done = house.run(&["--json", "get", &origin.url(&format!("/{name}"))]).await.exits(0);
        assert_content(&house.desk(name), &content);
        let file = file_of(&done);
        assert_eq!((&file["trust"], &file["pieces"]), (&json!(trust), &Value::Null), "{file:#}");
        assert_eq!(file["bytes_from_origin"], content.len(), "nobody else was asked: {file:#}");
    }
}
