//! Tests by their names, and the programs in C and C++ that tests build and run.

use std::collections::BTreeMap;

use super::row::Row;
use crate::tree::{TextFile, Tree, holds_word};

/// Everything that can prove a row, by the name it goes by in the rows.
pub(super) struct Proofs<'a> {
    tests: BTreeMap<&'a str, &'a TextFile>,
    programs: BTreeMap<&'a str, &'a TextFile>,
    headers: Vec<&'a TextFile>,
}

impl<'a> Proofs<'a> {
    /// Those of a tree. A program that no test names proves nothing, for nobody runs it.
    pub(super) fn find(tree: &'a Tree) -> Self {
        let rust: Vec<_> = tree.files.iter().filter(|file| file.path.ends_with(".rs")).collect();
        let tests =
            rust.iter().flat_map(|&file| tests_of(&file.text).map(move |name| (name, file))).collect();
        let runs = |name: &str| {
            let quoted = format!("\"{name}\"");
            rust.iter().any(|file| file.path.starts_with(RUNNERS) && file.text.contains(&quoted))
        };
        let programs = tree.files.iter().filter_map(|file| Some((program(&file.path)?, file)));
        let programs = programs.filter(|(name, _)| runs(name)).collect();
        let headers =
            tree.files.iter().filter(|file| file.path.starts_with(HEADERS) && file.path.ends_with(".h"));
        Self { tests, programs, headers: headers.collect() }
    }

    /// Where the test or program is.
    pub(super) fn path(&self, proof: &str) -> Option<&'a str> {
        self.tests.get(proof).or_else(|| self.programs.get(proof)).map(|file| file.path.as_str())
    }

    /// Why the proofs of a row prove nothing.
    pub(super) fn complaint(&self, row: &Row) -> Option<String> {
        if let Some(gone) = row.proofs.iter().find(|proof| self.path(proof).is_none()) {
            return Some(format!("{gone} is no test, and no program that a test runs"));
        }
        let name = row.name()?;
        let idle = |proof: &&&str| {
            let program = self.programs.get(**proof);
            program.is_some_and(|program| !self.texts(program).any(|text| uses(text, row, name)))
        };
        let idle = row.proofs.iter().find(idle)?;
        Some(format!("{idle} does not use it"))
    }

    /// A program, and what it shares with others.
    fn texts(&self, program: &'a TextFile) -> impl Iterator<Item = &'a str> {
        let includes = |header: &&&TextFile| {
            let name = header.path.trim_start_matches(HEADERS);
            program.text.contains(&format!("#include \"{name}\""))
        };
        let shared: Vec<&str> = self.headers.iter().filter(includes).map(|file| file.text.as_str()).collect();
        std::iter::once(program.text.as_str()).chain(shared)
    }
}

/// The name of a program of the library's tests or examples, by its path.
fn program(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/')?;
    let is_source = name.ends_with(".c") || name.ends_with(".cpp");
    (is_source && matches!(folder, "crates/com/tests/c" | "crates/com/examples")).then_some(name)
}

/// Whether the program calls or implements the method, or names the identifier. In C a call wears the interface before
/// the method: `IBackgroundCopyJob_GetType(job, &type)`.
fn uses(program: &str, row: &Row, name: &str) -> bool {
    if !row.item.contains("::") {
        return holds_word(program, name);
    }
    let call = format!("{name}(");
    program.match_indices(&call).any(|(at, _)| !program[..at].ends_with(char::is_alphanumeric))
}

/// The names of the tests of a source.
fn tests_of(text: &str) -> impl Iterator<Item = &str> {
    let mut is_test = false;
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?.split_once('(')?.0;
        std::mem::take(&mut is_test).then_some(name)
    })
}

/// Where the tests are that run the programs.
const RUNNERS: &str = "crates/bgcopy/tests/";
/// Where what programs share is.
const HEADERS: &str = "crates/com/tests/c/";

#[cfg(test)]
mod tests {
    use super::super::row::works;
    use super::*;
    use crate::tree::tests::files;

    const RUNNER: (&str, &str) = (
        "crates/bgcopy/tests/com/main.rs",
        "#[tokio::test]\nasync fn it_lives() { build(\"life.c\") }\nfn helper() {}\n",
    );

    fn complaint(item: &'static str, proofs: &'static [&'static str], program: &str) -> Option<String> {
        let tree =
            files(&[RUNNER, ("crates/com/tests/c/life.c", program), ("crates/com/tests/c/alone.c", program)]);
        Proofs::find(&tree).complaint(&works(item, "y", proofs))
    }

    #[test]
    fn tests_and_programs_that_tests_run_are_proofs() {
        assert_eq!(complaint("cost policy (2.4)", &["it_lives", "life.c"], ""), None);
        for gone in [&["helper"], &["alone.c"], &["gone"]] {
            assert!(complaint("cost policy (2.4)", gone, "").is_some(), "{gone:?}");
        }
    }

    #[test]
    fn a_program_proves_what_it_uses() {
        let item = "IBackgroundCopyJob::GetType";
        assert_eq!(complaint(item, &["life.c"], "IBackgroundCopyJob_GetType(job, &type);"), None);
        assert_eq!(complaint(item, &["life.c"], "job->GetType(&type);"), None);
        assert!(complaint(item, &["life.c"], "job->ForgetType(&type); /* GetType */").is_some());
        assert_eq!(complaint("BG_JOB_STATE_ERROR", &["life.c"], "until(BG_JOB_STATE_ERROR)"), None);
        assert!(complaint("BG_JOB_STATE_ERROR", &["life.c"], "until(BG_JOB_STATE_ERRORS)").is_some());
    }

    #[test]
    fn what_programs_share_is_of_those_that_include_it() {
        let shared = ("crates/com/tests/c/shared.h", "job->GetType(&type);");
        let complaint = |program| {
            let tree = files(&[RUNNER, ("crates/com/tests/c/life.c", program), shared]);
            Proofs::find(&tree).complaint(&works("IBackgroundCopyJob::GetType", "y", &["life.c"]))
        };
        assert_eq!(complaint("#include \"shared.h\""), None);
        assert!(complaint("#include \"other.h\"").is_some());
    }
}
