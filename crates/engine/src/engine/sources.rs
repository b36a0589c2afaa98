//! The sources of a run: who is asked next, who failed, who lied. What speaks for and against a source at all is
//! [`crate::sources`]' subject.
//!
//! Where the content proves itself, by a digest or by the hashes of its pieces, the bytes of several sources are
//! mixed. Where it does not, one source serves, and another one follows only if that one fails: with the first
//! byte again, because two sources agree on nothing but the name.

use std::collections::BTreeSet;
use std::time::Duration;

use bgcopy_core::{
    ByteRange, Code, ErrorClass, ErrorContext, Fault, FileIndex, FileRecord, JobId, Mono, Now, Priority,
    SourceKind, Validator, limits,
};

use super::Engine;
use super::helpers::Who;
use super::places::{Place, PlaceId};
use super::transfers::Transfer;
use crate::action::TransferId;
use crate::plan::{self, Whose};
use crate::sources::{Source, Standing, sources_of};

/// Whether a source serves the version that is here.
fn is_version_of(file: &FileRecord, source: &Source) -> bool {
    match &file.version_of {
        None => source.is_of_origin(),
        Some(url) => source.url == **url,
    }
}

impl Engine {
    /// Who could serve a file. What a job adds to its requests is meant for the origin alone, so no cache could ask for
    /// the same.
    pub(super) fn places_of(&self, id: JobId, index: FileIndex) -> Vec<Source> {
        let Some(job) = self.jobs.get(&id) else { return Vec::new() };
        let Some(file) = job.record.file(index) else { return Vec::new() };
        let secrets = &job.record.secrets;
        let plain = secrets.headers.is_empty()
            && secrets.auth_headers.is_empty()
            && secrets.credentials.is_empty()
            && job.record.settings.http_method.is_none()
            // A reply is for who sent the file.
            && !job.record.is_upload();
        sources_of(file, if plain { &self.config.cache_hosts } else { &[] })
    }

    /// Whose answer it is, that of a source of this run.
    pub(super) fn whose<'a>(run: &'a Transfer, file: &FileRecord, id: PlaceId) -> Whose<'a> {
        match run.places.get(id) {
            Some(place) if !is_version_of(file, &place.source) => Whose::Other(place.validator.as_ref()),
            Some(_) | None => Whose::Same,
        }
    }

    /// What a source is asked to go on with, of a file of which something is here.
    pub(super) fn validator_at(&self, transfer: TransferId, id: PlaceId) -> Option<Validator> {
        let run = self.transfers.get(&transfer)?;
        let file = self.file(run.job, run.file)?;
        // A13: of servers that share a name and no tags, each would send the whole of what it takes for another
        // version. The pieces prove that it is none.
        if file.pieces().is_some() {
            return None;
        }
        match Self::whose(run, file, id) {
            Whose::Same => file.validator.clone(),
            Whose::Other(validator) => validator.cloned(),
        }
    }

    /// Whether the bytes of several sources may be mixed.
    pub(super) fn is_mixed(&self, run: &Transfer) -> bool {
        let Some(job) = self.jobs.get(&run.job) else { return false };
        job.record.file(run.file).is_some_and(FileRecord::is_provable)
            && !self.is_alone(run)
            && !plan::wants_whole(&job.record.settings)
    }

    /// How long a job of this priority keeps to its cache hosts (product 2.5).
    fn cache_patience(&self, priority: Priority) -> Duration {
        match priority {
            Priority::Foreground => self.config.cache_fallback_foreground,
            Priority::High | Priority::Normal | Priority::Low => self.config.cache_fallback_background,
        }
    }

    /// Whether a run may ask none but cache hosts yet.
    fn keeps_to_caches(&self, run: &Transfer, now: Mono) -> bool {
        let Some(job) = self.jobs.get(&run.job) else { return false };
        let patience = self.cache_patience(job.record.priority);
        let waits = job.began.is_some_and(|began| now.since(began) < patience);
        waits && run.places.list.iter().any(|place| place.source.kind == SourceKind::CacheHost)
    }

    fn is_good(&self, run: &Transfer, source: &Source, now: Mono) -> bool {
        let Some(job) = self.jobs.get(&run.job) else { return false };
        let is_cache = source.kind == SourceKind::CacheHost;
        let its_turn = is_cache || !self.keeps_to_caches(run, now);
        let with_all = !is_cache || self.cache_standing.is_good(source, now);
        its_turn && with_all && job.standing.is_good(source, now)
    }

    pub(super) fn is_good_from(&self, run: &Transfer, source: &Source) -> Option<Mono> {
        let with_job = self.jobs.get(&run.job)?.standing.is_good_from(source)?;
        match source.kind {
            SourceKind::CacheHost => Some(with_job.max(self.cache_standing.is_good_from(source)?)),
            SourceKind::Origin | SourceKind::Mirror => Some(with_job),
        }
    }

    /// The best source that is worth asking now for the bytes from `at` on: the one that serves already, if it is.
    fn good_place(&self, run: &Transfer, now: Mono, at: u64) -> Option<PlaceId> {
        let honest = run.places.ids().filter(|(id, _)| !self.lied_about(run, *id, at));
        let good = honest.filter(|(_, place)| self.is_good(run, &place.source, now));
        let best =
            good.min_by_key(|(id, place)| (run.asked_before && *id != run.places.lead, place.source.rank()));
        best.map(|(id, _)| id)
    }

    /// Whom the lead asks for the bytes from `at` on: somebody who did not lie about them and is good, else who will be
    /// good first.
    pub(super) fn choose_lead(&mut self, now: Now, transfer: TransferId, at: u64) -> Option<PlaceId> {
        let run = self.transfers.get(&transfer)?;
        let keeps = self.keeps_to_caches(run, now.mono);
        let good = self.good_place(run, now.mono, at);
        let later = || {
            let places =
                run.places.ids().filter(|(_, place)| !keeps || place.source.kind == SourceKind::CacheHost);
            let ends = places.filter_map(|(id, place)| {
                // "It keeps trying the hosts in turn" (product 2.6).
                let turn = if keeps { self.cache_standing.times(&place.source) } else { 0 };
                Some((self.lied_about(run, id, at), turn, self.is_good_from(run, &place.source)?, id))
            });
            ends.min().map(|(.., id)| id)
        };
        let chosen = good.or_else(later)?;
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.places.lead = chosen;
            run.asked_before = true;
        }
        Some(chosen)
    }

    /// Whether what is here is of no use with this source: it is another one, and nothing proves the whole.
    pub(super) fn must_begin_again_at(&self, transfer: TransferId, id: PlaceId) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let Some(file) = self.file(run.job, run.file) else { return false };
        let Some(place) = run.places.get(id) else { return false };
        let mixes = match (file.pieces(), file.digest()) {
            (Some(_), _) => true,
            (None, Some(_)) => !self.is_alone(run),
            (None, None) => false,
        };
        !run.have.is_empty() && !is_version_of(file, &place.source) && !mixes
    }

    /// Whether the sources of a file are asked one at a time.
    pub(super) fn is_alone(&self, run: &Transfer) -> bool {
        self.jobs.get(&run.job).is_some_and(|job| job.alone.contains(&run.file))
    }

    /// Whom a helper asks: the best that was not tried yet, then the one whose connections bring most, each up to its
    /// number of connections.
    pub(super) fn choose_helper(&self, run: &Transfer, now: Mono) -> Option<PlaceId> {
        let has_room =
            |place: &Place| self.connections_to(&place.source.host()) < self.config.connections_per_host;
        if !self.is_mixed(run) {
            return run.places.lead().filter(|place| has_room(place)).map(|_| run.places.lead);
        }
        let good =
            run.places.ids().filter(|(_, place)| self.is_good(run, &place.source, now) && has_room(place));
        let best = good.min_by_key(|(id, place)| {
            let untried = place.rate.is_none() && run.crew.connections_at(*id) == 0;
            (!untried, std::cmp::Reverse(place.rate), place.source.rank())
        });
        best.map(|(id, _)| id)
    }

    /// How many connections a run may have.
    pub(super) fn connections_for(&self, run: &Transfer, now: Mono) -> usize {
        let hosts: BTreeSet<String> = if self.is_mixed(run) {
            let good = run.places.list.iter().filter(|place| self.is_good(run, &place.source, now));
            good.map(|place| place.source.host()).collect()
        } else {
            BTreeSet::new()
        };
        (hosts.len().max(1) * self.config.connections_per_host).min(CONNECTIONS_MAX)
    }

    /// A source failed: a cache host for all jobs, everybody else for this one. That a source *lied* is always said
    /// by the job alone: whose list is wrong must not take a cache host away from others.
    pub(super) fn strike(&mut self, id: JobId, source: &Source, fault: &Fault, now: Mono) {
        let standing: Option<&mut Standing> = match source.kind {
            SourceKind::CacheHost => Some(&mut self.cache_standing),
            SourceKind::Origin | SourceKind::Mirror => self.jobs.get_mut(&id).map(|job| &mut job.standing),
        };
        if let Some(standing) = standing {
            standing.strike(source, fault, now);
        }
    }

    /// The source that the lead asked failed, or what it serves is of no use: another one goes on, where there is
    /// one; else the file fails.
    pub(super) fn source_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(job) = self.jobs.get(&id) else { return };
        let source = run.places.lead().map(|place| place.source.clone());
        let of_source = match fault.context {
            ErrorContext::RemoteFile | ErrorContext::GeneralTransport => true,
            // What the owner says of the origin's certificate the job has to hear (spec 7.7); who only stands in for the
            // origin is passed over.
            ErrorContext::ServerCertificateCallback => {
                source.as_ref().is_some_and(|source| source.kind != SourceKind::Origin)
            }
            ErrorContext::None
            | ErrorContext::Unknown
            | ErrorContext::GeneralQueueManager
            | ErrorContext::QueueManagerNotification
            | ErrorContext::LocalFile
            | ErrorContext::RemoteApplication => false,
        };
        let its_own =
            of_source && fault.class() != ErrorClass::Policy && self.conditions.block(&job.record).is_none();
        // Of another size than an optional document says.
        let is_unlike = fault.code == Code::ValidationFailed;
        let Some(source) = source.filter(|_| its_own && run.places.has_choice()) else {
            if is_unlike && self.forgo_document(now, transfer) {
                return;
            }
            return self.fail(now, id, Some(index), fault);
        };
        self.strike(id, &source, fault, now.mono);
        let Some(run) = self.live(transfer) else { return };
        let at = run.asked.map_or(0, |asked| asked.ask.start());
        let next = self.good_place(run, now.mono, at);
        let keeps_all = self.jobs.get(&id).is_some_and(|job| job.record.settings.forbid_restart);
        match next {
            Some(next) if !(keeps_all && self.must_begin_again_at(transfer, next)) => {
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.asked = None;
                }
                self.ask_next(now, transfer);
            }
            Some(_) | None if is_unlike && self.forgo_document(now, transfer) => {}
            Some(_) | None => {
                let fault = self.verdict(transfer, fault, now.mono);
                self.fail(now, id, Some(index), &fault);
            }
        }
    }

    /// What a file fails with when nobody serves it now: with something that passes, if anything does; else with
    /// what the origin said.
    fn verdict(&self, transfer: TransferId, fault: &Fault, now: Mono) -> Fault {
        let Some(run) = self.transfers.get(&transfer) else { return fault.clone() };
        if self.keeps_to_caches(run, now) {
            // "With a delay: stay on the cache until it is due" (product 7.3).
            return Fault { passing: true, ..fault.clone() };
        }
        let Some(job) = self.jobs.get(&run.job) else { return fault.clone() };
        let sources = || {
            run.places
                .list
                .iter()
                .map(|place| &place.source)
                .filter(|source| source.kind != SourceKind::CacheHost)
        };
        let passes = sources().find(|source| job.standing.is_good_from(source).is_some());
        let why = passes.or_else(|| sources().next()).and_then(|source| job.standing.why(source));
        why.filter(|_| fault.class() == ErrorClass::Fatal).unwrap_or(fault).clone()
    }

    /// Nobody is left who could be asked.
    pub(super) fn nobody_serves(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let unknown =
            Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, "no source of the file is left");
        let fault = self.verdict(transfer, &unknown, now.mono);
        self.fail(now, id, Some(index), &fault);
    }

    /// A source that a helper asked failed: where others serve, they are asked instead.
    pub(super) fn helper_source_failed(
        &mut self,
        now: Now,
        transfer: TransferId,
        id: PlaceId,
        fault: &Fault,
    ) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let job = run.job;
        // What the lead gets from the same source shows that it serves; it only bears no more connections.
        let other = run.places.get(id).filter(|_| id != run.places.lead);
        if let Some(source) = other.map(|place| place.source.clone()) {
            self.strike(job, &source, fault, now.mono);
        }
    }

    /// Whether somebody else could go on at once with what this source brings.
    pub(super) fn others_are_good(&self, transfer: TransferId, id: PlaceId, now: Mono) -> bool {
        let Some(run) = self.live(transfer).filter(|run| self.is_mixed(run)) else { return false };
        run.places.ids().any(|(other, place)| other != id && self.is_good(run, &place.source, now))
    }

    /// A33: nothing comes of the last bytes of a file, and another source is asked for them. Before that the rule for
    /// slow sources is soon enough.
    pub(super) fn on_silent(&mut self, now: Now, transfer: TransferId, who: Who) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (id, index, here) = (run.job, run.file, run.have.len());
        let Some(place) = run.crew.place_of(who) else { return };
        let Some(source) = run.places.get(place).map(|place| place.source.clone()) else { return };
        let size = self.file(id, index).and_then(|file| file.remote_size);
        let last = size.is_some_and(|size| size.saturating_sub(here) <= limits::LAST_BYTES);
        if !last || !self.others_are_good(transfer, place, now.mono) {
            return;
        }
        let detail = format!("nothing came for {} s", limits::SILENT_AFTER.as_secs());
        let mut fault = Fault::new(Code::Timeout, ErrorContext::GeneralTransport, detail);
        fault.source = Some(source.url.redacted());
        match who {
            Who::Lead => self.source_failed(now, transfer, &fault),
            Who::Helper(helper) => {
                self.strike(id, &source, &fault, now.mono);
                self.dismiss(transfer, helper);
                self.go_on_without(now, transfer);
            }
        }
    }

    /// Bytes of a connection are here, by whom they came.
    pub(super) fn note_giver(
        &mut self,
        now: Now,
        transfer: TransferId,
        who: Who,
        range: ByteRange,
    ) -> SourceKind {
        let Some(run) = self.transfers.get_mut(&transfer) else { return SourceKind::Origin };
        let (place, rate) = run.crew.rate_of(who, now.mono).unwrap_or((run.places.lead, None));
        run.places.note(place, range, rate);
        run.places.get(place).map_or(SourceKind::Origin, |place| place.source.kind)
    }
}

/// Connections of one run at most, to all hosts together: more bring nothing but work.
const CONNECTIONS_MAX: usize = 16;
