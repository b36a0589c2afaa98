//! Where a failure struck (spec 6.3).

use crate::hresult::Hresult;
use crate::state::words;

words! {
    /// `BG_ERROR_CONTEXT`.
    ErrorContext {
        /// No error.
        None = 0, "none";
        /// The place is not known.
        Unknown = 1, "unknown";
        /// The queue manager: no network, policy, cost, no progress, size cap, age.
        GeneralQueueManager = 2, "general-queue-manager";
        /// While notifying the client; diagnostic only, never puts the job in error.
        QueueManagerNotification = 3, "queue-manager-notification";
        /// The local file: permission, space, folder, rename.
        LocalFile = 4, "local-file";
        /// The remote file: what the server answered about it.
        RemoteFile = 5, "remote-file";
        /// The way to the server: names, connections, TLS, proxy, truncated bodies.
        GeneralTransport = 6, "general-transport";
        /// The server's application that takes an upload.
        RemoteApplication = 7, "remote-application";
        /// The client's own check of the server certificate.
        ServerCertificateCallback = 8, "server-certificate-callback";
    }
}

impl ErrorContext {
    /// Whether an error of this context is tied to a file of the job (spec 6.3, column GetFile).
    pub const fn has_file(self) -> bool {
        match self {
            Self::LocalFile
            | Self::RemoteFile
            | Self::RemoteApplication
            | Self::ServerCertificateCallback => true,
            Self::None
            | Self::Unknown
            | Self::GeneralQueueManager
            | Self::QueueManagerNotification
            | Self::GeneralTransport => false,
        }
    }

    /// `GetProtocol`: "http" where the error concerns the transfer protocol (spec 6.3, 6.6).
    pub const fn protocol(self) -> Option<&'static str> {
        match self {
            Self::RemoteFile
            | Self::GeneralTransport
            | Self::RemoteApplication
            | Self::ServerCertificateCallback => Some("http"),
            Self::None
            | Self::Unknown
            | Self::GeneralQueueManager
            | Self::QueueManagerNotification
            | Self::LocalFile => None,
        }
    }

    /// The message whose text describes the context (spec 6.3, "Text id").
    pub const fn text_id(self) -> Hresult {
        Hresult(match self {
            Self::None => 0x0020_0006,
            Self::Unknown => 0x8020_0007,
            Self::GeneralQueueManager => 0x8020_0008,
            Self::QueueManagerNotification => 0x8020_000C,
            Self::LocalFile => 0x8020_0009,
            Self::RemoteFile => 0x8020_000A,
            Self::GeneralTransport => 0x8020_000B,
            Self::RemoteApplication => 0x8020_001E,
            Self::ServerCertificateCallback => 0x8020_0076,
        })
    }

    /// What a client of the DO class is told under `strict_do_contexts`: RemoteFile for HTTP 403, None for
    /// everything else (spec 6.3, "DO reduction").
    pub fn strict_do(self, code: Hresult) -> Self {
        if code == Hresult::from_http_status(403) { Self::RemoteFile } else { Self::None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_do_knows_only_403() {
        let remote = ErrorContext::RemoteFile;
        assert_eq!(remote.strict_do(Hresult::from_http_status(403)), ErrorContext::RemoteFile);
        assert_eq!(remote.strict_do(Hresult::from_http_status(404)), ErrorContext::None);
    }
}
