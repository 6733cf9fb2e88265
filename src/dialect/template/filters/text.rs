//! Filters of texts, bytes, numbers, times, lists and maps.

use std::collections::BTreeMap;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::Engine as _;
use data_encoding::HEXLOWER_PERMISSIVE;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::input::{FilterResult, Input, LARGEST, TOO_LONG, text as plain};
use crate::base::order::Arrange as _;
use crate::dialect::template::value::{STAND_IN, StandIns, Value};
use crate::dialect::utc_offset::UtcOffset;

/// Of bytes.
pub(super) fn text(input: &Input) -> FilterResult {
    match std::str::from_utf8(&input.bytes()?) {
        Ok(text) => plain(text.to_owned()),
        Err(_) if input.unknown => plain(STAND_IN.to_owned()),
        Err(_) => Err("`text`: these bytes are not text".into()),
    }
}

pub(super) fn default(input: &Input) -> FilterResult {
    Ok(if input.text()?.is_empty() { input.args[0].clone() } else { input.value.clone() })
}

pub(super) fn replace(input: &Input) -> FilterResult {
    let (whole, from, to) = (input.text()?, input.arg(0)?, input.arg(1)?);
    if whole.matches(from.as_str()).count().saturating_mul(to.len()) > LARGEST {
        return Err(TOO_LONG.into());
    }
    plain(input.around_masks(&whole, |part| part.replace(from.as_str(), &to)))
}

pub(super) fn split(input: &Input) -> FilterResult {
    let (text, by) = (input.text()?, input.arg(0)?);
    if by.is_empty() {
        return Err("`split` needs what to split at".into());
    }
    if input.unknown {
        // However many pieces there will be, the stand-in has as many.
        return Ok(Value::Anything(text));
    }
    Ok(Value::List(text.split(by.as_str()).map(|piece| Value::text(piece.to_owned())).collect()))
}

pub(super) fn join(input: &Input) -> FilterResult {
    let by = input.arg(0)?;
    let items = match &input.value {
        Value::List(items) => items.iter().map(Value::plain_text).collect::<Result<Vec<_>, _>>()?,
        Value::Map(members) => members.keys().map(|name| name.clone().into()).collect(),
        Value::Anything(text) => vec![text.clone()],
        _ => return Err("`join` needs a list".into()),
    };
    if items.len().saturating_mul(by.len()) > LARGEST {
        return Err(TOO_LONG.into());
    }
    plain(items.iter().map(|item| item.as_str()).collect::<Vec<_>>().join(&by))
}

pub(super) fn length(input: &Input) -> FilterResult {
    let count = match &input.value {
        Value::Text(text) => text.as_str().chars().count(),
        Value::List(items) => items.len(),
        Value::Map(members) => members.len(),
        Value::Anything(text) => return Ok(Value::Anything(text.clone())),
        _ => return Err("`length` needs a text or a list".into()),
    };
    match input.unknown {
        true => Ok(Value::Anything(count.to_string().into())),
        false => i64::try_from(count).map(Value::Whole).map_err(|_| TOO_LONG.into()),
    }
}

pub(super) fn int(input: &Input) -> FilterResult {
    let text = input.text()?;
    match text.trim().parse() {
        Ok(number) => Ok(Value::Whole(number)),
        Err(_) if input.unknown => Ok(Value::Anything("0".to_owned().into())),
        Err(_) => Err("a value that should be a whole number is not".into()),
    }
}

pub(super) fn date(input: &Input) -> FilterResult {
    let seconds = input.text()?.parse::<i64>().or(if input.unknown { Ok(0) } else { Err(()) });
    let seconds = seconds.map_err(|()| "`date` needs seconds since 1970, such as `now`".to_owned())?;
    let offset = match input.args.get(1) {
        Some(offset) => UtcOffset::parse(&offset.plain_text()?)?.0,
        None => jiff::tz::Offset::UTC,
    };
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| "`date`: no such time".to_owned())?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::fixed(offset));
    let format = input.arg(0)?;
    let written = jiff::fmt::strtime::format(format.as_str(), &zoned).ok();
    // Without a letter it is the same text every day.
    let written = written.filter(|_| format.contains('%') || (input.unknown && *format == *STAND_IN));
    written.map(Value::text).ok_or_else(|| {
        "`date` does not know this format; its letters are those of strftime, as in `%Y-%m-%d`".into()
    })
}

const LENIENT_CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT_CONFIG);
pub(super) const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT_CONFIG);

/// Whichever alphabet it is in: they differ in two letters.
pub(super) fn decode(first: &GeneralPurpose, text: &str) -> Option<Vec<u8>> {
    first.decode(text).or_else(|_| LENIENT.decode(text)).or_else(|_| LENIENT_URL.decode(text)).ok()
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

/// Several segments of a path, each encoded by itself.
pub(super) fn path(input: &Input) -> FilterResult {
    let whole = input.text()?;
    let segments: Vec<&str> = whole.split('/').collect();
    if !input.unknown && segments.iter().any(|segment| ["", ".", ".."].contains(segment)) {
        return Err("`path`: a segment is empty, `.` or `..`".into());
    }
    let encoded = segments.into_iter().map(|segment| input.around_masks(segment, percent_encoded));
    super::input::text(encoded.collect::<Vec<_>>().join("/"))
}

/// RFC 3986 section 2.3: all but what is unreserved.
pub(in crate::dialect::template) const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

pub(super) fn from_json(input: &Input) -> FilterResult {
    let text = input.text()?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        _ if input.unknown => Ok(Value::Anything(text)),
        Ok(_) if holds_inexact_number(&text) => Err(
            "`from_json`: a number in it is too large, or has too many digits, to be kept unchanged; it must be in quotes there".into(),
        ),
        Ok(value) => Ok(Value::from_json(&value, StandIns::Nothing)),
        Err(_) => Err("a value that should be JSON is not".into()),
    }
}

/// Outside of its strings there is a number that would come out as another one.
fn holds_inexact_number(json: &str) -> bool {
    let mut outside = Zeroizing::new(String::with_capacity(json.len()));
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted => outside.push(c),
            _ => {}
        }
    }
    let numbers = outside.split(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c)));
    numbers
        .filter(|number| number.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        .any(|number| !is_exact(number))
}

/// A whole number of 64 bits, or one of so few digits that a floating-point number keeps them.
fn is_exact(number: &str) -> bool {
    if number.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    }
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len() <= DIGITS_KEPT
}

/// IEEE 754 keeps so many decimal digits of any number.
const DIGITS_KEPT: usize = 15;

/// Names in the order of their bytes: what signed APIs call canonical.
pub(super) fn sorted_pairs(input: &Input) -> FilterResult {
    let (within, between) = (input.arg(0)?, input.arg(1)?);
    let shown = |text: &str| match input.is("encode") {
        true => input.around_masks(text, percent_encoded),
        false => text.to_owned(),
    };
    let members = match &input.value {
        Value::Map(members) => members,
        Value::Anything(text) => return plain(text.to_string()),
        _ => return Err("`sorted_pairs` needs a map".into()),
    };
    let mut pairs: Vec<(&str, Zeroizing<String>)> = Vec::new();
    for (name, value) in members {
        let values = if let Value::List(items) = value { items.iter().collect() } else { vec![value] };
        for value in values {
            let value = match value {
                Value::Map(_) | Value::List(_) => value.to_json()?.to_string().into(),
                _ => value.plain_text()?,
            };
            if !(value.is_empty() && input.is("skip_empty")) {
                pairs.push((name, value));
            }
        }
    }
    pairs.arrange_by(|(one, a), (other, b)| (one, a.as_str()).cmp(&(other, b.as_str())));
    let joined: Vec<String> =
        pairs.into_iter().map(|(name, value)| shown(name) + &within + &shown(&value)).collect();
    plain(joined.join(&between))
}

pub(super) fn merge(input: &Input) -> FilterResult {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for map in [&input.value, &input.args[0]] {
        match map {
            Value::Map(members) => all.extend(members.clone()),
            Value::Anything(_) => return Ok(map.clone()),
            _ => return Err("`merge` needs two maps".into()),
        }
    }
    Ok(Value::Map(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_would_come_out_as_another_is_found() {
        for json in [
            "{\"n\":18446744073709551615,\"m\":-9223372036854775808}",
            "{\"n\":\"123456789012345678901\",\"m\":[1.5,2.50e-3,0.1]}",
            "{\"\\\"99999999999999999999\":1}",
            "[1.000000000000000000000,true,null]",
        ] {
            assert!(!holds_inexact_number(json), "{json}");
        }
        for json in [
            "123456789012345678901",
            "{\"n\":18446744073709551616}",
            "[-9223372036854775809]",
            "{\"a\":\"\\\\\",\"n\":3.14159265358979323}",
        ] {
            assert!(holds_inexact_number(json), "{json}");
        }
    }
}
