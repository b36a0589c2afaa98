//! Paths on the wire. Linux names are bytes; JSON is text. A path that is UTF-8 travels as text; any other
//! travels as base64 beside it, and the text is then only for the eye.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes, as base64 on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A path as text, and as bytes where it is not UTF-8.
pub fn path_to_wire(path: &Path) -> (String, Option<Base64>) {
    let bytes = path.to_str().is_none().then(|| Base64(path.as_os_str().as_bytes().to_vec()));
    (path.to_string_lossy().into_owned(), bytes)
}

/// The path that [`path_to_wire`] wrote down.
pub fn path_from_wire(text: &str, bytes: Option<&Base64>) -> PathBuf {
    match bytes {
        Some(Base64(bytes)) => PathBuf::from(OsString::from_vec(bytes.clone())),
        None => PathBuf::from(text),
    }
}

/// The name of a file as the last part of a URL's path.
pub fn url_segment(name: &OsStr) -> String {
    percent_encode(name.as_bytes(), SEGMENT_ESCAPED).to_string()
}

/// Everything but the unreserved characters (RFC 3986, 2.3).
const SEGMENT_ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_text_survives_the_wire() {
        for (bytes, is_text) in [(&b"/plain"[..], true), (b"/caf\xc3\xa9", true), (b"/\xff\xfe", false)] {
            let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
            let (text, bytes) = path_to_wire(&path);
            assert_eq!(bytes.is_none(), is_text);
            let wire = serde_json::to_string(&bytes).unwrap();
            let bytes: Option<Base64> = serde_json::from_str(&wire).unwrap();
            assert_eq!(path_from_wire(&text, bytes.as_ref()), path);
        }
    }
}
