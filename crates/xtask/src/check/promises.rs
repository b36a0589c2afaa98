//! `SECURITY.md` promises nothing without a test: every test that it names is there.

use std::collections::BTreeSet;

use super::Finding;
use crate::tree::Tree;

const PAGE: &str = "SECURITY.md";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(page) = tree.file(PAGE) else { return Vec::new() };
    let sources = tree.files.iter().filter(|file| file.path.ends_with(".rs"));
    let functions: BTreeSet<&str> = sources.flat_map(|file| file.text.lines()).filter_map(function).collect();
    let lines = page.text.lines().enumerate();
    let named = lines.flat_map(|(at, line)| tests_named(line).map(move |name| (at + 1, name)));
    let missing = named.filter(|(_, name)| !functions.contains(name));
    missing.map(|(line, name)| Finding::at(PAGE, line, format!("there is no test {name}"))).collect()
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (name, _) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?.split_once('(')?;
    Some(name)
}

/// What is between back quotes and is as long as a claim.
fn tests_named(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.bytes().filter(|byte| *byte == b'_').count() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    #[test]
    fn a_promise_without_its_test_is_found() {
        let page = "text\n| no harm | bounds | `nobody_comes_to_harm`, `x_y` |";
        let test = ("a.rs", "    async fn nobody_comes_to_harm() {");
        assert_eq!(check(&files(&[(PAGE, page), test])), []);
        let found = check(&files(&[(PAGE, page), ("a.rs", "fn nobody_comes() {}")]));
        assert_eq!(found, [Finding::at(PAGE, 2, "there is no test nobody_comes_to_harm")]);
    }
}
