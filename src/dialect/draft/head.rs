//! The beginning of a drafted dialect: where it comes from, a profile that would use it, its own keys.

use std::fmt::Write as _;

use super::request::DraftedRequest;
use super::toml_line::{Headings, TomlLine, key, lines, quoted};
use crate::credential::reading::RenewsWith;

/// `made_from` names what was pasted.
pub(super) fn text(name: &str, request: &DraftedRequest, made_from: &str) -> String {
    let mut text = format!(
        "# Made by `tokcli dialect new` from {made_from}. Look through it: what was guessed says so.\n\
         # The values in the examples at the end are made up.\n"
    );
    text += &profile_sketch(name, request);
    text += &Headings(name).table("");
    text += &lines(&extends(request));
    text += &TomlLine::plain("title", quoted(name)).text();
    text += "# documentation = \"https://…\"  # where the vendor speaks of it\n";
    text += &lines(&renews_with(request));
    if request.renews_with != RenewsWith::Client {
        text += "# rotation = \"…\"  # only if the vendor says what becomes of a spent token; unknown is the careful class\n";
    }
    text
}

fn extends(request: &DraftedRequest) -> Vec<TomlLine> {
    let note = match request.from_curl {
        true => "the same, but for what stands below",
        false => "guessed: no curl command was given",
    };
    request.base.map(|base| TomlLine::noted("extends", quoted(base), note)).into_iter().collect()
}

fn renews_with(request: &DraftedRequest) -> Vec<TomlLine> {
    let (word, note) = match (request.base, request.renews_with) {
        (None, RenewsWith::Client) => ("client", "guessed: no token is sent; nothing is ever imported"),
        (None, RenewsWith::AccessToken) => ("access_token", "guessed: the access token renews itself"),
        _ => return Vec::new(),
    };
    vec![TomlLine::noted("renews_with", quoted(word), note)]
}

/// What a profile must give.
fn profile_sketch(name: &str, request: &DraftedRequest) -> String {
    let mut rows = vec![format!("[profiles.{}]", key(name)), format!("dialect = {}", quoted(name))];
    let variable = |what: &str| format!("{name}_{what}").to_uppercase().replace(['.', '-'], "_");
    let row = |key: &str, secret: bool, what: &str| match secret {
        true => format!("{key} = {{ env = {} }}", quoted(&variable(what))),
        false => format!("{key} = \"…\""),
    };
    rows.extend(request.profile_keys().map(|key| row(key, key == "client_secret", "CLIENT_SECRET")));
    let params: Vec<String> = request.values.params().map(|(name, secret)| row(name, secret, name)).collect();
    if !params.is_empty() {
        rows.push(format!("params = {{ {} }}", params.join(", ")));
    }
    if request.certificate {
        rows.push("tls = { client_cert = \"…\", client_key = \"…\" }".to_owned());
    }
    let mut text = String::from("# A profile that uses it:\n");
    for row in rows {
        let _ = writeln!(text, "#     {row}");
    }
    if !request.left_out.is_empty() {
        let _ = writeln!(text, "# Left out, the vendor may want it: {}.", request.left_out.join(", "));
    }
    text.push('\n');
    text
}
