//! What yielding does to others on links of several kinds. The snapshot is the table of the figures and the
//! pictures behind them, so that a change of a rule shows as a change of these.

use std::fmt::Write as _;
use std::time::Duration;

use bgcopy_sim::bottleneck::{Course, Flow, Kind, Link, run};

const MBIT: f64 = 50.0;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn link(buffer: u64) -> Link {
    Link {
        bits_per_second: MBIT * 1e6,
        round_trip: Duration::from_millis(20),
        buffer: Duration::from_millis(buffer),
    }
}

/// Foreground from 10 to 30 s.
fn foreground(kind: Kind) -> Flow {
    Flow { kind, yields: false, from: seconds(10), to: seconds(30) }
}

/// Background from the start to 40 s.
fn background(kind: Kind, yields: bool) -> Flow {
    Flow { kind, yields, from: seconds(0), to: seconds(40) }
}

/// One foreground flow beside `count` others.
fn beside(link: Link, kind: Kind, count: usize, yields: bool) -> Course {
    let mut flows = vec![foreground(kind)];
    flows.extend(vec![background(kind, yields); count]);
    run(link, &flows, seconds(40))
}

struct Figures {
    /// The share of its lone rate that the foreground keeps.
    kept: f64,
    /// The share of the link that the background has before it comes.
    alone: f64,
    /// Seconds until the link is full again after it left.
    full_after: Option<Duration>,
}

fn figures(link: Link, kind: Kind, count: usize, course: &Course) -> Figures {
    let lone = run(link, &[foreground(kind)], seconds(40)).rate(&[0], seconds(12), seconds(30));
    let others: Vec<usize> = (1..=count).collect();
    Figures {
        kept: course.rate(&[0], seconds(12), seconds(30)) / lone,
        alone: course.rate(&others, seconds(2), seconds(10)) / MBIT,
        full_after: course.until_full(&others, seconds(30)),
    }
}

const CASES: [(Kind, u64); 4] = [(Kind::Cubic, 200), (Kind::Cubic, 20), (Kind::Bbr, 200), (Kind::Bbr, 20)];

#[test]
fn k04_the_foreground_keeps_its_rate_and_the_link_is_full_without_it() {
    for (kind, buffer) in CASES {
        for count in [1, 8] {
            let course = beside(link(buffer), kind, count, true);
            let Figures { kept, alone, full_after } = figures(link(buffer), kind, count, &course);
            let what = format!("{kind:?}, buffer of {buffer} ms, {count} connections");
            // A BBR sender that was held down finds the link free by a quarter every eight round trips.
            let (bar, full_within) = match (kind, buffer) {
                (Kind::Bbr, _) => (0.85, seconds(4)),
                (Kind::Cubic, 20) => (0.90, seconds(3)),
                (Kind::Cubic, _) => (0.95, seconds(3)),
            };
            assert!(kept >= bar, "{what}: {kept:.3} kept");
            assert!(alone >= 0.9, "{what}: {alone:.3} alone");
            assert!(
                full_after.is_some_and(|after| after <= full_within),
                "{what}: full after {full_after:?}"
            );
        }
    }
}

#[test]
fn without_yielding_the_foreground_would_not_keep_its_rate() {
    for (kind, buffer) in CASES {
        let course = beside(link(buffer), kind, 8, false);
        let Figures { kept, .. } = figures(link(buffer), kind, 8, &course);
        assert!(kept < 0.5, "{kind:?}, {buffer} ms: {kept:.3}");
    }
}

#[test]
fn the_same_link_tells_the_same_story() {
    let told = || beside(link(200), Kind::Cubic, 3, true).picture(&[("all", &[0, 1, 2, 3])]);
    assert_eq!(told(), told());
}

#[test]
fn figures_and_pictures() {
    let mut told = String::from("50 Mbit/s, 20 ms; foreground from 10 to 30 s; a mark is half a second\n");
    for (kind, buffer) in CASES {
        for (count, yields) in [(1, false), (1, true), (8, true)] {
            let link = link(buffer);
            let course = beside(link, kind, count, yields);
            let Figures { kept, alone, full_after } = figures(link, kind, count, &course);
            let others: Vec<usize> = (1..=count).collect();
            let name = if yields { "yielding" } else { "ordinary" };
            let full = full_after.map_or("never".to_owned(), |after| format!("{:.1} s", after.as_secs_f64()));
            let _ = writeln!(
                told,
                "\n{kind:?}, buffer {buffer} ms, {count} {name}: foreground keeps {:.0} %, alone {:.0} %, full again after {full}",
                kept * 100.0,
                alone * 100.0,
            );
            told += &course.picture(&[("foreground", &[0]), (name, &others)]);
        }
    }
    insta::assert_snapshot!(told);
}
