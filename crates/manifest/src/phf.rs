//! Piece hash files of Delivery Optimization (`spec/do-download.md` 8.2; `spec/product.md` 1.3):
//!
//! ```json
//! {"MajorVersion":1,"MinorVersion":0,"HashOfHashes":"…","ContentLength":3000000,"PieceSize":1048576,
//!  "Pieces":["…","…","…"]}
//! ```
//!
//! Hashes are SHA-256 in base64. `HashOfHashes` is the one over all pieces' hashes; it is what comes over a
//! trusted way, and what makes the list true.

use std::fmt;

use bgcopy_core::{Digest, PieceError, PieceHashes};
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Document, ManifestError, Place};
use crate::limits;
use crate::manifest::ManifestFile;
use crate::name::FileName;
use crate::pieces::hash_of_hashes;
use crate::text::{from_base64, shown, to_base64};

/// The version that is read and written. A new minor version adds keys, which are passed over.
const MAJOR_VERSION: u64 = 1;
const MINOR_VERSION: u64 = 0;

const WANTED_HASH: &str = "the base64 of a SHA-256, 44 characters";

/// What is known of a piece hash file before it is read. What is `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// `PiecesHashFileDigest`: of the file itself.
    pub digest: Option<Digest>,
    /// `HashOfHashes`, from a trusted place.
    pub hash_of_hashes: Option<[u8; 32]>,
    /// The size of the content.
    pub size: Option<u64>,
}

/// A piece hash file that was read and is right in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceHashFile {
    /// `ContentLength`.
    pub size: u64,
    /// `PieceSize` and `Pieces`, which fit the size.
    pub pieces: PieceHashes,
    /// `HashOfHashes`, which is that of the pieces.
    pub hash_of_hashes: [u8; 32],
}

impl PieceHashFile {
    /// The same in the words of all formats. A piece hash file names no file.
    pub fn into_file(self, name: FileName) -> ManifestFile {
        ManifestFile { size: Some(self.size), pieces: Some(self.pieces), ..ManifestFile::new(name) }
    }
}

/// Reads a piece hash file. The order of the checks is DO's, as its error codes tell it: size of the file,
/// its digest, grammar, version, the root as stated, content length, piece size, pieces, the root as computed.
pub fn read(text: &[u8], expected: &Expected) -> Result<PieceHashFile, ManifestError> {
    let document = Document::PieceHashFile;
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let (bytes, max) = (text.len(), limits::DOCUMENT_BYTES_MAX);
        return Err(ManifestError::TooLarge { document, bytes, max });
    }
    if let Some(expected) = &expected.digest {
        document.check_digest(text, expected)?;
    }
    let json: Json = serde_json::from_slice(text).map_err(|error| ManifestError::Syntax {
        place: Place::Document(document),
        reason: shown(&error.to_string()),
    })?;
    json.check_version()?;
    let root = json.root(expected)?;
    let size = given(json.content_length, "ContentLength")?;
    if let Some(expected) = expected.size.filter(|&expected| expected != size) {
        return Err(ManifestError::WrongSize { place: Place::Key("ContentLength"), found: size, expected });
    }
    let pieces = json.pieces(size)?;
    let computed = hash_of_hashes(&pieces);
    if computed != root {
        let stated = "as stated";
        return Err(ManifestError::WrongRoot { stated, found: root, expected: computed });
    }
    Ok(PieceHashFile { size, pieces, hash_of_hashes: root })
}

/// Writes a piece hash file for content of this size.
pub fn write(size: u64, pieces: &PieceHashes) -> Result<String, ManifestError> {
    check_size(pieces, size)?;
    let written = WrittenJson {
        major_version: MAJOR_VERSION,
        minor_version: MINOR_VERSION,
        hash_of_hashes: to_base64(&hash_of_hashes(pieces)),
        content_length: size,
        piece_size: pieces.piece_size(),
        pieces: Base64List(pieces.hashes()),
    };
    let text = serde_json::to_string(&written).map_err(|error| ManifestError::Syntax {
        place: Place::Document(Document::PieceHashFile),
        reason: error.to_string(),
    })?;
    let (document, bytes, max) = (Document::PieceHashFile, text.len(), limits::DOCUMENT_BYTES_MAX);
    if bytes > max { Err(ManifestError::TooLarge { document, bytes, max }) } else { Ok(text) }
}

fn check_size(pieces: &PieceHashes, size: u64) -> Result<(), ManifestError> {
    pieces.check_size(size).map_err(|error| ManifestError::Pieces { place: Place::Key("Pieces"), error })
}

/// The value of a key that must be there.
fn given<T>(value: Option<T>, key: &'static str) -> Result<T, ManifestError> {
    value.ok_or(ManifestError::Missing { place: Place::Document(Document::PieceHashFile), what: key })
}

/// The file as it is read: every key may be missing, so that each is missed in its turn.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Json {
    major_version: Option<u64>,
    #[serde(rename = "MinorVersion")]
    _minor_version: Option<u64>,
    hash_of_hashes: Option<HashText>,
    content_length: Option<u64>,
    piece_size: Option<u64>,
    pieces: Option<HashList>,
}

impl Json {
    fn check_version(&self) -> Result<(), ManifestError> {
        match given(self.major_version, "MajorVersion")? {
            MAJOR_VERSION => Ok(()),
            other => Err(ManifestError::Value {
                place: Place::Key("MajorVersion"),
                value: other.to_string(),
                wanted: "a version that is known here; it should be 1",
            }),
        }
    }

    /// `HashOfHashes` as stated, compared with the expected one.
    fn root(&self, expected: &Expected) -> Result<[u8; 32], ManifestError> {
        let root = match given(self.hash_of_hashes.as_ref(), "HashOfHashes")? {
            HashText::Hash(hash) => *hash,
            HashText::Other(value) => {
                let (place, value) = (Place::Key("HashOfHashes"), value.clone());
                return Err(ManifestError::Value { place, value, wanted: WANTED_HASH });
            }
        };
        match expected.hash_of_hashes {
            Some(expected) if expected != root => {
                Err(ManifestError::WrongRoot { stated: "in the piece hash file", found: root, expected })
            }
            _ => Ok(root),
        }
    }

    fn pieces(self, size: u64) -> Result<PieceHashes, ManifestError> {
        let piece_size = given(self.piece_size, "PieceSize")?;
        // Asked before the pieces are looked at, as DO does.
        PieceHashes::new(piece_size, Vec::new())
            .map_err(|error| ManifestError::Pieces { place: Place::Key("PieceSize"), error })?;
        let list = given(self.pieces, "Pieces")?;
        if let Some((index, value)) = list.bad {
            let place = Place::Piece(index);
            return Err(ManifestError::Value { place, value, wanted: WANTED_HASH });
        }
        let pieces = PieceHashes::new(piece_size, list.hashes)
            .map_err(|error| ManifestError::Pieces { place: Place::Key("Pieces"), error })?;
        check_size(&pieces, size)?;
        Ok(pieces)
    }
}

/// A text that should be a hash.
enum HashText {
    Hash([u8; 32]),
    /// Something else, cut to what is shown.
    Other(String),
}

impl<'de> Deserialize<'de> for HashText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HashVisitor;
        impl Visitor<'_> for HashVisitor {
            type Value = HashText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(WANTED_HASH)
            }

            fn visit_str<E>(self, text: &str) -> Result<HashText, E> {
                Ok(from_base64(text).map_or_else(|| HashText::Other(shown(text)), HashText::Hash))
            }
        }
        deserializer.deserialize_str(HashVisitor)
    }
}

/// `Pieces`, decoded while it is read: a list of a million texts would take ten times the memory.
#[derive(Default)]
struct HashList {
    hashes: Vec<[u8; 32]>,
    /// The first one that is no hash; those behind it are not kept.
    bad: Option<(usize, String)>,
}

impl<'de> Deserialize<'de> for HashList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = HashList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of hashes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<HashList, A::Error> {
                let mut list = HashList::default();
                while let Some(item) = items.next_element::<HashText>()? {
                    let index = list.hashes.len();
                    match item {
                        _ if list.bad.is_some() => {}
                        HashText::Other(text) => list.bad = Some((index, text)),
                        HashText::Hash(_) if index == limits::PIECES_MAX => {
                            let wanted = index as u64 + 1;
                            return Err(A::Error::custom(PieceError::TooMany { wanted }));
                        }
                        HashText::Hash(hash) => list.hashes.push(hash),
                    }
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(ListVisitor)
    }
}

/// The file as it is written, keys in the order in which DO's files have them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenJson<'a> {
    major_version: u64,
    minor_version: u64,
    hash_of_hashes: String,
    content_length: u64,
    piece_size: u64,
    pieces: Base64List<'a>,
}

struct Base64List<'a>(&'a [[u8; 32]]);

impl Serialize for Base64List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|hash| to_base64(hash)))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{any_pieces, mutate};

    /// SHA-256 of the letters a and b, each once, as `sha256sum` says.
    const A: &str = "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=";
    const B: &str = "PiPoFgA5WUozpI9lYqVozTNIOScKkpGzIaCuPbvSXp0=";

    fn sample(replace: &str, by: &str) -> String {
        let pieces =
            PieceHashes::new(1 << 20, vec![from_base64(A).unwrap(), from_base64(B).unwrap()]).unwrap();
        let text = write(1_500_000, &pieces).unwrap();
        assert!(text.contains(replace), "{text}");
        text.replace(replace, by)
    }

    fn says(text: &str) -> String {
        read(text.as_bytes(), &Expected::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_written_as_do_writes_it_and_read_again() {
        let text = sample("", "");
        let root = "\"HashOfHashes\":\"";
        assert!(text.starts_with(&format!("{{\"MajorVersion\":1,\"MinorVersion\":0,{root}")), "{text}");
        assert!(text.ends_with(&format!(
            "\",\"ContentLength\":1500000,\"PieceSize\":1048576,\"Pieces\":[\"{A}\",\"{B}\"]}}"
        )));
        let file = read(text.as_bytes(), &Expected::default()).unwrap();
        assert_eq!(
            (file.size, file.pieces.piece_size(), file.pieces.hashes().len()),
            (1_500_000, 1 << 20, 2)
        );
        assert_eq!(file.hash_of_hashes, super::hash_of_hashes(&file.pieces));
        let expected = Expected {
            digest: Some({
                let mut bytes = [0; 32];
                bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
                Digest::Sha256(bytes)
            }),
            hash_of_hashes: Some(file.hash_of_hashes),
            size: Some(1_500_000),
        };
        assert_eq!(read(text.as_bytes(), &expected), Ok(file.clone()));
        let named = file.into_file("a.iso".parse().unwrap());
        assert_eq!((named.size, named.pieces.is_some(), named.sources.len()), (Some(1_500_000), true, 0));
    }

    #[test]
    fn what_is_expected_is_compared_in_the_order_of_do() {
        let text = sample("", "");
        let with = |expected: &Expected| read(text.as_bytes(), expected).unwrap_err().to_string();
        let all_wrong =
            Expected { digest: Some(Digest::Sha512([1; 64])), hash_of_hashes: Some([2; 32]), size: Some(3) };
        assert!(with(&all_wrong).starts_with("the piece hash file has sha-512="), "{}", with(&all_wrong));
        let wrong = Expected { digest: None, ..all_wrong };
        assert!(
            with(&wrong).ends_with(&format!("in the piece hash file, and should be {}", "02".repeat(32)))
        );
        let wrong = Expected { hash_of_hashes: None, ..wrong };
        assert_eq!(
            with(&wrong),
            "ContentLength of the piece hash file: the size is 1500000, and 3 bytes are expected"
        );
    }

    #[test]
    fn d03_whatever_is_wrong_is_named() {
        for (replace, by, message) in [
            (
                "\"MajorVersion\":1",
                "\"MajorVersion\":2",
                "MajorVersion of the piece hash file: \"2\" is not a version",
            ),
            ("\"MajorVersion\":1,", "", "the piece hash file: MajorVersion is missing"),
            ("HashOfHashes\":\"", "HashOfHashes\":\"x", "HashOfHashes of the piece hash file: \"x"),
            ("HashOfHashes", "hashOfHashes", "the piece hash file: HashOfHashes is missing"),
            ("1500000", "-1", "the piece hash file: invalid value: integer `-1`, expected u64 at line 1"),
            (
                "1500000",
                "15000000",
                "Pieces of the piece hash file: 2 piece hashes; 15000000 bytes in pieces of 1048576 have 15",
            ),
            ("1500000", "18446744073709551616", "the piece hash file: invalid type: floating point"),
            ("1048576", "0", "PieceSize of the piece hash file: a piece of 0 bytes; pieces have"),
            ("1048576", "2147483648", "PieceSize of the piece hash file: a piece of 2147483648 bytes"),
            (B, "short", "Pieces[1] of the piece hash file: \"short\" is not the base64 of a SHA-256"),
            (B, A, "HashOfHashes is "),
            (
                "\"Pieces\":[",
                "\"Pieces\":[7,",
                "the piece hash file: invalid type: integer `7`, expected the base64",
            ),
            ("\"Pieces\":[", "\"Pieces\":[[[", "the piece hash file: invalid type: sequence"),
            ("}", ",\"Pieces\":[]}", "the piece hash file: duplicate field `Pieces`"),
            ("}", "", "the piece hash file: EOF while parsing"),
            ("}", "}}", "the piece hash file: trailing characters"),
        ] {
            let text = sample(replace, by);
            assert!(says(&text).starts_with(message), "{text}: {}", says(&text));
        }
    }

    #[test]
    fn keys_of_later_versions_are_passed_over() {
        let text = sample("\"MinorVersion\":0", "\"MinorVersion\":7,\"Extra\":{\"a\":[null]}");
        assert_eq!(read(text.as_bytes(), &Expected::default()).unwrap().size, 1_500_000);
        let text = sample("\"MinorVersion\":0,", "");
        assert_eq!(read(text.as_bytes(), &Expected::default()).unwrap().size, 1_500_000);
    }

    #[test]
    fn d03_bounds_are_met_before_memory_is_spent() {
        let large = vec![b' '; limits::DOCUMENT_BYTES_MAX + 1];
        let error = read(&large, &Expected::default()).unwrap_err().to_string();
        assert_eq!(error, "the piece hash file has 33554433 bytes; at most 33554432 are read");
        let deep = format!("{{\"Other\":{}", "[".repeat(100_000));
        assert!(says(&deep).contains("EOF while parsing a list"), "{}", says(&deep));
        let long = format!("{{\"MajorVersion\":\"{}\"}}", "x".repeat(100_000));
        assert!(says(&long).len() < 1_000);
    }

    #[test]
    fn an_empty_file_has_no_pieces() {
        let pieces = PieceHashes::new(1 << 20, vec![]).unwrap();
        let text = write(0, &pieces).unwrap();
        assert_eq!(read(text.as_bytes(), &Expected::default()).unwrap().pieces, pieces);
        let error = write(1, &pieces).unwrap_err().to_string();
        assert_eq!(
            error,
            "Pieces of the piece hash file: 0 piece hashes; 1 bytes in pieces of 1048576 have 1"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read((size, pieces) in any_pieces()) {
            let text = write(size, &pieces).unwrap();
            let hash_of_hashes = super::hash_of_hashes(&pieces);
            let expected = Expected { hash_of_hashes: Some(hash_of_hashes), size: Some(size), digest: None };
            prop_assert_eq!(read(text.as_bytes(), &expected), Ok(PieceHashFile { size, pieces, hash_of_hashes }));
        }

        #[test]
        fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&text, &Expected::default());
        }

        #[test]
        fn a_file_that_was_tampered_with_is_refused_or_the_same(changes in mutate()) {
            let text = sample("", "");
            let before = read(text.as_bytes(), &Expected::default()).unwrap();
            let expected = Expected { hash_of_hashes: Some(before.hash_of_hashes), ..Expected::default() };
            if let Ok(after) = read(&changes.apply(text.as_bytes()), &expected) {
                prop_assert_eq!(after.pieces.hashes(), before.pieces.hashes());
            }
        }
    }
}
