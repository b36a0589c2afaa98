//! What must be true after every step (`spec/faults.md`, section 2).

use std::collections::{BTreeMap, BTreeSet};

use bgcopy_core::{ErrorClass, FileIndex, FileStage, JobId, JobRecord, JobState, WaitingFor, limits};
use bgcopy_engine::action::AHEAD_TIMES;
use bgcopy_engine::{Notice, Notification};

use crate::disk::{Extent, Key};
use crate::world::World;

/// Connections of one run, to all sources together, are no more than this.
const CONNECTIONS_MAX: usize = 16;

/// What was seen before, to compare with.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    /// Bytes of each file as clients saw them last.
    bytes: BTreeMap<Key, u64>,
    /// Files whose restart was announced, and whose bytes are not thrown away yet.
    announced: BTreeSet<Key>,
    /// Dates mean nothing any more.
    clock_set: bool,
}

impl Witness {
    pub(crate) fn clock_was_set(&mut self) {
        self.clock_set = true;
    }
}

/// Checks the whole world.
pub(crate) fn check(world: &mut World) {
    let seed = world.seed();
    for id in &world.acknowledged {
        // 2. No lost jobs: what was acknowledged is known, and would be known after a crash.
        let Some(job) = world.engine.job(*id) else { continue };
        assert!(world.records.knows(*id), "seed {seed}: {id} would be lost by a crash");
        one_story(world, job);
        // 6. Forward only.
        for (index, file) in job.indexed_files() {
            let before = world.witness.bytes.insert((*id, index), file.bytes_here).unwrap_or(0);
            assert!(
                file.bytes_here >= before,
                "seed {seed}: file {index} fell from {before} to {} bytes without a word",
                file.bytes_here
            );
        }
    }
    bounded_effort(world);
    // 10. No litter.
    if !world.disk.stuck {
        for id in world.ended.keys() {
            assert!(!world.disk.has_litter(*id), "seed {seed}: {id} left litter behind");
        }
    }
}

/// One story: state and record agree, and every pause names its cause and its end.
fn one_story(world: &World, job: &JobRecord) {
    let seed = world.seed();
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
            if let WaitingFor::RetryAt(at) = error.waiting_for
                && job.ending.is_none()
                && !world.witness.clock_set
            {
                assert!(at >= world.now.wall, "seed {seed}: a retry was promised for {at:?}, and never came");
            }
        }
        JobState::Transferring | JobState::Transferred | JobState::Acknowledged | JobState::Cancelled => {
            assert_eq!(error, None, "seed {seed}: {} with a record", job.state);
        }
        JobState::Queued | JobState::Connecting | JobState::Suspended => {}
    }
}

/// Bounded effort: no more runs than slots, besides those that are closing and those that wait with a permit for their
/// turn.
fn bounded_effort(world: &World) {
    let seed = world.seed();
    let mut busy: BTreeMap<(JobId, bool), usize> = BTreeMap::new();
    world.runs.values().for_each(|run| *busy.entry((run.job, run.by_permit)).or_default() += 1);
    for ((id, by_permit), count) in &busy {
        let times = if *by_permit { 2 * AHEAD_TIMES } else { 2 };
        let most = times * world.config.files_at_once;
        assert!(*count <= most, "seed {seed}: {id} has {count} runs");
    }
    for run in world.runs.values() {
        assert!(run.connections() <= CONNECTIONS_MAX, "seed {seed}: {} connections", run.connections());
    }
    let background = world
        .acknowledged
        .iter()
        .filter_map(|id| world.engine.job(*id))
        .filter(|job| job.state.is_running() && job.priority.is_background())
        .count();
    let slots = world.config.queue.background_jobs.max(1);
    assert!(background <= slots, "seed {seed}: {background} background jobs run in {slots} slots");
}

/// A notification goes out: it is true at that moment.
pub(crate) fn told(world: &World, notification: &Notification) {
    let Some(job) = world.engine.job(notification.job) else { return };
    let seed = world.seed();
    match notification.notice {
        Notice::Transferred => {
            assert_eq!(job.state, JobState::Transferred, "seed {seed}: told too early");
            let whole = job.files.iter().all(|file| file.stage != FileStage::Wanted);
            assert!(whole, "seed {seed}: Transferred with files missing");
        }
        Notice::Error => assert_eq!(job.state, JobState::Error, "seed {seed}: told too early"),
        _ => {}
    }
}

/// A notification came: a fall of bytes is announced by it.
pub(crate) fn heard(world: &mut World, notification: &Notification) {
    if let Notice::FileRestarted(file, _) = notification.notice {
        world.witness.bytes.remove(&(notification.job, file));
        world.witness.announced.insert((notification.job, file));
    }
}

/// Bounded rework: bytes are thrown away only where a restart was announced; else no more than a checkpoint
/// interval of them, whose record a crash took.
pub(crate) fn dropped(world: &mut World, key: Key) {
    let lost = world.disk.temporaries.get(&key).map_or(0, |file| file.have().len());
    let announced = world.witness.announced.remove(&key);
    assert!(
        announced || lost <= limits::CHECKPOINT_BYTES,
        "seed {}: {lost} bytes of {key:?} are fetched again without a word",
        world.seed()
    );
}

/// A crash: what is known falls back to the last checkpoint; no acknowledged job may be missing.
pub(crate) fn after_crash(world: &mut World) {
    world.witness.bytes.clear();
    for id in &world.acknowledged {
        assert!(world.records.knows(*id), "seed {}: {id} was lost by a crash", world.seed());
    }
}

/// No wrong bytes: what is published is one version, whole, every byte where it belongs. Nothing is
/// published twice.
pub(crate) fn published(world: &World, id: JobId, index: FileIndex, extents: &[Extent]) {
    let seed = world.seed();
    let file = world.engine.job(id).and_then(|job| job.file(index)).expect("the engine knows its files");
    assert!(!world.disk.renamed.contains_key(&(id, index)), "seed {seed}: {id} {index} is published twice");
    let mut extents = extents.to_vec();
    extents.sort_by_key(|extent| extent.output);
    let mut at = 0;
    for extent in &extents {
        assert_eq!(extent.output.start, at, "seed {seed}: a hole in what is published");
        at = extent.output.end;
        assert_eq!(extent.version, extents[0].version, "seed {seed}: two versions in one file");
    }
    assert_eq!(Some(at), file.bytes_total(), "seed {seed}: published with another size");
    let right = if file.spec.ranges.is_empty() {
        extents.iter().all(|extent| extent.remote == extent.output.start)
    } else {
        extents.iter().all(|extent| is_in_order(file, extent))
    };
    assert!(right, "seed {seed}: a byte in the wrong place");
}

/// Spec 9.4: "output is the concatenation in the order given".
fn is_in_order(file: &bgcopy_core::FileRecord, extent: &Extent) -> bool {
    let mut output = 0;
    for range in &file.spec.ranges {
        let remote = range.resolve(file.remote_size);
        let inside = (output..output + remote.len()).contains(&extent.output.start);
        if inside {
            return extent.remote == remote.start + (extent.output.start - output)
                && extent.output.end <= output + remote.len();
        }
        output += remote.len();
    }
    false
}
