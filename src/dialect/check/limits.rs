//! How much of each thing a dialect may have: far above what any vendor needs, and so that everything that goes through all
//! of them, or holds each against the others, comes to an end. Of a dialect that has more of something nothing else is checked.

use super::Faults;
use crate::dialect::schema::{Exchange, StatusSet, Test};

const MOST_EXCHANGES: usize = 100;
const MOST_VALUES: usize = 100;
const MOST_TEMPLATES: usize = 1_000;
const MOST_REFUSALS: usize = 1_000;
const MOST_PARAMS: usize = 1_000;
/// Of what stands in any other list.
const MOST_LISTED: usize = 100;
/// What a param may be, all params together: each is tried.
const MOST_CHOICES: usize = 1_000;
const MOST_KEPT: usize = 16;
/// Of one answer, the alternatives of each among them: they are held against each other.
const MOST_PLACES: usize = 500;
/// What all tests of an exchange look at and compare it with; those of one list are held against each other.
const MOST_TESTED: usize = 5_000;

impl Faults<'_> {
    /// Whether all is within them.
    pub(super) fn limits(&mut self) -> bool {
        let dialect = self.dialect;
        let divide = "write another dialect for what does not belong to the same login or refresh";
        self.most(&["exchanges"], dialect.exchanges.len(), MOST_EXCHANGES, "exchanges", divide);
        self.most(&["logins"], dialect.logins.len(), MOST_LISTED, "logins", divide);
        self.most(&["steps"], dialect.steps.len(), MOST_LISTED, "steps", divide);
        let by_the_profile = "give what differs in the profile, in `base_url` or a param";
        self.most(&["hosts"], dialect.hosts.len(), MOST_LISTED, "hosts", by_the_profile);
        let as_json = "one param may hold several values as JSON, which `from_json` reads";
        self.most(&["params"], dialect.params.len(), MOST_PARAMS, "params", as_json);
        for (grant, login) in &dialect.logins {
            self.most(&["logins", grant, "steps"], login.steps.len(), MOST_LISTED, "steps", divide);
            self.most(&["logins", grant, "ask"], login.ask.len(), MOST_LISTED, "questions", "ask for less");
        }
        let mut choices = 0;
        for (name, rule) in &dialect.params {
            choices += rule.one_of.as_ref().map_or(0, Vec::len);
            let words = "remove it, and the param may be anything";
            let what = "values in the `one_of` of all params";
            if !self.most(&["params", name, "one_of"], choices, MOST_CHOICES, what, words) {
                break;
            }
        }
        if self.found.is_empty() {
            dialect.exchanges.iter().for_each(|(name, exchange)| self.limits_of(name, exchange));
        }
        self.found.is_empty()
    }

    fn limits_of(&mut self, name: &str, exchange: &Exchange) {
        let at = |rest: &[&'static str]| [&["exchanges", name], rest].concat();
        let (request, answer) = (&exchange.request, &exchange.answer);
        let one = "put several into one expression";
        self.most(&at(&["request", "values"]), request.values.0.len(), MOST_VALUES, "values", one);
        let whole = "write what is always the same as one text, in `body`";
        self.most(&at(&["request"]), request.templates().len(), MOST_TEMPLATES, "templates", whole);
        let once = "name each once";
        self.most(&at(&["request", "repeats"]), request.repeats.len(), MOST_LISTED, "names", once);
        let several = "one test accepts several values, as in `equals = [1, 2]`";
        self.most(&at(&["refusals"]), exchange.refusals.len(), MOST_REFUSALS, "refusals", several);
        self.most(&at(&["further"]), exchange.further.len(), MOST_LISTED, "further steps", several);
        let documented = "name only those that the vendor documents";
        for (key, count) in [
            ("access_expires", answer.access_expires.len()),
            ("refresh_expires", answer.refresh_expires.len()),
            ("retry_after", answer.retry_after.len()),
            ("words", answer.words.len()),
        ] {
            self.most(&at(&["answer", key]), count, MOST_LISTED, "places", documented);
        }
        let needed = "keep only what later requests or programs need";
        self.most(&at(&["answer", "keep"]), answer.keep.len(), MOST_KEPT, "kept values", needed);
        let places = answer.selectors().map(|selector| selector.0.len()).sum();
        self.most(&at(&["answer"]), places, MOST_PLACES, "places in this answer", documented);
        self.limits_of_conditions(name, exchange);
    }

    fn limits_of_conditions(&mut self, name: &str, exchange: &Exchange) {
        let several = "one test accepts several values, as in `equals = [1, 2]`";
        let common = "test with `contains` for what several have in common";
        let class = "a class covers a hundred of them, as in `\"4xx\"`";
        let good = &exchange.success;
        let success = (vec!["success".to_owned()], Some(&good.status), &good.tests);
        let part = |key: &str, index: usize| vec![key.to_owned(), index.to_string()];
        let refusals = exchange.refusals.iter().enumerate();
        let refusals = refusals.map(|(at, one)| (part("refusals", at), one.status.as_ref(), &one.tests));
        let further = exchange.further.iter().enumerate();
        let further = further.map(|(at, one)| (part("further", at), None, &one.tests));
        let mut tested = 0;
        for (part, status, tests) in [success].into_iter().chain(refusals).chain(further) {
            let part = ["exchanges", name].into_iter().chain(part.iter().map(String::as_str));
            let at = |key: &'static str| part.clone().chain([key]).collect::<Vec<&str>>();
            let statuses = status.map_or(0, StatusSet::size);
            self.most(&at("status"), statuses, MOST_LISTED, "statuses", class);
            tested += tests.iter().map(Test::size).sum::<usize>();
            let what = "places and values in all tests of this exchange";
            if !self.most(&at("tests"), tests.len(), MOST_LISTED, "tests", several)
                || !self.most(&at("tests"), tested, MOST_TESTED, what, common)
            {
                break;
            }
        }
    }

    fn most(&mut self, path: &[&str], count: usize, most: usize, what: &str, way_out: &str) -> bool {
        if count > most {
            self.add(path, &format!("there are more than {most} {what} (the limit); {way_out}"));
        }
        count <= most
    }
}

#[cfg(test)]
mod tests {
    use super::super::told;

    /// What is wrong with a dialect that has so many of something.
    fn with(lines: &str, item: &str, count: usize) -> Vec<String> {
        let many: String = (0..count).map(|index| item.replace('#', &index.to_string())).collect();
        told(&format!(
            "renews_with = 'client'\n[exchanges.refresh]\nrequest.url = 'https://a.example'\nanswer.access_token = '/t'\n{}\n",
            lines.replace('@', &many)
        ))
    }

    #[test]
    fn there_may_be_only_so_many_of_each() {
        for (lines, item, most, path) in [
            (
                "request.values = { @ }\nrequest.query.q = '{{ values.v0 }}'",
                "v# = 'x', ",
                100,
                "request.values",
            ),
            ("request.query = { @ }", "q# = 'x', ", 999, "request"),
            (
                "refusals = [@]",
                "{ is = 'login_required', tests = [{ at = '/e', equals = # }] }, ",
                1000,
                "refusals",
            ),
            ("success.tests = [@]", "{ at = '/e#', equals = 1 }, ", 100, "success.tests"),
            (
                "refusals = [{ is = 'login_required', tests = [@] }]",
                "{ at = '/e#', equals = 1 }, ",
                100,
                "refusals.0.tests",
            ),
            ("answer.words = [@]", "'/w#', ", 100, "answer.words"),
            ("answer.keep = { @ }", "k# = '/k#', ", 16, "answer.keep"),
            ("success.status = [@]", "200, ", 100, "success.status"),
            ("answer.keep.a = [@]", "'/a#', ", 499, "answer"),
            ("success.tests = [{ at = '/e', equals = [@] }]", "#, ", 4999, "success.tests"),
            ("success.tests = [{ at = [@], equals = [1] }]", "'/e#', ", 4999, "success.tests"),
        ] {
            let over = with(lines, item, most + 1);
            let wanted = format!("exchanges.refresh.{path}: there are more than");
            assert!(over.len() == 1 && over[0].starts_with(&wanted), "{over:?}");
            let within = with(lines, item, most);
            assert!(!within.iter().any(|words| words.contains("there are more than")), "{within:?}");
        }
        let choices = |count: usize| {
            with("request.query.a = '{{ params.a }}'\n[params.a]\none_of = [@]", "'#', ", count)
        };
        assert_eq!(choices(1000), [""; 0]);
        let over = choices(1001);
        assert!(
            over.len() == 1 && over[0].starts_with("params.a.one_of: there are more than 1000"),
            "{over:?}"
        );
        let exchanges = with(
            "[logins.password]\n@",
            "[exchanges.e#]\nrequest.url = 'https://a.example'\nanswer = {}\n",
            100,
        );
        assert!(
            exchanges.len() == 1 && exchanges[0].starts_with("exchanges: there are more than 100"),
            "{exchanges:?}"
        );
    }

    #[test]
    fn values_of_which_each_doubles_another_are_told_where_they_grow_too_long() {
        let values = |count: usize| {
            let one = |index: usize| {
                format!("v{index} = '{{{{ values.v{0} }}}}{{{{ values.v{0} }}}}'\n", index + 1)
            };
            let all: String = (0..count).map(one).collect();
            told(&format!(
                "renews_with = 'client'\n[exchanges.refresh]\nanswer.access_token = '/t'\n[exchanges.refresh.request]\nurl = 'https://a.example'\nquery.q = '{{{{ values.v0 }}}}'\n[exchanges.refresh.request.values]\n{all}v{count} = 'x'\n"
            ))
        };
        assert_eq!(values(15), [""; 0]);
        let told = values(40);
        // 2^20 is the last that may be.
        let wanted = "exchanges.refresh.request.values.v19: the text grows too long";
        assert!(told.len() == 1 && told[0].starts_with(wanted), "{told:?}");
    }

    #[test]
    fn what_takes_long_is_counted_over_the_whole_request_and_not_done() {
        let of = |lines: &str| {
            told(&format!(
                "renews_with = 'client'\n[exchanges.refresh]\nanswer.access_token = '/t'\n[exchanges.refresh.request]\nurl = 'https://a.example'\n{lines}\n"
            ))
        };
        let derived = |rounds: u64, length: u8| {
            format!("\"{{{{ 'a' | pbkdf2_sha512('s', {rounds}, {length}) | hex }}}}\"")
        };
        let two = |one: String| format!("query.a = {one}\nquery.b = {one}\n");
        assert_eq!(of(&two(derived(2_000_000, 64))), [""; 0]);
        for lines in [
            two(derived(2_000_000, 128)),
            format!("{}query.c = {}\n", two(derived(2_000_000, 64)), derived(2_000_000, 64)),
            two("\"{{ 'a' | bcrypt('$2a$15$abcdefghijklmnopqrstuu') }}\"".to_owned()),
            format!(
                "query.a = \"{{{{ {} }}}}\"",
                ["('a' | pbkdf2_sha512('s', 1000000, 64) | hex)"; 6].join(" ~ ")
            ),
        ] {
            let told = of(&lines);
            let one = told.len() == 1 && told[0].contains(": deriving keys, signing and encrypting");
            assert!(one, "{lines}: {told:?}");
        }
        // Named once, it is made once.
        let named = format!(
            "values.k = {}\nquery.a = '{{{{ values.k }}}}'\nquery.b = '{{{{ values.k }}}}'\nquery.c = '{{{{ values.k }}}}'",
            derived(2_000_000, 64)
        );
        assert_eq!(of(&named), [""; 0]);
    }
}
