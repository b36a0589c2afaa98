//! What the engine wants done. Effects carry it out and report back with an [`Event`](crate::Event).

use std::sync::Arc;

use bgcopy_core::{
    Answer, Ask, ByteRange, Digest, FileIndex, Framing, JobId, JobRecord, Kept, LocalName, ManifestRef,
    Owner, Packet, PieceList, RangeSet, Refusal, RemoteName, SourceKind, Validator, limits,
};

use crate::plan::Restart;
use crate::request::{Reply, Ticket};

/// One run at one file: from [`Action::Begin`] to [`Event::Closed`](crate::Event::Closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u64);

/// A connection that helps the first one of a run; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HelperId(pub u64);

/// Something to do.
///
/// Actions come in batches, one per input. Whatever stands behind an [`Action::Save`] or [`Action::End`] in the same batch must
/// not happen before that record is durable: requests are acknowledged after their commit, and a restart
/// must know what was begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Make this part of a job's record durable, before anything that follows.
    Save(JobId, Saved),
    /// Make this part of a job's record durable soon; nothing waits for it.
    Note(JobId, Saved),
    /// A job is final and leaves the queue: make its last record durable, before anything that follows.
    End(Arc<JobRecord>),
    /// Answer a request.
    Reply(Ticket, Result<Reply, Refusal>),
    /// Tell whoever listens.
    Notify(Notification),
    /// Start to work at a file.
    Begin {
        /// The run.
        transfer: TransferId,
        /// Whose file.
        job: JobId,
        /// Which file.
        file: FileIndex,
    },
    /// What a run has to do next.
    Order(TransferId, Order),
    /// Give a whole file its name; answered by [`Event::Published`](crate::Event::Published).
    Publish(JobId, FileIndex),
    /// Remove whatever is there of a file; answered by [`Event::Discarded`](crate::Event::Discarded).
    Discard(JobId, FileIndex),
    /// Look whether the volume of a file has this many bytes free now; answered by
    /// [`Event::Space`](crate::Event::Space).
    CheckSpace {
        /// Whose file.
        job: JobId,
        /// Which file.
        file: FileIndex,
        /// Bytes wanted.
        needed: u64,
    },
}

/// Which part of a record changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saved {
    /// All of it is new.
    Created,
    /// Everything but the files.
    Head,
    /// Files from this one on were added.
    FilesFrom(FileIndex),
    /// This file.
    File(FileIndex),
}

/// What a run has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Open the temporary file and prove what is there; answered by `Opened` or `DiskFailed`.
    Open,
    /// Read what a publisher says of the file; answered by `Consulted`.
    Consult(Box<ManifestRef>),
    /// Ask a source; answered by `Answered` or `FetchFailed`. With a permit the body may come at once: then by
    /// `Brought`, `FetchFailed` or `DiskFailed`.
    Fetch(Fetch),
    /// Take the body of the answer; answered by `Received` again and again, then `BodyEnded`, `FetchFailed`
    /// or `DiskFailed`.
    Receive(Box<Receive>),
    /// Take no byte of the body from this one of the finished file on: another connection brings them.
    Limit {
        /// The end.
        until: u64,
    },
    /// Throw these bytes of the file away, after those that came so far.
    Forget(ByteRange),
    /// Something for a helper.
    Help(HelperId, Helping),
    /// Everything is here: make it durable and prove it; answered by `Finished` or `DiskFailed`.
    Finish {
        /// The size of the finished file.
        size: u64,
    },
    /// Look at the file that an upload sends, which must look as it did when its first byte was sent; answered by
    /// `Looked` or `DiskFailed`.
    Look(Option<Kept>),
    /// Post a packet of an upload; answered by `Sent` again and again, where it is a fragment, then `Acknowledged`,
    /// `FetchFailed` or `DiskFailed`.
    Post(Box<Posting>),
    /// Stop, keep what is here, and end; answered by `Closed`.
    Stop,
}

/// A packet to a server that takes an upload.
#[derive(Clone, Debug, PartialEq)]
pub struct Posting {
    /// Where to.
    pub url: RemoteName,
    /// A server named him, so he must not be where a redirect of that server must not lead (faults C06).
    pub offered: bool,
    /// What.
    pub packet: Packet,
    /// How the file must look whose bytes are sent.
    pub source: Option<Kept>,
}

/// What a helper has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Helping {
    /// Ask a source, on a connection of its own; answered by `Answered` or `Failed`.
    Fetch(Fetch),
    /// Take the body of the answer; answered by `Received` again and again, then `Ended` or `Failed`.
    Receive {
        /// Where the first byte goes in the finished file.
        output: u64,
        /// The end, in the finished file.
        until: u64,
    },
    /// As [`Order::Limit`].
    Limit {
        /// The end.
        until: u64,
    },
    /// End at once; not answered.
    Dismiss,
}

/// A request to a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// Whom.
    pub url: RemoteName,
    /// What he is to the file: only the origin may see what the job's requests carry.
    pub kind: SourceKind,
    /// A server named him, so he must not be where a redirect of that server must not lead (faults C06).
    pub offered: bool,
    /// For what.
    pub ask: Ask,
    /// Only if it is still this version.
    pub if_range: Option<Validator>,
    /// No cache on the way may answer: one may have a stale copy (faults B09).
    pub fresh: bool,
    /// Leave to take the body without another word, if the answer is what this covers.
    pub permit: Option<Box<Permit>>,
}

/// How many times as many files of a job as are fetched at once may have begun, while each comes by its permit: enough for
/// whoever fetches them not to wait for the engine after each, and few enough to be called back.
pub const AHEAD_TIMES: usize = 8;

/// Leave to take all of a small file at once, given with the request: of thousands of files none waits a second time
/// for its turn. An answer that it does not cover is reported, and judged, like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The destination.
    pub local_name: LocalName,
    /// An answer may still propose another name.
    pub pending_name: bool,
    /// The digest that the file must have.
    pub digest: Option<Digest>,
    /// The size that it must have.
    pub expected_size: Option<u64>,
}

impl Permit {
    /// The size of the file, if an answer brings all of it, it is small, and nothing else is to be decided: no other
    /// size was expected, and the answer proposes no name and promises nothing that the file would have to be held to.
    pub fn covers(&self, answer: &Answer) -> Option<u64> {
        let size = answer.size.filter(|size| (1..=limits::SMALL_FILE_BYTES).contains(size))?;
        let whole = answer.range == ByteRange::new(0, size) && matches!(answer.framing, Framing::Length(_));
        let expected = self.expected_size.is_none_or(|expected| expected == size);
        let named = !self.pending_name || answer.proposed_name.is_none();
        (whole && expected && named && answer.promise.is_empty()).then_some(size)
    }
}

/// What to do with the body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Receive {
    /// Forget what is here first.
    pub afresh: bool,
    /// Where the first byte kept goes in the finished file.
    pub output: u64,
    /// How many bytes of the body to pass over first.
    pub skip: u64,
    /// How many bytes to keep at most.
    pub limit: Option<u64>,
    /// The size of the finished file, where known: to reserve space.
    pub size: Option<u64>,
    /// The destination, settled by now.
    pub local_name: LocalName,
    /// The digest that the finished file must have, as far as is known by now.
    pub digest: Option<Digest>,
    /// The hashes that its pieces must have.
    pub pieces: Option<PieceList>,
    /// The whole file comes in this body, and is small: it is to be written at once when all of it is there, and
    /// nothing else is to be told of it than `Brought`.
    pub at_once: bool,
}

/// Something that a client may want to hear of.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Which job.
    pub job: JobId,
    /// Who may hear of it.
    pub owner: Owner,
    /// What.
    pub notice: Notice,
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// A job was created.
    Created,
    /// State, progress or a property changed (`JobModification`, throttled).
    Changed,
    /// All files are here (`JobTransferred`).
    Transferred,
    /// The job needs its client (`JobError`).
    Error,
    /// A file is here (`FileTransferred`).
    FileTransferred(FileIndex),
    /// These bytes of a file are here since the last time (`FileRangesTransferred`).
    FileRanges(FileIndex, RangeSet),
    /// A file starts again from byte 0, and why (faults: invariant "forward only").
    FileRestarted(FileIndex, Restart),
    /// The job is final; the last record of it.
    Ended(Arc<JobRecord>),
}
