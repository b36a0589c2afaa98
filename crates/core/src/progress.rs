//! How far a file or a job is, and when things happened to it (spec 3).

use serde::{Deserialize, Serialize};

use crate::time::Wall;

/// `BG_FILE_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileProgress {
    /// Size, or the sum of the requested ranges; `None` is `BG_SIZE_UNKNOWN`.
    pub bytes_total: Option<u64>,
    /// Bytes that are here; falls to 0 when the file starts again.
    pub bytes_transferred: u64,
    /// The user can use the file: it was renamed by Complete.
    pub completed: bool,
}

/// `BG_JOB_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobProgress {
    /// Sum over files; `None` while the size of any file is unknown; 0 for a job without files.
    pub bytes_total: Option<u64>,
    /// Sum over files.
    pub bytes_transferred: u64,
    /// How many files the job has.
    pub files_total: u32,
    /// Files fully transferred; all of them exactly when the job is Transferred.
    pub files_transferred: u32,
}

/// `BG_JOB_REPLY_PROGRESS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReplyProgress {
    /// The size of the reply; `None` is `BG_SIZE_UNKNOWN`.
    pub bytes_total: Option<u64>,
    /// Bytes of it that are here.
    pub bytes_transferred: u64,
}

/// `BG_JOB_TIMES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobTimes {
    /// When the job was created.
    pub creation: Wall,
    /// Last change: bytes, files, setters, states.
    pub modification: Wall,
    /// When the job became Transferred.
    pub transfer_completion: Option<Wall>,
}
