//! Faults B: names, addresses and connections; and what is kept between requests.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use bgcopy_core::Secret;
use bgcopy_http::{Http, HttpConfig, ResolveError};
use bgcopy_testkit::{Content, FileServer, Gate, Origin, Reply, eventually};

use crate::support::{
    Names, ask, bytes, client, client_knowing, exactly, fault, fetched, meaning, refusing_address, request,
    transport, with_options,
};

fn file() -> Content {
    Content::new(21, 1 << 20)
}

#[tokio::test]
async fn b01_a_refused_connection_is_reported_with_its_error_number() {
    let nobody = refusing_address().await;
    let refused = fault(&client(), &request(&format!("http://{nobody}/file?key=secret"))).await;
    assert_eq!(meaning(&refused), transport("connect"));
    assert_eq!(refused.errno, Some(111));
    assert_eq!(refused.source.as_deref(), Some(format!("http://{nobody}/file?…").as_str()));
    assert!(refused.detail.contains(&nobody.to_string()), "{}", refused.detail);
}

#[tokio::test]
async fn b03_a_reset_in_the_body_is_reported_and_what_came_is_kept() {
    let gate = Gate::new();
    let opened = gate.clone();
    let origin = Origin::start(move |_: &_| {
        Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").wait(&opened).reset()
    })
    .await;
    let (_, mut body) = client().fetch(&request(&origin.url("/"))).await.unwrap();
    assert_eq!(body.chunk().await.unwrap().unwrap(), "hello");
    gate.open();
    let reset = body.chunk().await.unwrap_err();
    assert_eq!(meaning(&reset), transport("reset"));
    assert_eq!(reset.range.map(|range| (range.start, range.end)), Some((5, 10)));
}

#[tokio::test]
async fn b07_each_cut_request_still_makes_its_progress() {
    let origin = Origin::start(FileServer::new(file()).cut_after(300_000)).await;
    let http = client();
    let mut have = Vec::new();
    while have.len() < 1 << 20 {
        let before = have.len();
        let part = exactly(before as u64, 1 << 20);
        have.extend(fetched(&http, &ask(&origin.url("/"), part)).await.1);
        assert!(have.len() > before);
    }
    assert_eq!(have, file().bytes());
}

#[tokio::test]
async fn b12_names_that_cannot_be_resolved_say_why() {
    let names = Names::new()
        .failing("down.test", ResolveError::Unavailable)
        .failing("odd.test", ResolveError::Failed("no buffer".to_owned()))
        .known("empty.test", &[]);
    let (http, _) = client_knowing(names);
    for (name, code, words) in [
        ("gone.test", "dns", "there is no such name"),
        ("down.test", "dns-unavailable", "does not answer"),
        ("odd.test", "dns-unavailable", "no buffer"),
        ("empty.test", "dns-unavailable", "the name has no address"),
    ] {
        let unresolved = fault(&http, &request(&format!("http://{name}/"))).await;
        assert_eq!(meaning(&unresolved), transport(code));
        assert!(unresolved.detail.contains(words), "{}", unresolved.detail);
    }
}

#[tokio::test]
async fn b13_fifty_dead_addresses_do_not_hide_the_good_one() {
    let origin = Origin::start(FileServer::new(file())).await;
    let dead = refusing_address().await.port();
    let mut addresses: Vec<SocketAddr> =
        (1..=50).map(|host| SocketAddr::from(([127, 0, 1, host], dead))).collect();
    addresses.push(origin.addr());
    let (http, _) = client_knowing(Names::new().known("many.test", &addresses));
    let start = Instant::now();
    assert_eq!(bytes(&http, &request("http://many.test/")).await, file().bytes());
    let first = start.elapsed();
    assert!(first < Duration::from_secs(2), "{first:?}");
}

#[tokio::test]
async fn b13_a_silent_address_delays_by_the_stagger_only() {
    // A listener whose queue is full drops further SYNs, as a broken path does.
    let silent = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    silent.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    silent.listen(0).unwrap();
    let silent_address = silent.local_addr().unwrap().as_socket().unwrap();
    let _fill = std::net::TcpStream::connect(silent_address).unwrap();

    let origin = Origin::start(FileServer::new(file())).await;
    let names = Names::new().known("half.test", &[silent_address, origin.addr()]);
    let stagger = Duration::from_millis(50);
    let http = Http::new(HttpConfig {
        resolver: std::sync::Arc::new(names),
        next_address_after: stagger,
        ..HttpConfig::default()
    });
    let start = Instant::now();
    assert_eq!(bytes(&http, &request("http://half.test/")).await.len(), 1 << 20);
    assert!(start.elapsed() >= stagger, "the silent address was tried first");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// "IPv6 broken, IPv4 fine, and the reverse": the broken family costs one refusal, and is tried last from then on.
#[tokio::test]
async fn b13_a_broken_family_is_passed_over_and_remembered() {
    let v4 = Origin::start(FileServer::new(file())).await;
    let dead = refusing_address().await.port();
    let broken = [SocketAddr::from(([127, 0, 0, 1], dead)), SocketAddr::from((Ipv6Addr::LOCALHOST, dead))];
    let v6 = match tokio::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await {
        Ok(_) => Some(Origin::builder().ip(Ipv6Addr::LOCALHOST).start(FileServer::new(file())).await),
        // A machine without IPv6 shows one half.
        Err(_) => None,
    };
    for (broken, fine) in [(broken[1], Some(&v4)), (broken[0], v6.as_ref())] {
        let Some(fine) = fine else { continue };
        let (http, _) = client_knowing(Names::new().known("both.test", &[broken, fine.addr()]));
        for _ in 0..2 {
            let start = Instant::now();
            let (answer, _, fault) = fetched(&http, &request("http://both.test/")).await;
            assert_eq!((answer.peer, fault), (Some(fine.addr().ip()), None));
            assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
            http.drop_idle();
        }
    }
}

#[tokio::test]
async fn connections_are_reused_one_after_the_other() {
    let origin = Origin::start(FileServer::new(file())).await;
    let http = client();
    for start in 0..5 {
        let part = ask(&origin.url("/"), exactly(start * 1000, start * 1000 + 1000));
        assert_eq!(bytes(&http, &part).await, file().part(start * 1000..start * 1000 + 1000));
    }
    assert_eq!(origin.connections(), 1);
    assert!(http.has_idle());
    http.drop_idle();
    assert!(!http.has_idle());
    eventually("the server sees it close", || origin.open_connections() == 0).await;
}

#[tokio::test]
async fn parallel_requests_have_a_connection_each() {
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(file()).gate_at(500, &gate)).await;
    let http = client();
    let (_, mut first) = http.fetch(&request(&origin.url("/"))).await.unwrap();
    let (_, mut second) = http.fetch(&request(&origin.url("/"))).await.unwrap();
    assert_eq!(origin.connections(), 2);
    gate.open();
    for body in [&mut first, &mut second] {
        while body.chunk().await.unwrap().is_some() {}
        assert_eq!(body.position(), 1 << 20);
    }
}

#[tokio::test]
async fn b23_a_kept_connection_that_died_unseen_is_replaced_in_silence() {
    // The server takes the second request of a connection and says nothing any more.
    let content = file();
    let whole = content.clone();
    let origin = Origin::start(move |request: &bgcopy_testkit::RequestHead| match request.number {
        2 => Reply::new().cut(),
        _ => Reply::status(200).content(&whole, 0..1 << 20),
    })
    .await;
    let http = client();
    for _ in 0..2 {
        assert_eq!(bytes(&http, &request(&origin.url("/"))).await, content.bytes());
    }
    assert_eq!((origin.connections(), origin.requests().len()), (2, 3));
}

#[tokio::test]
async fn b23_a_fresh_connection_that_dies_is_reported() {
    let origin = Origin::start(|_: &_| Reply::new().cut()).await;
    assert_eq!(meaning(&fault(&client(), &request(&origin.url("/"))).await), transport("closed-early"));
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn b23_a_server_that_was_replaced_meanwhile_is_asked_anew() {
    let origin = Origin::start(FileServer::new(file())).await;
    let (http, url) = (client(), origin.url("/"));
    bytes(&http, &request(&url)).await;
    let address = origin.stop().await;
    let _next = Origin::builder().at(address).start(FileServer::new(file())).await;
    assert_eq!(bytes(&http, &request(&url)).await, file().bytes());
}

#[tokio::test]
async fn idle_connections_close_after_their_time_and_nothing_runs_on() {
    let origin = Origin::start(FileServer::new(file())).await;
    let http = Http::new(HttpConfig { idle_timeout: Duration::from_millis(30), ..HttpConfig::default() });
    bytes(&http, &request(&origin.url("/"))).await;
    eventually("the connection is closed", || origin.open_connections() == 0).await;
    assert!(!http.has_idle());
}

#[tokio::test]
async fn only_so_many_connections_of_a_kind_are_kept() {
    const KEPT: usize = 32;
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(Content::new(3, 1_000)).gate_at(500, &gate)).await;
    let http = client();
    let mut bodies = Vec::new();
    for _ in 0..KEPT + 8 {
        bodies.push(http.fetch(&request(&origin.url("/"))).await.unwrap().1);
    }
    assert_eq!(origin.open_connections(), KEPT + 8);
    gate.open();
    for body in &mut bodies {
        while body.chunk().await.unwrap().is_some() {}
    }
    drop(bodies);
    eventually("the others are closed", || origin.open_connections() == KEPT).await;
    assert!(http.has_idle());
}

#[tokio::test]
async fn the_last_clone_closes_everything() {
    let origin = Origin::start(FileServer::new(file())).await;
    let http = client();
    bytes(&http.clone(), &request(&origin.url("/"))).await;
    assert_eq!(origin.open_connections(), 1);
    drop(http);
    eventually("the connection is closed", || origin.open_connections() == 0).await;
}

#[tokio::test]
async fn a_dropped_body_ends_its_exchange() {
    let gate = Gate::new();
    let origin = Origin::start(FileServer::new(file()).gate_at(10, &gate)).await;
    let http = client();
    let (_, body) = http.fetch(&request(&origin.url("/"))).await.unwrap();
    drop(body);
    gate.open();
    eventually("the connection is closed", || origin.open_connections() == 0).await;
    assert!(!http.has_idle());
}

#[tokio::test]
async fn c13_jobs_of_different_kinds_never_share_a_connection() {
    let origin = Origin::start(FileServer::new(file())).await;
    let http = client();
    let plain = request(&origin.url("/"));
    bytes(&http, &plain).await;
    bytes(&http, &with_options(plain.clone(), |options| options.partition = 7)).await;
    assert_eq!(origin.connections(), 2);
    let with_header = with_options(plain.clone(), |options| {
        options.headers.push(("x-custom".to_owned(), Secret::new("1")));
    });
    bytes(&http, &with_header).await;
    assert_eq!(origin.connections(), 2, "headers belong to a message, not to a connection");
    let ada = crate::support::credentials(bgcopy_core::AuthScheme::Basic, "ada", "pw");
    bytes(&http, &with_options(plain, |options| options.server_credentials.push(ada))).await;
    assert_eq!(origin.connections(), 3);
}
