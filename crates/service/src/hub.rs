//! Events on their way to clients: numbered, kept for a while, handed to whoever listens.

use std::collections::VecDeque;

use bgcopy_api::request::EventFilter;
use bgcopy_api::{Caller, Event, EventBody, EventId, Feeder, Subscription, subscription};
use bgcopy_core::Owner;
use jiff::Timestamp;

/// Events kept for clients that come back: some minutes of a busy service, and below a MiB.
const KEPT_EVENTS: usize = 1_024;

/// Everybody who listens.
#[derive(Debug)]
pub(crate) struct Hub {
    next: EventId,
    kept: VecDeque<(Owner, Event)>,
    /// The last event that is kept no longer; those of earlier runs are all gone.
    forgotten: EventId,
    listeners: Vec<Listener>,
}

#[derive(Debug)]
struct Listener {
    caller: Caller,
    filter: EventFilter,
    feeder: Feeder,
}

impl Hub {
    /// A hub whose first event has this number: numbers grow over restarts because the clock does.
    pub(crate) fn new(now: Timestamp) -> Self {
        let first = u64::try_from(now.as_microsecond()).unwrap_or(1);
        let (next, forgotten) = (EventId(first), EventId(first.saturating_sub(1)));
        Self { next, kept: VecDeque::new(), forgotten, listeners: Vec::new() }
    }

    /// Whether anybody listens.
    pub(crate) fn is_heard(&mut self) -> bool {
        self.listeners.retain(|listener| listener.feeder.is_read());
        !self.listeners.is_empty()
    }

    /// Tells everybody whom it concerns.
    pub(crate) fn publish(&mut self, owner: Owner, body: EventBody) {
        let event = self.number(body);
        self.listeners.retain_mut(|listener| {
            !wants(&listener.caller, &listener.filter, owner, &event)
                || listener.feeder.feed(event.clone()).is_ok()
        });
        // Progress is stale as soon as it is told.
        if !matches!(event.body, EventBody::Progress { .. }) {
            if self.kept.len() == KEPT_EVENTS
                && let Some((_, gone)) = self.kept.pop_front()
            {
                self.forgotten = gone.id;
            }
            self.kept.push_back((owner, event));
        }
    }

    /// Lets somebody listen: first to what is owed, then to what was missed, then to what comes.
    pub(crate) fn subscribe(
        &mut self,
        caller: &Caller,
        filter: EventFilter,
        after: Option<EventId>,
        owed: Vec<(Owner, EventBody)>,
    ) -> Subscription {
        let after = after.or(filter.after);
        let missed: Vec<Event> = self.missed(caller, &filter, after);
        let (feeder, subscription) =
            subscription(bgcopy_api::subscription::QUEUE_EVENTS + owed.len() + missed.len());
        let mut listener = Listener { caller: *caller, filter, feeder };
        for (owner, body) in owed {
            let event = self.number(body);
            if wants(caller, &listener.filter, owner, &event) {
                // The queue is made for all of them.
                let _ = listener.feeder.feed(event);
            }
        }
        for event in missed {
            let _ = listener.feeder.feed(event);
        }
        self.listeners.push(listener);
        subscription
    }

    /// Ends every stream.
    pub(crate) fn close(&mut self) {
        self.listeners.clear();
    }

    fn missed(&self, caller: &Caller, filter: &EventFilter, after: Option<EventId>) -> Vec<Event> {
        let Some(after) = after else { return Vec::new() };
        // An event that is yet to come was told by an earlier run, whose clock went before ours.
        let gap = after < self.forgotten || after >= self.next;
        let id = after.min(self.forgotten);
        let lagged = gap.then(|| Event { id, at: Timestamp::now(), body: EventBody::Lagged { missed: 1 } });
        let kept = self.kept.iter().filter(|(_, event)| event.id > after);
        let wanted = kept.filter(|(owner, event)| wants(caller, filter, *owner, event));
        lagged.into_iter().chain(wanted.map(|(_, event)| event.clone())).collect()
    }

    fn number(&mut self, body: EventBody) -> Event {
        let id = self.next;
        self.next = EventId(id.0 + 1);
        Event { id, at: Timestamp::now(), body }
    }
}

fn wants(caller: &Caller, filter: &EventFilter, owner: Owner, event: &Event) -> bool {
    let mine = caller.owner() == owner || (filter.all_users && caller.admin);
    let this_job = filter.job.is_empty() || event.body.job().is_none_or(|job| filter.job.contains(&job));
    let this_kind = filter.kind.is_empty() || filter.kind.contains(&event.body.kind());
    // Root looks at the job of another by naming it.
    let named = caller.admin && !filter.job.is_empty();
    (mine || named) && this_job && this_kind
}

#[cfg(test)]
mod tests {
    use bgcopy_core::{Family, JobId};

    use super::*;

    const ADA: Caller = Caller {
        uid: 1000,
        gid: 1000,
        pid: None,
        admin: false,
        family: Family::Do,
        language: bgcopy_api::Language::English,
    };

    fn transferred(number: u8) -> EventBody {
        EventBody::JobTransferred { job: JobId::from_random_bytes([number; 16]) }
    }

    fn hub() -> Hub {
        Hub::new(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_micros(1))
    }

    async fn heard(subscription: &mut Subscription) -> Vec<EventBody> {
        let mut bodies = Vec::new();
        while let Ok(Some(event)) =
            tokio::time::timeout(std::time::Duration::from_millis(1), subscription.next()).await
        {
            bodies.push(event.body);
        }
        bodies
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_back_gets_what_was_missed_and_what_is_owed() {
        let mut hub = hub();
        hub.publish(Owner(1000), transferred(1));
        hub.publish(Owner(1001), transferred(2));
        hub.publish(Owner(1000), transferred(3));
        let owed = vec![(Owner(1000), transferred(9))];
        let mut back = hub.subscribe(&ADA, EventFilter::default(), Some(EventId(1)), owed);
        assert_eq!(heard(&mut back).await, [transferred(9), transferred(3)]);
        hub.publish(Owner(1000), transferred(4));
        assert_eq!(heard(&mut back).await, [transferred(4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_in_what_is_kept_is_told() {
        let mut hub = hub();
        for number in 0..=u8::MAX {
            (0..8).for_each(|_| hub.publish(Owner(1000), transferred(number)));
        }
        let mut late = hub.subscribe(&ADA, EventFilter::default(), Some(EventId(1)), Vec::new());
        let bodies = heard(&mut late).await;
        assert_eq!(bodies[0], EventBody::Lagged { missed: 1 });
        assert_eq!(bodies.len(), 1 + KEPT_EVENTS);
    }

    #[tokio::test(start_paused = true)]
    async fn numbers_that_nobody_missed_are_no_gap() {
        let mut hub = hub();
        let progress = EventBody::Progress {
            job: JobId::from_random_bytes([1; 16]),
            state: bgcopy_core::JobState::Transferring,
            progress: bgcopy_api::JobProgress::from(bgcopy_core::JobProgress::default()),
            bytes_per_second: 1,
            eta_seconds: None,
            sources: Vec::new(),
        };
        // Progress has numbers, and is not kept.
        (0..5).for_each(|_| hub.publish(Owner(1000), progress.clone()));
        hub.publish(Owner(1000), transferred(1));
        let mut back = hub.subscribe(&ADA, EventFilter::default(), Some(EventId(2)), Vec::new());
        assert_eq!(heard(&mut back).await, [transferred(1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_set_back_between_two_runs_is_a_gap() {
        let mut hub = hub();
        hub.publish(Owner(1000), transferred(1));
        let mut back = hub.subscribe(&ADA, EventFilter::default(), Some(EventId(1_000)), Vec::new());
        assert_eq!(heard(&mut back).await[0], EventBody::Lagged { missed: 1 });
    }

    #[tokio::test(start_paused = true)]
    async fn foreign_jobs_are_not_heard_of() {
        let mut hub = hub();
        let filter = EventFilter { all_users: true, ..EventFilter::default() };
        let mut ada = hub.subscribe(&ADA, filter.clone(), None, Vec::new());
        let root = Caller { uid: 0, admin: true, ..ADA };
        let mut root = hub.subscribe(&root, filter, None, Vec::new());
        hub.publish(Owner(1001), transferred(1));
        assert!(heard(&mut ada).await.is_empty());
        assert_eq!(heard(&mut root).await.len(), 1);
        drop((ada, root));
        assert!(!hub.is_heard());
    }
}
