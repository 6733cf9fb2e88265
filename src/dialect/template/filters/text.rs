//! Filters of texts, numbers and times.

use minijinja::Value;

use super::input::{FilterResult, Input, LARGEST, text};
use crate::dialect::template::filling::STAND_IN;
use crate::dialect::template::value::plain_text;
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
