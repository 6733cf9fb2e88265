//! Entry points for the targets in `fuzz/`; the tests replay `fuzz/corpus` through
//! them. Each takes any bytes, goes the way that the product goes without a
//! disk or a network, and panics where a promise does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use url::form_urlencoded;

use super::records;
use crate::base::address::checked_url;
use crate::base::clock::Moment;
use crate::base::error::{Error, config};
use crate::base::toml_source::Source;
use crate::credential::access::{Access, AccessExpiry};
use crate::credential::audience::Audience;
use crate::credential::record::{Binding, Record};
use crate::credential::secrets::{AccessToken, ClientSecret, RefreshToken};
use crate::credential::state::{AnswerAt, Attempt, Credential, Order, State, Version};
use crate::dialect::answer;
use crate::dialect::flow::Step;
use crate::dialect::nonces::Nonces;
use crate::dialect::template::Values;
use crate::http::message::HttpRequest;
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::profile::request::Presented;
use crate::profile::secrets::Secrets;
use crate::session::answer::AnswerReader;
use crate::store::item::Item;
use crate::terminal::wording;

/// What lies in a keyring or a journal: the first byte says which (`i`, `p`, `s`, `h`).
pub fn records(data: &[u8]) {
    records::records(data);
}

/// Four bytes, then a vendor's answer: the dialect (`0` and up: [`FUZZED`]), the status (`a` and up: [`STATUSES`]), two sets of [`flag`]s.
pub fn answers(data: &[u8]) {
    if let Some(([dialect, status, flags, more], rest)) = data.split_first_chunk() {
        let profile = &PROFILES[usize::from(dialect.wrapping_sub(b'0')) % PROFILES.len()];
        let status = STATUSES[usize::from(status.wrapping_sub(b'a')) % STATUSES.len()];
        answered(profile, status, [*flags, *more], rest);
    }
}

/// A profiles.toml. What it names is not opened.
pub fn profiles(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let closed = |_: &Path| Err(config("not opened here"));
    let profiles = match Profiles::read(Source::built_in("any", text), closed) {
        Ok(profiles) => profiles,
        Err(error) => return presentable(&error, text),
    };
    for name in profiles.names() {
        match profiles.get(name) {
            Ok(profile) => sendable(&profile),
            Err(error) => presentable(&error, text),
        }
    }
    for name in profiles.dialects.names() {
        let _ = (profiles.dialects.written(name), profiles.dialects.origin(name));
        if let Some(Err(error)) = profiles.dialects.load(name) {
            presentable(&error, text);
        }
    }
}

/// Stands in seeds where a secret may stand by mistake.
const CANARY: &str = "canary";

/// Codes and classes, known and odd. 0: none came.
const STATUSES: [u16; 20] =
    [200, 201, 204, 301, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 504, 0, 101, 299, 599, 999];

/// A dialect of every unit, test and place that the catalogue does not use.
const OWN: &str = r#"
[dialects.own]
rotation = "grace-new"
grace = "30s"
refresh_lifetime = "30d"
refresh_lifetime_kind = "absolute"
[dialects.own.exchanges.refresh.request]
url = "{{ base_url }}/t"
headers.X-Token = "{{ access_token }}"
json = { r = "{{ refresh_token }}", list = ["{{ client_secret | urlencode }}", 1] }
[dialects.own.exchanges.refresh.answer]
access_token = "/d/a~1t"
refresh_token = "/d/0"
token_type = "/tt"
scope = "/s"
access_expires = [
  { at = "/i", unit = "iso8601" }, { at = "/es", unit = "epoch_seconds" }, { at = "/em", unit = "epoch_milliseconds" },
  { at = "/ms", unit = "milliseconds" }, { at = "/j", unit = "jwt_exp" },
]
refresh_expires = [{ at = "/rms", unit = "milliseconds" }, { at = "/ri", unit = "iso8601" }]
words = ["/w", "/n", "/d/w"]
[dialects.own.exchanges.refresh.success]
status = [200, "5xx"]
tests = [{ at = "/ok", equals = [0, true, "yes"] }, { at = "/bad", present = false }]
[[dialects.own.exchanges.refresh.refusals]]
is = "login_required"
tests = [{ at = "/code", not_equals = [0, "1.0"], present = true }]
[[dialects.own.exchanges.refresh.refusals]]
is = "unavailable"
status = ["3xx", 418]
"#;

/// Those of the catalogue that answer in ways of their own, and `own`; seeds name them by their place, so new
/// ones come last. In a file: no vendor is named in the code.
const FUZZED: &str = include_str!("fuzzed.txt");

/// One for each of [`FUZZED`].
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let names: Vec<&str> = FUZZED.lines().collect();
    let entry = |name: &&str| {
        format!(
            "[profiles.{name}]\ndialect = \"{name}\"\nbase_url = \"https://a.example\"\n\
             token_url = \"https://a.example/t\"\nclient_id = \"id\"\nclient_secret = {{ env = \"S\" }}\n"
        )
    };
    let text = OWN.to_owned() + &names.iter().map(entry).collect::<String>();
    let profiles = Profiles::read(Source::built_in("fuzzing", &text), |_| Err(config("nothing to open")));
    let profiles = profiles.expect("it is written above");
    let whole = |name: &&str| profiles.get(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    names.iter().map(whole).collect()
});

const OLD: &str = "rt-canary-0123456789/old";
const ACCESS: &str = "at-canary-0123456789.old";
const CANDIDATE: &str = "rt-canary-0123456789-other";
const SECOND: &str = "rt-canary-0123456789-third";
const CLIENT: &str = "cs-canary-0123456789+client";

fn secrets(profile: &Profile) -> Secrets {
    profile.secrets_by(|_| Ok(ClientSecret::new(CLIENT))).expect("nothing is read")
}

mod flag {
    /// The body did not come to its end.
    pub(super) const BROKEN_OFF: u8 = 1;
    /// The first line of what follows is a `Retry-After`.
    pub(super) const RETRY_AFTER: u8 = 2;
    /// An access token is at hand.
    pub(super) const ACCESS: u8 = 4;
    pub(super) const CANDIDATE: u8 = 8;
    /// It answers a replay.
    pub(super) const REPLAY: u8 = 16;
    /// Of the second set: another boot than the one in which the credential was obtained.
    pub(super) const REBOOTED: u8 = 1;
    /// Of the second set: a header names encodings.
    pub(super) const ENCODED: u8 = 2;
}

fn before(flags: u8) -> Credential {
    let then = Moment { wall_ms: 1_767_222_000_000, boot_ms: 1_000_000, boot: "one".into() };
    let bound =
        Binding { origins: vec!["https://a.example".into()], client_id: Some("id".into()), discovered: None };
    let mut record = Record::first(Some(RefreshToken::new(OLD)), then.clone(), bound);
    if flags & flag::ACCESS != 0 {
        record.set_access(
            &Audience::default(),
            Some(Access {
                token: AccessToken::new(ACCESS),
                put_together: None,
                token_type: Some("Bearer".into()),
                scope: None,
                obtained: then.clone(),
                expires: AccessExpiry::At(1_767_225_600_000),
                extra: BTreeMap::new(),
                beside: BTreeMap::new(),
                id_token: None,
            }),
        );
    }
    if flags & flag::CANDIDATE != 0 {
        record.candidates = [CANDIDATE, SECOND].map(RefreshToken::new).to_vec();
    }
    let version = Version { order: Order { epoch: 1_767_000_000_000, generation: 3 }, sequence: 6 };
    let attempt = Attempt {
        nonce: "n".into(),
        journal: "j".into(),
        sent_at: then,
        replays: u32::from(flags >> 4 & 1),
        sent_by: Vec::new(),
        step: "refresh".into(),
        goes_on: false,
        audience: Some(Audience::default()),
        login: None,
    };
    let earlier = (flags & flag::REPLAY != 0).then(|| Attempt { nonce: "first".into(), ..attempt.clone() });
    Credential { version, state: State::held(record), seals: Vec::new() }.opened(attempt, earlier)
}

fn answered(profile: &Profile, status: u16, [flags, more]: [u8; 2], rest: &[u8]) {
    let line = rest.iter().position(|b| *b == b'\n').filter(|_| flags & flag::RETRY_AFTER != 0);
    let (header, body) = line.map_or((&b""[..], rest), |at| (&rest[..at], &rest[at + 1..]));
    let mut headers = match std::str::from_utf8(header) {
        Ok(text) if line.is_some() => vec![("retry-after".to_owned(), text.to_owned())],
        _ => Vec::new(),
    };
    if more & flag::ENCODED != 0 {
        headers.push(("content-encoding".to_owned(), "br, deflate, gzip".to_owned()));
    }
    let boot = if more & flag::REBOOTED == 0 { "one" } else { "two" }.to_owned();
    let at = Moment { wall_ms: 1_767_225_000_000, boot_ms: 4_000_000, boot };
    let complete = flags & flag::BROKEN_OFF == 0;
    let raw = RawAnswer { status, headers, body: body.to_vec(), complete, garbled: None, at };

    let before = before(flags).answered(raw.clone());
    records::survives(&before);
    let secrets = secrets(profile);
    let key = records::key();
    let step = profile.dialect.refresh().last();
    let reader = AnswerReader { profile, secrets: &secrets, key: &key, own: true, unchallenged: false };
    let applied = reader.apply(&before, AnswerAt::Unread, &raw, &step);
    let after = &applied.credential;

    kept(&before, after, applied.outcome.code().is_none());
    stored(after);
    if applied.outcome.code().is_none() {
        assert!(applied.warnings.iter().all(|words| printable(words)), "{:?}", applied.warnings);
        let access = held(after).access(&Audience::default()).expect("a grant has an access token");
        granted(access, &raw);
        assert!(![OLD, CLIENT].contains(&access.token.expose()), "what was sent is no access token");
    } else {
        assert!(after.order() == before.order() || after.order().generation == 4, "one step at a time");
        let tokens = [&before, after].map(|credential| refresh_token(held(credential)).expose());
        let all = [OLD, ACCESS, CANDIDATE, SECOND, CLIENT].into_iter().chain(tokens);
        let error = wording::error(&applied.outcome, applied.retry_after, profile);
        silent_about(&error, &all.collect::<BTreeSet<_>>());
    }
    let _ = step.open(&raw).imported(flags & flag::ACCESS != 0);
    if serde_json::from_slice::<Value>(body).is_ok() {
        assert!(answer::members(raw.body.as_slice()).is_some());
    }
}

fn held(credential: &Credential) -> &Record {
    credential.record().expect("no answer makes a record disappear")
}

fn refresh_token(record: &Record) -> &RefreshToken {
    record.refresh_token.as_ref().expect("nor its refresh token")
}

/// No answer makes us forget a refresh token that may be live.
fn kept(before: &Credential, after: &Credential, granted: bool) {
    assert_eq!(after.version.sequence, before.version.sequence + 1);
    let (old, new) = (held(before), held(after));
    let live = |record: &Record, token: &RefreshToken| {
        record.refresh_token.as_ref() == Some(token) || record.candidates.contains(token)
    };
    // A token of the vendor's settles which of ours was live.
    let settled = granted || !live(old, refresh_token(new));
    for token in old.candidates.iter().chain(&old.refresh_token) {
        assert!(live(new, token) || new.is_spent(token) || settled, "a refresh token is forgotten");
    }
}

fn stored(after: &Credential) {
    assert!(after.is_sane());
    records::survives(after);
    let line = Item::new(records::key(), after).encode().expect("encoded");
    let back = Item::decode(line.as_bytes(), "it").expect("decoded");
    assert!(back.credential.is_copy_of(after));
}

fn granted(access: &Access, raw: &RawAnswer) {
    assert!(!access.token.expose().trim().is_empty());
    let later = |ms: i64| Moment {
        wall_ms: raw.at.wall_ms + ms,
        boot_ms: raw.at.boot_ms + ms,
        boot: raw.at.boot.clone(),
    };
    if let AccessExpiry::At(at) = access.expires {
        let life = at.saturating_sub(raw.at.wall_ms);
        assert_eq!(access.remaining(&raw.at), (life > 0).then_some(life));
        assert_eq!(access.remaining(&later(life.clamp(0, 1 << 52))), None, "valid after its expiry");
    }
}

/// What people and scripts see of a failure: ASCII, short, and no 12 characters of a secret.
fn silent_about(error: &Error, secrets: &BTreeSet<&str>) {
    for words in [Some(&error.message()), error.hint.as_ref()].into_iter().flatten() {
        assert!(printable(words) && words.len() < 700, "{words:?}");
        let words = words.to_lowercase();
        for secret in secrets {
            let letters: Vec<char> = secret.to_lowercase().chars().collect();
            let mut stretches = letters.windows(12).map(|window| window.iter().collect::<String>());
            // A vendor can make a token of words that are ours; with this one in it, it is not.
            let telling = |stretch: &String| stretch.contains(CANARY) && words.contains(stretch);
            assert!(!stretches.any(|stretch| telling(&stretch)), "{words:?} shows {secret:?}");
        }
    }
}

fn printable(words: &str) -> bool {
    words.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// One line, and no value that stands where a secret may stand by mistake.
fn presentable(error: &Error, text: &str) {
    for words in [Some(&error.message()), error.hint.as_ref()].into_iter().flatten() {
        assert!(!words.chars().any(char::is_control), "{words:?}");
        let misplaced = text.parse::<toml::Table>().is_ok_and(|table| only_misplaced(&table, false));
        assert!(!(misplaced && words.contains(CANARY)), "{words:?}");
    }
}

/// Whether every canary stands as the value of a key for secrets.
fn only_misplaced(table: &toml::Table, secret: bool) -> bool {
    table.iter().all(|(key, value)| {
        let secret = secret || ["client_secret", "proxy_auth"].contains(&key.as_str());
        let good = match value {
            toml::Value::Table(inner) => only_misplaced(inner, false),
            toml::Value::String(text) => secret || !text.contains(CANARY),
            other => secret || !other.to_string().contains(CANARY),
        };
        good && !key.contains(CANARY)
    })
}

/// A profile that resolves can send, to where it is bound, whatever its secrets hold.
fn sendable(profile: &Profile) {
    let odd = "rt-\"&=+%#\\{{ x }};?/<\u{fc}>'";
    let secrets = profile.secrets_by(|_| Ok(ClientSecret::new(odd))).expect("nothing is read");
    for step in profile.dialect.refresh().steps() {
        let draw = Nonces::now().expect("random");
        let plain = profile.masked_request(&step, "plain", &draw);
        let [plain, odd] =
            [plain, request(profile, &step, &secrets, odd)].map(|made| made.map(|made| shape(&made)));
        step_is_sendable(profile, &step, plain, odd);
    }
}

type Shape = Result<Vec<String>, String>;

fn step_is_sendable(profile: &Profile, step: &Step<'_>, plain: Shape, odd: Shape) {
    match (plain, odd) {
        (Ok(plain), Ok(odd)) => {
            assert_eq!(plain, odd, "a secret changes more than a value");
            let url = checked_url(&plain[0]).expect("an address that secrets may be sent to");
            let secret = step.exchange.request.secret_in_url;
            assert!(secret || profile.binding.origins.contains(&url.origin().ascii_serialization()));
            if step.is_last() && !secret {
                assert_eq!(checked_url(&profile.token_address()).map(|url| url.origin()), Ok(url.origin()));
            }
        }
        // An expression may fail for one value and not for another.
        (Err(why), _) | (_, Err(why)) => assert!(!why.contains("rt-"), "{why}"),
    }
}

fn request(
    profile: &Profile,
    step: &Step<'_>,
    secrets: &Secrets,
    token: &str,
) -> Result<HttpRequest, String> {
    let kept = BTreeMap::new();
    let presented = Presented {
        refresh_token: Some(token),
        access_token: Some(token),
        kept: &kept,
        given: &Values::new(),
    };
    let draw = Nonces::now()?;
    profile.request(step, secrets, &presented, &draw).map_err(|error| error.message())
}

/// All of a request but its values: the address first, then the names in their order.
fn shape(request: &HttpRequest) -> Vec<String> {
    let mut address = request.url.clone();
    address.set_query(None);
    let mut all = vec![address.to_string()];
    all.extend(request.url.query_pairs().map(|(name, _)| name.into_owned()));
    for (name, value) in &request.headers {
        assert!(!value.bytes().any(|b| b < 0x20 || b == 0x7f), "a line break in a header");
        all.push(name.clone());
    }
    let body = request.body.as_ref().map(|body| body.as_str()).unwrap_or_default();
    match serde_json::from_str(body) {
        Ok(tree) => all.push(hollow(tree).to_string()),
        Err(_) => all.extend(form_urlencoded::parse(body.as_bytes()).map(|(name, _)| name.into_owned())),
    }
    all
}

fn hollow(tree: Value) -> Value {
    match tree {
        Value::String(_) => Value::Null,
        Value::Array(items) => items.into_iter().map(hollow).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, hollow(value))).collect(),
        plain => plain,
    }
}
