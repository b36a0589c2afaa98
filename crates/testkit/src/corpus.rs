//! The inputs of the fuzz targets as plain tests: every file of `fuzz/corpus`, and what lies around it.

use std::fs;
use std::path::Path;

/// A fuzz target: its name, which is that of its folder in the corpus, and what must hold for any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Runs each target over the files of its folder, over every beginning of each, and over small changes to it. What
/// fails panics, after the input was shown.
///
/// # Panics
/// When a target does, or when a target has no corpus.
pub fn replay(targets: &[Target]) {
    for &(name, holds) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
        let inputs = inputs(&folder);
        assert!(!inputs.is_empty(), "fuzz target {name} has no corpus at {}", folder.display());
        let bytes: usize = inputs.iter().map(Vec::len).sum();
        assert!(inputs.len() <= INPUTS_MAX && bytes <= BYTES_MAX, "the corpus of {name} is too large");
        for input in &inputs {
            variations(input, |varied| {
                let _shown = ShownOnPanic { name, input: varied };
                holds(varied);
            });
        }
    }
}

/// The files of a folder, in the order of their names.
fn inputs(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("the corpus can be read")).collect()
}

/// The input, its beginnings, and the input with one byte after the other changed; of long ones a sample.
fn variations(input: &[u8], mut each: impl FnMut(&[u8])) {
    each(input);
    let step = input.len() / PLACES + 1;
    let mut changed = input.to_vec();
    for at in (0..input.len()).step_by(step) {
        each(&input[..at]);
        for change in CHANGES {
            changed[at] = change(input[at]);
            each(&changed);
        }
        changed[at] = input[at];
    }
}

/// The corpus lies in every clone and runs with every change: what a fuzzer grows stays with it.
const INPUTS_MAX: usize = 40;
/// See [`INPUTS_MAX`].
const BYTES_MAX: usize = 16 << 10;
/// Places of an input that are changed: many in a header field, and quick for a document.
const PLACES: usize = 32;
/// Another bit, what ends texts, the end of ASCII, and the next digit or letter.
const CHANGES: [fn(u8) -> u8; 5] =
    [|byte| byte ^ 0x20, |_| 0, |_| b'"', |_| 0xFF, |byte| byte.wrapping_add(1)];

struct ShownOnPanic<'a> {
    name: &'a str,
    input: &'a [u8],
}

impl Drop for ShownOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("fuzz target {} fails on b\"{}\"", self.name, self.input.escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_cut_and_changed_everywhere() {
        let mut seen = Vec::new();
        variations(b"ab", |input| seen.push(input.to_vec()));
        for expected in [b"ab".as_slice(), b"", b"a", b"Ab", b"a\xFF", b"a\0", b"bb"] {
            assert!(seen.contains(&expected.to_vec()), "{expected:?}");
        }
        assert_eq!(seen.len(), 1 + 2 * 6);
    }

    #[test]
    #[should_panic(expected = "has no corpus")]
    fn a_target_without_corpus_is_no_test() {
        replay(&[("no_such_target", |_| {})]);
    }
}
