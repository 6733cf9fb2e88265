//! What an answer keeps, when its tokens expire, and whether each value has a place of its own.

use super::{Faults, Found, is_identifier, template};
use crate::base::order::InOrder as _;
use crate::base::toml_source::Fault;
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::Step;
use crate::dialect::schema::Selector;
use crate::dialect::template::{Filling, StandIns, Template, Values, stand_in};

/// What stands between the values of a token that is put together: programs are given a word.
fn unprintable(template: &Template) -> Option<String> {
    let values: Values = template.names().map(|name| (name.to_owned(), stand_in(name))).in_order();
    let names = values.keys().cloned().collect();
    let filling = Filling::standing_in(&values, StandIns::Tried(&names));
    let text = template.render(&filling).ok()??;
    let odd = text.chars().find(|c| !c.is_ascii_graphic())?;
    let (what, way) = match odd {
        ' ' | '\t' | '\r' | '\n' => ("a blank", "; cookies, too, are separated by `;` alone"),
        _ => ("a character that is not printable ASCII", ""),
    };
    Some(format!("puts {what} into the token, and no program can be given a token like that; remove it{way}"))
}

impl Faults<'_> {
    pub(super) fn keep(&mut self, step: &Step<'_>) {
        let (here, keep) = (["exchanges", step.name, "answer", "keep"], &step.exchange.answer.keep);
        for name in keep.keys().filter(|name| !is_identifier(name)) {
            let words =
                "the name of a kept value consists of letters, digits and `_`, and begins with a letter";
            self.add(&[&here[..], &[name]].concat(), words);
        }
    }

    pub(super) fn expiries(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        for (key, list) in [
            ("access_expires", &answer.access_expires),
            ("refresh_expires", &answer.refresh_expires),
            ("retry_after", &answer.retry_after),
        ] {
            for (index, expiry) in list.iter().enumerate() {
                if let Some((part, words)) = expiry.fault() {
                    let index = index.to_string();
                    self.add(&[&["exchanges", step.name, "answer", key, &index][..], &part].concat(), words);
                }
            }
        }
    }

    /// Of what is printed nothing is a secret but the token itself.
    pub(super) fn put_together(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        let Some(template) = answer.access_token_as.as_ref() else { return };
        // Told of the exchange that this one is like.
        let like = step.exchange.like.as_ref().and_then(|like| self.dialect.exchanges.get(like));
        let twin = like.and_then(|like| like.answer.access_token_as.as_ref());
        if twin.is_some_and(|twin| twin.source() == template.source()) {
            return;
        }
        let known = template::Known::of_an_answer(self.dialect);
        let is_part = |name: &str| {
            let kept = name.strip_prefix("kept.").is_some_and(|name| answer.keep.contains_key(name));
            let param = name.starts_with("params.") && !known.is_secret(name);
            kept || param || ["access_token", "client_id"].contains(&name)
        };
        let foreign = template.names().find(|name| !is_part(name)).map(|name| {
            format!(
                "`{name}` cannot be part of an access token; use `access_token`, `client_id`, what this answer keeps (`kept.NAME`) or params that are not secret"
            )
        });
        let bare = (!template.needs("access_token")).then(|| {
            "the token that the answer gives is not in it; write `{{ access_token }}` where it belongs"
                .to_owned()
        });
        let stays = answer.keeps_access_token.then(|| {
            "cannot be used with `keeps_access_token`: there may be no token to put together; remove one of them"
                .to_owned()
        });
        let of_one = template.names().find(|name| name.starts_with("params."));
        let of_one = of_one.filter(|_| self.dialect.renews_with == RenewsWith::AccessToken).map(|name| {
            format!("with `renews_with = \"access_token\"` one token serves all profiles of a login, whatever their params; remove `{name}`")
        });
        let wrong = foreign.or(bare).or(stays).or(of_one);
        let wrong = wrong.or_else(|| template::check_one(known, "body", template).err());
        let wrong = wrong.or_else(|| unprintable(template));
        if let Some(words) = wrong {
            self.add(&["exchanges", step.name, "answer", "access_token_as"], &words);
        }
    }

    /// One value is one thing: a scope that is the refresh token would be printed.
    pub(super) fn selectors(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        let same_token = self.dialect.renews_with == RenewsWith::AccessToken;
        let shown = answer.keep.iter().filter(|(_, keep)| !keep.secret);
        let all = [
            ("access_token", answer.access_token.as_ref()),
            ("refresh_token", answer.refresh_token.as_ref().filter(|_| !same_token)),
            ("id_token", answer.id_token.as_ref()),
            ("token_type", answer.token_type.as_ref()),
            ("scope", answer.scope.as_ref()),
        ];
        let all: Vec<(Vec<&str>, &Selector)> = all
            .into_iter()
            .filter_map(|(key, selector)| Some((vec![key], selector?)))
            .chain(shown.map(|(name, keep)| (vec!["keep", name], &keep.selector)))
            .collect();
        for (index, (key, selector)) in all.iter().enumerate() {
            let Some((twin, _)) =
                all[..index].iter().find(|(_, other)| other.overlaps(selector, answer.names()))
            else {
                continue;
            };
            let words = format!(
                "`{}` points to the place of `{}`; each needs its own place",
                key.join("."),
                twin.join(".")
            );
            self.at_both(step, key, twin, &words);
        }
        self.shown(step);
    }

    /// What is shown must not hold a token or another secret: strings that hold JSON and JSON Web Tokens are strings to
    /// whoever points above the token.
    fn shown(&mut self, step: &Step<'_>) {
        let answer = &step.exchange.answer;
        let (hidden, shown): (Vec<_>, Vec<_>) = answer.keep.iter().partition(|(_, keep)| keep.secret);
        let tokens = [
            ("access_token", answer.access_token.as_ref()),
            ("refresh_token", answer.refresh_token.as_ref()),
            // Where one stands is known whether or not the dialect says so.
            ("id_token", Some(answer.id_token())),
        ];
        let secrets = tokens.into_iter().filter_map(|(key, selector)| Some((vec![key], selector?)));
        let secrets =
            secrets.chain(hidden.iter().map(|(name, keep)| (vec!["keep", name.as_str()], &keep.selector)));
        let secrets: Vec<(Vec<&str>, &Selector)> = secrets.collect();
        let texts =
            [("token_type", &answer.token_type), ("scope", &answer.scope), ("account", &answer.account)];
        let places: Vec<String> = (0..answer.words.len()).map(|index| index.to_string()).collect();
        let words =
            places.iter().zip(&answer.words).map(|(index, place)| (vec!["words", index.as_str()], place));
        let all = texts.iter().filter_map(|(key, selector)| Some((vec![*key], selector.as_ref()?)));
        let all = all.chain(shown.iter().map(|(name, keep)| (vec!["keep", name.as_str()], &keep.selector)));
        for (key, selector) in all.chain(words) {
            let held = secrets.iter().find(|(_, secret)| selector.may_hold(secret, answer.names()));
            let Some((twin, secret)) = held else { continue };
            let equal = selector.overlaps(secret, answer.names());
            // That is told already, but of these.
            let told = !matches!(key[0], "account" | "words") && twin[0] != "keep";
            if equal && told && (twin[0] != "id_token" || answer.id_token.is_some()) {
                continue;
            }
            let way_out = if key[0] == "keep" { ", or set `secret = true`" } else { "" };
            let words = format!(
                "`{}` may contain what is at `{}`, which would then be shown; point to a separate value{way_out}",
                key.join("."),
                twin.join(".")
            );
            self.at_both(step, &key, twin, &words);
        }
    }

    fn at_both(&mut self, step: &Step<'_>, key: &[&str], twin: &[&str], words: &str) {
        let here = ["exchanges", step.name, "answer"];
        let fault = Fault::at(&[&here[..], key].concat(), words).or_at(&[&here[..], twin].concat());
        self.found.push(Found { fault, of: None });
    }
}

#[cfg(test)]
mod tests {
    use crate::dialect::schema::Dialect;

    /// What is wrong with an answer of these lines, which has both tokens.
    fn found(lines: &str) -> Vec<String> {
        let text = format!(
            "[exchanges.refresh]\nrequest = {{ url = 'https://a.example', form.t = '{{{{ refresh_token }}}}' }}\n[exchanges.refresh.answer]\n{lines}"
        );
        let dialect: Dialect = toml::from_str(&text).unwrap_or_else(|why| panic!("{lines}: {why}"));
        super::super::faults(&dialect).into_iter().map(|found| format!("{:?}", found.fault)).collect()
    }

    const BODY: &str = "access_token = '/data/at'\nrefresh_token = '/data/inner/rt'\n";
    const STAR: &str = "access_token = '/list/*/at'\nrefresh_token = '/list/1/rt'\n";
    const XML: &str = "format = 'xml'\naccess_token = '/r/t'\nrefresh_token = '/r/n'\n";
    const JAR: &str = "access_token = { header = 'Set-Cookie' }\n";
    const COOKIE: &str = "access_token = { header = 'X-At' }\nrefresh_token = { cookie = 'rt' }\n";

    #[test]
    fn what_would_show_a_token_is_refused() {
        for (tokens, lines) in [
            (BODY, "keep.raw = '/data'"),
            (BODY, "keep.raw = '/data/inner'"),
            (BODY, "keep.raw = '/data/inner/rt'"),
            (BODY, "keep.raw = ['/x', '/data']"),
            (BODY, "keep.raw = { at = '/data', strip = 'x' }"),
            (BODY, "keep.raw = { at = '/data', optional = true }"),
            (BODY, "keep.raw = '/data/#text'"),
            (BODY, "scope = '/data'"),
            (BODY, "token_type = '/data/inner'"),
            (BODY, "account = '/data'"),
            (BODY, "account = '/data/inner/rt'"),
            (BODY, "words = ['/error', '/data/inner']"),
            (BODY, "words = ['/data/at']"),
            (BODY, "ignore_case = true\nkeep.raw = '/DATA'"),
            (BODY, "keep.s = { at = '/s/t', secret = true }\nkeep.raw = '/s'"),
            (BODY, "keep.s = { at = '/s/t', secret = true }\nscope = '/s/t'"),
            (STAR, "keep.raw = '/list'"),
            (STAR, "keep.raw = '/list/*'"),
            (STAR, "keep.raw = '/list/0'"),
            (STAR, "keep.raw = '/list/2/at'"),
            (STAR, "account = '/list/*/at'"),
            ("within = '/data'\naccess_token = '/at'\nrefresh_token = '/rt'\n", "words = ['/data']"),
            (COOKIE, "keep.raw = { header = 'Set-Cookie' }"),
            (COOKIE, "keep.raw = { header = 'x-at' }"),
            (COOKIE, "account = { cookie = 'rt' }"),
            (COOKIE, "words = [{ header = 'x-at' }]"),
            (JAR, "account = { cookie = 'sid' }"),
            (JAR, "keep.raw = { cookie = 'sid' }"),
            (JAR, "words = [{ cookie = 'sid' }]"),
            (JAR, "scope = { cookie = 'sid' }"),
            ("access_token = { header = 'Set-Cookie' }\n", "refresh_token = { cookie = 'rt' }"),
            (BODY, "account = '/id_token'"),
            (BODY, "scope = '/id_token'"),
            (BODY, "words = ['/id_token']"),
            (BODY, "keep.raw = '/id_token'"),
            (XML, "words = ['/r/t/0']"),
            (XML, "words = ['/r/*/t']"),
            (XML, "account = '/r/n/0'"),
            (XML, "account = '/r/0'"),
            (XML, "scope = '/r/t/*'"),
            (XML, "token_type = '/r/n/0/#text'"),
            (XML, "keep.raw = '/0/r/t'"),
            (XML, "keep.s = { at = '/r/s', secret = true }\nkeep.raw = '/r/s/0'"),
            (XML, "id_token = '/r/i'\naccount = '/r/i/0'"),
            ("format = ['json', 'xml']\naccess_token = '/r/t'\n", "words = ['/r/t/0']"),
            ("format = 'xml'\naccess_token = '/r/t/0'\n", "words = ['/r/t']"),
            ("format = 'xml'\naccess_token = '/r/t/*'\n", "refresh_token = '/r/t'"),
        ] {
            assert_eq!(found(&format!("{tokens}{lines}")).len(), 1, "{lines}");
        }
    }

    #[test]
    fn what_stands_beside_or_below_a_token_or_is_secret_itself_is_kept() {
        for (tokens, lines) in [
            (BODY, "keep.raw = { at = '/data', secret = true }"),
            (BODY, "keep.raw = '/data/atx'\nkeep.user = '/data/at/sub'\nscope = '/data/inner/scope'"),
            (BODY, "keep.raw = '/DATA'"),
            (BODY, "account = '/data/at/sub'\nwords = ['/error', '/data/msg']"),
            (STAR, "keep.raw = '/list/name'\naccount = '/list/*/name'\nscope = '/list/0/scope'"),
            (
                "within = '/data'\naccess_token = '/at'\nrefresh_token = '/rt'\n",
                "words = ['/at']\nkeep.raw = '/data/at'",
            ),
            (COOKIE, "keep.raw = { header = 'X-Other' }\nkeep.c = { cookie = 'RT' }"),
            (JAR, "account = { header = 'X-Account' }\nkeep.c = { cookie = 'sid', secret = true }"),
            ("access_token = '/id_token'\n", "account = '/sub'"),
            (BODY, "account = '/id_token/sub'\nid_token = '/other'"),
            (XML, "account = '/r/t/1'\nwords = ['/r/w/0']\nscope = '/r/t/@scope'"),
            ("access_token = '/r/t'\n", "account = '/r/t/0'"),
        ] {
            assert_eq!(found(&format!("{tokens}{lines}")), Vec::<String>::new(), "{lines}");
        }
    }
}
