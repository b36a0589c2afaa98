//! What Delivery Optimization adds to jobs and files, and its downloads (spec 7.12, 7.13; do-download 6).

use std::ffi::c_void;

use windows_core::{GUID, IUnknown};

use super::super::types::{
    BG_FILE_RANGE, DO_DOWNLOAD_ENUM_CATEGORY, DO_DOWNLOAD_RANGES_INFO, DO_DOWNLOAD_STATUS, DOSwarmStats,
    VARIANT,
};

interfaces! {
    IDeliveryOptimizationJob = IID_IDeliveryOptimizationJob("EE2584CF-A69C-4848-B633-2649962B3EF7"): IUnknown {
        fn AddFileWithRanges(
            file_id: *const u16,
            remote_url: *const u16,
            local_name: *const u16,
            range_count: u32,
            ranges: *mut BG_FILE_RANGE,
            file_size: u64,
        );
    }
    IDeliveryOptimizationJob2 = IID_IDeliveryOptimizationJob2("18995A26-BF59-4ABE-9F8B-D5092D5A2405"): IUnknown {
        fn AddFile(
            file_id: *const u16,
            remote_url: *const u16,
            range_count: u32,
            ranges: *mut BG_FILE_RANGE,
            riid: *const GUID,
            object: *mut *mut c_void,
        );
        fn GetProperty(id: u32, value: *mut VARIANT);
        fn SetProperty(id: u32, value: *const VARIANT);
    }
    IDeliveryOptimizationFile = IID_IDeliveryOptimizationFile("B76B9699-E99E-4101-803F-A20E325D93E2"): IUnknown {
        fn GetStats(swarm_stats: *mut DOSwarmStats);
    }
    IDeliveryOptimizationFile2 = IID_IDeliveryOptimizationFile2("3A87296F-6EC2-4126-AB29-E3F8DC4CC390"): IUnknown {
        fn GetProperty(id: u32, value: *mut VARIANT);
        fn SetProperty(id: u32, value: *const VARIANT);
    }
    IDODownloadStatusCallback = IID_IDODownloadStatusCallback("D166E8E3-A90E-4392-8E87-05E996D3747D"): IUnknown {
        fn OnStatusChange(download: *mut c_void, status: *const DO_DOWNLOAD_STATUS);
    }
    IDODownload = IID_IDODownload("FBBD7FC0-C147-4727-A38D-827EF071EE77"): IUnknown {
        fn Start(ranges: *const DO_DOWNLOAD_RANGES_INFO);
        fn Pause();
        fn Abort();
        fn Finalize();
        fn GetStatus(status: *mut DO_DOWNLOAD_STATUS);
        fn GetProperty(id: u32, value: *mut VARIANT);
        fn SetProperty(id: u32, value: *const VARIANT);
    }
    IDOManager = IID_IDOManager("400E2D4A-1431-4C1A-A748-39CA472CFDB1"): IUnknown {
        fn CreateDownload(download: *mut *mut c_void);
        fn EnumDownloads(category: *const DO_DOWNLOAD_ENUM_CATEGORY, list: *mut *mut c_void);
    }
}
