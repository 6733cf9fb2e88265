//! Where a list is expected, one value may stand alone: `status = 401` is `status = [401]`. All of them are made lists
//! before one dialect is put on top of another, because lists replace each other and tables merge.

use toml::{Table, Value};

/// The lists of a dialect that may be written as their only value; `*` is any name. Of a list on the way all items are meant.
const LISTS: [&str; 24] = [
    "keywords",
    "undocumented",
    "remove",
    "steps",
    "hosts",
    "params.*.one_of",
    "logins.*.steps",
    "logins.*.authorization.answer.words",
    "exchanges.*.refusals",
    "exchanges.*.refusals_after",
    "exchanges.*.further",
    "exchanges.*.answer.access_expires",
    "exchanges.*.answer.refresh_expires",
    "exchanges.*.answer.retry_after",
    "exchanges.*.answer.words",
    "exchanges.*.success.status",
    "exchanges.*.success.tests",
    "exchanges.*.refusals.status",
    "exchanges.*.refusals.tests",
    "exchanges.*.refusals_after.status",
    "exchanges.*.refusals_after.tests",
    "exchanges.*.further.tests",
    "examples",
    "examples.answers",
];

/// The table of a dialect with a list wherever one is expected.
pub(crate) fn listed(mut dialect: Table) -> Table {
    for path in LISTS {
        let steps: Vec<&str> = path.split('.').collect();
        list(&mut dialect, &steps);
    }
    dialect
}

fn list(table: &mut Table, steps: &[&str]) {
    let Some((step, rest)) = steps.split_first() else { return };
    let named = table.iter_mut().filter(|(name, _)| *step == "*" || name == step).map(|(_, value)| value);
    for value in named {
        match (value, rest) {
            (Value::Array(_), []) => {}
            (single, []) => *single = Value::Array(vec![single.clone()]),
            (Value::Table(below), rest) => list(below, rest),
            (Value::Array(items), rest) => {
                items.iter_mut().filter_map(Value::as_table_mut).for_each(|below| list(below, rest));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINGLE: &str = r#"
        keywords = "k"
        undocumented = "u"
        remove = "title"
        steps = "refresh"
        hosts = "a.example"
        params.p.one_of = "x"
        [logins.code]
        steps = "code"
        authorization = { url = "https://a.example", answer.words = "why" }
        [exchanges.code]
        request.url = "https://a.example"
        answer = {}
        further = { step = "more", tests = { at = "/more", present = true } }
        [exchanges.refresh]
        request.url = "https://a.example"
        answer.access_expires = { at = "/e", unit = "seconds" }
        answer.refresh_expires = { at = "/r", unit = "seconds" }
        answer.retry_after = { header = "X-Wait", unit = "seconds" }
        answer.words = { at = "/why", strip = "Error: " }
        success = { status = 200, tests = { at = "/ok", equals = true } }
        refusals = { is = "login_required", status = "4xx", tests = { at = "/no", equals = 1 } }
        refusals_after = { is = "login_required", status = 401, tests = { at = "/no", equals = 2 } }
        [examples]
        answers = { is = "no_answer", status = 500 }
    "#;

    /// What stands at a path, of which there is one.
    fn at<'a>(value: &'a Value, steps: &[&str]) -> Vec<&'a Value> {
        let Some((step, rest)) = steps.split_first() else { return vec![value] };
        match value {
            Value::Table(table) => {
                let named = table.iter().filter(|(name, _)| *step == "*" || name == step);
                named.flat_map(|(_, below)| at(below, rest)).collect()
            }
            Value::Array(items) => items.iter().flat_map(|item| at(item, steps)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_stands_alone_is_a_list_of_one_and_a_list_stays_as_it_is() {
        let single: Table = SINGLE.parse().expect("TOML");
        let (before, after) = (Value::Table(single.clone()), Value::Table(listed(single.clone())));
        for path in LISTS {
            let steps: Vec<&str> = path.split('.').collect();
            let (alone, list) = (at(&before, &steps), at(&after, &steps));
            assert_eq!((alone.len(), list.len()), (1, 1), "{path}");
            assert_eq!(list[0].as_array().map(Vec::len), Some(1), "{path}");
        }
        let after = listed(single);
        assert_eq!(listed(after.clone()), after);
        assert_eq!(listed("hosts = []".parse().expect("TOML")), "hosts = []".parse().expect("TOML"));
    }
}
