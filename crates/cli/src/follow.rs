//! Following jobs until they end: by the events of the service, and on through its death. The service holds
//! the jobs, so whatever is missed here is asked for again.

use std::time::Duration;

use bgcopy_api::client::Events;
use bgcopy_api::{ClientError, ErrorInfo, Event, EventBody, EventFilter, File, Job, JobId, JobState};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::console::Console;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::progress::model::{Rate, View};
use crate::session::Session;
use crate::verbs::certificates;

/// On a terminal the countdown to a retry moves once a second.
const REDRAW: Duration = Duration::from_secs(1);
/// Modifications may be left out of the events under load (`job-modification`), so the jobs are looked at
/// again after a silence of this length.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Of a job with several files the one under way is shown; this often is enough to see it.
const FILES_AGAIN: Duration = Duration::from_secs(2);

/// More files than this are not asked for again and again: nobody could read which one is under way.
const FILES_LISTED: u32 = 256;

/// A job that just ended may for a moment be neither among the unfinished nor in the history; one that is not
/// known for longer is gone.
const GONE_AFTER: Duration = Duration::from_secs(3);

/// How a job that was followed came to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// Completed: its whole files are in place.
    Done,
    /// All files are here, and somebody has to complete it.
    Transferred,
    /// Stuck until somebody acts.
    Failed(Box<ErrorInfo>),
    /// Cancelled, by whomever.
    Cancelled,
    /// The service does not know it any more.
    Gone,
}

/// A job that was followed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Followed {
    /// The job as it was last seen.
    pub(crate) job: Job,
    /// Its files.
    pub(crate) files: Vec<File>,
    /// How it ended.
    pub(crate) end: End,
}

/// A job under way.
struct Tracked {
    job: Job,
    files: Vec<File>,
    files_seen: Instant,
    rate: Rate,
    unknown_since: Option<Instant>,
    end: Option<End>,
}

impl Tracked {
    fn new(job: Job) -> Self {
        let end = end_of(&job);
        Self {
            job,
            files: Vec::new(),
            files_seen: Instant::now(),
            rate: Rate::default(),
            unknown_since: None,
            end,
        }
    }

    fn update(&mut self, job: Job) {
        if job.state != JobState::Transferring {
            self.rate.clear();
        }
        self.unknown_since = None;
        self.end = end_of(&job);
        self.job = job;
    }

    /// The service said that it does not know the job.
    fn is_unknown(&mut self) {
        let since = *self.unknown_since.get_or_insert_with(Instant::now);
        if since.elapsed() >= GONE_AFTER {
            self.end = Some(End::Gone);
        }
    }
}

/// Whether a job has come to its end. An `auto_complete` job that is transferred is on its way to it.
fn end_of(job: &Job) -> Option<End> {
    match job.state {
        JobState::Acknowledged => Some(End::Done),
        JobState::Cancelled => Some(End::Cancelled),
        JobState::Transferred if !job.settings.auto_complete => Some(End::Transferred),
        // An error whose record is not here yet is asked for again.
        JobState::Error => job.error.clone().map(|error| End::Failed(Box::new(error))),
        JobState::Transferred
        | JobState::Queued
        | JobState::Connecting
        | JobState::Transferring
        | JobState::Suspended
        | JobState::TransientError => None,
    }
}

/// Follows jobs until each has ended. Cancel safe: the jobs are the service's.
pub(crate) async fn follow(
    jobs: Vec<Job>,
    session: &mut Session<'_>,
    progress: &mut Progress,
    console: &mut Console,
) -> Result<Vec<Followed>, Failure> {
    let start = Instant::now();
    let mut follower =
        Follower { tracked: jobs.into_iter().map(Tracked::new).collect(), session, progress, console, start };
    follower.run().await?;
    Ok(follower.finish().await)
}

struct Follower<'a, 'door> {
    tracked: Vec<Tracked>,
    session: &'a mut Session<'door>,
    progress: &'a mut Progress,
    console: &'a mut Console,
    start: Instant,
}

impl Follower<'_, '_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let mut events = self.open().await?;
        let mut redraw = interval(REDRAW);
        redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        while self.tracked.iter().any(|tracked| tracked.end.is_none()) {
            tokio::select! {
                event = events.next() => {
                    heard = Instant::now();
                    match event {
                        Ok(event) => self.handle(&event).await?,
                        Err(error) if error.is_absence() => {
                            self.fetch_back().await?;
                            self.look_again().await?;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
                _ = redraw.tick() => {
                    let is_one_unknown = self.tracked.iter().any(|tracked| tracked.unknown_since.is_some());
                    if is_one_unknown || heard.elapsed() >= SILENCE_MAX {
                        heard = Instant::now();
                        self.look_again().await?;
                    }
                    self.show_all()?;
                }
            }
        }
        Ok(())
    }

    /// Subscribes, then looks at the jobs: what happens in between comes as an event.
    async fn open(&mut self) -> Result<Events, Failure> {
        let filter = EventFilter {
            job: self.tracked.iter().map(|tracked| tracked.job.id).collect(),
            ..EventFilter::default()
        };
        let events = loop {
            match self.session.client().events(filter.clone()).await {
                Ok(events) => break events,
                Err(error) if error.is_absence() => self.fetch_back().await?,
                Err(error) => return Err(error.into()),
            }
        };
        self.look_again().await?;
        Ok(events)
    }

    async fn fetch_back(&mut self) -> Result<(), Failure> {
        let (progress, console) = (&mut *self.progress, &mut *self.console);
        self.session.back(&mut |say| progress.note(&say.text(console.language), console)).await
    }

    async fn handle(&mut self, event: &Event) -> Result<(), Failure> {
        match (&event.body, event.body.job()) {
            (EventBody::Progress { job, state, progress, bytes_per_second, eta_seconds, sources }, _) => {
                let tracked = self.tracked.iter_mut().find(|tracked| tracked.job.id == *job);
                let Some(tracked) = tracked.filter(|tracked| tracked.end.is_none()) else { return Ok(()) };
                let mut moved = tracked.job.clone();
                let (told, known) = (progress.bytes_transferred, moved.progress.bytes_transferred);
                if told < known || (told == known && *state != moved.state) {
                    // The job was looked at since this was told: what was shown is not taken back.
                    return self.look_at(*job).await;
                }
                moved.state = *state;
                moved.progress = *progress;
                moved.bytes_per_second = Some(*bytes_per_second);
                moved.eta_seconds = *eta_seconds;
                moved.sources.clone_from(sources);
                // An error lasts until bytes move (spec 6.1).
                moved.error = moved.error.filter(|_| *state != JobState::Transferring);
                tracked.update(moved);
                self.look_at_files(*job).await?;
                self.show(*job)
            }
            (EventBody::JobEnded { job, state, progress }, _) => {
                if let Some(tracked) = self.tracked.iter_mut().find(|tracked| tracked.job.id == *job) {
                    let ended =
                        Job { state: *state, progress: *progress, error: None, ..tracked.job.clone() };
                    tracked.update(ended);
                }
                self.show(*job)
            }
            (EventBody::CertificateQuestion { job, server, sha256, .. }, _) => {
                let tracked = self.tracked.iter().find(|tracked| tracked.job.id == *job);
                let told =
                    tracked.map(|tracked| certificates::told(&tracked.job, server, sha256, self.console));
                told.map_or(Ok(()), |told| self.progress.note(&told, self.console))
            }
            (_, Some(job)) => self.look_at(job).await,
            // Events were lost, or are of a later version.
            (_, None) => self.look_again().await,
        }
    }

    async fn look_again(&mut self) -> Result<(), Failure> {
        let open: Vec<JobId> = self
            .tracked
            .iter()
            .filter(|tracked| tracked.end.is_none())
            .map(|tracked| tracked.job.id)
            .collect();
        for job in open {
            self.look_at(job).await?;
        }
        Ok(())
    }

    /// Asks for a job as it is now.
    async fn look_at(&mut self, id: JobId) -> Result<(), Failure> {
        let Some(at) = self.tracked.iter().position(|tracked| tracked.job.id == id && tracked.end.is_none())
        else {
            return Ok(());
        };
        match self.session.client().job(id).await {
            Ok(job) => self.tracked[at].update(job),
            Err(ClientError::Problem(problem)) if problem.code == "not-found" => {
                self.tracked[at].is_unknown();
                return Ok(());
            }
            // The events will say so too, and the service is fetched back there.
            Err(error) if error.is_absence() => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if self.tracked[at].files.is_empty() || self.tracked[at].job.state.is_running() {
            self.look_at_files(id).await?;
        }
        self.show(id)
    }

    /// Asks for the files: once for the name of the only one, again and again where the one under way is
    /// shown.
    async fn look_at_files(&mut self, id: JobId) -> Result<(), Failure> {
        let shows_files = self.progress.shows_files();
        let Some(tracked) = self.tracked.iter_mut().find(|tracked| tracked.job.id == id) else {
            return Ok(());
        };
        let several = tracked.job.progress.files_total > 1;
        if several && (tracked.job.progress.files_total > FILES_LISTED || !self.console.lists_files()) {
            return Ok(());
        }
        let is_due = tracked.files.is_empty()
            || (shows_files && several && tracked.files_seen.elapsed() >= FILES_AGAIN)
            || tracked.files.iter().any(|file| file.pending_name && file.progress.bytes_transferred == 0);
        if !is_due {
            return Ok(());
        }
        tracked.files_seen = Instant::now();
        match self.session.client().files(id).await {
            Ok(files) => tracked.files = files,
            // The names are for the eye: the job says what matters.
            Err(ClientError::Problem(_)) => {}
            Err(error) if error.is_absence() => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn show_all(&mut self) -> Result<(), Failure> {
        let ids: Vec<JobId> = self.tracked.iter().map(|tracked| tracked.job.id).collect();
        ids.into_iter().try_for_each(|id| self.show(id))
    }

    fn show(&mut self, id: JobId) -> Result<(), Failure> {
        let is_alone = self.tracked.len() == 1;
        let Some(tracked) = self.tracked.iter_mut().find(|tracked| tracked.job.id == id) else {
            return Ok(());
        };
        if is_alone && tracked.end.is_some() {
            // How the only job ended is told next, and at length.
            return Ok(());
        }
        let bytes = tracked.job.progress.bytes_transferred;
        let rate = match tracked.job.state {
            JobState::Transferring => tracked.rate.observe(self.start.elapsed(), bytes),
            _ => None,
        };
        let view = View::of(&tracked.job, &tracked.files, rate);
        self.progress.show(&view, self.console)
    }

    /// The jobs as they ended, with the names that their files really got.
    async fn finish(self) -> Vec<Followed> {
        let mut followed = Vec::new();
        for mut tracked in self.tracked {
            // The end of a job is told without its reply.
            if tracked.job.reply.is_some()
                && let Ok(job) = self.session.client().job(tracked.job.id).await
            {
                tracked.job.reply = job.reply;
            }
            let several = tracked.job.progress.files_total > 1;
            if several && !self.console.lists_files() {
                let end = tracked.end.unwrap_or(End::Gone);
                followed.push(Followed { job: tracked.job, files: tracked.files, end });
                continue;
            }
            let files = match self.session.client().files(tracked.job.id).await {
                Ok(files) => files,
                // The job is over and its end is known; the names last seen will do.
                Err(_) => tracked.files,
            };
            followed.push(Followed { job: tracked.job, files, end: tracked.end.unwrap_or(End::Gone) });
        }
        followed
    }
}
