//! What a client wants of a file before anything else, or of a file on demand at all (spec 7.9, `IBackgroundCopyFile6`).

use serde::{Deserialize, Serialize};

use crate::range::{ByteRange, FileRange, RangeSet, TO_EOF};
use crate::refusal::Refusal;

/// The wishes of a client, in bytes of the remote file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Demand {
    /// What it asked for (`RequestFileRanges`), whether it is here by now or not.
    pub ranges: RangeSet,
    /// From where on missing bytes are wanted first (`UpdateDownloadPosition`).
    #[serde(default)]
    pub position: u64,
}

/// Ranges that a client may have asked for of one file, those that touch counted as one: as many as a viewer of a film
/// who jumps about needs, and what a record can bear.
pub const RANGES_MAX: usize = 4_096;

impl Demand {
    /// Takes more ranges in. "Requested ranges are allowed to overlap previously downloaded (or pending) ranges"
    /// (`RequestFileRanges`); what lies outside a file of known size is refused.
    pub fn ask(&mut self, ranges: &[FileRange], size: Option<u64>) -> Result<(), Refusal> {
        let mut wanted = self.ranges.clone();
        for range in ranges {
            let end = range.length.map_or(Some(TO_EOF), |length| range.offset.checked_add(length));
            let outside = size.is_some_and(|size| {
                range.offset >= size || range.length.is_some() && end.is_none_or(|end| end > size)
            });
            let Some(end) = end.filter(|_| range.offset != TO_EOF && range.length != Some(0) && !outside)
            else {
                return Err(Refusal::InvalidRange { range: *range });
            };
            wanted.insert(ByteRange::new(range.offset, end));
        }
        if wanted.iter().count() > RANGES_MAX {
            return Err(Refusal::TooManyRanges { limit: RANGES_MAX });
        }
        self.ranges = wanted;
        Ok(())
    }

    /// What of it lies outside a file of this size. To the end of the file is inside, where the file reaches so far.
    pub fn outside(&self, size: u64) -> Option<ByteRange> {
        self.ranges.iter().find(|range| range.start >= size || (range.end > size && range.end != TO_EOF))
    }

    /// Forgets what lies outside a file of this size.
    pub fn clip(&mut self, size: u64) {
        self.ranges.remove(ByteRange::new(size, TO_EOF));
    }

    /// What is missing next of the ranges: from the position on, then before it.
    pub fn first_gap(&self, have: &RangeSet, size: Option<u64>) -> Option<ByteRange> {
        let end = size.unwrap_or(TO_EOF);
        let gap = |within: ByteRange| {
            let parts = self.ranges.iter().map(|range| range.intersection(within));
            parts.filter(|part| !part.is_empty()).find_map(|part| have.first_gap(part))
        };
        let position = self.position.min(end);
        gap(ByteRange::new(position, end)).or_else(|| gap(ByteRange::new(0, position)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(offset: u64, length: u64) -> FileRange {
        FileRange { offset, length: Some(length) }
    }

    fn asked(ranges: &[FileRange]) -> Demand {
        let mut demand = Demand::default();
        demand.ask(ranges, None).unwrap();
        demand
    }

    #[test]
    fn ranges_may_overlap_and_become_one() {
        let demand = asked(&[range(10, 10), range(15, 10), range(0, 1)]);
        let ranges: Vec<_> = demand.ranges.iter().collect();
        assert_eq!(ranges, [ByteRange::new(0, 1), ByteRange::new(10, 25)]);
    }

    #[test]
    fn what_cannot_be_in_the_file_is_refused_and_changes_nothing() {
        let mut demand = asked(&[range(0, 5)]);
        let before = demand.clone();
        let to_eof = |offset| FileRange { offset, length: None };
        for (bad, size) in [
            (range(7, 0), None),
            (range(TO_EOF, 1), None),
            (range(TO_EOF - 1, 5), None),
            (to_eof(TO_EOF), None),
            (range(95, 6), Some(100)),
            (range(100, 1), Some(100)),
            (to_eof(100), Some(100)),
        ] {
            let refused = demand.ask(&[range(1, 1), bad], size);
            assert!(matches!(refused, Err(Refusal::InvalidRange { range }) if range == bad), "{bad:?}");
            assert_eq!(demand, before);
        }
        demand.ask(&[range(95, 5), to_eof(99)], Some(100)).unwrap();
    }

    #[test]
    fn too_many_ranges_are_refused() {
        let many: Vec<_> = (0..=RANGES_MAX as u64).map(|at| range(2 * at, 1)).collect();
        let refused = Demand::default().ask(&many, None);
        assert_eq!(refused, Err(Refusal::TooManyRanges { limit: RANGES_MAX }));
    }

    #[test]
    fn gaps_are_looked_for_from_the_position_on_and_then_before_it() {
        let mut demand = asked(&[range(0, 10), range(50, 10)]);
        let have: RangeSet = [ByteRange::new(0, 4), ByteRange::new(50, 55)].into_iter().collect();
        assert_eq!(demand.first_gap(&have, None), Some(ByteRange::new(4, 10)));
        demand.position = 20;
        assert_eq!(demand.first_gap(&have, None), Some(ByteRange::new(55, 60)));
        demand.position = 57;
        assert_eq!(demand.first_gap(&have, None), Some(ByteRange::new(57, 60)));
        demand.position = 60;
        assert_eq!(demand.first_gap(&have, None), Some(ByteRange::new(4, 10)));
    }

    #[test]
    fn a_range_to_the_end_ends_with_the_file() {
        let mut demand = Demand::default();
        demand.ask(&[FileRange { offset: 90, length: None }], None).unwrap();
        assert_eq!(demand.first_gap(&RangeSet::new(), Some(100)), Some(ByteRange::new(90, 100)));
        assert_eq!(demand.outside(100), None);
        assert_eq!(demand.outside(90), Some(ByteRange::new(90, TO_EOF)));
        demand.clip(95);
        assert_eq!(demand.outside(95), None);
    }
}
