//! The table as people read it: times from now, colours by urgency, the profiles of one login together.

use std::collections::BTreeMap;

use super::line::Line;
use crate::base::order::Arrange as _;
use crate::base::spoken;
use crate::credential::audience::Audience;
use crate::credential::outlook::Condition;
use crate::profile::configuration::CredentialKey;
use crate::terminal::screen::Screen;
use crate::terminal::table::{Cell, Column, Room, fitted};

const GOOD: &str = "32";
const SOON: &str = "33";
const BAD: &str = "31";
const FAINT: &str = "2";
const PLAIN: &str = "";

/// A login that ends sooner is worth a look, in milliseconds.
const NEAR: i64 = 7 * 86_400_000;

pub(super) fn table(lines: &[Line], screen: Screen, now: i64) -> String {
    let rows = rows(lines);
    let shares = rows.iter().any(|row| row.below);
    let column = |title, room, cell: &dyn Fn(&Row<'_>) -> Cell| {
        Column::new(title, room, rows.iter().map(cell).collect())
    };
    let of_login = |row: &Row<'_>, cell: Cell| if row.below { Cell::new("", PLAIN) } else { cell };
    let mut columns = vec![
        column("PROFILE", Room::Ends(12), &|row| Cell::new(&row.name(), PLAIN)),
        column("STATE", Room::Nothing, &|row| {
            row.other.map_or_else(|| state(row.line), |_| Cell::new("valid", GOOD))
        }),
        column("TOKEN ENDS", Room::Nothing, &|row| match row.other {
            Some((_, ends)) => ends.map_or_else(|| Cell::new("-", FAINT), |ends| from_now(ends, now, PLAIN)),
            None => token_ends(row.line, now),
        }),
        column("LOGIN ENDS", Room::Nothing, &|row| of_login(row, login_ends(row.line, now))),
        column("WHO", Room::Ends(12), &|row| {
            of_login(row, Cell::new(row.line.who.as_deref().unwrap_or_default(), PLAIN))
        }),
    ];
    if shares {
        columns.push(column("SCOPE", Room::Itself(1), &|row| {
            let other = row.other.map(|(audience, _)| audience.words());
            let scope = other.or_else(|| row.line.scope.clone().filter(|_| row.shares));
            Cell::new(&scope.unwrap_or_default(), FAINT)
        }));
    }
    columns
        .push(column("DIALECT", Room::Itself(2), &|row| of_login(row, Cell::new(&row.line.dialect, FAINT))));
    columns.push(column("STORE", Room::Itself(3), &|row| of_login(row, Cell::new(&row.line.store, FAINT))));
    fitted(columns, screen)
}

/// A line in its place.
struct Row<'a> {
    line: &'a Line,
    /// Another line tells of the same login.
    below: bool,
    /// There are others of the same login.
    shares: bool,
    /// It is about one that no profile names.
    other: Option<&'a (Audience, Option<i64>)>,
}

impl Row<'_> {
    fn name(&self) -> String {
        let name = if self.other.is_some() { "(other)" } else { &self.line.profile };
        format!("{}{name}", if self.below { "  " } else { "" })
    }
}

/// In the order of the profiles, but for those of one login: they stand below the one that it is named after, or
/// else below their first.
fn rows(lines: &[Line]) -> Vec<Row<'_>> {
    let mut logins: BTreeMap<&CredentialKey, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        logins.entry(&line.login).or_default().push(line);
    }
    let mut logins: Vec<Vec<&Line>> = logins.into_values().collect();
    for login in &mut logins {
        login.arrange_by_key(|line| (line.profile != line.account, &line.profile));
    }
    logins.arrange_by_key(|login| &login[0].profile);
    let mut rows = Vec::new();
    for login in logins {
        let first = login[0];
        let shares = login.len() > 1 || !first.others.is_empty();
        let named = login.into_iter().enumerate();
        rows.extend(named.map(|(at, line)| Row { line, below: at > 0, shares, other: None }));
        let others = first.others.iter().map(Some);
        rows.extend(others.map(|other| Row { line: first, below: true, shares, other }));
    }
    rows
}

fn state(line: &Line) -> Cell {
    let (words, style) = match line.condition {
        Some(Condition::Valid) => ("valid", GOOD),
        Some(Condition::Ready) => ("ready", GOOD),
        Some(Condition::Uncertain) => ("uncertain", SOON),
        Some(Condition::Expired) => ("expired", BAD),
        Some(Condition::LoginRequired) => ("login required", BAD),
        Some(Condition::ClientRejected) => ("client rejected", BAD),
        Some(Condition::None) => ("no login", BAD),
        None => ("unreadable", BAD),
    };
    Cell::new(words, style)
}

/// That it has ended alarms nobody where another can be had.
fn token_ends(line: &Line, now: i64) -> Cell {
    let Some(ends) = line.access_ends else { return Cell::new(nothing(line), FAINT) };
    if ends > now { from_now(ends, now, PLAIN) } else { over(ends, now, FAINT) }
}

fn login_ends(line: &Line, now: i64) -> Cell {
    match line.dies {
        // Whatever was said of it.
        _ if line.condition == Some(Condition::LoginRequired) => Cell::new("ended", BAD),
        None => Cell::new(nothing(line), FAINT),
        Some(dies) if dies <= now => over(dies, now, BAD),
        Some(dies) if dies - now < NEAR => from_now(dies, now, SOON),
        Some(dies) => from_now(dies, now, PLAIN),
    }
}

/// Where nobody knows it; an empty cell says that there is nothing that could end.
fn nothing(line: &Line) -> &'static str {
    if matches!(line.condition, None | Some(Condition::None)) { "" } else { "-" }
}

fn from_now(at: i64, now: i64, style: &'static str) -> Cell {
    Cell::new(&spoken::from_now(at.saturating_sub(now).div_euclid(1_000)), style)
}

fn over(at: i64, now: i64, style: &'static str) -> Cell {
    let ago = at.saturating_sub(now).div_euclid(1_000).min(-1);
    Cell::new(&format!("expired {}", spoken::from_now(ago)), style)
}
