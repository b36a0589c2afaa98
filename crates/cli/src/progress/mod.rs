//! Showing how far jobs are: on a terminal, as plain lines, as JSON, or not at all.

pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod lines;
pub(crate) mod model;
pub(crate) mod terminal;

use std::collections::HashMap;
use std::time::Instant;

use bgcopy_api::JobId;
use jiff::Timestamp;

use crate::console::Console;
use crate::failure::Failure;
use json::Line;
use lines::Lines;
use model::View;
use terminal::Terminal;

/// Shows jobs as they move.
pub(crate) struct Progress {
    style: Style,
    start: Instant,
}

enum Style {
    Terminal(Terminal),
    Lines(HashMap<JobId, Lines>),
    Json(HashMap<JobId, View>),
    Quiet,
}

impl Progress {
    /// The style that suits the console.
    pub(crate) fn new(console: &mut Console) -> Self {
        let style = match (console.json, console.quiet, console.drawing.take()) {
            (true, ..) => Style::Json(HashMap::new()),
            (false, true, _) => Style::Quiet,
            (false, false, Some(target)) => {
                Style::Terminal(Terminal::new(target, (console.charset, console.language)))
            }
            (false, false, None) => Style::Lines(HashMap::new()),
        };
        Self { style, start: Instant::now() }
    }

    /// Whether files are worth asking for while bytes move: where the file under way is shown.
    pub(crate) const fn shows_files(&self) -> bool {
        matches!(self.style, Style::Terminal(_))
    }

    /// Shows a job as it is now.
    pub(crate) fn show(&mut self, view: &View, console: &mut Console) -> Result<(), Failure> {
        let now = Timestamp::now();
        match &mut self.style {
            Style::Terminal(terminal) => {
                terminal.show(view, now);
                Ok(())
            }
            Style::Lines(jobs) => {
                let lines = jobs.entry(view.id).or_default();
                match lines.line(view, self.start.elapsed(), (console.charset, console.language), now) {
                    Some(line) => console.note(&line),
                    None => Ok(()),
                }
            }
            Style::Json(shown) => {
                if shown.get(&view.id) == Some(view) {
                    return Ok(());
                }
                shown.insert(view.id, view.clone());
                console.print_json(&Line::from(view))
            }
            Style::Quiet => Ok(()),
        }
    }

    /// Says something about the following itself.
    pub(crate) fn note(&mut self, message: &str, console: &mut Console) -> Result<(), Failure> {
        match &mut self.style {
            Style::Terminal(terminal) => {
                terminal.note(&console.printable(message));
                Ok(())
            }
            Style::Json(_) => console.print_json(&Line::Note { message }),
            Style::Lines(_) | Style::Quiet => console.note(message),
        }
    }

    /// Takes what is drawn off the terminal: what comes next is printed.
    pub(crate) fn clear(&mut self) {
        if let Style::Terminal(terminal) = &mut self.style {
            terminal.clear();
        }
    }
}
