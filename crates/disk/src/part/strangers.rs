//! Whether somebody else writes to a file while we do.
//!
//! What we write changes the time of the last change, and we look at it behind each write: another time before the next one
//! is somebody else's. A kernel whose clock for this ticks slowly (before Linux 6.13) may hide what happens in the tick of our
//! own write. One that tells of changes that nobody made, as a network file system may, costs no more than a reading: where
//! somebody seems to have written, the bytes are read back before the file counts as finished, and decide.

/// What is known of who writes to a file.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// The time of our own last change; `None` where it is not known.
    ours: Option<i64>,
    /// Somebody else wrote.
    seen: bool,
}

impl Strangers {
    /// The file was last changed then, before we change it again.
    pub(super) fn look(&mut self, modified: i64) {
        self.seen |= self.ours.is_some_and(|ours| ours != modified);
    }

    /// We have changed the file, and this is the time of it.
    pub(super) const fn note(&mut self, modified: i64) {
        self.ours = Some(modified);
    }

    /// We are going to change the file without looking.
    pub(super) const fn look_away(&mut self) {
        self.ours = None;
    }

    /// Nothing that is there counts any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) const fn were_seen(&self) -> bool {
        self.seen
    }
}
