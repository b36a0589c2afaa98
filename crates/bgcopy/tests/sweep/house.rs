//! The folders of one point, and the service in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bgcopy_api::{Client, Language};
use bgcopy_testkit::Platter;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::mix::OLD;

/// The program under test.
const BGCOPY: &str = env!("CARGO_BIN_EXE_bgcopy");
/// A start that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often one looks whether it serves.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Private folders; gone with the value.
pub(crate) struct House {
    folder: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("bgcopy-sweep-").tempdir().expect("a temporary folder");
        let house = Self { folder };
        for name in ["jobs", "home"] {
            fs::create_dir(house.at(name)).expect("a new folder");
        }
        fs::write(house.at("config.toml"), "free_space_floor = 0\n").expect("our own folder");
        fs::write(house.jobs().join("auto"), OLD).expect("our own folder");
        house
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the jobs save.
    pub(crate) fn jobs(&self) -> PathBuf {
        self.at("jobs")
    }

    /// What of the house would survive if the power failed now: all of it, and then whatever is synced.
    pub(crate) fn platter(&self) -> Platter {
        Platter::of(self.folder.path()).expect("our own folder")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.at("state")
    }

    /// The service, not yet started; it logs to a file of this name.
    pub(crate) fn daemon(&self, log: &str) -> Command {
        let log = fs::File::create(self.at(log)).expect("our own folder");
        let mut command = Command::new(BGCOPY);
        command
            .args(["daemon", "--idle-exit", "never"])
            .arg("--socket")
            .arg(self.at("socket"))
            .arg("--state-dir")
            .arg(self.state())
            .arg("--config")
            .arg(self.at("config.toml"))
            .env_clear()
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("home"))
            .current_dir(self.at("home"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }

    /// A client, once the service serves; none when the service has gone before.
    pub(crate) async fn client(&self, mut gone: impl FnMut() -> bool) -> Option<Client> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(client) = Client::connect(&self.at("socket"), Language::English).await {
                return Some(client);
            }
            if gone() {
                return None;
            }
            assert!(Instant::now() < deadline, "no service within {PATIENCE:?}: {}", self.log("second.log"));
            sleep(LOOK_AGAIN).await;
        }
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap_or_default()
    }

    /// Every path in the house but those of the jobs: what they save is checked by name and content.
    pub(crate) fn everything(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder) {
                if path.is_dir() && path != self.jobs() {
                    folders.push(path.clone());
                }
                let inside = path.strip_prefix(self.folder.path()).expect("it is inside");
                all.insert(inside.display().to_string());
            }
        }
        all
    }
}

/// The paths in a folder; none where there is no folder.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}
