//! Why a manifest was refused.

use std::fmt;

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use bgcopy_core::{Digest, PieceError};

use crate::name::FileNameError;
use crate::note::Note;
use crate::text::to_hex;

/// Why what a publisher says was refused. Every message names the place and says what would be right
/// there; nothing in it is longer than [`bgcopy_core::limits::SHOWN_CHARS`] or does anything to a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// More than is read; found out before reading.
    #[error("the {document} has {bytes} bytes; at most {max} are read")]
    TooLarge {
        /// What kind of document.
        document: Document,
        /// Its size.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Not text.
    #[error("the {document} is not UTF-8 from byte {at} on; publish it as UTF-8")]
    NotUtf8 {
        /// What kind of document.
        document: Document,
        /// The first byte that is wrong.
        at: usize,
    },
    /// Another kind of document than expected.
    #[error("this is no {document}: {reason}")]
    OtherDocument {
        /// What it should be.
        document: Document,
        /// What it seems to be, and what would be right.
        reason: String,
    },
    /// The grammar is broken.
    #[error("{place}: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// What the parser says.
        reason: String,
    },
    /// Something that the format has and that is refused all the same, because it can do harm.
    #[error("{place}: {what} is refused; {instead}")]
    Forbidden {
        /// Where.
        place: Place,
        /// What.
        what: String,
        /// What would be right.
        instead: &'static str,
    },
    /// A bound was met while reading.
    #[error("{place}: more than {max} {what}")]
    TooMany {
        /// Where.
        place: Place,
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// A value of the wrong form.
    #[error("{place}: {value:?} is not {wanted}")]
    Value {
        /// Where.
        place: Place,
        /// What was given.
        value: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// Something that must be there.
    #[error("{place}: {what} is missing")]
    Missing {
        /// Where.
        place: Place,
        /// What.
        what: &'static str,
    },
    /// Two statements about one thing that cannot both be true.
    #[error("{place}: {what} is given twice, and differently")]
    Contradiction {
        /// Where.
        place: Place,
        /// What.
        what: String,
    },
    /// A name that may not be used, or two that would be one file (faults D07).
    #[error("{place}: {error}")]
    Name {
        /// Where.
        place: Place,
        /// Why.
        error: FileNameError,
    },
    /// A piece list that is wrong in itself, or does not fit the size.
    #[error("{place}: {error}")]
    Pieces {
        /// Where.
        place: Place,
        /// Why.
        error: PieceError,
    },
    /// The document does not have the digest that was told for it.
    #[error("the {document} has {found}, and not {expected} as it should")]
    WrongDigest {
        /// What kind of document.
        document: Document,
        /// Its digest.
        found: Box<Digest>,
        /// What was expected.
        expected: Box<Digest>,
    },
    /// `HashOfHashes` is not what was told, or not that of the pieces.
    #[error("HashOfHashes is {} {stated}, and should be {}", to_hex(found), to_hex(expected))]
    WrongRoot {
        /// Who says what it is.
        stated: &'static str,
        /// What it is.
        found: [u8; 32],
        /// What it should be.
        expected: [u8; 32],
    },
    /// The manifest is of another version of the file, or of another file.
    #[error("{place}: the size is {found}, and {expected} bytes are expected")]
    WrongSize {
        /// Where.
        place: Place,
        /// What the manifest says.
        found: u64,
        /// What is known otherwise.
        expected: u64,
    },
    /// No source of a file can be used.
    #[error("{file:?} has no source that can be used: {first}")]
    NoSource {
        /// Which file.
        file: String,
        /// What was wrong with the first.
        first: Note,
    },
    /// The list does not speak of the file.
    #[error("the checksum list has no line for {name:?}{}", listed(.some))]
    NotListed {
        /// Which file.
        name: String,
        /// Some names of which it speaks.
        some: Vec<String>,
    },
    /// The list speaks of several files of that name.
    #[error("the checksum list has several files named {name:?} (lines {first} and {second}); give the path")]
    Ambiguous {
        /// Which name.
        name: String,
        /// The first line.
        first: usize,
        /// Another one.
        second: usize,
    },
}

fn listed(some: &[String]) -> String {
    match some {
        [] => String::new(),
        some => format!("; it lists {}", some.join(", ")),
    }
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// RFC 5854.
    Metalink,
    /// `spec/do-download.md` 8.2.
    PieceHashFile,
    /// What `sha256sum` writes.
    Sums,
}

impl Document {
    /// What a document seems to be, for who was given only a place: a Metalink begins with `<`, a piece hash
    /// file with `{`, and everything else can only be a checksum list. Its reader says whether it is.
    pub fn guess(text: &[u8]) -> Self {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        match text.trim_ascii_start().first() {
            Some(b'<') => Self::Metalink,
            Some(b'{') => Self::PieceHashFile,
            _ => Self::Sums,
        }
    }

    /// Whether a document is the one that somebody told the digest of.
    pub fn check_digest(self, text: &[u8], expected: &Digest) -> Result<(), ManifestError> {
        let mut found = expected.clone();
        match &mut found {
            Digest::Sha256(bytes) => bytes.copy_from_slice(digest(&SHA256, text).as_ref()),
            Digest::Sha512(bytes) => bytes.copy_from_slice(digest(&SHA512, text).as_ref()),
        }
        if found == *expected {
            return Ok(());
        }
        let expected = Box::new(expected.clone());
        Err(ManifestError::WrongDigest { document: self, found: Box::new(found), expected })
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metalink => "Metalink",
            Self::PieceHashFile => "piece hash file",
            Self::Sums => "checksum list",
        })
    }
}

/// Where in what was read something is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the whole of it.
    Document(Document),
    /// In a line, counted from one.
    Line(Document, usize),
    /// In an element of a Metalink.
    Element {
        /// In which line, counted from one.
        line: usize,
        /// Its name.
        name: String,
    },
    /// Under a key of a piece hash file.
    Key(&'static str),
    /// A piece of a piece hash file, counted from zero.
    Piece(usize),
    /// In a header field.
    Field(&'static str),
    /// With a file.
    File(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(document) => write!(f, "the {document}"),
            Self::Line(document, line) => write!(f, "line {line} of the {document}"),
            Self::Element { line, name } => write!(f, "line {line} of the Metalink, <{name}>"),
            Self::Key(key) => write!(f, "{key} of the piece hash file"),
            Self::Piece(index) => write!(f, "Pieces[{index}] of the piece hash file"),
            Self::Field(name) => write!(f, "the field {name}"),
            Self::File(name) => write!(f, "file {name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_its_digest() {
        // As `printf hello | sha256sum` says.
        let right =
            "sha-256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".parse().unwrap();
        assert_eq!(Document::Sums.check_digest(b"hello", &right), Ok(()));
        let wrong = Document::Sums.check_digest(b"hello\n", &right).unwrap_err().to_string();
        assert!(wrong.starts_with("the checksum list has sha-256=5891b5b5"), "{wrong}");
        let wrong = Document::Metalink.check_digest(b"", &Digest::Sha512([0; 64])).unwrap_err().to_string();
        assert!(wrong.starts_with("the Metalink has sha-512=cf83e135"), "{wrong}");
    }

    #[test]
    fn a_document_is_known_by_its_first_character() {
        assert_eq!(Document::guess(b"\xef\xbb\xbf\n <metalink/>"), Document::Metalink);
        assert_eq!(Document::guess(b" {\"MajorVersion\":1}"), Document::PieceHashFile);
        assert_eq!(Document::guess(b"SHA256 (f) = 00"), Document::Sums);
        assert_eq!(Document::guess(b""), Document::Sums);
    }
}
