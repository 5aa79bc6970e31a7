//! Aligned columns: as wide as their widest cell, two blanks between, nothing drawn around.

use crate::terminal::{FAINT, Text};

/// A name that somebody chose may have any length; so much of it tells it apart.
pub(crate) const LONGEST_NAME: usize = 60;
/// On the narrowest screen so much of a name stays.
const SHORTEST_NAME: usize = 16;

/// Rows under heads. A row may carry lines of its own below it.
pub(crate) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<(Vec<Text>, Vec<Text>)>,
}

impl Table {
    pub(crate) fn new(heads: &[&'static str]) -> Self {
        Self { heads: heads.to_vec(), rows: vec![] }
    }

    pub(crate) fn row(&mut self, cells: Vec<Text>) {
        self.rows.push((cells, vec![]));
    }

    /// Stands below the row before.
    pub(crate) fn below(&mut self, line: Text) {
        if let Some((_, lines)) = self.rows.last_mut() {
            lines.push(line);
        }
    }

    /// Empties columns in this order until the rows fit; `None`: there is room for everything.
    #[must_use]
    pub(crate) fn within(mut self, room: Option<usize>, dispensable: &[usize]) -> Self {
        let Some(room) = room else { return self };
        for column in dispensable {
            if self.width() <= room {
                break;
            }
            for (cells, _) in &mut self.rows {
                if let Some(cell) = cells.get_mut(*column) {
                    *cell = Text::default();
                }
            }
        }
        self
    }

    /// Cuts these columns, which hold names that others chose, in the middle: at a width that can be read, and where
    /// the rows do not fit, the widest first until they do.
    #[must_use]
    pub(crate) fn names_within(mut self, room: Option<usize>, names: &[usize]) -> Self {
        let mut widths: Vec<(usize, usize)> =
            names.iter().map(|column| (*column, self.widest(*column).min(LONGEST_NAME))).collect();
        self.cut(&widths);
        let mut over = room.map_or(0, |room| self.width().saturating_sub(room));
        if over == 0 {
            return self;
        }
        while over > 0 {
            let Some((_, width)) = widths.iter_mut().filter(|(_, it)| *it > SHORTEST_NAME).max_by_key(|(_, it)| *it)
            else {
                break;
            };
            *width -= 1;
            over -= 1;
        }
        self.cut(&widths);
        self
    }

    fn cut(&mut self, widths: &[(usize, usize)]) {
        for (cells, _) in &mut self.rows {
            for (column, width) in widths {
                if let Some(cell) = cells.get_mut(*column) {
                    *cell = std::mem::take(cell).within(*width);
                }
            }
        }
    }

    fn widest(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|(cells, _)| cells.get(column)).map(Text::width).max().unwrap_or(0)
    }

    /// Of the widest aligned row; lines below rows may wrap.
    fn width(&self) -> usize {
        let widest = |column: usize| self.rows.iter().filter_map(|(cells, _)| cells.get(column)).map(Text::width).max();
        let used = (0..self.heads.len()).filter_map(|column| {
            let cells = widest(column).filter(|width| *width > 0)?;
            Some(cells.max(Text::from(self.heads[column]).width()) + 2)
        });
        used.sum::<usize>().saturating_sub(2)
    }

    pub(crate) fn lines(self) -> Vec<Text> {
        let is_used =
            |column: usize| self.rows.iter().any(|(cells, _)| cells.get(column).is_some_and(|it| it.width() > 0));
        let columns: Vec<_> = (0..self.heads.len()).filter(|column| is_used(*column)).collect();
        let heads: Vec<_> = self.heads.iter().map(|head| Text::styled(FAINT, head)).collect();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(column));
            cells.chain(heads.get(column)).map(Text::width).max().unwrap_or(0)
        };
        let widths: Vec<_> = columns.iter().map(|column| width(*column)).collect();
        let aligned = |cells: &[Text]| {
            let mut line = Text::default();
            let mut owed = 0;
            for (column, width) in columns.iter().zip(&widths) {
                let cell = cells.get(*column).cloned().unwrap_or_default();
                // Blanks only before something: no line ends in them.
                if cell.width() > 0 {
                    line = line.plain(" ".repeat(owed));
                    owed = 0;
                }
                owed += width - cell.width() + 2;
                line = line.followed_by(cell);
            }
            line
        };

        let mut lines = vec![];
        if self.heads.iter().any(|head| !head.is_empty()) {
            lines.push(aligned(&heads));
        }
        for (cells, below) in self.rows {
            lines.push(aligned(&cells));
            lines.extend(below);
        }
        lines
    }
}

/// A name and what it is, one below the other; absent ones left out.
pub(crate) fn facts(rows: Vec<(&'static str, Option<Text>)>) -> Vec<Text> {
    let mut table = Table::new(&["", ""]);
    for (name, value) in rows {
        if let Some(value) = value {
            table.row(vec![Text::styled(FAINT, format!("  {name}")), value]);
        }
    }
    table.lines()
}

/// Cut in the middle: both ends of an address tell it apart.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let front = most / 2;
    let back = most.saturating_sub(front + 1);
    text.chars().take(front).chain(['…']).chain(text.chars().skip(length - back)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::new(&["Name", "Nothing", "Id"]);
        table.row(vec![Text::from("a"), Text::default(), Text::from("1")]);
        table.row(vec![Text::from("longer"), Text::default(), Text::from("2")]);

        let starts: Vec<_> = table.lines().iter().map(Text::width).collect();

        assert_eq!(starts, ["Name    Id".len(), "a       1".len(), "longer  2".len()]);
    }

    #[test]
    fn on_a_narrow_screen_dispensable_columns_leave_until_the_rows_fit() {
        let table = || {
            let mut table = Table::new(&["Name", "Grant until", "Id"]);
            table.row(vec![Text::from("a"), Text::from("no end known"), Text::from("con_1")]);
            table
        };
        let widest = |room| table().within(room, &[1]).lines().iter().map(Text::width).max();

        assert_eq!(widest(Some(20)), Some("Name  con_1".len()));
        assert_eq!(widest(Some(80)), widest(None), "there is room");
    }

    /// D1: a hostile name pushes nothing out of sight, on a terminal or in a file.
    #[test]
    fn a_name_of_ten_thousand_letters_does_not_widen_the_table() {
        let table = || {
            let mut table = Table::new(&["Workflow", "Customer", "Id"]);
            table.row(vec![Text::from("x".repeat(10_000)), Text::from("y".repeat(300)), Text::from("wfl_1")]);
            table.row(vec![Text::from("Invoices"), Text::from("Halden"), Text::from("wfl_2")]);
            table
        };
        let widest = |room| table().names_within(room, &[0, 1]).lines().iter().map(Text::width).max();

        assert_eq!(widest(None), Some(60 + 2 + 60 + 2 + 5), "where there is no screen");
        assert_eq!(widest(Some(80)), Some(80), "names give way until the rows fit");
        assert_eq!(widest(Some(20)), Some(16 + 2 + 16 + 2 + 5), "and no further than they can be told apart");
        let short = |room| {
            let mut table = Table::new(&["Workflow", "Id"]);
            table.row(vec![Text::from("Invoices"), Text::from("wfl_2")]);
            table.names_within(room, &[0]).lines()[1].width()
        };
        assert_eq!(short(Some(4)), short(None), "a short name is never cut");
    }

    #[test]
    fn a_long_address_keeps_both_ends() {
        assert_eq!(shortened("frontdesk@brightwater.dental", 15), "frontde….dental");
        assert_eq!(shortened("mira", 15), "mira");
    }
}
