//! Jobs and their options (spec 7.2 to 7.8).

use std::ffi::c_void;

use windows_core::{GUID, IUnknown};

use super::super::types::{
    BG_AUTH_CREDENTIALS, BG_FILE_INFO, BG_FILE_RANGE, BG_JOB_PROGRESS, BG_JOB_REPLY_PROGRESS, BG_JOB_TIMES,
    BITS_JOB_PROPERTY_VALUE,
};

interfaces! {
    IBackgroundCopyJob = IID_IBackgroundCopyJob("37668D37-507E-4160-9316-26306D150B12"): IUnknown {
        fn AddFileSet(file_count: u32, file_set: *mut BG_FILE_INFO);
        fn AddFile(remote_url: *const u16, local_name: *const u16);
        fn EnumFiles(list: *mut *mut c_void);
        fn Suspend();
        fn Resume();
        fn Cancel();
        fn Complete();
        fn GetId(value: *mut GUID);
        fn GetType(value: *mut u32);
        fn GetProgress(value: *mut BG_JOB_PROGRESS);
        fn GetTimes(value: *mut BG_JOB_TIMES);
        fn GetState(value: *mut u32);
        fn GetError(error: *mut *mut c_void);
        fn GetOwner(value: *mut *mut u16);
        fn SetDisplayName(value: *const u16);
        fn GetDisplayName(value: *mut *mut u16);
        fn SetDescription(value: *const u16);
        fn GetDescription(value: *mut *mut u16);
        fn SetPriority(value: u32);
        fn GetPriority(value: *mut u32);
        fn SetNotifyFlags(value: u32);
        fn GetNotifyFlags(value: *mut u32);
        fn SetNotifyInterface(value: *mut c_void);
        fn GetNotifyInterface(value: *mut *mut c_void);
        fn SetMinimumRetryDelay(seconds: u32);
        fn GetMinimumRetryDelay(seconds: *mut u32);
        fn SetNoProgressTimeout(seconds: u32);
        fn GetNoProgressTimeout(seconds: *mut u32);
        fn GetErrorCount(errors: *mut u32);
        fn SetProxySettings(proxy_usage: u32, proxy_list: *const u16, proxy_bypass_list: *const u16);
        fn GetProxySettings(
            proxy_usage: *mut u32,
            proxy_list: *mut *mut u16,
            proxy_bypass_list: *mut *mut u16,
        );
        fn TakeOwnership();
    }
    IBackgroundCopyJob2 = IID_IBackgroundCopyJob2("54B50739-686F-45EB-9DFF-D6A9A0FAA9AF"): IBackgroundCopyJob {
        fn SetNotifyCmdLine(program: *const u16, parameters: *const u16);
        fn GetNotifyCmdLine(program: *mut *mut u16, parameters: *mut *mut u16);
        fn GetReplyProgress(progress: *mut BG_JOB_REPLY_PROGRESS);
        fn GetReplyData(buffer: *mut *mut u8, length: *mut u64);
        fn SetReplyFileName(reply_file_name: *const u16);
        fn GetReplyFileName(reply_file_name: *mut *mut u16);
        fn SetCredentials(credentials: *mut BG_AUTH_CREDENTIALS);
        fn RemoveCredentials(target: u32, scheme: u32);
    }
    IBackgroundCopyJob3 = IID_IBackgroundCopyJob3("443C8934-90FF-48ED-BCDE-26F5C7450042"): IBackgroundCopyJob2 {
        fn ReplaceRemotePrefix(old_prefix: *const u16, new_prefix: *const u16);
        fn AddFileWithRanges(
            remote_url: *const u16,
            local_name: *const u16,
            range_count: u32,
            ranges: *mut BG_FILE_RANGE,
        );
        fn SetFileACLFlags(flags: u32);
        fn GetFileACLFlags(flags: *mut u32);
    }
    IBackgroundCopyJobHttpOptions = IID_IBackgroundCopyJobHttpOptions("F1BD1079-9F01-4BDC-8036-F09B70095066"): IUnknown {
        fn SetClientCertificateByID(store_location: u32, store_name: *const u16, cert_hash_blob: *mut u8);
        fn SetClientCertificateByName(store_location: u32, store_name: *const u16, subject_name: *const u16);
        fn RemoveClientCertificate();
        fn GetClientCertificate(
            store_location: *mut u32,
            store_name: *mut *mut u16,
            cert_hash_blob: *mut *mut u8,
            subject_name: *mut *mut u16,
        );
        fn SetCustomHeaders(request_headers: *const u16);
        fn GetCustomHeaders(request_headers: *mut *mut u16);
        fn SetSecurityFlags(flags: u32);
        fn GetSecurityFlags(flags: *mut u32);
    }
    IBackgroundCopyJobHttpOptions2 = IID_IBackgroundCopyJobHttpOptions2("B591A192-A405-4FC3-8323-4C5C542578FC"): IBackgroundCopyJobHttpOptions {
        fn SetHttpMethod(method: *const u16);
        fn GetHttpMethod(method: *mut *mut u16);
    }
    IBackgroundCopyJobHttpOptions3 = IID_IBackgroundCopyJobHttpOptions3("8A9263D3-FD4C-4EDA-9B28-30132A4D4E3C"): IBackgroundCopyJobHttpOptions2 {
        fn SetServerCertificateValidationInterface(cert_validation_callback: *mut c_void);
        fn MakeCustomHeadersWriteOnly();
    }
    IBackgroundCopyJob4 = IID_IBackgroundCopyJob4("659CDEAE-489E-11D9-A9CD-000D56965251"): IBackgroundCopyJob3 {
        fn SetPeerCachingFlags(flags: u32);
        fn GetPeerCachingFlags(flags: *mut u32);
        fn GetOwnerIntegrityLevel(level: *mut u32);
        fn GetOwnerElevationState(elevated: *mut i32);
        fn SetMaximumDownloadTime(timeout: u32);
        fn GetMaximumDownloadTime(timeout: *mut u32);
    }
    IBitsTokenOptions = IID_IBitsTokenOptions("9A2584C3-F7D2-457A-9A5E-22B67BFFC7D2"): IUnknown {
        fn SetHelperTokenFlags(usage_flags: u32);
        fn GetHelperTokenFlags(flags: *mut u32);
        fn SetHelperToken();
        fn ClearHelperToken();
        fn GetHelperTokenSid(sid: *mut *mut u16);
    }
    IBackgroundCopyJob5 = IID_IBackgroundCopyJob5("E847030C-BBBA-4657-AF6D-484AA42BF1FE"): IBackgroundCopyJob4 {
        fn SetProperty(property_id: u32, property_value: BITS_JOB_PROPERTY_VALUE);
        fn GetProperty(property_id: u32, property_value: *mut BITS_JOB_PROPERTY_VALUE);
    }
}
