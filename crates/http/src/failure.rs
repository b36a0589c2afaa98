//! Everything that can go wrong between asking and the last byte, and the one place that says what it means in
//! the words of `core`.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use bgcopy_core::{Code, ErrorContext, Fault, Hresult, RemoteName};
use rustls::AlertDescription;

use crate::auth::Wanted;
use crate::connect::resolve::ResolveError;
use crate::proxy::{Proxy, ProxyListError};
use crate::tls::verify::CertificateProblem;

/// Why no bytes came. Causes are linked, not printed; [`Failure::fault`] walks the chain.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    // What the job says about its requests.
    #[error("the proxy settings cannot be used")]
    ProxySettings(#[from] ProxyListError),
    #[error("the TLS settings cannot be used: {reason}")]
    TlsSettings { reason: String },
    #[error("no request can be made of this: {reason}")]
    Request { reason: String },

    // The way to the server. `whom` is "host:port" or "proxy host:port".
    #[error("the name of {whom} cannot be resolved")]
    Name { whom: String, source: ResolveError },
    #[error("no connection to {whom}")]
    Connect { whom: String, source: io::Error },
    #[error("no connection to {whom} within {} s", within.as_secs())]
    ConnectTimeout { whom: String, within: Duration },
    #[error("the TLS handshake with {host} did not come to an end")]
    Handshake { host: String, kind: Broken, source: io::Error },
    #[error("no trusted TLS connection to {host}")]
    Tls { host: String, source: rustls::Error },
    #[error("{host} is not who it should be")]
    Certificate { host: String, source: CertificateProblem },
    #[error("the owner's program refuses the certificate of {server} with {code}")]
    CertificateRefused { server: String, code: Hresult },
    #[error(
        "the owner's program has to say whether the certificate of {server} is accepted, and it does not answer"
    )]
    CertificateUnanswered { server: String },
    #[error("{host} asks for a client certificate, and the job has none")]
    ClientCertificate { host: String },
    #[error("{proxy} answered {status}")]
    ProxyStatus { proxy: String, status: u16, retry_after: Option<Duration>, wanted: Option<Wanted> },
    #[error("{proxy} does not make the connection: {reason}")]
    ProxyRefused { proxy: String, reason: String },
    #[error("{proxy} broke off")]
    ProxyBroken { proxy: String, kind: Broken, source: io::Error },

    // The exchange.
    #[error("{whom} did not answer for {} s", waited.as_secs())]
    HeadTimeout { whom: String, waited: Duration },
    #[error("fewer than {bytes_per_second} bytes a second came from {whom} for {} s", over.as_secs())]
    LowSpeed { whom: String, bytes_per_second: u64, over: Duration },
    #[error("the exchange with {whom} broke off: {kind}")]
    Exchange { whom: String, kind: Broken, source: Box<dyn StdError + Send + Sync> },
    #[error("the body from {whom} ended {missing} bytes before its end")]
    Short { whom: String, missing: u64 },
    #[error("{whom} sent more than {limit} interim answers")]
    Interim { whom: String, limit: u32 },

    // The answer.
    #[error("{whom} answered {status}")]
    Status { whom: String, status: u16, retry_after: Option<Duration>, remote_size: Option<u64> },
    #[error("the network wants a login before it lets anybody through (status 511)")]
    CaptivePortal { retry_after: Option<Duration> },
    #[error("the answer of {whom} cannot be understood: {reason}")]
    Unintelligible { whom: String, reason: String },
    #[error("the answer of {whom} breaks the rules for ranges: {reason}")]
    Unusable { whom: String, reason: String },

    // Uploads.
    #[error("{whom} does not take the {packet} packet of the upload (status {status}{error})")]
    Upload {
        whom: String,
        packet: &'static str,
        status: u16,
        error: String,
        code: Code,
        context: ErrorContext,
        retry_after: Option<Duration>,
    },
    #[error("{whom} speaks another upload protocol")]
    UploadProtocol { whom: String },

    // Redirects.
    #[error("{whom} redirects ({status}), and the job does not follow redirects")]
    RedirectDisallowed { whom: String, status: u16, location: Option<RemoteName> },
    #[error("a redirect of {whom} is not followed: {reason}")]
    Redirect { whom: String, reason: String },
    /// Faults C06; the phrase is part of the catalogue.
    #[error(
        "private-address: a public server leads to {whom}, which lies in this machine's own or a private network"
    )]
    PrivateTarget { whom: String },
    /// Faults C07.
    #[error("{whom} leads to this machine or its link, where this service takes no ordinary user")]
    LocalTarget { whom: String },
}

/// How a connection ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Closed by the other side.
    Closed,
    /// Reset.
    Reset,
    /// The system gave up waiting for the other side.
    TimedOut,
    /// What came is not the protocol.
    Garbage,
    /// The server wants a client certificate after all.
    WantsCertificate,
    /// The server refuses TLS with us.
    TlsAlert,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed early",
            Self::Reset => "reset",
            Self::TimedOut => "timed out",
            Self::Garbage => "not understood",
            Self::WantsCertificate => "client certificate wanted",
            Self::TlsAlert => "refused by TLS",
        })
    }
}

impl Broken {
    /// What kind of end an error of the HTTP or TLS library or the system is.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        causes(error).find_map(Self::of_one).unwrap_or(Self::Closed)
    }

    fn of_one(error: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return error.is_parse().then_some(Self::Garbage);
        }
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return Self::of_http2(error);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(match error {
                rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => Self::WantsCertificate,
                rustls::Error::AlertReceived(_) => Self::TlsAlert,
                _ => Self::Garbage,
            });
        }
        let error = error.downcast_ref::<io::Error>()?;
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Some(Self::Reset),
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Some(Self::TimedOut)
            }
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected => {
                Some(Self::Closed)
            }
            // The TLS library wraps its own error, which says more.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput if error.get_ref().is_none() => {
                Some(Self::Garbage)
            }
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                let inner = error.get_ref().map(|inner| inner as &(dyn StdError + 'static));
                Some(inner.and_then(Self::of_one).unwrap_or(Self::Garbage))
            }
            _ => None,
        }
    }

    fn of_http2(error: &h2::Error) -> Option<Self> {
        if error.is_io() {
            return error.get_io().and_then(|io| Self::of_one(io));
        }
        if error.is_library() {
            return Some(Self::Garbage);
        }
        Some(if error.is_go_away() { Self::Closed } else { Self::Reset })
    }
}

/// The error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}

/// Whether an HTTP/2 server said that it wants HTTP/1.1 (RFC 9113, 7; faults A37).
pub(crate) fn wants_http1(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .filter_map(|error| error.downcast_ref::<h2::Error>())
        .any(|error| error.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED))
}

/// Whether a connection ended without the goodbye of its protocol, and nothing else is wrong.
pub(crate) fn is_bare_end(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::UnexpectedEof)
}

impl Failure {
    /// A handshake that failed: the other side's fault, or a connection that ended.
    pub(crate) fn from_handshake(host: String, source: io::Error) -> Self {
        let tls = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(problem) = tls.and_then(CertificateProblem::of) {
            return Self::Certificate { host, source: problem.clone() };
        }
        match tls {
            Some(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)) => {
                Self::ClientCertificate { host }
            }
            // Garbage in place of TLS may be a restarting server or a confused middle box (faults B17).
            Some(
                rustls::Error::InvalidMessage(_)
                | rustls::Error::InappropriateMessage { .. }
                | rustls::Error::InappropriateHandshakeMessage { .. }
                | rustls::Error::PeerSentOversizedRecord,
            ) => Self::Handshake { host, kind: Broken::Garbage, source },
            Some(error) => Self::Tls { host, source: error.clone() },
            None => Self::Handshake { host, kind: Broken::of(&source), source },
        }
    }

    /// An exchange that broke.
    pub(crate) fn from_exchange(whom: String, source: hyper::Error) -> Self {
        Self::Exchange { whom, kind: Broken::of(&source), source: Box::new(source) }
    }

    /// A failure of TLS to the proxy itself: the report must not blame the server (faults B20).
    pub(crate) fn at_proxy(mut self, proxy: &Proxy) -> Self {
        match &mut self {
            Self::Handshake { host, .. }
            | Self::Tls { host, .. }
            | Self::Certificate { host, .. }
            | Self::ClientCertificate { host } => *host = proxy.shown(),
            _ => {}
        }
        self
    }

    /// How much the failure of one address tells about the failure of all (faults B14): a certificate more
    /// than a refusal.
    pub(crate) fn telling(&self) -> u8 {
        match self {
            Self::Certificate { .. } | Self::ClientCertificate { .. } => 4,
            Self::Tls { .. } => 3,
            Self::ProxyStatus { .. } | Self::ProxyRefused { .. } | Self::TlsSettings { .. } => 3,
            Self::Handshake { .. } | Self::ProxyBroken { .. } => 2,
            Self::ConnectTimeout { .. } => 1,
            _ => 0,
        }
    }

    /// The failure in the words of `core`: the one map from causes to codes and contexts (design.md "Where the
    /// sources disagree": "names, connections, TLS and 407 GeneralTransport, answers of the server RemoteFile").
    fn meaning(&self) -> (Code, ErrorContext) {
        use ErrorContext::{GeneralTransport as Transport, RemoteFile as Remote};
        match self {
            Self::ProxySettings(_) => (Code::InvalidProxy, Transport),
            Self::TlsSettings { .. } => (Code::Tls, Transport),
            Self::Request { .. } => (Code::HttpInvalid, Remote),
            Self::Name { source, .. } => (source.code(), Transport),
            Self::Connect { .. } => (Code::Connect, Transport),
            Self::ConnectTimeout { .. } => (Code::Timeout, Transport),
            Self::Handshake { kind, .. } | Self::ProxyBroken { kind, .. } => (kind.code(), Transport),
            Self::Tls { .. } => (Code::Tls, Transport),
            Self::Certificate { source, .. } => (source.code(), Transport),
            // Spec 6.3, "certificate callback refused", "certificate callback missing".
            Self::CertificateRefused { code, .. } => {
                (Code::Other(*code), ErrorContext::ServerCertificateCallback)
            }
            Self::CertificateUnanswered { .. } => {
                (Code::CertificateCallbackMissing, ErrorContext::ServerCertificateCallback)
            }
            Self::ClientCertificate { .. } => (Code::TlsClientCertificate, Transport),
            Self::ProxyStatus { status, .. } => (Code::Proxy(*status), Transport),
            Self::ProxyRefused { .. } => (Code::Connect, Transport),
            Self::HeadTimeout { .. } | Self::LowSpeed { .. } => (Code::Timeout, Transport),
            // An answer that makes no sense is the server's; a connection that ends is the way's.
            Self::Exchange { kind: Broken::Garbage, .. } => (Code::BadResponse, Remote),
            Self::Exchange { kind, .. } => (kind.code(), Transport),
            Self::Short { .. } => (Code::ClosedEarly, Transport),
            Self::Interim { .. } | Self::Unintelligible { .. } => (Code::BadResponse, Remote),
            Self::Status { status: 407, .. } => (Code::Http(407), Transport),
            Self::Status { status, .. } => (Code::Http(*status), Remote),
            Self::CaptivePortal { .. } => (Code::CaptivePortal, Transport),
            Self::Unusable { .. } => (Code::HttpInvalid, Remote),
            Self::Upload { code, context, .. } => (*code, *context),
            Self::UploadProtocol { .. } => (Code::ProtocolMismatch, Remote),
            // Spec 9.6: "the mapped family would be 0x8019012C…. Use the latter."
            Self::RedirectDisallowed { status, .. } => (Code::Http(*status), Remote),
            Self::Redirect { .. } | Self::PrivateTarget { .. } => (Code::Redirect, Remote),
            Self::LocalTarget { .. } => (Code::AccessDenied, Remote),
        }
    }

    /// The report to whoever asked.
    pub(crate) fn fault(&self, url: &RemoteName) -> Fault {
        let (code, context) = self.meaning();
        let mut fault = Fault::new(code, context, self.sentence());
        fault.source = Some(url.redacted());
        fault.errno = causes(self)
            .filter_map(|error| error.downcast_ref::<io::Error>())
            .find_map(io::Error::raw_os_error);
        match self {
            Self::Status { retry_after, remote_size, .. } => {
                fault.retry_after = *retry_after;
                fault.remote_size = *remote_size;
            }
            Self::ProxyStatus { retry_after, .. }
            | Self::Upload { retry_after, .. }
            | Self::CaptivePortal { retry_after } => {
                fault.retry_after = *retry_after;
            }
            Self::RedirectDisallowed { location, .. } => fault.location.clone_from(location),
            _ => {}
        }
        fault
    }

    /// The failure and its causes as one sentence. A cause that repeats what was said is left out.
    fn sentence(&self) -> String {
        causes(self).fold(String::new(), |mut text, cause| {
            let cause = cause.to_string();
            if text.is_empty() {
                text = cause;
            } else if !text.contains(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
            text
        })
    }
}

impl ResolveError {
    /// B12: that a name does not exist is an answer; anything else says nothing about the name.
    const fn code(&self) -> Code {
        match self {
            Self::NoSuchName => Code::Dns,
            Self::NoAddress | Self::Unavailable | Self::Failed(_) => Code::DnsUnavailable,
        }
    }
}

impl Broken {
    const fn code(self) -> Code {
        match self {
            Self::Closed => Code::ClosedEarly,
            Self::Reset => Code::Reset,
            Self::TimedOut => Code::Timeout,
            Self::Garbage => Code::BadResponse,
            Self::WantsCertificate => Code::TlsClientCertificate,
            Self::TlsAlert => Code::Tls,
        }
    }
}

impl CertificateProblem {
    const fn code(&self) -> Code {
        match self {
            Self::ClockSuspect => Code::ClockSuspect,
            Self::Revoked => Code::TlsRevoked,
            Self::Expired
            | Self::NotYetValid
            | Self::UnknownAuthority
            | Self::WrongName
            | Self::WrongUsage
            | Self::NoRevocationList
            | Self::Other(_) => Code::Tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_walked_for_the_sentence_and_the_error_number() {
        let url = "http://host:81/path?signature=secret".parse().unwrap();
        let refused = io::Error::from_raw_os_error(111);
        let fault = Failure::Connect { whom: "host:81".to_owned(), source: refused }.fault(&url);
        assert_eq!((fault.code, fault.context), (Code::Connect, ErrorContext::GeneralTransport));
        assert_eq!(fault.errno, Some(111));
        assert_eq!(fault.detail, "no connection to host:81: Connection refused (os error 111)");
        assert_eq!(fault.source.as_deref(), Some("http://host:81/path?…"));
    }

    #[test]
    fn a_407_is_of_the_way_whoever_says_so() {
        // Spec 6.3: "names, connections, TLS and 407 GeneralTransport".
        for (status, context) in [
            (407, ErrorContext::GeneralTransport),
            (401, ErrorContext::RemoteFile),
            (408, ErrorContext::RemoteFile),
        ] {
            let whom = "host:81".to_owned();
            let failure = Failure::Status { whom, status, retry_after: None, remote_size: None };
            let fault = failure.fault(&"http://host:81/".parse().unwrap());
            assert_eq!((fault.code, fault.context), (Code::Http(status), context));
        }
    }

    #[test]
    fn ends_of_connections_are_told_apart() {
        for (kind, expected) in [
            (io::ErrorKind::ConnectionReset, Broken::Reset),
            (io::ErrorKind::UnexpectedEof, Broken::Closed),
            (io::ErrorKind::BrokenPipe, Broken::Closed),
            (io::ErrorKind::TimedOut, Broken::TimedOut),
            (io::ErrorKind::InvalidData, Broken::Garbage),
            (io::ErrorKind::Other, Broken::Closed),
        ] {
            assert_eq!(Broken::of(&io::Error::from(kind)), expected, "{kind:?}");
        }
        let required = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, required);
        assert_eq!(Broken::of(&wrapped), Broken::WantsCertificate);
    }
}
