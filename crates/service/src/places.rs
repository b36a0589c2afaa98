//! Where the service keeps its things and is found (design.md "Running"; XDG Base Directory Specification).
//!
//! The folders are made for their owner alone. One that belongs to somebody else, or that others may write
//! to, is refused: who can change the records or the socket could make the service write where it should not.

use std::ffi::OsString;
use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use bgcopy_api::start::SYSTEM_SOCKET;

use crate::config::Files;

/// The name of our folders.
const NAME: &str = "bgcopy";

/// What the administrator of the machine configures, for every service on it.
const MACHINE_CONFIG: &str = "/etc/bgcopy";

/// For whom a service works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One user, who started it.
    User,
    /// The whole machine; started by root.
    Machine,
}

/// What the command line says about places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// `--state-dir`.
    pub state: Option<PathBuf>,
    /// `--socket` or `BGCOPY_SOCKET`.
    pub socket: Option<PathBuf>,
    /// `--config`.
    pub config: Option<PathBuf>,
}

/// What the places are worked out from.
pub struct Surroundings<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The user's home folder, where there is one.
    pub home: Option<PathBuf>,
    /// Whose service it is.
    pub uid: u32,
    /// Where the system keeps the folders of users who are logged on: `/run/user`.
    pub run_user: &'a Path,
}

/// The places of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// For whom it works.
    pub scope: Scope,
    /// Database, records, log.
    pub state: PathBuf,
    /// Content kept for others.
    pub cache: PathBuf,
    /// Where clients connect.
    pub socket: PathBuf,
    /// Which configuration files are read.
    pub config: Files,
    /// The socket stands where we choose, so that its folder is ours.
    own_socket_folder: bool,
    /// Who must own the folders.
    uid: u32,
}

/// Why there is no place for the service.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// A user without a home.
    #[error("there is no home folder: set HOME or {variable}, or choose with {flag}")]
    NoHome {
        /// The variable that names the folder.
        variable: &'static str,
        /// The flag that does.
        flag: &'static str,
    },
    /// A folder that cannot be made or looked at.
    #[error("cannot make the folder {}", path.display())]
    Make {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else stands there.
    #[error("{} is not a folder; move it away, or choose another place with {flag}", path.display())]
    NotAFolder {
        /// Which.
        path: PathBuf,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// Somebody else's folder.
    #[error(
        "the folder {} belongs to user {owner}, not to user {uid} who runs the service; \
         give it back (chown {uid}), or choose another place with {flag}",
        path.display()
    )]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Whose it should be.
        uid: u32,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// Others may write to it.
    #[error(
        "others may write to the folder {} (mode {mode:o}); forbid it with: chmod go-w {}",
        path.display(), path.display()
    )]
    WritableByOthers {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

impl Places {
    /// Works the places out; touches nothing.
    ///
    /// # Errors
    /// A user whose home is not known, unless every place was chosen.
    pub fn find(scope: Scope, chosen: Chosen, around: &Surroundings<'_>) -> Result<Self, PlacesError> {
        let own_socket_folder = chosen.socket.is_none();
        let usual = match scope {
            Scope::Machine => Usual::of_the_machine(),
            Scope::User => Usual::of_the_user(around, chosen.state.as_deref())?,
        };
        // Everything that is kept is kept where the person said; the socket stays where clients look for it.
        let cache = chosen.state.as_ref().map_or(usual.cache, |state| state.join("cache"));
        Ok(Self {
            scope,
            state: chosen.state.unwrap_or(usual.state),
            cache,
            socket: chosen.socket.unwrap_or(usual.socket),
            config: chosen.config.map_or(usual.config, Files::Only),
            own_socket_folder,
            uid: around.uid,
        })
    }

    /// Makes the folders of state and socket, and proves that they are ours alone. The cache folder is made
    /// by whoever puts something there.
    ///
    /// # Errors
    /// A folder that cannot be made, or that is not ours alone.
    pub fn prepare(&self) -> Result<(), PlacesError> {
        make_folder(&self.state, 0o700, self.uid, "--state-dir")?;
        match self.socket.parent() {
            Some(folder) if self.own_socket_folder || !folder.exists() => {
                make_folder(folder, self.socket_folder_mode(), self.uid, "--socket")
            }
            // A socket that was placed by hand may stand in a folder of others that is there, such as /tmp.
            Some(_) | None => Ok(()),
        }
    }

    /// Permissions of the socket. Everybody may talk to the service of the machine: the credentials of the
    /// peer decide what they may do (J02).
    pub const fn socket_mode(&self) -> u32 {
        match self.scope {
            Scope::User => 0o600,
            Scope::Machine => 0o666,
        }
    }

    const fn socket_folder_mode(&self) -> u32 {
        match self.scope {
            Scope::User => 0o700,
            Scope::Machine => 0o755,
        }
    }

    /// The log of a detached service.
    pub fn log(&self) -> PathBuf {
        self.state.join("bgcopy.log")
    }
}

/// The places when nothing is chosen.
struct Usual {
    state: PathBuf,
    cache: PathBuf,
    socket: PathBuf,
    config: Files,
}

impl Usual {
    fn of_the_machine() -> Self {
        Self {
            state: "/var/lib/bgcopy".into(),
            cache: "/var/cache/bgcopy".into(),
            socket: SYSTEM_SOCKET.into(),
            config: Files::Usual { machine: MACHINE_CONFIG.into(), user: None },
        }
    }

    /// Without a home, `chosen_state` stands for it.
    fn of_the_user(around: &Surroundings<'_>, chosen_state: Option<&Path>) -> Result<Self, PlacesError> {
        let state = match (around.base("XDG_STATE_HOME", ".local/state", "--state-dir"), chosen_state) {
            (Ok(base), _) => base.join(NAME),
            (Err(_), Some(chosen)) => chosen.to_owned(),
            (Err(no_home), None) => return Err(no_home),
        };
        let cache = around.base("XDG_CACHE_HOME", ".cache", "--state-dir");
        let user = around.base("XDG_CONFIG_HOME", ".config", "--config").ok();
        Ok(Self {
            cache: cache.map_or_else(|_| state.join("cache"), |base| base.join(NAME)),
            socket: around.user_socket(&state),
            config: Files::Usual {
                machine: MACHINE_CONFIG.into(),
                user: user.map(|base| base.join(NAME).join("config.toml")),
            },
            state,
        })
    }
}

impl Surroundings<'_> {
    /// A base folder of the user. "All paths must be absolute. If an implementation encounters a relative
    /// path … it should consider the path invalid and ignore it" (XDG Base Directory Specification).
    fn base(
        &self,
        variable: &'static str,
        below_home: &str,
        flag: &'static str,
    ) -> Result<PathBuf, PlacesError> {
        self.folder(variable)
            .or_else(|| {
                self.home.as_ref().filter(|home| home.is_absolute()).map(|home| home.join(below_home))
            })
            .ok_or(PlacesError::NoHome { variable, flag })
    }

    fn folder(&self, variable: &str) -> Option<PathBuf> {
        (self.variable)(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Where clients look: the runtime folder, `/run/user/UID` when the variable is missing, else `state`
    /// (design.md "Running"; `bgcopy_api::start`).
    fn user_socket(&self, state: &Path) -> PathBuf {
        let logged_on = || Some(self.run_user.join(self.uid.to_string())).filter(|folder| folder.is_dir());
        let runtime = self.folder("XDG_RUNTIME_DIR").or_else(logged_on);
        runtime.map_or_else(|| state.to_owned(), |runtime| runtime.join(NAME)).join("bgcopy.sock")
    }
}

fn make_folder(path: &Path, mode: u32, uid: u32, flag: &'static str) -> Result<(), PlacesError> {
    let failed = |source| PlacesError::Make { path: path.to_owned(), source };
    let found = match path.symlink_metadata() {
        // A link may point to a folder on another volume; what it points to must be ours.
        Ok(_) => path.metadata().map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed)?;
            // Not by the mode of `create`, from which the umask takes away: others must reach the socket of
            // the machine. Parents that had to be made keep 0755.
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)?;
            path.metadata().map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    check_folder(path, &found, uid, flag)
}

fn check_folder(path: &Path, found: &Metadata, uid: u32, flag: &'static str) -> Result<(), PlacesError> {
    let path = path.to_owned();
    let mode = found.mode() & 0o7777;
    if !found.is_dir() {
        Err(PlacesError::NotAFolder { path, flag })
    } else if found.uid() != uid {
        Err(PlacesError::Foreign { path, owner: found.uid(), uid, flag })
    } else if mode & 0o022 != 0 {
        Err(PlacesError::WritableByOthers { path, mode })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn find(variables: &[(&str, &str)], home: Option<&str>, chosen: Chosen) -> Result<Places, PlacesError> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        let run_user = tempfile::tempdir().unwrap();
        let around = Surroundings {
            variable: &variable,
            home: home.map(PathBuf::from),
            uid: 1000,
            run_user: run_user.path(),
        };
        Places::find(Scope::User, chosen, &around)
    }

    fn uid() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// Places below a temporary folder.
    fn places_in(folder: &Path, scope: Scope) -> Places {
        Places {
            scope,
            state: folder.join("deep/state"),
            cache: folder.join("cache"),
            socket: folder.join("run/bgcopy/bgcopy.sock"),
            config: Files::Only(folder.join("config.toml")),
            own_socket_folder: true,
            uid: uid(),
        }
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o7777
    }

    #[test]
    fn the_usual_places_of_a_user() {
        let places =
            find(&[("XDG_RUNTIME_DIR", "/run/user/1000")], Some("/home/a"), Chosen::default()).unwrap();
        assert_eq!(places.state, Path::new("/home/a/.local/state/bgcopy"));
        assert_eq!(places.cache, Path::new("/home/a/.cache/bgcopy"));
        assert_eq!(places.socket, Path::new("/run/user/1000/bgcopy/bgcopy.sock"));
        assert_eq!(places.log(), Path::new("/home/a/.local/state/bgcopy/bgcopy.log"));
        assert_eq!(
            places.config,
            Files::Usual {
                machine: "/etc/bgcopy".into(),
                user: Some("/home/a/.config/bgcopy/config.toml".into())
            }
        );
        assert_eq!(places.socket_mode(), 0o600);
    }

    #[test]
    fn variables_move_the_places_and_relative_ones_are_ignored() {
        let variables = [
            ("XDG_STATE_HOME", "/s"),
            ("XDG_CACHE_HOME", "relative"),
            ("XDG_CONFIG_HOME", "/c"),
            ("XDG_RUNTIME_DIR", ""),
        ];
        let places = find(&variables, Some("/home/a"), Chosen::default()).unwrap();
        assert_eq!(places.state, Path::new("/s/bgcopy"));
        assert_eq!(places.cache, Path::new("/home/a/.cache/bgcopy"));
        assert_eq!(places.socket, Path::new("/s/bgcopy/bgcopy.sock"));
        assert!(matches!(places.config, Files::Usual { user: Some(user), .. } if user.starts_with("/c")));
    }

    #[test]
    fn without_the_variable_the_runtime_folder_of_the_user_is_found() {
        let run_user = tempfile::tempdir().unwrap();
        fs::create_dir(run_user.path().join("7")).unwrap();
        let around = Surroundings {
            variable: &|_| None,
            home: Some("/home/a".into()),
            uid: 7,
            run_user: run_user.path(),
        };
        let places = Places::find(Scope::User, Chosen::default(), &around).unwrap();
        assert_eq!(places.socket, run_user.path().join("7/bgcopy/bgcopy.sock"));
    }

    #[test]
    fn without_a_home_the_places_must_be_chosen() {
        assert_eq!(
            find(&[], None, Chosen::default()).unwrap_err().to_string(),
            "there is no home folder: set HOME or XDG_STATE_HOME, or choose with --state-dir"
        );
        let chosen = Chosen { state: Some("/s".into()), ..Chosen::default() };
        let places = find(&[], None, chosen).unwrap();
        assert_eq!((&*places.cache, &*places.socket), (Path::new("/s/cache"), Path::new("/s/bgcopy.sock")));
    }

    #[test]
    fn clients_find_the_socket_whatever_state_folder_was_chosen() {
        let chosen = Chosen { state: Some("/s".into()), ..Chosen::default() };
        let places = find(&[], Some("/home/a"), chosen).unwrap();
        assert_eq!((&*places.state, &*places.cache), (Path::new("/s"), Path::new("/s/cache")));
        assert_eq!(places.socket, Path::new("/home/a/.local/state/bgcopy/bgcopy.sock"));
    }

    #[test]
    fn the_machine_has_fixed_places_that_no_variable_moves() {
        let around = Surroundings {
            variable: &|_| Some("/elsewhere".into()),
            home: Some("/root".into()),
            uid: 0,
            run_user: Path::new("/run/user"),
        };
        let places = Places::find(Scope::Machine, Chosen::default(), &around).unwrap();
        assert_eq!(places.state, Path::new("/var/lib/bgcopy"));
        assert_eq!(places.cache, Path::new("/var/cache/bgcopy"));
        assert_eq!(places.socket, Path::new("/run/bgcopy/bgcopy.sock"));
        assert_eq!(places.config, Files::Usual { machine: "/etc/bgcopy".into(), user: None });
        assert_eq!(places.socket_mode(), 0o666);
    }

    #[test]
    fn folders_are_made_for_their_owner_alone_and_the_way_to_the_machines_socket_for_all() {
        for (scope, socket_folder) in [(Scope::User, 0o700), (Scope::Machine, 0o755)] {
            let folder = tempfile::tempdir().unwrap();
            let places = places_in(folder.path(), scope);
            places.prepare().unwrap();
            places.prepare().expect("what was made is accepted");
            assert_eq!(mode(&places.state), 0o700);
            assert_eq!(mode(&folder.path().join("run/bgcopy")), socket_folder);
        }
    }

    #[test]
    fn a_folder_that_is_not_ours_alone_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let places = places_in(folder.path(), Scope::User);
        places.prepare().unwrap();
        let shown = |error: PlacesError| error.to_string().replace(folder.path().to_str().unwrap(), "");

        let foreign = Places { uid: uid() + 1, ..places.clone() };
        let error = shown(foreign.prepare().unwrap_err());
        let (owner, uid) = (uid(), uid() + 1);
        assert_eq!(
            error,
            format!(
                "the folder /deep/state belongs to user {owner}, not to user {uid} who runs the service; give it \
                 back (chown {uid}), or choose another place with --state-dir"
            )
        );

        fs::set_permissions(&places.state, fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(
            shown(places.prepare().unwrap_err()),
            "others may write to the folder /deep/state (mode 770); forbid it with: chmod go-w /deep/state"
        );

        let file = Places { state: folder.path().join("file"), ..places.clone() };
        fs::write(&file.state, "").unwrap();
        assert_eq!(
            shown(file.prepare().unwrap_err()),
            "/file is not a folder; move it away, or choose another place with --state-dir"
        );

        let below_a_file = Places { state: file.state.join("state"), ..places };
        assert_eq!(shown(below_a_file.prepare().unwrap_err()), "cannot make the folder /file/state");
    }
}
