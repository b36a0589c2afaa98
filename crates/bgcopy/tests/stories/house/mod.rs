//! Where a story happens: folders, environment, commands, and the service that they start.

mod command;
mod cover;
pub(crate) mod fault;
pub(crate) mod published;
mod service;
mod socket;
mod wait;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use bgcopy_testkit::{Content, content};
use tempfile::TempDir;
use tokio::process::Command;

pub(crate) use command::{Done, Running, proposed};
pub(crate) use cover::{Tmpfs, is_root};
pub(crate) use socket::{Answer, TestEvent};
pub(crate) use wait::until;

/// The program under test.
pub(crate) const BGCOPY: &str = env!("CARGO_BIN_EXE_bgcopy");

/// An ordinary user whom every system has: nobody.
pub(crate) const NOBODY: u32 = 65_534;

/// What every house is configured with: the floor of a test machine's disk is no business of the story, and a
/// service that a broken story left behind goes away by itself.
const CONFIG: &str = "free_space_floor = 0\nidle_exit_seconds = 60\n";

/// Private folders and whatever runs in them. Its service ends with it.
pub(crate) struct House {
    folder: TempDir,
    /// Who lives here, when it is not who runs the tests.
    user: Option<u32>,
}

impl House {
    /// A house with the usual settings.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// A house with more settings, as lines of TOML.
    pub(crate) fn with(config: &str) -> Self {
        Self::build(config, None)
    }

    /// A house where everything is done as an ordinary user, also when root runs the tests: root may do what
    /// these stories want to see refused.
    pub(crate) fn of_nobody() -> Self {
        Self::build("", is_root().then_some(NOBODY))
    }

    fn build(config: &str, user: Option<u32>) -> Self {
        let folder = tempfile::Builder::new().prefix("bgcopy-").tempdir().expect("a temporary folder");
        let house = Self { folder, user };
        for name in ["run", "state", "cache", "config", "config/bgcopy", "home", "desk", "bin"] {
            fs::create_dir(house.at(name)).expect("a new folder");
            house.hand_over(&house.at(name));
        }
        fs::set_permissions(house.at("run"), fs::Permissions::from_mode(0o700)).expect("our own folder");
        symlink(BGCOPY, house.at("bin/bgcopy")).expect("a new link");
        house.hand_over(house.folder.path());
        house.configure(config);
        house
    }

    fn hand_over(&self, path: &Path) {
        if let Some(user) = self.user {
            chown(path, Some(user), Some(user)).expect("root may give away");
        }
    }

    /// Writes the configuration anew: the usual lines, but for those that `config` says otherwise.
    pub(crate) fn configure(&self, config: &str) {
        let name = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        let said: Vec<String> = config.lines().map(name).collect();
        let usual = CONFIG.lines().filter(|line| !said.contains(&name(line)));
        let text: String = usual.chain(config.lines()).map(|line| format!("{line}\n")).collect();
        fs::write(self.config_file(), text).expect("our own folder");
    }

    /// The configuration file of the user.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.at("config/bgcopy/config.toml")
    }

    /// A path in the house.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the folder where commands run and files are saved.
    pub(crate) fn desk(&self, name: &str) -> PathBuf {
        self.at("desk").join(name)
    }

    /// A path in the state folder of the service.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.at("state/bgcopy").join(name)
    }

    /// The names of everything on the desk, hidden files included.
    pub(crate) fn on_the_desk(&self) -> Vec<String> {
        names(&self.at("desk"))
    }

    /// The names of what the service keeps per job: piece logs, record files, secrets.
    pub(crate) fn kept_per_job(&self) -> Vec<String> {
        ["pieces", "records", "secrets"].iter().flat_map(|folder| names(&self.state(folder))).collect()
    }

    /// Waits until the service keeps nothing of any job any more: it clears up behind the answer.
    pub(crate) async fn until_nothing_is_kept(&self) {
        until("nothing is kept of jobs that ended", async || self.kept_per_job().is_empty().then_some(()))
            .await;
    }

    /// A command in this house: its folders, none of the environment of who runs the tests.
    fn furnish(&self, command: &mut Command) {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.at("bin").display());
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.at("home"))
            .env("XDG_RUNTIME_DIR", self.at("run"))
            .env("XDG_STATE_HOME", self.at("state"))
            .env("XDG_CACHE_HOME", self.at("cache"))
            .env("XDG_CONFIG_HOME", self.at("config"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir(self.at("desk"));
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
    }
}

/// The sorted names in a folder; none where there is no folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Every file below a folder, with its content.
pub(crate) fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.is_file() {
            found.push((path.clone(), fs::read(&path).expect("a readable file")));
        }
    }
    found
}

/// Content of some MiB that costs no time to make. Its period is no multiple of any piece, so that bytes in the
/// wrong place are other bytes.
pub(crate) fn large(seed: u64, mib: u64) -> Content {
    const PERIOD: usize = 1_000_003;
    let len = usize::try_from(mib << 20).expect("it fits into memory");
    let mut bytes = content(seed, PERIOD).repeat(len / PERIOD + 1);
    bytes.truncate(len);
    Content::given(bytes)
}

/// What `--checksum sha-256=` wants of this content.
pub(crate) fn sha256(content: &Content) -> String {
    let digest = digest(&SHA256, &content.bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without printing megabytes.
pub(crate) fn assert_content(path: &Path, expected: &Content) {
    let found = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(found.len() as u64, expected.len(), "length of {}", path.display());
    let wrong = found.iter().zip(expected.bytes()).position(|(found, expected)| *found != expected);
    assert_eq!(wrong, None, "first wrong byte of {}", path.display());
}
