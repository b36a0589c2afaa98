//! The structures and unions of the headers (spec 3; do-download 2.4). A test compares each offset with C.

use std::ffi::c_void;

use windows_core::{GUID, HRESULT};

/// Declares structures, and where their fields lie for the comparison with the headers.
macro_rules! structures {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)+ })+) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub(crate) struct $name { $(pub(crate) $field: $type,)+ }
        )+

        /// Where the fields of the structures lie.
        #[cfg(test)]
        pub(crate) const STRUCTURES: &[$crate::layout::Structure] = &[$($crate::layout::Structure {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            fields: &[$((stringify!($field), std::mem::offset_of!($name, $field)),)+],
        },)+];
    };
}

structures! {
    /// 100 ns since 1601-01-01 UTC, in two halves.
    FILETIME {
        dwLowDateTime: u32,
        dwHighDateTime: u32,
    }
    /// How far a file is.
    BG_FILE_PROGRESS {
        BytesTotal: u64,
        BytesTransferred: u64,
        Completed: i32,
    }
    /// A part of a remote file.
    BG_FILE_RANGE {
        InitialOffset: u64,
        Length: u64,
    }
    /// How far a job is.
    BG_JOB_PROGRESS {
        BytesTotal: u64,
        BytesTransferred: u64,
        FilesTotal: u32,
        FilesTransferred: u32,
    }
    /// How far the answer of an upload is.
    BG_JOB_REPLY_PROGRESS {
        BytesTotal: u64,
        BytesTransferred: u64,
    }
    /// When things happened to a job.
    BG_JOB_TIMES {
        CreationTime: FILETIME,
        ModificationTime: FILETIME,
        TransferCompletionTime: FILETIME,
    }
    /// A file to be added.
    BG_FILE_INFO {
        RemoteName: *mut u16,
        LocalName: *mut u16,
    }
    /// A user and a password.
    BG_BASIC_CREDENTIALS {
        UserName: *mut u16,
        Password: *mut u16,
    }
    /// Credentials, and whom they are for.
    BG_AUTH_CREDENTIALS {
        Target: u32,
        Scheme: u32,
        Credentials: BG_AUTH_CREDENTIALS_UNION,
    }
    /// What a file's swarm did.
    DOSwarmStats {
        fileId: *mut u16,
        sourceURL: *mut u16,
        fileSize: u64,
        totalBytesDownloaded: u64,
        bytesFromLanPeers: u64,
        bytesFromGroupPeers: u64,
        bytesFromInternetPeers: u64,
        bytesFromHttp: u64,
        bytesFromDoinc: u64,
        bytesToLanPeers: u64,
        bytesToGroupPeers: u64,
        bytesToInternetPeers: u64,
        httpConnectionCount: u32,
        doincConnectionCount: u32,
        lanConnectionCount: u32,
        groupConnectionCount: u32,
        internetConnectionCount: u32,
        downloadDuration: u32,
        downloadMode: u32,
        status: u32,
        isBackground: i32,
    }
    /// A part of a download.
    DO_DOWNLOAD_RANGE {
        Offset: u64,
        Length: u64,
    }
    /// Parts of a download; as many as the count says follow each other.
    DO_DOWNLOAD_RANGES_INFO {
        RangeCount: u32,
        Ranges: [DO_DOWNLOAD_RANGE; 1],
    }
    /// Where a download stands.
    DO_DOWNLOAD_STATUS {
        BytesTotal: u64,
        BytesTransferred: u64,
        State: u32,
        Error: HRESULT,
        ExtendedError: HRESULT,
    }
    /// Which downloads are looked for.
    DO_DOWNLOAD_ENUM_CATEGORY {
        Property: u32,
        Value: *const u16,
    }
    /// A bound of a dimension of an array.
    SAFEARRAYBOUND {
        cElements: u32,
        lLbound: i32,
    }
    /// An array; of bytes here.
    SAFEARRAY {
        cDims: u16,
        fFeatures: u16,
        cbElements: u32,
        cLocks: u32,
        pvData: *mut c_void,
        rgsabound: [SAFEARRAYBOUND; 1],
    }
}

/// Declares unions, and their sizes for the comparison with the headers.
macro_rules! unions {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty,)+ })+) => {
        $(
            $(#[$meta])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub(crate) union $name { $(pub(crate) $field: $type,)+ }
        )+

        /// The sizes of the unions.
        #[cfg(test)]
        pub(crate) const UNIONS: &[$crate::layout::Structure] = &[$($crate::layout::Structure {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            fields: &[$((stringify!($field), std::mem::offset_of!($name, $field)),)+],
        },)+];
    };
}

unions! {
    /// The credentials of a scheme: of every scheme the same.
    BG_AUTH_CREDENTIALS_UNION {
        Basic: BG_BASIC_CREDENTIALS,
    }
    /// The value of a job's property; its id says which.
    BITS_JOB_PROPERTY_VALUE {
        Dword: u32,
        ClsID: GUID,
        Enable: i32,
        Uint64: u64,
        Target: u32,
    }
    /// The value of a file's property.
    BITS_FILE_PROPERTY_VALUE {
        String: *mut u16,
    }
}

/// A value with its type: 24 bytes where pointers have eight.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct VARIANT {
    pub(crate) vt: u16,
    pub(crate) reserved: [u16; 3],
    pub(crate) value: VariantValue,
}

/// The value inside; `vt` says which.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union VariantValue {
    pub(crate) boolVal: i16,
    pub(crate) ulVal: u32,
    pub(crate) ullVal: u64,
    pub(crate) bstrVal: *mut u16,
    pub(crate) punkVal: *mut c_void,
    pub(crate) parray: *mut SAFEARRAY,
    pub(crate) record: [*mut c_void; 2],
}

/// Where the value lies.
#[cfg(test)]
pub(crate) const VARIANT_LAYOUT: crate::layout::Structure = crate::layout::Structure {
    name: "VARIANT",
    size: size_of::<VARIANT>(),
    align: align_of::<VARIANT>(),
    fields: &[
        ("vt", std::mem::offset_of!(VARIANT, vt)),
        ("boolVal", std::mem::offset_of!(VARIANT, value)),
        ("ulVal", std::mem::offset_of!(VARIANT, value)),
        ("ullVal", std::mem::offset_of!(VARIANT, value)),
        ("bstrVal", std::mem::offset_of!(VARIANT, value)),
        ("punkVal", std::mem::offset_of!(VARIANT, value)),
        ("parray", std::mem::offset_of!(VARIANT, value)),
    ],
};
