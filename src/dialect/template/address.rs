//! Templates of addresses: what can be said of where one leads before there are values, and each value filled in for the
//! place where it stands.
//!
//! The rule that matters: a value never reaches beyond its place. What stands in a host is no path, and what stands in a
//! segment of a path is no query.

use std::borrow::Cow;
use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use zeroize::Zeroizing;

use super::filters::RESERVED;
use super::syntax::{Expr, Piece};
use super::unfit::Unfit;
use super::value::{Filling, StandIns, Value, Values, stand_in};
use super::{Analysis, Template, present, rendered};
use crate::base::address::{Cleartext, checked_url, checked_url_by};
use crate::base::order::InOrder as _;

/// RFC 3986 section 3.3: all but what a segment may hold.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where in an address something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the beginning: it may be a whole address.
    Whole,
    Scheme,
    Host,
    Port,
    Path,
    Query,
}

impl Place {
    /// Behind what stands already.
    fn behind(text: &str) -> Place {
        let Some((_, rest)) = text.split_once("://") else {
            return if text.is_empty() { Place::Whole } else { Place::Scheme };
        };
        let host = rest.find(['/', '?', '#', '\\']).map_or(rest, |end| &rest[..end]);
        match () {
            () if rest.contains(['?', '#']) => Place::Query,
            () if host.len() < rest.len() => Place::Path,
            // The colons of an IPv6 address stand in brackets.
            () if host.rsplit(']').next().is_some_and(|end| end.contains(':') && !end.contains('[')) => {
                Place::Port
            }
            () => Place::Host,
        }
    }
}

impl Template {
    /// For an address: whether a value whose name begins so decides where it leads.
    pub(crate) fn leads_by(&self, group: &str) -> bool {
        let values: Values = self.names().map(|name| (name.to_owned(), stand_in(name))).in_order();
        let filling = Filling::standing_in(&values, StandIns::Tried(&self.names));
        self.decides_host(&filling, |name| name.starts_with(group))
    }

    /// For an address: whether it may be one of those names that decides where it leads, because the whole
    /// host does not stand, filled in as said, before the first of them.
    pub(crate) fn decides_host(&self, filling: &Filling<'_>, is: impl Fn(&str) -> bool) -> bool {
        let named = |piece: &Piece| match piece {
            Piece::Raw(_) => false,
            Piece::Expression(expr) => names(expr).iter().any(|name| is(name)),
        };
        let Some(first) = self.pieces.iter().position(named) else { return false };
        let before = rendered(&self.pieces[..first], filling);
        !before.is_ok_and(|text| text.plain_text().is_ok_and(|text| ends_its_host(&text)))
    }

    /// The address, with each value filled in for the place where it stands. `Ok(None)`: a value that may be absent is.
    pub(crate) fn address(
        &self,
        filling: &Filling<'_>,
        cleartext: Cleartext,
    ) -> Result<Option<Zeroizing<String>>, Unfit> {
        if self.lacks(filling) {
            return Ok(None);
        }
        let mut text = Zeroizing::new(String::new());
        let mut filled: Vec<(usize, Option<String>)> = Vec::new();
        for piece in &self.pieces {
            let expr = match piece {
                Piece::Raw(raw) => {
                    text.push_str(raw);
                    continue;
                }
                Piece::Expression(expr) => expr,
            };
            let names = names(expr);
            let name = names.iter().find(|name| name.starts_with("params.")).or(names.first()).cloned();
            let unfit = |why: String| Unfit { name: name.clone(), why };
            let Some(made) = present(filling.evaluate(expr)).map_err(unfit)? else { return Ok(None) };
            let value = made.plain_text().map_err(unfit)?;
            // Of two texts one may be empty: the dialect chose it.
            let nothing = value.is_empty() && may_be_nothing(expr);
            let real = !made.is_unknown();
            let value = match nothing {
                true => Cow::Borrowed(""),
                false => placed(Place::behind(&text), &value, real, holds(expr, &encodes))
                    .map_err(|why| unfit(why.to_owned()))?,
            };
            if real {
                filled.push((text.len(), name));
            }
            text.push_str(&value);
        }
        whole_parts(&text, &filled, cleartext)?;
        Ok(Some(text))
    }

    /// What can be said of an address before there are values: how it begins, and what it must not hold.
    pub(crate) fn could_be_an_address(&self) -> Result<(), String> {
        let literal = match &self.pieces[..] {
            [] => return checked_url("").map(|_| ()),
            [Piece::Raw(whole)] => return checked_url(whole).map(|_| ()),
            [Piece::Raw(literal), ..] => literal,
            [Piece::Expression(_), ..] => "",
        };
        // What a value may begin with nobody knows yet.
        if literal.is_empty() || literal.eq_ignore_ascii_case("http://") {
            return Ok(());
        }
        let whole = if literal.ends_with("//") { format!("{literal}x.example") } else { literal.to_owned() };
        match checked_url(whole.strip_suffix(':').unwrap_or(&whole)) {
            // A part of a name or of a number may be anything.
            Err(_)
                if literal.to_lowercase().starts_with("https://") && !literal.contains(['@', '#', ' ']) =>
            {
                Ok(())
            }
            other => other.map(|_| ()),
        }
    }
}

/// Whether an address that begins so leads to the same host, however it goes on.
fn ends_its_host(text: &str) -> bool {
    let host = text.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#']));
    host.is_some_and(|(host, _)| !host.is_empty())
}

fn names(expr: &Expr) -> BTreeSet<String> {
    let mut analysis = Analysis::default();
    // It was without a fault when the template was parsed.
    let _ = analysis.expression(expr);
    &(&analysis.needed | &analysis.optional) | &analysis.omitted
}

/// The dialect chooses between a text and nothing.
fn may_be_nothing(expr: &Expr) -> bool {
    let nothing = |one: &Expr| matches!(one, Expr::Literal(Value::Text(text)) if text.as_str().is_empty());
    matches!(expr, Expr::Choice { yes, no, .. } if nothing(yes) || nothing(no))
}

/// The dialect encodes it itself.
fn encodes(expr: &Expr) -> bool {
    matches!(expr, Expr::Filter(call) if ["urlencode", "formencode", "path"].contains(&call.filter.name))
}

/// Whether some part of an expression is such a one.
fn holds(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(expr) || expr.parts().into_iter().any(|part| holds(part, is))
}

/// A value as it stands in that place. `real`: it is no stand-in, and must be right.
fn placed(place: Place, value: &str, real: bool, encoded: bool) -> Result<Cow<'_, str>, &'static str> {
    let is_host = |c: char| c.is_alphanumeric() || "-.[]:".contains(c);
    match place {
        Place::Port if !real => Ok(Cow::Borrowed("1")),
        Place::Port if value.parse::<u16>().is_ok_and(|port| port > 0) && !value.starts_with('+') => {
            Ok(value.into())
        }
        Place::Port => Err("is in the place of a port, which is a number from 1 to 65535"),
        Place::Host if !real || (!value.is_empty() && value.chars().all(is_host) && is_one_host(value)) => {
            Ok(value.into())
        }
        Place::Host if value.is_empty() => Err("is empty, but is in the place of a host or part of its name"),
        Place::Host => Err(
            "is in the place of a host or part of its name, which consists of letters, digits, `-` and `.`",
        ),
        Place::Scheme => {
            Err("is before the host; write `https://` there, or a value that is a whole address")
        }
        Place::Path | Place::Query if encoded && value.contains(['?', '#', '\\']) => {
            Err("is encoded only in part: write `| urlencode` after all of it")
        }
        Place::Path if encoded && value.split('/').any(leads_elsewhere) => Err(DOTS),
        Place::Path | Place::Query if encoded => Ok(value.into()),
        Place::Path if value.is_empty() && real => Err("is empty, but is in a path"),
        Place::Path => Ok(utf8_percent_encode(value, SEGMENT).into()),
        Place::Query => Ok(utf8_percent_encode(value, RESERVED).into()),
        Place::Whole => Ok(value.into()),
    }
}

const DOTS: &str = "is in a path, where `.` and `..` lead elsewhere";

/// A segment of a path that browsers and servers take for another, also with its dots encoded.
fn leads_elsewhere(segment: &str) -> bool {
    let dots = segment.replace("%2e", ".").replace("%2E", ".");
    [".", ".."].contains(&dots.as_str())
}

/// A colon belongs to an address of IPv6 in its brackets, and nowhere else.
fn is_one_host(value: &str) -> bool {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !value.contains(['[', ']', ':']),
    }
}

/// What only shows once all stands: the host is one, and no segment with a value in it leads elsewhere.
fn whole_parts(text: &str, filled: &[(usize, Option<String>)], cleartext: Cleartext) -> Result<(), Unfit> {
    let unfit = |name: &Option<String>, why: &str| Err(Unfit { name: name.clone(), why: why.to_owned() });
    let Some(host) = text.find("://").map(|at| at + 3) else { return whole_address(text, filled, cleartext) };
    let path = text[host..].find(['/', '?', '#', '\\']).map_or(text.len(), |at| host + at);
    let query = text[path..].find(['?', '#']).map_or(text.len(), |at| path + at);
    for (at, name) in filled {
        if (host..path).contains(at) {
            let name_of_host = text[host..path].split(':').next().unwrap_or_default();
            let labels = name_of_host.strip_suffix('.').unwrap_or(name_of_host);
            if !name_of_host.starts_with('[') && labels.split('.').any(str::is_empty) {
                return unfit(name, "does not make the name of a host, in which no part is empty");
            }
        } else if (path..query).contains(at) && *at > 0 {
            let begin = text[..*at].rfind('/').map_or(path, |slash| slash + 1);
            let end = text[*at..query].find('/').map_or(query, |slash| at + slash);
            if leads_elsewhere(&text[begin..end]) {
                return unfit(name, DOTS);
            }
        }
    }
    whole_address(text, filled, cleartext)
}

/// What is wrong with all of it is blamed on the one value in it, or on the one that it begins with.
fn whole_address(text: &str, filled: &[(usize, Option<String>)], cleartext: Cleartext) -> Result<(), Unfit> {
    let Err(why) = checked_url_by(text, cleartext) else { return Ok(()) };
    let guilty = match filled {
        [(_, one)] => one.clone(),
        [(0, first), ..] => first.clone(),
        _ => None,
    };
    Err(Unfit { name: guilty, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of it with `a` for the param `a` and for the base address.
    fn address(source: &str, a: &str) -> Result<String, String> {
        let template = Template::parse(source.into()).expect(source);
        let all = [("params.a", a), ("base_url", a), ("params.b", "b"), ("params.none", "")];
        let values: Values =
            all.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned()))).into();
        let made = template.address(&Filling::new(&values), Cleartext::Here).map_err(Unfit::words)?;
        Ok(made.expect("nothing is absent").to_string())
    }

    #[test]
    fn a_value_is_filled_in_for_the_place_where_it_stands() {
        for (source, a, wanted) in [
            ("{{ base_url }}/t", "https://x.example/api", "https://x.example/api/t"),
            ("{{ base_url }}/t", "http://localhost:8080", "http://localhost:8080/t"),
            ("https://{{ params.a }}/t", "x.example", "https://x.example/t"),
            ("https://{{ params.a }}/t", "[2001:db8::1]", "https://[2001:db8::1]/t"),
            ("https://{{ params.a }}.x.example", "eu-1", "https://eu-1.x.example"),
            ("https://{{ params.b }}.{{ params.a }}/", "münchen.example", "https://b.münchen.example/"),
            ("https://x.example:{{ params.a }}/t", "8443", "https://x.example:8443/t"),
            ("https://[::1]:{{ params.a }}/t", "8443", "https://[::1]:8443/t"),
            (
                "https://x.example/{{ params.a }}/t",
                "a b/ö?x=1#y%41\\",
                "https://x.example/a%20b%2F%C3%B6%3Fx=1%23y%2541%5C/t",
            ),
            ("https://x.example/{{ params.a }}/t", "me@x:1,2", "https://x.example/me@x:1,2/t"),
            ("https://x.example/{{ params.a | urlencode }}/t", "a b/c", "https://x.example/a%20b%2Fc/t"),
            ("https://x.example/{{ params.a | path }}/t", "a b/c", "https://x.example/a%20b/c/t"),
            (
                "https://x.example/{{ 'as/' ~ (params.a | urlencode) ~ '/' if params.a else '' }}t",
                "a/b",
                "https://x.example/as/a%2Fb/t",
            ),
            (
                "https://x.example/{{ 'as/' ~ (params.a | urlencode) ~ '/' if params.a else '' }}t",
                "",
                "https://x.example/t",
            ),
            ("https://{{ 'eu.' if params.a == 'eu' else '' }}x.example/t", "eu", "https://eu.x.example/t"),
            ("https://{{ 'eu.' if params.a == 'eu' else '' }}x.example/t", "us", "https://x.example/t"),
            ("https://x.example/v{{ params.a }}.{{ params.b }}/t", "1", "https://x.example/v1.b/t"),
            (
                "https://x.example/t?q={{ params.a }}&r=1",
                "a&b=c d+e/",
                "https://x.example/t?q=a%26b%3Dc%20d%2Be%2F&r=1",
            ),
            ("https://x.example?q={{ params.a }}", "", "https://x.example?q="),
            ("https://x.example/{{ '}}' ~ params.a }}", "a", "https://x.example/%7D%7Da"),
            (
                "https://{{ {'b': {'c': 'x.example'}}[params.b].c }}/{{ params.a }}",
                "a",
                "https://x.example/a",
            ),
            ("{{ 'https://' ~ params.a }}/t", "x.example/page", "https://x.example/page/t"),
        ] {
            assert_eq!(address(source, a).as_deref(), Ok(wanted), "{source} with {a}");
        }
    }

    #[test]
    fn a_value_that_would_reach_beyond_its_place_is_named_and_not_repeated() {
        let host = "`params.a`: is in the place of a host or part of its name";
        let port = "`params.a`: is in the place of a port";
        let dots = "`params.a`: is in a path, where `.` and `..` lead elsewhere";
        for (source, values, wanted) in [
            (
                "https://{{ params.a }}.x.example/t",
                &[
                    "u@evil", "a/b", "a?x=1", "a#", "a:b", "a:8443", "a b", "a%2Eb", "a\\b", "[::1", "::1",
                    "a\tb", "*", "a_b",
                ][..],
                host,
            ),
            (
                "https://{{ params.a }}.x.example/t",
                &[""],
                "`params.a`: is empty, but is in the place of a host",
            ),
            (
                "https://{{ params.a }}.x.example/t",
                &[".", "a..b", ".a"],
                "`params.a`: does not make the name of a host",
            ),
            (
                "https://x.{{ params.a }}/t",
                &[".example", "a..b"],
                "`params.a`: does not make the name of a host",
            ),
            (
                "https://x.example:{{ params.a }}/t",
                &["", "0", "65536", "-1", "+1", "80/a", "x", "1@evil"],
                port,
            ),
            ("https://x.example/{{ params.a }}/t", &[".", ".."], dots),
            ("https://x.example/{{ params.a | urlencode }}/t", &[".", ".."], dots),
            ("https://x.example/.{{ params.a }}", &["."], dots),
            ("https://x.example/%2e{{ params.a }}/t", &["."], dots),
            (
                "https://x.example/v1/{{ (params.b | urlencode) ~ '/' ~ params.a }}/t",
                &["../../admin", "..", "a/%2e%2E", "x/./y"],
                dots,
            ),
            ("https://x.example/{{ params.a }}/t", &[""], "`params.a`: is empty, but is in a path"),
            (
                "https://x.example/{{ params.a | path }}/t",
                &["", "a//b", "/a", "a/../b", "."],
                "`params.a`: `path`: a segment",
            ),
            (
                "https://x.example/{{ (params.b | urlencode) ~ params.a }}/t",
                &["?x=1"],
                "`params.a`: is encoded only in part",
            ),
            ("ht{{ params.a }}://x.example/t", &["tps"], "`params.a`: is before the host"),
            (
                "{{ base_url }}/t",
                &["x.example", "ftp://x.example", "https://u@x.example", "https://x.example/#"],
                "`base_url`: ",
            ),
            (
                "{{ params.a }}/{{ params.b }}",
                &["http://x.example"],
                "`params.a`: `http://` sends secrets in the clear",
            ),
        ] {
            for value in values {
                let why = address(source, value).expect_err(value);
                assert!(why.starts_with(wanted), "{source} with {value}: {why}");
                assert!(value.len() < 4 || !why.contains(value), "{why}");
            }
        }
    }

    #[test]
    fn a_stand_in_is_not_judged() {
        let template = Template::parse("https://{{ kept.h }}.x.example:{{ kept.p }}/{{ kept.h }}".into())
            .expect("a template");
        let values: Values =
            ["kept.h", "kept.p"].map(|name| (name.to_owned(), Zeroizing::new("***".to_owned()))).into();
        let both: BTreeSet<String> = template.names().map(str::to_owned).collect();
        let filling = Filling::standing_in(&values, StandIns::Tried(&both));
        let made = template.address(&filling, Cleartext::Here).expect("made").expect("there");
        assert_eq!(made.as_str(), "https://***.x.example:1/***");
        let host: BTreeSet<String> = BTreeSet::from(["kept.h".to_owned()]);
        let filling = Filling::standing_in(&values, StandIns::Tried(&host));
        assert!(template.address(&filling, Cleartext::Here).is_err());
    }
}
