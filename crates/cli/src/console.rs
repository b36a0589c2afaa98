//! What the commands print, and for whom: two streams, the reader's characters, language and clock.

use std::io::{self, IsTerminal as _, Write};

use bgcopy_api::core::Language;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::explain::Reader;
use crate::failure::Failure;
use crate::say::Say;
use crate::text::{Charset, locale, printable, printable_lines};

/// Results go to `out`; progress, notes and errors to `err`.
pub(crate) struct Console {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Where progress is drawn, if a terminal reads the errors.
    pub(crate) drawing: Option<indicatif::ProgressDrawTarget>,
    /// Columns of the terminal that reads the results, if one does.
    pub(crate) out_width: Option<usize>,
    /// Characters that the reader's terminal shows.
    pub(crate) charset: Charset,
    /// The reader's language.
    pub(crate) language: Language,
    /// The reader's time zone.
    pub(crate) zone: TimeZone,
    /// JSON is asked for.
    pub(crate) json: bool,
    /// Errors only.
    pub(crate) quiet: bool,
}

/// Columns of a terminal that does not say how many it has.
pub(crate) const WIDTH_DEFAULT: usize = 80;

impl Console {
    /// The streams of this process.
    pub(crate) fn of_process(json: bool, quiet: bool) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        // A terminal that cannot move its cursor is as good as none.
        let draws = io::stderr().is_terminal() && variable("TERM").is_none_or(|term| term != "dumb");
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            drawing: draws.then(indicatif::ProgressDrawTarget::stderr),
            out_width: io::stdout().is_terminal().then(|| width_of(&io::stdout())),
            charset: Charset::from_environment(variable),
            language: Language::from_tag(&locale(variable, "LC_MESSAGES")).unwrap_or_default(),
            zone: TimeZone::system(),
            json,
            quiet,
        }
    }

    /// A console that writes elsewhere.
    #[cfg(test)]
    pub(crate) fn with_streams(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self {
            out,
            err,
            drawing: None,
            out_width: None,
            charset: Charset::Utf8,
            language: Language::English,
            zone: TimeZone::UTC,
            json: false,
            quiet: false,
        }
    }

    /// Prints a line of results. Whatever a terminal could obey is written out, line breaks too: names of
    /// jobs and files are other people's.
    pub(crate) fn print(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{}", printable(line, self.charset))?;
        Ok(self.out.flush()?)
    }

    /// Prints several lines of results, put together from printable parts.
    pub(crate) fn print_text(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.out, "{}", printable_lines(text.trim_end_matches('\n'), self.charset))?;
        Ok(self.out.flush()?)
    }

    /// Prints a text of our own as it is, such as a script or a manual page.
    pub(crate) fn print_raw(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.out.write_all(text)?;
        Ok(self.out.flush()?)
    }

    /// Prints a value as one line of JSON. JSON has its own escapes, so locale and terminal do not matter.
    pub(crate) fn print_json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(value).map_err(io::Error::from)?;
        writeln!(self.out, "{line}")?;
        Ok(self.out.flush()?)
    }

    /// Tells the reader something beside the results, in a line; not with `--quiet`.
    pub(crate) fn note(&mut self, line: &str) -> Result<(), Failure> {
        if self.quiet { Ok(()) } else { self.tell(line) }
    }

    /// Whether the files of a job are told of one by one.
    pub(crate) const fn lists_files(&self) -> bool {
        self.json || !self.quiet
    }

    /// As [`Console::note`], in the reader's language.
    pub(crate) fn say(&mut self, say: Say<'_>) -> Result<(), Failure> {
        self.note(&say.text(self.language))
    }

    /// Tells the reader, in a line, something that matters even with `--quiet`.
    pub(crate) fn tell(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.err, "{}", printable(line, self.charset))?;
        Ok(self.err.flush()?)
    }

    /// As [`Console::tell`], several lines put together from printable parts.
    pub(crate) fn tell_text(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.err, "{}", printable_lines(text.trim_end_matches('\n'), self.charset))?;
        Ok(self.err.flush()?)
    }

    /// A text on one line, fit for the reader's terminal.
    pub(crate) fn printable(&self, text: &str) -> String {
        printable(text, self.charset)
    }

    /// For whom explanations are written.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            language: self.language,
            charset: self.charset,
            zone: self.zone.clone(),
            now: Timestamp::now(),
        }
    }
}

/// Columns of a terminal.
pub(crate) fn width_of(terminal: &impl std::os::fd::AsFd) -> usize {
    match rustix::termios::tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => WIDTH_DEFAULT,
    }
}
