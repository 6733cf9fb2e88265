//! A body as a tree, whatever format it is in, so that pointers find their way in it; and what stands in one.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

use crate::dialect::draft::looks_random;
use crate::dialect::schema::Format;
use crate::dialect::schema::pointer::Pointer;

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
            // JSON, a page, or lines of some other text are no form, whatever signs they hold.
            if text.starts_with(['{', '[', '<', '"']) || text.contains(char::is_control) {
                return None;
            }
            let pairs = url::form_urlencoded::parse(text.as_bytes());
            let members = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
            text.contains('=').then(|| Value::Object(members.collect()))
        }
        Format::Xml => xml(text()?),
        Format::Text => {
            let text = text()?.trim();
            // A text in quotes is one of JSON.
            let bare = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
            Some(serde_json::json!({ "text": bare }))
        }
        Format::None => Some(Value::Object(Map::new())),
    }
}

/// An element is a member of its parent, by its name without prefix; its attributes are members `@name`. `None`: no
/// XML, or nested deeper than any answer is.
fn xml(text: &str) -> Option<Value> {
    // Without document types: their entities can grow without bounds.
    let document = Document::parse(text).ok()?;
    let root = document.root_element();
    Some(Value::Object(Map::from_iter([(root.tag_name().name().to_owned(), element(root, 0)?)])))
}

const DEEPEST: usize = 64;

fn element(node: Node<'_, '_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let mut members = Map::new();
    for attribute in node.attributes() {
        members.insert(format!("@{}", attribute.name()), attribute.value().into());
    }
    let mut text = String::new();
    for child in node.children() {
        if child.is_element() {
            add(&mut members, child.tag_name().name(), element(child, depth + 1)?);
        } else {
            text.push_str(child.text().filter(|_| child.is_text()).unwrap_or_default());
        }
    }
    let text = text.trim();
    if members.is_empty() {
        return Some(text.into());
    }
    if !text.is_empty() {
        members.insert("#text".to_owned(), text.into());
    }
    Some(Value::Object(members))
}

/// Elements of one name are a list.
fn add(members: &mut Map<String, Value>, name: &str, value: Value) {
    match members.get_mut(name) {
        None => {
            members.insert(name.to_owned(), value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
    }
}

/// So many are listed: an answer may have many more, each with the names above it.
const MOST_MEMBERS: usize = 200;
const LONGEST_NAME: usize = 100;

/// Where the values of an answer stand and of what kind they are, never the values.
pub(super) fn members_of(tree: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(tree, "", &mut found);
    found
}

fn walk(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    let kind = match value {
        Value::Object(object) => {
            for (name, value) in object {
                if found.len() >= MOST_MEMBERS {
                    return;
                }
                // A table of sessions may have them as its names.
                let shown = match name.len() > LONGEST_NAME || looks_random(name) {
                    true => format!("(a name of {} characters)", name.chars().count()),
                    false => Pointer::escaped(name),
                };
                walk(value, &format!("{at}/{shown}"), found);
            }
            return;
        }
        Value::Array(list) => format!("list of {}", list.len()),
        Value::String(text) => format!("string of {} characters", text.chars().count()),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "true or false".into(),
        Value::Null => "null".into(),
    };
    found.push((at.to_owned(), kind));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dialect::schema::pointer::Names;

    #[test]
    fn of_many_members_and_of_long_names_only_so_much_is_told() {
        let many: Map<String, Value> = (0..5_000).map(|n| (format!("a{n}"), json!(n))).collect();
        let long = "word ".repeat(2_000);
        let members = members_of(&json!({ long: many, "b": 1 }));
        assert_eq!(members.len(), MOST_MEMBERS);
        assert_eq!(members[0].0, "/(a name of 10000 characters)/a0");
        assert!(members.iter().map(|(at, _)| at.len()).sum::<usize>() < 100 * MOST_MEMBERS);
    }

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
            // One that stands alone could be one of several.
            (Format::Xml, "<r><f>1</f></r>", "/r/f/0", json!("1")),
            (Format::Xml, "<r><f a='b'><g>1</g></f></r>", "/r/f/*/g", json!("1")),
            (Format::Xml, "<r><f>{\"a\":[1]}</f></r>", "/r/f/a/0", json!(1)),
        ] {
            let body = read(format, body.as_bytes()).expect(body);
            let pointer = Pointer::parse(at).expect(at);
            let names = Names { elements: format == Format::Xml, ..Names::default() };
            let found: Vec<Value> =
                pointer.find(&body, names).into_iter().map(std::borrow::Cow::into_owned).collect();
            assert_eq!(found, [wanted], "{at}");
        }
        for (format, body) in
            [(Format::Json, "\"x\""), (Format::Form, "oops"), (Format::Xml, "<a>"), (Format::Text, "\u{0}")]
        {
            let bytes = if format == Format::Text { &b"\xff"[..] } else { body.as_bytes() };
            assert_eq!(read(format, bytes), None, "{body}");
        }
    }
}
