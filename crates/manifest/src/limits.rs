//! Every bound of what is read, with its reason (faults D03, D07, D08).

pub use bgcopy_core::limits::{PIECE_BYTES_MAX, PIECE_BYTES_MIN, PIECES_MAX};

/// Bytes of a document. At the usual piece of 1 MiB this describes 300 GiB as Metalink, 700 GiB as a piece
/// hash file, and more in larger pieces. The document is in memory while it is read, and this is half of
/// what the service may need in all. Whoever fetches one stops here.
pub const DOCUMENT_BYTES_MAX: usize = 32 << 20;

/// Files of one manifest: more than twice the largest job that is measured (20,000 small files).
pub const FILES_MAX: usize = 50_000;
/// Mirrors of one file: the largest public mirror networks list about 150.
pub const SOURCES_MAX: usize = 256;
/// Torrents and other descriptions of one file: they are kept for the user to see.
pub const METAURLS_MAX: usize = 16;
/// Mirrors and descriptions of all files together: five for each of 20,000 small files. Twenty bytes of a
/// document make three hundred in memory; with this many it takes 40 MiB at most.
pub const PLACES_MAX: usize = 100_000;
/// Links of one answer: the header block has at most 100 fields, of which some hold several.
pub const LINKS_MAX: usize = 256;
/// Remarks of one reading: enough to see what is wrong with a list, and no log to fill.
pub const NOTES_MAX: usize = 64;

/// Nesting of elements: Metalink itself needs four, extensions some more.
pub const XML_DEPTH_MAX: usize = 16;
/// Attributes of one element: Metalink has three at most, name spaces add to it.
pub const XML_ATTRIBUTES_MAX: usize = 32;
/// Bytes of one text or attribute that is kept: the longest URL, every character escaped.
pub const XML_TEXT_BYTES_MAX: usize = 16 << 10;
/// Name spaces in force at one place.
pub const XML_NAMESPACES_MAX: usize = 64;

/// Folders in a file's name: what publishers use is two or three.
pub const NAME_DEPTH_MAX: usize = 32;
/// Bytes of all lines of one header field together: that of the whole header block.
pub const FIELD_BYTES_MAX: usize = bgcopy_core::limits::HEADER_BYTES;
