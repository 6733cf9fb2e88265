//! Drafts: a first dialect, made from a curl command that somebody has at hand and the
//! answer that came. What was guessed is said; what was pasted is not shown.

mod answer;
mod curl;
mod names;
mod request;
mod text;
mod values;
mod words;

use std::fmt::Write as _;

use toml::Table;

use self::answer::Answer;
use self::request::{Body, Request};
use self::text::{Line, key, lines, quoted};
use self::values::Values;
use crate::credential::reading::{Expires, RenewsWith, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::http::message::HttpRequest;

/// For who starts from nothing; `NAME` stands for the dialect's.
const BLANK: &str = include_str!("new.toml");

pub(crate) fn blank(name: &str) -> String {
    let mut text = String::new();
    for (at, piece) in BLANK.split("NAME").enumerate() {
        if at > 0 {
            text += &if text.ends_with("dialects.") { key(name) } else { name.to_owned() };
        }
        text += piece;
    }
    text
}

pub(crate) struct Draft {
    name: String,
    request: Request,
    answer: Answer,
    from_curl: bool,
    from_answer: bool,
}

impl Draft {
    /// Of a curl command, an answer or both. `Err` says what is wrong, and nothing of what was pasted.
    pub(crate) fn of(name: &str, curl: Option<&str>, pasted: Option<&str>) -> Result<Draft, String> {
        let mut request = curl.map_or_else(|| Ok(Request::plain()), request::of)?;
        let rotates = request.renews_with == RenewsWith::RefreshToken;
        let mut answer = pasted.map_or_else(|| Ok(answer::standard(rotates)), answer::of)?;
        answer.secrets.iter().for_each(|secret| request.values.hide(secret));
        if !rotates {
            answer.refresh_token = None;
            answer.refresh_expires = None;
        }
        Ok(Draft {
            name: name.to_owned(),
            request,
            answer,
            from_curl: curl.is_some(),
            from_answer: pasted.is_some(),
        })
    }

    /// The dialect, without an example.
    pub(crate) fn dialect(&self) -> String {
        let mut text = self.head();
        text += &self.params();
        text += &self.request_tables();
        text += &self.answer_tables();
        text
    }

    /// Whether a secret of what was pasted stands in it.
    pub(crate) fn shows_secret(&self, text: &str) -> bool {
        self.request.values.shows_in(&text.replace(answer::MADE_UP_JWT, ""))
    }

    /// The body of the recorded answer.
    pub(crate) fn body(&self) -> &str {
        &self.answer.body
    }

    fn table(&self, rest: &str) -> String {
        format!("[dialects.{}{rest}]\n", key(&self.name))
    }

    fn exchange(&self, rest: &str) -> String {
        self.table(&format!(".exchanges.refresh.{rest}"))
    }

    fn head(&self) -> String {
        let from = match (self.from_curl, self.from_answer) {
            (true, true) => "a curl command and its answer",
            (true, false) => "a curl command",
            _ => "an answer",
        };
        let name = &self.name;
        let mut text = format!(
            "# Made by `tokcli dialect new` from {from}. Look through it: what was guessed says so.\n\
             # The values in the examples at the end are made up.\n"
        );
        text += &self.profile_sketch();
        text += &self.table("");
        let mut head = Vec::new();
        if let Some(base) = self.request.base {
            let note = if self.from_curl {
                "the same, but for what stands below"
            } else {
                "guessed: no curl command was given"
            };
            head.push(Line::noted("extends", quoted(base), note));
        }
        head.push(Line::plain("title", quoted(name)));
        text += &lines(&head);
        text += "# documentation = \"https://…\"  # where the vendor speaks of it\n";
        let renews = self.request.renews_with;
        match (self.request.base, renews) {
            (None, RenewsWith::Client) => {
                text += &Line::noted(
                    "renews_with",
                    quoted("client"),
                    "guessed: no token is sent; nothing is ever imported",
                )
                .text();
            }
            (None, RenewsWith::AccessToken) => {
                text += &Line::noted(
                    "renews_with",
                    quoted("access_token"),
                    "guessed: the access token renews itself",
                )
                .text();
            }
            _ => {}
        }
        if renews != RenewsWith::Client {
            text += "# rotation = \"…\"  # only if the vendor says what becomes of a spent token; unknown is the careful class\n";
        }
        text
    }

    /// What a profile must give.
    fn profile_sketch(&self) -> String {
        let variable = |what: &str| format!("{}_{what}", self.name).to_uppercase().replace(['.', '-'], "_");
        let source = |what: &str| format!("{{ env = {} }}", quoted(&variable(what)));
        let mut rows =
            vec![format!("[profiles.{}]", key(&self.name)), format!("dialect = {}", quoted(&self.name))];
        for name in self.profile_keys() {
            rows.push(match name {
                "client_secret" => format!("client_secret = {}", source("CLIENT_SECRET")),
                name => format!("{name} = \"…\""),
            });
        }
        let params: Vec<String> = self
            .request
            .values
            .params()
            .map(
                |(name, secret)| {
                    if secret { format!("{name} = {}", source(name)) } else { format!("{name} = \"…\"") }
                },
            )
            .collect();
        if !params.is_empty() {
            rows.push(format!("params = {{ {} }}", params.join(", ")));
        }
        let mut text = String::from("# A profile that uses it:\n");
        for row in rows {
            let _ = writeln!(text, "#     {row}");
        }
        if self.request.certificate {
            text += "#     tls = { client_cert = \"…\", client_key = \"…\" }\n";
        }
        if !self.request.left_out.is_empty() {
            let _ =
                writeln!(text, "# Left out, the vendor may want it: {}.", self.request.left_out.join(", "));
        }
        text.push('\n');
        text
    }

    /// Those of a profile's own keys that the request needs.
    fn profile_keys(&self) -> Vec<&'static str> {
        let has = |name: &&'static str| self.request.values.has(name);
        ["base_url", "token_url", "client_id", "client_secret", "scope"].into_iter().filter(has).collect()
    }

    fn params(&self) -> String {
        let rule = |(name, secret): (&str, bool)| {
            Line::plain(name, if secret { "{ secret = true }".to_owned() } else { "{}".to_owned() })
        };
        let params: Vec<Line> = self.request.values.params().map(rule).collect();
        if params.is_empty() {
            String::new()
        } else {
            format!("\n{}{}", self.table(".params"), lines(&params))
        }
    }

    fn request_tables(&self) -> String {
        let request = &self.request;
        let mut own = Vec::new();
        if !request.method.is_empty() && request.method != "POST" {
            own.push(Line::plain("method", quoted(&request.method)));
        }
        own.extend(request.url.iter().cloned());
        if request.secret_in_url {
            own.push(Line::noted(
                "secret_in_url",
                "true".to_owned(),
                "guessed: a part of the path looks like a key",
            ));
        }
        own.extend(request.client_auth.iter().cloned());
        if let Body::List(list) = &request.body {
            own.push(Line::plain("json", list.clone()));
        }
        let mut text = if own.is_empty() {
            String::new()
        } else {
            format!("\n{}{}", self.exchange("request"), lines(&own))
        };
        for (name, fields) in [("query", &request.query), ("headers", &request.headers)] {
            if !fields.is_empty() {
                let _ = write!(text, "\n{}{}", self.exchange(&format!("request.{name}")), lines(fields));
            }
        }
        let (name, fields) = match &request.body {
            Body::Form(fields) => ("form", fields),
            Body::Json(fields) => ("json", fields),
            _ => return text,
        };
        let inherited = self.inherited_form();
        let own: Vec<Line> = fields
            .iter()
            .filter(|line| !inherited.contains(&(line.key.as_str(), line.value.as_str())))
            .cloned()
            .collect();
        if request.base.is_none() || !own.is_empty() {
            let _ = write!(text, "\n{}{}", self.exchange(&format!("request.{name}")), lines(&own));
        }
        text
    }

    fn inherited_form(&self) -> Vec<(&'static str, &'static str)> {
        let scope = ("scope", "\"{{ scope }}\"");
        match self.request.base {
            Some("oauth2") => {
                vec![("grant_type", "\"refresh_token\""), ("refresh_token", "\"{{ refresh_token }}\""), scope]
            }
            Some(_) => vec![("grant_type", "\"client_credentials\""), scope],
            None => Vec::new(),
        }
    }

    fn answer_tables(&self) -> String {
        let answer = &self.answer;
        let mut all = self.answer_lines();
        if self.request.base.is_some() {
            let inherited = [
                ("access_token", "\"/access_token\""),
                ("refresh_token", "\"/refresh_token\""),
                ("token_type", "\"/token_type\""),
                ("scope", "\"/scope\""),
                ("access_expires", "[{ at = \"/expires_in\", unit = \"seconds\" }]"),
            ];
            all.retain(|line| !inherited.contains(&(line.key.as_str(), line.value.as_str())));
            // What OAuth 2.0 says about words holds unless an envelope says otherwise.
            all.retain(|line| line.key != "words" || !answer.tests.is_empty());
        }
        let mut text = String::new();
        if !all.is_empty() {
            let _ = write!(text, "\n{}", self.exchange("answer"));
            if !self.from_answer {
                text += "# Guessed: OAuth 2.0's names. `--answer FILE` reads an answer instead.\n";
            }
            text += &lines(&all);
        }
        if !answer.tests.is_empty() {
            let tests: Vec<String> = answer
                .tests
                .iter()
                .map(|(spot, value)| format!("{{ at = {}, equals = {} }}", quoted(&spot.at), scalar(value)))
                .collect();
            let line = Line::noted(
                "tests",
                format!("[{}]", tests.join(", ")),
                "guessed: so a success says that it is one",
            );
            let _ = write!(text, "\n{}{}", self.exchange("success"), line.text());
        }
        if self.request.base.is_none() || !answer.tests.is_empty() {
            text += &self.refusal_sketch();
        }
        text
    }

    fn answer_lines(&self) -> Vec<Line> {
        let answer = &self.answer;
        let mut all = Vec::new();
        if let Some(format) = answer.format {
            all.push(Line::plain("format", quoted(format)));
        }
        all.push(Line::plain("access_token", answer.access_token.written()));
        if let Some(spot) = &answer.refresh_token {
            all.push(Line::plain("refresh_token", spot.written()));
        } else if self.request.renews_with == RenewsWith::RefreshToken {
            let note = "guessed: this answer has none, and then the old one stays";
            all.push(Line::noted("refresh_token", quoted(&sibling(&answer.access_token.at)), note));
        }
        for (name, spot) in [("token_type", &answer.token_type), ("scope", &answer.scope)] {
            all.extend(spot.iter().map(|spot| Line::plain(name, spot.written())));
        }
        for (name, expiry) in
            [("access_expires", &answer.access_expires), ("refresh_expires", &answer.refresh_expires)]
        {
            all.extend(expiry.iter().map(|expiry| Line {
                note: expiry.note.map(str::to_owned),
                ..Line::plain(name, expiry.written())
            }));
        }
        let words: Vec<String> = answer.words.iter().map(answer::Spot::written).collect();
        all.push(Line::plain("words", format!("[{}]", words.join(", "))));
        all
    }

    fn refusal_sketch(&self) -> String {
        let code = self.answer.tests.first();
        let condition = match code {
            Some((spot, _)) => {
                format!("status = [200]\n# tests = [{{ at = {}, equals = … }}]", quoted(&spot.at))
            }
            None => "status = [401]".to_owned(),
        };
        let table = format!("[{}]", self.exchange("refusals").trim_end());
        let verdict =
            if self.request.renews_with == RenewsWith::Client { "client_rejected" } else { "login_required" };
        format!(
            "\n# What the vendor says when a person must act; only if it documents that:\n# {table}\n# is = \"{verdict}\"\n# {condition}\n"
        )
    }

    /// An example: its profile and credential, with values that are made up.
    pub(crate) fn example(&self) -> Table {
        let values = &self.request.values;
        let mut profile = Table::new();
        for name in self.profile_keys() {
            profile.insert(name.to_owned(), self.made_up(name).into());
        }
        let params: Table = values
            .params()
            .map(|(name, _)| (name.to_owned(), values.made_up(&format!("params.{name}")).into()))
            .collect();
        if !params.is_empty() {
            profile.insert("params".to_owned(), params.into());
        }
        let mut credential = Table::new();
        if self.request.renews_with == RenewsWith::RefreshToken {
            credential.insert("refresh_token".to_owned(), values.made_up("refresh_token").into());
        }
        if self.request.renews_with == RenewsWith::AccessToken {
            credential.insert("refresh_token".to_owned(), values.made_up("access_token").into());
        } else if values.has("access_token") {
            credential.insert("access_token".to_owned(), values.made_up("access_token").into());
        }
        let mut example = Table::new();
        if !profile.is_empty() {
            example.insert("profile".to_owned(), profile.into());
        }
        if !credential.is_empty() {
            example.insert("credential".to_owned(), credential.into());
        }
        example
    }

    fn made_up(&self, name: &str) -> String {
        match name {
            "token_url" => "https://id.example/token".to_owned(),
            name => self.request.values.made_up(name),
        }
    }

    /// The example as it is recorded: `built` of it, and read in the answer.
    pub(crate) fn recorded(&self, built: &HttpRequest, tokens: &Tokens) -> String {
        let mut text =
            format!("\n# Replayed by `tokcli dialect test`.\n[{}]\n", self.table(".examples").trim_end());
        for (name, value) in self.example() {
            let _ = writeln!(text, "{name} = {}", inline(&value));
        }
        let _ = write!(text, "\n{}{}", self.table(".examples.request"), recorded_request(built));
        let _ = writeln!(text, "\n[{}]", self.table(".examples.answers").trim_end());
        let _ = writeln!(text, "body = {}", quoted(&self.answer.body));
        let _ = writeln!(text, "reads = {{ {} }}", reads(tokens).join(", "));
        text
    }
}

impl Request {
    /// Of an answer alone.
    fn plain() -> Request {
        let mut values = Values::default();
        for name in ["token_url", "client_id", "client_secret"] {
            values.bind(name, "", name == "client_secret");
        }
        Request::bare(Some("oauth2"), RenewsWith::RefreshToken, "POST", values)
    }

    /// Nothing said yet but what it is.
    fn bare(base: Option<&'static str>, renews_with: RenewsWith, method: &str, values: Values) -> Request {
        Request {
            base,
            renews_with,
            method: method.to_owned(),
            url: None,
            secret_in_url: false,
            client_auth: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            certificate: false,
            left_out: Vec::new(),
            values,
        }
    }
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

fn recorded_request(built: &HttpRequest) -> String {
    let mut all = Vec::new();
    if built.method.word() != "POST" {
        all.push(Line::plain("method", quoted(built.method.word())));
    }
    all.push(Line::plain("url", quoted(built.url.as_str())));
    let json = built.body.as_ref().is_some_and(|body| body.starts_with(['{', '[']));
    let kind = if json { "application/json" } else { "application/x-www-form-urlencoded" };
    let is_default = |name: &str, value: &str| {
        name == "Accept" && value == "application/json" || name == "Content-Type" && value == kind
    };
    let headers: Vec<String> = built
        .headers
        .iter()
        .filter(|(name, value)| !is_default(name, value))
        .map(|(name, value)| format!("{} = {}", key(name), quoted(value)))
        .collect();
    if !headers.is_empty() {
        all.push(Line::plain("headers", format!("{{ {} }}", headers.join(", "))));
    }
    all.extend(built.body.iter().map(|body| Line::plain("body", quoted(body))));
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

fn scalar(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), quoted)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn drafted(curl: &str) -> String {
        match Draft::of("acme", Some(curl), None) {
            Ok(draft) => draft.dialect(),
            Err(why) => panic!("{curl}: {why}"),
        }
    }

    #[test]
    fn each_part_of_a_request_finds_its_place() {
        let form = "curl https://a.example/t -d grant_type=refresh_token -d refresh_token=x";
        for (curl, wanted) in [
            (form, &["extends = \"oauth2\"", "client_auth = \"none\""][..]),
            (&format!("{form} -d client_id=a"), &["client_auth = \"none\"", "#     client_id = "]),
            (&format!("{form} -u a:b"), &["client_auth = \"client_secret_basic\"", "CLIENT_SECRET"]),
            (
                &format!("{form} -u a:b -H 'Authorization: Bearer x1'"),
                &["client_auth = \"none\"", "Bearer {{ access_token }}"],
            ),
            (&format!("{form} -u a:b+c"), &["client_auth = \"client_secret_basic_plain\""]),
            (
                &format!("{form} -d app_id=a -d app_secret=b"),
                &[
                    "client_auth = \"none\"",
                    "app_id = \"{{ client_id }}\"",
                    "app_secret = \"{{ client_secret }}\"",
                ],
            ),
            (
                &format!("{form} -d client_id=a -d client_assertion=b -d client_assertion_type=c"),
                &["\"private_key_jwt\""],
            ),
            (
                &format!("{form} -H 'Authorization: Bearer x1'"),
                &["Authorization = \"Bearer {{ access_token }}\""],
            ),
            (
                "curl -X PATCH https://a.example/t --json '{\"refreshToken\":\"x\",\"n\":null,\"l\":[1,\"{{a}}, b\"]}'",
                &[
                    "method = \"PATCH\"",
                    "refreshToken = \"{{ refresh_token }}\"",
                    "n = \"{{ none }}\"",
                    "l = [1, \"{{ '{' }}{a}}, b\"]",
                ],
            ),
            (
                "curl https://a.example/session/renew -H 'Authorization: Bearer x'",
                &["renews_with = \"access_token\"", "Bearer {{ access_token }}", "method = \"GET\""],
            ),
            (
                "curl https://a.example/login -d user=me -d password=x",
                &[
                    "renews_with = \"client\"",
                    "user = \"{{ params.user }}\"",
                    "password = \"{{ params.password }}\"",
                    "password = { secret = true }",
                ],
            ),
            (
                "curl https://a.example/renew -d token=x",
                &["renews_with = \"access_token\"", "token = \"{{ access_token }}\""],
            ),
            (
                "curl https://a.example/t -d token=x",
                &["renews_with = \"client\"", "token = \"{{ params.token }}\""],
            ),
            ("curl $BASE_URL/t -d refresh_token=x", &["url = \"{{ base_url }}/t\"", "#     base_url = "]),
            (
                "curl 'https://{tenant}.a.example/v1/<region>/t' -d refresh_token=x",
                &["url = \"https://{{ params.tenant }}.a.example/v1/{{ params.region }}/t\""],
            ),
            (
                "curl https://a.example/bot/9f86d081884c7d659a2feaa0c55ad015/t -d refresh_token=x",
                &["/bot/{{ params.bot_key }}/t", "secret_in_url = true"],
            ),
            (
                "curl https://a.example/t -d refresh_token=x -d ts=1767225600 -d nonce=abcdefgh",
                &["ts = \"{{ now }}\"", "nonce = \"{{ random[:8] }}\""],
            ),
            ("curl https://a.example/t -d refresh_token=x -d a=1 -d a=2", &["a = [\"1\", \"2\"]"]),
        ] {
            let text = drafted(curl);
            for wanted in wanted {
                assert!(text.contains(wanted), "{curl}: no `{wanted}` in\n{text}");
            }
        }
    }
}
