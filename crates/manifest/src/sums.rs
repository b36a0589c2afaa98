//! Checksum lists: what `sha256sum`, `sha512sum`, their BSD sisters and `openssl dgst` write.
//!
//! ```text
//! 5891b5b5…3a17  hello            GNU, text          SHA256 (hello) = 5891b5b5…3a17    BSD, sha256sum --tag
//! 5891b5b5…3a17 *hello            GNU, binary        SHA2-256(hello)= 5891b5b5…3a17    openssl dgst
//! \5891b5b5…3a17  new\nline       GNU, escaped       5891b5b5…3a17                     bare: of the one file
//! ```
//!
//! Lines that are none of these are passed over: comments, and the armour of a signature around the list
//! (which is not checked here). A list without a single checksum is an error.

use std::borrow::Cow;

use bgcopy_core::Digest;

use crate::error::{Document, ManifestError, Place};
use crate::limits;
use crate::text::{add_digest, from_hex, shown};

/// How many names an error lists.
const NAMES_SHOWN: usize = 3;

/// The digest that a list gives for a file. The file is found by its path as written, else by its name
/// alone, whatever folder the list puts it in; a bare checksum speaks of any file.
///
/// Where a list has both, SHA-256 is given: it is the one that is computed for pieces anyway.
pub fn digest_of(text: &[u8], name: &str) -> Result<Digest, ManifestError> {
    let document = Document::Sums;
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let (bytes, max) = (text.len(), limits::DOCUMENT_BYTES_MAX);
        return Err(ManifestError::TooLarge { document, bytes, max });
    }
    let mut search = Search { name: plain_path(name), ..Search::default() };
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if let Some(sum) = Sum::read(line.strip_suffix(b"\r").unwrap_or(line)) {
            search.look_at(index + 1, sum)?;
        }
    }
    search.finish()
}

/// One checksum of a list.
struct Sum<'a> {
    /// Of which file; `None` for a bare checksum.
    name: Option<Cow<'a, [u8]>>,
    digest: Digest,
}

impl<'a> Sum<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let (line, escaped) = match line.strip_prefix(b"\\") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let (name, digest) = Self::gnu(line).or_else(|| Self::bsd(line))?;
        let name = match name {
            Some(name) if escaped => Some(Cow::Owned(unescape(name)?)),
            Some(name) => Some(Cow::Borrowed(name)),
            None => None,
        };
        Some(Self { name, digest })
    }

    /// `HEX`, two characters of which the second says how the file was read, and the name. `-` is what was
    /// piped in: a name that says nothing.
    fn gnu(line: &'a [u8]) -> Option<(Option<&'a [u8]>, Digest)> {
        let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (digest, rest) = line.split_at_checked(digits)?;
        let digest = digest_in_hex(digest)?;
        if rest.trim_ascii().is_empty() {
            return Some((None, digest));
        }
        let name = [b"  ".as_slice(), b" *", b"\t", b" "].iter().find_map(|gap| rest.strip_prefix(*gap))?;
        Some(((name != b"-").then_some(name), digest))
    }

    /// `ALGORITHM (NAME) = HEX`. The name may itself hold parentheses, so the last one ends it.
    fn bsd(line: &'a [u8]) -> Option<(Option<&'a [u8]>, Digest)> {
        let open = line.iter().position(|&byte| byte == b'(')?;
        let close = line.iter().rposition(|&byte| byte == b')')?;
        let algorithm = line.get(..open)?.trim_ascii();
        let name = line.get(open + 1..close)?;
        let value = line.get(close + 1..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii();
        let digest = digest_in_hex(value)?;
        // BLAKE2, SHA-3 and SHA-512/256 have values as long as these.
        let named = match digest {
            Digest::Sha256(_) => [b"SHA256".as_slice(), b"SHA2-256", b"SHA-256"],
            Digest::Sha512(_) => [b"SHA512".as_slice(), b"SHA2-512", b"SHA-512"],
        };
        let is_ours = named.iter().any(|known| known.eq_ignore_ascii_case(algorithm));
        is_ours.then_some((Some(name), digest))
    }
}

fn digest_in_hex(hex: &[u8]) -> Option<Digest> {
    let hex = std::str::from_utf8(hex).ok()?;
    from_hex(hex).map(Digest::Sha256).or_else(|| from_hex(hex).map(Digest::Sha512))
}

/// The escapes of GNU coreutils ("cksum common options"): backslash, line feed, carriage return.
fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

/// `./name` is `name`: `find -exec sha256sum` writes it so.
fn plain_path(name: &str) -> &str {
    name.trim_start_matches("./")
}

/// What was found so far.
#[derive(Default)]
struct Search<'a> {
    name: &'a str,
    exact: Found,
    by_base: Found,
    bare: Found,
    some: Vec<String>,
}

/// The digests of lines that match alike.
#[derive(Default)]
struct Found {
    line: usize,
    digests: Vec<Digest>,
    /// A line that says otherwise.
    other_line: Option<usize>,
}

impl Found {
    fn add(&mut self, line: usize, digest: Digest) {
        if self.digests.is_empty() {
            self.line = line;
        }
        if !add_digest(&mut self.digests, digest) {
            self.other_line = self.other_line.or(Some(line));
        }
    }

    /// SHA-256 before SHA-512.
    fn best(&self) -> Option<Digest> {
        let sha_256 = self.digests.iter().find(|digest| matches!(digest, Digest::Sha256(_)));
        sha_256.or(self.digests.first()).cloned()
    }
}

impl Search<'_> {
    fn look_at(&mut self, line: usize, sum: Sum<'_>) -> Result<(), ManifestError> {
        let Some(name) = sum.name else {
            self.bare.add(line, sum.digest);
            return Ok(());
        };
        let base = |name: &[u8]| name.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec);
        let path = name.strip_prefix(b"./").unwrap_or(&name);
        if path == self.name.as_bytes() {
            self.exact.add(line, sum.digest);
            if let Some(other) = self.exact.other_line {
                let what =
                    format!("the checksum of {:?} (first in line {})", shown(self.name), self.exact.line);
                let place = Place::Line(Document::Sums, other);
                return Err(ManifestError::Contradiction { place, what });
            }
        } else if base(path) == base(self.name.as_bytes()) {
            self.by_base.add(line, sum.digest);
        }
        if self.some.len() < NAMES_SHOWN {
            self.some.push(format!("{:?}", shown(&String::from_utf8_lossy(&name))));
        }
        Ok(())
    }

    fn finish(self) -> Result<Digest, ManifestError> {
        let name = shown(self.name);
        if let Some(digest) = self.exact.best() {
            return Ok(digest);
        }
        // A bare checksum is of the one file there is; beside names it is of nobody knows what.
        let loose = if self.some.is_empty() { &self.bare } else { &self.by_base };
        match (loose.best(), loose.other_line) {
            (Some(_), Some(second)) => Err(ManifestError::Ambiguous { name, first: loose.line, second }),
            (Some(digest), None) => Ok(digest),
            (None, _) if self.some.is_empty() => Err(ManifestError::OtherDocument {
                document: Document::Sums,
                reason: "no line has a SHA-256 or SHA-512; sha256sum writes such lists".to_owned(),
            }),
            (None, _) => Err(ManifestError::NotListed { name, some: self.some }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `echo hello | sha256sum` and `sha512sum`.
    const HELLO: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    const HELLO_512: &str = "e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931\
                             f94aae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629";
    /// `echo bye | sha256sum`.
    const OTHER: &str = "abc6fd595fc079d3114d4b71a4d84b1d1d0f79df1e70f8813212f2a65d8916df";

    fn hello() -> Digest {
        format!("sha-256={HELLO}").parse().unwrap()
    }

    fn says(text: &str, name: &str) -> String {
        digest_of(text.as_bytes(), name).unwrap_err().to_string()
    }

    #[test]
    fn every_form_of_line_is_read() {
        for line in [
            format!("{HELLO}  hello"),
            format!("{HELLO} *hello"),
            format!("{}  hello\r", HELLO.to_uppercase()),
            format!("{HELLO}  ./hello"),
            format!("{HELLO}  pool/main/hello"),
            format!("{HELLO} hello"),
            format!("SHA256 (hello) = {HELLO}"),
            format!("SHA2-256(hello)= {HELLO}"),
            format!("SHA256(./hello)= {HELLO}"),
            HELLO.to_owned(),
            format!("{HELLO}  -"),
        ] {
            let text = format!("# a comment\n\n{line}\n");
            assert_eq!(digest_of(text.as_bytes(), "hello"), Ok(hello()), "{line:?}");
            assert_eq!(digest_of(text.as_bytes(), "./hello"), Ok(hello()), "{line:?}");
        }
    }

    #[test]
    fn names_may_hold_anything() {
        for (line, name) in [
            (format!("\\{HELLO}  new\\nline\\\\back\\r"), "new\nline\\back\r"),
            (format!("{HELLO}  as\\it is"), "as\\it is"),
            (format!("SHA256 (par(en) = th.es) = {HELLO}"), "par(en) = th.es"),
            (format!("\\SHA256 (a\\nb) = {HELLO}"), "a\nb"),
            (format!("{HELLO}   blank"), " blank"),
            (format!("{HELLO} **"), "*"),
        ] {
            let text = format!("{OTHER}  other\n{line}\n");
            assert_eq!(digest_of(text.as_bytes(), name), Ok(hello()), "{line:?}");
        }
        // A wrong escape is no name; a name need not be UTF-8.
        assert!(says(&format!("{OTHER}  other\n\\{HELLO}  a\\x"), "a\\x").contains("has no line"));
        let mut text = format!("{OTHER}  ").into_bytes();
        text.extend(b"\xff\n");
        text.extend(format!("{HELLO}  hello").bytes());
        assert_eq!(digest_of(&text, "hello"), Ok(hello()));
    }

    #[test]
    fn a_signed_list_is_read_past_its_armour() {
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# Fedora.iso: 1 byte\n\
             SHA256 (Fedora.iso) = {HELLO}\n-----BEGIN PGP SIGNATURE-----\n\niQIz\n=abcd\n-----END PGP SIGNATURE-----\n"
        );
        assert_eq!(digest_of(text.as_bytes(), "Fedora.iso"), Ok(hello()));
    }

    #[test]
    fn of_two_algorithms_the_cheaper_is_taken_and_of_strangers_none() {
        let text = format!("SHA512 (hello) = {HELLO_512}\nSHA256 (hello) = {HELLO}\nMD5 (hello) = 00\n");
        assert_eq!(digest_of(text.as_bytes(), "hello"), Ok(hello()));
        let text = format!("{HELLO_512}  hello\n");
        assert_eq!(digest_of(text.as_bytes(), "hello").unwrap().algorithm(), "sha-512");
        let text = format!("SHA3-256 (hello) = {HELLO}\nBLAKE2b (hello) = {HELLO_512}\n");
        assert_eq!(
            says(&text, "hello"),
            "this is no checksum list: no line has a SHA-256 or SHA-512; sha256sum writes such lists"
        );
    }

    #[test]
    fn the_whole_path_is_better_than_the_name_alone() {
        let text = format!("{OTHER}  a/f\n{HELLO}  b/f\n");
        assert_eq!(digest_of(text.as_bytes(), "b/f"), Ok(hello()));
        assert_eq!(
            says(&text, "f"),
            "the checksum list has several files named \"f\" (lines 1 and 2); give the path"
        );
        let same = format!("{HELLO}  a/f\n{HELLO}  b/f\n");
        assert_eq!(digest_of(same.as_bytes(), "f"), Ok(hello()));
    }

    #[test]
    fn what_is_missing_or_doubtful_is_said() {
        let text = format!("{OTHER}  a\n{OTHER}  b\n{OTHER}  c\n{OTHER}  d\n{HELLO}\n");
        assert_eq!(says(&text, "e"), "the checksum list has no line for \"e\"; it lists \"a\", \"b\", \"c\"");
        assert_eq!(
            says(&format!("{HELLO}  f\n\n{OTHER}  f\n"), "f"),
            "line 3 of the checksum list: the checksum of \"f\" (first in line 1) is given twice, and differently"
        );
        assert!(says(&format!("{HELLO}\n{OTHER}\n"), "f").contains("several files"));
        assert!(says("", "f").contains("no checksum list"));
        assert!(says("<html>Not found</html>", "f").contains("no checksum list"));
        let large = vec![b'\n'; limits::DOCUMENT_BYTES_MAX + 1];
        let error = digest_of(&large, "f").unwrap_err();
        assert_eq!(error.to_string(), "the checksum list has 33554433 bytes; at most 33554432 are read");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..200), name in "\\PC{0,10}") {
            let _ = digest_of(&text, &name);
        }

        #[test]
        fn no_mended_list_panics(
            cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        ) {
            let text = format!("\\{HELLO} *a\\nb\nSHA256 (hello) = {HELLO}\n{HELLO_512}  hello\n{OTHER}\n");
            let mut text = text.into_bytes();
            for (at, byte) in cuts {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let _ = digest_of(&text, "hello");
        }
    }
}
