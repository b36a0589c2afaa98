//! Progress on a terminal: each job has its lines, drawn over and over.

use std::collections::HashMap;

use bgcopy_api::JobId;
use bgcopy_api::core::Language;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::line::{Page, lines};
use super::model::View;
use crate::console::width_of;
use crate::text::Charset;

/// What is drawn.
pub(crate) struct Terminal {
    drawn: MultiProgress,
    bars: HashMap<JobId, ProgressBar>,
    reader: (Charset, Language),
    width: Box<dyn Fn() -> usize>,
}

impl Terminal {
    /// Draws to this target, as wide as the terminal that reads the errors; it may be resized.
    pub(crate) fn new(target: ProgressDrawTarget, reader: (Charset, Language)) -> Self {
        Self::with_width(target, reader, Box::new(|| width_of(&std::io::stderr())))
    }

    fn with_width(
        target: ProgressDrawTarget,
        reader: (Charset, Language),
        width: Box<dyn Fn() -> usize>,
    ) -> Self {
        Self { drawn: MultiProgress::with_draw_target(target), bars: HashMap::new(), reader, width }
    }

    /// Draws a job as it is now.
    pub(crate) fn show(&mut self, view: &View, now: Timestamp) {
        // The last column stays free: some terminals wrap as soon as it is written.
        let (charset, language) = self.reader;
        let page = Page { width: (self.width)().saturating_sub(1), charset, language, now };
        let bar = self.bars.entry(view.id).or_insert_with(|| {
            let bar = self.drawn.add(ProgressBar::no_length());
            // The message alone: how a line is composed is our own business, and tested.
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(lines(view, page).join("\n"));
    }

    /// Prints a line above what is drawn.
    pub(crate) fn note(&self, line: &str) {
        // A terminal that went away is noticed by the next print.
        let _ = self.drawn.println(line);
    }

    /// Takes everything off.
    pub(crate) fn clear(&mut self) {
        for (_, bar) in self.bars.drain() {
            bar.finish_and_clear();
        }
        let _ = self.drawn.clear();
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;
    use crate::fixture::view;

    #[test]
    fn notes_stand_above_the_jobs_and_clearing_leaves_them() {
        let screen = InMemoryTerm::new(6, 40);
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let mut terminal = Terminal::with_width(target, (Charset::Utf8, Language::English), Box::new(|| 40));
        terminal.show(&view(), Timestamp::UNIX_EPOCH);
        assert!(screen.contents().starts_with("big.iso"), "{}", screen.contents());
        terminal.note("the service went away; starting it again");
        assert!(screen.contents().starts_with("the service went away"), "{}", screen.contents());
        assert!(screen.contents().lines().nth(1).is_some_and(|line| line.starts_with("big.iso")));
        terminal.clear();
        assert_eq!(screen.contents(), "the service went away; starting it again");
    }
}
