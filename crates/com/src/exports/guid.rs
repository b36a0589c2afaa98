//! Ids as text: `{4991D34B-80A1-4291-83B6-3328366B9097}`.

use bgcopy_api::core::Hresult;
use uuid::Uuid;
use windows_core::{GUID, HRESULT};

use crate::guard::{Fail, Out, guard_here, guard_or};
use crate::text;

/// `CO_E_CLASSSTRING`: a text that is no id.
const CO_E_CLASSSTRING: Hresult = Hresult(0x8004_01F3);

/// Our id of one of theirs.
pub(crate) const fn to_uuid(guid: GUID) -> Uuid {
    Uuid::from_u128(guid.to_u128())
}

/// Theirs of one of ours.
pub(crate) const fn from_uuid(uuid: Uuid) -> GUID {
    GUID::from_u128(uuid.as_u128())
}

/// Writes an id with braces and a NUL, 39 units; gives how many, 0 where the place is smaller.
///
/// # Safety
///
/// The id must be readable, and the place have that many units.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn StringFromGUID2(guid: *const GUID, place: *mut u16, length: i32) -> i32 {
    guard_or(0, || {
        if guid.is_null() || place.is_null() {
            return 0;
        }
        // SAFETY: as the caller promises.
        let text = to_uuid(unsafe { guid.read() }).braced().to_string().to_uppercase();
        let units: Vec<u16> = text.encode_utf16().chain([0]).collect();
        if usize::try_from(length).is_ok_and(|length| units.len() <= length) {
            // SAFETY: the place has at least that many units.
            unsafe { place.copy_from_nonoverlapping(units.as_ptr(), units.len()) };
            return i32::try_from(units.len()).unwrap_or(0);
        }
        0
    })
}

/// Reads an id with its braces; NULL is the nil id.
///
/// # Safety
///
/// The text must be NULL or end with a NUL, and the place be NULL or good for writing.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn CLSIDFromString(text: *const u16, clsid: *mut GUID) -> HRESULT {
    // SAFETY: as the caller promises.
    guard_here(|| unsafe {
        let place = Out::new(clsid)?;
        let Some(text) = text::optional(text)? else { return place.set(GUID::zeroed()) };
        let is_braced = text.len() == 38 && text.starts_with('{') && text.ends_with('}');
        let id = Uuid::try_parse(&text).ok().filter(|_| is_braced).ok_or(Fail(CO_E_CLASSSTRING))?;
        place.set(from_uuid(id))
    })
}

/// As [`CLSIDFromString`].
///
/// # Safety
///
/// As [`CLSIDFromString`].
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn IIDFromString(text: *const u16, iid: *mut GUID) -> HRESULT {
    // SAFETY: as the caller promises.
    unsafe { CLSIDFromString(text, iid) }
}

/// A new id.
///
/// # Safety
///
/// The place must be NULL or good for writing.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn CoCreateGuid(guid: *mut GUID) -> HRESULT {
    // SAFETY: as the caller promises.
    guard_here(|| unsafe { Out::new(guid)?.set(from_uuid(Uuid::new_v4())) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::units;

    #[test]
    fn an_id_is_written_and_read_back() {
        let id = GUID::from_u128(0x4991D34B_80A1_4291_83B6_3328366B9097);
        let mut place = [1_u16; 39];
        // SAFETY: the place has 39 units.
        assert_eq!(unsafe { StringFromGUID2(&raw const id, place.as_mut_ptr(), 39) }, 39);
        assert_eq!(place.to_vec(), units("{4991D34B-80A1-4291-83B6-3328366B9097}"));
        // SAFETY: as before.
        assert_eq!(unsafe { StringFromGUID2(&raw const id, place.as_mut_ptr(), 38) }, 0);
        let mut back = GUID::zeroed();
        // SAFETY: the text ends with a NUL.
        assert_eq!(unsafe { CLSIDFromString(place.as_ptr(), &raw mut back) }, HRESULT(0));
        assert_eq!(back, id);
        let bare = units("4991D34B-80A1-4291-83B6-3328366B9097");
        // SAFETY: the text ends with a NUL.
        assert_eq!(unsafe { CLSIDFromString(bare.as_ptr(), &raw mut back) }.0.cast_unsigned(), 0x8004_01F3);
    }
}
