//! What was measured, as words: a line for each row while it runs, and
//! `performance.md` from its template, whole each time.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::budgets::{Budget, Kind};
use crate::growth::Growth;
use crate::machine::{self, Machine};
use crate::measure::Spread;
use crate::others::{self, Group, Other};
use crate::plot;
use crate::rows::{Finding, Row};
use crate::world::Stage;

const TEMPLATE: &str = include_str!("performance.md");

/// One row for the terminal.
pub fn line(row: &Row) -> String {
    let Row { budget, build, found } = row;
    let limits = [budget.must, budget.aim, budget.impossible].map(|limit| budget.limit(limit)).join(", ");
    format!("{build:5} {}: {} [{limits}]", budget.what, cell(budget, found))
}

pub fn write(
    directory: &Path,
    machine: &Machine,
    stage: &Stage,
    rows: &[Row],
    others: &[Other],
    growths: &[Growth],
) -> Result<()> {
    let mut values = vec![
        ("date", machine.date.clone()),
        ("machine", describe(machine, stage)),
        ("budgets", budgets(stage, rows)),
        ("others", table(others)),
        ("missing", missing(stage, others)),
    ];
    values.extend(growths.iter().map(|growth| (growth.name, growth.told())));
    let mut files = vec![
        ("performance.md".to_owned(), fill(&values)?),
        ("performance.svg".to_owned(), plot::draw(others)),
    ];
    files.extend(growths.iter().map(|growth| (format!("performance-{}.svg", growth.name), growth.drawn())));
    for (name, text) in files {
        let path = directory.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn fill(values: &[(&str, String)]) -> Result<String> {
    let mut page = TEMPLATE.to_owned();
    for (name, value) in values {
        let place = format!("{{{{ {name} }}}}");
        ensure!(page.contains(&place), "benches/performance.md has no {place}");
        page = page.replace(&place, value);
    }
    Ok(page)
}

fn describe(machine: &Machine, stage: &Stage) -> String {
    format!(
        "{} with {} processors, {}, {}, {}, {}; state directories on {}; commit {}. The load was {} before it began.",
        machine.processor,
        machine.processors,
        machine.system,
        machine.kernel,
        machine.libc,
        machine.rustc,
        machine::file_system(stage.path()),
        machine.commit,
        machine.load,
    )
}

/// Rows of one budget stand together, so that a budget is one line with a column for each build.
fn budgets(stage: &Stage, rows: &[Row]) -> String {
    let builds = || stage.builds.iter().map(|build| build.name.as_str());
    let mut table = String::from("| what | must | aim | sounds impossible |");
    builds().for_each(|build| table += &format!(" {build} | holds |"));
    table += "\n|---|---|---|---|";
    builds().for_each(|_| table += "---|---|");
    let mut seen: Vec<&Budget> = Vec::new();
    for Row { budget, .. } in rows {
        if seen.iter().any(|known| std::ptr::eq(*known, *budget)) {
            continue;
        }
        seen.push(budget);
        let limits = [budget.must, budget.aim, budget.impossible].map(|limit| budget.limit(limit));
        let _ = write!(table, "\n| {} | {} |", budget.what, limits.join(" | "));
        for build in builds() {
            let mut of_build = rows.iter().filter(|row| row.build == build);
            let row = of_build.find(|row| std::ptr::eq(row.budget, *budget));
            table += &row.map_or(" – | |".to_owned(), |row| cells(budget, &row.found));
        }
    }
    table
}

fn cells(budget: &Budget, found: &Result<Finding>) -> String {
    match found {
        Ok(found) => format!(" {} | {} |", figure(budget, found), verdict(budget, found)),
        Err(words) => format!(" not measured: {} | |", plain(&format!("{words:#}"))),
    }
}

fn cell(budget: &Budget, found: &Result<Finding>) -> String {
    match found {
        Ok(found) => format!("{}: {}", figure(budget, found), verdict(budget, found)),
        Err(words) => format!("not measured: {words:#}"),
    }
}

/// A count that is wrong outweighs any time.
fn verdict(budget: &Budget, found: &Finding) -> &'static str {
    match found.counted {
        Some((_, false)) => "misses",
        _ => budget.verdict(found.spread.median),
    }
}

fn figure(budget: &Budget, found: &Finding) -> String {
    let Spread { median, p10, p90, rounds } = found.spread;
    let unit = if budget.kind == Kind::Megabytes { " MB" } else { "" };
    let counted = found.counted.as_ref().map(|(words, _)| format!("{words}; ")).unwrap_or_default();
    match rounds {
        1 => format!("{counted}{median:.2}{unit}"),
        _ => format!("{counted}{median:.2}{unit} ({p10:.2}–{p90:.2}, n={rounds})"),
    }
}

fn table(others: &[Other]) -> String {
    let mut table = String::new();
    for (group, title) in
        [(Group::AtHand, "a token at hand"), (Group::Fresh, "a new token from the vendor, over TLS")]
    {
        let _ = write!(
            table,
            "| {title} | wall ms | p10–p90 | peak RSS MB | × `/bin/true` |\n|---|---:|---:|---:|---:|\n"
        );
        for (other, seconds) in others::measured(others).into_iter().filter(|(other, _)| other.group == group)
        {
            table += &entry(other, seconds, yardstick(others));
        }
        table += "\n";
    }
    table.trim_end().to_owned()
}

fn yardstick(others: &[Other]) -> Option<f64> {
    let mut found = others::measured(others).into_iter().filter(|(other, _)| other.name == "/bin/true");
    found.next().map(|(_, seconds)| seconds.median)
}

fn entry(other: &Other, seconds: Spread, yardstick: Option<f64>) -> String {
    let name = if other.ours { format!("**{}**", other.name) } else { format!("`{}`", other.name) };
    let [median, p10, p90] = [seconds.median, seconds.p10, seconds.p90].map(|seconds| seconds * 1e3);
    let megabytes = other.figures.as_ref().ok().and_then(|figures| figures.megabytes.as_ref().ok());
    let megabytes = megabytes.map_or("not measured".to_owned(), |peak| format!("{:.1}", peak.median));
    let times = yardstick.map_or("not measured".to_owned(), |one| format!("{:.1}", seconds.median / one));
    format!("| {name} | {median:.2} | {p10:.2}–{p90:.2} | {megabytes} | {times} |\n")
}

fn missing(stage: &Stage, others: &[Other]) -> String {
    let mut missing: Vec<String> = others
        .iter()
        .filter_map(|other| {
            Some(format!("- `{}`: {}.", other.name, plain(&format!("{:#}", other.figures.as_ref().err()?))))
        })
        .collect();
    if !stage.builds.iter().any(|build| build.name == "musl") {
        missing.push("- The musl build: its target or `musl-gcc` is not installed.".to_owned());
    }
    match missing.is_empty() {
        true => "Nothing that was looked for is missing.".to_owned(),
        false => format!("Not measured:\n\n{}", missing.join("\n")),
    }
}

/// Fits into a cell of a table.
fn plain(words: &str) -> String {
    words.replace('|', "/").replace('\n', " ")
}
