//! Every interface, its id and its methods in the order of their slots (spec 1.2).
//!
//! Arguments are what crosses the boundary: pointers that may be NULL, numbers that may be no value of their
//! enumeration. Each method answers a code; those that the library implements are guarded in their bodies.

#![allow(dead_code, reason = "every slot of an interface is declared, whether or not it is called from here")]

/// Declares interfaces: for each the trait of its slots, its id as a symbol of the library, and, for the comparison with
/// the headers, where each slot lies.
macro_rules! interfaces {
    ($(
        $name:ident = $id:ident($iid:literal): $base:ident {
            $(fn $method:ident($($argument:ident: $type:ty),* $(,)?);)*
        }
    )+) => {
        $(
            #[windows_core::interface($iid)]
            pub(crate) unsafe trait $name: $base {
                $(pub(crate) unsafe fn $method(&self, $($argument: $type),*) -> windows_core::HRESULT;)*
            }

            // SAFETY: the name is that of the headers, and nothing else in the process is called so.
            #[unsafe(no_mangle)]
            static $id: windows_core::GUID = <$name as windows_core::Interface>::IID;
        )+

        /// Where the slots of these interfaces lie.
        #[cfg(test)]
        pub(crate) const LAYOUT: &[$crate::layout::Table] = &[$($crate::layout::Table {
            name: stringify!($name),
            iid: <$name as windows_core::Interface>::IID,
            size: size_of::<<$name as windows_core::Interface>::Vtable>(),
            slots: &[$((
                stringify!($method),
                std::mem::offset_of!(<$name as windows_core::Interface>::Vtable, $method),
            ),)*],
        },)+];
    };
}

mod delivery;
mod file;
mod job;
mod manager;
mod standard;

pub(crate) use delivery::*;
pub(crate) use file::*;
pub(crate) use job::*;
pub(crate) use manager::*;
pub(crate) use standard::*;

/// Every interface.
#[cfg(test)]
pub(crate) fn layout() -> impl Iterator<Item = &'static crate::layout::Table> {
    [standard::LAYOUT, manager::LAYOUT, job::LAYOUT, file::LAYOUT, delivery::LAYOUT].into_iter().flatten()
}
