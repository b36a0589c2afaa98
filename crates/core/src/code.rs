//! What can go wrong with a transfer, once, under a stable name.
//!
//! One line per code: the name it has in the API, the log and the database (`spec/faults.md`, "Codes"), its
//! number on the BITS class and on the DO class (spec 11.4), and its class (spec 6.7). Codes of one family
//! without a partner in the other are returned unchanged on both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    ($($(#[$meta:meta])* $variant:ident = $word:literal, $bits:literal, $do:literal, $class:ident;)+) => {
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
                match (self, family) {
                    $((Self::$variant, Family::Bits) => Hresult($bits),
                      (Self::$variant, Family::Do) => Hresult($do),)+
                    (Self::Http(status) | Self::Proxy(status), _) => Hresult::from_http_status(status),
                    (Self::Other(hresult), _) => hresult,
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

            const fn named_word(self) -> Option<&'static str> {
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
    RangeUnsupported = "range-unsupported", 0x8020_0013, 0x80D0_5011, Fatal;
    /// The headers break the protocol that ranges need.
    HttpInvalid = "http-invalid", 0x8020_0012, 0x8020_0012, Fatal;
    /// The size is not told, and the job requires one.
    SizeUnknown = "size-unknown", 0x8020_0011, 0x80D0_201A, Fatal;
    /// The answer cannot be understood.
    BadResponse = "bad-response", 0x8007_2F78, 0x8007_2F78, Transient;
    /// A redirect that must not or cannot be followed.
    Redirect = "redirect", 0x8007_2F7C, 0x8007_2F7C, Fatal;
    /// The answer is the login page of a network, not the file.
    CaptivePortal = "captive-portal", 0x8019_01FF, 0x8019_01FF, Transient;
    /// The content is not what was promised.
    ValidationFailed = "validation-failed", 0x8020_0053, 0x8020_0053, Fatal;
    /// The remote file kept changing while it was fetched.
    RemoteChanged = "remote-changed", 0x8020_0073, 0x8020_0073, Fatal;
    /// The range a client gave lies outside the remote file.
    InvalidRange = "invalid-range", 0x8020_002B, 0x80D0_5010, Fatal;
    /// More bytes come than were agreed, or than may be written.
    TooLarge = "too-large", 0x8020_0020, 0x8020_0020, Fatal;
    /// The job's cap on bytes (`BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE`).
    MaxSize = "max-size", 0x8020_0064, 0x8020_0064, Fatal;

    // The way to the server.
    /// No answer in time.
    Timeout = "timeout", 0x8007_2EE2, 0x8007_2EE2, Transient;
    /// The name cannot be resolved just now.
    Dns = "dns", 0x8007_2EE7, 0x8007_2EE7, Transient;
    /// No connection.
    Connect = "connect", 0x8007_2EFD, 0x8007_2EFD, Transient;
    /// The connection was closed before the end of the body.
    ClosedEarly = "closed-early", 0x8007_2EFE, 0x8007_2EFE, Transient;
    /// The connection was reset.
    Reset = "reset", 0x8007_2EFF, 0x8007_2EFF, Transient;
    /// No trusted TLS connection.
    Tls = "tls", 0x8007_2F8F, 0x80D0_5002, Fatal;
    /// The server wants a client certificate, and the job has none.
    TlsClientCertificate = "tls-client-certificate", 0x8007_2F0C, 0x8007_2F0C, Fatal;
    /// The server's certificate was revoked.
    TlsRevoked = "tls-revoked", 0x8007_2F8A, 0x8007_2F8A, Fatal;
    /// The certificate is not valid yet, and the clock of this machine is suspect.
    ClockSuspect = "clock-suspect", 0x8007_2F8F, 0x80D0_5002, Transient;
    /// The proxy settings make no sense.
    InvalidProxy = "invalid-proxy", 0x8020_003F, 0x8020_003F, Fatal;

    // The local file.
    /// The volume is full, or down to its free-space floor; also quotas and inodes.
    DiskFull = "disk-full", 0x8007_0070, 0x8007_0070, Policy;
    /// No permission.
    AccessDenied = "access-denied", 0x8007_0005, 0x8007_0005, Fatal;
    /// The volume is read-only.
    WriteProtected = "write-protected", 0x8007_0013, 0x8007_0013, Fatal;
    /// The folder is gone.
    PathNotFound = "path-not-found", 0x8007_0003, 0x8007_0003, Fatal;
    /// The device failed.
    Io = "io", 0x8007_045D, 0x8007_045D, Fatal;
    /// A name is longer than the file system takes.
    NameTooLong = "name-too-long", 0x8007_00CE, 0x8007_00CE, Fatal;
    /// Somebody else touched the temporary file.
    LocalFileChanged = "local-file-changed", 0x8020_001D, 0x8020_001D, Fatal;
    /// The destination exists, and the job must not replace it.
    DestinationExists = "destination-exists", 0x8020_000D, 0x8020_000D, Fatal;
    /// Another volume is mounted where the file was.
    VolumeChanged = "volume-changed", 0x8020_000E, 0x8020_000E, Fatal;

    // The queue manager.
    /// No network at all.
    NoNetwork = "no-network", 0x8020_0010, 0x80D0_3805, Policy;
    /// Nothing came for the no-progress timeout.
    NoProgress = "no-progress", 0x8020_0024, 0x80D0_2002, Fatal;
    /// The link's cost forbids the transfer now.
    BlockedCost = "blocked-cost", 0x8020_0059, 0x80D0_3801, Policy;
    /// Cellular links are forbidden.
    BlockedCellular = "blocked-cellular", 0x80D0_3803, 0x80D0_3803, Policy;
    /// On battery.
    BlockedPower = "blocked-power", 0x8020_0067, 0x80D0_3804, Policy;
    /// On a VPN.
    BlockedVpn = "blocked-vpn", 0x80D0_3807, 0x80D0_3807, Policy;
    /// Memory is scarce.
    BlockedMemory = "blocked-memory", 0x8020_0070, 0x80D0_3808, Policy;
    /// The bandwidth policy is 0 now.
    BlockedPolicy = "blocked-policy", 0x8020_003E, 0x8020_003E, Policy;
    /// The job was in transfer for longer than its maximum.
    MaxTime = "max-time", 0x8020_0054, 0x8020_0054, Fatal;
    /// The service's own records cannot be written.
    StoreFailed = "store-failed", 0x80D0_6802, 0x80D0_6802, Fatal;
    /// A helper token is configured and absent.
    TokenRequired = "token-required", 0x8020_0056, 0x8020_0056, Fatal;
    /// A certificate callback is configured and absent.
    CertificateCallbackMissing = "certificate-callback-missing", 0x8020_0074, 0x8020_0074, Fatal;
    /// Notifying the client failed; diagnostic only.
    Notification = "notification", 0x8020_000C, 0x8020_000C, Transient;
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
