//! Caps on rates: one for a job, one for all background and one for all Foreground jobs. The arithmetic is
//! the engine's; here it meets tasks that share a cap.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bgcopy_engine::rate::TokenBucket;
use futures_util::future::select_all;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::host::read_clock;

/// A cap that several transfers share and that can change while they run.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Bytes per second; 0 is no cap, so that nobody touches the lock who need not.
    rate: AtomicU64,
    bucket: Mutex<Option<TokenBucket>>,
    changed: Notify,
}

impl Pace {
    /// Sets the cap; `None` lifts it. In force at once: what was taken under the old one is forgiven.
    pub(crate) fn set(&self, bytes_per_second: Option<u64>) {
        let rate = bytes_per_second.unwrap_or(0);
        if self.rate.swap(rate, Ordering::Relaxed) != rate {
            *self.bucket.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.changed.notify_waiters();
        }
    }

    /// Accounts for bytes that came; says how long to wait before taking more.
    fn pay(&self, bytes: u64) -> Duration {
        let rate = self.rate.load(Ordering::Relaxed);
        if rate == 0 {
            return Duration::ZERO;
        }
        let now = read_clock().mono;
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.get_or_insert_with(|| TokenBucket::new(rate, now)).take(bytes, now)
    }
}

/// Accounts for bytes under each of these caps; says how long to wait before taking more.
pub(crate) fn pay(paces: &[Arc<Pace>], bytes: u64) -> Duration {
    paces.iter().map(|pace| pace.pay(bytes)).max().unwrap_or_default()
}

/// Waits this long, or shorter when one of the caps is changed: at a low rate it may be minutes.
pub(crate) async fn until_paid(paces: &[Arc<Pace>], wait: Duration) {
    let mut until = Instant::now() + wait;
    loop {
        // Hears of changes from here on, and with the next line of those before.
        let changed: Vec<_> = paces.iter().map(|pace| Box::pin(pace.changed.notified())).collect();
        until = until.min(Instant::now() + pay(paces, 0));
        if changed.is_empty() || tokio::time::timeout_at(until, select_all(changed)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_cap_that_is_lifted_lets_go_who_waits_under_it() {
        let paces = [Arc::new(Pace::default()), Arc::new(Pace::default())];
        paces[0].set(Some(1_000));
        let wait = pay(&paces, 3_600_000);
        assert!(wait > 3_500 * SECOND);
        let start = Instant::now();
        let lifted = async {
            tokio::time::sleep(SECOND).await;
            paces[0].set(None);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = until_paid(&paces, wait) => {}
            () = lifted => {}
        }
        assert_eq!(start.elapsed().as_secs(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cap_that_stays_is_waited_for() {
        let paces = [Arc::new(Pace::default())];
        paces[0].set(Some(1_000));
        let wait = pay(&paces, 3_000);
        let start = Instant::now();
        until_paid(&paces, wait).await;
        assert!(start.elapsed() >= wait && wait > SECOND);
    }
}
