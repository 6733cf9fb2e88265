//! The address of a drafted request: a literal host, or one below the profile's own.

use super::DraftedRequest;
use crate::base::address::checked_url;
use crate::dialect::draft::curl::{self, CurlCommand};
use crate::dialect::draft::looks::{is_uuid, looks_random, placeholder};
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
        let mut plain = format!("{kind}://{}", self.host(host, true, &mut Vec::new()));
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
            let words = "the curl command's address has no `https://`, and so curl would send everything in the clear; write it in full";
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
                (name, Some(port))
            }
            _ => (host, None),
        };
        let labels: Vec<String> = name
            .split('.')
            .map(|label| {
                let marked = placeholder(label);
                let own = marked.clone().or_else(|| is_of_an_account(label).then(|| "host".to_owned()));
                let Some(own) = own else { return label.to_owned() };
                let param = self.values.param(&own, label, false);
                guessed.extend(marked.is_none().then(|| param.clone()));
                self.values.in_host(&param);
                if filled { "x".to_owned() } else { braces(&param) }
            })
            .collect();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", labels.join("."))
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
