//! Stories of the whole product: the real binary, a real service on a real socket, scripted servers.
//!
//! Each story lives in a [`House`](house::House) of its own: private folders, a private service, nothing of the
//! machine's. It looks from outside, and waits for what it wants to see, never for time to pass. One binary
//! holds them all, so that they run beside each other: most of a story is waiting.

mod agent;
mod api;
mod bodies;
mod borders;
mod cache_host;
mod certificates;
mod clients;
mod demand;
mod errors;
mod events;
mod files;
mod house;
mod integrity;
mod lifetime;
mod machine;
mod main_job;
mod manifests;
mod metalink;
mod parallel;
mod pieces;
mod promises;
mod proxies;
mod put;
mod rates;
mod refusals;
mod repair;
mod repairs;
mod resumption;
mod scarcity;
mod scenarios;
mod secrets;
mod servers;
mod space;
mod stalls;
mod store;
mod uploads;
mod ways;
