//! The objects that programs hold. Each is a name of something of the service, with no state of its own but for error
//! objects and enumerators, which are snapshots: so each may be used from every thread, and outlives what it names.

pub(crate) mod download;
pub(crate) mod enumerate;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod job;
pub(crate) mod manager;
mod times;

use std::ffi::c_void;

use bgcopy_api::core::Hresult;
use windows_core::{ComObject, ComObjectInner, ComObjectInterface, Interface};

use crate::guard::{Answer, Fail, Out};

/// `RPC_X_NULL_REF_POINTER`: what a NULL argument is told where a page names it (spec 7.7, 1.4).
pub(crate) const NULL_REF: Fail = Fail(Hresult(0x8007_06F4));

/// An object as the caller gets it, with a reference of the caller's.
fn pointer<I: Interface, T: ComObjectInner>(object: T) -> *mut c_void
where
    T::Outer: ComObjectInterface<I>,
{
    ComObject::new(object).into_interface::<I>().into_raw()
}

/// Gives an object to the caller.
fn give<I: Interface, T: ComObjectInner>(place: Out<*mut c_void>, object: T) -> Answer
where
    T::Outer: ComObjectInterface<I>,
{
    place.set(pointer::<I, T>(object))
}
