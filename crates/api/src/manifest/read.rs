//! Reading what publishers say: which document, and what it says of which files.

use bgcopy_core::{
    Digest, HashOfHashes, LocalName, ManifestKind, ProxySettings, ProxyUsage, Refusal, RemoteName,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::draft::Rejected;
use crate::name::{Base64, path_from_wire, path_to_wire};
use crate::schema;
use crate::settings::Proxy;
use crate::supply::{Pieces, parse_hash_of_hashes};

/// A document of a publisher's to be read: one that is here, with the rights of the caller, or one to be
/// fetched. Name exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadManifest {
    /// The absolute, plain path of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The same for a path that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Base64Text>)]
    pub path_bytes: Option<Base64>,
    /// Where the document is: an http or https URL without user name and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What kind of document; by default what it seems to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ManifestKindWord>)]
    pub kind: Option<ManifestKind>,
    /// Of which file: a path or a name as the document has it. Needed for a list of digests, which is searched
    /// for it; of other documents every file is shown when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The digest of the document itself: `sha-256=` or `sha-512=` and hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `HashOfHashes` of a piece hash file, 64 hex digits or base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_of_hashes: Option<String>,
    /// How to get out, for a document that is fetched; by default straight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// PEM of the authorities trusted besides the system's, for a document that is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_roots: Option<String>,
}

impl ReadManifest {
    /// A document that is here.
    pub fn at(path: &std::path::Path) -> Self {
        let (path, path_bytes) = path_to_wire(path);
        Self { path: Some(path), path_bytes, ..Self::default() }
    }

    /// A document to be fetched.
    pub fn from(url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::default() }
    }
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ManifestContent {
    /// What kind of document it is.
    #[schema(value_type = schema::ManifestKindWord)]
    pub kind: ManifestKind,
    /// The document came over a way on which nobody could change it: from this machine, over https, or with the
    /// digest that was given for it.
    pub trusted: bool,
    /// Its files, in its order; at least one.
    pub files: Vec<DescribedFile>,
    /// Where a later version of the document may be found.
    pub origin: Option<String>,
    /// What in it is of no use here, and why.
    pub notes: Vec<String>,
}

/// What a publisher says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DescribedFile {
    /// Its name beneath a folder of the reader's choice: a relative path without `.` and `..`. A piece hash file
    /// names no file.
    pub name: Option<String>,
    /// Its size.
    pub size: Option<u64>,
    /// Its digests: `sha-256=` or `sha-512=` and hex digits, at most one of each.
    pub digests: Vec<String>,
    /// Its piece hashes. The service keeps them, so that a request can name them; it forgets them after
    /// an hour, or when it is started the next time, unless a job names them.
    pub pieces: Option<Pieces>,
    /// Where it can be fetched, the best first.
    pub sources: Vec<DescribedSource>,
    /// What it is, in the publisher's words.
    pub identity: Option<String>,
    /// Which version of it, in the publisher's words.
    pub version: Option<String>,
}

/// Where a publisher says that a file can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DescribedSource {
    /// An http or https URL without user name and password.
    pub url: String,
    /// 1 is the best, 999,999 the worst (RFC 5854, 4.2.16.1).
    pub priority: u32,
    /// The country it is in, two lower-case letters.
    pub location: Option<String>,
    /// A public server named it: whoever makes a job of it says so, lest it leads into a private network.
    #[serde(default)]
    pub offered: bool,
}

/// Which document is wanted, once it is known to make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadDraft {
    /// Where it is.
    pub place: DocumentPlace,
    /// What kind.
    pub kind: Option<ManifestKind>,
    /// Of which file.
    pub file: Option<String>,
    /// Its digest.
    pub digest: Option<Digest>,
    /// `HashOfHashes`.
    pub hash_of_hashes: Option<HashOfHashes>,
}

/// Where a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentPlace {
    /// On this machine.
    Local(LocalName),
    /// Elsewhere.
    Remote {
        /// The place.
        url: RemoteName,
        /// The way to it.
        proxy: ProxySettings,
        /// Authorities besides the system's.
        extra_roots: Option<String>,
    },
}

impl TryFrom<ReadManifest> for ReadDraft {
    type Error = Rejected;

    fn try_from(wanted: ReadManifest) -> Result<Self, Rejected> {
        let local = wanted.path.is_some() || wanted.path_bytes.is_some();
        let place = match (&wanted.url, local) {
            (Some(url), false) => {
                let url = remote(url).map_err(|refusal| Rejected::new("url", refusal))?;
                let proxy = wanted.proxy.map_or_else(straight, |proxy| ProxySettings {
                    usage: proxy.usage,
                    list: proxy.list,
                    bypass: proxy.bypass,
                });
                DocumentPlace::Remote { url, proxy, extra_roots: wanted.extra_roots }
            }
            (None, true) => {
                let text = wanted.path.as_deref().unwrap_or_default();
                let path = path_from_wire(text, wanted.path_bytes.as_ref());
                DocumentPlace::Local(LocalName::new(path).map_err(|error| Rejected::new("path", error))?)
            }
            (Some(_), true) => return Err(invalid("url", "and path cannot both be given".to_owned())),
            (None, false) => return Err(invalid("path", "or url is needed: which document?".to_owned())),
        };
        let digest = wanted.digest.as_deref().map(str::parse::<Digest>).transpose();
        let digest = digest.map_err(|error| invalid("digest", error.to_string()))?;
        let hash_of_hashes = wanted.hash_of_hashes.as_deref().map(parse_hash_of_hashes).transpose();
        let hash_of_hashes = hash_of_hashes.map_err(|reason| invalid("hash_of_hashes", reason))?;
        if wanted.kind == Some(ManifestKind::Sums) && wanted.file.is_none() {
            let reason = "is needed: a list of digests is searched for it".to_owned();
            return Err(invalid("file", reason));
        }
        Ok(Self { place, kind: wanted.kind, file: wanted.file, digest, hash_of_hashes })
    }
}

const fn straight() -> ProxySettings {
    ProxySettings { usage: ProxyUsage::NoProxy, list: None, bypass: None }
}

fn remote(url: &str) -> Result<RemoteName, Refusal> {
    match RemoteName::parse(url)? {
        (url, None) => Ok(url),
        (url, Some(_)) => {
            let url = url.redacted();
            let reason =
                format!("{url} comes with a user name or password; it is asked without, leave them out");
            Err(Refusal::InvalidArgument { argument: "url", reason })
        }
    }
}

fn invalid(field: &'static str, reason: String) -> Rejected {
    Rejected::new(field, Refusal::InvalidArgument { argument: field, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(json: &str) -> Result<ReadDraft, (String, String)> {
        let wanted: ReadManifest = serde_json::from_str(json).unwrap();
        ReadDraft::try_from(wanted).map_err(|rejected| (rejected.field.clone(), rejected.to_string()))
    }

    #[test]
    fn a_place_alone_asks_for_whatever_document_is_there() {
        let local = draft(r#"{"path":"/srv/f.meta4"}"#).unwrap();
        assert_eq!(local.place, DocumentPlace::Local(LocalName::new("/srv/f.meta4").unwrap()));
        assert_eq!((local.kind, local.file, local.digest, local.hash_of_hashes), (None, None, None, None));
        let remote = draft(r#"{"url":"https://h/f.phf","kind":"phf"}"#).unwrap();
        let url = "https://h/f.phf".parse().unwrap();
        assert_eq!(remote.place, DocumentPlace::Remote { url, proxy: straight(), extra_roots: None });
        assert_eq!(remote.kind, Some(ManifestKind::Phf));
        let here = serde_json::to_string(&ReadManifest::at("/srv/f".as_ref())).unwrap();
        assert_eq!(here, r#"{"path":"/srv/f"}"#);
        let there = serde_json::to_string(&ReadManifest::from("http://h/f")).unwrap();
        assert_eq!(there, r#"{"url":"http://h/f"}"#);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_field() {
        for (json, field, says) in [
            ("{}", "path", "path or url is needed: which document?"),
            (r#"{"path":"/f","url":"http://h/f"}"#, "url", "url and path cannot both be given"),
            (r#"{"path":"f"}"#, "path", "\"f\" is not an absolute path"),
            (r#"{"url":"ftp://h/f"}"#, "url", "ftp: is not supported in \"ftp://h/f\"; use http or https"),
            (
                r#"{"url":"http://ada:s3cret@h/f?k=s3cret"}"#,
                "url",
                "url http://h/f?… comes with a user name or password; it is asked without, leave them out",
            ),
            (
                r#"{"path":"/SHA256SUMS","kind":"sums"}"#,
                "file",
                "file is needed: a list of digests is searched for it",
            ),
            (
                r#"{"path":"/f","digest":"md5=00"}"#,
                "digest",
                "digest checksum algorithm \"md5\" is not supported; use sha-256 or sha-512",
            ),
            (
                r#"{"path":"/f","hash_of_hashes":"00"}"#,
                "hash_of_hashes",
                "hash_of_hashes \"00\" is no HashOfHashes; it has 64 hex digits, or is base64 of 32 bytes",
            ),
        ] {
            assert_eq!(draft(json), Err((field.to_owned(), says.to_owned())), "{json}");
        }
    }
}
