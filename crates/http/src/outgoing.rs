//! What is sent with a request: nothing, or the bytes of an upload as they are read.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Bytes to send, which can be had again: a request that was answered by a challenge, or that met a connection that had
/// died, is sent once more.
pub trait Content: Send + Sync {
    /// All of them, from the first one on.
    fn open(&self) -> Feed;
}

/// Bytes as they are read, a few at a time: at most one chunk waits. When it ends early, so does the request.
#[derive(Debug)]
pub struct Feed {
    chunks: mpsc::Receiver<Bytes>,
    _reader: AbortOnDropHandle<()>,
}

impl Feed {
    /// What this task reads: it sends chunk after chunk, and ends with the feed.
    pub fn of<F: Future<Output = ()> + Send + 'static>(read: impl FnOnce(mpsc::Sender<Bytes>) -> F) -> Self {
        let (sender, chunks) = mpsc::channel(1);
        Self { chunks, _reader: AbortOnDropHandle::new(tokio::spawn(read(sender))) }
    }
}

/// The body of a request.
pub(crate) struct Outgoing {
    feed: Option<Feed>,
    left: u64,
    pulse: Arc<Pulse>,
}

/// How the sending goes on, for who waits for the answer.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    sent: AtomicU64,
    /// It is we who have nothing to send just now.
    ours: AtomicBool,
    done: AtomicBool,
}

/// A look at a pulse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    sent: u64,
    /// Whether the other end has no part in the delay.
    pub(crate) ours: bool,
    /// Whether all was handed over.
    pub(crate) done: bool,
}

impl Pulse {
    pub(crate) fn beat(&self) -> Beat {
        Beat {
            sent: self.sent.load(Ordering::Relaxed),
            ours: self.ours.load(Ordering::Relaxed),
            done: self.done.load(Ordering::Relaxed),
        }
    }
}

impl Outgoing {
    /// No body.
    pub(crate) fn nothing() -> Self {
        let pulse = Pulse { done: AtomicBool::new(true), ..Pulse::default() };
        Self { feed: None, left: 0, pulse: Arc::new(pulse) }
    }

    /// So many bytes of this.
    pub(crate) fn of(content: &dyn Content, length: u64) -> Self {
        if length == 0 {
            return Self::nothing();
        }
        Self { feed: Some(content.open()), left: length, pulse: Arc::default() }
    }

    pub(crate) fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }
}

/// The bytes ended before their time.
#[derive(Debug, thiserror::Error)]
#[error("there is less to send than was promised")]
pub(crate) struct Dried;

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Dried;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dried>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(feed) = &mut self.feed else { return Poll::Ready(Some(Err(Dried))) };
        let next = feed.chunks.poll_recv(cx);
        self.pulse.ours.store(next.is_pending(), Ordering::Relaxed);
        let Poll::Ready(next) = next else { return Poll::Pending };
        let Some(mut chunk) = next.filter(|chunk| !chunk.is_empty()) else {
            return Poll::Ready(Some(Err(Dried)));
        };
        // Not more than was promised: what follows would be taken for the next request.
        chunk.truncate(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.left -= chunk.len() as u64;
        self.pulse.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        if self.left == 0 {
            self.feed = None;
            self.pulse.done.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("left", &self.left).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    struct Chunks(&'static [&'static [u8]]);

    impl Content for Chunks {
        fn open(&self) -> Feed {
            let chunks = self.0;
            Feed::of(async move |sender: mpsc::Sender<Bytes>| {
                for chunk in chunks {
                    let _ = sender.send(Bytes::from_static(chunk)).await;
                }
            })
        }
    }

    async fn sent(chunks: &'static [&'static [u8]], length: u64) -> Result<Vec<u8>, ()> {
        let mut body = Outgoing::of(&Chunks(chunks), length);
        let mut all = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            all.extend(frame.map_err(|_| ())?.into_data().map_err(|_| ())?);
        }
        assert_eq!(body.pulse().beat(), Beat { sent: length, ours: false, done: true });
        Ok(all)
    }

    #[tokio::test]
    async fn exactly_what_was_promised_is_sent() {
        assert_eq!(sent(&[b"abc", b"def"], 6).await.unwrap(), b"abcdef");
        assert_eq!(sent(&[b"abc", b"def"], 4).await.unwrap(), b"abcd");
        assert_eq!(sent(&[b"abc"], 4).await, Err(()), "what is missing is not made up");
    }

    #[tokio::test]
    async fn a_request_can_be_sent_twice() {
        let content = Chunks(&[b"abc"]);
        for _ in 0..2 {
            let mut body = Outgoing::of(&content, 3);
            assert!(!body.is_end_stream());
            let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), "abc");
            assert!(body.is_end_stream());
        }
    }
}
