//! The engine that fills templates in: strict, with our filters alone, and silent about values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use zeroize::Zeroizing;

use super::filters;
use super::value::Filling;

/// These are numbers.
const NUMBERS: [&str; 2] = ["now", "now_ms"];

/// A whole template as text.
pub(super) fn render(
    source: &str,
    filling: &Filling<'_>,
    optional: &BTreeSet<String>,
) -> Result<String, String> {
    let engine = &ENGINES[usize::from(filling.trial)];
    engine.render_str(source, context(filling, optional)).map_err(|cause| words(&cause))
}

/// One expression as a value.
pub(super) fn evaluate(
    expression: &str,
    filling: &Filling<'_>,
    optional: &BTreeSet<String>,
) -> Result<Value, String> {
    let compiled = ENGINES[usize::from(filling.trial)].compile_expression(expression);
    let value = compiled.and_then(|compiled| compiled.eval(context(filling, optional)));
    value.map_err(|cause| words(&cause))
}

/// For values, and for stand-ins of values.
static ENGINES: [LazyLock<Environment<'static>>; 2] =
    [LazyLock::new(|| engine(false)), LazyLock::new(|| engine(true))];

fn engine(trial: bool) -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_formatter(|out, _, value| match value.kind() {
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        _ => filters::emit(out, value),
    });
    filters::register(&mut engine, trial);
    engine
}

/// `params.tenant` becomes a member of `params`; what is optional and not there is empty.
fn context(filling: &Filling<'_>, optional: &BTreeSet<String>) -> Value {
    let mut top: BTreeMap<String, Value> = BTreeMap::new();
    let mut groups: BTreeMap<&str, BTreeMap<String, Value>> = BTreeMap::new();
    let empty = Zeroizing::new(String::new());
    let absent =
        optional.iter().filter(|name| !filling.values.contains_key(*name)).map(|name| (name, &empty));
    for (name, value) in filling.values.iter().chain(absent) {
        let number = || value.parse::<i64>().ok().filter(|_| NUMBERS.contains(&name.as_str()));
        let typed = number().map_or_else(|| Value::from(value.as_str()), Value::from);
        match name.split_once('.') {
            Some((group, member)) => {
                groups.entry(group).or_default().insert(member.to_owned(), typed);
            }
            None => {
                top.insert(name.clone(), typed);
            }
        }
    }
    for (group, members) in groups {
        top.insert(group.to_owned(), Value::from_object(members));
    }
    if let Some(request) = filling.request {
        top.insert("request".to_owned(), request.clone());
    }
    Value::from_object(top)
}

/// Why a template could not be filled in; the engine's own words may quote operands, which are secrets here.
fn words(cause: &Error) -> String {
    filters::words_of(cause).unwrap_or_else(|| match cause.kind() {
        ErrorKind::UndefinedError => {
            "the template asks for a member that is not there; a map must hold all that it is asked for"
                .into()
        }
        ErrorKind::InvalidOperation => {
            "the template calculates with something that is no number; `| int` makes one of a text".into()
        }
        kind => format!("the template cannot be filled in ({kind:?})"),
    })
}
