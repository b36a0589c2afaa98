//! Where settings come from, the weakest first: files of the machine, file of the user, environment, flags.

use std::ffi::OsString;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use super::Draft;
use super::error::{Problem, Provider};
use super::options::{NAMES, Refused};
use super::value::{Raw, Wrong, raw};

/// A configuration file is written by hand; a larger one is the wrong file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The variable with our prefix that is no setting: where the service is found.
const SOCKET_VARIABLE: &str = "BGCOPY_SOCKET";

/// Which files are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// The usual ones, each of which may be missing.
    Usual {
        /// `config.toml` and `conf.d/*.toml` in this folder: `/etc/bgcopy`.
        machine: PathBuf,
        /// The user's own file; none for a machine-wide service.
        user: Option<PathBuf>,
    },
    /// Only this one, which must be there (`--config`).
    Only(PathBuf),
}

/// A flag of the command line that sets a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// As it was typed: `--idle-exit`.
    pub flag: &'static str,
    /// The setting.
    pub setting: &'static str,
    /// The word after it.
    pub value: String,
}

/// Settings and their words that stand in for the defaults, in a service of a certain kind.
pub type Preset = &'static [(&'static str, &'static str)];

/// Everything that settings are read from. Files are read again at a reload; environment and flags stay as
/// they were when the process started.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Which files are read.
    pub files: Files,
    /// The environment, as [`std::env::vars_os`] gives it.
    pub environment: Vec<(OsString, OsString)>,
    /// The flags.
    pub flags: Vec<Flag>,
    /// What stands in for the defaults: weaker than all that anybody says.
    pub preset: Preset,
}

impl Sources {
    pub(super) fn read(&self) -> Draft {
        let mut draft = Draft::default();
        for (setting, value) in self.preset {
            draft.set(setting, Raw::Word(value), Provider::Default, |_| Provider::Default);
        }
        match &self.files {
            Files::Only(path) => draft.read_file(path, Missing::Refused),
            Files::Usual { machine, user } => {
                draft.read_file(&machine.join("config.toml"), Missing::Fine);
                draft.read_folder(&machine.join("conf.d"));
                if let Some(user) = user {
                    draft.read_file(user, Missing::Fine);
                }
            }
        }
        draft.read_environment(&self.environment);
        for Flag { flag, setting, value } in &self.flags {
            let provider = Provider::Flag(flag);
            draft.set(setting, Raw::Word(value), provider.clone(), |_| provider.clone());
        }
        draft
    }
}

/// What a file that is not there means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Fine,
    Refused,
}

impl Draft {
    fn read_file(&mut self, path: &Path, missing: Missing) {
        match read_bounded(path) {
            Ok(text) => self.read_text(path, &text),
            Err(Problem::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound && missing == Missing::Fine => {}
            Err(problem) => self.problems.push(problem),
        }
    }

    /// The drop-ins of a folder, by name. Hidden files and other endings are not ours: editors and package
    /// managers leave them behind.
    fn read_folder(&mut self, folder: &Path) {
        let names = match drop_ins(folder) {
            Ok(names) => names,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return,
            Err(source) => {
                return self.problems.push(Problem::Unreadable { path: folder.to_owned(), source });
            }
        };
        for path in names {
            self.read_file(&path, Missing::Refused);
        }
    }

    pub(super) fn read_text(&mut self, path: &Path, text: &str) {
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let (line, column) = position(text, error.span().unwrap_or_default());
                let message = error.message().to_owned();
                return self.problems.push(Problem::Syntax { path: path.to_owned(), line, column, message });
            }
        };
        let file: Arc<Path> = path.into();
        // The table is sorted by name; problems are told in the order of the file.
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let at = |start| Provider::File { path: file.clone(), line: position(text, start..start).0 };
            self.set(name.get_ref(), raw(value.get_ref()), at(name.span().start), at);
        }
    }

    fn read_environment(&mut self, environment: &[(OsString, OsString)]) {
        let ours = environment.iter().filter_map(|(variable, value)| {
            let variable = variable.to_str()?;
            let name = variable.strip_prefix("BGCOPY_")?.to_ascii_lowercase();
            (variable != SOCKET_VARIABLE).then_some((variable, name, value.to_string_lossy()))
        });
        for (variable, name, value) in ours {
            if NAMES.contains(&name.as_str()) {
                let provider = Provider::Environment(variable.to_owned());
                self.set(&name, Raw::Word(&value), provider.clone(), |_| provider.clone());
            } else {
                // The environment is shared with others, who may use our prefix: a name that is not ours is
                // worth a word, not a refusal.
                let meant =
                    nearest(&name).map(|name| format!("; did you mean BGCOPY_{}?", name.to_uppercase()));
                let meant = meant.unwrap_or_default();
                self.warnings.push(format!("environment variable {variable:?} is no setting{meant}"));
            }
        }
    }

    /// Takes a value. `at` is who gives the part of it that begins at an offset.
    fn set(&mut self, name: &str, raw: Raw<'_>, provider: Provider, at: impl Fn(usize) -> Provider) {
        let problem = match self.config.set(name, raw) {
            Ok(()) => {
                self.providers.insert(name.to_owned(), provider);
                return;
            }
            Err(Refused::Unknown) => {
                Problem::Unknown { provider, name: name.to_owned(), nearest: nearest(name) }
            }
            Err(Refused::Wrong(Wrong { within, expected, found, at: start })) => {
                let provider = start.map_or(provider, at);
                Problem::Value { provider, name: format!("{name}{within}"), expected, found }
            }
        };
        self.problems.push(problem);
    }
}

fn drop_ins(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|ending| ending == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read_bounded(path: &Path) -> Result<String, Problem> {
    let unreadable = |source| Problem::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(Problem::TooLarge { path: path.to_owned(), max: FILE_BYTES_MAX });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let (line, column) = position(&before, good..good);
        Problem::Syntax { path: path.to_owned(), line, column, message: "the text is not UTF-8".to_owned() }
    })
}

/// Line and column, counted from 1, of the start of a span.
fn position(text: &str, span: Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The setting that was probably meant: at most a third of its letters are wrong.
fn nearest(name: &str) -> Option<&'static str> {
    // The distance of longer texts is costly to find and never small.
    let name = if name.len() <= 64 { name.to_ascii_lowercase().replace('-', "_") } else { return None };
    let distance = |known: &str| strsim::osa_distance(&name, known);
    // Names begin alike: what was cut short ("idle_exit") is near although many letters are missing.
    let starts = |known: &&&str| name.len() >= 5 && known.starts_with(&name);
    NAMES
        .iter()
        .min_by_key(|known| distance(known))
        .filter(|known| distance(known) <= known.len() / 3)
        .or_else(|| NAMES.iter().find(starts))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood() {
        for (typed, meant) in [
            ("idle_exit_second", Some("idle_exit_seconds")),
            ("idle_exit", Some("idle_exit_seconds")),
            ("Background-Jobs", Some("background_jobs")),
            ("jobs_background", None),
            ("log_levle", Some("log_level")),
            ("max_download_bandwidth", Some("max_background_download_bandwidth")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed), meant, "{typed:?}");
        }
        assert_eq!(nearest(&"x".repeat(100_000)), None);
    }

    #[test]
    fn a_position_is_line_and_column_of_a_person() {
        let text = "a\nüb\n";
        assert_eq!(position(text, 0..1), (1, 1));
        assert_eq!(position(text, 4..5), (2, 2));
        assert_eq!(position(text, 99..99), (3, 1));
    }
}
