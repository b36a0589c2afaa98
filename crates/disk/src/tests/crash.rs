//! Crashes, by chance: whatever is written and recorded, killed and cut off, no byte is believed that was not
//! written (invariant 1), and what was recorded is not lost (invariant 3).

use std::path::Path;

use bgcopy_core::{ByteRange, Existing, Fault, RangeSet};
use proptest::prelude::*;

use crate::testing::{Site, content, sha_256};
use crate::{Part, PartSpec, discard, forget, publish_on, temporary_of};

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
        let spec = PartSpec { size: Some(SIZE as u64), digest: Some(sha_256(&bytes)), ..site.spec() };
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
    fn f04_after_a_power_cut_only_bytes_that_were_written_are_believed(
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

/// What a service records of a file, and so still knows after it was killed.
#[derive(Default)]
struct Recorded {
    temporary: Option<std::path::PathBuf>,
    finished: bool,
}

/// A transfer as a service runs it.
fn transfer(site: &Site, spec: &PartSpec, bytes: &[u8], recorded: &mut Recorded) -> Result<(), Fault> {
    let size = bytes.len() as u64;
    let mut part = site.create(spec)?;
    recorded.temporary = Some(part.temporary().to_owned());
    let mut offset = 0;
    for (index, chunk) in bytes.chunks(bytes.len() / 5 + 1).enumerate() {
        part.write(offset, chunk)?;
        offset += chunk.len() as u64;
        part.checkpoint(index % 2 == 1)?;
    }
    part.finish(size)?;
    recorded.finished = true;
    publish_on(&site.fs, &site.publish(part.temporary(), Existing::Refuse)).map(drop)
}

/// What a service does with the file when it is started again.
fn recover(site: &Site, spec: &PartSpec, bytes: &[u8], recorded: &Recorded) {
    let temporary = recorded.temporary.clone().or_else(|| temporary_of(&spec.log));
    let mut publish = site.publish(temporary.as_deref().unwrap_or(Path::new("")), Existing::Refuse);
    if !recorded.finished {
        let (mut part, proved) = match temporary {
            Some(temporary) => Part::reopen(spec, &temporary).unwrap(),
            None => (Part::create(spec).unwrap(), RangeSet::new()),
        };
        let start = proved.frontier();
        part.write(start, &bytes[start as usize..]).unwrap();
        part.finish(bytes.len() as u64).unwrap();
        publish.temporary = part.temporary().to_owned();
    }
    crate::publish(&publish).unwrap();
}

#[test]
fn f01_killed_at_any_call_the_file_still_arrives_once_or_is_gone_without_a_trace() {
    // F01, F02, F03; invariants 1, 4 and 10.
    let bytes = content(1_300_000);
    let calls = (0..).find(|&calls| {
        let [resumed, cancelled] = [true, false].map(|resume| survives(&bytes, calls, resume));
        assert_eq!(resumed, cancelled);
        resumed
    });
    assert!(calls > Some(25), "the transfer is no longer what this test is about: {calls:?} calls");
}

/// Kills a transfer at a call, and then resumes or cancels it. Says whether it ended before that call.
fn survives(bytes: &[u8], calls: usize, resume: bool) -> bool {
    let site = Site::new();
    let spec = PartSpec { size: Some(bytes.len() as u64), digest: Some(sha_256(bytes)), ..site.spec() };
    site.fs.die_after(calls);
    let mut recorded = Recorded::default();
    let outcome = transfer(&site, &spec, bytes, &mut recorded);
    if let Ok(arrived) = std::fs::read(spec.local_name.path()) {
        assert!(arrived == bytes, "killed at call {calls}");
    }
    if resume {
        recover(&site, &spec, bytes, &recorded);
        forget(&spec.log).unwrap();
        assert!(std::fs::read(spec.local_name.path()).unwrap() == bytes);
        assert_eq!(site.names(), ["file.bin"], "killed at call {calls}");
    } else {
        discard(&spec.rights, recorded.temporary.as_deref(), &spec.log).unwrap();
        // What was published already is the user's.
        let left = site.names();
        assert!(left.is_empty() || left == ["file.bin"], "killed at call {calls}: {left:?}");
    }
    assert!(!spec.log.exists());
    outcome.is_ok()
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
