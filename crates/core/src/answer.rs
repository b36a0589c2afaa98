//! What a client asks of a server, and what the server's answer says of the file: the words in which `http`
//! reports and `engine` judges.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::name::RemoteName;
use crate::range::ByteRange;
use crate::supply::{ManifestRef, Promise};
use crate::time::Wall;

/// Which bytes of a remote file are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The whole file, without a range: for servers that answer ranges badly, and dynamic content.
    Whole,
    /// From here to the end: `bytes=N-`.
    From(u64),
    /// These bytes: `bytes=A-B`.
    Exactly(ByteRange),
}

impl Ask {
    /// The first byte asked for.
    pub const fn start(self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::From(start) => start,
            Self::Exactly(range) => range.start,
        }
    }
}

/// What proves that two answers speak of the same bytes: a strong validator (RFC 9110, 8.8), fit for
/// `If-Range`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validator {
    /// A strong entity tag, with its quotes.
    ETag(String),
    /// A `Last-Modified` that is strong by the 60-second rule (RFC 9110, 8.8.2.2), as sent.
    LastModified(String),
}

impl Validator {
    /// The value for `If-Range`.
    pub fn header_value(&self) -> &str {
        match self {
            Self::ETag(value) | Self::LastModified(value) => value,
        }
    }
}

/// How the end of a body is known (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// `Content-Length`, or the framing of HTTP/2.
    Length(u64),
    /// Chunks, or an HTTP/2 stream without a length: the end is marked.
    Marked,
    /// The connection closes: a cut cannot be told from the end.
    UntilClose,
}

/// The version of HTTP that was spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.0.
    #[serde(rename = "HTTP/1.0")]
    Http10,
    /// HTTP/1.1.
    #[serde(rename = "HTTP/1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "HTTP/2")]
    Http2,
}

/// The head of an answer that brings bytes: status 200 or 206, well-formed. Everything else is a
/// [`Fault`](crate::Fault).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The bytes of the remote file that the body brings, and nothing else; `end` is `u64::MAX` where the
    /// end is not known.
    pub range: ByteRange,
    /// Whether this is 206: the server honoured the range.
    pub partial: bool,
    /// The complete size of the remote file, where it was told.
    pub size: Option<u64>,
    /// What proves the version.
    pub validator: Option<Validator>,
    /// When the content was last changed, for the time stamp of the file.
    pub last_modified: Option<Wall>,
    /// The name that `Content-Disposition` proposes, already made harmless.
    pub proposed_name: Option<String>,
    /// The media type, without parameters, lower case.
    pub media_type: Option<String>,
    /// How the end of the body is known.
    pub framing: Framing,
    /// Who really answered, after redirects.
    pub final_url: RemoteName,
    /// The address that was spoken to; `None` where a proxy is in between.
    pub peer: Option<IpAddr>,
    /// The protocol spoken.
    pub protocol: Protocol,
    /// The header block as `HTTP_RESPONSE_HEADERS` shows it (spec 4.2): status line and fields, CR LF.
    pub headers: String,
    /// What the answer promises of the file: `Repr-Digest` (RFC 9530), and mirrors in `Link` fields (RFC 6249).
    pub promise: Promise,
    /// The Metalink or the like that describes it, as it says.
    pub described_by: Option<ManifestRef>,
}
