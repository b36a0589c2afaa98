//! Effects as the service has them: runs at files, publishing, throwing away.

use std::collections::BTreeMap;

use bgcopy_core::{
    Answer, ByteRange, Code, Digest, ErrorContext, Existing, Fault, FileIndex, HashOfHashes, JobId,
    LocalName, ManifestRef, PieceList, limits,
};
use bgcopy_engine::action::{Fetch, Helping, Receive};
use bgcopy_engine::event::{Finished, Help};
use bgcopy_engine::{Event, HelperId, Order, TransferId};

use crate::disk::{Extent, Key};
use crate::invariants;
use crate::origin::{Body, LIE, Response};
use crate::small::{Whole, temporary_of, wrong_digest};
use crate::world::{CHUNK, Due, LATENCY, World};

/// A run at a file, as the effects see it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) job: JobId,
    pub(crate) file: FileIndex,
    /// The temporary file is at hand.
    open: bool,
    /// The file is written when all of it is there.
    at_once: bool,
    /// It was asked for with a permit, and nothing came that this does not cover.
    pub(crate) by_permit: bool,
    /// The answer that a permit covered: it is told with the file.
    covered: Option<Box<Answer>>,
    lead: Line,
    helpers: BTreeMap<HelperId, Line>,
}

impl Run {
    /// The connections on which an answer is here that is not over.
    pub(crate) fn connections(&self) -> usize {
        let lines = std::iter::once(&self.lead).chain(self.helpers.values());
        lines.filter(|line| line.answer.is_some() || line.taking.is_some()).count()
    }

    fn line(&mut self, who: Who) -> Option<&mut Line> {
        match who {
            None => Some(&mut self.lead),
            Some(helper) => self.helpers.get_mut(&helper),
        }
    }
}

/// A connection.
#[derive(Debug)]
struct Line {
    /// Of whom.
    url: String,
    answer: Option<(Body, u32)>,
    taking: Option<Taking>,
    /// Where it stops, in the finished file.
    until: u64,
}

impl Default for Line {
    fn default() -> Self {
        Self { url: String::new(), answer: None, taking: None, until: u64::MAX }
    }
}

/// The lead of a run, or one of its helpers.
pub(crate) type Who = Option<HelperId>;

/// A body that is being taken.
#[derive(Debug)]
struct Taking {
    /// The next byte of the remote file.
    remote: u64,
    /// Where it goes.
    output: u64,
    /// The end of what is kept.
    end: u64,
    version: u32,
    /// The connection breaks here.
    cut: Option<u64>,
}

impl Taking {
    /// All of a small file, unless the body is cut.
    fn whole(&self) -> Option<Whole> {
        let cut = self.cut.is_some_and(|cut| cut < self.end);
        (!cut).then_some(Whole { size: self.end, version: self.version })
    }
}

/// Something short.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    Publish(JobId, FileIndex),
    Discard(JobId, FileIndex),
}

/// The digest of a version of a remote file, in this world.
pub fn digest_of(version: u32) -> Digest {
    Digest::Sha256([u8::try_from(version).unwrap_or(u8::MAX); 32])
}

/// The list of piece hashes of a version of a remote file.
pub fn list_of(version: u32, size: u64, piece_size: u64) -> PieceList {
    let hash_of_hashes = HashOfHashes([u8::try_from(version).unwrap_or(u8::MAX); 32]);
    PieceList { size, piece_size, hash_of_hashes, trusted: true }
}

impl World {
    pub(crate) fn begin(&mut self, transfer: TransferId, job: JobId, file: FileIndex) {
        self.assert_alone((job, file), "has two runs");
        let run = Run {
            job,
            file,
            open: false,
            at_once: false,
            by_permit: false,
            covered: None,
            lead: Line::default(),
            helpers: BTreeMap::new(),
        };
        self.runs.insert(transfer, run);
    }

    fn assert_alone(&self, key: Key, what: &str) {
        let seed = self.seed();
        assert!(self.runs.values().all(|run| (run.job, run.file) != key), "seed {seed}: {key:?} {what}");
    }

    pub(crate) fn order(&mut self, transfer: TransferId, order: Order) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let key = (run.job, run.file);
        match order {
            Order::Open => self.open(transfer, key),
            Order::Consult(manifest) => self.consult(transfer, &manifest),
            Order::Fetch(fetch) => {
                run.lead = Line::default();
                (run.at_once, run.by_permit, run.covered) = (false, fetch.permit.is_some(), None);
                self.fetch(transfer, None, &fetch);
            }
            Order::Receive(receive) => self.receive(transfer, &receive),
            Order::Forget(range) => {
                if let Some(temporary) = self.disk.temporaries.get_mut(&key) {
                    temporary.remove(range);
                }
            }
            Order::Limit { until } => run.lead.until = until,
            Order::Help(helper, Helping::Fetch(fetch)) => {
                run.helpers.insert(helper, Line::default());
                self.fetch(transfer, Some(helper), &fetch);
            }
            Order::Help(helper, Helping::Receive { output, until }) => {
                self.begin_body(transfer, Some(helper), output, 0, until);
            }
            Order::Help(helper, Helping::Limit { until }) => {
                if let Some(line) = run.helpers.get_mut(&helper) {
                    line.until = until;
                }
            }
            Order::Help(helper, Helping::Dismiss) => {
                run.helpers.remove(&helper);
            }
            Order::Finish { size } => self.finish(transfer, size),
            Order::Look(known) => self.look(transfer, key.0, known),
            Order::Post(posting) => self.post(transfer, &posting),
            Order::Stop => {
                let taking = run.lead.taking.take();
                run.helpers.clear();
                // It may be too late to keep a small file from being written.
                let whole = taking.filter(|_| run.at_once).and_then(|taking| taking.whole());
                let covered = run.covered.take();
                let late = self.number().is_multiple_of(2);
                if let Some(whole) = whole.filter(|_| late && self.takes_bytes()) {
                    let event = self.write_at_once(transfer, key, whole, covered);
                    let last = is_last_word(&event);
                    self.report(event);
                    if last {
                        return;
                    }
                }
                self.disk.checkpoint(key);
                self.report(Event::Closed(transfer));
            }
        }
    }

    fn open(&mut self, transfer: TransferId, key: Key) {
        let known = self.engine.job(key.0).and_then(|job| job.file(key.1)?.temporary.clone()).is_some();
        if self.disk.at_once.remove(&key) {
            // Without a piece log nothing of it is proved.
            self.disk.temporaries.remove(&key);
            if known {
                self.disk.restart(key);
            }
        }
        let event = match self.disk.temporaries.get(&key) {
            Some(temporary) => Event::Opened(transfer, temporary.have()),
            None if known => {
                let fault = Fault::new(Code::LocalFileChanged, ErrorContext::LocalFile, "it is not there");
                Event::DiskFailed(transfer, fault)
            }
            None => Event::Opened(transfer, bgcopy_core::RangeSet::new()),
        };
        if let Some(run) = self.runs.get_mut(&transfer) {
            run.open = self.disk.temporaries.contains_key(&key);
        }
        self.report(event);
    }

    fn fetch(&mut self, transfer: TransferId, who: Who, fetch: &Fetch) {
        let Fetch { url, ask, if_range, permit, .. } = fetch;
        let failed = |fault| match who {
            None => Event::FetchFailed(transfer, fault),
            Some(helper) => Event::Help(transfer, helper, Help::Failed(Box::new(fault))),
        };
        let Some(origin) = self.origins.get_mut(url.as_str()) else {
            let mut fault = Fault::new(Code::Dns, ErrorContext::GeneralTransport, "no such host");
            fault.source = Some(url.redacted());
            return self.report(failed(fault));
        };
        let version = origin.version;
        match origin.respond(url, *ask, if_range.as_ref()) {
            Response::Nothing => {
                let fault = Fault::new(Code::Timeout, ErrorContext::GeneralTransport, "nothing came");
                let event = Box::new(failed(fault));
                self.after(limits::LOW_SPEED_TIME, Due::Event(event));
            }
            Response::Failure(fault) => self.report(failed(*fault)),
            Response::Body(answer, body) => {
                if let Some(line) = self.runs.get_mut(&transfer).and_then(|run| run.line(who)) {
                    (line.url, line.answer) = (url.as_str().to_owned(), Some((body, version)));
                }
                if let Some(size) = permit.as_ref().and_then(|permit| permit.covers(&answer)) {
                    return self.take_covered(transfer, size, answer);
                }
                if let Some(run) = self.runs.get_mut(&transfer) {
                    run.by_permit = false;
                }
                self.report(match who {
                    None => Event::Answered(transfer, answer),
                    Some(helper) => Event::Help(transfer, helper, Help::Answered(answer)),
                });
            }
        }
    }

    /// A body is taken of which the engine hears when it is written.
    fn take_covered(&mut self, transfer: TransferId, size: u64, answer: Box<Answer>) {
        if self.disk.folder_gone {
            return self.report(Event::DiskFailed(transfer, folder_gone()));
        }
        if let Some(run) = self.runs.get_mut(&transfer) {
            (run.at_once, run.covered) = (true, Some(answer));
        }
        self.begin_body(transfer, None, 0, 0, size);
    }

    fn receive(&mut self, transfer: TransferId, receive: &Receive) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let key = (run.job, run.file);
        if self.disk.folder_gone {
            return self.report(Event::DiskFailed(transfer, folder_gone()));
        }
        if receive.at_once {
            run.at_once = true;
            return self.begin_body(transfer, None, 0, 0, receive.size.unwrap_or(u64::MAX));
        }
        let fresh = receive.afresh || !run.open;
        run.open = true;
        if fresh {
            invariants::dropped(self, key);
            self.disk.restart(key);
        }
        self.engine.set_temporary(transfer, temporary_of(key));
        let until = receive.limit.map_or(u64::MAX, |limit| receive.output.saturating_add(limit));
        self.begin_body(transfer, None, receive.output, receive.skip, until);
    }

    fn begin_body(&mut self, transfer: TransferId, who: Who, output: u64, skip: u64, until: u64) {
        let seed = self.seed();
        let Some(line) = self.runs.get_mut(&transfer).and_then(|run| run.line(who)) else { return };
        let Some((body, version)) = line.answer.take() else {
            panic!("seed {seed}: a body is taken that never came")
        };
        // It may have been limited before it was answered.
        line.until = line.until.min(until);
        line.taking = Some(Taking {
            remote: body.bytes.start + skip,
            output,
            end: body.bytes.end,
            version,
            cut: body.cut.map(|bytes| body.bytes.start + bytes),
        });
        self.later(Due::Chunk(transfer, who));
    }

    /// A piece of a body comes.
    pub(crate) fn chunk(&mut self, transfer: TransferId, who: Who) {
        let Some(run) = self.runs.get_mut(&transfer) else { return };
        let (key, at_once) = ((run.job, run.file), run.at_once);
        let Some(line) = run.line(who) else { return };
        let until = line.until;
        let Some(taking) = &mut line.taking else { return };
        let end = taking.end.min(taking.remote.saturating_add(CHUNK)).min(taking.cut.unwrap_or(u64::MAX));
        let length = end.saturating_sub(taking.remote).min(until.saturating_sub(taking.output));
        if self.disk.full || self.disk.folder_gone || length == 0 {
            let cut = taking.cut.is_some_and(|cut| cut < taking.end) && taking.output < until;
            line.taking = None;
            self.disk.checkpoint(key);
            return self.event(self.end_of_body(transfer, who, cut));
        }
        if at_once {
            let whole = taking.whole().filter(|whole| end == whole.size && until == whole.size);
            line.taking = None;
            let Some(whole) = whole else { return self.event(self.end_of_body(transfer, who, true)) };
            if let Some(origin) = self.origins.get_mut(&line.url) {
                origin.served += length;
            }
            let covered = self.runs.get_mut(&transfer).and_then(|run| run.covered.take());
            let event = self.write_at_once(transfer, key, whole, covered);
            self.event(event);
            if !self.engine.is_open(transfer) {
                self.runs.remove(&transfer);
            }
            return;
        }
        let output = ByteRange::new(taking.output, taking.output + length);
        let remote = ByteRange::new(taking.remote, taking.remote + length);
        taking.remote += length;
        taking.output += length;
        let Some(origin) = self.origins.get_mut(&line.url) else { return };
        origin.served += length;
        let version = if origin.lies_about(remote) { LIE } else { taking.version };
        self.disk.write(key, Extent { output, remote: remote.start, version });
        let pieces = self.pieces(key);
        let spoiled = self.disk.spoiled(key, pieces, output);
        if output.end.is_multiple_of(8 * CHUNK) {
            self.disk.checkpoint(key);
        }
        // In this world it is always the source that sets the pace.
        self.event(Event::Waited(transfer, LATENCY));
        self.event(match who {
            None => Event::Received(transfer, output),
            Some(helper) => Event::Help(transfer, helper, Help::Received(output)),
        });
        for piece in spoiled {
            self.event(Event::Spoiled(transfer, piece));
        }
        self.later(Due::Chunk(transfer, who));
    }

    /// Whether something can be written.
    fn takes_bytes(&self) -> bool {
        !self.disk.full && !self.disk.folder_gone
    }

    fn pieces(&self, key: Key) -> Option<PieceList> {
        self.engine.job(key.0)?.file(key.1)?.pieces().copied()
    }

    /// A publisher is read.
    fn consult(&mut self, transfer: TransferId, manifest: &ManifestRef) {
        let said = match self.manifests.get(manifest.url.as_str()) {
            Some(said) => said.clone(),
            None => Err(Fault::new(Code::Http(404), ErrorContext::RemoteFile, "no such document")),
        };
        self.report(Event::Consulted(transfer, Box::new(said)));
    }

    fn end_of_body(&self, transfer: TransferId, who: Who, cut: bool) -> Event {
        if self.disk.full {
            let mut fault = Fault::new(Code::DiskFull, ErrorContext::LocalFile, "no space left");
            fault.space = Some(bgcopy_core::fault::Space { needed: CHUNK, free: 0 });
            Event::DiskFailed(transfer, fault)
        } else if self.disk.folder_gone {
            Event::DiskFailed(transfer, folder_gone())
        } else if let Some(helper) = who {
            let fault = Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the body was cut");
            Event::Help(transfer, helper, if cut { Help::Failed(Box::new(fault)) } else { Help::Ended })
        } else if cut {
            let fault = Fault::new(Code::ClosedEarly, ErrorContext::GeneralTransport, "the body was cut");
            Event::FetchFailed(transfer, fault)
        } else {
            Event::BodyEnded(transfer)
        }
    }

    fn finish(&mut self, transfer: TransferId, size: u64) {
        let seed = self.seed();
        let Some(run) = self.runs.get(&transfer) else { return };
        let key = (run.job, run.file);
        self.disk.temporaries.entry(key).or_default();
        self.disk.checkpoint(key);
        let temporary = &self.disk.temporaries[&key];
        assert_eq!(
            temporary.have().len(),
            size,
            "seed {seed}: {key:?} is finished with other bytes than it has"
        );
        let file = self.engine.job(key.0).and_then(|job| job.file(key.1));
        let digest = file.and_then(|file| file.digest().cloned());
        let pieces = self.pieces(key);
        let right = temporary
            .extents
            .iter()
            .all(|extent| digest.as_ref().is_none_or(|digest| *digest == digest_of(extent.version)));
        let event = if right {
            Event::Finished(
                transfer,
                Finished { digest_matched: digest.is_some(), pieces_matched: pieces.is_some() },
            )
        } else {
            Event::DiskFailed(transfer, wrong_digest())
        };
        self.report(event);
    }

    pub(crate) fn work(&mut self, work: Work) {
        match work {
            Work::Publish(job, file) => {
                self.assert_alone((job, file), "is published under a run");
                let result = self.publish(job, file).map_err(|fault| *fault);
                self.report(Event::Published(job, file, result));
            }
            Work::Discard(job, file) => {
                self.assert_alone((job, file), "is thrown away under a run");
                let result = if self.disk.stuck {
                    Err(Fault::new(Code::AccessDenied, ErrorContext::LocalFile, "cannot be removed"))
                } else {
                    self.disk.temporaries.remove(&(job, file));
                    Ok(())
                };
                self.report(Event::Discarded(job, file, result));
            }
        }
    }

    fn publish(&mut self, job: JobId, file: FileIndex) -> Result<LocalName, Box<Fault>> {
        let settings = self.engine.job(job).map(|job| job.settings.existing).unwrap_or(Existing::Replace);
        let record = self.engine.job(job).and_then(|job| job.file(file)).expect("the engine knows its files");
        let mut name = record.spec.local_name.clone();
        if self.disk.folder_gone {
            return Err(Box::new(folder_gone()));
        }
        // Done already before a crash: the name is there, the temporary file is not (F03).
        let Some(temporary) = self.disk.temporaries.get(&(job, file)).cloned() else {
            let renamed = self.disk.renamed.get(&(job, file)).cloned();
            return Ok(renamed.unwrap_or_else(|| panic!("seed {}: nothing to publish", self.seed())));
        };
        if self.disk.taken.contains(&name) {
            match settings {
                Existing::Replace => {}
                Existing::Refuse => {
                    let text = "the file exists";
                    return Err(Box::new(Fault::new(Code::DestinationExists, ErrorContext::LocalFile, text)));
                }
                Existing::KeepBoth => name = World::local(&format!("{} (1)", name.base().display())),
            }
        }
        invariants::published(self, job, file, &temporary.extents);
        self.disk.temporaries.remove(&(job, file));
        self.disk.renamed.insert((job, file), name.clone());
        self.disk.published.insert(name.clone(), temporary.extents);
        Ok(name)
    }
}

/// Whether nothing more comes of a run.
pub(crate) fn is_last_word(event: &Event) -> bool {
    match event {
        Event::Closed(_) => true,
        Event::Brought(_, brought) => brought.answer.is_some(),
        _ => false,
    }
}

fn folder_gone() -> Fault {
    Fault::new(Code::PathNotFound, ErrorContext::LocalFile, "the folder is gone")
}
