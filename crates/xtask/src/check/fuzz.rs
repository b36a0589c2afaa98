//! Every fuzz target is whole: a program, a body in the crate that owns the decoder, a corpus, and a plain test that
//! runs the corpus through the body with every change.

use super::Finding;
use crate::tree::{TextFile, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifest = tree.file("fuzz/Cargo.toml").map(|file| file.text.as_str()).unwrap_or_default();
    let mut findings = Vec::new();
    for program in programs(tree) {
        let (name, _) = name_and_crate(program);
        if !manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")) {
            findings.push(Finding::in_file("fuzz/Cargo.toml", format!("does not build the target {name}")));
        }
        if !tree.others.iter().any(|path| path.starts_with(&format!("fuzz/corpus/{name}/"))) {
            findings.push(Finding::in_file(&program.path, format!("has no inputs in fuzz/corpus/{name}")));
        }
        findings.extend(without_test(tree, program));
    }
    findings
}

fn programs(tree: &Tree) -> impl Iterator<Item = &TextFile> {
    tree.files.iter().filter(|file| file.path.starts_with("fuzz/fuzz_targets/"))
}

/// The name of a target, and the crate whose body it calls.
fn name_and_crate(program: &TextFile) -> (&str, Option<&str>) {
    let file = program.path.rsplit('/').next().unwrap_or_default();
    let name = file.strip_suffix(".rs").unwrap_or(file);
    let krate = program.text.split_once("bgcopy_").and_then(|(_, call)| {
        let (krate, body) = call.split_once("::fuzzing::")?;
        body.starts_with(&format!("{name}(")).then_some(krate)
    });
    (name, krate)
}

fn without_test(tree: &Tree, program: &TextFile) -> Option<Finding> {
    let (name, krate) = name_and_crate(program);
    let Some(krate) = krate else {
        return Some(Finding::in_file(&program.path, format!("does not call the body {name} of any crate")));
    };
    let path = format!("crates/{krate}/src/fuzzing.rs");
    let replayed = tree.file(&path).is_some_and(|bodies| bodies.text.contains(&format!("(\"{name}\", ")));
    (!replayed).then(|| Finding::in_file(&path, format!("does not replay the corpus of {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    const MANIFEST: (&str, &str) = ("fuzz/Cargo.toml", "path = \"fuzz_targets/url.rs\"");
    const PROGRAM: (&str, &str) = ("fuzz/fuzz_targets/url.rs", "|bytes| bgcopy_core::fuzzing::url(bytes)");
    const BODIES: (&str, &str) = ("crates/core/src/fuzzing.rs", "replay(&[(\"url\", super::url)])");

    fn says(parts: &[(&str, &str)]) -> Vec<String> {
        let mut tree = files(parts);
        tree.others.insert("fuzz/corpus/url/plain".to_owned());
        check(&tree).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_target_has_a_program_a_body_and_a_test() {
        assert_eq!(says(&[MANIFEST, PROGRAM, BODIES]), [""; 0]);
        assert_eq!(says(&[PROGRAM, BODIES]), ["does not build the target url"]);
        assert_eq!(says(&[MANIFEST, PROGRAM]), ["does not replay the corpus of url"]);
        let stray = (PROGRAM.0, "bgcopy_core::fuzzing::name(bytes)");
        assert_eq!(says(&[MANIFEST, stray, BODIES]), ["does not call the body url of any crate"]);
    }

    #[test]
    fn a_target_has_inputs() {
        let tree = files(&[MANIFEST, PROGRAM, BODIES]);
        let says: Vec<_> = check(&tree).into_iter().map(|finding| finding.says).collect();
        assert_eq!(says, ["has no inputs in fuzz/corpus/url"]);
    }
}
