//! One run at the file of an upload: a task that carries out the engine's orders and reports back.
//!
//! A packet is posted while orders are listened to, so that a stop ends it at once. The bytes of a fragment are read
//! as they leave: one buffer is read while another is sent, under the caps of the job, and never more of the file is
//! in memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bgcopy_core::{Ack, ByteRange, Fault, Kept, LocalName, Packet, RemoteName};
use bgcopy_disk::{Rights, SourceFile};
use bgcopy_engine::action::Posting;
use bgcopy_engine::{Event, Order, TransferId};
use bgcopy_http::{Content, Feed, Http, Options, Post};
use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Report, blocking};
use crate::pace::{self, Pace};

/// Everything a run needs to know.
#[derive(Debug)]
pub(crate) struct UploadAssignment {
    /// The run.
    pub(crate) transfer: TransferId,
    /// Whose rights the file is read with.
    pub(crate) rights: Rights,
    /// The file.
    pub(crate) local_name: LocalName,
    /// Where it goes.
    pub(crate) remote_name: RemoteName,
    /// What the job says about its requests.
    pub(crate) options: Arc<Options>,
    /// Caps, the job's first.
    pub(crate) paces: Vec<Arc<Pace>>,
    /// Who posts.
    pub(crate) http: Http,
}

/// One read of the file, and what leaves at once.
const CHUNK_BYTES: usize = 256 << 10;
/// How often it is told how far a fragment got: often enough to be followed by a person.
const TELL_INTERVAL: Duration = Duration::from_millis(200);

/// Carries out orders until the engine says stop; then `Closed` is the last report.
pub(crate) async fn run(
    assignment: UploadAssignment,
    mut orders: mpsc::UnboundedReceiver<Order>,
    reports: mpsc::Sender<Report>,
) {
    let transfer = assignment.transfer;
    let mut run = Run { assignment, source: None, reports: reports.clone(), told_source: false };
    while let Some(order) = orders.recv().await {
        let event = match order {
            Order::Stop => break,
            Order::Look(known) => run.look(known).await,
            Order::Post(posting) => tokio::select! {
                biased;
                // While a packet is out a run hears only that it is to stop.
                _ = orders.recv() => break,
                event = run.post(*posting) => event,
            },
            // Nothing of a download is ordered.
            _ => continue,
        };
        // Without a reader the service is ending, and so is this task.
        let _ = reports.send(Report::Event(event)).await;
    }
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}

struct Run {
    assignment: UploadAssignment,
    /// The file, open.
    source: Option<Arc<SourceFile>>,
    reports: mpsc::Sender<Report>,
    told_source: bool,
}

impl Run {
    async fn look(&mut self, known: Option<Kept>) -> Event {
        let transfer = self.assignment.transfer;
        match self.open(known).await {
            Ok(source) => Event::Looked(transfer, source.look()),
            Err(fault) => Event::DiskFailed(transfer, fault),
        }
    }

    async fn open(&mut self, known: Option<Kept>) -> Result<Arc<SourceFile>, Fault> {
        let UploadAssignment { rights, local_name, .. } = &self.assignment;
        let (rights, local_name) = (rights.clone(), local_name.clone());
        let opened = blocking(move || SourceFile::open(&rights, &local_name, known.as_ref())).await?;
        let source = Arc::new(opened);
        self.source = Some(source.clone());
        Ok(source)
    }

    async fn post(&mut self, posting: Posting) -> Event {
        let transfer = self.assignment.transfer;
        let fragment = match &posting.packet {
            Packet::Fragment { range, .. } => Some(*range),
            Packet::Create | Packet::Close(_) | Packet::Cancel(_) => None,
        };
        let content = match fragment {
            Some(range) => match self.content(range, posting.source).await {
                Ok(content) => Some(content),
                Err(fault) => return Event::DiskFailed(transfer, fault),
            },
            None => None,
        };
        let posted = self.assignment.http.post(&self.packet(posting, content.clone())).await;
        // What failed here is no failure of the server, whatever it made of half a packet.
        match (content.and_then(|content| content.take_fault()), posted) {
            (Some(fault), _) => Event::DiskFailed(transfer, fault),
            (None, Ok(ack)) => {
                self.tell_source().await;
                Event::Acknowledged(transfer, Box::new(ack))
            }
            (None, Err(fault)) => Event::FetchFailed(transfer, fault),
        }
    }

    fn packet(&self, posting: Posting, content: Option<Arc<Fragment>>) -> Post {
        let Posting { url, offered, packet, source: _ } = posting;
        let UploadAssignment { options, remote_name, local_name, .. } = &self.assignment;
        let options = options_for(options, remote_name, &url);
        let name = local_name.base().to_str().map(str::to_owned);
        let content = content.map(|content| content as Arc<dyn Content>);
        Post { url, packet, name, content, options, offered }
    }

    async fn content(&mut self, range: ByteRange, known: Option<Kept>) -> Result<Arc<Fragment>, Fault> {
        let source = match &self.source {
            Some(source) => source.clone(),
            None => self.open(known).await?,
        };
        Ok(Arc::new(Fragment {
            source,
            range,
            transfer: self.assignment.transfer,
            paces: self.assignment.paces.clone(),
            reports: self.reports.clone(),
            fault: Arc::default(),
        }))
    }

    /// Who takes it, once.
    async fn tell_source(&mut self) {
        if !std::mem::replace(&mut self.told_source, true) {
            let source = self.assignment.remote_name.origin();
            let _ = self.reports.send(Report::Source(self.assignment.transfer, source)).await;
        }
    }
}

/// What the server of a session, or of a reply, may see of what the job says about its requests: that of the remote
/// name everything, and another one, which only a server named, what every stranger sees (faults C03, C04).
pub(crate) fn options_for(options: &Arc<Options>, home: &RemoteName, url: &RemoteName) -> Arc<Options> {
    match home.origin() == url.origin() {
        true => options.clone(),
        false => Arc::new(options.for_strangers()),
    }
}

/// The bytes of one fragment.
struct Fragment {
    source: Arc<SourceFile>,
    range: ByteRange,
    transfer: TransferId,
    paces: Vec<Arc<Pace>>,
    reports: mpsc::Sender<Report>,
    /// Why the file could not be read.
    fault: Arc<Mutex<Option<Fault>>>,
}

impl Fragment {
    fn take_fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Content for Fragment {
    fn open(&self) -> Feed {
        let Self { source, range, transfer, paces, reports, fault } = self;
        let reading = Reading {
            source: source.clone(),
            range: *range,
            transfer: *transfer,
            paces: paces.clone(),
            reports: reports.clone(),
        };
        let slot = fault.clone();
        Feed::of(async move |chunks: mpsc::Sender<Bytes>| {
            if let Err(fault) = reading.read(&chunks).await {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
            }
        })
    }
}

/// A fragment on its way.
struct Reading {
    source: Arc<SourceFile>,
    range: ByteRange,
    transfer: TransferId,
    paces: Vec<Arc<Pace>>,
    reports: mpsc::Sender<Report>,
}

impl Reading {
    /// Reads chunk after chunk, as fast as they are sent and the caps allow.
    async fn read(&self, chunks: &mpsc::Sender<Bytes>) -> Result<(), Fault> {
        let mut at = self.range.start;
        let (mut told, mut told_at) = (Instant::now(), at);
        while at < self.range.end {
            let length = usize::try_from(self.range.end - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            let chunk = self.chunk(at, length).await?;
            let wait = pace::pay(&self.paces, length as u64);
            if !wait.is_zero() {
                pace::until_paid(&self.paces, wait).await;
            }
            if chunks.send(chunk).await.is_err() {
                // Nobody sends it any more.
                return Ok(());
            }
            at += length as u64;
            if told.elapsed() >= TELL_INTERVAL || at == self.range.end {
                let sent = Event::Sent(self.transfer, ByteRange::new(told_at, at));
                let _ = self.reports.send(Report::Event(sent)).await;
                (told, told_at) = (Instant::now(), at);
            }
        }
        Ok(())
    }

    async fn chunk(&self, at: u64, length: usize) -> Result<Bytes, Fault> {
        let source = self.source.clone();
        blocking(move || {
            let mut buffer = BytesMut::zeroed(length);
            source.read(at, &mut buffer)?;
            Ok(buffer.freeze())
        })
        .await
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
        match order {
            Order::Stop => break,
            Order::Look(_) | Order::Post(_) => {
                let _ = reports.send(Report::Event(Event::DiskFailed(transfer, fault.clone()))).await;
            }
            _ => {}
        }
    }
    let _ = reports.send(Report::Event(Event::Closed(transfer))).await;
}

/// An upload that will not be finished: its server may throw away what it has. Nobody waits for it, and nobody tries it
/// twice: a server forgets what was abandoned in any case.
pub(crate) async fn abandon(http: Http, post: Post) {
    match tokio::time::timeout(ABANDON_TIME, http.post(&post)).await {
        Ok(Ok(Ack { .. })) => {}
        Ok(Err(fault)) => tracing::debug!(%fault, "the server of a cancelled upload was not told"),
        Err(_) => tracing::debug!("the server of a cancelled upload does not answer"),
    }
}

/// How long a server may take to hear that an upload was cancelled.
const ABANDON_TIME: Duration = Duration::from_secs(10);
