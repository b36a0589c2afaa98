//! The engine: jobs, runs and clocks put together.
//!
//! One input, one batch: [`Engine::handle_request`] and [`Engine::handle_event`] work through everything
//! that follows from the input, and [`Engine::poll_action`] hands out what is to be done about it. The
//! subjects are apart: [`requests`] and [`setters`] (clients), [`states`] (the life-cycle table applied),
//! [`transfers`] (runs at files), [`answers`] (what comes back from sources), [`small`] (files that come at once), [`failures`] (records, retries,
//! patience), [`endings`] (Complete and Cancel), [`clocks`] (deadlines), [`schedule`] (who runs), [`demand`] (what clients want first), [`work`] (what is
//! done just now).

mod answers;
mod check;
mod clocks;
mod consult;
mod demand;
mod distrust;
mod endings;
mod failures;
mod helpers;
mod job;
mod places;
mod requests;
mod schedule;
mod setters;
mod small;
mod sources;
mod states;
mod transfers;
mod upload_jobs;
mod uploads;
mod work;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bgcopy_core::{
    CacheHost, FileIndex, JobId, JobRecord, JobState, Mono, Now, Owner, Priority, Wall, limits,
};

use crate::action::{Action, Notice, Notification, Saved, TransferId};
use crate::dice::Dice;
use crate::event::Event;
use crate::gate::Conditions;
use crate::lifecycle::Happening;
use crate::queue;
use crate::request::Caller;
use crate::sources::Standing;
use crate::timers::{Timer, Timers};
use helpers::Who;
use job::Job;
use transfers::Transfer;

pub use work::Work;

/// What an administrator sets of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// The queue.
    pub queue: queue::Rules,
    /// How long a job of a background level runs before another of its level gets the slot.
    pub time_slice: Duration,
    /// Files of one job that are fetched at once; 1 is strict BITS.
    pub files_at_once: usize,
    /// Connections to one host at most. The first one of each file counts, and is never refused.
    pub connections_per_host: usize,
    /// The cache hosts of the network, in the order in which they are asked (product 2.6).
    pub cache_hosts: Vec<CacheHost>,
    /// How long a foreground job keeps to cache hosts that fail; after the first failure by default (product 2.5).
    pub cache_fallback_foreground: Duration,
    /// The same for the other levels.
    pub cache_fallback_background: Duration,
    /// Jobs without activity for this long are cancelled.
    pub job_age_limit: Duration,
    /// Bounds on ordinary users of a machine-wide service; a per-user service has none (design.md "Bounds").
    pub limits: Option<Limits>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            queue: queue::Rules { background_jobs: 4, do_scheduling: false },
            // Its length is nowhere documented (spec 13); 5 min is the choice of spec 9.1.
            time_slice: Duration::from_secs(300),
            files_at_once: 8,
            connections_per_host: 8,
            cache_hosts: Vec::new(),
            cache_fallback_foreground: Duration::ZERO,
            cache_fallback_background: Duration::ZERO,
            job_age_limit: limits::JOB_AGE,
            limits: None,
        }
    }
}

/// How much an ordinary user may queue (spec 9.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs of one user.
    pub jobs_per_user: usize,
    /// Jobs of the machine.
    pub jobs_per_machine: usize,
    /// Files of one job.
    pub files_per_job: usize,
    /// Ranges of one file.
    pub ranges_per_file: usize,
    /// Whether they may be taken to servers on this machine and its link (faults C07).
    pub local_servers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            jobs_per_user: limits::JOBS_PER_USER,
            jobs_per_machine: limits::JOBS_PER_MACHINE,
            files_per_job: limits::FILES_PER_JOB,
            ranges_per_file: limits::RANGES_PER_FILE,
            local_servers: false,
        }
    }
}

/// The decisions of one service.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    dice: Dice,
    conditions: Conditions,
    jobs: BTreeMap<JobId, Job>,
    /// Jobs in Queued, by level and turn.
    waiting: BTreeSet<(Priority, u64, JobId)>,
    /// Jobs in Connecting and Transferring.
    running: BTreeSet<JobId>,
    transfers: BTreeMap<TransferId, Transfer>,
    timers: Timers,
    /// How the cache hosts stand.
    cache_standing: Standing,
    next_transfer: u64,
    next_helper: u64,
    next_turn: u64,
    /// Jobs that came into the queue, and were not asked yet whether they may run at all.
    fresh: Vec<JobId>,
    /// Something changed that the queue's rules speak of.
    reschedule: bool,
    /// Both clocks when the engine started: a leap of the wall clock ages no job (faults G01).
    started: Now,
    dirty: BTreeSet<(JobId, Saved)>,
    noted: BTreeSet<(JobId, Saved)>,
    batch: Vec<Action>,
    actions: VecDeque<Action>,
}

impl Engine {
    /// An engine without jobs. The same seed and the same inputs give the same actions.
    pub fn new(config: EngineConfig, seed: u64, now: Now) -> Self {
        Self {
            config,
            dice: Dice::new(seed),
            conditions: Conditions::default(),
            jobs: BTreeMap::new(),
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            transfers: BTreeMap::new(),
            timers: Timers::default(),
            cache_standing: Standing::default(),
            next_transfer: 0,
            next_helper: 0,
            next_turn: 0,
            fresh: Vec::new(),
            reschedule: false,
            started: now,
            dirty: BTreeSet::new(),
            noted: BTreeSet::new(),
            batch: Vec::new(),
            actions: VecDeque::new(),
        }
    }

    /// Takes over the jobs that an earlier run left (spec 5.2, "Service or machine restart").
    pub fn restore(&mut self, now: Now, records: Vec<JobRecord>) {
        for record in records {
            let (id, queued) = (record.id, record.state == JobState::Queued);
            self.jobs.insert(id, Job { restored: true, ..Job::new(record) });
            self.happen(now, id, Happening::Restarted, None);
            if queued {
                self.queue_up(id);
            }
            self.adopt(now, id);
        }
        self.settle(now);
    }

    /// Takes an event in.
    pub fn handle_event(&mut self, now: Now, event: Event) {
        match event {
            Event::Opened(transfer, have) => self.on_opened(now, transfer, have),
            Event::Consulted(transfer, said) => self.on_consulted(now, transfer, *said),
            Event::Coming(transfer) => self.on_coming(now, transfer),
            Event::Spoiled(transfer, range) => self.on_spoiled(now, transfer, range),
            Event::Answered(transfer, answer) => self.on_answered(now, transfer, &answer),
            Event::Received(transfer, range) => self.received(now, transfer, Who::Lead, range),
            Event::Waited(transfer, time) => self.on_waited(transfer, time),
            Event::Silent(transfer) => self.on_silent(now, transfer, Who::Lead),
            Event::Help(transfer, helper, help) => self.on_help(now, transfer, helper, help),
            Event::BodyEnded(transfer) => self.on_body_ended(now, transfer),
            Event::FetchFailed(transfer, fault) if self.is_sending(transfer) => {
                self.on_post_failed(now, transfer, &fault);
            }
            Event::DiskFailed(transfer, fault) if self.is_sending(transfer) => {
                self.on_source_failed(now, transfer, &fault);
            }
            Event::FetchFailed(transfer, fault) => self.on_fetch_failed(now, transfer, &fault),
            Event::DiskFailed(transfer, fault) => self.on_disk_failed(now, transfer, &fault),
            Event::Finished(transfer, finished) => self.on_finished(now, transfer, finished),
            Event::Brought(transfer, brought) => self.on_brought(now, transfer, *brought),
            Event::Looked(transfer, look) => self.on_looked(now, transfer, look),
            Event::Sent(transfer, _) => self.on_sent(now, transfer),
            Event::Acknowledged(transfer, ack) => self.on_acknowledged(now, transfer, *ack),
            Event::Closed(transfer) => self.on_closed(now, transfer),
            Event::Published(job, file, result) => self.on_published(now, job, file, result),
            Event::Discarded(job, file, result) => self.on_discarded(now, job, file, &result),
            Event::Space { job, enough } => self.on_space(now, job, enough),
            Event::Conditions(conditions) => self.on_conditions(now, conditions),
        }
        self.settle(now);
    }

    /// Lets the time pass: whatever was due by `now` happens.
    pub fn handle_time(&mut self, now: Now) {
        while let Some((job, timer)) = self.timers.pop(now.mono) {
            self.on_timer(now, job, timer);
        }
        self.settle(now);
    }

    /// The next thing to do.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Engine::handle_time`] is to be called again.
    pub fn deadline(&self) -> Option<Mono> {
        self.timers.next()
    }

    /// How many files of a job are fetched at once. More may have begun: they wait for their turn.
    pub fn files_at_once(&self, id: JobId) -> usize {
        let configured = self.config.files_at_once;
        self.jobs.get(&id).map_or(configured, |job| job.files_at_once(configured))
    }

    /// Whether jobs of this owner are kept from servers on this machine and its link (faults C07).
    pub fn keeps_from_local_servers(&self, owner: Owner) -> bool {
        owner != Owner::ROOT && self.config.limits.is_some_and(|limits| !limits.local_servers)
    }

    /// Changes the settings of the engine.
    pub fn configure(&mut self, now: Now, config: EngineConfig) {
        let other_age = config.job_age_limit != self.config.job_age_limit;
        self.config = config;
        self.reschedule = true;
        let ids: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in ids {
            if other_age {
                self.arm_age(now, id);
            }
            self.fill(now, id);
        }
        self.settle(now);
    }

    /// The record of a job.
    pub fn job(&self, id: JobId) -> Option<&JobRecord> {
        self.jobs.get(&id).map(|job| &job.record)
    }

    /// The records of all jobs that the caller may see and that are not final.
    pub fn jobs(&self, caller: Caller) -> impl Iterator<Item = &JobRecord> {
        self.jobs.values().map(|job| &job.record).filter(move |record| caller.may_see(record.owner))
    }

    /// Whether a run is not over yet.
    pub fn is_open(&self, transfer: TransferId) -> bool {
        self.transfers.contains_key(&transfer)
    }

    /// Whether some job runs, waits for its turn or will try again by itself, or is being ended: the service
    /// must not leave (design.md "Idle exit").
    pub fn is_busy(&self) -> bool {
        !self.transfers.is_empty()
            || self.jobs.values().any(|job| job.record.state.is_active() || job.record.ending.is_some())
    }

    /// Closes a batch.
    fn settle(&mut self, now: Now) {
        while std::mem::take(&mut self.reschedule) {
            self.schedule(now);
        }
        self.hand_out();
    }

    /// Puts the records before everything that depends on them.
    fn hand_out(&mut self) {
        let whole: BTreeSet<JobId> =
            self.dirty.iter().filter(|(_, saved)| *saved == Saved::Created).map(|(job, _)| *job).collect();
        let covered = |job: &JobId, saved: &Saved| whole.contains(job) && *saved != Saved::Created;
        // Notes first: a job that is kept as Transferred has files that are kept as such.
        for (job, saved) in std::mem::take(&mut self.noted) {
            if !covered(&job, &saved) && !self.dirty.contains(&(job, saved)) {
                self.actions.push_back(Action::Note(job, saved));
            }
        }
        for (job, saved) in std::mem::take(&mut self.dirty) {
            if !covered(&job, &saved) {
                self.actions.push_back(Action::Save(job, saved));
            }
        }
        self.actions.extend(self.batch.drain(..));
    }

    /// Everything that follows in this batch waits until this is durable.
    fn save(&mut self, job: JobId, saved: Saved) {
        self.dirty.insert((job, saved));
    }

    /// Worth keeping, and nothing waits for it.
    fn note(&mut self, job: JobId, saved: Saved) {
        self.noted.insert((job, saved));
    }

    fn act(&mut self, action: Action) {
        self.batch.push(action);
    }

    fn notify(&mut self, id: JobId, notice: Notice) {
        if let Some(job) = self.jobs.get(&id) {
            let owner = job.record.owner;
            self.act(Action::Notify(Notification { job: id, owner, notice }));
        }
    }

    /// Something about the job changed: its time stamp, and a notification at most every so often (spec 8.2,
    /// "throttled by property 9").
    fn touch(&mut self, now: Now, id: JobId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.record.times.modification = now.wall;
        let interval = job.record.settings.min_notification_interval;
        let due = job.told_at.map_or(now.mono, |told| told + interval);
        if due <= now.mono {
            job.told_at = Some(now.mono);
            self.tell_ranges(id);
            self.notify(id, Notice::Changed);
        } else if !self.timers.is_set(id, Timer::Modification) {
            self.timers.set(id, Timer::Modification, due);
        }
    }

    /// The wall clock, as far as the monotonic clock vouches for it.
    fn vouched_wall(&self, now: Now) -> Wall {
        (self.started.wall + now.mono.since(self.started.mono)).min(now.wall)
    }

    fn state(&self, id: JobId) -> Option<JobState> {
        self.jobs.get(&id).map(|job| job.record.state)
    }

    fn active_transfers(&self, id: JobId) -> impl Iterator<Item = (TransferId, FileIndex, bool)> + '_ {
        self.transfers
            .iter()
            .filter(move |(_, transfer)| transfer.job == id)
            .map(|(transfer, run)| (*transfer, run.file, run.stopping))
    }
}

#[cfg(test)]
mod tests;
