//! Sources that brought something else than was promised.
//!
//! Whoever brings all of a wrong piece has spoiled it: others are asked for a while, and for good when it happens
//! again. Where several brought it nobody is blamed; the next one who is asked brings all of it alone.

use std::collections::BTreeSet;

use bgcopy_core::{ByteRange, Code, ErrorContext, Fault, Now};

use super::Engine;
use super::places::PlaceId;
use super::transfers::Transfer;
use crate::action::{HelperId, Notice, Order, TransferId};
use crate::plan::{self, Restart};
use crate::sources::Source;

/// Who spoiled so many pieces lies about all of them; of one, another source may have what this one has not.
const PIECES_MAX: usize = 2;
/// So often it is no accident either, though it be the same piece: a second answer may be right.
const TIMES_MAX: u32 = 3;
/// So many pieces that nobody could be blamed for are too many: they are as large as files, or all lie.
const MUDDLED_MAX: u32 = 16;
/// So often all of a file came and was wrong, or a run ended over pieces that nobody could be blamed for: somebody
/// keeps naming liars, such as a publisher whose document has other mirrors each time it is read. More than a file
/// usually has mirrors, and few enough for the traffic.
const WRONG_MAX: u32 = 16;

impl Engine {
    /// A piece is not what was promised. Who brought it is asked for nothing for a while, or not again at all.
    pub(super) fn on_spoiled(&mut self, now: Now, transfer: TransferId, range: ByteRange) {
        let Some(run) = self.transfers.get(&transfer) else { return };
        let (id, index) = (run.job, run.file);
        let givers = run.places.givers(range);
        let culprit = run.places.brought_alone(range);
        self.forget_piece(transfer, range);
        if let Some(asked) = self.transfers.get_mut(&transfer).and_then(|run| run.asked.as_mut()) {
            asked.spoiled = true;
        }
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
            if let Some(job) = self.jobs.get_mut(&id) {
                job.standing.suspect(&source, fault, now.mono);
            }
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
        let (id, index, is_lead) = (run.job, run.file, giver == run.places.lead);
        let Some(source) = run.places.get(giver).map(|place| place.source.clone()) else { return false };
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        let lies = job.lies.entry((index, source.url.clone())).or_default();
        lies.pieces.extend(fault.range);
        lies.times += 1;
        let no_accident = lies.pieces.len() >= PIECES_MAX || lies.times >= TIMES_MAX;
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let others = run
            .places
            .ids()
            .any(|(other, place)| other != giver && self.is_good_from(run, &place.source).is_some());
        match self.jobs.get_mut(&id) {
            Some(job) if no_accident => job.standing.strike_for_good(&source, fault),
            // There is nobody else to be asked.
            Some(_) if !others => return true,
            Some(job) => job.standing.suspect(&source, fault, now.mono),
            None => {}
        }
        self.dismiss_at(now, transfer, giver);
        // The lead's own connection cannot be told apart from the one that follows it, so the run begins anew.
        !(is_lead && no_accident)
    }

    /// Whether a source brought a piece with this byte that was not what was promised.
    pub(super) fn lied_about(&self, run: &Transfer, id: PlaceId, at: u64) -> bool {
        let Some(place) = run.places.get(id) else { return false };
        let Some(job) = self.jobs.get(&run.job).filter(|job| !job.lies.is_empty()) else { return false };
        let lies = job.lies.get(&(run.file, place.source.url.clone()));
        lies.is_some_and(|lies| lies.pieces.iter().any(|piece| (piece.start..piece.end).contains(&at)))
    }

    fn forget_piece(&mut self, transfer: TransferId, piece: ByteRange) {
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.have.remove(piece);
            run.places.list.iter_mut().for_each(|place| place.brought.remove(piece));
        }
    }

    /// The lead's source lied once too often: others go on from what is right, or the file fails.
    fn source_lost(&mut self, now: Now, transfer: TransferId, fault: &Fault) {
        let Some(run) = self.live(transfer) else { return };
        let (id, index) = (run.job, run.file);
        let others = run.places.list.iter().any(|place| self.is_good_from(run, &place.source).is_some());
        let others = others && run.places.has_choice();
        let muddled = run.places.muddled >= MUDDLED_MAX;
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let wrong = job.wrong.entry(index).or_default();
        *wrong += u32::from(muddled);
        if others && *wrong < WRONG_MAX {
            self.begin_anew(now, id, index);
        } else if !self.forgo_document(now, transfer) {
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
        } else if !self.forgo_document(now, transfer) {
            // A23: a page in place of the file says more of the network than of the file.
            let login = self.file(id, index).and_then(plan::login_page_of);
            self.forget_bytes(now, id, index, Restart::Invalid);
            self.fail(now, id, Some(index), login.as_ref().unwrap_or(fault));
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
        // Of bytes that an earlier run left nobody knows any more who gave them, unless one was asked at a time.
        let was_alone = self.is_alone(run);
        let givers = run.places.givers(ByteRange::new(0, u64::MAX));
        let gave_all = |id: &PlaceId| {
            let brought = run.places.get(*id).map(|place| &place.brought);
            brought.is_some_and(|brought| run.have.iter().all(|range| brought.contains(range)))
        };
        let liar = match givers.first() {
            Some(giver) if givers.len() == 1 => Some(*giver).filter(|giver| was_alone || gave_all(giver)),
            Some(_) => None,
            None => Some(run.places.lead).filter(|_| was_alone || run.have.is_empty()),
        };
        let liar = liar.and_then(|id| run.places.get(id)).map(|place| place.source.clone());
        let Some(job) = self.jobs.get_mut(&id) else { return false };
        if let Some(source) = liar {
            job.standing.strike_for_good(&source, fault);
        }
        job.alone.insert(index);
        let wrong = job.wrong.entry(index).or_default();
        *wrong += 1;
        if *wrong >= WRONG_MAX {
            return false;
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
}
