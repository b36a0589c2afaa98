//! Piece lists for publishers: what is asked, and what is said of the file. Reading them is in [`read`].

pub mod read;

use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;
use std::str::FromStr;

use bgcopy_core::limits::{PIECE_BYTES_MAX, PIECE_BYTES_MIN};
use bgcopy_core::{LocalName, Refusal, RemoteName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::draft::Rejected;
use crate::name::{Base64, path_from_wire, path_to_wire};
use crate::schema;

/// How a manifest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestFormat {
    /// Metalink 4 (RFC 5854): name, size, digest, pieces and sources, in XML.
    #[default]
    Metalink,
    /// A piece hash file of Delivery Optimization: size and pieces, in JSON.
    Phf,
}

impl ManifestFormat {
    /// Every format.
    pub const ALL: &[Self] = &[Self::Metalink, Self::Phf];

    /// The word for it on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Metalink => "metalink",
            Self::Phf => "phf",
        }
    }
}

impl fmt::Display for ManifestFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A text that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no format of a manifest; there are metalink and phf")]
pub struct UnknownManifestFormat {
    word: String,
}

impl FromStr for ManifestFormat {
    type Err = UnknownManifestFormat;

    fn from_str(word: &str) -> Result<Self, UnknownManifestFormat> {
        let found = Self::ALL.iter().copied().find(|format| format.word() == word);
        found.ok_or_else(|| UnknownManifestFormat { word: word.to_owned() })
    }
}

/// A manifest to be made of a file that is here. It is read with the rights of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeManifest {
    /// The absolute, plain path of the file. Leave it out where `local_name_bytes` is given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub local_name: String,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub local_name_bytes: Option<Base64>,
    /// How it is written.
    #[serde(default)]
    pub format: ManifestFormat,
    /// Bytes of a piece, 1,024 to 1,073,741,824; by default 1 MiB, and more for files above 64 GiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub piece_size: Option<u64>,
    /// Where the file can be fetched, the best first: http or https URLs, for a Metalink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

impl MakeManifest {
    /// A manifest of this file, as is usual.
    pub fn of(local_name: &Path) -> Self {
        let (local_name, local_name_bytes) = path_to_wire(local_name);
        Self { local_name, local_name_bytes, ..Self::default() }
    }
}

/// What a publisher says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// The size of the file.
    pub size: u64,
    /// The digest of the file: `sha-256=` and hex digits.
    pub digest: String,
    /// Bytes of every piece but the last, which may be shorter.
    pub piece_size: u64,
    /// The SHA-256 of the hashes of all pieces one behind the other: whoever has it over a trusted way can
    /// check a piece hash file by it.
    #[schema(value_type = schema::Base64Text)]
    pub hash_of_hashes: Base64,
    /// The manifest itself, to be published as it is.
    pub document: String,
}

/// What is wanted, once it is known to make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestDraft {
    /// The file.
    pub local_name: LocalName,
    /// How it is written.
    pub format: ManifestFormat,
    /// Bytes of a piece, in the bounds of a piece.
    pub piece_size: Option<NonZeroU64>,
    /// The sources, the best first, none twice.
    pub sources: Vec<RemoteName>,
}

impl TryFrom<MakeManifest> for ManifestDraft {
    type Error = Rejected;

    fn try_from(wanted: MakeManifest) -> Result<Self, Rejected> {
        let path = path_from_wire(&wanted.local_name, wanted.local_name_bytes.as_ref());
        let local_name = LocalName::new(path).map_err(|error| Rejected::new("local_name", error))?;
        let piece_size = wanted.piece_size.map(checked_piece_size).transpose()?;
        if wanted.format == ManifestFormat::Phf && !wanted.urls.is_empty() {
            let reason =
                "have no place in a piece hash file; leave them out, or use format metalink".to_owned();
            return Err(Rejected::new("urls", Refusal::InvalidArgument { argument: "urls", reason }));
        }
        let mut sources = Vec::with_capacity(wanted.urls.len());
        for (at, url) in wanted.urls.iter().enumerate() {
            let source = source(url).map_err(|refusal| Rejected::new(format!("urls[{at}]"), refusal))?;
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Ok(Self { local_name, format: wanted.format, piece_size, sources })
    }
}

fn checked_piece_size(bytes: u64) -> Result<NonZeroU64, Rejected> {
    let checked = NonZeroU64::new(bytes).filter(|_| (PIECE_BYTES_MIN..=PIECE_BYTES_MAX).contains(&bytes));
    checked.ok_or_else(|| {
        let reason = format!("cannot be {bytes}; pieces have {PIECE_BYTES_MIN} to {PIECE_BYTES_MAX} bytes");
        Rejected::new("piece_size", Refusal::InvalidArgument { argument: "piece_size", reason })
    })
}

/// A URL for everybody: what is published must not hold anybody's password.
fn source(url: &str) -> Result<RemoteName, Refusal> {
    match RemoteName::parse(url)? {
        (source, None) => Ok(source),
        (source, Some(_)) => {
            let source = source.redacted();
            let reason = format!("would publish the user name or password in {source}; leave it out");
            Err(Refusal::InvalidArgument { argument: "urls", reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(json: &str) -> Result<ManifestDraft, (String, String)> {
        let wanted: MakeManifest = serde_json::from_str(json).unwrap();
        ManifestDraft::try_from(wanted).map_err(|rejected| (rejected.field.clone(), rejected.to_string()))
    }

    #[test]
    fn a_path_alone_asks_for_a_metalink_with_the_usual_pieces() {
        let draft = draft(r#"{"local_name":"/srv/f"}"#).unwrap();
        assert_eq!((draft.format, draft.piece_size), (ManifestFormat::Metalink, None));
        assert_eq!((draft.local_name.path(), draft.sources.len()), (Path::new("/srv/f"), 0));
        assert_eq!(MakeManifest::of(Path::new("/srv/f")).local_name, "/srv/f");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_field_and_names_the_input() {
        for (json, field, says) in [
            (r#"{"local_name":"f"}"#, "local_name", "\"f\" is not an absolute path"),
            (
                r#"{"local_name":"/f","piece_size":1000}"#,
                "piece_size",
                "piece_size cannot be 1000; pieces have 1024 to 1073741824 bytes",
            ),
            (
                r#"{"local_name":"/f","piece_size":0}"#,
                "piece_size",
                "piece_size cannot be 0; pieces have 1024 to 1073741824 bytes",
            ),
            (
                r#"{"local_name":"/f","format":"phf","urls":["http://h/f"]}"#,
                "urls",
                "urls have no place in a piece hash file; leave them out, or use format metalink",
            ),
            (
                r#"{"local_name":"/f","urls":["http://h/f","ftp://h/f"]}"#,
                "urls[1]",
                "ftp: is not supported in \"ftp://h/f\"; use http or https",
            ),
            (
                r#"{"local_name":"/f","urls":["http://ada:s3cret@h/f?k=s3cret"]}"#,
                "urls[0]",
                "urls would publish the user name or password in http://h/f?…; leave it out",
            ),
        ] {
            assert_eq!(draft(json), Err((field.to_owned(), says.to_owned())), "{json}");
        }
    }

    #[test]
    fn a_source_counts_once_at_its_best_place() {
        let json = r#"{"local_name":"/f","urls":["http://b/f","http://a/f","http://B/f"]}"#;
        let sources = draft(json).unwrap().sources;
        assert_eq!(sources.iter().map(RemoteName::as_str).collect::<Vec<_>>(), ["http://b/f", "http://a/f"]);
    }

    #[test]
    fn every_format_goes_by_its_word() {
        for format in ManifestFormat::ALL {
            assert_eq!(format.word().parse(), Ok(*format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.word());
        }
        let unknown = "torrent".parse::<ManifestFormat>().unwrap_err();
        assert_eq!(unknown.to_string(), "\"torrent\" is no format of a manifest; there are metalink and phf");
    }
}
