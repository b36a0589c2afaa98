//! What others than the client promise of a file: publishers' documents, and the answers of its origin.

use bgcopy_core::{Answer, Fault, FileIndex, FileRecord, JobId, Now, Promise, SourceKind};

use super::Engine;
use crate::action::{Order, Saved, TransferId};
use crate::plan::Restart;

/// A file below this is here before anybody has read what describes it.
const WORTH_CONSULTING: u64 = 4 << 20;

impl Engine {
    /// Whether a publisher has to be read first. Then it is, and the run waits for it.
    pub(super) fn consults(&mut self, transfer: TransferId) -> bool {
        let Some(run) = self.transfers.get_mut(&transfer) else { return false };
        let (id, index) = (run.job, run.file);
        let Some(file) = self.jobs.get(&id).and_then(|job| job.record.file(index)) else { return false };
        let Some(manifest) = file.spec.supply.manifest.clone().filter(|_| !file.promise.consulted) else {
            return false;
        };
        if !std::mem::replace(&mut run.consulting, true) {
            self.order(transfer, Order::Consult(manifest));
        }
        true
    }

    /// What a publisher says of a file is known, or why it is not.
    pub(super) fn on_consulted(&mut self, now: Now, transfer: TransferId, said: Result<Promise, Fault>) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        run.consulting = false;
        let held = run.held.take();
        let (id, index) = (run.job, run.file);
        if self.live(transfer).is_none() {
            return;
        }
        let promise = match (said, &held) {
            (Ok(promise), _) => promise,
            // What a server offered beside the file is no more than an offer.
            (Err(_), Some(_)) => Promise::default(),
            // "Not mandatory ⇒ simple mode, HTTP only, no piece checks" (do-download 8.3).
            (Err(_), None) if self.can_do_without(id, index) => {
                Promise { forgone: true, ..Promise::default() }
            }
            (Err(fault), None) => return self.fail(now, id, Some(index), &fault),
        };
        self.promised(transfer, Promise { consulted: true, ..promise });
        self.save(id, Saved::File(index));
        match held {
            Some(answer) => self.on_answered(now, transfer, &answer),
            // Only now it is known what of an older file is good.
            None if self.may_take_over(transfer) => self.begin_anew(now, id, index),
            None => self.ask_next(now, transfer),
        }
    }

    /// Whether the client named a document that need not be there, and it was not given up yet.
    pub(super) fn can_do_without(&self, id: JobId, index: FileIndex) -> bool {
        let file = self.file(id, index);
        let optional = |file: &FileRecord| {
            let supply = &file.spec.supply;
            supply.manifest.is_some() && supply.binding_manifest().is_none()
        };
        file.is_some_and(|file| optional(file) && !file.promise.forgone)
    }

    /// What came is not what an optional document says, whoever was asked: the document is given up, and with it what it
    /// was held against the sources. Says whether the file goes on.
    pub(super) fn forgo_document(&mut self, now: Now, transfer: TransferId) -> bool {
        let Some((id, index)) = self.live(transfer).map(|run| (run.job, run.file)) else { return false };
        let consulted = self.file(id, index).is_some_and(|file| file.promise.consulted);
        if !consulted || !self.can_do_without(id, index) {
            return false;
        }
        self.start_again(now, transfer, Restart::Invalid);
        if let Some(file) = self.file_mut(id, index) {
            file.promise = Promise { consulted: true, forgone: true, ..Promise::default() }.into();
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.standing.forget();
            job.lies.retain(|(file, _), _| *file != index);
            job.wrong.remove(&index);
            job.alone.remove(&index);
        }
        self.save(id, Saved::File(index));
        self.begin_anew(now, id, index);
        true
    }

    /// Whether there is an older file to be looked through by what was promised.
    fn may_take_over(&self, transfer: TransferId) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let older = |file: &&FileRecord| file.spec.supply.basis.is_some() && run.from_nothing;
        let file = self.file(run.job, run.file).filter(older);
        run.have.is_empty() && file.is_some_and(FileRecord::is_provable)
    }

    /// Somebody who should know says something of a file: more sources may be known then.
    pub(super) fn promised(&mut self, transfer: TransferId, promise: Promise) {
        let Some((id, index)) = self.transfers.get(&transfer).map(|run| (run.job, run.file)) else { return };
        if let Some(file) = self.file_mut(id, index) {
            file.promise.extend(promise);
        }
        let sources = self.places_of(id, index);
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.places.extend(sources);
        }
    }

    /// The origin names a document that describes the file: it is read while the body waits, because it may tell
    /// where else the file is and what its pieces must be (RFC 6249).
    pub(super) fn holds(&mut self, transfer: TransferId, answer: &Answer) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let Some(file) = self.file(run.job, run.file) else { return false };
        let from_origin = run.places.lead().is_some_and(|place| place.source.kind == SourceKind::Origin);
        let news = run.have.is_empty() && !file.promise.consulted && file.spec.ranges.is_empty();
        let worth = answer.size.is_some_and(|size| size >= WORTH_CONSULTING) && file.pieces().is_none();
        let named = file.spec.supply.manifest.is_none();
        let Some(document) = answer.described_by.clone().filter(|_| from_origin && news && worth && named)
        else {
            return false;
        };
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.held = Some(Box::new(answer.clone()));
            run.consulting = true;
        }
        self.order(transfer, Order::Consult(Box::new(document)));
        true
    }

    /// What the origin promises of the version that begins with this answer.
    pub(super) fn heed(&mut self, transfer: TransferId, answer: &Answer) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let from_origin = run.places.lead().is_some_and(|place| place.source.kind == SourceKind::Origin);
        if run.have.is_empty() && from_origin && !answer.promise.is_empty() {
            self.promised(transfer, answer.promise.clone());
        }
    }
}
