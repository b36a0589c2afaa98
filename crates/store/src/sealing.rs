//! Secrets at rest under a key that is not beside them (design.md "secrets": "encrypted with systemd credentials …
//! where there is one").
//!
//! A sealed file is 16 bytes that say what it is, 8 that tell which key it was sealed with, 12 of nonce, and the
//! content under AES-256-GCM. The name of the file is authenticated too, so that no file passes for another.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

/// What a sealed file begins with.
const MAGIC: &[u8; 16] = b"bgcopy sealed 1\n";
/// Enough to tell a wrong key from a damaged file, and too little to try keys against.
const KEY_MARK_BYTES: usize = 8;
/// Material of fewer bytes is a password and no key.
const MATERIAL_BYTES_MIN: usize = 32;

/// The key to the secrets of jobs.
#[derive(Clone)]
pub struct SecretKey {
    key: Arc<RandomizedNonceKey>,
    mark: [u8; KEY_MARK_BYTES],
}

impl SecretKey {
    /// The key that is made of a credential; `None` of one that is too short to be random.
    pub fn of_material(material: &[u8]) -> Option<Self> {
        if material.len() < MATERIAL_BYTES_MIN {
            return None;
        }
        let derived = |purpose: &[u8]| {
            let mut hash = Context::new(&SHA256);
            hash.update(purpose);
            hash.update(material);
            let mut bytes = Zeroizing::new([0; 32]);
            bytes.copy_from_slice(hash.finish().as_ref());
            bytes
        };
        let key = RandomizedNonceKey::new(&AES_256_GCM, derived(b"bgcopy key\0").as_slice()).ok()?;
        let mut mark = [0; KEY_MARK_BYTES];
        mark.copy_from_slice(derived(b"bgcopy mark\0").get(..KEY_MARK_BYTES)?);
        Some(Self { key: Arc::new(key), mark })
    }

    /// What is kept of a content in the file of this name.
    pub(crate) fn seal(&self, name: &str, content: &[u8]) -> Option<Vec<u8>> {
        let mut sealed = Zeroizing::new(content.to_vec());
        let nonce = self.key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut *sealed).ok()?;
        Some([MAGIC.as_slice(), &self.mark, nonce.as_ref(), &sealed].concat())
    }

    /// The content of a file of this name, where it was sealed with this key and nobody touched it since.
    pub(crate) fn open(&self, name: &str, file: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = file.strip_prefix(MAGIC)?.strip_prefix(&self.mark)?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut content).ok()?.len();
        content.truncate(length);
        Some(content)
    }
}

/// The key itself is nobody's business.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// Whether a file is sealed.
pub(crate) fn is_sealed(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Whether a file is sealed with another key than this.
pub(crate) fn is_locked(file: &[u8], key: Option<&SecretKey>) -> bool {
    let Some(sealed) = file.strip_prefix(MAGIC) else { return false };
    key.is_none_or(|key| !sealed.starts_with(&key.mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::of_material(&[seed; 32]).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_under_its_name_and_key_alone() {
        let sealed = key(1).seal("a", b"s3cret").unwrap();
        assert_eq!(key(1).open("a", &sealed).as_deref().map(Vec::as_slice), Some(b"s3cret".as_slice()));
        assert!(!sealed.windows(6).any(|part| part == b"s3cret"));
        assert_ne!(sealed, key(1).seal("a", b"s3cret").unwrap(), "a nonce is used once");
        assert!(key(1).open("b", &sealed).is_none() && key(2).open("a", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(key(1).open("a", &damaged).is_none(), "byte {at}");
            assert!(key(1).open("a", &sealed[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn another_key_is_told_from_a_damaged_file() {
        let sealed = key(1).seal("a", b"").unwrap();
        assert!(is_sealed(&sealed) && !is_sealed(b"{}"));
        assert!(is_locked(&sealed, None) && is_locked(&sealed, Some(&key(2))));
        assert!(!is_locked(&sealed, Some(&key(1))) && !is_locked(b"{}", None));
    }

    #[test]
    fn a_password_is_no_key_and_a_key_is_not_shown() {
        assert!(SecretKey::of_material(&[7; 31]).is_none());
        assert_eq!(format!("{:?}", key(7)), "SecretKey");
    }
}
