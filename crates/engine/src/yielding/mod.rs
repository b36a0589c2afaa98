//! Yielding: background downloads as one flow that takes only what nobody else wants (design.md "Yielding").
//!
//! A receiver cannot tell the server how fast to send, but it can say how much may be under way: the receive window.
//! [`Yielding`] hears of every yielding connection, some times a round trip, how long its round trips take and how
//! much came, and answers with a window for each. What a round trip takes more than the shortest known of its path
//! is the *queueing delay*: packets of ours and of others waiting at the bottleneck. The window grows while that is
//! below a *target* and shrinks above it, so that a bottleneck which others fill is left to them.
//!
//! Whatever the number of connections, there is one window; they share it (`share`) and so are no stronger than
//! one. The delay that counts is that which a byte of ours met on the average: one remote server with a long
//! queue of its own cannot stop the rest, and is itself asked for less.
//!
//! Rules and where they come from: `law` (how the window moves), `history` (how long things are remembered),
//! `share` (who gets how much); constants stand at the end of each. What is not done: no fairness to other
//! low-priority flows beyond what LEDBAT++ gives, and no delay is measured on connections without TCP timestamps
//! (RFC 9840, 4: rLEDBAT "requires the TCP Timestamp option"), where only losses make the window shrink.

mod history;
mod law;
mod share;
#[cfg(test)]
mod tests;

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::time::Duration;

use bgcopy_core::Mono;

use self::history::History;
use self::law::{FLOOR_SEGMENTS, Law, Round};
use self::share::{Claim, share};

/// A connection, by the number that whoever opened it gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What was seen of a connection at one moment. Counters count from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How long data took to come after the acknowledgement that let it go; `None` where nobody measures that.
    pub rtt: Option<Duration>,
    /// Bytes that came.
    pub received: u64,
    /// Packets that came out of order.
    pub out_of_order: u32,
    /// Bytes of a full segment.
    pub segment: u32,
}

/// What a connection may have under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Whose.
    pub connection: ConnectionId,
    /// The receive window, in bytes.
    pub bytes: u32,
    /// The same as bytes a second, for who cannot set windows and reads no faster than this instead.
    pub bytes_per_second: u64,
}

/// All yielding connections of a service.
#[derive(Clone, Debug)]
pub struct Yielding {
    connections: BTreeMap<ConnectionId, Connection>,
    /// The round trip of an empty queue, by the address at the other end.
    bases: BTreeMap<IpAddr, History>,
    worst: History,
    law: Law,
    round_began: Mono,
    turn: usize,
    turned_at: Mono,
    empty_since: Option<Mono>,
}

#[derive(Clone, Debug)]
struct Connection {
    path: IpAddr,
    /// The latest round trips, the newest last.
    rtts: Vec<Duration>,
    segment: u32,
    received: u64,
    out_of_order: u32,
    /// The counters when the round began; `None` before the first sample.
    began: Option<(u64, u32)>,
    /// Bytes in a round trip of its own, in the last round; `None` before its first whole round.
    used: Option<f64>,
}

impl Yielding {
    /// Nothing to yield with yet.
    pub fn new(now: Mono) -> Self {
        Self {
            connections: BTreeMap::new(),
            bases: BTreeMap::new(),
            worst: History::largest(),
            law: Law::new(),
            round_began: now,
            turn: 0,
            turned_at: now,
            empty_since: Some(now),
        }
    }

    /// A connection begins to yield. `path` is the address at its other end: what is known of the path from
    /// other connections holds for this one.
    pub fn add(&mut self, connection: ConnectionId, path: IpAddr, now: Mono) {
        if let Some(since) = self.empty_since.take() {
            self.round_began = now;
            if now.since(since) >= RESTART_AFTER {
                self.law.restart();
            }
        }
        self.forget_old_paths(now);
        self.bases.entry(path).or_insert_with(History::least);
        let fresh = Connection {
            path,
            rtts: Vec::new(),
            segment: SEGMENT_UNKNOWN,
            received: 0,
            out_of_order: 0,
            began: None,
            used: None,
        };
        self.connections.entry(connection).or_insert(fresh);
    }

    /// A connection yields no longer.
    pub fn remove(&mut self, connection: ConnectionId, now: Mono) {
        self.connections.remove(&connection);
        if self.connections.is_empty() {
            self.empty_since.get_or_insert(now);
        }
    }

    /// The network changed: what was known of paths is worth nothing.
    pub fn forget_paths(&mut self) {
        self.bases.values_mut().for_each(|base| *base = History::least());
        self.worst = History::largest();
    }

    /// Takes in what was seen of a connection.
    pub fn handle_sample(&mut self, connection: ConnectionId, sample: Sample, now: Mono) {
        let Some(known) = self.connections.get_mut(&connection) else { return };
        // A round trip measured before is told again until something comes.
        let fresh = sample.received > known.received || known.began.is_none();
        known.segment = if sample.segment > 0 { sample.segment } else { known.segment };
        (known.received, known.out_of_order) = (sample.received, sample.out_of_order);
        known.began.get_or_insert((sample.received, sample.out_of_order));
        let (Some(rtt), true) = (sample.rtt.filter(|rtt| !rtt.is_zero()), fresh) else { return };
        if known.rtts.len() == FILTER {
            known.rtts.remove(0);
        }
        known.rtts.push(rtt);
        let base = self.bases.entry(known.path).or_insert_with(History::least);
        let before = base.extreme();
        base.note(rtt, now);
        if before.is_some_and(|before| rtt <= before + RESOLUTION) {
            self.law.note_base_met(now);
        }
    }

    /// The windows from now on, of all connections: to be set even where they are what they were, since the kernel
    /// widens them by itself. To be asked after each round of samples.
    pub fn poll_windows(&mut self, now: Mono) -> Vec<Window> {
        if let Some(delay) = self.delay() {
            self.law.watch(delay, self.target(), self.rtt(), now);
        }
        if now.since(self.round_began) >= self.rtt() {
            self.end_round(now);
        }
        if now.since(self.turned_at) >= TURN {
            (self.turn, self.turned_at) = (self.turn.wrapping_add(1), now);
        }
        let clear = self.delay().is_some_and(|delay| delay <= self.target());
        let claims: Vec<_> =
            self.connections.values().map(|connection| self.claim(connection, clear)).collect();
        let shares = share(self.law.window().max(self.floor()), &claims, self.turn);
        let window = |((&id, connection), bytes): ((&ConnectionId, &Connection), f64)| {
            let rtt = self.rtt_of(connection).unwrap_or_else(|| self.rtt());
            // Saturates, and is never negative.
            let bytes_per_second = (bytes / rtt.as_secs_f64().max(LOOK_MIN.as_secs_f64())) as u64;
            Window { connection: id, bytes: bytes as u32, bytes_per_second }
        };
        self.connections.iter().zip(shares).map(window).collect()
    }

    /// How long to wait before the connections are looked at again; `None` while there is none.
    pub fn next_look(&self) -> Option<Duration> {
        (!self.connections.is_empty()).then(|| (self.rtt() / 2).clamp(LOOK_MIN, LOOK_MAX))
    }

    /// The window of all together, in bytes.
    pub const fn window(&self) -> u64 {
        self.law.window() as u64
    }

    /// The queueing delay that a byte of ours meets; `None` while nothing is measured.
    pub fn delay(&self) -> Option<Duration> {
        let measured = self
            .connections
            .values()
            .filter_map(|connection| Some((self.delay_of(connection)?.as_secs_f64(), connection.weight())));
        weighted(measured).map(Duration::from_secs_f64)
    }

    /// The delay to keep below: "start at 20 ms and adapt to half of the largest queueing delay seen, within
    /// 8-20 ms" (design.md). A full short buffer must be above it, and a jittery path not.
    pub fn target(&self) -> Duration {
        self.worst.extreme().map_or(TARGET_MAX, |worst| (worst / 2).clamp(TARGET_MIN, TARGET_MAX))
    }

    fn end_round(&mut self, now: Mono) {
        let took = now.since(self.round_began);
        let rtt = self.rtt();
        let mut used = 0.0;
        let mut reordered = 0;
        for connection in self.connections.values_mut() {
            let own = connection.rtts.iter().min().copied().unwrap_or(rtt);
            let Some((received, out_of_order)) = connection.began else { continue };
            let bytes = connection.received.saturating_sub(received) as f64;
            reordered += connection.out_of_order.saturating_sub(out_of_order);
            connection.began = Some((connection.received, connection.out_of_order));
            // One that nothing ever came on has not begun.
            if bytes > 0.0 || connection.used.is_some() {
                connection.used = Some(bytes * own.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON));
            }
            used += connection.used.unwrap_or(0.0);
        }
        let delay = self.delay();
        if let Some(delay) = delay {
            self.worst.note(delay, now);
        }
        self.law.on_round(&Round {
            now,
            delay,
            target: self.target(),
            base: rtt.saturating_sub(delay.unwrap_or_default()),
            took,
            used,
            segment: f64::from(self.segment()),
            lost: reordered >= REORDERED_MAX,
        });
        self.round_began = now;
    }

    /// What a connection makes of its share: twice what it used, so that it can grow, or half of it while a queue of
    /// its own is above the target and the way is `clear` for the others.
    fn claim(&self, connection: &Connection, clear: bool) -> Claim {
        let floor = FLOOR_SEGMENTS * f64::from(connection.segment);
        let held_up = |delay: Duration| clear && delay > self.target();
        let demand = match connection.used {
            None => f64::INFINITY,
            Some(used) if self.delay_of(connection).is_some_and(held_up) => used / 2.0,
            Some(used) => used * 2.0,
        };
        Claim { demand, floor }
    }

    fn rtt_of(&self, connection: &Connection) -> Option<Duration> {
        connection.rtts.iter().min().copied()
    }

    fn delay_of(&self, connection: &Connection) -> Option<Duration> {
        let base = self.bases.get(&connection.path)?.extreme()?;
        Some(self.rtt_of(connection)?.saturating_sub(base))
    }

    /// A round trip of all together.
    fn rtt(&self) -> Duration {
        let measured = self
            .connections
            .values()
            .filter_map(|connection| Some((self.rtt_of(connection)?.as_secs_f64(), connection.weight())));
        weighted(measured).map_or(RTT_UNKNOWN, Duration::from_secs_f64)
    }

    fn floor(&self) -> f64 {
        FLOOR_SEGMENTS * f64::from(self.segment())
    }

    fn segment(&self) -> u32 {
        self.connections.values().map(|connection| connection.segment).max().unwrap_or(SEGMENT_UNKNOWN)
    }

    fn forget_old_paths(&mut self, now: Mono) {
        let used: Vec<IpAddr> = self.connections.values().map(|connection| connection.path).collect();
        self.bases.retain(|path, base| {
            used.contains(path) || base.noted_at().is_some_and(|at| now.since(at) < History::SPAN)
        });
        while self.bases.len() >= PATHS_MAX {
            let idle = self.bases.iter().filter(|(path, _)| !used.contains(path));
            let Some(oldest) = idle.min_by_key(|(_, base)| base.noted_at()).map(|(path, _)| *path) else {
                break;
            };
            self.bases.remove(&oldest);
        }
    }
}

impl Connection {
    /// Bytes that its delay speaks for. One that nothing came on speaks for none; a new one for a segment.
    fn weight(&self) -> f64 {
        self.used.unwrap_or(f64::from(self.segment))
    }
}

/// The mean of values by weights; `None` when nothing weighs.
fn weighted(values: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weight) =
        values.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight));
    (weight > 0.0).then(|| sum / weight)
}

/// Where nothing is known yet (design.md: "start at 20 ms").
const TARGET_MAX: Duration = Duration::from_millis(20);
/// Less than this starves the flow itself, where timestamps count in milliseconds (design.md: "10 ms starves
/// itself" as a fixed target; half of a small buffer must still be reached).
const TARGET_MIN: Duration = Duration::from_millis(8);
/// The delay is the least of the latest four (LEDBAT++, 4.1): one packet held up is no queue.
const FILTER: usize = 4;
/// TCP timestamps count in milliseconds on most systems.
const RESOLUTION: Duration = Duration::from_millis(1);
/// Packets out of order in one round that mean a loss: as many as three duplicate acknowledgements (RFC 5681, 3.2).
const REORDERED_MAX: u32 = 3;
/// How long a connection keeps its place where not all have one: long beside a probe of the sender (200 ms), short
/// beside the time after which a slow transfer counts as a stall (30 s).
const TURN: Duration = Duration::from_secs(2);
/// After as long without a connection the window starts from the floor again.
const RESTART_AFTER: Duration = Duration::from_secs(1);
/// Looks are no more frequent than this: a look costs two system calls a connection, 0.1 % of a processor for one.
const LOOK_MIN: Duration = Duration::from_millis(10);
/// And no rarer: a quarter of the buffer of a bloated link.
const LOOK_MAX: Duration = Duration::from_millis(50);
/// A round trip before anything is known: between two ends of a continent.
const RTT_UNKNOWN: Duration = Duration::from_millis(100);
/// Ethernet with timestamps, before anything is known.
const SEGMENT_UNKNOWN: u32 = 1_448;
/// Addresses whose base is kept: more than a job has sources.
const PATHS_MAX: usize = 256;
