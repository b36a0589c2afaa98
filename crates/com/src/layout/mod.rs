//! The comparison of what Rust and the headers say of the binary interface: every slot, offset, number and id.
//!
//! Both sides print the same lines: Rust from its tables, C and C++ from programs that are made from the same tables and
//! compiled against the checked-in headers.

use windows_core::GUID;

mod headers;
mod programs;

/// An interface and its own slots.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) iid: GUID,
    pub(crate) size: usize,
    pub(crate) slots: &'static [(&'static str, usize)],
}

/// A structure or union and its fields.
pub(crate) struct Structure {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) fields: &'static [(&'static str, usize)],
}
