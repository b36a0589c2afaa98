//! Notes of files that can wait for a moment: that a small file is here. Thousands of them come in a second, and
//! what a crash takes of them is fetched again, so they are saved together.
//!
//! A note never overtakes, and nothing that has to be durable is durable without the notes before it: they go first in
//! the next save.

use std::collections::BTreeSet;
use std::time::Duration;

use bgcopy_core::JobId;
use bgcopy_engine::Saved;
use tokio::time::Instant;

use super::Manager;

/// Notes that wait.
#[derive(Debug, Default)]
pub(super) struct Notes {
    waiting: BTreeSet<(JobId, Saved)>,
    due: Option<Instant>,
}

/// A note waits so long at most. What a crash takes of small files is what came in this time.
const PATIENCE: Duration = Duration::from_millis(100);
/// More notes than this do not wait: as much as one transaction takes in a few milliseconds.
const WAITING_MAX: usize = 512;

impl Notes {
    /// When they are to be saved.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Saves them as soon as they are looked at.
    pub(super) fn hasten(&mut self) {
        self.due = self.due.map(|_| Instant::now());
    }

    pub(super) fn add(&mut self, job: JobId, saved: Saved) {
        self.waiting.insert((job, saved));
        let now = Instant::now();
        let due = self.due.get_or_insert(now + PATIENCE);
        if self.waiting.len() >= WAITING_MAX {
            *due = now;
        }
    }

    /// Whether it is time.
    pub(super) fn are_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    pub(super) fn take(&mut self) -> BTreeSet<(JobId, Saved)> {
        self.due = None;
        std::mem::take(&mut self.waiting)
    }
}

impl Manager {
    /// Saves the notes whose time has come.
    pub(super) fn save_notes(&mut self) {
        if self.notes.are_due() {
            let notes = self.notes.take();
            let changes = notes.into_iter().filter_map(|(job, saved)| self.noted(job, saved));
            self.save(changes.collect(), None);
        }
    }
}
