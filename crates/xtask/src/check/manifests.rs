//! Versions and lints are written once, in the workspace's table; crates inherit them.

use toml::{Table, Value};

use super::Finding;
use crate::tree::{TextFile, Tree};

/// What every crate takes from the workspace.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

const DEPENDENCIES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let manifests = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"));
    manifests.flat_map(check_manifest).collect()
}

fn check_manifest(file: &TextFile) -> Vec<Finding> {
    let finding = |says: String| Finding::in_file(&file.path, says);
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![finding(format!("cannot be parsed: {error}"))],
    };
    let mut findings = Vec::new();
    if !manifest.get("lints").is_some_and(is_inherited) {
        findings.push(finding("needs `[lints] workspace = true`".to_owned()));
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for key in INHERITED {
        if !package.and_then(|package| package.get(*key)).is_some_and(is_inherited) {
            findings.push(finding(format!("needs `{key}.workspace = true`")));
        }
    }
    for section in DEPENDENCIES {
        let table = manifest.get(*section).and_then(Value::as_table);
        let own = table.into_iter().flatten().filter(|(_, value)| !is_inherited(value));
        findings.extend(
            own.map(|(name, _)| finding(format!("{name}: its version belongs into the workspace's table"))),
        );
    }
    findings
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    const GOOD: &str = "[package]\nname = \"a\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [dependencies]\nbytes.workspace = true\nserde = { workspace = true, features = [\"rc\"] }\n";
    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn says(manifest: &str) -> Vec<String> {
        let tree = files(&[("crates/a/Cargo.toml", manifest)]);
        check(&tree).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn a_crate_that_inherits_is_accepted() {
        assert_eq!(says(&format!("{GOOD}{LINTS}")), [""; 0]);
    }

    #[test]
    fn a_crate_without_the_lints_is_refused() {
        assert_eq!(says(GOOD), ["needs `[lints] workspace = true`"]);
        assert_eq!(says(&format!("{GOOD}[lints.rust]\nunsafe_code = \"allow\"")).len(), 1);
    }

    #[test]
    fn a_version_of_its_own_is_refused() {
        let manifest = format!("{GOOD}{LINTS}[dev-dependencies]\ntime = \"0.3\"\n");
        assert_eq!(says(&manifest), ["time: its version belongs into the workspace's table"]);
        let manifest = format!("{GOOD}{LINTS}").replace("edition.workspace = true", "edition = \"2021\"");
        assert_eq!(says(&manifest), ["needs `edition.workspace = true`"]);
    }

    #[test]
    fn a_manifest_that_is_no_toml_is_a_finding() {
        assert!(says("[package")[0].starts_with("cannot be parsed"));
    }
}
