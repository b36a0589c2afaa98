//! Piece lists for publishers: a file of the caller's is read once, from one end to the other, and what there
//! is to say of it is written down.
//!
//! Reading takes as long as the disk takes, so it happens where it may block, with the caller's rights, and ends
//! within some milliseconds when nobody waits for it any more. A volume that does not answer holds its thread for
//! as long as it likes: such threads are counted by the user whose file it is, and only by that one.

pub(crate) mod read;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use bgcopy_api::manifest::{Manifest, ManifestDraft, ManifestFormat};
use bgcopy_api::{Base64, Reply};
use bgcopy_core::{Code, Fault, LocalName, Owner, PieceHashes, Refusal};
use bgcopy_disk::{Described, LocalFile, Rights};
use bgcopy_manifest::limits::SOURCES_MAX;
use bgcopy_manifest::{
    FileName, ManifestError, ManifestFile, ManifestSource, hash_of_hashes, metalink, phf, piece_size_for,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::chain::in_full;
use crate::places::Scope;
use crate::rights::of_owner;
use crate::transfer::blocking;

/// Files that are read at a time. Each takes one core and much of a disk, and transfers come first.
const READINGS: usize = 2;
/// Pieces of a list: four times what the usual piece size makes of any file but the largest. A Metalink of so
/// many has 22 MB, and readers take 32 MiB.
const PIECES_MAX: u64 = 1 << 18;

/// The readings that are under way.
#[derive(Debug)]
pub(crate) struct Manifests {
    /// Held for as long as somebody waits for the answer.
    room: Arc<Semaphore>,
    /// Held for as long as a thread reads; one per user who ever asked.
    threads: Mutex<BTreeMap<Owner, Arc<Semaphore>>>,
}

impl Default for Manifests {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(READINGS)), threads: Mutex::default() }
    }
}

impl Manifests {
    /// Reads a file with its owner's rights and says what a publisher says of it. Whoever comes while others
    /// are read waits. Dropped, it ends the reading.
    pub(crate) async fn make(&self, scope: Scope, owner: Owner, wanted: ManifestDraft) -> Reply<Manifest> {
        // What needs no look at the file is refused without waiting.
        let plan = Plan::new(wanted)?;
        self.read(owner, move |unwanted| {
            let rights = of_owner(scope, owner).map_err(refused)?;
            plan.carry_out(&rights, |_| match unwanted.is_cancelled() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        })
        .await
    }

    fn threads_of(&self, owner: Owner) -> Arc<Semaphore> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.entry(owner).or_insert_with(|| Arc::new(Semaphore::new(READINGS))).clone()
    }

    /// Reads in its turn, on a thread of its own, which is told when nobody waits any more.
    async fn read<T: Send + 'static>(
        &self,
        owner: Owner,
        read: impl FnOnce(&CancellationToken) -> Reply<T> + Send + 'static,
    ) -> Reply<T> {
        let thread = permit(self.threads_of(owner)).await?;
        let _turn = permit(self.room.clone()).await?;
        let unwanted = CancellationToken::new();
        let _waiting = unwanted.clone().drop_guard();
        blocking(move || {
            let _thread = thread;
            read(&unwanted)
        })
        .await
    }
}

/// A place, when one is free. Neither kind is ever closed.
async fn permit(places: Arc<Semaphore>) -> Reply<OwnedSemaphorePermit> {
    places.acquire_owned().await.map_err(|_| Refusal::ShuttingDown)
}

/// What is to be written about which file.
#[derive(Debug)]
struct Plan {
    local_name: LocalName,
    piece_size: Option<NonZeroU64>,
    form: Form,
}

/// A format, with what it says besides size, digest and pieces.
#[derive(Debug)]
enum Form {
    Metalink(Box<ManifestFile>),
    Phf,
}

impl Plan {
    fn new(wanted: ManifestDraft) -> Reply<Self> {
        let ManifestDraft { local_name, format, piece_size, sources } = wanted;
        let form = match format {
            ManifestFormat::Phf => Form::Phf,
            ManifestFormat::Metalink => {
                let mut file = ManifestFile::new(published_name(&local_name)?);
                if sources.len() > SOURCES_MAX {
                    let reason = format!("are {}; a Metalink lists at most {SOURCES_MAX}", sources.len());
                    return Err(Refusal::InvalidArgument { argument: "urls", reason });
                }
                let ranked = sources.into_iter().zip(1..);
                file.sources =
                    ranked.map(|(url, priority)| ManifestSource { url, priority, location: None }).collect();
                Form::Metalink(Box::new(file))
            }
        };
        Ok(Self { local_name, piece_size, form })
    }

    fn carry_out(self, rights: &Rights, watch: impl FnMut(u64) -> ControlFlow<()>) -> Reply<Manifest> {
        let file = LocalFile::open(rights, &self.local_name).map_err(refused)?;
        let piece_size = self.piece_size_for(file.size())?;
        match file.describe(piece_size, watch).map_err(refused)? {
            Some(described) => self.write(piece_size, described),
            // Nobody is there to hear this.
            None => Err(Refusal::ShuttingDown),
        }
    }

    /// The piece size for a file of this size: looked at before it is read, which may take an hour.
    fn piece_size_for(&self, size: u64) -> Reply<NonZeroU64> {
        let usual = || piece_size_for(size).and_then(NonZeroU64::new);
        let piece_size = self.piece_size.or_else(usual).ok_or_else(|| {
            let reason = format!("{} is too large for a list of pieces: {size} bytes", self.local_name);
            Refusal::Destination { reason, code: Code::TooLarge }
        })?;
        let pieces = size.div_ceil(piece_size.get());
        if pieces <= PIECES_MAX {
            return Ok(piece_size);
        }
        let reason = format!(
            "{piece_size} would cut the {size} bytes of {} into {pieces} pieces; a list has at most {PIECES_MAX}, so \
             make them larger",
            self.local_name
        );
        Err(Refusal::InvalidArgument { argument: "piece_size", reason })
    }

    fn write(self, piece_size: NonZeroU64, described: Described) -> Reply<Manifest> {
        let Described { size, digest, pieces } = described;
        let unwritten = |error: &(dyn std::error::Error + 'static)| {
            let reason = format!("no manifest of {} can be written: {}", self.local_name, in_full(error));
            Refusal::Destination { reason, code: Code::TooLarge }
        };
        let pieces = PieceHashes::new(piece_size.get(), pieces).map_err(|error| unwritten(&error))?;
        let (said, root) = (digest.to_string(), hash_of_hashes(&pieces));
        let document: Result<String, ManifestError> = match self.form {
            Form::Phf => phf::write(size, &pieces),
            Form::Metalink(file) => metalink::write(&bgcopy_manifest::Manifest {
                files: vec![ManifestFile {
                    size: Some(size),
                    digests: vec![digest],
                    pieces: Some(pieces),
                    ..*file
                }],
                ..bgcopy_manifest::Manifest::default()
            }),
        };
        let document = document.map_err(|error| unwritten(&error))?;
        let hash_of_hashes = Base64(root.to_vec());
        Ok(Manifest { size, digest: said, piece_size: piece_size.get(), hash_of_hashes, document })
    }
}

/// The name under which the file is published: its own, without its folders, if everybody can have a file of
/// such a name.
fn published_name(local_name: &LocalName) -> Reply<FileName> {
    let refused = |why: String| {
        let reason =
            format!("{local_name} cannot be published in a Metalink: {why}; rename the file, or use phf");
        Refusal::InvalidArgument { argument: "local_name", reason }
    };
    let base = local_name.base().to_str();
    let base = base.ok_or_else(|| refused("its name is not UTF-8".to_owned()))?;
    let name = FileName::parse(base).map_err(|error| refused(error.to_string()))?;
    // A name that would have to be cleaned would be another one where the list is used.
    if name.as_str() == base {
        Ok(name)
    } else {
        Err(refused(format!("it would be called {:?}", name.as_str())))
    }
}

fn refused(fault: Fault) -> Refusal {
    Refusal::Destination { reason: fault.detail, code: fault.code }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use bgcopy_api::manifest::MakeManifest;
    use bgcopy_testkit::content;
    use futures_util::poll;
    use tokio::time::timeout;

    use super::*;

    const ADA: Owner = Owner(1000);
    const BOB: Owner = Owner(1001);
    const EVE: Owner = Owner(1002);
    /// No test waits longer than this for what it expects.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A reading that hangs for as long as the sender is kept.
    fn volume() -> (Sender<()>, impl FnOnce(&CancellationToken) -> Reply<()> + Send + 'static) {
        let (volume, gone) = channel::<()>();
        let hangs = move |_: &CancellationToken| {
            let _ = gone.recv();
            Ok(())
        };
        (volume, hangs)
    }

    /// A folder with a file of two and a half MiB.
    fn desk() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let (folder, bytes) = (tempfile::tempdir().unwrap(), content(1, 2_621_440));
        let path = folder.path().join("big.iso");
        std::fs::write(&path, &bytes).unwrap();
        (folder, path, bytes)
    }

    fn plan(wanted: MakeManifest) -> Reply<Plan> {
        Plan::new(ManifestDraft::try_from(wanted).unwrap())
    }

    fn go_on(_: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn made(wanted: MakeManifest) -> Reply<Manifest> {
        plan(wanted)?.carry_out(&Rights::Own, go_on)
    }

    /// What a reader of the manifest learns.
    fn read_back(manifest: &Manifest) -> ManifestFile {
        metalink::read(manifest.document.as_bytes()).unwrap().files.remove(0)
    }

    #[test]
    fn a_metalink_says_of_a_file_what_its_reader_needs() {
        let (_folder, path, bytes) = desk();
        let urls = ["https://a/big.iso", "https://b/big.iso"].map(str::to_owned).to_vec();
        let manifest = made(MakeManifest { urls, ..MakeManifest::of(&path) }).unwrap();
        let file = read_back(&manifest);
        assert_eq!((file.name.as_str(), file.size), ("big.iso", Some(bytes.len() as u64)));
        assert_eq!(file.digests[0].to_string(), manifest.digest);
        let ranked: Vec<_> =
            file.sources.iter().map(|source| (source.url.as_str(), source.priority)).collect();
        assert_eq!(ranked, [("https://a/big.iso", 1), ("https://b/big.iso", 2)]);
        let pieces = file.pieces.unwrap();
        assert_eq!((pieces.piece_size(), pieces.hashes().len()), (1 << 20, 3));
        assert_eq!(manifest.hash_of_hashes.0, hash_of_hashes(&pieces));
    }

    #[test]
    fn a_piece_hash_file_has_the_pieces_that_were_asked_for() {
        let (_folder, path, bytes) = desk();
        let wanted = MakeManifest {
            format: ManifestFormat::Phf,
            piece_size: Some(1_000_000),
            ..MakeManifest::of(&path)
        };
        let manifest = made(wanted).unwrap();
        let expected = phf::Expected { size: Some(bytes.len() as u64), ..phf::Expected::default() };
        let read = phf::read(manifest.document.as_bytes(), &expected).unwrap();
        assert_eq!((read.pieces.piece_size(), read.pieces.hashes().len()), (1_000_000, 3));
        assert_eq!(manifest.hash_of_hashes.0, read.hash_of_hashes);
        assert_eq!(manifest.piece_size, 1_000_000);
    }

    #[test]
    fn an_empty_file_has_a_manifest_without_pieces() {
        let (folder, ..) = desk();
        let path = folder.path().join("empty");
        std::fs::write(&path, "").unwrap();
        let manifest = made(MakeManifest::of(&path)).unwrap();
        assert_eq!((manifest.size, manifest.piece_size), (0, 1 << 20));
        // As `sha256sum /dev/null` says.
        assert!(manifest.digest.starts_with("sha-256=e3b0c442"), "{}", manifest.digest);
        assert_eq!(read_back(&manifest).size, Some(0));
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_path() {
        let (folder, path, _) = desk();
        let refused = |path: &Path| {
            let refusal = made(MakeManifest::of(path)).unwrap_err();
            (refusal.word(), refusal.to_string().replace(&folder.path().display().to_string(), "FOLDER"))
        };
        assert_eq!(
            refused(&folder.path().join("missing")),
            ("path-not-found", "cannot open FOLDER/missing: No such file or directory".to_owned())
        );
        std::fs::create_dir(folder.path().join("dir")).unwrap();
        assert_eq!(
            refused(&folder.path().join("dir")),
            ("access-denied", "FOLDER/dir is not a file".to_owned())
        );
        assert_eq!(
            refused(&path.join("under")),
            ("path-not-found", "cannot open FOLDER/big.iso/under: Not a directory".to_owned())
        );
    }

    #[test]
    fn a_name_that_not_everybody_can_have_is_no_name_for_a_metalink() {
        let (folder, path, _) = desk();
        let odd = folder.path().join("a\u{7}b");
        std::fs::rename(&path, &odd).unwrap();
        let refused = made(MakeManifest::of(&odd)).unwrap_err();
        assert_eq!(refused.word(), "invalid-argument");
        assert!(refused.to_string().contains("cannot be published in a Metalink"), "{refused}");
        let named_nowhere = MakeManifest { format: ManifestFormat::Phf, ..MakeManifest::of(&odd) };
        assert_eq!(made(named_nowhere).unwrap().size, 2_621_440);
    }

    #[test]
    fn lists_that_no_reader_would_take_are_refused_before_the_file_is_read() {
        let urls = (0..=SOURCES_MAX).map(|number| format!("http://h/{number}")).collect();
        let many = plan(MakeManifest { urls, ..MakeManifest::of(Path::new("/f")) }).unwrap_err();
        assert_eq!(many.to_string(), "urls are 257; a Metalink lists at most 256");

        let small = MakeManifest { piece_size: Some(1_024), ..MakeManifest::of(Path::new("/f")) };
        let small = plan(small).unwrap();
        let largest = PIECES_MAX * 1_024;
        assert_eq!(small.piece_size_for(largest).map(NonZeroU64::get), Ok(1_024));
        assert_eq!(
            small.piece_size_for(largest + 1).unwrap_err().to_string(),
            "piece_size 1024 would cut the 268435457 bytes of /f into 262145 pieces; a list has at most 262144, so \
             make them larger"
        );
        let usual = plan(MakeManifest::of(Path::new("/f"))).unwrap();
        let refused = usual.piece_size_for(u64::MAX).unwrap_err();
        assert!(refused.to_string().starts_with("/f is too large"), "{refused}");
    }

    #[test]
    fn the_longest_list_is_one_that_readers_take() {
        let pieces = usize::try_from(PIECES_MAX).unwrap();
        let described = Described {
            size: PIECES_MAX << 20,
            digest: bgcopy_core::settings::Digest::Sha256([0; 32]),
            pieces: vec![[0xff; 32]; pieces],
        };
        for format in ManifestFormat::ALL {
            let wanted = MakeManifest { format: *format, ..MakeManifest::of(Path::new("/f")) };
            let size = NonZeroU64::new(1 << 20).unwrap();
            let written = plan(wanted).unwrap().write(size, described.clone());
            assert!(
                written.unwrap().document.len() < bgcopy_manifest::limits::DOCUMENT_BYTES_MAX,
                "{format}"
            );
        }
    }

    #[tokio::test]
    async fn a_reading_ends_when_nobody_waits_for_it() {
        let manifests = Manifests::default();
        let (told, end) = channel();
        let mut reading = Box::pin(manifests.read(ADA, move |unwanted| {
            while !unwanted.is_cancelled() {
                std::thread::yield_now();
            }
            told.send(()).unwrap();
            Ok(())
        }));
        assert!(poll!(&mut reading).is_pending());
        drop(reading);
        let ended = tokio::task::spawn_blocking(move || end.recv_timeout(PATIENCE));
        assert_eq!(ended.await.unwrap(), Ok(()));
    }

    #[test]
    fn a_reading_that_is_told_to_end_reads_no_further() {
        let (_folder, path, _) = desk();
        let mut looks = 0;
        let plan = plan(MakeManifest { piece_size: Some(1 << 20), ..MakeManifest::of(&path) }).unwrap();
        let ended = plan.carry_out(&Rights::Own, |_| {
            looks += 1;
            ControlFlow::Break(())
        });
        assert_eq!((ended, looks), (Err(Refusal::ShuttingDown), 1));
    }

    #[tokio::test]
    async fn volumes_that_hang_take_a_bounded_number_of_threads_and_only_from_their_owner() {
        let manifests = Manifests::default();
        let mut volumes = Vec::new();
        for _ in 0..READINGS {
            let (volume, hangs) = volume();
            assert!(poll!(Box::pin(manifests.read(ADA, hangs))).is_pending(), "it hangs, and is left");
            volumes.push(volume);
        }
        let mut third = Box::pin(manifests.read(ADA, |_| Ok(())));
        assert!(poll!(&mut third).is_pending(), "no third thread hangs");
        assert_eq!(manifests.read(BOB, |_| Ok(())).await, Ok(()));
        drop(volumes);
        assert_eq!(timeout(PATIENCE, third).await, Ok(Ok(())));
    }

    #[tokio::test]
    async fn who_comes_while_others_are_read_waits() {
        let manifests = Manifests::default();
        let ((one, slow), (other, slow_too)) = (volume(), volume());
        let mut first = Box::pin(manifests.read(ADA, slow));
        let mut second = Box::pin(manifests.read(BOB, slow_too));
        let mut third = Box::pin(manifests.read(EVE, |_| Ok(())));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        assert!(poll!(&mut third).is_pending());
        drop(one);
        assert_eq!(timeout(PATIENCE, first).await, Ok(Ok(())));
        assert_eq!(timeout(PATIENCE, third).await, Ok(Ok(())));
        assert!(poll!(&mut second).is_pending());
        drop(other);
        assert_eq!(timeout(PATIENCE, second).await, Ok(Ok(())));
    }
}
