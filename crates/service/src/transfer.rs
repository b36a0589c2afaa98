//! One run at a file: a task that carries out the engine's orders with `http` and `disk` and reports back.
//!
//! The way of a byte is in here: socket and buffer in the task ([`intake`]), file and checksums on a thread
//! that may block ([`writer`]). The two work at the same time, and a disk that hangs holds up no other run.

mod intake;
mod writer;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_core::{Code, ErrorContext, Existing, Fault, RangeSet};
use bgcopy_disk::{Part, PartSpec, check_destination};
use bgcopy_engine::action::Receive;
use bgcopy_engine::event::Finished;
use bgcopy_engine::{Event, Order, TransferId};
use bgcopy_http::{Body, Http, Options, Request};
use prometheus_client::metrics::counter::Counter;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::intake::Intake;
use self::writer::{Account, Writer};
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
    let mut run = Run { part: None, body: None, assignment, orders, reports: reports.clone() };
    run.work().await;
    let part = run.part.take();
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
    orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::Sender<Report>,
    part: Option<Part>,
    body: Option<Body>,
}

/// The engine said stop, or is gone.
struct Stopped;

/// Waits for something, unless the engine says stop first.
async fn unless_stopped<T>(
    orders: &mut mpsc::UnboundedReceiver<Order>,
    future: impl Future<Output = T>,
) -> Result<T, Stopped> {
    tokio::select! {
        biased;
        _ = orders.recv() => Err(Stopped),
        done = future => Ok(done),
    }
}

impl Run {
    async fn work(&mut self) {
        while let Some(order) = self.orders.recv().await {
            let done = match order {
                Order::Open => self.open().await,
                Order::Fetch { url, ask, if_range } => {
                    let options = self.assignment.options.clone();
                    self.fetch(Request { url, ask, if_range, options, no_cache: false }).await
                }
                Order::Receive(receive) => self.receive(&receive).await,
                Order::Finish { size } => self.finish(size).await,
                Order::Stop => Err(Stopped),
            };
            if done.is_err() {
                return;
            }
        }
    }

    async fn report(&self, event: Event) {
        // Without a reader the service is ending, and so is this task.
        let _ = self.reports.send(Report::Event(event)).await;
    }

    async fn open(&mut self) -> Result<(), Stopped> {
        let spec = self.assignment.part.clone();
        let temporary = self.assignment.temporary.clone();
        let opened = blocking(move || reopen(&spec, temporary)).await;
        let event = match opened {
            Ok(Some((part, have))) => {
                self.adopt(part).await;
                Event::Opened(self.assignment.transfer, have)
            }
            Ok(None) => Event::Opened(self.assignment.transfer, RangeSet::new()),
            Err(fault) => Event::DiskFailed(self.assignment.transfer, fault),
        };
        self.report(event).await;
        Ok(())
    }

    async fn adopt(&mut self, part: Part) {
        let temporary = part.temporary().to_owned();
        self.part = Some(part);
        self.assignment.temporary = Some(temporary.clone());
        let _ = self.reports.send(Report::Temporary(self.assignment.transfer, temporary)).await;
    }

    async fn fetch(&mut self, request: Request) -> Result<(), Stopped> {
        self.body = None;
        let transfer = self.assignment.transfer;
        let answered = unless_stopped(&mut self.orders, self.assignment.http.fetch(&request)).await?;
        match answered {
            Ok((answer, body)) => {
                self.body = Some(body);
                let source = answer.final_url.origin();
                let _ = self.reports.send(Report::Source(transfer, source)).await;
                self.report(Event::Answered(transfer, Box::new(answer))).await;
            }
            Err(fault) => self.report(Event::FetchFailed(transfer, fault)).await,
        }
        Ok(())
    }

    /// Gets the temporary file ready, then takes the body.
    async fn receive(&mut self, receive: &Receive) -> Result<(), Stopped> {
        let transfer = self.assignment.transfer;
        if let Err(fault) = self.prepare(receive).await {
            self.body = None;
            self.report(Event::DiskFailed(transfer, fault)).await;
            return Ok(());
        }
        let (Some(part), Some(body)) = (self.part.take(), self.body.take()) else {
            let fault =
                Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "there is no body to take");
            self.report(Event::FetchFailed(transfer, fault)).await;
            return Ok(());
        };
        let account = Account::new(transfer, self.reports.clone(), self.assignment.downloaded.clone());
        let (batches, writer) = Writer::new(part, receive.output, account);
        let runtime = Handle::current();
        let writing = tokio::task::spawn_blocking(move || writer.work(&runtime));
        let taken = Intake::new(receive, batches, &self.assignment.paces).take(body, &mut self.orders).await;
        let (part, written) = joined(writing).await;
        self.part = Some(part);
        let event = match (taken?, written) {
            (_, Err(fault)) => Event::DiskFailed(transfer, fault),
            (Err(fault), Ok(())) => Event::FetchFailed(transfer, fault),
            (Ok(()), Ok(())) => Event::BodyEnded(transfer),
        };
        self.report(event).await;
        Ok(())
    }

    async fn prepare(&mut self, receive: &Receive) -> Result<(), Fault> {
        let spec = &mut self.assignment.part;
        spec.local_name = receive.local_name.clone();
        spec.size = receive.size;
        let spec = spec.clone();
        let existing = self.assignment.existing;
        let part = self.part.take();
        let (afresh, size) = (receive.afresh, receive.size);
        let part = blocking(move || -> Result<Part, Fault> {
            match part {
                Some(mut part) => {
                    if afresh {
                        part.restart()?;
                    }
                    if let Some(size) = size {
                        part.set_size(size)?;
                    }
                    Ok(part)
                }
                None => {
                    check_destination(&spec.rights, &spec.local_name, existing)?;
                    Part::create(&spec)
                }
            }
        })
        .await?;
        self.adopt(part).await;
        Ok(())
    }

    async fn finish(&mut self, size: u64) -> Result<(), Stopped> {
        let transfer = self.assignment.transfer;
        let spec = self.assignment.part.clone();
        let part = self.part.take();
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
                self.adopt(part).await;
                Event::Finished(transfer, Finished { digest_matched })
            }
            Err(fault) => Event::DiskFailed(transfer, fault),
        };
        self.report(event).await;
        Ok(())
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
    joined(tokio::task::spawn_blocking(work)).await
}

async fn joined<T>(work: JoinHandle<T>) -> T {
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
            Order::Open | Order::Fetch { .. } | Order::Receive(_) | Order::Finish { .. } => {
                Event::DiskFailed(transfer, fault.clone())
            }
        };
        let _ = reports.send(Report::Event(event)).await;
    }
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}
