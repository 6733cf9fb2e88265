//! The front channel of a code login (RFC 6749 section 4.1, RFC 8252): the address that a browser visits, and what comes
//! back by the redirect. Nothing of it is written down: the code lives for a minute, and is spent by the next request.

use std::collections::BTreeMap;

use url::Url;
use zeroize::Zeroizing;

use super::{Run, VisitEvent, kept};
use crate::base::digest::{base64url, sha256};
use crate::base::error::{Code, Error, Result, internal, refused};
use crate::base::order::InOrder as _;
use crate::base::redact::vendor_words;
use crate::credential::discovered::Discovered;
use crate::dialect::dpop::thumbprint;
use crate::dialect::nonces::Nonces;
use crate::dialect::schema::{Authorization, RedirectAnswer};
use crate::http::redirect::{Loopback, Params};
use crate::profile::login::Redirect;
use crate::profile::request::{DPOP_JKT, Presented, REDIRECT_URI};
use crate::terminal::visit::{self, Visit, Way};
use crate::terminal::wording::login as wording;

/// In bytes: more than RFC 7636 section 4.1 wants, and than anybody guesses.
const DRAWN: usize = 32;
/// Of whom the answer is (RFC 9207).
const ISS: &str = "iss";

/// A visit that is yet to be made.
pub(super) struct Visiting<'a> {
    authorization: &'a Authorization,
    redirect: Redirect,
    listener: Option<Loopback>,
    redirect_uri: String,
    state: Zeroizing<String>,
}

impl Run<'_> {
    /// Where the browser will come back, and what is drawn for it.
    pub(super) fn prepare<'a>(&mut self, authorization: &'a Authorization) -> Result<Visiting<'a>> {
        let redirect = self.profile.redirect(authorization)?;
        let listener = match &redirect {
            Redirect::Loopback { uri, any_port } if !self.demand.only_pasted => {
                let bound = Loopback::bind(uri, *any_port, self.demand.redirect_port);
                Some(bound.map_err(|error| self.no_port(error, *any_port))?)
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
            (REDIRECT_URI, redirect_uri.as_str()),
            ("state", state.as_str()),
            ("code_verifier", verifier.as_str()),
            ("code_challenge", challenge.as_str()),
        ] {
            self.logging.given.insert(name.to_owned(), Zeroizing::new(value.to_owned()));
        }
        // What is pushed before, with a proof, says the same.
        let exchanges = &self.profile.dialect.exchanges;
        let proven = |name: &String| exchanges.get(name).is_some_and(|exchange| exchange.request.dpop);
        let pushed = self.login.before_the_visit().iter().any(proven);
        let dpop = self.logging.dpop.borrow().clone().filter(|_| !pushed);
        if let Some(dpop) = dpop {
            let print = thumbprint(dpop.key.expose()).map_err(internal)?;
            self.logging.given.insert(DPOP_JKT.to_owned(), Zeroizing::new(print));
        }
        if self.profile.keeps_redirect_uri() {
            self.logging.kept.insert(REDIRECT_URI.to_owned(), kept(&redirect_uri));
        }
        Ok(Visiting { authorization, redirect, listener, redirect_uri, state })
    }

    /// Until a browser, or a person, brings the code.
    pub(super) fn authorize(&mut self, visiting: &Visiting<'_>) -> Result<()> {
        let url = self.address(visiting.authorization)?;
        let out = self.invocation.out;
        let registered = registered(&visiting.redirect, &visiting.redirect_uri, self.demand.redirect_port);
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
                    out.warn(format!("no browser could be opened: {why}; open the address above yourself"));
                })
                .ok()
        });
        let answer = &visiting.authorization.answer;
        let bare = matches!(visiting.redirect, Redirect::Shown { .. }).then_some(answer.code.as_str());
        let way = Way { redirect_uri: &visiting.redirect_uri, bare_code: bare, pasted: true };
        let accepts = |params: &Params| accepts(answer, &visiting.state, bare.is_some(), params);
        let deadline = self.invocation.deadline;
        let returned = visit::returned(out, &way, visiting.listener.as_ref(), opened, &accepts, deadline)
            .map_err(|error| self.not_given(error))?;
        let returned = returned.ok_or_else(|| self.never_back(&registered))?;
        self.reply = returned.reply;
        self.take(answer, returned.params)
    }

    fn address(&self, authorization: &Authorization) -> Result<Url> {
        let draw = Nonces::now().map_err(internal)?;
        let (kept, given) = (&self.logging.kept, &self.logging.given);
        let presented = Presented { refresh_token: None, access_token: None, kept, given };
        self.profile.authorization_address(authorization, self.secrets, &presented, &draw)
    }

    /// A vendor that does not know the redirect address shows an error of its own, and sends nobody back.
    fn never_back(&self, registered: &str) -> Error {
        let name = &self.profile.name;
        let words = format!(
            "the browser did not come back in time; if the vendor showed an error, it most likely does not know the redirect address {registered}"
        );
        self.nobody_came(&words).hint(format!(
            "register that address with the vendor, or set `redirect_uri` under [profiles.{name}] to the one that is registered; then {} starts over",
            self.demand.again
        ))
    }

    /// What the redirect says (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207).
    fn take(&mut self, answer: &RedirectAnswer, params: Params) -> Result<()> {
        let params: BTreeMap<String, Zeroizing<String>> = params.into_iter().in_order();
        let get = |name: &str| params.get(name).map(|value| value.as_str());
        if let Some(server) = &self.profile.binding.discovered {
            check_issuer(server, get(ISS))?;
        }
        if let Some(error) = get(&answer.error).filter(|error| !error.is_empty()) {
            let more = answer.words.iter().filter_map(|name| get(name));
            let words: Vec<&str> = [error].into_iter().chain(more).collect();
            return Err(self.denied(error, &words.join(": "), get(&answer.code)));
        }
        for (name, param) in &answer.keep {
            if let Some(value) = params.get(param) {
                self.logging.kept.insert(name.clone(), kept(value));
            }
        }
        let code =
            params.get(&answer.code).ok_or_else(|| internal("a redirect without a code was accepted"))?;
        self.logging.given.insert("code".to_owned(), code.clone());
        Ok(())
    }

    fn denied(&self, error: &str, words: &str, code: Option<&str>) -> Error {
        let given = self.logging.given.values().map(|value| value.as_str());
        let given: Vec<&str> = given.chain(code).collect();
        let words = vendor_words(words, &given);
        wording::denied(error, &words, &self.tried())
    }

    /// What was pasted is not it, or nothing can be pasted any more.
    fn not_given(&self, error: Error) -> Error {
        let again = &self.demand.again;
        if error.code == Code::LoginRequired { error.hint(format!("{again} starts over")) } else { error }
    }

    /// Which port it is to be is said by the command line, by an address that the vendor knows, or by nobody.
    fn no_port(&self, error: Error, any_port: bool) -> Error {
        if error.code != Code::Busy {
            return error;
        }
        let (name, again) = (&self.profile.name, &self.demand.again);
        let hint = match self.demand.redirect_port {
            Some(_) if any_port => format!("{} takes another port", again.with("--redirect-port PORT")),
            _ => format!(
                "end that program, or set `redirect_uri` under [profiles.{name}] to an address with a free port that the vendor knows; then {again}"
            ),
        };
        error.hint(hint)
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
    params: &Params,
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

fn drawn() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; DRAWN]);
    getrandom::fill(bytes.as_mut()).map_err(|_| internal("the system gives no random bytes"))?;
    Ok(Zeroizing::new(base64url(bytes.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_to_this_login_is_taken() {
        let answer = RedirectAnswer::default();
        let params = |text: &str| {
            let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned();
            pairs.map(|(name, value)| (name, Zeroizing::new(value))).collect::<Params>()
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
