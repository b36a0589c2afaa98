//! Remote names (URLs) and local names (paths), parsed once into what cannot be wrong (spec 9.7).

use core::net::IpAddr;
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use crate::limits;
use crate::secret::{Credentials, Secret};

/// Why a name was refused. Every message says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a URL at all.
    #[error("{text:?} is not a URL ({reason}); write it like https://host/path")]
    NotUrl {
        /// What was given, without secrets.
        text: String,
        /// What the parser says.
        reason: String,
    },
    /// A host and a path, as people type them.
    #[error("{text:?} is not a URL; write it like https://{text}")]
    NoScheme {
        /// What was given, without secrets.
        text: String,
    },
    /// A file or folder, where a place on the network belongs.
    #[error("{text:?} is a path, and a URL like https://host/path is wanted here")]
    Path {
        /// What was given, without secrets.
        text: String,
    },
    /// A protocol that is not fetched.
    #[error("{scheme}: is not supported in {text:?}; use http or https")]
    Scheme {
        /// What was given, without secrets.
        text: String,
        /// Its protocol.
        scheme: String,
    },
    /// Nobody to ask.
    #[error("{text:?} names no host")]
    NoHost {
        /// What was given, without secrets.
        text: String,
    },
    /// A character that no URL has.
    #[error("{text:?} holds a character that no URL may have; escape it as %xx")]
    IllegalCharacter {
        /// What was given, without secrets.
        text: String,
    },
    /// Longer than a remote name may be.
    #[error("the URL has {length} characters; at most {} are allowed", limits::REMOTE_NAME_CHARS)]
    UrlTooLong {
        /// Its length.
        length: usize,
    },
    /// Not a path from the root.
    #[error("{path:?} is not an absolute path")]
    NotAbsolute {
        /// What was given.
        path: PathBuf,
    },
    /// A path with `..` or `.`, or one that ends in a folder.
    #[error("{path:?} does not name a file plainly; leave out \".\", \"..\" and a trailing \"/\"")]
    NotPlain {
        /// What was given.
        path: PathBuf,
    },
    /// A path that the system cannot take.
    #[error(
        "{path:?} is too long; a path may have {} bytes, a name in it {}",
        limits::PATH_BYTES,
        limits::NAME_BYTES
    )]
    PathTooLong {
        /// What was given.
        path: PathBuf,
    },
    /// A path with a NUL inside.
    #[error("{path:?} holds a NUL byte")]
    Nul {
        /// What was given.
        path: PathBuf,
    },
}

/// A URL of something to fetch: http or https, with a host, without a user part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoteName(Url);

impl RemoteName {
    /// Parses a URL and takes a user part out of it (C09: it belongs into a header).
    pub fn parse(text: &str) -> Result<(Self, Option<Credentials>), NameError> {
        if text.chars().count() > limits::REMOTE_NAME_CHARS {
            return Err(NameError::UrlTooLong { length: text.chars().count() });
        }
        // The WHATWG parser drops tabs and newlines and accepts spaces and backslashes; the spec says "only
        // legal URL characters, no escaping done" (spec 9.7).
        if text.chars().any(is_illegal) {
            return Err(NameError::IllegalCharacter { text: redact_text(text) });
        }
        let Some((_, after)) = text.split_once("://") else {
            // A host cannot begin like this, and a path that is written in full does.
            let path = text.starts_with(['/', '.', '~']);
            let text = redact_text(text);
            return Err(if path { NameError::Path { text } } else { NameError::NoScheme { text } });
        };
        let mut url = Url::parse(text)
            .map_err(|error| NameError::NotUrl { text: redact_text(text), reason: error.to_string() })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(NameError::Scheme { text: redact_text(text), scheme: url.scheme().to_owned() });
        }
        // The WHATWG parser takes the path of `http:///x` for a host; nobody else does (faults C10).
        if after.starts_with('/') || url.host_str().is_none_or(str::is_empty) {
            return Err(NameError::NoHost { text: redact_text(text) });
        }
        let credentials = take_credentials(&mut url);
        url.set_fragment(None);
        // What is kept must be what this parser takes again: a host is kept unescaped, whatever it then holds, and the
        // rest escaped, which makes it longer.
        if url.as_str().chars().any(is_illegal) {
            let reason = "invalid domain character".to_owned();
            return Err(NameError::NotUrl { text: redact_text(text), reason });
        }
        if url.as_str().len() > limits::REMOTE_NAME_CHARS {
            return Err(NameError::UrlTooLong { length: url.as_str().len() });
        }
        Ok((Self(url), credentials))
    }

    /// The name with this URL, when it is one that can be fetched.
    pub fn from_url(mut url: Url) -> Result<Self, NameError> {
        let _ = take_credentials(&mut url);
        Self::parse(url.as_str()).map(|(name, _)| name)
    }

    /// The URL.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// The URL as text, complete: for requests, and for the job's owner.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL without its query, which may be a signature: for logs, errors and metrics.
    pub fn redacted(&self) -> String {
        let mut url = self.0.clone();
        if url.query().is_some() {
            url.set_query(Some("…"));
        }
        url.to_string().replace("%E2%80%A6", "…")
    }

    /// Whether the host is this machine or lies on its link by its very name (faults C07); a name that only leads there
    /// is found out when it is looked up.
    pub fn is_next_door(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => is_next_door(address.into()),
            Some(Host::Ipv6(address)) => is_next_door(address.into()),
            None => false,
        }
    }

    /// Scheme, host and port: who is asked, and whom credentials may be shown to.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// A name for the file, as the last segment of the path says, cleaned; `None` where there is none.
    pub fn file_name(&self) -> Option<String> {
        let last = self.0.path_segments()?.next_back()?;
        clean_file_name(&percent_decode_str(last).decode_utf8_lossy())
    }
}

/// Whether an address is of this machine or its link: loopback, link-local, or none at all, which Linux takes for
/// loopback.
pub fn is_next_door(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local() || address.is_unspecified(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified()
        }
    }
}

fn take_credentials(url: &mut Url) -> Option<Credentials> {
    let user = percent_decode_str(url.username()).decode_utf8_lossy().into_owned();
    let password =
        url.password().map(|password| percent_decode_str(password).decode_utf8_lossy().into_owned());
    if user.is_empty() && password.is_none() {
        return None;
    }
    // Both setters fail only for URLs without a host, which were refused before.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(Credentials { user, password: Secret::new(password.unwrap_or_default()) })
}

/// No URL has these (RFC 3986, 2); the parser would drop or escape some of them.
fn is_illegal(c: char) -> bool {
    c.is_control() || c.is_whitespace() || "\\<>\"{}|^`".contains(c)
}

/// A text that may hold a password or a signature, fit to be shown.
pub fn redact_text(text: &str) -> String {
    let is_scheme =
        |scheme: &str| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (format!("{scheme}://"), rest),
        _ => (String::new(), text),
    };
    let without_query = behind_user(rest).split(['?', '#']).next().unwrap_or_default();
    // Cut last: a beginning that ends inside a user part would show it.
    let shown = scheme.chars().chain(without_query.chars()).take(limits::SHOWN_CHARS);
    shown.map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What stands behind the user part. A password whose "/", "?" or "#" was not escaped ends the authority early: then
/// what stands for the port is no number, and everything up to the last "@" may be the password.
fn behind_user(text: &str) -> &str {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let authority = text.get(..end).unwrap_or_default();
    if let Some(at) = authority.rfind('@') {
        return text.get(at + 1..).unwrap_or_default();
    }
    let port = match authority.split_once(']') {
        Some((_, behind)) if authority.starts_with('[') => behind.strip_prefix(':').unwrap_or(behind),
        _ => authority.split_once(':').map_or("", |(_, port)| port),
    };
    match text.rsplit_once('@') {
        Some((_, behind)) if !port.bytes().all(|byte| byte.is_ascii_digit()) => behind,
        _ => text,
    }
}

/// A base name that somebody else proposed (a URL, `Content-Disposition`), made harmless: no folder, no
/// control characters, no hidden file, no leading dash, at most as long as a file system takes (D06).
pub fn clean_file_name(proposed: &str) -> Option<String> {
    let base = proposed.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = base.chars().filter(|c| !c.is_control() && !is_bidi_control(*c)).collect();
    let mut name = visible.trim_start_matches(|c: char| c.is_whitespace() || ".-~".contains(c)).to_owned();
    while name.len() > limits::PROPOSED_NAME_BYTES {
        name.pop();
    }
    // Behind the cut: it may end the name with a point.
    name.truncate(name.trim_end_matches(|c: char| c.is_whitespace() || c == '.').len());
    (!name.is_empty()).then_some(name)
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Debug for RemoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl FromStr for RemoteName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text).map(|(name, _)| name)
    }
}

impl Serialize for RemoteName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RemoteName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Where a file shall appear: an absolute, plain path. Bytes, not text: Linux names need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalName(PathBuf);

impl LocalName {
    /// Checks a path.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, NameError> {
        let path = path.into();
        let bytes = path.as_os_str().as_bytes();
        if bytes.contains(&0) {
            return Err(NameError::Nul { path });
        }
        if bytes.len() > limits::PATH_BYTES {
            return Err(NameError::PathTooLong { path });
        }
        if !path.is_absolute() {
            return Err(NameError::NotAbsolute { path });
        }
        // `components` hides "." and a trailing "/", so the text itself is looked at.
        let plain = bytes.split(|byte| *byte == b'/').skip(1).all(|part| !matches!(part, b"" | b"." | b".."));
        if !plain || path.components().next_back().is_none_or(|last| !matches!(last, Component::Normal(_))) {
            return Err(NameError::NotPlain { path });
        }
        if path.components().any(|part| part.as_os_str().len() > limits::NAME_BYTES) {
            return Err(NameError::PathTooLong { path });
        }
        Ok(Self(path))
    }

    /// What stands for the name of a file while nobody has said where it goes.
    pub fn stand_in() -> Self {
        Self(PathBuf::from("/unplaced"))
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder that the file will be in.
    pub fn folder(&self) -> &Path {
        self.0.parent().unwrap_or(Path::new("/"))
    }

    /// The name of the file in its folder.
    pub fn base(&self) -> &OsStr {
        self.0.file_name().unwrap_or_default()
    }

    /// The same folder, another file.
    pub fn with_base(&self, base: &OsStr) -> Result<Self, NameError> {
        Self::new(self.0.with_file_name(base))
    }
}

impl fmt::Debug for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// Text where the path is UTF-8, else its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PathForm {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&Path> for PathForm {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_bytes().to_vec()),
        }
    }
}

impl From<PathForm> for PathBuf {
    fn from(form: PathForm) -> Self {
        match form {
            PathForm::Text(text) => Self::from(text),
            PathForm::Bytes(bytes) => Self::from(std::ffi::OsString::from_vec(bytes)),
        }
    }
}

impl Serialize for LocalName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PathForm::from(self.path()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LocalName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(PathForm::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Serialises a path that need not be there nor be UTF-8: serde's own form refuses the latter.
pub(crate) mod optional_path {
    use std::path::PathBuf;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::PathForm;

    pub(crate) fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(PathForm::from).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<PathForm>::deserialize(deserializer)?.map(PathBuf::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_part_leaves_the_url() {
        let (name, credentials) = RemoteName::parse("https://ada:s%40cret@host/f?sig=1#top").unwrap();
        assert_eq!(name.as_str(), "https://host/f?sig=1");
        assert_eq!(name.redacted(), "https://host/f?…");
        let credentials = credentials.unwrap();
        assert_eq!((credentials.user.as_str(), credentials.password.reveal()), ("ada", "s@cret"));
        assert!(!format!("{credentials:?}{name:?}").contains("s@cret"));
    }

    #[test]
    fn c07_this_machine_and_its_link_are_known_by_name_and_address() {
        let next_door = |host: &str| format!("http://{host}/f").parse::<RemoteName>().unwrap().is_next_door();
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "2130706433",
            "0.0.0.0",
            "169.254.169.254",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(next_door(host), "{host}");
        }
        for host in
            ["localhost.example.org", "10.0.0.1", "192.168.1.1", "9.9.9.9", "[fd00::1]", "[2620:fe::fe]"]
        {
            assert!(!next_door(host), "{host}");
        }
    }

    #[test]
    fn refusals_name_the_input_and_never_the_secret() {
        for (text, expected) in [
            ("ftp://ada:pw@host/x?k=pw", "ftp: is not supported in \"ftp://host/x\"; use http or https"),
            (
                "ftp://ada:p/w?#@x@host/x",
                "\"ftp://host/x\" is not a URL (invalid port number); write it like https://host/path",
            ),
            ("ada:p/w://@host", "ada: is not supported in \"host\"; use http or https"),
            ("ftp://host/@scope/x", "ftp: is not supported in \"ftp://host/@scope/x\"; use http or https"),
            ("nonsense", "\"nonsense\" is not a URL; write it like https://nonsense"),
            ("~/a.iso", "\"~/a.iso\" is a path, and a URL like https://host/path is wanted here"),
            ("localhost:80/x", "\"localhost:80/x\" is not a URL; write it like https://localhost:80/x"),
            ("http:///host/path", "\"http:///host/path\" names no host"),
            (
                "http://b%22/x",
                "\"http://b%22/x\" is not a URL (invalid domain character); write it like https://host/path",
            ),
            ("file:///etc/passwd", "file: is not supported in \"file:///etc/passwd\"; use http or https"),
            ("http://ho st/", "\"http://ho st/\" holds a character that no URL may have; escape it as %xx"),
            (
                "http://a\r\nb/",
                "\"http://a\u{fffd}\u{fffd}b/\" holds a character that no URL may have; escape it as %xx",
            ),
        ] {
            assert_eq!(text.parse::<RemoteName>().unwrap_err().to_string(), expected);
        }
        let token = format!("ftp://{}:pw@host/", "t".repeat(limits::SHOWN_CHARS));
        let refused = token.parse::<RemoteName>().unwrap_err().to_string();
        assert_eq!(refused, "ftp: is not supported in \"ftp://host/\"; use http or https");
        let long = format!("http://h/{}", "a".repeat(2200));
        assert!(matches!(long.parse::<RemoteName>(), Err(NameError::UrlTooLong { length: 2209 })));
        let escaped = format!("http://h/{}", "é".repeat(1000));
        assert!(matches!(escaped.parse::<RemoteName>(), Err(NameError::UrlTooLong { length: 6009 })));
    }

    #[test]
    fn d06_proposed_names_are_made_harmless() {
        for (proposed, expected) in [
            ("report.pdf", Some("report.pdf")),
            ("../../.bashrc", Some("bashrc")),
            ("/etc/passwd", Some("passwd")),
            ("C:\\tmp\\a.txt", Some("a.txt")),
            ("-rf", Some("rf")),
            ("..", None),
            ("", None),
            ("a\0b\nc", Some("abc")),
            ("evil\u{202e}fdp.exe", Some("evilfdp.exe")),
        ] {
            assert_eq!(clean_file_name(proposed).as_deref(), expected, "{proposed:?}");
        }
        assert_eq!(clean_file_name(&"é".repeat(300)).unwrap().len(), limits::PROPOSED_NAME_BYTES);
    }

    #[test]
    fn local_names_are_absolute_and_plain() {
        assert!(LocalName::new("/a/b").is_ok());
        for bad in ["a", "/", "/a/", "/a/../b", "/a/./b", "/a//b", "", "/a\0b"] {
            assert!(LocalName::new(bad).is_err(), "{bad:?}");
        }
        assert!(LocalName::new(format!("/{}", "a".repeat(255))).is_ok());
        assert!(LocalName::new(format!("/{}", "a".repeat(256))).is_err());
        let raw = LocalName::new(std::ffi::OsString::from_vec(b"/\xff".to_vec())).unwrap();
        let text = serde_json::to_string(&raw).unwrap();
        assert_eq!(serde_json::from_str::<LocalName>(&text).unwrap(), raw);
    }
}
