//! `Retry-After` (RFC 9110, 10.2.3): how long a server asks us to stay away.

use std::time::{Duration, SystemTime};

use bgcopy_core::limits;

/// The wait a server asks for. A date counts from `now`, which is the server's own `Date` where it sent one: a
/// wrong clock on either side then does no harm. Past dates ask for no wait, text for nothing at all, and ten
/// years are cut to what is honoured (faults A28).
pub(crate) fn parse(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a u64 holds still ask for "long".
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(limits::RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_dates_and_nonsense() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (value, expected) in [
            ("120", seconds(120)),
            ("0", seconds(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", seconds(60)),
            // The obsolete forms are still dates (RFC 9110, 5.6.7).
            ("Sunday, 06-Nov-94 08:50:37 GMT", seconds(60)),
            ("Sun Nov  6 08:50:37 1994", seconds(60)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", seconds(0)),
            ("Sat, 06 Nov 2004 08:49:37 GMT", Some(limits::RETRY_AFTER_MAX)),
            ("99999999999999999999999", Some(limits::RETRY_AFTER_MAX)),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(parse(value, now), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_or_waits_too_long(text in "\\PC{0,40}") {
            let wait = parse(&text, SystemTime::UNIX_EPOCH);
            prop_assert!(wait.is_none_or(|wait| wait <= limits::RETRY_AFTER_MAX));
        }
    }
}
