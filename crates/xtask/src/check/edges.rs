//! Which crate may know which: words <- decisions <- effects <- wiring.
//!
//! An edge that is not written down here is a design event: it is added here, drawn in ARCHITECTURE.md
//! and reviewed as such. An edge that is declared and not used is no edge and has to go.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::{Crate, TextFile, Tree, holds_word};

/// The edges of the design. What a folder does not list it must not know.
///
/// `service` and `sim` speak of jobs and ranges, and so know the words besides what they wire together.
const EDGES: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("engine", &["core"]),
    ("store", &["core"]),
    ("http", &["core"]),
    ("disk", &["core"]),
    ("swarm", &["core"]),
    ("manifest", &["core"]),
    ("api", &["core"]),
    ("agent", &["api"]),
    ("service", &["core", "engine", "store", "http", "disk", "swarm", "manifest", "api", "agent"]),
    ("cli", &["api"]),
    ("com", &["api"]),
    ("bgcopy", &["service", "cli"]),
    ("sim", &["core", "engine"]),
    ("testkit", &[]),
    ("xtask", &[]),
];

/// What tests may know besides: the scripted servers for everybody, and every part for the tests of the
/// whole, which look at what it left behind.
const TEST_EDGES: &[(&str, &[&str])] =
    &[("bgcopy", &["api", "com", "core", "disk", "http", "manifest", "store"])];

/// Known to the tests of every crate.
const TESTKIT: &str = "testkit";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &tree.crates {
        let Some(allowed) = listed(EDGES, &member.folder) else {
            let says = format!("the design has no crate {:?}; add it to the edges in xtask", member.folder);
            findings.push(Finding::in_file(&manifest(member), says));
            continue;
        };
        let tests_allowed = listed(TEST_EDGES, &member.folder).unwrap_or_default();
        let refused = member.needs.iter().filter(|to| !allowed.contains(&to.as_str()));
        findings.extend(refused.map(|to| {
            let says = format!("{} must not know {to}: no such edge in the design", member.folder);
            Finding::in_file(&manifest(member), says)
        }));
        let refused = member.tests_need.iter().filter(|to| {
            *to != TESTKIT && !allowed.contains(&to.as_str()) && !tests_allowed.contains(&to.as_str())
        });
        findings.extend(refused.map(|to| {
            let says = format!("the tests of {} must not know {to}", member.folder);
            Finding::in_file(&manifest(member), says)
        }));
        let imports = imports(tree, &member.folder);
        findings.extend(member.needs.difference(&imports).map(|to| {
            let says = format!("{} declares {to} and never uses it", member.folder);
            Finding::in_file(&manifest(member), says)
        }));
    }
    findings
}

/// The workspace crates that the sources of a crate name, tests left out.
pub(super) fn imports(tree: &Tree, folder: &str) -> BTreeSet<String> {
    let others = || tree.crates.iter().filter(|other| other.folder != folder);
    let code = || tree.sources(folder).flat_map(TextFile::code_lines);
    let named = |other: &&Crate| {
        let word = library_name(&other.folder);
        code().any(|(_, line)| holds_word(line, &word))
    };
    others().filter(named).map(|other| other.folder.clone()).collect()
}

fn library_name(folder: &str) -> String {
    if folder == "xtask" { folder.to_owned() } else { format!("bgcopy_{folder}") }
}

fn listed<'a>(table: &[(&str, &'a [&'a str])], folder: &str) -> Option<&'a [&'a str]> {
    table.iter().find(|(from, _)| *from == folder).map(|(_, to)| *to)
}

fn manifest(member: &Crate) -> String {
    format!("crates/{}/Cargo.toml", member.folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{files, member};

    fn says(tree: &Tree) -> Vec<String> {
        check(tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_of_the_design_that_is_used_is_accepted() {
        let mut tree = files(&[("crates/engine/src/lib.rs", "use bgcopy_core::JobId;")]);
        tree.crates = vec![member("core", &[], &[]), member("engine", &["core"], &["testkit"])];
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn an_edge_against_the_design_is_refused() {
        let mut tree = files(&[("crates/disk/src/lib.rs", "use bgcopy_engine::Action;")]);
        tree.crates = vec![member("engine", &[], &[]), member("disk", &["engine"], &[])];
        assert_eq!(
            says(&tree),
            ["crates/disk/Cargo.toml: disk must not know engine: no such edge in the design"]
        );
    }

    #[test]
    fn tests_know_no_more_than_they_may() {
        let mut tree = files(&[]);
        tree.crates = vec![member("http", &[], &["engine", "testkit"]), member("bgcopy", &[], &["store"])];
        assert_eq!(says(&tree), ["crates/http/Cargo.toml: the tests of http must not know engine"]);
    }

    #[test]
    fn an_edge_declared_and_used_only_in_tests_is_refused() {
        let text = "// bgcopy_core\n#[cfg(test)]\nmod tests {\nuse bgcopy_core::JobId;\n}";
        let mut tree = files(&[("crates/store/src/lib.rs", text)]);
        tree.crates = vec![member("core", &[], &[]), member("store", &["core"], &[])];
        assert_eq!(says(&tree), ["crates/store/Cargo.toml: store declares core and never uses it"]);
    }

    #[test]
    fn a_crate_that_the_design_does_not_have_is_refused() {
        let mut tree = files(&[]);
        tree.crates = vec![member("util", &[], &[])];
        assert!(says(&tree)[0].contains("the design has no crate \"util\""));
    }
}
