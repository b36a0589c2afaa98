//! The drawing of the edges in ARCHITECTURE.md equals the edges of the code.
//!
//! The drawing is the first `mermaid` block after the marker. `a --> b & c` are edges of the product,
//! `a -.-> b` edges of tests alone, and a lone name is a crate that knows no other.

use std::collections::BTreeSet;

use super::{Finding, edges};
use crate::tree::Tree;

const DOCUMENT: &str = "ARCHITECTURE.md";
const MARKER: &str = "<!-- the edges: compared with the code by `cargo xtask check` -->";

/// What is drawn, and what is.
#[derive(Debug, Default, PartialEq, Eq)]
struct Picture {
    crates: BTreeSet<String>,
    product: BTreeSet<(String, String)>,
    tests: BTreeSet<(String, String)>,
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(document) = tree.file(DOCUMENT) else {
        return vec![Finding::in_file(DOCUMENT, "the document is missing")];
    };
    match drawn(&document.text) {
        Ok(drawn) => differences(&drawn, &built(tree)),
        Err(says) => vec![Finding::in_file(DOCUMENT, says)],
    }
}

fn differences(drawn: &Picture, built: &Picture) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |says: String| findings.push(Finding::in_file(DOCUMENT, says));
    for name in built.crates.difference(&drawn.crates) {
        say(format!("the crate {name} is not drawn"));
    }
    for name in drawn.crates.difference(&built.crates) {
        say(format!("{name} is drawn and is no crate"));
    }
    for (drawn, built, arrow) in
        [(&drawn.product, &built.product, "-->"), (&drawn.tests, &built.tests, "-.->")]
    {
        for (from, to) in built.difference(drawn) {
            say(format!("{from} {arrow} {to} is in the code and not drawn"));
        }
        for (from, to) in drawn.difference(built) {
            say(format!("{from} {arrow} {to} is drawn and not in the code"));
        }
    }
    findings
}

/// The edges of the code: those of the product by what the sources import, those of tests by what the
/// manifest declares.
fn built(tree: &Tree) -> Picture {
    let mut picture = Picture::default();
    for member in &tree.crates {
        let from = &member.folder;
        picture.crates.insert(from.clone());
        let imports = edges::imports(tree, from);
        picture.product.extend(imports.into_iter().map(|to| (from.clone(), to)));
        let tests = member.tests_need.iter().filter(|&to| !member.needs.contains(to));
        picture.tests.extend(tests.map(|to| (from.clone(), to.clone())));
    }
    picture
}

fn drawn(document: &str) -> Result<Picture, String> {
    let (_, rest) = document.split_once(MARKER).ok_or_else(|| format!("no marker {MARKER:?}"))?;
    let mut lines = rest.lines().skip_while(|line| line.trim() != "```mermaid").skip(1);
    let mut picture = Picture::default();
    let mut closed = false;
    for line in lines.by_ref().map(str::trim) {
        if line == "```" {
            closed = true;
            break;
        }
        if line.starts_with("graph ") || line.is_empty() {
            continue;
        }
        read_line(line, &mut picture)?;
    }
    if closed { Ok(picture) } else { Err("no mermaid block after the marker".to_owned()) }
}

fn read_line(line: &str, picture: &mut Picture) -> Result<(), String> {
    let Picture { crates, product, tests } = picture;
    let (from, arrow, edges) = match (line.split_once("-->"), line.split_once("-.->")) {
        (Some((from, to)), None) => (from, Some(to), product),
        (None, Some((from, to))) => (from, Some(to), tests),
        (None, None) => (line, None, product),
        (Some(_), Some(_)) => return Err(format!("{line:?} has two kinds of arrow")),
    };
    let from = name(from)?;
    crates.insert(from.clone());
    for to in arrow.into_iter().flat_map(|to| to.split('&')) {
        let to = name(to)?;
        crates.insert(to.clone());
        edges.insert((from.clone(), to));
    }
    Ok(())
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(name.to_owned())
    } else {
        Err(format!("{name:?} is no crate's name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::{files, member};

    fn tree(drawing: &str) -> Tree {
        let document = format!("{MARKER}\n\n```mermaid\ngraph TD\n{drawing}\n```\n");
        let mut tree = files(&[
            (DOCUMENT, document.as_str()),
            ("crates/engine/src/lib.rs", "pub use bgcopy_core::JobId;"),
            ("crates/http/src/lib.rs", "pub use bgcopy_core::JobId;"),
        ]);
        tree.crates = vec![
            member("core", &[], &[]),
            member("engine", &["core"], &[]),
            member("http", &["core"], &["testkit"]),
            member("testkit", &[], &[]),
        ];
        tree
    }

    fn says(tree: &Tree) -> Vec<String> {
        check(tree).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn the_true_drawing_is_accepted() {
        let tree = tree("engine --> core\nhttp --> core\nhttp -.-> testkit");
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn what_is_in_the_code_must_be_drawn() {
        let tree = tree("engine --> core");
        assert_eq!(
            says(&tree),
            [
                "the crate http is not drawn",
                "the crate testkit is not drawn",
                "http --> core is in the code and not drawn",
                "http -.-> testkit is in the code and not drawn",
            ]
        );
    }

    #[test]
    fn what_is_drawn_must_be_in_the_code() {
        let tree = tree("engine --> core & http\nhttp --> core\nhttp -.-> testkit\nswarm");
        assert_eq!(
            says(&tree),
            ["swarm is drawn and is no crate", "engine --> http is drawn and not in the code"]
        );
    }

    #[test]
    fn a_missing_or_broken_drawing_is_a_finding() {
        assert_eq!(says(&files(&[])), ["the document is missing"]);
        assert!(says(&files(&[(DOCUMENT, "text")]))[0].starts_with("no marker"));
        let unclosed = format!("{MARKER}\n```mermaid\na --> b\n");
        assert_eq!(says(&files(&[(DOCUMENT, &unclosed)])), ["no mermaid block after the marker"]);
        assert_eq!(says(&tree("engine -> core")), ["\"engine -> core\" is no crate's name"]);
    }
}
