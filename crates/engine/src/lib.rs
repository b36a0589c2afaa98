//! The decisions of bgcopy, sans-IO.
//!
//! Requests, events and the time go in; actions and the next deadline come out. Nothing here opens a
//! socket or a file, spawns a task, reads a clock or rolls dice of its own: with the same seed and the same
//! inputs the same actions come out, so whatever happened can be played again.
//!
//! - [`lifecycle`]: the job states as one table;
//! - [`queue`]: which jobs run;
//! - [`plan`]: which bytes of a file to ask for next, and what to make of an answer;
//! - `growth`: over how many connections;
//! - `retry`: when to try again;
//! - [`gate`]: what forbids a job to run now;
//! - [`rate`]: how fast bytes may be taken;
//! - [`yielding`]: how much may be under way, so that others go first;
//! - [`Engine`]: all of it put together.

pub mod action;
mod dice;
mod engine;
pub mod event;
pub mod gate;
mod growth;
pub mod lifecycle;
pub mod plan;
pub mod queue;
pub mod rate;
pub mod request;
mod retry;
pub mod sources;
mod timers;
pub mod yielding;

pub use action::{Action, HelperId, Notice, Notification, Order, Saved, TransferId};
pub use bgcopy_core::Setting;
pub use engine::{Engine, EngineConfig, Limits, Work};
pub use event::Event;
pub use gate::Conditions;
pub use request::{Caller, NewJob, Outcome, Reply, Request, Ticket};
