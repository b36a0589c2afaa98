//! What clients ask of the engine, and what they are answered.

use bgcopy_core::{
    Credentials, FileIndex, FileSpec, JobId, JobSecrets, JobSettings, JobType, LocalName, Owner, Priority,
    Setting,
};

/// Stands for a request until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub owner: Owner,
    /// Administrators see and change every job, and are bound by no limit (spec 9.9, 13 #24).
    pub admin: bool,
}

impl Caller {
    /// Whether jobs of this owner are the caller's business (spec 9.9: a standard user neither sees nor
    /// changes others' jobs).
    pub fn may_see(self, owner: Owner) -> bool {
        self.admin || self.owner == owner
    }
}

/// A job to create (spec 7.1, `CreateJob`), with everything a client wants to say at once.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// 1 to 256 characters.
    pub display_name: String,
    /// Up to 1,024 characters.
    pub description: String,
    /// What kind.
    pub kind: JobType,
    /// How urgent.
    pub priority: Priority,
    /// Everything else that can be set.
    pub settings: JobSettings,
    /// What is kept apart.
    pub secrets: JobSecrets,
    /// Its first files.
    pub files: Vec<FileSpec>,
    /// Where the reply to an upload goes (`SetReplyFileName`).
    pub reply_name: Option<LocalName>,
    /// Resume it at once.
    pub resume: bool,
    /// The same key of the same owner is the same job (faults J10).
    pub idempotency_key: Option<String>,
}

/// A request about one job, or for one.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `CreateJob`, and with files and `resume` also `AddFileSet` and `Resume`: all or nothing.
    Create(Box<NewJob>),
    /// `AddFile`, `AddFileSet`, `AddFileWithRanges`: all or nothing.
    AddFiles {
        /// To which job.
        job: JobId,
        /// What.
        files: Vec<FileSpec>,
        /// What a URL of them said of who asks (faults C09): with them or not at all.
        credentials: Option<Credentials>,
    },
    /// `Resume`.
    Resume(JobId),
    /// `Suspend`.
    Suspend(JobId),
    /// `Cancel`.
    Cancel(JobId),
    /// `Complete`.
    Complete(JobId),
    /// `TakeOwnership`.
    TakeOwnership(JobId),
    /// Setters: all or nothing.
    Set(JobId, Vec<Setting>),
    /// `ReplaceRemotePrefix`.
    ReplaceRemotePrefix {
        /// Whose files.
        job: JobId,
        /// What the names start with now.
        old: String,
        /// What they shall start with.
        new: String,
    },
    /// A client heard of these notifications (spec 8.2: at least once).
    Confirm(JobId, Confirm),
}

impl Request {
    /// Files whose URLs say nothing of who asks.
    pub fn add_files(job: JobId, files: Vec<FileSpec>) -> Self {
        Self::AddFiles { job, files, credentials: None }
    }
}

/// Which notification was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// `JobTransferred`.
    Transferred,
    /// `JobError`.
    Error,
}

/// The answer to a request that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The job that was created, or that an idempotency key stands for.
    Created(JobId),
    /// Files were added from this one on.
    Added(FileIndex),
    /// Done.
    Done(Outcome),
    /// `ReplaceRemotePrefix`: how many names changed.
    Replaced(usize),
}

/// The success codes of Complete, Cancel and the removers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// `S_OK`.
    Ok,
    /// `S_FALSE`: there was nothing to do.
    Nothing,
    /// `BG_S_PARTIAL_COMPLETE`: only finished files were kept.
    Partial,
    /// `BG_S_UNABLE_TO_DELETE_FILES`: some temporary files remain.
    UnableToDelete,
}
