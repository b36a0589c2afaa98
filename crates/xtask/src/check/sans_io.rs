//! Words and decisions perform nothing: no file, socket, task, thread, clock or die in `core` and `engine`.
//!
//! Their `clippy.toml` says the same of single functions; this says it of whole modules, which clippy
//! cannot, and that the `clippy.toml` is there.

use super::Finding;
use crate::tree::{Tree, holds_word};

/// The crates that must be replayable from their input alone.
const PURE: &[&str] = &["core", "engine"];

/// What they must not name, and what they use in its place.
const BANNED: &[(&str, &str)] = &[
    ("std::fs", "disk does what the engine decides"),
    ("std::net", "http does what the engine decides; addresses alone are in core::net"),
    ("std::env", "settings are passed in"),
    ("std::process", "effects start programs"),
    ("std::thread", "decisions own no thread"),
    ("std::io", "failures arrive as codes"),
    ("tokio", "decisions await nothing"),
    ("rand", "randomness is passed in"),
    ("getrandom", "randomness is passed in"),
    ("Instant::now", "time is passed in as `Now`"),
    ("SystemTime::now", "time is passed in as `Now`"),
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in PURE {
        let clippy = format!("crates/{folder}/clippy.toml");
        if tree.file(&clippy).is_none() {
            findings.push(Finding::in_file(&clippy, "the file that bans clocks and I/O is missing"));
        }
        for file in tree.sources(folder) {
            for (number, line) in file.code_lines() {
                let named = BANNED.iter().filter(|(word, _)| holds_word(line, word));
                findings.extend(named.map(|(word, instead)| {
                    Finding::at(&file.path, number, format!("{word} in {folder}: {instead}"))
                }));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tests::files;

    const CLIPPY: [(&str, &str); 2] = [("crates/core/clippy.toml", ""), ("crates/engine/clippy.toml", "")];

    fn says(path: &str, text: &str) -> Vec<String> {
        let tree = files(&[CLIPPY[0], CLIPPY[1], (path, text)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_clock_in_the_engine_is_refused() {
        assert_eq!(
            says("crates/engine/src/queue.rs", "fn a() {}\nlet now = Instant::now();"),
            ["crates/engine/src/queue.rs:2: Instant::now in engine: time is passed in as `Now`"]
        );
    }

    #[test]
    fn every_effect_is_refused_in_words_and_decisions() {
        for (word, _) in BANNED {
            assert_eq!(says("crates/core/src/a.rs", &format!("use {word};")).len(), 1, "{word}");
        }
    }

    #[test]
    fn effects_may_do_it_and_so_may_tests_and_comments() {
        assert_eq!(says("crates/disk/src/a.rs", "use std::fs;"), [""; 0]);
        assert_eq!(says("crates/engine/src/tests.rs", "use std::fs;"), [""; 0]);
        assert_eq!(says("crates/engine/tests/replay.rs", "use std::fs;"), [""; 0]);
        let text = "// std::fs is elsewhere\n#[cfg(test)]\nmod tests {\nuse std::fs;\n}";
        assert_eq!(says("crates/engine/src/a.rs", text), [""; 0]);
    }

    #[test]
    fn the_lint_that_bans_single_functions_must_be_there() {
        assert_eq!(check(&files(&CLIPPY)), []);
        assert_eq!(check(&files(&CLIPPY[..1])).len(), 1);
    }
}
