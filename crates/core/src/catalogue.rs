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
