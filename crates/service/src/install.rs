//! `bgcopy daemon --install`: the units with which systemd starts the service, at log-in or boot and
//! whenever a client connects. Only files are written; what to type next is told, and nothing is switched
//! on: neither the units nor lingering, which lets a user's jobs run while the user is not logged on.

mod units;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::places::Scope;
use units::Unit;

/// Which units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// The service of a user or of the machine, and its socket.
    Of(Scope),
    /// The one in the place of Microsoft's Linux agent, under the name that its clients restart it by.
    Agent,
}

/// Why the units were not written or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A unit that somebody wrote by hand.
    #[error(
        "{} was not written by bgcopy (its first line is not {:?}); move it away, or keep it as it is",
        path.display(), units::MARK
    )]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// A program that no unit can name.
    #[error("systemd cannot start {:?}: its path is not plain text; install the program elsewhere", program)]
    Program {
        /// Where the program is.
        program: PathBuf,
    },
    /// A file that cannot be written, read or removed.
    #[error("cannot change {}{}", path.display(), hint(source))]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

fn hint(source: &io::Error) -> &'static str {
    if source.kind() == io::ErrorKind::PermissionDenied {
        "; only its owner may, root for the machine"
    } else {
        ""
    }
}

/// What was done, and what to type next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    lines: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The folder of a user's or the machine's own units (systemd.unit(5)). `config_home` is `$XDG_CONFIG_HOME`
/// or what stands for it.
pub fn unit_folder(set: Set, config_home: &Path) -> PathBuf {
    match set {
        Set::Of(Scope::User) => config_home.join("systemd/user"),
        Set::Of(Scope::Machine) | Set::Agent => "/etc/systemd/system".into(),
    }
}

/// Writes the units that start `program`; those of an earlier version are replaced.
///
/// # Errors
/// Units that are not ours, or files that cannot be written. Then nothing was changed.
pub fn install(set: Set, program: &Path, folder: &Path) -> Result<Report, InstallError> {
    let units =
        units::units(set, program).ok_or_else(|| InstallError::Program { program: program.to_owned() })?;
    for unit in &units {
        refuse_foreign(&folder.join(unit.name))?;
    }
    let mut lines = Vec::new();
    for unit in &units {
        let path = folder.join(unit.name);
        write(&path, unit).map_err(|source| InstallError::File { path: path.clone(), source })?;
        lines.push(format!("wrote {}", path.display()));
    }
    let systemctl = systemctl(set);
    let why = match set {
        Set::Of(_) => "To let clients start the service, and go on with its jobs at every log-in or boot:",
        Set::Agent => "To serve clients of the agent now and from every boot on:",
    };
    lines.extend([
        String::new(),
        why.to_owned(),
        format!("  {systemctl} daemon-reload"),
        format!("  {systemctl} enable --now {}", units::switched_on(set)),
    ]);
    if set == Set::Of(Scope::User) {
        lines.extend([
            String::new(),
            "To let your jobs run while you are not logged on as well:".to_owned(),
            "  loginctl enable-linger".to_owned(),
        ]);
    }
    Ok(Report { lines })
}

/// Removes the units that [`install`] wrote.
///
/// # Errors
/// Units that are not ours, or files that cannot be removed.
pub fn uninstall(set: Set, folder: &Path) -> Result<Report, InstallError> {
    let mut lines = Vec::new();
    let names = units::names(set);
    for name in names {
        let path = folder.join(name);
        if refuse_foreign(&path)? == Found::Ours {
            std::fs::remove_file(&path)
                .map_err(|source| InstallError::File { path: path.clone(), source })?;
            lines.push(format!("removed {}", path.display()));
        }
    }
    if lines.is_empty() {
        return Ok(Report { lines: vec![format!("there is nothing to remove in {}", folder.display())] });
    }
    let systemctl = systemctl(set);
    let both = names.join(" ");
    lines.extend([
        String::new(),
        "If they were switched on:".to_owned(),
        format!("  {systemctl} disable --now {both}"),
        format!("  {systemctl} daemon-reload"),
    ]);
    Ok(Report { lines })
}

const fn systemctl(set: Set) -> &'static str {
    match set {
        Set::Of(Scope::User) => "systemctl --user",
        Set::Of(Scope::Machine) | Set::Agent => "systemctl",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Ours,
    Nothing,
}

fn refuse_foreign(path: &Path) -> Result<Found, InstallError> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.starts_with(units::MARK) => Ok(Found::Ours),
        Ok(_) => Err(InstallError::Foreign { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(InstallError::Foreign { path: path.to_owned() })
        }
        Err(source) => Err(InstallError::File { path: path.to_owned(), source }),
    }
}

/// Puts the unit in its place whole: systemd may read it at any time.
fn write(path: &Path, unit: &Unit) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder)?;
    let draft = folder.join(format!(".{}.new", unit.name));
    std::fs::write(&draft, &unit.text)?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "/usr/bin/bgcopy";

    struct House(tempfile::TempDir);

    impl House {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        /// The folder of units, which does not exist yet.
        fn folder(&self) -> PathBuf {
            unit_folder(Set::Of(Scope::User), self.0.path())
        }

        fn install(&self) -> Result<Report, InstallError> {
            install(Set::Of(Scope::User), Path::new(PROGRAM), &self.folder())
        }

        fn names(&self) -> Vec<String> {
            let entries = std::fs::read_dir(self.folder()).unwrap();
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }

        fn plain(&self, text: &impl ToString) -> String {
            text.to_string().replace(self.0.path().to_str().unwrap(), "")
        }
    }

    #[test]
    fn the_units_are_written_and_what_to_type_is_told() {
        let house = House::new();
        insta::assert_snapshot!(house.plain(&house.install().unwrap()), @r"
        wrote /systemd/user/bgcopy.service
        wrote /systemd/user/bgcopy.socket

        To let clients start the service, and go on with its jobs at every log-in or boot:
          systemctl --user daemon-reload
          systemctl --user enable --now bgcopy.socket

        To let your jobs run while you are not logged on as well:
          loginctl enable-linger
        ");
        assert_eq!(house.names(), units::names(Set::Of(Scope::User)));
    }

    #[test]
    fn installing_again_replaces_what_an_earlier_version_wrote() {
        let house = House::new();
        house.install().unwrap();
        let service = house.folder().join(units::SERVICE);
        std::fs::write(&service, format!("{}\n[Unit]\n", units::MARK)).unwrap();
        house.install().unwrap();
        assert!(std::fs::read_to_string(&service).unwrap().contains("ExecStart"));
        assert_eq!(house.names(), units::names(Set::Of(Scope::User)));
    }

    #[test]
    fn uninstalling_removes_the_units_once() {
        let house = House::new();
        house.install().unwrap();
        insta::assert_snapshot!(house.plain(&uninstall(Set::Of(Scope::User), &house.folder()).unwrap()), @r"
        removed /systemd/user/bgcopy.service
        removed /systemd/user/bgcopy.socket

        If they were switched on:
          systemctl --user disable --now bgcopy.service bgcopy.socket
          systemctl --user daemon-reload
        ");
        assert_eq!(house.names(), [""; 0]);
        assert_eq!(
            house.plain(&uninstall(Set::Of(Scope::User), &house.folder()).unwrap()),
            "there is nothing to remove in /systemd/user\n"
        );
    }

    #[test]
    fn a_unit_written_by_hand_is_neither_replaced_nor_removed() {
        let house = House::new();
        let socket = house.folder().join(units::SOCKET);
        std::fs::create_dir_all(house.folder()).unwrap();
        for by_hand in [&b"[Socket]\n"[..], b"\xff"] {
            std::fs::write(&socket, by_hand).unwrap();
            for refused in [house.install(), uninstall(Set::Of(Scope::User), &house.folder())] {
                assert!(matches!(refused, Err(InstallError::Foreign { .. })), "{refused:?}");
            }
            assert_eq!(std::fs::read(&socket).unwrap(), by_hand);
            assert_eq!(house.names(), [units::SOCKET], "nothing was half done");
        }
    }

    #[test]
    fn a_program_that_no_unit_can_name_is_refused() {
        let house = House::new();
        let refused = install(Set::Of(Scope::User), Path::new("/a\nb/bgcopy"), &house.folder()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "systemd cannot start \"/a\\nb/bgcopy\": its path is not plain text; install the program elsewhere"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told() {
        let house = House::new();
        std::fs::write(house.0.path().join("systemd"), "").unwrap();
        let refused = house.install().unwrap_err();
        assert_eq!(house.plain(&refused), "cannot change /systemd/user/bgcopy.service");
    }

    #[test]
    fn the_machine_has_its_own_folder_and_no_lingering() {
        assert_eq!(unit_folder(Set::Of(Scope::Machine), Path::new("/c")), Path::new("/etc/systemd/system"));
        let house = House::new();
        let report =
            install(Set::Of(Scope::Machine), Path::new(PROGRAM), &house.folder()).unwrap().to_string();
        assert!(report.contains("  systemctl enable --now bgcopy.socket\n"), "{report}");
        assert!(!report.contains("linger"), "{report}");
    }

    #[test]
    fn the_agent_has_one_unit_and_it_is_the_originals() {
        let house = House::new();
        let folder = house.folder();
        let report = install(Set::Agent, Path::new(PROGRAM), &folder).unwrap();
        insta::assert_snapshot!(house.plain(&report), @r"
        wrote /systemd/user/deliveryoptimization-agent.service

        To serve clients of the agent now and from every boot on:
          systemctl daemon-reload
          systemctl enable --now deliveryoptimization-agent.service
        ");
        // The units of the service itself are others.
        house.install().unwrap();
        assert_eq!(house.names(), ["bgcopy.service", "bgcopy.socket", "deliveryoptimization-agent.service"]);
        uninstall(Set::Agent, &folder).unwrap();
        assert_eq!(house.names(), units::names(Set::Of(Scope::User)));
    }
}
