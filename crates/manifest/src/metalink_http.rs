//! Metalink/HTTP (RFC 6249): mirrors and descriptions of a file in the `Link` fields of an answer.
//!
//! ```text
//! Link: <http://www2.example.com/example.ext>; rel=duplicate; pri=1; pref; geo=gb; depth=1
//! Link: <http://example.com/example.ext.meta4>; rel=describedby; type="application/metalink4+xml"
//! ```
//!
//! Links never fail a transfer: what cannot be used costs a remark. And mirrors are nothing without a
//! digest of the whole file, which only [`HttpLinks::into_file`] joins them with: "If Instance Digests are
//! not provided by the Metalink servers, the Link header fields pertaining to this specification MUST be
//! ignored" (RFC 6249, 6).

use bgcopy_core::{Digest, RemoteName};

use crate::limits;
use crate::link::{Link, Links};
use crate::manifest::{ManifestFile, ManifestSource, MetaUrl, location, order_sources, priority, source_url};
use crate::metalink;
use crate::name::FileName;
use crate::note::{Note, note};
use crate::text::{is_plain, shown};

/// The media type of a torrent.
const TORRENT: &str = "application/x-bittorrent";

/// What the links of an answer say of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpLinks {
    /// Mirrors of the file, as the field has them.
    pub mirrors: Vec<Mirror>,
    /// Where more is said of it.
    pub descriptions: Vec<Description>,
    /// What was left out.
    pub notes: Vec<Note>,
}

/// Another place of the same file: `rel=duplicate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Where it is, and how gladly it is asked.
    pub source: ManifestSource,
    /// `pref`: it shares the rules by which entity tags are made, so that its tag is that of the origin
    /// (RFC 6249, 3.3).
    pub preferred: bool,
    /// `depth`: how many folders above the file are mirrored too (RFC 6249, 3.4).
    pub depth: Option<u32>,
}

/// A description of the file: `rel=describedby`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Where it is.
    pub url: RemoteName,
    /// What it is.
    pub kind: DescriptionKind,
    /// Which file in it (`name`), where it describes several.
    pub name: Option<String>,
    /// As in [`ManifestSource`].
    pub priority: u32,
}

/// What describes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionKind {
    /// A Metalink 4.
    Metalink,
    /// A torrent.
    Torrent,
    /// Another media type, a signature for example; empty where none is told.
    Other(String),
}

impl DescriptionKind {
    fn of(media_type: &str) -> Self {
        // Parameters of the media type say nothing here.
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            metalink::MEDIA_TYPE => Self::Metalink,
            TORRENT => Self::Torrent,
            _ => Self::Other(shown(&essence)),
        }
    }

    fn media_type(&self) -> &str {
        match self {
            Self::Metalink => metalink::MEDIA_TYPE,
            Self::Torrent => TORRENT,
            Self::Other(other) => other,
        }
    }
}

/// Reads the `Link` fields of an answer, all lines of them. `request` is the URL that was asked last, after
/// redirects: relative links are relative to it (RFC 8288, 3.1).
pub fn read<'a>(request: &RemoteName, lines: impl IntoIterator<Item = &'a str>) -> HttpLinks {
    let mut found = HttpLinks::default();
    let links = lines.into_iter().flat_map(Links::new);
    for (index, link) in links.enumerate() {
        if index == limits::LINKS_MAX {
            note(&mut found.notes, Note::LeftOut { what: "links", max: limits::LINKS_MAX });
            break;
        }
        match link {
            Ok(link) => found.add(request, &link),
            Err(text) => {
                let reason = format!("{:?} is no link; write it like <URL>; rel=duplicate", shown(text));
                note(&mut found.notes, Note::Link { reason });
            }
        }
    }
    found
}

impl HttpLinks {
    /// The Metalink that describes the file best, if any does.
    pub fn metalink(&self) -> Option<&Description> {
        let metalinks = self.descriptions.iter().filter(|found| found.kind == DescriptionKind::Metalink);
        metalinks.min_by_key(|found| found.priority)
    }

    /// The same in the words of all formats; `None` without a digest, which makes mirrors worthless.
    pub fn into_file(self, name: FileName, size: Option<u64>, digests: Vec<Digest>) -> Option<ManifestFile> {
        if digests.is_empty() {
            return None;
        }
        let mut sources: Vec<_> = self.mirrors.into_iter().map(|mirror| mirror.source).collect();
        order_sources(&mut sources, &mut Vec::new());
        let metaurls = self.descriptions.into_iter().filter(|found| !found.kind.media_type().is_empty());
        let metaurls = metaurls.take(limits::METAURLS_MAX).map(|found| MetaUrl {
            url: found.url.as_str().to_owned(),
            media_type: found.kind.media_type().to_owned(),
            name: found.name,
            priority: found.priority,
        });
        let metaurls = metaurls.collect();
        Some(ManifestFile { size, digests, sources, metaurls, ..ManifestFile::new(name) })
    }

    fn add(&mut self, request: &RemoteName, link: &Link<'_>) {
        let (is_mirror, is_description) = (link.is("duplicate"), link.is("describedby"));
        // A link with an anchor speaks of something else (RFC 8288, 3.2).
        if !(is_mirror || is_description) || link.parameter("anchor").is_some() {
            return;
        }
        let url = match target(request, link.target) {
            Ok(url) => url,
            Err(refused) => return note(&mut self.notes, refused),
        };
        let priority = self.priority(link);
        if is_description {
            let kind = DescriptionKind::of(link.parameter("type").unwrap_or_default());
            let name = link.parameter("name").map(str::trim);
            let name = name.filter(|name| !name.is_empty() && name.chars().all(is_plain)).map(str::to_owned);
            self.descriptions.push(Description { url: url.clone(), kind, name, priority });
        }
        if is_mirror {
            let location = link.parameter("geo").and_then(location);
            let preferred = link.parameter("pref").is_some();
            let depth = link.parameter("depth").and_then(|depth| depth.parse().ok());
            let source = ManifestSource { url, priority, location };
            self.mirrors.push(Mirror { source, preferred, depth });
        }
    }

    /// `pri` (RFC 6249, 3.1). One that is none counts as the least: the link is still good.
    fn priority(&mut self, link: &Link<'_>) -> u32 {
        let Some(text) = link.parameter("pri") else { return ManifestSource::LEAST_PRIORITY };
        priority(text).unwrap_or_else(|| {
            let reason = format!("pri {:?} is not a number from 1 (the best) to 999999", shown(text));
            note(&mut self.notes, Note::Link { reason });
            ManifestSource::LEAST_PRIORITY
        })
    }
}

fn target(request: &RemoteName, target: &str) -> Result<RemoteName, Note> {
    if target.contains("://") {
        return source_url(target);
    }
    match request.url().join(target) {
        Ok(url) => source_url(url.as_str()),
        Err(error) => Err(Note::Link { reason: format!("{:?} is no URL ({error})", shown(target)) }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::mutate;

    /// RFC 6249, 1.1, with the parameters of its sections 3 and 4.
    const RFC: [&str; 5] = [
        "<http://www2.example.com/example.ext>; rel=duplicate; pri=1; pref; geo=gb; depth=1",
        "<ftp://ftp.example.com/example.ext>; rel=duplicate",
        "<http://example.com/example.ext.torrent>; rel=describedby; type=\"application/x-bittorrent\"; name=\"differentname.ext\"",
        "<http://example.com/example.ext.meta4>; rel=describedby; type=\"application/metalink4+xml\", <mirror/example.ext>; rel=\"duplicate\"; pri=2",
        "<http://example.com/example.ext.asc>; rel=describedby; type=\"application/pgp-signature\", </style.css>; rel=stylesheet",
    ];

    fn request() -> RemoteName {
        "https://example.com/pub/example.ext?x=1".parse().unwrap()
    }

    fn notes(links: &HttpLinks) -> Vec<String> {
        links.notes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_example_of_the_rfc_is_read() {
        let links = read(&request(), RFC);
        let [far, near] = links.mirrors.as_slice() else { panic!("{links:?}") };
        assert_eq!(far.source.url.as_str(), "http://www2.example.com/example.ext");
        assert_eq!((far.source.priority, far.source.location.as_deref()), (1, Some("gb")));
        assert_eq!((far.preferred, far.depth), (true, Some(1)));
        assert_eq!(near.source.url.as_str(), "https://example.com/pub/mirror/example.ext");
        assert_eq!((near.source.priority, near.preferred, near.depth), (2, false, None));
        let kinds: Vec<_> = links.descriptions.iter().map(|found| found.kind.clone()).collect();
        let signature = DescriptionKind::Other("application/pgp-signature".to_owned());
        assert_eq!(kinds, [DescriptionKind::Torrent, DescriptionKind::Metalink, signature]);
        assert_eq!(links.descriptions[0].name.as_deref(), Some("differentname.ext"));
        assert_eq!(links.metalink().unwrap().url.as_str(), "http://example.com/example.ext.meta4");
        assert_eq!(
            notes(&links),
            ["ftp: is not supported in \"ftp://ftp.example.com/example.ext\"; use http or https"]
        );
    }

    #[test]
    fn mirrors_without_a_digest_are_ignored() {
        let name = || "example.ext".parse::<FileName>().unwrap();
        assert_eq!(read(&request(), RFC).into_file(name(), Some(7), vec![]), None);
        let file = read(&request(), RFC).into_file(name(), Some(7), vec![Digest::Sha256([7; 32])]).unwrap();
        assert_eq!((file.size, file.sources.len(), file.metaurls.len()), (Some(7), 2, 3));
        assert_eq!(file.metaurls[0].name.as_deref(), Some("differentname.ext"));
    }

    #[test]
    fn a_better_metalink_goes_first() {
        let links = [
            "<a.meta4>; rel=describedby; type=application/metalink4+xml; pri=5",
            "<b.meta4>; rel=describedby; type=\"Application/Metalink4+XML; charset=utf-8\"; pri=2",
        ];
        assert_eq!(
            read(&request(), links).metalink().unwrap().url.as_str(),
            "https://example.com/pub/b.meta4"
        );
        assert_eq!(read(&request(), []).metalink(), None);
    }

    #[test]
    fn what_is_of_no_use_costs_a_remark_and_nothing_else() {
        let links = [
            "nonsense",
            "<http://[>; rel=duplicate",
            "<http://a/>; rel=duplicate; anchor=\"#other\"",
            "<http://a/>; rel=duplicate; pri=0; geo=europe; depth=-1",
            "<javascript:alert(1)>; rel=duplicate",
            "<http://u:secret@a/>; rel=duplicate",
        ];
        let found = read(&request(), links);
        let [mirror] = found.mirrors.as_slice() else { panic!("{found:?}") };
        assert_eq!((mirror.source.priority, &mirror.source.location, mirror.depth), (999_999, &None, None));
        let notes = notes(&found);
        assert_eq!(notes.len(), 5, "{notes:?}");
        assert!(notes[0].starts_with("Link: \"nonsense\" is no link; write it like"), "{notes:?}");
        assert!(notes[2].starts_with("Link: pri \"0\" is not a number"), "{notes:?}");
        assert!(!notes.iter().any(|note| note.contains("secret")), "{notes:?}");
    }

    #[test]
    fn links_without_end_are_cut_off() {
        let line = (0..1_000).map(|n| format!("</{n}>; rel=duplicate")).collect::<Vec<_>>().join(",");
        let found = read(&request(), [line.as_str()]);
        assert_eq!(found.mirrors.len(), limits::LINKS_MAX);
        assert_eq!(notes(&found), ["only the first 256 links are kept"]);
    }

    proptest! {
        #[test]
        fn no_mended_field_panics(changes in mutate(), line in 0..RFC.len()) {
            let line = String::from_utf8_lossy(&changes.apply(RFC[line].as_bytes())).into_owned();
            let found = read(&request(), [line.as_str()]);
            let file = found.into_file("f".parse().unwrap(), None, vec![Digest::Sha256([0; 32])]).unwrap();
            prop_assert!(file.sources.iter().all(|source| source.url.as_str().starts_with("http")));
        }
    }
}
