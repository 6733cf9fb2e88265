//! `tokcli dialect new`: a dialect to start from, as an explained whole or made from a
//! pasted curl command and its answer. What it prints, it has checked and replayed.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{catalogue, replay};
use crate::base::error::{Error, Result, config, internal};
use crate::base::secret_text::decoded;
use crate::base::small_file;
use crate::base::suggest;
use crate::base::toml_source::{self, Source};
use crate::commands::context::Context;
use crate::credential::reading::{Reading, Tokens};
use crate::dialect::draft::{self, Draft};
use crate::dialect::examples::Example;
use crate::dialect::schema::Dialect;
use crate::http::message::HttpRequest;
use crate::profile::configuration;
use crate::terminal::input;

pub(super) fn run(
    context: &Context<'_>,
    name: &str,
    curl: Option<&Path>,
    answer: Option<&Path>,
) -> Result<()> {
    suggest::check_name(name).map_err(|why| config(format!("NAME: {why}")))?;
    let is_input = |path: Option<&Path>| path.is_some_and(|path| path.as_os_str() == "-");
    if is_input(curl) && is_input(answer) {
        let words = "`--curl` and `--answer` cannot both be read from standard input";
        return Err(config(words).hint("put one of them in a file"));
    }
    let curl = curl.map(|path| pasted(context, path, "--curl", "curl command")).transpose()?;
    let answer = answer.map(|path| pasted(context, path, "--answer", "answer")).transpose()?;
    let source = if curl.is_none() && answer.is_none() {
        draft::blank(name)
    } else {
        drafted(name, curl.as_ref().map(|text| text.as_str()), answer.as_ref().map(|text| text.as_str()))?
    };
    let dialect = loaded(name, &source)?;
    if !replay::holds(name, &dialect) {
        return Err(ours("its example does not come out as recorded"));
    }
    catalogue::print(context, name, &source)
}

/// What somebody pasted into a file or types here; secrets may be in it.
pub(super) fn pasted(
    context: &Context<'_>,
    path: &Path,
    option: &str,
    what: &str,
) -> Result<Zeroizing<String>> {
    let of_option = |why: &str| config(format!("{option}: {why}"));
    // Whoever pastes it here instead pastes the secrets too.
    if path.to_string_lossy().contains(char::is_whitespace) && !path.exists() {
        let hint = format!("save the {what} to a file and name it, or give `-` and paste it");
        return Err(of_option("what follows it is not the path of a file").hint(hint));
    }
    let bytes = if path.as_os_str() == "-" {
        if input::is_terminal() {
            context.out.say(&format!("paste the {what}, then Enter and Ctrl-D"));
        }
        input::all()
    } else {
        small_file::read_small(path, input::LARGEST).map(Zeroizing::new)
    };
    let bytes = bytes.map_err(|why| of_option(&why))?;
    let text = decoded(&bytes).map_err(|why| of_option(&format!("the {what} {why}")))?;
    if text.trim().is_empty() {
        return Err(of_option(&format!("there is no {what} in it")));
    }
    Ok(text)
}

fn drafted(name: &str, curl: Option<&str>, answer: Option<&str>) -> Result<String> {
    let draft = Draft::of(name, curl, answer).map_err(config)?;
    let source = draft.dialect();
    let dialect = loaded(name, &source)?;
    let (built, tokens) = played(name, &dialect, &draft)?;
    let source = source + &draft.recorded(&built, &tokens);
    if draft.shows_secret(&source) {
        return Err(config(
            "a secret in what was pasted is in a place where it would be shown; replace it with a made-up one first",
        ));
    }
    Ok(source)
}

/// The request that the example makes, and what is read in its answer.
fn played(name: &str, dialect: &Arc<Dialect>, draft: &Draft) -> Result<(HttpRequest, Tokens)> {
    let example: Example =
        toml_source::from_value(draft.example().into()).map_err(|_| ours("its example cannot be read"))?;
    let built = replay::request(name, dialect, &example)
        .map_err(|error| ours(&format!("its request cannot be made: {}", error.message())))?;
    match dialect.refresh().last().open(&example.raw_success(draft.body())).reading() {
        Reading::Granted(tokens) => Ok((built, *tokens)),
        _ => Err(ours("its answer cannot be read")),
    }
}

/// Whole, or it is a defect of ours.
fn loaded(name: &str, source: &str) -> Result<Arc<Dialect>> {
    let dialects =
        configuration::dialects_of(Source::built_in(name, source)).map_err(|error| ours(&error.message()))?;
    if let Some(fault) = dialects.faults(&[name.to_owned()]).into_iter().next() {
        return Err(ours(&fault.message()));
    }
    dialects.load(name).ok_or_else(|| ours("it is not there"))?.map_err(|error| ours(&error.message()))
}

fn ours(why: &str) -> Error {
    internal(format!("the dialect that was made is not right; please report it: {why}"))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use base64::{Engine as _, prelude};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    use super::*;

    /// What people paste: short words and long keys.
    const SHAPES: [&str; 16] = [
        "[a-z]{9}",
        "[b-df-hj-np-tv-z]{8}[0-9]{2}",
        "[A-Z0-9]{10}",
        "[0-9]{6}",
        "[0-9]{4}-[0-9]{4}",
        "[a-z]{6} [a-z]{7} [a-z]{6}",
        "[A-Z][a-z]{5}[0-9]{2}!",
        "[a-zA-Z0-9]{16}",
        "[0-9a-f]{32}",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
        "[A-Za-z0-9+/]{43}=",
        "[a-z]{5}_[a-z]{3}_[A-Za-z0-9]{20}",
        "eyJ[A-Za-z0-9_-]{20}\\.eyJ[A-Za-z0-9_-]{30}\\.[A-Za-z0-9_-]{43}",
        "\\$[a-z]{8}",
        "[a-z]{4}@[a-z]{6}",
        "[A-Z]{2}[0-9]{2}[a-z]{2}[0-9]{2}",
    ];

    const NAMES: [&str; 20] = [
        "refresh_token",
        "password",
        "pswd",
        "ticket",
        "mfa",
        "foo",
        "x",
        "data",
        "note",
        "device",
        "state",
        "type",
        "grant_type",
        "scope",
        "user",
        "clientId",
        "apiKey",
        "status",
        "nonce",
        "ts",
    ];

    fn percent(text: &str) -> String {
        text.bytes().map(|b| format!("%{b:02X}")).collect()
    }

    fn form(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }

    /// A curl command with `secret` in one of the places that a request has.
    fn places(name: &str, secret: &str) -> Vec<String> {
        let (host, grant) = ("https://api.acme.example", "-d grant_type=refresh_token -d refresh_token=rt");
        let (encoded, basic) = (form(secret), BASE64_STANDARD.encode(format!("{name}:{secret}")));
        let inner = form(&format!("a=b&{name}={encoded}"));
        let json = serde_json::to_string(secret).expect("JSON");
        let nested = serde_json::to_string(&format!("{{\"{name}\":{json}}}")).expect("JSON");
        vec![
            format!("curl {host}/oauth/token {grant} -d '{name}={encoded}'"),
            format!("curl {host}/oauth/token {grant} --data-urlencode '{name}={secret}'"),
            format!("curl '{host}/oauth/token?{name}={encoded}' {grant}"),
            format!("curl '{host}/oauth/token#{name}={encoded}' {grant}"),
            format!("curl '{host}/oauth/{}/token' {grant}", percent(secret)),
            format!("curl '{host}/hooks/{encoded}' {grant}"),
            format!("curl {host}/oauth/token {grant} -H 'X-{name}: {secret}'"),
            format!("curl {host}/oauth/token {grant} -H 'X-Foo: a, {secret}; q=1' -H 'X-Foo: b'"),
            format!("curl {host}/oauth/token {grant} -H 'Authorization: {secret}'"),
            format!("curl {host}/oauth/token {grant} -H 'Authorization: Custom {secret}'"),
            format!("curl {host}/oauth/token {grant} -H 'Authorization: Basic {basic}'"),
            format!("curl {host}/oauth/token {grant} -H 'Accept: application/json; {name}={secret}'"),
            format!("curl {host}/oauth/token {grant} -H 'Cookie: {name}={secret}' -b '{name}={secret}'"),
            format!("curl {host}/oauth/token {grant} -u '{name}:{secret}'"),
            format!("curl {host}/oauth/token {grant} -A '{secret}' -e 'https://x.example/{encoded}'"),
            format!("curl 'https://{name}:{}@api.acme.example/oauth/token' {grant}", percent(secret)),
            format!("curl {host}/oauth/token {grant} -d 'data={inner}'"),
            format!(
                "curl {host}/oauth/token {grant} -d 'redirect_uri={}'",
                form(&format!("{host}/{encoded}?a=b"))
            ),
            format!("curl {host}/oauth/token -F '{name}={secret}'"),
            format!("curl {host}/oauth/token --data-binary '@{secret}'"),
            format!("curl {host}/oauth/token -X '{secret}' {grant}"),
            format!("curl {host}/oauth/token --unheard-of '{secret}' {grant}"),
            format!("curl {host}/v2/renew --json '{{\"refreshToken\":\"rt\",\"{name}\":{json}}}'"),
            format!(
                "curl {host}/v2/renew --json '{{\"refreshToken\":\"rt\",\"a\":{{\"b\":[1,{{\"{name}\":{json}}}]}}}}'"
            ),
            format!("curl {host}/v2/renew --json '{{\"refreshToken\":\"rt\",\"{name}s\":[\"web\",{json}]}}'"),
            format!("curl {host}/v2/renew --json '{{\"refreshToken\":\"rt\",\"data\":{nested}}}'"),
            format!("curl {host}/v2/renew --json '[\"rt\",{json}]'"),
            format!("curl {host}/v2/renew -d '{encoded}' -d 'x=y'"),
            format!("curl {host}/v2/renew -d '{encoded}='"),
        ]
    }

    /// An answer with it.
    fn answers(name: &str, secret: &str) -> Vec<String> {
        [
            serde_json::json!({ "access_token": secret, "refresh_token": secret, name: secret }),
            serde_json::json!({ "code": secret, "message": secret, "data": { "token": "t", "scope": secret } }),
            serde_json::json!({ "status": secret, "token_type": secret, "access_token": "t", "expires_in": secret }),
            serde_json::json!({ "access_token": "t", "user": { name: [secret] }, "error": secret }),
        ]
        .map(|answer| answer.to_string())
        .into()
    }

    /// As people would know it again.
    fn is_shown(secret: &str, shown: &str) -> bool {
        let shown = shown.to_lowercase();
        let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
        let json = serde_json::to_string(secret).expect("JSON");
        let whole = [
            secret.to_owned(),
            percent(secret),
            form(secret),
            hex,
            json.trim_matches('"').to_owned(),
            BASE64_STANDARD.encode(secret),
            BASE64_URL_SAFE_NO_PAD.encode(secret),
            prelude::BASE64_STANDARD_NO_PAD.encode(secret),
        ];
        let letters: Vec<char> = secret.to_lowercase().chars().collect();
        whole.iter().any(|one| shown.contains(&one.to_lowercase()))
            || letters.windows(12).any(|part| shown.contains(&String::from_iter(part)))
            || redact_shows(&shown, secret)
    }

    fn redact_shows(shown: &str, secret: &str) -> bool {
        secret.len() >= 12 && crate::base::redact::shows_any(shown, &[secret])
    }

    #[test]
    fn no_pasted_secret_comes_out_in_whatever_place_it_stands() {
        let mut runner = TestRunner::deterministic();
        let shapes: Vec<_> =
            SHAPES.iter().map(|shape| proptest::string::string_regex(shape).expect(shape)).collect();
        let (mut pasted, mut drafted_ones, mut shown) = (0, 0, Vec::new());
        for (turn, shape) in shapes.iter().enumerate() {
            // Each name with each place in a few turns, each shape with each place in every one.
            for step in 0..2 {
                let name = NAMES[(turn * 2 + step) % NAMES.len()];
                let mut secret = || shape.new_tree(&mut runner).expect("a value").current();
                let all = places(name, &secret()).len();
                for place in 0..all {
                    let secret = secret();
                    let curl = &places(name, &secret)[place];
                    pasted += 1;
                    let told = match drafted("draft", Some(curl), None) {
                        Ok(source) => {
                            drafted_ones += 1;
                            assert!(source.contains("api.acme.example"), "{source}");
                            source
                        }
                        Err(error) => format!("{error}"),
                    };
                    assert!(!told.contains("please report"), "{curl}: {told}");
                    if is_shown(&secret, &told) {
                        shown.push(format!("{curl}: {secret}"));
                    }
                }
                for place in 0..answers(name, "x").len() {
                    let secret = secret();
                    let answer = &answers(name, &secret)[place];
                    pasted += 1;
                    let told = match drafted("draft", None, Some(answer)) {
                        Ok(source) => {
                            drafted_ones += 1;
                            source
                        }
                        Err(error) => format!("{error}"),
                    };
                    if is_shown(&secret, &told) {
                        shown.push(format!("{answer}: {secret}"));
                    }
                }
            }
        }
        assert!(shown.is_empty(), "{} of {pasted} are shown: {shown:#?}", shown.len());
        assert!(pasted > 1_000 && drafted_ones * 4 > pasted * 3, "{drafted_ones} of {pasted}");
    }

    #[test]
    fn a_placeholder_in_a_host_becomes_a_param_whatever_its_marks() {
        let made = |address: &str| {
            drafted(
                "draft",
                Some(&format!("curl '{address}' -d grant_type=refresh_token -d refresh_token=rt")),
                None,
            )
        };
        for (address, wanted) in [
            ("https://{{hostname}}/api/t", "https://{{ params.hostname }}/api/t"),
            ("https://{{ vault.host }}:{{port}}/t", "https://{{ params.vault_host }}:{{ params.port }}/t"),
            ("https://{{subdomain}}.x.example/token", "https://{{ params.subdomain }}.x.example/token"),
            ("https://api-${zone1}.x.example/t", "https://api-{{ params.zone1 }}.x.example/t"),
            ("https://<your-domain>:8443/t", "https://{{ params.your_domain }}:8443/t"),
            ("https://$DOMAIN/t", "https://{{ params.domain }}/t"),
        ] {
            let source = made(address).expect(address);
            assert!(source.contains(&format!("url = \"{wanted}\"")), "{address}: {source}");
        }
        for address in ["https://{{open.x.example/t", "https://{{1}}.x.example/t", "https://a<.example/t"] {
            let why = made(address).expect_err(address).message();
            assert!(why.contains("a placeholder that is not closed, or has no name"), "{address}: {why}");
        }
    }

    #[test]
    fn what_everybody_may_see_stays() {
        let curl = "curl -X PUT 'https://api.acme.example:8443/oauth2/v2.0/acme/token?locale=en_GB&api-version=2022-06-28' \
            -H 'Accept: application/vnd.acme.v2+json' -H 'X-Requested-With: XMLHttpRequest' \
            -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d refresh_token=x \
            -d audience=https://other.example/v1 -d platform=android -d 'response_type=token id_token'";
        let source = drafted("draft", Some(curl), None).expect("drafted");
        for wanted in [
            "method = \"PUT\"",
            "url = \"https://api.acme.example:8443/oauth2/v2.0/acme/token\"",
            "locale = \"en_GB\"",
            "api-version = \"2022-06-28\"",
            "Accept = \"application/vnd.acme.v2+json\"",
            "X-Requested-With = \"XMLHttpRequest\"",
            "grant_type = \"urn:ietf:params:oauth:grant-type:token-exchange\"",
            "audience = \"https://other.example/v1\"",
            "platform = \"android\"",
            "response_type = \"token id_token\"",
        ] {
            assert!(source.contains(wanted), "{wanted} is not in\n{source}");
        }
    }
}
