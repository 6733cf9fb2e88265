//! Templates of a request, filled in. What names something that is not there is left out; what speaks of the
//! request itself waits until there is a description of it.

use serde_json::{Map, Value};

use super::pairs::Pairs;
use crate::dialect::schema::{Fields, Json};
use crate::dialect::template::Filling;

pub(super) fn fields(fields: &Fields, filling: &Filling<'_>) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    for (name, template) in fields.templates() {
        if filling.request.is_none() && template.uses_request() {
            continue;
        }
        if let Some(value) = template.render(filling).map_err(|why| format!("`{name}`: {why}"))? {
            pairs.push((name.to_owned(), value));
        }
    }
    Ok(pairs)
}

pub(super) fn json_body(json: &Json, filling: &Filling<'_>) -> Result<Value, String> {
    json_value(json, filling)?.ok_or_else(|| "the body needs a value that the profile does not give".into())
}

/// `None`: a template in it names something that is not there, so it is left out.
fn json_value(json: &Json, filling: &Filling<'_>) -> Result<Option<Value>, String> {
    Ok(match json {
        Json::Plain(value) => Some(value.clone()),
        Json::Text(template) if filling.request.is_none() && template.uses_request() => None,
        Json::Text(template) => template.render_json(filling)?,
        Json::List(items) => {
            let all = items.iter().map(|item| json_value(item, filling)).collect::<Result<Vec<_>, _>>()?;
            Some(Value::Array(all.into_iter().flatten().collect()))
        }
        Json::Object(members) => {
            let mut object = Map::new();
            for (name, member) in members {
                if let Some(value) = json_value(member, filling).map_err(|why| format!("`{name}`: {why}"))? {
                    object.insert(name.clone(), value);
                }
            }
            Some(Value::Object(object))
        }
    })
}
