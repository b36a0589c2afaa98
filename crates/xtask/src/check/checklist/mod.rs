//! The checklists of the COM library are kept: each row has proofs, or a reason, and `docs/com-checklist.md` tells both.

mod copies;
mod downloads;
mod page;
mod proofs;
mod row;

use self::proofs::Proofs;
use self::row::{Outcome, Row, Section};
use super::Finding;
use crate::tree::Tree;

/// The page for people, and the folder of the rows.
const PAGE: &str = "docs/com-checklist.md";
const ROWS: &str = "crates/xtask/src/check/checklist";

/// The checklists: what they are about, and their sections.
const LISTS: &[(&str, &[Section])] = &[("Jobs", copies::SECTIONS), ("Downloads", downloads::SECTIONS)];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let proofs = Proofs::find(tree);
    let complaints = rows().filter_map(|row| Some((row, complaint(row, &proofs)?)));
    let mut findings: Vec<_> =
        complaints.map(|(row, says)| Finding::in_file(ROWS, format!("{}: {says}", row.item))).collect();
    if tree.file(PAGE).is_none_or(|page| page.text != page::render(&proofs)) {
        let says = "differs from the rows; run `UPDATE_DOCS=1 cargo test -p xtask`";
        findings.push(Finding::in_file(PAGE, says));
    }
    findings
}

/// Every row of both lists.
fn rows() -> impl Iterator<Item = &'static Row> {
    LISTS.iter().flat_map(|(_, sections)| *sections).flat_map(|section| section.rows)
}

/// What is wrong with a row.
fn complaint(row: &Row, proofs: &Proofs<'_>) -> Option<String> {
    match row.outcome {
        Outcome::Works if row.proofs.is_empty() => Some("has neither a proof nor a reason".to_owned()),
        Outcome::Decided("") => Some("its reason is empty".to_owned()),
        Outcome::Works | Outcome::Decided(_) => proofs.complaint(row),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::row::{decided, works};
    use super::*;
    use crate::tree::tests::files;

    #[test]
    fn the_page_of_the_checklists_is_up_to_date() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut tree = Tree::read(&root).expect("the tree can be read");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let page = page::render(&Proofs::find(&tree));
            std::fs::write(root.join(PAGE), page).expect("the page can be written");
            tree = Tree::read(&root).expect("the tree can be read");
        }
        let findings: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn both_lists_have_all_their_rows_once() {
        let count = |list: &[Section]| list.iter().map(|section| section.rows.len()).collect::<Vec<_>>();
        assert_eq!(count(copies::SECTIONS), COPIES);
        assert_eq!(count(downloads::SECTIONS), DOWNLOADS);
        for (title, sections) in LISTS {
            let mut seen = BTreeSet::new();
            for row in sections.iter().flat_map(|section| section.rows) {
                assert!(seen.insert(row.item), "{title} has {} twice", row.item);
                assert!(!row.item.contains('|'), "{} would break the table", row.item);
            }
        }
    }

    #[test]
    fn a_row_needs_a_proof_that_is_there_or_a_reason() {
        let tree = files(&[("crates/a/src/a.rs", "#[test]\nfn it_works() {}\n")]);
        let proofs = Proofs::find(&tree);
        let bad = |row: Row| complaint(&row, &proofs).is_some();
        assert!(bad(works("a", "y", &[])));
        assert!(bad(works("a", "y", &["it_worked"])));
        assert!(!bad(works("a", "y", &["it_works"])));
        assert!(bad(decided("a", "y", "", &["it_works"])));
        assert!(bad(decided("a", "y", "why", &["it_worked"])));
        assert!(!bad(decided("a", "y", "why", &[])));
    }

    #[test]
    fn a_stale_page_is_found() {
        let findings = check(&files(&[(PAGE, "an old page")]));
        assert!(findings.iter().any(|finding| finding.to_string().contains("differs from the rows")));
    }

    /// How many rows the sections of the specification have.
    const COPIES: [usize; 6] = [116, 59, 11, 17, 16, 20];
    const DOWNLOADS: [usize; 7] = [16, 13, 4, 30, 7, 16, 24];
}
