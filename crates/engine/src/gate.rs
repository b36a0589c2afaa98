//! What forbids a job to run now: no network, a link that costs too much, a bandwidth of nothing.

use core::net::IpAddr;
use std::collections::BTreeSet;

use bgcopy_core::{Code, CostFlags, ErrorContext, Fault, FileStage, JobRecord, Owner, Priority, RemoteName};

/// The surroundings as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// There is a network beyond this machine.
    pub network: bool,
    /// What the link costs; a link of unknown cost is unrestricted (design.md, "cost flags").
    pub cost: CostFlags,
    /// Every way out of this machine is a cellular link.
    pub cellular: bool,
    /// A policy leaves background jobs no bandwidth (spec 5.2, "Policy bandwidth limit becomes 0").
    pub background_bandwidth_zero: bool,
    /// The same for Foreground jobs.
    pub foreground_bandwidth_zero: bool,
    /// Owners whose jobs need a session and who have none (`require_session`).
    pub absent_owners: BTreeSet<Owner>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            network: true,
            cost: CostFlags::UNRESTRICTED,
            cellular: false,
            background_bandwidth_zero: false,
            foreground_bandwidth_zero: false,
            absent_owners: BTreeSet::new(),
        }
    }
}

impl Conditions {
    /// Why this job cannot run now; `None` when it can.
    pub fn block(&self, job: &JobRecord) -> Option<Fault> {
        let blocked = |code, detail: &str| Some(Fault::new(code, ErrorContext::GeneralQueueManager, detail));
        if !self.network && !only_loopback(job) {
            return blocked(Code::NoNetwork, "this machine has no network");
        }
        // "A job may run iff the current cost-state bit of the interface is set in its flags" (spec 2.4).
        if !job.settings.cost_flags.intersects(self.cost) && !only_loopback(job) {
            return blocked(Code::BlockedCost, "the job's cost flags exclude the present link");
        }
        // "DisallowOnCellular or NoCellular ⇒ DO_E_BLOCKED_BY_CELLULAR_POLICY" (do-download 7.4).
        if job.settings.no_cellular && self.cellular && !only_loopback(job) {
            return blocked(Code::BlockedCellular, "the job keeps off cellular links, and there is no other");
        }
        let zero = match job.priority {
            Priority::Foreground => self.foreground_bandwidth_zero,
            Priority::High | Priority::Normal | Priority::Low => self.background_bandwidth_zero,
        };
        if zero {
            return blocked(Code::BlockedPolicy, "the bandwidth policy leaves this job nothing");
        }
        // "0 = stop, absent = unlimited" is true of every cap (faults K02).
        if job.settings.max_rate == Some(0) {
            return blocked(Code::BlockedPolicy, "the job's own limit on its rate is 0");
        }
        None
    }
}

/// Whether everything that is still wanted comes from this machine itself.
fn only_loopback(job: &JobRecord) -> bool {
    job.files
        .iter()
        .filter(|file| file.stage == FileStage::Wanted)
        .all(|file| is_loopback(&file.spec.remote_name))
}

fn is_loopback(name: &RemoteName) -> bool {
    match name.url().host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback()),
        None => false,
    }
}
