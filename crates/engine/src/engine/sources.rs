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
    Promise, RangeSet, SourceKind, Validator,
};

use super::Engine;
use super::helpers::Who;
use super::transfers::Transfer;
use crate::action::{HelperId, Notice, Order, Saved, TransferId};
use crate::plan::{self, Restart, Whose};
use crate::sources::{Source, sources_of};

/// A source of a run, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlaceId(usize);

/// A source, and how it did in this run.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) source: Source,
    /// What proved the version that it serves, as far as it said so.
    validator: Option<Validator>,
    /// What of it is here.
    brought: RangeSet,
    /// Pieces with bytes of it that were not what was promised.
    spoiled: u32,
    /// Bytes per second of one connection, when there was one last.
    rate: Option<u64>,
}

/// The sources of a run. The first is the origin; there is always one.
#[derive(Clone, Debug)]
pub(super) struct Places {
    list: Vec<Place>,
    lead: PlaceId,
    /// Pieces that were wrong, and nobody could tell by whom.
    muddled: u32,
}

/// So many spoiled pieces are no accident.
const SPOILED_MAX: u32 = 2;
/// Of an only source more is borne: a second answer may be right.
const SPOILED_ALONE_MAX: u32 = 3;
/// So many pieces that nobody could be blamed for are too many: they are as large as files, or all lie.
const MUDDLED_MAX: u32 = 16;

impl Places {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        let mut places = Self { list: Vec::new(), lead: PlaceId(0), muddled: 0 };
        places.extend(sources);
        places
    }

    /// More became known. Those that are known keep their places.
    fn extend(&mut self, sources: Vec<Source>) {
        for source in sources {
            if self.list.iter().all(|known| known.source.url != source.url) {
                let (validator, brought) = (None, RangeSet::new());
                self.list.push(Place { source, validator, brought, spoiled: 0, rate: None });
            }
        }
    }

    pub(super) const fn lead_id(&self) -> PlaceId {
        self.lead
    }

    pub(super) fn lead(&self) -> Option<&Place> {
        self.get(self.lead)
    }

    pub(super) fn get(&self, id: PlaceId) -> Option<&Place> {
        self.list.get(id.0)
    }

    fn get_mut(&mut self, id: PlaceId) -> Option<&mut Place> {
        self.list.get_mut(id.0)
    }

    fn ids(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        (0..).map(PlaceId).zip(&self.list)
    }

    /// Those of this host.
    pub(super) fn of_host(&self, host: &str) -> impl Iterator<Item = PlaceId> {
        self.ids().filter(move |(_, place)| place.source.host() == host).map(|(id, _)| id)
    }

    /// Whether there is anybody to turn to.
    pub(super) fn has_choice(&self) -> bool {
        self.list.len() > 1
    }

    /// One brought bytes, at this rate.
    pub(super) fn note(&mut self, id: PlaceId, range: ByteRange, rate: Option<u64>) {
        if let Some(place) = self.get_mut(id) {
            place.brought.insert(range);
            place.rate = rate.or(place.rate);
        }
    }

    /// Its answer counts, and said this of its version.
    pub(super) fn learn(&mut self, id: PlaceId, validator: Option<Validator>) {
        if let Some(place) = self.get_mut(id) {
            place.validator = validator;
        }
    }

    /// Nothing is here any more.
    pub(super) fn forget_bytes(&mut self) {
        self.list.iter_mut().for_each(|place| place.brought = RangeSet::new());
    }

    /// Who brought all of a range.
    fn brought_alone(&self, range: ByteRange) -> Option<PlaceId> {
        self.ids().find(|(_, place)| place.brought.contains(range)).map(|(id, _)| id)
    }

    /// Who brought bytes that are here.
    fn givers(&self, range: ByteRange) -> BTreeSet<PlaceId> {
        let gave = |place: &Place| place.brought.first_gap(range) != Some(range);
        self.ids().filter(|(_, place)| gave(place)).map(|(id, _)| id).collect()
    }
}

/// Whether a source serves the version that is here.
fn is_version_of(file: &FileRecord, source: &Source) -> bool {
    match &file.version_of {
        None => source.is_of_origin(),
        Some(url) => source.url == *url,
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
            && secrets.credentials.is_empty()
            && job.record.settings.http_method.is_none();
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
        let standing = match source.kind {
            SourceKind::CacheHost => &self.cache_standing,
            SourceKind::Origin | SourceKind::Mirror => match self.jobs.get(&run.job) {
                Some(job) => &job.standing,
                None => return false,
            },
        };
        let its_turn = source.kind == SourceKind::CacheHost || !self.keeps_to_caches(run, now);
        its_turn && standing.is_good(source, now)
    }

    fn is_good_from(&self, run: &Transfer, source: &Source) -> Option<Mono> {
        match source.kind {
            SourceKind::CacheHost => self.cache_standing.is_good_from(source),
            SourceKind::Origin | SourceKind::Mirror => self.jobs.get(&run.job)?.standing.is_good_from(source),
        }
    }

    /// The best source that is worth asking now: the one that serves already, if it is.
    fn good_place(&self, run: &Transfer, now: Mono) -> Option<PlaceId> {
        let good = run.places.ids().filter(|(_, place)| self.is_good(run, &place.source, now));
        let best =
            good.min_by_key(|(id, place)| (run.asked_before && *id != run.places.lead, place.source.rank()));
        best.map(|(id, _)| id)
    }

    /// Whom the lead asks: somebody good, else who will be good first.
    pub(super) fn choose_lead(&mut self, now: Now, transfer: TransferId) -> Option<PlaceId> {
        let run = self.transfers.get(&transfer)?;
        let keeps = self.keeps_to_caches(run, now.mono);
        let later = || {
            let places =
                run.places.ids().filter(|(_, place)| !keeps || place.source.kind == SourceKind::CacheHost);
            let ends = places.filter_map(|(id, place)| Some((self.is_good_from(run, &place.source)?, id)));
            ends.min().map(|(_, id)| id)
        };
        let chosen = self.good_place(run, now.mono).or_else(later)?;
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
    fn is_alone(&self, run: &Transfer) -> bool {
        self.jobs.get(&run.job).is_some_and(|job| job.alone.contains(&run.file))
    }

    /// Where nobody could tell who spoiled a piece, the next one who is asked brings all of it: what others brought
    /// of pieces that are not whole is thrown away. Says whether there was anything.
    pub(super) fn forget_parts_of_others(&mut self, transfer: TransferId, id: PlaceId) -> bool {
        let Some(run) = self.transfers.get(&transfer).filter(|run| self.is_alone(run)) else { return false };
        let Some(list) = self.file(run.job, run.file).and_then(|file| file.pieces().copied()) else {
            return false;
        };
        let Some(place) = run.places.get(id) else { return false };
        let piece_at = |byte: u64| {
            let start = byte / list.piece_size * list.piece_size;
            ByteRange::new(start, start.saturating_add(list.piece_size).min(list.size))
        };
        let edges = run.have.iter().flat_map(|range| [piece_at(range.start), piece_at(range.end - 1)]);
        let foreign = |piece: &ByteRange| {
            let mut here = run.have.iter().map(|range| range.intersection(*piece));
            !run.have.contains(*piece) && here.any(|part| !place.brought.contains(part))
        };
        let pieces: BTreeSet<ByteRange> = edges.filter(foreign).collect();
        let (job, file) = (run.job, run.file);
        for piece in &pieces {
            self.forget_piece(transfer, *piece);
            self.order(transfer, Order::Forget(*piece));
        }
        if !pieces.is_empty() {
            self.keep_count(job, file, transfer);
            self.notify(job, Notice::FileRestarted(file, Restart::BadPiece));
        }
        !pieces.is_empty()
    }

    fn forget_piece(&mut self, transfer: TransferId, piece: ByteRange) {
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.have.remove(piece);
            run.places.list.iter_mut().for_each(|place| place.brought.remove(piece));
        }
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

    fn strike(&mut self, id: JobId, source: &Source, fault: &Fault, now: Mono) {
        match source.kind {
            SourceKind::CacheHost => self.cache_standing.strike(source, fault, now),
            SourceKind::Origin | SourceKind::Mirror => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.standing.strike(source, fault, now);
                }
            }
        }
    }

    /// The source that the lead asked failed, or what it serves is of no use: another one goes on, where there is
    /// one; else the file fails.
    pub(super) fn source_failed(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let Some(job) = self.jobs.get(&id) else { return };
        let its_own = matches!(fault.context, ErrorContext::RemoteFile | ErrorContext::GeneralTransport)
            && fault.class() != ErrorClass::Policy
            && self.conditions.block(&job.record).is_none();
        let source = run.places.lead().map(|place| place.source.clone());
        let Some(source) = source.filter(|_| its_own && run.places.has_choice()) else {
            return self.fail(now, id, Some(index), fault);
        };
        self.strike(id, &source, fault, now.mono);
        let Some(run) = self.live(transfer) else { return };
        let next = self.good_place(run, now.mono);
        let keeps_all = self.jobs.get(&id).is_some_and(|job| job.record.settings.forbid_restart);
        match next {
            Some(next) if !(keeps_all && self.must_begin_again_at(transfer, next)) => {
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.asked = None;
                }
                self.ask_next(now, transfer);
            }
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

    /// A piece is not what was promised. Who brought it is asked for nothing for a while, or not again at all.
    pub(super) fn on_spoiled(&mut self, now: Now, transfer: TransferId, range: ByteRange) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        let givers = run.places.givers(range);
        let culprit = run.places.brought_alone(range);
        self.forget_piece(transfer, range);
        self.keep_count(id, index, transfer);
        self.notify(id, Notice::FileRestarted(index, Restart::BadPiece));
        let fault = self.spoiled_fault(transfer, &givers, range);
        let goes_on = match culprit {
            Some(culprit) => self.distrust(now, transfer, culprit, &fault),
            None => self.suspect_all(now, transfer, &givers, &fault),
        };
        if self.live(transfer).is_none() {
            return;
        }
        if goes_on {
            self.go_on_without(now, transfer);
        } else {
            self.source_lost(now, transfer, &fault);
        }
    }

    /// Several brought a piece, or nobody knows who brought all of it: none of them is proved a liar.
    fn suspect_all(
        &mut self,
        now: Now,
        transfer: TransferId,
        givers: &BTreeSet<PlaceId>,
        fault: &Fault,
    ) -> bool {
        let Some(run) = self.transfers.get_mut(&transfer) else { return false };
        run.places.muddled += 1;
        let (id, index, muddled) = (run.job, run.file, run.places.muddled);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.alone.insert(index);
        }
        let suspects: Vec<(PlaceId, Source)> =
            givers.iter().filter_map(|id| Some((*id, run.places.get(*id)?.source.clone()))).collect();
        for (place, source) in suspects {
            self.suspect(id, &source, fault, now.mono);
            self.dismiss_at(now, transfer, place);
        }
        muddled < MUDDLED_MAX
    }

    fn spoiled_fault(&self, transfer: TransferId, givers: &BTreeSet<PlaceId>, range: ByteRange) -> Fault {
        let places = self.transfers.get(&transfer).map(|run| &run.places);
        let source =
            givers.first().and_then(|giver| places?.get(*giver)).map(|place| place.source.url.redacted());
        let detail = format!("bytes {range} are not what the list of piece hashes promises");
        let fault = Fault::new(Code::ValidationFailed, ErrorContext::RemoteFile, detail);
        Fault { source, range: Some(range), ..fault }
    }

    /// Counts a piece against a source; says whether the file can go on with who is left.
    fn distrust(&mut self, now: Now, transfer: TransferId, giver: PlaceId, fault: &Fault) -> bool {
        let Some(run) = self.transfers.get_mut(&transfer) else { return false };
        let (id, is_lead) = (run.job, giver == run.places.lead);
        let Some(place) = run.places.get_mut(giver) else { return false };
        place.spoiled += 1;
        let (spoiled, source) = (place.spoiled, place.source.clone());
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let others = run
            .places
            .ids()
            .any(|(other, place)| other != giver && self.is_good_from(run, &place.source).is_some());
        if !others {
            return spoiled < SPOILED_ALONE_MAX;
        }
        if spoiled >= SPOILED_MAX {
            self.strike_for_good(id, &source, fault);
        } else {
            self.suspect(id, &source, fault, now.mono);
        }
        self.dismiss_at(now, transfer, giver);
        // The lead's own connection cannot be told apart from the one that follows it, so the run begins anew.
        !(is_lead && spoiled >= SPOILED_MAX)
    }

    fn strike_for_good(&mut self, id: JobId, source: &Source, fault: &Fault) {
        match source.kind {
            SourceKind::CacheHost => self.cache_standing.strike_for_good(source, fault),
            SourceKind::Origin | SourceKind::Mirror => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.standing.strike_for_good(source, fault);
                }
            }
        }
    }

    fn suspect(&mut self, id: JobId, source: &Source, fault: &Fault, now: Mono) {
        match source.kind {
            SourceKind::CacheHost => self.cache_standing.suspect(source, fault, now),
            SourceKind::Origin | SourceKind::Mirror => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.standing.suspect(source, fault, now);
                }
            }
        }
    }

    /// The lead's source lied once too often: others go on from what is right, or the file fails.
    fn source_lost(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let others = run.places.list.iter().any(|place| self.is_good_from(run, &place.source).is_some());
        if others && run.places.has_choice() {
            self.begin_anew(now, id, index);
        } else {
            self.fail(now, id, Some(index), fault);
        }
    }

    /// The whole is not what was promised, so every byte is suspect (D02): others may bring it right; else Resume
    /// downloads the file again (spec 6.7).
    pub(super) fn mismatched(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        if self.tries_others(transfer, fault) {
            self.start_again(now, transfer, Restart::Invalid);
            self.begin_anew(now, id, index);
        } else {
            self.forget_bytes(now, id, index, Restart::Invalid);
            self.fail(now, id, Some(index), fault);
        }
    }

    /// The whole is not what was promised, and no piece tells where. What one source brought alone, another one may
    /// bring right; what several brought is fetched again from one at a time. Says whether there is such a way.
    fn tries_others(&mut self, transfer: TransferId, fault: &Fault) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let (id, index) = (run.job, run.file);
        let pieces = self.file(id, index).is_some_and(|file| file.pieces().is_some());
        if pieces || !run.places.has_choice() {
            return false;
        }
        let givers = run.places.givers(ByteRange::new(0, u64::MAX));
        let alone = givers.len() <= 1;
        let giver = givers.first().copied().unwrap_or(run.places.lead);
        if alone && let Some(source) = run.places.get(giver).map(|place| place.source.clone()) {
            self.strike_for_good(id, &source, fault);
        }
        if let Some(job) = self.jobs.get_mut(&id) {
            job.alone.insert(index);
        }
        let Some(run) = self.transfers.get(&transfer) else { return false };
        run.places.list.iter().any(|place| self.is_good_from(run, &place.source).is_some())
    }

    /// Sends the helpers away that ask this source.
    fn dismiss_at(&mut self, now: Now, transfer: TransferId, id: PlaceId) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let helpers: Vec<HelperId> = run.crew.helpers_at(id).collect();
        for helper in helpers {
            self.dismiss(transfer, helper);
        }
        if let Some(run) = self.transfers.get_mut(&transfer) {
            let left = run.crew.connections();
            run.crew.refused(now.mono, left);
        }
    }

    /// Whether a publisher has to be read first. Then it is, and the run waits for it.
    pub(super) fn consults(&mut self, transfer: TransferId) -> bool {
        let Some(run) = self.transfers.get_mut(&transfer) else { return false };
        let (id, index) = (run.job, run.file);
        let Some(file) = self.jobs.get(&id).and_then(|job| job.record.file(index)) else { return false };
        let Some(manifest) = file.spec.supply.manifest.clone().filter(|_| !file.promise.consulted) else {
            return false;
        };
        if !std::mem::replace(&mut run.consulting, true) {
            self.order(transfer, Order::Consult(Box::new(manifest)));
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
            (Err(fault), None) => return self.fail(now, id, Some(index), &fault),
        };
        self.promised(transfer, Promise { consulted: true, ..promise });
        self.save(id, Saved::File(index));
        match held {
            Some(answer) => self.on_answered(now, transfer, &answer),
            None => self.ask_next(now, transfer),
        }
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
