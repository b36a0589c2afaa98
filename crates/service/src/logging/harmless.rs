//! Lines that cannot pretend to be two, drive a terminal, or turn the direction of text (J16).

use std::borrow::Cow;
use std::fmt::Write;

/// Bytes of a line; a longer one is cut. Our own events are far shorter.
const LINE_BYTES_MAX: usize = 4096;

/// The line with everything written out that is not plain text. Its own line end is taken away first and put
/// back.
pub(super) fn harmless(event: &[u8]) -> Vec<u8> {
    let text: Cow<'_, str> = String::from_utf8_lossy(event);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if line.len() >= LINE_BYTES_MAX {
            line.push_str("[...]");
            break;
        }
        if is_harmful(c) {
            // Line ends as `\n`, the others as `\u{1b}`.
            write!(line, "{}", c.escape_debug()).expect("a String takes every text");
        } else {
            line.push(c);
        }
    }
    line.push('\n');
    line.into_bytes()
}

fn is_harmful(c: char) -> bool {
    let invisible = '\u{200b}'..='\u{200f}';
    let separator_or_embedding = '\u{2028}'..='\u{202e}';
    let isolate = '\u{2060}'..='\u{206f}';
    c.is_control()
        || ['\u{61c}', '\u{feff}'].contains(&c)
        || [invisible, separator_or_embedding, isolate].iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        String::from_utf8(harmless(text.as_bytes())).unwrap()
    }

    #[test]
    fn what_is_not_plain_text_is_written_out() {
        for (event, line) in [
            ("plain \"text\" \\ é\n", "plain \"text\" \\ é\n"),
            ("no line end", "no line end\n"),
            ("two\nlines\r\n", "two\\nlines\\r\n"),
            ("\u{1b}[31mred\u{7}\u{9b}\n", "\\u{1b}[31mred\\u{7}\\u{9b}\n"),
            ("a\u{202e}b\u{2066}c\u{200f}\n", "a\\u{202e}b\\u{2066}c\\u{200f}\n"),
            ("", "\n"),
        ] {
            assert_eq!(shown(event), line, "{event:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        assert_eq!(harmless(b"a\xffb\n"), "a\u{fffd}b\n".as_bytes());
    }

    #[test]
    fn a_line_has_a_bound() {
        let line = shown(&"\u{7}".repeat(1 << 20));
        assert!(line.len() <= LINE_BYTES_MAX + "\\u{7}[...]\n".len(), "{}", line.len());
        assert!(line.ends_with("[...]\n"));
    }
}
