//! The clocks: the only place where the service reads them.
//!
//! Nothing here has a timer. The main loop reads the clocks whenever it wakes anyway, and [`ClockWatch`]
//! tells from two readings whether the machine slept or somebody moved the wall clock in between (G01,
//! G04).

use std::time::Duration;

use bgcopy_core::{Mono, Now, Wall};
use rustix::time::{ClockId, Timespec, clock_gettime};

use super::HostEvent;

/// The moment of both clocks that decisions are made with.
pub fn read_clock() -> Now {
    Reading::take().now
}

/// All clocks, read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What decisions are made with. The monotonic clock stands still while the machine sleeps.
    pub now: Now,
    /// The monotonic clock that does not stand still.
    pub boot: Duration,
}

impl Reading {
    /// Reads the clocks.
    pub fn take() -> Self {
        Self {
            now: Now {
                mono: Mono::from_start(since_zero(clock_gettime(ClockId::Monotonic))),
                wall: wall(clock_gettime(ClockId::Realtime)),
            },
            boot: since_zero(clock_gettime(ClockId::Boottime)),
        }
    }
}

fn since_zero(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

fn wall(time: Timespec) -> Wall {
    // The wall clock may stand before 1970 on a machine without a battery (G02).
    Wall::from_unix_millis(time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000))
}

/// Less is no sleep: the clocks are read one after the other, and a process can be held up in between.
const SLEEP_MIN: Duration = Duration::from_secs(2);

/// Less is the work of a time server, which no date of ours is exact enough to notice.
const WALL_MOVE_MIN_MILLIS: u64 = 5_000;

/// Compares each reading with the one before.
#[derive(Clone, Debug)]
pub struct ClockWatch {
    last: Reading,
}

impl ClockWatch {
    /// Starts from this reading.
    pub const fn new(first: Reading) -> Self {
        Self { last: first }
    }

    /// What happened since the last reading: at most a sleep, and a move of the wall clock besides.
    pub fn observe(&mut self, reading: Reading) -> impl Iterator<Item = HostEvent> + use<> {
        let before = std::mem::replace(&mut self.last, reading);
        let awake = reading.now.mono.since(before.now.mono);
        let passed = reading.boot.saturating_sub(before.boot);
        let slept = passed.saturating_sub(awake);

        let walked = reading.now.wall.unix_millis().saturating_sub(before.now.wall.unix_millis());
        let by_millis = walked.saturating_sub(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));

        let slept = (slept >= SLEEP_MIN).then_some(HostEvent::Slept(slept));
        let moved = by_millis.unsigned_abs() >= WALL_MOVE_MIN_MILLIS;
        slept.into_iter().chain(moved.then_some(HostEvent::WallMoved { by_millis }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: u64 = 365 * 86_400;

    /// A reading at these seconds of the three clocks.
    fn reading(mono: u64, boot: u64, wall: i64) -> Reading {
        let mono = Mono::from_start(Duration::from_secs(mono));
        let wall = Wall::from_unix_millis(wall * 1000);
        Reading { now: Now { mono, wall }, boot: Duration::from_secs(boot) }
    }

    fn observed(from: Reading, to: Reading) -> Vec<HostEvent> {
        ClockWatch::new(from).observe(to).collect()
    }

    #[test]
    fn time_that_passes_is_no_event() {
        assert_eq!(observed(reading(5, 7, 1000), reading(50_005, 50_007, 51_000)), []);
    }

    #[test]
    fn g04_a_sleep_is_told_with_its_length_and_moves_no_wall_clock() {
        let slept = HostEvent::Slept(Duration::from_secs(3600));
        assert_eq!(observed(reading(5, 5, 1000), reading(6, 3606, 4601)), [slept]);
    }

    #[test]
    fn a_wall_clock_that_leaps_is_told_in_both_directions() {
        let year = i64::try_from(YEAR).unwrap();
        for leap in [year, -year] {
            let moved = HostEvent::WallMoved { by_millis: leap * 1000 };
            assert_eq!(observed(reading(5, 5, 1000), reading(6, 6, 1001 + leap)), [moved]);
        }
    }

    #[test]
    fn a_sleep_in_which_the_wall_clock_was_set_is_both() {
        assert_eq!(
            observed(reading(5, 5, 0), reading(6, 106, 1_000_101)),
            [HostEvent::Slept(Duration::from_secs(100)), HostEvent::WallMoved { by_millis: 1_000_000_000 }]
        );
    }

    #[test]
    fn each_event_is_told_once() {
        let mut watch = ClockWatch::new(reading(5, 5, 1000));
        assert_eq!(watch.observe(reading(6, 3606, 4601)).count(), 1);
        assert_eq!(watch.observe(reading(7, 3607, 4602)).count(), 0);
    }

    #[test]
    fn clocks_that_go_backwards_do_no_harm() {
        assert_eq!(observed(reading(50, 50, 1000), reading(5, 5, 1000)), []);
    }

    #[test]
    fn the_clocks_of_this_machine_run() {
        let first = Reading::take();
        let second = Reading::take();
        assert!(second.now.mono >= first.now.mono && second.boot >= first.boot);
        assert!(first.boot >= first.now.mono.since_start());
        // 2024-01-01: the clock is read in milliseconds, not in seconds or nanoseconds.
        assert!(first.now.wall > Wall::from_unix_millis(1_704_067_200_000));
        assert!(first.now.wall < Wall::from_unix_millis(32_503_680_000_000));
        assert_eq!(ClockWatch::new(first).observe(second).count(), 0);
    }
}
