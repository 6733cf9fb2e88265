//! XML as JSON, so that a pointer finds its way in it: an element is a member of its
//! parent, by its name without prefix; its attributes are members `@name`.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// `None`: no XML, or nested deeper than any answer is.
pub(crate) fn to_json(text: &str) -> Option<Value> {
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
