//! How long to wait before a failed transfer is tried again (design.md "Where the sources disagree": 1 s
//! doubling to 600 s, full jitter, `Retry-After` honoured up to 1 h; what a client set is the floor).

use std::time::Duration;

use bgcopy_core::limits;

use crate::dice::Dice;

/// The delay before the next try.
///
/// `attempt` counts the failures since bytes last moved, this one included.
pub(crate) fn delay(
    attempt: u32,
    floor: Option<Duration>,
    retry_after: Option<Duration>,
    dice: &mut Dice,
) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let window = limits::RETRY_DELAY_FIRST.saturating_mul(1 << doublings).min(limits::RETRY_DELAY_MAX);
    // Full jitter: a hundred jobs that failed together spread over the whole window (faults K06).
    let jittered = dice.below(window);
    let asked = retry_after.unwrap_or_default().min(limits::RETRY_AFTER_MAX);
    jittered.max(asked).max(floor.map_or(Duration::ZERO, |floor| floor.max(limits::MIN_RETRY_DELAY_FLOOR)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(attempt: u32) -> Duration {
        let mut dice = Dice::new(7);
        (0..2_000).map(|_| delay(attempt, None, None, &mut dice)).max().unwrap_or_default()
    }

    #[test]
    fn the_window_doubles_from_one_second_to_ten_minutes() {
        for (attempt, window) in [(1, 1.0), (2, 2.0), (5, 16.0), (10, 512.0), (11, 600.0), (4_000, 600.0)] {
            let longest = longest(attempt).as_secs_f64();
            assert!(longest <= window && longest > 0.95 * window, "attempt {attempt}: {longest}");
        }
    }

    #[test]
    fn jobs_that_fail_together_spread_over_the_window() {
        let mut dice = Dice::new(1);
        let delays: Vec<_> = (0..100).map(|_| delay(6, None, None, &mut dice).as_secs()).collect();
        for quarter in 0..4 {
            let inside = delays.iter().filter(|delay| **delay / 8 == quarter).count();
            assert!((10..=45).contains(&inside), "quarter {quarter}: {inside} of 100");
        }
    }

    #[test]
    fn the_server_is_heard_up_to_an_hour() {
        let mut dice = Dice::new(2);
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(delay(1, None, asked(30), &mut dice), Duration::from_secs(30));
        assert_eq!(delay(1, None, asked(86_400), &mut dice), Duration::from_secs(3_600));
    }

    #[test]
    fn what_a_client_set_is_the_floor_and_at_least_five_seconds() {
        let mut dice = Dice::new(3);
        let floor = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(delay(1, floor(60), None, &mut dice), Duration::from_secs(60));
        assert_eq!(delay(1, floor(0), None, &mut dice), Duration::from_secs(5));
    }
}
