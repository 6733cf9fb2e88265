//! Tests that can never hold, and refusals that say too little or too much. What can never hold is a slip that nobody
//! would notice: the answer it was written for is simply taken for another.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Faults, is_page};
use crate::credential::reading::Evidence;
use crate::dialect::answer::same;
use crate::dialect::flow::Step;
use crate::dialect::schema::{Format, Test};

/// Which test of a list, which of its keys (none: the test itself), and why.
type Never = (usize, &'static str, String);

impl Faults<'_> {
    pub(super) fn refusals(&mut self, step: &Step<'_>) {
        for (at, refusal) in step.exchange.refusals.iter().enumerate() {
            let index = at.to_string();
            let here = ["exchanges", step.name, "refusals", &index];
            if refusal.otherwise && !refusal.tests.is_empty() {
                let words =
                    "`otherwise` matches whatever nothing else names; remove the tests or `otherwise`";
                self.add(&[&here[..], &["tests"]].concat(), words);
            } else if !refusal.otherwise && refusal.status.is_none() && refusal.tests.is_empty() {
                self.add(&here, "a refusal needs a `status`, `tests` or both; `otherwise = true` matches everything that nothing else names");
            } else if !refusal.otherwise && refusal.status.is_none() && refusal.evidence() == Evidence::Status
            {
                self.add(&here, "an empty body alone means nothing; name the `status` that it comes with");
            }
            if refusal.is_taken_by(&step.exchange.refusals[..at]) {
                let words = "an earlier `otherwise` matches everything that this one would; remove one of them, or give the first a `status`";
                self.add(&[&here[..], &["otherwise"]].concat(), words);
            }
            if refusal.documentation.as_deref().is_some_and(|address| !is_page(address)) {
                let words = "this is not the address of a page; write the address where the vendor says so, as `https://…`";
                self.add(&[&here[..], &["documentation"]].concat(), words);
            }
        }
    }

    /// Of what an exchange has from one that it is like, that one tells.
    pub(super) fn tests(&mut self, step: &Step<'_>) {
        let exchange = step.exchange;
        let like = exchange.like.as_ref().and_then(|like| self.dialect.exchanges.get(like));
        let of_like: BTreeSet<String> =
            like.iter().flat_map(|like| &like.refusals).map(|refusal| format!("{refusal:?}")).collect();
        let format = exchange.answer.format.as_slice();
        let mut lists = Vec::new();
        let inherited =
            like.is_some_and(|like| format!("{:?}", like.success) == format!("{:?}", exchange.success));
        if !inherited {
            lists.push((vec!["success".to_owned()], exchange.success.tests.as_slice()));
        }
        for (index, refusal) in exchange.refusals.iter().enumerate() {
            if like.is_none() || !of_like.contains(&format!("{refusal:?}")) {
                lists.push((vec!["refusals".to_owned(), index.to_string()], refusal.tests.as_slice()));
            }
        }
        for (index, further) in exchange.further.iter().enumerate() {
            lists.push((vec!["further".to_owned(), index.to_string()], further.tests.as_slice()));
        }
        for (at, tests) in lists {
            let mut found = never(tests, format);
            if at == ["success"] && found.is_empty() {
                found.extend(without_its_token(step, tests));
            }
            for (index, key, words) in found {
                let index = index.to_string();
                let mut path = vec!["exchanges", step.name];
                path.extend(at.iter().map(String::as_str).chain(["tests", index.as_str()]));
                path.extend(Some(key).filter(|key| !key.is_empty()));
                self.add(&path, &words);
            }
        }
    }
}

fn never(tests: &[Test], format: &[Format]) -> Vec<Never> {
    let alone = tests
        .iter()
        .enumerate()
        .filter_map(|(index, test)| alone(test).map(|(key, words)| (index, key, words.to_owned())));
    let mut found: Vec<Never> = alone.collect();
    if !found.is_empty() {
        return found;
    }
    for (index, test) in tests.iter().enumerate() {
        let words = tests[..index].iter().find_map(|other| together(other, test, format));
        found.extend(words.map(|words| (index, "", words.to_owned())));
    }
    found
}

/// What is at odds within one.
fn alone(test: &Test) -> Option<(&'static str, &'static str)> {
    let Test { equals, not_equals, contains, present, optional, .. } = test;
    let wants = if equals.is_some() { "equals" } else { "contains" };
    let has_words = equals.is_some() || contains.is_some();
    let is_null = |value: &Value| value.is_null();
    match (equals, not_equals, contains, present) {
        (.., Some(false)) if has_words => Some((
            wants,
            "contradicts `present = false`, which holds where there is nothing; no answer passes both, so remove one of them",
        )),
        (.., Some(true)) if *optional => Some((
            "optional",
            "holds where there is nothing, and `present = true` does not; remove one of them",
        )),
        _ if *optional && !has_words => Some((
            "optional",
            "works only with `equals` and `contains`; `not_equals` and `present = false` hold where there is nothing anyway",
        )),
        (Some(equals), ..) if equals.iter().any(is_null) => Some((
            "equals",
            "no answer matches this; if nothing, or null, must be there, set `present = false`",
        )),
        (Some(equals), Some(not_equals), ..) if equals.iter().any(|one| is_among(one, not_equals)) => {
            Some(("equals", "one of its values is ruled out by `not_equals`; remove it from one of them"))
        }
        (Some(equals), _, Some(contains), _) if !equals.iter().any(|one| holds_text(one, contains)) => {
            Some(("contains", "none of the values of `equals` contains this; remove one of them"))
        }
        (_, _, Some(contains), _) if contains.iter().any(String::is_empty) => {
            Some(("contains", "every text contains an empty one; write what is there"))
        }
        _ => None,
    }
}

/// Why two of one list cannot hold of the same answer.
fn together(one: &Test, other: &Test, format: &[Format]) -> Option<&'static str> {
    match (one.empty, other.empty) {
        (Some(one), Some(other)) if one != other => {
            return Some("an earlier test asks for the opposite; remove one of them");
        }
        (Some(true), None) | (None, Some(true)) if looks_into_body(one, other, format) => {
            return Some("an empty body has nothing to test; remove `empty = true` or the other test");
        }
        (None, None) => {}
        _ => return None,
    }
    // Of several elements each may hold of another.
    if one.selector != other.selector || one.selector.has_any() {
        return None;
    }
    let needed = |test: &Test| !test.optional && (test.equals.is_some() || test.contains.is_some());
    let absent = |test: &Test| test.present == Some(false);
    let there = |test: &Test| needed(test) || test.present == Some(true);
    if (absent(one) && there(other)) || (absent(other) && there(one)) {
        return Some("one test asks for a value there and another for none; remove one of them");
    }
    if !needed(one) && !needed(other) {
        return None;
    }
    let apart = |one: &Test, other: &Test| match (&one.equals, &other.equals, &other.contains) {
        (Some(these), Some(those), _) => !these.iter().any(|value| is_among(value, those)),
        (Some(these), _, Some(texts)) => !these.iter().any(|value| holds_text(value, texts)),
        _ => false,
    };
    let ruled_out = |one: &Test, other: &Test| match (&one.equals, &other.not_equals) {
        (Some(these), Some(those)) => needed(one) && these.iter().all(|value| is_among(value, those)),
        _ => false,
    };
    let never = apart(one, other) || apart(other, one) || ruled_out(one, other) || ruled_out(other, one);
    never.then_some(
        "no value passes both this test and the earlier one of the same place; to accept one of several values, write a list, as in `equals = [1, 2]`",
    )
}

/// One of them is about no body at all, and the other about what is in one.
fn looks_into_body(one: &Test, other: &Test, format: &[Format]) -> bool {
    let place = if one.empty.is_some() { other } else { one };
    format != [Format::None] && place.selector.headers().next().is_none()
}

/// A success that asks for no token where it looks for one.
fn without_its_token(step: &Step<'_>, tests: &[Test]) -> Option<Never> {
    let answer = &step.exchange.answer;
    let token = answer.access_token.as_ref().filter(|_| step.may_be_last() && !answer.keeps_access_token)?;
    let at = tests.iter().position(|test| {
        let absent = test.present == Some(false) && token.meets(&test.selector, answer.names());
        let empty = test.empty == Some(true) && token.headers().next().is_none();
        absent || empty
    })?;
    let words =
        "the access token of a success is there; test something else, or set `keeps_access_token = true`";
    Some((at, "", words.to_owned()))
}

fn is_among(value: &Value, all: &[Value]) -> bool {
    all.iter().any(|one| same(value, one))
}

/// As a text that may stand in an answer, in lower case.
fn holds_text(value: &Value, contains: &[String]) -> bool {
    let text = match value {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    contains.iter().any(|one| text.contains(one.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::told;

    /// What is said of a success with these tests.
    fn said(tests: &str) -> Vec<String> {
        told(&format!(
            "[exchanges.refresh]\nrequest = {{ url = 'https://a.example', form.t = '{{{{ refresh_token }}}}' }}\n\
             answer.access_token = '/t'\nsuccess.tests = [{tests}]"
        ))
    }

    #[test]
    fn what_can_never_hold_is_said_where_it_stands() {
        for (tests, at) in [
            ("{ at = '/a', equals = 1, present = false }", "0.equals"),
            ("{ at = '/a', contains = 'x', present = false }", "0.contains"),
            ("{ at = '', contains = 'x', present = false }", "0.contains"),
            ("{ at = '/a', equals = nan }", "0.equals"),
            ("{ at = '/a', equals = [1, 2], not_equals = [2, 3] }", "0.equals"),
            ("{ at = '/a', equals = '0', not_equals = 0 }", "0.equals"),
            ("{ at = '/a', equals = ['ok', 7], contains = 'err' }", "0.contains"),
            ("{ at = '/a', equals = true, contains = 'true' }", "0.contains"),
            ("{ at = '/a', contains = '' }", "0.contains"),
            ("{ at = '/a', equals = 1, present = true, optional = true }", "0.optional"),
            ("{ at = '/a', not_equals = 1, optional = true }", "0.optional"),
            ("{ at = '/b', equals = 1 }, { at = '/a', equals = 1 }, { at = '/a', equals = 2 }", "2"),
            ("{ at = '/a', equals = 1 }, { at = '/a', not_equals = ['1', 2] }", "1"),
            ("{ at = '/a', equals = 'ok' }, { at = '/a', contains = 'err' }", "1"),
            ("{ at = '/a', equals = 1 }, { at = '/a', present = false }", "1"),
            ("{ at = '/a', present = true }, { at = '/a', present = false }", "1"),
            ("{ header = 'X', equals = 1 }, { header = 'x', equals = 2 }", "1"),
            ("{ at = '', equals = 'a' }, { at = '', equals = 'b' }", "1"),
            ("{ at = '/a', equals = 1 }, { empty = true }", "1"),
            ("{ empty = true }, { empty = false }", "1"),
            ("{ at = '/t', present = false }", "0"),
            ("{ empty = true }", "0"),
        ] {
            let said = said(tests);
            let path = format!("exchanges.refresh.success.tests.{at}: ");
            assert!(said.len() == 1 && said[0].starts_with(&path), "{tests}: {said:?}");
        }
    }

    #[test]
    fn what_can_hold_is_left_alone() {
        for tests in [
            "{ at = '/a', equals = 1, optional = true }",
            "{ at = '/a', contains = 'x', not_equals = 'xy', optional = true }",
            "{ at = '/a', not_equals = 1, present = true }",
            "{ at = '/a', not_equals = 1, present = false }",
            "{ at = '/a', equals = '401 gone', contains = 'GONE' }",
            "{ at = '/a', equals = 401, contains = '40' }",
            "{ at = '/a', equals = [1, 2] }, { at = '/a', equals = [2, 3] }",
            "{ at = '/a', equals = 1, optional = true }, { at = '/a', equals = 2, optional = true }",
            "{ at = '/a', equals = 1, optional = true }, { at = '/a', present = false }",
            "{ at = '/a', equals = 1 }, { at = '/b', equals = 2 }",
            "{ at = '/*/a', equals = 1 }, { at = '/*/a', equals = 2 }",
            "{ at = ['/a', '/b'], equals = 1 }, { at = '/a', equals = 2 }",
            "{ header = 'X', equals = 1 }, { empty = false }",
        ] {
            assert_eq!(said(tests), Vec::<String>::new(), "{tests}");
        }
    }

    #[test]
    fn what_an_otherwise_before_it_takes_already_is_said() {
        let other = |status: &str| match status {
            "" => "{ is = 'request_rejected', otherwise = true }".to_owned(),
            status => format!("{{ is = 'request_rejected', otherwise = true, status = {status} }}"),
        };
        let said = |refusals: &[&str]| {
            let all: Vec<String> = refusals.iter().map(|status| other(status)).collect();
            told(&format!(
                "[exchanges.refresh]\nrequest = {{ url = 'https://a.example', form.t = '{{{{ refresh_token }}}}' }}\n\
                 answer.access_token = '/t'\nrefusals = [{}]",
                all.join(", ")
            ))
        };
        for (refusals, at) in [
            (&["", ""][..], Some(1)),
            (&["", "[400]"], Some(1)),
            (&["", "['3xx', 404]"], Some(1)),
            (&["['4xx']", "[401, 403]"], Some(1)),
            (&["[401]", "[403]", "[401, 403]"], Some(2)),
            (&["['2xx', '3xx', '4xx']", ""], Some(1)),
            (&["[401]", "['4xx']"], None),
            (&["[401]", ""], None),
            (&["", "[429]"], None),
            (&["", "['5xx']"], None),
            (&["[401]", "[403]"], None),
        ] {
            let said = said(refusals);
            let wanted =
                at.map(|at| format!("exchanges.refresh.refusals.{at}.otherwise: an earlier `otherwise`"));
            assert_eq!(said.len(), usize::from(at.is_some()), "{refusals:?}: {said:?}");
            assert!(wanted.iter().all(|wanted| said[0].starts_with(wanted)), "{refusals:?}: {said:?}");
        }
    }

    #[test]
    fn what_an_exchange_has_from_another_is_said_once() {
        let text = "[logins.password]\n[exchanges.password]\nlike = 'refresh'\n\
            request = { url = 'https://a.example', form.p = '{{ password }}' }\nanswer.access_token = '/t'\n\
            success.tests = [{ at = '/a', equals = 1, present = false }]\n\
            [exchanges.refresh]\nrequest = { url = 'https://a.example', form.t = '{{ refresh_token }}' }\n\
            answer.access_token = '/t'\nsuccess.tests = [{ at = '/a', equals = 1, present = false }]";
        assert_eq!(told(text).len(), 1, "{:?}", told(text));
    }
}
