//! The text of a drafted dialect: its head, and its tables. What the dialect that it extends has already is not
//! written again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::answer::{DraftedAnswer, DraftedSelector};
use super::request::{DraftedBody, DraftedRequest};
use super::toml_line::{Headings, TomlLine, key, lines, one_or_list, quoted};
use crate::credential::reading::RenewsWith;
use crate::dialect::template::Template;

/// Nothing, of no lines.
fn table(heading: &str, all: &[TomlLine]) -> String {
    if all.is_empty() { String::new() } else { format!("\n{heading}{}", lines(all)) }
}

pub(super) fn params(headings: Headings<'_>, request: &DraftedRequest) -> String {
    let rule = |(name, secret): (&str, bool)| {
        TomlLine::plain(name, if secret { "{ secret = true }".to_owned() } else { "{}".to_owned() })
    };
    let params: Vec<TomlLine> = request.values.params().map(rule).collect();
    table(&headings.table(".params"), &params)
}

pub(super) fn request(headings: Headings<'_>, request: &DraftedRequest) -> String {
    let mut text = table(&headings.exchange("request"), &request_lines(request));
    let idle = has_no_body(request) && request.method == "GET";
    let headers = request.headers.iter().filter(|line| !(idle && speaks_of_a_body(line)));
    let headers: Vec<TomlLine> = headers.cloned().collect();
    for (name, fields) in [("query", &request.query), ("headers", &headers)] {
        text += &table(&headings.exchange(&format!("request.{name}")), fields);
    }
    text + &body(headings, request)
}

fn request_lines(request: &DraftedRequest) -> Vec<TomlLine> {
    let mut own = Vec::new();
    if !request.method.is_empty() && request.method != "POST" {
        own.push(TomlLine::plain("method", quoted(&request.method)));
    }
    own.extend(request.url.iter().cloned());
    if request.secret_in_url {
        let note = "guessed: a part of the path looks like a key";
        own.push(TomlLine::noted("secret_in_url", "true".to_owned(), note));
    }
    own.extend(request.client_auth.iter().cloned());
    if let DraftedBody::List(list) = &request.body {
        own.push(TomlLine::plain("json", list.clone()));
    }
    if has_no_body(request) && request.method != "GET" && request.headers.iter().any(speaks_of_a_body) {
        own.push(TomlLine::noted(
            "body",
            quoted(""),
            "there is a content type, but nothing that it describes",
        ));
    }
    let twice = sent_twice(request);
    if !twice.is_empty() {
        let names: Vec<String> = twice.iter().map(|name| quoted(name)).collect();
        own.push(TomlLine::noted("repeats", one_or_list(names), "the request has it twice"));
    }
    own
}

fn has_no_body(request: &DraftedRequest) -> bool {
    matches!(request.body, DraftedBody::None)
}

/// Of a GET it says nothing.
fn speaks_of_a_body(line: &TomlLine) -> bool {
    line.key.trim_matches('"').eq_ignore_ascii_case("content-type")
}

/// Secrets that stand in more than one place.
fn sent_twice(request: &DraftedRequest) -> Vec<String> {
    let body = match &request.body {
        DraftedBody::Form(fields) | DraftedBody::Json(fields) => fields.as_slice(),
        DraftedBody::None | DraftedBody::List(_) => &[],
    };
    let all = request.url.iter().chain(&request.query).chain(&request.headers).chain(body);
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in all {
        let value = format!("v = {}", line.value).parse::<toml::Table>().ok();
        let mut texts = Vec::new();
        value.iter().for_each(|table| table.values().for_each(|value| texts_in(value, &mut texts)));
        for template in texts.into_iter().filter_map(|text| Template::parse(text).ok()) {
            for name in template.names().filter(|name| template.shows(name)) {
                *times.entry(name.to_owned()).or_default() += 1;
            }
        }
    }
    let secret = |name: &str| {
        ["refresh_token", "access_token", "client_secret"].contains(&name)
            || request.values.params().any(|(param, secret)| secret && name == format!("params.{param}"))
    };
    times.into_iter().filter(|(name, times)| *times > 1 && secret(name)).map(|(name, _)| name).collect()
}

fn texts_in(value: &toml::Value, texts: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => texts.push(text.clone()),
        toml::Value::Array(all) => all.iter().for_each(|one| texts_in(one, texts)),
        toml::Value::Table(all) => all.values().for_each(|one| texts_in(one, texts)),
        _ => {}
    }
}

fn body(headings: Headings<'_>, request: &DraftedRequest) -> String {
    let (name, fields) = match &request.body {
        DraftedBody::Form(fields) => ("form", fields),
        DraftedBody::Json(fields) => ("json", fields),
        DraftedBody::None | DraftedBody::List(_) => return String::new(),
    };
    let heading = headings.exchange(&format!("request.{name}"));
    if request.base.is_none() {
        return format!("\n{heading}{}", lines(fields));
    }
    let inherited = inherited_form(request.base);
    let is_own = |line: &&TomlLine| !inherited.contains(&(line.key.as_str(), line.value.as_str()));
    table(&heading, &fields.iter().filter(is_own).cloned().collect::<Vec<_>>())
}

fn inherited_form(base: Option<&str>) -> Vec<(&'static str, &'static str)> {
    let scope = ("scope", "\"{{ scope }}\"");
    match base {
        Some("oauth2") => {
            vec![("grant_type", "\"refresh_token\""), ("refresh_token", "\"{{ refresh_token }}\""), scope]
        }
        Some(_) => vec![("grant_type", "\"client_credentials\""), scope],
        None => Vec::new(),
    }
}

const INHERITED_ANSWER: [(&str, &str); 5] = [
    ("access_token", "\"/access_token\""),
    ("refresh_token", "\"/refresh_token\""),
    ("token_type", "\"/token_type\""),
    ("scope", "\"/scope\""),
    ("access_expires", "{ at = \"/expires_in\", unit = \"seconds\" }"),
];

pub(super) fn answer(headings: Headings<'_>, request: &DraftedRequest, answer: &DraftedAnswer) -> String {
    let mut all = answer_lines(request, answer);
    if request.base.is_some() {
        all.retain(|line| !INHERITED_ANSWER.contains(&(line.key.as_str(), line.value.as_str())));
        // What OAuth 2.0 says about words holds unless an envelope says otherwise.
        all.retain(|line| line.key != "words" || !answer.tests.is_empty());
    }
    let mut heading = headings.exchange("answer");
    if !answer.was_pasted {
        heading += "# Guessed: OAuth 2.0's names. `--answer FILE` reads an answer instead.\n";
    }
    let mut text = table(&heading, &all);
    if !answer.tests.is_empty() {
        text += &table(&headings.exchange("success"), &[tests(answer)]);
    }
    if request.base.is_none() || !answer.tests.is_empty() {
        text += &refusals(headings, request, answer);
    }
    text
}

fn tests(answer: &DraftedAnswer) -> TomlLine {
    let test = |(selector, value): &(DraftedSelector, serde_json::Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), quoted);
        format!("{{ at = {}, equals = {value} }}", quoted(&selector.at))
    };
    let tests: Vec<String> = answer.tests.iter().map(test).collect();
    let note = "guessed: this is how a success says that it is one";
    TomlLine::noted("tests", one_or_list(tests), note)
}

fn answer_lines(request: &DraftedRequest, answer: &DraftedAnswer) -> Vec<TomlLine> {
    let mut all = Vec::new();
    all.extend(answer.format.map(|format| TomlLine::plain("format", quoted(format))));
    all.push(TomlLine::plain("access_token", answer.access_token.written()));
    if let Some(selector) = &answer.refresh_token {
        all.push(TomlLine::plain("refresh_token", selector.written()));
    } else if request.renews_with == RenewsWith::RefreshToken {
        let note = "guessed: this answer has none, so the old one is kept";
        all.push(TomlLine::noted("refresh_token", quoted(&sibling(&answer.access_token.at)), note));
    }
    for (name, selector) in [("token_type", &answer.token_type), ("scope", &answer.scope)] {
        all.extend(selector.iter().map(|selector| TomlLine::plain(name, selector.written())));
    }
    for (name, expiry) in
        [("access_expires", &answer.access_expires), ("refresh_expires", &answer.refresh_expires)]
    {
        all.extend(expiry.iter().map(|expiry| TomlLine {
            note: expiry.note.map(str::to_owned),
            ..TomlLine::plain(name, expiry.written())
        }));
    }
    let words: Vec<String> = answer.words.iter().map(DraftedSelector::written).collect();
    all.push(TomlLine::plain("words", one_or_list(words)));
    all
}

/// Where the refresh token would stand.
fn sibling(access: &str) -> String {
    let (above, name) = access.rsplit_once('/').unwrap_or(("", access));
    let name = if name.contains("access") {
        name.replace("access", "refresh")
    } else if name.contains("Access") {
        name.replace("Access", "Refresh")
    } else {
        "refresh_token".to_owned()
    };
    format!("{above}/{name}")
}

/// What the vendor probably says no by. It rests on words of its own, which it may not have: then nothing comes of it.
fn refusals(headings: Headings<'_>, request: &DraftedRequest, answer: &DraftedAnswer) -> String {
    let heading = headings.item(".exchanges.refresh.refusals");
    let no_login = request.renews_with == RenewsWith::Client;
    let refusal = if no_login { "client_rejected" } else { "login_required" };
    let Some((code, success)) = answer.tests.first() else {
        let told = if no_login { "" } else { "[\"invalid_grant\", \"invalid_token\"]" };
        let entry = |is: &str, words: &str| {
            format!(
                "{heading}is = \"{is}\"\nstatus = \"4xx\"\ntests = {{ at = \"/error\", equals = {words} }}\n\n"
            )
        };
        let login = if no_login { String::new() } else { entry(refusal, told) };
        return format!(
            "\n# Guessed: the words of OAuth 2.0. Put in the vendor's own, and remove what it does not document.\n{login}{}\
             # A bare status says little, because anything in front of the vendor can give it; only where the vendor means that by it:\n\
             # {heading}# is = \"{refusal}\"\n# status = 401\n# documentation = \"https://…\"  # where it says so\n",
            entry("client_rejected", "[\"invalid_client\", \"unauthorized_client\"]"),
        );
    };
    let token = quoted(&answer.access_token.at);
    let (code, success) = (quoted(&code.at), success.as_str().map_or_else(|| success.to_string(), quoted));
    format!(
        "\n# What the vendor says when a person must act; only if it documents that:\n\
         # {heading}# is = \"{refusal}\"\n# tests = {{ at = {code}, equals = … }}\n\n\
         {heading}is = \"request_rejected\"  # guessed: whatever else it says there without a token is a refusal, by which nothing was spent\n\
         tests = [{{ at = {code}, present = true, not_equals = {success} }}, {{ at = {token}, present = false }}]\n"
    )
}

/// Where it comes from, a profile that would use it, and its own keys; `made_from` names what was pasted.
pub(super) fn head(name: &str, request: &DraftedRequest, made_from: &str) -> String {
    let mut text = format!(
        "# Made by `tokcli dialect new` from {made_from}. Look through it: what was guessed says so.\n\
         # The values in the examples at the end are made up.\n"
    );
    text += &profile_sketch(name, request);
    text += &Headings(name).table("");
    text += &lines(extends(request).as_slice());
    text += &TomlLine::plain("title", quoted(name)).text();
    text += "# documentation = \"https://…\"  # where the vendor describes it\n";
    text += &lines(renews_with(request).as_slice());
    if request.renews_with != RenewsWith::Client {
        text += "# rotation = \"…\"  # only if the vendor says what becomes of a spent token; unknown is the careful class\n";
    }
    text
}

fn extends(request: &DraftedRequest) -> Option<TomlLine> {
    let note = match request.from_curl {
        true => "the same, except for what is below",
        false => "guessed: no curl command was given",
    };
    request.base.map(|base| TomlLine::noted("extends", quoted(base), note))
}

fn renews_with(request: &DraftedRequest) -> Option<TomlLine> {
    let (word, note) = match (request.base, request.renews_with) {
        (None, RenewsWith::Client) => ("client", "guessed: no token is sent; nothing is ever imported"),
        (None, RenewsWith::AccessToken) => ("access_token", "guessed: the access token renews itself"),
        _ => return None,
    };
    Some(TomlLine::noted("renews_with", quoted(word), note))
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
        let _ = writeln!(text, "# Left out, although the vendor may want it: {}.", told(&request.left_out));
    }
    text.push('\n');
    text
}

/// Headers are named together.
fn told(left_out: &[String]) -> String {
    let header = |what: &String| what.strip_prefix("the header ").map(str::to_owned);
    let headers: Vec<String> = left_out.iter().filter_map(header).collect();
    let other = left_out.iter().filter(|what| header(what).is_none()).cloned();
    let headers = match &headers[..] {
        [] => None,
        [one] => Some(format!("the header {one}")),
        all => Some(format!("the headers {}", all.join(", "))),
    };
    other.chain(headers).collect::<Vec<_>>().join("; ")
}
