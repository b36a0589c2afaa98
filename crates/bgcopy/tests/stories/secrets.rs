//! Secrets stay where they belong: in the requests that need them, and in the files kept for them (faults C09,
//! C13, C14; invariant 8).

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use bgcopy_testkit::{Content, FileServer, Gate, Login, Origin};
use rustix::process::Signal;
use serde_json::json;

use crate::house::{House, Running, files_below, until};

const PASSWORD: &str = "pAssw0rd-of-ada";
const TOKEN: &str = "t0ken-of-ada";
const SIGNATURE: &str = "s1gnature-of-ada";

/// What a person or program is told, with the URL shown to its owner left out: it is the owner's own.
async fn everything_told(house: &House, id: &str) -> String {
    let mut told = String::new();
    for words in [
        &["list"][..],
        &["show", "f"],
        &["error", "f"],
        &["--json", "list"],
        &["--json", "show", "f"],
        &["--json", "error", "f"],
        &["list", "--finished"],
    ] {
        told += &house.run(words).await.said();
    }
    for path in ["", "/error", "/extended-error-info"] {
        told += &house.ask("GET", &format!("/v1/jobs/{id}{path}"), None).await.body;
    }
    told += &house.ask("GET", "/metrics", None).await.body;
    told += &house.ask("GET", "/v1/config", None).await.body;
    told
}

#[tokio::test]
async fn c09_c14_no_secret_leaves_the_files_that_are_kept_for_them() {
    let login = Login::Basic("ada".to_owned(), PASSWORD.to_owned());
    let server = FileServer::new(Content::new(1, 5_000)).login(login).failing(404, 1);
    let origin = Origin::start(server).await;
    let house = House::with("log_level = \"trace\"");
    let url = origin.url("/f").replace("http://", &format!("http://ada:{PASSWORD}@"));
    let header = format!("X-Token: {TOKEN}");
    let get = ["get", "-H", &header, "-o", "f", &format!("{url}?sig={SIGNATURE}")];
    let done = house.run(&get).await.exits(3);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    let service = house.service_pid().await;
    let told = done.said() + &everything_told(&house, &id).await;
    let log = fs::read_to_string(house.state("bgcopy.log")).unwrap();
    let title = fs::read(format!("/proc/{service}/cmdline")).unwrap();
    for secret in [PASSWORD, TOKEN, SIGNATURE] {
        assert!(!told.contains(secret), "{secret} is told:\n{told}");
        assert!(!log.contains(secret), "{secret} is logged:\n{log}");
        assert!(!String::from_utf8_lossy(&title).contains(secret));
    }
    assert!(log.contains("http-404"), "the log is the right one");
    // At rest: the password and the token in the files for secrets, and nowhere else.
    let files = files_below(&house.at("state"));
    let holders = |secret: &str| -> Vec<_> {
        let holds = |content: &[u8]| content.windows(secret.len()).any(|part| part == secret.as_bytes());
        files.iter().filter(|(_, content)| holds(content)).map(|(path, _)| path.clone()).collect()
    };
    for secret in [PASSWORD, TOKEN] {
        let holders = holders(secret);
        assert!(!holders.is_empty(), "{secret} is needed after a restart");
        assert!(holders.iter().all(|path| path.starts_with(house.state("secrets"))), "{holders:?}");
    }
    for (path, _) in &files {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o077, 0, "{}", path.display());
    }
    assert_eq!(fs::metadata(house.state("")).unwrap().mode() & 0o777, 0o700);

    // They are good after a restart, and gone with the job.
    house.kill_service().await;
    house.run(&["resume", "f"]).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    let mut names = [0; 4_096];
    let length = rustix::fs::listxattr(house.desk("f"), &mut names[..]).unwrap_or(0);
    let names = String::from_utf8_lossy(&names[..length]).into_owned();
    assert!(!names.contains("user."), "where it came from is nobody's business: {names:?}");
    let last = origin.requests().pop().unwrap();
    assert_eq!(
        (last.header("x-token"), last.target.as_str()),
        (Some(TOKEN), &*format!("/f?sig={SIGNATURE}"))
    );
    house.until_nothing_is_kept().await;
}

#[tokio::test]
async fn c14_headers_are_shown_to_their_owner_until_they_are_not() {
    let origin = Origin::start(FileServer::new(Content::new(2, 10))).await;
    let house = House::new();
    let header = format!("X-Token: {TOKEN}");
    let id = house.run(&["create", "-H", &header, "-o", "f", &origin.url("/f")]).await.exits(0).out;
    let target = format!("/v1/jobs/{}/headers", id.trim());
    let shown = house.ask("GET", &target, None).await.is(200).json();
    assert_eq!(shown["headers"], json!([{ "name": "X-Token", "value": TOKEN }]));
    house.run(&["set", "f", "headers-write-only=yes"]).await.exits(0);
    let refused = house.ask("GET", &target, None).await;
    assert!(!refused.body.contains(TOKEN));
    refused.refuses(403, "access-denied", &["write-only"]);
}

#[tokio::test]
async fn c13_two_jobs_with_other_logins_share_no_connection() {
    let login = Login::Basic("ada".to_owned(), PASSWORD.to_owned());
    let gate = Gate::new();
    gate.open();
    let origin = Origin::start(FileServer::new(Content::new(3, 5_000)).login(login).gate_at(10, &gate)).await;
    let house = House::new();
    let ada = format!("ada:{PASSWORD}");
    house.run(&["get", "-o", "a", "--user", &ada, &origin.url("/f")]).await.exits(0);
    house.run(&["get", "-o", "b", "--user", "bob:x", &origin.url("/f")]).await.exits(3);
    let connections = |user: &str| -> Vec<usize> {
        let shown = |value: Option<&str>| value.is_some_and(|value| value.starts_with("Basic "));
        let of_ada = |request: &bgcopy_testkit::RequestHead| request.number <= 2;
        let requests = origin.requests();
        let mine = requests.iter().filter(|request| of_ada(request) == (user == "ada"));
        mine.filter(|request| shown(request.header("authorization")))
            .map(|request| request.connection)
            .collect()
    };
    let (ada, bob) = (connections("ada"), connections("bob"));
    assert!(!ada.is_empty() && !bob.is_empty(), "{:?}", origin.requests());
    assert!(ada.iter().all(|connection| !bob.contains(connection)), "{ada:?} {bob:?}");
}

/// A service with this folder of credentials, as systemd gives one.
async fn serve_with_credentials(house: &House, credentials: &Path) -> Running {
    let folder = credentials.to_str().expect("a plain path");
    let daemon = house.start_with(&["daemon"], &[("CREDENTIALS_DIRECTORY", folder)]);
    let pid = daemon.pid();
    until("the service serves", async || {
        let service = house.try_ask("GET", "/v1/service", None).await?;
        (service.json()["pid"] == pid).then_some(())
    })
    .await;
    daemon
}

#[tokio::test]
async fn c14_with_a_credential_secrets_are_encrypted_at_rest() {
    let login = Login::Basic("ada".to_owned(), PASSWORD.to_owned());
    let origin = Origin::start(FileServer::new(Content::new(4, 5_000)).login(login)).await;
    let house = House::new();
    let credentials = house.at("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("bgcopy-secrets-key"), [7; 32]).unwrap();
    let daemon = serve_with_credentials(&house, &credentials).await;
    let url = origin.url("/f").replace("http://", &format!("http://ada:{PASSWORD}@"));
    let create = ["create", "--name", "f", "-H", &format!("X-Token: {TOKEN}"), "-o", "f", &url];
    house.run(&create).await.exits(0);
    let files = files_below(&house.at("state"));
    assert!(files.iter().any(|(path, _)| path.starts_with(house.state("secrets"))), "there are secrets");
    for secret in [PASSWORD, TOKEN] {
        let holds = |content: &[u8]| content.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!files.iter().any(|(_, content)| holds(content)), "{secret} is on the disk in clear");
    }
    let pid = daemon.pid();
    daemon.signal(Signal::KILL);
    house.until_gone(pid).await;
    drop(daemon);

    // Without the key nothing is lost: the service does not start.
    let refused = house.run(&["daemon"]).await;
    assert_ne!(refused.code, 0, "{refused}");
    refused.tells(&["secrets", "credential"]);
    let _daemon = serve_with_credentials(&house, &credentials).await;
    house.run(&["resume", "f"]).await.exits(0);
    house.run(&["watch", "f"]).await.exits(0);
    assert_eq!(origin.requests().pop().unwrap().header("x-token"), Some(TOKEN));
}
