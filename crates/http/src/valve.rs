//! The valve of a connection: how it fares, and how much its server may have under way.
//!
//! What a yielding receiver needs of a socket (design.md "Yielding"): the round trip that the kernel measures at
//! the receiving end (`tcpi_rcv_rtt`, from TCP timestamps) and the receive window that it announces
//! (`TCP_WINDOW_CLAMP`). Both are options of the socket beneath TLS, tunnels and HTTP, so they work the same over
//! IPv4 and IPv6 and through all layers; with a proxy they speak of the way to it.
//!
//! A window once announced is not taken back: a smaller one comes into force as bytes arrive (RFC 9293, 3.8.6;
//! RFC 9840 asks the same of rLEDBAT). Linux widens the clamp again while it tunes its buffers, so it has to be set
//! anew every round trip.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Looks at a connection and bounds its window. Cheap to clone, and keeps nothing alive: when the connection ends,
/// all its valves say so.
#[derive(Clone, Debug)]
pub struct Valve(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    number: u64,
    /// Taken out before the socket is closed, under the lock, so that no other file can be mistaken for it.
    socket: Mutex<Option<RawFd>>,
}

/// What was seen of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How long data took to come after the acknowledgement that let it go; `None` where the other end sends no
    /// timestamps, or nothing was measured yet.
    pub rtt: Option<Duration>,
    /// Bytes that came since the connection began, TLS and headers included.
    pub received: u64,
    /// Packets that came out of order since then; 0 where the kernel does not count them (Linux before 5.4).
    pub out_of_order: u32,
    /// Bytes of the segments that come.
    pub segment: u32,
}

/// Why a valve did nothing.
#[derive(Debug, thiserror::Error)]
pub enum ValveError {
    /// The connection is over.
    #[error("the connection has ended")]
    Ended,
    /// The kernel has no such option, or does not let us use it: reading slowly is all that is left to do.
    #[error("the kernel refuses {what}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        source: io::Error,
    },
}

impl Valve {
    /// Tells connections from each other; never used again.
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// How the connection fares.
    pub fn look(&self) -> Result<Look, ValveError> {
        let mut info = [0; INFO_BYTES];
        let length = self.with_socket("TCP_INFO", |socket| tcp_info(socket, &mut info))?;
        let info = Info(&info[..length.min(INFO_BYTES)]);
        let timestamps = info.byte(OPTIONS).is_some_and(|options| options & OPTION_TIMESTAMPS != 0);
        let rtt = info.word(RCV_RTT).filter(|micros| timestamps && *micros > 0);
        Ok(Look {
            rtt: rtt.map(|micros| Duration::from_micros(micros.into())),
            received: info.long(BYTES_RECEIVED).unwrap_or(0),
            out_of_order: info.word(RCV_OOOPACK).unwrap_or(0),
            segment: info.word(RCV_MSS).unwrap_or(0),
        })
    }

    /// Lets at most so many bytes be under way. The kernel makes very small windows a little larger.
    pub fn set_window(&self, bytes: u32) -> Result<(), ValveError> {
        // 0 is "no clamp", which only a socket without a connection may ask for.
        let bytes = i32::try_from(bytes.max(1)).unwrap_or(i32::MAX);
        self.with_socket("TCP_WINDOW_CLAMP", |socket| set_window_clamp(socket, bytes))
    }

    /// Leaves the window to the kernel again.
    pub fn release(&self) -> Result<(), ValveError> {
        // Wider than any buffer: only those bound the window then.
        self.set_window(RELEASED)
    }

    fn with_socket<T>(
        &self,
        what: &'static str,
        ask: impl FnOnce(RawFd) -> io::Result<T>,
    ) -> Result<T, ValveError> {
        let socket = self.0.socket();
        let Some(descriptor) = *socket else { return Err(ValveError::Ended) };
        ask(descriptor).map_err(|source| ValveError::Refused { what, source })
    }
}

impl Inner {
    fn socket(&self) -> MutexGuard<'_, Option<RawFd>> {
        // A descriptor is whole whatever happened to whoever looked at it.
        self.socket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream with a valve, which it closes behind itself.
#[derive(Debug)]
pub(crate) struct Valved<S> {
    stream: S,
    inner: Arc<Inner>,
}

impl<S: AsRawFd> Valved<S> {
    pub(crate) fn new(stream: S) -> (Self, Valve) {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::new(Inner { number, socket: Mutex::new(Some(stream.as_raw_fd())) });
        (Self { stream, inner: inner.clone() }, Valve(inner))
    }
}

impl<S> Drop for Valved<S> {
    fn drop(&mut self) {
        // The stream is closed after this.
        *self.inner.socket() = None;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Valved<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Valved<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// `struct tcp_info` as far as the kernel filled it in: it grows from version to version, and that of the C
/// library ends before the fields that are wanted here.
struct Info<'a>(&'a [u8]);

impl Info<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    fn word(&self, at: usize) -> Option<u32> {
        self.0.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
    }

    fn long(&self, at: usize) -> Option<u64> {
        self.0.get(at..at + 8)?.try_into().ok().map(u64::from_ne_bytes)
    }
}

/// Where the fields of `struct tcp_info` are (`include/uapi/linux/tcp.h`): part of the kernel's interface, so they
/// never move.
const OPTIONS: usize = 5;
const RCV_MSS: usize = 20;
const RCV_RTT: usize = 92;
const BYTES_RECEIVED: usize = 128;
const RCV_OOOPACK: usize = 224;
const INFO_BYTES: usize = 228;
/// `TCPI_OPT_TIMESTAMPS`.
const OPTION_TIMESTAMPS: u8 = 1;
/// The widest window that TCP can announce (RFC 7323, 2.2).
const RELEASED: u32 = 1 << 30;

/// Fills in what the kernel tells of a connection; says how much that is.
#[expect(unsafe_code, reason = "neither rustix nor socket2 know this option")]
fn tcp_info(socket: RawFd, info: &mut [u8; INFO_BYTES]) -> io::Result<usize> {
    let mut length = INFO_BYTES as libc::socklen_t;
    // SAFETY: `info` is writable for `length` bytes and outlives the call, which writes no more than that and what
    // it wrote into `length`. Any bytes are good ones. The descriptor is open: its owner takes it out of the valve,
    // whose lock is held here, before it closes it.
    let done = unsafe {
        libc::getsockopt(socket, libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &mut length)
    };
    if done == 0 { Ok(length as usize) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "neither rustix nor socket2 know this option")]
fn set_window_clamp(socket: RawFd, bytes: i32) -> io::Result<()> {
    // SAFETY: the option's value is an int, of which `bytes` is one, alive during the call; the descriptor is open as
    // said in `tcp_info`.
    let done = unsafe {
        libc::setsockopt(
            socket,
            libc::IPPROTO_TCP,
            libc::TCP_WINDOW_CLAMP,
            (&raw const bytes).cast(),
            size_of::<i32>() as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream, UnixStream};

    use super::*;

    /// A connection over this machine: the end with the valve, and the other.
    async fn pair(address: IpAddr) -> (Valved<TcpStream>, Valve, TcpStream) {
        let listener = TcpListener::bind(SocketAddr::new(address, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(at), listener.accept());
        let (ours, valve) = Valved::new(ours.unwrap());
        (ours, valve, theirs.unwrap().0)
    }

    /// The most that the kernel would announce now.
    fn offered(valve: &Valve) -> u32 {
        const RCV_SSTHRESH: usize = 64;
        let mut info = [0; INFO_BYTES];
        valve.with_socket("TCP_INFO", |socket| tcp_info(socket, &mut info)).unwrap();
        Info(&info).word(RCV_SSTHRESH).unwrap()
    }

    #[tokio::test]
    async fn what_came_is_seen_over_both_families() {
        for address in [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)] {
            let (mut ours, valve, mut theirs) = pair(address).await;
            let before = valve.look().unwrap();
            assert_eq!((before.received, before.rtt), (0, None), "{address}");
            let mut block = vec![1; 1 << 20];
            let mut sink = vec![0; 1 << 20];
            for _ in 0..8 {
                let (sent, read) = tokio::join!(theirs.write_all(&block), ours.read_exact(&mut sink));
                sent.unwrap();
                read.unwrap();
                ours.write_all(&block[..1]).await.unwrap();
                theirs.read_exact(&mut block[..1]).await.unwrap();
            }
            let after = valve.look().unwrap();
            assert_eq!(after.received, 8 << 20, "{address}");
            assert!(after.rtt.is_some_and(|rtt| rtt < Duration::from_secs(5)), "{address}: {after:?}");
            assert!(after.segment > 500, "{address}: {after:?}");
        }
    }

    #[tokio::test]
    async fn a_window_is_all_that_is_offered_until_it_is_released() {
        let (mut ours, valve, mut theirs) = pair(Ipv4Addr::LOCALHOST.into()).await;
        assert!(offered(&valve) > 8 << 10);
        valve.set_window(8 << 10).unwrap();
        assert!(offered(&valve) <= 8 << 10);
        // The least that can be asked for is not "no clamp".
        valve.set_window(0).unwrap();
        assert!(offered(&valve) <= 4 << 10);
        valve.release().unwrap();
        assert!(offered(&valve) > 8 << 10);
        let (block, mut sink) = (vec![1; 4 << 20], vec![0; 4 << 20]);
        let (sent, read) = tokio::join!(theirs.write_all(&block), ours.read_exact(&mut sink));
        assert_eq!((sent.unwrap(), read.unwrap()), ((), 4 << 20));
    }

    #[tokio::test]
    async fn a_valve_keeps_nothing_open_and_says_that_it_is_over() {
        let (ours, valve, mut theirs) = pair(Ipv4Addr::LOCALHOST.into()).await;
        let other = valve.clone();
        drop(ours);
        assert_eq!(theirs.read(&mut [0]).await.unwrap(), 0);
        assert!(matches!(valve.look(), Err(ValveError::Ended)));
        assert!(matches!(other.set_window(1), Err(ValveError::Ended)));
        let (_again, next, _theirs) = pair(Ipv4Addr::LOCALHOST.into()).await;
        assert_ne!(next.number(), valve.number());
    }

    #[tokio::test]
    async fn a_kernel_that_refuses_is_told_from_a_connection_that_ended() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (_ours, valve) = Valved::new(ours);
        for refused in [valve.look().map(drop), valve.set_window(4_096)] {
            assert!(matches!(refused, Err(ValveError::Refused { .. })), "{refused:?}");
        }
    }

    #[test]
    fn an_older_kernel_tells_less() {
        let mut bytes = [0; 104];
        bytes[RCV_RTT..RCV_RTT + 4].copy_from_slice(&21_000u32.to_ne_bytes());
        let info = Info(&bytes);
        assert_eq!(
            (info.word(RCV_RTT), info.long(BYTES_RECEIVED), info.word(RCV_OOOPACK)),
            (Some(21_000), None, None)
        );
    }
}
