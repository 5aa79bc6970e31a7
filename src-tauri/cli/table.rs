//! Aligned columns: as wide as their widest cell, two blanks between, nothing drawn around.

use crate::terminal::{FAINT, Text};

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

    #[test]
    fn a_long_address_keeps_both_ends() {
        assert_eq!(shortened("frontdesk@brightwater.dental", 15), "frontde….dental");
        assert_eq!(shortened("mira", 15), "mira");
    }
}
