//! The setters of spec 7 and the properties of spec 4.1, as values: what a client changes of a job.

use std::path::PathBuf;
use std::time::Duration;

use crate::flags::{AclFlags, CostFlags, NotifyFlags, PeerCachingFlags, SecurityFlags};
use crate::id::FileIndex;
use crate::name::{LocalName, RemoteName};
use crate::range::FileRange;
use crate::secret::{AuthScheme, AuthTarget, Credentials, Secret};
use crate::settings::{Existing, ProxySettings};
use crate::state::Priority;
use crate::supply::ManifestRef;

/// One setter or property.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// `SetDisplayName`.
    DisplayName(String),
    /// `SetDescription`.
    Description(String),
    /// `SetPriority`.
    Priority(Priority),
    /// `SetNotifyFlags`.
    NotifyFlags(NotifyFlags),
    /// `SetNotifyCmdLine`: program and parameters.
    NotifyCmdLine(Option<(PathBuf, String)>),
    /// `SetMinimumRetryDelay`.
    MinRetryDelay(Duration),
    /// `SetNoProgressTimeout`.
    NoProgressTimeout(Duration),
    /// `SetMaximumDownloadTime`.
    MaxDownloadTime(Duration),
    /// `SetProxySettings`.
    Proxy(ProxySettings),
    /// `SetSecurityFlags`.
    SecurityFlags(SecurityFlags),
    /// `SetHttpMethod`.
    HttpMethod(String),
    /// `SetCustomHeaders`; an empty list removes them.
    Headers(Vec<(String, Secret)>),
    /// `HttpCustomAuthHeaders` of a download; an empty list removes them.
    AuthHeaders(Vec<(String, Secret)>),
    /// `MakeCustomHeadersWriteOnly`.
    HeadersWriteOnly,
    /// `SetPeerCachingFlags`.
    PeerCachingFlags(PeerCachingFlags),
    /// `SetFileACLFlags`.
    AclFlags(AclFlags),
    /// `SetCredentials`.
    Credentials(AuthTarget, AuthScheme, Credentials),
    /// `RemoveCredentials`.
    RemoveCredentials(AuthTarget, AuthScheme),
    /// Property 1.
    CostFlags(CostFlags),
    /// `DisallowOnCellular` of a download.
    NoCellular(bool),
    /// Property 2.
    NotificationClsid(Option<uuid::Uuid>),
    /// Property 3.
    DynamicContent(bool),
    /// Property 4.
    HighPerformance(bool),
    /// Property 5.
    MaxDownloadSize(u64),
    /// Property 7.
    UseStoredCredentials(Option<AuthTarget>),
    /// Property 9.
    MinNotificationInterval(Duration),
    /// Property 10.
    OnDemand(bool),
    /// Ours.
    AutoComplete(bool),
    /// Ours.
    Existing(Existing),
    /// Ours.
    ForbidRestart(bool),
    /// Ours.
    RequireSize(bool),
    /// Ours.
    AllowUnverified(bool),
    /// Ours: bytes per second.
    MaxRate(Option<u64>),
    /// Ours: additional authorities, as PEM.
    ExtraRoots(Option<String>),
    /// Ours: client certificate and key, as PEM.
    ClientCertificate(Option<(String, Secret)>),
    /// `SetServerCertificateValidationInterface`: whether the owner's program is asked about the certificates of servers.
    ServerCertificateCallback(bool),
    /// `SetReplyFileName`; none is one that is made up.
    ReplyName(Option<LocalName>),
    /// `SetRemoteName`; adopted by the next Resume.
    RemoteName(FileIndex, RemoteName),
    /// `SetValidationState`.
    ValidationState(FileIndex, bool),
    /// `RequestFileRanges`.
    FileRanges(FileIndex, Vec<FileRange>),
    /// `UpdateDownloadPosition`.
    DownloadPosition(FileIndex, u64),
    /// The size that is expected of a file, until it begins (`DOFilePropertyId_TotalSizeBytes`).
    ExpectedSize(FileIndex, Option<u64>),
    /// The document that says what a file must be, until it begins (`DOFilePropertyId_IntegrityCheckInfo`).
    Manifest(FileIndex, Option<Box<ManifestRef>>),
    /// A file must not come without such a document, until it begins (`DOFilePropertyId_IntegrityCheckMandatory`).
    RequireManifest(FileIndex, bool),
    /// Where a file goes, until it begins (`DOFilePropertyId_DownloadSinkFilePath`).
    LocalName(FileIndex, LocalName),
    /// Further parts of a file of which parts were asked for, behind those (do-download 7.2).
    MoreRanges(FileIndex, Vec<FileRange>),
}
