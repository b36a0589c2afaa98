//! The functions of the COM library that programs expect: activation, the task allocator, BSTR, VARIANT, ids as text.

pub(crate) mod activation;
pub(crate) mod array;
pub(crate) mod bstr;
pub(crate) mod guid;
pub(crate) mod memory;
pub(crate) mod variant;
