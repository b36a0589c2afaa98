//! What was left out of a manifest, and why.

use std::fmt;

use crate::limits;

/// Something a publisher says that is of no use here. It costs nothing but itself; the text is for the
/// log, and free of secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A source that is not fetched: another protocol, or no URL.
    Source {
        /// Why, with the URL.
        reason: String,
    },
    /// More of something than is kept.
    LeftOut {
        /// Of what.
        what: &'static str,
        /// How many are kept.
        max: usize,
    },
    /// Hashes of an algorithm that is not verified (design.md: "Verify SHA-256 only").
    Hashes {
        /// Of which file.
        file: String,
        /// What was given.
        given: String,
        /// What would be of use.
        instead: &'static str,
    },
    /// A link of an answer that cannot be read.
    Link {
        /// Why, with its text.
        reason: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { reason } => f.write_str(reason),
            Self::LeftOut { what, max } => write!(f, "only the first {max} {what} are kept"),
            Self::Hashes { file, given, instead } => {
                write!(f, "{file:?} has {given}, which are not verified; publish {instead}")
            }
            Self::Link { reason } => write!(f, "Link: {reason}"),
        }
    }
}

/// Adds a remark, unless there are enough or it was made before.
pub(crate) fn note(notes: &mut Vec<Note>, note: Note) {
    if notes.len() < limits::NOTES_MAX && !notes.contains(&note) {
        notes.push(note);
    }
}
