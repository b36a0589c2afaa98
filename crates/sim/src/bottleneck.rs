//! A bottleneck, and flows that compete for it: what the engine's yielding does to others, in virtual time.
//!
//! One link of a given rate and delay with a drop-tail buffer; packets of several flows, each acknowledged by
//! itself, and each acknowledgement one packet of news to its sender. Senders are like Cubic ([`Kind::Cubic`]: RFC
//! 9438) or like BBR ([`Kind::Bbr`]: the first version, its four states); a sender with a yielding receiver obeys
//! a receive window besides, which never takes back what it gave (RFC 9293, 3.8.6). The receiver measures round
//! trips as Linux does (`tcp_rcv_rtt_update`: in whole milliseconds, down at once, up by an eighth).
//!
//! Simplified: all packets are full, a lost one is replaced by the next new one, acknowledgements are neither lost
//! nor delayed beyond the link, and who was idle begins with what he had. Nothing is random.

use core::net::{IpAddr, Ipv4Addr};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use bgcopy_core::Mono;
use bgcopy_engine::yielding::{ConnectionId, Sample, Yielding};

use crate::sender::Sender;

/// What all flows have to get through.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Bits a second.
    pub bits_per_second: f64,
    /// The round trip when no packet waits.
    pub round_trip: Duration,
    /// How long the last packet of a full buffer waits.
    pub buffer: Duration,
}

/// How a sender finds its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By losses.
    Cubic,
    /// By a model of the path.
    Bbr,
}

/// A download.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// How its server sends.
    pub kind: Kind,
    /// Whether its receiver yields.
    pub yields: bool,
    /// When it begins.
    pub from: Duration,
    /// When it ends.
    pub to: Duration,
}

/// What happened on a link, sampled every tenth of a second.
#[derive(Clone, Debug)]
pub struct Course {
    link: Link,
    /// Bytes that arrived, by flow, in each sample.
    arrived: Vec<Vec<u64>>,
    /// The queueing delay at the end of each sample.
    queue: Vec<Duration>,
}

impl Course {
    /// Megabits a second of some flows together between two moments.
    pub fn rate(&self, flows: &[usize], from: Duration, to: Duration) -> f64 {
        let (first, end) = (index(from), index(to).min(self.queue.len()));
        let bytes: u64 = flows.iter().map(|&flow| self.arrived[flow][first..end].iter().sum::<u64>()).sum();
        bytes as f64 * 8e-6 / (SAMPLE.as_secs_f64() * (end - first).max(1) as f64)
    }

    /// How long after `from` the flows first have nine tenths of the link for half a second.
    pub fn until_full(&self, flows: &[usize], from: Duration) -> Option<Duration> {
        let full = self.link.bits_per_second * 0.9e-6;
        let last = SAMPLE * u32::try_from(self.queue.len()).ok()?;
        let mut at = from;
        while at + HALF_SECOND <= last {
            if self.rate(flows, at, at + HALF_SECOND) >= full {
                return Some(at - from);
            }
            at += SAMPLE;
        }
        None
    }

    /// A row for each of these groups of flows, a digit for each half second: tenths of the link that they had, `#`
    /// for all of it; and one for the queue, in tenths of the buffer.
    pub fn picture(&self, groups: &[(&str, &[usize])]) -> String {
        let halves = self.queue.len() / 5;
        let row = |name: &str, tenths: &dyn Fn(usize) -> f64| {
            let marks: String = (0..halves).map(|half| mark(tenths(half))).collect();
            format!("{name:>12} |{marks}|\n")
        };
        let whole = self.link.bits_per_second * 1e-6;
        let mut picture = String::new();
        for (name, flows) in groups {
            picture += &row(name, &|half| {
                let from = HALF_SECOND * half as u32;
                self.rate(flows, from, from + HALF_SECOND) / whole * 10.0
            });
        }
        picture += &row("queue", &|half| {
            let mean: f64 =
                self.queue[half * 5..half * 5 + 5].iter().map(Duration::as_secs_f64).sum::<f64>() / 5.0;
            mean / self.link.buffer.as_secs_f64() * 10.0
        });
        picture
    }
}

fn mark(tenths: f64) -> char {
    match tenths.round() {
        none if none <= 0.0 => '.',
        all if all >= 10.0 => '#',
        some => char::from_digit(some as u32, 10).unwrap_or('?'),
    }
}

fn index(at: Duration) -> usize {
    (at.as_micros() / SAMPLE.as_micros()) as usize
}

/// Lets the flows run for some time.
pub fn run(link: Link, flows: &[Flow], time: Duration) -> Course {
    Bottleneck::new(link, flows).run(time)
}

/// What happens next, and when; the number keeps things of one moment in the order they were caused.
type Event = Reverse<(Duration, u64, What)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Begin(usize),
    End(usize),
    /// A packet arrives at the receiver of a flow.
    Arrive(usize, Packet),
    /// The news of it arrives at the sender.
    Acknowledge(usize, Packet, u64),
    /// A sender may send because its pace allows it, or looks whether all was lost.
    Wake(usize),
    /// The receivers that yield are looked at.
    Look,
    Sample,
}

/// A packet, and what its sender knew when it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Packet {
    pub(crate) number: u64,
    pub(crate) sent: Duration,
    /// When the acknowledgement left that the sender had seen last: TSecr (RFC 7323).
    pub(crate) echo: Option<Duration>,
    /// Packets that the sender knew to have arrived, and since when.
    pub(crate) delivered: u64,
    pub(crate) delivered_at: Duration,
}

struct Bottleneck {
    link: Link,
    now: Duration,
    /// When the queue is empty if nothing more comes.
    free_at: Duration,
    ends: Vec<End>,
    yielding: Yielding,
    looking: bool,
    events: BinaryHeap<Event>,
    caused: u64,
    course: Course,
}

/// Both ends of a flow.
struct End {
    flow: Flow,
    sender: Sender,
    running: bool,
    /// TSecr of the next packet.
    echo: Option<Duration>,
    receiver: Receiver,
    in_sample: u64,
}

#[derive(Default)]
struct Receiver {
    arrived: u64,
    out_of_order: u32,
    expected: u64,
    rtt: Option<Duration>,
    last_echo: Option<Duration>,
    /// Packets that it lets the sender send in all, besides those lost; as the sender knows it.
    edge: u64,
    window: u64,
}

impl Bottleneck {
    fn new(link: Link, flows: &[Flow]) -> Self {
        let end = |flow: &Flow| End {
            flow: *flow,
            sender: Sender::new(flow.kind),
            running: false,
            echo: None,
            receiver: Receiver { edge: KERNEL_WINDOW, window: KERNEL_WINDOW, ..Receiver::default() },
            in_sample: 0,
        };
        let course = Course { link, arrived: vec![Vec::new(); flows.len()], queue: Vec::new() };
        let mut bottleneck = Self {
            link,
            now: Duration::ZERO,
            free_at: Duration::ZERO,
            ends: flows.iter().map(end).collect(),
            yielding: Yielding::new(Mono::from_start(Duration::ZERO)),
            looking: false,
            events: BinaryHeap::new(),
            caused: 0,
            course,
        };
        for (index, flow) in flows.iter().enumerate() {
            bottleneck.at(flow.from, What::Begin(index));
            bottleneck.at(flow.to, What::End(index));
        }
        bottleneck.at(SAMPLE, What::Sample);
        bottleneck
    }

    fn run(mut self, time: Duration) -> Course {
        while let Some(Reverse((at, _, what))) = self.events.pop() {
            if at > time {
                break;
            }
            self.now = at;
            self.happen(what);
        }
        self.course
    }

    fn at(&mut self, at: Duration, what: What) {
        self.caused += 1;
        self.events.push(Reverse((at, self.caused, what)));
    }

    fn happen(&mut self, what: What) {
        match what {
            What::Begin(index) => {
                self.ends[index].running = true;
                if self.ends[index].flow.yields {
                    let path = IpAddr::V4(Ipv4Addr::LOCALHOST);
                    self.yielding.add(ConnectionId(index as u64), path, Mono::from_start(self.now));
                    if !std::mem::replace(&mut self.looking, true) {
                        self.at(self.now, What::Look);
                    }
                }
                self.send(index);
            }
            What::End(index) => {
                self.ends[index].running = false;
                self.yielding.remove(ConnectionId(index as u64), Mono::from_start(self.now));
            }
            What::Arrive(index, packet) => self.arrive(index, packet),
            What::Acknowledge(index, packet, edge) => {
                let end = &mut self.ends[index];
                end.echo = end.echo.max(Some(self.now - self.link.round_trip / 2));
                end.receiver.edge = end.receiver.edge.max(edge);
                end.sender.on_acknowledged(packet, self.now);
                self.send(index);
            }
            What::Wake(index) => {
                self.ends[index].sender.on_wake(self.now);
                self.send(index);
            }
            What::Look => self.look(),
            What::Sample => {
                for (end, arrived) in self.ends.iter_mut().zip(&mut self.course.arrived) {
                    arrived.push(std::mem::take(&mut end.in_sample));
                }
                self.course.queue.push(self.free_at.saturating_sub(self.now));
                self.at(self.now + SAMPLE, What::Sample);
            }
        }
    }

    /// Sends what the sender's own window and pace, and the receiver's window, allow.
    fn send(&mut self, index: usize) {
        if !self.ends[index].running {
            return;
        }
        loop {
            let end = &mut self.ends[index];
            // What was lost is sent again within the window.
            let edge = if end.flow.yields { end.receiver.edge + end.sender.lost() } else { u64::MAX };
            let Some(mut packet) = end.sender.poll_packet(self.now, edge) else { break };
            packet.echo = end.echo;
            let time = Duration::from_secs_f64(SEGMENT as f64 * 8.0 / self.link.bits_per_second);
            if self.free_at.saturating_sub(self.now) + time <= self.link.buffer {
                self.free_at = self.free_at.max(self.now) + time;
                self.at(self.free_at + self.link.round_trip / 2, What::Arrive(index, packet));
            }
        }
        if let Some(at) = self.ends[index].sender.next_wake(self.now) {
            self.at(at, What::Wake(index));
        }
    }

    fn arrive(&mut self, index: usize, packet: Packet) {
        let end = &mut self.ends[index];
        if end.running {
            end.in_sample += SEGMENT;
        }
        end.receiver.take(packet, self.now);
        let edge = end.receiver.arrived + end.receiver.window;
        self.at(self.now + self.link.round_trip / 2, What::Acknowledge(index, packet, edge));
    }

    fn look(&mut self) {
        let now = Mono::from_start(self.now);
        for (index, end) in self.ends.iter().enumerate() {
            let sample = Sample {
                rtt: end.receiver.rtt,
                received: end.receiver.arrived * SEGMENT,
                out_of_order: end.receiver.out_of_order,
                segment: SEGMENT as u32,
            };
            self.yielding.handle_sample(ConnectionId(index as u64), sample, now);
        }
        for window in self.yielding.poll_windows(now) {
            // A parked sender sends one packet at a time, as Linux does where its window scale rounds up.
            self.ends[window.connection.0 as usize].receiver.window =
                (u64::from(window.bytes) / SEGMENT).max(1);
        }
        match self.yielding.next_look() {
            Some(wait) => self.at(self.now + wait, What::Look),
            None => self.looking = false,
        }
    }
}

impl Receiver {
    fn take(&mut self, packet: Packet, now: Duration) {
        self.arrived += 1;
        // What follows a gap is out of order until the gap is filled, a round trip later; here at once.
        if packet.number > self.expected {
            self.out_of_order += REORDERED_BY_A_LOSS;
        }
        self.expected = packet.number + 1;
        if let Some(echo) = packet.echo.filter(|_| packet.echo != self.last_echo) {
            self.last_echo = packet.echo;
            // Timestamps count in milliseconds.
            let sample = Duration::from_millis((now.as_millis() - echo.as_millis()).max(1) as u64);
            self.rtt = Some(match self.rtt {
                Some(rtt) if sample > rtt => rtt - rtt / 8 + sample / 8,
                _ => sample,
            });
        }
    }
}

/// Bytes of a packet: Ethernet with timestamps.
const SEGMENT: u64 = 1_448;
/// What Linux lets come before anybody sets a window: 64 KiB.
const KERNEL_WINDOW: u64 = 45;
/// At least as many packets follow a lost one before it is sent again.
const REORDERED_BY_A_LOSS: u32 = 3;
const SAMPLE: Duration = Duration::from_millis(100);
const HALF_SECOND: Duration = Duration::from_millis(500);
