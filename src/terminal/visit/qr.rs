//! A QR code in characters, two modules one above the other in each.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it. The standard wants four; every reader takes two.
const MARGIN: i32 = 2;
/// Rows for the words above and below, which must not push it off the screen.
const BESIDE: usize = 12;

/// `None` if it is larger than the screen. Without colours the screen is taken for a dark one, as most are; readers of
/// today take the other too.
pub(super) fn drawn(text: &str, columns: usize, rows: usize, colored: bool) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let lines = lines(&code);
    let width = lines.first().map_or(0, |line| line.chars().count());
    if width > columns || lines.len() + BESIDE > rows {
        return None;
    }
    // White on black, whatever the screen is: what is drawn are the light modules.
    let (begin, end) = if colored { ("\x1b[97;40m", "\x1b[0m") } else { ("", "") };
    Some(lines.into_iter().map(|line| format!("{begin}{line}{end}\n")).collect())
}

fn lines(code: &QrCode) -> Vec<String> {
    let (from, to) = (-MARGIN, code.size() + MARGIN);
    // Outside of the code, and below its last row, all is light.
    let light = |x: i32, y: i32| !code.get_module(x, y);
    let rows = (from..to).step_by(2);
    let line = |y: i32| (from..to).map(|x| half_blocks(light(x, y), light(x, y + 1))).collect();
    rows.map(line).collect()
}

fn half_blocks(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '\u{2588}',
        (true, false) => '\u{2580}',
        (false, true) => '\u{2584}',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://vendor.example/device?user_code=WDJB-MJHT";

    #[test]
    fn every_module_is_drawn_where_it_belongs() {
        let code = QrCode::encode_text(ADDRESS, QrCodeEcc::Low).expect("short");
        let drawing = drawn(ADDRESS, 80, 40, false).expect("there is room");
        let rows: Vec<Vec<char>> = drawing.lines().map(|line| line.chars().collect()).collect();
        for y in -MARGIN..code.size() + MARGIN {
            for x in -MARGIN..code.size() + MARGIN {
                let at = |n: i32| usize::try_from(n + MARGIN).expect("not less");
                let shown = match rows[at(y) / 2][at(x)] {
                    '\u{2588}' => true,
                    '\u{2580}' => at(y) % 2 == 0,
                    '\u{2584}' => at(y) % 2 == 1,
                    _ => false,
                };
                assert_eq!(shown, !code.get_module(x, y), "{x} {y}");
            }
        }
    }

    #[test]
    fn it_is_left_out_where_it_does_not_fit() {
        let drawing = drawn(ADDRESS, 200, 200, true).expect("there is room");
        let (width, height) =
            (drawing.lines().next().expect("one").chars().count() - 12, drawing.lines().count());
        assert!(drawing.lines().all(|line| line.starts_with("\x1b[97;40m") && line.ends_with("\x1b[0m")));
        assert!(drawn(ADDRESS, width, height + BESIDE, true).is_some());
        assert!(drawn(ADDRESS, width - 1, height + BESIDE, true).is_none());
        assert!(drawn(ADDRESS, width, height + BESIDE - 1, true).is_none());
        assert!(drawn(ADDRESS, 80, 24, true).is_none());
        assert!(drawn(&"x".repeat(10_000), 10_000, 10_000, true).is_none(), "no such code is so large");
    }
}
