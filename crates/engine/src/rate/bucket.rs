//! One cap, kept to: a token bucket.

use std::time::Duration;

use bgcopy_core::Mono;

/// A cap in bytes per second. Unused credit is kept for one second at most (faults K03).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    bytes_per_second: u64,
    /// When everything taken so far is paid for; the past is credit.
    paid_at: Mono,
}

impl TokenBucket {
    /// A full bucket.
    pub fn new(bytes_per_second: u64, now: Mono) -> Self {
        Self { bytes_per_second: bytes_per_second.max(1), paid_at: now - Self::CREDIT }
    }

    /// Takes bytes that came, and says how long to wait before taking more.
    pub fn take(&mut self, bytes: u64, now: Mono) -> Duration {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        self.paid_at = self.paid_at.max(now - Self::CREDIT) + cost;
        self.paid_at.since(now)
    }

    /// Goes on at another rate. What is owed costs what it costs now, but takes no longer than before: who took much
    /// at a high rate does not stand still at a low one. Credit is not renewed, so that a rate that changes often is
    /// kept to all the same.
    pub fn change(&mut self, bytes_per_second: u64, now: Mono) {
        let rate = bytes_per_second.max(1);
        let faster = (self.bytes_per_second as f64 / rate as f64).min(1.0);
        let (debt, credit) = (self.paid_at.since(now), now.since(self.paid_at).min(Self::CREDIT));
        self.paid_at = now + debt.mul_f64(faster) - credit.mul_f64(faster);
        self.bytes_per_second = rate;
    }

    const CREDIT: Duration = Duration::from_secs(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::from_start(Duration::from_millis(millis))
    }

    #[test]
    fn k03_the_rate_holds_and_a_pause_saves_up_one_second_only() {
        let mut bucket = TokenBucket::new(1_000, at(10_000));
        assert_eq!(bucket.take(1_000, at(10_000)), Duration::ZERO);
        assert_eq!(bucket.take(500, at(10_000)), Duration::from_millis(500));
        assert_eq!(bucket.take(1_000, at(10_500)), Duration::from_millis(1_000));
        assert_eq!(bucket.take(1_000, at(90_000)), Duration::ZERO);
        assert_eq!(bucket.take(1_000, at(90_000)), Duration::from_millis(1_000));
    }

    #[test]
    fn what_is_owed_is_paid_at_the_new_rate_and_never_later() {
        for (rate, wait) in [(10_000, 100), (1_000, 1_000), (10, 1_000)] {
            let mut bucket = TokenBucket::new(1_000, at(10_000));
            bucket.take(2_000, at(10_000));
            bucket.change(rate, at(10_000));
            assert_eq!(bucket.take(0, at(10_000)), Duration::from_millis(wait), "{rate}");
        }
    }

    #[test]
    fn a_rate_that_changes_all_the_time_is_kept_to() {
        let mut bucket = TokenBucket::new(1_000, at(10_000));
        bucket.take(1_000, at(10_000));
        let (mut now, mut taken) = (10_000, 0);
        while now < 110_000 {
            now += 100;
            bucket.change(1_000 + now % 7, at(now));
            if bucket.take(0, at(now)).is_zero() {
                bucket.take(100, at(now));
                taken += 100;
            }
        }
        assert!((98_000..=101_000).contains(&taken), "{taken}");
    }

    #[test]
    fn credit_is_a_second_of_the_slower_rate() {
        let mut bucket = TokenBucket::new(1_000, at(10_000));
        bucket.change(10_000, at(10_000));
        assert_eq!(bucket.take(2_000, at(10_000)), Duration::from_millis(100));
    }
}
