//! The wiring of the bgcopy service.
//!
//! - `daemon`: the life of the process, from its lock to its last word;
//! - `manager`: the one task that owns the engine, and the effects that it hands out work to;
//! - `transfer`: the way of a byte, from `http` to `disk`;
//! - `face` and `server`: the contract of the API, kept by the manager and spoken over HTTP;
//! - `agent`: the same contract, spoken by the protocol of Microsoft's Linux agent;
//! - `config`, `places`, `host`, `listen`, `idle`, `logging`, `metrics`, `install`: the shell around it.

#![expect(
    clippy::result_large_err,
    reason = "a fault carries what an operator asks for next, and is made once a failure"
)]

pub mod agent;
mod chain;
pub mod config;
pub mod daemon;
mod destinations;
mod document;
mod face;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod host;
mod hub;
pub mod idle;
pub mod install;
pub mod listen;
mod lists;
pub mod logging;
mod manager;
mod manifests;
mod memory;
mod meter;
pub mod metrics;
mod outbox;
mod pace;
pub mod places;
mod questions;
mod rights;
pub mod server;
mod steering;
mod transfer;
mod work;
