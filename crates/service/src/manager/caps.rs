//! Which caps are in force: what is configured, for this hour, on this line. The decisions are the engine's; here
//! they meet the clock of the place, the gauge that transfers turn, and the paces they keep to.

use std::sync::Arc;

use bgcopy_core::policy::{Hour, LocalHour, Weekday};
use bgcopy_core::{Mono, Priority, Wall};
use bgcopy_engine::rate::{Ahead, Caps, ClassPolicy, Line, Policy};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::config::{Config, Rate};
use crate::pace::{Class, Gauge};
use crate::steering::{Manners, Steering};

/// Keeps the caps of both classes.
pub(super) struct CapKeeper {
    policy: Policy,
    gauge: Arc<Gauge>,
    line: Line,
    background: Class,
    foreground: Class,
    steering: Arc<Steering>,
    stops: Stops,
    /// When another hour begins, with other caps.
    until: Option<Wall>,
}

/// Which classes may take nothing at all: that is a condition, not a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stops {
    pub(super) background: bool,
    pub(super) foreground: bool,
}

impl CapKeeper {
    /// A keeper of what is configured.
    pub(super) fn new(config: &Config, now: &Zoned) -> Self {
        let gauge = Arc::default();
        let steering = Arc::default();
        let mut keeper = Self {
            policy: Policy::default(),
            line: Line::default(),
            background: Class::new(&gauge).steered(&steering, Manners::Yields),
            foreground: Class::new(&gauge).steered(&steering, Manners::Competes),
            steering,
            gauge,
            stops: Stops::default(),
            until: None,
        };
        keeper.configure(config, now);
        keeper
    }

    /// Other settings are in force.
    pub(super) fn configure(&mut self, config: &Config, now: &Zoned) {
        self.policy = policy_of(config);
        self.steering.enable(config.yielding);
        self.keep(now);
    }

    /// Whether another hour has begun.
    pub(super) fn is_due(&self, now: Wall) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// When another hour begins, with other caps.
    pub(super) fn until(&self) -> Option<Wall> {
        self.until
    }

    /// Sets the caps for the present hour.
    pub(super) fn keep(&mut self, now: &Zoned) {
        let hour = local_hour(now);
        let measured = self.line.measured();
        let background = self.policy.background.caps(hour, measured);
        let foreground = self.policy.foreground.caps(hour, measured);
        tracing::debug!(?background, ?foreground, ?measured, "caps in force");
        self.background.set(background);
        self.foreground.set(foreground);
        self.stops = Stops { background: Caps::is_stop(background), foreground: Caps::is_stop(foreground) };
        self.until = self.policy.next_change(hour).and_then(|ahead| moment(now, ahead));
    }

    /// Looks at what came over the line; whether that changes the caps.
    pub(super) fn observe(&mut self, now: Mono) -> bool {
        let before = self.line.measured();
        self.line.observe(self.gauge.flow(), now);
        before != self.line.measured()
    }

    /// The line is another one.
    pub(super) fn forget_line(&mut self) {
        self.line.forget();
        self.steering.forget_paths();
    }

    /// Which classes may take nothing.
    pub(super) const fn stops(&self) -> Stops {
        self.stops
    }

    /// The class that jobs of this priority are in.
    pub(super) const fn class(&self, priority: Priority) -> &Class {
        match priority {
            Priority::Foreground => &self.foreground,
            Priority::High | Priority::Normal | Priority::Low => &self.background,
        }
    }
}

fn policy_of(config: &Config) -> Policy {
    let absolute = |rate: Option<Rate>| rate.map(|rate| rate.bytes_per_second);
    Policy {
        background: ClassPolicy {
            absolute: absolute(config.max_background_download_bandwidth),
            share: config.percentage_max_background_bandwidth,
            hours: config.hours_to_limit_background_download_bandwidth.clone(),
        },
        foreground: ClassPolicy {
            absolute: absolute(config.max_foreground_download_bandwidth),
            share: config.percentage_max_foreground_bandwidth,
            hours: config.hours_to_limit_foreground_download_bandwidth.clone(),
        },
    }
}

/// The time on the clocks of the place.
pub(super) fn local(now: Wall) -> Zoned {
    // A clock beyond all calendars is wrong anyway, and no reason to break.
    let time = Timestamp::from_millisecond(now.unix_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(TimeZone::system())
}

fn local_hour(now: &Zoned) -> LocalHour {
    let since_monday = usize::try_from(now.weekday().to_monday_zero_offset()).unwrap_or(0);
    let hour = u8::try_from(now.hour()).ok().and_then(Hour::new).unwrap_or(Hour::MIDNIGHT);
    LocalHour { day: Weekday::Monday.plus(since_monday), hour }
}

/// The moment at which the clocks of the place show this hour. An hour that is left out when summer time begins is
/// the next one, and of one that comes twice it is the first.
fn moment(now: &Zoned, ahead: Ahead) -> Option<Wall> {
    let days = i64::try_from(ahead.days).ok()?.days();
    let hour = i8::try_from(ahead.hour.get()).ok()?;
    let date = now.date().checked_add(days).ok()?;
    let then = date.at(hour, 0, 0, 0).to_zoned(now.time_zone().clone()).ok()?;
    Some(Wall::from_unix_millis(then.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use bgcopy_core::Code;
    use bgcopy_core::policy::{LimitHours, Percent, Weekdays};

    use super::super::rig::Rig;
    use super::*;

    /// Europe/Berlin, without a database of time zones.
    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    fn berlin(time: &str) -> Zoned {
        let zone = TimeZone::posix(BERLIN).unwrap();
        time.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone).unwrap()
    }

    fn stopped(from: u8, to: u8) -> Config {
        let hours = LimitHours {
            from: Hour::new(from).unwrap(),
            to: Hour::new(to).unwrap(),
            days: Weekdays::EVERY,
            inside: Percent::new(0).unwrap(),
            outside: None,
        };
        Config { hours_to_limit_background_download_bandwidth: vec![hours], ..Config::default() }
    }

    /// The moments at which caps change from here on, and whether background jobs may take nothing then.
    fn changes(config: &Config, from: &str, count: usize) -> Vec<String> {
        let mut now = berlin(from);
        let mut keeper = CapKeeper::new(config, &now);
        let mut told = Vec::new();
        for _ in 0..count {
            let until = keeper.until().expect("hours change for ever");
            assert!(!keeper.is_due(Wall::from_unix_millis(now.timestamp().as_millisecond())));
            assert!(keeper.is_due(until));
            let time = Timestamp::from_millisecond(until.unix_millis()).unwrap();
            now = time.to_zoned(now.time_zone().clone());
            keeper.keep(&now);
            let stop = keeper.stops().background;
            told.push(format!("{} {}", now.strftime("%a %H:%M %Z"), if stop { "stop" } else { "go" }));
        }
        told
    }

    #[test]
    fn caps_change_with_the_hours() {
        assert_eq!(
            changes(&stopped(8, 17), "2026-11-20T12:34:56", 3),
            ["Fri 17:00 CET go", "Sat 08:00 CET stop", "Sat 17:00 CET go"]
        );
    }

    #[test]
    fn g03_summer_time_moves_the_hours_with_the_clocks() {
        assert_eq!(
            changes(&stopped(22, 6), "2026-03-28T12:00:00", 2),
            ["Sat 22:00 CET stop", "Sun 06:00 CEST go"]
        );
        assert_eq!(
            changes(&stopped(22, 6), "2026-10-24T12:00:00", 2),
            ["Sat 22:00 CEST stop", "Sun 06:00 CET go"]
        );
    }

    #[test]
    fn g03_an_hour_that_does_not_exist_is_the_next_one_and_one_that_comes_twice_is_both() {
        assert_eq!(
            changes(&stopped(2, 4), "2026-03-28T12:00:00", 2),
            ["Sun 03:00 CEST stop", "Sun 04:00 CEST go"]
        );
        assert_eq!(
            changes(&stopped(2, 3), "2026-10-24T12:00:00", 2),
            ["Sun 02:00 CEST stop", "Sun 03:00 CET go"]
        );
    }

    #[test]
    fn without_hours_there_is_nothing_to_wake_for() {
        let config = Config { percentage_max_background_bandwidth: Percent::new(0), ..Config::default() };
        let keeper = CapKeeper::new(&config, &berlin("2026-11-20T12:34:56"));
        assert_eq!((keeper.until(), keeper.is_due(Wall::from_unix_millis(i64::MAX))), (None, false));
        assert_eq!(keeper.stops(), Stops { background: true, foreground: false });
    }

    /// A manager whose caps were last set in an hour of stop that is over.
    fn behind_the_hours() -> Rig {
        let hour = |ago: i32| {
            let then = local(crate::host::read_clock().wall).checked_sub(ago.hours()).unwrap();
            (u8::try_from(then.hour()).unwrap(), then)
        };
        let ((from, then), (to, _)) = (hour(3), hour(2));
        let mut rig = Rig::new();
        rig.manager.configure(stopped(from, to));
        rig.manager.caps.keep(&then);
        rig.manager.tell_conditions();
        rig
    }

    #[tokio::test]
    async fn nobody_wakes_for_hours_without_work_and_a_request_finds_them() {
        let mut rig = behind_the_hours();
        assert!(rig.manager.caps.stops().background);
        assert!(!rig.manager.is_busy() && rig.manager.hours_end().is_none());
        let mut created = rig.create(true);
        assert!(rig.manager.is_busy() && rig.manager.hours_end().is_some());
        assert_eq!(rig.manager.caps.stops(), Stops::default());
        rig.settle(false).await;
        assert!(created.try_recv().unwrap().is_ok());
        let jobs = rig.manager.engine.jobs(Rig::asker());
        let waits =
            jobs.filter(|job| job.error.as_ref().is_some_and(|error| error.code == Code::BlockedPolicy));
        assert_eq!(waits.count(), 0);
    }

    #[tokio::test]
    async fn a_deadline_brings_other_hours() {
        let mut rig = behind_the_hours();
        rig.manager.on_deadline();
        assert_eq!(rig.manager.caps.stops(), Stops::default());
        assert!(rig.manager.caps.until().is_some_and(|until| until > crate::host::read_clock().wall));
    }

    #[test]
    fn settings_reach_their_class() {
        let rate = |bytes_per_second| Some(Rate { bytes_per_second });
        let config = Config {
            max_background_download_bandwidth: rate(1_024),
            max_foreground_download_bandwidth: rate(0),
            percentage_max_foreground_bandwidth: Percent::new(45),
            ..stopped(8, 17)
        };
        let policy = policy_of(&config);
        assert_eq!((policy.background.absolute, policy.foreground.absolute), (Some(1_024), Some(0)));
        assert_eq!((policy.background.share, policy.foreground.share), (None, Percent::new(45)));
        assert_eq!((policy.background.hours.len(), policy.foreground.hours.len()), (1, 0));
        let keeper = CapKeeper::new(&config, &berlin("2026-11-20T20:00:00"));
        assert_eq!(keeper.stops(), Stops { background: false, foreground: true });
    }
}
