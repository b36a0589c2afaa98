//! The digest of a file, wherever it is taken.

use bgcopy_core::{ByteRange, Code, Digest};
use bytes::Bytes;
use proptest::prelude::*;
use rustix::io::Errno;

use crate::testing::{Effect, Op, Site, content};
use crate::{PartSpec, Role};

/// As much as a busy source brings at once.
const CHUNK: usize = 64 << 10;
const CHUNKS: usize = 24;

fn spec(site: &Site, bytes: &[u8]) -> PartSpec {
    let value = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let digest = Some(Digest::Sha256(value.as_ref().try_into().unwrap()));
    PartSpec { size: Some(bytes.len() as u64), digest, ..site.spec() }
}

#[derive(Clone, Debug)]
enum Step {
    /// These chunks come, one after the other.
    Bring {
        first: usize,
        count: usize,
    },
    /// This one is no longer trusted.
    Forget(usize),
    /// A sync fails, and what was not synced before is given up.
    FailSync,
    Sync,
    CatchUp,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => (0..CHUNKS, 1..CHUNKS).prop_map(|(first, count)| Step::Bring { first, count }),
        2 => (0..CHUNKS).prop_map(Step::Forget),
        1 => Just(Step::FailSync),
        2 => Just(Step::Sync),
        2 => Just(Step::CatchUp),
        1 => Just(Step::Restart),
    ];
    // Most bodies come in order from their first byte.
    let in_order = (1..CHUNKS).prop_map(|count| Step::Bring { first: 0, count });
    (in_order, proptest::collection::vec(step, 0..12)).prop_map(|(first, then)| [vec![first], then].concat())
}

proptest! {
    #[test]
    fn whatever_happens_on_the_way_the_digest_is_that_of_the_file(steps in steps(), wrong in any::<bool>()) {
        let site = Site::new();
        let bytes = Bytes::from(content(CHUNKS * CHUNK - 1_000));
        let chunk = |index: usize| bytes.slice(index * CHUNK..bytes.len().min((index + 1) * CHUNK));
        let mut part = site.create(&spec(&site, &bytes)).unwrap();
        for step in steps {
            match step {
                Step::Bring { first, count } => {
                    for index in first..CHUNKS.min(first + count) {
                        part.write_shared((index * CHUNK) as u64, &chunk(index)).unwrap();
                    }
                }
                Step::Forget(index) => {
                    part.forget(ByteRange::new((index * CHUNK) as u64, (index * CHUNK + 1) as u64)).unwrap();
                }
                Step::FailSync => {
                    let before = site.fs.fired();
                    site.fs.once(Op::Sync, Role::Data, 0, Effect::Fails(Errno::IO));
                    // A file that lives in memory is not synced.
                    let failed = part.checkpoint(true).is_err();
                    prop_assert_eq!(site.fs.fired() - before, usize::from(failed));
                    site.fs.mend();
                }
                Step::Sync => drop(part.checkpoint(true).unwrap()),
                Step::CatchUp => part.catch_up_digest(CHUNK as u64).unwrap(),
                Step::Restart => {
                    part.restart().unwrap();
                    part.set_size(bytes.len() as u64).unwrap();
                }
            }
        }
        for index in 0..CHUNKS {
            let chunk = match wrong && index == CHUNKS / 2 {
                true => Bytes::from(vec![0; CHUNK]),
                false => chunk(index),
            };
            part.write_shared((index * CHUNK) as u64, &chunk).unwrap();
        }
        prop_assert_eq!(part.digested(), Some(bytes.len() as u64));
        match part.finish(bytes.len() as u64) {
            Ok(finished) => prop_assert!(!wrong && finished.digest.is_some()),
            Err(fault) => prop_assert!(wrong && fault.code == Code::ValidationFailed, "{fault:?}"),
        }
    }
}

#[test]
fn bytes_in_order_are_hashed_beside_the_writing_and_those_out_of_order_read_back() {
    let site = Site::new();
    let bytes = Bytes::from(content(4 * CHUNK));
    let mut part = site.create(&spec(&site, &bytes)).unwrap();
    let chunk = |index: usize| bytes.slice(index * CHUNK..(index + 1) * CHUNK);
    part.write_shared(0, &chunk(0)).unwrap();
    assert!(part.is_digested_aside());
    part.write_shared(2 * CHUNK as u64, &chunk(2)).unwrap();
    assert!(!part.is_digested_aside());
    assert_eq!(part.digested(), Some(CHUNK as u64));
    part.write_shared(CHUNK as u64, &chunk(1)).unwrap();
    assert!(!part.is_digested_aside(), "more will come out of order");
    part.write_shared(3 * CHUNK as u64, &chunk(3)).unwrap();
    assert!(part.finish(bytes.len() as u64).unwrap().digest.is_some());
}
