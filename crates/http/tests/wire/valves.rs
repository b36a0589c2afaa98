//! Valves: they reach the socket through every layer, and keep nothing open.

use bgcopy_core::Protocol;
use bgcopy_http::{Http, Request, ValveError};
use bgcopy_testkit::{Authority, Content, FileServer, Origin, TlsServer, eventually};

use crate::support::{client, exactly, request, with_options};

const FILE: u64 = 1 << 20;

fn files() -> FileServer {
    FileServer::new(Content::new(71, FILE))
}

/// What the valve saw when the body had come, which is no less than the body.
async fn received(http: &Http, request: &Request) -> (Protocol, u64) {
    let (answer, mut body) = http.fetch(request).await.unwrap();
    let valve = body.valve().unwrap();
    valve.set_window(1 << 20).unwrap();
    let mut bytes = 0;
    while let Some(chunk) = body.chunk().await.unwrap() {
        bytes += chunk.len() as u64;
    }
    assert_eq!(bytes, FILE);
    valve.release().unwrap();
    (answer.protocol, valve.look().unwrap().received)
}

#[tokio::test]
async fn bytes_are_seen_in_the_clear_through_tls_and_through_http2() {
    let authority = Authority::new("ours");
    let issued = authority.server(&["127.0.0.1"]);
    let plain = Origin::start(files()).await;
    let secured = Origin::start_tls(files(), TlsServer::new(&issued)).await;
    let shared = Origin::start_tls(files(), TlsServer::new(&issued).http2()).await;
    for (origin, expected) in
        [(&plain, Protocol::Http11), (&secured, Protocol::Http11), (&shared, Protocol::Http2)]
    {
        let http = client();
        let request = with_options(request(&origin.url("/")), |options| {
            options.tls.extra_roots = Some(authority.pem());
        });
        let (protocol, received) = received(&http, &request).await;
        assert_eq!(protocol, expected);
        assert!((FILE..FILE + (64 << 10)).contains(&received), "{expected:?}: {received}");
    }
}

#[tokio::test]
async fn a_kept_connection_has_the_same_valve_and_a_dropped_body_ends_it() {
    let origin = Origin::start(files()).await;
    let http = client();
    let mut ask = request(&origin.url("/"));
    ask.ask = exactly(0, 1_000);
    let (_, mut body) = http.fetch(&ask).await.unwrap();
    let first = body.valve().unwrap();
    while body.chunk().await.unwrap().is_some() {}
    assert!(body.valve().is_none(), "the connection was given back");
    ask.ask = exactly(0, FILE);
    let (_, body) = http.fetch(&ask).await.unwrap();
    let second = body.valve().unwrap();
    assert_eq!(second.number(), first.number());
    drop(body);
    assert!(matches!(second.look(), Err(ValveError::Ended)));
    eventually("the server sees the end", || origin.open_connections() == 0).await;
}
