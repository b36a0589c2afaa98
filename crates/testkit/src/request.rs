//! Requests as a server saw them.

use std::ops::Range;

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method.
    pub method: String,
    /// The target as the request line had it; path and query on HTTP/2.
    pub target: String,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: String,
    /// The fields in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Which connection of the server it came on, counted from 1.
    pub connection: usize,
    /// Which request of the server it is, counted from 1.
    pub number: usize,
}

impl RequestHead {
    /// The value of a field.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        let target = match self.target.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/').unwrap_or(rest.len())..],
            None => &self.target,
        };
        target.split('?').next().unwrap_or_default()
    }

    /// The bytes asked for of a file with `len` bytes: `None` without a range; an empty range when it cannot be
    /// satisfied.
    pub fn range(&self, len: u64) -> Option<Range<u64>> {
        let (first, last) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        let range = match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) => first..last.saturating_add(1).min(len),
            (Ok(first), Err(_)) => first..len,
            (Err(_), Ok(suffix)) => len.saturating_sub(suffix)..len,
            (Err(_), Err(_)) => return None,
        };
        Some(if range.start < range.end { range } else { len..len })
    }

    /// Reads a head; `None` when it is not one.
    pub(crate) fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut line = lines.next()?.split(' ');
        let (method, target, version) = (line.next()?, line.next()?, line.next()?);
        let headers = lines
            .filter(|line| !line.is_empty())
            .map(|line| {
                line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: version.to_owned(),
            headers,
            connection: 0,
            number: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_ranges_are_read() {
        let head = RequestHead::parse("GET http://h:1/a/b?c HTTP/1.1\r\nHost: h\r\nRANGE: bytes=5-9\r\n\r\n")
            .unwrap();
        assert_eq!((head.path(), head.header("host"), head.header("x")), ("/a/b", Some("h"), None));
        assert_eq!(head.range(100), Some(5..10));
        assert_eq!(head.range(7), Some(5..7));
        assert_eq!(head.range(5), Some(5..5));
        assert_eq!(RequestHead::parse("nonsense"), None);
    }
}
