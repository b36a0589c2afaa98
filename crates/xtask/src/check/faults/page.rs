//! `docs/faults.md`: every row of the catalogue, and what proves it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::proofs::Proof;
use super::reasons::{self, Reason};
use super::rows::{self, Priority, Row, SECTIONS};

const INTRODUCTION: &str = "\
# Faults

Made from the names of the tests by `UPDATE_DOCS=1 cargo test -p xtask`; `cargo xtask check` compares them.

What can go wrong around a service that transfers files, row by row, and the tests that make it go wrong and look at
what happens. A test carries the ids of its rows in its name. The whole suite is green on every change, so a row that
has a test *passes*; those in `crates/xtask/src/nightly` need root and are played by `cargo xtask nightly network`, so
they pass as of the last night. *Decided otherwise* is a row for which the design settled on another outcome than the
catalogue proposes, or that cannot happen here; its tests, where there are any, show what was decided. *When* says how
often a row is due: with every change, nightly, or before a release.
";

/// The page for these tests.
pub(super) fn render(proofs: &BTreeMap<String, BTreeSet<Proof>>) -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| | Rows | Pass | Decided otherwise | Not yet |\n|---|---|---|---|---|\n");
    for section in SECTIONS {
        sum(&mut page, &format!("{}. {}", section.letter, section.title), section.rows.iter(), proofs);
    }
    sum(&mut page, "All", rows::all(), proofs);
    for section in SECTIONS {
        let _ = write!(page, "\n## {}. {}\n\n", section.letter, section.title);
        page.push_str("| Row | When | What goes wrong | State | Tests |\n|---|---|---|---|---|\n");
        for row in section.rows {
            let when = match row.priority {
                Priority::Gate => "change",
                Priority::Nightly => "nightly",
                Priority::Release => "release",
            };
            let Row { id, title, .. } = row;
            let tests = proofs.get(*id).map(names).unwrap_or_default();
            let _ = writeln!(page, "| {id} | {when} | {title} | {} | {tests} |", state(id));
        }
    }
    page
}

fn state(id: &str) -> String {
    match reasons::of(id) {
        None => "passes".to_owned(),
        Some(Reason::NotYet(why)) => format!("not yet: {why}"),
        Some(Reason::Otherwise(what)) => format!("decided otherwise: {what}"),
    }
}

fn names(proofs: &BTreeSet<Proof>) -> String {
    let name = |proof: &Proof| format!("[{}](../{})", proof.name, proof.path);
    proofs.iter().map(name).collect::<Vec<_>>().join("<br>")
}

fn sum<'a>(
    page: &mut String,
    title: &str,
    rows: impl Iterator<Item = &'a Row>,
    proofs: &BTreeMap<String, BTreeSet<Proof>>,
) {
    let (mut all, mut pass, mut otherwise, mut not_yet) = (0, 0, 0, 0);
    for row in rows {
        all += 1;
        match reasons::of(row.id) {
            Some(Reason::NotYet(_)) => not_yet += 1,
            Some(Reason::Otherwise(_)) => otherwise += 1,
            None => pass += usize::from(proofs.contains_key(row.id)),
        }
    }
    let _ = writeln!(page, "| {title} | {all} | {pass} | {otherwise} | {not_yet} |");
}
