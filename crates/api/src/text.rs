//! What the service says in words: names and descriptions of codes, and in which language.

use bgcopy_core::{ErrorContext, Hresult};

pub use bgcopy_core::Language;

use crate::service::Description;

/// The symbol of a code in the Windows headers.
pub fn symbol(hresult: Hresult) -> Option<&'static str> {
    bgcopy_core::catalogue::name(hresult)
}

/// The code, its symbol and its sentence (spec 6.5).
pub fn describe(hresult: Hresult, language: Language) -> Description {
    let text = bgcopy_core::catalogue::describe(hresult, language);
    Description { hresult, symbol: symbol(hresult).map(str::to_owned), text }
}

/// The sentence of a context (spec 6.5, `GetErrorContextDescription`).
pub fn describe_context(context: ErrorContext, language: Language) -> &'static str {
    bgcopy_core::catalogue::describe_context(context, language)
}
