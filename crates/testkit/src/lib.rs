//! Scripted servers for tests: small parts that say exactly what goes over the wire.
//!
//! * [`Origin`] is a server on a free port of this machine, over TCP or TLS, HTTP/1 and HTTP/2. What it does is
//!   its [`Script`]: a closure from a request to a [`Reply`], or a ready-made [`FileServer`].
//! * A [`Reply`] is a list of steps: bytes to send, a [`Gate`] to wait for, a pause, a cut, a reset.
//! * [`Content`] is made from a seed, so that files larger than memory can be served and checked.
//! * [`Authority`] issues certificates, good ones and bad ones.
//! * A [`BitsServer`] takes uploads by the BITS upload protocol.
//! * [`HttpProxy`] and [`SocksProxy`] stand in the way.
//! * [`corpus`] gives fuzz targets their checked-in inputs.
//! * [`Traced`] kills a program at its n-th call that changes something; a [`Platter`] knows what a power cut at that
//!   moment would have left.
//!
//! Nothing sleeps to wait for something else: use a gate, or [`eventually`]. Every server ends with its value.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use bgcopy_testkit::{Content, FileServer, Origin};
//!
//! let content = Content::new(7, 1 << 20);
//! let origin = Origin::start(FileServer::new(content.clone()).etag("\"v1\"")).await;
//! let url = origin.url("/file");
//! // … fetch `url`, compare with `content.bytes()` …
//! assert_eq!(origin.requests().len(), 0);
//! # let _ = url;
//! # });
//! ```

mod bits_server;
mod certificates;
mod content;
pub mod corpus;
mod file_server;
mod gate;
mod http1;
mod http2;
mod killer;
mod origin;
mod proxy;
mod reply;
mod request;
mod socks;
mod turns;

pub use bits_server::{BitsBuilder, BitsFault, BitsPacket, BitsServer};
pub use certificates::{Authority, Issued, Validity};
pub use content::{Content, content};
pub use file_server::{FileServer, Framing, Login, Settings, Site, http_date};
pub use gate::{Gate, eventually};
pub use killer::{Death, Platter, Strike, Traced};
pub use origin::{Origin, OriginBuilder, Script, TlsServer};
pub use proxy::HttpProxy;
pub use reply::Reply;
pub use request::RequestHead;
pub use socks::{SocksProxy, SocksRequest};
pub use turns::Turns;
