//! Where a file comes from beside its remote name, and what is promised of its content.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;
use crate::name::{LocalName, RemoteName};
use crate::settings::Digest;
use crate::state::words;

/// What a client gives beside the remote name: where else the bytes are, and what proves them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Supply {
    /// Other places of the same file.
    #[serde(default)]
    pub mirrors: Vec<Mirror>,
    /// The hashes of its pieces.
    #[serde(default)]
    pub pieces: Option<PieceList>,
    /// Where its publisher says what it must be; read before the first byte is asked for.
    #[serde(default)]
    pub manifest: Option<Box<ManifestRef>>,
    /// A damaged or partial copy, whose good pieces need not be fetched.
    #[serde(default)]
    pub basis: Option<LocalName>,
    /// A server named the remote name itself, as [`Mirror::offered`].
    #[serde(default)]
    pub offered: bool,
    /// The file must not come unchecked: the job waits until there is a manifest, and the file is not brought without it,
    /// whatever that says of itself (`DOFilePropertyId_IntegrityCheckMandatory`).
    #[serde(default)]
    pub manifest_required: bool,
}

impl Supply {
    /// The document, where the file must not come without it.
    pub fn binding_manifest(&self) -> Option<&ManifestRef> {
        self.manifest.as_deref().filter(|manifest| self.manifest_required || !manifest.optional)
    }

    /// Whether nothing is given: the common case.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Another place where the same file can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mirror {
    /// The place.
    pub url: RemoteName,
    /// 1 is the best, [`Mirror::LEAST_PRIORITY`] the worst (RFC 5854, 4.2.16.1). The remote name itself
    /// comes before all mirrors.
    pub priority: u32,
    /// A server named it, and no client: then it must not lead where a redirect of that server must not
    /// (faults C06).
    #[serde(default)]
    pub offered: bool,
}

impl Mirror {
    /// The least wish to be asked, and what a mirror without a priority has.
    pub const LEAST_PRIORITY: u32 = 999_999;
}

/// The SHA-256 of all piece hashes, one after the other: `HashOfHashes` of a piece hash file (do-download
/// 8.2). It names the list, and proves it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashOfHashes(pub [u8; 32]);

impl fmt::Display for HashOfHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for HashOfHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl HashOfHashes {
    /// Reads 64 hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        match format!("sha-256={text}").parse() {
            Ok(Digest::Sha256(bytes)) => Some(Self(bytes)),
            Ok(Digest::Sha512(_)) | Err(_) => None,
        }
    }
}

impl Serialize for HashOfHashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HashOfHashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("64 hex digits are wanted"))
    }
}

/// A list of piece hashes. The hashes themselves are kept apart, under their [`HashOfHashes`]: a list may be
/// larger than all records together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceList {
    /// The size of the file.
    pub size: u64,
    /// Bytes of every piece but the last.
    pub piece_size: u64,
    /// Which list.
    pub hash_of_hashes: HashOfHashes,
    /// It came over a trusted way: from the client, over TLS, or with a hash that did (design.md "Trust").
    pub trusted: bool,
}

words! {
    /// What kind of document says what a file must be.
    ManifestKind {
        /// `SHA256SUMS`, `SHA512SUMS` and the like.
        Sums = 0, "sums";
        /// A piece hash file of Delivery Optimization (do-download 8.2).
        Phf = 1, "phf";
        /// A Metalink 4 (RFC 5854).
        Metalink = 2, "metalink";
    }
}

/// A document of the publisher's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRef {
    /// What kind.
    pub kind: ManifestKind,
    /// Where it is.
    pub url: RemoteName,
    /// The digest of the document itself (`PiecesHashFileDigest`).
    #[serde(default)]
    pub digest: Option<Digest>,
    /// `HashOfHashes`, which binds a piece hash file.
    #[serde(default)]
    pub hash_of_hashes: Option<HashOfHashes>,
    /// A server named it, and no client: what it says is welcome, and the file comes without it, too.
    #[serde(default)]
    pub offered: bool,
    /// The client named it and can do without: the file comes unproved where it cannot be read or is not true of the
    /// file (do-download 8.3, "not mandatory").
    #[serde(default)]
    pub optional: bool,
}

/// What somebody who should know says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Promise {
    /// Its size.
    #[serde(default)]
    pub size: Option<u64>,
    /// The digest of all of it.
    #[serde(default)]
    pub digest: Option<Digest>,
    /// The hashes of its pieces.
    #[serde(default)]
    pub pieces: Option<PieceList>,
    /// Other places of it.
    #[serde(default)]
    pub mirrors: Vec<Mirror>,
    /// The document that the client named was read, or given up.
    #[serde(default)]
    pub consulted: bool,
    /// It was given up, and the file comes without it ([`ManifestRef::optional`]).
    #[serde(default)]
    pub forgone: bool,
}

impl Promise {
    /// Whether nothing was promised.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes in what another says; what is known already stays. No more mirrors are kept than a client may give:
    /// a server could name others with every answer.
    pub fn extend(&mut self, other: Self) {
        self.size = self.size.or(other.size);
        self.digest = self.digest.take().or(other.digest);
        self.pieces = self.pieces.or(other.pieces);
        self.consulted |= other.consulted;
        self.forgone |= other.forgone;
        for mirror in other.mirrors {
            let room = self.mirrors.len() < limits::MIRRORS_PER_FILE;
            if room && self.mirrors.iter().all(|known| known.url != mirror.url) {
                self.mirrors.push(mirror);
            }
        }
    }
}

/// What was promised of a file. Of most files nothing was, so these have no room for it: a job may have thousands.
#[derive(Clone, Default)]
pub struct Promised(Option<Box<Promise>>);

impl Deref for Promised {
    type Target = Promise;

    fn deref(&self) -> &Promise {
        static NOTHING: Promise = Promise {
            size: None,
            digest: None,
            pieces: None,
            mirrors: Vec::new(),
            consulted: false,
            forgone: false,
        };
        self.0.as_deref().unwrap_or(&NOTHING)
    }
}

impl DerefMut for Promised {
    fn deref_mut(&mut self) -> &mut Promise {
        self.0.get_or_insert_default()
    }
}

impl From<Promise> for Promised {
    fn from(promise: Promise) -> Self {
        Self((!promise.is_empty()).then(|| Box::new(promise)))
    }
}

impl PartialEq for Promised {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Promised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Serialize for Promised {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Promised {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Promise::deserialize(deserializer).map(Self::from)
    }
}

/// Who served bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The server that the remote name means.
    Origin,
    /// Another place of the same file.
    Mirror,
    /// A cache of the network's, asked in the origin's place.
    CacheHost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_already_is_not_overruled() {
        let mirror = |url: &str| Mirror { url: url.parse().unwrap(), priority: 1, offered: false };
        let mut known = Promise { size: Some(1), mirrors: vec![mirror("http://a/f")], ..Promise::default() };
        let more = Promise {
            size: Some(2),
            digest: Some(Digest::Sha256([1; 32])),
            mirrors: vec![mirror("http://a/f"), mirror("http://b/f")],
            consulted: true,
            ..Promise::default()
        };
        known.extend(more.clone());
        assert_eq!(known, Promise { size: Some(1), ..more });
    }

    #[test]
    fn what_was_promised_takes_room_only_where_something_was() {
        let mut promised = Promised::default();
        assert_eq!((promised.size, promised.0.is_some()), (None, false));
        promised.size = Some(7);
        assert_eq!(promised, Promised::from(Promise { size: Some(7), ..Promise::default() }));
        let json = serde_json::to_string(&promised).unwrap();
        assert_eq!(serde_json::from_str::<Promised>(&json).unwrap(), promised);
        promised.size = None;
        assert_eq!(promised, Promised::default());
        assert!(Promised::from(Promise::default()).0.is_none());
    }

    #[test]
    fn a_server_that_names_other_mirrors_each_time_is_heard_up_to_a_bound() {
        let mut known = Promise::default();
        for number in 0..2 * limits::MIRRORS_PER_FILE {
            let url = format!("http://m{number}/f").parse().unwrap();
            let mirrors = vec![Mirror { url, priority: 1, offered: true }];
            known.extend(Promise { mirrors, ..Promise::default() });
        }
        assert_eq!(known.mirrors.len(), limits::MIRRORS_PER_FILE);
    }

    #[test]
    fn a_hash_of_hashes_is_written_in_hex() {
        let hash = HashOfHashes([0xA5; 32]);
        assert_eq!(HashOfHashes::parse(&hash.to_string()), Some(hash));
        assert_eq!(HashOfHashes::parse("a5"), None);
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(serde_json::from_str::<HashOfHashes>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<HashOfHashes>("\"zz\"").is_err());
    }
}
