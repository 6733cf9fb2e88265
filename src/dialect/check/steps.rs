//! Whether the steps of a refresh lead to an access token, and send what is renewed.

use super::Faults;
use crate::base::suggest;
use crate::base::toml_source::Fault;
use crate::credential::reading::RenewsWith;
use crate::dialect::schema::REFRESH;

impl Faults<'_> {
    pub(super) fn steps(&mut self) {
        let dialect = self.dialect;
        if !dialect.exchanges.contains_key(REFRESH) {
            self.add(&["exchanges"], "`refresh` is missing; it is the exchange that gives the access token");
        }
        // One that is written wrong is told as such.
        let is_meant = |last: &String| last == REFRESH || suggest::did_you_mean(last, [REFRESH]).is_some();
        if !dialect.steps.last().is_some_and(is_meant) {
            let words = "the last step is `refresh`, which gives the access token; write it there";
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
        let (refresh, access) = (flow.uses("refresh_token"), flow.uses("access_token"));
        match dialect.renews_with {
            RenewsWith::RefreshToken if !refresh => {
                let words = "nothing here sends the `refresh_token`; a vendor that has none is written `renews_with = \"client\"` or `\"access_token\"`";
                let fault = Fault::at(&at, words).about("refresh_token").about("renews_with");
                self.add_fault(Some("request"), fault);
            }
            RenewsWith::AccessToken if !refresh && !access => {
                let words = "nothing here sends the `access_token`, which this renews with; write `{{ access_token }}` where it goes";
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
                    "with `renews_with = \"client\"` there is no refresh token to look for; leave this out";
                self.add_of("renews_with", &["exchanges", name, "answer", "refresh_token"], words);
            }
        }
    }
}
