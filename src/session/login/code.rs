//! The front channel of a code login (RFC 6749 section 4.1, RFC 8252): the address that a browser visits, and what comes
//! back by the redirect. Nothing of it is written down: the code lives for a minute, and is spent by the next request.

use std::collections::BTreeMap;

use url::Url;
use zeroize::Zeroizing;

use super::{Run, VisitEvent, kept, nobody_came};
use crate::base::digest::{base64url, sha256};
use crate::base::error::{Code, Error, Result, internal, refused};
use crate::base::redact::vendor_words;
use crate::credential::discovered::Discovered;
use crate::dialect::schema::{Authorization, RedirectAnswer};
use crate::http::redirect::Loopback;
use crate::profile::login::Redirect;
use crate::terminal::visit::{self, Visit, Way};

/// In bytes: more than RFC 7636 section 4.1 wants, and than anybody guesses.
const DRAWN: usize = 32;
/// Of whom the answer is (RFC 9207).
const ISS: &str = "iss";

impl Run<'_> {
    /// Until a browser, or a person, brings the code.
    pub(super) fn authorize(&mut self, authorization: &Authorization) -> Result<()> {
        let redirect = self.profile.redirect(authorization)?;
        let listener = match &redirect {
            Redirect::Loopback { uri, any_port } if !self.demand.only_pasted => {
                Some(Loopback::bind(uri, *any_port, self.demand.redirect_port)?)
            }
            _ => None,
        };
        let redirect_uri = match &listener {
            Some(listener) => listener.redirect_uri().to_owned(),
            None => redirect.uri().to_owned(),
        };
        let (state, verifier) = (drawn()?, drawn()?);
        let challenge = base64url(&sha256(verifier.as_bytes()));
        for (name, value) in [
            ("redirect_uri", redirect_uri.as_str()),
            ("state", &state),
            ("code_verifier", &verifier),
            ("code_challenge", &challenge),
        ] {
            self.logging.given.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        }
        let url = self.profile.authorization_address(authorization, &self.logging.given)?;
        let out = self.invocation.out;
        let registered = registered(&redirect, &redirect_uri, self.demand.redirect_port);
        out.notice(&format!("the vendor must know the redirect address {registered}"));
        (self.on_visit)(&VisitEvent { url: url.as_str(), user_code: None, lives: None })?;
        visit::show(
            out,
            &Visit { opens: self.demand.opens_browser, url: &url, user_code: None, scanned: None },
        );
        let opened = self.demand.opens_browser.then(|| visit::open(&url, &self.demand.hidden));
        let opened = opened.and_then(|opened| {
            opened
                .map_err(|why| {
                    out.warn(format!("no browser could be opened: {why}; the address stands above"));
                })
                .ok()
        });
        let answer = &authorization.answer;
        let bare = matches!(redirect, Redirect::Shown { .. }).then_some(answer.code.as_str());
        let way = Way { redirect_uri: &redirect_uri, bare_code: bare, pasted: true };
        let accepts = |params: &[(String, String)]| accepts(answer, &state, bare.is_some(), params);
        let deadline = self.invocation.deadline;
        let returned = visit::returned(out, &way, listener.as_ref(), opened, &accepts, deadline)?;
        let returned = returned.ok_or_else(|| self.never_back(&registered))?;
        self.reply = returned.reply;
        self.take(answer, returned.params)
    }

    /// A vendor that does not know the redirect address shows an error of its own, and sends nobody back.
    fn never_back(&self, registered: &str) -> Error {
        let name = &self.profile.name;
        let words = format!(
            "the browser did not come back in time; if the vendor showed an error, it most likely does not know the redirect address {registered}"
        );
        nobody_came(&words, self.profile).hint(format!(
            "register that address with the vendor, or write the one that is registered as `redirect_uri` under [profiles.{name}]; then `tokcli login --profile {name}` begins anew"
        ))
    }

    /// What the redirect says (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).
    fn take(&mut self, answer: &RedirectAnswer, params: Vec<(String, String)>) -> Result<()> {
        let params: BTreeMap<String, String> = params.into_iter().collect();
        if let Some(server) = &self.profile.binding.discovered {
            check_issuer(server, params.get(ISS).map(String::as_str))?;
        }
        if let Some(error) = params.get(&answer.error).filter(|error| !error.is_empty()) {
            let more = answer.words.iter().filter_map(|name| params.get(name)).cloned();
            let words: Vec<String> = [error.clone()].into_iter().chain(more).collect();
            let code = params.get(&answer.code).map(String::as_str);
            return Err(self.denied(error, &words.join(": "), code));
        }
        for (name, param) in &answer.keep {
            if let Some(value) = params.get(param) {
                self.logging.kept.insert(name.clone(), kept(value));
            }
        }
        let code =
            params.get(&answer.code).ok_or_else(|| internal("a redirect without a code was accepted"))?;
        self.logging.given.insert("code".to_owned(), Zeroizing::new(code.clone()));
        Ok(())
    }

    fn denied(&self, error: &str, words: &str, code: Option<&str>) -> Error {
        let given = self.logging.given.values().map(|value| value.as_str());
        let given: Vec<&str> = given.chain(code).collect();
        let words = vendor_words(words, &given);
        let code = match error {
            "temporarily_unavailable" | "server_error" => Code::Unavailable,
            "unauthorized_client" => Code::ClientRejected,
            "invalid_request" | "invalid_scope" | "unsupported_response_type" | "invalid_target" => {
                Code::RequestRejected
            }
            _ => Code::LoginRequired,
        };
        let what =
            if code == Code::LoginRequired { "nobody is logged in" } else { "the vendor grants no login" };
        Error::new(code, format!("{what}: {words}"))
    }
}

/// The redirect address as the vendor has to know it, whose port may be left out there. `sent`: with the port of this login.
fn registered(redirect: &Redirect, sent: &str, wished: Option<u16>) -> String {
    match redirect {
        Redirect::Loopback { uri, any_port: true } if wished.is_none() && !has_port(uri) => {
            format!("`{uri}` (any port)")
        }
        _ => format!("`{sent}`"),
    }
}

fn has_port(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.port().is_some())
}

/// RFC 9207: an answer of another server is none, whatever else is right about it.
fn check_issuer(server: &Discovered, said: Option<&str>) -> Result<()> {
    let issuer = &server.issuer;
    match said {
        Some(said) if said == issuer => Ok(()),
        None if !server.iss_in_answers => Ok(()),
        Some(said) => Err(refused(format!(
            "the browser came back from `{}`, but the login was begun at `{issuer}`; nothing was sent (`iss`, RFC 9207)",
            vendor_words(said, &[])
        ))),
        None => Err(refused(format!(
            "the browser came back without saying from whom, but `{issuer}` always says so; nothing was sent (`iss`, RFC 9207)"
        ))),
    }
}

/// Whether this is what was waited for; if not, why, without anything secret.
fn accepts(
    answer: &RedirectAnswer,
    state: &str,
    bare: bool,
    params: &[(String, String)],
) -> std::result::Result<(), String> {
    let get = |name: &str| params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    // Of digests nobody learns anything by the time that it takes to compare them.
    let right = |given: &str| sha256(given.as_bytes()) == sha256(state.as_bytes());
    match get(&answer.state) {
        Some(given) if right(given) => {}
        Some(_) => return Err("it belongs to another login (`state` differs)".to_owned()),
        // A bare code comes without it.
        None if bare => {}
        None => return Err("it has no `state`".to_owned()),
    }
    let has = |name: &str| get(name).is_some_and(|value| !value.is_empty());
    // RFC 6749 appendix A.11.
    if get(&answer.code).is_some_and(|code| !code.bytes().all(|byte| (0x20..0x7f).contains(&byte))) {
        return Err("its code holds characters that no code has".to_owned());
    }
    if has(&answer.code) || has(&answer.error) { Ok(()) } else { Err(format!("it has no `{}`", answer.code)) }
}

fn drawn() -> Result<String> {
    let mut bytes = [0; DRAWN];
    getrandom::fill(&mut bytes).map_err(|_| internal("the system gives no random bytes"))?;
    Ok(base64url(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_this_login_is_taken() {
        let answer = RedirectAnswer::default();
        let params = |text: &str| {
            url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<(String, String)>>()
        };
        for (text, bare, good) in [
            ("code=c&state=s1", false, true),
            ("state=s1&error=access_denied", false, true),
            ("code=c&state=s2", false, false),
            ("code=c&state=", false, false),
            ("code=c", false, false),
            ("code=c", true, true),
            ("code=c&state=s2", true, false),
            ("code=&state=s1", false, false),
            ("state=s1", false, false),
        ] {
            assert_eq!(accepts(&answer, "s1", bare, &params(text)).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn an_answer_of_another_server_is_none() {
        let server = |says| Discovered {
            issuer: "https://a.example".into(),
            iss_in_answers: says,
            ..Discovered::default()
        };
        for (says, iss, good) in [
            (true, Some("https://a.example"), true),
            (false, Some("https://a.example"), true),
            (false, None, true),
            (true, None, false),
            (true, Some("https://a.example/"), false),
            (false, Some("https://b.example"), false),
            (false, Some(""), false),
        ] {
            assert_eq!(check_issuer(&server(says), iss).is_ok(), good, "{says} {iss:?}");
        }
        let words = check_issuer(&server(true), Some("x\u{1b}[2J")).expect_err("refused").message();
        assert!(words.contains("from `x?[2J`"), "{words}");
    }

    #[test]
    fn the_port_of_this_login_is_told_only_where_it_has_to_be_registered() {
        let loopback = |uri: &str, any_port| Redirect::Loopback { uri: uri.to_owned(), any_port };
        for (redirect, sent, wished, told) in [
            (
                loopback("http://127.0.0.1/", true),
                "http://127.0.0.1:40211/",
                None,
                "`http://127.0.0.1/` (any port)",
            ),
            (
                loopback("http://127.0.0.1/", true),
                "http://127.0.0.1:8457/",
                Some(8457),
                "`http://127.0.0.1:8457/`",
            ),
            (loopback("http://localhost:1/a", true), "http://localhost:1/a", None, "`http://localhost:1/a`"),
            (loopback("http://localhost/a", false), "http://localhost/a", None, "`http://localhost/a`"),
            (
                Redirect::Pasted { uri: "https://a.example/".into() },
                "https://a.example/",
                None,
                "`https://a.example/`",
            ),
        ] {
            assert_eq!(registered(&redirect, sent, wished), told);
        }
    }

    #[test]
    fn what_is_drawn_is_long_and_never_the_same() {
        let (one, other) = (drawn().expect("random"), drawn().expect("random"));
        assert!(one.len() == 43 && other.len() == 43 && one != other);
    }
}
