//! What must be true after every step (`spec/faults.md`, section 2).

use std::collections::BTreeMap;

use bgcopy_core::{ErrorClass, FileIndex, FileStage, JobId, JobState, WaitingFor};
use bgcopy_engine::{Notice, Notification};

use crate::disk::Extent;
use crate::world::World;

/// What was seen before, to compare with.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Bytes of each file, and whether a fall was announced.
    bytes: BTreeMap<(JobId, FileIndex), u64>,
    /// Bytes that came over the network for each file, since its last restart.
    fetched: BTreeMap<(JobId, FileIndex), u64>,
}

/// Checks the whole world.
pub(crate) fn check(world: &mut World) {
    let seed = world.seed();
    let jobs: Vec<JobId> = world.acknowledged.iter().copied().collect();
    for id in jobs {
        // 2. No lost jobs: what was acknowledged is known, and would be known after a crash.
        let Some(job) = world.engine.job(id) else { continue };
        assert!(world.stored.contains_key(&id), "seed {seed}: {id} would be lost by a crash");
        // 5. One story.
        let error = job.error.as_ref();
        match job.state {
            JobState::Error => {
                let error = error.unwrap_or_else(|| panic!("seed {seed}: Error without a record"));
                assert_eq!(error.class, ErrorClass::Fatal, "seed {seed}: {error:?}");
                assert_eq!(error.waiting_for, WaitingFor::Client, "seed {seed}: {error:?}");
            }
            JobState::TransientError => {
                let error = error.unwrap_or_else(|| panic!("seed {seed}: TransientError without a record"));
                assert_ne!(error.class, ErrorClass::Fatal, "seed {seed}: {error:?}");
                assert_ne!(error.waiting_for, WaitingFor::Client, "seed {seed}: {error:?}");
            }
            JobState::Transferring | JobState::Transferred | JobState::Acknowledged | JobState::Cancelled => {
                assert_eq!(error, None, "seed {seed}: {} with a record", job.state);
            }
            JobState::Queued | JobState::Connecting | JobState::Suspended => {}
        }
        let whole = job.files.iter().all(|file| file.stage != FileStage::Wanted);
        if job.state == JobState::Transferred {
            assert!(whole, "seed {seed}: Transferred with files missing");
        }
        // 6. Forward only.
        for (index, file) in job.indexed_files() {
            let before = world.witness.bytes.insert((id, index), file.bytes_here).unwrap_or(0);
            assert!(
                file.bytes_here >= before,
                "seed {seed}: file {index} fell from {before} to {} bytes without a word",
                file.bytes_here
            );
        }
    }
    // 7. Bounded effort: no more runs than slots.
    let mut busy: BTreeMap<JobId, usize> = BTreeMap::new();
    world.runs.values().for_each(|run| *busy.entry(run.job).or_default() += 1);
    for (id, count) in busy {
        assert!(count <= 8 + 8, "seed {seed}: {id} has {count} runs");
    }
    // 10. No litter.
    for id in world.ended.keys() {
        assert!(!world.disk.has_litter(*id), "seed {seed}: {id} left litter behind");
    }
}

/// A notification came: a fall of bytes is announced by it.
pub(crate) fn heard(world: &mut World, notification: &Notification) {
    if let Notice::FileRestarted(file, _) = notification.notice {
        world.witness.bytes.remove(&(notification.job, file));
        world.witness.fetched.remove(&(notification.job, file));
    }
}

/// A crash: what is known falls back to the last checkpoint; no acknowledged job may be missing.
pub(crate) fn after_crash(world: &mut World) {
    world.witness.bytes.clear();
    for id in &world.acknowledged {
        assert!(world.stored.contains_key(id), "seed {}: {id} was lost by a crash", world.seed());
    }
}

/// 1. No wrong bytes: what is published is one version, whole, every byte where it belongs.
pub(crate) fn published(world: &World, id: JobId, index: FileIndex, extents: &[Extent]) {
    let seed = world.seed();
    let file = world.engine.job(id).and_then(|job| job.file(index)).expect("the engine knows its files");
    let mut extents = extents.to_vec();
    extents.sort_by_key(|extent| extent.output);
    let mut at = 0;
    for extent in &extents {
        assert_eq!(extent.output.start, at, "seed {seed}: a hole in what is published");
        at = extent.output.end;
        if file.spec.ranges.is_empty() {
            assert_eq!(extent.remote, extent.output.start, "seed {seed}: a byte in the wrong place");
        }
        assert_eq!(extent.version, extents[0].version, "seed {seed}: two versions in one file");
    }
    assert_eq!(Some(at), file.bytes_total(), "seed {seed}: published with another size");
}
