//! Flag sets (spec 2.3, 2.4).

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

bitflags! {
    /// `BG_NOTIFY_*`: which events a client wants to hear of (spec 8.1).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct NotifyFlags: u32 {
        /// All files are here.
        const JOB_TRANSFERRED = 0x01;
        /// The job went to Error.
        const JOB_ERROR = 0x02;
        /// Nothing at all, whatever the other bits say.
        const DISABLE = 0x04;
        /// Anything changed.
        const JOB_MODIFICATION = 0x08;
        /// One file is here.
        const FILE_TRANSFERRED = 0x10;
        /// Ranges asked for on demand are here.
        const FILE_RANGES_TRANSFERRED = 0x20;
    }

    /// `BITS_COST_STATE_*` (spec 2.4): on which links a job may run; also what a link is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct CostFlags: u32 {
        /// Free of cost and limits.
        const UNRESTRICTED = 0x01;
        /// Capped; how much is left is not known.
        const CAPPED_USAGE_UNKNOWN = 0x02;
        /// Below the cap.
        const BELOW_CAP = 0x04;
        /// Near the cap.
        const NEAR_CAP = 0x08;
        /// Over the cap, and charged.
        const OVERCAP_CHARGED = 0x10;
        /// Over the cap, and throttled.
        const OVERCAP_THROTTLED = 0x20;
        /// Charged by use.
        const USAGE_BASED = 0x40;
        /// Roaming.
        const ROAMING = 0x80;
        /// Reserved.
        const RESERVED = 0x4000_0000;
        /// Do not count congestion against the link.
        const IGNORE_CONGESTION = 0x8000_0000;

        /// `BITS_JOB_TRANSFER_POLICY_ALWAYS`.
        const ALWAYS = 0x8000_00FF;
        /// `BITS_JOB_TRANSFER_POLICY_NOT_ROAMING`.
        const NOT_ROAMING = 0x8000_007F;
        /// `BITS_JOB_TRANSFER_POLICY_NO_SURCHARGE`.
        const NO_SURCHARGE = 0x8000_006F;
        /// `BITS_JOB_TRANSFER_POLICY_STANDARD`, the default.
        const STANDARD = 0x8000_0067;
        /// `BITS_JOB_TRANSFER_POLICY_UNRESTRICTED`.
        const POLICY_UNRESTRICTED = 0x8000_0021;
    }

    /// `BG_SSL_*` and `BG_HTTP_REDIRECT_POLICY_*`, one word of flags (`SetSecurityFlags`, spec 2.3, 7.7).
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct SecurityFlags: u32 {
        /// Check whether certificates were revoked.
        const ENABLE_CRL_CHECK = 0x01;
        /// Accept a certificate for another name.
        const IGNORE_CERT_CN_INVALID = 0x02;
        /// Accept a certificate out of its dates.
        const IGNORE_CERT_DATE_INVALID = 0x04;
        /// Accept an unknown authority.
        const IGNORE_UNKNOWN_CA = 0x08;
        /// Accept a certificate made for another use.
        const IGNORE_CERT_WRONG_USAGE = 0x10;
        /// Follow redirects, and report the final URL as the remote name.
        const REDIRECT_ALLOW_REPORT = 0x100;
        /// Do not follow redirects.
        const REDIRECT_DISALLOW = 0x200;
        /// Follow a redirect from https to http.
        const REDIRECT_ALLOW_HTTPS_TO_HTTP = 0x800;
    }

    /// `BG_JOB_ENABLE_PEERCACHING_*` (spec 2.3): accepted and kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct PeerCachingFlags: u32 {
        /// Take from peers.
        const CLIENT = 1;
        /// Give to peers.
        const SERVER = 2;
        /// Do not use BranchCache.
        const DISABLE_BRANCH_CACHE = 4;
    }

    /// `BG_COPY_FILE_*` (spec 2.3): meaningful for SMB only, accepted and kept.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct AclFlags: u32 {
        /// Owner.
        const OWNER = 1;
        /// Group.
        const GROUP = 2;
        /// Access list.
        const DACL = 4;
        /// Audit list.
        const SACL = 8;
    }
}

/// How redirects are treated (spec 9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectPolicy {
    /// Follow; the remote name stays.
    #[default]
    AllowSilent,
    /// Follow; the remote name becomes the final URL.
    AllowReport,
    /// Do not follow: the job goes to Error, and the remote name becomes the target.
    Disallow,
}

impl SecurityFlags {
    /// Everything that is forgiven in a certificate: with any of it, whoever is on the way can be the server.
    pub const CERTIFICATE_EXCEPTIONS: Self = Self::IGNORE_CERT_CN_INVALID
        .union(Self::IGNORE_CERT_DATE_INVALID)
        .union(Self::IGNORE_UNKNOWN_CA)
        .union(Self::IGNORE_CERT_WRONG_USAGE);
    /// `BG_HTTP_REDIRECT_POLICY_MASK` (spec 2.3).
    const REDIRECT_MASK: u32 = 0x700;

    /// The redirect policy inside; `None` for bits of the mask that no policy has.
    pub const fn redirect_policy(self) -> Option<RedirectPolicy> {
        match self.bits() & Self::REDIRECT_MASK {
            0 => Some(RedirectPolicy::AllowSilent),
            0x100 => Some(RedirectPolicy::AllowReport),
            0x200 => Some(RedirectPolicy::Disallow),
            _ => None,
        }
    }
}

impl Default for NotifyFlags {
    fn default() -> Self {
        Self::JOB_TRANSFERRED | Self::JOB_ERROR
    }
}

impl Default for CostFlags {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl Default for SecurityFlags {
    fn default() -> Self {
        Self::empty()
    }
}
