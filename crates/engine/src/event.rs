//! What happened outside: reports of effects.

use std::path::PathBuf;
use std::time::Duration;

use bgcopy_core::{Ack, Answer, ByteRange, Fault, FileIndex, JobId, Kept, LocalName, Promise, RangeSet};

use crate::action::{HelperId, TransferId};
use crate::gate::Conditions;

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The temporary file is open; these bytes of it are proved.
    Opened(TransferId, RangeSet),
    /// What a publisher says of the file, or why it cannot be read.
    Consulted(TransferId, Box<Result<Promise, Fault>>),
    /// A source answered with a body.
    Answered(TransferId, Box<Answer>),
    /// Some bytes of a small file are here, and the others are waited for: nothing is written before all are.
    Coming(TransferId),
    /// These bytes of the finished file are written.
    Received(TransferId, ByteRange),
    /// This piece of the finished file, whose bytes were all received, is not what was promised: its bytes are
    /// thrown away.
    Spoiled(TransferId, ByteRange),
    /// So long, since the last such report, the connections of a run together had nothing to read: it is the
    /// source that sets the pace, not this machine. Comes before the `Received` of what they read then.
    Waited(TransferId, Duration),
    /// The body goes on, and nothing came of it for [`limits::SILENT_AFTER`](bgcopy_core::limits::SILENT_AFTER).
    Silent(TransferId),
    /// The body came to its end.
    BodyEnded(TransferId),
    /// What a helper of a run has to say.
    Help(TransferId, HelperId, Help),
    /// The source or the way to it failed, before the body or in it.
    FetchFailed(TransferId, Fault),
    /// The local file failed.
    DiskFailed(TransferId, Fault),
    /// The file is whole, durable, and proved as far as it can be.
    Finished(TransferId, Finished),
    /// All of a file that was to be written at once is there, durable and proved; the run is over with it, unless it
    /// was told to stop meanwhile and the file was not brought by a permit.
    Brought(TransferId, Box<Brought>),
    /// How the file looks that an upload sends.
    Looked(TransferId, Kept),
    /// These bytes of the file of an upload are on their way.
    Sent(TransferId, ByteRange),
    /// The server took a packet of an upload, or says from where on it would.
    Acknowledged(TransferId, Box<Ack>),
    /// The run is over; every handle is closed.
    Closed(TransferId),
    /// A file got its name, or why not.
    Published(JobId, FileIndex, Result<LocalName, Fault>),
    /// Whatever was there of a file is gone, or not.
    Discarded(JobId, FileIndex, Result<(), Fault>),
    /// The volume of a file has enough space, or not.
    Space {
        /// Whose file.
        job: JobId,
        /// Whether there is enough.
        enough: bool,
    },
    /// The surroundings changed.
    Conditions(Conditions),
}

/// A report about one of the connections that help the first one.
#[derive(Clone, Debug, PartialEq)]
pub enum Help {
    /// The source answered with a body.
    Answered(Box<Answer>),
    /// These bytes of the finished file are written.
    Received(ByteRange),
    /// The body goes on, and nothing came of it for a while.
    Silent,
    /// The body came to its end.
    Ended,
    /// The source or the way to it failed.
    Failed(Box<Fault>),
}

/// A file that was written at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The temporary file.
    pub temporary: PathBuf,
    /// What it looks like.
    pub kept: Kept,
    /// How sure the disk is of it.
    pub finished: Finished,
    /// The answer that brought it, where that was covered by a permit and is not known yet.
    pub answer: Option<Box<Answer>>,
}

/// How sure the disk is of a finished file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// A digest was given and is right.
    pub digest_matched: bool,
    /// Hashes of the pieces were given, and all of them are right.
    pub pieces_matched: bool,
}
