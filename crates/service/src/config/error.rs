//! What is wrong with the configuration, in words that name the place and what would be right (K07).

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bgcopy_core::limits;

/// Who gave a setting its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Nobody: it is the default.
    Default,
    /// A line of a file.
    File {
        /// Which file.
        path: Arc<Path>,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A file or folder that is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file beyond its bound.
    #[error("{} is larger than {max} bytes; that is no configuration", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// How large it may be.
        max: u64,
    },
    /// A file that is no TOML.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A name that no setting has.
    #[error("{provider}: there is no setting {}{}", shown(name), suggestion(*nearest))]
    Unknown {
        /// Where it stands.
        provider: Provider,
        /// As it was written.
        name: String,
        /// The setting that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A value that the setting does not take.
    #[error("{provider}: {name} must be {expected}, not {found}")]
    Value {
        /// Where it stands.
        provider: Provider,
        /// Of which setting.
        name: String,
        /// What would be right.
        expected: String,
        /// As it was written.
        found: String,
    },
}

fn shown(name: &str) -> String {
    format!("{:?}", name.chars().take(limits::SHOWN_CHARS).collect::<String>())
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// Everything that is wrong; there is at least one problem.
#[derive(Debug)]
pub struct ConfigError {
    /// In the order of the layers.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    /// One problem a line. The causes are written too: an error has only one place to link a cause, and here
    /// may be several.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
            if let Some(cause) = problem.source() {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl Error for ConfigError {}
