//! The plot: a bar for each process, on a logarithmic scale, readable on a light and
//! on a dark page.

use std::fmt::Write as _;

use crate::measure::Spread;
use crate::others::{self, Other};

const BAR: f64 = 16.0;
const STEP: f64 = 24.0;
const LEFT: f64 = 280.0;
const WIDE: f64 = 460.0;
const RIGHT: f64 = 80.0;
const TOP: f64 = 48.0;

const STYLE: &str = "\
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.head { font-weight: 600; }
.tick { fill: #59636e; }
.grid { stroke: #d1d9e0; }
.ours { fill: #1a7f37; }
.theirs { fill: #818b98; }
.spread { stroke: #1f2328; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .tick { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .ours { fill: #3fb950; }
  .theirs { fill: #656c76; }
  .spread { stroke: #f0f6fc; }
}";

/// Maps milliseconds to a place, by whole decades.
struct Scale {
    first: f64,
    decades: f64,
}

impl Scale {
    fn over(measured: &[(&Other, Spread)]) -> Scale {
        let low = measured.iter().map(|(_, seconds)| seconds.p10).fold(f64::INFINITY, f64::min);
        let high = measured.iter().map(|(_, seconds)| seconds.p90).fold(0.0, f64::max);
        let first = (low * 1e3).log10().floor();
        Scale { first, decades: ((high * 1e3).log10().ceil() - first).max(1.0) }
    }

    fn at(&self, milliseconds: f64) -> f64 {
        LEFT + WIDE * (milliseconds.log10() - self.first) / self.decades
    }

    /// The ends of the decades.
    fn ticks(&self) -> Vec<f64> {
        let mut ticks = vec![10_f64.powf(self.first)];
        while ticks.len() <= self.decades as usize {
            ticks.push(ticks[ticks.len() - 1] * 10.0);
        }
        ticks
    }
}

pub fn draw(others: &[Other]) -> String {
    let measured = others::measured(others);
    if measured.is_empty() {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n".to_owned();
    }
    let scale = Scale::over(&measured);
    let bottom = TOP + STEP * measured.len() as f64;
    let (width, height) = (LEFT + WIDE + RIGHT, bottom + 12.0);
    let mut plot = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>Wall time of whole processes</title>\n<style>\n{STYLE}\n</style>\n\
         <text class=\"head\" x=\"8\" y=\"18\">Wall time of a whole process in ms (median, p10 to p90), \
         logarithmic</text>\n"
    );
    for tick in scale.ticks() {
        let x = scale.at(tick);
        let _ =
            writeln!(plot, "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>");
        let _ =
            writeln!(plot, "<text class=\"tick\" x=\"{x:.1}\" y=\"40\" text-anchor=\"middle\">{tick}</text>");
    }
    for (place, (other, seconds)) in measured.iter().enumerate() {
        plot += &bar(&scale, other, *seconds, TOP + STEP * place as f64);
    }
    plot + "</svg>\n"
}

fn bar(scale: &Scale, other: &Other, seconds: Spread, top: f64) -> String {
    let [median, low, high] = [seconds.median, seconds.p10, seconds.p90].map(|seconds| seconds * 1e3);
    let class = if other.ours { "ours" } else { "theirs" };
    let (begin, end) = (LEFT, scale.at(median));
    let (middle, base) = (top + STEP / 2.0, top + STEP / 2.0 + 4.0);
    let after = scale.at(high) + 6.0;
    format!(
        "<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\n\
         <rect class=\"{class}\" x=\"{begin:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\"/>\n\
         <line class=\"spread\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\n\
         <text x=\"{after:.1}\" y=\"{base:.1}\">{median:.2}</text>\n",
        LEFT - 8.0,
        other.name,
        top + (STEP - BAR) / 2.0,
        end - begin,
        scale.at(low),
        scale.at(high),
    )
}
