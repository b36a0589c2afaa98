//! Small texts: hex, base64, and what is shown of somebody's input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bgcopy_core::{Digest, limits};

/// `N` bytes in hex, of either case.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = hex_digit(high)? << 4 | hex_digit(low)?;
    }
    Some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Bytes in lower-case hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// `N` bytes in base64, with its padding.
pub(crate) fn from_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    // The length is looked at first: nobody makes us decode a megabyte to find that it is no hash.
    if text.len() != N.div_ceil(3) * 4 {
        return None;
    }
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Bytes in base64, with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What an error repeats of somebody's input: short, and fit for a terminal.
pub(crate) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let head = chars.by_ref().take(limits::SHOWN_CHARS);
    let mut shown: String = head.map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A character that has a place in a document and does nothing but be seen: no control character, none
/// that XML 1.0 excludes ("Char").
pub(crate) fn is_plain(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Adds a digest to those that are known. `false` when it contradicts one of the same algorithm.
pub(crate) fn add_digest(digests: &mut Vec<Digest>, digest: Digest) -> bool {
    match digests.iter().find(|known| known.algorithm() == digest.algorithm()) {
        Some(known) => *known == digest,
        None => {
            digests.push(digest);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_base64_have_one_right_length() {
        assert_eq!(from_hex::<2>("0aFf"), Some([0x0a, 0xff]));
        assert_eq!(to_hex(&[0x0a, 0xff]), "0aff");
        assert_eq!(from_base64::<4>("q80BAg=="), Some([0xab, 0xcd, 1, 2]));
        assert_eq!(to_base64(&[0xab, 0xcd, 1, 2]), "q80BAg==");
        for bad in ["", "0a", "0aff00", "0g00", "0aé", "+a+b"] {
            assert_eq!(from_hex::<2>(bad), None, "{bad:?}");
        }
        for bad in ["", "q80BAg", "q80BAgM=", "q80BAh==", "q80BA===", "q80B Ag="] {
            assert_eq!(from_base64::<4>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_does_nothing_to_a_terminal() {
        assert_eq!(shown("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        let long = shown(&"é".repeat(10_000));
        assert_eq!(long.chars().count(), limits::SHOWN_CHARS + 1);
        assert!(long.ends_with('…'));
    }
}
