//! The low-speed rule: too few bytes over too long a wait is a stall (faults A32, B04).
//!
//! Only the time that somebody waits for the server counts. A reader that pauses, because its disk or its rate
//! limit is slow, is not the server's fault; and there is no deadline for a transfer as a whole.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// The rule, and what was seen in the present stretch of waiting.
#[derive(Debug)]
pub(crate) struct LowSpeed {
    bytes_per_second: u64,
    over: Duration,
    waited: Duration,
    bytes: u64,
    /// Kept from wait to wait: moving a timer is cheaper than making one for every read. A body that comes with its head
    /// needs none.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The server stalls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stalled;

impl LowSpeed {
    pub(crate) fn new((bytes_per_second, over): (u64, Duration)) -> Self {
        Self { bytes_per_second, over, waited: Duration::ZERO, bytes: 0, timer: None }
    }

    pub(crate) const fn bytes_per_second(&self) -> u64 {
        self.bytes_per_second
    }

    pub(crate) const fn over(&self) -> Duration {
        self.over
    }

    /// Counts what came.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Waits for the next bytes, for as long as the rule allows.
    pub(crate) async fn wait<F: Future>(&mut self, next: F) -> Result<F::Output, Stalled> {
        let mut next = pin!(next);
        let mut since: Option<Instant> = None;
        poll_fn(|cx| {
            if let Poll::Ready(next) = next.as_mut().poll(cx) {
                // Nothing was waited for when the bytes were there at once: the usual case, without a clock.
                self.waited += since.map_or(Duration::ZERO, |since| since.elapsed());
                return Poll::Ready(Ok(next));
            }
            let fresh = self.timer.is_none();
            let left = self.over.saturating_sub(self.waited);
            let mut timer = self.timer.take().unwrap_or_else(|| Box::pin(sleep(left)));
            if since.is_none() {
                let now = Instant::now();
                since = Some(now);
                if !fresh {
                    timer.as_mut().reset(now + left);
                }
            }
            while timer.as_mut().poll(cx).is_ready() {
                if self.too_few() {
                    return Poll::Ready(Err(Stalled));
                }
                let now = Instant::now();
                (self.waited, self.bytes, since) = (Duration::ZERO, 0, Some(now));
                timer.as_mut().reset(now + self.over);
            }
            self.timer = Some(timer);
            Poll::Pending
        })
        .await
    }

    fn too_few(&self) -> bool {
        u128::from(self.bytes) * 1000 < u128::from(self.bytes_per_second) * self.over.as_millis()
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const RULE: (u64, Duration) = (1024, Duration::from_secs(30));

    #[tokio::test(start_paused = true)]
    async fn silence_is_a_stall_after_the_time_of_the_rule() {
        let mut rule = LowSpeed::new(RULE);
        let start = Instant::now();
        assert_eq!(rule.wait(pending::<()>()).await, Err(Stalled));
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn one_byte_every_ten_seconds_is_a_stall() {
        let mut rule = LowSpeed::new(RULE);
        let start = Instant::now();
        while rule.wait(sleep(Duration::from_secs(10))).await.is_ok() {
            rule.count(1);
        }
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_server_that_is_fast_enough_never_stalls() {
        let mut rule = LowSpeed::new(RULE);
        for _ in 0..100 {
            assert_eq!(rule.wait(sleep(Duration::from_secs(20))).await, Ok(()));
            rule.count(40 * 1024);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_pauses_is_not_the_servers_fault() {
        let mut rule = LowSpeed::new(RULE);
        for _ in 0..100 {
            assert_eq!(rule.wait(std::future::ready(())).await, Ok(()));
            sleep(Duration::from_secs(3600)).await;
        }
        assert_eq!(rule.wait(sleep(Duration::from_secs(29))).await, Ok(()));
    }
}
