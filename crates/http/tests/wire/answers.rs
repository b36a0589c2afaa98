//! Faults A: answers of the origin server.

use bgcopy_core::{Ask, Framing, Protocol, Validator};
use bgcopy_testkit::{Content, FileServer, Framing as Served, Origin, Reply};

use crate::support::{ask, bytes, client, exactly, fault, fetched, meaning, remote, request, transport};

const FILE: u64 = 3 << 20;

fn file() -> Content {
    Content::new(11, FILE)
}

#[tokio::test]
async fn the_first_ranged_get_tells_everything_and_no_head_is_sent() {
    let server = FileServer::new(file())
        .etag("\"v1\"")
        .field("content-type", "Application/Zip; q=1")
        .field("content-disposition", "attachment; filename=\"a.zip\"");
    let origin = Origin::start(server).await;
    let (answer, bytes, fault) = fetched(&client(), &request(&origin.url("/dir/file?x=1"))).await;
    assert_eq!((bytes, fault), (file().bytes(), None));
    assert!(answer.partial);
    assert_eq!((answer.range.start, answer.range.end, answer.size), (0, FILE, Some(FILE)));
    assert_eq!(answer.validator, Some(Validator::ETag("\"v1\"".to_owned())));
    assert_eq!(answer.last_modified.unwrap().unix_millis(), 784_111_777_000);
    assert_eq!(answer.proposed_name.as_deref(), Some("a.zip"));
    assert_eq!(answer.media_type.as_deref(), Some("application/zip"));
    assert_eq!((answer.framing, answer.protocol), (Framing::Length(FILE), Protocol::Http11));
    assert_eq!(answer.peer, Some(origin.addr().ip()));
    assert_eq!(answer.final_url.as_str(), origin.url("/dir/file?x=1"));
    assert!(answer.headers.starts_with("HTTP/1.1 206 Partial Content\r\n"), "{}", answer.headers);

    let [head] = origin.requests().try_into().unwrap();
    assert_eq!((head.method.as_str(), head.target.as_str()), ("GET", "/dir/file?x=1"));
    assert_eq!(head.header("range"), Some("bytes=0-"));
    assert_eq!(head.header("accept-encoding"), Some("identity"));
    assert_eq!(head.header("accept"), Some("*/*"));
    assert_eq!(head.header("host"), Some(origin.addr().to_string().as_str()));
    assert!(head.header("user-agent").unwrap().starts_with("bgcopy/"));
}

#[tokio::test]
async fn a01_a_server_without_ranges_sends_the_whole_from_its_start() {
    let origin = Origin::start(FileServer::new(file()).without_ranges()).await;
    let (answer, bytes, fault) = fetched(&client(), &ask(&origin.url("/"), Ask::From(1 << 20))).await;
    assert!(!answer.partial);
    assert_eq!(answer.range.start, 0);
    assert_eq!((bytes, fault), (file().bytes(), None));
}

#[tokio::test]
async fn a03_another_range_is_discarded_unread() {
    let origin =
        Origin::start(|_: &_| Reply::status(206).header("content-range", "bytes 0-9/100").body("0123456789"))
            .await;
    let http = client();
    assert_eq!(meaning(&fault(&http, &ask(&origin.url("/"), exactly(10, 20))).await), remote("http-invalid"));
    assert!(!http.has_idle(), "the connection is not used again");
}

#[tokio::test]
async fn a05_a_short_206_is_accepted_and_the_rest_can_be_asked_for() {
    let server = FileServer::new(file());
    server.change(|settings| settings.part_max = Some(1_000));
    let origin = Origin::start(server).await;
    let (answer, bytes, fault) = fetched(&client(), &ask(&origin.url("/"), Ask::From(500))).await;
    assert_eq!((answer.range.start, answer.range.end, answer.size), (500, 1_500, Some(FILE)));
    assert_eq!((bytes, fault), (file().part(500..1_500), None));
}

#[tokio::test]
async fn a06_a_long_206_is_cut_and_its_connection_dropped() {
    // Once with an honest Content-Range that is too long, once with a body longer than its Content-Range.
    for (range, body) in [("bytes 0-99/100", 100), ("bytes 0-9/100", 100)] {
        let origin = Origin::start(move |_: &_| {
            Reply::status(206).header("content-range", range).body(vec![b'x'; body])
        })
        .await;
        let http = client();
        let (answer, bytes, fault) = fetched(&http, &ask(&origin.url("/"), exactly(0, 10))).await;
        assert_eq!((answer.range.end, bytes.len(), fault), (10, 10, None));
        assert!(!http.has_idle());
    }
}

#[tokio::test]
async fn a14_a_body_in_chunks_has_no_size_and_a_marked_end() {
    let origin = Origin::start(FileServer::new(file()).without_ranges().framing(Served::Chunked)).await;
    let http = client();
    let (answer, bytes, fault) = fetched(&http, &request(&origin.url("/"))).await;
    assert_eq!((answer.size, answer.framing, answer.range.end), (None, Framing::Marked, u64::MAX));
    assert_eq!((bytes, fault), (file().bytes(), None));
    assert!(http.has_idle());
}

#[tokio::test]
async fn a15_chunks_win_over_a_length_and_the_connection_is_not_reused() {
    let origin = Origin::start(|_: &_| {
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    })
    .await;
    let http = client();
    let (answer, bytes, fault) = fetched(&http, &request(&origin.url("/"))).await;
    assert_eq!((answer.size, bytes.as_slice(), fault), (None, b"hello".as_slice(), None));
    assert!(!http.has_idle());
}

#[tokio::test]
async fn a16_two_lengths_are_no_answer() {
    let origin = Origin::start(|_: &_| {
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello")
    })
    .await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
}

#[tokio::test]
async fn a17_a_cut_body_keeps_what_came_and_says_what_is_missing() {
    let origin = Origin::start(FileServer::new(file()).cut_after(1_000_000)).await;
    let (_, bytes, fault) = fetched(&client(), &request(&origin.url("/"))).await;
    let fault = fault.unwrap();
    assert_eq!(meaning(&fault), transport("closed-early"));
    assert_eq!(bytes, file().part(0..1_000_000));
    assert_eq!(fault.range.map(|range| (range.start, range.end)), Some((1_000_000, FILE)));
}

#[tokio::test]
async fn a18_bytes_behind_the_body_are_not_part_of_it() {
    let origin = Origin::start(|_: &_| {
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    })
    .await;
    let http = client();
    for _ in 0..2 {
        assert_eq!(bytes(&http, &request(&origin.url("/"))).await, b"hello");
    }
    assert_eq!(origin.connections(), 2, "the connection with the rest was dropped");
}

#[tokio::test]
async fn a19_an_end_by_closing_is_marked_as_such() {
    let origin = Origin::start(|_: &_| Reply::raw("HTTP/1.0 200 OK\r\n\r\nhello").cut()).await;
    let (answer, bytes, fault) = fetched(&client(), &request(&origin.url("/"))).await;
    assert_eq!((answer.framing, answer.protocol, answer.size), (Framing::UntilClose, Protocol::Http10, None));
    assert_eq!((bytes.as_slice(), fault), (b"hello".as_slice(), None));
}

#[tokio::test]
async fn a20_broken_chunks_are_told_from_missing_ones() {
    for (body, code) in [
        ("5\r\nhello\r\n", transport("closed-early")),
        ("5\r\nhel", transport("closed-early")),
        ("5\r\nhello\r\nxyz\r\n", remote("bad-response")),
        ("5\r\nhello\r\n8000000000000000000\r\n", remote("bad-response")),
        ("5\r\nhelloXX", remote("bad-response")),
    ] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let origin = Origin::start(move |_: &_| Reply::raw(format!("{head}{body}")).cut()).await;
        let (_, bytes, fault) = fetched(&client(), &request(&origin.url("/"))).await;
        assert_eq!(meaning(&fault.unwrap()), code, "{body:?}");
        assert!(b"hello".starts_with(&bytes), "{bytes:?}");
    }
}

#[tokio::test]
async fn a21_a38_a_416_tells_how_long_the_file_is() {
    let origin = Origin::start(FileServer::new(Content::new(1, 10))).await;
    let told = fault(&client(), &ask(&origin.url("/"), Ask::From(10))).await;
    assert_eq!((meaning(&told), told.remote_size), (remote("http-416"), Some(10)));
    let empty = Origin::start(FileServer::new(Content::new(1, 0))).await;
    let told = fault(&client(), &request(&empty.url("/"))).await;
    assert_eq!((meaning(&told), told.remote_size), (remote("http-416"), Some(0)));
}

#[tokio::test]
async fn a38_an_empty_file_arrives() {
    for served in [Served::Length, Served::Chunked, Served::UntilClose] {
        let origin =
            Origin::start(FileServer::new(Content::new(1, 0)).without_ranges().framing(served)).await;
        assert_eq!(bytes(&client(), &request(&origin.url("/"))).await, b"", "{served:?}");
    }
}

#[tokio::test]
async fn a27_a_refusal_is_reported_after_one_request() {
    for status in [401, 403, 404, 410] {
        let origin = Origin::start(move |_: &_| Reply::status(status).body("no")).await;
        let refused = fault(&client(), &request(&origin.url("/"))).await;
        assert_eq!(meaning(&refused), remote(&format!("http-{status}")));
        assert_eq!(origin.requests().len(), 1);
    }
}

#[tokio::test]
async fn a28_retry_after_comes_with_the_fault() {
    let origin = Origin::start(|_: &_| Reply::status(503).header("retry-after", "17").body("later")).await;
    let later = fault(&client(), &request(&origin.url("/"))).await;
    assert_eq!((meaning(&later), later.retry_after.unwrap().as_secs()), (remote("http-503"), 17));
}

#[tokio::test]
async fn a30_header_floods_end_at_the_bound() {
    let endless = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\n\r\n", "x".repeat(10 << 20));
    let long = format!("HTTP/1.1 200 OK\r\nX-Long: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(70 << 10));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(100_000));
    let a_few_too_many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(101));
    for head in [endless, long, many, a_few_too_many] {
        let origin = Origin::start(move |_: &_| Reply::raw(head.clone()).stall()).await;
        assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
    }
}

#[tokio::test]
async fn a34_an_encoded_body_is_refused_and_never_decoded() {
    let origin = Origin::start(FileServer::new(file()).field("content-encoding", "gzip")).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("http-invalid"));
}

#[tokio::test]
async fn a34_chunks_of_an_encoded_body_are_refused_and_never_kept() {
    for codings in ["gzip, chunked", "gzip"] {
        let answer =
            format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {codings}\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        let origin = Origin::start(move |_: &_| Reply::raw(answer.clone())).await;
        let fault = fault(&client(), &request(&origin.url("/"))).await;
        assert_eq!(meaning(&fault), remote("http-invalid"), "{codings}");
    }
}

#[tokio::test]
async fn a36_endless_interim_answers_are_cut() {
    let interim = |count: usize| "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(count);
    let flood = interim(17);
    let origin = Origin::start(move |_: &_| Reply::raw(flood.clone()).stall()).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
    let ends = format!("{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", interim(17));
    let origin = Origin::start(move |_: &_| Reply::raw(ends.clone())).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
    let few = format!("{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", interim(16));
    let origin = Origin::start(move |_: &_| Reply::raw(few.clone())).await;
    assert_eq!(bytes(&client(), &request(&origin.url("/"))).await, b"ok");
}

#[tokio::test]
async fn a39_sizes_at_the_edges_of_buffers_are_exact() {
    let http = client();
    for len in [1, 2, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 1 << 20, (1 << 20) + 1] {
        let content = Content::new(len, len);
        let origin = Origin::start(FileServer::new(content.clone())).await;
        assert_eq!(bytes(&http, &request(&origin.url("/"))).await, content.bytes(), "{len} bytes");
    }
}

#[tokio::test]
async fn a40_offsets_beyond_four_gigabytes_and_beyond_two_to_the_53_are_exact() {
    let huge = Content::new(5, (1 << 60) + 77);
    let origin = Origin::start(FileServer::new(huge.clone())).await;
    let http = client();
    for start in [(4 << 30) - 10, (1 << 53) + 1, 1 << 60] {
        let (answer, bytes, fault) = fetched(&http, &ask(&origin.url("/"), exactly(start, start + 77))).await;
        assert_eq!((answer.range.start, answer.size, fault), (start, Some((1 << 60) + 77), None));
        assert_eq!(bytes, huge.part(start..start + 77));
    }
    assert_eq!(origin.connections(), 1);
}

#[tokio::test]
async fn a42_not_modified_is_no_answer_to_an_unconditional_request() {
    let origin = Origin::start(|_: &_| Reply::raw("HTTP/1.1 304 Not Modified\r\n\r\n")).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
}

#[tokio::test]
async fn if_range_brings_the_rest_of_the_version_or_the_whole_of_the_next() {
    let server = FileServer::new(file()).etag("\"v1\"");
    let origin = Origin::start(server.clone()).await;
    let mut rest = ask(&origin.url("/"), Ask::From(FILE - 5));
    rest.if_range = Some(Validator::ETag("\"v1\"".to_owned()));
    let (answer, _, _) = fetched(&client(), &rest).await;
    assert!(answer.partial);
    server.change(|settings| {
        settings.etag = Some("\"v2\"".to_owned());
        settings.content = Content::new(12, FILE);
    });
    let (answer, bytes, _) = fetched(&client(), &rest).await;
    assert!(!answer.partial);
    assert_eq!(answer.validator, Some(Validator::ETag("\"v2\"".to_owned())));
    assert_eq!(bytes, Content::new(12, FILE).bytes());
    assert_eq!(origin.requests()[0].header("if-range"), Some("\"v1\""));
}

#[tokio::test]
async fn a_request_that_must_be_fresh_asks_caches_to_ask_the_origin() {
    let origin = Origin::start(FileServer::new(file())).await;
    let mut again = request(&origin.url("/"));
    again.no_cache = true;
    bytes(&client(), &again).await;
    let head = &origin.requests()[0];
    assert_eq!((head.header("cache-control"), head.header("pragma")), (Some("no-cache"), Some("no-cache")));
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for garbage in ["SSH-2.0-OpenSSH_9\r\n", "\0\0\0\0\0\0\0\0", "HTTP/9.9 999 ?\r\n\r\n"] {
        let origin = Origin::start(move |_: &_| Reply::raw(garbage).stall()).await;
        assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("bad-response"));
    }
}
