//! What can go wrong with a transfer, once, under a stable name.
//!
//! One line per code: the name it has in the API, the log and the database (`spec/faults.md`, "Codes"), its
//! number, and its class (spec 6.7). The number is that of the BITS class where the families differ; a client of
//! the DO class is told its partner (spec 11.4).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalogue::{codes as c, to_family};
use crate::hresult::{Family, Hresult};

/// What a failure means for the transfer (spec 6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// The service tries again by itself after a delay.
    Transient,
    /// The service waits for a condition and goes on by itself when it is met.
    Policy,
    /// The client has to act: repair and Resume, Complete, or Cancel.
    Fatal,
}

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $word:literal, $code:expr, $class:ident;)+) => {
        /// Why a transfer failed or waits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$meta])* $variant,)+
            /// The server answered with this status, and the transfer cannot use it.
            Http(u16),
            /// The proxy answered with this status to CONNECT.
            Proxy(u16),
            /// A code of somebody else's, such as the one a client's certificate callback returned.
            Other(Hresult),
        }

        impl Code {
            /// Every code with a name of its own.
            pub const NAMED: &[Self] = &[$(Self::$variant,)+];

            /// The number that a client of this family is told.
            pub const fn hresult(self, family: Family) -> Hresult {
                match self {
                    $(Self::$variant => to_family($code, family),)+
                    Self::Http(status) | Self::Proxy(status) => Hresult::from_http_status(status),
                    Self::Other(hresult) => hresult,
                }
            }

            /// What the failure means for the transfer.
            pub const fn class(self) -> ErrorClass {
                match self {
                    $(Self::$variant => ErrorClass::$class,)+
                    Self::Http(status) | Self::Proxy(status) => status_class(status),
                    // A refused certificate callback is tried again (spec 6.7, "context 8, any other code").
                    Self::Other(_) => ErrorClass::Transient,
                }
            }

            /// The name, where the code has one of its own.
            pub(crate) const fn named_word(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($word),)+
                    Self::Http(_) | Self::Proxy(_) | Self::Other(_) => None,
                }
            }

            fn from_named_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

codes! {
    // The answer of the server.
    /// A part was wanted, and the server sends only the whole.
    RangeUnsupported = "range-unsupported", c::BG_E_INSUFFICIENT_RANGE_SUPPORT, Fatal;
    /// The headers break the protocol that ranges need.
    HttpInvalid = "http-invalid", c::BG_E_INSUFFICIENT_HTTP_SUPPORT, Fatal;
    /// The size is not told, and the job requires one.
    SizeUnknown = "size-unknown", c::BG_E_MISSING_FILE_SIZE, Fatal;
    /// The answer cannot be understood.
    BadResponse = "bad-response", c::ERROR_WINHTTP_INVALID_SERVER_RESPONSE, Transient;
    /// A redirect that must not or cannot be followed.
    Redirect = "redirect", c::ERROR_WINHTTP_REDIRECT_FAILED, Fatal;
    /// The answer is the login page of a network, not the file.
    CaptivePortal = "captive-portal", Hresult::from_http_status(511), Transient;
    /// The content is not what was promised.
    ValidationFailed = "validation-failed", c::BG_E_VALIDATION_FAILED, Fatal;
    /// The remote file kept changing while it was fetched.
    RemoteChanged = "remote-changed", c::BG_E_REMOTE_FILE_CHANGED, Fatal;
    /// The range a client gave lies outside the remote file.
    InvalidRange = "invalid-range", c::BG_E_INVALID_RANGE, Fatal;
    /// More bytes come than were agreed, or than may be written.
    TooLarge = "too-large", c::BG_E_TOO_LARGE, Fatal;
    /// The job's cap on bytes (`BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE`).
    MaxSize = "max-size", c::BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED, Fatal;
    /// The server has forgotten the session of an upload.
    SessionNotFound = "session-not-found", c::BG_E_SESSION_NOT_FOUND, Transient;
    /// The server speaks another upload protocol.
    ProtocolMismatch = "protocol-mismatch", c::BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH, Fatal;
    /// The server runs programs in the folder that uploads go to, and so takes none there.
    ServerExecuteEnabled = "server-execute-enabled", c::BG_E_SERVER_EXECUTE_ENABLE, Fatal;

    // The way to the server.
    /// No answer in time.
    Timeout = "timeout", c::ERROR_WINHTTP_TIMEOUT, Transient;
    /// The name does not exist, says the name service; believed once it was said for an hour (faults B12).
    Dns = "dns", c::ERROR_WINHTTP_NAME_NOT_RESOLVED, Transient;
    /// The name service has nothing to say of the name now: no answer, a failure, no address.
    DnsUnavailable = "dns-unavailable", c::ERROR_WINHTTP_NAME_NOT_RESOLVED, Transient;
    /// No connection.
    Connect = "connect", c::ERROR_WINHTTP_CANNOT_CONNECT, Transient;
    /// The connection was closed before the end of the body.
    ClosedEarly = "closed-early", c::ERROR_WINHTTP_CONNECTION_ERROR, Transient;
    /// The connection was reset.
    Reset = "reset", c::ERROR_INTERNET_CONNECTION_RESET, Transient;
    /// No trusted TLS connection.
    Tls = "tls", c::ERROR_WINHTTP_SECURE_FAILURE, Fatal;
    /// The server wants a client certificate, and the job has none.
    TlsClientCertificate = "tls-client-certificate", c::ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, Fatal;
    /// The server's certificate was revoked.
    TlsRevoked = "tls-revoked", c::ERROR_WINHTTP_SECURE_CERT_REVOKED, Fatal;
    /// The certificate is not valid yet, and the clock of this machine is suspect.
    ClockSuspect = "clock-suspect", c::ERROR_WINHTTP_SECURE_FAILURE, Transient;
    /// The proxy settings make no sense.
    InvalidProxy = "invalid-proxy", c::BG_E_INVALID_PROXY_INFO, Fatal;

    // The local file.
    /// The volume is full, or down to its free-space floor; also quotas and inodes.
    DiskFull = "disk-full", c::ERROR_DISK_FULL, Policy;
    /// No permission.
    AccessDenied = "access-denied", c::E_ACCESSDENIED, Fatal;
    /// The volume is read-only.
    WriteProtected = "write-protected", c::ERROR_WRITE_PROTECT, Fatal;
    /// The folder is gone.
    PathNotFound = "path-not-found", c::ERROR_PATH_NOT_FOUND, Fatal;
    /// The device failed.
    Io = "io", c::ERROR_IO_DEVICE, Fatal;
    /// A name is longer than the file system takes.
    NameTooLong = "name-too-long", c::ERROR_FILENAME_EXCED_RANGE, Fatal;
    /// Somebody else touched the temporary file, or the file that is being uploaded.
    LocalFileChanged = "local-file-changed", c::BG_E_LOCAL_FILE_CHANGED, Fatal;
    /// The destination exists, and the job must not replace it.
    DestinationExists = "destination-exists", c::BG_E_DESTINATION_LOCKED, Fatal;
    /// Another volume is mounted where the file was.
    VolumeChanged = "volume-changed", c::BG_E_VOLUME_CHANGED, Fatal;

    // The queue manager.
    /// No network at all.
    NoNetwork = "no-network", c::BG_E_NETWORK_DISCONNECTED, Policy;
    /// Nothing came for the no-progress timeout.
    NoProgress = "no-progress", c::BG_E_NO_PROGRESS, Fatal;
    /// The link's cost forbids the transfer now.
    BlockedCost = "blocked-cost", c::BG_E_BLOCKED_BY_COST_TRANSFER_POLICY, Policy;
    /// Cellular links are forbidden.
    BlockedCellular = "blocked-cellular", c::DO_E_BLOCKED_BY_CELLULAR_POLICY, Policy;
    /// On battery.
    BlockedPower = "blocked-power", c::BG_E_BLOCKED_BY_BATTERY_POLICY, Policy;
    /// On a VPN.
    BlockedVpn = "blocked-vpn", c::DO_E_BLOCKED_BY_VPN_POLICY, Policy;
    /// Memory is scarce.
    BlockedMemory = "blocked-memory", c::BG_E_BLOCKED_BY_SYSTEM_POLICY, Policy;
    /// The bandwidth policy is 0 now.
    BlockedPolicy = "blocked-policy", c::BG_E_BLOCKED_BY_POLICY, Policy;
    /// The job was in transfer for longer than its maximum.
    MaxTime = "max-time", c::BG_E_MAXDOWNLOAD_TIMEOUT, Fatal;
    /// The service's own records cannot be written.
    StoreFailed = "store-failed", c::DO_E_FATAL_CORE_ERROR, Fatal;
    /// A helper token is configured and absent.
    TokenRequired = "token-required", c::BG_E_TOKEN_REQUIRED, Fatal;
    /// A certificate callback is configured and absent.
    CertificateCallbackMissing = "certificate-callback-missing",
        c::BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED, Fatal;
    /// Notifying the client failed; diagnostic only.
    Notification = "notification", c::BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION, Transient;
}

/// The class of an HTTP status that cannot be used (design.md "Where the sources disagree": spec 6.7, but
/// 408, 409, 425, 429 and 5xx except 501 and 505 are transient). Answers whose text asks for Resume (200,
/// 205; spec 13 #25) are fatal.
pub const fn status_class(status: u16) -> ErrorClass {
    match status {
        200 | 205 | 300..=305 | 307 | 308 => ErrorClass::Fatal,
        408 | 409 | 425 | 429 => ErrorClass::Transient,
        400..=499 | 501 | 505 => ErrorClass::Fatal,
        _ => ErrorClass::Transient,
    }
}

impl Code {
    /// The status inside, where the failure is one.
    pub const fn http_status(self) -> Option<u16> {
        match self {
            Self::Http(status) | Self::Proxy(status) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.named_word(), self) {
            (Some(word), _) => f.pad(word),
            (None, Self::Http(status)) => write!(f, "http-{status}"),
            (None, Self::Proxy(status)) => write!(f, "proxy-{status}"),
            (None, other) => other.hresult(Family::Bits).fmt(f),
        }
    }
}

/// A text that names no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no error code")]
pub struct UnknownCode(String);

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let status = |prefix| text.strip_prefix(prefix).and_then(|digits| digits.parse().ok());
        let other = || text.starts_with("0x").then(|| text.parse().ok().map(Self::Other)).flatten();
        Self::from_named_word(text)
            .or_else(|| status("http-").map(Self::Http))
            .or_else(|| status("proxy-").map(Self::Proxy))
            .or_else(other)
            .ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let statuses = (100..600).flat_map(|status| [Code::Http(status), Code::Proxy(status)]);
        let others = [Code::Other(Hresult(0x8000_4005))];
        for code in Code::NAMED.iter().copied().chain(statuses).chain(others) {
            assert_eq!(code.to_string().parse(), Ok(code));
        }
        assert!("http-".parse::<Code>().is_err());
        assert!("".parse::<Code>().is_err());
    }

    #[test]
    fn do_transient_codes_never_are_fatal() {
        for code in Code::NAMED {
            if code.hresult(Family::Do).is_do_transient() {
                assert_ne!(code.class(), ErrorClass::Fatal, "{code}");
            }
        }
    }

    #[test]
    fn status_classes_are_those_of_the_design() {
        let of = |class| {
            let all = (100..600).filter(|&status| status_class(status) == class);
            all.fold(Vec::<(u16, u16)>::new(), |mut runs, status| {
                match runs.last_mut() {
                    Some(run) if run.1 + 1 == status => run.1 = status,
                    _ => runs.push((status, status)),
                }
                runs
            })
        };
        assert_eq!(
            of(ErrorClass::Fatal),
            [
                (200, 200),
                (205, 205),
                (300, 305),
                (307, 308),
                (400, 407),
                (410, 424),
                (426, 428),
                (430, 499),
                (501, 501),
                (505, 505),
            ]
        );
        assert!(of(ErrorClass::Policy).is_empty());
    }
}
