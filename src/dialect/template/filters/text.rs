//! Filters of texts, bytes, numbers, times, lists and maps.

use std::collections::BTreeMap;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::Engine as _;
use minijinja::Value;
use minijinja::value::ValueKind;

use super::input::{FilterResult, Input, LARGEST, text};
use crate::dialect::template::value::{Anything, STAND_IN, from_json_value, plain_text, to_json};
use crate::dialect::utc_offset::UtcOffset;

pub(super) fn default(input: &Input) -> FilterResult {
    Ok(if input.text()?.is_empty() { input.args[0].clone() } else { input.value.clone() })
}

pub(super) fn replace(input: &Input) -> FilterResult {
    let (whole, from, to) = (input.text()?, input.arg(0)?, input.arg(1)?);
    if whole.matches(&from).count().saturating_mul(to.len()) > LARGEST {
        return Err("the text grows too long".into());
    }
    text(whole.replace(&from, &to))
}

pub(super) fn split(input: &Input) -> FilterResult {
    let (text, by) = (input.text()?, input.arg(0)?);
    if by.is_empty() {
        return Err("`split` needs what to split at".into());
    }
    if input.trial {
        // However many pieces there will be, the stand-in has as many.
        return Ok(Value::from(vec![Value::from(text); 32]));
    }
    Ok(Value::from(text.split(by.as_str()).map(Value::from).collect::<Vec<_>>()))
}

pub(super) fn join(input: &Input) -> FilterResult {
    let by = input.arg(0)?;
    let items = input.value.try_iter().map_err(|_| "`join` needs a list".to_owned())?;
    let items: Vec<String> = items.map(|item| plain_text(&item)).collect::<Result<_, _>>()?;
    if items.len().saturating_mul(by.len()) > LARGEST {
        return Err("the text grows too long".into());
    }
    text(items.join(&by))
}

pub(super) fn length(input: &Input) -> FilterResult {
    let count = input.value.as_str().map(|text| text.chars().count()).or_else(|| input.value.len());
    count.map(Value::from).ok_or_else(|| "`length` needs a text or a list".into())
}

pub(super) fn int(input: &Input) -> FilterResult {
    let text = input.text()?;
    match text.trim().parse::<i64>() {
        Ok(number) => Ok(Value::from(number)),
        Err(_) if input.trial => Ok(Value::from(0)),
        Err(_) => Err("a value that should be a whole number is none".into()),
    }
}

pub(super) fn date(input: &Input) -> FilterResult {
    let seconds = input.text()?.parse::<i64>().or(if input.trial { Ok(0) } else { Err(()) });
    let seconds = seconds.map_err(|()| "`date` needs seconds since 1970, as `now` is".to_owned())?;
    let offset = match input.args.get(1) {
        Some(offset) => UtcOffset::parse(&plain_text(offset)?)?.0,
        None => jiff::tz::Offset::UTC,
    };
    let time = jiff::Timestamp::from_second(seconds).map_err(|_| "`date`: no such time".to_owned())?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::fixed(offset));
    let format = input.arg(0)?;
    let written = jiff::fmt::strtime::format(&format, &zoned).ok();
    // Without a letter it is the same text every day.
    let written = written.filter(|_| !input.trial || format.contains('%') || format == STAND_IN);
    written.map(Value::from).ok_or_else(|| {
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
    let digits: Vec<u8> = text.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| Some(pair[0] << 4 | pair.get(1)?));
    pairs.collect()
}

/// Several segments of a path, each encoded by itself.
pub(super) fn path(text: &str) -> Result<String, String> {
    let segments: Vec<&str> = text.split('/').collect();
    if segments.iter().any(|segment| ["", ".", ".."].contains(segment)) {
        return Err("`path`: a segment is empty, `.` or `..`".into());
    }
    Ok(segments.into_iter().map(percent_encoded).collect::<Vec<_>>().join("/"))
}

/// RFC 3986 section 2.3: only the unreserved characters stay.
pub(super) fn percent_encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

pub(super) fn from_json(input: &Input) -> FilterResult {
    let text = input.text()?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        _ if input.trial => Ok(Value::from_object(Anything(text))),
        Ok(value) => Ok(from_json_value(&value)),
        Err(_) => Err("a value that should be JSON is not".into()),
    }
}

/// Names in the order of their bytes: what signed APIs call canonical.
pub(super) fn sorted_pairs(input: &Input) -> FilterResult {
    let (within, between) = (input.arg(0)?, input.arg(1)?);
    let shown = |text: String| if input.is("encode") { percent_encoded(&text) } else { text };
    let mut pairs: Vec<(String, String)> = Vec::new();
    for name in input.value.try_iter().map_err(|_| "`sorted_pairs` needs a map".to_owned())? {
        let value = input.value.get_item(&name).map_err(|_| "`sorted_pairs` needs a map".to_owned())?;
        let values = match value.kind() {
            ValueKind::Seq => value.try_iter().map_or_else(|_| Vec::new(), Iterator::collect),
            _ => vec![value],
        };
        for value in values {
            let value = match value.kind() {
                ValueKind::Map | ValueKind::Seq => to_json(&value)?.to_string(),
                _ => plain_text(&value)?,
            };
            if !(value.is_empty() && input.is("skip_empty")) {
                pairs.push((plain_text(&name)?, value));
            }
        }
    }
    pairs.sort();
    let joined: Vec<String> =
        pairs.into_iter().map(|(name, value)| shown(name) + &within + &shown(value)).collect();
    text(joined.join(&between))
}

pub(super) fn merge(input: &Input) -> FilterResult {
    let mut all: BTreeMap<String, Value> = BTreeMap::new();
    for map in [&input.value, &input.args[0]] {
        for name in map.try_iter().map_err(|_| "`merge` needs two maps".to_owned())? {
            let value = map.get_item(&name).map_err(|_| "`merge` needs two maps".to_owned())?;
            all.insert(plain_text(&name)?, value);
        }
    }
    Ok(Value::from_object(all))
}
