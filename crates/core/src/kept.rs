//! What a file looked like when it was written whole, at once: for a small file that is all a piece log
//! would tell.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The look of a whole temporary file: which file it is, and that nobody wrote to it since. It has no piece log.
///
/// As text, six numbers with colons between them; the time of birth may be `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The number of its device.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// When the inode was made, in nanoseconds since 1970, where the file system keeps it.
    pub born: Option<i64>,
    /// Whose it is.
    pub owner: u32,
    /// Its size.
    pub size: u64,
    /// Last change of its content, in nanoseconds since 1970.
    pub modified: i64,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, inode, born, owner, size, modified } = self;
        match born {
            Some(born) => write!(f, "{device}:{inode}:{born}:{owner}:{size}:{modified}"),
            None => write!(f, "{device}:{inode}:-:{owner}:{size}:{modified}"),
        }
    }
}

/// A text that is no [`Kept`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not six numbers with colons between them")]
pub struct NotKept;

impl FromStr for Kept {
    type Err = NotKept;

    fn from_str(text: &str) -> Result<Self, NotKept> {
        fn number<T: FromStr>(text: &str) -> Result<T, NotKept> {
            text.parse().map_err(|_| NotKept)
        }
        let mut parts = text.split(':');
        let mut part = || parts.next().ok_or(NotKept);
        let kept = Self {
            device: number(part()?)?,
            inode: number(part()?)?,
            born: Some(part()?).filter(|born| *born != "-").map(number).transpose()?,
            owner: number(part()?)?,
            size: number(part()?)?,
            modified: number(part()?)?,
        };
        parts.next().map_or(Ok(kept), |_| Err(NotKept))
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let kept = Kept { device: 1, inode: u64::MAX, born: Some(-3), owner: 4, size: 5, modified: -6 };
        for kept in [kept, Kept { born: None, ..kept }] {
            assert_eq!(kept.to_string().parse(), Ok(kept));
            let json = serde_json::to_string(&kept).unwrap();
            assert_eq!(serde_json::from_str::<Kept>(&json).unwrap(), kept);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "1:2:3:4:5", "1:2:3:4:5:6:7", "-1:2:3:4:5:6", "1:2::4:5:6", "a:2:3:4:5:6"] {
            assert_eq!(text.parse::<Kept>(), Err(NotKept), "{text}");
        }
    }
}
