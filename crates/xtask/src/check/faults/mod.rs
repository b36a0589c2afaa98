//! The catalogue of faults is kept: each row has a test, or a reason why not, and `docs/faults.md` tells both.

mod page;
mod proofs;
mod reasons;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use self::proofs::Proof;
use self::reasons::{REASONS, Reason};
use super::Finding;
use crate::tree::Tree;

/// The page for people, and the file that people edit.
const PAGE: &str = "docs/faults.md";
const REASONS_FILE: &str = "crates/xtask/src/check/faults/reasons.rs";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let proofs = proofs::find(tree);
    let mut findings = unexplained(&proofs);
    findings.extend(misnamed(&proofs));
    if tree.file(PAGE).is_none_or(|page| page.text != page::render(&proofs)) {
        let says = "differs from the tests; run `UPDATE_DOCS=1 cargo test -p xtask`";
        findings.push(Finding::in_file(PAGE, says));
    }
    findings
}

/// Rows with neither test nor reason, and reasons that are out of date.
fn unexplained(proofs: &BTreeMap<String, BTreeSet<Proof>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in rows::all() {
        let complaint = complaint(proofs.contains_key(row.id), reasons::of(row.id));
        let Some(complaint) = complaint else { continue };
        let says = format!("{} {complaint}", row.id);
        findings.push(Finding::in_file(REASONS_FILE, says));
    }
    let known: BTreeSet<_> = rows::all().map(|row| row.id).collect();
    let mut reasoned = BTreeSet::new();
    for id in REASONS.iter().flat_map(|(ids, _)| ids.split(' ')) {
        if !known.contains(id) {
            findings.push(Finding::in_file(REASONS_FILE, format!("{id} is no row of the catalogue")));
        } else if !reasoned.insert(id) {
            findings.push(Finding::in_file(REASONS_FILE, format!("{id} has two reasons")));
        }
    }
    findings
}

/// What is wrong with a row, by whether a test names it.
fn complaint(tested: bool, reason: Option<Reason>) -> Option<&'static str> {
    match (tested, reason) {
        (false, None) => Some("has neither a test nor a reason"),
        (true, Some(Reason::NotYet(_))) => Some("has a test; its reason can go"),
        (true, None | Some(Reason::Otherwise(_))) | (false, Some(_)) => None,
    }
}

/// Tests that name rows which the catalogue does not have.
fn misnamed(proofs: &BTreeMap<String, BTreeSet<Proof>>) -> Vec<Finding> {
    let known: BTreeSet<_> = rows::all().map(|row| row.id).collect();
    let unknown = proofs.iter().filter(|(id, _)| !known.contains(id.as_str()));
    let finding = |(id, proof): (&String, &Proof)| {
        Finding::at(&proof.path, proof.line, format!("there is no row {id}"))
    };
    unknown.flat_map(|(id, tests)| tests.iter().map(move |test| (id, test))).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tree::tests::files;

    fn says(text: &str) -> Vec<String> {
        check(&files(&[("a.rs", text)])).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn the_page_of_faults_is_up_to_date() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut tree = Tree::read(&root).expect("the tree can be read");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let page = page::render(&proofs::find(&tree));
            std::fs::write(root.join(PAGE), page).expect("docs/faults.md can be written");
            tree = Tree::read(&root).expect("the tree can be read");
        }
        let findings: Vec<_> = check(&tree).iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn the_catalogue_has_211_rows_under_letters_of_their_own() {
        assert_eq!(rows::all().count(), 211);
        for section in rows::SECTIONS {
            for (index, row) in section.rows.iter().enumerate() {
                assert_eq!(row.id, format!("{}{:02}", section.letter, index + 1));
                assert!(!row.title.contains('|'), "{} would break the table", row.id);
            }
        }
    }

    #[test]
    fn a_row_without_test_and_reason_is_found() {
        assert!(says("").contains(&"A01 has neither a test nor a reason".to_owned()));
        assert!(!says("#[test]\nfn a01_it() {}").iter().any(|says| says.starts_with("A01")));
    }

    #[test]
    fn a_reason_goes_once_there_is_a_test_and_a_decision_stays() {
        let not_yet = Some(Reason::NotYet("no disk like that"));
        assert_eq!(complaint(true, not_yet), Some("has a test; its reason can go"));
        assert_eq!(complaint(false, not_yet), None);
        for tested in [true, false] {
            assert_eq!(complaint(tested, Some(Reason::Otherwise("it waits"))), None);
        }
    }

    #[test]
    fn a_test_of_no_row_is_found() {
        assert!(says("#[test]\nfn a43_it() {}").contains(&"there is no row A43".to_owned()));
    }
}
