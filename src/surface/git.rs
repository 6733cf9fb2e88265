//! git's credential helpers (`gitcredentials(7)`, `git-credential(1)`): lines of `key=value` on standard input, and the same as
//! the answer.
//!
//! The rule that matters: git takes a scheme and a token apart from a name and a password only where it says so
//! (`capability[]=authtype`), and a server takes a bearer token only where it offers that (`wwwauth[]`). Else the token goes in the
//! place of a password.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{Caller, Handed, Wanted};
use crate::base::error::{Result, refused};

/// The name beside a token in the place of a password, where neither git nor the user has one.
const ANYBODY: &str = "oauth2";

/// What git says of what it wants.
#[derive(Default)]
pub(crate) struct Request {
    protocol: String,
    host: String,
    path: Option<String>,
    username: Option<String>,
    /// What `erase` is about.
    secret: Option<Zeroizing<String>>,
    knows_schemes: bool,
    /// Of the headers with which the server refused.
    offers: Vec<String>,
}

impl Request {
    /// Lines to the end, or to an empty one. Unknown keys mean nothing; an empty value ends what a list held before.
    pub(crate) fn read(input: &[u8]) -> Result<Request> {
        let text = std::str::from_utf8(input).map_err(|_| refused("the input from git is not UTF-8"))?;
        let mut request = Request::default();
        for line in text.split('\n').take_while(|line| !line.is_empty()) {
            let Some((key, value)) = line.split_once('=') else {
                return Err(refused("a line of the input from git has no `=`"));
            };
            request.note(key, value);
        }
        Ok(request)
    }

    fn note(&mut self, key: &str, value: &str) {
        match key {
            "protocol" => value.clone_into(&mut self.protocol),
            "host" => value.clone_into(&mut self.host),
            "path" => self.path = Some(value.to_owned()),
            "username" if value.contains(char::is_control) => {}
            "username" => self.username = Some(value.to_owned()),
            "password" | "credential" => self.secret = Some(Zeroizing::new(value.to_owned())),
            "capability[]" if value.is_empty() => self.knows_schemes = false,
            "capability[]" if value == "authtype" => self.knows_schemes = true,
            "wwwauth[]" if value.is_empty() => self.offers.clear(),
            "wwwauth[]" => self.offers.push(value.to_owned()),
            _ => {}
        }
    }

    /// Empty, and so nobody's, where what shall be one part of it says more.
    pub(crate) fn address(&self) -> String {
        let is_more = |c: char| "/?#\\@".contains(c) || c.is_control();
        if self.protocol.contains(|c| is_more(c) || c == ':') || self.host.contains(is_more) {
            return String::new();
        }
        let path = self.path.as_deref().unwrap_or_default();
        format!("{}://{}/{path}", self.protocol, self.host)
    }

    fn offers(&self, scheme: &str) -> bool {
        self.offers.iter().any(|header| {
            let word = header.split([' ', '\t', ',']).next().unwrap_or_default();
            word.eq_ignore_ascii_case(scheme)
        })
    }

    /// What git is answered. `username`: the name to say beside a token in the place of a password.
    pub(crate) fn answer(&self, handed: &Handed, username: Option<&str>) -> Zeroizing<String> {
        let mut answer = Zeroizing::new(String::with_capacity(handed.token().len() + 160));
        let as_bearer = username.is_none() && self.knows_schemes && self.offers(handed.scheme());
        // A `String` takes everything.
        let _ = if as_bearer {
            writeln!(
                answer,
                "capability[]=authtype\nauthtype={}\ncredential={}\nephemeral=1",
                handed.scheme(),
                handed.token()
            )
        } else {
            let name = username.or(self.username.as_deref()).unwrap_or(ANYBODY);
            writeln!(answer, "username={name}\npassword={}", handed.token())
        };
        if let Some(at) = handed.expires_at {
            let _ = writeln!(answer, "password_expiry_utc={at}");
        }
        answer
    }
}

/// `username`: the one to say, if the user wants a name and a password whatever the server offers.
pub(crate) fn serve(caller: &mut dyn Caller, action: &str, username: Option<&str>) -> Result<()> {
    match action {
        "get" => get(caller, username),
        "erase" => {
            let request = Request::read(&caller.input()?)?;
            let Some(secret) = &request.secret else { return Ok(()) };
            caller.doubt(&Wanted::at(&request.address()).passing_on(), secret)
        }
        "capability" => caller.print(b"version 0\ncapability authtype\n"),
        // `store` has nothing to keep; what git will learn to say later it wants ignored.
        _ => Ok(()),
    }
}

fn get(caller: &mut dyn Caller, username: Option<&str>) -> Result<()> {
    let request = Request::read(&caller.input()?)?;
    match caller.token(&Wanted::at(&request.address()).passing_on()) {
        Ok(Some(handed)) => caller.print(request.answer(&handed, username).as_bytes()),
        // Somebody else may have one.
        Ok(None) => Ok(()),
        Err(error) => {
            // Else git would ask the next helper, and then a person for a password that there is not.
            caller.print(b"quit=1\n")?;
            caller.complain(&error);
            Ok(())
        }
    }
}
