//! Packets of uploads against a server that takes them by the book, and against what goes wrong on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bgcopy_core::{Ack, AuthScheme, ByteRange, Packet, SessionId};
use bgcopy_http::{Content, Feed, Http, HttpConfig, Options, Post};
use bgcopy_testkit::{Authority, BitsFault, BitsServer, Gate, Origin, Reply, RequestHead, TlsServer};

use crate::support::{client, credentials, meaning, remote, transport};

/// Bytes in chunks of some KiB; counts how often they were wanted.
struct Bytes {
    bytes: Vec<u8>,
    opened: AtomicUsize,
    /// Waited for before the last chunk.
    gate: Option<Gate>,
}

impl Content for Bytes {
    fn open(&self) -> Feed {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let chunks: Vec<_> = self.bytes.chunks(10_000).map(<[u8]>::to_vec).collect();
        let gate = self.gate.clone();
        Feed::of(async move |sender: tokio::sync::mpsc::Sender<bytes::Bytes>| {
            let last = chunks.len().saturating_sub(1);
            for (nth, chunk) in chunks.into_iter().enumerate() {
                if let Some(gate) = gate.as_ref().filter(|_| nth == last) {
                    gate.wait().await;
                }
                if sender.send(chunk.into()).await.is_err() {
                    return;
                }
            }
        })
    }
}

fn file() -> Vec<u8> {
    bgcopy_testkit::content(5, 200_000)
}

fn content(bytes: &[u8]) -> Arc<Bytes> {
    Arc::new(Bytes { bytes: bytes.to_vec(), opened: AtomicUsize::new(0), gate: None })
}

fn post(url: &str, packet: Packet, content: Option<Arc<Bytes>>, options: Options) -> Post {
    let content = content.map(|content| content as Arc<dyn Content>);
    let (url, options) = (url.parse().unwrap(), Arc::new(options));
    Post { url, packet, name: Some("f".to_owned()), content, options, offered: false }
}

fn fragment(session: &SessionId, start: u64, end: u64) -> Packet {
    let total = file().len() as u64;
    Packet::Fragment { session: session.clone(), range: ByteRange::new(start, end), total }
}

async fn opened(http: &Http, url: &str, options: Options) -> SessionId {
    http.post(&post(url, Packet::Create, None, options)).await.unwrap().session.unwrap()
}

async fn sent(http: &Http, url: &str, session: &SessionId, start: u64, end: u64) -> Ack {
    let range = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
    let packet = fragment(session, start, end);
    http.post(&post(url, packet, Some(content(&file()[range])), Options::default())).await.unwrap()
}

#[tokio::test]
async fn a_file_goes_in_fragments_over_one_connection() {
    let server = BitsServer::builder().reply("thanks").start().await;
    let (http, url) = (client(), server.url("/in/f"));
    let session = opened(&http, &url, Options::default()).await;
    assert_eq!(sent(&http, &url, &session, 0, 120_000).await.received, Some(120_000));
    let last = sent(&http, &url, &session, 120_000, 200_000).await;
    assert_eq!(last.received, Some(200_000));
    assert!(last.reply.unwrap().as_str().starts_with(&server.url("/replies/")));
    http.post(&post(&url, Packet::Close(session), None, Options::default())).await.unwrap();
    assert_eq!(server.file("/in/f").unwrap(), file());
    let heads = server.packets();
    assert!(heads.iter().all(|packet| packet.head.connection == 1 && packet.head.method == "BITS_POST"));
    assert_eq!(heads[1].head.header("content-name"), Some("f"));
    assert_eq!(heads[1].head.header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn what_the_server_did_not_take_it_asks_for() {
    let server = BitsServer::start().await;
    let (http, url) = (client(), server.url("/f"));
    let session = opened(&http, &url, Options::default()).await;
    let ahead = sent(&http, &url, &session, 50_000, 60_000).await;
    assert_eq!((ahead.received, ahead.out_of_step), (Some(0), true));
}

#[tokio::test]
async fn a_challenge_is_answered_and_the_bytes_are_sent_again() {
    let server = BitsServer::builder().login("ada", "pw").start().await;
    let options = || Options {
        server_credentials: vec![credentials(AuthScheme::Basic, "ada", "pw")],
        ..Options::default()
    };
    let (http, url) = (client(), server.url("/f"));
    let session = opened(&http, &url, options()).await;
    // Another client knows nothing of the challenge.
    let bytes = content(&file());
    let whole = post(&url, fragment(&session, 0, 200_000), Some(bytes.clone()), options());
    assert_eq!(client().post(&whole).await.unwrap().received, Some(200_000));
    assert_eq!(bytes.opened.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn tls_is_as_for_downloads() {
    let authority = Authority::new("test");
    let tls = TlsServer::new(&authority.server(&["127.0.0.1"]));
    let server = BitsServer::builder().tls(tls).start().await;
    let mut options = Options::default();
    options.tls.extra_roots = Some(authority.pem());
    let session = opened(&client(), &server.url("/f"), options).await;
    assert_eq!(server.open_sessions(), 1);
    let stranger = post(&server.url("/f"), Packet::Cancel(session), None, Options::default());
    let fault = client().post(&stranger).await.unwrap_err();
    assert_eq!(meaning(&fault), transport("tls"));
}

#[tokio::test]
async fn b23_a_kept_connection_that_died_unseen_costs_nothing() {
    let server = BitsServer::start().await;
    let (http, url) = (client(), server.url("/f"));
    let session = opened(&http, &url, Options::default()).await;
    // The connection is there, and its server has gone.
    server.fails_once(|packet| (packet.kind == "fragment").then_some(BitsFault::CutAfter(0)));
    assert_eq!(sent(&http, &url, &session, 0, 1_000).await.received, Some(1_000));
}

#[tokio::test]
async fn a_cut_in_mid_fragment_is_told_with_its_range() {
    let server = BitsServer::start().await;
    let (http, url) = (client(), server.url("/f"));
    let session = opened(&http, &url, Options::default()).await;
    server.fails(|packet| (packet.kind == "fragment").then_some(BitsFault::CutAfter(100)));
    let packet = post(&url, fragment(&session, 0, 200_000), Some(content(&file())), Options::default());
    let fault = http.post(&packet).await.unwrap_err();
    assert_eq!(fault.class(), bgcopy_core::ErrorClass::Transient, "{fault}");
    assert_eq!(fault.range, Some(ByteRange::new(0, 200_000)));
}

#[tokio::test]
async fn nobody_is_led_elsewhere_with_what_he_posts() {
    let target = BitsServer::start().await;
    let to = target.url("/f");
    let origin = Origin::start(move |_: &RequestHead| Reply::status(307).header("location", &to)).await;
    let fault = client().post(&post(&origin.url("/f"), Packet::Create, None, Options::default())).await;
    assert_eq!(meaning(&fault.unwrap_err()), remote("http-307"));
    assert_eq!(target.packets().len(), 0);
}

/// A client that takes pauses for stalls soon.
fn hasty() -> Http {
    Http::new(HttpConfig { low_speed: (1_024, Duration::from_millis(100)), ..HttpConfig::default() })
}

#[tokio::test]
async fn a_server_that_stops_reading_is_a_stall_and_a_slow_file_is_none() {
    let server = BitsServer::start().await;
    let (http, url) = (hasty(), server.url("/f"));
    let session = opened(&http, &url, Options::default()).await;
    // Some of these times without a byte, and they are ours.
    let gate = Gate::new();
    let slow = Bytes { bytes: file(), opened: AtomicUsize::new(0), gate: Some(gate.clone()) };
    let packet = post(&url, fragment(&session, 0, 200_000), Some(Arc::new(slow)), Options::default());
    let opening = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        gate.open();
    };
    let (ack, ()) = tokio::join!(http.post(&packet), opening);
    assert_eq!(ack.unwrap().received, Some(200_000));
    // Nobody reads what is sent: more than the sockets between hold.
    let silent = Origin::start(|_: &RequestHead| Reply::new().wait(&Gate::new())).await;
    let huge = content(&vec![0; 32 << 20]);
    let total = 32 << 20;
    let packet = Packet::Fragment { session, range: ByteRange::new(0, total), total };
    let stalled = http.post(&post(&silent.url("/f"), packet, Some(huge), Options::default())).await;
    assert_eq!(meaning(&stalled.unwrap_err()), transport("timeout"));
}
