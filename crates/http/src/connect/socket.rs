//! The socket of a connection: it has a valve, and follows its reader from runtime to runtime.
//!
//! Whoever waits for a socket is woken by the runtime that the socket is known to. For a large body that is the one of
//! the thread that reads and writes it: were it another one, that thread would be woken for each packet and would wake
//! the reader in turn, which `perf` showed to cost as much as the reading.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::{Handle, Id};

use crate::valve::{Shutter, Valve};

/// A TCP stream at home wherever it was last read or written.
#[derive(Debug)]
pub(crate) struct Socket {
    /// Goes before the stream.
    shutter: Shutter,
    /// `None` only if it could not be moved, which leaves nothing to go on with.
    stream: Option<TcpStream>,
    home: Id,
}

impl Socket {
    /// A stream that was connected here, and its valve.
    pub(crate) fn new(stream: TcpStream) -> (Self, Valve) {
        let (valve, shutter) = Valve::of(&stream);
        (Self { shutter, stream: Some(stream), home: Handle::current().id() }, valve)
    }

    /// The stream, at home here.
    fn here(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let here = Handle::current().id();
        if here != self.home
            && let Some(stream) = self.stream.take()
        {
            let moved = self.shutter.shut_while(|| TcpStream::from_std(stream.into_std()?))?;
            (self.stream, self.home) = (Some(moved), here);
        }
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().here()?.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().here()?.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().here()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// What comes in time; nobody but this runtime turns meanwhile.
    fn read_on(runtime: &Runtime, stream: &mut Socket) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        let reading =
            async { tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut bytes)).await };
        runtime.block_on(reading).expect("nobody was woken").unwrap();
        bytes
    }

    #[test]
    fn bytes_wake_whoever_reads_now_though_the_former_runtime_is_gone() {
        let (first, server) = (runtime(), runtime());
        let listener = server.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let connecting = TcpStream::connect(listener.local_addr().unwrap());
        let (mut stream, valve) = first.block_on(async { connecting.await.map(Socket::new) }).unwrap();
        let (mut peer, _) = server.block_on(listener.accept()).unwrap();

        server.block_on(peer.write_all(b"here")).unwrap();
        assert_eq!(read_on(&first, &mut stream), b"here");
        let second = runtime();
        let late = std::thread::spawn(move || {
            // Behind the beginning of the reading, as far as a test can tell: it has to be woken.
            std::thread::sleep(Duration::from_millis(50));
            server.block_on(peer.write_all(b"then")).unwrap();
            (server, peer)
        });
        assert_eq!(read_on(&second, &mut stream), b"then");
        drop(second);
        let (server, mut peer) = late.join().unwrap();
        server.block_on(peer.write_all(b"back")).unwrap();
        assert_eq!(read_on(&first, &mut stream), b"back");
        assert_eq!(valve.look().unwrap().received, 12);
        first.block_on(stream.write_all(b"done")).unwrap();
        let mut answer = [0; 4];
        server.block_on(peer.read_exact(&mut answer)).unwrap();
        assert_eq!(&answer, b"done");
    }
}
