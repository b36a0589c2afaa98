//! The bytes of an answer, exactly those of its range, in order.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bgcopy_core::{ByteRange, Fault, Framing, RemoteName};
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming};
use tokio::time::{Duration, timeout};

use crate::connection::Connection;
use crate::failure::{Failure, is_bare_end};
use crate::low_speed::{LowSpeed, Stalled};
use crate::pool::{Key, Pool};
use crate::valve::Valve;

/// The body of an answer. Reading may pause for any time: what is not read is not fetched, apart from what the
/// buffers of one connection hold. Dropping it ends the exchange.
#[derive(Debug)]
pub struct Body {
    incoming: Incoming,
    lease: Option<Lease>,
    position: u64,
    end: u64,
    framing: Framing,
    low_speed: LowSpeed,
    url: RemoteName,
    whom: String,
}

impl Body {
    pub(crate) fn new(
        incoming: Incoming,
        lease: Lease,
        range: ByteRange,
        framing: Framing,
        low_speed: LowSpeed,
        url: RemoteName,
        whom: String,
    ) -> Self {
        let lease = Some(lease);
        Self { incoming, lease, position: range.start, end: range.end, framing, low_speed, url, whom }
    }

    /// The offset in the remote file of the byte that comes next.
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The valve of the connection that the bytes come on, to make way for others; `None` once it was given back.
    /// Bodies that share a connection (HTTP/2) share its valve.
    pub fn valve(&self) -> Option<Valve> {
        self.lease.as_ref().map(|lease| lease.connection.valve().clone())
    }

    /// The next bytes, never beyond the range of the answer. `None` exactly when every byte of the range came;
    /// where the end is not known, at the marked end or when the connection closes.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.position >= self.end {
            self.release().await;
            return Ok(None);
        }
        loop {
            let next = next_frame(&mut self.incoming, self.lease.as_mut());
            let frame = self.low_speed.wait(next).await;
            let failure = match frame {
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(self.accept(data).await)),
                    // Trailers, or nothing: the end comes next.
                    Ok(_) | Err(_) => continue,
                },
                Ok(Some(Err(error))) if self.is_end_by_close(&error) => self.ended(),
                Ok(Some(Err(error))) => Some(Failure::from_exchange(self.whom.clone(), error)),
                Ok(None) => self.ended(),
                Err(Stalled) => Some(self.stalled()),
            };
            return match failure {
                None => Ok(None),
                Some(failure) => Err(self.fault(&failure)),
            };
        }
    }

    /// Takes what belongs to the range; the rest shows that the server does not keep to it (faults A06).
    async fn accept(&mut self, mut data: Bytes) -> Bytes {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        if data.len() > left {
            data.truncate(left);
            self.lease = None;
        }
        self.low_speed.count(data.len());
        self.position += data.len() as u64;
        if self.position >= self.end {
            // At once, not at the next call: the next request may come before it.
            self.release().await;
        }
        data
    }

    /// The message is over: rightly, or before its end.
    fn ended(&mut self) -> Option<Failure> {
        if self.end != u64::MAX {
            return Some(Failure::Short { whom: self.whom.clone(), missing: self.end - self.position });
        }
        self.end = self.position;
        if let Some(lease) = self.lease.take() {
            lease.finish(self.framing != Framing::UntilClose);
        }
        None
    }

    /// A server that closes TLS without saying so is no worse than one without TLS, where the end of such a body
    /// cannot be told from a cut either (faults A19, B16).
    fn is_end_by_close(&self, error: &hyper::Error) -> bool {
        self.framing == Framing::UntilClose && self.end == u64::MAX && is_bare_end(error)
    }

    /// Gives the connection back when the message is over as well; else it is of no more use.
    async fn release(&mut self) {
        let Some(mut lease) = self.lease.take() else { return };
        let over = self.incoming.is_end_stream() || ends_now(&mut self.incoming, &mut lease).await;
        lease.finish(over);
    }

    fn stalled(&self) -> Failure {
        Failure::LowSpeed {
            whom: self.whom.clone(),
            bytes_per_second: self.low_speed.bytes_per_second(),
            over: self.low_speed.over(),
        }
    }

    fn fault(&mut self, failure: &Failure) -> Fault {
        // Whatever still comes belongs to nobody (faults B25).
        self.lease = None;
        let mut fault = failure.fault(&self.url);
        fault.range = (self.end != u64::MAX).then(|| ByteRange::new(self.position, self.end));
        fault
    }
}

/// Whether the end of the message is here already; it is not waited for, since all bytes are.
async fn ends_now(incoming: &mut Incoming, lease: &mut Lease) -> bool {
    poll_fn(|cx| Poll::Ready(matches!(poll_frame(incoming, Some(lease), cx), Poll::Ready(None)))).await
}

/// The next frame of an answer on the connection that it leases.
async fn next_frame(incoming: &mut Incoming, mut lease: Option<&mut Lease>) -> Next {
    poll_fn(|cx| poll_frame(incoming, lease.as_deref_mut(), cx)).await
}

type Next = Option<hyper::Result<Frame<Bytes>>>;

/// Reads on where the connection is this reader's alone, so that its own reading is the connection's.
fn poll_frame(incoming: &mut Incoming, lease: Option<&mut Lease>, cx: &mut Context<'_>) -> Poll<Next> {
    let ready = Pin::new(&mut *incoming).poll_frame(cx);
    match lease.map(|lease| &mut lease.connection) {
        Some(Connection::Http1(connection)) if ready.is_pending() => {
            connection.driver().drive(cx);
            Pin::new(incoming).poll_frame(cx)
        }
        _ => ready,
    }
}

/// A connection while an exchange uses it.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) pool: Arc<Pool>,
    pub(crate) key: Key,
    pub(crate) connection: Connection,
    /// Whether another exchange may follow on it.
    pub(crate) reusable: bool,
}

impl Lease {
    /// Ends the use; `over` says that the message was read to its end.
    pub(crate) fn finish(self, over: bool) {
        // Shared connections stay with the pool; the others close here.
        if let Connection::Http1(mut connection) = self.connection
            && over
            && self.reusable
            && !connection.is_closed()
        {
            self.pool.put(&self.key, connection);
        }
    }

    /// Reads away a short body that nobody wants (a redirect's, a challenge's), to keep the connection.
    pub(crate) async fn recycle(mut self, mut incoming: Incoming) {
        let drained = timeout(DRAIN_TIME, async {
            let mut bytes = 0;
            while let Some(frame) = next_frame(&mut incoming, Some(&mut self)).await {
                bytes += frame.map_err(|_| ())?.into_data().map_or(0, |data| data.len());
                if bytes > DRAIN_BYTES {
                    return Err(());
                }
            }
            Ok(())
        });
        let over = matches!(drained.await, Ok(Ok(())));
        self.finish(over);
    }
}

/// A page that says "moved" or "log in" is shorter; a longer one costs more than a new connection.
const DRAIN_BYTES: usize = 16 << 10;
/// About what a new connection costs.
const DRAIN_TIME: Duration = Duration::from_millis(250);
