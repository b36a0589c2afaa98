//! The store through its own door: what is acknowledged, what survives, what is found damaged.

mod damage;
mod durability;
mod history;
mod kill;
mod many;
#[path = "../../src/samples.rs"]
mod samples;
mod scale;
mod upgrade;

use std::path::Path;

use bgcopy_core::JobRecord;
use bgcopy_store::{Change, Opened, SaveError, Store};

/// Saves and waits for the answer.
pub(crate) fn save(store: &Store, changes: Vec<Change>) -> Result<(), SaveError> {
    let (done, answer) = samples::answer();
    store.save(changes, done);
    answer.recv().expect("every save is answered")
}

/// Saves new jobs together.
pub(crate) fn create(store: &Store, jobs: impl IntoIterator<Item = JobRecord>) {
    save(store, jobs.into_iter().map(|job| Change::Create(Box::new(job))).collect()).unwrap();
}

/// Opens where nothing is wrong.
pub(crate) fn open(dir: &Path) -> (Store, Vec<JobRecord>) {
    let Opened { store, jobs, recovery, without_secrets } = Store::open(dir).unwrap();
    assert_eq!(recovery, None);
    assert_eq!(without_secrets, []);
    (store, jobs)
}

/// Leaves as a killed service does: nothing is flushed, checkpointed or waited for.
pub(crate) fn abandon(store: Store) {
    std::mem::forget(store);
}
