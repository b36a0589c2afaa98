//! How servers send: something like Cubic and something like BBR, a packet at a time.

use std::collections::VecDeque;
use std::time::Duration;

use crate::bottleneck::{Kind, Packet};

/// The sending end of a flow.
#[derive(Debug)]
pub(crate) struct Sender {
    control: Control,
    /// Packets under way, the oldest first; a link without overtaking delivers them in this order.
    under_way: VecDeque<Packet>,
    sent: u64,
    lost: u64,
    delivered: u64,
    delivered_at: Duration,
    rtt: Option<Duration>,
    /// No packet before this moment.
    paced_until: Duration,
    /// A wake-up that was asked for and has not come yet.
    wake_at: Option<Duration>,
}

#[derive(Debug)]
enum Control {
    Cubic(Cubic),
    Bbr(Bbr),
}

impl Sender {
    pub(crate) fn new(kind: Kind) -> Self {
        let control = match kind {
            Kind::Cubic => Control::Cubic(Cubic::new()),
            Kind::Bbr => Control::Bbr(Bbr::new()),
        };
        Self {
            control,
            under_way: VecDeque::new(),
            sent: 0,
            lost: 0,
            delivered: 0,
            delivered_at: Duration::ZERO,
            rtt: None,
            paced_until: Duration::ZERO,
            wake_at: None,
        }
    }

    /// Packets known to be lost: each was one that the receiver's window had room for and never got.
    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// A packet, if one may be sent now; none beyond the receiver's `edge`.
    pub(crate) fn poll_packet(&mut self, now: Duration, edge: u64) -> Option<Packet> {
        let window = match &self.control {
            Control::Cubic(cubic) => cubic.window,
            Control::Bbr(bbr) => bbr.window(),
        };
        if self.under_way.len() as f64 + 1.0 > window || self.sent >= edge || now < self.paced_until {
            return None;
        }
        if let Control::Bbr(bbr) = &self.control {
            self.paced_until = now + bbr.interval();
        }
        if self.under_way.is_empty() {
            self.delivered_at = now;
        }
        let packet = Packet::new(self.sent, now, self.delivered, self.delivered_at);
        self.sent += 1;
        self.under_way.push_back(packet);
        Some(packet)
    }

    pub(crate) fn on_acknowledged(&mut self, packet: Packet, now: Duration) {
        let rtt = now - packet.sent;
        self.rtt = Some(self.rtt.map_or(rtt, |smooth| smooth - smooth / 8 + rtt / 8));
        // All before it that were not heard of are lost: nothing overtakes.
        let (mut lost, mut newest_lost) = (0, None);
        while let Some(oldest) = self.under_way.front().filter(|oldest| oldest.number <= packet.number) {
            if oldest.number < packet.number {
                (lost, newest_lost) = (lost + 1, Some(oldest.number));
            }
            self.under_way.pop_front();
        }
        self.lost += lost;
        (self.delivered, self.delivered_at) = (self.delivered + 1, now);
        let used = self.under_way.len() as f64 + 1.0;
        match &mut self.control {
            Control::Cubic(cubic) => match newest_lost {
                Some(newest) => cubic.on_loss(newest, self.sent, now),
                None => cubic.on_acknowledged(used, rtt, now),
            },
            Control::Bbr(bbr) => bbr.on_acknowledged(packet, self.delivered, self.under_way.len(), now),
        }
    }

    /// Something was waited for: the pace, or news that do not come any more. Wake-ups that a sooner one overtook
    /// are told by their time.
    pub(crate) fn on_wake(&mut self, now: Duration) {
        if self.wake_at != Some(now) {
            return;
        }
        self.wake_at = None;
        let Some(oldest) = self.under_way.front() else { return };
        if now >= oldest.sent.max(self.delivered_at) + self.timeout() {
            self.lost += self.under_way.len() as u64;
            self.under_way.clear();
            self.delivered_at = now;
            if let Control::Cubic(cubic) = &mut self.control {
                cubic.on_timeout(now);
            }
        }
    }

    /// When to be woken, if that is not already asked for.
    pub(crate) fn next_wake(&mut self, now: Duration) -> Option<Duration> {
        let lost_at =
            self.under_way.front().map(|oldest| oldest.sent.max(self.delivered_at) + self.timeout());
        let paced = Some(self.paced_until).filter(|at| *at > now);
        let wake = [lost_at, paced].into_iter().flatten().min()?.max(now + Duration::from_micros(1));
        let sooner = self.wake_at.is_none_or(|asked| wake < asked);
        sooner.then(|| *self.wake_at.insert(wake))
    }

    /// RFC 6298 with the minimum of Linux.
    fn timeout(&self) -> Duration {
        self.rtt.map_or(Duration::from_secs(1), |rtt| rtt * 2).max(Duration::from_millis(200))
    }
}

/// RFC 9438, with the growth of Reno where that is more.
#[derive(Debug)]
struct Cubic {
    window: f64,
    threshold: f64,
    before_loss: f64,
    /// When the window was cut last, and by which packets a second cut has to be told from the same one.
    cut_at: Duration,
    recovered_at: u64,
    reno: f64,
}

impl Cubic {
    fn new() -> Self {
        let window = INITIAL_WINDOW;
        Self {
            window,
            threshold: f64::INFINITY,
            before_loss: 0.0,
            cut_at: Duration::ZERO,
            recovered_at: 0,
            reno: 0.0,
        }
    }

    fn on_acknowledged(&mut self, used: f64, rtt: Duration, now: Duration) {
        // A window that is not used does not grow (RFC 9438, 5.8).
        if used * 2.0 < self.window {
            return;
        }
        if self.window < self.threshold {
            self.window += 1.0;
            return;
        }
        const C: f64 = 0.4;
        let k = (self.before_loss * 0.3 / C).cbrt();
        let t = (now - self.cut_at).as_secs_f64() + rtt.as_secs_f64();
        let target = C * (t - k).powi(3) + self.before_loss;
        self.reno += 3.0 * 0.3 / 1.7 / self.window;
        let target = target.max(self.reno).min(self.window * 1.5);
        if target > self.window {
            self.window += (target - self.window) / self.window;
        }
    }

    fn on_loss(&mut self, lost: u64, sent: u64, now: Duration) {
        if lost < self.recovered_at {
            return;
        }
        self.recovered_at = sent;
        // Fast convergence (RFC 9438, 4.7).
        let releases = self.window < self.before_loss;
        self.before_loss = if releases { self.window * 0.85 } else { self.window };
        self.window = (self.window * 0.7).max(2.0);
        (self.threshold, self.reno, self.cut_at) = (self.window, self.window, now);
    }

    fn on_timeout(&mut self, now: Duration) {
        self.before_loss = self.window;
        self.threshold = (self.window * 0.7).max(2.0);
        (self.window, self.reno, self.cut_at) = (1.0, self.threshold, now);
    }
}

/// BBR in four states (Cardwell and others, "BBR: Congestion-Based Congestion Control", 2016).
#[derive(Debug)]
struct Bbr {
    state: State,
    /// Packets a second, the best of the last rounds.
    rates: VecDeque<(u64, f64)>,
    least_rtt: Duration,
    least_rtt_at: Duration,
    round: u64,
    round_ends: u64,
    full_rate: f64,
    rounds_without_growth: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Startup,
    Drain,
    ProbeRate { phase: usize, since: Duration },
    ProbeRtt { until: Duration },
}

impl Bbr {
    fn new() -> Self {
        Self {
            state: State::Startup,
            rates: VecDeque::new(),
            least_rtt: Duration::MAX,
            least_rtt_at: Duration::ZERO,
            round: 0,
            round_ends: 0,
            full_rate: 0.0,
            rounds_without_growth: 0,
        }
    }

    fn rate(&self) -> f64 {
        self.rates.iter().map(|(_, rate)| *rate).fold(0.0, f64::max)
    }

    /// Packets that fill the path and no queue.
    fn in_path(&self) -> f64 {
        if self.rates.is_empty() { INITIAL_WINDOW } else { self.rate() * self.least_rtt.as_secs_f64() }
    }

    fn window(&self) -> f64 {
        match self.state {
            State::Startup | State::Drain => (self.in_path() * STARTUP_GAIN).max(INITIAL_WINDOW),
            State::ProbeRate { .. } => (self.in_path() * 2.0).max(4.0),
            State::ProbeRtt { .. } => 4.0,
        }
    }

    fn interval(&self) -> Duration {
        let gain = match self.state {
            State::Startup => STARTUP_GAIN,
            State::Drain => 1.0 / STARTUP_GAIN,
            State::ProbeRate { phase, .. } => GAINS[phase],
            State::ProbeRtt { .. } => 1.0,
        };
        if self.rates.is_empty() {
            return Duration::from_millis(1);
        }
        Duration::from_secs_f64(1.0 / (self.rate() * gain).max(1.0))
    }

    fn on_acknowledged(&mut self, packet: Packet, delivered: u64, under_way: usize, now: Duration) {
        if packet.delivered >= self.round_ends {
            (self.round, self.round_ends) = (self.round + 1, delivered);
            self.look_whether_full();
        }
        let took = (now - packet.delivered_at).as_secs_f64();
        self.rates.push_back((self.round, (delivered - packet.delivered) as f64 / took.max(1e-6)));
        while self.rates.front().is_some_and(|(round, _)| round + RATE_ROUNDS < self.round) {
            self.rates.pop_front();
        }
        self.thin();
        let rtt = now - packet.sent;
        let stale = now - self.least_rtt_at > Duration::from_secs(10);
        if rtt <= self.least_rtt || stale {
            (self.least_rtt, self.least_rtt_at) = (rtt.max(Duration::from_micros(1)), now);
        }
        self.step(stale, under_way as f64, now);
    }

    /// Keeps only rates that can still be the best.
    fn thin(&mut self) {
        if let Some((round, newest)) = self.rates.pop_back() {
            while self.rates.back().is_some_and(|(_, rate)| *rate <= newest) {
                self.rates.pop_back();
            }
            self.rates.push_back((round, newest));
        }
    }

    fn look_whether_full(&mut self) {
        if self.rate() > self.full_rate * 1.25 {
            (self.full_rate, self.rounds_without_growth) = (self.rate(), 0);
        } else {
            self.rounds_without_growth += 1;
        }
    }

    fn step(&mut self, stale: bool, under_way: f64, now: Duration) {
        let cruise = State::ProbeRate { phase: 2, since: now };
        self.state = match self.state {
            State::ProbeRtt { until } if now < until => self.state,
            State::ProbeRtt { .. } => cruise,
            _ if stale => State::ProbeRtt { until: now + Duration::from_millis(200) },
            State::Startup if self.rounds_without_growth >= 3 => State::Drain,
            State::Drain if under_way <= self.in_path() => cruise,
            State::ProbeRate { phase, since } => {
                let over = now - since >= self.least_rtt;
                // The queue that the probe made is drained, however early that is.
                let over = over || (GAINS[phase] < 1.0 && under_way <= self.in_path());
                if over {
                    State::ProbeRate { phase: (phase + 1) % GAINS.len(), since: now }
                } else {
                    self.state
                }
            }
            State::Startup | State::Drain => self.state,
        };
    }
}

impl Packet {
    fn new(number: u64, sent: Duration, delivered: u64, delivered_at: Duration) -> Self {
        Self { number, sent, echo: None, delivered, delivered_at }
    }
}

/// RFC 6928.
const INITIAL_WINDOW: f64 = 10.0;
/// 2 / ln 2.
const STARTUP_GAIN: f64 = 2.885;
const GAINS: [f64; 8] = [1.25, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
const RATE_ROUNDS: u64 = 10;
