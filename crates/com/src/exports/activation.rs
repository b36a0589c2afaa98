//! Activation: `CoCreateInstance`, and the calls that programs make around it.
//!
//! There are no apartments: `CoInitializeEx` counts per thread, and tells of a change of mode, as programs expect.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bgcopy_api::core::catalogue::codes::{E_INVALIDARG, S_FALSE};
use bgcopy_api::core::{Family, Hresult};
use windows_core::{ComObject, GUID, HRESULT, IUnknown};

use crate::abi::classes;
use crate::guard::{Fail, OK, Out, guard, guard_here, guard_or};
use crate::objects::manager::{DeliveryManager, Manager};
use crate::service::Service;

/// `E_POINTER`: no place for the object.
const E_POINTER: Hresult = Hresult(0x8000_4003);
/// `REGDB_E_CLASSNOTREG`: there is no such class.
const REGDB_E_CLASSNOTREG: Hresult = Hresult(0x8004_0154);
/// `CLASS_E_NOAGGREGATION`: no object here can be part of another.
const CLASS_E_NOAGGREGATION: Hresult = Hresult(0x8004_0110);
/// `RPC_E_CHANGED_MODE`: the thread was initialised otherwise.
const RPC_E_CHANGED_MODE: Hresult = Hresult(0x8001_0106);
/// `RPC_E_TOO_LATE`: security was set already.
const RPC_E_TOO_LATE: Hresult = Hresult(0x8001_0119);
/// `COINIT_APARTMENTTHREADED`.
const APARTMENT: u32 = 2;

thread_local! {
    /// How often this thread was initialised, and in which mode.
    static INITIALISED: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// How many threads are initialised.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Whether security was set since the first thread was initialised.
static SECURED: AtomicBool = AtomicBool::new(false);

/// As [`CoInitializeEx`] for an apartment.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoInitialize(reserved: *mut c_void) -> HRESULT {
    CoInitializeEx(reserved, APARTMENT)
}

/// Counts the use of COM by this thread: `S_FALSE` where it is not the first.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoInitializeEx(reserved: *mut c_void, flags: u32) -> HRESULT {
    guard_here(|| {
        if !reserved.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        let (count, mode) = INITIALISED.get();
        let wanted = flags & APARTMENT;
        if count > 0 && mode != wanted {
            return Err(Fail(RPC_E_CHANGED_MODE));
        }
        INITIALISED.set((count.saturating_add(1), wanted));
        if count == 0 {
            THREADS.fetch_add(1, Ordering::SeqCst);
            return OK;
        }
        Ok(S_FALSE)
    })
}

/// Takes back one initialisation of this thread.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoUninitialize() {
    guard_or((), || {
        let (count, mode) = INITIALISED.get();
        if count == 0 {
            return;
        }
        INITIALISED.set((count - 1, mode));
        if count == 1 && THREADS.fetch_sub(1, Ordering::SeqCst) == 1 {
            SECURED.store(false, Ordering::SeqCst);
        }
    });
}

/// Succeeds once: who calls is told to the service by the kernel.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoInitializeSecurity(
    _descriptor: *mut c_void,
    _services: i32,
    _service: *mut c_void,
    _reserved1: *mut c_void,
    _authentication: u32,
    _impersonation: u32,
    _list: *mut c_void,
    _capabilities: u32,
    _reserved3: *mut c_void,
) -> HRESULT {
    guard_here(|| if SECURED.swap(true, Ordering::SeqCst) { Err(Fail(RPC_E_TOO_LATE)) } else { OK })
}

/// Succeeds: the service acts for the user whom the kernel names.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn CoSetProxyBlanket(
    proxy: *mut c_void,
    _authentication: u32,
    _authorization: u32,
    _principal: *mut u16,
    _authentication_level: u32,
    _impersonation_level: u32,
    _identity: *mut c_void,
    _capabilities: u32,
) -> HRESULT {
    guard_here(|| if proxy.is_null() { Err(Fail(E_INVALIDARG)) } else { OK })
}

/// Creates an object of a class; the service is started where nobody answers and it is the user's own.
///
/// # Safety
///
/// The ids must be NULL or readable, and the place NULL or good for writing.
// SAFETY: the name is that of the headers, and nothing else in the process is called so.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn CoCreateInstance(
    clsid: *const GUID,
    outer: *mut c_void,
    _context: u32,
    iid: *const GUID,
    object: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: as the caller promises.
    guard(|| unsafe {
        // It is written by `QueryInterface`, and cleared here for every failure before.
        Out::new(object).map_err(|_| Fail(E_POINTER))?;
        if clsid.is_null() || iid.is_null() {
            return Err(Fail(E_INVALIDARG));
        }
        let family = classes::family(clsid.read()).ok_or(Fail(REGDB_E_CLASSNOTREG))?;
        if !outer.is_null() {
            return Err(Fail(CLASS_E_NOAGGREGATION));
        }
        let service = Service::open(family)?;
        let unknown: IUnknown = match family {
            Family::Bits => ComObject::new(Manager::new(service)).into_interface(),
            Family::Do => ComObject::new(DeliveryManager::new(service)).into_interface(),
        };
        let code = windows_core::Interface::query(&unknown, iid, object);
        Ok(Hresult(code.0.cast_unsigned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(answer: HRESULT) -> u32 {
        answer.0.cast_unsigned()
    }

    #[test]
    fn a_thread_is_counted_and_keeps_its_mode() {
        let none = std::ptr::null_mut();
        assert_eq!(code(CoInitializeEx(none, 0)), 0);
        assert_eq!(code(CoInitializeEx(none, 0)), 1);
        assert_eq!(code(CoInitialize(none)), RPC_E_CHANGED_MODE.0);
        CoUninitialize();
        CoUninitialize();
        assert_eq!(code(CoInitialize(none)), 0);
        CoUninitialize();
        CoUninitialize();
    }

    #[test]
    fn what_cannot_be_created_is_told_and_the_place_is_cleared() {
        let class = GUID::from_u128(7);
        let mut object = std::ptr::dangling_mut::<c_void>();
        // SAFETY: the ids are readable, and the places good for writing or NULL.
        unsafe {
            let iid = <IUnknown as windows_core::Interface>::IID;
            let answer =
                CoCreateInstance(&raw const class, std::ptr::null_mut(), 4, &raw const iid, &raw mut object);
            assert_eq!(code(answer), REGDB_E_CLASSNOTREG.0);
            assert!(object.is_null());
            let place = std::ptr::null_mut();
            let answer = CoCreateInstance(&raw const class, std::ptr::null_mut(), 4, &raw const iid, place);
            assert_eq!(code(answer), E_POINTER.0);
        }
    }
}
