//! The numbers that clients of the Linux agent know failures by. They are coarser than ours, and some are of other
//! families: `errno` and results of libcurl share the range from 0xC0D00000 (agent-rest 8, 10).

use std::io;

use bgcopy_api::core::{self, Code, Family, Hresult};
use bgcopy_api::{ErrorContext, ErrorInfo};

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(Hresult);

macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident = $number:literal;)+) => {
        impl Refusal {
            $($(#[$meta])* pub(crate) const $name: Self = Self(Hresult($number));)+
        }
    };
}

refusals! {
    /// `E_NOTIMPL`.
    NOT_IMPLEMENTED = 0x8000_4001;
    /// `E_OUTOFMEMORY`: a bound of ours is reached.
    OUT_OF_MEMORY = 0x8007_000E;
    /// No such call.
    NOT_SUPPORTED = 0x8007_0032;
    /// `E_INVALIDARG`.
    INVALID_ARGUMENT = 0x8007_0057;
    /// An unforeseen exception; the original's word for a percent sequence that is none.
    UNFORESEEN = 0x8007_023E;
    /// `E_NOT_SET`: no such download.
    NOT_FOUND = 0x8007_0490;
    /// `INET_E_INVALID_URL`.
    INVALID_URL = 0x800C_0002;
    /// `DO_E_NO_SERVICE`.
    NO_SERVICE = 0x80D0_1001;
    /// `DO_E_UNKNOWN_PROPERTY_ID`.
    UNKNOWN_PROPERTY = 0x80D0_2011;
    /// `DO_E_INVALID_STATE`.
    INVALID_STATE = 0x80D0_2013;
    /// `DO_E_FILE_DOWNLOADSINK_UNSPECIFIED`.
    NO_PATH = 0x80D0_2018;
    /// `DO_E_DOWNLOAD_NO_URI`.
    NO_URI = 0x80D0_2200;
}

impl Refusal {
    /// "`errno` *n* is returned as `0xC0D00000` + *n*" (agent-rest 10).
    pub(crate) fn of_io(error: &io::Error) -> Self {
        error.raw_os_error().map_or(Self::INVALID_ARGUMENT, |errno| Self(of_errno(errno)))
    }

    /// A refusal of the service.
    pub(crate) fn of_service(refusal: &core::Refusal) -> Self {
        match refusal {
            core::Refusal::JobNotFound { .. } => Self::NOT_FOUND,
            core::Refusal::InvalidState { .. } => Self::INVALID_STATE,
            core::Refusal::Name(_) => Self::INVALID_URL,
            core::Refusal::Destination { code, .. } => Self(of_code(*code)),
            core::Refusal::DestinationExists { .. } => Self(of_code(Code::DestinationExists)),
            core::Refusal::TooManyJobsPerUser { .. } | core::Refusal::TooManyJobsPerMachine { .. } => {
                Self::OUT_OF_MEMORY
            }
            other => Self(other.hresult(Family::Do)),
        }
    }

    /// HTTP status and phrase; the phrases are the original's (agent-rest 3, 4).
    pub(crate) const fn status(self) -> (u16, &'static str) {
        match self {
            Self::NOT_FOUND => (404, "NotFound"),
            Self::UNFORESEEN => (500, "InternalError"),
            Self::OUT_OF_MEMORY | Self::NO_SERVICE => (503, "ServiceUnavailable"),
            _ => (400, "BadRequest"),
        }
    }

    /// As it is printed: "must fit a signed 32-bit decimal" (agent-rest 1).
    pub(crate) const fn number(self) -> i32 {
        signed(self.0)
    }
}

/// A code as it is printed.
pub(crate) const fn signed(code: Hresult) -> i32 {
    code.0.cast_signed()
}

/// The number of what stopped a transfer, or keeps it waiting.
pub(crate) fn of_error(error: &ErrorInfo) -> Hresult {
    match (error.errno, error.code.parse()) {
        (Some(errno), _) if error.context == ErrorContext::LocalFile => of_errno(errno),
        (_, Ok(code)) => of_code(code),
        (_, Err(_)) => error.hresult,
    }
}

const fn of_errno(errno: i32) -> Hresult {
    Hresult(0xC0D0_0000 | (errno.cast_unsigned() & 0xFFFF))
}

/// "other libcurl result *n*" (agent-rest 8).
const fn of_curl(result: u32) -> Hresult {
    Hresult(0xC0D0_0000 + result)
}

/// The table of agent-rest 8, and the code of the family where the original has none.
const fn of_code(code: Code) -> Hresult {
    match code {
        Code::Http(status) | Code::Proxy(status) => of_status(status),
        Code::Timeout => Hresult(0x8007_2EE2),
        Code::Dns | Code::DnsUnavailable => Hresult(0x8007_2EE7),
        Code::Connect => Hresult(0x8007_2EFD),
        // CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_WEIRD_SERVER_REPLY.
        Code::ClosedEarly => of_curl(18),
        Code::Reset => of_curl(56),
        Code::BadResponse => of_curl(8),
        // CURLE_TOO_MANY_REDIRECTS, CURLE_COULDNT_RESOLVE_PROXY.
        Code::Redirect => of_curl(47),
        Code::InvalidProxy => of_curl(5),
        // CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM.
        Code::Tls | Code::TlsRevoked | Code::ClockSuspect => of_curl(60),
        Code::TlsClientCertificate => of_curl(58),
        Code::CaptivePortal => of_status(511),
        Code::RangeUnsupported | Code::HttpInvalid => Hresult(0x80D0_5011),
        Code::DiskFull => of_errno(28),
        Code::AccessDenied => of_errno(13),
        Code::WriteProtected => of_errno(30),
        Code::PathNotFound => of_errno(2),
        Code::Io => of_errno(5),
        Code::NameTooLong => of_errno(36),
        Code::DestinationExists => of_errno(17),
        Code::NoNetwork => Hresult(0x80D0_3805),
        Code::NoProgress => Hresult(0x80D0_2002),
        // Waits that have no number in the transient band of the family: told as what they are most like.
        Code::BlockedPolicy | Code::BlockedMemory => Hresult(0x80D0_3806),
        Code::SizeUnknown
        | Code::ValidationFailed
        | Code::RemoteChanged
        | Code::InvalidRange
        | Code::TooLarge
        | Code::MaxSize
        | Code::LocalFileChanged
        // Nothing is uploaded through the agent.
        | Code::SessionNotFound
        | Code::ProtocolMismatch
        | Code::ServerExecuteEnabled
        | Code::VolumeChanged
        | Code::BlockedCost
        | Code::BlockedCellular
        | Code::BlockedPower
        | Code::BlockedVpn
        | Code::MaxTime
        | Code::StoreFailed
        | Code::TokenRequired
        | Code::CertificateCallbackMissing
        | Code::Notification
        | Code::Other(_) => code.hresult(Family::Do),
    }
}

/// agent-rest 8, "Failure codes".
const fn of_status(status: u16) -> Hresult {
    Hresult(match status {
        400 | 405 | 409 | 411 | 412 | 414 | 415 => 0x8019_0190,
        401 => 0x8019_0191,
        403 => 0x8019_0193,
        404 | 410 => 0x8019_0194,
        406 => 0x8019_0196,
        407 => 0x8019_0197,
        408 => 0x8019_0198,
        413 => 0x8019_019D,
        301..=303 => 0x8019_0003,
        300 | 500 | 503 => 0x8019_01F4,
        501 | 505 => 0x8019_01F5,
        305 | 502 | 504 => 0x8019_01F6,
        _ => 0x8019_0001,
    })
}

/// The code for a download that a person stopped past the agent, with the commands of the service: it is in the
/// band of what passes, since "Paused, 0, 0" ends the client's call as success (agent-rest 14).
pub(crate) const STOPPED_BY_OTHERS: Hresult = Hresult(0x80D0_3806);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_originals_numbers() {
        for (statuses, number) in [
            (&[400, 405, 409, 411, 412, 414, 415][..], 0x8019_0190),
            (&[401], 0x8019_0191),
            (&[403], 0x8019_0193),
            (&[404, 410], 0x8019_0194),
            (&[406], 0x8019_0196),
            (&[407], 0x8019_0197),
            (&[408], 0x8019_0198),
            (&[413], 0x8019_019D),
            (&[402, 416, 418, 429, 451, 304, 307], 0x8019_0001),
            (&[301, 302, 303], 0x8019_0003),
            (&[300, 500, 503], 0x8019_01F4),
            (&[501, 505], 0x8019_01F5),
            (&[305, 502, 504], 0x8019_01F6),
        ] {
            for &status in statuses {
                assert_eq!(of_status(status), Hresult(number), "{status}");
            }
        }
    }

    #[test]
    fn errors_of_the_system_are_compared_exactly() {
        // agent-rest 10: "Tests compare `ENOENT` and `EEXIST` exactly."
        for (errno, number) in [(2, 0xC0D0_0002), (13, 0xC0D0_000D), (17, 0xC0D0_0011), (28, 0xC0D0_001C)] {
            assert_eq!(Refusal::of_io(&io::Error::from_raw_os_error(errno)), Refusal(Hresult(number)));
        }
        assert_eq!(Refusal(of_errno(2)).number(), -1_060_110_334);
        assert_eq!(Refusal::of_io(&io::Error::other("no number")), Refusal::INVALID_ARGUMENT);
    }

    #[test]
    fn every_failure_has_a_number_that_fails() {
        for &code in Code::NAMED {
            assert!(of_code(code).is_failure(), "{code}");
        }
        // The client takes "Paused, 0, 0" for success.
        assert!(STOPPED_BY_OTHERS.is_do_transient());
    }

    #[test]
    fn statuses_of_answers_are_the_originals() {
        for (refusal, status, number) in [
            (Refusal::NOT_FOUND, 404, -2_147_023_728),
            (Refusal::UNFORESEEN, 500, -2_147_024_322),
            (Refusal::OUT_OF_MEMORY, 503, -2_147_024_882),
            (Refusal::INVALID_ARGUMENT, 400, -2_147_024_809),
            (Refusal::NOT_SUPPORTED, 400, -2_147_024_846),
            (Refusal::INVALID_STATE, 400, -2_133_843_949),
        ] {
            assert_eq!((refusal.status().0, refusal.number()), (status, number));
        }
    }
}
