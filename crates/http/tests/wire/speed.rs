//! Time: servers that are slow, and readers that are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bgcopy_http::{Http, HttpConfig, Options};
use bgcopy_testkit::{Content, FileServer, Origin, Reply, eventually};

use crate::support::{bytes, client, fault, meaning, request, transport};

fn impatient() -> Http {
    Http::new(HttpConfig { low_speed: (1024, Duration::from_millis(200)), ..HttpConfig::default() })
}

#[tokio::test]
async fn a32_silence_before_the_head_is_a_timeout() {
    let origin = Origin::start(|_: &_| Reply::new().stall()).await;
    assert_eq!(meaning(&fault(&impatient(), &request(&origin.url("/"))).await), transport("timeout"));
}

#[tokio::test]
async fn a_job_with_less_patience_than_the_rule_is_heard_first() {
    let origin = Origin::start(|_: &_| Reply::new().stall()).await;
    let mut request = request(&origin.url("/"));
    request.options = Arc::new(Options { patience: Some(Duration::from_secs(1)), ..Options::default() });
    let start = Instant::now();
    assert_eq!(meaning(&fault(&client(), &request).await), transport("timeout"));
    assert!(start.elapsed() < Duration::from_secs(20), "the rule would have waited half a minute");
}

#[tokio::test]
async fn a32_a_dripping_head_is_a_timeout() {
    let origin = Origin::start(|_: &_| {
        Reply::new().drip("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", Duration::from_millis(20))
    })
    .await;
    assert_eq!(meaning(&fault(&impatient(), &request(&origin.url("/"))).await), transport("timeout"));
}

#[tokio::test]
async fn a32_a_dripping_body_is_a_stall() {
    let origin = Origin::start(|_: &_| {
        Reply::status(200).header("content-length", "1000").drip(vec![b'x'; 1000], Duration::from_millis(20))
    })
    .await;
    let (_, mut body) = impatient().fetch(&request(&origin.url("/"))).await.unwrap();
    let stalled = loop {
        match body.chunk().await {
            Ok(chunk) => assert!(chunk.is_some()),
            Err(stalled) => break stalled,
        }
    };
    assert_eq!(meaning(&stalled), transport("timeout"));
    assert!(body.position() > 0);
}

#[tokio::test]
async fn a_reader_may_pause_for_longer_than_the_rule() {
    let content = Content::new(3, 8 << 20);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let (_, mut body) = client().fetch(&request(&origin.url("/"))).await.unwrap();
    let mut have = body.chunk().await.unwrap().unwrap().to_vec();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    tokio::time::resume();
    while let Some(chunk) = body.chunk().await.unwrap() {
        have.extend_from_slice(&chunk);
    }
    assert_eq!(have, content.bytes());
}

#[tokio::test]
async fn a_paused_reader_does_not_draw_the_file_into_memory() {
    const LEN: u64 = 64 << 20;
    let origin = Origin::start(FileServer::new(Content::repeated(1, LEN))).await;
    let (_, mut body) = client().fetch(&request(&origin.url("/"))).await.unwrap();
    body.chunk().await.unwrap();
    // The server is stuck once it sent nothing between many looks in a row.
    let (mut sent, mut unchanged) = (0, 0);
    eventually("the server is held up", || {
        unchanged = if origin.bytes_sent() == sent { unchanged + 1 } else { 0 };
        sent = origin.bytes_sent();
        unchanged > 50
    })
    .await;
    // What the buffers of the system hold on both ends, and one connection of ours.
    assert!(sent < LEN / 2, "{sent} bytes were sent to a reader that took none");
    while body.chunk().await.unwrap().is_some() {}
    assert_eq!(body.position(), LEN);
}

#[tokio::test]
async fn many_requests_at_once_all_arrive() {
    let content = Content::new(8, 200_000);
    let origin = Origin::start(FileServer::new(content.clone())).await;
    let http = client();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (http, request) = (http.clone(), request(&origin.url("/")));
        tasks.spawn(async move { bytes(&http, &request).await });
    }
    while let Some(bytes) = tasks.join_next().await {
        assert_eq!(bytes.unwrap(), content.bytes());
    }
}
