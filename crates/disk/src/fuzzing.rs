//! What must hold for any bytes in the state folder: the body of the fuzz target for piece logs.

use std::path::Path;

use crate::log::{self, ENTRY_BYTES, Entry, History};

/// A piece log with any entries, whose checksums are right, as those of a log are that somebody made with care: what
/// is read of an entry is written as it was.
pub fn piece_log(bytes: &[u8]) {
    const NONCE: u64 = 7;
    // As it is, and behind a heading that is right.
    let _ = log::parse_header(bytes);
    let header = log::header(Path::new("/d/.f.bgcopy"), NONCE);
    assert_eq!(log::parse_header(&header), Some((NONCE, "/d/.f.bgcopy".into())));
    let mut entries = bytes.as_chunks::<ENTRY_BYTES>().0.to_vec();
    for entry in &mut entries {
        let check = log::check_of(entry, NONCE);
        entry[4..8].copy_from_slice(&check);
        if let Some(read) = Entry::decode(entry, NONCE) {
            assert_eq!(Entry::decode(&read.encode(NONCE), NONCE), Some(read));
        }
    }
    let mut history = History {
        temporary: "/d/.f.bgcopy".into(),
        identity: None,
        extents: Vec::new(),
        forgotten: Vec::new(),
        synced: 0,
        seal: None,
    };
    let [whole, base, synced] = log::replay(entries.as_flattened(), NONCE, &mut history);
    assert!(base <= whole && synced <= whole && whole <= bytes.len());
    assert!(history.synced <= history.extents.len());
    assert!(history.forgotten.iter().all(|(before, _)| *before <= history.extents.len()));
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_input_of_the_corpus_keeps_the_rules() {
        bgcopy_testkit::corpus::replay(&[("piece_log", super::piece_log)]);
    }
}
