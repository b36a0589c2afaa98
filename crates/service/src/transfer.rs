//! One run at a file: a task that carries out the engine's orders with `http` and `disk` and reports back.
//!
//! The way of a byte is in here: socket, buffer, file, checksum, without a hop between threads. Writing is
//! done in line; only long work (proving what is there, syncing at the end) goes to a thread that may block.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bgcopy_core::{ByteRange, Code, ErrorContext, Existing, Fault, RangeSet, limits};
use bgcopy_disk::{Part, PartSpec, check_destination};
use bgcopy_engine::action::Receive;
use bgcopy_engine::event::Finished;
use bgcopy_engine::{Event, Order, TransferId};
use bgcopy_http::{Body, Http, Options, Request};
use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::pace::{self, Pace};

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

/// Progress is reported after this many bytes, or this much time: often enough for a person, seldom enough to
/// cost nothing.
const REPORT_BYTES: u64 = 8 << 20;
/// See [`REPORT_BYTES`].
const REPORT_INTERVAL: Duration = Duration::from_millis(200);

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
        let answered = Self::unless_stopped(&mut self.orders, self.assignment.http.fetch(&request)).await?;
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
        let (Some(part), Some(body)) = (self.part.as_mut(), self.body.take()) else {
            let fault =
                Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "there is no body to take");
            self.report(Event::FetchFailed(transfer, fault)).await;
            return Ok(());
        };
        let now = Instant::now();
        let mut intake = Intake {
            part,
            reports: &self.reports,
            transfer,
            paces: &self.assignment.paces,
            downloaded: &self.assignment.downloaded,
            skip: receive.skip,
            left: receive.limit.unwrap_or(u64::MAX),
            unreported: ByteRange::new(receive.output, receive.output),
            unsaved: 0,
            unsynced: 0,
            reported_at: now - REPORT_INTERVAL,
            saved_at: now,
            synced_at: now,
        };
        let taken = intake.take(body, &mut self.orders).await;
        intake.tell_progress().await;
        let event = match taken {
            Err(Stopped) => return Err(Stopped),
            Ok(Ok(())) => Event::BodyEnded(transfer),
            Ok(Err(Trouble::Source(fault))) => Event::FetchFailed(transfer, fault),
            Ok(Err(Trouble::Disk(fault))) => Event::DiskFailed(transfer, fault),
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

/// Why a body was not taken to its end.
enum Trouble {
    Source(Fault),
    Disk(Fault),
}

/// A body on its way into the file.
struct Intake<'a> {
    part: &'a mut Part,
    reports: &'a mpsc::Sender<Report>,
    transfer: TransferId,
    paces: &'a [Arc<Pace>],
    downloaded: &'a Counter,
    /// Bytes still to be passed over.
    skip: u64,
    /// Bytes still wanted.
    left: u64,
    /// Written, and not reported yet.
    unreported: ByteRange,
    /// Bytes since the last checkpoint.
    unsaved: u64,
    /// Bytes since the last sync.
    unsynced: u64,
    reported_at: Instant,
    saved_at: Instant,
    synced_at: Instant,
}

impl Intake<'_> {
    async fn take(
        &mut self,
        mut body: Body,
        orders: &mut mpsc::UnboundedReceiver<Order>,
    ) -> Result<Result<(), Trouble>, Stopped> {
        while self.left > 0 {
            let due = self.due();
            let chunk = tokio::select! {
                biased;
                _ = orders.recv() => return Err(Stopped),
                chunk = body.chunk() => chunk,
                () = sleep_until(due) => match self.on_due().await {
                    Ok(()) => continue,
                    Err(fault) => return Ok(Err(Trouble::Disk(fault))),
                },
            };
            match chunk {
                Ok(Some(bytes)) => {
                    let wait = pace::pay(self.paces, bytes.len() as u64);
                    if let Err(fault) = self.keep(&bytes, wait).await {
                        return Ok(Err(Trouble::Disk(fault)));
                    }
                    if !wait.is_zero() {
                        Run::unless_stopped(orders, pace::until_paid(self.paces, wait)).await?;
                    }
                }
                Ok(None) => break,
                Err(fault) => return Ok(Err(Trouble::Source(fault))),
            }
        }
        Ok(Ok(()))
    }

    /// When there is something to do though no byte comes: a slow source must neither hide what it has brought
    /// nor leave more than two seconds of it unproved.
    fn due(&self) -> Option<Instant> {
        let report = (!self.unreported.is_empty()).then(|| self.reported_at + REPORT_INTERVAL);
        let checkpoint = (self.unsaved > 0).then(|| self.saved_at + limits::CHECKPOINT_INTERVAL);
        [report, checkpoint].into_iter().flatten().min()
    }

    async fn on_due(&mut self) -> Result<(), Fault> {
        self.tell_progress().await;
        if self.unsaved > 0 && self.saved_at + limits::CHECKPOINT_INTERVAL <= Instant::now() {
            self.checkpoint()?;
        }
        Ok(())
    }

    /// Writes bytes; what falls due during the wait behind them is done before it.
    async fn keep(&mut self, bytes: &Bytes, wait: Duration) -> Result<(), Fault> {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
        self.skip -= skipped as u64;
        let wanted = &bytes[skipped..];
        let wanted = &wanted[..wanted.len().min(usize::try_from(self.left).unwrap_or(usize::MAX))];
        if wanted.is_empty() {
            return Ok(());
        }
        let length = wanted.len() as u64;
        self.part.write(self.unreported.end, wanted)?;
        self.unreported.end += length;
        self.left -= length;
        self.unsaved += length;
        self.unsynced += length;
        self.downloaded.inc_by(length);
        let now = Instant::now() + wait;
        if self.unsaved >= limits::CHECKPOINT_BYTES || now - self.saved_at >= limits::CHECKPOINT_INTERVAL {
            self.checkpoint()?;
        }
        if self.unreported.len() >= REPORT_BYTES || now - self.reported_at >= REPORT_INTERVAL {
            self.tell_progress().await;
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        let sync = self.unsynced >= limits::SYNC_BYTES || now - self.synced_at >= limits::SYNC_INTERVAL;
        self.part.checkpoint(sync)?;
        self.unsaved = 0;
        self.saved_at = Instant::now();
        if sync {
            self.unsynced = 0;
            self.synced_at = self.saved_at;
        }
        Ok(())
    }

    async fn tell_progress(&mut self) {
        if self.unreported.is_empty() {
            return;
        }
        let event = Event::Received(self.transfer, self.unreported);
        let _ = self.reports.send(Report::Event(event)).await;
        self.unreported.start = self.unreported.end;
        self.reported_at = Instant::now();
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Runs something that may block on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
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
