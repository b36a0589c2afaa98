//! `repair`: a job that starts from the good pieces of a damaged file and puts the mended one in its place.

use std::path::{Path, PathBuf};

use bgcopy_api::core::limits::MIRRORS_PER_FILE;
use bgcopy_api::core::settings::Digest;
use bgcopy_api::{AddFile, Existing, ManifestContent, NewMirror, NewPieces};

use crate::args::repair::Repair;
use crate::args::values::RepairFrom;
use crate::console::Console;
use crate::described::{Document, Reading, Way, kept, sources, strongest};
use crate::destination::{absolute, check_folder};
use crate::failure::Failure;
use crate::get::{Patience, carry_out, waited_for};
use crate::request::{self, Surroundings};
use crate::say::Say;
use crate::session::Door;
use crate::units;

/// `bgcopy repair`.
pub(crate) async fn run(
    args: &Repair,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let file = damaged(&args.file, &around.cwd)?;
    let (documents, urls) = apart(&args.from, &around.cwd)?;
    if documents.is_empty() && args.checksum.is_none() {
        return Err(unproved(&file));
    }
    let mut job = request::job(&args.transfer, Vec::new(), around)?;
    let mut session = door.open().await?;
    let way = Way::of(&job);
    let mut known = Known::of(args.checksum.as_ref(), &urls);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut reading = Reading { client: session.client(), way: &way, console, around };
    for document in &documents {
        let content = reading.read(document, None, Some(&*name)).await?;
        known.learn(document, content)?;
    }
    let is_whole_alone = known.pieces.is_none();
    let too_long = known.size.filter(|size| file.metadata().is_ok_and(|meta| meta.len() > *size));
    let request = known.into_request(&file)?;
    let path = file.display().to_string();
    if is_whole_alone {
        console.say(Say::OnlyWhole { path: &path })?;
    } else if let Some(size) = too_long {
        // All its pieces may be right, and nothing be fetched: that it was damaged is said here or nowhere.
        console.say(Say::TooLong { path: &path, size: &units::size(size) })?;
    }
    request::extend(&mut job, vec![request], &args.transfer);
    let job = waited_for(job, Existing::Replace, args.waiting.timeout);
    let patience =
        Patience { no_wait: args.waiting.no_wait, cancel_on_interrupt: args.waiting.cancel_on_interrupt };
    carry_out(job, &patience, &mut session, console, around).await
}

/// The file to mend. A link is followed: what it leads to is damaged, and not the link.
fn damaged(file: &Path, cwd: &Path) -> Result<PathBuf, Failure> {
    let typed = absolute(file, cwd)?;
    let input = |source| Failure::Input { path: typed.clone(), source };
    let file = typed.canonicalize().map_err(input)?;
    if !file.metadata().map_err(input)?.is_file() {
        return Err(Failure::Usage(format!("{} is not a file; only files are mended", typed.display())));
    }
    check_folder(file.parent().unwrap_or(Path::new("/")))?;
    Ok(file)
}

/// Documents to read, and URLs of the file itself.
fn apart(from: &[RepairFrom], cwd: &Path) -> Result<(Vec<Document>, Vec<String>), Failure> {
    let (mut documents, mut urls) = (Vec::new(), Vec::new());
    for from in from {
        match from {
            RepairFrom::Path(path) => documents.push(Document::Path(absolute(path, cwd)?)),
            RepairFrom::Manifest(url) => documents.push(Document::Url(url.clone())),
            RepairFrom::Source(url) => urls.push(url.clone()),
        }
    }
    Ok((documents, urls))
}

fn unproved(file: &Path) -> Failure {
    Failure::Usage(format!(
        "nothing says which bytes of {} are right; name a Metalink (.meta4) or a piece hash file (.phf) with --from, \
         or what the file must hash to with --checksum",
        file.display()
    ))
}

/// What is known of the file so far.
#[derive(Clone, Debug, Default)]
struct Known {
    size: Option<u64>,
    digest: Option<String>,
    pieces: Option<NewPieces>,
    /// Those that the person named come first.
    places: Vec<NewMirror>,
}

impl Known {
    fn of(checksum: Option<&Digest>, urls: &[String]) -> Self {
        let places = request::mirrors(urls);
        Self { digest: checksum.map(ToString::to_string), places, ..Self::default() }
    }

    /// Takes in what a document says. Two that contradict each other speak of two files, or of two versions: which
    /// one is meant, only the person knows.
    fn learn(&mut self, document: &Document, content: ManifestContent) -> Result<(), Failure> {
        let Some(file) = content.files.into_iter().next() else { return Ok(()) };
        let digest = strongest(&file.digests);
        let pieces = file.pieces.as_ref().map(kept);
        let size = file.size.or(pieces.as_ref().map(|pieces| pieces.size));
        if let (Some(known), Some(size)) = (self.size, size)
            && known != size
        {
            return Err(Failure::Usage(format!(
                "{document} says that the file has {size} bytes, and another says {known}; leave one of them out"
            )));
        }
        if let Some(known) = &self.digest
            && let Some(other) = file.digests.iter().find(|other| contradicts(known, other))
        {
            return Err(Failure::Usage(format!(
                "{document} says that the file has {other}, and not {known}; leave one of them out"
            )));
        }
        self.size = self.size.or(size);
        self.digest = self.digest.take().or(digest);
        self.pieces = self.pieces.take().or(pieces);
        self.places.extend(sources(&file));
        Ok(())
    }

    fn into_request(self, file: &Path) -> Result<AddFile, Failure> {
        if self.digest.is_none() && self.pieces.is_none() {
            return Err(unproved(file));
        }
        let mut places = self.places.into_iter();
        let first = places.next().ok_or_else(|| {
            Failure::Usage(format!(
                "nothing says where {} can be fetched; name a URL of it with another --from",
                file.display()
            ))
        })?;
        let request = AddFile {
            digest: self.digest,
            pieces: self.pieces.map(Box::new),
            expected_size: self.size,
            mirrors: places.take(MIRRORS_PER_FILE).collect(),
            offered: first.offered,
            ..AddFile::whole(first.url, file)
        };
        Ok(request.on_basis(file))
    }
}

/// Whether both are of one algorithm, and differ.
fn contradicts(one: &str, other: &str) -> bool {
    match (one.parse(), other.parse()) {
        (Ok::<Digest, _>(one), Ok::<Digest, _>(other)) => {
            one.algorithm() == other.algorithm() && one != other
        }
        _ => false,
    }
}
