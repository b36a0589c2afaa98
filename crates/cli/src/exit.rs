//! The codes with which `bgcopy` exits: documented, and decided here alone.

use bgcopy_api::ErrorInfo;
use bgcopy_api::core::{Code, ErrorContext};

/// Every way to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// What was asked for is done.
    Ok,
    /// Something that should not happen.
    Unexpected,
    /// The command line, or what it names to be read, is at fault.
    Usage,
    /// The server's answer: status, size, ranges, redirects.
    RemoteFile,
    /// The way to the server: names, connections, TLS, proxies.
    Transport,
    /// The local file or its disk.
    LocalFile,
    /// The content is not what was promised.
    Validation,
    /// Nothing came for too long, or it took too long.
    TimedOut,
    /// The service cannot be reached.
    NoService,
    /// The service refused, or another client ended the job.
    Refused,
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads the output any more.
    PipeClosed,
}

impl Exit {
    /// Every way to end, in the order of the numbers.
    pub(crate) const ALL: &[Self] = &[
        Self::Ok,
        Self::Unexpected,
        Self::Usage,
        Self::RemoteFile,
        Self::Transport,
        Self::LocalFile,
        Self::Validation,
        Self::TimedOut,
        Self::NoService,
        Self::Refused,
        Self::Interrupted,
        Self::PipeClosed,
    ];

    /// The number the shell sees.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::RemoteFile => 3,
            Self::Transport => 4,
            Self::LocalFile => 5,
            Self::Validation => 6,
            Self::TimedOut => 7,
            Self::NoService => 8,
            Self::Refused => 9,
            // 128 + SIGINT and 128 + SIGPIPE, as a shell reports a program that the signal ended.
            Self::Interrupted => 130,
            Self::PipeClosed => 141,
        }
    }

    /// What the number means, for `--help` and the manual.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "done",
            Self::Unexpected => "unexpected failure, a fault of the service's own records included",
            Self::Usage => "the command line, or an input that it names, cannot be read or understood",
            Self::RemoteFile => "the job failed: the server's answer (HTTP status, size, ranges, redirect)",
            Self::Transport => {
                "the job failed: the way to the server (name, connection, TLS, proxy, network)"
            }
            Self::LocalFile => "the local file or disk: the job failed, or its destination is not fit",
            Self::Validation => {
                "the content is not what was promised (checksum), or a Metalink or piece hash file is unfit"
            }
            Self::TimedOut => "the job failed: no progress, or its maximum time is over",
            Self::NoService => "the service cannot be reached or started",
            Self::Refused => {
                "refused (wrong state, limit, not found, destination exists), or the job was cancelled"
            }
            Self::Interrupted => "interrupted (Ctrl-C); a job goes on in the background",
            Self::PipeClosed => "the reader of the output went away; a job goes on in the background",
        }
    }

    /// How a job ended that failed like this. A code that this version does not know is told by its place.
    pub(crate) fn of_error(error: &ErrorInfo) -> Self {
        match (error.code.parse(), error.context) {
            (Ok(code), context) => Self::of_code(code, context),
            (Err(_), ErrorContext::RemoteFile) => Self::RemoteFile,
            (Err(_), ErrorContext::GeneralTransport) => Self::Transport,
            (Err(_), ErrorContext::LocalFile) => Self::LocalFile,
            (Err(_), _) => Self::Unexpected,
        }
    }

    /// How a job ended that failed with this code. Where a code can strike at several places, the place decides:
    /// what makes no sense may come from the server, or from a proxy or whoever else sits in the way; and too
    /// large may be a file for the job, or for the file system.
    pub(crate) const fn of_code(code: Code, context: ErrorContext) -> Self {
        match code {
            Code::BadResponse if matches!(context, ErrorContext::GeneralTransport) => Self::Transport,
            Code::TooLarge if matches!(context, ErrorContext::LocalFile) => Self::LocalFile,
            Code::Proxy(_) | Code::Http(407) => Self::Transport,
            Code::RangeUnsupported
            | Code::HttpInvalid
            | Code::SizeUnknown
            | Code::BadResponse
            | Code::Redirect
            | Code::RemoteChanged
            | Code::InvalidRange
            | Code::TooLarge
            | Code::MaxSize
            | Code::SessionNotFound
            | Code::ProtocolMismatch
            | Code::ServerExecuteEnabled
            | Code::Http(_) => Self::RemoteFile,
            Code::ValidationFailed => Self::Validation,
            Code::CaptivePortal
            | Code::Timeout
            | Code::Dns
            | Code::DnsUnavailable
            | Code::Connect
            | Code::ClosedEarly
            | Code::Reset
            | Code::Tls
            | Code::TlsClientCertificate
            | Code::TlsRevoked
            | Code::ClockSuspect
            | Code::InvalidProxy
            | Code::NoNetwork
            // A client's own check of the server certificate refused it.
            | Code::CertificateCallbackMissing
            | Code::Other(_) => Self::Transport,
            Code::DiskFull
            | Code::AccessDenied
            | Code::WriteProtected
            | Code::PathNotFound
            | Code::Io
            | Code::NameTooLong
            | Code::LocalFileChanged
            | Code::VolumeChanged => Self::LocalFile,
            Code::NoProgress | Code::MaxTime => Self::TimedOut,
            Code::DestinationExists
            | Code::BlockedCost
            | Code::BlockedCellular
            | Code::BlockedPower
            | Code::BlockedVpn
            | Code::BlockedMemory
            | Code::BlockedPolicy
            | Code::TokenRequired => Self::Refused,
            Code::StoreFailed | Code::Notification => Self::Unexpected,
        }
    }

    /// The table of numbers and meanings.
    pub(crate) fn table() -> String {
        Self::ALL
            .iter()
            .fold(String::new(), |table, exit| format!("{table}  {:>3}  {}\n", exit.number(), exit.meaning()))
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_the_exit_of_its_place() {
        let mut table = String::new();
        let statuses = [401, 403, 404, 407, 410, 416, 429, 503].map(Code::Http);
        for code in Code::NAMED.iter().copied().chain(statuses).chain([Code::Proxy(502)]) {
            let at = |context| Exit::of_code(code, context).number();
            let here = at(ErrorContext::RemoteFile);
            table.push_str(&format!("{code}: {here}"));
            for context in ErrorContext::ALL.iter().filter(|context| at(**context) != here) {
                table.push_str(&format!(", {} in {context}", at(*context)));
            }
            table.push('\n');
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_readme_has_the_table() {
        let readme = include_str!("../../../README.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.number(), exit.meaning());
            assert!(readme.contains(&row), "README.md has no row {row:?}");
        }
    }

    #[test]
    fn the_documented_numbers_are_all_different() {
        let mut numbers: Vec<u8> = Exit::ALL.iter().map(|exit| exit.number()).collect();
        numbers.dedup();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130, 141]);
    }
}
