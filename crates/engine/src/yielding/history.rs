//! The least, or the largest, of what was seen lately: a minimum that forgets.

use std::time::Duration;

use bgcopy_core::Mono;

/// An extreme over the last [`History::SPAN`], kept as one extreme a slice. RFC 6817, 3.4.2 keeps the base delay
/// so ("BASE_HISTORY ... 10", one a minute): a route that became longer is believed after ten minutes, one that
/// became shorter at once.
#[derive(Clone, Debug)]
pub(super) struct History {
    better: fn(Duration, Duration) -> Duration,
    /// The extreme of each slice and when the slice began, the oldest first.
    slices: Vec<(Mono, Duration)>,
}

impl History {
    /// What the least was.
    pub(super) const fn least() -> Self {
        Self { better: min, slices: Vec::new() }
    }

    /// What the largest was.
    pub(super) const fn largest() -> Self {
        Self { better: max, slices: Vec::new() }
    }

    pub(super) fn note(&mut self, seen: Duration, now: Mono) {
        self.slices.retain(|(began, _)| now.since(*began) < Self::SPAN);
        match self.slices.last_mut() {
            Some((began, kept)) if now.since(*began) < Self::SLICE => *kept = (self.better)(*kept, seen),
            _ => self.slices.push((now, seen)),
        }
    }

    /// The extreme of what was noted and is not forgotten.
    pub(super) fn extreme(&self) -> Option<Duration> {
        self.slices.iter().map(|(_, kept)| *kept).reduce(self.better)
    }

    /// When something was noted last, give or take a slice.
    pub(super) fn noted_at(&self) -> Option<Mono> {
        self.slices.last().map(|(began, _)| *began)
    }

    /// RFC 6817, 3.4.2: "base delay ... over a longer interval", ten slices.
    pub(super) const SPAN: Duration = Duration::from_secs(600);
    const SLICE: Duration = Duration::from_secs(60);
}

fn min(a: Duration, b: Duration) -> Duration {
    a.min(b)
}

fn max(a: Duration, b: Duration) -> Duration {
    a.max(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::from_start(Duration::from_secs(seconds))
    }

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_shorter_route_is_believed_at_once_and_a_longer_one_after_ten_minutes() {
        let mut base = History::least();
        base.note(ms(20), at(0));
        base.note(ms(12), at(1));
        assert_eq!(base.extreme(), Some(ms(12)));
        for second in 2..600 {
            base.note(ms(45), at(second));
            assert_eq!(base.extreme(), Some(ms(12)), "after {second} s");
        }
        base.note(ms(45), at(600));
        assert_eq!(base.extreme(), Some(ms(45)));
    }

    #[test]
    fn the_largest_is_kept_the_same_way_and_never_more_than_ten_slices() {
        let mut worst = History::largest();
        for second in 0..3_000 {
            worst.note(ms(if second == 10 { 90 } else { 5 }), at(second));
            assert!(worst.slices.len() <= 10);
        }
        assert_eq!(worst.extreme(), Some(ms(5)));
    }
}
