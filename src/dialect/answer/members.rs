//! Where the values of an answer stand and of what kind they are, never the values.

use serde_json::Value;

use crate::dialect::schema::pointer::Pointer;

/// `None`: the answer is not JSON.
pub(crate) fn members(body: &[u8]) -> Option<Vec<(String, String)>> {
    serde_json::from_slice(body).ok().as_ref().map(members_of)
}

pub(super) fn members_of(tree: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(tree, "", &mut found);
    found
}

fn walk(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    let kind = match value {
        Value::Object(object) => {
            for (name, value) in object {
                walk(value, &format!("{at}/{}", Pointer::escaped(name)), found);
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
