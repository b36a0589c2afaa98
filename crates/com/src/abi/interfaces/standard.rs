//! Standard interfaces: the stream that a client writes, and the enumerator of downloads.

use std::ffi::c_void;

use windows_core::IUnknown;

interfaces! {
    ISequentialStream = IID_ISequentialStream("0C733A30-2A1C-11CE-ADE5-00AA0044773D"): IUnknown {
        fn Read(bytes: *mut c_void, length: u32, read: *mut u32);
        fn Write(bytes: *const c_void, length: u32, written: *mut u32);
    }
    IStream = IID_IStream("0000000C-0000-0000-C000-000000000046"): ISequentialStream {
        fn Seek(movement: i64, origin: u32, position: *mut u64);
        fn SetSize(size: u64);
        fn CopyTo(stream: *mut c_void, length: u64, read: *mut u64, written: *mut u64);
        fn Commit(flags: u32);
        fn Revert();
        fn LockRegion(offset: u64, length: u64, kind: u32);
        fn UnlockRegion(offset: u64, length: u64, kind: u32);
        fn Stat(stat: *mut c_void, flag: u32);
        fn Clone(copy: *mut *mut c_void);
    }
    IEnumUnknown = IID_IEnumUnknown("00000100-0000-0000-C000-000000000046"): IUnknown {
        fn Next(count: u32, elements: *mut *mut c_void, fetched: *mut u32);
        fn Skip(count: u32);
        fn Reset();
        fn Clone(pplist: *mut *mut c_void);
    }
}
