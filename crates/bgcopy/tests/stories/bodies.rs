//! Bodies of every size and framing (faults A14 to A20, A30, A31, A34 to A36, A38 to A40, A42): whole ones are taken
//! exactly, and of the others nothing is called complete.

use bgcopy_testkit::{Content, FileServer, Framing, Gate, Origin, Reply, RequestHead, Script};
use serde_json::{Value, json};

use crate::house::fault::{QUEUE, REMOTE, WAY, cut_first, good, last_start};
use crate::house::{House, assert_content, sha256};

const MIB: u64 = 1 << 20;

/// These very bytes, and the end of the connection.
fn says(text: impl Into<Vec<u8>>) -> impl Script {
    let text: Vec<u8> = text.into();
    move |_: &RequestHead| Reply::raw(text.clone()).close()
}

/// A failure that rests, and the file once it is over.
async fn rests_and_comes(house: &House, name: &str, odd: impl Script, code: &str, context: &str) {
    let content = Content::new(77, 50_000);
    let origin = Origin::start(odd).await;
    let id = house.begin(&origin.url("/f"), name).await;
    house.rests(&id, code, context).await;
    assert_eq!(house.bytes_of(&id).await, 0, "{name}");
    origin.becomes(good(&content));
    house.goes_on(&id, name, &content).await;
}

#[tokio::test]
async fn a14_a_body_without_a_length_is_one_stream_of_unknown_total() {
    let content = Content::new(1, 3 * MIB);
    let gate = Gate::new();
    let server = good(&content).framing(Framing::Chunked).without_ranges().gate_at(2 * MIB, &gate);
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    let half = |job: &Value| job["progress"]["bytes_transferred"] == 2 * MIB;
    let job = house.until_job(&id, "two thirds are here", half).await;
    assert_eq!((&job["state"], &job["progress"]["bytes_total"]), (&json!("transferring"), &Value::Null));
    gate.open();
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(origin.requests().len(), 1, "there are no ranges to be had");
    assert_eq!(house.job(&id).await["progress"]["bytes_total"], 3 * MIB);
}

#[tokio::test]
async fn a14_a_job_that_requires_a_size_refuses_a_body_without() {
    let content = Content::new(2, 50_000);
    let origin = Origin::start(good(&content).framing(Framing::Chunked).without_ranges()).await;
    let house = House::new();
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), json!({ "require_size": true })).await;
    house.fails(&id, "size-unknown", REMOTE, "accept-unknown-size").await;
    assert_eq!(house.bytes_of(&id).await, 0);
    house.run(&["set", "f", "require-size=no"]).await.exits(0);
    house.goes_on(&id, "f", &content).await;
}

#[tokio::test]
async fn a15_chunks_win_over_a_length() {
    let content = Content::new(3, 5_000);
    let bytes = content.bytes();
    let both = move |_: &RequestHead| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\netag: \"1\"\r\n\r\n1388\r\n";
        Reply::raw(head).send(bytes.clone()).send("\r\n0\r\n\r\n")
    };
    let origin = Origin::start(both).await;
    let house = House::new();
    for name in ["one", "two"] {
        let id = house.begin(&origin.url("/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
    }
    assert_eq!(origin.connections(), 2, "such a connection is not used again");
}

#[tokio::test]
async fn a16_two_lengths_are_no_answer() {
    let house = House::new();
    let two = says("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd");
    rests_and_comes(&house, "f", two, "bad-response", REMOTE).await;
}

#[tokio::test]
async fn a17_a_body_that_ends_too_early_is_never_complete_and_never_a_wrong_digest() {
    let content = Content::new(4, 6 * MIB);
    let server = good(&content).without_ranges().cut_after(3 * MIB);
    let origin = Origin::start(server).await;
    let house = House::new();
    let digest = json!({ "digest": format!("sha-256={}", sha256(&content)) });
    let id = house.begin_with(&origin.url("/f"), "f", digest, json!({})).await;
    house.rests(&id, "closed-early", WAY).await;
    assert!(origin.requests().len() <= 3, "no loop without progress: {}", origin.requests().len());
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
    assert_eq!(house.files(&id).await[0]["trust"], "digest");
}

#[tokio::test]
async fn a18_bytes_behind_the_body_belong_to_nobody() {
    let content = Content::new(5, 5_000);
    let bytes = content.bytes();
    let more = move |_: &RequestHead| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\netag: \"1\"\r\n\r\n";
        Reply::raw(head).send(bytes.clone()).send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
    };
    let origin = Origin::start(more).await;
    let house = House::new();
    for name in ["one", "two"] {
        let id = house.begin(&origin.url("/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
    }
    assert_eq!(origin.connections(), 2, "the connection with the rest was dropped");
}

#[tokio::test]
async fn a19_a_body_that_ends_with_its_connection_is_taken_only_by_who_allows_it() {
    let content = Content::new(6, 700_001);
    let (all, half) = (content.bytes(), content.part(0..350_000));
    let old = |bytes: Vec<u8>| {
        move |_: &RequestHead| Reply::raw("HTTP/1.0 200 OK\r\n\r\n").send(bytes.clone()).close()
    };
    let origin = Origin::start(old(half.clone())).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "refused").await;
    house.fails(&id, "size-unknown", REMOTE, "accept-unknown-size").await;
    assert_eq!(house.bytes_of(&id).await, 0, "half of it is not taken for all");
    let digest = json!({ "digest": format!("sha-256={}", sha256(&content)) });
    let id = house.begin_with(&origin.url("/f"), "proved", digest, json!({})).await;
    let cut = house.until_state(&id, "error").await;
    assert_eq!(cut["error"]["code"], "validation-failed", "{cut:#}");
    origin.becomes(old(all));
    house.goes_on(&id, "proved", &content).await;
    assert_eq!(house.files(&id).await[0]["trust"], "digest");
    let allowed = json!({ "allow_unverified": true });
    let id = house.begin_with(&origin.url("/f"), "allowed", json!({}), allowed).await;
    house.arrives_unharmed(&id, "allowed", &content).await;
    assert_eq!(house.files(&id).await[0]["trust"], "unverified");
}

#[tokio::test]
async fn a20_chunks_that_break_are_told_from_chunks_that_are_missing() {
    let house = House::new();
    for (name, body, code, context) in [
        ("nothing", "", "closed-early", WAY),
        ("no-last", "3\r\nabc\r\n", "closed-early", WAY),
        ("no-number", "xyz\r\nabc\r\n0\r\n\r\n", "bad-response", REMOTE),
        ("huge", "8000000000000000\r\nabc", "closed-early", WAY),
        ("larger", "80000000000000000\r\nabc", "bad-response", REMOTE),
    ] {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let content = Content::new(78, 50_000);
        let origin = Origin::start(says(format!("{head}{body}"))).await;
        let id = house.begin(&origin.url("/f"), name).await;
        house.rests(&id, code, context).await;
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
    }
}

#[tokio::test]
async fn a20_what_came_before_a_broken_chunk_is_kept_where_ranges_work() {
    let content = Content::new(7, 900_000);
    let part = content.part(0..262_144);
    let broken = move |_: &RequestHead| {
        Reply::raw("HTTP/1.1 200 OK\r\netag: \"1\"\r\ntransfer-encoding: chunked\r\n\r\n40000\r\n")
            .send(part.clone())
            .send("\r\n")
            .cut()
    };
    let origin = Origin::start(bgcopy_testkit::Turns::first(broken).then(good(&content))).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(last_start(&origin, 900_000), 262_144);
}

#[tokio::test]
async fn a30_a_flood_of_headers_ends_at_its_bound_and_costs_no_memory() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let before = house.memory_peak().await;
    let fields =
        format!("HTTP/1.1 200 OK\r\n{}content-length: 1\r\n\r\nx", "x-field: 0123456789\r\n".repeat(100_000));
    rests_and_comes(&house, "fields", says(fields), "bad-response", REMOTE).await;
    let bytes = format!("HTTP/1.1 200 OK\r\nx-field: {}\r\ncontent-length: 1\r\n\r\nx", "x".repeat(10 << 20));
    rests_and_comes(&house, "bytes", says(bytes), "bad-response", REMOTE).await;
    let grown = house.memory_peak().await - before;
    assert!(grown < 6 << 20, "{grown} bytes for headers of 64 KiB at most");
}

#[tokio::test]
async fn a31_more_than_was_agreed_is_not_taken() {
    let content = Content::new(50, 64 * MIB);
    let server = good(&content).framing(Framing::Chunked).without_ranges();
    let origin = Origin::start(server).await;
    let house = House::new();
    let cap = json!({ "max_download_size": 1_000_000 });
    let capped = house.begin_with(&origin.url("/f"), "capped", json!({}), cap).await;
    let size = json!({ "expected_size": 1_000_000 });
    let sized = house.begin_with(&origin.url("/f"), "sized", size, json!({})).await;
    for (id, code, context) in [(&capped, "max-size", QUEUE), (&sized, "too-large", REMOTE)] {
        let job = house.until_state(id, "error").await;
        assert_eq!((&job["error"]["code"], &job["error"]["context"]), (&json!(code), &json!(context)));
        let came = job["progress"]["bytes_transferred"].as_u64().unwrap();
        assert!(came < 32 * MIB, "{came} bytes came");
    }
    assert_eq!(house.on_the_desk().iter().filter(|name| !name.starts_with('.')).count(), 0);
    let right = Content::new(51, 1_000_000);
    origin.becomes(good(&right));
    house.goes_on(&sized, "sized", &right).await;
}

#[tokio::test]
async fn a34_an_encoded_body_is_refused_and_never_decoded() {
    let content = Content::new(8, 900_000);
    let house = House::new();
    let encoded = || good(&Content::new(8, 900_000)).field("content-encoding", "gzip");
    let from_start = Origin::start(encoded()).await;
    let in_a_part = Origin::start(cut_first(&content, 300_000, encoded())).await;
    for (name, origin, here) in [("whole", &from_start, 0), ("part", &in_a_part, 300_000)] {
        let id = house.begin(&origin.url("/f"), name).await;
        house.fails(&id, "http-invalid", REMOTE, "set-remote-name").await;
        assert_eq!(house.bytes_of(&id).await, here);
        assert_eq!(origin.requests()[0].header("accept-encoding"), Some("identity"));
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
    }
}

/// Decided by ARCHITECTURE.md, "No decoding of content encodings": so nothing can be blown up.
#[tokio::test]
async fn a35_a_compressed_document_is_refused_before_it_is_unpacked() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let before = house.memory_peak().await;
    for codings in ["gzip", "gzip, gzip, br"] {
        // What would become a gigabyte.
        let bomb = move |_: &RequestHead| {
            Reply::status(200)
                .header("content-type", "application/metalink4+xml")
                .header("content-encoding", codings)
                .body(vec![0; 1 << 20])
        };
        let publisher = Origin::start(bomb).await;
        let done = house.run(&["get", &publisher.url("/a.meta4")]).await;
        assert_ne!(done.code, 0, "{done}");
        done.tells(&["encoded"]);
        assert_eq!(publisher.requests()[0].header("accept-encoding"), Some("identity"));
        let list = json!({ "manifest": { "kind": "sums", "url": publisher.url("/SHA256SUMS") } });
        let origin = Origin::start(good(&Content::new(9, 500))).await;
        let id = house.begin_with(&origin.url("/f"), codings, list, json!({})).await;
        house.fails(&id, "http-invalid", REMOTE, "set-remote-name").await;
    }
    let grown = house.memory_peak().await - before;
    assert!(grown < 8 << 20, "{grown} bytes");
}

#[tokio::test]
async fn a36_endless_interim_answers_are_cut() {
    let house = House::new();
    let hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000);
    let text = format!("{hints}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    rests_and_comes(&house, "f", says(text), "bad-response", REMOTE).await;
}

#[tokio::test]
async fn a38_an_empty_file_is_published_and_its_digest_checked() {
    let empty = Content::given("");
    let house = House::new();
    let told = |_: &RequestHead| Reply::status(200).header("content-length", "0").header("etag", "\"1\"");
    let unsatisfied = |_: &RequestHead| Reply::status(416).header("content-range", "bytes */0").body("");
    let right = format!("sha-256={}", sha256(&empty));
    for (name, origin) in [
        ("ranges", Origin::start(good(&empty)).await),
        ("length-0", Origin::start(told).await),
        ("status-416", Origin::start(unsatisfied).await),
        ("chunked", Origin::start(good(&empty).framing(Framing::Chunked).without_ranges()).await),
    ] {
        let id = house.begin_with(&origin.url("/f"), name, json!({ "digest": right }), json!({})).await;
        house.arrives_unharmed(&id, name, &empty).await;
        assert_eq!(house.files(&id).await[0]["trust"], "digest", "{name}");
        let wrong = format!("sha-256={}", "0".repeat(64));
        let id = house
            .begin_with(&origin.url("/f"), &format!("wrong-{name}"), json!({ "digest": wrong }), json!({}))
            .await;
        house.fails(&id, "validation-failed", REMOTE, "correct-digest").await;
    }
}

#[tokio::test]
async fn a39_sizes_at_the_edges_of_pieces_are_exact() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut files = Vec::new();
    let mut origins = Vec::new();
    for len in [1, MIB - 1, MIB, MIB + 1, 3 * MIB] {
        let content = Content::new(20 + len, len);
        let origin = Origin::start(good(&content)).await;
        let name = format!("f{len}");
        files.push(json!({ "remote_name": origin.url("/f"), "local_name": house.desk(&name) }));
        origins.push((origin, name, content));
    }
    let settings = json!({ "auto_complete": true });
    let id = house
        .create(&json!({ "display_name": "edges", "files": files, "settings": settings, "resume": true }))
        .await;
    house.until_state(&id, "acknowledged").await;
    for (_, name, content) in &origins {
        assert_content(&house.desk(name), content);
    }
}

#[tokio::test]
async fn a40_parts_beyond_four_gib_are_found_and_put_together() {
    let content = Content::new(51, 6 << 30);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::new();
    let id = house.run(&["create", "--name", "parts"]).await.exits(0).out.trim().to_owned();
    let (first, second) = ((5_u64 << 30) + 7, (4_u64 << 30) - 3);
    let ranges = [
        format!("{first}:1000"),
        "10:20".to_owned(),
        format!("{second}:6"),
        format!("{}:", (6_u64 << 30) - 9),
    ];
    let mut words = vec!["add", "parts", "-o", "f"];
    ranges.iter().for_each(|range| words.extend(["--range", range]));
    house.run(&[&words[..], &[&origin.url("/f")]].concat()).await.exits(0);
    house.run(&["resume", "parts"]).await.exits(0);
    house.until_state(&id, "transferred").await;
    house.run(&["complete", "parts"]).await.exits(0);
    let parts = [first..first + 1_000, 10..30, second..second + 6, (6 << 30) - 9..6 << 30];
    let expected: Vec<u8> = parts.into_iter().flat_map(|part| content.part(part)).collect();
    assert_content(&house.desk("f"), &Content::given(expected));
    let served: u64 =
        origin.requests().iter().map(|r| r.range(6 << 30).map_or(0, |range| range.end - range.start)).sum();
    assert_eq!(served, 1_035, "only the parts are fetched");
}

#[tokio::test]
async fn a42_not_modified_is_no_answer_to_who_asked_without_condition() {
    let house = House::new();
    let unmodified = says("HTTP/1.1 304 Not Modified\r\n\r\n");
    rests_and_comes(&house, "f", unmodified, "bad-response", REMOTE).await;
}
