//! Text that is safe to show: names come from servers, peers and other programs, and a terminal obeys what it
//! is sent (faults J16).

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Which characters the reader's terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// All of Unicode.
    Utf8,
    /// The C locale: ASCII alone (faults J11).
    Ascii,
}

impl Charset {
    /// What the locale says, by the variables in their order of precedence (POSIX, "Environment Variables",
    /// 8.2).
    pub(crate) fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = locale(variable, "LC_CTYPE");
        let codeset = locale.split_once('.').map_or("", |(_, codeset)| codeset).to_ascii_lowercase();
        if codeset.starts_with("utf-8") || codeset.starts_with("utf8") { Self::Utf8 } else { Self::Ascii }
    }
}

/// The locale that holds for a category: `LC_ALL`, else the category's own variable, else `LANG`; "C" when
/// none is set.
pub(crate) fn locale(variable: impl Fn(&str) -> Option<String>, category: &str) -> String {
    ["LC_ALL", category, "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "C".to_owned())
}

/// The text with everything a terminal could obey, or a reader could be misled by, written out: control
/// characters, line breaks, right-to-left marks, and in the C locale all that is not ASCII.
pub(crate) fn printable(text: &str, charset: Charset) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_unsafe(c) => push_escaped(&mut shown, c),
            c if charset == Charset::Ascii && !c.is_ascii() => push_escaped(&mut shown, c),
            c => shown.push(c),
        }
    }
    shown
}

/// As [`printable`], for a text of several lines of our own making: its line breaks stay.
pub(crate) fn printable_lines(text: &str, charset: Charset) -> String {
    text.split('\n').map(|line| printable(line, charset)).collect::<Vec<_>>().join("\n")
}

fn push_escaped(shown: &mut String, c: char) {
    // Writing to a `String` cannot fail.
    let _ = match u32::from(c) {
        byte @ 0..=0xFF => write!(shown, "\\x{byte:02x}"),
        code => write!(shown, "\\u{{{code:x}}}"),
    };
}

fn is_unsafe(c: char) -> bool {
    // Control characters; marks that change the direction of what stands around them (Unicode TR 9); line
    // and paragraph separators; characters without a width that can hide in a name; the code points that
    // are no characters.
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// How many columns a printable text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The text cut to so many columns; the middle goes, since names differ at both ends.
pub(crate) fn fit(text: &str, width: usize) -> String {
    const GAP: &str = "..";
    if columns(text) <= width {
        return text.to_owned();
    }
    if width <= GAP.len() + 2 {
        return take_columns(text.chars(), width).into_iter().collect();
    }
    let tail = (width - GAP.len()) / 2;
    let head = width - GAP.len() - tail;
    let head: String = take_columns(text.chars(), head).into_iter().collect();
    let tail: String = take_columns(text.chars().rev(), tail).into_iter().rev().collect();
    format!("{head}{GAP}{tail}")
}

/// The text cut to so many columns at its end: for sentences, whose start matters most.
pub(crate) fn fit_end(text: &str, width: usize) -> String {
    const GAP: &str = "..";
    if columns(text) <= width {
        return text.to_owned();
    }
    let kept: String = take_columns(text.chars(), width.saturating_sub(GAP.len())).into_iter().collect();
    if width < GAP.len() { kept } else { format!("{}{GAP}", kept.trim_end()) }
}

fn take_columns(chars: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut taken = 0;
    chars
        .take_while(|c| {
            taken += c.width().unwrap_or(0);
            taken <= width
        })
        .collect()
}

/// The text as one word of a shell, for commands that are shown to be pasted.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(is_unsafe) {
        // `$'…'` is POSIX since 2024, and bash, zsh and ksh had it before.
        let escaped: String = text.chars().map(ansi_c_escape).collect();
        return format!("$'{escaped}'");
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn ansi_c_escape(c: char) -> String {
    match c {
        '\'' => "\\'".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if is_unsafe(c) => {
            let mut buffer = [0; 4];
            c.encode_utf8(&mut buffer).bytes().map(|byte| format!("\\x{byte:02x}")).collect()
        }
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_could_obey_is_written_out() {
        for (text, shown) in [
            ("report.pdf", "report.pdf"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{1b}[2Jgone", "\\x1b[2Jgone"),
            ("\u{9b}31m", "\\x9b31m"),
            ("fdp\u{202e}exe", "fdp\\u{202e}exe"),
            ("a\u{200b}b\u{2028}c\u{feff}", "a\\u{200b}b\\u{2028}c\\u{feff}"),
            ("naïve 日本", "naïve 日本"),
        ] {
            assert_eq!(printable(text, Charset::Utf8), shown);
        }
        assert_eq!(printable("naïve 日", Charset::Ascii), "na\\xefve \\u{65e5}");
        assert_eq!(printable_lines("one\ntwo\u{7}", Charset::Utf8), "one\ntwo\\x07");
    }

    #[test]
    fn the_locale_decides_the_characters() {
        let charset = |pairs: &'static [(&str, &str)]| {
            Charset::from_environment(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(charset(&[("LANG", "fr_FR.UTF-8")]), Charset::Utf8);
        assert_eq!(charset(&[("LANG", "C.utf8")]), Charset::Utf8);
        assert_eq!(charset(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")]), Charset::Ascii);
        assert_eq!(charset(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "")]), Charset::Utf8);
        assert_eq!(charset(&[("LANG", "fr_FR.UTF-8"), ("LC_CTYPE", "POSIX")]), Charset::Ascii);
        assert_eq!(charset(&[]), Charset::Ascii);
    }

    #[test]
    fn long_names_lose_their_middle_and_never_exceed_their_columns() {
        assert_eq!(fit("debian-13.0.0-amd64.iso", 16), "debian-..d64.iso");
        assert_eq!(fit("short", 16), "short");
        assert_eq!(fit("abcdef", 3), "abc");
        assert_eq!(fit_end("tries again in 8 s", 12), "tries agai..");
        assert_eq!(fit_end("tries again", 8), "tries..");
        for width in 0..20 {
            assert!(columns(&fit("日本語の長い名前.tar", width)) <= width, "{width}");
            assert!(columns(&fit_end("日本語の長い文です", width)) <= width, "{width}");
        }
    }

    #[test]
    fn shell_words_are_quoted_where_needed() {
        for (text, word) in [
            ("3f2a", "3f2a"),
            ("", "''"),
            ("my file", "'my file'"),
            ("it's", "'it'\\''s'"),
            ("$(reboot)", "'$(reboot)'"),
            ("a\nb'", "$'a\\x0ab\\''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }
}
