//! The control law: how one window follows the queueing delay, round trip by round trip.
//!
//! It is LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus) as a receiver applies it (rLEDBAT, RFC 9840), with three
//! additions of ours, each told at its place: a *calm spell* lets the window grow fast again, a slow-down is put
//! off while the base is met anyway, and losses count as the receiver can see them.

use std::time::Duration;

use bgcopy_core::Mono;

/// What the last round trip was like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) now: Mono,
    /// Queueing delay; `None` where nothing was measured.
    pub(super) delay: Option<Duration>,
    /// The delay to keep below.
    pub(super) target: Duration,
    /// The round trip of an empty queue.
    pub(super) base: Duration,
    /// How long the round really was: never shorter than the time between two looks.
    pub(super) took: Duration,
    /// Bytes that came in a round trip.
    pub(super) used: f64,
    /// Bytes of a segment.
    pub(super) segment: f64,
    /// Packets came so much out of order that some were lost.
    pub(super) lost: bool,
}

/// Where the window is on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Grows by a factor until the delay shows, or up to what was right before.
    SlowStart { up_to: f64 },
    /// Grows by a sum.
    Steady,
    /// Down at the floor to see the round trip of an empty queue.
    SlowDown { since: Mono, until: Mono, back_to: f64 },
}

/// One window and how it moves.
#[derive(Clone, Debug)]
pub(super) struct Law {
    window: f64,
    phase: Phase,
    /// When the next slow-down is due; `None` before the first slow start has ended.
    slow_down_at: Option<Mono>,
    /// The base was looked for on purpose at least once.
    measured: bool,
    /// Since when there was next to no delay.
    calm_since: Option<Mono>,
    lost_at: Option<Mono>,
    /// When the window was last made smaller, so that it happens once a round trip.
    cut_at: Option<Mono>,
}

impl Law {
    /// Begins with a slow start from the floor.
    pub(super) fn new() -> Self {
        Self {
            window: 0.0,
            phase: Phase::SlowStart { up_to: f64::INFINITY },
            slow_down_at: None,
            measured: false,
            calm_since: None,
            lost_at: None,
            cut_at: None,
        }
    }

    /// Bytes that may be under way.
    pub(super) const fn window(&self) -> f64 {
        self.window
    }

    /// The base was met without a slow-down, so none is needed for a while. LEDBAT++ slows down regardless; but
    /// the bytes lost to it are only worth it where nothing else empties the queue. The first one is never put
    /// off: who came late believes a standing queue to be the base ("latecomer advantage").
    pub(super) fn note_base_met(&mut self, now: Mono) {
        if let Some(due) = self.slow_down_at.as_mut().filter(|_| self.measured) {
            *due = (*due).max(now + SLOW_DOWN_EVERY);
        }
    }

    /// Begins again from the floor after a pause: what was right then may be wrong now (RFC 5681, 4.1, "restart
    /// window").
    pub(super) fn restart(&mut self) {
        self.window = 0.0;
        self.phase = Phase::SlowStart { up_to: f64::INFINITY };
        (self.calm_since, self.cut_at) = (None, None);
    }

    /// Leaves slow start in the middle of a round: "the initial slow start ends when the delay exceeds three
    /// quarters of the target" (LEDBAT++, 4.3).
    pub(super) fn watch(&mut self, delay: Duration, target: Duration, rtt: Duration, now: Mono) {
        if matches!(self.phase, Phase::SlowStart { .. }) && delay > target.mul_f64(SLOW_START_SHARE) {
            self.leave_slow_start(now, rtt);
        }
    }

    /// Moves the window at the end of a round trip.
    pub(super) fn on_round(&mut self, round: &Round) {
        let floor = FLOOR_SEGMENTS * round.segment;
        self.window = self.window.max(floor);
        if let Phase::SlowDown { since, until, back_to } = self.phase {
            if round.now >= until {
                let lasted = round.now.since(since);
                self.measured = true;
                self.slow_down_at = Some(round.now + SLOW_DOWN_EVERY.max(lasted * SLOW_DOWN_SPACING));
                self.phase = Phase::SlowStart { up_to: back_to };
            }
            return;
        }
        if round.lost {
            self.on_loss(round);
        } else if let Some(delay) = round.delay {
            self.follow(delay, round);
        } else {
            self.feel_the_way(round);
        }
        self.window = self.window.clamp(floor, WINDOW_MAX.max(floor));
        self.slow_down_when_due(round, floor);
    }

    /// A loss halves (RFC 6817, 2.4.2: "at most once per RTT").
    fn on_loss(&mut self, round: &Round) {
        let rtt = round.base + round.delay.unwrap_or_default();
        self.lost_at = Some(round.now);
        self.calm_since = None;
        if matches!(self.phase, Phase::SlowStart { .. }) {
            self.leave_slow_start(round.now, rtt);
        }
        if self.may_cut(round.now, rtt) {
            self.window /= 2.0;
        }
    }

    /// Without a delay to go by only losses tell of others: by sums alone, never by a factor.
    fn feel_the_way(&mut self, round: &Round) {
        self.calm_since = None;
        if round.used * UNUSED_FACTOR >= self.window {
            self.window += gain(round) * round.segment;
        }
    }

    fn follow(&mut self, delay: Duration, round: &Round) {
        let rtt = round.base + delay;
        let off = delay.as_secs_f64() / round.target.as_secs_f64() - 1.0;
        self.watch(delay, round.target, rtt, round.now);
        if off > 0.0 {
            self.calm_since = None;
            if self.may_cut(round.now, rtt) {
                // LEDBAT++, 4.2: max(gain - C * W * (delay / target - 1), -W / 2), C = 1; and never more than before.
                let change = gain(round) * round.segment - self.window * off;
                self.window += change.clamp(-self.window / 2.0, 0.0);
            }
            return;
        }
        // What is not used must not grow: it would come all at once later (RFC 6817, 2.4.2, "ALLOWED_INCREASE").
        if round.used * UNUSED_FACTOR < self.window {
            return;
        }
        // A round may take longer than a round trip, where the looks are further apart.
        let trips = round.took.as_secs_f64() / rtt.as_secs_f64().max(f64::EPSILON);
        match self.phase {
            Phase::SlowStart { up_to } => {
                let grown = self.window * (1.0 + gain(round)).powf(trips).min(GROWTH_MAX);
                self.window = grown.min(up_to.max(self.window));
                if self.window >= up_to {
                    self.leave_slow_start(round.now, rtt);
                }
            }
            Phase::Steady | Phase::SlowDown { .. } => {
                // "+1 segment per RTT" times the gain, for as many round trips as there were.
                self.window += gain(round) * round.segment * trips.min(STEPS_MAX);
                self.start_again_when_calm(delay, round);
            }
        }
    }

    /// Next to no delay for a good while though the window is in use: whoever filled the link has left, or the
    /// link became faster. Adding a segment a round trip would take minutes on a fast link. The spell is longer
    /// than a BBR sender keeps its own queue empty to measure (ProbeRTT, 200 ms), and a link that loses packets
    /// before it delays them is not tried that way.
    fn start_again_when_calm(&mut self, delay: Duration, round: &Round) {
        let lossy = self.lost_at.is_some_and(|at| round.now.since(at) < LOSS_REMEMBERED);
        if delay > round.target.mul_f64(CALM_SHARE) || lossy {
            self.calm_since = None;
            return;
        }
        let since = *self.calm_since.get_or_insert(round.now);
        if round.now.since(since) >= CALM_SPELL {
            self.calm_since = None;
            self.phase = Phase::SlowStart { up_to: f64::INFINITY };
        }
    }

    fn leave_slow_start(&mut self, now: Mono, rtt: Duration) {
        self.phase = Phase::Steady;
        // "The first slowdown 2 RTT after the first slow start" (LEDBAT++, 4.4).
        self.slow_down_at.get_or_insert(now + rtt * SLOW_DOWN_ROUNDS);
    }

    fn slow_down_when_due(&mut self, round: &Round, floor: f64) {
        let due = self.slow_down_at.is_some_and(|at| round.now >= at);
        if !due || self.phase != Phase::Steady {
            return;
        }
        if self.window <= 2.0 * floor {
            // So low already that the queue is not ours.
            self.slow_down_at = Some(round.now + SLOW_DOWN_EVERY);
            return;
        }
        let rtt = round.base + round.delay.unwrap_or_default();
        // One round trip more than a sender needs: a receiver's window shrinks only as bytes come in.
        let until = round.now + rtt * (SLOW_DOWN_ROUNDS + 1);
        self.phase = Phase::SlowDown { since: round.now, until, back_to: self.window };
        self.window = floor;
    }

    /// At most once a round trip (rLEDBAT, RFC 9840: the effect of a cut is seen one round trip later).
    fn may_cut(&mut self, now: Mono, rtt: Duration) -> bool {
        if self.cut_at.is_some_and(|at| now.since(at) < rtt) {
            return false;
        }
        self.cut_at = Some(now);
        true
    }
}

/// LEDBAT++, 4.2: 1 / min(16, ceil(2 * target / base)): on short paths, where an ordinary sender needs few round
/// trips to take its share, more careful.
fn gain(round: &Round) -> f64 {
    let ratio = 2.0 * round.target.as_secs_f64() / round.base.as_secs_f64().max(1e-6);
    1.0 / ratio.ceil().clamp(1.0, 16.0)
}

/// "Floor of two segments" (design.md "Yielding"; LEDBAT++, 4.1): with one, every delayed acknowledgement would
/// cost its timer.
pub(super) const FLOOR_SEGMENTS: f64 = 2.0;
/// More than any window that a kernel gives: its buffers end long before.
const WINDOW_MAX: f64 = (1u64 << 30) as f64;
/// See [`Law::watch`].
const SLOW_START_SHARE: f64 = 0.75;
/// A window that is three times what came is not what limits; a doubling one is twice.
const UNUSED_FACTOR: f64 = 3.0;
/// One look never more than doubles the window, however many round trips it stands for.
const GROWTH_MAX: f64 = 2.0;
/// Round trips that one look may stand for when adding.
const STEPS_MAX: f64 = 16.0;
/// A quarter of the target: less than what one more slow start would leave behind.
const CALM_SHARE: f64 = 0.25;
/// See [`Law::start_again_when_calm`].
const CALM_SPELL: Duration = Duration::from_millis(500);
/// Twenty calm spells.
const LOSS_REMEMBERED: Duration = Duration::from_secs(10);
/// "2 packets for 2 RTT" (LEDBAT++, 4.4).
const SLOW_DOWN_ROUNDS: u32 = 2;
/// "The next one after nine times the duration" (LEDBAT++, 4.4) bounds its price to a tenth.
const SLOW_DOWN_SPACING: u32 = 9;
/// And this to a hundredth on ordinary paths: LEDBAT++'s spacing alone was measured by others to cost 13 to 15 %
/// of the throughput (`spec/product.md`, 6.2). Apple's receivers slow down every 60 s.
const SLOW_DOWN_EVERY: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: f64 = 1_000.0;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// A round on a path of 20 ms with a target of 20 ms, whose window is used up.
    fn round(law: &Law, now: u64, delay: u64) -> Round {
        Round {
            now: Mono::from_start(ms(now)),
            delay: Some(ms(delay)),
            target: ms(20),
            base: ms(20),
            took: ms(20 + delay),
            used: law.window().max(2.0 * SEGMENT),
            segment: SEGMENT,
            lost: false,
        }
    }

    /// The window in segments, round by round, for these delays.
    fn windows(law: &mut Law, start: u64, delays: &[u64]) -> Vec<f64> {
        let mut now = start;
        let mut seen = Vec::new();
        for &delay in delays {
            now += 20 + delay;
            law.on_round(&round(law, now, delay));
            seen.push((law.window() / SEGMENT * 10.0).round() / 10.0);
        }
        seen
    }

    #[test]
    fn slow_start_grows_by_the_gain_and_ends_above_three_quarters_of_the_target() {
        let mut law = Law::new();
        assert_eq!(windows(&mut law, 0, &[0, 0, 0, 0, 15]), [3.0, 4.5, 6.8, 10.1, 15.2]);
        // 16 ms: steady from here on.
        assert_eq!(windows(&mut law, 200, &[16]), [15.7]);
    }

    #[test]
    fn below_the_target_half_a_segment_is_added_and_above_it_is_cut_by_the_excess() {
        let mut law = Law { window: 40.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        assert_eq!(windows(&mut law, 0, &[10, 10]), [40.5, 41.0]);
        // +0.5 - 41 * (24 / 20 - 1).
        assert_eq!(windows(&mut law, 200, &[24]), [33.3]);
        // Three times the target: by half, not by more.
        assert_eq!(windows(&mut law, 400, &[60]), [16.7]);
    }

    #[test]
    fn the_window_is_cut_at_most_once_a_round_trip() {
        let mut law = Law { window: 40.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        for now in [100, 110, 120, 150, 179] {
            law.on_round(&round(&law, now, 60));
            assert_eq!(law.window(), 20.0 * SEGMENT, "at {now} ms");
        }
        law.on_round(&round(&law, 180, 60));
        assert_eq!(law.window(), 10.0 * SEGMENT);
    }

    #[test]
    fn an_unused_window_does_not_grow_and_a_lost_packet_halves_it() {
        let mut law = Law { window: 40.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        law.on_round(&Round { used: 10.0 * SEGMENT, ..round(&law, 100, 0) });
        assert_eq!(law.window(), 40.0 * SEGMENT);
        law.on_round(&Round { lost: true, ..round(&law, 200, 0) });
        assert_eq!(law.window(), 20.0 * SEGMENT);
    }

    #[test]
    fn two_round_trips_after_the_first_slow_start_the_window_goes_down_and_comes_back() {
        let mut law = Law { window: 40.0 * SEGMENT, ..Law::new() };
        let seen = windows(&mut law, 0, &[&[16; 4][..], &[0; 14]].concat());
        // Steady for two rounds, three at the floor, by halves up again, but not beyond where it was.
        assert_eq!(seen[..4], [40.5, 41.0, 2.0, 2.0]);
        assert_eq!(seen[6..10], [2.0, 2.0, 3.0, 4.5]);
        assert_eq!(seen[14..17], [34.2, 41.5, 42.0]);
    }

    #[test]
    fn a_slow_down_waits_while_the_base_is_met_anyway() {
        let mut law = Law { window: 40.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        law.slow_down_at = Some(Mono::from_start(ms(100)));
        law.measured = true;
        law.note_base_met(Mono::from_start(ms(90)));
        windows(&mut law, 100, &[10; 100]);
        assert!(law.phase == Phase::Steady && law.window() > 80.0 * SEGMENT);
        windows(&mut law, 30_090, &[10]);
        assert!(matches!(law.phase, Phase::SlowDown { .. }));
    }

    #[test]
    fn half_a_second_of_calm_starts_growth_by_a_factor_unless_packets_were_lost() {
        let mut law = Law { window: 4.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        windows(&mut law, 0, &[2; 23]);
        assert_eq!(law.phase, Phase::Steady);
        windows(&mut law, 506, &[2; 2]);
        assert_eq!(law.phase, Phase::SlowStart { up_to: f64::INFINITY });

        let mut law = Law { window: 4.0 * SEGMENT, phase: Phase::Steady, ..Law::new() };
        law.on_round(&Round { lost: true, ..round(&law, 10, 0) });
        windows(&mut law, 10, &[2; 400]);
        assert_eq!(law.phase, Phase::Steady);
    }

    #[test]
    fn short_paths_are_taken_more_carefully() {
        let of = |base| gain(&Round { base: ms(base), ..round(&Law::new(), 0, 0) });
        assert_eq!([of(100), of(40), of(20), of(10), of(1)], [1.0, 1.0, 0.5, 0.25, 1.0 / 16.0]);
    }
}
