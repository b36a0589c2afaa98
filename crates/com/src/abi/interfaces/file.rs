//! Files (spec 7.9).

use windows_core::IUnknown;

use super::super::types::{BG_FILE_PROGRESS, BG_FILE_RANGE, BITS_FILE_PROPERTY_VALUE};

interfaces! {
    IBackgroundCopyFile = IID_IBackgroundCopyFile("01B7BD23-FB88-4A77-8490-5891D3E4653A"): IUnknown {
        fn GetRemoteName(value: *mut *mut u16);
        fn GetLocalName(value: *mut *mut u16);
        fn GetProgress(value: *mut BG_FILE_PROGRESS);
    }
    IBackgroundCopyFile2 = IID_IBackgroundCopyFile2("83E81B93-0873-474D-8A8C-F2018B1A939C"): IBackgroundCopyFile {
        fn GetFileRanges(range_count: *mut u32, ranges: *mut *mut BG_FILE_RANGE);
        fn SetRemoteName(value: *const u16);
    }
    IBackgroundCopyFile3 = IID_IBackgroundCopyFile3("659CDEAA-489E-11D9-A9CD-000D56965251"): IBackgroundCopyFile2 {
        fn GetTemporaryName(filename: *mut *mut u16);
        fn SetValidationState(state: i32);
        fn GetValidationState(state: *mut i32);
        fn IsDownloadedFromPeer(value: *mut i32);
    }
    IBackgroundCopyFile4 = IID_IBackgroundCopyFile4("EF7E0655-7888-4960-B0E5-730846E03492"): IBackgroundCopyFile3 {
        fn GetPeerDownloadStats(from_origin: *mut u64, from_peers: *mut u64);
    }
    IBackgroundCopyFile5 = IID_IBackgroundCopyFile5("85C1657F-DAFC-40E8-8834-DF18EA25717E"): IBackgroundCopyFile4 {
        fn SetProperty(property_id: u32, property_value: BITS_FILE_PROPERTY_VALUE);
        fn GetProperty(property_id: u32, property_value: *mut BITS_FILE_PROPERTY_VALUE);
    }
    IBackgroundCopyFile6 = IID_IBackgroundCopyFile6("CF6784F7-D677-49FD-9368-CB47AEE9D1AD"): IBackgroundCopyFile5 {
        fn UpdateDownloadPosition(offset: u64);
        fn RequestFileRanges(range_count: u32, ranges: *const BG_FILE_RANGE);
        fn GetFilledFileRanges(range_count: *mut u32, ranges: *mut *mut BG_FILE_RANGE);
    }
}
