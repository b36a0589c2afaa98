//! What the service says in words: names and descriptions of codes, and in which language.

use bgcopy_core::{ErrorContext, Hresult};

pub use bgcopy_core::Language;

use crate::service::Description;

/// The symbol of a code in the Windows headers.
pub fn symbol(_hresult: Hresult) -> Option<&'static str> {
    None
}

/// The code, its symbol and its sentence (spec 6.5).
pub fn describe(hresult: Hresult, _language: Language) -> Description {
    Description { hresult, symbol: symbol(hresult).map(str::to_owned), text: hresult.to_string() }
}

/// The sentence of a context (spec 6.5, `GetErrorContextDescription`).
pub fn describe_context(context: ErrorContext, _language: Language) -> &'static str {
    context.word()
}
