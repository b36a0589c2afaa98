//! Crashes, by chance: whatever is written and recorded, killed and cut off, no byte is believed that was not
//! written (invariant 1), and what was recorded is not lost (invariant 3).

use bgcopy_core::{ByteRange, Digest, RangeSet};
use proptest::prelude::*;

use crate::testing::{Site, content};
use crate::{Part, PartSpec};

const SIZE: usize = 3 << 20;

#[derive(Clone, Debug)]
enum Step {
    Write { offset: usize, len: usize },
    Checkpoint { sync: bool },
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..SIZE, 1..400_000usize).prop_map(|(offset, len)| Step::Write { offset, len }),
        2 => any::<bool>().prop_map(|sync| Step::Checkpoint { sync }),
        1 => Just(Step::Kill),
    ];
    proptest::collection::vec(step, 1..25)
}

fn digest(bytes: &[u8]) -> Digest {
    let value = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    Digest::Sha256(value.as_ref().try_into().unwrap())
}

fn is_subset(small: &RangeSet, large: &RangeSet) -> bool {
    small.iter().all(|range| large.contains(range))
}

/// The bytes of the file that a set says are right.
fn read(path: &std::path::Path, set: &RangeSet) -> Vec<(ByteRange, Vec<u8>)> {
    let bytes = std::fs::read(path).unwrap();
    let part = |range: ByteRange| bytes[range.start as usize..range.end as usize].to_vec();
    set.iter().map(|range| (range, part(range))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// kill -9: what the last checkpoint reported is proved again, byte for byte, as far as nothing was
    /// written over it since; and the file ends with the right digest, whatever order it came in.
    #[test]
    fn after_any_number_of_kills_the_file_is_whole_and_right(steps in steps()) {
        let site = Site::new();
        let bytes = content(SIZE);
        let spec = PartSpec { size: Some(SIZE as u64), digest: Some(digest(&bytes)), ..site.spec() };
        let mut part = site.create(&spec).unwrap();
        let mut safe = RangeSet::new();
        for step in steps {
            match step {
                Step::Write { offset, len } => {
                    let end = (offset + len).min(SIZE);
                    part.write(offset as u64, &bytes[offset..end]).unwrap();
                }
                Step::Checkpoint { sync } => {
                    safe = part.checkpoint(sync).unwrap();
                    prop_assert_eq!(&safe, part.written());
                }
                Step::Kill => {
                    let temporary = part.temporary().to_owned();
                    drop(part);
                    let (reopened, proved) =
                        Part::reopen_on(site.fs.clone(), &spec, &temporary).unwrap();
                    prop_assert!(is_subset(&safe, &proved), "{safe:?} {proved:?}");
                    prop_assert_eq!(&proved, reopened.written());
                    for (range, have) in read(&temporary, &proved) {
                        prop_assert!(have == bytes[range.start as usize..range.end as usize]);
                    }
                    (part, safe) = (reopened, proved);
                }
            }
        }
        while let Some(gap) = part.written().first_gap(ByteRange::new(0, SIZE as u64)) {
            part.write(gap.start, &bytes[gap.start as usize..gap.end as usize]).unwrap();
        }
        prop_assert_eq!(part.finish(SIZE as u64).unwrap().digest, spec.digest.clone());
        prop_assert!(std::fs::read(part.temporary()).unwrap() == bytes);
    }

    /// Power cut (F04): any part of what was not synced is undone, in the file and in the log. What was synced
    /// is proved; what is proved was written there, once.
    #[test]
    fn after_a_power_cut_only_bytes_that_were_written_are_believed(
        steps in steps(),
        lost in proptest::collection::vec(any::<bool>(), 64),
    ) {
        let site = Site::new();
        let bytes = content(SIZE);
        let spec = PartSpec { size: Some(SIZE as u64), ..site.spec() };
        let mut part = site.create(&spec).unwrap();
        site.fs.keep_journal();
        let mut synced = RangeSet::new();
        for step in steps {
            match step {
                Step::Write { offset, len } => {
                    let end = (offset + len).min(SIZE);
                    // Another writing of the same piece may be cut off in the middle.
                    let pieces = crate::extents::whole_pieces(ByteRange::new(offset as u64, end as u64));
                    synced.remove(pieces);
                    part.write(offset as u64, &bytes[offset..end]).unwrap();
                }
                Step::Checkpoint { sync: true } => synced = part.checkpoint(true).unwrap(),
                Step::Checkpoint { sync: false } => drop(part.checkpoint(false).unwrap()),
                Step::Kill => {}
            }
        }
        let temporary = part.temporary().to_owned();
        drop(part);
        let mut lost = lost.into_iter().cycle();
        site.fs.cut_power(|| lost.next().unwrap());
        let (_, proved) = Part::reopen(&spec, &temporary).unwrap();
        prop_assert!(is_subset(&synced, &proved), "{synced:?} {proved:?}");
        for (range, have) in read(&temporary, &proved) {
            prop_assert!(have == bytes[range.start as usize..range.end as usize]);
        }
    }
}

#[test]
fn bytes_written_over_others_are_proved_as_they_are_now() {
    // A repair: the later checksum counts, also across a restart.
    let site = Site::new();
    let mut part = site.create(&site.spec()).unwrap();
    part.write(0, &[1; 5000]).unwrap();
    part.checkpoint(false).unwrap();
    part.write(1000, &[2; 1000]).unwrap();
    assert_eq!(part.checkpoint(false).unwrap().len(), 5000);
    let (_, proved) = Part::reopen(&site.spec(), part.temporary()).unwrap();
    assert_eq!(proved.len(), 5000);
    let bytes = std::fs::read(part.temporary()).unwrap();
    assert_eq!(bytes, [[1; 1000].as_slice(), &[2; 1000], &[1; 3000]].concat());
}
