//! One run at a file: a task that carries out the engine's orders with `http` and `disk` and reports back.
//!
//! The way of a byte is in here: socket and buffer in the task of a connection ([`line`], [`intake`]), file and
//! checksums on a thread that may block ([`writer`]). They work at the same time, and a disk that hangs holds up
//! no other run.

mod intake;
mod line;
mod promise;
mod writer;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_core::{Code, Existing, Fault, RangeSet, SourceKind};
use bgcopy_disk::{Part, PartSpec, check_destination};
use bgcopy_engine::action::{Fetch, Helping, Receive};
use bgcopy_engine::event::Finished;
use bgcopy_engine::{Event, HelperId, Order, TransferId};
use bgcopy_http::{Http, Options, Request};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use self::line::{Line, Outfit, Taking, Voice, Who};
use self::promise::Offers;
use self::writer::{Account, Batches, Writer};
use crate::pace::Pace;

/// What a run reports.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all reports are events, so boxing them saves nothing")]
pub(crate) enum Report {
    /// To the engine.
    Event(Event),
    /// The temporary file has a name.
    Temporary(TransferId, PathBuf),
    /// Who serves, without secrets.
    Source(TransferId, String),
}

/// Everything a run needs to know.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// The run.
    pub(crate) transfer: TransferId,
    /// The file on the disk.
    pub(crate) part: PartSpec,
    /// The temporary file, where there is one.
    pub(crate) temporary: Option<PathBuf>,
    /// What becomes of an existing destination.
    pub(crate) existing: Existing,
    /// What the job says about its requests.
    pub(crate) options: Arc<Options>,
    /// Caps, the job's first.
    pub(crate) paces: Vec<Arc<Pace>>,
    /// Who fetches.
    pub(crate) http: Http,
    /// Counts bytes.
    pub(crate) downloaded: Counter,
}

/// Carries out orders until the engine says stop. However it ends, `Closed` is the last report.
pub(crate) async fn run(
    assignment: Assignment,
    orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::Sender<Report>,
) {
    let transfer = assignment.transfer;
    let mut run = Run {
        assignment,
        reports: reports.clone(),
        lead: None,
        helpers: BTreeMap::new(),
        lines: JoinSet::new(),
        store: Store::Nothing,
        offers: Arc::default(),
    };
    run.work(orders).await;
    let part = run.take_part().await;
    // The last checkpoint; what it cannot save is fetched again.
    blocking(move || {
        if let Some(mut part) = part
            && let Err(fault) = part.checkpoint(false)
        {
            tracing::warn!(%fault, "the last checkpoint of a transfer failed");
        }
    })
    .await;
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}

struct Run {
    assignment: Assignment,
    reports: mpsc::Sender<Report>,
    lead: Option<Line>,
    helpers: BTreeMap<HelperId, Line>,
    /// The tasks of both.
    lines: JoinSet<()>,
    store: Store,
    offers: Arc<Offers>,
}

/// The file on the disk.
enum Store {
    /// None yet.
    Nothing,
    /// Nobody writes.
    Resting(Box<Part>),
    /// A thread writes what it is handed.
    Writing(Batches, JoinHandle<Part>),
}

impl Store {
    /// The end of a writer that ends though nobody told it to.
    async fn broken_off(&mut self) -> Part {
        match self {
            Self::Writing(_, writing) => joined(writing).await,
            Self::Nothing | Self::Resting(_) => std::future::pending().await,
        }
    }
}

impl Run {
    async fn work(&mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let order = tokio::select! {
                biased;
                order = orders.recv() => order,
                // A disk that fails; the writer has said so.
                part = self.store.broken_off() => {
                    self.store = Store::Resting(Box::new(part));
                    continue;
                }
                Some(ended) = self.lines.join_next() => {
                    if let Err(ended) = ended
                        && let Ok(panic) = ended.try_into_panic()
                    {
                        std::panic::resume_unwind(panic);
                    }
                    self.helpers.retain(|_, line| !line.is_over());
                    continue;
                }
            };
            match order {
                Some(Order::Stop) | None => return,
                Some(order) => self.carry_out(order).await,
            }
        }
    }

    async fn carry_out(&mut self, order: Order) {
        match order {
            Order::Open => self.open().await,
            Order::Consult(_) => {}
            Order::Fetch(fetch) => {
                self.lead = None;
                self.lead = Some(self.line(None, fetch));
            }
            Order::Receive(receive) => self.receive(&receive).await,
            Order::Limit { until } => {
                if let Some(lead) = &self.lead {
                    lead.lower_limit(until);
                }
            }
            Order::Help(helper, helping) => self.help(helper, helping),
            Order::Finish { size } => self.finish(size).await,
            Order::Stop => {}
        }
    }

    async fn report(&self, event: Event) {
        // Without a reader the service is ending, and so is this task.
        let _ = self.reports.send(Report::Event(event)).await;
    }

    fn line(&mut self, who: Who, fetch: Fetch) -> Line {
        let Fetch { url, kind, offered, ask, if_range } = fetch;
        let options = self.options_for(kind);
        let outfit = Outfit {
            voice: Voice { transfer: self.assignment.transfer, who },
            http: self.assignment.http.clone(),
            reports: self.reports.clone(),
            paces: self.assignment.paces.clone(),
            // Who is not the origin promises nothing.
            offers: (kind == SourceKind::Origin).then(|| self.offers.clone()),
        };
        let request = Request { url, ask, if_range, options, no_cache: false, offered };
        Line::start(&mut self.lines, outfit, request)
    }

    /// What a source of this kind may see of what the job says about its requests.
    fn options_for(&self, kind: SourceKind) -> Arc<Options> {
        let options = &self.assignment.options;
        match kind {
            SourceKind::Origin => options.clone(),
            SourceKind::Mirror => Arc::new(options.for_strangers()),
            SourceKind::CacheHost => Arc::new(options.for_cache_hosts()),
        }
    }

    fn help(&mut self, helper: HelperId, helping: Helping) {
        match helping {
            Helping::Fetch(fetch) => {
                let line = self.line(Some(helper), fetch);
                self.helpers.insert(helper, line);
            }
            Helping::Receive { output, until } => {
                // When the disk failed meanwhile, nobody wants it any more.
                if let Store::Writing(batches, _) = &self.store
                    && let Some(line) = self.helpers.get_mut(&helper)
                {
                    line.take(Taking { output, skip: 0, batches: batches.clone() }, until);
                }
            }
            Helping::Limit { until } => {
                if let Some(line) = self.helpers.get(&helper) {
                    line.lower_limit(until);
                }
            }
            Helping::Dismiss => drop(self.helpers.remove(&helper)),
        }
    }

    async fn open(&mut self) {
        let spec = self.assignment.part.clone();
        let temporary = self.assignment.temporary.clone();
        let opened = blocking(move || reopen(&spec, temporary)).await;
        let event = match opened {
            Ok(Some((part, have))) => {
                self.keep(part).await;
                Event::Opened(self.assignment.transfer, have)
            }
            Ok(None) => Event::Opened(self.assignment.transfer, RangeSet::new()),
            Err(fault) => Event::DiskFailed(self.assignment.transfer, fault),
        };
        self.report(event).await;
    }

    async fn keep(&mut self, part: Part) {
        self.announce(&part).await;
        self.store = Store::Resting(Box::new(part));
    }

    async fn announce(&mut self, part: &Part) {
        let temporary = part.temporary().to_owned();
        self.assignment.temporary = Some(temporary.clone());
        let _ = self.reports.send(Report::Temporary(self.assignment.transfer, temporary)).await;
    }

    /// Ends the writing, and every connection with it.
    async fn take_part(&mut self) -> Option<Part> {
        self.lead = None;
        self.helpers.clear();
        match std::mem::replace(&mut self.store, Store::Nothing) {
            Store::Nothing => None,
            Store::Resting(part) => Some(*part),
            Store::Writing(batches, mut writing) => {
                drop(batches);
                Some(joined(&mut writing).await)
            }
        }
    }

    /// Gets the temporary file ready, then lets the lead take its body.
    async fn receive(&mut self, receive: &Receive) {
        let Some(mut lead) = self.lead.take() else { return };
        let batches = match self.writing(receive).await {
            Ok(batches) => batches,
            Err(fault) => return self.report(Event::DiskFailed(self.assignment.transfer, fault)).await,
        };
        let until = receive.limit.map_or(u64::MAX, |limit| receive.output.saturating_add(limit));
        lead.take(Taking { output: receive.output, skip: receive.skip, batches }, until);
        self.lead = Some(lead);
    }

    /// The way to who writes the file, which is begun if it has to be.
    async fn writing(&mut self, receive: &Receive) -> Result<Batches, Fault> {
        if let Store::Writing(batches, _) = &self.store
            && !receive.afresh
            && !batches.are_closed()
        {
            return Ok(batches.clone());
        }
        // Helpers of the old version end here, and what they wrote is thrown away with the rest.
        let part = self.take_part().await;
        let part = self.prepare(part, receive).await?;
        self.announce(&part).await;
        let account =
            Account::new(self.assignment.transfer, self.reports.clone(), self.assignment.downloaded.clone());
        let (batches, writer) = Writer::new(part, account);
        let runtime = Handle::current();
        let writing = tokio::task::spawn_blocking(move || writer.work(&runtime));
        self.store = Store::Writing(batches.clone(), writing);
        Ok(batches)
    }

    async fn prepare(&mut self, part: Option<Part>, receive: &Receive) -> Result<Part, Fault> {
        let spec = &mut self.assignment.part;
        spec.local_name = receive.local_name.clone();
        spec.size = receive.size;
        let spec = spec.clone();
        let existing = self.assignment.existing;
        let (afresh, size) = (receive.afresh, receive.size);
        blocking(move || match part.filter(|part| !afresh || part.check_place().is_ok()) {
            Some(mut part) => {
                if afresh {
                    part.restart()?;
                }
                if let Some(size) = size {
                    part.set_size(size)?;
                }
                Ok(part)
            }
            // Or one that somebody removed: what is written to it is lost (E11).
            None => {
                check_destination(&spec.rights, &spec.local_name, existing)?;
                Part::create(&spec)
            }
        })
        .await
    }

    async fn finish(&mut self, size: u64) {
        let transfer = self.assignment.transfer;
        let spec = self.assignment.part.clone();
        let part = self.take_part().await;
        let finished = blocking(move || {
            // A file without bytes was never opened.
            let mut part = match part {
                Some(part) => part,
                None => Part::create(&spec)?,
            };
            let finished = part.finish(size)?;
            Ok::<_, Fault>((part, finished.digest.is_some() && spec.digest.is_some()))
        })
        .await;
        let event = match finished {
            Ok((part, digest_matched)) => {
                self.keep(part).await;
                Event::Finished(transfer, Finished { digest_matched, pieces_matched: false })
            }
            Err(fault) => Event::DiskFailed(transfer, fault),
        };
        self.report(event).await;
    }
}

/// Goes on with what an earlier run left; `None` when it left nothing.
fn reopen(spec: &PartSpec, temporary: Option<PathBuf>) -> Result<Option<(Part, RangeSet)>, Fault> {
    let Some(temporary) = temporary.or_else(|| bgcopy_disk::temporary_of(&spec.log)) else { return Ok(None) };
    match Part::reopen(spec, &temporary) {
        Ok(opened) => Ok(Some(opened)),
        Err(fault) if fault.code == Code::LocalFileChanged => {
            bgcopy_disk::discard(&spec.rights, Some(&temporary), &spec.log)?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// Runs something that may block on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(&mut tokio::task::spawn_blocking(work)).await
}

async fn joined<T>(work: &mut JoinHandle<T>) -> T {
    match work.await {
        Ok(done) => done,
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and whoever waits here with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A run that cannot even begin: its first order is answered by the reason.
pub(crate) async fn refuse(
    transfer: TransferId,
    fault: Fault,
    mut orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::Sender<Report>,
) {
    while let Some(order) = orders.recv().await {
        let event = match order {
            Order::Stop => break,
            Order::Open | Order::Consult(_) | Order::Fetch(_) | Order::Receive(_) | Order::Finish { .. } => {
                Event::DiskFailed(transfer, fault.clone())
            }
            Order::Limit { .. } | Order::Help(..) => continue,
        };
        let _ = reports.send(Report::Event(event)).await;
    }
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}
