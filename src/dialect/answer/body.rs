//! A body as a tree, whatever format it is in, so that pointers find their way in it.

use serde_json::Value;

use super::xml;
use crate::dialect::schema::Format;

/// `None`: not of the declared format.
pub(super) fn read(format: Format, bytes: &[u8]) -> Option<Value> {
    let text = || std::str::from_utf8(bytes).ok();
    match format {
        Format::Json => {
            serde_json::from_slice(bytes).ok().filter(|body: &Value| body.is_object() || body.is_array())
        }
        Format::JsonWithin => {
            let text = text()?;
            let (from, to) = (text.find(['{', '['])?, text.rfind(['}', ']'])?);
            read(Format::Json, text.get(from..=to)?.as_bytes())
        }
        Format::Form => {
            let text = text()?.trim();
            let pairs = url::form_urlencoded::parse(text.as_bytes());
            let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
            text.contains('=').then(|| Value::Object(members.collect()))
        }
        Format::Xml => xml::to_json(text()?),
        Format::Text => {
            let text = text()?.trim();
            // A text in quotes is one of JSON.
            let bare = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
            Some(serde_json::json!({ "text": bare }))
        }
        Format::None => Some(Value::Object(serde_json::Map::new())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_of_any_format_has_places() {
        for (format, body, at, wanted) in [
            (Format::Json, "[{\"a\":1}]", "/0/a", json!(1)),
            (Format::JsonWithin, "callback( {\"a\":[1]} );", "/a/0", json!(1)),
            (Format::Form, "a=1&b=x+y%21", "/b", json!("x y!")),
            (Format::Text, " t-1\n", "/text", json!("t-1")),
            (Format::Text, "\"t-1\"", "/text", json!("t-1")),
            (
                Format::Xml,
                "<a:r xmlns:a='u'><b c='d'> e </b><f>1</f><f>2</f></a:r>",
                "/r/b/#text",
                json!("e"),
            ),
            (Format::Xml, "<r><b c='d'>e</b></r>", "/r/b/@c", json!("d")),
            (Format::Xml, "<r><f>1</f><f>2</f></r>", "/r/f/1", json!("2")),
        ] {
            let body = read(format, body.as_bytes()).expect(body);
            let pointer = crate::dialect::schema::pointer::Pointer::parse(at).expect(at);
            assert_eq!(pointer.find(&body, false).as_deref(), Some(&wanted), "{at}");
        }
        for (format, body) in
            [(Format::Json, "\"x\""), (Format::Form, "oops"), (Format::Xml, "<a>"), (Format::Text, "\u{0}")]
        {
            let bytes = if format == Format::Text { &b"\xff"[..] } else { body.as_bytes() };
            assert_eq!(read(format, bytes), None, "{body}");
        }
    }
}
