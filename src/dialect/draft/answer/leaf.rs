//! The values of a pasted answer: read from whatever format it is in, each with the names that lead to it, by which
//! it is known whether it is a token.

use serde_json::Value;

use crate::dialect::draft::curl;

use crate::dialect::draft::toml_line::quoted;
use crate::dialect::draft::word_list::canonical;
use crate::dialect::schema::pointer::Pointer;
use crate::http::pasted::PastedAnswer;

/// One value and the names that lead to it.
pub(super) struct Leaf<'a> {
    pub(super) path: Vec<String>,
    pub(super) value: &'a Value,
}

impl Leaf<'_> {
    pub(super) fn selector(&self) -> DraftedSelector {
        let escaped = |name: &String| format!("/{}", Pointer::escaped(name));
        let strip = bearer(self.value).is_some();
        DraftedSelector { at: self.path.iter().map(escaped).collect(), strip }
    }

    pub(super) fn name(&self) -> String {
        canonical(self.path.last().map_or("", String::as_str))
    }

    /// With the name of what it stands in: `refresh.token`.
    pub(super) fn long_name(&self) -> String {
        let from = self.path.len().saturating_sub(2);
        self.path[from..].iter().map(|name| canonical(name)).collect()
    }

    pub(super) fn is_below(&self, names: &[String]) -> bool {
        self.path.len() == names.len() + 1 && self.path.starts_with(names)
    }
}

pub(super) fn bearer(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    text.get(..7).filter(|head| head.eq_ignore_ascii_case("bearer ")).map(|_| text[7..].trim())
}

pub(super) fn collect<'a>(value: &'a Value, path: &mut Vec<String>, leaves: &mut Vec<Leaf<'a>>) {
    let mut step = |name: String, value: &'a Value| {
        path.push(name);
        collect(value, path, leaves);
        path.pop();
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| step(name.clone(), value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| step(at.to_string(), value)),
        value => leaves.push(Leaf { path: path.clone(), value }),
    }
}

/// Where a value stands, as a dialect writes it: a JSON Pointer, and a beginning of the value that is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DraftedSelector {
    pub(crate) at: String,
    pub(crate) strip: bool,
}

#[derive(Clone)]
pub(crate) struct DraftedExpiry {
    pub(crate) selector: DraftedSelector,
    pub(crate) unit: &'static str,
    pub(crate) note: Option<&'static str>,
}

impl DraftedSelector {
    pub(crate) fn at(pointer: &str) -> DraftedSelector {
        DraftedSelector { at: pointer.to_owned(), strip: false }
    }

    /// As TOML.
    pub(crate) fn written(&self) -> String {
        let at = quoted(&self.at);
        if self.strip { format!("{{ at = {at}, strip = \"Bearer \" }}") } else { at }
    }
}

impl DraftedExpiry {
    /// As TOML.
    pub(crate) fn written(&self) -> String {
        format!("{{ at = {}, unit = \"{}\" }}", quoted(&self.selector.at), self.unit)
    }
}

/// The first of the highest score.
pub(super) fn best<'a, 'v>(leaves: &'a [Leaf<'v>], score: fn(&str, &str) -> u8) -> Option<&'a Leaf<'v>> {
    let mut found: Option<(u8, &Leaf<'v>)> = None;
    for leaf in leaves.iter().filter(|leaf| leaf.value.as_str().is_some_and(|text| !text.trim().is_empty())) {
        let score = score(&leaf.name(), &leaf.long_name());
        if score > found.map_or(0, |(best, _)| best) {
            found = Some((score, leaf));
        }
    }
    found.map(|(_, leaf)| leaf)
}

/// About a token, and none.
fn is_about(name: &str) -> bool {
    ["type", "hint", "expires", "expiry", "expiration", "at", "in", "id", "url", "uri", "time"]
        .iter()
        .any(|end| name.ends_with(end))
        && !name.ends_with("sessionid")
        || ["expir", "csrf", "xsrf"].iter().any(|part| name.contains(part))
}

pub(super) fn access_score(name: &str, long: &str) -> u8 {
    match (name, long) {
        _ if is_about(name) || long.contains("refresh") || name == "idtoken" => 0,
        ("accesstoken", _) => 100,
        (_, "accesstoken") => 95,
        _ if name.contains("accesstoken") => 90,
        ("token", _) => 70,
        ("access" | "authtoken" | "bearertoken" | "sessiontoken" | "apitoken" | "jwt" | "jwttoken", _) => 60,
        _ if name.ends_with("token") => 40,
        ("sessionid" | "ticket" | "sessionkey" | "apikey", _) => 20,
        _ => 0,
    }
}

pub(super) fn refresh_score(name: &str, long: &str) -> u8 {
    match (name, long) {
        _ if is_about(name) => 0,
        ("refreshtoken", _) => 100,
        (_, "refreshtoken") => 95,
        _ if name.contains("refreshtoken") => 90,
        ("refresh", _) => 60,
        ("rt", _) => 30,
        _ => 0,
    }
}

/// What it is in, and the tree of it.
pub(super) fn parsed(text: &str) -> Result<(Option<&'static str>, Value), String> {
    let body = PastedAnswer::of(text).body.trim();
    let is_tree = |value: &Value| value.is_object() || value.is_array();
    if let Ok(tree) = serde_json::from_str(body) {
        return Some((None, tree))
            .filter(|(_, tree)| is_tree(tree))
            .ok_or_else(|| "the answer is JSON, but not an object".into());
    }
    let within = body.find('{').zip(body.rfind('}')).and_then(|(from, to)| body.get(from..=to));
    if let Some(tree) = within.and_then(|within| serde_json::from_str(within).ok()) {
        return Ok((Some("json_within"), tree));
    }
    let is_form = !body.starts_with(['<', '{', '[']) && !body.contains(char::is_whitespace);
    if is_form && !body.is_empty() && body.split('&').all(|piece| piece.contains('=')) {
        let members = curl::pairs(body).into_iter().map(|(name, value)| (name, Value::from(value)));
        return Ok((Some("form"), Value::Object(members.collect())));
    }
    Err("the answer is neither JSON nor a form; for other formats write the dialect by hand, and `tokcli dialect test NAME --answer FILE` shows what it reads in this one".into())
}
