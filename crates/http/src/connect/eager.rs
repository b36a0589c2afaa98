//! Reading as much as is there.
//!
//! TLS gives what one record holds, 16 KiB at most. Whoever reads into a large buffer would get it in sixteen
//! pieces, each with a buffer, a write and a checksum of its own.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that is read on until the buffer is full or nothing more is there.
pub(crate) struct Eager<T> {
    inner: T,
    /// How the stream failed behind bytes that had to be given first.
    failed: Option<io::Error>,
}

impl<T> Eager<T> {
    pub(crate) const fn new(inner: T) -> Self {
        Self { inner, failed: None }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Eager<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(error) = self.failed.take() {
            return Poll::Ready(Err(error));
        }
        let start = buffer.filled().len();
        while buffer.remaining() > 0 {
            let before = buffer.filled().len();
            match Pin::new(&mut self.inner).poll_read(cx, buffer) {
                Poll::Ready(Ok(())) if buffer.filled().len() > before => {}
                // The end comes again at the next reading.
                Poll::Ready(Ok(())) => break,
                Poll::Pending if before > start => break,
                Poll::Ready(Err(error)) if before > start => {
                    self.failed = Some(error);
                    break;
                }
                nothing => return nothing,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Eager<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// Gives one answer a time; nothing is there when all are given.
    struct Records(VecDeque<io::Result<&'static [u8]>>);

    impl AsyncRead for Records {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let Some(next) = self.0.pop_front() else { return Poll::Pending };
            Poll::Ready(next.map(|bytes| buffer.put_slice(bytes)))
        }
    }

    fn stream(answers: impl IntoIterator<Item = io::Result<&'static [u8]>>) -> Eager<Records> {
        Eager::new(Records(answers.into_iter().collect()))
    }

    #[tokio::test]
    async fn all_that_is_there_comes_at_once() {
        let mut stream = stream([Ok(&b"ab"[..]), Ok(b"cd"), Ok(b"ef")]);
        let mut buffer = [0; 4];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer, b"abcd");
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_failure_is_told_as_it_was_behind_the_bytes_before_it() {
        let mut stream = stream([Ok(&b"ab"[..]), Err(io::ErrorKind::ConnectionReset.into())]);
        let mut buffer = [0; 4];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 2);
        let error = stream.read(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[tokio::test]
    async fn the_end_comes_behind_the_last_bytes() {
        let mut stream = stream([Ok(&b"ab"[..]), Ok(b""), Ok(b"")]);
        let mut buffer = [0; 4];
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 2);
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
    }
}
