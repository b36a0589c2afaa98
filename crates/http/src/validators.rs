//! What proves the version of a remote file: strong validators only (RFC 9110, 8.8; faults A12).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bgcopy_core::{Validator, Wall};
use http::HeaderMap;
use http::header::{DATE, ETAG, HeaderName, LAST_MODIFIED};

/// The strong validator of an answer: its entity tag, else a `Last-Modified` old enough that the file cannot
/// have changed twice in its second.
pub(crate) fn validator(headers: &HeaderMap) -> Option<Validator> {
    if let Some(tag) = only(headers, &ETAG).filter(|tag| is_strong_tag(tag)) {
        return Some(Validator::ETag(tag.to_owned()));
    }
    let text = only(headers, &LAST_MODIFIED)?;
    let (modified, sent) = (date(headers, &LAST_MODIFIED)?, date(headers, &DATE)?);
    let age = sent.duration_since(modified).ok()?;
    (age >= STRONG_AFTER).then(|| Validator::LastModified(text.to_owned()))
}

/// When the content was last changed.
pub(crate) fn last_modified(headers: &HeaderMap) -> Option<Wall> {
    let since = date(headers, &LAST_MODIFIED)?.duration_since(UNIX_EPOCH).ok()?;
    Some(Wall::from_unix_millis(i64::try_from(since.as_millis()).ok()?))
}

/// A field that holds a date.
pub(crate) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(only(headers, name)?).ok()
}

/// The value of a field that must not be repeated; repeated with other words it says nothing.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.all(|other| other == first).then(|| first.to_str().ok()).flatten().map(str::trim)
}

/// `DQUOTE *etagc DQUOTE`; a tag marked `W/` is weak, and one without quotes is none.
fn is_strong_tag(tag: &str) -> bool {
    let inner = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.contains(['"', ' ']))
}

/// RFC 9110, 8.8.2.2: "at least one minute different".
const STRONG_AFTER: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&'static str, &'static str)]) -> Option<Validator> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        validator(&headers)
    }

    #[test]
    fn only_strong_validators_are_used() {
        let modified = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        let strong = Some(Validator::LastModified(modified.1.to_owned()));
        let tag = Some(Validator::ETag("\"v1\"".to_owned()));
        assert_eq!(of(&[("etag", "\"v1\"")]), tag);
        assert_eq!(of(&[("etag", "\"v1\""), modified]), tag);
        assert_eq!(of(&[("etag", "W/\"v1\"")]), None);
        assert_eq!(of(&[("etag", "v1")]), None);
        assert_eq!(of(&[("etag", "\"v1\""), ("etag", "\"v2\"")]), None);
        assert_eq!(of(&[modified]), None);
        assert_eq!(of(&[modified, ("date", "Sun, 06 Nov 1994 08:50:36 GMT")]), None);
        assert_eq!(of(&[modified, ("date", "Sun, 06 Nov 1994 08:50:37 GMT")]), strong);
        assert_eq!(of(&[("etag", "W/\"v1\""), modified, ("date", "Sun, 06 Nov 1994 09:50:37 GMT")]), strong);
    }

    #[test]
    fn the_time_stamp_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(LAST_MODIFIED, "Thu, 01 Jan 1970 00:00:05 GMT".parse().unwrap());
        assert_eq!(last_modified(&headers), Some(Wall::from_unix_millis(5_000)));
        headers.insert(LAST_MODIFIED, "yesterday".parse().unwrap());
        assert_eq!(last_modified(&headers), None);
    }
}
