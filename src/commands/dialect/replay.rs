//! One recorded example, replayed: its request built as any other, its answers read as any other.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use crate::base::error::{Result, config, internal};
use crate::base::order::{Arrange as _, InOrder as _};
use crate::credential::reading::RenewsWith;
use crate::credential::secrets::{ClientSecret, Kept};
use crate::dialect::examples::{self, Difference, Example, Is, RecordedAnswer};
use crate::dialect::nonces::Nonces;
use crate::dialect::schema::{Dialect, Login};
use crate::dialect::totp::Totp;
use crate::http::message::{HttpRequest, Method, Proofs, Wanted};
use crate::profile::Profile;
use crate::profile::configuration;
use crate::profile::request::{Presented, REDIRECT_URI};
use crate::profile::secret_source::SecretSource;
use crate::profile::secrets::{SECRET_KEYS, Secrets, TOTP, TOTP_SEED, USERNAME};
use crate::terminal::masked::MASK;

pub(super) struct Replay {
    title: String,
    /// As it was built.
    request: Option<String>,
    /// A line for each answer.
    answers: Vec<String>,
    pub(super) differences: Vec<Difference>,
}

impl Replay {
    pub(super) fn of(name: &str, dialect: &Arc<Dialect>, example: &Example, index: usize) -> Result<Replay> {
        let shown = example.authorization.as_ref().map(|grant| format!("{grant}: address"));
        let title = example.title.as_ref().or(shown.as_ref()).unwrap_or(&example.exchange);
        let title = format!("{name}, example {}: {title}", index + 1);
        let built = match (request(name, dialect, example), &example.request) {
            (Ok(built), _) => Some(built),
            // An example may be of answers alone.
            (Err(_), None) if !example.answers.is_empty() => None,
            (Err(error), _) => return Err(config(format!("{title}: {}", error.message()))),
        };
        let secrets = ExampleSecrets::of(dialect, example);
        // Without a record of it, the request is shown all the same: it may become one.
        let made = built.as_ref().filter(|_| is_made(dialect, example));
        let masked = |built: &HttpRequest| {
            let again = played(name, dialect, example, Some(&|name| secrets.names(name)));
            // Where a mask cannot stand, as for a whole address, nothing else is shown.
            again.map_or_else(|_| format!("{} {MASK}", built.method.word()), |request| lines(&request))
        };
        let request = built.as_ref().filter(|_| made.is_none()).map(masked);
        let differences = match (&example.request, &built) {
            (Some(recorded), Some(built)) => match recorded.compare(built) {
                found if found.is_empty() => found,
                _ => recorded.compare_with(built, &self::request(name, dialect, example)?),
            },
            _ => Vec::new(),
        };
        let mut replay = Replay { title, request, answers: Vec::new(), differences };
        let step = example.step(dialect);
        if let Some(made) = made {
            let token = made.body.as_ref().map_or("", |token| token.as_str());
            replay.differences = example.compare_made(&step, token);
            replay.answers.push("nothing is sent: the access token is made".to_owned());
        }
        for (index, answer) in example.answers.iter().enumerate() {
            replay.add(
                index + 1,
                answer,
                answer.compare(&step, &example.raw(answer), &example.plain(dialect)),
            );
        }
        for difference in &mut replay.differences {
            difference.recorded = secrets.without(&difference.recorded);
            difference.comes_out = secrets.without(&difference.comes_out);
        }
        Ok(replay)
    }

    fn add(&mut self, number: usize, answer: &RecordedAnswer, found: Vec<Difference>) {
        let is = if found.iter().any(|difference| difference.is_verdict) {
            "NOT as recorded"
        } else {
            answer.is.map_or("a success", Is::word)
        };
        self.answers.push(format!("answer {number} (status {}): {is}", answer.status));
        let found = found.into_iter();
        self.differences.extend(found.map(|difference| Difference {
            what: format!("answer {number}, {}", difference.what),
            ..difference
        }));
    }

    pub(super) fn text(&self) -> String {
        let verdict = if self.differences.is_empty() { "as recorded" } else { "NOT as recorded" };
        let mut text = format!("{}: {verdict}\n", self.title);
        let request = self.request.iter().flat_map(|request| request.lines());
        for line in request {
            text += format!("  > {line}").trim_end();
            text.push('\n');
        }
        for line in &self.answers {
            text += &format!("  < {line}\n");
        }
        for Difference { what, recorded, comes_out, .. } in &self.differences {
            text += &format!("  {what}:\n    recorded: {recorded}\n    comes out: {comes_out}\n");
        }
        text
    }

    pub(super) fn object(&self, dialect: &str) -> Value {
        let object = |difference: &Difference| {
            let Difference { what, recorded, comes_out, .. } = difference;
            json!({ "what": what, "recorded": recorded, "comes_out": comes_out })
        };
        let differences: Vec<Value> = self.differences.iter().map(object).collect();
        json!({ "dialect": dialect, "title": self.title, "request": self.request, "answers": self.answers, "differences": differences })
    }
}

fn is_made(dialect: &Dialect, example: &Example) -> bool {
    example.authorization.is_none() && example.step(dialect).exchange.makes.is_some()
}

/// The request of an example, built as any other.
pub(super) fn request(name: &str, dialect: &Arc<Dialect>, example: &Example) -> Result<HttpRequest> {
    played(name, dialect, example, None)
}

/// `is_secret`: the names of the values for which masks stand.
fn played(
    name: &str,
    dialect: &Arc<Dialect>,
    example: &Example,
    is_secret: Option<&dyn Fn(&str) -> bool>,
) -> Result<HttpRequest> {
    let mut table = example.profile.clone();
    for key in SECRET_KEYS {
        hide(&mut table, key);
    }
    if let Some(toml::Value::Table(params)) = table.get_mut("params") {
        for (key, _) in dialect.params.iter().filter(|(_, rule)| rule.secret) {
            hide(params, key);
        }
    }
    // One of several steps names what that step is made of.
    let profile = configuration::alone(name, dialect, table.clone())
        .or_else(|_| configuration::alone(name, &Arc::new(narrowed(dialect, example)), table))?;
    let secrets = profile.secrets_by(|source| match source {
        SecretSource::Command(words) => Ok(ClientSecret::new(words[0].as_str())),
        _ => Err("in an example a secret is written literally".into()),
    })?;
    let credential = &example.credential;
    let kept = credential.kept.iter().map(|(name, value)| (name.clone(), Kept::new(value.clone(), true)));
    let only = credential
        .access_token
        .as_deref()
        .filter(|_| dialect.renews_with == RenewsWith::AccessToken && credential.refresh_token.is_empty());
    let mut given = example.given();
    // What a refresh names is the profile's, or was kept.
    if example.authorization.is_none() && !example.step(dialect).is_of_a_login() {
        given.retain(|name, _| name != REDIRECT_URI || example.given.contains_key(name));
    }
    let presented = Presented {
        refresh_token: Some(only.unwrap_or(&credential.refresh_token)),
        access_token: credential.access_token.as_deref(),
        kept: &kept.in_order(),
        given: &given,
    };
    match &example.authorization {
        Some(grant) => authorization(&profile, grant, &secrets, &presented, &example.nonces()),
        None => match (&example.step(dialect), &example.nonces(), is_secret) {
            (step, draw, None) => profile.request(step, &secrets, &presented, draw),
            (step, draw, Some(is_secret)) => profile
                .request_with_masks(step, (&secrets, &presented), (MASK, is_secret), draw)
                .map_err(config),
        },
    }
}

/// What names and structure it has, and what values are in it.
fn lines(request: &HttpRequest) -> String {
    let mut lines = format!("{} {}", request.method.word(), request.url);
    for (name, value) in request.shown_headers() {
        lines += &format!("\n{name}: {value}");
    }
    lines.extend(
        request.body.iter().filter(|body| !body.is_empty()).map(|body| format!("\n\n{}", body.as_str())),
    );
    lines
}

/// The dialect as if it had the step of the example alone.
fn narrowed(dialect: &Dialect, example: &Example) -> Dialect {
    let mut one = dialect.clone();
    if example.authorization.is_none() {
        one.steps = vec![example.exchange.clone()];
        one.logins.clear();
        one.revocation = None;
        let request = &example.step(dialect).exchange.request;
        let given = example.profile.get("params").and_then(toml::Value::as_table);
        let is_given = |name: &String| given.is_some_and(|given| given.contains_key(name));
        one.params.retain(|name, _| is_given(name) || request.uses(&format!("params.{name}")));
    }
    one
}

/// The address that a browser visits, as if we asked for it.
fn authorization(
    profile: &Profile,
    grant: &str,
    secrets: &Secrets,
    presented: &Presented<'_>,
    draw: &Nonces,
) -> Result<HttpRequest> {
    let (login, _) = profile.login(grant)?;
    let authorization = login.authorization.as_ref().ok_or_else(|| internal("an example of no address"))?;
    let url = profile.authorization_address(authorization, secrets, presented, draw)?;
    let method = Method::get();
    let wanted = Wanted { headers: Vec::new(), body: false };
    Ok(HttpRequest { method, url, headers: Vec::new(), body: None, wanted, proofs: Proofs::default() })
}

/// A secret of an example, where only a source of one may stand.
fn hide(table: &mut toml::Table, key: &str) {
    if let Some(text) = table.get(key).and_then(toml::Value::as_str) {
        let command = toml::Value::Array(vec![text.into()]);
        table.insert(key.into(), toml::Table::from_iter([("command".to_owned(), command)]).into());
    }
}

/// Whether every example comes out as recorded.
pub(super) fn holds(name: &str, dialect: &Arc<Dialect>) -> bool {
    let Ok(recorded) = examples::read(dialect, &dialect.examples) else { return false };
    let replays =
        recorded.iter().enumerate().map(|(index, example)| Replay::of(name, dialect, example, index));
    replays.into_iter().all(|replay| replay.is_ok_and(|replay| replay.differences.is_empty()))
}

/// Everything in an example that would be a secret in life, and may be one by mistake.
struct ExampleSecrets {
    /// Of the values that templates name.
    names: BTreeSet<String>,
    /// The longer first: one may be part of another.
    texts: Vec<String>,
}

/// Shorter ones would take other words with them.
const SHORTEST_SECRET: usize = 4;

/// Of what an example is given: what everybody may see.
const SHOWN: [&str; 5] = ["state", REDIRECT_URI, "code_challenge", "token_type_hint", USERNAME];

impl ExampleSecrets {
    fn of(dialect: &Dialect, example: &Example) -> ExampleSecrets {
        let mut all: Vec<(String, Option<&str>)> = Vec::new();
        // A certificate is shown to everybody, and a name is no secret.
        let own = SECRET_KEYS.iter().filter(|key| !["certificate", USERNAME].contains(key));
        all.extend(
            own.map(|key| ((*key).to_owned(), example.profile.get(*key).and_then(toml::Value::as_str))),
        );
        let params = example.profile.get("params").and_then(toml::Value::as_table);
        let secret = dialect.params.iter().filter(|(_, rule)| rule.secret);
        all.extend(
            secret
                .map(|(name, _)| (format!("params.{name}"), params.and_then(|all| all.get(name)?.as_str()))),
        );
        let credential = &example.credential;
        all.push(("refresh_token".to_owned(), Some(&credential.refresh_token)));
        all.push(("access_token".to_owned(), credential.access_token.as_deref()));
        let is_open = |name: &str| {
            let mut known = dialect.exchanges.values().filter_map(|one| one.answer.keep.get(name)).peekable();
            known.peek().is_some() && known.all(|keep| !keep.secret)
        };
        let kept = credential.kept.iter().filter(|(name, _)| !is_open(name));
        all.extend(kept.map(|(name, value)| (format!("kept.{name}"), Some(value.as_str()))));
        let is_typed_openly = |name: &str| {
            let asked = name.strip_prefix("asked.");
            let asked = |login: &Login| asked.and_then(|name| login.ask.get(name)).map(|ask| ask.secret);
            let mut all = dialect.logins.values().filter_map(asked).peekable();
            all.peek().is_some() && all.all(|secret| !secret)
        };
        let given = example.given.iter().filter(|(name, _)| !SHOWN.contains(&name.as_str()));
        let given = given.filter(|(name, _)| !is_typed_openly(name));
        all.extend(given.map(|(name, value)| (name.clone(), Some(value.as_str()))));
        let seed = example.profile.get(TOTP_SEED).and_then(toml::Value::as_str);
        let totp = seed.and_then(|seed| Totp::parse(seed).ok());
        let totp = totp.map(|totp| totp.code(example.nonces().now_ms).to_string());
        all.extend(totp.as_deref().map(|code| (TOTP.to_owned(), Some(code))));
        let reads = example.answers.iter().filter_map(|answer| answer.reads.as_ref());
        let read = reads.flat_map(|reads| [&reads.access_token, &reads.refresh_token]).flatten();
        let texts = all.iter().filter_map(|(_, text)| text.map(str::to_owned)).chain(read.cloned());
        let mut texts: Vec<String> = texts.filter(|text| text.len() >= SHORTEST_SECRET).collect();
        texts.arrange_by_key(|text| std::cmp::Reverse(text.len()));
        ExampleSecrets { texts, names: all.into_iter().map(|(name, _)| name).collect() }
    }

    /// Of a value that a template names.
    fn names(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// What differs must be seen, so only what is a secret word for word is masked.
    fn without(&self, text: &str) -> String {
        self.texts.iter().fold(text.to_owned(), |shown, secret| {
            let encoded: String = byte_serialize(secret.as_bytes()).collect();
            shown.replace(&encoded, MASK).replace(secret, MASK)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use url::Url;
    use zeroize::Zeroizing;

    use super::*;
    use crate::dialect::UserDialects;
    use crate::dialect::catalog;
    use crate::http::client::{Delivery, Door, Route};
    use crate::http::proxy::Proxy;
    use crate::http::tls::Tls;

    /// Answers one request with what was recorded, and gives the request back.
    fn stand_in(listener: &TcpListener, answer: &RecordedAnswer) -> Vec<u8> {
        let (mut stream, _) = listener.accept().expect("asked");
        let mut came = Vec::new();
        loop {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).expect("readable");
            came.extend_from_slice(&chunk[..count]);
            if count == 0 || complete(&came) {
                break;
            }
        }
        let mut reply =
            format!("HTTP/1.1 {} Recorded\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in answer.headers() {
            reply += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{reply}\r\n{}", answer.body).as_bytes()).expect("written");
        came
    }

    fn parse<T>(came: &[u8], then: impl FnOnce(&httparse::Request<'_, '_>, &[u8]) -> T) -> Option<T> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(came).expect("HTTP") {
            httparse::Status::Complete(end) => Some(then(&request, &came[end..])),
            httparse::Status::Partial => None,
        }
    }

    fn complete(came: &[u8]) -> bool {
        let whole = |request: &httparse::Request<'_, '_>, body: &[u8]| {
            let length =
                request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
            let length = length.map_or("0", |header| std::str::from_utf8(header.value).expect("a number"));
            body.len() >= length.parse::<usize>().expect("a number")
        };
        parse(came, whole).unwrap_or(false)
    }

    /// What came over the wire, as the example writes it.
    fn as_recorded(came: &[u8], built: &HttpRequest, example: &Url) -> HttpRequest {
        let read = |request: &httparse::Request<'_, '_>, body: &[u8]| {
            let ours = ["user-agent", "host", "content-length"];
            let headers =
                request.headers.iter().filter(|header| !ours.contains(&header.name.to_lowercase().as_str()));
            let text = |bytes: &[u8]| Zeroizing::new(String::from_utf8(bytes.to_vec()).expect("UTF-8"));
            let came = headers.map(|header| (header.name.to_owned(), text(header.value)));
            // Those are made when all else is known, and the first request goes without.
            let made = built.proofs.headers();
            let made = made.map(|(name, shown)| (name.to_owned(), text(shown.as_bytes())));
            HttpRequest {
                method: built.method.clone(),
                url: example.join(request.path.expect("a path")).expect("an address"),
                headers: came.chain(made).collect(),
                body: (!body.is_empty()).then(|| text(body)),
                wanted: Wanted::default(),
                proofs: Proofs::default(),
            }
        };
        let request = parse(came, read).expect("complete");
        assert_eq!(
            parse(came, |request, _| request.method.map(str::to_owned)).flatten().as_deref(),
            Some(built.method.word())
        );
        request
    }

    /// Sends the example's request to a stand-in that gives one of its answers, and reads that.
    #[expect(clippy::disallowed_methods, reason = "a stand-in")]
    fn over_the_wire(title: &str, dialect: &Arc<Dialect>, example: &Example, answer: &RecordedAnswer) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let here = format!("127.0.0.1:{}", listener.local_addr().expect("bound").port());
        let mut built =
            request("example", dialect, example).unwrap_or_else(|error| panic!("{title}: {error}"));
        let there = built.url.clone();
        let local = format!("http://{here}{}", &there[url::Position::BeforePath..]);
        built.url = Url::parse(&local).expect("an address");
        let route = Route {
            tls: &Tls::default(),
            proxy: &Proxy::None,
            proxy_auth: None,
            connect: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        };
        let (came, sent) = std::thread::scope(|scope| {
            let server = scope.spawn(|| stand_in(&listener, answer));
            let door = Door::open(&built.url, &route).expect("a door");
            let sent = door.send(&built, Box::new(|| Ok(None)));
            (server.join().expect("the stand-in lives"), sent)
        });
        let Delivery::Answer(raw) = sent else { panic!("{title}: nothing was sent") };
        if let Some(recorded) = &example.request {
            let again =
                request("example", dialect, example).unwrap_or_else(|error| panic!("{title}: {error}"));
            let differences = recorded.compare_with(&as_recorded(&came, &built, &there), &again);
            assert!(differences.is_empty(), "{title}: {differences:?}");
        }
        let raw = crate::http::message::RawAnswer { at: example.raw(answer).at, ..raw };
        let differences = answer.compare(&example.step(dialect), &raw, &example.plain(dialect));
        assert!(differences.is_empty(), "{title}: {differences:?}");
    }

    fn recorded_answers(text: &str) -> usize {
        text.lines().filter(|line| line.ends_with(".examples.answers]]")).count()
    }

    #[test]
    fn every_recorded_example_goes_over_the_wire_as_recorded() {
        let mut count = 0;
        for name in catalog::names() {
            let dialect = UserDialects::default().load(name).expect("it is there").expect("whole");
            let examples = UserDialects::default().examples(name, &dialect);
            let examples = examples.unwrap_or_else(|fault| panic!("{name}: {fault}"));
            let good = |answer: &&RecordedAnswer| answer.reads.is_some();
            let all = || examples.iter().flat_map(|example| &example.answers);
            assert!(all().any(|answer| good(&answer)), "{name} has no good answer");
            assert!(all().any(|answer| !good(&answer)), "{name} has no bad answer");
            for example in &examples {
                for (number, answer) in example.answers.iter().enumerate() {
                    over_the_wire(&format!("{name}, answer {}", number + 1), &dialect, example, answer);
                    count += 1;
                }
            }
        }
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/dialect/catalog"));
        let files = files.expect("the catalogue").map(|file| file.expect("a file").path());
        let answers = |path| recorded_answers(&std::fs::read_to_string(path).expect("a dialect"));
        assert_eq!(count, files.map(answers).sum::<usize>());
    }

    #[test]
    fn every_example_of_the_pages_goes_over_the_wire_as_recorded() {
        let page = concat!(
            include_str!("../../../docs/dialects/tutorial.md"),
            include_str!("../../../docs/dialects/reference.md"),
            include_str!("../../../docs/dialects/patterns.md")
        );
        let blocks: Vec<&str> =
            page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
        let mut count = 0;
        for block in &blocks {
            // The examples of the first dialect stand by themselves.
            let text =
                if block.starts_with("[[") { format!("{}\n{block}", blocks[2]) } else { (*block).to_owned() };
            let Ok(file) = text.parse::<toml::Table>() else { continue };
            for (name, table) in file.get("dialects").and_then(toml::Value::as_table).into_iter().flatten() {
                let mut dialects = UserDialects::default();
                let table = table.as_table().expect("a table").clone();
                let source = crate::base::toml_source::Source::for_tests(&text);
                assert!(dialects.add(source, [(name.clone(), table)]).is_empty(), "named well");
                let dialect = dialects.load(name).expect("it is there").expect("whole");
                for example in &dialects.examples(name, &dialect).expect("whole") {
                    for answer in &example.answers {
                        over_the_wire(&format!("{name} of the page"), &dialect, example, answer);
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(count, recorded_answers(page));
    }
}
