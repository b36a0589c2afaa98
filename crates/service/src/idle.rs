//! When a service that nobody needs leaves: after a time without a client and without a job that could run or
//! retry (design.md "Running"). Only decides; the main loop sleeps until the deadline and asks again.

use std::time::Duration;

use bgcopy_core::Mono;

/// The rule, and since when it applies.
#[derive(Clone, Debug)]
pub struct IdleExit {
    after: Option<Duration>,
    idle_since: Option<Mono>,
}

impl IdleExit {
    /// Leaves after this long; `None` is never.
    pub const fn new(after: Option<Duration>) -> Self {
        Self { after, idle_since: None }
    }

    /// Another time from now on; the time already idle counts.
    pub const fn set_after(&mut self, after: Option<Duration>) {
        self.after = after;
    }

    /// Takes in how many clients are connected and how many jobs could run or retry: Queued, Connecting,
    /// Transferring and TransientError; Suspended, Error and Transferred jobs do not keep the service.
    /// Gives the moment at which the service leaves if nothing happens until then; it leaves when that
    /// moment is not after `now`.
    pub fn observe(&mut self, now: Mono, clients: usize, runnable_jobs: usize) -> Option<Mono> {
        if clients > 0 || runnable_jobs > 0 {
            self.idle_since = None;
            return None;
        }
        let since = *self.idle_since.get_or_insert(now);
        self.after.map(|after| since + after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono::from_start(Duration::from_secs(seconds))
    }

    fn minute() -> IdleExit {
        IdleExit::new(Some(Duration::from_secs(60)))
    }

    #[test]
    fn the_time_counts_from_the_last_client_or_job() {
        let mut idle = minute();
        assert_eq!(idle.observe(at(0), 1, 0), None);
        assert_eq!(idle.observe(at(10), 0, 1), None);
        assert_eq!(idle.observe(at(20), 0, 0), Some(at(80)));
        assert_eq!(idle.observe(at(79), 0, 0), Some(at(80)), "looking does not move the deadline");
        assert_eq!(idle.observe(at(80), 0, 0), Some(at(80)));
    }

    #[test]
    fn a_client_at_the_last_moment_keeps_the_service() {
        let mut idle = minute();
        idle.observe(at(0), 0, 0);
        assert_eq!(idle.observe(at(60), 1, 0), None);
        assert_eq!(idle.observe(at(61), 0, 0), Some(at(121)));
    }

    #[test]
    fn never_is_never() {
        let mut idle = IdleExit::new(None);
        assert_eq!(idle.observe(at(0), 0, 0), None);
        assert_eq!(idle.observe(at(1_000_000), 0, 0), None);
    }

    #[test]
    fn a_new_setting_counts_the_time_already_idle() {
        let mut idle = IdleExit::new(None);
        idle.observe(at(0), 0, 0);
        idle.set_after(Some(Duration::from_secs(5)));
        assert_eq!(idle.observe(at(9), 0, 0), Some(at(5)));
    }
}
