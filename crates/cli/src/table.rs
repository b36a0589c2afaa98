//! Columns of text.

use crate::text::{columns, fit};

/// Rows under a header; every column as wide as its widest cell.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

/// Columns between two cells.
const GAP: usize = 2;

impl Table {
    /// A table with these heads.
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    /// Adds a row. Cells are fit to be shown: the caller made them printable.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as lines. On a terminal of so many columns the last column, which holds names, is cut.
    pub(crate) fn render(&self, width: Option<usize>) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..count)
            .map(|at| {
                self.rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell)).max().unwrap_or(0)
            })
            .collect();
        let before_last: usize = widths.iter().rev().skip(1).map(|width| width + GAP).sum();
        let last = width.map(|width| width.saturating_sub(before_last).max(LAST_MIN));
        self.rows.iter().fold(String::new(), |text, row| format!("{text}{}\n", line(row, &widths, last)))
    }
}

/// The last column keeps this much, even when lines then wrap: a name cut to nothing helps nobody.
const LAST_MIN: usize = 16;

fn line(row: &[String], widths: &[usize], last: Option<usize>) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        match last.filter(|_| at + 1 == widths.len()) {
            Some(last) => line.push_str(&fit(cell, last)),
            None => {
                line.push_str(cell);
                line.push_str(&" ".repeat(width - columns(cell) + GAP));
            }
        }
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_only_the_last_one_is_cut() {
        let mut table = Table::new(&["ID", "STATE", "NAME"]);
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
}
