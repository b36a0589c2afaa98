//! The tree as the checks see it: crates with their edges, and every text file.
//!
//! Plain data, so that a test can write down a bad tree and see a check refuse it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// The workspace.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// One for each folder under `crates/`.
    pub(crate) crates: Vec<Crate>,
    /// Every text file that somebody wrote, by path.
    pub(crate) files: Vec<TextFile>,
    /// The paths of all other files.
    pub(crate) others: BTreeSet<String>,
}

/// A crate of the workspace, named by its folder.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// The folder under `crates/`: `core`, not `bgcopy-core`.
    pub(crate) folder: String,
    /// Folders of the workspace crates it is built from.
    pub(crate) needs: BTreeSet<String>,
    /// Folders of the workspace crates that only its tests are built from.
    pub(crate) tests_need: BTreeSet<String>,
}

/// A file, by its path from the root with `/` between the names.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Tree {
    /// Reads the tree that lies at `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .no_deps()
            .exec()
            .context("cannot read the workspace's metadata")?;
        let crates = metadata.workspace_packages().into_iter().map(Crate::of).collect::<Result<_, _>>()?;
        let mut tree = Self { crates, ..Self::default() };
        tree.read_folder(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// The file at `path`.
    pub(crate) fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust sources of a crate that are built into the product.
    pub(crate) fn sources(&self, folder: &str) -> impl Iterator<Item = &TextFile> {
        let src = format!("crates/{folder}/src/");
        self.files.iter().filter(move |file| {
            file.path.starts_with(&src) && file.path.ends_with(".rs") && !is_test_file(&file.path)
        })
    }

    fn read_folder(&mut self, folder: &Path, path: &str) -> anyhow::Result<()> {
        let context = || format!("cannot read {}", folder.display());
        for entry in fs::read_dir(folder).with_context(context)? {
            let entry = entry.with_context(context)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let kind = entry.file_type().with_context(context)?;
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
                self.read_folder(&entry.path(), &path)?;
            } else if kind.is_file() && TEXT_ENDINGS.iter().any(|ending| path.ends_with(ending)) {
                let text = fs::read_to_string(entry.path()).with_context(|| format!("cannot read {path}"))?;
                self.files.push(TextFile { path, text });
            } else if kind.is_file() {
                self.others.insert(path);
            }
        }
        Ok(())
    }
}

impl Crate {
    fn of(package: &Package) -> anyhow::Result<Self> {
        let folder = package
            .manifest_path
            .parent()
            .and_then(|folder| folder.file_name())
            .with_context(|| format!("{} has no folder", package.name))?;
        let mut member = Self { folder: folder.to_owned(), ..Self::default() };
        for dependency in &package.dependencies {
            let Some(folder) = dependency.path.as_ref().and_then(|path| path.file_name()) else { continue };
            match dependency.kind {
                DependencyKind::Development => member.tests_need.insert(folder.to_owned()),
                _ => member.needs.insert(folder.to_owned()),
            };
        }
        Ok(member)
    }
}

impl TextFile {
    /// The lines that are built into the product, numbered from 1: without comments, and without the test
    /// module, which stands last in a file.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<_> = self.text.lines().collect();
        let tests = (0..lines.len()).find(|&index| begins_test_module(&lines[index..]));
        let code = tests.unwrap_or(lines.len());
        let code = lines.into_iter().take(code).enumerate();
        code.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }
}

fn begins_test_module(lines: &[&str]) -> bool {
    let Some((&"#[cfg(test)]", rest)) = lines.split_first() else { return false };
    let item = rest.iter().find(|line| !line.starts_with("#["));
    item.is_some_and(|item| item.ends_with('{') && item.split(' ').any(|word| word == "mod"))
}

/// Whether `line` holds `word` with nothing of a longer word around it.
pub(crate) fn holds_word(line: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + word.len()..].starts_with(part_of_word)
    })
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Build output, what git keeps for itself, and what fuzzers made.
const NOT_OURS: &[&str] = &["target", ".git", "artifacts", "grown"];

/// Everything a person writes here; pictures and the like have no lines to check.
const TEXT_ENDINGS: &[&str] =
    &[".rs", ".c", ".cpp", ".h", ".md", ".toml", ".json", ".sh", ".sql", ".yml", ".yaml", ".trycmd", "/run"];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A crate by its folder and the folders it needs.
    pub(crate) fn member(folder: &str, needs: &[&str], tests_need: &[&str]) -> Crate {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Crate { folder: folder.to_owned(), needs: set(needs), tests_need: set(tests_need) }
    }

    /// A tree of files alone.
    pub(crate) fn files(files: &[(&str, &str)]) -> Tree {
        let file = |&(path, text): &(&str, &str)| TextFile { path: path.to_owned(), text: text.to_owned() };
        Tree { files: files.iter().map(file).collect(), ..Tree::default() }
    }

    #[test]
    fn the_tree_that_holds_this_test_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let tree = Tree::read(root).unwrap();
        let engine = tree.crates.iter().find(|member| member.folder == "engine").unwrap();
        assert!(engine.needs.contains("core"));
        assert!(
            tree.file("crates/xtask/src/tree.rs").unwrap().text.contains("the_tree_that_holds_this_test")
        );
        assert!(tree.file(".ci/run").is_some(), "files in hidden folders are read too");
        assert!(!tree.files.iter().any(|file| file.path.starts_with("target/")));
    }

    #[test]
    fn code_ends_where_the_tests_begin_and_comments_are_no_code() {
        let tree = files(&[("a.rs", "one(); // two\n/// three\n#[cfg(test)]\nmod tests {\nfour()\n}\n")]);
        let lines: Vec<_> = tree.files[0].code_lines().collect();
        assert_eq!(lines, [(1, "one(); "), (2, "")]);
    }

    #[test]
    fn only_a_test_module_ends_the_code() {
        let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nfn helper() {\n}\nlast();\n";
        let tree = files(&[("a.rs", text)]);
        assert_eq!(tree.files[0].code_lines().last(), Some((6, "last();")));
    }

    #[test]
    fn a_word_is_not_found_inside_a_longer_one() {
        assert!(holds_word("use rand::Rng;", "rand"));
        assert!(!holds_word("use grand::operand;", "rand"));
    }
}
