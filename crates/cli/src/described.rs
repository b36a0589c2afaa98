//! Documents that describe files: the service reads them, and what they say becomes files of a job.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use bgcopy_api::core::limits::MIRRORS_PER_FILE;
use bgcopy_api::core::settings::Digest;
use bgcopy_api::core::{HashOfHashes, RemoteName};
use bgcopy_api::name::path_from_wire;
use bgcopy_api::settings::Proxy;
use bgcopy_api::{
    AddFile, Client, CreateJob, DescribedFile, DescribedSource, ManifestContent, ManifestKind, NewMirror,
    NewPieces, Patch, Pieces, ReadManifest,
};

use crate::args::transfer::Files;
use crate::console::Console;
use crate::destination::{IfExists, plan_described};
use crate::failure::Failure;
use crate::interrupt::{Waited, or_interrupt};
use crate::progress::json::Line;
use crate::request::{Surroundings, mirrors};

/// A document that is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// It is here.
    Path(PathBuf),
    /// It is at a URL.
    Url(String),
}

impl Document {
    fn request(&self) -> ReadManifest {
        match self {
            Self::Path(path) => ReadManifest::at(path),
            Self::Url(url) => ReadManifest::from(url.as_str()),
        }
    }
}

/// Without the query, which may be a signature.
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Url(url) => match url.parse::<RemoteName>() {
                Ok(name) => f.write_str(&name.redacted()),
                Err(_) => f.write_str(&bgcopy_api::core::name::redact_text(url)),
            },
        }
    }
}

/// How documents are fetched: as the files are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Way {
    /// Which proxy.
    pub(crate) proxy: Option<Proxy>,
    /// PEM of the authorities trusted besides the system's.
    pub(crate) extra_roots: Option<String>,
}

impl Way {
    /// That of a job.
    pub(crate) fn of(job: &CreateJob) -> Self {
        let extra_roots = match &job.settings.extra_roots {
            Patch::Set(roots) => Some(roots.clone()),
            Patch::Keep | Patch::Clear => None,
        };
        Self { proxy: job.settings.proxy.clone(), extra_roots }
    }
}

/// A service that reads documents, and a person who waits for it.
pub(crate) struct Reading<'a> {
    /// The service.
    pub(crate) client: &'a Client,
    /// How it fetches them.
    pub(crate) way: &'a Way,
    /// Where notes go.
    pub(crate) console: &'a mut Console,
    /// Where the person is.
    pub(crate) around: &'a Surroundings,
}

impl Reading<'_> {
    /// What a document says, of one file or of all. What in it is of no use is told.
    pub(crate) async fn read(
        &mut self,
        document: &Document,
        kind: Option<ManifestKind>,
        file: Option<&str>,
    ) -> Result<ManifestContent, Failure> {
        let mut wanted = ReadManifest { kind, file: file.map(str::to_owned), ..document.request() };
        if matches!(document, Document::Url(_)) {
            wanted.proxy.clone_from(&self.way.proxy);
            wanted.extra_roots.clone_from(&self.way.extra_roots);
        }
        let reading = self.client.read_manifest(&wanted);
        let Waited::Done(content) = or_interrupt(reading, (self.around.interrupt)()).await else {
            return Err(Failure::Interrupted);
        };
        let content = content?;
        for note in &content.notes {
            let message = format!("{document}: {note}");
            match self.console.json {
                true => self.console.print_json(&Line::Note { message: &message })?,
                false => self.console.note(&message)?,
            }
        }
        Ok(content)
    }

    /// The files that Metalinks describe, with where they go: beside those that are planned already.
    pub(crate) async fn files(
        &mut self,
        metalinks: &[Document],
        args: &Files,
        if_exists: IfExists,
        planned: &[AddFile],
    ) -> Result<Vec<AddFile>, Failure> {
        let mut taken: HashSet<PathBuf> = planned.iter().map(local_path).collect();
        let mut files = Vec::new();
        for metalink in metalinks {
            let content = self.read(metalink, Some(ManifestKind::Metalink), None).await?;
            check_for_one(args, content.files.len(), metalink)?;
            let mirrors = mirrors(&args.sources.mirror);
            let described = content.files.into_iter().map(|file| {
                let name = file.name.clone().unwrap_or_default();
                let request = request_of(&file, mirrors.clone());
                request.map(|request| (name.clone(), request)).ok_or_else(|| no_place(metalink, &name))
            });
            let (names, requests): (Vec<_>, Vec<_>) =
                described.collect::<Result<Vec<_>, Failure>>()?.into_iter().unzip();
            let (output, dir) = (args.output.as_deref(), args.dir.as_deref());
            let places = plan_described(&names, output, dir, &self.around.cwd, if_exists, &mut taken)?;
            files.extend(requests.into_iter().zip(places).map(|(request, local)| {
                let placed = request.at(&local);
                // What the person says beats what a document does.
                let digest = args.checksum.as_ref().map(ToString::to_string).or(placed.digest);
                AddFile { digest, ..placed }
            }));
        }
        Ok(files)
    }
}

fn local_path(file: &AddFile) -> PathBuf {
    path_from_wire(&file.local_name, file.local_name_bytes.as_ref())
}

fn check_for_one(args: &Files, count: usize, metalink: &Document) -> Result<(), Failure> {
    let for_one = [("--checksum", args.checksum.is_some()), ("--mirror", !args.sources.mirror.is_empty())];
    match for_one.iter().find(|(_, given)| *given && count > 1) {
        Some((option, _)) => Err(Failure::Usage(format!(
            "{option} speaks of one file, and the Metalink {metalink} describes {count}"
        ))),
        None => Ok(()),
    }
}

fn no_place(metalink: &Document, name: &str) -> Failure {
    Failure::Usage(format!(
        "the Metalink {metalink} says nowhere {name:?} can be fetched; give a place with --mirror URL"
    ))
}

/// The file as a job takes it, but for its place: from its best source, the others being mirrors behind those that
/// the person named. `None` where nobody says where it is.
fn request_of(file: &DescribedFile, named: Vec<NewMirror>) -> Option<AddFile> {
    let digest = strongest(&file.digests);
    let pieces = file.pieces.as_ref().map(kept);
    let sources = sources(file);
    let (first, others) = if sources.is_empty() {
        let mut named = named.into_iter();
        (named.next()?, named.collect::<Vec<_>>())
    } else {
        let mut sources = sources.into_iter();
        let first = sources.next()?;
        (first, named.into_iter().chain(sources).collect())
    };
    Some(AddFile {
        remote_name: first.url,
        offered: first.offered,
        digest,
        pieces: pieces.map(Box::new),
        expected_size: file.size,
        mirrors: others.into_iter().take(MIRRORS_PER_FILE).collect(),
        ..AddFile::default()
    })
}

/// Where a document says that a file is, the best first.
pub(crate) fn sources(file: &DescribedFile) -> Vec<NewMirror> {
    let sources = file.sources.iter();
    let mirror = |source: &DescribedSource| NewMirror {
        url: source.url.clone(),
        priority: Some(source.priority),
        offered: source.offered,
    };
    sources.map(mirror).collect()
}

/// The list of pieces that the service keeps, by its name.
pub(crate) fn kept(pieces: &Pieces) -> NewPieces {
    let name = <[u8; 32]>::try_from(pieces.hash_of_hashes.0.as_slice()).map(HashOfHashes);
    NewPieces {
        size: pieces.size,
        piece_size: pieces.piece_size,
        hashes: None,
        hash_of_hashes: name.ok().map(|name| name.to_string()),
        trusted: pieces.trusted,
    }
}

/// The digest that is hardest to forge.
pub(crate) fn strongest(digests: &[String]) -> Option<String> {
    let strength = |digest: &&String| match digest.parse() {
        Ok(Digest::Sha512(_)) => 2,
        Ok(Digest::Sha256(_)) => 1,
        Err(_) => 0,
    };
    digests.iter().filter(|digest| strength(digest) > 0).max_by_key(strength).cloned()
}

#[cfg(test)]
mod tests {
    use bgcopy_api::Base64;

    use super::*;

    fn described(urls: &[&str]) -> DescribedFile {
        let sources = urls.iter().zip(1..);
        DescribedFile {
            name: Some("f".to_owned()),
            size: Some(9),
            digests: vec![format!("sha-256={}", "0".repeat(64)), format!("sha-512={}", "0".repeat(128))],
            pieces: Some(Pieces {
                size: 9,
                piece_size: 1_024,
                hash_of_hashes: Base64(vec![0xa5; 32]),
                trusted: false,
            }),
            sources: sources
                .map(|(url, priority)| DescribedSource {
                    url: (*url).to_owned(),
                    priority,
                    location: None,
                    offered: priority == 1,
                })
                .collect(),
            identity: None,
            version: None,
        }
    }

    #[test]
    fn a_described_file_comes_from_its_best_source_with_everything_that_proves_it() {
        let named = mirrors(&["http://mine/f".to_owned()]);
        let request = request_of(&described(&["http://a/f", "http://b/f"]), named).unwrap();
        let mirrors: Vec<_> = request.mirrors.iter().map(|mirror| mirror.url.as_str()).collect();
        assert_eq!(
            (request.remote_name.as_str(), &mirrors[..]),
            ("http://a/f", &["http://mine/f", "http://b/f"][..])
        );
        // What a server named is asked as such, and what the person named is not.
        let offered: Vec<bool> = request.mirrors.iter().map(|mirror| mirror.offered).collect();
        assert_eq!((request.offered, offered), (true, vec![false, false]));
        assert!(request.digest.unwrap().starts_with("sha-512="));
        let pieces = request.pieces.unwrap();
        assert_eq!((pieces.hash_of_hashes, pieces.trusted), (Some("a5".repeat(32)), false));
        assert_eq!(request.expected_size, Some(9));
    }

    #[test]
    fn where_a_document_names_no_place_the_person_may() {
        let named = mirrors(&["http://mine/f".to_owned(), "http://other/f".to_owned()]);
        let request = request_of(&described(&[]), named).unwrap();
        assert_eq!((request.remote_name.as_str(), request.mirrors.len()), ("http://mine/f", 1));
        assert_eq!(request_of(&described(&[]), Vec::new()), None);
    }

    #[test]
    fn a_document_is_shown_without_what_may_be_secret() {
        assert_eq!(Document::Url("http://h/f.meta4?k=s3cret".to_owned()).to_string(), "http://h/f.meta4?…");
        assert_eq!(Document::Path("/srv/f.meta4".into()).to_string(), "/srv/f.meta4");
    }
}
