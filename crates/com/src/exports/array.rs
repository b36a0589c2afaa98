//! Arrays of bytes in a VARIANT (`SecurityContext`, do-download 3.1): vectors of one dimension of plain numbers.

use std::ffi::c_void;

use bgcopy_api::core::catalogue::codes::E_INVALIDARG;
use windows_core::HRESULT;

use super::memory::{CoTaskMemAlloc, CoTaskMemFree};
use crate::abi::types::{SAFEARRAY, SAFEARRAYBOUND};
use crate::guard::{Fail, OK, Out, guard_here, guard_or};

/// Bytes of an element of a plain type; others are not made here.
const fn element(vt: u16) -> Option<usize> {
    match vt {
        16 | 17 => Some(1),
        2 | 11 | 18 => Some(2),
        3 | 4 | 19 | 22 | 23 => Some(4),
        5 | 7 | 20 | 21 => Some(8),
        _ => None,
    }
}

/// A vector of zeros; NULL for a type that is not plain, or without memory.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn SafeArrayCreateVector(vt: u16, lower: i32, elements: u32) -> *mut SAFEARRAY {
    guard_or(std::ptr::null_mut(), || {
        let Some(size) = element(vt) else { return std::ptr::null_mut() };
        let Some(bytes) = size.checked_mul(elements as usize) else { return std::ptr::null_mut() };
        let data = CoTaskMemAlloc(bytes).cast::<u8>();
        let array = CoTaskMemAlloc(size_of::<SAFEARRAY>()).cast::<SAFEARRAY>();
        if data.is_null() || array.is_null() {
            // SAFETY: both are NULL or were just made.
            unsafe {
                CoTaskMemFree(data.cast());
                CoTaskMemFree(array.cast());
            }
            return std::ptr::null_mut();
        }
        // SAFETY: both were just made with these sizes.
        unsafe {
            data.write_bytes(0, bytes);
            array.write(SAFEARRAY {
                cDims: 1,
                fFeatures: 0,
                // An element has at most eight bytes.
                cbElements: size as u32,
                cLocks: 0,
                pvData: data.cast(),
                rgsabound: [SAFEARRAYBOUND { cElements: elements, lLbound: lower }],
            });
        }
        array
    })
}

/// Frees an array.
///
/// # Safety
///
/// The array must be NULL, or of [`SafeArrayCreateVector`] and not freed yet.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SafeArrayDestroy(array: *mut SAFEARRAY) -> HRESULT {
    guard_here(|| {
        if !array.is_null() {
            // SAFETY: as the caller promises.
            unsafe {
                CoTaskMemFree((*array).pvData);
                CoTaskMemFree(array.cast());
            }
        }
        OK
    })
}

/// Where the elements are.
///
/// # Safety
///
/// The array must be NULL or one, and the place NULL or good for writing.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SafeArrayAccessData(
    array: *mut SAFEARRAY,
    data: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: as the caller promises.
    guard_here(|| unsafe {
        let place = Out::new(data)?;
        if array.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        (*array).cLocks += 1;
        place.set((*array).pvData)
    })
}

/// The end of the use of the elements.
///
/// # Safety
///
/// The array must be NULL or one.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SafeArrayUnaccessData(array: *mut SAFEARRAY) -> HRESULT {
    // SAFETY: as the caller promises.
    guard_here(|| unsafe {
        if array.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        (*array).cLocks = (*array).cLocks.saturating_sub(1);
        OK
    })
}
