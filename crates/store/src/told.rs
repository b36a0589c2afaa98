//! A job as its record file tells of it. Its files are read as they are written down: those of a job of many are never
//! in memory together.

use bgcopy_core::JobRecord;
use rusqlite::Connection;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::error::Trouble;
use crate::rows;

/// A job without its files, and where those are. Serialises as the job with its files.
#[derive(Serialize)]
pub(crate) struct Told<'j> {
    #[serde(flatten)]
    head: &'j JobRecord,
    files: Files<'j>,
}

struct Files<'j> {
    of: &'j JobRecord,
    conn: &'j Connection,
    count: u32,
}

impl<'j> Told<'j> {
    /// The job of a head, which has so many files.
    pub(crate) fn new(head: &'j JobRecord, conn: &'j Connection, count: u32) -> Self {
        Self { head, files: Files { of: head, conn, count } }
    }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut files = serializer.serialize_seq(Some(self.count as usize))?;
        let mut written = Ok(());
        rows::each_file(self.conn, self.of.id, self.count, |file| {
            if written.is_ok() {
                written = files.serialize_element(&file);
            }
        })
        .map_err(|trouble: Trouble| S::Error::custom(trouble))?;
        written?;
        files.end()
    }
}
