//! `bgcopy daemon --agent` in the place of Microsoft's Linux agent, seen from outside: the door that clients look for,
//! whom the process becomes, and what stays over a restart (agent-rest 2, 5, 9, 13).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use bgcopy_testkit::{FileServer, Gate, HttpProxy, Origin};
use rustix::fs::{FlockOperation, flock};
use rustix::process::Signal;
use serde_json::Value;

use crate::house::{BGCOPY, House, NOBODY, Running, Tmpfs, assert_content, is_root, large, names, until};

/// A house whose agent keeps everything below `snap`.
struct Agency {
    house: House,
    snap: String,
    socket: String,
}

impl Agency {
    fn new() -> Self {
        let house = House::new();
        // Whoever the agent becomes comes here and writes to the desk.
        for (folder, mode) in [("", 0o755), ("desk", 0o777)] {
            fs::set_permissions(house.at(folder), fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(house.at("snap")).unwrap();
        let plain = |path: std::path::PathBuf| path.into_os_string().into_string().expect("a plain path");
        let (snap, socket) = (plain(house.at("snap")), plain(house.at("snap/bgcopy/bgcopy.sock")));
        Self { house, snap, socket }
    }

    /// The agent, once it answers.
    async fn start(&self, environment: &[(&str, &str)]) -> Running {
        let words: &[&str] = match is_root() {
            true => &["daemon", "--agent", "--agent-user", "nobody"],
            false => &["daemon", "--agent", "--socket", &self.socket],
        };
        let environment = [&[("SNAP_DATA", self.snap.as_str())], environment].concat();
        let agent = self.house.start_with(words, &environment);
        let own = format!("restport.{}", agent.pid());
        until("the agent answers", async || {
            let port = fs::read_to_string(self.house.at("snap/run").join(&own)).ok()?.trim().parse().ok()?;
            Connection::open(port).ok()?.try_call("GET", "download/enumerate").map(drop)
        })
        .await;
        agent
    }

    /// Waits until the state is nobody's: of a process that was killed, a thread that waits for the disk ends last and
    /// holds the lock so long.
    async fn until_unlocked(&self) {
        until("the lock is free", async || {
            let lock = fs::File::open(self.house.at("snap/bgcopy/lock")).ok()?;
            flock(&lock, FlockOperation::NonBlockingLockExclusive).ok()
        })
        .await;
    }

    /// A connection, found as the client library finds it.
    fn connect(&self) -> Connection {
        let folder = self.house.at("snap/run");
        let files = names(&folder);
        assert_eq!(files.len(), 1, "exactly one: {files:?}");
        let port = fs::read_to_string(folder.join(&files[0])).unwrap().trim().parse().unwrap();
        Connection::open(port).unwrap()
    }
}

/// A connection to an agent.
struct Connection(TcpStream);

impl Connection {
    fn open(port: u16) -> std::io::Result<Self> {
        TcpStream::connect(("127.0.0.1", port)).map(Self)
    }

    /// The status line's number and the body; none where the agent is gone.
    fn try_call(&mut self, method: &str, target: &str) -> Option<(u16, Value)> {
        self.0.write_all(format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).ok()?;
        let mut text = Vec::new();
        loop {
            let mut more = [0; 2_048];
            let read = self.0.read(&mut more).ok().filter(|read| *read > 0)?;
            text.extend(&more[..read]);
            let said = String::from_utf8_lossy(&text);
            let Some((head, body)) = said.split_once("\r\n\r\n") else { continue };
            let length: usize = head.split("Content-Length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
            if body.len() == length {
                return Some((head.get(9..12)?.parse().ok()?, serde_json::from_str(body).ok()?));
            }
        }
    }

    fn call(&mut self, method: &str, target: &str) -> (u16, Value) {
        self.try_call(method, target).expect("an answer")
    }

    fn act(&mut self, verb: &str, id: &str) -> u16 {
        self.call("POST", &format!("download/{verb}?Id={id}")).0
    }

    fn create(&mut self, url: &str, path: &Path) -> String {
        let target = format!("download/create?Uri={url}&DownloadFilePath={}", path.display());
        let (status, made) = self.call("POST", &target);
        assert_eq!(status, 200);
        made["Id"].as_str().expect("an id").to_owned()
    }

    /// A member of the status as text; empty where the download is not known.
    fn status(&mut self, id: &str, member: &str) -> String {
        let (_, status) = self.call("GET", &format!("download/getstatus?Id={id}"));
        status[member].as_str().unwrap_or_default().to_owned()
    }

    async fn until(&mut self, id: &str, state: &str) {
        until(state, async || (self.status(id, "Status") == state).then_some(())).await;
    }
}

#[tokio::test]
async fn a_download_is_a_job_like_any_other_and_keeps_its_id_over_a_kill() {
    let agency = Agency::new();
    let (content, gate) = (large(1, 24), Gate::new());
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"").gate_at(12 << 20, &gate)).await;
    let path = agency.house.desk("f");
    let killed = agency.start(&[]).await;
    let mut client = agency.connect();
    let created = client.create(&origin.url("/f"), &agency.house.desk("later"));
    let id = client.create(&origin.url("/f"), &path);
    assert_eq!(client.act("start", &id), 200);
    until("half of it", async || {
        (client.status(&id, "BytesTransferred").parse::<u64>().unwrap() >= 11 << 20).then_some(())
    })
    .await;
    // A person sees it with the commands of the service.
    let list =
        agency.house.run(&["--socket", &agency.socket, "--json", "list", "--all-users"]).await.exits(0);
    let job = list.json().into_iter().find(|job| job["id"] == id.as_str()).expect("it is listed");
    assert_eq!((job["display_name"].as_str(), job["state"].as_str()), (Some("f"), Some("transferring")));

    drop(killed);
    agency.until_unlocked().await;
    let before = origin.bytes_sent();
    let agent = agency.start(&[]).await;
    let mut client = agency.connect();
    assert_eq!(client.status(&created, "Status"), "Created");
    assert_eq!(client.status(&id, "Status"), "Transferring");
    gate.open();
    client.until(&id, "Transferred").await;
    assert_content(&path, &content);
    assert!(origin.bytes_sent() - before < 22 << 20, "what was here is not fetched again");
    assert_eq!((client.act("finalize", &id), client.act("abort", &created)), (200, 200));
    assert_eq!(names(&agency.house.at("desk")), ["f"]);

    agent.signal(Signal::HUP);
    assert_eq!(client.call("POST", "download/create").0, 200, "it goes on");
    agent.signal(Signal::TERM);
    agent.done().await.exits(0);
}

#[tokio::test]
async fn root_opens_the_door_and_becomes_the_user() {
    if !is_root() {
        eprintln!("only root can become somebody else, so nothing is shown");
        return;
    }
    let agency = Agency::new();
    let content = large(2, 1);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let agent = agency.start(&[]).await;
    let status = fs::read_to_string(format!("/proc/{}/status", agent.pid())).unwrap();
    let line = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let all = format!("\t{NOBODY}\t{NOBODY}\t{NOBODY}\t{NOBODY}");
    assert_eq!((line("Uid:"), line("Gid:")), (format!("Uid:{all}"), format!("Gid:{all}")));
    assert_eq!(line("CapEff:"), "CapEff:\t0000000000000000");
    // The folder of the port file is root's, so that nobody puts another one there.
    let owner = |name: &str| agency.house.at(name).metadata().unwrap().uid();
    assert_eq!((owner("snap/run"), owner("snap/etc"), owner("snap/bgcopy")), (0, NOBODY, NOBODY));
    let mut client = agency.connect();
    let id = client.create(&origin.url("/f"), &agency.house.desk("f"));
    assert_eq!(client.act("start", &id), 200);
    client.until(&id, "Transferred").await;
    assert_content(&agency.house.desk("f"), &content);
    assert_eq!(agency.house.desk("f").metadata().unwrap().uid(), NOBODY);
    // Where the user may not write.
    let forbidden = client.create(&origin.url("/f"), &agency.house.at("home/f"));
    let (status, refused) = client.call("POST", &format!("download/start?Id={forbidden}"));
    assert_eq!(
        (status, refused["ErrorCode"].as_i64()),
        (400, Some(i64::from(0xC0D0_000D_u32.cast_signed())))
    );
}

#[tokio::test]
async fn an_unknown_user_is_told_how_to_be_made() {
    if !is_root() {
        eprintln!("only root can become somebody else, so nothing is shown");
        return;
    }
    let agency = Agency::new();
    let words = ["daemon", "--agent", "--agent-user", "no-such-user"];
    let refused = agency.house.start_with(&words, &[("SNAP_DATA", &agency.snap)]).done().await;
    refused.exits(1).tells(&["no user \"no-such-user\"", "useradd --system"]);
    assert!(!agency.house.at("snap/run").exists(), "nothing was begun");
    agency.house.run(&["daemon", "--agent", "--system"]).await.exits(1).tells(&["leave out --system"]);
}

#[tokio::test]
async fn a_full_disk_is_told_at_once_and_what_came_is_gone_on_with() {
    let agency = Agency::new();
    let Some(volume) = Tmpfs::mount(&agency.house.desk("small"), "8m") else { return };
    let content = large(4, 12);
    let origin = Origin::start(FileServer::new(content.clone()).etag("\"1\"")).await;
    let _agent = agency.start(&[]).await;
    let mut client = agency.connect();
    let path = agency.house.desk("small/f");
    let id = client.create(&origin.url("/f"), &path);
    assert_eq!(client.act("start", &id), 200);
    client.until(&id, "Paused").await;
    // `ENOSPC` (agent-rest 10, 13).
    assert_eq!(client.status(&id, "ErrorCode"), 0xC0D0_001C_u32.cast_signed().to_string());
    assert_eq!(client.status(&id, "ExtendedErrorCode"), "0");
    volume.resize("64m");
    client.until(&id, "Transferred").await;
    assert_content(&path, &content);
    // Its files are still open until it ends, and the volume goes with this story.
    assert_eq!(client.act("abort", &id), 200);
    assert!(names(&agency.house.desk("small")).is_empty());
}

#[tokio::test]
async fn the_proxies_of_its_environment_are_used() {
    let agency = Agency::new();
    let content = large(3, 1);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let proxy = HttpProxy::start(origin.addr()).await;
    let _agent = agency.start(&[("http_proxy", &format!("http://{}", proxy.addr()))]).await;
    let mut client = agency.connect();
    let id = client.create("http://origin.test/f", &agency.house.desk("f"));
    assert_eq!(client.act("start", &id), 200);
    client.until(&id, "Transferred").await;
    assert_content(&agency.house.desk("f"), &content);
    assert!(!proxy.requests().is_empty());
}

#[tokio::test]
async fn under_the_name_of_the_original_it_says_its_version_and_nothing_else() {
    let agency = Agency::new();
    let program = agency.house.at("bin/deliveryoptimization-agent");
    symlink(BGCOPY, &program).unwrap();
    for flag in ["--version", "-v"] {
        let line = format!("deliveryoptimization-agent {flag}");
        let said = agency.house.shell(&line).await.exits(0);
        assert!(said.out.ends_with(";deliveryoptimization-agent/v1.1.0\n"), "{said}");
        assert_eq!((said.out.lines().count(), said.err.as_str()), (1, ""));
    }
    agency.house.shell("deliveryoptimization-agent --what").await.exits(2).tells(&["--what"]);
}
