//! Which caps are in force: the bandwidth policies of DO (product 2.4), background and foreground apart.
//!
//! - An absolute cap binds "across all concurrent download activities", whoever the bytes come from.
//! - A share is of what the line was measured to carry, and binds only what comes over it: "LAN peer traffic is not
//!   throttled by it". Until something was measured, a share binds nothing, unless it is 0.
//! - Hours have a share inside and one outside. Where several shares apply, the smallest binds.
//! - 0 is a stop, of everything: a job waits as a whole, before anybody knows where its bytes would come from. What
//!   is absent is unlimited, and so are 100 percent. (DO's 0 is "automatic", which is absent here.)

use bgcopy_core::policy::{Hour, LimitHours, LocalHour, Percent};

/// What is configured for a class of jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassPolicy {
    /// Bytes per second; 0 is a stop.
    pub absolute: Option<u64>,
    /// A share at all hours.
    pub share: Option<Percent>,
    /// Shares by the hour.
    pub hours: Vec<LimitHours>,
}

/// What is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// For jobs of the priorities high, normal and low together.
    pub background: ClassPolicy,
    /// For jobs of priority foreground together.
    pub foreground: ClassPolicy,
}

/// What is in force for a class, in bytes per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// For all that its jobs take.
    pub everywhere: Option<u64>,
    /// For what does not come from the local network.
    pub internet: Option<u64>,
}

impl Caps {
    /// Whether nothing may be taken at all.
    pub fn is_stop(self) -> bool {
        self.everywhere == Some(0) || self.internet == Some(0)
    }
}

/// A full hour to come, on the clocks of the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// How many days from today.
    pub days: usize,
    /// On that day.
    pub hour: Hour,
}

impl ClassPolicy {
    /// What is in force in this hour on a line that carries so much.
    pub fn caps(&self, at: LocalHour, measured: Option<u64>) -> Caps {
        Caps { everywhere: self.absolute, internet: self.share_at(at).and_then(|share| cap(share, measured)) }
    }

    fn share_at(&self, at: LocalHour) -> Option<Percent> {
        self.hours.iter().filter_map(|hours| hours.share(at)).chain(self.share).min()
    }
}

impl Policy {
    /// When another share will be in force than in this hour; `None` when that never happens.
    pub fn next_change(&self, at: LocalHour) -> Option<Ahead> {
        let shares = |at| (self.background.share_at(at), self.foreground.share_at(at));
        let now = shares(at);
        (1..=WEEK_HOURS).find_map(|hours| {
            let (days, then) = at.plus(hours);
            (shares(then) != now).then_some(Ahead { days, hour: then.hour })
        })
    }
}

/// Everything repeats after a week.
const WEEK_HOURS: usize = 7 * 24;

/// "Under 2 kbit/s counts as 2" (`MaxInternetBandwidth`, spec 9.1): a share of little is not a stop.
const SHARE_MIN: u64 = 250;

fn cap(share: Percent, measured: Option<u64>) -> Option<u64> {
    match share.get() {
        0 => Some(0),
        100 => None,
        _ => measured.map(|rate| share.of(rate).max(SHARE_MIN)),
    }
}

#[cfg(test)]
mod tests {
    use bgcopy_core::policy::{Weekday, Weekdays};

    use super::*;

    fn percent(number: u8) -> Percent {
        Percent::new(number).unwrap()
    }

    fn at(day: Weekday, hour: u8) -> LocalHour {
        LocalHour { day, hour: Hour::new(hour).unwrap() }
    }

    fn business(inside: u8, outside: Option<u8>) -> LimitHours {
        LimitHours {
            from: Hour::new(8).unwrap(),
            to: Hour::new(17).unwrap(),
            days: Weekday::ALL[..5].iter().copied().collect(),
            inside: percent(inside),
            outside: outside.map(percent),
        }
    }

    const MIDNIGHT: LocalHour = LocalHour { day: Weekday::Monday, hour: Hour::MIDNIGHT };

    #[test]
    fn what_is_absent_is_unlimited() {
        let policy = ClassPolicy::default();
        assert_eq!(policy.caps(MIDNIGHT, Some(1_000)), Caps::default());
        assert!(!policy.caps(MIDNIGHT, None).is_stop());
    }

    #[test]
    fn zero_of_any_kind_is_a_stop() {
        let absolute = ClassPolicy { absolute: Some(0), ..ClassPolicy::default() };
        let share = ClassPolicy { share: Some(percent(0)), ..ClassPolicy::default() };
        let hours = ClassPolicy { hours: vec![business(0, None)], ..ClassPolicy::default() };
        assert!(absolute.caps(MIDNIGHT, None).is_stop() && share.caps(MIDNIGHT, None).is_stop());
        assert!(hours.caps(at(Weekday::Monday, 8), None).is_stop());
        assert!(!hours.caps(at(Weekday::Monday, 17), None).is_stop());
    }

    #[test]
    fn the_smallest_share_binds() {
        let policy = ClassPolicy {
            absolute: Some(7),
            share: Some(percent(45)),
            hours: vec![business(10, Some(90)), business(20, None)],
        };
        let cap = |day, hour| policy.caps(at(day, hour), Some(10_000));
        assert_eq!(cap(Weekday::Monday, 8), Caps { everywhere: Some(7), internet: Some(1_000) });
        assert_eq!(cap(Weekday::Monday, 7), Caps { everywhere: Some(7), internet: Some(4_500) });
        assert_eq!(cap(Weekday::Sunday, 8), Caps { everywhere: Some(7), internet: Some(4_500) });
    }

    #[test]
    fn a_share_of_nobody_knows_what_binds_nothing() {
        let policy = ClassPolicy { share: Some(percent(45)), ..ClassPolicy::default() };
        assert_eq!(policy.caps(MIDNIGHT, None).internet, None);
        assert_eq!(policy.caps(MIDNIGHT, Some(1_000)).internet, Some(450));
    }

    #[test]
    fn all_of_the_line_is_no_limit_and_a_share_of_little_is_no_stop() {
        let share = |number| ClassPolicy { share: Some(percent(number)), ..ClassPolicy::default() };
        assert_eq!(share(100).caps(MIDNIGHT, Some(1_000)).internet, None);
        assert_eq!(share(1).caps(MIDNIGHT, Some(10)).internet, Some(250));
    }

    #[test]
    fn the_next_change_is_the_next_hour_in_which_a_share_differs() {
        let hours = ClassPolicy { hours: vec![business(10, None)], ..ClassPolicy::default() };
        let policy = Policy { background: hours, foreground: ClassPolicy::default() };
        let ahead = |days, hour| Some(Ahead { days, hour: Hour::new(hour).unwrap() });
        assert_eq!(policy.next_change(at(Weekday::Monday, 7)), ahead(0, 8));
        assert_eq!(policy.next_change(at(Weekday::Monday, 8)), ahead(0, 17));
        assert_eq!(policy.next_change(at(Weekday::Monday, 17)), ahead(1, 8));
        assert_eq!(policy.next_change(at(Weekday::Friday, 20)), ahead(3, 8));
    }

    #[test]
    fn hours_that_change_nothing_are_no_change() {
        let always = LimitHours { days: Weekdays::EVERY, ..business(10, Some(10)) };
        let share = ClassPolicy { share: Some(percent(5)), hours: vec![always], ..ClassPolicy::default() };
        let policy = Policy { background: share, foreground: ClassPolicy::default() };
        assert_eq!(policy.next_change(MIDNIGHT), None);
        assert_eq!(Policy::default().next_change(MIDNIGHT), None);
    }

    #[test]
    fn a_change_of_either_class_is_one() {
        let foreground = ClassPolicy { hours: vec![business(50, None)], ..ClassPolicy::default() };
        let policy = Policy { background: ClassPolicy::default(), foreground };
        let monday = Ahead { days: 0, hour: Hour::new(8).unwrap() };
        assert_eq!(policy.next_change(MIDNIGHT), Some(monday));
    }
}
