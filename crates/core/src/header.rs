//! Which custom headers a client may give its requests (spec 7.7, `SetCustomHeaders`; faults C11).

/// Whether a custom header may be set by a client: everything but what makes up the exchange itself, and nothing
/// that breaks out of its line. Checked when a job is made, and again when its requests are sent. The reason
/// follows the name of the header in a sentence.
pub fn check(name: &str, value: &str) -> Result<(), &'static str> {
    if !is_token(name) {
        return Err("is no header name; use letters, digits and dashes");
    }
    // RFC 9110, 5.5, without the bytes above 127, which no two servers read alike.
    if !value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return Err(
            "has a value that no header can carry; line breaks, control characters and letters beyond ASCII \
             are not allowed",
        );
    }
    if OURS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err("is set by the transfer itself and cannot be given");
    }
    Ok(())
}

/// Whether a text is a token, as the names of headers and methods are (RFC 9110, 5.6.2).
pub fn is_token(text: &str) -> bool {
    let in_tokens = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !text.is_empty() && text.chars().all(in_tokens)
}

/// Fields that decide what is asked, of whom, and how the message is framed.
const OURS: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_break_the_exchange_are_refused() {
        assert_eq!(check("X-Token", "fine\tvalue ~"), Ok(()));
        assert_eq!(check("Authorization", "Bearer x"), Ok(()));
        assert_eq!(check("Cookie", "a=b"), Ok(()));
        assert_eq!(check("X-Empty", ""), Ok(()));
        for (name, value) in [
            ("X-Token", "a\r\nHost: evil"),
            ("X-Token", "a\nb"),
            ("X-Token", "a\0b"),
            ("X-Token", "a\u{7f}"),
            ("X-Token", "é"),
            ("X Token", "a"),
            ("X-Tokén", "a"),
            ("X-Token\r\nHost", "a"),
            ("", "a"),
            ("Host", "evil"),
            ("RANGE", "bytes=0-1"),
            ("Content-Length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("If-Range", "x"),
        ] {
            assert!(check(name, value).is_err(), "{name:?}: {value:?}");
        }
    }
}
