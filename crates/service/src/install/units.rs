//! The text of the units.
//!
//! Hardening takes away what a transfer service never needs. What it must keep: jobs write wherever their
//! owner may, so no folder is hidden or read-only; programs that a job runs at its end (spec 8.5) inherit
//! all restrictions of the service, so a user's service takes nothing that ordinary programs use.

use std::path::Path;

use super::Set;
use crate::places::Scope;

/// The first line of every unit that we wrote.
pub(super) const MARK: &str = "# Written by \"bgcopy daemon --install\".";

/// The service.
pub(super) const SERVICE: &str = "bgcopy.service";
/// The socket that starts it.
pub(super) const SOCKET: &str = "bgcopy.socket";
/// The service in the place of Microsoft's Linux agent.
const AGENT: &str = "deliveryoptimization-agent.service";

/// The units of a set.
pub(super) const fn names(set: Set) -> &'static [&'static str] {
    match set {
        Set::Of(_) => &[SERVICE, SOCKET],
        Set::Agent => &[AGENT],
    }
}

/// The unit that starts the others of its set.
pub(super) const fn switched_on(set: Set) -> &'static str {
    match set {
        Set::Of(_) => SOCKET,
        Set::Agent => AGENT,
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// The units that start `program`; `None` if its path cannot be written into a unit.
pub(super) fn units(set: Set, program: &Path) -> Option<Vec<Unit>> {
    let program = quoted(program)?;
    let unit = |name, text: String| Unit { name, text: format!("{MARK}\n{text}") };
    Some(match set {
        Set::Of(scope) => {
            let own = Own::of(scope);
            vec![unit(SERVICE, own.service(&program)), unit(SOCKET, own.socket())]
        }
        Set::Agent => vec![unit(AGENT, agent(&program))],
    })
}

/// It starts as root, to make the folders and the port file, and becomes the user `do` by itself (agent-rest 2).
fn agent(program: &str) -> String {
    format!(
        "\
[Unit]
Description=Delivery Optimization agent (bgcopy)
Documentation=man:bgcopy(1)
After=network.target

[Service]
Type=notify
# After it has become another user it is still the main process.
NotifyAccess=main
ExecStart={program} daemon --agent
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=2
TimeoutStopSec=15
# Connections and files of many downloads.
LimitNOFILE=65536
# What it needs of root's rights until it is somebody else.
CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
"
    )
}

/// A path as `ExecStart` takes it: quotes, and `%` twice (systemd.service(5), "Command lines").
fn quoted(program: &Path) -> Option<String> {
    let text = program.to_str().filter(|text| text.starts_with('/') && !text.contains(char::is_control))?;
    Some(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%")))
}

/// Wherein the units of a user and those of the machine differ.
struct Own {
    /// Behind `daemon`.
    arguments: &'static str,
    /// Folders and limits.
    resources: &'static str,
    /// What is taken away besides what is taken away from both.
    hardening: &'static str,
    /// With what it is started.
    wanted_by: &'static str,
    /// The folder of the socket.
    runtime: &'static str,
    /// Who may come to the socket.
    access: &'static str,
}

impl Own {
    const fn of(scope: Scope) -> Self {
        match scope {
            Scope::User => USER,
            Scope::Machine => MACHINE,
        }
    }

    fn service(&self, program: &str) -> String {
        let Self { arguments, resources, hardening, wanted_by, .. } = self;
        format!(
            "\
[Unit]
Description=Background file transfers
Documentation=man:bgcopy(1)
Requires=bgcopy.socket
After=bgcopy.socket

[Service]
Type=notify
ExecStart={program} daemon{arguments}
ExecReload=kill -HUP $MAINPID
# It leaves by itself, with success, when there is nothing to do; the socket brings it back.
Restart=on-failure
RestartSec=2
TimeoutStopSec=15
{resources}{hardening}NoNewPrivileges=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
{wanted_by}Also=bgcopy.socket
"
        )
    }

    fn socket(&self) -> String {
        let Self { runtime, access, .. } = self;
        format!(
            "\
[Unit]
Description=Where clients of background file transfers connect
Documentation=man:bgcopy(1)

[Socket]
ListenStream={runtime}/bgcopy/bgcopy.sock
{access}
[Install]
WantedBy=sockets.target
Also=bgcopy.service
"
        )
    }
}

const USER: Own = Own {
    arguments: "",
    resources: "\
# Connections and files of many jobs; the soft limit of a log-in is often 1024.
LimitNOFILE=16384
",
    hardening: "",
    wanted_by: "\
# At every log-in it goes on with the jobs that are left.
WantedBy=default.target
",
    runtime: "%t",
    access: "\
DirectoryMode=0700
SocketMode=0600
",
};

const MACHINE: Own = Own {
    arguments: " --system",
    resources: "\
StateDirectory=bgcopy
StateDirectoryMode=0700
CacheDirectory=bgcopy
CacheDirectoryMode=0700
# If there is one, what jobs keep secret is encrypted with it (see SECURITY.md).
ImportCredential=bgcopy-secrets-key
# Connections and files of many users' jobs.
LimitNOFILE=65536
",
    hardening: "\
# It takes on the rights of each job's owner and needs no others of root's.
CapabilityBoundingSet=CAP_SETUID CAP_SETGID
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
",
    wanted_by: "\
# At boot it goes on with the jobs that are left.
WantedBy=multi-user.target
",
    runtime: "/run",
    access: "\
DirectoryMode=0755
# Everybody may talk to it; whose jobs they see is decided by the credentials of the connection.
SocketMode=0666
",
};

#[cfg(test)]
mod tests {
    use super::*;

    fn text(scope: Scope) -> String {
        shown(Set::Of(scope))
    }

    fn shown(set: Set) -> String {
        let units = units(set, Path::new("/usr/bin/bgcopy")).unwrap();
        let texts: Vec<_> =
            units.iter().map(|unit| format!("==> {} <==\n{}", unit.name, unit.text)).collect();
        texts.join("\n")
    }

    #[test]
    fn the_units_of_a_user() {
        insta::assert_snapshot!(text(Scope::User));
    }

    #[test]
    fn the_units_of_the_machine() {
        insta::assert_snapshot!(text(Scope::Machine));
    }

    #[test]
    fn the_unit_of_the_agent() {
        insta::assert_snapshot!(shown(Set::Agent));
    }

    #[test]
    fn a_path_cannot_break_out_of_its_line() {
        for (path, shown) in [
            ("/opt/my tools/bgcopy", Some("\"/opt/my tools/bgcopy\"")),
            ("/a\"b\\c%d/$e", Some("\"/a\\\"b\\\\c%%d/$e\"")),
            ("/a\nExecStartPre=b", None),
            ("bgcopy", None),
        ] {
            assert_eq!(quoted(Path::new(path)).as_deref(), shown, "{path:?}");
        }
    }
}
