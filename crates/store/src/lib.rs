//! Job records: what survives the service.
//!
//! One thread, the writer, owns the database; everything queued while it was busy becomes one transaction,
//! so that many requests share one sync of the disk. A save is answered after its commit, never before.
//! This crate keeps and gives back records; it does not know how jobs move.
//!
//! # In the state folder (mode 0700)
//!
//! | Name | Holds | Lost, when it is lost |
//! |---|---|---|
//! | `bgcopy.db` | every job that is not final, or whose ending is unfinished | nothing: rebuilt from `records` |
//! | `records/ID.json` | one job, without secrets and as of its last lasting change | nothing: rewritten from the database |
//! | `secrets/ID.N.json` | credentials and headers of one job (mode 0600), sealed where there is a key ([`SecretKey`]) | these; the job is loaded without, and named |
//! | `history.db` | jobs that ended | the list of ended jobs |
//! | `reserve` | 1 MiB of nothing, so that Cancel and Complete commit on a full volume | nothing |
//! | `lock` | the process that owns the folder ([`StateLock`]) | nothing |
//!
//! Ended jobs have a database of their own, so that the one that is read and checked whole at every start
//! stays small however long the history is (K09).
//!
//! # What is guaranteed
//!
//! - After `done(Ok)` of a save its changes survive kill -9 and, where the disk syncs truthfully, power cuts.
//! - A save is whole: all of its changes or none.
//! - A damaged database is never used silently (F06). SQLite's own check sees torn pages, a checksum in
//!   each row sees a flipped bit inside a value, the count of files in a job sees lost rows, and the
//!   revision in each record file sees lost commits (a truncated write-ahead log). Damaged, it is set
//!   aside as `bgcopy.db.damaged-N`, and the list is rebuilt from the record files: [`Recovery`] says so.
//! - A rebuilt job rests where it rested (Suspended, Error, Transferred, an unfinished ending), else it is
//!   Queued. What its files had reached by stage is kept; bytes inside a file are what the records beside
//!   the temporary files say.
//! - A database that is removed under the running service is written anew with the next save.
//! - A database of a newer version is refused, and nothing is touched.
//!
//! Not guaranteed: record files are not synced. A power cut that also destroys the database may bring a
//! job back as it was some changes before.

mod anew;
mod apply;
mod archive;
mod column;
mod ended;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod lasting;
pub mod lock;
mod open;
mod place;
mod records;
mod reserve;
mod rows;
#[cfg(any(test, fuzzing))]
mod samples;
mod schema;
mod sealing;
mod secrets;
mod store;
mod told;
mod writer;

pub use apply::MANY_FILES;
pub use ended::HistoryQuery;
pub use error::{HistoryError, OpenError, SaveError};
pub use lock::{LockError, StateLock};
pub use open::{LostRecord, Opened, Recovery};
pub use sealing::SecretKey;
pub use store::{Change, Store};
