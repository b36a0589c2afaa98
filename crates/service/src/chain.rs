//! Errors in full: what the outermost says, and what each of its causes adds.

use std::error::Error;

/// An error and its causes as one sentence. Messages do not repeat their causes (they are linked), so who is
/// told only the first would not hear why.
pub(crate) fn in_full(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| Error::source(*cause));
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::PathBuf;
    use std::sync::Arc;

    use bgcopy_store::SaveError;

    use super::*;

    #[test]
    fn every_cause_is_told() {
        let source = Arc::new(io::Error::other("the cable is loose"));
        let error = SaveError::Io { path: PathBuf::from("/state/bgcopy.db"), source };
        assert_eq!(in_full(&error), "/state/bgcopy.db cannot be written: the cable is loose");
        assert_eq!(in_full(&SaveError::Closed), "the records are closed");
    }
}
