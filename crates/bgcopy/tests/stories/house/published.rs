//! What publishers say of their files.

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_api::core::{Digest, PieceHashes};
use bgcopy_manifest::{Manifest, ManifestFile, ManifestSource, metalink, phf};
use bgcopy_testkit::Content;

/// Bytes of a piece.
pub(crate) const PIECE: u64 = 1 << 20;

fn hash(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("32 bytes")
}

/// The hashes of its pieces.
pub(crate) fn pieces(content: &Content) -> PieceHashes {
    let hashes = content.bytes().chunks(1 << 20).map(hash).collect();
    PieceHashes::new(PIECE, hashes).expect("a list of pieces")
}

/// A piece hash file.
pub(crate) fn phf_of(content: &Content) -> String {
    phf::write(content.len(), &pieces(content)).expect("a piece hash file")
}

/// A file of a Metalink: size, digest, pieces, and where it is, the best first.
pub(crate) fn described(name: &str, content: &Content, urls: &[String]) -> ManifestFile {
    let ranked = urls.iter().zip(1..);
    ManifestFile {
        size: Some(content.len()),
        digests: vec![Digest::Sha256(hash(&content.bytes()))],
        pieces: Some(pieces(content)),
        sources: ranked
            .map(|(url, priority)| ManifestSource {
                url: url.parse().expect("a URL"),
                priority,
                location: None,
            })
            .collect(),
        ..ManifestFile::new(name.parse().expect("a name"))
    }
}

/// A Metalink of these files.
pub(crate) fn metalink_of(files: Vec<ManifestFile>) -> String {
    metalink::write(&Manifest { files, ..Manifest::default() }).expect("a Metalink")
}
