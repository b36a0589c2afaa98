//! What is to happen when: one deadline per job and kind, and the earliest of them all.

use std::collections::{BTreeMap, BTreeSet};

use bgcopy_core::{FileIndex, JobId, Mono};

/// Why time matters to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A file is tried again.
    Retry(FileIndex),
    /// The no-progress timeout.
    NoProgress,
    /// The time slice ends.
    Slice,
    /// The maximum download time is used up.
    MaxTime,
    /// Free space is looked at again.
    Space,
    /// A change that was held back is told.
    Modification,
    /// The age limit.
    Age,
}

/// The deadlines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    by_key: BTreeMap<(JobId, Timer), Mono>,
    by_time: BTreeSet<(Mono, JobId, Timer)>,
}

impl Timers {
    /// Sets a deadline; an earlier one of the same kind is forgotten.
    pub(crate) fn set(&mut self, job: JobId, timer: Timer, at: Mono) {
        self.clear(job, timer);
        self.by_key.insert((job, timer), at);
        self.by_time.insert((at, job, timer));
    }

    /// Forgets a deadline.
    pub(crate) fn clear(&mut self, job: JobId, timer: Timer) {
        if let Some(at) = self.by_key.remove(&(job, timer)) {
            self.by_time.remove(&(at, job, timer));
        }
    }

    /// Forgets every deadline of a job.
    pub(crate) fn clear_job(&mut self, job: JobId) {
        self.clear_range(job, Timer::Retry(FileIndex(0)), Timer::Age);
    }

    fn clear_range(&mut self, job: JobId, first: Timer, last: Timer) {
        let kinds: Vec<Timer> =
            self.by_key.range((job, first)..=(job, last)).map(|((_, timer), _)| *timer).collect();
        kinds.into_iter().for_each(|timer| self.clear(job, timer));
    }

    /// Forgets the retries of every file of a job.
    pub(crate) fn clear_retries(&mut self, job: JobId) {
        self.clear_range(job, Timer::Retry(FileIndex(0)), Timer::Retry(FileIndex(u32::MAX)));
    }

    /// When a deadline of this kind is.
    pub(crate) fn at(&self, job: JobId, timer: Timer) -> Option<Mono> {
        self.by_key.get(&(job, timer)).copied()
    }

    /// Whether a deadline of this kind is set.
    pub(crate) fn is_set(&self, job: JobId, timer: Timer) -> bool {
        self.by_key.contains_key(&(job, timer))
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Mono> {
        self.by_time.first().map(|(at, ..)| *at)
    }

    /// Takes one deadline that has passed.
    pub(crate) fn pop(&mut self, now: Mono) -> Option<(JobId, Timer)> {
        let &(at, job, timer) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.clear(job, timer);
        Some((job, timer))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn deadlines_come_in_order_and_once() {
        let at = |seconds| Mono::from_start(Duration::from_secs(seconds));
        let job = JobId::from_random_bytes([1; 16]);
        let other = JobId::from_random_bytes([2; 16]);
        let mut timers = Timers::default();
        timers.set(job, Timer::NoProgress, at(9));
        timers.set(job, Timer::Retry(FileIndex(4)), at(3));
        timers.set(other, Timer::Age, at(5));
        timers.set(job, Timer::NoProgress, at(4));
        assert_eq!(timers.next(), Some(at(3)));
        assert_eq!(timers.pop(at(2)), None);
        assert_eq!(timers.pop(at(9)), Some((job, Timer::Retry(FileIndex(4)))));
        timers.clear_job(job);
        assert_eq!(timers.pop(at(9)), Some((other, Timer::Age)));
        assert_eq!((timers.pop(at(9)), timers.next()), (None, None));
    }
}
