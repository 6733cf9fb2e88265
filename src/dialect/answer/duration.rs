//! A lifetime that is written with units or fields. Its tests are those of `expiry`.

/// Letter by letter the seconds that each field counts.
const FIELDS: [(char, f64); 4] = [('D', 86_400.0), ('H', 3_600.0), ('M', 60.0), ('S', 1.0)];

fn field(letter: char) -> Option<f64> {
    FIELDS.iter().find(|(known, _)| *known == letter).map(|(_, seconds)| *seconds)
}

pub(super) fn check_fields(format: &str) -> Result<(), &'static str> {
    let mut letters: Vec<char> = format.chars().filter(char::is_ascii_alphabetic).collect();
    letters.dedup();
    let known = letters.iter().all(|letter| field(*letter).is_some());
    if known && !letters.is_empty() {
        return Ok(());
    }
    Err("write the fields of a duration as `D`, `H`, `M` and `S`, as in `D:HH:MM`")
}

/// In seconds.
pub(super) fn duration(text: &str, format: Option<&str>) -> Option<f64> {
    let Some(format) = format else {
        return text.parse::<jiff::SignedDuration>().ok().map(|span| span.as_secs_f64()).or_else(|| {
            // Days are no fixed time to those who think of summer time.
            let span = text.parse::<jiff::Span>().ok()?;
            span.total(jiff::SpanTotal::from(jiff::Unit::Second).days_are_24_hours()).ok()
        });
    };
    let mut letters: Vec<char> = format.chars().filter(char::is_ascii_alphabetic).collect();
    letters.dedup();
    // A unit in the value would be another than that of the field.
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let numbers: Vec<f64> = numbers.map(|part| part.parse().ok()).collect::<Option<_>>()?;
    if numbers.len() != letters.len() || text.starts_with('-') {
        return None;
    }
    letters.iter().zip(numbers).map(|(letter, count)| Some(field(*letter)? * count)).sum()
}
