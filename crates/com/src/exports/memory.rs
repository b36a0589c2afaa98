//! The task allocator: `malloc` under its COM names, so that every allocation crosses the boundary in one heap.

use std::ffi::c_void;

/// Memory for a caller.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoTaskMemAlloc(size: usize) -> *mut c_void {
    // SAFETY: malloc takes every size; a size of zero must not give NULL, which callers take for failure.
    unsafe { libc::malloc(size.max(1)) }
}

/// Memory of another size with the same content.
///
/// # Safety
///
/// The memory must be NULL or of this allocator.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn CoTaskMemRealloc(memory: *mut c_void, size: usize) -> *mut c_void {
    if size == 0 && !memory.is_null() {
        // SAFETY: as the caller promises.
        unsafe { CoTaskMemFree(memory) };
        return std::ptr::null_mut();
    }
    // SAFETY: as the caller promises.
    unsafe { libc::realloc(memory, size.max(1)) }
}

/// Frees memory.
///
/// # Safety
///
/// The memory must be NULL, or of this allocator and not freed yet.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn CoTaskMemFree(memory: *mut c_void) {
    // SAFETY: as the caller promises; free takes NULL.
    unsafe { libc::free(memory) };
}
