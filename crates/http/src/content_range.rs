//! `Content-Range` (RFC 9110, 14.4): which bytes of which whole an answer brings.

use bgcopy_core::ByteRange;

/// What a `Content-Range` field says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentRange {
    /// `bytes A-B/N` or `bytes A-B/*`.
    Part {
        /// The bytes; never empty.
        range: ByteRange,
        /// The complete size, where it is told.
        size: Option<u64>,
    },
    /// `bytes */N`: nothing could be sent; this is how long the whole is.
    Unsatisfied {
        /// The complete size.
        size: u64,
    },
}

/// Reads the value of the field. Anything but the grammar is refused: signs, inner blanks, an end before its
/// start, a part that reaches beyond the whole, numbers above 2^64 (faults A09).
pub(crate) fn parse(value: &str) -> Option<ContentRange> {
    let (unit, rest) = value.split_once(' ')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (part, whole) = rest.split_once('/')?;
    if part == "*" {
        return Some(ContentRange::Unsatisfied { size: number(whole)? });
    }
    let (first, last) = part.split_once('-')?;
    let (start, end) = (number(first)?, number(last)?.checked_add(1)?);
    let size = if whole == "*" { None } else { Some(number(whole)?) };
    if end <= start || size.is_some_and(|size| end > size) {
        return None;
    }
    Some(ContentRange::Part { range: ByteRange::new(start, end), size })
}

/// `1*DIGIT`; `u64::from_str` alone would accept a plus sign.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(start: u64, end: u64, size: Option<u64>) -> Option<ContentRange> {
        Some(ContentRange::Part { range: ByteRange::new(start, end), size })
    }

    #[test]
    fn the_grammar_is_understood() {
        for (value, expected) in [
            ("bytes 0-0/1", part(0, 1, Some(1))),
            ("bytes 5-9/10", part(5, 10, Some(10))),
            ("Bytes 5-9/*", part(5, 10, None)),
            ("bytes */0", Some(ContentRange::Unsatisfied { size: 0 })),
            // Beyond 2^53 and up to the last number there is (faults A40).
            (
                "bytes 9007199254740993-18446744073709551613/18446744073709551615",
                part((1 << 53) + 1, u64::MAX - 1, Some(u64::MAX)),
            ),
        ] {
            assert_eq!(parse(value), expected, "{value:?}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for value in [
            "",
            "bytes",
            "bytes ",
            "bytes 0-9",
            "bytes */*",
            "bytes 9-0/10",
            "bytes 0-10/10",
            "bytes 0-18446744073709551615/*",
            "bytes 0-18446744073709551616/*",
            "bytes -1-5/10",
            "bytes +0-5/10",
            "bytes 0 - 5/10",
            "bytes  0-5/10",
            "bytes 0-5 /10",
            "bytes=0-5/10",
            "octets 0-5/10",
            "bytes 0-5/-10",
            "bytes 0-5/10, bytes 6-7/10",
            "bytes ٠-٥/10",
        ] {
            assert_eq!(parse(value), None, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn every_part_survives_the_way_over_the_wire(start in 0..u64::MAX / 2, len in 1u64..1 << 40, more in 0u64..1 << 40) {
            let (end, size) = (start + len, start + len + more);
            prop_assert_eq!(parse(&format!("bytes {start}-{}/{size}", end - 1)), part(start, end, Some(size)));
        }

        #[test]
        fn no_text_panics(text in "(bytes )?[ -~]{0,40}") {
            if let Some(ContentRange::Part { range, size }) = parse(&text) {
                prop_assert!(!range.is_empty() && size.is_none_or(|size| range.end <= size));
            }
        }
    }
}
