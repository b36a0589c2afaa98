//! A job on one line of a terminal, however narrow (faults J11: it works at 20 columns).

use bgcopy_api::JobState;
use bgcopy_api::core::Language;
use jiff::Timestamp;

use super::model::{Trouble, View};
use crate::reason::next;
use crate::remedies::short;
use crate::say::Say;
use crate::text::{Charset, columns, fit, fit_end, printable};
use crate::units;

/// What a line is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Columns of the terminal.
    pub(crate) width: usize,
    /// Characters it shows.
    pub(crate) charset: Charset,
    /// The reader's language.
    pub(crate) language: Language,
    /// The time, for "in 8 s".
    pub(crate) now: Timestamp,
}

/// Columns between two fields.
const GAP: usize = 2;
/// A name shorter than this says nothing, and gives way to figures.
const NAME_MIN: usize = 8;
/// A bar shorter than this shows nothing.
const BAR_MIN: usize = 10;
/// A bar longer than this is no clearer.
const BAR_MAX: usize = 40;

/// A field of the line, and how much it matters: the least goes first when the line is narrow.
struct Field {
    matters: u8,
    text: String,
}

/// The lines for a job: where it is, then what moves or what is wrong.
pub(crate) fn lines(view: &View, page: Page) -> Vec<String> {
    let mut lines = vec![compose(
        &printable(&view.title, page.charset),
        &fields(view, page.language),
        view.percent(),
        page,
    )];
    if let Some(text) = stuck_text(view, page.language, page.now) {
        let text = format!("  {}", printable(&text, page.charset));
        lines.push(fit_end(&text, page.width));
    } else if let Some(current) = view.current.as_ref().filter(|_| view.state.is_running()) {
        let amount =
            current.total.map_or_else(|| units::size(current.bytes), |t| units::size_of(current.bytes, t));
        let percent = current.percent().map(|percent| format!("{percent:>3}%"));
        let fields = percent
            .into_iter()
            .map(|text| Field { matters: 9, text })
            .chain([Field { matters: 5, text: amount }])
            .collect::<Vec<_>>();
        lines.push(compose(&format!("  {}", printable(&current.name, page.charset)), &fields, None, page));
    }
    lines
}

fn fields(view: &View, language: Language) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut push = |matters, text| fields.push(Field { matters, text });
    match view.percent() {
        Some(percent) => push(9, format!("{percent:>3}%")),
        // Nothing that could be told: the size alone follows, where it is known.
        None if view.is_unchecked() => view.total.into_iter().for_each(|total| push(5, units::size(total))),
        None => push(9, units::size(view.bytes)),
    }
    if let Some(total) = view.total.filter(|_| !view.is_unchecked()) {
        push(5, units::size_of(view.bytes, total));
    }
    if view.files_total > 1 {
        push(4, Say::Files { here: view.files_here, total: view.files_total }.text(language));
    }
    if view.state == JobState::Transferring {
        // A rate of nothing is worth its columns: it says that the transfer stands still.
        push(8, units::rate(view.rate.unwrap_or(0)));
        if let Some(eta) = view.eta {
            push(7, format!("ETA {}", units::clock(eta)));
        }
    } else {
        push(8, view.state.to_string());
    }
    if let Some(source) = &view.source {
        push(3, view.peer(&printable(source, Charset::Ascii)).text(language));
    }
    fields
}

/// Why a job does not move and what happens next.
pub(crate) fn stuck_text(view: &View, language: Language, now: Timestamp) -> Option<String> {
    match view.state {
        // Nobody else will: whoever follows it would wait for ever.
        JobState::Suspended => Some(Say::StartIt { id: &short(view.id) }.text(language)),
        state => view.trouble.as_ref().map(|trouble| trouble_text(trouble, state, language, now)),
    }
}

/// What happens next comes first: the end of a line may be cut.
fn trouble_text(trouble: &Trouble, state: JobState, language: Language, now: Timestamp) -> String {
    let next = next(trouble.waiting, trouble.retry_at, state, now);
    Say::Because { next: &next(language), reason: &trouble.text }.text(language)
}

/// Puts a line together: name, bar, fields. Every line fits its width.
fn compose(name: &str, fields: &[Field], percent: Option<u8>, page: Page) -> String {
    let kept = keep(fields, columns(name).min(NAME_MIN), page.width);
    let figures = kept.join("  ");
    let left = page.width.saturating_sub(columns(&figures) + GAP);
    if left < NAME_MIN.min(columns(name)) || columns(&figures) == 0 {
        return fit_end(&figures, page.width);
    }
    let bar = percent.and_then(|percent| {
        let room = left.checked_sub(columns(name) + GAP)?.min(BAR_MAX);
        (room >= BAR_MIN).then(|| bar(percent, room))
    });
    let name = fit(name, left);
    match bar {
        Some(bar) => format!("{name}  {bar}  {figures}"),
        None => format!("{name}  {figures}"),
    }
}

/// The fields that fit beside a name of so many columns, in their order.
fn keep(fields: &[Field], name: usize, width: usize) -> Vec<&str> {
    let mut by_weight: Vec<usize> = (0..fields.len()).collect();
    by_weight.sort_by_key(|&at| std::cmp::Reverse(fields[at].matters));
    let mut room = width.saturating_sub(name);
    let mut kept: Vec<usize> = Vec::new();
    for at in by_weight {
        let needed = columns(&fields[at].text) + GAP;
        // The name gives way to the two figures that matter most.
        if needed <= room || (kept.len() < 2 && needed <= room + name) {
            room = room.saturating_sub(needed);
            kept.push(at);
        }
    }
    kept.sort_unstable();
    kept.into_iter().map(|at| fields[at].text.as_str()).collect()
}

fn bar(percent: u8, width: usize) -> String {
    let inner = width - 2;
    let full = inner * usize::from(percent) / 100;
    format!("[{}{}]", "#".repeat(full), ".".repeat(inner - full))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{trouble, view};
    use crate::progress::model::Current;

    fn page(width: usize) -> Page {
        Page { width, charset: Charset::Utf8, language: Language::English, now: Timestamp::UNIX_EPOCH }
    }

    fn views() -> Vec<(&'static str, View)> {
        let long = View { title: "debian-13.0.0-amd64-netinst-with-firmware.iso".into(), ..view() };
        let unknown = View { total: None, eta: None, rate: Some(0), ..view() };
        let none = View { rate: None, eta: None, source: None, ..view() };
        let several = View {
            title: "a.iso and 2 more".into(),
            files_here: 1,
            files_total: 3,
            current: Some(Current {
                name: "b\n\u{1b}[2Jevil.iso".into(),
                bytes: 5 << 20,
                total: Some(9 << 20),
            }),
            ..view()
        };
        let done = View { bytes: 4 << 30, files_here: 1, state: JobState::Transferred, ..none.clone() };
        vec![
            ("transferring", view()),
            ("a long name", long),
            ("size unknown, standing still", unknown),
            ("several files", several),
            ("queued", View { state: JobState::Queued, bytes: 0, total: None, ..none.clone() }),
            ("connecting", View { state: JobState::Connecting, source: view().source, ..none.clone() }),
            ("suspended", View { state: JobState::Suspended, ..none.clone() }),
            ("waiting", View { state: JobState::TransientError, trouble: Some(trouble()), ..none }),
            ("all here", done),
        ]
    }

    #[test]
    fn jobs_are_shown_on_terminals_of_every_width() {
        let mut shown = String::new();
        for width in [20, 40, 79, 120] {
            shown.push_str(&format!("{}\n", "-".repeat(width)));
            for (name, view) in views() {
                shown.push_str(&format!("{name}:\n{}\n", lines(&view, page(width)).join("\n")));
            }
        }
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn j11_no_line_is_wider_than_its_terminal() {
        for width in 0..200 {
            for (name, view) in views() {
                for line in lines(&view, page(width)) {
                    assert!(columns(&line) <= width, "{name} at {width}: {line}");
                    assert!(!line.contains('\u{1b}'), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn j11_the_c_locale_is_shown_ascii_alone() {
        let view =
            View { title: "na\u{ef}ve.iso".into(), source: Some("b\u{fc}cher.example".into()), ..view() };
        let page = Page { charset: Charset::Ascii, ..page(120) };
        assert!(lines(&view, page).iter().all(|line| line.is_ascii()));
    }
}
