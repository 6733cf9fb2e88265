//! Whether the steps of a refresh lead to an access token, and send what is renewed.

use super::Faults;
use crate::base::suggest;
use crate::base::toml_source::Fault;
use crate::credential::reading::{LifetimeKind, RenewsWith};
use crate::dialect::made::MAKES;
use crate::dialect::schema::{Exchange, REFRESH};

impl Faults<'_> {
    pub(super) fn steps(&mut self) {
        let dialect = self.dialect;
        if !dialect.exchanges.contains_key(REFRESH) {
            self.add(&["exchanges"], "`refresh` is missing; it is the exchange that gives the access token");
        }
        // One that is written wrong is told as such.
        let is_meant = |last: &String| last == REFRESH || suggest::did_you_mean(last, [REFRESH]).is_some();
        if !dialect.steps.last().is_some_and(is_meant) {
            let words = "the last step must be `refresh`, which gives the access token; write it there";
            self.add(&["steps"], words);
        }
        for (index, name) in dialect.steps.iter().enumerate() {
            let at = index.to_string();
            if !dialect.exchanges.contains_key(name) {
                self.no_such_exchange(&["steps", &at], name);
            }
            if dialect.steps[..index].contains(name) {
                self.add(&["steps", &at], "each exchange is sent once; name it once");
            }
        }
    }

    /// What only the steps together can do.
    pub(super) fn chain(&mut self) {
        let dialect = self.dialect;
        let ends_well = dialect.steps.last().is_some_and(|last| last == REFRESH);
        if !ends_well || !dialect.exchanges.contains_key(REFRESH) {
            return;
        }
        let flow = dialect.refresh();
        let at = ["exchanges", REFRESH, "request"];
        let makes = flow.last().exchange.makes.is_some();
        let always = |name| {
            let mut steps = flow.steps().filter(|step| step.exchange.refresh_expires_within.is_none());
            steps.any(|step| step.exchange.request.uses(name))
        };
        let (refresh, access) = (always("refresh_token"), always("access_token"));
        match dialect.renews_with {
            RenewsWith::RefreshToken if !refresh && !makes => {
                let otherwise =
                    "for a vendor that has none, set `renews_with = \"client\"` or `\"access_token\"`";
                let nothing = "nothing here sends the `refresh_token`";
                // A body of another kind does not come on top of the base's.
                let request = &flow.last().exchange.request;
                let over = [("json", request.json.is_some()), ("body", request.body.is_some())]
                    .into_iter()
                    .find_map(|(key, is_there)| (is_there && dialect.extends.is_some()).then_some(key));
                let (at, words) = match over {
                    Some(key) => (
                        [&at[..], &[key]].concat(),
                        format!(
                            "your `{key}` replaces the inherited `form`, so {nothing}; write `{{{{ refresh_token }}}}` where it belongs in the `{key}`; {otherwise}"
                        ),
                    ),
                    None => (at.to_vec(), format!("{nothing}; {otherwise}")),
                };
                let fault = Fault::at(&at, &words).about("refresh_token").about("renews_with");
                self.add_fault(Some("request"), fault);
            }
            RenewsWith::AccessToken if !refresh && !access && !makes => {
                let words = "nothing here sends the `access_token`, which this renews with; write `{{ access_token }}` where it belongs";
                self.add_fault(Some("request"), Fault::at(&at, words).about("access_token"));
            }
            RenewsWith::Client => self.tokenless(),
            _ => {}
        }
        let answer = &flow.last().exchange.answer;
        if answer.access_token.is_none() && !answer.keeps_access_token {
            self.add_of("answer", &["exchanges", REFRESH, "answer"], "`access_token` is missing");
        }
        let given_out = |name: &str| {
            let mut all = dialect.exchanges.values().filter_map(|it| it.answer.access_token_as.as_ref());
            all.any(|template| template.uses(name))
        };
        let sent = |name: &String| {
            let name = format!("params.{name}");
            dialect.sends(&name) || given_out(&name)
        };
        for name in dialect.params.keys().filter(|name| !sent(name)) {
            let words = format!("nothing sends it; a template is written `{{{{ params.{name} }}}}`");
            let fault = Fault::at(&["params", name], &words).about(&format!("params.{name}"));
            self.add_fault(Some("request"), fault);
        }
    }

    /// What brings another refresh token before the old one is over, and is not needed for an access token.
    pub(super) fn now_and_then(&mut self) {
        let dialect = self.dialect;
        let before_the_last = dialect.steps.split_last().map_or(&[][..], |(_, before)| before);
        let conditional = |(_, one): &(&String, &Exchange)| one.refresh_expires_within.is_some();
        for (name, Exchange { answer, .. }) in dialect.exchanges.iter().filter(conditional) {
            let at = ["exchanges", name, "refresh_expires_within"];
            let known = dialect.refresh_lifetime.is_some() || !answer.refresh_expires.is_empty();
            let absolute = dialect.refresh_lifetime_kind == LifetimeKind::Absolute;
            for (wrong, about, words) in [
                (
                    !before_the_last.contains(name),
                    "steps",
                    "works only in a step of a refresh before the last one; list this exchange in `steps`",
                ),
                (
                    dialect.renews_with != RenewsWith::RefreshToken,
                    "renews_with",
                    "works only with a refresh token, and this dialect has none",
                ),
                (
                    answer.refresh_token.is_none(),
                    "answer",
                    "this step brings another refresh token; write in `answer.refresh_token` where it is",
                ),
                (
                    !known,
                    "refresh_lifetime",
                    "it is not known when the refresh token expires, so this step would never be taken; add `refresh_lifetime`, or `refresh_expires` to its answer",
                ),
                (
                    absolute && answer.refresh_expires.is_empty(),
                    "refresh_lifetime_kind",
                    "the token that this step brings would end with the old one; remove `refresh_lifetime_kind = \"absolute\"`",
                ),
            ] {
                if wrong {
                    self.add_of(about, &at, words);
                }
            }
        }
    }

    /// A token that is made is nobody's but the profile's: there is nothing to renew it with, to log in for or to give back.
    pub(super) fn made(&mut self) {
        let dialect = self.dialect;
        for (name, exchange) in dialect.exchanges.iter().filter(|(_, exchange)| exchange.makes.is_some()) {
            let at = ["exchanges", name, MAKES];
            let alone = name == REFRESH && dialect.steps == [REFRESH];
            let of_itself = exchange
                .request
                .body
                .as_ref()
                .is_some_and(|token| token.names().any(|name| name.starts_with("request.")));
            for (wrong, about, words) in [
                (
                    !alone,
                    "steps",
                    "only `refresh` may make a token, and it must then be the only step; where a request is sent, its answer gives the token",
                ),
                (
                    dialect.renews_with != RenewsWith::Client,
                    "renews_with",
                    "what is made from the profile's own values presents no token; add `renews_with = \"client\"`",
                ),
                (!dialect.logins.is_empty(), "logins", "there is nowhere to log in; remove `logins`"),
                (
                    dialect.revocation.is_some(),
                    "revocation",
                    "no server knows the token, so none can revoke it; remove `revocation`",
                ),
                (
                    of_itself,
                    "request",
                    "there is no request that `request` could describe; name the values themselves",
                ),
            ] {
                if wrong {
                    self.add_of(about, &at, words);
                }
            }
        }
    }

    /// Who renews with what the client has is given no refresh token, and presents none.
    fn tokenless(&mut self) {
        for (name, exchange) in &self.dialect.exchanges {
            for (path, _) in exchange.request.templates().iter().filter(|(_, one)| one.uses("refresh_token"))
            {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let words = "with `renews_with = \"client\"` there is no `refresh_token`; remove one of them";
                self.add_of("renews_with", &[&["exchanges", name, "request"], &path[..]].concat(), words);
            }
            if exchange.answer.refresh_token.is_some() {
                let words =
                    "with `renews_with = \"client\"` there is no refresh token to look for; remove this";
                self.add_of("renews_with", &["exchanges", name, "answer", "refresh_token"], words);
            }
        }
    }
}
