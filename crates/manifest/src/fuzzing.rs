//! What must hold for any bytes of a publisher: the bodies of the fuzz targets for manifests.

use bgcopy_core::{Digest, RemoteName};

use crate::digest_field::{self, LEGACY_DIGEST, REPR_DIGEST};
use crate::{FileName, Manifest, limits, metalink, metalink_http, phf, sums};

/// `Repr-Digest`, line by line: what is read is written, and read the same again.
pub fn digest_fields(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for digests in [digest_field::read(REPR_DIGEST, text.lines()), digest_field::read_legacy(text.lines())] {
        let Ok(digests) = digests else { continue };
        let written = digest_field::write(&digests);
        let again = digest_field::read(REPR_DIGEST, [written.as_str()]).expect("what was written is read");
        // The field has an order of its own.
        assert_eq!(sorted(again), sorted(digests), "{written}");
    }
    let _ = digest_field::read_wanted(LEGACY_DIGEST, text.lines());
}

fn sorted(mut digests: Vec<Digest>) -> Vec<Digest> {
    digests.sort_by_key(Digest::algorithm);
    digests
}

/// `Link` fields name a bounded number of places that can be asked.
pub fn link_fields(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let request: RemoteName = "https://origin.example/a/b.iso".parse().expect("a good name");
    let links = metalink_http::read(&request, text.lines());
    assert!(links.mirrors.len() + links.descriptions.len() <= limits::LINKS_MAX);
    assert!(links.notes.len() <= limits::NOTES_MAX + 1);
    for mirror in &links.mirrors {
        assert!(matches!(mirror.source.url.url().scheme(), "http" | "https"));
    }
}

/// A Metalink that is true stays what it is when it is written and read again.
pub fn metalink(bytes: &[u8]) {
    let Ok(read) = metalink::read(bytes) else { return };
    assert!(read.files.len() <= limits::FILES_MAX && read.notes.len() <= limits::NOTES_MAX + 1);
    for file in &read.files {
        plain(&file.name);
        assert!(file.sources.len() <= limits::SOURCES_MAX);
        if let (Some(pieces), Some(size)) = (&file.pieces, file.size) {
            assert_eq!(pieces.check_size(size), Ok(()));
        }
    }
    let written = metalink::write(&read).expect("what can be read can be written");
    let again = metalink::read(written.as_bytes()).expect("what was written is read");
    assert_eq!(again, Manifest { notes: Vec::new(), ..read });
}

/// A piece hash file whose hashes add up stays what it is.
pub fn piece_hash_file(bytes: &[u8]) {
    let Ok(read) = phf::read(bytes, &phf::Expected::default()) else { return };
    assert_eq!(read.pieces.check_size(read.size), Ok(()));
    let written = phf::write(read.size, &read.pieces).expect("what can be read can be written");
    assert_eq!(phf::read(written.as_bytes(), &phf::Expected::default()), Ok(read));
}

/// A digest that a checksum list gives stands in the list.
pub fn checksum_list(bytes: &[u8]) {
    let Ok(digest) = sums::digest_of(bytes, "file.iso") else { return };
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let written = digest.to_string();
    let (_, hex) = written.split_once('=').expect("algorithm=hex");
    assert!(text.contains(hex), "{hex}");
}

/// A name in a manifest stays beneath its folder.
pub fn file_name(bytes: &[u8]) {
    if let Ok(name) = FileName::parse(&String::from_utf8_lossy(bytes)) {
        plain(&name);
    }
}

fn plain(name: &FileName) {
    assert!(!name.as_str().starts_with('/') && !name.as_str().contains(['\\', '\0']), "{name}");
    assert!(name.parts().all(|part| !matches!(part, "" | "." | "..")), "{name}");
    assert_eq!(FileName::parse(name.as_str()).as_ref(), Ok(name));
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[
            ("digest_fields", super::digest_fields),
            ("link_fields", super::link_fields),
            ("metalink", super::metalink),
            ("piece_hash_file", super::piece_hash_file),
            ("checksum_list", super::checksum_list),
            ("file_name", super::file_name),
        ]);
    }
}
