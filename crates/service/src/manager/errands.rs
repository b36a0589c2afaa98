//! Something short that may block, and the events that tell of its end.
//!
//! What is to be published or thrown away of a job is done in few errands at a time, many files in each: of a job with
//! thousands of files that is thousands of times the same folder, and thousands of threads would only stand in each
//! other's way there.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use bgcopy_core::{Fault, FileIndex, JobId};
use bgcopy_disk::{Publish, Publisher};
use bgcopy_engine::Event;
use tokio::task::JoinError;

use super::{Manager, now};
use crate::rights::of_owner;
use crate::work::unless_broken;

/// What is to be done to a file whose run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Publish,
    Discard,
}

/// Files that wait for something to be done to them.
#[derive(Debug, Default)]
pub(super) struct Files {
    waiting: BTreeMap<JobId, VecDeque<(FileIndex, Deed)>>,
    /// Jobs whose files are in an errand, once for each.
    busy: Vec<JobId>,
}

/// Errands of one job at a time: one is under way while what the other did is taken note of.
const ERRANDS_PER_JOB: usize = 2;
/// Files of one errand: enough for their common costs not to matter, and few enough for progress to be seen.
const FILES_PER_ERRAND: usize = 256;

impl Files {
    pub(super) fn add(&mut self, job: JobId, file: FileIndex, deed: Deed) {
        self.waiting.entry(job).or_default().push_back((file, deed));
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The files of the next errand: of one job and for one purpose.
    fn next(&mut self) -> Option<(JobId, Deed, Vec<FileIndex>)> {
        let out = |job: &JobId| self.busy.iter().filter(|busy| *busy == job).count();
        let job = *self.waiting.keys().find(|job| out(job) < ERRANDS_PER_JOB)?;
        let waiting = self.waiting.get_mut(&job)?;
        let deed = waiting.front()?.1;
        let count = waiting.iter().take(FILES_PER_ERRAND).take_while(|(_, other)| *other == deed).count();
        let files = waiting.drain(..count).map(|(file, _)| file).collect();
        if waiting.is_empty() {
            self.waiting.remove(&job);
        }
        self.busy.push(job);
        Some((job, deed, files))
    }

    fn done(&mut self, job: JobId) {
        if let Some(at) = self.busy.iter().position(|busy| *busy == job) {
            self.busy.swap_remove(at);
        }
    }
}

impl Manager {
    /// Something short that may block, and the event that tells of its end. That comes even when the work
    /// breaks: somebody waits for it.
    pub(super) fn errand<T: 'static>(
        &mut self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
        tell: impl FnOnce(Result<T, Fault>) -> Option<Event> + Send + 'static,
    ) {
        let work = move || tell(unless_broken(work)).into_iter().collect();
        self.errands.spawn_blocking_on(work, &self.parts.transfers);
    }

    pub(super) fn on_errand(&mut self, done: Result<Vec<Event>, JoinError>) {
        match done {
            Ok(events) => {
                let of_files = events.iter().find_map(|event| match event {
                    Event::Published(job, ..) | Event::Discarded(job, ..) => Some(*job),
                    _ => None,
                });
                of_files.into_iter().for_each(|job| self.files.done(job));
                events.into_iter().for_each(|event| self.engine.handle_event(now(), event));
            }
            // What breaks says so itself; this one was never begun.
            Err(error) => tracing::error!(%error, "an errand was dropped"),
        }
    }

    /// Sends out what waits and may go.
    pub(super) fn see_to_files(&mut self) {
        while let Some((job, deed, files)) = self.files.next() {
            match deed {
                Deed::Publish => self.publish(job, files),
                Deed::Discard => self.discard(job, files),
            }
        }
    }

    fn publish(&mut self, id: JobId, files: Vec<FileIndex>) {
        let Some(job) = self.engine.job(id) else { return self.files.done(id) };
        let (scope, owner, existing) = (self.parts.scope, job.owner, job.settings.existing);
        let wanted = files.iter().filter_map(|index| {
            let file = job.file(*index)?;
            Some(Publish {
                rights: bgcopy_disk::Rights::Own,
                temporary: file.temporary.clone().unwrap_or_default(),
                local_name: file.spec.local_name.clone(),
                existing,
                last_modified: file.last_modified,
                // What was written at once has none.
                log: if file.kept.is_some() { PathBuf::new() } else { self.log(id, *index) },
                kept: file.kept,
                mode: 0,
            })
        });
        let mut wanted: Vec<Publish> = wanted.collect();
        let work = move || {
            let published = unless_broken(|| {
                let (rights, mode) = (of_owner(scope, owner)?, bgcopy_disk::mode_by_umask());
                for spec in &mut wanted {
                    (spec.rights, spec.mode) = (rights.clone(), mode);
                    if spec.temporary.as_os_str().is_empty() {
                        spec.temporary = bgcopy_disk::temporary_of(&spec.log).unwrap_or_default();
                    }
                }
                Ok(Publisher::default().publish_all(&wanted))
            });
            told_of_each(files, published, |file, published| {
                Event::Published(id, file, published.map(|published| published.local_name))
            })
        };
        self.errands.spawn_blocking_on(work, &self.parts.transfers);
    }

    fn discard(&mut self, id: JobId, files: Vec<FileIndex>) {
        let Some(job) = self.engine.job(id) else { return self.files.done(id) };
        let (scope, owner) = (self.parts.scope, job.owner);
        let left = files.iter().filter_map(|index| {
            let file = job.file(*index)?;
            let folder = file.spec.local_name.folder().to_owned();
            Some((file.temporary.clone(), self.log(id, *index), folder, mark(id, *index)))
        });
        let left: Vec<_> = left.collect();
        let work = move || {
            let discarded = unless_broken(|| {
                let rights = of_owner(scope, owner)?;
                let each = left.iter().map(|(temporary, log, folder, mark)| {
                    bgcopy_disk::discard(&rights, temporary.as_deref(), log)?;
                    match temporary {
                        Some(_) => Ok(()),
                        // A small file that nobody could record any more.
                        None => bgcopy_disk::discard_stray(&rights, folder, mark),
                    }
                });
                Ok(each.collect())
            });
            told_of_each(files, discarded, |file, discarded| Event::Discarded(id, file, discarded))
        };
        self.errands.spawn_blocking_on(work, &self.parts.transfers);
    }
}

/// What no other file has: the name of the temporary file of a small one is made of it.
pub(super) fn mark(job: JobId, file: FileIndex) -> String {
    format!("{job}-{file}")
}

/// An event for each file, whatever became of the errand.
fn told_of_each<T>(
    files: Vec<FileIndex>,
    done: Result<Vec<Result<T, Fault>>, Fault>,
    tell: impl Fn(FileIndex, Result<T, Fault>) -> Event,
) -> Vec<Event> {
    match done {
        Ok(done) => files.into_iter().zip(done).map(|(file, done)| tell(file, done)).collect(),
        Err(fault) => files.into_iter().map(|file| tell(file, Err(fault.clone()))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_job_go_two_errands_at_a_time_in_their_order() {
        let (one, other) = (JobId::from_random_bytes([1; 16]), JobId::from_random_bytes([2; 16]));
        let mut files = Files::default();
        (0..600).for_each(|file| files.add(one, FileIndex(file), Deed::Publish));
        files.add(one, FileIndex(600), Deed::Discard);
        files.add(other, FileIndex(0), Deed::Discard);
        let (job, deed, first) = files.next().unwrap();
        assert_eq!((job, deed, first.len(), first[255]), (one, Deed::Publish, 256, FileIndex(255)));
        let (_, _, second) = files.next().unwrap();
        assert_eq!((second.len(), second[0]), (256, FileIndex(256)));
        assert_eq!(files.next(), Some((other, Deed::Discard, vec![FileIndex(0)])));
        assert_eq!(files.next(), None, "each job has two errands under way");
        files.done(one);
        let (_, _, third) = files.next().unwrap();
        assert_eq!((third.len(), third[0]), (88, FileIndex(512)));
        files.done(one);
        assert_eq!(files.next(), Some((one, Deed::Discard, vec![FileIndex(600)])));
        assert!(files.is_empty());
    }
}
