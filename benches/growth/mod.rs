//! How times grow with what there is more of. All sizes of a call take turns in the
//! same rounds, and with them what knows nothing of tokcli. The first build alone is
//! measured: what grows is the same in all.

mod measured;

use std::fmt::Write as _;

use anyhow::Result;

pub use self::measured::measure;
use crate::measure::{self, Contestant, Rounds, Spread, Times};
use crate::plot::{self, Line, grouped};

pub struct Growth {
    /// Of its plot and its place in the page.
    pub name: &'static str,
    title: &'static str,
    /// What there is more of.
    of: &'static str,
    found: Result<Grown>,
}

struct Grown {
    sizes: Vec<usize>,
    curves: Vec<Curve>,
    /// What was counted of each size.
    counted: Option<(&'static str, Vec<f64>)>,
}

struct Curve {
    name: &'static str,
    kind: Kind,
    /// One for each size, or one alone of what no size concerns.
    times: Vec<Times>,
}

#[derive(Clone, Copy)]
enum Kind {
    Yardstick,
    /// Beside the yardstick of this name.
    Ours(&'static str),
}

/// One that is measured at each size, or once in each round.
struct Call<'a> {
    name: &'static str,
    kind: Kind,
    contestants: Vec<Contestant<'a>>,
}

fn yardstick<'a>(name: &'static str, contestants: Vec<Contestant<'a>>) -> Call<'a> {
    Call { name, kind: Kind::Yardstick, contestants }
}

fn ours<'a>(name: &'static str, beside: &'static str, contestants: Vec<Contestant<'a>>) -> Call<'a> {
    Call { name, kind: Kind::Ours(beside), contestants }
}

/// Call by call, each from the largest size on: what is large is felt for a moment by whoever comes next.
fn grow(sizes: &[usize], calls: Vec<Call>, rounds: &Rounds) -> Result<Grown> {
    let (mut curves, mut entered) = (Vec::new(), Vec::new());
    for Call { name, kind, contestants } in calls {
        curves.push((name, kind, contestants.len()));
        entered.extend(contestants.into_iter().rev());
    }
    let mut times = measure::interleave(entered, rounds)?.into_iter();
    let curve = |(name, kind, number)| {
        let mut times: Vec<Times> = times.by_ref().take(number).collect();
        times.reverse();
        Curve { name, kind, times }
    };
    Ok(Grown { sizes: sizes.to_vec(), curves: curves.into_iter().map(curve).collect(), counted: None })
}

impl Growth {
    /// For the page: a table and what it says, or why there is none.
    pub fn told(&self) -> String {
        match &self.found {
            Ok(grown) => format!("{}\n{}", grown.table(), grown.sentence(self.of)),
            Err(words) => format!("Not measured: {}.", format!("{words:#}").replace('\n', " ")),
        }
    }

    pub fn drawn(&self) -> String {
        match &self.found {
            Ok(grown) => plot::lines(self.title, &grown.sizes, self.of, &grown.lines()),
            Err(_) => plot::lines(self.title, &[], self.of, &[]),
        }
    }
}

impl Curve {
    fn at(&self, place: usize) -> &Times {
        &self.times[place.min(self.times.len() - 1)]
    }

    /// The largest against the smallest, round by round.
    fn factor(&self) -> Spread {
        self.at(usize::MAX).over(self.at(0)).spread()
    }
}

impl Grown {
    /// With what had rounds of its own.
    fn and(mut self, other: Grown) -> Grown {
        self.curves.extend(other.curves);
        self
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let line = |curve: &Curve| Line {
            name: curve.name,
            ours: matches!(curve.kind, Kind::Ours(_)),
            seconds: (0..self.sizes.len()).map(|place| curve.at(place).spread()).collect(),
        };
        self.curves.iter().map(line).collect()
    }

    fn table(&self) -> String {
        let (first, last) = self.ends();
        let mut table = String::from("| ms on this machine |");
        self.sizes.iter().for_each(|size| _ = write!(table, " {} |", grouped(*size)));
        let _ = write!(table, " {last} ÷ {first} |\n|---|{}---:|\n", "---:|".repeat(self.sizes.len()));
        for curve in &self.curves {
            let cells = (0..self.sizes.len()).map(|place| milliseconds(curve.at(place).spread()));
            let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
            let factor = if curve.times.len() > 1 { ratio(curve.factor()) } else { "–".to_owned() };
            let name = match curve.kind {
                Kind::Yardstick => format!("`{}`", curve.name),
                Kind::Ours(_) => format!("**{}**", curve.name),
            };
            let _ = writeln!(table, "| {name} |{cells} {factor} |");
            table += &self.beside(curve);
        }
        let counted = self.counted.iter().map(|(what, figures)| {
            let cells: String = figures.iter().map(|figure| format!(" {figure:.1} |")).collect();
            let factor = figures[figures.len() - 1] / figures[0];
            format!("| {what} |{cells} {factor:.2} |\n")
        });
        table + &counted.collect::<String>()
    }

    /// A row of ratios to its yardstick.
    fn beside(&self, curve: &Curve) -> String {
        let Kind::Ours(name) = curve.kind else { return String::new() };
        let Some(yardstick) = self.curves.iter().find(|other| other.name == name) else {
            return String::new();
        };
        let cells =
            (0..self.sizes.len()).map(|place| ratio(curve.at(place).over(yardstick.at(place)).spread()));
        let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
        format!("| ÷ `{name}` |{cells} |\n")
    }

    fn ends(&self) -> (String, String) {
        (grouped(self.sizes[0]), grouped(self.sizes[self.sizes.len() - 1]))
    }

    /// What the last column says, as words.
    fn sentence(&self, of: &str) -> String {
        let (first, last) = self.ends();
        let grew = self.curves.iter().filter(|curve| curve.times.len() > 1);
        let factors = grew.map(|curve| format!("{:.1} (`{}`)", curve.factor().median, curve.name));
        let factors: Vec<_> = factors.collect();
        format!("From {first} to {last} {of}, the time is multiplied by {}.", factors.join(", "))
    }
}

fn milliseconds(seconds: Spread) -> String {
    let [median, p10, p90] = [seconds.median, seconds.p10, seconds.p90].map(|seconds| seconds * 1e3);
    format!("{median:.2} ({p10:.2}–{p90:.2})")
}

fn ratio(Spread { median, p10, p90, .. }: Spread) -> String {
    format!("{median:.2} ({p10:.2}–{p90:.2})")
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    fn curve(name: &'static str, kind: Kind, seconds: &[f64]) -> Curve {
        Curve { name, kind, times: seconds.iter().map(|seconds| Times(vec![*seconds; 3])).collect() }
    }

    fn grown() -> Grown {
        let curves = vec![
            curve("/bin/true", Kind::Yardstick, &[0.001]),
            curve("secret-tool store", Kind::Yardstick, &[0.002, 0.01]),
            curve("tokcli refresh", Kind::Ours("secret-tool store"), &[0.004, 0.006]),
        ];
        Grown { sizes: vec![1, 5_000], curves, counted: Some(("KB", vec![2.0, 3.0])) }
    }

    #[test]
    fn a_call_stands_beside_its_yardstick_at_each_size() {
        let rows = [
            "| ms on this machine | 1 | 5,000 | 5,000 ÷ 1 |",
            "|---|---:|---:|---:|",
            "| `/bin/true` | 1.00 (1.00–1.00) | 1.00 (1.00–1.00) | – |",
            "| `secret-tool store` | 2.00 (2.00–2.00) | 10.00 (10.00–10.00) | 5.00 (5.00–5.00) |",
            "| **tokcli refresh** | 4.00 (4.00–4.00) | 6.00 (6.00–6.00) | 1.50 (1.50–1.50) |",
            "| ÷ `secret-tool store` | 2.00 (2.00–2.00) | 0.60 (0.60–0.60) | |",
            "| KB | 2.0 | 3.0 | 1.50 |",
        ];
        assert_eq!(grown().table().lines().collect::<Vec<_>>(), rows);
    }

    #[test]
    fn what_grows_is_said_of_what_was_measured_at_each_size() {
        assert_eq!(
            grown().sentence("items"),
            "From 1 to 5,000 items, the time is multiplied by 5.0 (`secret-tool store`), 1.5 (`tokcli refresh`)."
        );
    }

    #[test]
    fn each_call_gets_the_times_of_its_own_contestants() {
        let always = |seconds: f64| -> Contestant<'static> { Box::new(move || Ok(seconds)) };
        let calls = vec![
            yardstick("once", vec![always(1.0)]),
            ours("small and large", "once", vec![always(2.0), always(3.0)]),
            yardstick("both", vec![always(4.0), always(5.0)]),
        ];
        let rounds = Rounds { least: 2, most: 2, budget: std::time::Duration::MAX };
        let grown = grow(&[1, 10], calls, &rounds).expect("nobody fails");
        let medians = |curve: &Curve| [0, 1].map(|place| curve.at(place).spread().median);
        assert_eq!(
            grown.curves.iter().map(medians).collect::<Vec<_>>(),
            [[1.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
        );
    }

    #[test]
    fn what_was_not_measured_has_a_reason_and_an_empty_plot() {
        let growth = Growth { name: "items", title: "Time", of: "items", found: Err(anyhow!("no\nkeyring")) };
        assert_eq!(growth.told(), "Not measured: no keyring.");
        assert!(!growth.drawn().contains("polyline"));
    }
}
