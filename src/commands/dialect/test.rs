//! `tokcli dialect test`: replays the recorded examples; nothing is sent. What stands in
//! an example as a secret is masked all the same: it may be a real one by mistake.

use serde_json::{Value, json};

use super::{Chosen, Context};
use crate::dialect::examples::{self, Answered, Difference, Example};
use crate::dialect::schema::Dialect;
use crate::error::{Result, config};
use crate::profiles;
use crate::redact;

/// One example, replayed.
struct Replay {
    title: String,
    /// As it was built.
    request: Option<String>,
    /// A line for each answer.
    answers: Vec<String>,
    differences: Vec<Difference>,
}

pub(super) fn run(context: &Context<'_>, chosen: &Chosen) -> Result<()> {
    let (mut text, mut objects, mut wrong, mut count) = (String::new(), Vec::new(), 0, 0);
    for name in &chosen.names {
        let unknown = || config(chosen.dialects.unknown(name));
        let dialect = chosen.dialects.load(name).ok_or_else(unknown)??;
        let recorded = examples::read(&dialect).map_err(|fault| chosen.dialects.at_fault(name, &fault))?;
        if recorded.is_empty() {
            text += &format!("{name}: no examples\n");
        }
        for (index, example) in recorded.iter().enumerate() {
            let replay = replay(name, &dialect, example, index)?;
            count += 1;
            wrong += usize::from(!replay.differences.is_empty());
            text += &replay.text();
            objects.push(replay.object(name));
        }
    }
    if context.out.json() {
        context.out.object(&json!({ "version": 1, "examples": objects }))?;
    } else {
        context.out.text(&text)?;
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(config(format!("{wrong} of {count} recorded examples do not come out as recorded")))
}

fn replay(name: &str, dialect: &std::sync::Arc<Dialect>, example: &Example, index: usize) -> Result<Replay> {
    let step = dialect.step(&example.exchange);
    let secrets = secrets(dialect, example);
    let masked = |text: &str| masked(text, &secrets);
    let title = example.title.clone().unwrap_or_else(|| example.exchange.clone());
    let title = format!("{name}, example {}: {title}", index + 1);
    let (mut request, mut differences) = (None, Vec::new());
    if let Some(recorded) = &example.request {
        let built = profiles::example_request(name, dialect, example)
            .map_err(|error| config(format!("{title}: {}", error.message)))?;
        let mut lines = format!("{} {}", built.method.word(), masked(built.url.as_str()));
        for (name, value) in &built.headers {
            lines += &format!("\n{name}: {}", masked(value));
        }
        if let Some(body) = &built.body {
            lines += &format!("\n\n{}", masked(body));
        }
        request = Some(lines);
        differences.extend(recorded.compare(&built));
    }
    let mut answers = Vec::new();
    for (number, answer) in example.answers.iter().enumerate() {
        let raw = example.raw(answer);
        let found = answer.compare(&step, &raw);
        answers.push(format!("answer {} (status {}): {}", number + 1, answer.status, reading(answer)));
        differences.extend(
            found
                .into_iter()
                .map(|(what, wanted, is)| (format!("answer {}, {what}", number + 1), wanted, is)),
        );
    }
    let differences =
        differences.into_iter().map(|(what, wanted, is)| (what, masked(&wanted), masked(&is))).collect();
    Ok(Replay { title, request, answers, differences })
}

fn reading(answer: &Answered) -> &'static str {
    answer.is.map_or("a success", examples::Is::word)
}

/// Everything in an example that would be a secret in life.
fn secrets(dialect: &Dialect, example: &Example) -> Vec<String> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let params = example.profile.get("params").and_then(toml::Value::as_table);
    let secret = |name: &str| dialect.params.get(name).is_some_and(|rule| rule.secret);
    let params = params.into_iter().flatten().filter(|(name, _)| secret(name));
    let own = ["client_secret", "private_key"].iter().filter_map(|key| example.profile.get(*key));
    let mut all: Vec<String> = own.chain(params.map(|(_, value)| value)).filter_map(text).collect();
    let credential = &example.credential;
    all.push(credential.refresh_token.clone());
    all.extend(credential.access_token.clone());
    all.extend(credential.kept.values().cloned());
    for reads in example.answers.iter().filter_map(|answer| answer.reads.as_ref()) {
        all.extend([&reads.access_token, &reads.refresh_token].into_iter().flatten().cloned());
    }
    all.retain(|secret| !secret.is_empty());
    // The longer first: one may be part of another.
    all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    all
}

const MASK: &str = "***";

fn masked(text: &str, secrets: &[String]) -> String {
    let mut shown = text.to_owned();
    for secret in secrets {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        shown = shown.replace(&encoded, MASK).replace(secret, MASK);
    }
    // What is left may hold one in another encoding.
    let words: Vec<String> = shown
        .split(' ')
        .map(|word| {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            if redact::shows_any(word, &secrets) { MASK.to_owned() } else { word.to_owned() }
        })
        .collect();
    words.join(" ")
}

impl Replay {
    fn text(&self) -> String {
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
        for (what, wanted, is) in &self.differences {
            text += &format!("  {what}:\n    recorded: {wanted}\n    comes out: {is}\n");
        }
        text
    }

    fn object(&self, dialect: &str) -> Value {
        let differences = self.differences.iter();
        let differences: Vec<Value> = differences
            .map(|(what, wanted, is)| json!({ "what": what, "recorded": wanted, "comes_out": is }))
            .collect();
        json!({ "dialect": dialect, "title": self.title, "request": self.request, "answers": self.answers, "differences": differences })
    }
}
