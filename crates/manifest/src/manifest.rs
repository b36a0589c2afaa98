//! What all formats say in common.

use std::collections::BTreeSet;

use bgcopy_core::{Digest, PieceHashes, RemoteName};

use crate::error::{ManifestError, Place};
use crate::limits;
use crate::name::{FileName, check_distinct};
use crate::note::{Note, note};
use crate::text::is_plain;

/// What a publisher says of his files.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Manifest {
    /// The files, in the order of the document. Their names differ in more than case.
    pub files: Vec<ManifestFile>,
    /// Where the manifest itself is published.
    pub origin: Option<Origin>,
    /// What was left out.
    pub notes: Vec<Note>,
}

/// Where a manifest is published (RFC 5854, 4.2.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The place.
    pub url: RemoteName,
    /// A later version of it may be found there.
    pub dynamic: bool,
}

/// What a publisher says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestFile {
    /// Its name beneath the folder that the user chooses.
    pub name: FileName,
    /// Its size.
    pub size: Option<u64>,
    /// Whole-file digests, at most one of an algorithm.
    pub digests: Vec<Digest>,
    /// The hashes of its pieces. They fit the size, where that is known; where it is not, whoever learns
    /// it asks [`PieceHashes::check_size`].
    pub pieces: Option<PieceHashes>,
    /// Where it can be fetched, the best first, none twice.
    pub sources: Vec<ManifestSource>,
    /// Other descriptions of it, torrents above all. Nothing is done with them here.
    pub metaurls: Vec<MetaUrl>,
    /// What it is, in the publisher's words.
    pub identity: Option<String>,
    /// Which version of it, in the publisher's words.
    pub version: Option<String>,
}

/// A place where a file can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestSource {
    /// The URL: http or https, without credentials.
    pub url: RemoteName,
    /// 1 is the best, [`LEAST_PRIORITY`](Self::LEAST_PRIORITY) the worst and what a source without a
    /// priority has (RFC 5854, 4.2.16.1; RFC 6249, 3.1).
    pub priority: u32,
    /// The country it is in, two lower-case letters (ISO 3166-1).
    pub location: Option<String>,
}

impl ManifestSource {
    /// The largest number, which is the least wish to be asked.
    pub const LEAST_PRIORITY: u32 = 999_999;
}

/// Another description of the same file (RFC 5854, 4.2.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaUrl {
    /// Where it is, as written: it may be of any scheme.
    pub url: String,
    /// What it is: `torrent`, or a media type.
    pub media_type: String,
    /// Which file in it, where it describes several.
    pub name: Option<String>,
    /// As in [`ManifestSource`].
    pub priority: u32,
}

impl ManifestFile {
    /// A file of which nothing is known yet.
    pub const fn new(name: FileName) -> Self {
        Self {
            name,
            size: None,
            digests: Vec::new(),
            pieces: None,
            sources: Vec::new(),
            metaurls: Vec::new(),
            identity: None,
            version: None,
        }
    }

    /// Whether what is said of the file can be true, all of it.
    fn check(&self) -> Result<(), ManifestError> {
        let place = || Place::File(self.name.to_string());
        if let (Some(pieces), Some(size)) = (&self.pieces, self.size) {
            pieces.check_size(size).map_err(|error| ManifestError::Pieces { place: place(), error })?;
        }
        let algorithms: BTreeSet<_> = self.digests.iter().map(Digest::algorithm).collect();
        if algorithms.len() < self.digests.len() {
            return Err(ManifestError::Contradiction { place: place(), what: "the digest".to_owned() });
        }
        let bounds = [
            (self.sources.len(), limits::SOURCES_MAX, "sources"),
            (self.metaurls.len(), limits::METAURLS_MAX, "metaurls"),
        ];
        if let Some(&(_, max, what)) = bounds.iter().find(|(count, max, _)| count > max) {
            return Err(ManifestError::TooMany { place: place(), what, max });
        }
        let metaurls = self.metaurls.iter();
        let texts = metaurls
            .flat_map(|meta| [Some(&meta.url), Some(&meta.media_type), meta.name.as_ref()])
            .chain(self.sources.iter().map(|source| source.location.as_ref()))
            .chain([self.identity.as_ref(), self.version.as_ref()])
            .flatten();
        for text in texts {
            check_text(text, place)?;
        }
        Ok(())
    }
}

/// A text that survives a document: neither empty nor framed by blanks, which readers take off.
fn check_text(text: &str, place: impl Fn() -> Place) -> Result<(), ManifestError> {
    let wanted = "a short text of visible characters";
    let right = !text.is_empty()
        && text.trim() == text
        && text.chars().all(is_plain)
        && text.len() <= limits::XML_TEXT_BYTES_MAX;
    let value = || crate::text::shown(text);
    if right { Ok(()) } else { Err(ManifestError::Value { place: place(), value: value(), wanted }) }
}

impl Manifest {
    /// What is said of a file of this name: by its path, else by its name alone where only one file has it,
    /// else of the only file there is, whatever it is called by now.
    pub fn find(&self, name: &str) -> Option<&ManifestFile> {
        let base = name.rsplit('/').next().unwrap_or_default();
        let mut of_base = self.files.iter().filter(|file| file.name.base() == base);
        let exact = self.files.iter().find(|file| file.name.as_str() == name);
        exact
            .or_else(|| of_base.next().filter(|_| of_base.next().is_none()))
            .or_else(|| self.files.first().filter(|_| self.files.len() == 1))
    }

    /// Whether the manifest can be true and be written: called on what is read as on what is written.
    pub(crate) fn check(&self, place: Place) -> Result<(), ManifestError> {
        if self.files.is_empty() {
            return Err(ManifestError::Missing { place, what: "a file" });
        }
        if self.files.len() > limits::FILES_MAX {
            return Err(ManifestError::TooMany { place, what: "files", max: limits::FILES_MAX });
        }
        check_distinct(self.files.iter().map(|file| &file.name))
            .map_err(|error| ManifestError::Name { place, error })?;
        self.files.iter().try_for_each(ManifestFile::check)
    }
}

/// Brings sources into their order, takes repetitions out, and leaves the worst out where there are too many.
pub(crate) fn order_sources(sources: &mut Vec<ManifestSource>, notes: &mut Vec<Note>) {
    sources.sort_by_key(|source| source.priority);
    let mut seen = BTreeSet::new();
    sources.retain(|source| seen.insert(source.url.clone()));
    if sources.len() > limits::SOURCES_MAX {
        sources.truncate(limits::SOURCES_MAX);
        note(notes, Note::LeftOut { what: "mirrors", max: limits::SOURCES_MAX });
    }
}

/// A mirror's URL: http or https, and without credentials, which no publisher has to give.
pub(crate) fn source_url(text: &str) -> Result<RemoteName, Note> {
    let refused = |reason: String| Note::Source { reason };
    match RemoteName::parse(text) {
        Ok((url, None)) => Ok(url),
        Ok((url, Some(_))) => Err(refused(format!(
            "the source {} comes with a user name or password; publish it without",
            url.redacted()
        ))),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// A priority as both Metalinks write it.
pub(crate) fn priority(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|priority| (1..=ManifestSource::LEAST_PRIORITY).contains(priority))
}

/// A country as both Metalinks write it; anything else says nothing.
pub(crate) fn location(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
        .then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(url: &str, priority: u32) -> ManifestSource {
        ManifestSource { url: url.parse().unwrap(), priority, location: None }
    }

    #[test]
    fn sources_are_ordered_and_none_is_kept_twice() {
        let mut sources = vec![source("http://c/", 7), source("http://b/", 2), source("http://C/", 1)];
        sources.extend([source("http://a/", 2)]);
        let mut notes = Vec::new();
        order_sources(&mut sources, &mut notes);
        assert_eq!(sources, [source("http://c/", 1), source("http://b/", 2), source("http://a/", 2)]);
        assert_eq!(notes, []);
        let mut sources: Vec<_> = (1..=300).rev().map(|n| source(&format!("http://h/{n}"), n)).collect();
        order_sources(&mut sources, &mut notes);
        assert_eq!((sources.len(), sources[255].priority), (256, 256));
        assert_eq!(notes[0].to_string(), "only the first 256 mirrors are kept");
    }

    #[test]
    fn a_source_is_http_and_knows_no_password() {
        assert!(source_url("https://h/f").is_ok());
        for (url, reason) in [
            ("ftp://h/f", "ftp: is not supported in \"ftp://h/f\"; use http or https"),
            (
                "https://ada:secret@h/f?k=secret",
                "the source https://h/f?… comes with a user name or password; publish it without",
            ),
            ("rsync://h/f", "rsync: is not supported in \"rsync://h/f\"; use http or https"),
            ("../f", "\"../f\" is a path, and a URL like https://host/path is wanted here"),
        ] {
            assert_eq!(source_url(url).unwrap_err().to_string(), reason);
        }
    }

    #[test]
    fn a_file_is_found_by_what_it_may_be_called() {
        let manifest = |names: &[&str]| {
            let files = names.iter().map(|name| ManifestFile::new(name.parse().unwrap())).collect();
            Manifest { files, ..Manifest::default() }
        };
        let several = manifest(&["a/f", "b/f", "c/g"]);
        let found = |name| several.find(name).map(|file| file.name.as_str());
        assert_eq!(found("b/f"), Some("b/f"));
        assert_eq!((found("g"), found("elsewhere/g")), (Some("c/g"), Some("c/g")));
        assert_eq!((found("f"), found("h"), found("")), (None, None, None));
        assert_eq!(manifest(&["a.iso"]).find("a (1).iso").unwrap().name.as_str(), "a.iso");
    }

    #[test]
    fn a_manifest_that_cannot_be_true_is_refused() {
        let whole = || Place::Document(crate::Document::Metalink);
        let file = |name: &str| ManifestFile::new(name.parse().unwrap());
        let says = |file: ManifestFile| {
            let manifest = Manifest { files: vec![file], ..Manifest::default() };
            manifest.check(whole()).unwrap_err().to_string()
        };
        let pieces = Some(PieceHashes::new(1 << 20, vec![[0; 32]; 2]).unwrap());
        assert_eq!(
            says(ManifestFile { size: Some(10), pieces, ..file("a") }),
            "file \"a\": 2 piece hashes; 10 bytes in pieces of 1048576 have 1"
        );
        let digests = vec![Digest::Sha256([1; 32]), Digest::Sha256([2; 32])];
        assert_eq!(
            says(ManifestFile { digests, ..file("a") }),
            "file \"a\": the digest is given twice, and differently"
        );
        let version = Some("1\u{7}".to_owned());
        assert!(says(ManifestFile { version, ..file("a") }).contains("\"1\u{fffd}\" is not a short text"));
        assert_eq!(
            Manifest::default().check(whole()).unwrap_err().to_string(),
            "the Metalink: a file is missing"
        );
        let twice = Manifest { files: vec![file("a"), file("A")], ..Manifest::default() };
        assert!(twice.check(whole()).unwrap_err().to_string().contains("would be one file"));
    }
}
