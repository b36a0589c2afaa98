//! Every code that a client can be told: its number, its name in the Windows headers, what it is used for, and
//! a sentence about it in each language (spec 6.5, 11).
//!
//! The tables are in one file per family, an entry per code. From them come the constants in [`codes`], the
//! texts, and `docs/codes.md`. The sentences are our own; the numbers and names are those of the headers.

use crate::context::ErrorContext;
use crate::hresult::Hresult;
use crate::language::Language;

/// Who defines a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// BITS (spec 11.1).
    Bits,
    /// BITS, reserved since.
    Retired,
    /// HTTP statuses (spec 11.2).
    Http,
    /// Delivery Optimization (spec 11.3).
    Do,
    /// COM and the system (spec 11.5).
    Common,
}

/// What a code is used for (spec 11, column "Class"). Where a code has several uses, that which weighs most
/// for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A method tells of success.
    Success,
    /// A method tells why it refused.
    Answer,
    /// A job waits, or is tried again by the service.
    Transient,
    /// A job ends in Error.
    Fatal,
    /// Names the text that describes a context.
    Context,
    /// Between peers, the cache and the parts of the service; a client sees it as an extended error at most.
    Internal,
    /// No longer given.
    Retired,
}

/// A code of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub hresult: Hresult,
    /// Its name in the headers.
    pub name: &'static str,
    /// Who defines it.
    pub source: Source,
    /// What it is used for.
    pub role: Role,
    english: &'static str,
    french: &'static str,
}

impl Entry {
    /// The sentence about it.
    pub const fn text(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::French => self.french,
        }
    }
}

/// A table of codes. Each entry: number, name, role, the sentence in English, the sentence in French. Makes a
/// constant per code, and the table.
macro_rules! table {
    (
        $(#[$meta:meta])* $table:ident: $source:ident {
            $($number:literal $name:ident $role:ident $english:literal $french:literal;)+
        }
    ) => {
        $(
            #[doc = $english]
            pub const $name: $crate::hresult::Hresult = $crate::hresult::Hresult($number);
        )+

        $(#[$meta])*
        pub(super) const $table: &[$crate::catalogue::Entry] = &[$($crate::catalogue::Entry {
            hresult: $name,
            name: stringify!($name),
            source: $crate::catalogue::Source::$source,
            role: $crate::catalogue::Role::$role,
            english: $english,
            french: $french,
        },)+];
    };
}

mod bits;
mod common;
mod delivery;
mod family;
mod http;

pub use family::to_family;

/// The codes by name.
pub mod codes {
    pub use super::bits::*;
    pub use super::common::*;
    pub use super::delivery::*;
    pub use super::http::*;
}

/// Every code, table by table.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [common::COMMON, bits::BITS, bits::RETIRED, http::HTTP, delivery::DELIVERY].into_iter().flatten()
}

/// The entry of a code, where it has one.
pub fn entry(code: Hresult) -> Option<&'static Entry> {
    entries().find(|entry| entry.hresult == code)
}

/// The name of a code in the Windows headers.
pub fn name(code: Hresult) -> Option<&'static str> {
    entry(code).map(|entry| entry.name)
}

/// The code with this name in the Windows headers.
pub fn from_name(name: &str) -> Option<Hresult> {
    entries().find(|entry| entry.name == name).map(|entry| entry.hresult)
}

/// One sentence about any code, without a line break at the end; for a code that is not in the catalogue it
/// holds the number (spec 6.5).
pub fn describe(code: Hresult, language: Language) -> String {
    if let Some(entry) = entry(code) {
        return entry.text(language).to_owned();
    }
    // "Any other status maps the same way" (spec 11.2). Three digits, for the facility holds other numbers too.
    if let Some(status @ 100..=999) = code.http_status() {
        return http::describe_unnamed(status, language);
    }
    match (language, code.is_failure()) {
        (Language::English, true) => {
            format!("The operation failed with code {code}, which has no description.")
        }
        (Language::English, false) => {
            format!("The operation succeeded with code {code}, which has no description.")
        }
        (Language::French, true) => {
            format!("L'opération a échoué avec le code {code}, qui n'a pas de description.")
        }
        (Language::French, false) => {
            format!("L'opération a réussi avec le code {code}, qui n'a pas de description.")
        }
    }
}

/// One sentence about where a failure struck (`GetErrorContextDescription`, spec 6.5).
pub fn describe_context(context: ErrorContext, language: Language) -> &'static str {
    // Every context has its text; a test goes through them all.
    entry(context.text_id()).map_or("", |entry| entry.text(language))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::code::{Code, ErrorClass, status_class};
    use crate::hresult::Family;

    fn of(source: Source) -> impl Iterator<Item = &'static Entry> {
        entries().filter(move |entry| entry.source == source)
    }

    fn assert_sentence(text: &str) {
        assert!(text.ends_with('.'), "{text:?}");
        assert!(!text.contains(['\n', '\r', '{', '}']), "{text:?}");
        assert!(!text.contains("  "), "{text:?}");
        assert!(text.chars().next().is_some_and(char::is_uppercase), "{text:?}");
    }

    #[test]
    fn every_family_has_as_many_codes_as_the_specification_counts() {
        assert_eq!(of(Source::Bits).filter(|entry| entry.hresult.is_failure()).count(), 86);
        assert_eq!(of(Source::Bits).filter(|entry| !entry.hresult.is_failure()).count(), 5);
        assert_eq!(of(Source::Retired).count(), 15);
        assert_eq!(of(Source::Http).count(), 41);
        assert_eq!(of(Source::Do).count(), 82);
    }

    #[test]
    fn no_number_and_no_name_stands_twice() {
        let numbers: BTreeSet<_> = entries().map(|entry| entry.hresult).collect();
        let names: BTreeSet<_> = entries().map(|entry| entry.name).collect();
        assert_eq!((numbers.len(), names.len()), (entries().count(), entries().count()));
    }

    #[test]
    fn the_facility_and_the_prefix_tell_the_source() {
        for entry in entries() {
            let facility = entry.hresult.facility();
            match entry.source {
                Source::Bits | Source::Retired => {
                    let prefix = if entry.hresult.is_failure() { "BG_E_" } else { "BG_S_" };
                    assert!(facility == 0x20 && entry.name.starts_with(prefix), "{}", entry.name);
                }
                Source::Do => assert!(facility == 0xD0 && entry.name.starts_with("DO_E_"), "{}", entry.name),
                Source::Http => {
                    let status = entry.hresult.http_status().expect("facility 0x19");
                    assert_eq!(entry.name, format!("BG_E_HTTP_ERROR_{status}"));
                }
                Source::Common => assert!(!matches!(facility, 0x20 | 0xD0), "{}", entry.name),
            }
        }
    }

    #[test]
    fn success_is_what_does_not_fail() {
        for entry in entries() {
            if entry.role == Role::Success {
                assert!(!entry.hresult.is_failure(), "{}", entry.name);
            } else if matches!(entry.role, Role::Transient | Role::Fatal | Role::Answer) {
                assert!(entry.hresult.is_failure(), "{}", entry.name);
            }
        }
    }

    #[test]
    fn the_transient_codes_of_do_are_those_of_its_header() {
        for entry in of(Source::Do) {
            assert_eq!(entry.role == Role::Transient, entry.hresult.is_do_transient(), "{}", entry.name);
        }
    }

    #[test]
    fn statuses_have_the_role_of_their_class() {
        for entry in of(Source::Http) {
            let class = entry.hresult.http_status().map(status_class);
            let fatal = entry.role == Role::Fatal;
            assert_eq!(fatal, class == Some(ErrorClass::Fatal), "{}", entry.name);
        }
    }

    #[test]
    fn roles_agree_with_the_classes_of_our_codes() {
        /// Where the number does not tell the class: at the no-progress timeout (spec 6.7 against 11.1), for
        /// what is only logged, under the policy's partner (spec 11.4), and where failures share a number.
        const EXCEPTIONS: [Code; 5] = [
            Code::NoProgress,
            Code::Notification,
            Code::BlockedPolicy,
            Code::DestinationExists,
            Code::ClockSuspect,
        ];
        for &code in Code::NAMED.iter().filter(|code| !EXCEPTIONS.contains(code)) {
            for family in [Family::Bits, Family::Do] {
                let told = code.hresult(family);
                let role = match (entry(told), told.http_status()) {
                    (Some(entry), _) => entry.role,
                    // 511 has no name in the headers.
                    (None, Some(status)) if status_class(status) == ErrorClass::Transient => Role::Transient,
                    (None, _) => panic!("{code} is told as {told}, which is not in the catalogue"),
                };
                let expected = if code.class() == ErrorClass::Fatal { Role::Fatal } else { Role::Transient };
                assert_eq!(role, expected, "{code} as {told}");
            }
        }
    }

    #[test]
    fn every_text_is_a_sentence_and_each_language_has_its_own() {
        for entry in entries() {
            for &language in Language::ALL {
                assert_sentence(entry.text(language));
                assert_eq!(describe(entry.hresult, language), entry.text(language));
            }
            assert_ne!(entry.text(Language::English), entry.text(Language::French), "{}", entry.name);
        }
    }

    #[test]
    fn every_status_is_described_and_named_in_its_sentence() {
        for status in 100..=999 {
            for &language in Language::ALL {
                let text = describe(Hresult::from_http_status(status), language);
                assert_sentence(&text);
                assert!(text.contains(&status.to_string()), "{text}");
            }
        }
    }

    #[test]
    fn event_log_numbers_are_not_taken_for_statuses() {
        // BITS_MC_JOB_CANCELLED shares the facility of HTTP (spec 11.1).
        assert!(describe(Hresult(0x8019_4000), Language::English).contains("0x80194000"));
    }

    #[test]
    fn every_context_is_described_by_a_text_of_its_own() {
        for &language in Language::ALL {
            let texts: BTreeSet<_> =
                ErrorContext::ALL.iter().map(|&context| describe_context(context, language)).collect();
            texts.iter().for_each(|text| assert_sentence(text));
            assert_eq!(texts.len(), ErrorContext::ALL.len());
        }
        let roles = entries().filter(|entry| entry.role == Role::Context).count();
        assert_eq!(roles, ErrorContext::ALL.len());
        assert!(
            ErrorContext::ALL
                .iter()
                .all(|context| { entry(context.text_id()).is_some_and(|entry| entry.role == Role::Context) })
        );
    }

    #[test]
    fn names_go_both_ways() {
        for entry in entries() {
            assert_eq!(name(entry.hresult), Some(entry.name));
            assert_eq!(from_name(entry.name), Some(entry.hresult));
        }
        assert_eq!(name(Hresult(0x8765_4321)), None);
        assert_eq!(from_name("BG_E_NO_SUCH_THING"), None);
        assert_eq!(from_name("BG_E_NOT_FOUND"), Some(codes::BG_E_NOT_FOUND));
    }

    proptest! {
        #[test]
        fn any_number_is_described(number in any::<u32>()) {
            for &language in Language::ALL {
                let code = Hresult(number);
                let text = describe(code, language);
                assert_sentence(&text);
                let status = code.http_status().filter(|status| (100..=999).contains(status));
                prop_assert!(
                    entry(code).is_some() || status.is_some() || text.contains(&code.to_string()),
                    "{}", text
                );
            }
        }
    }
}
