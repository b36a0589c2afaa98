//! The API on its socket, spoken to as any program would: bad input, states, other users, measurements.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bgcopy_testkit::{Content, FileServer, Origin};
use serde_json::{Value, json};
use tokio::net::UnixStream;

use crate::house::{Answer, BGCOPY, House, NOBODY, assert_content, is_root, until};

#[tokio::test]
async fn a_command_line_that_makes_no_sense_names_what_would() {
    let house = House::new();
    let long = "x".repeat(300);
    for (words, exit, told) in [
        (&["get", "not a url"][..], 2, &["not a url", "escape it"][..]),
        (&["get", "ftp://example.org/f"], 2, &["ftp", "http or https"]),
        (&["get", "file:///etc/passwd"], 2, &["file", "http or https"]),
        (&["get", "http://example.org/"], 2, &["names no file", "-o NAME"]),
        (&["get"], 2, &["nothing to get", "-i"]),
        (&["get", "-o", "-", "http://example.org/f"], 2, &["standard output", "name a file"]),
        (&["get", "-o", "missing/f", "http://example.org/f"], 5, &["missing"]),
        (&["get", "-d", "/etc/hostname", "http://example.org/f"], 5, &["/etc/hostname", "folder"]),
        (&["get", "-o", &long, "http://example.org/f"], 2, &["255"]),
        (&["get", "--checksum", "sha-1=00", "http://example.org/f"], 2, &["sha-1", "sha-256 or sha-512"]),
        (&["get", "--chekcsum", "x", "http://example.org/f"], 2, &["--chekcsum", "--checksum"]),
        (&["get", "--limit-rate", "fast", "http://example.org/f"], 2, &["fast", "1M"]),
        (&["get", "-H", "no colon", "http://example.org/f"], 2, &["Name: value"]),
        (&["get", "-H", "Host: x", "http://example.org/f"], 2, &["Host"]),
        (&["get", "--proxy", "gopher://p:1", "http://example.org/f"], 2, &["gopher"]),
        (&["get", "--cacert", "missing.pem", "http://example.org/f"], 2, &["missing.pem", "No such file"]),
        (&["get", "-i", "missing.txt"], 2, &["missing.txt", "No such file"]),
        (&["frobnicate"], 2, &["frobnicate"]),
        (&["resume", "no-such-job"], 9, &["no-such-job", "bgcopy list"]),
        (&["set", "no-such-job", "priority=low"], 9, &["no-such-job"]),
        (&["set", "no-such-job", "prority=low"], 2, &["prority", "priority"]),
        (&["config", "no_such_setting"], 9, &["no_such_setting", "bgcopy config"]),
        (&["list", "--state", "broken"], 2, &["broken", "transient-error"]),
    ] {
        house.run(words).await.exits(exit).tells(told);
    }
    let refused = house.run(&["--json", "frobnicate"]).await.exits(2).json().remove(0);
    assert_eq!((&refused["event"], &refused["exit_code"]), (&json!("refused"), &json!(2)), "{refused:#}");
    let id = house.run(&["create", "--name", "empty"]).await.exits(0).out;
    let made = house.job(id.trim()).await;
    for (words, exit, told) in [
        (&["resume", "empty"][..], 9, &["no files"][..]),
        (&["set", "empty", "priority=urgent"], 2, &["urgent", "foreground, high, normal, low"]),
        (&["set", "empty", "prority=low"], 2, &["prority", "priority"]),
        (&["set", "empty", "max-download-size=0"], 2, &["at least 1"]),
        (&["set", "empty"], 2, &["nothing to set"]),
        (
            &["add", "empty", "-o", "f", "--range", "5-10", "http://example.org/f"],
            2,
            &["5-10", "OFFSET:LENGTH"],
        ),
        (
            &["add", "empty", "-o", "f", "--range", "0:10", "--range", "5:10", "http://example.org/f"],
            2,
            &["overlap"],
        ),
    ] {
        house.run(words).await.exits(exit).tells(told);
    }
    assert_eq!(house.job(id.trim()).await, made, "no job changed");
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"].as_array().unwrap().len(), 1);
    assert!(house.on_the_desk().is_empty());
}

#[tokio::test]
async fn e09_a_folder_that_its_user_may_not_write_to_is_refused_before_anything_is_made() {
    let house = House::of_nobody();
    house.run(&["get", "-o", "/etc/f", "http://example.org/f"]).await.exits(5).tells(&[
        "/etc",
        "cannot be written to",
        "-d",
    ]);
    // Not only by the command: another client of the service hears the same.
    house.run(&["list"]).await.exits(0);
    let files = json!([{ "remote_name": "http://example.org/f", "local_name": "/etc/f" }]);
    let job = json!({ "display_name": "f", "files": files });
    house.ask("POST", "/v1/jobs", Some(&job)).await.refuses(400, "access-denied", &["/etc"]);
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn k07_an_unknown_setting_refuses_the_start_with_file_and_line() {
    let house = House::new();
    let file = house.config_file();
    fs::write(&file, "# mine\nfree_space_floor = 0\nbackground_job = 2\n").unwrap();
    let place = format!("{}:3", file.display());
    let told = [&*place, "background_job", "did you mean background_jobs?"];
    house.run(&["daemon"]).await.exits(2).tells(&told);
    house.run(&["get", "http://127.0.0.1:1/f"]).await.exits(8).tells(&told);
    assert!(!house.socket().exists());
}

#[tokio::test]
async fn j04_requests_that_cannot_be_are_refused_in_words_and_change_nothing() {
    let house = House::new();
    let id = house.run(&["create", "--name", "j"]).await.exits(0).out.trim().to_owned();
    let before = house.job(&id).await;
    let add = format!("/v1/jobs/{id}/files");
    let job = format!("/v1/jobs/{id}");
    let file = |file: Value| json!({ "files": [file] });
    let local = house.desk("f");
    let deep = "[".repeat(10_000);
    for (method, target, body, status, code, words) in [
        ("POST", "/v1/jobs", "{".to_owned(), 400, "invalid-body", &["EOF"][..]),
        ("POST", "/v1/jobs", "[]".to_owned(), 400, "invalid-body", &["object"]),
        ("POST", "/v1/jobs", format!("{{\"files\":{deep}"), 400, "too-deep", &["32"]),
        (
            "POST",
            "/v1/jobs",
            json!({ "display_name": "x", "prority": "low" }).to_string(),
            400,
            "invalid-body",
            &["prority"],
        ),
        (
            "POST",
            "/v1/jobs",
            r#"{"display_name":"a","display_name":"b"}"#.to_owned(),
            400,
            "invalid-body",
            &["duplicate"],
        ),
        (
            "POST",
            &add,
            file(json!({ "remote_name": "nonsense", "local_name": local })).to_string(),
            400,
            "invalid-name",
            &["nonsense"],
        ),
        (
            "POST",
            &add,
            file(json!({ "remote_name": "ftp://h/f", "local_name": local })).to_string(),
            400,
            "invalid-name",
            &["ftp"],
        ),
        (
            "POST",
            &add,
            file(json!({ "remote_name": "http://h/f", "local_name": "relative" })).to_string(),
            400,
            "invalid-name",
            &["relative"],
        ),
        (
            "POST",
            &add,
            file(json!({ "remote_name": "http://h/f", "local_name": "/a/../b" })).to_string(),
            400,
            "invalid-name",
            &["/a/../b"],
        ),
        (
            "POST",
            &add,
            file(json!({ "remote_name": "http://h/f", "local_name": local, "digest": "md5=0" })).to_string(),
            400,
            "invalid-argument",
            &["md5"],
        ),
        ("POST", &add, json!({ "files": [] }).to_string(), 400, "invalid-argument", &["files"]),
        ("PATCH", &job, json!({ "priority": "urgent" }).to_string(), 400, "invalid-body", &["urgent"]),
        (
            "PATCH",
            &job,
            json!({ "settings": { "max_download_size": 0 } }).to_string(),
            400,
            "max-download-size-zero",
            &["at least 1"],
        ),
        (
            "GET",
            "/v1/jobs/00000000-0000-0000-0000-000000000000",
            String::new(),
            404,
            "not-found",
            &["00000000"],
        ),
        ("GET", "/v1/jobs/garbage", String::new(), 404, "not-found", &["garbage"]),
        ("GET", &format!("{job}/files/7"), String::new(), 404, "file-not-found", &["7"]),
        ("GET", &format!("{job}/error"), String::new(), 404, "no-error", &["suspended"]),
        ("GET", &format!("{job}/properties/99"), String::new(), 404, "unknown-property", &["99"]),
        ("GET", "/v1/jobs?limit=x", String::new(), 400, "invalid-query", &[]),
        ("GET", "/v1/jobz", String::new(), 404, "no-such-path", &[]),
        ("PUT", "/v1/jobs", "{}".to_owned(), 405, "wrong-method", &["PUT"]),
        ("POST", &format!("{job}/resume"), String::new(), 409, "empty", &["no files"]),
    ] {
        let problem = house.ask_with(method, target, "", body.as_bytes()).await.refuses(status, code, words);
        assert_eq!(problem["instance"], target.split('?').next().unwrap(), "{problem:#}");
    }
    let plain = house
        .exchange(b"POST /v1/jobs HTTP/1.0\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}")
        .await;
    plain.unwrap().refuses(415, "unsupported-media-type", &["application/json"]);
    let large = vec![b' '; (1 << 20) + 1];
    house.ask_with("POST", "/v1/jobs", "", &large).await.refuses(413, "body-too-large", &["1048576"]);
    let lie = house.exchange(b"POST /v1/jobs HTTP/1.0\r\ncontent-length: 99999999999\r\n\r\n").await;
    lie.unwrap().refuses(413, "body-too-large", &["1048576"]);
    // What is no HTTP at all ends its own connection and nothing else.
    for garbage in [&b"\0\0\0\0"[..], b"GET\r\n\r\n", b"\x16\x03\x01", &[b'x'; 100_000]] {
        let answer = house.exchange(garbage).await;
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
    }
    assert_eq!(house.job(&id).await, before, "no job changed");
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_the_state_of_a_job_forbids_is_refused_with_the_state() {
    let origin = Origin::start(FileServer::new(Content::new(1, 10))).await;
    let house = House::new();
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    let job = house.run(&["--json", "show", "f"]).await.json().remove(0);
    let id = job["id"].as_str().unwrap();
    for verb in ["resume", "suspend", "complete", "cancel"] {
        let answer = house.ask("POST", &format!("/v1/jobs/{id}/{verb}"), None).await;
        let problem = answer.refuses(409, "invalid-state", &["acknowledged"]);
        assert_eq!(problem["hresult"], "0x80D02013", "the family of the client decides");
        let bits =
            house.ask_with("POST", &format!("/v1/jobs/{id}/{verb}"), "bgcopy-family: bits\r\n", b"").await;
        assert_eq!(bits.refuses(409, "invalid-state", &[])["hresult"], "0x80200002");
    }
    assert_eq!(house.job(id).await, job);
}

#[tokio::test]
async fn j10_a_request_that_is_repeated_makes_one_job() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let body = json!({ "display_name": "once" }).to_string();
    let again = || house.ask_with("POST", "/v1/jobs", "idempotency-key: k-1\r\n", body.as_bytes());
    let first = again().await.is(201).json();
    house.kill_service().await;
    house.run(&["list"]).await.exits(0);
    assert_eq!(again().await.is(201).json()["id"], first["id"], "also after a restart");
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn j05_of_many_completes_one_wins_and_the_others_hear_the_same_or_the_state() {
    let content = Content::new(2, 10_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let id = house.fetch(&origin.url("/f"), "f", json!({})).await;
    house.until_state(&id, "transferred").await;
    assert!(!house.desk("f").exists(), "nothing appears before Complete");
    let target = format!("/v1/jobs/{id}/complete");
    let ask = || house.ask("POST", &target, None);
    let answers = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask());
    let answers = <[Answer; 8]>::from(answers);
    assert!(answers.iter().any(|answer| answer.status == 200));
    for answer in answers {
        match answer.status {
            200 => assert_eq!(answer.json()["outcome"], "ok"),
            _ => drop(answer.refuses(409, "invalid-state", &["acknowledged"])),
        }
    }
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn j02_another_user_cannot_talk_to_a_service_of_one_user() {
    if !is_root() {
        eprintln!("only root can be somebody else, so nothing is shown");
        return;
    }
    let house = House::new();
    // In a place that everybody may enter, so that it is the service that refuses.
    fs::set_permissions(house.at(""), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(house.at("open")).unwrap();
    let socket = house.at("open/s.sock");
    let daemon = house.start(&["daemon", "--socket", socket.to_str().unwrap()]);
    until("the service serves", async || UnixStream::connect(&socket).await.ok()).await;
    let mode = fs::metadata(&socket).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "not even the socket is open to others");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    let mut command = tokio::process::Command::new(BGCOPY);
    command
        .args(["--no-start", "--socket"])
        .arg(&socket)
        .arg("list")
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir("/");
    let refused = command.output().await.unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(9), "{told}");
    assert!(told.contains("may not talk to this service"), "{told}");
    drop(daemon);
}

#[tokio::test]
async fn j17_measurements_are_what_prometheus_reads() {
    let origin = Origin::start(FileServer::new(Content::new(5, 123_456))).await;
    let house = House::new();
    house.run(&["get", "-o", "f", &origin.url("/f")]).await.exits(0);
    house.run(&["get", "-o", "g", "--timeout", "0", "http://127.0.0.1:1/g"]).await.exits(4);
    let answer = house.ask("GET", "/metrics", None).await.is(200);
    assert!(answer.head.contains("application/openmetrics-text"), "{}", answer.head);
    assert!(answer.body.ends_with("# EOF\n"));
    let (mut kinds, mut names) = (Vec::new(), Vec::new());
    for line in answer.body.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            kinds.push(declared.split(' ').next().unwrap().to_owned());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = name.split('{').next().unwrap();
            assert!(kinds.iter().any(|kind| name.starts_with(&**kind)), "{line} is of no declared kind");
            assert!(name.starts_with("bgcopy_"), "{line}");
            names.push(line.to_owned());
        }
    }
    let value = |start: &str| {
        let found = names.iter().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start}: {names:#?}")).rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(value("bgcopy_bytes_downloaded_total{source=\"origin\"}"), "123456");
    assert_eq!(value("bgcopy_jobs{state=\"error\"}"), "1");
    assert_eq!(value("bgcopy_errors_total{context=\"general-transport\"}"), "1");
    assert!(!answer.body.contains("127.0.0.1"), "J17: no label per URL");
}

#[tokio::test]
async fn curl_speaks_it_as_the_readme_says() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let origin = Origin::start(FileServer::new(Content::new(6, 1_000))).await;
    let socket = house.socket();
    let curl = format!("curl -sS --fail-with-body --unix-socket {}", socket.display());
    let there = house.shell("command -v curl").await;
    if there.code != 0 {
        eprintln!("there is no curl here, so nothing is shown");
        return;
    }
    let service: Value =
        house.shell(&format!("{curl} http://bgcopy/v1/service")).await.exits(0).json().remove(0);
    assert_eq!((&service["name"], &service["api"]), (&json!("bgcopy"), &json!(1)));
    assert_eq!(service["state_folder"], json!(house.state("").to_str().unwrap().trim_end_matches('/')));
    let job = json!({
        "display_name": "curl", "resume": true, "settings": { "auto_complete": true },
        "files": [{ "remote_name": origin.url("/f"), "local_name": house.desk("f") }],
    });
    let made =
        house.shell(&format!("{curl} --json '{job}' http://bgcopy/v1/jobs")).await.exits(0).json().remove(0);
    let id = made["id"].as_str().unwrap();
    house.until_state(id, "acknowledged").await;
    let code =
        house.shell(&format!("{curl} http://bgcopy/v1/codes/BG_E_HTTP_ERROR_404")).await.exits(0).json();
    assert_eq!(code[0]["hresult"], "0x80190194");
    // --fail-with-body: the exit code says that it failed, and the document why.
    let unknown = house.shell(&format!("{curl} -X POST http://bgcopy/v1/jobs/{id}/resume")).await.exits(22);
    assert_eq!(unknown.json()[0]["code"], "invalid-state");
}

#[tokio::test]
async fn a_service_ends_when_it_is_told_to_and_its_jobs_stay() {
    let house = House::new();
    house.run(&["create", "--name", "kept"]).await.exits(0);
    let pid = house.service_pid().await;
    house.ask("POST", "/v1/shutdown", None).await.is(204);
    house.until_gone(pid).await;
    house.run(&["list"]).await.exits(0).prints(&["kept", "suspended"]);
}
