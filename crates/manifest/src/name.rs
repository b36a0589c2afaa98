//! The name of a file in a manifest: a plain path beneath the folder that the user chose.

use std::collections::BTreeMap;
use std::fmt;

use bgcopy_core::limits::{PATH_BYTES, PROPOSED_NAME_BYTES};
use bgcopy_core::name::clean_file_name;

use crate::limits::NAME_DEPTH_MAX;
use crate::text::{is_plain, shown};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// It leads out of the folder (faults D07, CVE-2010-1512).
    #[error("the name {name:?} leads out of the folder; name the file by a plain path beneath it")]
    Climbs {
        /// The name.
        name: String,
    },
    /// Nothing is left of it when what could do harm is taken away.
    #[error("{name:?} names no file; give a name of visible characters")]
    Empty {
        /// The name.
        name: String,
    },
    /// Longer or deeper than a path may be.
    #[error(
        "the name {name:?} is too long; at most {NAME_DEPTH_MAX} folders and {PATH_BYTES} bytes are taken"
    )]
    TooLong {
        /// The name.
        name: String,
    },
    /// A character that no document may hold.
    #[error("the name {name:?} holds a control character or one that XML excludes")]
    Character {
        /// The name.
        name: String,
    },
    /// Two files that would be one, at least on a file system that knows no case.
    #[error("{first:?} and {second:?} would be one file; names must differ in more than case")]
    Clash {
        /// One name.
        first: String,
        /// The other.
        second: String,
    },
    /// A file where another needs a folder.
    #[error("{file:?} is a file, and {beneath:?} needs a folder of that name")]
    FileAsFolder {
        /// The file.
        file: String,
        /// The one beneath it.
        beneath: String,
    },
}

/// A relative path, made harmless: no `..`, no hidden file, no control character, every part as
/// [`clean_file_name`] leaves it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// Checks and cleans a name. A name that tries to leave its folder is refused and not mended: who
    /// writes one is not to be trusted with the rest.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        let name = || shown(text);
        if text.len() > PATH_BYTES || text.split('/').count() > NAME_DEPTH_MAX + 1 {
            return Err(FileNameError::TooLong { name: name() });
        }
        if text.is_empty() {
            return Err(FileNameError::Empty { name: name() });
        }
        if !text.chars().all(is_plain) {
            return Err(FileNameError::Character { name: name() });
        }
        // A backslash is a folder on other systems, and the list is for all of them.
        if text.contains('\\') || text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(FileNameError::Climbs { name: name() });
        }
        let parts: Option<Vec<String>> = text.split('/').map(clean).collect();
        parts.map(|parts| Self(parts.join("/"))).ok_or_else(|| FileNameError::Empty { name: name() })
    }

    /// The path, parts separated by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the file without its folders.
    pub fn base(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folders, outermost first, and the name of the file.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// What it would be called on a file system that knows no case.
    fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Taking away one thing can lay open another, so it is done until nothing is left to do. Every round
/// makes the name shorter.
fn clean(part: &str) -> Option<String> {
    let mut name = part.to_owned();
    loop {
        let cleaned = clean_file_name(&name)?;
        if cleaned == name {
            debug_assert!(cleaned.len() <= PROPOSED_NAME_BYTES);
            return Some(cleaned);
        }
        name = cleaned;
    }
}

/// Whether all names can be files beside each other (faults D07: duplicates, case clashes).
pub(crate) fn check_distinct<'a>(names: impl Iterator<Item = &'a FileName>) -> Result<(), FileNameError> {
    let mut folded = BTreeMap::<String, &FileName>::new();
    for name in names {
        if let Some(other) = folded.insert(name.folded(), name) {
            return Err(FileNameError::Clash { first: shown(other.as_str()), second: shown(name.as_str()) });
        }
    }
    for (path, name) in &folded {
        let folders = path.char_indices().filter(|&(_, c)| c == '/').map(|(at, _)| path.split_at(at).0);
        if let Some(file) = folders.filter_map(|folder| folded.get(folder)).next() {
            let (file, beneath) = (shown(file.as_str()), shown(name.as_str()));
            return Err(FileNameError::FileAsFolder { file, beneath });
        }
    }
    Ok(())
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::str::FromStr for FileName {
    type Err = FileNameError;

    fn from_str(text: &str) -> Result<Self, FileNameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_plain_paths_and_are_cleaned() {
        for (text, name) in [
            ("example.ext", "example.ext"),
            ("debian-amd64/sarge/Contents-amd64.gz", "debian-amd64/sarge/Contents-amd64.gz"),
            ("-rf/.bashrc", "rf/bashrc"),
            (". -x ", "x"),
            ("a\u{202e}gpj.exe", "agpj.exe"),
        ] {
            assert_eq!(FileName::parse(text).unwrap().as_str(), name, "{text:?}");
        }
        assert_eq!(FileName::parse("a/b/c.d").unwrap().base(), "c.d");
        assert_eq!(FileName::parse("a/b/c.d").unwrap().parts().count(), 3);
    }

    #[test]
    fn d07_names_that_climb_are_refused_and_not_mended() {
        for text in ["../x", "a/../b", "/etc/passwd", "a//b", "./a", "a/", "..", "a\\..\\b", "C:\\x"] {
            let refused = FileName::parse(text).unwrap_err();
            assert!(matches!(refused, FileNameError::Climbs { .. }), "{text:?}: {refused}");
        }
        assert!(matches!(FileName::parse(""), Err(FileNameError::Empty { .. })));
        assert!(matches!(FileName::parse("a/..."), Err(FileNameError::Empty { .. })));
        assert!(matches!(FileName::parse("a\0b"), Err(FileNameError::Character { .. })));
        assert!(matches!(FileName::parse("a\u{ffff}"), Err(FileNameError::Character { .. })));
        assert!(matches!(FileName::parse(&"a/".repeat(40)), Err(FileNameError::TooLong { .. })));
        assert!(matches!(FileName::parse(&"a".repeat(5_000)), Err(FileNameError::TooLong { .. })));
    }

    #[test]
    fn d07_names_that_would_be_one_file_are_refused() {
        let check = |names: &[&str]| {
            let names: Vec<FileName> = names.iter().map(|name| name.parse().unwrap()).collect();
            check_distinct(names.iter())
        };
        assert_eq!(check(&["a", "b/a", "b/c", "bc"]), Ok(()));
        let clash = |first: &str, second: &str| {
            Err(FileNameError::Clash { first: first.to_owned(), second: second.to_owned() })
        };
        assert_eq!(check(&["a", "b", "a"]), clash("a", "a"));
        assert_eq!(check(&["Readme", "README"]), clash("Readme", "README"));
        let file_as_folder = Err(FileNameError::FileAsFolder { file: "b".into(), beneath: "B/x/y".into() });
        assert_eq!(check(&["a", "B/x/y", "b"]), file_as_folder);
    }

    proptest! {
        #[test]
        fn a_name_stays_in_its_folder_and_is_read_back_as_itself(text in "([./~ -]|\\PC|\\\\|\\u{200e}|\\u{1}){0,30}") {
            if let Ok(name) = FileName::parse(&text) {
                for part in name.parts() {
                    prop_assert!(!part.is_empty() && !part.starts_with(['.', '-', '~', ' ']), "{name:?}");
                }
                prop_assert_eq!(FileName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
