//! BSTR: UTF-16 with its length in bytes before the first unit and a NUL behind the last.

use std::ffi::{c_char, c_void};

use super::memory::{CoTaskMemAlloc, CoTaskMemFree};

/// The length lies here, before the text; eight bytes keep the text aligned as malloc aligned the whole.
const BEFORE: usize = 8;

/// A string of this many bytes, of which those of `bytes` are copied; NULL without memory.
///
/// # Safety
///
/// Unless it is NULL, that many bytes must be there.
unsafe fn allocate(bytes: *const u8, length: u32) -> *mut u16 {
    let size = length as usize;
    let memory = CoTaskMemAlloc(BEFORE + size + size_of::<u16>()).cast::<u8>();
    if memory.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the memory holds the length, the bytes and a NUL of two bytes, is nobody else's, and the caller promises
    // the bytes.
    unsafe {
        memory.add(BEFORE - size_of::<u32>()).cast::<u32>().write(length);
        let text = memory.add(BEFORE);
        if bytes.is_null() {
            text.write_bytes(0, size);
        } else {
            text.copy_from_nonoverlapping(bytes, size);
        }
        text.add(size).write_bytes(0, size_of::<u16>());
        text.cast()
    }
}

/// A string for a caller; NULL without memory.
pub(crate) fn new(text: &str) -> *mut u16 {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(size_of_val(&*units)).unwrap_or(!1);
    // SAFETY: the units have that many bytes.
    unsafe { allocate(units.as_ptr().cast(), length) }
}

/// A copy of a text that ends with a NUL; NULL of NULL.
///
/// # Safety
///
/// Unless it is NULL, the text must end with a NUL.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysAllocString(text: *const u16) -> *mut u16 {
    if text.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the unit is there, since none before it was the NUL.
    let Some(length) = (0..u32::MAX / 2).find(|&index| unsafe { text.add(index as usize).read() } == 0)
    else {
        return std::ptr::null_mut();
    };
    // SAFETY: that many units were just read.
    unsafe { SysAllocStringLen(text, length) }
}

/// A string of this many units; zeros where no text is given.
///
/// # Safety
///
/// Unless it is NULL, the text must have that many units.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysAllocStringLen(text: *const u16, length: u32) -> *mut u16 {
    let Some(bytes) = length.checked_mul(2) else { return std::ptr::null_mut() };
    // SAFETY: as the caller promises.
    unsafe { allocate(text.cast(), bytes) }
}

/// A string of this many bytes; zeros where none are given.
///
/// # Safety
///
/// Unless it is NULL, that many bytes must be there.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysAllocStringByteLen(bytes: *const c_char, length: u32) -> *mut u16 {
    // SAFETY: as the caller promises.
    unsafe { allocate(bytes.cast(), length) }
}

/// Another text in a string's place; 0 without memory, and then the string stays.
///
/// # Safety
///
/// The place must hold NULL or a string; the text as [`SysAllocString`].
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysReAllocString(string: *mut *mut u16, text: *const u16) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { replace(string, SysAllocString(text), text.is_null()) }
}

/// The same with a length.
///
/// # Safety
///
/// As [`SysReAllocString`] and [`SysAllocStringLen`].
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysReAllocStringLen(
    string: *mut *mut u16,
    text: *const u16,
    length: u32,
) -> i32 {
    // SAFETY: as the caller promises.
    unsafe { replace(string, SysAllocStringLen(text, length), false) }
}

/// Puts a new string in the place of another, unless there was no memory for it.
///
/// # Safety
///
/// The place must be NULL or hold NULL or a string.
unsafe fn replace(place: *mut *mut u16, new: *mut u16, may_be_null: bool) -> i32 {
    if place.is_null() || (new.is_null() && !may_be_null) {
        // SAFETY: it was just made, or is NULL.
        unsafe { SysFreeString(new) };
        return 0;
    }
    // SAFETY: as the caller promises; the text was copied before the old string is freed, since it may lie in it.
    unsafe {
        SysFreeString(place.read());
        place.write(new);
    }
    1
}

/// Frees a string.
///
/// # Safety
///
/// The string must be NULL, or one of these functions' and not freed yet.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysFreeString(string: *mut u16) {
    if !string.is_null() {
        // SAFETY: the memory began that much before the text.
        unsafe { CoTaskMemFree(string.cast::<u8>().sub(BEFORE).cast::<c_void>()) };
    }
}

/// How many units a string has; 0 of NULL.
///
/// # Safety
///
/// The string must be NULL, or one of these functions'.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysStringLen(string: *mut u16) -> u32 {
    // SAFETY: as the caller promises.
    unsafe { SysStringByteLen(string) / 2 }
}

/// How many bytes a string has; 0 of NULL.
///
/// # Safety
///
/// The string must be NULL, or one of these functions'.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn SysStringByteLen(string: *mut u16) -> u32 {
    if string.is_null() {
        return 0;
    }
    // SAFETY: the length lies before the text.
    unsafe { string.cast::<u32>().sub(1).read() }
}

/// Reads a string; NULL stands for the empty one.
///
/// # Safety
///
/// The string must be NULL, or one of these functions'.
pub(crate) unsafe fn read(string: *mut u16) -> Result<String, std::string::FromUtf16Error> {
    if string.is_null() {
        return Ok(String::new());
    }
    // SAFETY: the string has that many units.
    String::from_utf16(unsafe { std::slice::from_raw_parts(string, SysStringLen(string) as usize) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_knows_its_length_and_ends_with_nul() {
        let string = new("a\0b🦀");
        // SAFETY: the string was just made.
        unsafe {
            assert_eq!((SysStringLen(string), SysStringByteLen(string)), (5, 10));
            assert_eq!(string.add(5).read(), 0);
            assert_eq!(read(string).unwrap(), "a\0b🦀");
            let mut place = string;
            assert_eq!(SysReAllocString(&raw mut place, [u16::from(b'z'), 0].as_ptr()), 1);
            assert_eq!(read(place).unwrap(), "z");
            SysFreeString(place);
        }
    }

    #[test]
    fn null_is_the_empty_string_and_odd_lengths_are_bytes() {
        // SAFETY: NULL is allowed, and three bytes are there.
        unsafe {
            assert_eq!((SysStringLen(std::ptr::null_mut()), SysStringByteLen(std::ptr::null_mut())), (0, 0));
            assert!(SysAllocString(std::ptr::null()).is_null());
            SysFreeString(std::ptr::null_mut());
            let string = SysAllocStringByteLen(c"abc".as_ptr(), 3);
            assert_eq!((SysStringLen(string), SysStringByteLen(string)), (1, 3));
            SysFreeString(string);
        }
    }
}
