//! The enumerations of the headers by number (spec 2, 4; do-download 2, 3). A test compares each with C.

#![allow(
    dead_code,
    reason = "an enumeration is declared whole, whether or not each of its values is named from here"
)]

/// Declares the values of enumerations as constants, and the list of them for the comparison with the headers.
macro_rules! enums {
    ($($enumeration:ident { $($name:ident = $value:literal,)+ })+) => {
        $($(pub(crate) const $name: u32 = $value;)+)+

        /// Every value.
        #[cfg(test)]
        pub(crate) const LAYOUT: &[(&str, u32)] = &[$($((stringify!($name), $name),)+)+];
    };
}

enums! {
    BG_ERROR_CONTEXT {
        BG_ERROR_CONTEXT_NONE = 0,
        BG_ERROR_CONTEXT_UNKNOWN = 1,
        BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER = 2,
        BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION = 3,
        BG_ERROR_CONTEXT_LOCAL_FILE = 4,
        BG_ERROR_CONTEXT_REMOTE_FILE = 5,
        BG_ERROR_CONTEXT_GENERAL_TRANSPORT = 6,
        BG_ERROR_CONTEXT_REMOTE_APPLICATION = 7,
        BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK = 8,
    }
    BG_JOB_PRIORITY {
        BG_JOB_PRIORITY_FOREGROUND = 0,
        BG_JOB_PRIORITY_HIGH = 1,
        BG_JOB_PRIORITY_NORMAL = 2,
        BG_JOB_PRIORITY_LOW = 3,
    }
    BG_JOB_STATE {
        BG_JOB_STATE_QUEUED = 0,
        BG_JOB_STATE_CONNECTING = 1,
        BG_JOB_STATE_TRANSFERRING = 2,
        BG_JOB_STATE_SUSPENDED = 3,
        BG_JOB_STATE_ERROR = 4,
        BG_JOB_STATE_TRANSIENT_ERROR = 5,
        BG_JOB_STATE_TRANSFERRED = 6,
        BG_JOB_STATE_ACKNOWLEDGED = 7,
        BG_JOB_STATE_CANCELLED = 8,
    }
    BG_JOB_TYPE {
        BG_JOB_TYPE_DOWNLOAD = 0,
        BG_JOB_TYPE_UPLOAD = 1,
        BG_JOB_TYPE_UPLOAD_REPLY = 2,
    }
    BG_JOB_PROXY_USAGE {
        BG_JOB_PROXY_USAGE_PRECONFIG = 0,
        BG_JOB_PROXY_USAGE_NO_PROXY = 1,
        BG_JOB_PROXY_USAGE_OVERRIDE = 2,
        BG_JOB_PROXY_USAGE_AUTODETECT = 3,
    }
    BG_AUTH_TARGET {
        BG_AUTH_TARGET_SERVER = 1,
        BG_AUTH_TARGET_PROXY = 2,
    }
    BG_AUTH_SCHEME {
        BG_AUTH_SCHEME_BASIC = 1,
        BG_AUTH_SCHEME_DIGEST = 2,
        BG_AUTH_SCHEME_NTLM = 3,
        BG_AUTH_SCHEME_NEGOTIATE = 4,
        BG_AUTH_SCHEME_PASSPORT = 5,
    }
    BG_CERT_STORE_LOCATION {
        BG_CERT_STORE_LOCATION_CURRENT_USER = 0,
        BG_CERT_STORE_LOCATION_LOCAL_MACHINE = 1,
        BG_CERT_STORE_LOCATION_CURRENT_SERVICE = 2,
        BG_CERT_STORE_LOCATION_SERVICES = 3,
        BG_CERT_STORE_LOCATION_USERS = 4,
        BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY = 5,
        BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY = 6,
        BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE = 7,
    }
    BG_TOKEN {
        BG_TOKEN_LOCAL_FILE = 1,
        BG_TOKEN_NETWORK = 2,
    }
    BITS_JOB_PROPERTY_ID {
        BITS_JOB_PROPERTY_ID_COST_FLAGS = 1,
        BITS_JOB_PROPERTY_NOTIFICATION_CLSID = 2,
        BITS_JOB_PROPERTY_DYNAMIC_CONTENT = 3,
        BITS_JOB_PROPERTY_HIGH_PERFORMANCE = 4,
        BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE = 5,
        BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS = 7,
        BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS = 9,
        BITS_JOB_PROPERTY_ON_DEMAND_MODE = 10,
    }
    BITS_FILE_PROPERTY_ID {
        BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS = 1,
    }
    DownloadMode {
        DownloadMode_CdnOnly = 0,
        DownloadMode_Lan = 1,
        DownloadMode_Group = 2,
        DownloadMode_Internet = 3,
        DownloadMode_Simple = 99,
        DownloadMode_Bypass = 100,
    }
    SwarmStatus {
        SwarmStatus_Downloading = 0,
        SwarmStatus_Complete = 1,
        SwarmStatus_Caching = 2,
        SwarmStatus_Paused = 3,
    }
    DOJobPropertyId {
        DOJobPropertyId_ExtendedErrorInfo = 0,
    }
    DOFilePropertyId {
        DOFilePropertyId_DecryptionInfo = 0,
        DOFilePropertyId_IntegrityCheckInfo = 1,
        DOFilePropertyId_IntegrityCheckMandatory = 2,
        DOFilePropertyId_DownloadSinkInterface = 3,
        DOFilePropertyId_DownloadSinkFilePath = 4,
        DOFilePropertyId_DownloadSinkMemoryStream = 5,
        DOFilePropertyId_TotalSizeBytes = 6,
    }
    DODownloadState {
        DODownloadState_Created = 0,
        DODownloadState_Transferring = 1,
        DODownloadState_Transferred = 2,
        DODownloadState_Finalized = 3,
        DODownloadState_Aborted = 4,
        DODownloadState_Paused = 5,
    }
    DODownloadCostPolicy {
        DODownloadCostPolicy_Always = 0,
        DODownloadCostPolicy_Unrestricted = 1,
        DODownloadCostPolicy_Standard = 2,
        DODownloadCostPolicy_NoRoaming = 3,
        DODownloadCostPolicy_NoSurcharge = 4,
        DODownloadCostPolicy_NoCellular = 5,
    }
    DODownloadProperty {
        DODownloadProperty_Id = 0,
        DODownloadProperty_Uri = 1,
        DODownloadProperty_ContentId = 2,
        DODownloadProperty_DisplayName = 3,
        DODownloadProperty_LocalPath = 4,
        DODownloadProperty_HttpCustomHeaders = 5,
        DODownloadProperty_CostPolicy = 6,
        DODownloadProperty_SecurityFlags = 7,
        DODownloadProperty_CallbackFreqPercent = 8,
        DODownloadProperty_CallbackFreqSeconds = 9,
        DODownloadProperty_NoProgressTimeoutSeconds = 10,
        DODownloadProperty_ForegroundPriority = 11,
        DODownloadProperty_BlockingMode = 12,
        DODownloadProperty_CallbackInterface = 13,
        DODownloadProperty_StreamInterface = 14,
        DODownloadProperty_SecurityContext = 15,
        DODownloadProperty_NetworkToken = 16,
        DODownloadProperty_CorrelationVector = 17,
        DODownloadProperty_DecryptionInfo = 18,
        DODownloadProperty_IntegrityCheckInfo = 19,
        DODownloadProperty_IntegrityCheckMandatory = 20,
        DODownloadProperty_TotalSizeBytes = 21,
        DODownloadProperty_DisallowOnCellular = 22,
        DODownloadProperty_HttpCustomAuthHeaders = 23,
        DODownloadProperty_HttpAllowSecureToNonSecureRedirect = 24,
        DODownloadProperty_NonVolatile = 25,
        DODownloadProperty_HttpRedirectionTarget = 26,
        DODownloadProperty_HttpResponseHeaders = 27,
        DODownloadProperty_HttpServerIPAddress = 28,
        DODownloadProperty_HttpStatusCode = 29,
    }
    DODownloadPropertyEx {
        DODownloadPropertyEx_UpdateId = 0,
        DODownloadPropertyEx_CorrelationVector = 1,
        DODownloadPropertyEx_DecryptionInfo = 2,
        DODownloadPropertyEx_IntegrityCheckInfo = 3,
        DODownloadPropertyEx_IntegrityCheckMandatory = 4,
        DODownloadPropertyEx_TotalSizeBytes = 5,
        DODownloadPropertyEx_TempLocalFileUsage = 6,
    }
}
