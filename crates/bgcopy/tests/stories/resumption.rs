//! Answers to the rest of a file (faults A01 to A13, A21, A22, A24, A41, B09): what continues the bytes that are here is
//! taken, and everything else is told from it before it is written.

use std::sync::atomic::{AtomicUsize, Ordering};

use bgcopy_testkit::{Content, FileServer, Gate, Origin, Reply, RequestHead, Script, Turns};
use serde_json::{Value, json};

use crate::house::fault::{REMOTE, cut_first, good, last_start};
use crate::house::published::phf_of;
use crate::house::{House, assert_content, large, sha256};

const MIB: u64 = 1 << 20;
/// The file of most stories, of which a third is here when the fault comes.
const LEN: u64 = 900_000;
const THIRD: u64 = 300_000;

fn file(seed: u64) -> Content {
    Content::new(seed, LEN)
}

/// A server that knows no ranges.
fn all_or_nothing(content: &Content) -> FileServer {
    good(content).without_ranges()
}

/// More about a file: another place, and what proves that it has the same.
fn with_mirror(mirror: &Origin, content: &Content) -> Value {
    json!({ "mirrors": [{ "url": mirror.url("/f") }], "digest": format!("sha-256={}", sha256(content)) })
}

#[tokio::test]
async fn a01_a_whole_body_in_place_of_the_rest_is_read_on_to_a_near_hole() {
    let content = Content::new(1, 3 * MIB);
    let origin = Origin::start(cut_first(&content, THIRD, all_or_nothing(&content))).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, <[&str; 0]>::default());
    assert_eq!(origin.requests().len(), 2);
}

#[tokio::test]
async fn a01_a_whole_body_begins_the_file_again_where_the_hole_is_far() {
    let content = Content::new(2, 3 * MIB);
    let origin = Origin::start(cut_first(&content, 2 * MIB, all_or_nothing(&content))).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, ["range-unsupported"]);
}

#[tokio::test]
async fn a01_who_forbids_restarts_keeps_what_is_here_and_is_asked() {
    let content = Content::new(3, 3 * MIB);
    let origin = Origin::start(cut_first(&content, 2 * MIB, all_or_nothing(&content))).await;
    let house = House::new();
    let settings = json!({ "forbid_restart": true });
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), settings).await;
    house.fails(&id, "range-unsupported", REMOTE, "set-remote-name").await;
    assert_eq!(house.bytes_of(&id).await, 2 * MIB);
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
    assert_eq!(last_start(&origin, 3 * MIB), 2 * MIB, "what was here is not fetched again");
}

#[tokio::test]
async fn a02_a_200_with_a_part_of_the_body_is_refused_and_no_byte_of_it_written() {
    let content = file(4);
    let part = content.clone();
    let lies = move |_: &RequestHead| {
        let range = format!("bytes {THIRD}-{}/{LEN}", LEN - 1);
        Reply::status(200).header("content-range", range).content(&part, THIRD..LEN)
    };
    let origin = Origin::start(cut_first(&content, THIRD, lies)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.rests(&id, "bad-response", REMOTE).await;
    assert_eq!(house.bytes_of(&id).await, THIRD);
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
    assert_eq!(last_start(&origin, LEN), THIRD);
}

#[tokio::test]
async fn a03_another_range_than_the_one_asked_for_is_discarded_unread() {
    let content = file(5);
    let part = content.clone();
    let another = move |_: &RequestHead| {
        Reply::status(206).header("content-range", format!("bytes 0-99/{LEN}")).content(&part, 0..100)
    };
    let origin = Origin::start(cut_first(&content, THIRD, another)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "http-invalid", REMOTE, "set-remote-name").await;
    assert_eq!((house.bytes_of(&id).await, origin.requests().len()), (THIRD, 2));
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
    assert_eq!(last_start(&origin, LEN), THIRD);
}

#[tokio::test]
async fn a03_a07_a08_a34_who_breaks_the_rules_for_ranges_is_left_for_another_source() {
    let content = file(6);
    let house = House::new();
    let answers = [
        ("another", vec![("content-range", "bytes 5-9/900000")]),
        ("multipart", vec![("content-type", "multipart/byteranges; boundary=x")]),
        ("no-range", vec![]),
        ("encoded", vec![("content-range", "bytes 0-4/900000"), ("content-encoding", "gzip")]),
    ];
    for (name, fields) in answers {
        let odd = move |_: &RequestHead| {
            let reply = Reply::status(206);
            fields.iter().fold(reply, |reply, (name, value)| reply.header(name, *value)).body("wrong")
        };
        let origin = Origin::start(odd).await;
        let mirror = Origin::start(good(&content)).await;
        let id = house.begin_with(&origin.url("/f"), name, with_mirror(&mirror, &content), json!({})).await;
        house.arrives_unharmed(&id, name, &content).await;
        assert_eq!(origin.requests().len(), 1, "{name}: it was struck");
    }
}

#[tokio::test]
async fn a04_another_total_is_another_file() {
    let (old, new) = (file(7), Content::new(8, 800_000));
    // The tag stays, against all rules, and the size does not.
    let origin = Origin::start(cut_first(&old, THIRD, good(&new))).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &new).await;
    assert_eq!(house.restarts(&id).await, ["remote-changed"]);
}

#[tokio::test]
async fn a05_a_short_206_is_accepted_and_the_rest_asked_for() {
    let content = file(9);
    let server = good(&content);
    server.change(|settings| settings.part_max = Some(100_000));
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, <[&str; 0]>::default());
    assert_eq!(origin.requests().len(), 9);
}

#[tokio::test]
async fn a06_a_206_that_goes_on_behind_the_range_is_cut_there() {
    let content = file(10);
    let all = content.clone();
    let generous = move |request: &RequestHead| {
        let start = request.range(LEN).map_or(0, |range| range.start);
        let range = format!("bytes {start}-{}/{LEN}", LEN - 1);
        Reply::status(206).header("content-range", range).header("etag", "\"1\"").content(&all, start..LEN)
    };
    let origin = Origin::start(generous).await;
    let house = House::new();
    let parts = json!([{ "offset": 1_000, "length": 500 }, { "offset": 700_000, "length": 7 }]);
    let id = house.begin_with(&origin.url("/f"), "f", json!({ "ranges": parts }), json!({})).await;
    let expected = [content.part(1_000..1_500), content.part(700_000..700_007)].concat();
    house.arrives_unharmed(&id, "f", &Content::given(expected)).await;
    assert_eq!(origin.connections(), origin.requests().len(), "a connection with a rest is not used again");
}

#[tokio::test]
async fn a07_several_parts_are_never_written_raw() {
    let content = file(11);
    let parts = |_: &RequestHead| {
        let kind = "multipart/byteranges; boundary=x";
        Reply::status(206).header("content-type", kind).body("--x\r\n\r\nab\r\n--x--\r\n")
    };
    fails_and_comes_once_mended(parts, &content).await;
}

#[tokio::test]
async fn a08_a_206_without_content_range_is_not_used() {
    fails_and_comes_once_mended(|_: &RequestHead| Reply::status(206).body("abc"), &file(12)).await;
}

/// An answer that breaks the protocol that ranges need: nothing of it is written.
async fn fails_and_comes_once_mended(odd: impl Script, content: &Content) {
    let origin = Origin::start(odd).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "http-invalid", REMOTE, "set-remote-name").await;
    assert_eq!((house.bytes_of(&id).await, origin.requests().len()), (0, 1));
    origin.becomes(good(content));
    house.goes_on(&id, "f", content).await;
}

#[tokio::test]
async fn a09_a_content_range_that_means_nothing_is_no_answer() {
    let content = file(13);
    let house = House::new();
    let nonsense: &[(&str, &[&str])] = &[
        ("star", &["bytes */900000"]),
        ("reversed", &["bytes 5-2/900000"]),
        ("large", &["bytes 0-18446744073709551616/900000"]),
        ("sign", &["bytes +0-+2/900000"]),
        ("negative", &["bytes -1-2/900000"]),
        ("blanks", &["bytes 0 - 2 / 900000"]),
        ("beyond", &["bytes 0-900000/900000"]),
        ("text", &["all of it"]),
        ("empty", &[""]),
        ("two", &["bytes 0-2/900000", "bytes 0-2/900000"]),
    ];
    let mut jobs = Vec::new();
    for (name, values) in nonsense {
        let odd = move |_: &RequestHead| {
            let reply = Reply::status(206);
            values.iter().fold(reply, |reply, value| reply.header("content-range", *value)).body("abc")
        };
        let origin = Origin::start(odd).await;
        let id = house.begin(&origin.url("/f"), name).await;
        jobs.push((name, origin, id));
    }
    for (name, origin, id) in jobs {
        house.rests(&id, "bad-response", REMOTE).await;
        assert_eq!(house.bytes_of(&id).await, 0, "{name}");
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
    }
}

#[tokio::test]
async fn a10_only_the_file_that_changed_begins_again() {
    let (whole, old, new) = (file(14), file(15), Content::new(16, 800_000));
    let gate = Gate::new();
    let changing = good(&old).gate_at(THIRD, &gate).cut_after(THIRD + 100);
    let origin =
        Origin::start(bgcopy_testkit::Site::new().file("/whole", good(&whole)).file("/f", changing.clone()))
            .await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let files = json!([
        { "remote_name": origin.url("/whole"), "local_name": house.desk("whole") },
        { "remote_name": origin.url("/f"), "local_name": house.desk("f") },
    ]);
    let job = json!({ "display_name": "two", "files": files, "resume": true });
    let id = house.create(&job).await;
    house.until_job(&id, "one is whole", |job| job["progress"]["files_transferred"] == 1).await;
    house.until_job(&id, "a third is here", |job| job["progress"]["bytes_transferred"] == LEN + THIRD).await;
    changing.change(|settings| {
        settings.content = new.clone();
        settings.etag = Some("\"2\"".to_owned());
        (settings.gate, settings.cut_after) = (None, None);
    });
    gate.open();
    house.until_state(&id, "transferred").await;
    house.act(&id, "complete").await;
    assert_content(&house.desk("f"), &new);
    assert_content(&house.desk("whole"), &whole);
    assert_eq!(house.restarts(&id).await, ["remote-changed"]);
    let asked = origin.requests();
    let of = |path: &str| asked.iter().filter(|request| request.target == path).collect::<Vec<_>>();
    assert_eq!(of("/whole").len(), 1, "a finished file stays");
    assert_eq!(of("/f")[1].header("if-range"), Some("\"1\""));
}

#[tokio::test]
async fn b09_who_has_seen_two_versions_asks_past_the_stale_copy_of_a_box_on_the_way() {
    let (stale, new) = (file(24), file(25));
    let of_box = FileServer::new(stale).etag("\"stale\"").cut_after(100_000);
    let of_origin = FileServer::new(new.clone()).etag("\"new\"").cut_after(100_000);
    let asked = AtomicUsize::new(0);
    // The box lets the second request through, and else answers for the origin unless it is told not to.
    let on_the_way = move |request: &RequestHead| {
        let lets_through = asked.fetch_add(1, Ordering::Relaxed) == 1;
        if lets_through || request.header("cache-control") == Some("no-cache") {
            of_origin.reply(request)
        } else {
            of_box.reply(request)
        }
    };
    let origin = Origin::start(on_the_way).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &new).await;
    let told: Vec<bool> =
        origin.requests().iter().map(|request| request.header("cache-control").is_some()).collect();
    assert_eq!(told[..3], [false, false, true], "nobody is asked to by-pass caches before there is a reason");
}

#[tokio::test]
async fn a10_a_file_that_keeps_changing_needs_its_owner() {
    let (versions, last) = ([file(17), file(18), file(19)], file(20));
    let mut turns: Option<Turns> = None;
    for (number, content) in versions.iter().enumerate() {
        let version = FileServer::new(content.clone()).etag(&format!("\"v{number}\"")).cut_after(100_000);
        turns = Some(match turns {
            None => Turns::first(version),
            Some(turns) => turns.then(version),
        });
    }
    let other = FileServer::new(last.clone()).etag("\"last\"").cut_after(100_000);
    let origin = Origin::start(turns.expect("three versions").then(other)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "validation-failed", REMOTE, "resume").await;
    assert_eq!(house.restarts(&id).await, ["remote-changed"; 3]);
    origin.becomes(good(&last));
    house.goes_on(&id, "f", &last).await;
}

#[tokio::test]
async fn a11_without_a_validator_nothing_is_continued_and_trust_is_unverified() {
    let (old, new) = (file(21), file(22));
    let bare = |content: &Content| FileServer::new(content.clone()).last_modified(None);
    // The same URL and size, and other content.
    let origin = Origin::start(Turns::first(bare(&old).cut_after(THIRD)).then(bare(&new))).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.has_arrived(&id, "f", &new).await;
    assert_eq!(house.restarts(&id).await, ["no-validator"]);
    assert_eq!(house.files(&id).await[0]["trust"], "unverified");
    assert_eq!(last_start(&origin, LEN), 0);
}

#[tokio::test]
async fn a12_a_weak_tag_continues_nothing_and_an_old_date_does() {
    let content = file(23);
    let weak = |date: Option<&str>| FileServer::new(content.clone()).etag("W/\"1\"").last_modified(date);
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let house = House::new();
    for (name, date, restarts) in [("weak", None, &["no-validator"][..]), ("dated", Some(date), &[])] {
        let origin = Origin::start(Turns::first(weak(date).cut_after(THIRD)).then(weak(date))).await;
        let id = house.begin(&origin.url("/f"), name).await;
        house.has_arrived(&id, name, &content).await;
        assert_eq!(house.restarts(&id).await, restarts, "{name}");
        assert_eq!(origin.requests()[1].header("if-range"), date);
    }
}

#[tokio::test]
async fn a13_servers_that_share_a_name_and_no_tags_are_one_where_pieces_prove_the_bytes() {
    let content = large(24, 4);
    let node = |tag: &str| FileServer::new(content.clone()).etag(tag).cut_after(700_000);
    let origin = Origin::start(Turns::first(node("\"a\"")).then(node("\"b\"")).and_again()).await;
    let house = House::new();
    let text: Value = serde_json::from_str(&phf_of(&content)).unwrap();
    let list =
        json!({ "size": text["ContentLength"], "piece_size": text["PieceSize"], "hashes": text["Pieces"] });
    let id = house.begin_with(&origin.url("/f"), "f", json!({ "pieces": list }), json!({})).await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, <[&str; 0]>::default());
    assert_eq!(house.files(&id).await[0]["trust"], "pieces");
}

#[tokio::test]
async fn a13_without_proof_tags_that_flip_end_in_an_error_and_not_in_a_loop() {
    let content = file(25);
    let node = |tag: &str| FileServer::new(content.clone()).etag(tag).cut_after(100_000);
    let origin = Origin::start(Turns::first(node("\"a\"")).then(node("\"b\"")).and_again()).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "http-invalid", REMOTE, "set-remote-name").await;
    assert_eq!(house.restarts(&id).await, ["remote-changed"], "one new beginning, and no more");
    assert_eq!(origin.requests().len(), 3);
    origin.becomes(good(&content));
    house.goes_on(&id, "f", &content).await;
}

#[tokio::test]
async fn a21_a_416_behind_the_last_byte_says_that_the_file_is_whole() {
    let content = Content::new(26, 400_000);
    let all = content.clone();
    // Every byte came, and the mark of the end did not.
    let endless = move |_: &RequestHead| {
        Reply::status(200).chunked().header("etag", "\"1\"").send_content(&all, 0..400_000).cut()
    };
    let behind = |_: &RequestHead| Reply::status(416).header("content-range", "bytes */400000").body("");
    let origin = Origin::start(Turns::first(endless).then(behind)).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(origin.requests().len(), 2, "a complete file is not asked for without end");
}

#[tokio::test]
async fn a21_a_416_that_names_a_smaller_file_is_another_version() {
    let (old, new) = (file(27), Content::new(28, 200_000));
    let shrunk = |_: &RequestHead| Reply::status(416).header("content-range", "bytes */200000").body("");
    let then = Turns::first(good(&old).cut_after(THIRD)).then(shrunk).then(good(&new));
    let origin = Origin::start(then).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.has_arrived(&id, "f", &new).await;
    assert_eq!(house.restarts(&id).await, ["remote-changed"]);
}

#[tokio::test]
async fn a22_head_is_neither_asked_nor_needed() {
    let content = file(29);
    let house = House::new();
    for (name, status, length) in [("refuses", 405, "0"), ("forbids", 403, "0"), ("lies", 200, "17")] {
        let served = content.clone();
        let script = move |request: &RequestHead| match request.method.as_str() {
            "HEAD" => Reply::status(status).header("content-length", length),
            _ => good(&served).reply(request),
        };
        let origin = Origin::start(script).await;
        let id = house.begin(&origin.url("/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
        assert!(origin.requests().iter().all(|request| request.method == "GET"), "{:?}", origin.requests());
    }
}

#[tokio::test]
async fn a24_an_error_page_in_place_of_one_range_of_many_is_no_part_of_the_file() {
    let content = large(30, 8);
    let page = |_: &RequestHead| {
        Reply::status(200).header("content-type", "text/html").body("<html>something went wrong</html>")
    };
    let slow = || good(&content).slow(4 * MIB);
    let origin = Origin::start(Turns::first(slow()).then(page).then(slow())).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    assert_eq!(house.restarts(&id).await, <[&str; 0]>::default(), "no byte of it was written");
    assert!(origin.requests().len() > 1, "a second connection asked");
    assert!(origin.bytes_sent() < 9 * MIB, "{} bytes: more than that range came again", origin.bytes_sent());
}

#[tokio::test]
async fn a41_two_versions_by_turns_are_never_mixed() {
    let (old, new) = (large(31, 8), large(32, 8));
    let version = |content: &Content, tag: &str| FileServer::new(content.clone()).etag(tag).slow(4 * MIB);
    let turns = Turns::first(version(&old, "\"old\"")).then(version(&new, "\"new\"")).and_again();
    let origin = Origin::start(turns).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.until_state(&id, "acknowledged").await;
    let found = std::fs::read(house.desk("f")).unwrap();
    assert!(found == old.bytes() || found == new.bytes(), "the file is of one version");
    assert!(origin.requests().len() > 1, "several connections asked");
    let asked = origin.requests();
    assert!(asked.iter().skip(1).all(|request| request.header("if-range").is_some()), "{asked:?}");
}
