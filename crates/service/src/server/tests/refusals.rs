//! Bad input: a clear problem document, and the contract is not asked ("Bad input gets a clear error").

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

use super::super::{Access, Limits, Options};
use super::fake::{Fake, JOB};
use super::rig::{Rig, read_answer};

#[tokio::test]
async fn j04_bodies_that_are_wrong_are_refused_by_name_and_nothing_is_asked() {
    let rig = Rig::new();
    let deep = format!(r#"{{"files":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let rows = [
        ("{", "invalid-body", None),
        ("[]", "invalid-body", None),
        (r#"["a job"]"#, "invalid-body", None),
        ("", "invalid-body", None),
        ("{} {}", "invalid-body", Some("display_name")),
        (r#"{"display_name":"a"} x"#, "invalid-body", None),
        (r#"{"display_name":"a","colour":1}"#, "invalid-body", Some("colour")),
        (r#"{"display_name":"a","settings":{"colour":1}}"#, "invalid-body", Some("settings.colour")),
        (r#"{"display_name":"a","display_name":"b"}"#, "invalid-body", Some("display_name")),
        (
            r#"{"display_name":"a","settings":{"on_demand":true,"on_demand":false}}"#,
            "invalid-body",
            Some("settings.on_demand"),
        ),
        (r#"{"display_name":7}"#, "invalid-body", Some("display_name")),
        (r#"{"display_name":"a","priority":"urgent"}"#, "invalid-body", Some("priority")),
        (
            r#"{"display_name":"a","files":[{"local_name":"/x"}]}"#,
            "invalid-body",
            Some("files[0].remote_name"),
        ),
        (
            r#"{"display_name":"a","files":[{"remote_name":"http://h/","local_name":"/x","ranges":[{"offset":-1}]}]}"#,
            "invalid-body",
            Some("files[0].ranges[0].offset"),
        ),
        (deep.as_str(), "too-deep", None),
        (
            r#"{"display_name":"a","files":[{"remote_name":"ftp://h/","local_name":"/x"}]}"#,
            "invalid-name",
            Some("files[0].remote_name"),
        ),
        (
            r#"{"display_name":"a","files":[{"remote_name":"http://h/","local_name":"x"}]}"#,
            "invalid-name",
            Some("files[0].local_name"),
        ),
        (
            r#"{"display_name":"a","files":[{"remote_name":"http://h/","local_name":"/x","digest":"md5=00"}]}"#,
            "invalid-argument",
            Some("files[0].digest"),
        ),
        (
            r#"{"display_name":"a","files":[{"remote_name":"http://h/","local_name":"/x","ranges":[
                {"offset":0,"length":5},{"offset":4,"length":5}]}]}"#,
            "overlapping-ranges",
            Some("files[0].ranges"),
        ),
        (
            r#"{"display_name":"a","settings":{"notify_flags":64}}"#,
            "not-implemented",
            Some("settings.notify_flags"),
        ),
        (
            r#"{"display_name":"a","credentials":[{"target":"moon","scheme":"basic","user":"u","password":"p"}]}"#,
            "invalid-auth-target",
            Some("credentials[0].target"),
        ),
    ];
    for (body, code, field) in rows {
        let answer = rig.send("POST", "/v1/jobs", body).await;
        let status = if code == "not-implemented" { 501 } else { 400 };
        let shown: String = body.chars().take(80).collect();
        assert_eq!(
            answer.problem(),
            (status, code.to_owned(), field.map(str::to_owned)),
            "{shown} {answer:?}"
        );
    }
    assert_eq!(rig.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn a_message_repeats_only_so_much_of_the_input() {
    let rig = Rig::new();
    let long = format!(r#"{{"display_name":"a","description":"b","kind":"{}"}}"#, "x".repeat(900_000));
    let answer = rig.send("POST", "/v1/jobs", &long).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 2_000, "{}", answer.body.len());
}

#[tokio::test]
async fn j04_a_body_over_the_bound_is_413_whether_it_is_announced_or_not() {
    let rig = Rig::new();
    let announced = "POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n";
    assert_eq!(rig.raw(announced).await.problem().1, "body-too-large");
    let endless = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n110000\r\n{}\r\n0\r\n\r\n",
        " ".repeat(0x11_0000)
    );
    assert_eq!(rig.raw(endless).await.problem(), (413, "body-too-large".to_owned(), None));
    let just_fits = format!(r#"{{"display_name":"a"{}}}"#, " ".repeat((1 << 20) - 20));
    assert_eq!(just_fits.len(), 1 << 20);
    assert_eq!(rig.send("POST", "/v1/jobs", &just_fits).await.status, 201);
}

#[tokio::test]
async fn requests_that_fit_no_operation_are_told_so() {
    let rig = Rig::new();
    let other = "00000000-0000-4000-8000-000000000002";
    for (method, path, body, problem) in [
        ("GET", "/v2/jobs", "", (404, "no-such-path")),
        ("GET", "/", "", (404, "no-such-path")),
        ("DELETE", "/v1/jobs", "", (405, "wrong-method")),
        ("GET", &format!("/v1/jobs/{JOB}/resume"), "", (405, "wrong-method")),
        ("GET", "/v1/jobs/the%20job", "", (404, "not-found")),
        ("GET", &format!("/v1/jobs/{other}"), "", (404, "not-found")),
        ("GET", &format!("/v1/jobs/{JOB}/files/x"), "", (400, "invalid-argument")),
        ("GET", &format!("/v1/jobs/{JOB}/files/-1"), "", (400, "invalid-argument")),
        ("GET", &format!("/v1/jobs/{JOB}/properties/6"), "", (404, "unknown-property")),
        ("PUT", &format!("/v1/jobs/{JOB}/properties/3"), r#"{"dword":1}"#, (400, "invalid-argument")),
        (
            "PUT",
            &format!("/v1/jobs/{JOB}/properties/3"),
            r#"{"enable":true,"enable":true}"#,
            (400, "invalid-body"),
        ),
        ("POST", &format!("/v1/jobs/{JOB}/files"), r#"{"files":[]}"#, (400, "invalid-argument")),
        (
            "PUT",
            &format!("/v1/jobs/{JOB}/credentials/server/kerberos"),
            r#"{"user":"u","password":"p"}"#,
            (400, "invalid-auth-scheme"),
        ),
        ("GET", "/v1/jobs?colour=red", "", (400, "invalid-query")),
        ("GET", "/v1/jobs?state=asleep", "", (400, "invalid-query")),
        ("GET", "/v1/jobs?limit=1&limit=2", "", (400, "invalid-query")),
        ("GET", "/v1/codes/12", "", (400, "invalid-code")),
    ] {
        let answer = rig.send(method, path, body).await;
        let (status, code, _) = answer.problem();
        assert_eq!((status, code.as_str()), problem, "{method} {path}");
    }
    let wrong = rig.send("DELETE", &format!("/v1/jobs/{JOB}"), "").await;
    assert!(wrong.head.contains("allow: "), "{wrong:?}");
}

#[tokio::test]
async fn a_body_that_is_not_json_by_its_type_is_not_read() {
    let rig = Rig::new();
    let form = "POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(rig.raw(form).await.problem(), (415, "unsupported-media-type".to_owned(), None));
    let patch = format!(
        "PATCH /v1/jobs/{JOB} HTTP/1.1\r\nhost: x\r\n\
         content-type: application/merge-patch+json; charset=utf-8\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    assert_eq!(rig.raw(patch).await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_before_a_job_is_made() {
    let rig = Rig::new();
    let long = "k".repeat(256);
    for key in ["", "h\u{e9}", long.as_str()] {
        let body = r#"{"display_name":"a"}"#;
        let request = format!(
            "POST /v1/jobs HTTP/1.1\r\nhost: x\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(rig.raw(request).await.problem().1, "invalid-header", "{key}");
    }
    assert_eq!(rig.fake.asked(), [""; 0]);
}

/// Limits of time that a test can wait for.
fn hasty() -> Options {
    let options = Options::new(Access::Everybody);
    let limits = Limits {
        body_time: Duration::from_millis(30),
        head_time: Duration::from_millis(60),
        ..options.limits
    };
    Options { limits, ..options }
}

#[tokio::test]
async fn j04_a_slow_body_is_408() {
    let rig = Rig::with(Fake::default(), hasty());
    let mut stream = UnixStream::connect(&rig.socket).await.unwrap();
    stream.write_all(b"POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{").await.unwrap();
    let answer = read_answer(&mut stream).await;
    assert_eq!(answer.problem(), (408, "request-timeout".to_owned(), None));
    assert_eq!(rig.fake.asked(), [""; 0]);
}

#[tokio::test]
async fn j07_a_head_that_does_not_come_ends_the_connection() {
    let rig = Rig::with(Fake::default(), hasty());
    for start in ["", "GET /v1/service HTTP/1.1\r\nhost:"] {
        // Reading ends without an answer: the server hung up.
        let answer = rig.raw(start).await;
        assert_eq!((answer.status, answer.body.as_str()), (0, ""), "{start}");
    }
    let long = format!("GET /v1/service HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(70_000));
    assert_eq!(rig.raw(long).await.status, 431);
    assert_eq!(rig.raw("nonsense\r\n\r\n").await.status, 400);
}
