//! Where the bytes of streams are kept until they are taken: a private folder for each job, below the user's cache.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use bgcopy_api::core::catalogue::codes::{DO_E_JOB_NOT_FOUND, E_ACCESSDENIED};
use bgcopy_api::core::{FileIndex, JobId};

use crate::guard::{Answer, Fail};
use crate::service::Service;

/// The folder of all streams; `None` for who has neither a cache nor a home.
fn root() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("bgcopy/streams"))
}

/// Makes the place of a file; nobody else can look into it. What clients left that were killed, and whose downloads
/// have ended since, goes at this opportunity.
pub(super) fn make(service: &Service, id: JobId, index: FileIndex) -> Answer<PathBuf> {
    let no_place = Fail(E_ACCESSDENIED);
    let root = root().ok_or(no_place)?;
    std::fs::create_dir_all(&root).map_err(|_| no_place)?;
    sweep(service, &root);
    let folder = root.join(id.to_string());
    match DirBuilder::new().mode(0o700).create(&folder) {
        // A Start that failed behind this is made again.
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(no_place),
        _ => Ok(folder.join(format!("stream-{}", index.0))),
    }
}

/// Removes the place of a download that ended.
pub(super) fn remove(id: JobId) {
    if let Some(root) = root() {
        // What cannot be removed is left to the next sweep.
        let _ = std::fs::remove_dir_all(root.join(id.to_string()));
    }
}

/// Whether a file is one of these.
pub(crate) fn is_private(path: &Path) -> bool {
    root().is_some_and(|root| path.starts_with(root))
}

fn sweep(service: &Service, root: &Path) {
    let Ok(entries) = std::fs::read_dir(root) else { return };
    let names = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
    for id in names.filter_map(|name| name.parse::<JobId>().ok()) {
        let ended = match service.ask(async |client| client.job(id).await) {
            Ok(job) => job.state.is_final(),
            Err(Fail(code)) => code == DO_E_JOB_NOT_FOUND,
        };
        if ended {
            let _ = std::fs::remove_dir_all(root.join(id.to_string()));
        }
    }
}
