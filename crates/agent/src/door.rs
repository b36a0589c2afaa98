//! Where clients find the agent: a port of this machine, and a file that says which (agent-rest 2).

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::RangeInclusive;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::user::User;

/// The ports that are tried, in this order.
const PORTS: RangeInclusive<u16> = 50_000..=60_999;

/// Connections that wait to be taken: a crowd of more has the next client wait for a second, when the system tries
/// again. The usual 128 are fewer than may be served at once.
const BACKLOG: i32 = 1_024;

/// Clients take every file whose name contains this for one of ours.
const PORT_FILE: &str = "restport";

/// The folders of the agent, which its clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// Where the port file is.
    pub run: PathBuf,
    /// Where `admin-config.json` and `sdk-config.json` are.
    pub config: PathBuf,
}

impl Folders {
    /// The usual ones, or those below `$SNAP_DATA` (agent-rest 2: "the agent puts `run`, `etc`, `log` under
    /// `$SNAP_DATA`").
    pub fn find(snap_data: Option<&Path>) -> Self {
        match snap_data {
            Some(snap) => Self { run: snap.join("run"), config: snap.join("etc") },
            None => Self {
                run: Path::new("/var/run").join(crate::PROGRAM),
                config: Path::new("/etc").join(crate::PROGRAM),
            },
        }
    }

    /// What the administrator writes.
    pub(crate) fn admin_config(&self) -> PathBuf {
        self.config.join("admin-config.json")
    }

    /// What the client library writes.
    pub(crate) fn sdk_config(&self) -> PathBuf {
        self.config.join("sdk-config.json")
    }
}

/// Why clients cannot be let in.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// A folder or file that cannot be made.
    #[error("cannot make {}{}", path.display(), hint(source))]
    Make {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No port.
    #[error("cannot listen on 127.0.0.1, port {port}")]
    Listen {
        /// The last that was tried.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
}

fn hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "; the agent is started by root, and gives its rights up by itself"
        }
        _ => "",
    }
}

/// An open door.
#[derive(Debug)]
pub struct Door {
    pub(crate) listener: TcpListener,
    port: u16,
}

impl Door {
    /// Makes the folders, listens, and writes the port file. What the user writes later is given to the user.
    ///
    /// # Errors
    /// A folder, file or port that cannot be had.
    pub fn open(folders: &Folders, user: Option<&User>) -> Result<Self, DoorError> {
        make_folder(&folders.run, 0o755, None)?;
        make_folder(&folders.config, 0o775, user)?;
        make_config(&folders.admin_config(), user)?;
        let (listener, port) = listen()?;
        let path = folders.run.join(format!("{PORT_FILE}.{}", std::process::id()));
        write_port(&folders.run, &path, port).map_err(|source| DoorError::Make { path, source })?;
        Ok(Self { listener, port })
    }

    /// Where it is.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

/// Makes a folder, with parents, that only this user can write to; the mode does not depend on the umask.
///
/// # Errors
/// What the system says.
fn make_folder(path: &Path, mode: u32, user: Option<&User>) -> Result<(), DoorError> {
    let make = || {
        DirBuilder::new().recursive(true).mode(0o755).create(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(mode))?;
        give(path, user)
    };
    make().map_err(|source| DoorError::Make { path: path.to_owned(), source })
}

fn give(path: &Path, user: Option<&User>) -> io::Result<()> {
    user.map_or(Ok(()), |user| chown(path, Some(user.uid()), Some(user.gid())))
}

/// "Made as an empty object by the agent if missing" (agent-rest 9).
fn make_config(path: &Path, user: Option<&User>) -> Result<(), DoorError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o664).open(path) {
        Ok(mut file) => file.write_all(b"{}\n").and_then(|()| give(path, user)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
    .map_err(|source| DoorError::Make { path: path.to_owned(), source })
}

fn listen() -> Result<(TcpListener, u16), DoorError> {
    let mut last = None;
    for port in PORTS {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                rustix::net::listen(&listener, BACKLOG)
                    .map_err(io::Error::from)
                    .and_then(|()| listener.set_nonblocking(true))
                    .map_err(|source| DoorError::Listen { port, source })?;
                return Ok((listener, port));
            }
            Err(source) if source.kind() == io::ErrorKind::AddrInUse => last = Some((port, source)),
            Err(source) => return Err(DoorError::Listen { port, source }),
        }
    }
    let (port, source) = last.unwrap_or_else(|| (*PORTS.end(), io::ErrorKind::AddrInUse.into()));
    Err(DoorError::Listen { port, source })
}

/// "After a start there must be exactly one": clients take the newest, and the files of agents that died stay.
fn write_port(folder: &Path, path: &Path, port: u16) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(PORT_FILE) {
            std::fs::remove_file(entry.path())?;
        }
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o444).open(path)?;
    file.set_permissions(Permissions::from_mode(0o444))?;
    writeln!(file, "{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn the_door_is_found_by_the_only_port_file() {
        let snap = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(snap.path()));
        std::fs::create_dir(&folders.run).unwrap();
        for stale in ["restport.1", "restport.99999", "my-restport"] {
            std::fs::write(folders.run.join(stale), "50000\n").unwrap();
        }
        std::fs::write(folders.run.join("other"), "").unwrap();
        let door = Door::open(&folders, None).unwrap();
        let mut names: Vec<_> =
            std::fs::read_dir(&folders.run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let own = format!("restport.{}", std::process::id());
        assert_eq!(names, ["other", &own]);
        let text = std::fs::read_to_string(folders.run.join(&own)).unwrap();
        assert_eq!(text, format!("{}\n", door.port()));
        assert!(PORTS.contains(&door.port()));
        let modes = [&folders.run, &folders.run.join(own), &folders.config].map(|path| mode(path));
        assert_eq!(modes, [0o755, 0o444, 0o775]);
        assert_eq!(std::fs::read_to_string(folders.admin_config()).unwrap(), "{}\n");
        assert!(!folders.sdk_config().exists(), "that is the client library's");
    }

    #[test]
    fn the_next_port_is_taken_and_a_configuration_is_left_as_it_is() {
        let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let folders = Folders::find(Some(one.path()));
        std::fs::create_dir(&folders.config).unwrap();
        std::fs::write(folders.admin_config(), "{\"DOCacheHost\":\"c\"}").unwrap();
        let first = Door::open(&folders, None).unwrap();
        let second = Door::open(&Folders::find(Some(two.path())), None).unwrap();
        assert_ne!(first.port(), second.port());
        assert_eq!(std::fs::read_to_string(folders.admin_config()).unwrap(), "{\"DOCacheHost\":\"c\"}");
    }

    #[test]
    fn the_usual_folders_are_those_that_clients_look_in() {
        let folders = Folders::find(None);
        assert_eq!(folders.run, Path::new("/var/run/deliveryoptimization-agent"));
        assert_eq!(folders.sdk_config(), Path::new("/etc/deliveryoptimization-agent/sdk-config.json"));
    }
}
