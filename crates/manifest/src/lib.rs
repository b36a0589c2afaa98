//! What publishers say of their files: whole-file digests, piece hashes and mirrors.
//!
//! Six ways to say it are read, and two are written:
//!
//! | Module | Reads | Writes |
//! |---|---|---|
//! | [`digest_field`] | `Repr-Digest`, `Content-Digest`, `Want-…` (RFC 9530), `Digest` (RFC 3230) | the fields |
//! | [`sums`] | `SHA256SUMS`, `SHA512SUMS`: GNU, BSD and bare forms | |
//! | [`phf`] | piece hash files of Delivery Optimization | yes |
//! | [`metalink`] | Metalink 4 (RFC 5854) | yes |
//! | [`metalink_http`] | `Link` fields of Metalink/HTTP (RFC 6249, RFC 8288) | |
//!
//! All of them speak of a [`ManifestFile`]. It says what somebody claims, not whether he may: how far a
//! manifest is trusted follows from the way it came, which only the caller knows (design.md "Trust").
//!
//! Everything here is hostile until read. Each reader has bounds ([`limits`]) that are checked before
//! memory is spent, panics on nothing, and names in its error the line, element or field and what would be
//! right there. What is merely of no use, such as a mirror of a foreign scheme, costs a [`Note`] and not the
//! file. Nothing here does I/O, awaits, or reads a clock.

pub mod digest_field;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod limits;
mod link;
mod manifest;
pub mod metalink;
pub mod metalink_http;
mod name;
mod note;
pub mod phf;
mod pieces;
pub mod sums;
#[cfg(test)]
mod testing;
mod text;

pub use error::{Document, ManifestError, Place};
pub use manifest::{Manifest, ManifestFile, ManifestSource, MetaUrl, Origin};
pub use name::{FileName, FileNameError};
pub use note::Note;
pub use pieces::{PieceHashesBuilder, hash_of_hashes, piece_size_for};
