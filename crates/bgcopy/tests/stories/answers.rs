//! Answers that are right, odd or wrong (faults A), against the whole product: the file is exact in the end, or the
//! job says what is the matter. Each row is a server; they are all asked at once.

use bgcopy_testkit::{Content, FileServer, Framing, Origin, Reply, RequestHead, Script};
use serde_json::json;

use crate::house::{House, assert_content};

/// What becomes of a job.
enum End {
    /// It has the file, and on the way to it these restarts were told.
    Whole(Content, &'static [&'static str]),
    /// It is in error, with this code.
    Error(&'static str),
}

struct Row {
    name: &'static str,
    words: &'static [&'static str],
    origin: Origin,
    end: End,
}

async fn row(name: &'static str, script: impl Script, end: End) -> Row {
    Row { name, words: &[], origin: Origin::start(script).await, end }
}

/// As [`row`], for failures that would be tried again for long.
async fn final_row(name: &'static str, script: impl Script, code: &'static str) -> Row {
    Row { words: &["--timeout", "0"], ..row(name, script, End::Error(code)).await }
}

/// A good server whose first body ends early; every later request is answered by `then`.
fn cut_first(server: FileServer, at: u64, then: impl Script) -> impl Script {
    server.change(|settings| settings.cut_after = Some(at));
    move |request: &RequestHead| match request.number {
        1 => server.reply(request),
        _ => then.reply(request),
    }
}

/// The same, where only the second answer is odd.
fn once(server: FileServer, at: u64, odd: impl Script, good: FileServer) -> impl Script {
    cut_first(server, at, move |request: &RequestHead| match request.number {
        2 => odd.reply(request),
        _ => good.reply(request),
    })
}

fn file(seed: u64, len: u64) -> (Content, FileServer) {
    let content = Content::new(seed, len);
    (content.clone(), FileServer::new(content).etag("\"1\""))
}

/// Checks every row.
async fn check(rows: Vec<Row>) {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let mut jobs = Vec::new();
    for row in rows {
        let url = row.origin.url("/f");
        let words = [&["get", "--no-wait", "-o", row.name], row.words, &[&url]].concat();
        let id = house.run(&words).await.exits(0).out.trim().to_owned();
        jobs.push((row, id));
    }
    for (row, id) in &jobs {
        match &row.end {
            End::Whole(content, _) => {
                house.until_state(id, "acknowledged").await;
                assert_content(&house.desk(row.name), content);
            }
            End::Error(code) => {
                let job = house.until_state(id, "error").await;
                assert_eq!(job["error"]["code"], *code, "{}: {:#}", row.name, job["error"]);
                assert!(!house.desk(row.name).exists(), "{}", row.name);
            }
        }
    }
    check_restarts(&house, &jobs).await;
}

/// Compares the restarts that were told with those of the rows: they are kept for who comes later.
async fn check_restarts(house: &House, jobs: &[(Row, String)]) {
    let mut events = house.listen("?kind=file-restarted,job-created&after=1", "").await;
    let last = house.create(&json!({ "display_name": "the end of the events" })).await;
    let mut told = Vec::new();
    loop {
        let event = events.next().await.expect("the stream goes on");
        match event.kind.as_str() {
            "job-created" if event.data["job"] == *last => break,
            "file-restarted" => told.push((event.data["job"].clone(), event.data["reason"].clone())),
            _ => {}
        }
    }
    for (row, id) in jobs {
        let of_job = told.iter().filter(|(job, _)| *job == **id).map(|(_, reason)| reason.clone());
        let of_job: Vec<_> = of_job.collect();
        if let End::Whole(_, restarts) = &row.end {
            assert_eq!(of_job, *restarts, "{}", row.name);
        }
    }
}

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn answers_to_the_rest_of_a_file() {
    let mut rows = Vec::new();
    let (content, server) = file(1, 3 * MIB);
    let whole = FileServer::new(content.clone()).etag("\"1\"").without_ranges();
    let far = cut_first(server, 2 * MIB, whole);
    rows.push(row("a01-far", far, End::Whole(content, &["range-unsupported"])).await);

    let (content, server) = file(2, 3 * MIB);
    let whole = FileServer::new(content.clone()).etag("\"1\"").without_ranges();
    rows.push(row("a01-near", cut_first(server, 300_000, whole), End::Whole(content, &[])).await);

    let (content, server) = file(3, 900_000);
    let part = content.clone();
    let lies = move |_: &RequestHead| {
        let range = "bytes 300000-899999/900000";
        Reply::status(200).header("content-range", range).content(&part, 300_000..900_000)
    };
    let good = FileServer::new(content.clone()).etag("\"1\"");
    rows.push(row("a02", once(server, 300_000, lies, good), End::Whole(content, &[])).await);

    let (old, server) = file(4, 900_000);
    let new = Content::new(5, 800_000);
    let part = new.clone();
    // The validator stays, against all rules, and the size does not.
    let other = move |request: &RequestHead| {
        let reply = FileServer::new(part.clone()).etag("\"1\"");
        reply.reply(request)
    };
    drop(old);
    rows.push(row("a04", cut_first(server, 300_000, other), End::Whole(new, &["remote-changed"])).await);

    let (content, server) = file(6, 900_000);
    server.change(|settings| settings.part_max = Some(100_000));
    rows.push(row("a05", server, End::Whole(content, &[])).await);

    let (content, _) = file(7, 900_000);
    let bare = FileServer::new(content.clone()).last_modified(None);
    let again = FileServer::new(content.clone()).last_modified(None);
    let twice = cut_first(bare, 500_000, again);
    rows.push(row("a11", twice, End::Whole(content, &["no-validator"])).await);

    let (content, _) = file(8, 900_000);
    let weak = FileServer::new(content.clone()).last_modified(None).etag("W/\"1\"");
    let again = FileServer::new(content.clone()).last_modified(None).etag("W/\"1\"");
    rows.push(row("a12", cut_first(weak, 500_000, again), End::Whole(content, &["no-validator"])).await);

    let (content, server) = file(9, 900_000);
    let login = |_: &RequestHead| {
        Reply::status(200)
            .header("content-type", "text/html; charset=utf-8")
            .body("<html>Log in, please</html>")
    };
    let good = FileServer::new(content.clone()).etag("\"1\"");
    rows.push(row("a23", once(server, 300_000, login, good), End::Whole(content, &[])).await);

    let (content, _) = file(10, 400_000);
    let all = content.clone();
    // Every byte came, and the mark of the end did not: a server that is asked for the rest has none.
    let endless = move |request: &RequestHead| match request.number {
        1 => Reply::status(200).chunked().header("etag", "\"1\"").send_content(&all, 0..400_000).cut(),
        _ => Reply::status(416).header("content-range", "bytes */400000").body(""),
    };
    rows.push(row("a21-whole", endless, End::Whole(content, &[])).await);

    let (_, server) = file(11, 900_000);
    let new = Content::new(12, 200_000);
    let shrunk = FileServer::new(new.clone()).etag("\"2\"");
    let refuses = |_: &RequestHead| Reply::status(416).header("content-range", "bytes */200000").body("");
    let script = once(server, 300_000, refuses, shrunk);
    rows.push(row("a21-shrunk", script, End::Whole(new, &["remote-changed"])).await);
    check(rows).await;
}

#[tokio::test]
async fn bodies_of_every_size_and_framing() {
    let mut rows = Vec::new();
    for (name, len) in [
        ("size-0", 0),
        ("size-1", 1),
        ("piece-1", MIB - 1),
        ("piece", MIB),
        ("piece+1", MIB + 1),
        ("pieces", 3 * MIB),
    ] {
        let (content, server) = file(20 + len, len);
        rows.push(row(name, server, End::Whole(content, &[])).await);
    }
    let nothing = |_: &RequestHead| Reply::status(200).header("content-length", "0").header("etag", "\"1\"");
    rows.push(row("a38-length-0", nothing, End::Whole(Content::given(""), &[])).await);
    let (content, server) = file(30, 500_000);
    server.change(|settings| settings.framing = Framing::Chunked);
    rows.push(row("a14", server, End::Whole(content, &[])).await);

    let (content, _) = file(31, 5_000);
    let bytes = content.bytes();
    let both = move |_: &RequestHead| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\netag: \"1\"\r\n\r\n1388\r\n";
        Reply::raw(head).send(bytes.clone()).send("\r\n0\r\n\r\n")
    };
    rows.push(row("a15", both, End::Whole(content, &[])).await);

    let (content, _) = file(32, 5_000);
    let bytes = content.bytes();
    let more = move |_: &RequestHead| {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\netag: \"1\"\r\n\r\n";
        Reply::raw(head).send(bytes.clone()).send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
    };
    rows.push(row("a18", more, End::Whole(content, &[])).await);
    check(rows).await;
}

#[tokio::test]
async fn answers_that_cannot_be_used() {
    let mut rows = Vec::new();
    let (content, server) = file(40, 900_000);
    let part = content.clone();
    let another = move |_: &RequestHead| {
        Reply::status(206).header("content-range", "bytes 0-99/900000").content(&part, 0..100)
    };
    rows.push(row("a03", cut_first(server, 300_000, another), End::Error("http-invalid")).await);
    let parts = |_: &RequestHead| {
        let kind = "multipart/byteranges; boundary=x";
        Reply::status(206).header("content-type", kind).body("--x\r\n\r\nab\r\n--x--\r\n")
    };
    rows.push(row("a07", parts, End::Error("http-invalid")).await);
    let without = |_: &RequestHead| Reply::status(206).body("abc");
    rows.push(row("a08", without, End::Error("http-invalid")).await);
    for (name, range) in [
        ("a09-star", "bytes */9"),
        ("a09-reversed", "bytes 5-2/9"),
        ("a09-large", "bytes 0-18446744073709551616/9"),
        ("a09-text", "all of it"),
    ] {
        let script = move |_: &RequestHead| Reply::status(206).header("content-range", range).body("abc");
        rows.push(final_row(name, script, "bad-response").await);
    }
    let unfinished = |_: &RequestHead| Reply::status(200).chunked().cut();
    rows.push(final_row("a20-empty", unfinished, "closed-early").await);
    let no_number = |_: &RequestHead| {
        Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n").close()
    };
    rows.push(final_row("a20-number", no_number, "bad-response").await);
    let huge = |_: &RequestHead| {
        Reply::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n8000000000000000\r\nabc").close()
    };
    rows.push(final_row("a20-huge", huge, "closed-early").await);
    let fields = |_: &RequestHead| {
        let fields = "x-field: 0123456789\r\n".repeat(100_000);
        Reply::raw(format!("HTTP/1.1 200 OK\r\n{fields}content-length: 1\r\n\r\nx"))
    };
    rows.push(final_row("a30-fields", fields, "bad-response").await);
    let bytes = |_: &RequestHead| {
        let field = "x".repeat(10 << 20);
        Reply::raw(format!("HTTP/1.1 200 OK\r\nx-field: {field}\r\ncontent-length: 1\r\n\r\nx"))
    };
    rows.push(final_row("a30-bytes", bytes, "bad-response").await);
    let interim = |_: &RequestHead| {
        Reply::raw("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1_000))
            .send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    };
    rows.push(final_row("a36", interim, "bad-response").await);
    check(rows).await;
}

#[tokio::test]
async fn a31_more_than_was_agreed_is_not_taken() {
    let content = Content::new(50, 64 * MIB);
    let server = FileServer::new(content).etag("\"1\"").framing(Framing::Chunked).without_ranges();
    let origin = Origin::start(server).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let capped = house.fetch(&origin.url("/f"), "capped", json!({ "max_download_size": 1_000_000 })).await;
    let files = json!([{
        "remote_name": origin.url("/f"), "local_name": house.desk("sized"), "expected_size": 1_000_000,
    }]);
    let sized = house.create(&json!({ "display_name": "sized", "files": files, "resume": true })).await;
    for (id, code) in [(&capped, "max-size"), (&sized, "too-large")] {
        let job = house.until_state(id, "error").await;
        assert_eq!(job["error"]["code"], code, "{:#}", job["error"]);
        let came = job["progress"]["bytes_transferred"].as_u64().unwrap();
        assert!(came < 32 * MIB, "{came} bytes came");
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
