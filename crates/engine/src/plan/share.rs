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

/// The next share of a file of this size. Half of what would take longest is worth a connection as long as it
/// is a piece at least: so work is taken from a slow connection until all of them end together.
pub fn next_share(size: u64, have: &RangeSet, courses: &[Course]) -> Option<Share> {
    let mut covered = have.clone();
    courses.iter().for_each(|course| covered.insert(course.rest));
    if let Some(gap) = covered.first_gap(ByteRange::new(0, size)) {
        return Some(Share::Gap(gap));
    }
    let known: Vec<u64> = courses.iter().filter_map(|course| course.rate).collect();
    let usual = known.iter().sum::<u64>() / (known.len() as u64).max(1);
    let rate = |course: &Course| course.rate.unwrap_or(usual);
    let time = |course: &Course| course.rest.len() as f64 / rate(course).max(1) as f64;
    let (slowest, course) = courses
        .iter()
        .enumerate()
        .filter(|(_, course)| course.rest.len() >= least_to_split(rate(course)))
        .max_by(|(_, a), (_, b)| time(a).total_cmp(&time(b)))?;
    let middle = course.rest.start + course.rest.len() / 2;
    let from = middle.next_multiple_of(PIECE_BYTES);
    (from < course.rest.end).then(|| Share::Half(slowest, ByteRange::new(from, course.rest.end)))
}

/// Both halves are a piece at least, and the first one lasts until the news of its end arrives.
fn least_to_split(rate: u64) -> u64 {
    let unseen = rate as f64 * NEWS.as_secs_f64();
    (2 * PIECE_BYTES).max(2 * unseen as u64)
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
        let share = next_share(size, &have, &courses);
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
            ("##0000####1111111111", &[1, 9], "##00++####1111111111"),
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
        let split = |rate| next_share(8 * MIB, &RangeSet::new(), &[Course { rest, rate: Some(rate) }]);
        assert!(split(10 * MIB).is_some());
        assert_eq!(split(100 * MIB), None);
    }

    proptest! {
        #[test]
        fn every_byte_is_brought_once_and_no_byte_that_is_here(
            size in 1..64 * MIB,
            here in prop::collection::vec((0..64 * MIB, 1..8 * MIB), 0..6),
            rates in prop::collection::vec(1..4 * MIB, 1..8),
        ) {
            let whole = ByteRange::new(0, size);
            let have: RangeSet = here
                .iter()
                .map(|(start, length)| ByteRange::new(*start, start + length).intersection(whole))
                .collect();
            let mut courses: Vec<Course> = Vec::new();
            for rate in rates {
                match next_share(size, &have, &courses) {
                    Some(Share::Gap(rest)) => courses.push(Course { rest, rate: Some(rate) }),
                    Some(Share::Half(of, rest)) => {
                        courses[of].rest.end = rest.start;
                        prop_assert!(!courses[of].rest.is_empty() && !rest.is_empty());
                        courses.push(Course { rest, rate: Some(rate) });
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
