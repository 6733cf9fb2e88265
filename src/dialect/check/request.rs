//! A request: its address, its headers, and that it has one body.

use super::Faults;
use super::template::{self, Known};
use crate::base::fault::Fault;
use crate::dialect::flow::Step;
use crate::dialect::schema::selector::header_name;
use crate::dialect::schema::{ClientAuth, Json, Part, Request};

impl Faults<'_> {
    pub(super) fn request(&mut self, step: &Step<'_>) {
        let (here, request) = (["exchanges", step.name, "request"], &step.exchange.request);
        let known = Known::of_step(step);
        for (path, template) in request.templates() {
            if let Err(why) = template::check(known, &path, template) {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let meant = template::meant(known, template);
                let fault = Fault::at(&[&here[..], &path[..]].concat(), &why).meaning(meant.as_deref());
                self.add_fault(None, fault);
            }
        }
        let url = [&here[..], &["url"]].concat();
        self.address(known, &url, request);
        if let Some((key, words)) = one_body(request) {
            self.add(&[&here[..], &[key]].concat(), words);
        }
        self.headers(&here, request);
        self.values(&here, request);
        if let Err(why) = request.url.could_be_an_address() {
            self.add(&url, &why);
        }
    }

    fn address(&mut self, known: Known<'_>, here: &[&str], request: &Request) {
        let secret = request.url.names().find(|name| known.is_secret(name));
        if let Some(name) = secret.filter(|_| !request.secret_in_url) {
            let words = format!(
                "`{name}` is a secret and does not belong in an address; put it into `query`, or say `secret_in_url = true` if the vendor wants it so"
            );
            self.add(here, &words);
        }
        if self.dialect.hosts.is_empty() && request.url.leads_by("kept.") {
            let words = "an address that an answer gave may lead only to hosts that the dialect lists, as in `hosts = [\"api.vendor.example\"]`";
            self.add(here, words);
        }
    }

    /// Each is one value, something names it, and it does not name itself.
    fn values(&mut self, here: &[&str], request: &Request) {
        let templates = request.templates();
        for (name, all) in &request.values.0 {
            let own = format!("values.{name}");
            let [template] = &all[..] else {
                self.add(&[here, &["values", name]].concat(), "a value is one template, no list of them");
                continue;
            };
            let elsewhere = |path: &[String]| path[..] != ["values", name.as_str()];
            let words = if request.named_through(template).contains(&own) {
                format!("`{own}` is made of itself")
            } else if !templates.iter().any(|(path, one)| elsewhere(path) && one.uses(&own)) {
                format!("nothing of this request names it; write `{{{{ {own} }}}}` where it belongs")
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
                Ok(())
                    if name.eq_ignore_ascii_case("authorization")
                        && request.client_auth.iter().any(is_basic) =>
                {
                    "`client_auth` makes this header; take one of them away".to_owned()
                }
                Ok(()) => continue,
            };
            self.add(&at(name), &words);
        }
        for (index, (name, _)) in request.headers.0.iter().enumerate() {
            if request.headers.0[..index].iter().any(|(twin, _)| twin.eq_ignore_ascii_case(name)) {
                let words = "this header stands here already, in other letters; several values are a list";
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

/// Which key, and why.
fn one_body(request: &Request) -> Option<(&'static str, &'static str)> {
    let (form, json, raw) = (request.form.is_some(), request.json.is_some(), request.body.is_some());
    let client = request.client_auth.iter().any(|auth| *auth != ClientAuth::None && !is_basic(auth));
    let extra = |part| request.extra_params == Some(part);
    let list = !matches!(request.json, None | Some(Json::Object(_)));
    let rules = [
        (json && form, "json", "a request has one body: take `json` or `form` away"),
        (
            json && extra(Part::Form),
            "extra_params",
            "a request has one body, and this one has `json`; say `extra_params = \"json\"`",
        ),
        (
            form && extra(Part::Json),
            "extra_params",
            "a request has one body, and this one is a form; say `extra_params = \"form\"`",
        ),
        (
            raw && (json || form || client || extra(Part::Form) || extra(Part::Json)),
            "body",
            "a request has one body: take this away, or what `form`, `json`, `client_auth` and `extra_params` make",
        ),
        (
            client && list,
            "client_auth",
            "this adds members to the body, and a `json` that is a list takes none; authenticate in another way",
        ),
    ];
    rules.into_iter().find(|(broken, ..)| *broken).map(|(_, key, words)| (key, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_one_body() {
        for (lines, wanted) in [
            ("form.a = '1'", None),
            ("json.a = '1'\nextra_params = 'json'\nclient_auth = 'client_secret_post'", None),
            ("body = 'x'\nextra_params = 'query'\nclient_auth = 'client_secret_basic'", None),
            ("json = ['x']\nclient_auth = 'none'", None),
            ("form.a = '1'\njson.a = '1'", Some("json")),
            ("json.a = '1'\nextra_params = 'form'", Some("extra_params")),
            ("form.a = '1'\nextra_params = 'json'", Some("extra_params")),
            ("body = 'x'\nform.a = '1'", Some("body")),
            ("body = 'x'\nextra_params = 'form'", Some("body")),
            ("body = 'x'\nclient_auth = 'client_secret_post'", Some("body")),
            ("json = ['x']\nclient_auth = 'client_secret_post'", Some("client_auth")),
        ] {
            let request: Request =
                toml::from_str(&format!("url = 'https://a.example'\n{lines}")).expect(lines);
            assert_eq!(one_body(&request).map(|(key, _)| key), wanted, "{lines}");
        }
    }
}
