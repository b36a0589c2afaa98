//! `docs/com-checklist.md`: every row of both checklists, and what proves it.

use std::fmt::Write as _;

use super::LISTS;
use super::proofs::Proofs;
use super::row::{Outcome, Row};

const INTRODUCTION: &str = "\
# Checklist of the COM library

Made from `crates/xtask/src/check/checklist` by `UPDATE_DOCS=1 cargo test -p xtask`; `cargo xtask check` compares them.

What programs may count on, row by row, and what proves it: tests, and programs in C and C++ that tests build and run
against a real service. The whole suite is green on every change, so a row with proofs *works*. *Decided* is a row with
another outcome on Linux; its proofs, where there are any, show what was decided. A program is taken for a proof of a
method or number only where it uses it. Beside all this, every slot, offset, number and id is compared with the headers
(`crates/com/src/layout`). *Documented* is what the documents of Delivery Optimization say of it: y, n, n/s (not
supported), or part.
";

/// The page for these proofs.
pub(super) fn render(proofs: &Proofs<'_>) -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n| | Rows | Works | Decided |\n|---|---|---|---|\n");
    for (title, sections) in LISTS {
        for section in *sections {
            sum(&mut page, &format!("{title}: {}", section.title), section.rows.iter());
        }
    }
    sum(&mut page, "All", super::rows());
    for (title, sections) in LISTS {
        for section in *sections {
            let _ = write!(page, "\n## {title}: {}\n\n", section.title);
            page.push_str("| Row | Documented | State | Proofs |\n|---|---|---|---|\n");
            for row in section.rows {
                let state = match row.outcome {
                    Outcome::Works => "works".to_owned(),
                    Outcome::Decided(why) => format!("decided: {why}"),
                };
                let Row { item, documented, .. } = row;
                let _ = writeln!(page, "| {item} | {documented} | {state} | {} |", links(row, proofs));
            }
        }
    }
    page
}

fn links(row: &Row, proofs: &Proofs<'_>) -> String {
    let link = |proof: &&str| format!("[{proof}](../{})", proofs.path(proof).unwrap_or_default());
    row.proofs.iter().map(link).collect::<Vec<_>>().join("<br>")
}

fn sum<'a>(page: &mut String, title: &str, rows: impl Iterator<Item = &'a Row>) {
    let (mut all, mut works, mut decided) = (0, 0, 0);
    for row in rows {
        all += 1;
        *match row.outcome {
            Outcome::Works => &mut works,
            Outcome::Decided(_) => &mut decided,
        } += 1;
    }
    let _ = writeln!(page, "| {title} | {all} | {works} | {decided} |");
}
