//! How fast bytes may be taken: a token bucket (design.md "Yielding": explicit caps are token buckets).

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

    const CREDIT: Duration = Duration::from_secs(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::from_start(Duration::from_millis(millis))
    }

    #[test]
    fn the_rate_holds_and_a_pause_saves_up_one_second_only() {
        let mut bucket = TokenBucket::new(1_000, at(10_000));
        assert_eq!(bucket.take(1_000, at(10_000)), Duration::ZERO);
        assert_eq!(bucket.take(500, at(10_000)), Duration::from_millis(500));
        assert_eq!(bucket.take(1_000, at(10_500)), Duration::from_millis(1_000));
        assert_eq!(bucket.take(1_000, at(90_000)), Duration::ZERO);
        assert_eq!(bucket.take(1_000, at(90_000)), Duration::from_millis(1_000));
    }
}
