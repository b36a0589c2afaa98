//! A row of a checklist, and what is said of it.

/// What rows have in common.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) rows: &'static [Row],
}

/// A method, number, structure, property or behaviour that a program may count on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) item: &'static str,
    /// What the documents of Delivery Optimization say of it: `y`, `n`, `n/s` (not supported), `part`.
    pub(super) documented: &'static str,
    pub(super) outcome: Outcome,
    /// A test by its name, or a program by that of its source (`life.c`).
    pub(super) proofs: &'static [&'static str],
}

/// What happens to who counts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It does as documented; the proofs show that.
    Works,
    /// Another outcome was decided for Linux, which the proofs show where there is one to be shown.
    Decided(&'static str),
}

/// A row that its proofs prove.
pub(super) const fn works(
    item: &'static str,
    documented: &'static str,
    proofs: &'static [&'static str],
) -> Row {
    Row { item, documented, outcome: Outcome::Works, proofs }
}

/// A row with another outcome, and why.
pub(super) const fn decided(
    item: &'static str,
    documented: &'static str,
    why: &'static str,
    proofs: &'static [&'static str],
) -> Row {
    Row { item, documented, outcome: Outcome::Decided(why), proofs }
}

impl Row {
    /// The name by which a program in C or C++ uses the item, where it has one: the method without its interface, else
    /// the identifier without what is remarked on it. Groups of names have none.
    pub(super) fn name(&self) -> Option<&'static str> {
        let name = self.item.split(" (").next()?;
        let name = name.split_once("::").map_or(name, |(_, method)| method);
        let is_identifier = !self.item.contains(',')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            // A behaviour may be a single word.
            && name.contains(|c: char| c.is_ascii_uppercase());
        is_identifier.then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_name_that_programs_use() {
        let name = |item| works(item, "y", &[]).name();
        assert_eq!(name("IBackgroundCopyJob::GetType"), Some("GetType"));
        assert_eq!(name("DODownloadProperty_Uri (1)"), Some("DODownloadProperty_Uri"));
        assert_eq!(name("BG_JOB_STATE_QUEUED"), Some("BG_JOB_STATE_QUEUED"));
        for group in
            ["BG_SSL_* (5)", "BG_AUTH_TARGET (2), BG_AUTH_SCHEME (5)", "cost policy (2.4)", "decryption"]
        {
            assert_eq!(name(group), None, "{group}");
        }
    }
}
