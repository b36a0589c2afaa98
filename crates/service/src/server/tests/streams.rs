//! The event stream, raw and through the client.

use std::sync::Mutex;
use std::time::Duration;

use bgcopy_api::{Event, EventBody, EventFilter, EventId, EventKind};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::super::{Access, Limits, Options};
use super::fake::{Fake, JOB};
use super::rig::{PATIENCE, Rig};

fn event(id: u64) -> Event {
    let body = EventBody::JobTransferred { job: JOB.parse().unwrap() };
    Event { id: EventId(id), at: Timestamp::UNIX_EPOCH, body }
}

fn fake(queue: usize, backlog: &[u64]) -> Fake {
    let backlog = backlog.iter().map(|id| event(*id)).collect();
    Fake { queue, backlog: Mutex::new(backlog), ..Fake::default() }
}

/// Opens a stream by hand and gives its lines.
async fn open(rig: &Rig, headers: &str) -> tokio::io::Lines<BufReader<UnixStream>> {
    let mut stream = UnixStream::connect(&rig.socket).await.unwrap();
    let request = format!("GET /v1/events HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    BufReader::new(stream).lines()
}

async fn find(lines: &mut tokio::io::Lines<BufReader<UnixStream>>, wanted: &str) {
    let searching = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(wanted) {
                return;
            }
        }
        panic!("the stream ended before {wanted:?}");
    };
    timeout(PATIENCE, searching).await.unwrap_or_else(|_| panic!("no {wanted:?} in time"));
}

#[tokio::test]
async fn an_event_has_its_number_its_name_and_its_json() {
    let rig = Rig::with(fake(4, &[5]), Options::new(Access::Everybody));
    let mut lines = open(&rig, "").await;
    find(&mut lines, "content-type: text/event-stream").await;
    find(&mut lines, "id: 5").await;
    find(&mut lines, "event: job-transferred").await;
    find(
        &mut lines,
        &format!(r#"data: {{"id":5,"at":"1970-01-01T00:00:00Z","event":"job-transferred","job":"{JOB}"}}"#),
    )
    .await;
}

#[tokio::test]
async fn a_stream_goes_on_behind_the_last_event_that_was_seen() {
    let rig = Rig::with(fake(8, &[1, 2, 3]), Options::new(Access::Everybody));
    let mut lines = open(&rig, "last-event-id: 2\r\n").await;
    find(&mut lines, "id: 3").await;
    assert_eq!(rig.fake.asked(), ["subscribe [] Some(2)"]);
    let bad = rig.raw("GET /v1/events HTTP/1.1\r\nhost: x\r\nlast-event-id: x\r\n\r\n").await;
    assert_eq!(bad.problem().1, "invalid-header");
}

#[tokio::test]
async fn j06_the_client_comes_back_with_the_last_event_when_the_stream_breaks() {
    let rig = Rig::with(fake(8, &[1, 2]), Options::new(Access::Everybody));
    let client = rig.client().await;
    let filter = EventFilter { kind: vec![EventKind::JobTransferred], ..EventFilter::default() };
    let mut events = client.events(filter).await.unwrap();
    assert_eq!(events.next().await.unwrap().id, EventId(1));
    assert_eq!(events.next().await.unwrap().id, EventId(2));
    // The service ends the stream by dropping its end of the queue.
    rig.fake.hang_up();
    rig.fake.backlog.lock().unwrap().push(event(3));
    assert_eq!(timeout(PATIENCE, events.next()).await.unwrap().unwrap().id, EventId(3));
    assert_eq!(rig.fake.asked(), ["subscribe [JobTransferred] None", "subscribe [JobTransferred] Some(2)"]);
    assert_eq!(events.last(), Some(EventId(3)));
}

#[tokio::test]
async fn j06_a_reader_that_lags_is_told_and_the_service_never_waits() {
    let rig = Rig::with(fake(4, &[]), Options::new(Access::Everybody));
    let client = rig.client().await;
    let mut events = client.events(EventFilter::default()).await.unwrap();
    // Nobody reads while this is fed: the socket's buffers fill up, then the queue, then the service lets go.
    let mut fed = 0;
    while rig.fake.feed(&event(fed + 1)) > 0 {
        fed += 1;
        assert!(fed < 100_000, "the queue has no bound");
    }
    let mut last = EventId(0);
    loop {
        let event = timeout(PATIENCE, events.next()).await.unwrap().unwrap();
        if let EventBody::Lagged { missed } = event.body {
            assert_eq!((event.id, missed), (last, 1), "whoever resumes from its id misses nothing");
            break;
        }
        assert_eq!(event.id.0, last.0 + 1, "in order, without a gap");
        last = event.id;
    }
    assert!(last.0 >= 4 && last.0 <= fed, "{last} {fed}");
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_comments() {
    let options = Options::new(Access::Everybody);
    let limits = Limits { keep_alive: Duration::from_millis(10), ..options.limits };
    let rig = Rig::with(fake(4, &[]), Options { limits, ..options });
    let mut lines = open(&rig, "").await;
    find(&mut lines, "text/event-stream").await;
    let comment = async { while !lines.next_line().await.unwrap().unwrap().starts_with(':') {} };
    timeout(PATIENCE, comment).await.expect("a comment");
}
