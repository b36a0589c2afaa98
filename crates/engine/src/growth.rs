//! How many connections a file is fetched over: one more than help is one too many.
//!
//! "Connections per host adapt (start 1, add while total throughput grows)" (design.md "HTTP"). Their number is
//! doubled as long as that brings more, and only while it is the source that sets the pace: where this machine
//! or a cap does, another connection could only cost.

use std::time::Duration;

use bgcopy_core::Mono;

/// New connections get this long to ask and be answered.
const SETTLE: Duration = Duration::from_millis(200);
/// What then comes in this time is their rate.
const MEASURE: Duration = Duration::from_millis(300);
/// New connections are measured so often before they are found useless: on a long way they are slow to start.
const TRIES: u32 = 4;
/// What was found out holds this long; then it is worth another try.
const HOLDS: Duration = Duration::from_secs(30);

/// The number of connections of one file.
#[derive(Clone, Debug)]
pub(crate) struct Growth {
    most: usize,
    /// One connection it is, whatever may become known.
    stopped: bool,
    wanted: usize,
    stage: Stage,
    /// Fewer connections, and what they brought in a second.
    before: Option<(usize, f64)>,
    /// Since the window began.
    bytes: u64,
    waited: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Settling { since: Mono },
    Measuring { since: Mono, tries: u32 },
    Content { until: Mono },
}

impl Growth {
    /// One connection, and at most so many.
    pub(crate) fn new(most: usize, now: Mono) -> Self {
        let stage = Stage::Measuring { since: now, tries: 1 };
        Self {
            most: most.max(1),
            stopped: false,
            wanted: 1,
            stage,
            before: None,
            bytes: 0,
            waited: Duration::ZERO,
        }
    }

    /// How many connections there should be.
    pub(crate) const fn wanted(&self) -> usize {
        self.wanted
    }

    /// Bytes came over so many connections, which waited this long for them altogether.
    pub(crate) fn note(&mut self, now: Mono, bytes: u64, waited: Duration, connections: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.waited = self.waited.saturating_add(waited);
        match self.stage {
            Stage::Settling { since } if now.since(since) >= SETTLE => self.measure(now, 1),
            Stage::Measuring { since, tries } if now.since(since) >= MEASURE => {
                self.judge(now, now.since(since), tries, connections);
            }
            Stage::Content { until } if now >= until => self.measure(now, 1),
            Stage::Settling { .. } | Stage::Measuring { .. } | Stage::Content { .. } => {}
        }
    }

    /// The source refuses so many: it is asked for no more than it serves.
    pub(crate) fn refused(&mut self, now: Mono, connections: usize) {
        self.wanted = connections.clamp(1, self.most);
        self.rest(now);
    }

    /// There may be so many from now on: more sources are known, or fewer.
    pub(crate) fn allow(&mut self, most: usize) {
        if !self.stopped {
            self.most = most.max(1);
            self.wanted = self.wanted.min(self.most);
        }
    }

    /// The source has no ranges that could be trusted.
    pub(crate) const fn stop(&mut self) {
        self.stopped = true;
        self.most = 1;
        self.wanted = 1;
    }

    fn measure(&mut self, now: Mono, tries: u32) {
        (self.bytes, self.waited) = (0, Duration::ZERO);
        self.stage = Stage::Measuring { since: now, tries };
    }

    fn rest(&mut self, now: Mono) {
        self.before = None;
        self.stage = Stage::Content { until: now + HOLDS };
    }

    fn judge(&mut self, now: Mono, window: Duration, tries: u32, connections: usize) {
        let rate = self.bytes as f64 / window.as_secs_f64();
        if let Some((fewer, before)) = self.before {
            // Each of the new ones should bring what one of the old ones did; a quarter of that is worth it.
            let hoped = before * (self.wanted as f64 / fewer as f64 - 1.0);
            if rate - before < hoped / 4.0 {
                if tries < TRIES {
                    return self.measure(now, tries + 1);
                }
                self.wanted = fewer;
                return self.rest(now);
            }
        }
        let source_is_slow = self.waited * 2 >= window * u32::try_from(connections).unwrap_or(u32::MAX);
        let all_at_work = connections >= self.wanted;
        if self.wanted >= self.most {
            return self.rest(now);
        }
        if !source_is_slow || !all_at_work {
            // That may change at any time: many servers let the first second of a body go unlimited.
            self.before = None;
            return self.measure(now, 1);
        }
        self.before = Some((self.wanted, rate));
        self.wanted = (2 * self.wanted).min(self.most);
        self.stage = Stage::Settling { since: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives each connection so much, and all together so much; what it leaves to wait for.
    struct Source {
        each: u64,
        all: u64,
        slow: bool,
    }

    /// How many connections there are in the end, and how long it took to have them.
    fn play(source: &Source, most: usize, seconds: u64) -> (usize, f64) {
        let tick = Duration::from_millis(100);
        let mut now = Mono::from_start(Duration::from_secs(1));
        let start = now;
        let mut growth = Growth::new(most, now);
        let mut grew = 0.0;
        for _ in 0..seconds * 10 {
            now = now + tick;
            let connections = growth.wanted();
            let rate = (source.each * connections as u64).min(source.all);
            let waited =
                if source.slow { tick * u32::try_from(connections).unwrap() } else { Duration::ZERO };
            growth.note(now, rate / 10, waited, connections);
            if growth.wanted() > connections {
                grew = now.since(start).as_secs_f64();
            }
        }
        (growth.wanted(), grew)
    }

    #[test]
    fn a_server_that_limits_each_connection_gets_as_many_as_are_allowed_and_soon() {
        let (connections, after) = play(&Source { each: 20, all: u64::MAX, slow: true }, 8, 10);
        assert_eq!(connections, 8);
        assert!(after <= 3.0, "{after} s");
    }

    #[test]
    fn a_link_that_is_full_is_not_asked_for_more() {
        let (connections, _) = play(&Source { each: 1_000, all: 1_000, slow: true }, 8, 20);
        assert_eq!(connections, 1);
    }

    #[test]
    fn connections_are_added_while_the_total_grows() {
        let (connections, _) = play(&Source { each: 300, all: 1_000, slow: true }, 8, 20);
        assert_eq!(connections, 4);
    }

    #[test]
    fn a_machine_that_cannot_take_more_opens_no_second_connection() {
        let (connections, _) = play(&Source { each: 300, all: 1_000, slow: false }, 8, 60);
        assert_eq!(connections, 1);
    }

    #[test]
    fn a_server_that_is_slow_only_after_a_while_is_found_out() {
        let mut now = Mono::from_start(Duration::from_secs(1));
        let mut growth = Growth::new(8, now);
        let tick = Duration::from_millis(100);
        for (ticks, waited) in [(20, Duration::ZERO), (10, tick)] {
            assert_eq!(growth.wanted(), 1);
            for _ in 0..ticks {
                now = now + tick;
                growth.note(now, 1_000, waited, growth.wanted());
            }
        }
        assert!(growth.wanted() > 1);
    }

    #[test]
    fn a_source_that_refuses_is_left_alone_for_a_while() {
        let now = Mono::from_start(Duration::from_secs(1));
        let mut growth = Growth::new(8, now);
        growth.refused(now, 2);
        assert_eq!(growth.wanted(), 2);
        growth.note(now + HOLDS / 2, 1_000, HOLDS, 2);
        assert_eq!(growth.wanted(), 2);
        growth.stop();
        growth.refused(now, 5);
        assert_eq!(growth.wanted(), 1, "what has no ranges gets none by failing");
        growth.note(now + 2 * HOLDS, 1_000, HOLDS, 1);
        growth.note(now + 3 * HOLDS, 1_000, HOLDS, 1);
        assert_eq!(growth.wanted(), 1);
    }
}
