//! The example at the end of a drafted dialect: made-up values, the request that comes of them, and the answer.

use std::fmt::Write as _;

use toml::Table;

use super::request::DraftedRequest;
use super::toml_line::{Headings, TomlLine, key, lines, quoted};
use crate::credential::reading::{Expires, RenewsWith, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::request::is_default_header;
use crate::http::message::HttpRequest;

/// Its profile and credential.
pub(super) fn example(request: &DraftedRequest) -> Table {
    let mut example = Table::new();
    for (name, table) in [("profile", profile(request)), ("credential", credential(request))] {
        if !table.is_empty() {
            example.insert(name.to_owned(), table.into());
        }
    }
    example
}

fn profile(request: &DraftedRequest) -> Table {
    let values = &request.values;
    let mut profile = Table::new();
    for name in request.profile_keys() {
        profile.insert(name.to_owned(), values.made_up(name).into());
    }
    let params: Table = values
        .params()
        .map(|(name, _)| (name.to_owned(), values.made_up(&format!("params.{name}")).into()))
        .collect();
    if !params.is_empty() {
        profile.insert("params".to_owned(), params.into());
    }
    profile
}

fn credential(request: &DraftedRequest) -> Table {
    let values = &request.values;
    let token = |key: &str, name: &str| Table::from_iter([(key.to_owned(), values.made_up(name).into())]);
    let mut credential = match request.renews_with {
        RenewsWith::RefreshToken => token("refresh_token", "refresh_token"),
        RenewsWith::AccessToken => return token("refresh_token", "access_token"),
        RenewsWith::Client => Table::new(),
    };
    if values.has("access_token") {
        credential.extend(token("access_token", "access_token"));
    }
    credential
}

/// As it is recorded: `built` of the example, and `tokens` read in the answer of this body.
pub(super) fn text(
    headings: Headings<'_>,
    request: &DraftedRequest,
    built: &HttpRequest,
    body: &str,
    tokens: &Tokens,
) -> String {
    let mut text = format!("\n# Replayed by `tokcli dialect test`.\n{}", headings.item(".examples"));
    for (name, value) in example(request) {
        let _ = writeln!(text, "{name} = {}", inline(&value));
    }
    let _ = write!(text, "\n{}{}", headings.table(".examples.request"), recorded_request(built));
    let _ = write!(text, "\n{}", headings.item(".examples.answers"));
    let _ = writeln!(text, "body = {}", quoted(body));
    let _ = writeln!(text, "reads = {{ {} }}", reads(tokens).join(", "));
    text
}

fn recorded_request(built: &HttpRequest) -> String {
    let mut all = Vec::new();
    if built.method.word() != "POST" {
        all.push(TomlLine::plain("method", quoted(built.method.word())));
    }
    all.push(TomlLine::plain("url", quoted(built.url.as_str())));
    let headers: Vec<String> = built
        .headers
        .iter()
        .filter(|(name, value)| !is_default_header(name, value, built))
        .map(|(name, value)| format!("{} = {}", key(name), quoted(value)))
        .collect();
    if !headers.is_empty() {
        all.push(TomlLine::plain("headers", format!("{{ {} }}", headers.join(", "))));
    }
    all.extend(built.body.iter().map(|body| TomlLine::plain("body", quoted(body))));
    lines(&all)
}

/// As `reads` of a recorded answer has it.
fn reads(tokens: &Tokens) -> Vec<String> {
    let mut all = Vec::new();
    let mut text = |name: &str, value: Option<&str>| {
        all.extend(value.map(|value| format!("{name} = {}", quoted(value))));
    };
    text("access_token", tokens.access_token.as_ref().map(AccessToken::expose));
    text("refresh_token", tokens.refresh_token.as_ref().map(RefreshToken::expose));
    text("token_type", tokens.token_type.as_deref());
    text("scope", tokens.scope.as_deref());
    for (name, expires) in [("expires", tokens.access_expires), ("refresh_expires", tokens.refresh_expires)] {
        match expires {
            Some(Expires::After(span)) => all.push(format!("{name}_in = {}", span.as_secs())),
            Some(Expires::At(ms)) => {
                let time =
                    jiff::Timestamp::from_millisecond(ms).map(|time| time.to_string()).unwrap_or_default();
                all.push(format!("{name}_at = {}", quoted(&time)));
            }
            None => {}
        }
    }
    all
}

fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(table) => {
            let members: Vec<String> =
                table.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value))).collect();
            if members.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", members.join(", ")) }
        }
        other => other.to_string(),
    }
}
