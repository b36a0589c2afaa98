//! Who asks, and how (faults J): web pages, hoarders of connections, other versions, terminals, names that command.

use std::fs;
use std::time::{Duration, Instant};

use bgcopy_testkit::{Content, FileServer, Gate, Origin, Site};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::house::{House, assert_content, names, until};

/// The inodes of the sockets of a process.
fn sockets_of(pid: u32) -> Vec<String> {
    let folder = format!("/proc/{pid}/fd");
    let links = names(folder.as_ref()).into_iter().filter_map(|name| {
        let target = fs::read_link(format!("{folder}/{name}")).ok()?;
        Some(target.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned())
    });
    links.collect()
}

/// The inodes of sockets that the network can reach: of TCP those that listen, of UDP all.
fn reachable_sockets(pid: u32) -> Vec<String> {
    let mut found = Vec::new();
    for (table, state) in [("tcp", Some("0A")), ("tcp6", Some("0A")), ("udp", None), ("udp6", None)] {
        let text = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            if state.is_none_or(|state| columns.get(3) == Some(&state)) {
                found.extend(columns.get(9).map(|inode| (*inode).to_owned()));
            }
        }
    }
    found
}

#[tokio::test]
async fn j01_no_web_page_reaches_the_service() {
    // A page can send requests to any port of this machine (rebinding, cross-site POST): there is none.
    let content = Content::new(1, 300_000);
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(content).gate_at(100_000, &gate)).await;
    let house = House::new();
    let id = house.fetch_later(&origin.url("/f"), "f").await;
    house.until_state(&id, "transferring").await;
    let pid = house.service_pid().await;
    let mine = sockets_of(pid);
    assert!(mine.len() >= 2, "the socket of clients, and that of the transfer: {mine:?}");
    let reachable = reachable_sockets(pid);
    assert!(mine.iter().all(|inode| !reachable.contains(inode)), "{mine:?} of {reachable:?}");
    // And what a form could send would be refused: it is not JSON by its type.
    let form = b"POST /v1/jobs HTTP/1.0\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\n{}";
    house.exchange(form).await.unwrap().refuses(415, "unsupported-media-type", &[]);
    gate.open();
    house.until_state(&id, "acknowledged").await;
}

/// What a process holds in memory, in KiB.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn j07_a_thousand_idle_connections_are_few_and_cost_little() {
    const MANY: usize = 1_000;
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let house = House::new();
    house.run(&["create", "--name", "kept"]).await.exits(0);
    let pid = house.service_pid().await;
    let before = resident(pid);
    let mut idle = Vec::new();
    for _ in 0..MANY {
        // The backlog may be full for a moment.
        let connected =
            until("there is room in the queue", async || UnixStream::connect(house.socket()).await.ok());
        idle.push(connected.await);
    }
    // The last of them is told why, or let go without a word, as are all who come after.
    let told = until("somebody is refused", async || house.try_ask("GET", "/v1/service", None).await).await;
    told.refuses(429, "too-many-connections", &["64"]);
    let held = sockets_of(pid).len();
    assert!(held < 64 + 32 + 16, "{held} sockets are held");
    let grown = resident(pid).saturating_sub(before);
    assert!(grown < 16 << 10, "{grown} KiB for {MANY} connections");
    drop(idle);
    until("there is room again", async || {
        house.try_ask("GET", "/v1/service", None).await.filter(|answer| answer.status == 200)
    })
    .await;
    house.run(&["list"]).await.exits(0).prints(&["kept"]);
    assert_eq!(house.lock_holder(), Some(pid));
}

#[tokio::test]
async fn j09_ranges_that_make_no_sense_are_refused_and_any_order_is_kept() {
    let content = Content::new(2, 10_000);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let job = |ranges: serde_json::Value| {
        let file =
            json!({ "remote_name": origin.url("/f"), "local_name": house.desk("f"), "ranges": ranges });
        json!({
            "display_name": "parts", "files": [file], "resume": true, "settings": { "auto_complete": true },
        })
    };
    let part = |offset: u64, length: u64| json!({ "offset": offset, "length": length });
    for (ranges, code) in [
        (json!([part(0, 10), part(9, 1)]), "overlapping-ranges"),
        (json!([part(100, 50), part(0, 101)]), "overlapping-ranges"),
        (json!([{ "offset": 5 }, part(7, 1)]), "overlapping-ranges"),
        (json!([part(5, 0)]), "invalid-range"),
        (json!([part(u64::MAX - 1, 10)]), "invalid-range"),
        (json!([{ "offset": -1, "length": 10 }]), "invalid-body"),
    ] {
        house.ask("POST", "/v1/jobs", Some(&job(ranges.clone()))).await.refuses(400, code, &[]);
    }
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
    assert!(origin.requests().is_empty());
    // "Ranges are put together in the order given": unsorted is no mistake.
    let id = house.create(&job(json!([part(9_000, 1_000), part(0, 10), part(500, 100)]))).await;
    house.until_state(&id, "acknowledged").await;
    let whole = content.bytes();
    let expected = [&whole[9_000..], &whole[..10], &whole[500..600]].concat();
    assert!(fs::read(house.desk("f")).unwrap() == expected);
    // What lies behind the end is known only once the server has told the size.
    let id = house.create(&job(json!([part(0, 10), part(20_000, 10)]))).await;
    let error = house.until_state(&id, "error").await["error"].clone();
    assert_eq!(
        (&error["code"], &error["context"], &error["class"]),
        (&json!("invalid-range"), &json!("remote-file"), &json!("fatal")),
        "{error:#}"
    );
}

#[tokio::test]
async fn j11_a_pipe_that_breaks_ends_the_command_and_not_the_job() {
    let gate = Gate::new();
    let content = Content::new(3, 500_000);
    let origin = Origin::start(FileServer::new(content.clone()).gate_at(100_000, &gate)).await;
    let house = House::new();
    let line = format!("(bgcopy --json get -o f {}; echo ended $? >&2) | head -n 1", origin.url("/f"));
    let pipe = house.start_shell(&line);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"].as_u64() > Some(0)).await;
    gate.open();
    let done = pipe.done().await.exits(0).prints(&["created"]).tells(&["ended 141"]);
    assert!(!done.err.contains("Broken pipe") && !done.err.contains("panic"), "{done}");
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn j11_without_a_terminal_in_the_c_locale_and_narrow_everything_is_told_in_plain_ascii() {
    let site = Site::new().file("/na%C3%AFve.iso", FileServer::new(Content::new(4, 50_000)));
    let origin = Origin::start(site).await;
    let house = House::new();
    let url = origin.url("/na%C3%AFve.iso");
    let narrow = [("LC_ALL", "C"), ("COLUMNS", "20"), ("TERM", "dumb")];
    let done = house.start_with(&["get", &url], &narrow).done().await.exits(0);
    assert!(done.said().is_ascii() && !done.said().contains('\x1b'), "{done}");
    assert_eq!(house.on_the_desk(), ["naïve.iso"]);
    for words in [&["list", "--finished"][..], &["show", "naïve.iso"], &["files", "naïve.iso"]] {
        let done = house.start_with(words, &narrow).done().await.exits(0);
        assert!(done.said().is_ascii(), "{done}");
    }
    // JSON is for programs: it does not depend on who looks.
    let wide = house.run(&["--json", "show", "naïve.iso"]).await.exits(0);
    let json = house.start_with(&["--json", "show", "naïve.iso"], &narrow).done().await.exits(0);
    assert_eq!(json.json(), wide.json());
    assert!(json.json()[0].to_string().contains("naïve.iso"));
}

/// Answers one connection after the other as a service of this version of the API would.
async fn pretend_version(house: &House, version: &str) -> tokio::task::JoinHandle<()> {
    let folder = house.socket().parent().unwrap().to_owned();
    fs::create_dir_all(&folder).unwrap();
    let _ = fs::remove_file(house.socket());
    let listener = UnixListener::bind(house.socket()).unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nbgcopy-api: {version}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4_096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
}

#[tokio::test]
async fn j12_a_program_that_does_not_fit_the_service_says_which_side_to_upgrade() {
    for (version, told) in [
        ("2", "upgrade this program"),
        ("999999", "upgrade this program"),
        ("0", "upgrade or restart the service"),
    ] {
        let house = House::new();
        let service = pretend_version(&house, version).await;
        for words in [&["list"][..], &["get", "-o", "f", "http://127.0.0.1:1/f"]] {
            house.run(words).await.exits(8).tells(&[version, told]);
        }
        service.abort();
    }
}

#[tokio::test]
async fn j16_a_name_commands_neither_terminal_nor_log() {
    const NAME: &str = "a\n\u{1b}[31mred\u{202e}gpj\r2026-01-01 ERROR forged";
    let origin = Origin::start(FileServer::new(Content::new(5, 10)).failing(404, usize::MAX)).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let files =
        json!([{ "remote_name": origin.url("/f%0a%1b[31m"), "local_name": house.desk("f\n\u{1b}[31m") }]);
    let id = house
        .create(&json!({ "display_name": NAME, "description": NAME, "files": files, "resume": true }))
        .await;
    house.until_state(&id, "error").await;
    for words in [&["list"][..], &["show", &id], &["files", &id], &["error", &id], &["cancel", &id]] {
        let done = house.run(words).await.exits(0);
        let said = done.said();
        assert!(!said.contains(['\u{1b}', '\u{202e}', '\r']), "{said:?}");
        assert!(!said.lines().any(|line| line.starts_with("2026-01-01 ERROR")), "{said}");
    }
    let log = fs::read_to_string(house.state("bgcopy.log")).unwrap();
    assert!(log.contains(&id), "it is told of: {log}");
    assert!(!log.contains(['\u{1b}', '\u{202e}', '\r']), "{log:?}");
    // Programs get what was given.
    assert_eq!(house.job(&id).await["display_name"], NAME);
}

#[tokio::test]
async fn j18_a_service_that_is_absent_is_told_within_a_second() {
    let house = House::new();
    let start = Instant::now();
    let done = house.run(&["--json", "--no-start", "list"]).await.exits(8);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let told = done.json().pop().unwrap();
    assert_eq!((&told["code"], &told["exit_code"]), (&json!("no-service"), &json!(8)), "{told:#}");
    // A socket on which nobody is left is no service either.
    fs::create_dir_all(house.socket().parent().unwrap()).unwrap();
    drop(UnixListener::bind(house.socket()).unwrap());
    let start = Instant::now();
    house.run(&["--no-start", "list"]).await.exits(8).tells(&["no service answers", "bgcopy daemon"]);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn j14_who_has_no_session_is_served_like_anybody() {
    // As from cron, or from the account of a service: no terminal, no session, hardly an environment.
    let content = Content::new(6, 50_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let bare = format!(
        "env -i HOME={} XDG_CONFIG_HOME={} XDG_STATE_HOME={} BGCOPY_SOCKET={} setsid {}",
        house.at("home").display(),
        house.at("config").display(),
        house.at("state").display(),
        house.socket().display(),
        house.at("bin/bgcopy").display()
    );
    let line = format!("{bare} get -o f {} </dev/null >../out 2>&1", origin.url("/f"));
    house.shell(&line).await.exits(0);
    assert_content(&house.desk("f"), &content);
    // Nobody is logged on, and the service is there for the next one.
    let id =
        house.shell(&format!("{bare} get --no-wait -o g {} </dev/null", origin.url("/g"))).await.exits(0);
    house.until_state(id.out.trim(), "acknowledged").await;
    assert_content(&house.desk("g"), &content);
}
