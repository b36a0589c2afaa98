//! Where requests may lead and what they may carry (faults C): redirects, URLs, headers, logins, and what lies about
//! on the machine.

use std::fs;

use bgcopy_testkit::{Authority, Content, FileServer, Login, Origin, RequestHead, Script, TlsServer};
use serde_json::json;

use crate::house::House;
use crate::house::fault::{REMOTE, good, offers};

const LEN: u64 = 50_000;
const SECRETS: [&str; 4] = ["t0ken", "c00kie", "be4rer", "pAssw0rd"];

fn file(seed: u64) -> Content {
    Content::new(seed, LEN)
}

fn shows_a_secret(text: &str) -> bool {
    SECRETS.iter().any(|secret| text.contains(secret))
}

/// Everything that a job can show a server, asked of this URL.
async fn get_with_secrets(house: &House, name: &str, url: &str) {
    let headers = ["-H", "X-Token: t0ken", "-H", "Cookie: id=c00kie", "-H", "Authorization: Bearer be4rer"];
    let words = [&["get", "-o", name, "--user", "ada:pAssw0rd"], &headers[..], &["--cacert", "ca.pem", url]];
    let done = house.run(&words.concat()).await.exits(0);
    assert!(!shows_a_secret(&done.said()), "{done}");
}

#[tokio::test]
async fn c01_a_loop_and_a_long_chain_of_redirects_end_at_the_tenth() {
    let content = file(1);
    let house = House::new();
    let around = FileServer::new(content.clone()).redirect(302, "/f");
    let chain = |request: &RequestHead| {
        let hop = request.path().trim_start_matches("/hop").parse().unwrap_or(0);
        FileServer::new(Content::new(0, 1)).redirect(307, format!("/hop{}", hop + 1)).reply(request)
    };
    for (name, origin) in [("loop", Origin::start(around).await), ("chain", Origin::start(chain).await)] {
        let id = house.begin(&origin.url("/f"), name).await;
        let error = house.fails(&id, "redirect", REMOTE, "set-remote-name").await;
        assert!(!offers(&error, "allow-redirect"), "no policy ends it: {error:#}");
        assert_eq!(origin.requests().len(), 11, "{name}");
        origin.becomes(good(&content));
        house.goes_on(&id, name, &content).await;
    }
}

/// The flag is BITS's own (`BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP`) and asks for no digest there; what came so
/// claims no trust that it does not have.
#[tokio::test]
async fn c02_https_is_left_for_http_only_by_a_job_that_says_so() {
    let (authority, content) = (Authority::new("The house"), file(2));
    let plain = Origin::start(FileServer::new(content.clone()).last_modified(None)).await;
    let away = FileServer::new(content.clone()).redirect(302, plain.url("/f"));
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let origin = Origin::start_tls(away, tls).await;
    let house = House::new();
    let settings = json!({ "extra_roots": authority.pem() });
    let id = house.begin_with(&origin.url("/f"), "f", json!({}), settings).await;
    house.fails(&id, "redirect", REMOTE, "allow-redirect").await;
    assert_eq!(plain.connections(), 0);
    house.run(&["set", &id, "https-to-http=yes"]).await.exits(0);
    house.goes_on(&id, "f", &content).await;
    assert_eq!(house.files(&id).await[0]["trust"], "unverified");
}

#[tokio::test]
async fn c03_nothing_of_a_job_goes_to_another_host_and_the_log_says_so() {
    let content = file(3);
    let target = Origin::start(good(&content)).await;
    let away = FileServer::new(content.clone()).redirect(307, target.url_as("localhost", "/there"));
    let origin = Origin::start(away).await;
    let house = House::with("log_level = \"debug\"");
    fs::write(house.desk("ca.pem"), Authority::new("nobody").pem()).unwrap();
    get_with_secrets(&house, "f", &origin.url("/here")).await;
    assert!(shows_a_secret(&format!("{:?}", origin.requests())), "the origin is shown them");
    assert!(!shows_a_secret(&format!("{:?}", target.requests())), "{:?}", target.requests());
    let log = fs::read_to_string(house.state("bgcopy.log")).unwrap();
    assert!(log.contains("redirected; credentials stay with their origin"), "{log}");
    assert!(!shows_a_secret(&log), "{log}");
}

#[tokio::test]
async fn c04_another_port_or_scheme_of_the_same_host_is_another_origin() {
    let (authority, content) = (Authority::new("The house"), file(4));
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let targets = [Origin::start(good(&content)).await, Origin::start_tls(good(&content), tls).await];
    let house = House::new();
    fs::write(house.desk("ca.pem"), authority.pem()).unwrap();
    for (name, target) in ["port", "scheme"].into_iter().zip(&targets) {
        let origin = Origin::start(FileServer::new(content.clone()).redirect(302, target.url("/f"))).await;
        get_with_secrets(&house, name, &origin.url("/f")).await;
        assert!(shows_a_secret(&format!("{:?}", origin.requests())));
        assert!(
            !target.requests().is_empty() && !shows_a_secret(&format!("{:?}", target.requests())),
            "{name}"
        );
    }
}

const SCHEMES: [&str; 6] = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/f",
    "data:text/plain,f",
    "unix:/run/f",
    "gopher://127.0.0.1/f",
    "javascript:0",
];

#[tokio::test]
async fn c05_only_http_and_https_are_asked_for() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    for url in SCHEMES {
        let files = json!([{ "remote_name": url, "local_name": house.desk("f") }]);
        let job = json!({ "display_name": "f", "files": files });
        let refused = house.ask("POST", "/v1/jobs", Some(&job)).await.is(400).json();
        assert!(refused["detail"].is_string() && refused["code"].is_string(), "{refused:#}");
    }
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn c05_only_http_and_https_are_followed() {
    let content = file(5);
    let house = House::new();
    for (number, url) in SCHEMES.into_iter().enumerate() {
        let origin = Origin::start(FileServer::new(content.clone()).redirect(302, url)).await;
        let name = number.to_string();
        let id = house.begin(&origin.url("/f"), &name).await;
        house.fails(&id, "redirect", REMOTE, "set-remote-name").await;
        origin.becomes(good(&content));
        house.goes_on(&id, &name, &content).await;
    }
}

#[tokio::test]
async fn c10_a_url_that_could_mean_two_things_is_refused() {
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    let long = format!("http://127.0.0.1/{}", "x".repeat(64 << 10));
    for url in [
        "http://a%2fb/f",
        "http://a%00b/f",
        "http://a\0b/f",
        "http://127.0.0.1/f\r\nHost: evil",
        "http://127.0.0.1\\@evil/f",
        "http://1.2.3.4.5/f",
        "http://256.0.0.1/f",
        "http://[::1/f",
        "http://127.0.0.1:99999/f",
        "http:///f",
        "http://a b/f",
        &long,
    ] {
        let files = json!([{ "remote_name": url, "local_name": house.desk("f") }]);
        let job = json!({ "display_name": "f", "files": files });
        let refused = house.ask("POST", "/v1/jobs", Some(&job)).await;
        assert_eq!(refused.status, 400, "{url:.80}: {}", refused.body);
        assert!(refused.body.len() < 2_000, "a URL is not repeated at length");
    }
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn c10_what_is_shown_of_a_url_is_what_is_asked() {
    let content = file(6);
    let origin = Origin::start(good(&content)).await;
    let house = House::new();
    let port = origin.addr().port();
    for (name, host) in [("decimal", "2130706433"), ("hex", "0x7f.1"), ("octal", "0177.0.0.1")] {
        let id = house.begin(&format!("http://{host}:{port}/f"), name).await;
        house.arrives_unharmed(&id, name, &content).await;
        assert_eq!(house.files(&id).await[0]["remote_name"], format!("http://127.0.0.1:{port}/f"));
        let host = origin.requests().pop().unwrap().header("host").unwrap().to_owned();
        assert_eq!(host, format!("127.0.0.1:{port}"));
    }
    // A user part is a login, and no host that looks like another one.
    let id = house.begin(&format!("http://example.org@127.0.0.1:{port}/f"), "user").await;
    house.arrives_unharmed(&id, "user", &content).await;
    assert_eq!(house.files(&id).await[0]["remote_name"], format!("http://127.0.0.1:{port}/f"));
    // A name in other letters is shown as what is looked up.
    let files = json!([{ "remote_name": "http://ехаmple.test/f", "local_name": house.desk("idn") }]);
    let id = house.create(&json!({ "display_name": "idn", "files": files })).await;
    let shown = house.files(&id).await[0]["remote_name"].as_str().unwrap().to_owned();
    assert!(shown.starts_with("http://xn--"), "{shown}");
}

#[tokio::test]
async fn c11_headers_that_would_break_the_exchange_are_refused_at_submission() {
    let origin = Origin::start(good(&file(7))).await;
    let house = House::new();
    house.run(&["list"]).await.exits(0);
    for (name, value) in [
        ("X-Token", "a\r\nEvil: 1"),
        ("X-Token", "a\nb"),
        ("X-Token\r\nEvil", "a"),
        ("Host", "evil"),
        ("Range", "bytes=0-1"),
        ("Content-Length", "5"),
        ("Transfer-Encoding", "chunked"),
    ] {
        let files = json!([{ "remote_name": origin.url("/f"), "local_name": house.desk("f") }]);
        let headers = json!([{ "name": name, "value": value }]);
        let job = json!({ "display_name": "f", "files": files, "headers": headers, "resume": true });
        let refused = house.ask("POST", "/v1/jobs", Some(&job)).await;
        assert_eq!(refused.status, 400, "{name}: {}", refused.body);
    }
    assert!(origin.requests().is_empty());
    assert_eq!(house.ask("GET", "/v1/jobs", None).await.json()["jobs"], json!([]));
}

#[tokio::test]
async fn c12_a_cookie_that_a_server_sets_is_forgotten() {
    let content = file(8);
    let server = good(&content).field("set-cookie", "session=s3cret").cut_after(20_000);
    let origin = Origin::start(server).await;
    let house = House::new();
    let id = house.begin(&origin.url("/f"), "f").await;
    house.arrives_unharmed(&id, "f", &content).await;
    let asked = origin.requests();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| request.header("cookie").is_none()), "{asked:?}");
    let shown = house.ask("GET", &format!("/v1/jobs/{id}/files"), None).await.body;
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn c15_what_lies_about_is_read_by_nobody() {
    let content = file(9);
    let login = Login::Basic("ada".to_owned(), "pAssw0rd".to_owned());
    let origin = Origin::start(good(&content).login(login)).await;
    let trap = Origin::start(good(&file(10))).await;
    let house = House::new();
    fs::write(house.at("home/.netrc"), "machine 127.0.0.1 login ada password pAssw0rd\n").unwrap();
    fs::write(house.at("home/.curlrc"), "header = \"X-Token: t0ken\"\n").unwrap();
    fs::write(house.at("home/.wgetrc"), format!("http_proxy = http://{}\n", trap.addr())).unwrap();
    fs::write(house.at("home/cookies.txt"), "127.0.0.1\tFALSE\t/\tFALSE\t0\tid\tc00kie\n").unwrap();
    // The environment of the service is nobody's wish either: what counts is where the person is.
    let proxy = format!("http://{}", trap.addr());
    house.start_with(&["list"], &[("http_proxy", &*proxy), ("all_proxy", &proxy)]).done().await.exits(0);
    let id = house.begin(&origin.url("/f"), "f").await;
    house.fails(&id, "http-401", REMOTE, "set-credentials").await;
    assert!(!shows_a_secret(&format!("{:?}", origin.requests())), "{:?}", origin.requests());
    assert!(trap.requests().is_empty());
}
