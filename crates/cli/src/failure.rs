//! Why a command did not do what it was asked; decides the exit code.

use std::io;
use std::path::PathBuf;

use bgcopy_api::ClientError;
use bgcopy_api::core::name::NameError;
use bgcopy_api::core::{Code, ErrorContext};

use crate::exit::Exit;

/// A command that failed. The text is for the person who typed it, and says what would be right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line, or an input it names, cannot be understood.
    #[error("{0}")]
    Usage(String),
    /// A URL or path that cannot be.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A file that the command line names to be read cannot be.
    #[error("cannot read {path}: {source}", path = path.display())]
    Input {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file or folder of the system refuses to be used.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Local {
        /// What was tried, as a verb.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder for the files is not fit for it.
    #[error("{path} {reason}", path = path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// The destination exists.
    #[error(
        "{path} exists; --force replaces it, --existing keep-both saves beside it, -o under another name",
        path = path.display()
    )]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The service refused, or cannot be reached.
    #[error(transparent)]
    Service(#[from] ClientError),
    /// No service, and none can be started.
    #[error("{0}")]
    NoService(String),
    /// The service refused what was asked, and this says it better than its own text.
    #[error("{0}")]
    Refused(String),
    /// A job that was waited for failed; the explanation has been printed.
    #[error("the job failed")]
    Job(Exit),
    /// Ctrl-C; what goes on has been printed.
    #[error("interrupted")]
    Interrupted,
    /// The system has no means left to wait with: descriptors, memory.
    #[error("the system gives no event queue: {0}")]
    Runtime(io::Error),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(io::Error),
}

impl Failure {
    /// The code to exit with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Name(_) | Self::Input { .. } => Exit::Usage,
            Self::Local { .. } | Self::Folder { .. } => Exit::LocalFile,
            Self::Exists { .. } | Self::Refused(_) => Exit::Refused,
            Self::Service(error) => of_client_error(error),
            Self::NoService(_) => Exit::NoService,
            Self::Job(exit) => *exit,
            Self::Interrupted => Exit::Interrupted,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::PipeClosed,
            Self::Output(_) | Self::Runtime(_) => Exit::Unexpected,
        }
    }

    /// Whether the text is still to be printed: some failures were told as they happened, and nobody reads
    /// what goes into a closed pipe.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::Job(_) | Self::Interrupted) || self.exit() == Exit::PipeClosed
    }
}

impl From<io::Error> for Failure {
    /// Only writing the output gives bare errors; whatever else is read or written names its file.
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// How a request ends that the service did not carry out.
fn of_client_error(error: &ClientError) -> Exit {
    match error {
        ClientError::NoService { .. }
        | ClientError::Interrupted { .. }
        | ClientError::Silent { .. }
        | ClientError::TooOld { .. }
        | ClientError::TooNew { .. } => Exit::NoService,
        ClientError::NoSuchJob { .. } | ClientError::Ambiguous { .. } => Exit::Refused,
        ClientError::Protocol { .. } => Exit::Unexpected,
        ClientError::Problem(problem) => match (problem.code.as_str(), problem.status) {
            // Statuses have numbers and no words: a document that its server does not give.
            ("destination", _) if let Some(status) = problem.hresult.http_status() => {
                Exit::of_code(Code::Http(status), ErrorContext::RemoteFile)
            }
            ("destination", _) => Exit::LocalFile,
            // A destination that cannot be is refused with the code that its job would have failed with.
            (code, 400) if code.parse().is_ok_and(is_local) => Exit::LocalFile,
            // A document that cannot be fetched, or is not what it should be, is refused with the code that the job
            // would have failed with that names it.
            (code, 400) if code.parse::<Code>().is_ok() => {
                code.parse().map_or(Exit::Usage, |code| Exit::of_code(code, ErrorContext::RemoteFile))
            }
            ("no-service", _) => Exit::NoService,
            (_, 400 | 413) => Exit::Usage,
            (_, 401..=499 | 501) => Exit::Refused,
            _ => Exit::Unexpected,
        },
    }
}

fn is_local(code: Code) -> bool {
    Exit::of_code(code, ErrorContext::LocalFile) == Exit::LocalFile
}

#[cfg(test)]
mod tests {
    use bgcopy_api::{Hresult, Problem};

    use super::*;

    #[test]
    fn refusals_of_the_service_have_their_exits() {
        for (code, status, exit) in [
            ("invalid-name", 400, Exit::Usage),
            ("destination", 400, Exit::LocalFile),
            ("access-denied", 400, Exit::LocalFile),
            ("access-denied", 403, Exit::Refused),
            ("not-found", 404, Exit::Refused),
            ("connect", 400, Exit::Transport),
            ("validation-failed", 400, Exit::Validation),
            ("invalid-argument", 400, Exit::Usage),
            ("body-too-large", 413, Exit::Usage),
            ("invalid-state", 409, Exit::Refused),
            ("too-many-jobs", 429, Exit::Refused),
            ("not-implemented", 501, Exit::Refused),
            ("store-failed", 507, Exit::Unexpected),
            ("no-service", 503, Exit::NoService),
        ] {
            let problem = Problem::new(status, code, Hresult(0x8000_4005), "no");
            let failure = Failure::Service(ClientError::Problem(Box::new(problem)));
            assert_eq!(failure.exit(), exit, "{code}");
        }
    }

    #[test]
    fn a_document_that_its_server_does_not_give_ends_as_a_file_would() {
        for (status, exit) in [(404, Exit::RemoteFile), (503, Exit::RemoteFile), (407, Exit::Transport)] {
            let told = Hresult::from_http_status(status);
            let problem = Problem::new(400, "destination", told, "http://h/f.meta4: it does not give it");
            let failure = Failure::Service(ClientError::Problem(Box::new(problem)));
            assert_eq!(failure.exit(), exit, "{status}");
        }
    }

    #[test]
    fn a_closed_pipe_is_left_quietly() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit(), failure.is_silent()), (Exit::PipeClosed, true));
        let failure = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((failure.exit(), failure.is_silent()), (Exit::Unexpected, false));
    }
}
