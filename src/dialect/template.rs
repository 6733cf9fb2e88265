//! Strings with `{{ expression }}` in them: the only moving part of a dialect.
//!
//! No statements, a closed set of filters; the syntax tree is checked when the
//! dialect is loaded, every branch of it, so a slip is found before anything is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use minijinja::machinery::parse;
use minijinja::value::ValueKind;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::filters::{self, Kind, STAND_IN};
use crate::base::fault::said;

#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::TemplateText"))]
pub(crate) struct Template {
    source: String,
    names: BTreeSet<String>,
    /// Of these: those that it can do without.
    optional: BTreeSet<String>,
    /// Where it is one expression and nothing else.
    expression: Option<String>,
    /// Gives a list or a map, which only JSON can carry.
    many: bool,
    /// A line break or its like stands outside of all braces; what is within may only be signed.
    controls: bool,
}

/// More is no template but an accident, and deep nesting costs stack.
const LONGEST: usize = 2_000;

/// What a template may name, and what it stands for here and now.
pub(crate) type Values = BTreeMap<String, Zeroizing<String>>;

/// These are numbers.
const NUMBERS: [&str; 2] = ["now", "now_ms"];
/// What a request says of itself, for those of its parts that are filled in last.
const REQUEST: [&str; 8] = ["method", "url", "host", "path", "query", "form", "json", "body"];

/// What templates are filled in with.
#[derive(Clone, Copy)]
pub(crate) struct Filling<'a> {
    pub(crate) values: &'a Values,
    /// `None`: not yet.
    pub(crate) request: Option<&'a Value>,
    /// Values are stand-ins: nothing is decoded, parsed or signed with.
    pub(crate) trial: bool,
}

impl Template {
    pub(crate) fn parse(source: String) -> Result<Template, String> {
        if source.contains("{%") || source.contains("{#") {
            return Err("only `{{ expression }}` is known here, no statements and no comments".into());
        }
        if source.len() > LONGEST {
            return Err(format!("a template has at most {LONGEST} characters; keep a long text in a param"));
        }
        let parsed = parse(&source, "template", minijinja::syntax::SyntaxConfig::default())
            .map_err(|cause| not_a_template(&source, &cause))?;
        let Stmt::Template(whole) = parsed else { return Err("not a template".into()) };
        let mut survey = Survey::default();
        let (mut kinds, mut controls) = (Vec::new(), false);
        for piece in &whole.children {
            match piece {
                Stmt::EmitRaw(text) => controls |= text.raw.chars().any(char::is_control),
                Stmt::EmitExpr(emit) => kinds.push(survey.expression(&emit.expr)?),
                _ => return Err("only `{{ expression }}` is known here".into()),
            }
        }
        if kinds.contains(&Kind::Bytes) {
            return Err("bytes stand here; add `| hex`, `| base64` or `| base64url`".into());
        }
        let single = whole.children.len() == 1 && kinds.len() == 1;
        let many = kinds.contains(&Kind::Many);
        if many && !single {
            return Err("a list or a map stands within a text; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`".into());
        }
        let expression = single.then(|| inner(&source)).flatten();
        let optional = survey.optional.difference(&survey.needed).cloned().collect();
        Ok(Template {
            names: &survey.needed | &survey.optional,
            optional,
            expression,
            many,
            controls,
            source,
        })
    }

    /// The names it uses, such as `refresh_token` or `params.tenant`.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn uses(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Without it, there is nothing to send.
    pub(crate) fn needs(&self, name: &str) -> bool {
        self.uses(name) && !self.optional.contains(name)
    }

    /// For an address: whether a value whose name begins so decides where it leads.
    pub(crate) fn leads_by(&self, group: &str) -> bool {
        let values: Values = self.names().map(|name| (name.to_owned(), stand_in(name))).collect();
        self.decides_host(&values, |name| name.starts_with(group))
    }

    /// For an address: whether it may be one of those names that decides where it leads, because the whole
    /// host does not stand, filled in with `values`, before the first of them.
    pub(crate) fn decides_host(&self, values: &Values, is: impl Fn(&str) -> bool) -> bool {
        let named = |template: &Template| template.names().any(&is);
        let cuts = self.source.match_indices("{{").map(|(at, _)| &self.source[..at]);
        // Braces within an expression's text are no place to cut: what stands before them is no template.
        let parts = cuts.filter_map(|part| Template::parse(part.to_owned()).ok());
        let before = parts.take_while(|part| !named(part)).last();
        let text =
            before.and_then(|part| part.render(&Filling { values, request: None, trial: true }).ok()?);
        named(self) && !text.is_some_and(|text| ends_its_host(&text))
    }

    /// It is about the rest of its request, and filled in last.
    pub(crate) fn uses_request(&self) -> bool {
        self.names().any(|name| name.starts_with("request."))
    }

    pub(crate) fn gives_many(&self) -> bool {
        self.many
    }

    /// `{name}`, as other programs write it.
    pub(crate) fn has_single_braces(&self, name: &str) -> bool {
        let single = format!("{{{name}}}");
        self.source.match_indices(&single).any(|(at, _)| !self.source[..at].ends_with('{'))
    }

    pub(crate) fn has_control_characters(&self) -> bool {
        self.controls
    }

    /// What can be said of an address before there are values: how it begins, and what it must not hold.
    pub(crate) fn could_be_an_address(&self) -> Result<(), String> {
        let literal = self.source.split("{{").next().unwrap_or_default();
        if literal.len() == self.source.len() {
            return crate::base::address::checked_url(literal).map(|_| ());
        }
        // What a value may begin with nobody knows yet.
        if literal.is_empty() || literal.eq_ignore_ascii_case("http://") {
            return Ok(());
        }
        let whole = if literal.ends_with("//") { format!("{literal}x.example") } else { literal.to_owned() };
        match crate::base::address::checked_url(whole.strip_suffix(':').unwrap_or(&whole)) {
            // A part of a name or of a number may be anything.
            Err(_)
                if literal.to_lowercase().starts_with("https://") && !literal.contains(['@', '#', ' ']) =>
            {
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }

    fn lacks(&self, values: &Values) -> bool {
        let needed = self.names.difference(&self.optional);
        needed.into_iter().any(|name| !name.starts_with("request.") && !values.contains_key(name))
    }

    /// `Ok(None)` if it names something that is optional and not there: then the
    /// parameter that it is the value of is left out.
    pub(crate) fn render(&self, filling: &Filling<'_>) -> Result<Option<Zeroizing<String>>, String> {
        if self.lacks(filling.values) {
            return Ok(None);
        }
        let engine = &ENGINES[usize::from(filling.trial)];
        let rendered = engine.render_str(&self.source, context(filling, &self.optional));
        let mut text = rendered.map_err(|cause| words(&cause))?;
        // The engine drops the last line break.
        if self.source.ends_with('\n') {
            text.push_str(if self.source.ends_with("\r\n") { "\r\n" } else { "\n" });
        }
        Ok(Some(Zeroizing::new(text)))
    }

    /// For JSON: one expression keeps the type of its value.
    pub(crate) fn render_json(&self, filling: &Filling<'_>) -> Result<Option<serde_json::Value>, String> {
        let Some(expression) = &self.expression else {
            return Ok(self.render(filling)?.map(|text| text.as_str().into()));
        };
        if self.lacks(filling.values) {
            return Ok(None);
        }
        let engine = &ENGINES[usize::from(filling.trial)];
        let value = engine
            .compile_expression(expression)
            .and_then(|compiled| compiled.eval(context(filling, &self.optional)));
        value.map_err(|cause| words(&cause)).and_then(|value| filters::to_json(&value)).map(Some)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
        Template::parse(String::deserialize(from)?).map_err(said)
    }
}

/// What stands between the braces of a template that is one expression.
fn inner(source: &str) -> Option<String> {
    let inner = source.strip_prefix("{{")?.strip_suffix("}}")?;
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    Some(inner.strip_suffix(['-', '+']).unwrap_or(inner).to_owned())
}

/// The walk over a syntax tree: which names it uses, and whether all of it can be filled in.
#[derive(Default)]
struct Survey {
    needed: BTreeSet<String>,
    /// Those with a `default`.
    optional: BTreeSet<String>,
}

impl Survey {
    fn expression(&mut self, expr: &Expr<'_>) -> Result<Kind, String> {
        if let Some(name) = dotted(expr) {
            let kind = match name.as_str() {
                "none" | "None" => return Ok(Kind::Any),
                "request.query" | "request.form" | "request.json" => Kind::Many,
                _ => Kind::Plain,
            };
            if let Some(part) = name.strip_prefix("request.").filter(|part| !REQUEST.contains(part)) {
                let close = crate::base::suggest::did_you_mean(part, REQUEST);
                let advice = close.map_or_else(
                    || format!("; known are {}", REQUEST.join(", ")),
                    |close| format!(", did you mean `request.{close}`?"),
                );
                return Err(format!("`request` has no such part{advice}"));
            }
            self.needed.insert(name);
            return Ok(kind);
        }
        match expr {
            Expr::Const(constant) => Ok(match constant.value.kind() {
                ValueKind::Seq | ValueKind::Map => Kind::Many,
                ValueKind::None => Kind::Any,
                _ => Kind::Plain,
            }),
            Expr::Slice(slice) => {
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.plain(bound, "a bound of a part")?;
                }
                self.expression(&slice.expr)
            }
            Expr::UnaryOp(unary) => self.plain(&unary.expr, "this operand"),
            Expr::BinOp(binary) => {
                match binary.op {
                    BinOpKind::Mul | BinOpKind::Pow => {
                        return Err("`*` is not known between `{{` and `}}`; there are `+`, `-`, `//` and `%`".into());
                    }
                    BinOpKind::Div => return Err("`/` gives fractions; write `//` for whole numbers".into()),
                    _ => {}
                }
                let in_list = matches!(binary.op, BinOpKind::In);
                let both = [self.expression(&binary.left)?, self.expression(&binary.right)?];
                if both.contains(&Kind::Bytes) {
                    return Err("bytes stand here; add `| hex`, `| base64` or `| base64url`".into());
                }
                if both.contains(&Kind::Many) && !in_list {
                    return Err("a list or a map is no operand; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`".into());
                }
                Ok(Kind::Plain)
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr)?;
                for operation in &compare.ops {
                    self.expression(&operation.expr)?;
                }
                Ok(Kind::Plain)
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr)?;
                let yes = self.expression(&choice.true_expr)?;
                let Some(other) = &choice.false_expr else {
                    return Err("an `if` needs an `else`, as in `'a' if params.x else 'b'`".into());
                };
                let no = self.expression(other)?;
                Ok([Kind::Bytes, Kind::Many, Kind::Any].into_iter().find(|kind| [yes, no].contains(kind)).unwrap_or(Kind::Plain))
            }
            Expr::Filter(filter) => self.filter(filter),
            Expr::GetAttr(get) => self.member(&get.expr),
            Expr::GetItem(get) => {
                self.plain(&get.subscript_expr, "what stands in the brackets")?;
                self.member(&get.expr)
            }
            Expr::List(list) => self.items(&list.items),
            Expr::Tuple(tuple) => self.items(&tuple.items),
            Expr::Map(map) => {
                self.items(&map.keys)?;
                self.items(&map.values)
            }
            Expr::Test(_) => Err("there are no tests such as `is defined`; a parameter is left out by itself when a value is not there".into()),
            Expr::Call(_) => Err("there are no functions and no methods; a filter is written `value | name`".into()),
            Expr::Var(_) => Err("not a template".into()),
        }
    }

    fn plain(&mut self, expr: &Expr<'_>, what: &str) -> Result<Kind, String> {
        match self.expression(expr)? {
            kind @ (Kind::Plain | Kind::Any) => Ok(kind),
            Kind::Bytes | Kind::Many => Err(format!("{what} must be a text or a number")),
        }
    }

    fn member(&mut self, of: &Expr<'_>) -> Result<Kind, String> {
        match self.expression(of)? {
            Kind::Bytes => Err("bytes have no members".into()),
            _ => Ok(Kind::Any),
        }
    }

    fn items(&mut self, items: &[Expr<'_>]) -> Result<Kind, String> {
        for item in items {
            if self.expression(item)? == Kind::Bytes {
                return Err("bytes stand here; add `| hex`, `| base64` or `| base64url`".into());
            }
        }
        Ok(Kind::Many)
    }

    fn filter(&mut self, filter: &minijinja::machinery::ast::Filter<'_>) -> Result<Kind, String> {
        let name = filter.name;
        let Some(known) = filters::find(name) else {
            let names = filters::FILTERS.iter().map(|filter| filter.name);
            // One algorithm is not another with a slip in it.
            let digits = |name: &str| {
                let mut digits: Vec<u8> = name.bytes().filter(u8::is_ascii_digit).collect();
                digits.sort_unstable();
                digits
            };
            let alike = names.clone().filter(|known| digits(known) == digits(name));
            let close = crate::base::suggest::did_you_mean(name, alike);
            let advice = close.map_or_else(
                || format!("; known are {}", names.collect::<Vec<_>>().join(", ")),
                |close| format!(", did you mean `{close}`?"),
            );
            return Err(format!("there is no filter `{name}`{advice}"));
        };
        let Some(input) = &filter.expr else { return Err(format!("`{name}` needs a value before it")) };
        let kind = match dotted(input).filter(|_| name == "default") {
            Some(optional) => {
                let mut apart = Survey::default();
                let kind = apart.expression(input)?;
                self.optional.insert(optional);
                kind
            }
            None => self.expression(input)?,
        };
        if kind != Kind::Any && !known.takes.contains(&kind) {
            return Err(match kind {
                Kind::Bytes => {
                    format!("`{name}` takes no bytes; add `| hex`, `| base64` or `| base64url` before it")
                }
                Kind::Many => format!("`{name}` takes a text, not a list or a map"),
                _ => format!("`{name}` takes a list or a map, not a text"),
            });
        }
        let mut count = 0;
        for argument in &filter.args {
            match argument {
                CallArg::Pos(value) => {
                    count += 1;
                    self.expression(value)?;
                }
                CallArg::Kwarg(word, value) => {
                    self.expression(value)?;
                    if known.named.is_some_and(|named| !named.contains(word)) {
                        let known = known.named.unwrap_or_default();
                        let advice =
                            match (crate::base::suggest::did_you_mean(word, known.iter().copied()), known) {
                                (Some(close), _) => format!(", did you mean `{close}`?"),
                                (None, []) => "; write its arguments without names".to_owned(),
                                (None, known) => format!("; it has {}", known.join(", ")),
                            };
                        return Err(format!("`{name}` has no argument of that name{advice}"));
                    }
                }
                CallArg::PosSplat(_) | CallArg::KwargSplat(_) => {
                    return Err("`*` is not known between `{{` and `}}`".into());
                }
            }
        }
        match (count, known.least, known.most) {
            (count, least, most) if (least..=most).contains(&count) => Ok(known.gives),
            (_, 0, 0) => Err(format!("`{name}` takes no argument; write `| {name}`")),
            (_, 1, 1) => Err(format!("`{name}` takes 1 argument; write `| {name}(…)`")),
            (_, least, most) => {
                let count = if least == most { least.to_string() } else { format!("{least} to {most}") };
                Err(format!(
                    "`{name}` takes {count} arguments; write `| {name}(…{})`",
                    ", …".repeat(least.max(1) - 1)
                ))
            }
        }
    }
}

/// `now`, `params.tenant`, `params['tenant']`.
fn dotted(expr: &Expr<'_>) -> Option<String> {
    let group = |expr: &Expr<'_>| match expr {
        Expr::Var(var) if ["params", "kept", "request"].contains(&var.id) => Some(var.id.to_owned()),
        _ => None,
    };
    match expr {
        Expr::Var(var) => Some(var.id.to_owned()),
        Expr::GetAttr(get) => Some(format!("{}.{}", group(&get.expr)?, get.name)),
        Expr::GetItem(get) => match &get.subscript_expr {
            Expr::Const(name) => Some(format!("{}.{}", group(&get.expr)?, name.value.as_str()?)),
            _ => None,
        },
        _ => None,
    }
}

/// For values, and for stand-ins of values.
static ENGINES: [LazyLock<Environment<'static>>; 2] =
    [LazyLock::new(|| engine(false)), LazyLock::new(|| engine(true))];

fn engine(trial: bool) -> Environment<'static> {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_formatter(|out, _, value| match value.kind() {
        ValueKind::Undefined => Err(minijinja::Error::from(ErrorKind::UndefinedError)),
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
fn words(cause: &minijinja::Error) -> String {
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

/// The engine's message without its advice on where in a file it stands.
fn not_a_template(source: &str, cause: &minijinja::Error) -> String {
    if source.matches("{{").count() > source.matches("}}").count() {
        return "`{{` is not closed; write `}}` where the expression ends".into();
    }
    let words = cause.detail().map_or_else(|| cause.kind().to_string(), str::to_owned);
    format!("not a template: {words}; one is written `{{{{ value | filter }}}}`")
}

/// Whether an address that begins so leads to the same host, however it goes on.
fn ends_its_host(text: &str) -> bool {
    let host = text.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#']));
    host.is_some_and(|(host, _)| !host.is_empty())
}

/// Every value that a name may have when there is none yet: for a trial.
pub(crate) fn stand_in(name: &str) -> Zeroizing<String> {
    Zeroizing::new(match name {
        "now" => "1767225600".to_owned(),
        "now_ms" => "1767225600000".to_owned(),
        "random" | "random_digits" | "uuid" => "1".repeat(64),
        "base_url" | "token_url" => "https://x.example".to_owned(),
        _ => STAND_IN.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned()))).collect()
    }

    fn rendered(source: &str, pairs: &[(&str, &str)]) -> Option<String> {
        let template = Template::parse(source.into()).expect(source);
        let values = values(pairs);
        let filling = Filling { values: &values, request: None, trial: false };
        template.render(&filling).expect(source).map(|text| text.to_string())
    }

    #[test]
    fn a_value_decides_where_an_address_leads_if_the_host_does_not_stand_before_it() {
        let values = values(&[
            ("base", "https://a.example"),
            ("deep", "https://a.example/api"),
            ("h", "a"),
            ("none", ""),
        ]);
        for (source, decides) in [
            ("https://a.example/x", false),
            ("https://a.example/{{ token }}", false),
            ("https://a.example?t={{ token }}", false),
            ("{{ base }}/x/{{ token }}", false),
            ("{{ deep }}{{ token }}", false),
            ("https://{{ h }}.example/{{ '{{' }}{{ token }}", false),
            ("{{ token }}", true),
            ("{{ base }}{{ token }}", true),
            ("{{ base }}:{{ token }}/", true),
            ("https://{{ token }}/x", true),
            ("https://{{ h }}.{{ token }}/x", true),
            ("https:{{ none }}//{{ token }}/x", true),
            ("https:/{{ token }}/x", true),
            ("https://a.example{{ '/' ~ token }}", true),
            ("https://{{ 'a' if token else 'b' }}.example/", true),
        ] {
            let template = Template::parse(source.into()).expect(source);
            assert_eq!(template.decides_host(&values, |name| name == "token"), decides, "{source}");
        }
    }

    #[test]
    fn expressions_are_filled_in_and_values_are_never_templates() {
        let all = [
            ("client_id", "id"),
            ("client_secret", "s:/+%ö"),
            ("params.tenant", "eu1"),
            ("refresh_token", "{{ client_secret }}"),
            ("now", "1767225600"),
            ("random", "0123456789abcdef"),
        ];
        for (source, wanted) in [
            ("{{ (client_id ~ ':' ~ client_secret) | base64 }}", "aWQ6czovKyXDtg=="),
            ("t-{{ params.tenant }}", "t-eu1"),
            ("{{ client_id }}\r\n", "id\r\n"),
            ("a\n\n", "a\n\n"),
            ("{{ params['tenant'] }}", "eu1"),
            ("{{ refresh_token }}", "{{ client_secret }}"),
            ("{{ 'a b+ö~*' | urlencode }}", "a%20b%2B%C3%B6~%2A"),
            ("{{ 'a b+ö~*' | formencode }}", "a+b%2B%C3%B6%7E*"),
            ("{{ now + 300 }} {{ now // 60 }}", "1767225900 29453760"),
            ("{{ now | date('%Y%m%dT%H%M%SZ') }}", "20260101T000000Z"),
            ("{{ now | date('%F %T', '+08:00') }}", "2026-01-01 08:00:00"),
            ("{{ random[:4] }}{{ random[-2:] }}", "0123ef"),
            ("{{ ('a:b' | split(':'))[1] }}", "b"),
            ("{{ {'eu1': 'x', 'us': 'y'}[params.tenant] }}", "x"),
            ("{{ 'de' if params.tenant == 'eu1' else 'us' }}", "de"),
            ("{{ 'abc' | md5 | hex | upper }}", "900150983CD24FB0D6963F7D28E17F72"),
            ("{{ 'abc' | sha1 | base64 }}", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
            ("{{ 'abc' | sha256 | base64url }}", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
            // RFC 4231 section 4.3; RFC 2202 sections 2 and 3.
            (
                "{{ 'what do ya want for nothing?' | hmac_sha256('Jefe') | hex }}",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                "{{ 'what do ya want for nothing?' | hmac_md5('Jefe') | hex }}",
                "750c783e6ab0b503eaa86e310a5db738",
            ),
            (
                "{{ 'what do ya want for nothing?' | hmac_sha1('Jefe' | hex | hex_decode) | hex }}",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                "{{ {'b': '2', 'a': '1 ', 'c': ''} | sorted_pairs('=', '&', encode=true, skip_empty=true) }}",
                "a=1%20&b=2",
            ),
            ("{{ {'b': now} | merge({'a': 1}) | json }}", "{\"a\":1,\"b\":1767225600}"),
            ("{{ ('{\"k\":{\"l\":7}}' | from_json).k.l + 1 }}", "8"),
            ("{{ 'aGk' | base64url_decode | text | replace('h', 'H') }}", "Hi"),
            ("{{ '<&>' | xml }}", "&lt;&amp;&gt;"),
            ("{{ '' | default('z') }}{{ ' q ' | trim | length }}", "z1"),
            (
                "{{ scope | default('all') }}{{ kept.shard | default('0') }}{{ params.tenant | default('x') }}",
                "all0eu1",
            ),
        ] {
            assert_eq!(rendered(source, &all).as_deref(), Some(wanted), "{source}");
        }
    }

    #[test]
    fn an_expression_alone_keeps_its_type_in_json() {
        let values = values(&[("now", "5"), ("params.port", "8443"), ("client_id", "7")]);
        let filling = Filling { values: &values, request: None, trial: false };
        for (source, wanted) in [
            ("{{ now }}", "5"),
            ("{{ now | string }}", "\"5\""),
            ("{{ params.port | int }}", "8443"),
            ("{{ client_id }}", "\"7\""),
            ("{{ none }}", "null"),
            ("{{ true }}", "true"),
            ("{{ [now, {'a': none}] }}", "[5,{\"a\":null}]"),
            ("{{ now }} s", "\"5 s\""),
        ] {
            let template = Template::parse(source.into()).expect(source);
            let value = template.render_json(&filling).expect(source).expect("complete");
            assert_eq!(value.to_string(), wanted, "{source}");
        }
    }

    #[test]
    fn a_name_without_a_value_leaves_the_whole_parameter_out() {
        assert_eq!(rendered("x{{ params.tenant }}", &[]), None);
        assert_eq!(rendered("plain", &[]).as_deref(), Some("plain"));
    }

    #[test]
    fn what_is_no_template_is_found_at_once_in_every_branch() {
        for (source, wanted) in [
            ("{{ a", "`{{` is not closed"),
            ("{% if a %}x{% endif %}", "no statements"),
            ("{# c #}", "no comments"),
            ("{{ a | nofilter }}", "there is no filter `nofilter`"),
            ("{{ a | sha3_512 | hex }}", "; known are"),
            ("{{ a | sha265 | hex }}", "did you mean `sha256`"),
            ("{{ 'x' if true else (a | nofilter) }}", "there is no filter"),
            ("{{ f(a) }}", "no functions"),
            ("{{ a.upper() }}", "no functions"),
            ("{{ a is defined }}", "no tests"),
            ("{{ a + }}", "not a template"),
            ("{{ a | sha256 }}", "bytes stand here"),
            ("{{ (a | sha256) ~ 'b' }}", "bytes stand here"),
            ("{{ a | sha256 | upper }}", "takes no bytes"),
            ("{{ a | hmac_sha256 | hex }}", "takes 1 argument"),
            ("{{ a | hex(1) }}", "takes no argument"),
            ("{{ a | jwt('RS256', b) }}", "takes a list or a map"),
            ("{{ {'a': 1} | sorted_pairs('', '', encoded=true) }}", "no argument of that name"),
            ("x {{ [a] }}", "a list or a map"),
            ("{{ a / 2 }}", "write `//`"),
            ("{{ request.boddy }}", "did you mean `request.body`"),
            ("{{ [1] * 99999999 }}", "`*` is not known"),
        ] {
            let error = Template::parse(source.into()).expect_err(source);
            assert!(error.contains(wanted), "{source}: {error}");
        }
    }

    #[test]
    fn no_template_grows_without_bounds() {
        let chain = format!("{{{{ a{} }}}}", "|base64".repeat(250));
        let template = Template::parse(chain).expect("short enough");
        let values = values(&[("a", "x")]);
        let error =
            template.render(&Filling { values: &values, request: None, trial: false }).expect_err("grows");
        assert!(error.contains("too long"), "{error}");
        assert!(Template::parse("* {{ a }} *".into()).is_ok());
    }

    #[test]
    fn no_error_quotes_a_value() {
        let values = values(&[("a", "CANARY"), ("b", "CANARY-KEY")]);
        for source in [
            "{{ a | int }}",
            "{{ a + 1 }}",
            "{{ a | from_json }}",
            "{{ a | hex_decode | hex }}",
            "{{ {'s': a} | jwt('RS256', b) }}",
            "{{ {'s': a} | jwt(a, b) }}",
            "{{ a[a] }}",
            "{{ a | date(b) }}",
        ] {
            let template = Template::parse(source.into()).expect(source);
            let error =
                template.render(&Filling { values: &values, request: None, trial: false }).expect_err(source);
            assert!(!error.contains("CANARY"), "{source}: {error}");
        }
    }
}
