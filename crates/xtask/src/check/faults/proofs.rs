//! The tests that prove rows of the catalogue, found by their names: `a10_…` proves A10, `f02_f03_…` both.
//!
//! What needs more than a test may have is a function of a long run, `cargo xtask nightly network`, and proves its rows
//! where the list of that run has it.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{TextFile, Tree};

/// A test function, by where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Proof {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) name: String,
}

/// The tests of each row that a name speaks of, whether the catalogue has that row or not.
pub(super) fn find(tree: &Tree) -> BTreeMap<String, BTreeSet<Proof>> {
    let sources = tree.files.iter().filter(|file| file.path.ends_with(".rs"));
    let mut proofs = BTreeMap::<_, BTreeSet<_>>::new();
    for (proof, ids) in sources.flat_map(tests_of) {
        for id in ids {
            proofs.entry(id).or_default().insert(proof.clone());
        }
    }
    proofs
}

fn tests_of(file: &TextFile) -> Vec<(Proof, Vec<String>)> {
    let lines: Vec<_> = file.text.lines().map(str::trim_start).collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else { continue };
        let ids = rows_named(name);
        if !ids.is_empty() && (is_test(&lines[..index]) || is_played(file, &lines, name)) {
            found.push((Proof { path: file.path.clone(), line: index + 1, name: name.to_owned() }, ids));
        }
    }
    found
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    line.split_once('(').map(|(name, _)| name)
}

/// Whether the attributes that end these lines make a test of the function below.
fn is_test(above: &[&str]) -> bool {
    let attributes = above.iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    attributes.into_iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

/// Whether the list of a long run has the function.
fn is_played(file: &TextFile, lines: &[&str], name: &str) -> bool {
    let entry = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" on "));
    file.path.starts_with(NIGHTLY) && lines.iter().any(entry)
}

/// Where the long runs are.
const NIGHTLY: &str = "crates/xtask/src/nightly/";

/// The ids at the beginning of a name. Scenarios of other documents have letters behind those of the catalogue.
fn rows_named(name: &str) -> Vec<String> {
    let words = name.split('_').map_while(|word| {
        let bytes: [u8; 3] = word.as_bytes().try_into().ok()?;
        let is_row = matches!(bytes, [b'a'..=b'k', b'0'..=b'9', b'0'..=b'9']);
        is_row.then(|| word.to_ascii_uppercase())
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    #[test]
    fn tests_are_found_by_the_rows_in_their_names() {
        let text = "#[test]\nfn a01_one() {}\n    #[tokio::test(start_paused = true)]\n    // why\n    \
                    async fn f02_f03_two() {}\n";
        let proofs = find(&files(&[("crates/x/src/a.rs", text)]));
        let found: Vec<_> = proofs.iter().map(|(id, of)| (id.as_str(), of.first().unwrap().line)).collect();
        assert_eq!(found, [("A01", 2), ("F02", 5), ("F03", 5)]);
    }

    #[test]
    fn what_a_long_run_plays_proves_a_row_and_what_it_does_not_list_proves_none() {
        let text = "rows! {\n    b04_cable on CABLE,\n}\nfn b04_cable() {}\nfn b05_forgotten() {}\n";
        let rows = |path| find(&files(&[(path, text)])).into_keys().collect::<Vec<_>>();
        assert_eq!(rows("crates/xtask/src/nightly/network/rows.rs"), ["B04"]);
        assert!(rows("crates/x/src/rows.rs").is_empty());
    }

    #[test]
    fn helpers_scenarios_and_other_words_prove_nothing() {
        for text in [
            "fn a01_helper() {}",
            "#[test]\nfn other() {}\nfn a01_helper() {}",
            "#[test]\nfn s06_a_scenario_of_the_specification() {}",
            "#[test]\nfn a1_no_row() {}",
            "#[test]\nfn of_a01() {}",
            "// #[test] fn a01_comment() {}",
        ] {
            assert!(find(&files(&[("a.rs", text)])).is_empty(), "{text}");
        }
    }
}
