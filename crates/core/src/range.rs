//! Byte ranges: half-open intervals, sets of them, and the ranges a client gives (spec 9.4).

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// Bytes `start..end`, possibly none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "StoredRange")]
pub struct ByteRange {
    /// The first byte.
    pub start: u64,
    /// The byte behind the last one.
    pub end: u64,
}

impl ByteRange {
    /// Bytes `start..end`; empty when `end` is not beyond `start`.
    pub const fn new(start: u64, end: u64) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// How many bytes.
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes in both.
    pub fn intersection(self, other: Self) -> Self {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// A range as it was written down, possibly by somebody else: its end may lie before its start.
#[derive(Deserialize)]
struct StoredRange {
    start: u64,
    end: u64,
}

impl TryFrom<StoredRange> for ByteRange {
    type Error = String;

    fn try_from(StoredRange { start, end }: StoredRange) -> Result<Self, String> {
        if end < start {
            return Err(format!("range {start}..{end} ends before it starts"));
        }
        Ok(Self { start, end })
    }
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        Self::new(range.start, range.end)
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl fmt::Debug for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A set of bytes, kept as ordered ranges that neither touch nor overlap.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<ByteRange>", into = "Vec<ByteRange>")]
pub struct RangeSet {
    ranges: Vec<ByteRange>,
}

impl From<Vec<ByteRange>> for RangeSet {
    /// Brings ranges into order, whatever order they were written in.
    fn from(ranges: Vec<ByteRange>) -> Self {
        ranges.into_iter().collect()
    }
}

impl From<RangeSet> for Vec<ByteRange> {
    fn from(set: RangeSet) -> Self {
        set.ranges
    }
}

impl RangeSet {
    /// No bytes.
    pub const fn new() -> Self {
        Self { ranges: Vec::new() }
    }

    /// How many bytes are in the set.
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|range| range.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges, in order.
    pub fn iter(&self) -> impl Iterator<Item = ByteRange> + '_ {
        self.ranges.iter().copied()
    }

    /// Puts the bytes of `range` in.
    pub fn insert(&mut self, range: ByteRange) {
        if range.is_empty() {
            return;
        }
        let from = self.ranges.partition_point(|have| have.end < range.start);
        let to = from + self.ranges[from..].partition_point(|have| have.start <= range.end);
        let merged = self.ranges[from..to]
            .iter()
            .fold(range, |all, have| ByteRange::new(all.start.min(have.start), all.end.max(have.end)));
        self.ranges.splice(from..to, [merged]);
    }

    /// Takes the bytes of `range` out.
    pub fn remove(&mut self, range: ByteRange) {
        if range.is_empty() {
            return;
        }
        let from = self.ranges.partition_point(|have| have.end <= range.start);
        let to = from + self.ranges[from..].partition_point(|have| have.start < range.end);
        let kept: Vec<_> = self.ranges[from..to]
            .iter()
            .flat_map(|have| [ByteRange::new(have.start, range.start), ByteRange::new(range.end, have.end)])
            .filter(|kept| !kept.is_empty())
            .collect();
        self.ranges.splice(from..to, kept);
    }

    /// Whether every byte of `range` is in the set.
    pub fn contains(&self, range: ByteRange) -> bool {
        if range.is_empty() {
            return true;
        }
        let at = self.ranges.partition_point(|have| have.end <= range.start);
        self.ranges.get(at).is_some_and(|have| have.start <= range.start && range.end <= have.end)
    }

    /// The first gap of the set inside `within`: missing bytes as far as they reach.
    pub fn first_gap(&self, within: ByteRange) -> Option<ByteRange> {
        let mut start = within.start;
        for have in self.iter().skip_while(|have| have.end <= within.start) {
            if have.start > start {
                break;
            }
            start = have.end;
        }
        let end = self.ranges.iter().map(|have| have.start).find(|&at| at > start).unwrap_or(u64::MAX);
        let gap = ByteRange::new(start, end.min(within.end));
        (!gap.is_empty()).then_some(gap)
    }

    /// How far the set reaches from byte 0 without a gap.
    pub fn frontier(&self) -> u64 {
        self.ranges.first().filter(|first| first.start == 0).map_or(0, |first| first.end)
    }
}

impl FromIterator<ByteRange> for RangeSet {
    fn from_iter<I: IntoIterator<Item = ByteRange>>(ranges: I) -> Self {
        let mut set = Self::new();
        for range in ranges {
            set.insert(range);
        }
        set
    }
}

/// `BG_FILE_RANGE`: a part of the remote file that a client asks for (spec 3, 9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileRange {
    /// The first byte wanted, in the remote file.
    pub offset: u64,
    /// How many bytes; `None` is `BG_LENGTH_TO_EOF`.
    pub length: Option<u64>,
}

/// `BG_LENGTH_TO_EOF`, `BG_SIZE_UNKNOWN` (spec 2.5).
pub const TO_EOF: u64 = u64::MAX;

impl FileRange {
    /// The bytes of the remote file; up to `TO_EOF` while its size is not known.
    pub fn resolve(self, size: Option<u64>) -> ByteRange {
        let end = match self.length {
            Some(length) => self.offset.saturating_add(length),
            None => size.unwrap_or(TO_EOF),
        };
        ByteRange::new(self.offset, end)
    }

    /// Refuses empty, impossible, overlapping and repeated ranges, as the spec does when a file is added
    /// (spec 9.4: ranges are ordered by offset only for this check).
    pub fn check_all(ranges: &[Self]) -> Result<(), Refusal> {
        for range in ranges {
            let overflows = range.length.is_some_and(|length| range.offset.checked_add(length).is_none());
            if range.offset == TO_EOF || range.length == Some(0) || overflows {
                return Err(Refusal::InvalidRange { range: *range });
            }
        }
        let mut ordered: Vec<ByteRange> = ranges.iter().map(|range| range.resolve(None)).collect();
        ordered.sort_by_key(|range| range.start);
        match ordered.windows(2).find(|pair| pair[0].end > pair[1].start) {
            Some(pair) => Err(Refusal::OverlappingRanges { first: pair[0], second: pair[1] }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ranges drawn as a picture: a byte per character, `#` where it is in the set.
    fn set(picture: &str) -> RangeSet {
        picture
            .chars()
            .enumerate()
            .filter(|&(_, c)| c == '#')
            .map(|(at, _)| ByteRange::new(at as u64, at as u64 + 1))
            .collect()
    }

    #[test]
    fn touching_ranges_become_one() {
        let mut have = set("##..##");
        have.insert(ByteRange::new(2, 4));
        assert_eq!(have, set("######"));
        assert_eq!(have.iter().count(), 1);
    }

    #[test]
    fn a_set_is_empty_until_something_is_put_in() {
        let mut have = RangeSet::new();
        have.insert(ByteRange::new(3, 3));
        assert!(have.is_empty());
        have.insert(ByteRange::new(3, 4));
        assert!(!have.is_empty());
    }

    #[test]
    fn a_range_is_shown_as_it_is_counted() {
        let range = ByteRange::new(2, 5);
        assert_eq!((range.to_string(), format!("{range:?}")), ("2..5".to_owned(), "2..5".to_owned()));
    }

    #[test]
    fn first_gap_is_found_and_bounded() {
        let have = set("##..#.");
        assert_eq!(have.first_gap(ByteRange::new(0, 6)), Some(ByteRange::new(2, 4)));
        assert_eq!(have.first_gap(ByteRange::new(3, 6)), Some(ByteRange::new(3, 4)));
        assert_eq!(have.first_gap(ByteRange::new(4, 6)), Some(ByteRange::new(5, 6)));
        assert_eq!(have.first_gap(ByteRange::new(0, 2)), None);
        assert_eq!(set("").first_gap(ByteRange::new(0, 0)), None);
    }

    #[test]
    fn what_was_written_down_is_brought_into_order_or_refused() {
        let read = |text| serde_json::from_str::<RangeSet>(text);
        let messy = r#"[{"start":4,"end":6},{"start":0,"end":1},{"start":5,"end":9},{"start":3,"end":3}]"#;
        let ordered = r#"[{"start":0,"end":1},{"start":4,"end":9}]"#;
        assert_eq!(read(messy).unwrap(), read(ordered).unwrap());
        assert_eq!(serde_json::to_string(&read(messy).unwrap()).unwrap(), ordered);
        let backwards = read(r#"[{"start":2,"end":1}]"#).unwrap_err();
        assert!(backwards.to_string().contains("range 2..1 ends before it starts"), "{backwards}");
    }

    #[test]
    fn j09_ranges_of_a_client_are_checked() {
        let range = |offset, length| FileRange { offset, length: Some(length) };
        let to_eof = |offset| FileRange { offset, length: None };
        assert!(FileRange::check_all(&[range(100, 100), range(900, 100), range(400, 100)]).is_ok());
        assert!(FileRange::check_all(&[range(10, 5), range(0, 10), to_eof(15)]).is_ok(), "they only touch");
        assert!(matches!(FileRange::check_all(&[range(5, 0)]), Err(Refusal::InvalidRange { .. })));
        assert!(matches!(FileRange::check_all(&[to_eof(TO_EOF)]), Err(Refusal::InvalidRange { .. })));
        assert!(matches!(FileRange::check_all(&[range(TO_EOF - 1, 5)]), Err(Refusal::InvalidRange { .. })));
        assert!(matches!(
            FileRange::check_all(&[range(0, 10), range(9, 1)]),
            Err(Refusal::OverlappingRanges { .. })
        ));
        assert!(matches!(
            FileRange::check_all(&[to_eof(5), range(7, 1)]),
            Err(Refusal::OverlappingRanges { .. })
        ));
    }

    proptest! {
        #[test]
        fn a_set_behaves_like_a_row_of_bits(steps in prop::collection::vec((any::<bool>(), 0u64..40, 0u64..40), 0..30)) {
            let mut set = RangeSet::new();
            let mut bits = [false; 40];
            for (put, a, b) in steps {
                let range = ByteRange::new(a, b);
                if put { set.insert(range) } else { set.remove(range) }
                for at in range.start..range.end {
                    bits[at as usize] = put;
                }
                for at in 0..40u64 {
                    prop_assert_eq!(set.contains(ByteRange::new(at, at + 1)), bits[at as usize]);
                }
                prop_assert_eq!(set.len(), bits.iter().filter(|bit| **bit).count() as u64);
                let ranges: Vec<_> = set.iter().collect();
                prop_assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
                let frontier = bits.iter().position(|bit| !bit).unwrap_or(40) as u64;
                prop_assert_eq!(set.frontier(), frontier);
            }
        }
    }
}
