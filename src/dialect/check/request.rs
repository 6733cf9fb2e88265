//! A request: its address and its headers.

use std::collections::BTreeSet;

use super::Faults;
use super::sent::one_body;
use super::template::{self, Known};
use crate::base::address::Cleartext;
use crate::base::fault::Fault;
use crate::base::order::InOrder as _;
use crate::dialect::flow::Step;
use crate::dialect::schema::selector::header_name;
use crate::dialect::schema::{ClientAuth, Request};
use crate::dialect::template::{Filling, StandIns, Template, Values, stand_in};
use crate::http::message::DPOP;

impl Faults<'_> {
    pub(super) fn request(&mut self, step: &Step<'_>) {
        let (here, request) = (["exchanges", step.name, "request"], &step.exchange.request);
        let known = Known::of_step(step);
        let templates = request.templates();
        for (index, why) in template::check(known, &templates) {
            let (path, template) = &templates[index];
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let meant = template::meant(known, template);
            let fault = Fault::at(&[&here[..], &path[..]].concat(), &why).meaning(meant.as_deref());
            self.add_fault(None, fault);
        }
        let url = [&here[..], &["url"]].concat();
        self.address(known, &url, request);
        if let Some((key, words)) = one_body(request) {
            self.add_fault(None, Fault::at(&[&here[..], &[key]].concat(), words).or_at(&here));
        } else {
            self.sent(step);
        }
        self.headers(&here, request);
        if request.digest.is_some() {
            self.digest(&here, step, request);
        }
        self.values(&here, request);
        match request.url.could_be_an_address() {
            Err(why) => self.add(&url, &why),
            Ok(()) => self.defaults_in(&url, &request.url),
        }
    }

    /// Where a param's own values cannot stand in an address.
    pub(super) fn defaults_in(&mut self, here: &[&str], address: &Template) {
        // As a part of an address any other value is a word.
        let word = |name: &str| Some(stand_in(name)).filter(|text| text.starts_with("https://"));
        let word = |name: &str| word(name).unwrap_or_else(|| "x".to_owned().into());
        let all: Values = address.names().map(|name| (name.to_owned(), word(name))).in_order();
        for (param, rule) in &self.dialect.params {
            let name = format!("params.{param}");
            let own = rule.default.iter().chain(rule.one_of.iter().flatten());
            for value in own.filter(|_| all.contains_key(&name)) {
                let (mut values, mut unknown): (Values, BTreeSet<String>) =
                    (all.clone(), all.keys().cloned().collect());
                unknown.remove(&name);
                values.insert(name.clone(), value.clone().into());
                let filling = Filling::standing_in(&values, StandIns::Tried(&unknown));
                let Err(unfit) = address.address(&filling, Cleartext::Private) else { continue };
                if unfit.name.as_deref() != Some(&name) {
                    continue;
                }
                let words = match unfit.why.strip_prefix("is empty, but ") {
                    Some(why) if value.is_empty() => format!(
                        "`{name}` may be empty here, but {why}; write `{{{{ '-' ~ {name} if {name} else '' }}}}`, with what belongs to it in place of the `'-'`"
                    ),
                    _ => format!("with `{value}` for it, {}", unfit.words()),
                };
                return self.add(here, &words);
            }
        }
    }

    fn address(&mut self, known: Known<'_>, here: &[&str], request: &Request) {
        let secret = request.url.names().find(|name| known.is_secret(name));
        if let Some(name) = secret.filter(|_| !request.secret_in_url) {
            let words = format!(
                "`{name}` is a secret and does not belong in an address; put it in `query`, or set `secret_in_url = true` if the vendor wants it there"
            );
            self.add(here, &words);
        }
        if self.dialect.hosts.is_empty() && request.url.leads_by("kept.") {
            let words = "an address that an answer gave may lead only to hosts that the dialect lists, as in `hosts = [\"api.vendor.example\"]`";
            self.add(here, words);
        }
    }

    fn digest(&mut self, here: &[&str], step: &Step<'_>, request: &Request) {
        let at = [here, &["digest"]].concat();
        if request.client_auth.iter().any(is_basic) {
            self.add(&at, "`client_auth` makes the same header; remove one of them");
        }
        if step.is_of_a_revocation() {
            self.add(&at, "a revocation is sent once; authenticate it in another way");
        }
    }

    /// Each is one value, something names it, and it does not name itself.
    fn values(&mut self, here: &[&str], request: &Request) {
        let templates = request.templates();
        for (name, all) in &request.values.0 {
            let own = format!("values.{name}");
            let [template] = &all[..] else {
                self.add(&[here, &["values", name]].concat(), "a value is one template, not a list");
                continue;
            };
            let elsewhere = |path: &[String]| path[..] != ["values", name.as_str()];
            let words = if request.named_through(template).contains(&own) {
                format!("`{own}` is made from itself")
            } else if !templates.iter().any(|(path, one)| elsewhere(path) && one.uses(&own)) {
                format!("nothing in this request names it; write `{{{{ {own} }}}}` where it belongs")
            } else {
                continue;
            };
            self.add(&[here, &["values", name]].concat(), &words);
        }
    }

    fn headers(&mut self, here: &[&str], request: &Request) {
        let at = |name| [here, &["headers", name]].concat();
        for (name, _) in &request.headers.0 {
            let words = match header_name(name) {
                Err(why) => why,
                Ok(()) if OURS.contains(&name.to_ascii_lowercase().as_str()) => {
                    "tokcli makes this header; remove it".to_owned()
                }
                Ok(()) if name.eq_ignore_ascii_case(DPOP) && request.dpop => {
                    "`dpop` makes this header; remove one of them".to_owned()
                }
                Ok(()) if name.eq_ignore_ascii_case("authorization") && request.digest.is_some() => {
                    "`digest` makes this header; remove one of them".to_owned()
                }
                Ok(())
                    if name.eq_ignore_ascii_case("authorization")
                        && request.client_auth.iter().any(is_basic) =>
                {
                    "`client_auth` makes this header; remove one of them".to_owned()
                }
                Ok(()) => continue,
            };
            self.add(&at(name), &words);
        }
        for (index, (name, _)) in request.headers.0.iter().enumerate() {
            if request.headers.0[..index].iter().any(|(twin, _)| twin.eq_ignore_ascii_case(name)) {
                let words = "this header is here already, in another case; write several values as a list";
                self.add(&at(name), words);
            }
        }
    }
}

/// Headers that say how a request is sent.
const OURS: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];

fn is_basic(auth: &ClientAuth) -> bool {
    matches!(auth, ClientAuth::ClientSecretBasic | ClientAuth::ClientSecretBasicPlain)
}
