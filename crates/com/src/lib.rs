//! `libbgcopy.so`: the interfaces of Delivery Optimization and BITS as COM objects, for programs in C and C++.
//!
//! A program written against `deliveryoptimization.h` or `bits.h` compiles against the headers in `include/bgcopy` and
//! links this library; its calls become requests to the service ([`bgcopy_api::Client`]).
//!
//! What is guaranteed: the layout of every interface, structure and number is that of the Windows headers (a test
//! compares each); no panic crosses the boundary; every object may be used from every thread. What is not: there are
//! no apartments and no marshalling, since all objects live in the process that asked for them, and what is done with a
//! pointer after its last `Release` is as undefined as on Windows.

#![allow(unsafe_code, reason = "the crate is the boundary to C: every entry point takes pointers")]
#![allow(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::upper_case_acronyms,
    clippy::too_many_arguments,
    reason = "what crosses the boundary has the names and the arguments of the Windows headers"
)]

mod abi;
mod callbacks;
mod exports;
mod guard;
#[cfg(test)]
mod layout;
mod objects;
mod quiet;
mod service;
mod text;
