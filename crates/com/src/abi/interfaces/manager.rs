//! The manager, enumerators, the error object, and what clients implement (spec 7.1, 7.7, 7.10, 7.11, 8.3).

use std::ffi::c_void;

use windows_core::{GUID, HRESULT, IUnknown};

use super::super::types::BG_FILE_RANGE;

interfaces! {
    IEnumBackgroundCopyFiles = IID_IEnumBackgroundCopyFiles("CA51E165-C365-424C-8D41-24AAA4FF3C40"): IUnknown {
        fn Next(count: u32, elements: *mut *mut c_void, fetched: *mut u32);
        fn Skip(count: u32);
        fn Reset();
        fn Clone(pplist: *mut *mut c_void);
        fn GetCount(count: *mut u32);
    }
    IBackgroundCopyError = IID_IBackgroundCopyError("19C613A0-FCB8-4F28-81AE-897C3D078F81"): IUnknown {
        fn GetError(context: *mut u32, code: *mut HRESULT);
        fn GetFile(value: *mut *mut c_void);
        fn GetErrorDescription(language_id: u32, error_description: *mut *mut u16);
        fn GetErrorContextDescription(language_id: u32, context_description: *mut *mut u16);
        fn GetProtocol(protocol: *mut *mut u16);
    }
    IEnumBackgroundCopyJobs = IID_IEnumBackgroundCopyJobs("1AF4F612-3B71-466F-8F58-7B6F73AC57AD"): IUnknown {
        fn Next(count: u32, elements: *mut *mut c_void, fetched: *mut u32);
        fn Skip(count: u32);
        fn Reset();
        fn Clone(pplist: *mut *mut c_void);
        fn GetCount(count: *mut u32);
    }
    IBackgroundCopyCallback = IID_IBackgroundCopyCallback("97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22"): IUnknown {
        fn JobTransferred(job: *mut c_void);
        fn JobError(job: *mut c_void, error: *mut c_void);
        fn JobModification(job: *mut c_void, reserved: u32);
    }
    IBackgroundCopyManager = IID_IBackgroundCopyManager("5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C"): IUnknown {
        fn CreateJob(display_name: *const u16, kind: u32, job_id: *mut GUID, job: *mut *mut c_void);
        fn GetJob(job_id: *const GUID, job: *mut *mut c_void);
        fn EnumJobs(flags: u32, list: *mut *mut c_void);
        fn GetErrorDescription(hresult: HRESULT, language_id: u32, error_description: *mut *mut u16);
    }
    IBackgroundCopyServerCertificateValidationCallback = IID_IBackgroundCopyServerCertificateValidationCallback("4CEC0D02-DEF7-4158-813A-C32A46945FF7"): IUnknown {
        fn ValidateServerCertificate(
            job: *mut c_void,
            file: *mut c_void,
            cert_length: u32,
            cert_data: *const u8,
            cert_encoding_type: u32,
            cert_store_length: u32,
            cert_store_data: *const u8,
        );
    }
    IBackgroundCopyCallback2 = IID_IBackgroundCopyCallback2("659CDEAC-489E-11D9-A9CD-000D56965251"): IBackgroundCopyCallback {
        fn FileTransferred(job: *mut c_void, file: *mut c_void);
    }
    IBackgroundCopyCallback3 = IID_IBackgroundCopyCallback3("98C97BD2-E32B-4AD8-A528-95FD8B16BD42"): IBackgroundCopyCallback2 {
        fn FileRangesTransferred(
            job: *mut c_void,
            file: *mut c_void,
            range_count: u32,
            ranges: *const BG_FILE_RANGE,
        );
    }
}
