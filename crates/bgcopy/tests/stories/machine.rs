//! One service for the whole machine: everybody may ask, and everything is done with the rights of who asked
//! (faults J02, J03, C14; spec 9.9). Only root can tell these stories.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use bgcopy_testkit::{Content, FileServer, Gate, Origin};
use serde_json::json;

use crate::house::{Done, House, Running, assert_content, is_root, names};

/// Two ordinary users whom every system has.
const ADA: u32 = 1;
const BOB: u32 = 2;

/// A machine-wide service and its users.
struct Machine {
    /// Ends before its folders do.
    _daemon: Running,
    house: House,
    socket: String,
}

impl Machine {
    /// A service with more settings; none where the tests are not root's.
    async fn with(config: &str) -> Option<Self> {
        if !is_root() {
            eprintln!("only root can serve several users, so nothing is shown");
            return None;
        }
        // Servers of these stories are on this machine, but for the story of those.
        let house = House::with(&match config.contains("allow_local_servers") {
            true => config.to_owned(),
            false => format!("allow_local_servers = true\n{config}"),
        });
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(house.at(""), open).unwrap();
        for (folder, owner) in [("desk/ada", ADA), ("desk/bob", BOB)] {
            fs::create_dir(house.at(folder)).unwrap();
            chown(house.at(folder), Some(owner), Some(owner)).unwrap();
        }
        let [socket, state, config] = [house.at("serving/s.sock"), house.at("records"), house.config_file()]
            .map(|path| path.into_os_string().into_string().expect("a plain path"));
        let words = ["--system", "--socket", &socket, "daemon", "--state-dir", &state, "--config", &config];
        let daemon = house.start(&words);
        let machine = Self { _daemon: daemon, house, socket };
        crate::house::until("the service serves", async || {
            (machine.by(0, &["list"]).await.code == 0).then_some(())
        })
        .await;
        Some(machine)
    }

    /// `bgcopy --system` with these words, by this user.
    async fn by(&self, user: u32, words: &[&str]) -> Done {
        let words = [&["--system", "--socket", &self.socket], words].concat();
        self.house.start_as(user, &words).done().await
    }
}

#[tokio::test]
async fn e26_a_file_belongs_to_who_asked_for_it() {
    let Some(machine) = Machine::with("").await else { return };
    let content = Content::new(1, 300_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    machine.by(ADA, &["get", "-o", "ada/f", &origin.url("/f")]).await.exits(0);
    let file = machine.house.desk("ada/f");
    assert_content(&file, &content);
    let meta = fs::metadata(&file).unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o111), (ADA, ADA, 0));
    assert_eq!(names(&machine.house.desk("ada")), ["f"]);
}

#[tokio::test]
async fn j03_nobody_writes_through_the_service_where_they_may_not() {
    let Some(machine) = Machine::with("").await else { return };
    let origin = Origin::start(FileServer::new(Content::new(2, 10))).await;
    let house = &machine.house;
    // The service is root's, so only the rights of the caller can refuse this.
    let job = |path: &str| {
        let files = json!([{ "remote_name": origin.url("/f"), "local_name": path }]);
        json!({ "display_name": "f", "files": files, "resume": true }).to_string()
    };
    for path in ["/etc/bgcopy-story", house.desk("bob/f").to_str().unwrap()] {
        let curl =
            format!("curl -sS --unix-socket {} --json '{}' http://bgcopy/v1/jobs", machine.socket, job(path));
        let refused = house.start_shell_as(ADA, &curl).done().await.exits(0).json().remove(0);
        assert_eq!(
            (&refused["status"], &refused["code"]),
            (&json!(400), &json!("access-denied")),
            "{refused:#}"
        );
        assert!(!std::path::Path::new(path).exists());
    }
    // A link into a foreign folder is no way around it (E14).
    std::os::unix::fs::symlink(house.desk("bob"), house.desk("ada/way")).unwrap();
    let refused = machine.by(ADA, &["get", "-o", "ada/way/f", &origin.url("/f")]).await;
    assert_eq!(refused.code, 5, "{refused}");
    assert!(origin.requests().is_empty() && names(&house.desk("bob")).is_empty());
    machine.by(ADA, &["list"]).await.exits(0).tells(&["there are no jobs"]);
}

#[tokio::test]
async fn j03_nobody_reads_through_the_service_what_they_may_not() {
    let Some(machine) = Machine::with("").await else { return };
    let house = &machine.house;
    let secret = house.desk("bob/secret");
    fs::write(&secret, "bob's").unwrap();
    chown(&secret, Some(BOB), Some(BOB)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    // A link is no way around it (E14).
    std::os::unix::fs::symlink(&secret, house.desk("ada/way")).unwrap();
    for path in ["bob/secret", "ada/way"] {
        let refused = machine.by(ADA, &["manifest", path]).await.exits(5);
        assert!(refused.out.is_empty(), "{refused}");
        refused.tells(&[path, "Permission denied"]);
    }
    machine.by(BOB, &["manifest", "bob/secret"]).await.exits(0).prints(&["secret", "<size>5</size>"]);
}

/// A job of Ada's that has begun in a folder of hers; then the folder is Bob's, with files of the same names in it.
async fn begun_before_a_link(machine: &Machine, url: &str) -> (String, Vec<String>) {
    let house = &machine.house;
    let (folder, aside, trap) = (house.desk("ada/way"), house.desk("ada/aside"), house.desk("bob/trap"));
    fs::create_dir(&folder).unwrap();
    chown(&folder, Some(ADA), Some(ADA)).unwrap();
    let made = machine.by(ADA, &["get", "--no-wait", "-o", "ada/way/f", url]).await;
    let id = made.exits(0).out.trim().to_owned();
    let temporary = crate::house::until("the temporary file is there", async || {
        names(&folder).into_iter().find(|name| name.contains("bgcopy"))
    });
    let named = vec![temporary.await, "f".to_owned()];
    fs::create_dir(&trap).unwrap();
    for name in &named {
        fs::write(trap.join(name), "bob's").unwrap();
        chown(trap.join(name), Some(BOB), Some(BOB)).unwrap();
    }
    // As open as can be: only whose folder it is protects what is in it.
    chown(&trap, Some(BOB), Some(BOB)).unwrap();
    fs::rename(&folder, aside).unwrap();
    std::os::unix::fs::symlink(trap, folder).unwrap();
    (id, named)
}

fn assert_untouched(machine: &Machine, named: &[String]) {
    let trap = machine.house.desk("bob/trap");
    assert_eq!(names(&trap).len(), named.len(), "nothing was put there");
    for name in named {
        assert_eq!(fs::read_to_string(trap.join(name)).unwrap(), "bob's", "{name}");
        assert_eq!(fs::metadata(trap.join(name)).unwrap().uid(), BOB, "{name}");
    }
}

#[tokio::test]
async fn j03_nobody_deletes_through_the_service_what_is_anothers() {
    let Some(machine) = Machine::with("").await else { return };
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(Content::new(5, 300_000)).gate_at(100_000, &gate)).await;
    let (id, named) = begun_before_a_link(&machine, &origin.url("/f")).await;
    machine.by(ADA, &["cancel", &id]).await;
    machine.by(ADA, &["list"]).await.exits(0).tells(&["there are no jobs"]);
    assert_untouched(&machine, &named);
}

#[tokio::test]
async fn j03_nobody_replaces_through_the_service_what_is_anothers() {
    let Some(machine) = Machine::with("").await else { return };
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(Content::new(6, 300_000)).gate_at(100_000, &gate)).await;
    let (id, named) = begun_before_a_link(&machine, &origin.url("/f")).await;
    gate.open();
    let watched = machine.by(ADA, &["watch", &id]).await;
    assert_ne!(watched.code, 0, "a file cannot appear in Bob's folder: {watched}");
    assert_untouched(&machine, &named);
}

#[tokio::test]
async fn j03_nobody_copies_through_the_service_what_they_may_not_read() {
    let Some(machine) = Machine::with("").await else { return };
    let house = &machine.house;
    let content = Content::new(7, 3 << 20);
    let secret = house.desk("bob/secret");
    fs::write(&secret, content.bytes()).unwrap();
    chown(&secret, Some(BOB), Some(BOB)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    // Whoever knows the digest of a file and nothing more must not get it from a basis. The origin has nothing.
    let origin = Origin::start(|_: &bgcopy_testkit::RequestHead| bgcopy_testkit::Reply::status(404)).await;
    let file = json!({
        "remote_name": origin.url("/f"),
        "local_name": house.desk("ada/f"),
        "digest": format!("sha-256={}", crate::house::sha256(&content)),
        "basis": secret,
    });
    let job = json!({ "display_name": "f", "files": [file], "resume": true }).to_string();
    let ask = |user, what: &str| {
        let line = format!("curl -sS --unix-socket {} {what}", machine.socket);
        house.start_shell_as(user, &line)
    };
    let made =
        ask(ADA, &format!("--json '{job}' http://bgcopy/v1/jobs")).done().await.exits(0).json().remove(0);
    let id = made["id"].as_str().unwrap_or_else(|| panic!("{made:#}"));
    let error = crate::house::until("the job has stopped", async || {
        let seen = ask(ADA, &format!("http://bgcopy/v1/jobs/{id}")).done().await.json().remove(0);
        (seen["state"] == "error").then(|| seen["error"].clone())
    })
    .await;
    assert_eq!(error["code"], "access-denied", "{error:#}");
    let parts = crate::house::files_below(&house.desk("ada"));
    let leaked = parts.iter().any(|(_, bytes)| bytes.windows(64).any(|part| part == &content.bytes()[..64]));
    assert!(!leaked, "bytes of Bob's lie on Ada's desk");
}

#[tokio::test]
async fn j02_jobs_of_others_are_not_seen_and_not_touched() {
    let Some(machine) = Machine::with("").await else { return };
    let gate = Gate::new();
    let content = Content::new(3, 300_000);
    let origin = Origin::start(FileServer::new(content.clone()).gate_at(100_000, &gate)).await;
    let made = machine.by(ADA, &["get", "--no-wait", "-o", "ada/f", &origin.url("/f?sig=s3cret")]).await;
    let id = made.exits(0).out.trim().to_owned();
    machine.by(BOB, &["list"]).await.exits(0).tells(&["there are no jobs"]);
    machine.by(BOB, &["list", "--all-users"]).await.exits(9).tells(&["administrators"]);
    for verb in ["show", "files", "error", "resume", "suspend", "complete", "cancel"] {
        machine.by(BOB, &[verb, &id]).await.exits(9).tells(&["there is no job"]);
    }
    let shown = machine.by(0, &["list", "--all-users"]).await.exits(0).prints(&["uid:1", "f"]);
    assert!(!shown.out.contains("s3cret"));
    // Root sees where it comes from, and not the signature: that is its owner's.
    let files = machine.by(0, &["--json", "files", &id]).await.exits(0);
    assert!(files.out.contains("/f") && !files.out.contains("s3cret"), "{files}");
    assert!(machine.by(ADA, &["--json", "files", &id]).await.exits(0).out.contains("s3cret"));
    gate.open();
    machine.by(ADA, &["watch", &id]).await.exits(0);
    assert_content(&machine.house.desk("ada/f"), &content);
    machine.by(BOB, &["list", "--finished"]).await.exits(0).tells(&["no job has ended"]);
    machine.by(ADA, &["list", "--finished"]).await.exits(0).prints(&["acknowledged"]);
}

#[tokio::test]
async fn j08_limits_bind_ordinary_users_and_not_root() {
    let Some(machine) = Machine::with("max_jobs_per_user = 2\nmax_files_per_job = 1").await else { return };
    for name in ["one", "two"] {
        machine.by(ADA, &["create", "--name", name]).await.exits(0);
    }
    machine.by(ADA, &["create", "--name", "three"]).await.exits(9).tells(&[
        "2 jobs",
        "limit",
        "complete or cancel",
    ]);
    machine.by(BOB, &["create", "--name", "three"]).await.exits(0);
    let two = ["add", "one", "-d", "ada", "http://127.0.0.1:1/a", "http://127.0.0.1:1/b"];
    machine.by(ADA, &two).await.exits(9).tells(&["1 file"]);
    for _ in 0..3 {
        machine.by(0, &["create", "--name", "roots"]).await.exits(0);
    }
    machine.by(ADA, &["cancel", "one"]).await.exits(0);
    machine.by(ADA, &["create", "--name", "three"]).await.exits(0);
}

#[tokio::test]
async fn c07_an_ordinary_user_is_not_taken_to_servers_of_this_machine() {
    let Some(machine) = Machine::with("allow_local_servers = false").await else { return };
    let content = Content::new(4, 10_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let port = origin.addr().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0.0.0.0", "2130706433"] {
        let url = format!("http://{host}:{port}/f");
        let refused = machine.by(ADA, &["get", "-o", "ada/f", &url]).await;
        assert_ne!(refused.code, 0, "{refused}");
        refused.tells(&["this machine", "allow_local_servers", "administrators"]);
    }
    let mirror = ["get", "-o", "ada/f", "--mirror", &origin.url("/f"), "http://192.0.2.1/f"];
    assert_ne!(machine.by(ADA, &mirror).await.code, 0);
    machine.by(ADA, &["list"]).await.exits(0).tells(&["there are no jobs"]);
    // Neither does the service read a document there for her.
    let document = machine.by(ADA, &["get", &origin.url("/f.meta4")]).await;
    assert_ne!(document.code, 0, "{document}");
    document.tells(&["this machine"]);
    assert!(origin.requests().is_empty());
    // Root knows what is there.
    machine.by(0, &["get", "-o", "roots", &origin.url("/f")]).await.exits(0);
    assert_content(&machine.house.desk("roots"), &content);
    // The user of a service of their own may, as every other story shows.
}

#[tokio::test]
async fn an_administrator_may_take_a_job_over_and_nobody_else() {
    let Some(machine) = Machine::with("").await else { return };
    let id = machine.by(ADA, &["create", "--name", "orphan"]).await.exits(0).out.trim().to_owned();
    machine.by(BOB, &["set", &id, "--take-ownership"]).await.exits(9);
    machine.by(0, &["set", &id, "--take-ownership"]).await.exits(0);
    machine.by(ADA, &["show", &id]).await.exits(9).tells(&["there is no job"]);
    let job = machine.by(0, &["--json", "show", &id]).await.exits(0).json().remove(0);
    assert_eq!(job["owner_uid"], 0);
}

#[tokio::test]
async fn f18_a_service_of_root_runs_nobodys_programs() {
    let Some(machine) = Machine::with("").await else { return };
    let id = machine.by(ADA, &["create", "--name", "hook"]).await.exits(0).out.trim().to_owned();
    let set = ["set", &id, "notify-cmd-line=/bin/touch /tmp/never"];
    let refused = machine.by(ADA, &set).await;
    assert_ne!(refused.code, 0, "{refused}");
    let job = machine.by(ADA, &["--json", "show", &id]).await.exits(0).json().remove(0);
    assert_eq!(job["settings"]["notify_cmd_line"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_machine_wide_service_is_never_started_by_a_client() {
    let house = House::new();
    let socket = house.at("none.sock");
    let words = ["--system", "--socket", socket.to_str().unwrap(), "list"];
    house.run(&words).await.exits(8).tells(&["none.sock", "systemctl start bgcopy"]);
    assert!(!socket.exists());
}
