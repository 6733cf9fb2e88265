//! Strings with `{{ expression }}` in them: the only moving part of a dialect.
//!
//! No statements, a closed set of filters; the syntax tree is checked when the
//! dialect is loaded, every branch of it, so a slip is found before anything is sent.

mod address;
mod analysis;
mod budget;
mod evaluate;
mod filters;
mod syntax;
mod unfit;
mod value;

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use self::analysis::{Analysis, UNENCODED};
use self::evaluate::{Evaluated, Stop, made_of};
use self::filters::ExprType;
use self::syntax::Piece;
pub(crate) use self::unfit::Unfit;
pub(crate) use self::value::{Filling, NamedValues, StandIns, Value, Values, stand_in};
use crate::base::fault::said;

#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::TemplateText"))]
pub(crate) struct Template {
    source: String,
    pieces: Vec<Piece>,
    names: BTreeSet<String>,
    /// Of these: those without which there is nothing to send.
    needed: BTreeSet<String>,
    /// Of these: those without which it is left out, because it says so.
    omitted: BTreeSet<String>,
    /// Of these: those that can be told from what comes out.
    shown: BTreeSet<String>,
    /// Gives a list or a map, which only JSON can carry.
    many: bool,
}

/// More is no template but an accident.
const LONGEST: usize = 2_000;

impl Template {
    pub(crate) fn parse(source: String) -> Result<Template, String> {
        if source.contains("{%") || source.contains("{#") {
            return Err("only `{{ expression }}` is allowed here, not statements or comments".into());
        }
        if source.len() > LONGEST {
            return Err(format!("a template has at most {LONGEST} characters; keep a long text in a param"));
        }
        let pieces = syntax::parse(&source)?;
        let mut analysis = Analysis::default();
        let expressions = pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expr) => Some(expr),
            Piece::Raw(_) => None,
        });
        let types = expressions.map(|expr| analysis.expression(expr)).collect::<Result<Vec<_>, _>>()?;
        let many = gives_many(&types, pieces.len() == 1)?;
        let Analysis { needed, optional, omitted, shown, .. } = analysis;
        Ok(Template {
            names: &(&needed | &optional) | &omitted,
            omitted: &omitted - &needed,
            needed,
            shown,
            many,
            pieces,
            source,
        })
    }

    /// As it is written.
    pub(crate) fn source(&self) -> &str {
        &self.source
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
        self.needed.contains(name)
    }

    /// Without it, what this is the value of is left out: it says so itself.
    pub(crate) fn omits(&self, name: &str) -> bool {
        self.omitted.contains(name)
    }

    /// Whether it can be told from what comes out, and not only with a key or by guessing.
    pub(crate) fn shows(&self, name: &str) -> bool {
        self.shown.contains(name)
    }

    pub(crate) fn gives_many(&self) -> bool {
        self.many
    }

    /// `{name}`, as other programs write it.
    pub(crate) fn has_single_braces(&self, name: &str) -> bool {
        let single = format!("{{{name}}}");
        self.source.match_indices(&single).any(|(at, _)| !self.source[..at].ends_with('{'))
    }

    /// A line break or its like stands outside of all braces; what is within may only be signed.
    pub(crate) fn has_control_characters(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Raw(text) if text.chars().any(char::is_control)))
    }

    fn lacks(&self, filling: &Filling<'_>) -> bool {
        self.needed.iter().any(|name| match (name.strip_prefix("values."), name.strip_prefix("request.")) {
            (Some(own), _) => matches!(filling.named.get(own), Some(None)),
            (_, Some(_)) => false,
            _ => !filling.values.contains_key(name),
        })
    }

    /// `Ok(None)` if it names something that is optional and not there: then the
    /// parameter that it is the value of is left out.
    pub(crate) fn render(&self, filling: &Filling<'_>) -> Result<Option<Zeroizing<String>>, String> {
        self.evaluate(filling)?.map(|value| value.plain_text()).transpose()
    }

    /// One expression keeps the kind of its value.
    pub(crate) fn evaluate(&self, filling: &Filling<'_>) -> Result<Option<Value>, String> {
        if self.lacks(filling) {
            return Ok(None);
        }
        present(match &self.pieces[..] {
            [Piece::Expression(expr)] => filling.evaluate(expr),
            pieces => rendered(pieces, filling),
        })
    }

    pub(crate) fn render_json(&self, filling: &Filling<'_>) -> Result<Option<serde_json::Value>, String> {
        self.evaluate(filling)?.map(|value| value.to_json()).transpose()
    }
}

/// A text of all the pieces.
fn rendered(pieces: &[Piece], filling: &Filling<'_>) -> Evaluated {
    let part = |piece: &Piece| match piece {
        Piece::Raw(raw) => Ok(Value::text(raw.clone())),
        Piece::Expression(expr) => filling.evaluate(expr),
    };
    let parts = pieces.iter().map(part).collect::<Result<Vec<_>, Stop>>()?;
    let texts = parts.iter().map(Value::plain_text).collect::<Result<Vec<_>, _>>()?;
    // At once: a text that grows where it stands leaves copies of itself behind.
    let mut text = Zeroizing::new(String::with_capacity(texts.iter().map(|text| text.len()).sum()));
    texts.iter().for_each(|part| text.push_str(part));
    made_of(&parts.iter().collect::<Vec<_>>(), Value::text(text)).and_then(|text| filling.counted(text))
}

fn present<T>(made: Result<T, Stop>) -> Result<Option<T>, String> {
    match made {
        Ok(made) => Ok(Some(made)),
        Err(Stop::Absent) => Ok(None),
        Err(Stop::Wrong(words)) => Err(words),
    }
}

/// Whether the expressions of a template give a list or a map, which stands alone; bytes never stand in one.
fn gives_many(types: &[ExprType], alone: bool) -> Result<bool, String> {
    if types.contains(&ExprType::Bytes) {
        return Err(UNENCODED.into());
    }
    let many = types.contains(&ExprType::Many);
    if many && !alone {
        return Err(
            "a list or a map is within a text; add `| json`, `| join(',')` or `| sorted_pairs('=', '&')`"
                .into(),
        );
    }
    Ok(many)
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Template, D::Error> {
        Template::parse(String::deserialize(from)?).map_err(said)
    }
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
        let filling = Filling::new(&values);
        template.render(&filling).expect(source).map(|text| text.to_string())
    }

    #[test]
    fn a_digest_or_a_signature_hides_what_it_is_made_of_and_its_key() {
        for (source, shown) in [
            ("{{ a }}", true),
            ("{{ a | base64 }}", true),
            ("{{ a | default('x') }}", true),
            ("{{ 'x' if a == 'y' else 'z' }}", true),
            ("{{ (a | sha256 | hex) ~ a[:2] }}", true),
            ("{{ (a | hex_decode) | base64 }}", true),
            ("{{ a | sha256 | hex }}", false),
            ("{{ (a ~ b | sorted_pairs('', '')) | md5 | hex | upper }}", false),
            ("{{ b | hmac_sha256(a) | hex }}", false),
            ("{{ (b ~ a) | hmac_sha256(a | hex_decode) | base64 }}", false),
            ("{{ b | rsa_sha256(a) | base64 }}", false),
            ("{{ {'sub': b} | jwt('HS256', a) }}", false),
            ("{{ {'sub': a} | jwt('HS256', b) }}", true),
            ("{{ (a | default('x')) | sha1 | hex }}", false),
            ("{{ a | optional }}", true),
            ("{{ a | rsa_oaep_sha1(b) | base64 }}", false),
            ("{{ b | aes_cbc(a, 'x') | base64 }}", false),
            ("{{ b | bcrypt(a) | base64 }}", false),
            ("{{ ((a | sha256) ~ (b | hex_decode)) | base64 }}", false),
            ("{{ ((a | hex_decode) ~ (b | sha256)) | base64 }}", true),
        ] {
            let template = Template::parse(source.replace("b | sorted", "{'k': b} | sorted")).expect(source);
            assert!(template.uses("a"), "{source}");
            assert_eq!(template.shows("a"), shown, "{source}");
        }
    }

    #[test]
    fn expressions_are_filled_in_and_values_are_never_templates() {
        let all = [
            ("client_id", "id"),
            ("client_secret", "s:/+%ö"),
            ("params.tenant", "eu1"),
            ("asked.passcode", "pc-1"),
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
            ("{{ asked.passcode }}", "pc-1"),
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
            ("{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 // -2 }} {{ 7 % -3 }} {{ 2 - 3 - 4 }}", "-4 2 -4 -2 -5"),
            ("{{ 'a' ~ 1 + 2 ~ 'b' }}{{ 'a' + 'b' }}", "a12bab"),
            ("{{ 'abcde'[-3:-1] }}{{ 'abc'[9:] }}{{ 'abc'[-9:1] }}{{ 'öß'[1] }}{{ [1, 2, 3][-1] }}", "cdaß3"),
            (
                "{{ not 1 == 2 and 'b' in 'abc' or false }} {{ 1 < 2 <= 2 }} {{ 3 not in [1, 2] }}",
                "true true true",
            ),
            ("{{ 'a' if 'x' else 'b' if 'y' else 'c' }}{{ 'k' in {'k': 1} }}{{ '' or 'z' }}", "atruez"),
            (r"{{ 'a\n\'\u00e4\ud83d\ude00\x41\\' }}", "a\n'ä😀A\\"),
            ("{{ {'a': {'b': [7]}}.a['b'][0] }}{{ {'a': {'b': 1}}.a.b}}", "71"),
            ("{{ ((random | hex_decode) ~ ('ff' | hex_decode)) | hex }}", "0123456789abcdefff"),
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
        let filling = Filling::new(&values);
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
    fn what_is_optional_takes_with_it_what_it_stands_in() {
        let is = |source: &str, pairs: &[(&str, &str)]| {
            let template = Template::parse(source.into()).expect(source);
            assert!(!template.needs("a"), "{source}");
            let made = template.render_json(&Filling::new(&values(pairs))).expect(source);
            made.map(|made| made.to_string())
        };
        for (source, without, with) in [
            ("{{ a | optional }}", None, "\"1\""),
            ("x{{ a | optional }}", None, "\"x1\""),
            ("{{ (a ~ 'x') | optional }}", None, "\"1x\""),
            ("{{ a | sha1 | hex | optional | length }}", None, "40"),
            ("{{ {'k': a | optional, 'l': 2} }}", Some("{\"l\":2}"), "{\"k\":\"1\",\"l\":2}"),
            ("{{ [a | optional, {'l': a | optional}] }}", Some("[{}]"), "[\"1\",{\"l\":\"1\"}]"),
        ] {
            assert_eq!(is(source, &[]).as_deref(), without, "{source}");
            assert_eq!(is(source, &[("a", "1")]).as_deref(), Some(with), "{source}");
        }
        assert!(Template::parse("{{ a ~ (a | optional) }}".into()).expect("both").needs("a"));
    }

    #[test]
    fn a_mask_stands_where_a_value_would_and_what_is_known_is_as_it_will_be() {
        let values = values(&[("s", "***"), ("k", "one two")]);
        let names = BTreeSet::from(["s".to_owned()]);
        for (source, masked, tried) in [
            ("{{ k | split(' ') | json }}", r#"["one","two"]"#, r#"["one","two"]"#),
            ("{{ (k | split(' '))[0] }}", "one", "one"),
            ("a={{ s }}&b={{ s | urlencode }}", "a=***&b=***", "a=***&b=%2A%2A%2A"),
            ("{{ (k ~ ':' ~ s) | urlencode }}", "one%20two%3A***", "one%20two%3A%2A%2A%2A"),
            ("t={{ k }},s={{ (k ~ s) | sha1 | hex }}", "t=one two,s=***", ""),
            ("{{ s[4:] }}{{ (s | split('.'))[1] }}{{ s | length }}", "*********", ""),
            ("{{ 'a' if s == 'x' else 'b' }}{{ s and k }}{{ not s }}", "*********", ""),
            ("{{ {'x': 'y'}[s] }}", "***", ""),
            ("{{ {'x': s, 'y': k} | sorted_pairs('=', '&') }}", "x=***&y=one two", ""),
            ("{{ s | int + 1 }}", "***", ""),
            ("{{ s | default('d') | upper | xml }}", "***", "***"),
            ("{{ {'x': k}.x ~ {'x': k, 's': s}.x }}", "one twoone two", "one twoone two"),
        ] {
            let template = Template::parse(source.into()).expect(source);
            let of = |stand_ins| template.render(&Filling::standing_in(&values, stand_ins));
            let shown = of(StandIns::Masked(&names, "***")).expect(source).expect("whole");
            assert_eq!(shown.as_str(), masked, "{source}");
            if !tried.is_empty() {
                assert_eq!(
                    of(StandIns::Tried(&names)).expect(source).expect("whole").as_str(),
                    tried,
                    "{source}"
                );
            }
        }
    }

    /// From AWS's test suite for Signature Version 4: `get-vanilla`.
    #[test]
    fn a_request_is_signed_as_aws_does() {
        let values = values(&[("key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), ("now", "1440938160")]);
        let canonical = "{{ ('GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:' ~ (now | date('%Y%m%dT%H%M%SZ')) ~ '\n\nhost;x-amz-date\n' ~ ('' | sha256 | hex)) | sha256 | hex }}";
        let canonical = Template::parse(canonical.into()).expect("a template");
        let canonical = canonical.evaluate(&Filling::new(&values)).expect("made");
        let named = NamedValues::from([("canonical".to_owned(), canonical)]);
        let signature = "{{ ('AWS4-HMAC-SHA256\n' ~ (now | date('%Y%m%dT%H%M%SZ')) ~ '\n' ~ (now | date('%Y%m%d')) ~ '/us-east-1/service/aws4_request\n' ~ values.canonical) | hmac_sha256('aws4_request' | hmac_sha256('service' | hmac_sha256('us-east-1' | hmac_sha256(now | date('%Y%m%d') | hmac_sha256('AWS4' ~ key))))) | hex }}";
        let signature = Template::parse(signature.into()).expect("a template");
        let signed = signature.render(&Filling { named: &named, ..Filling::new(&values) }).expect("signed");
        let wanted = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        assert_eq!(signed.expect("whole").as_str(), wanted);
    }

    #[test]
    fn what_is_no_template_is_found_at_once_in_every_branch() {
        for (source, wanted) in [
            ("{{ a", "`{{` is not closed"),
            ("{% if a %}x{% endif %}", "not statements or comments"),
            ("{# c #}", "not statements or comments"),
            ("{{ a | nofilter }}", "there is no filter `nofilter`"),
            ("{{ a | sha3_512 | hex }}", "; known filters are"),
            ("{{ a | sha265 | hex }}", "did you mean `sha256`"),
            ("{{ 'x' if true else (a | nofilter) }}", "there is no filter"),
            ("{{ f(a) }}", "functions and methods are not supported"),
            ("{{ a.upper() }}", "functions and methods are not supported"),
            ("{{ a is defined }}", "tests such as `is defined` are not supported"),
            ("{{ a + }}", "not a template"),
            ("{{ a | sha256 }}", "this gives bytes"),
            ("{{ (a | sha256) ~ 'b' }}", "this gives bytes"),
            ("{{ a | sha256 | upper }}", "does not accept bytes"),
            ("{{ a | hmac_sha256 | hex }}", "takes 1 argument"),
            ("{{ a | hex(1) }}", "takes no argument"),
            ("{{ a | jwt('RS256', b) }}", "needs a list or a map"),
            ("{{ {'a': 1} | sorted_pairs('', '', encoded=true) }}", "no argument of that name"),
            ("x {{ [a] }}", "a list or a map"),
            ("{{ a / 2 }}", "write `//`"),
            ("{{ request.boddy }}", "did you mean `request.body`"),
            ("{{ [1] * 99999999 }}", "`*` is not supported"),
            ("{{- a }}", "white space"),
            ("{{ a -}}", "white space"),
            ("{{ 'a\\d' }}", "a backslash is written"),
            ("{{ 'a }}", "a text is not closed"),
            ("{{ a b }}", "`b` is not allowed here"),
            ("{{ a = 'b' }}", "write `==`"),
            ("{{ 1.5 }}", "only whole numbers"),
            ("{{ a[1:2:3] }}", "no steps"),
            ("{{ params }}", "name one of them"),
            ("{{ a | aes_cbc(b) | hex }}", "takes 2 arguments"),
            ("{{ a | rsa_pkcs1(b) }}", "this gives bytes"),
            ("{{ (a | sha256) ~ 'b' | hex }}", "this gives bytes"),
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
        let error = template.render(&Filling::new(&values)).expect_err("grows");
        assert!(error.contains("too long"), "{error}");
        assert!(Template::parse("* {{ a }} *".into()).is_ok());
        for (open, close) in
            [("(", ")"), ("[", "]"), ("-", ""), ("not ", ""), ("{1:", "}"), ("a~", ""), ("a|hex|upper~", "")]
        {
            let times = (LONGEST - 20) / (open.len() + close.len());
            let deep = format!("{{{{ {}a{} }}}}", open.repeat(times), close.repeat(times));
            let error = Template::parse(deep).expect_err(open);
            assert!(error.contains("nested too deeply"), "{error}");
        }
    }

    #[test]
    fn what_one_request_makes_has_a_limit_whatever_its_templates_have() {
        let long = "x".repeat(1 << 20);
        let values = values(&[("a", &long), ("rounds", "2000000"), ("length", "512")]);
        let made = |filling: &Filling<'_>, source: &str| {
            Template::parse(source.into()).expect(source).render(filling)
        };
        // Each alone may be made, and so may all of another request.
        for _ in 0..2 {
            let filling = Filling::new(&values);
            let count = (0..).take_while(|_| made(&filling, "{{ a }}").is_ok()).count();
            assert_eq!(count, 16);
            assert!(filling.is_spent());
            let error = made(&filling.with(None, &NamedValues::new()), "{{ a }}").expect_err("spent");
            assert!(error.contains("produce more than 16 MiB in all"), "{error}");
        }
        for source in [
            "{{ a }}{{ a }}",
            "{{ a ~ 'x' }}",
            "{{ a | replace('x', 'xy') }}",
            "{{ a | split('x') | length }}",
            "{{ [a, a] | json }}",
            "{{ ('[' ~ (a[4:] | replace('xx', '0,')) ~ '0]') | from_json | length }}",
            "{{ {'k': a, 'l': a} | sorted_pairs('=', '&') }}",
        ] {
            let error = made(&Filling::new(&values), source).expect_err(source);
            assert!(error.contains("the text grows too long"), "{source}: {error}");
        }
        for source in [
            "{{ 'p' | pbkdf2_sha512('s', rounds | int, length | int) | hex }}",
            "{{ 'p' | pbkdf2_sha256('s', 2000000, 96) | hex }}",
        ] {
            let error = made(&Filling::new(&values), source).expect_err(source);
            assert!(error.contains("PBKDF2 iterations"), "{source}: {error}");
        }
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
            let error = template.render(&Filling::new(&values)).expect_err(source);
            assert!(!error.contains("CANARY"), "{source}: {error}");
        }
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
            assert_eq!(
                template.decides_host(&Filling::new(&values), |name| name == "token"),
                decides,
                "{source}"
            );
        }
    }
}
