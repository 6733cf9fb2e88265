//! The plots, on logarithmic scales, readable on a light and on a dark page: a bar for
//! each process, and lines of what grows.

use std::fmt::Write as _;

use crate::measure::Spread;
use crate::others::{self, Other};

const BAR: f64 = 16.0;
const STEP: f64 = 24.0;
const LEFT: f64 = 280.0;
const WIDE: f64 = 460.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 48.0;

/// Lines have their names on the other side.
const LINES_LEFT: f64 = 64.0;
const LINES_WIDE: f64 = 560.0;
const LINES_RIGHT: f64 = 196.0;
const HIGH: f64 = 216.0;
const NAME: f64 = 16.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.head { font-weight: 600; }
.tick { fill: #59636e; }
.grid { stroke: #d1d9e0; }
.ours { color: #1a7f37; }
.theirs { color: #818b98; }
rect, circle { fill: currentColor; }
polyline { fill: none; stroke: currentColor; stroke-width: 2; }
.spread { stroke: #1f2328; stroke-width: 1.5; }
.ours.spread, .theirs.spread { stroke: currentColor; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .tick { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .ours { color: #3fb950; }
  .theirs { color: #656c76; }
  .spread { stroke: #f0f6fc; }
}";

/// Maps figures to places, from the one end to the other.
#[derive(Debug)]
struct Scale {
    low: f64,
    high: f64,
    ends: (f64, f64),
}

impl Scale {
    fn between(low: f64, high: f64, ends: (f64, f64)) -> Scale {
        Scale { low: low.log10(), high: high.log10(), ends }
    }

    /// Whole decades around milliseconds.
    fn over<'a>(spreads: impl Iterator<Item = &'a Spread> + Clone, ends: (f64, f64)) -> Scale {
        let lowest = spreads.clone().map(|seconds| seconds.p10).fold(f64::INFINITY, f64::min);
        let highest = spreads.map(|seconds| seconds.p90).fold(0.0, f64::max);
        let low = (lowest * 1e3).log10().floor();
        Scale { low, high: (highest * 1e3).log10().ceil().max(low + 1.0), ends }
    }

    fn at(&self, figure: f64) -> f64 {
        let (from, to) = self.ends;
        from + (to - from) * (figure.log10() - self.low) / (self.high - self.low)
    }

    /// The ends of the decades.
    fn ticks(&self) -> Vec<f64> {
        let mut ticks = vec![10_f64.powf(self.low)];
        while ticks.len() <= (self.high - self.low) as usize {
            ticks.push(ticks[ticks.len() - 1] * 10.0);
        }
        ticks
    }
}

/// Digits in groups of three.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// Of the end of a decade, which is whole from 1 on.
fn figure(milliseconds: f64) -> String {
    if milliseconds < 1.0 { milliseconds.to_string() } else { grouped(milliseconds.round() as usize) }
}

/// When nothing could be measured.
fn nothing() -> String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n".to_owned()
}

fn begin((width, height): (f64, f64), title: &str, head: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"head\" x=\"8\" y=\"18\">{head}</text>\n"
    )
}

fn stroke(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> String {
    format!("<line class=\"{class}\" x1=\"{x1:.1}\" x2=\"{x2:.1}\" y1=\"{y1:.1}\" y2=\"{y2:.1}\"/>\n")
}

fn tick((x, y): (f64, f64), anchor: &str, words: &str) -> String {
    format!("<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
}

pub fn draw(others: &[Other]) -> String {
    let measured = others::measured(others);
    if measured.is_empty() {
        return nothing();
    }
    let scale = Scale::over(measured.iter().map(|(_, seconds)| seconds), (LEFT, LEFT + WIDE));
    let bottom = TOP + STEP * measured.len() as f64;
    let mut plot = begin(
        (LEFT + WIDE + RIGHT, bottom + 12.0),
        "Wall time of whole processes",
        "Wall time of a whole process in ms (median, p10 to p90), logarithmic",
    );
    for milliseconds in scale.ticks() {
        let x = scale.at(milliseconds);
        plot += &stroke("grid", (x, TOP), (x, bottom));
        plot += &tick((x, 40.0), "middle", &figure(milliseconds));
    }
    for (place, (other, seconds)) in measured.iter().enumerate() {
        plot += &bar(&scale, other, *seconds, TOP + STEP * place as f64);
    }
    plot + "</svg>\n"
}

fn class(ours: bool) -> &'static str {
    if ours { "ours" } else { "theirs" }
}

fn bar(scale: &Scale, other: &Other, seconds: Spread, top: f64) -> String {
    let [median, low, high] = [seconds.median, seconds.p10, seconds.p90].map(|seconds| seconds * 1e3);
    let class = class(other.ours);
    let (begin, end) = (LEFT, scale.at(median));
    let (middle, base) = (top + STEP / 2.0, top + STEP / 2.0 + 4.0);
    let after = scale.at(high) + 6.0;
    format!(
        "<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\n\
         <rect class=\"{class}\" x=\"{begin:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\"/>\n\
         {}<text x=\"{after:.1}\" y=\"{base:.1}\">{median:.2}</text>\n",
        LEFT - 8.0,
        other.name,
        top + (STEP - BAR) / 2.0,
        end - begin,
        stroke("spread", (scale.at(low), middle), (scale.at(high), middle)),
    )
}

/// What grows: a time for each size.
pub struct Line<'a> {
    pub name: &'a str,
    pub ours: bool,
    pub seconds: Vec<Spread>,
}

/// A line for each call over the sizes, and below what they are of.
pub fn lines(title: &str, sizes: &[usize], of: &str, lines: &[Line]) -> String {
    let [first, .., last] = *sizes else { return nothing() };
    let (right, bottom) = (LINES_LEFT + LINES_WIDE, TOP + HIGH);
    let across = Scale::between(first as f64, last as f64, (LINES_LEFT, right));
    let up = Scale::over(lines.iter().flat_map(|line| &line.seconds), (bottom, TOP));
    let mut plot = begin(
        (right + LINES_RIGHT, bottom + 48.0),
        title,
        &format!("{title} in ms (median, p10 to p90), both axes logarithmic"),
    );
    for milliseconds in up.ticks() {
        let y = up.at(milliseconds);
        plot += &stroke("grid", (LINES_LEFT, y), (right, y));
        plot += &tick((LINES_LEFT - 8.0, y + 4.0), "end", &figure(milliseconds));
    }
    for size in sizes {
        let x = across.at(*size as f64);
        plot += &stroke("grid", (x, TOP), (x, bottom));
        plot += &tick((x, bottom + 18.0), "middle", &grouped(*size));
    }
    plot += &tick(((LINES_LEFT + right) / 2.0, bottom + 38.0), "middle", of);
    for line in lines {
        plot += &drawn(line, sizes, &across, &up);
    }
    plot + &names(lines, &up, right) + "</svg>\n"
}

fn drawn(line: &Line, sizes: &[usize], across: &Scale, up: &Scale) -> String {
    let places = sizes.iter().map(|size| across.at(*size as f64)).zip(&line.seconds);
    let class = class(line.ours);
    let (mut path, mut marks) = (String::new(), String::new());
    for (x, seconds) in places {
        let [median, low, high] =
            [seconds.median, seconds.p10, seconds.p90].map(|seconds| up.at(seconds * 1e3));
        let _ = write!(path, " {x:.1},{median:.1}");
        marks += &stroke(&format!("{class} spread"), (x, low), (x, high));
        let _ = writeln!(marks, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{median:.1}\" r=\"3.5\"/>");
    }
    format!("<polyline class=\"{class}\" points=\"{}\"/>\n{marks}", path.trim_start())
}

/// Each beside the end of its line, as far as there is room.
fn names(lines: &[Line], up: &Scale, right: f64) -> String {
    let ends = lines.iter().filter_map(|line| Some((line, up.at(line.seconds.last()?.median * 1e3))));
    let mut ends: Vec<_> = ends.collect();
    ends.sort_by(|(_, one), (_, two)| one.total_cmp(two));
    let places = apart(&ends.iter().map(|(_, end)| *end).collect::<Vec<_>>());
    let named = ends.iter().zip(places).map(|((line, end), place)| {
        stroke("grid", (right + 6.0, *end), (right + 22.0, place))
            + &format!("<text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n", right + 26.0, place + 4.0, line.name)
    });
    named.collect()
}

/// From the highest to the lowest, each far enough below the one before it to be read.
fn apart(ends: &[f64]) -> Vec<f64> {
    let mut above = f64::NEG_INFINITY;
    let place = |end: &f64| {
        above = end.max(above + NAME);
        above
    };
    ends.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(p10: f64, p90: f64) -> Spread {
        Spread { median: (p10 + p90) / 2.0, p10, p90, rounds: 3 }
    }

    #[test]
    fn a_scale_has_whole_decades_around_all_that_was_measured() {
        let scale = Scale::over([spread(0.000_2, 0.003), spread(0.004, 0.05)].iter(), (0.0, 300.0));
        assert_eq!(scale.ticks(), [0.1, 1.0, 10.0, 100.0]);
        let places: Vec<f64> = scale.ticks().iter().map(|tick| scale.at(*tick).round()).collect();
        assert_eq!(places, [0.0, 100.0, 200.0, 300.0]);
    }

    #[test]
    fn a_scale_has_a_decade_even_if_all_is_one_figure() {
        let scale = Scale::over([spread(0.001, 0.001)].iter(), (0.0, 100.0));
        assert_eq!(scale.ticks(), [1.0, 10.0]);
        assert_eq!(scale.at(1.0), 0.0);
    }

    #[test]
    fn a_scale_can_rise_from_the_bottom_and_end_between_decades() {
        let scale = Scale::between(1.0, 16.0, (200.0, 0.0));
        assert_eq!([1.0, 4.0, 16.0].map(|size| scale.at(size).round()), [200.0, 100.0, 0.0]);
    }

    #[test]
    fn names_that_would_cover_each_other_move_down() {
        assert_eq!(apart(&[10.0, 12.0, 13.0, 100.0]), [10.0, 26.0, 42.0, 100.0]);
    }

    #[test]
    fn a_line_has_a_mark_for_each_size_and_a_name() {
        let sizes = [1, 10, 1_000];
        let seconds = [0.001, 0.002, 0.05].map(|seconds| spread(seconds, seconds)).to_vec();
        let plot = lines("Time", &sizes, "profiles", &[Line { name: "tokcli token", ours: true, seconds }]);
        assert_eq!(plot.matches("<circle class=\"ours\"").count(), sizes.len());
        assert!(plot.contains(">tokcli token</text>") && plot.contains(">profiles</text>"), "{plot}");
        let path = plot.split("points=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(path.map(|path| path.split(' ').count()), Some(sizes.len()));
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        assert_eq!([1, 100, 5_000, 1_234_567].map(grouped), ["1", "100", "5,000", "1,234,567"]);
        assert_eq!([0.1, 1.0, 1_000.0].map(figure), ["0.1", "1", "1,000"]);
    }

    #[test]
    fn nothing_measured_is_an_empty_plot() {
        assert_eq!(lines("Time", &[], "profiles", &[]), nothing());
        assert_eq!(draw(&[]), nothing());
    }
}
