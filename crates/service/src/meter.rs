//! How fast a job is now: bytes over the last few seconds.

use std::collections::VecDeque;
use std::time::Duration;

use bgcopy_core::Mono;

/// Bytes that came lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    samples: VecDeque<(Mono, u64)>,
}

/// Long enough to be calm, short enough to follow a change.
const WINDOW: Duration = Duration::from_secs(5);
/// Samples kept: one per 50 ms of the window.
const GRAIN: Duration = Duration::from_millis(50);

impl Meter {
    /// Takes in bytes.
    pub(crate) fn add(&mut self, bytes: u64, now: Mono) {
        match self.samples.back_mut() {
            Some((at, sum)) if now.since(*at) < GRAIN => *sum += bytes,
            _ => self.samples.push_back((now, bytes)),
        }
        while self.samples.front().is_some_and(|(at, _)| now.since(*at) > WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Bytes per second; 0 while nothing can be said yet.
    pub(crate) fn rate(&self, now: Mono) -> u64 {
        let recent = || self.samples.iter().filter(|(at, _)| now.since(*at) <= WINDOW);
        let Some((first, _)) = recent().next() else { return 0 };
        let over = now.since(*first);
        if over < FIRST_WORD {
            return 0;
        }
        let bytes: u64 = recent().map(|(_, bytes)| bytes).sum();
        (bytes as f64 / over.as_secs_f64()) as u64
    }
}

/// The first bytes of a transfer say nothing about its rate.
const FIRST_WORD: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::from_start(Duration::from_millis(millis))
    }

    #[test]
    fn the_rate_follows_the_last_seconds() {
        let mut meter = Meter::default();
        assert_eq!(meter.rate(at(0)), 0);
        for tick in 0..100 {
            meter.add(100, at(tick * 100));
        }
        assert!((950..=1_050).contains(&meter.rate(at(9_900))), "{}", meter.rate(at(9_900)));
        assert_eq!(meter.rate(at(60_000)), 0);
    }
}
