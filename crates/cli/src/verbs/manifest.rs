//! `manifest`: the service reads the file, this prints or keeps what it says.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use bgcopy_api::{MakeManifest, ManifestFormat};
use serde_json::json;
use tempfile::NamedTempFile;

use crate::args::publish::Manifest;
use crate::console::Console;
use crate::destination::absolute;
use crate::failure::Failure;
use crate::interrupt::{Waited, or_interrupt};
use crate::request::Surroundings;
use crate::session::Door;
use crate::units;

/// `bgcopy manifest`: the document, whole or not at all.
pub(crate) async fn run(
    args: &Manifest,
    door: &Door,
    console: &mut Console,
    around: &Surroundings,
) -> Result<(), Failure> {
    let file = absolute(&args.file, &around.cwd)?;
    let wanted = MakeManifest {
        format: args.format,
        piece_size: args.piece_size,
        urls: args.url.clone(),
        ..MakeManifest::of(&file)
    };
    // Reading may take an hour: where its result cannot go is found out before.
    let place = match args.output.as_deref() {
        Some(output) => Some(Place::beside(absolute(output, &around.cwd)?, &file, args.force)?),
        None => None,
    };
    let session = door.open().await?;
    let made = session.client().make_manifest(&wanted);
    let Waited::Done(made) = or_interrupt(made, (around.interrupt)()).await else {
        return Err(Failure::Interrupted);
    };
    let made = made?;
    // A text file ends with its line, whichever way it is kept.
    let mut document = made.document.clone();
    if !document.ends_with('\n') {
        document.push('\n');
    }
    let Some(place) = place else {
        return if console.json { console.print_json(&made) } else { console.print_raw(document.as_bytes()) };
    };
    let path = place.keep(document.as_bytes())?;
    if console.json {
        let text = path.to_string_lossy();
        return console.print_json(&json!({
            "output": text, "size": made.size, "digest": made.digest, "piece_size": made.piece_size,
            "hash_of_hashes": made.hash_of_hashes,
        }));
    }
    let (size, piece) = (units::size(made.size), units::size(made.piece_size));
    let mut how = format!("{size} in pieces of {piece}, {}", made.digest);
    // With it others bind the list (`--hash-of-hashes`): a Metalink has no place for it.
    if args.format == ManifestFormat::Phf {
        let hex: String = made.hash_of_hashes.0.iter().map(|byte| format!("{byte:02x}")).collect();
        how = format!("{how}, HashOfHashes {hex}");
    }
    console.note(&format!("wrote {}: {how}", path.display()))
}

/// Where the document goes: under its name only once it is whole.
struct Place {
    path: PathBuf,
    replaces: bool,
    temporary: NamedTempFile,
}

impl Place {
    fn beside(path: PathBuf, file: &Path, replaces: bool) -> Result<Self, Failure> {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => {
                let reason = "is a folder; name the file in it".to_owned();
                return Err(Failure::Folder { path, reason });
            }
            Ok(meta) if fs::metadata(file).is_ok_and(|other| is_same(&meta, &other)) => {
                let shown = path.display();
                return Err(Failure::Usage(format!(
                    "-o {shown} is the file itself; write its manifest elsewhere"
                )));
            }
            _ => {}
        }
        if !replaces && path.symlink_metadata().is_ok() {
            return Err(exists(&path));
        }
        // As any new file of the person's: the umask decides who reads it.
        let folder = path.parent().unwrap_or(Path::new("/"));
        let made = tempfile::Builder::new()
            .prefix(".manifest-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder);
        let temporary = made.map_err(|error| unwritten(&path, error))?;
        Ok(Self { path, replaces, temporary })
    }

    fn keep(self, document: &[u8]) -> Result<PathBuf, Failure> {
        let Self { path, replaces, mut temporary } = self;
        temporary.write_all(document).map_err(|error| unwritten(&path, error))?;
        let kept = if replaces { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        match kept {
            Ok(_) => Ok(path),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(refused) => Err(unwritten(&path, refused.error)),
        }
    }
}

fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn exists(path: &Path) -> Failure {
    Failure::Refused(format!("{} exists; --force replaces it, -o writes elsewhere", path.display()))
}

fn unwritten(path: &Path, error: io::Error) -> Failure {
    // The library names its temporary file, which nobody asked for.
    let source = error.raw_os_error().map_or(error, io::Error::from_raw_os_error);
    Failure::Local { action: "write", path: path.to_owned(), source }
}
