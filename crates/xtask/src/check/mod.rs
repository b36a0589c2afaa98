//! `cargo xtask check`: the rules of the house that the compiler cannot see.

mod checklist;
mod drawing;
mod edges;
mod faults;
mod fuzz;
mod links;
mod manifests;
mod promises;
mod sans_io;
mod tidy;

use std::fmt;
use std::path::Path;

use anyhow::bail;

use crate::tree::Tree;

/// Something that breaks a rule, with the place to look at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: Option<usize>,
    says: String,
}

impl Finding {
    fn in_file(path: &str, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, says: says.into() }
    }

    fn at(path: &str, line: usize, says: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: Some(line), says: says.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.says)
    }
}

/// A rule: its name, and what breaks it.
type Check = (&'static str, fn(&Tree) -> Vec<Finding>);

const CHECKS: &[Check] = &[
    ("edges between crates", edges::check),
    ("the drawing of the edges", drawing::check),
    ("no effects in words and decisions", sans_io::check),
    ("one table of versions and lints", manifests::check),
    ("links of the documents", links::check),
    ("the catalogue of faults", faults::check),
    ("the checklists of the COM library", checklist::check),
    ("fuzz targets", fuzz::check),
    ("promises of SECURITY.md", promises::check),
    ("tidiness", tidy::check),
];

/// Runs every check over the tree at `root`, and fails when one found something.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let tree = Tree::read(root)?;
    let mut found = 0;
    for (name, check) in CHECKS {
        let findings = check(&tree);
        println!("{name}: {}", if findings.is_empty() { "ok" } else { "broken" });
        for finding in &findings {
            println!("  {finding}");
        }
        found += findings.len();
    }
    if found > 0 {
        bail!("{found} places break a rule of the house");
    }
    println!("{} files and {} crates keep the rules of the house", tree.files.len(), tree.crates.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_its_place() {
        assert_eq!(Finding::at("a/b.rs", 3, "bad").to_string(), "a/b.rs:3: bad");
        assert_eq!(Finding::in_file("a/b.rs", "bad").to_string(), "a/b.rs: bad");
    }
}
