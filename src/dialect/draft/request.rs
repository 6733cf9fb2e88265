//! From a curl command to the request of a dialect: which parts it has, what authenticates
//! the client, and what a refresh presents.

use serde_json::Value;

use super::curl::{self, Call, scheme};
use super::names::{Meaning, canonical, looks_random, placeholder};
use super::text::{Line, key, quoted};
use super::values::{Values, Written, braces, literal};
use crate::base::address::checked_url;
use crate::credential::reading::RenewsWith;

pub(super) struct Request {
    /// What it extends.
    pub(super) base: Option<&'static str>,
    pub(super) renews_with: RenewsWith,
    pub(super) method: String,
    /// As TOML, like every value here.
    pub(super) url: Option<Line>,
    pub(super) secret_in_url: bool,
    pub(super) client_auth: Option<Line>,
    pub(super) query: Vec<Line>,
    pub(super) headers: Vec<Line>,
    pub(super) body: Body,
    pub(super) certificate: bool,
    pub(super) left_out: Vec<String>,
    pub(super) values: Values,
}

pub(super) enum Body {
    None,
    Form(Vec<Line>),
    Json(Vec<Line>),
    /// JSON that is no object.
    List(String),
}

/// As it was pasted.
enum Sent {
    Nothing,
    Form(Vec<(String, String)>),
    Json(Value),
}

/// What makes no difference to a vendor's server, or tokcli does in its own way.
const OTHERS_WORK: [&str; 16] = [
    "user-agent",
    "accept-encoding",
    "accept-language",
    "connection",
    "host",
    "content-length",
    "transfer-encoding",
    "dnt",
    "priority",
    "cache-control",
    "pragma",
    "te",
    "upgrade-insecure-requests",
    "expect",
    "referer",
    "origin",
];

pub(super) fn of(text: &str) -> Result<Request, String> {
    let mut call = curl::read(text)?;
    if ["HEAD", "CONNECT", "TRACE"].contains(&call.method())
        || !call.method().bytes().all(|b| b.is_ascii_uppercase())
    {
        return Err(
            "the curl command has a method that brings no answer; a dialect has `POST`, `GET` and the like"
                .into(),
        );
    }
    leave_out_headers(&mut call);
    let (address, query) = address(&call.url)?;
    call.query.splice(0..0, query);
    let sent = sent(&call)?;
    check_names(&call, &sent)?;
    let mut values = Values::default();
    let renews_with = survey(&call, &sent, &address, &mut values);
    let mut made = Request::bare(base(&call, &sent), renews_with, call.method(), values);
    made.certificate = call.certificate;
    made.left_out = std::mem::take(&mut call.left_out);
    made.address(&address, &mut call)?;
    let login = made.login(&call)?;
    made.headers(&call)?;
    made.query = made.fields(&call.query);
    let sent = made.client_in_body(sent, login.is_some());
    made.headers.extend(login.flatten());
    made.body = made.body(sent)?;
    Ok(made)
}

fn leave_out_headers(call: &mut Call) {
    let goes = |name: &str| {
        let name = name.to_ascii_lowercase();
        OTHERS_WORK.contains(&name.as_str()) || name.starts_with("sec-")
    };
    let (gone, kept): (Vec<_>, Vec<_>) =
        std::mem::take(&mut call.headers).into_iter().partition(|(name, _)| goes(name));
    call.headers = kept;
    let of_note = ["referer", "origin", "user-agent"];
    for (name, _) in gone {
        if of_note.contains(&name.to_ascii_lowercase().as_str()) {
            call.leave_out(&format!("the header `{}`", name.to_ascii_lowercase()));
        }
    }
}

/// Without its query, and the query.
type Address = (String, Vec<(String, String)>);

fn address(url: &str) -> Result<Address, String> {
    let bare = url.split('#').next().unwrap_or(url);
    let (address, query) = bare.split_once('?').unwrap_or((bare, ""));
    Ok((address.to_owned(), curl::pairs(query)))
}

fn sent(call: &Call) -> Result<Sent, String> {
    let Some(data) = call.data.as_deref().map(str::trim).filter(|data| !data.is_empty()) else {
        return Ok(Sent::Nothing);
    };
    let kind = call.content_type().unwrap_or_default().to_ascii_lowercase();
    let json = serde_json::from_str::<Value>(data).ok().filter(|json| json.is_object() || json.is_array());
    match json {
        Some(json) => return Ok(Sent::Json(json)),
        None if kind.contains("json") => {
            return Err(
                "the curl command's body is not JSON, though it says so; a value without quotes?".into()
            );
        }
        None => {}
    }
    let is_form =
        (kind.is_empty() || kind.contains("form")) && data.split('&').all(|piece| piece.contains('='));
    if !is_form || data.starts_with(['<', '{', '[']) {
        return Err("the curl command's body is neither a form nor JSON; a dialect can have it as `body`, written by hand".into());
    }
    Ok(Sent::Form(curl::pairs(data)))
}

/// Names are shown as they are.
fn check_names(call: &Call, sent: &Sent) -> Result<(), String> {
    let mut all: Vec<&str> = call.query.iter().map(|(name, _)| name.as_str()).collect();
    match sent {
        Sent::Form(pairs) => all.extend(pairs.iter().map(|(name, _)| name.as_str())),
        Sent::Json(json) => names_of(json, &mut all),
        Sent::Nothing => {}
    }
    if all.iter().any(|name| name.chars().any(char::is_control)) {
        return Err("the name of a parameter holds a control character".into());
    }
    if all.iter().any(|name| looks_random(name)) {
        return Err("the name of a parameter looks like a secret; is a `=` missing?".into());
    }
    if call.headers.iter().any(|(name, _)| looks_random(name)) {
        return Err("the name of a header looks like a secret".into());
    }
    match call.headers.iter().find(|(_, value)| value.chars().any(char::is_control)) {
        Some(_) => Err("the value of a header holds a control character".into()),
        None => Ok(()),
    }
}

fn names_of<'a>(json: &'a Value, all: &mut Vec<&'a str>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                all.push(name);
                names_of(value, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_of(item, all)),
        _ => {}
    }
}

/// Every name and value of the request.
fn items(call: &Call, sent: &Sent) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = call.query.clone();
    for (name, value) in &call.headers {
        all.push(match scheme(value) {
            (kind, bare)
                if kind.eq_ignore_ascii_case("bearer") && name.eq_ignore_ascii_case("authorization") =>
            {
                ("access_token".to_owned(), bare.to_owned())
            }
            (_, bare) => (name.clone(), bare.to_owned()),
        });
    }
    match sent {
        Sent::Form(pairs) => all.extend(pairs.iter().cloned()),
        Sent::Json(json) => leaves("", json, &mut all),
        Sent::Nothing => {}
    }
    all
}

fn leaves(name: &str, json: &Value, all: &mut Vec<(String, String)>) {
    match json {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(name, value, all)),
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, all)),
        Value::String(text) => all.push((name.to_owned(), text.clone())),
        Value::Null | Value::Bool(_) => {}
        other => all.push((name.to_owned(), other.to_string())),
    }
}

/// Finds the secrets, and what a refresh presents.
fn survey(call: &Call, sent: &Sent, address: &str, values: &mut Values) -> RenewsWith {
    let items = items(call, sent);
    let has =
        |wanted: Meaning| items.iter().any(|(name, value)| super::names::meaning(name, value) == wanted);
    let named = |wanted: &[&str]| items.iter().find(|(name, _)| wanted.contains(&canonical(name).as_str()));
    let grant = named(&["granttype"]).map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
    let by_client = ["client_credentials", "password", "jwt-bearer", "authorization_code"]
        .iter()
        .any(|one| grant.contains(one))
        || named(&["password", "passwd", "pwd", "userpassword"]).is_some();
    let renewal =
        ["refresh", "renew", "extend"].iter().any(|word| address.to_ascii_lowercase().contains(word));
    let lone_token = named(&["token"]).is_some() && renewal && !by_client;
    let renews_with = if has(Meaning::RefreshToken) {
        RenewsWith::RefreshToken
    } else if !by_client && (has(Meaning::AccessToken) || lone_token) {
        values.token_is = Some(Meaning::AccessToken);
        RenewsWith::AccessToken
    } else {
        values.token_is = Some(Meaning::Secret);
        RenewsWith::Client
    };
    items.iter().for_each(|(name, value)| values.hide_if_secret(name, value));
    if let Some((_, password)) = call.login.as_deref().and_then(|login| login.split_once(':')) {
        values.hide(password);
    }
    renews_with
}

/// OAuth 2.0, as the built-in dialects have it.
fn base(call: &Call, sent: &Sent) -> Option<&'static str> {
    let Sent::Form(pairs) = sent else { return None };
    let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
    if call.method() != "POST" || !has("grant_type") {
        return None;
    }
    let of_client = !items(call, sent).iter().any(|(name, value)| {
        [Meaning::RefreshToken, Meaning::AccessToken].contains(&super::names::meaning(name, value))
    });
    match (has("refresh_token"), of_client) {
        (true, _) => Some("oauth2"),
        (false, true) => Some("oauth2-client-credentials"),
        (false, false) => None,
    }
}

impl Request {
    /// A literal host is what most want: a profile can still say `token_url`.
    fn address(&mut self, text: &str, call: &mut Call) -> Result<(), String> {
        let Some((kind, rest)) = text.split_once("://") else { return self.below_base(text) };
        let (authority, path) =
            rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let host = match authority.rsplit_once('@') {
            Some((login, host)) => {
                let decoded = curl::pairs(&format!("x={}", login.replace('+', "%2B")));
                call.login = decoded.into_iter().next().map(|(_, login)| login);
                host
            }
            None => authority,
        };
        let mut plain = format!("{kind}://{}", self.host(host, true));
        let mut template = format!("{kind}://{}", self.host(host, false));
        if let Some(path) = path {
            let (filled, written) = self.path(path);
            plain += &format!("/{filled}");
            template += &format!("/{written}");
        }
        checked_url(&plain).map_err(|why| format!("the curl command's address: {why}"))?;
        self.url = Some(Line::plain("url", quoted(&template)));
        Ok(())
    }

    /// `$BASE_URL/oauth/token`
    fn below_base(&mut self, text: &str) -> Result<(), String> {
        let (head, path) = text.split_once('/').unwrap_or((text, ""));
        if placeholder(head).is_none() {
            let words = "the curl command's address has no `https://`, and so curl would send everything in the clear; write it in full";
            return Err(words.into());
        }
        self.values.bind("base_url", head, false);
        let (filled, written) = self.path(path);
        checked_url(&format!("https://x.example/{filled}"))
            .map_err(|why| format!("the curl command's address: {why}"))?;
        self.url = Some(Line::plain(
            "url",
            quoted(format!("{}/{written}", braces("base_url")).trim_end_matches('/')),
        ));
        Ok(())
    }

    fn host(&mut self, host: &str, filled: bool) -> String {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, Some(port))
            }
            _ => (host, None),
        };
        let labels: Vec<String> = name
            .split('.')
            .map(|label| {
                let own = placeholder(label).or_else(|| looks_random(label).then(|| "host".to_owned()));
                let Some(own) = own else { return label.to_owned() };
                let param = self.values.param(&own, label, false);
                self.values.in_host(&param);
                if filled { "x".to_owned() } else { braces(&param) }
            })
            .collect();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", labels.join("."))
    }

    /// Filled in with stand-ins, and as a template.
    fn path(&mut self, path: &str) -> (String, String) {
        let mut above = "path".to_owned();
        let (mut filled, mut written) = (Vec::new(), Vec::new());
        for part in path.split('/') {
            let own = placeholder(part);
            let meaning = self.values.meaning("", part);
            match (&own, meaning) {
                (Some(own), _) => {
                    written.push(braces(&self.values.param(own, part, false)));
                    filled.push("x".to_owned());
                }
                (None, Meaning::Plain) => {
                    written.push(literal(part));
                    filled.push(part.to_owned());
                }
                (None, meaning) => {
                    let secret = meaning == Meaning::Secret;
                    let param = self.values.param(
                        &format!("{above}_{}", if secret { "key" } else { "id" }),
                        part,
                        secret,
                    );
                    self.secret_in_url |= secret;
                    written.push(braces(&param));
                    filled.push("x".to_owned());
                }
            }
            if !part.is_empty() && !looks_random(part) && placeholder(part).is_none() {
                part.clone_into(&mut above);
            }
        }
        (filled.join("/"), written.join("/"))
    }

    /// `Some(Some(_))`: a header, for a login that no registered name means.
    fn login(&mut self, call: &Call) -> Result<Option<Option<Line>>, String> {
        // As curl has it, a header of that name is sent in the login's place.
        let by_header = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let Some(login) = call.login.as_ref().filter(|_| !by_header) else { return Ok(None) };
        let (id, secret) = login.split_once(':').unwrap_or((login, "x"));
        if login.chars().any(char::is_control) {
            return Err("the login of the curl command holds a control character".into());
        }
        if secret.is_empty() {
            // The key is the user, and there is no password.
            self.values.hide(id);
            let param = self.values.param("api_key", id, true);
            // What it extends would send a login of its own.
            self.client_auth = self
                .base
                .map(|_| Line::noted("client_auth", "[]".to_owned(), "in the vendor's own way, see below"));
            let template = quoted(&format!("Basic {{{{ ({param} ~ ':') | base64 }}}}"));
            return Ok(Some(Some(Line::noted(
                "Authorization",
                template,
                "a key for a user, and no password",
            ))));
        }
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let is_plain = [id, secret].iter().any(|part| encoded(part) != **part && !part.contains('%'));
        self.values.bind("client_id", id, false);
        self.values.bind("client_secret", secret, true);
        self.client_auth = Some(if is_plain {
            Line::noted(
                "client_auth",
                quoted("client_secret_basic_plain"),
                "Basic; the vendor wants it without RFC 6749's encoding",
            )
        } else {
            Line::noted("client_auth", quoted("client_secret_basic"), "Basic")
        });
        Ok(Some(None))
    }

    /// Takes out of the body what `client_auth` puts there.
    fn client_in_body(&mut self, mut sent: Sent, has_login: bool) -> Sent {
        let get = |sent: &Sent, wanted: &str| match sent {
            Sent::Form(pairs) => {
                pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
            }
            Sent::Json(json) => json.get(wanted).and_then(Value::as_str).map(str::to_owned),
            Sent::Nothing => None,
        };
        let (id, secret) = (get(&sent, "client_id"), get(&sent, "client_secret"));
        let assertion = get(&sent, "client_assertion");
        let (line, gone): (Line, &[&str]) = match (id, secret, assertion) {
            _ if has_login => return sent,
            (Some(id), Some(secret), _) => {
                self.values.bind("client_id", &id, false);
                self.values.bind("client_secret", &secret, true);
                (Line::plain("client_auth", quoted("client_secret_post")), &["client_id", "client_secret"])
            }
            (Some(id), None, Some(_)) => {
                self.values.bind("client_id", &id, false);
                self.values.bind("client_secret", "", true);
                let note = "a signed assertion; a profile with a `private_key` signs with that";
                let names = "[\"client_secret_jwt\", \"private_key_jwt\"]".to_owned();
                let gone = &["client_id", "client_assertion_type", "client_assertion"];
                (Line::noted("client_auth", names, note), gone)
            }
            (id, None, None) if self.base.is_some() && !self.values.has("client_id") => {
                if let Some(id) = &id {
                    self.values.bind("client_id", id, false);
                }
                let note = if id.is_some() {
                    "a public client, which only names itself"
                } else {
                    "nothing says who the client is"
                };
                (Line::noted("client_auth", quoted("none"), note), &["client_id"])
            }
            _ if self.base.is_some() => {
                (Line::noted("client_auth", "[]".to_owned(), "in the vendor's own way, see below"), &[])
            }
            _ => return sent,
        };
        self.client_auth = Some(line);
        match &mut sent {
            Sent::Form(pairs) => pairs.retain(|(name, _)| !gone.contains(&name.as_str())),
            Sent::Json(Value::Object(members)) => members.retain(|name, _| !gone.contains(&name.as_str())),
            _ => {}
        }
        sent
    }

    fn headers(&mut self, call: &Call) -> Result<(), String> {
        for (name, value) in &call.headers {
            super::super::schema::selector::header_name(name)
                .map_err(|_| "a header of the curl command has no proper name")?;
            match name.to_ascii_lowercase().as_str() {
                "accept" if value.contains("*/*") || value.eq_ignore_ascii_case("application/json") => {}
                "content-type" if is_default_type(value, call) => {}
                "accept" | "content-type" if !looks_random(value) => {
                    self.headers.push(Line::plain(&key(name), quoted(&literal(value))));
                }
                lower => {
                    let (kind, bare) = scheme(value);
                    let bearer = lower == "authorization" && kind.eq_ignore_ascii_case("bearer");
                    let name_of_value = if bearer { "access_token" } else { name };
                    let named = if bearer && self.renews_with == RenewsWith::Client {
                        "api_key"
                    } else {
                        name_of_value
                    };
                    let whole = self.values.meaning(named, bare) == Meaning::Plain;
                    let line = if kind.is_empty() || whole {
                        self.line(name, named, value)
                    } else {
                        let Written { text, note } = self.values.write(named, bare);
                        Line {
                            key: key(name),
                            value: quoted(&format!("{kind} {text}")),
                            note: note.map(str::to_owned),
                        }
                    };
                    self.headers.push(line);
                }
            }
        }
        Ok(())
    }

    fn line(&mut self, name: &str, meant: &str, value: &str) -> Line {
        let Written { text, note } = self.values.write(meant, value);
        Line { key: key(name), value: quoted(&text), note: note.map(str::to_owned) }
    }

    /// Several of one name are a list.
    fn fields(&mut self, pairs: &[(String, String)]) -> Vec<Line> {
        let mut lines: Vec<(Line, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            let line = self.line(name, name, value);
            match lines.iter_mut().find(|(known, _)| known.key == line.key) {
                Some((_, values)) => values.push(line.value),
                None => {
                    let values = vec![line.value.clone()];
                    lines.push((line, values));
                }
            }
        }
        let joined = |(line, values): (Line, Vec<String>)| match values.len() {
            1 => line,
            _ => Line { value: format!("[{}]", values.join(", ")), ..line },
        };
        lines.into_iter().map(joined).collect()
    }

    fn body(&mut self, sent: Sent) -> Result<Body, String> {
        Ok(match sent {
            Sent::Nothing => Body::None,
            Sent::Form(pairs) => Body::Form(self.fields(&pairs)),
            Sent::Json(Value::Object(members)) => {
                let lines = members.iter().map(|(name, value)| {
                    let mut notes = Vec::new();
                    let value = self.json(name, value, &mut notes)?;
                    notes.dedup();
                    let note = (!notes.is_empty()).then(|| notes.join("; "));
                    Ok(Line { key: key(name), value, note })
                });
                Body::Json(lines.collect::<Result<_, String>>()?)
            }
            Sent::Json(other) => Body::List(self.json("", &other, &mut Vec::new())?),
        })
    }

    fn json(&mut self, name: &str, value: &Value, notes: &mut Vec<String>) -> Result<String, String> {
        let mut text = |values: &mut Values, value: &str| {
            let Written { text, note } = values.write(name, value);
            notes.extend(note.map(str::to_owned));
            text
        };
        Ok(match value {
            Value::Null => quoted("{{ none }}"),
            Value::Bool(truth) => truth.to_string(),
            Value::String(value) => {
                let written = text(&mut self.values, value);
                let is_number = ["{{ now }}", "{{ now_ms }}"].contains(&written.as_str());
                quoted(&if is_number { written.replace(" }}", " | string }}") } else { written })
            }
            Value::Number(number) if self.values.meaning(name, &number.to_string()) == Meaning::Plain => {
                let fits = number.is_i64() || number.is_f64();
                fits.then(|| number.to_string()).ok_or("a number of the body is too large for TOML")?
            }
            Value::Number(number) => {
                let written = text(&mut self.values, &number.to_string());
                self.values.is_number(&written);
                let is_number = ["{{ now }}", "{{ now_ms }}"].contains(&written.as_str());
                quoted(&if is_number { written } else { written.replace(" }}", " | int }}") })
            }
            Value::Array(items) => {
                // Scopes in a list are each their own.
                let name = if canonical(name).starts_with("scope") { "" } else { name };
                let items =
                    items.iter().map(|item| self.json(name, item, notes)).collect::<Result<Vec<_>, _>>()?;
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok(format!("{} = {}", key(name), self.json(name, value, notes)?)));
                format!("{{ {} }}", members.collect::<Result<Vec<_>, String>>()?.join(", "))
            }
        })
    }
}

/// What is sent with such a body anyway.
fn is_default_type(value: &str, call: &Call) -> bool {
    let json = call.data.as_deref().is_some_and(|data| data.trim_start().starts_with(['{', '[']));
    let value = value.to_ascii_lowercase();
    call.data.is_some()
        && (value == if json { "application/json" } else { "application/x-www-form-urlencoded" }
            || (json && value == "application/x-www-form-urlencoded"))
}
