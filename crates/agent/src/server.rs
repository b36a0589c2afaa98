//! Taking connections. They are "kept alive without limit and without idle timeout" (agent-rest 3), since the client
//! library has one for its whole process; so that nobody can exhaust them, the one that was silent longest makes
//! room for the next. The library connects anew where that meets it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bgcopy_api::Contract;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::downloads::{Downloads, Surroundings};
use crate::wire::{Answer, REQUEST_BYTES_MAX, Request};

/// Open connections: half of the descriptors that a process has by default, since transfers need some too.
const CONNECTIONS_MAX: usize = 512;

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
    let mut house =
        House { downloads, shutdown, started: Instant::now(), guests: HashMap::new(), tasks: JoinSet::new() };
    house.keep(&listener).await;
    drop(listener);
    house.close().await;
    Ok(())
}

/// The accepting task's own.
struct House<C, S> {
    downloads: Arc<Downloads<C, S>>,
    shutdown: CancellationToken,
    started: Instant,
    guests: HashMap<Id, Arc<Guest>>,
    tasks: JoinSet<()>,
}

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

impl<C: Contract, S: Surroundings> House<C, S> {
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
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.welcome(stream, peer),
                    Err(error) => {
                        tracing::warn!(%error, "cannot take a connection");
                        self.make_room();
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr) {
        if self.guests.len() >= CONNECTIONS_MAX && !self.make_room() {
            // Every connection has a call under way, each of which ends in time; this one tries again.
            return;
        }
        let guest = Arc::new(Guest {
            started: self.started,
            heard: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            leave: self.shutdown.child_token(),
        });
        guest.hear();
        let talk = converse(stream, peer.ip(), self.downloads.clone(), guest.clone());
        let id = self.tasks.spawn(talk).id();
        self.guests.insert(id, guest);
    }

    /// Sends away whoever was silent longest; whether there was somebody.
    fn make_room(&mut self) -> bool {
        let idle = self.guests.iter().filter(|(_, guest)| !guest.busy.load(Ordering::Relaxed));
        let silent = idle.min_by_key(|(_, guest)| guest.heard.load(Ordering::Relaxed)).map(|(id, _)| *id);
        let Some(guest) = silent.and_then(|id| self.guests.remove(&id)) else { return false };
        guest.leave.cancel();
        true
    }

    async fn close(&mut self) {
        let all_left = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(CLOSE_TIME, all_left).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}

/// Answers the requests of one connection until it ends.
async fn converse<C: Contract, S: Surroundings>(
    mut stream: TcpStream,
    peer: IpAddr,
    downloads: Arc<Downloads<C, S>>,
    guest: Arc<Guest>,
) {
    // An answer is one write, and the client waits for it.
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    loop {
        match Request::read(&buffer) {
            Ok(Some(request)) => {
                guest.busy.store(true, Ordering::Relaxed);
                buffer.drain(..request.length);
                let answer = downloads.answer(peer, &request).await.bytes();
                let sent = timeout(WRITE_TIME, stream.write_all(&answer)).await;
                guest.hear();
                guest.busy.store(false, Ordering::Relaxed);
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
            Err(_) => return turn_away(stream).await,
        }
    }
}

async fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.reserve(READ_BYTES);
    stream.read_buf(buffer).await
}

/// "`400 BadRequest`, no `Content-Length`, no body, connection closed" (agent-rest 3). What the client still sends
/// is read, or the system would take the answer back.
async fn turn_away(mut stream: TcpStream) {
    let farewell = async {
        stream.write_all(&Answer::Malformed.bytes()).await?;
        stream.shutdown().await?;
        let mut rest = stream.take(REQUEST_BYTES_MAX as u64);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    // Whether it arrives is the client's concern: the connection ends either way.
    let _ = timeout(FAREWELL_TIME, farewell).await;
}
