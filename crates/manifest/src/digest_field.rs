//! Digests in header fields: `Repr-Digest` and `Content-Digest` (RFC 9530), and `Digest` (RFC 3230), which
//! they replaced.
//!
//! `Repr-Digest` and `Digest` speak of the whole file, whatever range was asked for; `Content-Digest` speaks
//! of the body alone, so that of a 206 is the digest of the part.

use bgcopy_core::Digest;
use sfv::{Dictionary, ListEntry, Parser};

use crate::error::{ManifestError, Place};
use crate::limits;
use crate::text::{add_digest, from_base64, from_hex, shown, to_base64};

/// `Repr-Digest`: of the whole file.
pub const REPR_DIGEST: &str = "Repr-Digest";
/// `Content-Digest`: of the body of this answer.
pub const CONTENT_DIGEST: &str = "Content-Digest";
/// `Want-Repr-Digest`: which digest the asker would like.
pub const WANT_REPR_DIGEST: &str = "Want-Repr-Digest";
/// `Want-Content-Digest`: as [`WANT_REPR_DIGEST`], of the body.
pub const WANT_CONTENT_DIGEST: &str = "Want-Content-Digest";
/// `Digest`: of the whole file, as servers before RFC 9530 say it.
pub const LEGACY_DIGEST: &str = "Digest";

/// The value of a `Want-…` field that asks for what can be verified here, SHA-256 first: it is the one
/// that is computed for pieces anyway.
pub const WANTED: &str = "sha-256=10, sha-512=3";

/// A digest algorithm that is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// By the name it has in the registry of RFC 9530; case matters not, because that of RFC 3230 knows
    /// the same names in capitals.
    fn named(name: &str) -> Option<Self> {
        [(Self::Sha256, "sha-256"), (Self::Sha512, "sha-512")]
            .into_iter()
            .find(|(_, known)| name.eq_ignore_ascii_case(known))
            .map(|(algorithm, _)| algorithm)
    }

    fn digest(self, bytes: &[u8]) -> Option<Digest> {
        match self {
            Self::Sha256 => bytes.try_into().ok().map(Digest::Sha256),
            Self::Sha512 => bytes.try_into().ok().map(Digest::Sha512),
        }
    }

    /// A digest as servers before RFC 9530 write it: its bytes in base64, or its hex digits in base64, as
    /// in the example of RFC 6249, 6, which found imitators.
    fn legacy_digest(self, text: &str) -> Option<Digest> {
        fn hex_in_base64<const DIGITS: usize, const N: usize>(text: &str) -> Option<[u8; N]> {
            let digits = from_base64::<DIGITS>(text)?;
            from_hex(std::str::from_utf8(&digits).ok()?)
        }
        match self {
            Self::Sha256 => from_base64(text).or_else(|| hex_in_base64::<64, 32>(text)).map(Digest::Sha256),
            Self::Sha512 => from_base64(text).or_else(|| hex_in_base64::<128, 64>(text)).map(Digest::Sha512),
        }
    }
}

/// Reads `Repr-Digest` or `Content-Digest`, all lines of it. Algorithms that are not verified are passed
/// over ("a recipient MAY ignore any or all digests", RFC 9530, 2); none may be left.
///
/// A field that breaks the grammar is an error as a whole (RFC 9651, 4.2): half of it may be the wrong half.
pub fn read<'a>(
    field: &'static str,
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Digest>, ManifestError> {
    let mut digests = Vec::new();
    for (key, member) in &dictionary(field, lines)? {
        let Some(algorithm) = Algorithm::named(key.as_str()) else { continue };
        let bytes = match member {
            ListEntry::Item(item) => item.bare_item.as_byte_sequence(),
            ListEntry::InnerList(_) => None,
        };
        let digest = bytes.and_then(|bytes| algorithm.digest(bytes)).ok_or_else(|| ManifestError::Value {
            place: Place::Field(field),
            value: key.as_str().to_owned(),
            wanted: wanted(algorithm),
        })?;
        // Keys of a dictionary are unique, so no two digests of one algorithm can disagree here.
        digests.push(digest);
    }
    Ok(digests)
}

const fn wanted(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha256 => "followed by the 32 bytes of a digest in base64, between colons",
        Algorithm::Sha512 => "followed by the 64 bytes of a digest in base64, between colons",
    }
}

/// Reads `Digest` (RFC 3230, 4.3.2): `ALGORITHM=VALUE`, separated by commas, SHA-2 in base64 (RFC 5843).
pub fn read_legacy<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Vec<Digest>, ManifestError> {
    let place = || Place::Field(LEGACY_DIGEST);
    let joined = join(LEGACY_DIGEST, lines)?;
    let mut digests = Vec::new();
    for instance in joined.split(',').map(str::trim).filter(|instance| !instance.is_empty()) {
        let (name, value) = instance.split_once('=').ok_or_else(|| ManifestError::Value {
            place: place(),
            value: shown(instance),
            wanted: "ALGORITHM=VALUE",
        })?;
        let Some(algorithm) = Algorithm::named(name.trim()) else { continue };
        let digest = algorithm.legacy_digest(value.trim()).ok_or_else(|| ManifestError::Value {
            place: place(),
            value: shown(value),
            wanted: "the base64 of a digest of that algorithm",
        })?;
        if !add_digest(&mut digests, digest) {
            let what = shown(name);
            return Err(ManifestError::Contradiction { place: place(), what });
        }
    }
    Ok(digests)
}

/// Reads `Want-Repr-Digest` or `Want-Content-Digest`: which of our algorithms the asker likes best, if any.
/// 10 is the most, 0 is "not acceptable" (RFC 9530, 4).
pub fn read_wanted<'a>(
    field: &'static str,
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<Option<Algorithm>, ManifestError> {
    let mut best = None;
    for (key, member) in &dictionary(field, lines)? {
        let Some(algorithm) = Algorithm::named(key.as_str()) else { continue };
        let liking = match member {
            ListEntry::Item(item) => item.bare_item.as_integer().map(i64::from),
            ListEntry::InnerList(_) => None,
        };
        let liking =
            liking.filter(|liking| (0..=10).contains(liking)).ok_or_else(|| ManifestError::Value {
                place: Place::Field(field),
                value: key.as_str().to_owned(),
                wanted: "followed by a whole number from 0 to 10",
            })?;
        if liking > best.map_or(0, |(liking, _)| liking) {
            best = Some((liking, algorithm));
        }
    }
    Ok(best.map(|(_, algorithm)| algorithm))
}

/// The value of `Repr-Digest` or `Content-Digest` that says these digests.
pub fn write<'a>(digests: impl IntoIterator<Item = &'a Digest>) -> String {
    let members: Vec<String> = digests
        .into_iter()
        .map(|digest| format!("{}=:{}:", digest.algorithm(), to_base64(digest.bytes())))
        .collect();
    members.join(", ")
}

fn dictionary<'a>(
    field: &'static str,
    lines: impl IntoIterator<Item = &'a str>,
) -> Result<Dictionary, ManifestError> {
    let joined = join(field, lines)?;
    Parser::new(&joined).parse().map_err(|error| ManifestError::Syntax {
        place: Place::Field(field),
        reason: shown(&error.to_string()),
    })
}

/// Lines of one field are one list (RFC 9110, 5.3).
fn join<'a>(field: &'static str, lines: impl IntoIterator<Item = &'a str>) -> Result<String, ManifestError> {
    let mut joined = String::new();
    for line in lines {
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        if joined.len() + line.len() > limits::FIELD_BYTES_MAX {
            let (what, max) = ("bytes", limits::FIELD_BYTES_MAX);
            return Err(ManifestError::TooMany { place: Place::Field(field), what, max });
        }
        joined.push_str(line);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9530, B.1: the digests of `{"hello": "world"}` and a line feed.
    const SHA_256: &str = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=";
    const SHA_512: &str =
        "YMAam51Jz/jOATT6/zvHrLVgOYTGFy1d6GJiOHTohq4yP+pgk4vf2aCsyRZOtw8MjkM7iw7yZ/WkppmM44T3qg==";

    fn repr(lines: &[&str]) -> Result<Vec<Digest>, ManifestError> {
        read(REPR_DIGEST, lines.iter().copied())
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let sha_256 = Digest::Sha256(from_base64(SHA_256).unwrap());
        let sha_512 = Digest::Sha512(from_base64(SHA_512).unwrap());
        assert_eq!(repr(&[&format!("sha-256=:{SHA_256}:")]), Ok(vec![sha_256.clone()]));
        let both = format!("sha-256=:{SHA_256}:, sha-512=:{SHA_512}:");
        assert_eq!(repr(&[&both]), Ok(vec![sha_256.clone(), sha_512.clone()]));
        let lines = [
            format!("unixsum=:8J+ZhQ==:,crc32c;x=1,sha-512=:{SHA_512}:;p=2"),
            format!("sha-256=:{SHA_256}:"),
        ];
        assert_eq!(repr(&[&lines[0], &lines[1]]), Ok(vec![sha_512.clone(), sha_256.clone()]));
        assert_eq!(repr(&[&write([&sha_256, &sha_512])]), Ok(vec![sha_256, sha_512]));
        assert_eq!(repr(&[]), Ok(vec![]));
        assert_eq!(repr(&["md5=:AAAAAAAAAAAAAAAAAAAAAA==:"]), Ok(vec![]));
    }

    #[test]
    fn a_field_that_is_wrong_names_itself() {
        for (value, message) in [
            ("sha-256=:AAAA:", "the field Repr-Digest: \"sha-256\" is not followed by the 32 bytes"),
            ("sha-256=5", "the field Repr-Digest: \"sha-256\" is not followed by the 32 bytes"),
            ("sha-512=(:AA==:)", "the field Repr-Digest: \"sha-512\" is not followed by the 64 bytes"),
            ("sha-256=:***:", "the field Repr-Digest: "),
            ("sha-256=:AAAA", "the field Repr-Digest: "),
            ("SHA-256=44136fa3", "the field Repr-Digest: "),
        ] {
            let says = repr(&[value]).unwrap_err().to_string();
            assert!(says.starts_with(message), "{value:?}: {says}");
        }
        let long = "a, ".repeat(30_000);
        assert_eq!(repr(&[&long]).unwrap_err().to_string(), "the field Repr-Digest: more than 65536 bytes");
    }

    #[test]
    fn the_older_field_is_read_too() {
        let sha_256 = Digest::Sha256(from_base64(SHA_256).unwrap());
        let legacy = |lines: &[&str]| read_legacy(lines.iter().copied());
        // RFC 3230, 4.3.2, and RFC 5843.
        assert_eq!(legacy(&["SHA=thvDyvhfIqlvFe+A9MYgxAfm1q5=,unixsum=30637"]), Ok(vec![]));
        let value = format!("unixsum=30637, SHA-256={SHA_256}");
        assert_eq!(legacy(&[&value, "", &value]), Ok(vec![sha_256]));
        // RFC 6249, 6.
        let hex = "MWVkMWQxYTRiMzk5MDQ0MzI3NGU5NDEyZTk5OWY1ZGFmNzgyZTJlODYzYjRjYzFhOTlmNTQwYzI2M2QwM2U2MQ==";
        let digest = "sha-256=1ed1d1a4b3990443274e9412e999f5daf782e2e863b4cc1a99f540c263d03e61";
        assert_eq!(legacy(&[&format!("SHA-256={hex}")]), Ok(vec![digest.parse().unwrap()]));
        let other = format!("{value},sha-256={}", to_base64(&[0; 32]));
        assert!(legacy(&[&other]).unwrap_err().to_string().contains("given twice"));
        assert!(legacy(&["SHA-256=x"]).unwrap_err().to_string().contains("\"x\" is not the base64"));
        assert!(legacy(&["SHA-256"]).unwrap_err().to_string().contains("is not ALGORITHM=VALUE"));
    }

    #[test]
    fn what_an_asker_likes_best_is_known() {
        let wanted = |value| read_wanted(WANT_REPR_DIGEST, [value]);
        assert_eq!(wanted(WANTED), Ok(Some(Algorithm::Sha256)));
        assert_eq!(wanted("sha-256=3, sha-512=10, unixsum=0"), Ok(Some(Algorithm::Sha512)));
        assert_eq!(wanted("sha-256=0, crc32c=1"), Ok(None));
        assert_eq!(wanted(""), Ok(None));
        for bad in ["sha-256=11", "sha-256=-1", "sha-256", "sha-256=1.5", "sha-256=()"] {
            assert!(wanted(bad).unwrap_err().to_string().contains("from 0 to 10"), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(sha-(256|512)|Digest)?(=|[:;,()\"?@%A-Za-z0-9+/]|\\PC){0,60}") {
            let _ = (repr(&[&text]), read_legacy([text.as_str()]), read_wanted(WANT_CONTENT_DIGEST, [text.as_str()]));
        }

        #[test]
        fn what_is_written_is_read(a in any::<[u8; 32]>(), b in any::<[u8; 64]>()) {
            let digests = vec![Digest::Sha256(a), Digest::Sha512(b)];
            prop_assert_eq!(repr(&[&write(&digests)]), Ok(digests));
        }
    }
}
