//! Metalink 4 (RFC 5854): files with their sizes, digests, piece hashes and mirrors, in XML.
//!
//! Read strictly where it protects somebody, and leniently where it does not. No document type
//! definition and no entity beyond the five of XML: a Metalink has no use for them, and they are how a
//! kilobyte becomes a gigabyte. Elements of other name spaces, and those that say nothing about the bytes
//! (language, publisher, signature, …), are passed over. Metalink 3 is refused by name.

mod reader;
#[cfg(test)]
mod tests;
mod writer;
mod xml;

pub use reader::read;
pub use writer::write;

/// The media type of a Metalink (RFC 5854, 6.2).
pub const MEDIA_TYPE: &str = "application/metalink4+xml";
/// The name space of every element.
const NAMESPACE: &str = "urn:ietf:params:xml:ns:metalink";
/// The name space of Metalink 3.
const NAMESPACE_3: &str = "http://www.metalinker.org/";
