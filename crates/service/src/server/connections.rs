//! Taking connections, and letting go of them.
//!
//! One task accepts and owns the counts; one task per connection converses. All of them are awaited before
//! [`serve`] returns.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bgcopy_api::{Contract, Problem};
use bgcopy_core::Hresult;
use bgcopy_core::limits::HEADER_BYTES;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{Limits, Options, output, router};

/// Out of descriptors, accepting is tried again after this long: the connections that are open must end
/// first, and a loop without a pause would burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that are being refused at one time; any more are closed without a word.
const FAREWELLS_MAX: usize = 32;

/// How long a refused client may take to read why.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

/// The process at the other end of a connection, as the kernel knew it when it connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) pid: Option<i32>,
}

/// Serves until `shutdown`; then takes no more connections, lets the answers under way leave, and ends.
pub async fn serve<C: Contract>(
    listener: UnixListener,
    contract: Arc<C>,
    options: Options,
    shutdown: CancellationToken,
) {
    let router = router::router(contract, &options, shutdown.clone());
    let mut door = Door {
        router,
        options,
        shutdown,
        guests: HashMap::new(),
        tasks: JoinSet::new(),
        farewells: JoinSet::new(),
    };
    door.keep(&listener).await;
    drop(listener);
    door.close().await;
}

/// The accepting task's own.
struct Door {
    router: Router,
    options: Options,
    shutdown: CancellationToken,
    guests: HashMap<u32, usize>,
    tasks: JoinSet<u32>,
    farewells: JoinSet<()>,
}

impl Door {
    async fn keep(&mut self, listener: &UnixListener) {
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                Some(left) = self.tasks.join_next() => self.leave(left),
                Some(_) = self.farewells.join_next() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.welcome(stream),
                    Err(error) => {
                        warn!(%error, "cannot take a connection");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
    }

    fn welcome(&mut self, stream: UnixStream) {
        let peer = match peer(&stream) {
            Ok(peer) => peer,
            Err(error) => return debug!(%error, "a peer without credentials"),
        };
        if let Err(problem) = self.admit(peer) {
            debug!(uid = peer.uid, code = problem.code, "a connection is refused");
            if self.farewells.len() < FAREWELLS_MAX {
                self.farewells.spawn(turn_away(stream, output::raw_refusal(&problem)));
            }
            return;
        }
        *self.guests.entry(peer.uid).or_default() += 1;
        let (router, limits, shutdown) = (self.router.clone(), self.options.limits, self.shutdown.clone());
        self.tasks.spawn(async move {
            converse(stream, peer, router, limits, shutdown).await;
            peer.uid
        });
        self.tell();
    }

    /// Whether there is room for this peer.
    fn admit(&self, peer: Peer) -> Result<(), Box<Problem>> {
        if !self.options.access.admits(peer.uid) {
            let detail = format!("user {} may not talk to this service", peer.uid);
            return Err(Box::new(Problem::new(403, "access-denied", output::E_ACCESSDENIED, detail)));
        }
        let limits = &self.options.limits;
        let of_user = self.guests.get(&peer.uid).copied().unwrap_or_default();
        let (count, limit) = match of_user >= limits.connections_per_user {
            true => (of_user, limits.connections_per_user),
            false => (self.tasks.len(), limits.connections),
        };
        if count < limit {
            return Ok(());
        }
        let detail = format!("{count} connections are open, which is the limit; close one");
        Err(Box::new(Problem::new(429, "too-many-connections", TOO_BUSY, detail)))
    }

    fn leave(&mut self, left: Result<u32, tokio::task::JoinError>) {
        match left {
            Ok(uid) => {
                if let Some(count) = self.guests.get_mut(&uid) {
                    *count = count.saturating_sub(1);
                }
            }
            // A handler that panicked is a mistake of ours; whose it was is in the log, and the counts are
            // made anew when nobody is left.
            Err(error) => warn!(%error, "a connection's task failed"),
        }
        if self.tasks.is_empty() {
            self.guests.clear();
        }
        self.guests.retain(|_, count| *count > 0);
        self.tell();
    }

    fn tell(&self) {
        self.options.clients.send_replace(self.tasks.len());
    }

    /// Waits for the answers under way, for a while.
    async fn close(&mut self) {
        let all_left = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(self.options.limits.farewell, all_left).await.is_err() {
            self.tasks.shutdown().await;
        }
        self.farewells.shutdown().await;
        self.options.clients.send_replace(0);
    }
}

/// `RPC_S_SERVER_TOO_BUSY`.
const TOO_BUSY: Hresult = Hresult::from_win32(1723);

fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let credentials = stream.peer_cred()?;
    Ok(Peer { uid: credentials.uid(), gid: credentials.gid(), pid: credentials.pid() })
}

/// Says why and hangs up. The request is waited for and dropped: to an HTTP client an answer that comes before
/// its request is none, and a client whose writing fails may never look at the answer.
async fn turn_away(mut stream: UnixStream, refusal: String) {
    let mut start = [0; 1_024];
    // One that says nothing is told all the same.
    let _ = timeout(FAREWELL_TIME, stream.read(&mut start)).await;
    let farewell = async {
        stream.write_all(refusal.as_bytes()).await?;
        stream.shutdown().await?;
        let mut request = stream.take(HEADER_BYTES as u64);
        tokio::io::copy(&mut request, &mut tokio::io::sink()).await
    };
    // Whether it arrives is the client's concern: the connection ends either way.
    let _ = timeout(FAREWELL_TIME, farewell).await;
}

/// Answers the requests of one connection until it ends.
async fn converse(
    stream: UnixStream,
    peer: Peer,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let answer = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let answer = TowerToHyperService::new(router.clone()).call(request);
        async move { Ok::<Response<Body>, Infallible>(output::versioned(answer.await)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(HEADER_BYTES)
        .max_buf_size(2 * HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), answer);
    let mut connection = pin!(connection);
    let end = tokio::select! {
        end = connection.as_mut() => end,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = end {
        debug!(uid = peer.uid, %error, "a connection ended badly");
    }
}
