//! What `bgcopy error` proposes is what works: each story breaks, runs the very command that is printed, with its
//! words in capitals filled in, and has its file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bgcopy_testkit::{
    Authority, Content, FileServer, Framing, Gate, HttpProxy, Login, Origin, Reply, RequestHead, Site,
    TlsServer,
};
use serde_json::json;

use crate::house::{House, assert_content, proposed};

/// A job that is stuck, to be mended.
struct Stuck<'a> {
    house: &'a House,
    id: String,
    explained: String,
}

impl<'a> Stuck<'a> {
    /// `get`, which ends with this exit code; the explanation that it prints is that of `bgcopy error`.
    async fn get(house: &'a House, words: &[&str], exit: i32) -> Self {
        let done = house.run(&[&["get", "-o", "f"], words].concat()).await.exits(exit);
        let id = house.job_id("f").await;
        let explained = house.run(&["error", "f"]).await.exits(0).out;
        for line in explained.lines() {
            assert!(done.err.contains(line), "{line:?} is not told by {done}");
        }
        Self { house, id, explained }
    }

    /// Runs the proposed command that begins so, with words in capitals replaced; the job then completes by itself.
    async fn mend(&self, start: &str, filled: &[(&str, &str)]) {
        self.run(start, filled).await;
        self.house.until_state(&self.id, "acknowledged").await;
    }

    async fn run(&self, start: &str, filled: &[(&str, &str)]) {
        let mut line = proposed(&self.explained, start);
        for (word, value) in filled {
            assert!(line.contains(word), "no {word} in {line:?}");
            line = line.replace(word, value);
        }
        self.house.shell(&line).await.exits(0);
    }
}

impl House {
    /// The id of the job with this name.
    async fn job_id(&self, name: &str) -> String {
        let job = self.run(&["--json", "show", name]).await.exits(0).json().remove(0);
        job["id"].as_str().expect("a job has an id").to_owned()
    }
}

#[tokio::test]
async fn e401_is_mended_by_a_login() {
    let content = Content::new(1, 5_000);
    for login in [
        Login::Basic("ada".to_owned(), "pw:1".to_owned()),
        Login::Digest("ada".to_owned(), "pw:1".to_owned()),
    ] {
        let origin = Origin::start(FileServer::new(content.clone()).login(login)).await;
        let house = House::new();
        let stuck = Stuck::get(&house, &[&origin.url("/f")], 3).await;
        stuck.mend("bgcopy set", &[("NAME", "ada:pw:1")]).await;
        assert_content(&house.desk("f"), &content);
    }
}

#[tokio::test]
async fn e404_is_mended_by_another_url() {
    let content = Content::new(2, 5_000);
    let origin = Origin::start(Site::new().file("/right", FileServer::new(content.clone()))).await;
    let house = House::new();
    let stuck = Stuck::get(&house, &[&origin.url("/wrong")], 3).await;
    stuck.mend("bgcopy set", &[("URL", &origin.url("/right"))]).await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a26_an_expired_link_is_mended_by_a_new_one_and_what_came_is_kept() {
    let content = Content::new(3, 900_000);
    let gate = Gate::new();
    let good = FileServer::new(content.clone()).etag("\"1\"").gate_at(400_000, &gate).cut_after(500_000);
    let served = {
        let good = good.clone();
        move |request: &RequestHead| match (request.target.as_str(), request.number) {
            ("/f?signed=old", 1) | ("/f?signed=new", _) => bgcopy_testkit::Script::reply(&good, request),
            _ => Reply::status(403).body("expired\n"),
        }
    };
    let origin = Origin::start(served).await;
    let house = House::new();
    gate.open();
    let stuck = Stuck::get(&house, &[&origin.url("/f?signed=old")], 3).await;
    assert!(stuck.explained.contains("http-403") && stuck.explained.contains("what has arrived is kept"));
    assert!(!stuck.explained.contains("signed=old"), "a signature is a secret: {}", stuck.explained);
    good.change(|settings| settings.cut_after = None);
    stuck.mend("bgcopy set", &[("URL", &format!("'{}'", origin.url("/f?signed=new")))]).await;
    assert_content(&house.desk("f"), &content);
    let last = origin.requests().pop().unwrap();
    assert_eq!(last.range(900_000), Some(500_000..900_000));
}

#[tokio::test]
async fn an_unknown_authority_is_mended_by_naming_it() {
    let (authority, content) = (Authority::new("The house"), Content::new(4, 5_000));
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let origin = Origin::start_tls(FileServer::new(content.clone()), tls).await;
    let house = House::new();
    fs::write(house.desk("house.pem"), authority.pem()).unwrap();
    let stuck = Stuck::get(&house, &[&origin.url("/f")], 4).await;
    stuck.mend("bgcopy set", &[("FILE", "house.pem")]).await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a_client_certificate_that_is_wanted_is_given() {
    let (authority, content) = (Authority::new("The house"), Content::new(5, 5_000));
    let tls = TlsServer::with_client_certificates(&authority.server(&["127.0.0.1"]), &authority);
    let origin = Origin::start_tls(FileServer::new(content.clone()), tls).await;
    let house = House::new();
    let ada = authority.client("ada");
    for (name, pem) in [("ca", &*authority.pem()), ("cert", ada.certificate_pem()), ("key", ada.key_pem())] {
        fs::write(house.desk(name), pem).unwrap();
    }
    let stuck = Stuck::get(&house, &["--cacert", "ca", &origin.url("/f")], 4).await;
    assert!(stuck.explained.contains("tls-client-certificate"), "{}", stuck.explained);
    stuck.mend("bgcopy set", &[("--cert FILE", "--cert cert"), ("--key FILE", "--key key")]).await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn leaving_https_is_allowed_by_the_job_alone() {
    let (authority, content) = (Authority::new("The house"), Content::new(6, 5_000));
    let plain = Origin::start(FileServer::new(content.clone())).await;
    let away = FileServer::new(content.clone()).redirect(302, plain.url("/f"));
    let origin = Origin::start_tls(away, TlsServer::new(&authority.server(&["127.0.0.1"]))).await;
    let house = House::new();
    fs::write(house.desk("ca"), authority.pem()).unwrap();
    let stuck = Stuck::get(&house, &["--cacert", "ca", &origin.url("/f")], 3).await;
    assert!(plain.requests().is_empty());
    stuck.mend("bgcopy set", &[]).await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn an_end_that_cannot_be_seen_is_accepted_on_request() {
    let content = Content::new(7, 5_000);
    let origin = Origin::start(FileServer::new(content.clone()).framing(Framing::UntilClose)).await;
    let house = House::new();
    let stuck = Stuck::get(&house, &[&origin.url("/f")], 3).await;
    stuck.mend("bgcopy set", &[]).await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a_login_that_the_proxy_wants_is_given_to_the_proxy_alone() {
    let content = Content::new(8, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let login = Login::Basic("ada".to_owned(), "pr0xy-pw".to_owned());
    let proxy = HttpProxy::with_login(origin.addr(), login).await;
    let house = House::new();
    let stuck =
        Stuck::get(&house, &["--proxy", &format!("http://{}", proxy.addr()), &origin.url("/f")], 4).await;
    assert!(origin.requests().is_empty() && stuck.explained.contains("407"), "{}", stuck.explained);
    stuck.mend("bgcopy set", &[("NAME", "ada:pr0xy-pw")]).await;
    assert_content(&house.desk("f"), &content);
    let told = origin.requests().pop().unwrap();
    assert_eq!(told.header("proxy-authorization"), None, "B20");
}

#[tokio::test]
async fn a_proxy_that_is_dead_is_replaced() {
    let content = Content::new(9, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let stuck =
        Stuck::get(&house, &["--timeout", "0", "--proxy", "http://127.0.0.1:1", &origin.url("/f")], 4).await;
    stuck
        .mend("bgcopy set JOB proxy".replace("JOB", &stuck.id[..8]).as_str(), &[("http://HOST:PORT", "none")])
        .await;
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn e13_a_destination_that_appeared_is_moved_or_kept_or_replaced() {
    for (start, expected) in [
        ("mv ", &["f", "f.old"][..]),
        ("bgcopy set JOB existing=replace", &["f"]),
        ("bgcopy set JOB existing=keep-both", &["f", "f (1)"]),
    ] {
        let content = Content::new(10, 500_000);
        let gate = Gate::new();
        let server = FileServer::new(content.clone()).etag("\"1\"").gate_at(400_000, &gate);
        let origin = Origin::start(server).await;
        let house = House::new();
        let client = house.start(&["get", "-o", "f", &origin.url("/f")]);
        let id = house.only_job().await["id"].as_str().unwrap().to_owned();
        house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"] == 400_000).await;
        fs::write(house.desk("f"), "precious").unwrap();
        gate.open();
        client.done().await.exits(9).tells(&["destination-exists"]);
        let explained = house.run(&["error", "f"]).await.exits(0).out;
        let stuck = Stuck { house: &house, id: id.clone(), explained };
        stuck.mend(&start.replace("JOB", &id[..8]), &[]).await;
        assert_eq!(house.on_the_desk(), expected, "{start}");
        assert_eq!(origin.requests().len(), 1, "nothing is fetched again");
        let new = house.files(&id).await[0]["local_name"].as_str().unwrap().to_owned();
        assert_content(new.as_ref(), &content);
        let kept = expected.iter().any(|name| fs::read(house.desk(name)).unwrap() == b"precious");
        assert_eq!(kept, expected.len() == 2);
    }
}

#[tokio::test]
async fn e09_a_folder_without_the_right_to_write_is_mended_and_nothing_is_fetched_again() {
    let content = Content::new(11, 500_000);
    let gate = Gate::new();
    let server = FileServer::new(content.clone()).etag("\"1\"").gate_at(400_000, &gate);
    let origin = Origin::start(server).await;
    let house = House::of_nobody();
    let desk = house.at("desk");
    let client = house.start(&["get", "-o", "f", &origin.url("/f")]);
    let id = house.only_job().await["id"].as_str().unwrap().to_owned();
    house.until_job(&id, "bytes move", |job| job["progress"]["bytes_transferred"] == 400_000).await;
    fs::set_permissions(&desk, fs::Permissions::from_mode(0o555)).unwrap();
    let denied = house.shell(&format!("touch {}", house.desk("other").display())).await;
    assert_ne!(denied.code, 0, "the fault fires: {denied}");
    gate.open();
    let done = client.done().await.exits(5);
    let done = done.tells(&["access-denied", "permission was denied"]);
    let error = house.job(&id).await["error"].clone();
    assert_eq!((&error["context"], &error["class"]), (&json!("local-file"), &json!("fatal")), "{error:#}");
    assert_eq!(error["errno"], 13);
    house.shell(&proposed(&done.err, "ls -ld")).await.exits(0).prints(&["dr-xr-xr-x"]);
    fs::set_permissions(&desk, fs::Permissions::from_mode(0o755)).unwrap();
    house.shell(&proposed(&done.err, "bgcopy resume")).await.exits(0);
    house.until_state(&id, "acknowledged").await;
    assert_content(&house.desk("f"), &content);
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_wrong_checksum_is_mended_by_a_new_job() {
    let content = Content::new(12, 5_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let house = House::new();
    let wrong = format!("sha-256={}", "1".repeat(64));
    let stuck = Stuck::get(&house, &["--checksum", &wrong, &origin.url("/f")], 6).await;
    stuck.run("bgcopy cancel", &[]).await;
    let line = proposed(&stuck.explained, "bgcopy get");
    let (start, _) = line.split_once("--checksum").unwrap();
    let (_, rest) = line.split_once("HEX").unwrap();
    house.shell(&format!("{start}{rest}")).await.exits(0);
    assert_content(&house.desk("f"), &content);
}

#[tokio::test]
async fn a_timeout_is_mended_by_more_time() {
    let content = Content::new(13, 5_000);
    let server = FileServer::new(content.clone()).failing(503, 1_000);
    let origin = Origin::start(server.clone()).await;
    let house = House::new();
    let stuck = Stuck::get(&house, &["--timeout", "1", &origin.url("/f")], 7).await;
    server.change(|settings| settings.fail = None);
    let start = format!("bgcopy set {} no-progress-timeout", &stuck.id[..8]);
    stuck.mend(&start, &[]).await;
    assert_content(&house.desk("f"), &content);
}
