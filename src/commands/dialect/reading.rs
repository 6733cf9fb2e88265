//! `tokcli dialect test --answer`: what a dialect reads in an answer that somebody has at hand. Nothing is sent or
//! kept, and no token is shown.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::chosen::Chosen;
use super::new;
use crate::base::clock::Moment;
use crate::base::error::{Result, config};
use crate::base::redact::{self, vendor_words};
use crate::base::suggest::meant_or;
use crate::commands::context::Context;
use crate::credential::reading::{Expires, Reading, Tokens};
use crate::dialect::examples::Is;
use crate::dialect::schema::{Expiry, REFRESH};
use crate::http::pasted::PastedAnswer;
use crate::terminal::masked::MASK;

pub(super) fn run(
    context: &Context<'_>,
    chosen: &Chosen,
    answer: &Path,
    exchange: Option<&str>,
) -> Result<()> {
    let Chosen { dialects, names } = chosen;
    let [name] = &names[..] else {
        return Err(config("`--answer` takes one dialect, but this file defines several").hint(
            "put the one that you mean in a file of its own, or list this file in `dialect_files` and give the dialect's name instead of the file",
        ));
    };
    let dialect = dialects.load(name).ok_or_else(|| config(dialects.unknown(name)))??;
    let exchange = exchange.unwrap_or(REFRESH);
    let step = dialect.step(exchange).ok_or_else(|| {
        let names = || dialect.all_steps().map(|step| step.name);
        let known = || format!("; there are {}", names().collect::<Vec<_>>().join(", "));
        config(format!("the dialect `{name}` has no such exchange{}", meant_or(exchange, names(), known)))
    })?;
    let text = new::pasted(context, answer, "--answer", "answer")?;
    let raw = PastedAnswer::of(&text).raw(Moment::now());
    let opened = step.open(&raw);
    let reading = opened.reading();
    let secrets = opened.secrets();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let verdict = Is::of(&reading).map_or("success", Is::word);
    let redirect = matches!(raw.status, 300..400) && raw.body.is_empty();
    let further = if let Reading::Further { step, .. } = &reading { Some(step.clone()) } else { None };
    let why = (verdict != "success").then(|| match redirect {
        true => format!("status {} is not a success, and there is no body", raw.status),
        false => opened.why_not(),
    });
    let words = opened.words().filter(|_| why.is_some()).map(|words| vendor_words(&words, &secrets));
    let read = match &reading {
        Reading::Granted(tokens) | Reading::Further { tokens, .. } => read(tokens, &secrets),
        other => {
            let given = other.new_refresh_token().map(|_| ("refresh_token".to_owned(), Value::from(MASK)));
            given.into_iter().collect()
        }
    };
    let mut unread = None;
    if let Reading::Granted(tokens) | Reading::Further { tokens, .. } = &reading {
        unread = unusable(tokens, &step.exchange.answer.access_expires);
        tokens.warnings.iter().for_each(|words| context.out.warn(words.clone()));
    }
    if context.out.json() {
        return context.out.object(&json!({
            "version": 1, "dialect": name, "exchange": exchange, "status": raw.status, "verdict": verdict, "reads": read,
            "further": further, "access_expires": unread, "why": why, "words": words,
        }));
    }
    let shown = if why.is_none() { "a success" } else { verdict };
    let mut all = format!("{name}, {exchange}: answer (status {}): {shown}\n", raw.status);
    for (name, value) in &read {
        all += &format!("  {name} = {value}\n");
    }
    for (name, value) in
        [("access_expires", unread), ("further", further), ("why not", why), ("words", words)]
    {
        all.extend(value.map(|value| format!("  {name}: {value}\n")));
    }
    context.out.text(&all)
}

/// An expiry of the access token that is there and says nothing: where, and as what it was read.
fn unusable(tokens: &Tokens, list: &[Expiry]) -> Option<String> {
    let told = tokens.access_unread.as_ref()?;
    let place = |expiry: &&Expiry| told.contains(&format!("`{}`", expiry.selector.source()));
    let expiry = list.iter().find(place)?;
    let unit = json!(expiry.unit);
    Some(format!("at {}, not usable as {}", expiry.selector.source(), unit.as_str().unwrap_or_default()))
}

/// As `reads` of a recorded answer has it, but for the secrets.
fn read(tokens: &Tokens, secrets: &[&str]) -> Map<String, Value> {
    // A place of another value may hold a token by mistake, whole or in part.
    let open = |text: &str| if redact::shows_any(text, secrets) { MASK.into() } else { Value::from(text) };
    let mut all = Map::new();
    for (name, is_there) in [
        ("access_token", tokens.access_token.is_some()),
        ("refresh_token", tokens.refresh_token.is_some()),
        ("id_token", tokens.id_token.is_some()),
    ] {
        all.extend(is_there.then(|| (name.to_owned(), Value::from(MASK))));
    }
    for (name, text) in
        [("token_type", &tokens.token_type), ("scope", &tokens.scope), ("account", &tokens.account)]
    {
        all.extend(text.as_ref().map(|text| (name.to_owned(), open(text))));
    }
    for (name, expires) in [("expires", tokens.access_expires), ("refresh_expires", tokens.refresh_expires)] {
        all.extend(match expires {
            Some(Expires::After(span)) => Some((format!("{name}_in"), span.as_secs().into())),
            Some(Expires::At(ms)) => {
                let time = jiff::Timestamp::from_millisecond(ms).ok();
                time.map(|time| (format!("{name}_at"), time.to_string().into()))
            }
            None => None,
        });
    }
    for (name, kept) in &tokens.kept {
        let shown = if kept.secret { MASK.into() } else { open(kept.value.expose()) };
        all.insert(format!("kept.{name}"), shown);
    }
    all
}
