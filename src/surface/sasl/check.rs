//! Whether a mail server takes the token: one authentication as a mail program makes it, over IMAP (RFC 9051), SMTP
//! submission (RFC 4954) or POP3 (RFC 5034), and what the server says of it.
//!
//! The rule that matters: the response goes out once, behind TLS, to a server that offers the mechanism; a server on this
//! machine alone may do without TLS.

mod dialogue;
mod service;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) use self::dialogue::Peer;
use self::dialogue::{Dialogue, Kind, Offers, Reply};
pub(crate) use self::service::Service;
use super::Mechanism;
use crate::base::error::{Code, Error, Result, refused};
use crate::base::redact::vendor_words;

/// What a server may say of its refusal: of the two mechanisms together (RFC 7628 section 3.2.2).
const FIELDS: [&str; 4] = ["status", "scope", "schemes", "openid-configuration"];

pub(crate) struct Asked<'a> {
    pub(crate) service: Service,
    pub(crate) mechanism: Mechanism,
    pub(crate) user: &'a str,
    /// The initial response, in base64.
    pub(crate) response: &'a str,
    pub(crate) token: &'a str,
    /// As people are told of it.
    pub(crate) server: &'a str,
    /// It is on this machine.
    pub(crate) here: bool,
}

/// `Ok`: it was taken.
pub(crate) fn check(asked: &Asked<'_>, peer: &mut dyn Peer) -> Result<()> {
    let mut dialogue = Dialogue::with(peer, asked.service.protocol());
    let offers = asked.begun(&mut dialogue)?;
    asked.is_offered(&offers.mechanisms)?;
    let (verdict, error) = asked.authenticated(&mut dialogue, offers.initial_response)?;
    dialogue.leave();
    match verdict.kind {
        Kind::Done => Ok(()),
        Kind::Later | Kind::Strange => Err(asked.put_off(&verdict)),
        Kind::Go | Kind::No => Err(asked.refusal(&verdict, error.as_deref())),
    }
}

/// The mechanisms that a server offers behind TLS. Nobody logs in.
pub(crate) fn offered(
    service: Service,
    server: &str,
    here: bool,
    peer: &mut dyn Peer,
) -> Result<Vec<String>> {
    let mechanism = Mechanism::Oauthbearer;
    let asked = Asked { service, mechanism, user: "", response: "", token: "", server, here };
    let mut dialogue = Dialogue::with(peer, service.protocol());
    let offers = asked.begun(&mut dialogue)?;
    dialogue.leave();
    Ok(offers.mechanisms)
}

impl Asked<'_> {
    /// Up to where somebody could log in.
    fn begun(&self, dialogue: &mut Dialogue<'_>) -> Result<Offers> {
        let greeting = dialogue.greeting()?;
        if greeting.kind != Kind::Done {
            return Err(self.put_off(&greeting));
        }
        let offers = self.offers(dialogue)?;
        if self.service.is_secure_from_the_start() { Ok(offers) } else { self.secured(dialogue, offers) }
    }

    fn offers(&self, dialogue: &mut Dialogue<'_>) -> Result<Offers> {
        dialogue.offers()?.map_err(|reply| self.put_off(&reply))
    }

    fn secured(&self, dialogue: &mut Dialogue<'_>, offers: Offers) -> Result<Offers> {
        if !offers.tls {
            let words = || format!("`{}` offers no TLS, and a token is never sent in the clear", self.server);
            return if self.here { Ok(offers) } else { Err(refused(words())) };
        }
        if let Err(reply) = dialogue.secure()? {
            return Err(self.put_off(&reply));
        }
        // What it said in the clear counts no more.
        self.offers(dialogue)
    }

    fn is_offered(&self, mechanisms: &[String]) -> Result<()> {
        let offers = |wanted: Mechanism| mechanisms.iter().any(|offered| offered == wanted.name());
        if offers(self.mechanism) {
            return Ok(());
        }
        let (name, other) = (self.mechanism.name(), self.mechanism.other());
        let offered = match mechanisms {
            [] => "no mechanism at all".to_owned(),
            some => self.words(&some.join(", ")),
        };
        let error = refused(format!("`{}` offers {offered}, not {name}; no token was sent", self.server));
        Err(if offers(other) { error.hint(format!("it accepts {}", other.name())) } else { error })
    }

    /// The server's last word, and the error in base64 that it gave before.
    fn authenticated(&self, dialogue: &mut Dialogue<'_>, at_once: bool) -> Result<(Reply, Option<String>)> {
        let answer = dialogue.authenticate(self.mechanism.name(), self.response, at_once)?;
        if answer.kind != Kind::Go {
            return Ok((answer, None));
        }
        // Before the server says no, it waits for an answer to that.
        let verdict = dialogue.answer(self.mechanism.answer_to_an_error())?;
        Ok((verdict, Some(answer.last)))
    }

    fn refusal(&self, verdict: &Reply, error: Option<&str>) -> Error {
        let mut words = format!("`{}` does not accept the token for `{}`", self.server, self.user);
        let error = error.and_then(|code| STANDARD.decode(code).ok());
        let error: Value = error.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let told = FIELDS.iter().filter_map(|field| {
            let value = match error.get(field)? {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            };
            Some(format!("{field} `{}`", self.words(&value)))
        });
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            words += &format!(": {}", told.join(", "));
        }
        if verdict.kind == Kind::No && !verdict.last.is_empty() {
            words += &format!("; it says: {}", self.words(&verdict.last));
        }
        Error::new(Code::LoginRequired, words)
    }

    fn put_off(&self, reply: &Reply) -> Error {
        if reply.kind == Kind::Strange {
            let name = self.service.protocol().name();
            return refused(format!(
                "`{}` does not speak {name}; it says: {}",
                self.server,
                self.words(&reply.last)
            ));
        }
        let words = format!("`{}` is not available now: {}", self.server, self.words(&reply.last));
        Error::new(Code::Unavailable, words)
    }

    /// What the server says, without what it was told.
    fn words(&self, text: &str) -> String {
        vendor_words(text, &[self.token, self.response])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const TOKEN: &str = "canary-token-of-access";

    /// A server that says its lines one after another, whatever it hears.
    struct Script {
        lines: VecDeque<&'static str>,
        heard: Vec<String>,
    }

    impl Peer for Script {
        fn line(&mut self) -> Result<String> {
            Ok(self.lines.pop_front().expect("nothing more is awaited").to_owned())
        }

        fn say(&mut self, line: &[u8]) -> Result<()> {
            self.heard.push(String::from_utf8(line.to_vec()).expect("UTF-8"));
            Ok(())
        }

        fn secure(&mut self) -> Result<()> {
            self.heard.push("(TLS)".to_owned());
            Ok(())
        }
    }

    /// What came of it, and what the server heard.
    fn told(
        (service, mechanism): (Service, Mechanism),
        response: &str,
        here: bool,
        lines: &[&'static str],
    ) -> (std::result::Result<(), (Code, String)>, Vec<String>) {
        let asked =
            Asked { service, mechanism, user: "me", response, token: TOKEN, server: "mail.example:1", here };
        let mut script = Script { lines: lines.iter().copied().collect(), heard: Vec::new() };
        let done = check(&asked, &mut script).map_err(|error| (error.code, error.in_one_line()));
        assert!(script.lines.is_empty(), "it was not listened to: {:?}", script.lines);
        (done, script.heard)
    }

    const IMAPS: (Service, Mechanism) = (Service::Imaps, Mechanism::Xoauth2);
    const SUBMISSION: (Service, Mechanism) = (Service::Submission, Mechanism::Oauthbearer);
    const POP3: (Service, Mechanism) = (Service::Pop3, Mechanism::Xoauth2);
    const LISTS: [&str; 3] =
        ["* OK hello", "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN auth=xoauth2", "t1 OK done"];

    #[test]
    fn each_protocol_is_spoken_as_its_document_has_it() {
        let imap = [&LISTS[..], &["* 1 EXISTS", "t2 OK hello me"]].concat();
        let heard = ["t1 CAPABILITY", "t2 AUTHENTICATE XOAUTH2 cmVzcG9uc2U=", "t3 LOGOUT"];
        assert_eq!(told(IMAPS, "cmVzcG9uc2U=", false, &imap), (Ok(()), heard.map(str::to_owned).to_vec()));
        let smtp = [
            "220-mail",
            "220 hello",
            "250-mail",
            "250 STARTTLS",
            "220 go on",
            "250-mail",
            "250 AUTH PLAIN OAUTHBEARER",
            "235 hello",
        ];
        let ehlo = "EHLO [127.0.0.1]";
        let heard = [ehlo, "STARTTLS", "(TLS)", ehlo, "AUTH OAUTHBEARER cmVzcG9uc2U=", "QUIT"];
        assert_eq!(
            told(SUBMISSION, "cmVzcG9uc2U=", false, &smtp),
            (Ok(()), heard.map(str::to_owned).to_vec())
        );
        let pop3 = [
            "+OK hello",
            "+OK list",
            "STLS",
            ".",
            "+OK go on",
            "+OK list",
            "SASL PLAIN XOAUTH2",
            "UIDL",
            ".",
            "+OK hello",
        ];
        let heard = ["CAPA", "STLS", "(TLS)", "CAPA", "AUTH XOAUTH2 cmVzcG9uc2U=", "QUIT"];
        assert_eq!(told(POP3, "cmVzcG9uc2U=", false, &pop3), (Ok(()), heard.map(str::to_owned).to_vec()));
    }

    /// Commands have a limit that answers to a server do not have.
    #[test]
    fn a_long_response_waits_until_it_is_asked_for() {
        let imap = |more: &[&'static str]| [&LISTS[..], more].concat();
        let smtp = |more: &[&'static str]| [&["220 hi", "250 AUTH XOAUTH2"], more].concat();
        let pop3 = |more: &[&'static str]| [&["+OK hi", "+OK", "SASL XOAUTH2", "."], more].concat();
        for (service, command, most, at_once, waits) in [
            (Service::Imaps, "t2 AUTHENTICATE XOAUTH2", 8_192, imap(&["t2 OK"]), imap(&["+ ", "t2 OK"])),
            (Service::Submissions, "AUTH XOAUTH2", 512, smtp(&["235 hi"]), smtp(&["334 ", "235 hi"])),
            (Service::Pop3s, "AUTH XOAUTH2", 255, pop3(&["+OK"]), pop3(&["+ ", "+OK"])),
        ] {
            // Of each command the tag is counted, which IMAP alone has.
            let room = most - command.trim_start_matches("t2 ").len() - 12 + 1;
            let fits = "a".repeat(room);
            let (done, heard) = told((service, Mechanism::Xoauth2), &fits, false, &at_once);
            assert_eq!((done, &heard[1]), (Ok(()), &format!("{command} {fits}")));
            assert!(heard[1].len() + 2 <= most, "{} of {most}", heard[1].len());
            let long = "a".repeat(room + 1);
            let (done, heard) = told((service, Mechanism::Xoauth2), &long, false, &waits);
            assert_eq!((done, &heard[1..3]), (Ok(()), &[command.to_owned(), long][..]));
        }
        let without = ["* OK hello", "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", "t1 OK", "+", "t2 OK"];
        let (done, heard) = told(IMAPS, "abc", false, &without);
        assert_eq!(
            (done, &heard[1..3]),
            (Ok(()), &["t2 AUTHENTICATE XOAUTH2".to_owned(), "abc".to_owned()][..])
        );
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_server() {
        let of = |json: &str| -> &'static str {
            Box::leak(format!("+ {}", STANDARD.encode(json)).into_boxed_str())
        };
        let refusal = |json: &str, last: &'static str| {
            let (done, heard) = told(IMAPS, "abc", false, &[&LISTS[..], &[of(json), last]].concat());
            assert_eq!(heard[2], "", "nothing is said to an error of XOAUTH2");
            done.expect_err("refused")
        };
        let json = r#"{"status":"401","schemes":"bearer mac","scope":"https://mail.example/","x":"y"}"#;
        let words = "`mail.example:1` does not accept the token for `me`: status `401`, scope `https://mail.example/`, schemes `bearer mac`; it says: Bad (a1)";
        assert_eq!(refusal(json, "t2 NO Bad (a1)"), (Code::LoginRequired, words.to_owned()));
        let bare = "`mail.example:1` does not accept the token for `me`; it says: Bad";
        for json in ["", "no json", "[]", "{\"status\":[\"a\"]}"] {
            assert_eq!(refusal(json, "t2 NO Bad"), (Code::LoginRequired, bare.to_owned()), "{json}");
        }
        let (code, words) =
            refusal("{\"status\":\"canary-token-of-access\"}", "t2 NO canary-token-of-access");
        assert!(code == Code::LoginRequired && !words.contains("canary"), "{words}");
        let error = of(r#"{"status":"invalid_token","openid-configuration":"https://id.example/"}"#)
            .replace('+', "334");
        let lines =
            ["220 hi", "250-hi", "250 AUTH OAUTHBEARER", Box::leak(error.into_boxed_str()), "535 5.7.8 no"];
        let (done, heard) = told((Service::Submissions, Mechanism::Oauthbearer), "abc", false, &lines);
        let words = "`mail.example:1` does not accept the token for `me`: status `invalid_token`, openid-configuration `https://id.example/`; it says: 535 5.7.8 no";
        assert_eq!(done, Err((Code::LoginRequired, words.to_owned())));
        assert_eq!(heard[2], "AQ==");
    }

    #[test]
    fn what_passes_is_no_refusal() {
        let smtp = |last: &'static str| ["220 hi", "250 AUTH XOAUTH2", last];
        let pop3 = |last: &'static str| ["+OK hi", "+OK", "SASL XOAUTH2", ".", last];
        let imap = |last: &'static str| [&LISTS[..], &[last]].concat();
        for (service, lines, code) in [
            (Service::Submissions, smtp("454 4.7.0 later").to_vec(), Code::Unavailable),
            (Service::Submissions, smtp("535 5.7.8 no").to_vec(), Code::LoginRequired),
            (Service::Pop3s, pop3("-ERR [SYS/TEMP] later").to_vec(), Code::Unavailable),
            (Service::Pop3s, pop3("-ERR [AUTH] no").to_vec(), Code::LoginRequired),
            (Service::Imaps, imap("t2 NO [UNAVAILABLE] later"), Code::Unavailable),
            (Service::Imaps, imap("* BYE later"), Code::Unavailable),
            (Service::Imaps, imap("t2 BAD what"), Code::LoginRequired),
            (Service::Imaps, vec!["* BYE full"], Code::Unavailable),
            (Service::Submissions, vec!["421 full"], Code::Unavailable),
            (Service::Imaps, vec!["220 mail"], Code::Refused),
            (Service::Submissions, vec!["* OK mail"], Code::Refused),
            (Service::Pop3s, vec!["220 mail"], Code::Refused),
        ] {
            let (done, _) = told((service, Mechanism::Xoauth2), "abc", false, &lines);
            assert_eq!(done.map_err(|(code, _)| code), Err(code), "{lines:?}");
        }
    }

    #[test]
    fn a_token_goes_out_behind_tls_to_a_server_that_wants_it() {
        let bare = ["* OK hi", "* CAPABILITY AUTH=XOAUTH2 SASL-IR", "t1 OK"];
        let imap = (Service::Imap, Mechanism::Xoauth2);
        let (done, heard) = told(imap, "abc", false, &bare);
        assert_eq!(done.map_err(|(code, _)| code), Err(Code::Refused));
        assert_eq!(heard, ["t1 CAPABILITY"]);
        let (done, heard) = told(imap, "abc", true, &[&bare[..], &["t2 OK"]].concat());
        assert_eq!((done, &*heard[1]), (Ok(()), "t2 AUTHENTICATE XOAUTH2 abc"));
        // Whoever stands between may say so, but nobody goes on.
        let lines = ["* OK hi", "* CAPABILITY STARTTLS AUTH=XOAUTH2", "t1 OK", "t2 NO not today"];
        for here in [false, true] {
            let (done, heard) = told(imap, "abc", here, &lines);
            assert_eq!(done.map_err(|(code, _)| code), Err(Code::Unavailable));
            assert_eq!(heard, ["t1 CAPABILITY", "t2 STARTTLS"]);
        }
        // What it offered before TLS is worth nothing.
        let lines = [
            "* OK hi",
            "* CAPABILITY STARTTLS AUTH=XOAUTH2",
            "t1 OK",
            "t2 OK",
            "* CAPABILITY AUTH=OAUTHBEARER",
            "t3 OK",
        ];
        let (done, heard) = told(imap, "abc", false, &lines);
        let words =
            "`mail.example:1` offers OAUTHBEARER, not XOAUTH2; no token was sent; it accepts OAUTHBEARER";
        assert_eq!(done, Err((Code::Refused, words.to_owned())));
        assert_eq!(heard.last().map(String::as_str), Some("t3 CAPABILITY"));
        let (done, _) = told(imap, "abc", true, &["* OK hi", "t1 OK"]);
        assert_eq!(
            done.map_err(|(_, words)| words).expect_err("refused"),
            "`mail.example:1` offers no mechanism at all, not XOAUTH2; no token was sent"
        );
    }
}
