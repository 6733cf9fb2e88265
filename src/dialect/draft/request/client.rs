//! What authenticates the client of a pasted request: a registered method where it is one, a header or
//! members of the body where it is the vendor's own.

use super::DraftedRequest;
use super::pasted::{Login, PastedBody};
use crate::dialect::draft::curl::CurlCommand;
use crate::dialect::draft::toml_line::{TomlLine, quoted};

impl DraftedRequest {
    pub(super) fn login(&mut self, call: &CurlCommand) -> Result<Login, String> {
        // As curl has it, a header of that name is sent in the login's place.
        let by_header = call.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let Some(login) = call.login.as_ref().filter(|_| !by_header) else { return Ok(Login::None) };
        let (id, secret) = login.split_once(':').unwrap_or((login, "x"));
        if login.chars().any(char::is_control) {
            return Err("the login of the curl command contains a control character".into());
        }
        if secret.is_empty() {
            return Ok(Login::Header(self.key_without_password(id)));
        }
        self.values.bind("client_id", id, false);
        self.values.bind("client_secret", secret, true);
        if call.digest {
            // What extends another would have its `client_auth` beside it.
            self.base = None;
            let login = "{ username = \"{{ client_id }}\", password = \"{{ client_secret }}\" }";
            self.client_auth = Some(TomlLine::plain("digest", login.to_owned()));
            return Ok(Login::Registered);
        }
        self.client_auth = Some(basic(id, secret));
        Ok(Login::Registered)
    }

    /// The key is the user, and there is no password.
    fn key_without_password(&mut self, key: &str) -> TomlLine {
        self.values.hide(key);
        let param = self.values.param("api_key", key, true);
        // What it extends would send a login of its own.
        self.client_auth = self.base.map(|_| own_way());
        let template = quoted(&format!("Basic {{{{ ({param} ~ ':') | base64 }}}}"));
        TomlLine::noted("Authorization", template, "a key for a user, and no password")
    }

    /// Takes out of the body what `client_auth` puts there.
    pub(super) fn client_in_body(&mut self, sent: PastedBody, login: &Login) -> PastedBody {
        if !matches!(login, Login::None) {
            return sent;
        }
        let [id, secret, assertion] =
            ["client_id", "client_secret", "client_assertion"].map(|name| sent.text(name));
        let (line, gone): (TomlLine, &[&str]) = match (id, secret, assertion) {
            (Some(id), Some(secret), _) => {
                self.values.bind("client_id", &id, false);
                self.values.bind("client_secret", &secret, true);
                (
                    TomlLine::plain("client_auth", quoted("client_secret_post")),
                    &["client_id", "client_secret"],
                )
            }
            (Some(id), None, Some(_)) => {
                self.values.bind("client_id", &id, false);
                self.values.bind("client_secret", "", true);
                (signed(), &["client_id", "client_assertion_type", "client_assertion"])
            }
            (id, None, None) if self.base.is_some() && !self.values.has("client_id") => {
                id.iter().for_each(|id| self.values.bind("client_id", id, false));
                (public(id.is_some()), &["client_id"])
            }
            _ if self.base.is_some() => (own_way(), &[]),
            _ => return sent,
        };
        self.client_auth = Some(line);
        sent.without(gone)
    }
}

fn basic(id: &str, secret: &str) -> TomlLine {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let is_plain = [id, secret].iter().any(|part| encoded(part) != **part && !part.contains('%'));
    let (name, note) = match is_plain {
        true => ("client_secret_basic_plain", "Basic; the vendor wants it without RFC 6749's encoding"),
        false => ("client_secret_basic", "Basic"),
    };
    TomlLine::noted("client_auth", quoted(name), note)
}

fn signed() -> TomlLine {
    let names = "[\"client_secret_jwt\", \"private_key_jwt\"]".to_owned();
    TomlLine::noted(
        "client_auth",
        names,
        "a signed assertion; a profile with a `private_key` signs with that",
    )
}

fn public(names_itself: bool) -> TomlLine {
    let note = match names_itself {
        true => "a public client, which only names itself",
        false => "nothing says who the client is",
    };
    TomlLine::noted("client_auth", quoted("none"), note)
}

fn own_way() -> TomlLine {
    TomlLine::noted("client_auth", "[]".to_owned(), "in the vendor's own way, see below")
}
