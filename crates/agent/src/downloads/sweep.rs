//! Forgetting downloads that nobody will ask for again: "downloads that are never finalized or aborted stay in
//! memory for ever" (agent-rest 13). Here they go with their jobs, which the service drops after a time without
//! activity; one that is finished is forgotten after that time, too, and its file stays.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bgcopy_api::core::limits;
use bgcopy_api::{Contract, Job};

use super::{Downloads, Surroundings, answers};
use crate::record::Slot;

/// Nothing here is urgent.
const EVERY: Duration = Duration::from_secs(3_600);

impl<C: Contract, S: Surroundings> Downloads<C, S> {
    /// Looks through the downloads behind the back of a call, now and then. An agent that nobody calls gathers none.
    pub(super) fn sweep_at_times(self: &Arc<Self>) {
        let now = Instant::now();
        {
            let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
            if swept.is_some_and(|swept| now.saturating_duration_since(swept) < EVERY) {
                return;
            }
            *swept = Some(now);
        }
        let agent = self.clone();
        tokio::spawn(async move {
            for slot in agent.records.all() {
                agent.sweep(&slot).await;
            }
        });
    }

    async fn sweep(&self, slot: &Slot) {
        // Somebody talks of it: it lives.
        let Ok(mut record) = slot.try_lock() else { return };
        if !self.records.holds(record.id) {
            return;
        }
        let Ok(job) = self.job(&record).await else { return };
        if answers::is_finished(&job) && is_old(&job) {
            self.forget(record.id).await;
        } else if job.progress.files_total == 0 && record.claim.is_some() {
            // A process that died between claiming the name and giving the job its file.
            self.release(&record).await;
            record.claim = None;
            // What is not saved is released once more after the next start, which is no harm.
            let _ = self.save(&record).await;
        }
    }
}

fn is_old(job: &Job) -> bool {
    let now = std::time::SystemTime::from(job.times.modification).elapsed();
    now.is_ok_and(|age| age > limits::JOB_AGE)
}
