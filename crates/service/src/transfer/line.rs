//! One connection of a run: asks, waits until somebody wants the body, and takes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bgcopy_core::{Answer, ByteRange, Fault, SourceKind};
use bgcopy_engine::event::Help;
use bgcopy_engine::{Event, HelperId, TransferId};
use bgcopy_http::{Body, Http, Request};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};

use super::Report;
use super::intake::Intake;
use super::promise::Offers;
use super::small::AtOnce;
use super::writer::Batches;
use crate::pace::{self, Pace};
use crate::steering::Steered;

/// The lead of a run, or one of its helpers.
pub(super) type Who = Option<HelperId>;

/// Whose voice a report has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub(super) transfer: TransferId,
    pub(super) who: Who,
    /// What the source is to the file.
    pub(super) kind: SourceKind,
}

impl Voice {
    fn answered(self, answer: Box<Answer>) -> Event {
        match self.who {
            None => Event::Answered(self.transfer, answer),
            Some(helper) => Event::Help(self.transfer, helper, Help::Answered(answer)),
        }
    }

    pub(super) const fn received(self, range: ByteRange) -> Event {
        match self.who {
            None => Event::Received(self.transfer, range),
            Some(helper) => Event::Help(self.transfer, helper, Help::Received(range)),
        }
    }

    /// What to say when nothing comes.
    pub(super) const fn silent(self) -> Event {
        match self.who {
            None => Event::Silent(self.transfer),
            Some(helper) => Event::Help(self.transfer, helper, Help::Silent),
        }
    }

    /// Reports that the source failed.
    pub(super) async fn tell(self, reports: &mpsc::Sender<Report>, fault: Fault) {
        // Without a reader of reports the service is ending, and so is this task.
        let _ = reports.send(Report::Event(self.ended(Err(fault)))).await;
    }

    pub(super) fn ended(self, outcome: Result<(), Fault>) -> Event {
        match (self.who, outcome) {
            (None, Ok(())) => Event::BodyEnded(self.transfer),
            (None, Err(fault)) => Event::FetchFailed(self.transfer, fault),
            (Some(helper), Ok(())) => Event::Help(self.transfer, helper, Help::Ended),
            (Some(helper), Err(fault)) => {
                tracing::debug!(%fault, "a connection that helps failed");
                Event::Help(self.transfer, helper, Help::Failed(Box::new(fault)))
            }
        }
    }
}

/// Where a connection is to stop, in the finished file; it may move while the body comes.
#[derive(Clone, Debug)]
pub(super) struct Limit(Arc<Bounds>);

#[derive(Debug)]
struct Bounds {
    until: AtomicU64,
    /// Not the same as a limit of nothing: an empty body is wanted, too, to its end.
    dismissed: AtomicBool,
}

impl Limit {
    /// Nowhere.
    pub(super) fn none() -> Self {
        Self(Arc::new(Bounds { until: AtomicU64::new(u64::MAX), dismissed: AtomicBool::new(false) }))
    }

    pub(super) fn lower(&self, until: u64) {
        self.0.until.fetch_min(until, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.until.load(Ordering::Relaxed)
    }

    /// The connection is sent away, whatever it has.
    pub(super) fn dismiss(&self) {
        self.0.dismissed.store(true, Ordering::Relaxed);
        self.lower(0);
    }

    /// Whether the connection was sent away.
    pub(super) fn is_dismissed(&self) -> bool {
        self.0.dismissed.load(Ordering::Relaxed)
    }
}

/// What a connection needs.
pub(super) struct Outfit {
    pub(super) voice: Voice,
    pub(super) http: Http,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) paces: Vec<Arc<Pace>>,
    /// What the origin promises; `None` for who is not the origin.
    pub(super) offers: Option<Arc<Offers>>,
}

/// How to take a body.
pub(super) enum Taking {
    /// As it comes.
    Stream(Stream),
    /// All of it, then write it.
    AtOnce(Box<AtOnce>),
}

/// How to take a body as it comes.
pub(super) struct Stream {
    /// Where the first byte kept goes in the finished file.
    pub(super) output: u64,
    /// How many bytes to pass over first.
    pub(super) skip: u64,
    /// To whom.
    pub(super) batches: Batches,
}

/// A connection at work. Ends when it is dropped.
pub(super) struct Line {
    wanted: Option<oneshot::Sender<Taking>>,
    limit: Limit,
    task: AbortHandle,
}

impl Line {
    /// Asks; the answer is reported, and its body waits to be wanted.
    pub(super) fn start(tasks: &mut JoinSet<()>, outfit: Outfit, request: Request) -> Self {
        Self::begin(|taking, limit| tasks.spawn(work(outfit, request, taking, limit)))
    }

    /// The answer is here, is reported, and its body waits to be wanted.
    pub(super) fn resume(tasks: &mut JoinSet<()>, coming: Coming) -> Self {
        Self::begin(|taking, limit| tasks.spawn(go_on(coming, taking, limit)))
    }

    fn begin(spawn: impl FnOnce(oneshot::Receiver<Taking>, Limit) -> AbortHandle) -> Self {
        let (wanted, taking) = oneshot::channel();
        let limit = Limit::none();
        let task = spawn(taking, limit.clone());
        Self { wanted: Some(wanted), limit, task }
    }

    /// The body is wanted, up to here.
    pub(super) fn take(&mut self, taking: Taking, until: u64) {
        self.limit.lower(until);
        if let Some(wanted) = self.wanted.take() {
            // A connection that failed has said so.
            let _ = wanted.send(taking);
        }
    }

    /// Whether its task has ended.
    pub(super) fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends it, and nothing more of it is wanted: not even what is on its way to the disk.
    pub(super) fn dismiss(self) {
        self.limit.dismiss();
    }

    /// It stops here already.
    pub(super) fn lower_limit(&self, until: u64) {
        self.limit.lower(until);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn work(outfit: Outfit, request: Request, taking: oneshot::Receiver<Taking>, limit: Limit) {
    match outfit.http.fetch(&request).await {
        Ok(answered) => go_on(outfit.receive(answered), taking, limit).await,
        Err(fault) => outfit.voice.tell(&outfit.reports, fault).await,
    }
}

impl Outfit {
    /// Gets ready for the body of an answer.
    pub(super) fn receive(self, (mut answer, body): (Answer, Body)) -> Coming {
        let Self { voice, http, reports, paces, offers } = self;
        offers.iter().for_each(|offers| offers.read(&http, &mut answer));
        let mut paces = pace::for_peer(&paces, answer.peer);
        // From here on: what the sockets hold while the body waits to be wanted comes as well.
        let steered = pace::steer(&paces, body.valve(), answer.peer);
        paces.extend(steered.as_ref().map(Steered::pace));
        Coming { voice, reports, answer, body, paces, _steered: steered }
    }
}

/// The body of an answer, and what is to be minded while it comes.
pub(super) struct Coming {
    pub(super) voice: Voice,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) answer: Answer,
    pub(super) body: Body,
    pub(super) paces: Vec<Arc<Pace>>,
    /// Steered as long as this lives.
    pub(super) _steered: Option<Steered>,
}

/// Tells of the answer, waits until somebody wants its body, and takes it.
async fn go_on(coming: Coming, taking: oneshot::Receiver<Taking>, limit: Limit) {
    let Coming { voice, reports, answer, body, paces, _steered } = coming;
    // Without a reader of reports the service is ending, and so is this task.
    let tell = |report| async { drop(reports.send(report).await) };
    if voice.who.is_none() {
        tell(Report::Source(voice.transfer, answer.final_url.origin())).await;
    }
    tell(Report::Event(voice.answered(Box::new(answer)))).await;
    match taking.await {
        Ok(Taking::Stream(Stream { output, skip, batches })) => {
            let outcome =
                Intake::new(output, skip, limit.clone(), &paces, &batches, voice, &reports).take(body).await;
            // Behind the last bytes, so that nobody hears of the end before them.
            batches.end(voice, limit, outcome);
        }
        Ok(Taking::AtOnce(way)) => {
            if let Err(fault) = way.take(voice, body, &paces).await {
                voice.tell(&reports, fault).await;
            }
        }
        Err(_) => {}
    }
}
