//! The records of the service: what is durable, and what is on its way.

use std::collections::BTreeMap;

use bgcopy_core::{JobId, JobRecord};
use bgcopy_engine::Saved;

/// A part of a record as it was when the engine asked to keep it.
#[derive(Clone, Debug)]
pub(crate) struct Keep {
    pub(crate) id: JobId,
    pub(crate) saved: Saved,
    pub(crate) record: Box<JobRecord>,
}

/// What is kept. One writer: what comes later is never durable earlier.
#[derive(Debug, Default)]
pub(crate) struct Records {
    durable: BTreeMap<JobId, JobRecord>,
    /// Durable with the next commit.
    on_the_way: Vec<Keep>,
}

impl Records {
    /// Durable at some time.
    pub(crate) fn note(&mut self, keep: Keep) {
        self.on_the_way.push(keep);
    }

    /// Durable now, with everything before it.
    pub(crate) fn save(&mut self, keep: Keep) {
        self.note(keep);
        self.commit();
    }

    /// Everything is durable now.
    pub(crate) fn commit(&mut self) {
        for Keep { id, saved, record } in std::mem::take(&mut self.on_the_way) {
            self.put(id, saved, *record);
        }
    }

    fn put(&mut self, id: JobId, saved: Saved, new: JobRecord) {
        let Some(kept) = self.durable.get_mut(&id) else {
            assert_eq!(saved, Saved::Created, "{id} is kept in parts before the whole");
            self.durable.insert(id, new);
            return;
        };
        match saved {
            Saved::Created => *kept = new,
            Saved::Head => {
                let files = std::mem::take(&mut kept.files);
                *kept = JobRecord { files, ..new };
            }
            Saved::FilesFrom(first) => {
                kept.files.truncate(first.as_usize());
                kept.files.extend(new.files.into_iter().skip(first.as_usize()));
            }
            Saved::File(index) => kept.files[index.as_usize()] = new.files[index.as_usize()].clone(),
        }
    }

    /// A job has ended.
    pub(crate) fn end(&mut self, id: JobId) {
        self.commit();
        self.durable.remove(&id);
    }

    /// Whether a crash would not lose this job.
    pub(crate) fn knows(&self, id: JobId) -> bool {
        self.durable.contains_key(&id)
    }

    /// What a crash leaves.
    pub(crate) fn after_crash(&mut self) -> Vec<JobRecord> {
        self.on_the_way.clear();
        self.durable.values().cloned().collect()
    }
}
