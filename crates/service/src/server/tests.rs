//! The server over a real Unix socket, with a contract that remembers what it was asked.

mod connecting;
mod fake;
mod refusals;
mod rig;
mod routes;
mod streams;
