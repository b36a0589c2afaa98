//! The thread that follows the service's events, for as long as anything is registered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bgcopy_api::client::Events;
use bgcopy_api::core::{JobId, JobState};
use bgcopy_api::{Client, Event, EventBody, EventFilter};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep, sleep_until};

use super::deliver::{enqueue, forget, work};
use super::examine;
use super::{Notice, Registration, Wake, desk, end};
use crate::guard::guard_or;
use crate::quiet::block_on;

/// A service that is gone is asked for again this often: a restart takes less than a second.
const RECONNECT: Duration = Duration::from_millis(500);

/// Starts the thread.
pub(super) fn start(client: Client, wakes: UnboundedReceiver<Wake>) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let body = move || {
        let stream = Stream { runtime, client, wakes, later: BTreeMap::new(), next: 0 };
        guard_or((), || stream.follow());
    };
    // It ends by itself with the last registration, so nobody waits for it.
    std::thread::Builder::new().name("bgcopy-events".to_owned()).spawn(body).map(drop)
}

/// What the thread works with.
struct Stream {
    runtime: Runtime,
    client: Client,
    wakes: UnboundedReceiver<Wake>,
    /// Who is to be told again, and when; the number tells equal moments apart.
    later: BTreeMap<(Instant, u64), Arc<Registration>>,
    next: u64,
}

/// What the thread waited for.
enum Step {
    Wake(Option<Wake>),
    Stream(Heard),
    Due,
}

/// What the stream brought.
enum Heard {
    /// It is open: what happens from now on is in it.
    Opened,
    Event(Event),
    Nothing,
}

impl Stream {
    /// Until nothing is registered any more. What was waited for is handled between the waits, not in one: it may let go of
    /// a client's object, whose code then waits, too.
    fn follow(mut self) {
        // Root may be told of the jobs of others, whose registrations name them.
        let is_root = rustix::process::geteuid().is_root();
        let filter = EventFilter { all_users: is_root, ..EventFilter::default() };
        let mut events = None;
        loop {
            let due = self.later.keys().next().map(|(at, _)| *at);
            let step = block_on(&self.runtime, async {
                tokio::select! {
                    wake = self.wakes.recv() => Step::Wake(wake),
                    heard = next(&self.client, &mut events, &filter) => Step::Stream(heard),
                    () = until(due) => Step::Due,
                }
            });
            match step {
                Step::Wake(None) => return,
                Step::Wake(Some(wake)) => {
                    if self.handle(wake) {
                        return;
                    }
                }
                Step::Stream(Heard::Opened) => self.look_for_ends(),
                Step::Stream(Heard::Event(event)) => sort(&event),
                Step::Stream(Heard::Nothing) => {}
                Step::Due => self.tell_again(),
            }
        }
    }

    /// Takes in what the others say; whether it is time to leave.
    fn handle(&mut self, wake: Wake) -> bool {
        match wake {
            Wake::Look(job) => self.look(job),
            Wake::Again(registration, delay) => {
                self.next += 1;
                self.later.insert((Instant::now() + delay, self.next), registration);
            }
            Wake::Removed => {
                let mut desk = desk();
                if desk.is_empty() {
                    desk.wake = None;
                    return true;
                }
            }
        }
        false
    }

    /// What is owed for a job is told to who registers late (spec 8.2).
    fn look(&self, job: JobId) {
        if examine::is_registered(job)
            && let Ok(questions) = block_on(&self.runtime, self.client.certificate_questions(job))
        {
            questions.into_iter().for_each(|asked| examine::ask(job, asked.question));
        }
        let Some(registration) = registration(job) else { return };
        // Where nobody answers, the stream brings it when somebody does.
        let Ok(job) = block_on(&self.runtime, self.client.job(job)) else { return };
        enqueue(&registration, Notice::Files);
        match job.state {
            JobState::Transferred => enqueue(&registration, Notice::Transferred),
            JobState::Error => enqueue(&registration, Notice::Error),
            // It ended before anybody listened.
            state if state.is_final() => end(job.id),
            _ => {}
        }
    }

    /// Lets go of the objects of jobs that ended while nobody listened: of them the stream tells nothing.
    fn look_for_ends(&self) {
        for id in registered_jobs() {
            let job = block_on(&self.runtime, self.client.job(id));
            if job.is_ok_and(|job| job.state.is_final()) {
                end(id);
            }
        }
    }

    fn tell_again(&mut self) {
        let now = Instant::now();
        while let Some(entry) = self.later.first_entry().filter(|entry| entry.key().0 <= now) {
            work(entry.remove());
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next event. A stream that breaks is opened again, and brings what is owed first. Cancel safe.
async fn next(client: &Client, events: &mut Option<Events>, filter: &EventFilter) -> Heard {
    let heard = match events {
        None => client.events(filter.clone()).await.map(|opened| {
            *events = Some(opened);
            Heard::Opened
        }),
        Some(open) => open.next().await.map(Heard::Event),
    };
    match heard {
        Ok(heard) => heard,
        Err(_) => {
            *events = None;
            sleep(RECONNECT).await;
            Heard::Nothing
        }
    }
}

fn registration(job: JobId) -> Option<Arc<Registration>> {
    desk().jobs.get(&job).cloned()
}

fn registered_jobs() -> BTreeSet<JobId> {
    let desk = desk();
    desk.jobs.keys().chain(desk.examiners.keys()).copied().collect()
}

/// Has an event told to whom it concerns.
fn sort(event: &Event) {
    if let EventBody::CertificateQuestion { job, question, .. } = &event.body {
        return examine::ask(*job, *question);
    }
    // The service lets go of the object of a job that ended.
    if let EventBody::JobEnded { job, .. } = &event.body {
        return end(*job);
    }
    let Some(registration) = event.body.job().and_then(registration) else { return };
    let notice = match &event.body {
        EventBody::JobTransferred { .. } => Notice::Transferred,
        EventBody::JobError { .. } => Notice::Error,
        EventBody::FileTransferred { file, .. } => Notice::File(*file),
        EventBody::FileRangesTransferred { file, ranges, .. } => Notice::Ranges(*file, ranges.clone()),
        // "Bytes moved, file added, property changed, state changed" (spec 8.2, JobModification).
        EventBody::FileRestarted { file, .. } => {
            forget(&registration, *file);
            Notice::Modification
        }
        EventBody::JobModification { .. } | EventBody::Progress { .. } => Notice::Modification,
        EventBody::JobCreated { .. }
        | EventBody::JobEnded { .. }
        | EventBody::CertificateQuestion { .. }
        | EventBody::Lagged { .. } => return,
    };
    enqueue(&registration, notice);
}
