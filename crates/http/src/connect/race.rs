//! Happy eyeballs (RFC 8305): addresses of both families by turns, the next one started while the last still
//! tries, and dead ones remembered for a while.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// Addresses that recently did not answer: they are tried last (faults B13).
#[derive(Debug, Default)]
pub(crate) struct DeadAddresses(Mutex<Vec<(SocketAddr, Instant)>>);

impl DeadAddresses {
    fn note(&self, address: SocketAddr, alive: bool) {
        let mut dead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        dead.retain(|(known, since)| *known != address && since.elapsed() < DEAD_FOR);
        if !alive {
            if dead.len() >= DEAD_MAX {
                dead.remove(0);
            }
            dead.push((address, Instant::now()));
        }
    }

    /// The addresses by turns of their families, beginning with the resolver's favourite; the dead ones last.
    pub(crate) fn order(&self, addresses: Vec<SocketAddr>) -> VecDeque<SocketAddr> {
        let mut dead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        dead.retain(|(_, since)| since.elapsed() < DEAD_FOR);
        let is_dead = |address: &SocketAddr| dead.iter().any(|(known, _)| known == address);
        let (late, early): (Vec<_>, Vec<_>) = addresses.into_iter().partition(is_dead);
        by_turns(early).into_iter().chain(by_turns(late)).collect()
    }
}

fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (same, other): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let (mut same, mut other) = (same.into_iter(), other.into_iter());
    let mut mixed = Vec::new();
    loop {
        let pair = [same.next(), other.next()];
        if pair == [None, None] {
            return mixed;
        }
        mixed.extend(pair.into_iter().flatten());
    }
}

/// Attempts at several addresses, the first to connect first.
pub(crate) struct Race<'a> {
    dead: &'a DeadAddresses,
    waiting: VecDeque<SocketAddr>,
    running: JoinSet<(SocketAddr, io::Result<TcpStream>)>,
    start_next_at: Instant,
    next_after: Duration,
    within: Duration,
}

/// The end of one attempt.
pub(crate) type Attempt = (SocketAddr, io::Result<TcpStream>);

impl<'a> Race<'a> {
    pub(crate) fn new(
        dead: &'a DeadAddresses,
        addresses: Vec<SocketAddr>,
        next_after: Duration,
        within: Duration,
    ) -> Self {
        let waiting = dead.order(addresses);
        Self { dead, waiting, running: JoinSet::new(), start_next_at: Instant::now(), next_after, within }
    }

    /// The next attempt that ended, well or not; `None` when every address was tried. Attempts that still run go
    /// on between calls, so that a connection whose handshake fails is followed by the next at once.
    pub(crate) async fn next(&mut self) -> Option<Attempt> {
        loop {
            if self.running.is_empty() || Instant::now() >= self.start_next_at {
                self.start_next();
            }
            tokio::select! {
                ended = self.running.join_next() => match ended? {
                    Ok((address, outcome)) => {
                        self.dead.note(address, outcome.is_ok());
                        // A refusal need not be waited out.
                        self.start_next_at = Instant::now();
                        return Some((address, outcome));
                    }
                    // An attempt is never cancelled while the race runs, and does not panic.
                    Err(_) => continue,
                },
                () = sleep_until(self.start_next_at), if !self.waiting.is_empty() => {}
            }
        }
    }

    fn start_next(&mut self) {
        let Some(address) = self.waiting.pop_front() else { return };
        let within = self.within;
        self.running.spawn(async move {
            let outcome = match timeout(within, TcpStream::connect(address)).await {
                Ok(outcome) => outcome.and_then(prepared),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            (address, outcome)
        });
        self.start_next_at = Instant::now() + self.next_after;
    }
}

/// Probes find a pulled cable (faults B04); requests are small and must not wait to be joined by others.
fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive.with_retries(KEEPALIVE_PROBES))?;
    Ok(stream)
}

/// As long as a broken path usually takes to be mended.
const DEAD_FOR: Duration = Duration::from_secs(300);
/// More dead addresses than one host has, for a few hosts.
const DEAD_MAX: usize = 256;
/// Together the time of the low-speed rule, which they back up while nobody waits for data.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(15);
/// See [`KEEPALIVE_AFTER`].
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
/// See [`KEEPALIVE_AFTER`].
const KEEPALIVE_PROBES: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns_and_the_dead_come_last() {
        let dead = DeadAddresses::default();
        let all = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"]);
        let order = |dead: &DeadAddresses| Vec::from(dead.order(all.clone()));
        assert_eq!(order(&dead), addresses(&["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"]));
        dead.note(all[0], false);
        assert_eq!(order(&dead), addresses(&["[::2]:1", "1.0.0.1:1", "[::3]:1", "1.0.0.2:1", "[::1]:1"]));
        dead.note(all[0], true);
        assert_eq!(order(&dead)[0], all[0]);
    }

    #[tokio::test]
    async fn dead_addresses_are_forgotten_after_a_while() {
        tokio::time::pause();
        let dead = DeadAddresses::default();
        let all = addresses(&["1.0.0.1:1", "1.0.0.2:1"]);
        dead.note(all[0], false);
        assert_eq!(dead.order(all.clone())[0], all[1]);
        tokio::time::advance(DEAD_FOR).await;
        assert_eq!(dead.order(all.clone())[0], all[0]);
    }
}
