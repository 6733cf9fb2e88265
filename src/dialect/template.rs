//! Strings with `{{ expression }}` in them: the only moving part of a dialect.
//!
//! No statements, a closed set of filters, and names that are checked when the
//! dialect is loaded, so a slip is found before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

#[derive(Clone, Debug)]
pub(crate) struct Template {
    source: String,
    names: BTreeSet<String>,
}

/// More is no template but an accident, and deep nesting costs stack.
const LONGEST: usize = 2_000;

/// What a filter takes: far above any secret.
const LARGEST: usize = 1 << 20;

/// What a template may name, and what it stands for here and now.
pub(crate) type Values = BTreeMap<String, Zeroizing<String>>;

impl Template {
    fn parse(source: String) -> Result<Template, String> {
        if source.contains("{%") || source.contains("{#") {
            return Err("only `{{ expression }}` is known here, no statements and no comments".into());
        }
        if source.len() > LONGEST {
            return Err(format!("a template has at most {LONGEST} characters"));
        }
        // A list times a number is a short way to fill all memory.
        let code = source.find("{{").and_then(|from| source.get(from..source.rfind("}}")?));
        if code.is_some_and(|code| code.contains('*')) {
            return Err("`*` is not known between `{{` and `}}`".into());
        }
        let engine = engine();
        let parsed = engine
            .template_from_str(&source)
            .map_err(|cause| format!("not a template: {}", summary(&cause)))?;
        let names: BTreeSet<String> = parsed.undeclared_variables(true).into_iter().collect();
        // Unknown filters are found only by rendering: do it once, with every name defined.
        let defined: BTreeMap<_, _> =
            names.iter().map(|name| (name.clone(), Zeroizing::new("x".to_owned()))).collect();
        render(&engine, &source, &defined).map_err(|cause| format!("not a template: {}", summary(&cause)))?;
        Ok(Template { source, names })
    }

    /// The names it uses, such as `refresh_token` or `params.tenant`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn uses(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// `Ok(None)` if it names something that is optional and not there: then the
    /// parameter that it is the value of is left out.
    pub(crate) fn render(&self, values: &Values) -> Result<Option<Zeroizing<String>>, String> {
        if self.names.iter().any(|name| !values.contains_key(name)) {
            return Ok(None);
        }
        // The engine's own words may quote operands, which are secrets here.
        let rendered =
            render(&engine(), &self.source, values).map_err(|cause| format!("{:?}", cause.kind()))?;
        Ok(Some(Zeroizing::new(rendered)))
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
        Template::parse(String::deserialize(from)?).map_err(de::Error::custom)
    }
}

fn engine() -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.add_filter("base64", |text: String| short(text).map(|text| BASE64_STANDARD.encode(text)));
    engine.add_filter("urlencode", |text: String| -> Result<String, minijinja::Error> {
        let text = short(text)?;
        // `+` for a space is right in a form only; this is for any place of a URL.
        let encoded = url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        Ok(encoded.replace('+', "%20"))
    });
    engine
}

/// A chain of filters makes a text ever longer.
fn short(text: String) -> Result<String, minijinja::Error> {
    let too_long =
        || minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "the text grows too long");
    if text.len() > LARGEST { Err(too_long()) } else { Ok(text) }
}

fn render(engine: &Environment<'_>, source: &str, values: &Values) -> Result<String, minijinja::Error> {
    engine.render_str(source, context(values))
}

/// `params.tenant` becomes a member of `params`.
fn context(values: &Values) -> Value {
    let mut top: BTreeMap<String, Value> = BTreeMap::new();
    let mut params: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in values {
        match name.split_once('.') {
            Some((_, member)) => params.insert(member.to_owned(), Value::from(value.as_str())),
            None => top.insert(name.clone(), Value::from(value.as_str())),
        };
    }
    top.insert("params".to_owned(), Value::from_object(params));
    Value::from_object(top)
}

/// The engine's message without its advice on where in a file it stands.
fn summary(cause: &minijinja::Error) -> String {
    cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned()))).collect()
    }

    fn rendered(source: &str, pairs: &[(&str, &str)]) -> Option<String> {
        let template = Template::parse(source.into()).expect(source);
        template.render(&values(pairs)).expect(source).map(|text| text.to_string())
    }

    #[test]
    fn expressions_are_filled_in_and_values_are_never_templates() {
        let all = [
            ("client_id", "id"),
            ("client_secret", "s:/+%ö"),
            ("params.tenant", "eu1"),
            ("refresh_token", "{{ client_secret }}"),
        ];
        assert_eq!(
            rendered("{{ (client_id ~ ':' ~ client_secret) | base64 }}", &all).as_deref(),
            Some("aWQ6czovKyXDtg==")
        );
        assert_eq!(rendered("t-{{ params.tenant }}", &all).as_deref(), Some("t-eu1"));
        assert_eq!(rendered("{{ refresh_token }}", &all).as_deref(), Some("{{ client_secret }}"));
        assert_eq!(rendered("{{ 'a b+ö' | urlencode }}", &all).as_deref(), Some("a%20b%2B%C3%B6"));
    }

    #[test]
    fn a_name_without_a_value_leaves_the_whole_parameter_out() {
        assert_eq!(rendered("x{{ params.tenant }}", &[]), None);
        assert_eq!(rendered("plain", &[]).as_deref(), Some("plain"));
    }

    #[test]
    fn what_is_no_template_is_found_at_once() {
        for source in
            ["{{ a", "{% if a %}x{% endif %}", "{# c #}", "{{ a | nofilter }}", "{{ f(a) }}", "{{ a + }}"]
        {
            assert!(Template::parse(source.into()).is_err(), "{source}");
        }
    }

    #[test]
    fn no_template_grows_without_bounds() {
        let chain = format!("{{{{ a{} }}}}", "|base64".repeat(250));
        for source in [chain.as_str(), "{{ [1] * 99999999 }}", "{{ {'a': {}} }}{{ 'x' * 9 }} b"] {
            assert!(Template::parse(source.into()).is_err(), "{source}");
        }
        assert!(Template::parse("* {{ a }} *".into()).is_ok());
    }
}
