//! Progress where there is no terminal: a plain line at every change of state, and every few seconds while
//! bytes move.

use std::time::Duration;

use bgcopy_api::JobState;
use jiff::Timestamp;

use super::line::{state_text, trouble_text};
use super::model::View;
use crate::text::{Charset, printable};
use crate::units;

/// While bytes move, a line this often: a log of a night stays readable.
const INTERVAL: Duration = Duration::from_secs(5);

/// Decides when a job is worth a line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    last: Option<(Duration, JobState, Option<String>)>,
}

impl Lines {
    /// The line to print, if this view is worth one. `at` counts from any start.
    pub(crate) fn line(
        &mut self,
        view: &View,
        at: Duration,
        charset: Charset,
        now: Timestamp,
    ) -> Option<String> {
        let trouble = view.trouble.as_ref().map(|trouble| trouble.text.clone());
        let is_due = match &self.last {
            None => true,
            Some((_, state, before)) if *state != view.state || *before != trouble => true,
            Some((then, ..)) => view.state == JobState::Transferring && at.saturating_sub(*then) >= INTERVAL,
        };
        if !is_due {
            return None;
        }
        self.last = Some((at, view.state, trouble));
        Some(sentence(view, charset, now))
    }
}

/// A job in one line of words.
pub(crate) fn sentence(view: &View, charset: Charset, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = view.percent().filter(|_| view.total != Some(0)) {
        parts.push(format!("{percent}%"));
    }
    match view.total {
        Some(0) if view.bytes == 0 => {}
        Some(total) => parts.push(units::size_of(view.bytes, total)),
        None if view.bytes == 0 => {}
        None => parts.push(units::size(view.bytes)),
    }
    if view.files_total > 1 {
        parts.push(format!("{}/{} files", view.files_here, view.files_total));
    }
    if let Some(rate) = view.rate {
        parts.push(units::rate(rate));
    }
    if let Some(eta) = view.eta {
        parts.push(format!("{} left", units::span(eta)));
    }
    if let Some(source) = view.source.as_ref().filter(|_| view.state.is_running()) {
        parts.push(format!("from {source}"));
    }
    let mut line = format!("{}: {}", view.title, state_text(view.state));
    if !parts.is_empty() {
        line = format!("{line}, {}", parts.join(", "));
    }
    if let Some(trouble) = &view.trouble {
        line = format!("{line}; {}", trouble_text(trouble, now));
    }
    printable(&line, charset)
}
