//! From the records of `core` to what clients see.
