//! More connections for one file. The first one, the lead, settles what the file is: its version, its size, its
//! name. Helpers bring ranges of that version and decide nothing; one that fails or brings another version is
//! sent away, and what it left is a gap like any other.

use std::collections::BTreeMap;
use std::time::Duration;

use bgcopy_core::{Answer, Ask, ByteRange, Code, ErrorContext, Fault, Mono, Now, RangeSet};

use super::Engine;
use super::places::PlaceId;
use super::transfers::Transfer;
use crate::action::{Fetch, HelperId, Helping, Order, TransferId};
use crate::event::Help;
use crate::growth::Growth;
use crate::plan::share::{Course, Share, next_share};
use crate::plan::{self, Take, Verdict};
use crate::sources::Source;

/// The connections of one run.
#[derive(Debug)]
pub(super) struct Crew {
    growth: Growth,
    /// The lead's answer was a part, so the source serves parts.
    ranged: bool,
    lead: Option<Way>,
    helpers: BTreeMap<HelperId, Way>,
}

/// One of the connections of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Lead,
    Helper(HelperId),
}

/// A body on its way, or asked for.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Of whom.
    place: PlaceId,
    began: (u64, Mono),
    rest: ByteRange,
    /// Whose bytes these were. It goes on with them until they are known to come this way.
    donor: Option<Who>,
}

/// A connection that has brought nothing for so long is slow, not new.
const FIRST_BYTE: Duration = Duration::from_secs(1);

impl Way {
    const fn new(place: PlaceId, rest: ByteRange, now: Mono) -> Self {
        Self { place, began: (rest.start, now), rest, donor: None }
    }

    const fn has_moved(&self) -> bool {
        self.rest.start > self.began.0
    }

    fn reach(&mut self, at: u64) {
        self.rest.start = at.clamp(self.rest.start, self.rest.end);
    }

    fn course(&self, now: Mono) -> Course {
        let (from, since) = self.began;
        let (bytes, age) = (self.rest.start - from, now.since(since));
        let known = bytes > 0 || age >= FIRST_BYTE;
        let rate = known.then(|| (bytes as f64 / age.as_secs_f64().max(0.001)) as u64);
        Course { rest: self.rest, rate }
    }
}

impl Crew {
    pub(super) fn new(connections: usize, now: Mono) -> Self {
        Self { growth: Growth::new(connections, now), ranged: false, lead: None, helpers: BTreeMap::new() }
    }

    /// The lead asks for these bytes.
    pub(super) fn lead_asks(&mut self, place: PlaceId, range: Option<ByteRange>, now: Mono) {
        self.lead = range.map(|range| Way::new(place, range, now));
    }

    /// The lead asks for nothing more.
    pub(super) const fn lead_rests(&mut self) {
        self.lead = None;
    }

    /// The lead's answer is taken, and is a part of the file or not.
    pub(super) fn lead_takes(&mut self, place: PlaceId, partial: bool, range: Option<ByteRange>, now: Mono) {
        self.ranged = partial;
        // A helper may have taken a part of it meanwhile.
        let known = self.lead.map_or(u64::MAX, |way| way.rest.end);
        let donor = self.lead.and_then(|way| way.donor);
        self.lead = range.map(|range| {
            let rest = ByteRange::new(range.start, range.end.min(known));
            Way { donor, ..Way::new(place, rest, now) }
        });
    }

    /// Whether the lead brought something since it asked; not known of a file without a size.
    pub(super) fn has_lead_moved(&self) -> Option<bool> {
        self.lead.map(|way| way.has_moved())
    }

    /// Lets what the lead is bringing end where it is; gives the place. Nothing where it brings nothing yet.
    pub(super) fn cut_lead(&mut self) -> Option<u64> {
        let way = self.lead.as_mut().filter(|way| way.has_moved())?;
        way.rest.end = way.rest.start;
        Some(way.rest.end)
    }

    /// Whether anybody but the lead is at work.
    pub(super) fn is_helped(&self) -> bool {
        !self.helpers.is_empty()
    }

    /// What the helpers will bring.
    fn promised(&self) -> impl Iterator<Item = ByteRange> + '_ {
        self.helpers.values().map(|way| way.rest)
    }

    /// The bytes that nobody has to be asked for any more.
    pub(super) fn covered(&self, have: &RangeSet) -> RangeSet {
        let mut covered = have.clone();
        self.promised().for_each(|range| covered.insert(range));
        covered
    }

    /// How many connections there are. A lead that rests has its own kept for when it asks again.
    pub(super) fn connections(&self) -> usize {
        self.helpers.len() + 1
    }

    /// How many of them are with this source.
    pub(super) fn connections_at(&self, place: PlaceId) -> usize {
        let ways = self.lead.iter().chain(self.helpers.values());
        ways.filter(|way| way.place == place).count()
    }

    /// The helpers that ask this source.
    pub(super) fn helpers_at(&self, place: PlaceId) -> impl Iterator<Item = HelperId> + '_ {
        self.helpers.iter().filter(move |(_, way)| way.place == place).map(|(id, _)| *id)
    }

    /// Whom a connection asks, and how fast he answers, if that can be told by now.
    pub(super) fn rate_of(&mut self, who: Who, now: Mono) -> Option<(PlaceId, Option<u64>)> {
        self.way(who).map(|way| (way.place, way.course(now).rate))
    }

    /// The source bears no more than so many connections.
    pub(super) fn refused(&mut self, now: Mono, connections: usize) {
        self.growth.refused(now, connections);
    }

    fn ways(&mut self) -> impl Iterator<Item = (Who, &mut Way)> {
        let lead = self.lead.iter_mut().map(|way| (Who::Lead, way));
        lead.chain(self.helpers.iter_mut().map(|(id, way)| (Who::Helper(*id), way)))
    }

    /// Whom a connection asks.
    pub(super) fn place_of(&mut self, who: Who) -> Option<PlaceId> {
        self.way(who).map(|way| way.place)
    }

    fn way(&mut self, who: Who) -> Option<&mut Way> {
        self.ways().find(|(id, _)| *id == who).map(|(_, way)| way)
    }

    /// The bytes of one that will not bring them go back to whose they were, as far as they did not come.
    fn give_back(&mut self, way: Way, have: &RangeSet) {
        let donor = way.donor.and_then(|donor| self.way(donor));
        if let Some(donor) = donor.filter(|donor| donor.rest.end == way.rest.start) {
            let rest = ByteRange::new(donor.rest.start, way.rest.end);
            let at = have.first_gap(rest).map_or(rest.end, |gap| gap.start);
            donor.rest = ByteRange::new(at, rest.end);
        }
    }

    /// What a share is of, and whose it was. Until it is known to come by another way, that one goes on with it.
    fn cede(&mut self, share: Share) -> (ByteRange, Option<Who>) {
        let (of, rest) = match share {
            Share::Gap(gap) => return (gap, None),
            Share::Half(of, rest) => (of, rest),
        };
        let donor = self.ways().nth(of).map(|(who, way)| {
            way.rest.end = rest.start;
            who
        });
        (rest, donor)
    }

    fn next_share(&self, size: u64, have: &RangeSet, rate: Option<u64>, now: Mono) -> Option<Share> {
        let ways = self.lead.iter().chain(self.helpers.values());
        let courses: Vec<Course> = ways.map(|way| way.course(now)).collect();
        next_share(size, have, &courses, rate)
    }
}

impl Engine {
    /// What a helper reports.
    pub(super) fn on_help(&mut self, now: Now, transfer: TransferId, helper: HelperId, help: Help) {
        let known = self.transfers.get(&transfer).is_some_and(|run| run.crew.helpers.contains_key(&helper));
        // Whatever one that was sent away still says is too late.
        if !known {
            return;
        }
        match help {
            Help::Answered(answer) => self.on_helper_answered(now, transfer, helper, &answer),
            Help::Received(range) => self.received(now, transfer, Who::Helper(helper), range),
            Help::Silent => self.on_silent(now, transfer, Who::Helper(helper)),
            Help::Ended => self.on_helper_left(now, transfer, helper, None),
            Help::Failed(fault) => self.on_helper_left(now, transfer, helper, Some(&fault)),
        }
    }

    /// Takes the body of a helper if it is a part of the very version that is here.
    fn on_helper_answered(&mut self, now: Now, transfer: TransferId, helper: HelperId, answer: &Answer) {
        let Some(run) = self.live(transfer) else { return };
        let Some(way) = run.crew.helpers.get(&helper).copied() else { return };
        let Some(job) = self.jobs.get(&run.job) else { return };
        let Some(file) = job.record.file(run.file) else { return };
        let whose = Self::whose(run, file, way.place);
        let ask = Ask::Exactly(way.rest);
        let verdict = plan::judge(file, &job.record.settings, &run.have, ask, answer, whose);
        let validator = plan::validator_of(file, &run.have, answer, whose);
        let is_lead = way.place == run.places.lead_id();
        // Whose bytes they were may have come so far meanwhile.
        let in_time = run.have.first_gap(way.rest) == Some(way.rest);
        match verdict {
            Verdict::Take(Take { afresh: None, skip: 0, output, .. }) if answer.partial && in_time => {
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.places.learn(way.place, validator);
                }
                self.take_over(transfer, Who::Helper(helper));
                self.order(transfer, Order::Help(helper, Helping::Receive { output, until: way.rest.end }));
            }
            Verdict::Take(_) if answer.partial => {
                self.dismiss(transfer, helper);
                self.go_on_without(now, transfer);
            }
            Verdict::Take(_) | Verdict::StartAgain(_) | Verdict::Refuse(_) if is_lead => {
                if let Some(run) = self.transfers.get_mut(&transfer) {
                    run.crew.growth.stop();
                }
                self.dismiss(transfer, helper);
                self.go_on_without(now, transfer);
            }
            // Another source that has no such part of such a file is of no use.
            Verdict::Refuse(fault) => {
                self.helper_source_failed(now, transfer, way.place, &fault);
                self.dismiss(transfer, helper);
                self.go_on_without(now, transfer);
            }
            Verdict::Take(_) | Verdict::StartAgain(_) => {
                let detail = "it has another version of the file, or no parts of it";
                let fault = Fault::new(Code::RangeUnsupported, ErrorContext::RemoteFile, detail);
                self.helper_source_failed(now, transfer, way.place, &fault);
                self.dismiss(transfer, helper);
                self.go_on_without(now, transfer);
            }
        }
    }

    fn on_helper_left(&mut self, now: Now, transfer: TransferId, helper: HelperId, failed: Option<&Fault>) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let Some(way) = run.crew.helpers.remove(&helper) else { return };
        run.crew.give_back(way, &run.have);
        // One that ends without a byte would be asked again and again (B07).
        if failed.is_some() || !way.has_moved() {
            let left = run.crew.connections();
            run.crew.growth.refused(now.mono, left);
        }
        if let Some(fault) = failed {
            self.helper_source_failed(now, transfer, way.place, fault);
        }
        self.go_on_without(now, transfer);
    }

    /// A helper is gone: the lead may have waited for it.
    pub(super) fn go_on_without(&mut self, now: Now, transfer: TransferId) {
        let waits = |run: &Transfer| run.asked.is_none() && !run.finishing && !run.consulting;
        if self.live(transfer).is_some_and(waits) {
            self.ask_next(now, transfer);
        }
        self.steer(now, transfer);
    }

    /// Sends a helper away.
    pub(super) fn dismiss(&mut self, transfer: TransferId, helper: HelperId) {
        if let Some(run) = self.transfers.get_mut(&transfer)
            && let Some(way) = run.crew.helpers.remove(&helper)
        {
            run.crew.give_back(way, &run.have);
            self.order(transfer, Order::Help(helper, Helping::Dismiss));
        }
    }

    /// Sends those away whose bytes came by another way; says whether anybody is still needed.
    pub(super) fn are_helpers_needed(&mut self, transfer: TransferId) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let idle = run.crew.helpers.iter().filter(|(_, way)| run.have.contains(way.rest));
        let idle: Vec<HelperId> = idle.map(|(helper, _)| *helper).collect();
        idle.into_iter().for_each(|helper| self.dismiss(transfer, helper));
        self.transfers.get(&transfer).is_some_and(|run| run.crew.is_helped())
    }

    /// Sends every helper away: what they bring is of no use any more.
    pub(super) fn dismiss_all(&mut self, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let helpers = std::mem::take(&mut run.crew.helpers);
        for helper in helpers.into_keys() {
            self.order(transfer, Order::Help(helper, Helping::Dismiss));
        }
    }

    /// A connection of a run brought bytes.
    pub(super) fn count_brought(&mut self, now: Now, transfer: TransferId, who: Who, range: ByteRange) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let waited = std::mem::take(&mut run.waited);
        let connections = run.crew.connections();
        run.crew.growth.note(now.mono, range.len(), waited, connections);
        if let Some(way) = run.crew.way(who) {
            way.reach(range.end);
        }
    }

    /// Adds connections as long as there should be more of them and there is work for them.
    pub(super) fn steer(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.live(transfer).filter(|run| run.places.has_choice()) else {
            return self.send_helpers(now, transfer);
        };
        let most = self.connections_for(run, now.mono);
        if let Some(run) = self.transfers.get_mut(&transfer) {
            run.crew.growth.allow(most);
        }
        self.send_helpers(now, transfer);
    }

    fn send_helpers(&mut self, now: Now, transfer: TransferId) {
        while let Some((place, share)) = self.help_wanted(now, transfer) {
            self.send_helper(now, transfer, place, share);
        }
    }

    fn help_wanted(&self, now: Now, transfer: TransferId) -> Option<(PlaceId, Share)> {
        let run = self.live(transfer)?;
        if run.crew.connections() >= run.crew.growth.wanted() {
            return None;
        }
        let size = self.shareable(run)?;
        let place = self.choose_helper(run, now.mono)?;
        let rate = run.places.get(place).and_then(|place| place.rate);
        let share = run.crew.next_share(size, &run.have, rate, now.mono)?;
        // The lead goes to somebody else for them.
        let from = match share {
            Share::Gap(range) | Share::Half(_, range) => range.start,
        };
        (!self.lied_about(run, place, from)).then_some((place, share))
    }

    /// The size of a file that several connections may bring: the version is known and will be proved, the
    /// source serves parts, and what is here belongs to it.
    fn shareable(&self, run: &Transfer) -> Option<u64> {
        let job = self.jobs.get(&run.job)?;
        let file = job.record.file(run.file)?;
        let settled = !run.have.is_empty() && !run.afresh && run.learned.is_none() && !run.finishing;
        let proved = file.validator.is_some() || file.is_provable();
        let plain = file.spec.ranges.is_empty() && !plan::wants_whole(&job.record.settings);
        let at_work = self.is_at_work(run.job);
        // What a client waits for comes by one way, so that its next wish has to stop only that one.
        let settings = &job.record.settings;
        let plain = plain && !file.is_on_demand(settings) && file.wanted_first(settings, &run.have).is_none();
        file.remote_size.filter(|_| settled && proved && plain && at_work && run.crew.ranged)
    }

    /// Connections of all runs to a host.
    pub(super) fn connections_to(&self, host: &str) -> usize {
        let at_work = self.transfers.values().filter(|run| !run.stopping);
        at_work
            .map(|run| run.places.of_host(host).map(|place| run.crew.connections_at(place)).sum::<usize>())
            .sum()
    }

    fn send_helper(&mut self, now: Now, transfer: TransferId, place: PlaceId, share: Share) {
        let if_range = self.validator_at(transfer, place);
        let Some(run) = self.transfers.get(&transfer) else { return };
        let Some(source) = run.places.get(place).map(|place| place.source.clone()) else { return };
        let fresh = self.must_be_fresh(transfer, source.kind);
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let (rest, donor) = run.crew.cede(share);
        let helper = HelperId(self.next_helper);
        self.next_helper += 1;
        run.crew.helpers.insert(helper, Way { donor, ..Way::new(place, rest, now.mono) });
        let Source { url, kind, offered, .. } = source;
        let fetch = Fetch { url, kind, offered, ask: Ask::Exactly(rest), if_range, fresh, permit: None };
        self.order(transfer, Order::Help(helper, Helping::Fetch(fetch)));
    }

    /// The bytes of a share come by another way from now on: whose they were stops before them.
    pub(super) fn take_over(&mut self, transfer: TransferId, who: Who) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let Some(way) = run.crew.way(who) else { return };
        let (donor, until) = (way.donor.take(), way.began.0);
        match donor {
            None => {}
            Some(Who::Lead) => self.order(transfer, Order::Limit { until }),
            Some(Who::Helper(donor)) => self.order(transfer, Order::Help(donor, Helping::Limit { until })),
        }
    }

    /// The lead failed, and others are at work: it waits for one of them to end, and the source is asked for no more
    /// connections than it bears.
    pub(super) fn rest_lead(&mut self, now: Now, transfer: TransferId) {
        self.yield_lead(transfer);
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        let left = run.crew.connections();
        run.crew.growth.refused(now.mono, left);
    }

    /// The lead asks for nothing more; what it took from somebody is his again.
    pub(super) fn yield_lead(&mut self, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        run.asked = None;
        if let Some(way) = run.crew.lead.take() {
            run.crew.give_back(way, &run.have);
        }
    }

    /// Whether he whose bytes the lead asked for brought some of them before the answer came.
    pub(super) fn is_overtaken(&self, transfer: TransferId) -> bool {
        let Some(run) = self.transfers.get(&transfer) else { return false };
        let taken = run.crew.lead.filter(|way| way.donor.is_some());
        taken.is_some_and(|way| run.have.first_gap(way.rest) != Some(way.rest))
    }

    /// Everything is on its way already: the lead takes half of what takes longest, or waits.
    pub(super) fn relieve(&mut self, now: Now, transfer: TransferId) {
        let Some(run) = self.transfers.get_mut(&transfer) else { return };
        run.asked = None;
        run.crew.lead = None;
        let Some(run) = self.transfers.get(&transfer) else { return };
        let rate = run.places.lead().and_then(|place| place.rate);
        let share = self.shareable(run).and_then(|size| run.crew.next_share(size, &run.have, rate, now.mono));
        if let Some(share) = share
            && let Some(run) = self.transfers.get_mut(&transfer)
        {
            let (rest, donor) = run.crew.cede(share);
            self.ask(now, transfer, Ask::Exactly(rest));
            if let Some(lead) = self.transfers.get_mut(&transfer).and_then(|run| run.crew.lead.as_mut()) {
                lead.donor = donor;
            }
        }
    }
}
