//! Faults C: where redirects lead, and who sees what.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bgcopy_core::{AuthScheme, Secret, SecurityFlags};
use bgcopy_http::{Http, HttpConfig, PrivateTargets, Request};
use bgcopy_testkit::{Authority, Content, FileServer, Origin, Reply, RequestHead, Site, TlsServer};

use crate::support::{
    Names, bytes, client, client_knowing, credentials, fault, fetched, meaning, remote, request, with_options,
};

fn file() -> Content {
    Content::new(31, 100_000)
}

/// A request with everything that must not leave its origin.
fn with_secrets(url: &str) -> Request {
    with_options(request(url), |options| {
        options.headers = vec![
            ("Authorization".to_owned(), Secret::new("Bearer secret")),
            ("Cookie".to_owned(), Secret::new("secret=1")),
            ("X-Custom".to_owned(), Secret::new("secret")),
        ];
        options.server_credentials = vec![credentials(AuthScheme::Basic, "ada", "secret")];
    })
}

fn shows_secrets(request: &RequestHead) -> bool {
    format!("{request:?}").contains("secret")
}

#[tokio::test]
async fn redirects_are_followed_and_the_final_url_is_told() {
    let target = Origin::start(FileServer::new(file())).await;
    let url = target.url("/there?x");
    let origin =
        Origin::start(Site::new().file("/a", FileServer::new(file()).redirect(302, url.clone()))).await;
    let (answer, bytes, _) = fetched(&client(), &request(&origin.url("/a"))).await;
    assert_eq!((answer.final_url.as_str(), bytes), (url.as_str(), file().bytes()));
    assert_eq!(target.requests()[0].header("range"), Some("bytes=0-"));
}

#[tokio::test]
async fn a26_every_request_starts_at_the_original_url() {
    let target = Origin::start(FileServer::new(file())).await;
    let origin = Origin::start(FileServer::new(file()).redirect(301, target.url("/"))).await;
    let http = client();
    for _ in 0..3 {
        bytes(&http, &request(&origin.url("/"))).await;
    }
    assert_eq!((origin.requests().len(), target.requests().len()), (3, 3));
    assert_eq!((origin.connections(), target.connections()), (1, 1));
}

#[tokio::test]
async fn c01_loops_end() {
    let origin = Origin::start(FileServer::new(file()).redirect(302, "/again")).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("redirect"));
    assert_eq!(origin.requests().len(), 11);
}

#[tokio::test]
async fn c02_https_to_http_is_followed_only_with_its_flag() {
    let authority = Authority::new("test");
    let plain = Origin::start(FileServer::new(file())).await;
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let origin = Origin::start_tls(FileServer::new(file()).redirect(302, plain.url("/")), tls).await;
    let trusting = with_options(request(&origin.url("/")), |options| {
        options.tls.extra_roots = Some(authority.pem());
    });
    assert_eq!(meaning(&fault(&client(), &trusting).await), remote("redirect"));
    assert_eq!(plain.connections(), 0);
    let allowing = with_options(trusting, |options| {
        options.security_flags = SecurityFlags::REDIRECT_ALLOW_HTTPS_TO_HTTP;
    });
    assert_eq!(bytes(&client(), &allowing).await, file().bytes());
}

#[tokio::test]
async fn c03_nothing_secret_goes_to_another_host() {
    let target = Origin::start(FileServer::new(file())).await;
    let origin = Origin::start(FileServer::new(file()).redirect(307, target.url_as("other.test", "/"))).await;
    let names = Names::new().known("first.test", &[origin.addr()]).known("other.test", &[target.addr()]);
    let (http, _) = client_knowing(names);
    assert_eq!(bytes(&http, &with_secrets(&origin.url_as("first.test", "/"))).await, file().bytes());
    assert!(shows_secrets(&origin.requests()[0]));
    let [seen] = target.requests().try_into().unwrap();
    assert!(!shows_secrets(&seen), "{seen:?}");
    assert_eq!(seen.header("range"), Some("bytes=0-"));
}

#[tokio::test]
async fn c04_another_port_of_the_same_host_is_another_origin() {
    let target = Origin::start(FileServer::new(file())).await;
    let origin = Origin::start(FileServer::new(file()).redirect(307, target.url("/"))).await;
    bytes(&client(), &with_secrets(&origin.url("/"))).await;
    assert!(shows_secrets(&origin.requests()[0]));
    assert!(!shows_secrets(&target.requests()[0]));
}

#[tokio::test]
async fn secrets_stay_with_their_origin_on_other_paths() {
    let site = Site::new()
        .file("/a", FileServer::new(file()).redirect(302, "/b"))
        .file("/b", FileServer::new(file()));
    let origin = Origin::start(site).await;
    bytes(&client(), &with_secrets(&origin.url("/a"))).await;
    assert!(origin.requests().iter().all(shows_secrets));
}

#[tokio::test]
async fn c05_other_schemes_are_refused() {
    for location in ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x", "unix:/run/x"] {
        let origin = Origin::start(FileServer::new(file()).redirect(302, location)).await;
        assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), remote("redirect"));
    }
}

#[tokio::test]
async fn disallowed_redirects_report_where_they_would_lead() {
    let origin = Origin::start(FileServer::new(file()).redirect(301, "http://other.test/x?sig=1")).await;
    let strict = with_options(request(&origin.url("/")), |options| {
        options.security_flags = SecurityFlags::REDIRECT_DISALLOW;
    });
    let refused = fault(&client(), &strict).await;
    assert_eq!(meaning(&refused), remote("http-301"));
    assert_eq!(refused.location.unwrap().as_str(), "http://other.test/x?sig=1");
}

/// A client for whom 127.0.0.1 is the public internet, and the rest of 127.0.0.0/8 this machine.
fn client_in_public(names: Names, targets: PrivateTargets) -> (Http, Arc<Names>) {
    let names = Arc::new(names);
    let http = Http::new(HttpConfig {
        resolver: names.clone(),
        private_targets: targets,
        public_addresses: vec!["127.0.0.1".parse().unwrap()],
        ..HttpConfig::default()
    });
    (http, names)
}

#[tokio::test]
async fn c06_a_public_server_cannot_send_us_to_private_addresses() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    for (location, allowed_before) in [(inner.url("/"), 0), (inner.url_as("inner.test", "/"), 1)] {
        let outer = Origin::start(FileServer::new(file()).redirect(302, location)).await;
        let names = || Names::new().known("inner.test", &[inner.addr()]);
        let (http, _) = client_in_public(names(), PrivateTargets::OnlyWhenAskedFor);
        let refused = fault(&http, &request(&outer.url("/"))).await;
        assert_eq!(meaning(&refused), remote("redirect"));
        assert!(refused.detail.contains("private-address"), "{}", refused.detail);
        assert_eq!(inner.connections(), allowed_before);
        let (http, _) = client_in_public(names(), PrivateTargets::Allow);
        assert_eq!(bytes(&http, &request(&outer.url("/"))).await, file().bytes());
    }
}

#[tokio::test]
async fn c06_a_job_that_names_a_private_server_may_be_sent_to_others() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    let outer = Origin::builder()
        .ip(Ipv4Addr::new(127, 0, 0, 3))
        .start(FileServer::new(file()).redirect(302, inner.url("/")))
        .await;
    let (http, _) = client_in_public(Names::new(), PrivateTargets::OnlyWhenAskedFor);
    assert_eq!(bytes(&http, &request(&outer.url("/"))).await, file().bytes());
}

#[tokio::test]
async fn c06_a_kept_connection_is_no_way_around_the_rule() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    let (http, _) = client_in_public(Names::new(), PrivateTargets::OnlyWhenAskedFor);
    bytes(&http, &request(&inner.url("/"))).await;
    assert!(http.has_idle());
    let outer = Origin::start(FileServer::new(file()).redirect(302, inner.url("/"))).await;
    assert_eq!(meaning(&fault(&http, &request(&outer.url("/"))).await), remote("redirect"));
    assert_eq!(inner.requests().len(), 1);
}

#[tokio::test]
async fn c06_a_url_that_a_public_server_named_is_held_to_the_rule_from_the_start() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    let outer = Origin::start(FileServer::new(file())).await;
    let names = || Names::new().known("inner.test", &[inner.addr()]);
    let offered = |url: &str| Request { offered: true, ..request(url) };
    for url in [inner.url("/"), inner.url_as("inner.test", "/")] {
        let (http, _) = client_in_public(names(), PrivateTargets::OnlyWhenAskedFor);
        let refused = fault(&http, &offered(&url)).await;
        assert_eq!(meaning(&refused), remote("redirect"));
        assert!(refused.detail.contains("private-address"), "{}", refused.detail);
        // Neither on a connection that a client's own URL left behind.
        bytes(&http, &request(&url)).await;
        assert_eq!(meaning(&fault(&http, &offered(&url)).await), remote("redirect"));
        let (http, _) = client_in_public(names(), PrivateTargets::Allow);
        assert_eq!(bytes(&http, &offered(&url)).await, file().bytes());
    }
    assert_eq!(inner.requests().len(), 4);
    let (http, _) = client_in_public(names(), PrivateTargets::OnlyWhenAskedFor);
    assert_eq!(bytes(&http, &offered(&outer.url("/"))).await, file().bytes());
    let leading_in = Origin::start(FileServer::new(file()).redirect(302, inner.url("/"))).await;
    assert_eq!(meaning(&fault(&http, &offered(&leading_in.url("/"))).await), remote("redirect"));
}

#[tokio::test]
async fn c06_who_lies_inside_may_name_what_lies_inside() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    let outer = Origin::start(FileServer::new(file())).await;
    for (targets, url, expected) in [
        (PrivateTargets::OnlyWhenAskedFor, inner.url("/"), true),
        (PrivateTargets::OnlyWhenAskedFor, outer.url("/"), false),
        (PrivateTargets::Allow, outer.url("/"), true),
    ] {
        let (http, _) = client_in_public(Names::new(), targets);
        let (answer, ..) = fetched(&http, &request(&url)).await;
        assert_eq!(http.may_name_private(&answer), expected, "{url}");
    }
    let (http, _) = client_in_public(Names::new(), PrivateTargets::OnlyWhenAskedFor);
    for (url, expected) in [
        ("http://127.0.0.1/f", false),
        ("http://127.0.0.2/f", true),
        ("http://localhost./f", true),
        ("https://[fd00::7]:81/f", true),
        ("http://inner.test/f", false),
    ] {
        assert_eq!(http.leads_inside(&url.parse().unwrap()), expected, "{url}");
    }
}

#[tokio::test]
async fn c03_a_stranger_is_asked_without_anything_secret() {
    let mirror = Origin::start(FileServer::new(file())).await;
    let own = with_secrets(&mirror.url("/"));
    let strangers = Request { options: Arc::new(own.options.for_strangers()), ..own };
    bytes(&client(), &strangers).await;
    assert!(!mirror.requests().iter().any(shows_secrets));
}

#[tokio::test]
async fn c07_who_is_kept_off_this_machine_is_not_led_there_by_a_name() {
    let inner = Origin::start(FileServer::new(file())).await;
    let outer = Origin::start(FileServer::new(file()).redirect(302, inner.url("/"))).await;
    let names = Names::new().known("inner.test", &[inner.addr()]).known("outer.test", &[outer.addr()]);
    let (http, _) = client_knowing(names);
    for url in [inner.url("/"), inner.url_as("inner.test", "/"), outer.url_as("outer.test", "/")] {
        let kept = with_options(request(&url), |options| options.keeps_off_this_machine = true);
        let refused = fault(&http, &kept).await;
        assert_eq!(meaning(&refused), remote("access-denied"));
        assert!(refused.detail.contains("this machine"), "{}", refused.detail);
    }
    assert_eq!((inner.connections(), outer.connections()), (0, 0));
    assert_eq!(bytes(&http, &request(&inner.url_as("inner.test", "/"))).await, file().bytes());
}

#[tokio::test]
async fn c08_the_address_that_was_checked_is_the_one_connected_to() {
    let inner = Origin::builder().ip(Ipv4Addr::new(127, 0, 0, 2)).start(FileServer::new(file())).await;
    let outer = Origin::start(FileServer::new(file())).await;
    // One name, a private and a public address: the private one is left out, and nobody is asked twice.
    let public_twin = SocketAddr::new(outer.addr().ip(), outer.addr().port());
    let redirecting = Origin::start(FileServer::new(file()).redirect(302, "http://both.test/")).await;
    let names = Names::new().known("both.test", &[inner.addr(), public_twin]);
    let (http, names) = client_in_public(names, PrivateTargets::OnlyWhenAskedFor);
    assert_eq!(bytes(&http, &request(&redirecting.url("/"))).await, file().bytes());
    assert_eq!((inner.connections(), outer.connections()), (0, 1));
    assert_eq!(names.asked(), ["both.test"]);
}

#[tokio::test]
async fn c11_headers_that_break_the_exchange_never_leave() {
    let origin = Origin::start(|_: &RequestHead| Reply::status(200).body("x")).await;
    for (name, value) in [("X", "a\r\nEvil: 1"), ("Range", "bytes=0-1"), ("Host", "evil")] {
        let bad = with_options(request(&origin.url("/")), |options| {
            options.headers.push((name.to_owned(), Secret::new(value)));
        });
        assert_eq!(meaning(&fault(&client(), &bad).await), remote("http-invalid"));
    }
    assert_eq!(origin.requests(), []);
}

#[tokio::test]
async fn c12_cookies_are_forgotten() {
    let content = file();
    let origin = Origin::start(move |_: &RequestHead| {
        Reply::status(200).header("set-cookie", "session=secret").content(&content, 0..100_000)
    })
    .await;
    let http = client();
    for _ in 0..2 {
        let (answer, ..) = fetched(&http, &request(&origin.url("/"))).await;
        assert!(!answer.headers.contains("secret"));
    }
    assert!(origin.requests().iter().all(|request| request.header("cookie").is_none()));
}
