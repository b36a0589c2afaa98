//! Progress where there is no terminal: a plain line at every change of state, and every few seconds while
//! bytes move.

use std::time::Duration;

use bgcopy_api::JobState;
use bgcopy_api::core::Language;
use jiff::Timestamp;

use super::line::stuck_text;
use super::model::View;
use crate::say::Say;
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
        reader: (Charset, Language),
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
        Some(sentence(view, reader, now))
    }
}

/// A job in one line of words.
fn sentence(view: &View, (charset, language): (Charset, Language), now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = view.percent().filter(|_| view.total != Some(0)) {
        parts.push(format!("{percent}%"));
    }
    match view.total {
        Some(0) if view.bytes == 0 => {}
        Some(total) if view.is_unchecked() => parts.push(units::size(total)),
        Some(total) => parts.push(units::size_of(view.bytes, total)),
        None if view.bytes == 0 => {}
        None => parts.push(units::size(view.bytes)),
    }
    if view.files_total > 1 {
        parts.push(Say::Files { here: view.files_here, total: view.files_total }.text(language));
    }
    if let Some(rate) = view.rate.filter(|rate| *rate > 0) {
        parts.push(units::rate(rate));
    }
    if let Some(eta) = view.eta {
        parts.push(Say::Left { span: &units::span(eta) }.text(language));
    }
    if let Some(source) = &view.source {
        parts.push(view.peer(source).text(language));
    }
    let mut line = format!("{}: {}", view.title, view.state);
    if !parts.is_empty() {
        line = format!("{line}, {}", parts.join(", "));
    }
    if let Some(text) = stuck_text(view, language, now) {
        line = format!("{line}; {text}");
    }
    printable(&line, charset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{trouble, view};

    const READER: (Charset, Language) = (Charset::Utf8, Language::English);

    #[test]
    fn a_line_is_printed_at_every_change_and_now_and_then_while_bytes_move() {
        let mut lines = Lines::default();
        let still = View { rate: None, eta: None, source: None, ..view() };
        let waiting = View { state: JobState::TransientError, trouble: Some(trouble()), ..still.clone() };
        let story = [
            (0, View { state: JobState::Queued, bytes: 0, total: None, ..still.clone() }),
            (
                1,
                View {
                    state: JobState::Connecting,
                    bytes: 0,
                    total: None,
                    source: view().source,
                    ..still.clone()
                },
            ),
            (2, view()),
            (4, view()),
            (7, View { bytes: 2 << 30, ..view() }),
            (8, waiting.clone()),
            (20, waiting),
            (
                21,
                View {
                    title: "big\u{202e}.iso".into(),
                    bytes: 4 << 30,
                    state: JobState::Acknowledged,
                    ..still
                },
            ),
        ];
        let printed: Vec<_> = story
            .iter()
            .filter_map(|(at, view)| {
                let line = lines.line(view, Duration::from_secs(*at), READER, Timestamp::UNIX_EPOCH)?;
                Some(format!("{at:>2} s  {line}"))
            })
            .collect();
        let printed = printed.join("\n");
        insta::assert_snapshot!(printed);
    }
}
