//! From a pasted answer to where its values stand, and to the same answer with made-up
//! tokens. Of the rest nothing is kept: it may say whose they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::curl;
use super::names::{Epoch, canonical, epoch, is_jwt, looks_random};
use super::text::quoted;
use crate::credential::jwt::claims;

#[derive(Default)]
pub(super) struct Answer {
    /// Unless it is JSON.
    pub(super) format: Option<&'static str>,
    pub(super) access_token: Spot,
    pub(super) refresh_token: Option<Spot>,
    pub(super) token_type: Option<Spot>,
    pub(super) scope: Option<Spot>,
    pub(super) access_expires: Option<Expiry>,
    pub(super) refresh_expires: Option<Expiry>,
    /// Where a success says that it is one, and how.
    pub(super) tests: Vec<(Spot, Value)>,
    pub(super) words: Vec<Spot>,
    /// With made-up tokens.
    pub(super) body: String,
    pub(super) secrets: Vec<String>,
}

/// A JSON Pointer, and a beginning of the value that is no part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) at: String,
    strip: bool,
}

#[derive(Clone)]
pub(super) struct Expiry {
    pub(super) spot: Spot,
    pub(super) unit: &'static str,
    pub(super) note: Option<&'static str>,
}

impl Spot {
    pub(super) fn at(pointer: &str) -> Spot {
        Spot { at: pointer.to_owned(), strip: false }
    }

    /// As TOML.
    pub(super) fn written(&self) -> String {
        let at = quoted(&self.at);
        if self.strip { format!("{{ at = {at}, strip = \"Bearer \" }}") } else { at }
    }
}

impl Expiry {
    /// As TOML.
    pub(super) fn written(&self) -> String {
        format!("[{{ at = {}, unit = \"{}\" }}]", quoted(&self.spot.at), self.unit)
    }
}

/// One value and the names that lead to it.
struct Leaf<'a> {
    path: Vec<String>,
    value: &'a Value,
}

impl Leaf<'_> {
    fn spot(&self) -> Spot {
        let escaped = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let strip = bearer(self.value).is_some();
        Spot { at: self.path.iter().map(escaped).collect(), strip }
    }

    fn name(&self) -> String {
        canonical(self.path.last().map_or("", String::as_str))
    }

    /// With the name of what it stands in: `refresh.token`.
    fn long_name(&self) -> String {
        let from = self.path.len().saturating_sub(2);
        self.path[from..].iter().map(|name| canonical(name)).collect()
    }

    fn is_below(&self, names: &[String]) -> bool {
        self.path.len() == names.len() + 1 && self.path.starts_with(names)
    }
}

fn bearer(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    text.get(..7).filter(|head| head.eq_ignore_ascii_case("bearer ")).map(|_| text[7..].trim())
}

/// What OAuth 2.0 says, where nobody has shown an answer.
pub(super) fn standard(rotates: bool) -> Answer {
    let mut body = json!({ "access_token": "at-2", "token_type": "Bearer", "expires_in": 3600 });
    if rotates {
        body["refresh_token"] = "rt-2".into();
    }
    Answer {
        access_token: Spot::at("/access_token"),
        refresh_token: rotates.then(|| Spot::at("/refresh_token")),
        token_type: Some(Spot::at("/token_type")),
        scope: Some(Spot::at("/scope")),
        access_expires: Some(Expiry { spot: Spot::at("/expires_in"), unit: "seconds", note: None }),
        words: ["/error", "/error_description", "/message"].map(Spot::at).to_vec(),
        body: body.to_string(),
        ..Answer::default()
    }
}

pub(super) fn of(text: &str) -> Result<Answer, String> {
    let (format, body) = parsed(text)?;
    let mut leaves = Vec::new();
    collect(&body, &mut Vec::new(), &mut leaves);
    leaves.retain(|leaf| !leaf.path.iter().any(|name| looks_random(name)));
    let access =
        best(&leaves, access_score).ok_or("the answer holds nothing that is named like an access token")?;
    let refresh = best(&leaves, refresh_score).filter(|refresh| refresh.path != access.path);
    let named = |wanted: &[&str]| {
        let mut found =
            leaves.iter().filter(|leaf| wanted.contains(&leaf.name().as_str()) && leaf.value.is_string());
        found.next().map(Leaf::spot)
    };
    let envelope: Vec<&Leaf<'_>> = leaves
        .iter()
        .filter(|leaf| (0..access.path.len()).any(|depth| leaf.is_below(&access.path[..depth])))
        .collect();
    let tests: Vec<(Spot, Value)> =
        envelope.iter().filter_map(|leaf| Some((leaf.spot(), verdict(leaf)?))).collect();
    let mut answer = Answer {
        format,
        access_token: access.spot(),
        refresh_token: refresh.map(Leaf::spot),
        token_type: named(&["tokentype"]),
        scope: named(&["scope", "scopes"]),
        access_expires: expiry(&leaves, false, access),
        refresh_expires: refresh.and_then(|refresh| expiry(&leaves, true, refresh)),
        words: words(&envelope, &tests),
        tests,
        body: String::new(),
        secrets: secrets(&leaves),
    };
    answer.body = answer.made_up(&body);
    Ok(answer)
}

/// What it is in, and the tree of it.
fn parsed(text: &str) -> Result<(Option<&'static str>, Value), String> {
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

fn collect<'a>(value: &'a Value, path: &mut Vec<String>, leaves: &mut Vec<Leaf<'a>>) {
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

/// The first of the highest score.
fn best<'a, 'v>(leaves: &'a [Leaf<'v>], score: fn(&str, &str) -> u8) -> Option<&'a Leaf<'v>> {
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

fn access_score(name: &str, long: &str) -> u8 {
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

fn refresh_score(name: &str, long: &str) -> u8 {
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

/// What a member of the envelope says in a success, if it is one that says so.
fn verdict(leaf: &Leaf<'_>) -> Option<Value> {
    const NAMES: [&str; 21] = [
        "code",
        "errcode",
        "errorcode",
        "errno",
        "status",
        "success",
        "ok",
        "result",
        "ret",
        "retcode",
        "returncode",
        "resultcode",
        "rescode",
        "respcode",
        "responsecode",
        "statuscode",
        "issuccess",
        "succeeded",
        "issucceeded",
        "rtncode",
        "subcode",
    ];
    if !NAMES.contains(&leaf.name().as_str()) {
        return None;
    }
    match leaf.value {
        Value::Bool(_) => Some(leaf.value.clone()),
        Value::Number(number) if number.as_i64().is_some_and(|code| (-1..1_000_000).contains(&code)) => {
            Some(leaf.value.clone())
        }
        Value::String(text) if is_word(text, 16) => Some(leaf.value.clone()),
        _ => None,
    }
}

/// Short, and nothing that anybody must hide.
fn is_word(text: &str, longest: usize) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || " _-.,!".contains(c);
    !text.is_empty() && text.len() <= longest && text.chars().all(good) && !looks_random(text)
}

fn words(envelope: &[&Leaf<'_>], tests: &[(Spot, Value)]) -> Vec<Spot> {
    const NAMES: [&str; 16] = [
        "error",
        "errordescription",
        "errormessage",
        "errormsg",
        "errmsg",
        "errmessage",
        "message",
        "msg",
        "detail",
        "description",
        "reason",
        "resultmsg",
        "resultmessage",
        "retmsg",
        "respmsg",
        "returnmsg",
    ];
    let codes = tests.iter().filter(|(_, value)| !value.is_boolean()).map(|(spot, _)| spot.clone());
    let named = envelope.iter().filter(|leaf| NAMES.contains(&leaf.name().as_str())).map(|leaf| leaf.spot());
    let mut all: Vec<Spot> = codes.chain(named).collect();
    if all.is_empty() {
        all = ["/error", "/error_description", "/message"].map(Spot::at).to_vec();
    }
    all
}

/// The end of one token's life, as well as its name and its value tell.
fn expiry(leaves: &[Leaf<'_>], of_refresh: bool, token: &Leaf<'_>) -> Option<Expiry> {
    let above = &token.path[..token.path.len() - 1];
    let says_refresh = |leaf: &Leaf<'_>| leaf.path.iter().any(|name| canonical(name).contains("refresh"));
    let mut found: Vec<(u8, Expiry)> = Vec::new();
    for leaf in leaves.iter().filter(|leaf| is_expiry(&leaf.name()) && says_refresh(leaf) == of_refresh) {
        if let Some((unit, note)) = unit(&leaf.name(), leaf.value) {
            let near = u8::from(leaf.is_below(above)) * 2 + u8::from(leaf.name().contains("access"));
            // A lifetime holds also where clocks differ.
            let counts = u8::from(["seconds", "milliseconds", "minutes", "hours", "days"].contains(&unit));
            found.push((near * 2 + counts, Expiry { spot: leaf.spot(), unit, note }));
        }
    }
    let nearest = found.iter().map(|(score, _)| *score).max();
    let by_name = found.into_iter().find(|(score, _)| Some(*score) == nearest).map(|(_, expiry)| expiry);
    by_name.or_else(|| {
        let text = bearer(token.value).or(token.value.as_str())?;
        claims(text)?.get("exp")?;
        let spot = Spot { strip: false, ..token.spot() };
        (!token.spot().strip).then_some(Expiry { spot, unit: "jwt_exp", note: Some("the token is a JWT") })
    })
}

fn is_expiry(name: &str) -> bool {
    ["expir", "validuntil", "validto", "validfor", "validity", "lifetime", "lifespan", "maxage"]
        .iter()
        .any(|part| name.contains(part))
        || ["exp", "ttl", "accessexp", "refreshexp", "validminutes", "validseconds"].contains(&name)
}

type Unit = (&'static str, Option<&'static str>);

fn unit(name: &str, value: &Value) -> Option<Unit> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return text.parse().ok().and_then(|count| counted(name, count, &text));
    }
    if text.parse::<jiff::Timestamp>().is_ok() {
        return Some(("iso8601", None));
    }
    if text.parse::<jiff::civil::DateTime>().is_ok() {
        return Some((
            "iso8601",
            Some("it names no offset: UTC is meant, or what `offset = \"+08:00\"` says"),
        ));
    }
    if jiff::fmt::rfc2822::parse(&text).is_ok() {
        return Some(("http_date", None));
    }
    let is_span = text.starts_with('P') && text.parse::<jiff::Span>().is_ok();
    is_span.then_some(("duration", None))
}

fn counted(name: &str, count: u64, text: &str) -> Option<Unit> {
    match epoch(text) {
        Some(Epoch::Seconds) => return Some(("epoch_seconds", Some("guessed: so large a number is a date"))),
        Some(Epoch::Milliseconds) => {
            return Some(("epoch_milliseconds", Some("guessed: so large a number is a date")));
        }
        None if count == 0 => return None,
        None => {}
    }
    for (ends, unit) in [
        (&["ms", "millis", "milliseconds", "msec"][..], "milliseconds"),
        (&["minutes", "mins", "min"], "minutes"),
        (&["hours", "hour"], "hours"),
        (&["days", "day"], "days"),
        (&["seconds", "secs", "sec"], "seconds"),
    ] {
        if ends.iter().any(|end| name.ends_with(end)) {
            return Some((unit, None));
        }
    }
    if count > CENTURY {
        return Some(("milliseconds", Some("guessed: as seconds it would be more than a century")));
    }
    // 1 h, 2 h, 24 h; as seconds they would be 41 days and more.
    if count.is_multiple_of(3_600_000) || [300_000, 600_000, 900_000, 1_800_000].contains(&count) {
        return Some(("milliseconds", Some("guessed: a round number of milliseconds")));
    }
    if name == "expiresin" { Some(("seconds", None)) } else { Some(("seconds", Some("guessed: seconds"))) }
}

const CENTURY: u64 = 3_200_000_000;

/// Every text but those that are words, numbers or dates.
fn secrets(leaves: &[Leaf<'_>]) -> Vec<String> {
    let texts = leaves.iter().filter_map(|leaf| leaf.value.as_str());
    texts.filter(|text| looks_random(text) || is_jwt(text)).map(str::to_owned).collect()
}

impl Answer {
    /// Only what something here reads, and with other tokens.
    fn made_up(&self, body: &Value) -> String {
        let mut kept: BTreeMap<String, Value> = BTreeMap::new();
        let value = |spot: &Spot| body.pointer(&spot.at).cloned().unwrap_or_default();
        for (spot, number) in
            self.refresh_token.iter().map(|spot| (spot, "rt-2")).chain([(&self.access_token, "at-2")])
        {
            kept.insert(spot.at.clone(), token(&value(spot), number, spot.strip));
        }
        let expiries = self.access_expires.iter().chain(&self.refresh_expires);
        for expiry in expiries.filter(|expiry| expiry.unit != "jwt_exp") {
            kept.insert(expiry.spot.at.clone(), value(&expiry.spot));
        }
        for (spot, otherwise) in self
            .token_type
            .iter()
            .map(|spot| (spot, "Bearer"))
            .chain(self.scope.iter().map(|spot| (spot, "read")))
            .chain(self.words.iter().map(|spot| (spot, "ok")))
        {
            let seen = value(spot);
            let safe = match &seen {
                Value::String(text) => text.is_empty() || is_word(text, 20),
                _ => true,
            };
            if !seen.is_null() && !seen.is_object() && !seen.is_array() {
                kept.entry(spot.at.clone()).or_insert(if safe { seen } else { otherwise.into() });
            }
        }
        kept.extend(self.tests.iter().map(|(spot, value)| (spot.at.clone(), value.clone())));
        let tree = pruned(body, "", &kept).unwrap_or_default();
        match self.format {
            Some("form") => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in tree.as_object().into_iter().flatten() {
                    form.append_pair(name, value.as_str().unwrap_or_default());
                }
                form.finish()
            }
            Some(_) => format!("callback({tree});"),
            None => tree.to_string(),
        }
    }
}

/// A JWT stays one, because its `exp` may be read.
fn token(seen: &Value, made_up: &str, strip: bool) -> Value {
    let text = bearer(seen).or(seen.as_str()).unwrap_or_default();
    let has_exp = claims(text).is_some_and(|claims| claims.get("exp").is_some());
    let made_up = if has_exp { format!("{MADE_UP_JWT}.{made_up}") } else { made_up.to_owned() };
    if strip { format!("Bearer {made_up}").into() } else { made_up.into() }
}

/// `{"alg":"none"}` and an `exp` an hour after the moment of the example.
pub(super) const MADE_UP_JWT: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NjcyMjkyMDB9";

fn pruned(value: &Value, at: &str, kept: &BTreeMap<String, Value>) -> Option<Value> {
    if let Some(value) = kept.get(at) {
        return Some(value.clone());
    }
    match value {
        Value::Object(members) => {
            let members = members.iter().filter_map(|(name, value)| {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                Some((name.clone(), pruned(value, &at, kept)?))
            });
            Some(members.collect::<Map<_, _>>()).filter(|members| !members.is_empty()).map(Value::Object)
        }
        Value::Array(items) => {
            // Places count, so what goes leaves a gap.
            let items: Vec<Option<Value>> = items
                .iter()
                .enumerate()
                .map(|(index, item)| pruned(item, &format!("{at}/{index}"), kept))
                .collect();
            let any = items.iter().any(Option::is_some);
            let last = items.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            any.then(|| items.into_iter().take(last).map(Option::unwrap_or_default).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_expiries_are_found_by_their_names() {
        let jwt = format!("{MADE_UP_JWT}.x");
        for (body, access, refresh, expires) in [
            (
                json!({ "access_token": "a", "refresh_token": "b", "expires_in": 3600 }),
                "/access_token",
                "/refresh_token",
                ("/expires_in", "seconds"),
            ),
            (
                json!({ "access": { "token": "a", "expires": "2026-01-31T12:00:00Z" }, "refresh": { "token": "b", "expires": "2026-02-28T12:00:00Z" } }),
                "/access/token",
                "/refresh/token",
                ("/access/expires", "iso8601"),
            ),
            (
                json!({ "data": [{ "Token": "a", "RefreshToken": "b", "ExpiresIn": 7_200_000 }] }),
                "/data/0/Token",
                "/data/0/RefreshToken",
                ("/data/0/ExpiresIn", "milliseconds"),
            ),
            (
                json!({ "result": { "accessToken": "a", "refreshToken": "b", "expireTime": 1_767_229_200, "refreshExpireTime": 1_769_229_200 } }),
                "/result/accessToken",
                "/result/refreshToken",
                ("/result/expireTime", "epoch_seconds"),
            ),
            (
                json!({ "a/b": { "token": "x", "tokenType": "y", "csrfToken": "z", "validMinutes": "30" } }),
                "/a~1b/token",
                "",
                ("/a~1b/validMinutes", "minutes"),
            ),
            (
                json!({ "id_token": "i", "jwt": jwt, "refresh_token_expires_in": 5 }),
                "/jwt",
                "",
                ("/jwt", "jwt_exp"),
            ),
            (json!({ "session": { "authToken": "a" } }), "/session/authToken", "", ("", "")),
        ] {
            let found = of(&body.to_string()).unwrap_or_else(|why| panic!("{body}: {why}"));
            assert_eq!(found.access_token.at, access, "{body}");
            assert_eq!(found.refresh_token.map(|spot| spot.at).unwrap_or_default(), refresh, "{body}");
            let expiry = found.access_expires.map(|expiry| (expiry.spot.at, expiry.unit)).unwrap_or_default();
            assert_eq!((expiry.0.as_str(), expiry.1), expires, "{body}");
        }
    }

    #[test]
    fn numbers_are_told_apart_by_name_and_size() {
        for (name, value, wanted) in [
            ("expiresin", json!(3600), "seconds"),
            ("expiresin", json!("86400"), "seconds"),
            ("expiresin", json!(5_184_000), "seconds"),
            ("expiresin", json!(3_600_000), "milliseconds"),
            ("expiresin", json!(1_767_225_600), "epoch_seconds"),
            ("expiresat", json!(1_767_225_600_000_u64), "epoch_milliseconds"),
            ("expiresin", json!(2_592_000_000_u64), "milliseconds"),
            ("expireminutes", json!(30), "minutes"),
            ("expires", json!("2026-01-31 12:00:00"), "iso8601"),
            ("expires", json!("Wed, 21 Oct 2026 07:28:00 GMT"), "http_date"),
            ("expires", json!("PT1H"), "duration"),
            ("expires", json!("soon"), ""),
            ("expires", json!(0), ""),
            ("expires", json!(true), ""),
        ] {
            assert_eq!(unit(name, &value).map(|unit| unit.0).unwrap_or_default(), wanted, "{name} {value}");
        }
    }

    #[test]
    fn other_forms_of_an_answer_are_known() {
        for (text, format, body) in [
            ("access_token=a&token_type=x", Some("form"), "access_token=at-2&token_type=x"),
            ("cb({\"token\":\"a\"});", Some("json_within"), "callback({\"token\":\"at-2\"});"),
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{\"token\":\"Bearer a\"}", None, "{\"token\":\"Bearer at-2\"}"),
        ] {
            let found = of(text).expect(text);
            assert_eq!((found.format, found.body.as_str()), (format, body), "{text}");
        }
    }

    #[test]
    fn only_what_is_read_stays_in_the_recorded_answer() {
        let found = of("{\"message\":{\"token\":\"a\",\"x\":1}}").expect("read");
        assert_eq!(found.body, "{\"message\":{\"token\":\"at-2\"}}");
        let body = json!({ "ok": true, "name": "Jane", "list": [1, { "accessToken": "a", "mail": "x" }, 3] });
        let found = of(&body.to_string()).expect("read");
        assert_eq!(found.body, json!({ "ok": true, "list": [null, { "accessToken": "at-2" }] }).to_string());
        assert_eq!(found.tests, [(Spot::at("/ok"), json!(true))].to_vec());
    }
}
