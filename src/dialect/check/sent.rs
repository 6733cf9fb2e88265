//! What a request sends as a whole: a secret once, a body only where there can be one, and what speaks of a body only
//! where there is one.

use std::collections::BTreeSet;

use super::Faults;
use super::template::Known;
use crate::base::fault::Fault;
use crate::base::toml_source;
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::Step;
use crate::dialect::schema::{ClientAuth, Dialect, FormIn, Json, Part, Request};
use crate::dialect::template::Template;

impl Faults<'_> {
    pub(super) fn sent(&mut self, step: &Step<'_>) {
        let (here, request) = (["exchanges", step.name, "request"], &step.exchange.request);
        // Beside each the key that an author wrote who inherited the other.
        let faults = [
            (client_secret_twice(request), "client_auth"),
            (body_of_a_get(request), "method"),
            (post_without_body(request), "query"),
            (content_type_of_nothing(request), "form"),
            (content_type_of_another(request), "form_in"),
        ];
        // A body that there cannot be is told once.
        let gets = faults[1].0.is_some();
        for (found, other) in faults.into_iter().filter(|(_, other)| !gets || *other != "query") {
            let Some((path, words)) = found else { continue };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let fault = Fault::at(&[&here[..], &path[..]].concat(), &words);
            self.add_fault(None, fault.or_at(&[&here[..], &[other]].concat()));
        }
        self.twice(&here, Known::of_step(step), request);
        // Of another exchange it may have that with all else.
        if step.exchange.like.is_none() {
            self.repeats(&here, Known::of_step(step), request);
        }
    }

    /// A secret that two templates send is one that the vendor needs once.
    fn twice(&mut self, here: &[&str], known: Known<'_>, request: &Request) {
        let mut sent: Vec<(String, Vec<String>)> = Vec::new();
        // A secret in an address is told as such, if it must not stand there.
        let counts = |path: &[String]| path[0] != "url" || request.secret_in_url;
        for (path, template) in parameters(request).filter(|(path, _)| counts(path)) {
            for name in request.shown_through(template).iter().filter(|name| known.is_secret(name)) {
                let same = alike(self.dialect, name);
                if request.repeats.iter().any(|repeated| alike(self.dialect, repeated) == same) {
                    continue;
                }
                match sent.iter().find(|(known, _)| *known == same) {
                    Some((_, first)) if *first != path => {
                        let words = format!(
                            "`{name}` is sent twice, in `{}` and in `{}`; remove one of them, or set `repeats = [\"{name}\"]` if the vendor documents both",
                            told(request, first),
                            told(request, &path)
                        );
                        let path: Vec<&str> = path.iter().map(String::as_str).collect();
                        let first: Vec<&str> = first.iter().map(String::as_str).collect();
                        let fault = Fault::at(&[here, &path[..]].concat(), &words);
                        self.add_fault(None, fault.or_at(&[here, &first[..]].concat()));
                    }
                    Some(_) => {}
                    None => sent.push((same, path.clone())),
                }
            }
        }
    }

    fn repeats(&mut self, here: &[&str], known: Known<'_>, request: &Request) {
        let sent: BTreeSet<String> =
            parameters(request).flat_map(|(_, template)| request.shown_through(template)).collect();
        for (index, name) in request.repeats.iter().enumerate() {
            if !sent.contains(name) || !known.is_secret(name) {
                let words = "this request sends no secret of that name; remove it";
                self.add(&[here, &["repeats", &index.to_string()]].concat(), words);
            }
        }
    }
}

/// A place in a request, for people, who count from one.
fn told(request: &Request, path: &[String]) -> String {
    let mut json = request.json.as_ref().filter(|_| path[0] == "json");
    let mut steps = vec![path[0].clone()];
    for (depth, step) in path.iter().enumerate().skip(1) {
        let counts = json.map_or(depth > 1, |json| matches!(json, Json::List(_)));
        steps.push(toml_source::counted(step).filter(|_| counts).unwrap_or_else(|| step.clone()));
        json = json.and_then(|json| match json {
            Json::List(items) => items.get(step.parse::<usize>().ok()?),
            Json::Object(members) => members.iter().find(|(name, _)| name == step).map(|(_, value)| value),
            Json::Plain(_) | Json::Text(_) => None,
        });
    }
    steps.join(".")
}

/// One token may go by two names.
fn alike(dialect: &Dialect, name: &str) -> String {
    match name {
        "access_token" if dialect.renews_with == RenewsWith::AccessToken => "refresh_token".to_owned(),
        name => name.to_owned(),
    }
}

/// What is sent with the request itself: a value is where it is named, and a digest login is never sent as it is.
fn parameters(request: &Request) -> impl Iterator<Item = (Vec<String>, &Template)> {
    let apart = |part: &str| ["client_assertion", "values", "digest"].contains(&part);
    request.templates().into_iter().filter(move |(path, _)| !apart(&path[0]))
}

type Found = Option<(Vec<String>, String)>;

fn at(key: &str, words: &str) -> Found {
    Some((vec![key.to_owned()], words.to_owned()))
}

/// The dialect places it, and `client_auth` would send it as well.
fn client_secret_twice(request: &Request) -> Found {
    let (path, _) = parameters(request)
        .find(|(_, template)| request.shown_through(template).contains("client_secret"))?;
    let again =
        request.client_auth.iter().find(|auth| auth.sends_secret() && !is_in_its_place(**auth, request))?;
    let words = format!(
        "`client_auth` already sends the client secret, as `{}`; set `client_auth = []` if it belongs here, or remove this",
        again.word()
    );
    Some((path, words))
}

/// What is written under the name and in the place that `auth` would give it is not said again.
fn is_in_its_place(auth: ClientAuth, request: &Request) -> bool {
    let place = match (auth, request.form_in) {
        (ClientAuth::ClientSecretPost, _) if request.json.is_some() => "json",
        (ClientAuth::ClientSecretPost, _) => "form",
        (ClientAuth::ClientSecretQuery, FormIn::Query) if request.form.is_some() => return false,
        (ClientAuth::ClientSecretQuery, _) => "query",
        _ => return false,
    };
    let shows = |template: &Template| request.shown_through(template).contains("client_secret");
    let mut all = parameters(request).filter(|(_, template)| shows(template));
    all.all(|(path, _)| path == [place, "client_secret"])
}

/// Adds to the form, wherever that is sent.
pub(super) fn adds_to_the_form(auth: ClientAuth) -> bool {
    use ClientAuth::{ClientSecretBasic, ClientSecretBasicPlain, ClientSecretQuery};
    !matches!(auth, ClientSecretBasic | ClientSecretBasicPlain | ClientSecretQuery)
}

fn has_members(request: &Request) -> bool {
    request.form.as_ref().is_some_and(|form| !form.0.is_empty())
}

/// RFC 9110 section 9.3.1: the body of a GET has no meaning, and what stands between may drop it.
fn body_of_a_get(request: &Request) -> Found {
    if request.method.word() != "GET" {
        return None;
    }
    let in_body = request.form_in != FormIn::Query;
    if request.json.is_some() {
        return at("json", "a GET has no body; send this in `query`, or set `method = \"POST\"`");
    }
    if request.body.is_some() {
        return at("body", "a GET has no body; send this in `query`, or set `method = \"POST\"`");
    }
    if has_members(request) && in_body {
        let words = "a GET has no body; `form_in = \"query\"` sends these in the address, and `form = {}` drops those of the dialect that this one extends";
        return at("form", words);
    }
    if in_body && matches!(request.extra_params, Some(Part::Form | Part::Json)) {
        return at("extra_params", "a GET has no body; set `extra_params = \"query\"`");
    }
    let adds = request.client_auth.iter().find(|auth| in_body && adds_to_the_form(**auth))?;
    let words = format!(
        "a GET has no body in which `{}` could send the client; set `client_auth = \"client_secret_query\"` or another method that the vendor accepts, `client_auth = []`, or `form_in = \"query\"`",
        adds.word()
    );
    at("client_auth", &words)
}

/// Everything stands in the query, and a body would be there for the client alone.
fn post_without_body(request: &Request) -> Found {
    let bodiless = !has_members(request) && request.json.is_none() && request.body.is_none();
    let posts = request.client_auth.contains(&ClientAuth::ClientSecretPost);
    let elsewhere =
        request.form_in == FormIn::Query || matches!(request.extra_params, Some(Part::Form | Part::Json));
    if !(bodiless && posts) || elsewhere || request.query.0.is_empty() {
        return None;
    }
    let words = "this request has no body, and `client_secret_post` would make one for the client alone; set `client_auth = \"client_secret_query\"`, or write what the vendor wants in a `form`";
    at("client_auth", words)
}

fn content_type_of_nothing(request: &Request) -> Found {
    let in_body = request.form_in != FormIn::Query;
    let made =
        request.client_auth.iter().any(|auth| adds_to_the_form(*auth)) || request.extra_params.is_some();
    let body =
        request.json.is_some() || request.body.is_some() || (in_body && (made || has_members(request)));
    let (name, _) = request.headers.0.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    let words = "this request has no body that this could describe; remove it, or set `body = \"\"` if the vendor wants it so";
    (!body).then(|| (vec!["headers".to_owned(), name.clone()], words.to_owned()))
}

/// What a form or a JSON tree is sent as, and what it is said to be.
fn content_type_of_another(request: &Request) -> Found {
    let (name, template) =
        request.headers.templates().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    let said = template.source().to_ascii_lowercase();
    let says_form = ["x-www-form-urlencoded", "form-data"].iter().any(|form| said.contains(form));
    let is_json = request.json.is_some() || (request.form_in == FormIn::Json && request.body.is_none());
    let is_form = has_members(request) && request.form_in == FormIn::Body;
    let words = match () {
        () if is_json && says_form => {
            "the body is JSON, but this says that it is a form; remove this, or write `form` with `form_in = \"body\"`"
        }
        () if is_form && said.contains("json") && !says_form => {
            "the body is a form, but this says that it is JSON; remove this, or set `form_in = \"json\"`"
        }
        () => return None,
    };
    Some((vec!["headers".to_owned(), name.to_owned()], words.to_owned()))
}

/// Which key, and why.
pub(super) fn one_body(request: &Request) -> Option<(&'static str, &'static str)> {
    let (form, json, raw) = (request.form.is_some(), request.json.is_some(), request.body.is_some());
    let moved = request.form_in != FormIn::Body;
    let adds = request.client_auth.iter().any(|auth| adds_to_the_form(*auth));
    let client = request.client_auth.iter().any(|auth| *auth != ClientAuth::None && adds_to_the_form(*auth));
    let extra = |part| request.extra_params == Some(part);
    let list = !matches!(request.json, None | Some(Json::Object(_)));
    let rules = [
        (
            moved && (json || raw),
            "form_in",
            "says where a `form` is sent, but this request has a body of another kind; remove one of them",
        ),
        (json && form, "json", "a request has one body: remove `json` or `form`"),
        (
            json && extra(Part::Form),
            "extra_params",
            "a request has one body, and this one has `json`; set `extra_params = \"json\"`",
        ),
        (
            form && extra(Part::Json) && request.form_in != FormIn::Json,
            "extra_params",
            "a request has one body, and this one is a form; set `extra_params = \"form\"`",
        ),
        (
            raw && (json || form || client || extra(Part::Form) || extra(Part::Json)),
            "body",
            "a request has one body: remove this, or what `form`, `json`, `client_auth` and `extra_params` make",
        ),
        (
            client && list,
            "client_auth",
            "this adds members to the body, and a `json` that is a list has none; authenticate in another way",
        ),
        (
            moved && !form && !adds && request.extra_params.is_none(),
            "form_in",
            "says where a `form` is sent, but there is none; write one, or remove this",
        ),
    ];
    rules.into_iter().find(|(broken, ..)| *broken).map(|(_, key, words)| (key, words))
}

#[cfg(test)]
mod tests {
    use super::super::told;
    use super::*;

    #[test]
    fn a_request_has_one_body() {
        for (lines, wanted) in [
            ("form.a = '1'", None),
            ("json.a = '1'\nextra_params = 'json'\nclient_auth = 'client_secret_post'", None),
            ("body = 'x'\nextra_params = 'query'\nclient_auth = 'client_secret_basic'", None),
            ("body = 'x'\nclient_auth = 'client_secret_query'", None),
            ("json = ['x']\nclient_auth = 'none'", None),
            ("json = ['x']\nclient_auth = 'client_secret_query'", None),
            ("form.a = '1'\nform_in = 'json'\nextra_params = 'json'", None),
            ("form_in = 'query'\nclient_auth = 'client_secret_post'", None),
            ("form.a = '1'\njson.a = '1'", Some("json")),
            ("json.a = '1'\nextra_params = 'form'", Some("extra_params")),
            ("form.a = '1'\nextra_params = 'json'", Some("extra_params")),
            ("form.a = '1'\nform_in = 'query'\nextra_params = 'json'", Some("extra_params")),
            ("body = 'x'\nform.a = '1'", Some("body")),
            ("body = 'x'\nextra_params = 'form'", Some("body")),
            ("body = 'x'\nclient_auth = 'client_secret_post'", Some("body")),
            ("json = ['x']\nclient_auth = 'client_secret_post'", Some("client_auth")),
            ("json.a = '1'\nform_in = 'json'", Some("form_in")),
            ("body = 'x'\nform_in = 'query'", Some("form_in")),
            ("query.a = '1'\nform_in = 'query'", Some("form_in")),
        ] {
            let request: Request =
                toml::from_str(&format!("url = 'https://a.example'\n{lines}")).expect(lines);
            assert_eq!(one_body(&request).map(|(key, _)| key), wanted, "{lines}");
        }
    }

    /// What is wrong with a refresh of these lines, without the path to its request.
    fn sent(lines: &str) -> Vec<String> {
        let all = told(&format!(
            "params = {{ pin = {{ secret = true, optional = true }}, open = {{ optional = true }} }}\nexchanges.refresh.answer.access_token = '/t'\n[exchanges.refresh.request]\nurl = 'https://a.example'\n{lines}\n"
        ));
        let of_this = all.into_iter().filter(|one| !one.starts_with("params."));
        of_this.map(|one| one.trim_start_matches("exchanges.refresh.request.").to_owned()).collect()
    }

    #[test]
    fn a_secret_is_sent_once_and_a_body_only_where_there_can_be_one() {
        let token = "form.t = '{{ refresh_token }}'\n";
        let secret = "form.s = '{{ client_secret }}'\n";
        let asked = "query.t = '{{ refresh_token }}'\n";
        for (lines, wanted) in [
            // Placed by the dialect, and sent by its `client_auth`.
            (format!("{token}{secret}"), ""),
            (format!("{token}{secret}client_auth = 'none'"), ""),
            (format!("{token}{secret}client_auth = 'private_key_jwt'"), ""),
            (
                format!(
                    "{token}form.client_secret = '{{{{ client_secret }}}}'\nclient_auth = 'client_secret_post'"
                ),
                "",
            ),
            (
                format!(
                    "{token}query.client_secret = '{{{{ client_secret }}}}'\nclient_auth = 'client_secret_query'"
                ),
                "",
            ),
            (
                format!(
                    "{token}form.s = '{{{{ client_secret | sha256 | hex }}}}'\nclient_auth = 'client_secret_post'"
                ),
                "",
            ),
            (
                format!("{token}{secret}client_auth = 'client_secret_post'"),
                "form.s: `client_auth` already sends the client secret, as `client_secret_post`; set `client_auth = []`",
            ),
            (
                format!(
                    "{token}form.client_secret = '{{{{ client_secret }}}}'\nclient_auth = ['client_secret_post', 'client_secret_basic']"
                ),
                "form.client_secret: `client_auth` already sends the client secret, as `client_secret_basic`",
            ),
            (
                format!(
                    "{token}headers.X-K = '{{{{ client_id }}}}.{{{{ client_secret }}}}'\nclient_auth = 'client_secret_query'"
                ),
                "headers.X-K: `client_auth` already sends the client secret",
            ),
            // One token or secret in two places.
            (format!("{token}headers.X = '{{{{ access_token }}}}'"), ""),
            (format!("{token}query.q = '{{{{ refresh_token | sha256 | hex }}}}'"), ""),
            (format!("{token}query.q = '{{{{ params.open }}}}'\nform.q = '{{{{ params.open }}}}'"), ""),
            (format!("{token}{asked}repeats = ['refresh_token']"), ""),
            (
                format!("{token}repeats = ['refresh_tokn', 'client_id']\nquery.c = '{{{{ client_id }}}}'"),
                "repeats.",
            ),
            (
                format!("{token}{asked}"),
                "form.t: `refresh_token` is sent twice, in `query.t` and in `form.t`; remove one of them, or set `repeats = [\"refresh_token\"]`",
            ),
            (
                format!("{token}headers.Authorization = 'Bearer {{{{ refresh_token }}}}'"),
                "form.t: `refresh_token` is sent twice, in `headers.Authorization` and in `form.t`",
            ),
            (
                "json = { t = '{{ refresh_token }}', a = '{{ params.pin }}', b = ['x{{ params.pin }}'] }"
                    .to_owned(),
                "json.b.0: `params.pin` is sent twice, in `json.a` and in `json.b.1`",
            ),
            (
                "form.t = ['{{ refresh_token }}', '{{ refresh_token }}']".to_owned(),
                "form.t.1: `refresh_token` is sent twice",
            ),
            (
                format!("{token}{secret}headers.X = '{{{{ client_secret }}}}'"),
                "form.s: `client_secret` is sent twice",
            ),
            // The body of a GET.
            (format!("method = 'GET'\n{asked}"), ""),
            (format!("method = 'GET'\n{token}form_in = 'query'\nclient_auth = 'client_secret_post'"), ""),
            (
                format!(
                    "method = 'GET'\n{asked}client_auth = ['client_secret_query', 'client_secret_basic']"
                ),
                "",
            ),
            (format!("method = 'GET'\n{asked}form = {{}}"), ""),
            (format!("method = 'GET'\n{token}"), "form: a GET has no body; `form_in = \"query\"`"),
            (format!("method = 'GET'\n{token}form_in = 'json'"), "form: a GET has no body"),
            (
                "method = 'GET'\njson.t = '{{ refresh_token }}'".to_owned(),
                "json: a GET has no body; send this in `query`",
            ),
            ("method = 'GET'\nbody = '{{ refresh_token }}'".to_owned(), "body: a GET has no body"),
            (format!("method = 'GET'\n{asked}extra_params = 'form'"), "extra_params: a GET has no body"),
            (
                format!("method = 'GET'\n{asked}client_auth = ['client_secret_basic', 'none']"),
                "client_auth: a GET has no body in which `none` could send the client",
            ),
            // A body for the client alone.
            (format!("{asked}client_auth = 'client_secret_query'"), ""),
            (format!("{asked}client_auth = 'none'"), ""),
            (
                format!("{asked}form = {{}}\nclient_auth = ['client_secret_basic', 'client_secret_post']"),
                "client_auth: this request has no body, and `client_secret_post` would make one",
            ),
            // What speaks of a body.
            (format!("{asked}headers.content-type = 'text/xml'\nbody = ''"), ""),
            (format!("{asked}headers.content-type = 'text/xml'\nclient_auth = 'none'"), ""),
            (format!("{token}form_in = 'json'\nheaders.content-type = 'application/vnd.api+json'"), ""),
            (
                format!(
                    "{token}form_in = 'json'\nheaders.content-type = 'application/x-www-form-urlencoded'"
                ),
                "headers.content-type: the body is JSON",
            ),
            (
                "json.t = '{{ refresh_token }}'\nheaders.Content-Type = 'multipart/form-data'".to_owned(),
                "headers.Content-Type: the body is JSON",
            ),
            (
                format!("{token}headers.Content-Type = 'application/json; charset=utf-8'"),
                "headers.Content-Type: the body is a form",
            ),
            (
                "json.t = '{{ refresh_token }}'\nheaders.Content-Type = 'application/vnd.platform+json'"
                    .to_owned(),
                "",
            ),
            (format!("{token}headers.Content-Type = 'application/x-www-form-urlencoded; charset=utf-8'"), ""),
            (
                format!("{asked}headers.content-type = 'application/json'"),
                "headers.content-type: this request has no body that this could describe",
            ),
            (
                format!("{token}form_in = 'query'\nheaders.Content-Type = 'application/json'"),
                "headers.Content-Type: this request has no body that this could describe",
            ),
        ] {
            let is = sent(&lines);
            let many = if wanted == "repeats." { 2 } else { usize::from(!wanted.is_empty()) };
            assert_eq!(is.len(), many, "{lines}: {is:?}");
            assert!(is.iter().all(|one| one.starts_with(wanted)), "{lines}: {is:?}");
        }
    }

    #[test]
    fn what_a_value_or_a_digest_is_made_of_counts_where_it_is_sent() {
        let token = "form.t = '{{ refresh_token }}'\n";
        let pin = "values.p = '{{ params.pin }}'\n";
        for (lines, wanted) in [
            (format!("{token}{pin}form.p = '{{{{ values.p }}}}'"), ""),
            // A value is sent where it is named, and by each that is made of it.
            (
                format!("{token}{pin}form.p = '{{{{ values.p }}}}'\nquery.q = '{{{{ values.p }}}}'"),
                "form.p: `params.pin` is sent twice, in `query.q` and in `form.p`",
            ),
            (
                format!(
                    "{token}{pin}form.p = '{{{{ params.pin }}}}'\nheaders.X = '{{{{ values.p | base64 }}}}'"
                ),
                "form.p: `params.pin` is sent twice, in `headers.X` and in `form.p`",
            ),
            (
                format!(
                    "{token}{pin}values.b = 'b{{{{ values.p }}}}'\nvalues.c = 'c{{{{ values.b }}}}'\nform.p = '{{{{ values.b }}}}'\nform.q = '{{{{ values.c }}}}'"
                ),
                "form.q: `params.pin` is sent twice, in `form.p` and in `form.q`",
            ),
            (
                format!(
                    "{token}{pin}values.d = '{{{{ values.p | sha256 | hex }}}}'\nform.p = '{{{{ values.p }}}}'\nform.d = '{{{{ values.d }}}}'"
                ),
                "",
            ),
            (
                format!(
                    "{token}{pin}form.p = '{{{{ values.p | sha256 | hex }}}}'\nquery.q = '{{{{ params.pin }}}}'"
                ),
                "",
            ),
            (
                format!(
                    "{token}values.s = '{{{{ client_secret }}}}'\nform.s = '{{{{ values.s }}}}'\nclient_auth = 'client_secret_post'"
                ),
                "form.s: `client_auth` already sends the client secret",
            ),
            (
                format!(
                    "{token}{pin}repeats = ['params.pin']\nform.p = '{{{{ values.p }}}}'\nquery.q = '{{{{ values.p }}}}'"
                ),
                "",
            ),
            // What a digest login is made with is not sent.
            (
                format!(
                    "{token}digest = {{ username = '{{{{ client_id }}}}', password = '{{{{ password }}}}' }}"
                ),
                "",
            ),
            (
                format!(
                    "{token}form.p = '{{{{ password }}}}'\ndigest = {{ username = '{{{{ password }}}}', password = '{{{{ password }}}}' }}"
                ),
                "",
            ),
            (
                format!(
                    "{token}digest = {{ username = 'u', password = '{{{{ client_secret }}}}' }}\nclient_auth = 'client_secret_post'"
                ),
                "",
            ),
            (
                format!(
                    "{token}repeats = ['password']\ndigest = {{ username = 'u', password = '{{{{ password }}}}' }}"
                ),
                "repeats.0: this request sends no secret of that name",
            ),
        ] {
            let is = sent(&lines);
            assert_eq!(is.len(), usize::from(!wanted.is_empty()), "{lines}: {is:?}");
            assert!(is.iter().all(|one| one.starts_with(wanted)), "{lines}: {is:?}");
        }
    }

    #[test]
    fn a_token_that_renews_itself_is_one_under_both_names() {
        let of = |renews: &str| {
            told(&format!(
                "{renews}exchanges.refresh.answer.access_token = '/t'\n[exchanges.refresh.request]\nurl = 'https://a.example'\nform.t = '{{{{ refresh_token }}}}'\nheaders.X = '{{{{ access_token }}}}'\n"
            ))
        };
        assert_eq!(of(""), Vec::<String>::new());
        let is = of("renews_with = 'access_token'\n");
        assert!(
            is.len() == 1
                && is[0].contains("form.t: `refresh_token` is sent twice, in `headers.X` and in `form.t`"),
            "{is:?}"
        );
    }
}
