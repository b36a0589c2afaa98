//! Columns of text.

use crate::text::{columns, fit, fit_end};

/// Rows under a header; every column as wide as its widest cell.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    cuts: &'static [Cut],
}

/// What of a cell goes where the terminal is too narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The middle: of names, which differ at both ends.
    Middle,
    /// The end: of sentences.
    End,
}

/// Columns between two cells.
const GAP: usize = 2;

impl Table {
    /// A table with these heads. Its last columns are cut on a terminal that is too narrow for them, each in its
    /// way.
    pub(crate) fn new(heads: &[&str], cuts: &'static [Cut]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()], cuts }
    }

    /// Adds a row. Cells are fit to be shown: the caller made them printable.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as lines, for a terminal of so many columns, or for none.
    pub(crate) fn render(&self, width: Option<usize>) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..count)
            .map(|at| {
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell)).max().unwrap_or(0)
            })
            .collect();
        let fixed = count.saturating_sub(self.cuts.len());
        if let Some(width) = width {
            let before: usize = widths.iter().take(fixed).map(|width| width + GAP).sum();
            let shares = share(width.saturating_sub(before), &widths[fixed..]);
            widths.splice(fixed.., shares);
        }
        self.rows
            .iter()
            .fold(String::new(), |text, row| format!("{text}{}\n", self.line(row, &widths, fixed)))
    }

    fn line(&self, row: &[String], widths: &[usize], fixed: usize) -> String {
        let cells = row.iter().zip(widths).enumerate().map(|(at, (cell, &width))| {
            let cut = at.checked_sub(fixed).and_then(|at| self.cuts.get(at));
            let cell = match cut {
                Some(Cut::Middle) => fit(cell, width),
                Some(Cut::End) => fit_end(cell, width),
                None => cell.clone(),
            };
            let pad = " ".repeat(width.saturating_sub(columns(&cell)) + GAP);
            cell + &pad
        });
        cells.collect::<String>().trim_end().to_owned()
    }
}

/// A column that is cut keeps this much, even when lines then wrap: a name cut to nothing helps nobody.
const CUT_MIN: usize = 16;

/// How much of the room each column gets that wants so much: the same for all, but no more than it wants.
fn share(room: usize, wanted: &[usize]) -> Vec<usize> {
    let mut left = room.saturating_sub(GAP * wanted.len().saturating_sub(1));
    let mut shares = wanted.to_vec();
    let mut modest_first: Vec<usize> = (0..wanted.len()).collect();
    modest_first.sort_by_key(|&at| wanted[at]);
    for (done, at) in modest_first.into_iter().enumerate() {
        let fair = left / (wanted.len() - done);
        shares[at] = wanted[at].min(fair.max(CUT_MIN));
        left = left.saturating_sub(shares[at]);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_only_the_last_one_is_cut() {
        let mut table = Table::new(&["ID", "STATE", "NAME"], &[Cut::Middle]);
        table.push(["3f2a1b4c".into(), "queued".into(), "a file with a rather long name.iso".into()]);
        table.push(["00000000".into(), "日本".into(), "b".into()]);
        assert_eq!(
            table.render(Some(38)),
            "ID        STATE   NAME\n\
             3f2a1b4c  queued  a file wi.. name.iso\n\
             00000000  日本    b\n"
        );
        assert!(table.render(None).contains("a file with a rather long name.iso"));
        assert!(table.render(Some(5)).contains("a file ..ame.iso"));
    }

    #[test]
    fn columns_that_are_cut_share_what_is_left() {
        let mut table = Table::new(&["ID", "NAME", "WHY"], &[Cut::Middle, Cut::End]);
        table.push(["1".into(), "debian-13.0.0-amd64-netinst.iso".into(), "needs you: http-404".into()]);
        table.push(["2".into(), "b".into(), "tries again in 8 s: connect (connection refused)".into()]);
        assert_eq!(
            table.render(Some(52)),
            "ID  NAME                     WHY\n\
             1   debian-13.0..etinst.iso  needs you: http-404\n\
             2   b                        tries again in 8 s: c..\n"
        );
        assert!(table.render(Some(52)).lines().all(|line| columns(line) <= 52));
        // Of a short name the other column gets the rest.
        assert_eq!(share(60, &[5, 90]), [5, 53]);
        assert_eq!(share(60, &[90, 5]), [53, 5]);
        assert_eq!(share(60, &[90, 90]), [29, 29]);
        assert_eq!(share(0, &[90, 90]), [CUT_MIN, CUT_MIN]);
    }
}
