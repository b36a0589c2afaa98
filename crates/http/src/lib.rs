//! Ranges of bytes from origin servers, mirrors and cache hosts.
//!
//! [`Http::fetch`] asks for one range and brings the head of the answer in the words of `core`, and a [`Body`]
//! that yields exactly the bytes of that range. On the way it connects (names, happy eyeballs, proxies, TLS),
//! follows redirects, answers challenges and repeats what a dead kept connection swallowed. Everything that can go
//! wrong leaves as a [`Fault`](bgcopy_core::Fault).
//!
//! [`Http::post`] sends one packet of an upload (MC-BUP) the same way and brings what its server says to it.
//!
//! Who asks may have a word on the certificates of servers ([`Examine`]); then nothing is written before that is said.
//!
//! It knows no jobs and decides nothing about them: whether a range is asked for again, where, and when, is for
//! `engine`. Payload is never decoded, no cookie is kept, and nothing a server sends is held beyond a bound.
//!
//! A [`Valve`] lets whoever must make way for others see how a connection fares and set its receive window.
//!
//! Tasks: one driver per connection, ended with it; one reaper while connections are kept.

mod address;
mod answer;
mod auth;
mod body;
mod client;
mod config;
mod connect;
mod connection;
mod content_range;
mod disposition;
mod examine;
mod failure;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod low_speed;
mod memory;
mod outgoing;
mod pool;
mod proxy;
mod redirect;
mod request;
mod retry_after;
mod tls;
mod upload;
mod validators;
mod valve;

pub use address::{AddressBlock, AddressBlockError};
pub use body::Body;
pub use client::Http;
pub use config::{HttpConfig, PrivateTargets};
pub use connect::resolve::{BoxFuture, Resolve, ResolveError, SystemResolver};
pub use examine::{Examine, Examiner, Rejection, Shown};
pub use outgoing::{Content, Feed};
pub use proxy::{Proxy, ProxyKind, ProxyList, ProxyListError};
pub use request::{Options, Request};
pub use tls::check_tls;
pub use upload::Post;
pub use valve::{Look, Valve, ValveError};
