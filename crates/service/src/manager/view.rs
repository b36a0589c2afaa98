//! What can be seen of the manager: for answers to clients, and for the decision to leave.

use std::collections::BTreeSet;
use std::sync::Arc;

use bgcopy_api::request::{EventFilter, JobFilter};
use bgcopy_api::view::{View, goes_by};
use bgcopy_api::{Caller, EventId, Job, JobPage, Subscription};
use bgcopy_core::{HashOfHashes, JobId, JobRecord, JobState, Owner, Refusal, Wall};

use super::Manager;
use crate::places::Scope;

/// Where a job stands in the list of jobs, whether it is still there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    creation: Wall,
    job: JobId,
}

impl Place {
    /// The place of this job.
    pub(crate) fn of(job: &JobRecord) -> Self {
        Self { creation: job.times.creation, job: job.id }
    }
}

impl Manager {
    /// The record of a job that this caller may see.
    pub(crate) fn record(&self, caller: &Caller, id: JobId) -> Result<&JobRecord, Refusal> {
        self.engine
            .job(id)
            .or_else(|| self.ended.get(&id).map(Arc::as_ref))
            .filter(|job| caller.may_act_for(job.owner))
            .ok_or_else(|| Refusal::JobNotFound { job: id.to_string() })
    }

    /// How this caller sees a job.
    pub(crate) fn view<'a>(&self, caller: &'a Caller, id: JobId) -> View<'a> {
        View { caller, strict_do_contexts: self.parts.config.strict_do_contexts, live: self.live(id) }
    }

    /// `EnumJobs`: the jobs behind a place, or from the first on.
    pub(crate) fn page(
        &self,
        caller: &Caller,
        filter: &JobFilter,
        behind: Option<Place>,
    ) -> Result<JobPage, Refusal> {
        if filter.all_users && !caller.admin {
            return Err(Refusal::AccessDenied {
                what: "seeing the jobs of all users",
                who: "administrators",
            });
        }
        let see = bgcopy_engine::Caller { owner: caller.owner(), admin: filter.all_users };
        let mut jobs: Vec<&JobRecord> = self
            .engine
            .jobs(see)
            .filter(|job| filter.state.is_empty() || filter.state.contains(&job.state))
            .filter(|job| filter.name.as_ref().is_none_or(|name| goes_by(job.id, &job.display_name, name)))
            .collect();
        jobs.retain(|job| behind.is_none_or(|behind| Place::of(job) > behind));
        jobs.sort_by_key(|job| Place::of(job));
        let part = &jobs[..jobs.len().min(filter.limit())];
        let next = (part.len() < jobs.len()).then(|| part.last().map(|job| job.id)).flatten();
        let jobs = part.iter().map(|job| Job::from_record(job, &self.view(caller, job.id))).collect();
        Ok(JobPage { jobs, next })
    }

    /// Jobs that have ended and are on their way to the history.
    pub(crate) fn just_ended(&self, caller: &Caller, all_users: bool) -> Vec<JobRecord> {
        let ended = self.ended.values().filter(|job| all_users || job.owner == caller.owner());
        ended.map(|job| JobRecord::clone(job)).collect()
    }

    /// The lists of piece hashes that jobs name.
    pub(crate) fn lists_named(&self) -> BTreeSet<HashOfHashes> {
        let everybody = bgcopy_engine::Caller { owner: Owner::ROOT, admin: true };
        self.engine.jobs(everybody).flat_map(crate::lists::named_by).collect()
    }

    /// How many jobs the caller has, and how many of them go on by themselves.
    pub(crate) fn job_counts(&self, caller: &Caller) -> (u32, u32) {
        let see = bgcopy_engine::Caller { owner: caller.owner(), admin: caller.admin };
        self.engine
            .jobs(see)
            .fold((0, 0), |(all, active), job| (all + 1, active + u32::from(job.state.is_active())))
    }

    /// Lets a caller listen.
    pub(crate) fn subscribe(
        &mut self,
        caller: &Caller,
        filter: EventFilter,
        after: Option<EventId>,
    ) -> Subscription {
        let owed = self.owed(caller);
        self.hub.subscribe(caller, filter, after, owed)
    }

    /// Whether something keeps the service from leaving: work that is under way, records that are not saved, a
    /// job that goes on by itself. A program that failed does not: it runs again when the service is back.
    pub(crate) fn is_busy(&self) -> bool {
        !self.runs.is_empty()
            || !self.errands.is_empty()
            || !self.files.is_empty()
            || self.notes.due().is_some()
            || !self.programs.runs.is_empty()
            || !self.outbox.is_empty()
            || self.unsaved.retry_at().is_some()
            || self.engine.is_busy()
    }

    /// The figures, up to date.
    pub(crate) fn metrics(&self) -> String {
        let all = bgcopy_engine::Caller { owner: bgcopy_core::Owner::ROOT, admin: true };
        for &state in JobState::ALL {
            let count = self.engine.jobs(all).filter(|job| job.state == state).count();
            self.parts.metrics.set_jobs(state, count);
        }
        let active = i64::try_from(self.runs.len()).unwrap_or(i64::MAX);
        self.parts.metrics.transfers_active().set(active);
        self.parts.metrics.encode()
    }

    /// What the operator should know: of a machine-wide service that is no business of its users.
    pub(crate) fn notices(&self, caller: &Caller) -> &[String] {
        if self.parts.scope == Scope::User || caller.admin { &self.parts.notices } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manager::rig::{ADA, Rig};

    #[tokio::test]
    async fn only_the_operator_hears_of_lost_records() {
        let mut manager = Rig::new().manager;
        manager.parts.notices = vec!["the records were damaged".to_owned()];
        assert_eq!(manager.notices(&ADA).len(), 1);
        manager.parts.scope = Scope::Machine;
        assert!(manager.notices(&ADA).is_empty());
        assert_eq!(manager.notices(&Caller { admin: true, ..ADA }).len(), 1);
    }
}
