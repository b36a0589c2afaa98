//! Caps on rates: one for a job, one for all background and one for all Foreground jobs. The arithmetic is
//! the engine's; here it meets tasks that share a cap.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bgcopy_engine::rate::TokenBucket;

use crate::host::read_clock;

/// A cap that several transfers share and that can change while they run.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Bytes per second; 0 is no cap, so that nobody touches the lock who need not.
    rate: AtomicU64,
    bucket: Mutex<Option<TokenBucket>>,
}

impl Pace {
    /// Sets the cap; `None` lifts it. In force from the next bytes on.
    pub(crate) fn set(&self, bytes_per_second: Option<u64>) {
        let rate = bytes_per_second.unwrap_or(0);
        if self.rate.swap(rate, Ordering::Relaxed) != rate {
            *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Accounts for bytes that came; says how long to wait before taking more.
    pub(crate) fn pay(&self, bytes: u64) -> Duration {
        let rate = self.rate.load(Ordering::Relaxed);
        if rate == 0 {
            return Duration::ZERO;
        }
        let now = read_clock().mono;
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.get_or_insert_with(|| TokenBucket::new(rate, now)).take(bytes, now)
    }
}
