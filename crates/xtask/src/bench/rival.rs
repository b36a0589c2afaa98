//! Who is measured, and how each is told to fetch a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;

use crate::rig::service::Service;

/// A program that fetches files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Rival {
    /// The yardstick
    Curl,
    /// One connection, as its default is
    Aria2c,
    /// GNU Wget2
    Wget2,
    /// Ours: a client of a service that runs already
    Bgcopy,
}

/// What to fetch, and where to.
#[derive(Clone, Debug)]
pub(super) struct Fetch<'a> {
    pub(super) url: String,
    pub(super) to: &'a Path,
    pub(super) authority: Option<PathBuf>,
    /// Lower-case hex of the SHA-256 that the program has to check.
    pub(super) digest: Option<&'a str>,
    /// Go on with what is there.
    pub(super) go_on: bool,
}

impl Rival {
    /// Those that are on this machine; ours always is.
    pub(super) fn installed() -> Vec<Self> {
        Self::value_variants()
            .iter()
            .copied()
            .filter(|&rival| rival == Self::Bgcopy || rival.is_installed())
            .collect()
    }

    /// The program.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Aria2c => "aria2c",
            Self::Wget2 => "wget2",
            Self::Bgcopy => "bgcopy",
        }
    }

    /// Whether it can be told a digest to check.
    pub(super) fn checks_digests(self) -> bool {
        match self {
            Self::Aria2c | Self::Bgcopy => true,
            Self::Curl | Self::Wget2 => false,
        }
    }

    /// What it says of itself; ours by `binary`.
    pub(super) fn version(self, binary: Option<&Path>) -> Option<String> {
        let program = binary.filter(|_| self == Self::Bgcopy).unwrap_or(Path::new(self.name()));
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        // What it was built with does not matter here, and is long.
        Some(text.lines().next()?.split(" (").next()?.to_owned())
    }

    /// The command that fetches one file. The service is that of ours.
    pub(super) fn command(self, fetch: &Fetch<'_>, service: Option<&Service>) -> Command {
        let mut command = match (self, service) {
            (Self::Bgcopy, Some(service)) => service.client("get"),
            _ => Command::new(self.name()),
        };
        match self {
            Self::Curl => curl(&mut command, fetch),
            Self::Aria2c => aria2c(&mut command, fetch),
            Self::Wget2 => wget2(&mut command, fetch),
            Self::Bgcopy => bgcopy(&mut command, fetch),
        }
        quiet(&mut command);
        command
    }

    fn is_installed(self) -> bool {
        let mut command = Command::new(self.name());
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// No input, no output but errors, and nothing from the environment that would send it elsewhere.
pub(super) fn quiet(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
}

fn curl(command: &mut Command, fetch: &Fetch<'_>) {
    command.args(["--disable", "--silent", "--show-error", "--fail"]).arg("--output").arg(fetch.to);
    if fetch.go_on {
        command.args(["--continue-at", "-"]);
    }
    if let Some(authority) = &fetch.authority {
        command.arg("--cacert").arg(authority);
    }
    command.arg(&fetch.url);
}

fn aria2c(command: &mut Command, fetch: &Fetch<'_>) {
    let (folder, name) = (fetch.to.parent(), fetch.to.file_name());
    command.args(["--no-conf", "--quiet", "--file-allocation=none", "--max-connection-per-server=1"]);
    command.arg("--dir").arg(folder.unwrap_or(Path::new("/")));
    command.arg("--out").arg(name.unwrap_or_default());
    command.arg(if fetch.go_on { "--continue=true" } else { "--allow-overwrite=true" });
    if let Some(authority) = &fetch.authority {
        command.arg("--ca-certificate").arg(authority);
    }
    if let Some(digest) = fetch.digest {
        command.arg(format!("--checksum=sha-256={digest}"));
    }
    command.arg(&fetch.url);
}

fn wget2(command: &mut Command, fetch: &Fetch<'_>) {
    command.args(["--no-config", "--quiet", "--no-robots"]).arg("--output-document").arg(fetch.to);
    if fetch.go_on {
        command.arg("--continue");
    }
    if let Some(authority) = &fetch.authority {
        command.arg("--ca-certificate").arg(authority);
    }
    command.arg(&fetch.url);
}

fn bgcopy(command: &mut Command, fetch: &Fetch<'_>) {
    command.args(["--quiet", "--force"]).arg("--output").arg(fetch.to);
    if let Some(authority) = &fetch.authority {
        command.arg("--cacert").arg(authority);
    }
    if let Some(digest) = fetch.digest {
        command.arg("--checksum").arg(format!("sha-256={digest}"));
    }
    command.arg(&fetch.url);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn each_is_told_the_same_in_its_own_words() {
        let fetch = Fetch {
            url: "https://127.0.0.1:1/a".to_owned(),
            to: Path::new("/dev/shm/out"),
            authority: Some(PathBuf::from("/ca.pem")),
            digest: Some("00ff"),
            go_on: true,
        };
        let words = |rival: Rival| words(&rival.command(&fetch, None)).join(" ");
        assert!(
            words(Rival::Curl)
                .ends_with("--output /dev/shm/out --continue-at - --cacert /ca.pem https://127.0.0.1:1/a")
        );
        let aria2c = words(Rival::Aria2c);
        assert!(
            aria2c.contains("--dir /dev/shm --out out --continue=true --ca-certificate /ca.pem"),
            "{aria2c}"
        );
        assert!(aria2c.contains("--checksum=sha-256=00ff"), "{aria2c}");
        assert!(
            words(Rival::Bgcopy).contains("--output /dev/shm/out --cacert /ca.pem --checksum sha-256=00ff")
        );
        for rival in Rival::value_variants() {
            assert!(words(*rival).ends_with(&fetch.url), "{rival:?}");
        }
    }
}
