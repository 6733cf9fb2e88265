//! What format a pasted answer is in.

use serde_json::Value;

use crate::dialect::draft::curl;

/// What it is in, and the tree of it.
pub(super) fn parsed(text: &str) -> Result<(Option<&'static str>, Value), String> {
    let text = text.trim().trim_start_matches('\u{feff}');
    // As `curl -i` shows it.
    let body = if text.starts_with("HTTP/") {
        let text = text.replace("\r\n", "\n");
        text.split_once("\n\n").map_or(String::new(), |(_, body)| body.trim().to_owned())
    } else {
        text.to_owned()
    };
    let is_tree = |value: &Value| value.is_object() || value.is_array();
    if let Ok(tree) = serde_json::from_str(&body) {
        return Some((None, tree))
            .filter(|(_, tree)| is_tree(tree))
            .ok_or_else(|| "the answer is JSON, but no object".into());
    }
    let within = body.find('{').zip(body.rfind('}')).and_then(|(from, to)| body.get(from..=to));
    if let Some(tree) = within.and_then(|within| serde_json::from_str(within).ok()) {
        return Ok((Some("json_within"), tree));
    }
    let is_form = !body.starts_with(['<', '{', '[']) && !body.contains(char::is_whitespace);
    if is_form && !body.is_empty() && body.split('&').all(|piece| piece.contains('=')) {
        let members = curl::pairs(&body).into_iter().map(|(name, value)| (name, Value::from(value)));
        return Ok((Some("form"), Value::Object(members.collect())));
    }
    Err("the answer is neither JSON nor a form; of other formats a dialect is written by hand".into())
}
