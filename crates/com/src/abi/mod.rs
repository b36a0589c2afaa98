//! What crosses the boundary: interfaces, structures and numbers, as the Windows headers lay them out.

pub(crate) mod classes;
pub(crate) mod enums;
pub(crate) mod interfaces;
pub(crate) mod types;
