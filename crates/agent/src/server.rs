//! Taking connections. They are "kept alive without limit and without idle timeout" (agent-rest 3), since the client
//! library has one for its whole process; so that nobody can exhaust them, the one that was silent longest makes
//! room for the next. The library connects anew where that meets it.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bgcopy_api::Contract;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::downloads::{Downloads, Surroundings};
use crate::wire::{Answer, REQUEST_BYTES_MAX, Request};

/// Open connections: half of the descriptors that a process has by default, since transfers need some too.
const CONNECTIONS_MAX: usize = 512;

/// Connections besides them that were sent away and have a call to be answered first. Whoever comes while there are
/// so many waits at the door, and not for long: every call ends.
const LEAVING_MAX: usize = 64;

/// Out of descriptors, accepting is tried again after this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take to read an answer, which fits into any socket's buffer.
const WRITE_TIME: Duration = Duration::from_secs(10);

/// How long a client whose request is malformed may take to read that.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// How long answers may take to leave when the service ends.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// Bytes that are read at a time: most requests are a few hundred.
const READ_BYTES: usize = 4 << 10;

/// Who answers the calls.
trait Clerk: Clone + Send + 'static {
    /// Answers a request of somebody at this address.
    fn answer(&self, peer: IpAddr, request: &Request) -> impl Future<Output = Answer> + Send;
}

impl<C: Contract, S: Surroundings> Clerk for Arc<Downloads<C, S>> {
    fn answer(&self, peer: IpAddr, request: &Request) -> impl Future<Output = Answer> + Send {
        Downloads::answer(self, peer, request)
    }
}

/// Serves behind the door until `shutdown`; then lets the answers under way leave, and ends.
///
/// # Errors
/// The door cannot be used.
pub async fn serve<C: Contract, S: Surroundings>(
    door: Door,
    downloads: Arc<Downloads<C, S>>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let listener = TcpListener::from_std(door.listener)?;
    let mut house = House::new(downloads, shutdown);
    house.keep(&listener).await;
    drop(listener);
    house.close().await;
    Ok(())
}

/// The accepting task's own.
struct House<C> {
    clerk: C,
    shutdown: CancellationToken,
    started: Instant,
    guests: HashMap<Id, Arc<Guest>>,
    tasks: JoinSet<()>,
}

/// What bytes come and go by.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for T {}

/// A connection, as seen from outside.
struct Guest {
    started: Instant,
    /// Milliseconds after the start when it was last heard.
    heard: AtomicU64,
    /// A call of it is being answered.
    busy: AtomicBool,
    leave: CancellationToken,
}

impl Guest {
    fn hear(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.heard.store(now, Ordering::Relaxed);
    }
}

impl<C: Clerk> House<C> {
    fn new(clerk: C, shutdown: CancellationToken) -> Self {
        Self { clerk, shutdown, started: Instant::now(), guests: HashMap::new(), tasks: JoinSet::new() }
    }

    async fn keep(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                Some(left) = self.tasks.join_next_with_id() => {
                    let id = match left {
                        Ok((id, ())) => id,
                        Err(error) => {
                            tracing::warn!(%error, "a connection's task failed");
                            error.id()
                        }
                    };
                    self.guests.remove(&id);
                }
                accepted = listener.accept(), if self.is_open() => match accepted {
                    Ok((stream, peer)) => {
                        // An answer is one write, and the client waits for it.
                        let _ = stream.set_nodelay(true);
                        self.welcome(stream, peer.ip());
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot take a connection");
                        self.make_room();
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    /// Whether another one can be taken.
    fn is_open(&self) -> bool {
        self.tasks.len() < CONNECTIONS_MAX + LEAVING_MAX
    }

    fn welcome(&mut self, stream: impl Stream, peer: IpAddr) {
        if self.guests.len() >= CONNECTIONS_MAX {
            self.make_room();
        }
        let guest = Arc::new(Guest {
            started: self.started,
            heard: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            leave: self.shutdown.child_token(),
        });
        guest.hear();
        let talk = converse(stream, peer, self.clerk.clone(), guest.clone());
        let id = self.tasks.spawn(talk).id();
        self.guests.insert(id, guest);
    }

    /// Sends away whoever was silent longest, at once or, where everybody has a call under way, after its answer.
    fn make_room(&mut self) {
        let patience =
            |guest: &Guest| (guest.busy.load(Ordering::Relaxed), guest.heard.load(Ordering::Relaxed));
        let first = self.guests.iter().min_by_key(|(_, guest)| patience(guest)).map(|(id, _)| *id);
        if let Some(guest) = first.and_then(|id| self.guests.remove(&id)) {
            guest.leave.cancel();
        }
    }

    async fn close(&mut self) {
        let all_left = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(CLOSE_TIME, all_left).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Answers the requests of one connection until it ends.
async fn converse(mut stream: impl Stream, peer: IpAddr, clerk: impl Clerk, guest: Arc<Guest>) {
    let mut buffer = Vec::new();
    loop {
        match Request::read(&buffer) {
            Ok(Some(request)) => {
                guest.busy.store(true, Ordering::Relaxed);
                buffer.drain(..request.length);
                let answer = clerk.answer(peer, &request).await.bytes();
                guest.hear();
                // Who asks and does not read is as silent as who does not ask: the call is over.
                guest.busy.store(false, Ordering::Relaxed);
                let sent = tokio::select! {
                    biased;
                    sent = timeout(WRITE_TIME, stream.write_all(&answer)) => sent,
                    () = guest.leave.cancelled() => return,
                };
                if !matches!(sent, Ok(Ok(()))) || guest.leave.is_cancelled() {
                    return;
                }
            }
            Ok(None) => {
                let read = tokio::select! {
                    () = guest.leave.cancelled() => return,
                    read = read_more(&mut stream, &mut buffer) => read,
                };
                guest.hear();
                if !matches!(read, Ok(1..)) {
                    return;
                }
            }
            Err(_) => return turn_away(stream, &guest.leave).await,
        }
    }
}

async fn read_more(stream: &mut impl Stream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.reserve(READ_BYTES);
    stream.read_buf(buffer).await
}

/// "`400 BadRequest`, no `Content-Length`, no body, connection closed" (agent-rest 3). What the client still sends
/// is read, or the system would take the answer back; but not where somebody else needs the room.
async fn turn_away(mut stream: impl Stream, leave: &CancellationToken) {
    let farewell = async {
        stream.write_all(&Answer::Malformed.bytes()).await?;
        stream.shutdown().await?;
        let mut rest = stream.take(REQUEST_BYTES_MAX as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    // Whether it arrives is the client's concern: the connection ends either way.
    tokio::select! {
        biased;
        _ = timeout(FAREWELL_TIME, farewell) => {}
        () = leave.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{DuplexStream, duplex};
    use tokio::sync::Semaphore;

    use super::*;
    use crate::wire::ANSWER_BYTES_MAX;

    const REQUEST: &[u8] = b"GET x HTTP/1.1\r\n\r\n";

    /// What takes longer hangs; no real time passes.
    const FOREVER: Duration = Duration::from_secs(600);

    /// Bytes that a line holds: less than an answer has.
    const NARROW: usize = 64;

    /// As those of the system: any answer.
    const WIDE: usize = ANSWER_BYTES_MAX;

    /// Answers with nothing, each call for a permit.
    #[derive(Clone)]
    struct Slow(Arc<Semaphore>);

    impl Clerk for Slow {
        async fn answer(&self, _: IpAddr, _: &Request) -> Answer {
            // It is never closed.
            let _permit = self.0.acquire().await;
            Answer::done()
        }
    }

    fn house(permits: usize) -> (House<Slow>, Arc<Semaphore>) {
        let semaphore = Arc::new(Semaphore::new(permits));
        (House::new(Slow(semaphore.clone()), CancellationToken::new()), semaphore)
    }

    /// A client whose request is on its way, behind a line that holds so many bytes.
    async fn client(house: &mut House<Slow>, line: usize) -> DuplexStream {
        let (mut near, far) = duplex(line);
        house.welcome(far, Ipv4Addr::LOCALHOST.into());
        near.write_all(REQUEST).await.unwrap();
        near
    }

    async fn crowd(house: &mut House<Slow>, line: usize, count: usize) -> Vec<DuplexStream> {
        let mut crowd = Vec::new();
        for _ in 0..count {
            crowd.push(client(house, line).await);
            // What it sent is read, and answered where that can be, before the next one comes.
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        crowd
    }

    /// Everything until the end of the connection.
    async fn heard(stream: &mut DuplexStream) -> String {
        let mut text = String::new();
        timeout(FOREVER, stream.read_to_string(&mut text)).await.expect("it ends").unwrap();
        text
    }

    async fn is_answered(stream: &mut DuplexStream) -> bool {
        let mut text = [0; 15];
        stream.read_exact(&mut text).await.is_ok() && &text == b"HTTP/1.1 200 OK"
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_makes_room() {
        let (mut house, _) = house(1);
        let mut crowd = crowd(&mut house, NARROW, CONNECTIONS_MAX).await;
        let mut late = client(&mut house, WIDE).await;
        assert!(is_answered(&mut late).await);
        assert_eq!(house.guests.len(), CONNECTIONS_MAX);
        // What the line holds, and its end; nobody waited for the time of a write.
        assert_eq!(heard(&mut crowd[0]).await.len(), NARROW);
        assert!(house.started.elapsed() < WRITE_TIME);
    }

    #[tokio::test(start_paused = true)]
    async fn where_everybody_is_being_answered_the_first_leaves_with_its_answer() {
        let (mut house, permits) = house(0);
        let mut crowd = crowd(&mut house, WIDE, CONNECTIONS_MAX).await;
        let mut late = client(&mut house, WIDE).await;
        permits.add_permits(1);
        let text = heard(&mut crowd[0]).await;
        assert!(text.starts_with("HTTP/1.1 200 OK") && text.ends_with("{}\n"), "{text}");
        assert!(is_answered(&mut late).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_door_is_shut_while_too_many_are_leaving() {
        let (mut house, permits) = house(0);
        let crowd = crowd(&mut house, WIDE, CONNECTIONS_MAX + LEAVING_MAX).await;
        assert!(!house.is_open());
        permits.add_permits(1);
        drop(crowd);
        assert!(house.tasks.join_next().await.is_some());
        assert!(house.is_open());
        assert_eq!(house.guests.len(), CONNECTIONS_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_garbage_and_stays_makes_room() {
        let (mut house, _) = house(1);
        let (mut near, far) = duplex(1_024);
        house.welcome(far, Ipv4Addr::LOCALHOST.into());
        near.write_all(b"junk\r\n\r\n").await.unwrap();
        assert!(heard(&mut near).await.starts_with("HTTP/1.1 400 BadRequest\r\n"));
        house.make_room();
        assert!(house.tasks.join_next().await.is_some());
        assert!(house.started.elapsed() < FAREWELL_TIME);
    }
}
