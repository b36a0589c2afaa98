//! One HTTP connection, whichever version it speaks, and one exchange on it.

use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bgcopy_core::{Protocol, limits};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use crate::connect::{Connected, Io};
use crate::failure::{Broken, Failure, wants_http1};
use crate::outgoing::{Outgoing, Pulse};
use crate::valve::Valve;

type Message = http::Request<Outgoing>;

/// A connection.
#[derive(Debug)]
pub(crate) enum Connection {
    /// One exchange at a time.
    Http1(Http1),
    /// Shared by several exchanges.
    Http2(Arc<Http2>),
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// While the request is sent: without a byte of it that leaves.
    pub(crate) sending: Duration,
    /// Once all of it is.
    pub(crate) answer: Duration,
}

impl Patience {
    /// Comes to its end when nothing happened for so long. What is not sent because we have nothing to send is nobody
    /// else's fault.
    async fn ends(self, pulse: &Pulse) -> Duration {
        loop {
            let before = pulse.beat();
            let time = if before.done { self.answer } else { self.sending };
            sleep(time).await;
            let now = pulse.beat();
            if now == before && !now.ours {
                return time;
            }
        }
    }
}

/// Has no task of its own: whoever waits for something on it drives it meanwhile. So a byte that is read is at
/// once in the hands of its reader, and no thread wakes another one for it.
#[derive(Debug)]
pub(crate) struct Http1 {
    sender: http1::SendRequest<Outgoing>,
    driver: Driver,
    peer: IpAddr,
    valve: Valve,
}

/// Shared, so it is driven by a task, which ends with it.
#[derive(Debug)]
pub(crate) struct Http2 {
    sender: http2::SendRequest<Outgoing>,
    peer: IpAddr,
    valve: Valve,
    _driver: AbortOnDropHandle<()>,
}

/// Why an exchange brought no head.
pub(crate) struct NoHead {
    pub(crate) failure: Failure,
    /// The connection ended before anything of the answer came: on a connection that had been idle the server
    /// may simply have tired of it (faults B23).
    pub(crate) nothing_came: bool,
    /// The server wants HTTP/1.1 (faults A37).
    pub(crate) wants_http1: bool,
}

impl Connection {
    /// Begins to speak HTTP.
    pub(crate) async fn open(connected: Connected, whom: &str) -> Result<Self, Failure> {
        let Connected { io, http2, peer, valve, certificates: _ } = connected;
        let io = TokioIo::new(io);
        let failed = |error| Failure::from_exchange(whom.to_owned(), error);
        if http2 {
            let (sender, driver) = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .initial_stream_window_size(HTTP2_STREAM_WINDOW)
                .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
                .max_frame_size(HTTP2_FRAME)
                .max_header_list_size(HEADER_BYTES)
                .handshake(io)
                .await
                .map_err(failed)?;
            let _driver = AbortOnDropHandle::new(tokio::spawn(async move { trace_end(driver.await) }));
            return Ok(Self::Http2(Arc::new(Http2 { sender, peer, valve, _driver })));
        }
        let (sender, driver) = http1::Builder::new()
            .read_buf_exact_size(Some(READ_BYTES))
            .max_headers(limits::HEADER_FIELDS)
            .max_header_size(limits::HEADER_BYTES)
            .handshake(io)
            .await
            .map_err(failed)?;
        Ok(Self::Http1(Http1 { sender, driver: Driver(Some(Box::new(driver))), peer, valve }))
    }

    /// The address at the other end.
    pub(crate) fn peer(&self) -> IpAddr {
        match self {
            Self::Http1(connection) => connection.peer,
            Self::Http2(connection) => connection.peer,
        }
    }

    /// What shows and bounds how much comes on it.
    pub(crate) fn valve(&self) -> &Valve {
        match self {
            Self::Http1(connection) => &connection.valve,
            Self::Http2(connection) => &connection.valve,
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// Sends a request and waits for the head of its answer: as long as `patience` says, and past at most
    /// [`limits::INTERIM_ANSWERS`] answers that say "not yet" (faults A36).
    pub(crate) async fn exchange(
        &mut self,
        mut message: Message,
        whom: &str,
        patience: Patience,
    ) -> Result<http::Response<Incoming>, NoHead> {
        let flooded = count_interim(&mut message);
        let pulse = message.body().pulse();
        let answered = async {
            match self {
                Self::Http1(Http1 { sender, driver, .. }) => {
                    let answered = async {
                        sender.ready().await?;
                        sender.send_request(message).await
                    };
                    driver.beside(answered).await
                }
                Self::Http2(connection) => connection.sender.clone().send_request(message).await,
            }
        };
        let failure = tokio::select! {
            // A flood is one also where the answer came in the same breath.
            biased;
            () = flooded.notified() => {
                Failure::Interim { whom: whom.to_owned(), limit: limits::INTERIM_ANSWERS }
            }
            answered = answered => match answered {
                Ok(response) => return Ok(response),
                Err(error) => return Err(NoHead::from_error(error, whom)),
            },
            waited = patience.ends(&pulse) => Failure::HeadTimeout { whom: whom.to_owned(), waited },
        };
        Err(NoHead { failure, nothing_came: false, wants_http1: false })
    }
}

impl Http1 {
    /// Whether the other end has gone. For a connection without work: nobody else looks at it meanwhile.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.driver.drive(&mut Context::from_waker(Waker::noop()));
        self.sender.is_closed()
    }

    /// The work of the connection, to be done while its answer is read.
    pub(crate) const fn driver(&mut self) -> &mut Driver {
        &mut self.driver
    }
}

/// The work of an HTTP/1 connection: its reading and writing. Nothing more is left to do when it ended.
pub(crate) struct Driver(Option<Box<Work>>);

type Work = http1::Connection<TokioIo<Box<dyn Io>>, Outgoing>;

impl Driver {
    /// Does what can be done now.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(connection) = &mut self.0
            && let Poll::Ready(ended) = Pin::new(connection).poll(cx)
        {
            trace_end(ended);
            self.0 = None;
        }
    }

    /// Works while this is waited for.
    async fn beside<F: Future>(&mut self, awaited: F) -> F::Output {
        let mut awaited = pin!(awaited);
        poll_fn(|cx| {
            let ready = awaited.as_mut().poll(cx);
            if ready.is_pending() {
                // What it brings wakes this very task.
                self.drive(cx);
            }
            ready
        })
        .await
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Driver").field(&self.0.is_some()).finish()
    }
}

impl Http2 {
    /// Whether the other end has gone, or said that it will.
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl NoHead {
    fn from_error(error: hyper::Error, whom: &str) -> Self {
        let wants_http1 = wants_http1(&error);
        let kind = Broken::of(&error);
        let nothing_came = error.is_canceled()
            || error.is_closed()
            || error.is_incomplete_message()
            || matches!(kind, Broken::Closed | Broken::Reset);
        Self { failure: Failure::from_exchange(whom.to_owned(), error), nothing_came, wants_http1 }
    }
}

/// Tells when one interim answer too many came.
fn count_interim(message: &mut Message) -> Arc<Notify> {
    let flooded = Arc::new(Notify::new());
    let (count, tell) = (AtomicU32::new(0), flooded.clone());
    hyper::ext::on_informational(message, move |_| {
        if count.fetch_add(1, Ordering::Relaxed) >= limits::INTERIM_ANSWERS {
            tell.notify_one();
        }
    });
    flooded
}

/// The protocol of an answer.
pub(crate) fn protocol(version: http::Version) -> Protocol {
    match version {
        http::Version::HTTP_2 => Protocol::Http2,
        http::Version::HTTP_10 | http::Version::HTTP_09 => Protocol::Http10,
        _ => Protocol::Http11,
    }
}

/// The error of a connection is seen by the exchange that it ends; one that ends while idle is no news.
fn trace_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended");
    }
}

/// One read of the socket. Measured on loopback with `examples/fetch.rs`, CPU seconds for 2 GiB: 16 KiB 4.6,
/// 64 KiB 2.9, 128 KiB 2.6, 256 KiB 2.0, 1 MiB 1.9, which is not worth four times the memory.
const READ_BYTES: usize = 256 << 10;
/// What one HTTP/2 stream may hold while its reader pauses. Fills 160 Mbit/s at 100 ms.
const HTTP2_STREAM_WINDOW: u32 = 2 << 20;
/// Eight streams, as many as a job has files at a time: paused ones never starve another.
const HTTP2_CONNECTION_WINDOW: u32 = 8 * HTTP2_STREAM_WINDOW;
/// Fewer, larger frames where the server likes them.
const HTTP2_FRAME: u32 = 256 << 10;
/// [`limits::HEADER_BYTES`], as HTTP/2 counts it.
const HEADER_BYTES: u32 = 64 << 10;
const _: () = assert!(HEADER_BYTES as usize == limits::HEADER_BYTES);
