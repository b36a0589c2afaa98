//! The records of a service when it starts: opened, and whatever is to be said of them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bgcopy_core::{JobId, JobRecord};
use bgcopy_store::{Opened, Recovery, SecretKey, Store};
use zeroize::Zeroizing;

use crate::lists::{Lists, named_by};
use crate::places::Places;

/// What an earlier run left.
pub(super) struct Records {
    pub(super) store: Arc<Store>,
    pub(super) jobs: Vec<JobRecord>,
    /// The folder of piece logs.
    pub(super) pieces: PathBuf,
    /// The lists of piece hashes.
    pub(super) lists: Arc<Lists>,
    /// What the operator should know.
    pub(super) notices: Vec<String>,
}

impl Records {
    pub(super) fn open(places: &Places) -> anyhow::Result<Self> {
        let key = secrets_key(std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).as_deref())?;
        let Opened { store, jobs, recovery, without_secrets } = Store::open_with_key(&places.state, key)?;
        let notices: Vec<String> =
            recovery.iter().map(recovered).chain(without_secrets.iter().map(lost_secrets)).collect();
        for notice in &notices {
            tracing::error!(notice, "recovered");
        }
        let pieces = places.state.join("pieces");
        make_private(&pieces)?;
        let lists = places.state.join("lists");
        let lists = Lists::open(lists.clone())
            .with_context(|| format!("cannot make the folder {}", lists.display()))?;
        if recovery.is_none() {
            forget_ended(&pieces, &jobs);
            forget_lists(&lists, &jobs);
        }
        Ok(Self { store: Arc::new(store), jobs, pieces, lists: Arc::new(lists), notices })
    }
}

/// The key to the secrets of jobs: a credential of that name, where systemd was given one (systemd.exec(5),
/// "Credentials").
fn secrets_key(credentials: Option<&Path>) -> anyhow::Result<Option<SecretKey>> {
    let Some(path) = credentials.map(|folder| folder.join(SECRETS_KEY)) else { return Ok(None) };
    let material = match std::fs::read(&path) {
        Ok(material) => Zeroizing::new(material),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let Some(key) = SecretKey::of_material(&material) else {
        bail!("{} is no key: at least 32 random bytes are one", path.display());
    };
    Ok(Some(key))
}

/// The name of the credential.
const SECRETS_KEY: &str = "bgcopy-secrets-key";

fn recovered(recovery: &Recovery) -> String {
    let kept = recovery
        .set_aside
        .as_ref()
        .map_or(String::new(), |path| format!("; the damaged database is kept as {}", path.display()));
    format!(
        "the records were damaged ({}); {} jobs were restored from their own records, {} were lost{kept}",
        recovery.reason,
        recovery.restored,
        recovery.lost.len(),
    )
}

fn lost_secrets(job: &JobId) -> String {
    format!("job {job} lost its credentials and headers; set them again")
}

/// Removes the piece logs of jobs that are no more: a service that was killed between the record of an end and
/// the clearing up behind it left them (faults F01, invariant 10). Not after damage, where a job may be missing
/// because its record is.
fn forget_ended(pieces: &Path, jobs: &[JobRecord]) {
    let Ok(logs) = std::fs::read_dir(pieces) else { return };
    for log in logs.flatten() {
        let name = log.file_name();
        let job = name.to_str().and_then(|name| name.split_once('.')?.0.parse::<JobId>().ok());
        if let Some(job) = job
            && jobs.iter().all(|living| living.id != job)
            && let Err(fault) = bgcopy_disk::forget(&log.path())
        {
            tracing::warn!(%fault, "a piece log stays behind");
        }
    }
}

/// Removes the lists that no job needs any more.
fn forget_lists(lists: &Lists, jobs: &[JobRecord]) {
    let named = jobs.iter().flat_map(named_by).collect();
    if let Err(error) = lists.sweep(&named) {
        tracing::warn!(%error, "lists of piece hashes stay behind");
    }
}

fn make_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("cannot make the folder {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_key_if_it_is_long_enough_and_nothing_if_it_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(secrets_key(None).unwrap().is_none());
        assert!(secrets_key(Some(folder.path())).unwrap().is_none());
        std::fs::write(folder.path().join(SECRETS_KEY), "a password").unwrap();
        let refused = secrets_key(Some(folder.path())).unwrap_err().to_string();
        assert!(refused.contains(SECRETS_KEY) && refused.contains("32 random bytes"), "{refused}");
        std::fs::write(folder.path().join(SECRETS_KEY), [7; 32]).unwrap();
        assert!(secrets_key(Some(folder.path())).unwrap().is_some());
    }
}
