//! The address of a drafted request: a literal host, or one below the profile's own.

use super::DraftedRequest;
use crate::base::address::checked_url;
use crate::dialect::draft::curl::{self, CurlCommand};
use crate::dialect::draft::looks::{BRACKETS, is_uuid, looks_random, placeholder, placeholder_in_host};
use crate::dialect::draft::meaning::Meaning;
use crate::dialect::draft::named_values::{braces, literal};
use crate::dialect::draft::toml_line::{TomlLine, quoted};

impl DraftedRequest {
    /// A literal host is what most want: a profile can still say `token_url`.
    pub(super) fn address(&mut self, text: &str, call: &mut CurlCommand) -> Result<(), String> {
        let Some((kind, rest)) = text.split_once("://") else { return self.below_base(text) };
        let (authority, path) =
            rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
        let host = match authority.rsplit_once('@') {
            Some((login, host)) => {
                let decoded = curl::pairs(&format!("x={}", login.replace('+', "%2B")));
                call.login = decoded.into_iter().next().map(|(_, login)| login);
                host
            }
            None => authority,
        };
        let mut guessed = Vec::new();
        let filled = self.host(host, true, &mut Vec::new());
        if filled.contains(['{', '}', '<', '>', '$', '%']) {
            let words = "the curl command's address contains a placeholder that is not closed, or has no name; write one such as `{{host}}`";
            return Err(words.into());
        }
        let mut plain = format!("{kind}://{filled}");
        let mut template = format!("{kind}://{}", self.host(host, false, &mut guessed));
        if let Some(path) = path {
            let (filled, written) = self.path(path, &mut guessed);
            plain += &format!("/{filled}");
            template += &format!("/{written}");
        }
        checked_url(&plain).map_err(|why| format!("the curl command's address: {why}"))?;
        self.url = Some(url_line(&template, &guessed));
        Ok(())
    }

    /// `$BASE_URL/oauth/token`
    fn below_base(&mut self, text: &str) -> Result<(), String> {
        let (head, path) = text.split_once('/').unwrap_or((text, ""));
        let marked = head.starts_with(['$', '<', '{']) || placeholder(head).is_some();
        if !marked || head.contains('.') {
            let words = "the curl command's address has no `https://`, so curl would send everything in the clear; write it in full";
            return Err(words.into());
        }
        self.values.bind("base_url", head, false);
        let mut guessed = Vec::new();
        let (filled, written) = self.path(path, &mut guessed);
        checked_url(&format!("https://x.example/{filled}"))
            .map_err(|why| format!("the curl command's address: {why}"))?;
        let template = format!("{}/{written}", braces("base_url"));
        self.url = Some(url_line(template.trim_end_matches('/'), &guessed));
        Ok(())
    }

    fn host(&mut self, host: &str, filled: bool, guessed: &mut Vec<String>) -> String {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, Some((port.to_owned(), "")))
            }
            Some((name, port)) if !name.contains(':') => {
                (name, placeholder_in_host(port).map(|own| (own, port)))
            }
            _ => (host, None),
        };
        let mut param = |own: &str, value: &str, stand_in: &str, number: bool| {
            let param = self.values.param(own, value, false);
            self.values.in_host(&param);
            if number {
                self.values.is_number(&braces(&param));
            }
            let shown = if filled { stand_in.to_owned() } else { braces(&param) };
            (param, shown)
        };
        let mut text = String::new();
        for piece in pieces(name) {
            let marked = placeholder_in_host(piece);
            let own = marked.clone().or_else(|| is_of_an_account(piece).then(|| "host".to_owned()));
            let Some(own) = own else {
                text += piece;
                continue;
            };
            let (param, shown) = param(&own, piece, "x", false);
            guessed.extend(marked.is_none().then_some(param));
            text += &shown;
        }
        match port {
            Some((port, "")) => text += &format!(":{port}"),
            Some((own, value)) => text += &format!(":{}", param(&own, value, "1", true).1),
            None if name.len() < host.len() => text += &host[name.len()..],
            None => {}
        }
        text
    }

    /// Filled in with stand-ins, and as a template.
    fn path(&mut self, path: &str, guessed: &mut Vec<String>) -> (String, String) {
        let mut above = "path".to_owned();
        let (mut filled, mut written) = (Vec::new(), Vec::new());
        for part in path.split('/') {
            let own = placeholder(part);
            let meaning = self.values.meaning_in_path(part, &above);
            match (&own, meaning) {
                (Some(own), _) => {
                    written.push(braces(&self.values.param(own, part, false)));
                    filled.push("x".to_owned());
                }
                (None, Meaning::Plain) => {
                    written.push(literal(part));
                    filled.push(part.to_owned());
                }
                (None, meaning) => {
                    let secret = meaning == Meaning::Secret;
                    let param = self.values.param(
                        &format!("{above}_{}", if secret { "key" } else { "id" }),
                        part,
                        secret,
                    );
                    self.secret_in_url |= secret;
                    guessed.push(param.clone());
                    written.push(braces(&param));
                    filled.push("x".to_owned());
                }
            }
            if !part.is_empty() && own.is_none() && meaning == Meaning::Plain {
                part.clone_into(&mut above);
            }
        }
        (filled.join("/"), written.join("/"))
    }
}

/// The labels of a host and the dots between them; a placeholder in brackets stands for itself, wherever it is.
fn pieces(host: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = host;
    while !rest.is_empty() {
        let bracketed = |text: &str| {
            let (open, close) = BRACKETS.into_iter().find(|(open, _)| text.starts_with(open))?;
            text[open.len()..].find(close).map(|at| open.len() + at + close.len())
        };
        let end = match bracketed(rest) {
            Some(end) => end,
            None if rest.starts_with('.') => 1,
            None => {
                let ends = |(at, c): &(usize, char)| *c == '.' || bracketed(&rest[*at..]).is_some();
                rest.char_indices().skip(1).find(ends).map_or(rest.len(), |(at, _)| at)
            }
        };
        let (piece, more) = rest.split_at(end);
        all.push(piece);
        rest = more;
    }
    all
}

/// `dev-48151623`: an account has its number there.
fn is_of_an_account(label: &str) -> bool {
    looks_random(label) || is_uuid(label) || label.bytes().filter(u8::is_ascii_digit).count() >= 4
}

fn url_line(template: &str, guessed: &[String]) -> TomlLine {
    let note = match guessed {
        [] => None,
        [one] => Some(format!("guessed: each profile has its own `{one}`")),
        all => Some(format!("guessed: each profile has its own `{}`", all.join("`, `"))),
    };
    TomlLine { note, ..TomlLine::plain("url", quoted(template)) }
}
