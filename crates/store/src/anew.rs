//! The database, written anew where somebody removed it under the running service.
//!
//! SQLite goes on with files that have no name any more, so nobody would notice: what is acknowledged then is gone with
//! the process. Nothing can be kept from a user who removes the state folder, but what is promised afterwards is kept.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::error::Trouble;
use crate::place::{self, Place};
use crate::schema;

/// Which file a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file that has this name now.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        Some(Self { device: found.dev(), inode: found.ino() })
    }
}

/// A copy of everything that is open, under another name beside the database, and on the disk.
pub(crate) fn copy(conn: &Connection, place: &Place) -> Result<(), Trouble> {
    let path = place.unfinished_database();
    let failed = |error: io::Error| Trouble::file(&path, error);
    place.make_folders().map_err(failed)?;
    // SQLite writes into an empty file, and gives it no more rights than it has.
    let file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed)?;
    conn.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
    file.sync_all().map_err(failed)
}

/// Gives the copy its name and opens it. The connection to the old files must be closed: when it closes it removes what
/// has the name of its log.
pub(crate) fn take_up(place: &Place, busy_timeout: Duration) -> Result<Connection, Trouble> {
    let (path, copy) = (place.database(), place.unfinished_database());
    if place::is_there(&path) {
        // Somebody put another one in its place, or left the log, which would be read into the copy.
        let aside = place::set_aside(&path)?;
        tracing::warn!(path = %aside.display(), "what was in the place of the records is kept there");
    }
    fs::rename(&copy, &path)
        .and_then(|()| place::sync_folder(&path))
        .map_err(|error| Trouble::file(&path, error))?;
    schema::connect(&path, busy_timeout)
}
