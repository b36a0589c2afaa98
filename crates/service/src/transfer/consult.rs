//! Reading what the publisher of a file says of it, before or while it comes.
//!
//! What a document says is trusted as far as the way it came: over https all the way, or with a digest or hash of
//! hashes that the client gave. One that a server offered is trusted only if that offer came over https as well.
//! Untrusted hashes are verified just the same; they only prove less (design.md "Trust").
//!
//! Places that a document names are held to the rule for redirects (faults C06) unless its own server lies in a
//! private network: the client named the document, and not what is in it.

use std::sync::Arc;

use bgcopy_core::{
    Code, Digest, ErrorContext, Fault, HashOfHashes, LocalName, ManifestKind, ManifestRef, Mirror, Owner,
    PieceHashes, PieceList, Promise, RemoteName,
};
use bgcopy_http::{Http, Options};
use bgcopy_manifest::{Document, Manifest, ManifestError, metalink, phf, sums};
use percent_encoding::percent_decode_str;

use super::blocking;
use super::promise::{mirror_of, preferred};
use crate::document::{self, Documents, Fetched, document_of, is_secure, unreadable};
use crate::lists::Lists;

/// What is needed to consult a document about a file.
pub(super) struct Consultation {
    pub(super) http: Http,
    /// What the job says about its requests.
    pub(super) options: Arc<Options>,
    /// The file.
    pub(super) remote_name: RemoteName,
    pub(super) local_name: LocalName,
    pub(super) lists: Arc<Lists>,
    /// What other files of the job consulted a moment ago.
    pub(super) documents: Arc<Documents>,
    /// What the origin names is held to the rule for redirects.
    pub(super) held_to_rule: bool,
}

impl Consultation {
    /// Fetches the document and reads what it says of the file.
    pub(super) async fn hold(self, wanted: ManifestRef) -> Result<Promise, Fault> {
        let offered = wanted.offered && self.held_to_rule;
        let options = self.options_for(&wanted.url);
        let kind = document_of(wanted.kind);
        let room = &self.documents.room;
        let fetch = document::fetch(&self.http, &wanted.url, kind, options, offered, room);
        // What a server offers speaks of one file.
        let document = match wanted.offered {
            true => Arc::new(fetch.await?),
            false => self.documents.fetched(&wanted.url, fetch).await?,
        };
        // A large document takes a while to read, and its list is written to the disk.
        blocking(move || self.read(&wanted, &document)).await
    }

    /// What the server of a document may see: that of the file sees what the job says, others do not (faults C03,
    /// C04).
    fn options_for(&self, document: &RemoteName) -> Arc<Options> {
        if document.origin() == self.remote_name.origin() {
            self.options.clone()
        } else {
            Arc::new(self.options.for_strangers())
        }
    }

    fn read(&self, wanted: &ManifestRef, document: &Fetched) -> Result<Promise, Fault> {
        let refused = |error: ManifestError| unreadable(&wanted.url, &error);
        let said = self.what_it_says(wanted, &document.text).map_err(refused)?;
        let by_root = wanted.kind == ManifestKind::Phf && wanted.hash_of_hashes.is_some();
        let bound = wanted.digest.is_some() || by_root;
        let honest_offer =
            !wanted.offered || is_secure(&self.remote_name, &self.remote_name, self.options.security_flags);
        let trusted = bound || document.secure && honest_offer;
        let pieces = self.keep(&said, trusted).map_err(|error| unkept(&wanted.url, &error))?;
        let mut promise = Promise { size: said.size, digest: said.digest, pieces, ..Promise::default() };
        promise.mirrors = said
            .mirrors
            .into_iter()
            .filter(|mirror| mirror.url != self.remote_name)
            .map(|mirror| Mirror { offered: !document.names_private, ..mirror })
            .collect();
        Ok(promise)
    }

    fn what_it_says(&self, wanted: &ManifestRef, text: &[u8]) -> Result<Said, ManifestError> {
        if let Some(digest) = &wanted.digest {
            document_of(wanted.kind).check_digest(text, digest)?;
        }
        match wanted.kind {
            ManifestKind::Sums => {
                let digest = self.digest_in(&wanted.url, text)?;
                Ok(Said { digest: Some(digest), ..Said::default() })
            }
            ManifestKind::Phf => {
                let hash_of_hashes = wanted.hash_of_hashes.map(|HashOfHashes(bytes)| bytes);
                let expected = phf::Expected { hash_of_hashes, ..phf::Expected::default() };
                let read = phf::read(text, &expected)?;
                Ok(Said { size: Some(read.size), pieces: Some(read.pieces), ..Said::default() })
            }
            ManifestKind::Metalink => self.told_by(&metalink::read(text)?),
        }
    }

    /// The line of a list of digests: as the list would call the file from where it is itself, else as the file
    /// is called here.
    fn digest_in(&self, list: &RemoteName, text: &[u8]) -> Result<Digest, ManifestError> {
        let remote = self.name_seen_from(list);
        match sums::digest_of(text, &remote) {
            Err(error @ ManifestError::NotListed { .. }) => {
                sums::digest_of(text, &self.local_base()).map_err(|_| error)
            }
            read => read,
        }
    }

    fn told_by(&self, metalink: &Manifest) -> Result<Said, ManifestError> {
        for note in &metalink.notes {
            tracing::debug!(%note, "something in a Metalink is of no use");
        }
        let name = self.base();
        let file = metalink.find(&name).or_else(|| metalink.find(&self.local_base()));
        let file = file.ok_or(ManifestError::Missing {
            place: bgcopy_manifest::Place::Document(Document::Metalink),
            what: "the file that is fetched",
        })?;
        Ok(Said {
            size: file.size,
            digest: preferred(file.digests.clone()),
            pieces: file.pieces.clone(),
            mirrors: file.sources.iter().map(|source| mirror_of(source.clone(), true)).collect(),
        })
    }

    /// Whose job it is.
    fn owner(&self) -> Owner {
        Owner(u32::try_from(self.options.partition).unwrap_or(u32::MAX))
    }

    /// Keeps the hashes, of a file whose size is known; without it nobody can tell where its last piece ends.
    fn keep(&self, said: &Said, trusted: bool) -> std::io::Result<Option<PieceList>> {
        let (Some(pieces), Some(size)) = (&said.pieces, said.size) else { return Ok(None) };
        self.lists.keep(self.owner(), pieces, size, trusted).map(Some)
    }

    /// The file as seen from the folder of a document of the same server: a list of a whole tree has paths.
    fn name_seen_from(&self, document: &RemoteName) -> String {
        let folder = document.url().path().rsplit_once('/').map_or("", |(folder, _)| folder);
        let beneath = |path: &str| path.strip_prefix(folder)?.strip_prefix('/').map(decoded);
        let same_server = document.origin() == self.remote_name.origin();
        let path = same_server.then(|| beneath(self.remote_name.url().path())).flatten();
        path.filter(|path| !path.is_empty() && !path.ends_with('/')).unwrap_or_else(|| self.base())
    }

    /// What the publisher calls the file, else what it is called here.
    fn base(&self) -> String {
        let path = self.remote_name.url().path();
        let last = path.rsplit('/').next().map(decoded).filter(|last| !last.is_empty());
        last.unwrap_or_else(|| self.local_base())
    }

    fn local_base(&self) -> String {
        self.local_name.base().to_string_lossy().into_owned()
    }
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// What a document says of the file.
#[derive(Debug, Default)]
struct Said {
    size: Option<u64>,
    digest: Option<Digest>,
    pieces: Option<PieceHashes>,
    mirrors: Vec<Mirror>,
}

/// The list of the document could not be written: a fault of this machine, which may pass.
fn unkept(document: &RemoteName, error: &std::io::Error) -> Fault {
    let detail = format!("the piece list of {} cannot be kept: {error}", document.redacted());
    let fault = Fault::new(Code::StoreFailed, ErrorContext::GeneralQueueManager, detail);
    Fault { errno: error.raw_os_error(), passing: true, ..fault }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bgcopy_core::{Secret, SecurityFlags};
    use bgcopy_http::HttpConfig;
    use bgcopy_manifest::{ManifestFile, ManifestSource, hash_of_hashes};
    use bgcopy_testkit::{Authority, Origin, Reply, RequestHead, TlsServer};

    use super::*;

    const DIGEST: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

    struct Desk {
        consultation: Consultation,
        _state: tempfile::TempDir,
    }

    /// Somebody who fetches this file.
    fn desk(remote_name: &str, change: impl FnOnce(&mut Options)) -> Desk {
        let state = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        change(&mut options);
        let consultation = Consultation {
            http: Http::new(HttpConfig::default()),
            options: Arc::new(options),
            remote_name: remote_name.parse().unwrap(),
            local_name: LocalName::new("/srv/here.iso").unwrap(),
            lists: Arc::new(Lists::open(state.path().join("lists")).unwrap()),
            documents: Arc::default(),
            held_to_rule: true,
        };
        Desk { consultation, _state: state }
    }

    fn named(kind: ManifestKind, url: &str) -> ManifestRef {
        ManifestRef {
            kind,
            url: url.parse().unwrap(),
            digest: None,
            hash_of_hashes: None,
            offered: false,
            optional: false,
        }
    }

    async fn serving(text: impl Into<String>) -> Origin {
        let text = text.into();
        Origin::start(move |_: &RequestHead| Reply::status(200).body(text.clone())).await
    }

    fn pieces() -> PieceHashes {
        PieceHashes::new(1_024, vec![[1; 32], [2; 32]]).unwrap()
    }

    /// A Metalink of two files.
    fn two_files() -> String {
        let source =
            |url: &str, priority| ManifestSource { url: url.parse().unwrap(), priority, location: None };
        let file = |name: &str| ManifestFile {
            size: Some(2_000),
            digests: vec![Digest::Sha512([2; 64]), Digest::Sha256([1; 32])],
            pieces: Some(pieces()),
            sources: vec![source("http://origin.example/pub/big.iso", 1), source("https://m.example/b", 2)],
            ..ManifestFile::new(name.parse().unwrap())
        };
        let files = vec![file("other.iso"), file("pub/big.iso")];
        metalink::write(&Manifest { files, ..Manifest::default() }).unwrap()
    }

    #[tokio::test]
    async fn a_list_of_digests_is_searched_for_what_the_publisher_calls_the_file() {
        for (list, file) in [
            (format!("{DIGEST}  big.iso\n"), "/pub/big.iso"),
            (format!("{DIGEST} *./pub/big.iso\n{}  old/big.iso\n", DIGEST.replace('f', "1")), "/pub/big.iso"),
            (format!("{DIGEST}  a b.iso\n"), "/pub/a%20b.iso?x=1"),
            (format!("SHA256 (here.iso) = {DIGEST}\n"), "/download?id=7"),
            (format!("SHA256 (here.iso) = {DIGEST}\n"), "/"),
        ] {
            let origin = serving(&list).await;
            let desk = desk(&origin.url(file), |_| {});
            let wanted = named(ManifestKind::Sums, &origin.url("/SHA256SUMS"));
            let promise = desk.consultation.hold(wanted).await.unwrap();
            let digest = Some(format!("sha-256={DIGEST}").parse().unwrap());
            assert_eq!(promise, Promise { digest, ..Promise::default() }, "{list}");
        }
    }

    #[tokio::test]
    async fn a_list_without_the_file_is_refused_by_name() {
        let origin = serving(format!("{DIGEST}  other.iso\n")).await;
        let desk = desk("http://origin.example/big.iso", |_| {});
        let wanted = named(ManifestKind::Sums, &origin.url("/SHA256SUMS?signature"));
        let fault = desk.consultation.hold(wanted).await.unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::ValidationFailed, ErrorContext::RemoteFile));
        assert_eq!(fault.detail, "the checksum list has no line for \"big.iso\"; it lists \"other.iso\"");
        assert_eq!(fault.source.unwrap(), origin.url("/SHA256SUMS?…"));
    }

    #[tokio::test]
    async fn a_piece_hash_file_is_kept_and_trusted_as_far_as_it_is_bound() {
        let origin = serving(phf::write(2_000, &pieces()).unwrap()).await;
        let root = HashOfHashes(hash_of_hashes(&pieces()));
        for (hash_of_hashes, trusted) in [(None, false), (Some(root), true)] {
            let desk = desk(&origin.url("/f"), |_| {});
            let lists = desk.consultation.lists.clone();
            let wanted = ManifestRef { hash_of_hashes, ..named(ManifestKind::Phf, &origin.url("/f.phf")) };
            let promise = desk.consultation.hold(wanted).await.unwrap();
            let list = PieceList { size: 2_000, piece_size: 1_024, hash_of_hashes: root, trusted };
            assert_eq!(promise.pieces, Some(list));
            assert_eq!(promise.size, Some(2_000));
            assert_eq!(lists.load(&list).unwrap(), Some(pieces()));
        }
        let wrong = Some(HashOfHashes([7; 32]));
        let wanted = ManifestRef { hash_of_hashes: wrong, ..named(ManifestKind::Phf, &origin.url("/f.phf")) };
        let fault = desk(&origin.url("/f"), |_| {}).consultation.hold(wanted).await.unwrap_err();
        assert!(fault.detail.starts_with("HashOfHashes is "), "{}", fault.detail);
    }

    #[tokio::test]
    async fn a_metalink_tells_size_digest_pieces_and_mirrors_of_the_one_file() {
        let publisher = serving(two_files()).await;
        let desk = desk("http://origin.example/pub/big.iso", |_| {});
        let wanted = named(ManifestKind::Metalink, &publisher.url("/big.meta4"));
        let promise = desk.consultation.hold(wanted).await.unwrap();
        assert_eq!(promise.size, Some(2_000));
        assert_eq!(promise.digest, Some(Digest::Sha256([1; 32])));
        assert_eq!(promise.pieces.unwrap().piece_size, 1_024);
        // The file's own name is no mirror of it; the publisher lies on this machine and may name others of it.
        let mirror = Mirror { url: "https://m.example/b".parse().unwrap(), priority: 2, offered: false };
        assert_eq!(promise.mirrors, [mirror]);
        let elsewhere = super::tests::desk("http://origin.example/third.iso", |_| {});
        let wanted = named(ManifestKind::Metalink, &publisher.url("/big.meta4"));
        let fault = elsewhere.consultation.hold(wanted).await.unwrap_err();
        assert_eq!(fault.detail, "the Metalink: the file that is fetched is missing");
    }

    #[tokio::test]
    async fn the_digest_of_a_document_binds_it_and_a_wrong_one_refuses_it() {
        let text = phf::write(2_000, &pieces()).unwrap();
        let origin = serving(&text).await;
        let digest = |text: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("document");
            std::fs::write(&path, text).unwrap();
            let file =
                bgcopy_disk::LocalFile::open(&bgcopy_disk::Rights::Own, &LocalName::new(path).unwrap());
            let go_on = |_: u64| std::ops::ControlFlow::Continue(());
            Some(file.unwrap().describe(1_024.try_into().unwrap(), go_on).unwrap().unwrap().digest)
        };
        let wanted = |digest| ManifestRef { digest, ..named(ManifestKind::Phf, &origin.url("/f.phf")) };
        let promise = desk(&origin.url("/f"), |_| {}).consultation.hold(wanted(digest(&text))).await.unwrap();
        assert!(promise.pieces.unwrap().trusted);
        let fault =
            desk(&origin.url("/f"), |_| {}).consultation.hold(wanted(digest("other"))).await.unwrap_err();
        assert!(fault.detail.starts_with("the piece hash file has sha-256="), "{}", fault.detail);
    }

    #[tokio::test]
    async fn only_the_files_own_origin_sees_what_the_job_says_about_its_requests() {
        let publisher = serving(two_files()).await;
        let secret = |options: &mut Options| options.headers = vec![("X-Token".to_owned(), Secret::new("s"))];
        for (file, seen) in
            [("http://origin.example/big.iso".to_owned(), None), (publisher.url("/big.iso"), Some("s"))]
        {
            let desk = desk(&file, secret);
            let wanted = named(ManifestKind::Metalink, &publisher.url("/big.meta4"));
            desk.consultation.hold(wanted).await.unwrap();
            assert_eq!(publisher.requests().last().unwrap().header("x-token"), seen, "{file}");
        }
    }

    #[tokio::test]
    async fn what_came_over_tls_is_trusted_unless_an_untrusted_answer_offered_it() {
        let authority = Authority::new("Test");
        let text = two_files();
        let reply = move |_: &RequestHead| Reply::status(200).body(text.clone());
        let publisher = Origin::start_tls(reply, TlsServer::new(&authority.server(&["127.0.0.1"]))).await;
        let url = publisher.url("/big.meta4");
        for (file, offered, flags, trusted) in [
            ("http://h/big.iso", false, SecurityFlags::empty(), true),
            ("http://h/big.iso", true, SecurityFlags::empty(), false),
            ("https://h/big.iso", true, SecurityFlags::empty(), true),
            ("https://h/big.iso", true, SecurityFlags::IGNORE_UNKNOWN_CA, false),
        ] {
            let mut desk = desk(file, |options| {
                options.tls.extra_roots = Some(authority.pem());
                options.security_flags = flags;
            });
            desk.consultation.held_to_rule = false;
            let wanted = ManifestRef { offered, ..named(ManifestKind::Metalink, &url) };
            let promise = desk.consultation.hold(wanted).await.unwrap();
            assert_eq!(promise.pieces.unwrap().trusted, trusted, "{file} {offered} {flags:?}");
        }
    }

    #[tokio::test]
    async fn c06_a_public_origin_cannot_offer_a_document_of_this_machine() {
        let inside = serving(two_files()).await;
        let wanted =
            ManifestRef { offered: true, ..named(ManifestKind::Metalink, &inside.url("/big.meta4")) };
        let desk = desk("http://origin.example/pub/big.iso", |_| {});
        let fault = desk.consultation.hold(wanted).await.unwrap_err();
        assert_eq!(fault.code, Code::Redirect);
        assert!(inside.requests().is_empty());
    }

    #[tokio::test]
    async fn a_list_that_cannot_be_kept_is_a_passing_fault_of_this_machine() {
        let origin = serving(phf::write(2_000, &pieces()).unwrap()).await;
        let desk = desk(&origin.url("/f"), |_| {});
        std::fs::remove_dir(Path::new(&desk._state.path().join("lists"))).unwrap();
        let wanted = named(ManifestKind::Phf, &origin.url("/f.phf?signature"));
        let fault = desk.consultation.hold(wanted).await.unwrap_err();
        assert_eq!((fault.code, fault.context), (Code::StoreFailed, ErrorContext::GeneralQueueManager));
        assert!(fault.passing && !fault.detail.contains("signature"), "{fault:?}");
    }
}
