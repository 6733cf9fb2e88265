//! A record of a request and of an answer, made of the one that was built and of what is read in the other.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::answer::Is;
use crate::credential::reading::{Expires, Reading, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::flow::Step;
use crate::dialect::request::is_default_header;
use crate::dialect::template::Values;
use crate::http::message::{HttpRequest, RawAnswer};

/// As `answers` of an example has it.
/// `values`: what of the example's profile is no secret.
pub(crate) fn answer(step: &Step<'_>, raw: &RawAnswer, values: &Values) -> Table {
    let mut table = Table::new();
    if raw.status != 200 {
        table.insert("status".into(), i64::from(raw.status).into());
    }
    let looked_for = step.exchange.looked_for();
    let headers = raw.headers.iter().filter(|(name, _)| looked_for.contains(&name.as_str()));
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    headers.for_each(|(name, value)| all.entry(name).or_default().push(value));
    let headers = all.into_iter().map(|(name, values)| match values[..] {
        [one] => (name.to_owned(), Value::from(one)),
        _ => (name.to_owned(), Value::from(values)),
    });
    let headers: Table = headers.collect();
    if !headers.is_empty() {
        table.insert("headers".into(), headers.into());
    }
    table.insert("body".into(), String::from_utf8_lossy(&raw.body).into_owned().into());
    let opened = step.open(raw);
    match opened.given_out(opened.reading(), values) {
        Reading::Granted(tokens) => drop(table.insert("reads".into(), reads(&tokens).into())),
        other => {
            let is = Is::of(&other).map_or("no_answer", Is::word);
            table.insert("is".into(), is.into());
            table.extend(opened.words().map(|words| ("words".to_owned(), words.into())));
        }
    }
    table
}

fn reads(tokens: &Tokens) -> Table {
    let mut all = Table::new();
    let mut text = |name: &str, value: Option<&str>| {
        all.extend(value.map(|value| (name.to_owned(), value.into())));
    };
    let given_out = tokens.put_together.as_deref().or(tokens.access_token.as_ref());
    text("access_token", given_out.map(AccessToken::expose));
    text("refresh_token", tokens.refresh_token.as_ref().map(RefreshToken::expose));
    text("token_type", tokens.token_type.as_deref());
    text("scope", tokens.scope.as_deref());
    text("account", tokens.account.as_deref());
    for (name, expires) in [("expires", tokens.access_expires), ("refresh_expires", tokens.refresh_expires)] {
        all.extend(match expires {
            Some(Expires::After(span)) => {
                Some((format!("{name}_in"), i64::try_from(span.as_secs()).unwrap_or(i64::MAX).into()))
            }
            Some(Expires::At(ms)) => {
                let time = jiff::Timestamp::from_millisecond(ms).ok();
                time.map(|time| (format!("{name}_at"), time.to_string().into()))
            }
            None => None,
        });
    }
    let kept: Table =
        tokens.kept.iter().map(|(name, kept)| (name.clone(), kept.value.expose().into())).collect();
    if !kept.is_empty() {
        all.insert("kept".into(), kept.into());
    }
    all
}

/// As `request` of an example has it.
pub(crate) fn request(built: &HttpRequest) -> Table {
    let mut table = Table::new();
    if built.method.word() != "POST" {
        table.insert("method".into(), built.method.word().into());
    }
    table.insert("url".into(), built.url.as_str().into());
    let own = built.headers.iter().filter(|(name, value)| !is_default_header(name, value, built));
    let headers: Table = own.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    if !headers.is_empty() {
        table.insert("headers".into(), headers.into());
    }
    table.extend(built.body.iter().map(|body| ("body".to_owned(), body.as_str().into())));
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::UserDialects;
    use crate::dialect::examples;

    #[test]
    fn a_header_that_came_twice_is_recorded_twice() {
        let text = "[dialects.acme]\nextends = 'oauth2-client-credentials'\nexchanges.refresh.request.url = 'https://a.example/t'\nexchanges.refresh.answer.access_token = { cookie = 'A' }\nexchanges.refresh.answer.keep.b = { cookie = 'B' }\n";
        let table: Table = text.parse().expect("TOML");
        let own = table["dialects"]["acme"].as_table().expect("a table").clone();
        let mut dialects = UserDialects::default();
        let source = crate::base::toml_source::Source::for_tests(text);
        assert!(dialects.add(source, [("acme".to_owned(), own)]).is_empty(), "named well");
        let dialect = dialects.load("acme").expect("it is there").expect("whole");
        let written: Value = toml::from_str(
            "answers = [{ headers = { Set-Cookie = ['A=1; Path=/', 'B=2'] }, body = '{}', reads = { access_token = '1', kept = { b = '2' } } }]",
        )
        .expect("TOML");
        let examples = examples::read(&dialect, &[written]).expect("an example");
        let (example, came) = (&examples[0], &examples[0].answers[0]);
        let again = answer(&example.step(&dialect), &example.raw(came), &Values::new());
        assert_eq!(again["headers"]["set-cookie"], Value::from(vec!["A=1; Path=/", "B=2"]), "{again:?}");
        assert_eq!(again["reads"]["kept"]["b"].as_str(), Some("2"), "{again:?}");
    }
}
