//! Small things that rot: files that grow, marks of unfinished work, tests switched off, paths of the
//! machine somebody worked on.

use super::Finding;
use crate::tree::{TextFile, Tree, holds_word};

/// A file longer than this has more than one subject.
const LINES_MAX: usize = 800;

/// Longer files, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// What people write, as against what tools write down.
const HAND_WRITTEN: &[&str] = &[".rs", ".md", ".toml", ".sh", ".sql", "/run"];

/// Unfinished work. Written in halves so that this file does not find itself.
const MARKS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "unfinished work is an issue, not a comment"),
    (concat!("FIX", "ME"), "unfinished work is an issue, not a comment"),
    (concat!("XX", "X"), "unfinished work is an issue, not a comment"),
    (concat!("to", "do!("), "unfinished code does not land"),
    (concat!("unimpl", "emented!("), "unfinished code does not land"),
    (concat!("#[ign", "ore"), "a test that does not run proves nothing"),
];

/// Folders of build machines. Looked for where a path begins, not inside a URL.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/.")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let written = |file: &&TextFile| HAND_WRITTEN.iter().any(|ending| file.path.ends_with(ending));
    let mut findings: Vec<_> = tree.files.iter().filter(written).flat_map(check_file).collect();
    findings.extend(needless_exceptions(tree));
    findings
}

fn check_file(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
        let says = format!("{lines} lines; {LINES_MAX} is the most, so which are its two subjects?");
        findings.push(Finding::in_file(&file.path, says));
    }
    for (index, line) in file.text.lines().enumerate() {
        let marks = MARKS.iter().filter(|(mark, _)| marked(line, mark));
        findings
            .extend(marks.map(|(mark, says)| Finding::at(&file.path, index + 1, format!("{mark}: {says}"))));
        if MACHINE_PATHS.iter().any(|path| begins_path(line, path)) {
            findings.push(Finding::at(&file.path, index + 1, "names a folder of one machine"));
        }
    }
    findings
}

/// A mark that is a word is none inside a longer one, as in the template of a temporary name.
fn marked(line: &str, mark: &str) -> bool {
    if mark.ends_with(char::is_alphanumeric) { holds_word(line, mark) } else { line.contains(mark) }
}

fn begins_path(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "/._-}:".contains(c);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(inside))
}

/// Exceptions that nobody needs any more.
fn needless_exceptions(tree: &Tree) -> impl Iterator<Item = Finding> {
    let long = |path: &str| tree.file(path).is_some_and(|file| file.text.lines().count() > LINES_MAX);
    let needless = LONG_FILES.iter().filter(move |(path, _)| !long(path));
    needless.map(|(path, _)| Finding::in_file(path, "is listed as a long file and is none"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    fn says(path: &str, text: &str) -> Vec<String> {
        check(&files(&[(path, text)])).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_long_file_is_refused_and_a_generated_one_is_not() {
        let text = "line\n".repeat(LINES_MAX + 1);
        assert_eq!(says("crates/a/src/a.rs", &text).len(), 1);
        assert_eq!(says("openapi/a.json", &text), [""; 0]);
        assert_eq!(says("crates/a/src/a.rs", &"line\n".repeat(LINES_MAX)), [""; 0]);
    }

    #[test]
    fn marks_of_unfinished_work_are_refused() {
        for (mark, _) in MARKS {
            assert_eq!(says("a.rs", &format!("let a = 1; // {mark} later")).len(), 1, "{mark}");
        }
    }

    #[test]
    fn a_template_of_a_temporary_name_is_no_mark() {
        assert_eq!(says("a.rs", concat!("name.XX", "XXXX")), [""; 0]);
    }

    #[test]
    fn a_folder_of_one_machine_is_refused_and_a_url_is_not() {
        for path in MACHINE_PATHS {
            assert_eq!(says("a.md", &format!("see `{path}main`")), ["names a folder of one machine"]);
            assert_eq!(says("a.md", &format!("see http://host{path}main")), [""; 0]);
        }
    }
}
