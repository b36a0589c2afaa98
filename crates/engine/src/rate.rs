//! How fast bytes may be taken (design.md "Yielding": explicit caps are token buckets).
//!
//! - [`bucket`]: one cap, kept to;
//! - [`policy`]: which caps are in force, for each class of jobs, at this hour and on this line;
//! - [`line`](mod@line): what the line carries, as far as transfers have shown it.
//!
//! Caps compose by binding all at once: a transfer waits for the slowest of those it is under, so the smallest
//! one binds.

pub mod bucket;
pub mod line;
pub mod policy;

pub use bucket::TokenBucket;
pub use line::{Flow, Line};
pub use policy::{Ahead, Caps, ClassPolicy, Policy};
