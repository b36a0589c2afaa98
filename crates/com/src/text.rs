//! Text over the boundary: UTF-16 with a NUL behind it, the caller's on the way in, of the task allocator on the way out.

use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, E_OUTOFMEMORY};

use crate::exports::memory::CoTaskMemAlloc;
use crate::guard::{Answer, Fail, Out};

/// Units of a text that is read at most: more than the longest that any method takes (a password, 65,535), so that what
/// is too long is told as that, and a text without end is left.
const UNITS_MAX: usize = 1 << 17;

/// Reads a text; `None` is NULL. What is no UTF-16, or has no end, is `E_INVALIDARG`.
///
/// # Safety
///
/// Unless it is NULL, the pointer must lead to units up to a NUL, or to [`UNITS_MAX`] of them.
pub(crate) unsafe fn optional(text: *const u16) -> Answer<Option<String>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: the unit at `index` is there, since none before it was the NUL.
    let length =
        (0..UNITS_MAX).find(|&index| unsafe { text.add(index).read() } == 0).ok_or(Fail(E_INVALIDARG))?;
    // SAFETY: that many units were just read.
    let units = unsafe { std::slice::from_raw_parts(text, length) };
    String::from_utf16(units).map(Some).map_err(|_| Fail(E_INVALIDARG))
}

/// Reads a text that must not be NULL.
///
/// # Safety
///
/// As [`optional`].
pub(crate) unsafe fn required(text: *const u16) -> Answer<String> {
    // SAFETY: as the caller promises.
    unsafe { optional(text) }?.ok_or(Fail(E_INVALIDARG))
}

/// A copy of a text for the caller, who frees it with `CoTaskMemFree`.
pub(crate) fn copy(text: &str) -> Answer<*mut u16> {
    let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
    copy_of(&units)
}

/// A copy of plain values for the caller, who frees it with `CoTaskMemFree`.
pub(crate) fn copy_of<T: Copy>(values: &[T]) -> Answer<*mut T> {
    let memory = CoTaskMemAlloc(size_of_val(values)).cast::<T>();
    if memory.is_null() {
        return Err(Fail(E_OUTOFMEMORY));
    }
    // SAFETY: the memory has the size of the values and is nobody else's; malloc aligns for every plain type.
    unsafe { memory.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    Ok(memory)
}

/// Gives a text to the caller.
pub(crate) fn give(place: Out<*mut u16>, text: &str) -> Answer {
    place.set(copy(text)?)
}

#[cfg(test)]
pub(crate) fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports::memory::CoTaskMemFree;

    #[test]
    fn text_goes_out_and_comes_back() {
        let place = copy("naïve 🦀").unwrap();
        // SAFETY: the copy ends with a NUL.
        assert_eq!(unsafe { required(place) }.unwrap(), "naïve 🦀");
        // SAFETY: it is of the task allocator.
        unsafe { CoTaskMemFree(place.cast()) };
    }

    #[test]
    fn what_is_no_utf_16_or_has_no_end_is_refused() {
        let half = [0xD83E, 0];
        let endless = vec![u16::from(b'x'); UNITS_MAX];
        for text in [&half[..], &endless] {
            // SAFETY: both end, or are as long as is read.
            assert_eq!(unsafe { optional(text.as_ptr()) }, Err(Fail(E_INVALIDARG)));
        }
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { optional(std::ptr::null()) }, Ok(None));
    }
}
