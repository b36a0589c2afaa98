//! What the origin's answers promise beside the bytes: digests (RFC 9530, RFC 3230), mirrors and Metalinks in
//! `Link` fields (RFC 6249).

use std::sync::Arc;

use bgcopy_api::core::Digest;
use bgcopy_manifest::digest_field;
use bgcopy_testkit::{Authority, Content, FileServer, Origin, Reply, RequestHead, Script, Site, TlsServer};
use serde_json::Value;

use crate::house::published::{described, metalink_of};
use crate::house::{Done, House, assert_content, large, sha256};

/// The value of `Repr-Digest` for this content.
fn digest_of(content: &Content) -> String {
    let digest: Digest = format!("sha-256={}", sha256(content)).parse().unwrap();
    digest_field::write([&digest])
}

/// What the last line of `--json` says of the only file.
fn file_of(done: &Done) -> Value {
    let last = done.json().pop().expect("a last line");
    last["files"][0].clone()
}

/// A server that gives out one part of a file and has then lost it.
fn forgetful(server: FileServer) -> impl Script {
    let server = server.cut_after(1 << 20);
    move |request: &RequestHead| match request.number {
        1 => server.reply(request),
        _ => Reply::status(404).body(""),
    }
}

#[tokio::test]
async fn d05_a_digest_in_an_answer_proves_the_file_or_refuses_it() {
    let content = large(51, 2);
    let right = digest_of(&content);
    let wrong = digest_of(&Content::new(52, 1_000));
    let legacy = right.replace("sha-256=:", "SHA-256=").replace(':', "");
    for (name, field, value, code) in [
        ("a", "Repr-Digest", right.as_str(), 0),
        ("b", "Digest", legacy.as_str(), 0),
        ("c", "Repr-Digest", wrong.as_str(), 6),
        // Of another algorithm, or none: it promises nothing.
        ("d", "Repr-Digest", "md5=:AAAAAAAAAAAAAAAAAAAAAA==:", 0),
        ("e", "Repr-Digest", "sha-256=nonsense", 0),
    ] {
        let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"").field(field, value)).await;
        let house = House::new();
        let done = house.run(&["--json", "get", "-o", name, &origin.url("/f")]).await.exits(code);
        if code == 0 {
            assert_content(&house.desk(name), &content);
            let trust = if "ab".contains(name) { "digest" } else { "consistent" };
            assert_eq!(file_of(&done)["trust"], trust, "{name}");
        } else {
            assert!(house.on_the_desk().iter().all(|found| found.starts_with('.')), "{name}");
        }
    }
}

#[tokio::test]
async fn a_mirror_in_an_answer_goes_on_where_the_origin_fails() {
    let content = large(53, 4);
    let mirror = Origin::start(FileServer::new(content.clone()).etag("\"m\"")).await;
    let link = format!("<{}>; rel=duplicate; pri=1", mirror.url("/f"));
    let served = FileServer::new(content.clone()).etag("\"v1\"").field("Link", &link);
    let house = House::new();
    let with_digest = served.field("Repr-Digest", &digest_of(&content));
    let origin = Origin::start(forgetful(with_digest)).await;
    let done =
        house.run(&["--json", "get", "-o", "f", "-H", "X-Token: s3cret", &origin.url("/f")]).await.exits(0);
    assert_content(&house.desk("f"), &content);
    let file = file_of(&done);
    assert_eq!((&file["trust"], &file["mirrors"][0]["url"]), (&"digest".into(), &mirror.url("/f").into()));
    assert!(file["bytes_from_mirrors"].as_u64().unwrap() >= 3 << 20, "{file}");
    assert!(!format!("{:?}", mirror.requests()).contains("s3cret"));
}

#[tokio::test]
async fn without_a_digest_nobody_is_sent_to_a_mirror() {
    let content = large(54, 4);
    let mirror = Origin::start(FileServer::new(content.clone()).etag("\"m\"")).await;
    let link = format!("<{}>; rel=duplicate", mirror.url("/f"));
    let served = FileServer::new(content.clone()).etag("\"v1\"").field("Link", &link);
    let origin = Origin::start(forgetful(served)).await;
    let house = House::new();
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(3);
    assert!(mirror.requests().is_empty());
}

#[tokio::test]
async fn a_metalink_that_an_answer_names_is_read_while_the_body_waits() {
    let content = large(55, 6);
    let mirror = Origin::start(FileServer::new(content.clone()).etag("\"m\"")).await;
    let text = Arc::new(metalink_of(vec![described("f", &content, &[mirror.url("/pub/f")])]));
    let link = "<f.meta4>; rel=describedby; type=\"application/metalink4+xml\"";
    let served = FileServer::new(content.clone()).etag("\"v1\"").field("Link", link);
    let site = Site::new().file("/pub/f", served).file("/pub/f.meta4", {
        let text = text.clone();
        move |_: &RequestHead| Reply::status(200).body(text.to_string())
    });
    let authority = Authority::new("The house");
    let origin = Origin::start_tls(site, TlsServer::new(&authority.server(&["127.0.0.1"]))).await;
    let house = House::new();
    std::fs::write(house.desk("ca"), authority.pem()).unwrap();
    let words = ["--json", "get", "-o", "f", "--cacert", "ca", &origin.url("/pub/f")];
    let done = house.run(&words).await.exits(0);
    assert_content(&house.desk("f"), &content);
    // It came over TLS, as did the answer that named it.
    let file = file_of(&done);
    assert_eq!((&file["trust"], &file["pieces"]["trusted"]), (&"pieces".into(), &true.into()), "{file}");
    let asked = origin.requests();
    assert_eq!(asked.iter().filter(|request| request.path() == "/pub/f.meta4").count(), 1);
}

#[tokio::test]
async fn d03_an_offer_that_comes_to_nothing_costs_nothing() {
    let content = large(56, 6);
    for text in ["", "<metalink", "<!DOCTYPE m [<!ENTITY a 'b'>]><metalink/>"] {
        let link = "</nowhere.meta4>; rel=describedby; type=\"application/metalink4+xml\"";
        let served = FileServer::new(content.clone()).etag("\"v1\"").field("Link", link);
        let site = Site::new().file("/f", served).file("/nowhere.meta4", move |_: &RequestHead| match text {
            "" => Reply::status(404).body(""),
            text => Reply::status(200).body(text),
        });
        let origin = Origin::start(site).await;
        let house = House::new();
        let done = house.run(&["--json", "get", "-o", "f", &origin.url("/f")]).await.exits(0);
        assert_content(&house.desk("f"), &content);
        assert_eq!(file_of(&done)["trust"], "consistent", "{text}");
    }
}

#[tokio::test]
async fn a_list_that_all_files_of_a_job_have_in_common_is_fetched_once() {
    let content = Content::new(57, 10_000);
    let names: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    let list: String = names.iter().map(|name| format!("{}  {name}\n", sha256(&content))).collect();
    let list = Site::new().file("/SHA256SUMS", move |_: &RequestHead| Reply::status(200).body(list.clone()));
    let publisher = Origin::start(list).await;
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let list = publisher.url("/SHA256SUMS");
    let urls: Vec<String> = names.iter().map(|name| origin.url(&format!("/{name}"))).collect();
    let mut words = vec!["get", "--checksum-from", &list];
    words.extend(urls.iter().map(String::as_str));
    house.run(&words).await.exits(0);
    for name in &names {
        assert_content(&house.desk(name), &content);
    }
    assert_eq!(publisher.requests().len(), 1);
}
