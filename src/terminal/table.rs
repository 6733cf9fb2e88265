//! Tables for people: as wide as the terminal and no wider. What is in a cell is made harmless here; nothing else may be
//! in one that a terminal obeys.

use unicode_width::UnicodeWidthStr as _;

use super::screen::Screen;
use crate::base::characters::harmless_line;

const GAP: &str = "  ";

/// By so many characters most names are told apart.
const TELLING: usize = 24;

/// What a column gives up where there is no room for all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Nothing,
    /// It is left out; the highest first.
    Itself(u8),
    /// The ends of its cells, down to so many characters.
    Ends(usize),
}

pub(crate) struct Column {
    title: &'static str,
    room: Room,
    cells: Vec<Cell>,
}

#[derive(Clone)]
pub(crate) struct Cell {
    text: String,
    style: &'static str,
}

impl Cell {
    /// `style` as a terminal knows it (ECMA-48, SGR), such as `31`; empty: none.
    pub(crate) fn new(text: &str, style: &'static str) -> Cell {
        Cell { text: harmless_line(text), style }
    }

    fn width(&self) -> usize {
        self.text.width()
    }

    /// Cut to `width` and, unless nothing follows, filled up to it.
    fn shown(&self, width: usize, last: bool, colored: bool) -> String {
        let text = cut(&self.text, width);
        let fill = if last { 0 } else { width.saturating_sub(text.width()) };
        let painted = match colored && !self.style.is_empty() && !text.is_empty() {
            true => format!("\x1b[{}m{text}\x1b[0m", self.style),
            false => text,
        };
        painted + &" ".repeat(fill)
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if kept.width() >= width {
            kept.pop();
            break;
        }
    }
    kept + "…"
}

impl Column {
    pub(crate) fn new(title: &'static str, room: Room, cells: Vec<Cell>) -> Column {
        Column { title, room, cells }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(Cell::width);
        cells.chain([self.title.width()]).max().unwrap_or(0)
    }
}

/// For scripts, and for what is never wide: as wide as its widest cells, without a colour.
pub(crate) fn plain<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows = std::iter::once(head.map(str::to_owned)).chain(rows);
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|cell| harmless_line(&cell))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// The columns that fit, each line ended. An empty one is left out.
pub(crate) fn fitted(mut columns: Vec<Column>, screen: Screen) -> String {
    columns.retain(|column| column.cells.iter().any(|cell| !cell.text.is_empty()));
    let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
    let total = |widths: &[usize]| widths.iter().sum::<usize>() + widths.len().saturating_sub(1) * GAP.len();
    // A single long name costs nobody a column.
    let tight = |columns: &[Column], widths: &[usize]| {
        let cut = |(column, width): (&Column, &usize)| match column.room {
            Room::Ends(_) => (*width).min(TELLING),
            _ => *width,
        };
        total(&columns.iter().zip(widths).map(cut).collect::<Vec<_>>()) > screen.columns
    };
    while tight(&columns, &widths)
        && let Some(at) = spare(&columns)
    {
        columns.remove(at);
        widths.remove(at);
    }
    while total(&widths) > screen.columns
        && let Some(at) = widest(&columns, &widths)
    {
        widths[at] -= 1;
    }
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    let head = columns.iter().map(|column| Cell::new(column.title, "1")).collect();
    let body = (0..rows).map(|row| columns.iter().map(|column| column.cells[row].clone()).collect());
    std::iter::once(head).chain(body).map(|row: Vec<Cell>| line(&row, &widths, screen.colored)).collect()
}

fn line(row: &[Cell], widths: &[usize], colored: bool) -> String {
    // What is filled up to nothing but the end would be cut off by who copies it.
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    let shown = row[..=last].iter().zip(widths).enumerate();
    let cells: Vec<String> =
        shown.map(|(at, (cell, width))| cell.shown(*width, at == last, colored)).collect();
    cells.join(GAP) + "\n"
}

fn spare(columns: &[Column]) -> Option<usize> {
    let rank = |column: &Column| match column.room {
        Room::Itself(rank) => Some(rank),
        _ => None,
    };
    let ranked = columns.iter().enumerate().filter_map(|(at, column)| Some((rank(column)?, at)));
    ranked.max().map(|(_, at)| at)
}

/// Of those whose cells may be cut, and are not yet as narrow as may be.
fn widest(columns: &[Column], widths: &[usize]) -> Option<usize> {
    let may_be_cut = |(at, column): &(usize, &Column)| match column.room {
        Room::Ends(least) => widths[*at] > least,
        _ => false,
    };
    let at = columns.iter().enumerate().filter(may_be_cut).map(|(at, _)| at);
    at.max_by_key(|at| widths[*at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(title: &'static str, room: Room, cells: &[&str]) -> Column {
        Column::new(title, room, cells.iter().map(|text| Cell::new(text, "32")).collect())
    }

    fn at(columns: usize) -> Screen {
        Screen { columns, colored: false }
    }

    fn table() -> Vec<Column> {
        vec![
            column("NAME", Room::Ends(6), &["work", "a-very-long-name"]),
            column("STATE", Room::Nothing, &["valid", "ready"]),
            column("WHO", Room::Ends(4), &["", "jane@example.com"]),
            column("NONE", Room::Nothing, &["", ""]),
            column("FROM", Room::Itself(1), &["here", "there"]),
        ]
    }

    #[test]
    fn what_has_no_room_is_left_out_first_and_then_names_are_cut() {
        for (width, wanted) in [
            (
                60,
                "NAME              STATE  WHO               FROM\nwork              valid                    here\na-very-long-name  ready  jane@example.com  there\n",
            ),
            (
                41,
                "NAME              STATE  WHO\nwork              valid\na-very-long-name  ready  jane@example.com\n",
            ),
            (33, "NAME          STATE  WHO\nwork          valid\na-very-long…  ready  jane@exampl…\n"),
            (5, "NAME    STATE  WHO\nwork    valid\na-ver…  ready  jan…\n"),
        ] {
            assert_eq!(fitted(table(), at(width)), wanted, "{width}");
        }
        let wide = vec![column("A", Room::Ends(1), &["中文字", "é"])];
        assert_eq!(fitted(wide, at(5)), "A\n中文…\né\n");
    }

    #[test]
    fn colours_take_no_room_and_a_cell_commands_no_terminal() {
        let columns =
            vec![column("A", Room::Nothing, &["x\u{1b}[31m\ny"]), column("B", Room::Nothing, &["z"])];
        let shown = fitted(columns, Screen { columns: 80, colored: true });
        assert_eq!(
            shown,
            "\u{1b}[1mA\u{1b}[0m                  \u{1b}[1mB\u{1b}[0m\n\u{1b}[32mx\\u{1b}[31m\\u{a}y\u{1b}[0m  \u{1b}[32mz\u{1b}[0m\n"
        );
    }

    proptest! {
        #[test]
        fn a_table_whose_names_may_be_cut_never_breaks(names in prop::collection::vec(".{0,40}", 1..5), width in 24..130_usize) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let cells = |text: &str| names.iter().map(|_| Cell::new(text, "")).collect::<Vec<_>>();
            let columns = vec![
                column("NAME", Room::Ends(6), &names),
                Column::new("STATE", Room::Nothing, cells("login required")),
                column("WHO", Room::Itself(1), &names),
            ];
            for line in fitted(columns, at(width)).lines() {
                prop_assert!(line.width() <= width, "{line}");
            }
        }
    }
}
