//! What publishers say, for who wants to see it or make a job of it: a document that is here or elsewhere, read,
//! and its piece hashes kept so that a job can name them.

use std::ops::ControlFlow;
use std::sync::Arc;

use bgcopy_api::manifest::read::{DescribedFile, DescribedSource, DocumentPlace, ManifestContent, ReadDraft};
use bgcopy_api::{Pieces, Reply};
use bgcopy_core::settings::TlsSettings;
use bgcopy_core::{
    Code, Digest, Fault, LocalName, ManifestKind, Owner, PieceHashes, PieceList, Refusal, RemoteName,
};
use bgcopy_disk::{LocalFile, Rights};
use bgcopy_http::{Http, Options};
use bgcopy_manifest::limits::{DOCUMENT_BYTES_MAX, NOTES_MAX};
use bgcopy_manifest::{Document, Manifest, ManifestError, ManifestFile, Place, metalink, phf, sums};

use super::{Manifests, permit, refused};
use crate::document::{self, Fetched, Room, document_of};
use crate::lists::Lists;
use crate::places::Scope;
use crate::rights::of_owner;
use crate::transfer::blocking;

/// For whom a document is read, and with what.
pub(crate) struct Reader {
    pub(crate) scope: Scope,
    pub(crate) owner: Owner,
    pub(crate) http: Http,
    pub(crate) lists: Arc<Lists>,
    /// For large documents.
    pub(crate) room: Arc<Room>,
}

impl Manifests {
    /// Reads a document. One that is fetched counts against its user like one that is read: a slow server holds
    /// up nobody else.
    pub(crate) async fn read_document(&self, reader: Reader, wanted: ReadDraft) -> Reply<ManifestContent> {
        match wanted.place.clone() {
            DocumentPlace::Local(name) => {
                let Reader { scope, owner, lists, .. } = reader;
                self.read(owner, move |unwanted| {
                    let rights = of_owner(scope, owner).map_err(refused)?;
                    let lists = Shelf { owner, lists };
                    let text = read_local(&rights, &name, &wanted, || unwanted.is_cancelled())?;
                    wanted.content(&text, true, &lists).map_err(|error| unusable(&name, error))
                })
                .await
            }
            DocumentPlace::Remote { url, proxy, extra_roots } => {
                let _turn = permit(self.threads_of(reader.owner)).await?;
                let tls = TlsSettings { extra_roots, client_certificate: None };
                let options = Options {
                    partition: u64::from(reader.owner.0),
                    keeps_off_this_machine: reader.scope == Scope::Machine && reader.owner != Owner::ROOT,
                    proxy,
                    tls,
                    ..Options::default()
                };
                let kind = wanted.kind.map_or(Document::Metalink, document_of);
                let fetching =
                    document::fetch(&reader.http, &url, kind, Arc::new(options), false, &reader.room);
                let fetched = fetching.await.map_err(|fault| unfetched(&url, &fault))?;
                let Reader { lists, http, owner, .. } = reader;
                blocking(move || {
                    let lists = Shelf { owner, lists };
                    let Fetched { text, secure, names_private, place: _place } = &fetched;
                    let content = wanted.content(text, *secure, &lists);
                    let mut content = content.map_err(|error| unusable(&url.redacted(), error))?;
                    if !*names_private {
                        leave_out_private(&mut content, &http);
                        let files = content.files.iter_mut();
                        files.flat_map(|file| &mut file.sources).for_each(|source| source.offered = true);
                    }
                    Ok(content)
                })
                .await
            }
        }
    }
}

/// Where the lists of a document are kept, and for whom.
struct Shelf {
    owner: Owner,
    lists: Arc<Lists>,
}

impl Shelf {
    fn keep(&self, pieces: &PieceHashes, size: u64, trusted: bool) -> std::io::Result<PieceList> {
        self.lists.keep(self.owner, pieces, size, trusted)
    }
}

/// Why a document says nothing.
enum Unusable {
    /// It is wrong.
    Wrong(ManifestError),
    /// It needs to be said which file is meant.
    WhichFile,
    /// Its piece hashes cannot be kept.
    Unkept(std::io::Error),
}

impl From<ManifestError> for Unusable {
    fn from(error: ManifestError) -> Self {
        Self::Wrong(error)
    }
}

/// What a document says to who wants it.
trait Content {
    fn content(&self, text: &[u8], secure: bool, lists: &Shelf) -> Result<ManifestContent, Unusable>;
}

impl Content for ReadDraft {
    fn content(&self, text: &[u8], secure: bool, lists: &Shelf) -> Result<ManifestContent, Unusable> {
        let kind = self.kind.unwrap_or_else(|| guessed(text));
        if let Some(digest) = &self.digest {
            document_of(kind).check_digest(text, digest)?;
        }
        if self.hash_of_hashes.is_some() && kind != ManifestKind::Phf {
            let reason = format!("it is a {}, which HashOfHashes says nothing about", document_of(kind));
            let document = Document::PieceHashFile;
            return Err(ManifestError::OtherDocument { document, reason }.into());
        }
        let trusted = secure || self.digest.is_some() || self.hash_of_hashes.is_some();
        let empty = ManifestContent { kind, trusted, files: Vec::new(), origin: None, notes: Vec::new() };
        match kind {
            ManifestKind::Sums => {
                let name = self.file.clone().ok_or(Unusable::WhichFile)?;
                let digests = vec![sums::digest_of(text, &name)?.to_string()];
                let file = DescribedFile { digests, ..nameless(Some(name)) };
                Ok(ManifestContent { files: vec![file], ..empty })
            }
            ManifestKind::Phf => {
                let hash_of_hashes = self.hash_of_hashes.map(|root| root.0);
                let read = phf::read(text, &phf::Expected { hash_of_hashes, ..phf::Expected::default() })?;
                let list = lists.keep(&read.pieces, read.size, trusted).map_err(Unusable::Unkept)?;
                let file = DescribedFile {
                    size: Some(read.size),
                    pieces: Some(Pieces::from(&list)),
                    ..nameless(None)
                };
                Ok(ManifestContent { files: vec![file], ..empty })
            }
            ManifestKind::Metalink => {
                let read = metalink::read(text)?;
                let files = wanted_files(&read, self.file.as_deref())?;
                let files: Result<_, _> =
                    files.into_iter().map(|file| described(file, trusted, lists)).collect();
                Ok(ManifestContent {
                    files: files.map_err(Unusable::Unkept)?,
                    origin: read.origin.as_ref().map(|origin| origin.url.as_str().to_owned()),
                    notes: read.notes.iter().map(ToString::to_string).collect(),
                    ..empty
                })
            }
        }
    }
}

/// Leaves out the places that lead into this machine or a private network: whoever reads the document takes them
/// for his own, and a public server must not send him there (faults C06).
fn leave_out_private(content: &mut ManifestContent, http: &Http) {
    let mut left_out = Vec::new();
    for file in &mut content.files {
        file.sources.retain(|source| {
            let inside = source.url.parse().ok().filter(|url: &RemoteName| http.leads_inside(url));
            left_out.extend(inside.iter().map(RemoteName::redacted));
            inside.is_none()
        });
    }
    left_out.truncate(NOTES_MAX.saturating_sub(content.notes.len()));
    let note = |url| format!("the source {url} lies in a private network, and a public server names it");
    content.notes.extend(left_out.into_iter().map(note));
}

fn guessed(text: &[u8]) -> ManifestKind {
    match Document::guess(text) {
        Document::Sums => ManifestKind::Sums,
        Document::PieceHashFile => ManifestKind::Phf,
        Document::Metalink => ManifestKind::Metalink,
    }
}

const fn nameless(name: Option<String>) -> DescribedFile {
    let (size, pieces, identity, version) = (None, None, None, None);
    DescribedFile { name, size, digests: Vec::new(), pieces, sources: Vec::new(), identity, version }
}

fn wanted_files<'a>(
    read: &'a Manifest,
    wanted: Option<&str>,
) -> Result<Vec<&'a ManifestFile>, ManifestError> {
    let Some(name) = wanted else { return Ok(read.files.iter().collect()) };
    match read.find(name) {
        Some(file) => Ok(vec![file]),
        None => Err(ManifestError::Missing {
            place: Place::File(name.to_owned()),
            what: "an entry of the Metalink",
        }),
    }
}

fn described(file: &ManifestFile, trusted: bool, lists: &Shelf) -> std::io::Result<DescribedFile> {
    let source = |source: &bgcopy_manifest::ManifestSource| DescribedSource {
        url: source.url.as_str().to_owned(),
        priority: source.priority,
        location: source.location.clone(),
        offered: false,
    };
    Ok(DescribedFile {
        name: Some(file.name.as_str().to_owned()),
        size: file.size,
        digests: file.digests.iter().map(Digest::to_string).collect(),
        pieces: kept(file, trusted, lists)?.as_ref().map(Pieces::from),
        sources: file.sources.iter().map(source).collect(),
        identity: file.identity.clone(),
        version: file.version.clone(),
    })
}

/// Keeps the hashes of a file, where they say more than its digest does: a Metalink may have thousands of files of
/// one piece each, and a list of one line for each would cost a file of ours.
fn kept(file: &ManifestFile, trusted: bool, lists: &Shelf) -> std::io::Result<Option<PieceList>> {
    let (Some(pieces), Some(size)) = (&file.pieces, file.size) else { return Ok(None) };
    if pieces.hashes().len() < 2 && !file.digests.is_empty() {
        return Ok(None);
    }
    lists.keep(pieces, size, trusted).map(Some)
}

fn read_local(
    rights: &Rights,
    name: &LocalName,
    wanted: &ReadDraft,
    unwanted: impl Fn() -> bool,
) -> Reply<Vec<u8>> {
    let file = LocalFile::open(rights, name).map_err(refused)?;
    let size = usize::try_from(file.size()).unwrap_or(usize::MAX);
    if size > DOCUMENT_BYTES_MAX {
        let document = wanted.kind.map_or(Document::Metalink, document_of);
        let error = ManifestError::TooLarge { document, bytes: size, max: DOCUMENT_BYTES_MAX };
        return Err(unusable(name, error.into()));
    }
    let watch = |_: u64| if unwanted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    // Nobody is there to hear of the end.
    file.read(watch).map_err(refused)?.ok_or(Refusal::ShuttingDown)
}

fn unusable(place: &impl std::fmt::Display, error: Unusable) -> Refusal {
    match error {
        Unusable::Wrong(error) => {
            Refusal::Destination { reason: format!("{place}: {error}"), code: Code::ValidationFailed }
        }
        Unusable::WhichFile => {
            let reason = format!("is needed: {place} is a list of digests, which is searched for it");
            Refusal::InvalidArgument { argument: "file", reason }
        }
        Unusable::Unkept(error) => {
            let reason = format!("the piece hashes of {place} cannot be kept: {error}");
            Refusal::Destination { reason, code: Code::StoreFailed }
        }
    }
}

fn unfetched(url: &RemoteName, fault: &Fault) -> Refusal {
    Refusal::Destination { reason: format!("{}: {}", url.redacted(), fault.detail), code: fault.code }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bgcopy_api::manifest::read::ReadManifest;
    use bgcopy_core::HashOfHashes;
    use bgcopy_http::HttpConfig;
    use bgcopy_manifest::{ManifestSource, hash_of_hashes};
    use bgcopy_testkit::{Origin, Reply as Served, RequestHead};

    use super::*;

    const DIGEST: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

    struct Desk {
        folder: tempfile::TempDir,
        lists: Arc<Lists>,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let lists = Arc::new(Lists::open(folder.path().join("lists")).unwrap());
            Self { folder, lists }
        }

        fn write(&self, name: &str, text: impl AsRef<[u8]>) -> ReadManifest {
            let path = self.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            ReadManifest::at(&path)
        }

        async fn read(&self, wanted: ReadManifest) -> Reply<ManifestContent> {
            self.read_by(Http::new(HttpConfig::default()), wanted).await
        }

        async fn read_by(&self, http: Http, wanted: ReadManifest) -> Reply<ManifestContent> {
            let (scope, owner, lists) = (Scope::User, Owner(1_000), self.lists.clone());
            let reader = Reader { scope, owner, http, lists, room: Arc::default() };
            Manifests::default().read_document(reader, ReadDraft::try_from(wanted).unwrap()).await
        }

        /// What is told instead of reading this, without the folder's name.
        async fn refusal(&self, wanted: ReadManifest) -> (String, String) {
            let refusal = self.read(wanted).await.unwrap_err();
            let folder = format!("{}/", self.folder.path().display());
            (refusal.word().to_owned(), refusal.to_string().replace(&folder, ""))
        }
    }

    fn pieces(count: usize) -> PieceHashes {
        PieceHashes::new(1_024, vec![[1; 32]; count]).unwrap()
    }

    fn two_files() -> String {
        let url = "http://h/pub/big.iso".parse().unwrap();
        let big = ManifestFile {
            size: Some(2_000),
            digests: vec![Digest::Sha256([2; 32])],
            pieces: Some(pieces(2)),
            sources: vec![ManifestSource { url, priority: 3, location: Some("de".to_owned()) }],
            version: Some("1.0".to_owned()),
            ..ManifestFile::new("pub/big.iso".parse().unwrap())
        };
        let small = ManifestFile {
            size: Some(10),
            digests: vec![Digest::Sha256([3; 32])],
            pieces: Some(pieces(1)),
            ..ManifestFile::new("small".parse().unwrap())
        };
        metalink::write(&Manifest { files: vec![big, small], ..Manifest::default() }).unwrap()
    }

    #[tokio::test]
    async fn a_metalink_tells_of_all_its_files_and_its_piece_hashes_are_kept() {
        let desk = Desk::new();
        let content = desk.read(desk.write("f.meta4", two_files())).await.unwrap();
        assert_eq!((content.kind, content.trusted), (ManifestKind::Metalink, true));
        let [big, small] = content.files.as_slice() else { panic!("{content:?}") };
        assert_eq!((big.name.as_deref(), big.size), (Some("pub/big.iso"), Some(2_000)));
        assert_eq!(big.digests, [format!("sha-256={}", "02".repeat(32))]);
        assert_eq!((big.sources[0].url.as_str(), big.sources[0].priority), ("http://h/pub/big.iso", 3));
        assert_eq!(big.version.as_deref(), Some("1.0"));
        let told = big.pieces.as_ref().unwrap();
        let root = HashOfHashes(hash_of_hashes(&pieces(2)));
        assert_eq!(told.hash_of_hashes.0, root.0);
        let list = PieceList { size: 2_000, piece_size: 1_024, hash_of_hashes: root, trusted: true };
        assert_eq!(desk.lists.load(&list).unwrap(), Some(pieces(2)));
        // One piece proves no more than the digest.
        assert_eq!((small.name.as_deref(), &small.pieces), (Some("small"), &None));
    }

    #[tokio::test]
    async fn one_file_is_told_of_alone_where_only_that_is_wanted() {
        let desk = Desk::new();
        let of = |file: &str| ReadManifest { file: Some(file.to_owned()), ..desk.write("f", two_files()) };
        let content = desk.read(of("elsewhere/big.iso")).await.unwrap();
        assert_eq!(content.files.len(), 1);
        assert_eq!(
            desk.refusal(of("other")).await,
            (
                "validation-failed".to_owned(),
                "f: file \"other\": an entry of the Metalink is missing".to_owned()
            )
        );
    }

    #[tokio::test]
    async fn a_document_is_known_by_what_is_in_it() {
        let desk = Desk::new();
        let content = desk.read(desk.write("f", phf::write(2_000, &pieces(2)).unwrap())).await.unwrap();
        assert_eq!((content.kind, content.files[0].name.as_deref()), (ManifestKind::Phf, None));
        assert_eq!(content.files[0].size, Some(2_000));
        let list = format!("{DIGEST}  a/f.iso\n");
        let wanted = ReadManifest { file: Some("f.iso".to_owned()), ..desk.write("SUMS", &list) };
        let content = desk.read(wanted).await.unwrap();
        assert_eq!(content.files[0].digests, [format!("sha-256={DIGEST}")]);
        assert_eq!(
            desk.refusal(desk.write("SUMS", &list)).await,
            (
                "invalid-argument".to_owned(),
                "file is needed: SUMS is a list of digests, which is searched for it".to_owned()
            )
        );
    }

    #[tokio::test]
    async fn a_document_that_is_fetched_is_trusted_as_far_as_it_is_bound() {
        let text = phf::write(2_000, &pieces(2)).unwrap();
        let origin = Origin::start(move |_: &RequestHead| Served::status(200).body(text.clone())).await;
        let desk = Desk::new();
        let wanted = ReadManifest::from(origin.url("/f.phf"));
        let content = desk.read(wanted.clone()).await.unwrap();
        assert!(!content.trusted && !content.files[0].pieces.as_ref().unwrap().trusted);
        let root = HashOfHashes(hash_of_hashes(&pieces(2))).to_string();
        let bound = ReadManifest { hash_of_hashes: Some(root), ..wanted };
        assert!(desk.read(bound).await.unwrap().trusted);
    }

    #[tokio::test]
    async fn a_hash_of_hashes_binds_no_other_document() {
        let desk = Desk::new();
        let root = Some(HashOfHashes([1; 32]).to_string());
        let wanted = ReadManifest { hash_of_hashes: root, ..desk.write("f", two_files()) };
        assert_eq!(
            desk.refusal(wanted).await.1,
            "f: this is no piece hash file: it is a Metalink, which HashOfHashes says nothing about"
        );
    }

    #[tokio::test]
    async fn c06_a_public_server_names_no_place_inside() {
        let source = |url: &str| ManifestSource { url: url.parse().unwrap(), priority: 1, location: None };
        let sources = vec![source("http://192.168.1.1/reboot?now"), source("https://m.example/f")];
        let file = ManifestFile { sources, ..ManifestFile::new("f".parse().unwrap()) };
        let text = metalink::write(&Manifest { files: vec![file], ..Manifest::default() }).unwrap();
        let origin = Origin::start(move |_: &RequestHead| Served::status(200).body(text.clone())).await;
        let (desk, wanted) = (Desk::new(), ReadManifest::from(origin.url("/f.meta4")));
        let public = vec!["127.0.0.1".parse().unwrap()];
        let http = Http::new(HttpConfig { public_addresses: public, ..HttpConfig::default() });
        let content = desk.read_by(http, wanted.clone()).await.unwrap();
        let urls: Vec<_> = content.files[0].sources.iter().map(|source| source.url.as_str()).collect();
        assert_eq!(urls, ["https://m.example/f"]);
        assert!(content.files[0].sources[0].offered, "its name may lead inside all the same");
        assert_eq!(
            content.notes,
            [
                "the source http://192.168.1.1/reboot?… lies in a private network, and a public server names it"
            ]
        );
        // Who lies inside may name what lies inside.
        let inside = desk.read(wanted).await.unwrap().files.remove(0).sources;
        assert_eq!((inside.len(), inside.iter().any(|source| source.offered)), (2, false));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused_by_its_place() {
        let desk = Desk::new();
        let says = |what: (String, String)| format!("{}: {}", what.0, what.1);
        assert_eq!(
            says(desk.refusal(ReadManifest::at(&desk.folder.path().join("none"))).await),
            "path-not-found: cannot open none: No such file or directory"
        );
        let large = desk.folder.path().join("large.meta4");
        std::fs::File::create(&large).unwrap().set_len(300_000_000).unwrap();
        assert_eq!(
            says(desk.refusal(ReadManifest::at(&large)).await),
            "validation-failed: large.meta4: the Metalink has 300000000 bytes; at most 33554432 are read"
        );
        let entities = "<!DOCTYPE m [<!ENTITY a 'aaaa'>]><metalink>&a;</metalink>";
        let refusal = desk.refusal(desk.write("x.meta4", entities)).await;
        assert!(refusal.1.starts_with("x.meta4: line 1 of the Metalink"), "{refusal:?}");
        let origin = Origin::start(|_: &RequestHead| Served::status(404).body("")).await;
        let refusal = desk.read(ReadManifest::from(origin.url("/f.meta4?signature"))).await.unwrap_err();
        let Refusal::Destination { reason, code } = refusal else { panic!("{refusal}") };
        assert_eq!(code, Code::Http(404));
        assert!(reason.starts_with(&origin.url("/f.meta4?…")) && !reason.contains("signature"), "{reason}");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_keep_lists_is_named() {
        let desk = Desk::new();
        std::fs::remove_dir(Path::new(&desk.folder.path().join("lists"))).unwrap();
        let refusal = desk.refusal(desk.write("f.phf", phf::write(2_000, &pieces(2)).unwrap())).await;
        assert_eq!(refusal.0, "store-failed");
        assert!(refusal.1.starts_with("the piece hashes of f.phf cannot be kept"), "{refusal:?}");
    }
}
