//! Who brings which bytes of a file that several connections fetch.

use std::time::Duration;

use bgcopy_core::limits::PIECE_BYTES;
use bgcopy_core::{ByteRange, RangeSet};

/// A connection on its way through the file: where it is, and where it will stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// What it has still to bring.
    pub rest: ByteRange,
    /// Bytes per second that it brings; a new one is taken to be like the others.
    pub rate: Option<u64>,
}

/// What one more connection should bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Bytes that nobody brings.
    Gap(ByteRange),
    /// The last part of what the connection with this number would bring, which is to stop before it.
    Half(usize, ByteRange),
}

/// What is known of a connection is as old as this: splitting what it may have brought meanwhile is in vain.
const NEWS: Duration = Duration::from_millis(150);

/// A connection that needs so long for its rest is relieved of it, however little that is.
const LONG: f64 = 2.0;
/// Parts of a rest that is short: more, smaller ones would cost more than they bring.
const GRAIN: u64 = 64 << 10;

/// The next share of a file of this size, for a connection that brings so much a second as far as that is known. So
/// much of what would take longest is worth a connection that both end together, as long as the rest is two pieces
/// at least or takes long: so work is taken from a slow connection until all of them end together.
pub fn next_share(size: u64, have: &RangeSet, courses: &[Course], newcomer: Option<u64>) -> Option<Share> {
    let mut covered = have.clone();
    courses.iter().for_each(|course| covered.insert(course.rest));
    if let Some(gap) = covered.first_gap(ByteRange::new(0, size)) {
        return Some(Share::Gap(gap));
    }
    let known: Vec<u64> = courses.iter().filter_map(|course| course.rate).collect();
    let usual = match known.len() as u64 {
        0 => newcomer.unwrap_or(1),
        count => known.iter().sum::<u64>() / count,
    };
    let rate = |course: &Course| course.rate.unwrap_or(usual).max(1) as f64;
    let time = |course: &Course| course.rest.len() as f64 / rate(course);
    let newcomer = newcomer.unwrap_or(usual).max(1) as f64;
    let parts = courses.iter().enumerate().filter_map(|(number, course)| {
        Some((time(course), Share::Half(number, part_of(course.rest, rate(course), newcomer)?)))
    });
    parts.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, share)| share)
}

/// What somebody new should bring of a rest.
fn part_of(rest: ByteRange, rate: f64, newcomer: f64) -> Option<ByteRange> {
    let unseen = rate * NEWS.as_secs_f64();
    let worth = rest.len() >= 2 * PIECE_BYTES && rest.len() as f64 >= 2.0 * unseen;
    let long = rest.len() as f64 / rate >= LONG;
    if !worth && !long {
        return None;
    }
    // What it has brought until it hears of it stays with it.
    let kept = (rest.len() as f64 * rate / (rate + newcomer)).max(unseen);
    let grain = if rest.len() >= 2 * PIECE_BYTES { PIECE_BYTES } else { GRAIN };
    let from = rest.start.saturating_add(kept.max(1.0) as u64).checked_next_multiple_of(grain)?;
    (from < rest.end).then(|| ByteRange::new(from, rest.end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1 << 20;

    /// A file of one character a piece: `#` is here, digits are the courses that will bring it, `.` nobody.
    fn draw(size: u64, have: &RangeSet, courses: &[Course], share: Option<Share>) -> String {
        let at = |piece: u64| {
            let byte = piece * MIB;
            let holds = |range: ByteRange| (range.start..range.end).contains(&byte);
            match share {
                Some(Share::Gap(range) | Share::Half(_, range)) if holds(range) => '+',
                _ if have.first_gap(ByteRange::new(byte, byte + 1)).is_none() => '#',
                _ => match courses.iter().position(|course| holds(course.rest)) {
                    Some(number) => char::from_digit(u32::try_from(number).unwrap(), 10).unwrap(),
                    None => '.',
                },
            }
        };
        (0..size / MIB).map(at).collect()
    }

    /// The picture with the next share (`+`) in it.
    fn next(picture: &str, rates: &[u64]) -> String {
        let size = picture.len() as u64 * MIB;
        let mut have = RangeSet::new();
        let mut courses: Vec<Course> = rates
            .iter()
            .map(|rate| Course { rest: ByteRange::new(u64::MAX, u64::MAX), rate: Some(*rate) })
            .collect();
        for (piece, letter) in picture.chars().enumerate() {
            let range = ByteRange::new(piece as u64 * MIB, (piece as u64 + 1) * MIB);
            match letter.to_digit(10) {
                Some(number) => {
                    let rest = &mut courses[number as usize].rest;
                    *rest = ByteRange::new(rest.start.min(range.start), range.end);
                }
                None if letter == '#' => have.insert(range),
                None => {}
            }
        }
        let share = next_share(size, &have, &courses, None);
        draw(size, &have, &courses, share)
    }

    #[test]
    fn what_nobody_brings_comes_first_then_half_of_what_takes_longest() {
        let cases = [
            // One connection on its way: the second takes half of what it has left.
            ("##000000000000", &[1][..], "##000000++++++"),
            // The same speed: the longer way is halved.
            ("##0000####1111111111", &[1, 1], "##0000####11111+++++"),
            // The slow one is relieved, though its way is shorter.
            ("##0000####1111111111", &[1, 9], "##0+++####1111111111"),
            // A gap that a broken connection left.
            ("##000...111", &[1, 1], "##000+++111"),
            // Nothing is left to halve.
            ("#########0", &[1], "#########0"),
            ("##########", &[], "##########"),
        ];
        for (picture, rates, expected) in cases {
            let rates: Vec<u64> = rates.iter().map(|rate| rate * MIB).collect();
            assert_eq!(next(picture, &rates), expected, "{picture}");
        }
    }

    #[test]
    fn what_a_fast_connection_may_have_brought_already_is_not_split() {
        let rest = ByteRange::new(0, 8 * MIB);
        let split = |rate| next_share(8 * MIB, &RangeSet::new(), &[Course { rest, rate: Some(rate) }], None);
        assert!(split(10 * MIB).is_some());
        assert_eq!(split(100 * MIB), None);
    }

    #[test]
    fn nobody_is_relieved_of_all_before_he_began() {
        let rest = ByteRange::new(4 * MIB, 104 * MIB);
        let share = |rate, newcomer| {
            next_share(
                104 * MIB,
                &RangeSet::from_iter([ByteRange::new(0, 4 * MIB)]),
                &[Course { rest, rate }],
                newcomer,
            )
        };
        let half = Some(Share::Half(0, ByteRange::new(54 * MIB, 104 * MIB)));
        assert_eq!(share(None, Some(200 * MIB)), half, "he is taken to be like the other");
        assert_eq!(share(None, None), half);
        let all_but_one = Some(Share::Half(0, ByteRange::new(5 * MIB, 104 * MIB)));
        assert_eq!(share(Some(0), Some(200 * MIB)), all_but_one);
    }

    #[test]
    fn the_last_bytes_of_a_slow_connection_go_to_a_fast_one() {
        let kib = 1 << 10;
        let rest = ByteRange::new(7 * MIB, 8 * MIB);
        let have: RangeSet = std::iter::once(ByteRange::new(0, rest.start)).collect();
        let share =
            |rate, newcomer| next_share(8 * MIB, &have, &[Course { rest, rate: Some(rate) }], Some(newcomer));
        let almost_all = ByteRange::new(7 * MIB + 64 * kib, 8 * MIB);
        assert_eq!(share(100 * kib, 100 * MIB), Some(Share::Half(0, almost_all)));
        assert_eq!(
            share(100 * kib, 100 * kib),
            Some(Share::Half(0, ByteRange::new(7 * MIB + 512 * kib, 8 * MIB)))
        );
        assert_eq!(share(MIB, 100 * MIB), None, "it is over in a second");
        assert_eq!(share(100 * kib, 1), None, "who is slower still is no help");
    }

    proptest! {
        #[test]
        fn every_byte_is_brought_once_and_no_byte_that_is_here(
            size in 1..64 * MIB,
            here in prop::collection::vec((0..64 * MIB, 1..8 * MIB), 0..6),
            rates in prop::collection::vec(prop::option::of(1..4 * MIB), 1..8),
        ) {
            let whole = ByteRange::new(0, size);
            let have: RangeSet = here
                .iter()
                .map(|(start, length)| ByteRange::new(*start, start + length).intersection(whole))
                .collect();
            let mut courses: Vec<Course> = Vec::new();
            for rate in rates {
                match next_share(size, &have, &courses, rate) {
                    Some(Share::Gap(rest)) => courses.push(Course { rest, rate }),
                    Some(Share::Half(of, rest)) => {
                        courses[of].rest.end = rest.start;
                        prop_assert!(!courses[of].rest.is_empty() && !rest.is_empty());
                        courses.push(Course { rest, rate });
                    }
                    None => break,
                }
            }
            let mut brought = have.clone();
            for course in &courses {
                prop_assert_eq!(brought.first_gap(course.rest), Some(course.rest), "twice");
                brought.insert(course.rest);
            }
            let gaps = have.len() < size && courses.is_empty();
            prop_assert!(!gaps, "nobody brings what is missing");
        }
    }
}
