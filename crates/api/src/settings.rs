//! What a job is told to do, as an answer shows it. Setting is [`SetSettings`](crate::SetSettings).

use bgcopy_core::{AuthTarget, Existing, ProxyUsage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema;

/// Every property and setter of a job (spec 4.1, 7.2–7.7). Null is "not set".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settings {
    /// `SetNotifyFlags`: the `BG_NOTIFY_*` bits (1 transferred, 2 error, 4 disable, 8 modification, 16 file
    /// transferred, 32 file ranges transferred).
    pub notify_flags: u32,
    /// `SetNotifyCmdLine`.
    pub notify_cmd_line: Option<CommandLine>,
    /// `SetMinimumRetryDelay`. Null: the service's own back-off.
    pub minimum_retry_delay_seconds: Option<u64>,
    /// `SetNoProgressTimeout`. Null: the default of the class and priority.
    pub no_progress_timeout_seconds: Option<u64>,
    /// `SetMaximumDownloadTime`. Null: 90 days; 0: no limit.
    pub maximum_download_time_seconds: Option<u64>,
    /// `SetProxySettings`.
    pub proxy: Proxy,
    /// `SetSecurityFlags`: the `BG_SSL_*` and `BG_HTTP_REDIRECT_POLICY_*` bits.
    pub security_flags: u32,
    /// `SetHttpMethod`. Null: GET.
    pub http_method: Option<String>,
    /// `MakeCustomHeadersWriteOnly` was called.
    pub headers_write_only: bool,
    /// `SetPeerCachingFlags`.
    pub peer_caching_flags: u32,
    /// `SetFileACLFlags`.
    pub acl_flags: u32,
    /// Property 1, `COST_FLAGS`.
    pub cost_flags: u32,
    /// Nothing goes over a cellular link (`DisallowOnCellular` of a download).
    #[serde(default)]
    pub no_cellular: bool,
    /// Property 2, `NOTIFICATION_CLSID`.
    #[schema(value_type = Option<schema::Guid>)]
    pub notification_clsid: Option<Uuid>,
    /// Property 3, `DYNAMIC_CONTENT`.
    pub dynamic_content: bool,
    /// Property 4, `HIGH_PERFORMANCE`.
    pub high_performance: bool,
    /// Property 5, `MAX_DOWNLOAD_SIZE`: bytes of all files together.
    pub max_download_size: Option<u64>,
    /// Property 7, `USE_STORED_CREDENTIALS`.
    #[schema(value_type = Option<schema::AuthTargetWord>)]
    pub use_stored_credentials: Option<AuthTarget>,
    /// Property 9, `MINIMUM_NOTIFICATION_INTERVAL_MS`.
    pub minimum_notification_interval_ms: u32,
    /// Property 10, `ON_DEMAND_MODE`.
    pub on_demand: bool,
    /// The service completes the job by itself as soon as it is transferred.
    pub auto_complete: bool,
    /// What Complete does when the destination exists.
    #[schema(value_type = schema::ExistingWord)]
    pub existing: Existing,
    /// An answer that can only be used from its start is an error, not a restart.
    pub forbid_restart: bool,
    /// A file whose size the server does not tell is an error.
    pub require_size: bool,
    /// A body whose end is only known by the closing of the connection is accepted.
    pub allow_unverified: bool,
    /// Bytes per second, all files of the job together.
    pub max_bytes_per_second: Option<u64>,
    /// PEM of the authorities trusted besides the system's.
    pub extra_roots: Option<String>,
    /// PEM of the client certificate and its chain. Its key is never shown.
    pub client_certificate: Option<String>,
    /// `SetServerCertificateValidationInterface`: no server is asked for anything before the owner accepted its
    /// certificate.
    #[serde(default)]
    pub server_certificate_callback: bool,
}

/// A program to run when the job is transferred or in error (spec 8.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandLine {
    /// The program, a full path.
    pub program: String,
    /// The parameters, beginning with the program.
    #[serde(default)]
    pub parameters: String,
}

/// `SetProxySettings` (spec 7.2, 9.8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Which proxy.
    #[schema(value_type = schema::ProxyUsageWord)]
    pub usage: ProxyUsage,
    /// `[protocol=][protocol://]server[:port]`, space separated. With `preconfig`: what the environment of
    /// the client said.
    #[serde(default)]
    pub list: Option<String>,
    /// Hosts reached without a proxy, space separated; `*` at the left end, `<local>` for names without dot.
    #[serde(default)]
    pub bypass: Option<String>,
}
