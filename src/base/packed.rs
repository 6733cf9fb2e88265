//! TOML values as text that is read from front to back: each begins with its length. The catalogue is merged and packed when it
//! is built, so that no run has to do it.
//!
//! A value is `t` or `f`; or a letter, its length in bytes, a colon, and that many bytes: `i` a whole number, `s` a text, `l` a
//! list of values, `m` a table of keys, each written as a text is, and their values.

/// A value; what it holds is still packed.
pub(super) enum Packed<'a> {
    Boolean(bool),
    Integer(i64),
    Text(&'a str),
    List(&'a str),
    Table(&'a str),
}

/// Takes the first value. `None`: the text is not in this form.
pub(super) fn next<'a>(rest: &mut &'a str) -> Option<Packed<'a>> {
    let letter = *rest.as_bytes().first()?;
    let mut held = rest.get(1..)?;
    if letter == b't' || letter == b'f' {
        *rest = held;
        return Some(Packed::Boolean(letter == b't'));
    }
    let mut length = 0_usize;
    // By hand: this is done for everything that a dialect holds.
    loop {
        let digit = *held.as_bytes().first()?;
        held = held.get(1..)?;
        match digit {
            b'0'..=b'9' => length = length.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?,
            b':' => break,
            _ => return None,
        }
    }
    let (held, after) = held.split_at_checked(length)?;
    *rest = after;
    Some(match letter {
        b'i' => Packed::Integer(held.parse().ok()?),
        b's' => Packed::Text(held),
        b'l' => Packed::List(held),
        b'm' => Packed::Table(held),
        _ => return None,
    })
}

/// Takes the first key and its value.
pub(super) fn next_entry<'a>(rest: &mut &'a str) -> Option<(&'a str, Packed<'a>)> {
    match next(rest)? {
        Packed::Text(key) => Some((key, next(rest)?)),
        _ => None,
    }
}

/// `None`: it holds what no dialect does.
#[cfg(test)]
pub(crate) fn pack(value: &toml::Value) -> Option<String> {
    use toml::Value;
    let part = |letter: char, held: &str| format!("{letter}{}:{held}", held.len());
    Some(match value {
        Value::Boolean(true) => "t".to_owned(),
        Value::Boolean(false) => "f".to_owned(),
        Value::Integer(number) => part('i', &number.to_string()),
        Value::String(text) => part('s', text),
        Value::Array(items) => part('l', &items.iter().map(pack).collect::<Option<String>>()?),
        Value::Table(table) => {
            let entry = |(key, value): (&String, &Value)| Some(part('s', key) + &pack(value)?);
            part('m', &table.iter().map(entry).collect::<Option<String>>()?)
        }
        Value::Float(_) | Value::Datetime(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use toml::{Table, Value};

    use super::super::toml_value::from_packed;
    use super::*;

    #[test]
    fn what_was_packed_is_read_as_it_was() {
        let text = "a = [1, -2, 'x:é', { b = true }]\nc.d = ''\ne = []\n[f]\n'' = false\n";
        let value = Value::Table(text.parse::<Table>().expect("TOML"));
        let packed = pack(&value).expect("no dates");
        assert_eq!(from_packed::<Value>(&packed).expect("packed"), value);
        // Cut short or otherwise spoiled it is an error, and nothing else.
        for end in (0..packed.len()).filter(|end| packed.is_char_boundary(*end)) {
            assert!(from_packed::<Value>(&packed[..end]).is_err(), "{end}");
        }
        assert!(
            ["", "x1:a", "é", "i2:ab", "s9", "sé", "s1:é", "m2:tt", "tt", "s99999999999999999999:"]
                .iter()
                .all(|odd| from_packed::<Value>(odd).is_err())
        );
        assert!(pack(&Value::Float(1.5)).is_none());
    }
}
