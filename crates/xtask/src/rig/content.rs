//! Files of random bytes, known by their digests.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use super::size::{MIB, Size};

/// Random, so that nothing on the way can be clever about it.
/// Gives its SHA-256 in hex.
pub(crate) fn write_random(path: &Path, size: Size) -> anyhow::Result<String> {
    let random = SystemRandom::new();
    let mut hash = digest::Context::new(&SHA256);
    let mut file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut block = vec![0; usize::try_from(MIB)?];
    let mut left = size.0;
    while left > 0 {
        let part = usize::try_from(left.min(MIB))?;
        random.fill(&mut block[..part]).ok().context("no random bytes")?;
        file.write_all(&block[..part])?;
        hash.update(&block[..part]);
        left -= part as u64;
    }
    Ok(hex(hash.finish().as_ref()))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_size_and_the_digest_it_is_said_to_have() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let digest = write_random(&path, Size(MIB + 3)).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len() as u64, MIB + 3);
        assert_eq!(digest, hex(digest::digest(&SHA256, &bytes).as_ref()));
    }
}
