//! The languages in which the service explains itself, and how a client says which one it wants.

use crate::state::words;

words! {
    /// A language that every text of this crate exists in. Its number is its exact Windows LANGID.
    #[derive(Default)]
    Language {
        /// English (United States): what a client gets that asks for nothing else.
        #[default]
        English = 0x0409, "en";
        /// French (France).
        French = 0x040C, "fr";
    }
}

impl Language {
    /// The language of a LANGID: the exact one, then its primary language, else none (spec 6.5). Callers
    /// answer none with 0x80070717, and 0 with `E_INVALIDARG`.
    pub const fn from_langid(langid: u32) -> Option<Self> {
        /// The low ten bits of a LANGID are the primary language, the rest of its 16 bits the country.
        const PRIMARY: u32 = 0x03FF;
        match langid {
            0..=0xFFFF => match langid & PRIMARY {
                0x09 => Some(Self::English),
                0x0C => Some(Self::French),
                _ => None,
            },
            _ => None,
        }
    }

    /// The language of a locale's name as in `LANG`, or of a language tag: `fr_FR.UTF-8`, `fr`, `en-GB`. The
    /// locales `C` and `POSIX` speak English.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['_', '-', '.', '@']).next()?;
        match primary.to_ascii_lowercase().as_str() {
            "en" | "c" | "posix" => Some(Self::English),
            "fr" => Some(Self::French),
            _ => None,
        }
    }

    /// The language that suits an `Accept-Language` field best (RFC 9110, 12.5.4): of those we speak the one
    /// with the highest weight, the first of equals. What cannot be understood is passed over.
    pub fn from_accept_language(field: &str) -> Option<Self> {
        let mut best = None;
        for (language, weight) in field.split(',').filter_map(weighted) {
            if weight > best.map_or(0, |(_, best)| best) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// One element of `Accept-Language`: a language and its weight in thousandths.
fn weighted(element: &str) -> Option<(Language, u32)> {
    let (range, parameter) = element.split_once(';').map_or((element, None), |(r, p)| (r, Some(p)));
    let language = match range.trim() {
        "*" => Language::default(),
        tag => Language::from_tag(tag)?,
    };
    let weight = match parameter {
        None => 1_000,
        Some(parameter) => thousandths(parameter.trim().strip_prefix("q=")?)?,
    };
    Some((language, weight))
}

/// A weight has the form `0`, `0.5`, `1.000`: at most three decimals, at most 1 (RFC 9110, 12.4.2).
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u32 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, decimals) {
        ("0", decimals) => Some(decimals),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use Language::{English, French};

    use super::*;

    #[test]
    fn a_langid_falls_back_to_its_primary_language() {
        for (langid, language) in [
            (0x0409, Some(English)), // United States
            (0x0809, Some(English)), // United Kingdom
            (0x0009, Some(English)),
            (0x040C, Some(French)), // France
            (0x0C0C, Some(French)), // Canada
            (0x000C, Some(French)),
            (0x0407, None), // German
            (0x0400, None), // whatever the user's is
            (0, None),
            (0x1_0409, None), // more than a LANGID
            (u32::MAX, None),
        ] {
            assert_eq!(Language::from_langid(langid), language, "{langid:#06x}");
        }
    }

    #[test]
    fn the_number_is_the_exact_langid() {
        for &language in Language::ALL {
            assert_eq!(Language::from_langid(language.number()), Some(language));
        }
    }

    #[test]
    fn locales_and_tags_are_understood() {
        for (tag, language) in [
            ("fr_FR.UTF-8", Some(French)),
            ("fr", Some(French)),
            ("FR-ca", Some(French)),
            ("fr@euro", Some(French)),
            ("en_GB", Some(English)),
            ("C", Some(English)),
            ("C.UTF-8", Some(English)),
            ("POSIX", Some(English)),
            ("de_DE.UTF-8", None),
            ("fro", None), // Old French is another language
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag:?}");
        }
    }

    #[test]
    fn the_heaviest_language_is_taken() {
        for (field, language) in [
            ("fr", Some(French)),
            ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", Some(French)),
            ("en;q=0.8, fr;q=0.9", Some(French)),
            ("de, en;q=0.3", Some(English)),
            ("en;q=0.5, fr;q=0.5", Some(English)),
            ("fr;q=0, en;q=0.001", Some(English)),
            ("fr;q=0", None),
            ("de, *;q=0.1", Some(English)),
            ("de", None),
            ("", None),
        ] {
            assert_eq!(Language::from_accept_language(field), language, "{field:?}");
        }
    }

    #[test]
    fn elements_that_break_the_grammar_are_passed_over() {
        for broken in ["fr;q=2", "fr;q=1.5", "fr;q=0.1234", "fr;q=-1", "fr;q=+1", "fr;q=0.é", "fr;x=1", "fr;"]
        {
            assert_eq!(Language::from_accept_language(broken), None, "{broken:?}");
            assert_eq!(Language::from_accept_language(&format!("{broken}, en;q=0.1")), Some(English));
        }
    }
}
