//! Words of the bandwidth policies: shares of the line, hours of the week, and who is on the local network
//! (product 2.4).

use core::net::IpAddr;

/// A share in percent, 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u8);

impl Percent {
    /// Everything.
    pub const ALL: Self = Self(100);

    /// This many percent; none beyond 100.
    pub const fn new(percent: u8) -> Option<Self> {
        if percent <= 100 { Some(Self(percent)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// This share of an amount, rounded down.
    pub const fn of(self, amount: u64) -> u64 {
        // In two steps, since a hundredfold amount may be too large.
        amount / 100 * self.0 as u64 + amount % 100 * self.0 as u64 / 100
    }
}

/// An hour of the day, 0 to 23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u8);

impl Hour {
    /// Midnight.
    pub const MIDNIGHT: Self = Self(0);

    /// The hour that begins at this number; none beyond 23.
    pub const fn new(hour: u8) -> Option<Self> {
        if hour < 24 { Some(Self(hour)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// All of them, from Monday.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The word for it in settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monday => "mon",
            Self::Tuesday => "tue",
            Self::Wednesday => "wed",
            Self::Thursday => "thu",
            Self::Friday => "fri",
            Self::Saturday => "sat",
            Self::Sunday => "sun",
        }
    }

    /// The day with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.word() == word)
    }

    /// The day that comes so many days later.
    pub fn plus(self, days: usize) -> Self {
        Self::ALL[(self as usize + days % Self::ALL.len()) % Self::ALL.len()]
    }
}

/// Some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const EVERY: Self = Self(0x7f);

    /// Whether this is one of them.
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & 1 << day as u8 != 0
    }

    /// The days, from Monday.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        Weekday::ALL.into_iter().filter(move |day| self.contains(*day))
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | 1 << day as u8))
    }
}

/// An hour of the week, as the clocks on the wall show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalHour {
    /// The day.
    pub day: Weekday,
    /// The hour of the day.
    pub hour: Hour,
}

impl LocalHour {
    /// The hour that the clocks show so many hours later, and on which day from this one.
    pub fn plus(self, hours: usize) -> (usize, Self) {
        let since_midnight = usize::from(self.hour.get()) + hours;
        let days = since_midnight / 24;
        let hour = Hour(u8::try_from(since_midnight % 24).unwrap_or(0));
        (days, Self { day: self.day.plus(days), hour })
    }
}

/// Hours with a share of their own: `DOSetHoursToLimit…DownloadBandwidth`, which has "from hour, to hour
/// (0-23), % inside, % outside" (product 2.4), and days of the week besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitHours {
    /// The first hour.
    pub from: Hour,
    /// The hour at which they end, the next day when it is not after `from`. Equal hours are a day and night.
    pub to: Hour,
    /// The days on which they begin.
    pub days: Weekdays,
    /// The share within them.
    pub inside: Percent,
    /// The share in all other hours; none leaves these alone.
    pub outside: Option<Percent>,
}

impl LimitHours {
    /// Whether this hour is one of them.
    pub fn contains(&self, at: LocalHour) -> bool {
        let begun_today = at.hour >= self.from && self.days.contains(at.day);
        if self.from < self.to {
            return begun_today && at.hour < self.to;
        }
        begun_today || (at.hour < self.to && self.days.contains(at.day.plus(6)))
    }

    /// The share that holds in this hour.
    pub fn share(&self, at: LocalHour) -> Option<Percent> {
        if self.contains(at) { Some(self.inside) } else { self.outside }
    }
}

/// Whether an address is one of the local network: private (RFC 1918, RFC 4193) or of the link. "LAN peer traffic
/// is not throttled" by the percentages (product 2.4).
///
/// Loopback is not: what answers there may be a tunnel or a proxy whose other end is anywhere. Nor is the shared
/// space of RFC 6598, behind which providers put their customers.
pub fn is_local_network(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: u8, to: u8, days: &[Weekday]) -> LimitHours {
        LimitHours {
            from: Hour::new(from).unwrap(),
            to: Hour::new(to).unwrap(),
            days: days.iter().copied().collect(),
            inside: Percent(10),
            outside: Some(Percent(50)),
        }
    }

    /// A line per day, a column per hour; `#` where the hours hold.
    fn picture(hours: &LimitHours) -> Vec<String> {
        let mark = |day, hour| {
            let at = LocalHour { day, hour: Hour(hour) };
            if hours.contains(at) { '#' } else { '.' }
        };
        Weekday::ALL.into_iter().map(|day| (0..24).map(|hour| mark(day, hour)).collect()).collect()
    }

    #[test]
    fn hours_hold_on_their_days() {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        let business = hours(8, 17, &[Monday, Tuesday, Wednesday, Thursday, Friday]);
        let day = "........#########.......";
        let off = "........................";
        assert_eq!(picture(&business), [day, day, day, day, day, off, off]);
        let monday = |hour| LocalHour { day: Monday, hour: Hour(hour) };
        assert_eq!(business.share(monday(8)), Some(Percent(10)));
        assert_eq!(business.share(monday(17)), Some(Percent(50)));
    }

    #[test]
    fn hours_that_pass_midnight_belong_to_the_day_on_which_they_begin() {
        let night = hours(22, 6, &[Weekday::Friday, Weekday::Sunday]);
        let off = "........................";
        let evening = "......................##";
        let morning = "######..................";
        assert_eq!(picture(&night), [morning, off, off, off, evening, morning, evening]);
    }

    #[test]
    fn equal_hours_are_a_day_and_night() {
        let off = "........................";
        let all = "########################";
        assert_eq!(picture(&hours(0, 0, &[Weekday::Saturday])), [off, off, off, off, off, all, off]);
        let shifted = picture(&hours(6, 6, &[Weekday::Saturday]));
        assert_eq!(shifted[5..], ["......##################", "######.................."]);
    }

    #[test]
    fn the_week_goes_round() {
        let sunday = LocalHour { day: Weekday::Sunday, hour: Hour(23) };
        assert_eq!(sunday.plus(0), (0, sunday));
        assert_eq!(sunday.plus(1), (1, LocalHour { day: Weekday::Monday, hour: Hour(0) }));
        assert_eq!(sunday.plus(168), (7, sunday));
    }

    #[test]
    fn a_share_of_the_largest_amount_is_no_overflow() {
        assert_eq!(Percent(45).of(1_000), 450);
        assert_eq!(Percent(45).of(99), 44);
        assert_eq!(Percent::ALL.of(u64::MAX), u64::MAX);
        assert_eq!((Percent::new(100), Percent::new(101)), (Some(Percent::ALL), None));
        assert_eq!(Hour::new(24), None);
    }

    #[test]
    fn days_have_words() {
        assert!(Weekday::ALL.into_iter().all(|day| Weekday::from_word(day.word()) == Some(day)));
        assert_eq!(Weekday::from_word("Mon"), None);
        assert_eq!(Weekdays::EVERY.iter().collect::<Weekdays>(), Weekdays::EVERY);
    }

    #[test]
    fn the_local_network_is_private_or_of_the_link_and_not_this_machine() {
        for local in ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.7.7", "fd00::1", "fe80::1"] {
            assert!(is_local_network(local.parse().unwrap()), "{local}");
        }
        assert!(is_local_network("::ffff:192.168.1.1".parse().unwrap()));
        for other in ["127.0.0.1", "::1", "100.64.0.1", "9.9.9.9", "2620:fe::fe", "0.0.0.0", "172.32.0.1"] {
            assert!(!is_local_network(other.parse().unwrap()), "{other}");
        }
    }
}
