//! One run at a file: a task that carries out the engine's orders with `http` and `disk` and reports back.
//!
//! The way of a byte is in here: socket and buffer in the task of a connection ([`line`], [`intake`]), file and
//! checksums on a thread that may block ([`writer`]). They work at the same time, and a disk that hangs holds up
//! no other run.

mod consult;
pub(crate) mod crew;
mod intake;
mod line;
mod promise;
mod proof;
mod small;
pub(crate) mod upload;
mod writer;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bgcopy_api::question::QuestionId;
use bgcopy_core::{
    ByteRange, Code, Digest, Existing, Fault, LocalName, ManifestRef, RangeSet, RemoteName, SourceKind,
};
use bgcopy_disk::{Part, PartSpec, SmallSpec, check_destination};
use bgcopy_engine::action::{Fetch, Helping, Receive};
use bgcopy_engine::event::Finished;
use bgcopy_engine::{Event, HelperId, Order, TransferId};
use bgcopy_http::{Http, Options, Request};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use self::consult::Consultation;
use self::crew::Grown;
use self::line::{Line, Outfit, Taking, Voice, Who};
use self::promise::Offers;
pub(crate) use self::proof::Proof;
use self::small::AtOnce;
pub(crate) use self::small::Keeper;
use self::small::Written;
use self::writer::{Account, Batches, Writer};
use crate::document::Documents;
use crate::lists::Lists;
use crate::metrics::Downloaded;
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
    /// The owner of a job is asked about a certificate.
    Asked(QuestionId),
    /// A small file turned out to need a run of its own.
    Grown(Box<Grown>),
    /// Several, in their order.
    Many(Vec<Self>),
}

/// Everything a run needs to know.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// The run.
    pub(crate) transfer: TransferId,
    /// The file on the disk.
    pub(crate) part: PartSpec,
    /// The file elsewhere.
    pub(crate) remote_name: RemoteName,
    /// What proves its pieces.
    pub(crate) proof: Proof,
    /// Where piece lists are kept.
    pub(crate) lists: Arc<Lists>,
    /// What the files of the job consult.
    pub(crate) documents: Arc<Documents>,
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
    /// Who writes it, if it is small.
    pub(crate) keeper: Keeper,
    /// What the name of its temporary file is made of then.
    pub(crate) mark: String,
    /// Counts bytes.
    pub(crate) downloaded: Downloaded,
}

/// Carries out orders until the engine says stop; then `Closed` is the last report. Or until nobody gives orders any
/// more, because everything is told.
pub(crate) async fn run(
    assignment: Assignment,
    grown: Option<Box<Grown>>,
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
        keeping: None,
    };
    if let Some(grown) = grown {
        run.take_up(*grown);
    }
    let is_awaited = run.work(orders).await;
    if let Some(mut part) = run.take_part().await {
        // The last checkpoint; what it cannot save is fetched again.
        blocking(move || {
            if let Err(fault) = part.checkpoint(false) {
                tracing::warn!(%fault, "the last checkpoint of a transfer failed");
            }
        })
        .await;
    }
    if let Some(kept) = run.keeping.take() {
        // What is told of the file has to come first.
        let _ = kept.await;
    }
    if is_awaited {
        let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
    }
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
    /// Ends when nothing happens any more to a file that is written at once.
    keeping: Option<oneshot::Receiver<Written>>,
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
    /// Says whether somebody waits for its end.
    async fn work(&mut self, mut orders: mpsc::UnboundedReceiver<Order>) -> bool {
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
                Some(Order::Stop) => return true,
                None => return false,
                Some(order) => self.carry_out(order).await,
            }
        }
    }

    /// Goes on where those who bring small files left off.
    fn take_up(&mut self, grown: Grown) {
        let Grown { coming, offers, .. } = grown;
        self.offers = offers;
        if let Some(coming) = coming {
            if coming.voice.kind != SourceKind::Origin {
                self.assignment.proof.mix();
            }
            self.lead = Some(Line::resume(&mut self.lines, *coming));
        }
    }

    fn lead(&mut self, fetch: Fetch) {
        if let Some(lead) = self.lead.take() {
            lead.dismiss();
        }
        self.lead = Some(self.line(None, fetch));
    }

    async fn carry_out(&mut self, order: Order) {
        match order {
            Order::Open => self.open().await,
            Order::Consult(document) => self.consult(*document),
            Order::Fetch(fetch) => self.lead(fetch),
            Order::Receive(receive) => self.receive(&receive).await,
            Order::Limit { until } => {
                if let Some(lead) = &self.lead {
                    lead.lower_limit(until);
                }
            }
            Order::Forget(range) => self.forget(range).await,
            Order::Help(helper, helping) => self.help(helper, helping),
            Order::Finish { size } => self.finish(size).await,
            // Orders of uploads, which have runs of another kind.
            Order::Stop | Order::Look(_) | Order::Post(_) => {}
        }
    }

    async fn report(&self, event: Event) {
        // Without a reader the service is ending, and so is this task.
        let _ = self.reports.send(Report::Event(event)).await;
    }

    fn line(&mut self, who: Who, fetch: Fetch) -> Line {
        let (outfit, request) = self.outfit(who, fetch);
        Line::start(&mut self.lines, outfit, request)
    }

    /// What a connection needs to ask.
    fn outfit(&mut self, who: Who, fetch: Fetch) -> (Outfit, Request) {
        let Fetch { url, kind, offered, ask, if_range, fresh, permit: _ } = fetch;
        let options = source_sees(&self.assignment.options, kind);
        if kind != SourceKind::Origin {
            self.assignment.proof.mix();
        }
        let outfit = Outfit {
            voice: Voice { transfer: self.assignment.transfer, who, kind },
            http: self.assignment.http.clone(),
            reports: self.reports.clone(),
            paces: self.assignment.paces.clone(),
            // Who is not the origin promises nothing.
            offers: (kind == SourceKind::Origin).then(|| self.offers.clone()),
        };
        (outfit, Request { url, ask, if_range, options, no_cache: fresh, offered })
    }

    /// Reads what a publisher says, while a body may wait or come.
    fn consult(&mut self, document: ManifestRef) {
        let Assignment { transfer, part, remote_name, lists, documents, options, http, .. } =
            &self.assignment;
        let (transfer, reports) = (*transfer, self.reports.clone());
        let consultation = Consultation {
            http: http.clone(),
            options: options.clone(),
            remote_name: remote_name.clone(),
            local_name: part.local_name.clone(),
            lists: lists.clone(),
            documents: documents.clone(),
            held_to_rule: self.offers.are_held_to_rule(),
        };
        self.lines.spawn(async move {
            let said = consultation.hold(document).await;
            let _ = reports.send(Report::Event(Event::Consulted(transfer, Box::new(said)))).await;
        });
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
                    let body = line::Stream { output, skip: 0, batches: batches.clone() };
                    line.take(Taking::Stream(body), until);
                }
            }
            Helping::Limit { until } => {
                if let Some(line) = self.helpers.get(&helper) {
                    line.lower_limit(until);
                }
            }
            Helping::Dismiss => {
                if let Some(line) = self.helpers.remove(&helper) {
                    line.dismiss();
                }
            }
        }
    }

    async fn open(&mut self) {
        let Assignment { part, proof, existing, .. } = &mut self.assignment;
        part.pieces = proof.hashes().await;
        part.size = part.size.or(proof.size());
        let (spec, existing) = (part.clone(), *existing);
        let temporary = self.assignment.temporary.clone();
        let mark = self.assignment.mark.clone();
        let opened = blocking(move || match open(&spec, temporary, existing) {
            // Or it was small, and nobody could record any more that it was there.
            Ok(None) => {
                bgcopy_disk::discard_stray(&spec.rights, spec.local_name.folder(), &mark).map(|()| None)
            }
            opened => opened,
        })
        .await;
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

    /// Throws bytes away that are here, or are being written.
    async fn forget(&mut self, range: ByteRange) {
        let mut part = match std::mem::replace(&mut self.store, Store::Nothing) {
            Store::Nothing => return,
            Store::Resting(part) => part,
            Store::Writing(batches, writing) => {
                batches.forget(range);
                self.store = Store::Writing(batches, writing);
                return;
            }
        };
        let (part, forgotten) = blocking(move || {
            let forgotten = part.forget(range);
            (part, forgotten)
        })
        .await;
        self.store = Store::Resting(part);
        if let Err(fault) = forgotten {
            self.report(Event::DiskFailed(self.assignment.transfer, fault)).await;
        }
    }

    /// Gets the temporary file ready, then lets the lead take its body.
    async fn receive(&mut self, receive: &Receive) {
        let Some(mut lead) = self.lead.take() else { return };
        if let Some(size) = receive.size.filter(|_| receive.at_once) {
            let (done, kept) = oneshot::channel();
            self.keeping = Some(kept);
            let spec = self.small_spec(receive.local_name.clone(), receive.digest.clone());
            let keeper = self.assignment.keeper.clone();
            lead.take(Taking::AtOnce(Box::new(AtOnce { size, spec, keeper, done })), size);
            self.lead = Some(lead);
            return;
        }
        let batches = match self.writing(receive).await {
            Ok(batches) => batches,
            Err(fault) => return self.report(Event::DiskFailed(self.assignment.transfer, fault)).await,
        };
        let until = receive.limit.map_or(u64::MAX, |limit| receive.output.saturating_add(limit));
        let body = line::Stream { output: receive.output, skip: receive.skip, batches };
        lead.take(Taking::Stream(body), until);
        self.lead = Some(lead);
    }

    fn small_spec(&self, local_name: LocalName, digest: Option<Digest>) -> SmallSpec {
        let Assignment { part, existing, mark, .. } = &self.assignment;
        let (mark, rights) = (mark.clone(), part.rights.clone());
        SmallSpec { local_name, mark, rights, existing: *existing, digest, floor: part.floor, look: None }
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
        let Assignment { part: spec, proof, existing, .. } = &mut self.assignment;
        proof.expect(receive.pieces);
        proof.check_size(receive.size)?;
        spec.local_name = receive.local_name.clone();
        spec.pieces = proof.hashes().await;
        spec.size = receive.size.or(proof.size());
        spec.digest = receive.digest.clone();
        // What the engine was not told of, when the file was opened, it does not expect to be here.
        let spec = PartSpec { basis: None, ..spec.clone() };
        let (existing, afresh) = (*existing, receive.afresh);
        blocking(move || match part.filter(|part| !afresh || part.check_place().is_ok()) {
            Some(mut part) => {
                if afresh {
                    part.restart()?;
                }
                if let Some(size) = spec.size {
                    part.set_size(size)?;
                }
                part.expect(spec.digest.as_ref(), spec.pieces)?;
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
        let part = self.take_part().await;
        let pieces = self.assignment.proof.hashes().await;
        let spec = PartSpec { pieces, basis: None, ..self.assignment.part.clone() };
        if let Err(fault) = self.assignment.proof.check_mixture(spec.digest.as_ref()) {
            return self.report(Event::DiskFailed(transfer, fault)).await;
        }
        let finished = blocking(move || {
            // A file without bytes was never opened.
            let mut part = match part {
                Some(part) => part,
                None => Part::create(&spec)?,
            };
            let finished = part.finish(size)?;
            let digest_matched = finished.digest.is_some();
            Ok::<_, Fault>((part, Finished { digest_matched, pieces_matched: finished.pieces_matched }))
        })
        .await;
        let event = match finished {
            Ok((part, finished)) => {
                self.keep(part).await;
                Event::Finished(transfer, finished)
            }
            Err(fault) => Event::DiskFailed(transfer, fault),
        };
        self.report(event).await;
    }
}

/// What a source of this kind may see of what the job says about its requests.
fn source_sees(options: &Arc<Options>, kind: SourceKind) -> Arc<Options> {
    match kind {
        SourceKind::Origin => options.clone(),
        SourceKind::Mirror => Arc::new(options.for_strangers()),
        SourceKind::CacheHost => Arc::new(options.for_cache_hosts()),
    }
}

/// Goes on with what an earlier run left, or with what is good of an older file; `None` when there is neither.
fn open(
    spec: &PartSpec,
    temporary: Option<PathBuf>,
    existing: Existing,
) -> Result<Option<(Part, RangeSet)>, Fault> {
    let Some(temporary) = temporary.or_else(|| bgcopy_disk::temporary_of(&spec.log)) else {
        return begin(spec, existing);
    };
    match Part::reopen(spec, &temporary) {
        Ok(opened) => Ok(Some(opened)),
        Err(fault) if fault.code == Code::LocalFileChanged => {
            bgcopy_disk::discard(&spec.rights, Some(&temporary), &spec.log)?;
            Err(fault)
        }
        Err(fault) => Err(fault),
    }
}

/// Begins with what is good of an older file, where that can be told.
fn begin(spec: &PartSpec, existing: Existing) -> Result<Option<(Part, RangeSet)>, Fault> {
    if spec.basis.is_none() || (spec.pieces.is_none() && spec.digest.is_none()) {
        return Ok(None);
    }
    check_destination(&spec.rights, &spec.local_name, existing)?;
    let part = Part::create(spec)?;
    let have = part.written().clone();
    Ok(Some((part, have)))
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
            Order::Limit { .. } | Order::Forget(_) | Order::Help(..) | Order::Look(_) | Order::Post(_) => {
                continue;
            }
        };
        let _ = reports.send(Report::Event(event)).await;
    }
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}
