//! Uploads: the words of the BITS upload protocol (MC-BUP), and what of one survives the service.
//!
//! A file goes to a server in *fragments* of a *session*: Create-Session, Fragment after Fragment, Close-Session. The
//! server says after each how far it got, so that the next one, of this or of another connection, begins there. The
//! answer of the server's application, where one was asked for, is an ordinary file under a URL that the last fragment
//! is answered with; it goes when the session is closed (Close-Session: "you must download the reply before").

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::FileIndex;
use crate::kept::Kept;
use crate::name::{LocalName, RemoteName};
use crate::range::ByteRange;
use crate::time::Wall;

/// The only protocol that clients and servers speak: "BITS 1.5 Upload Protocol" (Create-Session).
pub const PROTOCOL: &str = "{7df0354d-249b-430f-820d-3d2a9bef4931}";

/// The file of an upload job that goes to the server: the only one that its client adds.
pub const SOURCE: FileIndex = FileIndex(0);
/// The file of an upload-reply job that comes back, once the server named it.
pub const REPLY: FileIndex = FileIndex(1);

/// Characters of a session's id ("any HTTP-legal string up to 100 characters", Ack for Create-Session).
pub const SESSION_ID_CHARS: usize = 100;
/// The first fragment of a session: a cut costs no more than that, and a round trip is nothing beside it.
pub const FRAGMENT_FIRST: u64 = 1 << 20;
/// Fragments grow up to here where they go quickly.
pub const FRAGMENT_MAX: u64 = 16 << 20;
/// Fragments shrink down to here where the server takes no larger ones (413).
pub const FRAGMENT_MIN: u64 = 16 << 10;

/// How a server knows an upload. Who has it may write to the upload, so it is shown to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

/// A text that names no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 1 to {SESSION_ID_CHARS} visible characters")]
pub struct NotSession;

impl SessionId {
    /// For the header field.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<session>")
    }
}

impl FromStr for SessionId {
    type Err = NotSession;

    fn from_str(text: &str) -> Result<Self, NotSession> {
        let fits = (1..=SESSION_ID_CHARS).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self(text.to_owned()))
            .ok_or(NotSession)
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Something to post to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Ask for a session.
    Create,
    /// Send these bytes of the file.
    Fragment {
        /// Whose.
        session: SessionId,
        /// Which; empty only for an empty file.
        range: ByteRange,
        /// The size of the file.
        total: u64,
    },
    /// All was sent, and a reply was fetched: the server may use the file and forget the session.
    Close(SessionId),
    /// Nothing more comes: the server may throw away what it has.
    Cancel(SessionId),
}

impl Packet {
    /// The value of `BITS-Packet-Type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Create => "Create-Session",
            Self::Fragment { .. } => "Fragment",
            Self::Close(_) => "Close-Session",
            Self::Cancel(_) => "Cancel-Session",
        }
    }

    /// The session that it belongs to.
    pub const fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Create => None,
            Self::Fragment { session, .. } | Self::Close(session) | Self::Cancel(session) => Some(session),
        }
    }
}

/// What a server says when it took a packet, or takes the upload from another place on (416).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Ack {
    /// It took nothing of the fragment, and says from where on it would (416).
    pub out_of_step: bool,
    /// The session that it opened.
    pub session: Option<SessionId>,
    /// Who serves the session, where not everybody behind the name does (`BITS-Host-Id`).
    pub host: Option<SessionHost>,
    /// The first byte that it has not (`BITS-Received-Content-Range`).
    pub received: Option<u64>,
    /// Where the answer of the server's application is (`BITS-Reply-URL`).
    pub reply: Option<RemoteName>,
    /// The server lies in a private network itself, so what it names may, too (faults C06).
    pub private: bool,
}

impl Ack {
    /// What it names is what a server names that lies in a private network, or does not.
    #[must_use]
    pub fn of_server(mut self, private: bool) -> Self {
        if let Some(host) = &mut self.host {
            host.offered = !private;
        }
        Self { private, ..self }
    }
}

/// Who serves a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionHost {
    /// The remote name with the server's own name in it.
    pub url: RemoteName,
    /// How long it may be out of reach before the upload begins again at the remote name; none is for ever
    /// (`BITS-Host-Id-Fallback-Timeout`).
    pub fallback: Option<Duration>,
    /// A public server named it, so it must not lie in a private network (faults C06).
    #[serde(default)]
    pub offered: bool,
}

/// An upload as it stands at a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadSession {
    /// Its name there.
    pub id: SessionId,
    /// Who serves it, if not whoever answers at the remote name.
    pub host: Option<SessionHost>,
    /// Since when nobody can be reached there.
    pub unreachable_since: Option<Wall>,
}

/// How far an upload got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UploadStage {
    /// The server lacks bytes.
    #[default]
    Sending,
    /// The server has every byte; a reply may have to be fetched.
    Sent,
    /// The server closed the session.
    Closed,
}

/// What an upload job has beside its file; all of it survives the service.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UploadRecord {
    /// How the file looked when its first byte was sent: with another look it is another file
    /// (`BG_E_LOCAL_FILE_CHANGED`).
    pub source: Option<Kept>,
    /// The session at the server.
    pub session: Option<UploadSession>,
    /// How many bytes the server said that it has.
    pub sent: u64,
    /// How far it got.
    pub stage: UploadStage,
    /// Where the reply goes (`SetReplyFileName`, or made up); none for an upload without one.
    pub reply_name: Option<LocalName>,
}

impl UploadRecord {
    /// The server knows nothing of the upload any more: it begins again.
    pub fn start_again(&mut self) {
        self.session = None;
        self.sent = 0;
        self.stage = UploadStage::Sending;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_by_any_text_that_a_header_can_carry() {
        for good in ["{7df0354d-249b-430f-820d-3d2a9bef4931}", "a", &"x".repeat(SESSION_ID_CHARS)] {
            let id: SessionId = good.parse().unwrap();
            assert_eq!(id.as_str(), good);
            let json = serde_json::to_string(&id).unwrap();
            assert_eq!(serde_json::from_str::<SessionId>(&json).unwrap(), id);
        }
        for bad in ["", "a b", "a\r\nHost: evil", "é", &"x".repeat(SESSION_ID_CHARS + 1)] {
            assert_eq!(bad.parse::<SessionId>(), Err(NotSession), "{bad:?}");
        }
    }

    #[test]
    fn a_session_is_not_shown() {
        let id: SessionId = "s3cret".parse().unwrap();
        let session = UploadSession { id, host: None, unreachable_since: None };
        let record = UploadRecord { session: Some(session), ..UploadRecord::default() };
        assert!(!format!("{record:?}").contains("s3cret"));
    }

    #[test]
    fn a_record_of_former_times_is_read_as_a_beginning() {
        assert_eq!(serde_json::from_str::<UploadRecord>("{}").unwrap(), UploadRecord::default());
    }
}
