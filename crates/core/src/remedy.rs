//! What can make a stuck transfer proceed: the exact next actions (spec 6.7).

use serde::{Deserialize, Serialize};

use crate::code::{Code, ErrorClass};
use crate::context::ErrorContext;
use crate::job::JobRecord;
use crate::record::ErrorRecord;
use crate::secret::AuthTarget;
use crate::state::{JobState, Priority};

/// One action that a client can take, or that the service takes by itself. Ordered: the most promising
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "action", content = "target")]
pub enum Remedy {
    /// Nothing to do: the service goes on by itself.
    Wait,
    /// Connect the machine to a network.
    RestoreNetwork,
    /// Free space on the volume of the destination.
    FreeSpace,
    /// Put the folder, the rights or the volume in order.
    MendDestination,
    /// Give the file another destination, or say that the existing one may be replaced.
    ResolveDestination,
    /// Give the file another URL (`SetRemoteName`).
    SetRemoteName,
    /// Give user name and password (`SetCredentials`).
    SetCredentials(AuthTarget),
    /// Mend the proxy settings (`SetProxySettings`).
    SetProxy,
    /// Trust the authority, or mend the server's certificate.
    MendCertificate,
    /// Give a client certificate.
    SetClientCertificate,
    /// Set this machine's clock.
    SetClock,
    /// Make the job Foreground (`SetPriority`): no range is then needed at first.
    SetForeground,
    /// Let the job run on links of this cost (`COST_FLAGS`).
    WidenCostFlags,
    /// Give the transfer more time (`SetNoProgressTimeout`, `SetMaximumDownloadTime`).
    AllowMoreTime,
    /// Raise the cap on bytes, which needs a new job.
    RaiseMaxSize,
    /// Allow https to http, or another redirect policy.
    AllowRedirect,
    /// Correct or drop the digest that the caller gave, which needs a new job.
    CorrectDigest,
    /// Register the missing callback or token again.
    RegisterAgain,
    /// Try again, now (`Resume`).
    Resume,
    /// Keep the files that are whole and drop the rest (`Complete`).
    Complete,
    /// Drop everything (`Cancel`).
    Cancel,
}

impl Remedy {
    /// What can be done about the error of a job, best first (spec 6.7): wait or act for what the service
    /// retries; for what it does not, exactly one of repair and Resume, Complete, Cancel.
    pub fn of(job: &JobRecord, error: &ErrorRecord) -> Vec<Self> {
        let mut remedies = Vec::new();
        if job.state == JobState::TransientError && error.class != ErrorClass::Fatal {
            remedies.push(Self::Wait);
        }
        remedies.extend(repairs(job.priority, error));
        remedies.push(Self::Resume);
        if job.state == JobState::Error && job.files.iter().any(|file| file.is_transferred()) {
            remedies.push(Self::Complete);
        }
        remedies.push(Self::Cancel);
        remedies
    }
}

/// What to mend before Resume (spec 6.7, column "Repair before Resume").
fn repairs(priority: Priority, error: &ErrorRecord) -> Vec<Remedy> {
    use Remedy as R;
    match error.code {
        Code::Http(401) => vec![R::SetCredentials(AuthTarget::Server)],
        Code::Http(407) | Code::Proxy(407) => vec![R::SetCredentials(AuthTarget::Proxy)],
        Code::Proxy(_) | Code::InvalidProxy => vec![R::SetProxy],
        Code::Http(403) => vec![R::SetRemoteName, R::SetCredentials(AuthTarget::Server)],
        Code::Http(400..=499) => vec![R::SetRemoteName],
        Code::Http(_) if error.class == ErrorClass::Fatal => vec![R::SetRemoteName],
        Code::Http(_) => vec![],
        Code::RangeUnsupported | Code::SizeUnknown if priority != Priority::Foreground => {
            vec![R::SetForeground, R::SetRemoteName]
        }
        Code::RangeUnsupported | Code::SizeUnknown | Code::HttpInvalid | Code::BadResponse => {
            vec![R::SetRemoteName]
        }
        Code::Redirect => vec![R::AllowRedirect, R::SetRemoteName],
        Code::CaptivePortal | Code::NoNetwork => vec![R::RestoreNetwork],
        Code::ValidationFailed => vec![R::CorrectDigest, R::SetRemoteName],
        Code::RemoteChanged
        | Code::ClosedEarly
        | Code::Reset
        | Code::LocalFileChanged
        | Code::StoreFailed => {
            vec![]
        }
        Code::InvalidRange | Code::TooLarge => vec![R::SetRemoteName],
        Code::MaxSize => vec![R::RaiseMaxSize],
        Code::Dns | Code::Connect | Code::Timeout if error.context == ErrorContext::GeneralTransport => {
            vec![R::SetRemoteName, R::RestoreNetwork]
        }
        Code::Dns | Code::Connect | Code::Timeout => vec![R::SetRemoteName],
        Code::Tls | Code::TlsRevoked => vec![R::MendCertificate],
        Code::TlsClientCertificate => vec![R::SetClientCertificate],
        Code::ClockSuspect => vec![R::SetClock],
        Code::DiskFull => vec![R::FreeSpace],
        Code::AccessDenied
        | Code::WriteProtected
        | Code::PathNotFound
        | Code::Io
        | Code::NameTooLong
        | Code::VolumeChanged => vec![R::MendDestination],
        Code::DestinationExists => vec![R::ResolveDestination],
        Code::NoProgress | Code::MaxTime => vec![R::AllowMoreTime, R::SetRemoteName],
        Code::BlockedCost | Code::BlockedCellular => vec![R::WidenCostFlags],
        Code::BlockedPolicy => vec![R::SetForeground],
        Code::BlockedPower | Code::BlockedVpn | Code::BlockedMemory => vec![],
        Code::TokenRequired | Code::CertificateCallbackMissing | Code::Notification => vec![R::RegisterAgain],
        Code::Other(_) => vec![],
    }
}
