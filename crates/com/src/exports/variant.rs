//! VARIANT: a value with its type. Those types are known that the interfaces speak (spec 4.3; do-download 3.1).

use bgcopy_api::core::Hresult;
use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, E_OUTOFMEMORY};
use windows_core::{HRESULT, IUnknown, Interface as _};

use super::array::SafeArrayDestroy;
use super::bstr::{SysAllocStringByteLen, SysFreeString, SysStringByteLen, new};
use crate::abi::types::{VARIANT, VariantValue};
use crate::guard::{Answer, Fail, OK, Out, guard_here};

pub(crate) const VT_EMPTY: u16 = 0;
pub(crate) const VT_BSTR: u16 = 8;
pub(crate) const VT_BOOL: u16 = 11;
pub(crate) const VT_UNKNOWN: u16 = 13;
pub(crate) const VT_UI4: u16 = 19;
pub(crate) const VT_UI8: u16 = 21;
pub(crate) const VT_BYTES: u16 = VT_ARRAY | 17;
const VT_DISPATCH: u16 = 9;
const VT_ARRAY: u16 = 0x2000;
const VT_BYREF: u16 = 0x4000;

/// `DISP_E_BADVARTYPE`: a type that these functions cannot own.
const DISP_E_BADVARTYPE: Hresult = Hresult(0x8002_0008);

impl VARIANT {
    /// Nothing.
    pub(crate) const EMPTY: Self =
        Self { vt: VT_EMPTY, reserved: [0; 3], value: VariantValue { record: [std::ptr::null_mut(); 2] } };

    const fn of(vt: u16, value: VariantValue) -> Self {
        Self { vt, value, ..Self::EMPTY }
    }

    /// A text.
    pub(crate) fn text(text: &str) -> Answer<Self> {
        let string = new(text);
        if string.is_null() {
            Err(Fail(E_OUTOFMEMORY))
        } else {
            Ok(Self::of(VT_BSTR, VariantValue { bstrVal: string }))
        }
    }

    /// A number.
    pub(crate) const fn number(number: u32) -> Self {
        Self::of(VT_UI4, VariantValue { ulVal: number })
    }

    /// A large number.
    pub(crate) const fn large(number: u64) -> Self {
        Self::of(VT_UI8, VariantValue { ullVal: number })
    }

    /// An object, with a reference of the variant's own.
    pub(crate) fn object<I: windows_core::Interface>(object: &I) -> Self {
        Self::of(VT_UNKNOWN, VariantValue { punkVal: object.clone().into_raw() })
    }

    /// Yes or no.
    pub(crate) const fn bool(value: bool) -> Self {
        Self::of(VT_BOOL, VariantValue { boolVal: if value { -1 } else { 0 } })
    }
}

/// Makes a variant empty whatever it held: its memory need not be a variant yet.
///
/// # Safety
///
/// The place must be NULL or good for writing.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn VariantInit(variant: *mut VARIANT) {
    if !variant.is_null() {
        // SAFETY: as the caller promises.
        unsafe { variant.write(VARIANT::EMPTY) };
    }
}

/// Frees what a variant holds and makes it empty.
///
/// # Safety
///
/// The place must be NULL or hold a variant.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn VariantClear(variant: *mut VARIANT) -> HRESULT {
    guard_here(|| {
        if variant.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        // SAFETY: as the caller promises; the type says what the value is, and that the variant owns it.
        unsafe {
            let held = variant.read();
            if held.vt & VT_BYREF == 0 {
                match held.vt {
                    VT_BSTR => SysFreeString(held.value.bstrVal),
                    VT_UNKNOWN | VT_DISPATCH if !held.value.punkVal.is_null() => {
                        drop(IUnknown::from_raw(held.value.punkVal));
                    }
                    vt if vt & VT_ARRAY != 0 => {
                        let _ = SafeArrayDestroy(held.value.parray);
                    }
                    _ => {}
                }
            }
            VariantInit(variant);
        }
        OK
    })
}

/// A copy that owns what it holds.
///
/// # Safety
///
/// Both must be NULL or hold variants.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn VariantCopy(destination: *mut VARIANT, source: *const VARIANT) -> HRESULT {
    guard_here(|| {
        if destination.is_null() || source.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        if std::ptr::eq(destination, source) {
            return OK;
        }
        // SAFETY: as the caller promises.
        unsafe {
            let copy = copy(&source.read())?;
            // The destination is a variant, so this cannot fail.
            let _ = VariantClear(destination);
            Out::new(destination)?.set(copy)
        }
    })
}

/// # Safety
///
/// The value must be what the type says.
unsafe fn copy(source: &VARIANT) -> Answer<VARIANT> {
    // SAFETY: as the caller promises.
    unsafe {
        match source.vt {
            VT_BSTR if !source.value.bstrVal.is_null() => {
                let string = source.value.bstrVal;
                let copy = SysAllocStringByteLen(string.cast(), SysStringByteLen(string));
                if copy.is_null() {
                    return Err(Fail(E_OUTOFMEMORY));
                }
                Ok(VARIANT::of(VT_BSTR, VariantValue { bstrVal: copy }))
            }
            VT_UNKNOWN | VT_DISPATCH => {
                let raw = source.value.punkVal;
                if let Some(object) = IUnknown::from_raw_borrowed(&raw) {
                    std::mem::forget(object.clone());
                }
                Ok(*source)
            }
            vt if vt & VT_ARRAY != 0 => Err(Fail(DISP_E_BADVARTYPE)),
            _ => Ok(*source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports::bstr::read;

    #[test]
    fn a_copy_of_a_text_is_its_own() {
        let mut first = VARIANT::text("one").unwrap();
        let mut second = VARIANT::EMPTY;
        // SAFETY: both hold variants.
        unsafe {
            assert_eq!(VariantCopy(&raw mut second, &raw const first), HRESULT(0));
            assert_eq!(VariantClear(&raw mut first), HRESULT(0));
            assert_eq!((first.vt, second.vt), (VT_EMPTY, VT_BSTR));
            assert_eq!(read(second.value.bstrVal).unwrap(), "one");
            assert_eq!(VariantClear(&raw mut second), HRESULT(0));
        }
    }
}
