//! Every bound that more than one crate must know, with its reason ("Everything has a bound, named").
//!
//! Sources: `spec/faults.md` "Bounds the tests assert", spec 9.7, 9.10, 7.2.

use std::time::Duration;

/// Characters of a remote name (spec 9.7).
pub const REMOTE_NAME_CHARS: usize = 2_200;
/// Bytes of a local name: PATH_MAX without its NUL.
pub const PATH_BYTES: usize = 4_095;
/// Bytes of one name inside a path: NAME_MAX of every file system in use.
pub const NAME_BYTES: usize = 255;
/// Bytes of a file name that a server proposes: leaves room for a suffix of ours within `NAME_BYTES`.
pub const PROPOSED_NAME_BYTES: usize = 200;
/// Characters of somebody's input that an error message repeats.
pub const SHOWN_CHARS: usize = 200;

/// Characters of a display name (spec 7.2).
pub const DISPLAY_NAME_CHARS: usize = 256;
/// Characters of a description (spec 7.2).
pub const DESCRIPTION_CHARS: usize = 1_024;
/// Characters of a proxy or bypass list (spec 7.2: "refuse above 32,000").
pub const PROXY_LIST_CHARS: usize = 32_000;
/// Characters of a user name (spec 7.3).
pub const USER_NAME_CHARS: usize = 300;
/// Characters of a password (spec 13 #14).
pub const PASSWORD_CHARS: usize = 65_535;
/// Characters of all custom headers, with the final NUL of BITS (spec 7.7).
pub const CUSTOM_HEADERS_CHARS: usize = 16_383;
/// Characters of a notification program's path and of its parameters (spec 7.3).
pub const CMD_PROGRAM_CHARS: usize = 260;
/// See [`CMD_PROGRAM_CHARS`].
pub const CMD_PARAMETERS_CHARS: usize = 4_000;

/// Bytes of a reply that `GetReplyData` gives: "at most 1 MB" (spec 7.3).
pub const REPLY_DATA_BYTES: u64 = 1 << 20;

/// Jobs of one user (spec 9.10); binds ordinary users of a machine-wide service.
pub const JOBS_PER_USER: usize = 60;
/// Jobs of one machine (spec 9.10).
pub const JOBS_PER_MACHINE: usize = 300;
/// Files of one job (spec 9.10).
pub const FILES_PER_JOB: usize = 200;
/// Ranges of one file (spec 9.10).
pub const RANGES_PER_FILE: usize = 500;
/// Mirrors of one file: the largest public mirror networks list about 150.
pub const MIRRORS_PER_FILE: usize = 256;

/// A file of at most this size that comes whole is written at once, when all of it is there: it is fetched again
/// sooner than a piece of it could be proved.
pub const SMALL_FILE_BYTES: u64 = 64 << 10;

/// The grid of a file, as in DO.
pub const PIECE_BYTES: u64 = 1 << 20;
/// Pieces of one file: 1 TiB in pieces of 1 MiB, 32 MiB of memory.
pub const PIECES_MAX: usize = 1 << 20;
/// Bytes of a piece, at least: below it the list outgrows what it protects.
pub const PIECE_BYTES_MIN: u64 = 1 << 10;
/// Bytes of a piece, at most: it is what is fetched again for one wrong bit, and what cannot be shared
/// before it is whole (faults D03 refuses 2^31).
pub const PIECE_BYTES_MAX: u64 = 1 << 30;
/// Progress is checkpointed after this much data, or after [`CHECKPOINT_INTERVAL`].
pub const CHECKPOINT_BYTES: u64 = 8 << 20;
/// See [`CHECKPOINT_BYTES`].
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(2);
/// A checkpoint is synced to the disk after this much data, or after [`SYNC_INTERVAL`] (design.md "Running").
pub const SYNC_BYTES: u64 = 64 << 20;
/// See [`SYNC_BYTES`].
pub const SYNC_INTERVAL: Duration = Duration::from_secs(10);

/// Redirects followed for one request.
pub const REDIRECTS: u32 = 10;
/// Bytes of a header block.
pub const HEADER_BYTES: usize = 64 << 10;
/// Fields of a header block.
pub const HEADER_FIELDS: usize = 100;
/// Interim (1xx) answers to one request.
pub const INTERIM_ANSWERS: u32 = 16;
/// One attempt to connect.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The next address is tried this long after the last (RFC 8305).
pub const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// Slower than this for [`LOW_SPEED_TIME`] is a stall.
pub const LOW_SPEED_BYTES_PER_SECOND: u64 = 1 << 10;
/// See [`LOW_SPEED_BYTES_PER_SECOND`].
pub const LOW_SPEED_TIME: Duration = Duration::from_secs(30);
/// When nothing comes of the last pieces of a file for this long, they are asked of another source (A33).
pub const SILENT_AFTER: Duration = Duration::from_secs(3);
/// See [`SILENT_AFTER`].
pub const LAST_BYTES: u64 = 2 * PIECE_BYTES;
/// A hole nearer than this to the start of a 200 is reached by reading on (A01): 1 MiB costs less than a
/// new connection.
pub const SKIP_FORWARD_BYTES: u64 = 1 << 20;

/// The first retry delay; doubles to [`RETRY_DELAY_MAX`], full jitter.
pub const RETRY_DELAY_FIRST: Duration = Duration::from_secs(1);
/// See [`RETRY_DELAY_FIRST`].
pub const RETRY_DELAY_MAX: Duration = Duration::from_secs(600);
/// The least that a client can set as retry delay (spec 6.8).
pub const MIN_RETRY_DELAY_FLOOR: Duration = Duration::from_secs(5);
/// `Retry-After` is honoured up to here (A28).
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);
/// A name that does not exist is asked for again for this long, then the failure is fatal (B12).
pub const NAME_PATIENCE: Duration = Duration::from_secs(3_600);
/// Changes of the remote file within [`REMOTE_CHANGES_WINDOW`] after which the file is given up (A10).
pub const REMOTE_CHANGES_MAX: usize = 3;
/// See [`REMOTE_CHANGES_MAX`].
pub const REMOTE_CHANGES_WINDOW: Duration = Duration::from_secs(3_600);
/// `NoProgressTimeout` of Foreground jobs (design.md).
pub const NO_PROGRESS_FOREGROUND: Duration = Duration::from_secs(3_600);
/// `NoProgressTimeout` of the other jobs.
pub const NO_PROGRESS_BACKGROUND: Duration = Duration::from_secs(86_400);
/// `NoProgressTimeout` of jobs made through a BITS class: 14 days.
pub const NO_PROGRESS_BITS: Duration = Duration::from_secs(1_209_600);
/// `MaximumDownloadTime` (spec 6.8): 90 days.
pub const MAX_DOWNLOAD_TIME: Duration = Duration::from_secs(7_776_000);
/// Jobs without activity for this long are cancelled: 30 days.
pub const JOB_AGE: Duration = Duration::from_secs(30 * 86_400);
/// How often the free space is looked at while a job waits for it.
pub const SPACE_RECHECK: Duration = Duration::from_secs(5);

/// Body of an API request.
pub const API_BODY_BYTES: usize = 1 << 20;
/// Nesting of JSON in an API request.
pub const API_NESTING: usize = 32;
/// Open API connections of one user.
pub const API_CONNECTIONS_PER_USER: usize = 64;
