//! Stories of the whole product: the real binary, a real service on a real socket, scripted servers.
//!
//! Each story lives in a [`House`](house::House) of its own: private folders, a private service, nothing of the
//! machine's. One binary holds them all, so that they run beside each other: most of a story is waiting.

mod api;
mod errors;
mod house;
mod machine;
mod main_job;
mod proxies;
mod repairs;
mod scenarios;
mod secrets;
mod space;
mod store;
