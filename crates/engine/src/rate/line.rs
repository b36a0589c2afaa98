//! What the line carries: the base of the shares. DO says "measured available bandwidth" and does not explain it
//! (product 2.4); this is ours.
//!
//! - **What counts.** Bytes of all transfers together that came over the line: those of the local network do not
//!   count, they would promise a fast line that is not there.
//! - **Windows.** Bytes are added up over windows of two seconds in which they flow without a pause. A window is
//!   *free* when less than half of its bytes had to wait for a cap: it shows what the line gives. Any other shows
//!   what a cap gives, and can only raise the measurement.
//! - **Peak, and sinking.** The measurement is the largest rate of a window. Each free window that is slower lets it
//!   sink by a small part of the difference, half of it in about twelve minutes of transfer; time without transfers
//!   changes nothing.
//! - **Before anything was measured** no share binds, until there were two free windows: the first of them may be a
//!   connection that only begins to fill the line.
//! - **Looking again.** Under a share nobody sees what the line would give, and the first server may have been a
//!   slow one. So after five minutes in which a share held bytes back it is lifted for two windows. When these show
//!   nothing new the pause doubles, to an hour at most: then 4 s of 3,600 are measured.
//! - **Another network** is another line: what was measured is forgotten ([`Line::forget`]).

use std::time::Duration;

use bgcopy_core::Mono;

/// Bytes that came over the line since the start of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// All of them.
    pub bytes: u64,
    /// Those that had to wait for a cap.
    pub held: u64,
}

/// What is known of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Bytes per second.
    peak: Option<u64>,
    window: Option<Window>,
    phase: Phase,
    /// How long a share holds bytes back before it is lifted.
    patience: Duration,
}

/// A stretch of time in which bytes flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    since: Mono,
    last: Mono,
    /// At `since`.
    start: Flow,
    /// At `last`.
    latest: Flow,
}

/// Whether shares bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// They do not, for the line is being measured.
    Measuring { windows: u32, free: u32 },
    /// They do.
    Known {
        /// Since when bytes are held back.
        held_since: Option<Mono>,
    },
}

impl Phase {
    const START: Self = Self::Measuring { windows: 0, free: 0 };
}

impl Default for Line {
    fn default() -> Self {
        Self { peak: None, window: None, phase: Phase::START, patience: PATIENCE_MIN }
    }
}

impl Line {
    /// What shares are taken of, in bytes per second; `None` while none binds.
    pub fn measured(&self) -> Option<u64> {
        match self.phase {
            Phase::Measuring { .. } => None,
            Phase::Known { .. } => self.peak,
        }
    }

    /// The line is another one.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes in what came so far. To be told while bytes flow, a few times in a window or oftener; silence is a
    /// pause.
    pub fn observe(&mut self, flow: Flow, now: Mono) {
        let Some(window) = self.window.as_mut().filter(|window| now.since(window.last) < PAUSE) else {
            self.window = Some(Window { since: now, last: now, start: flow, latest: flow });
            return;
        };
        let held = flow.held > window.latest.held;
        (window.last, window.latest) = (now, flow);
        let window = *window;
        if let Phase::Known { held_since: held_since @ None } = &mut self.phase {
            *held_since = held.then_some(now);
        }
        if now.since(window.since) >= WINDOW {
            self.window = Some(Window { since: now, last: now, start: flow, latest: flow });
            self.on_window(window.rate(), window.is_free());
        }
        if let Phase::Known { held_since: Some(since) } = self.phase
            && now.since(since) >= self.patience
        {
            self.phase = Phase::START;
            self.window = None;
        }
    }

    fn on_window(&mut self, rate: u64, free: bool) {
        match &mut self.phase {
            Phase::Known { held_since } => {
                if free {
                    *held_since = None;
                }
            }
            Phase::Measuring { windows, free: seen } => {
                *windows += 1;
                *seen += u32::from(free);
                let (enough, vain) = (*seen >= FREE_WINDOWS, *windows >= WINDOWS_MAX);
                // A line of which nothing is known goes on being measured: other caps hold bytes back.
                if enough || (vain && self.peak.is_some()) {
                    let news = self.peak.is_none_or(|peak| rate > peak + peak / 10);
                    self.patience = if news { PATIENCE_MIN } else { (2 * self.patience).min(PATIENCE_MAX) };
                    self.phase = Phase::Known { held_since: None };
                } else if self.peak.is_none() {
                    // Nothing is kept of the first windows: they may be slow starts.
                    return;
                }
            }
        }
        self.peak = match self.peak {
            None => Some(rate),
            Some(peak) if rate < peak && free => Some(peak - (peak - rate) / SINK),
            Some(peak) => Some(peak.max(rate)),
        };
    }
}

impl Window {
    fn rate(&self) -> u64 {
        let bytes = self.latest.bytes.saturating_sub(self.start.bytes);
        (bytes as f64 / self.last.since(self.since).as_secs_f64()) as u64
    }

    fn is_free(&self) -> bool {
        let bytes = self.latest.bytes.saturating_sub(self.start.bytes);
        let held = self.latest.held.saturating_sub(self.start.held);
        held < bytes.div_ceil(2)
    }
}

/// Longer than a burst that a buffer on the way lets through, short enough for a download of some seconds.
const WINDOW: Duration = Duration::from_secs(2);
/// Transfers report several times a second while bytes come; who is held back by a cap may be silent for longer, and
/// has nothing to say about the line.
const PAUSE: Duration = Duration::from_secs(1);
/// One to fill the line, one to see it filled.
const FREE_WINDOWS: u32 = 2;
/// When other caps hold bytes back, lifting shares shows nothing; it is given up after this many.
const WINDOWS_MAX: u32 = 4;
/// A slower window takes this part of the difference away.
const SINK: u64 = 512;
/// The first look again.
const PATIENCE_MIN: Duration = Duration::from_secs(300);
/// Lifting the shares for a few seconds an hour is noticed by nobody.
const PATIENCE_MAX: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests {
    use super::*;

    /// A line at which time passes in steps of 200 ms, as transfers report.
    struct Rig {
        line: Line,
        flow: Flow,
        now: Mono,
    }

    const STEP: Duration = Duration::from_millis(200);
    const MINUTE: Duration = Duration::from_secs(60);

    impl Rig {
        fn new() -> Self {
            Self { line: Line::default(), flow: Flow::default(), now: Mono::from_start(MINUTE) }
        }

        fn step(&mut self, rate: u64, held: bool) {
            self.now = self.now + STEP;
            self.flow.bytes += rate / 5;
            self.flow.held += if held { rate / 5 } else { 0 };
            self.line.observe(self.flow, self.now);
        }

        /// Nobody is held back.
        fn free(&mut self, rate: u64, time: Duration) -> Option<u64> {
            let until = self.now + time;
            while self.now < until {
                self.step(rate, false);
            }
            self.line.measured()
        }

        /// A share of 10 % holds back a server that would give so much.
        fn under_a_share(&mut self, rate: u64, time: Duration) -> Option<u64> {
            let until = self.now + time;
            while self.now < until {
                match self.line.measured().map(|measured| measured / 10) {
                    Some(cap) if cap < rate => self.step(cap, true),
                    _ => self.step(rate, false),
                }
            }
            self.line.measured()
        }

        fn pass(&mut self, time: Duration) {
            self.now = self.now + time;
        }
    }

    #[test]
    fn two_windows_measure_a_line() {
        let mut rig = Rig::new();
        assert_eq!(rig.free(1_000, 4 * STEP), None);
        assert_eq!(rig.free(1_000, 3 * WINDOW), Some(1_000));
    }

    #[test]
    fn the_start_of_a_connection_is_not_the_line() {
        let mut rig = Rig::new();
        rig.free(100, WINDOW);
        assert_eq!(rig.free(1_000, 2 * WINDOW), Some(1_000));
    }

    #[test]
    fn a_faster_window_counts_at_once_and_a_slower_one_little() {
        let mut rig = Rig::new();
        rig.free(100_000, 3 * WINDOW);
        assert_eq!(rig.free(200_000, 2 * WINDOW), Some(200_000));
        let sunk = rig.free(100_000, 12 * MINUTE).unwrap();
        assert!((145_000..155_000).contains(&sunk), "{sunk}");
    }

    #[test]
    fn what_a_cap_gives_does_not_let_it_sink() {
        let mut rig = Rig::new();
        rig.free(100_000, 3 * WINDOW);
        let kept = rig.under_a_share(100_000, 4 * MINUTE).unwrap();
        assert!(kept > 99_900, "{kept}");
    }

    #[test]
    fn nobody_starves_after_a_slow_server() {
        let mut rig = Rig::new();
        rig.free(1_000, 3 * WINDOW);
        assert_eq!(rig.under_a_share(100_000, 4 * MINUTE), Some(1_000));
        assert_eq!(rig.under_a_share(100_000, 2 * MINUTE), Some(100_000));
    }

    #[test]
    fn looking_again_in_vain_becomes_rare() {
        let mut rig = Rig::new();
        rig.free(100_000, 3 * WINDOW);
        let before = rig.flow.bytes;
        rig.under_a_share(100_000, 10 * 60 * MINUTE);
        let taken = (rig.flow.bytes - before) as f64 / (100_000.0 * 36_000.0);
        assert!((0.100..0.103).contains(&taken), "{taken} of the line");
    }

    #[test]
    fn a_pause_is_no_slow_line() {
        let mut rig = Rig::new();
        rig.free(100_000, 3 * WINDOW);
        rig.pass(60 * MINUTE);
        assert_eq!(rig.free(100_000, MINUTE), Some(100_000));
    }

    #[test]
    fn a_line_of_which_only_caps_were_seen_is_not_known() {
        let mut rig = Rig::new();
        for _ in 0..600 {
            rig.step(1_000, true);
        }
        assert_eq!(rig.line.measured(), None);
    }

    #[test]
    fn looking_again_under_another_cap_ends() {
        let mut rig = Rig::new();
        rig.free(100_000, 3 * WINDOW);
        let mut lifted = 0;
        for _ in 0..5 * 600 {
            rig.step(1_000, true);
            lifted += u32::from(rig.line.measured().is_none());
        }
        // Ten minutes: one look of four windows, of ten steps each.
        assert!((40..=45).contains(&lifted), "{lifted}");
        assert!(rig.line.measured().is_some_and(|measured| measured > 99_900));
    }

    #[test]
    fn a_job_that_is_held_back_does_not_hide_the_line_from_others() {
        let mut rig = Rig::new();
        for _ in 0..50 {
            rig.flow.held += 10;
            rig.step(1_000, false);
        }
        assert_eq!(rig.line.measured(), Some(1_000));
    }

    #[test]
    fn another_network_is_another_line() {
        let mut rig = Rig::new();
        rig.free(1_000, 3 * WINDOW);
        rig.line.forget();
        assert_eq!(rig.line.measured(), None);
    }
}
